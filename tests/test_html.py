"""The HTML report as text: escaped, whole in itself, and by a template of the user's."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import documents
from supportcli.errors import ConfigurationError
from supportcli.report.accent import NIGHT, PAPER, accents, contrast
from supportcli.report.document import Brand, Cell, Document, Line, Table
from supportcli.report.html import write_document
from supportcli.report.html.sparkline import sparkline
from supportcli.report.tables import parts_of
from supportcli.words import Words

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


class Reader(HTMLParser):
    """Collects the tags, the attributes and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def values_of(self, tag: str, name: str) -> list[str]:
        """The values of an attribute of a tag, in order."""
        return [value for t, n, value in self.attributes if (t, n) == (tag, name)]


def written(document: Document, template: Path | None = None) -> str:
    """The document as a page."""
    stream = io.BytesIO()
    write_document(document, stream, template)
    return stream.getvalue().decode()


@pytest.fixture(scope="module")
def english() -> str:
    """The page of the English document."""
    return written(documents.english())


def read(page: str) -> Reader:
    """The page as a browser takes it apart."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Where a user's template lies."""
    return tmp_path / "mine.html"


def refused(template: Path, text: str) -> str:
    """What is said of a template that cannot work."""
    template.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        written(documents.english(), template)
    return refusal.value.message


def test_what_a_document_says_is_in_the_page(english: str) -> None:
    """Title, facts, tiles, sections, tables, charts and glossary are all there, in order."""
    document = documents.english()
    text = read(english).text
    said = [
        document.title,
        *(fact for pair in document.facts for fact in pair),
        *(tile.text for tile in document.tiles),
        *(section.title for section in document.sections),
        *(chart.title for chart in document.charts),
        "Anna Meier",
        "no export of this channel carries satisfaction answers",
    ]
    assert [] == [one for one in said if one not in text]


def test_hostile_names_are_text() -> None:
    """Every name comes out as it went in, and adds no tag of its own."""
    document = documents.hostile()
    reader = read(written(document))
    tame = read(written(documents.english(tuple(f"name {n}" for n in range(15)))))
    names = [line.cells[0].text for line in documents.agents_of(document)]
    assert [] == [name for name in names if name not in reader.text]
    assert sorted(_without_seams(tame.tags)) == sorted(_without_seams(reader.tags))


def _without_seams(tags: list[str]) -> list[str]:
    """The tags but for those where a name may break."""
    return [tag for tag in tags if tag != "wbr"]


def test_an_address_may_break_behind_its_marks() -> None:
    """A name that its column is too narrow for is broken as a reader would break it."""
    page = written(documents.english(("lee@lark.example",)))
    assert '<bdi class="name">lee@<wbr>lark.<wbr>example</bdi>' in page


def test_the_policy_allows_what_the_page_holds_and_no_more(english: str) -> None:
    """The style sheet is named by its hash; there is no script, and nothing comes from outside."""
    reader = read(english)
    policy = reader.values_of("meta", "content")[0]
    sheets = re.findall(r"<style>(.*?)</style>", english, re.DOTALL)
    assert 1 == len(sheets)
    digest = base64.b64encode(hashlib.sha256(sheets[0].encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    ) == policy
    assert "script" not in reader.tags
    assert [] == [value for _, name, value in reader.attributes if name == "style"]


def test_language_and_direction_are_said() -> None:
    """The page says its language and its direction."""
    reader = read(written(documents.persian()))
    assert (["fa"], ["rtl"]) == (reader.values_of("html", "lang"), reader.values_of("html", "dir"))


def test_names_are_isolated(english: str) -> None:
    """A name from the data stands in an element that keeps its direction to itself."""
    assert '<bdi class="name">سارا احمدی</bdi>' in english


def test_no_id_occurs_twice(english: str) -> None:
    """Every id of the page is its own, those in charts included, and every reference has one."""
    reader = read(english)
    ids = [value for _, name, value in reader.attributes if name == "id"]
    referred = {value for _, name, value in reader.attributes if name == "aria-labelledby"}
    links = {value.removeprefix("#") for value in reader.values_of("a", "href")}
    assert len(set(ids)) == len(ids)
    assert set() == (referred | links) - set(ids)


def test_the_logo_is_in_the_page(english: str) -> None:
    """The logo is a URI that holds it; without one there is no picture."""
    logo = base64.b64encode(documents.LOGO).decode()
    assert [f"data:image/png;base64,{logo}"] == read(english).values_of("img", "src")
    bare = replace(documents.english(), brand=Brand())
    assert "img" not in read(written(bare)).tags


def test_the_same_document_is_the_same_page(english: str) -> None:
    """Nothing of the page depends on when or how often it is made."""
    assert english == written(documents.english())


def test_a_template_may_extend_the_page(template: Path) -> None:
    """A block of the user's own takes the place of the built-in one, and sees what it sees."""
    template.write_text(
        '{% extends "report.html" %}\n'
        "{% block style %}{{ super() }}.mine { color: {{ accents.light }}; }{% endblock %}\n"
        "{% block footer %}<footer class=mine>{{ document.title }} <i>{{ '<b>' }}</i></footer>"
        "{% endblock %}",
        encoding="utf-8",
    )
    document = documents.english()
    page = written(document, template)
    assert f"<footer class=mine>{document.title} <i>&lt;b&gt;</i></footer>" in page
    sheet = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0]
    assert sheet.endswith(".mine { color: #0b7285; }")
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page


def test_a_template_may_be_all_its_own(template: Path) -> None:
    """A template need not extend anything, and may use the built-in parts."""
    template.write_text(
        '{% import "parts.html" as parts with context %}'
        "<h1>{{ document.title }}</h1>{{ parts.tile(document.tiles[0]) }}",
        encoding="utf-8",
    )
    reader = read(written(documents.english(), template))
    assert ["h1", "li", "h3"] == reader.tags[:3]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\nb {{ document.nothing }}", 2, "has no attribute 'nothing'"),
        ("\n\n{{ missing }}", 3, "'missing' is undefined"),
        ("{% if %}", 1, "Expected an expression"),
        ('{% extends "other.html" %}', 1, "other.html"),
        ('\n{% include "/etc/passwd" %}', 2, "/etc/passwd"),
        ("{{ document.__class__.__mro__ }}", 1, "unsafe"),
        ("{{ ''.__class__ }}", 1, "unsafe"),
        ("{{ range(10000000) | list }}", 1, "Range too big"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("\n{{ chart_svg(1) }}", 2, "int"),
        ("{{ document.tiles.clear() }}", 1, "clear"),
    ],
)
def test_a_template_that_is_wrong_is_told_its_line(
    template: Path, text: str, line: int, said: str
) -> None:
    """What is wrong in a user's template, or reaches out of it, is said with file and line."""
    message = refused(template, text)
    assert message.startswith(f"{template}:{line}: ")
    assert said in message


def test_a_template_that_cannot_be_read_is_named(template: Path) -> None:
    """A template that is not there, or is no text, is a fault of the configuration."""
    with pytest.raises(ConfigurationError, match=r"cannot read the template .*mine\.html"):
        written(documents.english(), template)
    template.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not in UTF-8"):
        written(documents.english(), template)


@given(COLOURS)
def test_any_accent_can_be_read(accent: str) -> None:
    """Whatever the accent colour, it has the contrast that text needs, by day and by night."""
    found = accents(accent)
    assert contrast(found.light, PAPER) >= 4.5
    assert contrast(found.dark, NIGHT) >= 4.5


def test_an_accent_that_can_be_read_stays() -> None:
    """A colour with contrast enough is not touched."""
    assert ("#0b5394", "#8ecae6") == (accents("#0b5394").light, accents("#8ecae6").dark)


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 to 1, and the grey that is known to just do has 4.54."""
    assert 21 == contrast("#000000", "#ffffff")
    assert 4.54 == round(contrast("#767676", "#ffffff"), 2)


@pytest.mark.parametrize(
    ("trend", "line"),
    [
        ((1, 2, 3), "M3 21L50 12L97 3"),
        ((1, None, 3, 3), "M3 21h0M65.7 3L97 3"),
        ((5,), "M3 12h0"),
        ((2, 2), "M3 12L97 12"),
    ],
)
def test_a_sparkline_goes_through_its_values(trend: tuple[float | None, ...], line: str) -> None:
    """The line fills the height, has gaps where values are unknown, and ends in a dot."""
    drawn = sparkline(trend)
    assert f'<path d="{line}"/>' in drawn
    assert drawn.count("<path") == 2


@pytest.mark.parametrize("trend", [(), (None,), (None, None)])
def test_nothing_known_draws_no_sparkline(trend: tuple[float | None, ...]) -> None:
    """Without a value there is no picture."""
    assert "" == sparkline(trend)


def test_a_wide_table_comes_in_parts() -> None:
    """Columns beyond a page's width go to further tables that name the rows again; none is lost."""
    head = tuple(Cell(f"column {number}") for number in range(18))
    cells = tuple(Cell(f"cell {number}") for number in range(18))
    wide = Table("wide", "Wide", head, (Line(cells, (1.0, 2.0)),), ("a note",))
    parts = parts_of(wide, Words(), 8)
    assert ["wide", "wide-2", "wide-3"] == [part.id for part in parts]
    assert ["Wide (1/3)", "Wide (2/3)", "Wide (3/3)"] == [part.title for part in parts]
    assert list(head[1:]) == [cell for part in parts for cell in part.head[1:]]
    assert list(cells[1:]) == [cell for part in parts for cell in part.lines[0].cells[1:]]
    assert [cells[0]] * 3 == [part.lines[0].cells[0] for part in parts]
    assert [False, False, True] == [part.has_trend for part in parts]
    assert [(), (), ("a note",)] == [part.notes for part in parts]


@pytest.mark.parametrize("columns", [1, 2, 9])
def test_a_table_that_fits_stays_whole(columns: int) -> None:
    """A table of no more columns than fit is not touched."""
    table = Table("whole", "Whole", tuple(Cell(str(number)) for number in range(columns)), ())
    assert (table,) == parts_of(table, Words(), 8)
