"""A store in order: what is in it, whether it is sound, made of few files, and rid of what must go.

Whatever is taken away goes in one commit. Files that no version needs any more are deleted after a
week, or at once where somebody is to be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from supportcli.sources.keys import ROW_ID, stored_hashes
from supportcli.store.files import MONTH, StoredFile
from supportcli.store.ingest import check_pseudonyms
from supportcli.store.lock import changing, locked
from supportcli.store.place import Place, reason_of
from supportcli.store.pseudonyms import Pseudonyms
from supportcli.store.table import Table

TAKING_AWAY: Final = ("forget", "keep")
"""The operations that leave fewer rows, by the names that the log has for them."""


@dataclass(frozen=True)
class Info:
    """What a store holds: its version, rows by source, files, and from when to when (UTC)."""

    version: int
    rows: int
    files: int
    size_bytes: int
    first: dt.datetime | None
    last: dt.datetime | None
    sources: dict[str, int]


def info_of(table: Table) -> Info:
    """What a store holds, by what is said of its files."""
    sources: Counter[str] = Counter()
    for file in table.files:
        sources[file.source] += file.rows
    return Info(
        version=table.version,
        rows=sources.total(),
        files=len(table.files),
        size_bytes=sum(file.size_bytes for file in table.files),
        first=min((file.first for file in table.files), default=None),
        last=max((file.last for file in table.files), default=None),
        sources=dict(sorted(sources.items())),
    )


def faults_in(table: Table) -> Iterator[str]:
    """What is wrong with a store, in sentences; nothing where it is sound.

    Every file must be there with as many rows as the table says, of its own source and month, with
    the columns of the schema and the hashes of its ids; every source must be described; no event
    may be there twice, and there must be as many rows as the log tells of.
    """
    described = {one.name for one in table.facts}
    for source in sorted({file.source for file in table.files} - described):
        yield f"nothing says what the source {source} fills"
    sound = []
    for file in table.files:
        fault = _fault_in(table, file)
        if fault is None:
            sound.append(file)
        else:
            yield f"{file.path}: {fault}"
    named = table.rows_of(sound).filter(pl.col("event_id").is_not_null())
    repeated = named.group_by(ROW_ID).len().filter(pl.col("len") > 1).select(pl.len())
    twice = table.collect(repeated).item()
    if twice:
        yield f"{twice:,} events are there more than once"
    rows, told = info_of(table).rows, _rows_by_log(table)
    if rows != told:
        yield f"there are {rows:,} rows, and the log tells of {told:,}"


def _rows_by_log(table: Table) -> int:
    """How many rows came and did not go, by the log of all that was done."""
    come = gone = 0
    for entry in table.entries:
        if entry["operation"] == "ingest":
            come += entry["events"] - entry["replaced"]
        elif entry["operation"] in TAKING_AWAY:
            gone += entry["rows"]
    return come - gone


def _fault_in(table: Table, file: StoredFile) -> str | None:
    own = (pl.col("source") == file.source) & (pl.col("at").dt.strftime("%Y-%m") == pl.col(MONTH))
    hashed = pl.all_horizontal(
        pl.col(name).eq_missing(made) for name, made in stored_hashes().items()
    )
    try:
        rows, of_file, sound = (
            table.rows_of([file]).select(pl.len(), own.sum(), hashed=hashed.sum()).collect().row(0)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        return f"it cannot be read: {reason_of(error)}"
    if rows != file.rows:
        return f"it has {rows:,} rows, the table says {file.rows:,}"
    if rows != of_file:
        return "it holds rows of another source or month"
    return None if rows == sound else "it holds hashes of other ids than its own"


def compact(place: Place, *, lock_timeout_s: float) -> int:
    """Put the files of a source and a partition together, and give how many there are less.

    Raises BusyError where others hold the store.
    """

    def attempt() -> int:
        table = Table.at(place)
        groups: dict[tuple[str, str | None, str], list[StoredFile]] = {}
        for file in table.files:
            groups.setdefault((file.source, file.channel, file.month), []).append(file)
        several = [files for files in groups.values() if len(files) > 1]
        old = [file for files in several for file in files]
        if old:
            rows = table.rows_of(old).drop("path").sort("source", "at", ROW_ID)
            table.replace(old, table.collect(rows), {"operation": "compact"})
        return len(old) - len(several)

    Table.at(place)  # where there is none, holding it would make its folder
    less = changing(place, lock_timeout_s, attempt)
    Table.at(place).vacuum()
    return less


def forget(
    place: Place, customer: str, *, lock_timeout_s: float, pseudonyms: Pseudonyms | None = None
) -> int:
    """Remove the events of a customer for good, from disk too, and give how many there were.

    Raises UsageError for a store of other pseudonyms, and BusyError where others hold it.
    """
    check_pseudonyms(Table.at(place), pseudonyms.fingerprint if pseudonyms is not None else None)
    if pseudonyms is not None:
        customer = pseudonyms.of("customer", customer)
    removed = _without(
        place, pl.col("customer_id") == customer, {"operation": "forget"}, lock_timeout_s
    )
    with locked(place, lock_timeout_s) as alone:
        Table.at(place).vacuum_at_once(alone=alone)
    return removed


def keep(place: Place, days: float, *, lock_timeout_s: float) -> int:
    """Remove the events older than so many days before the newest one, and give their number.

    Raises BusyError where others hold the store.
    """
    newest = info_of(Table.at(place)).last
    if newest is None:
        return 0
    oldest = newest - dt.timedelta(days=days)
    entry = {"operation": "keep", "since": oldest.isoformat()}
    removed = _without(place, pl.col("at") < oldest, entry, lock_timeout_s)
    Table.at(place).vacuum()
    return removed


def _without(place: Place, gone: pl.Expr, entry: dict[str, Any], lock_timeout_s: float) -> int:
    """Take rows away, and give how many there were."""

    def attempt() -> int:
        table = Table.at(place)
        found = table.rows_of(table.files).filter(gone).group_by("path").len()
        counts = dict(table.collect(found).rows())
        touched = [file for file in table.files if file.path in counts]
        rows = sum(counts.values())
        if touched:
            left = table.rows_of(touched).filter(gone.fill_null(value=False).not_()).drop("path")
            table.replace(touched, table.collect(left), {**entry, "rows": rows})
        return rows

    return changing(place, lock_timeout_s, attempt)
