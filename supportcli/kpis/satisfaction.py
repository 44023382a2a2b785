"""What customers say of it."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.conditions import Condition, known
from supportcli.kpis.model import SCALE, Kpi
from supportcli.kpis.needs import ANSWERS, EFFORT, RECOMMENDATION, SATISFACTION

_RECOMMENDS: Final = pl.when("nps_good").then(100).when(pl.col("nps") <= 6).then(-100).otherwise(0)


def _score(question: str) -> pl.Expr:
    return (pl.col(question) * SCALE["score"]).round().cast(pl.Int64)


def _answered(question: str) -> Condition:
    return known(question, "no answer on the scale is known")


SATISFACTIONS: Final = (
    Kpi(
        id="csat",
        title="Customer satisfaction (CSAT)",
        unit="share",
        statistic="share",
        measure=pl.col("csat_good").cast(pl.Int64),
        among=(_answered("csat"),),
        definition="Satisfied answers of all answers: 4 and 5 of 5, 3 of 3, 2 of 2, the top 40 % "
        "of other scales ([survey] csat_satisfied overrides). One answer a conversation, the "
        "latest. Who was asked and did not answer is not in it.",
        needs=(SATISFACTION,),
        anchor="csat_at",
        better="higher",
        headline=True,
    ),
    Kpi(
        id="csat.mean",
        title="CSAT, mean score",
        unit="score",
        statistic="mean",
        measure=_score("csat"),
        among=(_answered("csat"),),
        definition="The mean answer on the scale that the source declares; null where sources of "
        "different scales meet.",
        needs=(SATISFACTION,),
        anchor="csat_at",
        better="higher",
        same="csat_scale",
    ),
    Kpi(
        id="nps",
        title="Net promoter score (NPS)",
        unit="points",
        statistic="mean",
        measure=pl.when(pl.col("nps").is_not_null()).then(_RECOMMENDS),
        among=(_answered("nps"),),
        definition="100 x (the share of 9 and 10 less the share of 0 to 6) of the answers from 0 "
        "to 10 whether one would recommend us; 7 and 8 count among the answers. One answer a "
        "conversation, the latest.",
        formula="100 x (promoters - detractors) / answers",
        needs=(RECOMMENDATION,),
        anchor="nps_at",
        better="higher",
    ),
    Kpi(
        id="ces",
        title="Customer effort (CES)",
        unit="share",
        statistic="share",
        measure=pl.col("ces_good").cast(pl.Int64),
        among=(_answered("ces"),),
        definition="Answers that it was easy, of all answers: 5 to 7 of 7, the best third of the "
        "way on other scales. The source declares the scale, the worst answer first.",
        needs=(EFFORT,),
        anchor="ces_at",
        better="higher",
        differs="CES 1.0 asks for the effort itself and runs the other way: its scale is [5, 1].",
    ),
    Kpi(
        id="ces.mean",
        title="CES, mean score",
        unit="score",
        statistic="mean",
        measure=_score("ces"),
        among=(_answered("ces"),),
        definition="The mean answer on the scale that the source declares; null where sources of "
        "different scales meet.",
        needs=(EFFORT,),
        anchor="ces_at",
        same="ces_scale",
    ),
    Kpi(
        id="survey_response_rate",
        title="Survey response rate",
        unit="share",
        statistic="share",
        measure=pl.col("has_answer").cast(pl.Int64),
        among=(Condition(pl.col("is_asked"), "not asked, as far as is known"),),
        definition="Conversations with an answer, of those whose customers were asked. Where no "
        "export shows the surveys that nobody answered, of the conversations resolved.",
        needs=(ANSWERS,),
        anchor="asked_at",
        better="higher",
    ),
)
