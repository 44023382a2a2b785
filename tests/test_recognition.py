"""The recognition matrix: every file that looks like an export against every source that there is.

Exactly one source wins, the right one: whatever order and case the columns come in, without those
that its user left out, and in every kind of file that a table comes as.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from exports import KINDS, Table, as_csv, read_csv, table_of
from supportcli.errors import InputError
from supportcli.events import read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources.files import find_inputs
from supportcli.sources.names import find_column
from supportcli.sources.recognise import candidates, winners
from supportcli.sources.source import Sample, Source, built_in_sources
from test_lookalike import GOLDEN
from test_sources import FILES as SHOP_AND_LOOKALIKES
from test_sources import sample_file
from test_vendor_seeds import SEEDS, TABLES

SOURCES: Final = built_in_sources()
ORDINARY: Final = [
    pytest.param(source, sample, id=f"{source.name}-{number}")
    for source in SOURCES
    for number, sample in enumerate(source.samples, start=1)
    if sample.event is not None or source.refused
]
"""The samples that give an event; one that is rejected may look like nothing known."""

FILES: Final = {
    **{
        golden.with_name(golden.name.removesuffix(".golden.toml")): tomllib.loads(
            golden.read_text(encoding="utf-8")
        ).get("source")
        for golden in GOLDEN
    },
    **{path: source for path, (source, *_) in SHOP_AND_LOOKALIKES.items()},
    **{SEEDS / name: source for name, source, *_ in TABLES},
}
"""Every sample file and its source; None where its golden table names none."""

REFUSED: Final = {"chatwoot_agents.csv": "chatwoot-reports"}
"""Files that are known, and refused."""


def winning(path: Path) -> list[str]:
    """The sources that win a file: one if all is well."""
    (file,) = find_inputs([str(path)], []).files
    return [one.source.name for one in winners(candidates(file, SOURCES))]


def put(folder: Path, content: bytes, kind: str = "csv") -> Path:
    """A file under a name that tells nothing but its kind."""
    path = folder / f"export.{kind}"
    path.write_bytes(content)
    return path


def table_of_samples(source: Source) -> Table | None:
    """The first ordinary sample of a source, and those others that have no more columns.

    A source whose files come without a header has all its columns. None for what is no table.
    """
    samples = [one for one in source.samples if one.event is not None or source.refused]
    rows = [dict(one.row) for one in samples if one.text is None]
    if not rows:
        return None
    names = source.file.columns or tuple(rows[0])
    return table_of([row for row in rows if set(row) <= set(names)], names)


def in_layout(table: Table, source: Source, kind: str) -> Table:
    """The table as a sheet has it: with as many rows of names as the source's exports."""
    more = 0 if kind in {"parquet", "ndjson", "json"} else source.file.header_rows - 1
    second = ("",) * (len(table.names) - 1) + ("Response",)
    return table.with_rows([*[second] * more, *table.rows])


def required(source: Source, table: Table) -> list[int]:
    """Where the columns stand without which the source would not know its file."""
    match = source.match
    asked = [*match.columns, *match.patterns]
    asked += [next(one for one in names if is_there(source, one, table)) for names in match.any]
    found = [find_column(name, source.columns.get(name, ()), table.names) for name in asked]
    return sorted({table.names.index(one.column) for one in found if one is not None})


def is_there(source: Source, name: str, table: Table) -> bool:
    """Whether a table has a column that the source calls so."""
    return find_column(name, source.columns.get(name, ()), table.names) is not None


TABLES_BY_NAME: Final = [
    pytest.param(source, table, id=source.name)
    for source in SOURCES
    if (source.file.header or source.file.header_optional)
    and (table := table_of_samples(source)) is not None
]
"""Every source whose files can have the names of their columns, with a table of its samples."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_file_has_one_source(path: Path) -> None:
    """A file that looks like a real export is of its source, and of no other as well."""
    assert [FILES[path] or REFUSED[path.name]] == winning(path)


@pytest.mark.parametrize(("source", "sample"), ORDINARY)
def test_a_sample_has_one_source(source: Source, sample: Sample, tmp_path: Path) -> None:
    """One row of a sample, in the layout of the system's own files, is enough to know it."""
    assert [source.name] == winning(sample_file(source, sample, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("source", "table"), TABLES_BY_NAME)
def test_the_kind_of_file_makes_no_difference(
    source: Source, table: Table, kind: str, tmp_path: Path
) -> None:
    """The same columns in a workbook, Parquet, JSON, TSV or packed are of the same source."""
    path = put(tmp_path, KINDS[kind](in_layout(table, source, kind)), kind)
    assert [source.name] == winning(path)


def reversed_order(width: int) -> list[int]:
    """The last column first."""
    return list(reversed(range(width)))


def dealt_order(width: int) -> list[int]:
    """Every other column first."""
    return [*range(1, width, 2), *range(0, width, 2)]


@pytest.mark.parametrize("order", [reversed_order, dealt_order])
@pytest.mark.parametrize(("source", "table"), TABLES_BY_NAME)
def test_the_order_of_columns_makes_no_difference(
    source: Source, table: Table, order: Callable[[int], list[int]], tmp_path: Path
) -> None:
    """Columns are found by their names, wherever they stand."""
    moved = table.with_columns(order(len(table.names)))
    assert [source.name] == winning(put(tmp_path, as_csv(in_layout(moved, source, "csv"))))


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, str.title, " {} ".format], ids=["A", "a", "Aa", "space"]
)
@pytest.mark.parametrize(("source", "table"), TABLES_BY_NAME)
def test_the_case_of_names_makes_no_difference(
    source: Source, table: Table, change: Callable[[str], str], tmp_path: Path
) -> None:
    """Names in capitals or with space around them are the same names."""
    renamed = table.renamed(change)
    assert [source.name] == winning(put(tmp_path, as_csv(in_layout(renamed, source, "csv"))))


@pytest.mark.parametrize(("source", "table"), TABLES_BY_NAME)
def test_columns_that_nobody_chose_are_not_missed(
    source: Source, table: Table, tmp_path: Path
) -> None:
    """Without a column that it does not ask for a source still knows its file, and reads it."""
    needed = required(source, table)
    others = [place for place in range(len(table.names)) if place not in needed]
    lacking = [[one for one in range(len(table.names)) if one != place] for place in others]
    for number, kept in enumerate([needed, *lacking]):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = put(folder, as_csv(in_layout(table.with_columns(kept), source, "csv")))
        assert [source.name] == winning(path), table.with_columns(kept).names
    agents = tuple(dict.fromkeys(name for sample in source.samples for name in sample.agents))
    assert can_be_read(tmp_path / "0" / "export.csv", agents)


BY_ONE_OF_SEVERAL: Final = [
    pytest.param(source, id=source.name)
    for source in SOURCES
    if source.match.any and source.refused is None
]


@pytest.mark.parametrize("source", BY_ONE_OF_SEVERAL)
def test_any_column_that_a_source_is_known_by_is_enough(source: Source, tmp_path: Path) -> None:
    """Of columns of which one must be there each is enough, to know a file and to read it."""
    rows = [dict(sample.row) for sample in source.samples if sample.event is not None]
    first = [names[0] for names in source.match.any]
    each = [
        [*first[:place], name, *first[place + 1 :]]
        for place, names in enumerate(source.match.any)
        for name in names
    ]
    for number, some in enumerate(each):
        names = list(dict.fromkeys([*source.match.columns, *source.match.patterns, *some]))
        table = table_of([{name: first_value(source, name, rows) for name in names}], names)
        (tmp_path / str(number)).mkdir()
        path = put(tmp_path / str(number), as_csv(table))
        assert [source.name] == winning(path), names
        assert can_be_read(path, ())


def first_value(source: Source, name: str, rows: list[dict[str, str]]) -> str:
    """What the samples have in a column."""
    found = [(row, find_column(name, source.columns.get(name, ()), list(row))) for row in rows]
    return next((row[one.column] for row, one in found if one and row[one.column]), "")


def can_be_read(path: Path, agents: tuple[str, ...]) -> bool:
    """Whether a file gives events, or fails for what is in it and not for a mapping's fault."""
    try:
        read_log(ReadOptions((str(path),), agents=agents), Settings(), TYPES)
    except InputError as error:
        return path.name in error.message
    return True


def plain_tables() -> list[tuple[str, Table]]:
    """The sample files that are plain CSV with a header on top: all their columns, some rows."""
    by_name = {source.name: source.file for source in SOURCES}
    found = []
    for path, name in FILES.items():
        if path.suffix != ".csv" or name is None or path.name in REFUSED:
            continue
        if by_name[name].header and by_name[name].header_rows == 1:
            first = path.read_text(encoding="utf-8-sig").partition("\n")[0]
            whole = read_csv(path.read_bytes(), delimiter=max(",;\t", key=first.count))
            rows = [row for row in whole.rows[:20] if len(row) == len(whole.names)]
            once = [whole.names.index(one) for one in dict.fromkeys(whole.names)]
            found.append((name, whole.with_rows(rows).with_columns(once)))
    return found


@pytest.mark.parametrize(
    ("name", "table"),
    [pytest.param(*one, id=f"{one[0]}-{n}") for n, one in enumerate(plain_tables())],
)
def test_whole_exports_in_any_form_have_one_source(name: str, table: Table, tmp_path: Path) -> None:
    """All the columns of an export: backwards, in capitals, and in every kind of file."""
    forms = {kind: (kind, write(table)) for kind, write in KINDS.items()}
    forms["backwards"] = "csv", as_csv(table.with_columns(reversed_order(len(table.names))))
    forms["in capitals"] = "csv", as_csv(table.renamed(str.upper))
    found = {}
    for form, (kind, content) in forms.items():
        (tmp_path / form).mkdir()
        found[form] = winning(put(tmp_path / form, content, kind))
    assert {form: [name] for form in forms} == found
