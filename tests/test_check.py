"""`supportkpi check` as a user runs it: what is judged, in which formats, and the exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from command import failure, report, run, write_csv

HEADER = ["id", "created at", "resolved at", "channel", "team", "priority", "csat"]
OPENED = "2026-03-02T09:00:00Z"


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """Forty by email for billing, 32 of them content; ten by chat for sales, all content."""
    email = [
        [f"e{n}", OPENED, OPENED, "email", "billing", "high", 5 if n < 32 else 1] for n in range(40)
    ]
    chat = [[f"c{n}", OPENED, "", "chat", "sales", "low", 5] for n in range(10)]
    return write_csv(tmp_path / "tickets.csv", HEADER, [*email, *chat])


def sets(*targets: str) -> list[str]:
    """Targets as options."""
    return [part for one in targets for part in ("--set", f"targets.{one}")]


def checked(*arguments: object, code: int = 0) -> Any:
    """The JSON of a check."""
    ran = run("check", *arguments, "--format", "json")
    assert (code, []) == (ran.code, ran.errors), ran.err
    return ran.json


def judgements(value: Any) -> list[tuple[str, str, bool | None]]:
    """Of each row the group, the KPI and whether its target is met."""
    names = ("channel", "team", "priority")
    return [
        (
            "total" if row["total"] else "/".join(row[name] for name in names if name in row),
            row["kpi"],
            row["met"],
        )
        for row in value["rows"]
    ]


MET, MISSED, NOT_JUDGED = "csat=>= 84%", "backlog=< 5", "csat.mean=>= 1"


def test_what_is_met_is_fine(tickets: Path) -> None:
    """Exit code 0 where every target is met."""
    value = checked(tickets, *sets(MET))
    assert [("total", "csat", True)] == judgements(value)
    assert (1, 0, 0) == (value["met"], value["missed"], value["not_judged"])


def test_what_is_missed_gives_one(tickets: Path) -> None:
    """Exit code 1 where a target is missed, whatever else is met."""
    value = checked(tickets, *sets(MET, MISSED), code=1)
    assert [("total", "backlog", False), ("total", "csat", True)] == judgements(value)


def test_what_is_not_judged_is_fine(tickets: Path) -> None:
    """Too few values, or none, miss no target."""
    value = checked(tickets, *sets("min_n=51", MET, "handle_time.mean=< 5m"))
    assert [("total", "handle_time.mean", None), ("total", "csat", None)] == judgements(value)
    assert (0, 0, 2) == (value["met"], value["missed"], value["not_judged"])


def test_targets_of_groups_need_no_by(tickets: Path) -> None:
    """Targets of channels, teams and priorities meet their groups, and no others."""
    own = ("channel.email.csat=> 90%", "team.billing.backlog=< 5", "priority.low.received=> 90")
    value = checked(tickets, *sets(MET, *own), code=1)
    assert [
        ("total", "csat", True),
        ("low", "received", False),
        ("billing", "backlog", True),
        ("email", "csat", False),
    ] == judgements(value)
    assert {"channel"} == {"channel", "team", "priority"} & set(value["rows"][-1])


def test_by_judges_every_group(tickets: Path) -> None:
    """With --by the general targets judge each group too, unless it has one of its own."""
    value = checked(
        tickets, "--by", "channel", *sets("backlog=< 50", "channel.chat.backlog=< 5"), code=1
    )
    assert [
        ("total", "backlog", True),
        ("email", "backlog", True),
        ("chat", "backlog", False),
    ] == judgements(value)


def test_a_group_that_does_not_occur_is_told(tickets: Path) -> None:
    """A target of a team that nothing is of is listed as not judged."""
    value = checked(tickets, *sets("team.biling.csat=> 1%"))
    assert [("biling", "csat", None)] == judgements(value)
    assert 'nothing here has the team "biling"' == value["rows"][0]["why_null"]


def test_kpi_chooses_among_the_targets(tickets: Path) -> None:
    """--kpi leaves the other targets alone."""
    value = checked(tickets, "--kpi", "csat", *sets(MET, MISSED))
    assert [("total", "csat", True)] == judgements(value)


def test_periods_are_checked_each(tickets: Path) -> None:
    """With --period there is a row for each period beside the whole."""
    value = checked(tickets, "--period", "month", *sets(MET))
    assert [None, "2026-03"] == [row["period"] for row in value["rows"]]


def test_rows_are_those_of_the_report(tickets: Path) -> None:
    """A row of a check is the row that the report has."""
    options = [*sets("channel.email.csat=> 90%")]
    (row,) = checked(tickets, *options, code=1)["rows"]
    assert row in report(tickets, *options)["rows"]


def test_the_json_of_a_check(tickets: Path) -> None:
    """The keys of a check, in their order."""
    value = checked(tickets, *sets(MET))
    assert [
        "schema", "as_of", "timezone", "since", "until", "period", "inputs", "anomalies",
        "met", "missed", "not_judged", "rows",
    ] == list(value)  # fmt: skip
    assert "supportkpi.check/1" == value["schema"]


def test_the_terminal(tickets: Path) -> None:
    """Every target has a line with its verdict in words, and the counts are below."""
    ran = run("check", tickets, *sets(MET, MISSED, "handle_time.mean=< 5m"))
    lines = [line.split() for line in ran.text.splitlines() if line.strip()]
    assert 1 == ran.code
    assert ["Backlog", "total", "10", "10", "<", "5", "MISSED"] in lines
    assert ["84.0", "%", "50", ">=", "84%", "met"] in [line[-6:] for line in lines]
    assert ["1", "met,", "1", "missed,", "1", "not", "judged"] == lines[-1]
    assert "not judged: no export carries agent work time" in " ".join(ran.text.split())


def test_junit(tickets: Path, tmp_path: Path) -> None:
    """One test case a target: failed where it is missed, skipped where it is not judged."""
    path = tmp_path / "check.xml"
    ran = run("check", tickets, *sets(MET, MISSED, "handle_time.mean=< 5m"), "-o", path)
    assert (1, b"") == (ran.code, ran.out)
    (suite,) = ET.fromstring(path.read_bytes())  # noqa: S314  what this program wrote
    assert ("3", "1", "0", "1") == tuple(
        suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    )
    cases = {
        (case.get("classname"), case.get("name")): [(one.tag, one.get("message")) for one in case]
        for case in suite
    }
    assert {
        ("supportkpi.backlog", "backlog < 5 (total)"): [("failure", "10")],
        ("supportkpi.handle_time.mean", "handle_time.mean < 5m (total)"): [
            ("skipped", "no export carries agent work time")
        ],
        ("supportkpi.csat", "csat >= 84% (total)"): [],
    } == cases


def test_github(tickets: Path) -> None:
    """One workflow command a target: an error where it is missed, else a notice."""
    ran = run("check", tickets, *sets(MET, MISSED), "--format", "github")
    assert [
        "::error title=backlog%3A MISSED::total: 10, target < 5",
        "::notice title=csat%3A met::total: 84.0 %25, n 50, target >= 84%25",
    ] == ran.text.splitlines()


HOSTILE = 'a,b:c::error::%0A##[error]x\r\n::warning::\x1b[31m\x00\ufffe<b>&"\u202e'


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """One ticket of an agent whose name would do anything."""
    path = tmp_path / "hostile.json"
    ticket = {"id": "1", "created at": OPENED, "resolved at": "", "agent": HOSTILE}
    path.write_text(json.dumps([ticket]), encoding="utf-8")
    return path


def test_names_cannot_break_junit(hostile: Path) -> None:
    """Names enter XML as text; what XML cannot hold, and what deceives, does not enter."""
    options = ["--by", "agent", *sets("received=< 1"), "--format", "junit"]
    ran = run("check", hostile, *options)
    (suite,) = ET.fromstring(ran.out)  # noqa: S314  what this program wrote
    names = [case.get("name") or "" for case in suite]
    assert ["received < 1 (total)"] == names[:1]
    assert "<b>&" in names[1]
    assert None is re.search("[\x00-\x1f\ufffe\u202e]", names[1])


def test_names_cannot_command_github(hostile: Path) -> None:
    """However a name is written, each target stays one line, and one command."""
    options = ["--by", "agent", *sets("received=< 1"), "--format", "github"]
    lines = run("check", hostile, *options).text.split("\n")
    assert ["::error ", "::error ", ""] == [line[:8] for line in lines]
    assert "%250A##[error]x" in lines[1]
    assert None is re.search("[\x00-\x1f\u202e]", "".join(lines))


def test_without_targets_there_is_nothing_to_check(tickets: Path) -> None:
    """A check without targets is a mistake, and the hint says how to write one."""
    hint = (
        'write it under [targets] in supportkpi.toml, for example csat = ">= 85%", '
        "or give it: --set 'targets.csat=>= 85%'"
    )
    assert (2, "there is no target to check", hint) == failure(run("check", tickets))
    ran = run("check", tickets, "--kpi", "fcr", *sets(MET))
    assert (2, "no target is for these KPIs", hint) == failure(ran)


def test_formats_of_other_commands_are_refused(tickets: Path) -> None:
    """A check is written as a terminal table, JSON, JUnit or commands for GitHub."""
    ran = run("check", tickets, *sets(MET), "--format", "csv")
    assert (2, '--format: there is no "csv"') == failure(ran)[:2]


def test_standard_input_is_read_once(tickets: Path) -> None:
    """What comes through a pipe meets targets of every kind."""
    options = [*sets(MET, "channel.email.csat=> 1%"), "--format", "json"]
    piped = run("check", "-", *options, stdin=tickets.read_bytes())
    assert checked(tickets, *options)["rows"] == piped.json["rows"]
