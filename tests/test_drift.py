"""Schema drift: an export that looks other than those before it is reported, or refused."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import SHOP, Ran, failure, run, write_csv
from supportcli.intake import Enumerated, Outline, ReadOptions
from supportcli.settings import Settings
from supportcli.store import ingest as ingesting
from supportcli.store.drift import Change, Known
from supportcli.store.ingest import ingest
from supportcli.store.place import ConflictError, Place
from supportcli.store.table import KNOWN_KEY, Table
from test_store import MESSAGES, QUEUE_LOG, TICKETS, into, records

CHATS = SHOP / "chat" / "livechat_chats.csv"
CALLS = SHOP / "phone" / "Master.csv"

Rows = list[list[str]]


def remade(path: Path, target: Path, change: Callable[[Rows], Rows]) -> Path:
    """An export whose records, the header among them, are changed."""
    header, rest = records(path)
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(change([header, *rest]))
    return target


def renamed(names: dict[str, str]) -> Callable[[Rows], Rows]:
    """Other names for some columns."""
    return lambda rows: [[names.get(name, name) for name in rows[0]], *rows[1:]]


def without(name: str) -> Callable[[Rows], Rows]:
    """The records without a column."""

    def cut(rows: Rows) -> Rows:
        place = rows[0].index(name)
        return [row[:place] + row[place + 1 :] for row in rows]

    return cut


def with_column(name: str) -> Callable[[Rows], Rows]:
    """The records with one column more, at the end."""
    return lambda rows: [[*rows[0], name], *([*row, "1"] for row in rows[1:])]


def with_value(name: str, value: str) -> Callable[[Rows], Rows]:
    """The records, another value in a column of the first of them."""

    def put(rows: Rows) -> Rows:
        rows[1][rows[0].index(name)] = value
        return rows

    return put


def run_ingest(store: Path, *inputs: object, code: int = 0) -> Ran:
    """An ingest as a user runs it."""
    ran = run("ingest", *inputs, "--store", store, "--format", "json")
    assert code == ran.code, ran.err
    return ran


def drift_of(ran: Ran) -> list[Any]:
    """What the summary of the last input says of its drift."""
    found = json.loads(ran.text.splitlines()[-1])["drift"]
    assert isinstance(found, list)
    return found


def log_of(store: Path) -> list[dict[str, Any]]:
    """The log of a store for programs, the newest first."""
    ran = run("store", "log", "--store", store, "--format", "json")
    return [json.loads(line) for line in ran.text.splitlines()]


def known_of(store: Path) -> Any:
    """What a store has written down of its exports."""
    return Table.at(Place(str(store))).stated(KNOWN_KEY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the tickets of the sample shop."""
    place = tmp_path_factory.mktemp("stores") / "tickets"
    into(place, TICKETS)
    return place


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A store of the tickets of the sample shop, for one test."""
    return Path(shutil.copytree(made, tmp_path / "store"))


@pytest.mark.parametrize(
    ("change", "drift", "words"),
    [
        (without("Due date"), {"change": "missing", "column": "Due date"},
         'the column "Due date" is missing'),
        (with_column("Colour"), {"change": "new", "column": "Colour"},
         'the column "Colour" is new'),
        (renamed({"Organization": "Organisation"}),
         {"change": "renamed", "column": "Organization", "to": "Organisation"},
         'the column "Organization" is probably "Organisation" now'),
        (renamed({"Due date": "Colour"}),
         {"change": "renamed", "column": "Due date", "to": "Colour"},
         'the column "Due date" is probably "Colour" now'),
        (with_value("Via", "Fax"), {"change": "unseen_value", "column": "Via", "value": "Fax"},
         'the column "Via" has a value never seen before, "Fax"'),
    ],
    ids=["missing", "new", "renamed alike", "renamed in place", "unseen value"],
)  # fmt: skip
def test_what_changed_is_reported_once(
    store: Path,
    tmp_path: Path,
    change: Callable[[Rows], Rows],
    drift: dict[str, str],
    words: str,
) -> None:
    """In the summary, on standard error and in the log; then it is known, and nothing is said."""
    changed = remade(TICKETS, tmp_path / "changed.csv", change)
    ran = run_ingest(store, changed)
    assert [drift] == drift_of(ran)
    assert f"supportkpi: warning: {changed}: {words}\n" == ran.err
    logged = {key: text for key, text in drift.items() if key != "value"}
    assert {"operation": "drift", "input": str(changed), "source": "zendesk-tickets",
            "drift": [logged]}.items() <= log_of(store)[0].items()  # fmt: skip
    assert words.partition(', "')[0] in run("store", "log", "--store", store).text.splitlines()[0]
    again = run_ingest(store, changed)
    assert ([], "") == (drift_of(again), again.err)


def test_a_column_that_is_gone_and_one_that_came_need_not_be_one(
    store: Path, tmp_path: Path
) -> None:
    """Where neither name nor place speaks for it, nobody says that a column was renamed."""

    def moved(rows: Rows) -> Rows:
        return with_column("Colour")(without("Due date")(rows))

    ran = run_ingest(store, remade(TICKETS, tmp_path / "changed.csv", moved))
    found = [(one["change"], one["column"]) for one in drift_of(ran)]
    assert [("missing", "Due date"), ("new", "Colour")] == found


def test_what_has_not_changed_is_not_written_down_anew(store: Path, tmp_path: Path) -> None:
    """The same export, or its columns in another order, gives no drift and no commit."""
    turned = remade(TICKETS, tmp_path / "turned.csv", lambda rows: [row[::-1] for row in rows])
    version = Table.at(Place(str(store))).delta.version()
    for path in (TICKETS, turned):
        ran = run_ingest(store, path)
        assert ([], "") == (drift_of(ran), ran.err)
    assert version == Table.at(Place(str(store))).delta.version()


def test_a_value_is_known_however_it_is_written(store: Path, tmp_path: Path) -> None:
    """Case and space do not make a value new: the mapping takes them as one."""
    header, (first, *_) = records(TICKETS)
    other = first[header.index("Via")].upper().replace(" ", "  ")
    changed = remade(TICKETS, tmp_path / "changed.csv", with_value("Via", other))
    assert [] == drift_of(run_ingest(store, changed))


def test_the_first_export_of_a_source_has_no_drift(store: Path) -> None:
    """There is nothing to compare it with, whatever other sources look like."""
    ran = run_ingest(store, SHOP)
    assert ([], "") == (drift_of(ran), ran.err)


def test_an_export_that_is_of_another_source_now_is_reported(store: Path, tmp_path: Path) -> None:
    """Its columns are nearly those of a source that is known: its events would be there twice."""
    mapping = tmp_path / "mine.toml"
    mapping.write_text('extends = "zendesk-tickets"\nname = "mine"\n', encoding="utf-8")
    changed = remade(TICKETS, tmp_path / "changed.csv", without("Due date"))
    refused = run_ingest(store, changed, "--source", mapping, "--strict", code=3)
    assert "such exports were read as zendesk-tickets" in refused.errors[0]
    ran = run_ingest(store, changed, "--source", mapping)
    assert [{"change": "source", "was": "zendesk-tickets"}] == drift_of(ran)
    assert [] == drift_of(run_ingest(store, changed, "--source", mapping))


def test_a_mapping_without_enumerations_has_no_unseen_values(tmp_path: Path) -> None:
    """Texts of other columns are none of our business."""
    into(tmp_path / "store", MESSAGES)
    changed = remade(MESSAGES, tmp_path / "changed.csv", with_value("Status", "pondered"))
    assert [] == drift_of(run_ingest(tmp_path / "store", changed))
    assert {} == known_of(tmp_path / "store")["twilio-messages"]["texts"]


def test_strict_refuses_what_has_changed(store: Path, tmp_path: Path) -> None:
    """Exit code 3; the inputs before it are in, nothing of it is; without --strict it is taken."""

    def change(rows: Rows) -> Rows:
        return with_value("Via", "Fax")(without("Due date")(rows))

    changed = remade(TICKETS, tmp_path / "changed.csv", change)
    before = known_of(store)["zendesk-tickets"]
    ran = run_ingest(store, MESSAGES, changed, CHATS, "--strict", code=3)
    (error,), (hint,) = ran.errors, ran.hints
    assert (
        f'{changed}: the export has changed, and was not ingested: the column "Due date" is '
        'missing; the column "Via" has a value never seen before, "Fax"'
    ) == error
    assert "without --strict it is ingested" in hint
    assert ["twilio-messages"] == [json.loads(line)["source"] for line in ran.text.splitlines()]
    assert str(MESSAGES) == log_of(store)[0]["input"]
    assert before == known_of(store)["zendesk-tickets"]
    run_ingest(store, changed)
    assert [] == drift_of(run_ingest(store, changed, "--strict"))


def test_layouts_that_alternate_are_all_known(store: Path, tmp_path: Path) -> None:
    """Old exports in the folder beside new ones are reported once, not every night."""
    other = remade(TICKETS, tmp_path / "other.csv", without("Due date"))
    assert 1 == len(drift_of(run_ingest(store, other)))
    for path in (TICKETS, other, TICKETS):
        assert [] == drift_of(run_ingest(store, path, "--strict"))


def test_a_header_is_compared_with_the_nearest(store: Path, tmp_path: Path) -> None:
    """What is said is what there is to say, not the difference between two known layouts."""
    short = remade(
        TICKETS, tmp_path / "short.csv", lambda rows: without("Due date")(without("Tags")(rows))
    )
    run_ingest(store, short)
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column("Colour"))
    assert [{"change": "new", "column": "Colour"}] == drift_of(run_ingest(store, changed))


def test_drift_is_that_against_the_table_committed_to(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another run ingests the same layout in between, the second look finds it known."""
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column("Colour"))
    second = remade(changed, tmp_path / "second.csv", with_value("Assignee", "Somebody Else"))
    commit = Table.commit
    lost: list[Table] = []

    def late(table: Table, *arguments: Any) -> int:
        if not lost:
            lost.append(table)
            into(store, changed)
            raise ConflictError
        return commit(table, *arguments)

    monkeypatch.setattr(Table, "commit", late)
    monkeypatch.setattr("supportcli.store.lock.locked", lambda *_: nullcontext())
    (done,) = into(store, second)
    assert 1 == len(lost)
    assert () == done.drift
    assert done.version is not None


def test_drift_is_reported_again_where_it_could_not_be_written_down(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends between the two commits loses no report."""
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column("Colour"))
    with monkeypatch.context() as patch:
        patch.setattr(ingesting, "remember", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            into(store, changed)
    assert [{"change": "new", "column": "Colour"}] == drift_of(run_ingest(store, changed))


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_store_made_before_drift_was_known_takes_the_next_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows no header yet, so nothing has changed; from then on it does."""
    store = tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr(ingesting, "remember", lambda *_: None)
        into(store, TICKETS)
    assert known_of(store) is None
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column("Colour"))
    assert [] == drift_of(run_ingest(store, changed, "--strict"))
    run_ingest(store, remade(changed, tmp_path / "next.csv", without("Tags")), "--strict", code=3)


HOSTILE = '\x1b[31m\u202eColour\n"'


def test_names_of_columns_are_made_harmless(store: Path, tmp_path: Path) -> None:
    """No name moves a cursor or breaks a line, in a warning, an error or the log."""
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column(HOSTILE))
    refused = run_ingest(store, changed, "--strict", code=3)
    assert 1 == len(refused.errors)
    warned = run_ingest(store, changed)
    assert 1 == len(warned.err.splitlines())
    logged = run("store", "log", "--store", store).text
    assert len(log_of(store)) == len(logged.splitlines())
    for text in (refused.err, warned.err, logged):
        assert not {"\x1b", "\u202e"} & set(text)
        assert "[31m\ufffdColour" in text


MAPPING = """
name = "mine"
title = "Mine"
grain = "conversation"
channel = "email"

[fields]
conversation_id = "id"
contacted_at = "created"
topic = "subject"

[values.topic]
"refund" = "refund"
"*" = "other"
"""


def mine(folder: Path, name: str, subjects: Sequence[str]) -> list[object]:
    """An export of tickets whose mapping takes their subjects for an enumeration."""
    mapping = folder / "mine.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    rows = [[n, "2026-03-01 09:00", subject] for n, subject in enumerate(subjects, start=1)]
    path = write_csv(folder / name, ["id", "created", "subject"], rows)
    return [path, "--source", mapping]


def test_no_word_of_a_customer_is_remembered(tmp_path: Path) -> None:
    """Not even where a mapping takes what customers write for an enumeration."""
    store = tmp_path / "store"
    run_ingest(store, *mine(tmp_path, "a.csv", ["refund", "my secret wish"]))
    ran = run_ingest(store, *mine(tmp_path, "b.csv", ["refund", "another secret"]))
    assert [{"change": "unseen_value", "column": "subject", "value": "another secret"}] == (
        drift_of(ran)
    )
    files = [path for path in store.rglob("*") if path.is_file()]
    assert [] == [path for path in files if b"secret" in path.read_bytes()]


def test_a_column_of_very_many_values_is_no_enumeration(tmp_path: Path) -> None:
    """Nothing of it is remembered, and nothing in it is news."""
    store = tmp_path / "store"
    run_ingest(store, *mine(tmp_path, "a.csv", ["refund"]))
    ran = run_ingest(store, *mine(tmp_path, "b.csv", [f"wish {n}" for n in range(201)]))
    assert [] == drift_of(ran)
    assert {"topic": None} == known_of(store)["mine"]["texts"]
    assert [] == drift_of(run_ingest(store, *mine(tmp_path, "c.csv", ["once more"])))


def test_values_of_rows_that_are_skipped_are_no_news(store: Path, tmp_path: Path) -> None:
    """A rule of the mapping has sorted them out already."""

    def spam(rows: Rows) -> Rows:
        return with_value("Tags", "spam")(with_value("Via", "Fax")(rows))

    assert [] == drift_of(run_ingest(store, remade(TICKETS, tmp_path / "spam.csv", spam)))


@pytest.mark.parametrize("path", [CALLS, QUEUE_LOG], ids=lambda path: path.name)
def test_a_file_without_a_header_has_no_drift_of_columns(tmp_path: Path, path: Path) -> None:
    """Its columns are those that the mapping names, whatever the file has."""
    store = tmp_path / "store"
    (done,) = into(store, path)
    assert [()] == [outline.columns for outline in done.log.outlines]
    assert not done.is_news


def test_a_chat_text_has_no_drift_of_columns(tmp_path: Path) -> None:
    """Its columns are those that its reader gives."""
    text = "01/03/2026, 09:15 - Ann: hello\n01/03/2026, 09:17 - Jane: good morning\n"
    chat = tmp_path / "chat.txt"
    chat.write_text(text, encoding="utf-8")
    reading = ReadOptions((str(chat),), agents=("Jane",), date_order="dmy")
    (done,) = ingest(reading, Settings(), Place(str(tmp_path / "store")), lock_timeout_s=60)
    assert [()] == [outline.columns for outline in done.log.outlines]


def test_keys_of_json_may_be_left_out(tmp_path: Path) -> None:
    """A key never met is news; so, once, is the lack of one that is read and was always there."""
    header, (first, second, *_) = records(MESSAGES)
    full = {**dict(zip(header, first, strict=True)), "UpdatedDate": "2026-05-31T00:00:00Z"}
    other = {**full, **dict(zip(header, second, strict=True))}

    def drift(name: str, record: dict[str, str]) -> list[Any]:
        path = tmp_path / name
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
        return drift_of(run_ingest(tmp_path / "store", path))

    def lacking(record: dict[str, str], lost: str) -> dict[str, str]:
        return {name: text for name, text in record.items() if name != lost}

    assert [] == drift("full.ndjson", full)
    assert [] == drift("fewer.ndjson", lacking(other, "ErrorCode"))
    assert [{"change": "new", "column": "Mood"}] == drift("more.ndjson", {**full, "Mood": "fine"})
    missing = [{"change": "missing", "column": "UpdatedDate"}]
    assert missing == drift("unread.ndjson", lacking(other, "UpdatedDate"))
    assert [] == drift("unread.ndjson", lacking(other, "UpdatedDate"))
    assert [] == drift("full.ndjson", full)


@pytest.mark.parametrize("columns", [1_001, 600], ids=["of many columns", "of long names"])
def test_a_header_beyond_measure_is_not_remembered(columns: int) -> None:
    """The store is no place for it; nothing is compared with it either."""
    small = Outline(("a", "b"))
    large = Outline(tuple(f"{n:030}" for n in range(columns)))
    known = Known().with_outlines([small])
    assert known == known.with_outlines([large])
    assert () == known.changes_in([large])


def test_the_latest_headers_are_remembered() -> None:
    """So many that no folder has more; the oldest go."""
    layouts = [Outline((f"column {n}", "id")) for n in range(20)]
    known = Known().with_outlines(layouts)
    assert 8 == len(known.headers)
    assert layouts[-1].columns == known.headers[-1]


def test_a_field_that_never_had_a_value_has_no_unseen_ones() -> None:
    """Where nobody answered at first, the first answer is no change of the export."""
    silent = Outline(("a",), enumerated=(Enumerated("csat", "a", ()),))
    spoken = Outline(("a",), enumerated=(Enumerated("csat", "a", ("good",)),))
    known = Known().with_outlines([silent])
    assert () == known.changes_in([spoken])
    both = Outline(("a",), enumerated=(Enumerated("csat", "a", ("good", "bad")),))
    assert (Change("unseen_value", "a", value="bad"),) == (
        known.with_outlines([spoken]).changes_in([both])
    )


NAMES = st.lists(st.text("abAB ", min_size=1, max_size=4), min_size=1, unique=True)


@given(old=NAMES, new=NAMES)
def test_every_column_that_went_or_came_is_told_once(old: list[str], new: list[str]) -> None:
    """As missing, new or renamed, whatever the headers are; and then the new one is known."""
    before, after = (Outline(tuple(names)) for names in (old, new))
    known = Known().with_outlines([before])
    changes = known.changes_in([after])
    gone = [one.column for one in changes if one.change in ("missing", "renamed")]
    come = [one.to or one.column for one in changes if one.change in ("new", "renamed")]
    assert sorted(set(old) - set(new)) == sorted(gone)
    assert sorted(set(new) - set(old)) == sorted(come)
    assert () == known.with_outlines([after]).changes_in([before, after])


def bad_tickets(path: Path) -> Path:
    """An export with one row that cannot be understood."""
    rows = [["1", "2026-03-01 09:00", "open"], ["2", "soon", "open"]]
    return write_csv(path, ["ticket id", "created at", "status"], rows)


def test_rejects_of_all_inputs_are_listed(tmp_path: Path) -> None:
    """Together in one list, also where a later input fails, its own among them."""
    listed = tmp_path / "rejects.csv"
    first, second = bad_tickets(tmp_path / "a.csv"), bad_tickets(tmp_path / "b.csv")
    lenient = ("--rejects", listed, "--max-rejects", "50%")
    run_ingest(tmp_path / "store", first, second, TICKETS, *lenient)
    assert [str(first), str(second)] == [row[0] for row in records(listed)[1]]
    empty = write_csv(tmp_path / "c.csv", ["ticket id", "created at", "status"], [])
    run_ingest(tmp_path / "store", second, empty, *lenient, code=3)
    assert [str(second)] == [row[0] for row in records(listed)[1]]
    run_ingest(tmp_path / "store", TICKETS, first, "--rejects", listed, code=3)
    assert [str(first)] == [row[0] for row in records(listed)[1]]


def test_rejects_are_not_written_over_an_input(tmp_path: Path) -> None:
    """Nothing was read, so there is no list to write."""
    path = bad_tickets(tmp_path / "a.csv")
    before = path.read_bytes()
    ran = run("ingest", path, "--store", tmp_path / "store", "--rejects", path)
    assert 2 == failure(ran)[0]
    assert before == path.read_bytes()


def test_quiet_says_nothing_of_drift(store: Path, tmp_path: Path) -> None:
    """Who reads the summary needs no warning."""
    changed = remade(TICKETS, tmp_path / "changed.csv", with_column("Colour"))
    ran = run_ingest(store, changed, "--quiet")
    assert ("", 1) == (ran.err, len(drift_of(ran)))


def test_of_two_that_learn_at_once_one_learns_again(store: Path) -> None:
    """Neither writes over what the other has learnt."""
    first, second = (Table.at(Place(str(store))) for _ in range(2))
    first.write_down(KNOWN_KEY, {"a": {}})
    with pytest.raises(ConflictError):
        second.write_down(KNOWN_KEY, {"b": {}})
    assert {"a": {}} == known_of(store)
