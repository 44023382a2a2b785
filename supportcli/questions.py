"""What the reader of a report asks: of which time, cut how, and what the answer stands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli import clock
from supportcli.conversations import KEY
from supportcli.errors import UsageError
from supportcli.grains import conversation_needs, dimension, event_needs
from supportcli.kpis.derive import ANOMALIES, Context
from supportcli.kpis.model import CONVERSATIONS, Kpi, with_parts
from supportcli.kpis.taking import MOMENT_DIMENSIONS, Slices
from supportcli.kpis.windows import WINDOWS, requirements
from supportcli.prepare import columns_to_read, newest_time, oldest_time
from supportcli.settings import Settings
from supportcli.store.recent import Reach


@dataclass(frozen=True)
class Question:
    """What the reader of a report asks: which KPIs, cut how, of which time.

    `since`, `until`, `last` and `as_of` are texts as given on the command line. `meetings` asks
    on how many channels customers were met, which a report for programs has no place for. `most`
    asks for so many groups only, those of most conversations by these dimensions.
    """

    kpis: Sequence[Kpi]
    by: tuple[str, ...] = ("channel",)
    period: str | None = None
    since: str | None = None
    until: str | None = None
    last: str | None = None
    as_of: str | None = None
    meetings: bool = False
    most: tuple[int, tuple[str, ...]] | None = None


def own_dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions that are no moment's."""
    return tuple(name for name in by if name not in MOMENT_DIMENSIONS)


AUTO: Final = "auto"
"""The period of a question that wants as many as are still read at one look."""


_READABLE: Final = 45
"""So many periods show a course and are still told apart: a month by its days, a year by weeks."""


def fitting_period(first: dt.datetime, last: dt.datetime) -> str:
    """The shortest period of which few enough lie between two moments."""
    days = (last - first).total_seconds() / 86_400
    lengths = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.5, "quarter": 91.5}
    return next((name for name, one in lengths.items() if days <= _READABLE * one), "year")


def slices_of(question: Question, settings: Settings, events: pl.DataFrame) -> Slices:
    """The texts of the command line as moments, and the moment of the report itself."""
    zone = settings.timezone
    as_of = _moment(question.as_of, "--as-of", zone) or newest_time(events) or _NO_TIME
    since, until = window_of(question, zone, as_of)
    period = question.period
    if period == AUTO:
        first = oldest_time(events) or as_of
        period = fitting_period(since or first, until or as_of)
    return Slices(question.by, period, calendar_of(settings), as_of, since, until)


_NO_TIME: Final = dt.datetime(1970, 1, 1)
"""The moment of a report on nothing."""


def window_of(
    question: Question, timezone: str, as_of: dt.datetime
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From when to when a question is, in naive UTC.

    Raises UsageError for times that cannot be read, and where the end is not after the beginning.
    """
    since = _moment(question.since, "--since", timezone)
    until = _moment(question.until, "--until", timezone)
    if question.last:
        since = clock.since_last(question.last, until or as_of, timezone)
    if since and until and since >= until:
        raise UsageError("--since must lie before --until")
    return since, until


def _moment(text: str | None, option: str, timezone: str) -> dt.datetime | None:
    return clock.parse_moment(text, option, timezone) if text else None


def calendar_of(settings: Settings) -> clock.Calendar:
    """How the settings cut time into periods."""
    return clock.Calendar(settings.timezone, settings.calendar_kind, settings.week_start)


def event_columns(question: Question, settings: Settings) -> list[str]:
    """Every column of an event that the answer stands on."""
    wanted = wanted_columns(question, settings)
    kpis = with_parts(question.kpis)
    return [*columns_to_read(wanted, settings), *event_needs(kpis, question.by, settings)]


def wanted_columns(question: Question, settings: Settings) -> list[str]:
    """Every column of a conversation that the answer stands on."""
    kpis = with_parts(question.kpis)
    names = ["is_outreach", "knows", *conversation_needs(kpis)]
    names += MET_BY if question.meetings and settings.customers.file is not None else ()
    names += [root for kind in ANOMALIES.values() for root in kind.meta.root_names()]
    names += [root for name in question.by for root in dimension(name, settings).meta.root_names()]
    for kpi in kpis:
        if kpi.grain in CONVERSATIONS:
            names += [*kpi.roots, *beside(kpi)]
    columns = Context.unread(settings).columns
    return requirements([name for name in names if name != KEY], columns)


MET_BY: Final = ("customer_key", "channel")
"""What tells on which channels a customer was met."""


def beside(kpi: Kpi) -> list[str]:
    """The columns that stand beside a measure in the table of conversations."""
    first = ["first_contact_at"] if kpi.statistic == "newcomers" else []
    return [kpi.anchor, kpi.moment, *([kpi.same] if kpi.same else []), *first]


def reach_of(
    questions: Sequence[Question],
    settings: Settings,
    earliest: Callable[[dt.datetime, dt.datetime], dt.datetime] = min,
) -> Reach | None:
    """How far back the answers to some questions look; None where they need all there is.

    `earliest` gives the moment from which on they look, of the beginning and the end of a
    question; by itself the beginning. They need all where a question is of all time or of an
    earlier moment, where an agent's experience counts, or where groups must appear that have
    nothing in the time of the answer.
    """
    if settings.customers.file is not None or not all(map(_is_of_late, questions)):
        return None
    kpis = [kpi for question in questions for kpi in with_parts(question.kpis)]
    columns = Context.unread(settings).columns
    stood_on = {kpi: set(requirements([*kpi.roots, *beside(kpi)], columns)) for kpi in kpis}
    if any(kpi.grain == "activity" or _OF_AGENTS & names for kpi, names in stood_on.items()):
        return None

    def since(newest: dt.datetime) -> dt.datetime:
        windows = (window_of(question, settings.timezone, newest) for question in questions)
        return min(earliest(begin or newest, end or newest) for begin, end in windows)

    return Reach(
        since=since,
        before=dt.timedelta(milliseconds=settings.repeat.window_ms),
        newcomers=any("first_contact_at" in names for names in stood_on.values()),
        endings=any(
            kpi.anchor != "contacted_at" and names & WINDOWS.keys()
            for kpi, names in stood_on.items()
        ),
        stocks=any(kpi.grain in ("change", "open") for kpi in kpis),
    )


_OF_AGENTS: Final = {"first_solution_at", "experience"}
"""The windows that look at all that an agent ever did."""


def _is_of_late(question: Question) -> bool:
    """Whether a question is of the last part of a log, and misses no group that is not in it.

    A store knows its channels without being read, and no groups of other dimensions.
    """
    of_channels = question.most is not None or {"channel"}.issuperset(question.by)
    begins = question.since is not None or question.last is not None
    return begins and of_channels and question.as_of is None
