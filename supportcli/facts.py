"""What a report must remember of a source after its rows have become events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

METADATA_KEY: Final = "supportkpi.events/1"
"""The key under which a Parquet file of events carries the facts of its sources."""

SCALES: Final = {"csat": (1.0, 5.0), "nps": (0.0, 10.0), "ces": (1.0, 7.0)}
"""The scale of the answers to each question where none is declared, the worst answer first."""


@dataclass(frozen=True)
class SourceFacts:
    """Name, grain and identity of a source, and the event columns that it fills.

    `fields` makes the difference between a value that is unknown and one that is nought: a source
    that maps no `abandoned_at` says nothing of abandonment, one that maps it says nobody left.
    """

    name: str
    grain: str
    id_space: str
    fields: frozenset[str]
    session_gap_ms: int | None = None
    csat_scale: tuple[float, float] | None = None
    ces_scale: tuple[float, float] | None = None
    event_id_mapped: bool = False

    def scale_of(self, question: str) -> tuple[float, float]:
        """The scale of its answers to a question, the worst first; that of NPS is the same for all.

        A scale of effort may run downwards.
        """
        declared = {"csat": self.csat_scale, "ces": self.ces_scale}
        return declared.get(question) or SCALES[question]

    def scale_label(self, question: str) -> str:
        """The scale of a question in words: the value of `csat_scale`."""
        worst, best = self.scale_of(question)
        return f"{worst:g}-{best:g}"

    @property
    def rows_are_conversations(self) -> bool:
        """Whether a row, its latest version, is a whole conversation."""
        return self.grain == "conversation" and not self.event_id_mapped


def merge_facts(facts: Iterable[SourceFacts]) -> list[SourceFacts]:
    """One entry a source, by name: what any of its inputs fills, the source fills."""
    merged: dict[str, SourceFacts] = {}
    for one in facts:
        seen = merged.get(one.name, one)
        merged[one.name] = SourceFacts(**{**asdict(one), "fields": seen.fields | one.fields})
    return [merged[name] for name in sorted(merged)]


def whole_sources(facts: Sequence[SourceFacts]) -> list[str]:
    """The sources whose rows are conversations and that share their id space with no other."""
    spaces = [one.id_space for one in facts]
    return [
        one.name for one in facts if one.rows_are_conversations and spaces.count(one.id_space) == 1
    ]


def to_metadata(facts: Iterable[SourceFacts], anomalies: Mapping[str, int]) -> dict[str, str]:
    """The facts as Parquet metadata, with the anomalies that were counted as files were read."""
    tables = [{**asdict(one), "fields": sorted(one.fields)} for one in facts]
    value = {"sources": tables, "anomalies": dict(anomalies)}
    return {METADATA_KEY: json.dumps(value, sort_keys=True)}


_SCALES_OF_SOURCES: Final = ("csat_scale", "ces_scale")


def from_metadata(metadata: dict[str, str]) -> tuple[list[SourceFacts], dict[str, int]] | None:
    """The facts and the anomalies in Parquet metadata; None where the file is no table of events.

    Raises ValueError, KeyError or TypeError for metadata that we did not write.
    """
    text = metadata.get(METADATA_KEY)
    if text is None:
        return None
    value = json.loads(text)
    facts = [
        SourceFacts(
            **{
                **table,
                "fields": frozenset(table["fields"]),
                **{name: tuple(table[name]) for name in _SCALES_OF_SOURCES if table.get(name)},
            }
        )
        for table in value["sources"]
    ]
    if "anomalies" not in value:  # the first version counted one kind, and nothing else
        return facts, {"customer_id_lost_digits": value["lost_customers"]}
    return facts, value["anomalies"]
