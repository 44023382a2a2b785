"""`supportkpi conversations`: one row a conversation, with its times and durations."""

from __future__ import annotations

from supportcli.cli import options


def command(
    inputs: options.Inputs = None,
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
    """One row a conversation: who, when, how long, and what became of it."""
    form = options.format_of(form, output, options.table_format(), options.FORMATS)
    color = options.word_of(color, "--color", options.COLORS)
    settings = options.settings_of(config, overrides, timezone, customers)
    reading = options.reading_of(
        inputs, source, timezone_of_input, agents, date_order, encoding, max_rejects, on_error
    )

    from supportcli.cli.telling import destination, listing_rejects, tell, write_table
    from supportcli.listing import list_conversations
    from supportcli.pipeline import Question

    question = Question(kpis=(), by=(), since=since, until=until, last=last, as_of=as_of)
    with listing_rejects(rejects):
        table = list_conversations(reading, settings, question)
    tell(table.log, quiet=quiet, verbose=verbose, rejects=rejects)
    with destination(output) as stream:
        write_table(table.frame, stream, form, color)
