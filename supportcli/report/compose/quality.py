"""How good the data is: where every row went, what contradicts itself, what is unknown and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from supportcli.report.anomalies import in_plain_words
from supportcli.report.compose.view import View
from supportcli.report.document import Block, Cell, Line, Paragraph, Table
from supportcli.report.model import Row
from supportcli.wording import clean, shortened
from supportcli.words import Name, Words, harmless, phrase

_NAMED: Final = 12
"""So many groups are named as those of which a value is unknown; of the others, how many."""

_LONGEST_NAME: Final = 60


def quality_blocks(view: View) -> Iterator[Block]:
    """Where every row went, the anomalies, what is unknown, and the notes of the run."""
    yield _intake_table(view)
    anomalies = [(kind, count) for kind, count in view.report.anomalies.items() if count]
    if anomalies:
        yield _anomaly_table(view, anomalies)
    unknown = _unknown_table(view)
    if unknown is not None:
        yield unknown
    for note in view.dashboard.notes:
        yield Paragraph(view.words.text(harmless(note)))


def _intake_table(view: View) -> Table:
    words = view.words
    head = (
        words.text("input"),
        words.text("source"),
        words.text("rows"),
        words.text("events"),
        words.text("skipped"),
        words.text("rejected"),
        words.text("duplicates"),
        words.text("superseded"),
    )
    lines = []
    notes = []
    for intake in view.report.intakes:
        counts = (
            intake.rows,
            intake.events,
            sum(intake.skipped.values()),
            intake.rejected,
            intake.duplicates,
            intake.superseded,
        )
        names = (Cell(clean(intake.path), is_name=True), Cell(clean(intake.source), is_name=True))
        lines.append(Line((*names, *(_count(words, count) for count in counts))))
        notes += [
            words.text(
                phrase(
                    "{input}: {count} {what}",
                    input=Name(clean(intake.path)),
                    count=count,
                    what=in_plain_words(why),
                )
            )
            for why, count in intake.skipped.items()
        ]
    return Table(
        id="inputs",
        title=words.text("Where every row went"),
        head=tuple(Cell(text) for text in head),
        lines=tuple(lines),
        notes=tuple(notes),
    )


def _count(words: Words, count: int) -> Cell:
    return Cell(words.number(count), count, "count")


def _anomaly_table(view: View, anomalies: list[tuple[str, int]]) -> Table:
    words = view.words
    lines = [
        Line((Cell(words.text(in_plain_words(kind))), _count(words, count)))
        for kind, count in anomalies
    ]
    return Table(
        id="anomalies",
        title=words.text("Where the data contradicts itself"),
        head=(Cell(words.text("anomaly")), Cell(words.text("conversations"))),
        lines=tuple(lines),
    )


def _unknown_table(view: View) -> Table | None:
    """A line for every reason why a KPI is unknown in the whole range, with whom it is so of."""
    reasons: dict[tuple[str, str], list[Row]] = {}
    for row in view.report.rows:
        if row.value is None and row.period is None:
            reasons.setdefault((row.kpi, row.why_null or ""), []).append(row)
    if not reasons:
        return None
    words = view.words
    lines = [
        Line(
            (
                Cell(view.kpi_title(kpi)),
                Cell(_groups(view, rows)),
                Cell(words.text(rows[0].why_null or "")),
            )
        )
        for (kpi, _), rows in reasons.items()
    ]
    return Table(
        id="unknown",
        title=words.text("What is unknown, and why"),
        head=(Cell(words.text("KPI")), Cell(words.text("of")), Cell(words.text("reason"))),
        lines=tuple(lines),
    )


def _groups(view: View, rows: Sequence[Row]) -> str:
    """Whose rows these are; of many the total and the first groups, and how many others."""
    names = [shortened(view.group_name(row.group), _LONGEST_NAME) for row in rows[:_NAMED]]
    listed = view.words.listed(names)
    if len(rows) <= _NAMED:
        return listed
    others = len(rows) - _NAMED
    return view.words.text(phrase("{names} and {count} more", names=listed, count=others))
