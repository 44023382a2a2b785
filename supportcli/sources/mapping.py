"""A source and a table's columns to a plan: what fills each event column of each row."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.columns import polars_type
from supportcli.errors import ConfigurationError, InputError
from supportcli.facts import SCALES
from supportcli.schema import CHANNELS, KINDS, TYPES
from supportcli.settings import check_timezone
from supportcli.sources import quantities, values
from supportcli.sources.changes import Place
from supportcli.sources.names import find_column, is_name, stated_zone
from supportcli.sources.plan import (
    Check,
    Plan,
    field_column,
    is_one_of,
    rating_column,
    stated_column,
)
from supportcli.sources.read import SURPLUS, Table, first_line
from supportcli.sources.roles import PARTY, ROLE_COLUMNS, People, Roles, Voices, find_roles
from supportcli.sources.source import FieldSpec, RolesSpec, Source, is_regex
from supportcli.sources.times import HIJRI_REASON, NO_ZONE_REASON, TimeReader
from supportcli.sources.words import to_words, translate
from supportcli.sources.zones import zone_named
from supportcli.words import Name, phrase


@dataclass(frozen=True)
class Given:
    """What the run says where a file may be silent.

    The zone of stamps that state none, the currency of amounts that name none, who the agents are,
    and the order of its dates.
    """

    timezone: str
    currency: str
    people: People
    date_order: str | None = None


def _native(name: str) -> str:
    """The column that holds a value with the type it had in a Parquet or JSON file."""
    return f"native\x1f{name}"


def _raw(name: str) -> str:
    """The column that holds a text as the export writes it, before `[words]`."""
    return f"raw\x1f{name}"


def plan_mapping(source: Source, table: Table, given: Given, *, thorough: bool) -> Plan:
    """The plan of a source for one table; `timezone` is of stamps that state none.

    `date_order` is what the user says of dates such as 3/2/26.

    A quick plan reads each column in the forms that its first rows show; when rows fail, the
    thorough plan reads all the forms there are. Raises ConfigurationError for an SQL expression
    that cannot be understood, and where the table lacks everything that the mapping asks for.
    """
    return _Planner(source, table, given, thorough=thorough).plan()


class _Planner:
    """Builds the plan of one source for one table."""

    def __init__(self, source: Source, table: Table, given: Given, *, thorough: bool) -> None:
        self.source = source
        self.table = table
        self.timezone = given.timezone
        self.currency = given.currency
        self.thorough = thorough
        self.zones: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.checks: list[Check] = []
        self.surprises: dict[str, pl.Expr] = {}
        self.lost_customer: pl.Expr | None = None
        self.masks: dict[str, pl.Expr] = {}
        self.enumerated: dict[str, pl.Expr] = {}
        self.assumes_zone = False
        self.types = dict(table.frame.collect_schema())
        self.names = self._names()
        self.words = self._words()
        self.roles: Roles | None = None
        self.stamps: dict[str, pl.Expr] = {}
        self.counted: dict[str, list[pl.Expr]] = {}
        self.notes: list[str] = []
        self.sample = self._first_rows()
        if source.roles is not None:
            self.roles = self._roles(source.roles, given.people)
            self.sample = self._first_rows()
        self.times = TimeReader(
            source.time,
            table,
            self._prepared,
            self.sample,
            self._time_texts,
            thorough=thorough,
            date_order=given.date_order,
        )

    def plan(self) -> Plan:
        absolute, stated = self._absolute()
        if not any(TYPES[name] == "time" for name in (*absolute, *stated)):
            wanted = ", ".join(self._missing())
            raise ConfigurationError(
                f"{self.table.file.name}: none of the times that the source "
                f"{self.source.name} maps is there",
                hint=f"it wants the columns {wanted}",
            )
        return Plan(
            source=self.source,
            table=self.table,
            frame=self._prepared(self.table.frame).with_columns(**self.stamps),
            ratings=self._ratings(),
            stated=stated,
            absolute=absolute,
            relative=(relative := self._relative(absolute, stated)),
            checks=(*self.checks, *self._unlisted_words()),
            skips={
                reason: self._condition(sql, f"file.skip_where.{reason}")
                for reason, sql in self.source.file.skip_where.items()
            },
            surprises=tuple(self.surprises.values()),
            masks=self.masks,
            enumerated=self.enumerated,
            lost_customer=self.lost_customer,
            # An agent may say the same at the same time in two chats: whose chat it is tells.
            raw_columns=(*self.names, *([PARTY] if self.roles else [])),
            assumes_zone=self.assumes_zone,
            absent=self._absent({**absolute, **relative}),
            counted={kind: pl.sum_horizontal(sums) for kind, sums in self.counted.items()},
            notes=self._notes(),
            uses={sql: self._used_by(sql, place) for place, sql in self._expressions()},
            zones=self._zones_used(),
            date_order=self.times.said_of_order,
        )

    def _zones_used(self) -> tuple[str, ...]:
        """The zones that the headers of times state."""
        times = [spec for name, spec in self.source.fields.items() if TYPES[name] == "time"]
        stated = [self._stated_zone(spec) for spec in times if spec.sql is not None]
        return tuple(dict.fromkeys(filter(None, stated)))

    def _used_by(self, sql: str, place: str) -> tuple[str, ...]:
        """The columns of the export, as it writes them, that an SQL text stands on."""
        wanted = self._columns_in(sql, place)
        return tuple(dict.fromkeys(self.names[one] for one in wanted if one in self.names))

    def _absolute(self) -> tuple[dict[str, pl.Expr], dict[str, pl.Expr]]:
        """What the columns say of each field, finished, and what is still to be moved or joined."""
        absolute, stated = {}, {}
        for name, spec in self.source.fields.items():
            if any(self._available(name, part) for part in spec.sum):
                absolute[name] = self._sum(name, spec, spec.sum)
            elif spec.to is not None and self._available(name, spec.to):
                stated[name] = self._typed(name, FieldSpec(sql=spec.to), "time", stated_column)
            elif spec.sql is not None and self._available(name, spec.sql):
                if spec.is_moved:
                    stated[name] = self._typed(name, spec, TYPES[name], stated_column)
                else:
                    absolute[name] = self._typed(name, spec, TYPES[name], field_column)
        return absolute, stated

    def _ratings(self) -> dict[str, pl.Expr]:
        """The ratings of `[ratings]` that the table has, by their column.

        They are no part of the event, so none of them can reject its row: what is no number of
        the scale is null.
        """
        return {
            rating_column(name): self._rating(f"ratings.{name}", spec)
            for name, spec in self.source.ratings.items()
            if spec.sql is not None and self._available(name, spec.sql)
        }

    def _rating(self, place: str, spec: FieldSpec) -> pl.Expr:
        raw = self._sql(str(spec.sql), place).cast(pl.String)
        if spec.pattern is not None:
            raw = raw.str.extract(spec.pattern, 1)
        number = quantities.parse_rating(raw, spec.scale[1] if spec.scale else None, thorough=True)
        low, high = spec.scale or (-math.inf, math.inf)
        return pl.when(number.is_finite() & number.is_between(low, high)).then(number)

    def _notes(self) -> tuple[str, ...]:
        """What one should know of how the file was read."""
        roles = [self.roles.note] if self.roles and self.roles.note else []
        return (*roles, *self.times.notes, *self.notes)

    def _unlisted_words(self) -> list[Check]:
        """A reject for every word that a closed table of `[words]` does not list."""
        return [
            Check(
                self.names[name],
                pl.col(_raw(name)),
                pl.col(name).is_not_null()
                & is_one_of(name, sorted(set(self.source.words[name].values()))).not_(),
                f"{{value}} is not listed in [words.{name}]",
            )
            for name in self.source.closed_words
            if name in self.words and not self._knows_every_word(name)
        ]

    def _knows_every_word(self, name: str) -> bool:
        """Whether the words learnt are all listed; another one is a surprise already."""
        learnt = self.words[name].values()
        return bool(learnt) and set(learnt) <= set(self.source.words[name].values())

    def _names(self) -> dict[str, str]:
        """Canonical name -> the column as this export writes it, for every column it has."""
        found = {}
        for canonical in self._wanted():
            spellings = self.source.columns.get(canonical, ())
            match = find_column(canonical, spellings, self.table.columns)
            if match is not None:
                found[canonical] = match.column
                self._note_zone(canonical, spellings, match.column)
                if match.unit is not None:
                    self.units[canonical] = match.unit
        return found

    def _note_zone(self, canonical: str, spellings: Sequence[str], column: str) -> None:
        for spelling in filter(is_regex, spellings):
            match = re.fullmatch(spelling[1:-1], column.strip(), re.IGNORECASE)
            if match and match.groupdict().get("zone"):
                self.zones[canonical] = self._zone_stated(match["zone"], column)
        zone = stated_zone(column)
        if zone is not None:
            self.zones.setdefault(canonical, zone)

    def _zone_stated(self, text: str, column: str) -> str:
        """The zone that the header of a column states."""
        try:
            zone = zone_named(text)
            if zone is None:
                check_timezone(text)
        except ValueError as error:
            raise InputError(f"{self.table.file.name} ({column}): {error}") from error
        return zone or text

    def _wanted(self) -> list[str]:
        """Every column name that the mapping mentions, in its own spelling."""
        wanted = dict.fromkeys([*self.source.columns, *self.source.match.columns])
        wanted |= dict.fromkeys(name for names in self.source.match.any for name in names)
        wanted |= dict.fromkeys(self.source.file.columns)
        wanted |= dict.fromkeys(self.table.columns)
        for place, sql in self._expressions():
            wanted |= dict.fromkeys(self._columns_in(sql, place))
        return [name for name in wanted if name not in self.source.let]

    def _is_column(self, text: str) -> bool:
        """Whether a text of the mapping is a column's name, of this table or one it may have."""
        return (
            text in self.source.columns
            or text in self.source.match.columns
            or is_name(text, self.table.columns)
        )

    def _expressions(self) -> list[tuple[str, str]]:
        texts = [
            (f"{table}.{name}", text)
            for table, specs in (("fields", self.source.fields), ("ratings", self.source.ratings))
            for name, spec in specs.items()
            for text in spec.texts
        ]
        skips = self.source.file.skip_where.items()
        texts += [(f"file.skip_where.{reason}", sql) for reason, sql in skips]
        texts += [(f"let.{name}", sql) for name, sql in self.source.let.items()]
        texts += [("time.zone_in", self.source.time.zone_in)] if self.source.time.zone_in else []
        roles = self.source.roles.expressions.items() if self.source.roles else ()
        return [*texts, *((f"roles.{key}", sql) for key, sql in roles)]

    def _missing(self) -> list[str]:
        """The columns of times, none of which is there."""
        times = [name for name in self.source.fields if TYPES[name] == "time"]
        roots = [
            root
            for name in times
            for text in self.source.fields[name].texts
            for root in self._columns_in(text, f"fields.{name}")
        ]
        return [name for name in dict.fromkeys(roots) if name not in self.names]

    def _columns_in(self, sql: str, place: str, within: frozenset[str] = frozenset()) -> list[str]:
        """The columns that an expression stands on, those behind other names included.

        Such names are those of `[let]`, and what `[roles]` adds, which stands on the author. One
        that stands on itself (`within`) is meant as a column.
        """
        if self._is_column(sql):
            return [sql]
        named = {name: text for name, text in self._named.items() if name not in within}
        roots = [sql] if sql in named else self._parse(sql, place).meta.root_names()
        found: dict[str, None] = {}
        for root in roots:
            inner = [root]
            if root in named:
                inner = self._columns_in(named[root], f"let.{root}", within | {root})
            found |= dict.fromkeys(inner)
        return list(found)

    @cached_property
    def _named(self) -> dict[str, str]:
        """The names that stand for expressions, with what they stand on."""
        roles = self.source.roles
        added = dict.fromkeys(ROLE_COLUMNS, roles.author) if roles else {}
        return {**self.source.let, **added}

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The raw frame under canonical names: text, typed columns beside it, nulls for absent."""
        columns = []
        for canonical, column in self.names.items():
            kind = self.types[column]
            text = _as_text(pl.col(column), kind)
            columns.append(self._in_words(canonical, text).alias(canonical))
            if canonical in self.words:
                columns.append(text.alias(_raw(canonical)))
            if kind in (pl.Datetime, pl.Date):
                columns.append(pl.col(column).alias(_native(canonical)))
        absent = [
            pl.lit(None, dtype=pl.String).alias(name)
            for name in self._wanted()
            if name not in self.names
        ]
        surplus = [SURPLUS] if SURPLUS in frame.collect_schema() else []
        frame = frame.select([*columns, *absent, *surplus])
        for name, sql in self.source.let.items():
            frame = frame.with_columns(self._parsed_sql(sql, f"let.{name}").alias(name))
        return frame.with_columns(self.roles.columns()) if self.roles else frame

    def _words(self) -> dict[str, dict[str, str]]:
        """For every column with `[words]`, what its first texts mean; empty where they are many.

        A quick plan then compares with these texts alone, and another is a surprise.
        """
        learnt: dict[str, dict[str, str]] = {}
        for name in self.source.words:
            if name in self.names:
                learnt[name] = {} if self.thorough else self._first_words(name)
        return learnt

    def _first_words(self, name: str) -> dict[str, str]:
        column = self.names[name]
        text = _as_text(pl.col(column), self.types[column]).alias("text")
        texts = self.table.sample.select(text).unique().sort("text")
        if texts.height > _MANY_WORDS:
            return {}
        meant = texts.with_columns(word=to_words(pl.col("text"), self.source.words[name]))
        return dict(meant.drop_nulls().rows())

    def _in_words(self, name: str, text: pl.Expr) -> pl.Expr:
        if name not in self.words:
            return text
        known = self.words[name]
        if not known:
            return to_words(text, self.source.words[name])
        changed = {one: word for one, word in known.items() if one != word}
        return text.replace(list(changed), list(changed.values())) if changed else text

    def _roles(self, spec: RolesSpec, people: People) -> Roles:
        """Who is who in the whole table."""
        said = {
            key: self._sql(sql, f"roles.{key}").cast(pl.String)
            for key, sql in spec.expressions.items()
        }
        voices = Voices(**{"name": said["author"]} | said)
        frame = self._prepared(self.table.frame)
        rows = self.table.collect(frame.select(author=voices.author, name=voices.name))
        return find_roles(voices, people, rows, self.table.file.name)

    def _first_rows(self) -> pl.DataFrame:
        """The first rows, prepared: where an expression of `[let]` fails, it fails here."""
        try:
            return self._prepared(self.table.sample.lazy()).collect()
        except pl.exceptions.PolarsError as error:
            raise ConfigurationError(
                f"{self.source.path} (let): {first_line(error)}",
                hint="a name may stand on columns of the export, and on names above it",
            ) from error

    def _parse(self, sql: str, place: str) -> pl.Expr:
        try:
            return pl.sql_expr(sql)
        except (pl.exceptions.PolarsError, pl.exceptions.SQLInterfaceError) as error:
            raise self._bad_sql(place, sql, error) from error

    def _bad_sql(self, place: str, sql: str, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"{self.source.path} ({place}): cannot understand {sql!r}: {first_line(error)}",
            hint="an expression is SQL over the export's columns; TRY_CAST turns text to numbers",
        )

    def _parsed_sql(self, sql: str, place: str) -> pl.Expr:
        """The expression of an SQL text, or the column or `[let]` of that very name."""
        if self._is_column(sql) or sql in self.source.let:
            return pl.col(sql)
        return self._parse(sql, place)

    def _sql(self, sql: str, place: str) -> pl.Expr:
        """The expression of an SQL text, tried on the first rows."""
        expression = self._parsed_sql(sql, place)
        self._meet_words(self._columns_in(sql, place))
        try:
            self.sample.select(expression.alias("x"))
        except pl.exceptions.PolarsError as error:
            raise self._bad_sql(place, sql, error) from error
        return expression

    def _meet_words(self, columns: Sequence[str]) -> None:
        """Where a column's words were learnt from its first rows, another one is a surprise."""
        for name in columns:
            if self.words.get(name):
                self._surprise_beyond(name, _raw(name), list(self.words[name]))

    def _surprise_beyond(self, name: str, column: str, known: Sequence[str]) -> None:
        if name not in self.surprises:
            unknown = (
                is_one_of(column, known).not_()
                if len(known) <= _FEW_WORDS
                else pl.col(column).is_in(list(known)).not_()
            )
            self.surprises[name] = pl.col(column).is_not_null() & unknown

    def _absent(self, filled: Mapping[str, pl.Expr]) -> dict[str, tuple[str, ...]]:
        """The fields that stay empty, each with the columns that it lacks."""
        return {
            name: tuple(
                root
                for text in spec.texts
                for root in self._roots(name, text)
                if root not in self.names
            )
            for name, spec in self.source.fields.items()
            if name not in filled
        }

    def _roots(self, name: str, sql: str) -> list[str]:
        """The columns of an expression; plain words were meant as one, whatever SQL says."""
        if self._is_column(sql) or re.fullmatch(r"[\w ]+", sql):
            return [sql]
        return self._columns_in(sql, f"fields.{name}")

    def _available(self, name: str, sql: str) -> bool:
        """Whether the table has what an expression needs: every column of one alternative.

        The alternatives are the arguments of a COALESCE around the whole; an expression without
        one is the only alternative. With a part of its columns it would pass off as known what
        the export cannot say.
        """
        return any(
            all(root in self.names for root in self._columns_in(one, f"fields.{name}"))
            for one in ([sql] if self._is_column(sql) else self._alternatives(sql))
        )

    def _alternatives(self, sql: str) -> list[str]:
        return alternatives(self.source.let.get(sql, sql))

    def _simplest(self, name: str, sql: str) -> str:
        """A COALESCE of which the table can give one alternative alone, as that one."""
        if self._is_column(sql):
            return sql
        given = [
            one
            for one in self._alternatives(sql)
            if all(root in self.names for root in self._columns_in(one, f"fields.{name}"))
        ]
        return given[0] if len(given) == 1 else sql

    def _typed(
        self, name: str, spec: FieldSpec, kind: str, column_of: Callable[[str], str]
    ) -> pl.Expr:
        """What the export says of a field, typed; it will stand in the column named so."""
        assert spec.sql is not None
        spec = replace(spec, sql=self._simplest(name, spec.sql))
        assert spec.sql is not None
        raw = self._sql(spec.sql, f"fields.{name}")
        if spec.pattern is not None:
            raw = raw.str.extract(spec.pattern, 1)
        if kind in _MEASURED:
            raw = self._without_null_words(raw, self.source.values.get(name, ()))
        if name in self.source.values:
            self.enumerated[name] = raw
        if name in self.source.values and not self._is_plain(name, raw):
            translated = self._translated(name, raw)
            self._check(name, spec, raw, raw.is_not_null() & translated.is_null(),
                        f"{{value}} is not listed in [values.{name}]")  # fmt: skip
            raw = translated
        if self._dtype(raw) == pl.Null:
            raw = raw.cast(pl.String)
        if kind == "text":
            return self._identifier(name, spec, raw)
        if kind == "time":
            return self._time(name, spec, raw, column_of(name))
        typed = self._parsed(name, kind, spec, raw)
        if spec.scale is not None:
            self._note_scale(spec, spec.scale, typed)
        is_unread = raw.is_not_null() & pl.col(column_of(name)).is_null()
        self._check(name, spec, raw, is_unread, _REASONS[kind])
        return typed

    def _note_scale(self, spec: FieldSpec, scale: tuple[float, float], rating: pl.Expr) -> None:
        """Say it where the first answers show that they are of another scale."""
        low, high = sorted(scale)
        seen = self.sample.select(rating.alias("x"))["x"].drop_nulls()
        outside = int(seen.is_between(low, high).not_().sum())
        if outside > _FEW_OUTSIDE * len(seen):
            column = self._column_of(str(spec.sql), "fields")
            self.notes.append(
                phrase(
                    "{file}: {outside} of the first {count} answers in {column} lie outside the "
                    "scale of {low} to {high} and are left out; a mapping that extends {source} "
                    "can say another",
                    file=Name(self.table.file.name),
                    outside=outside,
                    count=len(seen),
                    column=Name(column),
                    low=f"{low:g}",
                    high=f"{high:g}",
                    source=Name(self.source.name),
                )
            )

    def _translated(self, name: str, raw: pl.Expr) -> pl.Expr:
        """The text through the `[values]` of a field: in a quick plan, by the first texts' meaning.

        Another text further down is then a surprise.
        """
        translated = translate(raw, self.source.values[name])
        texts = self.sample.select(raw.alias("text")).unique().drop_nulls()
        if self.thorough or texts.height > _MANY_WORDS:
            return translated
        meant = translate(pl.col("text"), self.source.values[name])
        known = texts.sort("text").with_columns(word=meant)
        surprise = raw.is_not_null() & raw.is_in(known["text"].to_list()).not_()
        self.surprises[f"values.{name}"] = surprise
        return raw.replace_strict(
            known["text"], known["word"], default=None, return_dtype=pl.String
        )

    def _without_null_words(self, raw: pl.Expr, listed: Iterable[str] = ()) -> pl.Expr:
        """A value of a measure, null where it is a word for nothing."""
        if self._dtype(raw) != pl.String:
            return raw
        nothing = values.is_null_word(raw, listed)
        if self.thorough or self.sample.select(nothing.any()).item():
            return pl.when(nothing.not_()).then(raw)
        return raw

    def _is_plain(self, name: str, raw: pl.Expr) -> bool:
        """Whether the first rows hold nothing that a `[values]` table would change.

        The quick plan then takes the words of the enumeration as they stand; any other word
        further down fails, and the thorough plan translates.
        """
        words = {"channel": CHANNELS, "kind": KINDS}.get(TYPES[name], ())
        table = {key.strip().lower(): value for key, value in self.source.values[name].items()}
        if self.thorough or any(table.get(word, word) != word for word in words):
            return False
        seen = self.sample.select(raw.alias("x"))["x"].drop_nulls()
        return len(seen) > 0 and bool(seen.cast(pl.String).is_in(list(words)).all())

    def _check(
        self, name: str, spec: FieldSpec, value: pl.Expr, fails: pl.Expr, reason: str
    ) -> None:
        assert spec.sql is not None
        column = self._column_of(spec.sql, f"fields.{name}")
        self.checks.append(Check(column, value, fails, reason))

    def _column_of(self, sql: str, place: str) -> str:
        """The columns of the export that an expression stands on, as one text."""
        return ", ".join(self._used_by(sql, place))

    def _identifier(self, name: str, spec: FieldSpec, raw: pl.Expr) -> pl.Expr:
        text = self._tidy(raw if self._dtype(raw) == pl.String else raw.cast(pl.String))
        if name in ("conversation_id", "customer_id") and self._may_lose_digits(text):
            lost = values.lost_digits(text).fill_null(value=False)
            if name == "customer_id":
                self.lost_customer = lost
            else:
                self._check(name, spec, text, lost, "{value} lost its digits in a spreadsheet")
        return text

    def _tidy(self, text: pl.Expr) -> pl.Expr:
        """A name or id without space around it, null where it is a word for nothing.

        Left as it is where the first rows show neither.
        """
        bare = text.str.strip_chars()
        nothing = values.is_null_word(text)
        seen = self.sample.select((nothing | (bare != text)).any())
        return pl.when(nothing.not_()).then(bare) if self.thorough or seen.item() else text

    def _may_lose_digits(self, ids: pl.Expr) -> bool:
        """Whether ids must be looked at one by one; one that lost its digits begins with a digit.

        Where none of the first ids does, the first that does is a surprise.
        """
        if self.thorough:
            return True
        begins = values.begins_with_digit(ids)
        if self.sample.select(begins.any()).item():
            return True
        self.surprises[str(len(self.surprises))] = begins
        return False

    def _parsed(self, name: str, kind: str, spec: FieldSpec, raw: pl.Expr) -> pl.Expr:
        if kind == "duration":
            return self._duration(raw, self._unit(spec, spec.sql))
        if kind == "amount" and spec.unit == "major":
            text = raw.cast(pl.String)
            return quantities.parse_amount(text, self._currency, whole=self.thorough)
        if kind in ("count", "rating", "amount") and self._dtype(raw).is_numeric():
            return raw.cast(polars_type(name), strict=False)
        if kind == "count":
            return quantities.parse_integer(raw, thorough=self.thorough).cast(
                pl.Int32, strict=False
            )
        if kind == "rating":
            return quantities.parse_rating(
                raw, max(spec.scale or SCALES[name]), thorough=self.thorough
            )
        if kind == "amount":
            return quantities.parse_integer(raw, thorough=self.thorough)
        words = CHANNELS if kind == "channel" else KINDS
        return values.parse_word(raw, words, thorough=self.thorough)

    def _unit(self, spec: FieldSpec, sql: str | None) -> str:
        """The unit of bare numbers: what the headers of the columns state, else the mapping."""
        columns = self._columns_in(sql, "fields") if sql else []
        stated = {self.units[one] for one in columns if one in self.units}
        return stated.pop() if len(stated) == 1 else spec.unit

    def _duration(self, raw: pl.Expr, unit: str) -> pl.Expr:
        kind = self._dtype(raw)
        unit_ms = quantities.UNITS_MS.get(unit)
        if kind.is_numeric() and unit_ms is not None:
            return (
                (raw * unit_ms).round().cast(pl.Int64)
                if kind.is_float()
                else (raw.cast(pl.Int64) * unit_ms)
            )
        if kind == pl.Datetime and unit == quantities.SINCE_1970:
            return raw.dt.timestamp("ms")
        text = raw.cast(pl.String)
        quick = quantities.parse_duration_ms(text, unit, thorough=False)
        fails = text.is_not_null() & quick.is_null()
        if self.thorough or self.sample.select(fails.any()).item():
            return quantities.parse_duration_ms(text, unit, thorough=True, whole=self.thorough)
        return quick

    @property
    def _currency(self) -> pl.Expr:
        """The currency of each row, as text."""
        spec = self.source.fields.get("currency")
        if spec is None or spec.sql is None or not self._available("currency", spec.sql):
            return pl.lit(self.currency)
        return self._sql(spec.sql, "fields.currency").cast(pl.String).fill_null(self.currency)

    def _time(self, name: str, spec: FieldSpec, raw: pl.Expr, target: str) -> pl.Expr:
        assert spec.sql is not None
        native = _native(spec.sql)
        column = pl.col(native) if native in self.sample.columns else raw
        kind = self._dtype(column)
        read = self.times.read(target, column, kind, self._places(name, spec, raw))
        self.assumes_zone |= read.is_local and not (spec.zone or self._stated_zone(spec))
        self.stamps |= read.stamps
        self.surprises |= {f"time.{name}.{n}": one for n, one in enumerate(read.surprises)}
        for anomaly, count in read.counted.items():
            self.counted.setdefault(anomaly, []).append(count)
        fails = column.is_not_null() & read.is_read.not_()
        if kind == pl.String and self.thorough:
            hijri = fails & self.times.looks_hijri(raw)
            self._check(name, spec, raw, hijri, HIJRI_REASON)
        if native not in self.sample.columns:
            self._check(name, spec, raw, fails, _REASONS["time"])
        return read.time

    def _time_texts(self) -> dict[str, pl.Expr]:
        """The times that are text, each under the name of its column."""
        found = {}
        for name, spec in self.source.fields.items():
            sql = spec.to or (spec.sql if TYPES[name] == "time" else None)
            if sql and self._available(name, sql):
                raw = self._sql(sql, f"fields.{name}")
                if self._dtype(raw) == pl.String and _native(sql) not in self.sample.columns:
                    found[self._column_of(sql, f"fields.{name}")] = raw
        return found

    def _places(self, name: str, spec: FieldSpec, raw: pl.Expr) -> list[Place]:
        """The zones of a field's times: of another column, of its header, or that of the run."""
        if spec.zone is None:
            return [Place(self._stated_zone(spec) or self.timezone)]
        zone = self._sql(spec.zone, f"fields.{name}.zone")
        places, unknown = self.times.places(zone, self.timezone)
        fails = raw.is_not_null() & unknown
        self._check(name, replace(spec, sql=spec.zone), zone, fails, NO_ZONE_REASON)
        return places

    def _stated_zone(self, spec: FieldSpec) -> str | None:
        """The zone in the header of a field's column, or in a cell for the whole file."""
        roots = self._columns_in(str(spec.sql), "fields")
        return next((self.zones[root] for root in roots if root in self.zones), self._file_zone)

    @cached_property
    def _file_zone(self) -> str | None:
        """The zone that a cell of the file states for all its times."""
        sql = self.source.time.zone_in
        if sql is None:
            return None
        cells = self._prepared(self.table.frame).select(zone=self._sql(sql, "time.zone_in"))
        found = self.table.collect(cells.drop_nulls().head(1))["zone"].to_list()
        return self._zone_stated(found[0], "time zone") if found else None

    def _dtype(self, expression: pl.Expr) -> pl.DataType:
        schema = self.sample.lazy().select(expression.alias("x")).collect_schema()
        return schema["x"]

    def _relative(
        self, absolute: Mapping[str, pl.Expr], stated: Mapping[str, pl.Expr]
    ) -> dict[str, pl.Expr]:
        """Fields that stand on other fields, in an order in which each finds its ground."""
        result: dict[str, pl.Expr] = {}
        for name in sorted(self.source.fields, key=self._depth):
            spec = self.source.fields[name]
            if name in absolute or not spec.is_moved:
                continue
            moved = self._moved(name, spec, {*absolute, *result}, is_stated=name in stated)
            if moved is not None:
                result[name] = moved
        return result

    def _depth(self, name: str) -> int:
        """How many fields a field stands on, one on the other."""
        base = self.source.fields[name].from_
        return 0 if base is None else 1 + self._depth(base)

    def _moved(
        self, name: str, spec: FieldSpec, known: Collection[str], *, is_stated: bool
    ) -> pl.Expr | None:
        """What the row states or, failing that, another field moved; None where neither is there.

        With `to`, the time that passed from the other field to that moment.
        """
        own = pl.col(stated_column(name)) if is_stated else None
        ground = None if spec.from_ not in known else pl.col(field_column(str(spec.from_)))
        if spec.to is not None:
            if own is None or ground is None:
                return None
            return (own - ground).dt.total_milliseconds()
        can_move = not spec.plus or any(self._available(name, part) for part in spec.plus)
        shift = self._shift(name, spec) if spec.plus and can_move else None
        if spec.from_ is None:
            own = None if own is None or not can_move else _sum_of(own, shift)
        choices = [own, _sum_of(ground, shift) if ground is not None and can_move else None]
        there = [choice for choice in choices if choice is not None]
        if not there:
            return None
        time = pl.coalesce(there) if len(there) > 1 else there[0]
        if spec.when is None:
            return time
        condition = self._condition(spec.when, f"fields.{name}.when")
        if shift is None and own is None:
            self.masks[name] = condition
        return pl.when(condition).then(time)

    def _shift(self, name: str, spec: FieldSpec) -> pl.Expr:
        return pl.duration(milliseconds=self._sum(f"{name}.plus", spec, spec.plus))

    def _sum(self, place: str, spec: FieldSpec, parts: Sequence[str]) -> pl.Expr:
        """The sum in milliseconds of the durations that are known; null where none is."""
        durations = []
        for part in parts:
            raw = self._without_null_words(self._sql(part, f"fields.{place}"))
            durations.append(self._duration(raw, self._unit(spec, part)))
            fails = raw.is_not_null() & durations[-1].is_null()
            column = self._column_of(part, f"fields.{place}")
            self.checks.append(Check(column, raw, fails, _REASONS["duration"]))
        if len(durations) == 1:
            return durations[0]
        is_known = pl.any_horizontal(one.is_not_null() for one in durations)
        return pl.when(is_known).then(pl.sum_horizontal(durations))

    def _condition(self, sql: str, place: str) -> pl.Expr:
        """A condition; one over a column of few words becomes a comparison with some of them.

        The words are learnt from the first rows, and another word further on is a surprise.
        """
        condition = self._sql(sql, place)
        if self._dtype(condition) != pl.Boolean:
            raise ConfigurationError(
                f"{self.source.path} ({place}): {sql!r} is no condition",
                hint="a condition compares, for example status = 'Deleted'",
            )
        roots = set(condition.meta.root_names())
        if self.thorough or len(roots) != 1:
            return condition
        (root,) = roots
        column = _raw(root) if self.words.get(root) else root
        words = self.sample.select(text=column, word=root).unique().sort("text")
        if words.height > _FEW_WORDS + 1 or words.schema["text"] != pl.String:
            return condition
        self._surprise_beyond(root, column, words["text"].drop_nulls().to_list())
        texts = words.select("text", pl.col("word").alias(root)).filter(condition)["text"]
        result = is_one_of(column, texts.drop_nulls().to_list())
        return result | pl.col(column).is_null() if texts.null_count() else result


_FEW_WORDS: Final = 8
_FEW_OUTSIDE: Final = 0.1
_MANY_WORDS: Final = 64

_MEASURED: Final = ("time", "duration", "count", "rating", "amount")
"""The types whose values are no words: where one stands there, it says that there is no value."""


_REASONS: Final = {
    "time": "cannot read {value} as a date",
    "duration": "cannot read {value} as a duration",
    "count": "cannot read {value} as a whole number",
    "rating": "cannot read {value} as a number",
    "amount": "cannot read {value} as an amount",
    "channel": "cannot read {value} as a channel",
    "kind": "cannot read {value} as a kind of event",
}


def _sum_of(time: pl.Expr, shift: pl.Expr | None) -> pl.Expr:
    return time if shift is None else time + shift


def alternatives(sql: str) -> list[str]:
    """The arguments of a COALESCE that is the whole expression, else the expression."""
    whole = re.fullmatch(r"\s*COALESCE\s*\((.*)\)\s*", sql, re.IGNORECASE | re.DOTALL)
    if whole is None:
        return [sql]
    parts, depth, quote = [""], 0, ""
    for mark in whole[1]:
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        depth += (mark == "(") - (mark == ")") if not quote else 0
        if mark == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += mark
    return [part.strip() for part in parts] if depth == 0 else [sql]


def _as_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Any value as the text that a CSV file of it would hold; nested ones as they print."""
    if kind == pl.String:
        return column
    if kind.is_nested():
        return pl.lit(None, dtype=pl.String)
    if kind == pl.Duration:
        return column.dt.to_string("iso")
    if kind == pl.Time:
        return column.dt.to_string("%H:%M:%S")
    return column.cast(pl.String)
