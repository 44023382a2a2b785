"""How much comes in, and what becomes of it."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.conversations import knows
from supportcli.kpis.model import CONTACT, CONTACT_TIME, REPLY, RESOLUTION, Kpi

_is_received = pl.when("is_received").then(1)
_bot_resolved = pl.col("is_resolved") & pl.col("bot_replied_at").is_not_null()
_is_unanswered = (
    pl.col("is_received")
    & knows("replied_at", "replies")
    & pl.col("is_answered").not_()
    & _bot_resolved.not_()
)

VOLUME: Final = (
    Kpi(
        id="received",
        title="Conversations received",
        unit="count",
        statistic="count",
        measure=_is_received,
        definition="Conversations that the customer opened in the period.",
        needs=(CONTACT,),
        headline=True,
    ),
    Kpi(
        id="received_share",
        title="Share of all received",
        unit="share",
        statistic="share_of_total",
        measure=_is_received,
        definition="Conversations received in this group, of those received in all groups.",
        needs=(CONTACT,),
    ),
    Kpi(
        id="resolved",
        title="Conversations resolved",
        unit="count",
        statistic="count",
        measure=pl.when(knows("resolved_at") & pl.col("is_resolved")).then(1),
        definition="Conversations whose last resolution falls in the period and which are still "
        "resolved at the moment of the report.",
        needs=(RESOLUTION,),
        anchor="resolved_last_at",
        better="higher",
        headline=True,
    ),
    Kpi(
        id="backlog",
        title="Backlog",
        unit="count",
        statistic="stock",
        measure=pl.col("change"),
        definition="Conversations opened by the end of the period and neither resolved nor "
        "abandoned by then: a stock, not a flow. Of the sources that know resolutions.",
        needs=(CONTACT_TIME, RESOLUTION),
        anchor="changed_at",
        grain="change",
        better="lower",
        headline=True,
    ),
    Kpi(
        id="unanswered",
        title="Unanswered",
        unit="count",
        statistic="count",
        measure=pl.when(_is_unanswered).then(1),
        definition="Conversations received that have no reply of a human agent by the moment of "
        "the report and were not resolved by a bot.",
        needs=(CONTACT, REPLY),
        better="lower",
        headline=True,
        differs="Some tools look for a count of unreplied messages below nought, and find none.",
    ),
    Kpi(
        id="outreach",
        title="Outreach",
        unit="count",
        statistic="count",
        measure=pl.lit(1),
        definition="Conversations that an agent began: no contact at all, or a first human "
        "message before it. Outside every other KPI of this report.",
        needs=(CONTACT,),
        anchor="outreach_at",
        grain="outreach",
    ),
)
