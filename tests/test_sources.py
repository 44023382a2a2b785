"""Every source that comes with the project: its samples hold, and it knows its own files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from supportcli.errors import InputError
from supportcli.events import EventLog, event_table, read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources.likely import likely_sources
from supportcli.sources.plan import EVERY_RATING, ratings_among
from supportcli.sources.sniff import InputFile
from supportcli.sources.source import FOLDER, Sample, Source, load_source

ROOT = Path(__file__).parent.parent
LOOKALIKE = ROOT / "tests" / "lookalike"
SHOP = ROOT / "sample_data" / "shop"

SOURCES = [
    load_source(path)
    for folder in (FOLDER, ROOT / "docs" / "examples", ROOT / "sample_data")
    for path in sorted(folder.rglob("*.toml"))
]
CASES = [
    pytest.param(source, sample, id=f"{source.name}-{number}")
    for source in SOURCES
    for number, sample in enumerate(source.samples, start=1)
]
RATED = [(source, sample) for source in SOURCES for sample in source.samples if sample.ratings]

FILES = {
    LOOKALIKE / "asterisk_master_18col.csv": ("asterisk-cdr", 3, {}),
    LOOKALIKE / "queue_log": ("asterisk-queue-log", 10, {"no_call": 2, "ringing": 1}),
    LOOKALIKE / "zendesk_tickets_view_export.csv": ("zendesk-tickets", 2, {}),
    LOOKALIKE / "livechat_chats.csv": ("livechat-chats", 2, {}),
    LOOKALIKE / "twilio_messages.csv": ("twilio-messages", 2, {}),
    SHOP / "phone" / "Master.csv": ("asterisk-cdr", 1102, {"internal_call": 57}),
    SHOP / "phone" / "queue_log": ("asterisk-queue-log", 2089, {"no_call": 24, "ringing": 35}),
    SHOP / "email" / "zendesk_tickets.csv": ("zendesk-tickets", 845, {"deleted": 16, "merged": 13}),
    SHOP / "chat" / "livechat_chats.csv": ("livechat-chats", 634, {}),
    SHOP / "sms" / "twilio_messages.csv": ("twilio-messages", 1208, {"not_delivered": 34}),
}
"""File -> source, rows, and the rows that each rule skips."""


def one_row_file(source: Source, row: dict[str, str]) -> str:
    """The row as a file in the shape of the source's own exports."""
    text = io.StringIO()
    spec = source.file
    delimiter = spec.delimiter or ","
    has_header = spec.header or (spec.header_optional and not set(row) <= set(spec.columns))
    if has_header:
        names = list(row)
        delimiter, spec = ",", spec.with_header()
    else:
        known = [name for name in spec.columns if name in row]
        width = max(spec.min_columns or 0, spec.columns.index(known[-1]) + 1)
        names = list(spec.columns[:width])
    cells = [row.get(name, "") for name in names]
    if not spec.quote:
        return delimiter.join(cells) + "\n"
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    if has_header:
        writer.writerow(names)
        writer.writerows([[""] * len(names)] * (spec.header_rows - 1))
    writer.writerow(cells)
    return text.getvalue()


def sample_file(source: Source, sample: Sample, folder: Path) -> Path:
    """What a sample shows, as a file: its row, or its text as it stands."""
    path = folder / ("export.csv" if sample.text is None else "export")
    text = one_row_file(source, dict(sample.row)) if sample.text is None else sample.text
    path.write_text(text, encoding="utf-8")
    return path


def named(source: Source) -> str:
    """What the command line calls a source: by its name what comes with the program."""
    return source.name if source.path.parent == FOLDER else str(source.path)


def read(
    path: Path, *columns: str, source: Source | None = None, agents: Sequence[str] = ()
) -> EventLog:
    """One file through the whole intake, its stamps without a zone in UTC."""
    options = ReadOptions(
        (str(path),), source=named(source) if source else None, agents=tuple(agents)
    )
    return read_log(options, Settings(), columns)


def plain(value: Any) -> Any:
    """A value as the samples write it."""
    if not isinstance(value, dt.datetime):
        return value
    text = value.replace(tzinfo=None).isoformat(
        timespec="milliseconds" if value.microsecond else "seconds"
    )
    return f"{text}Z"


@pytest.mark.parametrize(("source", "sample"), CASES)
def test_a_row_gives_what_its_sample_says(source: Source, sample: Sample, tmp_path: Path) -> None:
    """A raw row becomes the event of its sample, or is skipped or rejected for its reason."""
    path = sample_file(source, sample, tmp_path)
    if sample.event is None:
        with pytest.raises(InputError) as refused:
            read(path, source=source, agents=sample.agents)
        reason = f"skipped: 1 {sample.skipped}" if sample.skipped else sample.rejected
        assert reason is not None
        assert reason in refused.value.message
        return
    frame = event_table(read(path, *sample.event, source=source, agents=sample.agents))
    event = {name: plain(value) for name, value in frame.to_dicts()[0].items()}
    assert {name: event.get(name) for name in sample.event} == sample.event


@pytest.mark.parametrize(("source", "sample"), RATED)
def test_a_row_gives_the_ratings_of_its_sample(
    source: Source, sample: Sample, tmp_path: Path
) -> None:
    """Further ratings are read when they are asked for, and are no columns of the event table."""
    log = read(sample_file(source, sample, tmp_path), EVERY_RATING, source=source)
    (event,) = log.frame.to_dicts()
    found = {name: event[column] for name, column in ratings_among(event).items()}
    assert dict(sample.ratings) == found
    assert list(TYPES) == event_table(log).columns


@pytest.mark.parametrize(("source", "sample"), CASES)
def test_no_shortcut_keeps_out_a_source(source: Source, sample: Sample, tmp_path: Path) -> None:
    """What can be told of a file's first lines never excludes the source that made it."""
    path = sample_file(source, sample, tmp_path)
    if source.path.parent == FOLDER:
        assert source in likely_sources(InputFile(str(path), path))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_is_proved_by_its_samples(source: Source) -> None:
    """Every mapping that comes with the project carries at least three samples."""
    assert len(source.samples) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_recognised_and_read_whole(path: Path) -> None:
    """A file finds its source by itself; every row is an event or skipped by a named rule."""
    source, rows, skipped = FILES[path]
    (intake,) = read(path, "at").intakes
    assert intake.source == source
    assert intake.rows == rows
    assert intake.rejected == 0
    assert {rule: intake.skipped.get(rule, 0) for rule in skipped} == skipped
    assert intake.events == rows - sum(intake.skipped.values())
