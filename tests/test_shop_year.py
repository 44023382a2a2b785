"""A year of an invented shop: every KPI is what was worked out by hand beside its data."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

import pytest

from command import ROOT, report

SHOP_YEAR: Final = ROOT / "tests" / "shop_year"
EXPECTED: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    (SHOP_YEAR / "expected.toml").read_text(encoding="utf-8")
)
SECOND_HALF: Final = "H2"


@dataclass(frozen=True)
class Place:
    """Where in the reports a figure of the table stands: "total", "phone 2025-Q1", "team care"."""

    key: str

    @property
    def words(self) -> list[str]:
        """The group, and the period where there is one."""
        return self.key.split()

    @property
    def by(self) -> str:
        """What the report is cut by."""
        return self.words[0] if self.words[0] in ("team", "agent") else "channel"

    @property
    def group(self) -> str | None:
        """The group's name; none for the total."""
        name = self.words[self.by != "channel"]
        return None if name == "total" else name

    @property
    def period(self) -> str | None:
        """The month or quarter."""
        return self.words[-1] if re.fullmatch(r"\d{4}-(Q\d|\d\d)", self.words[-1]) else None

    @property
    def arguments(self) -> tuple[str, ...]:
        """How the program is called for it."""
        arguments = ["--by", self.by]
        if self.period:
            arguments += ["--period", "quarter" if "Q" in self.period else "month"]
        if self.words[-1] == SECOND_HALF:
            arguments += ["--since", "2025-07-01"]
        return tuple(arguments)


@functools.cache
def year(*arguments: str) -> Any:
    """The report of the year, as a user of the configuration asks for it."""
    return report("--config", SHOP_YEAR / "supportkpi.toml", "--all", *arguments)


@functools.cache
def rows(*arguments: str) -> dict[tuple[str, str | None, str | None], Any]:
    """The rows of such a report, by KPI, group and period; the group of the total is none."""
    by = arguments[arguments.index("--by") + 1]
    return {
        (row["kpi"], "unknown" if row[by] is None and not row["total"] else row[by], row["period"]):
        row for row in year(*arguments)["rows"]
    }  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """What the table says of one row; a reason where there is no value."""

    value: float | None
    n: int
    parts: tuple[int, int] | None = None
    reason: str | None = None


def read_figure(written: Any) -> Figure:
    """A figure as it is written in the table, whose head says how."""
    match written:
        case int():
            return Figure(written, written)
        case [str(reason), int(n)]:
            return Figure(None, n, reason=reason)
        case [value, int(n)]:
            return Figure(value, n)
        case str() if written.startswith("unknown"):
            return Figure(None, 0, reason=written.partition(": ")[2])
    part, whole = map(int, written.split("/"))
    return Figure(round(part / whole, 9), whole, (part, whole))


FIGURES: Final = [
    pytest.param(kpi, Place(key), read_figure(written), id=f"{kpi} {key}")
    for kpi, table in EXPECTED.items()
    for key, written in table.items()
    if key != "unit"
]


@pytest.mark.parametrize(("kpi", "place", "figure"), FIGURES)
def test_a_figure_of_the_year(kpi: str, place: Place, figure: Figure) -> None:
    """The program reports what the table says: value, n, unit, the parts of a share, a reason."""
    row = rows(*place.arguments)[kpi, place.group, place.period]
    assert EXPECTED[kpi]["unit"] == row["unit"]
    assert (figure.value, figure.n) == (row["value"], row["n"])
    if figure.parts:
        assert figure.parts == (row["numerator"], row["denominator"])
    if figure.reason is None:
        assert None is row["why_null"]
    else:
        assert row["why_null"], "there is no reason"
        assert figure.reason in row["why_null"]


def test_every_kpi_is_in_the_table() -> None:
    """Nothing that the program reports of the year went without being worked out."""
    assert sorted({row["kpi"] for row in year()["rows"]}) == sorted(EXPECTED)


def test_every_row_of_the_year_is_accounted_for() -> None:
    """What was not taken: the older version of T3, a failed message, V16 without a time, O16."""
    inputs = {
        intake["path"].rpartition("/")[2]: (
            intake["source"], intake["rows"], intake["skipped"], intake["superseded"],
        )
        for intake in year()["inputs"]
    }  # fmt: skip
    assert inputs == {
        "calls.csv": ("generic-calls", 15, {}, 0),
        "tickets.csv": ("generic-tickets", 14, {}, 1),
        "chats.csv": ("shop-chats", 40, {}, 0),
        "messages.csv": ("generic-messages", 19, {"not_delivered": 1}, 0),
        "surveys.csv": ("generic-surveys", 16, {"no_answer": 1}, 0),
        "orders.csv": ("generic-orders", 16, {"not_paid": 1}, 0),
        "refunds.csv": ("generic-orders", 4, {}, 0),
        "page_views.csv": ("generic-page-views", 6, {}, 0),
    }
    assert "2025-12-31T12:00:00Z" == year()["as_of"]


def test_the_wrong_values_of_the_year() -> None:
    """The one anomaly is the survey of T9, all of whose answers are beyond their scales."""
    anomalies = {kind: count for kind, count in year()["anomalies"].items() if count}
    assert {"csat_out_of_scale": 1, "nps_out_of_scale": 1, "ces_out_of_scale": 1} == anomalies
