"""The top of a report: of what it is, and the few numbers that matter."""

from __future__ import annotations

import datetime as dt
from typing import Final

from supportcli import clock
from supportcli.report.compose.view import View
from supportcli.report.document import Tile
from supportcli.words import harmless, phrase

_MATTERS: Final[tuple[str, ...]] = (
    "received",
    "first_response_time.median",
    "service_level",
    "fcr",
    "csat",
    "backlog",
    "resolution_time.median",
    "abandonment_rate",
)
"""What a lead looks at first, in order."""

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
        facts.append((words.text("Customers"), words.text(str(report.customers))))
    as_of = words.moment(report.as_of, report.timezone) if report.as_of else words.value(None, "s")
    facts.append((words.text("As of"), f"{as_of} ({report.timezone})"))
    return tuple(facts)


def _time(view: View) -> str:
    """From which day to which the report looks, both included."""
    report = view.report
    start, end = report.since or report.oldest, report.until or report.as_of
    if start is None or end is None:
        return view.words.value(None, "s")
    if report.until is not None:
        end -= dt.timedelta(microseconds=1)
    first, last = (clock.to_local(one, report.timezone).date() for one in (start, end))
    days = (last - first).days + 1
    said = phrase(
        "{first} to {last}, {days} days",
        first=view.words.day(first), last=view.words.day(last), days=days,
    )  # fmt: skip
    return view.words.text(said)


def _read(view: View) -> str:
    """What became of the rows of the inputs."""
    intakes = view.report.intakes
    said = phrase(
        "{rows} rows of {inputs} files, {events} events",
        rows=sum(intake.rows for intake in intakes),
        inputs=len(intakes),
        events=sum(intake.events for intake in intakes),
    )
    return view.words.text(said)
