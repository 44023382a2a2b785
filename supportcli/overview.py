"""What has to be asked of a log for a report that people read, and what the answers make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.kpis.speed import ANSWERED_WAIT, LEFT_WAIT
from supportcli.pipeline import Answers
from supportcli.questions import AUTO, Question, own_dimensions
from supportcli.report.dashboard import (
    FIRST_RESPONSE,
    RESOLUTION,
    Dashboard,
    spreads_of,
    waitings_of,
)
from supportcli.settings import Settings

_COURSES: Final = ("received", "backlog", "csat")
_SPANS: Final = (
    f"{FIRST_RESPONSE}.median",
    f"{FIRST_RESPONSE}.p90",
    f"{RESOLUTION}.median",
    f"{RESOLUTION}.p90",
    "service_level",
)
_RANKED: Final = (
    "received",
    f"{FIRST_RESPONSE}.median",
    f"{RESOLUTION}.median",
    "handle_time.mean",
    "fcr",
    "csat",
)
MOST_SECTIONS: Final = 12
"""So many groups have sections of their own: those of most conversations."""

RANKINGS: Final = ("agent", "topic")
"""The dimensions of which the best and the worst are shown."""


@dataclass(frozen=True)
class Overview:
    """The questions of a dashboard: the report's own first, then those beside it."""

    asked: Question
    by: tuple[str, ...]

    @classmethod
    def of(cls, asked: Question) -> Overview:
        """The overview that shows the answer to a question."""
        return cls(asked, own_dimensions(asked.by))

    @property
    def rankings(self) -> list[str]:
        """What is ranked in each section; a section of one agent ranks no agents."""
        return [name for name in RANKINGS if name not in self.by]

    @property
    def questions(self) -> list[Question]:
        """All that has to be asked, in the order in which `dashboard` takes the answers."""
        most = (MOST_SECTIONS, self.by)
        beside = replace(self.asked, meetings=False, period=None, by=self.by, most=most)
        cuts = dict.fromkeys([(), self.by])
        ranked = [
            replace(beside, kpis=_kpis(_RANKED), by=(*cut, name), most=(MOST_SECTIONS, cut))
            for name in self.rankings
            for cut in cuts
        ]
        return [
            self.asked,
            self._trend(most),
            replace(beside, kpis=[*_kpis(_SPANS), ANSWERED_WAIT, LEFT_WAIT]),
            replace(beside, kpis=_kpis(["received"]), by=(*self.by, "weekday", "hour")),
            *ranked,
        ]

    def _trend(self, most: tuple[int, tuple[str, ...]]) -> Question:
        """The course of the KPIs; where the report has periods itself, of those that it lacks."""
        courses = _kpis(_COURSES)
        if not self.has_own_trend:
            return replace(trend_of(replace(self.asked, by=self.by), courses), most=most)
        lacking = [kpi for kpi in courses if kpi not in self.asked.kpis]
        return replace(self.asked, kpis=lacking, meetings=False)

    @property
    def has_own_trend(self) -> bool:
        """Whether the report itself has the course of its KPIs."""
        return self.asked.period is not None and self.asked.by == self.by

    def dashboard(self, answers: Answers, settings: Settings) -> Dashboard:
        """The dashboard that the answers to the questions make."""
        report, trend, spans, busy, *ranked = answers.all
        course = trend.report
        if self.has_own_trend:
            course = replace(report.report, rows=(*report.report.rows, *course.rows))
        return Dashboard(
            report=report.report,
            by=self.by,
            trend=course,
            spans=spans.report,
            busy=busy.report,
            rankings={one.report.by: one.report for one in ranked},
            spreads=spreads_of(spans.report, spans.parts),
            waitings=waitings_of(spans.report, spans.parts),
            promised_s={
                channel: ms / 1_000 for channel, ms in settings.service_level.threshold_ms.items()
            },
            min_n=settings.report.min_n,
            notes=answers.log.notes,
        )


def trend_of(asked: Question, more: Sequence[Kpi] = ()) -> Question:
    """The course of what was asked, by its own period or by one that fits; and of more KPIs."""
    kpis = {kpi.id: kpi for kpi in (*asked.kpis, *more)}
    period = asked.period or AUTO
    return replace(asked, kpis=list(kpis.values()), period=period, meetings=False)


def _kpis(ids: Sequence[str]) -> list[Kpi]:
    return [CATALOGUE[name] for name in ids]
