"""vl-convert, with the font of the charts, which shapes Latin, Persian and Arabic letters alike."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import vl_convert

from supportcli.report.charts.specification import Rows, specification

FONT: Final = "Noto Sans Arabic"
_PACKAGE: Final = "fontpkg_noto_sans_arabic"


def vega_svg(datasets: dict[str, Rows]) -> str:
    """The picture of some data, as vega draws it."""
    compiled = _compiled()
    data = [_filled(entry, datasets) for entry in compiled["data"]]
    return str(vl_convert.vega_to_svg(compiled | {"data": data}, allowed_base_urls=[]))


def svg_to_png(svg: str, scale: float) -> bytes:
    """An SVG as PNG."""
    _register_font()
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


@cache
def _compiled() -> dict[str, Any]:
    """The specification in vega's own terms: it is the same for all, so this is done once."""
    return dict(vl_convert.vegalite_to_vega(specification()))


def _filled(entry: dict[str, Any], datasets: dict[str, Rows]) -> dict[str, Any]:
    """A data source of the compiled specification, with its rows where it is one of ours."""
    rows = datasets.get(entry["name"])
    return entry if rows is None else entry | {"values": rows}


@cache
def _register_font() -> None:
    vl_convert.register_font_directory(str(files(_PACKAGE) / "files"))
