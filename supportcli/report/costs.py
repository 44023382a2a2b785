"""Fixed costs: what every day costs whether anybody calls or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from supportcli import clock
from supportcli.currency import minor_units
from supportcli.kpis.taking import Slices
from supportcli.settings import Settings

_DAY = dt.timedelta(days=1)
_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class FixedCosts:
    """The monthly costs, of which every day of a month bears the same part.

    `first` and `last` are the local days of the report, both in it.
    """

    monthly_minor: Fraction
    slices: Slices
    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, settings: Settings, slices: Slices, begins_at: dt.datetime | None) -> FixedCosts:
        """The costs of a configuration, from the beginning of the window, or of the data."""
        units = minor_units(settings.currency)
        monthly = sum(Fraction(str(cost)) for cost in settings.costs.monthly.values()) * units
        zone = slices.calendar.timezone
        end = slices.as_of if slices.until is None else slices.until - _TICK
        first = clock.to_local(slices.since or begins_at or slices.as_of, zone).date()
        return cls(Fraction(monthly), slices, first, clock.to_local(end, zone).date())

    def minor(self, period: dt.datetime | None) -> Fraction:
        """The costs of the days of a period, or of the whole range, in minor units."""
        if not self.monthly_minor:
            return Fraction(0)
        first, last, share = self.first, self.last, Fraction(1)
        if period is not None and self.slices.period is not None:
            after = self.slices.calendar.following(period, self.slices.period)
            share = Fraction(1, 24) if self.slices.period == "hour" else share
            first, last = max(first, period.date()), min(last, (after - _TICK).date())
        return sum(map(self._of_day, _days(first, last)), Fraction(0)) * share

    def _of_day(self, day: dt.date) -> Fraction:
        return self.monthly_minor / self.slices.calendar.days_of_month(day)


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]
