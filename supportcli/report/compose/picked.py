"""One chart of a document, by the name that the command line gives it."""

from __future__ import annotations

from dataclasses import replace

from supportcli.errors import UsageError, did_you_mean
from supportcli.report.compose.view import GROUP, group_id
from supportcli.report.document import Chart, Document, Section
from supportcli.words import phrase


def picked_chart(document: Document, name: str) -> Chart:
    """The chart `kind` of everything, or `kind:group` of one group, which its title then names.

    Raises UsageError where there is no such chart in this report, or several.
    """
    kind, _, group = name.partition(":")
    found = {
        section.id.removeprefix(GROUP): (section, chart)
        for section in document.sections
        for chart in section.blocks
        if isinstance(chart, Chart) and chart.kind == kind
    }
    by_title = {section.title.lower(): key for key, (section, _) in found.items()}
    if not found:
        raise UsageError(f"--chart {kind}: this report has nothing to draw it of")
    group = by_title.get(group.lower(), group.lower())
    if group and group not in found:
        near = did_you_mean(group, found) or f"there are {', '.join(found)}"
        raise UsageError(f'--chart {kind}: there is none of "{group}"', hint=near)
    if group:
        return _named(document, *found[group])
    of_all = [chart for _, chart in found.values() if chart.id == f"{kind}-{group_id(None)}"]
    if not of_all and len(found) > 1:
        ways = ", ".join(f"--chart '{kind}:{title}'" for title in found)
        raise UsageError(f"--chart {kind}: several groups have one", hint=ways)
    return of_all[0] if of_all else _named(document, *next(iter(found.values())))


def _named(document: Document, section: Section, chart: Chart) -> Chart:
    said = phrase("{group}: {title}", group=section.title, title=chart.title)
    return replace(chart, title=document.words.text(said))
