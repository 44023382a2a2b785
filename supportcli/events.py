"""Inputs to one log of events: every row accounted for, every event in its latest version.

The log holds only the columns that were asked for, and ids as 64-bit hashes (`conversation_key`,
`customer_key`), for that is what a report groups by; the hashes are never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from supportcli.agents import with_one_name
from supportcli.columns import polars_type
from supportcli.facts import SourceFacts, merge_facts
from supportcli.intake import Intake, Outline, Part, ReadOptions, read_part, step_of
from supportcli.schema import LINKED, TIMES, TYPES
from supportcli.settings import Settings
from supportcli.sources.files import Inputs, check_outputs, find_inputs
from supportcli.sources.keys import ROW_HASHES
from supportcli.sources.plan import (
    COUNTED,
    expanded,
)
from supportcli.sources.read import Reject
from supportcli.store.recent import Extent
from supportcli.words import Name, phrase

if TYPE_CHECKING:
    from supportcli.customers import People
from supportcli.sources.sniff import InputFile


@dataclass(frozen=True)
class EventLog:
    """The events of a run with what is known about them.

    `frame` has the column `source` (Enum of names) and the columns asked for, compact: `expanded`
    gives them in full. `facts` are by source name. `anomalies` are those that are counted while
    reading, every kind named. `outlines` are those of the exports among the inputs; `extent` is
    what a store holds beyond the events, None where all were read.
    """

    frame: pl.DataFrame
    facts: list[SourceFacts]
    intakes: tuple[Intake, ...]
    rejects: tuple[Reject, ...]
    anomalies: dict[str, int]
    notes: tuple[str, ...]
    outlines: tuple[Outline, ...] = ()
    extent: Extent | None = None


def read_log(options: ReadOptions, settings: Settings, columns: Iterable[str]) -> EventLog:
    """Read every input and give their events, with the columns asked for.

    Raises UsageError without inputs, or where one would be overwritten, and InputError for an
    input that cannot be read, that is of no known source, that holds no event, or of which too
    many rows were rejected.
    """
    inputs = input_files(options, settings)
    log = read_files(inputs.files, options, settings, columns)
    return replace(log, notes=(*inputs.notes, *log.notes))


def read_files(
    files: Sequence[InputFile], options: ReadOptions, settings: Settings, columns: Iterable[str]
) -> EventLog:
    """Read these inputs and give their events, as `read_log` does."""
    people = _people(settings)
    asked = _ordered(columns)
    # A store holds every event once, in its latest version.
    versions = [] if all(file.store is not None for file in files) else ["event_key"]
    wanted = _ordered([*versions, *asked, *_identities(settings)])
    if len(files) > 1:
        wanted += ROW_HASHES
    parts = list(_parts(files, options, settings, wanted))
    facts = merge_facts(one for part in parts for one in part.facts)
    frame = _together([part.frame for part in parts], facts)
    if _has_versions(frame):
        every = _ordered([*wanted, *TYPES])
        frames = [expanded(part.reread(every)).collect() for part in parts]
        frame = _together(frames, facts)
        frame = frame.with_columns(fate=version_fates(frame))
    if len(files) > 1:
        frame = frame.with_columns(fate=_repeat_fates(frame))
    intakes = _intakes(frame, [part.intake for part in parts])
    if "fate" in frame.columns:
        frame = frame.filter(pl.col("fate") == KEPT)
    frame = with_one_name(frame, settings.agents)
    notes = [note for part in parts for note in part.notes]
    notes += _in_two_forms(frame, parts)
    if people is not None:
        from supportcli.customers import with_customers

        frame, said = with_customers(frame, people)
        notes += said
    return EventLog(
        frame=_without_empty(frame.drop(*_HELPERS, *_unwanted(frame, asked), strict=False)),
        facts=facts,
        intakes=tuple(intakes),
        rejects=tuple(reject for part in parts for reject in part.rejects),
        anomalies={kind: sum(part.anomalies.get(kind, 0) for part in parts) for kind in COUNTED},
        notes=tuple(notes),
        outlines=tuple(part.outline for part in parts if part.outline is not None),
        extent=parts[0].extent,  # a store is read alone
    )


def _parts(
    files: Sequence[InputFile], options: ReadOptions, settings: Settings, columns: Sequence[str]
) -> Iterator[Part]:
    """The inputs, read one after the other; after the last one there is only counting to do."""
    for number, file in enumerate(files, start=1):
        options.on_step(step_of(file, number, len(files)))
        yield read_part(file, options, settings, columns)
    options.on_step("counting")


def _people(settings: Settings) -> People | None:
    """The customers of the configuration's file; None where it names none."""
    if settings.customers.file is None:
        return None
    from supportcli.customers import read_people

    return read_people(settings.customers.file, settings.customers.region)


def input_files(options: ReadOptions, settings: Settings) -> Inputs:
    """The inputs; the customers file is none, though it may lie in a folder of them.

    Raises UsageError without inputs, or where one would be overwritten.
    """
    options.on_step("looking for inputs")
    found = find_inputs(options.inputs, settings.inputs, options.encoding, settings.store.options)
    paths = [file.path for file in found.files if file.path is not None]
    if settings.customers.file is None:
        check_outputs(options.outputs, paths)
        return found
    customers = Path(settings.customers.file).resolve()
    check_outputs(options.outputs, [*paths, customers])
    exports = [
        file for file in found.files if file.path is None or file.path.resolve() != customers
    ]
    return replace(found, files=exports or found.files)


def _identities(settings: Settings) -> list[str]:
    """The ids that must be read as texts, for others may be put in their place."""
    customers = ["customer_id"] if settings.customers.file is not None else []
    return [*customers, *(["agent_id"] if settings.agents.same else [])]


def _ordered(columns: Iterable[str]) -> list[str]:
    """Columns once each; `source` is not asked for, it is always there."""
    return [name for name in dict.fromkeys(columns) if name != "source"]


KEPT, DUPLICATE, SUPERSEDED = range(3)
"""What becomes of a row that others are versions or copies of."""

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
    frame = pl.concat(numbered, how="diagonal") if len(numbered) > 1 else numbered[0]
    if "kind" in frame.columns and frame["kind"].null_count() < frame.height:
        # What maps no kind is an interaction, beside others too. A column without any kind stays
        # empty and is left out: filled, it would cost a report of a store a third of its memory.
        frame = frame.with_columns(pl.col("kind").fill_null("interaction"))
    return frame


def _has_versions(frame: pl.DataFrame) -> bool:
    """Whether any event id occurs twice."""
    if "event_key" not in frame.columns:
        return False
    keys = frame["event_key"].drop_nulls()
    return keys.n_unique() < len(keys)


def version_fates(frame: pl.DataFrame) -> pl.Series:
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
            .then(pl.lit(KEPT, dtype=pl.UInt8))
            .when("repeated")
            .then(pl.lit(DUPLICATE, dtype=pl.UInt8))
            .otherwise(pl.lit(SUPERSEDED, dtype=pl.UInt8)),
        )
        .collect()
    )
    fates = pl.repeat(KEPT, frame.height, dtype=pl.UInt8, eager=True)
    return fates.scatter(versions["position"], versions["fate"])


def _repeat_fates(frame: pl.DataFrame) -> pl.Series:
    """Rows without an event id that repeat a row of an earlier input, the n-th copy the n-th."""
    fate = pl.col("fate") if "fate" in frame.columns else pl.lit(KEPT, dtype=pl.UInt8)
    copies = frame.select(
        *ROW_HASHES, copy=pl.int_range(pl.len()).over("input", *ROW_HASHES), source="source"
    )
    first = copies.select(pl.struct("source", *ROW_HASHES, "copy").is_first_distinct()).to_series()
    nameless = pl.col("event_key").is_null() if "event_key" in frame.columns else pl.lit(value=True)
    repeats = nameless & first.not_()
    return frame.select(
        pl.when(repeats).then(pl.lit(DUPLICATE, dtype=pl.UInt8)).otherwise(fate)
    ).to_series()


def _in_two_forms(frame: pl.DataFrame, parts: Sequence[Part]) -> Iterator[str]:
    """A note for every two inputs of which it cannot be seen whether they hold the same events.

    An event without an id is known by the cells of its row: those of a table of events are others
    than those of the export that it was made of.
    """
    tables = {number for number, part in enumerate(parts) if part.outline is None}
    if not tables or len(tables) == len(parts):
        return
    if "event_key" in frame.columns:
        frame = frame.filter(pl.col("event_key").is_null())
    spans = (
        frame.group_by(pl.col("source").cast(pl.String), "input")
        .agg(pl.col("at").min().alias("first"), pl.col("at").max().alias("last"))
        .sort("source", "input")
        .rows()
    )
    for (source, table, begins, ends), (other, export, first, last) in product(spans, spans):
        meet = source == other and begins <= last and first <= ends
        if meet and table in tables and export not in tables:
            yield phrase(
                "{table} and {export} both hold events of {source} without ids, of the same time: "
                "what is in both counts twice",
                table=Name(parts[table].intake.path),
                export=Name(parts[export].intake.path),
                source=Name(source),
            )


def _intakes(frame: pl.DataFrame, before: Sequence[Intake]) -> Iterable[Intake]:
    """What became of the rows of every input, duplicates and older versions taken off."""
    lost: dict[tuple[int, int], int] = {}
    if "fate" in frame.columns:
        counts = frame.group_by("input", "fate").len()
        lost = {(position, fate): count for position, fate, count in counts.rows()}
    for position, intake in enumerate(before):
        duplicates = lost.get((position, DUPLICATE), 0)
        superseded = lost.get((position, SUPERSEDED), 0)
        result = replace(
            intake,
            events=intake.events - duplicates - superseded,
            duplicates=duplicates,
            superseded=superseded,
        )
        result.check()
        yield result


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
