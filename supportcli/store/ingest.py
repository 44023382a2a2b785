"""New exports into a store, once each: every input is one commit, whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from supportcli.errors import UsageError
from supportcli.events import EventLog, input_files, read_files
from supportcli.facts import SourceFacts, merge_facts
from supportcli.intake import Intake, ReadOptions
from supportcli.schema import LINKED, TYPES
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID
from supportcli.store.lock import locked
from supportcli.store.pseudonyms import Pseudonyms
from supportcli.store.rows import Difference, difference, rows_of
from supportcli.store.table import (
    Change,
    ConflictError,
    Place,
    StoredFile,
    Table,
    private_files,
)


@dataclass(frozen=True)
class Ingested:
    """What became of one input: its rows, how many stored events they replaced, and the commit.

    `version` is None where nothing was new.
    """

    intake: Intake
    replaced: int
    version: int | None
    log: EventLog


def ingest(
    reading: ReadOptions,
    settings: Settings,
    place: Place,
    *,
    lock_timeout_s: float,
    pseudonyms: Pseudonyms | None = None,
) -> Iterator[Ingested]:
    """Add the events of every input to the store that are not in it, and replace older versions.

    Raises the errors of `read_log`, UsageError for a store of other pseudonyms, BusyError where
    others hold the store for longer than the timeout, and OSError where it cannot be written;
    inputs before the one that fails are in.
    """
    private_files()
    for file in input_files(reading, settings).files:
        log = read_files([file], reading, settings, [*TYPES, LINKED, ROW_ID])
        rows = rows_of(log)
        if pseudonyms is not None:
            rows = pseudonyms.applied(rows, settings)
        fingerprint = pseudonyms.fingerprint if pseudonyms is not None else None
        with locked(place, lock_timeout_s):
            yield _ingest_rows(rows, log, place, fingerprint)


def _ingest_rows(
    rows: pl.DataFrame, log: EventLog, place: Place, fingerprint: str | None
) -> Ingested:
    """Commit what is new in the rows, again and again until nobody came in between."""
    (intake,) = log.intakes
    while True:
        try:
            table = Table.open(place) or Table.create(place, fingerprint)
            check_pseudonyms(table, fingerprint)
            found = difference(rows, _stored_versions(table, rows, log.facts))
            done = _accounted(intake, found)
            version = None
            if found.added.height:
                _state_facts(table, log.facts)
                version = _commit(Table.open(place) or table, found, done)
            return Ingested(done, found.replaced.len(), version, log)
        except ConflictError:
            continue


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


def _state_facts(table: Table, facts: Sequence[SourceFacts]) -> None:
    """See that the store knows what its sources fill, before their rows are in it."""
    together = merge_facts([*table.facts, *facts])
    if together != table.facts:
        table.state(together)


def _stored_versions(
    table: Table, rows: pl.DataFrame, facts: Sequence[SourceFacts]
) -> pl.DataFrame:
    """The stored rows of the same ids, with the path of their file."""
    files = _candidates(table, rows, facts)
    ids = rows.lazy().select(ROW_ID).unique()
    return table.rows_of(files).join(ids, on=ROW_ID, how="semi").drop("path").collect()


_MAY_MOVE: Final = dt.timedelta(days=31)
"""A message or a leg that is sent again, corrected, happened about when it did before."""


def _candidates(table: Table, rows: pl.DataFrame, facts: Sequence[SourceFacts]) -> list[StoredFile]:
    """The files that may hold rows of these ids.

    Of a source whose rows are conversations all files: a ticket may be of any time. Of others
    those of about the same time.
    """
    first, last = rows["at"].min(), rows["at"].max()
    assert isinstance(first, dt.datetime)
    assert isinstance(last, dt.datetime)
    grains = {one.name: one.grain for one in facts}
    return [
        file
        for file in table.files
        if file.source in grains
        and (
            grains[file.source] == "conversation"
            or (file.last >= first - _MAY_MOVE and file.first <= last + _MAY_MOVE)
        )
    ]


def _commit(table: Table, found: Difference, intake: Intake) -> int:
    """Write what is new, write anew the files that hold what it replaces, and commit both."""
    touched = _touched(table, found.replaced, found.added)
    left = table.rows_of(touched).filter(pl.col(ROW_ID).is_in(found.replaced.implode()).not_())
    written: list[StoredFile] = []
    try:
        kept = left.drop("path").collect()
        for rows in (found.added, kept):
            written += table.write(rows)
        return table.commit(Change(written, touched, _entry(intake, found)))
    except BaseException:
        table.discard(written)
        raise


def _touched(table: Table, replaced: pl.Series, added: pl.DataFrame) -> list[StoredFile]:
    """The files that hold rows which are replaced."""
    if replaced.is_empty():
        return []
    sources = set(added["source"])
    files = [file for file in table.files if file.source in sources]
    found = table.rows_of(files).filter(pl.col(ROW_ID).is_in(replaced.implode()))
    paths = set(found.select("path").unique().collect()["path"])
    return [file for file in files if file.path in paths]


def _entry(intake: Intake, found: Difference) -> dict[str, Any]:
    """What the log of the store says of this ingest."""
    return {
        "operation": "ingest",
        "input": intake.path,
        "source": intake.source,
        "rows": intake.rows,
        "events": intake.events,
        "replaced": found.replaced.len(),
        "skipped": intake.skipped,
        "rejected": intake.rejected,
        "duplicates": intake.duplicates,
        "superseded": intake.superseded,
    }
