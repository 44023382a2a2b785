"""Parts of the sample files: what a system exports that is asked for some of its records only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

HEADERLESS = ("Master.csv", "queue_log")


def records(path: Path) -> tuple[list[bytes], list[bytes]]:
    """The header and the records of a sample file; a record goes on while a quote is open."""
    found = [b""]
    for line in path.read_bytes().splitlines(keepends=True):
        found[-1] += line
        if found[-1].count(b'"') % 2 == 0:
            found.append(b"")
    cut = 0 if path.name in HEADERLESS else 1
    return found[:cut], found[cut:-1]


def put(folder: Path, path: Path, header: Sequence[bytes], rows: Iterable[bytes]) -> Path:
    """A part of a sample file under its own name in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / path.name
    result.write_bytes(b"".join([*header, *rows]))
    return result
