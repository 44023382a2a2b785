"""Loyalty, naively: who comes back, and how many orders it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from oracle_rows import Row, Rows, Statistic, by_group, share
from oracle_time import Span, span_before
from oracle_volume import stock_end
from oracle_world import NOTHING, Answer, Event, Key, Settings, World


def _orders_by_customer(world: World) -> list[list[Event]]:
    """The orders of every identified customer in time, at a tie by event_id."""
    orders: dict[object, list[Event]] = defaultdict(list)
    for order in sorted(world.orders, key=lambda order: (order.at, order.event_id or "")):
        if order.customer_id is not None:
            orders[world.customer_of(order)].append(order)
    return list(orders.values())


def _reaches(number: Callable[[Settings], int], window_s: Callable[[Settings], int]) -> Rows:
    """By the first order: whether the n-th order comes within the window, where that is over."""

    def rows(world: World) -> list[Row]:
        result = []
        for orders in _orders_by_customer(world):
            nth, end = number(world.settings), orders[0].at + window_s(world.settings) * 1_000_000
            if end <= world.as_of:
                reached = len(orders) >= nth and orders[nth - 1].at <= end
                result.append(Row(orders[0], orders[0].at, int(reached)))
        return result

    return rows


LOYALTY: tuple[tuple[str, Rows, Statistic], ...] = (
    (
        "new_to_returning_rate",
        _reaches(lambda _: 2, lambda settings: settings.returning_window_s),
        share,
    ),
    (
        "loyal_conversion_rate",
        _reaches(lambda s: s.loyal_orders, lambda s: s.loyal_window_s),
        share,
    ),
)


def loyal_customers(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Customers with at least 3 orders by the end of the period, in the group of the third."""
    nth = world.settings.loyal_orders
    rows = [
        Row(orders[nth - 1], orders[nth - 1].at, 1)
        for orders in _orders_by_customer(world)
        if len(orders) >= nth
    ]
    answers: dict[Key, Answer] = {}
    for group, members in by_group(rows, world.settings).items():
        for span in spans:
            end = stock_end(world, span)
            n = sum(row.anchor is not None and row.anchor < end for row in members)
            answers[group, span.label, "loyal_customers"] = Answer(float(n), n, None, None)
    return answers


def _activity(world: World) -> list[Row]:
    """Orders of identified customers; received conversations where the data has no order."""
    if world.orders:
        return [
            Row(order, order.at, 1, who=world.customer_of(order))
            for order in world.orders
            if order.customer_id is not None
        ]
    return [
        Row(c, c.contacted_at, 1, who=c.customer)
        for c in world.received
        if c.customer is not None and c.contacted_at is not None
    ]


def retention(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """Active in the period and in the one before / active in the one before: sets, not counts."""
    answers: dict[Key, Answer] = {}
    for group, members in by_group(_activity(world), world.settings).items():
        for span in spans:
            past = span_before(span, world.settings, world.as_of)
            if past is None:
                answers[group, span.label, "retention_rate"] = NOTHING
                continue
            before = {row.who for row in members if past[0] <= (row.anchor or 0) < past[1]}
            now = {row.who for row in members if span.holds(row.anchor)}
            answers[group, span.label, "retention_rate"] = share(
                [Row(members[0].place, None, int(who in now)) for who in before]
            )[""]
    return answers
