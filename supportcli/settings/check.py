"""What is wrong with a configuration: every fault at once, each with the line that it is on."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from supportcli.durations import parse_duration_ms
from supportcli.errors import ConfigurationError, did_you_mean
from supportcli.settings.currencies import check_currency
from supportcli.settings.model import Settings
from supportcli.settings.names import check_channel, check_colour, check_region, check_timezone
from supportcli.settings.opening import check_hours
from supportcli.settings.place import Fault, Places

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


Check = Callable[[dict[str, Any]], Iterable[Fault]]


_CHECKS: Final[dict[tuple[str, ...], Callable[[str], object]]] = {
    ("timezone",): check_timezone,
    ("currency",): check_currency,
    ("service_level", "phone"): parse_duration_ms,
    ("service_level", "chat"): parse_duration_ms,
    ("service_level", "short_abandon"): parse_duration_ms,
    ("fcr", "window"): parse_duration_ms,
    ("repeat", "window"): parse_duration_ms,
    ("channel_switch", "window"): parse_duration_ms,
    ("loyalty", "window"): parse_duration_ms,
    ("loyalty", "returning"): parse_duration_ms,
    ("customers", "region"): check_region,
    ("report", "accent"): check_colour,
}
"""What a text must be beyond being text, by key."""


def validate(tables: dict[str, Any], places: Places, checks: Sequence[Check] = ()) -> Settings:
    """The settings that the tables of a configuration mean; `places` says where keys are written.

    `checks` find what only those can judge who know more than keys and types. Raises
    ConfigurationError, a line a fault, in the order of the file.
    """
    from pydantic import TypeAdapter, ValidationError

    settings, faults = (
        Settings(),
        [fault for find in (*_FINDERS, *checks) for fault in find(tables)],
    )
    try:
        # As JSON, so that lists and tables are taken for what they are and nothing else is: a
        # number in quotes is no number.
        settings = TypeAdapter(Settings).validate_json(json.dumps(tables), strict=True)
    except ValidationError as error:
        faults += [_problem(detail) for detail in error.errors()]
    if faults:
        faults.sort(key=lambda fault: places.line(fault[0]) or math.inf)
        lines = [" ".join(f"{places.name(keys)}: {why}".splitlines()) for keys, why in faults]
        raise ConfigurationError("\n".join(dict.fromkeys(lines)))
    return settings


def _at(tables: dict[str, Any], keys: Sequence[str]) -> Any:
    """What the tables hold at these keys; None where that is nothing."""
    value: Any = tables
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _table_at(tables: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table at these keys; an empty one where there is none."""
    value = _at(tables, keys)
    return value if isinstance(value, dict) else {}


def _check_texts(tables: dict[str, Any]) -> Iterator[Fault]:
    for keys, check in _CHECKS.items():
        value = _at(tables, keys)
        if isinstance(value, str):
            try:
                check(value)
            except ValueError as error:
                yield list(keys), str(error)


def _check_inputs(tables: dict[str, Any]) -> Iterator[Fault]:
    """An empty path would be the whole folder of the configuration."""
    inputs = tables.get("inputs")
    for number, one in enumerate(inputs if isinstance(inputs, list) else []):
        if isinstance(one, dict) and one.get("path") == "":
            yield ["inputs", str(number), "path"], "this must name a file, a folder or a pattern"


def _check_owners(tables: dict[str, Any]) -> Iterator[Fault]:
    """A name that two agents have would make one of them the other; an agent has one team."""
    same, teams = _table_at(tables, "agents", "same"), _table_at(tables, "teams")
    for name, alias, owner in _owned_twice([*((name, name) for name in same), *_pairs(same)]):
        yield ["agents", "same", name], f'"{alias}" is a name of "{owner}" already'
    for team, agent, owner in _owned_twice(_pairs(teams)):
        yield ["teams", team], f'"{agent}" is in the team "{owner}" already'


def _pairs(lists: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each name with each of those listed for it."""
    for name, given in lists.items():
        for one in given if isinstance(given, list) else []:
            yield name, str(one)


def _owned_twice(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Each pair of an owner and a name that another owner has already, with that other one."""
    from supportcli.identity import alike

    owners: dict[str, str] = {}
    for owner, name in pairs:
        first = owners.setdefault(alike(name), owner)
        if first != owner:
            yield owner, name, first


def _check_numbers(tables: dict[str, Any]) -> Iterator[Fault]:
    """What is no number by TOML's own word, and numbers too small to mean anything."""
    satisfied = _at(tables, ("survey", "csat_satisfied"))
    if isinstance(satisfied, float) and not math.isfinite(satisfied):
        yield ["survey", "csat_satisfied"], "this must be a number"
    orders = _at(tables, ("loyalty", "orders"))
    if isinstance(orders, int) and not 1 <= orders <= _MOST_ORDERS:
        yield ["loyalty", "orders"], f"this must be 1 or more, and at most {_MOST_ORDERS:,}"
    least = _at(tables, ("report", "min_n"))
    if isinstance(least, int) and least < 1:
        yield ["report", "min_n"], "this must be 1 or more"


_MOST_ORDERS: Final = 1_000_000
_MOST_MONEY: Final = 10**12
"""Beyond it, and its sums, whole numbers of minor units would not be kept exactly."""


def _check_costs(tables: dict[str, Any]) -> Iterator[Fault]:
    """Prices are of channels that there are, and no amount is less than nothing or endless."""
    prices, monthly = (
        _table_at(tables, "costs", "conversation"),
        _table_at(tables, "costs", "monthly"),
    )
    for channel in prices:
        try:
            check_channel(channel)
        except ValueError as error:
            yield ["costs", "conversation", channel], str(error)
    amounts: dict[tuple[str, ...], Any] = {
        ("costs", "agent_hour"): _at(tables, ("costs", "agent_hour")),
        **{("costs", "conversation", name): price for name, price in prices.items()},
        **{("costs", "monthly", name): price for name, price in monthly.items()},
    }
    for keys, amount in amounts.items():
        if isinstance(amount, int | float) and not 0 <= amount <= _MOST_MONEY:
            reason = f"this must be an amount of money, 0 or more, and at most {_MOST_MONEY:,}"
            yield list(keys), reason


_FINDERS: Final = (
    _check_texts, _check_inputs, _check_owners, _check_numbers, _check_costs, check_hours
)  # fmt: skip
"""What finds the faults that lie in what a value says, not in what it is."""


def _problem(detail: ErrorDetails) -> Fault:
    """One thing that pydantic found: the keys that lead to it, and what is wrong."""
    keys = [str(part) for part in detail["loc"]]
    if detail["type"] == "unexpected_keyword_argument":
        near = did_you_mean(keys[-1], _known_keys(keys[:-1]))
        return keys, f"there is no such key{f'; {near}' if near else ''}"
    if detail["type"] == "literal_error":
        words = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        near = did_you_mean(str(detail["input"]).lower(), words)
        reason = "this must be " + " or ".join(f'"{word}"' for word in words)
        return keys, f"{reason}; {near}" if near else reason
    if detail["type"] == "tuple_type" and isinstance(detail["input"], dict):
        return keys, f"this must be a list of tables: [[{'.'.join(keys)}]]"
    kind = detail["type"].removesuffix("_type")
    return keys, _KINDS.get(kind, f"{detail['msg'][:1].lower()}{detail['msg'][1:]}")


_KINDS: Final = {
    "string": "this must be text",
    "float": "this must be a number",
    "int": "this must be a whole number",
    "bool": "this must be true or false",
    "tuple": "this must be a list",
    "dict": "this must be a table",
    "dataclass": "this must be a table",
    "missing": "this key is missing",
}
"""What a key must be, by what pydantic says it is not."""


def _known_keys(parents: Sequence[str]) -> list[str]:
    """The keys of the table that these keys lead to."""
    kind: Any = Settings
    for parent in parents:
        kind = _kind_within(kind, parent)
    return [item.name for item in dataclasses.fields(kind)] if _is_table(kind) else []


def _kind_within(kind: Any, key: str) -> Any:
    """What stands under a key of a table, or under any key of a dictionary or list of tables."""
    if _is_table(kind):
        return get_type_hints(kind).get(key)
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    return inner[-1] if inner else None


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)
