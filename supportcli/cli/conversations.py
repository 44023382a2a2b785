"""`supportkpi conversations`: one row a conversation, with its times and durations."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from supportcli.cli import options

Where = Annotated[
    Optional[str],
    typer.Option(
        "--where", metavar="SQL", help="Only rows for which this holds: channel = 'phone'."
    ),
]
KpiId = Annotated[
    Optional[str],
    typer.Option(
        "--kpi", metavar="ID", help="Only those that count in this KPI, with the value of each."
    ),
]


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    storing: options.Storing,
    window: options.Window,
    kpi: KpiId = None,
    where: Where = None,
    form: options.Format = None,
    output: options.Output = None,
) -> None:
    """One row a conversation: who, when, how long, and what became of it."""
    form = options.format_of(form, output, options.table_format(), options.FORMATS)
    color = telling.coloring()
    settings = reading.settings()
    read_options = storing.reading(reading.options(rejecting, output), settings)

    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import destination, listing_rejects, tell, write_table
    from supportcli.listing import list_conversations, listed_kpi
    from supportcli.where import rows_where

    kpis = () if kpi is None else (listed_kpi(kpi),)
    question = window.question(kpis)
    with listing_rejects(rejecting.rejects), reading_aloud(read_options, telling) as told:
        table = list_conversations(told, settings, question)
    frame = table.frame if where is None else rows_where(table.frame, where)
    tell(table.log, telling, rejecting.rejects)
    with destination(output) as stream:
        write_table(frame, stream, form, color)
