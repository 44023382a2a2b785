"""JSON in the forms that exports have it: an array, lines, objects end to end, one big document.

Every record becomes a row of texts: objects inside it give columns with dotted names, numbers keep
the digits that the file has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final

import polars as pl

from supportcli.errors import InputError
from supportcli.sources.decode import JSON_ENCODING, whole_text
from supportcli.sources.layout import unique_names
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FileSpec

_ROWS_AT_ONCE: Final = 50_000
_SHOWN_CHARACTERS: Final = 200
_FIRST_LINES: Final = 10
_ENVELOPE_KEYS: Final = 8
"""An object of more is a record, which may have an array of objects in it as well."""
_NO_OBJECT: Final = "the line is no JSON object"
_EMPTY_OBJECT: Final = "the object has nothing in it"
_BETWEEN: Final = re.compile(r"[\s,]*")
_NEXT_LINE: Final = re.compile(r"\n\s*(?=\S)")
_HEX_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")


class Number(str):
    """A number as the file writes it."""

    __slots__ = ()


_TEXTS: Final = {str, Number, type(None)}

_DECODER: Final = json.JSONDecoder(
    strict=False, parse_int=Number, parse_float=Number, parse_constant=Number
)


@dataclass(frozen=True)
class Records:
    """The records of a file as texts, the line each begins on, and what is none: where, text, why.

    Records inside a document have no lines: `lines` is None, and faults are numbered from 1.
    """

    frame: pl.DataFrame
    lines: Sequence[int] | None
    faults: tuple[tuple[int, str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Parsed:
    """What stands in a file: values with their lines, pieces that are no JSON, and notes.

    `problem` says what a JSON reader has against the first of those pieces.
    """

    values: list[Any]
    lines: list[int]
    faults: list[tuple[int, str, str]]
    notes: tuple[str, ...] = ()
    problem: str | None = None


def read(file: InputFile, spec: FileSpec) -> Records:
    """The records of a JSON file; `spec.records` is the way to them in a document.

    Raises InputError for a file that is no JSON, or has no objects where they should be.
    """
    key = ("records", spec.records, spec.encoding)
    return file.once(key, lambda: _read(file, spec))


def parse(file: InputFile, encoding: str | None = None) -> list[Any]:
    """The values of a JSON file, one after the other, numbers as text.

    Raises InputError where the file is no JSON.
    """
    parsed = _parsed(file, encoding)
    if parsed.problem is not None:
        raise InputError(f"{file.name}:{parsed.problem}", hint="export it again")
    if parsed.faults:
        line, _, reason = parsed.faults[0]
        raise InputError(f"{file.name}:{line}: {reason}", hint="export it again")
    return parsed.values


def mended(text: str) -> str:
    r"""The text with escapes that JSON does not know, `\x0B`, written as it does, `\u000B`."""
    return _HEX_ESCAPE.sub(r"\1\\u00\2", text)


def _read(file: InputFile, spec: FileSpec) -> Records:
    parsed = _parsed(file, spec.encoding)
    items, lines = _items(file, spec, parsed)
    faults = list(parsed.faults)
    kept, kept_lines = [], []
    for position, item in enumerate(items):
        if isinstance(item, dict) and item:
            kept.append(item)
            kept_lines.append(lines[position] if lines else 0)
        else:
            place = lines[position] if lines else position + 1
            reason = _EMPTY_OBJECT if item == {} else _NO_OBJECT
            faults.append((place, as_json(item)[:_SHOWN_CHARACTERS], reason))
    if not kept:
        raise _nothing_in(file, parsed, faults)
    return Records(_frame(kept), kept_lines if lines else None, tuple(faults), parsed.notes)


def _nothing_in(
    file: InputFile, parsed: _Parsed, faults: Sequence[tuple[int, str, str]]
) -> InputError:
    if parsed.problem is not None:
        message = f"{file.name}:{parsed.problem}"
    elif faults:
        message = f"{file.name}:{faults[0][0]}: {faults[0][2]}"
    else:
        message = f"{file.name}: there are no records in it"
    return InputError(message, hint="export it again")


def _parsed(file: InputFile, encoding: str | None) -> _Parsed:
    return file.once(("json", encoding), lambda: _parse(file, encoding))


def _parse(file: InputFile, encoding: str | None) -> _Parsed:
    content, notes = whole_text(file, encoding or JSON_ENCODING)
    parsed = _values(content)
    if parsed.faults and _HEX_ESCAPE.search(content):
        note = rf"{file.name}: escapes that JSON does not know (\x0B) were read as \u000B"
        better = _values(mended(content))
        if len(better.faults) < len(parsed.faults):
            return replace(better, notes=(*notes, note))
    return replace(parsed, notes=notes)


def _values(text: str) -> _Parsed:
    """Every value of a text and the line it begins on; what is no JSON is passed over by lines."""
    return _by_lines(text) if _is_lined(text) else _end_to_end(text)


def _is_lined(text: str) -> bool:
    """Whether most of the first lines are objects, each for itself."""
    firsts = [line for line in islice(_lines(text), _FIRST_LINES) if line.strip()]
    whole = sum(line.lstrip().startswith("{") and not _end_to_end(line).faults for line in firsts)
    return len(firsts) > 1 and 2 * whole > len(firsts)


def _lines(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end + 1


def _by_lines(text: str) -> _Parsed:
    parsed = _Parsed([], [], [])
    for number, line in enumerate(_lines(text), start=1):
        if not line or line.isspace():
            continue
        try:
            parsed.values.append(_DECODER.decode(line))
        except (ValueError, RecursionError):
            inner = _end_to_end(line)
            if inner.faults:
                parsed.faults.append((number, line[:_SHOWN_CHARACTERS], _NO_OBJECT))
                continue
            parsed.values.extend(inner.values)
            parsed.lines.extend([number] * len(inner.values))
        else:
            parsed.lines.append(number)
    return parsed


def _end_to_end(text: str) -> _Parsed:
    """Values that follow each other, over as many lines as they need."""
    values: list[Any] = []
    lines: list[int] = []
    faults: list[tuple[int, str, str]] = []
    problem = None
    at, line, counted = 0, 1, 0
    while True:
        at = _after(_BETWEEN, text, at)
        line += text.count("\n", counted, at)
        counted = at
        if at >= len(text):
            return _Parsed(values, lines, faults, problem=problem)
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            problem = problem or _said(error, line)
            end = _NEXT_LINE.search(text, at)
            piece = text[at : end.start() if end else None][:_SHOWN_CHARACTERS]
            faults.append((line, piece, _NO_OBJECT))
            at = end.end() if end else len(text)
        else:
            values.append(value)
            lines.append(line)


def _said(error: Exception, line: int) -> str:
    """The line and what is wrong there."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.lineno}: this is no whole JSON: {error.msg.lower()}"
    return f"{line}: this JSON cannot be read: {error}"


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _items(file: InputFile, spec: FileSpec, parsed: _Parsed) -> tuple[list[Any], list[int]]:
    """The records, and their lines where each is a value of its own."""
    values = parsed.values
    whole = values[0] if len(values) == 1 and not parsed.faults else None
    if spec.records is not None:
        tops = whole if isinstance(whole, list) else values
        found = [item for top in tops for item in _at(top, spec.records)]
        if not found:
            raise InputError(f"{file.name}: there are no records at {spec.records}")
        return found, []
    if isinstance(whole, list):
        return whole, []
    if isinstance(whole, dict):
        arrays = [value for value in whole.values() if _is_array_of_objects(value)]
        if len(arrays) == 1 and len(whole) <= _ENVELOPE_KEYS:
            return arrays[0], []
    return values, parsed.lines


def _at(value: Any, path: str) -> list[Any]:
    """The array at a dotted path of a document; nothing where there is none."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _is_array_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _frame(items: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A column for every name, in the order of their first appearance."""
    parts = []
    for start in range(0, len(items), _ROWS_AT_ONCE):
        columns = list(_columns(items[start : start + _ROWS_AT_ONCE], ""))
        names = unique_names([column.name for column in columns])
        parts.append(pl.DataFrame(dict(zip(names, columns, strict=True))))
    frame = pl.concat(parts, how="diagonal") if len(parts) > 1 else parts[0]
    return frame.drop(_empty_objects(frame))


def _columns(items: Sequence[Mapping[str, Any]], above: str) -> Iterator[pl.Series]:
    """The columns of objects, those of the objects inside them included."""
    for key in dict.fromkeys(chain.from_iterable(items)):
        name = _characters(f"{above}{key}")
        values = [item.get(key) for item in items]
        kinds = set(map(type, values))
        if dict in kinds:
            inside = [value if isinstance(value, dict) else {} for value in values]
            yield from _columns(inside, f"{name}.")
            values = [None if isinstance(value, dict) else value for value in values]
            if any(inside) and not any(value is not None for value in values):
                continue
        yield _series(name, values, is_text=kinds <= _TEXTS)


def _series(name: str, values: Sequence[Any], *, is_text: bool) -> pl.Series:
    texts = values if is_text else list(map(_text, values))
    try:
        return pl.Series(name, texts, dtype=pl.String)
    except UnicodeEncodeError:
        whole = [None if text is None else _characters(text) for text in texts]
        return pl.Series(name, whole, dtype=pl.String)


def _empty_objects(frame: pl.DataFrame) -> list[str]:
    """Columns that are null because the object is absent whose fields are other columns."""
    objects = {name[:end] for name in frame.columns for end, mark in enumerate(name) if mark == "."}
    return [
        name
        for name in frame.columns
        if name in objects and frame[name].null_count() == frame.height
    ]


def _text(value: Any) -> str | None:
    """A value as a cell: an array of plain values is joined, one of objects stays JSON."""
    if value is None or value == {}:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if any(isinstance(one, (dict, list)) for one in value):
        return as_json(value)
    return ", ".join(_texts(value)) or None


def _characters(text: str) -> str:
    """The text without halves of surrogate pairs, which are no characters."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        text = _text(value)
        if text is not None:
            yield text


def as_json(value: Any) -> str:
    """A value as JSON, its numbers as the file had them."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{as_json(k)}: {as_json(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_json, value))}]"
    return json.dumps(value, ensure_ascii=False)
