"""What a list of plain names may hold without its report telling a wrong story."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command import failure, run

TICKETS = "id,created at,resolved at,status,customer,agent,csat\n"


def put(folder: Path, text: str, name: str = "in.csv") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def values(path: Path, *kpis: str) -> list[float | None]:
    """The KPIs of everything together."""
    rows = run("report", path, "--kpi", ",".join(kpis), "--format", "json").json["rows"]
    found = {row["kpi"]: row["value"] for row in rows if row["total"]}
    return [found[one] for one in kpis]


def listed(command: str, path: Path) -> list[dict[str, Any]]:
    """What a command lists, a table a line."""
    lines = run(command, path, "--format", "ndjson").text.splitlines()
    return [json.loads(line) for line in lines]


def test_words_for_nothing_are_nobody(tmp_path: Path) -> None:
    """NULL, None and a dash as customer are no customer whom several tickets share."""
    words = ("NULL", "None", "-", "n/a", " ")
    lines = [f"{n},2026-03-0{n} 09:00,,open,{word},NULL,\n" for n, word in enumerate(words, 1)]
    events = listed("events", put(tmp_path, TICKETS + "".join(lines)))
    assert [None] * 5 == [event["customer_id"] for event in events]
    assert [None] * 5 == [event["agent_id"] for event in events]


def test_space_around_an_id_is_no_part_of_it(tmp_path: Path) -> None:
    """`T1 ` and `T1`, `="007"` and `007`, are one ticket, and one person."""
    lines = "T1 ,2026-03-01 09:00,,open, Jane ,,\nT1,2026-03-02 09:00,,open,Jane,,\n"
    guarded = '"=""007""",2026-03-01 09:00,,open,Jane,,\n007,2026-03-02 09:00,,open,Jane,,\n'
    conversations = listed("conversations", put(tmp_path, TICKETS + lines + guarded))
    found = {(one["conversation_id"], one["customer_id"]) for one in conversations}
    assert found == {("T1", "Jane"), ("007", "Jane")}


def test_a_ticket_that_is_open_is_not_resolved(tmp_path: Path) -> None:
    """Whatever end it still shows from before it was reopened."""
    times = "2026-03-01 09:00,2026-03-02 09:00"
    path = put(tmp_path, f"{TICKETS}1,{times},Open,a,,\n2,{times},Solved,b,,\n")
    assert values(path, "resolved", "backlog") == [1, 1]


def test_a_status_that_is_not_known_answers_nobody_and_leaves_nobody(tmp_path: Path) -> None:
    """A word of the exchange's own says nothing of the answer."""
    header = "call id,started at,status,talk time\n"
    lines = "1,2026-03-01 09:00:00,All done,100\n2,2026-03-01 09:05:00,Missed,\n"
    path = put(tmp_path, header + lines)
    assert [None, 0] == [event["replies"] for event in listed("events", path)]


def test_a_direction_that_is_not_known_is_rejected(tmp_path: Path) -> None:
    """Also one that comes after the words that were learnt, however few it concerns."""
    header = "message id,conversation id,direction,sent at\n"
    known = [f"{n},c{n},in,2026-03-01 09:00:00\n" for n in range(1, 1500)]
    path = put(tmp_path, header + "".join(known) + "1500,c9,sideways,2026-03-01 09:00:00\n")
    assert (
        '"sideways" is not listed in [words.direction]'
        in failure(run("report", path, "--on-error", "fail"))[1]
    )
    assert "1 of 1,500 rows were rejected" in run("report", path).err


@pytest.mark.parametrize("hour", ["0.1", "33.333333333333336", "1e-300", "999999999999.9"])
def test_work_costs_what_it_costs_however_odd_the_price(tmp_path: Path, hour: str) -> None:
    """A price of many digits, next to nothing or very high: the price, times the hours."""
    path = put(
        tmp_path, "id,created at,resolved at,handle time\n1,2026-03-01,2026-03-02,250:00:00\n"
    )
    priced = ("--set", f"costs.agent_hour={hour}", "--kpi", "support_cost", "--format", "json")
    (*_, row) = run("report", path, *priced).json["rows"]
    assert row["value"] == pytest.approx(round(250 * float(hour), 2))


def test_work_that_nobody_can_pay_is_of_unknown_cost(tmp_path: Path) -> None:
    """A handle time beyond all reason, times a price beyond all reason, ends no run."""
    header = "id,created at,first response at,resolved at,handle time\n"
    path = put(tmp_path, f"{header}1,2026-03-01,2026-03-01,2026-03-02,{'9' * 14}\n")
    priced = ("--set", "costs.agent_hour=999999999999", "--kpi", "support_cost", "--format", "json")
    ran = run("report", path, *priced)
    assert (0, 0) == (ran.code, ran.json["rows"][-1]["n"]), ran.err


def test_a_window_with_no_time_before_it_keeps_nobody(tmp_path: Path) -> None:
    """The window before one that begins in the first century would begin before the calendar."""
    path = put(tmp_path, f"{TICKETS}1,2026-03-01 09:00,,open,a,,\n")
    long = ("--since", "0001-06-01", "--kpi", "retention_rate", "--by", "", "--format", "json")
    (row,) = run("report", path, *long).json["rows"]
    assert (None, 0) == (row["value"], row["n"])


@pytest.mark.parametrize("answers", ["0101", "7389"])
def test_answers_of_another_scale_are_said(tmp_path: Path, answers: str) -> None:
    """They are left out, and the run says how many and how to mend it."""
    lines = [f"{n},2026-03-01 09:00,,open,a,,{answer}\n" for n, answer in enumerate(answers)]
    ran = run("report", put(tmp_path, TICKETS + "".join(lines)))
    assert "lie outside the scale of 1 to 5" in ran.err
