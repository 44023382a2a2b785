"""What an input is and how it was understood, as a value: nothing is printed here.

Where a report fails because it would mislead (an unknown format, a tie, too many rejects, no
event), an inspection tells what there is to tell, and the reason as its `problem`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from supportcli.conversations import fields_known, knowledge
from supportcli.errors import InputError, SupportkpiError
from supportcli.facts import SourceFacts
from supportcli.intake import ReadOptions, added
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources import values
from supportcli.sources.delimited import shape_of
from supportcli.sources.mapping import Given, plan_mapping
from supportcli.sources.names import find_column, is_name
from supportcli.sources.plan import EVENT, FIRST_SKIP, REJECTED, STATUS, SURPRISE, Plan
from supportcli.sources.read import Reject, Table, open_table
from supportcli.sources.recognise import (
    Candidate,
    candidates,
    fit_of,
    layout_of,
    nearest,
    read_head,
    winners,
)
from supportcli.sources.sniff import DELIMITED, InputFile
from supportcli.sources.source import (
    FileSpec,
    Source,
    built_in_sources,
    find_source,
    is_regex,
)
from supportcli.sources.stored import StoredEvents, open_stored

SHOWN_REJECTS: Final = 5
_SHOWN_NEAREST: Final = 3
_ROWS: Final = "rows\x1f"


@dataclass(frozen=True)
class FileFacts:
    """The shape of a file; `rows` is None where it could not be read to its end.

    `encoding` and `delimiter` are None in files that are no delimited text; `header_line` is None
    in files without a header line. `notes` say what was guessed, repaired or left aside.
    """

    name: str
    format: str
    columns: int
    rows: int | None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    is_guessed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """A source that an unknown file resembles, and what it lacks to be one."""

    source: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FieldFacts:
    """How well one event column is filled, over the rows that no rule skips.

    `origin` is the file's column or the expression it comes from; `filled` counts its values,
    `present` the values that the file holds for it and `parsed` those of them that were read.
    """

    field: str
    origin: str
    rows: int
    filled: int
    present: int
    parsed: int
    sample: str | None


@dataclass(frozen=True)
class ColumnFacts:
    """A column of the file: how many rows have a value there, and one such value."""

    name: str
    filled: int
    sample: str | None


@dataclass(frozen=True)
class Zone:
    """A time zone in which stamps were read (None: each states its own), and who says so."""

    name: str | None
    origin: str


@dataclass(frozen=True)
class Spent:
    """Where the rows went; `repeated` counts the events that repeat an event id of this file."""

    events: int
    skipped: Mapping[str, int]
    rejected: int
    repeated: int = 0


@dataclass(frozen=True)
class Lack:
    """KPIs that cannot be had from the file, and what it would have to carry for them."""

    what: str
    fields: tuple[str, ...]
    kpis: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """One input as it was understood. `source` is None where no source was found, or several."""

    file: FileFacts
    source: str | None = None
    title: str = ""
    chosen_by: str = ""
    nearest: tuple[Nearest, ...] = ()
    fields: tuple[FieldFacts, ...] = ()
    absent: tuple[str, ...] = ()
    unused: tuple[ColumnFacts, ...] = ()
    zones: tuple[Zone, ...] = ()
    spent: Spent | None = None
    rejects: tuple[Reject, ...] = ()
    lacks: tuple[Lack, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Choice:
    """The source of an input, if there is one, and why; else what came near."""

    source: Source | None
    chosen_by: str = ""
    near: tuple[Candidate, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Profile:
    """The rows of a table and its columns, before they mean anything."""

    table: Table
    rows: int
    columns: tuple[ColumnFacts, ...]


def inspect_input(file: InputFile, options: ReadOptions, settings: Settings) -> Inspection:
    """What one input is and how a report would read it.

    Raises InputError when nothing can be read of it (no such file, empty, no format of ours), and
    UsageError or ConfigurationError when the source that was named is none.
    """
    stored = open_stored(file)
    if stored is not None:
        return _inspect_stored(file, stored)
    choice = _choose(file, options)
    try:
        profile = _profiled(open_table(file, _spec(file, choice)))
    except InputError as error:
        return _head_only(file, choice, error)
    result = _described(file, choice, profile)
    if choice.source is None:
        return replace(result, unused=profile.columns)
    try:
        zone = _zone(choice.source, options, settings)
        given = Given(str(zone.name), options.people(settings), options.date_order)
        return _understood(result, choice.source, profile, zone, given)
    except SupportkpiError as error:
        problem = "; ".join(filter(None, (error.message, error.hint)))
        return replace(result, unused=profile.columns, problem=problem)


def open_for_starter(file: InputFile, options: ReadOptions) -> Table:
    """The table of an input in the shape that its source says, or that is seen, where it has none.

    Raises InputError when it cannot be read.
    """
    return _profiled(open_table(file, _spec(file, _choose(file, options)))).table


def _spec(file: InputFile, choice: _Choice) -> FileSpec:
    return layout_of(file, choice.source) if choice.source else FileSpec()


def _choose(file: InputFile, options: ReadOptions) -> _Choice:
    """The source that is named, else the one that is recognised."""
    named = options.source or file.source
    if named:
        source = find_source(named)
        fit = fit_of(file, source)
        by = "--source" if options.source else "the configuration"
        return _Choice(source, f"named by {by}", (fit,) if fit.missing else ())
    known = candidates(file, built_in_sources())
    found = winners(known)
    if len(found) == 1:
        return _Choice(found[0].source, "recognised by its columns")
    if found:
        names = " and ".join(one.source.name for one in found)
        return _Choice(None, problem=f"{len(found)} sources match, {names}; --source says which")
    near = tuple(nearest(known)[:_SHOWN_NEAREST])
    return _Choice(None, near=near, problem="no known source reads this file as it is")


def _described(file: InputFile, choice: _Choice, profile: _Profile) -> Inspection:
    """What is known before the mapping: the shape of the file and its source."""
    table = profile.table
    rows = profile.rows + len(table.ragged) + sum(table.left_out.values())
    facts = _file_facts(file, _spec(file, choice), len(table.columns), rows, table)
    return _introduced(replace(facts, notes=table.notes), choice)


def _introduced(facts: FileFacts, choice: _Choice) -> Inspection:
    return Inspection(
        file=facts,
        source=choice.source.name if choice.source else None,
        title=choice.source.title if choice.source else "",
        chosen_by=choice.chosen_by,
        nearest=tuple(Nearest(one.source.name, one.missing) for one in choice.near),
        problem=choice.problem,
    )


def _file_facts(
    file: InputFile, spec: FileSpec, columns: int, rows: int | None, table: Table | None = None
) -> FileFacts:
    form = spec.format or file.format
    if form not in DELIMITED:
        return FileFacts(file.name, form, columns, rows)
    shape = table.shape if table and table.shape else shape_of(file, spec)
    return FileFacts(
        name=file.name,
        format=form,
        columns=columns,
        rows=rows,
        encoding=shape.text.encoding,
        delimiter=shape.dialect.delimiter,
        header_line=shape.header_line,
        is_guessed=shape.text.guessed,
    )


def _head_only(file: InputFile, choice: _Choice, error: InputError) -> Inspection:
    """What the first rows tell of a file that cannot be read to its end.

    Raises the error again where there are not even first rows.
    """
    head = read_head(file, _spec(file, choice))
    if not head.rows:
        raise error
    columns = tuple(
        ColumnFacts(name, sum(map(bool, cells)), next(filter(None, cells), None))
        for name, *cells in zip(head.columns, *head.rows, strict=False)
    )
    facts = _file_facts(file, _spec(file, choice), len(head.columns), None)
    return replace(_introduced(facts, choice), unused=columns, problem=error.message)


def _profiled(table: Table) -> _Profile:
    """The table counted; read by the exact reader where polars fails or skips over faults.

    Raises InputError for bytes that no reader understands.
    """
    if table.texts_for_null:
        table = table.carefully()
    try:
        counts = _counted(table)
        nulls = counts[_ROWS] - counts[table.guard] if table.guard else 0
        irregular = table.has_irregular_rows(counts[_ROWS], nulls)
    except InputError:
        if table.guard is None:
            raise
        irregular = True
    if irregular:
        table = table.carefully()
        counts = _counted(table)
    samples = table.sample
    columns = tuple(
        ColumnFacts(name, counts[name], _first(samples[name])) for name in table.columns
    )
    return _Profile(table, counts[_ROWS], columns)


def _counted(table: Table) -> dict[str, int]:
    """How many values each column holds, and how many rows there are."""
    counts = table.frame.select(pl.len().alias(_ROWS), pl.all().count())
    return dict(table.collect(counts).row(0, named=True))


def _first(series: pl.Series) -> str | None:
    value = series.drop_nulls().head(1)
    return _shown(value.item()) if len(value) else None


def _shown(value: Any) -> str | None:
    """A value as people read it; times inside the program are in UTC."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}{'' if value.tzinfo else 'Z'}"
    return None if value is None else str(value)


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


def _understood(
    result: Inspection, source: Source, profile: _Profile, zone: Zone, given: Given
) -> Inspection:
    """The inspection with everything that the mapping of its source tells."""
    table = profile.table
    quick = plan_mapping(source, table, given, thorough=False)
    plan, statuses = quick, _statuses(table, quick)
    if statuses.get(REJECTED) or _is_surprised(table, quick):
        plan = plan_mapping(source, table, given, thorough=True)
        statuses = _statuses(table, plan)
    fields = {*plan.known} | ({"channel"} if source.channel else set())
    used = _used_columns(source, table.columns)
    return replace(
        result,
        fields=tuple(_fields(plan, table, statuses)),
        absent=tuple(name for name in source.fields if name not in plan.known),
        unused=tuple(one for one in profile.columns if one.name not in used),
        zones=tuple(_zones(source, table, zone, assumed=quick.assumes_zone)),
        spent=_spent(plan, table, statuses),
        rejects=tuple(_first_rejects(plan, table, statuses)),
        lacks=_lacks(SourceFacts(source.name, source.grain, source.id_space, frozenset(fields))),
    )


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
            origin = _origin(source, name, table.columns)
            filled, present, parsed, sample = (
                measured[f"{name}\x1f{part}"] for part in ("filled", "present", "parsed", "sample")
            )
            yield FieldFacts(name, origin, rows, filled, present, parsed, _shown(sample))
        elif name == "channel" and source.channel:
            yield FieldFacts(name, "the mapping, for all", rows, rows, rows, rows, source.channel)


def _measured(plan: Plan, table: Table, known: Sequence[str]) -> dict[str, Any]:
    """What the rows that no rule skips hold of each field."""
    # Beside the raw columns, before the plan puts columns of its own among them.
    there = [_is_there(plan, name).alias(f"{name}\x1fthere") for name in known]
    fields = replace(plan, frame=plan.frame.with_columns(there)).fields
    parts = [part for name in known for part in _parts(plan, name)]
    return table.collect(fields.filter(pl.col(STATUS) < FIRST_SKIP).select(parts)).row(
        0, named=True
    )


def _is_there(plan: Plan, name: str) -> pl.Expr:
    """Whether the file holds something for a field, be it readable or not."""
    spec = plan.source.fields[name]
    stated = [text for text in (spec.sql, *spec.sum, spec.to) if text is not None]
    moved = [_any_there(plan, spec.plus)] if spec.plus else []
    there = [_any_there(plan, stated)] if stated else []
    if spec.from_ is None:
        there = [pl.all_horizontal(*there, *moved)]
    elif spec.to is None:
        there += moved or [pl.lit(value=True)]
    when = pl.sql_expr(spec.when).fill_null(value=False) if spec.when else pl.lit(value=True)
    return pl.any_horizontal(there) & when


def _any_there(plan: Plan, texts: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(_raw(plan, text).is_not_null() for text in texts)


def _raw(plan: Plan, sql: str) -> pl.Expr:
    return pl.col(sql) if sql in plan.raw_columns else pl.sql_expr(sql)


def _parts(plan: Plan, name: str) -> Iterator[pl.Expr]:
    column = plan.column(name)
    assert column is not None
    present = pl.col(f"{name}\x1fthere")
    ground = plan.source.fields[name].from_
    if ground is not None:
        before = plan.column(ground)
        assert before is not None
        present &= before.is_not_null()
    readable = column.is_not_null()
    if name == "conversation_id":
        readable &= values.lost_digits(column).not_()
    yield column.count().alias(f"{name}\x1ffilled")
    yield present.sum().alias(f"{name}\x1fpresent")
    yield (present & readable).sum().alias(f"{name}\x1fparsed")
    yield column.drop_nulls().first().alias(f"{name}\x1fsample")


def _origin(source: Source, name: str, columns: Sequence[str]) -> str:
    """The file's own column that a field comes from, or the expression."""
    spec = source.fields[name]
    through = f", through [values.{name}]" if name in source.values else ""
    told = [text for text in (spec.sql, *spec.sum) if text is not None]
    origin = " + ".join(_column_or_sql(source, text, columns) for text in told)
    parts = [origin + through] if told else []
    parts += [f"else {spec.from_}" if told else spec.from_] if spec.from_ else []
    parts += [f"to {_column_or_sql(source, spec.to, columns)}"] if spec.to else []
    parts += [f"+ {_column_or_sql(source, text, columns)}" for text in spec.plus]
    parts += [f"when {' '.join(spec.when.split())}"] if spec.when else []
    return " ".join(parts)


def _column_or_sql(source: Source, sql: str, columns: Sequence[str]) -> str:
    found = find_column(sql, source.columns.get(sql, ()), columns)
    return found.column if found else " ".join(sql.split())


def _used_columns(source: Source, columns: Sequence[str]) -> frozenset[str]:
    """The columns of the file that a field or a skip rule looks at."""
    found = {
        find_column(name, source.columns.get(name, ()), columns)
        for text in _texts(source)
        for name in _names_in(source, text, columns)
    }
    return frozenset(one.column for one in found if one is not None)


def _texts(source: Source) -> list[str]:
    return [
        *(text for spec in source.fields.values() for text in spec.texts),
        *source.file.skip_where.values(),
        *source.let.values(),
        *(source.roles.expressions.values() if source.roles else ()),
    ]


def _names_in(source: Source, text: str, columns: Sequence[str]) -> list[str]:
    """The canonical names of the columns in a text of the mapping."""
    named = text in source.columns or text in source.match.columns
    if named or is_name(text, columns):
        return [text]
    return pl.sql_expr(text).meta.root_names()


def _zones(source: Source, table: Table, zone: Zone, *, assumed: bool) -> Iterator[Zone]:
    """Every zone in which stamps of this file were read."""
    stated = list(dict.fromkeys(_header_zones(source, table.columns)))
    yield from stated
    if assumed:
        yield replace(zone, origin=f"of the other times: {zone.origin}") if stated else zone
    elif not stated:
        yield Zone(None, "stated with every time in the file (UTC, an offset, or an epoch)")


def _header_zones(source: Source, columns: Sequence[str]) -> Iterator[Zone]:
    for spellings in source.columns.values():
        for spelling in filter(is_regex, spellings):
            matches = (
                re.fullmatch(spelling[1:-1], name.strip(), re.IGNORECASE) for name in columns
            )
            match = next(filter(None, matches), None)
            if match and match.groupdict().get("zone"):
                yield Zone(match["zone"], "stated in the header")


def _lacks(facts: SourceFacts) -> tuple[Lack, ...]:
    """The KPIs that the file cannot give, by what it lacks for them."""
    known = fields_known(knowledge(facts))
    groups: dict[tuple[str, tuple[str, ...]], list[Kpi]] = {}
    for kpi in CATALOGUE.values():
        missing = [need for need in kpi.needs if not known.intersection(need.fields)]
        if missing:
            what = " and ".join(dict.fromkeys(need.what for need in missing))
            fields = tuple(
                dict.fromkeys(one for need in missing for one in need.fields if one in TYPES)
            )
            groups.setdefault((what, fields), []).append(kpi)
    return tuple(Lack(what, fields, _families(kpis)) for (what, fields), kpis in groups.items())


def _families(kpis: Sequence[Kpi]) -> tuple[str, ...]:
    """The ids of KPIs, the name of a measure standing for all its statistics."""
    ids = {kpi.id for kpi in kpis}
    names = []
    for kpi in kpis:
        family = kpi.id.partition(".")[0]
        members = {id_ for id_ in CATALOGUE if id_.partition(".")[0] == family}
        names.append(family if members <= ids else kpi.id)
    return tuple(dict.fromkeys(names))


def _inspect_stored(file: InputFile, stored: StoredEvents) -> Inspection:
    """A table of events that an earlier run wrote: nothing is mapped, much may be missing."""
    frame = stored.rows(TYPES).select(name for name in TYPES if name != "source")
    counts = frame.select(pl.len().alias(_ROWS), pl.all().count()).collect().row(0, named=True)
    firsts = frame.select(pl.all().drop_nulls().first()).collect().row(0, named=True)
    rows = int(counts[_ROWS])
    known = frozenset(name for one in stored.facts for name in one.fields)
    fields = tuple(
        FieldFacts(name, name, rows, counts[name], counts[name], counts[name], _shown(firsts[name]))
        for name in firsts
        if counts[name]
    )
    grain = "event" if any(one.grain == "event" for one in stored.facts) else "conversation"
    return Inspection(
        file=FileFacts(file.name, "parquet", len(TYPES), rows),
        source=", ".join(one.name for one in stored.facts),
        title="a table of events that supportkpi wrote",
        chosen_by="stated in the file",
        fields=fields,
        zones=(Zone("UTC", "stated in the file"),),
        spent=Spent(rows, {}, 0),
        lacks=_lacks(SourceFacts("", grain, "", known)),
    )
