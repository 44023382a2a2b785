"""Rows of a store: what makes a row itself, and what new rows change in those that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from supportcli.events import KEPT, SUPERSEDED, EventLog, event_table, version_fates
from supportcli.schema import LINKED
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID, stored_hashes
from supportcli.store.pseudonyms import Pseudonyms
from supportcli.store.table import ROW_COLUMNS

_OLD: Final = 1
_NEW: Final = 0
"""Of equal versions the one with the greater number stays: what is stored need not be replaced."""


def rows_of(
    log: EventLog, settings: Settings, pseudonyms: Pseudonyms | None = None
) -> pl.DataFrame:
    """The events of a log as rows of a store, under pseudonyms where these are given."""
    frame = event_table(log).with_columns(log.frame[ROW_ID])
    if LINKED not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.Boolean).alias(LINKED))
    frame = frame.with_columns(pl.col("kind", "channel").cast(pl.String))
    if pseudonyms is not None:
        frame = pseudonyms.applied(frame, settings)
    # A hash of an id that anybody can try must not stand beside its pseudonym.
    return frame.with_columns(**stored_hashes()).select(ROW_COLUMNS)


@dataclass(frozen=True)
class Difference:
    """What new rows change: rows to add, ids of stored rows to take away, and what was not new."""

    added: pl.DataFrame
    replaced: pl.Series
    duplicates: int
    superseded: int


def difference(new: pl.DataFrame, old: pl.DataFrame) -> Difference:
    """What new rows change in the stored rows of the same ids.

    Of an event with an id the latest version stays, as in a report of both. Of rows without an id
    that are equal, as many stay as the greater of both has.
    """
    fresh, met = (_with_ids_of(new, old, how) for how in ("anti", "semi"))
    named, old_named = (rows.filter(pl.col("event_id").is_not_null()) for rows in (met, old))
    nameless, old_nameless = (rows.filter(pl.col("event_id").is_null()) for rows in (met, old))
    fates = _fates(named, old_named)
    is_old = pl.Series([False] * named.height + [True] * old_named.height, dtype=pl.Boolean)
    kept = fates == KEPT
    both = pl.concat([named, old_named])
    surplus = _surplus(nameless, old_nameless)
    superseded = int(((fates == SUPERSEDED) & ~is_old).sum())
    added = pl.concat([fresh, both.filter(kept & ~is_old), surplus])
    return Difference(
        added=added,
        replaced=both.filter(~kept & is_old)[ROW_ID],
        duplicates=new.height - added.height - superseded,
        superseded=superseded,
    )


def _with_ids_of(
    new: pl.DataFrame, old: pl.DataFrame, how: Literal["semi", "anti"]
) -> pl.DataFrame:
    """The new rows of which other versions or copies are stored, or those of which none are."""
    if old.is_empty():
        return new if how == "anti" else new.clear()
    return new.join(old, on=ROW_ID, how=how, maintain_order="left")


def _fates(new: pl.DataFrame, old: pl.DataFrame) -> pl.Series:
    """What becomes of the new rows and then of the old ones, which are versions of each other."""
    both = pl.concat([new, old]).with_columns(
        event_key=pl.col(ROW_ID),
        input=pl.Series([_NEW] * new.height + [_OLD] * old.height, dtype=pl.UInt32),
    )
    return version_fates(both)


def _surplus(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """The new rows of which there are more copies than are stored."""
    stored = old.group_by(ROW_ID).len("copies")
    return (
        new.with_columns(copy=pl.int_range(pl.len()).over(ROW_ID))
        .join(stored, on=ROW_ID, how="left", maintain_order="left")
        .filter(pl.col("copy") >= pl.col("copies").fill_null(0))
        .drop("copy", "copies")
    )
