"""Event tables that an earlier run wrote: Parquet files that need no mapping any more."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from supportcli.columns import polars_type
from supportcli.errors import InputError
from supportcli.facts import SourceFacts, from_metadata
from supportcli.schema import COUNTED_BY, COUNTS, LINKED, RATINGS, TIMES, TYPES
from supportcli.sources.keys import (
    KEY_OF,
    PEOPLE,
    ROW_HASHES,
    ROW_ID,
    STATED,
    STORED_HASHES,
    key,
    row_hash,
    row_id,
    stored_key,
)
from supportcli.sources.plan import ENUMERATED, EVERY_RATING
from supportcli.sources.sniff import InputFile
from supportcli.store.place import Place
from supportcli.store.recent import Extent, Reach, recent_rows
from supportcli.store.table import Table


@dataclass(frozen=True)
class StoredEvents:
    """The events of one Parquet file, and the facts of the sources they came from.

    `anomalies` are those that were counted when it was written, by kind; `has_linked` says that
    some customers are of a customers file, and which; `has_hashes` that it keeps the hashes of ids;
    `empty` are columns that hold nothing, and need not be read.
    `extent` is what there is beyond the rows, None where all are here.
    """

    frame: pl.LazyFrame
    facts: list[SourceFacts]
    anomalies: Mapping[str, int]
    has_linked: bool
    has_hashes: bool = False
    empty: frozenset[str] = frozenset()
    extent: Extent | None = None

    def rows(self, columns: Iterable[str]) -> pl.LazyFrame:
        """The event columns and keys asked for, and the source."""
        return self.frame.select(
            self._column(name).alias(name)
            for name in dict.fromkeys(["source", *columns])
            if name not in (EVERY_RATING, ENUMERATED)  # an event has none
        )

    def _column(self, name: str) -> pl.Expr:
        if name in ROW_HASHES:
            return row_hash(tuple(TYPES), name)
        if name == ROW_ID:
            return self._row_id
        if name in STATED:
            count = STATED[name]
            stating = [one.name for one in self.facts if count in one.fields]
            return pl.when(pl.col("source").is_in(stating)).then(count)
        if name == LINKED and not self.has_linked:
            return pl.lit(None, dtype=pl.Boolean)
        if name in self.empty:
            return pl.lit(None, dtype=polars_type(name))
        if name not in KEY_OF:
            return pl.col(name)
        result: pl.Expr = pl.lit(None, dtype=pl.UInt64)
        for one in self.facts:
            hashed = self._key(name, one.name if name == "event_key" else one.id_space)
            result = pl.when(pl.col("source") == one.name).then(hashed).otherwise(result)
        if name == "customer_key" and self.has_linked:
            return pl.when(LINKED).then(self._key(name, PEOPLE)).otherwise(result)
        return result

    def _key(self, name: str, space: str) -> pl.Expr:
        """A key in a space, of the hash that is kept of its id, or of the id."""
        if self.has_hashes and name in STORED_HASHES:
            return stored_key(pl.col(STORED_HASHES[name][0]), space)
        return key(pl.col(KEY_OF[name]), space)

    @property
    def _row_id(self) -> pl.Expr:
        """The identity of a row, by its source; of one without an event id all it says."""
        result: pl.Expr = pl.lit(None, dtype=pl.Int64)
        for one in self.facts:
            own = row_id(tuple(TYPES), pl.col("event_id"), one.name)
            result = pl.when(pl.col("source") == one.name).then(own).otherwise(result)
        return result


def open_stored(file: InputFile, reach: Reach | None = None) -> StoredEvents | None:
    """The event table in a file; None where it is an export to be mapped.

    Of a store only what is within reach, where one is given.

    Raises InputError for a file that claims to be one and is not what `supportkpi events` writes.
    """
    if file.store is not None:
        return _open_store(file.store, reach)
    if file.format != "parquet":
        return None
    try:
        place = file.place if isinstance(file.place, Path) else io.BytesIO(file.place)
        known = from_metadata(pl.read_parquet_metadata(place))
        if known is None:
            return None
        frame = pl.scan_parquet(file.place, glob=False)
        schema = frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file.name}: cannot read this table of events: {error}") from error
    lacking = [name for name in TYPES if name not in schema]
    other = [
        name for name in (*TYPES, LINKED) if name in schema and schema[name] != _stored_type(name)
    ]
    if lacking or other:
        fault = f"lacks {', '.join(lacking)}" if lacking else f"has another {', '.join(other)}"
        raise InputError(
            f"{file.name}: this table of events {fault}",
            hint="make it again: supportkpi events INPUT... -o events.parquet",
        )
    facts, anomalies = known
    has_linked = LINKED in schema
    columns = [*map(_inside, TYPES), *([pl.col(LINKED)] if has_linked else [])]
    return StoredEvents(frame.select(columns), facts, anomalies, has_linked)


def _open_store(place: Place, reach: Reach | None) -> StoredEvents:
    """The events of a store, each in its latest version."""
    table = Table.at(place)
    rows, extent = table.rows_of(table.files), None
    if reach is not None and table.files:
        rows, extent = recent_rows(table, reach)
    hashes = [name for name, _ in STORED_HASHES.values()]
    columns = [*map(_inside, TYPES), pl.col(LINKED, *hashes)]
    return StoredEvents(
        rows.select(columns),
        table.facts,
        {},
        has_linked=True,
        has_hashes=True,
        empty=_empty(table),
        extent=extent,
    )


def _empty(table: Table) -> frozenset[str]:
    """The columns of a store that hold nothing, or what an empty one says as well.

    That is what no source fills, with the counts of times that none of them fills, and the times
    that no file has.
    """
    filled = {field for one in table.facts for field in one.fields}
    filled |= {count for count, time in COUNTED_BY.items() if time in filled}
    seen = {name for file in table.files for name in file.spans}
    kind = {"kind"} if all(file.is_plain for file in table.files) else set()
    columns = {*COUNTS, *RATINGS, "handle_ms"} - filled
    return frozenset(columns.union(TIMES) - seen | kind)


def _stored_type(name: str) -> pl.DataType:
    """The type of a column in the file: text, and times with their zone, UTC."""
    if name == LINKED:
        return pl.Boolean()
    if TYPES[name] == "time":
        return pl.Datetime("us", "UTC")
    return polars_type(name)


def _inside(name: str) -> pl.Expr:
    """A stored column as it is inside the program: times naive, in UTC."""
    column = pl.col(name)
    if TYPES[name] == "time":
        return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column.cast(polars_type(name)) if name != "source" else column
