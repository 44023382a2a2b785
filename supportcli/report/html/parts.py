"""A wide table as several, each of so many columns as a page is wide, on a screen and on paper."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from supportcli.report.document import Line, Table
from supportcli.words import Words

MOST: Final = 8
"""So many columns beside the names of the rows fit on a sheet."""


def parts_of(table: Table, words: Words) -> tuple[Table, ...]:
    """The table, or where it is too wide its columns in parts of about the same width.

    Each part names its rows. What follows the last column, trends and notes, follows the last part.
    """
    columns = len(table.head) - 1
    count = max(1, -(-columns // MOST))
    bounds = [1 + columns * number // count for number in range(count + 1)]
    return tuple(_parts(table, words, bounds)) if count > 1 else (table,)


def _parts(table: Table, words: Words, bounds: list[int]) -> Iterator[Table]:
    count = len(bounds) - 1
    for number, (start, end) in enumerate(itertools.pairwise(bounds), start=1):
        is_last = number == count
        yield replace(
            table,
            id=table.id if number == 1 else f"{table.id}-{number}",
            title=f"{table.title} ({words.number(number)}/{words.number(count)})",
            head=(table.head[0], *table.head[start:end]),
            lines=tuple(
                Line((line.cells[0], *line.cells[start:end]), line.trend if is_last else ())
                for line in table.lines
            ),
            notes=table.notes if is_last else (),
        )
