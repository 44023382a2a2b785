"""What formats that are made of tables say alike: cells as texts, tiles as a table, and parts.

A wide table comes as several, each of so many columns as its place is wide; and a name breaks
where a reader would break it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from markupsafe import Markup, escape

from supportcli.report.document import Cell, Detail, Document, Line, Table
from supportcli.words import Words

_SEAM: Final = re.compile(r"(?<=[@/_])(?=[^\W_])|(?<=\.)(?=[^\W\d_])")
_DAY: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_LONGEST_WORD: Final = 20


def in_words(cell: Cell) -> str:
    """A cell as one text, with what is said beside its value: 52.1 % (n 120 · 0.3 pp noise)."""
    beside = " · ".join(detail.text for detail in cell.details)
    if not (cell.text and beside):
        return cell.text or beside
    return f"{cell.text} ({beside})"


def points_at_note(detail: Detail) -> bool:
    """Whether a detail only points at a note, as in [1]."""
    return detail.kind == "why" and detail.text.startswith("[")


def tile_table(document: Document) -> Table:
    """The tiles as a table, a line each."""
    words = document.words
    head = (Cell(words.text("KPI")), Cell(words.text("value")))
    lines = tuple(
        Line((Cell(tile.title), Cell(tile.text, tile.value, tile.unit, tile.details)), tile.trend)
        for tile in document.tiles
    )
    return Table("tiles", "", head, lines)


def pieces(text: str) -> list[str]:
    """A text in pieces between which a line may end, as it may after a hyphen; no number breaks.

    >>> pieces("lee@lark.example"), pieces("PJSIP/201"), pieces("4.31, a. b...")
    (['lee@', 'lark.', 'example'], ['PJSIP/', '201'], ['4.31, a. b...'])
    """
    return _SEAM.split(text)


def breakable(text: str) -> Markup:
    """A text in HTML that is broken between its pieces, if it must be."""
    return Markup("<wbr>").join(pieces(text))


def dated(text: str, looks: str) -> Markup:
    """A text in HTML whose dates are elements with these looks, which keep them on a line.

    >>> print(dated("since 2026-03-02 & on", 'class="date"'))
    since <span class="date">2026-03-02</span> &amp; on
    """
    return Markup(_DAY.sub(rf"<span {looks}>\g<0></span>", str(escape(text))))  # noqa: S704


def is_wild(text: str) -> bool:
    """Whether a text has words so long that no column may be as wide as they are."""
    return any(len(word) > _LONGEST_WORD for piece in pieces(text) for word in piece.split())


def parts_of(table: Table, words: Words, most: int) -> tuple[Table, ...]:
    """The table, or where it has more columns than `most` beside its names, parts of like width.

    Each part names its rows. What follows the last column, trends and notes, follows the last part.
    """
    columns = len(table.head) - 1
    count = max(1, -(-columns // most))
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


def folded(table: Table) -> Table:
    """The table without the columns that hold but details: these stand beside what is before."""
    kept = [at for at in range(len(table.head)) if at < 2 or not _is_beside(table, at)]
    return replace(
        table,
        head=tuple(table.head[at] for at in kept),
        lines=tuple(replace(line, cells=_folded(line, kept)) for line in table.lines),
    )


def _is_beside(table: Table, at: int) -> bool:
    cells = [line.cells[at] for line in table.lines]
    return bool(cells) and not any(cell.text for cell in cells)


def _folded(line: Line, kept: list[int]) -> tuple[Cell, ...]:
    return tuple(
        replace(
            line.cells[start],
            details=tuple(one for cell in line.cells[start:end] for one in cell.details),
        )
        for start, end in itertools.pairwise([*kept, len(line.cells)])
    )
