"""Where a report goes: one format on standard output, or files whose endings say their formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supportcli.cli.options import format_of, word_of
from supportcli.errors import UsageError

DATA: Final = ("json", "ndjson", "csv", "parquet")
PICTURES: Final = ("svg", "png")
DOCUMENTS: Final = ("html", "md", "xlsx", "pdf", "eml")
REPORT_FORMATS: Final = ("terminal", *DATA, *DOCUMENTS, *PICTURES)
"""What a report can be written as: for eyes at once, for programs, and for people to keep."""


@dataclass(frozen=True)
class Output:
    """One place to write to, standard output where there is no path."""

    form: str
    path: Path | None = None

    @property
    def is_document(self) -> bool:
        """Whether it is made of the document of a dashboard."""
        return self.form in (*DOCUMENTS, *PICTURES)


def outputs_of(form: str | None, files: Sequence[str], known: tuple[str, ...]) -> list[Output]:
    """Where to write in which format: `--format` says it, else the ending of each file.

    Raises UsageError for formats that there are not, and for a file that is named twice.
    """
    paths = [Path(file) for file in files]
    if not paths:
        return [Output(format_of(form, None, "terminal", known))]
    if form is not None and len(paths) > 1:
        raise UsageError(
            "--format says the format of one output",
            hint="of several, the ending of each says it",
        )
    if len({path.absolute() for path in paths}) < len(paths):
        raise UsageError("-o names one file twice")
    return [Output(format_of(form, path, "terminal", known), path) for path in paths]


def check_chart(chart: str | None, outputs: Sequence[Output], kinds: tuple[str, ...]) -> None:
    """Raise UsageError for a chart that there is not, and where a picture lacks its chart."""
    pictures = [output for output in outputs if output.form in PICTURES]
    if chart is None and pictures:
        raise UsageError(
            f"{pictures[0].path or pictures[0].form}: a picture shows one chart",
            hint=f"name it: --chart {', '.join(kinds)}",
        )
    if chart is not None and not pictures:
        raise UsageError(
            "--chart is for pictures", hint=f"write one: -o {chart.partition(':')[0]}.svg"
        )
    if chart is not None:
        word_of(chart.partition(":")[0], "--chart", kinds)
