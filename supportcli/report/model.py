"""What a report is: a small, finished value. The names of its rows are the public contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from supportcli import clock
from supportcli.clock import Calendar
from supportcli.intake import Intake
from supportcli.words import marked, phrase

SCHEMA: Final = "supportkpi.report/1"

PART: Final = " *"
PART_NOTE: Final = marked("* only a part of it lies in the time of the report")
"""What marks a period that is cut off, for it is not to be compared with a whole one."""


@dataclass(frozen=True)
class Change:
    """How far a value lies from the one it is compared with.

    `low` and `high` are the 95 % interval of the difference. `is_noise` says that a difference of
    this size comes about by chance alone; it is None where that cannot be told. `verdict` is
    "better" or "worse" for a difference that is no noise of a KPI that has a good direction.
    """

    value: float
    low: float | None = None
    high: float | None = None
    is_noise: bool | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class Row:
    """The value of one KPI in one group and period.

    `group` holds the values of the dimensions, None in a place for the unknown; it is None for
    the total. Durations are seconds, shares 0 to 1; `low` and `high` are the 95 % interval. Where
    `value` is None, `why_null` says why. `error` is the standard error of a mean. `target` is the
    limit as written that the value is judged by, and `met` is None where it could not be judged.
    `previous` and `change` are of the row that this one is compared with. `begins` is the local
    beginning of the period.
    """

    group: tuple[Any, ...] | None
    period: str | None
    kpi: str
    value: float | int | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    why_null: str | None = None
    error: float | None = None
    target: str | None = None
    met: bool | None = None
    previous: float | int | None = None
    change: Change | None = None
    begins: dt.datetime | None = None


@dataclass(frozen=True)
class Customers:
    """How many customers were met, and how many of them on more than one channel.

    `apart` says that every source has ids of its own, and nothing tells who is who.
    """

    met: int
    on_several_channels: int
    apart: bool

    def __str__(self) -> str:
        template = _APART if self.apart else _TOGETHER
        return phrase(template, several=self.on_several_channels, met=self.met)


_TOGETHER: Final = marked("{several} of {met} customers were met on more than one channel")
_APART: Final = marked(
    "{several} of {met} customers were met on more than one channel; customers stay apart by "
    "source, [customers] links them"
)


@dataclass(frozen=True)
class Report:
    """A finished report; times are naive UTC.

    `calendar` is the one that its periods are of, `oldest` the first time in all that was read.
    `customers` is None where nothing asked for them, or where there is but one channel.
    `compared_with` says in words what its rows are compared with, where they are.
    """

    as_of: dt.datetime | None
    timezone: str
    since: dt.datetime | None
    until: dt.datetime | None
    by: tuple[str, ...]
    period: str | None
    intakes: tuple[Intake, ...]
    anomalies: Mapping[str, int]
    rows: tuple[Row, ...]
    customers: Customers | None = None
    compared_with: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    oldest: dt.datetime | None = None

    @cached_property
    def groups(self) -> list[tuple[Any, ...] | None]:
        """The total, then the groups in their order."""
        return list(dict.fromkeys(row.group for row in self.rows))

    def is_part(self, begins: dt.datetime | None) -> bool:
        """Whether a period is cut off by the time of the report."""
        return begins is not None and begins not in self.whole_periods

    @cached_property
    def whole_periods(self) -> list[dt.datetime]:
        """The beginnings of the periods that the time of the report covers from end to end.

        What is cut off at either end would look like a slump.
        """
        if self.period is None or self.as_of is None:
            return []
        start = clock.to_local(self.since or self.oldest or self.as_of, self.timezone)
        end = clock.to_local(min(self.until or self.as_of, self.as_of), self.timezone)
        found = []
        for begins in sorted({row.begins for row in self.rows if row.begins is not None}):
            ends = self.calendar.following(begins, self.period)
            # A week whose first contact came on its first day is no less a week.
            if start <= begins + (ends - begins) / 7 and ends <= end:
                found.append(begins)
        return found


@dataclass(frozen=True)
class CheckedRow:
    """A row that a target judges, with the dimensions of its group."""

    by: tuple[str, ...]
    row: Row


@dataclass(frozen=True)
class Check:
    """Every target beside the value that it judges; `report` says what they were taken of."""

    report: Report
    rows: tuple[CheckedRow, ...]

    @property
    def is_missed(self) -> bool:
        """Whether some value misses its target."""
        return any(checked.row.met is False for checked in self.rows)


@dataclass(frozen=True)
class Waterfall:
    """How the values of a group came about: who fell out and why, in order, and who counted.

    `rows` has a row for every KPI of the measure. The counts of `left_out` and `counted` add up to
    all that entered.
    """

    group: tuple[Any, ...] | None
    rows: tuple[Row, ...]
    left_out: tuple[tuple[str, int], ...]
    counted: int

    @property
    def entered(self) -> int:
        """How many rows there were to begin with."""
        return self.counted + sum(count for _, count in self.left_out)


@dataclass(frozen=True)
class Explanation:
    """How the KPIs of one measure came about in every group; `report` says of what data."""

    report: Report
    kpis: tuple[str, ...]
    waterfalls: tuple[Waterfall, ...]
