"""The only place where numbers become words, and where hostile text becomes harmless.

Names, topics and ids are what customers and agents wrote. Before they reach a terminal they pass
`clean`; before they reach a spreadsheet they pass `unformulated`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from supportcli.currency import digits_behind

_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORMULA_STARTS: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)
"""What begins a formula; the last four are the wide forms that Japanese spreadsheets take too."""


BARE: Final = frozenset({"count", "score", "points", "ratio", "hour"})
"""Units that are not said; what is none of them is a currency, as the data name it."""

_PHONE_NUMBER: Final = re.compile(r"\+[0-9]+")


def clean(text: str) -> str:
    """The text without anything that moves a cursor, colours, breaks a line or turns direction.

    Control characters, escapes, line separators and bidirectional overrides become visible marks.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if _is_harmful(mark) else mark for mark in text)


def _is_harmful(mark: str) -> bool:
    return mark in _BIDI or unicodedata.category(mark) in ("Cc", "Zl", "Zp", "Cs")


def unformulated(text: str) -> str:
    """The text as a cell that a spreadsheet will not run: a leading apostrophe where it would.

    A phone number is no formula, whatever its plus sign: it stays as it is, and can be joined by.
    """
    if not text.startswith(_FORMULA_STARTS) or _PHONE_NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def shortened(text: str, width: int) -> str:
    """The text cut to a width, with an ellipsis where it was longer."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def value_in_words(value: float | None, unit: str) -> str:
    """A value as people read it: 1m 05s, 52.1 %, 1,234, 4.31, 9.50 EUR; a dash for the unknown."""
    if value is None:
        return "—"
    if unit == "s":
        return duration_in_words(value)
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit not in BARE:
        return f"{value:,.{digits_behind(unit)}f} {clean(unit)}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def change_in_words(change: float, unit: str) -> str:
    """A change as people read it: +1m 05s, -2.1 pp (percentage points), +12."""
    size = f"{abs(100 * change):.1f} pp" if unit == "share" else value_in_words(abs(change), unit)
    if not any(mark in "123456789" for mark in size):
        return size
    return f"{'-' if change < 0 else '+'}{size}"


def duration_in_words(seconds: float) -> str:
    """Seconds as the two units that matter: 45.2s, 3m 20s, 2h 05m, 3d 04h."""
    return " ".join(f"{number}{unit}" for number, unit in duration_parts(seconds))


def duration_parts(seconds: float) -> list[tuple[str, str]]:
    """The two units of a duration that matter, or one: each a number and one of d, h, m and s."""
    if round(seconds, 1) < 60:
        return [(f"{seconds:.1f}".removesuffix(".0"), "s")]
    whole = round(seconds)
    for unit, length, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60)):
        if whole >= length:
            return [(f"{whole // length}", unit), (f"{whole % length // part:02d}", smaller)]
    return [(f"{whole // 60}", "m"), (f"{whole % 60:02d}", "s")]
