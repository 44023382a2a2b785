"""Pseudonyms: a store in which nobody can be found by name, and every KPI is what it was."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from pathlib import Path

import polars as pl
import pytest

from command import SHOP, failure, report, run
from supportcli.settings import Agents, Settings
from supportcli.store.pseudonyms import Pseudonyms
from test_store import MESSAGES, rows_of, stored

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key, in a file of its own."""
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop under pseudonyms, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "key").write_text(KEY, encoding="utf-8")
    path = folder / "store"
    ran = run("ingest", SHOP, "--store", path, "--pseudonymize", "--key-file", folder / "key")
    assert 0 == ran.code, ran.err
    return path


@pytest.fixture
def store(tmp_path: Path, made_store: Path) -> Path:
    """The sample shop under pseudonyms."""
    return Path(shutil.copytree(made_store, tmp_path / "store"))


def test_nobody_is_in_the_files_by_name(store: Path, shop_events: Path) -> None:
    """No customer's id and no agent's name is in any file of the store."""
    plain = pl.read_parquet(shop_events)
    names = {*plain["customer_id"].drop_nulls(), *plain["agent_id"].drop_nulls()}
    rows = stored(store)
    held = {*rows["customer_id"].drop_nulls(), *rows["agent_id"].drop_nulls()}
    assert len(names) == len(held)
    assert {True} == {name.startswith("p-") for name in held}
    content = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert [] == [name for name in names if len(name) > 5 and name.encode() in content]


def test_a_pseudonym_is_a_keyed_hash() -> None:
    """HMAC-SHA-256, cut in half; customers and agents of one name are not alike."""
    pseudonyms = Pseudonyms(KEY.encode())
    expected = hmac.new(KEY.encode(), b"agent\x1fAnna", hashlib.sha256).hexdigest()[:32]
    assert f"p-{expected}" == pseudonyms.of("agent", "Anna")
    assert pseudonyms.of("agent", "Anna") != pseudonyms.of("customer", "Anna")
    assert pseudonyms.of("agent", "Anna") != Pseudonyms(b"x" * 16).of("agent", "Anna")


def test_every_kpi_is_what_it_was(store: Path) -> None:
    """Who repeats, who answered and how often is the same under any name."""
    assert rows_of(SHOP, "--all") == rows_of(store, "--all")


def test_the_same_export_again_adds_nothing(store: Path, key_file: Path) -> None:
    """A row knows itself by the key, too."""
    before = stored(store)
    run("ingest", SHOP, "--store", store, "--pseudonymize", "--key-file", key_file)
    assert before.equals(stored(store))


def test_agents_are_in_their_teams(tmp_path: Path, key_file: Path) -> None:
    """The teams of the configuration are made before the names go."""
    store = tmp_path / "teams"
    teams = "teams.desk=['Sara Moradi']"
    arguments = ("--set", teams, "--kpi", "received", "--by", "team")
    ingested = run("ingest", SHOP, "--store", store, "--pseudonymize", "--key-file", key_file,
                   "--set", teams)  # fmt: skip
    assert 0 == ingested.code, ingested.err
    values = {row["team"]: row["value"] for row in report(store, *arguments)["rows"]}
    assert values == {row["team"]: row["value"] for row in report(SHOP, *arguments)["rows"]}


def test_bots_keep_their_names() -> None:
    """Nobody hides behind them, and reports must still know them."""
    rows = pl.DataFrame(
        {"agent_id": ["bot-1", "Anna", None], "customer_id": ["1", None, "1"], "team": [None] * 3,
         "row_id": [1, 2, 3]},
        schema_overrides={"team": pl.String},
    )  # fmt: skip
    settings = Settings(agents=Agents(bots=("bot*",)))
    names = Pseudonyms(KEY.encode()).applied(rows, settings)["agent_id"].to_list()
    assert ["bot-1", Pseudonyms(KEY.encode()).of("agent", "Anna"), None] == names


def test_who_is_forgotten_is_found_by_the_id(store: Path, key_file: Path) -> None:
    """The id that the exports have leads to the pseudonym, with the key."""
    customer = pl.read_csv(MESSAGES, infer_schema=False)["From"][0]
    ran = run("store", "forget", "--store", store, "--customer", customer, "--key-file", key_file,
              "--format", "json")  # fmt: skip
    assert (0, False) == (ran.code, ran.text == '{"forgotten": 0}\n')
    assert Pseudonyms(KEY.encode()).of("customer", customer) not in stored(store)["customer_id"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "S knows people by pseudonyms"),
        (["--pseudonymize"], 2, "pseudonyms need a key"),
        (["--key-file", "K"], 2, "--key-file is for --pseudonymize"),
        (["--pseudonymize", "--key-file", "OTHER"], 2, "S has pseudonyms of another key"),
        (["--pseudonymize", "--key-file", "SHORT"], 2, "the key has 5 bytes, and needs 16 or more"),
    ],
)
def test_keys_are_not_mixed(
    arguments: list[str], code: int, message: str, store: Path, key_file: Path, tmp_path: Path
) -> None:
    """Names beside pseudonyms, or those of two keys, would make two of every person."""
    (tmp_path / "other").write_text("another key, long enough", encoding="utf-8")
    (tmp_path / "short").write_text("short", encoding="utf-8")
    files = {"K": key_file, "OTHER": tmp_path / "other", "SHORT": tmp_path / "short"}
    given = [files.get(word, word) for word in arguments]
    said = failure(run("ingest", MESSAGES, "--store", store, *given))
    assert (code, message.replace("S ", f"{store} ", 1)) == said[:2]


def test_a_store_of_names_takes_no_pseudonyms(tmp_path: Path, key_file: Path) -> None:
    """It is another store that has them."""
    assert 0 == run("ingest", MESSAGES, "--store", tmp_path / "plain").code
    said = failure(run("ingest", MESSAGES, "--store", tmp_path / "plain", "--pseudonymize",
                       "--key-file", key_file))  # fmt: skip
    assert f"{tmp_path / 'plain'} knows people by their names" == said[1]
