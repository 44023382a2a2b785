"""Inputs and mappings that are wrong: the file that shows each, the words it is told in."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command import SHOP, failure, report, run
from supportcli.errors import InputError
from supportcli.schema import CHANNELS
from supportcli.sources.recognise import recognise
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import load_source

HEADER = "id,created at,resolved at,channel,agent,customer,csat,note\n"
WIDTH = 8
UNCLOSED = "a quote is opened and never closed"


def rows(count: int, start: int = 0) -> str:
    """Lines of good tickets."""
    return "".join(
        f"t{number},2026-03-02T09:{number % 60:02d}:00Z,,email,Ann,c{number},4,text {number}\n"
        for number in range(start, start + count)
    )


def put(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def received(value: Any) -> int:
    """How many conversations a report counts in all."""
    rows = value["rows"]
    return int(next(row["value"] for row in rows if row["total"] and row["kpi"] == "received"))


def rejects(path: Path, *arguments: object) -> list[tuple[int | None, str, str]]:
    """Line (or row), column and reason of every reject of a run that must succeed."""
    listed = path.with_name("rejects.ndjson")
    listing = ("--rejects", listed, "--max-rejects", "100%", "-q")
    ran = run("report", path, "--kpi", "received", *listing, *arguments)
    assert (0, "") == (ran.code, ran.err)
    found = [json.loads(line) for line in listed.read_text().splitlines()]
    return [(one["line"] or one["row"], one["column"], one["reason"]) for one in found]


# Files that are not what they should be


def test_a_missing_file(tmp_path: Path) -> None:
    """A name that leads nowhere, or a pattern that matches nothing, is named."""
    for name in ("missing.csv", "*.csv"):
        path = tmp_path / name
        assert (3, f"{path}: there is no such file", None) == failure(run("report", path))


@pytest.mark.parametrize(
    "content", [b"", b"\n\n \n", b"\xef\xbb\xbf\n", gzip.compress(b"", mtime=0)]
)
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    """A file without content, or of blank lines only, is empty."""
    path = put(tmp_path, content)
    code, message, _ = failure(run("report", path))
    assert (3, f"{path}: the file is empty") == (code, message)


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER + "\n\n", HEADER[:-1] + "\r\n"])
def test_a_header_alone(tmp_path: Path, content: str) -> None:
    """A known export without rows is not unknown: it has a header and no rows."""
    path = put(tmp_path, content)
    assert (3, f"{path}: the file has a header and no rows", None) == failure(run("report", path))


def test_an_unknown_format_names_the_nearest_source(tmp_path: Path) -> None:
    """An unknown file names the source that is nearest, what that lacks, and how to go on."""
    path = put(tmp_path, "ticket id,created at,colour\n1,2026-03-02,red\n", "my tickets.csv")
    lacks = "resolved_at or closed_at or status or first_response_at or resolution_time"
    assert (
        3,
        f"{path}: the format is unknown; the nearest source, generic-tickets, lacks: {lacks}",
        f"start a mapping of your own: supportkpi inspect '{path}' --write-source mine.toml",
    ) == failure(run("report", path))


def test_an_unknown_standard_input_can_be_inspected_by_its_dash() -> None:
    """The hint for standard input names it as the command line does."""
    _, _, hint = failure(run("report", "-", stdin=b"a,b\n1,2\n"))
    expected = "start a mapping of your own: supportkpi inspect - --write-source mine.toml"
    assert expected == hint


def test_two_sources_that_match_alike(tmp_path: Path) -> None:
    """Of two sources that match equally well neither is guessed: both are named."""
    text = (
        'grain = "conversation"\nchannel = "email"\n[match]\ncolumns = ["id", "begun"]\n'
        '[fields]\nconversation_id = "id"\ncontacted_at = "begun"\n'
    )
    sources = [load_source(put(tmp_path, text, f"{name}.toml")) for name in ("left", "right")]
    path = put(tmp_path, "id,begun\n1,2026-03-02\n")
    with pytest.raises(InputError) as refused:
        recognise(InputFile(str(path), path=path), sources)
    assert f"{path}: two sources match, left and right" == refused.value.message
    assert "say which: --source left" == refused.value.hint


def test_the_more_specific_source_wins(tmp_path: Path) -> None:
    """A source that asks for more wins over one that asks for less, in whatever order."""
    text = (
        'grain = "conversation"\nchannel = "email"\n[match]\ncolumns = [{columns}]\n'
        '[fields]\nconversation_id = "id"\ncontacted_at = "begun"\n'
    )
    wide = load_source(put(tmp_path, text.format(columns='"id"'), "wide.toml"))
    narrow = load_source(put(tmp_path, text.format(columns='"ID ", "begun"'), "narrow.toml"))
    path = put(tmp_path, "Id,begun\n1,2026-03-02\n")
    file = InputFile(str(path), path=path)
    found = [recognise(file, order).source.name for order in ([wide, narrow], [narrow, wide])]
    assert found == ["narrow", "narrow"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("in.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, "a picture"),
        ("in.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, "a picture"),
        (
            "in.xls",
            b"<html><table><tr><td>Id</td></tr></table>",
            "a web page (HTML or XML), whatever its name says",
        ),
        ("in.pdf", b"%PDF-1.7\n" + bytes(100), "a PDF"),
    ],
)
def test_a_file_that_is_no_export(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    """Pictures, PDFs and workbooks are told for what they are, whatever they are called."""
    path = put(tmp_path, content, name)
    hint = "an export is CSV, JSON, XLSX or Parquet; save it as CSV (UTF-8)"
    assert (3, f"{path}: this is {what}, no export", hint) == failure(run("report", path))


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("in.xlsx", b"PK\x03\x04" + bytes(100), "this is a damaged workbook or zip file"),
        ("in.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "the workbook cannot be read: "),
    ],
)
def test_a_damaged_workbook(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    """A workbook that no spreadsheet would open is refused."""
    path = put(tmp_path, content, name)
    code, message, _ = failure(run("report", path))
    assert (3, True) == (code, message.startswith(f"{path}: {fault}"))


def test_random_bytes_are_no_bug(tmp_path: Path) -> None:
    """Bytes without any sense are an input that cannot be read, never a crash."""
    path = put(tmp_path, bytes((7 * number * number + 13) % 256 for number in range(50_000)))
    assert 3 == failure(run("report", path))[0]


def test_a_folder_without_exports(tmp_path: Path) -> None:
    """A folder with nothing to read in it says so."""
    put(tmp_path, "hello", "README.md")
    put(tmp_path, HEADER + rows(1), ".hidden.csv")
    assert (3, f"{tmp_path}: the folder holds no export", None) == failure(run("report", tmp_path))


@pytest.mark.parametrize("lost", [1, 12, 2_000])
def test_a_truncated_gzip(tmp_path: Path, lost: int) -> None:
    """A gzip file that ends too early is refused, wherever it was cut."""
    text = HEADER + "".join(f"{line}{hash(line)}\n" for line in rows(20_000).splitlines())
    path = put(tmp_path, gzip.compress(text.encode())[:-lost], "in.csv.gz")
    code, message, _ = failure(run("report", path))
    assert (3, True) == (code, message.startswith(f"cannot read {path}: "))


def test_a_damaged_gzip(tmp_path: Path) -> None:
    """A gzip file whose bytes were changed is refused."""
    packed = bytearray(gzip.compress((HEADER + rows(5_000)).encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"damaged!"
    path = put(tmp_path, bytes(packed), "in.csv.gz")
    code, message, _ = failure(run("report", path))
    assert (3, True) == (code, message.startswith(f"cannot read {path}: "))


def test_gzip_members_are_read_on(tmp_path: Path) -> None:
    """A gzip file of several members, as log rotation joins them, is read to its end."""
    parts = [HEADER + rows(10), rows(10, 10), rows(10, 20)]
    path = put(tmp_path, b"".join(gzip.compress(part.encode()) for part in parts), "in.csv.gz")
    assert 30 == received(report(path))


# Rows that do not fit


SEEN_FIRST = 1_000
PLACES = {"start": 0, "head": 7, "middle": 2_500, "end": 5_000}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
@pytest.mark.parametrize("cells", [1, 2, 7, 9, 12])
def test_a_ragged_row_is_one_reject(tmp_path: Path, place: int, quoted: bool, cells: int) -> None:
    """A row too short or too long is one reject on its line; all the others count."""
    good = rows(5_000).splitlines(keepends=True)
    if quoted:
        good = [f'{line[: line.index("text")]}"a, ""b"", c"\n' for line in good]
    good[place:place] = [",".join(["x"] * cells) + "\n"]
    path = put(tmp_path, HEADER + "".join(good))
    what = "1 cell" if cells == 1 else f"{cells} cells"
    reason = f"the row has {what}, the file has {WIDTH} columns"
    assert [(place + 2, "", reason)] == rejects(path)
    value = report(path, "--max-rejects", "1", "--by", "")
    (intake,) = value["inputs"]
    assert (5_001, 1, 5_000) == (intake["rows"], intake["rejected"], received(value))


def test_a_short_row_is_seen_behind_a_stray_quote(tmp_path: Path) -> None:
    """A quote inside an unquoted cell does not hide a short row from the count."""
    lines = [HEADER, 's,2026-03-02T09:00:00Z,,email,Ann,c,4,5" pipe\n', "x,2026-03-02T09:00:00Z\n"]
    lines += [
        f't{number},2026-03-02T09:00:00Z,,email,Ann,c,4,"a,b,c,d,e,f\ng,h"\n'
        for number in range(50)
    ]
    path = put(tmp_path, "".join(lines))
    assert [(3, "", "the row has 2 cells, the file has 8 columns")] == rejects(path)


@pytest.mark.parametrize("place", [0, 5, 30])
@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n\n"])
def test_blank_lines_are_no_rows(tmp_path: Path, place: int, blank: str) -> None:
    """Blank lines, wherever they stand, are neither rows nor rejects."""
    lines = rows(30).splitlines(keepends=True)
    lines.insert(place, blank)
    path = put(tmp_path, HEADER + "".join(lines))
    (intake,) = report(path)["inputs"]
    assert (30, 30, 0) == (intake["rows"], intake["events"], intake["rejected"])


@pytest.mark.parametrize("place", [0, 7, 2_500, 5_000])
@pytest.mark.parametrize("column", [1, 3, 7])
def test_an_unclosed_quote(tmp_path: Path, place: int, column: int) -> None:
    """A quote that is never closed is refused with the line on which its row begins."""
    lines = rows(5_000).splitlines(keepends=True)
    cells = ["x", "2026-03-02T09:00:00Z", "", "email", "Ann", "c", "4", "text"]
    cells[column] = f'"{cells[column]}'
    lines.insert(place, ",".join(cells) + "\n")
    path = put(tmp_path, HEADER + "".join(lines))
    hint = "mend the row, or export the file again"
    assert (3, f"{path}:{place + 2}: {UNCLOSED}", hint) == failure(run("report", path))


def test_an_unclosed_quote_without_a_last_newline(tmp_path: Path) -> None:
    """The same at the very end of the file, where no line end follows."""
    path = put(tmp_path, HEADER + rows(3) + 'x,2026-03-02T09:00:00Z,,email,Ann,c,4,"text')
    assert f"{path}:5: {UNCLOSED}" == failure(run("report", path))[1]


@pytest.mark.parametrize("place", [0, 7, 2_500, 5_000])
@pytest.mark.parametrize("column", [4, 7])
def test_bytes_that_are_no_utf8(tmp_path: Path, place: int, column: int) -> None:
    """Bytes that no encoding of the whole explains are refused with their line, used or not."""
    text = rows(5_000).replace("Ann", "Zoë")
    lines = text.encode().splitlines(keepends=True)
    cells = [b"x", b"2026-03-02T09:00:00Z", b"", b"email", b"Ann", b"c", b"4", b"text"]
    cells[column] = "Jörg".encode("cp1252")
    lines.insert(place, b",".join(cells) + b"\n")
    path = put(tmp_path, HEADER.encode() + b"".join(lines))
    code, message, hint = failure(run("report", path))
    assert (3, True) == (
        code,
        message.startswith(f"{path}:{place + 2}: the bytes are no utf-8 text"),
    )
    assert "encoding" in str(hint)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r\n").encode("utf-16"),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace(",", "|").encode(),
        lambda text: text.rstrip("\n").encode(),
    ],
    ids=["utf-16", "utf-16-be", "bom", "cr", "crlf", "utf-16-crlf", ";", "tab", "|", "no-end"],
)
def test_shapes_of_a_text_file(tmp_path: Path, encode: Any) -> None:
    """Encodings with a mark, line ends and delimiters change nothing, and lines are still right."""
    text = HEADER + rows(30).replace("Ann", "Jörg")
    expected = report(put(tmp_path, text, "plain.csv"), "--by", "agent")["rows"]
    assert expected == report(put(tmp_path, encode(text)), "--by", "agent")["rows"]
    path = put(tmp_path, encode(text + "x,1404/13/02,,email,Ann,c,4,t\n"))
    assert [(32, "created at", 'cannot read "1404/13/02" as a date')] == rejects(path)


def test_nul_bytes_and_a_huge_cell(tmp_path: Path) -> None:
    """A NUL byte in a cell, and a cell of a megabyte, quoted or not, are rows like others."""
    huge = "A" * 1_000_000
    odd = [
        "n\0l,2026-03-02T09:00:00Z,,email,A\0n,c,4,t\n",
        f"h1,2026-03-02T09:00:00Z,,email,Ann,c,4,{huge}\n",
        f'h2,2026-03-02T09:00:00Z,,email,Ann,c,4,"{huge.replace("AA", "A" + chr(10))}"\n',
    ]
    path = put(tmp_path, HEADER + rows(5) + "".join(odd) + rows(5, 10))
    value = report(path)
    assert (13, 13, 13) == (
        value["inputs"][0]["rows"],
        value["inputs"][0]["events"],
        received(value),
    )


def test_a_huge_value_is_shown_shortened(tmp_path: Path) -> None:
    """A megabyte that is no date is not printed whole."""
    path = put(tmp_path, HEADER + rows(9) + f"x,{'A' * 1_000_000},,email,Ann,c,4,t\n")
    message = failure(run("report", path, "--max-rejects", "0"))[1]
    assert f'{path}:11 (created at): cannot read "{"A" * 80}" as a date' == message


# Values that cannot be understood


BAD = [
    ("created at", "1404/13/02", 'cannot read "1404/13/02" as a date'),
    ("created at", "2026-02-30T09:00:00Z", 'cannot read "2026-02-30T09:00:00Z" as a date'),
    ("resolved at", "yesterday", 'cannot read "yesterday" as a date'),
    ("csat", "many", 'cannot read "many" as a number'),
    ("handle time", "a while", 'cannot read "a while" as a duration'),
    ("reply count", "2.5", 'cannot read "2.5" as a whole number'),
    ("id", "1.03E+13", '"1.03E+13" lost its digits in a spreadsheet'),
    ("id", "1,03E+13", '"1,03E+13" lost its digits in a spreadsheet'),
    ("created at", "", "the row has no time"),
]
NAMES = ("id", "created at", "resolved at", "csat", "handle time", "reply count", "note")


def ticket(number: int, **changed: str) -> str:
    """One row of the wide ticket list, quoted, with a newline in its note."""
    cells = {
        "id": f"t{number}", "created at": f"2026-03-02T09:{number % 60:02d}:00Z", "resolved at": "",
        "csat": "4", "handle time": "90", "reply count": "2", "note": "two\nlines",
    }  # fmt: skip
    cells |= changed
    return ",".join(f'"{cells[name]}"' for name in NAMES) + "\n"


@pytest.mark.parametrize(("column", "value", "reason"), BAD)
@pytest.mark.parametrize("before", [3, 2_000])
def test_a_wrong_value_is_a_reject_with_its_place(
    tmp_path: Path, column: str, value: str, reason: str, before: int
) -> None:
    """A value that cannot be understood has its line and column, newlines in quotes before it."""
    wrong = ticket(9_000, **{column: value})
    lines = [ticket(number) for number in range(before)]
    after = [ticket(number) for number in range(9_001, 9_004)]
    path = put(tmp_path, ",".join(NAMES) + "\n" + "".join([*lines, wrong, *after]))
    place = 2 + 2 * before
    assert [(place, column if value else "", reason)] == rejects(path)
    shown = f"{path}:{place} ({column})" if value else f"{path}:{place}"
    code, message, hint = failure(run("report", path, "--max-rejects", "0"))
    assert (3, f"{shown}: {reason}") == (code, message)
    total = before + 4
    assert hint == (
        f"1 of {total:,} rows of {path} were rejected, more than 0 may be; "
        "--rejects FILE lists them, --max-rejects N% lets more pass"
    )


def test_a_wrong_channel(tmp_path: Path) -> None:
    """A channel that is not in the enumeration is a reject, with [values] and without."""
    fields = '[fields]\nconversation_id = "id"\ncontacted_at = "created at"\nchannel = "channel"\n'
    mapping = put(tmp_path, f'grain = "conversation"\n{fields}', "m.toml")
    path = put(tmp_path, HEADER + rows(30) + "x,2026-03-02T09:00:00Z,,fax,Ann,c,4,t\n")
    expected = [(32, "channel", 'cannot read "fax" as a channel')]
    assert expected == rejects(path, "--source", mapping)
    mapping.write_text(mapping.read_text() + '[values.channel]\nemail = "email"\n')
    expected = [(32, "channel", '"fax" is not listed in [values.channel]')]
    assert expected == rejects(path, "--source", mapping)


def test_a_customer_id_that_lost_its_digits(tmp_path: Path) -> None:
    """A rounded customer id is unknown and an anomaly; the row counts."""
    path = put(tmp_path, HEADER + rows(30) + "x,2026-03-02T09:00:00Z,,email,Ann,1.03E+13,4,t\n")
    value = report(path)
    assert (31, 1) == (received(value), value["anomalies"]["customer_id_lost_digits"])
    ids = [row["customer_id"] for row in json.loads(run("events", path, "--format", "json").out)]
    assert 1 == ids.count(None)


@pytest.mark.parametrize(("wrong", "code"), [(5, 0), (6, 3)])
def test_five_percent_may_be_rejected(tmp_path: Path, wrong: int, code: int) -> None:
    """Of a hundred rows five may be wrong, six not."""
    bad = "".join(f"x{number},soon,,email,Ann,c,4,t\n" for number in range(wrong))
    path = put(tmp_path, HEADER + rows(100 - wrong) + bad)
    ran = run("report", path, "--format", "json")
    assert code == ran.code
    if code:
        assert ran.hints[0].startswith("6 of 100 rows of ")
        assert "more than 5 % may be" in ran.hints[0]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_rejects_are_listed_with_all_that_finds_them(
    tmp_path: Path, form: str, suffix: str
) -> None:
    """File, line or row, column, value and reason, of a text as of a workbook, in either format."""
    path, listed = tmp_path / f"t{suffix}", tmp_path / f"rejects.{form}"
    frame = pl.DataFrame(
        {
            "ticket id": [str(n) for n in range(40)],
            "created at": [*["2026-03-02 09:15"] * 39, "soon"],
            "resolved at": ["2026-03-03"] * 40,
        }
    )
    if suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_excel(path)
    assert run("report", path, "--rejects", listed, "-q").code == 0
    text = listed.read_text(encoding="utf-8")
    (one,) = csv.DictReader(io.StringIO(text)) if form == "csv" else map(json.loads, [text])
    assert ["file", "line", "row", "column", "value", "reason"] == list(one)
    place = one["line"] if suffix == ".csv" else one["row"]
    reason = 'cannot read "soon" as a date'
    assert (str(path), "41", "created at", "soon", reason) == (
        one["file"], str(place), one["column"], one["value"], one["reason"],
    )  # fmt: skip
    assert suffix == ".csv" or not one["line"]
    assert run("report", path, "--on-error", "fail").code == 3


def test_a_run_of_rejects_alone_fails(tmp_path: Path) -> None:
    """A file that yields no event is an error, whatever --max-rejects says."""
    path = put(tmp_path, HEADER + "x,2026-13-02,,email,Ann,c,4,t\n")
    ran = run("report", path, "--max-rejects", "100%", "--source", "generic-tickets")
    assert (3, f'{path}:2 (created at): cannot read "2026-13-02" as a date') == failure(ran)[:2]


def test_a_file_of_skipped_rows_alone_fails(tmp_path: Path) -> None:
    """A file whose rows were all skipped yields no event, and says by which rule."""
    text = "id,created at,resolved at,status\n" + "1,2026-03-02,,spam\n" * 3
    path = put(tmp_path, text)
    assert (3, f"{path}: no row is an event; skipped: 3 spam", None) == failure(run("report", path))


# Mappings that are wrong

TOP = 'grain = "conversation"\nchannel = "email"\n'
FIELDS = '[fields]\nconversation_id = "id"\ncontacted_at = "created at"\n'
NO_ZONE = '"Asia/Teheran" is no time zone of the IANA database; did you mean "Asia/Tehran"?'
SQL_HINT = "an expression is SQL over the export's columns; TRY_CAST turns text to numbers"

MAPPINGS = [
    (f'{TOP}chanel = "x"\n{FIELDS}', "(chanel): there is no such key", 'did you mean "channel"?'),
    (
        f'{TOP}{FIELDS}[file]\ndelimeter = ";"\n',
        "(file.delimeter): there is no such key",
        'did you mean "delimiter"?',
    ),
    (
        f'{TOP}{FIELDS}contacts_at = "x"\n',
        "(fields.contacts_at): there is no such key",
        'did you mean "contacted_at"?',
    ),
    (
        f'{TOP}{FIELDS}[values.chanel]\na = "email"\n',
        "(values.chanel): there is no such key",
        'did you mean "channel"?',
    ),
    (
        f'{TOP}{FIELDS}topic = "FOO(note)"\n',
        "(fields.topic): cannot understand 'FOO(note)': unsupported function 'foo'",
        SQL_HINT,
    ),
    (
        f'{TOP}{FIELDS}handle_ms = {{ sql = "csat", unit = "sec" }}\n',
        "(fields.handle_ms.unit): this must be one of ms, s, min, h, day, m:ss, h:mm, date1970",
        None,
    ),
    (
        TOP.replace("conversation", "ticket") + FIELDS,
        "(grain): this must be one of event, conversation",
        None,
    ),
    (
        f'{TOP}{FIELDS}resolved_at = {{ from = "contact_at", plus = "csat" }}\n',
        '(fields.resolved_at.from): no time "contact_at" is mapped',
        'did you mean "contacted_at"?',
    ),
    (
        TOP + FIELDS + 'resolved_at.from = "replied_at"\nreplied_at.from = "resolved_at"\n',
        "(fields.resolved_at.from): this goes round in a circle",
        None,
    ),
    (
        f'{TOP}{FIELDS}topic = {{ from = "contacted_at" }}\n',
        "(fields.topic): only times are relative to another field",
        None,
    ),
    (
        f'{TOP}{FIELDS}resolved_at = {{ plus = "csat" }}\n',
        "(fields.resolved_at): this needs either `sql` or `from`",
        None,
    ),
    (f"{TOP}{FIELDS}csat = 5\n", "(fields.csat): this must be an SQL expression or a table", None),
    (
        f"{TOP}{FIELDS}[ratings]\nspeed = 5\n",
        "(ratings.speed): this must be an SQL expression or a table with `sql`",
        None,
    ),
    (
        f'{TOP}{FIELDS}[ratings]\nspeed = {{ sql = "csat", scale = [5, 1] }}\n',
        "(ratings.speed.scale): this must be two numbers, the lower first",
        None,
    ),
    (
        f'{TOP}{FIELDS}[ratings]\nspeed = {{ sql = "csat", scala = [1, 5] }}\n',
        "(ratings.speed.scala): there is no such key",
        'did you mean "scale"?',
    ),
    (
        f'{TOP}{FIELDS}csat = {{ sql = "csat", scale = [5, 1] }}\n',
        "(fields.csat.scale): this must be two numbers, the lower first",
        None,
    ),
    (
        f'{TOP}{FIELDS}[values.channel]\nemail = "mail"\n',
        f"(values.channel.email): this must be one of {', '.join(CHANNELS)}",
        None,
    ),
    (f'{TOP}{FIELDS}[columns]\nid = "key"\n', "(columns.id): this must be a list of texts", None),
    (
        f"{TOP}{FIELDS}[match]\ncolumns = [1]\n",
        "(match.columns): this must be a list of texts",
        None,
    ),
    (
        f'{TOP}{FIELDS}[match]\npatterns = {{ id = "(" }}\n',
        "(match.patterns.id): missing ), unterminated subpattern at position 0",
        None,
    ),
    (
        f"{TOP}{FIELDS}[file]\nskip_where = {{ x = 1 }}\n",
        "(file.skip_where): this must be a table of texts",
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\nencoding = "klingon"\n',
        '(file.encoding): there is no encoding "klingon"',
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\nformat = "xls"\n',
        (
            "(file.format): this must be one of csv, tsv, parquet, ndjson, json, xlsx, telegram, "
            "whatsapp"
        ),
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\ndelimiter = "||"\n',
        "(file.delimiter): this must be one ASCII character",
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\nquote = "ab"\n',
        "(file.quote): this must be one ASCII character, or empty",
        None,
    ),
    (
        f"{TOP}{FIELDS}[file]\nheader = false\n",
        "(file.columns): a file without a header needs the columns' names",
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\nheader = false\ncolumns = ["id"]\nmin_columns = 9\n',
        "(file.min_columns): this must be 1 to 1, as `columns` lists",
        None,
    ),
    (
        f'{TOP}{FIELDS}[file]\nheader = false\ncolumns = ["id", "id"]\n',
        "(file.columns): two columns have the same name",
        None,
    ),
    (
        f'{TOP}{FIELDS}[time]\ntimezone = "Asia/Teheran"\n',
        f"(time.timezone): {NO_ZONE}",
        None,
    ),
    (
        f'{TOP}{FIELDS}[time]\ncalendar = "lunar"\n',
        "(time.calendar): this must be gregorian or jalali",
        None,
    ),
    (
        f'{TOP}{FIELDS}[session]\ngap = "a fortnight"\n',
        '(session.gap): "a fortnight" is no duration; write for example 20s, 5m, 24h or 7d',
        None,
    ),
    (
        f'{TOP}[fields]\nconversation_id = "id"\n',
        "(fields): at least one time must be mapped",
        None,
    ),
]


@pytest.mark.parametrize(("text", "message", "hint"), MAPPINGS, ids=[m[1][:40] for m in MAPPINGS])
def test_a_wrong_mapping_is_explained(
    tmp_path: Path, text: str, message: str, hint: str | None
) -> None:
    """A wrong mapping names its file, the key, what is wrong and what was meant."""
    mapping, path = put(tmp_path, text, "m.toml"), put(tmp_path, HEADER + rows(9))
    expected = (2, f"{mapping} {message}", hint)
    assert expected == failure(run("report", path, "--source", mapping))


def test_a_mapping_that_is_no_mapping(tmp_path: Path) -> None:
    """A mapping that is missing, no TOML or no text is told apart."""
    path, mapping = put(tmp_path, HEADER + rows(9)), tmp_path / "m.toml"
    expected = (2, f"cannot read the mapping {mapping}: No such file or directory", None)
    assert expected == failure(run("report", path, "--source", mapping))
    mapping.write_bytes(b"\xff")
    expected = (2, f"cannot read the mapping {mapping}: it is not UTF-8 text", None)
    assert expected == failure(run("report", path, "--source", mapping))
    mapping.write_text("x =\n")
    assert "a mapping is written in TOML" == failure(run("report", path, "--source", mapping))[2]


def test_a_mapping_of_another_file(tmp_path: Path) -> None:
    """A mapping none of whose columns is there says which it wants."""
    text = f'name = "mine"\n{TOP}[fields]\nconversation_id = "key"\ncontacted_at = "begun"\n'
    mapping, path = put(tmp_path, text, "m.toml"), put(tmp_path, HEADER + rows(9))
    assert (
        2,
        f"{path}: none of the times that the source mine maps is there",
        "it wants the columns begun",
    ) == failure(run("report", path, "--source", mapping))


# Parquet and JSON


def frame(**changed: Any) -> pl.DataFrame:
    """Five tickets as a typed table."""
    times = [dt.datetime(2026, 3, 2, 9, minute) for minute in range(5)]
    columns = {
        "id": [1, 2, 3, 4, 5], "created_at": times, "resolved_at": times, "channel": ["email"] * 5,
        "customer": [10**13 + number for number in range(5)], "csat": [4] * 5,
        "handle_time": [90] * 5,
    }  # fmt: skip
    return pl.DataFrame(columns | changed)


TIMES = pl.Series([dt.datetime(2026, 3, 2, 9, minute) for minute in range(5)])


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"created_at": TIMES.dt.cast_time_unit("ms")},
        {"created_at": TIMES.dt.cast_time_unit("ns")},
        {"created_at": TIMES.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tehran")},
        {"created_at": TIMES.dt.epoch("s")},
        {"created_at": TIMES.dt.epoch("ms")},
        {"created_at": TIMES.dt.strftime("%Y-%m-%d %H:%M:%S")},
        {"csat": [4.0] * 5},
        {"csat": ["4"] * 5},
        {"handle_time": pl.Series([90] * 5).cast(pl.Decimal(10, 2))},
        {"handle_time": [90.0] * 5},
        {"handle_time": ["1m 30s"] * 5},
        {"channel": pl.Series(["email"] * 5, dtype=pl.Categorical)},
        {"channel": pl.Series(["email"] * 5, dtype=pl.Enum(["chat", "email"]))},
        {"tags": [["a", "b"]] * 5, "extra": [{"a": 1}] * 5},
        {"nothing": [None] * 5},
    ],
    ids=lambda changed: ", ".join(f"{k}" for k in changed) or "plain",
)
def test_types_of_parquet(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Native times, integers, decimals and categories mean what their text would."""
    plain, other = tmp_path / "plain.parquet", tmp_path / "other.parquet"
    frame().write_parquet(plain)
    frame(**changed).write_parquet(other)
    expected = report(plain, "--all")
    actual = report(other, "--all")
    assert expected["rows"] == actual["rows"]
    assert expected["as_of"] == actual["as_of"]
    assert [90.0] == [
        row["value"] for row in actual["rows"] if row["total"] and row["kpi"] == "handle_time.mean"
    ]


def test_a_row_of_parquet_has_a_number(tmp_path: Path) -> None:
    """A reject of a file without lines has its row, counted from 1."""
    path = tmp_path / "in.parquet"
    frame(csat=["4", "4", "x", "4", "4"]).write_parquet(path)
    assert [(3, "csat", 'cannot read "x" as a number')] == rejects(path)
    code, message, _ = failure(run("report", path))
    assert (3, f'{path}, row 3 (csat): cannot read "x" as a number') == (code, message)


def test_a_damaged_parquet(tmp_path: Path) -> None:
    """A Parquet file that was cut, or holds nothing, is refused."""
    path = tmp_path / "in.parquet"
    frame().write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    code, message, _ = failure(run("report", path))
    assert (3, True) == (code, message.startswith(f"{path}: "))
    frame().head(0).write_parquet(path)
    assert (3, f"{path}: the file has a header and no rows", None) == failure(run("report", path))


def test_a_table_of_events_that_lacks_a_column(tmp_path: Path) -> None:
    """A file that claims to be a table of events and lacks a column is refused by its name."""
    path = tmp_path / "events.parquet"
    run("events", SHOP / "sms", "-o", path)
    facts = {k: v for k, v in pl.read_parquet_metadata(path).items() if k.startswith("supportkpi")}
    pl.read_parquet(path).drop("agent_id", "at").write_parquet(path, metadata=facts)
    hint = "make it again: supportkpi events INPUT... -o events.parquet"
    expected = (3, f"{path}: this table of events lacks at, agent_id", hint)
    assert expected == failure(run("report", path))


ROW = {"id": "1", "created_at": "2026-03-02T09:00:00Z", "resolved_at": None, "csat": 4}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.ndjson", "".join(json.dumps({**ROW, "id": str(n)}) + "\n" for n in range(3))),
        ("in.jsonl", "\n\n".join(json.dumps({**ROW, "id": n}) for n in range(3))),
        ("in.json", json.dumps([{**ROW, "id": n} for n in range(3)])),
        (
            "in.json",
            json.dumps(
                [{**ROW, "id": n, "tags": ["a"], "x": {"y": 1}} for n in range(3)], indent=1
            ),
        ),
        ("in", json.dumps([{**ROW, "id": n} for n in range(3)], indent=1)),
        ("in", "".join(json.dumps({**ROW, "id": n}) + "\n" for n in range(3))),
    ],
)
def test_json_in_its_forms(tmp_path: Path, name: str, content: str) -> None:
    """JSON by line or as an array, pretty or not, named or not, is read."""
    value = report(put(tmp_path, content, name))
    assert (3, 3) == (value["inputs"][0]["rows"], received(value))


@pytest.mark.parametrize("line", [b'{"id":', b"[1, 2]", b"5", b'{"id": "x"', b"plain"])
@pytest.mark.parametrize("place", [0, 3, 30])
def test_a_line_that_is_no_json(tmp_path: Path, line: bytes, place: int) -> None:
    """A line of NDJSON that is no object is one reject with its number; the others count."""
    good = [(json.dumps({**ROW, "id": str(number)}) + "\n").encode() for number in range(30)]
    good.insert(place, line + b"\n")
    path = put(tmp_path, b"".join(good), "in.ndjson")
    assert [(place + 1, "", "the line is no JSON object")] == rejects(path)
    code, message, _ = failure(run("report", path, "--max-rejects", "0"))
    assert (3, f"{path}:{place + 1}: the line is no JSON object") == (code, message)


def test_json_in_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    """JSON is UTF-8: other bytes are refused with their line, for nothing may be guessed there."""
    good = (json.dumps(ROW) + "\n").encode()
    path = put(tmp_path, good * 3 + b'{"id": "\xf6"}\n' + good, "in.ndjson")
    code, message, _ = failure(run("report", path))
    assert (3, f"{path}:4: the bytes are no utf-8 text (byte {3 * len(good) + 8})") == (
        code,
        message,
    )


@pytest.mark.parametrize("content", ["5", '{"a": 1', "[{]", "[]", '{"data": [1]}', "[[1]]", "null"])
def test_a_json_that_is_no_list(tmp_path: Path, content: str) -> None:
    """JSON that is broken or no list of objects is an input that cannot be read."""
    assert 3 == failure(run("report", put(tmp_path, content, "in.json")))[0]


# Open: what is known to be wrong, each with the file that shows it


def test_a_failed_run_lists_its_rejects(tmp_path: Path) -> None:
    """A run that fails for its rejects writes them where --rejects says, as its hint promises."""
    path = put(tmp_path, HEADER + rows(9) + "x,soon,,email,Ann,c,4,t\n")
    assert 3 == run("report", path, "--rejects", tmp_path / "r.csv").code
    assert (tmp_path / "r.csv").exists()


def test_a_zone_that_is_stated_is_not_assumed(tmp_path: Path) -> None:
    """A file whose every stamp ends in Z gets no note on its zone, rejects or not."""
    path = put(tmp_path, HEADER + rows(60) + "x,2026-03-02T09:00:00Z,,email,Ann,c,many,t\n")
    assert "states no time zone" not in run("report", path).err


def test_a_mapping_whose_times_are_missing(tmp_path: Path) -> None:
    """An export that has none of the times of its mapping is refused, not a crash."""
    text = f'{TOP}[fields]\nconversation_id = "id"\ncontacted_at = "begun"\n'
    mapping, path = put(tmp_path, text, "m.toml"), put(tmp_path, HEADER + rows(9))
    assert run("report", path, "--source", mapping).code in (2, 3)


def test_a_skip_rule_that_is_no_condition(tmp_path: Path) -> None:
    """A skip rule that is no condition is an error of the mapping, which names the rule."""
    mapping = put(
        tmp_path, f'{TOP}{FIELDS}[file]\nskip_where = {{ odd = "UPPER(id)" }}\n', "m.toml"
    )
    ran = run("report", put(tmp_path, HEADER + rows(9)), "--source", mapping)
    assert (2, True) == (ran.code, "file.skip_where.odd" in ran.err)


@pytest.mark.parametrize(
    "changed",
    [{"handle_time": [dt.timedelta(seconds=90)] * 5}, {"created_at": [dt.time(9)] * 5}],
    ids=["duration", "time"],
)
def test_other_types_of_parquet(tmp_path: Path, changed: dict[str, Any]) -> None:
    """A native duration is one; a time of day without a date is no crash."""
    path = tmp_path / "in.parquet"
    frame(**changed).write_parquet(path)
    assert run("report", path).code in (0, 3)


@pytest.mark.parametrize("fault", ["type", "channel", "facts", "empty"])
def test_a_damaged_table_of_events(tmp_path: Path, fault: str) -> None:
    """A table of events with a wrong type, word or description, or without rows, is refused."""
    path = tmp_path / "events.parquet"
    run("events", SHOP / "sms", "-o", path)
    facts = {k: v for k, v in pl.read_parquet_metadata(path).items() if k.startswith("supportkpi")}
    table = pl.read_parquet(path)
    if fault == "type":
        table = table.with_columns(pl.col("contacted_at").cast(pl.String))
    elif fault == "channel":
        table = table.with_columns(channel=pl.lit("fax"))
    elif fault == "empty":
        table = table.head(0)
    else:
        facts = dict.fromkeys(facts, "garbage")
    table.write_parquet(path, metadata=facts)
    assert 3 == run("report", path).code


def test_a_misspelt_column_of_a_mapping_is_named(tmp_path: Path) -> None:
    """A mapping of one's own that asks for a column that is not there is told so, and goes on."""
    fields = '[fields]\ncontacted_at = "created at"\nreplied_at = "First answr"\n'
    text = f'name = "mine"\n{TOP}{fields}'
    mapping, path = put(tmp_path, text, "m.toml"), put(tmp_path, HEADER + rows(9))
    told = f"supportkpi: note: {path} has no column First answr: mine leaves replied_at empty"
    assert told in run("report", path, "--source", mapping).err


def test_quoted_empty_cells_are_unknown_however_far_down(tmp_path: Path) -> None:
    """`""` is no value: not at the top, and not behind the rows from which the forms are learnt."""
    header = "id,created at,resolved at,customer\n"
    rows_ = [f'"{n}","2026-03-02 09:00:00","2026-03-02 10:00:00","c{n}"\n' for n in range(3_000)]
    for place in (0, 2_999):
        some = [*rows_]
        some[place] = f'"{place}","2026-03-02 09:00:00","",""\n'
        path = put(tmp_path, header + "".join(some))
        ran = json.loads(run("conversations", path, "--format", "json").out)
        row = next(one for one in ran if one["conversation_id"] == str(place))
        assert (None, None, 3_000) == (row["customer_id"], row["resolved_last_at"], len(ran))
