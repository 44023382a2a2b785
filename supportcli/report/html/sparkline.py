"""A trend as a line the height of a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

WIDTH: Final = 100
HEIGHT: Final = 24
_MARGIN: Final = 3


def sparkline(trend: Sequence[float | None]) -> Markup:
    """The values as a line with a dot at the last one; nothing where none is known.

    The line has a gap where a value is unknown. It is drawn from left to right, as charts are.
    """
    places = _places(trend)
    known = [place for place in places if place is not None]
    if not known:
        return Markup()
    line = "".join(_strokes(places))
    last = "M{:g} {:g}h0".format(*known[-1])
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="{}"/><path class="last" d="{}"/></svg>'
    ).format(WIDTH, HEIGHT, line, last)


Place = tuple[float, float]


def _places(trend: Sequence[float | None]) -> list[Place | None]:
    """Where each value lies; values that are all alike lie in the middle."""
    known = [value for value in trend if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step = (WIDTH - 2 * _MARGIN) / max(len(trend) - 1, 1)
    return [
        None if value is None else (_rounded(_MARGIN + at * step), _height(value, low, high))
        for at, value in enumerate(trend)
    ]


def _height(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return _rounded(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN))


def _rounded(place: float) -> float:
    return round(place, 1)


def _strokes(places: Sequence[Place | None]) -> Iterator[str]:
    """One stroke for each run of known values."""
    for is_known, run in groupby(places, key=lambda place: place is not None):
        if is_known:
            points = [f"{x:g} {y:g}" for x, y in filter(None, run)]
            yield f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}h0"
