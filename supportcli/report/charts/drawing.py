"""What a picture is made of: strokes, areas, tiles and labels, in pixels from its upper left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from supportcli.report.charts.colours import GRID, QUIET

WIDTH: Final = 560
TEXT_PX: Final = 12.5

Align = Literal["left", "center", "right"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float


@dataclass(frozen=True)
class Area:
    """The ground between a line and a level, tinted."""

    points: tuple[Point, ...]
    level: float
    colour: str


@dataclass(frozen=True)
class Rule:
    """A straight line; a dot is a short one that is thick."""

    start: Point
    end: Point
    colour: str = GRID
    width: float = 1
    is_dashed: bool = False


@dataclass(frozen=True)
class Tile:
    """A rectangle between two corners."""

    start: Point
    end: Point
    colour: str
    opacity: float = 1


@dataclass(frozen=True)
class Label:
    """A text, set around the middle of its height."""

    at: Point
    text: str
    colour: str = QUIET
    align: Align = "left"
    is_strong: bool = False
    size: float = TEXT_PX


@dataclass
class Drawing:
    """A picture of `WIDTH` and some height, from back to front as its lists are named here.

    `head` is how much room there is above it, at places below nought.
    """

    height: float
    tiles: list[Tile] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    head: float = 0
