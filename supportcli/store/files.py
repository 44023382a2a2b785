"""The data files of a store: what is in each, as the table says it of them.

The statistics are those of the Delta protocol, so that every engine skips files by them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.schema import TIMES

MONTH: Final = "month"
PARTITIONS: Final = ("channel", MONTH)

Span = tuple[dt.datetime, dt.datetime]
"""A time from its first moment to its last one, in UTC."""


@dataclass(frozen=True)
class StoredFile:
    """A data file: the source and partition of its rows, how many, and what is in them.

    `spans` are those of the times, by column, without those that hold nothing; `kinds` the first
    and the last kind of events by name.
    """

    path: str
    source: str
    channel: str | None
    month: str
    rows: int
    kinds: tuple[str, str]
    spans: Mapping[str, Span]
    size_bytes: int

    @property
    def is_plain(self) -> bool:
        """Whether all its events are interactions."""
        return self.kinds == ("interaction", "interaction")

    @property
    def first(self) -> dt.datetime:
        """When the first of its rows happened."""
        return self.spans["at"][0]

    @property
    def last(self) -> dt.datetime:
        """When the last of its rows happened."""
        return self.spans["at"][1]

    @property
    def oldest(self) -> dt.datetime:
        """The oldest of all its times."""
        return min(first for first, _ in self.spans.values())

    @property
    def newest(self) -> dt.datetime:
        """The newest of all its times."""
        return max(last for _, last in self.spans.values())


_SPANNED: Final = ("at", *TIMES)


def kinds_of(rows: pl.DataFrame) -> tuple[str, str]:
    """The first and the last kind of some rows by name; every row has one."""
    kinds = sorted(rows["kind"].unique())
    return kinds[0], kinds[-1]


def spans_of(rows: pl.DataFrame) -> dict[str, Span]:
    """The span of every time of rows that any of them has."""
    times = rows.select(name for name in _SPANNED if name in rows.columns)
    least, greatest = times.min().row(0, named=True), times.max().row(0, named=True)
    return {name: (least[name], greatest[name]) for name in least if least[name] is not None}


def stored_file(row: Mapping[str, Any]) -> StoredFile:
    """A data file by what the table says of it (an `add` action, flattened by deltalake).

    Raises InputError for one that other programs wrote and that holds several sources, or of which
    nothing is said: versions could not be found in it.
    """
    if row.get("min.source") is None or row["min.source"] != row["max.source"]:
        raise InputError(
            f"{row['path']}: another program wrote this file into the store, and mixed sources",
            hint="ingest the exports into another folder, and leave it to supportkpi to compact it",
        )
    return StoredFile(
        path=row["path"],
        source=row["min.source"],
        channel=row["partition.channel"],
        month=row["partition.month"],
        rows=row["num_records"],
        kinds=(row["min.kind"], row["max.kind"]),
        spans={
            name: (row[f"min.{name}"], row[f"max.{name}"])
            for name in _SPANNED
            if row.get(f"min.{name}") is not None
        },
        size_bytes=row["size_bytes"],
    )


_SETTLED: Final = dt.timedelta(days=1)
"""How far the same row may be from itself, where another time zone was given for it."""


def files_about(files: Iterable[StoredFile], rows: pl.DataFrame) -> list[StoredFile]:
    """The files of the time of some rows."""
    if rows.is_empty():
        return []
    first, last = rows.select(pl.col("at").min(), last=pl.col("at").max()).row(0)
    return [
        file for file in files if file.last >= first - _SETTLED and file.first <= last + _SETTLED
    ]


def partition_values(file: StoredFile) -> dict[str, str | None]:
    """The partition of a data file."""
    return {"channel": file.channel, MONTH: file.month}


def statistics(file: StoredFile) -> str:
    """What readers of Delta tables skip files by: times in ms, rounded outward."""
    least = {name: _iso_ms(first) for name, (first, _) in file.spans.items()}
    greatest = {name: _iso_ms(_whole_ms(last)) for name, (_, last) in file.spans.items()}
    empty = [name for name in TIMES if name not in file.spans]
    return json.dumps(
        {
            "numRecords": file.rows,
            "minValues": {"source": file.source, "kind": file.kinds[0], **least},
            "maxValues": {"source": file.source, "kind": file.kinds[1], **greatest},
            "nullCount": {"source": 0, "kind": 0, "at": 0, **dict.fromkeys(empty, file.rows)},
        }
    )


def _whole_ms(moment: dt.datetime) -> dt.datetime:
    """The next whole millisecond."""
    return moment + dt.timedelta(microseconds=-moment.microsecond % 1_000)


def _iso_ms(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
