"""A source as a value: what its TOML file says, checked, before any export has been seen."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from supportcli.durations import parse_duration_ms
from supportcli.errors import ConfigurationError, UsageError, did_you_mean
from supportcli.schema import CHANNELS, KINDS, MAPPABLE, TYPES
from supportcli.settings import check_timezone
from supportcli.sources.folding import fold

FOLDER: Final = Path(__file__).parent
CHAT_FORMATS: Final = ("telegram", "whatsapp")
"""Chats that are no tables: the columns are those that their readers give."""

FORMATS: Final = ("csv", "tsv", "parquet", "ndjson", "json", "xlsx", *CHAT_FORMATS)
GRAINS: Final = ("event", "conversation")
ORDERS: Final = ("dmy", "mdy", "by_clock")
DURATION_UNITS: Final = ("ms", "s", "min", "h", "day", "m:ss", "h:mm", "date1970")
"""What `unit` may say of a duration: of bare numbers, of two with a colon, of dates since 1970."""

AMOUNT_UNITS: Final = ("minor", "major")

_SAMPLES: Final = "\n[[sample]]"
_MORE_KEYS: Final = {"sample", "extends"}


@dataclass(frozen=True)
class FileSpec:
    """`[file]`: the shape of the export; what is left out is detected.

    `header_optional` says that exports with the columns' names come as well as those without:
    what is said of the layout then holds for the latter.
    """

    format: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    header: bool = True
    header_optional: bool = False
    header_rows: int = 1
    columns: tuple[str, ...] = ()
    min_columns: int | None = None
    encoding: str | None = None
    null_values: tuple[str, ...] = ("",)
    skip_where: Mapping[str, str] = field(default_factory=dict)
    preamble: int = 0
    records: str | None = None

    @property
    def least_columns(self) -> int:
        """How many cells a row of a file without a header has at least."""
        return self.min_columns or len(self.columns)

    def with_header(self) -> FileSpec:
        """The layout of an export that has the names of its columns, detected like any other."""
        return replace(
            self, header=True, columns=(), min_columns=None, delimiter=None, quote=FileSpec.quote
        )


@dataclass(frozen=True)
class MatchSpec:
    """`[match]`: the columns and the patterns of their first values that recognise the export.

    All of `columns` must be there, and of each list in `any` at least one. A `fallback` is only
    considered where no other source fits.
    """

    columns: tuple[str, ...] = ()
    any: tuple[tuple[str, ...], ...] = ()
    fallback: bool = False
    patterns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TimeSpec:
    """`[time]`: formats tried in order before all others, the zone and the calendar.

    `order` ("dmy", "mdy", "by_clock") is that of dates such as 3/2/26 where no value shows it.
    """

    formats: tuple[str, ...] = ()
    timezone: str | None = None
    calendar: str = "gregorian"
    order: str | None = None
    zone_in: str | None = None


@dataclass(frozen=True)
class RolesSpec:
    """`[roles]`: for chats whose rows do not say who is an agent.

    SQL for the author of a row, and if need be for the name that people know the author by, for
    the author whom the row answers, and for the chat it stands in.
    """

    author: str
    name: str | None = None
    to: str | None = None
    chat: str | None = None

    @property
    def expressions(self) -> dict[str, str]:
        """Every SQL text by its key."""
        return {key: sql for key, sql in vars(self).items() if sql is not None}


@dataclass(frozen=True)
class SessionSpec:
    """`[session]`: the silence that ends a session where no conversation id is mapped."""

    gap: str | None = None

    @property
    def gap_ms(self) -> int | None:
        """The gap in milliseconds."""
        return parse_duration_ms(self.gap) if self.gap else None


@dataclass(frozen=True)
class FieldSpec:
    """One entry of `[fields]`: an SQL expression, or a time relative to another field.

    `sql` is an expression over the export's columns; of the text it gives, the first group of
    `pattern` is taken. A time moves by `plus` (durations in `unit`, which add up) and counts only
    where `when` holds; with `from`, it is another time field so moved, wherever `sql` has none. A
    duration may be the `sum` of several, or what passes `from` a time field `to` a moment. `zone`
    is SQL for the time zone of each row's local times.
    """

    sql: str | None = None
    pattern: str | None = None
    sum: tuple[str, ...] = ()
    from_: str | None = None
    to: str | None = None
    plus: tuple[str, ...] = ()
    when: str | None = None
    unit: str = "ms"
    scale: tuple[float, float] | None = None
    zone: str | None = None

    @property
    def is_moved(self) -> bool:
        """Whether it is more than what the row states."""
        return bool(self.from_ or self.plus or self.when)

    @property
    def texts(self) -> list[str]:
        """Every SQL expression in it."""
        texts = (self.sql, *self.sum, self.to, *self.plus, self.when, self.zone)
        return [text for text in texts if text is not None]


@dataclass(frozen=True)
class Sample:
    """`[[sample]]`: a raw row and the event that must come of it, or why it is skipped.

    An export that is no table shows the `text` of a file instead of a row; `agents` are those
    that `--agents` would name. `ratings` are what the row says beside the event.
    """

    row: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    agents: Sequence[str] = ()
    event: Mapping[str, Any] | None = None
    ratings: Mapping[str, float] = field(default_factory=dict)
    skipped: str | None = None
    rejected: str | None = None


@dataclass(frozen=True)
class Source:
    """The mapping of one export format to events.

    `columns` maps a column's canonical name, as `[match]` and `[fields]` use it, to its other
    spellings; one between slashes is a regular expression, whose group `zone` names the time zone
    that the header states. `words` maps the texts of a column to the words that SQL asks for, and
    `let` names expressions for it. `ratings` are answers to further questions, which are no columns
    of events. `refused` says why such a file cannot be used at all. `own` are
    the fields that the mapping fills itself, without those of a source that it extends.
    """

    name: str
    title: str
    grain: str
    channel: str | None
    id_space: str
    file: FileSpec
    match: MatchSpec
    columns: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, str]]
    closed_words: tuple[str, ...]
    let: Mapping[str, str]
    time: TimeSpec
    roles: RolesSpec | None
    session: SessionSpec
    fields: Mapping[str, FieldSpec]
    ratings: Mapping[str, FieldSpec]
    values: Mapping[str, Mapping[str, str]]
    notes: str
    refused: str | None
    path: Path
    own: frozenset[str] = frozenset()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The proofs in the file; read only when asked for."""
        tables = tomllib.loads(self.path.read_text(encoding="utf-8"))
        return tuple(Sample(**table) for table in tables.get("sample", []))


def load_source(path: Path) -> Source:
    """The source that a TOML file describes.

    Raises ConfigurationError, naming the file and the key, for whatever a mapping may not say.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"cannot read the mapping {path}: {reason}") from error
    return parse_source(text, path)


def parse_source(text: str, path: Path) -> Source:
    """The source that the text of a mapping describes, which is or will be the file of that path.

    Raises the errors of `load_source`.
    """
    tables = _tables(text, path)
    base = tables.pop("extends", None)
    own = tables.get("fields", {})
    checker = _Checker(path)
    if base is not None:
        checker.known_keys("extends", [str(base)], built_in_paths())
        other = built_in_paths()[base]
        tables = _extended(_tables(other.read_text(encoding="utf-8"), other), tables)
    source = checker.source(tables)
    return replace(source, own=frozenset(source.fields.keys() & own))


def _tables(text: str, path: Path) -> dict[str, Any]:
    """What a mapping says, but for its samples."""
    try:
        return tomllib.loads(text.partition(_SAMPLES)[0])
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}", hint="a mapping is written in TOML") from error


_OWN: Final = ("name", "title", "notes", "id_space", "match")
"""What a mapping does not take over from the one that it extends."""


def _extended(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The tables of a mapping over those of the one it extends.

    A key goes before that of the base; spellings of columns and words come on top of its own.
    """
    merged = {key: value for key, value in base.items() if key not in _OWN}
    for key, value in own.items():
        if key in ("columns", "words", "values"):
            merged[key] = _on_top(merged.get(key, {}), value)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        else:
            merged[key] = value
    return merged


def _on_top(base: Any, own: Any) -> Any:
    """Lists and texts of tables, those of a mapping before those of its base.

    A spelling has one meaning: what the mapping lists, its base no longer lists elsewhere.
    """
    if isinstance(own, dict) and isinstance(base, dict):
        lists = (texts for texts in own.values() if isinstance(texts, list))
        taken = {fold(text) for texts in lists for text in texts if isinstance(text, str)}
        kept = {key: _without(texts, taken) for key, texts in base.items()}
        return {**kept, **{key: _on_top(kept.get(key), value) for key, value in own.items()}}
    if isinstance(own, list) and isinstance(base, list):
        return [*own, *base]
    return own


def _without(texts: Any, taken: Collection[str]) -> Any:
    return [one for one in texts if fold(one) not in taken] if isinstance(texts, list) else texts


def with_questions(source: Source, questions: Mapping[str, str]) -> Source:
    """A source whose ratings stand under the questions that the configuration names."""
    known = {name: text for name, text in questions.items() if name in source.columns}
    spellings = {name: (text, *source.columns[name]) for name, text in known.items()}
    return replace(source, columns={**source.columns, **spellings}) if known else source


@cache
def built_in_paths() -> dict[str, Path]:
    """The mapping files that come with the program, by source name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


@cache
def built_in(name: str) -> Source:
    """The built-in source of that name."""
    return load_source(built_in_paths()[name])


def built_in_sources() -> list[Source]:
    """Every source that comes with the program, by name."""
    return [built_in(name) for name in built_in_paths()]


def find_source(name_or_path: str) -> Source:
    """What `--source` means: a built-in name, or the path of a mapping file.

    Raises UsageError when it is neither.
    """
    if name_or_path in built_in_paths():
        return built_in(name_or_path)
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.is_file():
        return load_source(path)
    hint = did_you_mean(name_or_path, built_in_paths())
    raise UsageError(
        f'there is no source "{name_or_path}"',
        hint=hint or "`supportkpi sources` lists them; a mapping of your own ends in .toml",
    )


_SHAPES: Final[dict[str, dict[str, type]]] = {
    "file": {
        "format": str,
        "delimiter": str,
        "quote": str,
        "header": bool,
        "columns": list,
        "min_columns": int,
        "encoding": str,
        "null_values": list,
        "skip_where": dict,
        "preamble": int,
        "records": str,
        "header_rows": int,
    },
    "match": {"columns": list, "any": list, "fallback": bool, "patterns": dict},
    "time": {"formats": list, "timezone": str, "calendar": str, "order": str, "zone_in": str},
    "roles": {"author": str, "name": str, "to": str, "chat": str},
    "session": {"gap": str},
    "field": {
        "sql": str,
        "pattern": str,
        "sum": list,
        "from": str,
        "to": str,
        "plus": list,
        "when": str,
        "unit": str,
        "scale": list,
        "zone": str,
    },
    "rating": {"sql": str, "pattern": str, "scale": list},
}
"""The keys of each table of a mapping, and what TOML type each takes."""

_TYPE_NAMES: Final = {str: "text", bool: "true or false", list: "a list", int: "a whole number",
                      dict: "a table"}  # fmt: skip


class _Checker:
    """Turns the tables of one file into a Source, and complains with the file and the key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, key: str, reason: str, hint: str | None = None) -> ConfigurationError:
        return ConfigurationError(f"{self.path} ({key}): {reason}", hint=hint)

    def source(self, tables: dict[str, Any]) -> Source:
        self.known_keys(
            "", tables, {item.name for item in fields(Source)} - {"path", "own"} | _MORE_KEYS
        )
        name = self.typed(tables, "name", str, self.path.stem)
        refused = tables.get("refused")
        source = Source(
            name=name,
            title=self.typed(tables, "title", str, name),
            grain=self.choice(tables, "grain", GRAINS) if refused is None else "",
            channel=self.choice(tables, "channel", CHANNELS) if "channel" in tables else None,
            id_space=self.typed(tables, "id_space", str, name),
            file=self.file(tables),
            match=MatchSpec(**self.record(tables, "match")),
            columns={
                key: self.words(f"columns.{key}", names)
                for key, names in self.typed(tables, "columns", dict, {}).items()
            },
            words={
                key: self.words_table(f"words.{key}", table)
                for key, table in self.typed(tables, "words", dict, {}).items()
            },
            closed_words=self.words("closed_words", tables.get("closed_words", [])),
            let=self.translation("let", self.typed(tables, "let", dict, {})),
            time=TimeSpec(**self.record(tables, "time")),
            roles=self.roles(tables),
            session=SessionSpec(**self.record(tables, "session")),
            fields={
                key: self.field(key, value)
                for key, value in self.typed(tables, "fields", dict, {}).items()
            },
            ratings={
                key: self.rating(f"ratings.{key}", value)
                for key, value in self.typed(tables, "ratings", dict, {}).items()
            },
            values={
                key: self.translation(f"values.{key}", table)
                for key, table in self.typed(tables, "values", dict, {}).items()
            },
            notes=self.typed(tables, "notes", str, ""),
            refused=self.typed(tables, "refused", str, None) if refused is not None else None,
            path=self.path,
        )
        self.texts(source)
        if refused is None:
            self.whole(source)
        return source

    def file(self, tables: dict[str, Any]) -> FileSpec:
        """`[file]`; with columns and nothing said of a header, a file may have one or not."""
        given = self.record(tables, "file")
        if "columns" in given and "header" not in given:
            given |= {"header": False, "header_optional": True}
        spec = FileSpec(**given)
        self.shape(spec)
        return spec

    def words_table(self, place: str, table: Any) -> dict[str, str]:
        """Spelling -> word, of a table word = [spellings]; a word is a spelling of itself."""
        if not isinstance(table, dict):
            raise self.fail(place, "this must be a table of lists")
        listed = {word: self.words(f"{place}.{word}", texts) for word, texts in table.items()}
        return {text: word for word, texts in listed.items() for text in (word, *texts)}

    def known_keys(self, table: str, values: Iterable[str], known: Iterable[str]) -> None:
        allowed = sorted(known)
        for key in values:
            if key not in allowed:
                place = f"{table}.{key}" if table else key
                raise self.fail(place, "there is no such key", did_you_mean(key, allowed))

    def typed(self, table: dict[str, Any], key: str, kind: type, default: Any) -> Any:
        value = table.get(key, default)
        if type(value) is not kind:
            raise self.fail(key, f"this must be {_TYPE_NAMES[kind]}")
        return value

    def choice(self, tables: dict[str, Any], key: str, allowed: Sequence[str]) -> str:
        value = tables.get(key)
        if value not in allowed:
            raise self.fail(key, f"this must be one of {', '.join(allowed)}")
        return str(value)

    def record(self, tables: dict[str, Any], key: str) -> dict[str, Any]:
        return self.shaped(key, self.typed(tables, key, dict, {}), _SHAPES[key])

    def roles(self, tables: dict[str, Any]) -> RolesSpec | None:
        if "roles" not in tables:
            return None
        record = self.record(tables, "roles")
        if "author" not in record:
            raise self.fail("roles.author", "this key is missing: who wrote a row")
        return RolesSpec(**record)

    def shaped(self, place: str, table: dict[str, Any], shape: dict[str, type]) -> dict[str, Any]:
        self.known_keys(place, table, shape)
        for key, value in table.items():
            if type(value) is not shape[key]:
                raise self.fail(f"{place}.{key}", f"this must be {_TYPE_NAMES[shape[key]]}")
            if isinstance(value, list) and key == "any":
                value[:] = [self.words(f"{place}.{key}", names) for names in value]
            elif isinstance(value, list) and key != "scale":
                self.words(f"{place}.{key}", value)
            if isinstance(value, dict):
                self.translation(f"{place}.{key}", value)
        return {
            f"{key}_" if key == "from" else key: tuple(value) if isinstance(value, list) else value
            for key, value in table.items()
        }

    def words(self, place: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.fail(place, "this must be a list of texts")
        return tuple(value)

    def translation(self, place: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise self.fail(place, "this must be a table of texts")
        return value

    def field(self, key: str, value: Any) -> FieldSpec:
        self.known_keys("fields", [key], MAPPABLE)
        if isinstance(value, str):
            return FieldSpec(sql=value)
        if not isinstance(value, dict):
            raise self.fail(f"fields.{key}", "this must be an SQL expression or a table")
        if isinstance(value.get("plus"), str):
            value = {**value, "plus": [value["plus"]]}
        spec = self.scaled(f"fields.{key}", self.shaped(f"fields.{key}", value, _SHAPES["field"]))
        self.sources_of(key, spec)
        units = AMOUNT_UNITS if TYPES[key] == "amount" else DURATION_UNITS
        if "unit" in value and spec.unit not in units:
            raise self.fail(f"fields.{key}.unit", f"this must be one of {', '.join(units)}")
        return spec

    def rating(self, place: str, value: Any) -> FieldSpec:
        """One entry of `[ratings]`: a number that the export states."""
        table = {"sql": value} if isinstance(value, str) else value
        if not isinstance(table, dict) or "sql" not in table:
            raise self.fail(place, "this must be an SQL expression or a table with `sql`")
        return self.scaled(place, self.shaped(place, table, _SHAPES["rating"]))

    def scaled(self, place: str, record: dict[str, Any]) -> FieldSpec:
        """The field of a record, its scale two numbers."""
        scale = record.get("scale")
        if scale is not None and not _is_scale(place, scale):
            raise self.fail(f"{place}.scale", "this must be two numbers, the lower first")
        return FieldSpec(
            **record | ({"scale": (float(scale[0]), float(scale[1]))} if scale else {})
        )

    def sources_of(self, key: str, spec: FieldSpec) -> None:
        """What a field is made of must be one thing, and fit its type."""
        kind = TYPES[key]
        if spec.sql is None and spec.from_ is None and not spec.sum:
            raise self.fail(f"fields.{key}", "this needs either `sql` or `from`")
        if kind != "time" and (spec.plus or spec.when or (spec.from_ and not spec.to)):
            raise self.fail(f"fields.{key}", "only times are relative to another field")
        if kind != "duration" and (spec.sum or spec.to):
            raise self.fail(f"fields.{key}", "only durations have a `sum` or a `to`")
        if bool(spec.sql) + bool(spec.sum) + bool(spec.to) > 1 or (spec.to and not spec.from_):
            raise self.fail(f"fields.{key}", "this needs `sql`, or `sum`, or `from` and `to`")

    def whole(self, source: Source) -> None:
        """What only the keys together can get wrong."""
        self.relative(source)
        self.known_keys("values", source.values, MAPPABLE)
        for name in source.closed_words:
            self.known_keys("closed_words", [name], source.words)
        for key, allowed in (("channel", CHANNELS), ("kind", KINDS)):
            for word, meant in source.values.get(key, {}).items():
                if meant not in allowed:
                    place = f"values.{key}.{word}"
                    raise self.fail(place, f"this must be one of {', '.join(allowed)}")
        if source.time.calendar not in ("gregorian", "jalali"):
            raise self.fail("time.calendar", "this must be gregorian or jalali")
        if source.time.order not in (None, *ORDERS):
            raise self.fail("time.order", f"this must be one of {', '.join(ORDERS)}")
        if not any(TYPES[key] == "time" for key in source.fields):
            raise self.fail("fields", "at least one time must be mapped")

    def relative(self, source: Source) -> None:
        """Times that stand on other times, which in the end must stand on the export itself."""
        for key, spec in source.fields.items():
            if spec.from_ is None:
                continue
            times = [name for name in source.fields if TYPES[name] == "time"]
            if spec.from_ not in times:
                near = did_you_mean(spec.from_, times)
                raise self.fail(f"fields.{key}.from", f'no time "{spec.from_}" is mapped', near)
            seen, ground = {key}, spec.from_
            while (base := source.fields[ground].from_) in times and ground not in seen:
                seen.add(ground)
                ground = base
            if ground in seen:
                raise self.fail(f"fields.{key}.from", "this goes round in a circle")

    def shape(self, spec: FileSpec) -> None:
        """The `[file]` table: what no reader could follow."""
        count = len(spec.columns)
        if spec.format not in (None, *FORMATS):
            raise self.fail("file.format", f"this must be one of {', '.join(FORMATS)}")
        if not spec.header and not spec.columns:
            raise self.fail("file.columns", "a file without a header needs the columns' names")
        if len(set(spec.columns)) < count:
            raise self.fail("file.columns", "two columns have the same name")
        if spec.min_columns is not None and not 1 <= spec.min_columns <= count:
            raise self.fail("file.min_columns", f"this must be 1 to {count}, as `columns` lists")
        if spec.header_rows < 1:
            raise self.fail("file.header_rows", "this must be 1 or more")
        if spec.preamble < 0:
            raise self.fail("file.preamble", "this must be 0 or more")
        if spec.delimiter is not None and len(spec.delimiter.encode()) != 1:
            raise self.fail("file.delimiter", "this must be one ASCII character")
        if len(spec.quote.encode()) > 1:
            raise self.fail("file.quote", "this must be one ASCII character, or empty")
        if spec.encoding is not None and not _is_encoding(spec.encoding):
            raise self.fail("file.encoding", f'there is no encoding "{spec.encoding}"')

    def texts(self, source: Source) -> None:
        """Durations, zones and patterns are checked when the file is read, not when they bite."""
        spellings = [(key, name) for key, names in source.columns.items() for name in names]
        patterns = [(f"match.patterns.{key}", p) for key, p in source.match.patterns.items()]
        patterns += [(f"columns.{key}", name[1:-1]) for key, name in spellings if is_regex(name)]
        patterns += [
            (f"{table}.{key}.pattern", spec.pattern)
            for table, specs in (("fields", source.fields), ("ratings", source.ratings))
            for key, spec in specs.items()
            if spec.pattern is not None
        ]
        self.sound("session.gap", parse_duration_ms, source.session.gap)
        self.sound("time.timezone", check_timezone, source.time.timezone)
        for place, pattern in patterns:
            self.sound(place, re.compile, pattern)

    def sound(self, place: str, check: Callable[[str], object], text: str | None) -> None:
        try:
            if text is not None:
                check(text)
        except (ValueError, re.error) as error:
            raise self.fail(place, str(error)) from error


def _is_scale(place: str, scale: Sequence[object]) -> bool:
    """Whether it is the worst answer and the best; only effort is measured downwards too."""
    numbers = [float(one) for one in scale if isinstance(one, int | float) and one is not True]
    if len(scale) != 2 or len(numbers) != 2 or numbers[0] == numbers[1]:
        return False
    return numbers[0] < numbers[1] or place == "fields.ces"


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def is_regex(spelling: str) -> bool:
    """Whether a column's other spelling is a pattern, written between slashes."""
    return len(spelling) > 2 and spelling.startswith("/") and spelling.endswith("/")
