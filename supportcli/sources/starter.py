"""A starting mapping for any table: its fields guessed from the headers and the values under them.

The names come from the `[columns]` of the generic sources, folded: case, punctuation and brackets
do not count, and words may stand beside the name. Because that is loose, a time, number or duration
is only taken from a column whose values are such. What is guessed is a suggestion to be read: every
column of the file is listed in a comment, and every field that found none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import polars as pl

from supportcli.schema import TYPES
from supportcli.sources import quantities, values
from supportcli.sources.folding import fold
from supportcli.sources.mapping import alternatives
from supportcli.sources.names import normal
from supportcli.sources.read import Table
from supportcli.sources.source import FieldSpec, Source, built_in, is_regex
from supportcli.sources.spoken import unit_of_words
from supportcli.wording import clean, shortened

GENERIC: Final = ("generic-tickets", "generic-calls", "generic-messages")
"""The sources whose names for columns are tried."""

_SAMPLES: Final = 3
_SAMPLE_WIDTH: Final = 30
_NAME_WIDTH: Final = 100
_MAX_WORDS: Final = 30
_MAX_LEFT_OVER: Final = 2
_ENOUGH: Final = 0.9
_YEARS: Final = (1990, 2100)

_DAY_FIRST: Final = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST: Final = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_PLAIN_DATES: Final = (
    "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y",
    "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d",
)  # fmt: skip
_CLOCKS: Final = (
    "", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S",
    ", %I:%M %p", ", %I:%M:%S %p", " %H.%M", " %I:%M%p", "T%H:%M:%S",
)  # fmt: skip
_JALALI_YEAR: Final = r"^\s*[1۱][34۳۴][\d۰-۹]{2}[/-]"
_DATE: Final = r"\d[/.\- ]\d|\d{8}|(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_FEW: Final = 20

_FILLERS: Final = frozenset((
    "id", "no", "number", "num", "nr", "name", "code", "ref", "reference", "key", "email", "mail",
    "address", "phone", "full", "the", "call", "ticket", "case", "request", "conversation", "chat",
    "message", "شماره", "شناسه", "کد", "نام", "تیکت", "تماس", "رقم", "معرف", "اسم", "التذکره",
))  # fmt: skip
"""Words, folded, that may stand beside the name of a text without making it another thing."""

_MOMENT_WORDS: Final = frozenset((
    "at", "on", "time", "date", "timestamp", "utc", "gmt", "تاریخ", "زمان", "ساعت", "وقت",
    "التاریخ", "الوقت",
))  # fmt: skip
"""Words that say that a column is a time, which its values say as well."""

_UTC_WORDS: Final = frozenset(("utc", "gmt"))
_SCALES: Final = ((5, (1, 5)), (10, (1, 10)), (100, (0, 100)))

_LITERAL: Final = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Column:
    """A column of the file with the first values it holds, as text."""

    name: str
    texts: pl.Series
    is_native_time: bool

    @cached_property
    def values(self) -> pl.Series:
        """The values that are there."""
        return self.texts.drop_nulls()

    @cached_property
    def folded(self) -> str:
        """The name in lower case, its words apart by one space, without anything else."""
        return _folded(self.name)

    @cached_property
    def is_number(self) -> bool:
        """Whether the first values are whole numbers."""
        return bool(self.values.head(_FEW).str.contains(r"^\d+$").all())

    @property
    def is_nameable(self) -> bool:
        """Whether a mapping can speak of it: it has a name, which is no pattern."""
        return bool(self.name.strip()) and not is_regex(self.name)

    def share_by_form(self, forms: Sequence[str]) -> dict[str, float]:
        """The share of the values that each time format reads."""
        if not forms or not len(self.values):
            return dict.fromkeys(forms, 0.0)
        counts = [_sane(form).count().alias(str(at)) for at, form in enumerate(forms)]
        found = self.values.to_frame("text").select(counts).row(0)
        return {form: n / len(self.values) for form, n in zip(forms, found, strict=True)}

    @cached_property
    def words(self) -> list[str]:
        """The different values, the most frequent first."""
        counts = self.values.alias("word").value_counts(name="times")
        ordered = counts.sort("times", "word", descending=[True, False])
        return [str(word) for word in ordered["word"]]

    def reads(self, expression: pl.Expr) -> float:
        """The share of the values for which an expression over `text` gives something."""
        if not len(self.values):
            return 0
        parsed = self.values.to_frame("text").select(expression).to_series()
        return 1 - parsed.null_count() / len(parsed)


@dataclass(frozen=True)
class TimeForms:
    """How the times of a file are written: formats beyond ISO 8601, and the calendar.

    `undecided` are two formats that fit alike, day first and month first.
    """

    formats: tuple[str, ...] = ()
    calendar: str = "gregorian"
    undecided: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Starter:
    """A starting mapping: its text, and what its author must still do before it works."""

    text: str
    todo: tuple[str, ...]


def start_mapping(table: Table, name: str, timezone: str | None) -> Starter:
    """The starting mapping for a table; `timezone` is stated in it, if it is known."""
    columns = _columns(table)
    forms, times = _time_forms(columns)
    guesses = [_Guess(built_in(generic), columns, times) for generic in GENERIC]
    best = max(guesses, key=lambda guess: guess.coverage)
    return _Writer(table, name, timezone, best, forms).starter()


def _columns(table: Table) -> list[Column]:
    sample = table.sample
    return [
        Column(name, _as_text(series), is_native_time=series.dtype.is_temporal())
        for name, series in zip(table.columns, sample.get_columns(), strict=True)
    ]


def _as_text(series: pl.Series) -> pl.Series:
    if series.dtype.is_nested():
        return pl.repeat(None, len(series), dtype=pl.String, eager=True)
    return series.cast(pl.String).alias("value")


def _folded(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("#", " no "))
    return " ".join(map(fold, re.findall(r"[^\W_]+", apart)))


def _time_forms(columns: Iterable[Column]) -> tuple[TimeForms, frozenset[str]]:
    """How the times of a file are written, and which columns hold times."""
    found: dict[str, str] = {}
    for column in columns:
        if form := _form_of(column):
            found[column.name] = form
    dates = dict.fromkeys(form for form in found.values() if form not in (_STATED, values.JALALI))
    undecided = {form for form in dates if _twin(form) and _is_undecided(form, found, columns)}
    decided = [form for form in dates if form not in undecided]
    for style in _style(decided):
        decided += [form if form.startswith(style) else str(_twin(form)) for form in undecided]
        undecided = set()
    calendar = "jalali" if values.JALALI in found.values() else "gregorian"
    pairs = tuple((form, str(_twin(form))) for form in dates if form in undecided)
    return TimeForms(tuple(dict.fromkeys(decided)), calendar, pairs), frozenset(found)


_STATED: Final = "iso or epoch"
_FORMS: Final = tuple(
    date + clock for date in (*_DAY_FIRST, *_MONTH_FIRST, *_PLAIN_DATES) for clock in _CLOCKS
)
_TWINS: Final = dict(zip(_DAY_FIRST, _MONTH_FIRST, strict=True))


def _form_of(column: Column) -> str | None:
    """The form of a column's times, if nearly all of its values are times of one form."""
    if column.is_native_time or column.reads(_sane(*values.ISO_FORMATS, values.EPOCH)) >= _ENOUGH:
        return values.JALALI if _is_jalali(column) else _STATED
    if _is_jalali(column):
        return values.JALALI
    if column.reads(pl.when(pl.col("text").str.contains(_DATE)).then(1)) < _ENOUGH:
        return None
    few = replace(column, texts=column.values.head(_FEW))
    likely = [form for form, share in few.share_by_form(_FORMS).items() if share >= _ENOUGH]
    shares = column.share_by_form(likely)
    best = max(likely, key=lambda form: shares[form], default=None)
    return best if best and shares[best] >= _ENOUGH else None


def _twin(form: str) -> str | None:
    """The format with day and month changed over."""
    for day, month in _TWINS.items():
        if form.startswith(day):
            return form.replace(day, month)
    return None


def _is_undecided(form: str, found: Mapping[str, str], columns: Iterable[Column]) -> bool:
    """Whether the values of no column tell a day-first format from its twin."""
    forms = (form, str(_twin(form)))
    theirs = [column for column in columns if found.get(column.name) == form]
    shares = [column.share_by_form(forms) for column in theirs]
    return all(share[forms[0]] == share[forms[1]] for share in shares)


def _style(forms: Iterable[str]) -> list[tuple[str, ...]]:
    """Day first or month first, where the formats that are sure agree on one."""
    forms = list(forms)
    styles: tuple[tuple[str, ...], ...] = (_DAY_FIRST, _MONTH_FIRST)
    sure = [style for style in styles if any(form.startswith(style) for form in forms)]
    return sure if len(sure) == 1 else []


def _sane(*formats: str) -> pl.Expr:
    """Times of the formats whose year is one in which support was given."""
    stamp = values.parse_time(pl.col("text"), formats, "UTC")
    return pl.when(stamp.dt.year().is_between(*_YEARS)).then(stamp)


def _is_jalali(column: Column) -> bool:
    text = pl.col("text")
    stamp = values.parse_time(text, [values.JALALI], "UTC")
    return column.reads(pl.when(text.str.contains(_JALALI_YEAR)).then(stamp)) >= _ENOUGH


class _Guess:
    """What a generic source would make of the columns: its name for a column -> the column."""

    def __init__(self, source: Source, columns: Sequence[Column], times: frozenset[str]) -> None:
        self.source = source
        self.columns = columns
        self.times = times
        self.kinds = _kinds(source)
        self.used = {root for spec in source.fields.values() for root in _roots(*spec.texts)}
        self.found = self._assigned()
        self.invented = self._invented()
        self.found |= self.invented

    @property
    def moments(self) -> list[Column]:
        """The columns of times that found a field."""
        return [one for one in self.found.values() if one.name in self.times]

    @property
    def coverage(self) -> tuple[float, int]:
        """The share that was found of what recognises the source, then how much in all."""
        match = self.source.match
        asked = [*((name,) for name in match.columns), *match.any]
        there = sum(any(map(self._is_there, names)) for names in asked)
        return there / len(asked), len(self.found) - len(self.invented)

    def _is_there(self, name: str) -> bool:
        """Whether a column that recognises the source was found, by its values or only its name."""
        if name in self.used:
            return name in self.found and name not in self.invented
        spellings = (name, *self.source.columns[name])
        return any(
            _left_over(one, column, "text") is not None
            for one in spellings
            for column in self.columns
        )

    def _assigned(self) -> dict[str, Column]:
        """Each column to at most one name, the best match first."""
        ranked = sorted(
            (rank, place, name, column.name)
            for place, name in enumerate(self.source.columns)
            if name in self.used | self.source.words.keys()
            for column in self.columns
            if column.is_nameable and (rank := self._rank(name, column)) is not None
        )
        by_name = {column.name: column for column in self.columns}
        found: dict[str, Column] = {}
        taken: set[str] = set()
        for _, _, name, column_name in ranked:
            if name not in found and column_name not in taken:
                found[name] = by_name[column_name]
                taken.add(column_name)
        return found

    def _rank(self, name: str, column: Column) -> tuple[int, int] | None:
        """How well a column fits a name, 0 best: words left over, then the place of the alias."""
        kind = self.kinds.get(name, "text")
        if not self.holds(kind, column):
            return None
        loose = kind != "channel" or self._says_channels(column)
        ranks = [
            (left, position)
            for position, alias in enumerate((name, *self.source.columns[name]))
            if (left := _left_over(alias, column, kind if loose else "text")) is not None
        ]
        return min(ranks, default=None)

    def _says_channels(self, column: Column) -> bool:
        """Whether most of the words of a column are known to mean a channel."""
        told = [word for word in column.words if _channel(self.source, word) is not None]
        return 2 * len(told) > len(column.words)

    def holds(self, kind: str, column: Column) -> bool:
        """Whether the values of a column are of a kind; an empty column may be anything."""
        if not len(column.values) and kind != "text":
            return kind != "time" or not self.times
        text = pl.col("text")
        if kind == "time":
            return column.name in self.times
        if kind == "duration":
            return column.reads(quantities.parse_duration_ms(text, "ms", thorough=True)) >= _ENOUGH
        if kind == "count":
            return column.reads(quantities.parse_integer(text, thorough=True)) >= _ENOUGH
        if kind == "rating":
            return column.reads(quantities.parse_number(text, thorough=True)) >= _ENOUGH
        return column.name not in self.times or column.is_number

    def _invented(self) -> dict[str, Column]:
        """What must be there and bears no name that is known: the first time, and the first id."""
        contact = self._times_wanted()[0]
        free = [one for one in self.columns if one.is_nameable and one not in self.found.values()]
        invented: dict[str, Column] = {}
        if not self.found.keys() & set(self._times_wanted()):
            moments = [one for one in free if one.name in self.times]
            # A number may be an epoch; what is written as a date is one for sure.
            moments.sort(key=lambda one: one.is_number)
            time = next(iter(moments), None)
            invented |= {contact: time} if time else {}
        identity = self._identity()
        if self.source.grain == "conversation" and identity not in self.found:
            ids = (one for one in free if one.name not in self.times and _is_key(one))
            first = next(ids, None)
            invented |= {identity: first} if first else {}
        return invented

    def _times_wanted(self) -> list[str]:
        """The names of the columns that give the first time of a row, a whole moment first."""
        spec = self.source.fields["contacted_at"]
        ground = spec if spec.sql else self.source.fields["at"]
        return sorted(_roots(*ground.texts), key=lambda name: not name.endswith("_at"))

    def _identity(self) -> str:
        return _roots(str(self.source.fields["conversation_id"].sql))[0]


def _is_key(column: Column) -> bool:
    """Whether its values are all there and all different, more than one."""
    return 1 < len(column.texts) == len(column.values) == column.values.n_unique()


def _kinds(source: Source) -> dict[str, str]:
    """The kind of value that each column of a generic source holds, where a field says so."""
    kinds = {spec.sql: TYPES[name] for name, spec in source.fields.items() if spec.sql}
    moments = {name: "time" for name in source.columns if name.endswith(("_at", "_date"))}
    shifts = _roots(*(part for spec in source.fields.values() for part in spec.plus))
    spans = {name: "duration" for name in shifts if name not in source.words}
    return {**moments, **spans, **{str(name): kind for name, kind in kinds.items()}}


def _left_over(alias: str, column: Column, kind: str) -> int | None:
    """How many words of a header are not the alias; None where it is another thing."""
    wanted, left = _folded(alias).split(), column.folded.split()
    if wanted == left:
        return 0
    if kind == "time":
        wanted = [word for word in wanted if word not in _MOMENT_WORDS]
        left = [word for word in left if word not in _MOMENT_WORDS]
    for word in wanted:
        if word not in left:
            return None
        left.remove(word)
    is_other = kind == "text" and not _FILLERS.issuperset(left)
    return None if not wanted or is_other or len(left) > _MAX_LEFT_OVER else len(left) + 1


class _Writer:
    """Writes the TOML of a guess."""

    def __init__(
        self, table: Table, name: str, timezone: str | None, guess: _Guess, forms: TimeForms
    ) -> None:
        self.table = table
        self.forms = forms
        self.name = name
        self.timezone = timezone
        self.guess = guess
        self.source = guess.source
        self.todo: list[str] = []

    def starter(self) -> Starter:
        sections = [
            self._top(), self._columns(), self._file(), self._match(), self._time(),
            self._session(), self._words(), self._fields(), self._values(),
        ]  # fmt: skip
        text = "\n\n".join("\n".join(lines) for lines in sections if lines)
        return Starter(f"{text}\n", tuple(self.todo))

    def _top(self) -> list[str]:
        grain = self.source.grain
        about = "a whole conversation" if grain == "conversation" else "one of its events"
        file = _comment(self.table.file.name, _NAME_WIDTH)
        said = [
            f"# A mapping that supportkpi started for {file}",
            f"# It took the file for a list like {self.source.name}. Read every line: the fields",
            "# are guessed from the names of the columns. What is on the right of [fields] is SQL",
            "# over the columns of the file, or the name of one.",
            "",
            f"name    = {_toml(self.name)}",
            f"title   = {_toml(f'Started from {self.source.name}')}",
            f'grain   = "{grain}"    # a row is {about}',
        ]
        told = "of rows whose channel is not in the file" if self._is_mapped("channel") else (
            "of every row; say which: phone, email, chat, sms, ..."
        )  # fmt: skip
        return [*said, f'channel = "{self.source.channel}"    # {told}']

    def _columns(self) -> list[str]:
        lines = ["# The columns of the file, and the first values of each:"]
        for column in self.guess.columns:
            seen = [_comment(text, _SAMPLE_WIDTH) for text in column.words[:_SAMPLES]]
            lines.append(f"#   {_comment(column.name, _NAME_WIDTH)}: {' | '.join(seen) or 'empty'}")
        return lines

    def _file(self) -> list[str]:
        spec = self.table.spec
        lines = ["[file]    # what is left out is detected"]
        if spec.format:
            lines.append(f"format = {_toml(spec.format)}")
        shape = self.table.shape
        if shape is not None:
            mark = "" if spec.delimiter else "# "
            lines.append(f"{mark}delimiter = {_toml(shape.dialect.delimiter)}")
            mark = "" if spec.encoding else "# "
            lines.append(f"{mark}encoding = {_toml(shape.text.encoding)}")
        if spec.quote != '"':
            lines.append(f"quote = {_toml(spec.quote)}")
        if spec.preamble:
            lines.append(f"preamble = {spec.preamble}")
        if not spec.header:
            lines += ["header = false", f"columns = {_toml_list(spec.columns)}"]
            lines += [f"min_columns = {spec.min_columns}"] if spec.min_columns else []
        return [*lines, *self._skips()]

    def _skips(self) -> list[str]:
        rules = [
            (reason, self._in_our_words(sql)) for reason, sql in self.source.file.skip_where.items()
        ]
        lines = [f"skip_where.{reason} = {_toml(sql)}" for reason, sql in rules if sql]
        return lines or ["# skip_where.test = \"topic = 'Test'\"    # rows that do not count"]

    def _match(self) -> list[str]:
        names = {normal(one.name): one.name for one in self.guess.columns if one.is_nameable}
        if not self.table.spec.header:
            return ["[match]", f"# columns = {_toml_list(self.table.spec.columns)}"]
        return ["[match]    # a file with these columns is one of this kind",
                f"columns = {_toml_list(names.values())}"]  # fmt: skip

    def _time(self) -> list[str]:
        forms = self.forms
        lines = ["[time]    # ISO 8601 and epochs are read without being named"]
        if forms.undecided:
            days, months = ([pair[at] for pair in forms.undecided] for at in (0, 1))
            lines += [
                "# No value tells whether the day or the month comes first. Take one of these:",
                f"# formats = {_toml_list([*forms.formats, *days])}    # day first",
                f"# formats = {_toml_list([*forms.formats, *months])}    # month first",
            ]
            self.todo.append("say in [time] whether dates begin with the day or with the month")
        elif forms.formats:
            lines.append(f"formats = {_toml_list(forms.formats)}")
        else:
            lines.append('# formats = ["%d/%m/%Y %H:%M"]')
        if forms.calendar == "jalali":
            lines.append('calendar = "jalali"')
        if self.timezone:
            return [*lines, f"timezone = {_toml(self.timezone)}"]
        if any(_UTC_WORDS & set(one.folded.split()) for one in self.guess.moments):
            return [*lines, 'timezone = "UTC"    # says the name of a column']
        return [*lines, '# timezone = "Europe/London"    # of times that state none']

    def _session(self) -> list[str]:
        if self.source.grain != "event" or self._is_mapped("conversation_id"):
            return []
        gap = self.source.session.gap or "24h"
        return ["[session]    # so much silence ends a conversation", f"gap = {_toml(gap)}"]

    def _fields(self) -> list[str]:
        written = {name: self._field(spec) for name, spec in self.source.fields.items()}
        if not any(TYPES[name] == "time" and text for name, text in written.items()):
            self.todo.append("say in [fields] which column is the time of the contact")
        width = max(map(len, written))
        lines = ["[fields]"]
        for name, text in written.items():
            note = self._note(name)
            if text:
                lines += [f"# {note}"] if note else []
                lines.append(f"{name:<{width}} = {text}")
            else:
                lines.append(f'# {name:<{width}} = "..."')
        return lines

    def _note(self, field: str) -> str:
        """What one should know of a guess before one believes it."""
        names = _roots(self.source.fields[field].sql or "")
        name = next((one for one in names if one in self.guess.found), None)
        if name is None:
            return ""
        column = self.guess.found[name]
        if name in self.guess.invented:
            is_time = TYPES[field] == "time"
            return f"A guess: the first column {'of times' if is_time else 'without repeats'}."
        repeats = len(column.values) - column.values.n_unique()
        if field == "conversation_id" and self.source.grain == "conversation" and repeats:
            return f"{repeats:,} ids of the first rows occur again: the latest row of an id counts."
        return ""

    def _is_mapped(self, field: str) -> bool:
        spec = self.source.fields.get(field)
        return spec is not None and bool(self._field(spec))

    def _field(self, spec: FieldSpec) -> str:
        """The TOML value of a field; empty where the file has no column for it."""
        sql = self._in_our_words(spec.sql or "")
        plus = [text for part in spec.plus if (text := self._in_our_words(part))]
        is_grounded = spec.from_ is not None and self._is_mapped(spec.from_)
        is_moved = is_grounded and (bool(plus) or not spec.plus)
        when = self._in_our_words(spec.when or "")
        is_contact = spec is self.source.fields["contacted_at"]
        if not sql and (not is_moved or not (plus or when or is_contact)):
            return ""
        parts = [f"sql = {_toml(sql)}"] if sql else []
        parts += [f"from = {_toml(str(spec.from_))}"] if is_moved else []
        parts += [f"plus = {_toml(plus[0])}"] if plus and is_moved else []
        parts += [f"when = {_toml(when)}"] if when else []
        texts = [*([spec.sql] if sql and spec.sql else []), *(spec.plus if plus else ())]
        is_timed = bool(plus) or not spec.from_
        parts += [f'unit = "{self._unit(spec, texts)}"'] if spec.unit != "ms" and is_timed else []
        parts += [f"scale = {list(_scale(self.guess.found[str(spec.sql)]))}"] if spec.scale else []
        return _toml(sql) if parts == [f"sql = {_toml(sql)}"] else f"{{ {', '.join(parts)} }}"

    def _unit(self, spec: FieldSpec, texts: Sequence[str]) -> str:
        """The unit that the header of a duration states, else the usual one."""
        found = [self.guess.found[name] for name in _roots(*texts) if name in self.guess.found]
        spoken = (unit_of_words(word) for one in found for word in one.folded.split())
        return next(filter(None, spoken), spec.unit)

    def _in_our_words(self, sql: str) -> str:
        """An expression of the generic source over the columns that the file has.

        Empty where they are not there, or where the file has none of the words that it asks for.
        """
        found = self.guess.found
        given = [one for one in alternatives(" ".join(sql.split())) if self._is_given(one.strip())]
        if not given:
            return ""
        if len(given) == 1:
            one = given[0].strip()
            return found[one].name if one in found else _renamed(one, found)
        return f"COALESCE({', '.join(_renamed(one.strip(), found) for one in given)})"

    def _is_given(self, sql: str) -> bool:
        names = _roots(sql)
        asked = set(_LITERAL.findall(sql))
        spoken = [name for name in names if name in self.source.words]
        return (
            bool(names)
            and all(name in self.guess.found for name in names)
            and all(asked & set(self._meant(name)) for name in spoken)
        )

    def _meant(self, name: str) -> dict[str, list[str]]:
        """The words of the source for a column, each with the file's words for it."""
        known = {fold(text): word for text, word in self.source.words[name].items()}
        meant: dict[str, list[str]] = {}
        for word in self.guess.found[name].words:
            if fold(word) in known:
                meant.setdefault(known[fold(word)], []).append(word)
        return meant

    def _words(self) -> list[str]:
        """What the words of the file mean, in those columns whose words the fields ask for."""
        lines = []
        for name in self.source.words:
            meant = self._meant(name) if name in self.guess.found else {}
            if meant:
                lines += ["", f"[words.{_toml(self.guess.found[name].name)}]"]
                lines += [f"{_toml(word)} = {_toml_list(texts)}" for word, texts in meant.items()]
        return ["# The file's words on the right, those of [fields] on the left:", *lines[1:]] if (
            lines
        ) else []  # fmt: skip

    def _values(self) -> list[str]:
        """The translation of the channel's words, those of the file listed."""
        if not self._is_mapped("channel"):
            return []
        words = {
            word.strip(): _channel(self.source, word) or "other"
            for word in self.guess.found["channel"].words[:_MAX_WORDS]
        }
        lines = [f"{_toml(word)} = {_toml(to)}" for word, to in words.items() if word != "*"]
        return ["[values.channel]    # the file's words on the left", *lines, '"*" = "other"']


def _channel(source: Source, word: str) -> str | None:
    """The channel that a word of the file means, or a word inside it: `Phone call (incoming)`."""
    known = {key.strip().casefold(): channel for key, channel in source.values["channel"].items()}
    spelt = word.strip().casefold()
    inside = (key for key in known if key != "*" and re.search(rf"\b{re.escape(key)}\b", spelt))
    return known.get(max(inside, key=len, default=spelt))


def _roots(*texts: str) -> list[str]:
    """The columns of some expressions, each once."""
    roots = (root for text in texts if text for root in pl.sql_expr(text).meta.root_names())
    return list(dict.fromkeys(roots))


def _renamed(sql: str, found: Mapping[str, Column]) -> str:
    """An expression with the file's names for its columns; what stands in quotes is left alone."""
    names = "|".join(map(re.escape, sorted(_roots(sql), key=len, reverse=True)))
    parts = re.split(r"('(?:[^']|'')*')", sql)
    return "".join(
        part if part.startswith("'")
        else re.sub(rf"\b({names})\b", lambda match: _sql_name(found[match[1]].name), part)
        for part in parts
    )  # fmt: skip


def _sql_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _scale(column: Column) -> tuple[int, int]:
    """The smallest usual scale that holds every answer."""
    numbers = column.values.cast(pl.Float64, strict=False).drop_nulls()
    greatest = float(numbers.cast(pl.Float64).max() or 0)  # type: ignore[arg-type]
    return next((scale for top, scale in _SCALES if greatest <= top), (0, round(greatest)))


def _toml(text: str) -> str:
    """A TOML string that shows whatever it holds."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(_escaped(mark) for mark in quoted)


def _escaped(mark: str) -> str:
    return mark if clean(mark) == mark else f"\\U{ord(mark):08x}"


def _toml_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_toml, texts))}]"


def _comment(text: str, width: int) -> str:
    """Text of the file in a comment: on one line, and no longer than it needs to be."""
    return shortened(clean(" ".join(text.split(" "))), width)
