"""Who is the same: names, addresses and phone numbers made equal, however systems write them.

A key is what two spellings of one number, address or name have in common; None where a text is
nothing of the kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from supportcli.sources.folding import ASCII_DIGITS, fold

_DIGITS: Final = str.maketrans(ASCII_DIGITS)


def alike(text: str) -> str:
    """A name without what people write differently: case, spaces, the forms of a letter.

    Unlike a header, it keeps its punctuation: `PJSIP/20-1` is not `PJSIP/201`.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    composed = unicodedata.normalize("NFKC", text)
    visible = "".join(one for one in composed if unicodedata.category(one) not in ("Cf", "Mn"))
    return " ".join(_WORD.sub(lambda word: fold(word[0]), visible).split())


_WORD: Final = re.compile(r"[^\W_]+")


def address_key(text: str) -> str | None:
    """An address of mail: `Ann Ray <Ann@Example.com>` and `mailto:ann@example.com` are one."""
    plain = alike(text).removeprefix("mailto:").partition("?")[0]
    in_brackets = _IN_BRACKETS.search(plain)
    found = _ADDRESS.fullmatch((in_brackets[1] if in_brackets else plain).strip())
    return found[0] if found else None


_IN_BRACKETS: Final = re.compile(r"<([^<>]*)>$")
_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")


def handle_key(text: str) -> str | None:
    """The name that somebody bears in a system: `@Ann_Ray` and `ann_ray` are one."""
    return alike(text).removeprefix("@") or None


def phone_key(text: str, region: str | None) -> str | None:
    """A phone number in E.164 (`+442079460200`).

    One without a country code is read as in `region`; without a region its digits stand for
    themselves, and are compared with no number that has a country code.
    """
    number = _dialled(text)
    if number is None:
        return None
    if number.startswith("+"):
        return _international(number) or number
    for likely in _LIKELY:
        for reading in _readings(number, region):
            if found := _international(*reading, likely=likely):
                return found
    return number


_LIKELY: Final = ("valid", "possible")


def is_local(key: str) -> bool:
    """Whether the key of a phone number has no country code."""
    return not key.startswith("+")


def _readings(number: str, region: str | None) -> Iterator[tuple[str, str | None]]:
    """What digits without a plus can be: a number as dialled in the region, or a plus got lost.

    `00` stands before a country code in most of the world, and before nothing else anywhere.
    """
    if region is not None:
        yield number, region
    if number.startswith("00"):
        yield f"+{number[2:]}", None
    elif region is not None:
        yield f"+{number}", None


def _dialled(text: str) -> str | None:
    """The digits of a phone number as dialled, with its plus; None for what is no number."""
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    plain = unicodedata.normalize("NFKC", visible).translate(_DIGITS).strip().lower()
    if found := _SPREADSHEET.fullmatch(plain):
        plain = str(found[str(found.lastgroup)])
    if found := _SCHEME.match(plain):
        plain = plain[found.end() :].partition("@")[0]
    plain = _EXTENSION.sub("", plain).strip()
    if not _NUMBER.fullmatch(plain):
        return None
    digits = re.sub(r"\D", "", plain)
    if not _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return None
    return f"+{digits}" if plain.startswith("+") else digits


_LEAST_DIGITS: Final = 5
_MOST_DIGITS: Final = 19
"""E.164 has up to 15, and what is dialled before a country code up to 4 more."""

_SPREADSHEET: Final = re.compile(r"=\"(?P<quoted>.*)\"|'(?P<guarded>.+)|(?P<float>\d{5,})\.0")
"""What spreadsheets make of a number: a formula that is a text, a guard, a decimal."""

_SCHEME: Final = re.compile(r"(?:tel|callto|sips?|whatsapp|sms)\s*:\s*")
_EXTENSION: Final = re.compile(
    r"(?:;.*|\s*(?:[,#x]|(?:ext|extension|int|anexo|داخل[یي]|تحويلة)[.:]?)\s*\d{1,6})$"
)
"""A number within a company's exchange, and the parameters of an address such as `;ext=5`."""

_NUMBER: Final = re.compile(r"\+?[\d\s()./\-\u2010-\u2015\u00b7]+")


def _international(number: str, region: str | None = None, *, likely: str = "any") -> str | None:
    """The number in E.164; None where the library cannot read it, or it is not as likely."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if likely == "valid" and not phonenumbers.is_valid_number(parsed):
        return None
    if likely == "possible" and not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
