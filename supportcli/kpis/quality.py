"""Whether customers get through, and whether their matter is settled the first time."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.conversations import knows
from supportcli.kpis.conditions import (
    IS_ANSWERED,
    IS_IDENTIFIED,
    IS_OFFERED,
    IS_OPENED,
    IS_RECEIVED,
    IS_RESOLVED,
    NOT_SHORT,
    TELLS_ABANDONMENT,
    TELLS_REPLIES,
    TELLS_RESOLUTION,
    Condition,
)
from supportcli.kpis.model import Kpi
from supportcli.kpis.needs import (
    ABANDONMENT,
    CONTACT,
    CONTACT_COUNT,
    CONTACT_TIME,
    CUSTOMER,
    HAND_OVER,
    REOPENING,
    REPLY,
    REPLY_COUNT,
    RESOLUTION,
    TOPIC,
    TOPIC_OR_PRIORITY,
)

_HAS_TOPIC: Final = Condition(pl.col("topic").is_not_null(), "the topic is unknown")
_HAS_REPLY: Final = Condition(pl.col("replies") >= 1, "no human reply")


def _is(condition: str) -> pl.Expr:
    """1 or 0."""
    return pl.col(condition).cast(pl.Int64)


QUALITY: Final = (
    Kpi(
        id="abandonment_rate",
        title="Abandonment rate",
        unit="share",
        statistic="share",
        measure=_is("is_abandoned"),
        among=(TELLS_ABANDONMENT, IS_OFFERED, NOT_SHORT),
        definition="Left before an answer, of all offered, on phone and chat. Queue time-outs are "
        "offered, neither answered nor abandoned; who left before queueing is neither. Waits up "
        "to service_level.short_abandon are out of both.",
        formula="abandoned / offered",
        needs=(ABANDONMENT,),
        waited_for=True,
        better="lower",
        headline=True,
    ),
    Kpi(
        id="abandonment_rate.raw",
        title="Abandonment rate, raw",
        unit="share",
        statistic="share",
        measure=_is("is_abandoned"),
        among=(TELLS_ABANDONMENT, IS_OFFERED),
        definition="The abandonment rate with the short waits in it.",
        formula="abandoned / offered",
        needs=(ABANDONMENT,),
        waited_for=True,
        better="lower",
    ),
    Kpi(
        id="answer_rate",
        title="Answer rate",
        unit="share",
        statistic="share",
        measure=_is("is_answered"),
        among=(IS_RECEIVED, TELLS_REPLIES),
        definition="Received conversations with a reply of a human agent by the moment of the "
        "report, of all received.",
        needs=(CONTACT, REPLY),
        better="higher",
    ),
    Kpi(
        id="fcr",
        title="First-contact resolution",
        unit="share",
        statistic="share",
        measure=(pl.col("is_reopened").not_() & pl.col("came_back").not_()).cast(pl.Int64),
        among=(
            TELLS_RESOLUTION,
            IS_RESOLVED,
            IS_OPENED,
            IS_IDENTIFIED,
            Condition(pl.col("has_settled"), "the window after its resolution has not passed yet"),
        ),
        definition="Resolved, never reopened, and the same identified customer opened no other "
        "conversation after this one up to 7 days after its resolution ([fcr] sets the window, "
        "and whether only the same topic counts); of the resolved conversations of identified "
        "customers whose window has passed.",
        needs=(CONTACT_TIME, RESOLUTION, CUSTOMER),
        anchor="resolved_last_at",
        better="higher",
        headline=True,
        differs="Where it is asked in a survey, or means one reply only, the figure is another.",
    ),
    Kpi(
        id="one_touch_rate",
        title="One-touch rate",
        unit="share",
        statistic="share",
        measure=(pl.col("replies") == 1).cast(pl.Int64),
        among=(IS_RESOLVED, _HAS_REPLY),
        definition="Resolved with exactly one human reply, of those resolved with at least one.",
        needs=(RESOLUTION, REPLY_COUNT),
        anchor="resolved_last_at",
        better="higher",
    ),
    Kpi(
        id="repeat_contact_rate",
        title="Repeat contacts",
        unit="share",
        statistic="share",
        measure=_is("is_repeat"),
        among=(IS_OPENED, IS_IDENTIFIED),
        definition="Conversations that an identified customer opened within 7 days ([repeat] sets "
        "the window) after opening an earlier one, on any channel; of all of identified customers.",
        needs=(CONTACT_TIME, CUSTOMER),
        better="lower",
        headline=True,
    ),
    Kpi(
        id="replies_per_conversation.mean",
        title="Replies per conversation",
        unit="count",
        statistic="mean",
        measure=pl.col("replies"),
        among=(_HAS_REPLY,),
        definition="Human replies per conversation that has at least one.",
        needs=(REPLY_COUNT,),
        better="lower",
    ),
    Kpi(
        id="reopen_rate",
        title="Reopen rate",
        unit="share",
        statistic="share",
        measure=_is("is_reopened"),
        among=(
            Condition(knows("reopened_at", "reopens"), "its source knows no reopenings"),
            Condition(pl.col("was_resolved"), "never resolved"),
        ),
        definition="Conversations reopened at least once, of those ever resolved.",
        needs=(REOPENING,),
        anchor="resolved_last_at",
        better="lower",
        headline=True,
    ),
    Kpi(
        id="transfer_rate",
        title="Transfer rate",
        unit="share",
        statistic="share",
        measure=_is("has_transfer"),
        among=(
            IS_ANSWERED,
            Condition(
                pl.col("knows_hand_over"),
                "neither transfers nor the agent of each reply are known",
            ),
        ),
        definition="With a transfer, or more than one human agent, of the answered.",
        needs=(REPLY, HAND_OVER),
        better="lower",
    ),
    Kpi(
        id="repeat_issue_rate",
        title="Repeat contacts on one issue",
        unit="share",
        statistic="share",
        measure=_is("is_repeat_issue"),
        among=(IS_OPENED, IS_IDENTIFIED, _HAS_TOPIC),
        definition="Conversations that an identified customer opened within 7 days ([repeat] sets "
        "the window) after opening an earlier one on the same topic; of all of identified "
        "customers whose topic is known.",
        needs=(CONTACT_TIME, CUSTOMER, TOPIC),
        better="lower",
    ),
    Kpi(
        id="contacts_per_resolution.mean",
        title="Contacts per resolution",
        unit="count",
        statistic="mean",
        measure=pl.col("contacts") + pl.col("contacts_before"),
        among=(
            IS_RESOLVED,
            IS_OPENED,
            IS_IDENTIFIED,
            Condition(pl.col("tells_contacts"), "how many contacts it took is not known"),
        ),
        definition="How many contacts a solution takes: those of a resolved conversation of an "
        "identified customer, and those of the customer's other conversations opened within 7 days "
        "before it ([repeat] sets the window).",
        needs=(CONTACT_TIME, CONTACT_COUNT, RESOLUTION, CUSTOMER),
        anchor="resolved_last_at",
        better="lower",
    ),
    Kpi(
        id="channel_switch_rate",
        title="Channel switches",
        unit="share",
        statistic="share",
        measure=_is("goes_elsewhere"),
        among=(IS_RECEIVED, IS_OPENED),
        definition="Conversations received that went on in another channel: they have events on "
        "several, or their identified customer opened one on another channel within 24 hours "
        "([channel_switch] sets the window).",
        needs=(CONTACT_TIME,),
        better="lower",
    ),
    Kpi(
        id="complaint_rate",
        title="Complaints",
        unit="share",
        statistic="share",
        measure=_is("is_complaint"),
        among=(
            IS_RECEIVED,
            Condition(knows("topic", "priority"), "its source knows neither topics nor priorities"),
        ),
        definition="Conversations received whose topic or priority [complaints] lists, of all "
        "received.",
        needs=(CONTACT, TOPIC_OR_PRIORITY),
        better="lower",
        configured="complaints",
    ),
)
