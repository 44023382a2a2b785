"""The rows of a store that answers about its last days stand on, and no others.

An answer about a time needs every row of each conversation that anything happened to in it, or
shortly before; with them the conversations that were open then, and those of customers who are met
again. All other rows are never read: files by what the table says of their times, the rest by the
hashes of their ids. What an answer must know of them nevertheless is the `Extent` of the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.clock import before
from supportcli.facts import whole_sources
from supportcli.schema import CONVERSATION_KINDS, RATINGS, TIMES
from supportcli.sources.keys import CONVERSATION_HASH, CUSTOMER_HASH
from supportcli.store.files import StoredFile
from supportcli.store.table import Table


@dataclass(frozen=True)
class Reach:
    """How far back answers about the last part of a log look.

    `since` gives the beginning of their time (UTC), of the newest time that there is; what began
    up to `before` earlier is near enough to count. Answers may ask who of the customers is new
    (`newcomers`), what came before and after a conversation that ended in their time (`endings`),
    and what was open (`stocks`).
    """

    since: Callable[[dt.datetime], dt.datetime]
    before: dt.timedelta
    newcomers: bool
    endings: bool
    stocks: bool


@dataclass(frozen=True)
class Extent:
    """What there is beyond the rows that were read, in naive UTC.

    `oldest` is the oldest time, `first_contact_at` the first one at which a customer made contact;
    `places` are the sources with the channels of their rows; `has_offers` says that there are
    surveys which nobody answered.
    """

    oldest: dt.datetime
    first_contact_at: dt.datetime | None
    places: frozenset[tuple[str, str | None]]
    has_offers: bool


def recent_rows(table: Table, reach: Reach) -> tuple[pl.LazyFrame, Extent]:
    """The rows that answers of this reach stand on, as `Table.rows_of` gives them."""
    recent = _Recent(table, reach)
    return recent.rows(), recent.extent()


_TICK: Final = dt.timedelta(milliseconds=1)
"""The table says of a time in which millisecond it is."""

_NEWEST: Final = pl.max_horizontal("at", *TIMES)
_IS_ALONE: Final = pl.col(CONVERSATION_HASH).is_null()
_IS_OPEN: Final = pl.col("resolved_at").is_null() | (pl.col("reopened_at") > pl.col("resolved_at"))
_IS_OTHER: Final = pl.col("kind").is_in(CONVERSATION_KINDS).not_()


class _Recent:
    """The search for the rows: the ids of what bears on the answers, then the files they are in."""

    def __init__(self, table: Table, reach: Reach) -> None:
        self.table = table
        self.reach = reach
        newest = max(file.newest for file in table.files)
        self.since = reach.since((newest - _TICK).replace(tzinfo=None)).replace(tzinfo=dt.UTC)
        self.start = before(self.since, reach.before)
        self.is_recent = _NEWEST >= self.start
        self.recent = [file for file in table.files if file.newest >= self.start]
        self.older = [file for file in table.files if file.newest < self.start]

    def rows(self) -> pl.LazyFrame:
        """All rows of the conversations, those of none that matter, and those of other kinds."""
        conversations = self._conversations()
        customers = self._customers(conversations)
        if customers.height:
            own = self.table.rows_of(self.table.files).join(
                customers.lazy(), on=CUSTOMER_HASH, how="semi"
            )
            conversations = pl.concat([conversations, self._ids(own, CONVERSATION_HASH)]).unique()
        files = [*self.recent, *self._older_with(conversations, customers)]
        rows = self.table.rows_of(files).filter(_IS_OTHER.not_())
        alone, people = rows.filter(_IS_ALONE), customers.lazy()
        others = self.table.rows_of(self._mixed).filter(_IS_OTHER)
        return pl.concat(
            [
                rows.join(conversations.lazy(), on=CONVERSATION_HASH, how="semi"),
                alone.filter(self._matters).join(people, on=CUSTOMER_HASH, how="anti"),
                alone.join(people, on=CUSTOMER_HASH, how="semi"),
                others,
            ]
        )

    @property
    def _recent_rows(self) -> pl.LazyFrame:
        """The rows that happened within reach."""
        return self.table.rows_of(self.recent).filter(self.is_recent)

    @property
    def _matters(self) -> pl.Expr:
        """Whether a row that is of no conversation matters by itself: it is recent, or open."""
        if not self.reach.stocks:
            return self.is_recent
        return self.is_recent | (pl.col("source").is_in(self._knowing("resolved_at")) & _IS_OPEN)

    def _conversations(self) -> pl.DataFrame:
        """The conversations of recent rows, and those that were open before."""
        recent = self._ids(self._recent_rows, CONVERSATION_HASH)
        if not self.reach.stocks:
            return recent
        ends = pl.col("resolved_at", "reopened_at").max()
        ending = self.table.rows_of(self._files_of("resolved_at"))
        still = ending.group_by(CONVERSATION_HASH).agg(ends).filter(_IS_OPEN)
        return pl.concat([recent, self._ids(still, CONVERSATION_HASH)]).unique()

    def _customers(self, conversations: pl.DataFrame) -> pl.DataFrame:
        """The customers of whom everything matters.

        Those whose messages only their order makes conversations; those of whom the answers ask
        whether they are new; and those of conversations that ended in the time of the answers and
        began before, for whoever came back in between says that nothing was solved.
        """
        in_sessions = [one.name for one in self.table.facts if one.session_gap_ms is not None]
        messages = pl.col("source").is_in(in_sessions) & _IS_ALONE & self._matters
        files = [*self.recent, *filter(self._may_have_open_ones_alone, self.older)]
        found = [self._ids(self.table.rows_of(files).filter(messages), CUSTOMER_HASH)]
        if self.reach.newcomers:
            found.append(self._ids(self._recent_rows, CUSTOMER_HASH))
        if self.reach.endings and self._knowing("resolved_at"):
            found += self._of_endings(conversations)
        return pl.concat(found).unique()

    def _of_endings(self, conversations: pl.DataFrame) -> list[pl.DataFrame]:
        """The customers of what began before the time of the answers and ended in it."""
        began, ended = pl.col("at").min() < self.since, _NEWEST.max() >= self.since
        files = [*self.recent, *self._older_with(conversations, _none(CUSTOMER_HASH))]
        rows = self.table.rows_of(files)
        several = rows.join(conversations.lazy(), on=CONVERSATION_HASH, how="semi")
        people = pl.col(CUSTOMER_HASH)
        straddling = several.group_by(CONVERSATION_HASH).agg(people.unique(), both=began & ended)
        alone = rows.filter(_IS_ALONE & (pl.col("at") < self.since) & (_NEWEST >= self.since))
        return [
            self._ids(straddling.filter("both").explode(CUSTOMER_HASH), CUSTOMER_HASH),
            self._ids(alone, CUSTOMER_HASH),
        ]

    def _older_with(self, conversations: pl.DataFrame, customers: pl.DataFrame) -> list[StoredFile]:
        """The older files that have rows of these, or may have open ones of no conversation."""
        searched = self.older if customers.height else [*filter(self._may_have_more, self.older)]
        found = self.table.paths_with(searched, conversations)
        found |= self.table.paths_with(self.older, customers)
        return [
            file
            for file in self.older
            if file.path in found or self._may_have_open_ones_alone(file)
        ]

    def _ids(self, rows: pl.LazyFrame, name: str) -> pl.DataFrame:
        """The hashes of some rows, each once."""
        return self.table.collect(rows.select(pl.col(name).drop_nulls().unique()))

    def _may_have_open_ones_alone(self, file: StoredFile) -> bool:
        """Whether rows of no conversation in a file may be open, and are asked for."""
        fields = self._fields[file.source]
        return self.reach.stocks and "resolved_at" in fields and "conversation_id" not in fields

    def _may_have_more(self, file: StoredFile) -> bool:
        """Whether an older file may have rows of recent conversations, or of open ones.

        A row that is a whole conversation has no others elsewhere.
        """
        stays_open = self.reach.stocks and "resolved_at" in self._fields[file.source]
        return stays_open or file.source not in self._whole

    @cached_property
    def _whole(self) -> list[str]:
        return whole_sources(self.table.facts)

    @cached_property
    def _fields(self) -> dict[str, frozenset[str]]:
        return {one.name: one.fields for one in self.table.facts}

    def _knowing(self, field: str) -> list[str]:
        """The sources that fill a column."""
        return [name for name, fields in self._fields.items() if field in fields]

    def _files_of(self, field: str) -> list[StoredFile]:
        """The files of the sources that fill a column."""
        names = self._knowing(field)
        return [file for file in self.table.files if file.source in names]

    @cached_property
    def _mixed(self) -> list[StoredFile]:
        """The files that hold more than interactions."""
        return [file for file in self.table.files if not file.is_plain]

    def extent(self) -> Extent:
        """What there is beyond the rows."""
        files = self.table.files
        contacts = [file.spans["contacted_at"][0] for file in files if "contacted_at" in file.spans]
        unanswered = pl.all_horizontal(pl.col(question).is_null() for question in RATINGS)
        offers = self.table.rows_of(self._mixed).select(
            ((pl.col("kind") == "survey") & unanswered).any()
        )
        return Extent(
            oldest=_naive(min(file.oldest for file in files)),
            first_contact_at=_naive(min(contacts)) if contacts else None,
            places=frozenset((file.source, file.channel) for file in files),
            has_offers=bool(self.table.collect(offers).item()),
        )


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _none(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema={name: pl.Int64()})
