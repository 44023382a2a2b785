"""Make the pictures of docs/ that show the report of the sample shop as a page and on paper.

They are taken with the Chromium of this machine, in plain letters, so that they look much alike
wherever they are made. They are to be looked at, not compared: another Chromium draws another
pixel.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from supportcli.report.pdf import find_browser

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
SAMPLE: Final = "sample_data/shop"
ASKED: Final = (
    *("--since", "2026-04-16", "--compare", "previous"),
    *("--set", "targets.csat=>= 80%", "--set", "targets.service_level=>= 80%"),
    *("--set", "targets.first_response_time.median=<= 2m"),
    *("--set", "report.title=Support, April and May"),
)
"""A report that shows what one can show: a comparison, targets and a title."""

WIDTH: Final = 1180
COLOURS: Final = 256
FONTS: Final = "fontpkg_noto_sans_arabic"
"""The package of the letters that charts are set in; it holds Latin ones too."""

FONT_RULES: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>{fonts}</dir>
<dir>/usr/share/fonts</dir>
<cachedir>{cache}</cachedir>
<selectfont><rejectfont>
  <glob>*Serif*</glob><glob>*Mono*</glob><glob>*Math*</glob><glob>*Condensed*</glob>
</rejectfont></selectfont>
<match target="pattern">
  <test name="family"><string>system-ui</string></test>
  <edit name="family" mode="prepend" binding="strong">
    <string>Noto Sans Arabic</string>
  </edit>
</match>
</fontconfig>
"""


def main() -> None:
    """Take all the pictures."""
    with tempfile.TemporaryDirectory() as name, browser_with_fonts(Path(name)) as browser:
        folder = Path(name)
        english = report(folder / "en.html", "--lang", "en")
        persian = report(folder / "fa.html", "--lang", "fa", "--set", "report.title=گزارش پشتیبانی")
        save(shot(browser, english, "light"), "report-light.png")
        save(
            shot(browser, english, "dark", height=1100, below="#group-chat .chart"),
            "report-dark.png",
        )
        save(shot(browser, persian, "light"), "report-persian.png")
        save(sheets(browser, english, 2), "report-paper.png")


def report(path: Path, *options: str) -> Path:
    """The report of the sample shop as a page."""
    command = [sys.executable, "-m", "supportcli", "report", SAMPLE, *ASKED, *options, "--quiet"]
    environment = {k: v for k, v in os.environ.items() if k != "SUPPORTKPI_CONFIG"}
    subprocess.run([*command, "-o", path], cwd=ROOT, env=environment, check=True)  # noqa: S603
    return path


@contextmanager
def browser_with_fonts(folder: Path) -> Iterator[Browser]:
    """A browser that knows the letters of the program and no others."""
    rules = folder / "fonts.conf"
    filled = FONT_RULES.format(fonts=files(FONTS) / "files", cache=folder / "fonts")
    rules.write_text(filled, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            env={**os.environ, "FONTCONFIG_FILE": str(rules)},
        )
        yield browser
        browser.close()


def shot(
    browser: Browser, report: Path, scheme: str, *, height: int = 1330, below: str | None = None
) -> Image.Image:
    """What a window shows of a report, from its top or from an element on."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": height},
        device_scale_factor=1.25,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(report.as_uri())
    if below is not None:
        page.locator(below).first.evaluate("element => element.scrollIntoView()")
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture


def sheets(browser: Browser, report: Path, count: int) -> Image.Image:
    """The first sheets of a report on paper, side by side."""
    page = browser.new_page()
    page.goto(report.as_uri())
    paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    pictures = [paper[number].render(scale=1.25).to_pil() for number in range(count)]
    paper.close()
    page.close()
    gap, (width, height) = 24, pictures[0].size
    table = Image.new("RGB", (count * (width + gap) + gap, height + 2 * gap), "#c9ced3")
    for number, picture in enumerate(pictures):
        table.paste(picture, (gap + number * (width + gap), gap))
    return table


def save(picture: Image.Image, name: str) -> None:
    """Save a picture with as few colours as it needs."""
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(DOCS / name, optimize=True)


if __name__ == "__main__":
    main()
