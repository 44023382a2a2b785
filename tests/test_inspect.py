"""`supportkpi inspect`: it tells what a file is and what is wrong with it, and starts a mapping."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from command import ROOT, SHOP, SHOP_FILES, failure, report, run, write_csv
from supportcli.inspection import inspect_input
from supportcli.inspection.model import Inspection
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.settings import Settings
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import find_source
from supportcli.wording import clean

TICKETS = ["id", "created at", "resolved at", "status", "agent", "shelf"]
OTHER_TICKETS = [
    "Ticket No.",
    "Opened On",
    "Contact Source",
    "Customer Email Address",
    "Assigned Agent",
    "Ticket Subject",
    "First Replied",
    "Solved On",
    "Satisfaction Rating (1-5)",
    "Handle Time (min)",
]
OTHER_CALLS = [
    "Call Ref",
    "Caller Number",
    "Direction",
    "Call Outcome",
    "Call Started (UTC)",
    "Picked Up",
    "Call Ended",
    "Talk Time (secs)",
    "Agent Name",
    "Skill",
]
CONFIGURED = (
    *("--set", 'hours.monday=["09:00-17:00"]'),
    *("--set", 'complaints.topics=["complaint"]'),
    *("--set", "costs.agent_hour=12"),
)
HOSTILE = (
    "[red]ticket[/red]",
    "/(/",
    "a\x1b[31mb",
    'say "hi"',
    "it's",
    "back\\slash",
    "\u202eright",
    "# no comment",
    "line\nbreak",
    "",
    "= '''",
    "Zeit \U0001f550",
)


def inspect(path: Path, source: str | None = None, timezone: str | None = None) -> Inspection:
    """The inspection of one file, as a value."""
    options = ReadOptions((str(path),), source=source, timezone_of_input=timezone)
    return inspect_input(InputFile(str(path), path=path), options, Settings())


def write_quoted(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ","
) -> Path:
    """A CSV file of any cells."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    return path


def values(rows: object) -> dict[str, object]:
    """KPI -> value of the totals of a report."""
    assert isinstance(rows, dict)
    return {row["kpi"]: row["value"] for row in rows["rows"] if row["total"]}


@pytest.mark.parametrize("path", SHOP_FILES, ids=lambda path: path.name)
def test_every_row_of_a_sample_is_told_as_the_report_counts_it(path: Path) -> None:
    """The source, the rows and where they went are those of a report of the same file."""
    (intake,) = report(path)["inputs"]
    found = inspect(path)
    assert found.spent is not None
    assert found.problem is None
    assert intake["source"] == found.source
    assert intake["rows"] == found.file.rows
    assert intake["skipped"] == found.spent.skipped
    assert intake["rejected"] == found.spent.rejected
    assert intake["duplicates"] + intake["superseded"] == found.spent.repeated
    assert intake["rows"] == sum(found.spent.skipped.values()) + found.spent.events
    assert all(one.parsed == one.present for one in found.fields)


@pytest.mark.parametrize("path", SHOP_FILES, ids=lambda path: path.name)
def test_the_kpis_that_cannot_be_had_are_those_without_a_value(path: Path) -> None:
    """What an inspection says the file lacks is what a report says no export carries."""
    assert kpis_without_value(path) == kpis_lacking(path)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["order id", "customer", "ordered at", "amount"], ["1", "ann", "2026-03-02", "12.50"]),
        (["order id", "refunded at", "refund amount"], ["1", "2026-03-09", "2.50"]),
        (["viewed at", "visitor", "page"], ["2026-03-02 10:00", "ann", "/help"]),
    ],
    ids=("orders", "refunds", "page_views"),
)
def test_a_file_does_not_lack_what_its_rows_are(
    tmp_path: Path, header: list[str], row: list[str]
) -> None:
    """Orders, refunds and page views are known by their rows, not by a column; stored ones too."""
    path = write_csv(tmp_path / "rows.csv", header, [row])
    assert kpis_without_value(path) == kpis_lacking(path)
    stored = tmp_path / "rows.parquet"
    assert run("events", path, "-o", stored).code == 0
    assert inspect(path).lacks == inspect(stored).lacks


@cache
def kpis_without_value(path: Path) -> set[str]:
    """The KPIs for which a report of this file says that no export carries something.

    All is configured that a KPI may need, for otherwise that is what the report would name.
    """
    rows = report(path, "--all", "--by", "source", *CONFIGURED)["rows"]
    return {row["kpi"] for row in rows if row["total"] and "no export" in (row["why_null"] or "")}


def kpis_lacking(path: Path) -> set[str]:
    """The KPIs for which an inspection of this file says that it lacks something.

    The name of a measure stands for all its statistics; beside an id of its own, for the others.
    """
    unknown = kpis_without_value(path)
    return {
        kpi
        for lack in inspect(path).lacks
        for name in lack.kpis
        for kpi in CATALOGUE
        if kpi == name
        or (name not in CATALOGUE and kpi.startswith(f"{name}."))
        or (kpi.startswith(f"{name}.") and kpi in unknown)
    }


def test_a_sample_is_shown_with_its_shape() -> None:
    """The headerless pipe log is told as such, and its epochs need no time zone."""
    ran = run("inspect", SHOP / "phone" / "queue_log")
    assert (0, "") == (ran.code, ran.err)
    for text in (
        "pipe",
        "none; the mapping names them",
        "asterisk-queue-log",
        "24 skipped (no_call)",
        "stated with every time",
        "callid",
        "resolved_at",
    ):
        assert text in ran.text


def test_a_zone_is_told_with_who_says_so(tmp_path: Path) -> None:
    """From the header, the mapping, the option, or assumed."""
    (zone,) = inspect(SHOP / "chat" / "livechat_chats.csv").zones
    assert ("Europe/London", "stated in the header") == (zone.name, zone.origin)
    tickets = SHOP / "email" / "zendesk_tickets.csv"
    (zone,) = inspect(tickets).zones
    assert zone.name == "UTC"
    assert zone.origin.startswith("assumed")
    (zone,) = inspect(tickets, timezone="Asia/Tehran").zones
    assert ("Asia/Tehran", "by --timezone-of-input") == (zone.name, zone.origin)
    header = ["date", "vru+line", "call_id", "vru_entry", "ser_start", "outcome", "q_start"]
    path = write_csv(
        tmp_path / "bank.csv",
        header,
        [["990201", "A", "1", "7:02:47", "0:00:00", "AGENT", "0:00:00"]],
    )
    (zone,) = inspect(path, source=str(ROOT / "docs" / "examples" / "bank-calls.toml")).zones
    assert ("Asia/Jerusalem", "says the mapping") == (zone.name, zone.origin)


def test_a_mapping_of_ones_own_tells_what_the_file_lacks(tmp_path: Path) -> None:
    """With --source, the fields whose columns are not there, and the columns it misses."""
    example = ROOT / "docs" / "examples" / "kaggle-tickets.toml"
    path = write_csv(
        tmp_path / "t.csv",
        ["Ticket ID", "Ticket Channel", "First Response Time"],
        [["1", "Chat", "2023-06-01 11:14:38"], ["2", "Chat", ""]],
    )
    found = inspect(path, source=str(example))
    assert found.problem is None
    assert found.spent is not None
    assert (1, {"no_time": 1}) == (found.spent.events, found.spent.skipped)
    assert ("Time to Resolution", "Customer Satisfaction Rating") == found.nearest[0].missing[:2]
    assert {"resolved_at", "csat", "topic", "priority", "customer_id"} == {
        one.field for one in found.absent
    }


def test_the_example_of_the_documentation_is_inspected() -> None:
    """The file and the mapping that the documentation shows belong together."""
    examples = ROOT / "docs" / "examples"
    found = inspect(examples / "repair-desk.csv", source=str(examples / "repair-desk.toml"))
    assert (None, ()) == (found.problem, found.nearest)
    assert found.chosen_by == "named by --source"


def test_an_unknown_file_is_shown_with_the_nearest_sources(tmp_path: Path) -> None:
    """A file of no source ends with 0, and says what the nearest sources lack."""
    path = write_csv(
        tmp_path / "u.csv", ["ticket id", "created at", "shelf"], [["1", "2026-03-02", "x"]]
    )
    found = inspect(path)
    assert found.source is None
    near = {one.source: one.missing for one in found.nearest}
    wanted = "resolved_at or closed_at or status or first_response_at or resolution_time"
    assert near["generic-tickets"] == (wanted,)
    assert [("ticket id", 1, "1"), ("created at", 1, "2026-03-02"), ("shelf", 1, "x")] == [
        (one.name, one.filled, *one.samples) for one in found.unused
    ]
    ran = run("inspect", path)
    assert ran.code == 0
    assert "generic-tickets lacks" in ran.text


def test_rejects_are_shown_with_line_column_value_and_reason(tmp_path: Path) -> None:
    """However many rows are rejected, the inspection ends well and shows the first five."""
    rows = [[str(n), "2026-03-02 09:15:04", "yesterday", "solved", "Jane", ""] for n in range(8)]
    rows.append(["9", "2026-03-02 09:15:04", "2026-03-03 09:15:04", "solved", "Jane", ""])
    found = inspect(write_csv(tmp_path / "t.csv", TICKETS, rows))
    assert found.spent is not None
    assert (1, 8) == (found.spent.events, found.spent.rejected)
    assert [2, 3, 4, 5, 6] == [one.line for one in found.rejects]
    first = found.rejects[0]
    assert ("resolved at", "yesterday") == (first.column, first.value)
    (resolved,) = (one for one in found.fields if one.field == "resolved_at")
    assert (9, 1, 9, 1) == (resolved.rows, resolved.filled, resolved.present, resolved.parsed)
    ran = run("inspect", tmp_path / "t.csv")
    assert ran.code == 0
    assert 'cannot read "yesterday" as a date' in ran.text
    assert ["shelf"] == [one.name for one in found.unused]


def test_rows_of_a_wrong_width_are_rejects_of_an_inspection(tmp_path: Path) -> None:
    """Rows that are too short or too long are counted, with their lines."""
    path = tmp_path / "t.csv"
    path.write_text(
        "id,created at,resolved at\n1,2026-03-02,2026-03-03\n2,2026-03-02\n3,2026-03-02,,,x\n",
        encoding="utf-8",
    )
    found = inspect(path)
    assert found.spent is not None
    assert (3, 1, 2) == (found.file.rows, found.spent.events, found.spent.rejected)
    assert [3, 4] == [one.line for one in found.rejects]


def test_a_file_without_rows_or_with_a_broken_end_is_still_inspected(tmp_path: Path) -> None:
    """A header alone is told; a file that cannot be read to its end shows its head and why."""
    empty = write_csv(tmp_path / "h.csv", ["id", "created at", "resolved at"], [])
    assert inspect(empty).file.rows == 0
    assert run("inspect", empty).code == 0
    broken = tmp_path / "b.csv"
    broken.write_bytes(b"id,created at,resolved at\n1,2026-03-02,2026-03-03\n\xc3\xa9,\xff\xfe,\n")
    found = inspect(broken)
    assert found.file.rows is None
    assert "no utf-8 text" in (found.problem or "")
    assert run("inspect", broken).code == 0


def test_what_cannot_be_read_at_all_ends_with_3(tmp_path: Path) -> None:
    """A file that is not there, or is empty, is an error; the other inputs are shown."""
    nothing = tmp_path / "nothing.csv"
    assert failure(run("inspect", nothing))[0] == 3
    nothing.write_bytes(b"")
    assert failure(run("inspect", nothing))[0] == 3
    ran = run("inspect", nothing, SHOP / "phone" / "queue_log")
    assert ran.code == 3
    assert "asterisk-queue-log" in ran.text
    assert len(ran.errors) == 1


def test_a_stored_table_of_events_is_inspected(tmp_path: Path) -> None:
    """What `supportkpi events` wrote is known as such."""
    stored = tmp_path / "events.parquet"
    assert run("events", SHOP / "phone" / "queue_log", "-o", stored).code == 0
    found = inspect(stored)
    assert found.source == "asterisk-queue-log"
    assert found.spent is not None
    assert found.spent.events == found.file.rows == 2030
    assert inspect(SHOP / "phone" / "queue_log").lacks == found.lacks


def test_a_ticket_list_with_other_names_works_at_once(tmp_path: Path) -> None:
    """The written mapping reads the file: ids, times day first, channels, minutes, ratings."""
    path = write_quoted(
        tmp_path / "t.csv",
        OTHER_TICKETS,
        [
            [
                "T-1",
                "13/03/2026 09:15",
                "Live Chat",
                "a@x.com",
                "Jane",
                "hello",
                "13/03/2026 10:15",
                "14/03/2026 09:15",
                "4",
                "12",
            ],
            ["T-2", "02/03/2026 09:15", "Fax", "b@x.com", "Bob", 'a "b"', "", "", "", "3"],
            [
                "T-3",
                "01/03/2026 09:15",
                "E-mail",
                "a@x.com",
                "Jane",
                "x",
                "02/03/2026 09:15",
                "28/03/2026 09:15",
                "5",
                "",
            ],
        ],
        delimiter=";",
    )
    mapping = tmp_path / "mine.toml"
    ran = run("inspect", path, "--write-source", mapping)
    assert ran.code == 0
    assert f"--source {mapping}" in ran.err
    result = report(path, "--source", mapping, "--all")
    figures = values(result)
    assert (3, 2) == (figures["received"], figures["resolved"])
    assert figures["first_response_time.mean"] == (3600 + 86_400) / 2
    assert figures["handle_time.mean"] == 450
    assert figures["csat.mean"] == 4.5
    assert {"chat", "email", "other", None} == {row["channel"] for row in result["rows"]}


def test_a_call_list_with_other_names_works_at_once(tmp_path: Path) -> None:
    """Direction and outcome are understood in the words of the file, times month first, UTC."""
    path = write_quoted(
        tmp_path / "c.csv",
        OTHER_CALLS,
        [
            [
                "9001",
                "+44",
                "Inbound",
                "Answered",
                "03/13/2026 09:15:04 AM",
                "03/13/2026 09:15:30 AM",
                "03/13/2026 09:17:30 AM",
                "120",
                "Jane",
                "Billing",
            ],
            [
                "9002",
                "+45",
                "Inbound",
                "Missed",
                "03/02/2026 09:15:04 PM",
                "",
                "03/02/2026 09:16:04 PM",
                "",
                "",
                "Billing",
            ],
            [
                "9003",
                "+46",
                "Outbound",
                "Answered",
                "03/02/2026 10:15:04 AM",
                "03/02/2026 10:15:14 AM",
                "03/02/2026 10:16:04 AM",
                "50",
                "Bob",
                "Sales",
            ],
        ],
    )
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping, "--timezone", "Asia/Tehran").code == 0
    assert tomllib.loads(mapping.read_text(encoding="utf-8"))["time"] == {"timezone": "UTC"}
    figures = values(report(path, "--source", mapping, "--all"))
    assert (2, 1, 0.5) == (figures["received"], figures["outreach"], figures["abandonment_rate"])
    assert (26, 60) == (figures["first_response_time.mean"], figures["abandon_wait.mean"])
    assert figures["handle_time.mean"] == 120


@pytest.mark.parametrize(
    "path",
    [*SHOP_FILES, ROOT / "sample_data" / "irc_support_chat" / "messages.csv"],
    ids=lambda path: path.name,
)
def test_a_mapping_is_started_for_any_sample(path: Path, tmp_path: Path) -> None:
    """For a source that is known as for one that is not, the mapping can be read back and used."""
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    found = inspect(path, source=str(mapping))
    assert found.problem is None
    assert found.nearest == ()
    assert found.spent is not None
    assert found.spent.events > 0


def test_a_parquet_list_gets_a_mapping(tmp_path: Path) -> None:
    """Typed columns are guessed like text."""
    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {
            "Ticket Ref": [7, 8],
            "Opened": pl.Series(["2026-03-02T09:00:00"] * 2).str.to_datetime(),
            "nested": [[1], [2]],
        }
    ).write_parquet(path)
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    assert values(report(path, "--source", mapping))["received"] == 2


def test_days_and_months_that_nothing_tells_apart_are_left_to_the_author(tmp_path: Path) -> None:
    """Neither order is taken silently: the mapping shows how to say it, and the report waits."""
    path = write_csv(
        tmp_path / "t.csv", ["Ticket Ref", "Opened"], [["1", "03/04/2026"], ["2", "05/06/2026"]]
    )
    mapping = tmp_path / "mine.toml"
    ran = run("inspect", path, "--write-source", mapping)
    assert "is not finished" in ran.err
    assert run("report", path, "--source", mapping).code == 3
    text = mapping.read_text(encoding="utf-8")
    for order, newest in (("dmy", "2026-06-05"), ("mdy", "2026-05-06")):
        assert '# order = "dmy"' in text
        decided = tmp_path / "decided.toml"
        decided.write_text(text.replace('# order = "dmy"', f'order = "{order}"'), encoding="utf-8")
        assert report(path, "--source", decided)["as_of"].startswith(newest)


def test_jalali_dates_are_seen(tmp_path: Path) -> None:
    """Years of the Jalali calendar are not taken for Gregorian ones."""
    path = write_csv(
        tmp_path / "t.csv",
        ["Ticket Ref", "Opened"],
        [["1", "1404/12/11 09:00"], ["2", "1404/12/12 10:00"]],
    )
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    result = report(path, "--source", mapping)
    assert result["as_of"].startswith("2026-03-03T10:00:00")


def test_columns_of_unknown_names_are_guessed_by_their_values(tmp_path: Path) -> None:
    """Without any name that is known: the first column of times, the first that never repeats."""
    path = write_csv(
        tmp_path / "x.csv",
        ["foo", "bar", "baz"],
        [["a", "k1", "2026-03-02 09:00"], ["a", "k2", "2026-03-03 09:00"]],
    )
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    columns = tomllib.loads(mapping.read_text(encoding="utf-8"))["columns"]
    assert {"created_at": ["baz"], "ticket_id": ["bar"]} == columns
    assert values(report(path, "--source", mapping))["received"] == 2


def test_a_file_without_times_gets_a_mapping_to_finish(tmp_path: Path) -> None:
    """It is said what is missing, and every column is there to choose from."""
    path = write_csv(tmp_path / "x.csv", ["foo", "bar"], [["a", "b"]])
    mapping = tmp_path / "mine.toml"
    ran = run("inspect", path, "--write-source", mapping)
    assert ran.code == 0
    assert "is not finished: none of the times" in ran.err
    assert "#   foo: a" in mapping.read_text(encoding="utf-8")
    tomllib.loads(mapping.read_text(encoding="utf-8"))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """Markup, escapes, quotes, patterns and line breaks in headers are shown harmless."""
    rows = [
        ["1", "2026-03-02 09:15:04", "2026-03-02 10:15:04", *(f"[b]{n}\x1b[0m" for n in HOSTILE)]
    ]
    path = write_quoted(tmp_path / "h.csv", ["id", "created at", "resolved at", *HOSTILE], rows)
    mapping = tmp_path / "mine.toml"
    ran = run("inspect", path, "--write-source", mapping)
    assert ran.code == 0
    assert "[red]ticket[/red]" in ran.text
    assert not {"\x1b", "\u202e"} & set(ran.text)
    text = mapping.read_text(encoding="utf-8")
    assert not {"\x1b", "\u202e"} & set(text)
    assert "extends" in tomllib.loads(text)
    for name in HOSTILE:
        assert f"#   {clean(' '.join(name.split()))}"[:40] in text
    assert values(report(path, "--source", mapping))["received"] == 1


def test_hostile_names_can_be_mapped(tmp_path: Path) -> None:
    """Names with quotes work as fields and inside expressions."""
    header = ['Call "Ref"', "Call 'Direction'", "Started [b]", "Call\\Outcome", "Ended"]
    path = write_quoted(
        tmp_path / "c.csv",
        header,
        [
            ["1", "Inbound", "2026-03-02 09:00:00", "Missed", "2026-03-02 09:00:40"],
            ["2", "Outbound", "2026-03-02 09:00:00", "Answered", "2026-03-02 09:00:40"],
        ],
    )
    mapping = tmp_path / "mine.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    figures = values(report(path, "--source", mapping, "--all"))
    assert (1, 1) == (figures["received"], figures["outreach"])


def test_a_mapping_is_never_written_over(tmp_path: Path) -> None:
    """A file that is there stays, and so does a place that cannot be written to."""
    path = SHOP / "sms" / "twilio_messages.csv"
    mapping = tmp_path / "mine.toml"
    mapping.write_text("mine", encoding="utf-8")
    code, message, _ = failure(run("inspect", path, "--write-source", mapping))
    assert (2, f"{mapping} exists already") == (code, message)
    assert mapping.read_text(encoding="utf-8") == "mine"
    assert failure(run("inspect", path, "--write-source", tmp_path / "no" / "m.toml"))[0] == 3
    assert (
        failure(run("inspect", path, SHOP / "chat", "--write-source", tmp_path / "m.toml"))[0] == 2
    )


TICKET_LIST = ["Case", "Open Day", "Open Hour", "Who", "Solved On"]
CALL_LIST = ["Ref #", "Beginning", "Client phone", "Way", "Outcome of call", "Answered after (s)",
             "Talk minutes"]  # fmt: skip
PERSIAN = ["شماره تیکت‌ها", "تاریخ ایجاد درخواست", "کانال ورودی", "تاریخ حل تیکت"]
ARABIC = ["رقم التذكرة", "تاريخ إنشاء التذكرة", "القناة", "تاريخ الحل"]
SPANISH = ["Número de caso", "Fecha de creación del caso", "Canal de origen", "Fecha de resolución"]
GERMAN = ["Vorgang", "Erstellt", "Kanal", "Gelöst"]
FRENCH = ["Numéro", "Date de création", "Canal", "Date de résolution"]


def started(path: Path, *options: str) -> dict[str, object]:
    """The figures of a report by the mapping that is started for a file."""
    mapping = path.with_suffix(".toml")
    ran = run("inspect", path, "--write-source", mapping, *options)
    assert (0, False) == (ran.code, "is not finished" in ran.err), ran.err
    return values(report(path, "--source", mapping, "--all"))


def test_a_date_and_a_clock_in_two_columns_are_one_time(tmp_path: Path) -> None:
    """Without any name that is known; a dash is nothing, and what no header says stays unused."""
    rows = [
        ["A1", "2026-03-02", "09:15", "Jane", "2026-03-03"],
        ["A2", "2026-03-03", "10:15", "-", "-"],
    ]
    figures = started(write_csv(tmp_path / "t.csv", TICKET_LIST, rows))
    assert (2, 1) == (figures["received"], figures["resolved"])
    assert figures["resolution_time.mean"] == 14 * 3600 + 45 * 60


def test_a_call_list_with_durations_works_at_once(tmp_path: Path) -> None:
    """Answered so many seconds after the start, minutes of talk in a header, words in sentences."""
    rows = [
        ["k1", "2026-03-02 09:15:04", "+4420", "Inbound call", "Answered", "26", "2.5"],
        ["k2", "2026-03-02 09:25:04", "+4421", "Inbound call", "Not answered", "", "-"],
        ["k3", "2026-03-02 09:35:04", "+4422", "Outbound call", "Answered", "10", "1"],
    ]
    figures = started(write_csv(tmp_path / "c.csv", CALL_LIST, rows))
    assert (2, 1, 1) == (figures["received"], figures["outreach"], figures["unanswered"])
    assert (26, 150) == (figures["first_response_time.mean"], figures["handle_time.mean"])


def test_a_message_log_is_understood_by_the_roles_in_it(tmp_path: Path) -> None:
    """Which column says who wrote is told by its words, whatever its name."""
    rows = [
        ["c1", "2026-03-02 09:15:04", "customer", "hello"],
        ["c1", "2026-03-02 09:16:04", "agent", "hi"],
        ["c1", "2026-03-02 09:17:04", "bot", "rate us"],
        ["c2", "2026-03-02 10:15:04", "customer", "hey"],
    ]
    path = write_csv(tmp_path / "m.csv", ["Conversation", "Written", "Role", "Content"], rows)
    figures = started(path)
    assert (2, 1) == (figures["received"], figures["unanswered"])
    assert figures["first_response_time.mean"] == 60


@pytest.mark.parametrize(
    ("header", "channel", "form"),
    [
        (PERSIAN, "تلفن", "۱۴۰۴/۱۲/{day}"),
        (ARABIC, "هاتف", "2026/03/{day}"),
        (SPANISH, "Teléfono", "{day}/03/2026"),
        (GERMAN, "Telefon", "{day}.03.2026"),
        (FRENCH, "Téléphone", "{day}/03/2026"),
    ],
    ids=["fa", "ar", "es", "de", "fr"],
)
def test_a_ticket_list_of_another_language_works_at_once(
    tmp_path: Path, header: list[str], channel: str, form: str
) -> None:
    """Ids, times, channels and solutions are found by the words of the headers."""
    rows = [
        ["1", form.format(day="13") + " 09:15", channel, form.format(day="14") + " 09:15"],
        ["2", form.format(day="02") + " 09:15", channel, ""],
    ]
    path = write_quoted(tmp_path / "t.csv", header, rows, delimiter=";")
    figures = started(path)
    assert (2, 1, 86_400) == tuple(
        figures[name] for name in ("received", "resolved", "resolution_time.mean")
    )
    mapping = str(path.with_suffix(".toml"))
    (found,) = (one for one in inspect(path, source=mapping).fields if one.field == "channel")
    assert found.samples == ("phone",)


@pytest.mark.parametrize("suffix", [".xlsx", ".json", ".parquet"])
def test_other_formats_get_a_mapping(tmp_path: Path, suffix: str) -> None:
    """A workbook, a JSON array and a Parquet file as well as a text."""
    path = tmp_path / f"t{suffix}"
    frame = pl.DataFrame(
        {
            "caseRef": ["1", "2"],
            "Opened On": ["2026-03-02 09:15", "2026-03-02 10:15"],
            "solvedOn": ["2026-03-03 09:15", None],
            "rep": ["Jane", "Bob"],
        }
    )
    if suffix == ".xlsx":
        frame.write_excel(path)
    elif suffix == ".json":
        frame.write_json(path)
    else:
        frame.write_parquet(path)
    figures = started(path)
    assert (2, 1) == (figures["received"], figures["resolved"])


def test_words_that_nobody_knows_are_left_to_the_author(tmp_path: Path) -> None:
    """A word of a closed list that is not known rejects its rows, which is said at once."""
    header = ["call id", "started at", "direction", "status", "talk time"]
    rows = [
        ["1", "2026-03-02 09:15", "incoming", "answered", "60"],
        ["2", "2026-03-02 09:25", "sideways", "rang off", "60"],
    ]
    path, mapping = write_csv(tmp_path / "c.csv", header, rows), tmp_path / "m.toml"
    ran = run("inspect", path, "--write-source", mapping)
    assert '"sideways" is not listed in [words.direction]' in ran.err
    text = mapping.read_text(encoding="utf-8")
    assert '# Nobody has said what these mean: "sideways"' in text
    assert '# Nobody has said what these mean: "rang off"' in text
    assert tomllib.loads(text)["words"] == {"direction": {}, "status": {}}


def test_ratings_beyond_the_usual_scale_get_one_of_their_own(tmp_path: Path) -> None:
    """A 9 is no answer on a scale to 5."""
    header = ["ticket id", "created at", "resolved at", "csat score"]
    rows = [["1", "2026-03-02", "2026-03-03", "9"], ["2", "2026-03-02", "2026-03-03", "3"]]
    figures = started(write_csv(tmp_path / "t.csv", header, rows))
    assert figures["csat.mean"] == 6


def test_a_mapping_of_a_known_source_is_laid_over_it(tmp_path: Path) -> None:
    """Of a known file nothing is guessed; where a mapping is named there is nothing to do."""
    path, mapping = SHOP / "phone" / "queue_log", tmp_path / "m.toml"
    assert run("inspect", path, "--write-source", mapping).code == 0
    tables = tomllib.loads(mapping.read_text(encoding="utf-8"))
    assert (tables["extends"], "columns" in tables) == ("asterisk-queue-log", False)
    other = tmp_path / "other.toml"
    ran = run("inspect", path, "--source", mapping, "--write-source", other)
    assert (2, False) == (ran.code, other.exists())
    refused = ROOT / "tests" / "lookalike" / "chatwoot_agents.csv"
    assert (3, False) == (run("inspect", refused, "--write-source", other).code, other.exists())


def test_a_refused_file_is_told_with_its_reason() -> None:
    """Totals are recognised, shown, and refused."""
    found = inspect(ROOT / "tests" / "lookalike" / "chatwoot_agents.csv")
    assert found.source == "chatwoot-reports"
    assert (found.problem or "").startswith("refused: it holds totals")
    assert len(found.unused) == found.file.columns == 6


def test_a_chat_without_agents_lists_who_wrote() -> None:
    """The senders are shown, and the option that says who of them is an agent."""
    found = inspect(ROOT / "tests" / "lookalike" / "whatsapp_fa_rtl.txt")
    assert '"Ann Lee" (1)' in (found.problem or "")
    assert "--agents" in (found.hint or "")
    assert found.chosen_by == "recognised by its format"


def test_an_unknown_file_is_shown_the_way_to_a_mapping(tmp_path: Path) -> None:
    """The hint is a command that works as it stands."""
    found = inspect(write_csv(tmp_path / "a b.csv", ["foo", "bar"], [["1", "2"]]))
    assert found.problem == "no known source reads this file as it is"
    assert f"inspect '{tmp_path / 'a b.csv'}' --write-source mine.toml" in (found.hint or "")


def test_the_order_of_dates_is_told_with_its_reason(tmp_path: Path) -> None:
    """By a value that shows it, by the option, or assumed with a note."""
    header, day = ["ticket id", "created at", "resolved at"], "/03/2026 09:15"
    path = write_csv(tmp_path / "t.csv", header, [["1", f"13{day}", ""], ["2", f"02{day}", ""]])
    assert inspect(path).date_order == 'day first, as "13/03/2026 09:15" shows'
    arabic = inspect(ROOT / "tests" / "lookalike" / "arabic_helpdesk.csv")
    assert arabic.date_order == "day first, assumed, for no value decides it"
    assert any("--date-order mdy" in note for note in arabic.notes)
    iso = inspect(SHOP / "email" / "zendesk_tickets.csv")
    assert iso.date_order is None


def test_a_source_is_told_with_what_recognised_it() -> None:
    """The columns as the file writes them."""
    found = inspect(SHOP / "sms" / "twilio_messages.csv")
    assert found.chosen_by.startswith("recognised by Sid, ")


def test_a_zone_in_the_brackets_of_a_header_is_no_part_of_its_name(tmp_path: Path) -> None:
    """`created at (UTC)` is `created at`, and its zone is the header's."""
    header = ["ticket id", "Created at (GMT+3)", "resolved_at [GMT+3]"]
    rows = [["1", "2026-03-02 09:15", "2026-03-02 10:15"]]
    found = inspect(write_csv(tmp_path / "t.csv", header, rows))
    assert (found.source, found.problem) == ("generic-tickets", None)
    assert [("GMT+3", "stated in the header")] == [(one.name, one.origin) for one in found.zones]
    (contact,) = (one for one in found.fields if one.field == "contacted_at")
    assert contact.samples == ("2026-03-02 06:15:00Z",)


def test_a_mapping_over_another_adds_words_and_takes_none_away(tmp_path: Path) -> None:
    """What the mapping lists goes before what its source lists, and the rest stays."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'extends = "generic-calls"\n[words.status]\nmissed = ["rang off", "connected"]\n',
        encoding="utf-8",
    )
    base, source = find_source("generic-calls"), find_source(str(mapping))
    told = source.words["status"]
    assert ("missed", "missed") == (told["rang off"], told["connected"])
    assert told["handled"] == base.words["status"]["handled"] == "answered"
    assert base.words["direction"] == source.words["direction"]


@pytest.mark.parametrize("subject", ["Subject", "عنوان", "موضوع", "الموضوع"])
def test_what_customers_wrote_over_a_ticket_is_no_topic(subject: str, tmp_path: Path) -> None:
    """A subject is a column that nothing uses; a mapping may say that it holds categories."""
    rows = [["1", "2026-03-02 09:15", "solved", "a voucher fails"]]
    path = write_csv(tmp_path / "t.csv", ["ticket id", "created at", "status", subject], rows)
    assert [subject] == [one.name for one in inspect(path).unused]
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        f'extends = "generic-tickets"\n[columns]\ntopic = ["{subject}"]\n', encoding="utf-8"
    )
    found = inspect(path, source=str(mapping))
    assert ["a voucher fails"] == [
        sample for one in found.fields if one.field == "topic" for sample in one.samples
    ]
