"""The configuration: every key with its default, and how a file and `--set` replace them.

The classes are plain dataclasses, so that a run without a configuration costs no import of a
validation library; a configuration that exists is validated by pydantic against the same classes.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supportcli.durations import parse_duration_ms
from supportcli.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME: Final = "supportkpi.toml"
ENVIRONMENT_VARIABLE: Final = "SUPPORTKPI_CONFIG"

_STRICT: Final = {"extra": "forbid"}


@dataclass(frozen=True)
class InputSetting:
    """One `[[inputs]]` table: what is read when the command line names no input."""

    __pydantic_config__ = _STRICT

    path: str
    source: str | None = None


@dataclass(frozen=True)
class ServiceLevel:
    """The answering time promised per channel, and the waits too short to count as abandoned."""

    __pydantic_config__ = _STRICT

    phone: str = "20s"
    chat: str = "60s"
    short_abandon: str = "0s"

    @property
    def short_abandon_ms(self) -> int:
        """Waits up to this are out of abandonment and service level; 0 is off."""
        return parse_duration_ms(self.short_abandon)

    @property
    def threshold_ms(self) -> dict[str, int]:
        """The promised answering time of each channel that people wait on."""
        return {"phone": parse_duration_ms(self.phone), "chat": parse_duration_ms(self.chat)}


@dataclass(frozen=True)
class Fcr:
    """What counts as the same problem coming back, for first-contact resolution."""

    __pydantic_config__ = _STRICT

    window: str = "7d"
    same_topic: bool = False

    @property
    def window_ms(self) -> int:
        """How long after its resolution a conversation must stay without a successor."""
        return parse_duration_ms(self.window)


@dataclass(frozen=True)
class Repeat:
    """How soon another conversation of a customer is a repeat contact."""

    __pydantic_config__ = _STRICT

    window: str = "7d"

    @property
    def window_ms(self) -> int:
        """The window in milliseconds."""
        return parse_duration_ms(self.window)


@dataclass(frozen=True)
class Agents:
    """Who the agents are: which are no humans, and which names are one agent's.

    `names` are for chats that do not say who is an agent. `bots` are names, or patterns with `*`
    and `?`; `same` gives the other names of an agent, or patterns of them, by the name that the
    report shall show.
    """

    __pydantic_config__ = _STRICT

    names: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    same: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Customers:
    """Where it is written who has which id, number, address and name; and where they telephone.

    `region` is the country, in two letters, of phone numbers without a country code.
    """

    __pydantic_config__ = _STRICT

    file: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Survey:
    """How answers of customers are judged, on the scales that the limit lies on."""

    __pydantic_config__ = _STRICT

    csat_satisfied: float | None = None


@dataclass(frozen=True)
class Surveys:
    """The column, by its very words, in which a survey has the answers to each question."""

    __pydantic_config__ = _STRICT

    csat: str | None = None
    nps: str | None = None
    ces: str | None = None

    @property
    def questions(self) -> dict[str, str]:
        """The questions that are named."""
        return {name: text for name, text in vars(self).items() if text is not None}


@dataclass(frozen=True)
class Settings:
    """The whole configuration, checked; every key has the default that the docs name."""

    __pydantic_config__ = _STRICT

    timezone: str = "UTC"
    inputs: tuple[InputSetting, ...] = ()
    service_level: ServiceLevel = field(default_factory=ServiceLevel)
    fcr: Fcr = field(default_factory=Fcr)
    repeat: Repeat = field(default_factory=Repeat)
    agents: Agents = field(default_factory=Agents)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    customers: Customers = field(default_factory=Customers)
    survey: Survey = field(default_factory=Survey)
    surveys: Surveys = field(default_factory=Surveys)


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


def load_settings(
    path: Path | None, overrides: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Settings:
    """The settings of this run: `--set` over `--config` over the environment over the nearest file.

    `folder` is where the search for `supportkpi.toml` starts; it goes upward. Raises
    ConfigurationError, naming every wrong key with its line, when something cannot be understood.
    """
    found = path or _from_environment(environment) or _nearest(folder)
    text = _read(found) if found else ""
    tables = _parse(text, found)
    if found:
        _anchor_paths(tables, found.parent)
    for override in overrides:
        _apply(tables, override)
    if not tables:
        return Settings()
    overridden = [_names(override.partition("=")[0]) for override in overrides]
    return _validate(tables, lambda keys: _place(keys, text, found, overridden))


def _from_environment(environment: Mapping[str, str]) -> Path | None:
    value = environment.get(ENVIRONMENT_VARIABLE)
    return Path(value) if value else None


def _nearest(folder: Path) -> Path | None:
    candidates = (parent / FILE_NAME for parent in (folder, *folder.parents))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"cannot read the configuration {path}: {reason}") from error


def _parse(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}", hint="the file is written in TOML") from error


def _anchor_paths(tables: dict[str, Any], folder: Path) -> None:
    """Paths in a configuration are meant from the file that names them, not from the caller."""
    inputs = tables.get("inputs")
    named = [(table, "path") for table in (inputs if isinstance(inputs, list) else [])]
    for table, key in [*named, (tables.get("customers"), "file")]:
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key] != "-":
            table[key] = str(folder / table[key])


def _apply(tables: dict[str, Any], override: str) -> None:
    """Write one `--set KEY=VALUE` into the tables; the value is TOML, or plain text."""
    key, separator, value = override.partition("=")
    if not separator or not _names(key):
        raise ConfigurationError(
            f'--set "{override}" has no value',
            hint="write --set KEY=VALUE, for example --set service_level.phone=30s",
        )
    *parents, last = _names(key)
    table = tables
    for parent in parents:
        inner = table.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f'--set "{override}": {parent} is no table')
        table = inner
    table[last] = _toml_value(value.strip())


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


_CHECKS: Final[dict[tuple[str, ...], Callable[[str], object]]] = {
    ("timezone",): check_timezone,
    ("service_level", "phone"): parse_duration_ms,
    ("service_level", "chat"): parse_duration_ms,
    ("service_level", "short_abandon"): parse_duration_ms,
    ("fcr", "window"): parse_duration_ms,
    ("repeat", "window"): parse_duration_ms,
    ("customers", "region"): check_region,
}
"""What a text must be beyond being text, by key."""


def _validate(tables: dict[str, Any], place: Callable[[list[str]], str]) -> Settings:
    from pydantic import TypeAdapter, ValidationError

    settings, problems = Settings(), [*_check_texts(tables), *_check_aliases(tables)]
    try:
        settings = TypeAdapter(Settings).validate_python(tables)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors()]
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


def _place(
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
            table = here = _names(header[2])
            if header[1]:
                seen[header[2]] = seen.get(header[2], -1) + 1
                table = here = [*table, str(seen[header[2]])]
        elif setting := re.match(r"\s*([^=#\s][^=#]*)=", line):
            here = [*table, *_names(setting[1])]
        else:
            continue
        if len(here) > best and here == keys[: len(here)]:
            best, found = len(here), number
    return found


def _names(dotted: str) -> list[str]:
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
