"""Text to typed values: times, durations, numbers and words of a closed list, as expressions.

Every function returns an expression that is null where the text cannot be understood, so that
whoever uses it can count what failed. Most come in two strengths: the *quick* one reads the one
form that a column was seen to have, the *thorough* one reads every form we know. The quick one is
tried on the whole column first, the thorough one only where the quick one left something unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

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

JALALI: Final = "jalali"
"""Stands among the formats for year/month/day of the Jalali calendar, with a clock or without."""

_UTC_ENDINGS: Final = ("Z", " UTC", "%z", "%:z", "%#z")

_DIGITS: Final = dict(zip("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2, strict=True))


def ascii_digits(text: pl.Expr) -> pl.Expr:
    """The text with Persian and Arabic digits as ASCII ones."""
    return text.str.replace_many(list(_DIGITS), list(_DIGITS.values()))


def parse_time(text: pl.Expr, formats: Sequence[str], timezone: str) -> pl.Expr:
    """Times as naive UTC of microseconds: the first of `formats` that a value fits.

    A format that states an offset, or UTC, is believed; other stamps are local to `timezone`.
    """
    tries = [_parse_time_as(text, form, timezone) for form in formats]
    return tries[0] if len(tries) == 1 else pl.coalesce(tries)


def _parse_time_as(text: pl.Expr, form: str, timezone: str) -> pl.Expr:
    if form == EPOCH:
        return _parse_epoch(text)
    if form == JALALI:
        return to_utc(_parse_jalali(text), timezone)
    # The cache of polars pays for repeated stamps; in a log nearly every one is new.
    stamp = text.str.to_datetime(form, time_unit="us", strict=False, cache=False)
    if form.endswith(("%z", "%:z", "%#z")):
        return stamp.dt.replace_time_zone(None)
    return stamp if form.endswith(_UTC_ENDINGS) else to_utc(stamp, timezone)


def is_local(form: str) -> bool:
    """Whether stamps of this format need a time zone that they do not state."""
    return form != EPOCH and not form.endswith(_UTC_ENDINGS)


def to_utc(local: pl.Expr, timezone: str) -> pl.Expr:
    """Naive local times of a zone as naive UTC.

    A time that exists twice (clocks set back) is the earlier one; one that does not exist (clocks
    set forward) is read with the offset that held before the change.
    """
    if timezone in ("UTC", "Etc/UTC"):
        return local
    hour = pl.duration(hours=1)
    return pl.coalesce(_localised(local, timezone), _localised(local - hour, timezone) + hour)


def _localised(local: pl.Expr, timezone: str) -> pl.Expr:
    return (
        local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )


def _parse_epoch(text: pl.Expr) -> pl.Expr:
    """Seconds (9 or 10 digits, with a fraction or without) or milliseconds (12 or 13 digits)."""
    seconds = pl.when(text.str.contains(r"^\d{9,10}(\.\d+)?$")).then(text)
    milliseconds = pl.when(text.str.contains(r"^\d{12,13}$")).then(text)
    microseconds = pl.coalesce(
        seconds.cast(pl.Decimal(20, 6), strict=False).cast(pl.Float64) * 1_000_000,
        milliseconds.cast(pl.Float64, strict=False) * 1_000,
    )
    return microseconds.round().cast(pl.Int64).cast(pl.Datetime("us"))


def _parse_jalali(text: pl.Expr) -> pl.Expr:
    """`1402/05/12 14:33` (also with dashes, one-digit parts, seconds, Persian digits), local."""
    plain = ascii_digits(text).str.strip_chars()
    pattern = r"^(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
    part = [plain.str.extract(pattern, group).cast(pl.Int64, strict=False) for group in range(1, 7)]
    day = (part[0] * 10_000 + part[1] * 100 + part[2]).map_batches(
        _gregorian_days, return_dtype=pl.Date
    )
    clock = pl.duration(
        hours=part[3].fill_null(0), minutes=part[4].fill_null(0), seconds=part[5].fill_null(0)
    )
    real = (part[3].fill_null(0) < 24) & (part[4].fill_null(0) < 60) & (part[5].fill_null(0) < 60)
    return pl.when(real).then(day.cast(pl.Datetime("us")) + clock)


def _gregorian_days(numbers: pl.Series) -> pl.Series:
    """Gregorian dates of Jalali dates written as yyyymmdd; days that do not exist are null.

    Only distinct dates are converted, one by one, by persiantools.
    """
    from persiantools.jdatetime import JalaliDate

    def convert(number: int) -> object:
        year, month, day = number // 10_000, number // 100 % 100, number % 100
        try:
            return JalaliDate(year, month, day).to_gregorian()
        except ValueError:
            return None

    distinct = numbers.drop_nulls().unique().to_list()
    days = pl.Series([convert(number) for number in distinct], dtype=pl.Date)
    return numbers.replace_strict(pl.Series(distinct, dtype=pl.Int64), days, default=None)


def fitting_formats(values: pl.Series, formats: Sequence[str]) -> list[str]:
    """The formats up to the first that reads every one of the values; all, where none does."""
    for position, form in enumerate(formats):
        parsed = values.to_frame("text").select(_parse_time_as(pl.col("text"), form, "UTC"))
        if parsed.to_series().null_count() == 0:
            return _without_useless(values, formats[: position + 1])
    return list(formats)


def _without_useless(values: pl.Series, formats: Sequence[str]) -> list[str]:
    """Drop the formats before the last that read none of the values."""
    *earlier, last = formats
    frame = values.to_frame("text")
    useful = [
        form
        for form in earlier
        if frame.select(_parse_time_as(pl.col("text"), form, "UTC").count()).item() > 0
    ]
    return [*useful, last]


def parse_number(text: pl.Expr, *, thorough: bool) -> pl.Expr:
    """Numbers as floats; thorough also strips spaces and reads Persian and Arabic digits."""
    quick = text.cast(pl.Float64, strict=False)
    if not thorough:
        return quick
    plain = ascii_digits(text).str.strip_chars().str.replace("٫", ".", literal=True)
    return pl.coalesce(quick, plain.cast(pl.Float64, strict=False))


def parse_integer(text: pl.Expr, *, thorough: bool) -> pl.Expr:
    """Whole numbers; thorough also reads `3.0` and what `parse_number` reads."""
    quick = text.cast(pl.Int64, strict=False)
    if not thorough:
        return quick
    number = parse_number(text, thorough=True)
    return pl.coalesce(
        quick, pl.when(number == number.round()).then(number.cast(pl.Int64, strict=False))
    )


def parse_duration_ms(text: pl.Expr, unit_ms: int, *, thorough: bool) -> pl.Expr:
    """Milliseconds of a bare number in the given unit; thorough also reads the written forms.

    Those are `H:MM:SS` (hours beyond 24 too), `19m 10s` and `1 day 3 hours`, and ISO 8601
    (`PT1H30M`), each with a sign or without.
    """
    quick = text.cast(pl.Int64, strict=False) * unit_ms
    if not thorough:
        return quick
    plain = ascii_digits(text).str.strip_chars().str.to_lowercase()
    number = parse_number(text, thorough=True) * unit_ms
    sign = pl.when(plain.str.starts_with("-")).then(-1).otherwise(1)
    return pl.coalesce(
        quick,
        number.round().cast(pl.Int64, strict=False),
        sign * _clock_ms(plain),
        sign * _words_ms(plain),
        sign * _iso_duration_ms(plain),
    )


def _whole_ms(number: pl.Expr, unit_ms: int) -> pl.Expr:
    return (number.cast(pl.Float64, strict=False) * unit_ms).round().cast(pl.Int64)


def _clock_ms(text: pl.Expr) -> pl.Expr:
    pattern = r"^-?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$"
    hours, minutes, seconds = (text.str.extract(pattern, group) for group in (1, 2, 3))
    return _whole_ms(hours, 3_600_000) + _whole_ms(minutes, 60_000) + _whole_ms(seconds, 1_000)


_WORD_UNITS: Final = {
    r"d|days?": 86_400_000,
    r"h|hrs?|hours?": 3_600_000,
    r"m|mins?|minutes?": 60_000,
    r"s|secs?|seconds?": 1_000,
    r"ms": 1,
}


def _words_ms(text: pl.Expr) -> pl.Expr:
    units = "|".join(_WORD_UNITS)
    whole = rf"^-?(?:\s*\d+(?:\.\d+)?\s*(?:{units})\b)+$"
    parts = [
        _whole_ms(text.str.extract(rf"(\d+(?:\.\d+)?)\s*(?:{words})\b", 1), unit).fill_null(0)
        for words, unit in _WORD_UNITS.items()
    ]
    return pl.when(text.str.contains(whole)).then(pl.sum_horizontal(parts))


def _iso_duration_ms(text: pl.Expr) -> pl.Expr:
    number = r"\d+(?:\.\d+)?"
    whole = rf"^-?p(?:{number}w)?(?:{number}d)?(?:t(?:{number}h)?(?:{number}m)?(?:{number}s)?)?$"
    clock = text.str.extract(r"t(.*)$", 1)
    parts = [
        _whole_ms(text.str.extract(rf"p.*?({number})w", 1), 604_800_000).fill_null(0),
        _whole_ms(text.str.extract(rf"^-?p(?:{number}w)?({number})d", 1), 86_400_000).fill_null(0),
        _whole_ms(clock.str.extract(rf"({number})h", 1), 3_600_000).fill_null(0),
        _whole_ms(clock.str.extract(rf"({number})m", 1), 60_000).fill_null(0),
        _whole_ms(clock.str.extract(rf"({number})s", 1), 1_000).fill_null(0),
    ]
    readable = text.str.contains(whole) & text.str.contains(r"\d")
    return pl.when(readable).then(pl.sum_horizontal(parts))


def parse_word(text: pl.Expr, words: Sequence[str], *, thorough: bool) -> pl.Expr:
    """Members of a closed list; thorough ignores case and the space around."""
    spelt = text.str.strip_chars().str.to_lowercase() if thorough else text
    return spelt.cast(pl.Enum(list(words)), strict=False)


LOST_DIGITS: Final = r"^\d(?:[.,]\d+)?[eE]\+\d+$"
"""An id that a spreadsheet turned into a number, such as `1.03E+13`."""


def lost_digits(text: pl.Expr) -> pl.Expr:
    """Whether an id is the rounded number that a spreadsheet made of it."""
    return text.str.contains(LOST_DIGITS)


def begins_with_digit(text: pl.Expr) -> pl.Expr:
    """Whether a text begins with an ASCII digit, by two comparisons."""
    return (text >= "0") & (text < ":")
