"""A drawing as an altair specification: a layer for each sort of thing, in pixels throughout.

Texts and colours are data, so nothing that somebody wrote is ever read as an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import altair as alt
from altair.utils.schemapi import debug_mode

from supportcli.report.charts.colours import SURFACE
from supportcli.report.charts.drawing import WIDTH, Area, Drawing, Label, Rule, Stroke, Tile

_HALO_PX: Final = 3
_DASH_PX: Final = [3, 3]
_TINT: Final = 0.1


def specification(drawing: Drawing, *, is_checked: bool = False) -> dict[str, Any]:
    """The specification of what is in a drawing, which is never nothing.

    To check it against the schema costs more than to draw it: the tests do that.
    """
    with debug_mode(is_checked):
        x = alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False), axis=None, sort=None)
        up = alt.Scale(domain=[drawing.height, 0], nice=False)
        y = alt.Y("y:Q", scale=up, axis=None)
        makers: tuple[tuple[Callable[[Any], Any], Sequence[Any]], ...] = (
            (_tiles, drawing.tiles),
            (_areas, drawing.areas),
            (_rules, [rule for rule in drawing.rules if not rule.is_dashed]),
            (_dashes, [rule for rule in drawing.rules if rule.is_dashed]),
            (_strokes, drawing.strokes),
            (_labels, [label for label in drawing.labels if not label.has_halo]),
            (_haloed, [label for label in drawing.labels if label.has_halo]),
        )
        layers = [make(things).encode(x=x, y=y) for make, things in makers if things]
        picture = alt.layer(*layers).properties(
            width=WIDTH, height=drawing.height, autosize="none", padding=0
        )
        return dict(picture.to_dict(validate=is_checked))


def _plain(name: str, channel: type[Any]) -> Any:
    """A channel that takes a field as it is."""
    return channel(f"{name}:N", scale=None, legend=None)


def _data(rows: list[dict[str, Any]]) -> Any:
    return alt.Chart(alt.InlineData(values=rows))


def _tiles(tiles: Sequence[Tile]) -> Any:
    rows = [_between(tile) | {"colour": tile.colour, "opacity": tile.opacity} for tile in tiles]
    return (
        _data(rows)
        .mark_rect(strokeWidth=0)
        .encode(
            x2="x2",
            y2="y2",
            fill=_plain("colour", alt.Fill),
            fillOpacity=_plain("opacity", alt.FillOpacity),
        )
    )


def _between(thing: Tile | Rule) -> dict[str, Any]:
    (x, y), (x2, y2) = thing.start, thing.end
    return {"x": x, "y": y, "x2": x2, "y2": y2}


def _areas(areas: Sequence[Area]) -> Any:
    rows = [
        {"x": x, "y": y, "y2": area.level, "id": number, "colour": area.colour}
        for number, area in enumerate(areas)
        for x, y in area.points
    ]
    return (
        _data(rows)
        .mark_area(fillOpacity=_TINT)
        .encode(y2="y2", fill=_plain("colour", alt.Fill), detail="id:N")
    )


def _rules(rules: Sequence[Rule], dash_px: Sequence[float] = ()) -> Any:
    rows = [_between(rule) | {"colour": rule.colour, "width": rule.width} for rule in rules]
    mark: dict[str, Any] = {"strokeDash": list(dash_px)} if dash_px else {"strokeCap": "round"}
    return (
        _data(rows)
        .mark_rule(**mark)
        .encode(
            x2="x2",
            y2="y2",
            stroke=_plain("colour", alt.Stroke),
            strokeWidth=_plain("width", alt.StrokeWidth),
        )
    )


def _dashes(rules: Sequence[Rule]) -> Any:
    return _rules(rules, _DASH_PX)


def _strokes(strokes: Sequence[Stroke]) -> Any:
    rows = [
        {"x": x, "y": y, "id": number, "colour": stroke.colour, "width": stroke.width}
        for number, stroke in enumerate(strokes)
        for x, y in stroke.points
    ]
    return (
        _data(rows)
        .mark_line(strokeJoin="round", strokeCap="round")
        .encode(
            stroke=_plain("colour", alt.Stroke),
            strokeWidth=_plain("width", alt.StrokeWidth),
            detail="id:N",
        )
    )


def _labels(labels: Sequence[Label], **mark: Any) -> Any:
    rows = [
        {
            "x": label.at[0],
            "y": label.at[1],
            "text": label.text,
            "colour": label.colour,
            "align": label.align,
            "size": label.size,
            "weight": "bold" if label.is_strong else "normal",
        }
        for label in labels
    ]
    return (
        _data(rows)
        .mark_text(
            baseline="middle",
            align=alt.expr("datum.align"),
            fontWeight=alt.expr("datum.weight"),
            size=alt.expr("datum.size"),
            **mark,
        )
        .encode(text="text:N", fill=_plain("colour", alt.Fill))
    )


def _haloed(labels: Sequence[Label]) -> Any:
    return _labels(labels, stroke=SURFACE, strokeWidth=_HALO_PX)
