"""Whether customers come back."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.conditions import Condition
from supportcli.kpis.model import Kpi
from supportcli.kpis.needs import CUSTOMER, ORDER


def _window_passed(column: str) -> Condition:
    return Condition(pl.col(column), "the window after the first order has not passed yet")


LOYALTY: Final = (
    Kpi(
        id="retention_rate",
        title="Customers retained",
        unit="share",
        statistic="retention",
        measure=pl.col("is_retained").cast(pl.Int64),
        definition="Customers active in the period who were active in the one before, of all who "
        "were active in the one before; by orders, or by contacts where no orders are given. For "
        "the whole range, the one before is a window of the same length before --since.",
        needs=(CUSTOMER,),
        anchor="active_at",
        grain="activity",
        better="higher",
        differs="The growth of the number of customers says nothing of who stayed.",
    ),
    Kpi(
        id="new_to_returning_rate",
        title="New customers who return",
        unit="share",
        statistic="share",
        measure=pl.col("returned").cast(pl.Int64),
        among=(_window_passed("had_time_to_return"),),
        definition="Customers whose first order lies in the period and who order again within 90 "
        "days ([loyalty] returning), of those whose 90 days have passed.",
        needs=(ORDER, CUSTOMER),
        anchor="at",
        grain="first_order",
        better="higher",
    ),
    Kpi(
        id="loyal_customers",
        title="Loyal customers",
        unit="count",
        statistic="stock",
        measure=pl.lit(1),
        definition="Customers with at least 3 orders ([loyalty] orders) by the end of the period: "
        "a stock. They count where that order was made.",
        needs=(ORDER, CUSTOMER),
        anchor="at",
        grain="loyal_customer",
        better="higher",
    ),
    Kpi(
        id="loyal_conversion_rate",
        title="New customers who become loyal",
        unit="share",
        statistic="share",
        measure=pl.col("became_loyal").cast(pl.Int64),
        among=(_window_passed("had_time_for_loyalty"),),
        definition="Customers whose first order lies in the period and who reach the orders of a "
        "loyal customer within 365 days ([loyalty] window), of those whose 365 days have passed.",
        needs=(ORDER, CUSTOMER),
        anchor="at",
        grain="first_order",
        better="higher",
    ),
)
