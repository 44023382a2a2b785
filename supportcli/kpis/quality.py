"""Whether customers get through, and whether their matter is settled the first time."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.conversations import knows
from supportcli.kpis.model import (
    ABANDONMENT,
    CONTACT,
    CONTACT_TIME,
    CUSTOMER,
    HAND_OVER,
    REOPENING,
    REPLY,
    REPLY_COUNT,
    RESOLUTION,
    Kpi,
)

_knows_abandonment = knows("abandoned_at") & pl.col("is_offered")


def _share(condition: str | pl.Expr, of: pl.Expr) -> pl.Expr:
    """1 or 0 for those that count, null for the others."""
    hit = pl.col(condition) if isinstance(condition, str) else condition
    return pl.when(of).then(hit.cast(pl.Int64))


QUALITY: Final = (
    Kpi(
        id="abandonment_rate",
        title="Abandonment rate",
        unit="share",
        statistic="share",
        measure=_share("is_abandoned", _knows_abandonment & pl.col("is_short_abandon").not_()),
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
        measure=_share("is_abandoned", _knows_abandonment),
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
        measure=_share("is_answered", pl.col("is_received") & knows("replied_at", "replies")),
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
        measure=_share(
            pl.col("is_reopened").not_() & pl.col("came_back").not_(), pl.col("counts_for_fcr")
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
        measure=_share(pl.col("replies") == 1, pl.col("is_resolved") & (pl.col("replies") >= 1)),
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
        measure=_share("is_repeat", pl.col("is_identified") & pl.col("contacted_at").is_not_null()),
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
        measure=pl.when(pl.col("replies") >= 1).then("replies"),
        definition="Human replies per conversation that has at least one.",
        needs=(REPLY_COUNT,),
        better="lower",
    ),
    Kpi(
        id="reopen_rate",
        title="Reopen rate",
        unit="share",
        statistic="share",
        measure=_share("is_reopened", knows("reopened_at", "reopens") & pl.col("was_resolved")),
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
        measure=_share("has_transfer", pl.col("is_answered") & pl.col("knows_hand_over")),
        definition="With a transfer, or more than one human agent, of the answered.",
        needs=(REPLY, HAND_OVER),
        better="lower",
    ),
)
