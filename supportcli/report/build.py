"""Conversations to a report: the parts of every measure finished into values, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from supportcli import clock
from supportcli.kpis import statistics
from supportcli.kpis.derive import WAITING_CHANNELS
from supportcli.kpis.measure import NOTHING, TOTAL, Group, Part, Parts, Slices
from supportcli.kpis.model import SCALE, Kpi
from supportcli.kpis.statistics import Estimate
from supportcli.report.model import Row
from supportcli.schema import CHANNELS

EMPTY: Final = "nothing to measure: no conversation here has what it takes"
ELSEWHERE: Final = f"only {' and '.join(WAITING_CHANNELS)} are waited on"
MIXED: Final = "sources of different scales meet here"
NEVER: Final = "fewer than half were resolved within the time seen"


@dataclass(frozen=True)
class Finished:
    """A value with what stands beside it, before it is a row."""

    value: float | int | None
    n: int
    low: float | None = None
    high: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    why_null: str | None = None


def build_rows(
    parts: Parts,
    kpis: Sequence[Kpi],
    slices: Slices,
    knowledge: Mapping[Group | None, frozenset[str]],
) -> tuple[Row, ...]:
    """Every row of the report: the total first, then the groups; the whole range, then periods.

    `knowledge` says which event columns the sources of each group fill; a group that is not in it
    knows what the total knows.
    """
    return tuple(_Builder(parts, kpis, slices, knowledge).rows())


class _Builder:
    def __init__(
        self,
        parts: Parts,
        kpis: Sequence[Kpi],
        slices: Slices,
        knowledge: Mapping[Group | None, frozenset[str]],
    ) -> None:
        self.parts = parts
        self.changes = _changes(parts, kpis)
        self.kpis = kpis
        self.slices = slices
        self.knowledge = knowledge
        self.periods = self._periods()

    def rows(self) -> Iterator[Row]:
        for group in self._groups():
            for period in (None, *self.periods):
                for kpi in self.kpis:
                    yield self._row(group, period, kpi)

    def _groups(self) -> list[Group | None]:
        """The total, then every group that occurs anywhere, the unknown last in each dimension."""
        found = {key[0] for key in self.parts} | set(self.knowledge)
        groups = [group for group in found if group is not TOTAL]
        by = self.slices.by
        return [TOTAL, *sorted(groups, key=lambda group: [*map(_rank, group, by)])]

    def _periods(self) -> list[dt.datetime]:
        """Every period from the first to the last that the window, or else the data, touches."""
        slices = self.slices
        if slices.period is None:
            return []
        flows = {kpi.measure_id for kpi in self.kpis if kpi.statistic != "stock"}
        seen = [
            period
            for (_, period, name), part in self.parts.items()
            if period is not None and part.count and (name in flows or not flows)
        ]
        first, last = min(seen, default=None), max(seen, default=None)
        if slices.since:
            first = clock.start_of(slices.since, slices.period, slices.timezone)
        if slices.until:
            end = min(slices.until - dt.timedelta(microseconds=1), slices.as_of)
            last = clock.start_of(end, slices.period, slices.timezone)
        if first is None or last is None:
            return []
        return list(clock.starts_between(first, last, slices.period))

    def _row(self, group: Group | None, period: dt.datetime | None, kpi: Kpi) -> Row:
        known = self.knowledge.get(group, self.knowledge[TOTAL])
        missing = [need for need in kpi.needs if not known.intersection(need.fields)]
        if missing:
            done = Finished(
                None,
                0,
                why_null=f"no export{self._of(group)} carries {missing[0].what}",
            )
        elif kpi.waited_for and self._channel(group) not in (None, *WAITING_CHANNELS):
            done = Finished(None, 0, why_null=ELSEWHERE)
        else:
            done = self._finish(group, period, kpi)
        return Row(
            group=group,
            period=clock.label(period, self.slices.period or "") if period else None,
            begins=period,
            kpi=kpi.id,
            unit=kpi.unit,
            value=done.value,
            n=done.n,
            low=done.low,
            high=done.high,
            numerator=done.numerator,
            denominator=done.denominator,
            why_null=done.why_null,
        )

    def _channel(self, group: Group | None) -> object:
        """The channel of a group, where groups have one."""
        if group is TOTAL or "channel" not in self.slices.by:
            return None
        return group[self.slices.by.index("channel")]

    def _of(self, group: Group | None) -> str:
        """Whose export lacks it; other groups must not change what is said of this one."""
        if group is TOTAL:
            return ""
        return " of this channel" if self.slices.by == ("channel",) else " of this group"

    def _finish(self, group: Group | None, period: dt.datetime | None, kpi: Kpi) -> Finished:
        if kpi.statistic == "stock":
            return _count(self._stock(group, period, kpi.measure_id))
        part = self.parts.get((group, period, kpi.measure_id), NOTHING)
        if kpi.statistic == "share_of_total":
            whole = self.parts.get((TOTAL, period, kpi.measure_id), NOTHING)
            return _share(part.count, whole.count)
        return _FINISHERS[kpi.statistic](part, kpi)

    def _stock(self, group: Group | None, period: dt.datetime | None, name: str) -> int:
        """What is open at the end of a period: all changes until then, added up."""
        if period is None:
            return self.parts.get((group, None, name), NOTHING).total
        changes = self.changes.get((group, name), [])
        return sum(total for start, total in changes if start <= period)


def _changes(
    parts: Parts, kpis: Sequence[Kpi]
) -> dict[tuple[Group | None, str], list[tuple[dt.datetime, int]]]:
    """The changes of every stock by period, for each group."""
    stocks = {kpi.measure_id for kpi in kpis if kpi.statistic == "stock"}
    changes: dict[tuple[Group | None, str], list[tuple[dt.datetime, int]]] = {}
    for (group, period, name), part in parts.items():
        if name in stocks and period is not None:
            changes.setdefault((group, name), []).append((period, part.total))
    return changes


def _rank(value: Any, dimension: str) -> tuple[bool, Any]:
    """Where a value stands in the order of its dimension; the unknown is last."""
    order = _ORDERS.get(dimension)
    if value is None:
        return True, 0 if order or dimension == "hour" else ""
    return False, order.index(value) if order else value


_ORDERS: Final = {"channel": CHANNELS, "weekday": clock.WEEKDAYS}


def _count(count: int) -> Finished:
    return Finished(count, count)


def _share(numerator: int, denominator: int) -> Finished:
    estimate = statistics.share(numerator, denominator)
    return Finished(
        estimate.value,
        denominator,
        estimate.low,
        estimate.high,
        numerator,
        denominator,
        None if denominator else EMPTY,
    )


def _estimated(estimate: Estimate, count: int) -> Finished:
    reason = EMPTY if estimate.value is None else None
    return Finished(estimate.value, count, estimate.low, estimate.high, why_null=reason)


def _finish_mean(part: Part, kpi: Kpi) -> Finished:
    if part.kinds > 1:
        return Finished(None, part.count, why_null=MIXED)
    scale = SCALE[kpi.unit]
    return _estimated(
        _scaled(statistics.mean(part.count, part.total, part.squares), scale), part.count
    )


def _scaled(estimate: Estimate, scale: int) -> Estimate:
    return Estimate(
        *(
            None if number is None else number / scale
            for number in (estimate.value, estimate.low, estimate.high)
        )
    )


def _finish_quantile(part: Part, kpi: Kpi) -> Finished:
    if not part.count or part.values is None:
        return Finished(None, 0, why_null=EMPTY)
    values = part.values
    place = statistics.quantile_positions(part.count, statistics.QUANTILES[kpi.statistic])
    below, above = values[place.below], values[place.above]
    estimate = Estimate(
        below + (above - below) * place.weight,
        None if place.low is None else values[place.low],
        None if place.high is None else values[place.high],
    )
    return _estimated(_scaled(estimate, SCALE[kpi.unit]), part.count)


def _finish_survival(part: Part, kpi: Kpi) -> Finished:
    if part.values is None or part.censored is None:
        return Finished(None, 0, why_null=EMPTY)
    count = len(part.values) + len(part.censored)
    median = statistics.kaplan_meier_median(part.values.to_list(), part.censored.to_list())
    if median is None:
        return Finished(None, count, why_null=NEVER if count else EMPTY)
    return Finished(median / SCALE[kpi.unit], count)


_FINISHERS: Final[dict[str, Callable[[Part, Kpi], Finished]]] = {
    "count": lambda part, _: _count(part.count),
    "share": lambda part, _: _share(part.total, part.count),
    "mean": _finish_mean,
    "median": _finish_quantile,
    "p90": _finish_quantile,
    "survival": _finish_survival,
}
