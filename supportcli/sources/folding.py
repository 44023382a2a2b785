"""Texts that people write in several ways, made equal: for headers and for words of a list.

Case, accents and diacritics, the Arabic and the Persian form of a letter, the digits of either
script, spaces, marks of punctuation and of direction make no difference. A text without a letter
keeps its marks, for `-103`, `1.5`, `4/5`, `#` and a smiley would be something else without them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import polars as pl

ASCII_DIGITS: Final = dict(zip("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2, strict=True))
"""Persian and Arabic digits, and the ASCII digit of each."""

LETTERS: Final = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ہ": "ه", "ٱ": "ا"}
"""Letters of one sound that decomposition leaves apart; it takes the hamza off an alef."""

_TATWEEL: Final = "ـ"

_SAME: Final = {**ASCII_DIGITS, **LETTERS, _TATWEEL: ""}
_TABLE: Final = str.maketrans(_SAME)
_ASCII_LETTER: Final = re.compile("[a-z]")
_NO_LETTER: Final = re.compile("[^a-z0-9]+")
_SPACE: Final = re.compile("[\\x00-\\x20\\x7f]+")


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        small = text.lower()
        marks = _NO_LETTER if _ASCII_LETTER.search(small) else _SPACE
        return marks.sub("", small)
    split = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in split if unicodedata.category(one)[0] != "M").lower()
    plain = unicodedata.normalize("NFKD", plain).translate(_TABLE)
    kinds = [(one, unicodedata.category(one)) for one in plain]
    if any(kind[0] == "L" for _, kind in kinds):
        return "".join(one for one, kind in kinds if kind[0] in "LN")
    return "".join(one for one, kind in kinds if kind[0] not in "ZC")


def folded(text: pl.Expr) -> pl.Expr:
    """The texts of a column as `fold` gives them."""
    plain = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    plain = plain.str.normalize("NFKD").str.replace_many(list(_SAME), list(_SAME.values()))
    return (
        pl.when(plain.str.contains(r"\p{L}"))
        .then(plain.str.replace_all(r"[^\p{L}\p{N}]", ""))
        .otherwise(plain.str.replace_all(r"[\p{Z}\p{C}]", ""))
    )
