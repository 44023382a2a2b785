"""One writer at a time, on this machine; and again from the start where others came in between.

The commits of the store are safe without the lock; with it, they need not be made twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from supportcli.errors import BusyError
from supportcli.store.table import ConflictError, Place, private_files

_PAUSE_S: Final = 0.05
_MOST_TRIES: Final = 100

_Made = TypeVar("_Made")


def changing(place: Place, timeout_s: float, attempt: Callable[[], _Made]) -> _Made:
    """What an attempt to change the store gives, made again until nobody came in between.

    An attempt looks at the store anew. Raises BusyError where others hold the store for longer
    than the timeout, or come in between all the time.
    """
    private_files()
    with locked(place, timeout_s):
        for _ in range(_MOST_TRIES):
            with contextlib.suppress(ConflictError):
                return attempt()
    raise BusyError(f"the store {place.uri} changes all the time", hint="try again later")


@contextlib.contextmanager
def locked(place: Place, timeout_s: float) -> Iterator[None]:
    """Hold the store. Raises BusyError where others hold it for longer than the timeout."""
    if not place.is_local or os.name != "posix":
        yield
        return
    import fcntl

    with _lock_file(place).open("a") as file:
        end = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise BusyError(
                        f"the store {place.uri} is busy",
                        hint="another run writes to it; --lock-timeout waits longer",
                    ) from None
                time.sleep(_PAUSE_S)
        yield


def _lock_file(place: Place) -> Path:
    """Outside the store, which holds nothing but its table."""
    name = hashlib.sha256(str(Path(place.uri).resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"supportkpi-{os.getuid()}-{name}.lock"
