"""The table of conversations: what `supportkpi conversations` shows, one row each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from supportcli.conversations import all_knowledge, knows
from supportcli.currency import minor_units
from supportcli.errors import UsageError
from supportcli.events import EventLog, read_log
from supportcli.intake import ReadOptions
from supportcli.kpis import select_kpis
from supportcli.kpis.derive import Context
from supportcli.kpis.model import SCALE, Kpi
from supportcli.kpis.taking import measure_columns
from supportcli.kpis.windows import derive, requirements
from supportcli.prepare import columns_to_read, folded_conversations, prepare
from supportcli.questions import Question, slices_of
from supportcli.report.build import NOT_CARRIED, UNCONFIGURED
from supportcli.settings import Settings
from supportcli.words import phrase


@dataclass(frozen=True)
class Listing:
    """A table of conversations, and the log it was made of."""

    frame: pl.DataFrame
    log: EventLog


LISTED: Final = {
    "conversation_id": None,
    "source": None,
    "channel": None,
    "customer_id": None,
    "agent_id": None,
    "team": None,
    "topic": None,
    "priority": None,
    "is_outreach": None,
    "contacted_at": None,
    "queued_at": None,
    "replied_at": None,
    "bot_replied_at": None,
    "abandoned_at": None,
    "resolved_first_at": None,
    "resolved_last_at": None,
    "reopened_last_at": None,
    "contacts": None,
    "replies": None,
    "transfers": None,
    "reopens": None,
    "is_answered": None,
    "is_abandoned": None,
    "is_resolved": None,
    "is_repeat": None,
    "first_response_s": "first_response_ms",
    "queue_wait_s": "queue_wait_ms",
    "abandon_wait_s": "abandon_wait_ms",
    "resolution_s": "resolution_ms",
    "handle_s": "handle_ms",
    "csat": None,
}
"""The columns of the table of conversations; a duration with what it is in milliseconds."""

_CAN_TELL: Final = {
    "is_answered": knows("replied_at", "replies"),
    "is_abandoned": knows("abandoned_at"),
    "is_resolved": knows("resolved_at"),
    "is_repeat": pl.col("is_identified")
    & (pl.col("contacted_at").is_not_null() | pl.col("is_outreach")),
}
"""Where the sources of a conversation can tell whether something is so; elsewhere it is unknown."""


_MEASURED_ON: Final = {
    "turn": "the turns of customers",
    "change": "what is open at a moment",
    "open": "what is open at a moment",
    "message": "single messages and calls",
    "handled": "agents",
    "order": "orders",
    "first_order": "the first orders of customers",
    "loyal_customer": "customers",
    "page_view": "page views",
    "activity": "customers",
    "distinct": "customers",
    "newcomers": "customers",
    "cost_each": "sums over all conversations",
    "cost_share": "sums over all conversations",
    "doubling": "a line through all conversations",
}
"""What is no single conversation, by the grain or the statistic of a KPI."""


def listed_kpi(name: str) -> Kpi:
    """The KPI of which the conversations are asked for, by its id or the name of its measure.

    Raises UsageError for a name that is no KPI or that of several, and for a KPI that is measured
    on something else.
    """
    found = select_kpis([name], every=False)
    if len({kpi.measure_id for kpi in found}) > 1:
        ids = ", ".join(kpi.id for kpi in found)
        raise UsageError(f'--kpi: "{name}" is the name of several', hint=f"one of {ids}")
    kpi = found[0]
    other = _MEASURED_ON.get(kpi.grain) or _MEASURED_ON.get(kpi.statistic)
    if other is not None:
        raise UsageError(
            f"--kpi: {kpi.id} is measured on {other}, not on single conversations",
            hint=f"`supportkpi kpis {kpi.id}` says how",
        )
    return kpi


def list_conversations(reading: ReadOptions, settings: Settings, question: Question) -> Listing:
    """Every conversation with its times in UTC and its durations in seconds, by its first time.

    Of a question with a KPI, those that count in it, at its anchor, with the value of each in the
    unit of the KPI. Raises the errors of `read_log`, and UsageError for times that cannot be read.
    """
    kpi = next(iter(question.kpis), None)
    log = read_log(reading, settings, columns_to_read(_wanted(kpi, settings), settings))
    slices = slices_of(question, settings, log.frame)
    unknown = None if kpi is None else _why_unknown(kpi, log, settings)
    if kpi is not None and unknown is not None:
        log = replace(log, notes=(*log.notes, f"{kpi.id} is unknown: {unknown}"))
    prepared = prepare(log, settings, slices.as_of)
    wanted = _wanted(kpi if unknown is None else None, settings)
    frame = derive(folded_conversations(prepared, wanted), wanted, prepared.context)
    schema = frame.collect_schema()
    shown = [_listed(name, ms, schema) for name, ms in LISTED.items()]
    anchor = pl.coalesce("contacted_at", "first_at")
    if kpi is not None:
        shown.append(pl.col(VALUE))
        if unknown is None:
            frame, anchor = _counting(frame, kpi, settings), pl.col(kpi.anchor)
        else:
            frame = frame.clear().with_columns(pl.lit(None, dtype=pl.Float64).alias(VALUE))
    sort_by = ["first_at", *(pl.col(name).cast(pl.String) for name in _LISTED_ORDER)]
    rows = frame.filter(slices.holds(anchor)).sort(sort_by).select(shown)
    return Listing(rows.collect(), log)


def _wanted(kpi: Kpi | None, settings: Settings) -> list[str]:
    """Every column of a conversation that the table stands on, and its value in a KPI."""
    names = ["first_at", *(ms or name for name, ms in LISTED.items())]
    names += [name for can_tell in _CAN_TELL.values() for name in can_tell.meta.root_names()]
    names += ["is_outreach", kpi.anchor, *kpi.roots] if kpi is not None else []
    return requirements(names, Context.unread(settings).columns)


VALUE: Final = "value"
"""The column of what a conversation counts in a KPI."""


def _counting(frame: pl.LazyFrame, kpi: Kpi, settings: Settings) -> pl.LazyFrame:
    """The conversations that count in a KPI, with their value.

    Where a time is observed of some only, that of the others is the time seen so far.
    """
    (measure,) = measure_columns([replace(kpi, observed=None)])
    unit = minor_units(settings.currency) if kpi.unit == "money" else SCALE[kpi.unit]
    value = measure / unit if unit > 1 else measure.cast(pl.Int64)
    frame = frame.with_columns(value.alias(VALUE)).filter(pl.col(VALUE).is_not_null())
    is_outreach = {"conversation": False, "outreach": True}.get(kpi.grain)
    return frame if is_outreach is None else frame.filter(pl.col("is_outreach") == is_outreach)


def _why_unknown(kpi: Kpi, log: EventLog, settings: Settings) -> str | None:
    """Why a report has no value of a KPI, whatever was counted."""
    if kpi.configured:
        configured = getattr(settings, kpi.configured)
        if configured == type(configured)():
            return UNCONFIGURED[kpi.configured]
    known = all_knowledge(log.facts)
    missing = (need.what for need in kpi.needs if not known.intersection(need.fields))
    return next((phrase(NOT_CARRIED, what=what) for what in missing), None)


_LISTED_ORDER: Final = ("source", "conversation_id", "customer_id", "agent_id")


def _listed(name: str, ms: str | None, schema: pl.Schema) -> pl.Expr:
    if ms is not None:
        return (pl.col(ms) / 1_000).alias(name)
    if name in _CAN_TELL:
        return pl.when(_CAN_TELL[name]).then(name).alias(name)
    if isinstance(schema[name], pl.Datetime):
        return pl.col(name).dt.replace_time_zone("UTC")
    return pl.col(name).cast(pl.String) if name == "source" else pl.col(name)
