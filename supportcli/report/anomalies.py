"""What the kinds of anomalies and the reasons of skipped rows mean, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from supportcli.wording import clean
from supportcli.words import marked

ANOMALY_TEXTS: Final[Mapping[str, str]] = {
    "reply_before_contact": marked("answered before the contact"),
    "resolved_before_contact": marked("resolved before the contact"),
    "resolved_before_reply": marked("resolved before the first reply"),
    "reply_before_queue": marked("answered before entering the queue"),
    "abandoned_before_queue": marked("left before entering the queue"),
    "negative_handle_time": marked("work time below nought"),
    "csat_out_of_scale": marked("satisfaction answers outside their scale"),
    "nps_out_of_scale": marked("answers on recommending outside their scale"),
    "ces_out_of_scale": marked("answers on effort outside their scale"),
    "customer_id_lost_digits": marked("customer ids that lost digits in a spreadsheet"),
    "no_date_sentinel": marked("times that stand for no date at all"),
    "clock_change_repeated": marked("times in an hour that a change of clocks repeats"),
    "clock_change_skipped": marked("times in an hour that a change of clocks leaves out"),
}
"""Every kind of anomaly that a report counts."""

SKIP_TEXTS: Final[Mapping[str, str]] = {
    "after_disconnect": marked("contacts that only follow a finished call"),
    "agent_state": marked("agents logging in, out or pausing"),
    "canceled": marked("cancelled cases"),
    "deleted": marked("deleted tickets"),
    "footer": marked("lines below the table"),
    "handed_on": marked("legs of calls that were handed on"),
    "internal_call": marked("internal calls"),
    "internal_note": marked("internal notes"),
    "merged": marked("tickets merged into others"),
    "monitoring": marked("supervisors listening in"),
    "no_answer": marked("surveys without an answer"),
    "no_call": marked("events of no call"),
    "no_direction": marked("messages without a direction"),
    "no_message": marked("events that are no message"),
    "not_a_support_chat": marked("chats of other kinds"),
    "not_answered": marked("surveys that nobody answered"),
    "not_delivered": marked("messages not delivered"),
    "not_paid": marked("orders not paid"),
    "not_sent": marked("messages not sent yet"),
    "offline_message": marked("messages left while nobody was there"),
    "other_channel": marked("contacts on channels that are not read"),
    "other_event": marked("events of other kinds"),
    "removed": marked("removed tickets"),
    "ringing": marked("calls that rang without an answer, once for each agent"),
    "service": marked("messages of the service itself"),
    "spam": marked("spam"),
    "system": marked("messages of the system"),
    "totals": marked("lines of totals"),
    "unsupported": marked("messages that the export leaves out"),
}
"""The reasons for which the built-in sources skip rows."""


def in_plain_words(kind: str) -> str:
    """What an anomaly or a reason of skipping means; one of a user's own with spaces."""
    known = ANOMALY_TEXTS.get(kind) or SKIP_TEXTS.get(kind)
    return known or clean(kind.replace("_", " "))
