"""What the texts of opening hours mean, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from supportcli.settings.names import check_channel, check_country, check_timezone
from supportcli.settings.place import Fault

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_SHIFT: Final = re.compile(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*")
_DATE: Final = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*")
_FIRST_GREGORIAN_YEAR: Final = 1700
"""Years below are of the Jalali calendar, which is 621 years behind."""


def shift_minutes(text: str) -> tuple[int, int]:
    """When a shift begins and ends, in minutes after the midnight before it begins.

    One that ends at or before its beginning goes on into the next day. Raises ValueError when the
    text is no shift.
    """
    found = _SHIFT.fullmatch(text)
    numbers = [int(number) for number in found.groups()] if found else [24, 60, 24, 60]
    begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if max(numbers[1::2]) > 59 or begin >= _DAY or end > _DAY:
        raise ValueError(f'"{text}" is no shift, such as "09:00-17:00"')
    return begin, end if end > begin else end + _DAY


def read_day(text: str) -> dt.date:
    """The day that a text such as 2026-03-20 or 1404-12-29 names; raises ValueError for others."""
    found = _DATE.fullmatch(text)
    try:
        year, month, day = map(int, found.groups() if found else (0, 0, 0))
        if year >= _FIRST_GREGORIAN_YEAR:
            return dt.date(year, month, day)
        from persiantools.jdatetime import JalaliDate

        converted: dt.date = JalaliDate(year, month, day).to_gregorian()
        return converted
    except ValueError as error:
        reason = f'"{text}" is no day, such as 2026-03-20, or 1404-12-29 in the Jalali calendar'
        raise ValueError(reason) from error


def check_hours(tables: dict[str, Any]) -> Iterator[Fault]:
    """The faults of `[hours]`, each with its keys; what has the wrong type is left to others."""
    hours = tables.get("hours")
    yield from _check_schedule(hours, ["hours"])
    for kind in ("team", "channel"):
        for name, schedule in _items(hours, kind):
            keys = ["hours", kind, name]
            if kind == "channel":
                yield from _failure(check_channel, name, keys)
            yield from _check_schedule(schedule, keys)


def _check_schedule(schedule: Any, keys: list[str]) -> Iterator[Fault]:
    yield from _check_week(schedule, keys)
    yield from _check_text(schedule, "timezone", keys, check_timezone)
    for day in _texts(schedule, "holidays"):
        yield from _failure(read_day, day, [*keys, "holidays"])
    if not _texts(schedule, "holidays"):
        yield from _check_text(schedule, "country", keys, check_country)
    seasons = schedule.get("seasons") if isinstance(schedule, dict) else None
    for number, season in enumerate(seasons if isinstance(seasons, list) else []):
        yield from _check_season(season, [*keys, "seasons", str(number)])


def _check_season(season: Any, keys: list[str]) -> Iterator[Fault]:
    yield from _check_week(season, keys)
    wrong = [
        *_check_text(season, "since", keys, read_day),
        *_check_text(season, "until", keys, read_day),
    ]
    yield from wrong
    if not isinstance(season, dict) or wrong:
        return
    since, until = season.get("since", ""), season.get("until")
    if since == "":
        yield [*keys, "since"], "this key is missing: a season begins on some day"
    elif isinstance(since, str) and isinstance(until, str) and read_day(until) <= read_day(since):
        yield [*keys, "until"], f'"{until}" must be later than "{since}", when the season begins'


class _Shift(NamedTuple):
    """A shift of a week, in minutes after the midnight on which the week begins."""

    begin: int
    end: int
    day: str
    text: str

    def clash(self, other: _Shift, keys: list[str]) -> Fault:
        """That this shift begins before the other one has ended."""
        where = "" if other.day == self.day else f" of {other.day}"
        return [*keys, self.day], f'"{self.text}" overlaps "{other.text}"{where}'


def _check_week(week: Any, keys: list[str]) -> Iterator[Fault]:
    """Shifts that cannot be read, and those that begin before an earlier one has ended."""
    shifts: list[_Shift] = []
    for number, day in enumerate(DAYS):
        for text in _texts(week, day):
            try:
                begin, end = shift_minutes(text)
            except ValueError as error:
                yield [*keys, day], str(error)
            else:
                midnight = number * _DAY
                shifts.append(_Shift(midnight + begin, midnight + end, day, text))
    latest: _Shift | None = None
    for shift in sorted(shifts):
        if latest and shift.begin < latest.end:
            yield shift.clash(latest, keys)
        latest = shift if latest is None or shift.end > latest.end else latest
    for shift in shifts:
        if latest and shift.begin + _WEEK < latest.end:
            yield shift.clash(latest, keys)


def _check_text(
    table: Any, key: str, keys: list[str], check: Callable[[str], object]
) -> Iterator[Fault]:
    """What is wrong with the text of a key, where the key is there and its value is text."""
    text = table.get(key) if isinstance(table, dict) else None
    if isinstance(text, str):
        yield from _failure(check, text, [*keys, key])


def _failure(check: Callable[[str], object], text: str, keys: list[str]) -> Iterator[Fault]:
    try:
        check(text)
    except ValueError as error:
        yield keys, str(error)


def _texts(table: Any, key: str) -> list[str]:
    """The texts of a list in a table that may be no list, in what may be no table."""
    value = table.get(key) if isinstance(table, dict) else None
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _items(table: Any, key: str) -> Iterator[tuple[str, Any]]:
    value = table.get(key) if isinstance(table, dict) else None
    yield from value.items() if isinstance(value, Mapping) else ()
