"""A store where an INPUT stands: every command reads it, or says what to do instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from command import failure, report, run, write_csv
from test_store import MESSAGES, QUEUE_LOG, TICKETS, into


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of messages."""
    store = tmp_path_factory.mktemp("stores") / "messages"
    into(store, MESSAGES)
    return store


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of tickets, some of them with an answer to a survey."""
    store = tmp_path_factory.mktemp("stores") / "tickets"
    into(store, TICKETS)
    return store


@pytest.mark.parametrize(
    "command",
    [
        ["report"],
        ["check", "--set", "targets.csat=>= 10%"],
        ["conversations"],
        ["events"],
        ["drivers"],
        ["inspect"],
    ],
    ids=lambda command: command[0],
)
def test_commands_read_a_store(tickets: Path, command: list[str]) -> None:
    """As they read the export that it was made of."""
    ran = run(*command, tickets)
    assert (0, []) == (ran.code, ran.errors), ran.err
    assert "" != ran.text


def test_a_report_may_be_compared_with_a_store(messages: Path) -> None:
    """Nothing has changed from the store to its own export."""
    rows = report(MESSAGES, "--compare", messages)["rows"]
    assert [row["value"] for row in rows] == [row["previous"] for row in rows]


def test_inspect_says_that_it_is_a_store(messages: Path) -> None:
    """With the rows and the sources that are in it."""
    text = run("inspect", messages).text
    assert "format     store" in text
    assert "source     twilio-messages" in text
    assert "1,174 = 1,174 events" in text


def test_a_store_is_no_export(messages: Path, tmp_path: Path) -> None:
    """Events without an id would be in the other store twice, once as rows and once as events."""
    ran = run("ingest", messages, "--store", tmp_path / "other")
    assert (
        2, f"{messages} is a store, no export", "ingest the exports that it was made of",
    ) == failure(ran)  # fmt: skip
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("kind", ["store", "table"])
def test_events_need_no_mapping(messages: Path, tmp_path: Path, kind: str) -> None:
    """Neither of a store nor of a table that `events` wrote one is started."""
    given = messages
    if kind == "table":
        given = tmp_path / "events.parquet"
        run("events", MESSAGES, "-o", given)
    ran = run("inspect", given, "--write-source", tmp_path / "mine.toml")
    said = f"--write-source: {given} holds events, which need no mapping"
    assert (2, said, None) == failure(ran)
    assert not (tmp_path / "mine.toml").exists()


def test_a_table_of_events_can_be_ingested(messages: Path, tmp_path: Path) -> None:
    """Events that have an id are known, whether they come from their export or from a table."""
    table = tmp_path / "events.parquet"
    run("events", MESSAGES, "-o", table)
    (again,) = into(messages, table)
    assert (0, 1174) == (again.intake.events, again.intake.duplicates)


BEFORE = "came in {} before, of the same time; they may be there twice"


@pytest.mark.parametrize("first", ["exports", "tables of events"])
def test_events_without_ids_in_two_forms_are_reported(first: str, tmp_path: Path) -> None:
    """That a row of an export and one of a table are the same event is not seen: somebody must."""
    table, store = tmp_path / "events.parquet", tmp_path / "store"
    run("events", QUEUE_LOG, MESSAGES, "-o", table)
    forms = {"exports": (QUEUE_LOG, MESSAGES), "tables of events": (table,)}
    (other,) = forms.keys() - {first}
    assert "" == run("ingest", *forms[first], "--store", store).err
    warned = f"events of asterisk-queue-log without ids {BEFORE.format(first)}"
    ran = run("ingest", *forms[other], "--store", store, "--strict")
    assert (3, True) == (ran.code, warned in ran.errors[0])
    ran = run("ingest", *forms[other], "--store", store)
    lines = [line for line in ran.err.splitlines() if "warning" in line]
    assert [f"supportkpi: warning: {forms[other][0]}: {warned}"] == lines
    assert "" == run("ingest", *forms[other], "--store", store, "--strict").err


def test_a_table_of_later_events_is_no_news(tmp_path: Path) -> None:
    """Exports until one day and a table from a later day on have nothing in common."""
    header = ["conversation_id", "customer_id", "channel", "direction", "sent_at"]
    days = [
        write_csv(tmp_path / f"{day}.csv", header, [["c", "u", "chat", "in", f"2026-03-{day}"]])
        for day in ("01", "09")
    ]
    table, store = tmp_path / "events.parquet", tmp_path / "store"
    run("events", days[1], "-o", table)
    for given in (days[0], table):
        assert "" == run("ingest", given, "--store", store, "--strict").err
    assert "twice" not in run("report", days[0], table).err


def test_events_without_ids_in_two_forms_are_noted_in_a_report(tmp_path: Path) -> None:
    """A note for the log and the table that was made of it; the messages have ids."""
    table = tmp_path / "events.parquet"
    run("events", QUEUE_LOG, MESSAGES, "-o", table)
    ran = run("report", QUEUE_LOG, MESSAGES, table)
    (noted,) = (line for line in ran.err.splitlines() if "twice" in line)
    assert (
        f"supportkpi: note: {table} and {QUEUE_LOG} both hold events of asterisk-queue-log without "
        "ids, of the same time: what is in both counts twice"
    ) == noted


def test_a_store_in_a_folder_of_exports_is_left_aside(messages: Path, tmp_path: Path) -> None:
    """Its files are no exports; a note says so, and the exports beside it are read."""
    shutil.copy(TICKETS, tmp_path)
    shutil.copytree(messages, tmp_path / "events.store")
    ran = run("report", tmp_path, "--format", "json")
    assert [str(tmp_path / TICKETS.name)] == [one["path"] for one in ran.json["inputs"]]
    assert f"supportkpi: note: {tmp_path}: not read: events.store\n" in ran.err
    assert 0 == run("ingest", tmp_path, "--store", tmp_path / "events.store").code
