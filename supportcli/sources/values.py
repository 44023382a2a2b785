"""Text to typed values: times and words of a closed list, as expressions.

Every function returns an expression that is null where the text cannot be understood, so that
whoever uses it can count what failed. Most come in two strengths: the *quick* one reads the one
form that a column was seen to have, the *thorough* one reads every form we know. The quick one is
tried on the whole column first, the thorough one only where the quick one left something unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import polars as pl

from supportcli.sources.folding import ASCII_DIGITS
from supportcli.sources.written import UNSURE_YEARS, Style, read_written

ISO_FORMATS: Final = (
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
"""ISO 8601 and its close relatives (a space for the T, ` UTC` at the end)."""

EPOCH: Final = "epoch"
"""Stands among the formats for seconds or milliseconds since 1970."""

SERIAL: Final = "serial"
"""Stands among the formats for the days since the end of 1899 in which spreadsheets count."""

COMPACT: Final = "compact"
"""Stands among the formats for a date in digits alone: `20260302`, or `20260302101500`."""

WRITTEN: Final = {order: f"written {order}" for order in (None, "dmy", "mdy")}
"""Stand among the formats for the general reader of dates, by the order it assumes."""

JALALI_WRITTEN: Final = {order: f"jalali {order}" for order in (None, "dmy", "mdy")}
"""The same where years of two digits are of the Jalali calendar."""

JALALI: Final = JALALI_WRITTEN["dmy"]

_STYLES: Final = {
    **{form: Style(order) for order, form in WRITTEN.items()},
    **{form: Style(order, jalali=True) for order, form in JALALI_WRITTEN.items()},
}

_UTC_ENDINGS: Final = ("Z", " UTC", "%z", "%:z", "%#z")

_MISREAD_YEARS: Final = (2, UNSURE_YEARS[1])
"""Years that a format gives to text of another kind: two digits, or another calendar."""


def ascii_digits(text: pl.Expr) -> pl.Expr:
    """The text with Persian and Arabic digits as ASCII ones."""
    return text.str.replace_many(list(ASCII_DIGITS), list(ASCII_DIGITS.values()))


def parse_time(
    text: pl.Expr, formats: Sequence[str], timezone: str, *, guarded: bool = False
) -> pl.Expr:
    """Times as naive UTC of microseconds: the first of `formats` that a value fits.

    A format that states an offset, or UTC, is believed; other stamps are local to `timezone`.
    A guarded reading does not let a format take 1402 or 26 for a Gregorian year.
    """
    stamp: pl.Expr | None = None
    for form in formats:
        if form in _STYLES:
            stamp = _parse_written(text, stamp, _STYLES[form], timezone)
        else:
            one = _parse_time_as(text, form, timezone, guarded=guarded)
            stamp = one if stamp is None else pl.coalesce(stamp, one)
    assert stamp is not None
    return stamp


def _parse_time_as(text: pl.Expr, form: str, timezone: str, *, guarded: bool) -> pl.Expr:
    if form == EPOCH:
        return _parse_epoch(text)
    if form == SERIAL:
        return to_utc(_parse_serial(text), timezone)
    if form == COMPACT:
        return to_utc(_parse_compact(text), timezone)
    # The cache of polars pays for repeated stamps; in a log nearly every one is new.
    stamp = text.str.to_datetime(form, time_unit="us", strict=False, cache=False)
    if form.endswith(("%z", "%:z", "%#z")):
        stamp = stamp.dt.replace_time_zone(None)
    if guarded:
        stamp = pl.when(stamp.dt.year().is_between(*_MISREAD_YEARS).not_()).then(stamp)
    return stamp if form.endswith(_UTC_ENDINGS) else to_utc(stamp, timezone)


def _parse_written(text: pl.Expr, known: pl.Expr | None, style: Style, timezone: str) -> pl.Expr:
    """What other formats made of a text, else what the general reader makes of it."""

    def read(columns: Sequence[pl.Series]) -> pl.Series:
        texts, *stamps = columns
        stamp = (
            stamps[0] if stamps else pl.Series([None], dtype=_STAMP).new_from_index(0, len(texts))
        )
        unread = (texts.is_not_null() & stamp.is_null()).arg_true()
        if not len(unread):
            return stamp
        found = read_written(texts.gather(unread), style)
        in_utc = pl.coalesce(
            pl.col("local") - pl.col("offset"),
            pl.when(pl.col("offset").is_null()).then(to_utc(pl.col("local"), timezone)),
        )
        return stamp.scatter(unread, found.select(in_utc).to_series())

    exprs = [text] if known is None else [text, known]
    return pl.map_batches(exprs, read, return_dtype=_STAMP)


_STAMP: Final = pl.Datetime("us")


def is_local(form: str) -> bool:
    """Whether stamps of this format need a time zone that they do not state.

    The general reader reads stamps of either kind; it may need one.
    """
    return form != EPOCH and not form.endswith(_UTC_ENDINGS)


def to_utc(local: pl.Expr, timezone: str) -> pl.Expr:
    """Naive local times of a zone as naive UTC.

    A time that exists twice (clocks set back) is the earlier one; one that does not exist (clocks
    set forward) is read with the offset that held before the change.
    """
    if timezone in ("UTC", "Etc/UTC"):
        return local
    if fixed := FIXED_OFFSET.fullmatch(timezone):
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        return local - pl.duration(minutes=-minutes if fixed[1] == "-" else minutes)
    hour = pl.duration(hours=1)
    return pl.coalesce(localised(local, timezone), localised(local - hour, timezone) + hour)


FIXED_OFFSET: Final = re.compile(r"(?:UTC|GMT)([+-])(\d{1,2})(?::?(\d{2}))?")
"""A zone that is an offset, as people write it: `GMT+3` is three hours ahead of UTC."""


def localised(
    local: pl.Expr, timezone: str, *, ambiguous: Literal["earliest", "latest"] = "earliest"
) -> pl.Expr:
    """Naive local times as naive UTC, null where the zone skips a time."""
    return (
        local.dt.replace_time_zone(timezone, ambiguous=ambiguous, non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )


def _parse_epoch(text: pl.Expr) -> pl.Expr:
    """Seconds (9 or 10 digits, with a fraction or without, or 0) or milliseconds (12 or 13)."""
    seconds = pl.when(text.str.contains(r"^(?:\d{9,10}(?:\.\d+)?|0)$")).then(text)
    milliseconds = pl.when(text.str.contains(r"^\d{12,13}$")).then(text)
    microseconds = pl.coalesce(
        seconds.cast(pl.Decimal(20, 6), strict=False).cast(pl.Float64) * 1_000_000,
        milliseconds.cast(pl.Float64, strict=False) * 1_000,
    )
    return microseconds.round().cast(pl.Int64).cast(pl.Datetime("us"))


def _parse_serial(text: pl.Expr) -> pl.Expr:
    """Days since 1899-12-30 with a fraction, to the second: `46083.4597222` is 11:02:00.

    A spreadsheet's seven decimals are good to some milliseconds, so there is nothing finer.
    """
    days = pl.when(text.str.contains(r"^[0-9]{5}(?:\.[0-9]+)?$")).then(text)
    number = days.cast(pl.Float64, strict=False)
    seconds = ((number - 25_569) * 86_400).round().cast(pl.Int64)
    stamp = (seconds * 1_000_000).cast(_STAMP)
    return pl.when((number > 20_000) & (number < 80_000)).then(stamp)


def _parse_compact(text: pl.Expr) -> pl.Expr:
    """Dates of the years 1990 to 2099 in 8 digits, or with the time of day in 14."""
    digits = text.str.extract(r"^((?:199|20[0-9])[0-9]{5}(?:[0-9]{6})?)$", 1)
    whole = digits.str.pad_end(14, "0")
    spelt = whole.str.replace(r"^(....)(..)(..)(..)(..)(..)$", "$1-$2-$3 $4:$5:$6")
    return spelt.str.to_datetime(ISO_FORMATS[1], time_unit="us", strict=False, cache=False)


def fitting_formats(values: pl.Series, formats: Sequence[str]) -> list[str]:
    """The formats up to the first that reads every one of the values; all, where none does.

    Those before it that read none of the values are left out.
    """
    useful: list[str] = []
    for form in formats:
        count = reads(values, [form])
        if count == len(values):
            return [*useful, form]
        if count:
            useful.append(form)
    return list(formats)


def reads(values: pl.Series, formats: Sequence[str]) -> int:
    """How many of the values some of the formats read."""
    stamp = parse_time(pl.col("text"), formats, "UTC", guarded=True)
    return int(values.to_frame("text").select(stamp.count()).item())


def parse_word(text: pl.Expr, words: Sequence[str], *, thorough: bool) -> pl.Expr:
    """Members of a closed list; thorough ignores case and the space around."""
    spelt = text.str.strip_chars().str.to_lowercase() if thorough else text
    return spelt.cast(pl.Enum(list(words)), strict=False)


NULL_WORDS: Final = ("", "-", "--", "---", "\u2013", "\u2014", "n/a", "#n/a", "null", "none",
                     "[none]", "(none)", "(empty)", "nan", "nat", "nil", "?")  # fmt: skip
"""What stands for no value where a time or a number should, in lower case."""


def is_null_word(text: pl.Expr, listed: Iterable[str] = ()) -> pl.Expr:
    """Whether a text is a word for nothing, and is not listed to mean something."""
    words = set(NULL_WORDS) - {word.strip().lower() for word in listed}
    return text.str.strip_chars().str.to_lowercase().is_in(sorted(words))


LOST_DIGITS: Final = r"^\d(?:[.,]\d+)?[eE]\+\d+$"
"""An id that a spreadsheet turned into a number, such as `1.03E+13`."""


def lost_digits(text: pl.Expr) -> pl.Expr:
    """Whether an id is the rounded number that a spreadsheet made of it."""
    return text.str.contains(LOST_DIGITS)


def begins_with_digit(text: pl.Expr) -> pl.Expr:
    """Whether a text begins with an ASCII digit, by two comparisons."""
    return (text >= "0") & (text < ":")
