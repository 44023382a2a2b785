"""How a number came about: whoever enters either falls out for a reason or counts."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from command import SHOP, report, run
from examples import examples
from logs import events_as_parquet
from strategies import Log, logs
from supportcli.explaining import UNEXPLAINED, explain_values, explained_kpis
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.questions import Question
from supportcli.report.model import Explanation
from supportcli.settings import Costs, Settings

PRICED = Settings(costs=Costs(agent_hour=12.0))

COUNTING = ("count", "share", "mean", "median", "p90", "survival", "doubling")
"""Statistics whose n is the number of rows that count."""

EXPLAINED = list(
    {
        kpi.measure_id: kpi.id
        for kpi in CATALOGUE.values()
        if kpi.grain not in UNEXPLAINED and not kpi.beside and kpi.statistic in COUNTING
    }.values()
)
"""One KPI of every measure whose rows can be followed."""


def explained(paths: tuple[str, ...], kpi: str, question: Question) -> Explanation:
    """The explanation of a KPI over files."""
    asked = replace(question, kpis=explained_kpis(kpi))
    return explain_values(ReadOptions(paths), PRICED, asked).explanation


def check(explanation: Explanation) -> None:
    """What counts in the waterfall is what the report counts, wherever it knows the KPI."""
    for waterfall in explanation.waterfalls:
        for row in waterfall.rows:
            if row.why_null is None or row.n:
                assert row.n == waterfall.counted, (row, waterfall)


@pytest.mark.parametrize("kpi", EXPLAINED)
def test_the_shop_is_explained_whole(kpi: str, shop_events: Path) -> None:
    """Of every KPI of the sample shop, what counts is its n, in every group and window."""
    question = Question((), ("channel", "weekday"), since="2026-04-10", until="2026-05-20")
    check(explained((str(shop_events),), kpi, question))


@given(log=logs())
@examples(3)
def test_any_log_is_explained_whole(log: Log) -> None:
    """Of any log, whoever enters falls out or counts, in the groups as in the total."""
    sources, events = log
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        path.write_bytes(events_as_parquet(events, sources))
        for kpi in EXPLAINED:
            found = explained((str(path),), kpi, Question((), ("channel", "agent")))
            check(found)
            total, *groups = found.waterfalls
            assert total.entered == sum(group.entered for group in groups)


def test_the_waterfall_is_told_in_words(shop_events: Path) -> None:
    """`report --explain` says what the KPI is, who fell out and why, and what was left."""
    ran = run("report", shop_events, "--explain", "first_response_time", "--by", "")
    assert ran.code == 0
    lines = [line.split() for line in ran.text.splitlines()]
    assert ["entered", "2,964"] in lines
    assert ["-", "an", "agent", "began", "it", "(outreach)", "422"] in lines
    assert ["=", "counted", "2,310"] in lines
    assert ["first_response_time.median", "1m", "10s"] in lines


def test_many_groups_are_told_in_several_tables(
    shop_events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the terminal is too narrow for all groups, tables follow, and every value is whole."""
    monkeypatch.setenv("COLUMNS", "80")
    ran = run("report", shop_events, "--explain", "fcr", "--by", "channel,team", "--quiet")
    assert max(map(len, ran.text.splitlines())) <= 80
    told = report(shop_events, "--kpi", "fcr", "--by", "channel,team")["rows"]
    shares = [f"{100 * row['value']:.1f} %" for row in told if row["value"] is not None]
    assert 1 < len(shares)
    assert all(share in ran.text for share in shares)


def test_the_waterfall_is_told_to_programs(shop_events: Path) -> None:
    """As JSON, entered = left out + counted, and the values are those of the report."""
    ran = run("report", shop_events, "--explain", "abandonment_rate", "--format", "json")
    assert "supportkpi.explanation/1" == ran.json["schema"]
    total = ran.json["groups"][0]
    assert total["entered"] == sum(one["count"] for one in total["left_out"]) + total["counted"]
    told = report(shop_events, "--kpi", "abandonment_rate")["rows"]
    row = next(row for row in told if row["total"])
    assert row["value"] == total["values"][0]["value"]
    assert row["denominator"] == total["counted"]


@pytest.mark.parametrize(
    ("kpi", "error"),
    [
        ("abandonment", 'there is no KPI "abandonment"'),
        ("backlog", "--explain: backlog is no count of rows"),
        ("service_level", None),
        ("csat", None),
    ],
)
def test_what_cannot_be_explained_is_said(kpi: str, error: str | None, shop_events: Path) -> None:
    """A name that is no KPI, or one of a stock, is an error with a hint; an id is none."""
    ran = run("report", shop_events, "--explain", kpi, "--quiet")
    assert (2 if error else 0) == ran.code
    if error:
        assert ran.errors[0].startswith(error)
        assert ran.hints


@pytest.mark.parametrize(
    "more",
    [("--period", "month"), ("--kpi", "csat"), ("--all",), ("--compare", "previous")],
    ids=lambda more: more[0],
)
def test_what_an_explanation_cannot_show_is_refused(more: tuple[str, ...]) -> None:
    """An option that an explanation would pass over is an error that names it."""
    ran = run("report", SHOP, "--explain", "fcr", *more)
    assert (2, [f"--explain and {more[0]} do not go together"]) == (ran.code, ran.errors)
