"""What formats that are made of tables say alike: a cell as one text, and the tiles as a table."""

from __future__ import annotations

from supportcli.report.document import Cell, Document, Line, Table


def in_words(cell: Cell) -> str:
    """A cell as one text, with what is said beside its value: 52.1 % (n 120 · 0.3 pp noise)."""
    beside = " · ".join(detail.text for detail in cell.details)
    if not (cell.text and beside):
        return cell.text or beside
    return f"{cell.text} ({beside})"


def tile_table(document: Document) -> Table:
    """The tiles as a table, a line each."""
    words = document.words
    head = (Cell(words.text("KPI")), Cell(words.text("value")))
    lines = tuple(
        Line((Cell(tile.title), Cell(tile.text, tile.value, tile.unit, tile.details)), tile.trend)
        for tile in document.tiles
    )
    return Table("tiles", "", head, lines)
