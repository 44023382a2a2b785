"""The top of a report: of what it is, and the few numbers that matter."""

from __future__ import annotations

import datetime as dt
from typing import Final

from supportcli import clock
from supportcli.report.compose.view import View
from supportcli.report.document import Tile
from supportcli.report.model import Customers
from supportcli.words import Phrase, harmless, phrase

_MATTERS: Final[tuple[str, ...]] = (
    "received",
    "service_level",
    "abandonment_rate",
    "fcr",
    "csat",
    "backlog",
    "first_response_time.median",
    "resolution_time.median",
)
"""What a lead looks at first, in order. Times come last: over all channels they mix what people
wait for on the phone with what takes a day."""

_MOST_TILES: Final = 6


def tiles_of(view: View) -> tuple[Tile, ...]:
    """The few numbers that matter, of everything together, as far as they are known."""
    known: list[str] = [kpi for kpi in view.kpis if view.rows[None, None, kpi].value is not None]
    ordered = [kpi for kpi in _MATTERS if kpi in known]
    ordered += [kpi for kpi in known if kpi not in _MATTERS]
    return tuple(_tile(view, kpi) for kpi in ordered[:_MOST_TILES])


def _tile(view: View, kpi: str) -> Tile:
    row = view.rows[None, None, kpi]
    return Tile(
        kpi=kpi,
        title=view.kpi_title(kpi),
        text=view.words.value(row.value, row.unit),
        details=tuple(view.details(row)),
        value=row.value,
        unit=row.unit,
        trend=view.course(None, kpi),
    )


def facts_of(view: View) -> tuple[tuple[str, str], ...]:
    """Of what time the report is, what was read for it, and what it is compared with."""
    report, words = view.report, view.words
    facts = [(words.text("Time"), _time(view))]
    if report.compared_with is not None:
        facts.append((words.text("Compared with"), words.text(harmless(report.compared_with))))
    facts.append((words.text("Read"), _read(view)))
    if report.customers is not None:
        facts.append((words.text("Customers"), words.text(_customers(report.customers))))
    as_of = words.moment(report.as_of, report.timezone) if report.as_of else words.value(None, "s")
    facts.append((words.text("As of"), f"{as_of} ({report.timezone})"))
    return tuple(facts)


def _time(view: View) -> str:
    """From when to when the report looks, and how many days that is; whole days by their names."""
    report, words = view.report, view.words
    start, end = report.since or report.oldest, report.until or report.as_of
    if start is None or end is None:
        return words.value(None, "s")
    here, there = (clock.to_local(one, report.timezone) for one in (start, end))
    if report.until is None and report.since is None:
        first, last = words.day(here.date()), words.day(there.date())
        days = (there.date() - here.date()).days + 1
    elif {here.time(), there.time()} == {dt.time()}:
        first, last = words.day(here.date()), words.day((there - _TICK).date())
        days = (there - here).days
    else:
        first, last = (words.moment(one, report.timezone) for one in (start, end))
        days = round((there - here) / dt.timedelta(days=1))
    return words.text(phrase("{first} to {last}, {days} days", first=first, last=last, days=days))


_TICK: Final = dt.timedelta(microseconds=1)


def _customers(customers: Customers) -> Phrase:
    return phrase(
        "{several} of {met} customers were met on more than one channel",
        several=customers.on_several_channels, met=customers.met,
    )  # fmt: skip


def _read(view: View) -> str:
    """What became of the rows of the inputs."""
    intakes = view.report.intakes
    counts = {
        "rows": sum(intake.rows for intake in intakes),
        "events": sum(intake.events for intake in intakes),
    }
    if len(intakes) == 1:
        return view.words.text(phrase("{rows} rows of one file, {events} events", **counts))
    said = phrase("{rows} rows of {inputs} files, {events} events", inputs=len(intakes), **counts)
    return view.words.text(said)
