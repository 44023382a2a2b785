"""WhatsApp's text export as a table: one row a message, whatever the date style of the phone.

What the messages say is left where it is, but for the few texts that WhatsApp itself puts there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.errors import InputError

COLUMNS: Final = ("stamp", "author", "kind")
"""The columns of the table, all of text. `kind` is message, media, deleted or system."""

_MARKS: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES: Final = str.maketrans("\u00a0\u2009\u202f", "   ")

_HALF_DAY: Final = (
    r"[ap]\. ?m\.?|[ap]m|[قب] ?\.? ?ظ\.?|قبل[ \u200c]?از[ \u200c]?ظهر|بعد[ \u200c]?از[ \u200c]?ظهر"
    r"|صباحًا|صباحا|مساءً|مساء|[صم]"
)
_STAMP: Final = (
    r"(\d{1,4}([./-]) ?\d{1,2}\2 ?\d{1,4}\.?)[,،]? "
    rf"(\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?)((?: ?(?:{_HALF_DAY}))?)"
)
_STYLES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (rf"\[{_STAMP}\] ?(.*)", rf"{_STAMP} [-–] ?(.*)")
)
"""How a message begins: iOS puts the stamp into brackets, Android a dash behind it."""

_AMERICAN: Final = re.compile(
    r"(?P<month>[1-9]|1[0-2])/(?P<day>[1-9]|[12]\d|3[01])/(?P<year>\d\d)(?P<clock> .* [AP]M)",
    re.ASCII,
)
"""Month first, without noughts, the year short, the half of the day in capitals: only there."""

_SAID: Final = re.compile("(.+?):(?: (.*))?")
_TOLD: Final = re.compile(": ?[\u200e\u200f]")
"""A sender is what stands before the first colon with a space; behind a mark WhatsApp speaks."""

_HEAD_LINES: Final = 200
_MANY_STAMPS: Final = 3

_NOTICE_ROWS: Final = 3
_ENCRYPTION: Final = re.compile(
    "end-to-end encrypt|extremo a extremo|ponta a ponta|bout en bout|ende-zu-ende"
    "|سرتاسر|بين الطرفين",
    re.IGNORECASE,
)
"""The notice at the beginning of a chat, which iOS puts into the mouth of the other side."""

_EVENT: Final = re.compile(
    r"(missed |silenced )?(voice|video) call\b|llamada"
    r"|.*\b(created (this |the )?group|added|removed|left|joined using|now an admin|(un)?blocked"
    r"|changed (the|this|their|to)|security code|pinned a message|turned (on|off))\b",
    re.IGNORECASE,
)
"""What iOS tells of a chat in the name of its members, behind a direction mark."""

_MEDIA: Final = re.compile(
    r"<(media|multimedia|attached|adjunto).*>"
    r"|(image|video|audio|sticker|gif|document|contact card) omitted"
    r"|(imagen|video|audio|sticker|gif|documento|tarjeta de contacto) omitid[oa]"
    r"|.*\((file attached|archivo adjunto)\)",
    re.IGNORECASE,
)
_DELETED: Final = re.compile(
    r"(this message was deleted|you deleted this message|se eliminó este mensaje"
    r"|este mensaje fue eliminado|eliminaste este mensaje)\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Chat:
    """The messages of a chat, and the line on which each begins."""

    frame: pl.DataFrame
    lines: list[int]


def is_export(head: str) -> bool:
    """Whether these first lines are of such a chat: the first is a message, and so are many."""
    lines = [line for line in head.split("\n") if line.strip()][:_HEAD_LINES]
    style = _style(lines[:1])
    if style is None:
        return False
    stamped = sum(style.fullmatch(_plain(line)) is not None for line in lines)
    return stamped >= min(_MANY_STAMPS, (len(lines) + 1) // 2)


def messages(text: str, file: str) -> Chat:
    """Every message, in the order of the file; a line without a stamp continues the one before.

    Raises InputError where no line begins as a message does.
    """
    found = dict(_rows(text.split("\n")))
    if not found:
        raise InputError(
            f"{file}: no line begins with a date, a time and a sender, as a message does",
            hint="export the chat again: in the chat, More, Export chat",
        )
    stamps, authors, kinds = zip(*found.values(), strict=True)
    columns = dict(zip(COLUMNS, (_year_first(stamps), authors, kinds), strict=True))
    return Chat(pl.DataFrame(columns, schema=dict.fromkeys(COLUMNS, pl.String)), list(found))


def _year_first(stamps: Sequence[str]) -> Sequence[str]:
    """The stamps of an American phone, whose order of day and month its style tells, year first.

    The stamps of any other phone stay as they are.
    """
    american = [_AMERICAN.fullmatch(stamp) for stamp in stamps]
    if not all(american):
        return stamps
    return [one.expand(r"20\g<year>-\g<month>-\g<day>\g<clock>") for one in american if one]


def _style(lines: list[str]) -> re.Pattern[str] | None:
    """How the messages of a chat begin: as the first that does.

    All begin alike, so a message that quotes another phone's export stays one message.
    """
    plain = map(_plain, lines)
    return next((style for line in plain for style in _STYLES if style.fullmatch(line)), None)


def _plain(line: str) -> str:
    """A line without direction marks, its spaces plain."""
    return _MARKS.sub("", line).translate(_SPACES)


def _rows(lines: list[str]) -> Iterator[tuple[int, tuple[str, str | None, str]]]:
    """The line and the cells of every message."""
    style, position = _style(lines), 0
    for number, line in enumerate(lines, start=1):
        begin = style.fullmatch(_plain(line)) if style else None
        if begin is None:
            continue
        date, _, clock, half_day, rest = begin.groups()
        said = _SAID.fullmatch(rest)
        author, text = (said[1].strip(), said[2] or "") if said else ("", rest)
        is_told = _TOLD.search(line) is not None
        kind = _kind(text, position, is_told=is_told) if author else "system"
        stamp = f"{date.replace(' ', '').rstrip('.')} {clock.replace('.', ':')}{half_day}"
        yield number, (stamp, author if kind != "system" else None, kind)
        position += 1


def _kind(text: str, position: int, *, is_told: bool) -> str:
    """What a line in somebody's name is; `is_told`: behind a mark, so WhatsApp wrote it."""
    if position < _NOTICE_ROWS and _ENCRYPTION.search(text):
        return "system"
    if is_told and _EVENT.match(text):
        return "system"
    if _DELETED.fullmatch(text):
        return "deleted"
    return "media" if _MEDIA.fullmatch(text) else "message"
