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
from supportcli.facts import SourceFacts
from supportcli.schema import COUNTED_BY, TIMES, TYPES

KEY: Final = "conversation_key"

SINGLE_EVENTS: Final = "single_events"
AGENTS_OF_EVENTS: Final = "agents_of_events"

_BIT: Final = {
    name: 1 << position for position, name in enumerate([*TYPES, SINGLE_EVENTS, AGENTS_OF_EVENTS])
}


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
    unfilled: bool | None = None


def _minimum(column: str) -> Fold:
    return Fold((column,), pl.col(column).min(), pl.col(column))


def _maximum(column: str) -> Fold:
    return Fold((column,), pl.col(column).max(), pl.col(column))


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

CSAT: Final[dict[str, type[pl.DataType] | pl.DataType]] = {
    "csat": pl.Float64,
    "is_satisfied": pl.Boolean,
    "csat_at": pl.Datetime("us"),
    "csat_scale": pl.String,
}
"""The latest answer of a conversation: its value, whether it is satisfied, its time and scale."""

_CSAT_NEEDS: Final = ("csat", "kind", "at", *TIMES)


def event_columns(columns: Collection[str]) -> list[str]:
    """The event columns that these columns of a conversation are made of."""
    needed = [
        need for name in columns for need in (_CSAT_NEEDS if name in CSAT else FOLDS[name].needs)
    ]
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
    whole = _whole_sources(facts)
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


def _whole_sources(facts: Sequence[SourceFacts]) -> list[str]:
    """The sources whose rows are conversations and that share their id space with no other."""
    spaces = [one.id_space for one in facts]
    return [
        one.name for one in facts if one.rows_are_conversations and spaces.count(one.id_space) == 1
    ]


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
    if "resolved_once" in columns:
        tickets = [one.name for one in facts if one.grain == "conversation"]
        reopened = (pl.col("reopens") > 0) | pl.col("reopened_at").is_not_null()
        shows_last = pl.col("source").is_in(tickets) & reopened.fill_null(value=False)
        rows = rows.with_columns(resolved_once=shows_last.not_())
    return rows.with_columns(knows=_knowledge_of(facts)) if "knows" in columns else rows


def _type_of(name: str) -> pl.DataType:
    """The type of an event column, or of a folded one that is named after its event column."""
    if name.endswith("_key"):
        return pl.UInt64()
    column = _FOLDED_FROM.get(name, name).removeprefix("stated_")
    return polars_type(column) if column in TYPES else pl.Boolean()


_FOLDED_FROM: Final = {
    "first_at": "at",
    "resolved_first_at": "resolved_at",
    "resolved_last_at": "resolved_at",
    "reopened_last_at": "reopened_at",
}


def _knowledge_of(facts: Sequence[SourceFacts]) -> pl.Expr:
    return pl.col("source").replace_strict(
        [one.name for one in facts], [knowledge(one) for one in facts], return_dtype=pl.UInt64
    )


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


@dataclass(frozen=True)
class Answers:
    """The latest satisfaction answer of every conversation that has one, keyed; and the misfits."""

    frame: pl.DataFrame
    out_of_scale: int


def answer_time(have: Collection[str]) -> pl.Expr:
    """When a row's answer was given: a survey's own time, else the newest that the row knows."""
    newest = pl.max_horizontal(name for name in (*TIMES, "at") if name in have)
    survey = pl.col("kind") == "survey" if "kind" in have else pl.lit(value=False)
    return pl.when(survey).then("at").otherwise(newest)


def latest_answers(
    events: pl.LazyFrame, facts: Sequence[SourceFacts], satisfied_from: float | None
) -> Answers:
    """One answer a conversation, the latest, with `csat`, `is_satisfied`, `csat_at`, `csat_scale`.

    Satisfied are the top 40 % of the source's scale (4 and 5 of 5, 3 of 3, 2 of 2), or the answers
    from `satisfied_from` up on the scales that it lies on. An answer outside its scale is none;
    those are counted.
    """
    scales = {one.name: one.scale for one in facts}
    least = _by_source({name: scale[0] for name, scale in scales.items()})
    greatest = _by_source({name: scale[1] for name, scale in scales.items()})
    label = _by_source({one.name: one.scale_label for one in facts})
    # Times five, to stay exact: a limit of 60 % of the scale has no exact float.
    satisfied = 5 * (pl.col("csat") - least) > 3 * (greatest - least)
    if satisfied_from is not None:
        on_scale = (least < satisfied_from) & (greatest >= satisfied_from)
        satisfied = pl.when(on_scale).then(pl.col("csat") >= satisfied_from).otherwise(satisfied)
    rows = events.filter(pl.col("csat").is_not_null())
    within = pl.col("csat").is_between(least, greatest)
    out_of_scale = int(rows.select(within.not_().sum()).collect().item())
    frame = (
        rows.filter(within)
        .select(
            KEY,
            "csat",
            is_satisfied=satisfied,
            csat_at=answer_time(columns_of(events)),
            csat_scale=label,
        )
        .sort(KEY, "csat_at", "csat", "is_satisfied", "csat_scale")
        .group_by(KEY, maintain_order=True)
        .last()
        .collect()
    )
    return Answers(frame, out_of_scale)


def _by_source(values: dict[str, float] | dict[str, str]) -> pl.Expr:
    kind = pl.String if isinstance(next(iter(values.values())), str) else pl.Float64
    return pl.col("source").replace_strict(list(values), list(values.values()), return_dtype=kind)
