"""The exact reader of delimited files: slower, but every row has its line and every fault a name.

It is called where polars failed or where its result does not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from supportcli.errors import InputError
from supportcli.sources.delimited import Shape
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec
from supportcli.sources.split import Record, is_left_open, split_records


@dataclass(frozen=True)
class RaggedRow:
    """A row whose cells do not fit the columns."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class CarefulResult:
    """The rows that fit, the line on which each begins, and the rows that do not fit."""

    frame: pl.DataFrame
    lines: list[int]
    ragged: list[RaggedRow]


def read(body: InputFile, spec: FileSpec, shape: Shape) -> CarefulResult:
    """Read all rows of a delimited file, those of a wrong width set apart.

    Raises InputError, with the line, for an unclosed quote.
    """
    most = len(shape.names)
    least = most if spec.header else spec.min_columns or most
    nulls = frozenset(spec.null_values)
    columns: list[list[str | None]] = [[] for _ in shape.names]
    lines, ragged = [], []
    for record in _records(body, shape):
        cells = _without_surplus(record.cells, most)
        if not least <= len(cells) <= most:
            ragged.append(_ragged(record, least, most))
            continue
        lines.append(record.line)
        padded = [*cells, *[""] * (most - len(cells))]
        for column, cell in zip(columns, padded, strict=True):
            column.append(None if cell in nulls else cell)
    # By name, for a series without a name would be given one.
    cells_by_name = dict(zip(shape.names, columns, strict=True))
    frame = pl.DataFrame(cells_by_name, schema=dict.fromkeys(shape.names, pl.String))
    return CarefulResult(frame, lines, ragged)


def lines_of(body: InputFile, shape: Shape, rows: Sequence[int]) -> dict[int, int | None]:
    """The line on which each of these rows begins; rows count from 0."""
    wanted, last = set(rows), max(rows)
    found: dict[int, int | None] = {}
    for position, record in enumerate(_records(body, shape)):
        if position in wanted:
            found[position] = record.line
        if position >= last:
            break
    return found


def _records(body: InputFile, shape: Shape) -> Iterator[Record]:
    """Every row as a record; lines without anything in them are none."""
    text = body.read().decode("utf-8", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", " ").split("\n")[shape.first_line - 1 :]
    if lines and not lines[-1]:
        lines.pop()
    last = None
    for record in split_records(lines, shape.dialect, shape.first_line):
        last = record
        if not record.is_blank:
            yield record
    if last is not None and is_left_open(lines[last.line - shape.first_line :], shape.dialect):
        raise InputError(
            f"{body.name}:{last.line}: a quote is opened and never closed",
            hint="mend the row, or export the file again",
        )


def _without_surplus(cells: list[str], most: int) -> list[str]:
    """The cells without empty ones beyond the last column."""
    return cells if any(cells[most:]) else cells[:most]


def _ragged(record: Record, least: int, most: int) -> RaggedRow:
    width = str(most) if least == most else f"{least} to {most}"
    count = len(record.cells)
    cells = "cell" if count == 1 else "cells"
    reason = f"the row has {count} {cells}, the file has {width} columns"
    return RaggedRow(record.line, ",".join(record.cells), reason)
