"""What a file lacks, and for which KPIs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from supportcli.conversations import OTHER_KINDS, fields_known, knowledge
from supportcli.facts import SourceFacts
from supportcli.inspection.model import Lack
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.schema import TYPES


def lacks_of(grain: str, fields: Collection[str], kinds: Collection[str]) -> tuple[Lack, ...]:
    """The KPIs that a source of this grain cannot give, by what it lacks for them.

    `kinds` are those of its events.
    """
    filled = fields_known(knowledge(SourceFacts("", grain, "", frozenset(fields))))
    known = filled | {name for kind, name in OTHER_KINDS.items() if kind in kinds}
    groups: dict[tuple[str, tuple[str, ...]], list[Kpi]] = {}
    for kpi in CATALOGUE.values():
        missing = [need for need in kpi.all_needs if not known.intersection(need.fields)]
        if missing:
            what = " and ".join(dict.fromkeys(need.what for need in missing))
            needed = dict.fromkeys(one for need in missing for one in need.fields if one in TYPES)
            groups.setdefault((what, tuple(needed)), []).append(kpi)
    return tuple(Lack(what, needed, _families(kpis)) for (what, needed), kpis in groups.items())


def _families(kpis: Sequence[Kpi]) -> tuple[str, ...]:
    """The ids of KPIs, the name of a measure standing for all its statistics."""
    ids = {kpi.id for kpi in kpis}
    names = []
    for kpi in kpis:
        family = kpi.id.partition(".")[0]
        members = {id_ for id_ in CATALOGUE if id_.partition(".")[0] == family}
        names.append(family if members <= ids else kpi.id)
    return tuple(dict.fromkeys(names))
