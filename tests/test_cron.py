"""docs/cron.md, done: the lines of cron and the command of the timer run as they stand there."""

from __future__ import annotations

import configparser
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from command import ROOT
from test_automation import Office, office
from test_store import rows_of

__all__ = ["office"]

PAGE = (ROOT / "docs" / "cron.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def cron_commands() -> list[str]:
    """What cron would run: all behind the five fields of a line."""
    lines = [line for text in blocks("crontab") for line in text.splitlines()]
    found = [re.fullmatch(r"(?:\S+ ){5}(.*)", line) for line in lines]
    return [one[1] for one in found if one]


INGEST, REPORT, COMPACT = cron_commands()
SERVICE, TIMER = blocks("ini")
(CONFIGURED,) = blocks("toml")


@pytest.fixture
def nightly(office: Office) -> Office:
    """The folder with the configuration of this page."""
    (office.folder / "supportkpi.toml").write_text(CONFIGURED, encoding="utf-8")
    return office


def quiet(nightly: Office, *scripts: str) -> None:
    """Scripts that succeed and print nothing."""
    for script in scripts:
        done = nightly.do(script)
        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def exports_of(nightly: Office) -> Sequence[Path]:
    """The exports that the configuration names."""
    return [nightly.folder / "exports"]


def test_the_night_adds_the_exports_once(nightly: Office) -> None:
    """Twice the same night is the same store, and cron has nothing to mail."""
    quiet(nightly, INGEST, INGEST)
    assert rows_of(*exports_of(nightly)) == rows_of(nightly.folder / "events.store")


def test_the_week_is_reported_from_the_store(nightly: Office) -> None:
    """The report needs no export any more."""
    quiet(nightly, INGEST)
    nightly.lose_the_exports()
    quiet(nightly, REPORT)
    assert (nightly.folder / "week.html").stat().st_size > 0


def test_the_month_leaves_a_sound_store(nightly: Office) -> None:
    """Compacting and verifying print nothing when all is well."""
    quiet(nightly, INGEST, COMPACT)
    assert "sound True\n" == (nightly.folder / "verify.txt").read_text(encoding="utf-8")


def test_an_export_that_is_gone_is_mailed(nightly: Office) -> None:
    """Something that is wrong is said, and ends with 3."""
    nightly.lose_the_exports()
    done = nightly.do(INGEST)
    assert (3, "") == (done.returncode, done.stdout)
    assert "there is no such file" in done.stderr


def test_the_timer_starts_what_cron_does() -> None:
    """The units can be read, and the service runs the same command in the same folder."""
    service, timer = configparser.ConfigParser(), configparser.ConfigParser()
    service.read_string(SERVICE)
    timer.read_string(TIMER)
    run = service["Service"]
    program = run["ExecStart"].removeprefix("/usr/local/bin/")
    assert INGEST == f"cd {run['WorkingDirectory']} && {program}"
    assert "*-*-* 02:30:00" == timer["Timer"]["OnCalendar"]
