"""The mail: a message that any mailer sends on as it is, and any mail program shows."""

from __future__ import annotations

import email
import functools
import io
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

import documents
from supportcli.report.document import Brand, Cell, Chart, Detail, Document, Line, Section, Table
from supportcli.report.mail import drawn_charts, subject_of, write_document
from supportcli.words import Words

PNG = b"\x89PNG\r\n\x1a\n"


def written(document: Document) -> bytes:
    """The bytes of the mail of a document."""
    stream = io.BytesIO()
    write_document(document, stream)
    return stream.getvalue()


@functools.cache
def read(document: Document) -> EmailMessage:
    """The mail of a document as a mail program reads it."""
    message = email.message_from_bytes(written(document), policy=default)
    assert isinstance(message, EmailMessage)
    assert [] == [fault for part in message.walk() for fault in part.defects]
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The text or the page of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """The elements of a page and what they say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text, of which a place where it may break is no end."""
        if self.elements and self.elements[-1][0] == "wbr":
            self.elements.pop()
            data = self.said.pop() + data
        self.said.append(data.strip())


ENGLISH = documents.english()


def test_the_mail_is_built_as_mail_programs_expect_it() -> None:
    """mixed(alternative(text, related(page, pictures)), workbook), all of it in ASCII."""
    content = written(ENGLISH)
    message = email.message_from_bytes(content, policy=default)
    kinds = [one.get_content_type() for one in message.walk()]
    assert ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related"] == kinds[
        :4
    ]
    pictures = ["image/png"] * (1 + len(drawn_charts(ENGLISH)))
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert ["text/html", *pictures, workbook] == kinds[4:]
    assert content.isascii()
    assert not re.search(rb"[^\r]\n", content)
    assert max(map(len, content.splitlines())) <= 998


def test_the_head_says_what_it_is_of_and_leaves_the_rest_to_the_mailer() -> None:
    """Subject and language are there; sender, recipients, date and id are the mailer's."""
    message = read(documents.persian())
    assert "پشتیبانی مشتریان، خرداد ۱۴۰۵ · 1405-02-11 – 1405-03-10, UTC" == message["Subject"]
    assert ("1", "auto-generated") == (message["X-Unsent"], message["Auto-Submitted"])
    assert ("fa", "1.0") == (message["Content-Language"], message["MIME-Version"])
    assert [] == [name for name in ("From", "To", "Date", "Message-ID") if name in message]


def test_every_picture_that_the_page_shows_is_in_the_mail() -> None:
    """The page fetches nothing: each of its pictures is a part of the mail, and each is shown."""
    message = read(ENGLISH)
    shown = [what["src"] for tag, what in Page(part(message, "html")).elements if tag == "img"]
    carried = {f"cid:{one['Content-ID'][1:-1]}": one for one in message.walk() if one["Content-ID"]}
    assert set(shown) == set(carried)
    assert all(one.get_content().startswith(PNG) for one in carried.values())
    assert {"inline"} == {one.get_content_disposition() for one in carried.values()}


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    """No script, no style sheet, no address but those of its own pictures."""
    for document in (ENGLISH, documents.hostile()):
        page = Page(part(read(document), "html"))
        tags = {tag for tag, _ in page.elements}
        assert tags <= {
            *("html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "b", "br", "img"),
            *("table", "tr", "th", "td", "span", "small", "wbr"),
        }
        names = {name for _, what in page.elements for name in what}
        assert [] == [name for name in names if name.startswith("on") or name == "href"]


def test_charts_of_the_first_section_that_has_some_are_drawn_and_of_others_said() -> None:
    """A mail stays small: six weeks of Phone are pictures, those of Email and Chat are titles."""
    assert ["phone-volume", "phone-response", "phone-heat", "phone-waiting"] == [
        chart.id for chart in drawn_charts(ENGLISH)
    ]
    page = Page(part(read(ENGLISH), "html"))
    alternatives = [what["alt"] for tag, what in page.elements if tag == "img" and what["alt"]]
    title = "Conversations received a day"
    assert (1, 2) == (alternatives.count(title), page.said.count(title))
    assert [] == drawn_charts(replace(ENGLISH, sections=()))


def test_a_table_too_large_for_a_mail_is_left_to_the_workbook() -> None:
    """Of a table of twenty columns the mail says where it is; the workbook has it."""
    cells = tuple(Cell(f"column {number}") for number in range(20))
    table = Table("t", "Wide", cells, (Line(cells),))
    message = read(Document("T", Words(), (), (), (Section("s", "S", (table,)),)))
    for body in (part(message, "html"), part(message, "plain")):
        assert "Wide" in body
        assert "The attached workbook holds this table." in body
        assert "column 7" not in body


def test_tables_of_the_page_can_be_read_on_a_telephone() -> None:
    """A table has at most three columns beside its names; the next ones follow in a table below."""
    cells = tuple(Cell(f"column {number}") for number in range(7))
    table = Table("t", "Wide", cells, (Line(cells, (1.0, 8.0)),), ("a note",))
    page = Page(part(read(Document("T", Words(), (), (), (Section("s", "S", (table,)),))), "html"))
    tags = [tag for tag, _ in page.elements]
    assert (2, 8, 8) == (tags.count("table"), tags.count("th"), tags.count("td"))
    assert ["Wide (1/2)", "Wide (2/2)"] == [said for said in page.said if said.startswith("Wide")]
    assert (1, 1) == (page.said.count("▁█"), page.said.count("a note"))


def test_what_stands_alone_beside_a_value_goes_below_it() -> None:
    """A column of nothing but targets is no column of the page: they stand with the values."""
    head = tuple(map(Cell, ("KPI", "value", "target")))
    line = Line((Cell("CSAT"), Cell("83 %"), Cell("", details=(Detail("target", "80 % met"),))))
    table = Table("t", "One", head, (line,))
    page = Page(part(read(Document("T", Words(), (), (), (Section("s", "S", (table,)),))), "html"))
    assert "target" not in page.said
    assert ["CSAT", "83 %", "80 % met"] == [said for said in page.said if said][-3:]


def test_names_break_where_a_reader_would_break_them() -> None:
    """An address breaks behind its marks, a number nowhere, an endless word anywhere."""
    head = tuple(map(Cell, ("lee@lark.example", "4.31", "W" * 30)))
    table = Table("t", "One", head, (Line(head),))
    page = part(read(Document("T", Words(), (), (), (Section("s", "S", (table,)),))), "html")
    assert (2, 2) == (
        page.count("lee@<wbr>lark.<wbr>example"),
        page.count("overflow-wrap:anywhere"),
    )
    assert "4.<wbr>" not in page


def test_the_workbook_is_attached() -> None:
    """The attachment is the workbook of the same document."""
    [attached] = read(ENGLISH).iter_attachments()
    assert ("report.xlsx", "attachment") == (
        attached.get_filename(),
        attached.get_content_disposition(),
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(attached.get_content()))
    assert "At a glance" == book.sheet_names[0]


def test_text_and_page_say_the_same() -> None:
    """Every tile, every KPI, every paragraph of the page is in the text as well."""
    message = read(ENGLISH)
    text, page = part(message, "plain").replace("\r\n", "\n"), part(message, "html")
    for said in ("3m 20s", "2,542", "83.0 %", "3.1 pp better", "Anna Meier", "Backlog"):
        assert said in text
        assert said in page
    assert "Conversations received: 2,542 (n 1,234" in text
    assert "* Conversations received\n  Phone: 870 (n 1,234" in text


def test_the_page_runs_as_the_language_does() -> None:
    """The Persian page is right to left, its numbers at the left, and names have their own way."""
    page = Page(part(read(documents.persian()), "html"))
    body = next(what for tag, what in page.elements if tag == "body")
    assert "rtl" == body["dir"]
    tables = [what["dir"] for tag, what in page.elements if tag == "table"]
    assert {"rtl"} == set(tables)
    heads = [what["align"] for tag, what in page.elements if tag == "th"]
    assert ["right", "left"] == heads[:2]
    assert "\u2068علی\u2069" in part(read(documents.persian()), "plain")


@pytest.mark.parametrize("text", documents.RAW_HOSTILE)
def test_text_of_the_data_is_text(text: str) -> None:
    """What the data say is said by the page as it is, and is cut where it is endless."""
    text = text.translate(dict.fromkeys(range(32), "\ufffd"))
    line = Line((Cell(text, is_name=True), Cell(text)))
    table = Table("t", text, (Cell(text), Cell(text)), (line,))
    document = Document(text, Words(), ((text, text),), (), (Section("s", "S", (table,)),))
    message = read(document)
    said = Page(part(message, "html")).said
    cut = text if len(text) <= 200 else f"{text[:199]}…"
    assert 8 <= said.count(cut.strip())
    assert cut.split()[0] in part(message, "plain")
    assert len(message["Subject"]) <= 150


def test_a_subject_is_one_line() -> None:
    """No title makes a header of its own."""
    document = replace(ENGLISH, title="Report\r\nBcc: all@example.com", facts=())
    assert "Report\ufffd\ufffdBcc: all@example.com" == subject_of(document)
    assert read(document)["Bcc"] is None


@pytest.mark.parametrize("word", ["=?utf-8?q?=0D=0ABcc:all?=", "=?utf-8?b?DQpCY2M6YWxs?="])
def test_no_title_is_taken_for_an_encoded_one(word: str) -> None:
    """What looks like an encoded word is not decoded, to an end of line and a header of its own."""
    message = read(replace(ENGLISH, title=word, facts=()))
    assert message["Bcc"] is None
    assert word == message["Subject"].replace("\u2060", "")


def test_the_same_document_is_the_same_mail() -> None:
    """Nothing in the mail is of the moment or of chance; another document is parted otherwise."""
    assert written(ENGLISH) == written(ENGLISH)
    other = read(replace(ENGLISH, title="Other")).get_boundary()
    assert read(ENGLISH).get_boundary() != other


def test_a_logo_that_mail_programs_do_not_show_is_left_out() -> None:
    """A logo as SVG is in no mail; one as PNG is."""
    svg = replace(ENGLISH, brand=Brand(b"<svg/>", "image/svg+xml", "#0b7285"))
    pictures = [one for one in read(svg).walk() if one["Content-ID"]]
    assert len(drawn_charts(ENGLISH)) == len(pictures)
    pictures = [one for one in read(ENGLISH).walk() if one["Content-ID"]]
    assert documents.LOGO == pictures[0].get_content()


@pytest.mark.parametrize("make", [documents.nothing, documents.hostile, documents.persian])
def test_every_document_can_be_sent(make: Any) -> None:
    """No data, hostile data and Persian make a message without a fault."""
    document = make()
    message = read(document)
    page = Page(part(message, "html"))
    assert {block.title for block in document.charts if isinstance(block, Chart)} <= {
        *page.said,
        *(str(what["alt"]) for tag, what in page.elements if tag == "img"),
    }
