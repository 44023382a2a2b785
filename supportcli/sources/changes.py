"""Local times that a change of clocks made double or left out, counted.

Only the few times near a change are looked at: they are found among the finished times, and read
again from what the file says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from supportcli.sources import values
from supportcli.sources.plan import REPEATED, SKIPPED

Parser = Callable[[pl.Expr, str], pl.Expr]
"""Raw values and a zone to times in UTC."""

_FARTHEST_ZONE: Final = "Etc/GMT-14"
_NEAR: Final = dt.timedelta(hours=3)
_EPOCH: Final = dt.datetime(1970, 1, 1)
_END_US: Final = (dt.datetime(2101, 1, 1) - _EPOCH) // dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """Rows whose times are local to one zone: all, or those where a condition holds."""

    zone: str
    where: pl.Expr | None = None


def changes_of_clocks(
    raw: pl.Expr, parser: Parser, places: Sequence[Place], time: pl.Expr, counts: pl.Expr
) -> dict[str, pl.Expr]:
    """How many of the times that `counts` selects exist twice, and how many not at all.

    `time` is the finished column that the parser made of the raw values.
    """
    found: dict[str, list[pl.Expr]] = {REPEATED: [], SKIPPED: []}
    for place in places:
        if place.zone == "UTC" or values.FIXED_OFFSET.fullmatch(place.zone):
            continue
        near = time.map_batches(partial(_near_change, zone=place.zone), return_dtype=pl.Boolean)
        chosen = near & counts if place.where is None else near & counts & place.where
        few = raw.filter(chosen)
        local = parser(few, "UTC")
        # A value that states its zone is the same moment wherever it is read.
        is_local = local != parser(few, _FARTHEST_ZONE)
        once = values.localised(local, place.zone)
        later = values.localised(local, place.zone, ambiguous="latest")
        found[REPEATED].append((is_local & (once != later)).sum())
        found[SKIPPED].append((is_local & once.is_null()).sum())
    return {kind: pl.sum_horizontal(sums) for kind, sums in found.items() if sums}


def _near_change(times: pl.Series, zone: str) -> pl.Series:
    """Which times in UTC lie near a change of a zone's clocks."""
    near = pl.repeat(value=False, n=len(times), dtype=pl.Boolean, eager=True)
    ends = times.to_physical().min(), times.to_physical().max()
    if not isinstance(ends[0], int) or not isinstance(ends[1], int):
        return near
    # A time may lie in a year that Python has not.
    first, last = (_moment(end) for end in ends if isinstance(end, int))
    for year in range(first.year, last.year + 1):
        for change in _changes(zone, year):
            if first <= change + _NEAR and last >= change - _NEAR:
                near |= times.is_between(change - _NEAR, change + _NEAR)
    return near.fill_null(value=False)


def _moment(us: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=min(max(us, 0), _END_US))


@cache
def _changes(zone: str, year: int) -> tuple[dt.datetime, ...]:
    """The moments of a year, in UTC and to the minute, at which a zone's offset changes."""
    info = ZoneInfo(zone)

    def offset(moment: dt.datetime) -> dt.timedelta | None:
        return moment.replace(tzinfo=dt.UTC).astimezone(info).utcoffset()

    weeks = [dt.datetime(year, 1, 1) + dt.timedelta(weeks=week) for week in range(54)]
    return tuple(
        _first_after(offset, before, after)
        for before, after in pairwise(weeks)
        if offset(before) != offset(after)
    )


def _first_after(
    offset: Callable[[dt.datetime], dt.timedelta | None], before: dt.datetime, after: dt.datetime
) -> dt.datetime:
    """The moment of a change between two moments of different offsets, by halving."""
    old = offset(before)
    while after - before > dt.timedelta(minutes=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if offset(middle) == old else (before, middle)
    return after
