"""What is known of the groups of a report, by what the sources of their events fill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from supportcli.conversations import (
    OTHER_KINDS,
    all_knowledge,
    fields_known,
    knowledge_of,
    knowledge_of_kind,
)
from supportcli.facts import SourceFacts
from supportcli.grains import Material, other_events
from supportcli.kpis.model import Kpi
from supportcli.kpis.taking import MOMENT_DIMENSIONS, TOTAL, Group, Slices
from supportcli.store.recent import Extent


def answerable(kpis: Sequence[Kpi], filled: frozenset[str]) -> list[Kpi]:
    """The KPIs whose needs some source fills; the others are not worth measuring."""
    return [kpi for kpi in kpis if all(filled.intersection(need.fields) for need in kpi.needs)]


def kinds_in(frame: pl.DataFrame) -> frozenset[str]:
    """What a log knows by the kinds of events in it that are of no conversation."""
    if "kind" not in frame.columns:
        return frozenset()
    kinds = frame["kind"].cast(pl.String).unique()
    return frozenset(OTHER_KINDS[kind] for kind in kinds if kind in OTHER_KINDS)


def knowledge_of_groups(
    material: Material, slices: Slices, extent: Extent | None
) -> dict[Group | None, frozenset[str]]:
    """The event columns that the sources of each group fill; the total under TOTAL.

    Of a store that was not read to its end the places of its rows tell what is known there. A
    group of orders, refunds or page views alone knows what their sources fill, and of what kind
    they are.
    """
    facts, by = material.prepared.context.facts, slices.by
    known = pl.col("knows").bitwise_or()
    own = () if set(by) & set(MOMENT_DIMENSIONS) else tuple(by)
    others = other_events(material)
    kinds = others.select(pl.col("kind").cast(pl.String).unique()).collect()["kind"].to_list()
    others = others.with_columns(knows=knowledge_of(facts) | knowledge_of_kind(kinds))
    told = [rows.select("knows", *own) for rows in (material.people.lazy(), others)]
    rows = pl.concat(told, how="vertical_relaxed")
    bits = rows.select(known).collect().item()
    whole = fields_known(bits) if bits is not None else all_knowledge(facts)
    found: dict[Group | None, frozenset[str]] = {TOTAL: whole}
    if own and slices.only is not None:
        rows = rows.join(slices.only.lazy(), on=slices.only.columns, how="semi", nulls_equal=True)
    if own:
        for *group, bits in rows.group_by(own).agg(known).collect().rows():
            found[tuple(group)] = fields_known(bits)
    if extent is not None:
        for place, fields in _known_beyond(extent, facts, own):
            found[place] = found.get(place, frozenset()) | fields
    return found


def _known_beyond(
    extent: Extent, facts: Sequence[SourceFacts], by: Sequence[str]
) -> Iterator[tuple[Group | None, frozenset[str]]]:
    """The channels of a store with the event columns that their sources fill, and the total.

    What shares its ids with another source has a channel of its own only where that is known.
    """
    filled = {one.name: all_knowledge([one]) for one in facts}
    spaces = {one.name: one.id_space for one in facts}
    alone = {name for name, space in spaces.items() if [*spaces.values()].count(space) == 1}
    for source, channel in extent.places:
        yield TOTAL, filled[source]
        if tuple(by) == ("channel",) and (channel is not None or source in alone):
            yield (channel,), filled[source]
