"""Draw docs/report.svg: what `supportkpi report sample_data/shop` prints, as a picture.

The picture is whole in itself. It names fonts that machines have, and fetches none.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from supportcli.intake import ReadOptions
from supportcli.kpis import select_kpis
from supportcli.overview import trend_of
from supportcli.pipeline import make_reports
from supportcli.questions import Question
from supportcli.report.model import Report
from supportcli.report.terminal import print_report
from supportcli.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = "sample_data/shop"
PICTURE = ROOT / "docs" / "report.svg"
WIDEST = 116
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

SVG = f"""\
<svg class="rich-terminal" viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
<title>supportkpi report {SAMPLE}</title>
<style>
.{{unique_id}}-matrix {{{{
    font-family: {FONTS};
    font-size: {{char_height}}px;
    line-height: {{line_height}}px;
    font-variant-east-asian: full-width;
}}}}
.{{unique_id}}-title {{{{ font-family: {FONTS}; font-size: 18px; font-weight: bold; }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}" />
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
    clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""
"""The frame that rich fills; its own one loads a font from the network."""


def sample_reports() -> tuple[Report, Report]:
    """The headline KPIs of the sample shop, with the defaults of the command, and their trends."""
    asked = Question(kpis=select_kpis([], every=False), meetings=True)
    with contextlib.chdir(ROOT):
        questions = [asked, trend_of(replace(asked, by=()))]
        report, trend = make_reports(ReadOptions((SAMPLE,)), Settings(), questions).all
    return report.report, trend.report


def printed(report: Report, trend: Report) -> Text:
    """The report as a terminal shows it in which it is one table."""
    console = Console(
        file=io.StringIO(),
        width=WIDEST,
        record=True,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    print_report(report, console, unicode=True, trend=trend)
    text = Text.from_ansi(console.export_text(styles=True).rstrip("\n"))
    lines = text.split("\n")
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def picture(text: Text) -> str:
    """The text in the frame of a terminal, as an SVG; the same text is the same bytes."""
    width = max(line.cell_len for line in text.split("\n")) + 1
    console = Console(file=io.StringIO(), width=width, record=True, legacy_windows=False)
    console.print(text)
    svg = console.export_svg(
        title=f"supportkpi report {SAMPLE}", code_format=SVG, unique_id="report"
    )
    if re.search(r"@font-face|@import|url\((?!#)|href=", svg):
        raise SystemExit("make_picture: the picture refers to something outside itself")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> None:
    """Write the picture; nothing around the program may colour it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        os.environ.pop(name, None)
    PICTURE.write_text(picture(printed(*sample_reports())), encoding="utf-8")


if __name__ == "__main__":
    main()
