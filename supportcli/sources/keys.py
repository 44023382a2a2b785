"""Ids as 64-bit hashes: what the program groups and joins by.

Two ids of one space that differ meet in one hash about once in 37 million logs of a million ids.
Those of a run are never stored, for polars may change them; those that a store keeps are xxHash64
of texts (Collet 2012), the same with every version of everything.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Final

import polars as pl

KEY_OF: Final = {
    "conversation_key": "conversation_id",
    "customer_key": "customer_id",
    "event_key": "event_id",
    "agent_key": "agent_id",
}
"""The hashed columns and the id each stands for; the event key is apart for every source."""

STATED: Final = {"stated_contacts": "contacts", "stated_replies": "replies"}
"""Counts as the export states them, without the 1 that a known time stands for."""

ROW_HASHES: Final = ("row_hash", "row_hash_2")
"""Two hashes of all the cells of a row: together they tell equal rows."""

CONVERSATION_HASH: Final = "conversation_hash"
CUSTOMER_HASH: Final = "customer_hash"
STORED_HASHES: Final = {
    "conversation_key": (CONVERSATION_HASH, "conversation_id"),
    "customer_key": (CUSTOMER_HASH, "customer_id"),
}
"""The hashes of ids that a store keeps, without their space, by the key that they make with it."""

ROW_ID: Final = "row_id"
"""What makes a row itself, for good: the hash of its source and event id, or of all its cells."""

PEOPLE: Final = "customers\x1f"
"""The id space of the customers of a customers file; no source's has such a name."""


def key(ids: pl.Expr, space: str) -> pl.Expr:
    """The hash of ids in their space; null for none."""
    return pl.when(ids.is_not_null()).then(ids.hash(seed=zlib.crc32(space.encode())))


def stored_key(hashed: pl.Expr, space: str) -> pl.Expr:
    """The key that a hash of a store makes in the space of its id; null for none."""
    return hashed.reinterpret(signed=False) ^ _own(space)


def _number_of(space: str) -> int:
    """A number that tells spaces apart, the same in every run."""
    return int.from_bytes(hashlib.sha256(space.encode()).digest()[:8], "big")


def stored_hashes() -> dict[str, pl.Expr]:
    """The columns of a store that hold the hashes of its ids; null for none."""
    return {
        name: _hashed(pl.col(of)).reinterpret(signed=True) for name, of in STORED_HASHES.values()
    }


def row_hash(columns: Sequence[str], name: str) -> pl.Expr:
    """One of the two hashes of a whole row."""
    return pl.struct(sorted(columns)).hash(seed=ROW_HASHES.index(name))


def row_id(columns: Sequence[str], event_id: pl.Expr | None, source: str) -> pl.Expr:
    """The stable identity of a row: that of its event, or of its cells where it names none.

    It is the same for good, so that a store may keep it. The hashes of cells add up, each times an
    odd number of its column (multilinear hashing, Carter and Wegman 1979): no text of the whole row
    is made, and cells that are empty count for nothing.
    """
    cells = sum((_part_of(pl.col(name), f"cell {name}") for name in columns), _own(source))
    if event_id is None:
        return cells.reinterpret(signed=True)
    event = _own(source) + _part_of(event_id, "event")
    return pl.when(event_id.is_not_null()).then(event).otherwise(cells).reinterpret(signed=True)


def _own(name: str) -> pl.Expr:
    return pl.lit(_number_of(name), dtype=pl.UInt64)


def _part_of(value: pl.Expr, name: str) -> pl.Expr:
    """What a value under a name gives to the hash of a row; products and sums are modulo 2^64."""
    return _hashed(value).fill_null(0) * pl.lit(_number_of(name) | 1, dtype=pl.UInt64)


def _hashed(value: pl.Expr) -> pl.Expr:
    """The hash of a value as text; null for none."""
    from polars_hash import NonCryptographicHashingNameSpace

    return NonCryptographicHashingNameSpace(value.cast(pl.String)).xxhash64()
