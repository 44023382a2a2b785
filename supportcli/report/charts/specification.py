"""What altair is told: a layer for each sort of thing that a drawing holds, in pixels throughout.

The specification is the same for every drawing and checked against altair's schema; what differs
is its data. Texts and colours are data too, so nothing that somebody wrote is ever read as an
expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from supportcli.report.charts.drawing import WIDTH, Area, Drawing, Label, Rule, Stroke, Tile

_DASH_PX: Final = [3, 3]
_TINT: Final = 0.1

Rows = list[dict[str, Any]]


def specification() -> dict[str, Any]:
    """The layers from back to front, each of which draws the data of its name."""
    layers = (
        _straight("rules", alt.MarkDef(type="rule", strokeCap="round")),
        _tiles(),
        _areas(),
        _straight("dashes", alt.MarkDef(type="rule", strokeDash=_DASH_PX)),
        _strokes(),
        _labels(),
    )
    picture = alt.layer(*layers).properties(width=WIDTH, height=WIDTH, autosize="none", padding=0)
    made: dict[str, Any] = picture.to_dict()
    return made


def datasets(drawing: Drawing) -> dict[str, Rows]:
    """The data of each layer."""
    return {
        "rules": [_rule(rule) for rule in drawing.rules if not rule.is_dashed],
        "tiles": [_tile(tile) for tile in drawing.tiles],
        "areas": _corners(drawing.areas),
        "dashes": [_rule(rule) for rule in drawing.rules if rule.is_dashed],
        "strokes": _corners(drawing.strokes),
        "labels": [_label(label) for label in drawing.labels],
    }


def _layer(name: str, mark: alt.MarkDef, *channels: Any) -> Any:
    """A layer that draws the data of a name; one unit of its scales is one pixel."""
    pixels = alt.Scale(domain=[0, WIDTH], range=[0, WIDTH], nice=False)
    x = alt.X("x", type="quantitative", scale=pixels, axis=None, sort=None)
    y = alt.Y("y", type="quantitative", scale=pixels, axis=None)
    return alt.Chart(alt.NamedData(name=name), mark=mark).encode(x, y, *channels)


def _as_it_is(field: str, channel: type[Any]) -> Any:
    """A channel that takes a field for what it is."""
    return channel(field, type="nominal", scale=None, legend=None)


def _straight(name: str, mark: alt.MarkDef) -> Any:
    stroke, width = _as_it_is("colour", alt.Stroke), _as_it_is("width", alt.StrokeWidth)
    return _layer(name, mark, alt.X2("x2"), alt.Y2("y2"), stroke, width)


def _tiles() -> Any:
    fill, opacity = _as_it_is("colour", alt.Fill), _as_it_is("opacity", alt.FillOpacity)
    return _layer("tiles", alt.MarkDef(type="rect"), alt.X2("x2"), alt.Y2("y2"), fill, opacity)


def _areas() -> Any:
    mark = alt.MarkDef(type="area", fillOpacity=_TINT)
    return _layer("areas", mark, alt.Y2("y2"), _as_it_is("colour", alt.Fill), _one_each())


def _strokes() -> Any:
    mark = alt.MarkDef(type="line", strokeJoin="round", strokeCap="round")
    stroke, width = _as_it_is("colour", alt.Stroke), _as_it_is("width", alt.StrokeWidth)
    return _layer("strokes", mark, stroke, width, _one_each())


def _one_each() -> alt.Detail:
    """What has the same number belongs to the same line."""
    return alt.Detail("number", type="nominal")


def _labels() -> Any:
    mark = alt.MarkDef(
        type="text",
        baseline="middle",
        align=alt.ExprRef("datum.align"),
        fontWeight=alt.ExprRef("datum.weight"),
        size=alt.ExprRef("datum.size"),
    )
    return _layer("labels", mark, alt.Text("text", type="nominal"), _as_it_is("colour", alt.Fill))


def _rule(rule: Rule) -> dict[str, Any]:
    return _between(rule) | {"colour": rule.colour, "width": rule.width}


def _tile(tile: Tile) -> dict[str, Any]:
    return _between(tile) | {"colour": tile.colour, "opacity": tile.opacity}


def _between(thing: Rule | Tile) -> dict[str, Any]:
    (x, y), (x2, y2) = thing.start, thing.end
    return {"x": x, "y": y, "x2": x2, "y2": y2}


def _corners(things: Sequence[Area | Stroke]) -> Rows:
    return [
        {"x": x, "y": y, "number": number} | looks
        for number, looks, points in (
            (n, _looks(thing), thing.points) for n, thing in enumerate(things)
        )
        for x, y in points
    ]


def _looks(thing: Area | Stroke) -> dict[str, Any]:
    if isinstance(thing, Area):
        return {"colour": thing.colour, "y2": thing.level}
    return {"colour": thing.colour, "width": thing.width}


def _label(label: Label) -> dict[str, Any]:
    x, y = label.at
    weight = "bold" if label.is_strong else "normal"
    looks = {"colour": label.colour, "align": label.align, "weight": weight, "size": label.size}
    return {"x": x, "y": y, "text": label.text} | looks
