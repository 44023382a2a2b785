"""`supportkpi events`: the normalised event table."""

from __future__ import annotations

from supportcli.cli import options


def command(
    inputs: options.Inputs = None,
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
    timezone: options.Timezone = None,
    rejects: options.Rejects = None,
    max_rejects: options.MaxRejected = "5%",
    on_error: options.OnError = "skip",
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Every event of the inputs, normalised; a Parquet file of them is an input like any other."""
    form = options.format_of(form, output, options.table_format(), options.FORMATS)
    color = options.word_of(color, "--color", options.COLORS)
    settings = options.settings_of(config, overrides, timezone, customers)
    reading = options.reading_of(
        inputs, source, timezone_of_input, agents, date_order, encoding, max_rejects, on_error
    )

    from supportcli.cli.telling import destination, listing_rejects, tell, write_table
    from supportcli.events import event_table, read_log
    from supportcli.facts import to_metadata
    from supportcli.schema import LINKED, TYPES

    with listing_rejects(rejects):
        log = read_log(reading, settings, [*TYPES, LINKED])
    tell(log, quiet=quiet, verbose=verbose, rejects=rejects)
    with destination(output) as stream:
        metadata = to_metadata(log.facts, log.anomalies)
        write_table(event_table(log), stream, form, color, metadata)
