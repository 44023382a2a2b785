"""The SVG of a drawing without what its maker adds: flat, small, and safe within a page.

It has no ids, styles, scripts or references. Numbers have one decimal, neighbours that look the
same share their attributes, and right-to-left texts are isolated, so that a place is the same
place in pages of either direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, fromstring

from supportcli.report.charts.colours import SURFACE, on_page
from supportcli.report.charts.drawing import TEXT_PX, WIDTH, Drawing
from supportcli.report.charts.engine import FONT, vega_svg
from supportcli.report.charts.specification import datasets
from supportcli.words import Words

_KEPT: Final = (
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "text-anchor", "font-size", "font-weight",
)  # fmt: skip
_DEFAULTS: Final = {
    "fill-opacity": "1", "stroke-width": "1", "text-anchor": "start", "font-weight": "normal",
    "font-size": f"{TEXT_PX}px",
}  # fmt: skip
_FONTS: Final = f"{FONT}, Noto Sans, Segoe UI, Tahoma, Arial, sans-serif"
_TRANSLATE: Final = re.compile(r"translate\(([^,]+),([^)]+)\)")
_NUMBER: Final = re.compile(r"-?\d*\.?\d+(?:e[-+]?\d+)?")
_CORNER: Final = re.compile(r"([ML])([^MLZ]*)")
_IN_RTL: Final = ("\u2067", "\u2069")
"""What begins and ends a stretch that is read from right to left."""


@dataclass(frozen=True)
class _Leaf:
    """Something that is seen: its looks, and its path or its place and text."""

    looks: tuple[tuple[str, str], ...]
    path: str = ""
    text: str = ""
    x: float = 0
    y: float = 0


def lean_svg(
    drawing: Drawing, words: Words, name: str, *, for_page: bool = False, margin_px: float = 0
) -> str:
    """The SVG; `name` is what a reader hears who does not see it."""
    root = fromstring(vega_svg(datasets(drawing)))  # noqa: S314  vega wrote it
    left, top = -margin_px, -drawing.head - margin_px
    wide, high = WIDTH + 2 * margin_px, drawing.height + drawing.head + 2 * margin_px
    box = " ".join(map(_short, (left, top, wide, high)))
    looks = f'font-size="{TEXT_PX}" fill="none" direction="ltr"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {looks} role="img"'
    body = "".join(_written(_leaves(root), words, for_page=for_page))
    if for_page:
        return f'{start} width="100%" aria-label="{escape(name)}">{body}</svg>'
    corner = f'x="{_short(left)}" y="{_short(top)}"'
    ground = f'<rect {corner} width="{_short(wide)}" height="{_short(high)}" fill="{SURFACE}"/>'
    size = f'width="{_short(wide)}" height="{_short(high)}" font-family="{_FONTS}"'
    return f"{start} {size}><title>{escape(name)}</title>{ground}{body}</svg>"


def _leaves(element: Element, x: float = 0, y: float = 0) -> Iterator[_Leaf]:
    """Everything that is seen, in order, with the places that the groups around it add up to."""
    moved = _TRANSLATE.match(element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    tag = element.tag.rpartition("}")[2]
    if tag in ("svg", "g"):
        for child in element:
            yield from _leaves(child, x, y)
    elif tag == "text" and element.text:
        yield _Leaf(_looks(element), text=element.text, x=x, y=y)
    elif tag == "line":
        end_x, end_y = x + float(element.get("x2", 0)), y + float(element.get("y2", 0))
        yield _Leaf(_looks(element), path=_relative(f"M{x},{y}L{end_x},{end_y}"))
    elif tag == "path" and element.get("class") != "background" and element.get("d"):
        yield _Leaf(_looks(element), path=_relative(element.get("d", "")))


def _looks(element: Element) -> tuple[tuple[str, str], ...]:
    found = ((name, element.get(name)) for name in _KEPT)
    return tuple((n, v) for n, v in found if v is not None and _DEFAULTS.get(n) != v)


def _written(leaves: Iterator[_Leaf], words: Words, *, for_page: bool) -> Iterator[str]:
    """Elements; neighbours of the same looks become one path, or one group of texts."""
    for looks, group in groupby(leaves, key=lambda leaf: (bool(leaf.text), leaf.looks)):
        is_text, pairs = looks
        attributes = "".join(f' {n}="{_value(v, for_page=for_page)}"' for n, v in pairs)
        if not is_text:
            yield f'<path{attributes} d="{"".join(leaf.path for leaf in group)}"/>'
            continue
        texts = "".join(
            f'<text x="{_short(leaf.x)}" y="{_short(leaf.y)}">{_isolated(leaf.text, words)}</text>'
            for leaf in group
        )
        yield f"<g{attributes}>{texts}</g>"


def _value(value: str, *, for_page: bool) -> str:
    return escape(on_page(value) if for_page else value)


def _isolated(text: str, words: Words) -> str:
    begin, end = _IN_RTL if words.direction == "rtl" else ("", "")
    return f"{begin}{escape(text, quote=False)}{end}"


def _relative(path: str) -> str:
    """A path by steps of tenths of a pixel; one with curves or steps already is only rounded."""
    if not set(path) <= set("MLZ0123456789.,-e"):
        return _NUMBER.sub(lambda number: _short(float(number[0])), path)
    written = "".join(_step(*step) for step in _joined(_steps(path)))
    return f"{written}z" if path.endswith("Z") else written


def _steps(path: str) -> Iterator[tuple[str, int, int]]:
    """The steps of a path in tenths of a pixel; M goes to a place, L so far on from the last."""
    here = (0, 0)
    for kind, corner in _CORNER.findall(path):
        x, y = (round(10 * float(number)) for number in corner.split(","))
        yield (kind, x, y) if kind == "M" else (kind, x - here[0], y - here[1])
        here = (x, y)


def _joined(steps: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The steps with those that go on levelly in one direction made one."""
    joined: list[tuple[str, int, int]] = []
    for kind, across, down in steps:
        before = joined[-1] if joined else ("M", 0, 0)
        if kind == before[0] == "L" and down == before[2] == 0 and across * before[1] > 0:
            joined[-1] = ("L", before[1] + across, 0)
        elif (kind, across, down) != ("L", 0, 0):
            joined.append((kind, across, down))
    return joined


def _step(kind: str, across: int, down: int) -> str:
    if kind == "M" or (across and down):
        return f"{'M' if kind == 'M' else 'l'}{_tenths(across)},{_tenths(down)}"
    return f"h{_tenths(across)}" if across else f"v{_tenths(down)}"


def _tenths(number: int) -> str:
    return _short(number / 10)


def _short(number: float) -> str:
    """A number with at most one decimal, and no more marks than it needs."""
    text = f"{number:.1f}".removesuffix(".0")
    return {"-0": "0"}.get(text, text).replace("0.", ".", 1) if abs(number) < 1 else text
