"""The targets of the configuration: what a value has to reach, and whether it does."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from supportcli.durations import parse_duration_ms
from supportcli.errors import did_you_mean
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.report.model import Report, Row
from supportcli.schema import CHANNELS, DIMENSIONS
from supportcli.settings import Fault

OWN: Final = ("priority", "team", "channel")
"""The dimensions that have targets of their own; the first of them stands before the others."""

MIN_N: Final = 30
"""From how many values on an estimate is judged, unless the configuration says otherwise."""

Group = tuple[Any, ...]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
_WRITTEN: Final = re.compile(r"\s*(<=|<|>=|>)\s*(\S.*?)\s*")
_NUMBER: Final = re.compile(r"([+-]?\d{1,15}(?:\.\d{1,15})?)\s*(%?)")
_WHOLE: Final = ("count", "distinct", "newcomers", "stock", "sum", "cost")
"""Statistics whose values are what they are, and estimate nothing: each is judged."""


@dataclass(frozen=True)
class Target:
    """A limit of one KPI: `text` as it was written, and the same limit in the unit of the KPI."""

    kpi: str
    text: str
    comparison: str
    limit: float
    min_n: int = MIN_N

    def judge(self, row: Row) -> bool | None:
        """Whether the value of a row keeps to it; None where it is unknown or rests on too few."""
        if row.value is None:
            return None
        if row.n < self.min_n and CATALOGUE[self.kpi].statistic not in _WHOLE:
            return None
        return _COMPARISONS[self.comparison](row.value, self.limit)


@dataclass(frozen=True)
class Targets:
    """All targets: those for everything by KPI, and those of channels, teams and priorities.

    `own` has its targets by dimension, name and KPI.
    """

    general: Mapping[str, Target] = field(default_factory=dict)
    own: Mapping[tuple[str, str], Mapping[str, Target]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.general or any(self.own.values()))

    def of(self, kpi: str, group: Group | None, by: tuple[str, ...]) -> Target | None:
        """What the value of a group is judged by: a target of its own, else the general one."""
        return self.own_of(kpi, group, by) or self.general.get(kpi)

    def own_of(self, kpi: str, group: Group | None, by: tuple[str, ...]) -> Target | None:
        """The target that a group has for its priority, else for its team, else its channel."""
        named = dict(zip(by, group, strict=True)) if group is not None else {}
        for dimension in OWN:
            target = self.own.get((dimension, named.get(dimension, "")), {}).get(kpi)
            if target is not None:
                return target
        return None


def check_targets(tables: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with the `[targets]` of a configuration's tables."""
    table = tables.get("targets")
    return parse_targets(table)[1] if isinstance(table, dict) else []


def parse_targets(table: Mapping[str, Any]) -> tuple[Targets, list[Fault]]:
    """The `[targets]` of a configuration, and all that is wrong with them.

    A fault is the keys that lead to it, and the reason.
    """
    reader = _Reader(table)
    return reader.targets(), reader.faults


class _Reader:
    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.faults: list[Fault] = []
        self.min_n = self._min_n()

    def targets(self) -> Targets:
        general: dict[str, Target] = {}
        own: dict[tuple[str, str], dict[str, Target]] = {}
        for key, value in self.table.items():
            if key == "min_n":
                continue
            if key in OWN:
                own |= self._own(key, value)
            elif key in DIMENSIONS:
                self._fault([key], f"targets are for everything, or for a {_listed(OWN)}")
            else:
                general |= self._read([key], value)
        return Targets(general, own)

    def _fault(self, keys: list[str], reason: str) -> None:
        self.faults.append((["targets", *keys], reason))

    def _min_n(self) -> int:
        value = self.table.get("min_n", MIN_N)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._fault(["min_n"], "this must be a whole number, 0 or more")
        return MIN_N

    def _own(self, dimension: str, tables: Any) -> dict[tuple[str, str], dict[str, Target]]:
        """The targets of each channel, team or priority."""
        if not isinstance(tables, dict):
            self._fault([dimension], f"write a table for each: [targets.{dimension}.NAME]")
            return {}
        own: dict[tuple[str, str], dict[str, Target]] = {}
        for name, table in tables.items():
            if not isinstance(table, dict):
                self._fault([dimension, name], f"write a table: [targets.{dimension}.NAME]")
            elif dimension == "channel" and name not in CHANNELS:
                near = did_you_mean(name, CHANNELS) or f"one of {', '.join(CHANNELS)}"
                self._fault([dimension, name], f'there is no channel "{name}"; {near}')
            else:
                own[dimension, name] = self._table([dimension, name], table)
        return own

    def _table(self, keys: list[str], table: Mapping[str, Any]) -> dict[str, Target]:
        found: dict[str, Target] = {}
        for key, value in table.items():
            found |= self._read([*keys, key], value)
        return found

    def _read(self, keys: list[str], value: Any) -> dict[str, Target]:
        """The target of one key, or of the statistics under the name of a measure.

        TOML takes `csat.mean` without quotes for a table `csat` that has a key `mean`.
        """
        name = keys[-1]
        if isinstance(value, dict):
            if name not in _MEASURES:
                self._fault(keys, f"there is no such table{_near(name, (*OWN, *_MEASURES))}")
                return {}
            dotted = {f"{name}.{part}": (part, inner) for part, inner in value.items()}
            read = [self._target([*keys, part], id_, one) for id_, (part, one) in dotted.items()]
        else:
            read = [self._target(keys, name, value)]
        return {target.kpi: target for target in read if target is not None}

    def _target(self, keys: list[str], id_: str, value: Any) -> Target | None:
        try:
            return _target_of(id_, value, self.min_n)
        except ValueError as error:
            self._fault(keys, str(error))
            return None


def _measures() -> dict[str, list[str]]:
    """The ids that begin with the name of a measure, by that name."""
    measures: dict[str, list[str]] = {}
    for id_ in CATALOGUE:
        measures.setdefault(id_.partition(".")[0], []).append(id_)
    return measures


_MEASURES: Final = _measures()


def _target_of(id_: str, value: Any, min_n: int) -> Target:
    """The target that a key and its value mean. Raises ValueError where they mean none."""
    kpi = CATALOGUE.get(id_)
    if kpi is None:
        raise ValueError(_no_kpi(id_))
    example = f'"{_BETTER.get(kpi.better or "", "<=")} {_EXAMPLES.get(kpi.unit, "100")}"'
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        shown = f'"{value}"' if isinstance(value, str) else _toml(value)
        reason = f"{shown} does not say how a value compares; write for example {example}"
        raise ValueError(reason)
    limit = _limit(kpi, written[2])
    if limit is None:
        what = _UNITS.get(kpi.unit, "a number")
        raise ValueError(f'"{written[2]}" is not {what}; write for example {example}')
    return Target(id_, value.strip(), written[1], limit, min_n)


_BETTER: Final = {"higher": ">=", "lower": "<="}
_EXAMPLES: Final = {"s": "4h", "share": "85%", "score": "4.2", "points": "30", "money": "4.50"}
_UNITS: Final = {
    "s": "a duration",
    "share": "a share of 0 to 1 or of 0 % to 100 %",
    "money": "an amount of money (a number, in the currency of the report)",
}
"""What the limit of a KPI must be, by its unit; everything else is a plain number."""


def _limit(kpi: Kpi, text: str) -> float | None:
    """A limit in the unit of its KPI; None where it is in no such unit."""
    if kpi.unit == "s":
        try:
            return parse_duration_ms(text) / 1_000
        except ValueError:
            return None
    number = _NUMBER.fullmatch(text)
    if number is None or (number[2] and kpi.unit != "share"):
        return None
    # As a fraction, so that 85.3 % is the number nearest to 0.853, as 853 of 1,000 is.
    limit = Fraction(number[1]) / (100 if number[2] else 1)
    return None if kpi.unit == "share" and not 0 <= limit <= 1 else float(limit)


def _no_kpi(id_: str) -> str:
    if id_ in _MEASURES:
        return f'"{id_}" comes as {_listed(_MEASURES[id_])}; name one of them'
    return f'there is no KPI "{id_}"{_near(id_, CATALOGUE)}'


def _near(word: str, known: Iterable[str]) -> str:
    near = did_you_mean(word, known)
    return f"; {near}" if near else ""


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def judged(report: Report, targets: Targets) -> Report:
    """The report, each row with the target that it is judged by."""
    return replace(report, rows=tuple(judged_row(row, report.by, targets) for row in report.rows))


def judged_row(row: Row, by: tuple[str, ...], targets: Targets) -> Row:
    """The row with its target, and whether it is met."""
    target = targets.of(row.kpi, row.group, by)
    return row if target is None else replace(row, target=target.text, met=target.judge(row))
