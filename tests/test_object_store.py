"""A store in an object store can all that one in a folder can, where nothing can be locked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from command import ROOT, SHOP, failure, report, run, start
from object_server import SECRET, STRANGER, Bucket, serving
from supportcli.errors import StoreError
from supportcli.intake import ReadOptions
from supportcli.settings import Settings
from supportcli.store import keeping
from supportcli.store.ingest import Ingested, ingest
from supportcli.store.place import ConflictError, Place
from supportcli.store.table import Table
from test_store import MESSAGES, TICKETS, part_of, records, rows_in, rows_of, ticket_export


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Where an object store answers."""
    with serving() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str) -> Bucket:
    """A new bucket."""
    made = Bucket(endpoint, f"bucket-{uuid.uuid4().hex}")
    made.make()
    return made


@pytest.fixture
def place(bucket: Bucket) -> Place:
    """Where the store is in the bucket."""
    return Place(bucket.url, bucket.options)


@pytest.fixture
def config(bucket: Bucket, tmp_path: Path) -> Path:
    """A configuration that names the store, and has the key to it."""
    return configured(tmp_path, bucket.url, bucket.options)


def configured(folder: Path, url: str, options: Mapping[str, str]) -> Path:
    """A configuration that names a store and its options."""
    lines = [f'{name} = "{value}"' for name, value in options.items()]
    path = folder / "supportkpi.toml"
    path.write_text("\n".join(["[store]", f'path = "{url}"', "[store.options]", *lines]))
    return path


def into(place: Place, *inputs: Path) -> list[Ingested]:
    """What became of the inputs."""
    reading = ReadOptions(tuple(map(str, inputs)))
    return list(ingest(reading, Settings(), place, lock_timeout_s=0))


def lines_of(*arguments: object) -> list[Any]:
    """What a command says that must succeed, a line of JSON each."""
    ran = run(*arguments, "--format", "json")
    assert (0, []) == (ran.code, ran.errors), ran.err
    return [json.loads(line) for line in ran.text.splitlines()]


def test_a_report_of_a_bucket_is_that_of_its_exports(
    bucket: Bucket, config: Path, shop_events: Path
) -> None:
    """Every value is the same, and so are the anomalies, however the store is named."""
    lines_of("ingest", SHOP, "--config", config)
    asked = ("--all", "--period", "month", "--by", "channel,team")
    from_files = report(shop_events, *asked)
    for named in ([], [bucket.url], ["--store", bucket.url]):
        from_bucket = report(*named, *asked, "--config", config)
        assert from_files["rows"] == from_bucket["rows"]
        assert from_files["anomalies"] == from_bucket["anomalies"]


@pytest.mark.parametrize("folder", ["my events/گزارش", "events/"])
def test_a_folder_of_a_bucket_has_any_name(
    bucket: Bucket, tmp_path: Path, folder: str, shop_events: Path
) -> None:
    """Spaces, other letters, a slash at its end; versions are replaced there and rows are read."""
    config = configured(tmp_path, f"s3://{bucket.name}/{folder}", bucket.options)
    lines_of("ingest", TICKETS, "--config", config)
    lines_of("ingest", SHOP, "--config", config)
    assert rows_of(shop_events) == rows_of("--config", config)
    assert [{"sound": True}] == lines_of("store", "verify", "--config", config)


def test_the_last_days_of_a_bucket_are_those_of_its_exports(
    bucket: Bucket, config: Path, shop_events: Path
) -> None:
    """Though only what they stand on is read."""
    lines_of("ingest", SHOP, "--config", config)
    assert rows_of(shop_events, "--last", "5d") == rows_of("--config", config, "--last", "5d")


def test_every_command_reads_a_bucket(bucket: Bucket, config: Path, place: Place) -> None:
    """What a command says of a store in a bucket is what it says of the exports."""
    into(place, MESSAGES)
    for command in (
        ["check", "--set", "targets.received=>= 1"], ["conversations"], ["events"],
    ):  # fmt: skip
        of_bucket = run(*command, "--config", config)
        assert (0, "") == (of_bucket.code, of_bucket.err)
        assert run(*command, MESSAGES).out == of_bucket.out
    assert 0 == run("inspect", bucket.url, "--config", config).code


def test_options_may_have_the_names_of_variables(bucket: Bucket, tmp_path: Path) -> None:
    """In capitals or not; `max_retries` is for both libraries, which want it as text or number."""
    options = {name.upper(): value for name, value in bucket.options.items()}
    config = configured(tmp_path, bucket.url, {**options, "max_retries": "1"})
    lines_of("ingest", MESSAGES, "--config", config)
    assert rows_of(MESSAGES) == rows_of("--config", config)


def test_the_environment_has_the_key_as_well(bucket: Bucket, tmp_path: Path) -> None:
    """The usual variables are enough, without a configuration."""
    variables = {name.upper(): value for name, value in bucket.options.items()}
    environment = {**os.environ, **variables}
    for arguments in (["ingest", MESSAGES], ["store", "verify"], ["report"]):
        ran = start(*arguments, "--store", bucket.url, environment=environment)
        assert (0, b"") == (ran.returncode, ran.stderr)


def test_no_key_gets_into_the_store(bucket: Bucket, config: Path) -> None:
    """Neither the objects nor the log know by which key they were written."""
    lines_of("ingest", MESSAGES, "--config", config)
    assert [1174] == [one["events"] for one in lines_of("store", "log", "--config", config)]
    for key in bucket.objects:
        assert SECRET.encode() not in bucket.content(key)


def test_the_same_export_again_leaves_the_bucket_as_it_is(bucket: Bucket, place: Place) -> None:
    """Its rows are known, and no object is written."""
    into(place, MESSAGES, TICKETS)
    before = bucket.objects
    again = into(place, MESSAGES, TICKETS)
    assert [(0, None), (0, None)] == [(one.intake.events, one.version) for one in again]
    assert before == bucket.objects


def test_a_newer_version_replaces_the_older_one(place: Place, config: Path, tmp_path: Path) -> None:
    """The latest snapshot of a ticket counts, as in a folder."""
    into(place, ticket_export(tmp_path / "older.csv", "2026-03-01 10:00", ""))
    newer = ticket_export(tmp_path / "newer.csv", "2026-03-05 10:00", "2026-03-04 09:00")
    (one,) = into(place, newer)
    assert (1, 1) == (one.intake.events, one.replaced)
    assert rows_of(newer) == rows_of("--config", config)


def test_the_table_has_the_sizes_of_the_objects(bucket: Bucket, place: Place) -> None:
    """Other readers find the end of a file by what the table says of its size."""
    into(place, MESSAGES)
    assert bucket.data == {file.path: file.size_bytes for file in Table.at(place).files}


def test_processes_that_ingest_at_once_lose_and_double_nothing(
    bucket: Bucket, place: Place, config: Path
) -> None:
    """Four processes with overlapping exports: nobody can wait, so all but one look again."""
    _, every = records(MESSAGES)
    command = [sys.executable, "-m", "supportcli", "ingest", "--config", str(config)]
    pieces = [
        part_of(MESSAGES, every[first : first + 700], config.parent / f"{first}.csv")
        for first in (0, 200, 400, 600)
    ]
    started = [subprocess.Popen([*command, str(piece)], cwd=ROOT) for piece in pieces]
    assert [0] * len(started) == [process.wait() for process in started]
    assert rows_of(MESSAGES) == rows_of("--config", config)
    assert set(bucket.data) == {file.path for file in Table.at(place).files}
    assert [{"sound": True}] == lines_of("store", "verify", "--config", config)


def test_of_many_who_make_a_store_one_makes_it(bucket: Bucket) -> None:
    """A second making, done after the first, would undo what was written down in between."""
    for number in range(4):
        place = Place(f"s3://{bucket.name}/{number}", bucket.options)
        gate = threading.Barrier(6)

        def make(place: Place = place, gate: threading.Barrier = gate) -> None:
            gate.wait()
            try:
                Table.create(place)
            except ConflictError:
                return

        threads = [threading.Thread(target=make) for _ in range(gate.parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0 == Table.at(place).version


def test_a_conflict_leaves_no_objects_behind(bucket: Bucket, place: Place, tmp_path: Path) -> None:
    """Of two that saw the same table the second fails, and what it wrote is gone."""
    _, every = records(MESSAGES)
    into(place, part_of(MESSAGES, every[:100], tmp_path / "first.csv"))
    late = Table.at(place)
    into(place, part_of(MESSAGES, every[100:200], tmp_path / "second.csv"))
    before = bucket.data
    with pytest.raises(ConflictError):
        late.replace([], rows_in(late), {})
    assert before == bucket.data


def test_a_commit_whose_answer_is_lost_keeps_its_objects(
    place: Place, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It failed for all we know, and is made: its rows must not be deleted, nor come twice."""
    make = DeltaTable.create_write_transaction

    def unheard(self: DeltaTable, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        raise OSError("operation timed out")

    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "create_write_transaction", unheard)
        with pytest.raises(StoreError, match=r"cannot write to the store .*: operation timed out"):
            into(place, MESSAGES)
    assert rows_of(MESSAGES) == rows_of("--config", config)
    assert [0] == [one.intake.events for one in into(place, MESSAGES)]


def test_a_customer_is_forgotten_for_good(bucket: Bucket, place: Place, config: Path) -> None:
    """No object of the bucket knows them, and no object is left that the table has not."""
    into(place, MESSAGES)
    customer = rows_in(Table.at(place))["customer_id"].drop_nulls().first()
    (said,) = lines_of("store", "forget", "--config", config, "--customer", customer)
    assert 0 < said["forgotten"]
    assert set(bucket.data) == {file.path for file in Table.at(place).files}
    for path in bucket.data:
        held = pl.read_parquet(place.of(path), storage_options=place.for_polars)
        assert customer not in held["customer_id"].to_list()


def test_forgetting_leaves_alone_what_others_are_about_to_commit(
    bucket: Bucket, place: Place
) -> None:
    """Nobody can be kept from writing to a bucket: an object of no version may get into one."""
    into(place, MESSAGES)
    writing = Table.at(place)
    written = writing.write(rows_in(writing))
    keeping.forget(place, "nobody", lock_timeout_s=0)
    assert {file.path for file in written} <= set(bucket.data)


def test_whoever_reads_what_others_delete_looks_again(
    bucket: Bucket, place: Place, tmp_path: Path
) -> None:
    """A file that is gone is a conflict if the table has changed, and a fault if it has not."""
    _, every = records(MESSAGES)
    for first in (0, 100):
        into(place, part_of(MESSAGES, every[first : first + 100], tmp_path / f"{first}.csv"))
    late = Table.at(place)
    keeping.compact(place, lock_timeout_s=0)
    Table.at(place).vacuum_at_once(alone=True)
    with pytest.raises(ConflictError):
        late.collect(late.rows_of(late.files))
    table = Table.at(place)
    for path in bucket.data:
        bucket.delete(f"of/events/{path}")
    with pytest.raises(StoreError, match="cannot read the store"):
        table.collect(table.rows_of(table.files))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aws_endpoint_url": "http://127.0.0.1:9"}, "Connection refused"),
        ({"bucket": "no-such-bucket"}, "The specified bucket does not exist"),
        ({"aws_access_key_id": STRANGER}, "Nobody knows this key"),
        ({"aws_allow_http": "false"}, "URL scheme is not allowed"),
    ],
    ids=["nobody answers", "no bucket", "wrong key", "no encryption"],
)
@pytest.mark.parametrize(
    "command",
    [["report"], ["ingest", MESSAGES], ["store", "info"]],
    ids=["report", "ingest", "info"],
)
def test_an_object_store_out_of_reach_is_said(
    bucket: Bucket, tmp_path: Path, command: list[object], changed: dict[str, str], reason: str
) -> None:
    """In one line, with exit code 3, and without the keys."""
    options = {**bucket.options, **changed}
    url = f"s3://{options.pop('bucket', bucket.name)}/events"
    ran = run(*command, "--config", configured(tmp_path, url, options))
    code, message, hint = failure(ran)
    assert (3, f"cannot read the store {url}: {reason}") == (code, message)
    assert "look at its URL, at [store] options and at the variables AWS_...; docs/store.md" == hint
    assert SECRET not in ran.err


def test_a_key_that_may_only_read_is_told_so_once(
    bucket: Bucket, place: Place, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails and is no conflict is not tried again; what was written may yet be committed."""
    into(place, TICKETS)
    before, tries = bucket.data, []

    def refused(*_: object, **__: object) -> None:
        tries.append(1)
        raise OSError("Generic S3 error\n\x1b[31m↳\x1b[0m <Message>Access Denied</Message>")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", refused)
    code, message, _ = failure(run("ingest", MESSAGES, "--config", config))
    assert (3, f"cannot write to the store {bucket.url}: Access Denied") == (code, message)
    assert [1] == tries
    assert {file.path for file in Table.at(place).files} == set(before)
    assert set(before) < set(bucket.data)
