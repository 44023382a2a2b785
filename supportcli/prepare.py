"""The log as a report sees it: up to its moment, bots told from people, sessions cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from supportcli.agents import bot_pattern
from supportcli.conversations import (
    FOLDS,
    OTHER_KINDS,
    Folded,
    columns_of,
    event_columns,
    fold,
)
from supportcli.events import EventLog
from supportcli.facts import SourceFacts
from supportcli.hours import OpeningHours
from supportcli.kpis.derive import Context
from supportcli.kpis.windows import folded
from supportcli.schema import CHANNELS, COUNTED_BY, RATINGS, TIMES
from supportcli.settings import Hours, Settings
from supportcli.sources.keys import STATED
from supportcli.sources.plan import expanded, is_rating
from supportcli.store.recent import Extent
from supportcli.surveys import (
    Answers,
    answer_time,
    latest_answers,
    questions_in,
    unknown_answers,
    with_answer_times,
    with_answers,
)

_CONTACT, _REPLY, _BOT_REPLY = range(3)

_COUNT_COLUMNS: Final = {
    **COUNTED_BY,
    **{stated: COUNTED_BY[count] for stated, count in STATED.items()},
}


@dataclass(frozen=True)
class Prepared:
    """The log at its moment, every event with the key of its conversation.

    `others` are the orders, refunds and page views, of no conversation. `negative_work` counts
    handle times below nought, which became unknown, `counted` the anomalies of reading by kind;
    `answers` are those to each question that any source asks.
    """

    events: pl.LazyFrame
    others: pl.LazyFrame
    context: Context
    answers: tuple[Answers, ...]
    negative_work: int
    counted: Mapping[str, int]


def columns_to_read(wanted: Collection[str], settings: Settings) -> list[str]:
    """The event columns that these columns of conversations need.

    With them the customer, of whose messages sessions are cut, those that tell bots apart, and
    those whose anomalies are counted whatever is asked.
    """
    names = ["customer_key", *RATINGS, "handle_ms"]
    names += ["agent_id", "replied_at", "bot_replied_at"] if settings.agents.bots else []
    return [*dict.fromkeys([*event_columns(folded(wanted)), *names])]


def prepare(log: EventLog, settings: Settings, moment: dt.datetime) -> Prepared:
    """The log as the report of a moment sees it."""
    events = expanded(log.frame)
    newest = newest_time(log.frame)
    if newest is not None and moment < newest:
        events = as_of(events, moment)
    events, others = _of_conversations(with_answer_times(events))
    events, negative_work = without_negative_work(events)
    events = with_conversation_keys(without_bots(events, settings.agents.bots), log.facts)
    have = set(log.frame.columns)
    satisfied_from = settings.survey.csat_satisfied
    answers = tuple(
        latest_answers(events, log.facts, question, satisfied_from)
        for question in RATINGS
        if question in have
    )
    context = Context(
        settings,
        moment,
        tuple(log.facts),
        queueing_channels(events, log.facts, log.extent),
        knows_offers=log.extent.has_offers if log.extent is not None else _knows_offers(events),
        hours=_opening_hours(log.frame, settings, moment),
    )
    return Prepared(events, others, context, answers, negative_work, log.anomalies)


def _of_conversations(events: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The events of conversations, and those of no conversation."""
    if "kind" not in columns_of(events):
        return events, emptied(events)
    other = pl.col("kind").cast(pl.String).is_in(list(OTHER_KINDS))
    return events.filter(other.not_()), events.filter(other)


def emptied(rows: pl.LazyFrame) -> pl.LazyFrame:
    """No rows of the same columns; other than `clear` it does not hold the rows in memory."""
    return pl.DataFrame(schema=rows.collect_schema()).lazy()


def _knows_offers(events: pl.LazyFrame) -> bool:
    """Whether the log shows surveys that nobody answered: then it shows all that were offered."""
    have = columns_of(events)
    if "kind" not in have:
        return False
    unanswered = [pl.col(question).is_null() for question in RATINGS if question in have]
    offered = pl.all_horizontal(pl.col("kind") == "survey", *unanswered)
    return bool(events.select(offered.any()).collect().item())


def _opening_hours(
    frame: pl.DataFrame, settings: Settings, moment: dt.datetime
) -> OpeningHours | None:
    """The opening hours over the time of the log; None where none are configured."""
    if settings.hours == Hours():
        return None
    return OpeningHours.of(settings, oldest_time(frame) or moment, moment)


def folded_conversations(prepared: Prepared, wanted: Collection[str]) -> Folded:
    """The conversations with those of the wanted columns that the fold makes, answers included."""
    columns = [name for name in wanted if name in FOLDS]
    folded = fold(prepared.events, prepared.context.facts, columns)
    asked = questions_in(wanted)
    answers = [one for one in prepared.answers if one.question in asked]
    unknown = unknown_answers(set(asked) - {one.question for one in answers})
    frame = with_answers(folded.frame, answers)
    return replace(folded, frame=frame, constants=(*folded.constants, *unknown))


def queueing_channels(
    events: pl.LazyFrame, facts: Sequence[SourceFacts], extent: Extent | None = None
) -> tuple[str, ...]:
    """The channels of which some source knows when customers queued."""
    queueing = [one.name for one in facts if "queued_at" in one.fields]
    if len(queueing) == len(facts):
        return CHANNELS
    if extent is not None:
        places = {channel for source, channel in extent.places if source in queueing}
        return tuple(sorted(channel for channel in places if channel is not None))
    found = events.filter(pl.col("source").is_in(queueing)).select("channel").unique()
    return tuple(found.collect()["channel"].drop_nulls().cast(pl.String))


def newest_time(frame: pl.DataFrame) -> dt.datetime | None:
    """The newest time in the (compact) frame of a log; None in a log without events."""
    times = [name for name in ("at", *TIMES) if name in frame.columns]
    newest = frame.select(pl.max_horizontal(pl.col(times).max())).item()
    return newest if isinstance(newest, dt.datetime) else None


def oldest_time(frame: pl.DataFrame) -> dt.datetime | None:
    """The oldest time in the (compact) frame of a log; None in a log without events."""
    times = [name for name in ("at", *TIMES) if name in frame.columns]
    oldest = frame.select(pl.min_horizontal(pl.col(times).min())).item()
    return oldest if isinstance(oldest, dt.datetime) else None


def as_of(events: pl.LazyFrame, moment: dt.datetime) -> pl.LazyFrame:
    """The log as it was at a moment: what happened later does not exist.

    Later times become unknown, and with them the counts that stand for them; an event that had
    not begun is gone, and so is an answer that had not been given.
    """
    have = columns_of(events)
    times = [name for name in TIMES if name in have]
    later = {name: pl.col(name) > moment for name in times}
    changes = [pl.when(late.not_()).then(name).alias(name) for name, late in later.items()]
    changes += [
        pl.when(later[time].fill_null(value=False).not_()).then(count).alias(count)
        for count, time in _COUNT_COLUMNS.items()
        if count in have and time in times
    ]
    changes += [
        pl.when(answer_time(have) <= moment).then(name).alias(name)
        for name in have
        if name in RATINGS or is_rating(name)
    ]
    return events.filter(pl.col("at") <= moment).with_columns(changes)


def without_negative_work(events: pl.LazyFrame) -> tuple[pl.LazyFrame, int]:
    """The log with handle times below nought unknown, and how many there were."""
    if "handle_ms" not in columns_of(events):
        return events, 0
    negative = int(events.select((pl.col("handle_ms") < 0).sum()).collect().item())
    if not negative:
        return events, 0
    return events.with_columns(pl.when(pl.col("handle_ms") >= 0).then("handle_ms")), negative


def without_bots(events: pl.LazyFrame, patterns: Sequence[str]) -> pl.LazyFrame:
    """What agents of these names did, as the work of bots: their replies are bot replies."""
    have = columns_of(events)
    if not patterns or "agent_id" not in have:
        return events
    bot = pl.col("agent_id").str.contains(bot_pattern(patterns)).fill_null(value=False)
    changes: dict[str, pl.Expr] = {
        name: pl.when(bot.not_()).then(name)
        for name in ("agent_id", "agent_key", "replied_at", "replies", "stated_replies",
                     "handle_ms")
        if name in have
    }  # fmt: skip
    if "replied_at" in have:
        own = [pl.col("bot_replied_at")] if "bot_replied_at" in have else []
        moved = pl.min_horizontal(pl.col("replied_at"), *own)
        kept = own[0] if own else pl.lit(None, dtype=pl.Datetime("us"))
        changes["bot_replied_at"] = pl.when(bot).then(moved).otherwise(kept)
    if "replies" in have:
        own = [pl.col("bot_replies")] if "bot_replies" in have else []
        either = pl.coalesce(pl.col("replies"), *own).is_not_null()
        moved = pl.when(either).then(pl.sum_horizontal(pl.col("replies"), *own))
        kept = own[0] if own else pl.lit(None, dtype=pl.Int32)
        changes["bot_replies"] = pl.when(bot).then(moved).otherwise(kept)
    return events.with_columns(**changes)


def with_conversation_keys(events: pl.LazyFrame, facts: Sequence[SourceFacts]) -> pl.LazyFrame:
    """The log with a key in every row: the export's own, a session's, or one for the row alone."""
    have = columns_of(events)
    if "conversation_key" not in have:
        events = events.with_columns(conversation_key=pl.lit(None, dtype=pl.UInt64))
    elif not events.select(pl.col("conversation_key").null_count()).collect().item():
        return events
    numbered = events.with_row_index("row").collect()
    own = _own_key("row", "alone")
    gaps = {one.name: one.session_gap_ms for one in facts if one.session_gap_ms is not None}
    if not gaps or "customer_key" not in have:
        key = pl.coalesce("conversation_key", own)
        return numbered.lazy().with_columns(conversation_key=key).drop("row")
    keyless = numbered.filter(pl.col("conversation_key").is_null())
    sessions = _sessions(keyless, facts, gaps)
    key = pl.coalesce("conversation_key", "session_key", own)
    joined = numbered.join(sessions, on="row", how="left", maintain_order="left")
    return joined.lazy().with_columns(conversation_key=key).drop("row", "session_key")


def _own_key(number: str, kind: str) -> pl.Expr:
    """Keys of our own making, apart from hashed ids and from each other."""
    return pl.concat_str(pl.lit(f"{kind}\x1f"), pl.col(number).cast(pl.String)).hash()


def _sessions(
    keyless: pl.DataFrame, facts: Sequence[SourceFacts], gaps: dict[str, int]
) -> pl.DataFrame:
    """Row number and session key of every message that a session can hold.

    A session is the messages of one customer on one channel, cut at a silence of the source's gap
    or more; a reply to a message of the customer belongs with it however late it comes.
    """
    spaces = {one.name: one.id_space for one in facts}
    of_source = pl.col("source").cast(pl.String)
    gap_ms = of_source.replace_strict(list(gaps), list(gaps.values()), default=None,
                                      return_dtype=pl.Int64)  # fmt: skip
    space = of_source.replace_strict(list(spaces), list(spaces.values()), return_dtype=pl.String)
    rank = (
        pl.when(_is_set(keyless, "contacted_at"))
        .then(_CONTACT)
        .when(_is_set(keyless, "replied_at"))
        .then(_REPLY)
        .otherwise(_BOT_REPLY)
    )
    thread = ["space", "source", "customer_key", "channel"]
    late = pl.col("at") - pl.col("at").shift(1) >= pl.duration(milliseconds=pl.col("gap_ms"))
    reply_to_customer = (pl.col("rank") != _CONTACT) & (pl.col("rank").shift(1) == _CONTACT)
    new_thread = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift(1)) for name in thread
    )
    return (
        keyless.lazy()
        .filter(pl.col("customer_key").is_not_null() & pl.col("source").is_in(list(gaps)))
        .select("row", "source", "customer_key", "channel", "at", space=space, gap_ms=gap_ms,
                rank=rank)
        .sort(*thread, "at", "rank", "row")
        .with_columns(session=(new_thread | (late & reply_to_customer.not_())).cum_sum())
        .select("row", session_key=_own_key("session", "session"))
        .collect()
    )  # fmt: skip


def _is_set(frame: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column).is_not_null() if column in frame.columns else pl.lit(value=False)
