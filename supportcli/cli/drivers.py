"""`supportkpi drivers`: which factors go with satisfaction."""

from __future__ import annotations

from supportcli.cli import options


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    storing: options.Storing,
    window: options.Window,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """Which factors go with satisfaction: satisfied answers by level; association, not cause."""
    form = options.format_of(form, output, "terminal", options.FORMATS)
    color = telling.coloring()
    settings = reading.settings()
    read_options = storing.reading(reading.options(rejecting, output), settings)

    from supportcli.answers import find_drivers
    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import destination, listing_rejects, tell
    from supportcli.report.drivers import write_drivers

    question = window.question(())
    with listing_rejects(rejecting.rejects), reading_aloud(read_options, telling) as told:
        found = find_drivers(told, settings, question)
    tell(found.log, telling, rejecting.rejects)
    with destination(output) as stream:
        write_drivers(found.drivers, stream, form, color)
