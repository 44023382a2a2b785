"""Broken files: whatever is done to an export, it is read without loss or refused with a reason.

Never a traceback, and never a row that silently is not there. What only rearranges a file changes
none of its events.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import random
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import conserved, run
from examples import examples
from exports import KINDS, Table, as_csv, as_text, read_csv
from supportcli.errors import InputError, SupportkpiError, UsageError
from supportcli.events import EventLog, event_table, read_log
from supportcli.intake import MaxRejects, ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from test_formats import WESTERN, twins

HERE: Final = Path(__file__).parent
LOOKALIKE: Final = HERE / "lookalike"
SHOP: Final = HERE.parent / "sample_data" / "shop"

ALL: Final = MaxRejects(share=None)
"""Any number of rejected rows may pass, so that more files succeed and are counted."""


@dataclass(frozen=True)
class Start:
    """A good file: its name, its bytes, and who the agents in it are."""

    name: str
    content: bytes
    agents: tuple[str, ...] = ()
    header: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.name


NO_HEADER_ON_TOP: Final = ("asterisk", "chatwoot", "surveymonkey")
"""Look-alikes whose names do not stand in the first line, or in more than that."""


def header_of(name: str, content: bytes) -> tuple[str, ...]:
    """The names in the first line of a plain CSV file; nothing for any other."""
    if not name.endswith(".csv") or name.startswith(NO_HEADER_ON_TOP):
        return ()
    first = content.decode("utf-8-sig").partition("\n")[0]
    return tuple(next(csv.reader([first]))) if first.count(",") > first.count(";") else ()


def lookalikes() -> list[Start]:
    """Every look-alike that is read, and two of them in other kinds of file."""
    found = []
    for golden in sorted(LOOKALIKE.glob("*.golden.toml")):
        name = golden.name.removesuffix(".golden.toml")
        told = tomllib.loads(golden.read_text(encoding="utf-8"))
        agents = tuple(told.get("agents", ()))
        content = (LOOKALIKE / name).read_bytes()
        found.append(Start(name, content, agents, header_of(name, content)))
    chats = read_csv((LOOKALIKE / "livechat_chats.csv").read_bytes())
    found += [Start(f"livechat.{kind}", write(chats)) for kind, write in KINDS.items()]
    queue = (LOOKALIKE / "queue_log").read_bytes()
    return [*found, Start("queue_log.gz", gzip.compress(queue, mtime=0))]


STARTS: Final = lookalikes()


def log_of(path: Path, agents: Sequence[str] = ()) -> EventLog:
    """A file through the whole intake, every reject allowed."""
    options = ReadOptions((str(path),), agents=tuple(agents), max_rejects=ALL)
    return read_log(options, Settings(), TYPES)


# Bytes broken

PIECES: Final = [
    b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\n\n\n", b"\\", b'\\"',
    b"\0", b"\0" * 50, b"\x1a", b"\xff", b"\xfe\xff", codecs.BOM_UTF8, codecs.BOM_UTF16_LE,
    b"\xed\xa0\x80", b"\xc3", b"\xc3\xa9\xc3", b"\xe2\x80\xa8", b"\x85", b"\x98", b"PAR1",
    b"PK\x03\x04", b"\x1f\x8b\x08", b"{", b"}", b"[", b"]", b"[" * 3_000, b'{"a":' * 2_000,
    b"null", b"NaN", b"1e999", b"-", b"\\u0000", b"\\ud800", b"\\x0B", b"x" * 70_000, b"9" * 400,
    b"\xd9\xa1\xd9\xa2", "۱۴۰۴/۱۳/۴۵".encode(), b"0000-00-00 00:00:00", b"9999-12-31 23:59:59",
    b"1969-12-31T23:59:59Z", b"-99999999999999999999", b"<html>", b"sep=;\n", b"Total,,,,\n",
]  # fmt: skip
"""What breaks readers: marks, halves of characters, deep nesting, giants, times that are none."""

places = st.floats(min_value=0, max_value=1)


def at(content: bytes, place: float) -> int:
    """A place in the bytes, by its share of their length."""
    return int(place * len(content))


@st.composite
def inserted(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Something put in somewhere."""
    place, piece = draw(places), draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    return lambda content: content[: at(content, place)] + piece + content[at(content, place) :]


@st.composite
def overwritten(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Some bytes turned into others."""
    place, piece = draw(places), draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    return lambda content: (
        content[: at(content, place)] + piece + content[at(content, place) + len(piece) :]
    )


@st.composite
def deleted(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Some bytes taken out."""
    place, count = draw(places), draw(st.integers(1, 200))
    return lambda content: content[: at(content, place)] + content[at(content, place) + count :]


@st.composite
def cut(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """The end, or the beginning, lost."""
    place, from_start = draw(places), draw(st.booleans())
    return lambda content: (
        content[at(content, place) :] if from_start else content[: at(content, place)]
    )


@st.composite
def repeated(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A part of the file twice, as a transfer that was taken up again leaves it."""
    place, count = draw(places), draw(st.integers(1, 2_000))

    def change(content: bytes) -> bytes:
        start = at(content, place)
        return content[: start + count] + content[start:]

    return change


def recoded(source: str, target: str) -> Callable[[bytes], bytes]:
    """The text read in one encoding and written in another."""

    def change(content: bytes) -> bytes:
        return content.decode(source, errors="replace").encode(target, errors="replace")

    change.__name__ = f"{source}_to_{target}"
    return change


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Every mark made another."""

    def change(content: bytes) -> bytes:
        return content.replace(old, new)

    change.__name__ = f"{old!r}_to_{new!r}"
    return change


def swapped_case(content: bytes) -> bytes:
    """Capitals for small letters and the other way round, in what is ASCII."""
    return content.swapcase()


def half_packed(content: bytes) -> bytes:
    """The first half of the file packed with gzip."""
    packed = gzip.compress(content, mtime=0)
    return packed[: len(packed) // 2]


WHOLE: Final = [
    recoded("utf-8", "utf-16"),
    recoded("utf-8", "utf-16-le"),
    recoded("utf-8", "cp1256"),
    recoded("utf-8", "utf-32"),
    recoded("cp1252", "utf-8"),
    recoded("utf-8", "utf-7"),
    replaced(b",", b";"),
    replaced(b",", b"\t"),
    replaced(b"\n", b"\r"),
    replaced(b"\n", b"\r\n"),
    replaced(b"\n", b"\n\n"),
    replaced(b'"', b""),
    replaced(b'"', b'""'),
    replaced(b'"', b"'"),
    replaced(b"2026", b"0000"),
    replaced(b"2", "۲".encode()),
    replaced(b"0", b""),
    swapped_case,
    half_packed,
]
"""Changes of all of a file."""

changes = st.lists(
    inserted() | overwritten() | deleted() | cut() | repeated() | st.sampled_from(WHOLE),
    min_size=1,
    max_size=4,
)


def broken(start: Start, ways: Sequence[Callable[[bytes], bytes]]) -> bytes:
    """The file after all of that."""
    content = start.content
    for way in ways:
        content = way(content)
    return content


def records_in(content: bytes, header: Sequence[str]) -> int | None:
    """How many rows the strictest reader finds under an untouched header; None where it is lost.

    Lines of nothing are no rows.
    """
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    if not rows or rows[0] != list(header) or "\0" in text:
        return None
    return sum(any(cell.strip() for cell in row) for row in rows[1:])


COMMANDS: Final = [
    ["report", "--all", "--format", "json", "--max-rejects", "100%"],
    ["report", "--format", "json"],
    ["events", "--format", "ndjson", "--max-rejects", "100%"],
    ["conversations", "--format", "csv", "--max-rejects", "100%"],
    ["inspect"],
]
"""What may be asked of a file."""


def check_log(log: EventLog) -> None:
    """Every row is accounted for, every event is there and has a time."""
    for intake in log.intakes:
        intake.check()
    events = event_table(log)
    assert sum(intake.events for intake in log.intakes) == events.height
    assert events["at"].null_count() == 0
    assert len(log.rejects) == sum(intake.rejected for intake in log.intakes)


def survive(path: Path, agents: Sequence[str]) -> EventLog | None:
    """The log of a file that may be broken; None where it is refused as it should be."""
    try:
        log = log_of(path, agents)
    except SupportkpiError as error:
        refusal = error
    else:
        check_log(log)
        return log
    assert str(path) in refusal.message, refusal.message
    assert isinstance(refusal, (InputError, UsageError))
    return None


@pytest.mark.parametrize("start", STARTS, ids=repr)
@examples(5)
@given(ways=changes)
def test_a_broken_file_is_read_whole_or_refused(
    start: Start, ways: list[Callable[[bytes], bytes]], tmp_path: Path
) -> None:
    """Bytes put in, taken out, lost and re-encoded: no traceback, and no row lost in silence."""
    content = broken(start, ways)
    path = tmp_path / start.name
    path.write_bytes(content)
    log = survive(path, start.agents)
    if log is not None and start.header and b"\r" not in content:
        expected = records_in(content, start.header)
        assert expected in {None, log.intakes[0].rows}


@examples(30)
@given(start=st.sampled_from(STARTS), ways=changes, command=st.sampled_from(COMMANDS))
def test_a_broken_file_never_breaks_a_command(
    start: Start, ways: list[Callable[[bytes], bytes]], command: list[str], tmp_path: Path
) -> None:
    """On the command line it ends well, or with one error and its exit code; beside others too."""
    path, good = tmp_path / f"broken-{start.name}", tmp_path / start.name
    path.write_bytes(broken(start, ways))
    good.write_bytes(start.content)
    agents = (
        ["--agents", ",".join(start.agents)] if start.agents and "inspect" not in command else []
    )
    ran = run(*command, path, *([] if "inspect" in command else [good]), *agents)
    assert ran.code in {0, 2, 3}, ran.err
    assert "Traceback" not in ran.err
    assert (ran.code != 0) == bool(ran.errors)
    if ran.code == 0 and command[0] == "report":
        conserved(ran.json)


# Files rearranged


@cache
def tables() -> dict[str, Table]:
    """Good exports, some tens of rows of each."""
    found = {
        name: read_csv((SHOP / name).read_bytes())
        for name in (
            "email/zendesk_tickets.csv",
            "chat/livechat_chats.csv",
            "sms/twilio_messages.csv",
        )
    }
    found |= {
        name: read_csv((LOOKALIKE / name).read_bytes())
        for name in (
            "gorgias_tickets.csv",
            "hubspot_tickets.csv",
            "servicenow_incident_event_log.csv",
        )
    }
    found |= {"tickets": WESTERN, "persian tickets": twins()[1]}
    return {name: table.with_rows(table.rows[:40]) for name, table in found.items()}


HOSTILE: Final = [
    "yesterday", "2026-02-30 09:00", "-1", "1e400", "NaN", "1.03E+13", "0", "00", "true", "NULL",
    'says "no"', '"', "a,b;c|d\te", "line\nbreak", "=1+1", "+49", "@x", "'-", "'=x", " padded ",
    "\u202eabc", "سلام، خوبی؟", "۱۲۳", "😀", "x" * 2_000, "[None]", "\\", "ends with \\",
]  # fmt: skip
"""Cells that are not what their column is for."""


@dataclass(frozen=True)
class Form:
    """One way in which the same rows may come."""

    kind: str
    delimiter: str
    line_end: str
    encoding: str
    quoting: Any
    seed: int
    change: Callable[[str], str]
    moves_columns: bool

    def write(self, table: Table) -> bytes:
        """The table rearranged, in bytes."""
        chance = random.Random(self.seed)  # noqa: S311
        rows = list(table.rows)
        chance.shuffle(rows)
        order = list(range(len(table.names)))
        if self.moves_columns:
            chance.shuffle(order)
        moved = table.with_rows(rows).with_columns(order).renamed(self.change)
        if self.kind != "csv":
            return KINDS[self.kind](moved)
        text = as_text(
            moved, delimiter=self.delimiter, line_end=self.line_end, quoting=self.quoting
        )
        return text.encode(self.encoding)


forms = st.builds(
    Form,
    kind=st.sampled_from(["csv", "csv", "csv", *KINDS]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    seed=st.integers(0, 1_000),
    change=st.sampled_from([str, str.upper, str.lower, str.title]),
    moves_columns=st.booleans(),
)


def outcome(path: Path) -> tuple[dict[str, Any], Counter[str]] | str:
    """What became of the rows, and the events; the kind of error of a file that is refused."""
    log = survive(path, ())
    if log is None:
        return "refused"
    (intake,) = log.intakes
    kept = {name: value for name, value in vars(intake).items() if name != "path"}
    reasons = Counter(reject.reason for reject in log.rejects)
    return kept | reasons, Counter(map(repr, event_table(log).to_dicts()))


@examples(24)
@given(
    name=st.sampled_from(sorted(tables())),
    form=forms,
    spoilt=st.lists(
        st.tuples(st.integers(0, 39), st.integers(0, 50), st.sampled_from(HOSTILE)), max_size=6
    ),
)
def test_a_file_rearranged_gives_the_same_events(
    name: str, form: Form, spoilt: list[tuple[int, int, str]], tmp_path: Path
) -> None:
    """Rows shuffled, columns moved and renamed, other marks: the same rows meet the same fate."""
    table = tables()[name]
    rows = [list(row) for row in table.rows]
    for row, column, text in spoilt:
        rows[row % len(rows)][column % len(table.names)] = text
    table = table.with_rows(map(tuple, rows))
    plain, other = tmp_path / "plain.csv", tmp_path / f"other.{form.kind}"
    plain.write_bytes(as_csv(table))
    other.write_bytes(form.write(table))
    expected = outcome(plain)
    assert expected == outcome(other)
    if not isinstance(expected, str):
        assert expected[0]["rows"] == len(table.rows)
