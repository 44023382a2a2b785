"""`supportkpi store`: what a store holds, whether it is sound, and keeping it in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Optional

import typer

from supportcli.cli import options
from supportcli.errors import InputError, UsageError
from supportcli.wording import clean

if TYPE_CHECKING:
    from supportcli.store.place import Place

ACTIONS: Final = ("info", "log", "verify", "compact", "forget")

Action = Annotated[str, typer.Argument(metavar="ACTION", help=f"What to do: {', '.join(ACTIONS)}.")]
Customer = Annotated[
    Optional[str],
    typer.Option("--customer", metavar="ID", help="Whose events `forget` removes for good."),
]
Keep = Annotated[
    Optional[str],
    typer.Option(
        "--keep",
        metavar="400d",
        help="`compact` also removes what is so much older than the newest event.",
    ),
]


def command(
    action: Action,
    store: options.StorePath = None,
    config: options.Config = None,
    overrides: options.Set = None,
    customer: Customer = None,
    keep: Keep = None,
    key_file: options.KeyFile = None,
    lock_timeout: options.LockTimeout = "60s",
    form: options.LineFormat = "terminal",
) -> None:
    """What a store holds, what was ingested, whether it is sound; compact it; forget people."""
    options.word_of(action, "store", ACTIONS)
    options.word_of(form, "--format", options.LINE_FORMATS)
    if (customer is None) == (action == "forget"):
        raise UsageError("forget needs --customer ID, and nothing else takes it")
    if keep is not None and action != "compact":
        raise UsageError("--keep is for compact")
    timeout_s = options.seconds_of(lock_timeout, "--lock-timeout")
    settings = options.Reading(config=config, overrides=overrides).settings()
    place = options.store_place(store, settings)
    keep_s = None if keep is None else options.seconds_of(keep, "--keep")
    for said in _said(action, place, customer, keep_s, timeout_s, key_file):
        if form == "json":
            print(json.dumps(said, ensure_ascii=False, default=str))
        else:
            print(clean(", ".join(in_words(said))))
    sys.stdout.flush()


def in_words(said: Mapping[str, Any]) -> Iterator[str]:
    """What an action has to say, in words; what is empty is left out."""
    from supportcli.store.drift import Change

    for name, value in said.items():
        if name == "drift":
            yield "; ".join(Change(**one).in_words for one in value)
        elif isinstance(value, dict):
            yield from (f"{name} {inner} {count}" for inner, count in value.items())
        else:
            yield f"{name} {value}"


def _said(
    action: str,
    place: Place,
    customer: str | None,
    keep_s: float | None,
    timeout_s: float,
    key_file: Path | None,
) -> Iterator[dict[str, Any]]:
    """What an action has to say, a line each."""
    from supportcli.store import keeping
    from supportcli.store.pseudonyms import Pseudonyms, read_key
    from supportcli.store.table import Table

    if action == "info":
        yield asdict(keeping.info_of(Table.at(place)))
    elif action == "log":
        yield from Table.at(place).entries
    elif action == "verify":
        faults = list(keeping.faults_in(Table.at(place)))
        if faults:
            raise InputError("\n".join(faults), hint="ingest the exports again into another folder")
        yield {"sound": True}
    elif action == "compact":
        if keep_s is not None:
            gone = keeping.keep(place, keep_s / 86_400, lock_timeout_s=timeout_s)
            yield {"removed": gone}
        yield {"files_less": keeping.compact(place, lock_timeout_s=timeout_s)}
    else:
        pseudonyms = None
        if Table.at(place).pseudonyms is not None:
            pseudonyms = Pseudonyms(read_key(key_file))
        gone = keeping.forget(place, str(customer), lock_timeout_s=timeout_s, pseudonyms=pseudonyms)
        yield {"forgotten": gone}
