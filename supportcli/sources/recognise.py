"""Which source an input is: the most specific match wins, a tie is an error that names both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from supportcli.errors import InputError
from supportcli.sources.read import open_table
from supportcli.sources.sniff import InputFile, head_rows
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
    for spelling in (canonical, *spellings):
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
    most = len(source.file.columns)
    least = source.file.min_columns or most
    return bool(head.rows) and all(least <= len(row) <= most for row in head.rows)


def _fits(source: Source, name: str, pattern: str, head: Head) -> bool:
    """Whether the first values of a column, empty ones aside, all fit a pattern."""
    column = find_column(name, source.columns.get(name, ()), head.columns)
    if column is None:
        return False
    position = head.columns.index(column)
    values = [row[position] for row in head.rows if len(row) > position and row[position].strip()]
    return bool(values) and all(re.search(pattern, value) for value in values)


def candidates(file: InputFile, sources: Iterable[Source]) -> list[Candidate]:
    """Every source with how it fits this input; the input is read once a `[file]` shape."""
    heads: dict[tuple[object, ...], Head] = {}
    result = []
    for source in sources:
        if not _is_format(file, source.file):
            continue
        spec = source.file
        shape = (spec.format, spec.delimiter, spec.quote, spec.columns, spec.preamble, spec.encoding)
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
    fitting = [candidate for candidate in known if not candidate.missing and candidate.score]
    if not fitting:
        raise _unknown(file, known)
    best = max(candidate.score for candidate in fitting)
    winners = [candidate.source for candidate in fitting if candidate.score == best]
    if len(winners) > 1:
        names = " and ".join(source.name for source in winners)
        raise InputError(
            f"{file.name}: two sources match, {names}",
            hint=f"say which: --source {winners[0].name}",
        )
    return winners[0]


def _nearness(candidate: Candidate) -> tuple[float, int]:
    """The share of what a source looks at that is there, then how little is missing.

    A column that is missing is one thing missing, whether it has a pattern or not.
    """
    match = candidate.source.match
    asked = len({*match.columns, *match.patterns}) + (not candidate.source.file.header)
    return 1 - len(candidate.missing) / max(asked, 1), -len(candidate.missing)


def _unknown(file: InputFile, known: Sequence[Candidate]) -> InputError:
    reachable = [one for one in known if one.score and one.source.file.header] or list(known)
    if not reachable:
        return InputError(f"{file.name}: no known source reads {file.format} files")
    nearest = max(reachable, key=_nearness)
    lacks = ", ".join(nearest.missing)
    return InputError(
        f"{file.name}: the format is unknown; the nearest source, {nearest.source.name}, "
        f"lacks: {lacks}",
        hint=f"start a mapping of your own: supportkpi inspect {file.name} "
        "--write-source mine.toml",
    )
