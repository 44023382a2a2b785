"""`supportkpi inspect`: what a file is, how it was understood, what is wrong with it."""

from __future__ import annotations

import sys

from supportcli.cli import options


def command(
    inputs: options.Inputs = None,
    source: options.Source = None,
    timezone_of_input: options.TimezoneOfInput = None,
    config: options.Config = None,
    overrides: options.Set = None,
) -> None:
    """Show the source of each input, where every column went, the rejects and what is missing."""
    print("not yet", file=sys.stderr)
