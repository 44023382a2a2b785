"""Time as the reader of a report lives it: zones, periods, weekdays, and what `--last 30d` is."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

import polars as pl

from supportcli import jalali
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
_STEPS: Final = {
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
}
_JALALI_DATE: Final = re.compile(r"(1[0-6]\d\d)-(\d\d)-(\d\d)", re.ASCII)
_TICK: Final = dt.timedelta(microseconds=1)
_BEGINNING: Final = dt.datetime(1, 1, 1)
_END: Final = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)


@dataclass(frozen=True)
class Calendar:
    """How time is cut into periods: in which zone, by which calendar, weeks from which day on.

    A period is named by the naive local time at which it begins, Gregorian in every calendar.
    Beginnings before the year 1 are its first moment, those after the year 9999 its last one.
    """

    timezone: str = "UTC"
    kind: Literal["gregorian", "jalali"] = "gregorian"
    week_start: Literal["monday", "saturday", "sunday"] = "monday"

    def period_start(self, time: pl.Expr, period: str) -> pl.Expr:
        """The beginning of the period in which a naive UTC time lies."""
        here = local(time, self.timezone).clip(_BEGINNING, _END)
        return self._truncate(here, period).clip(lower_bound=_BEGINNING)

    def _truncate(self, here: pl.Expr, period: str) -> pl.Expr:
        if period == "week":
            shift = pl.duration(days=self._days_before_monday)
            return (here + shift).dt.truncate("1w") - shift
        if period in _MONTHS and self.kind == "jalali":
            ordinal = here.dt.date().cast(pl.Int64) + jalali.EPOCH
            first = jalali.period_ordinal(ordinal, _MONTHS[period]) - jalali.EPOCH
            return first.cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
        return here.dt.truncate(_EVERY[period])

    def start_of(self, moment: dt.datetime, period: str) -> dt.datetime:
        """The beginning of the period in which a naive UTC moment lies."""
        here = to_local(moment, self.timezone).replace(minute=0, second=0, microsecond=0)
        if period == "hour":
            return here
        day = here.replace(hour=0)
        if period == "week":
            return _moved(day, dt.timedelta(-((day.weekday() + self._days_before_monday) % 7)))
        if period in _MONTHS:
            number = self._month_number(day)
            return self._month_start(number - number % _MONTHS[period])
        return day

    def following(self, start: dt.datetime, period: str) -> dt.datetime:
        """The beginning of the next period."""
        if period in _MONTHS:
            return self._month_start(self._month_number(start) + _MONTHS[period])
        return _moved(start, _STEPS[period])

    def preceding(self, start: dt.datetime, period: str) -> dt.datetime:
        """The beginning of the period before."""
        if period in _MONTHS:
            return self._month_start(self._month_number(start) - _MONTHS[period])
        return _moved(start, -_STEPS[period])

    def starts_between(
        self, first: dt.datetime, last: dt.datetime, period: str
    ) -> Iterator[dt.datetime]:
        """The beginnings of every period from the first to the last, both included.

        An hour or a day that a change of clocks leaves out is no period.
        """
        zone = ZoneInfo(self.timezone)
        while first <= last and first < _END:
            after = self.following(first, period)
            if not (_is_left_out(first, zone) and _is_left_out(after - _TICK, zone)):
                yield first
            first = after

    def label(self, start: dt.datetime, period: str) -> str:
        """A period by its beginning: 2026-03-02T09, 2026-03-02, 2026-03, 2026-Q1 or 2026.

        In the Jalali calendar it is 1404-12-11T09, 1404-12-11, 1404-12, 1404-Q4 or 1404.
        """
        if period in _MONTHS:
            year, month = divmod(self._month_number(start), 12)
            part = {"month": f"-{month + 1:02d}", "quarter": f"-Q{month // 3 + 1}", "year": ""}
            return f"{year:04d}{part[period]}"
        day = start.date().isoformat()
        if self.kind == "jalali":
            day = jalali.date_text(start.toordinal())
        return f"{day}T{start.hour:02d}" if period == "hour" else day

    def days_of_month(self, day: dt.date) -> int:
        """How many days the month of a day has."""
        if self.kind == "gregorian":
            return calendar.monthrange(day.year, day.month)[1]
        number = jalali.month_number(day.toordinal())
        return jalali.month_ordinal(number + 1) - jalali.month_ordinal(number)

    @property
    def _days_before_monday(self) -> int:
        """How many days before Monday the week begins."""
        return -WEEKDAYS.index(self.week_start) % 7

    def _month_number(self, day: dt.datetime) -> int:
        """The month of a day: twelve times its year and the months gone by in it."""
        if self.kind == "jalali":
            return jalali.month_number(day.toordinal())
        return day.year * 12 + day.month - 1

    def _month_start(self, number: int) -> dt.datetime:
        if self.kind == "jalali":
            return _moved(_BEGINNING, dt.timedelta(jalali.month_ordinal(number) - 1))
        year, month = divmod(number, 12)
        if not dt.MINYEAR <= year <= dt.MAXYEAR:
            return _BEGINNING if year < dt.MINYEAR else _END
        return dt.datetime(year, month + 1, 1)


def _moved(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """A moment so much later, or the end of what can be written."""
    try:
        return moment + by
    except OverflowError:
        return _BEGINNING if by < dt.timedelta() else _END


def _is_left_out(here: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether a local time does not exist, because the clocks were put forward past it."""
    before, after = here.replace(tzinfo=zone), here.replace(tzinfo=zone, fold=1)
    return (before.utcoffset() or dt.timedelta()) < (after.utcoffset() or dt.timedelta())


def local(time: pl.Expr, timezone: str) -> pl.Expr:
    """Naive UTC times as the naive local times of a zone."""
    if timezone == "UTC":
        return time
    return (
        time.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    )


def to_local(moment: dt.datetime, timezone: str) -> dt.datetime:
    """A naive UTC moment as naive local time, where it can be written; else the nearest to it."""
    try:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    except OverflowError:
        return _BEGINNING if moment.year == dt.MINYEAR else _END


def to_utc(moment: dt.datetime, timezone: str) -> dt.datetime:
    """A moment, local to the zone where it states no offset, as naive UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    return aware.astimezone(UTC).replace(tzinfo=None)


def parse_moment(text: str, option: str, timezone: str) -> dt.datetime:
    """A date or time given on the command line, as naive UTC.

    Raises UsageError when it is neither.
    """
    try:
        return to_utc(_written(text.strip()), timezone)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f'{option}: cannot read "{text}" as a date',
            hint="write 2026-03-01 or 2026-03-01T09:30, with an offset or without",
        ) from error


def _written(text: str) -> dt.datetime:
    """A date or time in ISO form; in the years 1000 to 1699 its date is of the Jalali calendar."""
    found = _JALALI_DATE.match(text)
    if found is None:
        return dt.datetime.fromisoformat(text)
    from persiantools.jdatetime import JalaliDate

    day = JalaliDate(*map(int, found.groups())).to_gregorian()
    return dt.datetime.fromisoformat(f"{day.isoformat()}{text[found.end() :]}")


def before(moment: dt.datetime, span: dt.timedelta) -> dt.datetime:
    """So long before a moment; what lies before the year 1 is its first moment."""
    try:
        return moment - span
    except OverflowError:
        return dt.datetime.min.replace(tzinfo=moment.tzinfo)


def since_last(text: str, end: dt.datetime, timezone: str) -> dt.datetime:
    """The beginning of `--last 30d`: that long before the end, days by the local calendar.

    Raises UsageError when the text is no duration, or one that reaches back too far.
    """
    days = re.fullmatch(r"\s*(\d+)\s*([dw])\s*", text)
    try:
        back_ms = parse_duration_ms(text)
        if days:
            back = dt.timedelta(days=int(days[1]) * (7 if days[2] == "w" else 1))
            return to_utc(to_local(end, timezone) - back, timezone)
        return end - dt.timedelta(milliseconds=back_ms)
    except OverflowError as error:
        raise UsageError(f'--last: "{text}" reaches back before the year 1') from error
    except ValueError as error:
        raise UsageError(f"--last: {error}") from error
