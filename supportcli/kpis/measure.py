"""Measures to parts: what every group and period holds of every measure, in few aggregations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import polars as pl

from supportcli.kpis.ages import Ages
from supportcli.kpis.model import Kpi
from supportcli.kpis.retention import Retention
from supportcli.kpis.taking import Parts, PlainTaking, Slices, Taking

_TAKINGS: Final[Mapping[str, type[Taking]]] = {"open": Ages, "activity": Retention}
"""Grains whose rows depend on the group and the period that they are taken for."""


def take_parts(frames: Mapping[str, pl.LazyFrame], kpis: Sequence[Kpi], slices: Slices) -> Parts:
    """The parts of every measure in every group and period.

    `frames` are by grain and hold the dimensions, the anchors and the measures. KPIs of one grain
    and anchor are taken in one aggregation, and all aggregations run side by side.
    """
    ordered = sorted(kpis, key=_family)
    takings = [
        _TAKINGS.get(grain, PlainTaking)(frames[grain], anchor, list(some), slices)
        for (grain, anchor), some in groupby(ordered, key=_family)
    ]
    queries = [(taking, query) for taking in takings for query in taking.queries()]
    found = pl.collect_all([query.frame for _, query in queries])
    parts: Parts = {}
    for (taking, query), frame in zip(queries, found, strict=True):
        parts.update(taking.parts(query, frame))
    return parts


def _family(kpi: Kpi) -> tuple[str, str]:
    return kpi.grain, kpi.anchor
