"""`supportkpi drivers`: which factors go with satisfaction."""

from __future__ import annotations

from supportcli.cli import options


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    since: options.Since = None,
    until: options.Until = None,
    last: options.Last = None,
    as_of: options.AsOf = None,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """Which factors go with satisfaction: satisfied answers by level; association, not cause."""
    from supportcli.errors import UsageError

    form = options.format_of(form, output, "terminal", options.FORMATS)
    color = telling.coloring()
    if last and since:
        raise UsageError("--last and --since both say where the window begins")
    settings, read_options = reading.settings(), reading.options(rejecting, output)

    from supportcli.answers import find_drivers
    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.pipeline import Question
    from supportcli.report.drivers import write_drivers

    question = Question(kpis=(), by=(), since=since, until=until, last=last, as_of=as_of)
    with listing_rejects(rejecting.rejects):
        found = find_drivers(read_options, settings, question)
    tell(found.log, telling, rejecting.rejects)
    with destination(output) as stream:
        write_drivers(found.drivers, stream, form, color)
