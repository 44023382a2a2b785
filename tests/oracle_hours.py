"""Opening hours, naively: every shift of every day as an interval of instants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oracle_time import WEEKDAYS, instant, local
from oracle_world import Conversation, Hours, Schedule, Settings

Week = Mapping[str, tuple[str, ...]]


def schedule_of(conversation: Conversation, hours: Hours) -> Schedule:
    """Of its team if it has one, else of its channel, else the general one."""
    if conversation.team is not None and conversation.team in hours.team:
        return hours.team[conversation.team]
    if conversation.channel is not None and conversation.channel in hours.channel:
        return hours.channel[conversation.channel]
    return hours.general


def has_shifts(schedule: Schedule) -> bool:
    """Whether it is ever open."""
    weeks = [schedule.week, *(week for _, _, week in schedule.seasons)]
    return any(shifts for week in weeks for shifts in week.values())


def _week_of(day: date, schedule: Schedule) -> Week:
    """From `since` on until `until`, exclusive; of several that hold the last one listed counts."""
    week = schedule.week
    for since, until, shifts in schedule.seasons:
        if date.fromisoformat(since) <= day and (until is None or day < date.fromisoformat(until)):
            week = shifts
    return week


def _shifts(day: date, schedule: Schedule, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The shifts that begin on a day; one that ends at or before its beginning ends a day later."""
    if day.isoformat() in schedule.holidays:
        return
    for shift in _week_of(day, schedule).get(WEEKDAYS[day.weekday()], ()):
        opens, closes = (time.fromisoformat(end) for end in shift.split("-"))
        last = day + timedelta(days=1) if closes <= opens else day
        yield (
            instant(datetime.combine(day, opens), zone),
            instant(datetime.combine(last, closes), zone),
        )


def open_ms(schedule: Schedule, settings: Settings, start: int, end: int) -> int:
    """How long it was open between two instants; where shifts overlap, the time counts once."""
    zone = ZoneInfo(schedule.timezone or settings.timezone)
    day = local(start, zone).date() - timedelta(days=2)
    last = local(end, zone).date() + timedelta(days=1)
    intervals: list[tuple[int, int]] = []
    while day <= last:
        intervals += _shifts(day, schedule, zone)
        day += timedelta(days=1)
    total, counted_until = 0, start
    for opens, closes in sorted(intervals):
        fresh_until = max(counted_until, min(closes, end))
        total += fresh_until - min(max(opens, counted_until), fresh_until)
        counted_until = fresh_until
    return total // 1000
