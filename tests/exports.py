"""Tables of text as files: delimited in any way, as a workbook, Parquet or JSON, packed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl
import xlsxwriter


@dataclass(frozen=True)
class Table:
    """The names of the columns and the rows under them, every cell a text."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def records(self) -> list[dict[str, str | None]]:
        """The rows by name; a cell without text is null."""
        return [
            {name: cell or None for name, cell in zip(self.names, row, strict=True)}
            for row in self.rows
        ]

    def with_columns(self, order: Sequence[int]) -> Table:
        """The table with only these columns, in this order."""
        return Table(
            tuple(self.names[place] for place in order),
            tuple(tuple(row[place] for place in order) for row in self.rows),
        )

    def renamed(self, change: Callable[[str], str]) -> Table:
        """The table with its columns' names written otherwise."""
        return replace(self, names=tuple(map(change, self.names)))

    def with_rows(self, rows: Iterable[tuple[str, ...]]) -> Table:
        """The same columns over other rows."""
        return replace(self, rows=tuple(rows))


def table_of(records: Sequence[Mapping[str, str]], names: Sequence[str] | None = None) -> Table:
    """Records as a table; its columns are all names, in the order in which they first appear."""
    found = tuple(names or dict.fromkeys(name for record in records for name in record))
    return Table(found, tuple(tuple(one.get(name, "") for name in found) for one in records))


def read_csv(content: bytes, *, delimiter: str = ",", header: Sequence[str] | None = None) -> Table:
    """A plain CSV file in UTF-8, read by the standard library; its first record is the header."""
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    records = [tuple(one) for one in csv.reader(text, delimiter=delimiter, strict=True) if one]
    if header is None:
        return Table(records[0], tuple(records[1:]))
    return Table(tuple(header), tuple(records))


def as_text(
    table: Table,
    *,
    delimiter: str = ",",
    line_end: str = "\n",
    quoting: int = csv.QUOTE_MINIMAL,
    header: bool = True,
) -> str:
    """A delimited file as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    if header:
        writer.writerow(table.names)
    writer.writerows(table.rows)
    return text.getvalue()


def as_csv(table: Table) -> bytes:
    """Commas, line feeds, UTF-8."""
    return as_text(table).encode()


def as_tsv(table: Table) -> bytes:
    """Tabs, line feeds, UTF-8."""
    return as_text(table, delimiter="\t").encode()


def as_gzip(table: Table) -> bytes:
    """The CSV file, packed."""
    return gzip.compress(as_csv(table), mtime=0)


def as_xlsx(table: Table) -> bytes:
    """A workbook of one sheet, every cell a text."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Export")
        for number, row in enumerate([table.names, *table.rows]):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
    return stream.getvalue()


def as_parquet(table: Table) -> bytes:
    """Columns of text, a cell without text null."""
    columns = {
        name: [row[place] or None for row in table.rows] for place, name in enumerate(table.names)
    }
    stream = io.BytesIO()
    pl.DataFrame(columns, schema=dict.fromkeys(table.names, pl.String)).write_parquet(stream)
    return stream.getvalue()


def as_ndjson(table: Table) -> bytes:
    """One object a line."""
    lines = (json.dumps(record, ensure_ascii=False) for record in table.records)
    return "".join(f"{line}\n" for line in lines).encode()


def as_json(table: Table) -> bytes:
    """One array of objects."""
    return json.dumps(table.records, ensure_ascii=False, indent=1).encode()


KINDS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    "csv": as_csv,
    "tsv": as_tsv,
    "csv.gz": as_gzip,
    "xlsx": as_xlsx,
    "parquet": as_parquet,
    "ndjson": as_ndjson,
    "json": as_json,
}
"""Every kind of file that a table comes as, by the suffix of its name."""
