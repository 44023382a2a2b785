"""A trend as a word: one character a value, the higher the value the taller."""

from __future__ import annotations

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
