"""INPUT on the command line to files: a file, a folder, a pattern, or `-` for standard input."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from supportcli.errors import InputError, UsageError
from supportcli.settings import InputSetting
from supportcli.sources.sniff import STDIN_NAME, InputFile

_DATA_SUFFIXES: Final = {"", ".csv", ".tsv", ".parquet", ".ndjson", ".jsonl", ".json"}
"""What is taken from a folder; anything else in it is left alone, and named on request."""


def find_inputs(inputs: Iterable[str], configured: Iterable[InputSetting]) -> list[InputFile]:
    """The files that the command line names, or those of the configuration where it names none.

    Raises UsageError without any, and InputError for a name that leads to nothing.
    """
    wanted = [InputSetting(path) for path in inputs] or list(configured)
    if not wanted:
        raise UsageError(
            "no input", hint="name a file, a folder or -, or list [[inputs]] in supportkpi.toml"
        )
    return [file for item in wanted for file in _expand(item)]


def _expand(item: InputSetting) -> list[InputFile]:
    if item.path == "-":
        return [InputFile(STDIN_NAME, content=sys.stdin.buffer.read(), source=item.source)]
    path = Path(item.path)
    if path.is_dir():
        found = [inner for inner in sorted(path.rglob("*")) if _is_data(inner, path)]
        if not found:
            raise InputError(f"{item.path}: the folder holds no export")
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(name) for name in glob.glob(item.path, recursive=True))
        found = [match for match in found if match.is_file()]
        if not found:
            raise InputError(f"{item.path}: there is no such file")
    return [InputFile(str(match), path=match, source=item.source) for match in found]


def _is_data(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    stem = path.name.removesuffix(".gz")
    return path.is_file() and not hidden and Path(stem).suffix.lower() in _DATA_SUFFIXES
