"""The colours of charts: the same thing has the same colour in every chart.

Colours of series stand on a light page and on a dark one alike, with a contrast of at least 3:1 on
both. Those of text, grid and ground are turned by the page: they are variables there, whose
fall-back is the light colour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

INK: Final = "#1d2530"
QUIET: Final = "#5b6675"
GRID: Final = "#e2e6eb"
SURFACE: Final = "#ffffff"

PAGE_VARIABLES: Final[dict[str, str]] = {
    INK: "--chart-ink",
    QUIET: "--chart-quiet",
    GRID: "--chart-grid",
}
"""The variables by which a page turns these colours."""

CHANNEL_COLOURS: Final[dict[str, str]] = {
    "phone": "#3a80e8",
    "email": "#c94f08",
    "chat": "#0b8574",
    "sms": "#8d4abe",
    "messenger": "#d9589f",
    "social": "#9a9010",
    "web": "#0d9bca",
    "self_service": "#3d8236",
    "in_person": "#b85c53",
    "post": "#a0896d",
    "other": "#758795",
}

_OWN_COLOURS: Final = CHANNEL_COLOURS | {
    "total": "#5f7690",
    "answered": "#5f7690",
    "left": CHANNEL_COLOURS["in_person"],
}
"""What is of no channel, but in many charts: quiet for all together, red for those who left."""

_PALETTE: Final = tuple(CHANNEL_COLOURS.values())[:8]
"""What is no channel has one of these: those that are told apart best."""


def colour_of(key: str) -> str:
    """The colour of a series by its key, as #rrggbb: its own, else one of a few."""
    return _OWN_COLOURS.get(key) or _PALETTE[_place(key)]


def colours_of(keys: Iterable[str]) -> dict[str, str]:
    """The colours of the series of one chart: where two would be alike, the later one moves on."""
    colours: dict[str, str] = {}
    for key in keys:
        wanted, taken = colour_of(key), set(colours.values())
        if wanted in taken and key not in _OWN_COLOURS:
            wanted = next((c for c in _following(key) if c not in taken), wanted)
        colours[key] = wanted
    return colours


def on_page(colour: str) -> str:
    """A colour as a page writes it, a variable where the page may turn it."""
    name = PAGE_VARIABLES.get(colour)
    return f"var({name},{colour})" if name else colour


def _place(key: str) -> int:
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    return digest[0] % len(_PALETTE)


def _following(key: str) -> tuple[str, ...]:
    place = _place(key)
    return _PALETTE[place:] + _PALETTE[:place]
