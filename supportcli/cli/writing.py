"""What a report has to ask so that every output has what it shows, and the writing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from supportcli.cli.outputs import DATA, PICTURES, Output
from supportcli.cli.telling import destination
from supportcli.pipeline import Answers
from supportcli.questions import Question
from supportcli.settings import Settings

if TYPE_CHECKING:
    from supportcli.overview import Overview
    from supportcli.report.document import Brand, Document
    from supportcli.report.model import Report
    from supportcli.words import Words


@dataclass(frozen=True)
class Writing:
    """The outputs of one run, and the questions whose answers they show: the report's own first."""

    outputs: Sequence[Output]
    questions: list[Question]
    settings: Settings
    color: str
    chart: str | None = None
    overview: Overview | None = None
    brand: Brand | None = None

    @classmethod
    def of(
        cls,
        asked: Question,
        outputs: Sequence[Output],
        settings: Settings,
        chart: str | None,
        color: str,
    ) -> Writing:
        """What these outputs ask; raises ConfigurationError for a logo that cannot be shown."""
        for_people = [output for output in outputs if output.form not in DATA]
        meetings = bool(for_people) or settings.customers.file is not None
        asked = replace(asked, meetings=meetings)
        writing = cls(outputs, [asked], settings, color, chart)
        if any(output.is_document for output in outputs):
            from supportcli.overview import Overview
            from supportcli.report.brand import brand_of

            overview, brand = Overview.of(asked), brand_of(settings.report)
            return replace(writing, questions=overview.questions, overview=overview, brand=brand)
        if for_people and asked.period is None:
            from supportcli.overview import trend_of

            return replace(writing, questions=[asked, trend_of(replace(asked, by=()))])
        return writing

    @property
    def tells_customers(self) -> bool:
        """Whether some output says on how many channels customers were met."""
        return any(output.form not in DATA for output in self.outputs)

    def write(self, answers: Answers) -> None:
        """Write every output of the answers to the questions."""
        shown = _Shown(self, answers)
        for output in self.outputs:
            with destination(output.path) as stream:
                shown.write(output.form, stream)


@dataclass(frozen=True)
class _Shown:
    """The answers as the outputs show them; what several of them show is made once."""

    writing: Writing
    answers: Answers

    def write(self, form: str, stream: BinaryIO) -> None:
        """Write one output in its format."""
        if form == "terminal":
            from supportcli.report import terminal

            color = self.writing.color
            terminal.write_report(self.answers.report, stream, color, self.words, self.trend)
        elif form in DATA:
            from supportcli.report import tabular

            tabular.write_report(self.answers.report, stream, form)
        elif form in PICTURES:
            self._write_picture(form, stream)
        else:
            self._write_document(form, stream)

    def _write_picture(self, form: str, stream: BinaryIO) -> None:
        from supportcli.report import charts
        from supportcli.report.compose.picked import picked_chart

        chart = picked_chart(self.document, self.writing.chart or "")
        if form == "svg":
            stream.write(charts.svg(chart, self.words).encode())
        else:
            stream.write(charts.png(chart, self.words))

    def _write_document(self, form: str, stream: BinaryIO) -> None:
        template = self.writing.settings.report.template
        page = Path(template).expanduser() if template is not None else None
        if form == "html":
            from supportcli.report import html

            html.write_document(self.document, stream, page)
        elif form == "pdf":
            from supportcli.report import pdf

            pdf.write_document(self.document, stream, page)
        elif form == "eml":
            from supportcli.report import mail

            mail.write_document(self.document, stream)
        elif form == "xlsx":
            from supportcli.report import xlsx

            xlsx.write_document(self.document, stream)
        else:
            from supportcli.report import markdown

            markdown.write_document(self.document, stream)

    @cached_property
    def words(self) -> Words:
        """How the report speaks."""
        from supportcli.locale import words_for

        settings = self.writing.settings
        return words_for(settings.lang, settings.calendar_kind, settings.digits)

    @property
    def trend(self) -> Report | None:
        """The course of the KPIs by period; None where the report itself has periods."""
        if self.writing.questions[0].period is not None:
            return None
        return self.answers.all[1].report

    @cached_property
    def document(self) -> Document:
        """The document for people."""
        from supportcli.report.compose import compose_document

        writing = self.writing
        assert writing.overview is not None
        dashboard = writing.overview.dashboard(self.answers, writing.settings)
        title = writing.settings.report.title
        return compose_document(dashboard, self.words, title=title, brand=writing.brand)


def with_targets(answers: Answers, settings: Settings) -> Answers:
    """The answers, the first judged by the targets of the configuration."""
    if not settings.targets:
        return answers
    from supportcli.targets import judged, parse_targets

    first, *others = answers.all
    report = judged(first.report, parse_targets(settings.targets)[0])
    return replace(answers, all=(replace(first, report=report), *others))
