"""One chart of a document, by the name that the command line gives it."""

from __future__ import annotations

from supportcli.errors import UsageError, did_you_mean
from supportcli.report.document import Chart, Document


def picked_chart(document: Document, name: str) -> Chart:
    """The chart `kind` of everything, or `kind:group` of one group.

    Raises UsageError where there is no such chart in this report, or several.
    """
    kind, _, group = name.partition(":")
    found = {
        section.title.lower(): block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Chart) and block.kind == kind
    }
    if not found:
        raise UsageError(f"--chart {kind}: this report has nothing to draw it of")
    if group:
        if group.lower() in found:
            return found[group.lower()]
        near = did_you_mean(group.lower(), found) or f"there are {', '.join(found)}"
        raise UsageError(f'--chart {kind}: there is none of "{group}"', hint=near)
    whole = next((chart for chart in found.values() if chart.id == f"{kind}-all"), None)
    if whole is None and len(found) > 1:
        ways = ", ".join(f"--chart '{kind}:{title}'" for title in found)
        raise UsageError(f"--chart {kind}: several groups have one", hint=ways)
    return whole or next(iter(found.values()))
