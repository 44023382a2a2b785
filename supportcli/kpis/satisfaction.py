"""What customers say of it."""

from __future__ import annotations

from typing import Final

import polars as pl

from supportcli.kpis.model import SATISFACTION, SCALE, Kpi

SATISFACTIONS: Final = (
    Kpi(
        id="csat",
        title="Customer satisfaction (CSAT)",
        unit="share",
        statistic="share",
        measure=pl.col("is_satisfied").cast(pl.Int64),
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
        measure=(pl.col("csat") * SCALE["score"]).round().cast(pl.Int64),
        definition="The mean answer on the scale that the source declares; null where sources of "
        "different scales meet.",
        needs=(SATISFACTION,),
        anchor="csat_at",
        better="higher",
        same="csat_scale",
    ),
)
