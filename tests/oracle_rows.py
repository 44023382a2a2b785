"""Rows, and what is made of them: what a KPI sees, the groups and periods, the statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import Protocol
from zoneinfo import ZoneInfo

from oracle_time import WEEKDAYS, Span, label, local, period_start, whole_range
from oracle_world import (
    NOTHING,
    Answer,
    Conversation,
    Group,
    Key,
    Settings,
    World,
)

MINOR_DIGITS = {"JPY": 0, "KWD": 3}


class Place(Protocol):
    """What belongs to a group: a conversation, an order, a page view."""

    @property
    def source(self) -> str:
        """The name of the source."""

    @property
    def channel(self) -> str | None:
        """The channel, where it is known."""

    @property
    def team(self) -> str | None:
        """The team, where it is known."""

    @property
    def agent_id(self) -> str | None:
        """The agent, where it is known."""

    @property
    def topic(self) -> str | None:
        """The topic, where it is known."""

    @property
    def priority(self) -> str | None:
        """The priority, where it is known."""


@dataclass(frozen=True)
class Row:
    """One observation: the time it belongs to and its value in integers, or an answer as given.

    `ended` is false for an observation that is cut off (censored); `scale` is that of an answer;
    `who` is what is counted once, however often it is seen; `currency` is that of an amount.
    """

    place: Place
    anchor: int | None
    value: int | float
    ended: bool = True
    scale: tuple[float, float] | None = None
    who: object = None
    currency: str = ""


Measure = Callable[[World, Conversation], int | None]
Rows = Callable[[World], list[Row]]
Anchor = Callable[[Conversation], int | None]
Statistic = Callable[[Sequence[Row]], dict[str, Answer]]
Special = Callable[[World, Sequence[Span]], dict[Key, Answer]]


def contact(conversation: Conversation) -> int | None:
    """By the contact."""
    return conversation.contacted_at


def resolution(conversation: Conversation) -> int | None:
    """By the last resolution."""
    return conversation.resolved_last


def first_resolution(conversation: Conversation) -> int | None:
    """By the first resolution."""
    return conversation.resolved_first


def contact_or_outreach(conversation: Conversation) -> int | None:
    """By the contact; of an outreach by the agent's message, else by its earliest event."""
    if not conversation.outreach:
        return conversation.contacted_at
    return conversation.at if conversation.replied_at is None else conversation.replied_at


def each(measure: Measure, anchor: Anchor = contact) -> Rows:
    """One row for every conversation that counts, outreach left out."""

    def rows(world: World) -> list[Row]:
        return [
            Row(conversation, anchor(conversation), value)
            for conversation in world.served
            if (value := measure(world, conversation)) is not None
        ]

    return rows


def counted(measure: Measure, anchor: Anchor = contact) -> Rows:
    """One row for every conversation that knows the inputs; outreach knows them too, and is 0."""

    def rows(world: World) -> list[Row]:
        return [
            Row(conversation, anchor(conversation), 0 if conversation.outreach else value)
            for conversation in world.conversations
            if (value := measure(world, conversation)) is not None
        ]

    return rows


# --- groups and periods ---------------------------------------------------------------------------


def _dimension(name: str, place: Place, anchor: int | None, zone: ZoneInfo) -> object:
    """The value of one dimension; weekday and hour are local, of the KPI's anchor."""
    if name == "weekday":
        return None if anchor is None else WEEKDAYS[local(anchor, zone).weekday()]
    if name == "hour":
        return None if anchor is None else local(anchor, zone).hour
    return getattr(place, "agent_id" if name == "agent" else name)


def groups_of(row: Row, settings: Settings) -> list[Group]:
    """The total, and the group of the row where the report is sliced."""
    zone = ZoneInfo(settings.timezone)
    if not settings.by:
        return [None]
    return [None, tuple(_dimension(name, row.place, row.anchor, zone) for name in settings.by)]


def by_group(rows: Iterable[Row], settings: Settings) -> dict[Group, list[Row]]:
    """The rows of the total and of every group; the total is there without any row too."""
    members: dict[Group, list[Row]] = {None: []}
    for row in rows:
        for group in groups_of(row, settings):
            members.setdefault(group, []).append(row)
    return members


def grouped(
    rows: Iterable[Row], spans: Sequence[Span], settings: Settings
) -> Iterator[tuple[Group, Span, list[Row]]]:
    """The rows of every group and span, also where there are none."""
    for group, members in by_group(rows, settings).items():
        for span in spans:
            yield group, span, [row for row in members if span.holds(row.anchor)]


def _labels(anchor: int | None, settings: Settings) -> list[str | None]:
    """The whole range, and the period of the anchor where the report has periods."""
    if settings.period is None or anchor is None:
        return [None]
    return [None, label(period_start(anchor, settings), settings)]


Cells = dict[tuple[Group, str | None], list[Row]]


def cells_of(rows: Iterable[Row], settings: Settings) -> Cells:
    """The rows of every group and period; a group with rows only outside the window is empty."""
    cells: Cells = {}
    everything = whole_range(settings)
    for row in rows:
        for group in groups_of(row, settings):
            cells.setdefault((group, None), [])
            if everything.holds(row.anchor):
                for name in _labels(row.anchor, settings):
                    cells.setdefault((group, name), []).append(row)
    return cells


# --- statistics -----------------------------------------------------------------------------------


def count(rows: Sequence[Row]) -> dict[str, Answer]:
    """The sum of the observations; the n of a count is the count."""
    total = sum(int(row.value) for row in rows)
    return {"": Answer(float(total), total, None, None)}


def distinct(rows: Sequence[Row]) -> dict[str, Answer]:
    """How many different ones are seen; the n of a count is the count."""
    n = len({row.who for row in rows})
    return {"": Answer(float(n), n, None, None)}


def share(rows: Sequence[Row]) -> dict[str, Answer]:
    """How many of the observations are 1; n is the denominator."""
    ones = sum(int(row.value) for row in rows)
    return {"": ratio(ones, len(rows))}


def ratio(numerator: int, denominator: int) -> Answer:
    """One of the other; n is the denominator."""
    value = numerator / denominator if denominator else None
    return Answer(value, denominator, numerator, denominator)


def _mean_of(values: Sequence[int | float], unit: int = 1) -> float:
    return float(sum((Fraction(value) for value in values), Fraction(0)) / len(values) / unit)


def _quantile(values: Sequence[int | float], part: Fraction, unit: int) -> float:
    """Linear interpolation between order statistics."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * part
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = Fraction(ordered[below]), Fraction(ordered[above])
    return float((low + (high - low) * (position - below)) / unit)


def seconds(rows: Sequence[Row]) -> dict[str, Answer]:
    """Every duration comes as median, mean and p90; milliseconds become seconds."""
    values = [row.value for row in rows]
    n = len(values)
    if n == 0:
        return {".median": NOTHING, ".mean": NOTHING, ".p90": NOTHING}
    return {
        ".median": Answer(_quantile(values, Fraction(1, 2), 1000), n, None, None),
        ".mean": Answer(_mean_of(values, 1000), n, None, None),
        ".p90": Answer(_quantile(values, Fraction(9, 10), 1000), n, None, None),
    }


def ages(rows: Sequence[Row]) -> dict[str, Answer]:
    """The median and p90 alone: a mean of ages is what the oldest make it."""
    answers = seconds(rows)
    return {name: answers[name] for name in (".median", ".p90")}


def score(rows: Sequence[Row]) -> dict[str, Answer]:
    """The mean of points."""
    return {"": mean(rows)[".mean"]}


def mean(rows: Sequence[Row]) -> dict[str, Answer]:
    """The mean; null where answers on different scales met."""
    if not rows:
        return {".mean": NOTHING}
    comparable = len({row.scale for row in rows}) == 1
    value = _mean_of([row.value for row in rows]) if comparable else None
    return {".mean": Answer(value, len(rows), None, None)}


def _survival_median(rows: Sequence[Row]) -> Answer:
    """The smallest t at which the survival curve is at or under one half, exactly, else null.

    At a tie of times the ends come before the censorings, so all of them are at risk at t.
    """
    at_risk, curve = len(rows), Fraction(1)
    ordered = sorted(rows, key=lambda row: row.value)
    for time, group in groupby(ordered, key=lambda row: row.value):
        here = list(group)
        curve *= 1 - Fraction(sum(row.ended for row in here), at_risk)
        at_risk -= len(here)
        if curve <= Fraction(1, 2):
            return Answer(float(Fraction(time) / 1000), len(rows), None, None)
    return Answer(None, len(rows), None, None)


def km_median(rows: Sequence[Row]) -> dict[str, Answer]:
    """The Kaplan-Meier median beside other statistics of a duration."""
    return {".km_median": _survival_median(rows)}


def survival(rows: Sequence[Row]) -> dict[str, Answer]:
    """The Kaplan-Meier median alone."""
    return {"": _survival_median(rows)}


def mode(rows: Sequence[Row]) -> dict[str, Answer]:
    """The value seen most often, the least of a tie; n is how many were seen."""
    values = [row.value for row in rows]
    most = max(sorted(set(values)), key=values.count, default=None)
    return {"": NOTHING if most is None else Answer(float(most), len(rows), None, None)}


def money(rows: Sequence[Row]) -> dict[str, Answer]:
    """The sum of minor units in the major unit; null where currencies meet."""
    if not rows:
        return {"": NOTHING}
    currencies = {row.currency for row in rows}
    total = sum(int(row.value) for row in rows)
    value = in_major_units(total, rows[0].currency) if len(currencies) == 1 else None
    return {"": Answer(value, len(rows), None, None)}


def in_major_units(minor: int | Fraction, currency: str) -> float:
    """An amount of minor units in the major unit of its currency."""
    return float(Fraction(minor) / 10 ** MINOR_DIGITS.get(currency, 2))
