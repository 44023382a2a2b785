"""An explanation of a KPI, for eyes and for programs."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

from supportcli.kpis import CATALOGUE
from supportcli.kpis.explain import explain
from supportcli.report.model import Explanation, Row, Waterfall
from supportcli.report.tabular import report_fields, row_fields, write_json
from supportcli.report.terminal import group_name, print_columns
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
    said = explain(CATALOGUE[explanation.kpis[0]])
    stream.write(f"{said}\n\n".encode())
    shown = explanation.waterfalls
    reasons = [f"- {reason}" for reason, _ in shown[0].left_out] if shown else []
    names = ["entered", *reasons, "= counted", *explanation.kpis]
    print_columns(names, [(group_name(one.group), _cells(one)) for one in shown], stream)
    unknown = (row.why_null for one in shown for row in one.rows if row.why_null)
    stream.writelines(f"unknown: {clean(why)}\n".encode() for why in dict.fromkeys(unknown))


def _cells(waterfall: Waterfall) -> list[str]:
    """What is told of a group, from top to bottom; where nobody fell out, nothing."""
    fallen = [f"{count:,}" if count else "" for _, count in waterfall.left_out]
    values = [_value(row) for row in waterfall.rows]
    return [f"{waterfall.entered:,}", *fallen, f"{waterfall.counted:,}", *values]


def _value(row: Row) -> str:
    """The value, and of a share the counts that make it."""
    said = value_in_words(row.value, row.unit)
    if row.value is None or row.numerator is None:
        return said
    return f"{said}\n{row.numerator:,} of {row.denominator:,}"


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
