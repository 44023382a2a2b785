"""`conversations --where`: rows by an SQL condition, and what is no condition."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import SHOP, failure, run
from supportcli.errors import UsageError
from supportcli.where import rows_where

CHATS = SHOP / "chat" / "livechat_chats.csv"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
TABLE = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "channel": pl.Series(["phone", "chat", None, "phone"], dtype=pl.Enum(["chat", "phone"])),
        "replies": [0, 1, 5, None],
        "wait_s": [0.5, None, 90.0, 20.0],
        "is_resolved": [True, False, None, True],
        "contacted_at": [NOON + dt.timedelta(days=day) for day in range(4)],
    }
)
CONDITIONS = {
    "replies > 0": "bc",
    "channel = 'phone'": "ad",
    "channel IN ('chat', 'fax')": "b",
    "channel LIKE 'ph%'": "ad",
    "channel IS NULL": "c",
    "is_resolved": "ad",
    "NOT is_resolved": "b",
    "is_resolved IS NULL OR replies = 0": "ac",
    "wait_s / 10 BETWEEN 1 AND 2": "d",
    "COALESCE(replies, 9) > 4 AND wait_s > 10": "cd",
    "contacted_at >= TIMESTAMP '2026-03-04 12:00:00'": "cd",
    "contacted_at > DATE '2026-03-05'": "d",
    "id || '!' = 'b!'": "b",
    "id = 'Len'": "",
    "TRUE": "abcd",
    "1 = 0": "",
}
"""Condition -> the rows for which it holds."""

COLUMNS = "the columns are id, channel, replies, wait_s, is_resolved, contacted_at"
TIMES = "times are UTC, and written TIMESTAMP '2026-03-02 08:00:00'"
MANY = "aggregates and windows do not go here"
COMPARES = "a condition compares, as in replies > 3"
FAULTS = {
    "": ("unable to parse '' as Expr", COLUMNS),
    "replies >": ("unable to parse 'replies >' as Expr", COLUMNS),
    "replies = 1, id = 'a'": ("invalid expression (found unexpected token ',')", COLUMNS),
    "replies = 1; SELECT 1": ("invalid expression (found unexpected token ';')", COLUMNS),
    "id = 'a": ("sql parser error: Unterminated string literal at Line: 1, Column: 6", COLUMNS),
    "reversed(id) = 'a'": ("unsupported function 'reversed'", COLUMNS),
    "replies": ("it is no condition", COMPARES),
    "'x'": ("it is no condition", COMPARES),
    "NULL": ("it is no condition", COMPARES),
    "replies = 'x'": ("cannot compare string with numeric type (i64)", TIMES),
    "CAST(replies AS DECIMAL(99, 99)) > 1": ("index out of bounds: the len is 39 but", TIMES),
    "id ~ '('": ("regex error: regex parse error:", TIMES),
    **dict.fromkeys(
        (
            "max(replies) = replies",
            "replies > AVG(replies / 2)",
            "COUNT(*) > 1",
            "SUM(replies) OVER (PARTITION BY channel) > 1",
            "ROW_NUMBER() OVER (ORDER BY id) = 1",
            "RANK() OVER (ORDER BY id) = 1",
            "LAG(id) OVER (ORDER BY id) = 'a'",
            "QUANTILE_CONT(wait_s, 0.9) < wait_s",
            "CORR(wait_s, replies) > 0",
            "STRING_AGG(id, ',') = 'a'",
            "UNNEST(replies) = 1",
            "COLUMNS('i.*') = 'a'",
            "EXISTS (SELECT 1)",
            "replies IN (SELECT 1)",
        ),
        ("it looks at more than one row", MANY),
    ),
}
"""What is no condition of one row -> why, and what to do."""

UNKNOWN = {
    "chanel = 'phone'": ("chanel", 'did you mean "channel"?'),
    "reply > 3 AND replies > 3": ("reply", 'did you mean "replies"?'),
    '"total of it" = 1': ("total of it", COLUMNS),
}


@pytest.mark.parametrize("sql", CONDITIONS)
def test_the_rows_for_which_it_holds_stay(sql: str) -> None:
    """They stay as they are and in their order; what is unknown does not hold."""
    found = rows_where(TABLE, sql)
    assert CONDITIONS[sql] == "".join(found["id"])
    assert TABLE.filter(pl.col("id").is_in(list(CONDITIONS[sql]))).equals(found)


@pytest.mark.parametrize("sql", CONDITIONS)
def test_no_rows_are_no_problem(sql: str) -> None:
    """A table without rows stays one, whatever the condition."""
    assert TABLE.clear().equals(rows_where(TABLE.clear(), sql))


@pytest.mark.parametrize("sql", FAULTS)
def test_what_is_no_condition_is_refused_with_the_reason(sql: str) -> None:
    """A syntax error, a value, an aggregate or a window ends the run with what is wrong."""
    with pytest.raises(UsageError) as refused:
        rows_where(TABLE, sql)
    reason, hint = FAULTS[sql]
    assert refused.value.message.startswith(f"--where: cannot understand {sql!r}: {reason}")
    assert hint == refused.value.hint


@pytest.mark.parametrize("sql", UNKNOWN)
def test_a_column_that_is_not_there_is_named(sql: str) -> None:
    """With the nearest one that is, or all of them."""
    with pytest.raises(UsageError) as refused:
        rows_where(TABLE, sql)
    name, hint = UNKNOWN[sql]
    assert f'--where: there is no column "{name}"' == refused.value.message
    assert hint == refused.value.hint


DEEP = {
    "many terms": " OR ".join(["replies=1"] * 300),
    "very many terms": " OR ".join(["TRUE"] * 499),
    "a sum": "+".join("1" * 1_990) + " > replies",
    "parentheses": "(" * 1_990 + "TRUE" + ")" * 1_990,
    "negations": "NOT " * 990 + "TRUE",
    "casts": "replies" + "::BIGINT" * 490 + " = 1",
    "longer than that": " OR ".join(["replies=1"] * 30_000),
}


@pytest.mark.parametrize("case", DEEP)
def test_a_long_condition_is_taken_or_refused(case: str) -> None:
    """However deep it is, it ends in rows or in an error of ours."""
    with contextlib.suppress(UsageError):
        assert {"b"} <= set(rows_where(TABLE, DEEP[case])["id"])


def test_a_list_does_what_many_terms_do() -> None:
    """Hundreds of values stand in a list."""
    numbers = ", ".join(map(str, range(1, 500)))
    assert ["b", "c"] == rows_where(TABLE, f"replies IN ({numbers})")["id"].to_list()


WORDS = """\
0 1 'a' 0.5 NULL TRUE ( ) , ; = <> < > + - / % || AND OR NOT IN LIKE IS BETWEEN CASE WHEN THEN ELSE
END OVER MAX( COUNT(* LENGTH( CAST( AS BIGINT DATE INTERVAL SELECT FROM '%' * . :: [ ] \x00 é
id channel replies wait_s is_resolved contacted_at"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=8).map(" ".join))
def test_nothing_but_an_error_of_ours_comes_of_any_words(sql: str) -> None:
    """Whatever is written, it is a condition or refused; never a traceback."""
    with contextlib.suppress(UsageError):
        assert set(rows_where(TABLE, sql)["id"]) <= set(TABLE["id"])


def test_conversations_are_filtered_by_what_they_list(tmp_path: Path) -> None:
    """The command shows those rows of its table, with the same columns."""
    every, some = tmp_path / "every.parquet", tmp_path / "some.parquet"
    condition = ("--where", "is_answered AND handle_s > 600")
    assert 0 == run("conversations", CHATS, "-o", every).code
    assert 0 == run("conversations", CHATS, *condition, "-o", some).code
    wanted = pl.read_parquet(every).filter(pl.col("is_answered") & (pl.col("handle_s") > 600))
    assert 0 < wanted.height
    assert wanted.equals(pl.read_parquet(some))


def test_a_bad_condition_ends_the_command_with_2() -> None:
    """Nothing is written, and the error says what is wrong with it."""
    ran = run("conversations", CHATS, "-q", "--where", "chanel = 'chat'")
    found = (2, '--where: there is no column "chanel"', 'did you mean "channel"?')
    assert found == failure(ran)
