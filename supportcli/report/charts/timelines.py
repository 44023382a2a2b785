"""Values over time, a line for each series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from supportcli.report.charts import axes, scales
from supportcli.report.charts.drawing import WIDTH, Area, Drawing
from supportcli.report.charts.lines import (
    Line,
    draw_lines,
    name_lines,
    room_for_names,
    runs_of,
    series_colours,
)
from supportcli.report.charts.scales import Scale, known
from supportcli.report.charts.selection import drawn
from supportcli.report.document import Chart, TimeLines
from supportcli.words import Words

_FLOATING: Final = frozenset({"score", "points", "hour"})
"""Units whose nought is no beginning: their axis spans what there is."""

_MANY_POINTS: Final = 400
"""So many points are drawn as a thin line, or it would be a band."""

_SECOND: Final = dt.timedelta(seconds=1)


def draw(chart: Chart, figure: TimeLines, words: Words) -> Drawing | None:
    """The figure, or None where no value is known."""
    told = tuple(one for one in figure.series if any(known(y) is not None for y in one.ys))
    if not told:
        return None
    series, notes = drawn(told, figure.period, figure.unit, words)
    values = [y for one in series for y in map(known, one.ys) if y is not None]
    low, high = min(values), max(values)
    is_grounded = figure.unit not in _FLOATING
    if is_grounded:
        low, high = min(low, 0), max(high, 0)
    ticks = scales.ticks_of_values(low, high, figure.unit, words)
    left, right = axes.room_for(ticks), WIDTH - room_for_names(series)
    frame = axes.Frame(left, right, axes.HEAD_PX, axes.HEAD_PX + axes.PLOT_PX)
    drawing = Drawing(frame.bottom + axes.FOOT_PX)
    axes.title_above(drawing, chart.y_title, words)
    up = Scale(ticks[0].value, ticks[-1].value, frame.bottom, frame.top)
    axes.value_axis(drawing, frame, ticks, up)

    beginnings: list[dt.datetime] = sorted({_moment(x) for one in figure.series for x in one.xs})
    across = _across(beginnings, frame)
    names = scales.ticks_of_time(beginnings, figure.period, frame.width, words)
    first = beginnings[0]
    axes.names_below(drawing, frame, [(across((at - first) / _SECOND), text) for at, text in names])

    colours = series_colours(series)
    lines = []
    for one in series:
        xs = (across((_moment(x) - first) / _SECOND) for x in one.xs)
        ys = (None if y is None else up(y) for y in map(known, one.ys))
        lines.append(Line(one.name, colours[one.key], runs_of(zip(xs, ys, strict=True))))
    if len(lines) == len(lines[0].runs) == 1 and is_grounded and low >= 0:
        drawing.areas = [Area(lines[0].runs[0], frame.bottom, lines[0].colour)]
    draw_lines(drawing, lines, 1 if len(beginnings) > _MANY_POINTS else 2)
    name_lines(drawing, lines, frame)
    for note in notes:
        axes.note_below(drawing, note, words)
    return drawing


def _across(beginnings: Sequence[dt.datetime], frame: axes.Frame) -> Scale:
    """Seconds since the first beginning, over the width of the frame."""
    return Scale(0, (beginnings[-1] - beginnings[0]) / _SECOND, frame.left, frame.right)


def _moment(x: dt.datetime | float) -> dt.datetime:
    """A place on the axis of time, which is always a moment."""
    if not isinstance(x, dt.datetime):
        raise TypeError(f"no moment: {x}")
    return x
