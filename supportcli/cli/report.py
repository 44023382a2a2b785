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
    inputs: options.Inputs = None,
    by: By = "channel",
    period: Period = None,
    kpi: KpiIds = None,
    every: All = False,
    since: options.Since = None,
    until: options.Until = None,
    last: options.Last = None,
    as_of: options.AsOf = None,
    timezone: options.Timezone = None,
    form: options.Format = None,
    output: options.Output = None,
    source: options.Source = None,
    timezone_of_input: options.TimezoneOfInput = None,
    agents: options.Agents = None,
    date_order: options.DateOrder = None,
    encoding: options.Encoding = None,
    config: options.Config = None,
    overrides: options.Set = None,
    customers: options.CustomersFile = None,
    rejects: options.Rejects = None,
    max_rejects: options.MaxRejected = "5%",
    on_error: options.OnError = "skip",
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """KPIs per channel (or whatever --by says) of the inputs together."""
    from supportcli.clock import PERIODS
    from supportcli.errors import UsageError

    form = options.format_of(form, output, "terminal", options.FORMATS)
    dimensions = options.words_of(by, "--by", DIMENSIONS)
    period = options.word_of(period, "--period", PERIODS) if period is not None else None
    color = options.word_of(color, "--color", options.COLORS)
    if last and since:
        raise UsageError("--last and --since both say where the window begins")
    settings = options.settings_of(config, overrides, timezone, customers)
    reading = options.reading_of(
        inputs, source, timezone_of_input, agents, date_order, encoding, max_rejects, on_error
    )

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
    with listing_rejects(rejects):
        result = make_report(reading, settings, question)
    log = result.log
    if settings.customers.file is not None and result.report.customers and form != "terminal":
        log = replace(log, notes=(*log.notes, str(result.report.customers)))
    tell(log, quiet=quiet, verbose=verbose, rejects=rejects)
    with destination(output) as stream:
        if form == "terminal":
            from supportcli.report import terminal

            terminal.write_report(result.report, stream, color)
        else:
            from supportcli.report import tabular

            tabular.write_report(result.report, stream, form)
