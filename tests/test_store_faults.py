"""What goes wrong at a store is said in a line, not tried in vain, and leaves the store intact."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from command import SHOP, failure, run
from supportcli.errors import ConfigurationError, StoreError, SupportkpiError, UsageError
from supportcli.store.keeping import faults_in
from supportcli.store.place import Place, place_of, reaching
from supportcli.store.table import Table
from test_store import MESSAGES, TICKETS, into, part_of, records, rows_of, stored

FULL = "No space left on device (os error 28)"


@pytest.mark.parametrize(
    "fault",
    [
        OSError(f"{FULL}: /some/file.parquet"),
        pl.exceptions.ComputeError(
            f"parquet: File out of specification: underlying IO error: {FULL}"
        ),
    ],
    ids=["at once", "in the middle"],
)
def test_a_full_disk_is_said_and_the_store_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Half a file is taken away again, and the ingest can be run again."""
    store = tmp_path / "store"
    into(store, TICKETS)
    before, files = stored(store), sorted(store.rglob("*.parquet"))

    def written_in_part(_: pl.DataFrame, file: str, **__: Any) -> None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_bytes(b"PAR1")
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(pl.DataFrame, "write_parquet", written_in_part)
        found = failure(run("ingest", MESSAGES, "--store", store))
    message = f"cannot write to the store {store}: No space left on device"
    assert (3, message, "the store is as it was: mend this and run it again") == found
    assert before.equals(stored(store))
    assert files == sorted(store.rglob("*.parquet"))
    into(store, MESSAGES)
    assert rows_of(TICKETS, MESSAGES) == rows_of(store)


def test_a_store_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A folder cannot be made where a file is."""
    (tmp_path / "file").touch()
    store = tmp_path / "file" / "store"
    code, message, _ = failure(run("ingest", MESSAGES, "--store", store))
    assert (3, f"cannot write to the store {store}: Not a directory") == (code, message)


def test_what_is_no_conflict_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that may not be made fails once, and its files are gone."""
    store, tries = tmp_path / "store", []
    into(store, TICKETS)
    files = sorted(store.rglob("*.parquet"))

    def refused(*_: object, **__: object) -> None:
        tries.append(1)
        raise OSError("Permission denied (os error 13): 00000000000000000003.json")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", refused)
    code, message, _ = failure(run("ingest", MESSAGES, "--store", store))
    assert (3, f"cannot write to the store {store}: Permission denied") == (code, message)
    assert [1] == tries
    assert files == sorted(store.rglob("*.parquet"))


def test_an_interruption_just_after_a_commit_keeps_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the table by then is no failure to be cleaned up."""
    store = tmp_path / "store"

    def interrupted(_: DeltaTable) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "update_incremental", interrupted)
        with pytest.raises(KeyboardInterrupt):
            into(store, MESSAGES)
    assert rows_of(MESSAGES) == rows_of(store)


def test_a_lost_file_is_said_by_every_reader(tmp_path: Path) -> None:
    """A report of what is left would be wrong; `store verify` names the file."""
    store = tmp_path / "store"
    into(store, MESSAGES)
    lost = next(store.rglob("channel=*/**/*.parquet"))
    lost.unlink()
    code, message, hint = failure(run("report", store))
    assert (3, f"cannot read the store {store}: No such file or directory") == (code, message)
    assert "`supportkpi store verify` looks into every file of it" == hint
    code, message, _ = failure(run("store", "verify", "--store", store))
    assert (3, f"{lost.relative_to(store)}: it cannot be read: No such file or directory") == (
        code, message,
    )  # fmt: skip


def test_a_disk_without_locks_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some disks of other machines know none; commits are safe without."""
    fcntl = pytest.importorskip("fcntl")

    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    store = tmp_path / "store"
    into(store, MESSAGES)
    assert rows_of(MESSAGES) == rows_of(store)


def test_forgetting_waits_for_those_who_write(tmp_path: Path) -> None:
    """What they have written and not committed yet looks like what killed runs leave behind."""
    fcntl = pytest.importorskip("fcntl")
    store = tmp_path / "store"
    into(store, MESSAGES)
    writing = os.open(store, os.O_RDONLY)
    fcntl.flock(writing, fcntl.LOCK_EX)
    ran = run("store", "forget", "--customer", "x", "--store", store, "--lock-timeout", "0s")
    os.close(writing)
    assert (4, f"the store {store} is busy") == failure(ran)[:2]


@pytest.mark.parametrize("command", ["info", "log", "verify", "compact"])
def test_looking_for_a_store_makes_no_folder(tmp_path: Path, command: str) -> None:
    """A name that is spelt wrong leaves nothing behind."""
    nowhere = tmp_path / "nowhere"
    assert 3 == failure(run("store", command, "--store", nowhere))[0]
    assert not nowhere.exists()


@pytest.mark.parametrize(
    ("text", "options", "kind", "message"),
    [
        ("https://host/store", {}, UsageError, "https://host/store: there are no stores at https://"),
        ("s3://", {}, UsageError, "s3://: this URL names no bucket"),
        ("s3://me:hidden@bucket/x", {}, UsageError, "the URL of a store holds no password"),
        ("s3://b/x", {"MAX_RETRIES": "many"}, ConfigurationError,
         "[store] options: max_retries is a number such as 5"),
        ("s3://b/x", {"AWS_ENDPOINT_URL": "localhost:9000"}, ConfigurationError,
         'aws_endpoint_url: "localhost:9000" does not begin with https://'),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_said(
    text: str, options: dict[str, str], kind: type[SupportkpiError], message: str
) -> None:
    """Before anything is read, and without the password that a URL may hold."""
    with pytest.raises(kind) as raised:
        place_of(text, options)
    assert message == raised.value.message
    assert 2 == raised.value.exit_code


def test_no_secret_is_said() -> None:
    """Whatever an object store answers, the values of keys are not among it."""
    options = {"aws_secret_access_key": "hidden-for-good", "aws_region": "eu-central-1"}
    place = Place("s3://bucket/x", options)
    with pytest.raises(StoreError) as raised, reaching(place, "read"):
        raise OSError("Invalid key hidden-for-good in eu-central-1")
    assert "cannot read the store s3://bucket/x: Invalid key *** in eu-central-1" == str(
        raised.value
    )


def test_a_file_of_several_sources_is_refused(tmp_path: Path) -> None:
    """Another program that makes one file of a month mixes sources: versions would be missed."""
    store = tmp_path / "store"
    into(store, SHOP)
    DeltaTable(str(store)).optimize.compact()
    for command in (["ingest", SHOP, "--store", store], ["report", store]):
        code, message, hint = failure(run(*command))
        assert 3 == code
        assert "another program wrote this file into the store, and mixed sources" in message
        assert hint is not None


def test_a_month_that_another_program_compacts_is_as_good(tmp_path: Path) -> None:
    """Files of one source stay what they are, whoever puts them together."""
    store = tmp_path / "store"
    for start in (0, 400):
        into(store, part_of(MESSAGES, records(MESSAGES)[1][start:], tmp_path / f"{start}.csv"))
    DeltaTable(str(store)).optimize.compact()
    (again,) = into(store, MESSAGES)
    assert 0 == again.intake.events
    assert rows_of(MESSAGES) == rows_of(store)
    assert [] == list(faults_in(Table.at(Place(str(store)))))
