"""`supportkpi report`: the KPI tables, the main job."""

from __future__ import annotations

from dataclasses import replace

from supportcli.cli import options


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    by: options.By = "channel",
    period: options.Period = None,
    kpi: options.KpiIds = None,
    every: options.All = False,
    since: options.Since = None,
    until: options.Until = None,
    last: options.Last = None,
    as_of: options.AsOf = None,
    compare: options.Compare = None,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """KPIs per channel (or whatever --by says) of the inputs together."""
    form = options.format_of(form, output, "terminal", options.FORMATS)
    cut = options.cut_of(by, period, since, last)
    color = telling.coloring()
    settings, read_options = reading.settings(), reading.options(rejecting, output)

    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.kpis import select_kpis
    from supportcli.pipeline import Question, make_report

    question = Question(
        kpis=select_kpis(options.listed(kpi), every=every),
        by=cut,
        period=period,
        since=since,
        until=until,
        last=last,
        as_of=as_of,
        meetings=form == "terminal" or settings.customers.file is not None,
    )
    beside = None
    if compare is not None:
        from supportcli.comparing import compared_report, parse_other

        other = parse_other(compare, question, settings.timezone)
    with listing_rejects(rejecting.rejects):
        if compare is not None:
            result, beside = compared_report(read_options, settings, question, other)
        else:
            result = make_report(read_options, settings, question)
    shown = result.report
    if settings.targets:
        from supportcli.targets import judged, parse_targets

        shown = judged(shown, parse_targets(settings.targets)[0])
    log = result.log
    if settings.customers.file is not None and shown.customers and form != "terminal":
        log = replace(log, notes=(*log.notes, str(shown.customers)))
    tell(log, telling, rejecting.rejects)
    if beside is not None:
        tell(beside, telling, None)
    with destination(output) as stream:
        if form == "terminal":
            from supportcli.report import terminal

            terminal.write_report(shown, stream, color)
        else:
            from supportcli.report import tabular

            tabular.write_report(shown, stream, form)
