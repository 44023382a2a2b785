"""New exports into a store, once each: every input is one commit, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from supportcli.errors import UsageError
from supportcli.events import EventLog, input_files, read_files
from supportcli.facts import SourceFacts, merge_facts
from supportcli.intake import Intake, ReadOptions
from supportcli.schema import LINKED, TYPES
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID
from supportcli.sources.plan import ENUMERATED
from supportcli.store.drift import (
    FORM,
    Change,
    DriftError,
    Known,
    changes_in,
    form_of,
    other_forms,
    remember,
)
from supportcli.store.files import files_about
from supportcli.store.lock import changing
from supportcli.store.place import Place
from supportcli.store.pseudonyms import Pseudonyms
from supportcli.store.rows import Difference, difference, rows_of
from supportcli.store.table import ROW_COLUMNS, Table


@dataclass(frozen=True)
class Ingested:
    """What became of one input: its rows, how many stored events they replaced, and the commit.

    `version` is None where nothing was new. `drift` is what was different from the exports of its
    source that are known; `is_news` says that there is something to learn of it.
    """

    intake: Intake
    replaced: int
    version: int | None
    drift: tuple[Change, ...]
    is_news: bool
    log: EventLog


def ingest(
    reading: ReadOptions,
    settings: Settings,
    place: Place,
    *,
    lock_timeout_s: float,
    pseudonyms: Pseudonyms | None = None,
    strict: bool = False,
) -> Iterator[Ingested]:
    """Add the events of every input to the store that are not in it, and replace older versions.

    Raises the errors of `read_log`, UsageError for a store of other pseudonyms or as an input,
    DriftError for an export that has changed where that is `strict`ly forbidden, BusyError where
    others hold the store for longer than the timeout, and StoreError where it cannot be written;
    inputs before the one that fails are in.
    """
    for file in input_files(reading, settings).files:
        if file.store is not None:
            raise UsageError(
                f"{file.name} is a store, no export",
                hint="ingest the exports that it was made of",
            )
        log = read_files([file], reading, settings, [*TYPES, LINKED, ROW_ID, ENUMERATED])
        rows = rows_of(log, settings, pseudonyms)
        fingerprint = pseudonyms.fingerprint if pseudonyms is not None else None
        attempt = partial(_ingest_rows, rows, log, place, fingerprint, strict=strict)
        done = changing(place, lock_timeout_s, attempt)
        if done.is_news:
            learn = partial(remember, place, done.intake, log.outlines, done.drift)
            changing(place, lock_timeout_s, learn)
        yield done


def _ingest_rows(
    rows: pl.DataFrame, log: EventLog, place: Place, fingerprint: str | None, *, strict: bool
) -> Ingested:
    """Commit what is new in the rows. Raises ConflictError where others came in between."""
    (intake,) = log.intakes
    table = Table.open(place) or Table.create(place, fingerprint)
    check_pseudonyms(table, fingerprint)
    known = Known.of(table, intake.source)
    drift = (*changes_in(table, intake.source, log.outlines), *other_forms(table, rows, log))
    if drift and strict:
        raise DriftError(intake.path, drift)
    table = _described(table, log.facts)
    stored = _stored_versions(table, rows, log.facts)
    found = difference(rows, stored.select(ROW_COLUMNS))
    done = _accounted(intake, found)
    version = None
    if found.added.height:
        replaced = stored.filter(pl.col(ROW_ID).is_in(found.replaced.implode()))
        version = _commit(table, found, set(replaced["path"]), _entry(done, found, log))
    is_news = known.with_outlines(log.outlines) != known
    return Ingested(done, found.replaced.len(), version, drift, is_news, log)


def check_pseudonyms(table: Table, fingerprint: str | None) -> None:
    """Raise UsageError where a store knows people by other pseudonyms, or by their names."""
    if table.pseudonyms == fingerprint:
        return
    uri = table.place.uri
    if table.pseudonyms is None:
        raise UsageError(f"{uri} knows people by their names", hint="begin another store")
    if fingerprint is None:
        raise UsageError(f"{uri} knows people by pseudonyms", hint="add --pseudonymize")
    raise UsageError(f"{uri} has pseudonyms of another key", hint="name the key it began with")


def _accounted(intake: Intake, found: Difference) -> Intake:
    """Where the rows of the input went, those that were in the store already among them."""
    result = replace(
        intake,
        events=found.added.height,
        duplicates=intake.duplicates + found.duplicates,
        superseded=intake.superseded + found.superseded,
    )
    result.check()
    return result


def _described(table: Table, facts: Sequence[SourceFacts]) -> Table:
    """The store once it knows what these sources fill, before their rows are in it."""
    together = merge_facts([*table.facts, *facts])
    if together == table.facts:
        return table
    table.state(together)
    return Table.at(table.place)


def _stored_versions(
    table: Table, rows: pl.DataFrame, facts: Sequence[SourceFacts]
) -> pl.DataFrame:
    """The stored rows of the same ids, with the path of their file."""
    names = {one.name for one in facts}
    files = [file for file in table.files if file.source in names]
    ids = rows.select("event_id", "at", ROW_ID)
    nameless = ids.filter(pl.col("event_id").is_null())
    named = ids.filter(pl.col("event_id").is_not_null())
    # An event may be of any time in its other versions; equal rows are of the same time.
    paths = table.paths_with(files, named.select(ROW_ID))
    paths |= table.paths_with(files_about(files, nameless), nameless.select(ROW_ID))
    holding = [file for file in files if file.path in paths]
    versions = table.rows_of(holding)
    if holding:
        versions = versions.join(ids.lazy().select(ROW_ID), on=ROW_ID, how="semi")
    return table.collect(versions)


def _commit(
    table: Table, found: Difference, touched_paths: set[str], entry: Mapping[str, Any]
) -> int:
    """Write what is new, write anew the files that hold what it replaces, and commit both."""
    touched = [file for file in table.files if file.path in touched_paths]
    left = table.rows_of(touched).filter(pl.col(ROW_ID).is_in(found.replaced.implode()).not_())
    rows = pl.concat([found.added, table.collect(left.select(ROW_COLUMNS))])
    return table.replace(touched, rows, entry)


def _entry(intake: Intake, found: Difference, log: EventLog) -> dict[str, Any]:
    """What the log of the store says of this ingest; anomalies are those of the whole input."""
    return {
        "operation": "ingest",
        "input": intake.path,
        "source": intake.source,
        FORM: form_of(log),
        "rows": intake.rows,
        "events": intake.events,
        "replaced": found.replaced.len(),
        "skipped": intake.skipped,
        "rejected": intake.rejected,
        "duplicates": intake.duplicates,
        "superseded": intake.superseded,
        "anomalies": {kind: count for kind, count in log.anomalies.items() if count},
    }
