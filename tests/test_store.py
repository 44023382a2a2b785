"""A store: every event once, in its latest version, however often and in what order it came."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from deltalake import QueryBuilder
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from command import ROOT, SHOP, contents, failure, report, run, write_csv
from examples import examples
from supportcli.intake import ReadOptions
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID
from supportcli.store.ingest import Ingested, ingest
from supportcli.store.place import Place
from supportcli.store.table import Table
from year import MINUTES, a_year, pieces_of

TICKETS = SHOP / "email" / "zendesk_tickets.csv"
MESSAGES = SHOP / "sms" / "twilio_messages.csv"
CHATS = SHOP / "chat" / "livechat_chats.csv"
QUEUE_LOG = SHOP / "phone" / "queue_log"


def into(store: Path, *inputs: Path, source: str | None = None) -> list[Ingested]:
    """What became of the inputs."""
    reading = ReadOptions(tuple(map(str, inputs)), source)
    return list(ingest(reading, Settings(), Place(str(store)), lock_timeout_s=60))


def rows_in(table: Table) -> pl.DataFrame:
    """Every row of a table, as anybody reads it who knows Delta tables."""
    return pl.scan_delta(table.delta, storage_options=table.place.for_polars).collect()


def stored(store: Path) -> pl.DataFrame:
    """Every row of a store, in an order that does not depend on how it came there."""
    table = Table.open(Place(str(store)))
    assert table is not None
    return rows_in(table).sort(pl.all())


def rows_of(*arguments: object) -> Any:
    """The rows of a report."""
    return report(*arguments)["rows"]


@pytest.fixture(scope="module")
def shop_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop in a store."""
    store = tmp_path_factory.mktemp("stores") / "shop"
    into(store, SHOP)
    return store


def test_a_report_of_a_store_is_that_of_its_exports(shop_store: Path) -> None:
    """Every value is the same, by all KPIs and months, and so are the anomalies."""
    asked = ("--all", "--period", "month", "--by", "channel,team")
    from_store = report(shop_store, *asked)
    from_files = report(SHOP, *asked)
    assert from_files["rows"] == from_store["rows"]
    assert from_files["anomalies"] == from_store["anomalies"]


def test_the_same_export_again_adds_nothing(shop_store: Path) -> None:
    """Its rows are duplicates, the table stays as it is, and no commit is made."""
    before = stored(shop_store)
    again = into(shop_store, SHOP)
    assert [None] * len(again) == [one.version for one in again]
    assert [0] * len(again) == [one.intake.events for one in again]
    assert before.equals(stored(shop_store))


def records(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the records of an export."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rest = csv.reader(file)
    return header, rest


def part_of(path: Path, some: Sequence[Sequence[str]], target: Path) -> Path:
    """An export of some records of another."""
    header, _ = records(path)
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *some])
    return target


def test_an_export_that_overlaps_adds_what_is_new(tmp_path: Path) -> None:
    """Of two exports that share rows, the store holds each row once."""
    _, every = records(MESSAGES)
    first = part_of(MESSAGES, every[:800], tmp_path / "first.csv")
    second = part_of(MESSAGES, every[400:], tmp_path / "second.csv")
    store = tmp_path / "store"
    into(store, first)
    (one,) = into(store, second)
    assert 0 < one.intake.duplicates
    assert rows_of(MESSAGES) == rows_of(store)


def ticket_export(path: Path, updated: str, solved: str) -> Path:
    """A list of one ticket, as it was at some time."""
    header = ["id", "created at", "updated at", "resolved at", "channel", "status"]
    return write_csv(path, header, [["1", "2026-03-01 09:00", updated, solved, "email", "x"]])


def test_a_newer_version_replaces_the_older_one(tmp_path: Path) -> None:
    """The latest snapshot of a ticket counts, whichever came first; the older ones leave."""
    older = ticket_export(tmp_path / "older.csv", "2026-03-01 10:00", "")
    newer = ticket_export(tmp_path / "newer.csv", "2026-03-05 10:00", "2026-03-04 09:00")
    upward, downward = tmp_path / "upward", tmp_path / "downward"
    into(upward, older)
    (replacing,) = into(upward, newer)
    into(downward, newer)
    (late,) = into(downward, older)
    assert (1, 1) == (replacing.intake.events, replacing.replaced)
    assert (0, 1) == (late.intake.events, late.intake.superseded)
    assert 1 == stored(upward).height
    assert stored(upward).equals(stored(downward))


KINDS = """
name = "shop-log"
title = "Log of a shop"
grain = "event"
channel = "email"

[match]
columns = ["id", "what", "when"]

[fields]
event_id = "id"
kind = "CASE WHEN what = 's' THEN 'survey' END"
at = "when"
contacted_at = "CASE WHEN what = 'c' THEN when END"
"""


def test_a_row_without_a_kind_is_an_interaction(tmp_path: Path) -> None:
    """A mapping that names the kind of some rows leaves the others what they are without one."""
    mapping = tmp_path / "shop-log.toml"
    mapping.write_text(KINDS, encoding="utf-8")
    rows = [["1", "c", "2026-01-01T00:00:00Z"], ["2", "s", "2026-01-02T00:00:00Z"]]
    log = write_csv(tmp_path / "log.csv", ["id", "what", "when"], rows)
    store = tmp_path / "store"
    ran = run("ingest", log, "--source", mapping, "--store", store)
    assert 0 == ran.code, ran.err
    assert {"interaction", "survey"} == set(stored(store)["kind"])
    (received,) = (row for row in rows_of(store, "--kpi", "received") if row["total"])
    assert 1 == received["value"]
    assert rows_of(store) == rows_of(log, "--source", mapping)


def test_equal_rows_of_one_export_are_all_kept(tmp_path: Path) -> None:
    """Rows without an id that repeat in one file are events of their own; again they are known."""
    text = QUEUE_LOG.read_text(encoding="utf-8")
    twice = tmp_path / "queue_log"
    twice.write_text(text + text, encoding="utf-8")
    store = tmp_path / "store"
    into(store, QUEUE_LOG)
    into(store, twice)
    assert rows_of(twice) == rows_of(store)
    (again,) = into(store, QUEUE_LOG)
    assert 0 == again.intake.events


def check_any_partition(chance: random.Random, folder: Path) -> None:
    """However exports of a year overlap, and in whatever order they come, the store is the same.

    Every value of its report is that of a report of the exports themselves.
    """
    systems = a_year(chance)
    whole = [(one, one.export(folder / f"{one.source}.csv", 0, MINUTES)) for one in systems]
    pieces = [piece for one in systems for piece in pieces_of(one, folder, chance)]
    chance.shuffle(pieces)
    for store, exports in (("one", whole), ("many", pieces)):
        for system, path in exports:
            into(folder / store, path, source=system.source)
    assert stored(folder / "one").equals(stored(folder / "many"))
    asked = ("--all", "--period", "month")
    from_exports = report(*[path for _, path in whole], *asked)
    assert contents(from_exports) == contents(report(folder / "many", *asked))


# A seed has no smaller one that tells more, so a failure is shown as it was found.
@hypothesis_settings(examples(3), phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_any_partition_into_ingests_gives_the_report_of_one(seed: int) -> None:
    """A year of tickets, messages, calls, answers, orders and visits, cut as may be."""
    with tempfile.TemporaryDirectory() as folder:
        check_any_partition(random.Random(seed), Path(folder))  # noqa: S311


def test_processes_that_ingest_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    """Four processes with overlapping exports, each waiting for the others, none failing."""
    _, every = records(MESSAGES)
    store = tmp_path / "store"
    pieces = [
        part_of(MESSAGES, every[start : start + 700], tmp_path / f"{start}.csv")
        for start in (0, 200, 400, 600)
    ]
    command = [sys.executable, "-m", "supportcli", "ingest", "--store", str(store)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([*command, str(piece)], env=environment, cwd=tmp_path) for piece in pieces
    ]
    assert [0] * len(started) == [process.wait() for process in started]
    assert rows_of(MESSAGES) == rows_of(store)


def test_a_killed_ingest_leaves_the_store_sound(tmp_path: Path) -> None:
    """Killed at any moment, it has added its input whole or not at all, and can be run again.

    `make endurance` kills hundreds.
    """
    store = tmp_path / "store"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "supportcli", "ingest", str(SHOP), "--store", str(store)]
    for moment in range(1, 8, 3):
        process = subprocess.Popen(command, env=environment, cwd=tmp_path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.3 + moment / 6)
        process.kill()
        process.wait()
        table = Table.open(Place(str(store)))
        if table is not None:
            assert rows_in(table).height == sum(file.rows for file in table.files)
    into(store, SHOP)
    assert rows_of(SHOP) == rows_of(store)


def test_what_was_ingested_is_in_the_log(shop_store: Path) -> None:
    """Every commit says which input, by which mapping, and what became of its rows."""
    table = Table.open(Place(str(shop_store)))
    assert table is not None
    newest = next(iter(table.entries))
    assert str(MESSAGES) == newest["input"]
    assert ("twilio-messages", 1208, 1174) == (
        newest["source"], newest["rows"], newest["events"],
    )  # fmt: skip


def test_other_programs_read_the_same_counts(shop_store: Path) -> None:
    """The data files that the table names are plain Parquet."""
    table = Table.open(Place(str(shop_store)))
    assert table is not None
    files = [str(shop_store / file.path) for file in table.files]
    counts = duckdb.read_parquet(files, hive_partitioning=True, union_by_name=True)
    found = dict(counts.aggregate("channel, count(*)").fetchall())
    assert dict(stored(shop_store).group_by("channel").len().rows()) == found


@pytest.mark.parametrize(
    "window", ["true", "at >= '2026-04-20T10:30:00.5Z'", "at < '2026-04-01T00:00:00Z'"]
)
def test_another_reader_of_delta_tables_sees_the_same(tmp_path: Path, window: str) -> None:
    """A query engine that skips files by partitions and statistics counts what is stored.

    Files that were replaced are still on the disk, and none of their rows count.
    """
    header, every = records(TICKETS)
    solved = header.index("Solved at")
    younger = [[*row[:solved], "-", *row[solved + 1 :]] for row in every]
    older = part_of(TICKETS, younger, tmp_path / "older.csv")
    store = tmp_path / "store"
    into(store, older, CHATS)
    into(store, TICKETS)
    table = Table.at(Place(str(store)))
    assert len(table.files) < len(list(store.rglob("*.parquet")))
    sums = "count(*), count(resolved_at), min(at), max(at)"
    by = "source, channel, month"
    asked = f"SELECT {by}, {sums} FROM events WHERE {window} GROUP BY {by} ORDER BY {by}"
    read = QueryBuilder().register("events", table.delta).execute(asked).read_all()
    expected = pl.SQLContext(events=stored(store)).execute(asked.replace("Z'", "'"), eager=True)
    assert expected.rows() == pl.DataFrame(read).rows()
    assert 3 < expected.height


def test_only_the_owner_may_read_a_store(tmp_path: Path) -> None:
    """Whatever the user's mask is, folders and files of a store are nobody else's."""
    run_ingest(tmp_path / "store", MESSAGES)
    found = [tmp_path / "store", *(tmp_path / "store").rglob("*")]
    assert [0] * len(found) == [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found]


def run_ingest(store: Path, *inputs: Path) -> list[dict[str, Any]]:
    """The summaries of an ingest run as a user runs it."""
    ran = run("ingest", *inputs, "--store", store, "--format", "json")
    assert 0 == ran.code, ran.err
    return [json.loads(line) for line in ran.text.splitlines()]


def test_ingest_is_quiet_unless_something_is_wrong(tmp_path: Path) -> None:
    """Cron sends no mail for a night when all went well."""
    ran = run("ingest", MESSAGES, "--store", tmp_path / "store")
    assert (0, "", []) == (ran.code, ran.text, ran.errors)


def test_rows_are_conserved_in_the_summary(tmp_path: Path) -> None:
    """Rows are new events, skipped, rejected, known already, or older than what is known."""
    for one in (*run_ingest(tmp_path / "s", TICKETS), *run_ingest(tmp_path / "s", TICKETS)):
        spent = sum(one["skipped"].values()) + one["rejected"] + one["duplicates"]
        assert one["rows"] == one["events"] + spent + one["superseded"]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["ingest", "F"], 2, "nothing says which store",
         "name its folder: --store DIR, or [store] path"),
        (["report", "--store", "nowhere"], 3, "there is no store at nowhere",
         "`supportkpi ingest` makes one"),
        (["report", "F", "--store", "nowhere"], 2, "--store and INPUT both say what is read", None),
        (["ingest", "F", "--store", "s", "--lock-timeout", "soon"], 2,
         '--lock-timeout: "soon" is no duration; write for example 20s, 5m, 24h or 7d', None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    arguments: list[str], code: int, message: str, hint: str | None
) -> None:
    """Each with its exit code and what to do."""
    given_arguments = [MESSAGES if word == "F" else word for word in arguments]
    assert (code, message, hint) == failure(run(*given_arguments))


def test_a_store_is_read_alone(shop_store: Path) -> None:
    """Exports beside it might hold what is in it already."""
    code, message, hint = failure(run("report", shop_store, MESSAGES))
    assert (2, f"{shop_store} is a store, and is read alone") == (code, message)
    assert hint is not None
    assert "supportkpi ingest" in hint


def test_a_busy_store_gives_4(tmp_path: Path) -> None:
    """Who cannot wait longer says so; nothing is lost by trying again."""
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "store").mkdir()
    held = os.open(tmp_path / "store", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    ran = run("ingest", MESSAGES, "--store", tmp_path / "store", "--lock-timeout", "0s")
    os.close(held)
    code, message, _ = failure(ran)
    assert (4, f"the store {tmp_path / 'store'} is busy") == (code, message)


def test_another_delta_table_is_refused(tmp_path: Path) -> None:
    """A table that some other program made is left as it is."""
    pl.DataFrame({"a": [1]}).write_delta(tmp_path / "other")
    code, message, _ = failure(run("ingest", MESSAGES, "--store", tmp_path / "other"))
    assert 3 == code
    assert "is no store of supportkpi" in message


def test_an_interrupted_commit_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written and not committed does not count, and is gone."""
    store = tmp_path / "store"
    into(store, TICKETS)
    before, files = stored(store), sorted(store.rglob("*.parquet"))

    def interrupted(*_: object) -> Iterator[None]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Table, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            into(store, MESSAGES)
    assert before.equals(stored(store))
    assert files == sorted(store.rglob("*.parquet"))
    into(store, MESSAGES)
    assert rows_of(TICKETS, MESSAGES) == rows_of(store)


def test_row_ids_are_the_same_for_good(shop_store: Path, tmp_path: Path) -> None:
    """Were they to change with a version of some library, every export would be new again.

    The numbers are those of another program for xxHash64: of an event with an id, and of the cells
    of one without, of which the empty ones count for nothing.
    """
    rows = stored(shop_store).filter(source="twilio-messages").sort("event_id")
    first = rows.row(0, named=True)
    named = ("SM00392fa79b1a67ef980fd8a4fd75fc54", 6954269135074942941)
    assert named == (first["event_id"], first[ROW_ID])
    header = ["conversation_id", "customer_id", "channel", "direction", "agent", "sent_at"]
    message = ["c1", "u1", "chat", "inbound", "", "2026-01-01T00:00:03Z"]
    into(tmp_path / "store", write_csv(tmp_path / "messages.csv", header, [message]))
    assert [4308370883358504901] == stored(tmp_path / "store")[ROW_ID].to_list()
