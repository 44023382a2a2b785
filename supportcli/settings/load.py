"""Where the configuration comes from: a file, the environment, and `--set` over both."""

from __future__ import annotations

import datetime as dt
import glob
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supportcli.errors import ConfigurationError
from supportcli.settings.model import Settings
from supportcli.settings.place import Places, begun_at, names_of

if TYPE_CHECKING:
    from supportcli.settings.check import Check

FILE_NAME: Final = "supportkpi.toml"
ENVIRONMENT_VARIABLE: Final = "SUPPORTKPI_CONFIG"


def load_settings(
    path: Path | None,
    overrides: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    checks: Sequence[Check] = (),
) -> Settings:
    """The settings of this run: `--set` over `--config` over the environment over the nearest file.

    `folder` is where the search for `supportkpi.toml` starts; it goes upward. `checks`
    find faults of their own. Raises ConfigurationError, naming every wrong key with its line, when
    something cannot be understood.
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
    if _is_deep(tables):
        raise ConfigurationError(f"{found or '--set'}: {_TOO_DEEP}")
    from supportcli.settings.check import validate

    overridden = [names_of(override.partition("=")[0]) for override in overrides]
    return validate(tables, Places(text, found, overridden), checks)


def _from_environment(environment: Mapping[str, str]) -> Path | None:
    value = environment.get(ENVIRONMENT_VARIABLE)
    return Path(value) if value else None


def _nearest(folder: Path) -> Path | None:
    candidates = (parent / FILE_NAME for parent in (folder, *folder.parents))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"cannot read the configuration {path}: {reason}") from error


def _parse(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return _read_toml(text)
    except tomllib.TOMLDecodeError as error:
        placed = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error), re.DOTALL)
        line = placed[2] if placed else begun_at(text)
        reason = _in_plain_words(placed[1]) if placed else "this begins and never ends"
        raise ConfigurationError(
            f"{path}:{line}: {reason}", hint="the file is written in TOML"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: {_TOO_DEEP}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: a number in it has too many digits") from error


_DEEPEST: Final = 20
"""No key lies so deep, and what lies far deeper could not be followed."""

_TOO_DEEP: Final = f"tables and lists lie in each other more than {_DEEPEST} deep"


def _is_deep(value: Any) -> bool:
    """Whether tables and lists lie in each other deeper than any key."""
    layer = [value]
    for _ in range(_DEEPEST):
        containers = [one for one in layer if isinstance(one, dict | list)]
        layer = [
            inner
            for one in containers
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(layer)


def _in_plain_words(said: str) -> str:
    """What is wrong with a file, where the parser says it in words that few understand."""
    if said == "Cannot overwrite a value":
        return "this key is there twice"
    if said == "Invalid value":
        return "this is no value; text stands in quotes"
    if said.endswith(" character '\\n'"):
        return "this text has no closing quote"
    if twice := re.fullmatch(r"Cannot declare \((.*)\) twice", said):
        table = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return f"[{table}] is there twice"
    return f"{said[:1].lower()}{said[1:]}"


def _read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text, dates as the text that they are written as."""
    tables: dict[str, Any] = _dates_as_text(tomllib.loads(f"{text}\n"))
    return tables


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _anchor_paths(tables: dict[str, Any], folder: Path) -> None:
    """Paths in a configuration are meant from the file that names them, not from the caller."""
    inputs = tables.get("inputs")
    for table in inputs if isinstance(inputs, list) else []:
        _anchor(table, "path", folder)
        if isinstance(table, dict) and str(table.get("source")).endswith(".toml"):
            _anchor(table, "source", folder)
    _anchor(tables.get("customers"), "file", folder)
    _anchor(tables.get("store"), "path", folder)
    _anchor(tables.get("report"), "logo", folder)
    _anchor(tables.get("report"), "template", folder)


def _anchor(table: Any, key: str, folder: Path) -> None:
    """Put the folder before a path that begins neither at a root nor at `~`.

    Standard input and URLs are no paths.

    Of a pattern only its own part is one, whatever the folder is called.
    """
    path = table.get(key) if isinstance(table, dict) else None
    if not isinstance(path, str) or path in ("", "-") or "://" in path:
        return
    try:
        own = Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(f'"{path}": whose home that is, nobody knows here') from error
    plain = folder / own
    is_pattern = not own.is_absolute() and glob.has_magic(path) and not plain.exists()
    table[key] = str(Path(glob.escape(str(folder))) / own if is_pattern else plain)


def _apply(tables: dict[str, Any], override: str) -> None:
    """Write one `--set KEY=VALUE` into the tables; the value is TOML, or plain text."""
    key, separator, value = override.partition("=")
    if not separator or not names_of(key):
        raise ConfigurationError(
            f'--set "{override}" has no value',
            hint="write --set KEY=VALUE, for example --set service_level.phone=30s",
        )
    *parents, last = names_of(key)
    table = tables
    for parent in parents:
        inner = table.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f'--set "{override}": {parent} is no table')
        table = inner
    table[last] = _toml_value(value.strip())


def _toml_value(text: str) -> Any:
    try:
        return _read_toml(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
