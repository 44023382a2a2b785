"""Currencies: how many digits each has behind the point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DIGITS_BEHIND: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits behind the point of the currencies of ISO 4217 that have not two."""


def digits_behind(currency: str) -> int:
    """How many digits the amounts of a currency have behind the point."""
    return DIGITS_BEHIND.get(currency.upper(), 2)


def minor_units(currency: str) -> int:
    """How many minor units make one major unit of a currency."""
    return int("1".ljust(1 + digits_behind(currency), "0"))
