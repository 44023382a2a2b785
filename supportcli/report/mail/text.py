"""The text of a mail: what the page says, without tables, for any width and any font."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from supportcli.report.document import Block, Cell, Chart, Document, Line, Paragraph, Table
from supportcli.report.mail.page import in_workbook, is_shown
from supportcli.report.tables import in_words, tile_table
from supportcli.wording import shortened
from supportcli.words import Words

_WIDTH: Final = 76
_LONGEST_TEXT: Final = 1_000
_LONGEST_CELL: Final = 200
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def plain_text(document: Document) -> str:
    """The document in words, a value a line."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from _heading(document.title, "=")
    for name, fact in document.facts:
        yield from _wrapped(f"{_cut(name)}: {_cut(fact)}")
    yield ""
    for line in tile_table(document).lines:
        yield from _wrapped(f"{_cell(line.cells[0])}: {_cell(line.cells[1])}")
    yield ""
    for section in document.sections:
        yield from _heading(section.title, "-")
        for block in section.blocks:
            yield from _block(block, document.words)
            yield ""


def _heading(title: str, rule: str) -> Iterator[str]:
    yield _cut(title)
    yield rule * min(len(title), _WIDTH)
    yield ""


def _block(block: Block, words: Words) -> Iterator[str]:
    """The lines of a block; of a chart the title says what is seen."""
    if isinstance(block, Paragraph):
        yield from _wrapped(shortened(block.text, _LONGEST_TEXT))
    elif isinstance(block, Table):
        yield from _table(block, words)
    elif isinstance(block, Chart):
        yield from _wrapped(_cut(block.title))
    else:
        for term in block.terms:
            yield from _wrapped(f"{term.title}: {shortened(term.definition, _LONGEST_TEXT)}")


def _table(table: Table, words: Words) -> Iterator[str]:
    yield f"{_cut(table.title)}:"
    if not is_shown(table):
        yield in_workbook(words)
        return
    for line in table.lines:
        yield from _line(table, line)
    for note in table.notes:
        yield from _wrapped(shortened(note, _LONGEST_TEXT))


def _line(table: Table, line: Line) -> Iterator[str]:
    """A row: its name, and every value under the name of its column."""
    yield from _wrapped(f"* {_cell(line.cells[0])}")
    for head, cell in zip(table.head[1:], line.cells[1:], strict=True):
        if in_words(cell):
            yield from _wrapped(f"  {_cell(head)}: {_cell(cell)}")


def _cell(cell: Cell) -> str:
    text = _cut(in_words(cell))
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if cell.is_name and not text.isascii() else text


def _cut(text: str) -> str:
    return shortened(text, _LONGEST_CELL)


def _wrapped(text: str) -> list[str]:
    inner = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False
    )
