"""The glossary: what the KPIs of a report mean, by the catalogue."""

from __future__ import annotations

from supportcli.kpis import CATALOGUE
from supportcli.report.compose.view import View
from supportcli.report.document import Glossary, Term


def glossary_of(view: View) -> Glossary:
    """The KPIs of the report, each with its definition and how others count."""
    return Glossary(tuple(_term(view, kpi) for kpi in view.kpis))


def _term(view: View, kpi: str) -> Term:
    entry, words = CATALOGUE[kpi], view.words
    parts = [words.text(entry.definition)]
    if entry.differs:
        parts.append(words.text(entry.differs))
    return Term(kpi, view.kpi_title(kpi), " ".join(parts))
