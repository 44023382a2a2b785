"""Mojibake: UTF-8 that was once read as windows-1252 and saved again, `MÃ¼ller` for `Müller`.

It is found and undone run by run, for a file may hold good text beside it. One letter like
`Ã` is no evidence: what follows must be what UTF-8 would have put there, and stand where no writer
would put such letters.
"""

from __future__ import annotations

import re
from typing import Final


def _characters(first: int, last: int) -> str:
    """What windows-1252 (or Latin-1) shows for these bytes, for use inside brackets."""
    found = set()
    for byte in range(first, last + 1):
        found.add(chr(byte))
        found.add(bytes([byte]).decode("cp1252", errors="replace"))
    found.discard("\ufffd")
    return "".join(map(re.escape, sorted(found)))


_BYTES: Final = {
    character: byte
    for byte in range(0x80, 0x100)
    for character in (chr(byte), bytes([byte]).decode("cp1252", errors="replace"))
    if character != "\ufffd"
}

_NEXT: Final = f"[{_characters(0x80, 0xBF)}]"
# Not Ü, Ý, Þ and ß: as first bytes they begin scripts that nobody writes to a help desk, and a
# German word that ends in ß has quotation marks after it often enough.
_TWO: Final = f"[{_characters(0xC2, 0xDB)}]{_NEXT}"
_THREE: Final = f"[{_characters(0xE0, 0xEF)}]{_NEXT}{{2}}"
_PUNCTUATION: Final = f"[{_characters(0xE2, 0xE2)}][{_characters(0x80, 0x86)}]{_NEXT}"
_FOUR: Final = f"[{_characters(0xF0, 0xF0)}][{_characters(0x9F, 0x9F)}]{_NEXT}{{2}}"

_ANY: Final = f"(?:{_FOUR}|{_THREE}|{_TWO})"
_LATIN: Final = f"[{_characters(0xC2, 0xC5)}]{_NEXT}"
_SYMBOL: Final = f"[{_characters(0xC2, 0xC2)}]{_NEXT}"

_CERTAIN: Final = re.compile(
    f"{_ANY}{{2,}}|{_FOUR}|{_PUNCTUATION}|(?<=[a-z]){_LATIN}|{_LATIN}(?=[a-z])"
    f"|(?<=[0-9]){_SYMBOL}|{_SYMBOL}(?=[0-9])"
)
"""Runs that nobody writes: several such letters together, or one amid small letters or digits."""

_LIKELY: Final = re.compile(f"{_CERTAIN.pattern}|{_LATIN}")
"""Where there are such runs in a file, its other `Ã` and `Â` are of the same kind."""


def is_mojibake(text: str) -> bool:
    """Whether a text has a run that can only be UTF-8 read as windows-1252."""
    return any(_undone(match) != match[0] for match in _CERTAIN.finditer(text))


def repaired(text: str) -> str:
    """The text with its runs of mojibake as they were meant, all else as it was."""
    return _LIKELY.sub(_undone, text)


def _undone(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[character] for character in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
