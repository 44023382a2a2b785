"""People and self-service, naively: who answers, what they learn, and who helps themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import log2

from oracle_rows import (
    Row,
    Rows,
    Statistic,
    contact_or_outreach,
    distinct,
    each,
    resolution,
    share,
)
from oracle_time import Span
from oracle_world import NOTHING, Answer, Conversation, Key, World

FEWEST_TO_LEARN_FROM = 30


def _handled_rows(world: World) -> list[Row]:
    """Each conversation once for every human agent who replied in it, outreach included."""
    return [
        Row(replace(c, agent_id=agent), contact_or_outreach(c), 1, who=agent)
        for c in world.conversations
        for agent in sorted(_who_replied(c))
    ]


def _who_replied(c: Conversation) -> set[str]:
    return {
        event.agent_id
        for event in c.events
        if event.agent_id is not None and (event.replied_at is not None or (event.replies or 0) > 0)
    }


def _per_agent(rows: Sequence[Row]) -> dict[str, Answer]:
    """Conversations of an agent, the mean over the agents."""
    agents = {row.who for row in rows}
    value = len(rows) / len(agents) if agents else None
    return {".mean": Answer(value, len(agents), None, None)}


def _gains_knowledge(world: World, c: Conversation) -> int | None:
    """Resolved conversations on a topic that their agent had never resolved before."""
    if not c.resolved or c.resolved_last is None or c.agent_id is None or c.topic is None:
        return None
    return int(
        not any(
            other.resolved
            and other.resolved_last is not None
            and (other.agent_id, other.topic) == (c.agent_id, c.topic)
            and other.resolved_last < c.resolved_last
            for other in world.served
        )
    )


def _experience_rows(world: World) -> list[Row]:
    """Each conversation with its handle time and, as `who`, how many its agent had had by then."""
    of_agent: dict[str, list[tuple[int, int, Conversation]]] = defaultdict(list)
    for c in world.served:
        if c.agent_id is not None and c.contacted_at is not None and (c.handle_ms or 0) > 0:
            assert c.handle_ms is not None
            of_agent[c.agent_id].append((c.contacted_at, c.handle_ms, c))
    return [
        Row(c, contacted_at, handle_ms, who=number)
        for work in of_agent.values()
        for number, (contacted_at, handle_ms, c) in enumerate(
            sorted(work, key=lambda each_one: each_one[:2]), start=1
        )
    ]


def _learning(rows: Sequence[Row]) -> dict[str, Answer]:
    """2^slope of log handle time on log cumulative conversations; at least 30 of them."""
    points = [(log2(int(str(row.who))), log2(row.value)) for row in rows]
    n = len(points)
    if n < FEWEST_TO_LEARN_FROM or len({x for x, _ in points}) == 1:
        return {"": Answer(None, n, None, None)}
    mean_x, mean_y = (sum(values) / n for values in zip(*points, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum(
        (x - mean_x) ** 2 for x, _ in points
    )
    return {"": Answer(2**slope, n, None, None)}


def _bot_resolution(_: World, c: Conversation) -> int | None:
    """Resolved with a bot reply and no human one / received where bots answer.

    Of sources that know resolutions: elsewhere nobody can tell.
    """
    if not c.received or not c.knows("bot_replied_at", "bot_replies"):
        return None
    if not c.knows("resolved_at"):
        return None
    by_bot = c.bot_replied_at is not None or (c.bot_replies or 0) > 0
    return int(c.resolved and by_bot and not c.answered)


PEOPLE: tuple[tuple[str, Rows, Statistic], ...] = (
    ("agents", _handled_rows, distinct),
    ("conversations_per_agent", _handled_rows, _per_agent),
    ("knowledge_gain_rate", each(_gains_knowledge, resolution), share),
    ("learning_curve", _experience_rows, _learning),
    ("bot_resolution_rate", each(_bot_resolution), share),
)


def self_service_ratio(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Distinct help-centre visitors / distinct customers who opened a conversation; of all only."""
    answers: dict[Key, Answer] = {}
    for span in spans:
        visitors = {world.customer_of(view) for view in world.page_views if span.holds(view.at)}
        callers = {c.customer for c in world.received if span.holds(c.contacted_at)}
        n_visitors, n_callers = len(visitors - {None}), len(callers - {None})
        value = n_visitors / n_callers if n_callers else None
        answer = Answer(value, n_callers, n_visitors, n_callers)
        answers[None, span.label, "self_service_ratio"] = answer if world.page_views else NOTHING
    return answers
