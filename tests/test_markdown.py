"""Markdown: what chats and tickets show of a report, and that nothing of the data marks it up."""

from __future__ import annotations

import html
import io
import itertools
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

import documents
from supportcli.report.document import (
    Cell,
    Chart,
    Curves,
    Document,
    Glossary,
    Line,
    Paragraph,
    Section,
    Series,
    Table,
    Term,
)
from supportcli.report.markdown import escaped, write_document
from supportcli.wording import clean
from supportcli.words import Words

HOSTILE = [
    *map(clean, documents.RAW_HOSTILE),
    "# head",
    "- item",
    "1. item",
    "1) item",
    "---",
    "===",
    "> quote",
    "```",
    "    code",
    "**bold** __bold__ ~~gone~~ $x$",
    "![picture](x)",
    "[ref]: x",
    "a\nb\n\nc",
    "trailing #",
    "ends in \\",
]
TAGS = {"h1", "h2", "h3", "ul", "li", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
"""What a report is made of."""


def written(document: Document) -> str:
    """The Markdown of a document."""
    stream = io.BytesIO()
    write_document(document, stream)
    return stream.getvalue().decode()


def shown(text: str) -> str:
    """The HTML that Markdown with tables, strikethrough and no help becomes."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return str(parser.render(text))


def texts(page: str, tag: str) -> list[str]:
    """The text of every element of a name, as it is read."""
    found = re.findall(rf"<{tag}(?: [^>]*)?>(.*?)</{tag}>", page, re.DOTALL)
    return [html.unescape(one).replace("\u2060", "") for one in found]


def holding(text: str) -> Document:
    """A document that says this text wherever it says something."""
    cells = (Cell(text, is_name=True), Cell(text))
    table = Table("t", text, cells, (Line(cells, (1.0, 2.0)),), (text,))
    blocks = (Paragraph(text), table, Glossary((Term("x", text, text),)))
    return Document(text, Words(), ((text, text),), (), (Section("s", text, blocks),))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_as_it_is(text: str) -> None:
    """A text of the data is read as it was written, on one line, cut where it is endless."""
    page = shown(written(holding(text)))
    said = " ".join(text.split())
    cut = said if len(said) <= 200 else f"{said[:199]}…"
    assert [cut, cut, "▁█"] == texts(page, "td")
    assert [cut] == texts(page, "h1") == texts(page, "h2") == texts(page, "h3")
    whole = said if len(said) <= 1_000 else f"{said[:999]}…"
    assert [whole, whole] == texts(page, "p")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_marks_up_nothing(text: str) -> None:
    """No text of the data makes an element that the report itself does not make."""
    page = shown(written(holding(text)))
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= TAGS


@pytest.mark.parametrize(
    "text",
    [
        "@channel",
        "ask @anna",
        "#12",
        "http://x.test",
        "see https://x.test",
        "www.x.test",
        "a@x.test",
    ],
)
def test_nobody_is_mentioned_and_nothing_becomes_a_link(text: str) -> None:
    """Where a site would see a mention, an issue or an address, an unseen mark stands between."""
    said = escaped(text)
    assert text == said.replace("\u2060", "")
    assert not re.search(r"[@#]\w|://\w|www\.\w", said)


def test_tiles_come_first_and_every_section_follows() -> None:
    """The few numbers that matter come first, each with what is said beside it and its course."""
    page = written(documents.english())
    assert page.index("| KPI | value | Trend |") < page.index("\n## ")
    assert "| 2,542 (n 1,234 · 2,414.90 – 2,669.10 · 3.1 pp better" in page
    assert "▄▇█▆▂·▁▄▇█▆▂" in page
    sections = [section.title for section in documents.english().sections]
    assert sections == texts(shown(page), "h2")


def test_charts_are_their_tables_where_they_are_short_and_blocks_where_not() -> None:
    """A distribution is a table; six weeks of days and a week of hours are drawn."""
    page = written(documents.english())
    charts = [block.title for block in documents.english().charts]
    assert set(charts) <= set(texts(shown(page), "h3"))
    assert "| 10s – 30s | 30 |" in page
    assert "|  | 2026-04-01 … 2026-05-12 |" in page
    assert "| Sunday | ▁▁▁▁▁▂▂▃▄▄▅▄▄▃▂▂▁▁▁▁▁▁▁▁ |" in page
    assert "| 2026-04-01 | " not in page


def test_the_lines_of_a_chart_have_one_scale() -> None:
    """A line that stays low is drawn low beside one that is high, and one of nothing as unknown."""
    xs = tuple(float(second) for second in range(20))
    rows = {"answered": (0.0, *[1.0] * 19), "left": (0.0, *[0.02] * 19), "other": (None,) * 20}
    series = tuple(Series(name, name, xs, ys) for name, ys in rows.items())
    lines = tuple(Line((Cell(str(x)),)) for x in xs)
    table = Table("t", "T", (Cell("wait"),), lines)
    chart = Chart("c", "waiting", "Waits", Curves(series), table)
    page = written(Document("D", Words(), (), (), (Section("s", "S", (chart,)),)))
    assert f"| answered | ▁{'█' * 19} |\n| left | {'▁' * 20} |\n| other | {'·' * 20} |\n" in page


def test_targets_need_no_escape() -> None:
    """A target is written as people write it, so that a chat that marks nothing up shows it too."""
    assert ("≥ 80%", "≤ 4h", "> 3") == tuple(map(Words().written, (">= 80%", "<= 4h", "> 3")))
    assert "≥ 80%" == escaped(Words().written(">= 80%"))


def test_names_are_isolated_in_a_page_that_runs_right_to_left() -> None:
    """In Persian a name has its own direction, and blocks run as time does; not so in English."""
    page = written(documents.persian())
    assert "| \u2068Ben (night)\u2069 | " in page
    assert " | \u2066▄▇█▆▂·▁▄▇█▆▂\u2069 |" in page
    assert not re.search("[\u2066-\u2069]", written(documents.english()))


@pytest.mark.parametrize("make", [documents.nothing, documents.hostile, documents.persian])
def test_every_document_can_be_written(make: Any) -> None:
    """Every table has as many cells in each row as in its head, whatever the data are."""
    lines = written(make()).splitlines()
    for above, line in itertools.pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count(" | ") == line.count(" | "), line


def test_a_chart_without_anything_is_its_title() -> None:
    """A chart of nothing has its title and no table that is no table."""
    page = written(documents.nothing())
    assert "### First responses\n" in page
    assert "| :--- | ---: |" not in page
