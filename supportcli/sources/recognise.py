"""Which source an input is: the most specific match wins, a tie is an error that names both."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from supportcli.errors import InputError
from supportcli.sources.delimited import head_rows
from supportcli.sources.folding import fold
from supportcli.sources.names import find_column
from supportcli.sources.read import open_table
from supportcli.sources.sniff import DELIMITED, InputFile
from supportcli.sources.source import CHAT_FORMATS, FileSpec, Source

_PROBE_ROWS = 50


@dataclass(frozen=True)
class Head:
    """What recognition looks at: the names of the columns and the first rows under them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Candidate:
    """How well one source fits in a layout: how much it asked for, and what is not there."""

    source: Source
    spec: FileSpec
    score: int
    missing: tuple[str, ...]


def read_head(file: InputFile, spec: FileSpec) -> Head:
    """The head of an input as a source with this `[file]` table would read it."""
    if (spec.format or file.format) in DELIMITED:
        rows = [tuple(row) for row in islice(head_rows(file, spec), _PROBE_ROWS + 1)]
        if not spec.header:
            return Head(tuple(spec.columns), tuple(rows))
        return Head(rows[0] if rows else (), tuple(rows[1:]))
    table = open_table(file, spec)
    sample = table.sample.head(_PROBE_ROWS)
    rows = [tuple("" if cell is None else str(cell) for cell in row) for row in sample.rows()]
    return Head(table.columns, tuple(rows))


def judge(source: Source, head: Head, spec: FileSpec) -> Candidate:
    """How the head, read as `spec` says, fits the source's `[match]` table."""
    match = source.match
    positional = not spec.header
    names = match.columns or source.file.columns[: source.file.least_columns]
    missing = [name for name in names if _column(source, name, head) is None]
    missing += [
        " or ".join(names)
        for names in match.any
        if all(_column(source, name, head) is None for name in names)
    ]
    missing += [
        f"{name} like {pattern}"
        for name, pattern in match.patterns.items()
        if name not in missing and not _fits(source, name, pattern, head, spec)
    ]
    if positional and not _has_width(source, head):
        missing.append(f"rows of {source.file.least_columns} to {len(source.file.columns)} cells")
    asked = 1 + len(match.columns) if positional else len(names)
    return Candidate(source, spec, asked + len(match.any) + len(match.patterns), tuple(missing))


def _column(source: Source, name: str, head: Head) -> str | None:
    found = find_column(name, source.columns.get(name, ()), head.columns)
    return found.column if found else None


def _has_width(source: Source, head: Head) -> bool:
    """Whether most of the first rows have as many cells as the layout."""
    least, most = source.file.least_columns, len(source.file.columns)
    return 2 * sum(least <= len(row) <= most for row in head.rows) > len(head.rows)


def _fits(source: Source, name: str, pattern: str, head: Head, spec: FileSpec) -> bool:
    """Whether most of the first values of a column fit a pattern: empty ones aside, words as meant.

    Not all: a wrong date near the top is one row to reject, no other format. And a file without
    rows has no value that does not fit: that it has no rows is said later.
    """
    column = _column(source, name, head)
    if column is None or not head.rows:
        return column is not None
    position = head.columns.index(column)
    words = {fold(text): word for text, word in source.words.get(name, {}).items()}
    cells = (row[position] for row in head.rows if len(row) > position)
    values = [words.get(fold(cell), cell) if words else cell for cell in cells if cell.strip()]
    if not values:
        return spec.header
    return 2 * sum(bool(re.search(pattern, value)) for value in values) > len(values)


def candidates(file: InputFile, sources: Iterable[Source]) -> list[Candidate]:
    """Every source with how it fits this input; the input is read once a `[file]` shape."""
    heads: dict[tuple[object, ...], Head | None] = {}
    result = []
    for source in sources:
        found = [
            judge(source, head, spec)
            for spec in _layouts(file, source.file)
            if (head := _head_as(file, spec, heads)) is not None
        ]
        result += sorted(found, key=_nearness)[-1:]
    return result


def layout_of(file: InputFile, source: Source) -> FileSpec:
    """The layout in which an input of this source is to be read: of several, the one that fits.

    Raises InputError for an input that cannot be read as the source says.
    """
    first, *others = _layouts(file, source.file) or [source.file]
    return _best(file, source, [first, *others]).spec if others else first


def fit_of(file: InputFile, source: Source) -> Candidate:
    """How one source fits an input, in the layout that fits best.

    Raises InputError for an input that cannot be read as the source says.
    """
    return _best(file, source, _layouts(file, source.file) or [source.file])


def _best(file: InputFile, source: Source, layouts: Iterable[FileSpec]) -> Candidate:
    return max((judge(source, read_head(file, spec), spec) for spec in layouts), key=_nearness)


def _layouts(file: InputFile, spec: FileSpec) -> list[FileSpec]:
    """The layouts in which a source could have written this input.

    Without a header only delimited text can be; an export of another format has names. A chat
    is of the sources made for its format, and of no other.
    """
    if spec.format != file.format and (spec.format or file.format in CHAT_FORMATS):
        return []
    if file.format not in DELIMITED:
        return [spec.with_header() if spec.columns else spec]
    return [spec.with_header(), spec] if spec.header_optional else [spec]


def _head_as(
    file: InputFile, spec: FileSpec, heads: dict[tuple[object, ...], Head | None]
) -> Head | None:
    """The head in a layout, read once for all sources that share it; None where it has no such."""
    shape = (spec.delimiter, spec.quote, spec.header, spec.header_rows, spec.columns,
             spec.preamble, spec.encoding, spec.records)  # fmt: skip
    if shape not in heads:
        try:
            heads[shape] = read_head(file, spec)
        except InputError:
            if spec.records is None:
                raise
            heads[shape] = None
    return heads[shape]


def recognise(file: InputFile, sources: Iterable[Source]) -> Candidate:
    """The source of an input, and its layout.

    Raises InputError when none fits, naming the nearest and what it lacks, or when two fit alike.
    """
    known = candidates(file, sources)
    found = winners(known)
    if not found:
        raise _unknown(file, known)
    if len(found) > 1:
        names = " and ".join(one.source.name for one in found)
        raise InputError(
            f"{file.name}: two sources match, {names}",
            hint=f"say which: --source {found[0].source.name}",
        )
    return found[0]


def winners(known: Sequence[Candidate]) -> list[Candidate]:
    """The sources with the most specific match: one if all is well, none, or several that tie."""
    fitting = [candidate for candidate in known if not candidate.missing and candidate.score]
    fitting = [one for one in fitting if not one.source.match.fallback] or fitting
    best = max((candidate.score for candidate in fitting), default=0)
    return [candidate for candidate in fitting if candidate.score == best]


def nearest(known: Sequence[Candidate]) -> list[Candidate]:
    """The sources that could have been meant, the nearest first."""
    reachable = [one for one in known if one.score and one.spec.header] or list(known)
    return sorted(reachable, key=_nearness, reverse=True)


def _nearness(candidate: Candidate) -> tuple[float, int]:
    """The share of what a source looks at that is there, then how little is missing.

    A column that is missing is one thing missing, whether it has a pattern or not.
    """
    return 1 - len(candidate.missing) / max(candidate.score, 1), -len(candidate.missing)


def _unknown(file: InputFile, known: Sequence[Candidate]) -> InputError:
    if not known:
        return InputError(f"{file.name}: no known source reads {file.format} files")
    near = nearest(known)[0]
    lacks = ", ".join(near.missing)
    given = shlex.quote(file.name if file.path is not None else "-")
    return InputError(
        f"{file.name}: the format is unknown; the nearest source, {near.source.name}, "
        f"lacks: {lacks}",
        hint=f"start a mapping of your own: supportkpi inspect {given} --write-source mine.toml",
    )
