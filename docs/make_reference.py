"""Write docs/kpis.md and docs/reference.md from the catalogue and the command line themselves.

A test holds the files to what this makes, so neither can fall behind the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from supportcli.cli.app import app
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi, explain
from supportcli.kpis.quality import QUALITY
from supportcli.kpis.satisfaction import SATISFACTIONS
from supportcli.kpis.speed import SPEED
from supportcli.kpis.volume import VOLUME
from supportcli.sources.source import Source, built_in_sources

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by `make reference`; do not edit. -->"
CHAPTERS = {
    "Volume": VOLUME,
    "Speed": SPEED,
    "Quality": QUALITY,
    "Satisfaction": SATISFACTIONS,
}

RULES = """\
# The KPIs

`supportkpi kpis ID` prints the same in the terminal.

What holds for all of them:

- **Unknown is null, never 0.** A KPI whose inputs no export of a group carries is null, with the
  reason beside it. An empty group is null with n = 0.
- Every value carries **n**: of a count the count itself, of a share its denominator, else how many
  values stand behind it. Shares carry numerator and denominator.
- Every estimate carries a **95 % interval**: Wilson's for shares, the normal interval for means
  (Student's below n = 30), order statistics for medians and 90th percentiles. Counts have none.
- The **anchor** says which period a value belongs to. `--since`, `--until`, `--last` and `--period`
  go by it, in the time zone of the report; since is inclusive, until exclusive.
- The report is true **as of** the newest time in the data, or `--as-of`; never the clock of the
  machine. What happened later does not exist.
- **Outreach** (a conversation that an agent began) is in no KPI but its own count. Bots are not
  agents: an automatic reply answers nobody.
- Durations are seconds, shares 0 to 1. Medians and percentiles are interpolated linearly.
- A duration that ends before it starts is unknown, and counted as an **anomaly** of the report.

KPIs marked with a star are in the report without `--all`.
"""

CLI = """\
# The command line

    supportkpi COMMAND INPUT...

An INPUT is a file, a folder, a pattern, or `-` for standard input; gzip is unpacked. A folder
gives all its .csv, .tsv, .json, .ndjson, .jsonl and .parquet files and those without an ending.
Results go to standard output, everything else to standard error.

| exit code | means |
|---|---|
| 0 | fine; also when whoever reads the output has had enough of it |
| 2 | wrong usage, configuration or mapping |
| 3 | an input could not be read, too much of it was rejected, or the output could not be written |
| 70 | a bug; the traceback is on standard error |
| 130 | interrupted |
"""

TAIL = """\
`supportkpi --version` prints the version; `-h` or `--help` after any command helps.

## Sources

`supportkpi sources NAME` says how to get the export and what it fills.
"""


def cell(text: object) -> str:
    """A text as it stands in a cell of a table."""
    return str(text).replace("|", "\\|")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table, line by line."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"


def kpi_lines(kpi: Kpi) -> Iterator[str]:
    """One KPI: its heading, and what `supportkpi kpis` says below it."""
    heading, _, *said = explain(kpi).splitlines()
    yield f"### `{kpi.id}`{' ★' if kpi.headline else ''}"
    yield ""
    yield f"{heading.partition(': ')[2]}. {said[0]}"
    yield ""
    yield from (f"- {line}" for line in said[1:])
    yield ""


def spread_lines(family: str, kpis: Sequence[Kpi]) -> Iterator[str]:
    """The statistics of one measure together, for they differ in nothing else."""
    heading, _, *said = explain(kpis[0]).splitlines()
    names = ", ".join(f"`{kpi.id}`{' ★' if kpi.headline else ''}" for kpi in kpis)
    title = heading.partition(": ")[2].replace(f", {kpis[0].title.rpartition(', ')[2]}", "")
    yield f"### `{family}`"
    yield ""
    yield names
    yield ""
    yield f"{title}. {said[0]}"
    yield ""
    yield from (f"- {line}" for line in said[1:])
    yield ""


def kpi_reference() -> str:
    """The whole of docs/kpis.md."""
    lines = [MADE, "", RULES]
    for title, kpis in CHAPTERS.items():
        lines += [f"## {title}", ""]
        families: dict[tuple[str, str], list[Kpi]] = {}
        for kpi in kpis:
            families.setdefault((kpi.measure_id, kpi.definition), []).append(kpi)
        for (measure, _), members in families.items():
            if len(members) == 1:
                lines += kpi_lines(members[0])
            else:
                lines += spread_lines(measure.partition(" in ")[0], members)
    missing = CATALOGUE.keys() - {kpi.id for kpis in CHAPTERS.values() for kpi in kpis}
    if missing:
        raise SystemExit(f"make_reference: no chapter for {', '.join(sorted(missing))}")
    return "\n".join(lines).rstrip() + "\n"


def option_row(parameter: Any) -> tuple[str, str, str]:
    """One option or argument: how it is written, what it does, what it is without being given."""
    value = f" {parameter.metavar}" if parameter.metavar else ""
    if parameter.param_type_name == "argument":
        return f"`{value.strip()}`", parameter.help, ""
    names = ", ".join(sorted(parameter.opts, key=len, reverse=True))
    default = f"`{parameter.default}`" if isinstance(parameter.default, str) else ""
    return f"`{names}{value}`", parameter.help, default


def command_lines(name: str, command: Any) -> Iterator[str]:
    """One command: what it does, and its options."""
    yield f"## supportkpi {name}"
    yield ""
    yield command.help.strip()
    yield ""
    yield from table(("option", "does", "default"), map(option_row, command.params))
    yield ""


def source_rows(sources: Iterable[Source]) -> Iterator[tuple[str, str, str, str]]:
    """What comes with the program."""
    for source in sources:
        yield f"`{source.name}`", source.channel or "from the file", source.grain, source.title


def command_reference() -> str:
    """The whole of docs/reference.md."""
    program: Any = typer.main.get_command(app)
    lines = [MADE, "", CLI]
    for name, command in program.commands.items():
        lines += command_lines(name, command)
    lines += [TAIL]
    lines += table(("source", "channel", "a row is", "what"), source_rows(built_in_sources()))
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"kpis.md": kpi_reference, "reference.md": command_reference}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
