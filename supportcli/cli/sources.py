"""`supportkpi sources`: the formats known, and what one of them is."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer


def command(
    name: Annotated[
        Optional[str],
        typer.Argument(metavar="NAME", help="Explain this source.", show_default=False),
    ] = None,
) -> None:
    """List the formats that are recognised, or explain one."""
    from supportcli.sources.source import built_in_sources, explain, find_source

    if name is None:
        from supportcli.report.terminal import print_table

        rows = [
            (one.name, one.channel or "any", one.grain, one.title) for one in built_in_sources()
        ]
        print_table(("name", "channel", "grain", "title"), rows, sys.stdout.buffer)
        return
    print(explain(find_source(name)))
