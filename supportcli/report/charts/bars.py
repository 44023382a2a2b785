"""How often each of several values occurs, a bar for each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from supportcli.report.charts import axes, scales
from supportcli.report.charts.colours import QUIET, colour_of
from supportcli.report.charts.drawing import WIDTH, Drawing, Label, Rule, Tile
from supportcli.report.charts.lettering import fitted, width_of
from supportcli.report.charts.scales import Scale, known
from supportcli.report.document import Bars, Chart
from supportcli.words import Words

_SHARE_OF_SLOT: Final = 0.86
_WIDEST_PX: Final = 64
_SLIVER_PX: Final = 1.5
"""What little there is can still be seen."""


def draw(chart: Chart, figure: Bars, words: Words) -> Drawing | None:
    """The figure, or None where nothing was counted."""
    if not any(figure.counts):
        return None
    slot_if_wide = WIDTH / len(figure.counts)
    texts = [words.number(count) if count else "" for count in figure.counts]
    is_counted = all(width_of(text) + 4 <= slot_if_wide for text in texts)
    ticks = scales.ticks_of_values(0, max(figure.counts), "count", words)
    left = 0 if is_counted else axes.room_for(ticks)
    slot = (WIDTH - left) / len(figure.counts)
    flags = axes.flags_of(
        [
            (left + slot * _place(figure.edges, mark.at, len(figure.counts)), mark.label)
            for mark in figure.marks
        ],
        WIDTH,
    )
    top = axes.HEAD_PX + axes.room_of(flags) + (axes.LINE_PX if is_counted else 0)
    frame = axes.Frame(left, WIDTH, top, top + axes.PLOT_PX)
    drawing = Drawing(frame.bottom + axes.FOOT_PX + (axes.LINE_PX if chart.x_title else 0))
    axes.title_above(drawing, chart.y_title, words)
    axes.title_below(drawing, chart.x_title, frame)
    highest = max(figure.counts) if is_counted else ticks[-1].value
    up = Scale(0, highest, frame.bottom, frame.top)
    if not is_counted:
        axes.value_axis(drawing, frame, ticks, up)
    _raise_bars(drawing, figure, frame, up, texts if is_counted else [])
    drawing.rules.append(Rule((left, frame.bottom), (WIDTH, frame.bottom), QUIET))
    _name_bars(drawing, figure, frame, words)
    axes.plant(drawing, _under_counts(frame, is_counted=is_counted), flags)
    return drawing


def _under_counts(frame: axes.Frame, *, is_counted: bool) -> axes.Frame:
    """The frame with the row of the counts that stand over the highest bar."""
    over = axes.LINE_PX if is_counted else 0
    return axes.Frame(frame.left, frame.right, frame.top - over, frame.bottom)


def _raise_bars(
    drawing: Drawing, figure: Bars, frame: axes.Frame, up: Scale, texts: Sequence[str]
) -> None:
    slot = frame.width / len(figure.counts)
    half = min(slot * _SHARE_OF_SLOT, _WIDEST_PX) / 2
    for index, count in enumerate(figure.counts):
        if count <= 0:
            continue
        centre = frame.left + slot * (index + 0.5)
        y = min(up(count), frame.bottom - _SLIVER_PX)
        colour = colour_of(figure.key)
        drawing.tiles.append(Tile((centre - half, y), (centre + half, frame.bottom), colour))
        if texts:
            at = (centre, y - axes.LINE_PX / 2)
            drawing.labels.append(Label(at, texts[index], QUIET, "center"))


def _name_bars(drawing: Drawing, figure: Bars, frame: axes.Frame, words: Words) -> None:
    """The bins by their names where these fit, else by the bounds between them."""
    slot = frame.width / len(figure.counts)
    y = frame.bottom + 14
    bounds = [
        (frame.left + slot * index, scales.said(edge, figure.unit, _decimals(edge), words))
        for index, edge in enumerate(figure.edges)
        if edge is not None
    ]
    if all(width_of(label) + 6 <= slot for label in figure.labels) or len(bounds) < 2:
        for index, label in enumerate(figure.labels):
            at = (frame.left + slot * (index + 0.5), y)
            drawing.labels.append(Label(at, fitted(label, slot - 6), QUIET, "center"))
    else:
        axes.names_below(drawing, frame, bounds)


def _decimals(value: float) -> int:
    return 0 if float(value).is_integer() else 1


def _place(edges: Sequence[float | None], value: float, bins: int) -> float:
    """Where a value lies among the bins, counted in bins; the middle of one that is open."""
    at = known(value) or 0.0
    bounds = [edge for edge in edges if edge is not None]
    index = min(max(bisect_right(bounds, at) - 1, 0), bins - 1)
    if index + 1 >= len(bounds) or bounds[index + 1] <= bounds[index]:
        return index + 0.5
    inside = (at - bounds[index]) / (bounds[index + 1] - bounds[index])
    return index + min(max(inside, 0.0), 1.0)
