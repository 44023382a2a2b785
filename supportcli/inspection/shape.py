"""What a file is before it means anything: its source, its layout, and what its columns hold."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.inspection.model import ColumnFacts, FileFacts
from supportcli.intake import ReadOptions
from supportcli.settings import Settings
from supportcli.sources.delimited import shape_of
from supportcli.sources.names import find_column
from supportcli.sources.read import Table, open_table
from supportcli.sources.recognise import (
    Candidate,
    candidates,
    fit_of,
    layout_of,
    nearest,
    read_head,
    winners,
)
from supportcli.sources.sniff import DELIMITED, InputFile
from supportcli.sources.source import (
    CHAT_FORMATS,
    FileSpec,
    Source,
    built_in_sources,
    find_source,
    with_questions,
)

_SHOWN_NEAREST: Final = 3
_SAMPLES: Final = 2
_SAMPLED: Final = 100
_ROWS: Final = "rows\x1f"


@dataclass(frozen=True)
class Choice:
    """The source of an input, if there is one, and why; else what came near, and what to do."""

    source: Source | None
    chosen_by: str = ""
    near: tuple[Candidate, ...] = ()
    problem: str | None = None
    hint: str | None = None

    def spec(self, file: InputFile) -> FileSpec:
        """The layout in which the input is to be read."""
        return layout_of(file, self.source) if self.source else FileSpec()


@dataclass(frozen=True)
class Profile:
    """The rows of a table and its columns, before they mean anything."""

    table: Table
    rows: int
    columns: tuple[ColumnFacts, ...]

    @property
    def records(self) -> int:
        """All rows of the file, those included that were none."""
        return self.rows + len(self.table.ragged) + sum(self.table.left_out.values())


def choose(file: InputFile, options: ReadOptions, settings: Settings) -> Choice:
    """The source that is named, else the one that is recognised."""
    named = options.source or file.source
    if named:
        source = with_questions(find_source(named), settings.surveys.questions)
        fit = fit_of(file, source)
        by = "--source" if options.source else "the configuration"
        return Choice(source, f"named by {by}", (fit,) if fit.missing else ())
    known = candidates(file, built_in_sources())
    found = winners(known)
    if len(found) == 1:
        source = with_questions(found[0].source, settings.surveys.questions)
        return Choice(source, _recognised(file, found[0]))
    if found:
        names = " and ".join(one.source.name for one in found)
        hint = f"say which: --source {found[0].source.name}"
        return Choice(None, problem=f"{len(found)} sources match, {names}", hint=hint)
    given = shlex.quote(file.name if file.path is not None else "-")
    return Choice(
        None,
        near=tuple(nearest(known)[:_SHOWN_NEAREST]),
        problem="no known source reads this file as it is",
        hint=f"start a mapping: supportkpi inspect {given} --write-source mine.toml",
    )


def _recognised(file: InputFile, found: Candidate) -> str:
    """By what a source was recognised, in the file's own words."""
    if file.format in CHAT_FORMATS:
        return "recognised by its format"
    if not found.spec.header:
        return "recognised by the values of its columns"
    columns = read_head(file, found.spec).columns
    asked = dict.fromkeys(_found_columns(found.source, columns))
    return f"recognised by {', '.join(asked)}"


def _found_columns(source: Source, columns: tuple[str, ...]) -> Iterator[str]:
    """The columns of the file that a source asks for; of alternatives the first that is there."""
    match = source.match
    for names in (*((one,) for one in match.columns), *match.any, *((p,) for p in match.patterns)):
        found = (find_column(one, source.columns.get(one, ()), columns) for one in names)
        yield from (one.column for one in list(filter(None, found))[:1])


def file_facts(file: InputFile, choice: Choice, columns: int, profile: Profile | None) -> FileFacts:
    """The shape of a file; of one that was read to its end with the number of its rows."""
    spec, rows = choice.spec(file), profile.records if profile else None
    form = spec.format or file.format
    if form not in DELIMITED:
        return FileFacts(file.name, form, columns, rows)
    known = profile.table.shape if profile else None
    shape = known or shape_of(file, spec)
    return FileFacts(
        name=file.name,
        format=form,
        columns=columns,
        rows=rows,
        encoding=shape.text.encoding,
        delimiter=shape.dialect.delimiter,
        header_line=shape.header_line,
        is_guessed=shape.text.guessed,
    )


def head_columns(file: InputFile, spec: FileSpec) -> tuple[ColumnFacts, ...]:
    """What the first rows tell of the columns; nothing where there are not even first rows."""
    head = read_head(file, spec)
    return tuple(
        ColumnFacts(name, sum(map(bool, cells)), _different(filter(None, cells)))
        for name, *cells in zip(head.columns, *head.rows, strict=False)
        if head.rows
    )


def profiled(table: Table) -> Profile:
    """The table counted; read by the exact reader where polars fails or skips over faults.

    Raises InputError for bytes that no reader understands.
    """
    if table.texts_for_null:
        table = table.carefully()
    try:
        counts = _counted(table)
        nulls = counts[_ROWS] - counts[table.guard] if table.guard else 0
        irregular = table.has_irregular_rows(counts[_ROWS], nulls)
    except InputError:
        if table.guard is None:
            raise
        irregular = True
    if irregular:
        table = table.carefully()
        counts = _counted(table)
    samples = table.sample
    columns = tuple(
        ColumnFacts(name, counts[name], samples_of(samples[name].drop_nulls()))
        for name in table.columns
    )
    return Profile(table, counts[_ROWS], columns)


def opened(file: InputFile, choice: Choice) -> Profile:
    """The table of an input, in the shape that its source says or that is seen, counted.

    Raises InputError when it cannot be read.
    """
    return profiled(open_table(file, choice.spec(file)))


def _counted(table: Table) -> dict[str, int]:
    """How many values each column holds, and how many rows there are."""
    counts = table.frame.select(pl.len().alias(_ROWS), pl.all().count())
    return dict(table.collect(counts).row(0, named=True))


def samples_of(first: Iterable[Any]) -> tuple[str, ...]:
    """The first values that differ, as people read them."""
    return _different(map(_shown, first))


def _different(texts: Iterable[str]) -> tuple[str, ...]:
    """The first texts that differ, looked for only so far."""
    return tuple(dict.fromkeys(islice(texts, _SAMPLED)))[:_SAMPLES]


def _shown(value: Any) -> str:
    """A value as people read it; times inside the program are in UTC."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}{'' if value.tzinfo else 'Z'}"
    return str(value)
