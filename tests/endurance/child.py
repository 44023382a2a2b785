"""A process that ingests as `supportkpi ingest` does, and says on the way what it is doing.

It says "ready" once everything is imported and waits for a line; then "writing" and "written"
around every change of the table, and "conflict" where another process came in between. Without the
lock, as in an object store, such conflicts are the rule.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from supportcli import cli
from supportcli.store import lock, place
from supportcli.store.table import Table

UNLOCKED = "--unlocked"


def say(word: str) -> None:
    """Tell whoever started this process, at once."""
    os.write(sys.stdout.fileno(), f"{word}\n".encode())


def telling(change: Callable[..., Any]) -> Callable[..., Any]:
    """A change of the table that says when it begins and when it is done."""

    def told(*values: Any, **named: Any) -> Any:
        say("writing")
        try:
            return change(*values, **named)
        finally:
            say("written")

    return told


class ToldConflictError(place.ConflictError):
    """A conflict that says so."""

    def __init__(self, *values: object) -> None:
        say("conflict")
        super().__init__(*values)


def main() -> None:
    """Import, wait, ingest."""
    arguments = sys.argv[1:]
    if UNLOCKED in arguments:
        arguments.remove(UNLOCKED)
        lock.locked = lambda *_: contextlib.nullcontext()  # type: ignore[assignment]
    Table.create = telling(Table.create)  # type: ignore[method-assign]
    for name in ("write_down", "replace"):
        setattr(Table, name, telling(getattr(Table, name)))
    place.ConflictError = ToldConflictError  # type: ignore[misc]
    importlib.import_module("supportcli.store.ingest")
    say("ready")
    sys.stdin.readline()
    sys.exit(cli.run(["ingest", *arguments]))


if __name__ == "__main__":
    main()
