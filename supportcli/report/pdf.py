"""A report as PDF: the page, printed by a Chromium of this machine that reaches no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from supportcli.errors import OutputError
from supportcli.report import html
from supportcli.report.document import Document

_BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
"""What a Chromium is called, in the order in which they are looked for."""

_CHOSEN: Final = "CHROME_PATH"
"""The variable of the environment that names another one."""

_LONGEST_SECONDS: Final = 120

_OPTIONS: Final = (
    "--headless",
    "--no-pdf-header-footer",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--no-first-run",
    "--no-default-browser-check",
    # The page asks for nothing; the browser itself would call home.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def write_document(document: Document, stream: BinaryIO, template: Path | None = None) -> None:
    """Write a document as PDF, by the template at a path or the built-in one.

    Raises OutputError where there is no Chromium, or where it does not print.
    """
    browser = find_browser()
    # A browser may still put away its profile when it is done, so not all can be removed at once.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "report.html").open("wb") as page:
            html.write_document(document, page, template)
        stream.write(_printed(browser, folder))


def find_browser() -> str:
    """The Chromium of this machine; raises OutputError where there is none."""
    chosen = os.environ.get(_CHOSEN)
    if chosen:
        if shutil.which(chosen) is None:
            raise OutputError(
                f"there is no program {chosen}", hint=f"the variable {_CHOSEN} names it"
            )
        return chosen
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise OutputError(
            "a PDF is printed by Chromium, and none is installed",
            hint=f"install chromium, or name a Chrome or Edge by {_CHOSEN}, or write report.html "
            "and print it from any browser",
        )
    return found


def _printed(browser: str, folder: Path) -> bytes:
    """The page in the folder as PDF."""
    printed = folder / "report.pdf"
    command = [
        browser,
        *_OPTIONS,
        *_options_here(),
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}",
        (folder / "report.html").as_uri(),
    ]
    said = _run(command)
    if not (printed.is_file() and printed.stat().st_size):
        raise OutputError(
            f"{browser} has not printed the report: {said}",
            hint="it may not be allowed to read temporary files: TMPDIR names a folder for them; "
            "or write report.html and print it from any browser",
        )
    return printed.read_bytes()


def _options_here() -> list[str]:
    """A Chromium refuses to run as root inside its sandbox."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _run(command: list[str]) -> str:
    """Run the browser to its end, and give the last that it said."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own browser, by its whole path
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise OutputError(
            f"{command[0]} has not printed the report within {_LONGEST_SECONDS} s",
            hint="write report.html and print it from any browser",
        ) from error
    except OSError as error:
        raise OutputError(f"cannot run {command[0]}: {error.strerror}") from error
    lines = done.stderr.decode(errors="replace").split("\n")
    return next(filter(None, map(str.strip, reversed(lines))), f"exit code {done.returncode}")
