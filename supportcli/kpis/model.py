"""A KPI is a measure and a statistic, both data.

The measure is one expression over a conversation (or a turn, an order, a change of state): an
integer, or null where it does not count; `among` says who counts, in words too. The statistic is
one of a closed set; nothing else divides or ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

    from supportcli.kpis.conditions import Condition
    from supportcli.kpis.needs import Need

STATISTICS: Final = (
    "count",
    "sum",
    "share",
    "share_of_total",
    "ratio",
    "median",
    "mean",
    "p90",
    "stock",
    "survival",
    "distinct",
    "newcomers",
    "mean_of_counts",
    "mode",
    "doubling",
    "retention",
    "cost",
    "cost_each",
    "cost_share",
    "visitors",
)
"""How the measures of a group become one value."""

CONVERSATIONS: Final = ("conversation", "outreach", "everyone")
"""Grains of which a row is a conversation: begun by customers, by agents, by either."""

GRAINS: Final = (
    *CONVERSATIONS,
    "turn",
    "change",
    "open",
    "message",
    "handled",
    "order",
    "first_order",
    "loyal_customer",
    "page_view",
    "activity",
)
"""What a measure is taken of."""

SCALE: Final = {
    "s": 1_000,
    "score": 1_000,
    "count": 1,
    "share": 1,
    "points": 1,
    "ratio": 1,
    "hour": 1,
}
"""How many units of a measure's integers make one unit of its KPI; money has its currency's."""


@dataclass(frozen=True, eq=False)
class Kpi:
    """One entry of the catalogue.

    `anchor` names the time that says which period a value belongs to; `needs` are all required;
    `better` is "higher", "lower" or None. `among` are the conditions for counting, in the order in
    which an explanation tells them; `observed` tells the observed times of a survival from the
    censored; `against` is the other variable of a line. `waited_for` says that it is measured on
    phone and chat only, where people wait for an answer. `same` is a column of which a group must
    hold one value for the KPI to mean anything. `beside` are the other measures that its value is
    made of. `configured` is the table of the configuration without which it is unknown.
    """

    id: str
    title: str
    unit: str
    statistic: str
    measure: pl.Expr
    definition: str
    needs: tuple[Need, ...]
    among: tuple[Condition, ...] = ()
    anchor: str = "contacted_at"
    grain: str = "conversation"
    better: str | None = None
    observed: pl.Expr | None = None
    against: pl.Expr | None = None
    same: str | None = None
    waited_for: bool = False
    headline: bool = False
    formula: str = ""
    differs: str = ""
    beside: tuple[Kpi, ...] = ()
    configured: str = ""

    @property
    def measure_id(self) -> str:
        """What the KPIs of one measure share: the three of `first_response_time` are one in s."""
        return f"{self.id.removesuffix(f'.{self.statistic}')} in {self.unit}"

    @property
    def all_needs(self) -> tuple[Need, ...]:
        """What it needs itself, and what the other measures need that its value is made of."""
        beside = [need for one in self.beside for need in one.needs]
        return tuple(dict.fromkeys([*self.needs, *beside]))

    @property
    def roots(self) -> list[str]:
        """The columns that its measure and its conditions stand on."""
        conditions = [one.holds for one in self.among]
        variables = [one for one in (self.observed, self.against) if one is not None]
        expressions = [self.measure, *conditions, *variables]
        return [root for one in expressions for root in one.meta.root_names()]

    @property
    def moment(self) -> str:
        """The time whose weekday and hour it is sliced by: of a stock that of the contact."""
        return "contacted_at" if self.grain in ("change", "open") else self.anchor


def spread(base: Kpi, *, headline: tuple[str, ...] = ()) -> list[Kpi]:
    """A duration comes as its median, mean and p90; lower is better in all we know."""
    names = {"median": "median", "mean": "mean", "p90": "90th percentile"}
    return [
        replace(
            base,
            id=f"{base.id}.{statistic}",
            title=f"{base.title}, {name}",
            statistic=statistic,
            headline=statistic in headline,
        )
        for statistic, name in names.items()
    ]


def with_parts(kpis: Sequence[Kpi]) -> list[Kpi]:
    """The KPIs and all that their values are made of, each measure once."""
    every = [one for kpi in kpis for one in (kpi, *kpi.beside)]
    return list({(one.measure_id, one.statistic): one for one in every}.values())
