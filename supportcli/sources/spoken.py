"""Words of units."""

from __future__ import annotations


def unit_of_words(text: str) -> str | None:
    """Stub until merge."""
    return {
        "s": "s",
        "seconds": "s",
        "sec": "s",
        "secs": "s",
        "minutes": "min",
        "ms": "ms",
        "hours": "h",
        "min": "min",
        "دقیقه": "min",
        "hrs": "h",
        "ثانیه": "s",
    }.get(text.strip().lower())
