"""The whole program on one screen: read, map, fold, measure, report.

files --read_log--> events --fold--> conversations --take_parts--> parts --build_rows--> Report
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from supportcli.conversations import all_knowledge
from supportcli.events import EventLog, read_log
from supportcli.grains import Material, conversation_needs, dimension, frames_of
from supportcli.intake import ReadOptions
from supportcli.knowledge import answerable, kinds_in, knowledge_of_groups
from supportcli.kpis.derive import ANOMALIES, Context
from supportcli.kpis.measure import take_parts
from supportcli.kpis.model import CONVERSATIONS, Kpi, with_parts
from supportcli.kpis.taking import Group, Parts, Slices, measure_columns
from supportcli.kpis.windows import derive
from supportcli.prepare import Prepared, emptied, folded_conversations, oldest_time, prepare
from supportcli.questions import (
    MET_BY,
    Question,
    beside,
    event_columns,
    own_dimensions,
    reach_of,
    slices_of,
    wanted_columns,
)
from supportcli.report.build import Beginnings, build_rows
from supportcli.report.model import Customers, Report
from supportcli.schema import RATINGS
from supportcli.settings import Settings
from supportcli.store.recent import Extent, Reach
from supportcli.words import marked


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
    names = [name for question in questions for name in event_columns(question, settings)]
    reading = replace(reading, reach=reach)
    return read_log(reading, settings, list(dict.fromkeys(names)))


def answers(log: EventLog, settings: Settings, questions: Sequence[Question]) -> Answers:
    """The reports that answer questions of one moment, of a log that was read for them.

    The log is prepared and folded once. Raises UsageError for times that cannot be read.
    """
    cuts = [slices_of(question, settings, log.frame) for question in questions]
    (moment,) = {slices.as_of for slices in cuts}
    oldest = log.extent.oldest if log.extent is not None else oldest_time(log.frame)
    prepared = prepare(log, settings, moment)
    filled = all_knowledge(log.facts) | kinds_in(log.frame)
    measured = [
        replace(question, kpis=with_parts(answerable(question.kpis, filled)))
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
            knowledge=knowledge_of_groups(material, slices, extent),
            customers=_customers_met(people, prepared.context) if question.meetings else None,
            beginnings=Beginnings(
                first_contact_at or _earliest(material.ours, "contacted_at"),
                _earliest(people.lazy(), "began_at"),
            ),
        )


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


def _conversations(frame: pl.LazyFrame, question: Question, settings: Settings) -> pl.DataFrame:
    """The conversations with their dimensions, anchors and measures, and what anomalies need."""
    here = [kpi for kpi in question.kpis if kpi.grain in CONVERSATIONS]
    dimensions = own_dimensions(question.by)
    kept = {"is_outreach", *conversation_needs(question.kpis)}
    kept |= {name for kpi in here for name in beside(kpi)}
    kept |= {"knows"}
    if question.meetings and set(MET_BY).issubset(frame.collect_schema()):
        kept |= set(MET_BY)
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


def _customers_met(people: pl.DataFrame, context: Context) -> Customers | None:
    """How many customers made contact, and how many on several channels, over all that was read.

    None where customers are of no interest to the question, or nobody can be met again elsewhere.
    """
    if not set(MET_BY).issubset(people.columns) or people["channel"].n_unique() < 2:
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
