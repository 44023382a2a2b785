"""The configuration: what is wrong with one is said at once, and what it names is found."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from command import failure, report, run, write_csv
from setting_keys import setting_keys
from supportcli.errors import ConfigurationError
from supportcli.settings import Settings, load_settings, template
from supportcli.targets import check_targets

HEADER = ("Ticket ID", "Created At", "Resolved At")
TICKETS = [(number, "2026-03-01 10:00", "2026-03-01 12:00") for number in range(1, 4)]


def loaded(folder: Path, text: str, *overrides: str) -> Settings:
    """The settings of a configuration with this text."""
    path = folder / "supportkpi.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, overrides, {}, folder)


def faults(folder: Path, text: str, *overrides: str) -> list[str]:
    """What is said to be wrong, a line a fault, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text, *overrides)
    return caught.value.message.replace(f"{folder}/supportkpi.toml", "").splitlines()


NO_AMOUNT = "this must be an amount of money, 0 or more, and at most 1,000,000,000,000"
WRONG = [
    ("fcr.same_topic = 'yes'", ":1 (fcr.same_topic): this must be true or false"),
    ("[survey]\ncsat_satisfied = '4'", ":2 (survey.csat_satisfied): this must be a number"),
    ("[survey]\ncsat_satisfied = true", ":2 (survey.csat_satisfied): this must be a number"),
    ("service_level.phone = 3", ":1 (service_level.phone): this must be text"),
    ("service_level.phone = 20s", ":1: expected newline or end of document after a statement"),
    ("timezone = UTC", ":1: this is no value; text stands in quotes"),
    ("timezone = [", ":1: this begins and never ends"),
    ("lang = 'en'\n[agents]\nbots = [\n  'a',\n", ":3: this begins and never ends"),
    ("lang = 'en\ntimezone = 'UTC'", ":1: this text has no closing quote"),
    ("survey.csat_satisfied = nan", ":1 (survey.csat_satisfied): this must be a number"),
    ("timezone = ''", ':1 (timezone): "" is no time zone of the IANA database'),
    ("timezone = 2026-03-20", ':1 (timezone): "2026-03-20" is no time zone of the IANA database'),
    (
        "fcr.window = 2026-03-20",
        ':1 (fcr.window): "2026-03-20" is no duration; write for example 20s, 5m, 24h or 7d',
    ),
    (
        "fcr.window = 07:00:00",
        ':1 (fcr.window): "07:00:00" is no duration; write for example 20s, 5m, 24h or 7d',
    ),
    (
        "# a comment\n\ncalendar = 'jalaly'",
        ':3 (calendar): this must be "gregorian" or "jalali"; did you mean "jalali"?',
    ),
    (
        "week_start = 'Sunday'",
        ':1 (week_start): this must be "monday" or "saturday" or "sunday"; did you mean "sunday"?',
    ),
    ("lang = 5", ':1 (lang): this must be "en" or "fa" or "ar"'),
    ("fcr = 1\n", ":1 (fcr): this must be a table"),
    ("timezone = 'UTC'\ntimezone = 'UTC'", ":2: this key is there twice"),
    ("[fcr]\n[repeat]\n[fcr]", ":3: [fcr] is there twice"),
    ("[hours.team.a]\n[hours.team.a]", ":2: [hours.team.a] is there twice"),
    ("[servce_level]", ':1 (servce_level): there is no such key; did you mean "service_level"?'),
    ("[[input]]", ':1 (input): there is no such key; did you mean "inputs"?'),
    ("[inputs]\npath = 'a'", ":1 (inputs): this must be a list of tables: [[inputs]]"),
    (
        "[hours.seasons]\nsince = '2026-01-01'",
        ":1 (hours.seasons): this must be a list of tables: [[hours.seasons]]",
    ),
    ("inputs = ['a.csv']", ":1 (inputs.0): this must be a table"),
    (
        "inputs = [\n  { path = 'a' },\n  { pth = 'b', path = 'c' },\n]",
        ':1 (inputs.1.pth): there is no such key; did you mean "path"?',
    ),
    ("[[inputs]]\npath = ''", ":2 (inputs.0.path): this must name a file, a folder or a pattern"),
    (
        "[[inputs]]\npath = 'a'\n\n[[inputs]]\n",
        ":4 (inputs.1.path): this key is missing",
    ),
    (
        '[hours.team."my [team]"]\n"mondy" = []',
        ':2 (hours.team.my [team].mondy): there is no such key; did you mean "monday"?',
    ),
    (
        "[[hours.seasons]]\nsince = 2026-01-01\n[[hours.seasons]]\nsince = 2026-02-01\nuntill = ''",
        ':5 (hours.seasons.1.untill): there is no such key; did you mean "until"?',
    ),
    (
        "[[hours.channel.chat.seasons]]\nsince = '2026-01-01'\nuntl = 'x'",
        ':3 (hours.channel.chat.seasons.0.untl): there is no such key; did you mean "until"?',
    ),
    (
        "[agents]\nnames = [\n  'timezon = 1',\n  5,\n]\nbot = []",
        [
            ":2 (agents.names.1): this must be text",
            ':6 (agents.bot): there is no such key; did you mean "bots"?',
        ],
    ),
    ("teams = { returns = 'Anna' }", ":1 (teams.returns): this must be a list"),
    (
        '[teams]\nreturns = ["Anna"]\nsales = ["Ben", "anna"]',
        ':3 (teams.sales): "anna" is in the team "returns" already',
    ),
    (
        '[agents.same]\nAnna = ["a1"]\nBen = ["A1"]',
        ':3 (agents.same.Ben): "A1" is a name of "Anna" already',
    ),
    (
        "[costs]\nconversation = { phone = 4.2, chta = 1.9, email = -1 }\nmonthly.rent = nan",
        [
            ':2 (costs.conversation.chta): there is no such channel; did you mean "chat"?',
            f":2 (costs.conversation.email): {NO_AMOUNT}",
            f":3 (costs.monthly.rent): {NO_AMOUNT}",
        ],
    ),
    (
        "costs.conversation.xyzzy = 1",
        (
            ":1 (costs.conversation.xyzzy): there is no such channel; there are phone, email, "
            "chat, sms, messenger, social, web, self_service, in_person, post, other"
        ),
    ),
    ("costs.agent_hour = '12'", ":1 (costs.agent_hour): this must be a number"),
    *(
        (f"costs.{key} = {amount}", f":1 (costs.{key}): {NO_AMOUNT}")
        for key in ("agent_hour", "conversation.phone", "monthly.rent")
        for amount in ("1e308", "1e400", f"1{'0' * 400}", "-0.01", "inf")
    ),
    *(
        (
            f"loyalty.orders = {orders}",
            ":1 (loyalty.orders): this must be 1 or more, and at most 1,000,000",
        )
        for orders in (0, 2**63, 10**400)
    ),
    *(
        (f"fcr.window = '{text}'", f':1 (fcr.window): "{shown}" is longer than 10,000 years')
        for text, shown in [("9" * 19 + "d", "9" * 19 + "d"), ("9" * 400 + "w", "9" * 39 + "…")]
    ),
    ("loyalty.orders = 2.5", ":1 (loyalty.orders): this must be a whole number"),
    (
        "currency = 'usd'",
        (
            ':1 (currency): "usd" is no currency in three letters, such as "EUR" or "IRR"; '
            'did you mean "USD"?'
        ),
    ),
    (
        "currency = '€'",
        (
            ':1 (currency): "€" is no currency in three letters, such as "EUR" or "IRR"; '
            'did you mean "EUR"?'
        ),
    ),
    *(
        (f"{key} = '{name}'", f':1 ({key}): "{name}" is no time zone of the IANA database{near}')
        for key in ("timezone", "hours.timezone")
        for name, near in (("right/UTC", '; did you mean "Etc/UTC"?'), ("localtime", ""))
    ),
    (f"x = {'[' * 5_000}", ": tables and lists lie in each other more than 20 deep"),
    (f"x = {'[' * 30}{']' * 30}", ": tables and lists lie in each other more than 20 deep"),
    (f"{'a.' * 900}b = 1", ": tables and lists lie in each other more than 20 deep"),
    (f"loyalty.orders = {'9' * 5_000}", ": a number in it has too many digits"),
    (
        "[[inputs]]\npath = '~nobody.here/a.csv'",
        '"~nobody.here/a.csv": whose home that is, nobody knows here',
    ),
    ("[complaints]\ntopics = 'late'", ":2 (complaints.topics): this must be a list"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_is_wrong_is_said_with_its_line(
    text: str, expected: str | list[str], tmp_path: Path
) -> None:
    """Each fault has the line of the statement that it is in, and what may have been meant."""
    assert ([expected] if isinstance(expected, str) else expected) == faults(tmp_path, text)


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    """All faults, of whatever kind, in the order of the file; those of --set after them."""
    text = """
timezone = "Mars/Base"

[fcr]
window = "soon"
same_topics = true

[customers]
region = "UK"

[loyalty]
orders = "three"
"""
    said = faults(tmp_path, text.replace("\n", "\r\n"), "agents.bots=no*", "currency=EURO")
    keys = [line.partition(")")[0] + ")" for line in said]
    assert [
        ":2 (timezone)",
        ":5 (fcr.window)",
        ":6 (fcr.same_topics)",
        ":9 (customers.region)",
        ":12 (loyalty.orders)",
        "--set (currency)",
        "--set (agents.bots)",
    ] == keys


def test_a_fault_of_a_set_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    """Under a table that --set made, the option is named, whatever the file says elsewhere."""
    assert ['--set (hours.team.a.mondy): there is no such key; did you mean "monday"?'] == faults(
        tmp_path, "[hours.team.a]\nmonday = []", "hours.team.a.mondy=x"
    )


def test_an_editor_of_windows_may_have_written_it(tmp_path: Path) -> None:
    """A byte order mark and carriage returns are nothing of the text."""
    assert "Asia/Tehran" == loaded(tmp_path, '\ufefftimezone = "Asia/Tehran"\r\n').timezone


def test_dates_may_stand_without_quotes(tmp_path: Path) -> None:
    """A date of TOML means what the same date in quotes means."""
    bare = "[hours]\nholidays = [2026-03-20]\n[[hours.seasons]]\nsince = 2026-06-01"
    quoted = '[hours]\nholidays = ["2026-03-20"]\n[[hours.seasons]]\nsince = "2026-06-01"'
    assert loaded(tmp_path, quoted) == loaded(tmp_path, bare)


MAPPING = """
name = "desk"
grain = "conversation"
channel = "phone"

[fields]
conversation_id = "Nr"
contacted_at = "Opened"
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder, with a name that reads like a pattern, of a configuration, exports, a mapping."""
    folder = tmp_path / "office [2026]"
    write_csv(folder / "exports" / "a.csv", HEADER, TICKETS)
    write_csv(folder / "exports" / "deep" / "b.csv", HEADER, TICKETS)
    write_csv(folder / "desk.csv", ("Nr", "Opened"), [(1, "2026-03-02 09:00")])
    write_csv(folder / "people.csv", ("id", "phone"), [("a", "+447700900101")])
    (folder / "maps").mkdir()
    (folder / "maps" / "desk.toml").write_text(MAPPING)
    (folder / "supportkpi.toml").write_text(
        """
[[inputs]]
path = "exports/**/*.csv"
source = "generic-tickets"

[[inputs]]
path = "desk.csv"
source = "maps/desk.toml"

[customers]
file = "people.csv"
"""
    )
    return folder


@pytest.mark.parametrize("way", ["upward", "option", "variable", "relative"])
def test_a_report_without_arguments_reads_what_is_configured(
    way: str, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder: paths, patterns, mappings and customers are meant from the configuration."""
    monkeypatch.delenv("SUPPORTKPI_CONFIG", raising=False)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = office / "supportkpi.toml"
    arguments: list[object] = []
    if way == "variable":
        monkeypatch.setenv("SUPPORTKPI_CONFIG", str(config))
    elif way == "option":
        arguments = ["--config", config]
    elif way == "relative":
        arguments = ["--config", "../office [2026]/supportkpi.toml"]
    monkeypatch.chdir(office / "exports" / "deep" if way == "upward" else elsewhere)
    inputs = report(*arguments)["inputs"]
    assert [("a.csv", "generic-tickets"), ("b.csv", "generic-tickets"), ("desk.csv", "desk")] == [
        (Path(one["path"]).name, one["source"]) for one in inputs
    ]


def test_home_is_where_a_path_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may begin at ~, and one from the root is left as it is."""
    monkeypatch.setenv("HOME", "/home/support")
    text = "inputs = [{ path = '~/a*.csv' }, { path = '/b/*.csv' }, { path = '-' }]"
    paths = [one.path for one in loaded(tmp_path, text).inputs]
    assert ["/home/support/a*.csv", "/b/*.csv", "-"] == paths


def test_a_source_that_is_not_there_is_told(office: Path) -> None:
    """A source of the configuration is looked up as --source is, with what may be meant."""
    config = office / "supportkpi.toml"
    config.write_text('[[inputs]]\npath = "desk.csv"\nsource = "generic-ticket"\n')
    ran = run("report", "--config", config)
    assert (2, ['there is no source "generic-ticket"']) == (ran.code, ran.errors)
    assert ['did you mean "generic-tickets"?'] == ran.hints


UNCOMMENTED = re.sub(r"^#(?=\S)", "", template(), flags=re.MULTILINE)
"""The file of `init` with every key and table in force."""


def held(tables: Any, key: str) -> Any:
    """What tables hold at a dotted key, in any table of a list."""
    for part in key.split("."):
        tables = next(one for one in tables if part in one) if isinstance(tables, list) else tables
        tables = tables[part]
    return tables


@pytest.mark.parametrize(("key", "default"), setting_keys().items())
def test_a_new_configuration_shows_every_key(key: str, default: object) -> None:
    """Commented out, each key is there with its default, or an example where it has none."""
    shown = held(tomllib.loads(UNCOMMENTED), key)
    assert default in (None, "", (), {}, shown)


def test_a_new_configuration_changes_nothing(tmp_path: Path) -> None:
    """As it is written it says nothing but the defaults."""
    assert Settings() == loaded(tmp_path, template())


def test_a_new_configuration_can_be_filled_in(tmp_path: Path) -> None:
    """With every comment taken from a key, it is still a configuration without a fault."""
    path = tmp_path / "supportkpi.toml"
    path.write_text(UNCOMMENTED, encoding="utf-8")
    settings = load_settings(path, [], {}, tmp_path, [check_targets])
    for name in ("inputs", "hours", "agents", "teams", "customers", "survey", "surveys",
                 "complaints", "costs", "targets"):  # fmt: skip
        assert getattr(Settings(), name) != getattr(settings, name)


def test_init_writes_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an option it is supportkpi.toml here, never over one that is there unless forced."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "supportkpi.toml"
    first = run("init")
    assert (0, b"", "supportkpi: wrote supportkpi.toml\n") == (first.code, first.out, first.err)
    assert template() == path.read_text(encoding="utf-8")
    path.write_text("# mine", encoding="utf-8")
    assert (2, "supportkpi.toml exists already") == failure(run("init"))[:2]
    assert "# mine" == path.read_text(encoding="utf-8")
    assert 0 == run("init", "--force").code
    assert template() == path.read_text(encoding="utf-8")


def test_init_writes_where_it_is_told(tmp_path: Path) -> None:
    """-o names another file, and - standard output, whatever lies about."""
    assert 0 == run("init", "-o", tmp_path / "other.toml").code
    assert template() == (tmp_path / "other.toml").read_text(encoding="utf-8")
    shown = run("init", "-o", "-")
    assert (0, template(), "") == (shown.code, shown.text, shown.err)
    missing = run("init", "-o", tmp_path / "no" / "such.toml")
    assert (3, True) == (missing.code, missing.errors[0].startswith("cannot write"))
