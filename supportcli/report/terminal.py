"""A report for eyes: a table of KPIs, one column a group, as wide as the terminal.

Names from the data enter as plain text, cleaned, never as markup.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportcli.kpis import CATALOGUE
from supportcli.report.check import VERDICTS, group_in_words, why_not_judged
from supportcli.report.model import Change, Check, Report, Row
from supportcli.wording import change_in_words, clean, shortened, value_in_words

if TYPE_CHECKING:
    import polars as pl

PLAIN_WIDTH: Final = 100
"""The width of a table that goes to a file or a pipe."""

_NAME_WIDTH: Final = 24
_COLUMN_SPACE: Final = 3
_SHOWN_ROWS: Final = 20

Key = tuple[tuple[Any, ...] | None, str | None]


def console_for(color: str, width: int | None = None) -> tuple[Console, io.StringIO]:
    """A console that collects its text, coloured for a terminal or as asked."""
    terminal = sys.stdout.isatty()
    coloured = color == "always" or (color == "auto" and terminal and "NO_COLOR" not in os.environ)
    collected = io.StringIO()
    console = Console(
        file=collected,
        width=width or (shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns),
        color_system="standard" if coloured else None,
        force_terminal=coloured,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    return console, collected


def speaks_unicode() -> bool:
    """Whether standard output can show more than ASCII."""
    return "utf" in (getattr(sys.stdout, "encoding", None) or "ascii").lower()


def write_report(report: Report, stream: BinaryIO, color: str) -> None:
    """Write a report as tables and the notes under them."""
    console, collected = console_for(_colour_of(stream, color))
    print_report(report, console, unicode=_takes_unicode(stream))
    put_text(collected.getvalue(), stream)


def put_text(text: str, stream: BinaryIO) -> None:
    """Write what a console collected, in what standard output can show."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    stream.write((lines if _takes_unicode(stream) else _spoken(lines)).encode() + b"\n")


def _takes_unicode(stream: BinaryIO) -> bool:
    """A file takes everything; standard output what its encoding has."""
    return stream is not sys.stdout.buffer or speaks_unicode()


def _colour_of(stream: BinaryIO, color: str) -> str:
    """A file that a terminal's user asked for is no terminal."""
    return "never" if color == "auto" and stream is not sys.stdout.buffer else color


def _spoken(text: str) -> str:
    return text.replace("—", "-").replace("…", "~").encode("ascii", "replace").decode()


def print_report(report: Report, console: Console, *, unicode: bool) -> None:
    """Print the tables, one column a group or a period, and what is unknown and why."""
    notes = _Notes()
    rows = {(row.group, row.period, row.kpi): row for row in report.rows}
    kpis = list(dict.fromkeys(row.kpi for row in report.rows))
    titles = [CATALOGUE[kpi].title for kpi in kpis]
    cell = partial(_cell, notes=notes, unicode=unicode)
    for title, keys in _blocks(report):
        for kpi in kpis:  # numbered as they are read, line by line
            for (group, period), _ in keys:
                notes.number_of(rows[group, period, kpi])
        columns = [
            _Column(head, [cell(rows[group, period, kpi]) for kpi in kpis])
            for (group, period), head in keys
        ]
        for chunk in _chunks(columns, console.width - max(map(len, titles), default=0)):
            console.print(_table("KPI", titles, chunk, title, unicode=unicode))
            console.print()
    for line in _footer(report, notes, unicode=unicode):
        console.print(Text(line, style="dim"))


@dataclass(frozen=True)
class _Column:
    """One column of a table: its heading, and a cell for every KPI."""

    head: str
    cells: list[Text]

    @property
    def width(self) -> int:
        """How wide it is, with the space before it."""
        texts = [self.head, *(cell.plain for cell in self.cells)]
        return max(len(line) for text in texts for line in text.split("\n")) + _COLUMN_SPACE


def _blocks(report: Report) -> Iterator[tuple[str | None, list[tuple[Key, str]]]]:
    """The tables: all groups side by side, or with periods one table a group."""
    groups = list(dict.fromkeys(row.group for row in report.rows))
    groups = [*(group for group in groups if group is not None), None]
    if report.period is None:
        yield None, [((group, None), group_name(group)) for group in groups]
        return
    periods = list(dict.fromkeys(row.period for row in report.rows))
    for group in groups:
        title = group_name(group).replace("\n", " / ")
        yield title, [((group, period), period or "whole range") for period in periods]


def group_name(group: tuple[Any, ...] | None) -> str:
    """The heading of a group, a line for each dimension."""
    if group is None:
        return "total"
    parts = ["unknown" if value is None else clean(str(value)) for value in group]
    return "\n".join(shortened(part, _NAME_WIDTH) for part in parts) or "all"


def _chunks(columns: list[_Column], width: int) -> Iterator[list[_Column]]:
    """As many columns at a time as the width bears, one at the least."""
    chunk: list[_Column] = []
    for column in columns:
        if chunk and sum(one.width for one in chunk) + column.width > width:
            yield chunk
            chunk = []
        chunk.append(column)
    yield chunk


def _table(
    corner: str,
    names: Sequence[str],
    columns: Sequence[_Column],
    title: str | None = None,
    *,
    unicode: bool,
) -> Table:
    table = Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD if unicode else box.ASCII2,
        header_style="bold",
        pad_edge=False,
    )
    table.add_column(corner, overflow="fold")
    for column in columns:
        table.add_column(Text(column.head), justify="right")
    for position, name in enumerate(names):
        table.add_row(Text(name), *(column.cells[position] for column in columns))
    return table


def _cell(row: Row, notes: _Notes, *, unicode: bool) -> Text:
    """Everything that is said of a row: its value, and how that stands to its target."""
    text = _value(row, notes)
    if row.change is not None:
        text.append(f"\n{_change(row.change, row.unit)}", style=_change_style(row.change))
    if row.target is not None:
        mark = _MARKS[unicode][row.met]
        text.append(f"\n{mark} {clean(row.target)}", style=TARGET_STYLES[row.met])
    return text


def _change(change: Change, unit: str) -> str:
    """A change and what is to be thought of it; nothing where that cannot be told."""
    word = "noise" if change.is_noise else change.verdict or "changed"
    told = f" {word}" if change.is_noise is not None else ""
    return f"{change_in_words(change.value, unit)}{told}"


def _change_style(change: Change) -> str:
    if change.verdict is not None:
        return "green" if change.verdict == "better" else "bold red"
    return "" if change.is_noise is False else "dim"


_MARKS: Final[dict[bool, dict[bool | None, str]]] = {
    True: {True: "✓", False: "✗", None: "?"},
    False: {True: "ok", False: "MISSED", None: "?"},
}
TARGET_STYLES: Final[dict[bool | None, str]] = {True: "green", False: "bold red", None: "dim"}


def _value(row: Row, notes: _Notes) -> Text:
    """The value with its n, or a dash with the number of the note that says why."""
    if row.value is None:
        return Text(f"— [{notes.number_of(row)}]", style="dim")
    text = Text(value_in_words(row.value, row.unit))
    if row.unit != "count" or isinstance(row.value, float):
        text.append(f"\nn {row.n:,}", style="dim")
    return text


class _Notes:
    """The reasons for what is unknown, numbered as they occur."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}

    def number_of(self, row: Row) -> int | None:
        """The number of a row's reason; None where its value is known."""
        if row.value is not None:
            return None
        return self.reasons.setdefault(row.why_null or "", len(self.reasons) + 1)


def _footer(report: Report, notes: _Notes, *, unicode: bool) -> Iterator[str]:
    for reason, number in notes.reasons.items():
        yield f"[{number}] {reason}"
    if any(row.target is not None for row in report.rows):
        met, missed, unjudged = (_MARKS[unicode][met] for met in (True, False, None))
        yield f"{met} target met, {missed} missed, {unjudged} not judged: unknown or of too few"
    if report.compared_with is not None:
        yield f"compared with {clean(report.compared_with)}: noise is what chance alone makes"
    rows = sum(intake.rows for intake in report.intakes)
    events = sum(intake.events for intake in report.intakes)
    lost = {
        "skipped": sum(sum(intake.skipped.values()) for intake in report.intakes),
        "rejected": sum(intake.rejected for intake in report.intakes),
        "duplicates": sum(intake.duplicates for intake in report.intakes),
        "superseded": sum(intake.superseded for intake in report.intakes),
    }
    spent = "".join(f", {count:,} {name}" for name, count in lost.items() if count)
    files = len(report.intakes)
    yield f"{rows:,} rows of {files} input{'s' * (files != 1)} = {events:,} events{spent}"
    found = [f"{count:,} {kind}" for kind, count in report.anomalies.items() if count]
    if found:
        yield f"anomalies: {', '.join(found)}"
    if report.customers is not None:
        yield str(report.customers)
    as_of = f"{report.as_of:%Y-%m-%d %H:%M:%S}Z" if report.as_of else "no data"
    yield f"as of {as_of}; times in {report.timezone}"


def plain_table() -> Table:
    """An empty table, to be drawn in what standard output can show."""
    kind = box.SIMPLE_HEAD if speaks_unicode() else box.ASCII2
    return Table(box=kind, header_style="bold", pad_edge=False)


def write_table(table: Table, notes: Iterable[str], stream: BinaryIO, color: str) -> None:
    """Write a table and what is to be said of it."""
    console, collected = console_for(_colour_of(stream, color))
    console.print(table)
    for note in notes:
        console.print(Text(note, style="dim"))
    put_text(collected.getvalue(), stream)


def write_check(check: Check, stream: BinaryIO, color: str) -> None:
    """Write a line for every target: the value beside it, and whether it is met."""
    table = plain_table()
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
    """Write the first rows of a table, the columns that hold something, as wide as it gets."""
    shown = frame.head(_SHOWN_ROWS)
    names = [name for name in frame.columns if frame[name].null_count() < frame.height]
    table = plain_table()
    for name in names:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for row in shown.select(names).iter_rows():
        table.add_row(*(Text(_plain(value)) for value in row))
    console, collected = console_for(
        _colour_of(stream, color), width=max(PLAIN_WIDTH, 22 * len(names))
    )
    console.print(table)
    console.print(f"{shown.height:,} of {frame.height:,} rows; --format csv shows all")
    put_text(collected.getvalue(), stream)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], stream: BinaryIO) -> None:
    """Write a small table of our own words and cleaned ones of others."""
    table = plain_table()
    for position, name in enumerate(header):
        # The first column is what one types again.
        table.add_column(name, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    console, collected = console_for("auto")
    console.print(table)
    put_text(collected.getvalue(), stream)


def print_columns(
    names: Sequence[str], columns: Sequence[tuple[str, Sequence[str]]], stream: BinaryIO
) -> None:
    """Write columns of our own words, as many side by side as the terminal is wide.

    `names` say what stands in each row; each column is a heading and its cells.
    """
    console, collected = console_for("auto")
    made = [_Column(head, [Text(cell) for cell in cells]) for head, cells in columns]
    for chunk in _chunks(made, console.width - max(map(len, names), default=0)):
        console.print(_table("", names, chunk, unicode=speaks_unicode()))
    put_text(collected.getvalue(), stream)


def _plain(value: Any) -> str:
    return "" if value is None else shortened(clean(str(value)), 40)
