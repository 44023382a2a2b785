"""Which series a figure draws when there are more than an eye can follow."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from supportcli.report.charts.scales import known
from supportcli.report.document import Series
from supportcli.words import Words, phrase

MOST_DRAWN: Final = 8
REST: Final = "the rest"
"""The key of what is put together; no series of the data has one with a space in it."""

_NEVER_ADDED: Final = frozenset({"s", "share", "score", "points", "ratio", "hour"})
"""Units whose values have no sum; what is none of them is a count or a currency."""


def drawn(series: tuple[Series, ...], unit: str, words: Words) -> tuple[tuple[Series, ...], str]:
    """The series that are drawn, and a sentence about those that are not.

    Of many, the greatest are drawn. The others are added up to one where a sum has a meaning, and
    left out where it has none.
    """
    if len(series) <= MOST_DRAWN + 1:
        return series, ""
    is_added = unit not in _NEVER_ADDED
    rank = _total if is_added else _count
    order = sorted(range(len(series)), key=lambda index: -rank(series[index]))
    chosen = set(order[:MOST_DRAWN])
    top = tuple(one for index, one in enumerate(series) if index in chosen)
    rest = [one for index, one in enumerate(series) if index not in chosen]
    if is_added:
        name = words.text(phrase("{count} others together", count=len(rest)))
        return (*top, _together(rest, name)), ""
    return top, words.text(
        phrase(
            "{drawn} of {count} are drawn: those known for the most periods",
            drawn=len(top),
            count=len(series),
        )
    )


def _total(series: Series) -> float:
    return sum(known(y) or 0 for y in series.ys)


def _count(series: Series) -> float:
    return sum(known(y) is not None for y in series.ys)


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
