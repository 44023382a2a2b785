"""The table of conversations: what `supportkpi conversations` shows, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.conversations import knows
from supportcli.events import EventLog, read_log
from supportcli.intake import ReadOptions
from supportcli.kpis.derive import Context
from supportcli.kpis.windows import derive, requirements
from supportcli.pipeline import Question, slices_of
from supportcli.prepare import columns_to_read, folded_conversations, prepare
from supportcli.settings import Settings


@dataclass(frozen=True)
class Listing:
    """A table of conversations, and the log it was made of."""

    frame: pl.DataFrame
    log: EventLog


LISTED: Final = {
    "conversation_id": None,
    "source": None,
    "channel": None,
    "customer_id": None,
    "agent_id": None,
    "team": None,
    "topic": None,
    "priority": None,
    "is_outreach": None,
    "contacted_at": None,
    "queued_at": None,
    "replied_at": None,
    "bot_replied_at": None,
    "abandoned_at": None,
    "resolved_first_at": None,
    "resolved_last_at": None,
    "reopened_last_at": None,
    "contacts": None,
    "replies": None,
    "transfers": None,
    "reopens": None,
    "is_answered": None,
    "is_abandoned": None,
    "is_resolved": None,
    "is_repeat": None,
    "first_response_s": "first_response_ms",
    "queue_wait_s": "queue_wait_ms",
    "abandon_wait_s": "abandon_wait_ms",
    "resolution_s": "resolution_ms",
    "handle_s": "handle_ms",
    "csat": None,
}
"""The columns of the table of conversations; a duration with what it is in milliseconds."""

_CAN_TELL: Final = {
    "is_answered": knows("replied_at", "replies"),
    "is_abandoned": knows("abandoned_at"),
    "is_resolved": knows("resolved_at"),
    "is_repeat": pl.col("is_identified")
    & (pl.col("contacted_at").is_not_null() | pl.col("is_outreach")),
}
"""Where the sources of a conversation can tell whether something is so; elsewhere it is unknown."""


def list_conversations(reading: ReadOptions, settings: Settings, question: Question) -> Listing:
    """Every conversation with its times in UTC and its durations in seconds, by its first time.

    Raises the errors of `read_log`, and UsageError for times that cannot be read.
    """
    columns = Context.unread(settings).columns
    listed = [ms or name for name, ms in LISTED.items()]
    told_by = [name for can_tell in _CAN_TELL.values() for name in can_tell.meta.root_names()]
    wanted = requirements([*listed, "first_at", *told_by], columns)
    log = read_log(reading, settings, columns_to_read(wanted, settings))
    slices = slices_of(question, settings, log.frame)
    prepared = prepare(log, settings, slices.as_of)
    frame = derive(folded_conversations(prepared, wanted), wanted, prepared.context)
    began = pl.coalesce("contacted_at", "first_at")
    if slices.since:
        frame = frame.filter(began >= slices.since)
    if slices.until:
        frame = frame.filter(began < slices.until)
    schema = frame.collect_schema()
    sort_by = ["first_at", *(pl.col(name).cast(pl.String) for name in _LISTED_ORDER)]
    shown = [_listed(name, ms, schema) for name, ms in LISTED.items()]
    return Listing(frame.sort(sort_by).select(shown).collect(), log)


_LISTED_ORDER: Final = ("source", "conversation_id", "customer_id", "agent_id")


def _listed(name: str, ms: str | None, schema: pl.Schema) -> pl.Expr:
    if ms is not None:
        return (pl.col(ms) / 1_000).alias(name)
    if name in _CAN_TELL:
        return pl.when(_CAN_TELL[name]).then(name).alias(name)
    if isinstance(schema[name], pl.Datetime):
        return pl.col(name).dt.replace_time_zone("UTC")
    return pl.col(name).cast(pl.String) if name == "source" else pl.col(name)
