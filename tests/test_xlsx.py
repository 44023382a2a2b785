"""The workbook: numbers are numbers, texts are texts, and every spreadsheet can open it."""

from __future__ import annotations

import datetime as dt
import io
import math
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, replace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum

import documents
from supportcli.errors import OutputError
from supportcli.report.document import (
    Brand,
    Cell,
    Detail,
    Document,
    Line,
    Paragraph,
    Section,
    Table,
)
from supportcli.report.xlsx import number_format, plain_text, write_document
from supportcli.words import Words

NAMES = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "x14": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
}


def written(document: Document) -> bytes:
    """The bytes of the workbook of a document."""
    stream = io.BytesIO()
    write_document(document, stream)
    return stream.getvalue()


@dataclass(frozen=True)
class Part:
    """A cell of the file as it is stored: its kind, what it holds, and how that is shown."""

    kind: str
    held: str
    shown: str


class Stored:
    """A workbook as the XML that is in it."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self.files = self.zip.namelist()
        book = self.xml("xl/workbook.xml")
        self.names = [sheet.attrib["name"] for sheet in book.iter(_of("sheet"))]
        self._texts = ["".join(si.itertext()) for si in self.xml("xl/sharedStrings.xml")]
        styles = self.xml("xl/styles.xml")
        formats = {"0": "", "3": "#,##0", "4": "#,##0.00"}
        for one in styles.iter(_of("numFmt")):
            formats[one.attrib["numFmtId"]] = one.attrib["formatCode"]
        used = styles.findall("m:cellXfs/m:xf", NAMES)
        self._shown = [formats[one.attrib["numFmtId"]] for one in used]

    def xml(self, name: str) -> ET.Element:
        """A file of the workbook, read as XML, which every one of them must be."""
        return ET.fromstring(self.zip.read(name))  # noqa: S314 - the program wrote it

    def sheet(self, name: str) -> ET.Element:
        """The XML of a sheet."""
        return self.xml(f"xl/worksheets/sheet{self.names.index(name) + 1}.xml")

    def cells(self, name: str) -> dict[str, Part]:
        """Every cell of a sheet, by its place."""
        return {cell.attrib["r"]: self._part(cell) for cell in self.sheet(name).iter(_of("c"))}

    def _part(self, cell: ET.Element) -> Part:
        held = cell.findtext("m:v", "", NAMES)
        kind = cell.attrib.get("t", "n")
        shown = self._shown[int(cell.attrib.get("s", "0"))]
        return Part(kind, self._texts[int(held)] if kind == "s" else held, shown)


def _of(tag: str) -> str:
    return f"{{{NAMES['m']}}}{tag}"


def one_table(*cells: Cell) -> Document:
    """A document of one table with one line, whose cells are these."""
    head = tuple(Cell(f"h{number}") for number in range(len(cells)))
    table = Table("t", "", head, (Line(cells),))
    return Document("T", Words(), (), (), (Section("s", "S", (table,)),))


def line_of(document: Document) -> list[Part]:
    """The stored cells of the only line of the only table."""
    stored = Stored(written(document))
    cells = stored.cells(stored.names[1])
    return [cells[place] for place in cells if place.endswith("4")]


@pytest.mark.parametrize(
    ("value", "unit", "held", "shown"),
    [
        (3_725, "s", 3_725 / 86_400, "[h]:mm:ss"),
        (0.521, "share", 0.521, "0.0%"),
        (1_234_567, "count", 1_234_567, "#,##0"),
        (12.5, "count", 12.5, "#,##0.00"),
        (4.31, "score", 4.31, "#,##0.00"),
        (-12.0, "points", -12, "#,##0.00"),
        (9, "hour", 9, "#,##0"),
        (9.5, "EUR", 9.5, '#,##0.00 "EUR"'),
        (9.0, "JPY", 9, '#,##0 "JPY"'),
        (9.5, "KWD", 9.5, '#,##0.000 "KWD"'),
        (9.5, '"; [Red]x', 9.5, '#,##0.00 "; [Red]x"'),
    ],
)
def test_numbers_are_numbers_in_their_format(
    value: float, unit: str, held: float, shown: str
) -> None:
    """A value is stored as a number, a duration in days, and shown in the way of its unit."""
    cell = line_of(one_table(Cell("said", value, unit)))[0]
    assert ("n", shown) == (cell.kind, cell.shown)
    assert math.isclose(held, float(cell.held))


def test_a_change_shows_its_sign_and_a_negative_duration_shows_at_all() -> None:
    """A change is signed and marked; days count from 1904, the only way to show less than none."""
    change = Detail("change", "-1m 00s better", "good", -60.0, "s")
    stored = Stored(written(one_table(Cell("5m", 300.0, "s", (change,)))))
    cell = stored.cells("S")["B4"]
    assert ";".join(f'{sign}[h]:mm:ss" better ✓"' for sign in ("+", "-", "")) == cell.shown
    assert math.isclose(-60 / 86_400, float(cell.held))
    book = next(stored.xml("xl/workbook.xml").iter(_of("workbookPr")))
    assert "1" == book.attrib["date1904"]


def test_a_change_of_a_share_is_of_percentage_points_and_says_whether_it_is_noise() -> None:
    """It is no percentage: 2.8 points are 2.8, and what marks them as noise stands beside them."""
    change = Detail("change", "+2.8 pp noise", "quiet", 0.028, "share")
    cell = Stored(written(one_table(Cell("77.5 %", 0.775, "share", (change,))))).cells("S")["B4"]
    assert ";".join(f'{sign}0.0" pp noise"' for sign in ("+", "-", "")) == cell.shown
    assert math.isclose(2.8, float(cell.held))


def test_details_have_columns_of_their_own_where_any_cell_has_them() -> None:
    """Beside a value stand its n, interval, change and target; other columns are not widened."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(written(documents.english())))
    assert ["Read", "conversations"] in sheet.get_sheet_by_name("Data quality").to_python()
    rows = sheet.get_sheet_by_name("Agents").to_python()
    assert ["Agents", "Conversations received", "Conversations received · n"] == rows[2][:3]
    assert ["Anna Meier", 100, 1234, "95.00 – 105.00", 3.1] == rows[3][:5]
    assert dt.timedelta(seconds=30.5) == rows[3][6]


def test_the_unknown_is_no_number_and_has_a_note() -> None:
    """An unknown value is no zero: the cell says the dash that people read, a note says why."""
    why = Detail("why", "no export <carries> it")
    content = written(one_table(Cell("a"), Cell("—", None, "s", (why,)), Cell("—", math.nan, "s")))
    stored = Stored(content)
    cells = stored.cells("S")
    assert [("s", "—")] * 2 == [(cells[place].kind, cells[place].held) for place in ("B4", "C4")]
    notes = stored.xml("xl/comments1.xml")
    assert ["B4"] == [note.attrib["ref"] for note in notes.iter(_of("comment"))]
    said = ["".join(note.itertext()) for note in notes.iter(_of("text"))]
    assert ["no export <carries> it"] == said


def test_a_column_of_nothing_but_one_detail_is_that_detail() -> None:
    """A column of targets, say, is one column by its own name, and not an empty one beside it."""
    target = Detail("target", "<= 4h met", "good")
    lines = (Line((Cell("a"), Cell("", details=(target,)))), Line((Cell("b"), Cell(""))))
    table = Table("t", "", (Cell("KPI"), Cell("aim")), lines)
    document = Document("T", Words(), (), (), (Section("s", "S", (table,)),))
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(document)))
    rows = book.get_sheet_by_name("S").to_python()
    assert [["KPI", "aim"], ["a", "<= 4h met"], ["b", ""]] == rows[2:5]


def test_a_reason_that_points_at_a_note_is_that_note() -> None:
    """A cell says [1] as its report does, and its note what is noted below the table of that."""
    cell = Cell("—", None, "s", (Detail("why", "[1]"),))
    lines = (Line((Cell("a"), cell)),)
    notes = ("[10] something else", "[1] no export carries it")
    table = Table("t", "", (Cell("KPI"), Cell("value")), lines, notes)
    document = Document("T", Words(), (), (), (Section("s", "S", (table,)),))
    stored = Stored(written(document))
    assert "— [1]" == stored.cells("S")["B4"].held
    said = next(stored.xml("xl/comments1.xml").iter(_of("text")))
    assert "[1] no export carries it" == "".join(said.itertext())


@pytest.mark.parametrize(
    "text", [*documents.RAW_HOSTILE, "<r><t>x</t></r>", "<r>", "_x0041_", "ab\ufffe"]
)
def test_text_opens_as_text(text: str) -> None:
    """Formulas, markup, controls and endless names are texts of the cell, whole or cut."""
    details = (Detail("why", text), Detail("target", text))
    cells = (Cell(text, is_name=True), Cell(text, None, "s", details))
    table = Table(text, text, cells, (Line(cells, (1.0, 2.0)),), (text,))
    section = Section(text, text, (Paragraph(text), table))
    document = Document(text, Words(), ((text, text),), (), (section, section))
    content = written(document)
    stored = Stored(content)
    assert [] == [name for name in stored.names for _ in stored.sheet(name).iter(_of("f"))]
    assert not any("hyperlink" in name or "external" in name for name in stored.files)
    for name in stored.files:
        if name.endswith((".xml", ".rels", ".vml")):
            stored.xml(name)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert plain_text(text) == book.get_sheet_by_index(0).to_python()[0][0]


def test_a_text_too_long_for_a_cell_is_cut() -> None:
    """A cell holds 32,767 units of UTF-16; of a longer text the beginning stays, and a mark."""
    assert 32_767 == len(plain_text("x" * 40_000))
    cut = plain_text("\U0001f600" * 20_000)
    assert "\U0001f600" * 16_383 + "…" == cut


def test_names_of_sheets_are_taken_by_every_spreadsheet() -> None:
    """Names are short, unlike, and free of what a name may not hold; titles stay whole inside."""
    titles = [
        *("a" * 40, "A" * 40, "x[1]:*?/\\y", "'quoted'", "History", ""),
        *("trends", "At a glance", "\x00", "\U0001f600" * 20),
    ]
    sections = tuple(Section(title, title, (Paragraph("p"),)) for title in titles)
    stored = Stored(written(Document("T", Words(), (), (), sections)))
    expected = ["At a glance", f"{'a' * 30}…", f"{'A' * 28}… 2", "x 1 y", "quoted", "History 2"]
    expected += ["-", "trends 2", "At a glance 2", "- 2", "\U0001f600" * 15 + "…"]
    assert expected == stored.names
    assert "x[1]:*?/\\y" == stored.cells("x 1 y")["A1"].held


def test_heads_stay_in_sight() -> None:
    """The head of the only table of a sheet is frozen with the names of its rows, and is printed.

    Where there are several, freezing the first head would name the others wrong.
    """
    stored = Stored(written(documents.english()))
    pane = next(stored.sheet("Agents").iter(_of("pane"))).attrib
    assert ("3", "1", "frozen") == (pane["ySplit"], pane["xSplit"], pane["state"])
    pane = next(stored.sheet("Phone").iter(_of("pane"))).attrib
    assert ("1", "1") == (pane["ySplit"], pane["xSplit"])
    printed = [name.text for name in stored.xml("xl/workbook.xml").iter(_of("definedName"))]
    assert "Agents!$3:$3" in printed


@pytest.mark.parametrize("document", [documents.english(), documents.persian()])
def test_sheets_run_as_the_language_does(document: Document) -> None:
    """The sheets that are seen are right to left in Persian, and none is in English."""
    stored = Stored(written(document))
    seen = [name for name in stored.names if name != "trends"]
    turned = [
        next(stored.sheet(name).iter(_of("sheetView"))).get("rightToLeft") == "1" for name in seen
    ]
    assert [document.words.direction == "rtl"] * len(seen) == turned


def test_trends_are_sparklines_over_a_hidden_sheet() -> None:
    """Every line with a trend has a sparkline, and its values stand in a sheet out of sight."""
    content = written(documents.english())
    stored = Stored(content)
    sheet = stored.sheet("At a glance")
    formula = "{http://schemas.microsoft.com/office/excel/2006/main}f"
    drawn = sorted(one.text or "" for one in sheet.iter(formula))
    assert ["trends!B1:M1", "trends!B2:M2", "trends!B3:M3"] == drawn
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    hidden = [one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible]
    assert ["trends"] == hidden
    row = book.get_sheet_by_name("trends").to_python()[0]
    assert ["Conversations received", 60.0, ""] == [row[0], row[1], row[6]]


def test_the_same_document_is_the_same_file() -> None:
    """Nothing of the moment of writing is in the file."""
    assert written(documents.english()) == written(documents.english())


@pytest.mark.parametrize("make", [documents.nothing, documents.hostile, documents.persian])
def test_every_document_can_be_written(make: Any) -> None:
    """No data, hostile data and Persian give a workbook with a sheet for every section."""
    document = make()
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(document)))
    shown = [name for name in book.sheet_names if name != "trends"]
    assert 1 + len(document.sections) == len(shown)


def test_what_no_sheet_can_hold_is_an_error() -> None:
    """A table wider than a sheet is refused, not written in part."""
    with pytest.raises(OutputError, match="more rows or columns"):
        written(one_table(*[Cell("x")] * 16_385))


def test_a_currency_of_any_name_is_a_format() -> None:
    """The name of a currency stems from the data: it cannot leave its quotes."""
    assert '#,##0.00 "xxxxxxxxxxx…"' == number_format(1.0, "x" * 300)
    assert '#,##0.00 "ab"' == number_format(1.0, 'a"b')


def test_the_accent_of_the_brand_is_a_colour_that_can_be_read() -> None:
    """Heads are underlined in the accent, which is darkened where it is too pale for paper."""
    dark, pale = (
        replace(documents.english(), brand=Brand(accent=one)) for one in ("#0b3d91", "#ffee00")
    )
    assert "FF0B3D91" in colours_of(dark)
    assert "FFFFEE00" not in colours_of(pale)


def colours_of(document: Document) -> set[str]:
    """Every colour of the styles of a workbook."""
    styles = Stored(written(document)).xml("xl/styles.xml")
    return {one.attrib["rgb"] for one in styles.iter(_of("color")) if "rgb" in one.attrib}
