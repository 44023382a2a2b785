"""Every KPI, in every slice and period, against the naive computation of `oracle`."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

import oracle
from logs import events_as_parquet
from strategies import Log, logs
from strategies import settings as drawn_settings
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.pipeline import Question, Result, make_report
from supportcli.report.model import Row
from supportcli.settings import Agents, Fcr, Repeat, ServiceLevel, Settings, Survey

EPOCH = dt.datetime(1970, 1, 1)


def _moment_text(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return f"{(EPOCH + dt.timedelta(microseconds=microseconds)).isoformat()}+00:00"


def _program_settings(asked: oracle.Settings) -> Settings:
    return Settings(
        timezone=asked.timezone,
        service_level=ServiceLevel(
            **{channel: f"{seconds}s" for channel, seconds in asked.service_level.items()
               if channel in ("phone", "chat")},
            short_abandon=f"{asked.short_abandon_s}s",
        ),
        fcr=Fcr(window=f"{asked.fcr_window_s}s", same_topic=asked.fcr_same_topic),
        repeat=Repeat(window=f"{asked.repeat_window_s}s"),
        agents=Agents(bots=tuple(asked.bots)),
        teams={team: tuple(agents) for team, agents in asked.teams.items()},
        survey=Survey(csat_satisfied=asked.csat_satisfied),
    )  # fmt: skip


def _program_report(log: Log, asked: oracle.Settings) -> Result:
    sources, events = log
    question = Question(
        kpis=list(CATALOGUE.values()),
        by=asked.by,
        period=asked.period,
        since=_moment_text(asked.since),
        until=_moment_text(asked.until),
        as_of=_moment_text(asked.as_of),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        path.write_bytes(events_as_parquet(events, sources))
        return make_report(ReadOptions((str(path),)), _program_settings(asked), question)


def _agree(row: Row, answer: oracle.Answer) -> bool:
    if row.n != answer.n:
        return False
    if answer.n == 0:
        return True
    if (row.value is None) != (answer.value is None):
        return False
    if not _close(row.value, answer.value):
        return False
    if row.kpi == "received_share" or row.unit == "share":
        return (row.numerator, row.denominator) == (answer.numerator, answer.denominator)
    return True


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return True
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


NONE = oracle.Answer(None, 0, None, None)


def test_every_kpi_has_an_oracle() -> None:
    """No KPI is added to the program without a second, independent computation of it."""
    assert set() == set(CATALOGUE) - oracle.KPIS


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
@given(log=logs(), asked=drawn_settings())
def test_every_kpi_equals_the_naive_computation(log: Log, asked: oracle.Settings) -> None:
    """Value, n, numerator and denominator of every row are those of the oracle, and none lacks."""
    sources, events = log
    expected = oracle.report(events, sources, asked)
    report = _program_report(log, asked).report
    actual = {(row.group, row.period, row.kpi): row for row in report.rows}
    for key, row in actual.items():
        answer = expected.get(key, NONE)
        if row.kpi == "received_share" and not row.numerator and not answer.numerator:
            continue
        if row.kpi == "backlog" and key not in expected:
            continue
        assert _agree(row, answer), (key, row, answer)
    missing = {
        key for key, answer in expected.items()
        if answer.n and key not in actual and key[2] in CATALOGUE
        and key[2] not in ("backlog", "received_share")
    }  # fmt: skip
    assert not missing


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(log=logs(), asked=drawn_settings())
def test_anomalies_equal_the_naive_count(log: Log, asked: oracle.Settings) -> None:
    """Every kind of contradiction is counted as often as the oracle finds it."""
    sources, events = log
    counted = _program_report(log, asked).report.anomalies
    expected = oracle.anomalies(events, sources, asked)
    assert counted == {**counted, **{kind: n for kind, n in expected.items() if kind in counted}}
