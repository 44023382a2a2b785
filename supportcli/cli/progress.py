"""What a run is about, on standard error, while it takes longer than a second.

Only a terminal is told, a line at a time, and the line is gone before anything else is said.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from supportcli.wording import clean

if TYPE_CHECKING:
    from supportcli.cli.options import Telling
    from supportcli.intake import OnStep, ReadOptions

DELAY_S: Final = 1.0

_ERASE: Final = "\r\x1b[K"
_COLUMNS: Final = 80


@contextlib.contextmanager
def reading_aloud(reading: ReadOptions, telling: Telling) -> Iterator[ReadOptions]:
    """The same way of reading, that tells how far it is."""
    with progress(sys.stderr, quiet=telling.quiet) as on_step:
        yield replace(reading, on_step=on_step)


@contextlib.contextmanager
def progress(
    stream: TextIO, *, quiet: bool = False, delay_s: float | None = None
) -> Iterator[OnStep]:
    """What takes the name of each step of the work, and shows it where the work lasts."""
    if quiet or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    line = _Line(stream)
    timer = threading.Timer(DELAY_S if delay_s is None else delay_s, line.show)
    timer.daemon = True
    try:
        timer.start()
        yield line.tell
    finally:
        timer.cancel()
        line.end()


class _Line:
    """The last line of a terminal, which two threads write: that of the work, and the timer's."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.step = ""
        self.is_shown = False
        self.is_over = False

    def tell(self, step: str) -> None:
        """Take the name of the next step."""
        with self.lock:
            self.step = step
            if self.is_shown:
                self._write(self._fitting())

    def show(self) -> None:
        """Show the step and those that follow, unless all is done already."""
        with self.lock:
            if not self.is_over:
                self.is_shown = True
                self._write(self._fitting())

    def end(self) -> None:
        """Leave nothing behind, and show nothing any more."""
        with self.lock:
            self.is_over = True
            if self.is_shown:
                self.is_shown = False
                self._write("")

    def _write(self, text: str) -> None:
        # A terminal that is gone need not be told.
        with contextlib.suppress(OSError):
            self.stream.write(f"{_ERASE}{text}")
            self.stream.flush()

    def _fitting(self) -> str:
        """The step, as much of it as one line bears: no more than that could be erased."""
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns or _COLUMNS
        except OSError:
            columns = _COLUMNS
        room, shown = columns - 1, ""
        for mark in clean(self.step):
            room -= 2 if unicodedata.east_asian_width(mark) in "WF" else 1
            if room < 0:
                break
            shown += mark
        return shown
