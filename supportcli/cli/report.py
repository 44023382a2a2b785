"""`supportkpi report`: the KPI tables and the reports that people read, the main job."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from supportcli.cli import options
from supportcli.cli.outputs import REPORT_FORMATS, Output, check_chart, outputs_of
from supportcli.errors import UsageError
from supportcli.schema import CHARTS

if TYPE_CHECKING:
    from supportcli.events import EventLog
    from supportcli.intake import ReadOptions
    from supportcli.pipeline import Answers
    from supportcli.questions import Question
    from supportcli.settings import Settings


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    storing: options.Storing,
    speaking: options.Speaking,
    window: options.Window,
    by: options.By = "channel",
    period: options.Period = None,
    kpi: options.KpiIds = None,
    every: options.All = False,
    compare: options.Compare = None,
    explain: options.Explain = None,
    chart: options.ChartName = None,
    form: options.ReportFormat = None,
    files: options.Outputs = None,
) -> None:
    """KPIs per channel (or whatever --by says) of the inputs together."""
    known = REPORT_FORMATS if explain is None else options.EXPLANATION_FORMATS
    outputs = outputs_of(form, files or [], known)
    check_chart(chart, outputs, CHARTS)
    cut = options.cut_of(by, period)
    color = telling.coloring()
    settings = speaking.settings(reading.settings())
    read_options = storing.reading(
        reading.options(rejecting, *(output.path for output in outputs)), settings
    )

    from supportcli.cli.progress import progress, reading_aloud
    from supportcli.cli.telling import listing_rejects, tell
    from supportcli.kpis import select_kpis

    asked = window.question(select_kpis(options.listed(kpi), every=every), cut, period)
    if explain is not None:
        _refuse_beside_explain(period=period, kpi=kpi, all=every, compare=compare)
        _write_explanation(explain, asked, outputs, read_options, settings, rejecting, telling)
        return

    from supportcli.cli.writing import Writing, with_targets

    writing = Writing.of(asked, outputs, settings, chart, color)
    with listing_rejects(rejecting.rejects), reading_aloud(read_options, telling) as told:
        answers, beside = _answered(told, settings, writing.questions, compare)
    answers = with_targets(answers, settings)
    log, customers = answers.log, answers.report.customers
    if settings.customers.file is not None and customers and not writing.tells_customers:
        log = replace(log, notes=(*log.notes, str(customers)))
    tell(log, telling, rejecting.rejects)
    if beside is not None:
        tell(beside, telling, None)
    # What goes to the terminal itself is written at once, and would mix with a line of its own.
    to_files = all(output.path is not None for output in outputs)
    with progress(sys.stderr, quiet=telling.quiet or not to_files) as on_step:
        on_step("writing")
        writing.write(answers)


def _answered(
    reading: ReadOptions, settings: Settings, questions: list[Question], compare: str | None
) -> tuple[Answers, EventLog | None]:
    """The answers, the first compared where that is asked, and the log of other inputs."""
    if compare is None:
        from supportcli.pipeline import make_reports

        return make_reports(reading, settings, questions), None
    from supportcli.comparing import compared_reports, parse_other

    other = parse_other(compare, questions[0], settings.timezone)
    return compared_reports(reading, settings, questions, other)


def _write_explanation(
    name: str,
    asked: Question,
    outputs: list[Output],
    reading: ReadOptions,
    settings: Settings,
    rejecting: options.Rejecting,
    telling: options.Telling,
) -> None:
    """Tell how one KPI came about, in every output."""
    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.explaining import explain_values, explained_kpis
    from supportcli.report.explanation import write_explanation

    question = replace(asked, kpis=explained_kpis(name))
    with listing_rejects(rejecting.rejects), reading_aloud(reading, telling) as told:
        explained = explain_values(told, settings, question)
    tell(explained.log, telling, rejecting.rejects)
    for output in outputs:
        with destination(output.path) as stream:
            write_explanation(explained.explanation, stream, output.form)


def _refuse_beside_explain(**given: object) -> None:
    """An explanation is of one KPI over the whole range: what asks for more is not passed over."""
    for name, value in given.items():
        if value:
            raise UsageError(
                f"--explain and --{name} do not go together",
                hint="it tells one KPI; --by cuts it, --since and --until say of what time",
            )
