"""`supportkpi inspect`: what a file is, how it was understood, what is wrong with it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from supportcli.cli import options

if TYPE_CHECKING:
    from supportcli.intake import ReadOptions
    from supportcli.sources.sniff import InputFile

WriteSource = Annotated[
    Optional[Path],
    typer.Option(
        "--write-source", metavar="FILE", help="Start a mapping for the input there (.toml)."
    ),
]


def command(
    reading: options.Reading,
    write_source: WriteSource = None,
    color: options.Color = "auto",
) -> None:
    """Show the source of each input, where every column went, the rejects and what is missing."""
    from supportcli.errors import InputError, UsageError
    from supportcli.inspection import inspect_input
    from supportcli.report.inspection import write_inspections
    from supportcli.sources.files import find_inputs

    settings, read_options = reading.settings(), reading.options()
    files = find_inputs(read_options.inputs, settings.inputs, read_options.encoding)
    if write_source and len(files) > 1:
        raise UsageError(f"--write-source: a mapping is of one file, these are {len(files)}")
    found, failures = [], []
    for file in files:
        try:
            found.append(inspect_input(file, read_options, settings))
        except InputError as error:
            failures.append(error)
    if write_source and not failures:
        _start_mapping(files[0], read_options, write_source)
    write_inspections(found, sys.stdout.buffer, color)
    sys.stdout.buffer.flush()
    if failures:
        raise InputError("\n".join(one.message for one in failures), hint=failures[0].hint)


def _start_mapping(file: InputFile, reading: ReadOptions, path: Path) -> None:
    """Write the starting mapping, never over a file that is there, and say what to do with it."""
    from supportcli.errors import OutputError, UsageError
    from supportcli.inspection import open_for_starter
    from supportcli.sources.starter import start_mapping
    from supportcli.wording import clean

    table = open_for_starter(file, reading)
    starter = start_mapping(table, path.stem, reading.timezone_of_input)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(starter.text)
    except FileExistsError as error:
        raise UsageError(
            f"{path} exists already", hint="--write-source writes a new file; name another"
        ) from error
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    for todo in starter.todo:
        print(f"supportkpi: note: {path} is not finished: {todo}", file=sys.stderr)
    given = shlex.join([file.name if file.path else "-", "--source", str(path)])
    print(f"supportkpi: wrote {clean(str(path))}; read it, then: supportkpi report {clean(given)}",
          file=sys.stderr)  # fmt: skip
