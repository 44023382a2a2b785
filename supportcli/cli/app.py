"""The commands together."""

from __future__ import annotations

from typing import Annotated

import typer

from supportcli import __version__
from supportcli.cli import conversations, events, inspect, kpis, report, sources

app = typer.Typer(
    name="supportkpi",
    help="Key figures of customer support from the exports of phone systems, help desks, chat "
    "tools and SMS gateways.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"supportkpi {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


for command in (report, conversations, events, inspect, sources, kpis):
    app.command(name=command.__name__.rpartition(".")[2])(command.command)
