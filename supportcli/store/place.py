"""Where a store is: a folder, or the URL of one in an object store; and what goes wrong there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from supportcli.errors import ConfigurationError, InputError, StoreError, UsageError

SCHEMES: Final = ("s3", "s3a", "gs", "az", "abfs", "abfss")
"""What the URL of an object store begins with."""

_PATIENCE: Final = {"max_retries": "5", "retry_timeout": "20s"}
"""An object store that nobody answers for is given up within half a minute, not after three."""

_SAID: Final = re.compile(
    r'<Message>(?P<by_store>.+?)</Message>|message: "(?P<quoted>.+?)"'
    r"|(?P<by_system>[^:\n]+) \(os error \d+\)",
    re.DOTALL,
)
"""Where in the errors of deltalake and polars the system, or the object store, says what is wrong;
the rest is how they came there."""

_COLOR: Final = re.compile(r"\x1b\[\d+m")
_SECRET: Final = re.compile("key|secret|token|password|sas")
_SHORTEST_SECRET: Final = 8


class ConflictError(Exception):
    """Somebody else changed the table in between: look again."""


@dataclass(frozen=True)
class Place:
    """Where a store is: a folder, or the URL of one in an object store with its options."""

    uri: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return not is_url(self.uri)

    def of(self, path: str) -> str:
        """A file of the store."""
        return f"{self.uri.rstrip('/')}/{path}"

    @property
    def for_delta(self) -> dict[str, str]:
        """What deltalake is told of the object store."""
        return {} if self.is_local else {**_PATIENCE, **self.options}

    @property
    def for_polars(self) -> dict[str, Any] | None:
        """What polars is told: the same, but it wants a number as a number."""
        told = self.for_delta
        return {**told, "max_retries": int(told["max_retries"])} if told else None

    def without_secrets(self, text: str) -> str:
        """A text in which no value of a secret option is to be read."""
        for name, value in self.options.items():
            if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET:
                text = text.replace(value, "***")
        return text


def is_url(text: str) -> bool:
    """Whether a text is a URL, no path."""
    return "://" in text


def place_of(text: str, options: Mapping[str, str] | None = None) -> Place:
    """The place that a folder or a URL names; `~` is the home.

    Raises UsageError for a URL that leads to no object store, or that holds a password, and
    ConfigurationError for options that cannot be.
    """
    if not is_url(text):
        return Place(str(Path(text).expanduser()))
    url = urlsplit(text)
    if url.scheme not in SCHEMES:
        raise UsageError(
            f"{text}: there are no stores at {url.scheme}://",
            hint="a store is a folder, or a URL that begins with s3://, gs:// or az://",
        )
    if not url.netloc:
        raise UsageError(f"{text}: this URL names no bucket", hint="s3://BUCKET/FOLDER")
    if url.password is not None:
        raise UsageError(
            "the URL of a store holds no password",
            hint="[store] options or the variables of the object store do",
        )
    told = {name.lower(): value for name, value in (options or {}).items()}
    _check(told)
    return Place(text, told)


def _check(options: Mapping[str, str]) -> None:
    """Raise ConfigurationError where deltalake or polars would fall over an option."""
    if not options.get("max_retries", "0").isdecimal():
        raise ConfigurationError("[store] options: max_retries is a number such as 5")
    for name in ("aws_endpoint_url", "aws_endpoint"):
        endpoint = options.get(name) or os.environ.get(name.upper())
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise ConfigurationError(f'{name}: "{endpoint}" does not begin with https://')


def is_store(text: str) -> bool:
    """Whether a text names a Delta table: a folder that is one, or the URL of an object store."""
    return is_url(text) or (Path(text).expanduser() / "_delta_log").is_dir()


def no_store(name: str) -> InputError:
    """What is said where a store is to be read, and none is there."""
    return InputError(f"there is no store at {name}", hint="`supportkpi ingest` makes one")


@contextlib.contextmanager
def reaching(place: Place, to_do: str) -> Iterator[None]:
    """Say in the words of users what went wrong at a place; `to_do` is what was to be done there.

    Raises ConflictError where somebody else changed the table in between, and StoreError for all
    else: a full disk, no permission, nobody who answers.
    """
    import polars as pl
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError as error:
        raise ConflictError(str(error)) from error
    except (DeltaError, pl.exceptions.PolarsError, OSError) as error:
        reason = place.without_secrets(reason_of(error))
        if to_do == "write to" and _is_full(place):
            # polars says of a full disk only that it could not write.
            reason = os.strerror(errno.ENOSPC)
        raise StoreError(
            f"cannot {to_do} the store {place.uri}: {reason}",
            hint=_hint(place, to_do),
        ) from error


_PAGE_BYTES: Final = 4_096


def _is_full(place: Place) -> bool:
    """Whether nothing can be written any more to the disk of a place."""
    folder = Path(place.uri)
    return place.is_local and folder.exists() and shutil.disk_usage(folder).free < _PAGE_BYTES


def _hint(place: Place, to_do: str) -> str:
    if not place.is_local:
        return "look at its URL, at [store] options and at the variables AWS_...; docs/store.md"
    if to_do == "read":
        return "`supportkpi store verify` looks into every file of it"
    return "the store is as it was: mend this and run it again"


def reason_of(error: Exception) -> str:
    """What was wrong, in a line: what the system or the object store said of it."""
    text = _COLOR.sub("", str(error)).strip()
    found = _SAID.search(text)
    return (found[str(found.lastgroup)] if found else text.splitlines()[-1]).lstrip(" ↳")
