"""What tests of pages and of paper share: the browser of the machine, and the text of a PDF."""

from __future__ import annotations

import os
import re

import pypdfium2
import pytest

from supportcli.errors import OutputError
from supportcli.report.pdf import find_browser

REQUIRED = "SUPPORTKPI_BROWSER_TESTS"


def browser_or_skip() -> str:
    """The Chromium of this machine; without one the test skips, or fails where it must have one."""
    try:
        return find_browser()
    except OutputError as error:
        if os.environ.get(REQUIRED) == "required":
            raise
        pytest.skip(error.message)


def read_paper(content: bytes) -> tuple[str, list[tuple[int, int]]]:
    """The text of a PDF on one line, and the sizes of its pages in points."""
    paper = pypdfium2.PdfDocument(content)
    texts, sizes = [], []
    for page in paper:
        layer = page.get_textpage()
        texts.append(layer.get_text_range())
        sizes.append((round(page.get_width()), round(page.get_height())))
        layer.close()
        page.close()
    paper.close()
    return re.sub(r"\s+", " ", " ".join(texts)), sizes
