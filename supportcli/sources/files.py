"""INPUT on the command line to files: a file, a folder, a pattern, or `-` for standard input."""

from __future__ import annotations

import glob
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supportcli.errors import InputError, UsageError
from supportcli.settings import InputSetting
from supportcli.sources.sniff import STDIN_NAME, InputFile
from supportcli.store.place import is_store, place_of
from supportcli.words import Name, phrase

DATA_SUFFIXES: Final = (
    ".csv", ".tsv", ".txt", ".parquet", ".ndjson", ".jsonl", ".json", ".xlsx", ".xlsm", ".xls",
    ".zip",
)  # fmt: skip
"""What is taken from a folder beside files without an ending, packed with gzip or not."""

_ROTATED: Final = re.compile(r"[.-](\d{1,3}|\d{8,10}|\d{4}-\d\d-\d\d)$")
"""What a log gets behind its name when the next one is begun: a number or a date."""

_NO_DATA: Final = {"readme", "license", "licence", "notice", "changelog"}
"""Names of texts that lie beside exports and are none."""

_NAMED: Final = 5
"""How many files that are not read a note names."""


@dataclass(frozen=True)
class Inputs:
    """The files to read, and notes on those that lie in their folders and are not read."""

    files: list[InputFile]
    notes: tuple[str, ...] = ()


def find_inputs(
    inputs: Iterable[str],
    configured: Iterable[InputSetting],
    encoding: str | None = None,
    store_options: Mapping[str, str] | None = None,
) -> Inputs:
    """The files that the command line names, or those of the configuration where it names none.

    A file that is named twice is one input. `encoding` is that of all text files, if it is stated,
    `store_options` those of a store in an object store.
    Raises UsageError without any, and InputError for a name that leads to nothing.
    """
    wanted = [InputSetting(path) for path in inputs] or list(configured)
    if not wanted:
        raise UsageError(
            "no input", hint="name a file, a folder or -, or list [[inputs]] in supportkpi.toml"
        )
    found: dict[Path | None, InputFile] = {}
    notes: dict[str, None] = {}
    for item in wanted:
        if is_store(item.path):
            return Inputs([_store(item.path, wanted, store_options)])
        notes |= dict.fromkeys(_left_out(Path(item.path)))
        for path in _expand(item):
            place = path.resolve() if path is not None else None
            if place not in found:
                found[place] = _input(path, item, encoding)
    return Inputs(list(found.values()), tuple(notes))


def _store(
    path: str, wanted: Sequence[InputSetting], options: Mapping[str, str] | None
) -> InputFile:
    """A store as the only input: exports beside it might hold what is in it already."""
    if len(wanted) > 1:
        raise UsageError(
            f"{path} is a store, and is read alone",
            hint=f"add the other inputs to it: supportkpi ingest INPUT... --store {path}",
        )
    return InputFile(path, store=place_of(path, options))


def check_outputs(outputs: Iterable[Path], inputs: Sequence[Path]) -> None:
    """Raises UsageError where a file to be written is one of the inputs, by whatever name."""
    for output in outputs:
        # A device may be both: it is not replaced by what is written to it.
        if output.is_file() and any(_is_same(output, one) for one in inputs):
            raise UsageError(f"{output} is an input; name another file")


def _is_same(output: Path, given: Path) -> bool:
    return given.exists() and output.samefile(given)


def _input(path: Path | None, item: InputSetting, encoding: str | None) -> InputFile:
    if path is None:
        content = sys.stdin.buffer.read()
        return InputFile(STDIN_NAME, content=content, source=item.source, encoding=encoding)
    return InputFile(str(path), path=path, source=item.source, encoding=encoding)


def _expand(item: InputSetting) -> Sequence[Path | None]:
    """The files that one argument stands for; None for standard input."""
    if item.path == "-":
        return [None]
    path = Path(item.path)
    if path.is_dir():
        found = [inner for inner in _files_in(path) if _is_data(inner)]
        if not found:
            raise InputError(f"{item.path}: the folder holds no export")
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(name) for name in glob.glob(item.path, recursive=True))
        found = [match for match in found if match.is_file()]
        if not found:
            raise InputError(f"{item.path}: there is no such file")
    return found


def _files_in(folder: Path) -> list[Path]:
    """The files of a folder at any depth, hidden ones and those of stores left out."""
    stores = _stores_in(folder)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(p.startswith(".") for p in path.relative_to(folder).parts)
        and not stores.intersection(path.parents)
    ]


def _stores_in(folder: Path) -> set[Path]:
    return {path.parent for path in folder.rglob("_delta_log")}


def _left_out(folder: Path) -> Iterator[str]:
    """A note on the files and stores of a folder that are not read, where there are any."""
    others = [path for path in _files_in(folder) if not _is_data(path)]
    left = [str(path.relative_to(folder)) for path in (*sorted(_stores_in(folder)), *others)]
    if left:
        names: str = Name(", ".join(left[:_NAMED]))
        if len(left) > _NAMED:
            names = phrase("{names} and {count} more", names=names, count=len(left) - _NAMED)
        yield phrase("{folder}: not read: {names}", folder=Name(folder), names=names)


def _is_data(path: Path) -> bool:
    name = Path(_ROTATED.sub("", path.name.removesuffix(".gz")))
    return name.stem.lower() not in _NO_DATA and name.suffix.lower() in ("", *DATA_SUFFIXES)
