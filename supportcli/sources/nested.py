"""Nested values to columns of their own: `Agent.Name` for the field `Name` of a struct `Agent`."""

from __future__ import annotations

import polars as pl


def flat(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with a column for every inmost field, lists as text.

    Lists of plain values are joined with commas; lists of structs are JSON.
    """
    while any(isinstance(kind, pl.Struct) for kind in frame.collect_schema().values()):
        frame = frame.select(
            column
            for name, kind in frame.collect_schema().items()
            for column in _columns(name, kind)
        )
    lists = [
        _text_of_list(name, kind)
        for name, kind in frame.collect_schema().items()
        if isinstance(kind, (pl.List, pl.Array))
    ]
    return frame.with_columns(lists) if lists else frame


def _columns(name: str, kind: pl.DataType) -> list[pl.Expr]:
    if not isinstance(kind, pl.Struct):
        return [pl.col(name)]
    return [
        pl.col(name).struct.field(inner.name).alias(f"{name}.{inner.name}") for inner in kind.fields
    ]


def _text_of_list(name: str, kind: pl.List | pl.Array) -> pl.Expr:
    column = pl.col(name).cast(pl.List(kind.inner))
    if isinstance(kind.inner, (pl.Struct, pl.List, pl.Array)):
        whole = pl.struct(column.alias("x")).struct.json_encode()
        text = whole.str.strip_prefix('{"x":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(text).alias(name)
    return column.cast(pl.List(pl.String)).list.join(", ", ignore_nulls=True)
