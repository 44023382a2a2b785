"""Parts: what a group and period holds of a measure, mergeable and exact, and how to take it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

import polars as pl

from supportcli import clock
from supportcli.kpis.model import Kpi

Group = tuple[Any, ...]
"""The values of the dimensions of a group, in their order; the total is the empty tuple's twin."""

TOTAL: Final[None] = None

MOMENT_DIMENSIONS: Final = ("weekday", "hour")
"""Dimensions of the moment of a value rather than of its conversation."""

PERIOD: Final = "period\x1f"
"""The column of the beginning of a value's period."""

_FIRST_PERIOD: Final = "first period\x1f"


@dataclass(frozen=True)
class Slices:
    """How a report is cut: by which dimensions and periods, in which window of time.

    `since` is inclusive and `until` exclusive, both naive UTC; `as_of` is the moment of the
    report. A stock looks at the end of each period, not beyond `as_of`. `only` are the groups that
    are wanted, by some of the dimensions; None is all of them. The total is of everything.
    """

    by: tuple[str, ...]
    period: str | None
    calendar: clock.Calendar
    as_of: dt.datetime
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    only: pl.DataFrame | None = None

    def holds(self, time: pl.Expr) -> pl.Expr:
        """Whether a time lies in the window."""
        inside = pl.lit(value=True)
        if self.since:
            inside &= time >= self.since
        if self.until:
            inside &= time < self.until
        return inside

    @property
    def end(self) -> dt.datetime:
        """The moment at which a stock of the whole range is looked at."""
        return self.until or self.as_of


@dataclass(frozen=True)
class Part:
    """What one measure is in one group: how many values, their sums, and the values in order.

    `values` are there for quantiles only; for survival `values` are the observed times and
    `censored` the others; for a mode or a mean of counts they are how often each value occurs.
    `kinds` counts the different values of the column that must be one, and `kind` is the least.
    `against`, `against_squares` and `products` are the sums of the other variable of a line.
    """

    count: int = 0
    total: int = 0
    squares: int = 0
    values: pl.Series | None = None
    censored: pl.Series | None = None
    kinds: int = 0
    kind: str | None = None
    against: int = 0
    against_squares: int = 0
    products: int = 0


NOTHING: Final = Part()

Parts = dict[tuple[Group | None, dt.datetime | None, str], Part]
"""(group or TOTAL, beginning of the period or None for the whole range, measure id) -> part."""


def measure_column(kpi: Kpi) -> str:
    """The column that holds a KPI's measure beside the conversations."""
    return f"measure\x1f{kpi.measure_id}"


def _censored_column(kpi: Kpi) -> str:
    return f"censored\x1f{kpi.measure_id}"


def _against_column(kpi: Kpi) -> str:
    return f"against\x1f{kpi.measure_id}"


_TYPES: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(("count", "share", "share_of_total"), pl.Int8()),
    **dict.fromkeys(("distinct", "newcomers", "mean_of_counts", "visitors"), pl.UInt64()),
}
"""Counts are of ones: measures of 0 and 1 are kept small; what is told apart is a key."""


def counts(kpi: Kpi) -> pl.Expr | None:
    """Who counts in a KPI, beyond what its measure says by itself; None for everybody."""
    conditions = [one.holds for one in kpi.among if not one.implied]
    return reduce(lambda one, other: one & other, conditions) if conditions else None


def measure_columns(kpis: Iterable[Kpi]) -> list[pl.Expr]:
    """Every measure as a column, and its censored values apart where it has such."""
    columns: dict[str, pl.Expr] = {}
    for kpi in kpis:
        among = counts(kpi)
        value = kpi.measure if among is None else pl.when(among).then(kpi.measure)
        value = value.cast(_TYPES.get(kpi.statistic, pl.Int64()))
        if kpi.observed is not None:
            columns[_censored_column(kpi)] = pl.when(kpi.observed.not_()).then(value)
            value = pl.when(kpi.observed).then(value)
        if kpi.against is not None:
            columns[_against_column(kpi)] = pl.when(value.is_not_null()).then(kpi.against)
        columns[measure_column(kpi)] = value
    return [expression.alias(name) for name, expression in columns.items()]


@dataclass(frozen=True)
class Grouping:
    """By which dimensions, and whether by period too."""

    dimensions: tuple[str, ...]
    periodic: bool

    @property
    def keys(self) -> list[str]:
        """The columns of a group."""
        return [*self.dimensions, *([PERIOD] if self.periodic else [])]

    def group_in(self, row: Mapping[str, Any]) -> Group | None:
        """The group that a row of parts is of."""
        return tuple(row[name] for name in self.dimensions) if self.dimensions else TOTAL


@dataclass(frozen=True)
class Query:
    """A question for parts: a row a group, or one row for those groups that are named."""

    frame: pl.LazyFrame
    grouping: Grouping
    groups: tuple[Group | None, ...] = ()


class Taking:
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
        self.moment = kpis[0].moment
        self.is_stock = any(kpi.statistic == "stock" for kpi in kpis)
        self.rows = self._prepared(frame)

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of the window, with their period and the dimensions of their moment."""
        calendar = self.slices.calendar
        rows = with_moments(frame, self.moment, self.slices).filter(self._window())
        if not self.slices.period:
            return rows
        start = {PERIOD: calendar.period_start(pl.col(self.anchor), self.slices.period)}
        if any("newcomers" in statistics for statistics in self.statistics.values()):
            first = pl.col("first_contact_at")
            start[_FIRST_PERIOD] = calendar.period_start(first, self.slices.period)
        return rows.with_columns(**start)

    def _window(self) -> pl.Expr:
        """A stock at a moment is made of everything before it, so `since` does not cut it."""
        slices = replace(self.slices, since=None) if self.is_stock else self.slices
        return slices.holds(pl.col(self.anchor))

    def queries(self) -> Iterator[Query]:
        """What gives the parts of all groups and of the total, in the whole range and by period."""
        for grouping in self.groupings():
            yield Query(self._of_all(grouping), grouping)

    def groupings(self) -> list[Grouping]:
        """The groups and the total, of the whole range and of every period."""
        by = dict.fromkeys([self.slices.by, ()])
        ranges = [False, True] if self.slices.period else [False]
        return [Grouping(dimensions, periodic) for periodic in ranges for dimensions in by]

    def _of_all(self, grouping: Grouping) -> pl.LazyFrame:
        """One row a group, with the parts of every measure."""
        rows, aggregates = self.rows_of(grouping), self._aggregates(grouping)
        keys, only = grouping.keys, self.slices.only
        if only is not None and grouping.dimensions:
            rows = rows.join(only.lazy(), on=only.columns, how="semi", nulls_equal=True)
        return rows.group_by(keys).agg(aggregates) if keys else rows.select(aggregates)

    def rows_of(self, grouping: Grouping) -> pl.LazyFrame:
        """The rows that a grouping is made of."""
        return self.rows.filter(pl.col(PERIOD).is_not_null()) if grouping.periodic else self.rows

    def parts(
        self, query: Query, frame: pl.DataFrame
    ) -> Iterator[tuple[tuple[Group | None, dt.datetime | None, str], Part]]:
        """The parts in the rows that a query gave."""
        columns = dict(zip(frame.columns, frame.get_columns(), strict=True))
        for position in range(frame.height):
            row = {name: column[position] for name, column in columns.items()}
            period = row[PERIOD] if query.grouping.periodic else None
            for name in self.kpis:
                part = _part(name, row)
                for group in query.groups or [query.grouping.group_in(row)]:
                    yield (group, period, name), part

    def _aggregates(self, grouping: Grouping) -> list[pl.Expr]:
        """The parts of every measure."""
        return [one for name in self.kpis for one in self._aggregates_of(name, grouping)]

    def _aggregates_of(self, name: str, grouping: Grouping) -> Iterator[pl.Expr]:
        """The parts of one measure, each aliased by the field of Part that it fills."""
        kpi, statistics = self.kpis[name], self.statistics[name]
        value = pl.col(measure_column(kpi))
        found = {"count": value.count()}
        if statistics & _KEYED:
            if "newcomers" in statistics:
                value = pl.when(self._is_newcomer(grouping)).then(value)
            found = {"count": value.drop_nulls().n_unique()}
        elif statistics & _TALLIED:
            found["values"] = value.drop_nulls().value_counts(sort=False).implode()
        else:
            found["total"] = value.sum().cast(pl.Int64)
        if statistics & {"mean", "doubling"}:
            found |= {"total": _wide(value).sum(), "squares": (_wide(value) * _wide(value)).sum()}
        if statistics & {"median", "p90", "survival"}:
            found["values"] = _in_order(value)
        if "survival" in statistics:
            found["censored"] = _in_order(pl.col(_censored_column(kpi)))
        if kpi.against is not None:
            other = _wide(pl.col(_against_column(kpi)))
            found |= {
                "against": other.sum(),
                "against_squares": (other * other).sum(),
                "products": (other * _wide(value)).sum(),
            }
        if kpi.same:
            kinds = pl.when(value.is_not_null()).then(kpi.same).drop_nulls()
            found |= {"kinds": kinds.n_unique(), "kind": kinds.min().cast(pl.String)}
        for part, expression in found.items():
            yield expression.alias(f"{name}\x1f{part}")

    def _is_newcomer(self, grouping: Grouping) -> pl.Expr:
        """Whether the customer was first seen in the very period, or range, of this row."""
        if grouping.periodic:
            return pl.col(_FIRST_PERIOD) == pl.col(PERIOD)
        if self.slices.since is None:
            return pl.lit(value=True)
        return pl.col("first_contact_at") >= self.slices.since


_KEYED: Final = frozenset({"distinct", "newcomers", "visitors"})
_TALLIED: Final = frozenset({"mean_of_counts", "mode"})
_FIELDS: Final = tuple(Part.__dataclass_fields__)


class PlainTaking(Taking):
    """The parts of rows that are in a group or not, whatever the other groups are.

    A handful of groups is faster taken one by one, in half to a quarter of the time, for then
    nothing is gathered; and where there is but one, it is the total.
    """

    def queries(self) -> Iterator[Query]:
        """A query for each of few groups, else as for all rows."""
        everything, *others = self.groupings()
        groups = self._few_groups(everything) if self.slices.only is None else []
        if not groups:
            yield from super().queries()
            return
        alone = len(groups) == 1
        aggregates = self._aggregates(everything)
        for group in groups:
            meant = (group, TOTAL) if alone else (group,)
            yield Query(self._rows_of_group(group).select(aggregates), everything, meant)
        for grouping in others:
            if grouping.periodic or not alone:
                yield Query(self._of_all(grouping), grouping)

    def _few_groups(self, grouping: Grouping) -> list[Group]:
        """The groups of the whole range, where they are a handful."""
        if not grouping.dimensions:
            return []
        found = self.rows.select(grouping.dimensions).unique().head(_HANDFUL + 1).collect()
        return found.rows() if found.height <= _HANDFUL else []

    def _rows_of_group(self, group: Group) -> pl.LazyFrame:
        pairs = zip(self.slices.by, group, strict=True)
        return self.rows.filter(pl.col(name).eq_missing(value) for name, value in pairs)


_HANDFUL: Final = 8


def _part(name: str, row: Mapping[str, Any]) -> Part:
    found = {field: row.get(f"{name}\x1f{field}") for field in _FIELDS}
    return Part(**{field: value for field, value in found.items() if value is not None})


def _wide(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Int128)


def _in_order(value: pl.Expr) -> pl.Expr:
    return value.drop_nulls().sort().implode()


def with_moments(frame: pl.LazyFrame, moment: str, slices: Slices) -> pl.LazyFrame:
    """The rows with those dimensions of the report that are of their moment."""
    local = clock.local(pl.col(moment), slices.calendar.timezone)
    columns = {
        "weekday": (local.dt.weekday() - 1).replace_strict(
            dict(enumerate(clock.WEEKDAYS)), return_dtype=pl.Enum(list(clock.WEEKDAYS))
        ),
        "hour": local.dt.hour(),
    }
    return frame.with_columns(
        expression.alias(name) for name, expression in columns.items() if name in slices.by
    )
