"""Files as systems write them: every encoding, layout and container, byte by byte."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from command import conserved, failure, report, run
from examples import examples
from supportcli.errors import InputError
from supportcli.sources.mojibake import is_mojibake, repaired
from supportcli.sources.read import Table, open_table
from supportcli.sources.records import mended
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec
from supportcli.sources.workbook import as_text

HEADER = ["id", "created at", "agent", "note"]
PERSIAN = "شماره تيکت,تاريخ ايجاد,وضعيت,مشتري\n1,2,باز,گلي\n"


def squeezed(content: bytes) -> bytes:
    """The content gzipped, the same bytes at any time of day."""
    return gzip.compress(content, mtime=0)


def opened(content: bytes, name: str = "in.csv", **spec: Any) -> Table:
    """The table in these bytes."""
    return open_table(InputFile(name, content=content), FileSpec(**spec))


def cells(table: Table) -> list[tuple[str | None, ...]]:
    """The rows of a table, nulls for nothing, the column for surplus cells aside."""
    if table.texts_for_null:
        table = table.carefully()
    return table.collect(table.frame.select(table.columns)).rows()


def read(content: bytes, name: str = "in.csv", **spec: Any) -> tuple[Any, ...]:
    """The names of the columns and the rows under them, as one value."""
    table = opened(content, name, **spec)
    return (table.columns, *cells(table))


def refused(content: bytes, name: str = "in.csv", **spec: Any) -> str:
    """The message of an input that must be refused."""
    with pytest.raises(InputError) as caught:
        read(content, name, **spec)
    return caught.value.message


def packed(members: dict[str, bytes]) -> bytes:
    """A zip file."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return whole.getvalue()


# Encodings


ARABIC = "رقم,العميل,الحالة\n" + "1,شركة ألف,مغلقة\n2,أحمد,مفتوحة\n" * 3
GERMAN = "id,Name,Ort\n" + "1,Jörg Müller,Köln\n2,Käthe,Straße\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding", "mark", "found", "guessed"),
    [
        (ARABIC, "utf-8", b"", "utf-8", False),
        (ARABIC, "utf-8", codecs.BOM_UTF8, "utf-8-sig", False),
        (ARABIC, "utf-16-le", codecs.BOM_UTF16_LE, "utf-16", False),
        (ARABIC, "utf-16-be", codecs.BOM_UTF16_BE, "utf-16", False),
        (ARABIC, "utf-32-le", codecs.BOM_UTF32_LE, "utf-32", False),
        (ARABIC, "utf-32-be", codecs.BOM_UTF32_BE, "utf-32", False),
        (ARABIC, "utf-16-le", b"", "utf-16-le", True),
        (GERMAN, "utf-16-be", b"", "utf-16-be", True),
        (ARABIC, "cp1256", b"", "windows-1256", True),
        (PERSIAN, "cp1256", b"", "windows-1256", True),
        (GERMAN, "cp1252", b"", "windows-1252", True),
        ("id,Nom\n1,été\n", "cp1252", b"", "windows-1252", True),
        ("id,Preis\n1,5 €\n2,„gut“\n", "cp1252", b"", "windows-1252", True),
    ],
)  # fmt: skip
def test_encodings(text: str, encoding: str, mark: bytes, found: str, guessed: bool) -> None:
    """A byte-order mark, UTF-8, UTF-16 without one and the two Windows code pages are known."""
    expected = tuple(tuple(line.split(",")) for line in text.splitlines())
    table = opened(mark + text.encode(encoding))
    assert expected == (table.columns, *cells(table))
    assert table.shape is not None
    assert (found, guessed) == (table.shape.text.encoding, table.shape.text.guessed)
    note = f"in.csv states no encoding; it was read as {found}"
    assert ((note,) if guessed else ()) == table.notes


def test_an_encoding_is_told_to_be_guessed(tmp_path: Path) -> None:
    """The run says what was guessed, and inspect shows it."""
    text = "id,created at,resolved at,agent\n1,2026-03-02T09:00:00Z,,Jörg\n"
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode("cp1252"))
    note = f"{path} states no encoding; it was read as windows-1252"
    assert f"supportkpi: note: {note}" in run("report", path).err.splitlines()
    shown = run("inspect", path).text
    assert "windows-1252, guessed" in shown


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    """--encoding goes before every guess, and before what the mapping says."""
    text = "id,created at,resolved at,agent\n1,2026-03-02T09:00:00Z,,Łukasz\n"
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode("cp1250"))
    ran = run("events", path, "--encoding", "windows-1250", "--format", "json")
    assert (0, "Łukasz") == (ran.code, ran.json[0]["agent_id"])
    assert "encoding" not in ran.err
    table = opened(b"a,b\n1,\xe9\n", encoding="cp1252")
    assert [("1", "é")] == cells(table)
    named = InputFile("in.csv", content=b"a,b\n1,\xe9\n", encoding="cp1250")
    assert [("1", "é")] == cells(open_table(named, FileSpec(encoding="cp866")))
    code, message, _ = failure(run("report", path, "--encoding", "klingon"))
    assert (2, '--encoding: there is no encoding "klingon"') == (code, message)


def test_legacy_bytes_far_down_are_seen() -> None:
    """A file that is plain ASCII at its head and windows-1252 further down is read as that."""
    far = b"a,b\n" + b"1,x\n" * 100_000 + "2,Jörg\n".encode("cp1252")
    table = opened(far).carefully()
    assert ("2", "Jörg") == cells(table)[-1]
    assert ("in.csv states no encoding; it was read as windows-1252",) == table.notes


@pytest.mark.parametrize("line", [2, 5])
def test_a_mixture_of_encodings_is_refused(line: int) -> None:
    """UTF-8 with a few bytes that are none is a mixture: the line is named."""
    lines = [b"a,b\n", *["1,Müller\n".encode()] * 5]
    lines[line - 1] = "1,Jörg\n".encode("cp1252")
    message = refused(b"".join(lines))
    assert message.startswith(f"in.csv:{line}: the bytes are no utf-8 text")


def test_a_cut_utf_16_file_is_refused() -> None:
    """Half a character at the end is no text."""
    content = "a,b\n1,é\n".encode("utf-16")[:-1]
    assert refused(content).startswith("in.csv:2: the bytes are no utf-16 text")


# Mojibake


def spoilt(text: str, encoding: str = "cp1252") -> str:
    """UTF-8 read as another encoding; what that leaves undefined becomes a control."""
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode(encoding)
        for byte in text.encode()
    )


MEANT = ["شناسه تیکت", "حل‌شده", "José Müller", "École", "“don’t” → x", "5°C £5", "😀", "客户服务"]


@pytest.mark.parametrize("text", MEANT)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_mojibake_is_undone(text: str, encoding: str) -> None:
    """UTF-8 that was read as windows-1252 or Latin-1 becomes what it was, inside good text too."""
    wrong = spoilt(text, encoding)
    assert is_mojibake(wrong)
    assert text == repaired(wrong)
    assert f"آ é {text} ß" == repaired(f"آ é {wrong} ß")


@pytest.mark.parametrize(
    "text",
    [*MEANT, "IRMÃ”", "SÃO PAULO", "« Café »", "« Café\xa0»…", "„Spaß“", "Spaß…", "Überß»", "Ã",
     "Nº 5", "5×½", "Ø 5 mm", "ÅÄÖ", "naïve”…", "âge", "Â", "Ñ", "È’"],
)  # fmt: skip
def test_good_text_is_no_mojibake(text: str) -> None:
    """Letters that mojibake is made of, where people write them, stay as they are."""
    assert not is_mojibake(text)
    table = opened(f"a,b\n1,{text}\n".encode())
    assert [("1", text)] == cells(table)
    assert () == table.notes


def test_mojibake_in_a_file_is_said() -> None:
    """A file with such runs is repaired, its other cells left alone, and the run says so."""
    table = opened(f"a,b\n1,{spoilt('شناسه')}\n2,é\n3,SÃO\n".encode())
    assert [("1", "شناسه"), ("2", "é"), ("3", "SÃO")] == cells(table)
    note = "in.csv: letters in it were UTF-8 read as windows-1252, which was undone"
    assert (note,) == table.notes


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x600, max_codepoint=0x6FF), min_size=2))
def test_mojibake_of_any_arabic_text_is_undone(text: str) -> None:
    """Two Arabic letters are enough to know it."""
    assert text == repaired(spoilt(text))


# Lines, delimiters, quotes


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_line_ends(end: str, last: bool) -> None:
    """LF, CRLF and CR alone, with the last line ended or not."""
    text = end.join(["a,b", "1,x", '2,"y, z"', "3,"]) + end * last
    expected = (("a", "b"), ("1", "x"), ("2", "y, z"), ("3", None))
    assert expected == read(text.encode())


def test_mixed_line_ends() -> None:
    """Files put together on several machines have all three ends; a CR in quotes is text."""
    assert (("a", "b"), ("1", "x"), ("2", "y"), ("3", "z")) == read(b"a,b\r\n1,x\r2,y\n3,z\r\n")
    assert [("1", "x\ry"), ("2", None)] == cells(opened(b'a,b\n1,"x\ry"\n2,\n'))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters(mark: str) -> None:
    """The delimiter is the one that cuts all lines alike, whatever else the cells hold."""
    rows = [["id", "price, net", "when; how", "x|y"], ["1", "1,5", "a; b", "c|d"]]
    rows += [["2", "2,25", "c; d; e", "f"]] * 5
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\n").writerows(rows)
    assert tuple(map(tuple, rows)) == read(text.getvalue().encode())


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("x;y;z\n1,5;2,5;3,5\n4,5;5,5;6,5\n7,5;8,5;9,5\n", ("x", "y", "z")),
        ("sep=;\na;b,c\n1;2\n", ("a", "b,c")),
        ('"sep=|"\r\na|b;c\r\n1|2\r\n', ("a", "b;c")),
        ("Period: 1; 2\n\na,b,c\n1,2,3\n4,5,6\n", ("a", "b", "c")),
        ("name\nAnn\nBob\n", ("name",)),
        ("id,tags\n1,a|b\n2,c|d\n3,e|f\n", ("id", "tags")),
    ],
)
def test_delimiters_in_doubt(text: str, columns: tuple[str, ...]) -> None:
    """Decimal commas, a stated delimiter, title lines and lists in cells mislead nobody."""
    assert columns == opened(text.encode()).columns


def test_malformed_quotes_are_kept() -> None:
    """A cell that begins with a quote and goes on after it keeps its text, as FreePBX has it."""
    text = (
        "calldate,clid,src,lastdata,n\n"
        '2017-09-04 14:18:59,"User 4" <106>,106,"111@default,b",29\n'
        '2017-09-04 14:19:59,"""ACME"" <1>",1,x,2\n'
        '2017-09-04 14:20:59,"Doe, Jane" <2>,2,"a ""b"" c",3\n'
    )
    table = opened(text.encode())
    assert [
        ("2017-09-04 14:18:59", '"User 4" <106>', "106", "111@default,b", "29"),
        ("2017-09-04 14:19:59", '"ACME" <1>', "1", "x", "2"),
        ("2017-09-04 14:20:59", '"Doe, Jane" <2>', "2", 'a "b" c', "3"),
    ] == cells(table)
    assert {0: 2, 2: 4} == table.lines_of([0, 2])


def test_backslashes_escape_quotes_where_they_do() -> None:
    """Quotes escaped by backslashes are understood; a path that ends in one is not misread."""
    escaped = b'"\\"ACME, Ltd\\" <1>","x"\n"\\"Bob\\" <2>","y"\n'
    rows = [('"ACME, Ltd" <1>', "x"), ('"Bob" <2>', "y")]
    assert rows == cells(opened(escaped, header=False, columns=("a", "b")))
    assert (("a", "b"), ("C:\\", "x")) == read(b'a,b\n"C:\\","x"\n')


def test_a_quote_left_open_is_refused() -> None:
    """A file cut inside a quoted cell says where the cell begins."""
    table = opened(b'a,b\n1,x\n2,"cut in the mid')
    with pytest.raises(InputError, match=r"in\.csv:3: a quote is opened and never closed"):
        table.carefully()


# Headers, title lines, footers


TITLES = {
    "none": "",
    "blank": "\n\n",
    "chatwoot": "Reporting period 2026-03-01 to 2026-03-31\n\n",
    "arabic": "تقرير التذاكر\n",
    "padded": "Ticket report,,,\nMarch,,,\n,,,\n",
    "block": "Company,ACME\nPeriod,March\n\n",
    "quoted": '"Tickets, all"\n',
}


@pytest.mark.parametrize("title", TITLES)
def test_title_lines(title: str) -> None:
    """Lines above the header are passed over, and rejects keep their line in the file."""
    text = TITLES[title] + "id,created at,agent,note\n1,2026,Ann,x\n2,2026,,\n3,2026,Bob,\n"
    table = opened(text.encode())
    expected = [("1", "2026", "Ann", "x"), ("2", "2026", None, None), ("3", "2026", "Bob", None)]
    assert (tuple(HEADER), expected) == (table.columns, cells(table))
    assert {2: text.count("\n")} == table.lines_of([2])
    assert table.shape is not None
    assert TITLES[title].count("\n") + 1 == table.shape.header_line


def test_a_stated_preamble_is_believed() -> None:
    """`preamble` says how many lines stand before the header, whatever they look like."""
    text = b"a,b,c\nd,e,f\n1,2,3\n"
    assert (("d", "e", "f"), ("1", "2", "3")) == read(text, preamble=1)


def test_a_header_of_odd_cells() -> None:
    """Names without byte-order mark, line ends and hard spaces; blank and double ones are borne."""
    text = '\ufeff"a\nb",c\xa0d , e,,,x,x\n1,2,3,4,5,6,7\n'
    columns = ("a b", "c d", "e", "", "_duplicated_0", "x", "x_duplicated_0")
    assert (columns, ("1", "2", "3", "4", "5", "6", "7")) == read(text.encode())
    careful = opened(text.encode()).carefully()
    assert list(columns) == careful.frame.collect_schema().names() == list(careful.columns)


def test_a_header_narrower_than_its_rows() -> None:
    """Rows may end in a delimiter that the header has not."""
    assert (("a", "b"), ("1", "2"), ("3", "4")) == read(b"a,b\n1,2,\n3,4,\n")
    assert (("a", "b"), ("1", "2"), ("3", "4")) == read(b"a,b\n1,2,,,\n3,4,,,\n")


def test_rows_wider_than_their_header_are_rejects() -> None:
    """Where most rows have cells without a name, the header is still the header."""
    table = opened(b"id,at,agent\n1,2026,Ann,x,y\n2,2026,Bob,x,y\n").carefully()
    assert (("id", "at", "agent"), [2, 3]) == (table.columns, [one.line for one in table.ragged])
    assert ("id", "at") == opened(b"id,at\nA-1,2026-03-02,Ann,x,y\n").columns


def test_two_header_rows() -> None:
    """The first row names, the second the answers to its questions, as in SurveyMonkey."""
    text = (
        "Respondent ID,How was it?,What went well?,,\n"
        ",Response,Speed,Tone,Other (please specify)\n118,4,Speed,,slow\n"
    )
    table = opened(text.encode(), header_rows=2)
    assert (
        "Respondent ID",
        "How was it?",
        "What went well?",
        "What went well?: Tone",
        "What went well?: Other (please specify)",
    ) == table.columns
    assert [("118", "4", "Speed", None, "slow")] == cells(table)
    assert {0: 3} == table.lines_of([0])


def test_three_header_rows() -> None:
    """Ids, questions and import ids, as in Qualtrics: the first row names the columns."""
    text = 'StartDate,Q1\nStart Date,"How, then?"\n"{""ImportId"":""x""}","{}"\n2026,5\n'
    assert (("StartDate", "Q1"), ("2026", "5")) == read(text.encode(), header_rows=3)


FOOTERS = {
    "chatwoot": ("Reporting period 2026-03-01 to 2026-03-31\n", {"footer": 1}),
    "open": ("Reporting period 2026-03-01 to 2026-03-31", {"footer": 1}),
    "salesforce": (
        '\n\n"Case report"\n"Copyright (c) 2000-2026, ACME"\nConfidential\n"Made By: Ann"\nACME\n',
        {"footer": 5},
    ),
    "padded": ("Exported by the help desk,,,\n", {"footer": 1}),
    "totals": ("Totals,,7,\n", {"totals": 1}),
    "persian": ("جمع کل,,7,\n", {"totals": 1}),
    "blank": ("\n\n,,,\n\n", {}),
    "all": (",,,\nTotal:,3,,\n\nEnd of report\n", {"totals": 1, "footer": 1}),
}


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", [0, 3, 9_000])
def test_footers(footer: str, end: str, count: int) -> None:
    """Lines below the table are left out and counted; the rows above them are all there."""
    below, left_out = FOOTERS[footer]
    text = "id,created at,agent,note\n" + "1,2026,Ann,x\n" * count + '2,2026,,"two\nlines"\n'
    table = opened((text + below).replace("\n", end).encode())
    rows = cells(table)
    lines = "two\nlines".replace("\n", end)
    assert (count + 1, ("2", "2026", None, lines)) == (len(rows), rows[-1])
    assert left_out == table.left_out


@pytest.mark.parametrize("last", ["x", "x,y", "Cut", "2026-03-02 09:1", '"a quoted\nlast cell"'])
def test_a_cut_row_is_no_footer(last: str) -> None:
    """A last row that is too short is a row, for somebody to look at."""
    table = opened(f"id,created at,agent,note\n1,2026,Ann,x\n{last}".encode()).carefully()
    assert ({}, 1, [3]) == (table.left_out, len(cells(table)), [one.line for one in table.ragged])


def test_footers_are_rows_that_were_skipped(tmp_path: Path) -> None:
    """What is left out below the table is in the accounts of the run, and of inspect."""
    path = tmp_path / "in.csv"
    path.write_text(
        "id,created at,resolved at,agent\n1,2026-03-02T09:00:00Z,,Ann\n2,2026-03-02T09:00:00Z,,\n"
        "Total,2,,\n\nMade by the help desk\n",
        encoding="utf-8",
    )
    (intake,) = report(path)["inputs"]
    assert (4, 2, {"totals": 1, "footer": 1}) == (
        intake["rows"],
        intake["events"],
        intake["skipped"],
    )
    assert "4 = 2 events + 1 skipped (totals) + 1 skipped (footer)" in run("inspect", path).text


@pytest.mark.parametrize("place", [0, 5, 3_000, 6_000])
@pytest.mark.parametrize("blank", [",,,", '"","","",""', "  ", ",,,\r"])
def test_rows_of_nothing_are_blank_lines(tmp_path: Path, place: int, blank: str) -> None:
    """A line of delimiters, as spreadsheets leave them, is no row wherever it stands."""
    lines = [f"{n},2026-03-02T09:00:00Z,,{n % 2 or ''}" for n in range(6_000)]
    lines.insert(place, blank)
    path = tmp_path / "in.csv"
    path.write_text("id,created at,resolved at,agent\n" + "\n".join(lines) + "\n", newline="")
    (intake,) = report(path)["inputs"]
    assert (6_000, 6_000, {}) == (intake["rows"], intake["events"], intake["skipped"])


def test_blank_lines_of_a_single_column() -> None:
    """Blank lines are no rows in a file of one column either."""
    table = opened(b"at\n2026\n\n2027\n")
    assert table.has_irregular_rows(3, 1)
    assert [("2026",), ("2027",)] == cells(table.carefully())


def test_nul_bytes_at_the_end_are_nothing() -> None:
    """A log whose last block was never written ends in NUL bytes."""
    assert (("a", "b"), ("1", "2")) == read(b"a,b\n1,2\n" + bytes(4_000))


def test_guards_against_formulas_are_taken_off() -> None:
    """Apostrophes before = + - @ go, in every column; others stay."""
    text = b"a,b,c\n'=1+1,'+49151,x\n'-5,'tis,'@ann\ny,'90s,''=\n"
    assert [("=1+1", "+49151", "x"), ("-5", "'tis", "@ann"), ("y", "'90s", "''=")] == cells(
        opened(text)
    )
    assert [("'tis", "'")] == cells(opened(b"a,b\n'tis,'\n"))


# JSON


RECORDS = [
    {"id": 1, "Agent": {"Name": "Ann", "Team": {"id": 7}}, "tags": ["a", "b"], "ok": True},
    {"id": "0012", "Agent": None, "tags": [], "more": [{"x": 1.50}], "ok": None},
    {"id": 12345678901234567890123, "Agent": {"Name": None}, "ok": False, "at": 1504531178.24},
]
FLAT = [
    {"id": "1", "Agent.Name": "Ann", "Agent.Team.id": "7", "tags": "a, b", "ok": "true"},
    {"id": "0012", "more": '[{"x": 1.5}]'},
    {"id": "12345678901234567890123", "ok": "false", "at": "1504531178.24"},
]


def flat(table: Table) -> list[dict[str, Any]]:
    """The rows without their nulls."""
    rows = table.collect(table.frame).rows(named=True)
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


def lined(separator: str, **options: Any) -> bytes:
    """The records one after the other."""
    return separator.join(json.dumps(record, **options) for record in RECORDS).encode()


@pytest.mark.parametrize(
    ("content", "spec"),
    [
        (lined("\n"), {}),
        (lined("\n\n") + b"\n\n", {}),
        (lined(""), {}),
        (lined(" ", indent=2), {}),
        (lined("", indent=2), {}),
        (json.dumps(RECORDS).encode(), {}),
        (json.dumps(RECORDS, indent=1).replace("\n", "\r\n").encode("utf-16"), {}),
        (codecs.BOM_UTF8 + json.dumps(RECORDS).encode(), {}),
        (json.dumps({"return": {"status": 200}, "entries": RECORDS}).encode(), {}),
        (json.dumps({"entries": RECORDS, "users": [{"id": 1}]}).encode(), {"records": "entries"}),
        (json.dumps({"a": {"b": RECORDS}}).encode(), {"records": "a.b"}),
        ((json.dumps({"a": RECORDS[:2]}) + "\n" + json.dumps({"a": RECORDS[2:]})).encode(),
         {"records": "a"}),
        (squeezed(lined("\n")), {}),
        (packed({"x.json": json.dumps(RECORDS).encode()}), {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["in", "in.json", "in.ndjson"])
def test_json_in_every_form(content: bytes, spec: dict[str, str], name: str) -> None:
    """An array, lines, objects end to end, a document: the same rows, flat, all of text."""
    assert FLAT == flat(opened(content, name, **spec))


def test_one_record_alone_is_no_envelope() -> None:
    """An object of many fields is a record, though one of them is an array of objects."""
    record = {f"f{n}": n for n in range(12)} | {"Recordings": [{"id": 1}]}
    table = opened(json.dumps(record).encode(), "in.json")
    assert (13, 1) == (len(table.columns), len(cells(table)))


def test_numbers_keep_their_digits() -> None:
    """Numbers are texts as the file writes them."""
    content = b'{"a": 1504531178.240, "b": 1.0, "c": 1e400, "d": 007}\n{"a": 1.50, "b": -0}'
    table = opened(content, "in.ndjson")
    assert [{"a": "1.50", "b": "-0"}] == flat(table)
    assert [1] == [one.line for one in table.ragged]
    table = opened(content.replace(b', "d": 007', b""), "in.ndjson")
    assert {"a": "1504531178.240", "b": "1.0", "c": "1e400"} == flat(table)[0]


def test_objects_that_are_absent_leave_no_column() -> None:
    """A null where others have an object is no column of its own."""
    some = opened(b'[{"id":1,"Agent":null},{"Agent":{"Name":"x"}}]', "in")
    assert ("id", "Agent.Name") == some.columns
    assert ("id", "Agent") == opened(b'[{"id":1,"Agent":null}]', "in").columns


@pytest.mark.parametrize("bad", ["{", '{"id": 1', "nonsense", "[1]", '"x"', "}{"])
def test_broken_lines_of_json_are_rejects(bad: str) -> None:
    """Broken lines are rejects on their lines, wherever they stand; the others are read."""
    for place in (0, 2, 4):
        lines = [json.dumps({"id": n}) for n in range(4)]
        lines.insert(place, bad)
        table = opened("\n".join(lines).encode(), "in.ndjson")
        assert ["0", "1", "2", "3"] == [row["id"] for row in flat(table)]
        assert {place + 1} == {one.line for one in table.ragged}


def test_a_json_file_without_records_is_refused() -> None:
    """A document without the array it should have, or without any object, is refused."""
    assert "in.json: there are no records at rows" == refused(
        b'{"a": []}', "in.json", records="rows"
    )
    assert "in.json:1: this is no whole JSON: expecting value" == refused(b"nonsense", "in.json")
    cut = refused(b'{"entries": [{"id": 1}, {"id": "cut', "in.json")
    assert "in.json:1: this is no whole JSON: unterminated string starting at" == cut
    assert "in.json: there are no records in it" == refused(b"[]", "in.json")


def test_escapes_that_json_does_not_know() -> None:
    r"""`\x0B` is read as `\u000B` where the file does not parse otherwise, and said."""
    table = opened(b'[{"a": "tab \\x0B", "b": "C:\\\\x41"}]', "in.json")
    assert [{"a": "tab \x0b", "b": "C:\\x41"}] == flat(table)
    assert 1 == len(table.notes)
    assert r"\\x41 \u0041" == mended(r"\\x41 \x41")


def test_names_that_meet_are_told_apart() -> None:
    """A dotted name of the file's own is not that of a field inside an object."""
    table = opened(b'[{"a.b": 1, "a": {"b": 2}, "^c$": 3}]', "in.json")
    assert [{"a.b": "1", "a.b_duplicated_0": "2", " ^c$": "3"}] == flat(table)
    assert [{}] * 2 == flat(opened(b'[{"a": {}}, {"a": null}]', "in.json"))
    assert 1 == len(opened(b'[{"a": 1}, {}]', "in.json").ragged)


def test_half_a_surrogate_pair_is_borne() -> None:
    """A text that was cut inside an emoji is no crash."""
    assert [{"a": "x?"}] == flat(opened(b'[{"a": "x\\ud83d"}]', "in.json"))


# Parquet


def test_structs_and_lists_of_parquet() -> None:
    """Structs become columns with dotted names, lists text, as in JSON."""
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "Agent": [{"Name": "Ann", "Team": {"id": 7}}, None],
            "tags": [["a", "b"], []],
            "more": [None, [{"x": 1.5}]],
            "two": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        }
    )
    content = io.BytesIO()
    frame.write_parquet(content)
    table = opened(content.getvalue(), "in.parquet")
    assert ("id", "Agent.Name", "Agent.Team.id", "tags", "more", "two") == table.columns
    first, second = flat(table)
    assert {
        "id": 1,
        "Agent.Name": "Ann",
        "Agent.Team.id": 7,
        "tags": "a, b",
        "two": "1, 2",
    } == first
    assert [{"x": 1.5}] == json.loads(second["more"])


def test_a_cut_parquet_says_so() -> None:
    """A Parquet file without its end is told for what it is."""
    content = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(content)
    message = refused(content.getvalue()[:-9], "in.parquet")
    assert "in.parquet: the Parquet file is cut: its end is missing" == message


# Spreadsheets


def workbook(
    rows: Sequence[Sequence[Any]], *, extra: dict[str, Sequence[Sequence[Any]]] | None = None
) -> bytes:
    """A workbook of one sheet, after those in `extra`, of which `hidden...` are hidden."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    forms = {
        dt.datetime: book.add_format({"num_format": "d/m/yy hh:mm"}),
        dt.date: book.add_format({"num_format": "d/m/yy"}),
        dt.timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
        dt.time: book.add_format({"num_format": "hh:mm"}),
    }
    for name, table in {**(extra or {}), "Data": rows}.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(table):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell, forms.get(type(cell)))
        if name.startswith("hidden"):
            sheet.hide()
        if name == "Data":
            sheet.activate()
            sheet.set_first_sheet()
    book.close()
    return content.getvalue()


def test_cells_of_a_spreadsheet() -> None:
    """Every cell is the text that a CSV export has for it."""
    names = ["text", "whole", "part", "id", "lost", "time", "day", "span", "clock", "truth"]
    row = [
        "0012", 5, 1.25, 360000000001, 10**17, dt.datetime(2026, 3, 2, 9, 15, 4),
        dt.date(2026, 3, 2), dt.timedelta(hours=27, minutes=5, seconds=9), dt.time(9, 15), True,
    ]  # fmt: skip
    texts = (
        "0012", "5", "1.25", "360000000001", "1.00000000000000E+17", "2026-03-02 09:15:04",
        "2026-03-02", "27:05:09", "09:15:00", "TRUE",
    )  # fmt: skip
    assert (tuple(names), texts) == read(workbook([names, row]), "in.xlsx")


def test_dates_and_clocks_of_a_spreadsheet_can_be_joined() -> None:
    """A date has no time of day, and a clock no date, nor the fraction that a sheet leaves."""
    cells = [
        dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 1, 23, 59, 59, 999_500),
        dt.datetime(2026, 3, 2, 0, 0, 1), dt.time(9, 15), dt.time(9, 14, 59, 999_500),
    ]  # fmt: skip
    texts = ["2026-03-02", "2026-03-02", "2026-03-02 00:00:01", "09:15:00", "09:15:00"]
    assert texts == [as_text(cell) for cell in cells]


def test_a_spreadsheet_as_people_make_it(tmp_path: Path) -> None:
    """Hidden sheets, title rows, empty rows and columns, totals and footers do not disturb."""
    at = dt.datetime(2026, 3, 2, 9)
    rows: list[list[Any]] = [
        ["Ticket report"],
        [],
        [None, "id", "created at", "resolved at", "csat"],
        [None, "1", at, None, 4],
        [],
        [None, "2", at, at, "many"],
        [None, "3", at, None, 5],
        [None, "Total", None, None, 9],
        ["Made by the help desk"],
    ]
    content = workbook(rows, extra={"hiddenSheet": [["a", "b"], ["c", "d"]], "Notes": [["hello"]]})
    path = tmp_path / "in.dat"
    path.write_bytes(content)
    ran = run("report", path, "--format", "json", "--max-rejects", "50%")
    assert 0 == ran.code, ran.err
    assert f"{path}, row 6 (csat)" in ran.err


def test_other_sheets_are_named() -> None:
    """Of several sheets with tables the first is read, and the others are named."""
    content = workbook([["a", "b"], ["3", "4"]], extra={"First": [["a", "b"], ["1", "2"]]})
    table = opened(content, "in.xlsx")
    assert [("1", "2")] == cells(table)
    assert ('in.xlsx: of its sheets "First" was read, and not: Data',) == table.notes


def test_workbooks_that_are_none() -> None:
    """An empty workbook and a web page called .xls are refused with what they are."""
    assert "in.xlsx: no sheet of the workbook has a table" == refused(workbook([["a"]]), "in.xlsx")
    page = b"<html><body><table><tr><th>Case</th></tr></table></body></html>"
    assert "in.xls: this is a web page (HTML or XML), whatever its name says, no export" == refused(
        page, "in.xls"
    )


# Containers


PLAIN = b"a,b\n1,x\n2,y\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv.gz", squeezed(PLAIN)),
        ("in", squeezed(PLAIN)),
        ("in.csv", squeezed(PLAIN)),
        ("in.csv.gz.gz", squeezed(squeezed(PLAIN))),
        ("in.zip", packed({"folder/": b"", "folder/in.csv": PLAIN})),
        ("in.zip", packed({"in.csv": PLAIN, "__MACOSX/._in.csv": b"x"})),
        ("in.zip", packed({"in.csv.gz": squeezed(PLAIN)})),
        ("in.zip", packed({"in.xlsx": workbook([["a", "b"], ["1", "x"], ["2", "y"]])})),
        ("in.xlsx.gz", squeezed(workbook([["a", "b"], ["1", "x"], ["2", "y"]]))),
    ],
)
def test_packed_files(tmp_path: Path, name: str, content: bytes) -> None:
    """gzip, and a zip of one file, are read as what is in them, from disk or not."""
    expected = (("a", "b"), ("1", "x"), ("2", "y"))
    assert expected == read(content, name)
    path = tmp_path / name
    path.write_bytes(content)
    table = open_table(InputFile(name, path=path), FileSpec())
    assert expected == (table.columns, *cells(table))


def test_a_zip_of_several_files_is_refused() -> None:
    """A zip of many files is none of them."""
    content = packed({"a.csv": PLAIN, "b.csv": PLAIN})
    assert "in.zip: this is a zip of 2 files, no export" == refused(content, "in.zip")


def test_a_zip_with_a_password_is_refused() -> None:
    """What cannot be unpacked is refused."""
    content = packed({"in.csv": PLAIN}).replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1")
    content = content.replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1")
    assert refused(content, "in.zip").startswith("cannot read in.zip: File 'in.csv' is encrypted")


def test_a_cut_gzip_says_how_far_it_went(tmp_path: Path) -> None:
    """The error of a truncated gzip file names the lines that were there."""
    lines = "".join(f"{n},{n * 7919 % 10_007}\n" for n in range(50_000)).encode()
    content = squeezed(b"a,b\n" + lines)
    message = refused(content[: len(content) // 2], "in.csv.gz")
    assert message.startswith("cannot read in.csv.gz: ")
    assert message.endswith(" lines")


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """A file that is named twice, by itself and by its folder, is one input."""
    path = tmp_path / "in.csv"
    path.write_text("id,created at,resolved at\n1,2026-03-02T09:00:00Z,\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(path)
    (tmp_path / "README.txt").write_text("hello", encoding="utf-8")
    inputs = report(path, tmp_path, f"{tmp_path}/*.csv")["inputs"]
    assert [str(path)] == [one["path"] for one in inputs]


def test_a_folder_holds_files_of_every_kind(tmp_path: Path) -> None:
    """Workbooks, texts and packed files are taken from a folder."""
    rows = [["id", "created at", "resolved at"], ["1", "2026-03-02T09:00:00Z", ""]]
    text = "\n".join(map(",".join, rows)).encode()
    (tmp_path / "a.xlsx").write_bytes(workbook([rows[0], ["2", *rows[1][1:]]]))
    (tmp_path / "b.txt").write_bytes(text.replace(b"1,", b"3,"))
    (tmp_path / "c.gz").write_bytes(squeezed(text.replace(b"1,", b"4,")))
    (tmp_path / "d.zip").write_bytes(packed({"x.csv": text.replace(b"1,", b"5,")}))
    inputs = report(tmp_path)["inputs"]
    assert ["a.xlsx", "b.txt", "c.gz", "d.zip"] == [Path(one["path"]).name for one in inputs]


# The same table in every form


LATIN = st.sampled_from([*"abcdeFGH12 .-äöüßéñ", "o'x", "x@y"])
PERSIAN_LETTERS = st.sampled_from([*"ابپتشسعليكمنو گچژ", "1", " "])


def words(letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts that begin and end with something that no reader takes off."""
    text = st.lists(letters, min_size=1, max_size=12).map("".join)
    return text.map(lambda one: f"ع{one}ل" if not one.isascii() and "ا" in one else f"x{one}x")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A small table of texts, with a header, that windows-1252 or windows-1256 can hold."""
    letters = draw(st.sampled_from([LATIN, PERSIAN_LETTERS]))
    width = draw(st.integers(2, 4))
    cell = words(letters)
    names = [f"{draw(cell)} {place}" for place in range(width)]
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6))
    return [names, *rows]


def as_csv(table: list[list[str]], mark: str, end: str) -> str:
    """The table as delimited text."""
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator=end).writerows(table)
    return text.getvalue()


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1256"]


@examples(150)
@given(
    table=tables(),
    encoding=st.sampled_from(ENCODINGS),
    mark=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    title=st.sampled_from(["", "Report of March{end}{end}", "Report of all{marks}{end}"]),
    footer=st.sampled_from(["", "Made by the help desk{end}", "{marks}{end}", "{end}{end}"]),
    pack=st.booleans(),
)
def test_the_same_table_in_every_text(
    *,
    table: list[list[str]],
    encoding: str,
    mark: str,
    end: str,
    title: str,
    footer: str,
    pack: bool,
) -> None:
    """Encoding, delimiter, line ends, title lines, footers and gzip change nothing."""
    marks = mark * (len(table[0]) - 1)
    above, below = (one.format(end=end, marks=marks) for one in (title, footer))
    text = above + as_csv(table, mark, end) + below
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    found = opened(squeezed(content) if pack else content, encoding=encoding)
    assert (tuple(table[0]), *map(tuple, table[1:])) == (found.columns, *cells(found))
    assert int("Made" in footer) == sum(found.left_out.values())


@examples(40)
@given(tables())
def test_the_same_table_in_every_container(table: list[list[str]]) -> None:
    """XLSX, Parquet and JSON hold the same texts as CSV does."""
    names, rows = table[0], table[1:]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    parquet = io.BytesIO()
    pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").write_parquet(parquet)
    expected = (tuple(names), *map(tuple, rows))
    for name, content in {
        "in.csv": as_csv(table, ",", "\n").encode(),
        "in.xlsx": workbook([["A title of it"], [], *table]),
        "in.parquet": parquet.getvalue(),
        "in.json": json.dumps(records, ensure_ascii=False).encode(),
        "in.ndjson": "".join(json.dumps(one) for one in records).encode(),
    }.items():
        assert expected == read(content, name)
        assert expected == read(squeezed(content), f"{name}.gz")


# Broken in every way


LOOKALIKE = Path(__file__).parent / "lookalike"
VICTIMS = sorted(path for path in LOOKALIKE.iterdir() if path.suffix != ".toml")


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, bytes]:
    """An export that was cut, damaged, decoded wrongly, re-delimited or had its lines shuffled."""
    path = draw(st.sampled_from(VICTIMS))
    content = path.read_bytes()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(content)))
        text = content.decode("utf-8", errors="replace")
        content = draw(
            st.sampled_from(
                [
                    content[:place],
                    content[place:],
                    content[:place] + draw(st.binary(max_size=8)) + content[place + 2 :],
                    text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace"),
                    text.replace(",", draw(st.sampled_from(";\t|"))).encode(),
                    text.replace("\n", draw(st.sampled_from(["\r", "\r\n", "\n\n"]))).encode(),
                    "\n".join(draw(st.permutations(text.split("\n")[:30]))).encode(),
                    text.replace('"', draw(st.sampled_from(["", "'", '""']))).encode(),
                    content + draw(st.sampled_from([b"\n\n", b"Total,1\n", bytes(9), b'"', b"{"])),
                    squeezed(content)[: draw(st.integers(5, 400))],
                ]
            )
        )
    return path.name, content


@examples(150)
@given(broken())
def test_broken_files_are_read_or_refused(export: tuple[str, bytes]) -> None:
    """A broken file gives a report whose rows are conserved, or is refused; it never crashes."""
    ran = run("report", "-", "--agents", "Support", "--format", "json", stdin=export[1])
    assert ran.code in (0, 2, 3), ran.err
    if not ran.code:
        conserved(ran.json)
