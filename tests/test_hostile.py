"""Text from the data is text: no markup, no escape, no formula of it reaches a screen or a cell."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from command import run
from supportcli.wording import clean, unformulated

HOSTILE = [
    "[bold]x[/]",
    "[/]",
    "[link=file:///etc/passwd]y[/link]",
    ":smiley:",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31mred",
    "a\nb",
    "a\rb",
    "a\r\nb",
    "a\tb",
    "a\x00b",
    "a\x08\x08b",
    "a\u2028b\u2029c\x85d",
    "\u202eabc\u2066def\u2069",
    "\u200fabc\u061c",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\uff1d1+1",
    'a","b',
    "{value}",
    "%s %d {0}",
    "total",
    "unknown",
    "\U0001f600" * 3,
    "x" * 5_000,
]
HEADER = ["id", "created at", "resolved at", "channel", "agent", "customer", "category", "team"]
HARM = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"
)
"""Anything but printable text and the line feeds of our own lines."""


def written(path: Path, rows: list[list[str]]) -> Path:
    """A CSV file of any text, properly quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().replace("\r\n", "\n").encode())
    return path


def ticket(number: int, text: str) -> list[str]:
    """A ticket whose every free text is hostile."""
    return [f"{text}{number}", "2026-03-02T09:00:00Z", "", "email", text, text, text, text]


@pytest.fixture
def hostile_file(tmp_path: Path) -> Path:
    """Tickets with each hostile text as id, agent, customer, topic and team."""
    return written(tmp_path / "in.csv", [ticket(n, text) for n, text in enumerate(HOSTILE)])


@pytest.mark.parametrize("text", HOSTILE)
def test_clean_leaves_nothing_that_acts(text: str) -> None:
    """Cleaned text holds no control, no escape, no line break and no turn of direction."""
    assert None is HARM.search(clean(text))
    assert "\n" not in clean(text)
    assert clean(text) == clean(clean(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_never_begins_a_formula(text: str) -> None:
    """A cell for a spreadsheet does not begin with what begins a formula, and says the same."""
    cell = unformulated(text)
    assert cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
    assert text == cell.removeprefix("'")


@pytest.mark.parametrize("color", ["never", "always"])
@pytest.mark.parametrize(
    "command",
    [
        ["report", "--by", "agent", "--kpi", "received"],
        ["report", "--by", "agent,topic,team", "--period", "month", "--kpi", "received"],
        ["events", "--format", "terminal"],
        ["conversations", "--format", "terminal"],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_the_terminal_shows_text_as_text(
    hostile_file: Path, command: list[str], color: str
) -> None:
    """Tables in the terminal hold no harmful mark; markup stands as it was written."""
    ran = run(command[0], hostile_file, *command[1:], "--color", color)
    own_colours = re.compile(r"\x1b\[[0-9;]*m")
    text = own_colours.sub("", ran.text) if color == "always" else ran.text
    assert 0 == ran.code
    assert [] == HARM.findall(text)
    assert "[bold]x[/]" in text
    assert ":smiley:" in text
    assert "31mred" in text


def test_colours_are_ours_alone(hostile_file: Path) -> None:
    """With colours on, no sequence of the data gets through: none asks for red."""
    ran = run("report", hostile_file, "--by", "agent", "--kpi", "received", "--color", "always")
    assert b"\x1b[31m" not in ran.out
    assert b"\x1b]" not in ran.out


@pytest.mark.parametrize("dimension", ["agent", "topic", "team"])
def test_json_gives_the_text_back(hostile_file: Path, dimension: str) -> None:
    """JSON and NDJSON hold every name as it stood in the export, but for space around it."""
    expected = {text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in HOSTILE}
    for form in ("json", "ndjson"):
        ran = run("report", hostile_file, "--by", dimension, "--kpi", "received", "--format", form)
        lines = ran.out.splitlines()
        rows = ran.json["rows"] if form == "json" else [json.loads(line) for line in lines]
        names = {row[dimension] for row in rows if not row["total"]}
        assert expected == {
            name.replace("\r\n", "\n").replace("\r", "\n").strip() for name in names
        }


@pytest.mark.parametrize("command", ["events", "conversations", "report"])
def test_csv_is_one_record_a_row_without_formulas(hostile_file: Path, command: str) -> None:
    """CSV has one record a row, as every reader counts them, and no cell that starts a formula."""
    by = ["--by", "agent", "--kpi", "received"] if command == "report" else []
    data = run(command, hostile_file, *by, "--format", "csv").text
    records = list(csv.reader(io.StringIO(data, newline="")))
    # With the header; in the report a total, but two names that differ by "\r" are one.
    assert len(HOSTILE) + 1 == len(records)
    assert {len(records[0])} == {len(record) for record in records}
    assert [] == [
        cell for record in records for cell in record if cell[:1] in tuple("=+@\t\r\n\uff1d")
    ]
    assert any(cell.startswith("'=cmd") for record in records for cell in record)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_messages_and_rejects_are_harmless(tmp_path: Path, text: str) -> None:
    """A hostile value that is rejected is told on one harmless line, and listed as it was."""
    good = [[f"t{n}", "2026-03-02T09:00:00Z", "", "email", "a", "b", "c", "d"] for n in range(30)]
    bad = ["x", text, "", "email", "a", "b", "c", "d"]
    path = written(tmp_path / "in.csv", [*good, bad])
    listed = tmp_path / "rejects.ndjson"
    asked = (path, "--kpi", "received", "--source", "generic-tickets")
    ran = run("report", *asked, "--rejects", listed)
    assert 0 == ran.code
    assert [] == HARM.findall(ran.err)
    warnings = [line for line in ran.err.split("\n") if "warning" in line]
    assert 1 == len(warnings)
    (reject,) = [json.loads(line) for line in listed.read_bytes().splitlines()]
    kept = reject["value"].replace("\r\n", "\n").replace("\r", "\n")
    assert text.replace("\r\n", "\n").replace("\r", "\n") == kept
    failed = run("report", *asked, "--max-rejects", "0")
    assert (3, []) == (failed.code, HARM.findall(failed.err))
    assert 2 == len(failed.err.splitlines())


def test_names_of_files_and_columns_are_harmless(tmp_path: Path) -> None:
    """A hostile file name or header is told harmlessly."""
    path = tmp_path / "\x1b[31m\u202ein.csv"
    path.write_text('"\x1b[31mcreated at",id\n1,2\n')
    ran = run("report", path)
    assert (3, []) == (ran.code, HARM.findall(ran.err))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--kpi", "\x1b[31mx"],
        ["--source", "\x1b[31mx"],
        ["--by", "\x1b[31mx"],
        ["--set", "\x1b[31m=1"],
        ["--since", "\x1b[31m"],
        ["--\x1b[31mx"],
    ],
)
def test_the_command_line_itself_is_harmless(hostile_file: Path, arguments: list[str]) -> None:
    """What was typed wrongly is told harmlessly too."""
    ran = run("report", hostile_file, *arguments)
    assert (2, []) == (ran.code, HARM.findall(ran.err))


def test_a_hostile_mapping_is_harmless(hostile_file: Path, tmp_path: Path) -> None:
    """The name of a mapping and of its rules are cleaned where they are told."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'name = "\\u001b[31mmine"\ngrain = "conversation"\nchannel = "email"\n'
        '[file]\nskip_where = { "\\u001b[31mrule" = "agent = \'total\'" }\n'
        '[fields]\ncontacted_at = "created at"\n'
    )
    ran = run("report", hostile_file, "--source", mapping, "-v", "--by", "source")
    assert (0, []) == (ran.code, HARM.findall(ran.err + ran.text))
