"""A report for eyes: a table of KPIs, one column a group, as wide as the terminal.

Names from the data enter as plain text, cleaned, never as markup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO, Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from supportcli.kpis import CATALOGUE
from supportcli.report.anomalies import in_plain_words
from supportcli.report.console import console_for, put_text, speaks_unicode
from supportcli.report.grid import Cell, Column, Grid, print_grid
from supportcli.report.model import PART, PART_NOTE, Report, Row
from supportcli.report.small_tables import TARGET_STYLES
from supportcli.report.sparkline import blocks
from supportcli.wording import clean, shortened
from supportcli.words import Phrase, Words, harmless, phrase

ENGLISH: Final = Words()

_NAME_WIDTH: Final = 24
_LEAST_STEPS: Final = 12
_MOST_STEPS: Final = 24
"""So many periods a trend shows, as the width bears."""

Group = tuple[Any, ...] | None
Key = tuple[Group, dt.datetime | None]


def write_report(
    report: Report,
    stream: BinaryIO,
    color: str,
    words: Words = ENGLISH,
    trend: Report | None = None,
) -> None:
    """Write a report as tables and the notes under them.

    `trend` is a report with periods on the same KPIs, all groups together.
    """
    console, collected = console_for(color, stream)
    print_report(report, console, unicode=speaks_unicode(stream), words=words, trend=trend)
    put_text(collected.getvalue(), stream)


def print_report(
    report: Report,
    console: Console,
    *,
    unicode: bool,
    words: Words = ENGLISH,
    trend: Report | None = None,
) -> None:
    """Print the tables, one column a group or a period, and what is unknown and why.

    `trend` is as in `write_report`; a report with periods has trends of its own.
    """
    periods = report if report.period is not None else trend
    trends = None if periods is None else _Trends(periods, words, unicode=unicode)
    printer = _Printer(report, trends, words, unicode=unicode)
    for grid in printer.grids():
        print_grid(grid, console, unicode=unicode, is_rtl=words.direction == "rtl")
    for line in printer.footer():
        console.print(Text(line, style="dim"))


class _Trends:
    """The sparklines of a report with periods.

    Periods that were seen in part only are no part of them: an unfinished week has fewer contacts,
    and would look like a slump.
    """

    def __init__(self, report: Report, words: Words, *, unicode: bool) -> None:
        self.period = report.period or ""
        self.begins = report.whole_periods
        self.rows = {(row.group, row.begins, row.kpi): row for row in report.rows}
        self.words = words
        self.unicode = unicode
        self.head = words.text("trend")
        self.steps = 0

    def __bool__(self) -> bool:
        return len(self.begins) > 1

    @property
    def least_width(self) -> int:
        """How wide a column of them is at the least."""
        return max(min(_LEAST_STEPS, len(self.begins)), cell_len(self.head))

    def column(self, group: Group, kpis: Sequence[str], room: int) -> Column:
        """The sparkline of each KPI in a group: the most recent periods that there is room for."""
        self.steps = max(self.steps, min(room, _MOST_STEPS, len(self.begins)))
        cells = [Cell(Text(self._drawn(group, kpi, room), style="cyan")) for kpi in kpis]
        return Column(self.head, cells, justify="left")

    def _drawn(self, group: Group, kpi: str, room: int) -> str:
        rows = (self.rows.get((group, begins, kpi)) for begins in self.begins)
        values = [None if row is None else row.value for row in rows]
        drawn = blocks(values, min(room, _MOST_STEPS), unicode=self.unicode)
        # Time goes from left to right, whatever goes the other way around it.
        is_turned = self.words.direction == "rtl" and self.unicode
        return f"\u2066{drawn}\u2069" if is_turned else drawn

    def note(self) -> Phrase | None:
        """What a step is; nothing where no trend was drawn."""
        if not self.steps:
            return None
        first, last = self.begins[-self.steps], self.begins[-1]
        return phrase(
            "Trend: by {period}, {first} to {last}",
            period=self.words.text(self.period),
            first=self.words.period(first, self.period),
            last=self.words.period(last, self.period),
        )


class _Printer:
    """A report on its way to tables, in the words of a language."""

    def __init__(
        self, report: Report, trends: _Trends | None, words: Words, *, unicode: bool
    ) -> None:
        self.report = report
        self.trends = trends
        self.words = words
        self.unicode = unicode
        self.marks = _MARKS[unicode]
        self.rows = {(row.group, row.begins, row.kpi): row for row in report.rows}
        self.kpis = list(dict.fromkeys(row.kpi for row in report.rows))
        self.reasons: dict[str, int] = {}

    def grids(self) -> Iterator[Grid]:
        """The tables: all groups side by side, or with periods one table a group."""
        total, *groups = self.report.groups or [None]
        groups.append(total)
        if self.report.period is None:
            yield self._grid([(group, None) for group in groups], list(map(self._head, groups)))
            return
        periods = list(dict.fromkeys(row.begins for row in self.report.rows))
        heads = list(map(self._period, periods))
        for group in groups:
            title = self._head(group).replace("\n", " / ")
            yield self._grid([(group, begins) for begins in periods], heads, title)

    def _head(self, group: Group) -> str:
        return group_name(group, self.report.by, self.words)

    def _period(self, begins: dt.datetime | None) -> str:
        if begins is None:
            return self.words.text("whole range")
        mark = PART if self.report.is_part(begins) else ""
        return f"{self.words.period(begins, self.report.period or '')}{mark}"

    def _grid(self, keys: Sequence[Key], heads: Sequence[str], title: str = "") -> Grid:
        """A table of some groups and periods; its trend is that of the last group."""
        for kpi in self.kpis:  # numbered as they are read, line by line
            for key in keys:
                self._number_of(self.rows[*key, kpi])
        group, _ = keys[-1]
        columns = [
            Column(head, [self._cell(self.rows[*key, kpi]) for kpi in self.kpis])
            for key, head in zip(keys, heads, strict=True)
        ]
        return Grid(
            corner=self.words.text("KPI"),
            names=[self.words.text(CATALOGUE[kpi].title) for kpi in self.kpis],
            columns=columns,
            title=title,
            tail=partial(self.trends.column, group, self.kpis) if self.trends else None,
            tail_width=self.trends.least_width if self.trends else 0,
        )

    def _cell(self, row: Row) -> Cell:
        """Everything that is said of a row: its value, of how many, and how that stands."""
        value = Text(self.words.value(row.value, row.unit))
        if row.value is None:
            number = self.words.number(self._number_of(row))
            value = Text(f"{value} [{number}]", style="dim")
        return Cell(value, (self._n(row), self._change(row), self._target(row)))

    def _n(self, row: Row) -> Text:
        """Of how many a value is, unless it counts them itself."""
        is_count = row.unit == "count" and not isinstance(row.value, float)
        if row.value is None or is_count:
            return Text()
        return Text(self.words.text(phrase("n {count}", count=row.n)), style="dim")

    def _change(self, row: Row) -> Text:
        """A change and what is to be thought of it; nothing where that cannot be told."""
        change, words = row.change, self.words
        if change is None or self.report.is_part(row.begins):
            return Text()
        said = words.change(change.value, row.unit)
        if change.is_noise:
            return Text(words.text(phrase("{change} noise", change=said)), style="dim")
        if change.verdict == "better":
            return Text(words.text(phrase("{change} better", change=said)), style="green")
        if change.verdict == "worse":
            return Text(words.text(phrase("{change} worse", change=said)), style="bold red")
        if change.is_noise is False:
            return Text(words.text(phrase("{change} changed", change=said)))
        return Text(said, style="dim")

    def _target(self, row: Row) -> Text:
        """The target with a mark that says whether it is met."""
        if row.target is None:
            return Text()
        target = self.words.written(row.target) if self.unicode else clean(row.target)
        return Text(f"{self.marks[row.met]} {target}", style=TARGET_STYLES[row.met])

    def _number_of(self, row: Row) -> int:
        """The number of the note that says why a value is unknown; 0 where it is known."""
        if row.value is not None:
            return 0
        reason = self.words.text(harmless(row.why_null or ""))
        return self.reasons.setdefault(reason, len(self.reasons) + 1)

    def footer(self) -> Iterator[str]:
        """What is to be known of the tables, once they are drawn, and of what they are made."""
        words, report = self.words, self.report
        for reason, number in self.reasons.items():
            yield f"[{words.number(number)}] {reason}"
        if any(self.report.is_part(row.begins) for row in report.rows):
            yield words.text(PART_NOTE)
        trend = self.trends.note() if self.trends else None
        if trend is not None:
            yield words.text(trend)
        if any(row.target is not None for row in report.rows):
            met, missed, unjudged = (self.marks[met] for met in (True, False, None))
            yield words.text(
                phrase(
                    "{met} target met, {missed} missed, {unjudged} not judged: unknown or of too "
                    "few",
                    met=met,
                    missed=missed,
                    unjudged=unjudged,
                )
            )
        if report.compared_with is not None:
            other = harmless(report.compared_with)
            said = phrase(
                "compared with {other}: noise is what chance alone could make", other=other
            )
            yield words.text(said)
        yield words.listed(map(words.text, _intake(report)))
        found = [
            f"{words.number(count)} {words.text(in_plain_words(kind))}"
            for kind, count in report.anomalies.items()
            if count
        ]
        if found:
            yield words.text(phrase("anomalies: {kinds}", kinds=words.listed(found)))
        if report.customers is not None:
            yield words.text(str(report.customers))
        as_of = words.text("no data")
        if report.as_of is not None:
            as_of = words.moment(report.as_of, report.timezone)
        yield words.text(
            phrase("as of {moment}; times in {timezone}", moment=as_of, timezone=report.timezone)
        )


_MARKS: Final[dict[bool, dict[bool | None, str]]] = {
    True: {True: "✓", False: "✗", None: "?"},
    False: {True: "ok", False: "MISSED", None: "?"},
}


def _intake(report: Report) -> Iterator[Phrase]:
    """Where the rows of all inputs went."""
    intakes = report.intakes
    rows, events = sum(one.rows for one in intakes), sum(one.events for one in intakes)
    if len(intakes) == 1:
        yield phrase("{rows} rows of 1 input = {events} events", rows=rows, events=events)
    else:
        yield phrase(
            "{rows} rows of {inputs} inputs = {events} events",
            rows=rows,
            inputs=len(intakes),
            events=events,
        )
    if skipped := sum(sum(one.skipped.values()) for one in intakes):
        yield phrase("{count} skipped", count=skipped)
    if rejected := sum(one.rejected for one in intakes):
        yield phrase("{count} rejected", count=rejected)
    if duplicates := sum(one.duplicates for one in intakes):
        yield phrase("{count} duplicates", count=duplicates)
    if superseded := sum(one.superseded for one in intakes):
        yield phrase("{count} superseded", count=superseded)


def group_name(group: Group, by: Sequence[str], words: Words = ENGLISH) -> str:
    """The heading of a group, a line for each dimension."""
    if group is None:
        return words.text("total")
    names = [words.name(value, dimension) for value, dimension in zip(group, by, strict=True)]
    return "\n".join(shortened(name, _NAME_WIDTH) for name in names) or words.text("all")
