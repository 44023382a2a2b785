"""How much room a text takes, how it is cut to what there is, and how labels keep apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from supportcli.report.charts.drawing import TEXT_PX

_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] ·-")
_BROAD: Final = frozenset("mwMW%@…—")
_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST: Final = 400
"""No label shows more characters than this, however narrow they are."""


def width_of(text: str, size_px: float = TEXT_PX) -> float:
    """About how wide a text is: the font of a page is not known, so rather too wide."""
    return size_px * sum(map(_share_of_size, text))


def _share_of_size(mark: str) -> float:
    if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf":
        return 0
    if unicodedata.east_asian_width(mark) in "WF":
        return 1
    if mark in _NARROW:
        return 0.38
    if mark in _BROAD:
        return 0.95
    return 0.74 if mark.isupper() or unicodedata.bidirectional(mark) == "AL" else 0.64


def fitted(text: str, room_px: float, size_px: float = TEXT_PX) -> str:
    """A text as it can be drawn on one line of that width, with an ellipsis where it was longer."""
    legible = " ".join(_NOT_IN_XML.sub("\ufffd", text[: 2 * _LONGEST]).split())[:_LONGEST]
    if legible == text and width_of(text, size_px) <= room_px:
        return text
    if len(text) <= _LONGEST and width_of(legible, size_px) <= room_px:
        return legible
    room = room_px - width_of("…", size_px)
    while legible and width_of(legible, size_px) > room:
        legible = legible[:-1]
    return f"{legible.rstrip()}…"


def lines_of(text: str, room_px: float, size_px: float, most: int) -> list[str]:
    """A text on at most so many lines, broken between words; the last one is cut."""
    lines: list[str] = []
    words = text[: 2 * _LONGEST].split()
    while words and len(lines) < most - 1:
        taken = 1
        while taken < len(words) and width_of(" ".join(words[: taken + 1]), size_px) <= room_px:
            taken += 1
        lines.append(fitted(" ".join(words[:taken]), room_px, size_px))
        words = words[taken:]
    return [*lines, fitted(" ".join(words), room_px, size_px)] if words else lines


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near those wanted, at least so far apart, between two bounds.

    They are amid what comes of pushing all that are too near upwards, and of pushing all downwards.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    rising = [wanted[index] for index in order]
    up = _pushed(rising, apart, low, high)
    down = _pushed([-place for place in reversed(rising)], apart, -high, -low)
    places = [0.0] * len(wanted)
    for index, above, below in zip(order, up, reversed(down), strict=True):
        places[index] = (above - below) / 2
    return places


def _pushed(rising: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Each place as wanted or as far above the one before as must be; no higher than the bound."""
    places: list[float] = []
    for number, place in enumerate(rising):
        free = places[-1] + apart if places else low
        highest = high - apart * (len(rising) - 1 - number)
        places.append(min(max(place, free), highest))
    return places


def in_rows(spans: Sequence[tuple[float, float]]) -> list[int]:
    """The row of each span such that spans of a row do not meet, the rightmost in the lowest."""
    starts: list[float] = []
    rows = [0] * len(spans)
    for index in sorted(range(len(spans)), key=spans.__getitem__, reverse=True):
        start, end = spans[index]
        row = next((row for row, taken in enumerate(starts) if end <= taken), len(starts))
        starts[row : row + 1] = [start]
        rows[index] = row
    return rows
