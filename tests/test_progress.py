"""What a run says of itself while it lasts: in a terminal only, one line, gone in the end."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from command import SHOP, start
from supportcli import cli
from supportcli.cli import progress as module
from supportcli.cli.progress import progress

CALLS = SHOP / "chat" / "livechat_chats.csv"
ERASE = "\r\x1b[K"


class Screen:
    """A terminal of which both ends are ours: what is written there, and what comes out of it."""

    def __init__(self) -> None:
        self.behind, self.front = pty.openpty()
        self.stream: TextIO = os.fdopen(self.front, "w", encoding="utf-8")
        self.seen = ""

    def read_until(self, text: str) -> str:
        """Everything so far, once it holds a text; waits for as long as that takes."""
        while text not in self.seen:
            self.seen += os.read(self.behind, 4096).decode()
        return self.seen

    def close(self) -> str:
        """Everything that was written."""
        self.stream.write("\x04")
        self.stream.flush()
        self.read_until("\x04")
        self.stream.close()
        os.close(self.behind)
        return self.seen.removesuffix("\x04")


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A terminal, closed behind the test where the test has not."""
    screen = Screen()
    yield screen
    if not screen.stream.closed:
        screen.close()


def test_a_step_is_shown_and_erased(screen: Screen) -> None:
    """A long step stands on the last line, the next one in its place, and in the end nothing."""
    with progress(screen.stream, delay_s=0) as on_step:
        on_step("reading a.csv (1 of 2)")
        screen.read_until("reading a.csv (1 of 2)")
        on_step("reading b.csv (2 of 2)")
        screen.read_until("reading b.csv (2 of 2)")
    seen = screen.close()
    assert seen.endswith(f"{ERASE}reading b.csv (2 of 2){ERASE}")
    assert "\n" not in seen


def test_a_short_run_says_nothing(screen: Screen) -> None:
    """What is done before the time has come leaves no trace."""
    with progress(screen.stream, delay_s=3_600) as on_step:
        on_step("reading a.csv (1 of 1)")
    assert "" == screen.close()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_end_before_time_leaves_nothing(screen: Screen, error: type[BaseException]) -> None:
    """Also where the work fails or is broken off the line is erased."""
    with contextlib.suppress(error), progress(screen.stream, delay_s=0) as on_step:
        on_step("reading a.csv (1 of 1)")
        screen.read_until("reading a.csv")
        raise error
    assert screen.close().endswith(f"(1 of 1){ERASE}")


def test_names_of_files_move_no_cursor(screen: Screen) -> None:
    """A step is cleaned, and cut where the line ends: what wraps could not be erased."""
    with progress(screen.stream, delay_s=0) as on_step:
        on_step(f"reading \x1b[2J\u202e{'中' * 200}.csv")
        screen.read_until("中")
    _, _, shown = screen.close().removesuffix(ERASE).rpartition(ERASE)
    assert f"reading \ufffd[2J\ufffd{'中' * 33}" == shown


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_only_a_terminal_is_told(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    """A file, a terminal without a cursor, and one that wants quiet are told nothing."""
    monkeypatch.setenv("TERM", term)
    file = io.StringIO()
    with progress(file, delay_s=0) as on_step:
        on_step("reading a.csv (1 of 1)")
    assert "" == file.getvalue()
    with progress(screen.stream, quiet=term != "dumb", delay_s=0) as on_step:
        on_step("reading a.csv (1 of 1)")
    assert "" == screen.close()


def test_a_slow_input(screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a pipe has nothing to read the run says so; notes follow on a line of their own."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    rows = "id,created at,resolved at\n1,2026-03-02 09:00,\n"

    def feed() -> None:
        with path.open("w", encoding="utf-8") as pipe:
            screen.read_until("looking for inputs")
            pipe.write(rows)

    monkeypatch.setattr(module, "DELAY_S", 0)
    feeder = threading.Thread(target=feed)
    feeder.start()
    with path.open(encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        monkeypatch.setattr(sys, "stderr", screen.stream)
        code = cli.run(["events", "-", "-o", str(tmp_path / "events.csv")])
        feeder.join()
    monkeypatch.undo()
    assert 0 == code
    _, _, said = screen.close().rpartition(ERASE)
    note = "<stdin> states no time zone; its times were read as UTC"
    assert f"supportkpi: note: {note}\r\n" == said


def test_every_input_is_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps name the inputs and count them."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(CALLS.read_bytes())
    steps: list[str] = []

    @contextlib.contextmanager
    def noting(*_: object, **__: object) -> Iterator[object]:
        yield steps.append

    monkeypatch.setattr(module, "progress", noting)
    assert 0 == cli.run(["events", str(tmp_path), "-q", "-o", str(tmp_path / "out.csv")])
    reading = ["reading a.csv (1 of 2)", "reading b.csv (2 of 2)"]
    assert ["looking for inputs", *reading, "counting"] == steps


def test_a_pipe_sees_no_progress() -> None:
    """As a program whose standard error is a pipe it writes whole lines and no control codes."""
    ran = start("events", SHOP, "-o", os.devnull, "--format", "csv")
    assert (0, False) == (ran.returncode, b"\x1b" in ran.stderr or b"\r" in ran.stderr)
