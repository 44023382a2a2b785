"""How fast customers are answered, and their matters settled."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from supportcli.kpis.conditions import (
    HAS_CONTACT_TIME,
    HAS_REPLY_TIME,
    HAS_WAIT_START,
    IS_ANSWERED,
    IS_OFFERED,
    IS_RESOLVED_IMPLIED,
    NOT_SHORT,
    ON_WAITING_CHANNEL,
    TELLS_ABANDONMENT,
    TELLS_RESOLUTION,
    Condition,
    known,
)
from supportcli.kpis.model import Kpi, spread
from supportcli.kpis.needs import (
    ABANDONMENT,
    CLOCK_START,
    CONTACT_TIME,
    MOMENTS,
    QUEUE_START,
    REPLY_TIME,
    RESOLUTION,
    TURNS,
    WAITING,
    WORK,
    Need,
)

_can_judge = Condition(
    (pl.col("is_answered") & pl.col("is_in_time").is_null()).not_(),
    "answered, but no time of the answer is known",
)
_OFFERED: Final = (IS_OFFERED, NOT_SHORT, HAS_WAIT_START, _can_judge)
_answered_in_time = pl.col("is_answered") & pl.col("is_in_time")
_left_in_time = pl.col("is_abandoned") & pl.col("is_in_time")
_WHO: Final = "Offered are those who queued, were answered or left, on phone and chat."


def _duration(  # noqa: PLR0913  the parts of an entry, all by name
    id_: str,
    title: str,
    measure: str,
    definition: str,
    *,
    among: tuple[Condition, ...],
    otherwise: str,
    needs: tuple[Need, ...],
    anchor: str = "contacted_at",
    grain: str = "conversation",
    differs: str = "",
    waited_for: bool = False,
) -> Kpi:
    """A duration before it is taken apart into its statistics; `otherwise` says why it is null."""
    return Kpi(
        id=id_,
        title=title,
        unit="s",
        statistic="mean",
        measure=pl.col(measure),
        among=(*among, known(measure, otherwise)),
        definition=definition,
        needs=needs,
        anchor=anchor,
        grain=grain,
        better="lower",
        differs=differs,
        waited_for=waited_for,
    )


_FIRST_RESPONSE: Final = _duration(
    "first_response_time",
    "First response",
    "first_response_ms",
    "From the contact to the first public reply of a human agent; on the phone, to the answer. "
    "Where a bot answered first and the hand-off is known, from the hand-off.",
    among=(HAS_CONTACT_TIME, HAS_REPLY_TIME),
    otherwise="the reply precedes the contact",
    needs=(CLOCK_START, REPLY_TIME),
)
_RESOLUTION: Final = _duration(
    "resolution_time",
    "Resolution",
    "resolution_ms",
    "From the contact to the last resolution, of those still resolved at the moment of the "
    "report; one value a conversation.",
    among=(IS_RESOLVED_IMPLIED, HAS_CONTACT_TIME),
    otherwise="the resolution precedes the contact",
    needs=(CONTACT_TIME, RESOLUTION),
    anchor="resolved_last_at",
    differs="Some tools give one value for every time a ticket was solved.",
)


def _in_opening_hours(twin: Kpi, measure: str) -> Kpi:
    """The same duration, of which only the time within the opening hours counts."""
    name = twin.id.removesuffix("_time")
    return replace(
        twin,
        id=f"{name}_business_time",
        title=f"{twin.title} in opening hours",
        measure=pl.col(measure),
        among=(*twin.among, known(measure, "no opening hours hold for it")),
        definition=f"As {twin.id}, but only the time within the opening hours of [hours] counts, "
        "in their own zone, holidays out. What happens wholly outside them took no time.",
        differs="",
        configured="hours",
    )


SPEED: Final = (
    *spread(_FIRST_RESPONSE, headline=("median", "p90")),
    *spread(_in_opening_hours(_FIRST_RESPONSE, "first_response_business_ms")),
    *spread(
        _duration(
            "response_time",
            "Response",
            "response_ms",
            "For every turn of the customer (consecutive messages are one turn), from its first "
            "message to the next public reply of a human agent. A last turn without an answer "
            "does not count. Only from exports of single messages or calls.",
            among=(),
            otherwise="no time of the answer is known",
            needs=(CONTACT_TIME, REPLY_TIME, TURNS),
            anchor="answered_at",
            grain="turn",
            differs="A reply after a reopening waited since the customer wrote again, not since "
            "the conversation began.",
        )
    ),
    *spread(_RESOLUTION, headline=("median", "p90")),
    *spread(_in_opening_hours(_RESOLUTION, "resolution_business_ms")),
    Kpi(
        id="resolution_time.km_median",
        title="Resolution, median to expect",
        unit="s",
        statistic="survival",
        measure=pl.col("open_ms"),
        among=(
            replace(TELLS_RESOLUTION, implied=True),
            HAS_CONTACT_TIME,
            known("open_ms", "abandoned, or resolved before the contact"),
        ),
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
        _duration(
            "first_resolution_time",
            "First resolution",
            "first_resolution_ms",
            "From the contact to the first resolution. Unknown for a reopened ticket whose export "
            "shows only the last one.",
            among=(
                known("resolved_first_at", "never resolved"),
                HAS_CONTACT_TIME,
                Condition(
                    pl.col("resolved_once"),
                    "reopened, and its export shows only the last resolution",
                    implied=True,
                ),
            ),
            otherwise="the resolution precedes the contact",
            needs=(CONTACT_TIME, RESOLUTION),
            anchor="resolved_first_at",
        )
    ),
    *spread(
        _duration(
            "handle_time",
            "Handle time",
            "handle_ms",
            "Work of agents for one conversation: talk, hold and wrap-up.",
            among=(),
            otherwise="no agent work time is known",
            needs=(WORK,),
            differs='Exports that call the time from created to solved "handling time" mean '
            "resolution_time.",
        ),
        headline=("mean",),
    ),
    *spread(
        _duration(
            "conversation_duration",
            "Length of a conversation",
            "duration_ms",
            "From the first to the last known moment of a conversation, on phone and chat, where "
            "at least two are known.",
            among=(ON_WAITING_CHANNEL,),
            otherwise="fewer than two of its moments are known",
            needs=(MOMENTS,),
            waited_for=True,
        )
    ),
    *spread(
        _duration(
            "queue_wait",
            "Queue wait",
            "queue_wait_ms",
            "From entering the queue to the answer of those answered, on phone and chat; from the "
            "contact where no source of the channel knows queues. Its mean is the average speed "
            "of answer (ASA).",
            among=(ON_WAITING_CHANNEL, HAS_REPLY_TIME),
            otherwise="no beginning of the wait is known, or it follows the answer",
            needs=(QUEUE_START, REPLY_TIME),
            waited_for=True,
            differs="Dividing by all calls instead of the answered ones makes it too small.",
        ),
        headline=("mean",),
    ),
    *spread(
        _duration(
            "abandon_wait",
            "Wait before leaving",
            "abandon_wait_ms",
            "From entering the queue to leaving it, of those who left unanswered, on phone and "
            "chat.",
            among=(
                ON_WAITING_CHANNEL,
                Condition(pl.col("is_abandoned"), "not abandoned", implied=True),
            ),
            otherwise="no beginning of the wait is known, or it follows the leaving",
            needs=(ABANDONMENT,),
            waited_for=True,
        )
    ),
    Kpi(
        id="patience",
        title="Patience of customers, median",
        unit="s",
        statistic="survival",
        measure=pl.col("patience_ms"),
        among=(
            TELLS_ABANDONMENT,
            ON_WAITING_CHANNEL,
            known("patience_ms", "neither answered nor abandoned at a known time"),
        ),
        observed=pl.col("is_abandoned"),
        definition="Kaplan-Meier median of how long customers are ready to wait, on phone and "
        "chat: leaving ends it, an answer censors it. Null where fewer than half would have left "
        "within the waits seen.",
        needs=(ABANDONMENT,),
        waited_for=True,
        better="higher",
        differs="The median wait of those who left knows nothing of the patient ones.",
    ),
    Kpi(
        id="service_level",
        title="Service level",
        unit="share",
        statistic="share",
        measure=_answered_in_time.cast(pl.Int64),
        among=_OFFERED,
        definition=f"Answered within the promised time of queueing, of all offered. {_WHO}",
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
        measure=_answered_in_time.cast(pl.Int64),
        among=(*_OFFERED, IS_ANSWERED),
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
        measure=(_answered_in_time | _left_in_time).cast(pl.Int64),
        among=_OFFERED,
        definition=f"Answered or left within the promised time, of all offered. {_WHO}",
        formula="(answered within T + abandoned within T) / offered",
        needs=(WAITING,),
        waited_for=True,
        better="higher",
    ),
)


def _offered_wait(id_: str, title: str, of: str, definition: str) -> Kpi:
    """The waits of some of those offered, by the clock of the service level."""
    return replace(
        _duration(
            f"{id_}.median",
            title,
            "wait_ms",
            definition,
            among=(*_OFFERED, Condition(pl.col(of), "ended otherwise")),
            otherwise="no end of the wait is known",
            needs=(WAITING,),
            waited_for=True,
        ),
        statistic="median",
    )


ANSWERED_WAIT: Final = _offered_wait(
    "answered_wait", "Wait until the answer", "is_answered", "Waits of those answered."
)
LEFT_WAIT: Final = _offered_wait(
    "left_wait", "Wait until leaving", "is_abandoned", "Waits of those who left."
)
"""What the service level is made of, for its curve over all waits; no KPIs of their own."""
