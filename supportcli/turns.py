"""Turns and changes of state: what happens inside a conversation, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from supportcli.conversations import KEY, columns_of
from supportcli.facts import SourceFacts

_CONTACT, _REPLY = 0, 1
_NO_TURNS = pl.LazyFrame(
    schema={KEY: pl.UInt64, "answered_at": pl.Datetime("us"), "response_ms": pl.Int64}
)
_OPENS, _REOPENS, _CLOSES = range(3)


def response_turns(events: pl.LazyFrame, facts: Sequence[SourceFacts]) -> pl.LazyFrame:
    """Every answered turn of the customer: key, `answered_at` and `response_ms`.

    A turn is the customer's consecutive messages; it lasts from the first of them to the next
    human reply. Of sources of grain "event" only, for others do not show single messages.
    """
    if not {"contacted_at", "replied_at"}.issubset(columns_of(events)):
        return _NO_TURNS
    sources = [one.name for one in facts if one.grain == "event"]
    rows = events.filter(pl.col("source").is_in(sources))
    points = [
        rows.filter(pl.col(column).is_not_null()).select(
            KEY, at=pl.col(column), what=pl.lit(what, dtype=pl.UInt8)
        )
        for column, what in (("contacted_at", _CONTACT), ("replied_at", _REPLY))
    ]
    is_contact, is_reply = pl.col("what") == _CONTACT, pl.col("what") == _REPLY
    same = pl.col(KEY) == pl.col(KEY).shift(1)
    begins = (
        is_contact & (same & (pl.col("what").shift(1) == _CONTACT)).fill_null(value=False).not_()
    )
    answers = is_reply & same & (pl.col("what").shift(1) == _CONTACT)
    return (
        pl.concat(points)
        .sort(_in_time("at"))
        .with_columns(began_at=pl.when(begins).then("at").forward_fill())
        .filter(answers.fill_null(value=False))
        .select(
            KEY,
            answered_at="at",
            response_ms=(pl.col("at") - pl.col("began_at")).dt.total_milliseconds(),
        )
    )


def state_changes(events: pl.LazyFrame, conversations: pl.LazyFrame) -> pl.LazyFrame:
    """When conversations opened (+1) and closed (-1): key, `changed_at` and `change`.

    A contact or a reopening opens, a resolution or an abandonment without an answer closes; of
    consecutive ones only the first changes anything. What lies before the contact by a wrong
    clock counts from the contact on. `conversations` must have the key, `contacted_at`,
    `abandoned_at` and `is_abandoned`.
    """
    opened = conversations.filter(pl.col("contacted_at").is_not_null())
    points = [_points(opened, "contacted_at", _OPENS)]
    points.append(_points(opened.filter(pl.col("is_abandoned")), "abandoned_at", _CLOSES))
    points += [
        _points(
            events.filter(pl.col(column).is_not_null()).select(KEY, column)
            .join(opened.select(KEY, "contacted_at"), on=KEY),
            column, what,
        )
        for column, what in (("reopened_at", _REOPENS), ("resolved_at", _CLOSES))
        if column in columns_of(events)
    ]  # fmt: skip
    is_open = (pl.col("what") != _CLOSES).cast(pl.Int64)
    same = (pl.col(KEY) == pl.col(KEY).shift(1)).fill_null(value=False)
    before = pl.when(same).then(is_open.shift(1)).otherwise(0)
    return (
        pl.concat(points)
        .sort(_in_time("changed_at"))
        .with_columns(change=is_open - before)
        .filter(pl.col("change") != 0)
        .select(KEY, "changed_at", "change")
    )


def _in_time(time: str) -> pl.Expr:
    """The place of a point: by conversation, then time, then what it is.

    One wide integer sorts in two thirds of the time of three columns.
    """
    moment = pl.col(time).cast(pl.Int64).cast(pl.Int128) * 4 + pl.col("what")
    return pl.col(KEY).cast(pl.Int128) * _BEYOND_TIME + moment


_BEYOND_TIME: Final = pl.lit(1 << 62, dtype=pl.Int128)
"""More than four times any moment in microseconds."""


def open_stretches(changes: pl.LazyFrame) -> pl.LazyFrame:
    """From when to when conversations were open: key, `opened_at` and `closed_at`, null if still.

    `changes` are those of `state_changes`.
    """
    same = pl.col(KEY) == pl.col(KEY).shift(-1)
    return (
        changes.sort(KEY, "changed_at", pl.col("change"), descending=[False, False, True])
        .with_columns(closed_at=pl.when(same).then(pl.col("changed_at").shift(-1)))
        .filter(pl.col("change") > 0)
        .select(KEY, "closed_at", opened_at="changed_at")
    )


def _points(rows: pl.LazyFrame, column: str, what: int) -> pl.LazyFrame:
    return rows.select(
        KEY,
        changed_at=pl.max_horizontal(column, "contacted_at"),
        what=pl.lit(what, dtype=pl.UInt8),
    )
