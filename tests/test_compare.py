"""`report --compare`: values beside those of an earlier time, or of other inputs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command import SHOP, failure, report, run, write_csv

CHATS = SHOP / "chat" / "livechat_chats.csv"
PHONE = SHOP / "phone" / "queue_log"
CHANGES = ["change", "change_low", "change_high", "is_noise", "verdict"]


def by_place(value: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows by channel, total, period and KPI."""
    return {
        (row.get("channel"), row["total"], row["period"], row["kpi"]): row for row in value["rows"]
    }


def previous(value: Any, period: str | None = None) -> dict[tuple[Any, ...], Any]:
    """What each row of one period has for the value before."""
    rows = by_place(value)
    return {
        (key[0], key[1], key[3]): row["previous"] for key, row in rows.items() if key[2] == period
    }


def values(value: Any, period: str | None = None) -> dict[tuple[Any, ...], Any]:
    """The values of one period."""
    rows = by_place(value)
    return {(key[0], key[1], key[3]): row["value"] for key, row in rows.items() if key[2] == period}


AS_OF = ["--as-of", "2026-05-31T21:43:00Z"]
WINDOWS = [
    (
        ["--since", "2026-05-01", "--until", "2026-05-15"],
        ["--since", "2026-04-17", "--until", "2026-05-01"],
    ),
    (
        ["--since", "2026-05-01T06:00", "--until", "2026-05-01T18:30"],
        ["--since", "2026-04-30T17:30", "--until", "2026-05-01T06:00"],
    ),
    (
        ["--last", "10d"],
        ["--since", "2026-05-11T21:43:00Z", "--until", "2026-05-21T21:43:00Z"],
    ),
    (
        ["--last", "2w", "--until", "2026-05-15"],
        ["--since", "2026-04-17", "--until", "2026-05-01"],
    ),
    # the clocks go forward within: fourteen days either way, an hour apart
    (
        ["--since", "2026-03-29", "--until", "2026-04-05", "--timezone", "Europe/London"],
        ["--since", "2026-03-22", "--until", "2026-03-29", "--timezone", "Europe/London"],
    ),
]


@pytest.mark.parametrize(("window", "before"), WINDOWS)
def test_previous_is_the_report_of_the_time_before(
    window: list[str], before: list[str], shop_events: Path
) -> None:
    """The value before is what a report of the window just before says, as of the same moment."""
    made = report(shop_events, "--all", *AS_OF, *window, "--compare", "previous")
    direct = report(shop_events, "--all", *AS_OF, *before)
    assert values(direct) == previous(made)


def test_the_values_stay() -> None:
    """A comparison changes nothing of the report itself."""
    window = ["--last", "10d", "--period", "week"]
    plain, made = (
        by_place(report(CHATS, "--all", *window, *extra))
        for extra in ([], ["--compare", "previous"])
    )
    kept = ("value", "n", "low", "high", "why_null")
    assert {key: [row[name] for name in kept] for key, row in plain.items()} == {
        key: [row[name] for name in kept] for key, row in made.items()
    }


def test_a_range_is_the_report_of_it(shop_events: Path) -> None:
    """A range gives what a report of it says, as of the same moment."""
    window = ["--since", "2026-05-01", "--until", "2026-05-15"]
    made = report(
        shop_events, "--all", *AS_OF, *window, "--compare", "2026-03-01..2026-03-10T12:00"
    )
    direct = report(
        shop_events, "--all", *AS_OF, "--since", "2026-03-01", "--until", "2026-03-10T12:00"
    )
    assert values(direct) == previous(made)


@pytest.mark.parametrize("period", ["month", "week"])
def test_a_period_has_the_one_before(period: str, shop_events: Path) -> None:
    """With --period each period has the value of the one before, the first of them too."""
    begin = {"month": "2026-04-01", "week": "2026-05-04"}[period]
    options = ["--all", *AS_OF, "--period", period]
    made = report(shop_events, *options, "--since", begin, "--compare", "previous")
    whole = report(shop_events, *options, "--since", "2026-03-01")
    periods = list(dict.fromkeys(row["period"] for row in whole["rows"] if row["period"]))
    shown = list(dict.fromkeys(row["period"] for row in made["rows"] if row["period"]))
    assert shown == periods[-len(shown) :]
    for one in shown:
        before = periods[periods.index(one) - 1]
        assert values(whole, before) == previous(made, one)


def test_nothing_is_known_from_before_the_data(shop_events: Path) -> None:
    """Without --since the first period and the whole range have nothing before them."""
    options = ["--period", "month", "--kpi", "received", "--by", ""]
    rows = report(shop_events, *options, "--compare", "previous")["rows"]
    counts = {row["period"]: row["value"] for row in rows}
    assert {
        None: None,
        "2026-03": None,
        "2026-04": counts["2026-03"],
        "2026-05": counts["2026-04"],
    } == {row["period"]: row["previous"] for row in rows}


def test_periods_of_a_range_are_paired_in_order(shop_events: Path) -> None:
    """The first period of the report has the first of the range before it, and so on."""
    options = ["--period", "day", "--kpi", "received", "--by", ""]
    window = ["--since", "2026-05-04", "--until", "2026-05-07"]
    made = report(shop_events, *options, *window, "--compare", "2026-03-09..2026-03-11")
    direct = report(shop_events, *options, "--since", "2026-03-09", "--until", "2026-03-11")
    expected = {row["period"]: row["value"] for row in direct["rows"]}
    assert {
        None: expected[None],
        "2026-05-04": expected["2026-03-09"],
        "2026-05-05": expected["2026-03-10"],
        "2026-05-06": None,
    } == {row["period"]: row["previous"] for row in made["rows"]}


@pytest.mark.parametrize("options", [[], ["--period", "month"], ["--last", "30d"]])
def test_a_file_against_itself(options: list[str]) -> None:
    """Nothing changes, and where chance can be judged at all it is noise."""
    rows = report(CHATS, "--all", *options, "--compare", CHATS)["rows"]
    known = [row for row in rows if row["value"] is not None]
    assert [row["value"] for row in known] == [row["previous"] for row in known]
    assert {0} == {row["change"] for row in known}
    assert {True, None} >= {row["is_noise"] for row in known}
    assert {None} == {row["verdict"] for row in rows}
    assert {True} == {row["is_noise"] for row in known if row["unit"] == "share"}


def test_other_inputs_are_a_report_of_their_own() -> None:
    """Other inputs have the values of a direct report of them, as of their own newest time."""
    made = report(CHATS, "--all", "--by", "", "--compare", PHONE)
    assert values(report(PHONE, "--all", "--by", "")) == previous(made)
    assert values(report(CHATS, "--all", "--by", "")) == values(made)


def test_without_compare_nothing_is_added() -> None:
    """The contract has `previous` always, and the change only where it is asked for."""
    plain, made = (
        report(CHATS, "--last", "20d", *extra) for extra in ([], ["--compare", "previous"])
    )
    assert {None} == {row["previous"] for row in plain["rows"]}
    assert [*plain["rows"][0], *CHANGES] == list(made["rows"][0])
    assert "compared_with" not in plain
    assert "compared_with" in made


def test_every_format_has_the_changes() -> None:
    """json, ndjson, csv and parquet carry the same changes."""
    command = ["report", CHATS, "--last", "20d", "--compare", "previous", "--format"]
    rows = run(*command, "json").json["rows"]
    lines = run(*command, "ndjson").text.splitlines()
    assert rows == [json.loads(line) for line in lines]
    table = list(csv.DictReader(io.StringIO(run(*command, "csv").text)))
    assert [*rows[0]] == [*table[0]]
    assert [row["verdict"] or "" for row in rows] == [row["verdict"] for row in table]
    frame = pl.read_parquet(io.BytesIO(run(*command, "parquet").out))
    assert [[row[name] for name in CHANGES] for row in rows] == [
        list(row) for row in frame.select(CHANGES).rows()
    ]


def tickets(path: Path, count: int, content: int) -> Path:
    """Tickets with an answer each, so many of them content."""
    opened = "2026-03-02T09:00:00Z"
    rows = [[f"t{n}", opened, opened, 5 if n < content else 1] for n in range(count)]
    return write_csv(path, ["id", "created at", "resolved at", "csat"], rows)


def test_the_terminal_says_what_to_think_of_a_change(tmp_path: Path) -> None:
    """Better and worse, changed and noise are words beside the change."""
    now, before = tickets(tmp_path / "n.csv", 200, 180), tickets(tmp_path / "b.csv", 100, 50)
    text = run("report", now, "--by", "", "--kpi", "received,csat", "--compare", before).text
    assert "+40.0 pp better" in text
    assert "+100 changed" in text
    assert f"compared with {before}: noise is what chance alone could make" in " ".join(
        text.split()
    )
    text = run("report", before, "--by", "", "--kpi", "csat", "--compare", now).text
    assert "-40.0 pp worse" in text
    text = run("report", now, "--by", "", "--kpi", "csat", "--compare", now).text
    assert "0.0 pp noise" in text


FAULTS = [
    (
        ["--compare", "previous"],
        "--compare previous: nothing says where the time of the report begins",
        "add --since, --last or --period",
    ),
    (
        ["--compare", "last.csv"],
        '--compare: there is no file "last.csv"',
        "write previous, a range such as 2026-01-01..2026-02-01, or a path",
    ),
    (
        ["--compare", "2026-01-01..soon"],
        '--compare: cannot read "soon" as a date',
        "write 2026-03-01 or 2026-03-01T09:30, with an offset or without",
    ),
    (
        ["--compare", "2026-02-01..2026-02-01"],
        '--compare: "2026-02-01..2026-02-01" ends before it begins',
        None,
    ),
]


@pytest.mark.parametrize(("options", "message", "hint"), FAULTS)
def test_a_comparison_that_cannot_be_made(
    options: list[str], message: str, hint: str | None
) -> None:
    """What cannot be compared with ends the run with 2, before anything is read."""
    assert (2, message, hint) == failure(run("report", CHATS, *options))


def test_other_inputs_that_cannot_be_read(tmp_path: Path) -> None:
    """An error in the other inputs names the file, and ends the run like one in the inputs."""
    broken = write_csv(tmp_path / "broken.csv", ["a", "b"], [["1", "2"]])
    code, message, _ = failure(run("report", CHATS, "--compare", broken))
    assert (3, True) == (code, message.startswith(f"{broken}: the format is unknown"))


def test_the_other_input_is_never_overwritten(tmp_path: Path) -> None:
    """A file that is compared with is an input too."""
    now, before = tickets(tmp_path / "n.csv", 20, 18), tickets(tmp_path / "b.csv", 10, 5)
    ran = run("report", now, "--compare", before, "-o", before, "--format", "json")
    assert (2, f"{before} is an input; name another file", None) == failure(ran)


def test_notes_of_the_other_inputs_are_told(tmp_path: Path) -> None:
    """What one should know of the other inputs is said too."""
    now = tickets(tmp_path / "n.csv", 20, 18)
    before = write_csv(
        tmp_path / "b.csv", ["id", "created at", "resolved at"], [["1", "2026-03-02 09:00", ""]]
    )
    assert "b.csv states no time zone" in run("report", now, "--compare", before).err


def test_standard_input_is_read_once() -> None:
    """What comes through a pipe can be compared with its own past."""
    options = ["--last", "20d", "--compare", "previous"]
    piped = report("-", *options, stdin=CHATS.read_bytes())
    assert report(CHATS, *options)["rows"] == piped["rows"]


@pytest.mark.parametrize("zone", ["Asia/Tehran", "America/New_York"])
@pytest.mark.parametrize(
    "window",
    [
        ["--since", "0001-01-02"],
        ["--since", "0001-01-02", "--until", "9999-12-30"],
        ["--since", "2026-01-01", "--as-of", "9999-12-30"],
        ["--since", "2030-01-01"],
    ],
)
def test_nothing_comes_before_the_beginning_of_time(
    zone: str, window: list[str], shop_events: Path
) -> None:
    """Where no time lies before that of the report there is nothing to compare with."""
    options = ["--kpi", "received", "--by", "", "--timezone", zone, "--compare", "previous"]
    for cut in ([], ["--period", "year"]):
        rows = report(shop_events, *options, *window, *cut)["rows"]
        assert {None, 0} >= {row["previous"] for row in rows}
