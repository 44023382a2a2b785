"""A report as people read it: sections of tables, charts and sentences, in one language.

`compose` makes it of a dashboard, once; every format for people (HTML, Markdown, XLSX, PDF, mail,
SVG and PNG) writes the same document. All texts in it are in the language of the report. Texts
that stem from the data are hostile: they are cleaned, but each format must still escape them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportcli.words import Words

GOOD: Final = "good"
BAD: Final = "bad"
QUIET: Final = "quiet"


@dataclass(frozen=True)
class Detail:
    """What is said beside a value, in small print.

    `kind` is "n", "interval", "change", "target" or "why". `tone` is GOOD, BAD, QUIET or nothing.
    `value` and `unit` are what a spreadsheet holds, where there is a number.
    """

    kind: str
    text: str
    tone: str = ""
    value: float | int | None = None
    unit: str = "text"


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, and for a spreadsheet its value and unit.

    `unit` is that of a row of the report (s, share, count, score, points, ratio, hour or a
    currency), or "text", whose value is the text. An unknown number is None. `is_name` says that
    the text stems from the data, and is to be isolated where directions mix.
    """

    text: str
    value: float | int | None = None
    unit: str = "text"
    details: tuple[Detail, ...] = ()
    is_name: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a table, whose first cell names it; `trend` are the values of its sparkline."""

    cells: tuple[Cell, ...]
    trend: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table; `head` names the columns, the first of them that of the row names.

    Where any line has a trend, one more column shows it, last. `id` is unique in the document.
    """

    id: str
    title: str
    head: tuple[Cell, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def has_trend(self) -> bool:
        """Whether any line has a trend."""
        return any(line.trend for line in self.lines)


@dataclass(frozen=True)
class Series:
    """One line of a chart. `key` is the same for the same thing in every chart: it is its colour.

    `xs` are the local beginnings of periods, or seconds; `ys` the values, None where unknown.
    """

    name: str
    key: str
    xs: tuple[dt.datetime, ...] | tuple[float, ...]
    ys: tuple[float | None, ...]


@dataclass(frozen=True)
class Mark:
    """A place on the horizontal axis that a chart points at, such as a median; `at` as in xs."""

    label: str
    at: float


@dataclass(frozen=True)
class TimeLines:
    """Values over time, a line for each series; `period` is how long each of them is.

    `unit` is that of the values.
    """

    series: tuple[Series, ...]
    period: str
    unit: str


@dataclass(frozen=True)
class Bars:
    """How often each of several values occurs, in order; `labels` name them.

    `edges` are the bounds of the bins, one more than bins, the last one None where it is open.
    The marks lie in the unit of the edges: a mark is in the bin whose bounds hold it.
    """

    labels: tuple[str, ...]
    edges: tuple[float | None, ...]
    counts: tuple[int, ...]
    unit: str
    key: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class HeatMap:
    """Counts by weekday (rows) and hour (columns), in the order in which they are read."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    key: str


@dataclass(frozen=True)
class Curves:
    """Shares against the wait in seconds, a step a second or so; marks are promised times."""

    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()


Figure = TimeLines | Bars | HeatMap | Curves


@dataclass(frozen=True)
class Chart:
    """A chart with the table behind it; `title` says what is seen.

    `kind` is what `--chart` calls it: volume, response, resolution, heat, waiting, backlog or
    satisfaction. `id` is unique in the document.
    """

    id: str
    kind: str
    title: str
    figure: Figure
    table: Table
    x_title: str = ""
    y_title: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A sentence; `tone` as in Detail."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Term:
    """An entry of the glossary; `id` is the KPI's."""

    id: str
    title: str
    definition: str


@dataclass(frozen=True)
class Glossary:
    """What the words of the report mean."""

    terms: tuple[Term, ...]


Block = Paragraph | Table | Chart | Glossary


@dataclass(frozen=True)
class Section:
    """A part of the document, with its own heading; in XLSX a sheet. `id` is unique."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tile:
    """One of the few numbers that matter, with how it stands and how sure it is.

    `value` and `unit` are what a spreadsheet holds, as in a cell.
    """

    kpi: str
    title: str
    text: str
    details: tuple[Detail, ...] = ()
    value: float | int | None = None
    unit: str = "text"
    trend: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Brand:
    """Whose report it is: a logo (its bytes and media type) and the accent colour as #rrggbb."""

    logo: bytes | None = None
    logo_type: str = ""
    accent: str = ""


@dataclass(frozen=True)
class Document:
    """The whole report: `facts` are pairs that say of what time and what it was made."""

    title: str
    words: Words
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    brand: Brand = Brand()

    @property
    def charts(self) -> Iterator[Chart]:
        """Every chart, in order."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Chart):
                    yield block
