"""Who is at the top and who at the bottom: agents and topics of enough conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from supportcli.kpis import CATALOGUE
from supportcli.report.compose.view import Rows, View, group_id, rows_by_place
from supportcli.report.dashboard import Group
from supportcli.report.document import QUIET, Block, Cell, Line, Paragraph, Table
from supportcli.words import marked, phrase

_TITLES: Final = {"agent": marked("Agents"), "topic": marked("Topics")}
Named = tuple[object, ...]
"""A group of the section, and in it an agent or a topic that has a name."""

_ENDS: Final = 5
"""So many are shown of either end."""

_RANKED_BY: Final = ("csat", "fcr", "first_response_time.median", "received")
"""What the order is by: the first of these that is known of enough of them."""


def ranking_tables(view: View, group: Group) -> Iterator[Block]:
    """A table of agents and one of topics, as far as they are known."""
    cut = () if group is None else view.dashboard.by
    for name in _TITLES:
        report = view.dashboard.rankings.get((*cut, name))
        if report is not None:
            yield from _ranking(view, group, name, rows_by_place(report))


def _ranking(view: View, group: Group, name: str, rows: Rows) -> Iterator[Block]:
    """The best and the worst of a dimension in a group, of those with enough conversations."""
    words, least = view.words, view.dashboard.min_n
    named = _named(group, rows)
    enough = [one for one in named if _received(rows, one) >= least]
    if len(enough) < 2:
        if len(named) > 1:
            yield Paragraph(_too_few(view, name), QUIET)
        return
    by = next(kpi for kpi in _RANKED_BY if _is_known(rows, enough, kpi, least))
    ranked = _in_order(rows, [one for one in enough if _has(rows, one, by, least)], by)
    shown = ranked if len(ranked) <= 2 * _ENDS else [*ranked[:_ENDS], *ranked[-_ENDS:]]
    kpis = [kpi for kpi in _kpis(rows) if _is_known(rows, enough, kpi)]
    head = (words.text(name), *(view.kpi_title(kpi) for kpi in kpis))
    title = words.text(
        phrase("{what}: {group}", what=words.text(_TITLES[name]), group=view.group_name(group))
    )
    yield Table(
        id=f"{name}s-{group_id(group)}",
        title=title if group is not None else words.text(_TITLES[name]),
        head=tuple(Cell(text) for text in head),
        lines=tuple(_line(view, rows, one, name, kpis) for one in shown),
        notes=tuple(_notes(view, by, len(shown), len(ranked), len(enough), len(named))),
    )


def _too_few(view: View, name: str) -> str:
    what = view.words.text(_TITLES[name])
    said = phrase(
        "{what}: too few have {least} conversations or more to be listed.",
        what=what, least=view.dashboard.min_n,
    )  # fmt: skip
    return view.words.text(said)


def _named(group: Group, rows: Rows) -> list[Named]:
    """The keys of those in a group that have a name."""
    inside = group if group is not None else ()
    every = list(dict.fromkeys(key[0] for key in rows))
    return [one for one in every if one is not None and one[-1] is not None and one[:-1] == inside]


def _received(rows: Rows, one: Group) -> float:
    return rows[one, None, "received"].value or 0


def _kpis(rows: Rows) -> list[str]:
    return list(dict.fromkeys(key[2] for key in rows))


def _is_known(rows: Rows, some: list[Named], kpi: str, least: int = 1) -> bool:
    """Whether a KPI is known of most of them, each time of enough values."""
    return 2 * sum(_has(rows, one, kpi, least) for one in some) > len(some)


def _has(rows: Rows, one: Named, kpi: str, least: int) -> bool:
    row = rows[one, None, kpi]
    return row.value is not None and row.n >= least


def _in_order(rows: Rows, some: list[Named], kpi: str) -> list[Named]:
    """The best first; by name where they are alike."""
    sign = 1 if CATALOGUE[kpi].better == "lower" else -1
    return sorted(some, key=lambda one: (sign * (rows[one, None, kpi].value or 0), str(one[-1])))


def _line(view: View, rows: Rows, one: Named, name: str, kpis: list[str]) -> Line:
    cells = [view.value_cell(rows[one, None, kpi], kinds=("n",)) for kpi in kpis]
    return Line((Cell(view.words.name(one[-1], name), is_name=True), *cells))


def _notes(view: View, by: str, shown: int, ranked: int, enough: int, named: int) -> Iterator[str]:
    words, least = view.words, view.dashboard.min_n
    yield words.text(phrase("Ordered by {kpi}, the best first.", kpi=view.kpi_title(by)))
    if shown < ranked:
        yield words.text(
            phrase("The first {ends} and the last {ends} of {count}.", ends=_ENDS, count=ranked)
        )
    if ranked < enough:
        yield words.text(
            phrase("{count} have too few values of it to be ranked.", count=enough - ranked)
        )
    if enough < named:
        yield words.text(
            phrase(
                "{count} with fewer than {least} conversations are not listed.",
                count=named - enough,
                least=least,
            )
        )
