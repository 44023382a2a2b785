"""A column by its looks: the words of its header, and the kind of values that stand under it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.sources import quantities, values
from supportcli.sources.folding import fold
from supportcli.sources.names import stated_zone, without_more
from supportcli.sources.source import is_regex

NOTHING: Final = ("-", "--", "—", "?", "n/a", "N/A", "NA", "null", "NULL", "None", "none", "nil")
"""Texts that stand for nothing in many files."""

_MAX_LEFT_OVER: Final = 2
_ENOUGH: Final = 0.9
_ALIKE: Final = 0.8
_LONG_WORD: Final = 5
_YEARS: Final = (1990, 2100)

_THINGS: Final = frozenset(
    ("ticket", "case", "request", "issue", "incident", "call", "conversation", "chat", "message",
     "تیکت", "درخواست", "تماس", "التذکره", "الطلب", "المکالمه")
)  # fmt: skip
"""Words for what a row is: they say nothing of what a column of it is."""

_LABELS: Final = frozenset(
    ("id", "no", "number", "num", "nr", "ref", "reference", "key", "code", "name", "full", "email",
     "mail", "address", "phone", "mobile", "the",
     "شماره", "شناسه", "کد", "نام", "رقم", "معرف", "اسم")
)  # fmt: skip
"""Words that say in which form a text names somebody or something."""

_TIMES: Final = (
    "at", "on", "time", "date", "timestamp", "utc", "gmt", "de", "am", "le", "la",
    "تاریخ", "زمان", "وقت", "التاریخ", "الوقت",
)  # fmt: skip
_FORMS: Final = {
    "time": frozenset(_TIMES),
    "clock": frozenset(("at", "time", "clock")),
    "duration": frozenset(("time", "duration", "to", "of", "in", "after", "before", "seconds")),
    "count": frozenset(("number", "count", "of", "times")),
    "rating": frozenset(("score", "rating")),
}
"""Words that only say what the values of a kind are, as these say themselves."""

_PLANNED: Final = frozenset(
    ("due", "target", "sla", "expected", "planned", "deadline", "escalation", "next", "scheduled",
     "breach")
)  # fmt: skip
"""Words of what has not happened."""

_CLOCK: Final = r"^\s*\d{1,2}:\d{2}(:\d{2})?(\s*[AaPp]\.?[Mm]\.?)?\s*$"
_DATE: Final = r"\d[/.\- ]\d|\d{8}|\d\s*\p{L}{3}|\p{L}{3}\S*\s+\d"


class Column:
    """A column of the file with the first values it holds, as text.

    `values` are those that say something, `is_key` whether every row has one of its own.
    """

    def __init__(self, name: str, cells: pl.Series) -> None:
        self.name = name
        self.is_time = cells.dtype.is_temporal()
        self.all = (cells.clear() if cells.dtype.is_nested() else cells).cast(pl.String)
        self.values = self.all.drop_nulls().filter(~self.all.drop_nulls().is_in(NOTHING))
        self.is_key = 1 < len(cells) == len(self.values) == self.values.n_unique()

    @cached_property
    def texts(self) -> list[str]:
        """The different texts, the most frequent first."""
        counts = self.all.drop_nulls().alias("text").value_counts(name="times")
        return [
            str(text) for text in counts.sort("times", "text", descending=[True, False])["text"]
        ]

    @cached_property
    def spelling(self) -> str:
        """The name as a mapping lists it: a unit or a zone at its end is understood there."""
        more = without_more(self.name)
        return more[0] if more else self.name

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name, folded."""
        return words_of(self.spelling)

    @property
    def zone(self) -> str | None:
        """The time zone that the name states."""
        in_words = "UTC" if {"utc", "gmt"} & set(self.words) else None
        return stated_zone(self.name) or in_words

    @property
    def is_nameable(self) -> bool:
        """Whether a mapping can speak of it: it has a name, which is no pattern."""
        return bool(self.spelling.strip()) and not is_regex(self.spelling)

    @property
    def repeats(self) -> int:
        """How many values are repetitions."""
        return len(self.values) - self.values.n_unique()

    @property
    def is_date_only(self) -> bool:
        """Whether no value has a time of day."""
        return self.fits("time") and self._share(_matches(":")) == 0 and not self.is_time

    @property
    def greatest(self) -> float:
        """The greatest of its numbers; 0 where there is none."""
        numbers = quantities.parse_rating(_TEXT, thorough=True)
        return float(self.values.to_frame("text").select(numbers.max()).item() or 0)

    def fits(self, kind: str) -> bool:
        """Whether nearly all values are of a kind; an empty column may be anything but a time."""
        if kind in ("time", "clock"):
            return self._is_moment if kind == "time" else self._share(_matches(_CLOCK)) >= _ENOUGH
        reader = _READERS.get(kind)
        if reader is None:
            return not self._is_moment
        return not len(self.values) or self._share(reader) >= _ENOUGH

    @cached_property
    def _is_moment(self) -> bool:
        """Whether the values are dates; digits alone are none unless the name says so."""
        dates = [*values.ISO_FORMATS, values.WRITTEN["dmy"]]
        others = [*values.ISO_FORMATS, values.WRITTEN["mdy"]]
        shaped = _matches(_DATE)
        if self._names_time:
            dates.insert(0, values.EPOCH)
            shaped = shaped | _matches(r"^\d{9,13}(\.\d+)?$")
        if self.is_time or self._share(shaped) < _ENOUGH:
            return self.is_time
        return max(self._share(_sane(dates)), self._share(_sane(others))) >= _ENOUGH

    @property
    def _names_time(self) -> bool:
        return not _FORMS["time"].isdisjoint(self.words) or self.words[-1:] == ("epoch",)

    def _share(self, holds: pl.Expr) -> float:
        """The share of the values of which an expression over `text` is true."""
        if not len(self.values):
            return 0
        return float(
            self.values.to_frame("text").select(holds.fill_null(value=False).mean()).item()
        )


_TEXT: Final = pl.col("text")
_READERS: Final = {
    "duration": quantities.parse_duration_ms(_TEXT, "s", thorough=True).is_not_null(),
    "count": quantities.parse_integer(_TEXT, thorough=True).is_not_null(),
    "rating": quantities.parse_rating(_TEXT, thorough=True).is_not_null(),
    "amount": quantities.parse_number(_TEXT, thorough=True).is_not_null(),
}


def _matches(pattern: str) -> pl.Expr:
    return values.ascii_digits(_TEXT).str.contains(pattern)


def _sane(formats: list[str]) -> pl.Expr:
    """Whether a text is a time of the formats, of a year in which support was given."""
    return values.parse_time(_TEXT, formats, "UTC").dt.year().is_between(*_YEARS)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a header or a text, folded: `createdAt`, `created_at` and `Created at` alike."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("#", " no "))
    words = re.findall(r"[^\W_](?:[^\W_]|[\u064b-\u0652\u0670])*", apart)
    return tuple(filter(None, map(fold, words)))


def left_over(alias: tuple[str, ...], header: tuple[str, ...], kind: str) -> int | None:
    """How far a header is from an alias, 0 for the same words; None where it is another thing."""
    if not _PLANNED.isdisjoint(header):
        return None
    said = _THINGS | _FORMS.get(kind, _LABELS)
    wanted, given = ([word for word in words if word not in said] for words in (alias, header))
    if not wanted:
        return None if given else _bare_distance(set(alias), set(header))
    far = 0
    for word in wanted:
        same = max(given, key=lambda one: _likeness(word, one), default="")
        if _likeness(word, same) < _ALIKE:
            return None
        far += word != same
        given.remove(same)
    return None if len(given) > (0 if kind == "text" else _MAX_LEFT_OVER) else far + len(given)


def _bare_distance(alias: set[str], header: set[str]) -> int | None:
    """The distance of names without a word of their own: `ticket number`, `Case`, `Call date`."""
    same_thing = header <= alias and not _THINGS.isdisjoint(header)
    return len(header ^ alias) if alias <= header or same_thing else None


def _likeness(word: str, other: str) -> float:
    """How alike two words are; short ones only where they are the same."""
    if word == other or min(len(word), len(other)) < _LONG_WORD or word[0] != other[0]:
        return float(word == other)
    return SequenceMatcher(None, word, other).ratio()
