"""`conversations --kpi`: the conversations behind a number, and that they give that number."""

from __future__ import annotations

import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import SHOP, failure, report, run
from examples import examples
from logs import events_as_parquet
from strategies import Log, logs
from supportcli.errors import UsageError
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import CONVERSATIONS, Kpi
from supportcli.listing import LISTED, VALUE, list_conversations, listed_kpi
from supportcli.pipeline import make_report
from supportcli.questions import Question
from supportcli.report.model import Row
from supportcli.settings.model import Complaints, Costs, Hours, Settings

DAY = ("09:00-17:00",)
SETTINGS = Settings(
    costs=Costs(agent_hour=30, conversation={"phone": 4.25}),
    complaints=Complaints(topics=("bill",), priorities=("high",)),
    hours=Hours(monday=DAY, tuesday=DAY, wednesday=DAY, thursday=DAY, friday=DAY),
)
WINDOWS: tuple[dict[str, str], ...] = (
    {},
    {"since": "2026-03-20"},
    {"until": "2026-03-25"},
    {"since": "2026-03-18", "until": "2026-03-30", "as_of": "2026-04-01"},
)


def is_listed(kpi: Kpi) -> bool:
    """Whether conversations are behind it."""
    try:
        return listed_kpi(kpi.id) is kpi
    except UsageError:
        return False


LISTED_KPIS = [kpi.id for kpi in CATALOGUE.values() if is_listed(kpi)]
REFUSED = [name for name in CATALOGUE if name not in LISTED_KPIS]
NOT_OF_ONE = ("distinct", "newcomers", "cost_each", "cost_share", "doubling")
"""Statistics of conversations whose values are not of a single one."""


def quantile(values: Sequence[float], part: float) -> float:
    """A quantile by linear interpolation, from its definition."""
    ordered = sorted(values)
    rank = part * (len(ordered) - 1)
    below = ordered[int(rank)]
    return below + (rank - int(rank)) * (ordered[min(int(rank) + 1, len(ordered) - 1)] - below)


def total(statistic: str, values: Sequence[float]) -> float | None:
    """What a report makes of the values of single conversations, naively."""
    if statistic in ("count", "cost"):
        return sum(values)
    if statistic == "share_of_total":
        return 1.0
    if statistic in ("share", "mean"):
        return statistics.fmean(values)
    if statistic == "mode":
        counts = Counter(values)
        return min(value for value in values if counts[value] == max(counts.values()))
    return quantile(values, {"median": 0.5, "p90": 0.9}[statistic])


def agree(row: Row, values: Sequence[float]) -> None:
    """The rows that are listed make the very number of the report."""
    assert row.n == len(values)
    statistic = CATALOGUE[row.kpi].statistic
    if row.value is None or statistic == "survival":
        return
    assert row.value == pytest.approx(total(statistic, values), abs=1e-6)
    if row.numerator is not None and statistic == "share":
        assert row.numerator == sum(values)


def test_every_kpi_of_conversations_lists_them() -> None:
    """Only what is measured on something else, or on many at once, is refused."""
    of_conversations = {
        kpi.id
        for kpi in CATALOGUE.values()
        if kpi.grain in CONVERSATIONS and kpi.statistic not in NOT_OF_ONE
    }
    assert of_conversations == set(LISTED_KPIS)


@pytest.fixture(scope="module")
def shop_report(shop_events: Path) -> dict[str, Row]:
    """The total of every KPI over the sample shop."""
    question = Question(kpis=list(CATALOGUE.values()), by=(), since="2026-04-01")
    rows = make_report(ReadOptions((str(shop_events),)), SETTINGS, question).report.rows
    return {row.kpi: row for row in rows}


@pytest.mark.parametrize("name", LISTED_KPIS)
def test_the_shop_lists_what_its_report_counts(
    name: str, shop_events: Path, shop_report: dict[str, Row]
) -> None:
    """As many rows as the report's n, and the report's value out of theirs."""
    question = Question(kpis=(CATALOGUE[name],), by=(), since="2026-04-01")
    listing = list_conversations(ReadOptions((str(shop_events),)), SETTINGS, question)
    assert [*LISTED, VALUE] == listing.frame.columns
    agree(shop_report[name], listing.frame[VALUE].to_list())


@examples(30)
@given(logs(), st.sampled_from(LISTED_KPIS), st.sampled_from(WINDOWS))
def test_any_log_lists_what_its_report_counts(log: Log, name: str, window: dict[str, str]) -> None:
    """The same of generated logs, in any window: at the anchor of the KPI."""
    sources, events = log
    question = Question(kpis=(CATALOGUE[name],), by=(), **window)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        path.write_bytes(events_as_parquet(events, sources))
        reading = ReadOptions((str(path),))
        rows = make_report(reading, SETTINGS, question).report.rows
        listing = list_conversations(reading, SETTINGS, question)
    agree(rows[0], listing.frame[VALUE].to_list())


def rows_of(*arguments: object) -> list[dict[str, Any]]:
    """The rows that `conversations` writes as JSON."""
    ran = run("conversations", *arguments, "--format", "json")
    assert (0, []) == (ran.code, ran.errors), ran.err
    return list(ran.json)


def test_a_condition_goes_over_the_value() -> None:
    """The late and the lost are those whose service level is 0."""
    lost = rows_of(SHOP, "--kpi", "service_level", "--where", "value = 0")
    rows = report(SHOP, "--kpi", "service_level", "--by", "")["rows"]
    assert rows[0]["denominator"] - rows[0]["numerator"] == len(lost)
    assert {"phone", "chat"} == {row["channel"] for row in lost}


def test_a_measure_stands_for_its_statistics() -> None:
    """Median, mean and 90th percentile are of the same conversations."""
    chats = SHOP / "chat"
    named = rows_of(chats, "--kpi", "first_response_time")
    assert rows_of(chats, "--kpi", "first_response_time.p90") == named
    assert all(row["value"] == row["first_response_s"] for row in named)


def test_what_no_export_carries_lists_nothing_and_says_why() -> None:
    """An unknown KPI has no conversations; the reason is a note."""
    ran = run("conversations", SHOP / "sms", "--kpi", "csat", "--format", "csv")
    assert (0, 1) == (ran.code, len(ran.text.splitlines()))
    assert "note: csat is unknown: no export carries satisfaction answers" in ran.err
    ran = run("conversations", SHOP / "sms", "--kpi", "complaint_rate", "--format", "csv")
    assert (0, 1) == (ran.code, len(ran.text.splitlines()))
    assert "complaint_rate is unknown: no complaints are configured ([complaints])" in ran.err


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_of_no_single_conversation_is_refused(name: str) -> None:
    """The message says what it is measured on instead."""
    code, message, hint = failure(run("conversations", SHOP / "sms", "-q", "--kpi", name))
    assert (2, f"`supportkpi kpis {name}` says how") == (code, hint)
    assert message.startswith(f"--kpi: {name} is measured on ")
    assert message.endswith(", not on single conversations")


FAULTS = {
    "csatt": ('there is no KPI "csatt"', 'did you mean "csat"?'),
    "resolution_time": (
        '--kpi: "resolution_time" is the name of several',
        (
            "one of resolution_time.median, resolution_time.mean, resolution_time.p90, "
            "resolution_time.km_median"
        ),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_name_that_is_not_one_kpi_is_refused(name: str) -> None:
    """With the nearest, or those that it may mean."""
    found = failure(run("conversations", SHOP / "sms", "-q", "--kpi", name))
    assert (2, *FAULTS[name]) == found


def test_a_value_without_a_kpi_is_no_column() -> None:
    """The column is there with `--kpi` only."""
    found = failure(run("conversations", SHOP / "sms", "-q", "--where", "value = 0"))
    assert (2, '--where: there is no column "value"') == found[:2]
