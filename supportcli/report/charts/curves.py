"""Shares against the wait, a step a second or so."""

from __future__ import annotations

from itertools import pairwise

from supportcli.report.charts import axes, scales
from supportcli.report.charts.drawing import WIDTH, Drawing, Point
from supportcli.report.charts.lines import (
    Line,
    draw_lines,
    name_lines,
    room_for_names,
    runs_of,
    series_colours,
    thinned,
)
from supportcli.report.charts.scales import Scale, Tick, known
from supportcli.report.document import Chart, Curves, Series
from supportcli.words import Words


def draw(chart: Chart, figure: Curves, words: Words) -> Drawing | None:
    """The figure, or None where no share is known."""
    series = [one for one in figure.series if any(known(y) is not None for y in one.ys)]
    if not series:
        return None
    longest = max(x for one in series for x, _ in _points(one))
    seconds = scales.ticks_of_values(0, longest, "s", words)
    shares = _share_ticks(series, words)
    left, right = axes.room_for(shares), WIDTH - room_for_names(series)
    across = Scale(0, max(longest, 1), left, right)
    inside = [mark for mark in figure.marks if 0 <= mark.at <= across.high]
    flags = axes.flags_of([(across(mark.at), mark.label) for mark in inside], right)
    top = axes.HEAD_PX + axes.room_of(flags)
    frame = axes.Frame(left, right, top, top + axes.PLOT_PX)
    drawing = Drawing(frame.bottom + axes.FOOT_PX + (axes.LINE_PX if chart.x_title else 0))
    axes.title_above(drawing, chart.y_title, words)
    axes.title_below(drawing, chart.x_title, frame)
    up = Scale(shares[0].value, shares[-1].value, frame.bottom, frame.top)
    axes.value_axis(drawing, frame, shares, up)
    named = [tick for tick in seconds if tick.value <= across.high]
    axes.names_below(drawing, frame, [(across(tick.value), tick.text) for tick in named])
    axes.plant(drawing, frame, flags)
    colours = series_colours(series)
    lines = [Line(one.name, colours[one.key], _steps(one, across, up)) for one in series]
    draw_lines(drawing, lines)
    name_lines(drawing, lines, frame)
    return drawing


def _points(series: Series) -> list[tuple[float, float | None]]:
    """The points of a curve, whose places are seconds."""
    return [
        (x, known(y))
        for x, y in zip(series.xs, series.ys, strict=True)
        if isinstance(x, int | float)
    ]


def _share_ticks(series: list[Series], words: Words) -> tuple[Tick, ...]:
    """All of it where a share is over a half, else only as much as is reached."""
    values = [y for one in series for _, y in _points(one) if y is not None]
    highest, lowest = max(values), min(*values, 0)
    reach = 1 if 0.5 < highest <= 1 else highest
    return scales.ticks_of_values(lowest, reach or 0.1, "share", words)


def _steps(series: Series, across: Scale, up: Scale) -> tuple[tuple[Point, ...], ...]:
    """The runs of a curve, each value held until the next one."""
    runs = runs_of((across(x), None if y is None else up(y)) for x, y in _points(series))
    return tuple(thinned(_held(run)) for run in runs)


def _held(run: tuple[Point, ...]) -> list[Point]:
    corners = [
        corner for before, after in pairwise(run) for corner in (before, (after[0], before[1]))
    ]
    return [*corners, run[-1]]
