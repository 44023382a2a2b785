"""`supportkpi init`: a configuration to begin with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="FILE", help="Write there; - is standard output."),
]
Force = Annotated[bool, typer.Option("--force", help="Write also over a file that is there.")]


def command(output: Output = "supportkpi.toml", force: Force = False) -> None:
    """Write a configuration with every key, explained and commented out, to be filled in."""
    from supportcli.cli.telling import destination
    from supportcli.errors import UsageError
    from supportcli.settings import template
    from supportcli.wording import clean

    content = template().encode()
    path = None if output == "-" else Path(output)
    if path is not None and path.exists() and not force:
        raise UsageError(
            f"{path} exists already", hint="name another with -o, or write over it with --force"
        )
    with destination(path) as stream:
        stream.write(content)
    if path is not None:
        print(f"supportkpi: wrote {clean(str(path))}", file=sys.stderr)
