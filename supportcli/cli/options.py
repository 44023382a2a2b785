"""Options that mean the same in every command, and what they turn into."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Optional

import typer

from supportcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from supportcli.events import MaxRejects, ReadOptions
    from supportcli.settings import Settings

FORMATS: Final = ("terminal", "json", "ndjson", "csv", "parquet")
"""What a result can be written as."""

Inputs = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="INPUT...",
        help="Files, folders, patterns, or - for standard input; without any, [[inputs]] of the "
        "configuration.",
        show_default=False,
    ),
]
Source = Annotated[
    Optional[str],
    typer.Option(
        "--source", metavar="NAME|FILE", help="The format of the inputs, or a mapping file (.toml)."
    ),
]
Config = Annotated[
    Optional[Path],
    typer.Option("--config", metavar="FILE", help="The configuration; default: supportkpi.toml."),
]
Set = Annotated[
    Optional[list[str]],
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any key of the configuration, for this run. Repeatable."
    ),
]
CustomersFile = Annotated[
    Optional[Path],
    typer.Option(
        "--customers",
        metavar="FILE",
        help="Who has which id, phone, email and handle: one person across channels.",
    ),
]
Timezone = Annotated[
    Optional[str], typer.Option("--timezone", metavar="ZONE", help="The zone of the report.")
]
TimezoneOfInput = Annotated[
    Optional[str],
    typer.Option(
        "--timezone-of-input",
        metavar="ZONE",
        help="The zone of times that state none, over what the mapping says.",
    ),
]
Agents = Annotated[
    Optional[list[str]],
    typer.Option(
        "--agents",
        metavar="NAME,...",
        help="Who the agents are in a chat that does not say it. Repeatable.",
    ),
]
DateOrder = Annotated[
    Optional[str],
    typer.Option(
        "--date-order",
        metavar="dmy|mdy",
        help="Dates such as 3/2/26 have the day first, or the month, whatever the file shows.",
    ),
]
DATE_ORDERS: Final = ("dmy", "mdy")
Encoding = Annotated[
    Optional[str],
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="The encoding of text inputs, over what the mapping says: windows-1256, utf-16, ...",
    ),
]
Since = Annotated[
    Optional[str], typer.Option("--since", metavar="TIME", help="From this time on (inclusive).")
]
Until = Annotated[
    Optional[str], typer.Option("--until", metavar="TIME", help="Up to this time (exclusive).")
]
Last = Annotated[
    Optional[str],
    typer.Option("--last", metavar="30d", help="Only so long before --until, or the newest time."),
]
AsOf = Annotated[
    Optional[str],
    typer.Option(
        "--as-of", metavar="TIME", help="The moment of the report; default: the newest time."
    ),
]
Format = Annotated[
    Optional[str],
    typer.Option("--format", metavar="NAME", help="terminal, json, ndjson, csv or parquet."),
]
Output = Annotated[
    Optional[Path],
    typer.Option("-o", "--output", metavar="FILE", help="Write there; its ending says the format."),
]
Rejects = Annotated[
    Optional[Path],
    typer.Option("--rejects", metavar="FILE", help="List rejected rows there (.csv or .ndjson)."),
]
MaxRejected = Annotated[
    str,
    typer.Option("--max-rejects", metavar="N|N%", help="Rejected rows of one input that may pass."),
]
OnError = Annotated[
    str,
    typer.Option(
        "--on-error",
        metavar="skip|fail",
        help="What a row that cannot be understood does: it is counted, or it ends the run.",
    ),
]
ON_ERROR: Final = ("skip", "fail")
Color = Annotated[
    str, typer.Option("--color", metavar="auto|always|never", help="Colour in the terminal.")
]
COLORS = ("auto", "always", "never")
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say where every row went.")]


def settings_of(
    config: Path | None,
    overrides: list[str] | None,
    timezone: str | None,
    customers: Path | None = None,
) -> Settings:
    """The settings of this run, `--timezone` and `--customers` on top of them."""
    from supportcli.settings import check_timezone, load_settings

    settings = load_settings(config, overrides or [], os.environ, Path.cwd())
    if customers is not None:
        settings = replace(settings, customers=replace(settings.customers, file=str(customers)))
    if timezone is None:
        return settings
    _check(check_timezone, timezone, "--timezone")
    return replace(settings, timezone=timezone)


def _check(check: object, text: str, option: str) -> None:
    try:
        check(text)  # type: ignore[operator]
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def reading_of(
    inputs: list[str] | None,
    source: str | None,
    timezone_of_input: str | None,
    agents: list[str] | None,
    date_order: str | None,
    encoding: str | None,
    max_rejects: str,
    on_error: str = "skip",
) -> ReadOptions:
    """How the inputs are read."""
    from supportcli.events import ReadOptions
    from supportcli.settings import check_timezone

    word_of(on_error, "--on-error", ON_ERROR)
    if timezone_of_input is not None:
        _check(check_timezone, timezone_of_input, "--timezone-of-input")
    if date_order is not None:
        word_of(date_order, "--date-order", DATE_ORDERS)
    if encoding is not None:
        _check(_check_encoding, encoding, "--encoding")
    return ReadOptions(
        inputs=tuple(inputs or ()),
        source=source,
        timezone_of_input=timezone_of_input,
        agents=tuple(agents or ()),
        date_order=date_order,
        encoding=encoding,
        max_rejects=max_rejects_of(max_rejects if on_error == "skip" else "0"),
    )


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f'there is no encoding "{name}"') from None


def max_rejects_of(text: str) -> MaxRejects:
    """`5%` or `100`, as a limit. Raises UsageError for anything else."""
    from supportcli.events import MaxRejects

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not match or (not match[2] and "." in match[1]):
        raise UsageError(f'--max-rejects: cannot read "{text}"', hint="write 100 or 5%")
    if match[2]:
        return MaxRejects(share=float(match[1]) / 100)
    return MaxRejects(share=None, count=int(match[1]))


def words_of(text: str | None, option: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """A list with commas, each word one of the known. Raises UsageError for another."""
    words = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    return tuple(dict.fromkeys(word_of(word, option, known) for word in words))


def word_of(text: str, option: str, known: tuple[str, ...]) -> str:
    """One of the known words. Raises UsageError for any other."""
    if text not in known:
        hint = did_you_mean(text, known) or f"one of {', '.join(known)}"
        raise UsageError(f'{option}: there is no "{text}"', hint=hint)
    return text


def table_format() -> str:
    """How a table is shown when nothing is said: for eyes in a terminal, as CSV in a pipe."""
    return "terminal" if sys.stdout.isatty() else "csv"


def format_of(name: str | None, output: Path | None, default: str, known: tuple[str, ...]) -> str:
    """The format of the output: `--format`, else the file's ending, else the default."""
    if name is None and output is not None:
        name = output.suffix.lstrip(".").lower()
        name = {"jsonl": "ndjson", "txt": "terminal"}.get(name, name)
        if name not in known:
            raise UsageError(
                f"{output}: its ending is no format", hint=f"name one: --format {', '.join(known)}"
            )
    return word_of(name, "--format", known) if name is not None else default
