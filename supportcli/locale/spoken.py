"""What a report says with other digits, and in other languages."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any, Final

from babel import Locale

from supportcli import clock
from supportcli.currency import digits_behind
from supportcli.durations import parse_duration_ms
from supportcli.locale.numerals import numerals_of
from supportcli.wording import clean, duration_parts
from supportcli.words import Calendar, Name, Phrase, Words, marked

DOMAIN: Final = "supportkpi"
RIGHT_TO_LEFT: Final = frozenset({"fa", "ar"})

JALALI_MONTHS: Final = (
    marked("Farvardin"),
    marked("Ordibehesht"),
    marked("Khordad"),
    marked("Tir"),
    marked("Mordad"),
    marked("Shahrivar"),
    marked("Mehr"),
    marked("Aban"),
    marked("Azar"),
    marked("Dey"),
    marked("Bahman"),
    marked("Esfand"),
)
DURATIONS: Final = {
    "d": marked("{number}d"),
    "h": marked("{number}h"),
    "m": marked("{number}m"),
    "s": marked("{number}s"),
}
DURATION: Final = marked("{longer} {shorter}")
COMPARISONS: Final = {
    "<=": marked("at most {limit}"),
    "<": marked("less than {limit}"),
    ">=": marked("at least {limit}"),
    ">": marked("more than {limit}"),
}
POINTS: Final = marked("{number} pp")
AMOUNT: Final = marked("{number} {currency}")
DATE: Final = marked("{day} {month} {year}")
MONTH: Final = marked("{month} {year}")
QUARTER: Final = marked("{quarter} {year}")
MOMENT: Final = marked("{day} {time}")

_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"
_MARK: Final = "\u200e"
_DAYS_COUNTED_FROM: Final = 3
_BARE: Final = frozenset({"count", "score", "points", "ratio", "hour"})
_LIMIT: Final = re.compile(r"\s*(<=|<|>=|>)\s*(\S.*?)\s*")


class English(Words):
    """English with other digits; only numbers have them, not the texts around them."""

    def __init__(self, calendar: Calendar, digits: str, lang: str = "en") -> None:
        super().__init__(calendar)
        self.lang = lang
        self.numerals = numerals_of(lang, digits)

    def text(self, message: str) -> str:
        """A marked text as it is, a phrase with its numbers in these digits."""
        if isinstance(message, Phrase):
            return message.template.format(**self._parts(message))
        return message

    def _parts(self, said: Phrase) -> dict[str, str]:
        return {key: self._part(value) for key, value in said.parts.items()}

    def _part(self, value: Any) -> str:
        if isinstance(value, int | float):
            return self.numerals.written(f"{value:,}")
        if isinstance(value, dt.date):
            return self._local(value)
        if isinstance(value, Name):
            return value
        return self.text(value if isinstance(value, str) else str(value))

    def _local(self, day: dt.date) -> str:
        """A local day, or a local moment."""
        return self.numerals.written(str(day))

    def name(self, value: object, dimension: str) -> str:
        """A value of a dimension; of those that are numbers, in these digits."""
        said = super().name(value, dimension)
        return self.numerals.written(said) if dimension == "hour" else said

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with thousands apart."""
        return self.numerals.written(super().number(value, decimals))

    def value(self, value: float | None, unit: str) -> str:
        """A value of a unit, as English says it."""
        return self.numerals.written(super().value(value, unit))

    def change(self, change: float, unit: str) -> str:
        """A change with its sign."""
        return self.numerals.written(super().change(change, unit))

    def day(self, day: dt.date) -> str:
        """A day of the local calendar, by numbers."""
        return self.numerals.written(super().day(day))

    def moment(self, moment: dt.datetime, timezone: str) -> str:
        """A naive UTC moment as local time."""
        return self.numerals.written(super().moment(moment, timezone))

    def period(self, begins: dt.datetime, period: str) -> str:
        """A period by its local beginning."""
        return self.numerals.written(super().period(begins, period))

    def written(self, text: str) -> str:
        """A text that holds digits, such as a target."""
        return self.numerals.written(super().written(text))


class Translated(English):
    """A language with a catalogue, which reads from right to left."""

    def __init__(self, lang: str, calendar: Calendar, digits: str) -> None:
        super().__init__(calendar, digits, lang)
        self.direction = "rtl" if lang in RIGHT_TO_LEFT else "ltr"
        self.catalogue = catalogue_of(lang)
        self.locale = Locale.parse(lang)

    def text(self, message: str) -> str:
        """A text as the catalogue has it, in the digits asked for, with its parts in it.

        A part that no catalogue knows is a name; one that reads from left to right is isolated.
        """
        if not isinstance(message, Phrase):
            return self._constant(message)
        return self._constant(message.template).format(**self._parts(message))

    def _constant(self, text: str) -> str:
        said = self.catalogue.gettext(text) if text else text
        return self.numerals.in_text(said) if said != text else text

    def _part(self, value: Any) -> str:
        said = super()._part(value)
        return isolated(said) if said == value else said

    def _say(self, template: str, **parts: str) -> str:
        return self._constant(template).format(**parts)

    def listed(self, texts: Iterable[str]) -> str:
        """Texts in a row, each of them isolated where it reads from left to right."""
        return "، ".join(isolated(text) for text in texts)

    def value(self, value: float | None, unit: str) -> str:
        """A value of a unit, with the unit's name or sign."""
        if value is None:
            return super().value(value, unit)
        if unit == "s":
            return self.duration(value)
        if unit == "share":
            return self.numerals.share(Words.number(self, 100 * value, 1))
        if unit not in _BARE:
            amount = self.number(value, digits_behind(unit))
            return self._say(AMOUNT, number=amount, currency=self.currency(unit))
        return super().value(value, unit)

    def duration(self, seconds: float) -> str:
        """Seconds as the two units that matter; the smaller one only where it is not nought."""
        first, *rest = duration_parts(seconds)
        parts = [first, *((str(int(number)), unit) for number, unit in rest if int(number))]
        longer, *shorter = (self._time(number, unit) for number, unit in parts)
        return self._say(DURATION, longer=longer, shorter=shorter[0]) if shorter else longer

    def _time(self, number: str, unit: str) -> str:
        """So many of a unit of time; days in the plural that goes with their number.

        Arabic has words for one and for two days that hold no number; they would leave a change
        without the number that its sign belongs to, so those days are counted as well.
        """
        if unit != "d" or int(number) < _DAYS_COUNTED_FROM:
            return self._say(DURATIONS[unit], number=self.numerals.written(number))
        from babel.units import format_unit

        days = format_unit(
            int(number), "duration-day", "short", locale=self.locale, numbering_system="latn"
        )
        return self.numerals.in_text(days)

    def currency(self, code: str) -> str:
        """The name of a currency; one that is not known by its code stays, isolated."""
        from babel.numbers import get_currency_name

        name = get_currency_name(code.upper(), locale=self.lang)
        return isolated(clean(code)) if name == code.upper() else name

    def change(self, change: float, unit: str) -> str:
        """A change with its sign; of a share in percentage points."""
        size = self.value(abs(change), unit)
        if unit == "share":
            size = self._say(POINTS, number=self.number(abs(100 * change), 1))
        return self.numerals.signed(size, is_negative=change < 0)

    def day(self, day: dt.date) -> str:
        """A day with the name of its month: 11 Esfand 1404."""
        year, month, number = Words.day(self, day).split("-")
        parts = {"day": self._count(number), "month": self._month(int(month))}
        return self._say(DATE, **parts, year=self._count(year))

    def moment(self, moment: dt.datetime, timezone: str) -> str:
        """A naive UTC moment as local time: 11 Esfand 1404, 14:05."""
        return self._local(clock.to_local(moment, timezone).replace(second=0))

    def _local(self, day: dt.date) -> str:
        """A local day, or a local moment, with its seconds where it has any."""
        if not isinstance(day, dt.datetime):
            return self.day(day)
        time = self.numerals.written(f"{day:%H:%M:%S}" if day.second else f"{day:%H:%M}")
        return self._say(MOMENT, day=self.day(day.date()), time=time)

    def period(self, begins: dt.datetime, period: str) -> str:
        """A period by its local beginning: 11 Esfand 1404, Esfand 1404, fourth quarter 1404."""
        label = Words.period(self, begins, period)
        year, _, part = label.partition("-")
        if period == "hour":
            return self._local(begins)
        if period == "month":
            return self._say(MONTH, month=self._month(int(part)), year=self._count(year))
        if period == "quarter":
            quarter = self.locale.quarters["format"]["wide"][int(part.removeprefix("Q"))]
            return self._say(QUARTER, quarter=quarter, year=self._count(year))
        return self._count(year) if period == "year" else self.day(begins.date())

    def written(self, text: str) -> str:
        """A target such as `<= 4h` in words; what is none, in the digits of the language."""
        found = _LIMIT.fullmatch(text)
        if found is None:
            return self.numerals.in_text(clean(text))
        return self._say(COMPARISONS[found[1]], limit=self._limit(found[2]))

    def _limit(self, text: str) -> str:
        if not text[-1].isalpha():
            return self.numerals.in_text(clean(text))
        try:
            return self.duration(parse_duration_ms(text) / 1000)
        except ValueError:
            return self.numerals.in_text(clean(text))

    def _count(self, digits: str) -> str:
        """A year or a day of a month, without leading noughts and without thousands apart."""
        return self.numerals.written(str(int(digits)))

    def _month(self, number: int) -> str:
        if self.calendar == "jalali":
            return self._constant(JALALI_MONTHS[number - 1])
        return str(self.locale.months["format"]["wide"][number])


def isolated(text: str) -> str:
    """A text that holds letters which read from left to right, so that nothing around it moves."""
    letters = (mark for mark in text if mark != _MARK)
    if not any(unicodedata.bidirectional(mark) == "L" for mark in letters):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


@cache
def catalogue_of(lang: str) -> NullTranslations:
    """The compiled catalogue of a language."""
    return translation(DOMAIN, Path(__file__).parent, [lang])
