"""What the mapping of its source makes of a table: fields, zones, rejects and where rows went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from supportcli.inspection.lacks import lacks_of
from supportcli.inspection.model import Absent, FieldFacts, Inspection, Spent, Zone
from supportcli.inspection.shape import Profile, samples_of
from supportcli.intake import ReadOptions, added
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources import values
from supportcli.sources.mapping import Given, plan_mapping
from supportcli.sources.plan import EVENT, FIRST_SKIP, REJECTED, STATUS, SURPRISE, Plan
from supportcli.sources.read import Reject, Table
from supportcli.sources.source import Source
from supportcli.wording import duration_in_words

SHOWN_REJECTS: Final = 5
_SAMPLED: Final = 100


def understood(
    result: Inspection, source: Source, profile: Profile, options: ReadOptions, settings: Settings
) -> Inspection:
    """The inspection with everything that the mapping of its source tells."""
    table = profile.table
    zone = _zone(source, options, settings)
    given = Given(str(zone.name), settings.currency, options.people(settings), options.date_order)
    quick = plan_mapping(source, table, given, thorough=False)
    plan, statuses = quick, _statuses(table, quick)
    if statuses.get(REJECTED) or _is_surprised(table, quick):
        plan = plan_mapping(source, table, given, thorough=True)
        statuses = _statuses(table, plan)
    fields = {*plan.known} | ({"channel"} if source.channel else set())
    used = {column for columns in plan.uses.values() for column in columns}
    return replace(
        result,
        fields=tuple(_fields(plan, table, statuses)),
        absent=tuple(Absent(name, columns) for name, columns in plan.absent.items()),
        unused=tuple(one for one in profile.columns if one.name not in used),
        zones=tuple(_zones(plan, zone, assumed=quick.assumes_zone)),
        date_order=plan.date_order,
        notes=(*result.notes, *plan.notes),
        spent=_spent(plan, table, statuses),
        rejects=tuple(_first_rejects(plan, table, statuses)),
        lacks=lacks_of(source.grain, fields, _kinds(plan, table)),
    )


def _zone(source: Source, options: ReadOptions, settings: Settings) -> Zone:
    """The zone of stamps that state none."""
    if options.timezone_of_input:
        return Zone(options.timezone_of_input, "by --timezone-of-input")
    if source.time.timezone:
        return Zone(source.time.timezone, "says the mapping")
    return Zone(
        settings.timezone, "assumed, for neither the file nor the mapping states one; "
        "--timezone-of-input says which",
    )  # fmt: skip


def _zones(plan: Plan, zone: Zone, *, assumed: bool) -> Iterator[Zone]:
    """Every zone in which stamps of this file were read."""
    yield from (Zone(name, "stated in the header") for name in plan.zones)
    if any(spec.zone for spec in plan.source.fields.values()):
        yield Zone(None, "stated in another column of each row")
    elif assumed:
        yield replace(zone, origin=f"of the other times: {zone.origin}") if plan.zones else zone
    elif not plan.zones:
        yield Zone(None, "stated with every time in the file (UTC, an offset, or an epoch)")


def _statuses(table: Table, plan: Plan) -> dict[int, int]:
    """How many rows have each status."""
    return dict(table.collect(plan.rows([]).group_by(STATUS).len()).rows())


def _is_surprised(table: Table, plan: Plan) -> bool:
    """Whether a quick plan met what the first rows did not show."""
    rows = plan.rows([])
    if SURPRISE not in rows.collect_schema():
        return False
    return bool(table.collect(rows.select(pl.col(SURPRISE).any())).item())


def _spent(plan: Plan, table: Table, statuses: Mapping[int, int]) -> Spent:
    skipped = {
        reason: statuses.get(code, 0) for code, reason in enumerate(plan.skips, start=FIRST_SKIP)
    }
    return Spent(
        events=statuses.get(EVENT, 0),
        skipped=added(table.left_out, skipped),
        rejected=statuses.get(REJECTED, 0) + len(table.ragged),
        repeated=_repeated(plan, table),
    )


def _kinds(plan: Plan, table: Table) -> frozenset[str]:
    """The kinds of the events of a file, where its mapping tells any."""
    if plan.column("kind") is None:
        return frozenset()
    events = plan.rows(["kind"]).filter(pl.col(STATUS) == EVENT)
    kinds = table.collect(events.select(pl.col("kind").cast(pl.String).unique().drop_nulls()))
    return frozenset(kinds["kind"])


def _repeated(plan: Plan, table: Table) -> int:
    if plan.column("event_key") is None:
        return 0
    keys = pl.col("event_key").drop_nulls()
    events = plan.rows(["event_key"]).filter(pl.col(STATUS) == EVENT)
    return int(table.collect(events.select(keys.len() - keys.n_unique())).item())


def _first_rejects(plan: Plan, table: Table, statuses: Mapping[int, int]) -> list[Reject]:
    """The first rejected rows in the order of the file."""
    rejects = list(table.ragged[:SHOWN_REJECTS])
    if statuses.get(REJECTED):
        found = table.collect(plan.rejected_rows().sort("row").head(SHOWN_REJECTS)).sort("row")
        lines = table.lines_of(found["row"].to_list())
        rejects += [
            Reject(table.file.name, lines[row], table.number_of(row), column, value, reason)
            for row, column, value, reason in found.rows()
        ]
    return sorted(rejects, key=lambda one: (one.line or 0, one.row or 0))[:SHOWN_REJECTS]


def _fields(plan: Plan, table: Table, statuses: Mapping[int, int]) -> Iterator[FieldFacts]:
    """One entry an event column that is filled, in the order of the event table."""
    source = plan.source
    rows = sum(count for status, count in statuses.items() if status < FIRST_SKIP)
    known = [name for name in TYPES if name in plan.known]
    measured = _measured(plan, table, known)
    for name in TYPES:
        if name in known:
            filled, present, parsed, first = (
                measured[_part(name, part)] for part in ("filled", "present", "parsed", "samples")
            )
            samples = _samples(name, first)
            yield FieldFacts(name, _origin(plan, name), rows, filled, present, parsed, samples)
        elif name == "channel" and source.channel:
            yield FieldFacts(
                name, "the mapping, for all", rows, rows, rows, rows, (source.channel,)
            )


def _samples(name: str, first: Sequence[Any]) -> tuple[str, ...]:
    is_duration = TYPES[name] == "duration"
    return samples_of([duration_in_words(ms / 1_000) for ms in first] if is_duration else first)


def _measured(plan: Plan, table: Table, known: Sequence[str]) -> dict[str, Any]:
    """What the rows that no rule skips hold of each field."""
    # Beside the raw columns, before the plan puts columns of its own among them.
    columns = plan.frame.collect_schema()
    there = [_is_there(plan, name, columns).alias(_part(name, "there")) for name in known]
    fields = replace(plan, frame=plan.frame.with_columns(there)).fields
    parts = [part for name in known for part in _parts(plan, name)]
    found = table.collect(fields.filter(pl.col(STATUS) < FIRST_SKIP).select(parts))
    return found.row(0, named=True)


def _part(name: str, part: str) -> str:
    return f"{name}\x1f{part}"


def _is_there(plan: Plan, name: str, columns: pl.Schema) -> pl.Expr:
    """Whether the file holds something for a field, be it readable or not."""

    def any_there(texts: Sequence[str]) -> pl.Expr:
        return pl.any_horizontal(_says_something(text, columns) for text in texts)

    spec = plan.source.fields[name]
    stated = [text for text in (spec.sql, *spec.sum, spec.to) if text is not None]
    moved = [any_there(spec.plus)] if spec.plus else []
    there = [any_there(stated)] if stated else []
    if spec.from_ is None:
        there = [pl.all_horizontal(*there, *moved)]
    elif spec.to is None:
        there += moved or [pl.lit(value=True)]
    when = pl.sql_expr(spec.when).fill_null(value=False) if spec.when else pl.lit(value=True)
    return pl.any_horizontal(there) & when


def _says_something(sql: str, columns: pl.Schema) -> pl.Expr:
    """Whether an SQL text gives a value, and no word for nothing."""
    value = pl.col(sql) if sql in columns else pl.sql_expr(sql)
    nothing = values.is_null_word(value.cast(pl.String))
    return value.is_not_null() & nothing.not_()


def _parts(plan: Plan, name: str) -> Iterator[pl.Expr]:
    column = plan.column(name)
    assert column is not None
    present = pl.col(_part(name, "there"))
    ground = plan.source.fields[name].from_
    if ground is not None:
        before = plan.column(ground)
        assert before is not None
        present &= before.is_not_null()
    readable = column.is_not_null()
    if name == "conversation_id":
        readable &= values.lost_digits(column).not_()
    yield column.count().alias(_part(name, "filled"))
    yield present.sum().alias(_part(name, "present"))
    yield (present & readable).sum().alias(_part(name, "parsed"))
    yield column.drop_nulls().head(_SAMPLED).implode().alias(_part(name, "samples"))


def _origin(plan: Plan, name: str) -> str:
    """The file's own column that a field comes from, or the columns that it is made of."""
    spec = plan.source.fields[name]
    origin = " + ".join(_made_of(plan, (*filter(None, [spec.sql]), *spec.sum)))
    moved = " + ".join(_made_of(plan, spec.plus))
    if origin and name in plan.source.values:
        origin += f", through [values.{name}]"
    ground = f"else {spec.from_}" if origin else spec.from_
    parts = [origin, ground if spec.from_ and (moved or not (origin and spec.plus)) else ""]
    parts += [f"to {one}" for one in _made_of(plan, filter(None, [spec.to]))]
    parts += [f"+ {moved}"] if moved else []
    parts += [f"by {_listed(plan.uses[spec.when])}"] if spec.when and plan.uses[spec.when] else []
    return " ".join(filter(None, parts))


def _made_of(plan: Plan, texts: Iterable[str]) -> Iterator[str]:
    """Of each SQL text its column, or those that it is made of; what is constant as it stands.

    What stands on columns that the file does not have is left out.
    """
    for sql in texts:
        columns = plan.uses[sql]
        if columns:
            yield columns[0] if len(columns) == 1 else f"of {_listed(columns)}"
        elif sql in plan.source.fields or not pl.sql_expr(sql).meta.root_names():
            yield " ".join(sql.split())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
