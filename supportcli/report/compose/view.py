"""A dashboard seen in a language: its rows by their place, and what its groups are called."""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property
from typing import Final

from supportcli.kpis import CATALOGUE
from supportcli.report.dashboard import Dashboard, Group
from supportcli.report.document import BAD, GOOD, QUIET, Cell, Detail
from supportcli.report.model import Report, Row
from supportcli.words import Name, Words, phrase

_LEAST_PERIODS: Final = 3
_LEAST_VALUES: Final = 5
"""Of fewer values in a period, a rate leaps from nought to all and back by chance."""

MOST_COLUMNS: Final = 60
"""So many groups stand beside each other; more would be a table that nobody reads."""

Rows = dict[tuple[Group, dt.datetime | None, str], Row]


def rows_by_place(report: Report) -> Rows:
    """The rows of a report by group, beginning of the period and KPI."""
    return {(row.group, row.begins, row.kpi): row for row in report.rows}


class View:
    """A dashboard with the words in which it is told."""

    def __init__(self, dashboard: Dashboard, words: Words) -> None:
        self.dashboard = dashboard
        self.report = dashboard.report
        self.words = words

    @cached_property
    def rows(self) -> Rows:
        """The rows of the report itself."""
        return rows_by_place(self.report)

    @cached_property
    def trend(self) -> Rows:
        """The rows by period, the whole range among them."""
        return rows_by_place(self.dashboard.trend)

    @cached_property
    def begins(self) -> list[dt.datetime]:
        """The local beginnings of the periods of the report, in order."""
        return sorted({row.begins for row in self.report.rows if row.begins is not None})

    @cached_property
    def has_targets(self) -> bool:
        """Whether any value has a target."""
        return any(row.target is not None for row in self.report.rows)

    @cached_property
    def kpis(self) -> list[str]:
        """The KPIs of the report, in order."""
        return list(dict.fromkeys(row.kpi for row in self.report.rows))

    @cached_property
    def groups(self) -> list[Group]:
        """The groups of the report, without the total."""
        return [group for group in self.report.groups if group is not None]

    @cached_property
    def column_groups(self) -> list[Group]:
        """The groups that are columns of the table of all: those of most conversations."""
        if len(self.groups) <= MOST_COLUMNS or self.dashboard.by != self.report.by:
            return self.groups
        most = set(sorted(self.groups, key=self._size, reverse=True)[:MOST_COLUMNS])
        return [group for group in self.groups if group in most]

    @cached_property
    def shown_groups(self) -> list[Group]:
        """The groups that have sections of their own, in order; none where there is but one cut."""
        if not self.dashboard.by or self.dashboard.by != self.report.by:
            return []
        return [group for group in self.dashboard.spans.groups if group is not None]

    @property
    def hidden_groups(self) -> int:
        """How many groups have no section."""
        return len(self.groups) - len(self.shown_groups) if self.shown_groups else 0

    def _size(self, group: Group) -> tuple[int, float]:
        """How much a group has of what the report counts first."""
        row = self.rows[group, None, self.kpis[0]]
        return row.n, row.value or 0

    @property
    def is_of_our_words(self) -> bool:
        """Whether groups are called by words of the program, not by names from the data."""
        return set(self.report.by) <= {"channel", "weekday"}

    def group_name(self, group: Group) -> str:
        """What a group is called."""
        if group is None:
            return self.words.text("total")
        pairs = zip(group, self.report.by, strict=True)
        return Name(" / ".join(self.words.name(value, name) for value, name in pairs))

    def group_cell(self, group: Group) -> Cell:
        """The group as the head of a column or a line."""
        return Cell(self.group_name(group), is_name=group is not None)

    def kpi_title(self, kpi: str) -> str:
        """What a KPI is called."""
        return self.words.text(CATALOGUE[kpi].title)

    def course(self, group: Group, kpi: str) -> tuple[float | None, ...]:
        """The values of a KPI in the whole periods, in order; nothing where they say little.

        A rate or a duration of few values in a period is left out, and has no course where most
        periods are so.
        """
        begins = self.dashboard.trend.whole_periods
        found = [self.trend.get((group, one, kpi)) for one in begins]
        values = tuple(None if row is None or _is_chance(row) else row.value for row in found)
        known = sum(value is not None for value in values)
        return values if known >= _LEAST_PERIODS and 2 * known > len(begins) else ()

    def value_cell(self, row: Row, *, kinds: tuple[str, ...]) -> Cell:
        """The value of a row, with the details of the wanted kinds."""
        details = [detail for detail in self.details(row) if detail.kind in kinds]
        text = self.words.value(row.value, row.unit)
        return Cell(text, row.value, row.unit, tuple(details))

    def details(self, row: Row) -> list[Detail]:
        """All that is said beside a value: why it is unknown, n, interval, change, target."""
        words = self.words
        found = []
        if row.value is None:
            found.append(Detail("why", words.text(row.why_null or ""), QUIET))
        elif row.unit != "count" or isinstance(row.value, float):
            said = words.text(phrase("n {count}", count=row.n))
            found.append(Detail("n", said, QUIET, row.n, "count"))
        if row.low is not None or row.high is not None:
            found.append(Detail("interval", self.interval(row), QUIET))
        if row.change is not None:
            found.append(_change_detail(row, words))
        if row.target is not None:
            found.append(_target_detail(row, words))
        return found

    def interval(self, row: Row) -> str:
        """The 95 % interval of a value in words."""
        is_below_nought = row.unit == "s" and row.low is not None and row.low < 0
        low, high = (self.words.value(bound, row.unit) for bound in (row.low, row.high))
        if row.low is None or is_below_nought:
            return self.words.text(phrase("up to {high}", high=high))
        if row.high is None:
            return self.words.text(phrase("from {low} on", low=low))
        return self.words.text(phrase("{low} to {high}", low=low, high=high))


def _is_chance(row: Row) -> bool:
    """Whether a value is an estimate of so few that it leaps by chance."""
    is_estimate = row.unit != "count" or isinstance(row.value, float)
    return is_estimate and row.n < _LEAST_VALUES


def _change_detail(row: Row, words: Words) -> Detail:
    change = row.change
    assert change is not None
    if not change.value:
        return Detail("change", words.text("no change"), QUIET, change.value, row.unit)
    said = words.change(change.value, row.unit)
    tone = QUIET
    if change.is_noise:
        said = words.text(phrase("{change} noise", change=said))
    elif change.verdict == "better":
        said, tone = words.text(phrase("{change} better", change=said)), GOOD
    elif change.verdict == "worse":
        said, tone = words.text(phrase("{change} worse", change=said)), BAD
    elif change.is_noise is False:
        said, tone = words.text(phrase("{change} changed", change=said)), ""
    return Detail("change", said, tone, change.value, row.unit)


def _target_detail(row: Row, words: Words) -> Detail:
    limit = words.written(row.target or "")
    if row.met is None:
        return Detail("target", words.text(phrase("{target} not judged", target=limit)), QUIET)
    if row.met:
        return Detail("target", words.text(phrase("{target} met", target=limit)), GOOD)
    return Detail("target", words.text(phrase("{target} missed", target=limit)), BAD)


GROUP: Final = "group-"
"""What the ids of sections of groups begin with."""


def group_id(group: Group) -> str:
    """A name for the section of a group that a link can hold: ASCII, no two alike."""
    if group is None:
        return "all"
    text = "-".join("unknown" if value is None else str(value) for value in group)
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain == text.lower().replace("_", "-") and len(plain) <= 40:
        return f"{GROUP}{plain}"
    return f"{GROUP}{plain[:40]}-{_checksum(repr(group))}"


def _checksum(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:8]
