"""The exact reader of delimited files: slower, but every row has its line and every fault a name.

It stands on the csv module of the standard library, which counts lines and bears malformed
quoting. It is called where polars failed or where its result does not add up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from supportcli.errors import InputError
from supportcli.sources.sniff import InputFile, csv_reader, delimiter_for, unique_names
from supportcli.sources.source import FileSpec


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


def read(file: InputFile, spec: FileSpec) -> CarefulResult:
    """Read a whole delimited file, rows of a wrong width set apart.

    Raises InputError, with the line, for bytes that are no text and for an unclosed quote.
    """
    records = _records(file, spec)
    if spec.header:
        header = next(records, None)
        if header is None:
            raise InputError(f"{file.name}: the file has no header")
        names = unique_names([name.removeprefix("\ufeff") for name in header.cells])
    else:
        names = list(spec.columns)
    least = spec.min_columns or len(names)
    nulls = frozenset(spec.null_values)
    columns: list[list[str | None]] = [[] for _ in names]
    lines, ragged = [], []
    for record in records:
        if not least <= len(record.cells) <= len(names):
            ragged.append(_ragged(record, least, len(names)))
            continue
        lines.append(record.line)
        padded = [*record.cells, *[""] * (len(names) - len(record.cells))]
        for column, cell in zip(columns, padded, strict=True):
            column.append(None if cell in nulls else cell)
    series = [
        pl.Series(name, column, dtype=pl.String)
        for name, column in zip(names, columns, strict=True)
    ]
    return CarefulResult(pl.DataFrame(series), lines, ragged)


def lines_of(file: InputFile, spec: FileSpec, rows: Sequence[int]) -> dict[int, int | None]:
    """The line on which each of these rows begins; rows count from 0 after the header."""
    wanted, last = set(rows), max(rows)
    found: dict[int, int | None] = {}
    for position, record in enumerate(_records(file, spec), start=-1 if spec.header else 0):
        if position in wanted:
            found[position] = record.line
        if position >= last:
            break
    return found


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str]


def _records(file: InputFile, spec: FileSpec) -> Iterator[_Record]:
    """Every record with the line it begins on; blank lines are none."""
    lines = whole_text(file, spec).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    body = lines[spec.preamble :]
    delimiter = delimiter_for(file, spec, next((line for line in body if line), ""))
    reader = csv_reader(body, delimiter, spec.quote)
    begins, line_num = 1, 0
    for cells in reader:
        begins, line_num = line_num + 1, _line_num(reader)
        if cells:
            yield _Record(begins + spec.preamble, cells)
    if spec.quote:
        _check_closed(file, spec, body[begins - 1 :], begins, delimiter)


def _line_num(reader: Iterator[list[str]]) -> int:
    return int(reader.line_num)  # type: ignore[attr-defined]


def _check_closed(
    file: InputFile, spec: FileSpec, last: list[str], begins: int, delimiter: str
) -> None:
    """An unclosed quote swallows the rest of the file, so it shows in the last record."""
    strict = csv.reader(
        io.StringIO("\n".join(last)), delimiter=delimiter, quotechar=spec.quote, strict=True
    )
    try:
        for _ in strict:
            pass
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise InputError(
                f"{file.name}:{begins + spec.preamble}: a quote is opened and never closed",
                hint="mend the row, or export the file again",
            ) from error


def _ragged(record: _Record, least: int, most: int) -> RaggedRow:
    width = str(most) if least == most else f"{least} to {most}"
    count = len(record.cells)
    cells = "cell" if count == 1 else "cells"
    reason = f"the row has {count} {cells}, the file has {width} columns"
    return RaggedRow(record.line, ",".join(record.cells), reason)


def whole_text(file: InputFile, spec: FileSpec) -> str:
    """The whole file as text, its lines ended by line feeds alone.

    Raises InputError, with the line, for bytes that are no text.
    """
    with file.open() as stream:
        content = stream.read()
    encoding = spec.encoding or file.encoding
    try:
        text = content.decode(encoding)
    except LookupError as error:
        raise InputError(f'{file.name}: there is no encoding "{encoding}"') from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{file.name}:{line}: the bytes are no {encoding} text (byte {error.start})",
            hint='export it as UTF-8, or say in a mapping: [file] encoding = "cp1252"',
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
