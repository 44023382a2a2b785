"""A report against an earlier time, or against other inputs: which questions that asks.

What the answers say of each other is the matter of `report.comparison`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from supportcli import clock
from supportcli.clock import Calendar
from supportcli.errors import UsageError
from supportcli.events import EventLog
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.pipeline import Answers, answers, read_for
from supportcli.questions import Question, calendar_of, reach_of
from supportcli.report.comparison import compare
from supportcli.report.model import Report, Row
from supportcli.settings import Settings
from supportcli.words import Name, Phrase, marked, phrase

PREVIOUS: Final = "previous"

Key = tuple[tuple[Any, ...] | None, dt.datetime | None, str]
"""Group, beginning of the period, and KPI: what says which row of a report one is."""

Ask = Callable[[Question], Report]


@dataclass(frozen=True)
class Other:
    """What a report is compared with: other inputs, a time from one moment to another, or neither.

    With neither it is the time just before, or the period before.
    """

    path: Path | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


Places = dict[dt.datetime | None, dt.datetime | None]
"""The beginning of the period that each period is compared with; None is the whole range."""

Window = tuple[dt.datetime, dt.datetime]
"""A time from its beginning up to its end, in naive UTC."""


@dataclass(frozen=True)
class Before:
    """A row that another is compared with, and how long its time is in seconds, where known."""

    row: Row
    seconds: float | None


@dataclass(frozen=True)
class Earlier:
    """The rows to compare with, for which periods they stand, and in words what they are of."""

    rows: Mapping[Key, Before]
    places: Places
    said: str


def parse_other(text: str, question: Question, timezone: str) -> Other:
    """What `--compare` says: `previous`, a range, or the path of other inputs.

    Raises UsageError where it is none of them, or where nothing comes before all there is.
    """
    if text == PREVIOUS:
        if not (question.since or question.last or question.period):
            raise UsageError(
                "--compare previous: nothing says where the time of the report begins",
                hint="add --since, --last or --period",
            )
        return Other()
    if Path(text).exists():
        return Other(path=Path(text))
    since, dots, until = text.partition("..")
    if not dots:
        raise UsageError(
            f'--compare: there is no file "{text}"',
            hint="write previous, a range such as 2026-01-01..2026-02-01, or a path",
        )
    begin, end = (clock.parse_moment(part, "--compare", timezone) for part in (since, until))
    if begin >= end:
        raise UsageError(f'--compare: "{text}" ends before it begins')
    return Other(since=begin, until=end)


def compared_reports(
    reading: ReadOptions, settings: Settings, questions: Sequence[Question], other: Other
) -> tuple[Answers, EventLog | None]:
    """The answers, the first beside what it is compared with, and the log of the other inputs.

    Everything is read once. Raises the errors of `read_log`, and UsageError for times that cannot
    be read.
    """
    reach = reach_of(questions, settings, partial(_earliest, other, questions[0].period))
    log = read_for(reading, settings, questions, reach)
    other_log = None
    if other.path is not None:
        inputs = replace(reading, inputs=(str(other.path),))
        other_log = read_for(inputs, settings, questions[:1], reach_of(questions[:1], settings))

    def ask(again: Question) -> Report:
        return answers(other_log or log, settings, [again]).report

    found = answers(log, settings, questions)
    first, *others = found.all
    report = compared(first.report, questions[0], other, calendar_of(settings), ask)
    return replace(found, all=(replace(first, report=report), *others)), other_log


_LONGEST_DAYS: Final = {
    None: 0,
    "hour": 1,
    "day": 2,
    "week": 8,
    "month": 32,
    "quarter": 93,
    "year": 367,
}
"""No period is longer, whatever the calendar and the clocks do."""


def _earliest(
    other: Other, period: str | None, begin: dt.datetime, end: dt.datetime
) -> dt.datetime:
    """A moment before all that a question from begin to end is compared with.

    The window before is as long, by the local calendar; before the first period, which may have
    begun earlier than the question, there is one more.
    """
    if other.path is not None:
        return begin
    if other.since is not None:
        return min(begin, other.since)
    longest = dt.timedelta(days=_LONGEST_DAYS[period])
    return clock.before(begin, max(end - begin + dt.timedelta(days=1), 2 * longest))


def compared(
    report: Report, question: Question, other: Other, calendar: Calendar, ask: Ask
) -> Report:
    """The report, each row beside the one that it is compared with.

    `ask` answers questions: of the other inputs where these are compared, else of the same ones.
    """
    again = replace(question, meetings=False)
    if other.path is not None:
        theirs = ask(replace(again, as_of=None))
        same: Places = {row.begins: row.begins for row in report.rows}
        found = Earlier(_rows_of(theirs, calendar), same, Name(other.path))
    else:
        again = replace(again, last=None, as_of=_text(report.as_of))
        if other.since is not None and other.until is not None:
            found = _in_range(report, again, (other.since, other.until), calendar, ask)
        else:
            found = _just_before(report, again, calendar, ask)
    rows = [_beside(row, found, _seconds(report, row, calendar)) for row in report.rows]
    return replace(report, rows=tuple(rows), compared_with=found.said)


def _in_range(
    report: Report, again: Question, window: Window, calendar: Calendar, ask: Ask
) -> Earlier:
    """The rows of another time, its first period for the first of the report, and so on."""
    earlier = ask(_within(again, window))
    places: Places = {None: None}
    places.update(zip(_beginnings(report), _beginnings(earlier), strict=False))
    return Earlier(_rows_of(earlier, calendar), places, _in_words(window, calendar.timezone))


def _just_before(report: Report, again: Question, calendar: Calendar, ask: Ask) -> Earlier:
    """The rows of the window before the report's, and of the period before each period."""
    rows, places = _periods_before(report, again, calendar, ask)
    window = _window_before(report, calendar.timezone)
    if window is None:
        before = marked("the period before") if places else marked("nothing from before")
        return Earlier(rows, places, before)
    rows |= _rows_of(ask(_within(replace(again, period=None), window)), calendar)
    said = _in_words(window, calendar.timezone)
    if report.period is not None:
        said = phrase("{times}; each period with the one before", times=said)
    return Earlier(rows, {None: None, **places}, said)


def _periods_before(
    report: Report, again: Question, calendar: Calendar, ask: Ask
) -> tuple[dict[Key, Before], Places]:
    """The rows of the periods, each the one before the next; before the first, one is asked for.

    Where the report has no beginning, nothing is known from before its first period.
    """
    begins = _beginnings(report)
    if report.period is None or not begins:
        return {}, {}
    rows = _rows_of(report, calendar)
    places: Places = dict(zip(begins[1:], begins, strict=False))
    if report.since is not None:
        start = calendar.preceding(begins[0], report.period)
        here, there = (_utc(one, calendar.timezone) for one in (start, begins[0]))
        if here < there:
            rows |= _rows_of(ask(_within(again, (here, there))), calendar)
            places[begins[0]] = start
    return rows, places


def _beginnings(report: Report) -> list[dt.datetime]:
    return sorted({row.begins for row in report.rows if row.begins is not None})


def _rows_of(report: Report, calendar: Calendar) -> dict[Key, Before]:
    return {
        (row.group, row.begins, row.kpi): Before(row, _seconds(report, row, calendar))
        for row in report.rows
    }


def _seconds(report: Report, row: Row, calendar: Calendar) -> float | None:
    """How long the time of a row is; None where the report has no beginning."""
    start, end = report.since, report.until
    if row.begins is not None and report.period is not None:
        after = calendar.following(row.begins, report.period)
        starts, ends = (_utc(one, calendar.timezone) for one in (row.begins, after))
        start, end = max(start or starts, starts), min(end or ends, ends)
    if start is None or report.as_of is None:
        return None
    return (min(end or report.as_of, report.as_of) - start).total_seconds()


def _window_before(report: Report, timezone: str) -> Window | None:
    """The time just before that of the report, as long: whole days by the local calendar.

    None where the report has no beginning, or begins after all there is.
    """
    until = report.until or report.as_of
    if report.since is None or until is None or until <= report.since:
        return None
    here, there = (clock.to_local(one, timezone) for one in (report.since, until))
    try:
        if (there - here) % dt.timedelta(days=1):
            return report.since - (until - report.since), report.since
        return clock.to_utc(here - (there - here), timezone), report.since
    except OverflowError:
        return None


def _utc(here: dt.datetime, timezone: str) -> dt.datetime:
    """The moment of a local time; at the ends of what can be written, that time itself."""
    try:
        return clock.to_utc(here, timezone)
    except OverflowError:
        return here


def _within(question: Question, window: Window) -> Question:
    since, until = window
    return replace(question, since=_text(since), until=_text(until))


def _text(moment: dt.datetime | None) -> str | None:
    """A naive UTC moment as the command line would name it."""
    return None if moment is None else f"{moment.isoformat()}+00:00"


def _in_words(window: Window, timezone: str) -> Phrase:
    """A window as people name it: `2026-01-01 to 2026-02-01`, with the hours where it has any."""
    ends = [clock.to_local(one, timezone) for one in window]
    bare = all(one.time() == dt.time() for one in ends)
    begin, end = (one.date() if bare else one.replace(microsecond=0) for one in ends)
    return phrase("{begin} to {end}", begin=begin, end=end)


def _beside(row: Row, earlier: Earlier, seconds: float | None) -> Row:
    """A row with the change since the one that it is compared with, where there is one.

    Two times of unknown length are taken to be as long.
    """
    if row.begins not in earlier.places:
        return row
    before = earlier.rows.get((row.group, earlier.places[row.begins], row.kpi))
    if before is None:
        return row
    times = 1.0
    if seconds and before.seconds and min(seconds, before.seconds) > 0:
        times = seconds / before.seconds
    kpi = CATALOGUE[row.kpi]
    change = compare(row, before.row, kpi.statistic, kpi.better, times_as_long=times)
    return replace(row, previous=before.row.value, change=change)
