"""Bytes to text: the encoding of a text file, stated or guessed, and what spoils its lines.

A file that is UTF-8 with plain line ends stays where it is, and only its head is looked at. Any
other is rewritten in memory as UTF-8 with line feeds, so that its lines keep their numbers.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from supportcli.errors import InputError
from supportcli.sources.sniff import InputFile, marked_encoding
from supportcli.words import Name, phrase

UTF_8: Final = ("utf-8", "utf-8-sig")
JSON_ENCODING: Final = "utf-8"
"""What JSON is written in unless a byte-order mark says otherwise: nothing is guessed there."""

_WESTERN: Final = "windows-1252"
_ARABIC: Final = "windows-1256"
_OTHER_SCRIPTS: Final = (
    "cp1251", "koi8_r", "cp1253", "cp1255", "cp874", "gb18030", "big5", "cp932", "euc_jp", "cp949",
)  # fmt: skip
_SAMPLE_BYTES: Final = 1 << 16
_ODD_LINE_END: Final = re.compile(rb"\r(?!\n)")
_QUOTED: Final = re.compile(rb'"[^"]*"')
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_LATIN: Final = re.compile(rb"(?<=[A-Za-z])[\xc0-\xff]|[\xc0-\xff](?=[A-Za-z])|[\x80-\xbf]")
"""Letters beside ASCII ones, and punctuation: what windows-1252 is used for."""


@dataclass(frozen=True)
class Text:
    """A text file: its encoding, whether that was guessed, and its text as a file in UTF-8.

    `notes` say what was guessed or repaired; `fault` is what is wrong with bytes that are no text,
    which then are replaced by marks.
    """

    file: InputFile
    encoding: str
    guessed: bool = False
    notes: tuple[str, ...] = ()
    fault: InputError | None = None

    def check(self) -> None:
        """Raises InputError, with the line, for bytes that are no text."""
        if self.fault is not None:
            raise self.fault

    @cached_property
    def head(self) -> str:
        """The first lines, whole lines only unless there is but one."""
        text = self.file.head.decode("utf-8-sig", errors="replace")
        # What is left of carriage returns stands in quotes.
        text = text.replace("\r\n", "\n").replace("\r", " ")
        whole, newline, _ = text.rpartition("\n")
        return text if self.file.is_all_head or not newline else whole


def as_text(file: InputFile, stated: str | None = None, *, whole: bool = False) -> Text:
    """The text of a file. `stated` is what its mapping says; the command line goes before that.

    Only the head of a file is looked at unless it is no UTF-8, or `whole` asks for more.
    """
    key = ("text", stated, whole)
    return file.once(key, lambda: _as_text(file, stated, whole=whole))


def whole_text(file: InputFile, stated: str | None) -> tuple[str, tuple[str, ...]]:
    """All the text of a file, its lines ended by line feeds alone, and the notes on it.

    Raises InputError, with the line, for bytes that are no text.
    """
    text = as_text(file, stated, whole=True)
    text.check()
    return text.file.read().decode("utf-8"), text.notes


def _as_text(file: InputFile, stated: str | None, *, whole: bool) -> Text:
    head = file.head
    encoding, guessed = file.encoding or marked_encoding(head) or stated, False
    if encoding is None:
        encoding = _unmarked_utf_16(head)
        guessed = encoding is not None
    name = _codec(file, encoding) if encoding else "utf-8"
    if name in UTF_8 and not (whole or _is_cut_utf_8(head, is_whole=file.is_all_head)):
        whole = True
    if name in UTF_8 and not whole and not _is_spoilt(head):
        return Text(file, name)
    content = file.read()
    if encoding is None and not _is_utf_8(content):
        encoding = name = _guessed(content)
        guessed = True
    text = content.decode(name, errors="replace")
    notes = []
    if guessed:
        notes.append(
            phrase(
                "{file} states no encoding; it was read as {encoding}",
                file=Name(file.name), encoding=str(encoding),
            )
        )  # fmt: skip
    if _has_mojibake(text[: len(head)]):
        from supportcli.sources.mojibake import repaired

        text = repaired(text)
        notes.append(
            phrase(
                "{file}: letters in it were UTF-8 read as {western}, which was undone",
                file=Name(file.name), western=_WESTERN,
            )
        )  # fmt: skip
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    rewritten = InputFile(file.name, content=text.encode("utf-8", errors="replace"))
    fault = _fault_in(file, content, name)
    return Text(rewritten, encoding or name, guessed, tuple(notes), fault)


def _unmarked_utf_16(head: bytes) -> str | None:
    """UTF-16 without a mark: every ASCII character has a NUL beside it, always on one side."""
    sample = head[:_SAMPLE_BYTES]
    if len(sample) < 2:
        return None
    first, second = sample[::2].count(0), sample[1::2].count(0)
    most, least = max(first, second), min(first, second)
    if most * 10 < len(sample[::2]) or least * 20 > most:
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _codec(file: InputFile, encoding: str) -> str:
    """The codec's own name. Raises InputError where there is none."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise InputError(f'{file.name}: there is no encoding "{encoding}"') from error
    return "utf-8-sig" if name == "utf-8" and file.head.startswith(codecs.BOM_UTF8) else name


def _is_cut_utf_8(head: bytes, *, is_whole: bool) -> bool:
    """Whether the head is UTF-8, its last character perhaps cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf_8(content: bytes) -> bool:
    return _is_cut_utf_8(content, is_whole=True)


def _is_spoilt(head: bytes) -> bool:
    """Whether a head in UTF-8 has mojibake, or lines that end in a bare carriage return."""
    if _ODD_LINE_END.search(head) and _ODD_LINE_END.search(_QUOTED.sub(b"", head)):
        return True
    return not head.isascii() and _has_mojibake(head.decode("utf-8", errors="ignore"))


def _has_mojibake(text: str) -> bool:
    """Whether there is UTF-8 in it that was read as windows-1252; plain English costs nothing."""
    if text.isascii():
        return False
    from supportcli.sources.mojibake import is_mojibake

    return is_mojibake(text)


def _fault_in(file: InputFile, content: bytes, encoding: str) -> InputError | None:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        if encoding.startswith(("utf-16", "utf-32")):
            before = before.decode(encoding, errors="ignore").encode()
        line = before.count(b"\n") + (before.count(b"\r") if b"\n" not in before else 0) + 1
        return InputError(
            f"{file.name}:{line}: the bytes are no {encoding.removesuffix('-sig')} text "
            f"(byte {error.start})",
            hint="export it as UTF-8, or name its encoding: --encoding windows-1252",
        )
    return None


def _guessed(content: bytes) -> str:
    """The encoding of a file that is no UTF-8.

    A file that is mostly UTF-8 is a mixture, which no encoding explains: that is for `_fault_in` to
    find.
    """
    text = content.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = len(re.findall("[^\x00-\x7f\ufffd]", text))
    if right * 4 > wrong:
        return "utf-8"
    lines = [line for line in content.splitlines(keepends=True) if not line.isascii()]
    sample = b"".join(lines)[:_SAMPLE_BYTES]
    high = sum(map(len, _HIGH.findall(sample)))
    if 2 * len(_LATIN.findall(sample)) > high:
        return _WESTERN if _can_read(content, _WESTERN) else "latin-1"
    return _of_other_script(sample, content)


def _of_other_script(sample: bytes, content: bytes) -> str:
    """The encoding of text whose words have no Latin letters in them."""
    from charset_normalizer import from_bytes

    if from_bytes(sample, cp_isolation=["cp1256"]).best() is not None:
        return _ARABIC
    best = from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS)).best()
    if best is None or not _can_read(content, best.encoding):
        return _WESTERN if _can_read(content, _WESTERN) else "latin-1"
    return codecs.lookup(best.encoding).name


def _can_read(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
