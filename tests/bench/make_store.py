"""Make the store that the benchmark measures: two years of messages and calls, ingested by months.

The logs are those of `make_logs`, over two years. One day of messages is held back: it is what a
night adds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import duckdb
from make_logs import DRAW, STAMP, Sizes, calls_sql, is_made, messages_sql

ROOT = Path(__file__).resolve().parents[2]
STORE = "events.store"
DAY = "day.csv"
DAYS = 730
HELD_BACK = "2027-12-15"


def months_of(connection: duckdb.DuckDBPyConnection, query: str, time: str) -> list[str]:
    """Make a table of the rows with their days, and give the months they are of, in order."""
    dated = f"SELECT *, left({time}, 10) AS day FROM ({query})"
    connection.execute(f"CREATE OR REPLACE TABLE rows AS {dated}")
    found = connection.execute("SELECT DISTINCT left(day, 7) FROM rows ORDER BY 1").fetchall()
    return [month for (month,) in found]


def export(connection: duckdb.DuckDBPyConnection, condition: str, path: Path) -> None:
    """Write some of the rows as an export."""
    rows = f"SELECT * EXCLUDE day FROM rows WHERE {condition}"
    connection.execute(f"COPY ({rows}) TO '{path}' (HEADER)")


def ingest(path: Path, store: Path) -> None:
    """Add an export to the store, in a process."""
    command = [sys.executable, "-m", "supportcli", "ingest", str(path), "--store", str(store)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)


def write_store(folder: Path, sizes: Sizes) -> None:
    """Make the day and the store; the stamp comes last, so that a broken run is made again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    one = folder / "month.csv"
    with duckdb.connect(str(folder / "logs.duckdb")) as connection:
        connection.execute(DRAW)
        for query, time in ((calls_sql(sizes), "started_at"), (messages_sql(sizes), "sent_at")):
            for month in months_of(connection, query, time):
                export(connection, f"left(day, 7) = '{month}' AND day <> '{HELD_BACK}'", one)
                ingest(one, folder / STORE)
        export(connection, f"day = '{HELD_BACK}'", folder / DAY)
    one.unlink()
    (folder / "logs.duckdb").unlink()
    (folder / STAMP).write_text(json.dumps(asdict(sizes)), encoding="utf-8")


def main() -> None:
    """Make the store under the folder given, unless it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    options = parser.parse_args()
    sizes = Sizes(options.messages, options.messages // 5, options.calls, DAYS)
    if not is_made(options.folder, sizes, (STORE, DAY)):
        write_store(options.folder, sizes)


if __name__ == "__main__":
    main()
