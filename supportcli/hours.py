"""Opening hours: how much of the time between two moments somebody was there to answer.

The shifts of every schedule, over the days that the data spans, become intervals in UTC that do
not overlap, with the open time before each of them. The open time before any moment is then found
by one search, and that between two moments is a difference.

A shift begins at the first moment at which the wall clock shows its beginning or has passed it, and
ends at the first at which it shows its end or has passed it. So where the clocks are set back a
time that comes twice is the first one, and where they are set forward a time that is skipped is the
moment of the change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from supportcli.errors import ConfigurationError
from supportcli.settings import Schedule, Settings, WeeklyHours
from supportcli.settings.names import check_country
from supportcli.settings.opening import DAYS, read_day, shift_minutes
from supportcli.sources.values import localised

_KEPT: Final = (dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))
"""Nobody keeps hours outside; a stray year must not cost a million days."""

_MARGIN: Final = dt.timedelta(days=3)
"""How far before and after the data a local day may lie of which a shift reaches into it."""

_LONG_AGO_US: Final = -(2**61)
_CLOSED: Final = -1
"""The number of a schedule without any shift."""


@dataclass(frozen=True)
class OpeningHours:
    """The open intervals of all schedules, one schedule behind the other on one long line of time.

    `numbers` has the number of each schedule by what it is for: ("team", name), ("channel", name)
    or ("", "") for the general one. The line of schedule k is `line_us * k` ahead of the true time.
    A moment in or after an interval has its own time and `base_us` of open time before it, but at
    most `cap_us`.
    """

    numbers: Mapping[tuple[str, str], int]
    span: tuple[dt.datetime, dt.datetime]
    line_us: int
    begins_us: pl.Series
    base_us: pl.Series
    cap_us: pl.Series

    @classmethod
    def of(cls, settings: Settings, first: dt.datetime, last: dt.datetime) -> OpeningHours | None:
        """The hours of a configuration between two naive UTC times; None where it has no shift."""
        hours = settings.hours
        schedules: dict[tuple[str, str], Schedule] = {("", ""): hours}
        schedules |= {("team", name): schedule for name, schedule in hours.team.items()}
        schedules |= {("channel", name): schedule for name, schedule in hours.channel.items()}
        kept = [name for name, schedule in schedules.items() if _has_shifts(schedule)]
        if not kept:
            return None
        first, last = (min(max(moment, _KEPT[0]), _KEPT[1]) for moment in (first, last))
        line_us = (last - first + 4 * _MARGIN) // dt.timedelta(microseconds=1)
        lines = []
        for number, name in enumerate(kept):
            zone = schedules[name].timezone or settings.timezone
            found = _intervals(schedules[name], zone, first, last)
            lines.append(found.select(pl.all() + number * line_us))
        numbers = {**dict.fromkeys(schedules, _CLOSED), **{n: i for i, n in enumerate(kept)}}
        return cls(numbers, (first, last), line_us, *_sums(pl.concat(lines)))

    def open_ms(self, start: pl.Expr, end: pl.Expr, *, team: pl.Expr, channel: pl.Expr) -> pl.Expr:
        """The open milliseconds from start to end, both naive UTC times within the span.

        The hours are those of the row's team, where it has its own, else of its channel, else the
        general ones. Null where they have no shift, where a time is null, and where the end lies
        before the start.
        """
        general = pl.lit(self.numbers["", ""], dtype=pl.Int64)
        number = pl.coalesce(self._number("team", team), self._number("channel", channel), general)
        open_us = self._open_before(end, number) - self._open_before(start, number)
        return pl.when((number != _CLOSED) & (end >= start)).then(open_us // 1000)

    def _number(self, kind: str, name: pl.Expr) -> pl.Expr:
        """The number of the schedule that a team or channel has of its own, else null."""
        own = {key[1]: number for key, number in self.numbers.items() if key[0] == kind}
        if not own:
            return pl.lit(None, dtype=pl.Int64)
        return name.cast(pl.String).replace_strict(own, default=None, return_dtype=pl.Int64)

    def _open_before(self, time: pl.Expr, number: pl.Expr) -> pl.Expr:
        """The open microseconds before a moment, and those of every schedule on the line before."""
        moment = time.clip(*self.span).dt.epoch("us") + number * self.line_us
        return moment.map_batches(self._sum_before, return_dtype=pl.Int64, is_elementwise=True)

    def _sum_before(self, moment: pl.Series) -> pl.Series:
        """The same for a column of moments on the line: a search, which is made only once so."""
        index = self.begins_us.search_sorted(moment, side="right").cast(pl.Int64) - 1
        reached = moment + self.base_us.gather(index)
        return pl.select(pl.min_horizontal(reached, self.cap_us.gather(index))).to_series()


def _has_shifts(schedule: Schedule) -> bool:
    weeks: list[WeeklyHours] = [schedule, *schedule.seasons]
    return any(getattr(week, day) for week in weeks for day in DAYS)


def _intervals(
    schedule: Schedule, timezone: str, first: dt.datetime, last: dt.datetime
) -> pl.DataFrame:
    """Every open interval of a schedule around a span, sorted, as microseconds since 1970."""
    dates = pl.date_range(first.date() - _MARGIN, last.date() + _MARGIN, eager=True)
    days = pl.DataFrame({"day": dates}).select(
        "day", week=_week_of(schedule), weekday=pl.col("day").dt.weekday() - 1
    )
    closed = _holidays(schedule, first.year, last.year)
    shifts = days.filter(pl.col("day").is_in(closed).not_()).join(
        _shifts(schedule), on=("week", "weekday"), maintain_order="left"
    )
    midnight = pl.col("day").cast(pl.Datetime("us"))
    walls = shifts.select(
        begin=midnight + pl.duration(minutes=pl.col("begin")),
        end=midnight + pl.duration(minutes=pl.col("end")),
    )
    found = walls.select(
        _first_shown(walls["begin"], timezone), _first_shown(walls["end"], timezone)
    )
    return _joined(found.filter(pl.col("begin") < pl.col("end")).sort("begin"))


def _week_of(schedule: Schedule) -> pl.Expr:
    """Which hours hold on each day: 0 for the usual ones, else the number of the last season."""
    week = pl.lit(0, dtype=pl.Int64)
    for number, season in enumerate(schedule.seasons, start=1):
        holds = pl.col("day") >= read_day(season.since)
        if season.until is not None:
            holds &= pl.col("day") < read_day(season.until)
        week = pl.when(holds).then(pl.lit(number, dtype=pl.Int64)).otherwise(week)
    return week


def _shifts(schedule: Schedule) -> pl.DataFrame:
    """Every shift by the week and the weekday that it is of, in minutes after midnight."""
    weeks: list[WeeklyHours] = [schedule, *schedule.seasons]
    rows = [
        (week, weekday, *shift_minutes(shift))
        for week, hours in enumerate(weeks)
        for weekday, day in enumerate(DAYS)
        for shift in getattr(hours, day)
    ]
    types = {"week": pl.Int64, "weekday": pl.Int8, "begin": pl.Int64, "end": pl.Int64}
    return pl.DataFrame(rows, schema=types, orient="row")


def _holidays(schedule: Schedule, first_year: int, last_year: int) -> list[dt.date]:
    """The days on which no shift begins: those listed, else the public ones of the country.

    Raises ConfigurationError where the country's are not known here.
    """
    if schedule.holidays or schedule.country is None:
        return [read_day(day) for day in schedule.holidays]
    try:
        check_country(schedule.country)
    except ValueError as error:
        raise ConfigurationError(f"country: {error}") from error
    from holidays import country_holidays

    return list(country_holidays(schedule.country, years=range(first_year - 1, last_year + 2)))


def _first_shown(wall: pl.Series, timezone: str) -> pl.Series:
    """The first moment at which the clock shows each wall time or has passed it, since 1970."""
    times = pl.DataFrame({"wall": wall}).with_columns(utc=localised(pl.col("wall"), timezone))
    skipped = times.filter(pl.col("utc").is_null())["wall"].unique().to_list()
    changes = [_change_over(time, ZoneInfo(timezone)) for time in skipped]
    known = pl.col("wall").replace_strict(
        skipped, changes, default=pl.col("utc"), return_dtype=pl.Datetime("us")
    )
    return times.select(
        (known if skipped else pl.col("utc")).dt.epoch("us").alias(wall.name)
    ).to_series()


def _change_over(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment in UTC at which the clocks are set forward past a wall time, to the second."""
    offsets = [
        wall.replace(tzinfo=zone, fold=fold).utcoffset() or dt.timedelta() for fold in (0, 1)
    ]
    before, after = wall - offsets[1], wall - offsets[0]
    second = dt.timedelta(seconds=1)
    while after - before > second:
        middle = before + (after - before) // second // 2 * second
        shown = middle.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)
        before, after = (middle, after) if shown < wall else (before, middle)
    return after


def _joined(intervals: pl.DataFrame) -> pl.DataFrame:
    """Sorted intervals, those that touch or overlap made one.

    Shifts overlap where the night of one season reaches into the morning of the next.
    """
    latest = pl.col("end").cum_max()
    starts = (pl.col("begin") > latest.shift(1)).fill_null(value=True)
    ends = latest.filter(starts.shift(-1, fill_value=True))
    return intervals.select(pl.col("begin").filter(starts), ends)


def _sums(intervals: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The beginnings of sorted intervals, and base and cap of the open time up to their ends.

    An interval without length before all others makes every moment lie after a beginning.
    """
    nothing = intervals.clear().vstack(
        pl.DataFrame({"begin": [_LONG_AGO_US], "end": [_LONG_AGO_US]})
    )
    every = pl.concat([nothing, intervals])
    cap = (pl.col("end") - pl.col("begin")).cum_sum()
    sums = every.select("begin", base=cap.shift(1, fill_value=0) - pl.col("begin"), cap=cap)
    return sums["begin"], sums["base"], sums["cap"]
