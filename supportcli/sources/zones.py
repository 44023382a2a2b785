"""The names of time zones, as headers, cells and footers write them."""

from __future__ import annotations

from zoneinfo import available_timezones

from supportcli.settings import check_timezone
from supportcli.sources import values


def zone_named(text: str) -> str | None:
    """The time zone of a name (`Europe/London`, `UTC`, `GMT+3`); None where there is none."""
    text = text.strip()
    if text.upper() in ("UTC", "GMT"):
        return "UTC"
    if values.FIXED_OFFSET.fullmatch(text.upper()):
        return text.upper()
    if "/" not in text:
        return None
    try:
        check_timezone(text)
    except ValueError:
        # As a header in capitals has it: `EUROPE/LONDON`.
        return next((one for one in available_timezones() if one.lower() == text.lower()), None)
    return text
