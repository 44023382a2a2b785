"""From a chart to its picture: SVG for a page or as a file of its own, and PNG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from supportcli.report.charts import bars, curves, heatmap, timelines
from supportcli.report.charts.axes import beginning
from supportcli.report.charts.colours import INK, QUIET
from supportcli.report.charts.drawing import WIDTH, Drawing, Label
from supportcli.report.charts.lettering import fitted, lines_of
from supportcli.report.document import Bars, Chart, Curves, HeatMap, TimeLines
from supportcli.words import Words

TITLE_PX: Final = 16
_TITLE_LINE_PX: Final = 21
_TITLE_LINES: Final = 2
_MARGIN_PX: Final = 20
_EMPTY_PX: Final = 64
_NAME_PX: Final = 4 * WIDTH
_PNG_SCALE: Final = 2

_DRAW: Final[dict[type, Callable[[Chart, Any, Words], Drawing | None]]] = {
    TimeLines: timelines.draw,
    Bars: bars.draw,
    HeatMap: heatmap.draw,
    Curves: curves.draw,
}


def svg(chart: Chart, words: Words, *, for_page: bool = False) -> str:
    """The chart as SVG: for a page, whose colours and font it takes; else a file with its title."""
    from supportcli.report.charts.lean import lean_svg

    drawing = draw(chart, words)
    name = fitted(chart.title, _NAME_PX)
    if for_page:
        return lean_svg(drawing, words, name, for_page=True)
    return lean_svg(_titled(drawing, chart.title, words), words, name, margin_px=_MARGIN_PX)


def png(chart: Chart, words: Words) -> bytes:
    """The chart as a picture for mail and chat, sharp on dense screens."""
    from supportcli.report.charts.engine import svg_to_png

    return svg_to_png(svg(chart, words), _PNG_SCALE)


def draw(chart: Chart, words: Words) -> Drawing:
    """The drawing of a chart; where there is nothing to draw, one that says so."""
    drawing = _DRAW[type(chart.figure)](chart, chart.figure, words)
    if drawing is not None:
        return drawing
    nothing = fitted(words.text("nothing to draw here"), WIDTH)
    at = (WIDTH / 2, _EMPTY_PX / 2)
    return Drawing(_EMPTY_PX, labels=[Label(at, nothing, QUIET, "center")])


def _titled(drawing: Drawing, title: str, words: Words) -> Drawing:
    """The drawing with its title above it, where nothing has a place yet."""
    lines = lines_of(title, WIDTH, TITLE_PX, _TITLE_LINES)
    x, align = beginning(words)
    drawing.head = _TITLE_LINE_PX * len(lines) + 8 if lines else 0
    for number, line in enumerate(lines):
        y = _TITLE_LINE_PX * (number + 0.5) - drawing.head
        label = Label((x, y), line, INK, align, is_strong=True, size=TITLE_PX)
        drawing.labels.append(label)
    return drawing
