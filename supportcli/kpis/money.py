"""What support costs, and what customers pay."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.conditions import Condition, known
from supportcli.kpis.model import Kpi
from supportcli.kpis.needs import ORDER, REFUND, REPLY, Need

_amount = pl.col("amount_minor")
_IS_OF_SOMEBODY: Final = Condition(
    pl.col("customer_key").is_not_null(), "the customer of the order is unknown"
)
_IS_CONVERSATION: Final = Condition(
    pl.col("has_interaction"), "a survey answer that belongs to no conversation"
)
_HAS_COST: Final = known("cost_minor", "neither a price of its channel nor its work time is known")

_CONVERSATIONS: Final = Kpi(
    id="conversations of a group",
    title="Conversations",
    unit="count",
    statistic="count",
    measure=pl.lit(1),
    among=(_IS_CONVERSATION,),
    definition="All conversations, by which fixed costs are spread.",
    needs=(),
    anchor="began_at",
    grain="everyone",
)
_HANDLED: Final = Kpi(
    id="handled conversations of a group",
    title="Conversations handled",
    unit="count",
    statistic="count",
    measure=pl.lit(1),
    among=(Condition(pl.col("is_answered"), "no human answered"),),
    definition="All conversations that a human answered.",
    needs=(),
    anchor="began_at",
    grain="everyone",
)


def _cost(
    id_: str,
    title: str,
    statistic: str,
    definition: str,
    *,
    needs: tuple[Need, ...] = (),
    beside: tuple[Kpi, ...] = (),
    unit: str = "money",
    formula: str = "",
) -> Kpi:
    return Kpi(
        id=id_,
        title=title,
        unit=unit,
        statistic=statistic,
        measure=pl.col("cost_minor"),
        among=(_IS_CONVERSATION, _HAS_COST),
        definition=definition,
        needs=needs,
        anchor="began_at",
        grain="everyone",
        better="lower",
        beside=(_CONVERSATIONS, *beside),
        configured="costs",
        formula=formula,
    )


def _revenue(id_: str, title: str, definition: str, *among: Condition) -> Kpi:
    return Kpi(
        id=id_,
        title=title,
        unit="money",
        statistic="sum",
        measure=_amount,
        among=(known("amount_minor", "the amount is unknown"), *among),
        definition=definition,
        needs=(ORDER,),
        anchor="at",
        grain="order",
        better="higher",
        same="currency",
    )


REVENUE: Final = _revenue("revenue", "Revenue", "The amounts of all orders.")
_is_first = Condition(pl.col("is_first"), "the customer had ordered before")
_is_later = Condition(pl.col("is_first").not_(), "the customer's first order")
_is_nobody = Condition(pl.col("customer_key").is_null(), "the customer of the order is known")

MONEY: Final = (
    _cost(
        "support_cost",
        "Cost of support",
        "cost",
        "From [costs]: the price of a conversation on its channel, else an agent's hour times "
        "the handle time; and the fixed monthly costs, spread over the days and, across groups, "
        "by conversations. Outreach is in it. n are the conversations whose own cost is known.",
    ),
    _cost(
        "cost_per_conversation",
        "Cost per conversation",
        "cost_each",
        "The cost of support by conversation that a human answered.",
        beside=(_HANDLED,),
        needs=(REPLY,),
        formula="support_cost / conversations answered",
    ),
    _cost(
        "cost_share_of_revenue",
        "Cost of support, of revenue",
        "cost_share",
        "The cost of support of this group, of the revenue of all groups in the period. Both "
        "stand in the currency's minor unit, and n is the revenue.",
        beside=(REVENUE,),
        unit="share",
        formula="support_cost / revenue",
    ),
    _revenue(
        "revenue_new",
        "Revenue of new customers",
        "The amounts of orders that are their customer's first.",
        _IS_OF_SOMEBODY,
        _is_first,
    ),
    _revenue(
        "revenue_returning",
        "Revenue of returning customers",
        "The amounts of orders of customers who had ordered before.",
        _IS_OF_SOMEBODY,
        _is_later,
    ),
    _revenue(
        "revenue_unidentified",
        "Revenue of unknown customers",
        "The amounts of orders that name no customer.",
        _is_nobody,
    ),
    Kpi(
        id="refund_rate",
        title="Orders refunded",
        unit="share",
        statistic="share",
        measure=pl.col("is_refunded").cast(pl.Int64),
        definition="Orders with a refund by the moment of the report, of all orders of the "
        "period, by the date of the order.",
        needs=(ORDER, REFUND),
        anchor="at",
        grain="order",
        better="lower",
    ),
    Kpi(
        id="refunded_share",
        title="Amount refunded",
        unit="share",
        statistic="ratio",
        measure=pl.col("refunded_minor"),
        among=(
            Condition(pl.col("amount_minor").is_not_null(), "the amount of the order is unknown"),
        ),
        definition="The amount refunded, of the amount ordered, by the date of the order. Both "
        "stand in the currency's minor unit, and n is the amount ordered.",
        needs=(ORDER, REFUND),
        anchor="at",
        grain="order",
        better="lower",
        same="refunded_in",
        beside=(REVENUE,),
        formula="amount refunded / amount ordered",
    ),
)
