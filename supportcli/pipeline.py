"""The whole program on one screen: read, map, fold, measure, report.

files --read_log--> events --fold--> conversations --take_parts--> parts --build_rows--> Report
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from supportcli import clock
from supportcli.agents import team_of_agent
from supportcli.conversations import KEY, Folded, all_knowledge, fields_known, knows
from supportcli.errors import UsageError
from supportcli.events import EventLog, read_log
from supportcli.facts import SourceFacts
from supportcli.intake import ReadOptions
from supportcli.kpis.derive import ANOMALIES, Context, derive, requirements
from supportcli.kpis.measure import (
    MOMENT_DIMENSIONS,
    TOTAL,
    Group,
    Slices,
    measure_columns,
    take_parts,
)
from supportcli.kpis.model import Kpi
from supportcli.prepare import Prepared, columns_to_read, folded_conversations, newest_time, prepare
from supportcli.report.build import build_rows
from supportcli.report.model import Customers, Report
from supportcli.settings import Settings
from supportcli.turns import response_turns, state_changes


@dataclass(frozen=True)
class Question:
    """What the reader of a report asks: which KPIs, cut how, of which time.

    `since`, `until`, `last` and `as_of` are texts as given on the command line. `meetings` asks
    on how many channels customers were met, which a report for programs has no place for.
    """

    kpis: Sequence[Kpi]
    by: tuple[str, ...] = ("channel",)
    period: str | None = None
    since: str | None = None
    until: str | None = None
    last: str | None = None
    as_of: str | None = None
    meetings: bool = False


@dataclass(frozen=True)
class Result:
    """A report, and the log it was made of, for what is said beside it."""

    report: Report
    log: EventLog


def make_report(reading: ReadOptions, settings: Settings, question: Question) -> Result:
    """Read the inputs and answer the question.

    Raises the errors of `read_log`, and UsageError for times that cannot be read.
    """
    log = read_log(
        reading, settings, columns_to_read(_wanted_columns(question, settings), settings)
    )
    slices = slices_of(question, settings, log.frame)
    prepared = prepare(log, settings, slices.as_of)
    answerable = replace(question, kpis=_answerable(question.kpis, log))
    wanted = _wanted_columns(answerable, settings)
    folded = folded_conversations(prepared, wanted)
    # The events are the largest thing in memory: they go as soon as nothing needs them.
    log = replace(log, frame=log.frame.clear())
    if not any(kpi.grain in _KPI_NEEDS for kpi in answerable.kpis):
        prepared = replace(prepared, events=pl.LazyFrame())
    people = _conversations(folded, prepared.context, answerable, wanted)
    del folded
    frames = _frames(people, prepared, answerable)
    anomalies = _anomalies(people, prepared)
    customers = _customers_met(people, prepared.context) if question.meetings else None
    del prepared
    parts = take_parts(frames, answerable.kpis, slices)
    report = Report(
        as_of=slices.as_of,
        timezone=slices.timezone,
        since=slices.since,
        until=slices.until,
        by=slices.by,
        period=slices.period,
        intakes=log.intakes,
        anomalies=anomalies,
        rows=build_rows(parts, question.kpis, slices, _knowledge(people, log.facts, question.by)),
        customers=customers,
    )
    return Result(report, log)


def _answerable(kpis: Sequence[Kpi], log: EventLog) -> list[Kpi]:
    """The KPIs whose needs some source fills; the others are not worth measuring."""
    filled = all_knowledge(log.facts)
    return [kpi for kpi in kpis if all(filled.intersection(need.fields) for need in kpi.needs)]


def _wanted_columns(question: Question, settings: Settings) -> list[str]:
    """Every column of a conversation that the answer stands on."""
    names = ["is_outreach", "knows"]
    names += _CUSTOMERS if question.meetings and settings.customers.file is not None else ()
    names += [root for kind in ANOMALIES.values() for root in kind.meta.root_names()]
    names += [root for name in question.by for root in _dimension(name, settings).meta.root_names()]
    for kpi in question.kpis:
        names += _KPI_NEEDS.get(kpi.grain) or [kpi.anchor, *kpi.measure.meta.root_names()]
        names += kpi.observed.meta.root_names() if kpi.observed is not None else []
        names += [kpi.same] if kpi.same else []
    return requirements(names, Context.unread(settings).columns)


_KPI_NEEDS: Final = {
    "turn": ["contacted_at", "replied_at"],
    "change": ["contacted_at", "abandoned_at", "is_abandoned", "knows"],
}
"""What KPIs need of the conversations when they are measured on something else."""


def _dimension(name: str, settings: Settings) -> pl.Expr:
    """A dimension as a column of a conversation; those of a moment come later."""
    if name == "agent":
        return pl.col("agent_id")
    if name == "team" and settings.teams:
        teams = team_of_agent(settings)
        of_agent = pl.col("agent_id").replace_strict(
            list(teams), list(teams.values()), default=None, return_dtype=pl.String
        )
        return pl.coalesce("team", of_agent)
    return pl.lit(None) if name in MOMENT_DIMENSIONS else pl.col(name)


def slices_of(question: Question, settings: Settings, events: pl.DataFrame) -> Slices:
    """The texts of the command line as moments, and the moment of the report itself."""
    zone = settings.timezone

    def moment(text: str | None, option: str) -> dt.datetime | None:
        return clock.parse_moment(text, option, zone) if text else None

    as_of = moment(question.as_of, "--as-of") or newest_time(events) or dt.datetime(1970, 1, 1)
    since, until = moment(question.since, "--since"), moment(question.until, "--until")
    if question.last:
        since = clock.since_last(question.last, until or as_of, zone)
    if since and until and since >= until:
        raise UsageError("--since must lie before --until")
    return Slices(question.by, question.period, zone, as_of, since, until)


def _conversations(
    folded: Folded, context: Context, question: Question, wanted: Sequence[str]
) -> pl.DataFrame:
    """The conversations with their dimensions, anchors and measures, and what anomalies need."""
    settings = context.settings
    here = [kpi for kpi in question.kpis if kpi.grain in ("conversation", "outreach")]
    dimensions = {name for name in question.by if name not in MOMENT_DIMENSIONS}
    kept = {"is_outreach"} | {kpi.anchor for kpi in here} | {kpi.same for kpi in here if kpi.same}
    if any(kpi.grain == "change" for kpi in question.kpis):
        kept |= set(_KPI_NEEDS["change"])
    if any(kpi.grain in _KPI_NEEDS for kpi in question.kpis):
        kept |= {KEY}
    if len(context.facts) > 1:
        kept |= {"knows"}
    if question.meetings and set(_CUSTOMERS).issubset(folded.frame.columns):
        kept |= set(_CUSTOMERS)
    frame = derive(folded, wanted, context.columns)
    return frame.select(
        *sorted(kept - dimensions),
        *(_dimension(name, settings).alias(name) for name in dimensions),
        *measure_columns(here),
        *(found.alias(_anomaly(kind)) for kind, found in ANOMALIES.items()),
    ).collect()


def _anomaly(kind: str) -> str:
    return f"anomaly\x1f{kind}"


def _frames(
    people: pl.DataFrame, prepared: Prepared, question: Question
) -> dict[str, pl.LazyFrame]:
    """What the KPIs are measured on, by grain; only what they ask for."""
    ours = people.lazy().filter(pl.col("is_outreach").not_())
    dimensions = [name for name in question.by if name not in MOMENT_DIMENSIONS]
    frames: dict[str, pl.LazyFrame] = {}
    for grain in {kpi.grain for kpi in question.kpis}:
        measures = measure_columns(kpi for kpi in question.kpis if kpi.grain == grain)
        if grain == "conversation":
            frames[grain] = ours
        elif grain == "outreach":
            frames[grain] = people.lazy().filter("is_outreach")
        elif grain == "turn":
            turns = response_turns(prepared.events, prepared.context.facts)
            placed = turns.join(ours.select(KEY, *dimensions), on=KEY)
            frames[grain] = placed.with_columns(measures).collect().lazy()
        else:
            changes = state_changes(prepared.events, ours.filter(knows("resolved_at")))
            placed = changes.join(ours.select(KEY, "contacted_at", *dimensions), on=KEY)
            frames[grain] = placed.with_columns(measures).collect().lazy()
    return frames


def _anomalies(people: pl.DataFrame, prepared: Prepared) -> dict[str, int]:
    """How often the data contradicts itself, by kind; every kind is named."""
    ours = people.lazy().filter(pl.col("is_outreach").not_())
    counts = ours.select(pl.col(_anomaly(kind)).sum().alias(kind) for kind in ANOMALIES).collect()
    return {
        **counts.row(0, named=True),
        "negative_handle_time": prepared.negative_work,
        "csat_out_of_scale": prepared.answers.out_of_scale if prepared.answers else 0,
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


def _knowledge(
    people: pl.DataFrame, facts: Sequence[SourceFacts], by: Sequence[str]
) -> dict[Group | None, frozenset[str]]:
    """The event columns that the sources of each group fill; the total under TOTAL."""
    if len(facts) == 1:
        return dict.fromkeys([TOTAL, *_groups(people, by)], all_knowledge(facts))
    known = pl.col("knows").bitwise_or()
    whole: dict[Group | None, frozenset[str]] = {
        TOTAL: fields_known(people.select(known).item()) if people.height else all_knowledge(facts)
    }
    if by and not set(by) & set(MOMENT_DIMENSIONS):
        for *group, bits in people.group_by(by).agg(known).rows():
            whole[tuple(group)] = fields_known(bits)
    return whole


def _groups(people: pl.DataFrame, by: Sequence[str]) -> list[Group]:
    """Every group of conversations there is, where no dimension is one of the moment."""
    if not by or set(by) & set(MOMENT_DIMENSIONS):
        return []
    return people.select(by).unique().rows()
