"""The tables of KPIs: all groups side by side, one group in full, and one by its periods."""

from __future__ import annotations

from typing import Final

from supportcli.report.compose.view import View, group_id
from supportcli.report.dashboard import Group
from supportcli.report.document import QUIET, Cell, Detail, Line, Table
from supportcli.report.model import PART, PART_NOTE, Row
from supportcli.words import phrase

_MOST_CELLS: Final = 30_000
"""So many values all tables of periods together hold at the most: a page of some four megabytes."""

_LEAST_LINES: Final = 60


def comparison_table(view: View) -> Table:
    """Every KPI of the report, a column a group and the total; what is unknown is noted below."""
    groups = [*view.column_groups, None]
    words = view.words
    reasons: dict[str, int] = {}
    lines = []
    for kpi in view.kpis:
        cells = [_numbered(view, view.rows[group, None, kpi], reasons) for group in groups]
        lines.append(Line((Cell(view.kpi_title(kpi)), *cells), view.course(None, kpi)))
    notes = [f"[{words.number(number)}] {reason}" for reason, number in reasons.items()]
    hidden = len(view.groups) - len(view.column_groups)
    if hidden:
        said = phrase("{count} groups of fewer conversations are left out here.", count=hidden)
        notes.append(words.text(said))
    return Table(
        id="kpis",
        title=_title(view, words.text("KPIs")),
        head=(Cell(words.text("KPI")), *(view.group_cell(group) for group in groups)),
        lines=tuple(lines),
        notes=(*notes, *_trend_note(view)),
    )


def _title(view: View, plain: str) -> str:
    """What the table shows, by its dimensions."""
    if not view.report.by:
        return plain
    names = view.words.listed(view.words.text(name) for name in view.report.by)
    return view.words.text(phrase("KPIs by {dimensions}", dimensions=names))


def _numbered(view: View, row: Row, reasons: dict[str, int]) -> Cell:
    """The value of a row; where it is unknown the number of the note that says why."""
    if row.value is not None:
        return view.value_cell(row, kinds=("n", "change", "target"))
    why = view.words.text(row.why_null or "")
    number = reasons.setdefault(why, len(reasons) + 1)
    mark = Detail("why", f"[{view.words.number(number)}]", QUIET)
    others = [one for one in view.details(row) if one.kind == "target"]
    return Cell(view.words.value(None, row.unit), None, row.unit, (mark, *others))


def _trend_note(view: View) -> tuple[str, ...]:
    """What a step of the sparklines is."""
    trend = view.dashboard.trend
    if not any(view.course(None, kpi) for kpi in view.kpis):
        return ()
    periods, words = trend.whole_periods, view.words
    first, last = (words.period(one, trend.period or "") for one in (periods[0], periods[-1]))
    said = phrase(
        "Trend: by {period}, {first} to {last}",
        period=words.text(trend.period or ""), first=first, last=last,
    )  # fmt: skip
    return (words.text(said),)


def kpi_table(view: View, group: Group) -> Table:
    """Every KPI of one group, a line each: value, interval, change, target, course."""
    words = view.words
    lines = []
    for kpi in view.kpis:
        row = view.rows[group, None, kpi]
        value = view.value_cell(row, kinds=("n", "why"))
        lines.append(
            Line((Cell(view.kpi_title(kpi)), value, *_beside(view, row)), view.course(group, kpi))
        )
    head = [words.text("KPI"), words.text("value"), words.text("95 % interval")]
    if view.report.compared_with is not None:
        head.append(words.text("change"))
    if view.has_targets:
        head.append(words.text("target"))
    title = words.text(phrase("KPIs: {group}", group=view.group_name(group)))
    return Table(
        id=f"kpis-{group_id(group)}",
        title=title,
        head=tuple(Cell(text) for text in head),
        lines=tuple(lines),
    )


def _beside(view: View, row: Row) -> list[Cell]:
    """The interval, the change and the target of a row, as cells of their own."""
    found = {detail.kind: detail for detail in view.details(row)}
    kinds = ["interval"]
    kinds += ["change"] if view.report.compared_with is not None else []
    kinds += ["target"] if view.has_targets else []
    return [Cell("", details=(found[kind],)) if kind in found else Cell("") for kind in kinds]


_KINDS: Final = ("n", "change", "target", "why")
_KINDS_OF_PART: Final = ("n", "target", "why")
"""A part of a period beside a whole one would always look like a slump."""


def period_table(view: View, group: Group) -> Table:
    """Every period of a group, a line each, a column a KPI."""
    words, period = view.words, view.report.period or ""
    every = view.begins
    begins = every[-_most_lines(view) :]
    is_part = view.report.is_part
    lines = [
        Line(
            (
                Cell(f"{words.period(one, period)}{PART if is_part(one) else ''}"),
                *(
                    view.value_cell(
                        view.rows[group, one, kpi], kinds=_KINDS_OF_PART if is_part(one) else _KINDS
                    )
                    for kpi in view.kpis
                ),
            )
        )
        for one in begins
    ]
    notes = [words.text(PART_NOTE)] if any(map(is_part, begins)) else []
    if len(begins) < len(every):
        cut = phrase(
            "The last {shown} of {count} periods; csv and json hold all.",
            shown=len(begins), count=len(every),
        )  # fmt: skip
        notes.append(words.text(cut))
    title = words.text(
        phrase("{group} by {period}", group=view.group_name(group), period=words.text(period))
    )
    head = (words.text(period), *(view.kpi_title(kpi) for kpi in view.kpis))
    return Table(
        id=f"periods-{group_id(group)}",
        title=title,
        head=tuple(Cell(text) for text in head),
        lines=tuple(lines),
        notes=tuple(notes),
    )


def _most_lines(view: View) -> int:
    """How many periods a table shows, so that those of all sections can be opened and read."""
    columns = len(view.kpis) * (1 + len(view.shown_groups))
    return max(_LEAST_LINES, _MOST_CELLS // columns)
