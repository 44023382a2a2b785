"""What a report knows of a conversation beyond its folded columns, one idea a column.

Durations are integer milliseconds. A duration whose end precedes its start is null here and an
anomaly in `ANOMALIES`; the conversation stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.conversations import AGENTS_OF_EVENTS, CSAT, FOLDS, Folded, knows
from supportcli.facts import SourceFacts
from supportcli.settings import Settings

WAITING_CHANNELS: Final = ("phone", "chat")
"""The channels on which customers wait for an answer while it is sought."""


def elapsed_ms(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Milliseconds from start to end, negative where the clocks disagree."""
    return (end - start).dt.total_milliseconds()


def _forward(duration: pl.Expr) -> pl.Expr:
    """The duration, or null where it runs backwards."""
    return pl.when(duration >= 0).then(duration)


def _known(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


@dataclass(frozen=True)
class Context:
    """What the derived columns depend on beside the conversation itself.

    `queueing_channels` are the channels of which some source knows when customers queued.
    """

    settings: Settings
    as_of: dt.datetime
    facts: tuple[SourceFacts, ...]
    queueing_channels: tuple[str, ...] = ()

    @classmethod
    def unread(cls, settings: Settings) -> Context:
        """The context before any input was read: it tells what columns stand on what."""
        return cls(settings, dt.datetime(1970, 1, 1), ())

    @property
    def event_sources(self) -> list[str]:
        """The sources whose rows are events that add up."""
        return [one.name for one in self.facts if one.grain == "event"]

    @cached_property
    def columns(self) -> dict[str, pl.Expr]:
        """Every derived column by name; each may use the folded columns and the others."""
        return _derived(self)


def _derived(context: Context) -> dict[str, pl.Expr]:
    settings = context.settings
    is_event = pl.col("source").is_in(context.event_sources)
    return {
        **_state(is_event),
        **_waiting(context, settings.service_level.threshold_ms),
        **_durations(context.as_of),
        **_coming_back(settings, context.as_of),
        "knows_hand_over": _known("transfers") | knows(AGENTS_OF_EVENTS),
        "has_transfer": (pl.col("transfers") > 0).fill_null(value=False) | pl.col("several_agents"),
    }


def _state(is_event: pl.Expr) -> dict[str, pl.Expr]:
    """Who reached out, and what became of it."""
    first_reply_first = (pl.col("replied_at") < pl.col("contacted_at")).fill_null(value=False)
    reopened_after = pl.col("reopened_last_at") > pl.col("resolved_last_at")
    return {
        "has_contact": _known("contacted_at")
        | (pl.col("stated_contacts") > 0).fill_null(value=False),
        "is_outreach": pl.col("has_interaction")
        & knows("contacted_at", "contacts")
        & (pl.col("has_contact").not_() | (is_event & first_reply_first)),
        "is_received": pl.col("has_contact") & knows("contacted_at", "contacts"),
        "is_answered": _known("replied_at") | (pl.col("stated_replies") > 0).fill_null(value=False),
        "is_resolved": _known("resolved_last_at") & reopened_after.fill_null(value=False).not_(),
        "is_reopened": (pl.col("reopens") > 0).fill_null(value=False) | _known("reopened_last_at"),
        "was_resolved": _known("resolved_last_at") | pl.col("is_reopened"),
        "outreach_at": pl.coalesce("replied_at", "first_at"),
    }


def _waiting(context: Context, threshold_ms: dict[str, int]) -> dict[str, pl.Expr]:
    """The wait for an agent, on the channels where people wait for one."""
    short_ms = context.settings.service_level.short_abandon_ms
    promised_ms = (
        pl.col("channel")
        .cast(pl.String)
        .replace_strict(
            list(threshold_ms), list(threshold_ms.values()), default=None, return_dtype=pl.Int64
        )
    )
    wait_until = pl.when("is_abandoned").then("abandoned_at").otherwise("replied_at")
    queue_start = (
        pl.when(pl.col("channel").is_in(list(context.queueing_channels)))
        .then("queued_at")
        .otherwise("contacted_at")
    )
    is_short = pl.col("is_abandoned") & (pl.col("wait_ms") <= short_ms)
    return {
        "is_waiting_channel": pl.col("channel").is_in(list(WAITING_CHANNELS)),
        "is_offered": pl.col("is_waiting_channel")
        & (_known("queued_at") | pl.col("is_answered") | _known("abandoned_at")),
        "is_abandoned": _known("abandoned_at") & pl.col("is_answered").not_(),
        "wait_from": pl.coalesce("queued_at", "contacted_at"),
        "wait_ms": elapsed_ms(pl.col("wait_from"), wait_until),
        "is_short_abandon": is_short.fill_null(value=False) if short_ms else pl.lit(value=False),
        "is_in_time": pl.col("wait_ms") <= promised_ms,
        "queue_wait_ms": pl.when("is_waiting_channel").then(
            _forward(elapsed_ms(queue_start, pl.col("replied_at")))
        ),
        "abandon_wait_ms": pl.when(pl.col("is_waiting_channel") & pl.col("is_abandoned")).then(
            _forward(pl.col("wait_ms"))
        ),
    }


def _durations(as_of: dt.datetime) -> dict[str, pl.Expr]:
    """From the contact to what followed."""
    bot_first = (pl.col("bot_replied_at") < pl.col("replied_at")).fill_null(value=False)
    clock_start = (
        pl.when(bot_first & _known("queued_at")).then("queued_at").otherwise("contacted_at")
    )
    contacted_at, now = pl.col("contacted_at"), pl.lit(as_of, dtype=pl.Datetime("us"))
    lost = pl.col("is_abandoned") & pl.col("is_resolved").not_()
    open_until = pl.when("is_resolved").then("resolved_last_at").otherwise(now)
    return {
        "first_response_ms": _forward(elapsed_ms(clock_start, pl.col("replied_at"))),
        "resolution_ms": pl.when("is_resolved").then(
            _forward(elapsed_ms(contacted_at, pl.col("resolved_last_at")))
        ),
        "open_ms": pl.when(knows("resolved_at") & lost.not_()).then(
            _forward(elapsed_ms(contacted_at, open_until))
        ),
        "first_resolution_ms": pl.when("resolved_once").then(
            _forward(elapsed_ms(contacted_at, pl.col("resolved_first_at")))
        ),
    }


def _coming_back(settings: Settings, as_of: dt.datetime) -> dict[str, pl.Expr]:
    """Whether the customer had to come back: repeat contacts and first-contact resolution."""
    fcr_window = pl.duration(milliseconds=settings.fcr.window_ms)
    repeat_window = pl.duration(milliseconds=settings.repeat.window_ms)
    next_at = "next_on_topic_at" if settings.fcr.same_topic else "next_contact_at"
    deadline = pl.col("resolved_last_at") + fcr_window
    since_last = pl.col("contacted_at") - pl.col("previous_contact_at")
    return {
        "is_identified": _known("customer_key"),
        "counts_for_fcr": knows("resolved_at")
        & pl.col("is_identified")
        & pl.col("is_resolved")
        & _known("contacted_at")
        & (deadline <= pl.lit(as_of, dtype=pl.Datetime("us"))),
        "came_back": (pl.col(next_at) <= deadline).fill_null(value=False),
        "is_repeat": (since_last <= repeat_window).fill_null(value=False),
    }


ANOMALIES: Final[dict[str, pl.Expr]] = {
    "reply_before_contact": pl.col("replied_at") < pl.col("contacted_at"),
    "resolved_before_contact": pl.col("resolved_last_at") < pl.col("contacted_at"),
    "resolved_before_reply": (pl.col("resolved_last_at") < pl.col("replied_at"))
    & pl.col("is_reopened").not_(),
    "reply_before_queue": pl.col("replied_at") < pl.col("queued_at"),
    "abandoned_before_queue": pl.col("abandoned_at") < pl.col("wait_from"),
}
"""What cannot be in a conversation that is no outreach, by kind."""


@dataclass(frozen=True)
class Window:
    """A neighbour in time among the conversations of one customer.

    `later` asks for the next one, else for the previous; with `same_topic` only conversations on
    the same known topic are neighbours.
    """

    later: bool
    same_topic: bool = False


WINDOWS: Final[dict[str, Window]] = {
    "previous_contact_at": Window(later=False),
    "next_contact_at": Window(later=True),
    "next_on_topic_at": Window(later=True, same_topic=True),
}

_WINDOW_NEEDS: Final = ("customer_key", "contacted_at", "is_outreach")


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
            waiting += [*_WINDOW_NEEDS, *(["topic"] if WINDOWS[name].same_topic else [])]
    return list(needed)


def folded(names: Collection[str]) -> list[str]:
    """Those of the names that the fold makes."""
    return [name for name in names if name in FOLDS or name in CSAT]


def derive(folded: Folded, names: Collection[str], columns: dict[str, pl.Expr]) -> pl.LazyFrame:
    """The conversations with every derived column and window among `names` beside them."""
    frame = folded.frame
    windows = [name for name in names if name in WINDOWS]
    rest = [name for name in names if name not in windows]
    for same_topic in (False, True):
        some = [name for name in windows if WINDOWS[name].same_topic is same_topic]
        if some:
            frame = frame.hstack(_neighbours(folded, columns, some, same_topic=same_topic))
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


def _neighbours(
    folded: Folded, columns: dict[str, pl.Expr], names: Sequence[str], *, same_topic: bool
) -> pl.DataFrame:
    """When each identified customer made contact before and after each conversation.

    The columns `names`, in the order of the conversations. Outreach is no neighbour, and a
    conversation at the very same moment is neither before nor after. Only what the sort needs is
    sorted, and brought back into order by the row's number.
    """
    customer = pl.col("customer_key")
    thread = pl.struct(customer, "topic").hash() if same_topic else customer
    present = [customer, pl.col("contacted_at"), *([pl.col("topic")] if same_topic else [])]
    counts = pl.all_horizontal(column.is_not_null() for column in present)
    counts &= pl.col("is_outreach").not_()
    beside = folded.frame.lazy().with_columns(folded.constants)
    # One wide integer sorts in two thirds of the time of two columns.
    place = pl.col(_THREAD).cast(pl.Int128) * _BEYOND_TIME + pl.col("contacted_at").cast(pl.Int64)
    return (
        _with_derived(beside, requirements(["is_outreach"], columns), columns)
        .select("contacted_at", pl.when(counts).then(thread).alias(_THREAD))
        .with_row_index(_ROW)
        .sort(place)
        .select(_ROW, *(_neighbour(later=WINDOWS[name].later).alias(name) for name in names))
        .sort(_ROW)
        .select(names)
        .collect()
    )


_ROW: Final = "row\x1f"
_THREAD: Final = "thread\x1f"
_BEYOND_TIME: Final = pl.lit(1 << 62, dtype=pl.Int128)


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
