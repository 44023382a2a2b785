"""Parts to values: how each statistic finishes what a group holds of a measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from supportcli.currency import minor_units
from supportcli.kpis import statistics
from supportcli.kpis.model import SCALE, Kpi
from supportcli.kpis.statistics import Estimate
from supportcli.kpis.taking import Part
from supportcli.words import marked, phrase

EMPTY: Final = marked("nothing to measure: no conversation here has what it takes")
MIXED: Final = marked("sources of different scales meet here")
CURRENCIES: Final = marked("amounts in different currencies meet here")
NEVER: Final = marked("fewer than half came to it within the time seen")
TOO_FEW: Final = phrase(
    "fewer than {least} conversations, or all at one experience", least=statistics.LEAST_FOR_LINE
)


@dataclass(frozen=True)
class Finished:
    """A value with what stands beside it, before it is a row; `unit` where it is its own."""

    value: float | int | None
    n: int
    low: float | None = None
    high: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    why_null: str | None = None
    error: float | None = None
    unit: str | None = None

    @classmethod
    def unknown(cls, reason: str, n: int = 0) -> Finished:
        """A value that cannot be known."""
        return cls(None, n, why_null=reason)


@dataclass(frozen=True)
class Cell:
    """What a value is finished from: the parts of its KPI in a group, and of all groups.

    `fixed_minor` are the fixed costs of the period in the minor unit of `currency`, which are all
    the total's where nobody called.
    """

    kpi: Kpi
    part_of: Callable[[Kpi], Part]
    whole_of: Callable[[Kpi], Part]
    fixed_minor: Fraction
    currency: str
    is_total: bool

    @property
    def part(self) -> Part:
        """The part of the KPI itself."""
        return self.part_of(self.kpi)

    @property
    def beside(self) -> list[Part]:
        """The parts of the other measures that the value is made of."""
        return [self.part_of(one) for one in self.kpi.beside]


def count(number: int) -> Finished:
    """A count, whose n is itself."""
    return Finished(number, number)


def _share(numerator: int, denominator: int) -> Finished:
    estimate = statistics.share(numerator, denominator)
    return Finished(
        estimate.value,
        denominator,
        estimate.low,
        estimate.high,
        numerator,
        denominator,
        None if denominator else EMPTY,
    )


def _share_of_total(cell: Cell) -> Finished:
    return _share(cell.part.count, cell.whole_of(cell.kpi).count)


def _quotient(numerator: int, denominator: int) -> Finished:
    """Two sums, the one by the other: no sample of anything, so without an interval."""
    if not denominator:
        return Finished(None, 0, numerator=numerator, denominator=0, why_null=EMPTY)
    value = numerator / denominator
    return Finished(value, denominator, numerator=numerator, denominator=denominator)


def _ratio(cell: Cell) -> Finished:
    if _is_mixed(cell.part, *cell.beside):
        return Finished.unknown(CURRENCIES)
    return _quotient(cell.part.total, cell.beside[0].total)


def _visitors(cell: Cell) -> Finished:
    return _quotient(cell.part.count, cell.beside[0].count)


def _is_mixed(*parts: Part) -> bool:
    return len({part.kind for part in parts if part.kinds}) > 1 or any(
        part.kinds > 1 for part in parts
    )


def _sum(cell: Cell) -> Finished:
    """A sum of counts is a count; a sum of amounts is money, of so many of them."""
    part = cell.part
    if cell.kpi.unit == "count":
        return count(part.total)
    if part.kinds > 1:
        return Finished.unknown(CURRENCIES, part.count)
    currency = part.kind or cell.currency
    return Finished(part.total / minor_units(currency), part.count, unit=currency)


def _cost(cell: Cell) -> Finished:
    minor = _cost_minor(cell)
    if minor is None:
        return Finished.unknown(EMPTY)
    return Finished(float(minor / minor_units(cell.currency)), cell.part.count)


def _cost_minor(cell: Cell) -> Fraction | None:
    """The costs of a group's own, and its conversations' part of the fixed ones."""
    conversations, all_of_them = cell.beside[0].count, cell.whole_of(cell.kpi.beside[0]).count
    if cell.is_total and not all_of_them:
        return cell.fixed_minor or None
    if not conversations:
        return None
    return cell.part.total + cell.fixed_minor * Fraction(conversations, all_of_them)


def _cost_each(cell: Cell) -> Finished:
    minor, handled = _cost_minor(cell), cell.beside[1].count
    if minor is None or not handled:
        return Finished.unknown(EMPTY)
    return Finished(float(minor / handled / minor_units(cell.currency)), handled)


def _cost_share(cell: Cell) -> Finished:
    minor, revenue = _cost_minor(cell), cell.whole_of(cell.kpi.beside[1])
    if revenue.kinds > 1 or (revenue.kind or cell.currency) != cell.currency:
        return Finished.unknown(CURRENCIES)
    if minor is None or not revenue.total:
        return Finished.unknown(EMPTY)
    return _quotient(round(minor), revenue.total)


def _scaled(estimate: Estimate, count: int, scale: int, error: float | None = None) -> Finished:
    """An estimate in whole units of its KPI."""
    value, low, high = (
        None if number is None else number / scale
        for number in (estimate.value, estimate.low, estimate.high)
    )
    reason = EMPTY if value is None else None
    error = None if error is None else error / scale
    return Finished(value, count, low, high, why_null=reason, error=error)


def _mean(cell: Cell) -> Finished:
    part = cell.part
    if part.kinds > 1:
        return Finished.unknown(MIXED, part.count)
    estimate = statistics.mean(part.count, part.total, part.squares)
    error = statistics.standard_error(part.count, part.total, part.squares)
    return _scaled(estimate, part.count, SCALE[cell.kpi.unit], error)


def _mean_of_counts(cell: Cell) -> Finished:
    """The mean of how often each value occurs."""
    counts = [number for _, number in _tally(cell.part)]
    squares = sum(number * number for number in counts)
    estimate = statistics.mean(len(counts), sum(counts), squares)
    error = statistics.standard_error(len(counts), sum(counts), squares)
    return _scaled(estimate, len(counts), SCALE[cell.kpi.unit], error)


def _mode(cell: Cell) -> Finished:
    """The value that occurs most, the least of a tie."""
    tally = _tally(cell.part)
    if not tally:
        return Finished.unknown(EMPTY)
    most = max(number for _, number in tally)
    return Finished(min(value for value, number in tally if number == most), cell.part.count)


def _tally(part: Part) -> list[tuple[int, int]]:
    """Every value with how often it occurs."""
    if part.values is None:
        return []
    values, counts = part.values.struct.fields
    return list(
        zip(part.values.struct.field(values), part.values.struct.field(counts), strict=True)
    )


def _quantile(cell: Cell) -> Finished:
    part = cell.part
    if not part.count or part.values is None:
        return Finished.unknown(EMPTY)
    values = part.values
    place = statistics.quantile_positions(part.count, statistics.QUANTILES[cell.kpi.statistic])
    below, above = values[place.below], values[place.above]
    estimate = Estimate(
        below + (above - below) * place.weight,
        None if place.low is None else values[place.low],
        None if place.high is None else values[place.high],
    )
    return _scaled(estimate, part.count, SCALE[cell.kpi.unit])


def _survival(cell: Cell) -> Finished:
    part = cell.part
    if part.values is None or part.censored is None:
        return Finished.unknown(EMPTY)
    number = len(part.values) + len(part.censored)
    median = statistics.kaplan_meier_median(part.values.to_list(), part.censored.to_list())
    if median is None:
        return Finished.unknown(NEVER if number else EMPTY, number)
    return Finished(median / SCALE[cell.kpi.unit], number)


def _doubling(cell: Cell) -> Finished:
    """What one doubling of the other variable makes of this one."""
    part = cell.part
    slope = statistics.slope(
        part.count,
        (part.against, part.against_squares),
        (part.total, part.squares),
        part.products,
    )
    if slope.value is None:
        return Finished.unknown(TOO_FEW if part.count else EMPTY, part.count)
    value, low, high = (
        None if number is None else 2.0**number for number in (slope.value, slope.low, slope.high)
    )
    return Finished(value, part.count, low, high)


FINISHERS: Final[Mapping[str, Callable[[Cell], Finished]]] = {
    "count": lambda cell: count(cell.part.count),
    "distinct": lambda cell: count(cell.part.count),
    "newcomers": lambda cell: count(cell.part.count),
    "share": lambda cell: _share(cell.part.total, cell.part.count),
    "retention": lambda cell: _share(cell.part.total, cell.part.count),
    "share_of_total": _share_of_total,
    "ratio": _ratio,
    "visitors": _visitors,
    "sum": _sum,
    "cost": _cost,
    "cost_each": _cost_each,
    "cost_share": _cost_share,
    "mean": _mean,
    "mean_of_counts": _mean_of_counts,
    "mode": _mode,
    "median": _quantile,
    "p90": _quantile,
    "survival": _survival,
    "doubling": _doubling,
}
"""Every statistic but the stock, which needs the parts of other periods."""
