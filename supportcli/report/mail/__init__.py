"""A report as a mail that is ready to be sent: text, a page with pictures, and the workbook.

Sender, recipients, date and identity are left to the mailer. The same document is the same mail.
"""

from __future__ import annotations

import hashlib
import io
from email.message import MIMEPart
from email.policy import SMTP
from typing import Any, BinaryIO, Final

from supportcli.report import charts, xlsx
from supportcli.report.document import Chart, Document
from supportcli.report.mail.page import Picture, page
from supportcli.report.mail.text import plain_text
from supportcli.wording import clean, shortened

_POLICY: Final = SMTP.clone(cte_type="7bit")
"""Every mailer passes on what is written in ASCII."""

_WORKBOOK: Final = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_LOGO_TYPES: Final = ("image/png", "image/jpeg", "image/gif")
"""What mail programs show; they show no SVG."""

_LONGEST_SUBJECT: Final = 150

_JOINER: Final = "\u2060"
"""Is not seen; behind it a question mark begins no encoded word, which could hold an end of line
and thereby more headers."""


def write_document(document: Document, stream: BinaryIO) -> None:
    """Write a document as a message of RFC 5322."""
    stream.write(message_of(document).as_bytes())


def message_of(document: Document) -> MIMEPart:
    """The message: mixed(alternative(text, related(page, pictures)), workbook)."""
    message = MIMEPart(policy=_POLICY)
    message["Subject"] = subject_of(document)
    message["X-Unsent"] = "1"
    message["Auto-Submitted"] = "auto-generated"
    message["MIME-Version"] = "1.0"
    message.make_mixed()
    message["Content-Language"] = document.words.lang
    message.attach(_read(document))
    message.attach(_workbook(document))
    _set_boundaries(message)
    return message


def _read(document: Document) -> MIMEPart:
    """What is read in the mail itself: the page, or the text where no page is shown."""
    part = _part(plain_text(document))
    part.make_alternative()
    part.attach(_page(document))
    return part


def _page(document: Document) -> MIMEPart:
    """The page and the pictures that it shows."""
    shown = drawn_charts(document)
    drawn = {chart.id: _picture(charts.png(chart, document.words)) for chart in shown}
    logo = _logo(document)
    part = _part(page(document, drawn, logo), subtype="html")
    for picture in dict.fromkeys([*([logo] if logo else []), *drawn.values()]):
        kind, subtype = picture.media_type.split("/")
        part.add_related(
            picture.content, kind, subtype, cid=f"<{picture.cid}>", disposition="inline"
        )
    return part


def drawn_charts(document: Document) -> list[Chart]:
    """What is drawn in the mail: the charts of the first section that has some.

    With those of every section it would be too large for many a mailer; their titles are said,
    and the workbook holds their tables.
    """
    of_sections = (
        [block for block in section.blocks if isinstance(block, Chart)]
        for section in document.sections
    )
    return next(filter(None, of_sections), [])


def _workbook(document: Document) -> MIMEPart:
    stream = io.BytesIO()
    xlsx.write_document(document, stream)
    return _part(stream.getvalue(), *_WORKBOOK, disposition="attachment", filename="report.xlsx")


def _part(content: str | bytes, *kind: str, **options: Any) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    part.set_content(content, *kind, **options)
    return part


def subject_of(document: Document) -> str:
    """The title and, by the first fact, of what time the report is."""
    time = [document.facts[0][1]] if document.facts else []
    said = clean(" · ".join([document.title, *time])).replace("=?", f"={_JOINER}?")
    return shortened(said, _LONGEST_SUBJECT)


def _picture(content: bytes, media_type: str = "image/png") -> Picture:
    digest = hashlib.sha256(content).hexdigest()[:32]
    return Picture(content, media_type, f"{digest}@supportkpi.invalid")


def _logo(document: Document) -> Picture | None:
    brand = document.brand
    if brand.logo is None or brand.logo_type not in _LOGO_TYPES:
        return None
    return _picture(brand.logo, brand.logo_type)


def _set_boundaries(message: MIMEPart) -> None:
    """Part the message at places that follow from what it says, not from chance."""
    parts = list(message.walk())
    said = [str(part.get_payload()) for part in parts if not part.is_multipart()]
    digest = hashlib.sha256("".join(said).encode()).hexdigest()[:32]
    for number, part in enumerate(part for part in parts if part.is_multipart()):
        part.set_boundary(f"=_{digest}_{number}")
