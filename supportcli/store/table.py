"""The Delta Lake table of a store: what is in it, how it is read, and how it is changed.

A change is one commit: files are added and removed together or not at all. Every commit counts the
transactions of this program by one, so that of two that saw the same table one fails, and looks
again (the optimistic concurrency of the Delta protocol, action `txn`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from supportcli.errors import InputError, StoreError, SupportkpiError
from supportcli.facts import SourceFacts, from_metadata, to_metadata
from supportcli.schema import LINKED, TYPES
from supportcli.sources.keys import CONVERSATION_HASH, CUSTOMER_HASH, ROW_ID
from supportcli.store.files import (
    MONTH,
    PARTITIONS,
    StoredFile,
    kinds_of,
    partition_values,
    spans_of,
    statistics,
    stored_file,
)
from supportcli.store.place import ConflictError, Place, no_store, reaching

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake._internal import DeltaFileSystemHandler

SCHEMA: Final = "supportkpi.store/1"
SCHEMA_KEY: Final = "supportkpi.schema"
FACTS_KEY: Final = "supportkpi.facts"
PSEUDONYMS_KEY: Final = "supportkpi.pseudonyms"
KNOWN_KEY: Final = "supportkpi.known"
ENTRY_KEY: Final = "supportkpi"
"""Keys of the table's metadata and of a commit's: the schema, what sources fill, whose pseudonyms
its people have, what exports look like, what was done."""

_APP: Final = "supportkpi"
_UNKNOWN: Final = "__HIVE_DEFAULT_PARTITION__"
_LONGEST_RUN_H: Final = 24
_DELTA_TYPES: Final = {
    "text": "string",
    "time": "timestamp",
    "kind": "string",
    "channel": "string",
    "duration": "long",
    "count": "integer",
    "rating": "double",
    "amount": "long",
}
COLUMNS: Final[dict[str, str]] = {
    **{name: _DELTA_TYPES[kind] for name, kind in TYPES.items()},
    LINKED: "boolean",
    ROW_ID: "long",
    CONVERSATION_HASH: "long",
    CUSTOMER_HASH: "long",
    MONTH: "string",
}
"""The columns of the table with their types in Delta: those of the contract, and our own."""

ROW_COLUMNS: Final = tuple(name for name in COLUMNS if name != MONTH)
"""The columns of rows that are to be written; the month is that of their time."""


_Partition = tuple[str, str | None, str]
_ROW: Final = "row"
_WRITERS: Final = 2
"""Files written at a time: what cannot be spread over the cores in one is done beside the other."""


class Table:
    """A store as it was when it was opened."""

    def __init__(self, place: Place, delta: DeltaTable) -> None:
        self.place = place
        self.delta = delta

    @classmethod
    def open(cls, place: Place) -> Table | None:
        """The store at a place; None where there is none.

        Raises InputError for a table that is no store of ours, or of a later version, and
        StoreError where it cannot be read.
        """
        from deltalake import DeltaTable

        with reaching(place, "read"):
            if not DeltaTable.is_deltatable(place.uri, place.for_delta):
                return None
            delta = DeltaTable(place.uri, storage_options=place.for_delta)
        schema = delta.metadata().configuration.get(SCHEMA_KEY)
        if schema != SCHEMA:
            what = f"has the schema {schema}" if schema else "is no store of supportkpi"
            raise InputError(f"{place.uri}: this Delta table {what}", hint="name another folder")
        return cls(place, delta)

    @classmethod
    def at(cls, place: Place) -> Table:
        """The store at a place. Raises InputError where there is none, and as `open` does."""
        table = cls.open(place)
        if table is None:
            raise no_store(place.uri)
        return table

    @classmethod
    def create(cls, place: Place, pseudonyms: str | None = None) -> Table:
        """A new, empty store, of pseudonyms of one key or of none; or the one made in between.

        Raises ConflictError where another one is made at this moment, and as `reaching` does.
        """
        from deltalake import CommitProperties, DeltaTable, Field, Schema
        from deltalake.schema import PrimitiveType

        fields = [Field(name, PrimitiveType(kind)) for name, kind in COLUMNS.items()]
        with reaching(place, "write to"):
            DeltaTable.create(
                place.uri,
                schema=Schema(fields),
                mode="ignore",
                partition_by=list(PARTITIONS),
                name="supportkpi",
                configuration={
                    SCHEMA_KEY: SCHEMA,
                    **_KEPT_LONG,
                    **({PSEUDONYMS_KEY: pseudonyms} if pseudonyms is not None else {}),
                },
                storage_options=place.for_delta,
                # Tried again, it would be a second version that undoes what the first one says.
                commit_properties=CommitProperties(max_commit_retries=0),
                raise_if_key_not_exists=False,
            )
        return cls.at(place)

    @property
    def version(self) -> int:
        """Its number: one more with every change."""
        return int(self.delta.version())

    @cached_property
    def facts(self) -> list[SourceFacts]:
        """What each source fills, over all that was ever ingested."""
        stated = self.stated(FACTS_KEY)
        found = from_metadata(stated) if stated else None
        return found[0] if found else []

    @property
    def pseudonyms(self) -> str | None:
        """The fingerprint of the key of its pseudonyms; None where people have their names."""
        return self.delta.metadata().configuration.get(PSEUDONYMS_KEY)

    def state(self, facts: Sequence[SourceFacts]) -> None:
        """Write down what each source fills, as `write_down` does."""
        self.write_down(FACTS_KEY, to_metadata(facts, {}))

    def stated(self, key: str) -> Any:
        """What is written down in the table's metadata under a key; None where nothing is."""
        text = self.delta.metadata().configuration.get(key)
        return json.loads(text) if text else None

    def write_down(self, key: str, value: Any, entry: Mapping[str, Any] | None = None) -> None:
        """Write down something under a key; `entry` is what the log says of it, if anything.

        Raises ConflictError where the table has changed since it was opened, and StoreError where
        it cannot be changed.
        """
        from deltalake import CommitProperties

        said = None if entry is None else {ENTRY_KEY: json.dumps(dict(entry))}
        with reaching(self.place, "write to"):
            self.delta.alter.set_table_properties(
                {key: json.dumps(value, ensure_ascii=False)},
                raise_if_not_exists=False,
                commit_properties=CommitProperties(custom_metadata=said),
            )

    @cached_property
    def files(self) -> list[StoredFile]:
        """The data files."""
        found = pl.DataFrame(self.delta.get_add_actions(flatten=True))
        return [stored_file(row) for row in found.iter_rows(named=True)]

    def rows_of(self, files: Sequence[StoredFile]) -> pl.LazyFrame:
        """The rows of some files, with the path of their file as `path`."""
        if not files:
            return pl.LazyFrame(schema={**_schema(), "path": pl.String()})
        rows = pl.scan_parquet(
            [self.place.of(file.path) for file in files],
            glob=False,
            hive_partitioning=True,
            hive_schema=dict.fromkeys(PARTITIONS, pl.String()),
            include_file_paths="path",
            storage_options=self.place.for_polars,
        )
        # An object store may write what comes before in a way of its own.
        path = pl.col("path").str.extract("(channel=[^/]*/month=[^/]*/[^/]*)$")
        return rows.with_columns(path).select(*COLUMNS, "path")

    def paths_with(self, files: Sequence[StoredFile], ids: pl.DataFrame) -> set[str]:
        """The paths of those of the files that hold any of some ids, of which nothing else is read.

        `ids` has one column, of the name that it has in the table.
        """
        if not files or ids.is_empty():
            return set()
        found = self.rows_of(files).join(ids.lazy(), on=ids.columns, how="semi")
        return set(self.collect(found.select(pl.col("path").unique()))["path"])

    def collect(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Rows of its files, read now.

        Raises ConflictError where others changed the table and a file is gone by now, and
        StoreError where one cannot be read.
        """
        try:
            with reaching(self.place, "read"):
                return rows.collect()
        except StoreError as error:
            is_gone = isinstance(error.__cause__, FileNotFoundError)
            if is_gone and Table.at(self.place).version != self.version:
                raise ConflictError(str(error)) from error
            raise

    def write(self, rows: pl.DataFrame) -> list[StoredFile]:
        """Write rows to new files, one a source and partition; they count once they are committed.

        Raises StoreError where they cannot all be written; none is there then.
        """
        # Most columns hold nothing, and rows are taken fast out of columns in one piece.
        filled = (one for one in rows.get_columns() if one.null_count() < rows.height)
        held = rows.select(filled).drop(PARTITIONS, strict=False).rechunk()
        writing: list[Future[StoredFile]] = []
        with ThreadPoolExecutor(_WRITERS) as pool:
            try:
                for partition, chosen in _partitions(rows):
                    writing.append(pool.submit(self._write_file, partition, held, chosen))
                return [one.result() for one in writing]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                self._delete(one.result() for one in writing if not _has_failed(one))
                raise

    def _write_file(
        self, partition: _Partition, rows: pl.DataFrame, chosen: pl.DataFrame
    ) -> StoredFile:
        """Write the chosen rows; conversations in one piece are small, and fast to search for."""
        source, channel, month = partition
        part = rows[chosen.sort(CONVERSATION_HASH, maintain_order=True)[_ROW]]
        folder = f"channel={channel or _UNKNOWN}/month={month}"
        path = f"{folder}/{uuid.uuid4().hex}.parquet"
        file = StoredFile(
            path, source, channel, month, part.height, kinds_of(part), spans_of(part), 0
        )
        # Columns that hold nothing are there too: polars would put files together that lack some
        # in pieces of different lengths, and whole tables anew to make these equal.
        body = part.select(
            pl.col(name) if name in part.columns else pl.lit(None, dtype=kind).alias(name)
            for name, kind in _schema().items()
            if name not in PARTITIONS
        )
        target, told = self.place.of(path), self.place.for_polars
        try:
            with reaching(self.place, "write to"):
                body.write_parquet(
                    target,
                    compression_level=1,
                    statistics={"min": False, "max": False},
                    mkdir=self.place.is_local,
                    storage_options=told,
                )
                return replace(file, size_bytes=self._disk.open_input_file(path).size())
        except BaseException:
            self._delete([file])
            raise

    def replace(
        self, files: Sequence[StoredFile], rows: pl.DataFrame, entry: Mapping[str, Any]
    ) -> int:
        """Put rows in the place of files, and give the version; `entry` is what the log says of it.

        Raises ConflictError where the table has changed since it was opened, and StoreError where
        it cannot be changed; what was written is gone then. An object store that fails to answer
        may yet have made the commit, or make it: its files stay, and go with those of old versions.
        """
        written = self.write(rows)
        try:
            return self.commit(written, files, entry)
        except BaseException as error:
            if self.place.is_local or not isinstance(error, StoreError):
                self.discard(written)
            raise

    def commit(
        self,
        added: Sequence[StoredFile],
        removed: Sequence[StoredFile],
        entry: Mapping[str, Any],
    ) -> int:
        """Add and remove files, whole or not at all, and give the version.

        Raises ConflictError where the table has changed since it was opened, and StoreError where
        it cannot be changed.
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.transaction import AddAction, RemoveAction

        now_ms = int(dt.datetime.now(dt.UTC).timestamp() * 1_000)
        actions: list[AddAction | RemoveAction] = [
            RemoveAction(
                path=one.path,
                data_change=True,
                deletion_timestamp=now_ms,
                size=one.size_bytes,
                partition_values=partition_values(one),
            )
            for one in removed
        ]
        actions += [
            AddAction(
                path=one.path,
                size=one.size_bytes,
                partition_values=partition_values(one),
                modification_time=now_ms,
                data_change=True,
                stats=statistics(one),
            )
            for one in added
        ]
        number = (self.delta.transaction_version(_APP) or 0) + 1
        with reaching(self.place, "write to"):
            self.delta.create_write_transaction(
                actions,
                mode="append",
                schema=self.delta.schema(),
                partition_by=list(PARTITIONS),
                commit_properties=CommitProperties(
                    custom_metadata={ENTRY_KEY: json.dumps(dict(entry))},
                    app_transactions=[Transaction(_APP, number)],
                ),
            )
            self.delta.update_incremental()
        return self.version

    def discard(self, files: Iterable[StoredFile]) -> None:
        """Delete files that were written and not committed.

        A commit that failed, or was interrupted, may have been made all the same: what is in the
        table stays, and where that cannot be told, all does.
        """
        with contextlib.suppress(SupportkpiError):
            used = {file.path for file in Table.at(self.place).files}
            self._delete(file for file in files if file.path not in used)

    def _delete(self, files: Iterable[StoredFile]) -> None:
        """Delete files of no version, as far as it goes; `vacuum` finds what is left."""
        from deltalake.exceptions import DeltaError

        for file in files:
            with contextlib.suppress(DeltaError, OSError):
                self._disk.delete_file(file.path)

    @cached_property
    def _disk(self) -> DeltaFileSystemHandler:
        """The files of the store, wherever it is."""
        from deltalake._internal import DeltaFileSystemHandler

        return DeltaFileSystemHandler(self.place.uri, self.place.for_delta)

    def vacuum(self) -> None:
        """Delete the files that no version of the last week has.

        Raises StoreError where they cannot be deleted.
        """
        with reaching(self.place, "clean"):
            self.delta.vacuum(dry_run=False, full=True)

    def vacuum_at_once(self, *, alone: bool) -> None:
        """Delete the files of earlier versions; and those of none, which killed runs leave.

        Unless nobody else writes now, a file of no version may be about to get into one: those of
        the last day stay then. Raises StoreError where they cannot be deleted.
        """
        with reaching(self.place, "clean"):
            for hours, full in ((0, alone), (_LONGEST_RUN_H, True)):
                self.delta.vacuum(
                    retention_hours=hours,
                    dry_run=False,
                    enforce_retention_duration=False,
                    full=full,
                )

    @property
    def entries(self) -> Iterator[dict[str, Any]]:
        """What the commits of this program did, the newest first, with `version` and `at`."""
        with reaching(self.place, "read"):
            commits = self.delta.history()
        for commit in commits:
            if ENTRY_KEY in commit:
                at = dt.datetime.fromtimestamp(commit["timestamp"] / 1_000, dt.UTC)
                yield {"version": commit["version"], "at": at, **json.loads(commit[ENTRY_KEY])}


_KEPT_LONG: Final = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
"""The log of what was ingested is kept; files that were replaced go after a week."""


def _partitions(rows: pl.DataFrame) -> Iterator[tuple[_Partition, pl.DataFrame]]:
    """The source, channel and month of rows, with the numbers and conversations of their rows."""
    keys = rows.select(
        pl.col("source", "channel").cast(pl.Categorical),
        pl.col("at").dt.year().alias("year"),
        pl.col("at").dt.month().alias("month"),
        CONVERSATION_HASH,
        pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW),
    ).rechunk()
    parts = keys.partition_by("source", "channel", "year", "month", as_dict=True, include_key=False)
    for (source, channel, year, month), part in parts.items():
        yield (source, channel, f"{year:04}-{month:02}"), part


def _has_failed(one: Future[StoredFile]) -> bool:
    return one.cancelled() or one.exception() is not None


def _schema() -> dict[str, pl.DataType]:
    kinds: dict[str, pl.DataType] = {
        "string": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "long": pl.Int64(),
        "integer": pl.Int32(),
        "double": pl.Float64(),
        "boolean": pl.Boolean(),
    }
    return {name: kinds[kind] for name, kind in COLUMNS.items()}


def private_files() -> None:
    """From now on this process makes files that only their owner may read."""
    os.umask(0o077)
