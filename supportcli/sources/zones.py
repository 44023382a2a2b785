"""The names of time zones, as headers, cells and footers write them."""

from __future__ import annotations

from supportcli.settings import check_timezone
from supportcli.sources import values


def zone_named(text: str) -> str | None:
    """The time zone of a name (`Europe/London`, `UTC`, `GMT+3`); None where there is none."""
    text = text.strip()
    if text.upper() in ("UTC", "GMT"):
        return "UTC"
    if values.FIXED_OFFSET.fullmatch(text):
        return text
    try:
        check_timezone(text)
    except ValueError:
        return None
    return text if "/" in text else None
