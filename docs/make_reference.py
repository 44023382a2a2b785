"""Write the pages on KPIs, sources and the command line from the program itself.

A test holds the files to what this makes, so neither can fall behind the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from supportcli.cli.app import app
from supportcli.kpis import CATALOGUE
from supportcli.kpis.explain import explain
from supportcli.kpis.loyalty import LOYALTY
from supportcli.kpis.model import Kpi
from supportcli.kpis.money import MONEY
from supportcli.kpis.people import PEOPLE
from supportcli.kpis.quality import QUALITY
from supportcli.kpis.satisfaction import SATISFACTIONS
from supportcli.kpis.speed import SPEED
from supportcli.kpis.volume import VOLUME
from supportcli.sources.catalogue import (
    channel_of,
    in_chapters,
    null_texts,
    order_rule,
    zone_rule,
)
from supportcli.sources.files import DATA_SUFFIXES
from supportcli.sources.source import Source, built_in_sources
from supportcli.wording import clean

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by `make reference`; do not edit. -->"
CHAPTERS = {
    "Volume": VOLUME,
    "Speed": SPEED,
    "Quality": QUALITY,
    "Satisfaction": SATISFACTIONS,
    "Money": MONEY,
    "Loyalty": LOYALTY,
    "People and self-service": PEOPLE,
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
- **Outreach** (a conversation that an agent began) is in no KPI but its own count, the cost of
  support, the agents and the conversations per agent. Bots are not
  agents: an automatic reply answers nobody.
- Durations are seconds, shares 0 to 1. Medians and percentiles are interpolated linearly.
- A duration that ends before it starts is unknown, and counted as an **anomaly** of the report.

KPIs marked with a star are in the report without `--all`.
"""

CLI = f"""\
# The command line

    supportkpi COMMAND INPUT...

An INPUT is a file, a folder, a pattern, or `-` for standard input; gzip is unpacked. A folder
gives its files that end in {", ".join(DATA_SUFFIXES)}
and those without an ending, each also packed (.gz) or rotated (queue_log.1, Master.csv.1,
queue_log-20260301). Hidden files are left alone; what else is not read is said in a note.
Results go to standard output, everything else to standard error.

| exit code | means |
|---|---|
| 0 | fine; also when whoever reads the output has had enough of it |
| 1 | a target was missed (`check`) |
| 2 | wrong usage, configuration or mapping |
| 3 | an input could not be read, too much of it was rejected, or the output could not be written |
| 70 | a bug; the traceback is on standard error |
| 130 | interrupted |
"""

TAIL = """\
`supportkpi --version` prints the version; `-h` or `--help` after any command helps.

## Rows that cannot be understood

A value that is there and cannot be read rejects its row. By default (`--on-error skip`) such rows
are left out, counted and warned of; more than `--max-rejects` of one input end the run with 3, and
so does any with `--on-error fail`. `--rejects FILE` lists them in either case, as .csv or .ndjson:

| column | |
|---|---|
| `file` | the input |
| `line` | the line of a text file on which the row begins |
| `row` | the number of the row: in its sheet, else counted from 1 below the header |
| `column` | the column of the file, or several that were read together |
| `value` | what stood there |
| `reason` | why it could not be read |

## Sources

[sources.md](sources.md) says of each format how to get it, and what its traps are; so does
`supportkpi sources NAME`.
"""

SOURCES = """\
# The sources

The formats that are recognised by themselves. `supportkpi sources NAME` prints the same in the
terminal, with the SQL of every field. Any other table can be read with a mapping of its own
([mapping.md](mapping.md)), which `supportkpi inspect FILE --write-source mine.toml` starts.

Every table may come as CSV, TSV, XLSX, Parquet, JSON or NDJSON, and packed with gzip; the names of
its columns are found in any case, and with other marks and spaces. Of the columns that recognise a
source all must be there; of several sources that fit, the one that asks for most is taken.
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


def escaped(text: str) -> str:
    """Text in which nothing but its `code` acts, cleaned of what would act elsewhere."""
    parts = CODE.split(clean(text))
    return "".join(code(part) if at % 2 else escaped_marks(part) for at, part in enumerate(parts))


CODE = re.compile(r"`([^`]+)`")
"""What notes show as code; what stands between two such is text."""


def escaped_marks(text: str) -> str:
    """Text in which no mark acts. A paragraph that would begin a list or a heading does not."""
    plain = re.sub(r"([\\`*_\[\]<>|~&#])", r"\\\1", text)
    return re.sub(r"^(\s*)([-+=]|\d+(?=[.)]))", r"\1\\\2", plain) if plain else plain


def code(text: str) -> str:
    """Text as code, whatever marks it holds."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{clean(text)}{pad}{fence}"


def codes(texts: Iterable[str]) -> str:
    """Several texts as code."""
    return ", ".join(map(code, texts))


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of notes, each on a line of its own and followed by an empty one."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield escaped(" ".join(paragraph.split()))
        yield ""


def asked_of(source: Source) -> Iterator[str]:
    """What recognises a source."""
    match = source.match
    if match.columns:
        yield f"the columns {codes(match.columns)}"
    yield from (f"one of {codes(names)}" for names in match.any)
    yield from (f"values of {code(name)} like {code(one)}" for name, one in match.patterns.items())
    if match.fallback:
        yield "only where no other source fits"


def source_facts(source: Source) -> Iterator[tuple[str, str]]:
    """What is to be known of a source in a line each."""
    yield "recognised by", "; ".join(asked_of(source))
    if source.refused is not None:
        return
    yield "fills", codes(source.fields)
    skips = ((why, " ".join(sql.split())) for why, sql in source.file.skip_where.items())
    yield "skips rows", "; ".join(f"{code(why)} where {code(sql)}" for why, sql in skips)
    yield "nothing is", codes(null_texts(source))
    yield "time zone", zone_rule(source)
    yield "dates such as 3/2/26", order_rule(source) or ""


def source_lines(source: Source) -> Iterator[str]:
    """One source: its title, its notes and its facts."""
    yield f"### `{source.name}`"
    yield ""
    yield f"{escaped(source.title)}."
    yield ""
    if source.refused is not None:
        yield f"**Refused**: {escaped(' '.join(source.refused.split()))}."
        yield ""
    yield from paragraphs(source.notes)
    yield from (f"- {label}: {text}" for label, text in source_facts(source) if text)
    yield ""


def source_reference() -> str:
    """The whole of docs/sources.md."""
    lines = [MADE, "", SOURCES]
    chapters = list(in_chapters(built_in_sources()))
    for chapter, sources in chapters:
        rows = [
            (f"[`{one.name}`](#{one.name})", escaped(one.title), channel_of(one), one.grain)
            for one in sources
        ]
        lines += [f"**{chapter[0].upper()}{chapter[1:]}**", ""]
        lines += [*table(("source", "what", "channel", "a row is"), rows), ""]
    for chapter, sources in chapters:
        lines += [f"## {chapter[0].upper()}{chapter[1:]}", ""]
        lines += [line for one in sources for line in source_lines(one)]
    return "\n".join(lines).rstrip() + "\n"


def command_reference() -> str:
    """The whole of docs/reference.md."""
    program: Any = typer.main.get_command(app)
    lines = [MADE, "", CLI]
    for name, command in program.commands.items():
        lines += command_lines(name, command)
    lines += [TAIL]
    return "\n".join(lines).rstrip() + "\n"


PAGES = {
    "kpis.md": kpi_reference,
    "reference.md": command_reference,
    "sources.md": source_reference,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
