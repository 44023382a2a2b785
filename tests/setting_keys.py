"""Every key of the configuration, as its classes define it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_args, get_type_hints

from supportcli.settings import Settings


def setting_keys() -> dict[str, Any]:
    """Every key, dotted, with its default (None where it must be given).

    A key that several tables have from one class, as the days of the week, is under the first.
    """
    return dict(_walk(Settings, "", set()))


def _walk(kind: Any, prefix: str, seen: set[tuple[type, str]]) -> Iterator[tuple[str, Any]]:
    for item in fields(kind):
        origin = _origin(kind, item.name)
        if (origin, item.name) in seen:
            continue
        seen.add((origin, item.name))
        hint = get_type_hints(kind)[item.name]
        tables = [one for one in (hint, *get_args(hint)) if is_dataclass(one)]
        for table in tables:
            yield from _walk(table, f"{prefix}{item.name}.", seen)
        if not tables:
            yield f"{prefix}{item.name}", _default(item)


def _origin(kind: type, name: str) -> type:
    """The class that a key was first written in."""
    return next(
        one for one in reversed(kind.__mro__) if name in vars(one).get("__annotations__", ())
    )


def _default(item: Field[Any]) -> Any:
    if item.default_factory is not MISSING:
        return item.default_factory()
    return None if item.default is MISSING else item.default
