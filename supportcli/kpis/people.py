"""The agents and what they learn, and how customers help themselves."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.conversations import knows
from supportcli.kpis.conditions import IS_RECEIVED, IS_RESOLVED, TELLS_RESOLUTION, Condition
from supportcli.kpis.model import Kpi
from supportcli.kpis.needs import (
    AGENT,
    BOT,
    CONTACT,
    CONTACT_TIME,
    PAGE_VIEW,
    REPLY,
    RESOLUTION,
    TOPIC,
    WORK,
)
from supportcli.kpis.volume import CUSTOMERS

LOG_SCALE: Final = 1 << 30
"""Logarithms are kept as whole numbers of this part, so that their sums are exact."""


def _log2(value: str) -> pl.Expr:
    logarithm = pl.when(pl.col(value) > 0).then(pl.col(value)).log(2)
    return (logarithm * LOG_SCALE).round().cast(pl.Int64)


PEOPLE: Final = (
    Kpi(
        id="agents",
        title="Agents",
        unit="count",
        statistic="distinct",
        measure=pl.col("agent_hash"),
        definition="Different human agents who replied.",
        needs=(REPLY, AGENT),
        anchor="began_at",
        grain="handled",
    ),
    Kpi(
        id="conversations_per_agent.mean",
        title="Conversations per agent",
        unit="count",
        statistic="mean_of_counts",
        measure=pl.col("agent_hash"),
        definition="In how many conversations an agent replied, the mean over the agents; n are "
        "the agents.",
        needs=(REPLY, AGENT),
        anchor="began_at",
        grain="handled",
    ),
    Kpi(
        id="knowledge_gain_rate",
        title="New to the agent",
        unit="share",
        statistic="share",
        measure=(pl.col("resolved_last_at") == pl.col("first_solution_at")).cast(pl.Int64),
        among=(
            IS_RESOLVED,
            Condition(pl.col("has_expertise"), "the agent or the topic is unknown"),
        ),
        definition="Resolved conversations on a topic that their agent had never resolved before "
        "in this data, of the resolved ones with agent and topic: how much of the work taught "
        "something.",
        needs=(RESOLUTION, AGENT, TOPIC),
        anchor="resolved_last_at",
    ),
    Kpi(
        id="learning_curve",
        title="Learning curve",
        unit="ratio",
        statistic="doubling",
        measure=_log2("handle_ms"),
        against=_log2("experience"),
        among=(Condition(pl.col("is_handled"), "the agent or the work time is unknown"),),
        definition="Handle time at each doubling of an agent's experience: 2 to the slope of its "
        "logarithm over that of the number of conversations that the agent had handled; 0.9 is "
        "10 % faster a doubling. At least 30 conversations.",
        formula="2 ** slope of log2(handle time) on log2(conversations handled)",
        needs=(WORK, AGENT, CONTACT_TIME),
        better="lower",
    ),
    Kpi(
        id="bot_resolution_rate",
        title="Resolved by bots",
        unit="share",
        statistic="share",
        measure=(pl.col("is_resolved") & pl.col("bot_helped") & pl.col("is_answered").not_()).cast(
            pl.Int64
        ),
        among=(
            IS_RECEIVED,
            TELLS_RESOLUTION,
            Condition(knows("bot_replied_at", "bot_replies"), "no bot answers where it came from"),
        ),
        definition="Resolved with a reply of a bot and none of a human, of all received where "
        "bots answer and resolutions are known.",
        needs=(CONTACT, RESOLUTION, BOT),
        better="higher",
    ),
    Kpi(
        id="self_service_ratio",
        title="Self-service",
        unit="ratio",
        statistic="visitors",
        measure=pl.col("customer_key"),
        definition="Different visitors of the help centre by different customers who opened a "
        "conversation. Only of everything together: visits belong to no group.",
        formula="visitors of the help centre / customers in contact",
        needs=(PAGE_VIEW, *CUSTOMERS.needs),
        anchor="at",
        grain="page_view",
        better="higher",
        beside=(CUSTOMERS,),
    ),
)
