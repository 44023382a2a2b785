"""One customer on all channels and one agent in all systems, against naive computations."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import NumberParseException, is_valid_number, parse

from command import ROOT, SHOP, SHOP_FILES, contents, failure, report, run, write_csv
from supportcli.identity import address_key, alike, handle_key, phone_key

SHOP_CUSTOMERS = ROOT / "sample_data" / "shop_customers.csv"
START = dt.datetime(2026, 1, 5, 8, 0)
WEEK = dt.timedelta(days=7)

SAME_NUMBERS = [
    ("+989121234567", "IR", ["09121234567", "9121234567", "00989121234567", "989121234567",
                             "۰۹۱۲۱۲۳۴۵۶۷", "٠٩١٢ ١٢٣ ٤٥٦٧", "+98 (0)912-123-4567",
                             "tel:+98-912-123-4567", "whatsapp:+989121234567", "'+989121234567",
                             '="09121234567"', "9121234567.0", "\u202a+98 912 123 4567\u202c",
                             "0912 123 4567 داخلی 12", "sip:09121234567@sbc.example"]),
    ("+12125550102", "US", ["2125550102", "(212) 555-0102", "212.555.0102 x12", "1-212-555-0102",
                            "sip:2125550102@sbc.example;user=phone", "tel:+1-212-555-0102;ext=5",
                            "0012125550102", "+1 212 555 0102 ext. 7", "sms:+12125550102"]),
    ("+447700900169", "GB", ["07700900169", "7700900169", "447700900169", "+44 (0)7700 900169"]),
    ("+989121234567", "US", ["00989121234567", "989121234567", "+989121234567"]),
    ("+989121234567", None, ["+98 912 123 4567", "0098 912 123 4567"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "region", "text"),
    [(number, region, text) for number, region, texts in SAME_NUMBERS for text in texts],
)
def test_one_number_however_it_is_written(number: str, region: str | None, text: str) -> None:
    """All spellings of a number have its form in E.164."""
    assert number == phone_key(text, region)


@pytest.mark.parametrize(
    "text", ["ask the clerk", "203", "12345@qq.com", "9.89E+11", "C0001", "", "+", "1" * 30,
             "0912 123 4567, 0913 123 4567", "sip:alice@sbc.example"],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    """Names, addresses, extensions and two numbers at once are no phone number."""
    assert phone_key(text, "IR") is None


def test_without_a_region_local_digits_stand_for_themselves() -> None:
    """A number without a country code could be anybody's in another country."""
    assert "09121234567" == phone_key("0912 123-4567", None)
    assert "9121234567" == phone_key("۹۱۲۱۲۳۴۵۶۷", None)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ann Ray <Ann@Example.COM>", "ann@example.com"),
        ("mailto:ann@example.com?subject=Lamp", "ann@example.com"),
        (" ANN@example.com ", "ann@example.com"),
        ("ann", None),
        ("a b@example.com", None),
        ("a@b@c", None),
    ],
)
def test_addresses_are_folded(text: str, key: str | None) -> None:
    """Case, names around it and `mailto:` make no other address."""
    assert key == address_key(text)


def test_names_are_folded_but_keep_their_marks() -> None:
    """Case, spaces and forms of letters make no other name; punctuation does."""
    assert handle_key("@Ann_Ray") == handle_key(" ann_ray ")
    assert alike("علي  كريمي") == alike("علی کریمی")
    assert alike("JANE  Doe") == alike("jane doe")
    assert alike("PJSIP/20-1") != alike("PJSIP/201")
    assert handle_key(" @ ") is None


def is_valid(number: str) -> bool:
    """Whether a number has a country code, and somebody may have it."""
    with contextlib.suppress(NumberParseException):
        return is_valid_number(parse(number))
    return False


@given(st.one_of(st.text(), st.from_regex(r"[+0-9 ().\u06f0-\u06f9-]{0,24}", fullmatch=True)))
def test_any_text_has_keys_or_none(text: str) -> None:
    """No text is too odd; a valid number in E.164 is its own key, in every region."""
    number = phone_key(text, "IR")
    if number and number.startswith("+") and is_valid(number):
        assert {number} == {phone_key(number, region) for region in ("IR", "US", None)}
    address = address_key(text)
    assert address is None or address == address_key(address)
    assert alike(text) == alike(alike(text))
    assert handle_key(text) != ""


# --- four channels ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Somebody with one identity a channel, in all its spellings."""

    id: str
    phone: str
    email: str
    handle: str

    def spellings(self, channel: str) -> list[str]:
        """How the system of a channel may write this person."""
        local = f"0{self.phone.removeprefix('+98')}"
        return {
            "phone": [local, local[1:], f"0098{local[1:]}", local.translate(_PERSIAN)],
            "messenger": [f"whatsapp:{self.phone}"],
            "email": [self.email, self.email.upper()],
            "chat": [self.handle, f"@{self.handle.title()}"],
        }[channel]


_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
CHANNELS = ("phone", "email", "chat", "messenger")


@dataclass(frozen=True)
class Contact:
    """One conversation as the naive computation sees it."""

    person: Person
    channel: str
    spelling: str
    at: dt.datetime
    resolved: dt.datetime | None


def people(count: int) -> list[Person]:
    """Persons none of whom share anything."""
    return [
        Person(f"C{n}", f"+98912{n:07d}", f"person{n}@example.com", f"nick_{n}")
        for n in range(1_000_001, 1_000_001 + count)
    ]


def contacts(persons: Iterable[Person], seed: int) -> list[Contact]:
    """A few contacts of each, at least two days apart, on any channel."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    for person in persons:
        for day in sorted(chance.sample(range(0, 60, 2), chance.randint(1, 6))):
            channel = chance.choice(CHANNELS)
            at = START + dt.timedelta(days=day, minutes=chance.randrange(600))
            solved = at + dt.timedelta(hours=chance.randrange(1, 100))
            is_solved = channel == "email" and chance.random() < 0.8
            spelling = chance.choice(person.spellings(channel))
            found.append(Contact(person, channel, spelling, at, solved if is_solved else None))
    return found


def stamp(moment: dt.datetime | None) -> str:
    """ISO 8601 in UTC."""
    return f"{moment.isoformat()}Z" if moment else ""


def write_exports(folder: Path, found: Sequence[Contact], *, seed: int = 0) -> list[Path]:
    """The four exports, each with its rows in an order of chance."""
    rows: dict[str, list[list[str]]] = {channel: [] for channel in CHANNELS}
    for number, one in enumerate(found):
        name, at = f"{one.channel}-{number}", stamp(one.at)
        rows[one.channel].append(
            {
                "phone": [name, one.spelling, "inbound", at],
                "email": [name, one.spelling, "email", at, stamp(one.resolved)],
                "chat": [name, one.spelling, "chat", "inbound", at],
                "messenger": [name, "AC0", at, "inbound", one.spelling, "whatsapp:+12125550900",
                              "1", "received"],
            }[one.channel]
        )  # fmt: skip
    chance = random.Random(seed)  # noqa: S311
    for some in rows.values():
        chance.shuffle(some)
    headers = {
        "phone": ["call_id", "customer_id", "direction", "started_at"],
        "email": ["ticket_id", "customer_email", "channel", "created_at", "resolved_at"],
        "chat": ["conversation_id", "customer_id", "channel", "direction", "sent_at"],
        "messenger": ["sid", "account_sid", "date_sent", "direction", "from", "to",
                      "num_segments", "status"],
    }  # fmt: skip
    return [
        write_csv(folder / f"{channel}.csv", headers[channel], rows[channel])
        for channel in CHANNELS
    ]


def write_customers(path: Path, persons: Sequence[Person], *, seed: int = 0) -> Path:
    """The customers file, its rows and columns in an order of chance."""
    chance = random.Random(seed)  # noqa: S311
    columns = ["ID", "Phone 1", "E-mail", "handle", "phone_2", "city"]
    chance.shuffle(columns)
    some = list(persons)
    chance.shuffle(some)
    lines = [
        {
            "ID": one.id,
            "Phone 1": f"0{one.phone[3:]}",
            "E-mail": f"{one.email.title()};x-{one.email}",
            "handle": one.handle,
            "phone_2": "-",
            "city": "Rasht",
        }
        for one in some
    ]
    return write_csv(path, columns, [[line[name] for name in columns] for line in lines])


def naive_fcr(found: Sequence[Contact], identity: dict[Contact, str]) -> tuple[int, int]:
    """Settled the first time, of resolved ones whose week has passed."""
    as_of = max(moment for one in found for moment in (one.at, one.resolved) if moment)
    good = every = 0
    for one in found:
        if one.resolved is None or one.resolved + WEEK > as_of:
            continue
        every += 1
        good += not any(
            identity[other] == identity[one] and one.at < other.at <= one.resolved + WEEK
            for other in found
        )
    return good, every


def naive_repeats(found: Sequence[Contact], identity: dict[Contact, str]) -> tuple[int, int]:
    """Within a week of an earlier contact, of all."""
    again = sum(
        any(identity[other] == identity[one] and one.at - WEEK <= other.at < one.at
            for other in found)
        for one in found
    )  # fmt: skip
    return again, len(found)


def naive_meetings(found: Sequence[Contact], identity: dict[Contact, str]) -> tuple[int, int]:
    """Met on several channels, of all who were met."""
    channels: dict[str, set[str]] = {}
    for one in found:
        channels.setdefault(identity[one], set()).add(one.channel)
    return sum(len(some) > 1 for some in channels.values()), len(channels)


def shares(value: Any) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of the total, by KPI."""
    return {
        row["kpi"]: (row["numerator"], row["denominator"]) for row in value["rows"] if row["total"]
    }


KPIS = ("--kpi", "fcr,repeat_contact_rate")
REGION = ("--set", "customers.region=IR")


@pytest.mark.parametrize("seed", range(3))
def test_four_channels_see_one_person(tmp_path: Path, seed: int) -> None:
    """With the file a person is one, without it one a spelling; both as computed naively."""
    persons = people(40)
    found = contacts(persons, seed)
    exports = write_exports(tmp_path, found)
    customers = write_customers(tmp_path / "customers.csv", persons[:30])
    known = set(persons[:30])
    of_source = {one: f"{one.channel} {one.spelling.removeprefix('whatsapp:')}" for one in found}
    linked = {one: one.person.id if one.person in known else of_source[one] for one in found}
    for identity, options in ((of_source, ()), (linked, ("--customers", customers, *REGION))):
        ran = run("report", *exports, *options, *KPIS, "--format", "json")
        assert shares(ran.json) == {
            "fcr": naive_fcr(found, identity),
            "repeat_contact_rate": naive_repeats(found, identity),
        }
        several, everyone = naive_meetings(found, identity)
        said = f"{several} of {everyone} customers were met on more than one channel"
        assert said in run("report", *exports, *options).text
        assert (said in ran.err) == bool(options)


def test_the_order_of_files_and_rows_does_not_matter(tmp_path: Path) -> None:
    """Exports and customers in another order: the same report."""
    persons = people(25)
    found = contacts(persons, 11)
    results = set()
    for seed in range(3):
        exports = write_exports(tmp_path / str(seed), found, seed=seed)
        customers = write_customers(tmp_path / f"{seed}.csv", persons, seed=seed)
        random.Random(seed).shuffle(exports)  # noqa: S311
        results.add(contents(report(*exports, "--customers", customers, *REGION, "--all")))
    assert 1 == len(results)


def test_rows_versions_and_duplicates_are_what_they_were(tmp_path: Path) -> None:
    """Who somebody is changes no event but its customer: same rows, order and accounting."""
    twice = [*SHOP_FILES, SHOP / "sms" / "twilio_messages.csv"]
    plain = run("events", *twice, "--format", "ndjson", "-v")
    linked = run("events", *twice, "--format", "ndjson", "-v", "--customers", SHOP_CUSTOMERS)
    accounts = [line for line in plain.err.splitlines() if " rows = " in line]
    assert accounts == [line for line in linked.err.splitlines() if " rows = " in line]
    without = [_without_customer(line) for line in plain.text.splitlines()]
    assert without == [_without_customer(line) for line in linked.text.splitlines()]


def _without_customer(line: str) -> str:
    return json.dumps({k: v for k, v in json.loads(line).items() if not k.startswith("customer_")})


def test_the_shop_against_its_list(tmp_path: Path) -> None:
    """Every customer id of the shop's events is the one that a plain look-up finds."""
    with SHOP_CUSTOMERS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    owner = {row[column]: row["id"] for row in rows for column in ("phone", "email") if row[column]}
    before, after = (
        pl.read_csv(io.BytesIO(run("events", SHOP, "--format", "csv", *options).out),
                    infer_schema=False)
        for options in ((), ("--customers", SHOP_CUSTOMERS))
    )  # fmt: skip
    for was, now, linked in zip(
        before["customer_id"], after["customer_id"], after["customer_linked"], strict=True
    ):
        assert (owner.get(was, was), str(was in owner).lower()) == (now, linked)


# --- events that were stored ------------------------------------------------------------------


def test_linked_customers_stay_linked_when_stored(tmp_path: Path) -> None:
    """Stored events give the report of the exports, alone and beside exports with the file."""
    exports = write_exports(tmp_path, contacts(people(20), 5))
    customers = write_customers(tmp_path / "customers.csv", people(12))
    options = ("--customers", customers, *REGION)
    expected = contents(report(*exports, *options, "--all"))
    stored, again, part = (tmp_path / f"{name}.parquet" for name in ("stored", "again", "part"))
    assert 0 == run("events", *exports, *options, "-o", stored).code
    assert 0 == run("events", stored, "-o", again).code
    assert 0 == run("events", *exports[:2], *options, "-o", part).code
    assert expected == contents(report(stored, "--all"))
    assert expected == contents(report(again, "--all"))
    assert expected == contents(report(stored, *options, "--all"))
    assert expected == contents(report(part, *exports[2:], *options, "--all"))


def test_a_customers_id_is_nobody_elses_when_stored(tmp_path: Path) -> None:
    """A source's own id that reads like a customer's stays apart, also when read again."""
    header = ["call_id", "customer_id", "direction", "started_at"]
    rows = [["k1", "5550102", "in", "2026-03-02 09:00"], ["k2", "08001", "in", "2026-03-03 09:00"]]
    calls = write_csv(tmp_path / "calls.csv", header, rows)
    # 5550102 is the id of one and the number of the other: whom the call means, nobody knows.
    customers = write_csv(tmp_path / "c.csv", ["id", "phone"], [["5550102", "08001"],
                                                                ["B", "5550102"]])  # fmt: skip
    options = (calls, "--customers", customers)
    ran = run("report", *options, *KPIS, "--format", "json")
    assert (0, 2) == shares(ran.json)["repeat_contact_rate"]
    assert "customer ids that fit several customers of" in ran.err
    stored = tmp_path / "e.parquet"
    assert 0 == run("events", *options, "-o", stored).code
    frame = pl.read_parquet(stored).sort("at")
    assert ["5550102", "5550102"] == frame["customer_id"].to_list()
    assert [False, True] == frame["customer_linked"].to_list()
    assert (0, 2) == shares(report(stored, *KPIS))["repeat_contact_rate"]


def test_events_without_a_customers_file_have_no_other_column() -> None:
    """The event table is what it was, and the library of numbers stays unloaded."""
    header = run("events", SHOP, "--format", "csv").text.splitlines()[0]
    assert "customer_linked" not in header
    code = (
        "import sys; from supportcli.cli import run; "
        f"run(['report', {str(SHOP)!r}, '--format', 'json', '-o', {'/dev/null'!r}]); "
        "print('phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "False" == done.stdout.strip(), done.stderr


# --- customers files of all kinds -------------------------------------------------------------

CALLS = (
    ["call_id", "customer_id", "direction", "started_at"],
    [["k1", "09121234567", "in", "2026-03-02 09:00"], ["k2", "ann@x.example", "in", "2026-03-03"]],
)


def with_customers(folder: Path, text: str | bytes, *options: str) -> Any:
    """The events of two calls with a customers file of this content."""
    path = folder / "customers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    calls = write_csv(folder / "calls.csv", *CALLS)
    return run("events", calls, "--format", "ndjson", "--customers", path, *REGION, *options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "customers.csv: the file is empty"),
        ("id,phone\n", "customers.csv: the file has a header and no rows"),
        ("name,phone\nAnn,1\n", "customers.csv: there is no column id"),
        ("id,phone\nA,09121234567\nB,+98 912 123 4567\n",
         'customers.csv:3 (phone): "+98 912 123 4567" is of B here, and of A in line 2'),
        ("id,email\nA,Ann <ANN@x.example>\nB,\nC,ann@x.example\n",
         'customers.csv:4 (email): "ann@x.example" is of C here, and of A in line 2'),
        ("id,phone2,phone1\nA,,09121234567|02188880000\nB,02188880000,\n",
         'customers.csv:3 (phone2): "02188880000" is of B here, and of A in line 2'),
        ("id,handle\nA,@Ann\nB,ann\n", 'customers.csv:3 (handle): "ann" is of B here, and of A'),
        ("id,id_2\nA,B\nB,\n", 'customers.csv:3 (id): "B" is of B here, and of A in line 2'),
        ("id,phone\nA,9.89E+11\n", 'customers.csv:2 (phone): "9.89E+11" has lost its digits'),
        ("id,phone\n1.03E+13,\n", 'customers.csv:2 (id): "1.03E+13" has lost its digits'),
        ("id,phone\nA,09121234567\n,02188880000\n",
         'customers.csv:3 (phone): "02188880000" is of a customer without an id'),
        ("id,phone\nA,09121234567,more\n", "customers.csv:2: the row has 3 cells"),
        (b"id,phone\n\xc3\xa9,\xff\xfe\xfa\n", "customers.csv:2: the bytes are no utf-8 text"),
        (b"PK\x03\x04" + bytes(200), "customers.csv"),
    ],
)  # fmt: skip
def test_a_customers_file_that_cannot_be_understood(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    """The run stops, with the file and the line."""
    code, said, _ = failure(with_customers(tmp_path, text))
    assert 3 == code
    assert said.removeprefix(f"{tmp_path}/").startswith(message)


def test_a_customers_file_that_is_not_there(tmp_path: Path) -> None:
    """A name that leads nowhere, or to a folder, is an error."""
    calls = write_csv(tmp_path / "calls.csv", *CALLS)
    for path in (tmp_path / "nowhere.csv", tmp_path):
        assert 3 == failure(run("report", calls, "--customers", path))[0]


@pytest.mark.parametrize(
    "text",
    [
        "id,phone,email\nA,09121234567,ann@x.example\n",
        "ID;Phone;E-Mail\nA;۰۹۱۲۱۲۳۴۵۶۷;ANN@x.example\n",
        "\ufeffid,phone,email,city\r\nA,+98 912 123 4567,-,\r\nA,-,ann@x.example,Rasht\r\n",
        "email,phone,id,phone\nann@x.example;ann@y.example,,A,0098-912-1234567\n",
        'id,email,phone\nA,"Ann <ann@x.example>; ann@y.example","=""09121234567"""\n',
        "id,id2,id3\nA,09121234567,ann@x.example\n",
        "id,phone,email\nA,9121234567,ann@x.example\n,,\n\n",
        "id,phone,email\n  A ,09121234567 | 02188880000,mailto:ann@x.example\n",
        "id,handle\nA,09121234567 ; ann@x.example\n",
    ],
)
def test_files_that_say_the_same(tmp_path: Path, text: str) -> None:
    """Names and order of columns, several values, rows or columns, digits: one customer."""
    ran = with_customers(tmp_path, text)
    assert 0 == ran.code, ran.err
    assert 2 == ran.text.count('"customer_id": "A"')
    assert 2 == ran.text.count('"customer_linked": true')


def test_a_customers_file_of_another_format(tmp_path: Path) -> None:
    """Whatever is read as an input is read as a customers file; numbers are texts."""
    calls = write_csv(tmp_path / "calls.csv", *CALLS)
    frame = pl.DataFrame({"id": [7, 8], "phone": [9121234567.0, None],
                          "email": [None, "ann@x.example"]})  # fmt: skip
    frame.write_parquet(tmp_path / "c.parquet")
    frame.write_ndjson(tmp_path / "c.ndjson")
    for name in ("c.parquet", "c.ndjson"):
        ran = run("events", calls, "--format", "csv", "--customers", tmp_path / name, *REGION)
        found = pl.read_csv(io.BytesIO(ran.out), infer_schema=False)["customer_id"].to_list()
        assert ["7", "8"] == sorted(found), ran.err
    frame = pl.DataFrame({"id": ["A", "B"], "phone": ["09121234567", "+989121234567"]})
    frame.write_parquet(tmp_path / "c.parquet")
    ran = run("events", calls, "--customers", tmp_path / "c.parquet", *REGION)
    assert "c.parquet, row 2 (phone)" in failure(ran)[1]
    assert failure(ran)[1].endswith("of A in row 1")


def test_values_that_are_none_are_told(tmp_path: Path) -> None:
    """A cell that holds no number or address is left out, and said."""
    ran = with_customers(tmp_path, "id,phone,email\nA,ask,09121234567\nB,02188880000,x@y.example\n")
    assert (
        "customers.csv: values that are no phone number: 1; the first is in line 2 (phone)"
        in ran.err
    )
    assert "customers.csv: values that are no address: 1; the first is in line 2 (email)" in ran.err
    assert "0 of 2 customer ids are in" in ran.err


def test_a_formula_is_a_text(tmp_path: Path) -> None:
    """An id that a spreadsheet would run reaches CSV with a guard before it."""
    ran = with_customers(tmp_path, 'id,phone\n"=cmd|x!A1",09121234567\n', "--format", "csv")
    assert ran.text.splitlines()[1].count("'=cmd|x!A1") == 1


def test_the_region_is_asked_for(tmp_path: Path) -> None:
    """Without a region a local number is compared as it stands, and the run says so."""
    calls = write_csv(tmp_path / "calls.csv", *CALLS)
    file = write_csv(tmp_path / "c.csv", ["id", "phone"], [["A", "+989121234567"]])
    ran = run("events", calls, "--customers", file, "--format", "ndjson")
    assert '"customer_id": "A"' not in ran.text
    assert "may be phone numbers without a country code: 1;" in ran.err
    file = write_csv(tmp_path / "c.csv", ["id", "phone"], [["A", "0912 123 45 67"]])
    ran = run("events", calls, "--customers", file, "--format", "ndjson")
    assert '"customer_id": "A"' in ran.text


def test_a_customers_file_among_the_exports_is_none(tmp_path: Path) -> None:
    """In a folder of exports the customers file is left out."""
    write_csv(tmp_path / "calls.csv", *CALLS)
    file = write_csv(tmp_path / "customers.csv", ["id", "email"], [["A", "ann@x.example"]])
    assert 1 == len(report(tmp_path, "--customers", file)["inputs"])


def test_a_hundred_thousand_customers(tmp_path: Path) -> None:
    """A long list is read in seconds."""
    count = 100_000
    rows = [[f"C{n}", f"0912{n:07d}", f"p{n}@example.com", f"nick{n}"] for n in range(count)]
    file = write_csv(tmp_path / "c.csv", ["id", "phone", "email", "handle"], rows)
    calls = write_csv(
        tmp_path / "calls.csv", CALLS[0],
        [[f"k{n}", f"98912{n:07d}", "in", "2026-03-02 09:00"] for n in range(0, count, 10)],
    )  # fmt: skip
    began = time.process_time()
    ran = run("events", calls, "--customers", file, *REGION, "--format", "parquet")
    assert 0 == ran.code, ran.err
    assert "10,000 of 10,000 customer ids are in" in ran.err
    assert time.process_time() - began < 20


# --- agents and teams -------------------------------------------------------------------------

AGENT_CONFIG = """\
[agents]
bots = ["bot*", "Helper"]
[agents.same]
"Jane Doe" = ["jane@example.com", "PJSIP/201*", "bot-jane"]
"Tom Fox" = ["tom@example.com", "PJSIP/2019"]
"Helper" = ["h1"]
[teams]
billing = ["jane@example.com"]
returns = ["TOM FOX"]
"""

AGENTS = {
    "jane@example.com": "Jane Doe",
    "JANE@Example.com": "Jane Doe",
    "jane  doe": "Jane Doe",
    "PJSIP/2012": "Jane Doe",
    "PJSIP/2019": "Tom Fox",
    "Tom Fox": "Tom Fox",
    "Ann": "Ann",
    "bot-jane": None,
    "h1": None,
    "bot7": None,
}
"""Names in an export, and who that is; None is a bot."""


def agent_calls(path: Path) -> Path:
    """A call for every agent, one after the other."""
    header = ["call_id", "customer_id", "agent", "direction", "started_at", "answered_at"]
    rows = [
        [f"k{n}", f"u{n}", name, "in", f"2026-03-02 {n:02d}:00:00", f"2026-03-02 {n:02d}:00:30"]
        for n, name in enumerate(AGENTS)
    ]
    return write_csv(path, header, rows)


@pytest.mark.parametrize("pattern", ["*bot*", "*b?t*7", "[bot]*", "**b**t**", "(?i)b+.{2}\\d*"])
def test_a_pattern_of_agents_knows_only_two_signs(tmp_path: Path, pattern: str) -> None:
    """However many * and ? a pattern has, they fit any marks; every other mark is itself."""
    likely = ["my bot 7", "[bot] 7", "b", "(?i)b+.{2}\\d", "bot7"]
    signs = {"*": ".*", "?": "."}
    regex = "".join(signs.get(mark) or re.escape(mark) for mark in pattern)
    bots = [name for name in likely if re.fullmatch(regex, name)]
    config = tmp_path / "supportkpi.toml"
    config.write_text(f"[agents]\nbots = ['{pattern}']\n", encoding="utf-8")
    calls = write_csv(
        tmp_path / "calls.csv", ["call_id", "agent", "direction", "started_at", "answered_at"],
        [[n, name, "in", "2026-03-02 09:00", "2026-03-02 09:01"] for n, name in enumerate(likely)],
    )  # fmt: skip
    (row,) = report(calls, "--config", config, "--kpi", "unanswered", "--by", "")["rows"]
    assert len(bots) == row["value"]


def test_agents_have_one_name(tmp_path: Path) -> None:
    """Aliases, patterns and other spellings are the agent; bots are known by either name."""
    config = tmp_path / "supportkpi.toml"
    config.write_text(AGENT_CONFIG, encoding="utf-8")
    calls = agent_calls(tmp_path / "calls.csv")
    rows = report(calls, "--config", config, "--by", "agent", "--kpi", "received")["rows"]
    counts = {row["agent"]: row["value"] for row in rows if not row["total"]}
    naive: dict[str | None, int] = {}
    for name in AGENTS.values():
        naive[name] = naive.get(name, 0) + 1
    assert naive == counts
    rows = report(calls, "--config", config, "--by", "team", "--kpi", "received")["rows"]
    assert {"billing": 4, "returns": 2, None: 4} == {
        row["team"]: row["value"] for row in rows if not row["total"]
    }
    events = run("events", calls, "--config", config, "--format", "csv").out
    named = pl.read_csv(io.BytesIO(events), infer_schema=False).sort("at")["agent_id"].to_list()
    shown = {**AGENTS, "bot-jane": "bot-jane", "h1": "Helper", "bot7": "bot7"}
    assert list(shown.values()) == named


def test_a_transfer_is_between_agents_not_names(tmp_path: Path) -> None:
    """Two names of one agent in a conversation hand nothing over."""
    header = ["conversation_id", "customer_id", "channel", "direction", "agent", "sent_at"]
    rows = [
        ["c1", "u1", "chat", "in", "", "2026-03-02 09:00:00"],
        ["c1", "u1", "chat", "agent", "jdoe", "2026-03-02 09:01:00"],
        ["c1", "u1", "chat", "agent", "Jane Doe", "2026-03-02 09:02:00"],
        ["c2", "u2", "chat", "in", "", "2026-03-02 09:00:00"],
        ["c2", "u2", "chat", "agent", "jdoe", "2026-03-02 09:01:00"],
        ["c2", "u2", "chat", "agent", "Tom", "2026-03-02 09:02:00"],
    ]
    chats = write_csv(tmp_path / "chats.csv", header, rows)
    ask = (chats, "--kpi", "transfer_rate")
    same = ("--set", 'agents.same."Jane Doe"=["jdoe"]')
    assert (2, 2) == shares(report(*ask))["transfer_rate"]
    assert (1, 2) == shares(report(*ask, *same))["transfer_rate"]
    stored = tmp_path / "e.parquet"
    assert 0 == run("events", chats, *same, "-o", stored).code
    assert (1, 2) == shares(report(stored, "--kpi", "transfer_rate"))["transfer_rate"]


def test_two_patterns_that_fit_one_agent(tmp_path: Path) -> None:
    """An agent whom the patterns of two fit is an error, not one of them by chance."""
    calls = agent_calls(tmp_path / "calls.csv")
    code, said, _ = failure(
        run("report", calls, "--set", 'agents.same.A=["pjsip/201*"]',
            "--set", 'agents.same.B=["*2012"]')
    )  # fmt: skip
    assert 2 == code
    assert said == '[agents.same]: the patterns of "A" and "B" both fit the agent "PJSIP/2012"'


def test_all_faults_of_the_configuration_at_once(tmp_path: Path) -> None:
    """Names of two agents, regions and keys that do not exist: each with its line."""
    config = tmp_path / "supportkpi.toml"
    config.write_text(
        """\
[customers]
file = "c.csv"
region = "UK"
regoin = "GB"
[agents.same]
"Jane Doe" = ["jdoe"]
Tom = ["JDOE", "tom"]
Ann = "ann"
""",
        encoding="utf-8",
    )
    ran = run("report", SHOP, "--config", config)
    no_region = '"UK" is no region in two letters, such as "IR" or "US"'
    assert 2 == ran.code
    assert [
        f'{config}:3 (customers.region): {no_region}; did you mean "GB"?',
        f'{config}:4 (customers.regoin): there is no such key; did you mean "region"?',
        f'{config}:7 (agents.same.Tom): "JDOE" is a name of "Jane Doe" already',
        f"{config}:8 (agents.same.Ann): this must be a list",
    ] == sorted(ran.errors)


@pytest.mark.parametrize(
    ("region", "hint"), [("ir", "IR"), ("+44", "GB"), ("0098", "IR"), ("IRN", "IR"), ("EL", "GR")]
)
def test_a_region_is_two_letters(region: str, hint: str) -> None:
    """What comes near is suggested, by the code that is dialled too."""
    ran = run("report", SHOP, "--set", f"customers.region='{region}'")
    assert 2 == ran.code
    assert ran.errors[0].endswith(f'did you mean "{hint}"?')


def test_the_file_is_sought_beside_the_configuration(tmp_path: Path) -> None:
    """A path in a configuration is meant from there; `--customers` from here, and goes before."""
    calls = write_csv(tmp_path / "calls.csv", *CALLS)
    write_csv(tmp_path / "c" / "list.csv", ["id", "email"], [["A", "ann@x.example"]])
    other = write_csv(tmp_path / "other.csv", ["id", "email"], [["B", "ann@x.example"]])
    config = tmp_path / "c" / "supportkpi.toml"
    config.write_text('[customers]\nfile = "list.csv"\n', encoding="utf-8")
    ask = ("events", calls, "--config", config, "--format", "ndjson")
    assert '"customer_id": "A"' in run(*ask).text
    assert '"customer_id": "B"' in run(*ask, "--customers", other).text
