"""How a number came about: who entered it, who fell out and why, and what was left to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.errors import UsageError
from supportcli.events import EventLog
from supportcli.grains import GRAINS, Material, dimension
from supportcli.intake import ReadOptions
from supportcli.kpis import select_kpis
from supportcli.kpis.conditions import Condition
from supportcli.kpis.model import CONVERSATIONS, Kpi
from supportcli.kpis.taking import TOTAL, Group, Slices, with_moments
from supportcli.kpis.windows import derive
from supportcli.pipeline import answers, read_for
from supportcli.prepare import folded_conversations, prepare
from supportcli.questions import Question, own_dimensions, slices_of, wanted_columns
from supportcli.report.model import Explanation, Row, Waterfall
from supportcli.settings import Settings

OUTREACH: Final = "an agent began it (outreach)"
BEYOND: Final = "outside the window of the report, or of unknown time"
UNEXPLAINED: Final = frozenset({"change", "open", "activity", "loyal_customer"})
"""Grains of which a row counts for several periods, so that nothing falls out once and for all."""

_STEP: Final = "step\x1f"


@dataclass(frozen=True)
class Explained:
    """An explanation, and the log it was made of."""

    explanation: Explanation
    log: EventLog


def explained_kpis(name: str) -> list[Kpi]:
    """The KPIs of one measure, by the id of one of them or the name of the measure.

    Raises UsageError for a name that is no KPI or that of several measures, and for a KPI whose
    rows cannot be followed.
    """
    found = select_kpis([name], every=False)
    ids = ", ".join(kpi.id for kpi in found)
    if len({kpi.measure_id for kpi in found}) > 1:
        raise UsageError(f'--explain: "{name}" is the name of several', hint=f"one of {ids}")
    if found[0].grain in UNEXPLAINED:
        raise UsageError(
            f"--explain: {ids} is no count of rows: it looks at what is there at a moment",
            hint=f"`supportkpi kpis {name}` says how it is made",
        )
    return found


def explain_values(reading: ReadOptions, settings: Settings, question: Question) -> Explained:
    """How the values of a question of one measure came about, in every group.

    Raises the errors of `read_log`.
    """
    log = read_for(reading, settings, [question])
    slices = slices_of(question, settings, log.frame)
    conditions = _conditions(question.kpis[0], slices)
    falls = _falls(log, settings, question, slices, conditions)
    result = answers(log, settings, [question])
    reasons = [one.otherwise for one in conditions]
    rows: dict[Group | None, list[Row]] = {}
    for row in result.report.rows:
        rows.setdefault(row.group, []).append(row)
    waterfalls = [
        Waterfall(group, tuple(some), tuple(zip(reasons, fallen, strict=True)), counted)
        for group, some in rows.items()
        for *fallen, counted in [falls.get(group, [0] * (len(reasons) + 1))]
    ]
    ids = tuple(kpi.id for kpi in question.kpis)
    return Explained(Explanation(result.report, ids, tuple(waterfalls)), result.log)


def _falls(
    log: EventLog,
    settings: Settings,
    question: Question,
    slices: Slices,
    conditions: Sequence[Condition],
) -> dict[Group | None, list[int]]:
    """How many rows fell out at every condition, and at last how many were left, by group."""
    moment = question.kpis[0].moment
    rows = with_moments(_rows(log, settings, question, slices), moment, slices)
    stepped = rows.with_columns(_first_failing(conditions).alias(_STEP))
    found: dict[Group | None, list[int]] = {}
    for by in dict.fromkeys([question.by, ()]):
        for *group, step, count in stepped.group_by(*by, _STEP).len().collect().rows():
            place = tuple(group) if by else TOTAL
            found.setdefault(place, [0] * (len(conditions) + 1))[step] += count
    return found


def _rows(log: EventLog, settings: Settings, question: Question, slices: Slices) -> pl.LazyFrame:
    """The rows that a KPI is measured on, outreach included, with all that its conditions need."""
    kpi, prepared = question.kpis[0], prepare(log, settings, slices.as_of)
    wanted = wanted_columns(question, settings)
    frame = derive(folded_conversations(prepared, wanted), wanted, prepared.context)
    dimensions = own_dimensions(question.by)
    people = frame.with_columns(
        dimension(name, settings).alias(name) for name in dimensions
    ).collect()
    if kpi.grain in CONVERSATIONS:
        return people.lazy()
    return GRAINS[kpi.grain].rows(Material(people, prepared, dimensions))


def _conditions(kpi: Kpi, slices: Slices) -> list[Condition]:
    """All that a row must meet to count, in the order in which it is told."""
    began = pl.col("is_outreach")
    whose = {
        "conversation": [Condition(began.not_(), OUTREACH)],
        "outreach": [Condition(began, "the customer began it")],
    }
    found = [*whose.get(kpi.grain, []), *kpi.among]
    if slices.since is None and slices.until is None:
        return found
    return [*found, Condition(slices.holds(pl.col(kpi.anchor)), BEYOND)]


def _first_failing(conditions: Sequence[Condition]) -> pl.Expr:
    """The number of the first condition that does not hold; one beyond the last where all do."""
    failing = (
        pl.when(one.holds.fill_null(value=False).not_()).then(number)
        for number, one in enumerate(conditions)
    )
    return pl.coalesce(*failing, pl.lit(len(conditions)))
