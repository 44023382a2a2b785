"""Measure the program against hand-written DuckDB SQL, its own imports, and itself.

Whole process against whole process, in alternating pairs after one warm-up of each, so that what
else the machine does meets both alike. A ratio is the median of the ratios of the pairs. The run
fails where a figure of the report is not what the SQL gives, and where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from make_store import DAY, STORE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = sys.executable
TOLERANCE = 1e-6
MEMORY_BAR = 1.8
UNDERSTANDING_BAR = 0.1
CATALOGUE_BAR = 2.0
INGEST_BAR = 2.0
DAY_BAR = 1.5
LAST_BAR = 0.15
PEAK_BAR_BYTES = 6 * 2**30
STARTUP_RUNS = 15
SMALL_ROWS = 5_000
STORED_MESSAGES = 30_000_000
STORED_CALLS = 20_000_000
UNWANTED = {"SUPPORTKPI_CONFIG", "PYTHONDONTWRITEBYTECODE"}
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

Command = list[str]
Figures = dict[str, dict[str, tuple[float | None, int]]]
Check = Callable[[bytes, bytes], None]

MESSAGE_COLUMNS = "conversation_id,customer_id,channel,direction,sent_at"
CALL_COLUMNS = "customer_id,started_at,queued_at,answered_at,abandoned_at,talk_seconds"


@dataclass(frozen=True)
class Run:
    """What one process took, and what it printed."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    output: bytes


@dataclass(frozen=True)
class Case:
    """Two commands to compare; a bar is the ratio that ours may reach at most.

    `before` makes things as they were before each of the two; `peak_bar_bytes` is what theirs may
    take of memory, where that is a bar too.
    """

    title: str
    ours: Command
    theirs: Command
    bar: float
    memory_bar: float | None = None
    floor: Command | None = None
    check: Check | None = None
    before: Callable[[], None] | None = None
    peak_bar_bytes: float | None = None


@dataclass(frozen=True)
class Result:
    """The pairs of a case and the runs of its floor."""

    case: Case
    pairs: list[tuple[Run, Run]]
    floor: list[Run]

    def ratio(self, quantity: Callable[[Run], float]) -> float:
        """Give the median over the pairs of ours / theirs."""
        return median(quantity(ours) / quantity(theirs) for ours, theirs in self.pairs)

    @property
    def is_met(self) -> bool:
        """Say whether both the time and the memory stay within their bars."""
        memory_bar, peak_bar = self.case.memory_bar, self.case.peak_bar_bytes
        return (
            self.ratio(wall_s) <= self.case.bar
            and self.ratio(peak_bytes) <= (memory_bar or math.inf)
            and self.peak <= (peak_bar or math.inf)
        )

    @property
    def peak(self) -> float:
        """Give the peak memory of theirs."""
        return median(theirs.peak_bytes for _, theirs in self.pairs)


def wall_s(run: Run) -> float:
    """Give the time by the clock."""
    return run.wall_s


def cpu_s(run: Run) -> float:
    """Give the time of the processors, user and system."""
    return run.cpu_s


def peak_bytes(run: Run) -> float:
    """Give the peak memory."""
    return run.peak_bytes


# --- processes ------------------------------------------------------------------------------------


def clean_environment() -> dict[str, str]:
    """Give the environment without what would configure a report or bar compiled modules."""
    return {name: value for name, value in os.environ.items() if name not in UNWANTED}


def measured(command: Command) -> Run:
    """Run a command to its end and take its own time and peak memory from the system."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean_environment(), stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)} failed:\n{errors.read().decode()}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT, output.read())


def measured_pair(case: Case) -> tuple[Run, Run]:
    """Run both sides once and hold what they print against each other."""
    before = case.before or (lambda: None)
    before()
    ours = measured(case.ours)
    before()
    theirs = measured(case.theirs)
    if case.check:
        case.check(ours.output, theirs.output)
    return ours, theirs


def measured_case(case: Case, runs: int) -> Result:
    """Warm both sides up, then run the pairs, then the floor, warmed up too."""
    print(f"bench: {case.title}", file=sys.stderr)
    measured_pair(case)
    pairs = [measured_pair(case) for _ in range(runs)]
    floor = [measured(case.floor) for _ in range(runs + 1)][1:] if case.floor else []
    return Result(case, pairs, floor)


# --- agreement ------------------------------------------------------------------------------------


def our_figures(output: bytes) -> Figures:
    """Read the rows of a report that span its whole range."""
    figures: Figures = {}
    for row in json.loads(output)["rows"]:
        if row["period"] is None:
            group = "total" if row["total"] else str(row["channel"])
            figures.setdefault(group, {})[row["kpi"]] = (row["value"], row["n"])
    return figures


def their_figures(output: bytes) -> Figures:
    """Read the answer of the SQL."""
    answer: dict[str, dict[str, list[Any]]] = json.loads(output)
    return {
        group: {kpi: (value, int(n)) for kpi, (value, n) in figures.items()}
        for group, figures in answer.items()
    }


def is_same(one: tuple[float | None, int] | None, other: tuple[float | None, int]) -> bool:
    """Say whether a value and its n agree; unknown agrees with unknown alone."""
    if one is None or one[1] != other[1]:
        return False
    if one[0] is None or other[0] is None:
        return one[0] is other[0]
    return math.isclose(one[0], other[0], rel_tol=TOLERANCE)


def differences(ours: Figures, theirs: Figures) -> Iterable[str]:
    """Name each figure that differs, and each one of ours that the SQL did not have to compute."""
    for group in sorted(ours.keys() | theirs.keys()):
        known = theirs.get(group, {})
        reported = ours.get(group, {})
        for kpi, expected in known.items():
            if not is_same(reported.get(kpi), expected):
                yield f"{group} {kpi}: the SQL gives {expected}, the report {reported.get(kpi)}"
        for kpi in reported.keys() - known.keys():
            if reported[kpi][0] is not None:
                yield f"{group} {kpi}: only the report has it, {reported[kpi]}"


def check_figures(ours: bytes, theirs: bytes) -> None:
    """Fail loudly when the report and the SQL do not agree."""
    found = list(differences(our_figures(ours), their_figures(theirs)))
    if found:
        raise SystemExit("\n".join(["bench: the report and the SQL do not agree:", *found]))


# --- cases ----------------------------------------------------------------------------------------


def made_logs(folder: Path, messages: int, conversations: int, calls: int) -> Path:
    """Make the logs of these sizes unless they are there; in a process, to keep this one small."""
    sizes = [f"--messages={messages}", f"--conversations={conversations}", f"--calls={calls}"]
    subprocess.run([PYTHON, str(HERE / "make_logs.py"), str(folder), *sizes], check=True)
    return folder


def report_command(log: Path) -> Command:
    """Give the command that reports the headline KPIs of a log."""
    return [PYTHON, "-m", "supportcli", "report", str(log), "--format", "json"]


def log_case(log: Path, columns: str, bar: float) -> Case:
    """Compare the report of a log with the SQL of its kind."""
    sql = str(HERE / f"{log.stem}.sql")
    return Case(
        title=log.name,
        ours=report_command(log),
        theirs=[PYTHON, str(HERE / "run_duckdb.py"), sql, str(log)],
        bar=bar,
        memory_bar=MEMORY_BAR,
        floor=[PYTHON, str(HERE / "scan_floor.py"), str(log), columns],
        check=check_figures,
    )


def log_cases(folder: Path) -> list[Case]:
    """Give the comparisons with DuckDB."""
    return [
        log_case(folder / "messages.csv", MESSAGE_COLUMNS, 1.0),
        log_case(folder / "messages.parquet", MESSAGE_COLUMNS, 1.0),
        log_case(folder / "calls.csv", CALL_COLUMNS, 1.3),
    ]


def check_selection(ours: bytes, theirs: bytes) -> None:
    """Fail loudly when a KPI among all of them is not what it is alone."""
    every, headline = our_figures(ours), our_figures(theirs)
    for group, figures in headline.items():
        for kpi, expected in figures.items():
            if every[group][kpi] != expected:
                raise SystemExit(f"bench: {group} {kpi}: {every[group][kpi]}, alone {expected}")


def catalogue_cases(folder: Path) -> list[Case]:
    """Give the comparisons of every KPI with the headline selection."""
    return [
        Case(
            title=f"--all / headline, {log.name}",
            ours=[*report_command(log), "--all"],
            theirs=report_command(log),
            bar=CATALOGUE_BAR,
            check=check_selection,
        )
        for log in (folder / "messages.csv", folder / "calls.csv")
    ]


# --- the store ------------------------------------------------------------------------------------


def ingest_command(log: Path, store: Path) -> Command:
    """Give the command that adds an export to a store."""
    return [PYTHON, "-m", "supportcli", "ingest", str(log), "--store", str(store)]


def made_store(folder: Path, messages: int, calls: int) -> Path:
    """Make the store of these sizes and the day to add unless they are there; in a process."""
    sizes = [f"--messages={messages}", f"--calls={calls}"]
    subprocess.run([PYTHON, str(HERE / "make_store.py"), str(folder), *sizes], check=True)
    return folder


def emptied(*folders: Path) -> Callable[[], None]:
    """Give what removes folders."""

    def remove() -> None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    return remove


def store_cases(folder: Path, log: Path) -> list[Case]:
    """Give the comparisons of a store: with plain Parquet, with an empty one, with all of it."""
    full, grown, empty = folder / STORE, folder / "grown.store", folder / "empty.store"
    copied = folder / "copied.parquet"

    def fresh() -> None:
        emptied(grown, empty)()
        # Nothing in a store is ever changed in place: links are as good as copies.
        shutil.copytree(full, grown, copy_function=os.link)

    report = [PYTHON, "-m", "supportcli", "report", "--store", str(full), "--format", "json"]
    return [
        Case(
            title="ingest / polars writing Parquet",
            ours=ingest_command(log, empty),
            theirs=[PYTHON, str(HERE / "write_parquet.py"), str(log), str(copied)],
            bar=INGEST_BAR,
            before=emptied(empty),
        ),
        Case(
            title="a day into the store / an empty one",
            ours=ingest_command(folder / DAY, grown),
            theirs=ingest_command(folder / DAY, empty),
            bar=DAY_BAR,
            before=fresh,
        ),
        Case(
            title="--last 30d / all of the store",
            ours=[*report, "--last", "30d"],
            theirs=report,
            bar=LAST_BAR,
            peak_bar_bytes=PEAK_BAR_BYTES,
        ),
    ]


def startup_cases(thousand: Path) -> list[Case]:
    """Give the comparisons with the imports that no run can do without."""
    help_command = [PYTHON, "-m", "supportcli", "--help"]
    report = report_command(thousand / "messages.csv")
    return [
        Case("--help / import typer", help_command, [PYTHON, "-c", "import typer"], 2.2),
        Case("1,000 rows / import polars", report, [PYTHON, "-c", "import polars"], 1.8),
    ]


@dataclass(frozen=True)
class Understanding:
    """How long it took to understand a log, and to report it, in each run."""

    title: str
    seconds: list[tuple[float, float]]

    @property
    def share(self) -> float:
        """Give the median share of understanding."""
        return median(one / whole for one, whole in self.seconds)

    @property
    def is_met(self) -> bool:
        """Say whether it stays within its bar."""
        return self.share <= UNDERSTANDING_BAR

    def cells(self, is_judged: bool) -> tuple[str, ...]:
        """Write it as a line of the table."""
        understanding, whole = (median(one) for one in zip(*self.seconds, strict=True))
        verdict = "met" if self.is_met else "MISSED"
        figures = (f"{understanding:.3f}", f"{whole:.3f}", f"{self.share:.2f}")
        judged = (f"{UNDERSTANDING_BAR:.1f}", verdict if is_judged else "-")
        return (self.title, *figures, *judged, "-", "-", "-", "-")


def measured_understanding(log: Path, runs: int) -> Understanding:
    """Take the share of recognising and planning in a report."""
    found = []
    for _ in range(runs):
        phases = json.loads(measured([PYTHON, "-m", "tests.bench.run_phases", str(log)]).output)
        found.append((phases["understanding_s"], phases["all_s"]))
    return Understanding(f"recognising and mapping / {log.name}", found)


# --- the table ------------------------------------------------------------------------------------


HEADER = ("what", "ours s", "theirs s", "ratio", "bar", "", "memory", "bar", "cpu", "floor s")


def cells(result: Result, is_judged: bool) -> tuple[str, ...]:
    """Write one result; memory and cpu are ratios too."""
    case = result.case
    verdict = "met" if result.is_met else "MISSED"
    return (
        case.title,
        f"{median(ours.wall_s for ours, _ in result.pairs):.3f}",
        f"{median(theirs.wall_s for _, theirs in result.pairs):.3f}",
        f"{result.ratio(wall_s):.2f}",
        f"{case.bar:.2g}",
        verdict if is_judged else "-",
        f"{result.ratio(peak_bytes):.2f}",
        f"{case.memory_bar:.1f}" if case.memory_bar else "-",
        f"{result.ratio(cpu_s):.2f}",
        f"{median(run.wall_s for run in result.floor):.3f}" if result.floor else "-",
    )


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Set the cells in columns, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def parsed_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--runs", type=int, default=5, help="pairs for each log")
    parser.add_argument(
        "--small", action="store_true", help="one pair on small logs: agreement only, no bars"
    )
    return parser.parse_args()


def main() -> int:
    """Measure everything, print the table and say by the exit code whether every bar is met."""
    options = parsed_options()
    folder: Path = options.folder.resolve()
    if options.small:
        logs = made_logs(folder / "small", SMALL_ROWS, SMALL_ROWS // 5, SMALL_ROWS)
        store = made_store(folder / "small-store", SMALL_ROWS, SMALL_ROWS)
    else:
        logs = made_logs(folder, 5_000_000, 1_000_000, 3_000_000)
        store = made_store(folder / "store", STORED_MESSAGES, STORED_CALLS)
    thousand = made_logs(folder / "thousand", 1_000, 200, 1_000)
    runs, startup_runs = (1, 1) if options.small else (options.runs, STARTUP_RUNS)
    results = [measured_case(case, runs) for case in log_cases(logs)]
    results += [measured_case(case, runs) for case in catalogue_cases(logs)]
    results += [measured_case(case, runs) for case in store_cases(store, logs / "messages.csv")]
    results += [measured_case(case, startup_runs) for case in startup_cases(thousand)]
    understood = measured_understanding(logs / "calls.csv", runs)
    is_judged = not options.small
    lines = [cells(result, is_judged) for result in results]
    print(table([HEADER, *lines, understood.cells(is_judged)]))
    is_met = understood.is_met and all(result.is_met for result in results)
    return int(is_judged and not is_met)


if __name__ == "__main__":
    sys.exit(main())
