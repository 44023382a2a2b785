"""The page of a mail: tables with their style at each element, as mail programs show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from supportcli.report.accent import accents
from supportcli.report.document import BAD, GOOD, QUIET, Block, Document, Table
from supportcli.report.sparkline import blocks, thinned
from supportcli.report.tables import breakable, dated, folded, is_wild, parts_of, tile_table
from supportcli.wording import shortened
from supportcli.words import Words

_COLOURS: Final = {GOOD: "#1a7f37", BAD: "#b42318", QUIET: "#57606a"}
_TREND_WIDTH: Final = 14
_MOST_BESIDE: Final = 3
"""So many columns beside the names can be read on a telephone; mail programs scroll no table."""

_MOST_COLUMNS: Final = 14
_MOST_LINES: Final = 60
_LONGEST_TEXT: Final = 1_000
_LONGEST_CELL: Final = 200


@dataclass(frozen=True)
class Picture:
    """A picture that the page shows, by the name under which the message carries it."""

    content: bytes
    media_type: str
    cid: str


def page(document: Document, pictures: Mapping[str, Picture], logo: Picture | None) -> str:
    """The page; `pictures` are those of the charts that are drawn, by the charts' ids."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Callable[..., object]] = {
        "cut": lambda text: shortened(text, _LONGEST_CELL),
        "cut_sentence": lambda text: shortened(text, _LONGEST_TEXT),
        "breakable": breakable,
        "dated": partial(dated, looks='style="white-space:nowrap"'),
        "blocks": lambda trend: blocks(thinned(trend, _TREND_WIDTH), _TREND_WIDTH),
        "parts": lambda table: parts_of(folded(table), document.words, _MOST_BESIDE),
        "kind": _kind,
        "is_shown": is_shown,
        "colour": lambda tone: _COLOURS.get(tone, "#1f2328"),
    }
    environment.filters |= filters
    environment.tests |= {"wild": is_wild}
    return environment.from_string(_template()).render(_context(document, pictures, logo))


def is_shown(table: Table) -> bool:
    """Whether a table is of a size that can be read in a mail, which may not be too large."""
    return len(table.head) <= _MOST_COLUMNS and len(table.lines) <= _MOST_LINES


def in_workbook(words: Words) -> str:
    """What is said in the place of a table that is not shown."""
    return words.text("The attached workbook holds this table.")


def _template() -> str:
    return resources.files(__package__ or "").joinpath("mail.html").read_text(encoding="utf-8")


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _context(
    document: Document, pictures: Mapping[str, Picture], logo: Picture | None
) -> dict[str, Any]:
    is_rtl = document.words.direction == "rtl"
    return {
        "document": document,
        "words": document.words,
        "tiles": tile_table(document) if document.tiles else None,
        "pictures": pictures,
        "logo": logo,
        "accent": accents(document.brand.accent).light,
        # Marks of direction in numbers would lead astray what finds out a direction by itself.
        "isolated": Markup(' dir="rtl"') if is_rtl else "",
        "start": "right" if is_rtl else "left",
        "end": "left" if is_rtl else "right",
        "line_end": Markup("<br>"),
        "in_workbook": in_workbook(document.words),
        "quiet": _COLOURS[QUIET],
    }
