"""A year of exports of every grain, and how such a year may be cut into ingests.

Tickets, calls and answers have versions, some messages are sent again corrected, all within a day
or so; other messages and the page views have no ids and differ.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from command import write_csv

START = dt.datetime(2025, 1, 1)
MINUTES = 365 * 24 * 60
CUSTOMERS = ("k1", "k2", "k3", "k4", "k5", "")
AGENTS = ("Ann", "Ben", "")
CHANNELS = ("email", "chat", "sms")

Row = list[str]


@dataclass(frozen=True)
class System:
    """What a system exports: its rows in the order in which they became known."""

    source: str
    header: Row
    rows: list[Row]

    def export(self, path: Path, start: int, end: int) -> Path:
        """Some of its rows as a file."""
        return write_csv(path, self.header, self.rows[start:end])


def stamp(minute: float) -> str:
    """A minute of the year as a time."""
    return (START + dt.timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_year(chance: random.Random) -> list[System]:
    """What the systems of a year hold."""
    return [
        System(
            "generic-tickets",
            ["ticket id", "created at", "updated at", "first response at", "resolved at", "channel",
             "customer id", "assignee", "category", "csat"],
            _known_in_order(_tickets(chance)),
        ),
        System(
            "generic-messages",
            ["message id", "sent at", "customer id", "channel", "direction", "agent"],
            _known_in_order(_messages(chance)),
        ),
        System(
            "generic-calls",
            ["call id", "started at", "caller", "agent", "status", "wait seconds", "talk seconds"],
            _known_in_order(_calls(chance)),
        ),
        System(
            "generic-surveys",
            ["response id", "ticket id", "answered at", "customer", "csat", "nps", "ces"],
            _known_in_order(_answers(chance)),
        ),
        System(
            "generic-orders",
            ["order id", "type", "ordered at", "customer", "amount", "currency"],
            _known_in_order(_orders(chance)),
        ),
        System(
            "generic-page-views",
            ["viewed at", "page", "visitor id"],
            _known_in_order(_views(chance)),
        ),
    ]  # fmt: skip


def pieces_of(
    system: System, folder: Path, chance: random.Random, most: int = 3
) -> Iterator[tuple[System, Path]]:
    """A system's year as a few exports that overlap, each with rows, together with all."""
    last = len(system.rows)
    cuts = sorted(chance.sample(range(1, last), chance.randint(0, most - 1)))
    for number, (start, end) in enumerate(pairwise([0, *cuts, last])):
        early = max(0, start - chance.choice((0, 1, 7, last)))
        late = min(last, end + chance.choice((0, 1, 7)))
        yield system, system.export(folder / f"{system.source}-{number}.csv", early, late)


def _known_in_order(known: Iterator[tuple[float, Row]]) -> list[Row]:
    return [row for _, row in sorted(known)]


def _moments(chance: random.Random, count: int) -> list[int]:
    """Minutes of the year, no two the same."""
    return chance.sample(range(MINUTES), count)


def _tickets(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Tickets as they were when they were made, first answered and solved."""
    for number, made in enumerate(_moments(chance, 40)):
        who = [chance.choice(CHANNELS), chance.choice(CUSTOMERS)]
        answered = made + chance.randint(1, 3_000)
        solved = answered + chance.randint(0, 60_000)
        times: list[tuple[int, int | None, int | None]] = [
            (made, None, None),
            (answered, answered, None),
            (solved, answered, solved),
        ]
        for known, first, last in times[chance.randrange(3) :]:
            ends = ["" if one is None else stamp(one) for one in (first, last)]
            csat = str(chance.randint(1, 5)) if last is not None else ""
            rest = [chance.choice(AGENTS), chance.choice(("bill", "login", "")), csat]
            yield known, [f"t{number}", stamp(made), stamp(known), *ends, *who, *rest]


def _messages(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Questions and answers, some with an id, of which some are sent again with another agent."""
    for number, asked in enumerate(_moments(chance, 50)):
        customer, channel = chance.choice(CUSTOMERS), chance.choice(CHANNELS)
        name = chance.choice(("", f"m{number}"))
        yield asked, [name and f"{name}-in", stamp(asked), customer, channel, "inbound", ""]
        for answered in (asked + chance.randint(1, 2_000) for _ in range(chance.randint(0, 2))):
            answer = [stamp(answered), customer, channel, chance.choice(("agent", "bot"))]
            for _ in range(chance.randint(1, 2) if name else 1):
                named = name and f"{name}-{answered}"
                yield answered, [named, *answer, chance.choice(AGENTS)]


def _calls(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Calls, some of them listed again once their work is known."""
    for number, began in enumerate(_moments(chance, 40)):
        status = chance.choice(("answered", "answered", "missed"))
        call = [f"c{number}", stamp(began), f"+4420794601{chance.randint(10, 30)}"]
        wait = str(chance.randint(0, 90))
        for talk in range(chance.randint(1, 2)):
            yield began, [*call, chance.choice(AGENTS), status, wait, str(talk * 60)]


def _answers(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Answers about tickets, some of them corrected."""
    for number, answered in enumerate(_moments(chance, 25)):
        ticket, customer = f"t{chance.randrange(50)}", chance.choice(CUSTOMERS)
        for later in range(chance.randint(1, 2)):
            scores = [str(chance.randint(1, most)) for most in (5, 10, 7)]
            at = answered + later * 300
            yield at, [f"r{number}", ticket, stamp(at), customer, *scores]


def _orders(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Orders and what was given back for them."""
    for number, ordered in enumerate(_moments(chance, 20)):
        amount, customer = f"{chance.randint(1, 9_000) / 100}", chance.choice(CUSTOMERS)
        yield ordered, [f"o{number}", "paid", stamp(ordered), customer, amount, "EUR"]
        if chance.random() < 0.3:
            back = ordered + chance.randint(1, 9_000)
            yield back, [f"o{number}", "refund", stamp(back), customer, amount, "EUR"]


def _views(chance: random.Random) -> Iterator[tuple[float, Row]]:
    """Visits of the help centre."""
    for viewed in _moments(chance, 30):
        yield viewed, [stamp(viewed), chance.choice(("/a", "/b")), chance.choice(CUSTOMERS)]
