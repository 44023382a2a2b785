"""The accent colour of a brand, made readable on light and on dark paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PAPER: Final = "#ffffff"
NIGHT: Final = "#1b1f24"
"""The lightest dark paper that text lies on."""

DEFAULT: Final = "#1f5fa8"

_READABLE: Final = 4.6
"""A little above what WCAG 2.2 asks of text (1.4.3: 4.5 to 1), for roundings."""

_STEPS: Final = 50

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Accents:
    """The accent colour on light and on dark paper."""

    light: str
    dark: str


def accents(accent: str) -> Accents:
    """The accent, mixed with black or white as far as it takes to be read."""
    colour = accent or DEFAULT
    return Accents(light=readable(colour, PAPER), dark=readable(colour, NIGHT))


def readable(colour: str, paper: str) -> str:
    """The colour, mixed with what is farthest from the paper until it can be read on it."""
    far = (255, 255, 255) if _luminance(_rgb(paper)) < 0.2 else (0, 0, 0)
    for step in range(_STEPS):
        mixed = _hex(_mixed(_rgb(colour), far, step / _STEPS))
        if contrast(mixed, paper) >= _READABLE:
            return mixed
    return _hex(far)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _mixed(colour: Rgb, far: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, far, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return f"#{bytes(colour).hex()}"
