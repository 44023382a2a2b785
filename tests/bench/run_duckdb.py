"""Run one of the SQL files beside this over a log; print {channel: {kpi: [value, n]}} as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from string import Template

import duckdb

# Types given by hand spare DuckDB the sniffing; the few channels and directions read best as enums.
TYPES = {
    "messages": {
        "conversation_id": "VARCHAR",
        "customer_id": "VARCHAR",
        "channel": "ENUM('email', 'chat', 'sms', 'messenger')",
        "direction": "ENUM('inbound', 'outbound')",
        "agent": "VARCHAR",
        "sent_at": "TIMESTAMP",
    },
    "calls": {
        "call_id": "VARCHAR",
        "customer_id": "VARCHAR",
        "queue": "VARCHAR",
        "agent": "VARCHAR",
        "started_at": "TIMESTAMP",
        "queued_at": "TIMESTAMP",
        "answered_at": "TIMESTAMP",
        "abandoned_at": "TIMESTAMP",
        "talk_seconds": "INTEGER",
    },
}


def quoted(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def source_sql(path: str, types: dict[str, str]) -> str:
    """Give the table function that reads the log."""
    if path.endswith(".parquet"):
        return f"read_parquet({quoted(path)})"
    columns = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in types.items())
    return (
        f"read_csv({quoted(path)}, auto_detect = false, header = true, delim = ',',"
        f" quote = '\"', columns = {{{columns}}})"
    )


def figures(sql_file: Path, path: str) -> dict[str, dict[str, list[float | None]]]:
    """Run the query over the log."""
    sql = Template(sql_file.read_text(encoding="utf-8"))
    query = sql.substitute(source=source_sql(path, TYPES[sql_file.stem]))
    with duckdb.connect() as connection:
        answer = connection.execute(query)
        names = [column[0] for column in answer.description or []]
        rows = answer.fetchall()
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows}


def main() -> None:
    """Print the figures of the log given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sql_file", type=Path)
    parser.add_argument("source")
    options = parser.parse_args()
    print(json.dumps(figures(options.sql_file, options.source)))


if __name__ == "__main__":
    main()
