"""Events to conversations: one row a conversation, folded by minimum, maximum, sum and first.

The fold is commutative: the order of rows, files and splits never changes a conversation. Rows of
a source whose rows are whole conversations are taken as they stand; nothing unique is grouped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.columns import polars_type
from supportcli.facts import SourceFacts, whole_sources
from supportcli.schema import COUNTED_BY, TIMES, TYPES

KEY: Final = "conversation_key"

SINGLE_EVENTS: Final = "single_events"
AGENTS_OF_EVENTS: Final = "agents_of_events"
ORDERS: Final = "orders"
REFUNDS: Final = "refunds"
PAGE_VIEWS: Final = "page_views"

OTHER_KINDS: Final = {"order": ORDERS, "refund": REFUNDS, "page_view": PAGE_VIEWS}
"""The kinds of events that are of no conversation, by what a log that has any of them knows."""

_FACTS: Final = (*TYPES, SINGLE_EVENTS, AGENTS_OF_EVENTS, *OTHER_KINDS.values())
_BIT: Final = {name: 1 << position for position, name in enumerate(_FACTS)}


@dataclass(frozen=True)
class Fold:
    """How one column of a conversation comes of its events.

    `needs` are the event columns it reads; `grouped` aggregates them over a group, `alone` gives
    the same of a single row. A column without `grouped` is the first known value by time.
    `unfilled` is what it is where no source fills any of its needs.
    """

    needs: tuple[str, ...]
    grouped: pl.Expr | None
    alone: pl.Expr
    unfilled: bool | int | None = None


def _minimum(column: str) -> Fold:
    return Fold((column,), pl.col(column).min(), pl.col(column))


def _maximum(column: str) -> Fold:
    return Fold((column,), pl.col(column).max(), pl.col(column))


def _known(column: str) -> Fold:
    """How many of the events know a time."""
    known = pl.col(column).is_not_null()
    return Fold((column,), known.sum().cast(pl.Int32), known.cast(pl.Int32), unfilled=0)


def _total(column: str) -> Fold:
    """A sum that is null where nothing is known."""
    known = pl.col(column).count() > 0
    return Fold((column,), pl.when(known).then(pl.col(column).sum()), pl.col(column))


def _first(column: str) -> Fold:
    return Fold((column,), None, pl.col(column))


_TOTALS: Final = (
    "contacts",
    "replies",
    "bot_replies",
    "transfers",
    "reopens",
    "stated_contacts",
    "stated_replies",
    "handle_ms",
)

FOLDS: Final[dict[str, Fold]] = {
    "first_at": _minimum("at"),
    "contacted_at": _minimum("contacted_at"),
    "queued_at": _minimum("queued_at"),
    "replied_at": _minimum("replied_at"),
    "bot_replied_at": _minimum("bot_replied_at"),
    "abandoned_at": _minimum("abandoned_at"),
    "resolved_first_at": _minimum("resolved_at"),
    "resolved_last_at": _maximum("resolved_at"),
    "reopened_last_at": _maximum("reopened_at"),
    **{name: _total(name) for name in _TOTALS},
    "several_agents": Fold(
        ("agent_key",),
        (pl.col("agent_key").min() != pl.col("agent_key").max()).fill_null(value=False),
        pl.lit(value=False),
        unfilled=False,
    ),
    "has_interaction": Fold(
        ("kind",),
        (pl.col("kind") == "interaction").any(),
        pl.col("kind") == "interaction",
        unfilled=True,
    ),
    "resolved_once": Fold(
        ("reopens", "reopened_at"),
        pl.col("resolved_once").all(),
        pl.col("resolved_once"),
        unfilled=True,
    ),
    "several_channels": Fold(
        ("channel", "kind"),
        (pl.col("met_on").min() != pl.col("met_on").max()).fill_null(value=False),
        pl.lit(value=False),
        unfilled=False,
    ),
    **{f"first {name}": _minimum(name) for name in TIMES},
    **{f"last {name}": _maximum(name) for name in TIMES},
    **{f"known {name}": _known(name) for name in TIMES},
    "surveyed_at": Fold(("kind",), pl.col("surveyed_at").min(), pl.col("surveyed_at")),
    "knows": Fold(("source",), pl.col("knows").bitwise_or(), pl.col("knows")),
    "channel": _first("channel"),
    "source": _first("source"),
    "customer_key": _first("customer_key"),
    "conversation_id": _first("conversation_id"),
    "customer_id": _first("customer_id"),
    "agent_id": _first("agent_id"),
    "team": _first("team"),
    "topic": _first("topic"),
    "priority": _first("priority"),
}
"""Every column that a conversation can have, satisfaction aside."""


def event_columns(columns: Collection[str]) -> list[str]:
    """The event columns that these columns of a conversation are made of."""
    needed = [need for name in columns for need in FOLDS[name].needs]
    return list(dict.fromkeys([KEY, "kind", "channel", "at", *TIMES, *needed]))


def knows(*fields: str) -> pl.Expr:
    """Whether any source of a conversation fills any of these event columns."""
    bits = 0
    for field in fields:
        bits |= _BIT[field]
    return (pl.col("knows") & pl.lit(bits, dtype=pl.UInt64)) != 0


def columns_of(frame: pl.LazyFrame) -> list[str]:
    """The names of a lazy frame's columns."""
    return frame.collect_schema().names()


def fields_known(bits: int) -> frozenset[str]:
    """The event columns that a value of `knows` stands for."""
    return frozenset(name for name, bit in _BIT.items() if bits & bit)


def knowledge(facts: SourceFacts) -> int:
    """The fields that a source fills, as bits, with what follows from rows that are events."""
    fields = set(facts.fields)
    if facts.grain == "event":
        fields |= {SINGLE_EVENTS}
        fields |= {count for count, time in COUNTED_BY.items() if time in fields}
        fields |= {AGENTS_OF_EVENTS} if "agent_id" in fields else set()
    return sum(_BIT[name] for name in fields)


@dataclass(frozen=True)
class Folded:
    """The conversations: `frame` holds what some source fills, `constants` the rest.

    What no source fills is the same everywhere, so it is kept as expressions and never sorted,
    joined or held in memory.
    """

    frame: pl.DataFrame
    constants: tuple[pl.Expr, ...]


def fold(events: pl.LazyFrame, facts: Sequence[SourceFacts], columns: Collection[str]) -> Folded:
    """One row a conversation, with the columns asked for (of FOLDS) and its key.

    `events` must have a `conversation_key` in every row; columns that no source fills may be
    absent and count as unknown.
    """
    schema = events.collect_schema()
    constants = _constants(schema, facts, columns)
    filled = [name for name in columns if name not in constants]
    rows = _completed(events, facts, filled)
    whole = whole_sources(facts)
    parts = []
    if whole:
        taken = rows if len(whole) == len(facts) else rows.filter(pl.col("source").is_in(whole))
        parts.append(taken.select(KEY, *(FOLDS[name].alone.alias(name) for name in filled)))
    if len(whole) < len(facts):
        grouped = [one for one in facts if one.name not in whole]
        taken = rows.filter(pl.col("source").is_in(whole).not_()) if whole else rows
        parts.append(_grouped(taken, grouped, filled).lazy())
    frame = (pl.concat(parts) if len(parts) > 1 else parts[0]).collect()
    return Folded(frame, tuple(value.alias(name) for name, value in constants.items()))


def _constants(
    schema: pl.Schema, facts: Sequence[SourceFacts], columns: Collection[str]
) -> dict[str, pl.Expr]:
    """What is the same in every conversation: nobody fills it, or there is but one source."""
    have = set(schema)
    constants = {
        name: pl.lit(FOLDS[name].unfilled, dtype=_type_of(name))
        for name in columns
        if not have.intersection(FOLDS[name].needs)
    }
    if len(facts) == 1:
        constants["source"] = pl.lit(facts[0].name).cast(schema["source"])
        constants["knows"] = pl.lit(knowledge(facts[0]), dtype=pl.UInt64)
    return {name: value for name, value in constants.items() if name in columns}


def all_knowledge(facts: Iterable[SourceFacts]) -> frozenset[str]:
    """The event columns that any of the sources fills."""
    return frozenset[str]().union(*(fields_known(knowledge(one)) for one in facts))


def _completed(
    events: pl.LazyFrame, facts: Sequence[SourceFacts], columns: Sequence[str]
) -> pl.LazyFrame:
    """The events with typed nulls for what nobody fills, and the columns that facts give."""
    needs = {need for name in columns for need in FOLDS[name].needs}
    absent = [
        pl.lit(None, dtype=_type_of(name)).alias(name)
        for name in sorted(needs)
        if name not in columns_of(events)
    ]
    rows = events.with_columns(absent)
    folds = [FOLDS[name].grouped for name in columns]
    roots = {root for fold in folds if fold is not None for root in fold.meta.root_names()}
    rows = rows.with_columns(
        made.alias(name) for name, made in _MADE_OF_ROWS.items() if name in roots
    )
    if "resolved_once" in columns:
        tickets = [one.name for one in facts if one.grain == "conversation"]
        reopened = (pl.col("reopens") > 0) | pl.col("reopened_at").is_not_null()
        shows_last = pl.col("source").is_in(tickets) & reopened.fill_null(value=False)
        rows = rows.with_columns(resolved_once=shows_last.not_())
    return rows.with_columns(knows=knowledge_of(facts)) if "knows" in columns else rows


_MADE_OF_ROWS: Final = {
    "surveyed_at": pl.when(pl.col("kind") == "survey").then("at"),
    "met_on": pl.when(pl.col("kind").ne_missing("survey")).then(pl.col("channel").to_physical()),
}
"""Columns of an event that the fold makes before it groups."""


def _type_of(name: str) -> pl.DataType:
    """The type of an event column, or of a folded one that is named after its event column."""
    if name.endswith("_key"):
        return pl.UInt64()
    if name.startswith("known "):
        return pl.Int32()
    column = _FOLDED_FROM.get(name, name.rpartition(" ")[2]).removeprefix("stated_")
    return polars_type(column) if column in TYPES else pl.Boolean()


_FOLDED_FROM: Final = {
    "first_at": "at",
    "resolved_first_at": "resolved_at",
    "resolved_last_at": "resolved_at",
    "reopened_last_at": "reopened_at",
    "surveyed_at": "at",
}


def knowledge_of(facts: Sequence[SourceFacts]) -> pl.Expr:
    """The fields that the source of an event fills, as bits."""
    return pl.col("source").replace_strict(
        [one.name for one in facts], [knowledge(one) for one in facts], return_dtype=pl.UInt64
    )


def knowledge_of_kind(kinds: Collection[str]) -> pl.Expr:
    """What an event of no conversation makes known by being there, as bits.

    `kinds` are all that the log has: where it has refunds, whether an order was refunded is known.
    """
    bits = {kind: _BIT[name] for kind, name in OTHER_KINDS.items()}
    if "refund" in kinds:
        bits["order"] |= bits["refund"]
    kind = pl.col("kind").cast(pl.String)
    return kind.replace_strict(bits, default=0, return_dtype=pl.UInt64)


def _grouped(
    rows: pl.LazyFrame, facts: Sequence[SourceFacts], columns: Sequence[str]
) -> pl.DataFrame:
    """The conversations whose events must be added up."""
    firsts = [name for name in columns if FOLDS[name].grouped is None]
    aggregates = [_aggregate(name) for name in columns if name not in firsts]
    for name in firsts:
        aggregates += [pl.col(name).min(), pl.col(name).max().alias(_greatest(name))]
    folded = rows.group_by(KEY).agg(aggregates).collect()
    totals = [name for name in columns if name in _TOTALS]
    if totals and len({one.id_space for one in facts}) < len(facts):
        folded = folded.drop(totals).join(_totals(rows, totals), on=KEY)
    for name in firsts:
        folded = _settle_first(folded, rows, name)
    return folded.select(KEY, *columns)


def _aggregate(name: str) -> pl.Expr:
    grouped = FOLDS[name].grouped
    assert grouped is not None
    return grouped.alias(name)


def _greatest(name: str) -> str:
    return f"greatest\x1f{name}"


def _settle_first(folded: pl.DataFrame, rows: pl.LazyFrame, name: str) -> pl.DataFrame:
    """The first known value by time, where the events of a conversation do not all agree.

    Where the least and the greatest are the same there is nothing to settle, and that is nearly
    everywhere; only the others are sorted by time, equal times by the value's text.
    """
    greatest = _greatest(name)
    disputed = folded.filter(pl.col(name) != pl.col(greatest)).select(KEY)
    folded = folded.drop(greatest)
    if disputed.is_empty():
        return folded
    settled = (
        rows.filter(pl.col(name).is_not_null())
        .join(disputed.lazy(), on=KEY, how="semi")
        .select(KEY, "at", settled=name, text=pl.col(name).cast(pl.String))
        .sort(KEY, "at", "text")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("settled").first())
        .collect()
    )
    return folded.join(settled, on=KEY, how="left").with_columns(
        pl.coalesce("settled", name).alias(name)
    ).drop("settled")  # fmt: skip


def _totals(rows: pl.LazyFrame, totals: Sequence[str]) -> pl.DataFrame:
    """Totals where several sources share an id space.

    Each source's account of a conversation on one channel is a whole, so two systems that both
    describe one call do not double it: the greatest account counts. Channels add up.
    """
    accounts = rows.group_by(KEY, "channel", "source").agg(map(_aggregate, totals))
    channels = accounts.group_by(KEY, "channel").agg(pl.col(totals).max())
    known = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in totals
    ]
    return channels.group_by(KEY).agg(known).collect()
