"""Targets against values: which questions they ask of the data, and what the answers say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from supportcli.errors import UsageError
from supportcli.kpis import CATALOGUE
from supportcli.questions import Question
from supportcli.report.model import Check, CheckedRow, Report, Row
from supportcli.targets import OWN, Targets, judged_row
from supportcli.words import Name, phrase

HINT: Final = (
    'write it under [targets] in supportkpi.toml, for example csat = ">= 85%", '
    "or give it: --set 'targets.csat=>= 85%'"
)


def questions_of(targets: Targets, asked: Question) -> list[Question]:
    """What has to be asked so that every target meets the values that it is for.

    What was asked, of the KPIs that have targets in it; and for each dimension that was not asked
    for and has targets of its own, the same by this dimension. Raises UsageError where there is
    nothing to judge.
    """
    names = {kpi.id for kpi in asked.kpis}
    questions = [
        replace(asked, kpis=[kpi for kpi in CATALOGUE.values() if kpi.id in names & wanted], by=by)
        for by, wanted in _wanted(targets, asked.by)
        if names & wanted
    ]
    if not questions:
        message = "no target is for these KPIs" if targets else "there is no target to check"
        raise UsageError(message, hint=HINT)
    return questions


def _wanted(targets: Targets, by: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """The KPIs to ask for, by the dimensions to ask by."""
    own: dict[str, set[str]] = {name: set() for name in OWN}
    for (dimension, _), table in targets.own.items():
        own[dimension].update(table)
    yield by, set(targets.general).union(*(own[name] for name in OWN if name in by))
    yield from (((name,), own[name]) for name in OWN if name not in by)


def check_of(
    targets: Targets, by: tuple[str, ...], questions: Sequence[Question], reports: Sequence[Report]
) -> Check:
    """Every row that a target judges, of the reports that answer the questions.

    A target of a group that does not occur has a row too: it is not judged, and says why.
    """
    rows: list[CheckedRow] = []
    for question, report in zip(questions, reports, strict=True):
        own_only = question.by != by
        found = [
            judged_row(row, question.by, targets)
            for row in report.rows
            if not own_only or targets.own_of(row.kpi, row.group, question.by)
        ]
        found += [
            judged_row(row, question.by, targets) for row in _absent(targets, question, report)
        ]
        rows += [CheckedRow(question.by, row) for row in found if row.target is not None]
    return Check(reports[0], tuple(rows))


def _absent(targets: Targets, question: Question, report: Report) -> Iterator[Row]:
    """A row for each target of a group that the report does not have."""
    groups = {row.group for row in report.rows}
    for (dimension, name), table in targets.own.items():
        if question.by == (dimension,) and (name,) not in groups:
            why = phrase(
                'nothing here has the {dimension} "{name}"', dimension=dimension, name=Name(name)
            )
            for kpi in question.kpis:
                if kpi.id in table:
                    yield Row((name,), None, kpi.id, None, kpi.unit, 0, why_null=why)
