"""Processes that ingest overlapping exports at once: nothing is lost, nothing is there twice."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from endurance.child import UNLOCKED
from endurance.exports import exported
from endurance.process import Ingest
from supportcli.store.keeping import faults_in
from supportcli.store.place import Place
from supportcli.store.table import Table
from test_store import into, stored

PROCESSES = 8
SYSTEMS = 2
"""Each exports of so many at most."""


@dataclass
class Crowds:
    """What became of the rounds so far, and how often a change of the table met another."""

    made: int = 0
    unlocked: int = 0
    conflicts: int = 0
    faults: list[str] = field(default_factory=list)


def trial(folder: Path, rounds: int, chance: random.Random) -> Crowds:
    """So many rounds, every other one without the lock, as in an object store."""
    so_far = Crowds()
    for number in range(rounds):
        here = folder / f"round-{number}"
        options = [UNLOCKED] if number % 2 else []
        inputs = [exported(here / f"export-{n}", chance, SYSTEMS) for n in range(PROCESSES)]
        so_far.made += 1
        so_far.unlocked += bool(options)
        codes = _at_once(inputs, here / "store", options, so_far)
        found = [f"exit codes {codes}"] if any(codes) else list(_faults(here, inputs))
        so_far.faults += [f"round {so_far.made}: {fault}" for fault in found]
        shutil.rmtree(here)
        print(f"endurance: {so_far.made} of {rounds} rounds", file=sys.stderr)
    return so_far


def _at_once(inputs: list[Path], store: Path, options: list[str], so_far: Crowds) -> list[int]:
    """The exit codes of one process for each export, all told to go at once."""
    processes = [Ingest.of(one, store, *options) for one in inputs]
    for process in processes:
        process.wait_until_ready()
    for process in processes:
        process.go()
    codes = [process.end() for process in processes]
    so_far.conflicts += sum(process.said("conflict") for process in processes)
    return codes


def _faults(here: Path, inputs: list[Path]) -> Iterator[str]:
    """What is wrong with the store that the processes made, held against that of one process."""
    yield from faults_in(Table.at(Place(str(here / "store"))))
    into(here / "one", *inputs)
    one, many = stored(here / "one"), stored(here / "store")
    if not one.equals(many):
        yield f"{one.height:,} rows by one process, {many.height:,} by many, or others"
