"""Path to text columns: an input as a lazy table of text, without deciding what it means.

A delimited file is read by polars. What polars would swallow in silence (a short row, a blank
line) or stop at without a line number (a long row, an unclosed quote, bytes that are no UTF-8) is
noticed, and the file read again, slowly and exactly, by `careful`.
"""

from __future__ import annotations

import codecs
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources import careful, delimited
from supportcli.sources.decode import whole_text
from supportcli.sources.delimited import Shape, body_of, shape_of
from supportcli.sources.layout import unique_names
from supportcli.sources.sniff import DELIMITED, InputFile
from supportcli.sources.source import FileSpec

SURPLUS: Final = "surplus\x1f"
"""A column beyond the last: filled in the rows that have more cells than the header."""

SAMPLE_ROWS: Final = 1_000
_SHOWN_CHARACTERS: Final = 80
_LIKE_ZLIB: Final = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
_GUARDED: Final = r"^'([=+@-]|\d+$)"
"""A cell that was kept from being a formula, or a number: `'=1+1`, `'+49 ...`, `'00123`."""

_AS_TEXT: Final = r'^="([^"]*)"$'
"""A cell that was kept as text by a formula: `="00123"`."""


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
    `ragged` are the rows that were left out because they are none, with their lines, and
    `left_out` counts the records that belong to no row by reason. `texts_for_null` are the texts
    that still stand where a null should; `head` is the frame of the first rows, where they can be
    had without opening the whole file. `exact_lines` are the lines of the rows, `sheet_rows` their
    numbers in a sheet, where they are known. `notes` say what was guessed, repaired or left aside.
    """

    file: InputFile
    spec: FileSpec
    frame: pl.LazyFrame
    columns: tuple[str, ...]
    guard: str | None = None
    ragged: tuple[Reject, ...] = ()
    exact_lines: Sequence[int] | None = None
    sheet_rows: Sequence[int] | None = None
    texts_for_null: tuple[str, ...] = ()
    head: pl.LazyFrame | None = None
    shape: Shape | None = None
    body: InputFile | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

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
        except (pl.exceptions.PolarsError, OSError):
            return None

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Run a query over this table, a failure of the reader told as an InputError."""
        try:
            return frame.collect()
        except pl.exceptions.InvalidOperationError:
            raise
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError(f"{self.file.name}: {first_line(error)}") from error

    def has_irregular_rows(self, rows: int, guard_nulls: int, *, may_be_blank: bool = True) -> bool:
        """Whether short rows or blank lines hide among the rows that polars read.

        Only where the guard is null need the delimiters of the whole file be counted. A blank line
        gives a row without anything, so where every row has something none `may_be_blank`.
        """
        if self.guard is None or guard_nulls == 0:
            return False
        if self.spec.min_columns is not None:
            return True
        assert self.body is not None
        assert self.shape is not None
        return delimited.has_irregular_rows(self.body, self.shape, rows, may_be_blank=may_be_blank)

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
        return _unguarded(_read_carefully(self.file, self.spec))

    def lines_of(self, rows: Sequence[int]) -> dict[int, int | None]:
        """The line in the file of each of these rows, counted from 0; None in a binary file."""
        if self.exact_lines is not None:
            return {row: self.exact_lines[row] for row in rows}
        if self.shape is None or self.body is None or not rows:
            return dict.fromkeys(rows)
        return careful.lines_of(self.body, self.shape, rows)

    def number_of(self, row: int) -> int:
        """The number by which people know a row: that of its sheet, else counted from 1."""
        return self.sheet_rows[row] if self.sheet_rows is not None else row + 1


def first_line(error: Exception) -> str:
    """The first line of an error's text: the rest of a polars message is advice to programmers."""
    return str(error).strip().partition("\n")[0]


def open_table(file: InputFile, spec: FileSpec) -> Table:
    """The raw table of an input, as the `[file]` table of its mapping says.

    Raises InputError for a file that is empty or has no header.
    """
    form = spec.format or file.format
    if form in DELIMITED:
        return _unguarded(_open_delimited(file, spec))
    key = ("table", form, spec.null_values, spec.records, spec.header_rows, spec.preamble,
           spec.encoding)  # fmt: skip
    return file.once(key, lambda: _unguarded(_OPENERS[form](file, spec)))


def _unguarded(table: Table) -> Table:
    """The table without the apostrophes and formulas that guard its cells in spreadsheets.

    Whoever writes them writes them in every column, so one among the first rows speaks for all.
    """
    texts = [name for name, kind in table.sample.schema.items() if kind == pl.String]
    guarded = [pl.col(name).str.contains(f"{_GUARDED}|{_AS_TEXT}").any() for name in texts]
    if not texts or not any(table.sample.select(guarded).row(0)):
        return table
    nulls = list(table.spec.null_values)
    stripped = {
        name: pl.col(name).str.replace(_GUARDED, "$1").str.replace(_AS_TEXT, "$1") for name in texts
    }
    bare = [pl.when(one.is_in(nulls).not_()).then(one).alias(n) for n, one in stripped.items()]
    head = table.head.with_columns(bare) if table.head is not None else None
    return replace(table, frame=table.frame.with_columns(bare), head=head)


def _open_parquet(file: InputFile, spec: FileSpec) -> Table:
    from supportcli.sources import nested

    try:
        frame = nested.flat(pl.scan_parquet(file.place, glob=False))
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        hint = None
        message = first_line(error)
        if not file.tail.endswith(b"PAR1"):
            message, hint = "the Parquet file is cut: its end is missing", "copy it again"
        raise InputError(f"{file.name}: {message}", hint=hint) from error
    columns = unique_names(names)
    if columns != names:
        frame = frame.rename(dict(zip(names, columns, strict=True)))
    return Table(file, spec, frame, tuple(columns), texts_for_null=spec.null_values)


def _open_json(file: InputFile, spec: FileSpec) -> Table:
    from supportcli.sources import records

    found = records.read(file, spec)
    is_lined = found.lines is not None
    return Table(
        file,
        spec,
        found.frame.lazy(),
        tuple(found.frame.columns),
        texts_for_null=spec.null_values,
        ragged=tuple(
            Reject(file.name, at if is_lined else None, None if is_lined else at, "", text, reason)
            for at, text, reason in found.faults
        ),
        exact_lines=found.lines,
        notes=found.notes,
    )


def _open_workbook(file: InputFile, spec: FileSpec) -> Table:
    from supportcli.sources import workbook

    sheet = workbook.read(file, spec)
    return Table(
        file,
        spec,
        sheet.frame.lazy(),
        tuple(sheet.frame.columns),
        texts_for_null=spec.null_values,
        sheet_rows=sheet.rows,
        left_out=sheet.left_out,
        notes=sheet.notes,
    )


def _open_telegram(file: InputFile, spec: FileSpec) -> Table:
    from supportcli.sources import records, telegram

    document, *_ = records.parse(file, spec.encoding)
    frame = telegram.messages(document, file.name)
    columns = tuple(frame.columns)
    return Table(file, spec, frame.lazy(), columns, texts_for_null=spec.null_values)


def _open_whatsapp(file: InputFile, spec: FileSpec) -> Table:
    from supportcli.sources import whatsapp

    text, notes = whole_text(file, spec.encoding)
    chat = whatsapp.messages(text, file.name)
    return Table(
        file,
        spec,
        chat.frame.lazy(),
        tuple(chat.frame.columns),
        texts_for_null=spec.null_values,
        exact_lines=chat.lines,
        notes=notes,
    )


def _open_delimited(file: InputFile, spec: FileSpec) -> Table:
    shape = shape_of(file, spec)
    shape.text.check()
    if shape.dialect.escape:
        return _read_carefully(file, spec)
    body, ending = body_of(shape, has_header=spec.header)
    scan = functools.partial(
        pl.scan_csv,
        # The header is skipped as lines, so that a column beyond the last can be asked for.
        has_header=False,
        skip_lines=shape.first_line - 1,
        separator=shape.dialect.delimiter,
        quote_char=spec.quote or None,
        schema=dict.fromkeys([*shape.names, SURPLUS], pl.String),
        missing_columns="insert",
        # Said even where it is only "": a quoted empty cell is null then, as in `careful`.
        null_values=list(spec.null_values),
        glob=False,
    )
    table = Table(
        file,
        spec,
        scan(_unmistakable(body)),
        shape.names,
        guard=_guard(shape.names, spec),
        head=scan(_marked(body.head[: body.head.rfind(b"\n") + 1] or body.head)),
        shape=shape,
        body=body,
        left_out=ending.left_out,
        notes=shape.text.notes,
    )
    return table if _has_sound_head(table) else _read_carefully(file, spec)


def _unmistakable(body: InputFile) -> Path | bytes:
    """The text of a file for polars, which takes some beginnings of it for packed bytes."""
    return _marked(body.read()) if body.head.startswith(_LIKE_ZLIB) else body.place


def _marked(content: bytes) -> bytes:
    return codecs.BOM_UTF8 + content if content.startswith(_LIKE_ZLIB) else content


def _has_sound_head(table: Table) -> bool:
    """Whether polars can read the first rows; it stops at a long row or a quote left open."""
    try:
        _ = table.sample
    except InputError:
        return False
    return True


def _read_carefully(file: InputFile, spec: FileSpec) -> Table:
    """A delimited file by the exact reader."""
    shape = shape_of(file, spec, whole=True)
    shape.text.check()
    body, ending = body_of(shape, has_header=spec.header)
    result = careful.read(body, spec, shape)
    return Table(
        file,
        spec,
        result.frame.lazy(),
        shape.names,
        ragged=tuple(
            Reject(file.name, row.line, None, "", row.text, row.reason) for row in result.ragged
        ),
        exact_lines=result.lines,
        shape=shape,
        body=body,
        left_out=ending.left_out,
        notes=shape.text.notes,
    )


def _guard(names: Sequence[str], spec: FileSpec) -> str:
    at = spec.min_columns if spec.min_columns and not spec.header else len(names)
    return names[at - 1]


_OPENERS: Final[dict[str, Callable[[InputFile, FileSpec], Table]]] = {
    "parquet": _open_parquet,
    "ndjson": _open_json,
    "json": _open_json,
    "xlsx": _open_workbook,
    "telegram": _open_telegram,
    "whatsapp": _open_whatsapp,
}
