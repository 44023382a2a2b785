"""What other conversations of the same customer, or agent, say of a conversation.

A window is a column that no expression over one row can give: it looks at the rows around it in
time. Each kind of window is one function from the conversations to its columns, in their order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl
from polars.dataframe.group_by import RollingGroupBy

from supportcli.conversations import FOLDS, Folded
from supportcli.kpis.derive import Context

_Compute = Callable[[pl.LazyFrame, Sequence[str], Context], pl.DataFrame]


@dataclass(frozen=True)
class Window:
    """A kind of window: the columns that it needs of the conversations, and how it is made."""

    needs: tuple[str, ...]
    compute: _Compute


def requirements(names: Collection[str], columns: dict[str, pl.Expr]) -> list[str]:
    """Every column that these stand on, themselves included, however deep."""
    needed: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed[name] = None
        if name in columns:
            waiting += columns[name].meta.root_names()
        elif name in WINDOWS:
            waiting += WINDOWS[name].needs
    return list(needed)


def folded(names: Collection[str]) -> list[str]:
    """Those of the names that the fold makes."""
    return [name for name in names if name in FOLDS]


def derive(folded: Folded, names: Collection[str], context: Context) -> pl.LazyFrame:
    """The conversations with every derived column and window among `names` beside them."""
    columns = context.columns
    frame = folded.frame
    beside = frame.lazy().with_columns(folded.constants)
    kinds: dict[Window, list[str]] = {}
    for name in names:
        if name in WINDOWS:
            kinds.setdefault(WINDOWS[name], []).append(name)
    for window, some in kinds.items():
        rows = _with_derived(beside, requirements(window.needs, columns), columns)
        frame = frame.hstack(window.compute(rows.select(window.needs), some, context))
    rest = [name for name in names if name not in WINDOWS]
    return _with_derived(frame.lazy().with_columns(folded.constants), rest, columns)


def _with_derived(
    frame: pl.LazyFrame, names: Collection[str], columns: dict[str, pl.Expr]
) -> pl.LazyFrame:
    """The frame with those of the names that are derived, in an order that works."""
    waiting = [name for name in names if name in columns]
    while waiting:
        ready = [
            name
            for name in waiting
            if not set(waiting).intersection(columns[name].meta.root_names())
        ]
        frame = frame.with_columns(columns[name].alias(name) for name in ready)
        waiting = [name for name in waiting if name not in ready]
    return frame


_ROW: Final = "row\x1f"
_THREAD: Final = "thread\x1f"
_BEYOND_TIME: Final = pl.lit(1 << 62, dtype=pl.Int128)
_CUSTOMERS: Final = ("customer_key", "contacted_at", "is_outreach")

_counts: Final = (
    pl.col("is_outreach").not_()
    & pl.col("customer_key").is_not_null()
    & pl.col("contacted_at").is_not_null()
)
"""The conversations that are neighbours: opened by a customer whom we know, at a known time."""


def _neighbours(
    rows: pl.LazyFrame, names: Sequence[str], _: Context, *, same_topic: bool
) -> pl.DataFrame:
    """When each identified customer made contact before and after each conversation.

    Outreach is no neighbour, and a conversation at the very same moment is neither before nor
    after. Only what the sort needs is sorted, and brought back into order by the row's number.
    """
    customer = pl.col("customer_key")
    thread = pl.struct(customer, "topic").hash() if same_topic else customer
    counts = _counts & pl.col("topic").is_not_null() if same_topic else _counts
    # One wide integer sorts in two thirds of the time of two columns.
    place = pl.col(_THREAD).cast(pl.Int128) * _BEYOND_TIME + pl.col("contacted_at").cast(pl.Int64)
    return (
        rows.select("contacted_at", pl.when(counts).then(thread).alias(_THREAD))
        .with_row_index(_ROW)
        .sort(place)
        .select(_ROW, *(_neighbour(later=name.startswith("next")).alias(name) for name in names))
        .sort(_ROW)
        .select(names)
        .collect()
    )


def _neighbour(*, later: bool) -> pl.Expr:
    """The nearest different contact time of the thread in sorted order.

    Within a run of equal times only its edge sees the neighbour; the others take it from there.
    The end of a thread is marked by a time that never is, so that the fill stops at it.
    """
    step = -1 if later else 1
    nothing = pl.lit(dt.datetime(9999 if later else 1, 1, 1), dtype=pl.Datetime("us"))
    same = (pl.col(_THREAD) == pl.col(_THREAD).shift(step)).fill_null(value=False)
    time, other = pl.col("contacted_at"), pl.col("contacted_at").shift(step)
    seen = pl.when(same.not_()).then(nothing).when(other != time).then(other)
    spread = seen.backward_fill() if later else seen.forward_fill()
    return pl.when(spread != nothing).then(spread)


def _first_contact(rows: pl.LazyFrame, names: Sequence[str], _: Context) -> pl.DataFrame:
    """When the customer was first in contact at all."""
    first = pl.when(_counts).then("contacted_at").min().over("customer_key")
    return rows.select(pl.when(_counts).then(first).alias(names[0])).collect()


def _contacts_before(rows: pl.LazyFrame, names: Sequence[str], context: Context) -> pl.DataFrame:
    """How many contacts the customer made on the way here, in the window before this one.

    Unknown where one of those conversations does not tell how many it had.
    """
    period = f"{context.settings.repeat.window_ms}ms"
    found = pl.when(pl.col("contacts").null_count() == 0).then(pl.col("contacts").sum())
    before = partial(pl.DataFrame.rolling, closed="left")
    return _around(rows, before, period, found.cast(pl.Int64).alias(names[0]))


def _elsewhere(rows: pl.LazyFrame, names: Sequence[str], context: Context) -> pl.DataFrame:
    """Whether the customer came on another channel soon after."""
    period = f"{context.settings.channel_switch.window_ms}ms"
    channel = pl.col("channel").to_physical()
    here = rows.with_columns(channel=channel)
    least, greatest = pl.col("channel").min(), pl.col("channel").max()
    after = partial(pl.DataFrame.rolling, closed="right", offset="0ms")
    seen = _around(here, after, period, least.alias("least"), greatest.alias("greatest"))
    own = here.select("channel").collect()
    other = (pl.col("least") != pl.col("channel")) | (pl.col("greatest") != pl.col("channel"))
    return own.hstack(seen).select(other.alias(names[0]))


def _around(
    rows: pl.LazyFrame, rolling: Callable[..., RollingGroupBy], period: str, *found: pl.Expr
) -> pl.DataFrame:
    """What the conversations of a customer in a stretch of time around each say, in its order."""
    names = [one.meta.output_name() for one in found]
    numbered = rows.with_row_index(_ROW)
    counting = numbered.filter(_counts).sort("customer_key", "contacted_at").collect()
    around = rolling(counting, "contacted_at", period=period, group_by="customer_key")
    seen = around.agg(*found)
    placed = seen.select(names).with_columns(counting[_ROW])
    return (
        numbered.select(_ROW)
        .join(placed.lazy(), on=_ROW, how="left")
        .sort(_ROW)
        .select(names)
        .collect()
    )


def _first_solution(rows: pl.LazyFrame, names: Sequence[str], _: Context) -> pl.DataFrame:
    """When this agent first resolved anything on this topic."""
    counts = pl.col("has_expertise") & pl.col("is_outreach").not_()
    first = pl.when(counts).then("resolved_last_at").min().over("agent_id", "topic")
    return rows.select(pl.when(counts).then(first).alias(names[0])).collect()


def _experience(rows: pl.LazyFrame, names: Sequence[str], _: Context) -> pl.DataFrame:
    """How many conversations the agent had handled with this one, in the order of time.

    Of two at one moment the shorter comes first, so that the order of rows never matters.
    """
    return (
        rows.with_row_index(_ROW)
        .sort("agent_id", "contacted_at", "handle_ms")
        .with_columns(
            pl.col("is_handled").cast(pl.Int64).cum_sum().over("agent_id").alias(names[0])
        )
        .sort(_ROW)
        .select(pl.when("is_handled").then(names[0]).alias(names[0]))
        .collect()
    )


_ON_ANY_TOPIC: Final = Window(_CUSTOMERS, partial(_neighbours, same_topic=False))
_ON_TOPIC: Final = Window((*_CUSTOMERS, "topic"), partial(_neighbours, same_topic=True))

WINDOWS: Final[dict[str, Window]] = {
    "previous_contact_at": _ON_ANY_TOPIC,
    "next_contact_at": _ON_ANY_TOPIC,
    "previous_on_topic_at": _ON_TOPIC,
    "next_on_topic_at": _ON_TOPIC,
    "first_contact_at": Window(_CUSTOMERS, _first_contact),
    "contacts_before": Window((*_CUSTOMERS, "contacts"), _contacts_before),
    "channel_switched": Window((*_CUSTOMERS, "channel"), _elsewhere),
    "first_solution_at": Window(
        ("agent_id", "topic", "resolved_last_at", "has_expertise", "is_outreach"), _first_solution
    ),
    "experience": Window(("agent_id", "contacted_at", "handle_ms", "is_handled"), _experience),
}
"""Every window by the name of its column."""
