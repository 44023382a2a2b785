"""The customers: one id each, whatever number, address or name a system knows them by.

A customers file is a table with the columns `id`, `phone`, `email` and `handle`, each as often as
it takes (`phone2`, `id_2`: the id in another system); a cell may hold several, with `;` or `|`
between them. Events of a customer who is in it bear the customer's id, the same in all sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from supportcli.errors import InputError
from supportcli.identity import address_key, handle_key, is_local, phone_key
from supportcli.schema import LINKED
from supportcli.sources.folding import fold
from supportcli.sources.keys import PEOPLE, key
from supportcli.sources.read import Reject, Table, open_table
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec
from supportcli.sources.values import LOST_DIGITS
from supportcli.words import Name, marked, phrase

_NULLS: Final = ("", "-", "--", "?", "n/a", "N/A", "null", "NULL", "none", "None", "unknown")
_COLUMN: Final = re.compile(r"(id|phone|email|handle)(?:duplicated)?\d*")
_BETWEEN: Final = re.compile(r"[;|](?!\s*(?:ext|isub|phone-context|user)=)")
"""What stands between the values of a cell; a parameter of a number (`;ext=5`) is part of it."""

_LOST_DIGITS: Final = re.compile(LOST_DIGITS)
_WHAT: Final = {
    "id": marked("id"),
    "phone": marked("phone number"),
    "email": marked("address"),
    "handle": marked("name"),
}


def _key_of(kind: str, text: str, region: str | None) -> str | None:
    """What a text of a kind is compared by; None for what is nothing of that kind."""
    if kind == "phone":
        return phone_key(text, region)
    if kind == "email":
        return address_key(text)
    return handle_key(text) if kind == "handle" else text.strip() or None


@dataclass(frozen=True)
class People:
    """Who is who, as a customers file says it: the customer of every key, by kind of key."""

    file: str
    region: str | None
    owners: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...] = ()

    def customers_of(self, text: str) -> set[str]:
        """The ids of the customers whom a text may mean; more than one where it is ambiguous."""
        found = (
            owners.get(_key_of(kind, text, self.region) or "")
            for kind, owners in self.owners.items()
        )
        return {owner for owner in found if owner is not None}

    def lacks_country(self, text: str) -> bool:
        """Whether a text may be a phone number that a region would make comparable."""
        number = phone_key(text, None) if self.region is None and "phone" in self.owners else None
        return number is not None and is_local(number)


def read_people(path: str, region: str | None) -> People:
    """The customers in a file; `region` is that of phone numbers without a country code.

    Raises InputError, with the line, for a file that cannot be understood whole, and for a number,
    an address or a name that two customers claim.
    """
    file = InputFile(path, path=Path(path))
    register = _Register(_whole_table(file), region)
    register.read()
    owners = {
        kind: {key: owner.customer for key, owner in owners.items()}
        for kind, owners in register.owners.items()
    }
    return People(file.name, region, owners, tuple(register.notes()))


def _whole_table(file: InputFile) -> Table:
    """The table of a customers file, every row of full width."""
    table = open_table(file, FileSpec(null_values=_NULLS))
    if table.guard is not None or table.texts_for_null:
        table = table.carefully()
    if table.ragged:
        first = table.ragged[0]
        raise InputError(f"{first.place}: {first.message}", hint="mend the row, or quote its cells")
    return table


@dataclass(frozen=True)
class _Owner:
    """Whose a key is, and the first row that says so."""

    customer: str
    row: int


class _Register:
    """A customers file while it is read: whose every key is, and which cells hold none.

    `odd` are the values that are nothing of their column's kind: row, column and kind.
    """

    def __init__(self, table: Table, region: str | None) -> None:
        self.table = table
        self.region = region
        self.kinds = _kinds_of_columns(table)
        self.owners: dict[str, dict[str, _Owner]] = {kind: {} for kind in self.kinds.values()}
        self.odd: list[tuple[int, str, str]] = []

    def read(self) -> None:
        """Enter the keys of every row; the first column of ids is the customers' own."""
        rows = self.table.collect(self.table.frame.select(*self.kinds))
        if rows.is_empty():
            raise InputError(f"{self.table.file.name}: the file has a header and no rows")
        texts = rows.select(map(self._as_text, rows.get_columns()))
        own = next(name for name, kind in self.kinds.items() if kind == "id")
        for row, cells in enumerate(texts.iter_rows(named=True)):
            customer = (cells.pop(own) or "").strip()
            if customer:
                self._enter(row, own, customer, customer)
            for name, cell in cells.items():
                for value in filter(None, map(str.strip, _BETWEEN.split(cell or ""))):
                    self._enter(row, name, value, customer)

    def _as_text(self, column: pl.Series) -> pl.Series:
        """A column as text; whole numbers that were kept as floats have no point."""
        if column.dtype.is_float() and bool((column.drop_nulls() % 1 == 0).all()):
            column = column.cast(pl.Int64)
        return column.cast(pl.String)

    def _enter(self, row: int, name: str, value: str, customer: str) -> None:
        """One value of one customer. Raises InputError where it cannot be theirs."""
        kind = self.kinds[name]
        if not customer:
            raise self._error(row, name, value, "{value} is of a customer without an id")
        if kind in ("id", "phone") and _LOST_DIGITS.match(value):
            hint = "make the column one of text in the spreadsheet, and save it again"
            raise self._error(row, name, value, "{value} has lost its digits", hint)
        key = _key_of(kind, value, self.region)
        if key is None:
            self.odd.append((row, name, kind))
            return
        owner = self.owners[kind].setdefault(key, _Owner(customer, row))
        if owner.customer != customer:
            other = f"{owner.customer} in {self._where(owner.row)}"
            raise self._error(
                row, name, value, f"{{value}} is of {customer} here, and of {other}",
                hint=f"one {_WHAT[kind]} is one customer's: mend the file",
            )  # fmt: skip

    def _error(
        self, row: int, name: str, value: str, reason: str, hint: str | None = None
    ) -> InputError:
        line = self.table.lines_of([row])[row]
        fault = Reject(self.table.file.name, line, self.table.number_of(row), name, value, reason)
        return InputError(f"{fault.place}: {fault.message}", hint=hint)

    def _where(self, row: int) -> str:
        line = self.table.lines_of([row])[row]
        if line:
            return phrase("line {number}", number=str(line))
        return phrase("row {number}", number=str(self.table.number_of(row)))

    def notes(self) -> Iterator[str]:
        """What one should know of the file."""
        yield from self.table.notes
        for kind in dict.fromkeys(kind for *_, kind in self.odd):
            places = [(row, name) for row, name, one in self.odd if one == kind]
            row, name = places[0]
            yield phrase(
                "{file}: values that are no {what}: {count}; the first is in {place} ({column})",
                file=Name(self.table.file.name), what=_WHAT[kind], count=len(places),
                place=self._where(row), column=Name(name),
            )  # fmt: skip


def _kinds_of_columns(table: Table) -> dict[str, str]:
    """The columns that say who somebody is, with their kind. Raises InputError without an id."""
    found = {name: _COLUMN.fullmatch(fold(name)) for name in table.columns}
    kinds = {name: match[1] for name, match in found.items() if match}
    if "id" not in kinds.values():
        raise InputError(
            f"{table.file.name}: there is no column id",
            hint=f"a customers file has the columns {', '.join(_WHAT)}; this one has "
            f"{', '.join(table.columns)}",
        )
    return kinds


def with_customers(frame: pl.DataFrame, people: People) -> tuple[pl.DataFrame, list[str]]:
    """The events with the ids of the customers who are in the file, and what to say of it.

    A customer who is not in it, or whose id fits several, keeps the id of the source.
    """
    if "customer_id" not in frame.columns:
        return frame, list(people.notes)
    texts = frame["customer_id"].drop_nulls().unique().to_list()
    meant = {text: people.customers_of(text) for text in texts}
    known = {text: next(iter(owners)) for text, owners in meant.items() if len(owners) == 1}
    notes = [
        *people.notes,
        phrase(
            "{known} of {count} customer ids are in {file}",
            known=len(known), count=len(texts), file=Name(people.file),
        ),
    ]  # fmt: skip
    if ambiguous := sum(len(owners) > 1 for owners in meant.values()):
        notes.append(
            phrase(
                "customer ids that fit several customers of {file}: {count}",
                file=Name(people.file), count=ambiguous,
            )
        )  # fmt: skip
    strangers = [text for text, owners in meant.items() if not owners]
    if local := sum(map(people.lacks_country, strangers)):
        notes.append(
            phrase(
                "customer ids that may be phone numbers without a country code: {count}; "
                "[customers] region would say of which country",
                count=local,
            )
        )
    return _renamed(frame, known), notes


def _renamed(frame: pl.DataFrame, known: Mapping[str, str]) -> pl.DataFrame:
    """The events with these customer ids for those, marked as linked, in the order they had."""
    table = pl.DataFrame(
        {"customer_id": list(known), _PERSON: list(known.values())},
        schema={"customer_id": pl.String, _PERSON: pl.String},
    )
    found = pl.col(_PERSON).is_not_null()
    changes = {"customer_id": pl.coalesce(_PERSON, "customer_id"), LINKED: found}
    if "customer_key" in frame.columns:
        own = key(pl.col(_PERSON), PEOPLE)
        changes["customer_key"] = pl.when(found).then(own).otherwise("customer_key")
    if LINKED in frame.columns:
        changes[LINKED] = found | pl.col(LINKED).fill_null(value=False)
    joined = frame.join(table, on="customer_id", how="left", maintain_order="left")
    return joined.with_columns(**changes).drop(_PERSON)


_PERSON: Final = "person\x1f"
