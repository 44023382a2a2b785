"""A KPI is a measure and a statistic, both data.

The measure is one expression over a conversation (or a turn, or a change of state): an integer,
or null where it does not count, so who is in the denominator is said in one place. The statistic
is one of a closed set; nothing else divides or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supportcli.conversations import AGENTS_OF_EVENTS, SINGLE_EVENTS

if TYPE_CHECKING:
    import polars as pl

STATISTICS: Final = (
    "count",
    "share",
    "share_of_total",
    "median",
    "mean",
    "p90",
    "stock",
    "survival",
)
"""How the measures of a group become one value."""

GRAINS: Final = ("conversation", "outreach", "turn", "change")
"""What a measure is taken of: conversations, agent-initiated ones, turns, changes of state."""

SCALE: Final = {"s": 1_000, "score": 1_000, "count": 1, "share": 1}
"""How many units of a measure's integers make one unit of its KPI."""


@dataclass(frozen=True)
class Need:
    """Event columns of which at least one must be filled, and what they say in plain words."""

    fields: tuple[str, ...]
    what: str


CONTACT = Need(("contacted_at", "contacts"), "when customers made contact")
CONTACT_TIME = Need(("contacted_at",), "when customers made contact")
CLOCK_START = Need(("contacted_at", "bot_replied_at"), "when customers made contact")
QUEUE_START = Need(("queued_at", "contacted_at"), "when customers queued or made contact")
REPLY = Need(("replied_at", "replies"), "replies of human agents")
REPLY_TIME = Need(("replied_at",), "when human agents replied")
WAITING = Need(("queued_at", "replied_at", "replies", "abandoned_at"), "queueing or answering")
ABANDONMENT = Need(("abandoned_at",), "who left before an answer")
RESOLUTION = Need(("resolved_at",), "when conversations were resolved")
REOPENING = Need(("reopened_at", "reopens"), "reopened conversations")
REPLY_COUNT = Need(("replies",), "how many replies there were")
TURNS = Need((SINGLE_EVENTS,), "single messages or calls")
WORK = Need(("handle_ms",), "agent work time")
CUSTOMER = Need(("customer_id",), "who the customer is")
HAND_OVER = Need(("transfers", AGENTS_OF_EVENTS), "transfers or the agent of each reply")
SATISFACTION = Need(("csat",), "satisfaction answers")


@dataclass(frozen=True, eq=False)
class Kpi:
    """One entry of the catalogue.

    `anchor` names the time that says which period a value belongs to; `needs` are all required;
    `better` is "higher", "lower" or None. `waited_for` says that it is measured on phone and chat
    only, where people wait for an answer. `same` is a column of which a group must hold one value
    for the KPI to mean anything.
    """

    id: str
    title: str
    unit: str
    statistic: str
    measure: pl.Expr
    definition: str
    needs: tuple[Need, ...]
    anchor: str = "contacted_at"
    grain: str = "conversation"
    better: str | None = None
    observed: pl.Expr | None = None
    same: str | None = None
    waited_for: bool = False
    headline: bool = False
    formula: str = ""
    differs: str = ""

    @property
    def measure_id(self) -> str:
        """What the KPIs of one measure share: the three of `first_response_time` are one in s."""
        return f"{self.id.removesuffix(f'.{self.statistic}')} in {self.unit}"


def spread(  # noqa: PLR0913  the parts of an entry, all by name
    measure_id: str,
    title: str,
    measure: pl.Expr,
    definition: str,
    *,
    headline: tuple[str, ...] = (),
    needs: tuple[Need, ...],
    anchor: str = "contacted_at",
    grain: str = "conversation",
    differs: str = "",
    waited_for: bool = False,
) -> list[Kpi]:
    """A duration comes as its median, mean and p90; lower is better in all we know."""
    names = {"median": "median", "mean": "mean", "p90": "90th percentile"}
    return [
        Kpi(
            id=f"{measure_id}.{statistic}",
            title=f"{title}, {name}",
            unit="s",
            statistic=statistic,
            measure=measure,
            definition=definition,
            needs=needs,
            anchor=anchor,
            grain=grain,
            better="lower",
            headline=statistic in headline,
            differs=differs,
            waited_for=waited_for,
        )
        for statistic, name in names.items()
    ]  # fmt: skip


def explain(kpi: Kpi) -> str:
    """Everything the catalogue says of a KPI, as text for people."""
    lines = [f"{kpi.id}: {kpi.title} ({kpi.unit})", "", kpi.definition]
    if kpi.formula:
        lines.append(f"Formula: {kpi.formula}.")
    lines.append(f"Counted in the period of: {_ANCHORS[kpi.anchor]}.")
    lines.append(f"Needs an export that carries {' and '.join(need.what for need in kpi.needs)}.")
    if kpi.better:
        lines.append(f"{kpi.better.capitalize()} is better.")
    if kpi.differs:
        lines.append(f"Elsewhere: {kpi.differs}")
    return "\n".join(lines)


_ANCHORS: Final = {
    "contacted_at": "the contact",
    "resolved_last_at": "the last resolution",
    "resolved_first_at": "the first resolution",
    "csat_at": "the answer of the customer",
    "answered_at": "the reply",
    "outreach_at": "the first message of the agent",
    "changed_at": "the end of the period",
}
