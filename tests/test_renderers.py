"""Every format of a report carries the same values: each is read back as its readers read it."""

from __future__ import annotations

import csv
import datetime as dt
import email
import html
import io
import itertools
import json
import math
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterable, Mapping
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import documents
from command import run
from printing import browser_or_skip, read_paper
from supportcli.kpis import CATALOGUE
from supportcli.locale import words_for
from supportcli.words import Words

MONTH = ("--last", "30d", "--compare", "previous")
CALENDARS = {"en": "gregorian", "fa": "jalali", "ar": "gregorian"}

Place = tuple[str, str]
"""A cell of the table of all KPIs: the title of its KPI, and the name of its column."""

Rows = list[dict[str, Any]]


def values_of(rows: Rows, words: Words) -> dict[Place, tuple[float | None, str]]:
    """The values of a report for programs with their units, by where they are for people."""
    return {
        (words.text(CATALOGUE[row["kpi"]].title), _column(row, words)): (row["value"], row["unit"])
        for row in rows
    }


def _column(row: Mapping[str, Any], words: Words) -> str:
    return words.text("total") if row["total"] else words.name(row["channel"], "channel")


def kpi_table(tables: Iterable[list[list[str]]], words: Words) -> dict[Place, str]:
    """The first table with a total beside its groups, cell by cell."""
    total = words.text("total")
    head, *lines = next(table for table in tables if total in table[0])
    columns = head[: head.index(total) + 1]
    return {
        (line[0], column): cell
        for line in lines
        for column, cell in zip(columns[1:], line[1:], strict=False)
    }


class Tables(HTMLParser):
    """The tables of a page: of every cell what stands first in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[list[list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Open a table, a row or a cell."""
        if tag == "table":
            self.found.append([])
        elif tag == "tr":
            self.found[-1].append([])
        elif tag in ("th", "td"):
            self.found[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        """Note what a cell says first."""
        if self.found and self.found[-1] and self.found[-1][-1]:
            row = self.found[-1][-1]
            row[-1] = row[-1] or data.strip()


def html_values(content: bytes, words: Words) -> dict[Place, str]:
    """The table of the page."""
    return kpi_table(Tables(content.decode()).found, words)


def markdown_values(content: bytes, words: Words) -> dict[Place, str]:
    """The table of the Markdown, without its marks."""
    blocks = re.findall(r"(?:^\|.*\n)+", content.decode(), re.MULTILINE)
    tables = [
        [[_read_mark(cell) for cell in line[2:-2].split(" | ")] for line in block.splitlines()]
        for block in blocks
    ]
    return {
        (title, column): _value(cell)
        for (title, column), cell in kpi_table(tables, words).items()
        if not title.startswith(":--")
    }


def _read_mark(cell: str) -> str:
    return html.unescape(re.sub(r"\\(.)", r"\1", cell)).strip("\u2068\u2069\u2060")


def _value(cell: str) -> str:
    """A value without the brackets behind it."""
    return cell.partition(" (")[0]


def mail_page_values(content: bytes, words: Words) -> dict[Place, str]:
    """The table of the page of the mail, which comes in parts, that with the total last."""
    tables = [table for table in Tables(_body(content, "html")).found if len(table[0]) > 2]
    last = next(at for at, table in enumerate(tables) if words.text("total") in table[0])
    return {
        (line[0], column): cell
        for head, *lines in tables[: last + 1]
        for line in lines
        for column, cell in zip(head[1:], line[1:], strict=True)
    }


def mail_text_values(content: bytes, words: Words) -> dict[Place, str]:
    """The values of the text of the mail, a line each under the title of their KPI."""
    found: dict[Place, str] = {}
    title = ""
    for line in _body(content, "plain").splitlines():
        if line.startswith("* "):
            title = line.removeprefix("* ")
        elif found and not line.startswith(" "):
            break
        elif title and not line.startswith("    ") and ": " in line:
            column, _, said = line.strip().partition(": ")
            found[title, column.strip("\u2068\u2069")] = _value(said)
    return found


def _body(content: bytes, kind: str) -> str:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def terminal_values(content: bytes, words: Words) -> dict[Place, str]:
    """The values of the tables, which are as many as the width asks for."""
    found: dict[Place, str] = {}
    columns: list[str] = []
    titles = {words.text(kpi.title) for kpi in CATALOGUE.values()}
    for line in content.decode().splitlines():
        name, *cells = re.split(r"\s{2,}", line.strip())
        if name == words.text("KPI"):
            columns = cells
        elif title := _title_of(name, titles):
            values = [cell.partition(" [")[0] for cell in cells if not cell.startswith("n ")]
            found |= {(title, column): text for column, text in zip(columns, values, strict=False)}
    return {place: value for place, value in found.items() if place[1] != words.text("trend")}


def _title_of(name: str, titles: set[str]) -> str | None:
    """The title that a line begins with, of which a narrow column may leave the rest below."""
    if name in titles:
        return name
    begun = [title for title in titles if title.startswith(f"{name} ")]
    return begun[0] if len(begun) == 1 else None


TEXTS: dict[str, Callable[[bytes, Words], dict[Place, str]]] = {
    "page.html": html_values,
    "chat.md": markdown_values,
    "mail.eml": mail_page_values,
    "mail.eml, text": mail_text_values,
}


def workbook_values(content: bytes, words: Words) -> dict[Place, float | None]:
    """The numbers of the first sheet of a section, durations in seconds."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(1).to_python()
    total, trend = words.text("total"), words.text("Trend")
    at, head = next((at, row) for at, row in enumerate(rows) if total in row)
    titles = {words.text(kpi.title) for kpi in CATALOGUE.values()}
    # What stands beside values has a point in the name of its column.
    columns = [
        at for at, name in enumerate(head) if name not in ("", trend) and "·" not in str(name)
    ]
    table = itertools.takewhile(lambda row: row[0], rows[at + 1 :])
    return {
        (str(row[0]), str(head[column])): _number(row[column])
        for row in table
        for column in columns[1:]
        if row[0] in titles
    }


def _number(held: object) -> float | None:
    if isinstance(held, dt.timedelta):
        return held.total_seconds()
    return held if isinstance(held, int | float) else None


def same_number(one: float | None, other: float | None, unit: str) -> bool:
    """Whether two numbers are the same; what reads the workbook gives times in milliseconds."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=0.0005 if unit == "s" else 1e-9)


def written(folder: Path, files: Iterable[str], *arguments: object) -> dict[str, bytes]:
    """What one run of the command line writes."""
    paths = [folder / name for name in files]
    ran = run("report", *arguments, *(part for path in paths for part in ("-o", path)))
    assert (0, []) == (ran.code, ran.errors), ran.err
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.parametrize("lang", ["en", "fa", "ar"])
def test_every_format_carries_the_same_values(lang: str, tmp_path: Path, shop_events: Path) -> None:
    """One run writes them all, and each of them says what the report for programs says.

    Formats for people show a value as the language does, a workbook holds the number, and data
    for programs are equal to the last digit.
    """
    names = [name for name in TEXTS if "," not in name]
    data = ["data.json", "data.ndjson", "data.csv", "data.parquet"]
    files = written(tmp_path, [*names, "book.xlsx", *data], shop_events, *MONTH, "--lang", lang)
    words = words_for(lang, CALENDARS[lang], None)  # type: ignore[arg-type]
    rows = json.loads(files["data.json"])["rows"]
    values = values_of(rows, words)
    shown = {place: words.value(value, unit) for place, (value, unit) in values.items()}
    for name, values_in in TEXTS.items():
        assert shown == values_in(files[name.partition(",")[0]], words), name
    held = workbook_values(files["book.xlsx"], words)
    assert values.keys() == held.keys()
    assert {} == {
        place: (value, held[place])
        for place, (value, unit) in values.items()
        if not same_number(value, held[place], unit)
    }
    assert rows == [json.loads(line) for line in files["data.ndjson"].splitlines()]
    assert rows == pl.read_parquet(io.BytesIO(files["data.parquet"])).to_dicts()
    lines = csv.DictReader(io.StringIO(files["data.csv"].decode()))
    assert [row["value"] for row in rows] == [
        float(line["value"]) if line["value"] else None for line in lines
    ]


def test_the_terminal_shows_the_same_values(tmp_path: Path, shop_events: Path) -> None:
    """What is read in a terminal is what a program reads."""
    files = written(tmp_path, ["eyes.txt", "data.json"], shop_events, *MONTH)
    words = Words()
    values = values_of(json.loads(files["data.json"])["rows"], words)
    shown = {place: words.value(value, unit) for place, (value, unit) in values.items()}
    assert shown == terminal_values(files["eyes.txt"], words)


def test_the_paper_shows_the_same_values(tmp_path: Path, shop_events: Path) -> None:
    """On the pages of the PDF the values of every KPI follow its title, column by column."""
    browser_or_skip()
    files = written(tmp_path, ["paper.pdf", "data.json"], shop_events, *MONTH)
    words = Words()
    values = values_of(json.loads(files["data.json"])["rows"], words)
    said = read_paper(files["paper.pdf"])[0]
    columns = ["phone", "email", "chat", "sms", "web", "total"]
    for title in dict.fromkeys(title for title, _ in values):
        shown = [words.value(*values[title, column]) for column in columns]
        pattern = ".*?".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in [title, *shown])
        assert re.search(pattern, said), title


HOSTILE = [*documents.RAW_HOSTILE, "+1+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "<r><t>x</t></r>"]
COLUMNS = ("id", "created at", "resolved at", "channel", "agent", "customer", "category", "team")


@pytest.fixture(scope="module")
def hostile_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that says something hostile in every column of text."""
    path = tmp_path_factory.mktemp("log") / "<img src=x onerror=alert(1)>.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for number, text in enumerate(HOSTILE):
            moment = f"2026-03-{1 + number:02d} 09:00:00"
            writer.writerow([f"{number}{text}", moment, moment, "email", text, text, text, text])
    return path


@pytest.mark.parametrize("by", ["agent", "topic", "team", "channel"])
def test_hostile_text_stays_text(by: str, hostile_log: Path, tmp_path: Path) -> None:
    """Whatever the data are called, no sheet calculates, no page runs, no table breaks."""
    names = ["book.xlsx", "page.html", "mail.eml", "chat.md", "data.csv"]
    options = ("--by", by, "--set", "report.min_n=1", "--timezone-of-input", "UTC")
    files = written(tmp_path, names, hostile_log, *options)
    assert 0 == formulas(files["book.xlsx"])
    for page in (files["page.html"].decode(), _body(files["mail.eml"], "html")):
        assert [] == Strangers(page).found
    cells = [cell for row in csv.reader(io.StringIO(files["data.csv"].decode())) for cell in row]
    assert [] == [cell for cell in cells if re.match(r"[=+@]|-\D", cell)]
    assert "<img" not in files["chat.md"].decode()


def formulas(content: bytes) -> int:
    """How many cells of a workbook calculate something."""
    book = zipfile.ZipFile(io.BytesIO(content))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f"
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    trees = [ET.fromstring(book.read(name)) for name in sheets]  # noqa: S314 - it is our own
    return sum(1 for tree in trees for _ in tree.iter(main))


class Strangers(HTMLParser):
    """What a page would not have by itself: handlers, links and pictures, a second script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is strange about an element."""
        values = dict(attrs)
        self.found += [name for name in values if name.startswith("on")]
        if tag == "img" and not str(values.get("src")).startswith(("cid:", "data:")):
            self.found.append(str(values))
        if str(values.get("href", "#"))[:1] != "#":
            self.found.append(str(values))
        self.scripts += tag == "script"
        if self.scripts > 1:
            self.found.append(tag)
