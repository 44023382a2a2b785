"""A document as one HTML file: no network, no script needed, light, dark and on paper.

The page is a template, and a user may bring one: it sees what the built-in one sees, may extend or
include `report.html`, and runs in a sandbox. Everything is escaped but what this package marks.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from supportcli.report import charts
from supportcli.report.accent import accents
from supportcli.report.document import BAD, GOOD, Block, Brand, Cell, Chart, Document, Table
from supportcli.report.html.faults import faults_told, read_template
from supportcli.report.html.sparkline import sparkline
from supportcli.report.tables import breakable, dated, is_wild, parts_of, points_at_note
from supportcli.words import Words

BUILT_IN: Final = "report.html"


def write_document(document: Document, stream: BinaryIO, template: Path | None = None) -> None:
    """Write the document as one HTML file, by the template at a path or the built-in one."""
    stream.write(page(document, template).encode())


def page(document: Document, template: Path | None = None) -> str:
    """The whole page."""
    environment = _environment()
    if template is None:
        return environment.get_template(BUILT_IN).render(_context(document))
    source = read_template(template)
    with faults_told(template):
        return environment.from_string(source).render(_context(document))


def _environment() -> ImmutableSandboxedEnvironment:
    """What runs templates; from inside one the built-in ones can be reached, and no other file."""
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("supportcli.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests |= {"mark": points_at_note, "numeric_in": is_numeric, "wild": is_wild}
    environment.filters |= {
        "breakable": breakable,
        "dated": partial(dated, looks='class="date"'),
    }
    return environment


def _context(document: Document) -> dict[str, Any]:
    """What a template sees."""
    return {
        "document": document,
        "words": document.words,
        "label": labels(document.words),
        "accents": accents(document.brand.accent),
        "chart_svg": partial(chart_svg, words=document.words),
        "counter_style": counter_style,
        "hash_of": hash_of,
        "kind_of": kind_of,
        "logo_uri": logo_uri,
        "parts_of": partial(parts_of, words=document.words, most=MOST_COLUMNS),
        "signs": SIGNS,
        "sparkline": sparkline,
    }


MOST_COLUMNS: Final = 8
"""So many columns beside the names of the rows fit on a sheet."""

_COUNTER_STYLES: Final = {"۱": "persian", "١": "arabic-indic"}

SIGNS: Final = {GOOD: "M1.5 6.5l3 3.5l6-8", BAD: "M2.5 2.5l7 7M9.5 2.5l-7 7"}
"""A tick and a cross, for a tone is never told by its colour alone; not every font has them."""


def labels(words: Words) -> dict[str, str]:
    """What the page itself says."""
    return {
        "skip": words.text("Skip to the report"),
        "contents": words.text("Contents"),
        "glance": words.text("At a glance"),
        "behind": words.text("The values of this chart"),
        "trend": words.text("Trend"),
        GOOD: words.text("good"),
        BAD: words.text("bad"),
    }


def kind_of(block: Block) -> str:
    """What a block is: paragraph, table, chart or glossary."""
    return type(block).__name__.lower()


def is_numeric(column: int, table: Table) -> bool:
    """Whether a column holds numbers, or only what belongs to them: they end where it ends."""
    return column > 0 and any(_is_figure(line.cells[column]) for line in table.lines)


def _is_figure(cell: Cell) -> bool:
    return cell.unit != "text" or not cell.text


def counter_style(words: Words) -> str:
    """How a style sheet calls the digits that pages are numbered in."""
    return _COUNTER_STYLES.get(words.number(1), "decimal")


def chart_svg(chart: Chart, words: Words) -> Markup:
    """A chart as SVG; what draws it escapes every text."""
    return Markup(charts.svg(chart, words, for_page=True))  # noqa: S704


def logo_uri(brand: Brand) -> str:
    """The logo as a URI that holds it; empty where there is none."""
    if brand.logo is None:
        return ""
    return f"data:{brand.logo_type};base64,{base64.b64encode(brand.logo).decode()}"


def hash_of(text: str) -> str:
    """What a policy names an inline style or script by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
