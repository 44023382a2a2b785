"""Small tables for eyes: of checks, of events and conversations, and of what the program knows.

Names from the data enter as plain text, cleaned, never as markup.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from rich import box
from rich.table import Table
from rich.text import Text

from supportcli.kpis import CATALOGUE
from supportcli.report.check import VERDICTS, group_in_words, why_not_judged
from supportcli.report.console import console_for, put_text, speaks_unicode
from supportcli.report.grid import Cell, Column, Grid, Justify, print_grid
from supportcli.report.model import Check
from supportcli.wording import clean, shortened, value_in_words

if TYPE_CHECKING:
    import polars as pl

_SHOWN_ROWS: Final = 20
_CELL_WIDTH: Final = 40

TARGET_STYLES: Final[dict[bool | None, str]] = {True: "green", False: "bold red", None: "dim"}


def plain_table(stream: BinaryIO | None = None) -> Table:
    """An empty table, to be drawn in what the stream can show."""
    kind = box.SIMPLE_HEAD if speaks_unicode(stream) else box.ASCII2
    return Table(box=kind, header_style="bold", pad_edge=False)


def write_table(table: Table, notes: Iterable[str], stream: BinaryIO, color: str) -> None:
    """Write a table and what is to be said of it."""
    console, collected = console_for(color, stream)
    console.print(table)
    for note in notes:
        console.print(Text(note, style="dim"))
    put_text(collected.getvalue(), stream)


def write_check(check: Check, stream: BinaryIO, color: str) -> None:
    """Write a line for every target: the value beside it, and whether it is met."""
    table = plain_table(stream)
    table.add_column("KPI", overflow="fold")
    table.add_column("of", overflow="fold")
    for name in ("value", "n", "target"):
        table.add_column(name, justify="right")
    table.add_column("")
    for checked in check.rows:
        row = checked.row
        verdict = Text(VERDICTS[row.met], style=TARGET_STYLES[row.met])
        if row.met is None:
            verdict.append(f": {why_not_judged(row)}")
        table.add_row(
            Text(CATALOGUE[row.kpi].title),
            Text(group_in_words(checked)),
            Text(value_in_words(row.value, row.unit)),
            Text(f"{row.n:,}"),
            Text(clean(row.target or "")),
            verdict,
        )
    counts = Counter(checked.row.met for checked in check.rows)
    said = (f"{counts[met]:,} {VERDICTS[met].lower()}" for met in (True, False, None))
    write_table(table, [", ".join(said)], stream, color)


def write_frame(frame: pl.DataFrame, stream: BinaryIO, color: str) -> None:
    """Write the first rows of a table, the columns that hold something.

    What a line has no room for follows below, beside the numbers of the rows again.
    """
    shown = frame.head(_SHOWN_ROWS)
    names = [name for name in frame.columns if frame[name].null_count() < frame.height]
    columns = [
        Column(name, [Cell(Text(_plain(value))) for value in shown[name]], _justify(shown, name))
        for name in names
    ]
    console, collected = console_for(color, stream)
    numbers = [str(number) for number in range(1, shown.height + 1)]
    print_grid(Grid("", numbers, columns), console, unicode=speaks_unicode(stream))
    console.print(f"{shown.height:,} of {frame.height:,} rows; --format csv shows all")
    put_text(collected.getvalue(), stream)


def _justify(frame: pl.DataFrame, name: str) -> Justify:
    return "right" if frame.schema[name].is_numeric() else "left"


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], stream: BinaryIO) -> None:
    """Write a small table of our own words and cleaned ones of others."""
    table = plain_table(stream)
    for position, name in enumerate(header):
        # The first column is what one types again.
        table.add_column(name, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    console, collected = console_for("auto", stream)
    console.print(table)
    put_text(collected.getvalue(), stream)


def print_columns(names: Sequence[str], columns: Sequence[Column], stream: BinaryIO) -> None:
    """Write columns, as many side by side as the terminal is wide; `names` name the rows."""
    console, collected = console_for("auto", stream)
    print_grid(Grid("", names, columns), console, unicode=speaks_unicode(stream))
    put_text(collected.getvalue(), stream)


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return "" if value is None else shortened(clean(str(value)), _CELL_WIDTH)
