"""The key figures once more, naively: one plain pass a definition, to test the program against.

It shares no code with the program and is written for reading, not for speed: lists, dictionaries
and exact fractions. Its modules follow the order of a report: events are normalised, cut at as_of
and folded into conversations (`oracle_world`); each KPI turns them into rows (anchor, value), and a
statistic turns the rows of one group and period into an answer (`oracle_rows`). The docstrings cite
the definitions of the KPI catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oracle_loyalty import LOYALTY, loyal_customers, retention
from oracle_money import MONEY, costs
from oracle_people import PEOPLE, self_service_ratio
from oracle_rows import Rows, Special, Statistic, cells_of
from oracle_service import SERVICE
from oracle_surveys import SURVEYS
from oracle_time import spans
from oracle_volume import VOLUME, backlog, new_customers, received_shares
from oracle_world import (
    NOTHING,
    RATINGS,
    Answer,
    Costs,
    Hours,
    Key,
    Schedule,
    Settings,
    Source,
    answer_of,
    before,
    world_of,
)

__all__ = [
    "KPIS",
    "NOTHING",
    "Answer",
    "Costs",
    "Hours",
    "Schedule",
    "Settings",
    "Source",
    "anomalies",
    "report",
]

CATALOGUE: tuple[tuple[str, Rows, Statistic], ...] = (
    *VOLUME,
    *SERVICE,
    *SURVEYS,
    *MONEY,
    *LOYALTY,
    *PEOPLE,
)
SPECIAL: Mapping[Special, tuple[str, ...]] = {
    received_shares: ("received_share",),
    new_customers: ("new_customers",),
    backlog: ("backlog", "backlog_age.median", "backlog_age.p90"),
    costs: ("support_cost", "cost_per_conversation", "cost_share_of_revenue"),
    loyal_customers: ("loyal_customers",),
    retention: ("retention_rate",),
    self_service_ratio: ("self_service_ratio",),
}
"""What looks beyond the rows of one group and period, with the KPIs that it answers."""

KPIS = frozenset(
    {
        *(name + suffix for name, _, statistic in CATALOGUE for suffix in statistic([])),
        *(name for names in SPECIAL.values() for name in names),
    }
)


def report(
    events: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> dict[Key, Answer]:
    """Every KPI of the total (group None) and the groups, in the whole range and in its periods.

    A key that is missing has n = 0. The total of the whole range has every KPI.
    """
    world = world_of(events, sources, settings)
    answers: dict[Key, Answer] = {(None, None, name): NOTHING for name in KPIS}
    anchors: list[int] = []
    for name, make_rows, statistic in CATALOGUE:
        rows = make_rows(world)
        anchors += [row.anchor for row in rows if row.anchor is not None]
        for (group, label), members in cells_of(rows, settings).items():
            for suffix, answer in statistic(members).items():
                answers[group, label, name + suffix] = answer
    periods = list(spans(anchors, settings))
    for special in SPECIAL:
        answers.update(special(world, periods))
    return answers


def anomalies(
    events: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> dict[str, int]:
    """Impossible orders of times, by conversation (outreach left out), and answers out of scale.

    Counted as of as_of, never by window; answers out of scale are counted by event.
    """
    world = world_of(events, sources, settings)
    served = world.served
    return {
        "reply_before_contact": sum(before(c.replied_at, c.contacted_at) for c in served),
        "resolved_before_contact": sum(before(c.resolved_last, c.contacted_at) for c in served),
        "resolved_before_reply": sum(
            before(c.resolved_last, c.replied_at) and not c.reopened for c in served
        ),
        "reply_before_queue": sum(before(c.replied_at, c.queued_at) for c in served),
        "abandoned_before_queue": sum(before(c.abandoned_at, c.wait_start) for c in served),
        **{
            f"{rating}_out_of_scale": sum(
                getattr(event, rating) is not None
                and answer_of(rating, event, world.sources) is None
                for event in world.events
            )
            for rating in RATINGS
        },
    }
