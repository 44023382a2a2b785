"""What KPIs are measured on: for every grain its rows, with dimensions, anchors and measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.agents import team
from supportcli.columns import polars_type
from supportcli.conversations import KEY, columns_of, knows
from supportcli.kpis.model import CONVERSATIONS, Kpi
from supportcli.kpis.taking import MOMENT_DIMENSIONS, measure_columns
from supportcli.prepare import Prepared
from supportcli.settings import Settings
from supportcli.turns import open_stretches, response_turns, state_changes


@dataclass(frozen=True)
class Material:
    """What rows are made of: the conversations, outreach among them, and the prepared log.

    `dimensions` are those of the report that are no moment's.
    """

    people: pl.DataFrame
    prepared: Prepared
    dimensions: tuple[str, ...]

    @property
    def ours(self) -> pl.LazyFrame:
        """The conversations that customers began."""
        return self.people.lazy().filter(pl.col("is_outreach").not_())

    @property
    def settings(self) -> Settings:
        """The configuration of the run."""
        return self.prepared.context.settings

    def placed(self, rows: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
        """Rows of conversations that customers began, with what is known of these."""
        return rows.join(self.ours.select(KEY, *columns, *self.dimensions), on=KEY)


@dataclass(frozen=True)
class Grain:
    """The rows of a grain: what they need of conversations and of events, and how they are made."""

    rows: Callable[[Material], pl.LazyFrame]
    of_conversations: tuple[str, ...] = ()
    of_events: tuple[str, ...] = ()
    is_measured_later: bool = False


def dimension(name: str, settings: Settings) -> pl.Expr:
    """A dimension as a column of a conversation or an event; those of a moment come later."""
    if name == "agent":
        return pl.col("agent_id")
    if name == "team":
        return team(settings)
    return pl.lit(None) if name in MOMENT_DIMENSIONS else pl.col(name)


def frames_of(kpis: Sequence[Kpi], material: Material) -> dict[str, pl.LazyFrame]:
    """What the KPIs are measured on, by grain; only what they ask for."""
    frames: dict[str, pl.LazyFrame] = {}
    for name in sorted({kpi.grain for kpi in kpis}):
        grain = GRAINS[name]
        rows = grain.rows(material)
        if name not in CONVERSATIONS:
            if not grain.is_measured_later:
                some = (kpi for kpi in kpis if kpi.grain == name)
                rows = rows.with_columns(measure_columns(some))
            rows = rows.collect().lazy()
        frames[name] = rows
    return frames


def conversation_needs(kpis: Iterable[Kpi]) -> list[str]:
    """The columns of conversations that the rows of these KPIs are made of."""
    grains = {kpi.grain for kpi in kpis}
    needs = [name for grain in sorted(grains) for name in GRAINS[grain].of_conversations]
    return [*needs, *([KEY] if grains - set(CONVERSATIONS) else [])]


def event_needs(kpis: Iterable[Kpi], by: Sequence[str], settings: Settings) -> list[str]:
    """The columns of events that the rows of these KPIs are made of."""
    grains = {kpi.grain for kpi in kpis}
    needs = [name for grain in sorted(grains) for name in GRAINS[grain].of_events]
    if grains & _OF_OTHER_EVENTS:
        needs += [root for name in by for root in dimension(name, settings).meta.root_names()]
    return needs


def _turns(material: Material) -> pl.LazyFrame:
    prepared = material.prepared
    return material.placed(response_turns(prepared.events, prepared.context.facts))


def _changes(material: Material) -> pl.LazyFrame:
    known = material.ours.filter(knows("resolved_at"))
    return material.placed(state_changes(material.prepared.events, known), "contacted_at")


def _open(material: Material) -> pl.LazyFrame:
    known = material.ours.filter(knows("resolved_at"))
    changes = state_changes(material.prepared.events, known)
    return material.placed(open_stretches(changes), "contacted_at")


def _messages(material: Material) -> pl.LazyFrame:
    """The events with contacts or replies, each at its own time."""
    facts = material.prepared.context.facts
    events = _with_columns(material.prepared.events, ("contacts", "replies", "contacted_at",
                                                      "replied_at"))  # fmt: skip
    if len({one.id_space for one in facts}) < len(facts):
        events = events.with_columns(_greatest_account(name) for name in ("contacts", "replies"))
    return material.placed(
        events.select(
            KEY,
            "contacts",
            "replies",
            message_at=pl.coalesce("contacted_at", "at"),
            answered_at=pl.coalesce("replied_at", "at"),
        )
    )


def _greatest_account(count: str) -> pl.Expr:
    """A count where its source tells most of the conversation on the channel, else null.

    So two systems that both describe one call do not double it.
    """
    account = pl.col(count).sum().over(KEY, "channel", "source")
    most = account.max().over(KEY, "channel")
    teller = pl.when(account == most).then(pl.col("source").to_physical())
    return (
        pl.when(pl.col("source").to_physical() == teller.min().over(KEY, "channel"))
        .then(count)
        .alias(count)
    )


def _handled(material: Material) -> pl.LazyFrame:
    """A row for every human agent who replied in a conversation, outreach included."""
    events = _with_columns(material.prepared.events, ("agent_id", "replied_at", "replies"))
    replied = pl.col("replied_at").is_not_null() | (pl.col("replies") > 0)
    pairs = events.filter(replied & pl.col("agent_id").is_not_null()).select(
        KEY, agent_hash=pl.col("agent_id").hash(), **_agent_of(material)
    )
    dimensions = (name for name in material.dimensions if name != "agent")
    known = material.people.lazy().select(KEY, "began_at", *dimensions)
    return pairs.unique().join(known, on=KEY)


def _agent_of(material: Material) -> dict[str, pl.Expr]:
    """The dimension of the agent, which is that of the pair, where the report has it."""
    return {"agent": pl.col("agent_id")} if "agent" in material.dimensions else {}


def other_events(material: Material) -> pl.LazyFrame:
    """The events that are of no conversation, with dimensions of their own."""
    dimensions = {name: dimension(name, material.settings) for name in material.dimensions}
    roots = [root for one in dimensions.values() for root in one.meta.root_names()]
    rows = _with_columns(material.prepared.others, (*_OF_OTHERS, *roots))
    return rows.with_columns(expression.alias(name) for name, expression in dimensions.items())


def _others(material: Material, kind: str) -> pl.LazyFrame:
    return other_events(material).filter(pl.col("kind").cast(pl.String) == kind)


def _page_views(material: Material) -> pl.LazyFrame:
    return _others(material, "page_view")


def _orders(material: Material) -> pl.LazyFrame:
    """The orders, each with its place among those of its customer and with its refunds."""
    loyalty = material.settings.loyalty
    currency = pl.col("currency").str.to_uppercase().fill_null(material.settings.currency)
    of_amounts = currency.filter(pl.col("amount_minor").is_not_null())
    least, greatest = of_amounts.min(), of_amounts.max()
    refunds = (
        _others(material, "refund")
        .filter(pl.col(KEY).is_not_null())
        .group_by(KEY)
        .agg(
            refunded_minor=pl.col("amount_minor").sum(),
            is_refunded=pl.lit(value=True),
            # Several currencies are none of the order's.
            refunded_in=pl.when(least != greatest).then(pl.lit("several")).otherwise(least),
        )
    )
    place = pl.int_range(pl.len()).over("customer_key")
    return (
        _others(material, "order")
        .join(refunds, on=KEY, how="left")
        .sort("customer_key", "at", "event_id", "amount_minor")
        .with_columns(
            currency=currency,
            refunded_minor=pl.col("refunded_minor").fill_null(0),
            is_refunded=pl.col("is_refunded").fill_null(value=False),
            is_first=pl.col("at") == pl.col("at").min().over("customer_key"),
            place=pl.when(pl.col("customer_key").is_not_null()).then(place + 1),
            second_at=pl.col("at").shift(-1).over("customer_key"),
            loyal_at=pl.col("at").shift(1 - loyalty.orders).over("customer_key"),
        )
    )


def _first_orders(material: Material) -> pl.LazyFrame:
    """A row a customer: the first order, and what became of them."""
    loyalty, now = material.settings.loyalty, material.prepared.context.as_of
    return_by = pl.col("at") + pl.duration(milliseconds=loyalty.returning_ms)
    loyal_by = pl.col("at") + pl.duration(milliseconds=loyalty.window_ms)
    return _orders(material).filter(pl.col("place") == 1).with_columns(
        returned=(pl.col("second_at") <= return_by).fill_null(value=False),
        had_time_to_return=return_by <= now,
        became_loyal=(pl.col("loyal_at") <= loyal_by).fill_null(value=False),
        had_time_for_loyalty=loyal_by <= now,
    )  # fmt: skip


def _loyal_customers(material: Material) -> pl.LazyFrame:
    """A row for every customer who became loyal, at the order that made them so."""
    return _orders(material).filter(pl.col("place") == material.settings.loyalty.orders)


def _activity(material: Material) -> pl.LazyFrame:
    """What identified customers did: orders, or contacts where there are no orders at all."""
    orders = _others(material, "order")
    if orders.select(pl.len()).collect().item():
        done = orders.with_columns(active_at="at")
    else:
        done = material.ours.filter("is_received").with_columns(active_at="contacted_at")
    known = done.filter(pl.col("customer_key").is_not_null() & pl.col("active_at").is_not_null())
    return known.select("customer_key", "active_at", *material.dimensions)


_OF_OTHERS: Final = ("kind", "at", KEY, "customer_key", "event_id", "amount_minor", "currency")
_OF_OTHER_EVENTS: Final = frozenset(
    {"order", "first_order", "loyal_customer", "page_view", "activity"}
)


def _with_columns(rows: pl.LazyFrame, names: Iterable[str]) -> pl.LazyFrame:
    """The rows with typed nulls for the columns that nobody fills."""
    have = columns_of(rows)
    absent = [name for name in dict.fromkeys(names) if name not in have]
    return rows.with_columns(
        pl.lit(None, dtype=pl.UInt64 if name.endswith("_key") else polars_type(name)).alias(name)
        for name in absent
    )


_OF_ORDERS: Final = ("amount_minor", "currency", "customer_key", "event_id", KEY)

GRAINS: Final[Mapping[str, Grain]] = {
    "conversation": Grain(lambda material: material.ours),
    "outreach": Grain(lambda material: material.people.lazy().filter("is_outreach")),
    "everyone": Grain(lambda material: material.people.lazy()),
    "turn": Grain(_turns, ("contacted_at", "replied_at")),
    "change": Grain(_changes, ("contacted_at", "abandoned_at", "is_abandoned", "knows")),
    "open": Grain(
        _open, ("contacted_at", "abandoned_at", "is_abandoned", "knows"), is_measured_later=True
    ),
    "message": Grain(_messages, (), ("contacts", "replies", "contacted_at", "replied_at")),
    "handled": Grain(_handled, ("began_at",), ("agent_id", "replied_at", "replies")),
    "order": Grain(_orders, (), _OF_ORDERS),
    "first_order": Grain(_first_orders, (), _OF_ORDERS),
    "loyal_customer": Grain(_loyal_customers, (), _OF_ORDERS),
    "page_view": Grain(_page_views, (), ("customer_key",)),
    "activity": Grain(
        _activity,
        ("contacted_at", "is_received", "customer_key"),
        ("customer_key",),
        is_measured_later=True,
    ),
}
"""Every grain by its name; those measured later depend on the period that they are taken for."""
