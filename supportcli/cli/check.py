"""`supportkpi check`: the KPIs against the targets of the configuration."""

from __future__ import annotations

from typing import Final

import typer

from supportcli.cli import options

MISSED: Final = 1
"""The exit code where a target is missed."""

FORMATS: Final = ("terminal", "json", "junit", "github")


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    storing: options.Storing,
    window: options.Window,
    by: options.By = "",
    period: options.Period = None,
    kpi: options.KpiIds = None,
    form: options.CheckFormat = None,
    output: options.Output = None,
) -> None:
    """The KPIs that have [targets], each against its own; exit code 1 when one is missed."""
    form = options.format_of(form, output, "terminal", FORMATS)
    cut = options.cut_of(by, period)
    color = telling.coloring()
    settings = reading.settings()
    read_options = storing.reading(reading.options(rejecting, output), settings)

    from supportcli.checking import check_of, questions_of
    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.kpis import select_kpis
    from supportcli.pipeline import make_reports
    from supportcli.targets import parse_targets

    targets, _ = parse_targets(settings.targets)
    kpis = select_kpis(options.listed(kpi), every=kpi is None)
    asked = window.question(kpis, cut, period)
    questions = questions_of(targets, asked)
    with listing_rejects(rejecting.rejects), reading_aloud(read_options, telling) as told:
        answers = make_reports(told, settings, questions)
    tell(answers.log, telling, rejecting.rejects)
    check = check_of(targets, cut, questions, [answer.report for answer in answers.all])
    with destination(output) as stream:
        if form == "terminal":
            from supportcli.report import small_tables

            small_tables.write_check(check, stream, color)
        else:
            from supportcli.report.check import WRITERS

            WRITERS[form](check, stream)
    if check.is_missed:
        raise typer.Exit(MISSED)
