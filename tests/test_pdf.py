"""The PDF: the page as a Chromium prints it, and what is said where there is none."""

from __future__ import annotations

import io
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import documents
from printing import browser_or_skip, read_paper
from supportcli.errors import OutputError
from supportcli.report import pdf
from supportcli.report.document import Document


@pytest.fixture
def printing() -> None:
    """A machine that prints."""
    browser_or_skip()


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A function that makes a program the browser, which does what a line of shell says."""

    def made(does: str) -> Path:
        path = tmp_path / "browser"
        path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CHROME_PATH", str(path))
        return path

    return made


def written(document: Document) -> bytes:
    """The PDF of a document."""
    stream = io.BytesIO()
    pdf.write_document(document, stream)
    return stream.getvalue()


def failure(document: Document) -> tuple[str, str | None]:
    """The message and the hint of a PDF that must fail, and of which nothing may be written."""
    stream = io.BytesIO()
    with pytest.raises(OutputError) as caught:
        pdf.write_document(document, stream)
    assert b"" == stream.getvalue()
    return caught.value.message, caught.value.hint


def test_the_page_is_printed(printing: None) -> None:
    """Every number of the tiles, every section and every name is on the paper, which is A4."""
    document = documents.english()
    text, sizes = read_paper(written(document))
    assert {(595, 842)} == set(sizes)
    for said in (document.title, "2,542", "3m 20s", "83.0 %", "Anna Meier", "Backlog"):
        assert said in text
    assert [] == [one.title for one in document.sections if one.title not in text]


def test_hostile_names_and_no_data_are_printed(printing: None) -> None:
    """What the data say is printed as text, and a report of nothing is a page too."""
    text, _ = read_paper(written(documents.hostile()))
    assert "document.title='ran'" in text
    text, _ = read_paper(written(documents.nothing()))
    assert "No data" in text


def test_the_template_of_the_user_is_printed(printing: None, tmp_path: Path) -> None:
    """A template by its path is what the PDF shows."""
    template = tmp_path / "mine.html"
    template.write_text("<!doctype html><p>mine: {{ document.title }}</p>", encoding="utf-8")
    stream = io.BytesIO()
    pdf.write_document(documents.english(), stream, template)
    assert "mine: Customer support, May 2026" == read_paper(stream.getvalue())[0].strip()


def test_without_a_browser_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Chromium is installed, the message says so, and the hint two ways out."""
    monkeypatch.delenv("CHROME_PATH", raising=False)
    monkeypatch.setenv("PATH", "")
    message, hint = failure(documents.nothing())
    assert "a PDF is printed by Chromium, and none is installed" == message
    assert hint is not None
    assert "install chromium" in hint
    assert "report.html" in hint
    assert 3 == OutputError.exit_code


def test_a_browser_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name in CHROME_PATH is told, not passed over for another browser."""
    monkeypatch.setenv("CHROME_PATH", "/no/such/browser")
    assert (
        "there is no program /no/such/browser",
        "the variable CHROME_PATH names it",
    ) == failure(documents.nothing())


def test_a_browser_that_fails(browser: Callable[[str], Path]) -> None:
    """The last that a browser says of its failure is told."""
    path = browser("echo first >&2; echo 'cannot open display' >&2; exit 1")
    message, hint = failure(documents.nothing())
    assert f"{path} has not printed the report: cannot open display" == message
    assert hint is not None
    assert "TMPDIR" in hint
    browser("exit 7")
    assert "exit code 7" in failure(documents.nothing())[0]


def test_a_browser_that_is_no_program(browser: Callable[[str], Path]) -> None:
    """A file that the system cannot run is told as such."""
    path = browser("")
    path.write_bytes(b"\x7fELF nothing")
    assert f"cannot run {path}: Exec format error" == failure(documents.nothing())[0]


def test_a_browser_that_hangs(
    browser: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that comes to no end is ended."""
    path = browser("exec sleep 600")
    monkeypatch.setattr(pdf, "_LONGEST_SECONDS", 1)
    assert f"{path} has not printed the report within 1 s" == failure(documents.nothing())[0]


def test_the_browser_reaches_no_network(browser: Callable[[str], Path], tmp_path: Path) -> None:
    """It is started with a profile of its own, resolves no name and calls nobody home."""
    told = tmp_path / "told"
    browser(f'echo "$@" > {told}')
    failure(documents.nothing())
    options = told.read_text(encoding="utf-8")
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in options
    assert "--disable-background-networking" in options
    profile = re.search(r"--user-data-dir=(\S+)/profile", options)
    assert profile is not None
    assert not Path(profile[1]).exists()
