"""Numbers as a language writes them: its digits, and the signs in them and beside them.

The signs are those of the Unicode CLDR. Where digits run against the direction of the text, its
signs carry marks that keep them at their number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

SYSTEMS: Final = {"latin": "latn", "persian": "arabext", "arabic": "arab"}
"""What CLDR calls the digits."""

_DIGITS: Final = {
    "latin": "0123456789",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
}
_LEFT_TO_RIGHT: Final = "\u200e"
_ARABIC_LETTER: Final = "\u061c"
_NUMBER: Final = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?", re.ASCII)
_IN_TEXT: Final = re.compile(rf"(?<![\w.])(?P<number>{_NUMBER.pattern})(?P<percent> ?%)?", re.ASCII)


@dataclass(frozen=True)
class Numerals:
    """The digits, and the signs: of a fraction, of thousands, of a part of 100, and of a change.

    `percent` is what stands before and behind a part of 100.
    `guard` stands on both sides of a number that would turn the direction of what surrounds it.
    """

    digits: str
    decimal: str
    group: str
    percent: tuple[str, str]
    plus: str
    minus: str
    guard: str = ""

    def written(self, plain: str) -> str:
        """Every number of a text that is made of numbers and signs alone, such as 1,234.5."""
        return _NUMBER.sub(lambda found: self._number(found[0]), plain)

    def in_text(self, text: str) -> str:
        """The numbers of a sentence with their percent signs; those in a name such as p90 stay."""

        def written(found: re.Match[str]) -> str:
            number = found["number"]
            return self.share(number) if found["percent"] else self._number(number)

        return _IN_TEXT.sub(written, text)

    def share(self, plain: str) -> str:
        """So many of a hundred, with the percent sign."""
        before, sign = self.percent
        return f"{before}{self._number(plain)}{sign}"

    def signed(self, size: str, *, is_negative: bool) -> str:
        """A size with its sign, as far as it is not nought."""
        if not any(mark.isdecimal() and int(mark) for mark in size):
            return size
        return f"{self.minus if is_negative else self.plus}{size}"

    def _number(self, plain: str) -> str:
        marks = {
            ",": self.group,
            ".": self.decimal,
            **dict(zip(_DIGITS["latin"], self.digits, strict=True)),
        }
        return f"{self.guard}{''.join(marks[mark] for mark in plain)}{self.guard}"


@cache
def numerals_of(lang: str, digits: str) -> Numerals:
    """The numerals of a language with one of the three digits.

    In English the signs stay the English ones. Arabic digits are read as of right-to-left text;
    in English text each number is guarded, so that a date or a range keeps its order.
    """
    known = Locale.parse(lang).number_symbols
    symbols, signs = known[SYSTEMS[digits]], known["latn" if lang == "en" else SYSTEMS[digits]]
    return Numerals(
        digits=_DIGITS[digits],
        decimal=symbols["decimal"],
        group=symbols["group"],
        percent=_percent(lang, digits, signs["percentSign"]),
        plus=signs["plusSign"],
        minus=signs["minusSign"],
        guard=_LEFT_TO_RIGHT if lang == "en" and digits == "arabic" else "",
    )


def _percent(lang: str, digits: str, sign: str) -> tuple[str, str]:
    """What stands before and behind a part of 100.

    Persian digits behind a letter would have the sign on their left, those behind nothing on their
    right: a mark before them says that they always stand behind a letter. With Latin digits marks
    around the sign keep it on their right.
    """
    if lang == "en":
        return "", " %"
    if digits == "latin":
        return "", f"{_LEFT_TO_RIGHT}{sign.strip(_LEFT_TO_RIGHT)}{_LEFT_TO_RIGHT}"
    return _ARABIC_LETTER, f"{sign.strip(_ARABIC_LETTER)}{_ARABIC_LETTER}"
