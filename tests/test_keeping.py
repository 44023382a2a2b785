"""A store in order: verified, compacted, rid of people and of what is old."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command import SHOP, failure, run, write_csv
from supportcli.sources.keys import CONVERSATION_HASH
from supportcli.store import keeping
from supportcli.store.place import Place
from supportcli.store.table import Table
from test_store import MESSAGES, into, part_of, records, rows_of, stored


def store_command(action: str, store: Path, *arguments: object) -> list[dict[str, Any]]:
    """What `store ACTION` says, run as a user runs it."""
    ran = run("store", action, "--store", store, "--format", "json", *arguments)
    assert 0 == ran.code, ran.err
    return [json.loads(line) for line in ran.text.splitlines()]


@pytest.fixture
def in_parts(tmp_path: Path) -> Path:
    """A store that the messages came into bit by bit."""
    _, every = records(MESSAGES)
    store = tmp_path / "store"
    for start in range(0, len(every), 400):
        into(store, part_of(MESSAGES, every[start : start + 400], tmp_path / f"{start}.csv"))
    return store


def test_info_counts_what_is_there(in_parts: Path) -> None:
    """Rows by source, files, and the first and the last time."""
    rows = stored(in_parts)
    (info,) = store_command("info", in_parts)
    assert {"twilio-messages": rows.height} == info["sources"]
    assert str(rows["at"].max()) == info["last"]


def test_the_log_names_every_input(in_parts: Path) -> None:
    """The newest first, each with its file and what became of its rows."""
    entries = store_command("log", in_parts)
    assert ["1200.csv", "800.csv", "400.csv", "0.csv"] == [
        Path(entry["input"]).name for entry in entries
    ]


def test_the_log_counts_what_went_wrong_within_rows(tmp_path: Path) -> None:
    """Of every input that brought something new, over all its rows, each kind that there is."""
    rows = [["1", "2026-03-01 09:00", "open", "4.477E+11"], ["2", "2026-03-01 10:00", "open", "x"]]
    header = ["ticket id", "created at", "status", "customer id"]
    lost = write_csv(tmp_path / "lost.csv", header, rows)
    into(tmp_path / "store", lost)
    into(tmp_path / "store", lost)
    into(tmp_path / "store", MESSAGES)
    entries = store_command("log", tmp_path / "store")
    assert [{}, {"customer_id_lost_digits": 1}] == [entry["anomalies"] for entry in entries]
    text = run("store", "log", "--store", tmp_path / "store").text
    assert text.splitlines()[1].endswith("superseded 0, anomalies customer_id_lost_digits 1")


def test_a_sound_store_is_called_so(in_parts: Path) -> None:
    """Nothing is wrong with what ingest made."""
    assert [{"sound": True}] == store_command("verify", in_parts)


def data_file(store: Path) -> Path:
    """Some data file that the table names."""
    table = Table.open(Place(str(store)))
    assert table is not None
    return store / table.files[0].path


def test_a_file_that_lost_rows_is_found(in_parts: Path) -> None:
    """What the table says of a file is held against the file."""
    path = data_file(in_parts)
    pl.read_parquet(path).head(1).write_parquet(path)
    code, message, hint = failure(run("store", "verify", "--store", in_parts))
    assert 3 == code
    assert "it has 1 rows, the table says" in message
    assert hint is not None


def test_rows_that_the_log_does_not_know_are_found(in_parts: Path) -> None:
    """Whoever else adds rows to the table, or takes some away, is not passed over."""
    table = Table.at(Place(str(in_parts)))
    table.replace(table.files[:1], stored(in_parts).clear(), {"operation": "compact"})
    fault = failure(run("store", "verify", "--store", in_parts))[1]
    assert "and the log tells of" in fault


def test_a_file_with_wrong_hashes_is_found(in_parts: Path) -> None:
    """Reports group by them: they must be those of the ids."""
    path = data_file(in_parts)
    wrong = pl.read_parquet(path).with_columns(pl.lit(1, dtype=pl.Int64).alias(CONVERSATION_HASH))
    wrong.write_parquet(path)
    fault = failure(run("store", "verify", "--store", in_parts))[1]
    assert "it holds hashes of other ids than its own" in fault


def test_a_file_that_is_gone_is_found(in_parts: Path) -> None:
    """So is a file that cannot be read at all."""
    data_file(in_parts).unlink()
    assert "it cannot be read" in failure(run("store", "verify", "--store", in_parts))[1]


def test_compacting_changes_no_value(in_parts: Path) -> None:
    """There is one file a source and partition then, and the same rows in all."""
    rows, report = stored(in_parts), rows_of(in_parts)
    (done,) = store_command("compact", in_parts)
    assert 0 < done["files_less"]
    assert rows.equals(stored(in_parts))
    assert report == rows_of(in_parts)
    assert [{"files_less": 0}] == store_command("compact", in_parts)
    table = Table.open(Place(str(in_parts)))
    assert table is not None
    places = [(file.source, file.channel, file.month) for file in table.files]
    assert len(set(places)) == len(places)


def test_who_is_forgotten_is_nowhere(in_parts: Path) -> None:
    """Neither in the table, nor in any file under its folder; all others stay."""
    rows = stored(in_parts)
    customer = rows["customer_id"].drop_nulls()[0]
    (done,) = store_command("forget", in_parts, "--customer", customer)
    left = rows.filter(pl.col("customer_id").ne_missing(customer))
    assert {"forgotten": rows.height - left.height} == done
    assert left.equals(stored(in_parts))
    for path in in_parts.rglob("*"):
        if path.suffix == ".parquet":
            assert customer not in pl.read_parquet(path)["customer_id"].to_list()
        elif path.is_file():
            assert customer.encode() not in path.read_bytes()


def test_what_is_old_goes(in_parts: Path) -> None:
    """Events older than so long before the newest one are no longer there."""
    rows = stored(in_parts)
    newest = rows["at"].max()
    assert isinstance(newest, dt.datetime)
    removed, _ = store_command("compact", in_parts, "--keep", "30d")
    left = rows.filter(pl.col("at") >= newest - dt.timedelta(days=30))
    assert {"removed": rows.height - left.height} == removed
    assert left.equals(stored(in_parts))


def test_keeping_waits_for_nobody_for_ever(tmp_path: Path) -> None:
    """A store that is not there is an error, not a new one."""
    code, message, _ = failure(run("store", "info", "--store", tmp_path / "none"))
    assert (3, f"there is no store at {tmp_path / 'none'}") == (code, message)
    with pytest.raises(Exception, match="there is no store"):
        Table.at(Place(str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["store", "forget", "--store", "s"],
         "forget needs --customer ID, and nothing else takes it"),
        (["store", "info", "--store", "s", "--customer", "1"],
         "forget needs --customer ID, and nothing else takes it"),
        (["store", "info", "--store", "s", "--keep", "1d"], "--keep is for compact"),
        (["store", "inform", "--store", "s"], 'store: there is no "inform"'),
        (["store", "info"], "nothing says which store"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_explained(arguments: list[str], message: str) -> None:
    """Exit code 2, and what does not fit."""
    assert (2, message) == failure(run(*arguments))[:2]


def test_the_shop_stays_sound_through_it_all(tmp_path: Path) -> None:
    """Ingested, compacted and ingested again, the store is what it was."""
    store = tmp_path / "store"
    into(store, SHOP)
    rows = stored(store)
    keeping.compact(Place(str(store)), lock_timeout_s=1)
    into(store, SHOP)
    table = Table.at(Place(str(store)))
    assert [] == list(keeping.faults_in(table))
    assert rows.equals(stored(store))
