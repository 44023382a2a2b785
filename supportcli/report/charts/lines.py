"""Lines as figures draw them: broken by gaps, named where they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from supportcli.report.charts.axes import Frame
from supportcli.report.charts.colours import INK, QUIET, colours_of
from supportcli.report.charts.drawing import WIDTH, Drawing, Label, Point, Rule, Stroke
from supportcli.report.charts.lettering import fitted, spread, width_of
from supportcli.report.charts.selection import REST
from supportcli.report.document import Series

DOT_PX: Final = 5
_END_PX: Final = 20
_NAME_PX: Final = 150
_APART_PX: Final = 15
_STRONG: Final = 1.1
"""How much wider a bold text is."""

_SPARE_PX: Final = 4


@dataclass(frozen=True)
class Line:
    """A series as it is drawn: runs of points between its gaps."""

    name: str
    colour: str
    runs: tuple[tuple[Point, ...], ...]

    @property
    def last(self) -> Point:
        """Where it ends."""
        return self.runs[-1][-1]


def series_colours(series: Iterable[Series]) -> dict[str, str]:
    """The colour of each key; what is put together is quiet."""
    return {REST: QUIET} | colours_of(one.key for one in series if one.key != REST)


def runs_of(points: Iterable[tuple[float, float | None]]) -> tuple[tuple[Point, ...], ...]:
    """The points between gaps; where the value is None is a gap."""
    runs: list[list[Point]] = [[]]
    for x, y in points:
        if y is not None:
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return tuple(tuple(run) for run in runs if run)


def room_for_names(series: Sequence[Series]) -> float:
    """How much is kept free at the right for the names of the lines."""
    widest = max((width_of(fitted(one.name, _NAME_PX)) for one in series), default=0)
    return _STRONG * widest + _END_PX + _SPARE_PX if widest else DOT_PX


def draw_lines(drawing: Drawing, lines: Sequence[Line], width: float = 2) -> None:
    """Every line, and a dot for each point that stands alone."""
    for line in lines:
        for run in line.runs:
            if len(run) > 1:
                drawing.strokes.append(Stroke(run, line.colour, width))
            else:
                drawing.rules.append(dot(run[0], line.colour))


def dot(at: Point, colour: str) -> Rule:
    """A round dot."""
    return Rule(at, (at[0] + 0.2, at[1]), colour, DOT_PX)


def name_lines(drawing: Drawing, lines: Sequence[Line], frame: Frame) -> None:
    """The name of each line beside its end, moved up or down where names would meet."""
    named = [line for line in lines if line.name]
    places = spread([line.last[1] for line in named], _APART_PX, frame.top, frame.bottom)
    for line, y in zip(named, places, strict=True):
        beside = (frame.right + _END_PX - 6, y)
        drawing.rules.append(Rule(line.last, beside, line.colour, 0.75))
        drawing.rules.append(dot(beside, line.colour))
        at = (frame.right + _END_PX, y)
        text = fitted(line.name, (WIDTH - at[0]) / _STRONG)
        drawing.labels.append(Label(at, text, INK, is_strong=True))


def thinned(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points without those amid a level stretch."""
    kept: list[Point] = []
    for point in points:
        if len(kept) > 1 and kept[-1][1] == kept[-2][1] == point[1]:
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)
