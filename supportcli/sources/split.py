"""Lines to records: delimited text cut into cells, each record with the line that it begins on.

It stands on the csv module of the standard library. What that would change in silence, a cell that
begins with a quote and goes on after it, keeps its text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_CELL_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class Dialect:
    """How records are written: what parts cells, what quotes them, what escapes a quote inside.

    Without an `escape` a quote inside is doubled; without a `quote` nothing is quoted.
    """

    delimiter: str
    quote: str = '"'
    escape: str | None = None


@dataclass(frozen=True)
class Record:
    """The cells of one record. `line` counts from 1, `last` is the line on which it ends."""

    line: int
    last: int
    cells: list[str]

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything: a blank line, or the delimiters of one."""
        return not any(map(_holds, self.cells))

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(map(_holds, self.cells))


def _holds(cell: str) -> bool:
    """Whether a cell holds anything but space; logs that were cut off end in NUL bytes."""
    return bool(cell) and bool(cell.strip().strip("\0"))


def split_records(lines: Sequence[str], dialect: Dialect, first: int = 1) -> Iterator[Record]:
    """Every record, blank ones too; `first` is the number of the first line."""
    reader = _reader(lines, dialect)
    tolerant = _tolerant(dialect)
    begins = 0
    for cells in reader:
        ends = reader.line_num  # type: ignore[attr-defined]
        if tolerant is not None and any(dialect.quote in line for line in lines[begins:ends]):
            text = "\n".join(lines[begins:ends])
            cells = _kept(tolerant, text, cells)  # noqa: PLW2901
        yield Record(begins + first, ends + first - 1, cells)
        begins = ends


def _reader(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(_CELL_BYTES)
    if not dialect.quote:
        return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        strict=strict,
    )


@dataclass(frozen=True)
class _Tolerant:
    """The patterns by which a record with quotes in the wrong place is cut."""

    suspect: re.Pattern[str]
    cell: re.Pattern[str]
    quote: str


def _tolerant(dialect: Dialect) -> _Tolerant | None:
    """None where every quote is a proper one or none is."""
    if not dialect.quote or dialect.escape:
        return None
    mark, end = re.escape(dialect.quote), re.escape(dialect.delimiter)
    quoted = f"{mark}(?:[^{mark}]|{mark}{mark})*{mark}"
    return _Tolerant(
        suspect=re.compile(f"(?:^|{end}){quoted}(?!{end}|{mark}|$)"),
        cell=re.compile(f"({quoted})?([^{end}]*)({end}|$)"),
        quote=dialect.quote,
    )


def _kept(tolerant: _Tolerant, text: str, cells: list[str]) -> list[str]:
    """The cells of one record; one that goes on after its closing quote is kept as it stands."""
    if not tolerant.suspect.search(text):
        return cells
    result, at = [], 0
    while True:
        match = tolerant.cell.match(text, at)
        if match is None:
            return cells
        quoted, rest, end = match.groups()
        if quoted and not rest:
            result.append(quoted[1:-1].replace(tolerant.quote * 2, tolerant.quote))
        else:
            result.append((quoted or "") + rest)
        at = match.end()
        if not end:
            return result


def fault_in(lines: Sequence[str], dialect: Dialect) -> str | None:
    """What a strict reader finds wrong with these lines; None where all is well."""
    try:
        for _ in _reader(lines, dialect, strict=True):
            pass
    except csv.Error as error:
        return str(error)
    return None


def is_left_open(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether a quote in these lines is opened and never closed."""
    return "unexpected end of data" in (fault_in(lines, dialect) or "")
