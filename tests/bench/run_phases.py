"""Report a log and print how long it took to understand it, and how long the whole process took.

Understanding is finding the source among all of them, its layout, and planning its mapping: what a
program does not do that was written for one format.
"""

from __future__ import annotations

import time

START = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

from supportcli import intake  # noqa: E402
from supportcli.kpis import select_kpis  # noqa: E402
from supportcli.pipeline import make_report  # noqa: E402
from supportcli.questions import Question  # noqa: E402
from supportcli.settings import Settings  # noqa: E402

PHASES = ("recognised", "layout_of", "plan_mapping")


class Timed:
    """Functions of a module that add up the time that they take."""

    def __init__(self, module: Any, names: tuple[str, ...]) -> None:
        self.seconds = 0.0
        for name in names:
            setattr(module, name, self.timed(getattr(module, name)))

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function with its time taken."""

        def run(*values: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*values, **named)
            finally:
                self.seconds += time.perf_counter() - start

        return run


def main() -> None:
    """Print both times in seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    log = parser.parse_args().log
    timed = Timed(intake, PHASES)
    make_report(intake.ReadOptions((log,)), Settings(), Question(select_kpis([], every=False)))
    print(json.dumps({"understanding_s": timed.seconds, "all_s": time.perf_counter() - START}))


if __name__ == "__main__":
    main()
