"""A check of targets for programs: JSON, JUnit for build servers, and commands for GitHub's.

Names from the data are cleaned, and escaped as each format wants it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, Final
from xml.etree import ElementTree as ET

from supportcli.report.model import Check, CheckedRow, Row
from supportcli.report.tabular import report_fields, row_fields, write_json
from supportcli.wording import clean, value_in_words

SCHEMA: Final = "supportkpi.check/1"
VERDICTS: Final[dict[bool | None, str]] = {True: "met", False: "MISSED", None: "not judged"}

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write (section 2.2)."""


def group_in_words(checked: CheckedRow) -> str:
    """Whose value it is, and of which period: `total`, `channel phone, 2026-03`."""
    names = ["total"]
    if checked.row.group is not None:
        pairs = zip(checked.by, checked.row.group, strict=True)
        names = [f"{name} {'unknown' if of is None else of}" for name, of in pairs]
    return clean(", ".join([*names, *([checked.row.period] if checked.row.period else [])]))


def why_not_judged(row: Row) -> str:
    """Why a target says nothing of a row."""
    return clean(row.why_null or "") if row.value is None else "of too few values"


def _said(row: Row) -> str:
    """The value of a row and of how many it is, or why it was not judged."""
    if row.value is None:
        return why_not_judged(row)
    n = "" if row.value == row.n else f", n {row.n:,}"
    why = f", {why_not_judged(row)}" if row.met is None else ""
    return f"{value_in_words(row.value, row.unit)}{n}{why}"


def _write_json(check: Check, stream: BinaryIO) -> None:
    """Write the facts of the report and the judged rows; a row names its own dimensions."""
    facts = report_fields(check.report)
    counts = Counter(checked.row.met for checked in check.rows)
    value: dict[str, Any] = {
        "schema": SCHEMA,
        **{name: facts[name] for name in _FACTS},
        "met": counts[True],
        "missed": counts[False],
        "not_judged": counts[None],
        "rows": [row_fields(checked.row, checked.by) for checked in check.rows],
    }
    write_json(value, stream)


_FACTS: Final = ("as_of", "timezone", "since", "until", "period", "inputs", "anomalies")


def _write_junit(check: Check, stream: BinaryIO) -> None:
    """Write a test case a target, as build servers read them: failed where it is missed."""
    counts = Counter(checked.row.met for checked in check.rows)
    suite = ET.Element(
        "testsuite",
        name="supportkpi check",
        tests=str(len(check.rows)),
        failures=str(counts[False]),
        errors="0",
        skipped=str(counts[None]),
    )
    for checked in check.rows:
        row = checked.row
        name = _xml(f"{row.kpi} {row.target} ({group_in_words(checked)})")
        case = ET.SubElement(suite, "testcase", classname=f"supportkpi.{row.kpi}", name=name)
        if row.met is not True:
            kind = "skipped" if row.met is None else "failure"
            ET.SubElement(case, kind, message=_xml(_said(row)))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    stream.write(ET.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", clean(text))


def _write_github(check: Check, stream: BinaryIO) -> None:
    """Write a workflow command a target: an error where it is missed, else a notice."""
    stream.writelines(f"{line}\n".encode() for line in _commands(check))


def _commands(check: Check) -> Iterator[str]:
    for checked in check.rows:
        row = checked.row
        level = "error" if row.met is False else "notice"
        title = _property(f"{row.kpi}: {VERDICTS[row.met]}")
        said = f"{group_in_words(checked)}: {_said(row)}, target {row.target}"
        # Also what is met goes as a command: a bare line with `##[` in it would be taken for one.
        yield f"::{level} title={title}::{_message(said)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


WRITERS: Final = {"json": _write_json, "junit": _write_junit, "github": _write_github}
