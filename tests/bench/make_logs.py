"""Make the logs that the benchmark measures: messages.csv, messages.parquet and calls.csv.

Everything comes from hash() of row numbers, so the same sizes always give the same files. The logs
hold on purpose what definitions differ on: replies in the second of the contact, one customer
writing twice in one second, a return after exactly seven days, outreach and unknown customers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

import duckdb

VERSION = 1
STAMP = "made.json"
FILES = ("messages.csv", "messages.parquet", "calls.csv")
CUSTOMERS_PER_CONVERSATION = 0.3
CUSTOMERS_PER_CALL = 0.25

# One integer to hash, because hash(number, salt) gives draws of two salts that go together.
DRAW = "CREATE TEMP MACRO draw(number, salt, n) AS (hash(number * 64 + salt) % n::UBIGINT)::BIGINT"

MESSAGES = Template("""
WITH drawn AS (
    SELECT
        i,
        CASE WHEN i % 50 IN (1, 3) THEN i - 1 ELSE i END AS person,
        CASE WHEN i % 50 = 3 THEN 7 ELSE 0 END AS days_later,
        ['email', 'chat', 'sms', 'messenger'][1 + draw(i, 1, 4)] AS channel,
        draw(i, 2, 100) = 0 AS is_outreach,
        draw(i, 3, 100) >= 6 AS is_served,
        $base + (i < $rest)::INT + CASE
            WHEN i = $conversations - 1 AND i % 2 = 0 THEN 0
            WHEN i % 2 = 0 THEN draw(i // 2, 4, $spread)
            ELSE -draw(i // 2, 4, $spread)
        END AS length
    FROM range($conversations) AS numbers (i)
), conversations AS (
    SELECT
        *,
        channel <> 'chat' OR draw(person, 5, 20) > 0 AS is_identified,
        100000 + draw(person, 6, $customers) AS customer,
        TIMESTAMP '2026-01-01' + to_seconds(draw(person, 7, $days * 86400))
            + to_days(days_later) AS started_at,
        CASE
            WHEN draw(i, 8, 200) = 0 THEN 0
            WHEN channel = 'chat' THEN 3 + draw(i, 9, 57) * (1 + draw(i, 10, 3))
            ELSE 20 + draw(i, 9, 300) * (1 << draw(i, 10, 8))
        END AS step
    FROM drawn
), messages AS (
    SELECT
        *,
        started_at + to_seconds(
            j * step + CASE WHEN j > 0 AND step > 0 THEN draw(i * 16 + j, 11, step) ELSE 0 END
        ) AS sent,
        CASE
            WHEN j = 0 THEN is_outreach
            ELSE is_served AND draw(i * 16 + j, 12, 100) < 55
        END AS is_reply
    FROM (SELECT *, unnest(range(length)) AS j FROM conversations)
)
SELECT
    'c' || (1000000 + i) AS conversation_id,
    CASE WHEN is_identified THEN 'u' || customer END AS customer_id,
    channel,
    CASE WHEN is_reply THEN 'outbound' ELSE 'inbound' END AS direction,
    CASE WHEN is_reply THEN 'agent' || (10 + draw(i * 16 + j // 4, 13, 40)) END AS agent,
    strftime(sent, '%Y-%m-%dT%H:%M:%SZ') AS sent_at
FROM messages
ORDER BY sent, i, j
""")

CALLS = Template("""
WITH drawn AS (
    SELECT
        i,
        CASE WHEN i % 50 IN (1, 3) THEN i - 1 ELSE i END AS person,
        CASE WHEN i % 50 = 3 THEN 7 ELSE 0 END AS days_later,
        draw(i, 22, 40) > 0 AS is_queued,
        draw(i, 23, 100) AS outcome,
        5 + draw(i, 24, 36) AS menu_s,
        draw(i, 25, 12) * draw(i, 26, 12) AS wait_s,
        15 + draw(i, 27, 240) * (1 + draw(i, 28, 4)) AS talk_s
    FROM range($calls) AS numbers (i)
), calls AS (
    SELECT
        *,
        TIMESTAMP '2026-01-01' + to_seconds(draw(person, 21, $days * 86400))
            + to_days(days_later) AS started,
        CASE WHEN is_queued THEN started + to_seconds(menu_s) END AS queued,
        queued + to_seconds(wait_s) AS ended,
        is_queued AND outcome < 90 AS is_answered,
        is_queued AND outcome BETWEEN 90 AND 97 AS is_abandoned
    FROM drawn
)
SELECT
    'k' || (10000000 + i) AS call_id,
    CASE WHEN draw(person, 20, 33) > 0 THEN '+44' || (2000000000 + draw(person, 31, $customers)) END
        AS customer_id,
    CASE WHEN is_queued THEN 'q' || draw(i, 29, 5) END AS queue,
    CASE WHEN is_answered THEN 'agent' || (10 + draw(i, 30, 60)) END AS agent,
    strftime(started, '%Y-%m-%d %H:%M:%S') AS started_at,
    strftime(queued, '%Y-%m-%d %H:%M:%S') AS queued_at,
    CASE WHEN is_answered THEN strftime(ended, '%Y-%m-%d %H:%M:%S') END AS answered_at,
    CASE WHEN is_abandoned THEN strftime(ended, '%Y-%m-%d %H:%M:%S') END AS abandoned_at,
    CASE WHEN is_answered THEN talk_s END AS talk_seconds
FROM calls
ORDER BY started, i
""")


@dataclass(frozen=True)
class Sizes:
    """How many rows to make, over how many days; conversations have about as many messages each."""

    messages: int = 5_000_000
    conversations: int = 1_000_000
    calls: int = 3_000_000
    days: int = 90
    version: int = VERSION

    def __post_init__(self) -> None:
        """Refuse sizes that cannot give every conversation a message."""
        if not 0 < self.conversations <= self.messages or self.calls < 1:
            raise SystemExit("make_logs: sizes must be positive, conversations at most messages")


def messages_sql(sizes: Sizes) -> str:
    """Give the query of the message log; pairs of conversations share a fixed number of rows."""
    base, rest = divmod(sizes.messages, sizes.conversations)
    return MESSAGES.substitute(
        base=base,
        rest=rest,
        spread=min(5, base),
        conversations=sizes.conversations,
        days=sizes.days,
        customers=max(1, int(sizes.conversations * CUSTOMERS_PER_CONVERSATION)),
    )


def calls_sql(sizes: Sizes) -> str:
    """Give the query of the call log."""
    customers = max(1, int(sizes.calls * CUSTOMERS_PER_CALL))
    return CALLS.substitute(calls=sizes.calls, days=sizes.days, customers=customers)


def is_made(folder: Path, sizes: Sizes, files: Iterable[str] = FILES) -> bool:
    """Say whether the folder already holds what is made of exactly these sizes."""
    stamp = folder / STAMP
    if not stamp.exists() or not all((folder / name).exists() for name in files):
        return False
    return bool(json.loads(stamp.read_text(encoding="utf-8")) == asdict(sizes))


def write_logs(folder: Path, sizes: Sizes) -> None:
    """Write the three files; the stamp comes last, so that a broken run is made again."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    messages, parquet, calls = (str(folder / name).replace("'", "''") for name in FILES)
    with duckdb.connect() as connection:
        connection.execute(DRAW)
        connection.execute(f"COPY ({messages_sql(sizes)}) TO '{messages}' (HEADER)")
        copied = f"SELECT * FROM read_csv('{messages}', all_varchar = true)"
        connection.execute(f"COPY ({copied}) TO '{parquet}' (FORMAT parquet)")
        connection.execute(f"COPY ({calls_sql(sizes)}) TO '{calls}' (HEADER)")
    (folder / STAMP).write_text(json.dumps(asdict(sizes)), encoding="utf-8")


def main() -> None:
    """Make the logs under the folder given, unless they are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=Sizes.messages)
    parser.add_argument("--conversations", type=int, default=Sizes.conversations)
    parser.add_argument("--calls", type=int, default=Sizes.calls)
    parser.add_argument("--days", type=int, default=Sizes.days)
    options = parser.parse_args()
    sizes = Sizes(options.messages, options.conversations, options.calls, options.days)
    if not is_made(options.folder, sizes):
        write_logs(options.folder, sizes)


if __name__ == "__main__":
    main()
