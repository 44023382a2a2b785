"""The event: one exported row, normalised. Names and types here are the public contract."""

from __future__ import annotations

from typing import Final

CHANNELS: Final = (
    "phone",
    "email",
    "chat",
    "sms",
    "messenger",
    "social",
    "web",
    "self_service",
    "in_person",
    "post",
    "other",
)

CONVERSATION_KINDS: Final = ("interaction", "survey")
KINDS: Final = (*CONVERSATION_KINDS, "order", "refund", "page_view")

TIMES: Final = (
    "contacted_at",
    "queued_at",
    "replied_at",
    "bot_replied_at",
    "abandoned_at",
    "resolved_at",
    "reopened_at",
)
"""The times of a conversation that a row may know; `at` and `updated_at` stand beside them."""

COUNTS: Final = ("contacts", "replies", "bot_replies", "transfers", "reopens")

COUNTED_BY: Final = {
    "contacts": "contacted_at",
    "replies": "replied_at",
    "bot_replies": "bot_replied_at",
    "reopens": "reopened_at",
}
"""The time that makes an unmapped count of an event 1 where it is set."""

RATINGS: Final = ("csat", "nps", "ces")

DIMENSIONS: Final = ("channel", "team", "agent", "topic", "priority", "source", "weekday", "hour")
"""What a report can be sliced by."""

CHARTS: Final = ("volume", "response", "resolution", "heat", "waiting", "backlog", "satisfaction")
"""What a picture can show, in the order in which a report shows them."""

LANGUAGES: Final = ("en", "fa", "ar")
DIGITS: Final = ("latin", "persian", "arabic")
"""How a report speaks to people, and in which digits."""

TYPES: Final[dict[str, str]] = {
    "source": "text",
    "event_id": "text",
    "updated_at": "time",
    "kind": "kind",
    "at": "time",
    "channel": "channel",
    "conversation_id": "text",
    "customer_id": "text",
    "agent_id": "text",
    "team": "text",
    "topic": "text",
    "priority": "text",
    **dict.fromkeys(TIMES, "time"),
    "handle_ms": "duration",
    **dict.fromkeys(COUNTS, "count"),
    **dict.fromkeys(RATINGS, "rating"),
    "amount_minor": "amount",
    "currency": "text",
}
"""Every column of the event table in its order, with the kind of value it holds."""

MAPPABLE: Final = tuple(name for name in TYPES if name != "source")
"""The columns that a mapping's `[fields]` may fill."""

LINKED: Final = "customer_linked"
"""A column that the event table has beside these once some customer was found in a customers file:
whether the id is from there, and so the same in all sources, or the source's own."""
