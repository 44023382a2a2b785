"""The charts of a report: what each shows, said in its title, and the table behind it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from supportcli.clock import WEEKDAYS
from supportcli.report.compose.view import View, group_id
from supportcli.report.dashboard import FIRST_RESPONSE, RESOLUTION, Group, Waiting
from supportcli.report.document import (
    Bars,
    Cell,
    Chart,
    Curves,
    HeatMap,
    Line,
    Mark,
    Series,
    Table,
    TimeLines,
)
from supportcli.words import Phrase, Words, marked, phrase

_COURSES: Final = {"volume": "received", "backlog": "backlog", "satisfaction": "csat"}
_SPREADS: Final = {"response": FIRST_RESPONSE, "resolution": RESOLUTION}


def charts_of_all(view: View) -> Iterator[Chart]:
    """The charts of everything together, a line a group where there are groups."""
    groups: list[Group] = [*view.shown_groups] or [None]
    yield from _courses(view, None, ["volume"], groups)
    if groups == [None]:
        yield from _distributions(view, None)
    yield from _heat(view, None)
    if groups == [None]:
        yield from _waiting(view, None)
    with_total = groups if groups == [None] else [*groups, None]
    yield from _courses(view, None, ["backlog"], with_total)
    yield from _courses(view, None, ["satisfaction"], [None])


def charts_of_group(view: View, group: Group) -> Iterator[Chart]:
    """The charts of one group."""
    yield from _courses(view, group, ["volume"], [group])
    yield from _distributions(view, group)
    yield from _heat(view, group)
    yield from _waiting(view, group)
    yield from _courses(view, group, ["backlog", "satisfaction"], [group])


def key_of(group: Group) -> str:
    """What gives a group its colour: the same in every chart."""
    return "total" if group is None else "/".join(str(value) for value in group)


def _courses(
    view: View, group: Group, kinds: Sequence[str], groups: Sequence[Group]
) -> Iterator[Chart]:
    """The courses of counts and rates over time, of the groups that they are known of."""
    trend = view.dashboard.trend
    for kind in kinds:
        kpi = _COURSES[kind]
        known = [one for one in groups if _is_worth_drawing(view, one, kpi)]
        if not known:
            continue
        begins = tuple(trend.whole_periods)
        series = [
            Series(view.group_name(one), key_of(one), begins, view.course(one, kpi))
            for one in known
        ]
        unit = next(row.unit for row in trend.rows if row.kpi == kpi)
        title = _course_title(view, kind, group, known)
        yield Chart(
            id=f"{kind}-{group_id(group)}",
            kind=kind,
            title=title,
            figure=TimeLines(tuple(series), trend.period or "", unit),
            table=_course_table(view, kind, group, series, unit, title),
            y_title=view.kpi_title(kpi),
        )


def _is_worth_drawing(view: View, group: Group, kpi: str) -> bool:
    """Whether a course is known, and not nought all along."""
    return (group, None, kpi) in view.trend and any(view.course(group, kpi))


def _course_table(
    view: View, kind: str, group: Group, series: Sequence[Series], unit: str, title: str
) -> Table:
    words, trend = view.words, view.dashboard.trend
    period = trend.period or ""
    lines = [
        Line(
            (
                Cell(words.period(begins, period)),
                *(
                    Cell(words.value(one.ys[position], unit), one.ys[position], unit)
                    for one in series
                ),
            )
        )
        for position, begins in enumerate(trend.whole_periods)
    ]
    head = (Cell(words.text(period)), *(Cell(one.name, is_name=True) for one in series))
    return Table(f"{kind}-{group_id(group)}-table", title, head, tuple(lines))


def _course_title(view: View, kind: str, group: Group, known: Sequence[Group]) -> str:
    """What a course shows: who has the most, when it was most, or where it stands."""
    words = view.words
    row = view.trend[group, None, _COURSES[kind]]
    if kind == "satisfaction":
        share = words.value(row.value, row.unit)
        said = phrase("{share} satisfied, of {count} answers", share=share, count=row.n)
    elif kind == "volume" and len(known) > 1:
        most = max(known, key=lambda one: view.trend[one, None, "received"].value or 0)
        said = phrase(
            "Most conversations: {group}, {part} of {whole}",
            group=view.group_name(most),
            part=view.trend[most, None, "received"].value,
            whole=row.value,
        )
    else:
        said = _peak_in_words(view, kind, group)
    return words.text(said)


def _peak_in_words(view: View, kind: str, group: Group) -> Phrase:
    """When a count was greatest in the whole periods, and of a stock where it stood at the last."""
    words, period = view.words, view.dashboard.trend.period or ""
    course, begins = view.course(group, _COURSES[kind]), view.dashboard.trend.whole_periods
    peak, when = max(zip(course, begins, strict=False), key=lambda pair: pair[0] or 0)
    if kind == "volume":
        return phrase(
            "Busiest {period}: {when}, with {count} conversations",
            period=words.text(period), when=words.period(when, period), count=int(peak or 0),
        )  # fmt: skip
    last, now = int(course[-1] or 0), words.period(begins[-1], period)
    if last >= (peak or 0):
        return phrase("{last} open at the end ({when}), the most so far", last=last, when=now)
    return phrase(
        "{last} open at the end ({when}), at most {count} ({then})",
        last=last, when=now, count=int(peak or 0), then=words.period(when, period),
    )  # fmt: skip


_TOOK: Final = {
    "response": marked("Half are answered within {median}, nine in ten within {p90}"),
    "resolution": marked("Half are resolved within {median}, nine in ten within {p90}"),
}


def _distributions(view: View, group: Group) -> Iterator[Chart]:
    """How the times of first response and of resolution are spread."""
    words = view.words
    for kind, measure in _SPREADS.items():
        spread = view.dashboard.spreads.get((group, measure))
        if spread is None or sum(spread.counts) < view.dashboard.min_n:
            continue
        median, p90 = spread.median.value, spread.p90.value
        title = words.text(
            phrase(_TOOK[kind], median=words.value(median, "s"), p90=words.value(p90, "s"))
        )
        labels = tuple(_bin(words, *ends) for ends in pairwise(spread.edges))
        marks = [
            Mark(words.text(name), float(value))
            for name, value in ((_MEDIAN, median), (_P90, p90))
            if value is not None
        ]
        lines = [
            Line((Cell(label), Cell(words.number(count), count, "count")))
            for label, count in zip(labels, spread.counts, strict=True)
        ]
        yield Chart(
            id=f"{kind}-{group_id(group)}",
            kind=kind,
            title=title,
            figure=Bars(labels, spread.edges, spread.counts, "s", key_of(group), tuple(marks)),
            table=Table(
                f"{kind}-{group_id(group)}-table",
                title,
                (Cell(words.text(_TIMES[kind])), Cell(words.text("conversations"))),
                tuple(lines),
            ),
            x_title=words.text(_TIMES[kind]),
            y_title=words.text("conversations"),
        )


_MEDIAN: Final = marked("median")
_P90: Final = marked("90th percentile")
_TIMES: Final = {
    "response": marked("time to the first response"),
    "resolution": marked("time to the resolution"),
}


def _bin(words: Words, low: float | None, high: float | None) -> str:
    """What lies between two durations."""
    if not low:
        return words.text(phrase("under {high}", high=words.value(high, "s")))
    if high is None:
        return words.text(phrase("{low} or more", low=words.value(low, "s")))
    return words.text(
        phrase("{low} to {high}", low=words.value(low, "s"), high=words.value(high, "s"))
    )


def _heat(view: View, group: Group) -> Iterator[Chart]:
    """When conversations begin, by local weekday and hour."""
    words = view.words
    counts = _by_weekday_and_hour(view, group)
    if not counts:
        return
    first = WEEKDAYS.index(view.report.calendar.week_start)
    weekdays = [*WEEKDAYS[first:], *WEEKDAYS[:first]]
    title = _heat_title(view, counts)
    names = tuple(words.name(weekday, "weekday") for weekday in weekdays)
    hours = tuple(words.name(hour, "hour") for hour in range(24))
    grid = tuple(tuple(counts.get((day, hour), 0) for hour in range(24)) for day in weekdays)
    lines = [
        Line((Cell(name), *(Cell(words.number(count), count, "count") for count in row)))
        for name, row in zip(names, grid, strict=True)
    ]
    head = (Cell(words.text("weekday")), *(Cell(hour) for hour in hours))
    yield Chart(
        id=f"heat-{group_id(group)}",
        kind="heat",
        title=title,
        figure=HeatMap(names, hours, grid, key_of(group)),
        table=Table(f"heat-{group_id(group)}-table", title, head, tuple(lines)),
        x_title=words.text("hour"),
        y_title=words.text("conversations"),
    )


_FEW: Final = 5


def _heat_title(view: View, counts: Counter[tuple[str, int]]) -> str:
    """The busiest hour, where one stands out."""
    words = view.words
    ((day, hour), most), *others = counts.most_common(2)
    if most < _FEW or (others and others[0][1] == most):
        return words.text("When conversations begin")
    return words.text(
        phrase(
            "Busiest hour: {weekday} {hour}, with {count} conversations",
            weekday=words.name(day, "weekday"),
            hour=words.name(hour, "hour"),
            count=most,
        )
    )


def _by_weekday_and_hour(view: View, group: Group) -> Counter[tuple[str, int]]:
    """The conversations of a group, or of all, by the local weekday and hour of their contact."""
    found: Counter[tuple[str, int]] = Counter()
    for row in view.dashboard.busy.rows:
        if row.group is None or None in row.group[-2:] or not row.value:
            continue
        if group is None or row.group[:-2] == group:
            found[row.group[-2], row.group[-1]] += int(row.value)
    return found


def _waiting(view: View, group: Group) -> Iterator[Chart]:
    """How many have an answer after each wait, and how many have left."""
    words = view.words
    waiting = view.dashboard.waitings.get(group)
    if waiting is None or waiting.offered < view.dashboard.min_n or "agent" in view.report.by:
        return  # who leaves was nobody's yet
    series = (
        Series(words.text("answered"), "answered", waiting.waits_s, waiting.answered),
        Series(words.text("left"), "left", waiting.waits_s, waiting.left),
    )
    promised = _promised_s(view, group)
    title = _waiting_title(view, waiting, promised)
    head = (words.text("wait"), *(one.name for one in series))
    lines = [
        Line(
            (
                Cell(words.value(wait, "s"), wait, "s"),
                Cell(words.value(answered, "share"), answered, "share"),
                Cell(words.value(left, "share"), left, "share"),
            )
        )
        for wait, answered, left in zip(*_readable(waiting), strict=True)
    ]
    marks = () if promised is None else (Mark(words.text("promised"), promised),)
    yield Chart(
        id=f"waiting-{group_id(group)}",
        kind="waiting",
        title=title,
        figure=Curves(series, marks),
        table=Table(
            f"waiting-{group_id(group)}-table",
            title,
            tuple(Cell(text) for text in head),
            tuple(lines),
        ),
        x_title=words.text("wait"),
        y_title=words.text("of those offered"),
    )


def _promised_s(view: View, group: Group) -> float | None:
    """The answering time promised to a group, where it is of one channel."""
    if group is None or "channel" not in view.dashboard.by:
        return None
    return view.dashboard.promised_s.get(group[view.dashboard.by.index("channel")])


def _waiting_title(view: View, waiting: Waiting, promised_s: float | None) -> str:
    words = view.words
    within_s = waiting.waits_s[-1] if promised_s is None else promised_s
    answered, left = (_at(waiting.waits_s, ys, within_s) for ys in (waiting.answered, waiting.left))
    return words.text(
        phrase(
            "Within {wait}, {answered} are answered and {left} have left",
            wait=words.value(within_s, "s"),
            answered=words.value(answered, "share"),
            left=words.value(left, "share"),
        )
    )


def _at(waits_s: Sequence[float], ys: Sequence[float], within_s: float) -> float:
    """The height of a curve at a wait, or at the last one before it."""
    return ys[bisect_right(waits_s, within_s) - 1]


def _readable(waiting: Waiting) -> list[list[float]]:
    """The curves at a dozen waits, the last of them included."""
    step = max(1, (len(waiting.waits_s) - 1) // 12)
    rows = list(zip(waiting.waits_s, waiting.answered, waiting.left, strict=True))
    return [list(column) for column in zip(*[*rows[:-1:step], rows[-1]], strict=True)]
