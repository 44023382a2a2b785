"""An inspection as a value: what an input is, and how it was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportcli.sources.read import Reject


@dataclass(frozen=True)
class FileFacts:
    """The shape of a file; `rows` is None where it could not be read to its end.

    `encoding` and `delimiter` are None in files that are no delimited text; `header_line` is None
    in files without a header line.
    """

    name: str
    format: str
    columns: int
    rows: int | None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    is_guessed: bool = False


@dataclass(frozen=True)
class Nearest:
    """A source that an unknown file resembles, and what it lacks to be one."""

    source: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FieldFacts:
    """How well one event column is filled, over the rows that no rule skips.

    `origin` is the file's column, or what it is made of; `filled` counts its values, `present` the
    values that the file holds for it and `parsed` those of them that were read.
    """

    field: str
    origin: str
    rows: int
    filled: int
    present: int
    parsed: int
    samples: tuple[str, ...]


@dataclass(frozen=True)
class ColumnFacts:
    """A column of the file: how many rows have a value there, and some such values."""

    name: str
    filled: int
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Absent:
    """An event column that the source could fill, and the columns that the file lacks for it."""

    field: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Zone:
    """A time zone in which stamps were read (None: each states its own), and who says so."""

    name: str | None
    origin: str


@dataclass(frozen=True)
class Spent:
    """Where the rows went; `repeated` counts the events that repeat an event id of this file."""

    events: int
    skipped: Mapping[str, int]
    rejected: int
    repeated: int = 0


@dataclass(frozen=True)
class Lack:
    """KPIs that cannot be had from the file, and what it would have to carry for them."""

    what: str
    fields: tuple[str, ...]
    kpis: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """One input as it was understood. `source` is None where no source was found, or several.

    `notes` say what was guessed, repaired, assumed or left aside. Where a report of the input would
    fail, `problem` says why, and `hint` what to do.
    """

    file: FileFacts
    source: str | None = None
    title: str = ""
    chosen_by: str = ""
    nearest: tuple[Nearest, ...] = ()
    fields: tuple[FieldFacts, ...] = ()
    absent: tuple[Absent, ...] = ()
    unused: tuple[ColumnFacts, ...] = ()
    zones: tuple[Zone, ...] = ()
    date_order: str | None = None
    notes: tuple[str, ...] = ()
    spent: Spent | None = None
    rejects: tuple[Reject, ...] = ()
    lacks: tuple[Lack, ...] = ()
    problem: str | None = None
    hint: str | None = None
