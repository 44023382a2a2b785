"""Opening hours: against a count of minutes on the wall clock, worked figures, and faults."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from supportcli.errors import ConfigurationError
from supportcli.hours import OpeningHours
from supportcli.settings import Hours, Schedule, Season, Settings, WeeklyHours, load_settings
from supportcli.settings.opening import DAYS, read_day, shift_minutes

CHANGES: Final = {
    "UTC": ["2026-01-01"],
    "Europe/Berlin": ["2026-03-29", "2025-10-26"],
    "Asia/Tehran": ["2022-03-22", "2021-09-22"],
    "America/St_Johns": ["2026-03-08", "2025-11-02", "2008-03-09"],
    "Australia/Lord_Howe": ["2025-10-05", "2026-04-05"],
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],
    "Pacific/Apia": ["2011-12-30", "2012-04-01"],
}
"""Days on which the clocks of each zone were changed, at the end of 2011 past a whole day."""

MINUTE: Final = dt.timedelta(minutes=1)
DAY: Final = dt.timedelta(days=1)
OFFICE: Final[dict[str, Any]] = dict.fromkeys(DAYS[:5], ("09:00-17:00",))
ALWAYS: Final[dict[str, Any]] = dict.fromkeys(DAYS, ("00:00-24:00",))

Row = tuple[dt.datetime | None, dt.datetime | None, str | None, str | None]


def open_ms(configuration: Settings, rows: Sequence[Row]) -> list[int | None]:
    """The open time of rows of start, end, team and channel."""
    time, text = pl.Datetime("us"), pl.String()
    types: dict[str, pl.DataType] = {"start": time, "end": time, "team": text, "channel": text}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    times = [time for row in rows for time in row[:2] if time is not None]
    hours = OpeningHours.of(configuration, min(times), max(times))
    assert hours is not None
    columns = {name: pl.col(name) for name in ("team", "channel")}
    return (
        frame.select(hours.open_ms(pl.col("start"), pl.col("end"), **columns)).to_series().to_list()
    )


def open_hours(hours: Hours, start: str, end: str, timezone: str = "UTC") -> float:
    """The open time between two texts of UTC times, in hours."""
    moments = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
    (found,) = open_ms(Settings(timezone=timezone, hours=hours), [(*moments, None, None)])
    assert found is not None
    return found / 3_600_000


def is_open(schedule: Schedule, wall: dt.datetime) -> bool:
    """Whether a shift is on at a wall time, which began on that day or the day before."""
    for day in (wall.date(), wall.date() - DAY):
        week: WeeklyHours = schedule
        for season in schedule.seasons:
            until = read_day(season.until) if season.until else dt.date.max
            if read_day(season.since) <= day < until:
                week = season
        if day.isoformat() in schedule.holidays:
            continue
        gone = (wall - dt.datetime(day.year, day.month, day.day)) // MINUTE
        for shift in getattr(week, DAYS[day.weekday()]):
            begin, end = shift_minutes(shift)
            if begin <= gone < end:
                return True
    return False


def counted_ms(schedule: Schedule, start: dt.datetime, end: dt.datetime) -> int:
    """The open time, minute by minute, by a wall clock that stands still where it is set back."""
    zone = ZoneInfo(schedule.timezone or "UTC")
    moment, latest, minutes = start - 3 * DAY, dt.datetime(1, 1, 1), 0
    while moment < end:
        wall = moment.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)
        latest = max(latest, wall)
        minutes += moment >= start and is_open(schedule, latest)
        moment += MINUTE
    return minutes * 60_000


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Shifts of a week that do not overlap, some of them overnight, some touching."""
    cuts = sorted(draw(st.sets(st.integers(0, 7 * 48), min_size=2, max_size=24)))
    week: dict[str, tuple[str, ...]] = {}
    for begin, end in zip(cuts[::2], cuts[1::2], strict=False):
        day, length = begin // 48, min(end - begin, 48)
        last = begin % 48 + length
        last = last - 48 if last > 48 else last
        text = f"{begin % 48 // 2:02d}:{begin % 2 * 30:02d}-{last // 2:02d}:{last % 2 * 30:02d}"
        week[DAYS[day]] = (*week.get(DAYS[day], ()), text)
    return week


@st.composite
def schedules(draw: st.DrawFn, around: dt.datetime) -> dict[str, Any]:
    """A schedule with seasons and holidays near a day."""
    days = st.integers(-5, 5).map(lambda count: (around + count * DAY).date())
    seasons = []
    for week in draw(st.lists(weeks(), max_size=2)):
        since, until = draw(days), draw(days | st.none())
        end = until.isoformat() if until and until > since else None
        seasons.append(Season(since=since.isoformat(), until=end, **week))
    holidays = draw(st.lists(days.map(dt.date.isoformat), max_size=2))
    return {
        **draw(weeks()),
        "timezone": draw(st.sampled_from([*CHANGES])),
        "seasons": tuple(seasons),
        "holidays": tuple(holidays),
    }


@st.composite
def questions(draw: st.DrawFn) -> tuple[Hours, list[tuple[dt.datetime, dt.datetime, str, str]]]:
    """Hours with those of a team and of a channel, and rows around a change of clocks."""
    zone = draw(st.sampled_from([*CHANGES]))
    around = dt.datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone])))
    general = {**draw(schedules(around)), "timezone": zone}
    team = draw(st.dictionaries(st.just("night"), schedules(around)))
    channel = draw(st.dictionaries(st.just("chat"), schedules(around)))
    hours = Hours(
        **general,
        team={name: Schedule(**schedule) for name, schedule in team.items()},
        channel={name: Schedule(**schedule) for name, schedule in channel.items()},
    )
    minutes = st.integers(-3 * 1440, 3 * 1440)
    moments = minutes.map(lambda count: around + count * MINUTE)
    row = st.tuples(
        moments, moments, st.sampled_from(["night", "day"]), st.sampled_from(["chat", "phone"])
    )
    return hours, draw(st.lists(row, min_size=2, max_size=4))


@examples(60)
@given(question=questions())
def test_open_time_is_a_count_of_open_minutes(
    question: tuple[Hours, list[tuple[dt.datetime, dt.datetime, str, str]]],
) -> None:
    """Any schedule, zone, season and holiday: as many minutes as somebody would count."""
    hours, rows = question
    if OpeningHours.of(Settings(hours=hours), rows[0][0], rows[0][1]) is None:
        assert not any(getattr(hours, day) for day in DAYS)
        return
    expected: list[int | None] = []
    for start, end, team, channel in rows:
        schedule = hours.team.get(team) or hours.channel.get(channel) or hours
        shifts = [getattr(week, day) for week in (schedule, *schedule.seasons) for day in DAYS]
        known = any(shifts) and end >= start
        expected.append(counted_ms(schedule, start, end) if known else None)
    assert expected == open_ms(Settings(hours=hours), rows)


EARLY: Final[dict[str, Any]] = dict.fromkeys(DAYS[:5], ("08:00-14:00",))
SUMMER: Final = Season(since="2026-07-01", **EARLY)
SPRING: Final = ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00")
AUTUMN: Final = ("Europe/Berlin", "2025-10-25T12:00", "2025-10-26T12:00")


@pytest.mark.parametrize(
    ("hours", "timezone", "start", "end", "expected"),
    [
        # Five days of eight hours.
        (Hours(**OFFICE), "UTC", "2022-03-20T00:00", "2022-03-26T23:59", 40),
        # From Friday 16:30 to Monday 09:30.
        (Hours(**OFFICE), "UTC", "2026-03-06T16:30", "2026-03-09T09:30", 1),
        # Evening and weekend: nobody was there.
        (Hours(**OFFICE), "UTC", "2026-03-06T17:00", "2026-03-09T09:00", 0),
        # The night in which the clocks go from two to three, and that in which they go back.
        (Hours(sunday=("00:00-06:00",)), *SPRING, 5),
        (Hours(sunday=("00:00-06:00",)), *AUTUMN, 7),
        # Half past two does not exist: from three on. Or it comes twice: from the first one on.
        (Hours(sunday=("02:30-06:00",)), *SPRING, 3),
        (Hours(sunday=("02:30-06:00",)), *AUTUMN, 4.5),
        # A shift that lies in the hour that is left out.
        (Hours(sunday=("02:15-02:45",)), *SPRING, 0),
        # Nine to five by the clock of Berlin, which is seven to three in UTC after the change.
        (Hours(**OFFICE), "Europe/Berlin", "2026-03-27T15:00", "2026-03-30T07:30", 1.5),
        # Five hours of the old schedule, four of the new one.
        (Hours(**OFFICE, seasons=(SUMMER,)), "UTC", "2026-06-30T12:00", "2026-07-01T12:00", 9),
        # Sunday's night shift goes on into Monday, whichever is a holiday.
        (Hours(sunday=("22:00-06:00",)), "UTC", "2026-03-01T00:00", "2026-03-03T00:00", 8),
        (Hours(sunday=("22:00-06:00",), holidays=("2026-03-02",)), "UTC", "2026-03-01T00:00",
         "2026-03-03T00:00", 8),
        (Hours(sunday=("22:00-06:00",), holidays=("2026-03-01",)), "UTC", "2026-03-01T00:00",
         "2026-03-03T00:00", 0),
        # Samoa had no Friday then: the shift that began on Thursday ended with that day.
        (Hours(thursday=("00:30-00:30",)), "Pacific/Apia", "2011-12-29T00:00", "2011-12-31T12:00",
         23.5),
        # Always open.
        (Hours(**ALWAYS), "Asia/Tehran", "2022-03-01T00:00",
         "2022-04-01T00:00", 744),
        # The same day in the Jalali calendar.
        (Hours(**OFFICE, holidays=("1404-12-11",)), "UTC", "2026-03-02T00:00", "2026-03-03T00:00",
         0),
        # Open for ever, asked far out: hours are kept from 1900 to 2200.
        (Hours(**ALWAYS), "UTC", "2199-12-31T00:00",
         "9999-01-01T00:00", 24),
        (Hours(**OFFICE), "UTC", "0001-01-01T00:00", "0001-02-01T00:00", 0),
    ],
)  # fmt: skip
def test_worked_figures(hours: Hours, timezone: str, start: str, end: str, expected: float) -> None:
    """Hours that were reckoned by hand."""
    assert expected == open_hours(hours, start, end, timezone)


def test_the_night_between_two_seasons_counts_once() -> None:
    """The night shift of the old hours overlaps the morning shift of the new ones."""
    season = Season(since="2026-03-03", tuesday=("04:00-08:00",))
    hours = Hours(monday=("22:00-06:00",), seasons=(season,))
    assert open_hours(hours, "2026-03-02T00:00", "2026-03-04T00:00") == 10


def test_the_last_of_several_seasons_counts() -> None:
    """Of two seasons that hold on a day the later one in the list says when it is open."""
    first = Season(since="2026-03-01", until="2026-04-01", monday=("10:00-12:00",))
    last = Season(since="2026-03-01", until="2026-03-09", monday=("10:00-11:00",))
    hours = Hours(monday=("09:00-17:00",), seasons=(first, last))
    open_on = [
        open_hours(hours, f"{day}T00:00", f"{day}T23:59")
        for day in ("2026-02-23", "2026-03-02", "2026-03-09", "2026-04-06")
    ]
    assert [8, 1, 2, 8] == open_on


def test_there_may_be_many_seasons() -> None:
    """Of 200 seasons in a row each has its own day."""
    begin = dt.date(2026, 1, 5)
    mondays = [(begin + number * 7 * DAY).isoformat() for number in range(200)]
    seasons = tuple(
        Season(since=day, monday=(f"00:00-{n % 24 + 1}:00",)) for n, day in enumerate(mondays)
    )
    days = [dt.datetime.fromisoformat(day) for day in mondays]
    rows: list[Row] = [(day, day + DAY - dt.timedelta(seconds=1), None, None) for day in days]
    open_on = open_ms(Settings(timezone="UTC", hours=Hours(seasons=seasons)), rows)
    assert [n % 24 + 1 for n in range(200)] == [round((one or 0) / 3_600_000) for one in open_on]


def test_a_team_stands_before_a_channel_and_both_before_the_rest() -> None:
    """Each row by its own schedule, in its own zone; one without a shift is no opening hours."""
    hours = Hours(
        **OFFICE,
        team={
            "night": Schedule(monday=("00:00-06:00",), timezone="Europe/Berlin"),
            "gone": Schedule(),
        },
        channel={"chat": Schedule(monday=("10:00-12:00",))},
    )
    start, end = dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3)
    rows: list[Row] = [
        (start, end, "night", "chat"),
        (start, end, "day", "chat"),
        (start, end, None, "phone"),
        (start, end, "gone", "chat"),
        (start, end, None, None),
        (end, start, None, None),
        (None, end, None, None),
        (start, None, None, None),
    ]
    hour = 3_600_000
    expected = [5 * hour, 2 * hour, 8 * hour, None, 8 * hour, None, None, None]
    assert expected == open_ms(Settings(hours=hours), rows)


def test_only_a_team_has_hours() -> None:
    """Where the general schedule has no shift, other rows have no open time."""
    hours = Hours(team={"day": Schedule(**OFFICE)})
    start, end = dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3)
    rows: list[Row] = [(start, end, "day", None), (start, end, "night", None)]
    assert [8 * 3_600_000, None] == open_ms(Settings(hours=hours), rows)


def test_channels_may_be_an_enumeration() -> None:
    """The columns of events have channels as such, some of which no schedule names."""
    kind = pl.Enum(["phone", "chat"])
    frame = pl.DataFrame(
        {"channel": ["phone", "chat", None], "team": [None, None, None]},
        schema={"channel": kind, "team": pl.String},
    ).with_columns(start=dt.datetime(2026, 3, 2), end=dt.datetime(2026, 3, 3))
    configuration = Settings(hours=Hours(channel={"sms": Schedule(), "chat": Schedule(**OFFICE)}))
    hours = OpeningHours.of(configuration, dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3))
    assert hours is not None
    columns = [pl.col(name) for name in ("start", "end", "team", "channel")]
    found = frame.select(hours.open_ms(*columns[:2], team=columns[2], channel=columns[3]))
    assert [None, 8 * 3_600_000, None] == found.to_series().to_list()


def test_no_rows_have_no_open_time() -> None:
    """A table without rows stays one."""
    span = dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3)
    hours = OpeningHours.of(Settings(hours=Hours(**OFFICE)), *span)
    assert hours is not None
    nobody = pl.lit(None, dtype=pl.String)
    found = hours.open_ms(pl.col("start"), pl.col("end"), team=nobody, channel=nobody)
    frame = pl.DataFrame({"start": [span[0]], "end": [span[1]]})
    assert [8 * 3_600_000] == frame.select(found).to_series().to_list()
    assert [] == frame.clear().select(found).to_series().to_list()


def test_there_are_no_hours_without_a_shift() -> None:
    """A zone alone is no opening hours; shifts of a season or of a team are."""
    span = dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)
    for hours in (Hours(), Hours(timezone="Asia/Tehran", team={"day": Schedule()})):
        assert OpeningHours.of(Settings(hours=hours), *span) is None
    season = Season(since="2026-01-10", monday=("09:00-17:00",))
    for hours in (Hours(seasons=(season,)), Hours(team={"day": Schedule(**OFFICE)})):
        assert OpeningHours.of(Settings(hours=hours), *span) is not None


def test_closed_days_alone_leave_nothing_open() -> None:
    """A span in which every day is a holiday is closed, which is not the same as unknown."""
    days = tuple(f"2026-03-{day:02d}" for day in range(1, 32))
    season = Season(since="2026-03-01")
    assert open_hours(Hours(**OFFICE, holidays=days), "2026-03-05T00:00", "2026-03-20T00:00") == 0
    hours = Hours(**OFFICE, seasons=(season,))
    assert open_hours(hours, "2026-03-08T00:00", "2026-03-20T00:00") == 0


@given(moments=st.lists(
    st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1)), min_size=3, max_size=3
))  # fmt: skip
def test_open_time_adds_up(moments: list[dt.datetime]) -> None:
    """What is open from a to c is what is open from a to b and from b to c."""
    a, b, c = sorted(moment.replace(microsecond=moment.microsecond // 1000 * 1000)
                     for moment in moments)  # fmt: skip
    hours = Hours(
        monday=("09:00-13:00", "14:00-18:00"), saturday=("22:00-06:00",), sunday=("06:00-07:00",)
    )
    configuration = Settings(timezone="Europe/Berlin", hours=hours)
    whole, former, latter = open_ms(
        configuration, [(a, c, None, None), (a, b, None, None), (b, c, None, None)]
    )
    assert former is not None
    assert latter is not None
    assert whole == former + latter
    assert whole <= (c - a) // dt.timedelta(milliseconds=1)


def test_the_order_of_rows_changes_nothing() -> None:
    """Rows that are shuffled have the same open times each."""
    start = dt.datetime(2026, 3, 1)
    rows: list[Row] = [
        (start + k * 13 * MINUTE, start + k * 29 * MINUTE, "a" if k % 3 else None, "chat")
        for k in range(500)
    ]
    hours = Hours(**OFFICE, team={"a": Schedule(sunday=("10:00-12:00",), timezone="Asia/Tehran")})
    configuration = Settings(hours=hours)
    shuffled = [rows[k * 7 % 500] for k in range(500)]
    found = dict(zip(shuffled, open_ms(configuration, shuffled), strict=True))
    assert open_ms(configuration, rows) == [found[row] for row in rows]


def test_the_country_gives_the_public_holidays() -> None:
    """Christmas, a Thursday in 2025, is closed in the US, and the Friday after it is not."""
    hours = Hours(**OFFICE, country="US")
    assert open_hours(hours, "2025-12-25T00:00", "2025-12-27T00:00") == 8


def test_a_list_of_holidays_is_the_whole_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The country is not asked where days are listed, whether its holidays are known or not."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    hours = Hours(**OFFICE, country="US", holidays=("2025-12-26",))
    assert open_hours(hours, "2025-12-25T00:00", "2025-12-27T00:00") == 8


def faults(text: str, folder: Path, *overrides: str) -> list[str]:
    """What is wrong with a configuration, by the line of the file."""
    path = folder / "supportkpi.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_settings(path, overrides, {}, folder)
    return [line.removeprefix(f"{path}:") for line in error.value.message.splitlines()]


NO_SHIFT: Final = 'is no shift, such as "09:00-17:00"'
NO_DAY: Final = "is no day, such as 2026-03-20, or 1404-12-29 in the Jalali calendar"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[hours]\nmonday = ["9 to 5"]', f'2 (hours.monday): "9 to 5" {NO_SHIFT}'),
        ('[hours]\nmonday = ["09:00-25:00"]', f'2 (hours.monday): "09:00-25:00" {NO_SHIFT}'),
        ('[hours]\nmonday = ["24:00-08:00"]', f'2 (hours.monday): "24:00-08:00" {NO_SHIFT}'),
        ('[hours]\nmonday = ["09:60-17:00"]', f'2 (hours.monday): "09:60-17:00" {NO_SHIFT}'),
        (
            '[hours]\nmonday = ["12:00-15:00", "09:00-12:30"]',
            '2 (hours.monday): "12:00-15:00" overlaps "09:00-12:30"',
        ),
        (
            '[hours]\nmonday = ["22:00-06:00"]\ntuesday = ["05:00-12:00"]',
            '3 (hours.tuesday): "05:00-12:00" overlaps "22:00-06:00" of monday',
        ),
        (
            '[hours]\nsunday = ["22:00-06:00"]\nmonday = ["05:00-12:00"]',
            '3 (hours.monday): "05:00-12:00" overlaps "22:00-06:00" of sunday',
        ),
        (
            '[hours]\ntimezone = "Asia/Teheran"',
            ('2 (hours.timezone): "Asia/Teheran" is no time zone of the IANA database; '
             'did you mean "Asia/Tehran"?'),
        ),
        ('[hours]\nholidays = ["2026-02-30"]', f'2 (hours.holidays): "2026-02-30" {NO_DAY}'),
        ('[hours]\nholidays = ["1404-13-01"]', f'2 (hours.holidays): "1404-13-01" {NO_DAY}'),
        ('[hours]\nholidays = ["Christmas"]', f'2 (hours.holidays): "Christmas" {NO_DAY}'),
        (
            '[hours]\ncountry = "Germany"',
            ('2 (hours.country): "Germany" is no country in two letters whose public holidays are '
             'known; did you mean "DE"?'),
        ),
        (
            '[hours.channel.chats]\nmonday = ["09:00-17:00"]',
            '1 (hours.channel.chats): there is no such channel; did you mean "chat"?',
        ),
        (
            '[hours.team."Tier 2"]\nmonday = ["soon"]',
            f'2 (hours.team.Tier 2.monday): "soon" {NO_SHIFT}',
        ),
        ('[hours.channel.chat]\nmonday = ["x"]', f'2 (hours.channel.chat.monday): "x" {NO_SHIFT}'),
        (
            '[[hours.seasons]]\nsince = "2026-01-01"\n\n[[hours.seasons]]\nmonday = []',
            "4 (hours.seasons.1.since): this key is missing: a season begins on some day",
        ),
        (
            '[[hours.seasons]]\nsince = "summer"\nmonday = ["x"]',
            (f'2 (hours.seasons.0.since): "summer" {NO_DAY}\n'
             f'3 (hours.seasons.0.monday): "x" {NO_SHIFT}'),
        ),
        (
            '[[hours.seasons]]\nsince = "2026-07-01"\nuntil = "2026-07-01"',
            ('3 (hours.seasons.0.until): "2026-07-01" must be later than "2026-07-01", when the '
             "season begins"),
        ),
        (
            '[[hours.team.a.seasons]]\nsince = "1405-01-01"\nuntil = "2026-03-01"',
            ('3 (hours.team.a.seasons.0.until): "2026-03-01" must be later than "1405-01-01", when '
             "the season begins"),
        ),
        (
            '[hours.team.a]\nmondy = ["09:00-17:00"]',
            '2 (hours.team.a.mondy): there is no such key; did you mean "monday"?',
        ),
        (
            '[[hours.seasons]]\nsince = "2026-01-01"\nuntl = "2026-02-01"',
            '3 (hours.seasons.0.untl): there is no such key; did you mean "until"?',
        ),
        ("[hours]\nmonday = [9]", "2 (hours.monday.0): this must be text"),
        ('hours = "always"', "1 (hours): this must be a table"),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    """The key and the line of what is wrong, and what may have been meant."""
    assert expected.splitlines() == faults(text, tmp_path)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """A fault hides none of the others."""
    text = '[hours]\ntimezone = "Mars"\nmonday = ["a", "b"]\n\n[hours.channel.fax]\ncountry = "QQ"'
    lines = [fault.partition(" ")[0] for fault in faults(text, tmp_path)]
    assert ["2", "3", "3", "5", "6"] == lines


def test_holidays_need_their_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the package is missing it is said what to install, or what to write instead."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    monkeypatch.setitem(sys.modules, "holidays.registry", None)
    reason = (
        "public holidays come from a package that is not installed; "
        'run pip install "supportkpi[holidays]", or list the days as holidays'
    )
    assert [f"2 (hours.country): {reason}"] == faults('[hours]\ncountry = "US"', tmp_path)
    span = dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)
    with pytest.raises(ConfigurationError, match="pip install"):
        OpeningHours.of(Settings(hours=Hours(**OFFICE, country="US")), *span)


def test_a_whole_table_of_hours_is_read(tmp_path: Path) -> None:
    """Every key that there is, as the file has it."""
    path = tmp_path / "supportkpi.toml"
    path.write_text(
        """
        [hours]
        timezone = "Asia/Tehran"
        saturday = ["9:00-13:00", "14:00 - 24:00"]
        holidays = ["2026-03-20", "1405-01-01"]
        country = "IR"

        [[hours.seasons]]
        since = 2026-07-01
        until = 2026-09-01
        saturday = ["08:00-14:00"]

        [hours.team.Night]
        sunday = ["22:00-06:00"]

        [hours.channel.chat]
        sunday = ["00:00-24:00"]
        """,
        encoding="utf-8",
    )
    hours = load_settings(path, [], {}, tmp_path).hours
    assert ("9:00-13:00", "14:00 - 24:00") == hours.saturday
    assert [shift_minutes(shift) for shift in hours.saturday] == [(540, 780), (840, 1440)]
    assert {"Night": Schedule(sunday=("22:00-06:00",))} == hours.team
    assert [read_day(day) for day in hours.holidays] == [dt.date(2026, 3, 20), dt.date(2026, 3, 21)]
    assert hours.seasons[0].until == "2026-09-01"
