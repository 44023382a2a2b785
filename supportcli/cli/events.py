"""`supportkpi events`: the normalised event table."""

from __future__ import annotations

from supportcli.cli import options


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    storing: options.Storing,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """Every event of the inputs, normalised; a Parquet file of them is an input like any other."""
    form = options.format_of(form, output, options.table_format(), options.FORMATS)
    color = telling.coloring()
    settings = reading.settings()
    read_options = storing.reading(reading.options(rejecting, output), settings)

    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import destination, listing_rejects, tell, write_table
    from supportcli.events import event_table, read_log
    from supportcli.facts import to_metadata
    from supportcli.schema import LINKED, TYPES

    with listing_rejects(rejecting.rejects), reading_aloud(read_options, telling) as told:
        log = read_log(told, settings, [*TYPES, LINKED])
    tell(log, telling, rejecting.rejects)
    with destination(output) as stream:
        metadata = to_metadata(log.facts, log.anomalies)
        write_table(event_table(log), stream, form, color, metadata)
