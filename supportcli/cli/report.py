"""`supportkpi report`: the KPI tables, the main job."""

from __future__ import annotations

from dataclasses import replace

from supportcli.cli import options
from supportcli.errors import UsageError


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    window: options.Window,
    by: options.By = "channel",
    period: options.Period = None,
    kpi: options.KpiIds = None,
    every: options.All = False,
    compare: options.Compare = None,
    explain: options.Explain = None,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """KPIs per channel (or whatever --by says) of the inputs together."""
    formats = options.FORMATS if explain is None else options.EXPLANATION_FORMATS
    form = options.format_of(form, output, "terminal", formats)
    cut = options.cut_of(by, period)
    color = telling.coloring()
    settings, read_options = reading.settings(), reading.options(rejecting, output)

    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.kpis import select_kpis
    from supportcli.pipeline import make_report

    asked = window.question(select_kpis(options.listed(kpi), every=every), cut, period)
    question = replace(asked, meetings=form == "terminal" or settings.customers.file is not None)
    if explain is not None:
        _refuse_beside_explain(period=period, kpi=kpi, all=every, compare=compare)
        from supportcli.explaining import explain_values, explained_kpis
        from supportcli.report.explanation import write_explanation

        question = replace(question, kpis=explained_kpis(explain), meetings=False)
        with listing_rejects(rejecting.rejects):
            explained = explain_values(read_options, settings, question)
        tell(explained.log, telling, rejecting.rejects)
        with destination(output) as stream:
            write_explanation(explained.explanation, stream, form)
        return
    beside = None
    if compare is not None:
        from supportcli.comparing import compared_reports, parse_other

        other = parse_other(compare, question, settings.timezone)
    with listing_rejects(rejecting.rejects):
        if compare is not None:
            result, beside = compared_reports(read_options, settings, [question], other)
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


def _refuse_beside_explain(**given: object) -> None:
    """An explanation is of one KPI over the whole range: what asks for more is not passed over."""
    for name, value in given.items():
        if value:
            raise UsageError(
                f"--explain and --{name} do not go together",
                hint="it tells one KPI; --by cuts it, --since and --until say of what time",
            )
