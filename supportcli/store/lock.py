"""One writer at a time, on this machine: others wait, and give up after a while.

The commits of the store are safe without it; with it, they need not be made twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from supportcli.errors import BusyError
from supportcli.store.table import Place

_PAUSE_S: Final = 0.05


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
