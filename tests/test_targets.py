"""Targets: how they are written, whom they judge, and every fault in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from command import report, run, start, write_csv
from supportcli.report.model import Row
from supportcli.targets import Targets, parse_targets


def targets_of(table: dict[str, Any]) -> Targets:
    """Targets without a fault."""
    targets, faults = parse_targets(table)
    assert [] == faults
    return targets


def row(kpi: str, value: float | None, n: int = 100) -> Row:
    """A row of the total."""
    return Row(None, None, kpi, value, "any", n)


READ = [
    ("first_response_time.p90", "<= 4h", "<=", 14_400.0),
    ("queue_wait.median", "<1m30s", "<", 90.0),
    ("csat", ">= 85%", ">=", 0.85),
    ("csat", ">= 85.3 %", ">=", 0.853),
    ("csat", "> 0.85", ">", 0.85),
    ("csat.mean", ">= 4.2", ">=", 4.2),
    ("backlog", " < 200 ", "<", 200.0),
]


@pytest.mark.parametrize(("kpi", "text", "comparison", "limit"), READ)
def test_a_target_is_read(kpi: str, text: str, comparison: str, limit: float) -> None:
    """A limit is in the unit of its KPI, however it is written; its text is kept."""
    target = targets_of({kpi: text}).general[kpi]
    assert (kpi, text.strip()) == (target.kpi, target.text)
    assert (comparison, limit) == (target.comparison, target.limit)


def test_a_key_with_dots_needs_no_quotes() -> None:
    """`queue_wait.p90` without quotes is a table in TOML, and means the same."""
    quoted = targets_of({"queue_wait.p90": "<= 60s", "csat.mean": "> 4"})
    assert quoted == targets_of({"queue_wait": {"p90": "<= 60s"}, "csat": {"mean": "> 4"}})


JUDGED = [
    ("<= 5%", 0.05, True),
    ("< 5%", 0.05, False),
    (">= 5%", 0.05, True),
    ("> 5%", 0.05, False),
    ("> 4.9%", 0.05, True),
    ("<= 4.9%", 0.05, False),
]


@pytest.mark.parametrize(("text", "value", "expected"), JUDGED)
def test_a_value_is_judged(text: str, value: float, expected: bool) -> None:
    """A value at the limit keeps to it where the comparison has an equals sign."""
    target = targets_of({"abandonment_rate": text}).general["abandonment_rate"]
    assert expected is target.judge(row("abandonment_rate", value))


@pytest.mark.parametrize(("n", "expected"), [(29, None), (30, True)])
def test_an_estimate_of_few_values_is_not_judged(n: int, expected: bool | None) -> None:
    """Below `min_n`, which is 30 unless given, nothing is said."""
    assert expected is targets_of({"csat": "> 1%"}).general["csat"].judge(row("csat", 0.5, n))


def test_min_n_is_a_setting() -> None:
    """`min_n` moves the bound of every target."""
    target = targets_of({"min_n": 5, "csat": "> 1%"}).general["csat"]
    assert [None, True] == [target.judge(row("csat", 0.5, n)) for n in (4, 5)]


@pytest.mark.parametrize("kpi", ["backlog", "unanswered"])
def test_a_small_count_is_judged(kpi: str) -> None:
    """A count estimates nothing: a backlog of three is under 200 whatever `min_n` says."""
    target = targets_of({kpi: "< 200"}).general[kpi]
    assert [True, False] == [target.judge(row(kpi, n, n)) for n in (3, 200)]


def test_the_unknown_is_not_judged() -> None:
    """A value that is unknown neither meets a target nor misses it."""
    assert None is targets_of({"csat": "> 1%"}).general["csat"].judge(row("csat", None, 0))


def test_the_more_specific_target_stands_first() -> None:
    """Priority before team before channel before everything, each only for its KPI."""
    targets = targets_of(
        {
            "csat": "> 1%",
            "channel": {"phone": {"csat": "> 2%"}, "chat": {"fcr": "> 9%"}},
            "team": {"billing": {"csat": "> 3%"}},
            "priority": {"high": {"csat": "> 4%"}},
        }
    )
    by = ("channel", "team", "priority")
    groups = {
        None: "> 1%",
        ("chat", "sales", "low"): "> 1%",
        ("phone", "sales", None): "> 2%",
        ("phone", "billing", "low"): "> 3%",
        ("phone", "billing", "high"): "> 4%",
    }
    found = {group: targets.of("csat", group, by) for group in groups}
    assert groups == {group: target and target.text for group, target in found.items()}
    assert targets.of("fcr", ("chat",), ("channel",)) is not None
    assert targets.of("fcr", ("phone",), ("channel",)) is None
    assert targets.of("fcr", None, ("channel",)) is None
    assert targets.of("csat", ("phone",), ("agent",)) == targets.general["csat"]


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"csatt": "> 1%"}, "csatt", 'there is no KPI "csatt"; did you mean "csat"?'),
    (
        {"first_response_time": "<= 4h"},
        "first_response_time",
        (
            '"first_response_time" comes as first_response_time.median, first_response_time.mean '
            "or first_response_time.p90; name one of them"
        ),
    ),
    (
        {"csat": {"maen": "> 4"}},
        "csat.maen",
        'there is no KPI "csat.maen"; did you mean "csat.mean"?',
    ),
    (
        {"csat": "85%"},
        "csat",
        '"85%" does not say how a value compares; write for example ">= 85%"',
    ),
    (
        {"backlog": 200},
        "backlog",
        '200 does not say how a value compares; write for example "<= 100"',
    ),
    (
        {"csat": True},
        "csat",
        'true does not say how a value compares; write for example ">= 85%"',
    ),
    (
        {"csat": ">= 85"},
        "csat",
        '"85" is not a share of 0 to 1 or of 0 % to 100 %; write for example ">= 85%"',
    ),
    (
        {"csat": ">= 4h"},
        "csat",
        '"4h" is not a share of 0 to 1 or of 0 % to 100 %; write for example ">= 85%"',
    ),
    (
        {"queue_wait.p90": "<= 4"},
        "queue_wait.p90",
        '"4" is not a duration; write for example "<= 4h"',
    ),
    ({"backlog": "< 5%"}, "backlog", '"5%" is not a number; write for example "<= 100"'),
    ({"backlog": "< nan"}, "backlog", '"nan" is not a number; write for example "<= 100"'),
    (
        {"backlog": f"< 1{'0' * 400}"},
        "backlog",
        f'"1{"0" * 400}" is not a number; write for example "<= 100"',
    ),
    ({"min_n": "30"}, "min_n", "this must be a whole number, 0 or more"),
    ({"min_n": True}, "min_n", "this must be a whole number, 0 or more"),
    (
        {"channel": {"phnoe": {}}},
        "channel.phnoe",
        'there is no channel "phnoe"; did you mean "phone"?',
    ),
    ({"channel": "phone"}, "channel", "write a table for each: [targets.channel.NAME]"),
    ({"team": {"billing": ">1"}}, "team.billing", "write a table: [targets.team.NAME]"),
    (
        {"topic": {"orders": {"csat": "> 1%"}}},
        "topic",
        "targets are for everything, or for a priority, team or channel",
    ),
    (
        {"chanel": {"phone": {"csat": "> 1%"}}},
        "chanel",
        'there is no such table; did you mean "channel"?',
    ),
    (
        {"team": {"billing": {"csat": ">"}}},
        "team.billing.csat",
        '">" does not say how a value compares; write for example ">= 85%"',
    ),
]


@pytest.mark.parametrize(("table", "key", "reason"), FAULTS)
def test_a_fault_is_told(table: dict[str, Any], key: str, reason: str) -> None:
    """What cannot be understood is told with the keys that lead to it, and what would be right."""
    _, faults = parse_targets(table)
    assert [(f"targets.{key}", reason)] == [(".".join(keys), why) for keys, why in faults]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """The faults of targets stand among all others of a configuration, each with its line."""
    config = tmp_path / "supportkpi.toml"
    config.write_text(
        'timezone = "Nowhere"\n[targets]\nmin_n = -1\n"queue_wait.p90" = "<= 4"\ncsat = ">= 85%"\n'
        '[targets.channel.fax]\ncsat = ">= 85%"\n[targets.team.billing]\nqueue_wait.p90 = "4h"\n'
    )
    tickets = write_csv(tmp_path / "t.csv", ["id", "created at"], [["1", "2026-03-02T09:00:00Z"]])
    ran = run("report", tickets, "--config", config, "--set", "targets.backlog=many")
    assert 2 == ran.code
    assert [
        f"{config}:1 (timezone)",
        f"{config}:3 (targets.min_n)",
        f"{config}:4 (targets.queue_wait.p90)",
        f"{config}:6 (targets.channel.fax)",
        f"{config}:9 (targets.team.billing.queue_wait.p90)",
        "--set (targets.backlog)",
    ] == [error.partition(": ")[0] for error in ran.errors]


@pytest.fixture
def surveyed(tmp_path: Path) -> Path:
    """Forty answers by email of which 32 are content, and ten by chat, all content."""
    opened = "2026-03-02T09:00:00Z"
    email = [[f"e{n}", opened, opened, "email", 5 if n < 32 else 1] for n in range(40)]
    chat = [[f"c{n}", opened, "", "chat", 5] for n in range(10)]
    header = ["id", "created at", "resolved at", "channel", "csat"]
    return write_csv(tmp_path / "t.csv", header, [*email, *chat])


def test_a_report_judges_its_rows(surveyed: Path) -> None:
    """Rows carry the target as it was written and whether they meet it; others carry null."""
    sets = ["targets.csat=>= 84%", "targets.channel.email.csat=>= 80%", "targets.backlog=< 5"]
    rows = report(surveyed, *(part for one in sets for part in ("--set", one)))["rows"]
    found = {(one["channel"], one["kpi"]): (one["target"], one["met"]) for one in rows}
    assert (">= 84%", True) == found[None, "csat"]
    assert (">= 80%", True) == found["email", "csat"]
    assert (">= 84%", None) == found["chat", "csat"]
    assert ("< 5", False) == found["chat", "backlog"]
    assert (None, None) == found["chat", "received"]


def test_periods_are_judged_each(surveyed: Path) -> None:
    """With --period every period has the target too."""
    options = ["--period", "month", "--set", "targets.csat=>= 90%", "--kpi", "csat", "--by", ""]
    rows = report(surveyed, *options)["rows"]
    assert {None: False, "2026-03": False} == {one["period"]: one["met"] for one in rows}


def test_the_terminal_marks_what_was_judged(surveyed: Path) -> None:
    """Met, missed and not judged have a sign each, which is no colour."""
    options = ["--kpi", "csat", "--set", "targets.csat=>= 84%"]
    ran = run("report", surveyed, *options)
    marks = [line.split() for line in ran.text.splitlines() if "≥ 84%" in line]
    assert [["✗", "≥", "84%", "?", "≥", "84%", "✓", "≥", "84%"]] == marks
    assert "✓ target met, ✗ missed, ? not judged: unknown or of too few" in ran.text


def test_the_signs_of_a_plain_terminal(surveyed: Path) -> None:
    """Where only ASCII can be shown the signs are words."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    options = ["--kpi", "csat", "--set", "targets.csat=>= 84%"]
    ran = start("report", surveyed, *options, environment=environment)
    (line,) = (one for one in ran.stdout.decode("ascii").splitlines() if ">= 84%" in one)
    cells = [cell.strip() for cell in line.split("|")]
    assert ["MISSED >= 84%", "? >= 84%", "ok >= 84%"] == [cell for cell in cells if cell]
