"""What a report knows of a conversation beyond its folded columns, one idea a column.

Durations are integer milliseconds. A duration whose end precedes its start is null here and an
anomaly in `ANOMALIES`; the conversation stays.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.agents import team
from supportcli.clock import local
from supportcli.conversations import AGENTS_OF_EVENTS, knows
from supportcli.currency import minor_units
from supportcli.facts import SourceFacts
from supportcli.hours import OpeningHours
from supportcli.schema import RATINGS, TIMES
from supportcli.settings import Complaints, Settings
from supportcli.sources.folding import fold
from supportcli.sources.folding import folded as folded_text

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

    `queueing_channels` are the channels of which some source knows when customers queued;
    `knows_offers` says that surveys which nobody answered are in the log; `hours` are the opening
    hours, None where none are configured.
    """

    settings: Settings
    as_of: dt.datetime
    facts: tuple[SourceFacts, ...]
    queueing_channels: tuple[str, ...] = ()
    knows_offers: bool = False
    hours: OpeningHours | None = None

    @classmethod
    def unread(cls, settings: Settings) -> Context:
        """The context before any input was read: it tells what columns stand on what."""
        never = dt.datetime(1970, 1, 1)
        return cls(settings, never, (), hours=OpeningHours.of(settings, never, never))

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
        **_state(settings, is_event),
        **_waiting(context, settings.service_level.threshold_ms),
        **_durations(context.as_of),
        **_opening_time(context),
        **_coming_back(settings, context.as_of),
        **_surveyed(context),
        **_work(settings),
        "is_complaint": _complaint(settings.complaints),
        "team_known": team(settings),
        "knows_hand_over": _known("transfers") | knows(AGENTS_OF_EVENTS),
        "has_transfer": (pl.col("transfers") > 0).fill_null(value=False) | pl.col("several_agents"),
    }


def _state(settings: Settings, is_event: pl.Expr) -> dict[str, pl.Expr]:
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
        "contact_hour": local(pl.col("contacted_at"), settings.timezone).dt.hour(),
        "began_at": pl.when("is_outreach").then("outreach_at").otherwise("contacted_at"),
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
        "patience_ms": pl.when("is_waiting_channel").then(_forward(pl.col("wait_ms"))),
    }


def _durations(as_of: dt.datetime) -> dict[str, pl.Expr]:
    """From the contact to what followed."""
    bot_first = (pl.col("bot_replied_at") < pl.col("replied_at")).fill_null(value=False)
    clock_start = (
        pl.when(bot_first & _known("queued_at")).then("queued_at").otherwise("contacted_at")
    )
    times_known = pl.sum_horizontal(f"known {name}" for name in TIMES)
    in_one_go = pl.col("is_waiting_channel") & (times_known > 1)
    contacted_at, now = pl.col("contacted_at"), pl.lit(as_of, dtype=pl.Datetime("us"))
    lost = pl.col("is_abandoned") & pl.col("is_resolved").not_()
    open_until = pl.when("is_resolved").then("resolved_last_at").otherwise(now)
    return {
        "clock_start_at": clock_start,
        "first_response_ms": _forward(elapsed_ms(pl.col("clock_start_at"), pl.col("replied_at"))),
        "duration_ms": pl.when(in_one_go).then(
            elapsed_ms(
                pl.min_horizontal(f"first {name}" for name in TIMES),
                pl.max_horizontal(f"last {name}" for name in TIMES),
            )
        ),
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


def _opening_time(context: Context) -> dict[str, pl.Expr]:
    """The twins of durations in opening hours: the part of them in which somebody was there."""
    twins = {
        "first_response_business_ms": ("first_response_ms", "clock_start_at", "replied_at"),
        "resolution_business_ms": ("resolution_ms", "contacted_at", "resolved_last_at"),
    }
    return {
        name: pl.lit(None, dtype=pl.Int64)
        if context.hours is None
        else pl.when(_known(twin)).then(
            context.hours.open_ms(
                pl.col(start),
                pl.col(end),
                team=pl.col("team_known"),
                channel=pl.col("channel"),
            )
        )
        for name, (twin, start, end) in twins.items()
    }


def _coming_back(settings: Settings, as_of: dt.datetime) -> dict[str, pl.Expr]:
    """Whether the customer had to come back: repeat contacts and first-contact resolution."""
    fcr_window = pl.duration(milliseconds=settings.fcr.window_ms)
    repeat_window = pl.duration(milliseconds=settings.repeat.window_ms)
    next_at = "next_on_topic_at" if settings.fcr.same_topic else "next_contact_at"
    deadline = pl.col("resolved_last_at") + fcr_window
    since_last = pl.col("contacted_at") - pl.col("previous_contact_at")
    since_topic = pl.col("contacted_at") - pl.col("previous_on_topic_at")
    return {
        "is_identified": _known("customer_key"),
        "has_settled": deadline <= pl.lit(as_of, dtype=pl.Datetime("us")),
        "came_back": (pl.col(next_at) <= deadline).fill_null(value=False),
        "is_repeat": (since_last <= repeat_window).fill_null(value=False),
        "is_repeat_issue": (since_topic <= repeat_window).fill_null(value=False),
        "tells_contacts": _known("contacts") & _known("contacts_before"),
        "goes_elsewhere": pl.col("several_channels")
        | pl.col("channel_switched").fill_null(value=False),
    }


def _surveyed(context: Context) -> dict[str, pl.Expr]:
    """Whether the customer was asked, and answered anything."""
    asked = _known("surveyed_at") if context.knows_offers else pl.col("is_resolved")
    return {
        "is_asked": asked,
        "has_answer": pl.any_horizontal(_known(question) for question in RATINGS),
        "asked_at": pl.coalesce("resolved_last_at", "surveyed_at"),
    }


def _work(settings: Settings) -> dict[str, pl.Expr]:
    """What agents do, and what it costs in the minor unit of the report's currency."""
    is_handled = _known("agent_id") & (pl.col("handle_ms") > 0) & _known("contacted_at")
    return {
        "is_handled": is_handled & pl.col("is_outreach").not_(),
        "has_expertise": pl.col("is_resolved") & _known("agent_id") & _known("topic"),
        "bot_helped": _known("bot_replied_at") | (pl.col("bot_replies") > 0).fill_null(value=False),
        "cost_minor": _cost_minor(settings),
    }


def _cost_minor(settings: Settings) -> pl.Expr:
    """The price of a conversation on its channel, else the hours of agents that it took."""
    units = minor_units(settings.currency)
    prices = {
        channel: _half_up(Fraction(str(price)) * units)
        for channel, price in settings.costs.conversation.items()
    }
    price = (
        pl.col("channel")
        .cast(pl.String)
        .replace_strict(list(prices), list(prices.values()), default=None, return_dtype=pl.Int64)
    )
    if settings.costs.agent_hour is None:
        return price
    hour = round(Fraction(str(settings.costs.agent_hour)) * units * _PARTS)
    whole = 2 * _HOUR_MS * _PARTS
    twice = pl.col("handle_ms").cast(pl.Int128) * pl.lit(2 * hour, dtype=pl.Int128)
    work = ((twice + whole // 2) // whole).cast(pl.Int64, strict=False)
    nobody = pl.when(pl.col("is_answered").not_()).then(pl.lit(0, dtype=pl.Int64))
    return pl.coalesce(price, work, nobody)


_HOUR_MS: Final = 3_600_000
_PARTS: Final = 1_000_000
"""Into how many parts a minor unit is divided in the price of an hour."""


def _half_up(number: Fraction) -> int:
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


def _complaint(complaints: Complaints) -> pl.Expr:
    """Whether the topic or the priority is listed, however it is written."""
    listed = {"topic": complaints.topics, "priority": complaints.priorities}
    found = [
        folded_text(pl.col(name)).is_in([fold(word) for word in words]).fill_null(value=False)
        for name, words in listed.items()
        if words
    ]
    return pl.any_horizontal(found) if found else pl.lit(value=False)


ANOMALIES: Final[dict[str, pl.Expr]] = {
    "reply_before_contact": pl.col("replied_at") < pl.col("contacted_at"),
    "resolved_before_contact": pl.col("resolved_last_at") < pl.col("contacted_at"),
    "resolved_before_reply": (pl.col("resolved_last_at") < pl.col("replied_at"))
    & pl.col("is_reopened").not_(),
    "reply_before_queue": pl.col("replied_at") < pl.col("queued_at"),
    "abandoned_before_queue": pl.col("abandoned_at") < pl.col("wait_from"),
}
"""What cannot be in a conversation that is no outreach, by kind."""
