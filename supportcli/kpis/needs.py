"""What an export must carry for a KPI to be known at all."""

from __future__ import annotations

from dataclasses import dataclass

from supportcli.conversations import (
    AGENTS_OF_EVENTS,
    ORDERS,
    PAGE_VIEWS,
    REFUNDS,
    SINGLE_EVENTS,
)
from supportcli.schema import TIMES


@dataclass(frozen=True)
class Need:
    """Event columns of which at least one must be filled, and what they say in plain words."""

    fields: tuple[str, ...]
    what: str


CONTACT = Need(("contacted_at", "contacts"), "when customers made contact")
CONTACT_TIME = Need(("contacted_at",), "when customers made contact")
CONTACT_COUNT = Need(("contacts",), "how many contacts there were")
CLOCK_START = Need(("contacted_at", "bot_replied_at"), "when customers made contact")
QUEUE_START = Need(("queued_at", "contacted_at"), "when customers queued or made contact")
REPLY = Need(("replied_at", "replies"), "replies of human agents")
REPLY_TIME = Need(("replied_at",), "when human agents replied")
WAITING = Need(("queued_at", "replied_at", "replies", "abandoned_at"), "queueing or answering")
ABANDONMENT = Need(("abandoned_at",), "who left before an answer")
RESOLUTION = Need(("resolved_at",), "when conversations were resolved")
REOPENING = Need(("reopened_at", "reopens"), "reopened conversations")
REPLY_COUNT = Need(("replies",), "how many replies there were")
TURNS = Need((SINGLE_EVENTS,), "single messages or calls")
MOMENTS = Need(TIMES, "when anything happened")
WORK = Need(("handle_ms",), "agent work time")
CUSTOMER = Need(("customer_id",), "who the customer is")
AGENT = Need(("agent_id",), "who the agent is")
TOPIC = Need(("topic",), "what conversations are about")
TOPIC_OR_PRIORITY = Need(("topic", "priority"), "topics or priorities")
HAND_OVER = Need(("transfers", AGENTS_OF_EVENTS), "transfers or the agent of each reply")
BOT = Need(("bot_replied_at", "bot_replies"), "replies of bots")
SATISFACTION = Need(("csat",), "satisfaction answers")
RECOMMENDATION = Need(("nps",), "answers on recommending (NPS)")
EFFORT = Need(("ces",), "answers on effort (CES)")
ANSWERS = Need(("csat", "nps", "ces"), "answers to surveys")
ORDER = Need((ORDERS,), "orders")
REFUND = Need((REFUNDS,), "refunds")
PAGE_VIEW = Need((PAGE_VIEWS,), "page views of the help centre")
