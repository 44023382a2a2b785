"""A report as Markdown, for chat and tickets: the tiles first, then every section by its tables.

What stems from the data can mark up nothing, mention nobody and link to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, Final

from supportcli.report.document import (
    Bars,
    Block,
    Cell,
    Chart,
    Document,
    Glossary,
    HeatMap,
    Paragraph,
    Table,
)
from supportcli.report.sparkline import blocks
from supportcli.report.tables import in_words, tile_table
from supportcli.wording import shortened
from supportcli.words import Words

_LONGEST_TEXT: Final = 1_000
_LONGEST_CELL: Final = 200
_TREND_WIDTH: Final = 60
_CHART_WIDTH: Final = 60

_MOST_LINES: Final = 14
_MOST_COLUMNS: Final = 9
"""The table behind a chart is shown up to this size; a larger one is drawn in blocks instead."""

_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKUP: Final = re.compile(r"([\\`*_\[\]~|$])")
_LINE_STARTS: Final = re.compile(r"^([-+=#:]|[0-9]+(?=[.)]))")
_MENTIONS: Final = re.compile(r"[@#]|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_JOINER: Final = "\u2060"
"""Is not seen and has no width, but what it follows is no mention and no address any more."""

_ISOLATE, _ISOLATE_LTR, _END_ISOLATE = "\u2068", "\u2066", "\u2069"


def write_document(document: Document, stream: BinaryIO) -> None:
    """Write a document as GitHub Markdown."""
    stream.write("\n".join(_Page(document.words).lines(document)).encode() + b"\n")


def escaped(text: str, longest: int = _LONGEST_CELL) -> str:
    r"""A text on one line that is shown as it is.

    >>> escaped("a|b *c* <d>")
    'a\\|b \\*c\\* &lt;d&gt;'
    """
    shown = shortened(" ".join(text.split()), longest)
    shown = _MENTIONS.sub(rf"\g<0>{_JOINER}", shown)
    return _MARKUP.sub(r"\\\1", shown).translate(_ENTITIES)


def _opening(text: str) -> str:
    """An escaped text that begins a line, where more marks would mean something."""
    return _LINE_STARTS.sub(lambda found: _guarded(found[0]), text)


def _guarded(start: str) -> str:
    return f"{start}{_JOINER}" if start.isdigit() else f"\\{start}"


class _Page:
    """What writes the lines of a document in the direction of its language."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.is_rtl = words.direction == "rtl"

    def lines(self, document: Document) -> Iterator[str]:
        """Every line of the document."""
        yield f"# {escaped(document.title)}"
        yield ""
        for name, fact in document.facts:
            yield f"- **{escaped(name)}:** {escaped(fact)}"
        yield ""
        if document.tiles:
            yield from self._table(tile_table(document))
        for section in document.sections:
            yield f"## {escaped(section.title)}"
            yield ""
            for block in section.blocks:
                yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Paragraph):
            yield _opening(escaped(block.text, _LONGEST_TEXT))
            yield ""
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Chart):
            yield from self._chart(block)
        else:
            yield from self._glossary(block)

    def _glossary(self, glossary: Glossary) -> Iterator[str]:
        for term in glossary.terms:
            yield f"- **{escaped(term.title)}**: {escaped(term.definition, _LONGEST_TEXT)}"
        yield ""

    def _chart(self, chart: Chart) -> Iterator[str]:
        """The table behind a chart where it is short, else the chart drawn in blocks."""
        if _is_short(chart.table):
            yield from self._table(replace(chart.table, title=chart.title))
            return
        yield from self._heading(chart.title)
        yield _row(["", escaped(_reach(chart))])
        yield _row([":---", ":---"])
        for name, drawn in _drawn(chart):
            yield _row([self._name(escaped(name)), self._left_to_right(drawn)])
        yield ""

    def _heading(self, title: str) -> Iterator[str]:
        if title:
            yield f"### {escaped(title)}"
            yield ""

    def _table(self, table: Table) -> Iterator[str]:
        yield from self._heading(table.title)
        if table.lines:
            trend = [escaped(self.words.text("Trend"))] if table.has_trend else []
            yield _row([*map(self._cell, table.head), *trend])
            yield _row([":---", *["---:"] * (len(table.head) - 1), *[":---"] * len(trend)])
            for line in table.lines:
                drawn = self._left_to_right(blocks(line.trend, _TREND_WIDTH))
                yield _row([*map(self._cell, line.cells), *[drawn] * len(trend)])
            yield ""
        for note in table.notes:
            yield _opening(escaped(note, _LONGEST_TEXT))
            yield ""

    def _cell(self, cell: Cell) -> str:
        text = escaped(in_words(cell))
        return self._name(text) if cell.is_name else text

    def _name(self, name: str) -> str:
        """A name, whose direction is its own."""
        return f"{_ISOLATE}{name}{_END_ISOLATE}" if self.is_rtl else name

    def _left_to_right(self, drawn: str) -> str:
        """Time runs from left to right: blocks have no direction, and would be turned around."""
        return f"{_ISOLATE_LTR}{drawn}{_END_ISOLATE}" if self.is_rtl and drawn else drawn


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _is_short(table: Table) -> bool:
    return len(table.lines) <= _MOST_LINES and len(table.head) <= _MOST_COLUMNS


def _drawn(chart: Chart) -> Iterator[tuple[str, str]]:
    """Every row of a chart in blocks, with its name."""
    figure = chart.figure
    if isinstance(figure, HeatMap):
        yield from _alike(figure.rows, figure.counts)
    elif isinstance(figure, Bars):
        yield chart.y_title, blocks(figure.counts, _CHART_WIDTH)
    else:
        names = [one.name for one in figure.series]
        yield from _alike(names, [one.ys[-_CHART_WIDTH:] for one in figure.series])


def _alike(
    names: Iterable[str], rows: Sequence[Sequence[float | None]]
) -> Iterator[tuple[str, str]]:
    """Rows drawn as one, so that the same height is the same value in each of them."""
    values = [value for row in rows for value in row]
    every, start = blocks(values, len(values)), 0
    for name, row in zip(names, rows, strict=True):
        yield name, every[start : start + len(row)]
        start += len(row)


def _reach(chart: Chart) -> str:
    """From where to where the blocks of a chart go."""
    if isinstance(chart.figure, HeatMap):
        places = list(chart.figure.columns)
    else:
        places = [line.cells[0].text for line in chart.table.lines[-_CHART_WIDTH:]]
    return f"{places[0]} … {places[-1]}" if places else ""
