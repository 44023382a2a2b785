"""What the figures have in common: the frame, its axes, and marks that point into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Final

from supportcli.report.charts.colours import GRID, INK, QUIET
from supportcli.report.charts.drawing import WIDTH, Align, Drawing, Label, Rule
from supportcli.report.charts.lettering import fitted, in_rows, width_of
from supportcli.report.charts.scales import Scale, Tick
from supportcli.words import Words

PLOT_PX: Final = 176
HEAD_PX: Final = 26
FOOT_PX: Final = 24
LINE_PX: Final = 17
GAP_PX: Final = 8
_OVER_PX: Final = 6


@dataclass(frozen=True)
class Frame:
    """Where the values are drawn."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.right - self.left


def title_above(drawing: Drawing, text: str, words: Words) -> None:
    """What the vertical axis counts, in the upper corner at which reading begins."""
    if text:
        x, align = beginning(words)
        drawing.labels.append(Label((x, HEAD_PX / 2 - 3), fitted(text, WIDTH), QUIET, align))


def title_below(drawing: Drawing, text: str, frame: Frame) -> None:
    """What the horizontal axis is, under its names."""
    if text:
        at = (frame.left + frame.width / 2, frame.bottom + FOOT_PX + LINE_PX / 2)
        drawing.labels.append(Label(at, fitted(text, frame.width), QUIET, "center"))


def note_below(drawing: Drawing, text: str, words: Words) -> None:
    """A sentence under everything, for which the drawing grows."""
    x, align = beginning(words)
    at = (x, drawing.height + LINE_PX / 2)
    drawing.labels.append(Label(at, fitted(text, WIDTH), QUIET, align))
    drawing.height += LINE_PX + 3


def beginning(words: Words) -> tuple[float, Align]:
    """The side at which reading begins."""
    return (WIDTH, "right") if words.direction == "rtl" else (0, "left")


def room_for(ticks: Sequence[Tick]) -> float:
    """How far from the left the values begin, so that their names fit before them."""
    return max((width_of(tick.text) for tick in ticks), default=0) + GAP_PX


def value_axis(drawing: Drawing, frame: Frame, ticks: Sequence[Tick], scale: Scale) -> None:
    """Thin lines at round values, named at the left; that of nought is the ground."""
    for tick in ticks:
        y = scale(tick.value)
        colour, width = (QUIET, 1.0) if tick.value == 0 else (GRID, 1.0)
        drawing.rules.append(Rule((frame.left, y), (frame.right, y), colour, width))
        drawing.labels.append(Label((frame.left - GAP_PX, y), tick.text, QUIET, "right"))


def names_below(drawing: Drawing, frame: Frame, names: Sequence[tuple[float, str]]) -> None:
    """Names at places of the horizontal axis: all, or every so many of them that none meet."""
    strides = ([(x, *_reach(x, text), text) for x, text in names[::n]] for n in count(1))
    for x, left, right, text in next(filter(_is_apart, strides)):
        drawing.rules.append(Rule((x, frame.bottom), (x, frame.bottom + 4), QUIET))
        at = ((left + right) / 2, frame.bottom + 14)
        drawing.labels.append(Label(at, text, QUIET, "center"))


def _reach(x: float, text: str) -> tuple[float, float]:
    """From where to where a name around a place reaches, within the picture."""
    half = width_of(text) / 2
    centre = min(max(x, half), WIDTH - half)
    return centre - half, centre + half


def _is_apart(names: Sequence[tuple[float, float, float, str]]) -> bool:
    return all(one[2] + GAP_PX <= other[1] for one, other in pairwise(names))


@dataclass(frozen=True)
class Flag:
    """A label beside a place of the horizontal axis, in a row above the values."""

    x: float
    text: str
    at: float
    align: Align
    row: int


def flags_of(marks: Sequence[tuple[float, str]], right: float) -> list[Flag]:
    """Labels of marks such that none meets another and none leaves the picture."""
    placed: list[tuple[float, str, float, Align, tuple[float, float]]] = []
    for x, label in sorted(marks):
        text = fitted(label, max(right - x, x) - GAP_PX)
        wide = width_of(text) + GAP_PX
        if x + wide <= right:
            placed.append((x, text, x + 4, "left", (x, x + wide)))
        else:
            placed.append((x, text, x - 4, "right", (x - wide, x)))
    rows = in_rows([span for *_, span in placed])
    return [
        Flag(x, text, at, align, row)
        for (x, text, at, align, _), row in zip(placed, rows, strict=True)
    ]


def room_of(flags: Sequence[Flag]) -> float:
    """How high the rows of labels are."""
    return _OVER_PX + LINE_PX * (1 + max(flag.row for flag in flags)) if flags else 0


def plant(drawing: Drawing, frame: Frame, flags: Sequence[Flag]) -> None:
    """Draw each mark from its label down to the ground, but over nothing that is written."""
    tops = [frame.top - _OVER_PX - LINE_PX * (flag.row + 1) for flag in flags]
    for flag, top in zip(flags, tops, strict=True):
        at = (flag.at, top + LINE_PX / 2)
        drawing.labels.append(Label(at, flag.text, INK, flag.align))
    for flag, top in zip(flags, tops, strict=True):
        y = top + 2
        ground = (frame.bottom, frame.bottom)
        for above, below in sorted([*_written_at(drawing.labels, flag.x), ground]):
            if y < above <= frame.bottom:
                drawing.rules.append(_dashes(flag.x, y, above))
            y = max(y, below)


def _dashes(x: float, top: float, bottom: float) -> Rule:
    return Rule((x, top), (x, bottom), INK, 1, is_dashed=True)


def _written_at(labels: Sequence[Label], x: float) -> Iterator[tuple[float, float]]:
    """From where to where labels are in the way of what goes down at a place."""
    for label in labels:
        wide = width_of(label.text, label.size)
        left = label.at[0] - {"left": 0, "center": wide / 2, "right": wide}[label.align]
        if left - 2 < x < left + wide + 2:
            yield label.at[1] - LINE_PX / 2, label.at[1] + LINE_PX / 2
