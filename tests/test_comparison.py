"""Comparing values: published examples, and how often chance is taken for a change."""

from __future__ import annotations

import math
import random
import statistics as standard
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from supportcli.kpis import statistics
from supportcli.kpis.distributions import beta_share, binomial_mid_p, student_95
from supportcli.report.comparison import compare
from supportcli.report.model import Change, Row


def row(value: float | None, n: int, **more: object) -> Row:
    """A row of any KPI for the total."""
    return replace(Row(None, None, "any", value, "any", n), **more)  # type: ignore[arg-type]


def share_row(numerator: int, denominator: int) -> Row:
    """A share as reports have it."""
    made = statistics.share(numerator, denominator)
    return row(
        made.value,
        denominator,
        low=made.low,
        high=made.high,
        numerator=numerator,
        denominator=denominator,
    )


def mean_row(values: Sequence[float]) -> Row:
    """A mean with its standard error."""
    error = standard.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    return row(standard.fmean(values), len(values), error=error)


def quantile_row(values: Sequence[int], q: float) -> Row:
    """A quantile with the interval of its order statistics."""
    ordered = sorted(values)
    place = statistics.quantile_positions(len(ordered), q)
    below, above = ordered[place.below], ordered[place.above]
    return row(
        below + (above - below) * place.weight,
        len(ordered),
        low=None if place.low is None else ordered[place.low],
        high=None if place.high is None else ordered[place.high],
    )


def change_of(now: Row, before: Row, statistic: str, better: str | None = None) -> Change:
    """The change between two values that are known."""
    change = compare(now, before, statistic, better)
    assert change is not None
    return change


NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]
"""Two shares and the interval of their difference by method 10: Newcombe, Interval estimation for
the difference between independent proportions, Statistics in Medicine 17 (1998), table II."""


@pytest.mark.parametrize(("now", "before", "expected"), NEWCOMBE)
def test_shares_differ_as_published(
    now: tuple[int, int], before: tuple[int, int], expected: tuple[float, float]
) -> None:
    """The interval of a difference of shares is that of Newcombe's table."""
    change = change_of(share_row(*now), share_row(*before), "share")
    assert expected[0] == pytest.approx(change.low, abs=0.00006)
    assert expected[1] == pytest.approx(change.high, abs=0.00006)


SLEEP = (
    (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
)
"""Extra hours of sleep under two drugs: Student, The probable error of a mean, Biometrika 6
(1908); as the data set `sleep` in R, whose `t.test` gives the interval below."""


def test_means_differ_as_published() -> None:
    """Welch's interval of Student's data of sleep is the one that R prints in its manual."""
    change = change_of(mean_row(SLEEP[0]), mean_row(SLEEP[1]), "mean")
    assert pytest.approx(change.value) == -1.58
    assert pytest.approx(change.low, abs=1e-7) == -3.3654832
    assert pytest.approx(change.high, abs=1e-7) == 0.2054832
    assert change.is_noise is True


STUDENT = {1: 12.706, 2: 4.303, 5: 2.571, 10: 2.228, 30: 2.042, 60: 2.000, 100: 1.984}
"""NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, the column 0.975."""


@pytest.mark.parametrize(("freedom", "expected"), STUDENT.items())
def test_students_quantiles(freedom: int, expected: float) -> None:
    """The quantiles of Student's distribution are those of the tables."""
    assert expected == pytest.approx(student_95(freedom), abs=0.0005)


def test_students_quantile_becomes_the_normal_one() -> None:
    """With many degrees of freedom nothing is left of Student's tails."""
    assert statistics.Z_95 == pytest.approx(student_95(1e7), abs=1e-6)


@pytest.mark.parametrize(
    "share", [Fraction(1, 50), Fraction(1, 3), Fraction(1, 2), Fraction(9, 10)]
)
@pytest.mark.parametrize("trials", [1, 7, 40, 300])
def test_the_incomplete_beta_adds_up_binomials(trials: int, share: Fraction) -> None:
    """I_x(k, n - k + 1) is the probability of k or more of n, here summed in whole numbers."""
    for least in range(1, trials + 1, max(1, trials // 12)):
        exact = sum(
            math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
            for k in range(least, trials + 1)
        )
        found = beta_share(float(share), least, trials - least + 1)
        assert float(exact) == pytest.approx(found, rel=1e-9, abs=1e-14)


def test_the_mid_p_of_a_small_count() -> None:
    """Three of ten at one half: P(X < 3) and half of P(X = 3), both sides."""
    assert 2 * (56 + 120 / 2) / 1024 == pytest.approx(binomial_mid_p(3, 10, 0.5))
    assert 1.0 == pytest.approx(binomial_mid_p(5, 10, 0.5))


def shares_of(chance: random.Random, n: int) -> Row:
    """A share of n with a third in it."""
    return share_row(sum(chance.random() < 1 / 3 for _ in range(n)), n)


def means_of(chance: random.Random, n: int) -> Row:
    """A mean of n waits, a third of whose logarithm is as uneven as real ones."""
    return mean_row([chance.lognormvariate(0, 1 / 3) for _ in range(n)])


def counts_of(chance: random.Random, n: int) -> Row:
    """How many of many rare things happened where n are expected: a Poisson count."""
    count, time = 0, chance.expovariate(1)
    while time < n:
        count, time = count + 1, time + chance.expovariate(1)
    return row(count, count)


def medians_of(chance: random.Random, n: int) -> Row:
    """A median of n waits in milliseconds."""
    return quantile_row([round(1000 * chance.lognormvariate(0, 1)) for _ in range(n)], 0.5)


def p90s_of(chance: random.Random, n: int) -> Row:
    """A 90th percentile of n waits in milliseconds."""
    return quantile_row([round(1000 * chance.lognormvariate(0, 1)) for _ in range(n)], 0.9)


Draw = Callable[[random.Random, int], Row]
SIZES = (30, 100, 1000)
TESTED: list[tuple[str, Draw, int]] = [
    (statistic, draw, n)
    for statistic, draw in (("share", shares_of), ("mean", means_of), ("count", counts_of))
    for n in SIZES
]
ENCLOSED: list[tuple[str, Draw, int]] = [
    *(("median", medians_of, n) for n in SIZES),
    *(("p90", p90s_of, n) for n in SIZES[1:]),  # thirty values bound no 90th percentile
]


@cache
def pairs(statistic: str, draw: Draw, n: int) -> list[Change]:
    """The changes between many a pair of draws of one distribution."""
    chance = random.Random(f"{statistic} {n}")  # noqa: S311  must be repeatable, not secret
    runs = 2_000 if n < 1000 else 500
    return [change_of(draw(chance, n), draw(chance, n), statistic) for _ in range(runs)]


@pytest.mark.parametrize(("statistic", "draw", "n"), TESTED)
def test_chance_is_rarely_taken_for_a_change(statistic: str, draw: Draw, n: int) -> None:
    """Where nothing changed, three to seven in a hundred changes are called more than noise."""
    changes = pairs(statistic, draw, n)
    alarms = sum(change.is_noise is False for change in changes)
    assert 0.03 <= alarms / len(changes) <= 0.07


@pytest.mark.parametrize(("statistic", "draw", "n"), [*TESTED, *ENCLOSED])
def test_the_interval_holds_the_true_change(statistic: str, draw: Draw, n: int) -> None:
    """At least 93 in a hundred intervals enclose the true difference, which is none."""
    changes = pairs(statistic, draw, n)
    held = [
        change.low is not None and change.high is not None and change.low <= 0 <= change.high
        for change in changes
    ]
    assert 0.93 <= sum(held) / len(changes)


def test_a_count_of_a_longer_time_is_judged_by_its_rate() -> None:
    """310 in 31 days and 280 in 28 days are one rate; 310 and 200 in as many days are not."""
    month, short = row(310, 310), row(280, 280)
    alike = compare(month, short, "count", "lower", times_as_long=31 / 28)
    assert alike is not None
    assert (30, True, None) == (alike.value, alike.is_noise, alike.verdict)
    apart = compare(month, row(200, 200), "count", "lower")
    assert apart is not None
    assert (110, False, "worse") == (apart.value, apart.is_noise, apart.verdict)


@pytest.mark.parametrize("statistic", ["share", "mean", "count", "median", "p90"])
def test_a_value_against_itself_is_noise(statistic: str) -> None:
    """No change is noise, however certain the value is."""
    made = {
        "share": share_row(40, 100),
        "mean": mean_row(SLEEP[0]),
        "count": row(12, 12),
        "median": quantile_row(range(50), 0.5),
        "p90": quantile_row(range(50), 0.9),
    }[statistic]
    change = change_of(made, made, statistic, "higher")
    assert (0, True, None) == (change.value, change.is_noise, change.verdict)


@pytest.mark.parametrize("statistic", ["sum", "stock", "survival", "ratio", "mode", "cost"])
def test_nothing_is_said_of_what_has_no_interval(statistic: str) -> None:
    """Sums, stocks and survival have a change, and neither interval nor verdict."""
    assert Change(30) == compare(row(80, 80), row(50, 50), statistic, "lower")


def test_nothing_is_said_of_spread_that_was_not_seen() -> None:
    """Two values of 5 against two of 4, or one value, do not tell what the next one will be."""
    expected = Change(1.0)
    assert expected == compare(mean_row([5, 5]), mean_row([4, 4]), "mean", "higher")
    assert expected == compare(mean_row([5]), mean_row([3, 4, 5]), "mean", "higher")


def test_the_unknown_has_no_change() -> None:
    """Where one of two values is unknown there is nothing to compare."""
    assert None is compare(row(None, 0), row(5, 5), "count", None)
    assert None is compare(row(5, 5), row(None, 0), "count", None)


@pytest.mark.parametrize(
    ("now", "before", "better", "expected"),
    [
        (90, 50, "higher", "better"),
        (50, 90, "higher", "worse"),
        (90, 50, "lower", "worse"),
        (50, 90, "lower", "better"),
        (50, 90, None, None),
        (50, 52, "higher", None),
    ],
)
def test_the_verdict(now: int, before: int, better: str | None, expected: str | None) -> None:
    """Better or worse is said of a change that is no noise, of a KPI that has a direction."""
    change = change_of(share_row(now, 100), share_row(before, 100), "share", better)
    assert expected == change.verdict
