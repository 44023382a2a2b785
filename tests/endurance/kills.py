"""Ingests killed at random moments: the store stays sound, and a repeat makes it whole.

An episode is a store that several exports come into, one after the other, each killed now and then
on its way in. Half of the kills come at any moment of an ingest, half while it changes the table.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from command import SHOP, report, run
from endurance.exports import exported
from endurance.process import Ingest
from supportcli.sources.keys import ROW_ID
from supportcli.store.keeping import faults_in
from supportcli.store.place import Place
from supportcli.store.table import Table
from test_store import rows_in

EXPORTS_OF_AN_EPISODE = 2
"""Before that of the whole shop, which overlaps them all."""
VERIFIED_BY_COMMAND = 25
"""One of so many stores is verified by the command too."""


@dataclass
class Kills:
    """What became of the kills so far.

    Those that were late found the ingest at its end already. Of the others some came while the
    table was being changed, before there was one, or left files behind that no commit names.
    """

    made: int = 0
    late: int = 0
    while_writing: int = 0
    before_table: int = 0
    leaving_files: int = 0
    episodes: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Night:
    """An export, what a store reports once it is in without a kill, and how long that took."""

    inputs: Path
    rows: Any
    whole_s: float
    writing_s: list[float]


def report_of(store: Path) -> Any:
    """All KPIs of a store."""
    return report("--store", store, "--all")["rows"]


def ids_in(store: Path) -> frozenset[int]:
    """What makes each event of a store itself, in whatever version; nothing where there is none."""
    table = Table.open(Place(str(store)))
    return frozenset(rows_in(table)[ROW_ID] if table is not None else ())


def ingest_all(inputs: Path, store: Path) -> None:
    """Ingest undisturbed."""
    ran = run("ingest", inputs, "--store", store)
    assert 0 == ran.code, ran.err


def episode(folder: Path, chance: random.Random) -> Iterator[Night]:
    """The exports of an episode, each with what a clean store reports after it."""
    clean = folder / "clean"
    made = [exported(folder / f"export-{n}", chance, 3) for n in range(EXPORTS_OF_AN_EPISODE)]
    for inputs in (*made, SHOP):
        process = Ingest.of(inputs, clean)
        process.go()
        assert 0 == process.end()
        whole_s = process.age_s
        yield Night(inputs, report_of(clean), whole_s, list(_lengths(process)))


def _lengths(process: Ingest) -> Iterator[float]:
    """The seconds that each change of the table took."""
    starts = [at for word, at in process.words if word == "writing"]
    ends = [at for word, at in process.words if word == "written"]
    for start, end in zip(starts, ends, strict=True):
        yield end - start


def kill_one(process: Ingest, night: Night, chance: random.Random) -> bool:
    """Let an ingest go and kill it at a random moment; whether it was still running."""
    process.go()
    if night.writing_s and chance.random() < 0.5:
        (which,) = chance.choices(range(len(night.writing_s)), weights=night.writing_s)
        process.hear(lambda: process.said("writing") > which)
        wait_s = process.age_s + chance.uniform(0, night.writing_s[which])
    else:
        wait_s = chance.uniform(0, night.whole_s)
    process.hear(lambda: False, until_s=wait_s)
    return process.kill()


def trial(folder: Path, kills: int, chance: random.Random) -> Kills:
    """Kill so many ingests."""
    so_far = Kills()
    while so_far.made < kills:
        here = folder / f"episode-{so_far.episodes}"
        so_far.episodes += 1
        for night in episode(here, chance):
            _killed_night(here / "store", night, chance, so_far)
        shutil.rmtree(here)
        print(f"endurance: {so_far.made} of {kills} kills", file=sys.stderr)
    return so_far


def _killed_night(store: Path, night: Night, chance: random.Random, so_far: Kills) -> None:
    """Kill the same ingest up to three times, looking at the store each time; then let it be."""
    processes = [Ingest.of(night.inputs, store) for _ in range(chance.randint(1, 3))]
    for process in processes:
        known = ids_in(store)
        if not kill_one(process, night, chance):
            so_far.late += 1
            continue
        so_far.made += 1
        so_far.while_writing += process.is_writing
        found = list(_faults_of_killed(store, night, so_far))
        if lost := known - ids_in(store):
            found.append(f"{len(lost):,} events are lost")
        so_far.faults += [f"kill {so_far.made}: {fault}" for fault in found]
    ingest_all(night.inputs, store)


def _faults_of_killed(store: Path, night: Night, so_far: Kills) -> Iterator[str]:
    """What is wrong with a store after a kill, and with a copy after a repeat of the ingest."""
    table = Table.open(Place(str(store)))
    if table is None:
        so_far.before_table += 1
    else:
        so_far.leaving_files += len(list(store.rglob("*.parquet"))) > len(table.files)
        yield from faults_in(table)
    if table is not None and so_far.made % VERIFIED_BY_COMMAND == 0:
        ran = run("store", "verify", "--store", store)
        if ran.code != 0:
            yield ran.err
    copy = store.with_name("copy")
    if store.exists():
        shutil.copytree(store, copy)
    ingest_all(night.inputs, copy)
    for fault in faults_in(Table.at(Place(str(copy)))):
        yield f"after the repeat {fault}"
    if night.rows != report_of(copy):
        yield "the report after the repeat is another"
    shutil.rmtree(copy)
