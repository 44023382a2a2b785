"""An inspection for eyes: the file, its mapping, its rejects, and what cannot be had from it.

Names from the data enter as plain text, cleaned, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from rich import box
from rich.table import Table
from rich.text import Text

from supportcli.inspection import FieldFacts, FileFacts, Inspection, Spent, Zone
from supportcli.report.terminal import console_for, put_text, speaks_unicode
from supportcli.wording import clean, shortened, value_in_words

if TYPE_CHECKING:
    from rich.console import Console

_ORIGIN_WIDTH: Final = 60
_SAMPLE_WIDTH: Final = 32
_NAME_WIDTH: Final = 40
_REASON_WIDTH: Final = 100
_NEARLY_ALL: Final = 0.999

_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


def write_inspections(inspections: Sequence[Inspection], stream: BinaryIO, color: str) -> None:
    """Write what is known of each input, one after the other."""
    console, collected = console_for(color)
    for inspection in inspections:
        _print(inspection, console)
    if inspections:
        put_text(collected.getvalue(), stream)


def _print(inspection: Inspection, console: Console) -> None:
    console.print(_plain(inspection.file.name, style="bold"))
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(inspection):
        facts.add_row(Text(f"  {name}", style="dim"), _plain(text))
    console.print(facts)
    console.print()
    for title, header, rows in _tables(inspection):
        if rows:
            console.print(_table(title, header, rows))


def _facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    yield from _file_facts(inspection.file)
    if inspection.source:
        yield "source", f"{inspection.source} ({inspection.title}), {inspection.chosen_by}"
    else:
        yield "source", "unknown"
    for near in inspection.nearest:
        yield f"{near.source} lacks", ", ".join(near.missing)
    if inspection.problem:
        yield "problem", inspection.problem
    for zone in inspection.zones:
        yield "time zone", _zone(zone)
    if inspection.spent:
        yield "rows", _spent(inspection.spent, inspection.file.rows or 0)
    if inspection.absent:
        yield "not in the file", f"{', '.join(inspection.absent)} (the mapping could fill them)"


def _file_facts(file: FileFacts) -> Iterator[tuple[str, str]]:
    yield "format", file.format
    if file.encoding:
        marked = file.encoding in ("utf-16", "utf-32", "utf-8-sig")
        how = ", by its byte-order mark" if marked else ", guessed" if file.is_guessed else ""
        yield "encoding", f"{file.encoding}{how}"
    if file.delimiter:
        yield "delimiter", _DELIMITERS.get(file.delimiter, file.delimiter)
        line = f"line {file.header_line}" if file.header_line else "none; the mapping names them"
        yield "header", f"{line}, {file.columns:,} columns"
    else:
        yield "columns", f"{file.columns:,}"
    for note in file.notes:
        yield "note", note
    if file.rows is None:
        yield "rows", "not known, for the file cannot be read to its end"
    elif not file.rows:
        yield "rows", "none"


def _zone(zone: Zone) -> str:
    return f"{zone.name}, {zone.origin}" if zone.name else zone.origin


def _spent(spent: Spent, rows: int) -> str:
    skipped = "".join(f" + {count:,} skipped ({why})" for why, count in spent.skipped.items())
    repeated = (
        f"; {spent.repeated:,} events repeat an event id (of those the latest version counts)"
        if spent.repeated
        else ""
    )
    rejected = f" + {spent.rejected:,} rejected"
    return f"{rows:,} = {spent.events:,} events{skipped}{rejected}{repeated}"


_Rows = list[tuple[Text, ...]]


def _tables(inspection: Inspection) -> Iterator[tuple[str, Sequence[str], _Rows]]:
    """Title, header and rows of each table; those without rows are not shown."""
    yield (
        "Event columns, over the rows that no rule skips",
        ("event column", "from", "filled", "readable", "sample"),
        [_field_row(one) for one in inspection.fields],
    )
    title = "Columns that nothing uses" if inspection.source else "Columns"
    yield (
        title,
        ("column", "values", "sample"),
        [
            (_plain(one.name, _NAME_WIDTH), Text(f"{one.filled:,}"),
             _plain(one.sample or "", _SAMPLE_WIDTH))
            for one in inspection.unused
        ],
    )  # fmt: skip
    yield (
        "The first rejects",
        ("line", "column", "value", "reason"),
        [
            (Text(str(one.line or f"row {one.row}")), _plain(one.column, _NAME_WIDTH),
             _plain(one.value or "", _SAMPLE_WIDTH), _plain(one.message, _REASON_WIDTH))
            for one in inspection.rejects
        ],
    )  # fmt: skip
    yield (
        "KPIs that this file cannot give",
        ("it lacks", "would fill it", "KPIs"),
        [
            (Text(one.what), Text(", ".join(one.fields)), Text(", ".join(one.kpis)))
            for one in inspection.lacks
        ],
    )


def _field_row(one: FieldFacts) -> tuple[Text, ...]:
    return (
        Text(one.field),
        _plain(one.origin, _ORIGIN_WIDTH),
        _share(one.filled, one.rows),
        _share(one.parsed, one.present),
        _plain(one.sample or "", _SAMPLE_WIDTH),
    )


def _share(part: int, whole: int) -> Text:
    """A share of rows; one that is nearly all is never shown as all."""
    if not whole:
        return Text("—", style="dim")
    share = part / whole
    if part < whole and share > _NEARLY_ALL:
        return Text("< 100 %")
    return Text(value_in_words(share, "share"))


def _table(title: str, header: Sequence[str], rows: _Rows) -> Table:
    table = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD if speaks_unicode() else box.ASCII2,
        header_style="bold",
        pad_edge=False,
    )
    for name in header:
        right = name in ("filled", "readable", "values")
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        table.add_row(*row)
    return table


def _plain(text: str, width: int | None = None, style: str = "") -> Text:
    cleaned = clean(text)
    return Text(shortened(cleaned, width) if width else cleaned, style=style)
