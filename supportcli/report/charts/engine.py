"""vl-convert with the font of the charts, which shapes Latin, Persian and Arabic letters alike."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import vl_convert

FONT: Final = "Noto Sans Arabic"
_PACKAGE: Final = "fontpkg_noto_sans_arabic"


def specification_to_svg(specification: dict[str, Any]) -> str:
    """The picture as vega draws it."""
    return str(vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]))


def svg_to_png(svg: str, scale: float) -> bytes:
    """An SVG as PNG."""
    _register_font()
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


@cache
def _register_font() -> None:
    vl_convert.register_font_directory(str(files(_PACKAGE) / "files"))
