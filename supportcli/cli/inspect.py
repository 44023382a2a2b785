"""`supportkpi inspect`: what a file is, how it was understood, what is wrong with it."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from supportcli.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supportcli.inspection.model import Inspection
    from supportcli.intake import ReadOptions
    from supportcli.settings import Settings
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
    from supportcli.cli.progress import progress
    from supportcli.errors import InputError
    from supportcli.inspection import inspect_input
    from supportcli.intake import step_of
    from supportcli.report.inspection import write_inspections
    from supportcli.sources.files import find_inputs
    from supportcli.wording import clean

    settings, read_options = reading.settings(), reading.options()
    inputs = find_inputs(
        read_options.inputs, settings.inputs, read_options.encoding, settings.store.options
    )
    files = inputs.files
    for note in inputs.notes:
        print(f"supportkpi: note: {clean(note)}", file=sys.stderr)
    if write_source is not None:
        read_options = _start_mapping(files, read_options, settings, write_source)
    found, failures = [], []
    with progress(sys.stderr) as on_step:
        for number, file in enumerate(files, start=1):
            on_step(step_of(file, number, len(files)))
            try:
                found.append(inspect_input(file, read_options, settings))
            except InputError as error:
                failures.append(error)
    if write_source is not None and found:
        _tell_of_mapping(found[0], files[0], write_source)
    write_inspections(found, sys.stdout.buffer, color)
    sys.stdout.buffer.flush()
    if failures:
        raise InputError("\n".join(one.message for one in failures), hint=failures[0].hint)


def _start_mapping(
    files: list[InputFile], reading: ReadOptions, settings: Settings, path: Path
) -> ReadOptions:
    """Write the starting mapping, never over a file that is there, and read by it from now on."""
    from supportcli.errors import OutputError, UsageError
    from supportcli.inspection import mapping_started

    if len(files) > 1:
        raise UsageError(f"--write-source: a mapping is of one file, these are {len(files)}")
    text = mapping_started(files[0], reading, settings, path)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(
            f"{path} exists already", hint="--write-source writes a new file; name another"
        ) from error
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    return replace(reading, source=str(path))


def _tell_of_mapping(found: Inspection, file: InputFile, path: Path) -> None:
    """What the new mapping cannot do yet, and how to use it."""
    from supportcli.wording import clean

    for todo in _unfinished(found):
        said = clean(f"{path} is not finished: {todo}")
        print(f"supportkpi: note: {said}", file=sys.stderr)
    given = shlex.join([file.name if file.path else "-", "--source", str(path)])
    print(f"supportkpi: wrote {clean(str(path))}; read it, then: supportkpi report {clean(given)}",
          file=sys.stderr)  # fmt: skip


def _unfinished(found: Inspection) -> Iterator[str]:
    """Why a report by the new mapping would fail or mislead."""
    if found.problem:
        yield found.problem + (f"; {found.hint}" if found.hint else "")
    elif "contacted_at" not in {one.field for one in found.fields} and found.lacks:
        yield "say in [columns] which column is the time of the contact"
    if found.rejects:
        first = found.rejects[0]
        number = found.spent.rejected if found.spent else len(found.rejects)
        yield f"{number:,} rows are rejected; the first: {first.place}: {first.message}"
