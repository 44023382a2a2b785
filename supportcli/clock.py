"""Time as the reader of a report lives it: zones, periods, weekdays, and what `--last 30d` is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from supportcli.durations import parse_duration_ms
from supportcli.errors import UsageError

PERIODS: Final = ("hour", "day", "week", "month", "quarter", "year")
WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
UTC: Final = dt.UTC

_EVERY: Final = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo", "quarter": "1q",
                 "year": "1y"}  # fmt: skip
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def local(time: pl.Expr, timezone: str) -> pl.Expr:
    """Naive UTC times as the naive local times of a zone."""
    if timezone == "UTC":
        return time
    return (
        time.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    )


def period_start(time: pl.Expr, period: str, timezone: str) -> pl.Expr:
    """The local beginning of the period in which a naive UTC time lies; weeks begin on Monday."""
    return local(time, timezone).dt.truncate(_EVERY[period])


def label(start: dt.datetime, period: str) -> str:
    """A period by its local beginning: 2026-03-02T09, 2026-03-02, 2026-03, 2026-Q1 or 2026."""
    if period == "hour":
        return start.strftime("%Y-%m-%dT%H")
    if period in ("day", "week"):
        return start.strftime("%Y-%m-%d")
    if period == "quarter":
        return f"{start.year:04d}-Q{(start.month + 2) // 3}"
    return f"{start.year:04d}-{start.month:02d}" if period == "month" else f"{start.year:04d}"


def following(start: dt.datetime, period: str) -> dt.datetime:
    """The local beginning of the next period."""
    if period in _MONTHS:
        months = start.year * 12 + start.month - 1 + _MONTHS[period]
        return start.replace(year=months // 12, month=months % 12 + 1)
    step = {
        "hour": dt.timedelta(hours=1),
        "day": dt.timedelta(days=1),
        "week": dt.timedelta(days=7),
    }
    return start + step[period]


def start_of(moment: dt.datetime, period: str, timezone: str) -> dt.datetime:
    """The local beginning of the period in which a naive UTC moment lies."""
    day = to_local(moment, timezone)
    if period == "hour":
        return day.replace(minute=0, second=0, microsecond=0)
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        return day - dt.timedelta(days=day.weekday())
    if period in _MONTHS:
        return day.replace(day=1, month=(day.month - 1) // _MONTHS[period] * _MONTHS[period] + 1)
    return day


def starts_between(first: dt.datetime, last: dt.datetime, period: str) -> Iterator[dt.datetime]:
    """The beginnings of every period from the first to the last, both included."""
    while first <= last:
        yield first
        first = following(first, period)


def to_local(moment: dt.datetime, timezone: str) -> dt.datetime:
    """A naive UTC moment as naive local time."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def to_utc(moment: dt.datetime, timezone: str) -> dt.datetime:
    """A moment, local to the zone where it states no offset, as naive UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    return aware.astimezone(UTC).replace(tzinfo=None)


def parse_moment(text: str, option: str, timezone: str) -> dt.datetime:
    """A date or time given on the command line, as naive UTC.

    Raises UsageError when it is neither.
    """
    try:
        return to_utc(dt.datetime.fromisoformat(text.strip()), timezone)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f'{option}: cannot read "{text}" as a date',
            hint="write 2026-03-01 or 2026-03-01T09:30, with an offset or without",
        ) from error


def since_last(text: str, end: dt.datetime, timezone: str) -> dt.datetime:
    """The beginning of `--last 30d`: that long before the end, days by the local calendar.

    Raises UsageError when the text is no duration.
    """
    days = re.fullmatch(r"\s*(\d+)\s*([dw])\s*", text)
    try:
        if days:
            back = dt.timedelta(days=int(days[1]) * (7 if days[2] == "w" else 1))
            return to_utc(to_local(end, timezone) - back, timezone)
        return end - dt.timedelta(milliseconds=parse_duration_ms(text))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--last: {error}") from error
