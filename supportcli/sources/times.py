"""How the times of one table are read: their formats, the order of dates, their zones.

Everything is learnt from the first rows where they suffice. What these do not show is noticed
further down: a value that cannot be read, or a time of years in which nobody gave support.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources import order, values
from supportcli.sources.changes import Parser, Place, changes_of_clocks
from supportcli.sources.plan import EVENT, NO_DATE, STATUS
from supportcli.sources.read import Table
from supportcli.sources.source import TimeSpec
from supportcli.sources.zones import zone_named
from supportcli.words import Name, phrase

_USUAL: Final = (dt.datetime(1971, 1, 1), dt.datetime(2101, 1, 1))
"""Times outside get a second look: they may stand for no date at all, or be misread."""

_EPOCH: Final = dt.datetime(1970, 1, 1)
_FAR_AHEAD: Final = dt.datetime(9001, 1, 1)
_NO_DAYS: Final = (dt.datetime(1899, 12, 30), dt.datetime(1899, 12, 31), dt.datetime(1900, 1, 1))

_Query = Callable[[pl.LazyFrame], pl.LazyFrame]

NO_ZONE_REASON: Final = "{value} is no time zone"
HIJRI_REASON: Final = "{value} looks like a Hijri lunar date, which is not read"


@dataclass(frozen=True)
class ReadTime:
    """A time field of a plan.

    `stamps` are columns to be made beside the raw ones, `is_read` says where a value was read,
    `counted` are numbers over the finished rows, by kind of anomaly.
    """

    time: pl.Expr
    is_read: pl.Expr
    is_local: bool
    stamps: Mapping[str, pl.Expr]
    surprises: tuple[pl.Expr, ...]
    counted: Mapping[str, pl.Expr]


class TimeReader:
    """Reads the times of one table.

    `prepared` makes a raw frame of the table one under canonical names, `sample` is that of its
    first rows, `texts` gives the
    expression of every time that is text, by the name of its field.
    """

    def __init__(
        self,
        spec: TimeSpec,
        table: Table,
        prepared: Callable[[pl.LazyFrame], pl.LazyFrame],
        sample: pl.DataFrame,
        texts: Callable[[], Mapping[str, pl.Expr]],
        *,
        thorough: bool,
        date_order: str | None,
    ) -> None:
        self.spec = spec
        self.table = table
        self.prepared = prepared
        self.texts = texts
        self.thorough = thorough
        self.date_order = date_order
        self.sample = sample
        self.notes: list[str] = []
        self.said_of_order: str | None = None

    def read(self, name: str, raw: pl.Expr, kind: pl.DataType, places: Sequence[Place]) -> ReadTime:
        """The column of this name from texts, or from times that the file holds as such."""
        parser: Parser
        if isinstance(kind, pl.Datetime) and kind.time_zone:
            parser, is_local = _aware_to_utc, False
        elif kind in (pl.Datetime, pl.Date):
            parser, is_local = _naive_to_utc, True
        else:
            parser, is_local = self._of_texts(raw)
        stamp, column = _by_place(raw, parser, places), pl.col(name)
        is_event = pl.col(STATUS) == EVENT
        counted: dict[str, pl.Expr] = {}
        if is_local or self.thorough:
            counted |= changes_of_clocks(raw, parser, places, column, is_event)
        if not self.thorough and not self._is_odd(raw, parser):
            strange = (column < _USUAL[0]) | (column >= _USUAL[1])
            return ReadTime(stamp, column.is_not_null(), is_local, {}, (strange,), counted)
        held = pl.col(f"stamp\x1f{name}")
        nothing = _means_nothing(held, places)
        counted[NO_DATE] = (nothing & is_event).sum()
        time = pl.when(nothing.not_()).then(held)
        stamps = {f"stamp\x1f{name}": stamp}
        return ReadTime(time, held.is_not_null(), is_local, stamps, (), counted)

    def _of_texts(self, raw: pl.Expr) -> tuple[Parser, bool]:
        """What reads the texts of a column, and whether some of them state no zone."""
        needed = self._fitting(raw) or self._usual
        quick = _reader_of(needed, guarded=False)
        is_local = any(values.is_local(form) for form in needed)
        if needed[-1] in values.WRITTEN.values():
            is_local = self._differs_by_zone(raw, quick)
        if self.thorough:
            return _reader_of(self.formats, guarded=True), is_local
        return _reader_of(needed, guarded=self._is_odd(raw, quick)), is_local

    def places(self, zone: pl.Expr, default: str) -> tuple[list[Place], pl.Expr]:
        """The places that a column of zones makes, and whether a row's zone is none that exists.

        A row without a zone is in the default one. A zone that the first rows do not have fails
        in the quick plan, and sends it to the thorough one.
        """
        run = self.everywhere if self.thorough else self._first
        found = run(lambda frame: frame.select(zone.alias("zone").unique()))["zone"]
        known = {text: named for text in found.drop_nulls() if (named := zone_named(text))}
        places = [Place(named, zone == text) for text, named in known.items()]
        unknown = zone.is_not_null() & zone.is_in(list(known)).not_()
        return [Place(default, zone.is_null()), *places], unknown

    def looks_hijri(self, raw: pl.Expr) -> pl.Expr:
        """Whether a text has a year of the Hijri lunar calendar where a date has its year."""
        digits = values.ascii_digits(raw)
        return digits.str.contains(r"(?:^|[^0-9])14[3-6][0-9](?:[^0-9]|$)").fill_null(value=False)

    @cached_property
    def formats(self) -> list[str]:
        """Every format there is, in the order in which they are tried."""
        written = {"jalali": values.JALALI_WRITTEN}.get(self.spec.calendar, values.WRITTEN)
        return [*self._known, written[self._order]]

    @cached_property
    def _known(self) -> list[str]:
        """The formats before the general reader; a Jalali file leaves nearly all to this."""
        formats = list(self.spec.formats)
        if len(order.orders_of_formats(formats)) > 1:
            formats = [
                form for form in formats if order.order_of_format(form) in (None, self._order)
            ]
        if self.spec.calendar == "jalali":
            formats.append(values.JALALI_WRITTEN[self._order])
        return [*formats, *values.ISO_FORMATS, values.EPOCH, values.SERIAL, values.COMPACT]

    def _seen(self, raw: pl.Expr) -> pl.Series:
        return self.sample.select(raw.alias("text")).to_series().drop_nulls()

    def _fitting(self, raw: pl.Expr) -> list[str]:
        """The formats that the first rows need; none where they have no value."""
        seen = self._seen(raw)
        if not len(seen):
            return []
        fitting = values.fitting_formats(seen, self._known)
        if len(fitting) < len(self._known) or values.reads(seen, fitting) == len(seen):
            return fitting
        return values.fitting_formats(seen, self.formats)

    @cached_property
    def _usual(self) -> list[str]:
        """What the other times of the table need, for a column that is empty at first."""
        fitting = [form for raw in self.texts().values() for form in self._fitting(raw)]
        return list(dict.fromkeys(fitting)) or self._known[:1]

    def _is_odd(self, raw: pl.Expr, parser: Parser) -> bool:
        """Whether some of the first times are of years that need a second look."""
        times = self.sample.select(parser(raw, "UTC").alias("time")).to_series().drop_nulls()
        return bool(((times < _USUAL[0]) | (times >= _USUAL[1])).any())

    def _differs_by_zone(self, raw: pl.Expr, parser: Parser) -> bool:
        """Whether some of the first times state no zone."""
        apart = parser(raw, "UTC") != parser(raw, "Etc/GMT-14")
        return bool(self.sample.select(apart.any()).item())

    @cached_property
    def _order(self) -> str | None:
        """Whether the day comes first or the month; None where no date leaves it open.

        Raises InputError where values show both, and where nothing shows either.
        """
        stated = order.orders_of_formats(self.spec.formats)
        if self.date_order is not None:
            return self._decided(self.date_order, "by --date-order")
        if len(stated) == 1:
            return self._decided(stated.pop(), "says the mapping")
        if not self.thorough:
            first = order.together(self._evidence(self._first).values())
            if len(first.shown) == 1 or not (first.shown or first.open):
                # What the first rows do not show fails further down, if it is there.
                return self._shown(first)
        shown = self._evidence(self.everywhere)
        whole = order.together(shown.values())
        order.check_one_order(self.table.file.name, whole)
        if whole.shown or whole.open is None:
            return self._shown(whole) or "dmy"
        dates = [self.sample.select(raw.cast(pl.String)).to_series() for raw in self._open(shown)]
        found = order.order_by_epoch(self.table.sample, dates)
        if found is not None:
            return self._decided(found, "as seconds since 1970 in the same rows show")
        return self._decided(self._assumed(shown, whole), "assumed, for no value decides it")

    def _shown(self, evidence: order.Evidence) -> str | None:
        """The order that some value shows; None where none does."""
        found = next(iter(evidence.shown), None)
        value = getattr(evidence, found) if found else ""
        return self._decided(found, f'as "{value}" shows') if found else None

    def _decided(self, found: str, why: str) -> str:
        self.said_of_order = f"{order.SAID[found]}, {why}"
        return found

    def _evidence(self, run: Callable[[_Query], pl.DataFrame]) -> dict[str, order.Evidence]:
        texts = self.texts()
        if not texts:
            return {}
        found = run(
            lambda frame: frame.select(
                order.likely(raw).implode().alias(name) for name, raw in texts.items()
            )
        )
        jalali = self.spec.calendar == "jalali"
        return {name: order.evidence(found[name].explode(), jalali=jalali) for name in texts}

    def _first(self, query: _Query) -> pl.DataFrame:
        return query(self.sample.lazy()).collect()

    def everywhere(self, query: _Query) -> pl.DataFrame:
        """Run a query over the whole table, exactly where polars fails."""
        try:
            return self.table.collect(query(self.prepared(self.table.frame)))
        except InputError:
            if self.table.guard is None:
                raise
            exact = self.table.carefully()
            return exact.collect(query(self.prepared(exact.frame)))

    def _open(self, shown: Mapping[str, order.Evidence]) -> list[pl.Expr]:
        texts = self.texts()
        return [texts[name] for name, one in shown.items() if one.open is not None]

    def _assumed(self, shown: Mapping[str, order.Evidence], whole: order.Evidence) -> str:
        """The order that no value shows, with a note that it was assumed."""
        assumed = order.default_order(self.spec.order, whole, self.table.columns)
        if assumed is None:
            raise order.undecided(self.table.file.name, shown)
        other = "dmy" if assumed == "mdy" else "mdy"
        self.notes.append(
            phrase(
                '{file}: dates such as "{date}" were read {order}, which no value decides; '
                "--date-order {other} reads them {contrary}",
                file=Name(self.table.file.name),
                date=str(whole.open),
                order=order.SAID[assumed],
                other=other,
                contrary=order.SAID[other],
            )
        )
        return assumed


def _aware_to_utc(raw: pl.Expr, _zone: str) -> pl.Expr:
    utc = raw.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return utc.dt.cast_time_unit("us")


def _naive_to_utc(raw: pl.Expr, zone: str) -> pl.Expr:
    return values.to_utc(raw.cast(pl.Datetime("us")), zone)


def _reader_of(formats: Sequence[str], *, guarded: bool) -> Parser:
    return lambda raw, zone: values.parse_time(raw, formats, zone, guarded=guarded)


def _by_place(raw: pl.Expr, parser: Parser, places: Sequence[Place]) -> pl.Expr:
    """The times of all rows, each read in the zone of its place."""
    stamps = [
        parser(raw, place.zone)
        if place.where is None
        else pl.when(place.where).then(parser(raw, place.zone))
        for place in places
    ]
    return stamps[0] if len(stamps) == 1 else pl.coalesce(stamps)


def _means_nothing(stamp: pl.Expr, places: Sequence[Place]) -> pl.Expr:
    """Whether a time is one that systems write where there is no date.

    Those are the years 1 and from 9001 on, the first days of spreadsheets' calendars, and the
    first moment of 1970, in UTC or as it is written.
    """
    nothing = (stamp < dt.datetime(2, 1, 1)) | (stamp >= _FAR_AHEAD) | (stamp == _EPOCH)
    for place in places:
        nothing |= stamp == values.to_utc(_moment(_EPOCH), place.zone)
        for day in _NO_DAYS:
            first = values.to_utc(_moment(day), place.zone)
            after = values.to_utc(_moment(day + dt.timedelta(days=1)), place.zone)
            nothing |= (stamp >= first) & (stamp < after)
    return nothing.fill_null(value=False)


def _moment(moment: dt.datetime) -> pl.Expr:
    return pl.lit(moment, dtype=pl.Datetime("us"))
