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
    rows: pl.LazyFrame, names: Sequence[str], context: Context, *, same_topic: bool
) -> pl.DataFrame:
    """What the conversations before and after say, of those of the same identified customer.

    Outreach is no neighbour, and a conversation at the very same moment is neither before nor
    after. Only what the sort needs is sorted, and brought back into order by the row's number.
    """
    customer = pl.col("customer_key")
    thread = pl.struct(customer, "topic").hash() if same_topic else customer
    counts = _counts & pl.col("topic").is_not_null() if same_topic else _counts
    # One wide integer sorts in two thirds of the time of two columns.
    place = pl.col(_THREAD).cast(pl.Int128) * _BEYOND_TIME + pl.col("contacted_at").cast(pl.Int64)
    # Unknown channels are as good as one of their own.
    physical = pl.col("channel").to_physical().cast(pl.Int16).fill_null(-1)
    channel = [physical] if "channel_switched" in names else []
    said = _said_by_neighbours(context)
    return (
        rows.select("contacted_at", *channel, pl.when(counts).then(thread).alias(_THREAD))
        .with_row_index(_ROW)
        .sort(place)
        .select(_ROW, *(said[name].alias(name) for name in names))
        .sort(_ROW)
        .select(names)
        .collect()
    )


def _said_by_neighbours(context: Context) -> dict[str, pl.Expr]:
    """Every window of neighbours over rows in the order of thread and time."""
    before, after = _neighbour(later=False), _neighbour(later=True)
    window = pl.duration(milliseconds=context.settings.channel_switch.window_ms)
    return {
        "previous_contact_at": before,
        "previous_on_topic_at": before,
        "next_contact_at": after,
        "next_on_topic_at": after,
        "first_contact_at": _first_of_thread(),
        "channel_switched": _next_elsewhere() - pl.col("contacted_at") <= window,
    }


_NEVER: Final = pl.lit(dt.datetime(9999, 1, 1), dtype=pl.Datetime("us"))
_ALWAYS: Final = pl.lit(dt.datetime(1, 1, 1), dtype=pl.Datetime("us"))
"""Times that never are: they mark the ends of a thread, so that a fill stops there."""


def _is_same(column: str, step: int) -> pl.Expr:
    """Whether the row so many steps before has the same value."""
    return (pl.col(column) == pl.col(column).shift(step)).fill_null(value=False)


def _neighbour(*, later: bool) -> pl.Expr:
    """The nearest different contact time of the thread in sorted order.

    Within a run of equal times only its edge sees the neighbour; the others take it from there.
    """
    step, nothing = (-1, _NEVER) if later else (1, _ALWAYS)
    time, other = pl.col("contacted_at"), pl.col("contacted_at").shift(step)
    seen = pl.when(_is_same(_THREAD, step).not_()).then(nothing).when(other != time).then(other)
    spread = seen.backward_fill() if later else seen.forward_fill()
    return pl.when(spread != nothing).then(spread)


def _first_of_thread() -> pl.Expr:
    """The first contact time of the thread."""
    begins = pl.when(_is_same(_THREAD, 1).not_()).then("contacted_at").forward_fill()
    return pl.when(pl.col(_THREAD).is_not_null()).then(begins)


def _next_elsewhere() -> pl.Expr:
    """The next later contact time of the thread on another channel than this row's.

    The first row of the next time is on another channel, or else the first row behind it whose
    channel differs from its own is; and every row of a time takes that from the last of them.
    """
    same_thread = _is_same(_THREAD, -1)
    time, channel = pl.col("contacted_at"), pl.col("channel")
    differs = same_thread & (channel != channel.shift(-1))
    other = pl.when(same_thread.not_()).then(_NEVER).when(differs).then(time.shift(-1))
    elsewhere = other.backward_fill()
    is_last = same_thread.not_() | (time != time.shift(-1))

    def of_next(value: pl.Expr, nothing: pl.Expr) -> pl.Expr:
        found = pl.when(same_thread).then(value.shift(-1)).otherwise(nothing)
        return pl.when(is_last).then(found).backward_fill()

    next_time, next_elsewhere = of_next(time, _NEVER), of_next(elsewhere, _NEVER)
    next_channel = of_next(channel, pl.lit(-1, dtype=pl.Int16))
    found = pl.when(next_channel != channel).then(next_time).otherwise(next_elsewhere)
    return pl.when(pl.col(_THREAD).is_not_null() & (found != _NEVER)).then(found)


def _contacts_before(rows: pl.LazyFrame, names: Sequence[str], context: Context) -> pl.DataFrame:
    """How many contacts the customer made on the way here, in the window before this one.

    Unknown where one of those conversations does not tell how many it had.
    """
    numbered = rows.with_row_index(_ROW)
    counting = numbered.filter(_counts).sort("customer_key", "contacted_at").collect()
    known = pl.when(pl.col("contacts").null_count() == 0).then(pl.col("contacts").sum())
    before = counting.rolling(
        "contacted_at",
        period=f"{context.settings.repeat.window_ms}ms",
        closed="left",
        group_by="customer_key",
    ).agg(known.cast(pl.Int64).alias(names[0]))
    placed = before.select(names).with_columns(counting[_ROW])
    found = numbered.select(_ROW).join(placed.lazy(), on=_ROW, how="left")
    return found.sort(_ROW).select(names).collect()


def _first_solution(rows: pl.LazyFrame, names: Sequence[str], _: Context) -> pl.DataFrame:
    """When this agent first resolved anything on this topic."""
    counts = pl.col("has_expertise") & pl.col("is_outreach").not_()
    first = pl.when(counts).then("resolved_last_at").min().over("agent_id", "topic")
    return rows.select(pl.when(counts).then(first).alias(names[0])).collect()


def _experience(rows: pl.LazyFrame, names: Sequence[str], _: Context) -> pl.DataFrame:
    """How many conversations the agent had handled with this one, in the order of time.

    Of two at one moment the shorter comes first, so that the order of rows never matters.
    """
    begins = pl.when(_is_same(_THREAD, 1).not_()).then("number").forward_fill()
    handled = (
        rows.with_row_index(_ROW)
        .filter("is_handled")
        .with_columns(pl.col("agent_id").cast(pl.Categorical).to_physical().alias(_THREAD))
        .select(_ROW, _THREAD, place=_agents_place())
        .sort("place")
        .with_row_index("number")
        .select(_ROW, (pl.col("number") - begins + 1).cast(pl.Int64).alias(names[0]))
        .collect()
    )
    height = rows.select(pl.len()).collect().item()
    found = pl.repeat(None, height, dtype=pl.Int64, eager=True)
    return found.scatter(handled[_ROW], handled[names[0]]).alias(names[0]).to_frame()


def _agents_place() -> pl.Expr:
    """The place of a conversation by agent, time and work, in one number that sorts fast.

    Any time has room in 59 bits, counted from before the year 1, and 2**40 ms are 35 years.
    """
    moment = pl.col("contacted_at").cast(pl.Int64).cast(pl.Int128) + (1 << 57)
    work = pl.col("handle_ms").clip(0, (1 << 40) - 1)
    agent = pl.col(_THREAD).cast(pl.Int128) * pl.lit(1 << 99, dtype=pl.Int128)
    return agent + moment * (1 << 40) + work


_ON_ANY_TOPIC: Final = Window((*_CUSTOMERS, "channel"), partial(_neighbours, same_topic=False))
_ON_TOPIC: Final = Window((*_CUSTOMERS, "topic"), partial(_neighbours, same_topic=True))

WINDOWS: Final[dict[str, Window]] = {
    "previous_contact_at": _ON_ANY_TOPIC,
    "next_contact_at": _ON_ANY_TOPIC,
    "previous_on_topic_at": _ON_TOPIC,
    "next_on_topic_at": _ON_TOPIC,
    "first_contact_at": _ON_ANY_TOPIC,
    "contacts_before": Window((*_CUSTOMERS, "contacts"), _contacts_before),
    "channel_switched": _ON_ANY_TOPIC,
    "first_solution_at": Window(
        ("agent_id", "topic", "resolved_last_at", "has_expertise", "is_outreach"), _first_solution
    ),
    "experience": Window(("agent_id", "contacted_at", "handle_ms", "is_handled"), _experience),
}
"""Every window by the name of its column."""
