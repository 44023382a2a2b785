"""Money, naively: what support costs, what customers pay, and what they get back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from oracle_rows import (
    MINOR_DIGITS,
    Row,
    Rows,
    Statistic,
    contact_or_outreach,
    grouped,
    in_major_units,
    money,
    ratio,
    share,
)
from oracle_time import Span, days_of_month, local_day
from oracle_world import NOTHING, Answer, Conversation, Event, Key, Settings, World, least

MS_OF_HOUR = 3_600_000


# --- costs ----------------------------------------------------------------------------------------


def _half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def _minor(price: float, settings: Settings) -> Fraction:
    """A price as it is written, in minor units of the report's currency."""
    one = Fraction(10 ** MINOR_DIGITS.get(settings.currency, 2))
    return Fraction(str(price)) * one


def _own_cost(c: Conversation, settings: Settings) -> int | None:
    """The price of the channel, else the agent's time, rounded to the minor unit; else unknown.

    Who was never answered took nobody's time.
    """
    costs = settings.costs
    if c.channel is not None and c.channel in costs.conversation:
        return _half_up(_minor(costs.conversation[c.channel], settings))
    if costs.agent_hour is None:
        return None
    if c.handle_ms is not None:
        return _half_up(_minor(costs.agent_hour, settings) * Fraction(c.handle_ms, MS_OF_HOUR))
    return None if c.answered else 0


def _days_of_range(world: World) -> Iterator[date]:
    """The local days of since..until, else from the first conversation to as_of, both included.

    Where nobody knows when a conversation began, the day of as_of is all there is.
    """
    settings = world.settings
    everyone = [time for c in world.everyone if (time := contact_or_outreach(c)) is not None]
    first = least(world.as_of, *everyone) if settings.since is None else settings.since
    last = world.as_of if settings.until is None else settings.until - 1
    assert first is not None
    day = local_day(first, settings)
    while day <= local_day(last, settings):
        yield day
        day += timedelta(days=1)


def _fixed(world: World, span: Span) -> Fraction:
    """Monthly costs: each day of the range its part of its month; a period has its own days.

    An hour has a twenty-fourth of its day.
    """
    settings = world.settings
    monthly = sum(
        (_minor(price, settings) for price in settings.costs.monthly.values()), Fraction()
    )
    total = Fraction()
    for day in _days_of_range(world):
        cost = monthly / days_of_month(day, settings)
        if span.label is None:
            total += cost
        elif span.begins is not None and span.ends is not None:
            first, last = local_day(span.begins, settings), local_day(span.ends - 1, settings)
            if first <= day <= last:
                total += cost / 24 if settings.period == "hour" else cost
    return total


def _group_costs(
    world: World, spans: Sequence[Span]
) -> Iterator[tuple[Key, Fraction | None, list[Row]]]:
    """What each group of each span costs in minor units, and its conversations, outreach included.

    A group takes the share of its conversations of the fixed costs; the total takes them all.
    """
    settings = world.settings
    fixed = {span.label: _fixed(world, span) for span in spans}
    rows = [Row(c, contact_or_outreach(c), 1, who=c) for c in world.everyone]
    of_all: dict[str | None, int] = {}
    for group, span, members in grouped(rows, spans, settings):
        if group is None:
            of_all[span.label] = len(members)
        part = Fraction(len(members), of_all[span.label]) if members else Fraction(group is None)
        known = [cost for row in members if (cost := _cost_of(row, settings)) is not None]
        total = sum(known) + part * fixed[span.label]
        yield (group, span.label, ""), total if settings.costs.configured else None, members


def _cost_of(row: Row, settings: Settings) -> int | None:
    assert isinstance(row.who, Conversation)
    return _own_cost(row.who, settings)


def costs(world: World, spans: Sequence[Span]) -> dict[Key, Answer]:
    """support_cost; cost_per_conversation, of the answered; cost_share_of_revenue of all orders."""
    settings = world.settings
    revenue = {span.label: _revenue(world, span) for span in spans}
    answers: dict[Key, Answer] = {}
    for (group, name, _), total, members in _group_costs(world, spans):
        if total is None:
            continue
        known = sum(_cost_of(row, settings) is not None for row in members)
        value = in_major_units(total, settings.currency)
        answers[group, name, "support_cost"] = Answer(value, known, None, None)
        answered = sum(isinstance(row.who, Conversation) and row.who.answered for row in members)
        per_answer = value / answered if answered else None
        answers[group, name, "cost_per_conversation"] = Answer(per_answer, answered, None, None)
        share_of = _cost_share(total, revenue[name]) if members or total else NOTHING
        answers[group, name, "cost_share_of_revenue"] = share_of
    return answers


def _revenue(world: World, span: Span) -> int | None:
    """The amount of all orders of a span; null where some are in another currency than costs."""
    orders = [row for row in _order_rows(world) if span.holds(row.anchor)]
    if any(row.currency != world.settings.currency for row in orders):
        return None
    return sum(int(row.value) for row in orders)


def _cost_share(cost: Fraction, revenue: int | None) -> Answer:
    """support_cost / revenue of the period, in minor units."""
    if not revenue:
        return NOTHING
    return Answer(float(cost / revenue), revenue, _half_up(cost), revenue)


# --- revenue --------------------------------------------------------------------------------------


def _amount_row(order: Event, settings: Settings) -> Row:
    assert order.amount_minor is not None
    currency = settings.currency if order.currency is None else order.currency
    return Row(order, order.at, order.amount_minor, who=order, currency=currency)


def _order_rows(world: World) -> list[Row]:
    """The amount of every order that has one, in its currency or the configured one."""
    return [
        _amount_row(order, world.settings)
        for order in world.orders
        if order.amount_minor is not None
    ]


def _revenue_rows(counts: Callable[[World, Event], bool]) -> Rows:
    def rows(world: World) -> list[Row]:
        return [
            row
            for row in _order_rows(world)
            if isinstance(row.who, Event) and counts(world, row.who)
        ]

    return rows


def _is_first(world: World, order: Event) -> bool:
    """At the moment of its customer's first order in the data."""
    customer = world.customer_of(order)
    return order.at == least(
        *(other.at for other in world.orders if world.customer_of(other) == customer)
    )


def _new(world: World, order: Event) -> bool:
    """Orders of customers whose first order it is."""
    return order.customer_id is not None and _is_first(world, order)


def _returning(world: World, order: Event) -> bool:
    """Orders of the others."""
    return order.customer_id is not None and not _is_first(world, order)


def _unidentified(_: World, order: Event) -> bool:
    """Orders without a customer."""
    return order.customer_id is None


# --- refunds --------------------------------------------------------------------------------------


def _refunds_of(world: World, order: Event) -> list[Event]:
    """The refunds of the same order: its id, in its id space."""
    if order.conversation_id is None:
        return []
    space = world.sources[order.source].id_space
    return [
        refund
        for refund in world.refunds
        if refund.conversation_id == order.conversation_id
        and world.sources[refund.source].id_space == space
    ]


def _refund_rows(world: World) -> list[Row]:
    """Orders with a refund / orders, by order date; null where nothing is known of refunds."""
    return [
        Row(order, order.at, int(bool(_refunds_of(world, order))))
        for order in world.orders
        if world.refunds
    ]


def _ordered_and_refunded_rows(world: World) -> list[Row]:
    """Every amount ordered, and of these orders every amount refunded, by order date."""
    rows = _order_rows(world) if world.refunds else []
    for row in list(rows):
        assert isinstance(row.who, Event)
        for refund in _refunds_of(world, row.who):
            if refund.amount_minor is not None:
                refunded = _amount_row(refund, world.settings)
                rows.append(replace(refunded, place=row.place, anchor=row.anchor))
    return rows


def _refunded_share(rows: Sequence[Row]) -> dict[str, Answer]:
    """Amount refunded / amount ordered; null where currencies meet."""
    sums = {"order": 0, "refund": 0}
    for row in rows:
        assert isinstance(row.who, Event)
        sums[row.who.kind] += int(row.value)
    ordered, refunded = sums["order"], sums["refund"]
    if len({row.currency for row in rows}) > 1:
        return {"": NOTHING}
    return {"": ratio(refunded, ordered)}


MONEY: tuple[tuple[str, Rows, Statistic], ...] = (
    ("revenue_new", _revenue_rows(_new), money),
    ("revenue_returning", _revenue_rows(_returning), money),
    ("revenue_unidentified", _revenue_rows(_unidentified), money),
    ("refund_rate", _refund_rows, share),
    ("refunded_share", _ordered_and_refunded_rows, _refunded_share),
)
