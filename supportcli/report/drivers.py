"""What goes with satisfaction, for eyes and for programs; every format says what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO, Final

import polars as pl

from supportcli.drivers import CRAMER, NOT_CAUSE, SPEARMAN, Driver, Drivers, Level
from supportcli.kpis.statistics import Estimate
from supportcli.report.tabular import moment_text, rounded, write_frame, write_json
from supportcli.wording import clean, shortened, value_in_words

SCHEMA: Final = "supportkpi.drivers/1"

SATISFIED: Final = "satisfied"
"""Stands beside the measures: the share of satisfied answers at a level."""

_LABEL_WIDTH: Final = 24
_IN_WORDS: Final = {SPEARMAN: "rank correlation", CRAMER: "Cramer's V"}

_COLUMNS: Final[dict[str, Any]] = {
    "factor": pl.String,
    "level": pl.String,
    "over": pl.Float64,
    "up_to": pl.Float64,
    "measure": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "why_null": pl.String,
    "meaning": pl.String,
}
"""The columns of the flat formats: a row for all answers, and one a factor and a level."""


def write_drivers(drivers: Drivers, stream: BinaryIO, form: str, color: str) -> None:
    """Write what goes with satisfaction in a format."""
    if form == "terminal":
        _write_terminal(drivers, stream, color)
    elif form == "json":
        write_json(drivers_fields(drivers), stream)
    else:
        write_frame(pl.DataFrame(list(_rows(drivers)), schema=_COLUMNS), stream, form)


def drivers_fields(drivers: Drivers) -> dict[str, Any]:
    """Everything as the contract names its fields."""
    return {
        "schema": SCHEMA,
        "meaning": NOT_CAUSE,
        "as_of": moment_text(drivers.as_of),
        "timezone": drivers.timezone,
        "since": moment_text(drivers.since),
        "until": moment_text(drivers.until),
        "inputs": [asdict(intake) for intake in drivers.intakes],
        "satisfied": _share_fields(drivers.answers),
        "factors": [_driver_fields(one) for one in drivers.drivers],
    }


def _driver_fields(driver: Driver) -> dict[str, Any]:
    return {
        "factor": driver.factor.name,
        "measure": driver.factor.measure,
        **_estimate_fields(driver.strength),
        "n": driver.n,
        "why_null": driver.why_null,
        "levels": [
            {"level": one.label, "over": one.over, "up_to": one.up_to, **_share_fields(one)}
            for one in driver.levels
        ],
    }


def _share_fields(level: Level) -> dict[str, Any]:
    counts = {"n": level.n, "numerator": level.satisfied, "denominator": level.n}
    return {**_estimate_fields(level.share), **counts}


def _estimate_fields(estimate: Estimate) -> dict[str, Any]:
    return {name: rounded(value) for name, value in asdict(estimate).items()}


def _rows(drivers: Drivers) -> Iterator[dict[str, Any]]:
    every = {"measure": SATISFIED, "meaning": NOT_CAUSE}
    yield {**every, **_share_fields(drivers.answers)}
    for one in drivers.drivers:
        fields = _driver_fields(one)
        levels = fields.pop("levels")
        yield {**every, **fields}
        for level in levels:
            yield {**every, "factor": one.factor.name, **level}


def _write_terminal(drivers: Drivers, stream: BinaryIO, color: str) -> None:
    """Write one table, the levels of each factor below it, and how to read it."""
    from rich.text import Text

    from supportcli.report import small_tables

    table = small_tables.plain_table(stream)
    table.add_column("factor", overflow="fold")
    for head in ("goes with satisfaction", "95 % interval", "n"):
        table.add_column(head, justify="right")
    table.add_row("all answers", *_share_cells(drivers.answers))
    for one in drivers.drivers:
        table.add_section()
        name = clean(one.factor.title)
        table.add_row(Text(name, style="bold"), *map(Text, _strength_cells(one)))
        for level in one.levels:
            label = shortened(clean(level.label), _LABEL_WIDTH)
            table.add_row(Text(f"  {label}"), *_share_cells(level))
    small_tables.write_table(table, _footer(drivers), stream, color)


def _strength_cells(driver: Driver) -> tuple[str, str, str]:
    strength = driver.strength
    if strength.value is None:
        return f"— {driver.why_null}", "", f"{driver.n:,}"
    value = f"{_IN_WORDS[driver.factor.measure]} {strength.value:.2f}"
    return value, _interval(strength, "{:.2f}"), f"{driver.n:,}"


def _share_cells(level: Level) -> tuple[str, str, str]:
    words = value_in_words(level.share.value, "share")
    return f"{words} satisfied", _interval(level.share, "{:.1%}"), f"{level.n:,}"


def _interval(estimate: Estimate, form: str) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{form.format(estimate.low)} to {form.format(estimate.high)}".replace("%", " %")


def _footer(drivers: Drivers) -> Iterator[str]:
    yield (
        f"{NOT_CAUSE}: what goes with satisfaction need not bring it about; each factor is looked "
        "at by itself"
    )
    yield (
        "rank correlation (Spearman): below 0 the more, the less satisfied; Cramer's V: 0 nothing, "
        "1 all of it, without a direction"
    )
    yield f"as of {drivers.as_of:%Y-%m-%d %H:%M:%S}Z; times in {drivers.timezone}"
