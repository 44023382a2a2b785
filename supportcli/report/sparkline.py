"""A trend as a word: one character a value, the higher the value the taller."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-=^"
_UNKNOWN: Final = {True: "·", False: " "}


def blocks(values: Sequence[float | None], width: int, *, unicode: bool = True) -> str:
    """The last values, at most `width` of them, from the lowest to the tallest character.

    The least of them stands at the bottom and the greatest at the top: a trend shows a shape, no
    size. Where all are the same there is no shape: they stand in the middle, zeros at the bottom.
    What is unknown is a dot, or in ASCII a gap.

    >>> blocks([1, 2, None, 8], 12)
    '▁▂·█'
    """
    shown = list(values[-width:]) if width > 0 else []
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    marks = _BLOCKS if unicode else _ASCII
    least, greatest = min(known), max(known)

    def mark(value: float | None) -> str:
        if value is None:
            return _UNKNOWN[unicode]
        if least == greatest:
            return marks[len(marks) // 2 if value else 0]
        # The share of the way up, by halves: the whole way would run over for the largest floats.
        share = (value / 2 - least / 2) / (greatest / 2 - least / 2)
        return marks[round(share * (len(marks) - 1))]

    return "".join(map(mark, shown))


def thinned(values: Sequence[float | None], most: int) -> tuple[float | None, ...]:
    """The values, or where they are too many the means of runs of them: the same shape, shorter.

    >>> thinned([1, 3, None, 8], 2), thinned([1, 2], 2)
    ((2.0, 8.0), (1, 2))
    """
    if len(values) <= most:
        return tuple(values)
    bounds = [len(values) * at // most for at in range(most + 1)]
    return tuple(_mean(values[start:end]) for start, end in itertools.pairwise(bounds))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(value / len(known) for value in known) if known else None
