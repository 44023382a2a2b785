"""How many threads polars has: one in a process of tests, of which there is one a core.

Two processes with all cores each would wait for each other. A program that a test starts has all
cores, as that of a user has, and so has `make explore`.
"""

from __future__ import annotations

import os

from examples import TIMES

_NAME = "POLARS_MAX_THREADS"

if not TIMES and _NAME not in os.environ:
    os.environ[_NAME] = "1"
    import polars as pl

    # Polars looks at it once, at the latest here.
    assert 1 == pl.thread_pool_size(), "polars was loaded before this module"
    del os.environ[_NAME]
