"""What can go wrong for a user, one small family, each with its exit code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SupportkpiError(Exception):
    """A problem the user can mend: the message says what is wrong, the hint what to do."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SupportkpiError):
    """The command line asks for something that does not exist or does not fit together."""


class ConfigurationError(SupportkpiError):
    """The configuration file, or a mapping file, says something that cannot be understood."""


class InputError(SupportkpiError):
    """An input could not be read, or too much of it was rejected."""

    exit_code = 3


class OutputError(SupportkpiError):
    """A result could not be written (no such folder, no permission, disk full)."""

    exit_code = 3


class StoreError(SupportkpiError):
    """A store could not be read or changed (no permission, disk full, nobody who answers)."""

    exit_code = 3


class BusyError(SupportkpiError):
    """The store is busy: others hold it, or changed it again and again."""

    exit_code = 4


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to `word`, or None where nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else None
