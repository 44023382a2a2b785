"""What a source would make of a table: which of the file's columns each of its names means.

What the source knows by name it finds itself. Further columns are found by the words of their
headers, and by the look of the values under them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from supportcli.schema import TYPES
from supportcli.sources.folding import fold
from supportcli.sources.look import Column, left_over, words_of
from supportcli.sources.names import find_column
from supportcli.sources.source import Source, is_regex

_WORDY: Final = ("word", "channel")
_MAX_WORDS: Final = 30
_MOST: Final = 0.5
_WHOLE_MATCH: Final = 3
"""As many columns as it is worth that everything which recognises a source is there."""

_BARE_ANSWERS: Final = frozenset(
    ("yes", "no", "true", "false", "0", "1", "y", "n", "si", "ja", "nein", "oui", "non", "بله",
     "خیر", "نعم", "لا")
)  # fmt: skip


class Draft:
    """What a source makes of the columns of a file: its own name for a column -> the column.

    `known` are those it finds by itself, `matched` those whose headers have the words of one, and
    `guessed` those that only look like what it needs.
    """

    def __init__(self, source: Source, columns: list[Column], *, guesses: bool = True) -> None:
        self.source = source
        self.columns = columns
        self.kinds = _kinds(source)
        self.known = dict(self._known())
        self.matched: dict[str, Column] = {}
        self.guessed: dict[str, Column] = {}
        if guesses:
            self.matched = self._matched()
            self._guess_words()
            self._guess_contact()
            self._guess_identity()

    @property
    def found(self) -> dict[str, Column]:
        """Every name that found a column."""
        return {**self.guessed, **self.matched, **self.known}

    @property
    def worth(self) -> float:
        """How well the source fits: columns that it uses, and how much it asks for is there."""
        by_words = {name: one for name, one in self.guessed.items() if self.kinds[name] in _WORDY}
        named = {**by_words, **self.matched, **self.known}
        groups = [*((one,) for one in self.source.match.columns), *self.source.match.any]
        asked = sum(any(self._is_there(one, named) for one in group) for group in groups)
        used = len({one.name for one in named.values()})
        return used + _WHOLE_MATCH * asked / max(len(groups), 1)

    def _is_there(self, name: str, named: Mapping[str, Column]) -> bool:
        return name in named or self._find(name) is not None

    def _find(self, name: str) -> Column | None:
        names = [one.name for one in self.columns]
        found = find_column(name, self.source.columns.get(name, ()), names)
        return self.columns[names.index(found.column)] if found else None

    def _known(self) -> Iterator[tuple[str, Column]]:
        for name in self.kinds:
            if column := self._find(name):
                yield name, column

    def _free(self) -> list[Column]:
        """The columns that have not been taken for anything."""
        taken = {one.name for one in self.found.values()}
        return [one for one in self.columns if one.is_nameable and one.name not in taken]

    def _matched(self) -> dict[str, Column]:
        """Each free column to at most one name, the best match first."""
        by_name = {one.name: one for one in self._free()}
        ranked = sorted(
            (*rank, place, name, column.name)
            for place, (name, kind) in enumerate(self.kinds.items())
            if name not in self.known
            for column in by_name.values()
            if column.fits(kind)
            and (rank := self._rank(name, kind, column)) is not None
            and (rank[0] == 0 or kind not in _WORDY or self._knows(name, column) >= _MOST)
        )
        found: dict[str, Column] = {}
        for *_, name, column in ranked:
            if name not in found and column in by_name:
                found[name] = by_name.pop(column)
        return found

    def _rank(self, name: str, kind: str, column: Column) -> tuple[int, bool, int] | None:
        aliases = enumerate(alias for alias in self.aliases(name) if not is_regex(alias))
        ranks = [
            (far, not column.is_key, place)
            for place, alias in aliases
            if (far := left_over(words_of(alias), column.words, kind)) is not None
        ]
        return min(ranks, default=None)

    def aliases(self, name: str) -> tuple[str, ...]:
        """The source's names for a column."""
        return (name, *self.source.columns[name])

    def meanings(self, name: str) -> dict[str, str]:
        """Folded text -> what the source takes it for, in a column of words or a channel."""
        fields = [f for f, spec in self.source.fields.items() if spec.sql == name]
        listed = [self.source.values.get(field, {}) for field in fields]
        tables = [self.source.words.get(name, {}), *listed]
        return {fold(text): to for table in tables for text, to in table.items() if text != "*"}

    def meaning(self, name: str, text: str) -> str | None:
        """What a text means that has words of the source in it, the longest first, if just one."""
        meanings, words = self.meanings(name), words_of(text)
        whole = meanings.get(fold(text))
        spans = ("".join(words[at:to]) for at in range(len(words))
                 for to in range(at + 1, len(words) + 1))  # fmt: skip
        known = [span for span in spans if span in meanings]
        longest = max(map(len, known), default=0)
        told = {meanings[span] for span in known if len(span) == longest}
        return whole or (told.pop() if len(told) == 1 else None)

    def _knows(self, name: str, column: Column) -> float:
        """The share of the texts of a column that have words of the source in them."""
        texts = column.texts if len(column.texts) <= _MAX_WORDS else []
        known = [text for text in texts if self.meaning(name, text)]
        return len(known) / max(len(texts), 1)

    def _guess_words(self) -> None:
        """A column most of whose texts the source knows is what the source has them for."""
        for name, kind in self.kinds.items():
            wanted = kind in _WORDY and name not in self.found and bool(self.meanings(name))
            for column in self._free() if wanted else []:
                is_bare = _BARE_ANSWERS.issuperset(map(fold, column.texts))
                is_plain = len(column.texts) > 1 and not is_bare
                if is_plain and self._knows(name, column) >= _MOST:
                    self.guessed[name] = column
                    break

    def _guess_contact(self) -> None:
        """Without a time that is known, the first column of times is that of the contact.

        A column of dates alone goes together with one of clocks, where there is one.
        """
        fields = self.source.fields
        first = fields.get("contacted_at", fields.get("at"))
        ground = fields["at"] if first is not None and first.from_ else first
        wanted = _roots(ground.sql or "", self.source) if ground else []
        times = sorted((name for name in wanted if self.kinds[name] == "time"), key=_is_date)
        if not times or any(name in self.known for name in times):
            return
        taken = next((name for name in times if name in self.matched), None)
        moments = [one for one in self._free() if one.fits("time")]
        moments = [self.matched[taken]] if taken else moments[:1]
        clocks = [one for one in self._free() if one.fits("clock")]
        parts = [name for name in wanted if self.kinds[name] == "clock" and name not in self.found]
        if moments and moments[0].is_date_only and clocks and parts and _is_date(times[-1]):
            self.matched.pop(taken or "", None)
            both = {times[-1]: moments[0], parts[0]: clocks[0]}
            (self.matched if taken else self.guessed).update(both)
        elif moments and not taken:
            self.guessed[times[0]] = moments[0]

    def _guess_identity(self) -> None:
        """Without a conversation id, the first column without repeats is it."""
        names = self._identities()
        if self.source.grain == "conversation" and not any(name in self.found for name in names):
            keys = [one for one in self._free() if one.is_key and one.fits("text")]
            self.guessed |= dict(zip(names[:1], keys[:1], strict=False))

    def _identities(self) -> list[str]:
        spec = self.source.fields.get("conversation_id")
        return _roots(spec.sql, self.source) if spec is not None and spec.sql else []

    def is_identity(self, name: str) -> bool:
        """Whether a column gives the conversation its id."""
        return name in self._identities()


def _kinds(source: Source) -> dict[str, str]:
    """The kind of value that each column of a source holds, as its fields say it."""
    kinds = dict.fromkeys(source.words, "word")
    for field, spec in source.fields.items():
        joined = re.findall(r"\|\|\s*(\w+_time)\b", spec.sql or "")
        kinds = {**dict.fromkeys(joined, "clock"), **kinds}
        durations = [name for text in (*spec.plus, *spec.sum) for name in _roots(text, source)]
        for kind, names in ((TYPES[field], _roots(spec.sql or "", source)),
                            ("duration", durations)):  # fmt: skip
            kinds = {**dict.fromkeys(names, kind), **kinds}
    return {name: kinds[name] for name in source.columns if name in kinds}


def _roots(sql: str, source: Source) -> list[str]:
    """The columns of the source that an SQL text stands on, in their order."""
    if sql in source.columns or not sql:
        return [sql] if sql else []
    roots = set(pl.sql_expr(source.let.get(sql, sql)).meta.root_names())
    return sorted(roots & source.columns.keys(), key=lambda name: _place(name, sql))


def _is_date(name: str) -> bool:
    return name.endswith("_date")


def _place(name: str, sql: str) -> int:
    match = re.search(rf"\b{re.escape(name)}\b", sql)
    return match.start() if match else len(sql)
