"""Where the configuration comes from: a file, the environment, and `--set` over both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from supportcli.errors import ConfigurationError
from supportcli.settings.check import Check, names_of, place_of, validate
from supportcli.settings.model import Settings

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
    overridden = [names_of(override.partition("=")[0]) for override in overrides]
    return validate(tables, lambda keys: place_of(keys, text, found, overridden), checks)


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
    named = [(table, key) for table in (inputs if isinstance(inputs, list) else [])
             for key in ("path", "source")]  # fmt: skip
    for table, key in [*named, (tables.get("customers"), "file")]:
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str) and _is_path(key, value):
            table[key] = str(folder / value)


def _is_path(key: str, value: str) -> bool:
    """A source may also be one that comes with the program; an input, standard input."""
    return value.endswith(".toml") if key == "source" else value != "-"


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
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
