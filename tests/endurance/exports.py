"""Exports of the sample shop that overlap: what its systems might give night after night."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

from command import SHOP_FILES
from parts import put, records

_CREATED = 16
_UPDATED = 17
_SOLVED = 22
"""Columns of the list of tickets."""


def exported(folder: Path, chance: random.Random, most_systems: int = len(SHOP_FILES)) -> Path:
    """A folder with a random part of what some of the systems hold, tickets as they once were."""
    systems = chance.sample(SHOP_FILES, chance.randint(1, most_systems))
    for path in systems:
        header, rows = records(path)
        start = chance.randrange(len(rows) // 2)
        some = rows[start : start + chance.randint(len(rows) // 4, len(rows))]
        if path.name == "zendesk_tickets.csv":
            some = [_once(row) if chance.random() < 0.3 else row for row in some]
        put(folder / path.parent.name, path, header, some)
    return folder


def _once(ticket: bytes) -> bytes:
    """A ticket as it was when it was new: a version that a later export replaces."""
    (cells,) = csv.reader([ticket.decode()])
    cells[_UPDATED] = cells[_CREATED]
    cells[_SOLVED] = "-"
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
