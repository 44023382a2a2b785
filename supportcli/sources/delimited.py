"""Delimited text as a table: its shape, seen from its first lines, and its last ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from supportcli.errors import InputError
from supportcli.sources import layout
from supportcli.sources.decode import Text, as_text
from supportcli.sources.sniff import TAIL_BYTES, InputFile
from supportcli.sources.source import FileSpec
from supportcli.sources.split import Dialect, Record, split_records

_SHAPING_LINES: Final = 200
_CHUNK_BYTES: Final = 1 << 22


@dataclass(frozen=True)
class Shape:
    """How to read one delimited file.

    `first_line` is the line of the first row; `header_line` is that of the header, None where there
    is none.
    """

    text: Text
    dialect: Dialect
    names: tuple[str, ...]
    header_line: int | None
    first_line: int


def shape_of(file: InputFile, spec: FileSpec, *, whole: bool = False) -> Shape:
    """The shape of a file, as its mapping says or its first lines show.

    Raises InputError for a file without rows.
    """
    key = (
        "shape", spec.format, spec.delimiter, spec.quote, spec.header, spec.header_rows,
        spec.columns, spec.encoding, spec.preamble, whole,
    )  # fmt: skip
    return file.once(key, lambda: _shape_of(file, spec, whole=whole))


def _shape_of(file: InputFile, spec: FileSpec, *, whole: bool) -> Shape:
    text = as_text(file, spec.encoding, whole=whole)
    lines = text.head.split("\n")
    above = spec.preamble
    stated = layout.stated_delimiter(lines[above]) if len(lines) > above else None
    above += stated is not None
    some = lines[above : above + _SHAPING_LINES]
    delimiter = spec.delimiter or stated or ("\t" if _is_tsv(file, spec) else None)
    delimiter = delimiter or file.once(
        ("delimiter", spec.encoding, spec.quote, above, whole),
        lambda: layout.delimiter_of(some, spec.quote),
    )
    dialect = Dialect(delimiter, spec.quote, layout.escape_in(some, delimiter, spec.quote))
    records = list(split_records(some, dialect, above + 1))
    first = next((place for place, one in enumerate(records) if not one.is_blank), None)
    if first is None:
        raise InputError(f"{file.name}: the file has no rows")
    if not spec.header:
        return Shape(text, dialect, tuple(spec.columns), None, records[first].line)
    at = first if spec.preamble else layout.header_index(records, spec.header_rows)
    assert at is not None
    header = records[at : at + spec.header_rows]
    below = (one.line for one in records[at + len(header) :] if not one.is_blank)
    return Shape(
        text=text,
        dialect=dialect,
        names=tuple(layout.names_in(header)),
        header_line=header[0].line,
        first_line=next(below, header[-1].last + 1),
    )


def _is_tsv(file: InputFile, spec: FileSpec) -> bool:
    return (spec.format or file.format) == "tsv"


def head_rows(file: InputFile, spec: FileSpec) -> Iterator[list[str]]:
    """The names of the columns, where the file has them, and the first rows; no blank lines."""
    shape = shape_of(file, spec)
    if spec.header:
        yield list(shape.names)
    lines = shape.text.head.split("\n")[shape.first_line - 1 :]
    yield from (one.cells for one in split_records(lines, shape.dialect) if not one.is_blank)


def body_of(shape: Shape, *, has_header: bool) -> tuple[InputFile, layout.Ending]:
    """The file without what stands below its rows, and what that was.

    Only a table with a header is known to have a width that its other lines can miss.
    """
    file = shape.text.file
    ending = layout.Ending(0, {})
    lines = _last_lines(shape)
    if has_header and lines:
        texts = (line.decode("utf-8", errors="replace") for line in lines)
        records = [_lone_record(text, shape.dialect) for text in texts]
        known = _from_last_gap(records)
        ending = layout.ending_of(known, len(shape.names))
    if not ending.size:
        return file, ending
    size = sum(len(line) + 1 for line in lines[len(lines) - ending.size :])
    content = file.read()
    size -= not content.endswith(b"\n")
    return InputFile(file.name, content=content[: len(content) - size]), ending


def _last_lines(shape: Shape) -> list[bytes]:
    """The last lines of the file that can be rows, as they stand but for their line feed."""
    tail = shape.text.file.tail
    lines = tail.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines[1:] if len(tail) == TAIL_BYTES else lines[shape.first_line - 1 :]


def _lone_record(line: str, dialect: Dialect) -> Record | None:
    """The record in a line, if that line alone is one whatever stands before it."""
    line = line.rstrip("\r")
    if dialect.quote and dialect.quote in line:
        mark, end = re.escape(dialect.quote), re.escape(dialect.delimiter)
        cell = f"(?:{mark}(?:[^{mark}]|{mark}{mark})*{mark}|[^{mark}{end}]*)"
        if not re.fullmatch(f"{cell}(?:{end}{cell})*", line):
            return None
    return next(split_records([line], dialect))


def _from_last_gap(records: Sequence[Record | None]) -> list[Record]:
    """The records at the end before which there is none that is unknown."""
    known: list[Record] = []
    for record in reversed(records):
        if record is None:
            break
        known.append(record)
    return known[::-1]


def has_irregular_rows(
    body: InputFile, shape: Shape, rows: int, *, may_be_blank: bool = True
) -> bool:
    """Whether short rows or blank lines hide among rows that polars read.

    It counts the delimiters outside quotes and, where rows `may_be_blank`, looks for a line of
    nothing else.
    """
    mark = shape.dialect.delimiter.encode()
    between = len(shape.names) - 1
    if not between:
        return True
    blank = re.compile(b"\n" + re.escape(mark) * between + b"\r?(?:\n|$)")
    start = b"\n" + mark * between
    count, before = 0, b"\n"
    for chunk in _unquoted_chunks(body, shape):
        count += chunk.count(mark)
        if not may_be_blank:
            continue
        edge = before + chunk[: len(start) + 2]
        if any(start in part and blank.search(part) for part in (edge, chunk)):
            return True
        before = chunk[-len(start) - 2 :]
    return count != rows * between


def _unquoted_chunks(body: InputFile, shape: Shape) -> Iterator[bytes]:
    """The bytes from the first row on with everything between quotes taken out, piece by piece."""
    mark = shape.dialect.quote.encode()
    span = re.compile(mark + b"[^" + mark + b"]*" + mark) if mark else None
    rest = b""
    with body.open() as stream:
        for _ in range(shape.first_line - 1):
            stream.readline()
        while chunk := stream.read(_CHUNK_BYTES):
            if span is None or (not rest and mark not in chunk):
                yield chunk
                continue
            text = span.sub(b"", rest + chunk)
            opened = text.find(mark)
            rest = text[opened:] if opened >= 0 else b""
            yield text[:opened] if opened >= 0 else text
    yield rest
