"""Where in a configuration a key is written: its line, or the option that set it."""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

Fault = tuple[list[str], str]
"""The keys that lead to something wrong, and what is wrong with it."""


@dataclass(frozen=True)
class Places:
    """The text of a configuration, and the keys that `--set` gave over it."""

    text: str
    path: Path | None
    overridden: Sequence[Sequence[str]]

    def name(self, keys: Sequence[str]) -> str:
        """`file:line (key)` for a key of the file, `--set (key)` for one of the command line."""
        key = ".".join(keys)
        if self._is_overridden(keys):
            return f"--set ({key})"
        line = self.line(keys)
        return f"{self.path}:{line} ({key})" if line else f"{self.path} ({key})"

    def line(self, keys: Sequence[str]) -> int:
        """The line of the statement that sets a key, or the nearest table around it; else 0.

        It is found by reading: no key of a text vanishes when more of the text is read, so the
        statement ends where a reading of the text so far first knows as much as the whole.
        """
        depth = _depth(self._tables(len(self._lines)), keys)
        if self._is_overridden(keys) or not depth:
            return 0
        last = bisect.bisect_left(
            range(len(self._lines) + 1),
            True,  # noqa: FBT003  what is looked for
            key=lambda number: _depth(self._tables(number), keys) == depth,
        )
        return _whole_lines(self._lines, last - 1) + 1

    def _is_overridden(self, keys: Sequence[str]) -> bool:
        return self.path is None or any(
            list(keys[: len(other)]) == list(other) for other in self.overridden
        )

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.replace("\r\n", "\n").split("\n")

    def _tables(self, number: int) -> dict[str, Any]:
        """What the first lines say, without a statement that goes on after them."""
        return _parsed("\n".join(self._lines[: _whole_lines(self._lines, number)])) or {}


def begun_at(text: str) -> int:
    """The line of a text's last statement, which never ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    return _whole_lines(lines, len(lines)) + 1


def _whole_lines(lines: Sequence[str], number: int) -> int:
    """The number of lines, at most so many, after which no statement is half done."""
    while number and _parsed("\n".join(lines[:number])) is None:
        number -= 1
    return number


@lru_cache(maxsize=64)
def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _depth(tables: dict[str, Any], keys: Sequence[str]) -> int:
    """How many of the keys, from the first on, lead somewhere."""
    value: Any = tables
    for depth, key in enumerate(keys):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return depth
    return len(keys)


def names_of(dotted: str) -> list[str]:
    """The parts of a TOML key, quotes and the space around them taken off."""
    parts = re.findall(r"\"[^\"]*\"|'[^']*'|[^.\"']+", dotted)
    return [part.strip("\"'") for part in map(str.strip, parts) if part]
