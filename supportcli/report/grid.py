"""Tables that are laid out by columns: as many side by side as the width bears, and none is cut.

Columns that a table has no room for go to the next one, which names the rows again. What is told
beside a value stands on the line of the value where that fits, else below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Final, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_LEAST_NAMES: Final = 16
_ENOUGH_FOR_NAMES: Final = 24
_BETWEEN_DETAILS: Final = "  "
_RIGHT_TO_LEFT: Final = "\u200f"

Justify = Literal["left", "right"]


@dataclass(frozen=True)
class Cell:
    """A value, and what is told beside it: as many details in every cell of a column."""

    value: Text
    details: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, which may have lines, and a cell for every row."""

    head: str
    cells: Sequence[Cell]
    justify: Justify = "right"

    def width(self, beside: int) -> int:
        """How wide it is with so many details on the line of the value."""
        return max([self._inline(beside), *self._widths[beside + 1 :]])

    def heads(self, beside: int) -> list[Text]:
        """The lines of the heading, which stands above the values."""
        behind = self._inline(beside) - self._inline(0) if self.justify == "right" else 0
        return [Text(f"{line}{' ' * behind}") for line in self.head.split("\n")]

    def lines(self, cell: Cell, beside: int) -> list[Text]:
        """A cell as lines: the value with so many details in line, then the others."""
        parts = [cell.value, *cell.details]
        line = [
            _padded(part, width, self.justify)
            for part, width in zip(parts[: beside + 1], self._widths, strict=False)
            if width
        ]
        return [Text(_BETWEEN_DETAILS).join(line), *(one for one in parts[beside + 1 :] if one)]

    def _inline(self, beside: int) -> int:
        """How wide the line of the value is."""
        widths = [width for width in self._widths[: beside + 1] if width]
        return sum(widths) + len(_BETWEEN_DETAILS) * max(len(widths) - 1, 0)

    @cached_property
    def _widths(self) -> list[int]:
        """How wide the values and their heading are, and each of the details."""
        kinds = zip(*((cell.value, *cell.details) for cell in self.cells), strict=True)
        values, *details = [max(part.cell_len for part in kind) for kind in kinds] or [0]
        return [max(values, *map(cell_len, self.head.split("\n"))), *details]


@dataclass(frozen=True)
class Grid:
    """A table of columns. `names` say what stands in each row, `corner` what they are.

    `tail` makes a column of at most a width: one that stays beside the last column and takes the
    room that is left there; it goes without where that is less than `tail_width`.
    """

    corner: str
    names: Sequence[str]
    columns: Sequence[Column]
    title: str = ""
    tail: Callable[[int], Column] | None = None
    tail_width: int = 0


def print_grid(grid: Grid, console: Console, *, unicode: bool, is_rtl: bool = False) -> None:
    """Print as many tables as the columns need, an empty line after each.

    Terminals that write from right to left order a line by its letters. Where `is_rtl`, a mark of
    no width stands at the beginning of every cell, so that all lines have the same order.
    """
    for table in _Drawing(grid, console, unicode=unicode, is_rtl=is_rtl).tables():
        console.print(table, soft_wrap=True)
        console.print()


class _Drawing:
    """A grid on its way to the lines of a console."""

    def __init__(self, grid: Grid, console: Console, *, unicode: bool, is_rtl: bool) -> None:
        self.grid = grid
        self.console = console
        self.rule, self.crossing = ("─", "───") if unicode else ("-", "-+-")
        self.gap = "   " if unicode else " | "
        self.mark = _RIGHT_TO_LEFT if is_rtl and unicode else ""
        self.tail = len(self.gap) + grid.tail_width if grid.tail else 0
        self.longest_name = max(map(cell_len, (grid.corner, *grid.names)))

    def tables(self) -> Iterator[Text]:
        """The tables, each as one text.

        What room the columns leave goes to the names, then to the details, then to the tail.
        """
        for chunk, has_tail in self._chunks():
            spare = self.console.width - self._needed(chunk) - (self.tail if has_tail else 0)
            names_width = min(self.longest_name, max(spare, _LEAST_NAMES))
            spare -= names_width
            beside = self._beside(chunk, spare)
            columns = list(chunk)
            if has_tail and self.grid.tail is not None:
                spare -= self._needed(chunk, beside) - self._needed(chunk)
                columns.append(self.grid.tail(self.grid.tail_width + spare))
            yield Text("\n").join(self._lines(columns, names_width, beside))

    def _needed(self, columns: Sequence[Column], beside: int = 0) -> int:
        return sum(len(self.gap) + column.width(beside) for column in columns)

    def _beside(self, columns: Sequence[Column], spare: int) -> int:
        """How many details stand beside the values, where so much room is to spare."""
        most = max((len(cell.details) for one in columns for cell in one.cells), default=0)
        room = self._needed(columns) + spare
        return next((n for n in range(most, 0, -1) if self._needed(columns, n) <= room), 0)

    def _chunks(self) -> Iterator[tuple[list[Column], bool]]:
        """As many columns at a time as there is room for, one at the least.

        Says for each of them whether the tail belongs there, which goes with the last. Long names
        are folded where that makes room for more columns.
        """
        folded = max(min(self.console.width // 3, _ENOUGH_FOR_NAMES), _LEAST_NAMES)
        room = self.console.width - min(self.longest_name, folded)
        chunk: list[Column] = []
        for position, column in enumerate(self.grid.columns, start=1):
            tail = self.tail if position == len(self.grid.columns) else 0
            if chunk and self._needed([*chunk, column]) + tail > room:
                yield chunk, False
                chunk = []
            chunk.append(column)
        yield chunk, self.tail > 0 and self._needed(chunk) + self.tail <= room

    def _lines(self, columns: Sequence[Column], names_width: int, beside: int) -> Iterator[Text]:
        widths = [names_width, *(column.width(beside) for column in columns)]
        justify: list[Justify] = ["left", *(column.justify for column in columns)]

        def drawn(cells: list[list[Text]], style: str = "") -> Iterator[Text]:
            for parts in zip_longest(*cells, fillvalue=Text()):
                line = Text(f"{self.gap}{self.mark}").join(map(_padded, parts, widths, justify))
                yield Text(self.mark, style=style) + line

        if self.grid.title:
            yield Text(f"{self.mark}{self.grid.title}", style="bold")
        yield from drawn(
            [[Text(self.grid.corner)], *(one.heads(beside) for one in columns)], "bold"
        )
        yield Text(self.mark + self.crossing.join(self.rule * width for width in widths))
        for position, name in enumerate(self.grid.names):
            cells = [column.lines(column.cells[position], beside) for column in columns]
            yield from drawn([self._folded(name, names_width), *cells])

    def _folded(self, name: str, width: int) -> list[Text]:
        """A name in lines, broken between words where they are short enough."""
        text = Text(name)
        return [text] if text.cell_len <= width else list(text.wrap(self.console, width))


def _padded(text: Text, width: int, justify: Justify) -> Text:
    missing = Text(" " * max(width - text.cell_len, 0))
    return missing + text if justify == "right" else text + missing
