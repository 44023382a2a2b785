"""Times as people and systems write them: read alike, whatever the form, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from examples import examples
from supportcli.errors import InputError
from supportcli.events import EventLog, read_log
from supportcli.intake import MaxRejects, ReadOptions
from supportcli.settings import Settings
from supportcli.sources.zones import zone_named

MAPPING = """\
grain = "conversation"
channel = "email"
[time]
{time}
[fields]
conversation_id = "id"
contacted_at = {{ sql = "created"{zone} }}
replied_at = "replied"
[columns]
replied = ["Replied (GMT+3)", "Replied (UTC)", "پاسخ"]
created = ["ایجاد"]
id = ["شناسه"]
"""

LENIENT = MaxRejects(share=None)


def read(
    folder: Path,
    created: Sequence[str],
    replied: Sequence[str] = (),
    others: Sequence[str] = (),
    *,
    header: str = "id\tcreated\treplied\tother",
    time: str = "",
    zone_column: bool = False,
    zone: str = "UTC",
    order: str | None = None,
) -> EventLog:
    """The log of a list of times, and of what else stands in their rows."""
    mapping, path = folder / "m.toml", folder / "times.tsv"
    zone_key = ', zone = "other"' if zone_column else ""
    mapping.write_text(MAPPING.format(time=time, zone=zone_key), encoding="utf-8")
    columns = [[*column, *[""] * (len(created) - len(column))] for column in (replied, others)]
    rows = zip(range(len(created)), created, *columns, strict=True)
    lines = [header, *("\t".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ReadOptions(
        (str(path),),
        source=str(mapping),
        timezone_of_input=zone,
        date_order=order,
        max_rejects=LENIENT,
    )
    return read_log(options, Settings(), ["contacted_at", "replied_at"])


def contacts(log: EventLog) -> list[dt.datetime]:
    """When the customers of a log reached out, in UTC."""
    return log.frame["contacted_at"].to_list()


def in_zone(zone: str, *parts: int) -> dt.datetime:
    """A local time of a zone as naive UTC, by the standard library."""
    local = dt.datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc, arg-type]
    return local.astimezone(dt.UTC).replace(tzinfo=None)


TEHRAN = in_zone("Asia/Tehran", 2023, 8, 3, 14, 33)
MARCH = dt.datetime(2026, 3, 2, 9, 15)
FORMS = [
    # Jalali 1402/05/12 is Gregorian 2023-08-03.
    ("1402/05/12 14:33", "Asia/Tehran", TEHRAN),
    ("1402/5/12 14:33:00", "Asia/Tehran", TEHRAN),
    ("1402-05-12 14:33", "Asia/Tehran", TEHRAN),
    ("12/05/1402 14:33", "Asia/Tehran", TEHRAN),
    ("14:33 1402/05/12", "Asia/Tehran", TEHRAN),
    ("14:33 - 1402/05/12", "Asia/Tehran", TEHRAN),
    ("۱۴۰۲/۰۵/12 ١٤:33", "Asia/Tehran", TEHRAN),
    ("۱۲ مرداد ۱۴۰۲ ۱۴:۳۳", "Asia/Tehran", TEHRAN),
    ("پنج\u200cشنبه ۱۲ امرداد ۱۴۰۲، ساعت ۱۴:۳۳", "Asia/Tehran", TEHRAN),
    ("۱۴۰۲/۰۵/۱۲ ۰۲:۳۳ ب.ظ", "Asia/Tehran", TEHRAN),
    ("۳ اوت ۲۰۲۳ ۱۴:۳۳", "Asia/Tehran", TEHRAN),
    ("2026/03/02 09:15", "UTC", MARCH),
    ("2026.3.2 9:15", "UTC", MARCH),
    ("02/Mar/26 9:15 AM", "UTC", MARCH),
    ("02-Mar-2026 09:15", "UTC", MARCH),
    ("March 2, 2026 9:15 AM", "UTC", MARCH),
    ("2nd March 2026, 9:15 a.m.", "UTC", MARCH),
    ("02/mar/26 9:15 a. m.", "UTC", MARCH),
    ("2 de marzo de 2026 9:15", "UTC", MARCH),
    ("lun, 2 mar 2026 9:15", "UTC", MARCH),
    ("٢ مارس ٢٠٢٦ ٩:١٥ ص", "UTC", MARCH),
    ("٢ آذار ٢٠٢٦ ٩:١٥ ص", "UTC", MARCH),
    ("2026/03/02\u00a09:15\u202fAM", "UTC", MARCH),
    ("\u200e2026/03/02, 9:15\u200f", "UTC", MARCH),
    ("Mon, 2 Mar 2026 09:15:00 +0000", "Asia/Tehran", MARCH),
    ("Mon, 02 Mar 2026 12:45:00 +0330", "UTC", MARCH),
    ("2026/03/02 09:15 UTC", "Asia/Tehran", MARCH),
    ("2026/03/02 04:15 EST", "Asia/Tehran", MARCH),
    ("2026/03/02T09:15:00.000Z", "Asia/Tehran", MARCH),
    ("Mon 03/02/2026 9:15 AM", "UTC", MARCH),
    ("3/2/26, 9:15 AM", "UTC", MARCH),
    ("19/ene/26 12:47 PM", "UTC", dt.datetime(2026, 1, 19, 12, 47)),
    ("19-ene.-26 12:47 AM", "UTC", dt.datetime(2026, 1, 19, 0, 47)),
    ("5 كانون الثاني 2026 ١١:٠٥ م", "UTC", dt.datetime(2026, 1, 5, 23, 5)),
    ("Tue, 31 Aug 2010 20:36:28 +0000", "UTC", dt.datetime(2010, 8, 31, 20, 36, 28)),
    # 46083 days after 1899-12-30 is 2026-03-02; .4597222 of a day is 39719.998 s, so 11:02:00.
    ("46083.4597222", "UTC", dt.datetime(2026, 3, 2, 11, 2)),
    ("2 März 2026 9:15", "UTC", MARCH),
    ("2. Mrz. 2026, 09:15", "UTC", MARCH),
    ("19. Dezember 2025 9 AM", "UTC", dt.datetime(2025, 12, 19, 9)),
    ("5-Okt-25 12 p.m.", "UTC", dt.datetime(2025, 10, 5, 12)),
    ("9PM 2026/03/02", "UTC", dt.datetime(2026, 3, 2, 21)),
    ("20260302091500", "UTC", MARCH),
    ("20260302", "UTC", dt.datetime(2026, 3, 2)),
    ("46083", "UTC", dt.datetime(2026, 3, 2)),
    ("1403/12/30", "UTC", dt.datetime(2025, 3, 20)),
    ("31/12/68", "UTC", dt.datetime(2068, 12, 31)),
    ("31/12/69", "UTC", dt.datetime(1969, 12, 31)),
]


@pytest.mark.parametrize(("text", "zone", "expected"), FORMS, ids=[form[0] for form in FORMS])
def test_every_form_is_read(tmp_path: Path, text: str, zone: str, expected: dt.datetime) -> None:
    """Each way of writing a time gives the moment that was meant."""
    order = "mdy" if text.startswith(("3/2", "Mon 03")) else None
    assert [expected] == contacts(read(tmp_path, [text], zone=zone, order=order))


FAULTS = ["1402/12/30", "31/02/2026", "2026/13/01", "25:00 2026/03/02", "1420/01/01", "soon",
          "2 Foo 2026", "2026/03/02 14:33 AM", "1/2", "1.5", "20261302", "18990302",
          "2026/03/02 9", "2026/03/02 13 AM", "2026/03/02 10:00 CST"]  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_what_is_no_date_is_rejected(tmp_path: Path, text: str) -> None:
    """A day that does not exist, or that may be of another calendar, is never guessed."""
    log = read(tmp_path, [text, "2026-03-02 09:15:00"], order="dmy")
    assert ([MARCH], [f'cannot read "{text}" as a date']) == (
        contacts(log),
        [reject.message for reject in log.rejects],
    )


@pytest.mark.parametrize("text", ["1445/02/03", "03/02/1445 10:00", "1445-02-03 10:00:00"])
def test_a_hijri_date_is_rejected_as_one(tmp_path: Path, text: str) -> None:
    """The reason names the calendar that is not read."""
    log = read(tmp_path, [text, "2026-03-02 09:15:00"])
    expected = f'"{text}" looks like a Hijri lunar date, which is not read'
    assert [expected] == [reject.message for reject in log.rejects]


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MESES = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
JALALI = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی",
          "بهمن", "اسفند")  # fmt: skip
FA, AR = "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dt.datetime]:
    """A time and one of its written forms, with the day first where it is a number."""
    time = draw(st.datetimes(dt.datetime(1971, 1, 2), dt.datetime(2030, 12, 31)))
    time = time.replace(microsecond=0)
    day, jalali = time.date(), JalaliDate(time.date())
    dates = [
        f"{day:%Y/%m/%d}", f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}",
        f"{day:%d}-{MONTHS[day.month - 1]}-{day:%Y}", f"{day.day}/{MESES[day.month - 1]}/{day:%y}",
        f"{MONTHS[day.month - 1]} {day.day}, {day.year}", f"{day:%d/%m/%y}",
        f"{jalali.year}/{jalali.month:02}/{jalali.day:02}",
        f"{jalali.day}/{jalali.month}/{jalali.year}",
        f"{jalali.day} {JALALI[jalali.month - 1]} {jalali.year}",
    ]  # fmt: skip
    half = draw(st.sampled_from([("AM", "PM"), ("a. m.", "p. m."), ("ص", "م"), ("ق.ظ", "ب.ظ")]))
    clock = f"{(time.hour + 11) % 12 + 1}:{time:%M:%S} {half[time.hour >= 12]}"
    clocks = [f"{time:%H:%M:%S}", f"{time.hour}:{time:%M:%S}", clock]
    date, clock = draw(st.sampled_from(dates)), draw(st.sampled_from(clocks))
    gap = draw(st.sampled_from([" ", "  ", ", ", "\u00a0", " - "]))
    text = draw(st.sampled_from([f"{date}{gap}{clock}", f"{clock}{gap}{date}"]))
    scripts = draw(st.lists(st.sampled_from(["", FA, AR]), min_size=len(text), max_size=len(text)))
    mixed = "".join(
        script[int(one)] if script and one.isascii() and one.isdigit() else one
        for one, script in zip(text, scripts, strict=True)
    )
    mark = draw(st.sampled_from(["", "\u200e", "\u200f", "\u202b"]))
    return mark + mixed, time


@examples(40)
@given(st.lists(written(), min_size=1, max_size=30))
def test_any_time_reads_back(tmp_path: Path, times: list[tuple[str, dt.datetime]]) -> None:
    """Whatever form and mixture of digits a time is written in, it is the same time."""
    log = read(tmp_path, [text for text, _ in times], order="dmy")
    assert [time for _, time in times] == contacts(log)


MIXED = ["3/2/26", "3/14/26", "4/5/26", "12/31/25"]


@examples(40)
@given(st.permutations(MIXED), st.booleans())
def test_the_order_of_rows_and_columns_never_changes_the_order_of_dates(
    tmp_path: Path, texts: list[str], among_replies: bool
) -> None:
    """One value above 12 anywhere decides for the whole file, in whatever column it stands."""
    sure = [text for text in texts if "/14/" in text or "/31/" in text]
    created = ["3/2/26", "4/5/26"] if among_replies else texts
    log = read(tmp_path, created, sure if among_replies else ())
    for text, time in zip(created, contacts(log), strict=True):
        assert text == f"{time.month}/{time.day}/{time:%y}"


def test_a_value_far_down_decides(tmp_path: Path) -> None:
    """The whole file is asked where its first rows leave the order open."""
    log = read(tmp_path, ["3/2/26"] * 1_500 + ["14/2/26"])
    assert dt.datetime(2026, 2, 3) == contacts(log)[0]
    assert not log.rejects
    # Times of another form come first, and dates that nothing decides only after the sample.
    with pytest.raises(InputError, match="no value shows"):
        read(tmp_path, ["2026-03-02 09:15:00"] * 1_500 + ["3/2/26"])


def test_both_orders_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    """A mixture is never guessed; the option says which is meant, and the rest are rejects."""
    for texts in (["3/14/26", "14/3/26"], ["3/14/26"] * 1_500 + ["14/3/26"]):
        with pytest.raises(InputError) as caught:
            read(tmp_path, texts)
        assert "3/14/26" in caught.value.message
        assert "14/3/26" in caught.value.message
        assert "--date-order" in str(caught.value.hint)
        log = read(tmp_path, texts, order="mdy")
        assert ['cannot read "14/3/26" as a date'] == [one.message for one in log.rejects]


def test_dates_with_full_stops_have_the_day_first(tmp_path: Path) -> None:
    """Where no value decides it is assumed, and said; one other such date is enough to refuse."""
    log = read(tmp_path, ["02.03.2026 09:15", "04.03.2026"], time='order = "mdy"')
    assert [MARCH, dt.datetime(2026, 3, 4)] == contacts(log)
    assert any("read day first" in note and "--date-order mdy" in note for note in log.notes)
    with pytest.raises(InputError, match="no value shows"):
        read(tmp_path, ["02.03.2026", "02/03/2026"])


def test_nothing_decides(tmp_path: Path) -> None:
    """Without evidence the source's order holds, and is told; without one the file is refused."""
    texts = ["3/2/26 9:15 AM", "4/2/26 9:15 AM"]
    with pytest.raises(InputError, match=r"times.tsv \(created\).*3/2/26 9:15 AM"):
        read(tmp_path, texts)
    for stated, month_first in (("dmy", False), ("mdy", True), ("by_clock", True)):
        log = read(tmp_path, texts, time=f'order = "{stated}"')
        assert (3 if month_first else 2) == contacts(log)[0].month
        said = "month first" if month_first else "day first"
        other = "dmy" if month_first else "mdy"
        assert any(f"read {said}" in note and f"--date-order {other}" in note for note in log.notes)
    log = read(tmp_path, ["3/2/26 9:15"], time='order = "by_clock"')
    assert 2 == contacts(log)[0].month
    assert [dt.datetime(2026, 5, 5)] == contacts(read(tmp_path, ["5/5/26"]))


def test_arabic_headers_speak_for_the_day(tmp_path: Path) -> None:
    """A file in the Arabic script has the day first where nothing decides."""
    log = read(tmp_path, ["03/02/2026"], header="شناسه\tایجاد\tپاسخ\tدیگر")
    assert [dt.datetime(2026, 2, 3)] == contacts(log)
    assert any("day first" in note for note in log.notes)


@pytest.mark.parametrize("text", ["9/4/2017 14:18:51", "4/9/2017 14:18:51"])
def test_an_epoch_in_the_row_decides(tmp_path: Path, text: str) -> None:
    """Seconds since 1970 in another column agree with one of the two orders."""
    epoch = in_zone("Europe/London", 2017, 9, 4, 14, 18, 51).replace(tzinfo=dt.UTC).timestamp()
    log = read(tmp_path, [text], others=[f"{epoch:.0f}.240"])
    assert [dt.datetime(2017, 9, 4, 14, 18, 51)] == contacts(log)


def test_formats_of_both_orders_are_one_question(tmp_path: Path) -> None:
    """A mapping that allows both orders leaves it to the values, one that names one does not."""
    both = 'formats = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]'
    assert [3, 3] == [
        time.month
        for time in contacts(read(tmp_path, ["3/2/2026 9:15", "3/25/2026 9:15"], time=both))
    ]
    log = read(tmp_path, ["3/2/2026 9:15", "3/25/2026 9:15"], time='formats = ["%d/%m/%Y %H:%M"]')
    assert [dt.datetime(2026, 2, 3, 9, 15)] == contacts(log)
    assert 1 == len(log.rejects)


def test_two_digit_jalali_years(tmp_path: Path) -> None:
    """Where the calendar is said to be Jalali, a year of two digits is of it, and first."""
    log = read(tmp_path, ["02/05/12", "99/12/29 10:00", "1402/05/12"], time='calendar = "jalali"')
    dates = [JalaliDate(*day).to_gregorian() for day in ((1402, 5, 12), (1399, 12, 29))]
    assert [*dates, dates[0]] == [time.date() for time in contacts(log)]


NO_DATES = ["9999-12-31 23:59:59", "9999-12-01T00:00:00.000Z", "0001-01-01 00:00:00", "0",
            "0000-00-00 00:00:00", "1900-01-01", "1899-12-30 00:00:00", "1970-01-01 00:00:00",
            "1970-01-01T00:00:00Z", "01/01/1900 12:00 AM", "1/1/0001 12:00:00 AM",
            "-", "--", "—", "N/A", "null", "None", "[None]"]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tehran", "America/New_York"])
@pytest.mark.parametrize("rows_before", [1, 1_500])
def test_what_stands_for_no_date_is_none(tmp_path: Path, zone: str, rows_before: int) -> None:
    """Sentinels and words for nothing are null, no reject, wherever they stand; all are counted."""
    usual = ["2026-03-02 09:15:00"] * rows_before
    created = [*usual, *["2026-03-02 09:15:00"] * len(NO_DATES)]
    log = read(tmp_path, created, [*usual, *NO_DATES], zone=zone)
    assert (0, rows_before) == (len(log.rejects), log.frame["replied_at"].drop_nulls().len())
    assert 11 == log.anomalies["no_date_sentinel"]


def test_far_times_that_mean_something_stay(tmp_path: Path) -> None:
    """Only what systems write for no date is none."""
    texts = ["1950-06-01 10:00:00", "2999-01-01 00:00:00", "1970-01-01 00:00:01"]
    assert [dt.datetime.fromisoformat(text) for text in texts] == contacts(read(tmp_path, texts))


def local_times(zone: str, year: int) -> tuple[list[dt.datetime], int, int]:
    """Every half hour of a zone's clocks of a year, and how many exist twice or not at all."""
    info = ZoneInfo(zone)
    times = [dt.datetime(year, 1, 1) + dt.timedelta(minutes=30 * n) for n in range(365 * 48)]
    repeated = skipped = 0
    for time in times:
        first, second = (time.replace(tzinfo=info, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            back = first.astimezone(dt.UTC).astimezone(info).replace(tzinfo=None)
            repeated += back == time
            skipped += back != time
    return times, repeated, skipped


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [("Europe/London", 2026, (2, 2)), ("Asia/Tehran", 2021, (2, 2)), ("Asia/Tehran", 2024, (0, 0))],
)
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%d %b %Y %I:%M %p"])
def test_changes_of_clocks_are_counted(
    tmp_path: Path, zone: str, year: int, expected: tuple[int, int], form: str
) -> None:
    """Times that exist twice are the earlier ones, skipped ones keep the offset; all counted."""
    times, repeated, skipped = local_times(zone, year)
    log = read(tmp_path, [time.strftime(form) for time in times], zone=zone)
    counts = log.anomalies["clock_change_repeated"], log.anomalies["clock_change_skipped"]
    assert expected == (repeated, skipped) == counts
    info = ZoneInfo(zone)
    naive = [time.replace(tzinfo=info).astimezone(dt.UTC).replace(tzinfo=None) for time in times]
    assert naive == contacts(log)
    stated = read(tmp_path, [f"{time:%Y-%m-%d %H:%M:%S} UTC" for time in times], zone=zone)
    assert (0, 0, times) == (
        stated.anomalies["clock_change_repeated"],
        stated.anomalies["clock_change_skipped"],
        contacts(stated),
    )


def test_a_zone_in_another_column(tmp_path: Path) -> None:
    """Each row's times are of its own zone; a zone that does not exist rejects its row."""
    zones = ["Europe/London", "Asia/Tehran", "", "Mars/Base", "UTC"]
    texts = ["2026-07-02 10:00:00"] * len(zones)
    log = read(tmp_path, texts, others=zones, zone_column=True, zone="America/New_York")
    known = [zone or "America/New_York" for zone in zones if zone != "Mars/Base"]
    assert [in_zone(zone, 2026, 7, 2, 10) for zone in known] == contacts(log)
    assert ['"Mars/Base" is no time zone'] == [reject.message for reject in log.rejects]


@pytest.mark.parametrize(("name", "hours"), [("Replied (GMT+3)", 3), ("Replied (UTC)", 0)])
def test_a_zone_in_the_brackets_of_a_header(tmp_path: Path, name: str, hours: int) -> None:
    """What the header states holds for its column only."""
    log = read(
        tmp_path, ["2026-03-02 09:15:00"], ["2026-03-02 13:00:00"], zone="Asia/Tokyo",
        header=f"id\tcreated\t{name}\tother",
    )  # fmt: skip
    assert [dt.datetime(2026, 3, 2, 13 - hours)] == log.frame["replied_at"].to_list()
    assert [dt.datetime(2026, 3, 2, 0, 15)] == contacts(log)


def test_a_jalali_file_is_its_gregorian_twin(tmp_path: Path) -> None:
    """The same moments in either calendar are the same events."""
    days = pl.date_range(dt.date(2019, 3, 1), dt.date(2026, 4, 30), "9d", eager=True).to_list()
    stamps = [dt.datetime.combine(day, dt.time(14, 33)) for day in days]
    jalali = [f"{JalaliDate(day):%Y/%m/%d} 14:33" for day in days]
    twins = [read(tmp_path, texts, zone="Asia/Tehran")
             for texts in (jalali, [f"{stamp:%Y-%m-%d %H:%M:%S}" for stamp in stamps])]  # fmt: skip
    assert contacts(twins[0]) == contacts(twins[1])
    assert twins[0].anomalies == twins[1].anomalies


@pytest.mark.parametrize(
    ("zone", "read"), [("EUROPE/LONDON", "Europe/London"), ("gmt+3", "GMT+3"), ("Utc", "UTC")]
)
def test_a_zone_is_known_in_any_letters(zone: str, read: str) -> None:
    """A header in capitals names the same zone."""
    assert read == zone_named(zone)
