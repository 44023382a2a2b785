"""Other languages than English, and other digits.

The translations are gettext catalogues, a folder a language; `docs/make_messages.py` keeps them
in step with the source.
"""

from __future__ import annotations

from typing import Final

from supportcli.words import Calendar, Words

_OWN_DIGITS: Final = {"en": "latin", "fa": "persian", "ar": "arabic"}


def words_for(lang: str, calendar: Calendar, digits: str | None = None) -> Words:
    """What a report says in a language (en, fa, ar), with its digits latin, persian or arabic.

    Without a choice of digits they are those of the language.
    """
    digits = digits or _OWN_DIGITS[lang]
    if lang == "en" and digits == "latin":
        return Words(calendar)
    from supportcli.locale.spoken import English, Translated

    return English(calendar, digits) if lang == "en" else Translated(lang, calendar, digits)
