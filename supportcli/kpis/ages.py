"""How old what is open is: at the end of every period, and at the end of the whole range."""

from __future__ import annotations

import datetime as dt

import polars as pl

from supportcli import clock
from supportcli.kpis.taking import PERIOD, Grouping, Taking, measure_columns, with_moments


class Ages(Taking):
    """The ages of open conversations, each at the end of every period in which it stays open.

    The rows are stretches of time in which a conversation was open: `opened_at`, `closed_at` (null
    while it is), and `contacted_at`, from which its age counts.
    """

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        return with_moments(frame, self.moment, self.slices).collect().lazy()

    def rows_of(self, grouping: Grouping) -> pl.LazyFrame:
        """The open conversations at the ends of the periods, or at the end of the range."""
        rows = self._by_period() if grouping.periodic else self._at_the_end()
        age = pl.col("looked_at") - pl.col("contacted_at")
        aged = rows.with_columns(age_ms=age.dt.total_milliseconds())
        return aged.with_columns(measure_columns(self.kpis.values()))

    def _at_the_end(self) -> pl.LazyFrame:
        """What is open at the end: before `until`, or at the moment of the report itself."""
        rows, until = self.rows.with_columns(looked_at=self._capped(self.slices.end)), None
        if self.slices.until is not None and self.slices.until <= self.slices.as_of:
            until = pl.lit(self.slices.until, dtype=pl.Datetime("us"))
        if until is None:
            return rows.filter(pl.col("closed_at").is_null())
        still = pl.col("closed_at").is_null() | (pl.col("closed_at") >= until)
        return rows.filter((pl.col("opened_at") < until) & still)

    def _capped(self, moment: dt.datetime) -> pl.Expr:
        return pl.lit(min(moment, self.slices.as_of), dtype=pl.Datetime("us"))

    def _by_period(self) -> pl.LazyFrame:
        """A row for every period at whose end a conversation is open."""
        starts, ends = self._periods()
        beyond = pl.lit(pl.Series(ends, dtype=pl.Datetime("us")))
        first = beyond.search_sorted(pl.col("opened_at"), side="right").cast(pl.Int64)
        after = beyond.search_sorted(pl.col("closed_at"), side="right").cast(pl.Int64)
        last = pl.when(pl.col("closed_at").is_null()).then(len(ends)).otherwise(after)
        looked = [min(end, self.slices.as_of) for end in ends]
        columns = {
            name: pl.lit(pl.Series(times, dtype=pl.Datetime("us"))).gather("number")
            for name, times in ((PERIOD, starts), ("looked_at", looked))
        }
        return (
            self.rows.with_columns(number=pl.int_ranges(first, last))
            .explode("number")
            .filter(pl.col("number").is_not_null())
            .with_columns(**columns)
        )

    def _periods(self) -> tuple[list[dt.datetime], list[dt.datetime]]:
        """The local beginnings of the periods from the first opening on, and their ends in UTC."""
        slices, calendar, period = self.slices, self.slices.calendar, self.slices.period
        opened = self.rows.select(pl.col("opened_at").min()).collect().item()
        if opened is None or period is None:
            return [], []
        last = min(slices.end, slices.as_of)
        starts = list(
            calendar.starts_between(
                calendar.start_of(opened, period), calendar.start_of(last, period), period
            )
        )
        ends = [
            clock.to_utc(calendar.following(start, period), calendar.timezone) for start in starts
        ]
        if slices.until is not None:
            ends = [min(end, slices.until) for end in ends]
        return starts, ends
