"""Time in the report's zone and calendar, naively: periods, their labels, weekdays and hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from oracle_world import Settings

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def local(time: int, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show at an instant."""
    return (EPOCH + timedelta(microseconds=time)).astimezone(zone)


def instant(wall: datetime, zone: ZoneInfo) -> int:
    """The instant at which the clocks of the zone show this wall time."""
    return (wall.replace(tzinfo=zone) - EPOCH) // timedelta(microseconds=1)


def local_day(time: int, settings: Settings) -> date:
    """The day of the report's zone in which an instant lies."""
    return local(time, ZoneInfo(settings.timezone)).date()


def year_and_month(day: date, settings: Settings) -> tuple[int, int]:
    """The year and the month of a day in the report's calendar."""
    if settings.calendar == "jalali":
        jalali = JalaliDate(day)
        return jalali.year, jalali.month
    return day.year, day.month


def _month_begins(year: int, month: int, settings: Settings) -> date:
    """The first day of a month; months are counted on beyond 12."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if settings.calendar == "jalali":
        gregorian: date = JalaliDate(year, month, 1).to_gregorian()
        return gregorian
    return date(year, month, 1)


def days_of_month(day: date, settings: Settings) -> int:
    """How many days the month of a day has."""
    year, month = year_and_month(day, settings)
    begins = _month_begins(year, month, settings)
    return (_month_begins(year, month + 1, settings) - begins).days


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def period_start(time: int, settings: Settings) -> datetime:
    """The wall time, without zone, at which the report's period around an instant begins."""
    shown = local(time, ZoneInfo(settings.timezone)).replace(tzinfo=None, fold=0)
    period, day = str(settings.period), shown.date()
    if period == "hour":
        return shown.replace(minute=0, second=0, microsecond=0)
    if period == "week":
        while WEEKDAYS[day.weekday()] != settings.week_start:
            day -= timedelta(days=1)
    if period in MONTHS:
        year, month = year_and_month(day, settings)
        step = MONTHS[period]
        day = _month_begins(year, (month - 1) // step * step + 1, settings)
    return _midnight(day)


def next_period(start: datetime, settings: Settings) -> datetime:
    """The wall time at which the period that begins here ends."""
    period = str(settings.period)
    hours = {"hour": 1, "day": 24, "week": 7 * 24}
    if period in hours:
        return start + timedelta(hours=hours[period])
    year, month = year_and_month(start.date(), settings)
    return _midnight(_month_begins(year, month + MONTHS[period], settings))


def period_before(start: datetime, settings: Settings) -> datetime:
    """The wall time at which the period begins that ends here."""
    period = str(settings.period)
    hours = {"hour": 1, "day": 24, "week": 7 * 24}
    if period in hours:
        return start - timedelta(hours=hours[period])
    year, month = year_and_month(start.date(), settings)
    return _midnight(_month_begins(year, month - MONTHS[period], settings))


def label(start: datetime, settings: Settings) -> str:
    """Labels: 2026-03-02T09, 2026-03-02 (of a week its first day), 2026-03, 2026-Q1, 2026.

    In the Jalali calendar the same with its years, months and days: 1404-12-11T09, 1404-Q4.
    """
    day = start.date()
    year, month = year_and_month(day, settings)
    of_month = JalaliDate(day).day if settings.calendar == "jalali" else day.day
    match settings.period:
        case "hour":
            return f"{year:04d}-{month:02d}-{of_month:02d}T{start.hour:02d}"
        case "day" | "week":
            return f"{year:04d}-{month:02d}-{of_month:02d}"
        case "month":
            return f"{year:04d}-{month:02d}"
        case "quarter":
            return f"{year:04d}-Q{(month + 2) // 3}"
        case _:
            return f"{year:04d}"


@dataclass(frozen=True)
class Span:
    """A row of the report in time: the whole range (label None), or one of its periods.

    `since` and `until` are the part inside the asked range, None where it is open; `begins` and
    `ends` are those of the period itself, whatever was asked.
    """

    label: str | None
    since: int | None
    until: int | None
    begins: int | None = None
    ends: int | None = None

    def holds(self, anchor: int | None) -> bool:
        """Since is inclusive, until exclusive; an unknown anchor is in no range but the open."""
        if anchor is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= anchor) and (
            self.until is None or anchor < self.until
        )


def whole_range(settings: Settings) -> Span:
    """All that was asked for."""
    return Span(None, settings.since, settings.until, settings.since, settings.until)


def _period_span(start: datetime, settings: Settings) -> Span:
    zone = ZoneInfo(settings.timezone)
    begins, ends = instant(start, zone), instant(next_period(start, settings), zone)
    return Span(
        label(start, settings),
        begins if settings.since is None else max(begins, settings.since),
        ends if settings.until is None else min(ends, settings.until),
        begins,
        ends,
    )


def spans(anchors: list[int], settings: Settings) -> Iterator[Span]:
    """The whole range, and every period from the first to the last anchor in it, without gaps.

    An hour that the clocks leave out is no period.
    """
    everything = whole_range(settings)
    yield everything
    inside = [anchor for anchor in anchors if everything.holds(anchor)]
    if settings.period is None or not inside:
        return
    start, last = period_start(min(inside), settings), period_start(max(inside), settings)
    while start <= last:
        span = _period_span(start, settings)
        if span.begins != span.ends:
            yield span
        start = next_period(start, settings)


def span_before(span: Span, settings: Settings, as_of: int) -> tuple[int, int] | None:
    """From when until when (exclusive) the period before goes: of a range the same length.

    Null where the range has no beginning.
    """
    if span.label is None:
        if settings.since is None:
            return None
        end = as_of if settings.until is None else settings.until
        return settings.since - (end - settings.since), settings.since
    assert span.begins is not None
    zone = ZoneInfo(settings.timezone)
    start = local(span.begins, zone).replace(tzinfo=None, fold=0)
    return instant(period_before(start, settings), zone), span.begins
