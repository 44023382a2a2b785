"""`--where`: the rows of a table for which an SQL condition holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import polars as pl
from polars import selectors as cs

from supportcli.errors import UsageError, did_you_mean
from supportcli.wording import shortened

_SHOWN: Final = 200
_LONGEST: Final = 4_000
"""What is longer may be nested more deeply than polars can follow: it would end the program."""

_SHORTER: Final = "write a IN (1, 2, 3) for a = 1 OR a = 2 OR a = 3"
_TIMES_IN_SQL: Final = "times are UTC, and written TIMESTAMP '2026-03-02 08:00:00'"


def rows_where(frame: pl.DataFrame, sql: str) -> pl.DataFrame:
    """The rows for which a condition holds; where it is unknown it does not.

    It looks at one row at a time. Texts are texts in it, whatever they are in the table, and times
    are in UTC. Raises UsageError for what is no such condition.
    """
    condition = _condition(sql, frame.columns)
    plain = frame.select(
        cs.datetime().dt.replace_time_zone(None),
        (cs.enum() | cs.categorical()).cast(pl.String),
        cs.all() - cs.datetime() - cs.enum() - cs.categorical(),
    )
    try:
        holds = plain.select(condition.alias("holds"))["holds"]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _refused(sql, _first_line(error), _TIMES_IN_SQL) from error
    if holds.dtype != pl.Boolean:
        raise _refused(sql, "it is no condition", "a condition compares, as in replies > 3")
    if len(holds) != frame.height:
        holds = holds.new_from_index(0, frame.height)
    return frame.filter(holds)


def _condition(sql: str, columns: list[str]) -> pl.Expr:
    if len(sql) > _LONGEST:
        raise _refused(sql, f"it is longer than {_LONGEST:,} characters", _SHORTER)
    try:
        condition = pl.sql_expr(sql)
        parts = frozenset(_names_in(json.loads(str(condition.meta.serialize(format="json")))))
    except RecursionError as error:
        raise _refused(sql, "it has too many parts", _SHORTER) from error
    except pl.exceptions.PolarsError as error:
        raise _refused(sql, _first_line(error), f"the columns are {', '.join(columns)}") from error
    if _OF_MANY_ROWS & parts:
        raise _refused(
            sql, "it looks at more than one row", "aggregates and windows do not go here"
        )
    unknown = [name for name in condition.meta.root_names() if name not in columns]
    if unknown:
        near = did_you_mean(unknown[0], columns) or f"the columns are {', '.join(columns)}"
        raise UsageError(f'--where: there is no column "{unknown[0]}"', hint=near)
    return condition


_OF_MANY_ROWS: Final = frozenset(
    {"Agg", "All", "Any", "Correlation", "Explode", "Len", "NullCount", "Over", "Quantile", "Range",
     "Rank", "Selector", "SubPlan"}
)  # fmt: skip
"""The parts of an expression, as polars names them, that SQL makes of more than one row.

polars can tell it of an expression itself only where no type of a column matters.
"""


def _names_in(part: Any) -> Iterator[str]:
    """The names of all parts of an expression, but for what columns and literals say."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for one in part:
            yield from _names_in(one)
    elif isinstance(part, dict):
        for name, inner in part.items():
            yield name
            if name not in ("Column", "Literal"):
                yield from _names_in(inner)


def _refused(sql: str, reason: str, hint: str) -> UsageError:
    said = repr(shortened(sql, _SHOWN))
    return UsageError(f"--where: cannot understand {said}: {reason}", hint=hint)


def _first_line(error: BaseException) -> str:
    return shortened(str(error).strip().partition("\n")[0], _SHOWN)
