"""What is wrong with a configuration: every fault at once, each with the line that it is on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supportcli.durations import parse_duration_ms
from supportcli.errors import ConfigurationError, did_you_mean
from supportcli.settings.model import InputSetting, Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


Fault = tuple[list[str], str]
"""The keys that lead to something wrong, and what is wrong with it."""

Check = Callable[[dict[str, Any]], Iterable[Fault]]


def check_timezone(name: str) -> None:
    """Raise ValueError unless `name` is a time zone of the IANA database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = did_you_mean(name, available_timezones())
        reason = f'"{name}" is no time zone of the IANA database'
        raise ValueError(f"{reason}; {near}" if near else reason) from error


def check_region(code: str) -> None:
    """Raise ValueError unless `code` is a region whose telephone numbers are known."""
    from phonenumbers import SUPPORTED_REGIONS, region_code_for_country_code

    if code in SUPPORTED_REGIONS:
        return
    dialled = re.fullmatch(r"\+?(?:00)?([1-9]\d{0,2})", code)
    if dialled:
        meant = region_code_for_country_code(int(dialled[1]))
    else:
        meant = _OTHER_REGIONS.get(code.upper(), code.upper())
    near = did_you_mean(meant, SUPPORTED_REGIONS)
    reason = f'"{code}" is no region in two letters, such as "IR" or "US"'
    raise ValueError(f"{reason}; {near}" if near else reason)


_OTHER_REGIONS: Final = {"UK": "GB", "EL": "GR"}
"""What regions are called that have another code in the standard (ISO 3166)."""


_CHECKS: Final[dict[tuple[str, ...], Callable[[str], object]]] = {
    ("timezone",): check_timezone,
    ("service_level", "phone"): parse_duration_ms,
    ("service_level", "chat"): parse_duration_ms,
    ("service_level", "short_abandon"): parse_duration_ms,
    ("fcr", "window"): parse_duration_ms,
    ("repeat", "window"): parse_duration_ms,
    ("channel_switch", "window"): parse_duration_ms,
    ("loyalty", "window"): parse_duration_ms,
    ("loyalty", "returning"): parse_duration_ms,
    ("customers", "region"): check_region,
}
"""What a text must be beyond being text, by key."""


def validate(
    tables: dict[str, Any], place: Callable[[list[str]], str], checks: Sequence[Check] = ()
) -> Settings:
    """The settings that the tables of a configuration mean; `place` says where keys are written.

    `checks` find what only those can judge who know more than keys and types. Raises
    ConfigurationError, a line a fault.
    """
    from pydantic import TypeAdapter, ValidationError

    settings, problems = Settings(), [*_check_texts(tables), *_check_aliases(tables)]
    try:
        settings = TypeAdapter(Settings).validate_python(tables)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors()]
    problems += [fault for check in checks for fault in check(tables)]
    if problems:
        raise ConfigurationError("\n".join(f"{place(keys)}: {reason}" for keys, reason in problems))
    return settings


def _check_texts(tables: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    for keys, check in _CHECKS.items():
        value: Any = tables
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            try:
                check(value)
            except ValueError as error:
                yield list(keys), str(error)


def _check_aliases(tables: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """A name that two agents have would make one of them the other."""
    agents = tables.get("agents")
    same = agents.get("same") if isinstance(agents, dict) else None
    if not isinstance(same, dict):
        return
    from supportcli.identity import alike

    names = [(name, name) for name in same]
    names += [(name, alias) for name, given in same.items() if isinstance(given, list)
              for alias in given]  # fmt: skip
    owners: dict[str, str] = {}
    for name, alias in names:
        owner = owners.setdefault(alike(str(alias)), name)
        if owner != name:
            yield ["agents", "same", name], f'"{alias}" is a name of "{owner}" already'


def _problem(detail: ErrorDetails) -> tuple[list[str], str]:
    """One thing that pydantic found: the keys that lead to it, and what is wrong."""
    keys = [str(part) for part in detail["loc"]]
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        near = did_you_mean(keys[-1], _known_keys(keys[:-1]))
        return keys, f"there is no such key{f'; {near}' if near else ''}"
    kind = detail["type"].removesuffix("_parsing").removesuffix("_type")
    return keys, _KINDS.get(kind, f"{detail['msg'][:1].lower()}{detail['msg'][1:]}")


_KINDS: Final = {
    "string": "this must be text",
    "float": "this must be a number",
    "bool": "this must be true or false",
    "tuple": "this must be a list",
    "dict": "this must be a table",
    "dataclass": "this must be a table",
    "missing": "this key is missing",
}
"""What a key must be, by what pydantic says it is not."""


def place_of(
    keys: list[str], text: str, path: Path | None, overridden: Sequence[Sequence[str]]
) -> str:
    """`file:line (key)` for a key of the file, `--set (key)` for one of the command line."""
    key = ".".join(keys)
    if path is None or any(keys[: len(other)] == other for other in overridden):
        return f"--set ({key})"
    line = _line_of(keys, text)
    return f"{path}:{line} ({key})" if line else f"{path} ({key})"


def _line_of(keys: list[str], text: str) -> int | None:
    """The line of a TOML text that sets a key, else the nearest table or key around it."""
    table: list[str] = []
    seen: dict[str, int] = {}
    best, found = 0, None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[(\[?)([^\[\]]+)\]", line):
            table = here = names_of(header[2])
            if header[1]:
                seen[header[2]] = seen.get(header[2], -1) + 1
                table = here = [*table, str(seen[header[2]])]
        elif setting := re.match(r"\s*([^=#\s][^=#]*)=", line):
            here = [*table, *names_of(setting[1])]
        else:
            continue
        if len(here) > best and here == keys[: len(here)]:
            best, found = len(here), number
    return found


def names_of(dotted: str) -> list[str]:
    """The parts of a TOML key, quotes and the space around them taken off."""
    parts = re.findall(r"\"[^\"]*\"|'[^']*'|[^.\"']+", dotted)
    return [part.strip("\"'") for part in map(str.strip, parts) if part]


def _known_keys(parents: list[str]) -> list[str]:
    """The keys of the table that these keys lead to."""
    table: Any = InputSetting(path="") if parents[:1] == ["inputs"] else Settings()
    for parent in [] if isinstance(table, InputSetting) else parents:
        table = getattr(table, parent, None)
    return [item.name for item in dataclasses.fields(table)] if _is_table(table) else []


def _is_table(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)
