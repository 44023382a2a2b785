"""Periods of every calendar in every zone, against dates that are converted one by one."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from supportcli.clock import PERIODS, WEEKDAYS, Calendar, parse_moment, since_last, to_utc
from supportcli.errors import UsageError

ZONES: Final = (
    "UTC",
    "Asia/Tehran",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
)
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}

KINDS: Final[tuple[Literal["gregorian", "jalali"], ...]] = ("gregorian", "jalali")
WEEK_STARTS: Final[tuple[Literal["monday", "saturday", "sunday"], ...]] = (
    "monday",
    "saturday",
    "sunday",
)

calendars = st.builds(
    Calendar,
    timezone=st.sampled_from(ZONES),
    kind=st.sampled_from(KINDS),
    week_start=st.sampled_from(WEEK_STARTS),
)
usual_times = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2090, 1, 1))
all_times = st.datetimes()
periods = st.sampled_from(PERIODS)


def local(moment: dt.datetime, timezone: str) -> dt.datetime:
    """The wall time of a moment in UTC."""
    return moment.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def naive_start(moment: dt.datetime, period: str, calendar: Calendar) -> dt.datetime:
    """The beginning of a period by the definition, one moment at a time."""
    here = local(moment, calendar.timezone)
    if period == "hour":
        return dt.datetime(here.year, here.month, here.day, here.hour)
    day = here.date()
    if period == "week":
        while WEEKDAYS[day.weekday()] != calendar.week_start:
            day -= dt.timedelta(days=1)
    elif period in MONTHS and calendar.kind == "jalali":
        date = JalaliDate(day)
        first = (date.month - 1) // MONTHS[period] * MONTHS[period] + 1
        day = JalaliDate(date.year, first, 1).to_gregorian()
    elif period in MONTHS:
        day = day.replace(day=1, month=(day.month - 1) // MONTHS[period] * MONTHS[period] + 1)
    return dt.datetime(day.year, day.month, day.day)


def starts_by_expression(
    moments: list[dt.datetime | None], period: str, calendar: Calendar
) -> list[dt.datetime | None]:
    """What the expression gives for a whole column."""
    frame = pl.DataFrame({"time": moments}, schema={"time": pl.Datetime("us")})
    return frame.select(calendar.period_start(pl.col("time"), period)).to_series().to_list()


@given(moments=st.lists(usual_times | st.none()), period=periods, calendar=calendars)
def test_a_column_begins_where_each_moment_does(
    moments: list[dt.datetime | None], period: str, calendar: Calendar
) -> None:
    """The expression equals a computation one by one; no time has no period."""
    expected = [moment and naive_start(moment, period, calendar) for moment in moments]
    assert expected == starts_by_expression(moments, period, calendar)


@given(moment=usual_times, period=periods, calendar=calendars)
def test_one_moment_begins_where_a_column_does(
    moment: dt.datetime, period: str, calendar: Calendar
) -> None:
    """The function for one moment agrees with the definition, and so with the expression."""
    assert naive_start(moment, period, calendar) == calendar.start_of(moment, period)


@given(moment=usual_times, period=periods, calendar=calendars)
def test_what_follows_precedes_what_it_follows(
    moment: dt.datetime, period: str, calendar: Calendar
) -> None:
    """One period on and one back is no step, in either order, and every step is one forward."""
    start = calendar.start_of(moment, period)
    following, preceding = calendar.following(start, period), calendar.preceding(start, period)
    assert start == calendar.preceding(following, period)
    assert start == calendar.following(preceding, period)
    assert preceding < start < following
    assert start <= local(moment, calendar.timezone) < following


@given(moment=usual_times, period=periods, calendar=calendars, steps=st.integers(0, 30))
def test_labels_are_in_the_order_of_time_and_tell_periods_apart(
    moment: dt.datetime, period: str, calendar: Calendar, steps: int
) -> None:
    """A list of periods has as many labels, and sorting by them is sorting by time."""
    start = calendar.start_of(moment, period)
    last = start
    for _ in range(steps):
        last = calendar.following(last, period)
    labels = [calendar.label(one, period) for one in calendar.starts_between(start, last, period)]
    assert sorted(set(labels)) == labels
    left_out = steps + 1 - len(labels)
    assert left_out == 0 or period in ("hour", "day")


@given(day=st.dates(dt.date(1, 1, 1), dt.date(9999, 10, 31)), calendar=calendars)
def test_the_days_of_a_month_lie_between_its_beginnings(day: dt.date, calendar: Calendar) -> None:
    """A month has the days from its beginning to that of the next, at its ends and inside."""
    start = Calendar(kind=calendar.kind).start_of(
        dt.datetime(day.year, day.month, day.day), "month"
    )
    if start > dt.datetime(1, 2, 1):
        length = calendar.following(start, "month") - start
        assert length == dt.timedelta(days=calendar.days_of_month(day))
    assert 28 <= calendar.days_of_month(day) <= 31


@given(day=st.dates(JalaliDate(1, 1, 1).to_gregorian(), JalaliDate(9377, 12, 29).to_gregorian()))
def test_jalali_dates_are_those_of_the_library(day: dt.date) -> None:
    """Days, months and the length of months agree with the library in every year that it has."""
    calendar, date = Calendar(kind="jalali"), JalaliDate(day)
    noon = dt.datetime(day.year, day.month, day.day, 12)
    year, month = date.year, date.month
    assert f"{year:04d}-{month:02d}-{date.day:02d}T12" == calendar.label(noon, "hour")
    assert f"{year:04d}-{month:02d}" == calendar.label(noon, "month")
    assert JalaliDate.days_in_month(month, year) == calendar.days_of_month(day)
    first = JalaliDate(year, month, 1).to_gregorian()
    assert first == calendar.start_of(noon, "month").date()


@given(moments=st.lists(all_times, max_size=5), period=periods, calendar=calendars)
def test_no_time_is_too_far_out(
    moments: list[dt.datetime], period: str, calendar: Calendar
) -> None:
    """From the year 1 to 9999 every time has a period with a label, and neighbours."""
    column = starts_by_expression([*moments], period, calendar)
    alone = [calendar.start_of(moment, period) for moment in moments]
    for start in [*alone, *column]:
        assert start is not None
        assert calendar.label(start, period)
        edges = calendar.preceding(start, period), calendar.following(start, period)
        assert edges[0] <= start <= edges[1]
        assert len(list(calendar.starts_between(start, edges[1], period))) <= 2


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("zone", ZONES)
def test_the_ends_of_time_are_periods_too(zone: str, period: str) -> None:
    """The first and the last moment that can be written have a period in both calendars."""
    ends: list[dt.datetime | None] = [
        dt.datetime(1, 1, 1),
        dt.datetime(9999, 12, 31, 23, 59, 59, 999_999),
    ]
    for kind in KINDS:
        calendar = Calendar(zone, kind, "saturday")
        by_column = starts_by_expression(ends, period, calendar)
        assert by_column == [calendar.start_of(end, period) for end in ends if end]


@pytest.mark.parametrize(
    ("start", "period", "expected"),
    [
        (dt.datetime(2026, 3, 2, 9), "hour", ("2026-03-02T09", "1404-12-11T09")),
        (dt.datetime(2026, 3, 2), "day", ("2026-03-02", "1404-12-11")),
        (dt.datetime(2026, 3, 2), "week", ("2026-03-02", "1404-12-11")),
        (dt.datetime(2025, 11, 14), "day", ("2025-11-14", "1404-08-23")),
        (dt.datetime(2025, 10, 23), "month", ("2025-10", "1404-08")),
        (dt.datetime(2025, 9, 23), "quarter", ("2025-Q3", "1404-Q3")),
        (dt.datetime(2025, 3, 21), "year", ("2025", "1404")),
        (dt.datetime(621, 3, 22), "month", ("0621-03", "0000-01")),
    ],
)
def test_labels(start: dt.datetime, period: str, expected: tuple[str, str]) -> None:
    """Each period by its beginning, in the words of either calendar."""
    labels = tuple(Calendar(kind=kind).label(start, period) for kind in KINDS)
    assert expected == labels


def test_an_hour_that_the_clocks_leave_out_is_no_period() -> None:
    """Berlin put its clocks from two to three; between one and four there are two hours."""
    calendar = Calendar("Europe/Berlin")
    first, last = dt.datetime(2026, 3, 29, 1), dt.datetime(2026, 3, 29, 4)
    hours = [start.hour for start in calendar.starts_between(first, last, "hour")]
    assert [1, 3, 4] == hours


def test_an_hour_of_which_half_is_left_out_is_a_period() -> None:
    """Lord Howe puts its clocks from two to half past: what is left of the hour is one."""
    calendar = Calendar("Australia/Lord_Howe")
    first, last = dt.datetime(2025, 10, 5, 1), dt.datetime(2025, 10, 5, 3)
    hours = [start.hour for start in calendar.starts_between(first, last, "hour")]
    assert [1, 2, 3] == hours


def test_a_day_that_a_zone_leaves_out_is_no_period() -> None:
    """Samoa went over the date line and had no 30 December 2011."""
    calendar = Calendar("Pacific/Apia")
    first, last = dt.datetime(2011, 12, 29), dt.datetime(2011, 12, 31)
    days = [start.day for start in calendar.starts_between(first, last, "day")]
    assert [29, 31] == days


def test_a_day_that_begins_with_a_change_of_clocks_is_a_period() -> None:
    """Tehran put its clocks from midnight to one: the day has 23 hours, and is one."""
    calendar = Calendar("Asia/Tehran")
    first, last = dt.datetime(2022, 3, 21), dt.datetime(2022, 3, 23)
    days = [start.day for start in calendar.starts_between(first, last, "day")]
    assert [21, 22, 23] == days
    hours = list(calendar.starts_between(last - dt.timedelta(days=1), last, "hour"))
    assert 24 == len(hours)


def test_nothing_lies_between_a_period_and_an_earlier_one() -> None:
    """An empty range has no periods."""
    calendar = Calendar()
    assert [] == list(
        calendar.starts_between(dt.datetime(2026, 2, 1), dt.datetime(2026, 1, 1), "month")
    )


@pytest.mark.parametrize(
    ("text", "gregorian"),
    [
        ("1404-12-10", "2026-03-01"),
        ("1404-12-10T09:30", "2026-03-01T09:30"),
        ("1403-12-30 23:00:00+03:30", "2025-03-20 23:00:00+03:30"),
        ("0999-12-30", "0999-12-30"),
        ("1700-01-01", "1700-01-01"),
    ],
)
def test_a_time_of_a_window_may_be_jalali(text: str, gregorian: str) -> None:
    """A date whose year is of our time in the Jalali calendar alone is of that one."""
    expected = to_utc(dt.datetime.fromisoformat(gregorian), "Asia/Tehran")
    assert expected == parse_moment(text, "--since", "Asia/Tehran")


@pytest.mark.parametrize("text", ["1404-13-01", "1404-12-30", "2026-02-30", "1404-12-10T25:00"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    """A date that its calendar does not have names the option that gave it."""
    with pytest.raises(UsageError, match=f'--until: cannot read "{text}" as a date'):
        parse_moment(text, "--until", "UTC")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("99999999999d", '"99999999999d" is longer than 10,000 years'),
        ("900000d", '"900000d" reaches back before the year 1'),
        ("21600000h", '"21600000h" reaches back before the year 1'),
        ("30days", '"30days" is no duration'),
    ],
)
def test_a_window_that_reaches_too_far_back_is_refused(text: str, reason: str) -> None:
    """`--last` says in words why it cannot begin where it is told to."""
    with pytest.raises(UsageError, match=f"--last: {reason}"):
        since_last(text, dt.datetime(2026, 3, 1), "UTC")
