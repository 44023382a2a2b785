"""The `result.json` of Telegram Desktop as a table: one row a message, of one chat or of all.

What the messages say is left where it is; who wrote when, and to whom, is all that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError

COLUMNS: Final = (
    "chat_id",
    "chat_type",
    "chat_name",
    "id",
    "type",
    "date",
    "date_unixtime",
    "from",
    "from_id",
    "actor",
    "actor_id",
    "action",
    "duration_seconds",
    "discard_reason",
    "reply_to_message_id",
    "reply_to_from_id",
)
"""The columns of the table, all of text; `reply_to_from_id` wrote what the message answers."""

_OF_CHAT: Final = {"chat_id": "id", "chat_type": "type", "chat_name": "name"}
_CHAT_LISTS: Final = ("chats", "left_chats")

_CHAT_TYPE: Final = re.compile(
    rb'"type"\s*:\s*"(?:(?:personal|bot)_chat|(?:private|public)_(?:group|supergroup|channel)'
    rb'|saved_messages)"'
)
_ACCOUNT: Final = re.compile(rb'"personal_information"\s*:\s*\{\s*"user_id"')


def is_export(head: bytes) -> bool:
    """Whether these first bytes are of such a file: a chat, or the account that has the chats."""
    is_object = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    is_chat = b'"messages"' in head and _CHAT_TYPE.search(head) is not None
    return is_object and (is_chat or _ACCOUNT.search(head) is not None)


def messages(document: Any, file: str) -> pl.DataFrame:
    """Every message of every chat in a JSON document, in the order of the file.

    Raises InputError where the document is no such export.
    """
    rows = [row for chat in _chats(document, file) for row in _rows(chat, file)]
    if not rows:
        raise InputError(f"{file}: the export holds no message")
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _chats(document: Any, file: str) -> Iterator[dict[str, Any]]:
    """The chat that the document is, or those of the account."""
    if not isinstance(document, dict):
        raise InputError(f"{file}: this is no chat of Telegram: the document is no object")
    if "messages" in document:
        yield document
        return
    lists = [document[name] for name in _CHAT_LISTS if isinstance(document.get(name), dict)]
    if not lists:
        raise InputError(f"{file}: this is no chat of Telegram: it has neither messages nor chats")
    for chats in lists:
        yield from _objects(chats.get("list"), "chats", file)


def _rows(chat: dict[str, Any], file: str) -> Iterator[list[str | None]]:
    found = _objects(chat.get("messages"), "messages", file)
    authors = {_text(one.get("id")): one.get("from_id") or one.get("from") for one in found}
    of_chat = {column: chat.get(key) for column, key in _OF_CHAT.items()}
    for message in found:
        answered = None if "reply_to_peer_id" in message else message.get("reply_to_message_id")
        row = {**message, **of_chat, "reply_to_from_id": authors.get(_text(answered))}
        yield [_text(row.get(column)) for column in COLUMNS]


def _objects(value: Any, what: str, file: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise InputError(f"{file}: this is no chat of Telegram: its {what} are no list of objects")
    return value


def _text(value: Any) -> str | None:
    """A JSON value as a cell; what is nested is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # Half of a surrogate pair is no character, and no text may hold it.
        return value.encode("utf-8", errors="replace").decode("utf-8")
    return str(value) if isinstance(value, int | float) else None
