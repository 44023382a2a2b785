"""A source and a table's columns to a plan: what fills each event column of each row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from supportcli.columns import polars_type
from supportcli.errors import ConfigurationError
from supportcli.schema import CHANNELS, KINDS, TYPES
from supportcli.sources import quantities, values
from supportcli.sources.changes import Place
from supportcli.sources.plan import Check, Plan, field_column, is_one_of
from supportcli.sources.read import SURPLUS, Table, first_line
from supportcli.sources.recognise import find_column
from supportcli.sources.source import FieldSpec, Source, is_regex
from supportcli.sources.times import HIJRI_REASON, NO_ZONE_REASON, TimeReader, zone_named


def _native(name: str) -> str:
    """The column that holds a value with the type it had in a Parquet or JSON file."""
    return f"native\x1f{name}"


def plan_mapping(
    source: Source,
    table: Table,
    timezone: str,
    *,
    thorough: bool,
    date_order: str | None = None,
) -> Plan:
    """The plan of a source for one table; `timezone` is of stamps that state none.

    `date_order` is what the user says of dates such as 3/2/26.

    A quick plan reads each column in the forms that its first rows show; when rows fail, the
    thorough plan reads all the forms there are. Raises ConfigurationError for an SQL expression
    that cannot be understood, and where the table lacks everything that the mapping asks for.
    """
    return _Planner(source, table, timezone, thorough=thorough, date_order=date_order).plan()


class _Planner:
    """Builds the plan of one source for one table."""

    def __init__(
        self,
        source: Source,
        table: Table,
        timezone: str,
        *,
        thorough: bool,
        date_order: str | None,
    ) -> None:
        self.source = source
        self.table = table
        self.timezone = timezone
        self.thorough = thorough
        self.zones: dict[str, str] = {}
        self.checks: list[Check] = []
        self.surprises: list[pl.Expr] = []
        self.lost_customer: pl.Expr | None = None
        self.masks: dict[str, pl.Expr] = {}
        self.assumes_zone = False
        self.types = dict(table.frame.collect_schema())
        self.names = self._names()
        self.stamps: dict[str, pl.Expr] = {}
        self.counted: dict[str, list[pl.Expr]] = {}
        self.times = TimeReader(
            source.time,
            table,
            self._prepared,
            self._time_texts,
            thorough=thorough,
            date_order=date_order,
        )
        self.sample = self.times.sample

    def plan(self) -> Plan:
        absolute = {
            name: self._typed(name, spec)
            for name, spec in self.source.fields.items()
            if spec.sql is not None and self._available(name, spec.sql)
        }
        if not any(TYPES[name] == "time" for name in absolute):
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
            absolute=absolute,
            relative=self._relative(set(absolute)),
            checks=tuple(self.checks),
            skips={
                reason: self._condition(sql, f"file.skip_where.{reason}")
                for reason, sql in self.source.file.skip_where.items()
            },
            surprises=tuple(self.surprises),
            masks=self.masks,
            lost_customer=self.lost_customer,
            raw_columns=tuple(self.names),
            assumes_zone=self.assumes_zone,
            absent=self._absent(absolute),
            counted={kind: pl.sum_horizontal(sums) for kind, sums in self.counted.items()},
            notes=tuple(self.times.notes),
        )

    def _names(self) -> dict[str, str]:
        """Canonical name -> the column as this export writes it, for every column it has."""
        found = {}
        for canonical in self._wanted():
            spellings = self.source.columns.get(canonical, ())
            column = find_column(canonical, spellings, self.table.columns)
            if column is not None:
                found[canonical] = column
                self._note_zone(canonical, spellings, column)
        return found

    def _note_zone(self, canonical: str, spellings: Sequence[str], column: str) -> None:
        for spelling in filter(is_regex, spellings):
            match = re.fullmatch(spelling[1:-1], column.strip(), re.IGNORECASE)
            if match and match.groupdict().get("zone"):
                self.zones[canonical] = match["zone"]
        bracketed = re.search(r"[(\[]([^()\[\]]+)[)\]]\s*$", column)
        zone = zone_named(bracketed[1]) if bracketed else None
        if zone is not None:
            self.zones.setdefault(canonical, zone)

    def _wanted(self) -> list[str]:
        """Every column name that the mapping mentions, in its own spelling."""
        wanted = dict.fromkeys([*self.source.columns, *self.source.match.columns])
        wanted |= dict.fromkeys(self.source.file.columns)
        wanted |= dict.fromkeys(self.table.columns)
        for place, sql in self._expressions():
            if self._is_column(sql):
                wanted[sql] = None
            else:
                wanted |= dict.fromkeys(self._parse(sql, place).meta.root_names())
        return list(wanted)

    def _is_column(self, text: str) -> bool:
        """Whether a text of the mapping is a column's name, of this table or one it may have."""
        return (
            text in self.source.columns
            or text in self.source.match.columns
            or find_column(text, (), self.table.columns) is not None
        )

    def _expressions(self) -> list[tuple[str, str]]:
        texts = [
            (f"fields.{name}", text)
            for name, spec in self.source.fields.items()
            for text in (spec.sql, spec.plus, spec.when, spec.zone)
            if text is not None
        ]
        skips = self.source.file.skip_where.items()
        return [*texts, *((f"file.skip_where.{reason}", sql) for reason, sql in skips)]

    def _missing(self) -> list[str]:
        roots = [
            name
            for place, sql in self._expressions()
            if not place.startswith("file.")
            for name in (
                [sql] if self._is_column(sql) else self._parse(sql, place).meta.root_names()
            )
        ]
        return [name for name in dict.fromkeys(roots) if name not in self.names]

    def _prepared(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The raw frame under canonical names: text, typed columns beside it, nulls for absent."""
        columns = []
        for canonical, column in self.names.items():
            kind = self.types[column]
            columns.append(_as_text(pl.col(column), kind).alias(canonical))
            if kind in (pl.Datetime, pl.Date):
                columns.append(pl.col(column).alias(_native(canonical)))
        absent = [
            pl.lit(None, dtype=pl.String).alias(name)
            for name in self._wanted()
            if name not in self.names
        ]
        surplus = [SURPLUS] if SURPLUS in frame.collect_schema() else []
        return frame.select([*columns, *absent, *surplus])

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

    def _sql(self, sql: str, place: str) -> pl.Expr:
        """The expression of an SQL text, or the column of that very name."""
        if self._is_column(sql):
            return pl.col(sql)
        expression = self._parse(sql, place)
        try:
            self.sample.lazy().select(expression.alias("x")).collect()
        except pl.exceptions.PolarsError as error:
            raise self._bad_sql(place, sql, error) from error
        return expression

    def _absent(self, filled: Mapping[str, pl.Expr]) -> dict[str, tuple[str, ...]]:
        """The fields that stay empty, each with the columns that it lacks."""
        return {
            name: tuple(root for root in self._roots(name, spec.sql) if root not in self.names)
            for name, spec in self.source.fields.items()
            if spec.sql is not None and name not in filled
        }

    def _roots(self, name: str, sql: str) -> list[str]:
        """The columns of an expression; plain words were meant as one, whatever SQL says."""
        if self._is_column(sql) or re.fullmatch(r"[\w ]+", sql):
            return [sql]
        return list(dict.fromkeys(self._parse(sql, f"fields.{name}").meta.root_names()))

    def _available(self, name: str, sql: str) -> bool:
        """Whether the table has what an expression needs: every column of one alternative.

        The alternatives are the arguments of a COALESCE around the whole; an expression without
        one is the only alternative. With a part of its columns it would pass off as known what
        the export cannot say.
        """
        if self._is_column(sql):
            return sql in self.names
        return any(
            all(root in self.names for root in self._parse(one, f"fields.{name}").meta.root_names())
            for one in _alternatives(sql)
        )

    def _typed(self, name: str, spec: FieldSpec) -> pl.Expr:
        assert spec.sql is not None
        raw = self._sql(spec.sql, f"fields.{name}")
        if TYPES[name] in _MEASURED:
            raw = self._without_null_words(raw, self.source.values.get(name, ()))
        if name in self.source.values and not self._is_plain(name, raw):
            table = self.source.values[name]
            translated = values.translate(raw, table, thorough=self.thorough)
            self._check(name, spec, raw, raw.is_not_null() & translated.is_null(),
                        f"{{value}} is not listed in [values.{name}]")  # fmt: skip
            raw = translated
        kind = TYPES[name]
        if kind == "text":
            return self._identifier(name, spec, raw)
        if kind == "time":
            return self._time(name, spec, raw)
        typed = self._parsed(name, kind, spec, raw)
        field_is_null = pl.col(field_column(name)).is_null()
        self._check(name, spec, raw, raw.is_not_null() & field_is_null, _REASONS[kind])
        return typed

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
        seen = self.sample.lazy().select(raw.alias("x")).collect()["x"].drop_nulls()
        return len(seen) > 0 and bool(seen.cast(pl.String).is_in(list(words)).all())

    def _check(
        self, name: str, spec: FieldSpec, value: pl.Expr, fails: pl.Expr, reason: str
    ) -> None:
        assert spec.sql is not None
        column = spec.sql if spec.sql in self.names else ", ".join(
            dict.fromkeys(self._parse(spec.sql, name).meta.root_names())
        )  # fmt: skip
        self.checks.append(Check(self.names.get(column, column), value, fails, reason))

    def _identifier(self, name: str, spec: FieldSpec, raw: pl.Expr) -> pl.Expr:
        text = raw if self._dtype(raw) == pl.String else raw.cast(pl.String)
        if name in ("conversation_id", "customer_id") and self._may_lose_digits(text):
            lost = values.lost_digits(text).fill_null(value=False)
            if name == "customer_id":
                self.lost_customer = lost
            else:
                self._check(name, spec, text, lost, "{value} lost its digits in a spreadsheet")
        return text

    def _may_lose_digits(self, ids: pl.Expr) -> bool:
        """Whether ids must be looked at one by one; one that lost its digits begins with a digit.

        Where none of the first ids does, the first that does is a surprise.
        """
        if self.thorough:
            return True
        begins = values.begins_with_digit(ids)
        if self.sample.lazy().select(begins.any()).collect().item():
            return True
        self.surprises.append(begins)
        return False

    def _parsed(self, name: str, kind: str, spec: FieldSpec, raw: pl.Expr) -> pl.Expr:
        if kind == "duration":
            return self._duration(raw, spec.unit)
        if kind == "amount" and spec.unit == "major":
            return quantities.parse_amount(raw.cast(pl.String), self._currency)
        if kind in ("count", "rating", "amount") and self._dtype(raw).is_numeric():
            return raw.cast(polars_type(name), strict=False)
        if kind == "count":
            return quantities.parse_integer(raw, thorough=self.thorough).cast(
                pl.Int32, strict=False
            )
        if kind == "rating":
            return quantities.parse_rating(raw, thorough=self.thorough)
        if kind == "amount":
            return quantities.parse_integer(raw, thorough=self.thorough)
        words = CHANNELS if kind == "channel" else KINDS
        return values.parse_word(raw, words, thorough=self.thorough)

    def _duration(self, raw: pl.Expr, unit: str) -> pl.Expr:
        kind = self._dtype(raw)
        unit_ms = quantities.UNITS_MS.get(unit)
        if kind.is_numeric() and unit_ms is not None:
            return (raw * unit_ms).round().cast(pl.Int64) if kind.is_float() else (
                raw.cast(pl.Int64) * unit_ms
            )  # fmt: skip
        if kind == pl.Datetime and unit == quantities.SINCE_1970:
            return raw.dt.timestamp("ms")
        text = raw.cast(pl.String)
        quick = quantities.parse_duration_ms(text, unit, thorough=False)
        fails = text.is_not_null() & quick.is_null()
        if self.thorough or self.sample.select(fails.any()).item():
            return quantities.parse_duration_ms(text, unit, thorough=True)
        return quick

    @property
    def _currency(self) -> pl.Expr:
        """The currency of each row, as text."""
        spec = self.source.fields.get("currency")
        if spec is None or spec.sql is None or not self._available("currency", spec.sql):
            return pl.lit(None, dtype=pl.String)
        return self._sql(spec.sql, "fields.currency").cast(pl.String)

    def _time(self, name: str, spec: FieldSpec, raw: pl.Expr) -> pl.Expr:
        assert spec.sql is not None
        native = _native(spec.sql)
        column = pl.col(native) if native in self.sample.columns else raw
        kind = self._dtype(column)
        read = self.times.read(name, column, kind, self._places(name, spec, raw))
        self.assumes_zone |= read.is_local and not (spec.zone or self._stated_zone(spec, raw))
        self.stamps |= read.stamps
        self.surprises += read.surprises
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
            if TYPES[name] == "time" and spec.sql and self._available(name, spec.sql):
                raw = self._sql(spec.sql, f"fields.{name}")
                if self._dtype(raw) == pl.String and _native(spec.sql) not in self.sample.columns:
                    roots = self._roots(name, spec.sql)
                    found[", ".join(self.names.get(root, root) for root in roots)] = raw
        return found

    def _places(self, name: str, spec: FieldSpec, raw: pl.Expr) -> list[Place]:
        """The zones of a field's times: of another column, of its header, or that of the run."""
        if spec.zone is None:
            return [Place(self._stated_zone(spec, raw) or self.timezone)]
        zone = self._sql(spec.zone, f"fields.{name}.zone")
        places, unknown = self.times.places(zone, self.timezone)
        fails = raw.is_not_null() & unknown
        self._check(name, replace(spec, sql=spec.zone), zone, fails, NO_ZONE_REASON)
        return places

    def _stated_zone(self, spec: FieldSpec, raw: pl.Expr) -> str | None:
        """The zone in the header of a field's column."""
        roots = [spec.sql] if spec.sql in self.names else raw.meta.root_names()
        return next((self.zones[root] for root in roots if root in self.zones), None)

    def _dtype(self, expression: pl.Expr) -> pl.DataType:
        schema = self.sample.lazy().select(expression.alias("x")).collect_schema()
        return schema["x"]

    def _relative(self, known: set[str]) -> dict[str, pl.Expr]:
        """Fields that stand on other fields, in an order in which each finds its ground."""
        waiting = {k: spec for k, spec in self.source.fields.items() if spec.from_ is not None}
        result: dict[str, pl.Expr] = {}
        while ready := [k for k, spec in waiting.items() if spec.from_ in {*known, *result}]:
            for name in ready:
                result[name] = self._moved(name, waiting.pop(name))
        return result

    def _moved(self, name: str, spec: FieldSpec) -> pl.Expr:
        assert spec.from_ is not None
        time = pl.col(field_column(spec.from_))
        if spec.plus is not None:
            raw = self._sql(spec.plus, f"fields.{name}.plus")
            raw = self._without_null_words(raw)
            shift_ms = self._duration(raw, spec.unit)
            time = time + pl.duration(milliseconds=shift_ms)
            column = self.names.get(spec.plus, spec.plus)
            fails = raw.is_not_null() & shift_ms.is_null()
            self.checks.append(Check(column, raw, fails, _REASONS["duration"]))
        if spec.when is not None:
            condition = self._condition(spec.when, f"fields.{name}.when")
            if spec.plus is None:
                self.masks[name] = condition
            time = pl.when(condition).then(time)
        return time

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
        words = self.sample[root].unique().sort()
        if words.len() > _FEW_WORDS or words.dtype != pl.String:
            return condition
        known = words.drop_nulls().to_list()
        self.surprises.append(pl.col(root).is_not_null() & is_one_of(root, known).not_())
        holds = words.to_frame().filter(condition).to_series()
        result = is_one_of(root, holds.drop_nulls().to_list())
        return result | pl.col(root).is_null() if holds.null_count() else result


_FEW_WORDS: Final = 8

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


def _alternatives(sql: str) -> list[str]:
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
    return parts if depth == 0 else [sql]


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
