"""`supportkpi report`: the KPI tables, the main job."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Optional

import typer

from supportcli.cli import options
from supportcli.schema import DIMENSIONS

By = Annotated[
    str, typer.Option("--by", metavar="NAME,...", help=f"Cut by {', '.join(DIMENSIONS)}.")
]
Period = Annotated[
    Optional[str],
    typer.Option("--period", metavar="NAME", help="Also by hour, day, week, month, quarter, year."),
]
KpiIds = Annotated[
    Optional[str], typer.Option("--kpi", metavar="ID,...", help="These KPIs instead of the usual.")
]
All = Annotated[bool, typer.Option("--all", help="Every KPI.")]


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    by: By = "channel",
    period: Period = None,
    kpi: KpiIds = None,
    every: All = False,
    since: options.Since = None,
    until: options.Until = None,
    last: options.Last = None,
    as_of: options.AsOf = None,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """KPIs per channel (or whatever --by says) of the inputs together."""
    from supportcli.clock import PERIODS
    from supportcli.errors import UsageError

    form = options.format_of(form, output, "terminal", options.FORMATS)
    dimensions = options.words_of(by, "--by", DIMENSIONS)
    period = options.word_of(period, "--period", PERIODS) if period is not None else None
    color = telling.coloring()
    if last and since:
        raise UsageError("--last and --since both say where the window begins")
    settings, read_options = reading.settings(), reading.options(rejecting, output)

    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.kpis import select_kpis
    from supportcli.pipeline import Question, make_report

    ids = [name.strip() for name in (kpi or "").split(",") if name.strip()]
    question = Question(
        kpis=select_kpis(ids, every=every),
        by=dimensions,
        period=period,
        since=since,
        until=until,
        last=last,
        as_of=as_of,
        meetings=form == "terminal" or settings.customers.file is not None,
    )
    with listing_rejects(rejecting.rejects):
        result = make_report(read_options, settings, question)
    shown = result.report
    if settings.targets:
        from supportcli.targets import judged, parse_targets

        shown = judged(shown, parse_targets(settings.targets)[0])
    log = result.log
    if settings.customers.file is not None and shown.customers and form != "terminal":
        log = replace(log, notes=(*log.notes, str(shown.customers)))
    tell(log, telling, rejecting.rejects)
    with destination(output) as stream:
        if form == "terminal":
            from supportcli.report import terminal

            terminal.write_report(shown, stream, color)
        else:
            from supportcli.report import tabular

            tabular.write_report(shown, stream, form)
