"""Reports and tables for programs: json, ndjson, csv and parquet, all of the same rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from supportcli.report.model import SCHEMA, Change, Report, Row
from supportcli.wording import unformulated

if TYPE_CHECKING:
    import polars as pl

    from supportcli.sources.read import Reject

DECIMALS: Final = 9
"""Values are rounded to this many decimals, far below what any of them can mean."""


def moment_text(moment: dt.datetime | None) -> str | None:
    """A naive UTC time as ISO 8601 with a Z."""
    return None if moment is None else f"{moment.isoformat()}Z"


def row_fields(row: Row, by: Sequence[str], *, compared: bool = False) -> dict[str, Any]:
    """One row of the report as the contract names its fields; a comparison adds its own."""
    group = row.group if row.group is not None else (None,) * len(by)
    return {
        **dict(zip(by, group, strict=True)),
        "total": row.group is None,
        "period": row.period,
        "kpi": row.kpi,
        "value": rounded(row.value),
        "unit": row.unit,
        "n": row.n,
        "low": rounded(row.low),
        "high": rounded(row.high),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "target": row.target,
        "met": row.met,
        "previous": rounded(row.previous),
        "why_null": row.why_null,
        **(_change_fields(row.change) if compared else {}),
    }


def _change_fields(change: Change | None) -> dict[str, Any]:
    return {
        "change": rounded(change.value) if change else None,
        "change_low": rounded(change.low) if change else None,
        "change_high": rounded(change.high) if change else None,
        "is_noise": change.is_noise if change else None,
        "verdict": change.verdict if change else None,
    }


def _report_rows(report: Report) -> list[dict[str, Any]]:
    compared = report.compared_with is not None
    return [row_fields(row, report.by, compared=compared) for row in report.rows]


def rounded(value: float | None) -> float | int | None:
    """A value as it is written."""
    return round(value, DECIMALS) if isinstance(value, float) else value


def report_fields(report: Report) -> dict[str, Any]:
    """The whole report as the contract names its fields."""
    return {
        "schema": SCHEMA,
        "as_of": moment_text(report.as_of),
        "timezone": report.timezone,
        "since": moment_text(report.since),
        "until": moment_text(report.until),
        "by": list(report.by),
        "period": report.period,
        "inputs": [asdict(intake) for intake in report.intakes],
        "anomalies": dict(report.anomalies),
        **({"compared_with": report.compared_with} if report.compared_with is not None else {}),
        "rows": _report_rows(report),
    }


def write_report(report: Report, stream: BinaryIO, form: str) -> None:
    """Write a report as json, ndjson, csv or parquet."""
    if form == "json":
        write_json(report_fields(report), stream)
        return
    rows = _report_rows(report)
    if form == "ndjson":
        _write_ndjson(rows, stream)
    elif form == "csv":
        _write_csv(list(rows[0]), (row.values() for row in rows), stream)
    else:
        _write_parquet(_report_frame(rows, report.by), stream)


def write_json(value: Mapping[str, Any], stream: BinaryIO) -> None:
    """Write one value as a JSON document: a line for every field, and for every item of a list."""
    fields = ",\n ".join(f"{_json(name)}: {_field(field)}" for name, field in value.items())
    stream.write(f"{{\n {fields}\n}}\n".encode())


def _field(value: Any) -> str:
    # Indented, a row of a report would be some twenty lines, and take five times as long to write.
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[\n  " + ",\n  ".join(map(_json, value)) + "\n ]"
    return _json(value)


_json: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _write_ndjson(rows: Iterable[Mapping[str, Any]], stream: BinaryIO) -> None:
    stream.writelines(f"{_json(row)}\n".encode() for row in rows)


def _write_csv(header: Sequence[str], rows: Iterable[Iterable[Any]], stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    # The writer quotes a cell for its own line end only: with "\n" a lone "\r" would break the row.
    writer = csv.writer(_UnixLines(text), lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    text.detach()


def _write_parquet(
    frame: pl.DataFrame, stream: BinaryIO, metadata: dict[str, str] | None = None
) -> None:
    """Write a frame as Parquet.

    Raises the OSError (a full disk, a reader that is gone) that polars tells as one of its own.
    """
    from polars.exceptions import PolarsError

    try:
        frame.write_parquet(stream, metadata=metadata)
    except PolarsError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


class _UnixLines:
    """Lines that end in CR LF, written with LF."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text

    def write(self, line: str) -> int:
        return self.text.write(f"{line[:-2]}\n")


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return unformulated(value) if isinstance(value, str) else value


def _report_frame(rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    schema: dict[str, Any] = {name: pl.Int64 if name == "hour" else pl.String for name in by}
    schema |= {"total": pl.Boolean, "period": pl.String, "kpi": pl.String, "value": pl.Float64,
               "unit": pl.String, "n": pl.Int64, "low": pl.Float64, "high": pl.Float64,
               "numerator": pl.Int64, "denominator": pl.Int64, "target": pl.String,
               "met": pl.Boolean, "previous": pl.Float64, "why_null": pl.String}  # fmt: skip
    if rows and "change" in rows[0]:
        schema |= {"change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64,
                   "is_noise": pl.Boolean, "verdict": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, strict=False)


def write_frame(
    frame: pl.DataFrame, stream: BinaryIO, form: str, metadata: dict[str, str] | None = None
) -> None:
    """Write a table of events or conversations; times are ISO 8601 in UTC in the text formats."""
    if form == "parquet":
        _write_parquet(frame, stream, metadata)
    elif form == "csv":
        _write_csv(frame.columns, (row.values() for row in _plain_rows(frame)), stream)
    elif form == "ndjson":
        _write_ndjson(_plain_rows(frame), stream)
    else:
        stream.write(b"[")
        for number, row in enumerate(_plain_rows(frame)):
            text = _json(row)
            stream.write(f"{',' if number else ''}\n{text}".encode())
        stream.write(b"\n]\n")


def _plain_rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.iter_rows(named=True):
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment_text(value.replace(tzinfo=None))
    return value


def write_rejects(rejects: Sequence[Reject], stream: BinaryIO, suffix: str) -> None:
    """Write rejected rows, one a line, as ndjson or csv: file, line, row, column, value, reason."""
    rows = [
        {
            "file": one.file,
            "line": one.line,
            "row": one.row,
            "column": one.column,
            "value": one.value,
            "reason": one.message,
        }
        for one in rejects
    ]
    if suffix.lower() in (".ndjson", ".jsonl"):
        _write_ndjson(rows, stream)
    else:
        header = ["file", "line", "row", "column", "value", "reason"]
        _write_csv(header, (row.values() for row in rows), stream)
