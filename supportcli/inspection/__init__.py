"""What an input is and how it was understood, as a value: nothing is printed here.

Where a report fails because it would mislead (an unknown format, a tie, too many rejects, no
event), an inspection tells what there is to tell, and the reason as its `problem`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from supportcli.errors import InputError, SupportkpiError, UsageError
from supportcli.inspection.lacks import lacks_of
from supportcli.inspection.mapped import understood
from supportcli.inspection.model import FieldFacts, FileFacts, Inspection, Nearest, Spent, Zone
from supportcli.inspection.shape import (
    Choice,
    choose,
    file_facts,
    head_columns,
    opened,
    samples_of,
)
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources.mapping import Given
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FOLDER
from supportcli.sources.starter import start_mapping
from supportcli.sources.stored import StoredEvents, open_stored


def inspect_input(file: InputFile, options: ReadOptions, settings: Settings) -> Inspection:
    """What one input is and how a report would read it.

    Raises InputError when nothing can be read of it (no such file, empty, no format of ours), and
    UsageError or ConfigurationError when the source that was named is none.
    """
    stored = open_stored(file)
    if stored is not None:
        return _inspect_stored(file, stored)
    choice = choose(file, options, settings)
    try:
        profile = opened(file, choice)
    except InputError as error:
        return _head_only(file, choice, error)
    table, source = profile.table, choice.source
    facts = file_facts(file, choice, len(table.columns), profile)
    result = replace(_introduced(facts, choice), notes=table.notes, unused=profile.columns)
    if source is None:
        return result
    if source.refused is not None:
        return replace(result, problem=f"refused: {' '.join(source.refused.split())}")
    try:
        return understood(result, source, profile, options, settings)
    except SupportkpiError as error:
        return _troubled(result, error)


def mapping_started(file: InputFile, options: ReadOptions, settings: Settings, path: Path) -> str:
    """The text of a starting mapping for an input, to be written to a path.

    Raises InputError when the input cannot be read, or cannot be mapped, and UsageError where it
    needs no mapping, or one of one's own is named already.
    """
    if open_stored(file) is not None:
        raise UsageError(f"--write-source: {file.name} holds events, which need no mapping")
    choice = choose(file, options, settings)
    source = choice.source
    if source is not None and source.path.parent != FOLDER:
        raise UsageError(f"--write-source: there is a mapping already, {source.path}")
    if source is not None and source.refused is not None:
        raise InputError(f"{file.name}: {source.title}: {source.refused}")
    zone = options.timezone_of_input
    given = Given(
        zone or settings.timezone,
        settings.currency,
        options.people(settings),
        options.date_order or "dmy",
    )
    return start_mapping(opened(file, choice).table, path, source, given, zone)


def _introduced(facts: FileFacts, choice: Choice) -> Inspection:
    """What is known before the mapping: the shape of the file and its source."""
    return Inspection(
        file=facts,
        source=choice.source.name if choice.source else None,
        title=choice.source.title if choice.source else "",
        chosen_by=choice.chosen_by,
        nearest=tuple(Nearest(one.source.name, one.missing) for one in choice.near),
        problem=choice.problem,
        hint=choice.hint,
    )


def _troubled(result: Inspection, error: SupportkpiError) -> Inspection:
    """The inspection with what went wrong; the name of the file is not said again."""
    message = error.message.removeprefix(f"{result.file.name}: ")
    return replace(result, problem=message, hint=error.hint)


def _head_only(file: InputFile, choice: Choice, error: InputError) -> Inspection:
    """What the first rows tell of a file that cannot be read to its end.

    Raises the error again where there are not even first rows.
    """
    columns = head_columns(file, choice.spec(file))
    if not columns:
        raise error
    facts = file_facts(file, choice, len(columns), None)
    return _troubled(replace(_introduced(facts, choice), unused=columns), error)


def _inspect_stored(file: InputFile, stored: StoredEvents) -> Inspection:
    """A table of events that an earlier run wrote: nothing is mapped, much may be missing."""
    frame = stored.rows(TYPES).select(name for name in TYPES if name != "source")
    counts = frame.select(pl.len().alias("source"), pl.all().count()).collect().row(0, named=True)
    firsts = frame.select(pl.all().drop_nulls().head(100).implode()).collect().row(0, named=True)
    rows = int(counts["source"])
    known = {name for one in stored.facts for name in one.fields}
    kinds = frame.select(pl.col("kind").cast(pl.String).unique().drop_nulls()).collect()["kind"]
    grain = "event" if any(one.grain == "event" for one in stored.facts) else "conversation"
    return Inspection(
        file=FileFacts(file.name, "parquet" if file.store is None else "store", len(TYPES), rows),
        source=", ".join(one.name for one in stored.facts),
        title="a table of events that supportkpi wrote",
        chosen_by="stated in the file",
        fields=tuple(
            FieldFacts(name, name, rows, count, count, count, samples_of(firsts[name]))
            for name in firsts
            if (count := counts[name])
        ),
        zones=(Zone("UTC", "stated in the file"),),
        spent=Spent(rows, {}, 0),
        lacks=lacks_of(grain, known, kinds),
    )
