"""Bring the catalogues of translations in step with the source, and compile them.

Run it by `make messages`. It finds all texts that people read in a report: those that the source
marks, and those of the catalogue of KPIs, of dimensions and their values. In each `.po` file new
texts come in without a translation, texts that are no more fall out, and the rest stays; a test
fails while one is without a translation.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jinja2
import jinja2.nodes
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from supportcli.clock import PERIODS, WEEKDAYS
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.locale.spoken import DOMAIN
from supportcli.schema import CHANNELS, DIMENSIONS, LANGUAGES

PACKAGE: Final = Path(__file__).parent.parent / "supportcli"
TRANSLATED: Final = tuple(lang for lang in LANGUAGES if lang != "en")
MARKS: Final = ("marked", "phrase")
_TEMPLATES: Final = ("*.html", "*.j2", "*.jinja")
Message = tuple[str, str]
"""An English text, and the file that it is from."""


class Translations(Catalog):
    """A catalogue whose header says what gettext must know, and nothing that changes."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the header."""
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def po_file(lang: str) -> Path:
    """Where the translations into a language are written."""
    return PACKAGE / "locale" / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def messages() -> Iterator[Message]:
    """All texts that a report may hold, some of them more than once."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in marked_in(ast.parse(path.read_text(encoding="utf-8"))):
            yield text, _name(path)
    for pattern in _TEMPLATES:
        for path in sorted(PACKAGE.rglob(pattern)):
            for text in said_in_template(path.read_text(encoding="utf-8")):
                yield text, _name(path)
    for kpi in CATALOGUE.values():
        for text in said_of(kpi):
            yield text, "supportcli/kpis"
    for text in (*CHANNELS, *DIMENSIONS, *PERIODS):
        yield text.replace("_", " "), "supportcli/schema.py"
    for text in WEEKDAYS:
        yield text.capitalize(), "supportcli/clock.py"


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def marked_in(tree: ast.AST) -> Iterator[str]:
    """The texts that a module marks: by `marked`, by `phrase`, or by asking Words for them.

    Raises TypeError for an f-string there, which nobody could translate.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not _is_mark(node.func):
            continue
        text = node.args[0]
        if isinstance(text, ast.JoinedStr):
            raise TypeError(f"an f-string is marked: {ast.unparse(node)}")
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text.value


def _is_mark(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in MARKS
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "text"
        and ast.unparse(function.value).endswith(("words", "self"))
    )


def said_in_template(source: str) -> Iterator[str]:
    """The texts that a template asks Words for."""
    for call in jinja2.Environment(autoescape=True).parse(source).find_all(jinja2.nodes.Call):
        if isinstance(call.node, jinja2.nodes.Getattr) and call.node.attr == "text":
            yield from (one.value for one in call.args[:1] if isinstance(one, jinja2.nodes.Const))


def said_of(kpi: Kpi) -> Iterator[str]:
    """What the catalogue says of a KPI."""
    said = (kpi.title, kpi.definition, kpi.formula, kpi.differs)
    yield from (text for text in said if text)
    yield from (need.what for need in kpi.all_needs)
    for one in (kpi, *kpi.beside):
        yield from (condition.otherwise for condition in one.among)


def untranslated(lang: str) -> Translations:
    """All texts without a translation, in the order in which they are found."""
    catalogue = Translations(lang, header_comment="# What reports say.", fuzzy=False)
    for text, path in messages():
        catalogue.add(text, locations=[(path, 0)])
    return catalogue


def read_catalogue(lang: str) -> Catalog:
    """The translations into a language as they are written; none where there is no file yet."""
    path = po_file(lang)
    if not path.exists():
        return Catalog(locale=lang, domain=DOMAIN)
    with path.open("rb") as stream:
        return read_po(stream, locale=lang, domain=DOMAIN)


def updated(lang: str) -> Translations:
    """The translations into a language with the texts of today."""
    known, catalogue = read_catalogue(lang), untranslated(lang)
    for message in catalogue:
        old: Any = known.get(message.id) if message.id else None
        message.string = old.string if old is not None else message.string
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """A catalogue as translators read it."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=0, include_lineno=False)
    return stream.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def main() -> None:
    """Write the catalogues of every language."""
    for lang in TRANSLATED:
        path = po_file(lang)
        catalogue = updated(lang)
        path.write_bytes(written(catalogue))
        path.with_suffix(".mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    main()
