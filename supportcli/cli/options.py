"""Options that mean the same in every command, and what they turn into."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Optional

import typer

from supportcli.errors import UsageError, did_you_mean
from supportcli.schema import CHARTS, DIGITS, DIMENSIONS, LANGUAGES

if TYPE_CHECKING:
    from supportcli.intake import MaxRejects, ReadOptions
    from supportcli.kpis.model import Kpi
    from supportcli.questions import Question
    from supportcli.settings import Fault, Settings
    from supportcli.store.place import Place

FORMATS: Final = ("terminal", "json", "ndjson", "csv", "parquet")
"""What a result can be written as."""

EXPLANATION_FORMATS: Final = ("terminal", "json")

LINE_FORMATS: Final = ("terminal", "json")
"""What is said of a store, a line each."""

Inputs = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="INPUT...",
        help="Files, folders, patterns, or - for standard input; without any, [[inputs]] of the "
        "configuration. A folder gives its files that end in .csv .tsv .txt .parquet .ndjson "
        ".jsonl .json .xlsx .xlsm .xls .zip or in nothing, also rotated (queue_log.1) and "
        "packed (.gz).",
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
Calendar = Annotated[
    Optional[str],
    typer.Option(
        "--calendar",
        metavar="gregorian|jalali",
        help="The calendar of the months, quarters and years of --period, and of their labels.",
    ),
]
CALENDARS: Final = ("gregorian", "jalali")
WeekStart = Annotated[
    Optional[str],
    typer.Option(
        "--week-start",
        metavar="monday|saturday|sunday",
        help="The day with which the weeks of --period begin.",
    ),
]
WEEK_STARTS: Final = ("monday", "saturday", "sunday")
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
By = Annotated[
    str, typer.Option("--by", metavar="NAME,...", help=f"Cut by {', '.join(DIMENSIONS)}.")
]
Period = Annotated[
    Optional[str],
    typer.Option("--period", metavar="NAME", help="Also by hour, day, week, month, quarter, year."),
]
KpiIds = Annotated[
    Optional[str], typer.Option("--kpi", metavar="ID,...", help="These KPIs instead of the usual.")
]
All = Annotated[bool, typer.Option("--all", help="Every KPI.")]
Compare = Annotated[
    Optional[str],
    typer.Option(
        "--compare",
        metavar="previous|RANGE|INPUT",
        help="Beside each value that of the time just before (or the period before, with "
        "--period), of a range such as 2026-01-01..2026-02-01, or of another input.",
    ),
]
Since = Annotated[
    Optional[str],
    typer.Option(
        "--since",
        metavar="TIME",
        help="From this time on (inclusive): 2026-03-01, 2026-03-01T09:30 or 1404-12-10.",
    ),
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
Explain = Annotated[
    Optional[str],
    typer.Option(
        "--explain",
        metavar="ID",
        help="How this KPI came about: who entered, who fell out and why.",
    ),
]
Format = Annotated[
    Optional[str],
    typer.Option("--format", metavar="NAME", help="terminal, json, ndjson, csv or parquet."),
]
ReportFormat = Annotated[
    Optional[str],
    typer.Option(
        "--format",
        metavar="NAME",
        help="terminal; json, ndjson, csv, parquet for programs; html, md, xlsx, pdf, eml for "
        "people; svg, png of a chart.",
    ),
]
CheckFormat = Annotated[
    Optional[str],
    typer.Option("--format", metavar="NAME", help="terminal, json, junit or github."),
]
LineFormat = Annotated[
    str, typer.Option("--format", metavar="NAME", help="terminal, or json: a line each.")
]
Output = Annotated[
    Optional[Path],
    typer.Option("-o", "--output", metavar="FILE", help="Write there; its ending says the format."),
]
Outputs = Annotated[
    Optional[list[str]],
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write there; its ending says the format. Repeatable: all is computed once.",
    ),
]
ChartName = Annotated[
    Optional[str],
    typer.Option(
        "--chart",
        metavar="NAME[:GROUP]",
        help=f"What -o chart.svg or .png shows: {', '.join(CHARTS)}; of a group: response:phone.",
    ),
]
Language = Annotated[
    Optional[str],
    typer.Option("--lang", metavar="|".join(LANGUAGES), help="The language of the report."),
]
DigitsOf = Annotated[
    Optional[str],
    typer.Option(
        "--digits", metavar="|".join(DIGITS), help="Its digits; default: those of the language."
    ),
]
StorePath = Annotated[
    Optional[str],
    typer.Option(
        "--store", metavar="DIR|URL", help="A store of events, made by ingest; default: [store]."
    ),
]
LockTimeout = Annotated[
    str,
    typer.Option(
        "--lock-timeout", metavar="60s", help="How long to wait for others who write to the store."
    ),
]
KeyFile = Annotated[
    Optional[Path],
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="The key of the pseudonyms; default: the variable SUPPORTKPI_KEY.",
    ),
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


@dataclass(frozen=True)
class Reading:
    """The options of every command that reads inputs: what they are, and what they may not say."""

    inputs: Inputs = None
    source: Source = None
    timezone_of_input: TimezoneOfInput = None
    agents: Agents = None
    date_order: DateOrder = None
    encoding: Encoding = None
    config: Config = None
    overrides: Set = None
    customers: CustomersFile = None
    timezone: Timezone = None
    calendar: Calendar = None
    week_start: WeekStart = None

    def settings(self) -> Settings:
        """The settings of this run, the options that are settings too on top of them."""
        from supportcli.settings import check_timezone, load_settings

        settings = load_settings(
            self.config, self.overrides or [], os.environ, Path.cwd(), [_check_targets]
        )
        if self.customers is not None:
            file = replace(settings.customers, file=str(self.customers))
            settings = replace(settings, customers=file)
        if self.timezone is not None:
            _check(check_timezone, self.timezone, "--timezone")
        if self.calendar is not None:
            word_of(self.calendar, "--calendar", CALENDARS)
        if self.week_start is not None:
            word_of(self.week_start, "--week-start", WEEK_STARTS)
        given = {name: getattr(self, name) for name in ("timezone", "calendar", "week_start")}
        return replace(settings, **{name: text for name, text in given.items() if text is not None})

    def options(self, rejecting: Rejecting | None = None, *outputs: Path | None) -> ReadOptions:
        """How the inputs are read, by a run that writes its results to `outputs`."""
        from supportcli.intake import ReadOptions
        from supportcli.settings import check_timezone

        rejecting = rejecting or Rejecting()
        if self.timezone_of_input is not None:
            _check(check_timezone, self.timezone_of_input, "--timezone-of-input")
        if self.date_order is not None:
            word_of(self.date_order, "--date-order", DATE_ORDERS)
        if self.encoding is not None:
            _check(_check_encoding, self.encoding, "--encoding")
        return ReadOptions(
            inputs=tuple(self.inputs or ()),
            source=self.source,
            timezone_of_input=self.timezone_of_input,
            agents=tuple(self.agents or ()),
            date_order=self.date_order,
            encoding=self.encoding,
            max_rejects=rejecting.limit(),
            outputs=tuple(path for path in (*outputs, rejecting.rejects) if path is not None),
        )


@dataclass(frozen=True)
class Window:
    """The options of every command that looks at a stretch of time, from one moment."""

    since: Since = None
    until: Until = None
    last: Last = None
    as_of: AsOf = None

    def question(
        self, kpis: Sequence[Kpi], by: tuple[str, ...] = (), period: str | None = None
    ) -> Question:
        """What is asked of this time. Raises UsageError where two options say the same."""
        from supportcli.questions import Question

        if self.last and self.since:
            raise UsageError("--last and --since both say where the window begins")
        return Question(kpis, by, period, self.since, self.until, self.last, self.as_of)


@dataclass(frozen=True)
class Storing:
    """The option of every command that can read a store instead of exports."""

    store: StorePath = None

    def reading(self, reading: ReadOptions, settings: Settings) -> ReadOptions:
        """What is read: the inputs, the store, or what the configuration names of the two."""
        if self.store is not None and reading.inputs:
            raise UsageError("--store and INPUT both say what is read")
        store = self.store or (None if reading.inputs else settings.store.path)
        if store is None:
            return reading
        from supportcli.store.place import is_store, no_store

        if not is_store(store):
            raise no_store(store)
        return replace(reading, inputs=(store,))


@dataclass(frozen=True)
class Speaking:
    """The options of every command that writes what people read: in which words."""

    lang: Language = None
    digits: DigitsOf = None

    def settings(self, settings: Settings) -> Settings:
        """The settings with the language of this run."""
        given: dict[str, Any] = {}
        if self.lang is not None:
            given["lang"] = word_of(self.lang, "--lang", LANGUAGES)
        if self.digits is not None:
            given["digits"] = word_of(self.digits, "--digits", DIGITS)
        return replace(settings, **given)


@dataclass(frozen=True)
class Rejecting:
    """The options of every command that stops at too many rejected rows."""

    rejects: Rejects = None
    max_rejects: MaxRejected = "5%"
    on_error: OnError = "skip"

    def limit(self) -> MaxRejects:
        """How many rejected rows may pass."""
        word_of(self.on_error, "--on-error", ON_ERROR)
        return max_rejects_of(self.max_rejects if self.on_error == "skip" else "0")


@dataclass(frozen=True)
class Telling:
    """The options of every command about what it says and how it looks."""

    color: Color = "auto"
    quiet: Quiet = False
    verbose: Verbose = False

    def coloring(self) -> str:
        """When to colour: auto, always or never. Raises UsageError for anything else."""
        return word_of(self.color, "--color", COLORS)


def spelt_out(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that are groups of options are those options.

    So that a group is written once, and typer sees a flat list.
    """
    groups: dict[str, tuple[type, list[str]]] = {}
    own: list[inspect.Parameter] = []
    shared: list[inspect.Parameter] = []
    for one in inspect.signature(command, eval_str=True).parameters.values():
        if isinstance(one.annotation, type) and is_dataclass(one.annotation):
            members = inspect.signature(one.annotation, eval_str=True).parameters
            groups[one.name] = (one.annotation, list(members))
            shared += members.values()
        else:
            own.append(one)
    parameters = [*own, *shared]

    def run(**values: Any) -> None:
        made = {
            name: group(**{member: values.pop(member) for member in members})
            for name, (group, members) in groups.items()
        }
        command(**values, **made)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _check(check: object, text: str, option: str) -> None:
    try:
        check(text)  # type: ignore[operator]
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def store_place(path: str | None, settings: Settings) -> Place:
    """The store that the command line or the configuration names.

    Raises UsageError where neither does.
    """
    from supportcli.store.place import place_of

    path = path or settings.store.path
    if path is None:
        raise UsageError(
            "nothing says which store", hint="name its folder: --store DIR, or [store] path"
        )
    return place_of(path, settings.store.options)


def seconds_of(text: str, option: str) -> float:
    """A duration of the command line. Raises UsageError for what is none."""
    from supportcli.durations import parse_duration_ms

    try:
        return parse_duration_ms(text) / 1_000
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def _check_targets(tables: dict[str, Any]) -> Iterable[Fault]:
    """What is wrong with the targets; only those who have any pay for the catalogue of KPIs."""
    if "targets" not in tables:
        return ()
    from supportcli.targets import check_targets

    return check_targets(tables)


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f'there is no encoding "{name}"') from None


def max_rejects_of(text: str) -> MaxRejects:
    """`5%` or `100`, as a limit. Raises UsageError for anything else."""
    from supportcli.intake import MaxRejects

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not match or (not match[2] and "." in match[1]):
        raise UsageError(f'--max-rejects: cannot read "{text}"', hint="write 100 or 5%")
    if match[2]:
        return MaxRejects(share=float(match[1]) / 100)
    return MaxRejects(share=None, count=int(match[1]))


def cut_of(by: str, period: str | None) -> tuple[str, ...]:
    """The dimensions of `--by`, once the options that cut a report are understood.

    Raises UsageError for what does not exist, or does not fit together.
    """
    dimensions = words_of(by, "--by", DIMENSIONS)
    if period is not None:
        from supportcli.clock import PERIODS

        word_of(period, "--period", PERIODS)
    return dimensions


def listed(text: str | None) -> list[str]:
    """The words of a list with commas."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def words_of(text: str | None, option: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """A list with commas, each word one of the known. Raises UsageError for another."""
    return tuple(dict.fromkeys(word_of(word, option, known) for word in listed(text)))


def word_of(text: str, option: str, known: tuple[str, ...]) -> str:
    """One of the known words. Raises UsageError for any other."""
    if text not in known:
        hint = did_you_mean(text, known) or f"one of {', '.join(known)}"
        raise UsageError(f'{option}: there is no "{text}"', hint=hint)
    return text


def table_format() -> str:
    """How a table is shown when nothing is said: for eyes in a terminal, as CSV in a pipe."""
    return "terminal" if sys.stdout.isatty() else "csv"


_ALIASES: Final = {
    "jsonl": "ndjson",
    "txt": "terminal",
    "xml": "junit",
    "htm": "html",
    "markdown": "md",
}
"""Formats by other endings than their names."""


def format_of(name: str | None, output: Path | None, default: str, known: tuple[str, ...]) -> str:
    """The format of the output: `--format`, else the file's ending, else the default."""
    if name is None and output is not None:
        name = output.suffix.lstrip(".").lower()
        name = _ALIASES.get(name, name)
        if name not in known:
            raise UsageError(
                f"{output}: its ending is no format", hint=f"name one: --format {', '.join(known)}"
            )
    return word_of(name, "--format", known) if name is not None else default
