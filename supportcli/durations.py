"""Durations as people write them in options and settings: `20s`, `5m`, `24h`, `7d`, `1h30m`."""

from __future__ import annotations

import re
from typing import Final

from supportcli.wording import shortened

UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000,
                  "d": 86_400_000, "w": 604_800_000}  # fmt: skip
"""Milliseconds in each unit that a duration may be written in."""

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)")
_LONGEST_YEARS: Final = 10_000
"""All times lie in so many years; a moment much further on could not be written down."""

_LONGEST_MS: Final = _LONGEST_YEARS * 366 * UNIT_MS["d"]


def parse_duration_ms(text: str) -> int:
    """The milliseconds in a duration such as `20s`, `7d` or `1h30m`; a bare `0` is none.

    Raises ValueError, with what is accepted, when the text is no duration.
    """
    compact = text.strip().lower()
    parts = _PART.findall(compact)
    if compact == "0":
        return 0
    if not parts or _PART.sub("", compact).strip():
        raise ValueError(f'"{text}" is no duration; write for example 20s, 5m, 24h or 7d')
    duration = sum(float(number) * UNIT_MS[unit] for number, unit in parts)
    if duration > _LONGEST_MS:
        raise ValueError(f'"{shortened(text, 40)}" is longer than {_LONGEST_YEARS:,} years')
    return round(duration)
