"""The distributions that comparisons rest on, from one function: the incomplete beta function."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

_PRECISION: Final = 1e-15
_TINY: Final = 1e-300
_HALVINGS: Final = 60


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    By its continued fraction (DLMF 8.17.22), on the side of the mean where it converges fast.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    logarithm += a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)), by the method of Lentz (1976)."""
    value, above, below = 1.0, 1.0, 0.0
    # It settles within some multiples of the root of the greater parameter.
    for step in range(1, 200 + 20 * math.isqrt(math.ceil(max(a, b)))):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        below = 1 / _away_from_zero(1 + term * below)
        above = _away_from_zero(1 + term / above)
        value *= above * below
        if abs(above * below - 1) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


@lru_cache(maxsize=4096)
def student_95(freedom: float) -> float:
    """The 97.5 % quantile of Student's distribution; `freedom` is any number from 1 on."""
    low, high = 1.9, 13.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if beta_share(middle**2 / (freedom + middle**2), 0.5, freedom / 2) < 0.95:
            low = middle
        else:
            high = middle
    return high


def binomial_mid_p(successes: int, trials: int, share: float) -> float:
    """How likely chance strays as far from `share` as this or farther: two-sided, mid-P.

    Half of the probability of the outcome itself counts (Lancaster 1961), which makes the test
    err about as often as it says, where the exact one is too careful (Berry and Armitage 1995).
    """
    upper = (_at_least(successes, trials, share) + _at_least(successes + 1, trials, share)) / 2
    return 2 * min(upper, 1 - upper)


def _at_least(successes: int, trials: int, share: float) -> float:
    if successes <= 0 or successes > trials:
        return float(successes <= 0)
    return beta_share(share, successes, trials - successes + 1)
