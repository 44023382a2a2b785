"""A browser for the tests of this folder: one for all of them, closed at the end.

A machine without one skips them, and says so; SUPPORTKPI_BROWSER_TESTS=required fails instead.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from printing import browser_or_skip
from supportcli.report.document import Document
from supportcli.report.html import write_document

ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the machine has it."""
    found = browser_or_skip()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """A function that opens a document, or the file of a page, with options of a browser's context.

    `page.told` is what the console said and which files were asked for beside the page's own.
    """
    contexts: list[BrowserContext] = []

    def open_page(what: Document | Path, **options: Any) -> Page:
        path = what if isinstance(what, Path) else tmp_path / f"page-{len(contexts)}.html"
        if isinstance(what, Document):
            path.write_bytes(written(what))
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.on("request", lambda request: _note_request(told, request.url, path.as_uri()))
        page.goto(path.as_uri())
        page.told = told  # type: ignore[attr-defined]
        return page

    yield open_page
    for context in contexts:
        context.close()


@cache
def written(document: Document) -> bytes:
    """The page of a document, written once for all tests of this folder."""
    stream = io.BytesIO()
    write_document(document, stream)
    return stream.getvalue()


def _note_request(told: list[str], url: str, own: str) -> None:
    if url.partition("#")[0] != own:
        told.append(f"asked for {url[:200]}")
