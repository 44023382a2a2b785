"""Dates as people write them: the general reader behind the formats that are known by heart.

It reads year, month and day in any order, the month as a number or a name (English, German,
Spanish, Persian, Arabic), separated by `/ - .` or space; a clock behind or before them, of 24 hours
or of 12; a weekday in front; an offset behind; Persian, Arabic and ASCII digits, mixed.

- A year of two digits is 20xx up to 68 and 19xx from 69 on; it comes last. Where the source says
  that its calendar is Jalali it comes first, and is 14xx up to 29 and 13xx from 30 on.
- A year from 1300 to 1410 is Jalali; from 1411 to 1460 it is not read, for there the Hijri lunar
  calendar may be meant; any other is Gregorian.
- In a date without a month's name that ends in the year, the day comes first or the month, as
  `order` says. With a Jalali year it is always the day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.sources import spoken
from supportcli.sources.folding import ASCII_DIGITS, LETTERS

_REMOVED: Final = (
    *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x206A)),
    *map(chr, range(0x064B, 0x0656)),
    "\u0640", "\u0670", "\u061c", "\ufeff",
)  # fmt: skip
"""Marks of direction, joiners, vowel signs and the tatweel, which may stand anywhere."""

_SIGNS: Final = {
    **ASCII_DIGITS,
    **LETTERS,
    **dict.fromkeys(_REMOVED, ""),
    **dict.fromkeys("\u00a0\u202f\u2002\u2003\u2007\u2009\u3000\t", " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict(zip("أإآؤئۀ،٫٬áéíóúüñ", "اااویه,.,aeiouun", strict=True)),
}
_SIGN_TABLE: Final = str.maketrans(_SIGNS)


def plain(text: pl.Expr) -> pl.Expr:
    """The text in lower case, with ASCII digits and one form of every letter, without marks."""
    return text.str.to_lowercase().str.replace_many(list(_SIGNS), list(_SIGNS.values()))


def plain_word(word: str) -> str:
    """A word as it stands in `plain` texts."""
    return word.lower().translate(_SIGN_TABLE)


def _tokens() -> dict[str, str]:
    """What each word becomes: a mark in capitals, or a space; longer words come first.

    Capitals cannot be mistaken for what is left of unknown words. A month is G or J, for its
    calendar, and a letter from A to L.
    """
    found: dict[str, str] = {}
    for calendar, months in (("G", spoken.GREGORIAN_MONTHS), ("J", spoken.JALALI_MONTHS)):
        for number, month in enumerate(months):
            found |= dict.fromkeys(spoken.names_of(month), f"{calendar}{chr(65 + number)}")
    found |= dict.fromkeys(spoken.BEFORE_NOON, "V")
    found |= dict.fromkeys(spoken.AFTER_NOON, "N")
    weekdays = [day for line in spoken.WEEKDAYS for day in line.split()]
    found |= dict.fromkeys([*weekdays, *spoken.SPACED_WEEKDAYS, *spoken.FILLERS], " ")
    by_length = sorted(found, key=lambda word: (-len(plain_word(word)), word))
    return {plain_word(word): found[word] for word in by_length}


_TOKENS: Final = _tokens()
_MONTH_NUMBERS: Final = {
    f"{calendar}{chr(65 + number)}": number + 1 for calendar in "GJ" for number in range(12)
}


def _clock(number: int) -> str:
    return (
        rf"(?:(?<h{number}>[0-9]{{1,2}}):(?<i{number}>[0-9]{{2}})"
        rf"(?::(?<s{number}>[0-9]{{2}})(?:[.,](?<f{number}>[0-9]{{1,9}}))?)?"
        rf"\s*(?<p{number}>[VN])?"
        rf"|(?<h{number + 3}>[0-9]{{1,2}})\s*(?<p{number + 3}>[VN]))"
    )


_GAP: Final = r"(?:\s?[/.\-]\s?|\s+)"
_NAME_GAP: Final = r"\s*[/.\-,]{0,2}\s*"
_MONTH: Final = r"[GJ][A-L]"
_DAY: Final = r"[0-9]{1,2}"
_NTH: Final = r"(?:st|nd|rd|th)?"
_ZONES: Final = "|".join(["z", "utc", "gmt", "ut", *spoken.ZONE_OFFSETS])
_PATTERN: Final = (
    r"^[\s,.]*(?:GC[\s,.]+)?"  # Spanish for Tuesday, cut short, is also the month
    rf"(?:{_clock(0)}[\s,\-]+)?(?:"
    rf"(?<y1>[0-9]{{4}}){_GAP}(?<m1>{_DAY}){_GAP}(?<d1>{_DAY})"
    rf"|(?<y2>[0-9]{{4}}){_NAME_GAP}(?<m2>{_MONTH}){_NAME_GAP}(?<d2>{_DAY}){_NTH}"
    rf"|(?<d3>{_DAY}){_NTH}{_NAME_GAP}(?<m3>{_MONTH}){_NAME_GAP}(?<y3>[0-9]{{4}}|[0-9]{{2}})"
    rf"|(?<m4>{_MONTH})\.?\s*(?<d4>{_DAY}){_NTH},?\s+(?<y4>[0-9]{{4}})"
    rf"|(?<a>{_DAY}){_GAP}(?<b>{_DAY}){_GAP}(?<y5>[0-9]{{4}}|[0-9]{{2}})"
    rf")(?:(?:\s*t\s*|[\s,\-]+)(?<p2>[VN])?\s*{_clock(1)})?"
    rf"\s*(?<z>{_ZONES}|(?:utc|gmt)?\s*[+\-][0-9]{{1,2}}(?::?[0-9]{{2}})?)?"
    r"(?:\s*\([^)]*\))?[\s.,]*$"
)

JALALI_YEARS: Final = (1300, 1410)
UNSURE_YEARS: Final = (1411, 1460)
"""Years in which the Hijri lunar calendar may be meant, or is."""


@dataclass(frozen=True)
class Style:
    """How dates are read that can be read in two ways.

    `order` is "dmy", "mdy", or None, with which such dates are not read; `jalali` says that years
    of two digits are Jalali and come first.
    """

    order: str | None = "dmy"
    jalali: bool = False


def parts(text: pl.Series) -> pl.DataFrame:
    """What the pattern finds in each text, a column a part; nulls where it does not fit."""
    frame = text.cast(pl.String).to_frame("text")
    tokens = plain(pl.col("text")).str.replace_many(
        list(_TOKENS), list(_TOKENS.values()), leftmost=True
    )
    return frame.select(found=tokens.str.extract_groups(_PATTERN)).unnest("found")


def read_written(text: pl.Series, style: Style) -> pl.DataFrame:
    """The columns `local`, the stamp as it is written, and `offset`, what it states beside it."""
    found = parts(text)
    named = pl.coalesce("m2", "m3", "m4")
    number = {
        name: pl.col(name).cast(pl.Int64, strict=False)
        for name in ("m1", "d1", "d2", "d3", "d4", "a", "b")
    }
    year = pl.coalesce("y1", "y2", "y3", "y4", "y5")
    short = year.str.len_chars() == 2
    year_first = (pl.col("y5").str.len_chars() == 2) & pl.lit(style.jalali)
    stated = year.cast(pl.Int64)
    dated = found.select(
        "^[hisfp][0-4]$", "z",
        named_in=named.str.slice(0, 1),
        year=stated, short=short, year_first=year_first,
        month=pl.coalesce("m1", named.replace_strict(_MONTH_NUMBERS, default=None)).cast(pl.Int64),
        day=pl.coalesce(number["d1"], number["d2"], number["d3"], number["d4"]),
        a=number["a"], b=number["b"],
    ).with_columns(
        jalali=(pl.col("named_in") == "J").fill_null(value=False)
        | ((pl.col("named_in") != "G").fill_null(value=True)
           & (pl.col("year").is_between(*JALALI_YEARS) | (pl.col("short") & pl.lit(style.jalali))))
    )  # fmt: skip
    day_first = pl.lit(style.order == "dmy") | (pl.col("jalali") & pl.col("year_first").not_())
    month_first = pl.lit(style.order == "mdy")
    ordered = dated.with_columns(
        year=pl.when("year_first").then("a").otherwise("year"),
        month=pl.coalesce("month", pl.when(pl.col("year_first") | day_first).then("b")
                          .when(month_first).then("a")),
        day=pl.coalesce("day", pl.when("year_first").then("year").when(day_first).then("a")
                        .when(month_first).then("b")),
    )  # fmt: skip
    made = ordered.select(number=_number_of_day(), clock=_time_of_day(), offset=_offset())
    stamp = _day(made["number"]) + made["clock"]
    return made.select(stamp.cast(pl.Datetime("us")).alias("local"), "offset")


def _number_of_day() -> pl.Expr:
    """A calendar and a date in one number: 1 for Jalali in front of yyyymmdd."""
    year, jalali = pl.col("year"), pl.col("jalali")
    jalali_century = pl.when(year < 30).then(1400).otherwise(1300)
    century = pl.when(jalali).then(jalali_century).when(year < 69).then(2000).otherwise(1900)
    full = pl.when("short").then(year + century).otherwise(year)
    number = jalali.cast(pl.Int64) * 100_000_000 + full * 10_000 + pl.col("month") * 100 + pl.col(
        "day"
    )  # fmt: skip
    unsure = pl.col("short").not_() & jalali.not_() & year.is_between(*UNSURE_YEARS)
    return pl.when(unsure.not_()).then(number)


def _day(numbers: pl.Series) -> pl.Series:
    """The date of each number at midnight; null for a day that does not exist."""
    distinct = numbers.drop_nulls().unique()
    days = pl.Series([_gregorian(one) for one in distinct.to_list()], dtype=pl.Date)
    return numbers.replace_strict(distinct, days, default=None, return_dtype=pl.Date).cast(
        pl.Datetime("us")
    )


def _gregorian(number: int) -> dt.date | None:
    from persiantools.jdatetime import JalaliDate

    calendar, date = divmod(number, 100_000_000)
    year, month, day = date // 10_000, date // 100 % 100, date % 100
    if not date:
        return dt.date.min  # 0000-00-00 is no date, and no fault either
    try:
        if calendar:
            return JalaliDate(year, month, day).to_gregorian()
        return dt.date(year, month, day)
    except ValueError:
        return None


def _time_of_day() -> pl.Expr:
    """How long after midnight each clock stands, nought without one; null for no such time."""
    hour, minute, second = (
        pl.coalesce(f"^{part}[0-4]$").cast(pl.Int64, strict=False).fill_null(0) for part in "his"
    )
    fraction = pl.coalesce("f0", "f1").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    half = pl.coalesce("^p[0-4]$")
    before, after = (half == "V").fill_null(value=False), (half == "N").fill_null(value=False)
    of_day = (
        pl.when(before & (hour == 12))
        .then(0)
        .when(after & (hour < 12))
        .then(hour + 12)
        .otherwise(hour)
    )
    sound = (hour < 24) & (minute < 60) & (second < 60) & (before & (hour > 12)).not_()
    clock = pl.duration(
        hours=of_day, minutes=minute, seconds=second, microseconds=fraction.fill_null(0)
    )
    return pl.when(sound).then(clock)


def _offset() -> pl.Expr:
    """How far ahead of UTC the stated zones are; null where none is stated."""
    text = pl.col("z").str.strip_chars()
    pattern = r"([+\-])([0-9]{1,2})(?::?([0-9]{2}))?$"
    sign = pl.when(text.str.extract(pattern, 1) == "-").then(-1).otherwise(1)
    hours = text.str.extract(pattern, 2).cast(pl.Int64)
    minutes = text.str.extract(pattern, 3).cast(pl.Int64).fill_null(0)
    named = text.replace_strict(
        ["z", "utc", "gmt", "ut", *spoken.ZONE_OFFSETS],
        [0, 0, 0, 0, *spoken.ZONE_OFFSETS.values()],
        default=None,
        return_dtype=pl.Int64,
    )
    whole = pl.coalesce(named * 60, sign * (hours * 60 + minutes))
    return pl.when(whole.abs() < 24 * 60).then(pl.duration(minutes=whole))
