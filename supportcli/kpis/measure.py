"""Measures to parts: what every group and period holds of every measure, mergeable and exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import polars as pl

from supportcli import clock
from supportcli.kpis.model import Kpi

Group = tuple[Any, ...]
"""The values of the dimensions of a group, in their order; the total is the empty tuple's twin."""

TOTAL: Final[None] = None

MOMENT_DIMENSIONS: Final = ("weekday", "hour")
"""Dimensions of the moment of a value rather than of its conversation."""

_PERIOD: Final = "period\x1f"


@dataclass(frozen=True)
class Slices:
    """How a report is cut: by which dimensions and periods, in which window of time.

    `since` is inclusive and `until` exclusive, both naive UTC; `as_of` is the moment of the
    report. A stock looks at the end of each period, not beyond `as_of`.
    """

    by: tuple[str, ...]
    period: str | None
    timezone: str
    as_of: dt.datetime
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Part:
    """What one measure is in one group: how many values, their sums, and the values in order.

    `values` are there for quantiles only; for survival `values` are the observed times and
    `censored` the others. `kinds` counts the different values of the column that must be one.
    """

    count: int = 0
    total: int = 0
    squares: int = 0
    values: pl.Series | None = None
    censored: pl.Series | None = None
    kinds: int = 0


NOTHING: Final = Part()

Parts = dict[tuple[Group | None, dt.datetime | None, str], Part]
"""(group or TOTAL, beginning of the period or None for the whole range, measure id) -> part."""


def measure_column(kpi: Kpi) -> str:
    """The column that holds a KPI's measure beside the conversations."""
    return f"measure\x1f{kpi.measure_id}"


def _censored_column(kpi: Kpi) -> str:
    return f"censored\x1f{kpi.measure_id}"


_TYPES: Final[dict[str, pl.DataType]] = {"share": pl.Int8()}
"""Measures of 0 and 1 are kept small."""


def measure_columns(kpis: Iterable[Kpi]) -> list[pl.Expr]:
    """Every measure as a column, and its censored values apart where it has such."""
    columns: dict[str, pl.Expr] = {}
    for kpi in kpis:
        value = kpi.measure.cast(_TYPES.get(kpi.unit, pl.Int64()))
        if kpi.observed is not None:
            columns[_censored_column(kpi)] = pl.when(kpi.observed.not_()).then(value)
            value = pl.when(kpi.observed).then(value)
        columns[measure_column(kpi)] = value
    return [expression.alias(name) for name, expression in columns.items()]


def take_parts(frames: Mapping[str, pl.LazyFrame], kpis: Sequence[Kpi], slices: Slices) -> Parts:
    """The parts of every measure in every group and period.

    `frames` are by grain and hold the dimensions, the anchors and the measures. KPIs of one grain
    and anchor are taken in one aggregation, and all aggregations run side by side.
    """
    ordered = sorted(kpis, key=lambda kpi: (kpi.grain, kpi.anchor))
    takings = [
        _Taking(frames[grain], anchor, list(some), slices)
        for (grain, anchor), some in groupby(ordered, key=lambda kpi: (kpi.grain, kpi.anchor))
    ]
    groupings = [(taking, grouping) for taking in takings for grouping in taking.groupings()]
    found = pl.collect_all([taking.query(grouping) for taking, grouping in groupings])
    parts: Parts = {}
    for (taking, grouping), frame in zip(groupings, found, strict=True):
        parts.update(taking.parts(grouping, frame))
    return parts


@dataclass(frozen=True)
class _Grouping:
    """By which dimensions, and whether by period too."""

    dimensions: tuple[str, ...]
    periodic: bool


class _Taking:
    """The parts of all KPIs that share a grain and an anchor."""

    def __init__(
        self, frame: pl.LazyFrame, anchor: str, kpis: Sequence[Kpi], slices: Slices
    ) -> None:
        self.slices = slices
        self.anchor = anchor
        self.kpis = {kpi.measure_id: kpi for kpi in kpis}
        self.statistics = {
            name: {kpi.statistic for kpi in kpis if kpi.measure_id == name} for name in self.kpis
        }
        self.is_stock = any(kpi.statistic == "stock" for kpi in kpis)
        self.rows = self._prepared(frame)

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        rows = frame
        moment = "contacted_at" if self.is_stock else self.anchor
        local = clock.local(pl.col(moment), self.slices.timezone)
        rows = rows.with_columns(
            expression.alias(name)
            for name, expression in _moment_columns(local).items()
            if name in self.slices.by
        )
        rows = rows.filter(self._window())
        if self.slices.period:
            start = clock.period_start(
                pl.col(self.anchor), self.slices.period, self.slices.timezone
            )
            rows = rows.with_columns(start.alias(_PERIOD))
        return rows

    def _window(self) -> pl.Expr:
        """A stock at a moment is made of everything before it, so `since` does not cut it."""
        inside = pl.lit(value=True)
        if self.slices.since and not self.is_stock:
            inside &= pl.col(self.anchor) >= self.slices.since
        if self.slices.until:
            inside &= pl.col(self.anchor) < self.slices.until
        return inside

    def groupings(self) -> list[_Grouping]:
        """The groups and the total, of the whole range and of every period."""
        by = dict.fromkeys([self.slices.by, ()])
        ranges = [False, True] if self.slices.period else [False]
        return [_Grouping(dimensions, periodic) for periodic in ranges for dimensions in by]

    def query(self, grouping: _Grouping) -> pl.LazyFrame:
        """One row a group, with the parts of every measure."""
        keys = [*grouping.dimensions, *([_PERIOD] if grouping.periodic else [])]
        rows = self.rows
        if grouping.periodic:
            rows = rows.filter(pl.col(_PERIOD).is_not_null())
        aggregates = [one for name in self.kpis for one in self._aggregates(name)]
        return rows.group_by(keys).agg(aggregates) if keys else rows.select(aggregates)

    def parts(
        self, grouping: _Grouping, frame: pl.DataFrame
    ) -> Iterator[tuple[tuple[Group | None, dt.datetime | None, str], Part]]:
        """The parts in the rows that the query gave."""
        columns = dict(zip(frame.columns, frame.get_columns(), strict=True))
        for position in range(frame.height):
            row = {name: column[position] for name, column in columns.items()}
            dimensions = grouping.dimensions
            group = tuple(row[name] for name in dimensions) if dimensions else TOTAL
            period = row[_PERIOD] if grouping.periodic else None
            for name in self.kpis:
                yield (group, period, name), self._part(name, row)

    def _aggregates(self, name: str) -> Iterator[pl.Expr]:
        kpi, statistics = self.kpis[name], self.statistics[name]
        value = pl.col(measure_column(kpi))
        yield value.count().alias(f"{name}\x1fcount")
        yield value.sum().cast(pl.Int64).alias(f"{name}\x1ftotal")
        if "mean" in statistics:
            wide = value.cast(pl.Int128)
            yield (wide * wide).sum().alias(f"{name}\x1fsquares")
        if statistics & {"median", "p90", "survival"}:
            yield _in_order(value).alias(f"{name}\x1fvalues")
        if "survival" in statistics:
            yield _in_order(pl.col(_censored_column(kpi))).alias(f"{name}\x1fcensored")
        if kpi.same:
            yield pl.col(kpi.same).drop_nulls().n_unique().alias(f"{name}\x1fkinds")

    def _part(self, name: str, row: Mapping[str, Any]) -> Part:
        return Part(
            count=row[f"{name}\x1fcount"],
            total=row[f"{name}\x1ftotal"],
            squares=row.get(f"{name}\x1fsquares", 0),
            values=row.get(f"{name}\x1fvalues"),
            censored=row.get(f"{name}\x1fcensored"),
            kinds=row.get(f"{name}\x1fkinds", 0),
        )


def _in_order(value: pl.Expr) -> pl.Expr:
    return value.drop_nulls().sort().implode()


def _moment_columns(local: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "weekday": (local.dt.weekday() - 1).replace_strict(
            dict(enumerate(clock.WEEKDAYS)), return_dtype=pl.Enum(list(clock.WEEKDAYS))
        ),
        "hour": local.dt.hour(),
    }
