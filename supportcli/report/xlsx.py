"""A report as a workbook: a sheet a section, with numbers that can be reckoned with.

Every text is written as text, never as a formula or a link, whatever it begins with.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_range_abs

from supportcli.currency import digits_behind
from supportcli.errors import OutputError
from supportcli.report.accent import accents
from supportcli.report.document import (
    BAD,
    GOOD,
    QUIET,
    Cell,
    Chart,
    Detail,
    Document,
    Glossary,
    Line,
    Paragraph,
    Section,
    Table,
)
from supportcli.report.tables import points_at_note, tile_table
from supportcli.wording import BARE
from supportcli.words import Words, marked, phrase

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    # Only so do spreadsheets show a negative duration; the book holds no date.
    "date_1904": True,
}
_CREATED: Final = dt.datetime(1980, 1, 1)
"""The same report is the same file: the moment of writing is nobody's business."""

_LONGEST_TEXT: Final = 32_767
_LONGEST_NAME: Final = 31
_LONGEST_CURRENCY: Final = 12
_LONGEST_TREND: Final = 1_000
_WIDTHS: Final = (9, 48)
_DEFINITION_WIDTH: Final = 90
_TREND_WIDTH: Final = 20
_PAPER_A4: Final = 9

_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\\s]+")

_HEAD_COLOUR: Final = "#f2f4f7"
_COLOURS: Final = {GOOD: "#1a7f37", BAD: "#b42318", QUIET: "#57606a"}

_MARKS: Final = {GOOD: "✓", BAD: "✗"}
_LONGEST_VERDICT: Final = 60

_DETAILS: Final = {
    "n": marked("n"),
    "interval": marked("95 % interval"),
    "change": marked("change"),
    "target": marked("target"),
}
"""What stands in columns of its own beside a value; why one is unknown is a note at its cell."""


def write_document(document: Document, stream: BinaryIO) -> None:
    """Write a document as an XLSX file."""
    book = _Book(document)
    words = document.words
    book.sheet(words.text("At a glance")).front(document)
    for section in document.sections:
        book.sheet(section.title).section(section)
    stream.write(book.finished())


def plain_text(text: str) -> str:
    """The text as a cell can hold it: without what XML cannot say, and not too long."""
    text = _cut(_NO_XML.sub("", text), _LONGEST_TEXT)
    # The library takes a text in these tags for markup of its own, and would not escape it.
    return f"{text[:-1]}> " if text.startswith("<r>") and text.endswith("</r>") else text


def _cut(text: str, longest: int) -> str:
    """The text cut to a length in UTF-16, which is what spreadsheets count in."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * longest:
        return text
    return f"{units[: 2 * (longest - 1)].decode('utf-16-le', 'ignore')}…"


def number_format(value: float, unit: str) -> str:
    """How a spreadsheet shows a value of a unit.

    >>> number_format(65.0, "s"), number_format(12, "count"), number_format(4.5, "JPY")
    ('[h]:mm:ss', '#,##0', '#,##0 "JPY"')
    """
    if unit == "s":
        return "[h]:mm:ss"
    if unit == "share":
        return "0.0%"
    if unit in BARE:
        return _thousands(0 if isinstance(value, int) else 2)
    currency = _cut(plain_text(unit).replace('"', ""), _LONGEST_CURRENCY)
    return f'{_thousands(digits_behind(unit))} "{currency}"'


def _thousands(decimals: int) -> str:
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _points_format(words: Words) -> str:
    """How percentage points are shown: 2.8 pp, for a change of a share is no percentage."""
    before, _, behind = words.text(phrase("{number} pp", number="0.0")).partition("0.0")
    return f"{_quoted(before)}0.0{_quoted(behind)}"


def _signed(shown: str, said: str) -> str:
    """The format of a change, with what is said behind it: no tone is told by a colour alone."""
    behind = _quoted(f" {said}") if said else ""
    # Two texts in quotes side by side are one: some spreadsheets take the quotes between for text.
    whole = f"{shown}{behind}".replace('""', "")
    return f"+{whole};-{whole};{whole}"


def _quoted(text: str) -> str:
    """A text as part of a format."""
    return f'"{text}"' if text else ""


class _SheetNames:
    """Names of sheets that every spreadsheet takes, each of them once."""

    def __init__(self) -> None:
        self._taken = {"history"}  # a name that Excel keeps for itself

    def name(self, title: str) -> str:
        """The title, or as much of it as a sheet can be called."""
        wished = _NO_SHEET_NAME.sub(" ", _NO_XML.sub("", title)).strip("' ") or "-"
        marks = ("", *(f" {number}" for number in range(2, len(self._taken) + 3)))
        names = (_cut(wished, _LONGEST_NAME - len(mark)).strip("' ") + mark for mark in marks)
        name = next(name for name in names if name.casefold() not in self._taken)
        self._taken.add(name.casefold())
        return name


class _Book:
    """A workbook that is being written, with what its sheets share."""

    def __init__(self, document: Document) -> None:
        self.words: Words = document.words
        self.accent = accents(document.brand.accent).light
        self._file = io.BytesIO()
        self._book = Workbook(self._file, _OPTIONS)
        self._book.set_properties({"title": _cut(document.title, 255), "created": _CREATED})
        self._names = _SheetNames()
        self._styles: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._trends: list[tuple[str, tuple[float | None, ...]]] = []
        self._trends_name = self._names.name("trends")

    def style(self, **properties: Any) -> Any:
        """A format of the workbook, the same one for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format({"valign": "top", **properties})
        return self._styles[key]

    def sheet(self, title: str) -> _Sheet:
        """A new sheet, the last so far."""
        sheet = self._book.add_worksheet(self._names.name(title))
        if self.words.direction == "rtl":
            sheet.right_to_left()
        sheet.set_landscape()
        sheet.set_paper(_PAPER_A4)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        return _Sheet(self, sheet)

    def trend(self, name: str, values: tuple[float | None, ...]) -> str:
        """The range of the hidden sheet that a sparkline draws."""
        shown = values[-_LONGEST_TREND:]
        at = len(self._trends)
        self._trends.append((name, shown))
        return f"{quote_sheetname(self._trends_name)}!{xl_range_abs(at, 1, at, len(shown))}"

    def finished(self) -> bytes:
        """The bytes of the workbook."""
        if self._trends:
            sheet = self._book.add_worksheet(self._trends_name)
            for at, (name, values) in enumerate(self._trends):
                sheet.write_string(at, 0, plain_text(name))
                for step, value in enumerate(values, 1):
                    if is_known(value):
                        sheet.write_number(at, step, value)
            sheet.hide()
        self._book.close()
        return self._file.getvalue()


def is_known(value: float | None) -> bool:
    """Whether a cell can hold the value as a number."""
    return value is not None and math.isfinite(value)


class _Sheet:
    """A sheet that is written from top to bottom."""

    def __init__(self, book: _Book, sheet: Any) -> None:
        self._book = book
        self._sheet = sheet
        self._row = 0
        self._widths: dict[int, int] = defaultdict(lambda: _WIDTHS[0])
        self._heads: list[int] = []
        self._called = ""

    def front(self, document: Document) -> None:
        """The sheet that says what the report is of, and the few numbers that matter."""
        self._title(document.title, size=16)
        for name, fact in document.facts:
            self._put(0, name, font_color=_COLOURS[QUIET])
            self._put(1, fact, is_wide=True)
            self._row += 1
        self._row += 1
        if document.tiles:
            self._table(tile_table(document))
        self._finish()

    def section(self, section: Section) -> None:
        """The sheet of a section: its blocks, one below the other."""
        self._title(section.title, size=14)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                self._put(0, block.text, is_wide=True, **_coloured(block.tone))
                self._row += 2
            elif isinstance(block, Table):
                self._table(block)
            elif isinstance(block, Chart):
                self._table(replace(block.table, title=block.title))
            else:
                self._glossary(block)
        self._finish()

    def _title(self, text: str, *, size: int) -> None:
        self._called = text
        self._put(0, text, is_wide=True, bold=True, font_size=size, font_color=self._book.accent)
        self._row += 2

    def _table(self, table: Table) -> None:
        if table.title not in ("", self._called):
            self._put(0, table.title, is_wide=True, bold=True)
            self._row += 1
        columns = [column for at in range(len(table.head)) for column in _columns(table, at)]
        self._head(table, columns)
        for line in table.lines:
            self._line(table, line, columns)
        for note in table.notes:
            self._put(0, note, is_wide=True, italic=True, font_color=_COLOURS[QUIET])
            self._row += 1
        self._row += 1

    def _head(self, table: Table, columns: list[_Column]) -> None:
        text = self._book.words.text
        names = [
            f"{column.name} · {text(_DETAILS[column.detail])}" if column.is_beside else column.name
            for column in columns
        ]
        for at, name in enumerate([*names, *[text("Trend")] * table.has_trend]):
            self._put(
                at, name, bold=True, text_wrap=True, bottom=2, bg_color=_HEAD_COLOUR,
                bottom_color=self._book.accent, **_aligned(at),
            )  # fmt: skip
        self._heads.append(self._row)
        self._row += 1

    def _line(self, table: Table, line: Line, columns: list[_Column]) -> None:
        for at, column in enumerate(columns):
            cell = line.cells[column.at]
            if not column.detail:
                self._cell(at, cell)
                self._note(at, _reason(table, cell))
            for detail in cell.details:
                if detail.kind == column.detail:
                    self._detail(at, detail)
        if any(map(is_known, line.trend)):
            values = self._book.trend(line.cells[0].text, line.trend)
            drawn = {"range": values, "series_color": self._book.accent, "show_hidden": True}
            self._written(self._sheet.add_sparkline(self._row, len(columns), drawn))
            self._widths[len(columns)] = _TREND_WIDTH
        self._row += 1

    def _cell(self, column: int, cell: Cell) -> None:
        if cell.unit == "text":
            self._put(column, cell.text, **_aligned(column))
        elif is_known(cell.value):
            shown = number_format(cell.value or 0, cell.unit)
            self._number(column, cell.value or 0, cell.unit, cell.text, num_format=shown)
        elif cell.text:
            marks = [one.text for one in cell.details if points_at_note(one)]
            said = " ".join([cell.text, *marks])
            self._put(column, said, font_color=_COLOURS[QUIET], **_aligned(column))

    def _detail(self, column: int, detail: Detail) -> None:
        colour = _coloured(detail.tone)
        if not is_known(detail.value) or detail.unit == "text":
            self._put(column, detail.text, align="right", **colour)
            return
        value, unit = detail.value or 0, detail.unit
        shown = number_format(value, unit)
        if detail.kind == "change" and unit == "share":
            value, unit, shown = 100 * value, "points", _points_format(self._book.words)
        if detail.kind == "change":
            shown = _signed(shown, self._verdict(detail))
        self._number(column, value, unit, detail.text, num_format=shown, **colour)

    def _verdict(self, detail: Detail) -> str:
        """What a change says of itself behind its number, such as noise, and its mark."""
        change = self._book.words.change(detail.value or 0, detail.unit)
        said = detail.text.replace(change, "").strip() if change in detail.text else ""
        said = _cut(plain_text(said).replace('"', ""), _LONGEST_VERDICT)
        return " ".join(filter(None, [said, _MARKS.get(detail.tone)]))

    def _number(self, column: int, value: float, unit: str, text: str, **style: Any) -> None:
        days = value / 86_400 if unit == "s" else value
        style = self._book.style(**style)
        self._written(self._sheet.write_number(self._row, column, days, style))
        self._widen(column, text)

    def _note(self, column: int, text: str) -> None:
        if text:
            size = {"author": "", "width": 260, "height": 20 * (2 + len(text) // 40)}
            note = plain_text(text)
            self._written(self._sheet.write_comment(self._row, column, note, size))

    def _glossary(self, glossary: Glossary) -> None:
        for term in glossary.terms:
            self._put(0, term.title, bold=True)
            self._put(1, term.definition, is_wide=True, text_wrap=True)
            self._row += 1
        self._widths[1] = max(self._widths[1], _DEFINITION_WIDTH)

    def _put(self, column: int, text: str, *, is_wide: bool = False, **style: Any) -> None:
        """Write a text; a wide one may run over the cells beside it."""
        text = plain_text(text)
        style = self._book.style(**style)
        self._written(self._sheet.write_string(self._row, column, text, style))
        if not is_wide:
            self._widen(column, text)

    def _widen(self, column: int, text: str) -> None:
        self._widths[column] = max(self._widths[column], min(len(text) + 2, _WIDTHS[1]))

    def _written(self, code: int) -> None:
        """Hold the library to its word, for what is beyond a sheet it leaves out in silence."""
        if code != 0:
            raise OutputError(
                "the report has more rows or columns than a spreadsheet can hold",
                hint="cut it by less (--by, --period), or write csv or parquet",
            )

    def _finish(self) -> None:
        """Set the widths, and keep the head in sight: of the only table, else of the sheet."""
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, width)
        if len(self._heads) == 1:
            self._sheet.freeze_panes(self._heads[0] + 1, 1)
            self._sheet.repeat_rows(self._heads[0])
        else:
            self._sheet.freeze_panes(1, 1 if self._heads else 0)


@dataclass(frozen=True)
class _Column:
    """A column of a sheet: the cells of a column of the table, or one kind of their details.

    `is_beside` says that another column holds what the details are of.
    """

    at: int
    name: str
    detail: str = ""
    is_beside: bool = False


def _columns(table: Table, at: int) -> Iterator[_Column]:
    """The columns that one of the table takes: its values, and what any of its cells has beside."""
    name = table.head[at].text
    cells = [line.cells[at] for line in table.lines]
    found = {detail.kind for cell in cells for detail in cell.details}
    kinds = [kind for kind in _DETAILS if kind in found]
    is_alone = len(kinds) == 1 and not any(cell.text for cell in cells)
    if not is_alone:
        yield _Column(at, name)
    for kind in kinds:
        yield _Column(at, name, kind, is_beside=not is_alone)


def _reason(table: Table, cell: Cell) -> str:
    """Why a value is unknown: what the cell says, or the note below the table it points at."""
    reasons = [detail.text for detail in cell.details if detail.kind == "why"]
    noted = [note for note in table.notes for reason in reasons if note.startswith(reason)]
    return "; ".join(noted or reasons)


def _aligned(column: int) -> dict[str, Any]:
    """Names begin where one reads from, and what stands beside them ends in line with numbers."""
    return {"align": "right"} if column else {}


def _coloured(tone: str) -> dict[str, Any]:
    return {"font_color": _COLOURS[tone]} if tone else {}
