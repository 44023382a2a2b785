"""Conversations to a report: the parts of every measure finished into values, once."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from supportcli import clock
from supportcli.kpis.derive import WAITING_CHANNELS
from supportcli.kpis.model import Kpi
from supportcli.kpis.taking import NOTHING, TOTAL, Group, Part, Parts, Slices
from supportcli.report.costs import FixedCosts
from supportcli.report.finish import FINISHERS, Cell, Finished, count
from supportcli.report.model import Row
from supportcli.schema import CHANNELS
from supportcli.settings import Settings
from supportcli.words import marked, phrase

ELSEWHERE: Final = phrase(
    "only {one} and {other} are waited on", one=WAITING_CHANNELS[0], other=WAITING_CHANNELS[1]
)
UNCONFIGURED: Final = {
    "hours": marked("no opening hours are configured ([hours])"),
    "costs": marked("no costs are configured ([costs])"),
    "complaints": marked("no complaints are configured ([complaints])"),
}
"""Why a KPI is unknown without its table of the configuration."""

NO_BEFORE: Final = marked("nothing says what came before: --period or --since")
ALL_NEW: Final = marked("nothing was read from before: everyone would be new")
NO_GROUP: Final = marked("visits to the help centre belong to no group")
NOT_CARRIED: Final = marked("no export carries {what}")
_NOT_CARRIED_BY_CHANNEL: Final = marked("no export of this channel carries {what}")
_NOT_CARRIED_BY_GROUP: Final = marked("no export of this group carries {what}")


@dataclass(frozen=True)
class Beginnings:
    """When the data begins: its first contact, and its first conversation at all."""

    contact_at: dt.datetime | None = None
    conversation_at: dt.datetime | None = None


def build_rows(
    parts: Parts,
    kpis: Sequence[Kpi],
    slices: Slices,
    knowledge: Mapping[Group | None, frozenset[str]],
    settings: Settings,
    beginnings: Beginnings,
) -> tuple[Row, ...]:
    """Every row of the report: the total first, then the groups; the whole range, then periods.

    `knowledge` says which event columns the sources of each group fill; a group that is not in it
    knows what the total knows.
    """
    return tuple(_Builder(parts, kpis, slices, knowledge, settings, beginnings).rows())


class _Builder:
    def __init__(
        self,
        parts: Parts,
        kpis: Sequence[Kpi],
        slices: Slices,
        knowledge: Mapping[Group | None, frozenset[str]],
        settings: Settings,
        beginnings: Beginnings,
    ) -> None:
        self.parts = parts
        self.changes = _changes(parts, kpis)
        self.kpis = kpis
        self.slices = slices
        self.knowledge = knowledge
        self.settings = settings
        self.beginnings = beginnings
        self.fixed = FixedCosts.of(settings, slices, beginnings.conversation_at)
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
        slices, calendar = self.slices, self.slices.calendar
        if slices.period is None:
            return []
        flows = {kpi.measure_id for kpi in self.kpis if kpi.statistic not in _NO_FLOWS}
        seen = [
            period
            for (_, period, name), part in self.parts.items()
            if period is not None and part.count and (name in flows or not flows)
        ]
        first, last = min(seen, default=None), max(seen, default=None)
        if slices.since:
            first = calendar.start_of(slices.since, slices.period)
        if slices.until:
            end = min(slices.until - dt.timedelta(microseconds=1), slices.as_of)
            last = calendar.start_of(end, slices.period)
        if first is None or last is None:
            return []
        return list(calendar.starts_between(first, last, slices.period))

    def _row(self, group: Group | None, period: dt.datetime | None, kpi: Kpi) -> Row:
        reason = self._why_unknown(group, period, kpi)
        done = self._finish(group, period, kpi) if reason is None else Finished.unknown(reason)
        label = self.slices.calendar.label
        return Row(
            group=group,
            period=label(period, self.slices.period or "") if period else None,
            begins=period,
            kpi=kpi.id,
            unit=done.unit or (self.settings.currency if kpi.unit == "money" else kpi.unit),
            value=done.value,
            n=done.n,
            low=done.low,
            high=done.high,
            numerator=done.numerator,
            denominator=done.denominator,
            why_null=done.why_null,
            error=done.error,
        )

    def _why_unknown(self, group: Group | None, period: dt.datetime | None, kpi: Kpi) -> str | None:
        """Why a value cannot be known, whatever was counted; None where it may be."""
        if kpi.configured and not self._is_configured(kpi.configured):
            return UNCONFIGURED[kpi.configured]
        known = self.knowledge.get(group, self.knowledge[TOTAL])
        everywhere = self.knowledge[TOTAL]
        missing = [need for need in kpi.needs if not known.intersection(need.fields)]
        missing += [
            need
            for one in kpi.beside
            for need in one.needs
            if not everywhere.intersection(need.fields)
        ]
        if kpi.statistic == "visitors" and group is not TOTAL:
            return NO_GROUP
        if missing:
            return phrase(self._not_carried(group), what=missing[0].what)
        if kpi.waited_for and self._channel(group) not in (None, *WAITING_CHANNELS):
            return ELSEWHERE
        if kpi.statistic == "newcomers" and not self._has_before(period):
            return ALL_NEW
        if kpi.statistic == "retention" and period is None and self.slices.since is None:
            return NO_BEFORE
        return None

    def _is_configured(self, table: str) -> bool:
        value = getattr(self.settings, table)
        return bool(value != type(value)())

    def _has_before(self, period: dt.datetime | None) -> bool:
        """Whether any contact lies before a period, or before the window of the report."""
        begin, first = self.slices.since, self.beginnings.contact_at
        if period is not None:
            begin = clock.to_utc(period, self.slices.calendar.timezone)
        return begin is not None and first is not None and first < begin

    def _channel(self, group: Group | None) -> object:
        """The channel of a group, where groups have one."""
        if group is TOTAL or "channel" not in self.slices.by:
            return None
        return group[self.slices.by.index("channel")]

    def _not_carried(self, group: Group | None) -> str:
        """Whose export lacks it; other groups must not change what is said of this one."""
        if group is TOTAL:
            return NOT_CARRIED
        by_channel = self.slices.by == ("channel",)
        return _NOT_CARRIED_BY_CHANNEL if by_channel else _NOT_CARRIED_BY_GROUP

    def _finish(self, group: Group | None, period: dt.datetime | None, kpi: Kpi) -> Finished:
        if kpi.statistic == "stock":
            return count(self._stock(group, period, kpi.measure_id))

        def part(one: Kpi) -> Part:
            return self.parts.get((group, period, one.measure_id), NOTHING)

        def whole(one: Kpi) -> Part:
            return self.parts.get((TOTAL, period, one.measure_id), NOTHING)

        fixed, currency = self.fixed.minor(period), self.settings.currency
        cell = Cell(kpi, part, whole, fixed, currency, is_total=group is TOTAL)
        return FINISHERS[kpi.statistic](cell)

    def _stock(self, group: Group | None, period: dt.datetime | None, name: str) -> int:
        """What is open at the end of a period: all changes until then, added up."""
        if period is None:
            return self.parts.get((group, None, name), NOTHING).total
        begins, totals = self.changes.get((group, name), _NO_CHANGES)
        return totals[bisect_right(begins, period)]


_NO_FLOWS: Final = ("stock", "retention")
"""What is there before the first event of a period, or after the last, and says nothing of them."""


Changes = tuple[list[dt.datetime], list[int]]
"""The periods in which a stock changed, in order, and what it is before and after each of them."""

_NO_CHANGES: Final[Changes] = ([], [0])


def _changes(parts: Parts, kpis: Sequence[Kpi]) -> dict[tuple[Group | None, str], Changes]:
    """The changes of every stock by period, for each group."""
    stocks = {kpi.measure_id for kpi in kpis if kpi.statistic == "stock"}
    changes: dict[tuple[Group | None, str], list[tuple[dt.datetime, int]]] = {}
    for (group, period, name), part in parts.items():
        if name in stocks and period is not None:
            changes.setdefault((group, name), []).append((period, part.total))
    return {key: _added_up(sorted(found)) for key, found in changes.items()}


def _added_up(changes: Sequence[tuple[dt.datetime, int]]) -> Changes:
    totals = accumulate((total for _, total in changes), initial=0)
    return [begins for begins, _ in changes], list(totals)


def _rank(value: Any, dimension: str) -> tuple[bool, Any]:
    """Where a value stands in the order of its dimension; the unknown is last."""
    order = _ORDERS.get(dimension)
    if value is None:
        return True, 0 if order or dimension == "hour" else ""
    return False, order.index(value) if order else value


_ORDERS: Final = {"channel": CHANNELS, "weekday": clock.WEEKDAYS}
