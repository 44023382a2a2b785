"""The Jalali calendar in numbers: its days as ordinals, its months counted through.

A month is one number, twelve times its year and the months gone by in it; a day is its ordinal, as
`datetime.date.toordinal` counts. So a date far out, which neither calendar can write, is a number
like any other. Where the library of the calendar has no year any more, its rule of 33 years goes
on.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import Final

import polars as pl

EPOCH: Final = 719_163
"""The ordinal of 1970-01-01, from which polars counts the days."""

_FIRST_YEAR: Final = -621
_LAST_YEAR: Final = 9379
"""The years that have a day between 0001-01-01 and 9999-12-31, and one that begins after it."""

_SUMMER_DAYS: Final = 186
"""The days of the first six months, of 31 each; those after them have 30, the last one 29 or 30."""


def month_number(ordinal: int) -> int:
    """The month in which a day lies."""
    starts = _year_starts()
    index = bisect_right(starts, ordinal) - 1
    day = ordinal - starts[index]
    in_year = day // 31 if day < _SUMMER_DAYS else 6 + (day - _SUMMER_DAYS) // 30
    return (index + _FIRST_YEAR) * 12 + in_year


def month_ordinal(number: int) -> int:
    """The ordinal of the first day of a month."""
    year, month = divmod(number, 12)
    year = min(max(year, _FIRST_YEAR), _LAST_YEAR)
    return _year_starts()[year - _FIRST_YEAR] + _days_before(month)


def period_ordinal(ordinal: pl.Expr, months: int) -> pl.Expr:
    """The ordinal of the first day of the month, quarter or year in which each day lies."""
    starts = pl.lit(pl.Series(_year_starts()))
    index = starts.search_sorted(ordinal, side="right").cast(pl.Int64) - 1
    start = starts.gather(pl.when(ordinal.is_not_null()).then(index))
    day = ordinal - start
    in_summer = day < _SUMMER_DAYS
    month = pl.when(in_summer).then(day // 31).otherwise(6 + (day - _SUMMER_DAYS) // 30)
    first = month // months * months
    in_year = pl.when(first <= 6).then(first * 31).otherwise(_SUMMER_DAYS + (first - 6) * 30)
    return start + in_year


def date_text(ordinal: int) -> str:
    """A day as it is written in the calendar: 1404-08-23."""
    number = month_number(ordinal)
    year, month = divmod(number, 12)
    return f"{year:04d}-{month + 1:02d}-{ordinal - month_ordinal(number) + 1:02d}"


def _days_before(month: int) -> int:
    """The days of a year before its month, counted from nought."""
    return month * 31 if month <= 6 else _SUMMER_DAYS + (month - 6) * 30


@cache
def _year_starts() -> list[int]:
    """The ordinals of the first days of all years."""
    from persiantools.jdatetime import MAXYEAR, MINYEAR, JalaliDate

    def is_leap(year: int) -> bool:
        known = MINYEAR <= year <= MAXYEAR
        return JalaliDate.is_leap(year) if known else (25 * year + 11) % 33 < 8

    first: int = JalaliDate(MINYEAR, 1, 1).to_gregorian().toordinal()
    days = [365 + is_leap(year) for year in range(_FIRST_YEAR, _LAST_YEAR)]
    starts = [first - sum(days[: MINYEAR - _FIRST_YEAR])]
    for length in days:
        starts.append(starts[-1] + length)
    return starts
