"""The tables of warehouses: real schemas, read whole by the source that knows each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command import ROOT, run
from supportcli.errors import InputError
from supportcli.events import EventLog, event_table, read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings

SEEDS = ROOT / "sample_data" / "vendor_seeds"

TABLES = [
    ("twilio/twilio_message_data.csv", "twilio-messages", 10, {}, 0),
    ("zendesk/ticket_data.csv", "zendesk-table-tickets", 10, {"deleted": 2}, 0),
    ("zendesk/ticket_comment_data.csv", "zendesk-table-comments", 20, {}, 0),
    # Three versions of one conversation and six of the other: the newest of each counts.
    ("intercom/conversation_history_data.csv", "intercom-conversations", 9, {}, 7),
    ("intercom/conversation_part_history_data.csv", "intercom-parts", 9, {"internal_note": 1}, 0),
]
"""Table, source, rows, the rows that each rule skips, and superseded versions."""

NO_EXPORTS = (
    "zendesk/ticket_field_history_data.csv",
    "zendesk/user_data.csv",
    "intercom/conversation_contact_history_data.csv",
)
"""Tables that hold no conversations of their own."""

AGENT = "413068955393"
"""Who wrote most of the comments; the table does not say who is an agent."""


def read(*names: str) -> EventLog:
    """Tables through the whole intake, with one agent named."""
    paths = tuple(str(SEEDS / name) for name in names)
    return read_log(ReadOptions(paths, agents=(AGENT,)), Settings(), TYPES)


def events_of(*names: str) -> list[dict[str, Any]]:
    """The events of tables, the earliest first."""
    return event_table(read(*names)).sort("at", "event_id").to_dicts()


@pytest.mark.parametrize(
    ("name", "source", "rows", "skipped", "superseded"), TABLES, ids=lambda value: str(value)[:40]
)
def test_a_table_is_recognised_and_read_whole(
    name: str, source: str, rows: int, skipped: dict[str, int], superseded: int
) -> None:
    """A table finds its source by itself, and every row of it is accounted for."""
    (intake,) = read(name).intakes
    assert (source, rows) == (intake.source, intake.rows)
    assert (skipped, 0, 0) == (intake.skipped, intake.rejected, intake.duplicates)
    assert superseded == intake.superseded


@pytest.mark.parametrize("name", NO_EXPORTS)
def test_a_table_without_conversations_is_of_no_source(name: str) -> None:
    """Histories of fields, users and memberships are not taken for anything else."""
    with pytest.raises(InputError, match="the format is unknown"):
        read(name)


def test_the_newest_version_of_a_conversation_counts() -> None:
    """A history's latest row says when it was true, and the customer began both conversations."""
    first, second = events_of("intercom/conversation_history_data.csv")
    assert ("156643300001311", "156643300001372") == (
        first["conversation_id"],
        second["conversation_id"],
    )
    assert ("2020-11-02 14:17:59", "2020-11-06 13:55:01") == tuple(
        f"{one['updated_at']:%Y-%m-%d %H:%M:%S}" for one in (first, second)
    )
    assert ("2020-10-28 23:59:37", "2020-11-04 03:12:03") == tuple(
        f"{one['contacted_at']:%Y-%m-%d %H:%M:%S}" for one in (first, second)
    )


def test_comments_of_a_named_agent_are_replies() -> None:
    """Of 20 comments 8 are the agent's; nobody else is one, so the rest are contacts."""
    comments = events_of("zendesk/ticket_comment_data.csv")
    replies = [one for one in comments if one["replied_at"] is not None]
    assert (8, {AGENT}) == (len(replies), {one["agent_id"] for one in replies})
    assert 12 == sum(one["contacts"] == 1 for one in comments)


TICKETS = """
id,assignee_id,created_at,group_id,requester_id,status,updated_at,via_channel
1,7,2026-03-02 09:00:00,5,70,solved,2026-03-02 12:00:00,voice
2,7,2026-03-02 09:30:00,5,71,open,2026-03-02 09:30:00,email
"""
METRICS = """
ticket_id,created_at,updated_at,solved_at,replies,reopens,reply_time_in_minutes.calendar
1,2026-03-02 09:00:00,2026-03-02 12:00:00,2026-03-02 12:00:00,2,0,30
2,2026-03-02 09:30:00,2026-03-02 09:30:00,,0,0,
"""
RATINGS = """
id,score,ticket_id,requester_id,assignee_id,group_id,created_at,updated_at
21,offered,2,71,7,5,2026-03-02 09:30:00,2026-03-02 09:30:00
22,bad,1,70,7,5,2026-03-02 12:00:00,2026-03-02 13:00:00
23,good,1,70,7,5,2026-03-02 12:00:00,2026-03-02 14:00:00
"""


def test_the_tables_of_zendesk_make_one_conversation_a_ticket(tmp_path: Path) -> None:
    """Channel and customer of the tickets, times of the metrics, the latest rating; no row lost."""
    for name, text in (("tickets", TICKETS), ("metrics", METRICS), ("ratings", RATINGS)):
        (tmp_path / f"{name}.csv").write_text(text.lstrip(), encoding="utf-8")
    listed = run("conversations", tmp_path, "--format", "json")
    first, second = sorted(listed.json, key=lambda one: one["conversation_id"])
    assert ("phone", "70", 30 * 60, 180 * 60, 2, 2) == tuple(
        first[key]
        for key in ("channel", "customer_id", "first_response_s", "resolution_s", "replies", "csat")
    )
    assert ("email", "71", None, None, 0, None) == tuple(
        second[key]
        for key in ("channel", "customer_id", "first_response_s", "resolution_s", "replies", "csat")
    )
