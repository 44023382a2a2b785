"""The HTML report in a real browser: quiet, readable by everybody, at every width, on paper."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

import documents
from command import run
from supportcli.report.document import Document
from supportcli.report.mail.page import page as mail_page

Opened = Callable[..., Page]

WIDTHS: Final = (360, 768, 1280, 1600)
PAPER_WIDTH: Final = 680
"""What A4 leaves between margins of 15 mm, in the pixels of a style sheet."""

A4: Final = (595, 842)

DOCUMENTS: Final[dict[str, Callable[[], Document]]] = {
    "english": documents.english,
    "persian": documents.persian,
    "hostile": documents.hostile,
    "hostile-persian": lambda: documents.hostile(documents.PERSIAN),
    "nothing": documents.nothing,
}

OUTSIDE: Final = """() => [...document.querySelectorAll('body *')].filter(element => {
    if (element.closest('.scroll, .skip, details:not([open])')) return false;
    const box = element.getBoundingClientRect();
    return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 120))"""
"""Whatever stands out of the window at a side, but for what scrolls in a box of its own."""

TALL: Final = """() => [...document.querySelectorAll('h1, h2, h3, p, li, dd, caption, th, td')]
    .filter(element => element.getBoundingClientRect().height > 500)
    .map(element => element.outerHTML.slice(0, 120))"""
"""Whatever takes so much room that it hides the rest."""

WAYS: Final = """() => [...document.querySelectorAll('*')].flatMap(element =>
    [...element.attributes].filter(({name, value}) =>
        name.startsWith('on') || /^\\s*javascript:/i.test(value) && name != 'class'
        || (name == 'href' && !value.startsWith('#'))
    ).map(({name, value}) => `${name}=${value.slice(0, 80)}`)
    .concat(['SCRIPT', 'IFRAME', 'OBJECT'].includes(element.tagName) ? [element.tagName] : []))"""
"""All ways by which a page could run something or lead out of itself."""

STAMP: Final = """() => {
const letters = number => String(number).replace(/[0-9]/g, digit => 'abcdefghij'[digit]);
return [...document.querySelectorAll(
    'figure, tbody th:not(details *), .tile')].map((element, at) => {
    for (const [place, word] of [['afterbegin', 'BEGIN'], ['beforeend', 'END']]) {
        const stamp = document.createElement('bdi');
        stamp.style.whiteSpace = 'nowrap';
        stamp.textContent = ` ${word}${letters(at)}Q `;
        element.insertAdjacentElement(place, stamp);
    }
    return letters(at);
});
}"""
"""Write words of its own at the beginning and end of every chart, first cell of a row and tile."""


@pytest.fixture(params=list(DOCUMENTS))
def document(request: pytest.FixtureRequest) -> Document:
    """Each of the documents made by hand."""
    name: str = request.param
    return DOCUMENTS[name]()


def test_a_page_asks_for_nothing_and_complains_of_nothing(
    document: Document, opened: Opened
) -> None:
    """No request but the file, no error, no violation of its own policy, nothing said at all."""
    assert [] == told(opened(document))


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("english", "light"),
        ("english", "dark"),
        ("persian", "light"),
        ("hostile", "dark"),
        ("nothing", "light"),
    ],
)
def test_everybody_can_read_it(name: str, scheme: str, opened: Opened) -> None:
    """Axe finds nothing serious or critical, in either scheme, with the tables unfolded."""
    page = opened(DOCUMENTS[name](), color_scheme=scheme, viewport={"width": 1280, "height": 900})
    unfold(page)
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [] == [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in grave]


def test_it_never_scrolls_sideways(document: Document, opened: Opened) -> None:
    """From a telephone to a wide screen nothing stands out of the page, unfolded or not."""
    page = opened(document)
    for _ in range(2):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            sideways = page.evaluate("document.documentElement.scrollWidth")
            assert (width, width, []) == (width, sideways, page.evaluate(OUTSIDE))
        unfold(page)


def test_boxes_that_scroll_can_be_reached_and_are_named(opened: Opened) -> None:
    """A wide table scrolls in a box that takes the focus and has a name."""
    page = opened(documents.english(), viewport={"width": 360, "height": 800})
    unfold(page)
    boxes = page.locator(".scroll")
    assert 0 < boxes.count() == page.locator(".scroll[tabindex='0'][aria-labelledby]").count()
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].some(box => box.scrollWidth > box.clientWidth)"
    )


@pytest.mark.parametrize("name", ["english", "persian"])
def test_a_shade_says_that_there_is_more(name: str, opened: Opened) -> None:
    """A box that scrolls has shades at its edges, which its ground hides where it ends."""
    page = opened(DOCUMENTS[name](), viewport={"width": 360, "height": 800})
    hint = "getComputedStyle(document.querySelector('.scroll')).backgroundAttachment"
    assert "local, local, scroll, scroll" == page.evaluate(hint)
    page.emulate_media(media="print")
    assert "scroll" == page.evaluate(hint)


@pytest.mark.parametrize("name", ["english", "persian"])
def test_charts_shrink_to_a_telephone(name: str, opened: Opened) -> None:
    """No chart scrolls on a telephone: the names of its lines would be out of sight."""
    page = opened(DOCUMENTS[name](), viewport={"width": 360, "height": 800})
    assert [] == page.evaluate(
        """[...document.querySelectorAll('.chart > .scroll')].filter(box =>
            box.scrollWidth > box.clientWidth).map(box => box.outerHTML.slice(0, 200))"""
    )


@pytest.mark.parametrize("width", [360, 700])
@pytest.mark.parametrize("name", ["english", "persian"])
def test_a_mail_is_as_wide_as_its_window(
    name: str, width: int, opened: Opened, tmp_path: Path
) -> None:
    """Nothing of the page of a mail stands out at a side, for mail programs scroll no table."""
    path = tmp_path / "mail.html"
    path.write_text(mail_page(DOCUMENTS[name](), {}, None), encoding="utf-8")
    page = opened(path, viewport={"width": width, "height": 800})
    assert (width, []) == (
        page.evaluate("document.documentElement.scrollWidth"),
        page.evaluate(OUTSIDE),
    )


@pytest.mark.parametrize("name", ["hostile", "hostile-persian"])
def test_hostile_texts_run_nothing(name: str, opened: Opened) -> None:
    """No name becomes a script, a handler, a link out or another title, whatever is clicked."""
    document = DOCUMENTS[name]()
    page = opened(document)
    unfold(page)
    for position in range(page.locator("a").count()):
        page.locator("a").nth(position).dispatch_event("click")
    assert (document.title, [], []) == (page.title(), page.evaluate(WAYS), told(page))


@pytest.mark.parametrize("by", ["channel", "agent", "team,topic"])
def test_hostile_columns_run_nothing(by: str, opened: Opened, tmp_path: Path) -> None:
    """From a file with hostile texts in its name and every column comes a page like any other."""
    path = tmp_path / "<img src=x onerror=alert(1)>.csv"
    path.write_text(hostile_tickets(), encoding="utf-8")
    page_path = tmp_path / "report.html"
    ran = run("report", path, "--by", by, "--set", "report.min_n=1", "-o", page_path)
    assert (0, []) == (ran.code, ran.errors)
    page = opened(page_path)
    for width in (360, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert width == page.evaluate("document.documentElement.scrollWidth")
        assert ([], []) == (page.evaluate(OUTSIDE), page.evaluate(TALL))
    assert ("Support report", [], []) == (page.title(), page.evaluate(WAYS), told(page))


def hostile_tickets() -> str:
    """Tickets with every hostile text as id, agent, customer, topic and team, as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow(
        ["id", "created at", "first replied at", "channel", "agent", "customer", "category", "team"]
    )
    for number, text in enumerate(documents.RAW_HOSTILE * 3):
        at = f"2026-03-{number % 28 + 1:02d}T09"
        texts = [text.replace("\x00", "")] * 4
        writer.writerow(
            [f"{text}{number}", f"{at}:00:00Z", f"{at}:0{number % 10}:30Z", "chat", *texts]
        )
    return stream.getvalue()


def test_hostile_texts_keep_their_place(opened: Opened) -> None:
    """A name of 10,000 letters takes no more than a few lines of its cell."""
    page = opened(documents.hostile())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert [] == page.evaluate(TALL)


@pytest.mark.parametrize("name", ["persian", "hostile-persian"])
def test_persian_goes_from_right_to_left(name: str, opened: Opened) -> None:
    """The first column of a table, the contents and the first tile stand at the right."""
    page = opened(DOCUMENTS[name](), viewport={"width": 1600, "height": 900})
    assert ("fa", "rtl") == tuple(page.evaluate("[document.documentElement.lang, document.dir]"))
    for first, second in (
        ("#table-kpis ~ thead th:first-child", "#table-kpis ~ thead th:nth-child(2)"),
        (".tile:first-child", ".tile:nth-child(2)"),
        ("nav", "main"),
    ):
        assert left_of(page, first) > left_of(page, second)
    assert "end" == page.locator("#table-kpis ~ tbody td.number").first.evaluate(
        "cell => getComputedStyle(cell).textAlign"
    )


def test_headings_are_in_order(document: Document, opened: Opened) -> None:
    """One heading of the first level, and no level left out below it."""
    levels: list[int] = opened(document).evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(one => Number(one.tagName[1]))"
    )
    assert 1 == levels.count(1)
    in_reading_order = levels[levels.index(1) :]
    assert all(b - a <= 1 for a, b in itertools.pairwise(in_reading_order))


def test_the_dark_page_is_dark_and_paper_is_light(opened: Opened) -> None:
    """The scheme turns the page dark, and printing turns it light again."""
    page = opened(documents.english(), color_scheme="dark")
    assert brightness(page) < 60
    page.emulate_media(media="print", color_scheme="dark")
    assert 255 == brightness(page)


def test_paper_is_wide_enough(document: Document, opened: Opened) -> None:
    """On A4 nothing is cut at the side, for there nothing can scroll."""
    page = opened(document, viewport={"width": PAPER_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    wide = page.evaluate(
        """[...document.querySelectorAll('.scroll')].filter(box =>
            box.scrollWidth > box.clientWidth + 1).map(box => box.outerHTML.slice(0, 200))"""
    )
    assert (PAPER_WIDTH, []) == (page.evaluate("document.documentElement.scrollWidth"), wide)


@pytest.mark.parametrize("name", ["english", "persian"])
def test_two_charts_share_a_row_of_paper(name: str, opened: Opened) -> None:
    """On A4 charts stand two beside each other."""
    page = opened(DOCUMENTS[name](), viewport={"width": PAPER_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    tops = page.evaluate(
        "[...document.querySelectorAll('#phone .chart')].map(one => one.offsetTop)"
    )
    assert (tops[0], tops[2]) == (tops[1], tops[3])
    assert tops[0] < tops[2]


@pytest.mark.parametrize("name", ["english", "hostile", "persian"])
def test_paper_cuts_no_chart_and_no_row(name: str, opened: Opened) -> None:
    """Every chart, row and tile begins and ends on the same page of the PDF; pages are A4."""
    page = opened(DOCUMENTS[name]())
    stamped = page.evaluate(STAMP)
    sheets = printed(page)
    assert {A4} == {size for size, _ in sheets}
    for at in stamped:
        begin, end = (
            [number for number, (_, text) in enumerate(sheets) if f"{word}{at}Q" in text]
            for word in ("BEGIN", "END")
        )
        assert (at, 1, begin) == (at, len(begin), end)


def test_a_long_table_repeats_its_head_on_paper(opened: Opened) -> None:
    """A table that goes over pages says on each of them what its columns are."""
    page = opened(documents.english(tuple(f"Agent {number}" for number in range(60))))
    texts = [text for _, text in printed(page)]
    heads = [text.count("First response, median") for text in texts]
    rows = ["target at least" in text and "Agent" in text for text in texts]
    assert sum(rows) > 1
    assert all(count > 0 for count, has_rows in zip(heads, rows, strict=True) if has_rows)


def told(page: Page) -> list[str]:
    """What a page said on the console or asked for, as `opened` noted it."""
    noted: list[str] = page.told  # type: ignore[attr-defined]
    return noted


def unfold(page: Page) -> None:
    """Open the table behind every chart."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def left_of(page: Page, selector: str) -> float:
    """Where the first element of a kind begins, from the left."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]


def brightness(page: Page) -> float:
    """How light the paper is, 0 to 255."""
    colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    parts = [float(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(parts) / len(parts)


def printed(page: Page) -> list[tuple[tuple[int, int], str]]:
    """The size and the text of each sheet of the page as PDF."""
    paper = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    sheets = []
    for sheet in paper:
        text = sheet.get_textpage()
        width, height = sheet.get_size()
        sheets.append(((round(width), round(height)), text.get_text_range()))
        text.close()
        sheet.close()
    paper.close()
    return sheets
