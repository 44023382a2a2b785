"""Inputs to one log of events: every row accounted for, every event in its latest version.

The log holds only the columns that were asked for, and ids as 64-bit hashes (`conversation_key`,
`customer_key`), for that is what a report groups by; the hashes are never stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl

from supportcli.agents import with_one_name
from supportcli.columns import polars_type
from supportcli.customers import read_people, with_customers
from supportcli.errors import InputError
from supportcli.facts import SourceFacts, merge_facts
from supportcli.schema import LINKED, RATINGS, TIMES, TYPES
from supportcli.settings import Settings
from supportcli.sources.files import find_inputs
from supportcli.sources.keys import ROW_HASHES
from supportcli.sources.mapping import Given, plan_mapping
from supportcli.sources.plan import (
    COUNTED,
    EVENT,
    FIRST_SKIP,
    GUARD,
    REJECTED,
    STATUS,
    SURPRISE,
    TOO_WIDE,
    Plan,
    expanded,
)
from supportcli.sources.read import Reject, open_table
from supportcli.sources.recognise import layout_of, recognise
from supportcli.sources.roles import People
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import (
    FOLDER,
    Source,
    built_in_sources,
    find_source,
    with_questions,
)
from supportcli.sources.stored import StoredEvents, open_stored


@dataclass(frozen=True)
class MaxRejects:
    """How many rejected rows of one input a run bears: a share of its rows, or a number."""

    share: float | None = 0.05
    count: int | None = None

    def allows(self, rejected: int, rows: int) -> bool:
        """Whether that many rejects of that many rows may pass."""
        if self.count is not None:
            return rejected <= self.count
        return self.share is None or rejected <= self.share * rows

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{100 * (self.share or 0):g} %"


@dataclass(frozen=True)
class ReadOptions:
    """What the command line says about reading."""

    inputs: tuple[str, ...] = ()
    source: str | None = None
    timezone_of_input: str | None = None
    agents: tuple[str, ...] = ()
    date_order: str | None = None
    encoding: str | None = None
    max_rejects: MaxRejects = field(default_factory=MaxRejects)

    def people(self, settings: Settings) -> People:
        """Who is an agent and who a bot; the command line goes before the configuration."""
        return People(self.agents or settings.agents.names, settings.agents.bots)


@dataclass(frozen=True)
class Intake:
    """Where the rows of one input went; rows = events + the rest, always."""

    path: str
    source: str
    rows: int
    events: int
    skipped: dict[str, int]
    rejected: int
    duplicates: int = 0
    superseded: int = 0

    def check(self) -> None:
        """A row that got lost is a bug of ours, never the user's."""
        spent = sum(self.skipped.values()) + self.rejected + self.duplicates + self.superseded
        assert self.rows == self.events + spent, f"rows of {self.path} are not conserved"


class RejectedError(InputError):
    """Too much of an input was rejected; `rejects` are the rows, for whoever wants to list them."""

    def __init__(self, message: str, rejects: Sequence[Reject], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.rejects = tuple(rejects)


@dataclass(frozen=True)
class EventLog:
    """The events of a run with what is known about them.

    `frame` has the column `source` (Enum of names) and the columns asked for, compact: `expanded`
    gives them in full. `facts` are by source name. `anomalies` are those that are
    counted while reading, every kind named.
    """

    frame: pl.DataFrame
    facts: list[SourceFacts]
    intakes: tuple[Intake, ...]
    rejects: tuple[Reject, ...]
    anomalies: dict[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """The rows of one input, typed: its events, their source facts, and how to read them again."""

    frame: pl.DataFrame
    facts: list[SourceFacts]
    intake: Intake
    rejects: tuple[Reject, ...]
    anomalies: Mapping[str, int]
    notes: tuple[str, ...]
    reread: Callable[[Sequence[str]], pl.DataFrame]


def read_log(options: ReadOptions, settings: Settings, columns: Iterable[str]) -> EventLog:
    """Read every input and give their events, with the columns asked for.

    Raises UsageError without inputs and InputError for an input that cannot be read, that is of
    no known source, that holds no event, or of which too many rows were rejected.
    """
    files = _exports(options, settings)
    people = read_people(settings.customers)
    asked = _ordered(columns)
    wanted = _ordered(["event_key", *asked, *_identities(settings)])
    if len(files) > 1:
        wanted += ROW_HASHES
    parts = [_read_part(file, options, settings, wanted) for file in files]
    facts = merge_facts(one for part in parts for one in part.facts)
    frame = _together([part.frame for part in parts], facts)
    if _has_versions(frame):
        every = _ordered([*wanted, *TYPES])
        frames = [expanded(part.reread(every)).collect() for part in parts]
        frame = _together(frames, facts)
        frame = frame.with_columns(fate=_version_fates(frame))
    if len(files) > 1:
        frame = frame.with_columns(fate=_repeat_fates(frame))
    intakes = _intakes(frame, [part.intake for part in parts])
    if "fate" in frame.columns:
        frame = frame.filter(pl.col("fate") == _KEPT)
    frame = with_one_name(frame, settings.agents)
    notes = [note for part in parts for note in part.notes]
    if people is not None:
        frame, said = with_customers(frame, people)
        notes += said
    return EventLog(
        frame=_without_empty(frame.drop(*_HELPERS, *_unwanted(frame, asked), strict=False)),
        facts=facts,
        intakes=tuple(intakes),
        rejects=tuple(reject for part in parts for reject in part.rejects),
        anomalies={kind: sum(part.anomalies.get(kind, 0) for part in parts) for kind in COUNTED},
        notes=tuple(notes),
    )


def _exports(options: ReadOptions, settings: Settings) -> list[InputFile]:
    """The inputs; the customers file is none, though it may lie in a folder of them."""
    files = find_inputs(options.inputs, settings.inputs, options.encoding)
    if settings.customers.file is None:
        return files
    customers = Path(settings.customers.file).resolve()
    exports = [file for file in files if file.path is None or file.path.resolve() != customers]
    return exports or files


def _identities(settings: Settings) -> list[str]:
    """The ids that must be read as texts, for others may be put in their place."""
    customers = ["customer_id"] if settings.customers.file is not None else []
    return [*customers, *(["agent_id"] if settings.agents.same else [])]


def _ordered(columns: Iterable[str]) -> list[str]:
    """Columns once each; `source` is not asked for, it is always there."""
    return [name for name in dict.fromkeys(columns) if name != "source"]


_KEPT, _DUPLICATE, _SUPERSEDED = range(3)
_HELPERS: Final = ("event_key", "input", "fate", *ROW_HASHES)


def _unwanted(frame: pl.DataFrame, wanted: Sequence[str]) -> list[str]:
    """The event columns that were read only to tell versions, or who is who."""
    return [name for name in TYPES if name in frame.columns and name not in ("source", *wanted)]


def _without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without columns that hold nothing: absent is unknown, and costs nothing."""
    empty = [
        column.name
        for column in frame.get_columns()
        if column.null_count() == frame.height or (column.dtype == pl.Boolean and not column.any())
    ]
    return frame.drop([name for name in empty if name not in _ALWAYS_THERE])


_ALWAYS_THERE: Final = ("source", "at", "channel")


def _together(frames: Sequence[pl.DataFrame], facts: Sequence[SourceFacts]) -> pl.DataFrame:
    """The parts as one frame, in the order of the inputs, with the number of each input."""
    names = pl.Enum([one.name for one in facts])
    if len(frames) > 1:
        frames = [expanded(frame).collect() for frame in frames]
    numbered = [
        frame.with_columns(pl.col("source").cast(names), input=pl.lit(position, dtype=pl.UInt32))
        for position, frame in enumerate(frames)
    ]
    if len(numbered) == 1:
        return numbered[0]
    frame = pl.concat(numbered, how="diagonal")
    # What maps no kind is an interaction, also beside stored events, which say so.
    return frame.with_columns(pl.col("^kind$").fill_null("interaction"))


def _has_versions(frame: pl.DataFrame) -> bool:
    """Whether any event id occurs twice."""
    if "event_key" not in frame.columns:
        return False
    keys = frame["event_key"].drop_nulls()
    return keys.n_unique() < len(keys)


def _version_fates(frame: pl.DataFrame) -> pl.Series:
    """Which rows are the latest version of their event, which repeat it, which are older.

    The latest has the greatest `updated_at`, then the newest time, then the greatest content, so
    that the order of rows never matters.
    """
    content = [name for name in TYPES if name in frame.columns and name != "source"]
    times = [name for name in (*TIMES, "at") if name in content]
    updated = ["updated_at"] if "updated_at" in content else []
    versions = (
        frame.lazy()
        .with_row_index("position")
        .filter(pl.col("event_key").is_not_null() & (pl.len().over("event_key") > 1))
        .with_columns(newest=pl.max_horizontal(times))
        .sort("event_key", *updated, "newest", *content, "input", nulls_last=False)
        .with_columns(
            last=pl.col("event_key").ne_missing(pl.col("event_key").shift(-1)),
            repeated=pl.all_horizontal(
                pl.col(name).eq_missing(pl.col(name).shift(-1)) for name in content
            ),
        )
        .select(
            "position",
            fate=pl.when("last")
            .then(pl.lit(_KEPT, dtype=pl.UInt8))
            .when("repeated")
            .then(pl.lit(_DUPLICATE, dtype=pl.UInt8))
            .otherwise(pl.lit(_SUPERSEDED, dtype=pl.UInt8)),
        )
        .collect()
    )
    fates = pl.repeat(_KEPT, frame.height, dtype=pl.UInt8, eager=True)
    return fates.scatter(versions["position"], versions["fate"])


def _repeat_fates(frame: pl.DataFrame) -> pl.Series:
    """Rows without an event id that repeat a row of an earlier input, the n-th copy the n-th."""
    fate = pl.col("fate") if "fate" in frame.columns else pl.lit(_KEPT, dtype=pl.UInt8)
    copies = frame.select(
        *ROW_HASHES, copy=pl.int_range(pl.len()).over("input", *ROW_HASHES), source="source"
    )
    first = copies.select(pl.struct("source", *ROW_HASHES, "copy").is_first_distinct()).to_series()
    nameless = pl.col("event_key").is_null() if "event_key" in frame.columns else pl.lit(value=True)
    repeats = nameless & first.not_()
    return frame.select(
        pl.when(repeats).then(pl.lit(_DUPLICATE, dtype=pl.UInt8)).otherwise(fate)
    ).to_series()


def _intakes(frame: pl.DataFrame, before: Sequence[Intake]) -> Iterable[Intake]:
    """What became of the rows of every input, duplicates and older versions taken off."""
    lost: dict[tuple[int, int], int] = {}
    if "fate" in frame.columns:
        counts = frame.group_by("input", "fate").len()
        lost = {(position, fate): count for position, fate, count in counts.rows()}
    for position, intake in enumerate(before):
        duplicates = lost.get((position, _DUPLICATE), 0)
        superseded = lost.get((position, _SUPERSEDED), 0)
        result = replace(
            intake,
            events=intake.events - duplicates - superseded,
            duplicates=duplicates,
            superseded=superseded,
        )
        result.check()
        yield result


def _read_part(
    file: InputFile, options: ReadOptions, settings: Settings, columns: Sequence[str]
) -> _Part:
    stored = open_stored(file)
    if stored is not None:
        return _stored_part(file, stored, columns)
    named = options.source or file.source
    source = find_source(named) if named else recognise(file, built_in_sources()).source
    source = with_questions(source, settings.surveys.questions)
    if source.refused is not None:
        raise InputError(f"{file.name}: {source.title}: {source.refused}")
    timezone = options.timezone_of_input or source.time.timezone or settings.timezone
    stated = bool(options.timezone_of_input or source.time.timezone)
    given = Given(timezone, options.people(settings), options.date_order)
    reading = _Reading(file, source, given, columns)
    intake = Intake(
        path=file.name,
        source=source.name,
        rows=reading.rows,
        events=reading.count(EVENT),
        skipped=reading.skipped,
        rejected=reading.count(REJECTED) + len(reading.table.ragged),
    )
    rejects = reading.rejects() if intake.rejected else ()
    _check_intake(intake, rejects, options.max_rejects, reading.plan)
    frame = reading.events(reading.frame)
    notes = [*reading.table.notes, *reading.plan.notes]
    if reading.plan.assumes_zone and not stated:
        notes.append(f"{file.name} states no time zone; its times were read as {timezone}")
    if source.path.parent != FOLDER:
        notes += [
            f"{file.name} has no column {', '.join(absent)}: {source.name} leaves {name} empty"
            for name, absent in reading.plan.absent.items()
        ]
    return _Part(
        frame=frame,
        facts=[_facts(source, reading.plan)],
        intake=intake,
        rejects=tuple(rejects),
        anomalies=reading.anomalies,
        notes=tuple(notes),
        reread=reading.reread,
    )


class _Reading:
    """One input read through its mapping: quickly, and again thoroughly where that fell short."""

    def __init__(
        self,
        file: InputFile,
        source: Source,
        given: Given,
        columns: Sequence[str],
    ) -> None:
        self.source = source
        self.given = given
        self.table = open_table(file, layout_of(file, source))
        self.thorough = False
        self.plan = self._plan()
        self.frame = self._collect(columns)
        if self.count(REJECTED) or self._is_surprised:
            self.thorough = True
            if self.table.texts_for_null:
                self.table = self.table.carefully()
            self.plan = self._plan()
            self.frame = self._run(columns)
        self.rows = self.frame.height + len(self.table.ragged) + sum(self.table.left_out.values())

    def _plan(self) -> Plan:
        return plan_mapping(self.source, self.table, self.given, thorough=self.thorough)

    @property
    def _is_surprised(self) -> bool:
        return SURPRISE in self.frame.columns and bool(self.frame[SURPRISE].any())

    def _collect(self, columns: Sequence[str]) -> pl.DataFrame:
        """Run the plan; fall back to the exact reader where polars fails or skips over faults."""
        try:
            frame = self._run(columns)
            irregular = self._is_irregular(frame)
        except InputError:
            if self.table.guard is None:
                raise
            irregular = True
        if not irregular:
            return frame
        self.table = self.table.carefully()
        self.plan = self._plan()
        return self._run(columns)

    def _is_irregular(self, frame: pl.DataFrame) -> bool:
        """Whether rows are too long, too short or blank, as far as polars lets it be seen."""
        if GUARD not in frame.columns:
            return False
        guard_nulls = int(frame[GUARD].sum())
        return bool(frame[TOO_WIDE].any()) or self.table.has_irregular_rows(
            frame.height, guard_nulls
        )

    def _run(self, columns: Sequence[str]) -> pl.DataFrame:
        asked = [*columns, *COUNTED]
        return self.table.collect(self.plan.rows(asked))

    def reread(self, columns: Sequence[str]) -> pl.DataFrame:
        """The events again, with other columns."""
        return self.events(self._run(columns))

    def events(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are events, with their source and without what accounting needed."""
        if self.count(EVENT) < rows.height:
            rows = rows.filter(pl.col(STATUS) == EVENT)
        plain = rows.drop(STATUS, *COUNTED, GUARD, TOO_WIDE, SURPRISE, strict=False)
        return plain.with_columns(source=pl.lit(self.source.name))

    @property
    def anomalies(self) -> dict[str, int]:
        """How many values of the events say nothing, or two things, by kind."""
        first = self.frame.head(1)
        return {kind: int(first[kind].sum()) for kind in COUNTED if kind in first.columns}

    def count(self, status: int) -> int:
        """How many rows have a status."""
        return int((self.frame[STATUS] == status).sum())

    @property
    def skipped(self) -> dict[str, int]:
        """How many rows each skip rule took, rules that took none left out."""
        counts = {
            reason: self.count(code)
            for code, reason in enumerate(self.source.file.skip_where, start=FIRST_SKIP)
        }
        return added(self.table.left_out, counts)

    def rejects(self) -> list[Reject]:
        """Every rejected row with its place, value and reason, in the order of the file."""
        found = self.table.collect(self.plan.rejected_rows())
        lines = self.table.lines_of(found["row"].to_list())
        file = self.table.file.name
        rejects = [
            Reject(file, lines[row], self.table.number_of(row), column, value, reason)
            for row, column, value, reason in found.sort("row").rows()
        ]
        return sorted([*rejects, *self.table.ragged], key=lambda one: (one.line or 0, one.row or 0))


def added(*counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of rows by reason together, reasons without any left out."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return {reason: count for reason, count in total.items() if count}


def _facts(source: Source, plan: Plan) -> SourceFacts:
    csat = source.fields.get("csat")
    constant = {"channel"} if source.channel else set()
    return SourceFacts(
        name=source.name,
        grain=source.grain,
        id_space=source.id_space,
        fields=plan.known | constant,
        session_gap_ms=source.session.gap_ms if "conversation_id" not in plan.known else None,
        csat_scale=csat.scale if csat else None,
        event_id_mapped="event_id" in plan.known,
    )


def _stored_part(file: InputFile, stored: StoredEvents, columns: Sequence[str]) -> _Part:
    def reread(names: Sequence[str]) -> pl.DataFrame:
        return stored.rows(names).collect()

    frame = reread(columns)
    if frame.is_empty():
        raise InputError(f"{file.name}: this table of events has no rows")
    sources = ", ".join(one.name for one in stored.facts)
    return _Part(
        frame=frame,
        facts=stored.facts,
        intake=Intake(file.name, sources, frame.height, frame.height, {}, 0),
        rejects=(),
        anomalies=stored.anomalies,
        notes=(),
        reread=reread,
    )


def _check_intake(intake: Intake, rejects: Sequence[Reject], limit: MaxRejects, plan: Plan) -> None:
    """Refuse an input that gives too little.

    Raises InputError when too many rows were rejected, or when no row became an event.
    """
    if rejects and not (limit.allows(intake.rejected, intake.rows) and intake.events):
        first = rejects[0]
        raise RejectedError(
            f"{first.place}: {first.message}",
            rejects,
            hint=f"{intake.rejected:,} of {intake.rows:,} rows of {intake.path} were rejected, "
            f"more than {limit} may be; --rejects FILE lists them, --max-rejects N% lets more pass",
        )
    if not intake.rows:
        raise InputError(f"{intake.path}: the file has a header and no rows")
    if not intake.events:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in intake.skipped.items())
        raise InputError(
            f"{intake.path}: no row is an event; skipped: {reasons}", hint=_unknown_question(plan)
        )


def _unknown_question(plan: Plan) -> str | None:
    """What to do where a survey's answers stand under questions that are not known."""
    asks = set(RATINGS).issubset(plan.source.fields)
    if not asks or plan.known.intersection(RATINGS):
        return None
    columns = ", ".join(f'"{name}"' for name in plan.table.columns)
    return (
        f"name the question in the configuration: [surveys] csat = ...; the columns are {columns}"
    )


def event_table(log: EventLog) -> pl.DataFrame:
    """The log as the contract describes it: every event column, times with their zone, UTC."""
    frame = expanded(log.frame)
    have = set(frame.collect_schema())
    columns = []
    for name in TYPES:
        kind = polars_type(name)
        if name in have:
            column = pl.col(name)
        else:
            column = pl.lit("interaction" if name == "kind" else None, dtype=kind)
        if isinstance(kind, pl.Datetime):
            column = column.dt.replace_time_zone("UTC")
        columns.append((column.cast(pl.String) if name == "source" else column).alias(name))
    if LINKED in have:
        columns.append(pl.col(LINKED).fill_null(value=False))
    return frame.select(columns).collect()
