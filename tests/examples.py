"""How tests look for examples: the same ones in every run, or new ones for as long as asked.

A run of the tests tells of the change that was made, so it gives the same answer twice; what lies
further off is looked for by `make explore`, which draws other examples each time, and more.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

TIMES: Final = int(os.environ.get("SUPPORTKPI_EXPLORE", "0"))
"""How many times as many examples to draw at random; 0 for the steady ones."""

_USUAL: Final = 100

settings.register_profile(
    "supportkpi",
    derandomize=not TIMES,
    max_examples=_USUAL * max(TIMES, 1),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("supportkpi")


def examples(count: int) -> settings:
    """Settings of a test that looks at so many examples, or as many times more as are asked for."""
    return settings(max_examples=count * max(TIMES, 1))
