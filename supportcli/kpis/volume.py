"""How much comes in, and what becomes of it."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.conditions import (
    HAS_CONTACT_TIME,
    IS_IDENTIFIED,
    IS_OPENED,
    IS_RECEIVED,
    IS_RESOLVED,
    TELLS_REPLIES,
    TELLS_RESOLUTION,
    Condition,
)
from supportcli.kpis.model import Kpi
from supportcli.kpis.needs import (
    CONTACT,
    CONTACT_COUNT,
    CONTACT_TIME,
    CUSTOMER,
    PAGE_VIEW,
    REPLY,
    REPLY_COUNT,
    RESOLUTION,
)

_one = pl.lit(1)
_bot_resolved = pl.col("is_resolved") & pl.col("bot_replied_at").is_not_null()

CUSTOMERS: Final = Kpi(
    id="customers",
    title="Customers in contact",
    unit="count",
    statistic="distinct",
    measure=pl.col("customer_key"),
    among=(IS_RECEIVED, IS_IDENTIFIED),
    definition="Different identified customers who opened a conversation in the period.",
    needs=(CONTACT, CUSTOMER),
)

VOLUME: Final = (
    Kpi(
        id="received",
        title="Conversations received",
        unit="count",
        statistic="count",
        measure=_one,
        among=(IS_RECEIVED,),
        definition="Conversations that the customer opened in the period.",
        needs=(CONTACT,),
        headline=True,
    ),
    Kpi(
        id="received_share",
        title="Share of all received",
        unit="share",
        statistic="share_of_total",
        measure=_one,
        among=(IS_RECEIVED,),
        definition="Conversations received in this group, of those received in all groups.",
        needs=(CONTACT,),
    ),
    Kpi(
        id="resolved",
        title="Conversations resolved",
        unit="count",
        statistic="count",
        measure=_one,
        among=(TELLS_RESOLUTION, IS_RESOLVED),
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
    *(
        Kpi(
            id=f"backlog_age.{statistic}",
            title=f"Age of the backlog, {name}",
            unit="s",
            statistic=statistic,
            measure=pl.col("age_ms"),
            definition="How long the conversations of the backlog have been waiting at the end of "
            "the period, since the contact.",
            needs=(CONTACT_TIME, RESOLUTION),
            anchor="opened_at",
            grain="open",
            better="lower",
        )
        for statistic, name in (("median", "median"), ("p90", "90th percentile"))
    ),
    Kpi(
        id="contacts",
        title="Contacts",
        unit="count",
        statistic="sum",
        measure=pl.col("contacts"),
        among=(Condition(pl.col("contacts") > 0, "no contact of the customer"),),
        definition="Messages and calls from customers, each in the period in which it came.",
        needs=(CONTACT_COUNT,),
        anchor="message_at",
        grain="message",
    ),
    Kpi(
        id="replies",
        title="Replies",
        unit="count",
        statistic="sum",
        measure=pl.col("replies"),
        among=(Condition(pl.col("replies") > 0, "no reply of a human agent"),),
        definition="Public messages and answers of human agents, each in the period in which it "
        "was given.",
        needs=(REPLY_COUNT,),
        anchor="answered_at",
        grain="message",
        differs="Internal notes, automatic replies and messages not delivered are none.",
    ),
    Kpi(
        id="unanswered",
        title="Unanswered",
        unit="count",
        statistic="count",
        measure=_one,
        among=(
            IS_RECEIVED,
            TELLS_REPLIES,
            Condition(pl.col("is_answered").not_(), "a human answered"),
            Condition(_bot_resolved.not_(), "a bot resolved it"),
        ),
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
        measure=_one,
        definition="Conversations that an agent began: no contact at all, or a first human "
        "message before it. Outside every other KPI but the cost, the agents and the "
        "conversations per agent.",
        needs=(CONTACT,),
        anchor="outreach_at",
        grain="outreach",
    ),
    Kpi(
        id="peak_hour",
        title="Busiest hour of the day",
        unit="hour",
        statistic="mode",
        measure=pl.col("contact_hour"),
        among=(IS_RECEIVED, IS_OPENED),
        definition="The local hour of the day, 0 to 23, in which most conversations were "
        "received; the earliest of several.",
        needs=(CONTACT_TIME,),
    ),
    CUSTOMERS,
    Kpi(
        id="new_customers",
        title="New customers",
        unit="count",
        statistic="newcomers",
        measure=pl.col("customer_key"),
        among=(IS_RECEIVED, IS_IDENTIFIED, HAS_CONTACT_TIME),
        definition="Of the customers in contact, those whose very first contact in all the data "
        "falls in this period. Unknown for a period before which nothing was read, for then "
        "everyone would be new.",
        needs=(CONTACT_TIME, CUSTOMER),
    ),
    Kpi(
        id="page_views",
        title="Page views of the help centre",
        unit="count",
        statistic="count",
        measure=_one,
        definition="Pages of the help centre that were looked at.",
        needs=(PAGE_VIEW,),
        anchor="at",
        grain="page_view",
    ),
)
