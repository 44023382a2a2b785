"""Long trials of the store: killed ingests, many at once, and any partition into ingests.

Everything random comes from one seed, which is printed; when a process is killed also depends on
what else the machine does. The run fails where a store is not what one undisturbed ingest makes.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from endurance import crowd, kills, years

SMALL_KILLS = 4
SMALL_ROUNDS = 2
SMALL_YEARS = 1


def parsed_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="endurance", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="ingests to kill")
    parser.add_argument("--rounds", type=int, default=50, help="rounds of processes at once")
    parser.add_argument("--years", type=int, default=100, help="years to cut into ingests")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--small", action="store_true", help="a few of each, for a minute")
    return parser.parse_args()


def figures(title: str, result: Any) -> str:
    """What became of a trial, in a line."""
    counts = [(one.name, getattr(result, one.name)) for one in fields(result)]
    said = [f"{name.replace('_', ' ')} {value}" for name, value in counts if name != "faults"]
    return f"{title}: {', '.join(said)}, faults {len(result.faults)}"


def main() -> int:
    """Run the trials, print what became of them and say by the exit code whether all went well."""
    options = parsed_options()
    if options.small:
        options.kills, options.rounds, options.years = SMALL_KILLS, SMALL_ROUNDS, SMALL_YEARS
    chance = random.Random(options.seed)  # noqa: S311
    print(f"endurance: --seed {options.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="endurance-") as folder:
        killed = kills.trial(Path(folder), options.kills, chance)
        crowded = crowd.trial(Path(folder), options.rounds, chance)
        cut = years.trial(Path(folder), options.years, chance)
    print(figures("kills", killed))
    print(figures("processes at once", crowded))
    print(figures("years cut into ingests", cut))
    faults: Sequence[str] = [*killed.faults, *crowded.faults, *cut.faults]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
