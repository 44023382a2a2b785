"""The event columns as polars holds them inside the program."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.schema import CHANNELS, KINDS, TYPES

_POLARS_TYPES: Final[dict[str, pl.DataType]] = {
    "text": pl.String(),
    "time": pl.Datetime("us"),
    "kind": pl.Enum(list(KINDS)),
    "channel": pl.Enum(list(CHANNELS)),
    "duration": pl.Int64(),
    "count": pl.Int32(),
    "rating": pl.Float64(),
    "amount": pl.Int64(),
}


def polars_type(column: str) -> pl.DataType:
    """The type that an event column has inside the program: its times are naive UTC."""
    return _POLARS_TYPES[TYPES[column]]
