"""The report for eyes: trends, widths, words, and what a terminal can show."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from command import SHOP, report, run, start
from supportcli.clock import Calendar
from supportcli.intake import Intake
from supportcli.locale import words_for
from supportcli.report.grid import Cell, Column, Grid, print_grid
from supportcli.report.model import Change, Report, Row
from supportcli.report.sparkline import blocks
from supportcli.report.terminal import print_report
from supportcli.wording import value_in_words
from supportcli.words import Words, phrase

MONDAY = dt.datetime(2026, 3, 2)
WEEK = dt.timedelta(days=7)
RLM = "\u200f"


@pytest.mark.parametrize(
    ("values", "unicode", "expected"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], True, "▁▂▃▄▅▆▇█"),
        ([0, 1, 2, 3, 4], False, "_.-=^"),
        ([7, 0], True, "█▁"),
        ([None, 1, None, 2], True, "·▁·█"),
        ([1, None, 2], False, "_ ^"),
        ([-1.5, -0.5], True, "▁█"),
        ([-1.7e308, 0.0, 1.7e308], False, "_-^"),
        ([5, 5], True, "▅▅"),
        ([0, 0], True, "▁▁"),
        ([5, 5, 5], False, "---"),
    ],
)
def test_a_sparkline_goes_from_the_least_value_to_the_greatest(
    values: list[float | None], unicode: bool, expected: str
) -> None:
    """Each value is a character; unknown ones keep their place; equal ones have no shape."""
    assert expected == blocks(values, 12, unicode=unicode)


def test_a_sparkline_shows_the_most_recent_values() -> None:
    """Where the room does not do, the oldest values go, and the scale is that of the rest."""
    assert "▁█" == blocks([100, 0, 1], 2)
    assert "" == blocks([1, 2], 0)


def test_a_sparkline_of_nothing_known_is_empty() -> None:
    """Without a single known value there is nothing to draw."""
    assert "" == blocks([], 12)
    assert "" == blocks([None, None], 12)


def a_row(value: float | None, **more: object) -> Row:
    """The share of answers that are content, of ten, in the total of the whole range."""
    fields = {"group": None, "period": None, "kpi": "csat", "unit": "share", "n": 10}
    return Row(value=value, **{**fields, **more})  # type: ignore[arg-type]


def a_report(*rows: Row, by: tuple[str, ...] = (), period: str | None = None) -> Report:
    """A report of these rows, over all of March 2026."""
    return Report(
        as_of=dt.datetime(2026, 4, 1),
        timezone="UTC",
        since=None,
        until=None,
        by=by,
        period=period,
        intakes=(Intake("calls.csv", "generic", 1, 1, {}, 0),),
        anomalies={},
        rows=rows,
        calendar=Calendar(),
        oldest=dt.datetime(2026, 3, 2),
    )


def weeks(*values: float | None) -> Report:
    """A report by week with these values, from the first Monday of March on."""
    rows = [
        a_row(value, period=f"week {number}", begins=MONDAY + number * WEEK)
        for number, value in enumerate(values)
    ]
    return a_report(a_row(0.5), *rows, period="week")


def printed(
    shown: Report,
    width: int = 80,
    words: Words = Words(),  # noqa: B008  it has no state
    trend: Report | None = None,
    *,
    unicode: bool = True,
) -> str:
    """The report as a terminal of a width shows it."""
    console = Console(file=io.StringIO(), width=width, legacy_windows=False)
    with console.capture() as captured:
        print_report(shown, console, unicode=unicode, words=words, trend=trend)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def test_a_trend_is_drawn_beside_the_total() -> None:
    """One column more, and a note that says what a step is."""
    text = printed(a_report(a_row(0.5)), trend=weeks(0.2, 0.9, 0.4, 0.5))
    assert "KPI                             total         trend" in text
    assert "Customer satisfaction (CSAT)   50.0 %  n 10   ▁█▃▄\n" in text
    assert "Trend: by week, 2026-03-02 to 2026-03-23\n" in text


def test_an_unfinished_period_is_no_part_of_a_trend() -> None:
    """The week in which the report ends would look like a slump: it is left out."""
    text = printed(a_report(a_row(0.5)), trend=weeks(0.2, 0.9, 0.4, 0.5, 0.0))
    assert "  ▁█▃▄\n" in text
    assert "to 2026-03-23\n" in text


@pytest.mark.parametrize("values", [(), (0.5,)])
def test_no_course_of_one_period_is_drawn(values: tuple[float, ...]) -> None:
    """A single point is no trend, and gets neither a column nor a note."""
    assert "rend" not in printed(a_report(a_row(0.5)), trend=weeks(*values))


def test_a_report_with_periods_has_trends_of_its_own() -> None:
    """Every group that has a table of periods has their course behind them."""
    group = ("phone",)
    own = [
        a_row(value, group=group, period=f"week {number}", begins=MONDAY + number * WEEK)
        for number, value in enumerate((0.9, 0.1))
    ]
    total = weeks(0.1, 0.9)
    rows = (*total.rows, a_row(0.5, group=group), *own)
    text = printed(a_report(*rows, by=("channel",), period="week"), width=100)
    phone, everyone = text.split("\n\n")[:2]
    assert ["phone", "█▁"] == [phone.splitlines()[0], phone.split()[-1]]
    assert ["total", "▁█"] == [everyone.splitlines()[0], everyone.split()[-1]]


def test_trends_in_ascii() -> None:
    """Where only ASCII can be shown, trends and tables are drawn in it."""
    text = printed(a_report(a_row(0.5)), trend=weeks(0.2, 0.9, None, 0.5), unicode=False)
    assert "Customer satisfaction (CSAT) | 50.0 %  n 10 | _^ -\n" in text
    assert "-----------------------------+-" in text
    text = printed(a_report(a_row(0.5, target=">= 80%", met=False)), unicode=False)
    assert "| 50.0 %  n 10  MISSED >= 80%\n" in text
    assert text.isascii()


def details(width: int) -> list[str]:
    """The line of a value with all that is told of it, and those below, as wide as that."""
    row = a_row(0.5, change=Change(0.1, is_noise=True), target=">= 80%", met=False)
    lines = printed(a_report(row), width).splitlines()
    return [" ".join(line.split()) for line in lines[2 : lines.index("")]]


def test_details_stand_beside_the_value_where_there_is_room() -> None:
    """All of them on one line if it is long enough, else the last ones below."""
    name, value = "Customer satisfaction (CSAT)", "50.0 %"
    n, change, target = "n 10", "+10.0 pp noise", "✗ ≥ 80%"
    assert [f"{name} {value} {n} {change} {target}"] == details(80)
    assert [f"{name} {value} {n} {change}", target] == details(60)
    assert [f"{name} {value} {n}", change, target] == details(48)
    assert [f"Customer satisfaction {value} {n}", f"(CSAT) {change}", target] == details(38)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--last", "30d", "--compare", "previous"],
        ["--period", "month"],
        ["--by", "agent", "--set", "targets.csat=>= 84%"],
    ],
    ids=lambda options: " ".join(options[:2]),
)
def test_a_report_fits_every_width_whole(
    options: list[str], shop_events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is longer than the terminal, and no value is cut; each table names all its rows."""
    values = report(shop_events, *options)["rows"]
    said = {value_in_words(one["value"], one["unit"]) for one in values} - {"—"}
    for width in (80, 100, 160):
        monkeypatch.setenv("COLUMNS", str(width))
        ran = run("report", shop_events, "--quiet", *options)
        lines = ran.text.splitlines()
        assert width >= max(map(cell_len, lines))
        assert set() == {text for text in said if text not in ran.text}
        heads = [line for line in lines if line.startswith("KPI ")]
        names = [line for line in lines if line.startswith("Backlog ")]
        assert len(heads) == len(names) > 0


def test_a_wide_terminal_has_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits side by side stands there, every KPI on a line."""
    monkeypatch.setenv("COLUMNS", "200")
    lines = run("report", SHOP, "--quiet").text.splitlines()
    assert 2 + 16 == lines.index("")
    assert ["8s", "n", "721"] == lines[6].split()[3:6]


def test_what_is_longer_than_a_line_is_not_cut() -> None:
    """In a terminal too narrow for one column its values are whole all the same."""
    row = a_row(1_234_567.25, unit="count")
    assert " 1,234,567.25\n" in printed(a_report(row), 20)


def test_all_lines_of_a_language_from_right_to_left_have_the_same_columns() -> None:
    """Joiners and marks have no width; a mark of direction begins every cell of every line."""
    words = words_for("fa", "jalali", "persian")
    group = ("می\u200cروم\u064f Ann",)
    rows = (
        a_row(0.5),
        a_row(None, group=group, why_null=phrase("no export carries {what}", what="x")),
    )
    text = printed(a_report(*rows, by=("team",)), 80, words, trend=weeks(0.2, 0.9))
    table = text.split("\n\n")[0].splitlines()
    assert all(line.startswith(RLM) for line in table)
    head, _, *lines = [line.split(f"   {RLM}") for line in table]
    assert {4} == {len(head), *map(len, lines)}
    for position in range(3):
        assert 1 == len({cell_len(line[position]) for line in (head, *lines)})
    assert "\u2066▁█\u2069" == lines[0][3]
    assert "۵۰" in lines[0][2]


class Shouting(Words):
    """A language that says everything loudly, so that what does not pass it is seen."""

    def text(self, message: str) -> str:
        """The text in capitals."""
        return str(message).upper()


def test_everything_passes_the_words() -> None:
    """Titles, heads, marks, reasons and notes are all said in the language of the report."""
    change = Change(0.1, is_noise=False, verdict="better")
    rows = (
        a_row(0.5, change=change, target=">= 1", met=True),
        a_row(None, group=(None,), why_null="no reason"),
    )
    text = printed(a_report(*rows, by=("team",)), 100, Shouting(), trend=weeks(0.2, 0.9))
    assert set() == set(re.findall(r"[a-z]+", text.replace("+10.0 pp", "")))


def test_what_is_compared_with_is_cleaned() -> None:
    """The name of a file in a note moves no cursor."""
    shown = a_report(a_row(0.5))
    other = phrase("{file}, of {count} rows", file="a\x1b[2J.csv", count=1_000)
    text = printed(Report(**{**vars(shown), "compared_with": other}))
    assert "compared with a\ufffd[2J.csv, of 1,000 rows: noise" in text


@pytest.mark.parametrize(
    ("options", "environment", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "xterm-256color"}, False),
    ],
)
def test_a_pipe_gets_plain_text(
    options: list[str], environment: dict[str, str], coloured: bool, shop_events: Path
) -> None:
    """In a pipe there are no colours unless they are asked for, and no other control codes."""
    surroundings = {**os.environ, **environment}
    found = start("report", shop_events, "--quiet", *options, environment=surroundings)
    text = found.stdout.decode()
    colours = re.compile(r"\x1b\[[0-9;]*m")
    assert coloured == bool(colours.search(text))
    assert set() == set(re.findall(r"[\x00-\x09\x0b-\x1f]", colours.sub("", text)))


def test_ascii_where_the_encoding_needs_it(shop_events: Path) -> None:
    """A terminal of an encoding that is no Unicode gets ASCII alone."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = start("report", shop_events, "--quiet", environment=environment)
    text = ran.stdout.decode("ascii")
    assert "First response, median" in text
    assert "- [1]" in text


def tables(text: str) -> Iterator[list[str]]:
    """The lines of each table of a text."""
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if len(lines) > 1 and set(lines[1]) == {"─"}:
            yield lines


def test_conversations_fit_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that a line has no room for follow below, beside the numbers of the rows again."""
    monkeypatch.setenv("COLUMNS", "80")
    ran = run("conversations", SHOP, "--quiet", "--format", "terminal")
    assert 80 >= max(map(cell_len, ran.text.splitlines()))
    found = list(tables(ran.text))
    assert 1 < len(found)
    assert {22} == set(map(len, found))
    assert {"20"} == {lines[-1].split()[0] for lines in found}
    assert "20 of 2,964 rows; --format csv shows all" in ran.text


@pytest.mark.parametrize(
    "command", [["kpis", "fcr"], ["report", SHOP, "-q", "--explain", "fcr"]], ids=lambda one: one[0]
)
def test_prose_ends_where_the_terminal_does(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Definitions are folded between words, whatever the width."""
    long = run(*command).text
    monkeypatch.setenv("COLUMNS", "60")
    text = run(*command).text
    assert 60 >= max(map(len, text.splitlines()))
    if "report" not in command:
        assert long.split() == text.split()


def test_a_grid_without_rows_or_columns() -> None:
    """Nothing to show is shown as such, without an error."""
    console = Console(file=io.StringIO(), width=20, legacy_windows=False)
    with console.capture() as captured:
        print_grid(Grid("id", [], []), console, unicode=True)
        print_grid(Grid("id", [], [Column("n", [])]), console, unicode=True)
        print_grid(Grid("id", ["a"], [Column("n", [Cell(Text("1"))])]), console, unicode=True)
    assert "id\n──\n\nid   n\n──────\n\nid   n\n──────\na    1\n\n" == captured.get()
