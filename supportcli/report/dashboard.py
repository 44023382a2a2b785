"""What a report for people is made of, beside the KPI table: courses, distributions, rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.kpis.speed import ANSWERED_WAIT, LEFT_WAIT
from supportcli.kpis.taking import NOTHING, Parts
from supportcli.report.model import Report, Row

Group = tuple[Any, ...] | None

FIRST_RESPONSE: Final = "first_response_time"
RESOLUTION: Final = "resolution_time"


@dataclass(frozen=True)
class Spread:
    """How long something took in a group: how many fell between each two bounds, in seconds.

    `edges` are one more than `counts`; the last is None where it is open. `median` and `p90` are
    the rows of the report.
    """

    edges: tuple[float | None, ...]
    counts: tuple[int, ...]
    median: Row
    p90: Row


@dataclass(frozen=True)
class Waiting:
    """How many of those offered had an answer after each wait in seconds, and how many had left."""

    waits_s: tuple[float, ...]
    answered: tuple[float, ...]
    left: tuple[float, ...]
    offered: int


@dataclass(frozen=True)
class Dashboard:
    """A report, and all that was asked of the same log to show it to people.

    `by` are the dimensions of its sections. `trend` has the KPIs of the report and more by period;
    `spans` those of durations, `busy` the contacts by weekday and hour, `rankings` the KPIs of
    agents and topics by their dimensions, over everything and in every group of `by`.
    `promised_s` are the answering times promised by channel; from `min_n` conversations on
    somebody is named.
    """

    report: Report
    by: tuple[str, ...]
    trend: Report
    spans: Report
    busy: Report
    rankings: Mapping[tuple[str, ...], Report]
    spreads: Mapping[tuple[Group, str], Spread]
    waitings: Mapping[Group, Waiting]
    promised_s: Mapping[str, float]
    min_n: int
    notes: tuple[str, ...] = ()


def spreads_of(report: Report, parts: Parts) -> dict[tuple[Group, str], Spread]:
    """How every duration of a report is spread, by group and name of its measure."""
    rows = {(row.group, row.kpi): row for row in report.rows}
    found = {}
    for group in report.groups:
        for name in (FIRST_RESPONSE, RESOLUTION):
            median, p90 = (rows[group, f"{name}.{statistic}"] for statistic in ("median", "p90"))
            values = _values(parts, group, CATALOGUE[f"{name}.median"])
            if median.value is not None and values is not None:
                edges = _edges_s(values)
                found[group, name] = Spread(edges, _counts(values, edges), median, p90)
    return found


def waitings_of(report: Report, parts: Parts) -> dict[Group, Waiting]:
    """How the waits ended in every group where people wait."""
    found = {}
    for row in report.rows:
        if row.kpi == "service_level" and row.value is not None and row.denominator:
            answered = _values(parts, row.group, ANSWERED_WAIT)
            left = _values(parts, row.group, LEFT_WAIT)
            if answered is not None:
                found[row.group] = _waiting(answered, left, row.denominator)
    return found


def _values(parts: Parts, group: Group, kpi: Kpi) -> pl.Series | None:
    """The values of a duration in a group in ms, in order; None where there are none."""
    values = parts.get((group, None, kpi.measure_id), NOTHING).values
    return None if values is None or values.is_empty() else values


_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_BOUNDS_S: Final = (
    *(1, 2, 5, 10, 15, 20, 30, 45),
    *(_MINUTE * n for n in (1, 1.5, 2, 3, 5, 10, 15, 20, 30, 45)),
    *(_HOUR * n for n in (1, 1.5, 2, 3, 4, 6, 8, 12, 18)),
    *(_DAY * n for n in (1, 1.5, 2, 3, 4, 5, 7, 10, 14, 21, 30, 60, 90)),
)
"""Durations that people think in."""

_MOST_BINS: Final = 12


def _edges_s(values: pl.Series) -> tuple[float | None, ...]:
    """The bounds of bins that show how values are spread: from nought, the last one open."""
    last = values.len() - 1
    low, high = (values[round(last * share)] / 1_000 for share in (0.03, 0.97))
    inside = [bound for bound in _BOUNDS_S if low < bound <= high]
    if not inside:
        inside = [next((bound for bound in _BOUNDS_S if bound > high), _BOUNDS_S[-1])]
    step = -(-len(inside) // (_MOST_BINS - 1))
    return (0.0, *inside[step - 1 :: step], None)


def _counts(values: pl.Series, edges: Sequence[float | None]) -> tuple[int, ...]:
    """How many ordered values in ms lie in each bin, its lower bound included."""
    below = [_less_than(values, edge) for edge in edges[1:]]
    return tuple(upper - lower for lower, upper in zip([0, *below], below, strict=False))


def _less_than(values: pl.Series, bound_s: float | None) -> int:
    """How many ordered values in ms are less than a bound in seconds; all, where there is none."""
    return values.len() if bound_s is None else int(values.search_sorted(bound_s * 1_000, "left"))


_STEPS: Final = 60


def _waiting(answered: pl.Series, left: pl.Series | None, offered: int) -> Waiting:
    """The waits up to that within which all but a few were answered, in even steps."""
    longest = max(1.0, answered[round((answered.len() - 1) * 0.97)] / 1_000)
    step_s = next((step for step in (1, 2, 5, 10, 15, 30) if longest <= step * _STEPS), 60)
    steps = min(_STEPS, int(longest // step_s) + 1)
    waits = tuple(float(step_s * number) for number in range(steps + 1))
    return Waiting(
        waits,
        tuple(_within(answered, wait) / offered for wait in waits),
        tuple(_within(left, wait) / offered if left is not None else 0.0 for wait in waits),
        offered,
    )


def _within(values: pl.Series, bound_s: float) -> int:
    """How many ordered values in ms are no more than a bound in seconds."""
    return int(values.search_sorted(bound_s * 1_000, "right"))
