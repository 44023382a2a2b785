"""The documents hold what the program does: nothing undocumented, nothing out of date."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from command import run
from setting_keys import setting_keys
from supportcli.cli.app import app
from supportcli.kpis import CATALOGUE
from supportcli.sources.source import built_in_paths

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
MAPPING = (DOCS / "mapping.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for _, block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("supportkpi ") or "| supportkpi " in line
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
MAKE_TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))


def script(name: str) -> ModuleType:
    """One of the scripts in docs/, as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block_of(language: str, start: str) -> str:
    """The README's one block of a language that begins so."""
    found = [text for kind, text in BLOCKS if kind == language and text.startswith(start)]
    assert 1 == len(found)
    return str(found[0])


@pytest.mark.parametrize("page", ["kpis.md", "reference.md", "sources.md"])
def test_generated_pages_are_up_to_date(page: str) -> None:
    """The page is what `make reference` makes now."""
    made = script("make_reference").PAGES[page]()
    assert made == (DOCS / page).read_text(encoding="utf-8")


def test_every_command_and_option_is_in_the_reference() -> None:
    """The reference names each command, each option and each argument."""
    program: Any = typer.main.get_command(app)
    pages = (DOCS / "reference.md").read_text(encoding="utf-8").split("## supportkpi ")[1:]
    sections = {page.split("\n")[0]: page for page in pages}
    assert list(program.commands) == list(sections)
    for name, command in program.commands.items():
        for parameter in command.params:
            for option in parameter.opts:
                assert option in sections[name] or parameter.metavar in sections[name]


@pytest.mark.parametrize("kpi", CATALOGUE)
def test_every_kpi_is_documented(kpi: str) -> None:
    """docs/kpis.md names the KPI."""
    assert f"`{kpi}`" in (DOCS / "kpis.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_run(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command of the README succeeds in the repository, and writes nothing into it."""
    for name in ("sample_data", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    if not re.search(r"[|&<>$*;~]", command):
        monkeypatch.chdir(tmp_path)
        ran = run(*shlex.split(command, comments=True)[1:])
        assert (0, []) == (ran.code, ran.errors), ran.err
        return
    program = f"{shlex.quote(sys.executable)} -m supportcli"
    line = re.sub(r"(^|[|&] )supportkpi\b", lambda found: f"{found[1]}{program}", command)
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, False) == (done.returncode, "error" in done.stderr), done.stderr


def test_the_readme_runs_commands_at_all() -> None:
    """The README shows every command of the program at work."""
    program: Any = typer.main.get_command(app)
    shown = {word for line in COMMANDS for word in re.findall(r"supportkpi (\w+)", line)}
    assert set(program.commands) <= shown


def test_targets_of_make_are_in_the_readme() -> None:
    """Every `make` target that the README names exists."""
    named = set(re.findall(r"`make ([a-z]+)", README)) | set(
        re.findall(r"^make ([a-z]+)", README, re.MULTILINE)
    )
    assert named <= MAKE_TARGETS


def test_the_export_and_the_mapping_of_the_readme_are_the_files() -> None:
    """What the README shows is what docs/examples holds; the samples may be left out."""
    examples = DOCS / "examples"
    export = (examples / "repair-desk.csv").read_text(encoding="utf-8")
    mapping = (examples / "repair-desk.toml").read_text(encoding="utf-8")
    assert export == block_of("csv", "Case;")
    assert mapping.partition("\n[[sample]]")[0] == block_of("toml", "name ").rstrip("\n") + "\n"


def test_the_configuration_of_the_readme_is_valid(tmp_path: Path) -> None:
    """The program takes what the README shows."""
    from supportcli.settings import load_settings
    from supportcli.targets import check_targets

    path = tmp_path / "supportkpi.toml"
    path.write_text(block_of("toml", "timezone"), encoding="utf-8")
    load_settings(path, [], {}, tmp_path, [check_targets])


@pytest.mark.parametrize(("key", "default"), setting_keys().items())
def test_every_key_of_the_configuration_is_documented(key: str, default: object) -> None:
    """docs/configuration.md has a row on the key with its default, in the section of its table.

    A table that holds what names one likes has no row, but a section.
    """
    sections = re.split(r"^##+ ", CONFIGURATION, flags=re.MULTILINE)
    titles = {section.partition("\n")[0].strip("`[]"): section for section in sections}
    table, _, name = key.rpartition(".")
    if key not in titles:
        row = re.search(
            rf"^\| `{name}` \| (.*?) \|", titles[table or "Keys of no table"], re.MULTILINE
        )
        assert row is not None
        assert row[1] == shown_default(default)


def shown_default(value: object) -> str:
    """A default as the page shows it."""
    if value in (None, "", (), {}):
        return "none"
    return f"`{str(value).lower()}`" if isinstance(value, bool | int) else f'`"{value}"`'


def test_examples_of_the_configuration_are_valid(tmp_path: Path) -> None:
    """The program takes each configuration that docs/configuration.md shows."""
    from supportcli.settings import load_settings
    from supportcli.targets import check_targets

    examples = re.findall(r"^```toml\n(.*?)^```$", CONFIGURATION, re.MULTILINE | re.DOTALL)
    assert examples
    for text in examples:
        path = tmp_path / "supportkpi.toml"
        path.write_text(text, encoding="utf-8")
        load_settings(path, [], {}, tmp_path, [check_targets])


@pytest.mark.parametrize("table", ["file", "match", "time", "roles", "session", "field"])
def test_every_key_of_a_mapping_is_documented(table: str) -> None:
    """docs/mapping.md names each key that a table of a mapping may have."""
    from supportcli.sources import source

    for key in source._SHAPES[table]:  # noqa: SLF001  the keys are said nowhere else
        assert f"`{key}`" in MAPPING, key


def test_the_readme_leads_to_the_sources() -> None:
    """The page that describes every format is linked."""
    assert "(docs/sources.md)" in README


def test_links_lead_somewhere() -> None:
    """Every link of a document to a file of the repository has its file."""
    for page in (*ROOT.glob("*.md"), *DOCS.glob("*.md")):
        text = re.sub("`[^`\n]*`", "", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_links_within_the_page_of_sources_lead_to_their_sections() -> None:
    """Every source has a section, and the table at the top leads to it."""
    text = (DOCS / "sources.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### `([^`]+)`$", text, re.MULTILINE)
    assert sorted(built_in_paths()) == sorted(sections)
    assert sections == re.findall(r"^\| \[`[^`]+`\]\(#([^)]+)\)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[click](javascript:x)",
        "![x](y)",
        "a | b",
        "**bold** _it_ ~~no~~",
        "# heading",
        "- list",
        "1. list",
        "+ list",
        "&lt; &#60;",
        "a ` b",
        "back\\slash",
        "\x1b[31mred\u202e",
    ],
)
def test_text_of_a_mapping_is_text_in_a_page(text: str) -> None:
    """No mark of a title or note acts in Markdown: each stands behind a backslash."""
    made = script("make_reference").escaped(text)
    bare = re.sub(r"\\(.)", "", made)
    assert not re.search(r"[`*_\[\]<>|~&#\\\x1b\u202e]", bare)
    assert not re.match(r"\s*([-+=]|\d+[.)])", made)


def test_code_of_a_mapping_is_code_in_a_page() -> None:
    """A name or an SQL text with marks of its own stands between longer ones."""
    code = script("make_reference").code
    assert code("a") == "`a`"
    assert code("a`b") == "``a`b``"
    assert code("`a") == "`` `a ``"
    assert code("a\x1b`") == "`` a\ufffd` ``"


def test_the_picture_fetches_nothing() -> None:
    """The picture is whole in itself: no font, style or image from elsewhere."""
    picture = (DOCS / "report.svg").read_text(encoding="utf-8")
    assert [] == re.findall(r"@font-face|@import|url\((?!#)[^)]*\)|href=", picture)
