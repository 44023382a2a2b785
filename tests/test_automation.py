"""docs/automation.md, done: each line, step and script runs as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from command import ROOT, SHOP

PAGE = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8")
PLACE = "/srv/support"
"""Where the page has the configuration and the exports."""

GENEROUS, TOO_MUCH = "<= 99w", "<= 1ms"


def blocks(language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def cron_commands() -> list[str]:
    """What cron would run: all behind the five fields of a line, marks of per cent unescaped."""
    lines = [line for text in blocks("crontab") for line in text.splitlines()]
    found = [re.fullmatch(r"(?:\S+ ){5}(.*)", line) for line in lines]
    return [re.sub(r"\\%", "%", one[1]) for one in found if one]


def github_scripts() -> list[str]:
    """What the steps run: the text behind `run:`, or the lines indented under it."""
    scripts = []
    for text in blocks("yaml"):
        given = re.search(r"^  run: (?:\|\n((?:    .*\n)+)|(.*)\n)", text, re.MULTILINE)
        assert given is not None
        scripts.append(re.sub("^    ", "", given[1], flags=re.MULTILINE) if given[1] else given[2])
    return scripts


CRON_CHECK, CRON_REPORT = cron_commands()
ANNOTATING, REPORTING = github_scripts()
(IN_SHELL,) = blocks("sh")
(CONFIGURED,) = blocks("toml")


@dataclass(frozen=True)
class Office:
    """The folder that stands for /srv/support, and one that holds the program."""

    folder: Path
    programs: Path

    def do(self, script: str, shell: str = "/bin/sh") -> subprocess.CompletedProcess[str]:
        """Run a script of the page in the folder, as cron does: with hardly an environment."""
        return subprocess.run(
            [*shlex.split(shell), "-c", script.replace(PLACE, shlex.quote(str(self.folder)))],
            cwd=self.folder,
            env={"PATH": f"{self.programs}{os.pathsep}/usr/bin:/bin", "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def configure(self, first_response: str) -> None:
        """Write the configuration of the page with generous targets, all but one."""
        limits = {"<= 4h": first_response, ">= 85%": ">= 0%", "<= 5%": "<= 100%"}
        text = CONFIGURED
        for limit, instead in limits.items():
            assert f'"{limit}"' in text
            text = text.replace(f'"{limit}"', f'"{instead}"')
        (self.folder / "supportkpi.toml").write_text(text, encoding="utf-8")

    def lose_the_exports(self) -> None:
        """Take the exports away."""
        shutil.rmtree(self.folder / "exports")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The configuration of the page with generous targets, and exports of a shop."""
    folder, programs = tmp_path / "support", tmp_path / "bin"
    for name in ("phone/Master.csv", "chat/livechat_chats.csv"):
        (folder / "exports" / name).parent.mkdir(parents=True)
        shutil.copy(SHOP / name, folder / "exports" / name)
    programs.mkdir()
    program = programs / "supportkpi"
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} "
        f'exec {shlex.quote(sys.executable)} -m supportcli "$@"\n'
    )
    program.chmod(0o755)
    office = Office(folder, programs)
    office.configure(GENEROUS)
    return office


def test_the_configuration_of_the_page_gives_a_verdict(office: Office) -> None:
    """As the page shows it, with the exports of a shop, the exit code says what is printed."""
    (office.folder / "supportkpi.toml").write_text(CONFIGURED, encoding="utf-8")
    done = office.do("supportkpi check --last 7d")
    assert (" 0 missed" in done.stdout) == (done.returncode == 0)
    assert done.returncode in (0, 1), done.stderr


def test_cron_mails_nothing_when_all_is_well(office: Office) -> None:
    """Nothing is printed, so nothing is mailed."""
    done = office.do(CRON_CHECK)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert " 0 missed" in (office.folder / "check.txt").read_text(encoding="utf-8")


def test_cron_mails_what_was_missed(office: Office) -> None:
    """The table of the targets is printed when one was missed."""
    office.configure(TOO_MUCH)
    done = office.do(CRON_CHECK)
    assert (True, "") == ("MISSED" in done.stdout, done.stderr)


def test_cron_mails_what_is_in_the_way(office: Office) -> None:
    """Where the exports are not there, the reason is printed."""
    office.lose_the_exports()
    done = office.do(CRON_CHECK)
    assert ("", True) == (done.stdout, done.stderr.startswith("supportkpi: error: "))


def test_cron_writes_the_report(office: Office) -> None:
    """The second line leaves the report behind, and prints nothing."""
    done = office.do(CRON_REPORT)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert (office.folder / "month.json").stat().st_size > 0


GITHUB_SHELL = "bash -e"
"""What GitHub runs the script of a step with, where the step names no shell."""


def test_the_step_of_github_passes_and_fails(office: Office) -> None:
    """The step ends with 0, and with 1 and an annotation that is an error when one is missed."""
    passed = office.do(ANNOTATING, GITHUB_SHELL)
    assert (0, False) == (passed.returncode, "::error" in passed.stdout)
    office.configure(TOO_MUCH)
    failed = office.do(ANNOTATING, GITHUB_SHELL)
    errors = [line for line in failed.stdout.splitlines() if line.startswith("::error ")]
    assert 1 == failed.returncode
    assert any("first_response_time.p90" in line for line in errors)


def test_the_step_for_junit_writes_its_file(office: Office) -> None:
    """A missed target is a failed test case in the file, and fails the step."""
    assert 0 == office.do(REPORTING, GITHUB_SHELL).returncode
    office.configure(TOO_MUCH)
    assert 1 == office.do(REPORTING, GITHUB_SHELL).returncode
    tree = ET.parse(office.folder / "targets.xml")  # noqa: S314  written by the program itself
    assert [True] == [
        "first_response" in str(one.get("name")) for one in tree.iterfind(".//*[failure]")
    ]


def test_the_script_tells_three_endings_apart(office: Office) -> None:
    """All met, one missed, and not to be judged lead to three branches of the `if`."""
    met = office.do(IN_SHELL)
    assert (0, "all targets are met\n", "") == (met.returncode, met.stdout, met.stderr)
    office.configure(TOO_MUCH)
    missed = office.do(IN_SHELL)
    assert (0, "a target was missed:") == (missed.returncode, missed.stdout.splitlines()[0])
    assert "MISSED" in missed.stdout
    office.lose_the_exports()
    unknown = office.do(IN_SHELL)
    assert (2, "") == (unknown.returncode, unknown.stdout)
    assert "the targets could not be judged" in unknown.stderr
