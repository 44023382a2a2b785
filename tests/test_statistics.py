"""The statistics against chance and against definitions: 95 % of 95 % intervals hold the truth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportcli.kpis import statistics
from supportcli.kpis.statistics import Estimate

REPETITIONS = 4_000
"""With so many, a coverage of 95 % is measured to 0.35 points (one standard error)."""

SIZES = (30, 100, 1_000)

Draw = Callable[[random.Random], int]


def covered(
    truth: float, draw: Draw, estimate: Callable[[list[int]], Estimate], size: int
) -> float:
    """The share of samples whose interval holds the truth."""
    chance = random.Random(size)  # noqa: S311
    hits = 0
    for _ in range(REPETITIONS):
        found = estimate([draw(chance) for _ in range(size)])
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    return hits / REPETITIONS


def mean_of(values: Sequence[int]) -> Estimate:
    """The mean with its interval."""
    return statistics.mean(len(values), sum(values), sum(value * value for value in values))


def quantile_of(q: float) -> Callable[[list[int]], Estimate]:
    """What gives the quantile with its interval."""

    def estimate(values: list[int]) -> Estimate:
        values.sort()
        place = statistics.quantile_positions(len(values), q)
        below, above = values[place.below], values[place.above]
        assert place.low is not None
        assert place.high is not None
        value = below + (above - below) * place.weight
        return Estimate(value, values[place.low], values[place.high])

    return estimate


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("around", [0.1, 0.5, 0.9])
def test_intervals_of_shares_hold_the_truth(around: float, size: int) -> None:
    """Wilson's interval covers shares near 10, 50 and 90 % in 93 to 97 % of samples.

    A share of few values can take few values, so that its coverage jumps from one true share to
    the next; the truth is drawn anew for each sample, within 5 points.
    """
    chance = random.Random(size)  # noqa: S311
    hits = 0
    for _ in range(REPETITIONS):
        truth = chance.uniform(around - 0.05, around + 0.05)
        found = statistics.share(sum(chance.random() < truth for _ in range(size)), size)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / REPETITIONS <= 0.97


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sigma", [0.1, 0.3])
def test_intervals_of_means_hold_the_truth(sigma: float, size: int) -> None:
    """The interval of a mean covers it for durations that are nearly normal, and for skewed ones.

    They are lognormal with a median of ten minutes, their skewness 0.3 and 0.95. More skew needs
    more values than 30: at 1.75 the normal interval covers 92.5 %.
    """

    def draw(chance: random.Random) -> int:
        return round(600_000 * chance.lognormvariate(0, sigma))

    truth = 600_000 * math.exp(sigma**2 / 2)
    assert 0.93 <= covered(truth, draw, mean_of, size) <= 0.97


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("promoters", "detractors"), [(0.5, 0.2), (0.4, 0.4)])
def test_intervals_of_nps_hold_the_truth(promoters: float, detractors: float, size: int) -> None:
    """The interval of NPS covers it: it is the mean of 100, 0 and -100."""

    def draw(chance: random.Random) -> int:
        place = chance.random()
        return 100 if place < promoters else -100 if place < promoters + detractors else 0

    truth = 100 * (promoters - detractors)
    assert 0.93 <= covered(truth, draw, mean_of, size) <= 0.97


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_intervals_of_quantiles_hold_the_truth(q: float, size: int) -> None:
    """The order statistics cover the median and the 90th percentile of exponential waits."""

    def draw(chance: random.Random) -> int:
        return round(chance.expovariate(1 / 600_000))

    truth = -600_000 * math.log1p(-q)
    assert 0.93 <= covered(truth, draw, quantile_of(q), size) <= 0.97


def coverage_of_ranks(count: int, q: float) -> float:
    """The exact probability that the interval of a quantile holds it, whatever the distribution.

    The r-th value lies at or under the quantile when at least r values do, each with chance q.
    """
    place = statistics.quantile_positions(count, q)
    least = 0 if place.low is None else place.low + 1
    most = count if place.high is None else place.high
    chance = Fraction(q).limit_denominator(10)
    return float(
        sum(
            math.comb(count, under) * chance**under * (1 - chance) ** (count - under)
            for under in range(least, most + 1)
        )
    )


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_intervals_of_quantiles_never_promise_too_much(q: float) -> None:
    """Up to 120 values the order statistics cover at least 95 %, in whole numbers."""
    for count in range(1, 121):
        assert coverage_of_ranks(count, q) >= 0.95


def test_intervals_of_quantiles_have_ends_where_they_can() -> None:
    """A median has both ends from 6 values, a 90th percentile from 29; before, not the upper."""
    ends = {
        (q, count): statistics.quantile_positions(count, q)
        for q in (0.5, 0.9)
        for count in (5, 6, 28, 29)
    }
    assert (None, None) == (ends[0.5, 5].low, ends[0.5, 5].high)
    assert (0, 5) == (ends[0.5, 6].low, ends[0.5, 6].high)
    assert ends[0.9, 28].high is None
    assert 28 == ends[0.9, 29].high


def test_the_factors_of_few_values_are_those_of_student() -> None:
    """Two values have the interval of Student's distribution with one degree of freedom."""
    found = statistics.mean(2, 10, 68)
    assert (5.0, 5 - 12.706205 * 3, 5 + 12.706205 * 3) == pytest.approx(
        (found.value, found.low, found.high)
    )


def median_by_definition(events: Sequence[int], censored: Sequence[int]) -> int | None:
    """The least time at which the product of 1 - d / n over the times of events is at most half.

    d is how many events a time has, n how many of both kinds had not happened before it.
    """
    curve = Fraction(1)
    for time in sorted(set(events)):
        at_risk = sum(one >= time for one in (*events, *censored))
        curve *= 1 - Fraction(events.count(time), at_risk)
        if curve <= Fraction(1, 2):
            return time
    return None


FEW_TIMES = st.lists(st.integers(0, 12), max_size=40)
MANY_TIMES = st.lists(st.integers(0, 10**9), max_size=60)


@given(st.one_of(st.tuples(FEW_TIMES, FEW_TIMES), st.tuples(MANY_TIMES, MANY_TIMES)))
def test_the_kaplan_meier_median_is_that_of_the_definition(
    times: tuple[list[int], list[int]],
) -> None:
    """The median is exactly that of the naive product in fractions, with ties and without."""
    events, censored = sorted(times[0]), sorted(times[1])
    expected = median_by_definition(events, censored)
    assert expected == statistics.kaplan_meier_median(events, censored)


@given(MANY_TIMES)
def test_who_is_only_censored_has_no_kaplan_meier_median(censored: list[int]) -> None:
    """Where nothing ever happened, the curve stays at one, and there is no median."""
    assert None is statistics.kaplan_meier_median([], sorted(censored))


@pytest.mark.parametrize(("left", "expected"), [(3, 2), (4, None)])
def test_a_curve_exactly_at_one_half_has_its_median(left: int, expected: int | None) -> None:
    """10/12, then, after censorings, 3/5 make one half and a median; 4/5 in place of it do not."""
    events = [1, 1, *[2] * (5 - left)]
    censored = [*[1] * 5, *[3] * left]
    assert expected == statistics.kaplan_meier_median(events, censored)
