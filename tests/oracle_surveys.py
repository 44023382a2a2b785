"""What customers answer when they are asked, naively."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from oracle_rows import Row, Rows, Statistic, mean, score, share
from oracle_world import RATINGS, Event, Rating, World, least


def _satisfied(answer: Rating, threshold: float | None) -> bool:
    """The top 40 % of the scale (4 and 5 of 5; 3 of 3; 2 of 2), or the limit set for it."""
    if threshold is not None and answer.scale[0] < threshold <= answer.scale[1]:
        return answer.value >= threshold
    low, high = Fraction(answer.scale[0]), Fraction(answer.scale[1])
    return Fraction(answer.value) > low + Fraction(3, 5) * (high - low)


def _csat_satisfied(world: World, answer: Rating) -> int:
    """Whether an answer says satisfied."""
    return int(_satisfied(answer, world.settings.csat_satisfied))


def _promoter_points(answer: Rating) -> int:
    """9 and 10 promote, 0 to 6 detract, the others are passive and count as nought."""
    if answer.value >= 9:
        return 100
    return -100 if answer.value <= 6 else 0


def _easy(answer: Rating) -> bool:
    """At least two thirds of the way from the worst to the best: 5, 6 and 7 of 7."""
    worst, best = (Fraction(end) for end in answer.scale)
    return (Fraction(answer.value) - worst) / (best - worst) >= Fraction(2, 3)


def _answers(rating: str, value: Callable[[World, Rating], int | float]) -> Rows:
    """One row for every conversation with an answer, by the time of the answer."""

    def rows(world: World) -> list[Row]:
        return [
            Row(c, answer.time, value(world, answer), scale=answer.scale)
            for c in world.served
            if (answer := getattr(c, rating)) is not None
        ]

    return rows


def _points_rows(world: World) -> list[Row]:
    """100 x (share of promoters - share of detractors) is the mean of these points."""
    rows = _answers("nps", lambda _, answer: _promoter_points(answer))(world)
    return [replace(row, scale=None) for row in rows]


def _survey_response_rows(world: World) -> list[Row]:
    """Conversations with an answer / surveys offered, or resolved where offers are unknown.

    Offers are known where the data has a survey without an answer: then everyone who got a survey
    was asked, by the last resolution, else by the time of the survey.
    """
    surveys = [event for event in world.events if event.kind == "survey"]
    offers_known = any(_is_unanswered(event) for event in surveys)
    rows = []
    for c in world.served:
        asked_at = least(*(event.at for event in c.events if event.kind == "survey"))
        answered = int(any(getattr(c, rating) is not None for rating in RATINGS))
        if offers_known and asked_at is not None:
            anchor = asked_at if c.resolved_last is None else c.resolved_last
            rows.append(Row(c, anchor, answered))
        elif not offers_known and c.resolved:
            rows.append(Row(c, c.resolved_last, answered))
    return rows


def _is_unanswered(event: Event) -> bool:
    """Whether nothing was answered, not even out of the scale."""
    return all(getattr(event, rating) is None for rating in RATINGS)


SURVEYS: tuple[tuple[str, Rows, Statistic], ...] = (
    ("csat", _answers("csat", _csat_satisfied), share),
    ("csat", _answers("csat", lambda _, answer: answer.value), mean),
    ("nps", _points_rows, score),
    ("ces", _answers("ces", lambda _, answer: int(_easy(answer))), share),
    ("ces", _answers("ces", lambda _, answer: answer.value), mean),
    ("survey_response_rate", _survey_response_rows, share),
)
