"""The same list in every encoding, with every delimiter and line end, in every kind of file.

However a list comes, it gives the same events, anomalies and facts, of which all else is made; and
in every kind of file the same report, all rows of it and all anomalies.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
import xlsxwriter

from command import contents, report, run
from exports import KINDS, Table, as_csv, as_parquet, as_text, as_xlsx, read_csv
from supportcli.events import event_table, read_log
from supportcli.facts import SourceFacts
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources.source import Source, built_in_sources
from test_recognition import in_layout, put, table_of_samples

QUESTION: Final = ("--all", "--by", "channel,agent,topic,team", "--period", "month")
PLAIN_NAMES: Final = (
    "ticket_id", "created_at", "first_response_at", "resolved_at", "updated_at", "channel",
    "customer_id", "agent", "team", "topic", "priority", "csat", "handle_time", "note",
)  # fmt: skip


def tickets(agents: Sequence[str], teams: Sequence[str], topics: Sequence[str]) -> Table:
    """Sixty tickets of March; one in seven is open, one in three rated."""
    rows = []
    for number in range(60):
        created = dt.datetime(2026, 3, 1, 8) + dt.timedelta(hours=11 * number, minutes=number)
        replied = created + dt.timedelta(minutes=7 * number + 1)
        resolved = replied + dt.timedelta(hours=3 * number) if number % 7 else None
        rows.append((
            f"00{number + 100}",
            f"{created:%Y-%m-%d %H:%M:%S}",
            f"{replied:%Y-%m-%d %H:%M:%S}" if number % 5 else "",
            f"{resolved:%Y-%m-%d %H:%M:%S}" if resolved else "",
            f"{created + dt.timedelta(days=20):%Y-%m-%d %H:%M:%S}",
            ("email", "chat", "phone", "web form")[number % 4],
            f"c{number % 17}",
            agents[number % len(agents)],
            teams[number % len(teams)],
            topics[number % len(topics)],
            ("high", "normal")[number % 2],
            str(number % 5 + 1) if number % 3 == 0 else "",
            str(60 * number),
            'says "now", and; then\tleaves' if number % 6 == 0 else "",
        ))  # fmt: skip
    return Table(PLAIN_NAMES, tuple(rows))


WESTERN: Final = tickets(
    ("Zoë Müller", "José Peña", "Anaïs", "Bob"), ("Köln", "Málaga"), ("Rück, Ärger", "año; fín")
)
"""What windows-1252 can write; cells with a comma, a semicolon, quotes and a tab."""

ARABIC: Final = tickets(
    ("علي رضا", "مريم كريمي", "گلي", "پرويز"),
    ("پشتيباني", "فروش"),
    ("باز، پرداخت", "چاپ, ژاله; كم"),
)
"""What windows-1256 can write, with the Arabic forms of two letters."""

ENCODINGS: Final = {
    "UTF-8": "utf-8",
    "UTF-8 with a mark": "utf-8-sig",
    "UTF-16": "utf-16",
    "UTF-16 big end first, with a mark": "utf-16-be",
    "UTF-16 without a mark": "utf-16-le",
    "windows-1252": "cp1252",
    "windows-1256": "cp1256",
}
LINE_ENDS: Final = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def encoded(text: str, name: str) -> bytes:
    """The text in one of the encodings."""
    mark = "\ufeff" if name == "UTF-16 big end first, with a mark" else ""
    return (mark + text).encode(ENCODINGS[name])


def report_of(path: Path, *arguments: object) -> bytes:
    """What a report says of a file."""
    value = report(path, *QUESTION, *arguments)
    (intake,) = value["inputs"]
    assert (60, 60) == (intake["rows"] - sum(intake["skipped"].values()), intake["events"])
    return contents(value)


@dataclass(frozen=True)
class Read:
    """What was understood of a file: all that a report is made of, but for the file's name."""

    events: tuple[tuple[object, ...], ...]
    facts: tuple[SourceFacts, ...]
    anomalies: dict[str, int]


def read_of(path: Path) -> Read:
    """What is understood of a file, its rows accounted for."""
    log = read_log(ReadOptions((str(path),)), Settings(), TYPES)
    (intake,) = log.intakes
    intake.check()
    assert (60, 60) == (intake.rows - sum(intake.skipped.values()), intake.events)
    return Read(tuple(event_table(log).rows()), tuple(log.facts), log.anomalies)


@pytest.fixture(scope="module")
def plainly() -> Callable[[Table], Read]:
    """What is understood of a table in the plainest file there is, found once."""

    @cache
    def of(table: Table) -> Read:
        with tempfile.TemporaryDirectory() as folder:
            return read_of(put(Path(folder), as_csv(table)))

    return of


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Table], bytes]:
    """The report of a table in the plainest file there is, made once."""
    known: dict[Table, bytes] = {}

    def of(table: Table) -> bytes:
        if table not in known:
            known[table] = report_of(put(tmp_path_factory.mktemp("plain"), as_csv(table)))
        return known[table]

    return of


def tables_for(encoding: str) -> list[Table]:
    """The lists that can be written so."""
    return {"cp1252": [WESTERN], "cp1256": [ARABIC]}.get(ENCODINGS[encoding], [WESTERN, ARABIC])


@dataclass(frozen=True)
class Way:
    """One way to write a list as text."""

    encoding: str
    delimiter: str
    line_end: str

    def write(self, table: Table, above: Sequence[str] = (), below: Sequence[str] = ()) -> bytes:
        """The list in bytes, with lines above and below it."""
        end = LINE_ENDS[self.line_end]
        text = as_text(table, delimiter=DELIMITERS[self.delimiter], line_end=end)
        before, after = ("".join(f"{line}{end}" for line in lines) for lines in (above, below))
        return encoded(f"{before}{text}{after}", self.encoding)

    @property
    def table(self) -> Table:
        """A list that can be written so; those that can write both scripts take turns."""
        tables = tables_for(self.encoding)
        return tables[(len(self.delimiter) + len(self.line_end)) % len(tables)]

    def __str__(self) -> str:
        return f"{self.encoding}, {self.delimiter}, {self.line_end}"


WAYS: Final = [Way(*one) for one in product(ENCODINGS, DELIMITERS, LINE_ENDS)]


def name_of(value: object) -> str | None:
    """A short name of a case."""
    if isinstance(value, Way):
        return str(value)
    return {id(WESTERN): "western", id(ARABIC): "arabic"}.get(id(value))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_list_is_the_same_in_every_kind_of_text(way: Way, tmp_path: Path, plainly: Any) -> None:
    """Encoding, delimiter and line ends make no difference."""
    assert plainly(way.table) == read_of(put(tmp_path, way.write(way.table)))


@pytest.mark.parametrize("way", WAYS[::4], ids=str)
@pytest.mark.parametrize("gap", [(), ("",)], ids=["tight", "with blank lines"])
def test_lines_around_a_list_make_no_difference(
    way: Way, gap: tuple[str, ...], tmp_path: Path, plainly: Any
) -> None:
    """A title above the header and a phrase below the rows are no tickets."""
    above, below = ("Tickets of March 2026", *gap), (*gap, "Exported on 2026-04-01 by Support")
    assert plainly(way.table) == read_of(put(tmp_path, way.write(way.table, above, below)))


@pytest.mark.parametrize("encoding", ["windows-1252", "windows-1256", "UTF-16 without a mark"])
def test_a_guessed_encoding_is_said(encoding: str, tmp_path: Path) -> None:
    """What nothing in the file states is told on standard error, and can be stated."""
    (table, *_) = tables_for(encoding)
    path = put(tmp_path, encoded(as_text(table), encoding))
    name = {"UTF-16 without a mark": "utf-16-le"}.get(encoding, encoding)
    said = f"{path} states no encoding; it was read as {name}"
    guessed = run("report", path, "--format", "json")
    stated = run("report", path, "--format", "json", "--encoding", name)
    assert said in guessed.err
    assert said not in stated.err
    assert contents(guessed.json) == contents(stated.json)


@pytest.mark.parametrize("table", [WESTERN, ARABIC], ids=name_of)
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_the_same_in_every_kind_of_file(
    table: Table, kind: str, tmp_path: Path, plain: Any
) -> None:
    """A workbook, Parquet, JSON in its two forms, TSV and gzip give the report of the CSV."""
    assert plain(table) == report_of(put(tmp_path, KINDS[kind](table), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_a_file_is_not_needed(kind: str, tmp_path: Path, plain: Any) -> None:
    """A file is known by what is in it; from standard input, or under a wrong name, as well."""
    content = KINDS[kind](WESTERN)
    assert plain(WESTERN) == contents(report("-", *QUESTION, stdin=content))
    assert plain(WESTERN) == report_of(put(tmp_path, content, "bak"))


TIMES: Final = ("created_at", "first_response_at", "resolved_at", "updated_at")


def typed(table: Table) -> pl.DataFrame:
    """The list with columns that know their types, as a database writes it."""
    frame = pl.DataFrame(table.rows, schema=dict.fromkeys(table.names, pl.String), orient="row")
    times = [
        pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).alias(name)
        for name in TIMES
    ]
    empty = pl.col("csat", "note").replace("", None)
    return frame.with_columns(*times, empty).with_columns(
        pl.col("csat").cast(pl.Float64), pl.col("handle_time").cast(pl.Int64)
    )


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tehran"])
def test_a_typed_table_gives_the_same_events(
    unit: Any, zone: str | None, tmp_path: Path, plainly: Any
) -> None:
    """Times and numbers that Parquet has as such are those that a text states."""
    frame = typed(WESTERN).with_columns(pl.col(TIMES).dt.cast_time_unit(unit))
    if zone is not None:
        moments = pl.col(TIMES).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        frame = frame.with_columns(moments)
    frame.write_parquet(tmp_path / "export.parquet")
    assert plainly(WESTERN) == read_of(tmp_path / "export.parquet")


def typed_workbook(table: Table, *, above: int = 0) -> bytes:
    """The list as a spreadsheet holds it: dates that are dates, numbers that are numbers."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet("Tickets")
        if above:
            sheet.write_string(0, 0, "Tickets of March 2026")
        sheet.write_row(above, 0, table.names)
        for number, row in enumerate(typed(table).rows(), start=above + 1):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(number, place, cell, date)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell)
        book.add_worksheet("Notes").write_string(0, 0, "nothing")
    return stream.getvalue()


@pytest.mark.parametrize("above", [0, 1, 3])
def test_a_workbook_with_dates_gives_the_same_report(
    above: int, tmp_path: Path, plain: Any
) -> None:
    """Dates and numbers of a spreadsheet, with and without a title, are those of the text."""
    path = put(tmp_path, typed_workbook(WESTERN, above=above), "xlsx")
    assert plain(WESTERN) == report_of(path)


def zipped(content: bytes) -> bytes:
    """A zip file of one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("folder/export.csv", content)
    return stream.getvalue()


PACKED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": gzip.compress,
    "zip": zipped,
    "gz.gz": lambda content: gzip.compress(gzip.compress(content)),
    "two members.gz": lambda content: gzip.compress(content[:777]) + gzip.compress(content[777:]),
}


@pytest.mark.parametrize("way", PACKED)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "windows-1256"])
def test_a_packed_list_gives_the_same_events(
    way: str, encoding: str, tmp_path: Path, plainly: Any
) -> None:
    """Packing makes no difference, whatever is packed."""
    text = as_text(ARABIC, delimiter=";", line_end="\r\n")
    assert plainly(ARABIC) == read_of(put(tmp_path, PACKED[way](encoded(text, encoding)), way))


# A Persian list and its twin


def persian(number: object) -> str:
    """The digits as Persian writes them."""
    return str(number).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


PERSIAN_NAMES: Final = {
    "ticket_id": "شماره تیکت",
    "created_at": "تاریخ ایجاد",
    "first_response_at": "زمان اولین پاسخ",
    "resolved_at": "تاریخ بسته شدن",
    "channel": "کانال",
    "customer_id": "مشتری",
    "agent": "کارشناس",
    "team": "دپارتمان",
    "topic": "دسته بندی",
    "priority": "اولویت",
    "csat": "امتیاز رضایت",
}
PERSIAN_CHANNELS: Final = {
    "email": "ایمیل", "chat": "چت", "phone": "تلفن", "web form": "فرم وب"
}  # fmt: skip


def jalali(stamp: str) -> str:
    """A time as a Persian export writes it."""
    from persiantools.jdatetime import JalaliDateTime

    if not stamp:
        return ""
    time = JalaliDateTime(dt.datetime.fromisoformat(stamp))
    return persian(f"{time.year}/{time.month:02}/{time.day:02} {time.hour:02}:{time.minute:02}")


def twins() -> tuple[Table, Table]:
    """A list in English, its times in whole minutes, and the same in Persian."""
    source = tickets(("Mina", "Arash"), ("Support", "Sales"), ("Refund",))
    kept = source.with_columns([source.names.index(name) for name in PERSIAN_NAMES])
    english = kept.with_rows(
        tuple(
            cell[:16] if name in TIMES else cell for name, cell in zip(kept.names, row, strict=True)
        )
        for row in kept.rows
    )
    native = english.with_rows(
        tuple(
            jalali(cell) if name in TIMES
            else PERSIAN_CHANNELS[cell] if name == "channel"
            else persian(cell) if name == "csat"
            else cell
            for name, cell in zip(english.names, row, strict=True)
        )
        for row in english.rows
    )  # fmt: skip
    return english, native.renamed(PERSIAN_NAMES.__getitem__)


@pytest.mark.parametrize("kind", KINDS)
def test_a_persian_list_and_its_twin_give_the_same_events(
    kind: str, tmp_path: Path, plainly: Any
) -> None:
    """Persian names, Jalali dates, Persian digits and words say what the English list says."""
    english, native = twins()
    assert plainly(english) == read_of(put(tmp_path, KINDS[kind](native), kind))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("ی", "ي").replace("ک", "ك"),
        lambda text: text.replace(" ", "\u200c"),
        lambda text: f"\u200f{text}\u200e",
        lambda text: text.replace(" ", ""),
        lambda text: "\u0640".join(text[:2]) + text[2:],
    ],
    ids=["Arabic letters", "no width", "marks of direction", "no space", "tatweel"],
)
def test_how_persian_is_typed_makes_no_difference(
    change: Callable[[str], str], tmp_path: Path, plainly: Any
) -> None:
    """The names of columns and channels in all the ways in which people type them."""
    english, native = twins()
    place = native.names.index(PERSIAN_NAMES["channel"])
    typed_so = native.renamed(change).with_rows(
        (*row[:place], change(row[place]), *row[place + 1 :]) for row in native.rows
    )
    assert plainly(english) == read_of(put(tmp_path, as_csv(typed_so)))


# Every source in every kind of file


def events_of(path: Path, agents: Sequence[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What became of the rows of a file, and its events in some order."""
    log = read_log(ReadOptions((str(path),), agents=tuple(agents)), Settings(), TYPES)
    (intake,) = log.intakes
    events = event_table(log).to_dicts()
    return vars(replace(intake, path="")), sorted(events, key=repr)


SAMPLED: Final = [
    pytest.param(source, table, id=source.name)
    for source in built_in_sources()
    if source.refused is None
    and (source.file.header or source.file.header_optional)
    and (table := table_of_samples(source)) is not None
]


@pytest.mark.parametrize(("source", "table"), SAMPLED)
def test_a_source_gives_the_same_events_from_every_kind_of_file(
    source: Source, table: Table, tmp_path: Path
) -> None:
    """The columns of a system's CSV as TSV, gzip, XLSX, Parquet, NDJSON and JSON."""
    agents = [name for sample in source.samples for name in sample.agents]
    found = {
        kind: events_of(put(tmp_path, write(in_layout(table, source, kind)), kind), agents)
        for kind, write in KINDS.items()
    }
    assert dict.fromkeys(KINDS, found["csv"]) == found


SHOP: Final = Path(__file__).parent.parent / "sample_data" / "shop"


@pytest.mark.parametrize("write", [as_parquet, as_xlsx, KINDS["ndjson"]])
def test_the_exports_of_a_shop_give_the_same_events(
    write: Callable[[Table], bytes], tmp_path: Path
) -> None:
    """Whole exports, hundreds of rows, in other kinds of file."""
    for name in ("email/zendesk_tickets.csv", "chat/livechat_chats.csv", "sms/twilio_messages.csv"):
        path = SHOP / name
        kind = next(kind for kind, one in KINDS.items() if one is write)
        made = put(tmp_path, write(read_csv(path.read_bytes())), kind)
        assert events_of(path, ()) == events_of(made, ())


def test_json_may_leave_out_what_is_empty(tmp_path: Path, plain: Any) -> None:
    """An object without a key says what one with a null says, however early or late it comes."""
    lines = [{k: v for k, v in one.items() if v is not None} for one in WESTERN.records]
    text = "".join(f"{json.dumps(one)}\n" for one in sorted(lines, key=len))
    assert plain(WESTERN) == report_of(put(tmp_path, text.encode(), "ndjson"))
    assert plain(WESTERN) == report_of(put(tmp_path, text.replace("\n", "").encode(), "json"))
