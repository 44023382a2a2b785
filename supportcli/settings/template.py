"""The text that a new configuration begins with: every key, explained, none of them set."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TEMPLATE: Final = Path(__file__).with_suffix(".toml")


def template() -> str:
    """A configuration that says what each key means and shows its default, or an example."""
    return TEMPLATE.read_text(encoding="utf-8")
