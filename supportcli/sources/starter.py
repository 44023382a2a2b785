"""A starting mapping for any table: the nearest generic source, and what the file says otherwise.

The mapping extends that source, so it only says what the source does not know by name. What is
guessed is a suggestion to be read: every column of the file stands in a comment, and every field
that stays empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from supportcli.errors import SupportkpiError
from supportcli.sources.draft import Draft
from supportcli.sources.folding import fold
from supportcli.sources.look import NOTHING, Column
from supportcli.sources.mapping import Given, plan_mapping
from supportcli.sources.read import Table
from supportcli.sources.source import Source, built_in, built_in_paths, parse_source
from supportcli.wording import clean, shortened

_FIRST: Final = ("generic-tickets", "generic-calls", "generic-messages")
"""The sources to which doubtful files are given, in this order."""

_SAMPLES: Final = 3
_SAMPLE_WIDTH: Final = 30
_NAME_WIDTH: Final = 100
_MAX_WORDS: Final = 30


def start_mapping(
    table: Table, path: Path, known: Source | None, given: Given, zone: str | None
) -> str:
    """The text of a starting mapping for a table, to be written to a path.

    `known` is the source that the file is of, if it is; `zone` is stated in the mapping.
    """
    columns = [Column(one.name, one) for one in table.sample.select(table.columns).get_columns()]
    if known is not None:
        draft = Draft(known, columns, guesses=known.match.fallback)
    else:
        generic = [name for name in built_in_paths() if name.startswith("generic-")]
        names = [*_FIRST, *(name for name in generic if name not in _FIRST)]
        sources = [one for one in map(built_in, names) if one.refused is None]
        draft = max((Draft(source, columns) for source in sources), key=lambda one: one.worth)
    parts = [_top(table, path, draft), _listing(draft), _columns(draft), *_words(draft),
             _file(table, draft), _time(draft, zone), _fields(draft)]  # fmt: skip
    text = "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"
    return text + "".join(f"{line}\n" for line in _absent(text, path, table, given))


def _top(table: Table, path: Path, draft: Draft) -> list[str]:
    source = draft.source
    about = "a whole conversation" if source.grain == "conversation" else "one event of one"
    lines = [
        f"# A mapping that supportkpi started for {_comment(table.file.name, _NAME_WIDTH)}",
        f"# It is laid over {source.name}, where a row is {about}: what that source knows by name",
        f"# need not be said again (supportkpi sources {source.name}). Read every line below.",
        "",
        f"name    = {_toml(path.stem)}",
        f"title   = {_toml(f'Started from {source.name}')}",
        f"extends = {_toml(source.name)}",
    ]
    if source.channel is None:
        return lines
    is_mapped = "channel" in draft.found
    which = "rows that name none" if is_mapped else "every row: phone, email, chat, sms, ..."
    return [*lines, f"channel = {_toml(source.channel)}    # of {which}"]


def _listing(draft: Draft) -> list[str]:
    lines = ["# The columns of the file, what each was taken for, and its first values:"]
    for column in draft.columns:
        taken = [name for name, one in draft.found.items() if one is column]
        arrow = f" = {', '.join(taken)}" if taken else ""
        seen = [_comment(text, _SAMPLE_WIDTH) for text in column.texts[:_SAMPLES]]
        name = _comment(column.name, _NAME_WIDTH)
        lines.append(f"#   {name}{arrow}: {' | '.join(seen) or 'empty'}")
    return lines


def _columns(draft: Draft) -> list[str]:
    """The columns that the source does not know by these names."""
    lines = [
        f"{_key(name)} = [{_toml(column.spelling)}]{_doubt(draft, name, column)}"
        for name, column in {**draft.matched, **draft.guessed}.items()
    ]
    title = f"[columns]    # the names that {draft.source.name} uses, and those of the file"
    return [title, *lines] if lines else []


def _doubt(draft: Draft, name: str, column: Column) -> str:
    """What one should know of a guess before one believes it."""
    is_id = draft.is_identity(name) and draft.source.grain == "conversation"
    if is_id and column.repeats:
        return f"    # {column.repeats:,} of the first values repeat: the latest row of each counts"
    return "    # a guess, by its values" if name in draft.guessed else ""


def _words(draft: Draft) -> Iterator[list[str]]:
    """What texts mean that the source does not list: where it can be told, else to be said."""
    by_field = {spec.sql: field for field, spec in draft.source.fields.items()}
    for name, column in draft.found.items():
        meanings = draft.meanings(name)
        unknown = [text for text in column.texts if fold(text) not in meanings]
        unknown = [text for text in unknown if text not in NOTHING]
        if not meanings or not unknown or len(unknown) > _MAX_WORDS:
            continue
        told = {text: draft.meaning(name, text) for text in unknown}
        of = f"    # of {_comment(column.name, _NAME_WIDTH)}"
        if name in draft.source.words:
            yield [f"[words.{_key(name)}]{of}", *_word_lines(told, meanings)]
        else:
            yield [f"[values.{by_field[name]}]{of}", *_value_lines(told)]


def _word_lines(told: Mapping[str, str | None], meanings: Mapping[str, str]) -> Iterator[str]:
    for word in dict.fromkeys(meanings.values()):
        texts = [text for text, to in told.items() if to == word]
        if texts:
            yield f"{_key(word)} = {_toml_list(texts)}"
    rest = [text for text, to in told.items() if to is None]
    if rest:
        words = ", ".join(dict.fromkeys(meanings.values()))
        yield f"# Nobody has said what these mean: {', '.join(map(_toml, rest))}"
        yield f'# Where one means one of {words}, list it: word = ["text"]'


def _value_lines(told: Mapping[str, str | None]) -> Iterator[str]:
    for text, to in told.items():
        yield f"{_toml(text)} = {_toml(to)}" if to else f'# {_toml(text)} = "other"'


def _file(table: Table, draft: Draft) -> list[str]:
    known = draft.source.file.null_values
    texts = {text for column in draft.columns for text in column.texts}
    more = [text for text in NOTHING if text in texts and text not in known]
    lines = [f"null_values = {_toml_list([*known, *more])}"] if more else []
    if table.shape is not None and table.shape.text.guessed:
        lines.append(f"encoding = {_toml(table.shape.text.encoding)}    # guessed")
    return ["[file]", *lines] if lines else []


def _time(draft: Draft, zone: str | None) -> list[str]:
    times = [one for name, one in draft.found.items() if draft.kinds[name] == "time"]
    stated = next(filter(None, (one.zone for one in times)), None)
    lines = [
        "[time]",
        '# order = "dmy"    # or "mdy": of dates such as 3/2/26 where no value decides',
    ]
    if zone is None and stated is not None:
        return [*lines, f"timezone = {_toml(stated)}    # says the name of a column"]
    said = f"timezone = {_toml(zone)}" if zone else '# timezone = "Europe/London"'
    return [*lines, f"{said}    # of times that state none"]


def _fields(draft: Draft) -> list[str]:
    """Ratings on another scale than the source has them on."""
    lines = []
    for field, spec in draft.source.fields.items():
        column = draft.found.get(spec.sql or "")
        if column is not None and spec.scale is not None and column.greatest > spec.scale[1]:
            top = next((top for top in (10, 100) if column.greatest <= top), column.greatest)
            scale = f"[{1 if top == 10 else 0}, {top:g}]"
            lines.append(f"{field} = {{ sql = {_toml(str(spec.sql))}, scale = {scale} }}")
    return ["[fields]    # in place of those of the source", *lines] if lines else []


def _absent(text: str, path: Path, table: Table, given: Given) -> list[str]:
    """The fields that the mapping leaves empty, as a comment; none where it cannot be planned."""
    try:
        source = parse_source(text, path)
        absent = plan_mapping(source, table, given, thorough=False).absent
    except SupportkpiError:
        return []
    rows = [f"#   {name}: {', '.join(dict.fromkeys(lacks))}" for name, lacks in absent.items()]
    title = "# What stays empty, and the columns that would fill it (add them to [columns]):"
    return ["", title, *rows] if rows else []


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(text: str) -> str:
    """A TOML string that shows whatever it holds."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(mark if clean(mark) == mark else f"\\U{ord(mark):08x}" for mark in quoted)


def _toml_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_toml, texts))}]"


def _comment(text: str, width: int) -> str:
    """Text of the file in a comment: on one line, and no longer than it needs to be."""
    return shortened(clean(text), width)
