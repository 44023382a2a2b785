"""The plan of a mapping: one `select` over the raw frame of an export.

It gives the event columns that were asked for and the *status* of every row: an event, rejected,
or skipped by a rule of that name. Every typed field is checked in every plan, asked for or not,
so that no row passes in one report and fails in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.columns import polars_type
from supportcli.schema import COUNTED_BY, TIMES, TYPES
from supportcli.sources.keys import KEY_OF, ROW_HASHES, ROW_ID, STATED, key, row_hash, row_id
from supportcli.sources.read import SURPLUS, Table
from supportcli.sources.source import Source

EVENT: Final = 0
REJECTED: Final = 1
FIRST_SKIP: Final = 2
"""Status codes of a row; the skip rules follow each other from FIRST_SKIP on."""

STATUS: Final = "status\x1f"
"""The column of status codes, named so that no export has one like it."""

LOST_CUSTOMER: Final = "customer_id_lost_digits"
NO_DATE: Final = "no_date_sentinel"
REPEATED: Final = "clock_change_repeated"
SKIPPED: Final = "clock_change_skipped"

COUNTED: Final = (LOST_CUSTOMER, NO_DATE, REPEATED, SKIPPED)
"""The anomalies that are counted while a file is read: values of events that say nothing, or two
things. `Plan.rows` gives each as a column, the same number in every row."""

GUARD: Final = "guard_is_null"
TOO_WIDE: Final = "too_wide"
SURPRISE: Final = "surprise"

EVERY_RATING: Final = "ratings"
"""Among the columns asked for: every rating that `[ratings]` names, in a column of its own."""

ENUMERATED: Final = "enumerated"
"""Among the columns asked for: the texts that occur where the mapping enumerates them, each field's
in a column of its own, the same list in every row."""

_RATING: Final = "rating\x1f"

_MASK: Final = "\x1fwhere\x1f"


def rating_column(name: str) -> str:
    """The column that holds a rating of `[ratings]` beside the event columns."""
    return f"{_RATING}{name}"


def is_rating(column: str) -> bool:
    """Whether a column holds a rating of `[ratings]`."""
    return column.startswith(_RATING)


def ratings_among(columns: Iterable[str]) -> dict[str, str]:
    """The columns that hold ratings of `[ratings]`, each under the name of its rating."""
    found = sorted(filter(is_rating, columns))
    return {name.removeprefix(_RATING): name for name in found}


def texts_column(name: str) -> str:
    """The column that holds the texts that occur of a field with `[values]`."""
    return f"{ENUMERATED}\x1f{name}"


def mask_name(name: str, base: str) -> str:
    """The column of bits that says where a time is another time."""
    return f"{name}{_MASK}{base}"


def expanded(frame: pl.DataFrame) -> pl.LazyFrame:
    """The event columns in full: a time kept as the bits where it is another becomes a time."""
    masks = [name for name in frame.columns if _MASK in name]
    times = []
    for mask in masks:
        name, _, base = mask.partition(_MASK)
        times.append(pl.when(mask).then(base).alias(name))
    return frame.lazy().with_columns(times).drop(masks)


_ONE: Final = pl.lit(1, dtype=pl.Int32)


@dataclass(frozen=True)
class Check:
    """A value that could not be understood makes its row a reject.

    `reason` is a sentence with `{value}` where the value stands.
    """

    column: str
    value: pl.Expr
    fails: pl.Expr
    reason: str


@dataclass(frozen=True)
class Plan:
    """The expressions of one mapping over one table.

    `absolute` fields come from the raw columns, `relative` ones from fields before them, beside
    what is `stated` of them in the row. `ratings` are those of `[ratings]`, by their column.
    `checks` are evaluated beside the finished fields. Where one of `surprises` holds, a quick plan
    has met what its first rows did not show, and cannot be trusted. `masks` are the conditions of
    fields that are another field where a condition holds. `enumerated` are the texts of fields with
    `[values]`, before they are translated. `absent` are the fields that stay empty, each with the
    columns that it lacks. `counted` are numbers over the finished rows, by kind of
    anomaly, and `notes` what one should know of how the file was read.

    For whoever asks how the file was understood: `uses` are the columns of the file that each SQL
    text of the mapping stands on, `zones` those that headers state, and `date_order` says whether
    days come before months, and why, where that was a question.
    """

    source: Source
    table: Table
    frame: pl.LazyFrame
    ratings: Mapping[str, pl.Expr]
    stated: Mapping[str, pl.Expr]
    absolute: Mapping[str, pl.Expr]
    relative: Mapping[str, pl.Expr]
    checks: tuple[Check, ...]
    skips: Mapping[str, pl.Expr]
    surprises: tuple[pl.Expr, ...]
    masks: Mapping[str, pl.Expr]
    enumerated: Mapping[str, pl.Expr]
    lost_customer: pl.Expr | None
    raw_columns: tuple[str, ...]
    assumes_zone: bool
    absent: Mapping[str, tuple[str, ...]]
    counted: Mapping[str, pl.Expr]
    notes: tuple[str, ...]
    uses: Mapping[str, tuple[str, ...]]
    zones: tuple[str, ...]
    date_order: str | None

    @property
    def known(self) -> frozenset[str]:
        """The event columns that this export fills."""
        return frozenset({*self.absolute, *self.relative})

    @cached_property
    def fields(self) -> pl.LazyFrame:
        """The raw frame with every field beside it, named by `_field`, and the status."""
        frame = self.frame.with_columns(
            *(expression.alias(stated_column(name)) for name, expression in self.stated.items()),
            *(expression.alias(field_column(name)) for name, expression in self.absolute.items()),
        )
        for name, expression in self.relative.items():
            frame = frame.with_columns(expression.alias(field_column(name)))
        if "at" not in self.known:
            frame = frame.with_columns(self._earliest.alias(field_column("at")))
        return frame.with_columns(self._status.alias(STATUS))

    @property
    def _earliest(self) -> pl.Expr:
        times = [pl.col(field_column(name)) for name in TIMES if name in self.known]
        return pl.min_horizontal(times)

    @property
    def _status(self) -> pl.Expr:
        fails = [check.fails for check in self.checks]
        fails.append(pl.col(field_column("at")).is_null())
        status = pl.when(pl.any_horizontal(fails)).then(pl.lit(REJECTED, dtype=pl.UInt8))
        result = status.otherwise(pl.lit(EVENT, dtype=pl.UInt8))
        for code, rule in reversed(list(enumerate(self.skips.values(), start=FIRST_SKIP))):
            result = pl.when(rule).then(pl.lit(code, dtype=pl.UInt8)).otherwise(result)
        return result

    def rows(self, columns: Iterable[str]) -> pl.LazyFrame:
        """One row an exported row: its status and the event columns asked for.

        Columns that this export does not fill are left out. Beside event columns the keys and
        stated counts of `sources.keys` may be asked for, EVERY_RATING, ENUMERATED, and the
        anomalies that are COUNTED. GUARD says where the last raw column is null, TOO_WIDE where a
        row has more cells than columns, SURPRISE where a quick plan cannot be trusted. `expanded`
        undoes what is compact.
        """
        columns = list(columns)
        columns += self.ratings if EVERY_RATING in columns else ()
        texts = self._texts() if ENUMERATED in columns else []
        found = [(name, self._compact(name, columns)) for name in columns]
        surprises = [*self.surprises, *self._texts_for_null(columns)]
        return self.fields.select(
            STATUS,
            *(column for _, column in found if column is not None),
            *texts,
            *self._guards(),
            *([pl.any_horizontal(surprises).alias(SURPRISE)] if surprises else []),
        )

    def _texts(self) -> list[pl.Expr]:
        """The texts that occur of each enumerated field, in rows that no rule skips."""
        counted = pl.when(pl.col(STATUS) < FIRST_SKIP)
        return [
            counted.then(text.cast(pl.String))
            .drop_nulls()
            .unique()
            .implode()
            .alias(texts_column(name))
            for name, text in self.enumerated.items()
        ]

    def _guards(self) -> list[pl.Expr]:
        if self.table.guard is None:
            return []
        too_wide = pl.col(SURPLUS).is_not_null().alias(TOO_WIDE)
        return [pl.col(self.table.guard).is_null().alias(GUARD), too_wide]

    def _compact(self, name: str, columns: Sequence[str]) -> pl.Expr | None:
        """A column under its name; a time that is another where a condition holds, as that bit."""
        base = self.source.fields[name].from_ if name in self.masks else None
        if base in columns:
            return self.masks[name].fill_null(value=False).alias(mask_name(name, str(base)))
        column = self.ratings[name] if name in self.ratings else self.column(name)
        return None if column is None else column.alias(name)

    def _texts_for_null(self, columns: Iterable[str]) -> list[pl.Expr]:
        """Where a text that stands for null is in a raw column that this query reads."""
        texts = list(self.table.texts_for_null)
        if not texts:
            return []
        asked = {KEY_OF.get(name, name) for name in columns}
        used = [e for name, e in self.absolute.items() if name in asked or TYPES[name] != "text"]
        used += [e for name, e in self.ratings.items() if name in asked]
        used += [*self.stated.values(), *self.skips.values(), *self.relative.values()]
        schema = self.frame.collect_schema()
        roots = {root for e in used for root in e.meta.root_names() if root in schema}
        return [is_one_of(root, texts) for root in sorted(roots) if schema[root] == pl.String]

    def column(self, name: str) -> pl.Expr | None:
        """One event column as the finished table has it; None where the export does not fill it."""
        if name == "customer_id" and self.lost_customer is not None:
            return pl.when(self.lost_customer.not_()).then(field_column(name))
        if name == "customer_key" and self.lost_customer is not None:
            # The text is hashed first and masked then: masking text copies it.
            hashed = key(pl.col(field_column("customer_id")), self.source.id_space)
            return pl.when(self.lost_customer.not_()).then(hashed)
        if name in self.known or name == "at":
            return pl.col(field_column(name))
        if name in COUNTED:
            return self._count(name)
        if name in (*ROW_HASHES, ROW_ID):
            return self._identity(name)
        if name in STATED:
            return self.column(STATED[name]) if STATED[name] in self.known else None
        if name in KEY_OF:
            ids = self.column(KEY_OF[name])
            space = self.source.name if name == "event_key" else self.source.id_space
            return key(ids, space) if ids is not None else None
        return self._implied(name)

    def _identity(self, name: str) -> pl.Expr:
        """What tells equal rows, within a run or for good."""
        if name == ROW_ID:
            return row_id(self.raw_columns, self.column("event_id"), self.source.name)
        return row_hash(self.raw_columns, name)

    def _count(self, name: str) -> pl.Expr | None:
        if name == LOST_CUSTOMER and self.lost_customer is not None:
            return (self.lost_customer & (pl.col(STATUS) == EVENT)).sum()
        return self.counted.get(name)

    def _implied(self, name: str) -> pl.Expr | None:
        """A column that follows from the source without being mapped."""
        if name == "channel":
            return pl.lit(self.source.channel).cast(polars_type("channel"))
        if name == "event_id" and self.source.grain == "conversation":
            return self.column("conversation_id")
        time = COUNTED_BY.get(name)
        if time in self.known and self.source.grain == "event":
            return pl.when(pl.col(field_column(str(time))).is_not_null()).then(_ONE)
        return None

    def column_of(self, name: str) -> str:
        """The columns of the file that an enumerated field stands on, as one text."""
        return ", ".join(self.uses[str(self.source.fields[name].sql)])

    def rejected_rows(self) -> pl.LazyFrame:
        """Row number, field, column, value and reason of every reject; the first fault of a row."""
        checks = [*self.checks, self._no_time]
        return (
            self.fields.with_row_index("row")
            .filter(pl.col(STATUS) == REJECTED)
            .select(
                "row",
                column=_first_fault(checks, [pl.lit(check.column) for check in checks]),
                value=_first_fault(checks, [check.value.cast(pl.String) for check in checks]),
                reason=_first_fault(checks, [pl.lit(check.reason) for check in checks]),
            )
        )

    @property
    def _no_time(self) -> Check:
        missing = pl.col(field_column("at")).is_null()
        return Check("", pl.lit(None, dtype=pl.String), missing, "the row has no time")


def _first_fault(checks: Sequence[Check], answers: Sequence[pl.Expr]) -> pl.Expr:
    result: pl.Expr = pl.lit(None, dtype=pl.String)
    for check, answer in reversed(list(zip(checks, answers, strict=True))):
        result = pl.when(check.fails).then(answer).otherwise(result)
    return result


def field_column(name: str) -> str:
    """The column that holds a mapped field, apart from the export's own names."""
    return f"field\x1f{name}"


def stated_column(name: str) -> str:
    """The column that holds what the row itself states of a field that is moved or joined."""
    return f"stated\x1f{name}"


def is_one_of(column: str, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of these: for a few words, comparisons beat a set."""
    result = pl.lit(value=False)
    for word in words:
        result = result | (pl.col(column) == word)
    return result
