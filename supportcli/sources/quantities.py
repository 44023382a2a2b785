"""Text to numbers, durations and amounts, as expressions; null where it cannot be understood.

Most come in two strengths. The quick one reads bare ASCII numbers; the thorough one reads what
people and spreadsheets write: Persian and Arabic digits and signs, a decimal comma, thousands.
A comma or a full stop is decimal where it stands last of both; alone, a full stop is decimal, and a
comma too unless exactly three digits follow it. Where some value of a column shows that a comma is
decimal, every comma of the column is, and full stops in front of three digits are thousands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Final

import polars as pl

from supportcli.currency import DIGITS_BEHIND
from supportcli.sources import spoken, values
from supportcli.sources.written import plain, plain_word

UNITS_MS: Final = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "day": 86_400_000}
"""Milliseconds in the units of a bare number."""

SINCE_1970: Final = "date1970"
"""A duration written as the date that it reaches from the first moment of 1970."""

_GROUPED: Final = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"
_GROUPED_BY_STOPS: Final = (
    r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|^[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}$"
)


_DECIMAL_COMMA: Final = (
    r"^[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})$|^[+-]?(?:0[0-9]*|[0-9]{4,}),[0-9]+$"
    r"|^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$"
)
"""A number that can only be understood with a decimal comma."""

_MAYBE_DECIMAL_COMMA: Final = r"^[+-]?[0-9]+,[0-9]+$"
_MAYBE_GROUPED_BY_STOPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+$"


def _once(
    text: pl.Expr, make: Callable[[pl.Expr], pl.Expr], kind: type[pl.DataType], *, whole: bool
) -> pl.Expr:
    """What is made of a text that is costly and named many times: polars would make it as often.

    Where the `whole` column decides, it comes in one piece.
    """

    def made(texts: pl.Series) -> pl.Series:
        return texts.to_frame("x").select(make(pl.col("x"))).to_series()

    return text.map_batches(made, return_dtype=kind, is_elementwise=not whole)


def _spelt(text: pl.Expr) -> pl.Expr:
    """A number in ASCII digits and signs, without space around it or a sign of percent."""
    return plain(text).str.strip_chars().str.replace(r"\s*[%٪]$", "")


def _bare(found: pl.Expr, *, whole: bool) -> pl.Expr:
    """A number as a computer writes it, whatever its separators were.

    Without the whole column, a number that would decide about others is not read.
    """
    decides = found.str.contains(_DECIMAL_COMMA)
    if not whole:
        return pl.when(decides.fill_null(value=False).not_()).then(_bare_alone(found))
    decided = decides.any()
    return (
        pl.when(decided & found.str.contains(_MAYBE_DECIMAL_COMMA))
        .then(found.str.replace(",", ".", literal=True))
        .when(decided & found.str.contains(_MAYBE_GROUPED_BY_STOPS))
        .then(found.str.replace_all(".", "", literal=True))
        .otherwise(_bare_alone(found))
    )


def _bare_alone(found: pl.Expr) -> pl.Expr:
    """The same of a number of whose column nothing is known."""
    return (
        pl.when(found.str.contains(_GROUPED))
        .then(found.str.replace_all(",", "", literal=True))
        .when(found.str.contains(_GROUPED_BY_STOPS))
        .then(found.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(found.str.contains(_MAYBE_DECIMAL_COMMA))
        .then(found.str.replace(",", ".", literal=True))
        .when(found.str.contains(r"[0-9]"))
        .then(found)
    )


def parse_number(text: pl.Expr, *, thorough: bool, whole: bool = True) -> pl.Expr:
    """Numbers as floats; a comma is decided from the whole column, if that is there."""
    quick = text.cast(pl.Float64, strict=False)
    if not thorough:
        return quick
    bare = _once(_spelt(text), partial(_bare, whole=whole), pl.String, whole=whole)
    return pl.coalesce(bare.cast(pl.Float64, strict=False), quick)


def parse_integer(text: pl.Expr, *, thorough: bool) -> pl.Expr:
    """Whole numbers; thorough also reads `3.0` and what `parse_number` reads."""
    quick = text.cast(pl.Int64, strict=False)
    if not thorough:
        return quick
    number = _once(parse_number(text, thorough=True), _if_integer, pl.Int64, whole=False)
    return pl.coalesce(quick, number)


def _if_integer(number: pl.Expr) -> pl.Expr:
    return pl.when(number == number.round()).then(number.cast(pl.Int64, strict=False))


def parse_rating(text: pl.Expr, top: float | None = None, *, thorough: bool) -> pl.Expr:
    """Numbers as floats; thorough also reads `4/5`, `4 out of 5` and stars.

    The best that was possible must be the top of the scale, where that is given; percents are of
    no scale.
    """
    if not thorough:
        return parse_number(text, thorough=False)
    is_percent = text.str.contains(r"[%٪]")
    number = pl.when(is_percent.not_()).then(parse_number(text, thorough=True))
    parts = r"^\s*([0-9]+(?:[.,][0-9]+)?)\s*(?:/|out of|de|von|از|من)\s*([0-9]+)\s*$"
    of_most = plain(text).str.extract(parts, 1).str.replace(",", ".", literal=True)
    if top is not None:
        best = plain(text).str.extract(parts, 2).cast(pl.Float64)
        of_most = pl.when(best == top).then(of_most)
    stars = pl.when(text.str.contains(r"^\s*[★⭐]+☆*\s*$")).then(text.str.count_matches("[★⭐]"))
    return pl.coalesce(number, of_most.cast(pl.Float64), stars.cast(pl.Float64))


def parse_duration_ms(text: pl.Expr, unit: str, *, thorough: bool, whole: bool = True) -> pl.Expr:
    """Milliseconds of a bare number in the given unit; thorough also reads the written forms.

    Those are `H:MM:SS` (hours beyond 24 too, days in front), `M:SS` (`H:MM` where the unit says
    so, or is hours), `19m 10s`, `1 day 3 hours` in five languages, and ISO 8601 (`PT1H30M`), each
    with a sign or without; and a date of which a spreadsheet counts, `1899-12-30 00:02:30`.
    """
    if unit == SINCE_1970:
        return values.parse_time(text, values.ISO_FORMATS, "UTC").dt.timestamp("ms")
    unit_ms = UNITS_MS.get(unit)
    if unit_ms is None:  # of a bare number nothing says what it is
        quick = bare = pl.lit(None, dtype=pl.Int64)
    else:
        quick = text.cast(pl.Int64, strict=False) * unit_ms
        number = parse_number(text, thorough=True, whole=whole)
        bare = (number * unit_ms).round().cast(pl.Int64, strict=False)
    if not thorough:
        return quick
    first_ms = 3_600_000 if unit in ("h", "h:mm") else 60_000
    written = partial(_written_ms, first_ms=first_ms)
    spelt = plain(text).str.strip_chars()
    return pl.coalesce(quick, bare, _once(spelt, written, pl.Int64, whole=False))


def _written_ms(spelt: pl.Expr, first_ms: int) -> pl.Expr:
    """A duration in one of the written forms; `first_ms` is the first of two numbers."""
    sign = pl.when(spelt.str.starts_with("-")).then(-1).otherwise(1)
    spelt = spelt.str.replace(r"^[+-]\s*", "")
    return pl.coalesce(
        sign * _clock_ms(spelt),
        sign * _two_numbers_ms(spelt, first_ms),
        sign * _words_ms(spelt),
        sign * _iso_duration_ms(spelt),
        _since_1899_ms(spelt),
    )


def _whole_ms(number: pl.Expr, unit_ms: int) -> pl.Expr:
    return (number.cast(pl.Float64, strict=False) * unit_ms).round().cast(pl.Int64)


def _clock_ms(text: pl.Expr) -> pl.Expr:
    days = rf"(?:([0-9]+)(?:\.|\s*(?:{_words('day')}),?\s*))?"
    pattern = rf"^{days}([0-9]+):([0-5][0-9]):([0-5][0-9](?:[.,][0-9]+)?)$"
    day, hours, minutes, seconds = (text.str.extract(pattern, group) for group in (1, 2, 3, 4))
    clock = _whole_ms(hours, 3_600_000) + _whole_ms(minutes, 60_000)
    return (
        _whole_ms(day, 86_400_000).fill_null(0)
        + clock
        + _whole_ms(seconds.str.replace(",", ".", literal=True), 1_000)
    )


def _two_numbers_ms(text: pl.Expr, first_ms: int) -> pl.Expr:
    fraction = r"(?:[.,][0-9]+)?" if first_ms == UNITS_MS["min"] else ""
    pattern = rf"^([0-9]+):([0-5][0-9]{fraction})$"
    first, second = (text.str.extract(pattern, group) for group in (1, 2))
    second = second.str.replace(",", ".", literal=True)
    return _whole_ms(first, first_ms) + _whole_ms(second, first_ms // 60)


def _since_1899_ms(text: pl.Expr) -> pl.Expr:
    """What a spreadsheet writes of a duration as a date: the time since 1899-12-30."""
    pattern = (
        r"^(1899-12-3[01]|1900-[01][0-9]-[0-3][0-9])"
        r"(?:[ t]([0-9]{2}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)z?)?$"
    )
    day, hours, minutes, seconds = (text.str.extract(pattern, group) for group in (1, 2, 3, 4))
    days = day.str.to_date("%Y-%m-%d", strict=False) - pl.lit(dt.date(1899, 12, 30))
    clock = (
        _whole_ms(hours, 3_600_000) + _whole_ms(minutes, 60_000) + _whole_ms(seconds, 1_000)
    ).fill_null(0)
    return days.dt.total_milliseconds() + clock


def _words(unit: str) -> str:
    """The words of a unit as alternatives of a pattern over `plain` text, the longer first."""
    words = {plain_word(word) for word in spoken.UNIT_WORDS[unit].split()}
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_AND: Final = r"(?:\s*,|\s+(?:and|und|y|و)\b)?"


def _with_decimal_stops(text: pl.Expr) -> pl.Expr:
    """Words with the commas inside of numbers as full stops, where they cannot be thousands."""
    of_nought = text.str.replace_all(r"(^|[^0-9.,])0,([0-9]+)", "${1}0.${2}")
    return of_nought.str.replace_all(r"([0-9]),([0-9]{1,2})([^0-9])", "${1}.${2}${3}")


def _words_ms(text: pl.Expr) -> pl.Expr:
    text = _with_decimal_stops(text)
    units = {"week": 7 * UNITS_MS["day"], **UNITS_MS}
    every = "|".join(sorted("|".join(map(_words, units)).split("|"), key=len, reverse=True))
    whole = rf"^(?:{_NUMBER}\s*(?:{every})\.?{_AND}\s*)+$"
    found = {unit: rf"({_NUMBER})\s*(?:{_words(unit)})(?:[^\p{{L}}]|$)" for unit in units}
    parts = [
        _whole_ms(text.str.extract(pattern, 1), units[unit]).fill_null(0)
        for unit, pattern in found.items()
    ]
    # A unit that is named twice, or runs into other letters, is not understood.
    named = pl.sum_horizontal(
        text.str.contains(pattern).cast(pl.Int32) for pattern in found.values()
    )
    sound = text.str.contains(whole) & (text.str.count_matches(_NUMBER) == named)
    return pl.when(sound).then(pl.sum_horizontal(parts))


def _iso_duration_ms(text: pl.Expr) -> pl.Expr:
    whole = (
        rf"^p(?:({_NUMBER})w)?(?:({_NUMBER})d)?"
        rf"(?:t(?:({_NUMBER})h)?(?:({_NUMBER})m)?(?:({_NUMBER})s)?)?$"
    )
    units = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000)
    parts = [
        _whole_ms(text.str.extract(whole, group), unit).fill_null(0)
        for group, unit in enumerate(units, start=1)
    ]
    readable = text.str.contains(whole) & text.str.contains(r"[0-9]")
    return pl.when(readable).then(pl.sum_horizontal(parts))


_AMOUNT: Final = (
    r"^\(?[+-]?\s*[\p{Sc}\p{L}.]*\s*[+-]?\s*([0-9][0-9.,' ]*)\s*[\p{Sc}\p{L}.]*\s*-?\)?$"
)


def parse_amount(text: pl.Expr, currency: pl.Expr, *, whole: bool = True) -> pl.Expr:
    """Amounts in major units as whole minor ones of each row's currency, exactly.

    Two digits where the currency is not known; null where an amount has more digits than that, or
    more before the point than any price, whose sums would run over.
    """
    spelt = plain(text).str.strip_chars()
    number = spelt.str.extract(_AMOUNT, 1).str.replace_all(r"[' ]", "").str.strip_chars(".")
    bare = _bare(number, whole=whole)
    sound = bare.str.contains(r"^[0-9]{1,14}(?:\.[0-9]+)?$")
    units = bare.str.extract(r"^([0-9]+)", 1)
    behind = bare.str.extract(r"\.([0-9]+)$", 1).fill_null("").str.strip_chars_end("0")
    digits = currency.str.strip_chars().str.to_uppercase().replace_strict(
        list(DIGITS_BEHIND), list(DIGITS_BEHIND.values()), default=2, return_dtype=pl.UInt32
    ).fill_null(2)  # fmt: skip
    minor: pl.Expr = pl.lit(None, dtype=pl.Int64)
    for count in (0, 2, 3):
        number = pl.concat_str(units, behind.str.pad_end(count, "0")).cast(pl.Int64, strict=False)
        minor = pl.when(digits == count).then(number).otherwise(minor)
    negative = spelt.str.contains(r"^[^0-9]*-|-\)?$|^\(.*\)$")
    exact = sound & (behind.str.len_chars() <= digits)
    return pl.when(exact).then(pl.when(negative).then(-minor).otherwise(minor))
