"""How text reaches a terminal, a pipe or a file: how wide, in which colours and characters."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import BinaryIO, Final

from rich.console import Console
from rich.text import Text

PLAIN_WIDTH: Final = 100
"""The width of a table that goes to a file or a pipe."""


def console_for(color: str, stream: BinaryIO | None = None) -> tuple[Console, io.StringIO]:
    """A console that collects its text, coloured for a terminal or as asked.

    A file that a terminal's user asked for is no terminal.
    """
    terminal = sys.stdout.isatty() and stream in (None, sys.stdout.buffer)
    coloured = color == "always" or (color == "auto" and terminal and "NO_COLOR" not in os.environ)
    collected = io.StringIO()
    console = Console(
        file=collected,
        width=shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns,
        color_system="standard" if coloured else None,
        force_terminal=coloured,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    return console, collected


def speaks_unicode(stream: BinaryIO | None = None) -> bool:
    """Whether more than ASCII can be shown: in a file always, else as standard output says."""
    if stream not in (None, sys.stdout.buffer):
        return True
    return "utf" in (getattr(sys.stdout, "encoding", None) or "ascii").lower()


def put_text(text: str, stream: BinaryIO) -> None:
    """Write what a console collected, in what the stream can show."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    stream.write((lines if speaks_unicode(stream) else _spoken(lines)).encode() + b"\n")


def _spoken(text: str) -> str:
    return text.replace("—", "-").replace("…", "~").encode("ascii", "replace").decode()


def put_prose(text: str, stream: BinaryIO) -> None:
    """Write lines of prose, folded where the terminal ends."""
    console, collected = console_for("never", stream)
    console.print(Text(text))
    put_text(collected.getvalue(), stream)
