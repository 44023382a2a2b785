"""The glossary: what the KPIs of a report mean, by the catalogue."""

from __future__ import annotations

from supportcli.kpis import CATALOGUE
from supportcli.report.compose.view import View
from supportcli.report.document import Glossary, Term
from supportcli.words import phrase


def glossary_of(view: View) -> Glossary:
    """The KPIs of the report."""
    return Glossary(tuple(_term(view, kpi) for kpi in view.kpis))


def _term(view: View, kpi: str) -> Term:
    parts = [view.words.text(CATALOGUE[kpi].definition)]
    if kpi.startswith("service_level"):
        parts.append(_promise(view))
    return Term(kpi, view.kpi_title(kpi), " ".join(parts))


def _promise(view: View) -> str:
    """Within what time an answer was promised."""
    words, promised_s = view.words, view.dashboard.promised_s
    said = phrase(
        "Promised: {phone} on the phone, {chat} in chats.",
        phone=words.value(promised_s["phone"], "s"), chat=words.value(promised_s["chat"], "s"),
    )  # fmt: skip
    return words.text(said)
