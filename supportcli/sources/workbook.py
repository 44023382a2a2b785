"""A spreadsheet as a table of texts, each cell as an export to CSV would write it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources.layout import ending_of, header_index, names_in
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec
from supportcli.sources.split import Record
from supportcli.words import Name, phrase

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_EXACT: Final = 2**53
_HEADER_WITHIN: Final = 200
_CLOCK_NOISE_US: Final = 10_000
_SOME_DAY: Final = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class Sheet:
    """The table of a sheet: its rows with their numbers there, what was left out, and notes."""

    frame: pl.DataFrame
    rows: Sequence[int]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]


def read(file: InputFile, spec: FileSpec) -> Sheet:
    """The table in a workbook: that of the first sheet that shows one.

    Raises InputError for a workbook that cannot be read or has no table.
    """
    key = ("sheet", spec.header_rows, spec.preamble)
    return file.once(key, lambda: _read(file, spec))


def _read(file: InputFile, spec: FileSpec) -> Sheet:
    found = [(name, rows) for name, rows in _sheets(file) if _is_table(rows)]
    if not found:
        raise InputError(f"{file.name}: no sheet of the workbook has a table")
    (name, records), *others = found
    at = header_index(records[spec.preamble : spec.preamble + _HEADER_WITHIN], spec.header_rows)
    assert at is not None
    at += spec.preamble
    header, body = records[at : at + spec.header_rows], records[at + spec.header_rows :]
    names = _without_empty_end(names_in(header), records[at:])
    ending = ending_of(body, len(names))
    rows = [one for one in body[: len(body) - ending.size] if not one.is_blank]
    columns = [[one.cells[place] or None for one in rows] for place in range(len(names))]
    frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String), orient="col")
    notes = []
    if others:
        listed = ", ".join(name for name, _ in others)
        notes.append(
            phrase(
                '{file}: of its sheets "{name}" was read, and not: {others}',
                file=Name(file.name), name=Name(name), others=Name(listed),
            )
        )  # fmt: skip
    return Sheet(frame, [one.line for one in rows], ending.left_out, tuple(notes))


def _is_table(records: Sequence[Record]) -> bool:
    """Whether a sheet has more than a heading: two rows with two cells each."""
    return sum(one.filled > 1 for one in records) > 1


def _without_empty_end(names: list[str], records: Sequence[Record]) -> list[str]:
    """The columns up to the last that holds anything."""
    last = max(place + 1 for one in records for place, cell in enumerate(one.cells) if cell.strip())
    return names[:last]


def _sheets(file: InputFile) -> list[tuple[str, list[Record]]]:
    """The visible sheets by name, each as records numbered like its rows."""
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum

    try:
        workbook = _opened(file)
        sheets = []
        for facts in workbook.sheets_metadata:
            visible = facts.visible == SheetVisibleEnum.Visible
            if visible and facts.typ == SheetTypeEnum.WorkSheet:
                sheet = workbook.get_sheet_by_name(facts.name)
                first = sheet.start[0] + 1 if sheet.start else 1
                rows = sheet.to_python(skip_empty_area=True)
                sheets.append((facts.name, [
                    Record(number, number, [as_text(cell) for cell in row])
                    for number, row in enumerate(rows, start=first)
                ]))  # fmt: skip
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{file.name}: the workbook cannot be read: {error}",
            hint="open it in a spreadsheet, and save it as XLSX or CSV without a password",
        ) from error
    return sheets


def _opened(file: InputFile) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    place = file.place
    if isinstance(place, Path):
        return CalamineWorkbook.from_path(place)
    return CalamineWorkbook.from_filelike(io.BytesIO(place))


def as_text(cell: Any) -> str:
    """A cell as text: whole numbers without a point, times in ISO 8601, truth in capitals.

    Midnight is left out of a time, for a sheet does not tell a date from its first moment.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _whole_second(cell).isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    if isinstance(cell, dt.time):
        return f"{_whole_second(dt.datetime.combine(_SOME_DAY, cell)):%H:%M:%S}"
    return str(cell)


def _number(value: float) -> str:
    """Every digit, as far as the sheet holds them; beyond, it shows that they were lost."""
    if float(value).is_integer():
        return str(int(value)) if abs(value) < _EXACT else f"{value:.14E}"
    return repr(float(value))


def _whole_second(time: dt.datetime) -> dt.datetime:
    """The time without the fraction that a sheet's own rounding left."""
    near = (time + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    return near if abs(time - near) <= dt.timedelta(microseconds=_CLOCK_NOISE_US) else time


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{second:02d}"
