"""Of a store only what answers about its last days stand on is read, and they stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from asked import settings_of, stored
from command import SHOP
from examples import examples
from strategies import Log, logs
from strategies import settings as drawn_settings
from supportcli.comparing import compared_reports, parse_other
from supportcli.events import read_log
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE, select_kpis
from supportcli.kpis.model import Kpi
from supportcli.pipeline import Answers, make_report
from supportcli.questions import Question, reach_of
from supportcli.report.model import Report, Row
from supportcli.schema import LINKED, TYPES
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID
from supportcli.store.ingest import ingest
from supportcli.store.place import Place
from supportcli.store.rows import rows_of
from supportcli.store.table import Table

OF_ALL_TIME = {"retention_rate", "knowledge_gain_rate", "learning_curve"}
HEADLINE = select_kpis((), every=False)
OF_LATE = [kpi for name, kpi in CATALOGUE.items() if name not in OF_ALL_TIME]


def answered(path: Path, settings: Settings, question: Question) -> Answers:
    """The answer of a store or of exports."""
    return make_report(ReadOptions((str(path),)), settings, question)


@pytest.fixture(scope="module")
def shop_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop in a store."""
    store = tmp_path_factory.mktemp("stores") / "shop"
    reading = ReadOptions((str(SHOP),))
    for _ in ingest(reading, Settings(), Place(str(store)), lock_timeout_s=60):
        pass
    return store


@pytest.mark.parametrize("period", [None, "week"])
@pytest.mark.parametrize("last", ["2d", "20d"])
@pytest.mark.parametrize("kpis", [HEADLINE, OF_LATE], ids=["headline", "all"])
def test_the_last_days_of_a_store_are_those_of_its_exports(
    shop_store: Path, kpis: Sequence[Kpi], last: str, period: str | None
) -> None:
    """Every row of the report is the same as from the files, though fewer events were read."""
    question = Question(kpis, last=last, period=period)
    from_store = answered(shop_store, Settings(), question).report
    from_files = answered(SHOP, Settings(), question).report
    assert from_files.rows == from_store.rows
    assert from_files.as_of == from_store.as_of
    read, whole = (sum(one.rows for one in report.intakes) for report in (from_store, from_files))
    assert read < 2 * whole / 3


@pytest.mark.parametrize(
    ("compare", "period"),
    [("previous", None), ("previous", "week"), ("2026-04-01..2026-04-08", None)],
)
def test_what_a_report_is_compared_with_is_read_too(
    shop_store: Path, compare: str, period: str | None
) -> None:
    """The window before, the period before the first, or another time."""
    question = Question(HEADLINE, last="5d", period=period)
    other = parse_other(compare, question, "UTC")
    from_files, from_store = (
        compared_reports(ReadOptions((str(path),)), Settings(), [question], other)[0]
        for path in (SHOP, shop_store)
    )
    assert from_files.report.rows == from_store.report.rows
    assert from_store.log.extent is not None


def in_days(log: Log, folder: Path) -> Path:
    """A log in a store, the events of every day in files of their own."""
    with stored(log) as reading:
        read = read_log(reading, Settings(), [*TYPES, LINKED, ROW_ID])
    table = Table.open(Place(str(folder))) or Table.create(Place(str(folder)))
    table.state(read.facts)
    table = Table.at(table.place)
    rows = rows_of(read, Settings())
    for _, day in sorted(rows.group_by(pl.col("at").dt.date())):
        table.replace([], day, {"operation": "ingest"})
    return folder


def told(report: Report) -> dict[object, Row]:
    """The rows with a value; where nothing happened, what was read tells 0 from unknown."""
    return {(row.group, row.kpi): row for row in report.rows if row.value}


@examples(20)
@given(
    log=logs(),
    asked=drawn_settings(),
    last=st.sampled_from(["1d", "3d", "8d"]),
    by=st.sampled_from([(), ("channel",)]),
    name=st.sampled_from([*(kpi.id for kpi in OF_LATE), *["all", "headline"] * 10]),
)
def test_of_any_log_the_last_days_are_the_same(
    log: Log,
    asked: oracle.Settings,
    last: str,
    by: tuple[str, ...],
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever lies before, read or not, changes no value."""
    settings = settings_of(asked)
    some = {"all": OF_LATE, "headline": HEADLINE}
    question = Question(some.get(name) or [CATALOGUE[name]], by=by, last=last)
    store = in_days(log, tmp_path_factory.mktemp("store"))
    with stored(log) as reading:
        from_file = make_report(reading, settings, question).report
    from_store = answered(store, settings, question).report
    expected, actual = told(from_file), told(from_store)
    assert expected.keys() == actual.keys()
    assert [] == [(row, actual[key]) for key, row in expected.items() if row != actual[key]]


def test_what_needs_all_time_reads_all() -> None:
    """The KPIs that look at all that somebody ever did are of the whole store."""
    whole = {
        name
        for name, kpi in CATALOGUE.items()
        if reach_of([Question([kpi], last="7d")], Settings()) is None
    }
    assert OF_ALL_TIME == whole


@pytest.mark.parametrize("by", ["agent", "team", "topic", "priority", "source", "weekday", "hour"])
def test_groups_of_other_dimensions_need_all(by: str) -> None:
    """What groups there are a store tells of channels alone."""
    assert reach_of([Question(HEADLINE, by=("channel", by), last="7d")], Settings()) is None
    assert reach_of([Question(HEADLINE, last="7d")], Settings()) is not None
