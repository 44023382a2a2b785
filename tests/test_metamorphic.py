"""What must not change a report: the order of rows, how files are cut, what is there twice."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import SHOP, SHOP_FILES, contents, report, run, write_csv
from examples import examples
from parts import put, records
from supportcli.kpis import CATALOGUE

QUESTION = ("--all", "--by", "channel,agent", "--period", "month")
OF_A_SYSTEM = ("--all", "--by", "agent")


def shuffled(folder: Path, path: Path) -> list[Path]:
    """The file with its rows in another order."""
    header, rows = records(path)
    random.Random(7).shuffle(rows)  # noqa: S311
    return [put(folder, path, header, rows)]


def reversed_rows(folder: Path, path: Path) -> list[Path]:
    """The file backwards."""
    header, rows = records(path)
    return [put(folder, path, header, rows[::-1])]


def split(folder: Path, path: Path) -> list[Path]:
    """The file as two, cut in the middle, the later first."""
    header, rows = records(path)
    half = len(rows) // 2
    parts = (rows[half:], rows[:half])
    return [put(folder / str(n), path, header, part) for n, part in enumerate(parts)]


def dealt(folder: Path, path: Path) -> list[Path]:
    """The file as two, every other row in each."""
    header, rows = records(path)
    return [put(folder / str(n), path, header, rows[n::2]) for n in range(2)]


def twice(folder: Path, path: Path) -> list[Path]:
    """The file given twice."""
    header, rows = records(path)
    return [path, put(folder, path, header, rows)]


def the_same_name_twice(folder: Path, path: Path) -> list[Path]:
    """The very same path given twice."""
    return [path, path]


def overlapping(folder: Path, path: Path) -> list[Path]:
    """Two exports that overlap by a third, the later first."""
    header, rows = records(path)
    third = len(rows) // 3
    parts = (rows[third:], rows[: 2 * third])
    return [put(folder / str(n), path, header, part) for n, part in enumerate(parts)]


CHANGES = [shuffled, reversed_rows, split, dealt, twice, the_same_name_twice, overlapping]


@pytest.fixture(scope="module")
def expected() -> Callable[[Path], bytes]:
    """The contents of the report of a sample file as it is, made once."""
    known: dict[Path, bytes] = {}

    def of(path: Path) -> bytes:
        if path not in known:
            known[path] = contents(report(path, *OF_A_SYSTEM))
        return known[path]

    return of


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("path", SHOP_FILES, ids=lambda path: path.name)
def test_how_the_rows_come_changes_nothing(
    tmp_path: Path, path: Path, change: Callable[[Path, Path], list[Path]], expected: Any
) -> None:
    """Shuffled, split, repeated and overlapping exports: the same rows and anomalies."""
    value = report(*change(tmp_path, path), *OF_A_SYSTEM)
    assert expected(path) == contents(value)


@pytest.fixture(scope="module")
def of_the_shop() -> bytes:
    """The contents of the report of all systems of the shop."""
    return contents(report(*SHOP_FILES, *QUESTION))


@pytest.mark.parametrize("order", [SHOP_FILES[::-1], SHOP_FILES[2:] + SHOP_FILES[:2]])
def test_the_order_of_inputs_changes_nothing(order: tuple[Path, ...], of_the_shop: bytes) -> None:
    """All systems of the shop, in another order: the same rows and anomalies."""
    assert of_the_shop == contents(report(*order, *QUESTION))


def test_everything_at_once_changes_nothing(tmp_path: Path, of_the_shop: bytes) -> None:
    """Every system split, overlapping and given in a wild order: the same rows and anomalies."""
    parts = [part for path in SHOP_FILES for part in overlapping(tmp_path / path.name, path)]
    parts += [part for path in SHOP_FILES for part in shuffled(tmp_path / "s" / path.name, path)]
    random.Random(3).shuffle(parts)  # noqa: S311
    assert of_the_shop == contents(report(*parts, *QUESTION))


def test_what_is_repeated_is_counted_as_such(tmp_path: Path) -> None:
    """A file given twice: every event of one of the two is a duplicate, in its account."""
    for path in SHOP_FILES:
        (alone,) = report(path, "--kpi", "received")["inputs"]
        both = report(*twice(tmp_path, path), "--kpi", "received")["inputs"]
        assert 2 * alone["rows"] == sum(one["rows"] for one in both)
        assert alone["events"] == sum(one["events"] for one in both)
        skipped = sum(sum(one["skipped"].values()) for one in both)
        assert 2 * sum(alone["skipped"].values()) == skipped


@pytest.mark.parametrize("days", [7, 364, -28])
def test_a_shift_of_days_shifts_labels_only(tmp_path: Path, days: int) -> None:
    """All times moved by whole weeks: the same values under labels moved as far."""
    path = SHOP / "sms" / "twilio_messages.csv"
    rows = list(csv.reader(path.read_text().splitlines()))
    column = rows[0].index("SentDate")

    def moved(text: str) -> str:
        time = dt.datetime.fromisoformat(text) + dt.timedelta(days=days)
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")

    for row in rows[1:]:
        row[column] = moved(row[column])
    later = tmp_path / path.name
    with later.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    question = ("--all", "--by", "weekday", "--period", "week")
    before, after = report(path, *question), report(later, *question)
    assert moved(before["as_of"]) == after["as_of"]
    for row in before["rows"]:
        if row["period"]:
            row["period"] = moved(row["period"] + "T00:00:00+00:00")[:10]
    assert contents(before) == contents(after)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """The events of each system of the shop, by its export."""
    folder = tmp_path_factory.mktemp("systems")
    made = {path: folder / f"{path.name}.parquet" for path in SHOP_FILES}
    for path, events in made.items():
        assert 0 == run("events", path, "-o", events).code
    return made


@pytest.mark.parametrize("path", SHOP_FILES[2:], ids=lambda path: path.name)
def test_another_channel_changes_no_row_of_the_others(
    path: Path, systems: dict[Path, Path]
) -> None:
    """An unrelated channel added leaves the rows of the channels that were there as they are."""
    others = [events for other, events in systems.items() if other != path]
    as_of = ("--as-of", "2026-07-01")
    theirs = {row["channel"] for row in report(systems[path], *as_of)["rows"]}

    def others_rows(*inputs: Path) -> list[Any]:
        rows = report(*inputs, "--all", *as_of)["rows"]
        unrelated = [row for row in rows if row["channel"] not in theirs]
        return [row for row in unrelated if row["kpi"] != "received_share"]

    before = others_rows(*others)
    assert before
    assert before == others_rows(*others, systems[path])


# Generated logs

CHANNEL = st.sampled_from(["email", "chat", "sms", "phone"])
MINUTE = st.integers(0, 60 * 24 * 20)
MESSAGES = st.lists(
    st.tuples(
        MINUTE,
        st.sampled_from(["c1", "c2", "c3"]),
        CHANNEL,
        st.sampled_from(["inbound", "agent", "bot"]),
        st.sampled_from(["Ann", "Ben", ""]),
    ),
    min_size=3,
    max_size=40,
    unique=True,
)
"""Messages without ids: equal rows in two inputs would be one by definition, so all differ."""

TICKETS = st.lists(
    st.tuples(st.integers(1, 15), MINUTE, st.none() | MINUTE, CHANNEL, st.integers(0, 7), MINUTE),
    min_size=3,
    max_size=30,
)
"""Rows of tickets with versions: ids repeat, and the latest `updated at` counts."""


def stamp(minute: int | None) -> str:
    """A minute as a time of March 2026; none as nothing."""
    if minute is None:
        return ""
    time = dt.datetime(2026, 3, 2) + dt.timedelta(minutes=minute)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


MESSAGE_HEADER = ["sent at", "customer", "channel", "direction", "agent"]
TICKET_HEADER = ["id", "created at", "resolved at", "channel", "csat", "updated at"]


def message_rows(log: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """Messages as rows of a file; two good ones make it a message log whatever else is in it."""
    good = [
        [stamp(0), "c0", "email", "inbound", ""],
        [stamp(1), "c0", "email", "agent", "Ann"],
    ]
    return [*good, *([stamp(minute), *rest] for minute, *rest in log)]


def ticket_rows(log: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """Tickets as rows of a file."""
    return [
        [f"t{number}", stamp(made), stamp(solved), channel, str(csat), stamp(updated)]
        for number, made, solved, channel, csat, updated in log
    ]


ORDERS = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.sampled_from(["paid", "paid", "refund"]),
        MINUTE,
        st.sampled_from(["c1", "c2", "c3", ""]),
        st.sampled_from(["10", "0.01", "99.90"]),
        st.sampled_from(["EUR", "EUR", "USD", ""]),
    ),
    min_size=3,
    max_size=30,
)
"""Orders whose ids repeat, and refunds of them or of others."""

ANSWERS = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.sampled_from(["t1", "t2", "t15", ""]),
        MINUTE,
        st.sampled_from(["c1", "c2", ""]),
        *[st.sampled_from(["", "1", "5", "7", "10", "11"])] * 3,
    ),
    min_size=3,
    max_size=30,
)
"""Answers, offers without one, and answers that a later row of their id corrects."""

VIEWS = st.lists(
    st.tuples(MINUTE, st.sampled_from(["/a", "/b"]), st.sampled_from(["c1", "c2", "v1", ""])),
    min_size=3,
    max_size=30,
    unique=True,
)
"""Page views without ids: they all differ, as messages do."""

ORDER_HEADER = ["order id", "type", "ordered at", "customer", "amount", "currency"]
ANSWER_HEADER = ["response id", "ticket id", "answered at", "customer", "csat", "nps", "ces"]
VIEW_HEADER = ["viewed at", "page", "visitor id"]

SETTINGS = """
costs = { agent_hour = 12.5, monthly.rent = 1000 }
complaints.topics = ["billing"]
hours.monday = ["09:00-17:00"]
hours.friday = ["22:00-06:00"]
"""


def order_rows(log: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """Orders and refunds as rows of a file, after one that has everything."""
    good = ["o0", "paid", stamp(0), "c0", "5", "EUR"]
    rows = [
        [f"o{number}", kind, stamp(minute), customer, amount, currency]
        for number, kind, minute, customer, amount, currency in log
    ]
    return [good, *rows]


def answer_rows(log: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """Answers as rows of a file, after one that has everything."""
    good = ["r0", "t1", stamp(0), "c0", "5", "10", "7"]
    rows = [[f"r{number}", ticket, stamp(minute), *rest] for number, ticket, minute, *rest in log]
    return [good, *rows]


def view_rows(log: Sequence[tuple[Any, ...]]) -> list[list[str]]:
    """Page views as rows of a file, after one that has everything."""
    return [[stamp(0), "/help", "c0"], *([stamp(minute), *rest] for minute, *rest in log)]


def check_invariance(
    folder: Path,
    source: str,
    header: list[str],
    rows: list[list[str]],
    draw: random.Random,
    beside: Mapping[Path, str] | None = None,
) -> None:
    """One file, the same shuffled, split, repeated and overlapping: one report.

    `beside` are other inputs with their sources, which stay as they are.
    """
    mixed = draw.sample(rows, len(rows))
    cut = draw.randint(1, len(rows) - 1)
    ways = {
        "shuffled": [mixed],
        "split": [mixed[:cut], mixed[cut:]],
        "twice": [rows, mixed],
        "overlapping": [mixed[: cut + 1], mixed[max(0, cut - 3) :]],
    }

    def contents_of(way: str, parts: list[list[list[str]]]) -> bytes:
        paths = [
            write_csv(folder / f"{way}{number}.csv", header, part)
            for number, part in enumerate(parts)
        ]
        sources = {**dict.fromkeys(paths, source), **(beside or {})}
        inputs = "".join(
            f'[[inputs]]\npath = "{path}"\nsource = "{name}"\n' for path, name in sources.items()
        )
        config = folder / "supportkpi.toml"
        config.write_text(SETTINGS + inputs)
        question = ("--all", "--by", "channel", "--period", "week", "--config", config)
        return contents(report(*question))

    expected = contents_of("one", [rows])
    for way, parts in ways.items():
        assert expected == contents_of(way, parts), way


# Few examples each: years of exports are cut and mixed at random in the tests of the store, too.
@examples(4)
@given(log=MESSAGES, draw=st.randoms(use_true_random=False))
def test_generated_messages_come_as_they_like(
    tmp_path: Path, log: list[tuple[Any, ...]], draw: random.Random
) -> None:
    """Message logs cut into sessions: no order, split, repetition or overlap changes a row."""
    check_invariance(tmp_path, "generic-messages", MESSAGE_HEADER, message_rows(log), draw)


@examples(4)
@given(log=TICKETS, draw=st.randoms(use_true_random=False))
def test_generated_versions_of_tickets_come_as_they_like(
    tmp_path: Path, log: list[tuple[Any, ...]], draw: random.Random
) -> None:
    """Ticket lists with several versions of a ticket: the latest counts, however they come."""
    check_invariance(tmp_path, "generic-tickets", TICKET_HEADER, ticket_rows(log), draw)


@examples(4)
@given(orders=ORDERS, answers=ANSWERS, views=VIEWS, draw=st.randoms(use_true_random=False))
def test_generated_orders_answers_and_visits_come_as_they_like(
    tmp_path: Path,
    orders: list[tuple[Any, ...]],
    answers: list[tuple[Any, ...]],
    views: list[tuple[Any, ...]],
    draw: random.Random,
) -> None:
    """Money, loyalty, surveys and visits beside tickets: how one of the files comes is all one."""
    kinds = {
        "generic-orders": (ORDER_HEADER, order_rows(orders)),
        "generic-surveys": (ANSWER_HEADER, answer_rows(answers)),
        "generic-page-views": (VIEW_HEADER, view_rows(views)),
    }
    tickets = [
        (number, minute, minute + 90, "email", 5, minute) for number, minute in [(1, 7), (2, 9)]
    ]
    beside = {
        write_csv(tmp_path / f"{source}.csv", header, rows): source
        for source, (header, rows) in kinds.items()
    }
    beside[write_csv(tmp_path / "t.csv", TICKET_HEADER, ticket_rows(tickets))] = "generic-tickets"
    source = draw.choice(sorted(kinds))
    others = {path: name for path, name in beside.items() if name != source}
    check_invariance(tmp_path, source, *kinds[source], draw, others)


def test_the_anomalies_do_not_depend_on_the_question(tmp_path: Path) -> None:
    """Wrong clocks, work below nought and answers out of scale are counted whatever is asked."""
    path = tmp_path / "tickets.csv"
    path.write_text(
        "id,created_at,resolved_at,handle_time,csat\n"
        "1,2026-03-02T09:00:00Z,2026-03-01T09:00:00Z,60,5\n"
        "2,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z,-60,9\n"
    )
    every = report(path, "--all")["anomalies"]
    assert (1, 1, 1) == tuple(
        every[kind]
        for kind in ("resolved_before_contact", "negative_handle_time", "csat_out_of_scale")
    )
    assert every == report(path, "--kpi", "received")["anomalies"]


@pytest.fixture(scope="module")
def short_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that names short exports of all systems, and what made them."""
    folder = tmp_path_factory.mktemp("short")
    sources = {Path(one["path"]).name: one["source"] for one in report(SHOP)["inputs"]}
    lines = []
    for path in SHOP_FILES:
        header, rows = records(path)
        short = put(folder / path.parent.name, path, header, rows[:SHORT])
        lines += ["[[inputs]]", f'path = "{short}"', f'source = "{sources[path.name]}"']
    config = folder / "supportkpi.toml"
    config.write_text("\n".join(lines))
    return config


SHORT = 60
"""So many records of each export know every KPI that all of them know."""


@pytest.fixture(scope="module")
def every_kpi(shop_events: Path, short_shop: Path) -> list[Any]:
    """The rows of the events of the shop and of its short exports, by all KPIs."""
    inputs: list[list[object]] = [[shop_events], ["--config", short_shop]]
    return [row for one in inputs for row in report(*one, "--all")["rows"]]


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_kpi_alone_is_the_kpi_among_all(
    name: str, shop_events: Path, short_shop: Path, every_kpi: list[Any]
) -> None:
    """What else is asked for changes no value: only what a KPI needs is read, and all of it.

    So it is of stored events, and of exports, out of which a KPI needs other columns.
    """
    alone = [*report(shop_events, "--kpi", name)["rows"]]
    alone += report("--config", short_shop, "--kpi", name)["rows"]
    assert alone == [row for row in every_kpi if row["kpi"] == name]


def test_short_exports_know_what_whole_ones_know(short_shop: Path, shop_events: Path) -> None:
    """Otherwise two unknown values would be compared."""

    def known(*inputs: object) -> set[str]:
        rows = report(*inputs, "--all")["rows"]
        return {row["kpi"] for row in rows if row["value"] is not None}

    assert known(shop_events) == known("--config", short_shop)


def test_stored_events_beside_exports(tmp_path: Path, of_the_shop: bytes) -> None:
    """Events stored of some systems, and the exports of the others: the same rows and anomalies."""
    stored = tmp_path / "stored.parquet"
    assert 0 == run("events", *SHOP_FILES[:3], "-o", stored).code
    assert of_the_shop == contents(report(stored, *SHOP_FILES[3:], *QUESTION))
