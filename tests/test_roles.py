"""Chats that do not say who is an agent: who is who, whose party a reply belongs to, who is asked.

The chats are CSV files with a mapping of their own, so that only `[roles]` is proved here.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import failure, run
from examples import examples
from supportcli.errors import UsageError
from supportcli.events import event_table, read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Agents, Settings

MAPPING = """
grain   = "event"
channel = "messenger"

[roles]
author = "who"
name   = "called"
to     = "answers"
chat   = "room"

[file.skip_where]
nobody = "role IS NULL"

[session]
gap = "24h"

[fields]
at             = "sent"
customer_id    = "party"
agent_id       = "CASE WHEN role = 'agent' THEN called END"
contacted_at   = { from = "at", when = "role = 'customer'" }
replied_at     = { from = "at", when = "role = 'agent'" }
bot_replied_at = { from = "at", when = "role = 'bot'" }
"""
HEADER = ("room", "who", "called", "answers")

Message = tuple[str, str, str, str]


def said(who: str, *, room: str = "r", called: str = "", answers: str = "") -> Message:
    """One message of a chat."""
    return (room, who, called or who, answers)


def chat(folder: Path, messages: Sequence[Message], mapping: str = MAPPING) -> Path:
    """A chat, one message a minute, with its mapping beside it."""
    folder.mkdir(exist_ok=True)
    (folder / "chat.toml").write_text(mapping, encoding="utf-8")
    path = folder / "chat.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*HEADER, "sent"])
        for number, message in enumerate(messages):
            sent = f"2026-03-{2 + number // 1440:02d} {number // 60 % 24:02d}:{number % 60:02d}:00"
            writer.writerow([*message, sent])
    return path


def cast(path: Path, *agents: str, settings: Settings | None = None) -> list[tuple[str, str]]:
    """Role and party of every event, in order."""
    options = ReadOptions((str(path),), source=str(path.with_suffix(".toml")), agents=agents)
    events = event_table(read_log(options, settings or Settings(), TYPES))
    times = {"contacted_at": "customer", "replied_at": "agent", "bot_replied_at": "bot"}
    return [
        (next(role for name, role in times.items() if event[name]), event["customer_id"])
        for event in events.to_dicts()
    ]


def refusal(path: Path, *agents: str, settings: Settings | None = None) -> UsageError:
    """The error of a chat that cannot be read so."""
    with pytest.raises(UsageError) as refused:
        cast(path, *agents, settings=settings)
    return refused.value


def test_a_reply_belongs_to_the_customer_before_it(tmp_path: Path) -> None:
    """In a chat of several, the customer who wrote last; at its beginning, who writes first."""
    path = chat(tmp_path, [said("Sue"), said("ann"), said("Sue"), said("bob"), said("Sue")])
    assert cast(path, "Sue") == [
        ("agent", "ann"), ("customer", "ann"), ("agent", "ann"), ("customer", "bob"),
        ("agent", "bob"),
    ]  # fmt: skip


def test_a_reply_that_says_whom_it_answers_belongs_to_that_customer(tmp_path: Path) -> None:
    """Whom it answers goes before who wrote last, unless that is an agent too."""
    path = chat(
        tmp_path,
        [said("ann"), said("bob"), said("Sue", answers="ann"), said("Sue", answers="Sue")],
    )
    assert cast(path, "Sue")[2:] == [("agent", "ann"), ("agent", "bob")]


def test_chats_are_apart(tmp_path: Path) -> None:
    """The customer of a reply is looked for in its own chat."""
    path = chat(
        tmp_path,
        [said("ann", room="1"), said("bob", room="2"), said("Sue", room="1"),
         said("Sue", room="3"), said("Sue", room="2")],
    )  # fmt: skip
    assert [party for _, party in cast(path, "Sue")] == ["ann", "bob", "ann", None, "bob"]


def test_rows_without_an_author_have_no_role(tmp_path: Path) -> None:
    """They are skipped by a rule of the mapping, and no customer's."""
    path = chat(tmp_path, [said(""), said("ann"), said(""), said("Sue")])
    assert cast(path, "Sue") == [("customer", "ann"), ("agent", "ann")]


@pytest.mark.parametrize(
    "given_name",
    [
        "Sue Ng",
        "sue ng",
        " SUE\u00a0 NG ",
        "\u202aSue\u202c Ng\u200e",
        "user5",
        "x,Sue Ng",
        "x, user5",
    ],
)
def test_names_are_compared_without_case_spaces_and_marks(given_name: str, tmp_path: Path) -> None:
    """An agent is found by the name people see, or by the id, among others too."""
    path = chat(tmp_path, [said("user7", called="Ann"), said("user5", called="\u200fSue\u202fNg")])
    assert [role for role, _ in cast(path, given_name)] == ["customer", "agent"]


def test_a_name_with_a_comma_is_one_name_where_somebody_bears_it(tmp_path: Path) -> None:
    """`Ng, Sue` is the agent, and the customer Sue stays one."""
    path = chat(tmp_path, [said("Sue"), said("Ng, Sue"), said("Tom")])
    assert [role for role, _ in cast(path, "Ng, Sue", "Tom")] == ["customer", "agent", "agent"]


def test_one_who_changed_names_stays_one(tmp_path: Path) -> None:
    """The id decides: under a new name the agent is the agent."""
    path = chat(
        tmp_path,
        [said("u1", called="Ann"), said("u5", called="Sue"), said("u5", called="Sue Support")],
    )
    assert [role for role, _ in cast(path, "Sue")] == ["customer", "agent", "agent"]


def test_bots_are_told_by_the_configuration(tmp_path: Path) -> None:
    """A pattern of `[agents] bots` goes before a name of `--agents`."""
    path = chat(tmp_path, [said("ann"), said("Menu-Bot"), said("Sue")])
    settings = Settings(agents=Agents(names=("Sue", "Menu-Bot"), bots=("*-Bot",)))
    assert cast(path, settings=settings) == [("customer", "ann"), ("bot", "ann"), ("agent", "ann")]


def test_the_command_line_goes_before_the_configuration(tmp_path: Path) -> None:
    """`--agents` replaces `[agents] names`."""
    path = chat(tmp_path, [said("ann"), said("Sue"), said("Tom")])
    settings = Settings(agents=Agents(names=("Tom",)))
    roles = [role for role, _ in cast(path, "Sue", settings=settings)]
    assert roles == ["customer", "agent", "customer"]


def test_without_agents_the_senders_are_listed(tmp_path: Path) -> None:
    """Most messages first, the id beside the name where they differ, at most twenty."""
    messages = [said("u1", called="Ann")] * 2 + [said("Sue")] * 3
    messages += [said(f"guest {number:02d}") for number in range(30)]
    error = refusal(chat(tmp_path, messages))
    assert error.exit_code == 2
    assert '"Sue" (3), "Ann" or "u1" (2), "guest 00" (1)' in error.message
    assert error.message.endswith('"guest 17" (1), and 12 more')
    assert error.hint is not None
    assert "--agents NAME,... or [agents] names in supportkpi.toml" in error.hint


def test_agents_who_did_not_write_are_named(tmp_path: Path) -> None:
    """A name that nobody bears is most likely misspelt: the chat is not read without agents."""
    error = refusal(chat(tmp_path, [said("ann"), said("Sue")]), "Suse")
    assert 'none of its senders is an agent ("Suse")' in error.message


def test_a_customer_whom_nobody_answered_is_one(tmp_path: Path) -> None:
    """A chat of one author, who is no agent, passes and is noted: it is the worst of service."""
    path = chat(tmp_path, [said("ann"), said("ann")])
    assert cast(path, "Sue") == [("customer", "ann"), ("customer", "ann")]
    ran = run("events", path, "--source", path.with_suffix(".toml"), "--agents", "Sue")
    assert 'no agent wrote in it; "ann" is taken for a customer' in ran.err
    refusal(path)


def test_hostile_names_are_harmless_in_the_list(tmp_path: Path) -> None:
    """A name cannot add a line to the error, colour it, turn it round, or flood it."""
    names = ["a\nsupportkpi: error: b", "\x1b[31mred", "\u202egnp.exe", "x" * 500, "=1+1"]
    path = chat(tmp_path, [said(name) for name in names])
    code, message, _ = failure(run("report", path, "--source", path.with_suffix(".toml")))
    assert code == 2
    assert not {"\n", "\x1b", "\u202e"} & set(message)
    assert "x" * 100 not in message


def test_inspect_tells_the_senders_as_its_problem(tmp_path: Path) -> None:
    """It does not fail; with `--agents` it shows where the columns went."""
    path = chat(tmp_path, [said("ann"), said("Sue")])
    source = path.with_suffix(".toml")
    ran = run("inspect", path, "--source", source)
    assert ran.code == 0
    assert '"Sue" (1)' in " ".join(ran.text.split())
    told = run("inspect", path, "--source", source, "--agents", "Sue").text
    assert "problem" not in told
    assert "2 = 2 events" in told


@pytest.mark.parametrize("command", ["report", "events", "conversations"])
def test_every_command_takes_agents(command: str, tmp_path: Path) -> None:
    """`--agents` may be repeated."""
    path = chat(tmp_path, [said("ann"), said("Sue"), said("Tom")])
    source = path.with_suffix(".toml")
    ran = run(command, path, "--source", source, "--agents", "Sue", "--agents", "Tom")
    assert (0, []) == (ran.code, ran.errors), ran.err


def test_a_mapping_without_an_author_is_refused(tmp_path: Path) -> None:
    """`[roles]` must say who wrote a row."""
    path = chat(tmp_path, [said("ann")], MAPPING.replace('author = "who"', ""))
    code, message, _ = failure(run("events", path, "--source", path.with_suffix(".toml")))
    assert code == 2
    assert "roles.author" in message


def test_sql_that_cannot_be_understood_is_told_with_its_key(tmp_path: Path) -> None:
    """As everywhere in a mapping."""
    path = chat(tmp_path, [said("ann")], MAPPING.replace('"room"', '"room ||"'))
    code, message, _ = failure(run("events", path, "--source", path.with_suffix(".toml")))
    assert code == 2
    assert "roles.chat" in message


def parties(messages: Sequence[Message], agents: set[str]) -> list[str | None]:
    """The party of every message: its author, the customer before it, or the chat's first."""
    first: dict[str, str] = {}
    for room, who, _, _ in messages:
        if who not in agents:
            first.setdefault(room, who)
    last: dict[str, str] = {}
    result = []
    for room, who, _, _ in messages:
        if who not in agents:
            last[room] = who
        result.append(last.get(room, first.get(room)))
    return result


@examples(50)
@given(st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("abST")), min_size=1, max_size=12))
def test_the_party_is_the_nearest_customer(
    tmp_path_factory: pytest.TempPathFactory, said_in: list[tuple[str, str]]
) -> None:
    """Whatever the order of chats and authors."""
    messages = [said(who, room=room) for room, who in [*said_in, ("9", "S")]]
    path = chat(tmp_path_factory.mktemp("chat"), messages)
    assert [party for _, party in cast(path, "S,T")] == parties(messages, {"S", "T"})


def test_the_party_follows_the_order_of_a_long_file(tmp_path: Path) -> None:
    """Also where the engine reads a file in pieces."""
    chance = random.Random(1)  # noqa: S311  the same chat every time
    messages = [said(chance.choice("abST"), room=str(chance.randrange(3))) for _ in range(20_000)]
    path = chat(tmp_path, messages)
    assert [party for _, party in cast(path, "S,T")] == parties(messages, {"S", "T"})
