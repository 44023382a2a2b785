"""The names of an export's columns, found however the export spells them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from supportcli.sources.folding import fold
from supportcli.sources.source import is_regex
from supportcli.sources.spoken import unit_of_words
from supportcli.sources.zones import zone_named

_BRACKETS: Final = re.compile(r"^(.*\S)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$", re.DOTALL)

_LAST_WORD: Final = re.compile(
    r"^(.*[^\W_])(?:[\s_]+in)?[\s_]+(ms|secs?|seconds|mins|minutes|hrs|hours)\s*$", re.IGNORECASE
)
_WORDS: Final = re.compile(r"[\w ]+")


class Found(NamedTuple):
    """A column as the export writes it, and the unit that its header states beyond the name.

    A header may state a time zone instead, which is told elsewhere.
    """

    column: str
    unit: str | None = None


def normal(name: str) -> str:
    """A column's name without case and surrounding space."""
    return name.strip().casefold()


def find_column(canonical: str, spellings: Iterable[str], columns: Sequence[str]) -> Found | None:
    """The column that bears a canonical name or one of its other spellings.

    An exact name goes before a folded one (letters and digits alone), and that before one that
    has a unit or a zone at its end: `Handle time (min)`, `talk_time_seconds`, `Created (UTC)`.
    """
    names = _names_of(tuple(columns))
    others = [one for one in spellings if not is_regex(one)]
    return names.exactly(canonical, spellings) or names.nearly([canonical, *others])


def is_name(text: str, columns: Sequence[str]) -> bool:
    """Whether a text of a mapping names a column: exactly, or in plain words however spelt."""
    names = _names_of(tuple(columns))
    plain = _WORDS.fullmatch(text) is not None
    return normal(text) in names.exact or (plain and fold(text) in names.folded)


class _Names:
    """The columns of one export, by three forms of their names; the first of equals counts."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self.exact = {normal(name): Found(name) for name in reversed(columns)}
        self.folded = {fold(name): Found(name) for name in reversed(columns)}
        self.with_more = dict(filter(None, map(_without_more, reversed(columns))))

    def exactly(self, canonical: str, spellings: Iterable[str]) -> Found | None:
        """The column of that very name, case and surrounding space aside."""
        own = self.exact.get(normal(canonical))
        return own or next(filter(None, map(self._one, spellings)), None)

    def _one(self, spelling: str) -> Found | None:
        if not is_regex(spelling):
            return self.exact.get(normal(spelling))
        pattern = _compiled(spelling)
        return next((Found(name) for name in self.columns if pattern.fullmatch(name.strip())), None)

    def nearly(self, spellings: Iterable[str]) -> Found | None:
        """The column whose letters and digits are those of a spelling, a unit or zone aside."""
        keys = [key for key in map(_folded, spellings) if key]
        both = (forms.get(key) for forms in (self.folded, self.with_more) for key in keys)
        return next(filter(None, both), None)


def _without_more(column: str) -> tuple[str, Found] | None:
    """The folded name of a column that ends with a unit or a zone, and the column with the unit."""
    plain = without_more(column)
    return None if plain is None else (fold(plain[0]), Found(column, plain[1]))


def without_more(column: str) -> tuple[str, str | None] | None:
    """A name without the unit or the time zone at its end, and the unit; None where none is."""
    for pattern in (_BRACKETS, _LAST_WORD):
        match = pattern.match(column)
        unit = unit_of_words(match[2]) if match else None
        if match and (unit or zone_named(match[2])):
            return match[1], unit
    return None


def stated_zone(column: str) -> str | None:
    """The time zone that a header states in brackets at its end: `Created at (UTC)`."""
    match = _BRACKETS.match(column)
    return zone_named(match[2]) if match else None


@lru_cache(maxsize=64)
def _names_of(columns: tuple[str, ...]) -> _Names:
    return _Names(columns)


_folded = lru_cache(maxsize=4_096)(fold)
"""The spellings of the mappings, which every file is asked for."""


@lru_cache(maxsize=256)
def _compiled(spelling: str) -> re.Pattern[str]:
    return re.compile(spelling[1:-1], re.IGNORECASE | re.DOTALL)
