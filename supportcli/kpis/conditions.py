"""Who counts in a KPI: conditions with a name, the denominators of the catalogue in words."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from supportcli.conversations import knows


@dataclass(frozen=True, eq=False)
class Condition:
    """What a row must have to count; `otherwise` says of one that has not why it does not.

    `implied` marks what the measure says by itself, being null where it does not hold: it is not
    computed again for a report, only for the explanation of one.
    """

    holds: pl.Expr
    otherwise: str
    implied: bool = False


def known(column: str, otherwise: str) -> Condition:
    """The measure is null where this column is."""
    return Condition(pl.col(column).is_not_null(), otherwise, implied=True)


HAS_CONTACT_TIME = known("contacted_at", "no time of contact is known")
HAS_REPLY_TIME = known("replied_at", "no time of a human reply is known")
IS_RECEIVED = Condition(pl.col("is_received"), "no contact of the customer is known")
IS_OPENED = Condition(pl.col("contacted_at").is_not_null(), "no time of contact is known")
IS_ANSWERED = Condition(pl.col("is_answered"), "no human answered")
IS_RESOLVED = Condition(pl.col("is_resolved"), "not resolved, or open again")
IS_RESOLVED_IMPLIED = Condition(pl.col("is_resolved"), "not resolved, or open again", implied=True)
IS_IDENTIFIED = Condition(pl.col("is_identified"), "the customer is unknown")
ON_WAITING_CHANNEL = Condition(
    pl.col("is_waiting_channel"), "not on phone or chat, where people wait", implied=True
)
IS_OFFERED = Condition(pl.col("is_offered"), "neither queued, answered nor abandoned")
HAS_WAIT_START = Condition(pl.col("wait_from").is_not_null(), "no beginning of the wait is known")
NOT_SHORT = Condition(pl.col("is_short_abandon").not_(), "left within service_level.short_abandon")
TELLS_RESOLUTION = Condition(knows("resolved_at"), "its source knows no resolutions")
TELLS_REPLIES = Condition(knows("replied_at", "replies"), "its source knows no human replies")
TELLS_ABANDONMENT = Condition(
    knows("abandoned_at"), "its source does not know who left before an answer"
)
