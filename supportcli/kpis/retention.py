"""Who stays: the customers of one period among those of the period before."""

from __future__ import annotations

import polars as pl

from supportcli.kpis.taking import PERIOD, Grouping, Taking, measure_columns, with_moments

_WHO = "customer_key"


class Retention(Taking):
    """The customers who were active in the period before, and whether they are in this one.

    The rows are what customers did: `customer_key` and `active_at`. A customer is in a group and
    period once. Sets are compared, not counts.
    """

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        return with_moments(frame, self.moment, self.slices).collect().lazy()

    def rows_of(self, grouping: Grouping) -> pl.LazyFrame:
        """A row for every customer of the group who was there before."""
        pairs = self._by_period(grouping) if grouping.periodic else self._in_windows(grouping)
        return pairs.with_columns(measure_columns(self.kpis.values()))

    def _by_period(self, grouping: Grouping) -> pl.LazyFrame:
        calendar, period = self.slices.calendar, self.slices.period
        assert period is not None
        start = calendar.period_start(pl.col(self.anchor), period)
        rows = self.rows.with_columns(start.alias(PERIOD))
        who = [*grouping.keys, _WHO]
        before = rows.select(who).unique()
        starts = before.select(pl.col(PERIOD).unique()).collect()[PERIOD].to_list()
        following = {one: calendar.following(one, period) for one in starts}
        next_period = pl.col(PERIOD).replace_strict(following, return_dtype=pl.Datetime("us"))
        last = calendar.start_of(min(self.slices.end, self.slices.as_of), period)
        expected = before.with_columns(next_period).filter(pl.col(PERIOD) <= last)
        now = rows.filter(self.slices.holds(pl.col(self.anchor))).select(who).unique()
        return self._marked(expected, now, who)

    def _in_windows(self, grouping: Grouping) -> pl.LazyFrame:
        """The window of the report beside the one of the same length before it."""
        keys = [*grouping.dimensions, _WHO]
        moment, since, end = pl.col(self.anchor), self.slices.since, self.slices.end
        if since is None:
            return self._marked(self.rows.clear().select(keys), self.rows.select(keys), keys)
        now = self.rows.filter(self.slices.holds(moment)).select(keys).unique()
        before = self.rows.filter((since - moment <= end - since) & (moment < since))
        return self._marked(before.select(keys).unique(), now, keys)

    def _marked(self, before: pl.LazyFrame, now: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
        seen = now.select(keys).with_columns(is_retained=pl.lit(value=True))
        joined = before.join(seen, on=keys, how="left", nulls_equal=True)
        return joined.with_columns(pl.col("is_retained").fill_null(value=False))
