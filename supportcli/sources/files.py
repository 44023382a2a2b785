"""INPUT on the command line to files: a file, a folder, a pattern, or `-` for standard input."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from supportcli.errors import InputError, UsageError
from supportcli.settings import InputSetting
from supportcli.sources.sniff import STDIN_NAME, InputFile

_DATA_SUFFIXES: Final = {
    "", ".csv", ".tsv", ".txt", ".parquet", ".ndjson", ".jsonl", ".json", ".xlsx", ".xlsm", ".xls",
    ".zip",
}  # fmt: skip
"""What is taken from a folder, packed with gzip or not; anything else in it is left alone."""

_NO_DATA: Final = {"readme", "license", "licence", "notice", "changelog"}
"""Names of texts that lie beside exports and are none."""


def find_inputs(
    inputs: Iterable[str], configured: Iterable[InputSetting], encoding: str | None = None
) -> list[InputFile]:
    """The files that the command line names, or those of the configuration where it names none.

    A file that is named twice is one input. `encoding` is that of all text files, if it is stated.
    Raises UsageError without any, and InputError for a name that leads to nothing.
    """
    wanted = [InputSetting(path) for path in inputs] or list(configured)
    if not wanted:
        raise UsageError(
            "no input", hint="name a file, a folder or -, or list [[inputs]] in supportkpi.toml"
        )
    found: dict[Path | None, InputFile] = {}
    for item in wanted:
        for path in _expand(item):
            place = path.resolve() if path is not None else None
            if place not in found:
                found[place] = _input(path, item, encoding)
    return list(found.values())


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
    return found


def _is_data(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    name = Path(path.name.removesuffix(".gz"))
    if hidden or name.stem.lower() in _NO_DATA or not path.is_file():
        return False
    return name.suffix.lower() in _DATA_SUFFIXES
