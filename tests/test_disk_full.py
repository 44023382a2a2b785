"""A disk that is full in the middle of an ingest: it fails, and the store is as it was.

A limit on the size of a file is met by every kind of file in turn, a file system that is small by
what comes at its end.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import ROOT, SHOP, report, run, write_csv
from supportcli.store.keeping import faults_in
from supportcli.store.place import Place
from supportcli.store.table import Table

resource = pytest.importorskip("resource", reason="limits of a process are of POSIX")


@contextlib.contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """No file that this process writes may be greater."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def check_failure(code: int, said: str, store: Path) -> None:
    """An exit code of the contract and one error that names the store, not a bug."""
    assert code in {3, 4}, said
    assert "Traceback" not in said
    (error,) = (line for line in said.splitlines() if line.startswith("supportkpi: error: "))
    assert str(store) in error


def check_sound(store: Path) -> None:
    """Nothing is wrong with a store, and nothing lies about that no commit names."""
    table = Table.open(Place(str(store)))
    if table is not None:
        assert [] == list(faults_in(table))
    named = {} if table is None else {store / file.path for file in table.files}
    assert set(named) == set(store.rglob("*.parquet"))


def check_repeat(store: Path, *inputs: Path) -> None:
    """With room again, the same ingest makes the store of all that was to be in it."""
    assert 0 == run("ingest", inputs[-1], "--store", store).code
    assert report(*inputs, "--all")["rows"] == report(store, "--all")["rows"]


MESSAGES = SHOP / "sms" / "twilio_messages.csv"
CHATS = SHOP / "chat" / "livechat_chats.csv"


def check_with_files_up_to(size_bytes: int, store: Path, *inputs: Path) -> None:
    """The last of some inputs meets the limit: it fails clearly, and can be run again."""
    for known in inputs[:-1]:
        assert 0 == run("ingest", known, "--store", store).code
    with files_up_to(size_bytes):
        ran = run("ingest", inputs[-1], "--store", store)
    check_failure(ran.code, ran.err, store)
    check_sound(store)
    check_repeat(store, *inputs)


@pytest.mark.parametrize("size_bytes", [0, 3_000])
def test_a_store_that_cannot_begin_is_none(size_bytes: int, tmp_path: Path) -> None:
    """The first entry of its log says what the columns are."""
    check_with_files_up_to(size_bytes, tmp_path / "store", MESSAGES)


def test_a_source_that_cannot_be_described_is_not_in_it(tmp_path: Path) -> None:
    """What a source fills is stated before its rows are there."""
    check_with_files_up_to(3_000, tmp_path / "store", CHATS, MESSAGES)


@pytest.mark.parametrize("size_bytes", [12_000, 24_000])
def test_a_data_file_that_cannot_be_written_is_gone(size_bytes: int, tmp_path: Path) -> None:
    """Neither the first of them, nor those that found room before it."""
    check_with_files_up_to(size_bytes, tmp_path / "store", MESSAGES)


def test_a_commit_that_cannot_be_written_was_none(tmp_path: Path) -> None:
    """The entry of the log that names very many small files is greater than each of them."""
    months = [f"{year}-{month:02}-01 09:00" for year in range(2015, 2025) for month in range(1, 13)]
    tickets = [[number, at, at, "email"] for number, at in enumerate(months)]
    header = ["ticket id", "created at", "resolved at", "channel"]
    path = write_csv(tmp_path / "tickets.csv", header, tickets)
    check_with_files_up_to(24_000, tmp_path / "store", path)


def fill_small_disk(disk: Path) -> None:
    """Ingest more than a small file system holds, then make it greater; for a process of its own.

    The log and the first system find room, the second does not.
    """
    mount = ["mount", "-t", "tmpfs", "none", str(disk), "-o"]
    subprocess.run([*mount, "size=160k"], check=True)
    store = disk / "store"
    ran = run("ingest", SHOP, "--store", store)
    check_failure(ran.code, ran.err, store)
    assert "No space left on device" in ran.err
    check_sound(store)
    assert (store / "_delta_log" / "00000000000000000002.json").exists()
    subprocess.run([*mount, "remount,size=50m"], check=True)
    check_repeat(store, SHOP)


OWN_MOUNTS = ["unshare", "--map-root-user", "--mount"]


def test_a_full_disk_leaves_the_store_sound(tmp_path: Path) -> None:
    """What found room stays, what did not is as if it had not been tried."""
    if subprocess.run([*OWN_MOUNTS, "mount", "-t", "tmpfs", "none", str(tmp_path)]).returncode:
        pytest.skip("nobody may mount a file system here")
    code = "import sys, pathlib, test_disk_full as t; t.fill_small_disk(pathlib.Path(sys.argv[1]))"
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    ran = subprocess.run(
        [*OWN_MOUNTS, sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert 0 == ran.returncode, ran.stderr
