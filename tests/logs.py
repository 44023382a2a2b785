"""Logs of events as files: what the oracle reads as dicts, the program reads as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import polars as pl

from oracle import Source
from supportcli.columns import polars_type
from supportcli.facts import SourceFacts, to_metadata
from supportcli.schema import TYPES


def facts_of(source: Source) -> SourceFacts:
    """The program's facts of an oracle's source."""
    return SourceFacts(
        name=source.name,
        grain=source.grain,
        id_space=source.id_space,
        fields=source.fields,
        session_gap_ms=source.session_gap_ms,
        csat_scale=source.csat_scale,
        ces_scale=source.ces_scale,
        event_id_mapped="event_id" in source.fields,
    )


def events_as_parquet(
    events: Sequence[Mapping[str, object]], sources: Mapping[str, Source]
) -> bytes:
    """The bytes of an event table as `supportkpi events` writes it."""
    columns = [_column(name, [event.get(name) for event in events]) for name in TYPES]
    stream = io.BytesIO()
    metadata = to_metadata([facts_of(source) for source in sources.values()], {})
    pl.DataFrame(columns).write_parquet(stream, metadata=metadata)
    return stream.getvalue()


def _column(name: str, values: list[object]) -> pl.Series:
    kind = polars_type(name)
    if isinstance(kind, pl.Datetime):
        times = pl.Series(name, values, dtype=pl.Int64).cast(pl.Datetime("us"))
        return times.dt.replace_time_zone("UTC")
    return pl.Series(name, values, dtype=kind)
