"""`supportkpi sources`: the formats known, and what one of them is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator


def command(
    name: Annotated[
        Optional[str],
        typer.Argument(metavar="NAME", help="Explain this source.", show_default=False),
    ] = None,
) -> None:
    """List the formats that are recognised; or say how to make one, what it fills and its traps."""
    from supportcli.sources.catalogue import explain
    from supportcli.sources.source import find_source
    from supportcli.wording import clean

    if name is None:
        from supportcli.report.small_tables import print_table

        print_table(("source", "channel", "a row is", "what"), _rows(), sys.stdout.buffer)
        return
    print("\n".join(map(clean, explain(find_source(name)).split("\n"))))


def _rows() -> Iterator[tuple[str, str, str, str]]:
    """The name of each chapter, and below it a row a source."""
    from supportcli.sources.catalogue import channel_of, in_chapters
    from supportcli.sources.source import built_in_sources

    for chapter, sources in in_chapters(built_in_sources()):
        yield chapter, "", "", ""
        for one in sources:
            yield f"  {one.name}", channel_of(one), one.grain, one.title
