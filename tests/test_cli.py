"""The command line as a user runs it: commands, inputs, formats, options, exit codes, wording."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command import (
    ROOT,
    SHOP,
    SHOP_FILES,
    Ran,
    conserved,
    contents,
    failure,
    report,
    run,
    start,
    write_csv,
)
from supportcli.cli.outputs import REPORT_FORMATS
from supportcli.kpis import CATALOGUE
from supportcli.schema import DIMENSIONS, TYPES
from supportcli.sources.files import DATA_SUFFIXES
from supportcli.sources.source import built_in, built_in_paths

SMS = SHOP / "sms" / "twilio_messages.csv"
HEADER = ["id", "created at", "resolved at", "channel", "agent", "csat"]
NO_ZONE = '"Asia/Teheran" is no time zone of the IANA database; did you mean "Asia/Tehran"?'
FORMATS = ("json", "ndjson", "csv", "parquet")


def tickets(count: int) -> list[list[str]]:
    """Rows of tickets, one an hour from 2 March 2026 on, each resolved within a day."""
    return [
        [
            f"t{number}",
            f"2026-03-{2 + number // 24:02d}T{number % 24:02d}:00:00Z",
            f"2026-03-{3 + number // 24:02d}T{number % 24:02d}:00:00Z",
            ("email", "chat")[number % 2],
            ("Ann", "Ben", "Cy")[number % 3],
            str(1 + number % 5),
        ]
        for number in range(count)
    ]


@pytest.fixture
def ticket_file(tmp_path: Path) -> Path:
    """Sixty tickets in a file."""
    return write_csv(tmp_path / "tickets.csv", HEADER, tickets(60))


def rows_of(data: bytes, form: str) -> list[dict[str, Any]]:
    """The rows of a report in any of its formats, as JSON would hold them."""
    if form == "json":
        return list(json.loads(data)["rows"])
    if form == "ndjson":
        return [json.loads(line) for line in data.splitlines()]
    if form == "parquet":
        return pl.read_parquet(io.BytesIO(data)).to_dicts()
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    return [{name: _from_csv(name, cell) for name, cell in row.items()} for row in rows]


def _from_csv(name: str, cell: str) -> Any:
    if cell == "":
        return None
    if name in ("value", "low", "high", "n", "numerator", "denominator"):
        return float(cell)
    return cell == "true" if name == "total" else cell


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("report", "Conversations received"),
        ("conversations", "conversation_id"),
        ("events", "event_id"),
    ],
)
def test_every_command_on_inputs_answers(ticket_file: Path, command: str, shown: str) -> None:
    """Each command that reads inputs says something of them and ends with 0."""
    ran = run(command, ticket_file)
    assert (0, "") == (ran.code, ran.err)
    assert shown in ran.text


@pytest.mark.parametrize("command", ["sources", "kpis"])
def test_the_lists_name_everything(command: str) -> None:
    """`sources` and `kpis` list every source and every KPI."""
    ran = run(command)
    built_in = [path.stem for path in (ROOT / "supportcli" / "sources").glob("*.toml")]
    names = built_in if command == "sources" else list(CATALOGUE)
    assert 0 == ran.code
    assert [] == [name for name in names if name not in ran.text]


@pytest.mark.parametrize(("command", "name"), [("sources", "zendesk-tickets"), ("kpis", "fcr")])
def test_the_lists_explain_one(command: str, name: str) -> None:
    """`sources NAME` and `kpis ID` explain that one."""
    ran = run(command, name)
    assert 0 == ran.code
    assert ran.text.startswith(f"{name}: ")


@pytest.mark.parametrize("name", sorted(built_in_paths()))
def test_every_source_is_explained(name: str) -> None:
    """How to get the export, what recognises it and what it fills; of a refused one, why."""
    source = built_in(name)
    told = run("sources", name).text
    assert source.notes.strip().splitlines()[0] in told
    assert "recognised by" in told
    assert (source.refused is not None) == ("refused: " in told)
    for field in (*source.fields, *source.file.skip_where):
        assert f"\n  {field} " in told


def test_version_and_help() -> None:
    """--version and --help answer on standard output with 0; no command at all is help and 2."""
    assert (0, "supportkpi 0.1.0\n") == (run("--version").code, run("--version").text)
    assert (0, True) == (run("report", "--help").code, "--period" in run("report", "--help").text)
    nothing = run()
    assert (2, b"", True) == (nothing.code, nothing.out, "report" in nothing.err)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "arguments", [[], ["--by", "agent,weekday", "--period", "week"], ["--all"]]
)
def test_every_format_carries_the_same_rows(
    ticket_file: Path, form: str, arguments: list[str]
) -> None:
    """json, ndjson, csv and parquet hold the same rows with the same keys in the same order."""
    expected = rows_of(run("report", ticket_file, *arguments, "--format", "json").out, "json")
    actual = rows_of(run("report", ticket_file, *arguments, "--format", form).out, form)
    assert list(expected[0]) == list(actual[0])
    assert expected == actual


@pytest.mark.parametrize("name", ["r.json", "r.ndjson", "r.jsonl", "r.csv", "r.parquet", "r.txt"])
def test_output_takes_its_format_from_the_name(
    ticket_file: Path, tmp_path: Path, name: str
) -> None:
    """-o writes what --format of that name prints, whole, and nothing on standard output."""
    form = {"jsonl": "ndjson", "txt": "terminal"}.get(name.split(".")[1], name.split(".")[1])
    printed = run("report", ticket_file, "--format", form)
    written = run("report", ticket_file, "-o", tmp_path / name)
    assert (0, b"", "") == (written.code, written.out, written.err)
    assert printed.out == (tmp_path / name).read_bytes()
    assert [name, "tickets.csv"] == sorted(path.name for path in tmp_path.iterdir())


def test_format_overrides_the_name(ticket_file: Path, tmp_path: Path) -> None:
    """--format wins over the ending of -o."""
    assert 0 == run("report", ticket_file, "-o", tmp_path / "r.txt", "--format", "json").code
    assert "supportkpi.report/1" == json.loads((tmp_path / "r.txt").read_bytes())["schema"]


@pytest.mark.parametrize("command", ["events", "conversations"])
@pytest.mark.parametrize("form", FORMATS)
def test_tables_are_the_same_in_every_format(ticket_file: Path, command: str, form: str) -> None:
    """The tables of events and conversations hold one row a ticket in every format."""
    data = run(command, ticket_file, "--format", form).out
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode())))
    elif form == "json":
        rows = json.loads(data)
    else:
        rows = rows_of(data, form)
    ids = sorted(str(row["conversation_id"]) for row in rows)
    assert sorted(f"t{number}" for number in range(60)) == ids
    if command == "events":
        assert list(TYPES) == list(rows[0])


STATES = ("is_answered", "is_abandoned", "is_resolved", "is_repeat")


def states(*inputs: object) -> dict[str, list[Any]]:
    """What became of every conversation, by its id."""
    listed = run("conversations", *inputs, "--format", "json").json
    return {one["conversation_id"]: [one[name] for name in STATES] for one in listed}


def test_what_no_source_can_tell_is_unknown(tmp_path: Path) -> None:
    """What became of a conversation is false where it is known not to be, else null."""
    opened = "2026-03-02T09:00:00Z"
    header = ["id", "created at", "resolved at", "channel"]
    bare = write_csv(tmp_path / "bare.csv", header, [["b1", opened, "", "email"]])
    closed = write_csv(
        tmp_path / "closed.csv",
        [*header, "first reply at", "customer"],
        [["c1", opened, "", "email", "", "c1"], ["c2", opened, opened, "email", opened, ""]],
    )
    calls = tmp_path / "queue_log"
    calls.write_text(
        "1772442905|1772442904.1|8000|NONE|ENTERQUEUE||2125550101|1\n"
        "1772442916|1772442904.1|8000|PJSIP/201|CONNECT|11|1772442911.4|4\n"
    )
    expected = {
        "b1": [None, None, False, None],
        "c1": [False, None, False, False],
        "c2": [True, None, True, None],
        "1772442904.1": [True, False, None, False],
    }
    assert expected == states(bare) | states(closed) | states(calls)


def test_the_json_contract(ticket_file: Path) -> None:
    """The keys of a report, of an input, and of a row are those of the contract, in its order."""
    value = report(ticket_file, "--by", "channel,agent", "--since", "2026-03-02")
    assert [
        "schema",
        "as_of",
        "timezone",
        "since",
        "until",
        "by",
        "period",
        "inputs",
        "anomalies",
        "rows",
    ] == list(value)
    assert "supportkpi.report/1" == value["schema"]
    assert ("2026-03-05T11:00:00Z", "UTC") == (value["as_of"], value["timezone"])
    assert ("2026-03-02T00:00:00Z", None) == (value["since"], value["until"])
    assert (["channel", "agent"], None) == (value["by"], value["period"])
    expected = {
        "path": str(ticket_file), "source": "generic-tickets", "rows": 60, "events": 60,
        "skipped": {}, "rejected": 0, "duplicates": 0, "superseded": 0,
    }  # fmt: skip
    assert [expected] == value["inputs"]
    assert all(0 == count for count in value["anomalies"].values())
    row = [
        "channel",
        "agent",
        "total",
        "period",
        "kpi",
        "value",
        "unit",
        "n",
        "low",
        "high",
        "numerator",
        "denominator",
        "target",
        "met",
        "previous",
        "why_null",
    ]
    assert [row] == [list(keys) for keys in {tuple(one) for one in value["rows"]}]


def test_the_rows_keep_the_rules_of_the_contract(ticket_file: Path) -> None:
    """Nulls in the total, the n of a count, both sides of a rate, a value or why there is none."""
    rows = report(ticket_file, "--all", "--by", "channel,agent")["rows"]
    totals = [row for row in rows if row["total"]]
    assert {(None, None)} == {(row["channel"], row["agent"]) for row in totals}
    assert list(CATALOGUE) == [row["kpi"] for row in totals]
    for row in rows:
        assert (row["value"] is None) == (row["why_null"] is not None), row
        if row["unit"] == "count" and row["value"] is not None and row["low"] is None:
            assert row["value"] == row["n"] or row["kpi"].endswith("mean"), row
        if row["unit"] == "share" and row["value"] is not None:
            assert row["denominator"] == row["n"], row
            assert row["value"] == pytest.approx(row["numerator"] / row["denominator"]), row
            assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1, row


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_adds_up(dimension: str, shop_events: Path) -> None:
    """--by any dimension: what was received in the groups adds up to the total."""
    rows = report(shop_events, "--by", dimension, "--kpi", "received")["rows"]
    total = next(row["value"] for row in rows if row["total"])
    groups = [row["value"] for row in rows if not row["total"] and row["value"] is not None]
    assert total == sum(groups)
    assert all(dimension in row for row in rows)


def test_all_dimensions_at_once(ticket_file: Path) -> None:
    """All dimensions together give the full groups and the total, no subtotals."""
    rows = report(ticket_file, "--by", ",".join(DIMENSIONS), "--kpi", "received")["rows"]
    assert list(DIMENSIONS) == list(rows[0])[: len(DIMENSIONS)]
    assert [60] == [row["value"] for row in rows if row["total"]]
    assert 60 == sum(row["value"] for row in rows if not row["total"])


@pytest.mark.parametrize(
    ("period", "first", "count"),
    [
        ("hour", "2026-03-02T00", 60),
        ("day", "2026-03-02", 3),
        ("week", "2026-03-02", 1),
        ("month", "2026-03", 1),
        ("quarter", "2026-Q1", 1),
        ("year", "2026", 1),
    ],
)
def test_every_period(ticket_file: Path, period: str, first: str, count: int) -> None:
    """--period: every group has a row for the whole range and one for every period, labelled."""
    value = report(ticket_file, "--period", period, "--kpi", "received")
    assert period == value["period"]
    for channel in (None, "email", "chat"):
        rows = [row for row in value["rows"] if row["channel"] == channel]
        labels = [row["period"] for row in rows]
        assert (count, None, first) == (len(rows) - 1, labels[0], labels[1])
        assert rows[0]["value"] == sum(row["value"] for row in rows[1:])


def test_the_window(ticket_file: Path) -> None:
    """--since is inclusive, --until exclusive, --last counts back from the end, --as-of cuts."""

    def received(*arguments: str) -> Any:
        rows = report(ticket_file, "--kpi", "received", "--by", "", *arguments)["rows"]
        return rows[0]["value"]

    assert 60 == received()
    assert 59 == received("--since", "2026-03-02T01:00")
    assert 1 == received("--until", "2026-03-02T01:00")
    assert 24 == received("--since", "2026-03-03", "--until", "2026-03-04")
    assert 24 == received("--last", "1d", "--until", "2026-03-04")
    assert 2 == received("--last", "2h", "--until", "2026-03-04")
    assert 25 == received("--as-of", "2026-03-03")
    assert 60 == received("--since", "2026-03-02T03:30+03:30")
    assert 57 == received("--since", "2026-03-02T06:30", "--timezone", "Asia/Tehran")


def test_as_of_hides_what_came_later(ticket_file: Path) -> None:
    """What was resolved after --as-of is open at that moment."""
    rows = report(ticket_file, "--as-of", "2026-03-03", "--kpi", "resolved,backlog", "--by", "")[
        "rows"
    ]
    assert {"resolved": 1, "backlog": 24} == {row["kpi"]: row["value"] for row in rows}


def test_kpi_selects_and_all_gives_all(ticket_file: Path) -> None:
    """--kpi takes ids and families; --all gives the catalogue; the default a part of it."""
    ids = [row["kpi"] for row in report(ticket_file, "--by", "", "--kpi", "csat,received")["rows"]]
    assert ["csat", "received"] == sorted(ids)
    family = report(ticket_file, "--by", "", "--kpi", "resolution_time")["rows"]
    assert {"resolution_time"} == {row["kpi"].split(".")[0] for row in family}
    every = [row["kpi"] for row in report(ticket_file, "--by", "", "--all")["rows"]]
    assert list(CATALOGUE) == every
    usual = [row["kpi"] for row in report(ticket_file, "--by", "")["rows"]]
    assert [kpi.id for kpi in CATALOGUE.values() if kpi.headline] == usual


def test_set_changes_the_rules_of_a_run() -> None:
    """--set writes any key of the configuration, over the file."""
    phone = SHOP / "phone" / "queue_log"

    def level(*arguments: object) -> Any:
        rows = report(phone, "--kpi", "service_level", "--by", "", *arguments)["rows"]
        return rows[0]["value"]

    usual, slow = level(), level("--set", "service_level.phone=10m")
    assert usual < slow
    assert usual == level("--set", 'service_level.phone="20s"')


def test_stdin_a_folder_a_glob_and_gzip_are_inputs(ticket_file: Path, tmp_path: Path) -> None:
    """The same rows come from a file, standard input, a folder, a pattern, and gzip of them."""
    data = ticket_file.read_bytes()
    expected = contents(report(ticket_file))
    (tmp_path / "zipped").mkdir()
    packed = tmp_path / "zipped" / "tickets.csv.gz"
    packed.write_bytes(gzip.compress(data))
    (tmp_path / "unnamed").write_bytes(gzip.compress(data))
    assert expected == contents(report("-", stdin=data))
    assert expected == contents(report("-", stdin=gzip.compress(data)))
    assert expected == contents(report(packed))
    assert expected == contents(report(packed.parent))
    assert expected == contents(report(tmp_path / "tick*.csv"))
    assert expected == contents(report(tmp_path / "unnamed"))
    assert "<stdin>" == report("-", stdin=data)["inputs"][0]["path"]


def test_a_folder_is_all_its_exports(tmp_path: Path) -> None:
    """A folder stands for the exports in it, at any depth; other files are left alone."""
    folder = report(SHOP)
    assert sorted(map(str, SHOP_FILES)) == [intake["path"] for intake in folder["inputs"]]
    assert contents(report(*SHOP_FILES)) == contents(folder)


@pytest.mark.parametrize("command", ["report", "events", "conversations", "inspect"])
def test_a_folder_names_what_is_not_read_of_it(ticket_file: Path, command: str) -> None:
    """Files of other endings are said in one note."""
    for letter in "abcdefg":
        (ticket_file.parent / f"{letter}.bak").write_text("x")
    told = run(command, ticket_file.parent).err
    listed = "a.bak, b.bak, c.bak, d.bak, e.bak and 2 more"
    assert f"supportkpi: note: {ticket_file.parent}: not read: {listed}\n" == told
    if command != "inspect":
        assert "" == run(command, ticket_file.parent, "-q").err


@pytest.mark.parametrize("ending", [".1", ".12.gz", "-20260301", ".2026-03-01"])
def test_rotated_logs_of_a_folder_are_read(ticket_file: Path, ending: str) -> None:
    """A log keeps its ending before the number or date that it gets when the next one begins."""
    data = ticket_file.read_bytes()
    data = gzip.compress(data) if ending.endswith(".gz") else data
    rotated = ticket_file.rename(f"{ticket_file}{ending}")
    rotated.write_bytes(data)
    assert [str(rotated)] == [one["path"] for one in report(rotated.parent)["inputs"]]


def test_the_help_names_every_ending_of_a_folder() -> None:
    """What the help says that a folder gives is what it gives."""
    told = run("report", "--help").text.split()
    assert [] == [suffix for suffix in DATA_SUFFIXES if suffix not in told]


@pytest.mark.parametrize("form", ["csv", "parquet", "ndjson"])
def test_a_pipe_is_an_input(form: str) -> None:
    """Standard input that cannot seek is read whole, whatever its format."""
    data = pl.read_csv(SMS, infer_schema=False)
    stream = io.BytesIO()
    getattr(data, f"write_{form}")(stream)
    ran = start("report", "-", "--format", "json", input=stream.getvalue())
    assert (0, b"") == (ran.returncode, ran.stderr)
    assert contents(report(SMS)) == contents(conserved(json.loads(ran.stdout)))


@pytest.mark.parametrize("given", [SHOP_FILES, *((path,) for path in SHOP_FILES)])
@pytest.mark.parametrize("arguments", [["--all"], ["--all", "--by", "agent", "--period", "month"]])
def test_events_give_the_report_of_their_exports(
    tmp_path: Path, given: tuple[Path, ...], arguments: list[str]
) -> None:
    """`events -o events.parquet` holds everything: its report is that of the exports."""
    table = tmp_path / "events.parquet"
    assert (0, b"") == (run("events", *given, "-o", table).code, b"")
    assert contents(report(*given, *arguments)) == contents(report(table, *arguments))


def test_events_of_events_are_the_same(tmp_path: Path) -> None:
    """An event table read and written again is the same table."""
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    run("events", *SHOP_FILES, "-o", first)
    run("events", first, "-o", second)
    assert pl.read_parquet(first).equals(pl.read_parquet(second))
    assert contents(report(first, "--all")) == contents(report(second, "--all"))


@pytest.mark.parametrize("command", ["events", "conversations", "report --all", "kpis", "kpis fcr"])
def test_a_reader_that_goes_away_is_fine(command: str) -> None:
    """Output into `head -1` ends quietly: exit code 0 and not a word on standard error."""
    inputs = "" if command.startswith("kpis") else str(SMS)
    line = f"{sys.executable} -m supportcli {command} {inputs} | head -1"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, cwd=ROOT)
    assert (0, b"") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("form", [*FORMATS, "terminal"])
def test_a_closed_pipe_is_fine_in_every_format(form: str) -> None:
    """A reader that reads nothing at all is fine too, whatever is written."""
    line = f"{sys.executable} -m supportcli events {SMS} --format {form} | true"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, cwd=ROOT)
    assert (0, b"") == (ran.returncode, ran.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["report", "events"])
@pytest.mark.parametrize("form", [*FORMATS, "terminal"])
def test_a_full_disk_is_told(command: str, form: str) -> None:
    """Where nothing more can be written, the exit code is 3 and the message says so."""
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "supportcli", command, str(SMS), "--format", form],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
    expected = b"supportkpi: error: cannot write the output: No space left on device\n"
    assert (3, expected) == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("form", FORMATS)
def test_an_output_that_cannot_be_written_is_told(ticket_file: Path, form: str) -> None:
    """A full device or a folder that is not there: exit code 3, the name and the reason."""
    code, message, _ = failure(run("report", ticket_file, "-o", f"/nowhere/r.{form}"))
    assert (3, f"cannot write /nowhere/r.{form}: No such file or directory") == (code, message)
    if Path("/dev/full").exists():
        ran = run("report", ticket_file, "-o", "/dev/full", "--format", form)
        expected = (3, "cannot write /dev/full: No space left on device", None)
        assert expected == failure(ran)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_told(ticket_file: Path, tmp_path: Path) -> None:
    """A folder without the right to write: exit code 3 and nothing left behind."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    code, message, _ = failure(run("report", ticket_file, "-o", folder / "r.json"))
    assert (3, f"cannot write {folder / 'r.json'}: Permission denied") == (code, message)
    assert [] == list(folder.iterdir())


def test_a_failed_run_leaves_the_old_output(ticket_file: Path, tmp_path: Path) -> None:
    """A run that fails neither touches the file of an earlier run nor leaves half a new one."""
    kept = tmp_path / "r.json"
    kept.write_text("kept")
    assert 3 == run("report", tmp_path / "missing.csv", "-o", kept).code
    assert ("kept", 2) == (kept.read_text(), len(list(tmp_path.iterdir())))


def test_a_link_is_written_through(ticket_file: Path, tmp_path: Path) -> None:
    """An output that is a link stays one: what it leads to is written, whole or not at all."""
    kept = tmp_path / "kept" / "may.md"
    kept.parent.mkdir()
    kept.write_text("old")
    link = tmp_path / "latest.md"
    link.symlink_to(kept)
    assert 0 == run("report", ticket_file, "-o", link).code
    assert (True, "# ", [kept]) == (
        link.is_symlink(), kept.read_text(encoding="utf-8")[:2], list(kept.parent.iterdir())
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no names for open files here")
def test_standard_output_by_its_name_is_written_to(ticket_file: Path, tmp_path: Path) -> None:
    """Also where it leads to a file: the system's name for it is never put in its place."""
    arguments = ["report", str(ticket_file), "--format", "md", "-o", "/proc/self/fd/1"]
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-m", "supportcli", *arguments]
        ran = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, cwd=ROOT)
    assert 0 == ran.returncode, ran.stderr
    assert b"# " == (tmp_path / "out").read_bytes()[:2]


@pytest.mark.parametrize("command", ["report", "events", "conversations"])
@pytest.mark.parametrize("option", ["-o", "--rejects"])
@pytest.mark.parametrize("given", ["tickets.csv", ".", "tick*.csv"])
def test_an_input_is_never_overwritten(
    ticket_file: Path, tmp_path: Path, command: str, option: str, given: str
) -> None:
    """A file to be written that is an input, also by a link, ends the run before anything."""
    link = tmp_path / "links" / "link.csv"
    link.parent.mkdir()
    link.symlink_to(ticket_file)
    before = ticket_file.read_bytes()
    for written in (ticket_file, link):
        ran = run(command, tmp_path / given, option, written)
        assert (2, f"{written} is an input; name another file", None) == failure(ran)
    assert (before, {ticket_file, link.parent}) == (link.read_bytes(), set(tmp_path.iterdir()))


def test_the_customers_file_is_never_overwritten(ticket_file: Path, tmp_path: Path) -> None:
    """The customers file is an input too."""
    people = write_csv(tmp_path / "people.csv", ["customer", "email"], [["c1", "a@example.com"]])
    ran = run("report", ticket_file, "--customers", people, "-o", people)
    assert (2, f"{people} is an input; name another file", None) == failure(ran)


USAGE = [
    (
        ["rpeort"],
        "No such command 'rpeort'. Did you mean 'report'?",
        "`supportkpi --help` shows how",
    ),
    (["report"], "no input", "name a file, a folder or -, or list [[inputs]] in supportkpi.toml"),
    (["report", "F", "--by", "chanel"], '--by: there is no "chanel"', 'did you mean "channel"?'),
    (
        ["report", "F", "--period", "weekly"],
        '--period: there is no "weekly"',
        'did you mean "week"?',
    ),
    (
        ["report", "F", "--period", "day,week"],
        '--period: there is no "day,week"',
        'did you mean "week"?',
    ),
    (
        ["report", "F", "--kpi", "recieved"],
        'there is no KPI "recieved"',
        'did you mean "received"?',
    ),
    (["report", "F", "--format", "jsn"], '--format: there is no "jsn"', 'did you mean "json"?'),
    (["report", "F", "--color", "alway"], '--color: there is no "alway"', 'did you mean "always"?'),
    (["report", "F", "--max-rejects", "x"], '--max-rejects: cannot read "x"', "write 100 or 5%"),
    (
        ["report", "F", "--last", "1d", "--since", "2026-03-02"],
        "--last and --since both say where the window begins",
        None,
    ),
    (
        ["report", "F", "--since", "2026-03-03", "--until", "2026-03-02"],
        "--since must lie before --until",
        None,
    ),
    (
        ["report", "F", "--since", "soon"],
        '--since: cannot read "soon" as a date',
        "write 2026-03-01 or 2026-03-01T09:30, with an offset or without",
    ),
    (
        ["report", "F", "--since", "0001-01-01", "--timezone", "Asia/Tokyo"],
        '--since: cannot read "0001-01-01" as a date',
        "write 2026-03-01 or 2026-03-01T09:30, with an offset or without",
    ),
    (
        ["report", "F", "--last", "long"],
        '--last: "long" is no duration; write for example 20s, 5m, 24h or 7d',
        None,
    ),
    (
        ["report", "F", "--timezone", "Asia/Teheran"],
        f"--timezone: {NO_ZONE}",
        None,
    ),
    (
        ["report", "F", "--source", "zendesk-ticket"],
        'there is no source "zendesk-ticket"',
        'did you mean "zendesk-tickets"?',
    ),
    (
        ["report", "F", "-o", "report.docx"],
        "report.docx: its ending is no format",
        f"name one: --format {', '.join(REPORT_FORMATS)}",
    ),
    (
        ["report", "F", "-o", "chart.svg"],
        "chart.svg: a picture shows one chart",
        "name it: --chart volume, response, resolution, heat, waiting, backlog, satisfaction",
    ),
    (["report", "F", "--chart", "heat"], "--chart is for pictures", "write one: -o heat.svg"),
    (
        ["report", "F", "-o", "chart.svg", "--chart", "heatt"],
        '--chart: there is no "heatt"',
        'did you mean "heat"?',
    ),
    (
        ["report", "F", "-o", "a.json", "-o", "b.csv", "--format", "json"],
        "--format says the format of one output",
        "of several, the ending of each says it",
    ),
    (["report", "F", "-o", "a.json", "-o", "./a.json"], "-o names one file twice", None),
    (["report", "F", "--lang", "xx"], '--lang: there is no "xx"', "one of en, fa, ar"),
    (
        ["report", "F", "--digits", "mayan"],
        '--digits: there is no "mayan"',
        "one of latin, persian, arabic",
    ),
    (
        ["sources", "zendesk-ticket"],
        'there is no source "zendesk-ticket"',
        'did you mean "zendesk-tickets"?',
    ),
    (["kpis", "fcrr"], 'there is no KPI "fcrr"', 'did you mean "fcr"?'),
]


@pytest.mark.parametrize(("arguments", "message", "hint"), USAGE, ids=lambda value: str(value)[:40])
def test_a_wrong_command_line_is_explained(
    ticket_file: Path, arguments: list[str], message: str, hint: str | None
) -> None:
    """A wrong command line ends with 2, says what is wrong, and what was meant."""
    given = [ticket_file if word == "F" else word for word in arguments]
    assert (2, message, hint) == failure(run(*given))


@pytest.mark.parametrize("last", ["99999999999d", "99999999999999h"])
def test_a_window_beyond_all_time_is_no_bug(ticket_file: Path, last: str) -> None:
    """A --last longer than the calendar is a wrong command line, no crash."""
    assert 2 == failure(run("report", ticket_file, "--last", last))[0]


def reject_file(tmp_path: Path) -> Path:
    """A hundred and three rows, three of which are wrong."""
    rows = tickets(100)
    rows[40][1] = "1404/13/02"
    rows[50][5] = "many"
    return write_csv(tmp_path / "tickets.csv", HEADER, [*rows[:60], ["short"], *rows[60:]])


@pytest.mark.parametrize("name", ["rejects.csv", "rejects.ndjson"])
def test_rejects_are_listed(tmp_path: Path, name: str) -> None:
    """--rejects FILE lists file, line, row, column, value and reason of every rejected row."""
    path = reject_file(tmp_path)
    ran = run("report", path, "--rejects", tmp_path / name, "-q")
    assert (0, "") == (ran.code, ran.err)
    text = (tmp_path / name).read_text()
    if name.endswith("csv"):
        rows = [{k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(text))]
    else:
        rows = [json.loads(line) for line in text.splitlines()]
    expected = [
        (str(path), "42", "created at", "1404/13/02", 'cannot read "1404/13/02" as a date'),
        (str(path), "52", "csat", "many", 'cannot read "many" as a number'),
        (str(path), "62", None, "short", "the row has 1 cell, the file has 6 columns"),
    ]
    columns = ("file", "line", "column", "value", "reason")
    actual = [tuple(str(row[key]) if row[key] else None for key in columns) for row in rows]
    assert expected == actual


def test_rejects_without_any_is_an_empty_list(ticket_file: Path, tmp_path: Path) -> None:
    """--rejects of a clean run writes the header alone, over what an earlier run wrote."""
    listed = tmp_path / "rejects.csv"
    listed.write_text("old")
    run("report", ticket_file, "--rejects", listed)
    assert "file,line,row,column,value,reason\n" == listed.read_text()


@pytest.mark.parametrize(
    ("limit", "code"), [("3", 0), ("2", 3), ("3%", 0), ("2.9%", 3), ("0", 3), ("100%", 0)]
)
def test_max_rejects(tmp_path: Path, limit: str, code: int) -> None:
    """--max-rejects as a number or as a share decides whether three rejects of 101 rows pass."""
    assert code == run("report", reject_file(tmp_path), "--max-rejects", limit).code


def test_a_run_with_rejects_warns(tmp_path: Path) -> None:
    """Rejects that pass are a warning with the count, the first place and the reason."""
    path = reject_file(tmp_path)
    warning = (
        f"supportkpi: warning: {path}: 3 of 101 rows were rejected; "
        f'the first: {path}:42 (created at): cannot read "1404/13/02" as a date'
    )
    assert warning in run("report", path).err.splitlines()


def test_quiet_and_verbose() -> None:
    """Notes are on standard error; --quiet leaves them out; -v says where every row went."""
    path = SHOP / "email" / "zendesk_tickets.csv"
    note = f"supportkpi: note: {path} states no time zone; its times were read as UTC\n"
    account = (
        f"supportkpi: {path} (zendesk-tickets): 845 rows = 816 events, 16 skipped (deleted), "
        "13 skipped (merged), 0 rejected, 0 duplicates, 0 superseded\n"
    )
    assert note == run("report", path).err
    assert "" == run("report", path, "--quiet").err
    assert note + account == run("report", path, "-v").err
    assert run("report", path, "-q").out == run("report", path, "-v").out


def test_the_zone_of_an_input_can_be_given() -> None:
    """--timezone-of-input moves stamps without an offset, and the note is gone."""
    path = SHOP / "email" / "zendesk_tickets.csv"
    assert "2026-05-31T21:43:00Z" == report(path, "--timezone-of-input", "UTC")["as_of"]
    ran = run("report", path, "--timezone-of-input", "Europe/London", "--format", "json")
    assert (0, "", "2026-05-31T20:43:00Z") == (ran.code, ran.err, ran.json["as_of"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration that names its inputs, and a working folder deep inside."""
    write_csv(tmp_path / "exports" / "tickets.csv", HEADER, tickets(60))
    (tmp_path / "supportkpi.toml").write_text(
        'timezone = "Asia/Tehran"\n[[inputs]]\npath = "exports/*.csv"\nsource = "generic-tickets"\n'
    )
    inner = tmp_path / "some" / "where"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.delenv("SUPPORTKPI_CONFIG", raising=False)
    return tmp_path


def test_the_configuration_is_found_upward(project: Path) -> None:
    """supportkpi.toml of a folder above is read; its inputs are relative to itself."""
    value = report()
    assert "Asia/Tehran" == value["timezone"]
    assert [str(project / "exports" / "tickets.csv")] == [one["path"] for one in value["inputs"]]


def test_the_mapping_of_an_input_is_beside_the_configuration(project: Path) -> None:
    """A mapping that an input names as its source is relative to supportkpi.toml too."""
    (project / "mine.toml").write_text('name = "mine"\nextends = "generic-tickets"\n')
    (project / "supportkpi.toml").write_text(
        '[[inputs]]\npath = "exports/tickets.csv"\nsource = "mine.toml"\n'
    )
    assert ["mine"] == [one["source"] for one in report()["inputs"]]


def test_the_order_of_configurations(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--set beats --config, --config the environment, the environment the file found upward."""
    given = project / "exports" / "tickets.csv"

    def zone(*arguments: object) -> str:
        return str(report(given, *arguments)["timezone"])

    (project / "env.toml").write_text('timezone = "Europe/Berlin"\n')
    (project / "own.toml").write_text('timezone = "Europe/Paris"\n')
    assert "Asia/Tehran" == zone()
    monkeypatch.setenv("SUPPORTKPI_CONFIG", str(project / "env.toml"))
    assert "Europe/Berlin" == zone()
    own = ("--config", project / "own.toml")
    assert "Europe/Paris" == zone(*own)
    assert "Asia/Tokyo" == zone(*own, "--set", "timezone=Asia/Tokyo")
    assert "UTC" == zone(*own, "--set", "timezone=Asia/Tokyo", "--timezone", "UTC")


CONFIGURATIONS = [
    ('timezon = "UTC"\n', ':1 (timezon): there is no such key; did you mean "timezone"?'),
    (
        '[service_level]\nphone = "20s"\nphonee = "1s"\n',
        ':3 (service_level.phonee): there is no such key; did you mean "phone"?',
    ),
    (
        '[fcr]\nwindow = "7d"\n\n[repeat]\nwindow = "soon"\n',
        ':5 (repeat.window): "soon" is no duration; write for example 20s, 5m, 24h or 7d',
    ),
    (
        'fcr = { window = "soon" }\n',
        ':1 (fcr.window): "soon" is no duration; write for example 20s, 5m, 24h or 7d',
    ),
    ("fcr.window = 7\n", ":1 (fcr.window): this must be text"),
    ('[agents]\nbots = "x"\n', ":2 (agents.bots): this must be a list"),
    ("service_level = 5\n", ":1 (service_level): this must be a table"),
    ('[survey]\ncsat_satisfied = "much"\n', ":2 (survey.csat_satisfied): this must be a number"),
    (
        '[[inputs]]\npath = "a"\n[[inputs]]\npath = "b"\nsorce = "x"\n',
        ':5 (inputs.1.sorce): there is no such key; did you mean "source"?',
    ),
    ('[[inputs]]\nsource = "x"\n', ":1 (inputs.0.path): this key is missing"),
    (
        'timezone = "Asia/Teheran"\n',
        f":1 (timezone): {NO_ZONE}",
    ),
]


@pytest.mark.parametrize(("text", "message"), CONFIGURATIONS)
def test_a_wrong_configuration_is_explained(
    ticket_file: Path, tmp_path: Path, text: str, message: str
) -> None:
    """A wrong configuration names its file, the line, the key, what is wrong and what was meant."""
    path = tmp_path / "my.toml"
    path.write_text(text)
    assert (2, f"{path}{message}", None) == failure(run("report", ticket_file, "--config", path))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "service_level.phne=5s",
            '--set (service_level.phne): there is no such key; did you mean "phone"?',
        ),
        (
            "fcr.window=soon",
            '--set (fcr.window): "soon" is no duration; write for example 20s, 5m, 24h or 7d',
        ),
        ("service_level.phone", '--set "service_level.phone" has no value'),
        ("service_level=5", "--set (service_level): this must be a table"),
    ],
)
def test_a_wrong_set_is_explained(
    ticket_file: Path, tmp_path: Path, override: str, message: str
) -> None:
    """A wrong --set is blamed on --set, also where the file sets the same key rightly."""
    path = tmp_path / "my.toml"
    path.write_text('[fcr]\nwindow = "7d"\n[service_level]\nphone = "20s"\n')
    ran = run("report", ticket_file, "--config", path, "--set", override)
    assert (2, message) == failure(ran)[:2]


def test_a_missing_configuration_is_told(ticket_file: Path, tmp_path: Path) -> None:
    """A --config that is not there, or is no TOML, is an error of the configuration."""
    missing = tmp_path / "no.toml"
    code, message, _ = failure(run("report", ticket_file, "--config", missing))
    assert (2, f"cannot read the configuration {missing}: No such file or directory") == (
        code,
        message,
    )
    missing.write_text("x =\n")
    code, message, hint = failure(run("report", ticket_file, "--config", missing))
    assert (2, "the file is written in TOML") == (code, hint)
    assert f"{missing}:1: this is no value; text stands in quotes" == message


def test_a_bug_gives_70_and_its_traceback(
    ticket_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw keeps its traceback and gives 70; an interrupt gives 130."""

    def fail(error: BaseException) -> Ran:
        def raising(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("supportcli.pipeline.make_reports", raising)
        return run("report", ticket_file)

    bug = fail(RuntimeError("of ours"))
    assert (70, True) == (bug.code, "RuntimeError: of ours" in bug.err)
    panic = fail(pl.exceptions.PanicException("of polars"))
    assert (70, True) == (panic.code, "PanicException: of polars" in panic.err)
    assert 130 == fail(KeyboardInterrupt()).code


def test_equal_refunds_at_different_times_are_several(tmp_path: Path) -> None:
    """An order may be refunded twice with the same amount; the same row twice is one refund."""
    rows = [
        ["1", "2026-03-01", "100", "ann", "sale"],
        ["1", "2026-03-05", "10", "ann", "refund"],
        ["1", "2026-03-06", "10", "ann", "refund"],
        ["1", "2026-03-06", "10", "ann", "refund"],
    ]
    header = ["order id", "ordered at", "amount", "customer", "type"]
    orders = write_csv(tmp_path / "orders.csv", header, rows)
    [row] = report(orders, "--kpi", "refunded_share", "--by", "")["rows"]
    assert (2_000, 10_000) == (row["numerator"], row["denominator"])


def test_a_refund_without_an_amount_is_in_no_currency(tmp_path: Path) -> None:
    """What names a currency and no amount does not meet the amounts of another currency."""
    header = ["order id", "ordered at", "amount", "customer", "type", "currency"]
    rows = [
        ["1", "2026-03-01", "100", "ann", "sale", "USD"],
        ["1", "2026-03-05", "10", "ann", "refund", "USD"],
        ["1", "2026-03-06", "", "ann", "refund", "EUR"],
        ["2", "2026-03-01", "100", "bob", "sale", "USD"],
        ["2", "2026-03-06", "", "bob", "refund", "EUR"],
    ]
    orders = write_csv(tmp_path / "orders.csv", header, rows)
    [row] = report(orders, "--kpi", "refunded_share", "--by", "")["rows"]
    assert (1_000, 20_000) == (row["numerator"], row["denominator"])


@pytest.mark.parametrize(
    ("currency", "amount", "revenue"),
    [("EUR", "12.50", 12.5), ("JPY", "1250", 1250), ("KWD", "1.125", 1.125)],
)
def test_an_order_without_a_currency_is_in_that_of_the_configuration(
    tmp_path: Path, currency: str, amount: str, revenue: float
) -> None:
    """A list that names no currency gives its own amounts, whatever digits the currency has."""
    rows = [["1", "2026-03-02", amount, "ann"]]
    header = ["order id", "ordered at", "amount", "customer"]
    bare = write_csv(tmp_path / "bare.csv", header, rows)
    empty = write_csv(tmp_path / "empty.csv", [*header, "currency"], [[*rows[0], ""]])
    for orders in (bare, empty):
        options = ["--kpi", "revenue_new", "--by", "", "--set", f"currency={currency}"]
        [row] = report(orders, *options)["rows"]
        assert (revenue, currency) == (row["value"], row["unit"])


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        ("EUR", "1250.5", "1,250.50 EUR"),
        ("JPY", "1250", "1,250 JPY"),
        ("KWD", "3", "3.000 KWD"),
        ("تومان", "1250000", "1,250,000.00 تومان"),
    ],
)
def test_money_is_shown_with_its_currency(
    tmp_path: Path, currency: str, amount: str, said: str
) -> None:
    """In the terminal an amount stands with its currency, and with as many digits as that has."""
    row = ["1", "2026-03-02", amount, "ann", currency]
    header = ["order id", "ordered at", "amount", "customer", "currency"]
    orders = write_csv(tmp_path / "orders.csv", header, [row])
    ran = run("report", orders, "--kpi", "revenue_new", "--by", "")
    assert said in ran.text
