"""Where the table of an export begins and ends: its header, title lines above, footers below.

Nothing here knows files: it works on records, be they lines of a text or rows of a sheet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from supportcli.sources.split import Dialect, Record, fault_in, split_records

DELIMITERS: Final = (",", ";", "\t", "|")
BLANK: Final = "blank"
FOOTER: Final = "footer"
TOTALS: Final = "totals"

_STATED_DELIMITER: Final = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)
_HEADER_WITHIN: Final = 30
_TOTAL_WORDS: Final = frozenset((
    "total", "totals", "grand total", "grand totals", "sum", "summe", "totales", "total general",
    "جمع", "جمع کل", "مجموع", "المجموع", "الإجمالي", "الاجمالي", "إجمالي",
))  # fmt: skip
_DATUM: Final = re.compile(r"[+-]?\d[\d\s.,:/+TZ-]*")
_ODD_SPACE: Final = re.compile(r"[^\S ]+|\ufeff")


def stated_delimiter(line: str) -> str | None:
    """The delimiter that a first line for Excel states, `sep=;`."""
    match = _STATED_DELIMITER.fullmatch(line)
    return match[1] if match else None


def delimiter_of(lines: Sequence[str], quote: str) -> str:
    """The delimiter that cuts most lines to one width, that of the first line if possible."""
    best, best_score = DELIMITERS[0], (False, 0, 1)
    for mark in DELIMITERS:
        records = [one for one in split_records(lines, Dialect(mark, quote)) if not one.is_blank]
        if not records:
            continue
        width, count = usual_width(records)
        fits_first = len(records[0].cells) == width
        score = (fits_first, 2 * count - len(records), width)
        if width > 1 and (best_score[2] == 1 or score > best_score):
            best, best_score = mark, score
    return best


def usual_width(records: Sequence[Record]) -> tuple[int, int]:
    """The number of cells that most records have, and how many have it."""
    widths = Counter(len(one.cells) for one in records)
    return max(widths.items(), key=lambda item: (item[1], item[0]))


def escape_in(lines: Sequence[str], delimiter: str, quote: str) -> str | None:
    """The backslash, where it and not doubling is what makes sense of the quotes in quotes."""
    if not quote or not any(f"\\{quote}" in line for line in lines):
        return None
    faults = [fault_in(lines, Dialect(delimiter, quote, escape)) for escape in (None, "\\")]
    doubled, escaped = ("expected after" in (fault or "") for fault in faults)
    return "\\" if doubled and not escaped else None


def header_index(records: Sequence[Record], rows: int = 1) -> int | None:
    """Which record is the header: the first filled like one, else the first that is not blank.

    Title lines hold little; a block of them may end with a blank line. Of several header rows the
    first may have names for groups of columns only.
    """
    there = [one for one in records if not one.is_blank]
    if not there:
        return None
    usual, _ = usual_width(there)
    width = min(usual, max(one.filled for one in there))
    for index, record in enumerate(records[:_HEADER_WITHIN]):
        if rows > 1 and len(record.cells) == usual and record.filled > 1:
            return index
        if 2 * record.filled > width and not _is_title(records, index, width):
            # Where the rows are wider than the header, the first of them is filled like one.
            is_row = there[0].filled > 1 and _has_data(record) and not _has_data(there[0])
            return records.index(there[0]) if is_row else index
    return records.index(there[0])


def _is_title(records: Sequence[Record], index: int, width: int) -> bool:
    """Whether a record with less than the usual cells belongs to lines above the table."""
    record = records[index]
    below = records[index + 1 : _HEADER_WITHIN]
    fuller = next((one for one in below if one.filled > record.filled), None)
    if record.filled >= width or fuller is None or _has_data(fuller):
        return False
    gap = any(one.is_blank for one in below[: below.index(fuller)])
    return gap or 4 * len(record.cells) < 3 * width


def _has_data(record: Record) -> bool:
    """Whether a cell is a number or a date, as no name of a column is."""
    return any(_DATUM.fullmatch(cell.strip()) for cell in record.cells)


def names_in(header: Sequence[Record]) -> list[str]:
    """The names of the columns by their header rows.

    A name is that of the first row. Where that has none, a row below says which answer to the
    question before it the column is: `question: answer`.
    """
    width = max(len(one.cells) for one in header)
    rows = [[_clean(cell) for cell in one.cells] for one in header]
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    names: list[str] = []
    question = ""
    for first, *others in zip(*padded, strict=True):
        question = first or question
        answer = next(filter(None, others), "")
        together = f"{question}: {answer}" if question and answer else answer
        names.append(first or together)
    return unique_names(names)


def _clean(name: str) -> str:
    return _ODD_SPACE.sub(" ", name).strip()


def unique_names(names: Sequence[str]) -> list[str]:
    """Column names as polars makes them unique: the second `a` is `a_duplicated_0`.

    A name that polars would take for a pattern (`^...$`) gets a space before it, which matching
    does not see.
    """
    names = [f" {name}" if name.startswith("^") and name.endswith("$") else name for name in names]
    seen: dict[str, int] = {}
    result = []
    for name in names:
        count = seen.get(name, -1)
        result.append(name if count < 0 else f"{name}_duplicated_{count}")
        seen[name] = count + 1
    return result


@dataclass(frozen=True)
class Ending:
    """What stands below the rows: how many records, and how many of them for which reason.

    Blank lines are no records of the table, and counted for no reason.
    """

    size: int
    left_out: Mapping[str, int]


def ending_of(records: Sequence[Record], width: int) -> Ending:
    """The records at the end that are no rows of a table of this width."""
    kinds: list[str] = []
    for record in reversed(records):
        kind = _kind(record, width, after_blank=True)
        if kind is None:
            break
        kinds.append(kind)
    size = len(kinds)
    after_blank = False
    for record in records[len(records) - size :]:
        kind = _kind(record, width, after_blank=after_blank)
        if kind is not None:
            break
        size -= 1
    counts = Counter(reversed(kinds[:size]))
    del counts[BLANK]
    return Ending(size, dict(counts))


def _kind(record: Record, width: int, *, after_blank: bool) -> str | None:
    """What a record below the table is; None for a row of it.

    A line of one cell may be a row that was cut. A footer is a phrase, or stands after a blank line
    or another footer.
    """
    if record.is_blank:
        return BLANK
    first = record.cells[0].strip()
    if width < 2 or not first:
        return None
    if first.rstrip(":").casefold() in _TOTAL_WORDS:
        return TOTALS
    if record.filled > 1:
        return None
    is_short = len(record.cells) == 1
    words = len(first.split())
    is_phrase = first[0].isalpha() and words >= (2 if is_short else 3)
    return FOOTER if is_phrase or (is_short and after_blank) else None
