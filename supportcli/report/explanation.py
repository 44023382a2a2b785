"""An explanation of a KPI, for eyes and for programs."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

from rich.text import Text

from supportcli.kpis import CATALOGUE
from supportcli.kpis.explain import explain
from supportcli.report.console import put_prose
from supportcli.report.grid import Cell, Column
from supportcli.report.model import Explanation, Row, Waterfall
from supportcli.report.small_tables import print_columns
from supportcli.report.tabular import report_fields, row_fields, write_json
from supportcli.report.terminal import group_name
from supportcli.wording import clean, value_in_words

SCHEMA: Final = "supportkpi.explanation/1"

_FACTS: Final = ("as_of", "timezone", "since", "until", "by", "inputs")
_TOLD: Final = ("kpi", "value", "unit", "n", "low", "high", "numerator", "denominator", "why_null")


def write_explanation(explanation: Explanation, stream: BinaryIO, form: str) -> None:
    """Write what the KPI is, and for every group who entered, who fell out, and what it gave."""
    if form == "json":
        write_json(_fields(explanation), stream)
    else:
        _write_terminal(explanation, stream)


def _write_terminal(explanation: Explanation, stream: BinaryIO) -> None:
    put_prose(f"{explain(CATALOGUE[explanation.kpis[0]])}\n", stream)
    shown, by = explanation.waterfalls, explanation.report.by
    reasons = [f"- {reason}" for reason, _ in shown[0].left_out] if shown else []
    names = ["entered", *reasons, "= counted", *explanation.kpis]
    print_columns(names, [Column(group_name(one.group, by), _cells(one)) for one in shown], stream)
    unknown = (row.why_null for one in shown for row in one.rows if row.why_null)
    for why in dict.fromkeys(unknown):
        put_prose(f"unknown: {clean(why)}", stream)


def _cells(waterfall: Waterfall) -> list[Cell]:
    """What is told of a group, from top to bottom; where nobody fell out, nothing."""
    fallen = [f"{count:,}" if count else "" for _, count in waterfall.left_out]
    counts = [f"{waterfall.entered:,}", *fallen, f"{waterfall.counted:,}"]
    return [*(Cell(Text(count), (Text(),)) for count in counts), *map(_value, waterfall.rows)]


def _value(row: Row) -> Cell:
    """The value, and of a share the counts that make it."""
    said = "" if row.numerator is None else f"{row.numerator:,} of {row.denominator:,}"
    return Cell(Text(value_in_words(row.value, row.unit)), (Text(said),))


def _fields(explanation: Explanation) -> dict[str, Any]:
    facts = report_fields(explanation.report)
    kpis = [CATALOGUE[kpi] for kpi in explanation.kpis]
    return {
        "schema": SCHEMA,
        **{name: facts[name] for name in _FACTS},
        "kpis": [{"kpi": kpi.id, "title": kpi.title, "definition": kpi.definition} for kpi in kpis],
        "groups": [_group(one, explanation.report.by) for one in explanation.waterfalls],
    }


def _group(waterfall: Waterfall, by: tuple[str, ...]) -> dict[str, Any]:
    rows = [row_fields(row, by) for row in waterfall.rows]
    return {
        **{name: rows[0][name] for name in (*by, "total")},
        "entered": waterfall.entered,
        "left_out": [{"reason": reason, "count": count} for reason, count in waterfall.left_out],
        "counted": waterfall.counted,
        "values": [{name: row[name] for name in _TOLD} for row in rows],
    }
