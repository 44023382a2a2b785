"""The answers of customers, each with what its conversation was like: what `drivers` looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.conversations import KEY, all_knowledge, columns_of, knows
from supportcli.drivers import (
    FACTORS,
    POSITION,
    SATISFIED,
    Drivers,
    Factor,
    all_answers,
    by_strength,
)
from supportcli.errors import InputError
from supportcli.events import EventLog, read_log
from supportcli.facts import SourceFacts
from supportcli.intake import ReadOptions
from supportcli.kpis.derive import Context
from supportcli.kpis.windows import derive, requirements
from supportcli.prepare import Prepared, columns_to_read, folded_conversations, prepare
from supportcli.questions import Question, slices_of
from supportcli.settings import Settings
from supportcli.sources.plan import EVERY_RATING, ratings_among
from supportcli.surveys import answer_time


@dataclass(frozen=True)
class Result:
    """What goes with satisfaction, and the log it was made of."""

    drivers: Drivers
    log: EventLog


_MEASURED: Final = {
    "first_response": pl.col("first_response_ms"),
    "resolution": pl.col("resolution_ms"),
    "replies": pl.when(pl.col("is_answered") | knows("replied_at", "replies").not_())
    .then("replies")
    .otherwise(pl.lit(0)),
    "transfers": pl.when(pl.col("is_answered") & pl.col("knows_hand_over")).then(
        pl.max_horizontal(pl.col("transfers").fill_null(0), pl.col("has_transfer").cast(pl.Int32))
    ),
    "channel": pl.col("channel"),
    "topic": pl.col("topic"),
    "wait": pl.coalesce("queue_wait_ms", "abandon_wait_ms"),
}
"""The factors as columns of a conversation.

Without a reply of a human agent there were 0 replies, and nobody was there to transfer it; where
only the agents of the replies are known, several of them are 1 transfer. The wait ends with the
answer, or with leaving.
"""


def find_drivers(reading: ReadOptions, settings: Settings, question: Question) -> Result:
    """Which factors go with satisfaction, over the answers given within the window.

    Raises the errors of `read_log`, UsageError for times that cannot be read, and InputError where
    no export carries answers.
    """
    columns = Context.unread(settings).columns
    roots = [root for one in _MEASURED.values() for root in one.meta.root_names()]
    wanted = requirements(
        ["is_outreach", "csat", "csat_at", "csat_good", "csat_scale", *roots], columns
    )
    log = read_log(reading, settings, [*columns_to_read(wanted, settings), EVERY_RATING])
    if "csat" not in all_knowledge(log.facts):
        raise InputError(
            "no export carries satisfaction answers",
            hint="a list of surveys beside the other exports has them, or a mapping whose "
            "[fields] fill csat",
        )
    slices = slices_of(question, settings, log.frame)
    prepared = prepare(log, settings, slices.as_of)
    people = derive(folded_conversations(prepared, wanted), wanted, prepared.context)
    rated, factors = _ratings(prepared)
    answers = (
        people.filter(pl.col("csat").is_not_null() & pl.col("is_outreach").not_())
        .filter(slices.holds(pl.col("csat_at")))
        .select(
            KEY,
            _position(log.facts).alias(POSITION),
            pl.col("csat_good").alias(SATISFIED),
            *(one.alias(name) for name, one in _MEASURED.items()),
        )
        .join(rated, on=KEY, how="left")
        .collect()
    )
    drivers = Drivers(
        as_of=slices.as_of,
        timezone=settings.timezone,
        since=slices.since,
        until=slices.until,
        intakes=log.intakes,
        answers=all_answers(answers),
        drivers=by_strength(answers, [*FACTORS, *factors]),
    )
    return Result(drivers, log)


def _position(facts: list[SourceFacts]) -> pl.Expr:
    """Where an answer lies on the scale of its source, from 0 to 1."""
    scales = {one.scale_label("csat"): one.scale_of("csat") for one in facts}
    least, greatest = (
        pl.col("csat_scale").replace_strict(
            list(scales), [scale[end] for scale in scales.values()], return_dtype=pl.Float64
        )
        for end in (0, 1)
    )
    return (pl.col("csat") - least) / (greatest - least)


def _ratings(prepared: Prepared) -> tuple[pl.LazyFrame, list[Factor]]:
    """Every rating of `[ratings]` as a factor, and its latest value in each conversation."""
    have = columns_of(prepared.events)
    columns = ratings_among(have)
    factors = [Factor(f"ratings.{name}", name, "rating") for name in columns]
    latest = [
        pl.col(column).sort_by(answer_time(have), column).drop_nulls().last().alias(factor.name)
        for factor, column in zip(factors, columns.values(), strict=True)
    ]
    return prepared.events.group_by(KEY).agg(latest), factors
