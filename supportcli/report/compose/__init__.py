"""A dashboard as a document: what people read, in which order, in the words of their language.

dashboard --compose_document--> Document --a renderer each--> HTML, Markdown, XLSX, PDF, mail
"""

from __future__ import annotations

from collections.abc import Iterator

from supportcli.report.compose.charts import charts_of_all, charts_of_group
from supportcli.report.compose.overall import facts_of, tiles_of
from supportcli.report.compose.quality import quality_blocks
from supportcli.report.compose.rankings import ranking_tables
from supportcli.report.compose.tables import comparison_table, kpi_table, period_table
from supportcli.report.compose.terms import glossary_of
from supportcli.report.compose.view import View, group_id
from supportcli.report.dashboard import Dashboard, Group
from supportcli.report.document import QUIET, Block, Brand, Document, Paragraph, Section
from supportcli.words import Words, phrase


def compose_document(
    dashboard: Dashboard, words: Words, *, title: str | None = None, brand: Brand | None = None
) -> Document:
    """The document of a dashboard; without a title it has one in its language."""
    view = View(dashboard, words)
    return Document(
        title=title or words.text("Support report"),
        words=words,
        facts=facts_of(view),
        tiles=tiles_of(view),
        sections=tuple(_sections(view)),
        brand=brand or Brand(),
    )


def _sections(view: View) -> Iterator[Section]:
    words = view.words
    yield Section("overview", words.text("All figures"), tuple(_overall(view)))
    for group in view.shown_groups:
        name = view.group_name(group)
        title = words.heading(name) if view.is_of_our_words else name
        yield Section(group_id(group), title, tuple(_of_group(view, group)))
    yield Section("quality", words.text("Data quality"), tuple(quality_blocks(view)))
    yield Section("glossary", words.text("Glossary"), (glossary_of(view),))


def _overall(view: View) -> Iterator[Block]:
    yield comparison_table(view)
    if view.report.compared_with is not None:
        yield Paragraph(
            view.words.text("A change marked as noise is one that chance alone could make."),
            QUIET,
        )
    if view.report.period is not None:
        yield period_table(view, None)
    yield from charts_of_all(view)
    yield from ranking_tables(view, None)
    if view.hidden_groups:
        yield Paragraph(
            view.words.text(
                phrase(
                    "The groups of most conversations have sections of their own; {count} others "
                    "are in the table above.",
                    count=view.hidden_groups,
                )
            ),
            QUIET,
        )


def _of_group(view: View, group: Group) -> Iterator[Block]:
    yield kpi_table(view, group)
    if view.report.period is not None:
        yield period_table(view, group)
    yield from charts_of_group(view, group)
    yield from ranking_tables(view, group)
