"""The whole program on one screen: read, map, fold, measure, report.

files --read_log--> events --fold--> conversations --take_parts--> parts --build_rows--> Report
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from supportcli import clock
from supportcli.conversations import (
    KEY,
    OTHER_KINDS,
    all_knowledge,
    fields_known,
    knowledge_of,
    knowledge_of_kind,
)
from supportcli.errors import UsageError
from supportcli.events import EventLog, read_log
from supportcli.facts import SourceFacts
from supportcli.grains import (
    Material,
    conversation_needs,
    dimension,
    event_needs,
    frames_of,
    other_events,
)
from supportcli.intake import ReadOptions
from supportcli.kpis.derive import ANOMALIES, Context
from supportcli.kpis.measure import take_parts
from supportcli.kpis.model import CONVERSATIONS, Kpi, with_parts
from supportcli.kpis.taking import (
    MOMENT_DIMENSIONS,
    TOTAL,
    Group,
    Parts,
    Slices,
    measure_columns,
)
from supportcli.kpis.windows import WINDOWS, derive, requirements
from supportcli.prepare import (
    Prepared,
    columns_to_read,
    emptied,
    folded_conversations,
    newest_time,
    oldest_time,
    prepare,
)
from supportcli.report.build import Beginnings, build_rows
from supportcli.report.model import Customers, Report
from supportcli.schema import RATINGS
from supportcli.settings import Settings
from supportcli.store.recent import Extent, Reach
from supportcli.words import marked


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


@dataclass(frozen=True)
class Answer:
    """A report, with the parts that its values were finished from, and how it was cut."""

    report: Report
    parts: Parts
    slices: Slices


@dataclass(frozen=True)
class Answers:
    """The answers to several questions, and the log they were made of, for what is said beside."""

    all: tuple[Answer, ...]
    log: EventLog

    @property
    def report(self) -> Report:
        """The answer to the first question."""
        return self.all[0].report


def make_reports(
    reading: ReadOptions, settings: Settings, questions: Sequence[Question]
) -> Answers:
    """Read the inputs once and answer every question.

    Raises the errors of `read_log`, and UsageError for times that cannot be read.
    """
    reach = reach_of(questions, settings)
    return answers(read_for(reading, settings, questions, reach), settings, questions)


def make_report(reading: ReadOptions, settings: Settings, question: Question) -> Answers:
    """Read the inputs and answer one question, with the errors of `make_reports`."""
    return make_reports(reading, settings, [question])


def read_for(
    reading: ReadOptions,
    settings: Settings,
    questions: Sequence[Question],
    reach: Reach | None = None,
) -> EventLog:
    """Read the inputs once, with every column that the questions stand on.

    Of a store that is all there is, or what is within reach where one is given. Raises the errors
    of `read_log`.
    """
    names = [name for question in questions for name in _event_columns(question, settings)]
    reading = replace(reading, reach=reach)
    return read_log(reading, settings, list(dict.fromkeys(names)))


def reach_of(
    questions: Sequence[Question],
    settings: Settings,
    earliest: Callable[[dt.datetime, dt.datetime], dt.datetime] = min,
) -> Reach | None:
    """How far back the answers to some questions look; None where they need all there is.

    `earliest` gives the moment from which on they look, of the beginning and the end of a
    question; by itself the beginning.

    They need all where a question is of all time, or of an earlier moment, where an agent's
    experience counts, or where groups must appear that have nothing in the time of the answer.
    """
    if settings.customers.file is not None or not all(map(_is_of_late, questions)):
        return None
    kpis = [kpi for question in questions for kpi in with_parts(question.kpis)]
    columns = Context.unread(settings).columns
    stood_on = {kpi: set(requirements([*kpi.roots, *_beside(kpi)], columns)) for kpi in kpis}
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

_OF_PLACES: Final = frozenset({"channel", "source", *MOMENT_DIMENSIONS})
"""The dimensions of which a store knows all groups without being read."""


def _is_of_late(question: Question) -> bool:
    """Whether a question is of the last part of a log, and misses no group that is not in it."""
    of_places = question.most is not None or _OF_PLACES.issuperset(question.by)
    begins = question.since is not None or question.last is not None
    return begins and of_places and question.as_of is None


def _event_columns(question: Question, settings: Settings) -> list[str]:
    wanted = wanted_columns(question, settings)
    kpis = with_parts(question.kpis)
    return [*columns_to_read(wanted, settings), *event_needs(kpis, question.by, settings)]


def answers(log: EventLog, settings: Settings, questions: Sequence[Question]) -> Answers:
    """The reports that answer questions of one moment, of a log that was read for them.

    The log is prepared and folded once. Raises UsageError for times that cannot be read.
    """
    cuts = [slices_of(question, settings, log.frame) for question in questions]
    (moment,) = {slices.as_of for slices in cuts}
    oldest = log.extent.oldest if log.extent is not None else oldest_time(log.frame)
    prepared = prepare(log, settings, moment)
    filled = all_knowledge(log.facts) | _kinds_in(log.frame)
    measured = [
        replace(question, kpis=with_parts(_answerable(question.kpis, filled)))
        for question in questions
    ]
    kpis = [kpi for question in measured for kpi in question.kpis]
    notes = [*log.notes, *_notes_on(kpis, prepared.context)]
    wanted = [name for question in measured for name in wanted_columns(question, settings)]
    wanted = list(dict.fromkeys(wanted))
    folded = folded_conversations(prepared, wanted)
    # The events are the largest thing in memory: they go as soon as nothing needs them.
    log = replace(log, frame=log.frame.clear(), notes=tuple(notes))
    if all(kpi.grain in CONVERSATIONS for kpi in kpis):
        prepared = replace(prepared, events=emptied(prepared.events))
    frame = derive(folded, wanted, prepared.context)
    if len(measured) > 1:
        frame = frame.collect().lazy()
    tables = [_conversations(frame, question, settings) for question in measured]
    del folded, frame
    cuts = [
        replace(slices, only=_greatest(people, question))
        for slices, people, question in zip(cuts, tables, measured, strict=True)
    ]
    anomalies = _anomalies(tables[0], prepared)
    grounds = [
        _Ground.of(people, prepared, question, slices, log.extent)
        for people, question, slices in zip(tables, measured, cuts, strict=True)
    ]
    del tables, prepared
    found = []
    for question, ground, slices in zip(questions, grounds, cuts, strict=True):
        parts = take_parts(ground.frames, ground.kpis, slices)
        report = Report(
            as_of=moment,
            timezone=settings.timezone,
            since=slices.since,
            until=slices.until,
            by=slices.by,
            period=slices.period,
            intakes=log.intakes,
            anomalies=anomalies,
            rows=build_rows(
                parts, question.kpis, slices, ground.knowledge, settings, ground.beginnings
            ),
            customers=ground.customers,
            calendar=slices.calendar,
            oldest=oldest,
        )
        found.append(Answer(report, parts, slices))
    return Answers(tuple(found), log)


@dataclass(frozen=True)
class _Ground:
    """What an answer stands on, once the events are not needed any more.

    `kpis` are those that can be measured and the parts of their values, `frames` what they are
    measured on.
    """

    kpis: Sequence[Kpi]
    frames: Mapping[str, pl.LazyFrame]
    knowledge: Mapping[Group | None, frozenset[str]]
    customers: Customers | None
    beginnings: Beginnings

    @classmethod
    def of(
        cls,
        people: pl.DataFrame,
        prepared: Prepared,
        question: Question,
        slices: Slices,
        extent: Extent | None,
    ) -> _Ground:
        """The ground of a question, of the conversations with what it measures."""
        material = Material(people, prepared, own_dimensions(question.by))
        first_contact_at = extent.first_contact_at if extent is not None else None
        return cls(
            kpis=question.kpis,
            frames=frames_of(question.kpis, material),
            knowledge=_knowledge(material, slices, extent),
            customers=_customers_met(people, prepared.context) if question.meetings else None,
            beginnings=Beginnings(
                first_contact_at or _earliest(material.ours, "contacted_at"),
                _earliest(people.lazy(), "began_at"),
            ),
        )


def own_dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions that are no moment's."""
    return tuple(name for name in by if name not in MOMENT_DIMENSIONS)


def _earliest(people: pl.LazyFrame, column: str) -> dt.datetime | None:
    """The least time of a column; None where it was not asked for, or nothing is known."""
    if column not in people.collect_schema():
        return None
    found = people.select(pl.col(column).min()).collect().item()
    return found if isinstance(found, dt.datetime) else None


def _notes_on(kpis: Sequence[Kpi], context: Context) -> list[str]:
    """What must be said beside the values of some KPIs."""
    if not any(kpi.anchor == "asked_at" for kpi in kpis):
        return []
    if context.knows_offers:
        return [marked("survey_response_rate is of the surveys offered")]
    return [
        marked(
            "survey_response_rate is of the conversations resolved, for no export shows the "
            "surveys that nobody answered"
        )
    ]


def _answerable(kpis: Sequence[Kpi], filled: frozenset[str]) -> list[Kpi]:
    """The KPIs whose needs some source fills; the others are not worth measuring."""
    return [kpi for kpi in kpis if all(filled.intersection(need.fields) for need in kpi.needs)]


def _kinds_in(frame: pl.DataFrame) -> frozenset[str]:
    """What a log knows by the kinds of events in it that are of no conversation."""
    if "kind" not in frame.columns:
        return frozenset()
    kinds = frame["kind"].cast(pl.String).unique()
    return frozenset(OTHER_KINDS[kind] for kind in kinds if kind in OTHER_KINDS)


def wanted_columns(question: Question, settings: Settings) -> list[str]:
    """Every column of a conversation that the answer stands on."""
    kpis = with_parts(question.kpis)
    names = ["is_outreach", "knows", *conversation_needs(kpis)]
    names += _CUSTOMERS if question.meetings and settings.customers.file is not None else ()
    names += [root for kind in ANOMALIES.values() for root in kind.meta.root_names()]
    names += [root for name in question.by for root in dimension(name, settings).meta.root_names()]
    for kpi in kpis:
        if kpi.grain in CONVERSATIONS:
            names += [*kpi.roots, *_beside(kpi)]
    columns = Context.unread(settings).columns
    return requirements([name for name in names if name != KEY], columns)


def _beside(kpi: Kpi) -> list[str]:
    """The columns that stand beside a measure in the table of conversations."""
    first = ["first_contact_at"] if kpi.statistic == "newcomers" else []
    return [kpi.anchor, kpi.moment, *([kpi.same] if kpi.same else []), *first]


def slices_of(question: Question, settings: Settings, events: pl.DataFrame) -> Slices:
    """The texts of the command line as moments, and the moment of the report itself."""
    zone = settings.timezone
    as_of = (
        _moment(question.as_of, "--as-of", zone) or newest_time(events) or dt.datetime(1970, 1, 1)
    )
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


AUTO: Final = "auto"
"""The period of a question that wants as many as are still read at one look."""

_READABLE: Final = 45
"""So many periods show a course and are still told apart: a month by its days, a year by weeks."""


def fitting_period(first: dt.datetime, last: dt.datetime) -> str:
    """The shortest period of which few enough lie between two moments."""
    days = (last - first).total_seconds() / 86_400
    lengths = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.5, "quarter": 91.5}
    return next((name for name, one in lengths.items() if days <= _READABLE * one), "year")


def _conversations(frame: pl.LazyFrame, question: Question, settings: Settings) -> pl.DataFrame:
    """The conversations with their dimensions, anchors and measures, and what anomalies need."""
    here = [kpi for kpi in question.kpis if kpi.grain in CONVERSATIONS]
    dimensions = own_dimensions(question.by)
    kept = {"is_outreach", *conversation_needs(question.kpis)}
    kept |= {name for kpi in here for name in _beside(kpi)}
    kept |= {"knows"}
    if question.meetings and set(_CUSTOMERS).issubset(frame.collect_schema()):
        kept |= set(_CUSTOMERS)
    return frame.select(
        *sorted(kept - set(dimensions)),
        *(dimension(name, settings).alias(name) for name in dimensions),
        *measure_columns(here),
        *(found.alias(_anomaly(kind)) for kind, found in ANOMALIES.items()),
    ).collect()


def _anomaly(kind: str) -> str:
    return f"anomaly\x1f{kind}"


def _anomalies(people: pl.DataFrame, prepared: Prepared) -> dict[str, int]:
    """How often the data contradicts itself, by kind; every kind is named."""
    ours = people.lazy().filter(pl.col("is_outreach").not_())
    counts = ours.select(pl.col(_anomaly(kind)).sum().alias(kind) for kind in ANOMALIES).collect()
    return {
        **counts.row(0, named=True),
        "negative_handle_time": prepared.negative_work,
        **dict.fromkeys((f"{question}_out_of_scale" for question in RATINGS), 0),
        **{f"{one.question}_out_of_scale": one.out_of_scale for one in prepared.answers},
        **prepared.counted,
    }


_CUSTOMERS: Final = ("customer_key", "channel")
"""What tells on which channels a customer was met."""


def _customers_met(people: pl.DataFrame, context: Context) -> Customers | None:
    """How many customers made contact, and how many on several channels, over all that was read.

    None where customers are of no interest to the question, or nobody can be met again elsewhere.
    """
    if not set(_CUSTOMERS).issubset(people.columns) or people["channel"].n_unique() < 2:
        return None
    channel = pl.col("channel").to_physical()
    met, several = (
        people.lazy()
        .filter(pl.col("is_outreach").not_() & pl.col("customer_key").is_not_null())
        .group_by("customer_key")
        .agg(several=channel.min() != channel.max())
        .select(pl.len(), pl.col("several").sum())
        .collect()
        .row(0)
    )
    spaces = {one.id_space for one in context.facts if "customer_id" in one.fields}
    apart = context.settings.customers.file is None and len(spaces) > 1
    return Customers(met, several, apart)


def _greatest(people: pl.DataFrame, question: Question) -> pl.DataFrame | None:
    """The groups that a question is only for; None where it is for all."""
    if question.most is None or not question.most[1]:
        return None
    count, by = question.most
    sizes = people.lazy().group_by(by).len("conversations")
    order = [pl.col("conversations"), *(pl.col(name).cast(pl.String) for name in by)]
    return sizes.sort(order, descending=True).head(count).select(by).collect()


def _knowledge(
    material: Material, slices: Slices, extent: Extent | None
) -> dict[Group | None, frozenset[str]]:
    """The event columns that the sources of each group fill; the total under TOTAL.

    Of a store that was not read to its end the places of its rows tell what is known there. A
    group of orders, refunds or page views alone knows what their sources fill, and of what kind
    they are.
    """
    facts, by = material.prepared.context.facts, slices.by
    known = pl.col("knows").bitwise_or()
    own = () if set(by) & set(MOMENT_DIMENSIONS) else tuple(by)
    others = other_events(material)
    kinds = others.select(pl.col("kind").cast(pl.String).unique()).collect()["kind"].to_list()
    others = others.with_columns(knows=knowledge_of(facts) | knowledge_of_kind(kinds))
    told = [rows.select("knows", *own) for rows in (material.people.lazy(), others)]
    rows = pl.concat(told, how="vertical_relaxed")
    bits = rows.select(known).collect().item()
    whole = fields_known(bits) if bits is not None else all_knowledge(facts)
    found: dict[Group | None, frozenset[str]] = {TOTAL: whole}
    if own and slices.only is not None:
        rows = rows.join(slices.only.lazy(), on=slices.only.columns, how="semi", nulls_equal=True)
    if own:
        for *group, bits in rows.group_by(own).agg(known).collect().rows():
            found[tuple(group)] = fields_known(bits)
    if extent is not None:
        for place, fields in _known_beyond(extent, facts, own):
            found[place] = found.get(place, frozenset()) | fields
    return found


def _known_beyond(
    extent: Extent, facts: Sequence[SourceFacts], by: Sequence[str]
) -> Iterator[tuple[Group | None, frozenset[str]]]:
    """The channels of a store with the event columns that their sources fill, and the total.

    What shares its ids with another source has a channel of its own only where that is known.
    """
    filled = {one.name: all_knowledge([one]) for one in facts}
    spaces = {one.name: one.id_space for one in facts}
    alone = {name for name, space in spaces.items() if [*spaces.values()].count(space) == 1}
    for source, channel in extent.places:
        yield TOTAL, filled[source]
        if tuple(by) == ("channel",) and (channel is not None or source in alone):
            yield (channel,), filled[source]
