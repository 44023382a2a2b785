"""One input to its events: recognised, mapped, every row accounted for, rejects listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import polars as pl

from supportcli.errors import InputError
from supportcli.facts import SourceFacts
from supportcli.schema import RATINGS
from supportcli.settings import Settings
from supportcli.sources.likely import likely_sources
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
    texts_column,
)
from supportcli.sources.read import Reject, open_table
from supportcli.sources.recognise import candidates, layout_of, recognise, winners
from supportcli.sources.roles import People
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import (
    CHAT_FORMATS,
    FOLDER,
    Source,
    built_in_sources,
    find_source,
    with_questions,
)
from supportcli.sources.stored import StoredEvents, open_stored
from supportcli.store.place import reaching
from supportcli.store.recent import Extent, Reach
from supportcli.words import Name, phrase


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


OnStep = Callable[[str], None]
"""What is told of every step of the work, before it begins."""


def step_of(file: InputFile, number: int, count: int) -> str:
    """What the reading of an input is called, one of so many."""
    return f"reading {Path(file.name).name} ({number:,} of {count:,})"


@dataclass(frozen=True)
class ReadOptions:
    """What the command line says about reading.

    `outputs` are the files that the run will write: none of them may be an input. `reach` is how
    far back a store is read, None for all of it. `on_step` hears what is being read.
    """

    inputs: tuple[str, ...] = ()
    source: str | None = None
    timezone_of_input: str | None = None
    agents: tuple[str, ...] = ()
    date_order: str | None = None
    encoding: str | None = None
    max_rejects: MaxRejects = field(default_factory=MaxRejects)
    outputs: tuple[Path, ...] = ()
    reach: Reach | None = None
    on_step: OnStep = field(default=lambda _: None, compare=False)

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
class Enumerated:
    """The texts that occur in an export where its mapping enumerates them: field, column, texts."""

    field: str
    column: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """What an export looks like: the names of its columns, and the texts where they are enumerated.

    `columns` are none where the file does not name them. They are `optional` where rows leave some
    out, as the keys of JSON. `used` are those that the mapping reads. `enumerated` is empty unless
    it was asked for.
    """

    columns: tuple[str, ...]
    optional: bool = False
    used: frozenset[str] = frozenset()
    enumerated: tuple[Enumerated, ...] = ()


@dataclass(frozen=True)
class Part:
    """The rows of one input, typed: its events, their source facts, and how to read them again.

    `outline` is that of an export; a table of events has none.
    `extent` is what a store holds beyond the rows, None where all of it was read.
    """

    frame: pl.DataFrame
    facts: list[SourceFacts]
    intake: Intake
    rejects: tuple[Reject, ...]
    anomalies: Mapping[str, int]
    notes: tuple[str, ...]
    outline: Outline | None
    extent: Extent | None
    reread: Callable[[Sequence[str]], pl.DataFrame]


def recognised(file: InputFile) -> Source:
    """The built-in source of an input.

    Raises InputError when none fits, or when two fit alike.
    """
    found = winners(candidates(file, likely_sources(file)))
    if len(found) == 1:
        return found[0].source
    # The error names both, or the nearest of all.
    return recognise(file, built_in_sources()).source


def read_part(
    file: InputFile, options: ReadOptions, settings: Settings, columns: Sequence[str]
) -> Part:
    """The events of one input, and what became of every row of it.

    Raises InputError for an input that cannot be read, that is of no known source, that holds no
    event, or of which too many rows were rejected.
    """
    stored = open_stored(file, options.reach)
    if stored is not None:
        return _stored_part(file, stored, columns)
    named = options.source or file.source
    source = find_source(named) if named else recognised(file)
    source = with_questions(source, settings.surveys.questions)
    if source.refused is not None:
        raise InputError(f"{file.name}: {source.title}: {source.refused}")
    timezone = options.timezone_of_input or source.time.timezone or settings.timezone
    stated = bool(options.timezone_of_input or source.time.timezone)
    given = Given(timezone, settings.currency, options.people(settings), options.date_order)
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
        notes.append(
            phrase(
                "{file} states no time zone; its times were read as {timezone}",
                file=Name(file.name), timezone=Name(timezone),
            )
        )  # fmt: skip
    if source.path.parent != FOLDER:
        notes += [
            phrase(
                "{file} has no column {columns}: {source} leaves {name} empty",
                file=Name(file.name),
                columns=Name(", ".join(absent)),
                source=Name(source.name),
                name=Name(name),
            )
            for name, absent in reading.plan.absent.items()
            if name in source.own
        ]
    return Part(
        frame=frame,
        facts=[_facts(source, reading.plan)],
        intake=intake,
        rejects=tuple(rejects),
        anomalies=reading.anomalies,
        notes=tuple(notes),
        outline=reading.outline,
        extent=None,
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
        # A row without anything has no time, and is no event.
        may_be_blank = bool((frame[STATUS] != EVENT).any())
        return bool(frame[TOO_WIDE].any()) or self.table.has_irregular_rows(
            frame.height, guard_nulls, may_be_blank=may_be_blank
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
        texts = map(texts_column, self.plan.enumerated)
        plain = rows.drop(STATUS, *COUNTED, GUARD, TOO_WIDE, SURPRISE, *texts, strict=False)
        return plain.with_columns(source=pl.lit(self.source.name))

    @property
    def anomalies(self) -> dict[str, int]:
        """How many values of the events say nothing, or two things, by kind."""
        first = self.frame.head(1)
        return {kind: int(first[kind].sum()) for kind in COUNTED if kind in first.columns}

    @property
    def outline(self) -> Outline:
        """What the export looks like."""
        form = self.table.spec.format or self.table.file.format
        is_named = self.table.spec.header and form not in CHAT_FORMATS
        first = self.frame.head(1)
        return Outline(
            columns=self.table.columns if is_named else (),
            optional=form in ("json", "ndjson"),
            used=frozenset(chain.from_iterable(self.plan.uses.values())),
            enumerated=tuple(
                Enumerated(name, self.plan.column_of(name), tuple(first[column].item()))
                for name in self.plan.enumerated
                if (column := texts_column(name)) in first.columns
            ),
        )

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
    scales = {name: field.scale for name, field in source.fields.items()}
    constant = {"channel"} if source.channel else set()
    return SourceFacts(
        name=source.name,
        grain=source.grain,
        id_space=source.id_space,
        fields=plan.known | constant,
        session_gap_ms=source.session.gap_ms if "conversation_id" not in plan.known else None,
        csat_scale=scales.get("csat"),
        ces_scale=scales.get("ces"),
        event_id_mapped="event_id" in plan.known,
    )


def _stored_part(file: InputFile, stored: StoredEvents, columns: Sequence[str]) -> Part:
    def reread(names: Sequence[str]) -> pl.DataFrame:
        rows = stored.rows(names)
        if file.store is None:
            return rows.collect()
        with reaching(file.store, "read"):
            return rows.collect()

    frame = reread(columns)
    if frame.is_empty():
        raise InputError(f"{file.name}: this table of events has no rows")
    sources = ", ".join(one.name for one in stored.facts)
    return Part(
        frame=frame,
        facts=stored.facts,
        intake=Intake(file.name, sources, frame.height, frame.height, {}, 0),
        rejects=(),
        anomalies=stored.anomalies,
        notes=(),
        outline=None,
        extent=stored.extent,
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
