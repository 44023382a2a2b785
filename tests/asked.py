"""What the oracle is asked, in the words of the program: its settings, its question, its input."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import oracle
from logs import events_as_parquet
from strategies import Log
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.kpis.model import Kpi
from supportcli.questions import Question
from supportcli.settings.model import (
    Agents,
    ChannelSwitch,
    Complaints,
    Costs,
    Fcr,
    Hours,
    Loyalty,
    Repeat,
    Schedule,
    Season,
    ServiceLevel,
    Settings,
    Survey,
)

EPOCH = dt.datetime(1970, 1, 1)


def _moment_text(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return f"{(EPOCH + dt.timedelta(microseconds=microseconds)).isoformat()}+00:00"


def _schedule(schedule: oracle.Schedule) -> dict[str, Any]:
    seasons = tuple(
        Season(since=since, until=until, **week) for since, until, week in schedule.seasons
    )
    return {
        **schedule.week,
        "timezone": schedule.timezone,
        "holidays": schedule.holidays,
        "seasons": seasons,
    }


def _hours(hours: oracle.Hours | None) -> Hours:
    if hours is None:
        return Hours()
    return Hours(
        **_schedule(hours.general),
        team={name: Schedule(**_schedule(own)) for name, own in hours.team.items()},
        channel={name: Schedule(**_schedule(own)) for name, own in hours.channel.items()},
    )


def settings_of(asked: oracle.Settings) -> Settings:
    """The same settings for the program."""
    return Settings(
        timezone=asked.timezone,
        calendar=cast("Any", asked.calendar),
        week_start=cast("Any", asked.week_start),
        currency=asked.currency,
        hours=_hours(asked.hours),
        costs=Costs(
            agent_hour=asked.costs.agent_hour,
            conversation=dict(asked.costs.conversation),
            monthly=dict(asked.costs.monthly),
        ),
        complaints=Complaints(
            topics=asked.complaint_topics, priorities=asked.complaint_priorities
        ),
        loyalty=Loyalty(
            orders=asked.loyal_orders,
            window=f"{asked.loyal_window_s}s",
            returning=f"{asked.returning_window_s}s",
        ),
        channel_switch=ChannelSwitch(window=f"{asked.channel_switch_window_s}s"),
        service_level=ServiceLevel(
            **{channel: f"{seconds}s" for channel, seconds in asked.service_level.items()
               if channel in ("phone", "chat")},
            short_abandon=f"{asked.short_abandon_s}s",
        ),
        fcr=Fcr(window=f"{asked.fcr_window_s}s", same_topic=asked.fcr_same_topic),
        repeat=Repeat(window=f"{asked.repeat_window_s}s"),
        agents=Agents(bots=tuple(asked.bots)),
        teams={team: tuple(agents) for team, agents in asked.teams.items()},
        survey=Survey(csat_satisfied=asked.csat_satisfied),
    )  # fmt: skip


def question_of(asked: oracle.Settings, kpis: Sequence[Kpi] = ()) -> Question:
    """The same question for the program, of these KPIs or of all."""
    return Question(
        kpis=kpis or list(CATALOGUE.values()),
        by=asked.by,
        period=asked.period,
        since=_moment_text(asked.since),
        until=_moment_text(asked.until),
        as_of=_moment_text(asked.as_of),
    )


@contextlib.contextmanager
def stored(log: Log) -> Iterator[ReadOptions]:
    """The log as an input of the program."""
    sources, events = log
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        path.write_bytes(events_as_parquet(events, sources))
        yield ReadOptions((str(path),))
