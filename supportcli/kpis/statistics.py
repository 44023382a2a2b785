"""The closed set of statistics: how the measures of a group become a value with its interval.

Everything here works on *parts* of a group that can be merged: how many values, their integer sum
and sum of squares, and the sorted values themselves. Division comes last.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

Z_95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

_STUDENT_95: Final = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157,
    2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922,
    2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831,
    2.048407, 2.045230,
)  # fmt: skip
"""The 97.5 % quantiles of Student's distribution with 1 to 29 degrees of freedom."""

_TAIL: Final = 0.025
"""What a 95 % interval leaves out at either end."""

_EXACT_RANKS_UP_TO: Final = 2_000

_NEAR_HALF: Final = 1e-9

QUANTILES: Final = {"median": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; every part is None where it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None


def share(numerator: int, denominator: int) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927)."""
    if not denominator:
        return Estimate(None)
    n, p = denominator, numerator / denominator
    centre = (p + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * math.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n))
    low = 0.0 if numerator == 0 else centre - half
    high = 1.0 if numerator == denominator else centre + half
    return Estimate(p, low, high)


def mean(count: int, total: int, squares: int) -> Estimate:
    """The mean of integers with the interval of the mean: normal from 30 values, else Student's.

    The variance is taken from exact integer sums, so that the order of rows cannot change it.
    """
    if not count:
        return Estimate(None)
    value = total / count
    if count == 1:
        return Estimate(value)
    factor = Z_95 if count >= 30 else _STUDENT_95[count - 2]
    half = factor * (standard_error(count, total, squares) or 0.0)
    return Estimate(value, value - half, value + half)


def standard_error(count: int, total: int, squares: int) -> float | None:
    """The standard error of the mean of integers; None of fewer than two."""
    if count < 2:
        return None
    return math.sqrt((count * squares - total * total) / (count * (count - 1)) / count)


LEAST_FOR_LINE: Final = 30
"""Of fewer points no line is drawn."""


def slope(count: int, against: tuple[int, int], values: tuple[int, int], products: int) -> Estimate:
    """The slope of values over another variable by ordinary least squares, with its interval.

    `against` and `values` are each the sum and the sum of squares, `products` is the sum of their
    products: whole numbers, so that the order of rows cannot change the slope. The interval is the
    normal one of the slope's standard error (Draper and Smith 1998, section 1.4).
    """
    width = count * against[1] - against[0] ** 2
    if count < LEAST_FOR_LINE or not width:
        return Estimate(None)
    together = count * products - against[0] * values[0]
    value = together / width
    height = count * values[1] - values[0] ** 2
    # What the line leaves unexplained, in whole numbers: nought where the points lie on it.
    left = max(height * width - together * together, 0)
    half = Z_95 * math.sqrt(left / (count - 2)) / width
    return Estimate(value, value - half, value + half)


@dataclass(frozen=True)
class Positions:
    """Where a quantile and the ends of its interval stand among sorted values, from 0.

    The value is between `below` and `above`, `weight` of the way; an end is None where so few
    values cannot bound it.
    """

    below: int
    above: int
    weight: float
    low: int | None
    high: int | None


@lru_cache(maxsize=4096)
def quantile_positions(count: int, q: float) -> Positions:
    """The positions of a quantile among `count` sorted values, by linear interpolation.

    The interval is that of order statistics (Conover 1999, section 3.2): the ranks whose binomial
    probability of enclosing the quantile is at least 95 %. Its ends leave out 2.5 % each; where
    even the greatest value leaves out more, it is the upper end if the lower can make up for it.
    """
    rank = (count - 1) * q
    below = math.floor(rank)
    low, high = _interval_ranks(count, q)
    return Positions(below, min(below + 1, count - 1), rank - below, low, high)


def _interval_ranks(count: int, q: float) -> tuple[int | None, int | None]:
    if count > _EXACT_RANKS_UP_TO:
        half = Z_95 * math.sqrt(count * q * (1 - q))
        return math.floor(count * q - half) - 1, math.ceil(count * q + half)
    cumulative = list(accumulate(_binomial(count, q)))
    # Largest rank r with P(X < r) <= 2.5 %, and the smallest s with P(X >= s) <= 2.5 %.
    low = bisect.bisect_right(cumulative, _TAIL)
    high = bisect.bisect_left(cumulative, 1 - _TAIL) + 1
    left_below = 2 * _TAIL - q**count
    if high > count and left_below >= cumulative[0]:
        low, high = bisect.bisect_right(cumulative, left_below), count
    return (low - 1 if low >= 1 else None), (high - 1 if high <= count else None)


def _binomial(count: int, q: float) -> list[float]:
    """The probabilities of 0 to `count` successes, by logarithms so that none vanishes early."""
    log_q, log_p = math.log(q), math.log1p(-q)
    whole = math.lgamma(count + 1)
    return [
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(count - k + 1)
            + k * log_q
            + (count - k) * log_p
        )
        for k in range(count + 1)
    ]


def kaplan_meier_median(events: Sequence[int], censored: Sequence[int]) -> int | None:
    """The least time at which the Kaplan-Meier curve is at or under one half (Kaplan, Meier 1958).

    Both sequences are sorted; at one time, events come before censorings. Between two censorings
    the curve telescopes to (at risk after) / (at risk before), so it is a product of one ratio a
    block; where it comes near one half it is compared in whole numbers, exactly.
    """
    at_risk = block_start = len(events) + len(censored)
    blocks: list[tuple[int, int]] = []
    curve = 1.0
    position = gone = 0
    while position < len(events):
        time = events[position]
        until = bisect.bisect_left(censored, time)
        if until > gone:
            blocks.append((at_risk, block_start))
            curve *= at_risk / block_start
            at_risk -= until - gone
            gone, block_start = until, at_risk
        after = bisect.bisect_right(events, time)
        at_risk -= after - position
        position = after
        if _at_most_half(curve, blocks, at_risk, block_start):
            return time
    return None


def _at_most_half(curve: float, blocks: list[tuple[int, int]], left: int, of: int) -> bool:
    """Whether the blocks so far, with `left` of `of` in the present one, are at most one half."""
    value = curve * left / of
    if abs(value - 0.5) > _NEAR_HALF:
        return value < 0.5
    survivors = left * _product([after for after, _ in blocks])
    return 2 * survivors <= of * _product([before for _, before in blocks])


def _product(numbers: list[int]) -> int:
    """The product of many numbers, by halves, so that the factors stay of a size."""
    if len(numbers) < 8:
        return math.prod(numbers)
    middle = len(numbers) // 2
    return _product(numbers[:middle]) * _product(numbers[middle:])
