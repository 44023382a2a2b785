"""Volume, naively: how much comes in, and what is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from oracle_rows import (
    Row,
    Rows,
    Statistic,
    ages,
    by_group,
    count,
    counted,
    distinct,
    grouped,
    mode,
    ratio,
    resolution,
)
from oracle_time import Span, local
from oracle_world import NOTHING, Answer, Conversation, Key, World, fullest_accounts


def _received(_: World, c: Conversation) -> int | None:
    """Conversations the customer opened; null where no source knows about contacts."""
    return int(c.received) if c.knows_contacts else None


def _resolved(_: World, c: Conversation) -> int | None:
    """Conversations that are still resolved at as_of."""
    return int(c.resolved) if c.knows("resolved_at") else None


def _unanswered(_: World, c: Conversation) -> int | None:
    """Received, no human reply by as_of, not resolved by a bot."""
    if not c.knows_contacts or not c.knows("replied_at", "replies"):
        return None
    by_bot = c.resolved and c.bot_replied_at is not None
    return int(c.received and not c.answered and not by_bot)


def _outreach_rows(world: World) -> list[Row]:
    """Agent-initiated conversations, by the reply, else by their earliest event."""
    return [
        Row(c, c.replied_at if c.replied_at is not None else c.at, int(c.outreach))
        for c in world.conversations
        if c.knows_contacts
    ]


def _counts(name: str, time: str) -> Rows:
    """What the events count, each at its own time, else at its earliest, outreach left out."""

    def rows(world: World) -> list[Row]:
        return [
            Row(c, event.at if getattr(event, time) is None else getattr(event, time), amount)
            for c in world.served
            for account in fullest_accounts(c.events, name)
            for event in account
            if (amount := getattr(event, name)) is not None
        ]

    return rows


def _customer_rows(world: World) -> list[Row]:
    """Identified customers of received conversations, by contact."""
    return [
        Row(c, c.contacted_at, 1, who=c.customer) for c in world.received if c.customer is not None
    ]


def _page_view_rows(world: World) -> list[Row]:
    """Help-centre page views."""
    return [Row(event, event.at, 1) for event in world.page_views]


def _hour_rows(world: World) -> list[Row]:
    """The local hour of every conversation received at a known time."""
    zone = ZoneInfo(world.settings.timezone)
    return [
        Row(c, c.contacted_at, local(c.contacted_at, zone).hour)
        for c in world.received
        if c.contacted_at is not None
    ]


VOLUME: tuple[tuple[str, Rows, Statistic], ...] = (
    ("received", counted(_received), count),
    ("resolved", counted(_resolved, resolution), count),
    ("unanswered", counted(_unanswered), count),
    ("outreach", _outreach_rows, count),
    ("contacts", _counts("contacts", "contacted_at"), count),
    ("replies", _counts("replies", "replied_at"), count),
    ("customers", _customer_rows, distinct),
    ("page_views", _page_view_rows, count),
    ("peak_hour", _hour_rows, mode),
)


def received_shares(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Received of the group / received of all, in the same period and window."""
    rows = counted(_received)(world)
    answers: dict[Key, Answer] = {}
    of_all: dict[str | None, int] = {}
    for group, span, members in grouped(rows, spans, world.settings):
        received = sum(int(row.value) for row in members)
        if group is None:
            of_all[span.label] = received
        answers[group, span.label, "received_share"] = ratio(received, of_all[span.label])
    return answers


def new_customers(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Distinct identified customers in contact who were first seen in the period.

    Null where nothing was read from before it: everyone would be new.
    """
    first: dict[object, int] = {}
    for c in world.received:
        if c.contacted_at is not None:
            for who in {None, c.customer}:
                first[who] = min(first.get(who, c.contacted_at), c.contacted_at)
    answers: dict[Key, Answer] = {}
    for group, span, members in grouped(_customer_rows(world), spans, world.settings):
        begins = span.begins
        if begins is None or None not in first or first[None] >= begins:
            answers[group, span.label, "new_customers"] = NOTHING
        else:
            seen = {row.who for row in members if row.who in first}
            new = sum(first[who] >= begins for who in seen)
            answers[group, span.label, "new_customers"] = Answer(float(new), new, None, None)
    return answers


OPEN_FIRST, OPEN_AGAIN, CLOSE = 0, 1, 2


def _changes(conversation: Conversation) -> list[tuple[int, int]]:
    """When a conversation was opened, reopened and closed, in order.

    Changes before the contact are moved to it; at equal times contact, then reopen, then close.
    """
    opened = conversation.contacted_at
    assert opened is not None
    changes = [(opened, OPEN_FIRST)]
    for event in conversation.events:
        if event.reopened_at is not None:
            changes.append((max(event.reopened_at, opened), OPEN_AGAIN))
        if event.resolved_at is not None:
            changes.append((max(event.resolved_at, opened), CLOSE))
    if conversation.abandoned and conversation.abandoned_at is not None:
        changes.append((max(conversation.abandoned_at, opened), CLOSE))
    return sorted(changes)


def _is_open(changes: Sequence[tuple[int, int]], end: int) -> bool:
    """The last change before the exclusive end leaves it open."""
    past = [change for time, change in changes if time < end]
    return bool(past) and past[-1] != CLOSE


def stock_end(world: World, span: Span) -> int:
    """The exclusive end of a period or range, not beyond as_of, at which a change still counts."""
    return world.as_of + 1 if span.until is None else min(span.until, world.as_of + 1)


def backlog(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Opened by t and neither resolved by t nor abandoned, t = the end of the period or as_of.

    Their ages are t - contacted_at.
    """
    rows: list[Row] = []
    changes: dict[int, list[tuple[int, int]]] = {}
    for c in world.conversations:
        if c.knows("resolved_at") and c.knows_contacts:
            rows.append(Row(c, c.contacted_at, 1))
            counts = not c.outreach and c.contacted_at is not None
            changes[id(rows[-1])] = _changes(c) if counts else []
    answers: dict[Key, Answer] = {}
    for group, members in by_group(rows, world.settings).items():
        for span in spans:
            end = stock_end(world, span)
            still = [row for row in members if _is_open(changes[id(row)], end)]
            n, moment = len(still), min(end, world.as_of)
            answers[group, span.label, "backlog"] = Answer(float(n), n, None, None)
            waits = [replace(row, value=(moment - (row.anchor or 0)) // 1000) for row in still]
            for suffix, answer in ages(waits).items():
                answers[group, span.label, "backlog_age" + suffix] = answer
    return answers
