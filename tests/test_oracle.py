"""Every KPI, in every slice and period, against the naive computation of `oracle`."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict

from hypothesis import given

import oracle
from asked import question_of, settings_of, stored
from examples import examples
from strategies import DAY_S, SECOND, START_US, Log, logs
from strategies import settings as drawn_settings
from supportcli.kpis import CATALOGUE
from supportcli.pipeline import Answers, make_report
from supportcli.report.finish import CURRENCIES
from supportcli.report.model import Row


def _program_report(log: Log, asked: oracle.Settings) -> Answers:
    with stored(log) as reading:
        return make_report(reading, settings_of(asked), question_of(asked))


def _agree(row: Row, answer: oracle.Answer) -> bool:
    """Whether n, value, numerator and denominator are those of the oracle; costs but for rounding.

    Fixed costs that are spread over groups may be rounded to the minor unit.
    """
    if row.kpi in MAY_LACK_INPUTS and row.n == 0 and not answer.numerator and not answer.value:
        return row.value is None
    if row.n != answer.n:
        return False
    if answer.n == 0:
        return True
    rounded = row.kpi in COSTS_OF_SUPPORT
    slack = (1.0 if row.unit == "JPY" else CENT) if rounded else 1e-9
    if rounded and row.unit == "share" and answer.denominator:
        slack = 1 / answer.denominator  # a minor unit of the cost, of all that was ordered
    if not _close(row.value, answer.value, slack):
        return False
    if answer.numerator is None or answer.denominator is None:
        return True
    if row.numerator is None or row.denominator != answer.denominator:
        return False
    return abs(row.numerator - answer.numerator) <= rounded


def _close(one: float | None, other: float | None, slack: float) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=slack)


MAY_LACK_INPUTS = ("bot_resolution_rate", "patience", "survey_response_rate")
"""Null, not nought, in a group of which no export carries the answers, resolutions or leavings."""
COSTS_OF_SUPPORT = ("support_cost", "cost_per_conversation", "cost_share_of_revenue")
CENT = 0.01
STOCKS = ("backlog", "backlog_age.median", "backlog_age.p90", "loyal_customers", "retention_rate")
NONE = oracle.Answer(None, 0, None, None)


def test_every_kpi_has_an_oracle() -> None:
    """No KPI is added to the program without a second, independent computation of it."""
    assert set() == set(CATALOGUE) - oracle.KPIS


@examples(100)
@given(log=logs(), asked=drawn_settings())
def test_every_kpi_equals_the_naive_computation(log: Log, asked: oracle.Settings) -> None:
    """Value, n, numerator and denominator of every row are those of the oracle, and none lacks.

    Every kind of contradiction is counted as often as the oracle finds it.
    """
    sources, events = log
    expected = oracle.report(events, sources, asked)
    report = _program_report(log, asked).report
    counted = report.anomalies
    assert counted == {**counted, **oracle.anomalies(events, sources, asked)}
    actual = {(row.group, row.period, row.kpi): row for row in report.rows}
    for key, row in actual.items():
        answer = expected.get(key, NONE)
        if row.kpi == "received_share" and not row.numerator and not answer.numerator:
            continue
        if row.kpi in STOCKS and key not in expected:
            continue
        assert _agree(row, answer), (key, row, answer)
    missing = {
        key for key, answer in expected.items()
        if answer.n and key not in actual and key[2] in CATALOGUE
        and key[2] not in (*STOCKS, "received_share")
    }  # fmt: skip
    assert not missing


FLOWS = (
    *("received", "resolved", "unanswered", "outreach", "contacts", "replies", "page_views"),
    *("revenue_new", "revenue_returning", "revenue_unidentified", "support_cost"),
)


def _add_up(whole: Row, parts: list[Row]) -> bool:
    """Whether the parts are the whole; always where a part that has something is unknown.

    What a period without conversations costs belongs to none of its groups.
    """
    total = sum(part.value or 0 for part in parts)
    if any(part.value is None and part.n for part in parts):
        return True
    if whole.kpi == "support_cost" and not total:
        return True
    tolerance = len(parts) if whole.kpi == "support_cost" else 1e-6
    return math.isclose(whole.value or 0, total, abs_tol=tolerance)


@examples(12)
@given(log=logs(), asked=drawn_settings())
def test_flows_and_the_backlog_add_up_over_groups(log: Log, asked: oracle.Settings) -> None:
    """The groups of a report are its total, in every period: nobody is in two, or in none."""
    asked = dataclasses.replace(asked, by=asked.by or ("channel",))
    wholes: dict[tuple[str, str | None], Row] = {}
    parts: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in _program_report(log, asked).report.rows:
        if row.kpi not in (*FLOWS, "backlog"):
            continue
        if row.group is None:
            wholes[row.kpi, row.period] = row
        else:
            parts[row.kpi, row.period].append(row)
    for key, rows in parts.items():
        # Groups of one currency each have no sum.
        mixed = wholes[key].why_null == CURRENCIES
        assert mixed or _add_up(wholes[key], rows), (wholes[key], rows)


@examples(12)
@given(log=logs(), asked=drawn_settings())
def test_flows_add_up_over_periods(log: Log, asked: oracle.Settings) -> None:
    """The periods of a range are the range: nothing is in two of them, and all of it in one."""
    asked = dataclasses.replace(
        asked,
        period=asked.period or "day",
        since=asked.since or START_US - DAY_S * SECOND,
        costs=dataclasses.replace(asked.costs, monthly={}),
    )
    wholes: dict[tuple[str, object], Row] = {}
    parts: dict[tuple[str, object], list[Row]] = defaultdict(list)
    for row in _program_report(log, asked).report.rows:
        if row.kpi in FLOWS and row.period is None:
            wholes[row.kpi, row.group] = row
        elif row.kpi in FLOWS:
            parts[row.kpi, row.group].append(row)
    for key, rows in parts.items():
        assert wholes[key].value is None or _add_up(wholes[key], rows), (wholes[key], rows)
