"""What customers answered to surveys: one answer a conversation and question, the latest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.conversations import KEY, columns_of
from supportcli.facts import SourceFacts
from supportcli.schema import RATINGS, TIMES

_UNKNOWN: Final[dict[str, type[pl.DataType] | pl.DataType]] = {
    "": pl.Float64,
    "_at": pl.Datetime("us"),
    "_scale": pl.String,
    "_good": pl.Boolean,
}

ANSWER_COLUMNS: Final = {
    f"{question}{part}": kind for question in RATINGS for part, kind in _UNKNOWN.items()
}
"""The latest answers of a conversation, for each question: the value, its time, the scale that it
is on (of which a group must hold one for a mean), and whether it is a good one."""


def questions_in(columns: Collection[str]) -> list[str]:
    """The questions whose answers these columns hold."""
    return [one for one in RATINGS if any(f"{one}{part}" in columns for part in _UNKNOWN)]


@dataclass(frozen=True)
class Answers:
    """The latest answer to a question of every conversation that has one, keyed; and the misfits.

    `frame` has the columns of ANSWER_COLUMNS for the question.
    """

    question: str
    frame: pl.DataFrame
    out_of_scale: int


def answer_time(have: Collection[str]) -> pl.Expr:
    """When a row's answer was given: a survey's own time, else the newest that the row knows."""
    newest = pl.max_horizontal(name for name in (*TIMES, "at") if name in have)
    survey = pl.col("kind") == "survey" if "kind" in have else pl.lit(value=False)
    return pl.when(survey).then("at").otherwise(newest)


def with_answer_times(events: pl.LazyFrame) -> pl.LazyFrame:
    """The log with the time of its answers, while every row has all the times that it came with."""
    have = columns_of(events)
    if not set(RATINGS).intersection(have):
        return events
    return events.with_columns(answer_time(have).alias(_ANSWERED_AT))


_ANSWERED_AT: Final = "answered\x1f"


def latest_answers(
    events: pl.LazyFrame, facts: Sequence[SourceFacts], question: str, satisfied_from: float | None
) -> Answers:
    """One answer a conversation to a question, the latest.

    Good are the top 40 % of a satisfaction scale (4 and 5 of 5, 3 of 3, 2 of 2), or the answers
    from `satisfied_from` up on the scales that it lies on; the best third of the way on a scale of
    effort (5 to 7 of 7); 9 and 10 of those who may recommend. An answer outside its scale is none;
    those are counted.
    """
    scales = {one.name: one.scale_of(question) for one in facts}
    worst = _by_source({name: scale[0] for name, scale in scales.items()})
    best = _by_source({name: scale[1] for name, scale in scales.items()})
    label = _by_source({one.name: one.scale_label(question) for one in facts})
    answer = pl.col(question)
    good = _GOOD[question](answer, worst, best)
    if question == "csat" and satisfied_from is not None:
        on_scale = (worst < satisfied_from) & (best >= satisfied_from)
        good = pl.when(on_scale).then(answer >= satisfied_from).otherwise(good)
    rows = events.filter(answer.is_not_null())
    within = answer.is_between(pl.min_horizontal(worst, best), pl.max_horizontal(worst, best))
    out_of_scale = int(rows.select(within.not_().sum()).collect().item())
    parts = {"": answer, "_at": pl.col(_ANSWERED_AT), "_scale": label, "_good": good}
    columns = {f"{question}{part}": expression for part, expression in parts.items()}
    latest = [f"{question}{part}" for part in ("_at", "", "_good", "_scale")]
    frame = (
        rows.filter(within)
        .select(KEY, **columns)
        .sort(KEY, *latest)
        .group_by(KEY, maintain_order=True)
        .last()
        .collect()
    )
    return Answers(question, frame, out_of_scale)


_Judge = Callable[[pl.Expr, pl.Expr, pl.Expr], pl.Expr]

_GOOD: Final[Mapping[str, _Judge]] = {
    # Multiplied out, to stay exact: a limit of 60 % of the scale has no exact float.
    "csat": lambda answer, worst, best: 5 * (answer - worst) > 3 * (best - worst),
    "nps": lambda answer, _, best: answer >= best - 1,
    # A scale of effort may run downwards, the easiest first: CES 1.0 is one from 5 to 1.
    "ces": lambda answer, worst, best: (
        3 * (answer - worst) * (best - worst).sign() >= 2 * (best - worst).abs()
    ),
}


def with_answers(conversations: pl.DataFrame, answers: Sequence[Answers]) -> pl.DataFrame:
    """The conversations with their answers beside them."""
    for one in answers:
        conversations = conversations.join(one.frame, on=KEY, how="left")
    return conversations


def unknown_answers(questions: Collection[str]) -> list[pl.Expr]:
    """The columns of questions that nobody answered."""
    return [
        pl.lit(None, dtype=kind).alias(f"{question}{part}")
        for question in questions
        for part, kind in _UNKNOWN.items()
    ]


def _by_source(values: dict[str, float] | dict[str, str]) -> pl.Expr:
    kind = pl.String if isinstance(next(iter(values.values())), str) else pl.Float64
    return pl.col("source").replace_strict(list(values), list(values.values()), return_dtype=kind)
