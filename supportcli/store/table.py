"""The Delta Lake table of a store: what is in it, how it is read, and how it is changed.

A change is one commit: files are added and removed together or not at all. Every commit counts the
transactions of this program by one, so that of two that saw the same table one fails, and looks
again (the optimistic concurrency of the Delta protocol, action `txn`).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.facts import SourceFacts, from_metadata, to_metadata
from supportcli.schema import LINKED, TYPES
from supportcli.sources.keys import ROW_ID

if TYPE_CHECKING:
    from deltalake import DeltaTable

SCHEMA: Final = "supportkpi.store/1"
SCHEMA_KEY: Final = "supportkpi.schema"
FACTS_KEY: Final = "supportkpi.facts"
PSEUDONYMS_KEY: Final = "supportkpi.pseudonyms"
KNOWN_KEY: Final = "supportkpi.known"
ENTRY_KEY: Final = "supportkpi"
"""Keys of the table's metadata and of a commit's: the schema, what sources fill, whose pseudonyms
its people have, what exports look like, what was done."""

MONTH: Final = "month"
PARTITIONS: Final = ("channel", MONTH)

_APP: Final = "supportkpi"
_UNKNOWN: Final = "__HIVE_DEFAULT_PARTITION__"
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
    MONTH: "string",
}
"""The columns of the table with their types in Delta: those of the contract, and our own."""


class ConflictError(Exception):
    """Somebody else changed the table in between: look again."""


@dataclass(frozen=True)
class Place:
    """Where a store is: a folder, or the URL of one in an object store with its options."""

    uri: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.uri

    def of(self, path: str) -> str:
        """A file of the store."""
        return f"{self.uri.rstrip('/')}/{path}"


@dataclass(frozen=True)
class StoredFile:
    """A data file: the source and partition of its rows, how many, and from when to when (UTC)."""

    path: str
    source: str
    channel: str | None
    month: str
    rows: int
    first: dt.datetime
    last: dt.datetime
    size_bytes: int


def place_of(text: str, options: Mapping[str, str] | None = None) -> Place:
    """The place that a folder or a URL names; `~` is the home."""
    if "://" in text:
        return Place(text, options or {})
    return Place(str(Path(text).expanduser()))


def is_store(text: str) -> bool:
    """Whether a text names a Delta table: a folder that is one, or the URL of an object store."""
    return "://" in text or (Path(text).expanduser() / "_delta_log").is_dir()


def no_store(name: str) -> InputError:
    """What is said where a store is to be read, and none is there."""
    return InputError(f"there is no store at {name}", hint="`supportkpi ingest` makes one")


class Table:
    """A store as it was when it was opened."""

    def __init__(self, place: Place, delta: DeltaTable) -> None:
        self.place = place
        self.delta = delta

    @classmethod
    def open(cls, place: Place) -> Table | None:
        """The store at a place; None where there is none.

        Raises InputError for a table that is no store of ours, or of a later version.
        """
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            if not DeltaTable.is_deltatable(place.uri, dict(place.options)):
                return None
            delta = DeltaTable(place.uri, storage_options=dict(place.options))
        except (DeltaError, OSError) as error:
            raise InputError(f"cannot read the store {place.uri}: {error}") from error
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
        """A new, empty store, of pseudonyms of one key or of none.

        Raises ConflictError where another one was made just now.
        """
        from deltalake import DeltaTable, Field, Schema
        from deltalake.exceptions import DeltaError
        from deltalake.schema import PrimitiveType

        fields = [Field(name, PrimitiveType(kind)) for name, kind in COLUMNS.items()]
        try:
            DeltaTable.create(
                place.uri,
                schema=Schema(fields),
                partition_by=list(PARTITIONS),
                name="supportkpi",
                configuration={
                    SCHEMA_KEY: SCHEMA,
                    **_KEPT_LONG,
                    **({PSEUDONYMS_KEY: pseudonyms} if pseudonyms is not None else {}),
                },
                storage_options=dict(place.options),
                raise_if_key_not_exists=False,
            )
        except DeltaError as error:
            raise ConflictError(str(error)) from error
        return cls.at(place)

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
        """Write down what each source fills. Raises ConflictError where the table has changed."""
        self.write_down(FACTS_KEY, to_metadata(facts, {}))

    def stated(self, key: str) -> Any:
        """What is written down in the table's metadata under a key; None where nothing is."""
        text = self.delta.metadata().configuration.get(key)
        return json.loads(text) if text else None

    def write_down(self, key: str, value: Any, entry: Mapping[str, Any] | None = None) -> None:
        """Write down something under a key; `entry` is what the log says of it, if anything.

        Raises ConflictError where the table has changed since it was opened.
        """
        from deltalake import CommitProperties
        from deltalake.exceptions import DeltaError

        said = None if entry is None else {ENTRY_KEY: json.dumps(dict(entry))}
        try:
            self.delta.alter.set_table_properties(
                {key: json.dumps(value, ensure_ascii=False)},
                raise_if_not_exists=False,
                commit_properties=CommitProperties(custom_metadata=said),
            )
        except DeltaError as error:
            raise ConflictError(str(error)) from error

    @cached_property
    def files(self) -> list[StoredFile]:
        """The data files."""
        found = pl.DataFrame(self.delta.get_add_actions(flatten=True))
        return [_stored_file(row) for row in found.iter_rows(named=True)]

    def scan(self) -> pl.LazyFrame:
        """Every row, as it is stored: times in UTC, kinds and channels as texts."""
        return pl.scan_delta(self.delta)

    def rows_of(self, files: Sequence[StoredFile]) -> pl.LazyFrame:
        """The rows of some files, with the path of their file as `path`."""
        empty = pl.LazyFrame(schema={**_schema(), "path": pl.String()})
        return pl.concat([empty, *map(self._rows_of_file, files)])

    def _rows_of_file(self, file: StoredFile) -> pl.LazyFrame:
        place = self.place.of(file.path)
        rows = pl.scan_parquet(place, glob=False, storage_options=self._options)
        return rows.with_columns(
            pl.lit(file.channel, dtype=pl.String).alias("channel"),
            pl.lit(file.month).alias(MONTH),
            path=pl.lit(file.path),
        ).select(*COLUMNS, "path")

    def write(self, rows: pl.DataFrame) -> Iterator[StoredFile]:
        """Write rows to new files, one a source and partition; they count once they are committed.

        Raises OSError where they cannot be written.
        """
        keys = ["source", *PARTITIONS]
        for (source, channel, month), part in rows.partition_by(
            keys, as_dict=True, maintain_order=True
        ).items():
            yield self._write_file(str(source), channel, str(month), part)

    def _write_file(self, source: str, channel: Any, month: str, part: pl.DataFrame) -> StoredFile:
        folder = f"channel={channel or _UNKNOWN}/month={month}"
        path = f"{folder}/{uuid.uuid4().hex}.parquet"
        target = self.place.of(path)
        if self.place.is_local:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
        body = part.select(name for name in COLUMNS if name not in PARTITIONS)
        body.write_parquet(target, storage_options=self._options)
        size = Path(target).stat().st_size if self.place.is_local else body.estimated_size()
        first, last = part["at"].min(), part["at"].max()
        assert isinstance(first, dt.datetime)
        assert isinstance(last, dt.datetime)
        return StoredFile(path, source, channel, month, part.height, first, last, int(size))

    def replace(
        self, files: Sequence[StoredFile], rows: pl.DataFrame, entry: Mapping[str, Any]
    ) -> int:
        """Put rows in the place of files, and give the version; `entry` is what the log says of it.

        Raises OSError where rows cannot be written, and ConflictError where the table has changed
        since it was opened; what was written is gone then.
        """
        written: list[StoredFile] = []
        try:
            written.extend(self.write(rows))
            return self.commit(written, files, entry)
        except BaseException:
            self.discard(written)
            raise

    def commit(
        self,
        added: Sequence[StoredFile],
        removed: Sequence[StoredFile],
        entry: Mapping[str, Any],
    ) -> int:
        """Add and remove files, whole or not at all, and give the version.

        Raises ConflictError where the table has changed since it was opened.
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.exceptions import DeltaError
        from deltalake.transaction import AddAction, RemoveAction

        now_ms = int(dt.datetime.now(dt.UTC).timestamp() * 1_000)
        actions: list[AddAction | RemoveAction] = [
            RemoveAction(
                path=one.path,
                data_change=True,
                deletion_timestamp=now_ms,
                size=one.size_bytes,
                partition_values=_partition_values(one),
            )
            for one in removed
        ]
        actions += [
            AddAction(
                path=one.path,
                size=one.size_bytes,
                partition_values=_partition_values(one),
                modification_time=now_ms,
                data_change=True,
                stats=_statistics(one),
            )
            for one in added
        ]
        number = (self.delta.transaction_version(_APP) or 0) + 1
        try:
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
        except DeltaError as error:
            raise ConflictError(str(error)) from error
        self.delta.update_incremental()
        return int(self.delta.version())

    def discard(self, files: Iterable[StoredFile]) -> None:
        """Delete files that were written and never committed."""
        for file in files:
            if self.place.is_local:
                Path(self.place.of(file.path)).unlink(missing_ok=True)

    @property
    def entries(self) -> Iterator[dict[str, Any]]:
        """What the commits of this program did, the newest first, with `version` and `at`."""
        for commit in self.delta.history():
            if ENTRY_KEY in commit:
                at = dt.datetime.fromtimestamp(commit["timestamp"] / 1_000, dt.UTC)
                yield {"version": commit["version"], "at": at, **json.loads(commit[ENTRY_KEY])}

    @property
    def _options(self) -> dict[str, str] | None:
        return dict(self.place.options) or None


_KEPT_LONG: Final = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
"""The log of what was ingested is kept; files that were replaced go after a week."""


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


def _stored_file(row: Mapping[str, Any]) -> StoredFile:
    return StoredFile(
        path=row["path"],
        source=row["min.source"],
        channel=row["partition.channel"],
        month=row["partition.month"],
        rows=row["num_records"],
        first=row["min.at"],
        last=row["max.at"],
        size_bytes=row["size_bytes"],
    )


def _partition_values(file: StoredFile) -> dict[str, str | None]:
    return {"channel": file.channel, MONTH: file.month}


def _statistics(file: StoredFile) -> str:
    """What readers of Delta tables skip files by: times in ms, rounded outward."""
    up = file.last + dt.timedelta(microseconds=-file.last.microsecond % 1_000)
    return json.dumps(
        {
            "numRecords": file.rows,
            "minValues": {"source": file.source, "at": _iso_ms(file.first)},
            "maxValues": {"source": file.source, "at": _iso_ms(up)},
            "nullCount": {"source": 0, "at": 0},
        }
    )


def _iso_ms(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def private_files() -> None:
    """From now on this process makes files that only their owner may read."""
    os.umask(0o077)
