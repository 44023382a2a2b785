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


def month_number(ordinal: int) -> int:
    """The month in which a day lies."""
    return bisect_right(_month_starts(), ordinal) - 1 + _FIRST_YEAR * 12


def month_ordinal(number: int) -> int:
    """The ordinal of the first day of a month, or of the nearest one that is known."""
    starts = _month_starts()
    return starts[min(max(number - _FIRST_YEAR * 12, 0), len(starts) - 1)]


def period_ordinal(ordinal: pl.Expr, months: int) -> pl.Expr:
    """The ordinal of the first day of the month, quarter or year in which each day lies."""
    starts = pl.lit(pl.Series(_month_starts()[::months]))
    index = starts.search_sorted(ordinal, side="right").cast(pl.Int64) - 1
    return starts.gather(pl.when(ordinal.is_not_null()).then(index))


def date_text(ordinal: int) -> str:
    """A day as it is written in the calendar: 1404-08-23."""
    number = month_number(ordinal)
    year, month = divmod(number, 12)
    return f"{year:04d}-{month + 1:02d}-{ordinal - month_ordinal(number) + 1:02d}"


@cache
def _month_starts() -> list[int]:
    """The ordinals of the first days of all months: six of 31 days, five of 30, one of 29 or 30."""
    from persiantools.jdatetime import MAXYEAR, MINYEAR, JalaliDate

    def is_leap(year: int) -> bool:
        known = MINYEAR <= year <= MAXYEAR
        return JalaliDate.is_leap(year) if known else (25 * year + 11) % 33 < 8

    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    lengths = [days for year in years for days in (*[31] * 6, *[30] * 5, 29 + is_leap(year))]
    before = sum(lengths[: (MINYEAR - _FIRST_YEAR) * 12])
    starts = [JalaliDate(MINYEAR, 1, 1).to_gregorian().toordinal() - before]
    for days in lengths:
        starts.append(starts[-1] + days)
    return starts
