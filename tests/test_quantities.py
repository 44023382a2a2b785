"""Numbers, durations and amounts as people and spreadsheets write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from supportcli.events import event_table, read_log
from supportcli.intake import MaxRejects, ReadOptions
from supportcli.settings import Settings
from supportcli.sources import quantities
from supportcli.sources.names import Found, find_column
from supportcli.sources.spoken import unit_of_words


def value(expression: pl.Expr, text: str, **others: str | None) -> object:
    """What an expression over `text` makes of one text."""
    frame = pl.DataFrame({"text": [text], **{name: [other] for name, other in others.items()}},
                         schema_overrides=dict.fromkeys(others, pl.String))  # fmt: skip
    return frame.select(expression).item()


def duration_s(text: str, unit: str = "s") -> float | None:
    """A duration in seconds."""
    result = value(quantities.parse_duration_ms(pl.col("text"), unit, thorough=True), text)
    assert result is None or isinstance(result, int)
    return None if result is None else result / 1_000


DURATIONS = [
    ("45", "s", 45), ("45000", "ms", 45), ("1.5", "min", 90), ("39.8", "h", 143_280),
    ("4٫4", "h", 15_840), ("1٬117", "s", 1_117), ("1,117", "s", 1_117), ("4,5", "min", 270),
    ("25:10:03", "s", 25 * 3_600 + 603), ("00:01:31.5", "s", 91.5), ("-00:05:00", "s", -300),
    ("1:30", "s", 90), ("1:30", "m:ss", 90), ("1:30", "h:mm", 5_400), ("-16:45", "h:mm", -60_300),
    ("19m 10s", "s", 1_150), ("3m 37s", "min", 217), ("38s", "ms", 38), ("1h30m", "s", 5_400),
    ("1 day 3 hours", "s", 97_200), ("7 hours 53 minutes", "s", 28_380), ("-2h", "s", -7_200),
    ("1 día 3 horas", "s", 97_200), ("5 min y 10 seg", "s", 310), ("2 days, 1:00:00", "s", 176_400),
    ("۱ روز و ۳ ساعت", "s", 97_200), ("۵ دقیقه ۱۰ ثانیه", "s", 310), ("٣ ساعات", "s", 10_800),
    ("٥ دقائق ١٠ ثوان", "s", 310), ("PT1H30M", "s", 5_400), ("P1DT2H", "s", 93_600),
    ("1970-01-02 09:46:18", "date1970", 86_400 + 9 * 3_600 + 46 * 60 + 18),
    ("1970-01-01 00:00:05", "date1970", 5), ("0.0125", "day", 1_080),
    ("1:30", "h", 5_400), ("1:30", "min", 90), ("2,5 min", "s", 150), ("0,125 h", "s", 450),
    ("02:30.500", "s", 150.5), ("2 Min. 30 Sek.", "s", 150), ("1 Tag, 3 Std.", "s", 97_200),
    ("2 Tage und 1 Stunde", "s", 176_400), ("1899-12-30 00:02:30", "s", 150),
    ("1899-12-31T01:00:00.000Z", "min", 90_000), ("1900-01-01", "s", 172_800),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit", "seconds"), DURATIONS)
def test_every_form_of_a_duration_is_read(text: str, unit: str, seconds: float) -> None:
    """Each way of writing a duration gives its length."""
    assert seconds == duration_s(text, unit)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "1h 2h",
        "1:5",
        "1:75",
        "m",
        "12 marvels",
        "P",
        "1:2:3",
        "2026-03-02 00:02:30",
        "1,500 min",
    ],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert duration_s(text) is None


@pytest.mark.parametrize("unit", ["h:mm", "m:ss", "date1970"])
def test_a_bare_number_has_no_unit_where_none_is_named(unit: str) -> None:
    """A unit that is a form says nothing of a number without it."""
    assert duration_s("45", unit) is None


@examples(25)
@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_durations_read_back(lengths: list[int]) -> None:
    """The forms agree with each other, whatever the length."""
    written = pl.DataFrame({"text": [form for one in lengths for form in forms_of(one)]})
    read = written.select(quantities.parse_duration_ms(pl.col("text"), "s", thorough=True))
    found = read.to_series().to_list()
    assert [one * 1_000 for one in lengths for _ in forms_of(one)] == found


def forms_of(seconds: int) -> list[str]:
    """A duration as systems write it."""
    hours, minutes = divmod(seconds // 60, 60)
    return [
        f"{hours}:{minutes:02}:{seconds % 60:02}", f"{hours}h {minutes}m {seconds % 60}s",
        f"PT{hours}H{minutes}M{seconds % 60}S", str(seconds),
        f"{hours} ساعت و {minutes} دقیقه {seconds % 60} ثانیه",
        f"{seconds:,}", f"{seconds // 60}:{seconds % 60:02}",
    ]  # fmt: skip


NUMBERS = [
    ("39,8", 39.8), ("1,117", 1_117.0), ("1,234.5", 1_234.5), ("1.234,5", 1_234.5), ("۱۲٫۵", 12.5),
    ("1.234.567", 1_234_567.0), ("٨٥٪", 85.0), ("85 %", 85.0), ("-3", -3.0), ("1,2,3", None),
    ("four", None), ("1.234", 1.234),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers_with_separators(text: str, number: float | None) -> None:
    """Separators of thousands and decimals are told apart by the stated rule."""
    assert number == value(quantities.parse_number(pl.col("text"), thorough=True), text)


COLUMNS = [
    (["0,500", "1,234"], [0.5, 1.234]), (["1,5", "1.234", "2.5"], [1.5, 1_234.0, 2.5]),
    (["12,25", "1.234.567", "3"], [12.25, 1_234_567.0, 3.0]),
    (["1.234,5", "1,117"], [1_234.5, 1.117]),
    (["1,234", "1.234", None], [1_234.0, 1.234, None]), (["1,5", "1,234.5"], [1.5, 1_234.5]),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "numbers"), COLUMNS)
def test_the_decimal_comma_is_that_of_the_column(
    texts: list[str | None], numbers: list[float | None]
) -> None:
    """One value that can only have a decimal comma decides about the others."""
    frame = pl.DataFrame({"text": texts})
    read = quantities.parse_number(pl.col("text"), thorough=True)
    assert numbers == frame.select(read).to_series().to_list()


def test_what_decides_about_commas_is_not_read_alone() -> None:
    """Without the whole column, such a value is left to who has it."""
    text, currency = pl.col("text"), pl.lit("EUR")
    readers = [
        quantities.parse_amount(text, currency, whole=False),
        quantities.parse_duration_ms(text, "s", thorough=True, whole=False),
    ]
    assert [None, None] == [value(reader, "1,5") for reader in readers]


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("-7", -7), ("3.0", 3), ("3.5", None), ("1,234", 1_234), ("۱۲", 12), ("few", None)],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    """A count is read however it is written, and is never a rounded fraction."""
    assert number == value(quantities.parse_integer(pl.col("text"), thorough=True), text)


@pytest.mark.parametrize(
    ("text", "rating"), [("5/5", 5), ("4 out of 5", 4), ("★★★☆☆", 3), ("۴ از ۵", 4), ("2", 2)]
)
def test_ratings_that_name_their_scale(text: str, rating: float) -> None:
    """The best that was possible is not the answer."""
    assert rating == value(quantities.parse_rating(pl.col("text"), thorough=True), text)


RATED = [("5/10", 5, None), ("5/5", 5, 5), ("8/10", 10, 8), ("4,5 / 5", 5, 4.5), ("80%", 5, None),
         ("4 out of 7", 5, None), ("5 %", 5, None)]  # fmt: skip


@pytest.mark.parametrize(("text", "top", "rating"), RATED)
def test_ratings_of_another_scale_are_not_read(text: str, top: float, rating: float | None) -> None:
    """Five of ten is not five of five."""
    assert rating == value(quantities.parse_rating(pl.col("text"), top, thorough=True), text)


AMOUNTS = [
    ("1,234.50", "USD", 123_450), ("۱٬۲۳۴٫۵", "usd", 123_450), ("1.234,56 €", "EUR", 123_456),
    ("$12", "USD", 1_200), ("(1.00)", "GBP", -100), ("-5", None, -500), ("€ -3.20", "EUR", -320),
    ("1500", "JPY", 1_500), ("1.5", "JPY", None), ("5.123", "KWD", 5_123), ("12.345", "USD", None),
    ("1.50000", "USD", 150), ("Rls 5,000", "IRR", 500_000), ("free", "USD", None),
    ("90071992547409.93", "USD", 9_007_199_254_740_993),
    ("99,999,999,999,999.99", "USD", 9_999_999_999_999_999), ("100000000000000", "USD", None),
    ("92233720368547758.07", "USD", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "currency", "minor"), AMOUNTS)
def test_amounts_in_major_units(text: str, currency: str | None, minor: int | None) -> None:
    """An amount is exactly so many minor units of its currency, or not understood."""
    expression = quantities.parse_amount(pl.col("text"), pl.col("currency"))
    assert minor == value(expression, text, currency=currency)


@examples(25)
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12), st.sampled_from([("JPY", 0), ("USD", 2), ("BHD", 3)])
        ),
        min_size=1,
    )
)
def test_amounts_read_back(amounts: list[tuple[int, tuple[str, int]]]) -> None:
    """Any amount of any currency comes back to the last unit."""
    frame = pl.DataFrame(
        [
            (f"{Decimal(minor).scaleb(-digits):,.{digits}f}", name)
            for minor, (name, digits) in amounts
        ],
        schema=["text", "currency"],
        orient="row",
    )
    read = frame.select(quantities.parse_amount(pl.col("text"), pl.col("currency")))
    assert [minor for minor, _ in amounts] == read.to_series().to_list()


UNITS = [
    ("in minutes", "min"), ("دقیقه", "min"), ("دقائق", "min"), ("hrs", "h"), ("ساعة", "h"),
    ("in seconds", "s"), ("ms", "ms"), ("horas", "h"), ("ثواني", "s"), ("يوم", "day"),
    ("HH:MM:SS", "m:ss"), ("h:mm", "h:mm"), ("hh:mm", "h:mm"), ("mm:ss", "m:ss"), ("sek", "s"),
    ("UTC", None), ("", None), ("minutes, hours", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit"), UNITS)
def test_units_in_headers(text: str, unit: str | None) -> None:
    """The words in the brackets of a header name a unit, or none."""
    assert unit == unit_of_words(text)


def test_forms_in_headers_count_as_units() -> None:
    """A name without the form of its durations is enough to find the column."""
    columns = ["First response time (HH:MM:SS)", "Wait (h:mm)"]
    found = [find_column(name, [], columns) for name in ("First response time", "wait")]
    assert [Found(columns[0], "m:ss"), Found(columns[1], "h:mm")] == found


def test_a_comma_further_down_decides(tmp_path: Path) -> None:
    """A file is read by what its whole columns show, and ratings by the scale of their field."""
    (tmp_path / "m.toml").write_text("""\
grain = "conversation"
channel = "email"
[fields]
conversation_id = "id"
contacted_at = "at"
handle_ms = { sql = "work", unit = "min" }
amount_minor = { sql = "amount", unit = "major" }
csat = "rate"
""")
    rows = [f"{n}\t2026-03-02 10:00:00\t1,500\t1.234\t5/5" for n in range(3_000)]
    rows += ["x\t2026-03-02 10:00:00\t0,5\t1,5\t4", "y\t2026-03-02 10:00:00\t1\t1\t5/10"]
    text = "\n".join(["id\tat\twork\tamount\trate", *rows, ""])
    (tmp_path / "f.tsv").write_text(text)
    options = ReadOptions((str(tmp_path / "f.tsv"),), str(tmp_path / "m.toml"), "UTC",
                          max_rejects=MaxRejects(share=None))  # fmt: skip
    log = read_log(options, Settings(), ["handle_ms", "amount_minor", "csat"])
    assert ['cannot read "5/10" as a number'] == [reject.message for reject in log.rejects]
    found = event_table(log).select("handle_ms", "amount_minor", "csat").unique().rows()
    assert {(90_000, 123_400, 5.0), (30_000, 150, 4.0)} == set(found)


def test_a_whole_row_of_them(tmp_path: Path) -> None:
    """The units of a mapping reach their fields; words for nothing are null, no reject."""
    (tmp_path / "m.toml").write_text("""\
grain = "conversation"
channel = "email"
[fields]
conversation_id = "id"
contacted_at = "at"
resolved_at = { from = "contacted_at", plus = "took", unit = "h:mm" }
handle_ms = { sql = "work", unit = "min" }
amount_minor = { sql = "amount", unit = "major" }
currency = "currency"
csat = "rate"
replies = "replies"
""")
    (tmp_path / "f.tsv").write_text(
        "id\tat\ttook\twork\tamount\tcurrency\trate\treplies\n"
        "1\t2026-03-02 10:00:00\t26:30\t1.5\t1,234.50\tUSD\t4/5\t3\n"
        "2\t2026-03-02 10:00:00\t-\t--\tN/A\tUSD\tnull\t[None]\n",
        encoding="utf-8",
    )
    options = ReadOptions((str(tmp_path / "f.tsv"),), str(tmp_path / "m.toml"), "UTC",
                          max_rejects=MaxRejects(share=None))  # fmt: skip
    names = ["resolved_at", "handle_ms", "amount_minor", "csat", "replies"]
    log = read_log(options, Settings(), ["conversation_id", *names])
    assert not log.rejects
    resolved = dt.datetime(2026, 3, 3, 12, 30, tzinfo=dt.UTC)
    found = event_table(log).select(names).rows()
    assert [(resolved, 90_000, 123_450, 4.0, 3), (None,) * 5] == found
