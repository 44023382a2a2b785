"""The answers beside a report: courses, distributions, waits and rankings, held to the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

import oracle
from asked import question_of, settings_of, stored
from examples import examples
from strategies import Log, logs
from strategies import settings as drawn_settings
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE, select_kpis
from supportcli.overview import Overview, trend_of
from supportcli.pipeline import make_report, make_reports
from supportcli.questions import AUTO, Question, fitting_period
from supportcli.report.compose import compose_document
from supportcli.report.compose.view import rows_by_place
from supportcli.report.dashboard import Dashboard
from supportcli.report.document import Chart, Document, Figure, Section, Table
from supportcli.schema import CHARTS
from supportcli.settings import Settings
from supportcli.words import Words

HEADLINE = select_kpis([], every=False)
EPOCH = dt.datetime(1970, 1, 1)


Shop = Callable[..., Dashboard]


@pytest.fixture(scope="module")
def shop(shop_events: Path) -> Shop:
    """The dashboard of the sample shop, cut by the given dimensions."""

    @cache
    def of(*by: str) -> Dashboard:
        return dashboard_of(shop_events, Question(HEADLINE, by))

    return of


def dashboard_of(events: Path, question: Question) -> Dashboard:
    """What the program has to say to a question."""
    overview = Overview.of(question)
    answers = make_reports(ReadOptions((str(events),)), Settings(), overview.questions)
    return overview.dashboard(answers, Settings())


def test_the_report_itself_is_what_it_is_alone(shop: Shop, shop_events: Path) -> None:
    """What is asked beside a report changes nothing in it."""
    question = Question(HEADLINE, ("channel",))
    alone = make_report(ReadOptions((str(shop_events),)), Settings(), question).report
    assert alone.rows == shop("channel").report.rows


def test_a_course_adds_up(shop: Shop) -> None:
    """The conversations of all periods are those of the whole range."""
    trend = shop("channel").trend
    for group in trend.groups:
        rows = [row for row in trend.rows if row.kpi == "received" and row.group == group]
        whole, *periods = (int(row.value or 0) for row in rows)
        assert whole == sum(periods)


def test_busy_hours_add_up(shop: Shop) -> None:
    """Every conversation of known time is in one weekday and hour of its channel."""
    busy = shop("channel").busy
    whole, *cells = (int(row.value or 0) for row in busy.rows)
    assert whole == sum(cells)


def test_a_distribution_holds_every_value(shop: Shop) -> None:
    """Its bins are in order and hold as many values as the median is of."""
    spreads = shop("channel").spreads
    assert spreads
    for spread in spreads.values():
        assert spread.median.n == sum(spread.counts)
        assert len(spread.edges) == len(spread.counts) + 1
        bounds = [edge for edge in spread.edges if edge is not None]
        assert sorted(set(bounds)) == bounds


def test_the_median_lies_in_the_bin_that_the_counts_say(shop: Shop) -> None:
    """Half of the values are at most the median, whatever the bins are."""
    for spread in shop("channel").spreads.values():
        median, passed = float(spread.median.value or 0), 0
        for (low, high), count in zip(pairwise(spread.edges), spread.counts, strict=True):
            assert low is not None
            if high is None or median < high:
                assert passed <= spread.median.n / 2 + 1
                break
            passed += count


def test_the_curve_of_answers_goes_through_the_service_level(shop: Shop) -> None:
    """At the promised time as many of those offered are answered as the service level says."""
    dashboard = shop("channel")
    rows = rows_by_place(dashboard.spans)
    for channel, promised_s in dashboard.promised_s.items():
        waiting = dashboard.waitings[channel,]
        answered = waiting.answered[waiting.waits_s.index(promised_s)]
        assert rows[(channel,), None, "service_level"].value == pytest.approx(answered)


def test_only_the_greatest_groups_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, shop: Shop, shop_events: Path
) -> None:
    """What stands beside the report is of those groups that are shown; the total is of all."""
    everything = shop("topic")
    monkeypatch.setattr("supportcli.overview.MOST_SECTIONS", 3)
    few = dashboard_of(shop_events, Question(HEADLINE, ("topic",)))
    assert 1 + 3 == len(few.spans.groups) == len(few.trend.groups)
    assert everything.report.rows == few.report.rows
    kept = set(few.trend.groups)
    assert [row for row in everything.trend.rows if row.group in kept] == list(few.trend.rows)


def test_curves_only_rise(shop: Shop) -> None:
    """Who has an answer, or has left, stays so; both together are never more than all."""
    for waiting in shop("channel").waitings.values():
        assert sorted(waiting.answered) == list(waiting.answered)
        assert sorted(waiting.left) == list(waiting.left)
        assert waiting.answered[-1] + waiting.left[-1] <= 1 + 1e-9


@pytest.mark.parametrize(
    ("days", "period"),
    [(1, "hour"), (30, "day"), (45, "day"), (92, "week"), (365, "month"), (3_650, "quarter")],
)
def test_a_fitting_period_is_the_shortest_that_can_be_read(days: int, period: str) -> None:
    """A month is shown by its days, a quarter by weeks, a year by months."""
    assert period == fitting_period(EPOCH, EPOCH + dt.timedelta(days))


def test_periods_cut_off_by_the_window_are_left_out(shop_events: Path) -> None:
    """Of weeks from Wednesday 4 March to Thursday 21 May, those between are whole."""
    question = trend_of(Question(HEADLINE, (), "week", since="2026-03-04", until="2026-05-21"))
    report = make_report(ReadOptions((str(shop_events),)), Settings(), question).report
    assert dt.datetime(2026, 3, 9) == report.whole_periods[0]
    assert dt.datetime(2026, 5, 11) == report.whole_periods[-1]


def test_a_period_that_was_asked_for_is_kept() -> None:
    """Only where none is asked for, one is chosen that fits."""
    assert "day" == trend_of(Question(HEADLINE, period="day")).period
    assert AUTO == trend_of(Question(HEADLINE)).period


def compose(dashboard: Dashboard) -> Document:
    """The document of a dashboard in English."""
    return compose_document(dashboard, Words())


def tables(document: Document) -> list[Table]:
    """Every table, those behind charts included."""
    blocks = [block for section in document.sections for block in section.blocks]
    return [
        block.table if isinstance(block, Chart) else block
        for block in blocks
        if isinstance(block, Chart | Table)
    ]


def check_document(document: Document, dashboard: Dashboard) -> None:
    """What must hold of every document."""
    ids = [section.id for section in document.sections]
    ids += [table.id for table in tables(document)] + [chart.id for chart in document.charts]
    assert len(set(ids)) == len(ids)
    for table in tables(document):
        assert {len(table.head)} >= {len(line.cells) for line in table.lines}
    kpis, *_ = tables(document)
    values = [[cell.value for cell in line.cells[1:]] for line in kpis.lines]
    rows = rows_by_place(dashboard.report)
    groups = [*(group for group in dashboard.report.groups if group is not None), None]
    names = list(dict.fromkeys(row.kpi for row in dashboard.report.rows))
    assert [[rows[group, None, kpi].value for group in groups] for kpi in names] == values
    for chart in document.charts:
        assert chart.kind in CHARTS
        check_figure(chart.figure)


def check_figure(figure: Figure) -> None:
    """What must hold of every figure: as many values as places, one of them at least known."""
    for one in getattr(figure, "series", ()):
        assert len(one.xs) == len(one.ys)
        assert any(value is not None for value in one.ys)


@pytest.mark.parametrize("by", [("channel",), (), ("agent",), ("channel", "topic"), ("weekday",)])
def test_a_document_holds_the_report(by: tuple[str, ...], shop: Shop) -> None:
    """Every value of the report is in the table of all, however it is cut."""
    check_document(compose(shop(*by)), shop(*by))


def test_sections_are_of_the_greatest_groups(shop: Shop) -> None:
    """Of many agents the dozen of most conversations have sections of their own."""
    dashboard = shop("agent")
    document = compose(dashboard)
    assert 12 == sum(section.id.startswith("group-") for section in document.sections)


def test_a_table_of_all_has_room_for_so_many_groups(
    monkeypatch: pytest.MonkeyPatch, shop: Shop, shop_events: Path
) -> None:
    """Of more groups those of most conversations are shown, and the rest are counted."""
    dashboard = shop("agent")
    monkeypatch.setattr("supportcli.report.compose.view.MOST_COLUMNS", 5)
    table = next(iter(tables(compose(dashboard))))
    hidden = len(dashboard.report.groups) - 1 - 5
    assert 1 + 5 + 1 == len(table.head)
    assert f"{hidden} groups of fewer conversations are left out here." in table.notes


def test_nobody_of_few_conversations_is_named(shop: Shop) -> None:
    """Agents and topics with fewer conversations than `min_n` are in no ranking."""
    dashboard = shop("channel")
    ranked = [
        table for table in tables(compose(dashboard)) if table.id.startswith(("agents", "to"))
    ]
    assert ranked
    for table in ranked:
        for line in table.lines:
            assert (line.cells[1].value or 0) >= dashboard.min_n


def test_a_ranking_of_few_answers_puts_nobody_first(shop: Shop) -> None:
    """Who has too few ratings to be ranked by them comes last."""
    for table in tables(compose(shop("channel"))):
        heads = [cell.text for cell in table.head]
        if not table.id.startswith(("agents", "topics")) or "(CSAT)" not in table.notes[0]:
            continue
        place = heads.index(CATALOGUE["csat"].title)
        counts = [
            next((int(one.value or 0) for one in line.cells[place].details if one.kind == "n"), 0)
            for line in table.lines
        ]
        enough = [count >= 10 for count in counts]
        assert sorted(enough, reverse=True) == enough


def section(document: Document, name: str) -> Section:
    """The section of this id."""
    return next(one for one in document.sections if one.id == name)


def test_what_is_unknown_says_why(shop: Shop) -> None:
    """Every unknown value of the whole range is in the table of reasons."""
    dashboard = shop("channel")
    table = next(
        block
        for block in section(compose(dashboard), "quality").blocks
        if isinstance(block, Table) and block.id == "unknown"
    )
    unknown = {(row.kpi, row.why_null) for row in dashboard.report.rows if row.value is None}
    assert len(unknown) == len(table.lines)


def test_what_is_unknown_of_many_groups_is_short(shop: Shop) -> None:
    """Where a KPI is unknown of a crowd, a dozen are named and the others counted."""
    [unknown] = [
        table for table in tables(compose(shop("agent", "weekday"))) if table.id == "unknown"
    ]
    longest = max((line.cells[1].text for line in unknown.lines), key=len)
    assert longest.endswith(" more")
    assert 12 + 1 == len(longest.replace(" and ", ", ").split(", "))


@pytest.mark.parametrize(
    ("question", "shown", "periods"),
    [
        (Question(HEADLINE, (), "hour"), 1_875, 2_195),
        (Question(HEADLINE, ("agent",), "hour", since="2026-05-22"), 144, 238),
    ],
    ids=["in full", "agents"],
)
def test_of_very_many_periods_the_last_are_shown(
    question: Question, shown: int, periods: int, shop_events: Path
) -> None:
    """Hours of a quarter, or for each agent: as many as can be read, and of how many."""
    dashboard = dashboard_of(shop_events, question)
    [table, *_] = [one for one in tables(compose(dashboard)) if one.id.startswith("periods-")]
    last = max(row.begins for row in dashboard.report.rows if row.begins is not None)
    assert (shown, f"{last:%Y-%m-%dT%H}") == (
        len(table.lines),
        table.lines[-1].cells[0].text.rstrip(" *"),
    )
    assert f"The last {shown:,} of {periods:,} periods; csv and json hold all." in table.notes


@examples(15)
@given(log=logs(), asked=drawn_settings())
def test_any_log_makes_a_document(log: Log, asked: oracle.Settings) -> None:
    """Whatever the data hold and however they are cut, there is a sound document of them."""
    settings = settings_of(asked)
    overview = Overview.of(question_of(asked))
    with stored(log) as reading:
        answers = make_reports(reading, settings, overview.questions)
    dashboard = overview.dashboard(answers, settings)
    check_document(compose(dashboard), dashboard)
