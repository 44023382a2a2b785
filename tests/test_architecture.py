"""The shape of the program: imports point one way, and heavy libraries come only when needed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "supportcli"
CHATS = ROOT / "sample_data" / "shop" / "chat" / "livechat_chats.csv"

LAYERS = (
    (
        "errors",
        "durations",
        "schema",
        "where",
        "wording",
        "sources.folding",
        "sources.keys",
        "jalali",
        "currency",
    ),
    ("identity",),
    ("settings", "clock", "facts", "columns", "store.place", "store.files"),
    ("words", "store.table"),
    ("store.recent",),
    ("locale",),
    ("agents",),
    ("sources",),
    ("customers", "hours"),
    ("intake",),
    ("events",),
    ("store",),
    ("conversations",),
    ("surveys", "turns"),
    ("kpis",),
    ("prepare", "inspection", "drivers"),
    ("grains",),
    ("report", "targets"),
    ("questions", "knowledge"),
    ("pipeline",),
    ("listing", "answers", "checking", "comparing", "explaining", "overview"),
    ("cli",),
    ("__main__",),
)
"""From the bottom up: a module stands on its own layer and those below.

`wording` makes text harmless, `folding` makes it comparable; both stand on next to nothing, and
are of use everywhere.
"""

HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}


def module_name(path: Path) -> str:
    """The dotted name of a file; a package's own file is the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """The modules of the program that a file imports anywhere, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = [name for name in inner if name in MODULES]
            yield from modules
            if len(modules) < len(inner):
                yield node.module


def height_of(module: str) -> int:
    """How high a module stands: by its own name in LAYERS, else by that of its package."""
    name = module.removeprefix("supportcli.")
    return HEIGHT[name] if name in HEIGHT else HEIGHT[name.partition(".")[0]]


def run_python(code: str, folder: Path) -> str:
    """What a fresh interpreter prints that runs this code in a folder without a configuration."""
    environment = {k: v for k, v in os.environ.items() if k != "SUPPORTKPI_CONFIG"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("module", [name for name in MODULES if name != "supportcli"])
def test_imports_point_down(module: str) -> None:
    """No module imports from a layer above its own; every module has a layer."""
    height = height_of(module)
    found = {name for name in imports(MODULES[module]) if name != "supportcli"}
    above = {name for name in found if height_of(name) > height}
    assert set() == above


def test_no_module_imports_itself_through_others() -> None:
    """The imports of the program have no cycle, packages and functions' own imports included."""
    graph = {
        module: {name for name in imports(path) if name != module}
        for module, path in MODULES.items()
    }
    assert set(MODULES) == set(TopologicalSorter(graph).static_order())


def test_the_command_line_starts_without_heavy_libraries(tmp_path: Path) -> None:
    """`supportkpi --help` costs neither polars nor rich nor pydantic."""
    heavy = "sorted({'polars', 'rich', 'pydantic'} & set(sys.modules))"
    code = f"import sys, supportcli.cli.app; print({heavy})"
    assert "[]" == run_python(code, tmp_path).strip()


HEAVY = {"altair", "babel", "jinja2", "rich", "vl_convert", "xlsxwriter"}
"""What only some formats need."""


@pytest.mark.parametrize(
    ("output", "needed"),
    [
        ("report.json", set()),
        ("report.ndjson", set()),
        ("report.csv", set()),
        ("report.parquet", set()),
        ("report.txt", {"rich"}),
        ("report.md", set()),
        ("report.xlsx", {"xlsxwriter"}),
        ("report.html", {"altair", "jinja2", "vl_convert"}),
        ("report.svg", {"altair", "jinja2", "vl_convert"}),
    ],
)
def test_a_format_loads_what_it_needs(output: str, needed: set[str], tmp_path: Path) -> None:
    """Nothing that one format needs is loaded for another; English needs no babel."""
    arguments = ["report", str(CHATS), "-o", output]
    arguments += ["--chart", "volume"] if output.endswith("svg") else []
    run = f"from supportcli.cli import run; print(run({arguments!r})"
    code = f"import sys; {run}, *sorted({HEAVY - needed!r} & set(sys.modules)))"
    assert "0" == run_python(code, tmp_path).strip()
    assert (tmp_path / output).stat().st_size > 0


def test_a_report_without_a_configuration_validates_none(tmp_path: Path) -> None:
    """From input to JSON the program itself needs no pydantic; typer loads it for options."""
    code = f"""\
import os, sys
from pathlib import Path
from supportcli.intake import ReadOptions
from supportcli.kpis import select_kpis
from supportcli.pipeline import make_report
from supportcli.questions import Question
from supportcli.report.tabular import write_report
from supportcli.settings import load_settings

settings = load_settings(None, [], os.environ, Path.cwd())
question = Question(kpis=select_kpis([], every=True))
result = make_report(ReadOptions(({str(CHATS)!r},)), settings, question)
with open("report.json", "wb") as stream:
    write_report(result.report, stream, "json")
print(sorted({{"rich", "pydantic", "typer"}} & set(sys.modules)))
"""
    assert "[]" == run_python(code, tmp_path).strip()
