"""How a report speaks: English here, other languages in `supportcli.locale`.

Everything that people read in a report passes a `Words`: sentences, numbers, durations, dates and
names. A sentence that is made of parts is a `Phrase`, which is its English text and remembers its
parts, so that a language can say it anew. What can be said is marked in the source, for the
catalogues of translations are extracted from there: by `marked`, `phrase` and `Words.text`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, Literal

from supportcli import clock
from supportcli.wording import change_in_words, clean, value_in_words

Calendar = Literal["gregorian", "jalali"]


class Name(str):
    """A part of a phrase that no language translates, though it may read like a text of ours.

    The data or the user named it so, or it has been said in the language already.
    """

    __slots__ = ()


class Phrase(str):
    """A sentence with parts, as its English text; `template` and `parts` are what it is made of.

    A part is a text (itself a marked one, a phrase, or a Name), a number, or a local
    day or moment.
    """

    __slots__ = ("parts", "template")

    template: str
    parts: dict[str, Any]


def phrase(template: str, **parts: Any) -> Phrase:
    """A sentence made of parts; numbers are written with thousands apart.

    >>> phrase("no export carries {what}", what="orders")
    'no export carries orders'
    """
    shown = {k: f"{v:,}" if isinstance(v, int | float) else str(v) for k, v in parts.items()}
    made = Phrase(template.format(**shown))
    made.template, made.parts = template, parts
    return made


def marked(text: str) -> str:
    """The text itself, marked as one that the catalogues translate."""
    return text


def harmless(text: str) -> str:
    """A text in which what stems from the data is cleaned, and that is translated all the same."""
    if isinstance(text, Name):
        return Name(clean(text))
    if not isinstance(text, Phrase):
        return clean(text)
    parts = {k: harmless(v) if isinstance(v, str) else v for k, v in text.parts.items()}
    return phrase(text.template, **parts)


class Words:
    """What English says; the languages of `supportcli.locale` say the same in their own way.

    `calendar` is the one that dates are written in.
    """

    lang: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"

    def __init__(self, calendar: Calendar = "gregorian") -> None:
        self.calendar: Calendar = calendar

    def text(self, message: str) -> str:
        """A marked text or a phrase in this language; what no catalogue knows stays as it is."""
        return str(message)

    def name(self, value: object, dimension: str) -> str:
        """A value of a dimension as people read it, `unknown` for None.

        What the data name is cleaned of everything that moves a cursor or turns the direction.
        """
        if value is None:
            return self.text("unknown")
        if dimension == "channel":
            return self.text(str(value).replace("_", " "))
        if dimension == "weekday":
            return self.text(str(value).capitalize())
        if dimension == "hour":
            return f"{value:02d}:00"
        return Name(clean(str(value)))

    def heading(self, text: str) -> str:
        """A text as the beginning of a line: with a capital, where the language has such."""
        return _ABBREVIATIONS.get(text) or f"{text[:1].upper()}{text[1:]}"

    def listed(self, texts: Iterable[str]) -> str:
        """Texts in a row, with the commas of the language."""
        return ", ".join(texts)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with thousands apart."""
        return f"{value:,.{decimals}f}"

    def value(self, value: float | None, unit: str) -> str:
        """A value of a unit as `value_in_words` says it: 1m 05s, 52.1 %, 4.31; a dash for None."""
        return value_in_words(value, unit)

    def change(self, change: float, unit: str) -> str:
        """A change as `change_in_words` says it: +1m 05s, -2.1 pp, +12."""
        return change_in_words(change, unit)

    def day(self, day: dt.date) -> str:
        """A day of the local calendar, to be read among others: 2026-03-02."""
        return clock.Calendar(kind=self.calendar).label(dt.datetime.combine(day, dt.time()), "day")

    def moment(self, moment: dt.datetime, timezone: str) -> str:
        """A naive UTC moment as local time: 2026-03-02 14:05."""
        here = clock.to_local(moment, timezone)
        return f"{self.day(here.date())} {here:%H:%M}"

    def period(self, begins: dt.datetime, period: str) -> str:
        """A period by its local beginning: 2026-03-02T09, 2026-03-02, 2026-03, 2026-Q1 or 2026."""
        return clock.Calendar(kind=self.calendar).label(begins, period)

    def written(self, text: str) -> str:
        """A target such as `<= 4h` as people write it: ≤ 4h."""
        return clean(text).replace("<=", "≤").replace(">=", "≥")


_ABBREVIATIONS: Final = {"sms": "SMS"}
"""Words of ours that stand in capitals where others have one."""
