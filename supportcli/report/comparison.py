"""How a row of a report differs from another, and whether chance alone makes such a difference.

Everything here works on finished rows, whose values are taken to be independent of each other.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from supportcli.kpis.distributions import binomial_mid_p, student_95
from supportcli.kpis.statistics import Z_95
from supportcli.report.model import Change, Row

_CHANCE: Final = 0.05

Interval = tuple[float | None, float | None]


def compare(
    now: Row, before: Row, statistic: str, better: str | None, *, times_as_long: float = 1.0
) -> Change | None:
    """How far `now` lies from `before`; None where one of them is unknown.

    `statistic` and `better` are those of the KPI. The time of `now` is `times_as_long` as that of
    `before`: counts are judged by their rates. Of what has no interval (sums, stocks) nothing is
    said but the change.
    """
    if now.value is None or before.value is None:
        return None
    change = trend = now.value - before.value
    if statistic in _SHARES:
        low, high = _square_and_add(now, before)
        is_noise = _shares_are_alike(now, before)
    elif statistic in _COUNTS:
        low, high = _square_and_add(_with_poisson(now), _with_poisson(before))
        is_noise = _rates_are_alike(int(now.value), int(before.value), times_as_long)
        trend = now.value - times_as_long * before.value
    else:
        low, high = (_welch if statistic in _MEANS else _square_and_add)(now, before)
        is_noise = None if low is None or high is None else low <= 0 <= high
    verdict = None if is_noise is not False else _verdict(trend, better)
    return Change(change, low, high, is_noise, verdict)


_SHARES: Final = ("share", "share_of_total", "retention")
_COUNTS: Final = ("count", "distinct", "newcomers")
_MEANS: Final = ("mean", "mean_of_counts")


def _verdict(trend: float, better: str | None) -> str | None:
    if better is None or not trend:
        return None
    return "better" if (trend > 0) == (better == "higher") else "worse"


def _square_and_add(now: Row, before: Row) -> Interval:
    """The interval of a difference from those of its two values (MOVER; Zou and Donner 2008).

    Of two shares with Wilson's intervals it is method 10 of Newcombe (1998).
    """
    ours, theirs = _bounded(now), _bounded(before)
    if ours is None or theirs is None:
        return None, None
    (low, value, high), (other_low, other, other_high) = ours, theirs
    change = value - other
    down = math.hypot(value - low, other_high - other)
    up = math.hypot(high - value, other - other_low)
    return change - down, change + up


def _bounded(row: Row) -> tuple[float, float, float] | None:
    """A value between the ends of its interval; None where it lacks one of them."""
    if row.value is None or row.low is None or row.high is None:
        return None
    return row.low, row.value, row.high


def _shares_are_alike(now: Row, before: Row) -> bool | None:
    """Whether two shares may be one: the test of two proportions, pooled (Pearson 1900).

    Where all or none have it on both sides, nothing speaks against it.
    """
    if now.numerator is None or before.numerator is None:
        return None
    if not now.denominator or not before.denominator:
        return None
    whole = now.denominator + before.denominator
    having = now.numerator + before.numerator
    # z squared, as a ratio of whole numbers until the last step, so that no root of zero divides.
    apart = now.numerator * before.denominator - before.numerator * now.denominator
    spread = having * (whole - having) * now.denominator * before.denominator
    return not apart or apart * apart * whole <= Z_95**2 * spread


def _with_poisson(row: Row) -> Row:
    """A count with the score interval of a Poisson count, the twin of Wilson's (Barker 2002)."""
    assert row.value is not None
    centre = row.value + Z_95**2 / 2
    half = Z_95 * math.sqrt(row.value + Z_95**2 / 4)
    return replace(row, low=max(0.0, centre - half), high=centre + half)


def _rates_are_alike(now: int, before: int, times_as_long: float) -> bool:
    """Whether two Poisson counts may be of one rate (Przyborowski and Wilenski 1940).

    Given their sum, the one of them is binomial, with the share of its time in the whole time.
    """
    share = times_as_long / (1 + times_as_long)
    return binomial_mid_p(now, now + before, share) > _CHANCE


def _welch(now: Row, before: Row) -> Interval:
    """The interval of a difference of means whose spreads may differ (Welch 1947).

    None where no spread was seen: that every value was the same says nothing of the next one.
    """
    if now.value is None or before.value is None or now.error is None or before.error is None:
        return None, None
    error = math.hypot(now.error, before.error)
    if not error or min(now.n, before.n) < 2:
        return None, None
    # The degrees of freedom of Satterthwaite (1946), from shares so that nothing overflows.
    of_now, of_before = (now.error / error) ** 2, (before.error / error) ** 2
    freedom = 1 / (of_now**2 / (now.n - 1) + of_before**2 / (before.n - 1))
    half = student_95(freedom) * error
    change = now.value - before.value
    return change - half, change + half
