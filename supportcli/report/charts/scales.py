"""Where values lie on an axis, which of them it names, and how."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from supportcli import clock
from supportcli.report.charts.lettering import fitted, width_of
from supportcli.words import Words

_DURATION_STEPS_S: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 1_209_600, 2_592_000,
)  # fmt: skip
_YEARS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
_FARTHEST: Final = 1e15
"""Beyond this a value is taken for this: no axis could name it."""

_LABEL_PX: Final = 160
_BETWEEN_LABELS_PX: Final = 18
_NOUGHT: Final = re.compile(r" [0۰٠]+[smh]$")
"""The smaller unit of a whole duration: 5m 00s is 5m."""


@dataclass(frozen=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start_px + share * (self.end_px - self.start_px)


@dataclass(frozen=True)
class Tick:
    """A value that an axis names."""

    value: float
    text: str


def known(value: float | None) -> float | None:
    """A value that can be drawn, or None."""
    if value is None or math.isnan(value):
        return None
    return min(max(value, -_FARTHEST), _FARTHEST)


def ticks_of_values(low: float, high: float, unit: str, words: Words) -> tuple[Tick, ...]:
    """Round values from the last one at or below the lowest to the first above the highest."""
    if high <= low:
        low, high = (low, low + 1) if low >= 0 else (low, max(low + 1, 0))
    step = _step(high - low, unit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = (round(number * step, decimals) for number in range(first, last + 1))
    return tuple(Tick(value, said(value, unit, decimals, words)) for value in values)


def _step(span: float, unit: str) -> float:
    if unit == "s":
        fitting = (step for step in _DURATION_STEPS_S if span / step <= 5)
        return next(fitting, None) or _round_step(span / 86_400) * 86_400
    step = _round_step(span)
    return max(step, 1) if unit == "count" else step


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, such that at most five steps make up the span."""
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= 5 + 1e-9)


def said(value: float, unit: str, decimals: int, words: Words) -> str:
    """A round value as an axis names it: without the noughts that a table would show."""
    if unit == "s":
        return fitted(_NOUGHT.sub("", words.value(value, "s")), _LABEL_PX)
    if unit == "share":
        of_hundred, behind = 100 * value, max(0, decimals - 2)
        text = words.value(value, "share")
        return text.replace(words.number(of_hundred, 1), words.number(of_hundred, behind))
    return fitted(words.number(value, decimals), _LABEL_PX)


def ticks_of_time(
    beginnings: Sequence[dt.datetime], period: str, room_px: float, words: Words
) -> tuple[tuple[dt.datetime, str], ...]:
    """The moments that an axis of time names: as many as there is room for, at round places."""
    for moments, unit in _candidates(beginnings, period, words):
        ticks = tuple((moment, _moment_said(moment, unit, words)) for moment in moments)
        widest = max((width_of(text) for _, text in ticks), default=room_px)
        if len(ticks) * (widest + _BETWEEN_LABELS_PX) <= room_px:
            return ticks
    return ((beginnings[0], _moment_said(beginnings[0], period, words)),)


def _candidates(
    beginnings: Sequence[dt.datetime], period: str, words: Words
) -> Iterable[tuple[Sequence[dt.datetime], str]]:
    """Sets of moments from the densest to the sparsest, with the unit that names them."""
    calendar = clock.Calendar(kind=words.calendar)
    first, last = beginnings[0], beginnings[-1]
    if period == "hour":
        for every in (1, 3, 6, 12):
            yield [moment for moment in beginnings if moment.hour % every == 0], "hour"
        beginnings = [moment for moment in beginnings if moment.hour == 0]
    finest = "day" if period == "hour" else period
    for every in {"day": (1, 2, 7, 14), "week": (1, 2)}.get(finest, (1,)):
        yield beginnings[::every], finest
    for unit, steps in (("month", (1,)), ("quarter", (1, 2)), ("year", _YEARS)):
        if clock.PERIODS.index(unit) >= clock.PERIODS.index(finest):
            starts = calendar.starts_between(calendar.start_of(first, unit), last, unit)
            inside = [start for start in starts if start >= first]
            yield from ((inside[::every], unit) for every in steps)


def _moment_said(moment: dt.datetime, unit: str, words: Words) -> str:
    if unit == "hour" and moment.hour:
        return words.name(moment.hour, "hour")
    return words.period(moment, "day" if unit in ("hour", "week") else unit)
