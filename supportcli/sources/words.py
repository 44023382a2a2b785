"""Texts through a table of words, whatever their case, script of digits or spaces are."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from supportcli.sources.folding import fold, folded


def translate(text: pl.Expr, table: Mapping[str, str]) -> pl.Expr:
    """The text through a `[values]` table: null where it is not listed and there is no `"*"`."""
    star = table.get("*")
    default = pl.when(text.is_not_null()).then(pl.lit(star, dtype=pl.String))
    return _replaced(text, table, default)


def to_words(text: pl.Expr, table: Mapping[str, str]) -> pl.Expr:
    """The text through a `[words]` table: what is not listed stays as it is."""
    return _replaced(text, table, text)


def _replaced(text: pl.Expr, table: Mapping[str, str], default: pl.Expr) -> pl.Expr:
    listed = {fold(key): value for key, value in table.items() if key != "*"}
    return folded(text).replace_strict(
        list(listed), list(listed.values()), default=default, return_dtype=pl.String
    )
