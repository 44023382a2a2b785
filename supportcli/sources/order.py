"""Day first or month first: what a whole file says about dates such as 3/2/26.

One order holds for all dates of a file. A value whose first number is above 12 shows that the day
comes first, one whose second number is, that the month does; where neither occurs, seconds since
1970 in another column may tell, as in the ids of Asterisk's calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources.written import JALALI_YEARS, UNSURE_YEARS, Style, parts, read_written
from supportcli.words import marked

ORDERS: Final = ("dmy", "mdy")
"""What `--date-order` may say: the day first, or the month."""

SAID: Final = {"dmy": marked("day first"), "mdy": marked("month first")}

_LIKELY: Final = (
    r"(?:^|[^\p{Nd}])\p{Nd}{1,2}\s?[/.\-]\s?\p{Nd}{1,2}\s?[/.\-]\s?\p{Nd}{2}"
    r"|^[^\p{Nd}]*\p{Nd}{1,2}\s+\p{Nd}{1,2}\s+\p{Nd}{2}"
)
"""What a date that ends in the year looks like, found faster than the reader finds it."""

_DOTTED: Final = r"(?:^|[^\p{Nd}])\p{Nd}{1,2}\s?\.\s?\p{Nd}{1,2}\s?\.\s?\p{Nd}{2}"
_EPOCH: Final = r"^[0-9]{9,10}(?:\.[0-9]+)?$"
_ZONES_APART_S: Final = 26 * 3_600
"""Local times of one moment lie no farther apart."""


@dataclass(frozen=True)
class Evidence:
    """The first value of one column that shows each order, and the first that shows none.

    `twelve_hours` says whether the column has a clock of twelve hours, `dotted` whether every
    value that shows no order has full stops: 02.03.2026.
    """

    dmy: str | None = None
    mdy: str | None = None
    open: str | None = None
    twelve_hours: bool = False
    dotted: bool = True

    @property
    def shown(self) -> set[str]:
        """The orders that some value shows."""
        return {order for order in ORDERS if getattr(self, order) is not None}


def likely(text: pl.Expr) -> pl.Expr:
    """The texts that may be dates that end in the year."""
    return text.filter(text.str.contains(_LIKELY))


def evidence(texts: pl.Series, *, jalali: bool) -> Evidence:
    """What the values of one column show; a Jalali file writes years of two digits first."""
    found = parts(texts).select(
        first=pl.col("a").cast(pl.Int64),
        second=pl.col("b").cast(pl.Int64),
        year=pl.col("y5").cast(pl.Int64),
        half=pl.coalesce("^p[0-4]$"),
    )
    asks = pl.col("year").is_between(JALALI_YEARS[0], UNSURE_YEARS[1]).not_()
    if jalali:
        asks &= pl.col("year") > 99
    found = found.with_columns(text=texts.cast(pl.String)).filter(
        pl.col("first").is_not_null() & asks
    )
    first, second = pl.col("first"), pl.col("second")
    is_open = first.is_between(1, 12) & second.is_between(1, 12) & (first != second)

    def one(holds: pl.Expr) -> str | None:
        rows = found.filter(holds).head(1)
        return str(rows["text"][0]) if rows.height else None

    return Evidence(
        dmy=one((first > 12) & (first <= 31) & second.is_between(1, 12)),
        mdy=one((second > 12) & (second <= 31) & first.is_between(1, 12)),
        open=one(is_open),
        twelve_hours=found["half"].null_count() < found.height,
        dotted=bool(found.filter(is_open)["text"].str.contains(_DOTTED).all()),
    )


def together(columns: Iterable[Evidence]) -> Evidence:
    """What all columns of a file show; of each kind of value the first there is."""
    whole = Evidence()
    for one in columns:
        whole = replace(
            whole,
            dmy=whole.dmy or one.dmy,
            mdy=whole.mdy or one.mdy,
            open=whole.open or one.open,
            twelve_hours=whole.twelve_hours or (one.open is not None and one.twelve_hours),
            dotted=whole.dotted and one.dotted,
        )
    return whole


def check_one_order(file: str, shown: Evidence) -> None:
    """Raise InputError where some values have the day first and some the month."""
    if shown.dmy is not None and shown.mdy is not None:
        raise InputError(
            f'{file}: its dates have the day first ("{shown.dmy}") and the month first '
            f'("{shown.mdy}")',
            hint="--date-order dmy or mdy says which is meant, and the others become rejects",
        )


def order_by_epoch(sample: pl.DataFrame, dates: Iterable[pl.Series]) -> str | None:
    """The order in which the dates of the first rows agree with an epoch in the same row."""
    epochs = [column for column in map(_epoch_s, sample.get_columns()) if column is not None]
    dates = list(dates)
    stamps = {
        order: [read_written(column, Style(order))["local"] for column in dates] for order in ORDERS
    }
    # Dates that are the same in either order agree with any epoch beside them, and tell nothing.
    differ = [one.ne_missing(other) for one, other in zip(*stamps.values(), strict=True)]
    agreeing = {
        order: any(
            _agree(stamp.filter(told), epoch.filter(told))
            for stamp, told in zip(stamps[order], differ, strict=True)
            for epoch in epochs
        )
        for order in ORDERS
    }
    fitting = [order for order in ORDERS if agreeing[order]]
    return fitting[0] if len(fitting) == 1 else None


def _epoch_s(column: pl.Series) -> pl.Series | None:
    """A column as seconds since 1970, where most of its values are such."""
    if column.dtype != pl.String:
        return None
    shaped = column.str.contains(_EPOCH).fill_null(value=False)
    values = len(column) - column.null_count()
    if 2 * int(shaped.sum()) <= values:
        return None
    return column.set(~shaped, None).cast(pl.Float64)


def _agree(stamps: pl.Series, epoch_s: pl.Series) -> bool:
    """Whether times and epochs of the same rows are of the same moments, in whatever zone."""
    apart = (stamps.dt.timestamp("ms") / 1_000 - epoch_s).abs().drop_nulls()
    return len(apart) > 0 and bool((apart <= _ZONES_APART_S).all())


def order_of_format(form: str) -> str | None:
    """The order in which a format has day and month as numbers before a year."""
    directives = "".join(re.findall(r"%-?([dmyY])", form)).lower()
    return directives if directives in ORDERS else None


def orders_of_formats(formats: Sequence[str]) -> set[str]:
    """The orders that a list of formats holds."""
    return {order for order in map(order_of_format, formats) if order is not None}


def has_arabic_headers(columns: Sequence[str]) -> bool:
    """Whether most of the names of columns are in the Arabic script."""
    arabic = sum(bool(re.search("[\u0600-\u06ff]", name)) for name in columns)
    return 2 * arabic > len(columns)


def default_order(order: str | None, shown: Evidence, columns: Sequence[str]) -> str | None:
    """The order of a file whose values show none: what its source says, or its language.

    Dates with full stops have the day first wherever people write them.
    """
    if shown.dotted:
        return "dmy"
    if order == "by_clock":
        return "mdy" if shown.twelve_hours else "dmy"
    return order or ("dmy" if has_arabic_headers(columns) else None)


def undecided(file: str, shown: Mapping[str, Evidence]) -> InputError:
    """The refusal of a file whose dates nothing decides, with a column and a value of it."""
    column, value = next((name, one.open) for name, one in shown.items() if one.open)
    return InputError(
        f'{file} ({column}): no value shows whether dates such as "{value}" have the day first '
        "or the month",
        hint="say it: --date-order dmy or mdy",
    )
