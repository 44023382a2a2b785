"""What the catalogue says of a KPI, as text for people."""

from __future__ import annotations

from typing import Final

from supportcli.kpis.model import Kpi


def explain(kpi: Kpi) -> str:
    """Title, definition, formula, who is left out, what it needs, and how others count."""
    lines = [f"{kpi.id}: {kpi.title} ({kpi.unit})", "", kpi.definition]
    if kpi.formula:
        lines.append(f"Formula: {kpi.formula}.")
    lines.append(f"Counted in the period of: {_ANCHORS[kpi.anchor]}.")
    if kpi.among:
        reasons = "; ".join(one.otherwise for one in kpi.among)
        lines.append(f"Left out: {reasons}.")
    if kpi.configured:
        lines.append(f"Needs [{kpi.configured}] in the configuration.")
    wanted = dict.fromkeys(need.what for need in kpi.all_needs)
    if wanted:
        lines.append(f"Needs an export that carries {' and '.join(wanted)}.")
    if kpi.better:
        lines.append(f"{kpi.better.capitalize()} is better.")
    if kpi.differs:
        lines.append(f"Elsewhere: {kpi.differs}")
    return "\n".join(lines)


_ANCHORS: Final = {
    "contacted_at": "the contact",
    "resolved_last_at": "the last resolution",
    "resolved_first_at": "the first resolution",
    "csat_at": "the answer of the customer",
    "nps_at": "the answer of the customer",
    "ces_at": "the answer of the customer",
    "asked_at": "the last resolution, else the survey",
    "answered_at": "the reply",
    "message_at": "the message",
    "outreach_at": "the first message of the agent",
    "began_at": "the contact; of outreach, the first message of the agent",
    "changed_at": "the end of the period",
    "opened_at": "the end of the period",
    "active_at": "the order, or the contact where no orders are given",
    "at": "the event itself",
}
