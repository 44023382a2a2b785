"""A first look at the bytes of an input: what format it is, and what its first rows look like."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

from supportcli.errors import InputError
from supportcli.sources import telegram, whatsapp
from supportcli.sources.source import FileSpec

HEAD_BYTES: Final = 1 << 18
DELIMITED: Final = ("csv", "tsv")
DELIMITERS: Final = (",", ";", "\t", "|")
STDIN_NAME: Final = "<stdin>"

_SUFFIX_FORMATS: Final = {
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".tsv": "tsv",
    ".csv": "csv",
}
_CELL_BYTES: Final = 1 << 30
_GZIP_MAGIC: Final = b"\x1f\x8b"
_PARQUET_MAGIC: Final = b"PAR1"
_NO_EXPORTS: Final = {
    b"PK\x03\x04": "a spreadsheet or a zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database",
}
"""The first bytes of files that people have beside their exports, and what they are."""


@dataclass(frozen=True)
class InputFile:
    """One input: its name as people know it, and where its bytes are.

    `content` holds the bytes of standard input; a file stays on disk. `source` is what the
    configuration says of it, if anything.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    source: str | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from the start, decompressed.

        Raises InputError for whatever goes wrong while they are read.
        """
        try:
            with self._raw() as raw:
                magic = raw.read(2)
                raw.seek(0)
                yield gzip.open(raw) if magic == _GZIP_MAGIC else raw  # type: ignore[misc]  # noqa: SIM115
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f"cannot read {self.name}: {reason}") from error

    def _raw(self) -> BinaryIO:
        return io.BytesIO(self.content) if self.content is not None else self._path.open("rb")

    @property
    def _path(self) -> Path:
        assert self.path is not None
        return self.path

    @cached_property
    def head(self) -> bytes:
        """The first bytes, enough to see what the file is."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def format(self) -> str:
        """csv, tsv, parquet, ndjson or json, by the name, else by the first bytes.

        A chat, telegram or whatsapp, is known by its first lines alone.
        """
        if not self.head.removeprefix(codecs.BOM_UTF8).strip():
            raise InputError(f"{self.name}: the file is empty", hint="export it again")
        if self.head.startswith(_PARQUET_MAGIC):
            return "parquet"
        for magic, what in _NO_EXPORTS.items():
            if self.head.startswith(magic):
                hint = "an export is CSV, JSON or Parquet; save a spreadsheet as CSV (UTF-8)"
                raise InputError(f"{self.name}: this is {what}, no export", hint=hint)
        stem = self.name.removesuffix(".gz")
        by_name = _SUFFIX_FORMATS.get(Path(stem).suffix.lower())
        if by_name in (None, "json") and telegram.is_export(self.head):
            return "telegram"
        if by_name is None and whatsapp.is_export(self.text_head(None)):
            return "whatsapp"
        return by_name or _format_of_text(self.head)

    @cached_property
    def encoding(self) -> str:
        """The encoding that a byte-order mark states, else UTF-8."""
        if self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        return "utf-8-sig" if self.head.startswith(codecs.BOM_UTF8) else "utf-8"

    def text_head(self, encoding: str | None) -> str:
        """The first lines as text, whole lines only unless there is but one."""
        text = self.head.decode(encoding or self.encoding, errors="replace")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        whole, newline, _ = text.rpartition("\n")
        return whole if newline and len(self.head) == HEAD_BYTES else text


def _format_of_text(head: bytes) -> str:
    start = head.lstrip()
    if start.startswith(b"{"):
        return "ndjson"
    return "json" if re.match(rb"\[\s*[{\]]", start) else "csv"


def delimiter_of(text: str) -> str:
    """The delimiter that cuts the first line into most cells."""
    line = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=lambda mark: len(next(csv_reader([line], mark, '"'), [])))


def head_rows(file: InputFile, spec: FileSpec) -> Iterator[list[str]]:
    """The records at the head of a delimited file, header included, blank lines left out."""
    text = file.text_head(spec.encoding)
    lines = text.split("\n")[spec.preamble :]
    delimiter = delimiter_for(file, spec, "\n".join(lines[:1]))
    yield from (row for row in csv_reader(lines, delimiter, spec.quote) if row)


def delimiter_for(file: InputFile, spec: FileSpec, first_line: str) -> str:
    """The delimiter: what the mapping says, a tab in a TSV, else what the first line shows."""
    if spec.delimiter:
        return spec.delimiter
    tsv = spec.format == "tsv" or (spec.format is None and file.format == "tsv")
    return "\t" if tsv else delimiter_of(first_line)


def csv_reader(lines: Iterator[str] | list[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    """The standard reader over lines, with quoting or without; cells may be of any length."""
    csv.field_size_limit(_CELL_BYTES)
    if quote:
        return csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, quotechar=quote)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def unique_names(names: list[str]) -> list[str]:
    """Column names as polars makes them unique: the second `a` is `a_duplicated_0`.

    A name that polars would take for a pattern (`^...$`) gets a space before it, which matching
    does not see.
    """
    names = [f" {name}" if name.startswith("^") and name.endswith("$") else name for name in names]
    seen: dict[str, int] = {}
    result = []
    for name in names:
        count = seen.get(name, -1)
        result.append(name if count < 0 else f"{name}_duplicated_{count}")
        seen[name] = count + 1
    return result
