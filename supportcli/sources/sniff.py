"""An input as a value: where its bytes are, unpacked, and what format they are."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar, cast

from supportcli.errors import InputError
from supportcli.store.place import Place

HEAD_BYTES: Final = 1 << 18
TAIL_BYTES: Final = 1 << 16
DELIMITED: Final = ("csv", "tsv")
STDIN_NAME: Final = "<stdin>"

_SUFFIX_FORMATS: Final = {
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".tsv": "tsv",
    ".csv": "csv",
}
_CHUNK_BYTES: Final = 1 << 22
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"
_PARQUET_MAGIC: Final = b"PAR1"
_NO_EXPORTS: Final = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a database",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
}
"""The first bytes of files that people have beside their exports, and what they are."""

_SAVE_AS_CSV: Final = "an export is CSV, JSON, XLSX or Parquet; save it as CSV (UTF-8)"
_MARKUP: Final = re.compile(rb"(?i)<(!doctype|html|head|body|table|meta|style|div|\?xml)\b")
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte-order marks and the codecs that heed them; UTF-32 first, for it begins like UTF-16."""

_NOTHING: Final = codecs.BOM_UTF8 + codecs.BOM_UTF32_LE + codecs.BOM_UTF32_BE + b" \t\r\n"
"""Bytes of which a file without content may be made."""

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class InputFile:
    """One input: its name as people know it, and where its bytes are.

    `content` holds bytes that are no file, such as those of standard input; a file stays on disk.
    `source` is what the configuration says of it, `encoding` what the command line does, if
    anything. `store` is where a store is, which has no bytes of its own.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    source: str | None = None
    encoding: str | None = None
    store: Place | None = None
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made once for this input and kept."""
        if key not in self._made:
            self._made[key] = make()
        return cast("_Made", self._made[key])

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The unpacked bytes from the start.

        Raises InputError for whatever goes wrong while they are read.
        """
        place = self.place
        try:
            with place.open("rb") if isinstance(place, Path) else io.BytesIO(place) as stream:
                yield stream
        except OSError as error:
            raise InputError(f"cannot read {self.name}: {error.strerror or error}") from error

    def read(self) -> bytes:
        """All bytes, unpacked."""
        with self.open() as stream:
            return stream.read()

    @cached_property
    def place(self) -> Path | bytes:
        """Where the unpacked bytes are: the file itself, or in memory."""
        try:
            with self._raw() as raw:
                stream, _ = _unpacked(raw, self.name)
                if stream is not raw:
                    return self._drained(stream)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f"cannot read {self.name}: {reason}") from error
        if self.content is not None:
            return self.content
        assert self.path is not None
        return self.path

    def _raw(self) -> BinaryIO:
        if self.content is not None:
            return io.BytesIO(self.content)
        assert self.path is not None
        return self.path.open("rb")

    def _drained(self, stream: BinaryIO) -> bytes:
        """Everything in a packed file. Raises InputError, which says how far it could be read."""
        parts: list[bytes] = []
        # One piece at a time, for a longer read would lose what comes before a fault.
        packed = cast("io.BufferedIOBase", stream)
        try:
            while part := packed.read1(_CHUNK_BYTES):
                parts.append(part)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
            lines = sum(part.count(b"\n") for part in parts)
            after = f", after {lines:,} lines" if lines else ""
            raise InputError(
                f"cannot read {self.name}: {error}{after}", hint="copy or download it again"
            ) from error
        return b"".join(parts)

    @cached_property
    def head(self) -> bytes:
        """The first bytes, enough to see what the file is."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def tail(self) -> bytes:
        """The last bytes."""
        with self.open() as stream:
            size = stream.seek(0, io.SEEK_END)
            stream.seek(max(0, size - TAIL_BYTES))
            return stream.read()

    @property
    def is_all_head(self) -> bool:
        """Whether the head is the whole file."""
        return len(self.head) < HEAD_BYTES

    @cached_property
    def format(self) -> str:
        """csv, tsv, parquet, ndjson, json or xlsx, by the first bytes, else by the name.

        A chat, telegram or whatsapp, is known by its first lines alone.

        Raises InputError for a file that is empty, or of another kind.
        """
        head = self.head
        if not head.strip(_NOTHING + b"\0"):
            raise InputError(f"{self.name}: the file is empty", hint="export it again")
        if head.startswith(_PARQUET_MAGIC):
            return "parquet"
        if head.startswith((_ZIP_MAGIC, _OLE_MAGIC)):
            self._check_workbook()
            return "xlsx"
        what = next((what for magic, what in _NO_EXPORTS.items() if head.startswith(magic)), None)
        if _MARKUP.match(head.lstrip(_NOTHING)):
            what = "a web page (HTML or XML), whatever its name says"
        if what is not None:
            raise InputError(f"{self.name}: this is {what}, no export", hint=_SAVE_AS_CSV)
        with self._raw() as raw:
            _, inner = _unpacked(raw, self.name)
        by_name = _SUFFIX_FORMATS.get(Path(inner).suffix.lower())
        if by_name in (None, "json") and _is_telegram(head):
            return "telegram"
        if by_name is not None:
            return by_name
        text = head.decode(marked_encoding(head) or "utf-8", errors="replace").replace("\0", "")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return "whatsapp" if _is_whatsapp(text) else _format_of_text(text.lstrip())

    def _check_workbook(self) -> None:
        """Raises InputError for a zip file that is no workbook."""
        if self.head.startswith(_OLE_MAGIC):
            return
        try:
            with self.open() as stream:
                names = _members(zipfile.ZipFile(stream))
        except zipfile.BadZipFile as error:
            raise InputError(
                f"{self.name}: this is a damaged workbook or zip file", hint="export it again"
            ) from error
        if not any(name.startswith("xl/") for name in names):
            raise InputError(
                f"{self.name}: this is a zip of {len(names):,} files, no export",
                hint="unpack it and name the files, or their folder",
            )


def _unpacked(stream: BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """The bytes inside a gzip file or a zip of one file, with their name; else the bytes as is."""
    magic = stream.read(4)
    stream.seek(0)
    if magic.startswith(_GZIP_MAGIC):
        return _inside(cast("BinaryIO", gzip.open(stream)), name.removesuffix(".gz"))
    if magic == _ZIP_MAGIC:
        with contextlib.suppress(zipfile.BadZipFile):
            packed = zipfile.ZipFile(stream)
            members = _members(packed)
            if len(members) == 1:
                return _inside(cast("BinaryIO", packed.open(members[0])), members[0])
        stream.seek(0)
    return stream, name


def _inside(stream: BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """What is in a packed stream, which may be packed once more; faults show when it is read."""
    try:
        return _unpacked(stream, name)
    except (OSError, EOFError, zlib.error):
        return stream, name


def _members(packed: zipfile.ZipFile) -> list[str]:
    """The files in a zip, without folders and what macOS adds."""
    names = [info.filename for info in packed.infolist() if not info.is_dir()]
    return [name for name in names if not name.startswith("__MACOSX/")]


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a byte-order mark states."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


def _is_telegram(head: bytes) -> bool:
    from supportcli.sources import telegram

    return telegram.is_export(head)


def _is_whatsapp(text: str) -> bool:
    from supportcli.sources import whatsapp

    return whatsapp.is_export(text)


def _format_of_text(text: str) -> str:
    if text.startswith("{"):
        return "ndjson"
    return "json" if re.match(r"\[\s*[{\]]", text) else "csv"
