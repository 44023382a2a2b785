"""Names that a configuration may use: time zones, regions, countries, channels."""

from __future__ import annotations

import re
from typing import Final

from supportcli.errors import did_you_mean
from supportcli.schema import CHANNELS


def check_timezone(name: str) -> None:
    """Raise ValueError unless `name` is a time zone of the IANA database."""
    from zoneinfo import available_timezones

    if not _is_zone(name):
        near = did_you_mean(name, available_timezones() - _NO_ZONES)
        reason = f'"{name}" is no time zone of the IANA database'
        raise ValueError(f"{reason}; {near}" if near else reason)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name not in _NO_ZONES and not name.startswith(("posix/", "right/"))


_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
"""Files that stand among those of the zones and are none of a place."""


def check_region(code: str) -> None:
    """Raise ValueError unless `code` is a region whose telephone numbers are known."""
    from phonenumbers import SUPPORTED_REGIONS, region_code_for_country_code

    if code in SUPPORTED_REGIONS:
        return
    dialled = re.fullmatch(r"\+?(?:00)?([1-9]\d{0,2})", code)
    if dialled:
        meant = region_code_for_country_code(int(dialled[1]))
    else:
        meant = _OTHER_REGIONS.get(code.upper(), code.upper())
    near = did_you_mean(meant, SUPPORTED_REGIONS)
    reason = f'"{code}" is no region in two letters, such as "IR" or "US"'
    raise ValueError(f"{reason}; {near}" if near else reason)


_OTHER_REGIONS: Final = {"UK": "GB", "EL": "GR"}
"""What regions are called that have another code in the standard (ISO 3166)."""


def check_country(code: str) -> None:
    """Raise ValueError unless `code` is a country whose public holidays are known."""
    try:
        from holidays.registry import COUNTRIES
    except ImportError as error:
        raise ValueError(
            "public holidays come from a package that is not installed; "
            'run pip install "supportkpi[holidays]", or list the days as holidays'
        ) from error
    codes = {names[1] for names in COUNTRIES.values()}
    if code in codes:
        return
    written = {name.upper(): names[1] for names in COUNTRIES.values() for name in names}
    plain = re.sub(r"\W", "", code).upper()
    near = did_you_mean(written.get(plain, plain), codes)
    reason = f'"{code}" is no country in two letters whose public holidays are known'
    raise ValueError(f"{reason}; {near}" if near else reason)


def check_channel(name: str) -> None:
    """Raise ValueError unless `name` is a channel."""
    if name not in CHANNELS:
        near = did_you_mean(name, CHANNELS) or f"there are {', '.join(CHANNELS)}"
        raise ValueError(f"there is no such channel; {near}")


def check_colour(text: str) -> None:
    """Raise ValueError unless `text` is a colour as pages write it, such as #0b6e99."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f'"{text}" is no colour such as "#0b6e99"')
