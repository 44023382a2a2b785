"""What a figure draws when there is more than an eye can follow: fewer series, and fewer points."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from supportcli.report.charts.scales import known
from supportcli.report.document import Series
from supportcli.words import Words, marked, phrase

MOST_DRAWN: Final = 8
REST: Final = "the rest"
"""The key of what is put together; no series of the data has one with a space in it."""

_NEVER_ADDED: Final = frozenset({"s", "share", "score", "points", "ratio", "hour"})
"""Units whose values have no sum; what is none of them is a count or a currency."""

_TOWERS: Final = 2
"""So many times as high as all others, the rest would press them to the ground."""

_MANY_POINTS: Final = 200
_CYCLE: Final = {"hour": 24, "day": 7}
"""How many periods make up the round of a day or a week, which a mean must not cut."""

_MEANS: Final = {
    "hour": marked("each point is the mean of {count} hours in a row"),
    "day": marked("each point is the mean of {count} days in a row"),
}
_MEAN: Final = marked("each point is the mean of {count} periods in a row")

Selected = tuple[tuple[Series, ...], tuple[str, ...]]


def drawn(series: tuple[Series, ...], period: str, unit: str, words: Words) -> Selected:
    """The series that are drawn, and sentences about what is not."""
    fewer, about_series = _greatest(series, unit, words)
    smoother, about_points = _smoothed(fewer, period, words)
    return smoother, (*about_series, *about_points)


def _greatest(series: tuple[Series, ...], unit: str, words: Words) -> Selected:
    """The greatest of many; the rest is added up to one where a sum has a meaning.

    Where it has none, or towers over all others, the rest is left out.
    """
    if len(series) <= MOST_DRAWN + 1:
        return series, ()
    is_added = unit not in _NEVER_ADDED
    rank = _total if is_added else _count
    order = sorted(range(len(series)), key=lambda index: -rank(series[index]))
    chosen = set(order[:MOST_DRAWN])
    top = tuple(one for index, one in enumerate(series) if index in chosen)
    rest = [one for index, one in enumerate(series) if index not in chosen]
    if not is_added:
        said = phrase(
            "{drawn} of {count} are drawn: those known for the most periods",
            drawn=len(top),
            count=len(series),
        )
        return top, (words.text(said),)
    together = _together(rest, words.text(phrase("{count} others together", count=len(rest))))
    if _highest(together) > _TOWERS * max(map(_highest, top)):
        total = words.value(round(_total(together)), unit)
        said = phrase("not drawn: {count} others, together {total}", count=len(rest), total=total)
        return top, (words.text(said),)
    return (*top, together), ()


def _total(series: Series) -> float:
    return sum(known(y) or 0 for y in series.ys)


def _count(series: Series) -> float:
    return sum(known(y) is not None for y in series.ys)


def _highest(series: Series) -> float:
    return max((y for y in map(known, series.ys) if y is not None), default=0)


def _together(series: list[Series], name: str) -> Series:
    """The sum of several series, at every place where any of them is known."""
    sums: defaultdict[Any, float] = defaultdict(float)
    for one in series:
        for x, y in zip(one.xs, one.ys, strict=True):
            value = known(y)
            if value is not None:
                sums[x] += value
    xs = tuple(sorted(sums))
    return Series(name, REST, xs, tuple(sums[x] for x in xs))


def _smoothed(series: tuple[Series, ...], period: str, words: Words) -> Selected:
    """Several long lines as means of so many periods in a row, for else they hide each other."""
    longest = max(len(one.xs) for one in series)
    if len(series) == 1 or longest <= _MANY_POINTS:
        return series, ()
    cycle = _CYCLE.get(period, 1)
    every = cycle * math.ceil(2 * longest / _MANY_POINTS / cycle)
    said = words.text(phrase(_MEANS.get(period, _MEAN), count=every))
    return tuple(_means(one, every) for one in series), (said,)


def _means(series: Series, every: int) -> Series:
    """The means of so many values in a row, the last ones whole, each amid its places."""
    starts = range(len(series.xs) % every, len(series.xs), every)
    xs: Any = tuple(series.xs[start + every // 2] for start in starts)
    return Series(
        series.name, series.key, xs, tuple(_mean(series.ys[s : s + every]) for s in starts)
    )


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in map(known, values) if value is not None]
    return sum(found) / len(found) if found else None
