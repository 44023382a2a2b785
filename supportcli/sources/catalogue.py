"""The sources as people look them up: in chapters, and each with what it asks for and gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from supportcli.sources.source import FieldSpec, Source, is_regex

PHONE: Final = "phone"
CHAT: Final = "chat"
SMS: Final = "SMS"
SURVEYS: Final = "surveys"
GENERIC: Final = "generic"
TICKETS: Final = "tickets and e-mail"

CHAPTERS: Final = (PHONE, TICKETS, CHAT, SMS, SURVEYS, GENERIC)
"""The chapters of the sources in their order."""

_BY_CHANNEL: Final = {"phone": PHONE, "chat": CHAT, "messenger": CHAT, "sms": SMS}
_BY_NAME: Final = (
    ("amazon-connect", PHONE), ("genesys", PHONE), ("chatwoot-reports", CHAT), ("twilio", SMS),
)  # fmt: skip
"""Where the channel stands in the file, or the file is refused: the chapter of the system."""

_ORDERS: Final = {
    "dmy": "day first",
    "mdy": "month first",
    "by_clock": "month first beside a clock of twelve hours, else day first",
}


def chapter_of(source: Source) -> str:
    """The chapter that a source stands in."""
    if source.name.startswith("generic-"):
        return GENERIC
    kind = source.fields.get("kind")
    if kind is not None and kind.sql == "'survey'":
        return SURVEYS
    named = (chapter for start, chapter in _BY_NAME if source.name.startswith(start))
    return _BY_CHANNEL.get(source.channel or "") or next(named, TICKETS)


def in_chapters(sources: Iterable[Source]) -> Iterator[tuple[str, list[Source]]]:
    """Each chapter with its sources by name; those without any are left out."""
    ordered = sorted(sources, key=lambda one: one.name)
    for chapter in CHAPTERS:
        members = [one for one in ordered if chapter_of(one) == chapter]
        if members:
            yield chapter, members


def channel_of(source: Source) -> str:
    """What the channel of its rows is, in a word or two."""
    if source.refused is not None:
        return "refused"
    if "channel" in source.fields or source.channel is None:
        return "in the file"
    return source.channel


def zone_rule(source: Source) -> str:
    """Which time zone its times are in, and who says so."""
    spellings = [name for names in source.columns.values() for name in names if is_regex(name)]
    if any("(?P<zone>" in name for name in spellings):
        return "stated in the names of the columns"
    if any(spec.zone for spec in source.fields.values()):
        return "stated in another column of the row"
    if source.time.timezone:
        return f"{source.time.timezone}, unless --timezone-of-input says otherwise"
    return "what the times state themselves, else --timezone-of-input, else that of the report"


def order_rule(source: Source) -> str | None:
    """How dates such as 3/2/26 are read where nothing in the file decides; None: not at all."""
    order = source.time.order
    return f"{_ORDERS[order]}, where no value of the file decides" if order else None


def null_texts(source: Source) -> list[str]:
    """The texts that stand for nothing, beside the empty one."""
    return [text for text in source.file.null_values if text]


def explain(source: Source) -> str:
    """What a source is, how it is recognised and what it fills, as text for people."""
    blocks = [f"{source.name}: {source.title}", source.notes.strip()]
    if source.refused is not None:
        blocks.append(f"refused: {_on_a_line(source.refused)}")
    blocks.append("\n".join(f"{label:<15}{text}" for label, text in _facts(source)))
    blocks += [
        "\n".join([f"{title}:", *(f"  {name:<16} {text}" for name, text in rows)])
        for title, rows in _tables(source)
        if rows
    ]
    return "\n\n".join(filter(None, blocks))


def _facts(source: Source) -> Iterator[tuple[str, str]]:
    yield "recognised by", "; ".join(_asked(source)) or "nothing, name it with --source"
    if source.refused is None:
        yield "channel", channel_of(source)
        yield "a row is", f"{source.grain}"
        yield "time zone", zone_rule(source)
        if order := order_rule(source):
            yield "3/2/26", order
        if texts := null_texts(source):
            yield "nothing is", ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)


def _asked(source: Source) -> Iterator[str]:
    match = source.match
    if match.columns:
        yield f"the columns {', '.join(match.columns)}"
    yield from (f"one of {', '.join(names)}" for names in match.any)
    yield from (f"values of {name} like {pattern}" for name, pattern in match.patterns.items())
    if match.fallback:
        yield "only where no other source fits"


def _tables(source: Source) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield "fills", [(name, _said(spec)) for name, spec in source.fields.items()]
    yield "where", [(name, _on_a_line(sql)) for name, sql in source.let.items()]
    skips = source.file.skip_where.items()
    yield "skips rows", [(name, _on_a_line(sql)) for name, sql in skips]


def _said(spec: FieldSpec) -> str:
    parts = [spec.sql or "", " + ".join(spec.sum)]
    parts += [f"else {spec.from_}" if spec.sql else spec.from_] if spec.from_ else []
    parts += [f"to {spec.to}"] if spec.to else []
    parts += [f"+ {part}" for part in spec.plus]
    parts += [f"when {spec.when}"] if spec.when else []
    return _on_a_line(" ".join(parts))


def _on_a_line(text: str) -> str:
    return " ".join(text.split())
