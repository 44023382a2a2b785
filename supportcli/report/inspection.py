"""An inspection for eyes: the file, its mapping, its rejects, and what cannot be had from it.

Names from the data enter as plain text, cleaned, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from rich import box
from rich.table import Table
from rich.text import Text

from supportcli.inspection.model import (
    Absent,
    ColumnFacts,
    FieldFacts,
    FileFacts,
    Inspection,
    Spent,
    Zone,
)
from supportcli.report.console import console_for, put_text, speaks_unicode
from supportcli.wording import clean, shortened, value_in_words

if TYPE_CHECKING:
    from rich.console import Console

    from supportcli.sources.read import Reject

_ORIGIN_WIDTH: Final = 80
_SAMPLE_WIDTH: Final = 24
_NAME_WIDTH: Final = 40
_REASON_WIDTH: Final = 100
_NEARLY_ALL: Final = 0.999

_PROBLEM_WIDTH: Final = 600
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
        yield "source", f"{inspection.source} ({inspection.title})"
        yield "", inspection.chosen_by
    else:
        yield "source", "unknown"
    for near in inspection.nearest:
        yield f"{near.source} lacks", ", ".join(near.missing)
    if inspection.problem:
        yield "problem", shortened(inspection.problem, _PROBLEM_WIDTH)
    if inspection.hint:
        yield "hint", inspection.hint
    for zone in inspection.zones:
        yield "time zone", _zone(zone)
    if inspection.date_order:
        yield "dates", inspection.date_order
    if inspection.spent:
        yield "rows", _spent(inspection.spent, inspection.file.rows or 0)
    for note in inspection.notes:
        yield "note", note.removeprefix(f"{inspection.file.name}: ")


def _file_facts(file: FileFacts) -> Iterator[tuple[str, str]]:
    yield "format", file.format
    if file.encoding:
        marked = file.encoding in ("utf-16", "utf-32", "utf-8-sig")
        how = ", by its byte-order mark" if marked else ", guessed" if file.is_guessed else ""
        yield "encoding", f"{file.encoding}{how}"
    if file.delimiter:
        yield "delimiter", _DELIMITERS.get(file.delimiter, file.delimiter)
        line = f"line {file.header_line}" if file.header_line else "none; the mapping names them"
        yield "header", f"{line}, {_counted(file.columns, 'column')}"
    else:
        yield "columns", f"{file.columns:,}"
    if file.rows is None:
        yield "rows", "not known, for the file cannot be read to its end"
    elif not file.rows:
        yield "rows", "none"


def _zone(zone: Zone) -> str:
    return f"{zone.name}, {zone.origin}" if zone.name else zone.origin


def _spent(spent: Spent, rows: int) -> str:
    skipped = "".join(f" + {count:,} skipped ({why})" for why, count in spent.skipped.items())
    repeated = (
        f"; {_counted(spent.repeated, 'event')} with the id of another (the latest version counts)"
        if spent.repeated
        else ""
    )
    rejected = f" + {spent.rejected:,} rejected"
    return f"{rows:,} = {_counted(spent.events, 'event')}{skipped}{rejected}{repeated}"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


_Rows = list[tuple[Text, ...]]


def _tables(inspection: Inspection) -> Iterator[tuple[str, Sequence[str], _Rows]]:
    """Title, header and rows of each table; those without rows are not shown."""
    yield (
        "Event columns, over the rows that no rule skips",
        ("event column", "from", "filled", "readable", "samples"),
        [_field_row(one) for one in inspection.fields],
    )
    yield (
        "Event columns that stay empty",
        ("event column", "the file has no column"),
        [_absent_row(one) for one in inspection.absent],
    )
    yield (
        "Columns that nothing uses" if inspection.fields else "Columns",
        ("column", "values", "samples"),
        [_column_row(one) for one in inspection.unused],
    )
    yield (
        "The first rejects",
        ("line", "column", "value", "reason"),
        [_reject_row(one) for one in inspection.rejects],
    )
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
        _samples(one.samples),
    )


def _absent_row(one: Absent) -> tuple[Text, ...]:
    return Text(one.field), _plain(", ".join(dict.fromkeys(one.columns)), _ORIGIN_WIDTH)


def _column_row(one: ColumnFacts) -> tuple[Text, ...]:
    return _plain(one.name, _NAME_WIDTH), Text(f"{one.filled:,}"), _samples(one.samples)


def _reject_row(one: Reject) -> tuple[Text, ...]:
    return (
        Text(str(one.line or f"row {one.row}")),
        _plain(one.column, _NAME_WIDTH),
        _plain(one.value or "", _SAMPLE_WIDTH),
        _plain(one.message, _REASON_WIDTH),
    )


def _samples(samples: Sequence[str]) -> Text:
    return Text(" | ".join(shortened(clean(one), _SAMPLE_WIDTH) for one in samples))


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
