"""What is said beside the result, on standard error; and where the result goes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from supportcli.errors import OutputError

if TYPE_CHECKING:
    import polars as pl

    from supportcli.cli.options import Telling
    from supportcli.events import EventLog
    from supportcli.sources.read import Reject
    from supportcli.store.drift import Change


def tell(log: EventLog, telling: Telling, rejects: Path | None) -> None:
    """Write the rejects where they are wanted, and say on standard error what one should know."""
    from supportcli.wording import clean

    if rejects is not None:
        _list_rejects(log.rejects, rejects)
    if telling.quiet:
        return
    for note in log.notes:
        print(f"supportkpi: note: {clean(note)}", file=sys.stderr)
    for intake in log.intakes:
        if intake.rejected:
            first = next(one for one in log.rejects if one.file == intake.path)
            print(
                f"supportkpi: warning: {clean(intake.path)}: {intake.rejected:,} of "
                f"{intake.rows:,} rows were rejected; the first: {clean(first.place)}: "
                f"{clean(first.message)}",
                file=sys.stderr,
            )
        if telling.verbose:
            reasons = intake.skipped.items()
            skipped = "".join(f", {count:,} skipped ({clean(why)})" for why, count in reasons)
            print(
                f"supportkpi: {clean(intake.path)} ({clean(intake.source)}): "
                f"{intake.rows:,} rows = {intake.events:,} events{skipped}, "
                f"{intake.rejected:,} rejected, {intake.duplicates:,} duplicates, "
                f"{intake.superseded:,} superseded",
                file=sys.stderr,
            )


def tell_drift(file: str, changes: Iterable[Change], telling: Telling) -> None:
    """Say on standard error what has changed in an export."""
    from supportcli.wording import clean

    if not telling.quiet:
        for change in changes:
            print(f"supportkpi: warning: {clean(file)}: {change.in_words}", file=sys.stderr)


@contextlib.contextmanager
def collecting_rejects(path: Path | None) -> Iterator[list[Reject]]:
    """List the rejects that are collected, where they are wanted, once all inputs are read.

    Where one fails, those so far and its own are listed.
    """
    from supportcli.intake import RejectedError

    found: list[Reject] = []
    is_whole = False
    try:
        yield found
        is_whole = True
    except RejectedError as error:
        found += error.rejects
        raise
    finally:
        # Where nothing was read, the file may be an input that was named by mistake.
        if path is not None and (is_whole or found):
            _list_rejects(found, path)


@contextlib.contextmanager
def listing_rejects(path: Path | None) -> Iterator[None]:
    """List the rejects, where they are wanted, also of an input that fails for them."""
    from supportcli.intake import RejectedError

    try:
        yield
    except RejectedError as error:
        if path is not None:
            _list_rejects(error.rejects, path)
        raise


def _list_rejects(rejects: Sequence[Reject], path: Path) -> None:
    from supportcli.report.tabular import write_rejects

    with destination(path) as stream:
        write_rejects(rejects, stream, path.suffix)


def write_table(
    frame: pl.DataFrame,
    stream: BinaryIO,
    form: str,
    color: str,
    metadata: dict[str, str] | None = None,
) -> None:
    """Write a table of events or conversations in a format."""
    if form == "terminal":
        from supportcli.report import small_tables

        small_tables.write_frame(frame, stream, color)
    else:
        from supportcli.report import tabular

        tabular.write_frame(frame, stream, form, metadata)


@contextlib.contextmanager
def destination(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there whole or not at all.

    Raises OutputError when the file cannot be written.
    """
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if output.exists() and (not output.is_file() or _is_of_system(output)):
        with _failures(output), output.open("wb") as stream:
            yield stream
        return
    whole = Path(os.path.realpath(output))
    partial = whole.with_name(f".{whole.name}.{os.getpid()}.partial")
    try:
        with _failures(output):
            with partial.open("wb") as stream:
                yield stream
            partial.replace(whole)
    finally:
        partial.unlink(missing_ok=True)


def _is_of_system(output: Path) -> bool:
    """Whether the system made the name: `/dev/stdout` may lead to a file, and must go on to."""
    return output.absolute().parts[1:2] in (("dev",), ("proc",))


@contextlib.contextmanager
def _failures(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror}") from error
