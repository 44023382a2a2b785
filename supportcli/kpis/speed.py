"""How fast customers are answered, and their matters settled."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.model import (
    ABANDONMENT,
    CLOCK_START,
    CONTACT_TIME,
    QUEUE_START,
    REPLY_TIME,
    RESOLUTION,
    TURNS,
    WAITING,
    WORK,
    Kpi,
    spread,
)

_counts_for_service_level = pl.col("is_offered") & pl.col("is_short_abandon").not_()
_answered_in_time = pl.col("is_in_time") & pl.col("is_answered")
_in_time = (
    pl.when(pl.col("is_answered")).then(_answered_in_time).otherwise(statement=pl.lit(value=False))
)
_can_judge = pl.col("wait_from").is_not_null()


def _service_level(hit: pl.Expr, of: pl.Expr) -> pl.Expr:
    """1 where the promise was kept, 0 where not, among the offered whose wait has a start."""
    return pl.when(_counts_for_service_level & _can_judge & of).then(hit.cast(pl.Int64))


_everyone = pl.lit(value=True)
_OFFERED = "Offered are those who queued, were answered or left, on phone and chat."

SPEED: Final = (
    *spread(
        "first_response_time",
        "First response",
        pl.col("first_response_ms"),
        "From the contact to the first public reply of a human agent; on the phone, to the "
        "answer. Where a bot answered first and the hand-off is known, from the hand-off.",
        needs=(CLOCK_START, REPLY_TIME),
        headline=("median", "p90"),
    ),
    *spread(
        "response_time",
        "Response",
        pl.col("response_ms"),
        "For every turn of the customer (consecutive messages are one turn), from its first "
        "message to the next public reply of a human agent. A last turn without an answer does "
        "not count. Only from exports of single messages or calls.",
        needs=(CONTACT_TIME, REPLY_TIME, TURNS),
        anchor="answered_at",
        grain="turn",
        differs="A reply after a reopening waited since the customer wrote again, not since the "
        "conversation began.",
    ),
    *spread(
        "resolution_time",
        "Resolution",
        pl.col("resolution_ms"),
        "From the contact to the last resolution, of those still resolved at the moment of the "
        "report; one value a conversation.",
        needs=(CONTACT_TIME, RESOLUTION),
        anchor="resolved_last_at",
        headline=("median", "p90"),
        differs="Some tools give one value for every time a ticket was solved.",
    ),
    Kpi(
        id="resolution_time.km_median",
        title="Resolution, median to expect",
        unit="s",
        statistic="survival",
        measure=pl.col("open_ms"),
        observed=pl.col("is_resolved"),
        definition="Kaplan-Meier median of the time to the resolution over all conversations "
        "opened, the open ones censored at the moment of the report: what a new customer should "
        "expect. The least time at which the curve is at or under one half; null where it never "
        "gets there.",
        needs=(CONTACT_TIME, RESOLUTION),
        better="lower",
        differs="The plain median looks only at what is already resolved, and flatters.",
    ),
    *spread(
        "first_resolution_time",
        "First resolution",
        pl.col("first_resolution_ms"),
        "From the contact to the first resolution. Unknown for a reopened ticket whose export "
        "shows only the last one.",
        needs=(CONTACT_TIME, RESOLUTION),
        anchor="resolved_first_at",
    ),
    *spread(
        "handle_time",
        "Handle time",
        pl.col("handle_ms"),
        "Work of agents for one conversation: talk, hold and wrap-up.",
        needs=(WORK,),
        headline=("mean",),
        differs='Exports that call the time from created to solved "handling time" mean '
        "resolution_time.",
    ),
    *spread(
        "queue_wait",
        "Queue wait",
        pl.col("queue_wait_ms"),
        "From entering the queue to the answer of those answered, on phone and chat; from the "
        "contact where no source of the channel knows queues. Its mean is the average speed of "
        "answer (ASA).",
        needs=(QUEUE_START, REPLY_TIME),
        waited_for=True,
        headline=("mean",),
        differs="Dividing by all calls instead of the answered ones makes it too small.",
    ),
    *spread(
        "abandon_wait",
        "Wait before leaving",
        pl.col("abandon_wait_ms"),
        "From entering the queue to leaving it, of those who left unanswered, on phone and chat.",
        needs=(ABANDONMENT,),
        waited_for=True,
    ),
    Kpi(
        id="service_level",
        title="Service level",
        unit="share",
        statistic="share",
        measure=_service_level(_in_time, _everyone),
        definition=f"Answered within the promised time of queueing, of all offered. {_OFFERED}",
        formula="answered within T / offered",
        needs=(WAITING,),
        waited_for=True,
        better="higher",
        headline=True,
        differs="Five formulas are in use; on one real log they give 52.1, 56.1 and 59.7 %.",
    ),
    Kpi(
        id="service_level.answered_only",
        title="Service level, answered only",
        unit="share",
        statistic="share",
        measure=_service_level(_in_time, pl.col("is_answered")),
        definition="Answered within the promised time, of the answered only: who left is left "
        "out, so a bad day can look good.",
        formula="answered within T / answered",
        needs=(WAITING,),
        waited_for=True,
        better="higher",
    ),
    Kpi(
        id="service_level.abandoned_met",
        title="Service level, early leavers met",
        unit="share",
        statistic="share",
        measure=_service_level(
            _in_time | (pl.col("is_abandoned") & pl.col("is_in_time")), _everyone
        ),
        definition=f"Answered or left within the promised time, of all offered. {_OFFERED}",
        formula="(answered within T + abandoned within T) / offered",
        needs=(WAITING,),
        waited_for=True,
        better="higher",
    ),
)
