"""Schema drift: what an export looks like, beside what exports of its source looked like before.

A store knows the headers of each source that it has accepted, so that old exports beside new ones
are no news every night, and the texts of enumerated columns as hashes, so that no word of a
customer can be in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from functools import reduce
from itertools import chain
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.events import EventLog
from supportcli.intake import Intake, Outline
from supportcli.sources.folding import fold
from supportcli.sources.keys import ROW_ID
from supportcli.store.files import files_about
from supportcli.store.place import Place
from supportcli.store.table import KNOWN_KEY, Table
from supportcli.wording import clean, shortened

_MOST_HEADERS: Final = 8
_MOST_COLUMNS: Final = 1_000
_MOST_CHARACTERS: Final = 16_384
"""Of a header that is remembered."""

_MOST_TEXTS: Final = 200
"""A field with more different texts is no enumeration, whatever its mapping says."""

_HASH_DIGITS: Final = 12
_SHOWN_CHARACTERS: Final = 80

_SAME_EXPORT: Final = 0.8
"""How much of two headers must be the same for both to be of one export; 1 is all."""

_MOST_PAIRS: Final = 2_500
"""Where more pairs of names might be one column, it is another table."""

_ALIKE: Final = 0.8
_ALIKE_IN_PLACE: Final = 0.5
"""How much of two names must be the same for one to be the other, and where they stand in the same
place; 1 is all."""


@dataclass(frozen=True)
class Change:
    """What is different in an input: `change` is new, missing, renamed, unseen_value, source, form.

    A renamed column is `to` now; a value that was never seen is `value`, which the log leaves out.
    An export that is of another source now `was` of that one. Events of a `source` that come in
    another form now were exports, or tables of events, before.
    """

    change: str
    column: str = ""
    to: str | None = None
    value: str | None = None
    was: str | None = None
    source: str | None = None

    @property
    def summary(self) -> dict[str, str]:
        """The change, for programs."""
        return {key: text for key, text in asdict(self).items() if text}

    @property
    def in_words(self) -> str:
        """The change as half a sentence, harmless to print."""
        if self.source is not None:
            before = _FORMS[str(self.was)]
            return (
                f"events of {self.source} without ids came in {before} before, of the same time; "
                "they may be there twice"
            )
        if self.was is not None:
            return f"such exports were read as {_shown(self.was)}; events may be there twice"
        column = f'the column "{_shown(self.column)}"'
        if self.to is not None:
            return f'{column} is probably "{_shown(self.to)}" now'
        if self.change == "unseen_value":
            value = "" if self.value is None else f', "{_shown(self.value)}"'
            return f"{column} has a value never seen before{value}"
        return f"{column} is {self.change}"


def _shown(text: str) -> str:
    return clean(shortened(text, _SHOWN_CHARACTERS))


class DriftError(InputError):
    """An export does not look like those before it, and was not taken for that."""

    def __init__(self, file: str, changes: Sequence[Change]) -> None:
        said = "; ".join(change.in_words for change in changes)
        super().__init__(
            f"{clean(file)}: the export has changed, and was not ingested: {said}",
            hint="`supportkpi inspect FILE` shows what becomes of its columns; without --strict it "
            "is ingested, and what is new in it is known from then on",
        )


@dataclass(frozen=True)
class Known:
    """What is known of the exports of one source.

    `headers` are the latest, the newest last. Of exports with optional columns, `optional` are the
    names of all, and `steady` those that the mapping reads and none has lacked. `texts` are hashes
    by field; None where they are too many for an enumeration.
    """

    headers: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()
    steady: tuple[str, ...] = ()
    texts: Mapping[str, frozenset[str] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, source: str) -> Known:
        """What a store knows of a source; nothing, where it was made before stores knew."""
        stated = (table.stated(KNOWN_KEY) or {}).get(source, {})
        return cls(
            tuple(map(tuple, stated.get("headers", ()))),
            tuple(stated.get("optional", ())),
            tuple(stated.get("steady", ())),
            {
                name: None if hashes is None else frozenset(hashes)
                for name, hashes in stated.get("texts", {}).items()
            },
        )

    @property
    def stated(self) -> dict[str, Any]:
        """The same, to be written down."""
        return {
            "headers": self.headers,
            "optional": self.optional,
            "steady": self.steady,
            "texts": {
                name: None if hashes is None else sorted(hashes)
                for name, hashes in self.texts.items()
            },
        }

    def with_outlines(self, outlines: Iterable[Outline]) -> Known:
        """What is known once these exports are."""
        return reduce(Known._with_outline, outlines, self)

    def _with_outline(self, outline: Outline) -> Known:
        texts = {**self.texts, **dict(self._with_texts(outline))}
        columns = outline.columns
        known = replace(self, texts=texts)
        if not columns or not _is_bearable(columns):
            return known
        if outline.optional:
            both = tuple(dict.fromkeys([*self.optional, *columns]))
            steady = self.steady if self.optional else columns
            return replace(
                known,
                optional=both if _is_bearable(both) else columns,
                steady=tuple(name for name in steady if name in outline.used),
            )
        if self._has(columns):
            return known
        return replace(known, headers=(*self.headers, columns)[-_MOST_HEADERS:])

    def _with_texts(self, outline: Outline) -> Iterator[tuple[str, frozenset[str] | None]]:
        for one in outline.enumerated:
            known = self.texts.get(one.field, frozenset())
            if known is not None and one.texts:
                both = known.union(map(_hashed, one.texts))
                yield one.field, both if len(both) <= _MOST_TEXTS else None

    def _has(self, columns: Sequence[str]) -> bool:
        """Whether a header is known; the order of columns says nothing."""
        return any(set(header) == set(columns) for header in self.headers)

    def changes_in(self, outlines: Iterable[Outline]) -> tuple[Change, ...]:
        """What is different in exports. Of what nothing is known, nothing is."""
        found = ((*self._of_columns(one), *self._of_texts(one)) for one in outlines)
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def _of_columns(self, outline: Outline) -> Iterator[Change]:
        columns = outline.columns
        if not _is_bearable(columns):
            return
        if outline.optional:
            new = _without(columns, self.optional) if self.optional else []
            yield from (Change("missing", name) for name in _without(self.steady, columns))
            yield from (Change("new", name) for name in new)
        elif columns and self.headers and not self._has(columns):
            yield from _between(self._nearest(columns), columns)

    def _nearest(self, columns: Sequence[str]) -> Sequence[str]:
        """The known header that has the most in common with this one, of equals the newest."""
        names = set(columns)
        return min(reversed(self.headers), key=lambda header: len(names ^ set(header)))

    def _of_texts(self, outline: Outline) -> Iterator[Change]:
        for one in outline.enumerated:
            known = self.texts.get(one.field)
            if known and len(one.texts) <= _MOST_TEXTS:
                unseen = (text for text in sorted(one.texts) if _hashed(text) not in known)
                yield from (Change("unseen_value", one.column, value=text) for text in unseen)


def changes_in(table: Table, source: str, outlines: Iterable[Outline]) -> tuple[Change, ...]:
    """What is different in exports of a source from those that the store knows."""
    outlines = tuple(outlines)
    return (*_other_source(table, source, outlines), *Known.of(table, source).changes_in(outlines))


def _other_source(table: Table, source: str, outlines: Iterable[Outline]) -> Iterator[Change]:
    """The source of which exports like these were, where they are the first of this one.

    A column that goes can make an export one of another source, and all its events new.
    """
    stated = table.stated(KNOWN_KEY) or {}
    if source in stated:
        return
    for outline in outlines:
        names = set(outline.columns)
        for other in stated:
            headers = map(set, Known.of(table, other).headers)
            if names and any(
                len(names & header) >= _SAME_EXPORT * len(names | header) for header in headers
            ):
                yield Change("source", was=other)


FORM: Final = "form"
"""Under what the log says in which form events came."""

_EXPORT: Final = "export"
_EVENTS: Final = "events"
_FORMS: Final = {_EXPORT: "exports", _EVENTS: "tables of events"}


def form_of(log: EventLog) -> str:
    """Whether events were read from an export, or from a table of events."""
    return _EXPORT if log.outlines else _EVENTS


def other_forms(table: Table, rows: pl.DataFrame, log: EventLog) -> Iterator[Change]:
    """The sources whose events without ids came in another form before, of the same time.

    A row of an export is known by its cells and one of a table of events by what it says: that both
    are the same cannot be seen.
    """
    for one in log.facts:
        files = [file for file in table.files if file.source == one.name]
        if not files:
            continue
        ids = rows.select("source", "event_id", "at", ROW_ID)
        nameless = ids.filter(pl.col("event_id").is_null() & (pl.col("source") == one.name))
        near = files_about(files, nameless)
        if not near or table.paths_with(near, nameless.select(ROW_ID)):
            continue
        entries = (entry for entry in table.entries if one.name in _sources_in(entry))
        before = {entry.get(FORM, _EXPORT) for entry in entries} - {form_of(log)}
        yield from (Change("form", was=was, source=one.name) for was in before)


def _sources_in(entry: Mapping[str, Any]) -> Sequence[str]:
    return entry["source"].split(", ") if entry["operation"] == "ingest" else ()


def _is_bearable(columns: Collection[str]) -> bool:
    return len(columns) <= _MOST_COLUMNS and sum(map(len, columns)) <= _MOST_CHARACTERS


def _hashed(text: str) -> str:
    """What is remembered of a text: the same for texts that a mapping takes as one."""
    body = fold(text).encode("utf-8", "surrogatepass")
    return hashlib.sha256(body).hexdigest()[:_HASH_DIGITS]


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """What became of the columns from one header to another."""
    renamed = dict(_renamed(old, new))
    for name in _without(old, new):
        if name in renamed:
            yield Change("renamed", name, to=renamed[name])
        else:
            yield Change("missing", name)
    yield from (Change("new", name) for name in _without(new, {*old, *renamed.values()}))


def _renamed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The columns that are probably others now: alike, or alone in the same place."""
    gone, come = _without(old, new), _without(new, old)
    if len(gone) * len(come) > _MOST_PAIRS:
        return
    alike = [(_likeness(one, other), one, other) for one in gone for other in come]
    best = [(one, other) for likeness, one, other in sorted(alike, reverse=True)
            if likeness > _ALIKE]  # fmt: skip
    for before, after in (*_in_place(old, new), *best):
        if before in gone and after in come:
            gone.remove(before)
            come.remove(after)
            yield before, after


def _without(names: Sequence[str], others: Collection[str]) -> list[str]:
    known = set(others)
    return [name for name in names if name not in known]


def _in_place(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The columns where others stood, alike or the only ones between the same neighbours."""
    for kind, *ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        start, end, new_start, new_end = ends
        if kind == "replace" and end - start == new_end - new_start:
            pairs = zip(old[start:end], new[new_start:new_end], strict=True)
            is_alone = end - start == 1
            yield from (pair for pair in pairs if is_alone or _likeness(*pair) > _ALIKE_IN_PLACE)


def _likeness(one: str, other: str) -> float:
    """How much of two names is the same, letters and digits alone."""
    folded = fold(one[:_SHOWN_CHARACTERS]), fold(other[:_SHOWN_CHARACTERS])
    return SequenceMatcher(None, *folded, autojunk=False).ratio()


def remember(
    place: Place, intake: Intake, outlines: Iterable[Outline], changes: Iterable[Change]
) -> None:
    """Let a store know an export, and let its log say what was different in it.

    The log keeps no value, for it might be what a customer wrote. Raises ConflictError where others
    came in between.
    """
    table = Table.at(place)
    known = Known.of(table, intake.source)
    learned = known.with_outlines(outlines)
    if learned == known:
        return
    every = {**(table.stated(KNOWN_KEY) or {}), intake.source: learned.stated}
    drift = [one.summary for one in dict.fromkeys(replace(one, value=None) for one in changes)]
    entry = {
        "operation": "drift", "input": intake.path, "source": intake.source, "drift": drift,
    }  # fmt: skip
    table.write_down(KNOWN_KEY, every, entry if drift else None)
