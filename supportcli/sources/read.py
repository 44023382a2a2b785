"""Path to text columns: an input as a lazy table of text, without deciding what it means.

A delimited file is read by polars. What polars would swallow in silence (a short row, a blank
line) or stop at without a line number (a long row, an unclosed quote, bytes that are no UTF-8) is
noticed, and the file read again, slowly and exactly, by `careful`.
"""

from __future__ import annotations

import codecs
import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources import careful, telegram, whatsapp
from supportcli.sources.sniff import InputFile, delimiter_for, head_rows, unique_names
from supportcli.sources.source import FileSpec

SURPLUS: Final = "surplus\x1f"
"""A column beyond the last: filled in the rows that have more cells than the header."""

_UTF_8: Final = ("utf-8", "utf8", "utf-8-sig")

SAMPLE_ROWS: Final = 1_000
_CHUNK_BYTES: Final = 1 << 22
_SHOWN_CHARACTERS: Final = 80


@dataclass(frozen=True)
class Reject:
    """A row that could not be understood: where it is, the column and value, and why.

    `line` is the line of a text file, the first of the row; `row` counts from 1 in files that
    have no lines.
    """

    file: str
    line: int | None
    row: int | None
    column: str
    value: str | None
    reason: str

    @property
    def place(self) -> str:
        """`tickets.csv:1042 (created_at)`."""
        where = f"{self.file}:{self.line}" if self.line else f"{self.file}, row {self.row}"
        return f"{where} ({self.column})" if self.column else where

    @property
    def message(self) -> str:
        """The reason as a sentence, the value in it shortened and quoted."""
        shown = json.dumps((self.value or "")[:_SHOWN_CHARACTERS], ensure_ascii=False)
        return self.reason.replace("{value}", shown)


@dataclass(frozen=True)
class Table:
    """The raw rows of one input: `frame` holds one column a cell, nearly always of text.

    `guard` is the column that is null in every short row and blank line of a delimited file;
    `ragged` are the rows that were left out for their width, with their lines. `texts_for_null`
    are the texts that still stand where a null should; `head` is the frame of the first rows,
    where they can be had without opening the whole file.
    """

    file: InputFile
    spec: FileSpec
    frame: pl.LazyFrame
    columns: tuple[str, ...]
    guard: str | None = None
    ragged: tuple[Reject, ...] = ()
    exact_lines: Sequence[int] | None = None
    texts_for_null: tuple[str, ...] = ()
    head: pl.LazyFrame | None = None

    @cached_property
    def sample(self) -> pl.DataFrame:
        """The first rows, from which the forms of the values are learnt."""
        rows = self._head_rows()
        if rows is None:
            rows = self.collect(self.frame.head(SAMPLE_ROWS))
        return rows.drop(SURPLUS, strict=False)

    def _head_rows(self) -> pl.DataFrame | None:
        """The first rows without opening the whole file; None where its head ends in quotes."""
        if self.head is None:
            return None
        try:
            return self.head.head(SAMPLE_ROWS).collect()
        except pl.exceptions.PolarsError:
            return None

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Run a query over this table, a failure of the reader told as an InputError."""
        try:
            return frame.collect()
        except pl.exceptions.InvalidOperationError:
            raise
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError(f"{self.file.name}: {first_line(error)}") from error

    def has_irregular_rows(self, rows: int, guard_nulls: int) -> bool:
        """Whether short rows or blank lines hide among the rows that polars read.

        Only where the guard is null need the delimiters of the whole file be counted.
        """
        if self.guard is None or guard_nulls == 0:
            return False
        if self.spec.min_columns is not None:
            return True
        delimiter = delimiter_in(self.file, self.spec)
        expected = (rows + self.spec.header) * (len(self.columns) - 1)
        return _count_unquoted(self.file, delimiter, self.spec.quote) != expected

    def carefully(self) -> Table:
        """The same input read again, exactly: no text for null left, every row of full width."""
        if self.texts_for_null:
            texts = list(self.texts_for_null)
            nulls = [
                pl.when(pl.col(name).is_in(texts).not_()).then(pl.col(name)).alias(name)
                for name, kind in self.frame.collect_schema().items()
                if kind == pl.String
            ]
            return replace(self, frame=self.frame.with_columns(nulls), texts_for_null=())
        result = careful.read(self.file, self.spec)
        ragged = tuple(
            Reject(self.file.name, row.line, None, "", row.text, row.reason)
            for row in result.ragged
        )
        return replace(
            self,
            frame=result.frame.lazy(),
            columns=tuple(result.frame.columns),
            guard=None,
            ragged=ragged,
            exact_lines=result.lines,
        )

    def lines_of(self, rows: Sequence[int]) -> dict[int, int | None]:
        """The line in the file of each of these rows, counted from 0; None in a binary file."""
        if self.exact_lines is not None:
            return {row: self.exact_lines[row] for row in rows}
        if self.guard is None or not rows:
            return dict.fromkeys(rows)
        return careful.lines_of(self.file, self.spec, rows)


def first_line(error: Exception) -> str:
    """The first line of an error's text: the rest of a polars message is advice to programmers."""
    return str(error).strip().partition("\n")[0]


def delimiter_in(file: InputFile, spec: FileSpec) -> str:
    """The delimiter of this file."""
    lines = file.text_head(spec.encoding).split("\n")[spec.preamble :]
    return delimiter_for(file, spec, next((line for line in lines if line), ""))


def open_table(file: InputFile, spec: FileSpec) -> Table:
    """The raw table of an input, as the `[file]` table of its mapping says.

    Raises InputError for a file that is empty or has no header.
    """
    form = spec.format or file.format
    return _OPENERS[form](file, spec)


def _place(file: InputFile) -> Any:
    return file.path if file.path is not None else file.content


def _open_parquet(file: InputFile, spec: FileSpec) -> Table:
    return _structured(file, spec, lambda: pl.scan_parquet(_place(file), glob=False))


def _open_ndjson(file: InputFile, spec: FileSpec) -> Table:
    return _structured(file, spec, lambda: _read_ndjson(file))


def _read_ndjson(file: InputFile) -> pl.LazyFrame:
    """All lines; a line that is no JSON object is an InputError that names it."""
    content = _bytes(file)
    try:
        return pl.read_ndjson(content, infer_schema_length=None).lazy()
    except pl.exceptions.PolarsError:
        for number, line in enumerate(content.split(b"\n"), start=1):
            if line.strip() and not _is_json_object(line):
                raise InputError(f"{file.name}:{number}: the line is no JSON object") from None
        raise


def _is_json_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _open_json(file: InputFile, spec: FileSpec) -> Table:
    return _structured(
        file, spec, lambda: pl.read_json(_bytes(file), infer_schema_length=None).lazy()
    )


def _bytes(file: InputFile) -> bytes:
    with file.open() as stream:
        return stream.read()


def _structured(file: InputFile, spec: FileSpec, scan: Callable[[], pl.LazyFrame]) -> Table:
    try:
        frame = scan()
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file.name}: {first_line(error)}") from error
    columns = unique_names(names)
    if columns != names:
        frame = frame.rename(dict(zip(names, columns, strict=True)))
    return Table(file, spec, frame, tuple(columns), texts_for_null=spec.null_values)


def _open_telegram(file: InputFile, spec: FileSpec) -> Table:
    document = telegram.read_json(careful.whole_text(file, spec), file.name)
    return _structured(file, spec, lambda: telegram.messages(document, file.name).lazy())


def _open_whatsapp(file: InputFile, spec: FileSpec) -> Table:
    chat = whatsapp.messages(careful.whole_text(file, spec), file.name)
    return replace(_structured(file, spec, chat.frame.lazy), exact_lines=chat.lines)


def _open_delimited(file: InputFile, spec: FileSpec) -> Table:
    names = column_names(file, spec)
    table = Table(file, spec, pl.LazyFrame(), tuple(names), guard=_guard(names, spec))
    if _polars_misreads(file, spec):
        return table.carefully()
    scan = functools.partial(
        pl.scan_csv,
        # The header is skipped as a row, so that a column beyond the last can be asked for.
        has_header=False,
        skip_rows=int(spec.header),
        separator=delimiter_in(file, spec),
        quote_char=spec.quote or None,
        schema=dict.fromkeys([*names, SURPLUS], pl.String),
        missing_columns="insert",
        # Said even where it is only "": a quoted empty cell is null then, as in `careful`.
        null_values=list(spec.null_values),
        glob=False,
    )
    head = scan(file.head[: file.head.rfind(b"\n") + 1] or file.head)
    table = replace(table, frame=scan(_place(file)), head=head)
    return table if _has_sound_head(table) else table.carefully()


def _has_sound_head(table: Table) -> bool:
    """Whether polars can read the first rows; it stops at a long row or a quote left open."""
    try:
        _ = table.sample
    except InputError:
        return False
    return True


def _polars_misreads(file: InputFile, spec: FileSpec) -> bool:
    """Encodings other than UTF-8, bare carriage returns, and lines above the header."""
    encoding = (spec.encoding or file.encoding).lower().replace("_", "-")
    only_carriage_returns = b"\r" in file.head and b"\n" not in file.head
    blank_first = file.head.removeprefix(codecs.BOM_UTF8)[:1] in (b"\r", b"\n")
    lines_above = spec.preamble > 0 or (spec.header and blank_first)
    return encoding not in _UTF_8 or only_carriage_returns or lines_above


def column_names(file: InputFile, spec: FileSpec) -> list[str]:
    """The columns of a delimited file: its header, or the names the mapping gives.

    Raises InputError where a header is promised and the file has none.
    """
    rows = head_rows(file, spec)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{file.name}: the file has no rows")
    if spec.header:
        return unique_names([name.removeprefix("\ufeff") for name in first])
    return list(spec.columns)


def _guard(names: Sequence[str], spec: FileSpec) -> str:
    return names[spec.min_columns - 1] if spec.min_columns else names[-1]


def _count_unquoted(file: InputFile, delimiter: str, quote: str) -> int:
    """How often the delimiter stands outside quotes in the whole file."""
    mark = delimiter.encode()
    return sum(chunk.count(mark) for chunk in _unquoted_chunks(file, quote))


def _unquoted_chunks(file: InputFile, quote: str) -> Iterator[bytes]:
    """The bytes of a file with everything between quotes taken out, piece by piece."""
    mark = quote.encode()
    span = re.compile(mark + b"[^" + mark + b"]*" + mark) if mark else None
    rest = b""
    with file.open() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if span is None or (not rest and mark not in chunk):
                yield chunk
                continue
            text = span.sub(b"", rest + chunk)
            opened = text.find(mark)
            rest = text[opened:] if opened >= 0 else b""
            yield text[:opened] if opened >= 0 else text
    yield rest


_OPENERS: Final[dict[str, Callable[[InputFile, FileSpec], Table]]] = {
    "csv": _open_delimited,
    "tsv": _open_delimited,
    "parquet": _open_parquet,
    "ndjson": _open_ndjson,
    "json": _open_json,
    "telegram": _open_telegram,
    "whatsapp": _open_whatsapp,
}
