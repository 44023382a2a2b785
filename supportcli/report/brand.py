"""Whose report it is: the logo and the colour that the configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from supportcli.errors import ConfigurationError
from supportcli.report.document import Brand
from supportcli.settings import ReportSettings

_TYPES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
"""Pictures by their first bytes."""

_LARGEST_BYTES: Final = 200_000


def brand_of(settings: ReportSettings) -> Brand:
    """The brand of the configuration.

    Raises ConfigurationError for a logo that cannot be read, is no picture, or is too large to be
    in every report.
    """
    accent = settings.accent or ""
    if settings.logo is None:
        return Brand(accent=accent)
    try:
        logo = Path(settings.logo).expanduser().read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the logo {settings.logo}: {error.strerror}", hint="report.logo names it"
        ) from error
    if len(logo) > _LARGEST_BYTES:
        raise ConfigurationError(
            f"the logo {settings.logo} has {len(logo):,} bytes",
            hint=f"it is in every report: at most {_LARGEST_BYTES:,} bytes, please",
        )
    return Brand(logo, _type_of(logo, settings.logo), accent)


def _type_of(logo: bytes, name: str) -> str:
    """The media type of a picture."""
    for start, kind in _TYPES.items():
        if logo.startswith(start):
            return kind
    if logo.startswith(b"RIFF") and logo[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in logo[:1_000]:
        return "image/svg+xml"
    raise ConfigurationError(f"the logo {name} is no PNG, JPEG, GIF, WebP or SVG")
