"""`supportkpi ingest`: new events into a store, once each."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportcli.cli import options
from supportcli.errors import UsageError
from supportcli.wording import clean

if TYPE_CHECKING:
    from supportcli.store.ingest import Ingested

Pseudonymize = Annotated[
    bool,
    typer.Option("--pseudonymize", help="Store keyed hashes instead of customers and agents."),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Refuse an export whose columns or enumerated values have changed."
    ),
]


def command(
    reading: options.Reading,
    rejecting: options.Rejecting,
    telling: options.Telling,
    store: options.StorePath = None,
    pseudonymize: Pseudonymize = False,
    key_file: options.KeyFile = None,
    strict: Strict = False,
    lock_timeout: options.LockTimeout = "60s",
    form: options.LineFormat = "terminal",
) -> None:
    """Add the events of the inputs to a store, once each; later versions replace earlier ones."""
    options.word_of(form, "--format", options.LINE_FORMATS)
    timeout_s = options.seconds_of(lock_timeout, "--lock-timeout")
    settings, read_options = reading.settings(), reading.options(rejecting)
    place = options.store_place(store, settings)

    from supportcli.cli.progress import reading_aloud
    from supportcli.cli.telling import collecting_rejects, tell, tell_drift
    from supportcli.store.ingest import ingest
    from supportcli.store.pseudonyms import Pseudonyms, read_key

    if key_file is not None and not pseudonymize:
        raise UsageError("--key-file is for --pseudonymize")
    pseudonyms = Pseudonyms(read_key(key_file)) if pseudonymize else None
    # What cron runs says nothing unless something is wrong.
    notes = sys.stderr.isatty() or telling.verbose
    with (
        collecting_rejects(rejecting.rejects) as rejects,
        reading_aloud(read_options, telling) as told,
    ):
        for one in ingest(
            told,
            settings,
            place,
            lock_timeout_s=timeout_s,
            pseudonyms=pseudonyms,
            strict=strict,
        ):
            log = replace(one.log, intakes=(one.intake,), notes=one.log.notes if notes else ())
            rejects.extend(log.rejects)
            tell(log, telling, None)
            tell_drift(one.intake.path, one.drift, telling)
            if form == "json":
                print(json.dumps(summary_of(one), ensure_ascii=False))
            elif sys.stdout.isatty():
                print(in_words(one))


def summary_of(one: Ingested) -> dict[str, Any]:
    """What became of an input, for programs."""
    drift = [change.summary for change in one.drift]
    return {
        **asdict(one.intake), "replaced": one.replaced, "version": one.version, "drift": drift,
    }  # fmt: skip


def in_words(one: Ingested) -> str:
    """What became of an input, in a line."""
    intake = one.intake
    known = intake.duplicates + intake.superseded
    return clean(
        f"{intake.path}: {intake.rows:,} rows, {intake.events:,} new events"
        f" ({one.replaced:,} of them later versions), {known:,} known already,"
        f" {intake.rejected:,} rejected"
    )
