"""Years of exports cut into ingests: however they overlap and come, the store is the same."""

from __future__ import annotations

import random
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from test_store import check_any_partition


@dataclass
class Years:
    """What became of the years so far."""

    made: int = 0
    faults: list[str] = field(default_factory=list)


def trial(folder: Path, years: int, chance: random.Random) -> Years:
    """Cut so many years."""
    so_far = Years()
    for number in range(years):
        here = folder / f"year-{number}"
        seed = chance.getrandbits(32)
        so_far.made += 1
        try:
            check_any_partition(random.Random(seed), here)  # noqa: S311
        except AssertionError as error:
            so_far.faults.append(f"year of seed {seed}: {error}")
        shutil.rmtree(here)
        print(f"endurance: {so_far.made} of {years} years", file=sys.stderr)
    return so_far
