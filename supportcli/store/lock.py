"""One writer at a time, on this machine; and again from the start where others came in between.

The commits of the store are safe without the lock; with it, they need not be made twice.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from supportcli.errors import BusyError
from supportcli.store.place import ConflictError, Place
from supportcli.store.table import private_files

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
def locked(place: Place, timeout_s: float) -> Iterator[bool]:
    """Hold the store, and say whether it is held: object stores, and some disks, cannot be.

    The lock is on the folder itself, which is made where there is none: whoever sees the store
    sees the lock. Raises BusyError where others hold it for longer than the timeout.
    """
    with contextlib.ExitStack() as held:
        yield _lock(place, timeout_s, held)


def _lock(place: Place, timeout_s: float, held: contextlib.ExitStack) -> bool:
    """Lock the folder of a store until `held` is over, and say whether that was possible."""
    if not place.is_local or os.name != "posix":
        return False
    import fcntl

    try:
        Path(place.uri).mkdir(parents=True, exist_ok=True)
        folder = os.open(place.uri, os.O_RDONLY)
    except OSError:
        return False
    held.callback(os.close, folder)
    end = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise BusyError(
                    f"the store {place.uri} is busy",
                    hint="another run writes to it; --lock-timeout waits longer",
                ) from None
            time.sleep(_PAUSE_S)
        except OSError:
            return False
        else:
            return True
