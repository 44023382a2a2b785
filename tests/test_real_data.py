"""The figures that are known of real exports, through the mappings that come as examples."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from command import ROOT, report

DATA = ROOT.parent / "shared" / "data"
EXAMPLES = ROOT / "docs" / "examples"
BANK = DATA / "bank_feb1999" / "february_1999.txt"
KAGGLE = DATA / "kaggle_support_tickets" / "customer_support_tickets.csv"

needs_bank = pytest.mark.skipif(not BANK.exists(), reason=f"{BANK} is not here")
needs_kaggle = pytest.mark.skipif(not KAGGLE.exists(), reason=f"{KAGGLE} is not here")


def totals(value: Any) -> dict[str, Any]:
    """The rows of the total by KPI."""
    return {row["kpi"]: row for row in value["rows"] if row["total"]}


def bank(*arguments: object) -> Any:
    """The report of the bank's calls."""
    mapping = EXAMPLES / "bank-calls.toml"
    every = () if "--kpi" in arguments else ("--all",)
    return report(BANK, "--source", mapping, *every, *arguments)


@needs_bank
def test_the_bank_is_read_whole() -> None:
    """33,344 rows, of which the 278 phantom calls are skipped and none is rejected."""
    (intake,) = bank()["inputs"]
    assert (33_344, 33_066, {"phantom": 278}, 0, 0, 0) == tuple(
        intake[key] for key in ("rows", "events", "skipped", "rejected", "duplicates", "superseded")
    )


@needs_bank
@pytest.mark.parametrize(
    ("kpi", "value", "decimals", "n"),
    [
        ("received", 33_066, 0, 33_066),
        ("handle_time.mean", 176.3530, 4, 27_162),
        ("handle_time.median", 107, 4, 27_162),
        ("handle_time.p90", 408, 4, 27_162),
        ("queue_wait.mean", 40.7743, 4, 27_162),
        ("queue_wait.median", 6, 4, 27_162),
        ("queue_wait.p90", 131, 4, 27_162),
        ("abandonment_rate", 0.127325, 6, 31_125),
        ("service_level", 0.520771, 6, 31_125),
        ("service_level.answered_only", 0.596753, 6, 27_162),
    ],
)
def test_the_figures_of_the_bank(
    kpi: str, value: float, decimals: int, n: int, bank_totals: dict[str, Any]
) -> None:
    """The published figures of the bank's calls, to the last digit given."""
    row = bank_totals[kpi]
    assert (value, n) == (round(row["value"], decimals), row["n"])


@pytest.fixture(scope="module")
def bank_totals() -> dict[str, Any]:
    """The totals of the bank, read once."""
    return totals(bank())


@needs_bank
def test_the_days_of_the_bank_make_its_month() -> None:
    """February 1999 has 28 days, whose counts add up to the month's."""
    rows = [
        row
        for row in bank("--period", "day", "--timezone", "Asia/Jerusalem")["rows"]
        if row["total"]
    ]
    days = {row["period"] for row in rows} - {None}
    assert {f"1999-02-{day:02d}" for day in range(1, 29)} == days
    for kpi in ("received", "unanswered", "outreach"):
        whole = next(row["value"] for row in rows if row["kpi"] == kpi and not row["period"])
        assert whole == sum(row["value"] for row in rows if row["kpi"] == kpi and row["period"])


@needs_bank
def test_the_handle_times_of_the_bank_by_type() -> None:
    """The mean work on a call by its type, as the study of these calls gives it."""
    rows = bank("--by", "topic", "--kpi", "handle_time.mean")["rows"]
    expected = {"PS": 184.3375, "NW": 106.8134, "NE": 275.1829, "IN": 263.3618, "PE": 228.4583,
                "TT": 103.0559}  # fmt: skip
    found = {row["topic"]: round(row["value"], 4) for row in rows if not row["total"]}
    assert expected == found


@needs_bank
def test_the_bank_without_short_abandons() -> None:
    """Abandons within 5 seconds taken out: 11.9575 %."""
    row = totals(bank("--set", "service_level.short_abandon=5s"))["abandonment_rate"]
    assert 0.119575 == round(row["value"], 6)


@needs_bank
def test_the_wrong_clocks_of_the_bank(bank_totals: dict[str, Any]) -> None:
    """25 calls answered before their contact are anomalies, out of first_response_time alone."""
    assert 25 == bank()["anomalies"]["reply_before_contact"]
    assert 27_162 - 25 == bank_totals["first_response_time.mean"]["n"]
    assert 27_162 == bank_totals["answer_rate"]["numerator"]


@needs_bank
def test_the_bank_is_not_recognised_as_another() -> None:
    """Without its mapping the bank's file is of no built-in source."""
    from command import failure, run

    code, message, _ = failure(run("report", BANK))
    assert (3, True) == (code, "the format is unknown" in message)


def kaggle() -> Any:
    """The report of the ticket dataset."""
    return report(KAGGLE, "--source", EXAMPLES / "kaggle-tickets.toml", "--all")


@needs_kaggle
def test_the_tickets_are_read_whole() -> None:
    """8,469 rows over 29,808 lines; 2,819 open tickets carry no time and are skipped by a rule."""
    (intake,) = kaggle()["inputs"]
    assert (8_469, 5_650, {"no_time": 2_819}, 0) == tuple(
        intake[key] for key in ("rows", "events", "skipped", "rejected")
    )


@needs_kaggle
def test_what_the_tickets_cannot_say_is_null() -> None:
    """There is no creation time: received and first response are null and say why."""
    rows = totals(kaggle())
    reason = "no export carries when customers made contact"
    for kpi in ("received", "first_response_time.median", "resolution_time.mean", "backlog"):
        assert (None, 0, reason) == tuple(rows[kpi][key] for key in ("value", "n", "why_null"))


@needs_kaggle
def test_what_the_tickets_say() -> None:
    """The ratings' mean, and the 1,365 tickets resolved before their first response."""
    value = kaggle()
    row = totals(value)["csat.mean"]
    assert (2.99133, 2_769) == (round(row["value"], 5), row["n"])
    assert 1_365 == value["anomalies"]["resolved_before_reply"]
    assert 2_769 == totals(value)["resolved"]["value"]


@needs_kaggle
def test_a_line_behind_newlines_in_quotes(tmp_path: Path) -> None:
    """A wrong date at the end of the tickets is told with its true line among 29,808."""
    from command import failure, run

    path = tmp_path / "tickets.csv"
    shutil.copyfile(KAGGLE, path)
    lines = path.read_bytes().count(b"\n")
    bad = "9999,A,a@b.c,1,M,P,2020-01-01,T,S,D,Closed,R,Low,Email,soon,,"
    path.write_bytes(path.read_bytes().rstrip(b"\r\n") + b"\n" + bad.encode() + b"\n")
    mapping = EXAMPLES / "kaggle-tickets.toml"
    ran = run("report", path, "--source", mapping, "--max-rejects", "0")
    expected = f'{path}:{lines + 1} (First Response Time): cannot read "soon" as a date'
    assert (3, expected) == failure(ran)[:2]
