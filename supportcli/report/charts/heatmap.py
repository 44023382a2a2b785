"""Counts by weekday and hour, as tiles of few tints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from supportcli.report.charts import axes
from supportcli.report.charts.colours import QUIET, colour_of
from supportcli.report.charts.drawing import WIDTH, Drawing, Label, Tile
from supportcli.report.charts.lettering import fitted, width_of
from supportcli.report.charts.scales import ticks_of_values
from supportcli.report.document import Chart, HeatMap
from supportcli.words import Words

_ROW_PX: Final = 22
_BETWEEN_PX: Final = 2
_NAME_PX: Final = 120
_SWATCH_PX: Final = 46
_FAINTEST: Final = 0.08
_STRONGEST: Final = 0.95


def draw(chart: Chart, figure: HeatMap, words: Words) -> Drawing | None:
    """The figure, or None where nothing was counted."""
    most = max((count for row in figure.counts for count in row), default=0)
    if most <= 0:
        return None
    ticks = ticks_of_values(0, most, "count", words)
    bounds, texts = [tick.value for tick in ticks], [tick.text for tick in ticks]
    names = [fitted(row, _NAME_PX) for row in figure.rows]
    left = max(map(width_of, names)) + axes.GAP_PX
    frame = axes.Frame(left, WIDTH, 0, _ROW_PX * len(names))
    drawing = Drawing(frame.bottom + 24)
    colour = colour_of(figure.key)
    column = frame.width / len(figure.columns)
    for index, name in enumerate(names):
        at = (left - axes.GAP_PX, _ROW_PX * (index + 0.5))
        drawing.labels.append(Label(at, name, QUIET, "right"))
    drawing.tiles = sorted(
        (
            Tile(
                (left + column * x, _ROW_PX * y),
                (left + column * (x + 1) - _BETWEEN_PX, _ROW_PX * (y + 1) - _BETWEEN_PX),
                colour,
                _tint(count, bounds),
            )
            for y, row in enumerate(figure.counts)
            for x, count in enumerate(row)
        ),
        key=lambda tile: tile.opacity,
    )
    _name_columns(drawing, figure.columns, frame, column)
    _explain(drawing, chart.y_title, colour, bounds, texts)
    return drawing


def _tint(count: float, bounds: Sequence[float]) -> float:
    """How strong a tile is: nearly nothing for none, one strength for each step of the scale."""
    if count <= 0:
        return _FAINTEST
    steps = len(bounds) - 1
    step = min(math.ceil(count / bounds[1]), steps)
    return round(_FAINTEST + (_STRONGEST - _FAINTEST) * step / steps, 2)


def _name_columns(
    drawing: Drawing, columns: Sequence[str], frame: axes.Frame, column_px: float
) -> None:
    """Every column, or every so many where there is no room for more."""
    widest = max(map(width_of, columns)) + axes.GAP_PX
    every = next((n for n in (1, 2, 3, 4, 6, 12) if n * column_px >= widest), 24)
    for index in range(0, len(columns), every):
        x = frame.left + column_px * (index + 0.5) - _BETWEEN_PX / 2
        half = width_of(columns[index]) / 2
        at = (min(x, WIDTH - half), frame.bottom + 10)
        drawing.labels.append(Label(at, columns[index], QUIET, "center"))


def _explain(
    drawing: Drawing,
    title: str,
    colour: str,
    bounds: Sequence[float],
    texts: Sequence[str],
) -> None:
    """The scale: each tint in turn, with the counts between which it stands."""
    steps = len(bounds) - 1
    swatch = max(_SWATCH_PX, *(width_of(text) + axes.GAP_PX for text in texts))
    top = drawing.height + 8
    start = WIDTH - swatch * steps - width_of(texts[-1]) / 2
    for step in range(steps):
        x = start + swatch * step
        tint = _tint(bounds[step + 1], bounds)
        drawing.tiles.append(Tile((x, top), (x + swatch - _BETWEEN_PX, top + 9), colour, tint))
    for bound, text in enumerate(texts):
        at = (start + swatch * bound - _BETWEEN_PX / 2, top + 20)
        drawing.labels.append(Label(at, text, QUIET, "center"))
    if title:
        at = (start - width_of(texts[0]) / 2 - axes.GAP_PX, top + 5)
        drawing.labels.append(Label(at, fitted(title, at[0]), QUIET, "right"))
    drawing.height = top + 28
