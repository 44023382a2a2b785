"""What goes with satisfaction: the satisfied answers by level of every factor, and how closely.

Every factor is looked at by itself, over the answers that come with a known value of it. That two
things go together does not say that one brings about the other, and every format repeats it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.intake import Intake
from supportcli.kpis.statistics import Z_95, Estimate, share
from supportcli.wording import duration_in_words

NOT_CAUSE: Final = "association, not cause"

SPEARMAN: Final = "rank_correlation"
CRAMER: Final = "cramers_v"

LEAST_ANSWERS: Final = 20
"""How many answers a measure needs: of fewer, nearly any value may come of chance.

It is well above the number of levels that categories have at most.
"""

POSITION: Final = "position\x1f"
"""The column of an answer's place on its scale, 0 to 1."""

SATISFIED: Final = "is_satisfied"

_MANY_CATEGORIES: Final = 10
_MANY_VALUES: Final = 7
_MANY_TIMES: Final = 3


@dataclass(frozen=True)
class Factor:
    """What may go with satisfaction, in the column of its name.

    `kind` is "duration" (in milliseconds), "count", "rating" (any number) or "category".
    """

    name: str
    title: str
    kind: str

    @property
    def measure(self) -> str:
        """How closely it goes with satisfaction: by rank, where its values have an order."""
        return CRAMER if self.kind == "category" else SPEARMAN


FACTORS: Final = (
    Factor("first_response", "First response", "duration"),
    Factor("resolution", "Resolution", "duration"),
    Factor("replies", "Replies", "count"),
    Factor("transfers", "Transfers", "count"),
    Factor("channel", "Channel", "category"),
    Factor("topic", "Topic", "category"),
    Factor("wait", "Wait", "duration"),
)
"""The factors that conversations have; an export's ratings come on top."""


@dataclass(frozen=True)
class Level:
    """The answers at one level of a factor, and how many of them are satisfied.

    A level of numbers reaches from `over` (exclusive) `up_to` (inclusive), durations in seconds;
    None is without a bound.
    """

    label: str
    n: int
    satisfied: int
    over: float | None = None
    up_to: float | None = None

    @property
    def share(self) -> Estimate:
        """The share of satisfied answers, with its interval."""
        return share(self.satisfied, self.n)


@dataclass(frozen=True)
class Driver:
    """A factor, how closely it goes with satisfaction over `n` answers, and its levels.

    Where the strength has no value, `why_null` says why.
    """

    factor: Factor
    n: int
    strength: Estimate
    levels: tuple[Level, ...]
    why_null: str | None = None


@dataclass(frozen=True)
class Drivers:
    """Every factor by its strength, the closest first; times are naive UTC.

    `answers` are all of them, also those of which some factor is unknown.
    """

    as_of: dt.datetime
    timezone: str
    since: dt.datetime | None
    until: dt.datetime | None
    intakes: tuple[Intake, ...]
    answers: Level
    drivers: tuple[Driver, ...]


def all_answers(answers: pl.DataFrame) -> Level:
    """Every answer, whatever is known of it."""
    return Level("all answers", answers.height, int(answers[SATISFIED].sum()))


def by_strength(answers: pl.DataFrame, factors: Iterable[Factor]) -> tuple[Driver, ...]:
    """Every factor of the answers, the closest to satisfaction first, the unknown last.

    `answers` has a row an answer: POSITION, SATISFIED, and a column a factor, null where unknown.
    """
    found = [driver_of(answers, factor) for factor in factors]
    return tuple(sorted(found, key=_closeness, reverse=True))


def _closeness(driver: Driver) -> float:
    value = driver.strength.value
    return -1.0 if value is None else abs(value)


def driver_of(answers: pl.DataFrame, factor: Factor) -> Driver:
    """One factor over the answers that come with a known value of it."""
    known = answers.filter(pl.col(factor.name).is_not_null())
    levels = _levels(known, factor)
    by_rank = factor.measure == SPEARMAN
    why_null = _why_null(known[POSITION if by_rank else SATISFIED], known[factor.name])
    if why_null is not None:
        strength = Estimate(None)
    elif by_rank:
        strength = spearman(known[factor.name], known[POSITION])
    else:
        strength = Estimate(cramers_v([(one.satisfied, one.n) for one in levels]))
    return Driver(factor, known.height, strength, levels, why_null)


def _why_null(outcomes: pl.Series, values: pl.Series) -> str | None:
    """Why nothing can be said of how these go together."""
    if values.is_empty():
        return "no answer comes with it"
    if len(values) < LEAST_ANSWERS:
        return f"fewer than {LEAST_ANSWERS} answers"
    if outcomes.n_unique() == 1:
        return "the answers are all alike"
    return "it is the same everywhere" if values.n_unique() == 1 else None


def spearman(first: pl.Series, second: pl.Series) -> Estimate:
    """Spearman's rank correlation, equal values sharing the mean of their ranks.

    The interval is that of Fisher's z with the standard error of Bonett and Wright (2000,
    Psychometrika 65, 23-28); a perfect correlation has none. Ranks are doubled, so that all sums
    are whole numbers and no order of rows can change them. Neither side may be all alike.
    """
    ranks = pl.DataFrame({"x": first, "y": second}).select(
        (pl.all().rank("average") * 2).cast(pl.Int128)
    )
    x, y = pl.col("x"), pl.col("y")
    count = ranks.height
    sums = ranks.select(x=x.sum(), y=y.sum(), xx=(x * x).sum(), yy=(y * y).sum(), xy=(x * y).sum())
    x_sum, y_sum, xx, yy, xy = map(int, sums.row(0))
    together = count * xy - x_sum * y_sum
    apart = (count * xx - x_sum**2) * (count * yy - y_sum**2)
    value = max(-1.0, min(1.0, together / math.sqrt(apart)))
    if together**2 == apart or abs(value) == 1:
        return Estimate(math.copysign(1.0, together))
    half = Z_95 * math.sqrt((1 + value**2 / 2) / (count - 3))
    middle = math.atanh(value)
    return Estimate(value, math.tanh(middle - half), math.tanh(middle + half))


def cramers_v(levels: Sequence[tuple[int, int]]) -> float:
    """Cramér's V of levels by satisfied or not, each level (satisfied, answers), corrected.

    The correction is Bergsma's (2013, Journal of the Korean Statistical Society 42, 323-328):
    without it, many levels go with anything. The answers may not be all alike, nor all of one
    level, and there must be more of them than levels.
    """
    satisfied, count = (sum(column) for column in zip(*levels, strict=True))
    degrees = len(levels) - 1
    # n times the sum of (observed - expected)^2 / expected, both halves of each level together.
    spread = sum((count * hits - n * satisfied) ** 2 / n for hits, n in levels)
    phi_squared = spread / (count * satisfied * (count - satisfied))
    excess = max(0.0, phi_squared - degrees / (count - 1))
    width = min(degrees - degrees**2 / (count - 1), 1 - 1 / (count - 1))
    return min(1.0, math.sqrt(excess / width))


def _levels(known: pl.DataFrame, factor: Factor) -> tuple[Level, ...]:
    """The levels of a factor that occur, in their order; categories by their number of answers."""
    if known.is_empty():
        return ()
    if factor.kind == "category":
        return _categories(known, factor)
    bounds = _bounds(known[factor.name], factor.kind)
    place = pl.sum_horizontal([pl.lit(0), *(pl.col(factor.name) > one for one in bounds)])
    counted = (
        known.group_by(place=place)
        .agg(
            n=pl.len(),
            satisfied=pl.col(SATISFIED).sum(),
            lowest=pl.col(factor.name).min(),
            highest=pl.col(factor.name).max(),
        )
        .sort("place")
    )
    unit = 1_000 if factor.kind == "duration" else 1
    ends = [None, *(bound / unit for bound in bounds), None]
    return tuple(
        Level(
            _label(factor.kind, ends[place], ends[place + 1], (lowest / unit, highest / unit)),
            n,
            satisfied,
            ends[place],
            ends[place + 1],
        )
        for place, n, satisfied, lowest, highest in counted.rows()
    )


def _bounds(values: pl.Series, kind: str) -> list[float]:
    """Where one level ends and the next begins.

    Counts and ratings of few values have a level a value, up to 3 and more; others are cut into
    quarters of the answers, as far as equal values allow.
    """
    different = values.unique().sort()
    if kind == "count":
        return [float(one) for one in range(_MANY_TIMES)]
    if kind == "rating" and len(different) <= _MANY_VALUES:
        return different.to_list()[:-1]
    ordered = values.sort()
    quarters = {ordered[math.ceil(len(ordered) * part / 4) - 1] for part in (1, 2, 3)}
    return sorted(quarters - {different[-1]})


def _label(kind: str, over: float | None, up_to: float | None, found: tuple[float, float]) -> str:
    """A level of numbers, of which it holds those from the first to the last of `found`."""
    if kind == "count" and up_to is None:
        return f"{_MANY_TIMES} or more"
    highest = _worded(found[1], kind)
    if found[0] == found[1]:
        return highest
    if over is None:
        return f"up to {highest}"
    return f"over {_worded(over, kind)}" if up_to is None else f"{_worded(over, kind)} to {highest}"


def _worded(number: float, kind: str) -> str:
    return duration_in_words(number) if kind == "duration" else f"{number:g}"


def _categories(known: pl.DataFrame, factor: Factor) -> tuple[Level, ...]:
    """The categories with the most answers, and the others together."""
    counted = (
        known.group_by(name=pl.col(factor.name).cast(pl.String))
        .agg(n=pl.len(), satisfied=pl.col(SATISFIED).sum())
        .sort(pl.col("n"), "name", descending=[True, False])
    )
    named, rest = counted.head(_MANY_CATEGORIES), counted.slice(_MANY_CATEGORIES)
    levels = [Level(*row) for row in named.rows()]
    if rest.height == 1:
        levels += [Level(*row) for row in rest.rows()]
    elif rest.height:
        n, satisfied = rest.select(pl.col("n", "satisfied").sum()).row(0)
        levels.append(Level(f"{rest.height} other {factor.title.lower()}s", n, satisfied))
    return tuple(levels)
