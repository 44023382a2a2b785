"""Which of the many sources an input can be at all, by its first lines, without loading the rest.

A source is out where it asks for a column whose name stands nowhere in the head of the text; what
is left is then judged with care. It is a shortcut alone: it never keeps out a source that fits.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from supportcli.sources.decode import as_text
from supportcli.sources.folding import fold
from supportcli.sources.sniff import DELIMITED, InputFile
from supportcli.sources.source import Source, built_in, built_in_paths

_MATCH: Final = re.compile(r"^\[match\]\n.*?(?=^\[|\Z)", re.DOTALL | re.MULTILINE)
_EXTENDS: Final = re.compile(r"^extends\s*=", re.MULTILINE)
_POSITIONAL: Final = re.compile(r"^\[file\]\n(?:(?!\[).*\n)*?columns\s*=", re.MULTILINE)
_HEAD_CHARACTERS: Final = 20_000


def likely_sources(file: InputFile) -> list[Source]:
    """The built-in sources that delimited text can be; all of them for any other format."""
    if file.format not in DELIMITED:
        return [built_in(name) for name in built_in_paths()]
    head = fold(as_text(file).head[:_HEAD_CHARACTERS])
    paths = built_in_paths().items()
    return [built_in(name) for name, path in paths if _is_possible(path, head)]


def _is_possible(path: Path, head: str) -> bool:
    return all(name in head for name in _needed(path))


@cache
def _needed(path: Path) -> tuple[str, ...]:
    """The folded names of the columns that stand in every export of a mapping as it spells them."""
    text = path.read_text(encoding="utf-8")
    section = _MATCH.search(text)
    # Other spellings may stand in a mapping that this one extends, and a file whose columns are
    # known by their order has no names.
    if section is None or _EXTENDS.search(text) or _POSITIONAL.search(text):
        return ()
    names = tomllib.loads(section[0])["match"].get("columns", ())
    return tuple(fold(name) for name in names if not _is_in_other_words(name, text))


def _is_in_other_words(name: str, text: str) -> bool:
    """Whether the mapping lists other spellings of a column, or its name has no letters."""
    has_letters = any(one.isalpha() for one in name)
    return not has_letters or bool(re.search(rf'^"?{re.escape(name)}"?\s*=', text, re.MULTILINE))
