"""The catalogue of KPIs, in the order in which reports show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from supportcli.errors import UsageError, did_you_mean
from supportcli.kpis.loyalty import LOYALTY
from supportcli.kpis.model import Kpi
from supportcli.kpis.money import MONEY
from supportcli.kpis.people import PEOPLE
from supportcli.kpis.quality import QUALITY
from supportcli.kpis.satisfaction import SATISFACTIONS
from supportcli.kpis.speed import SPEED
from supportcli.kpis.volume import VOLUME

CATALOGUE: Final[dict[str, Kpi]] = {
    kpi.id: kpi for kpi in (*VOLUME, *SPEED, *QUALITY, *SATISFACTIONS, *MONEY, *LOYALTY, *PEOPLE)
}


def select_kpis(ids: Sequence[str], *, every: bool) -> list[Kpi]:
    """The KPIs of a report: those named, all of them, or the headline selection.

    The name of a measure (`first_response_time`) stands for all its statistics. Raises UsageError
    for a name that is no KPI.
    """
    if not ids:
        return [kpi for kpi in CATALOGUE.values() if every or kpi.headline]
    wanted = {kpi.id for name in ids for kpi in _named(name)}
    return [kpi for kpi in CATALOGUE.values() if kpi.id in wanted]


def _named(name: str) -> list[Kpi]:
    if name in CATALOGUE:
        return [CATALOGUE[name]]
    families = {kpi.id: kpi.id.partition(".")[0] for kpi in CATALOGUE.values()}
    found = [CATALOGUE[id_] for id_, family in families.items() if family == name]
    if not found:
        raise UsageError(
            f'there is no KPI "{name}"',
            hint=did_you_mean(name, [*families, *families.values()])
            or "`supportkpi kpis` lists them",
        )
    return found
