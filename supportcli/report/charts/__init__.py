"""Charts of the report: laid out here to the pixel, drawn by altair and vl-convert.

A figure becomes a `Drawing` of strokes, tiles and labels (a module for each kind of figure), for
labels that must not meet cannot be left to a library. The drawing becomes an altair specification,
that a plain SVG picture. Both libraries are loaded when the first chart is drawn.
"""

from __future__ import annotations

from supportcli.report.charts.colours import colour_of
from supportcli.report.charts.picture import png, svg

__all__ = ["colour_of", "png", "svg"]
