"""The commands together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from supportcli import __version__
from supportcli.cli import (
    check,
    conversations,
    drivers,
    events,
    ingest,
    init,
    inspect,
    kpis,
    report,
    sources,
    store,
)
from supportcli.cli.options import spelt_out


class PlainCommand(TyperCommand):
    """A command whose options are texts, paths and flags, taken as they are."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        _take_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


class PlainGroup(TyperGroup):
    """The program, whose own options are flags."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments up to the command."""
        _take_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


def _take_plainly(parameters: Iterable[Any]) -> None:
    """Spare typer the turning of texts into values, for which it loads pydantic.

    That takes as long as the rest of a small report. Should typer change its insides, it will
    load pydantic again, and nothing else will differ.
    """
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", ()) is None:
            parameter._runtime_param = _Plain()  # noqa: SLF001


class _Plain:
    """What typer asks to turn the text of an option into its value."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        return Path(value) if param.type_descriptor.is_path else value


app = typer.Typer(
    cls=PlainGroup,
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


for command in (
    report, check, conversations, drivers, events, ingest, store, inspect, sources, kpis, init
):  # fmt: skip
    app.command(name=command.__name__.rpartition(".")[2], cls=PlainCommand)(
        spelt_out(command.command)
    )


@cache
def program() -> Any:
    """The program as one command, made once however many command lines are run.

    Not `app(...)`: it has exit codes of its own for a broken pipe and the end of a file.
    """
    return typer.main.get_command(app)
