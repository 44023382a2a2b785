"""Which source an input is: the most specific match wins, a tie is an error that names both."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from supportcli.errors import InputError
from supportcli.sources.delimited import head_rows
from supportcli.sources.read import open_table
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec, Source, is_regex

_PROBE_ROWS = 50


@dataclass(frozen=True)
class Head:
    """What recognition looks at: the names of the columns and the first rows under them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Candidate:
    """How well one source fits: how much it asked for, and what of it is not there."""

    source: Source
    score: int
    missing: tuple[str, ...]


def normal(name: str) -> str:
    """A column's name without case and surrounding space."""
    return name.strip().casefold()


def find_column(canonical: str, spellings: Iterable[str], columns: Sequence[str]) -> str | None:
    """The column that bears a canonical name or one of its other spellings, as it is written."""
    by_name = _by_normal_name(tuple(columns))
    if normal(canonical) in by_name:
        return by_name[normal(canonical)]
    for spelling in spellings:
        if is_regex(spelling):
            pattern = re.compile(spelling[1:-1], re.IGNORECASE)
            match = next((name for name in columns if pattern.fullmatch(name.strip())), None)
        else:
            match = by_name.get(normal(spelling))
        if match is not None:
            return match
    return None


@lru_cache(maxsize=64)
def _by_normal_name(columns: tuple[str, ...]) -> dict[str, str]:
    return {normal(name): name for name in reversed(columns)}


def read_head(file: InputFile, spec: FileSpec) -> Head:
    """The head of an input as a source with this `[file]` table would read it."""
    if (spec.format or file.format) in ("csv", "tsv"):
        rows = [tuple(row) for row in islice(head_rows(file, spec), _PROBE_ROWS + 1)]
        if not spec.header:
            return Head(tuple(spec.columns), tuple(rows))
        return Head(rows[0] if rows else (), tuple(rows[1:]))
    table = open_table(file, spec)
    sample = table.sample.head(_PROBE_ROWS)
    rows = [tuple("" if cell is None else str(cell) for cell in row) for row in sample.rows()]
    return Head(table.columns, tuple(rows))


def judge(source: Source, head: Head) -> Candidate:
    """How the head fits the source's `[match]` table."""
    missing = [
        name
        for name in source.match.columns
        if find_column(name, source.columns.get(name, ()), head.columns) is None
    ]
    missing += [
        f"{name} like {pattern}"
        for name, pattern in source.match.patterns.items()
        if name not in missing and not _fits(source, name, pattern, head)
    ]
    if not source.file.header and not _has_width(source, head):
        missing.append(f"rows of {source.file.min_columns} to {len(source.file.columns)} cells")
    asked = len(source.match.columns) + len(source.match.patterns) + (not source.file.header)
    return Candidate(source, asked, tuple(missing))


def _has_width(source: Source, head: Head) -> bool:
    """Whether most of the first rows have as many cells as the layout."""
    most = len(source.file.columns)
    least = source.file.min_columns or most
    return 2 * sum(least <= len(row) <= most for row in head.rows) > len(head.rows)


def _fits(source: Source, name: str, pattern: str, head: Head) -> bool:
    """Whether most of the first values of a column, empty ones aside, fit a pattern.

    Not all: a wrong date near the top is one row to reject, no other format. And a file without
    rows has no value that does not fit: that it has no rows is said later.
    """
    column = find_column(name, source.columns.get(name, ()), head.columns)
    if column is None or not head.rows:
        return column is not None
    position = head.columns.index(column)
    values = [row[position] for row in head.rows if len(row) > position and row[position].strip()]
    return 2 * sum(bool(re.search(pattern, value)) for value in values) > len(values)


def candidates(file: InputFile, sources: Iterable[Source]) -> list[Candidate]:
    """Every source with how it fits this input; the input is read once a `[file]` shape."""
    heads: dict[tuple[object, ...], Head] = {}
    result = []
    for source in sources:
        if not _is_format(file, source.file):
            continue
        spec = source.file
        shape = (
            spec.format,
            spec.delimiter,
            spec.quote,
            spec.columns,
            spec.preamble,
            spec.encoding,
            spec.header_rows,
            spec.records,
        )
        if shape not in heads:
            heads[shape] = read_head(file, spec)
        result.append(judge(source, heads[shape]))
    return result


def _is_format(file: InputFile, spec: FileSpec) -> bool:
    """A headerless layout is one of delimited text; an export of another format has names."""
    delimited = file.format in ("csv", "tsv")
    return delimited if not spec.header else spec.format in (None, file.format)


def recognise(file: InputFile, sources: Iterable[Source]) -> Source:
    """The source of an input.

    Raises InputError when none fits, naming the nearest and what it lacks, or when two fit alike.
    """
    known = candidates(file, sources)
    found = winners(known)
    if not found:
        raise _unknown(file, known)
    if len(found) > 1:
        names = " and ".join(source.name for source in found)
        raise InputError(
            f"{file.name}: two sources match, {names}",
            hint=f"say which: --source {found[0].name}",
        )
    return found[0]


def winners(known: Sequence[Candidate]) -> list[Source]:
    """The sources with the most specific match: one if all is well, none, or several that tie."""
    fitting = [candidate for candidate in known if not candidate.missing and candidate.score]
    best = max((candidate.score for candidate in fitting), default=0)
    return [candidate.source for candidate in fitting if candidate.score == best]


def nearest(known: Sequence[Candidate]) -> list[Candidate]:
    """The sources that could have been meant, the nearest first."""
    reachable = [one for one in known if one.score and one.source.file.header] or list(known)
    return sorted(reachable, key=_nearness, reverse=True)


def _nearness(candidate: Candidate) -> tuple[float, int]:
    """The share of what a source looks at that is there, then how little is missing.

    A column that is missing is one thing missing, whether it has a pattern or not.
    """
    match = candidate.source.match
    asked = len({*match.columns, *match.patterns}) + (not candidate.source.file.header)
    return 1 - len(candidate.missing) / max(asked, 1), -len(candidate.missing)


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
