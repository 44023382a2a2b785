"""Documents made by hand, for the tests of what writes them: rich, hostile, and next to empty."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import unicodedata
from dataclasses import dataclass
from typing import Final

from supportcli.report.document import (
    BAD,
    GOOD,
    QUIET,
    Bars,
    Block,
    Brand,
    Cell,
    Chart,
    Curves,
    Detail,
    Document,
    Glossary,
    HeatMap,
    Line,
    Mark,
    Paragraph,
    Section,
    Series,
    Table,
    Term,
    Tile,
    TimeLines,
)
from supportcli.words import Words

LOGO: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""A picture of one clear dot, as PNG."""

RAW_HOSTILE: Final = (
    "<script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "</style></title></svg><script>document.title='ran'</script>",
    "' onmouseover='document.title=1' x='",
    "javascript:document.title='ran'",
    "[click](javascript:document.title='ran')",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "a\u202egpj.exe\u2066\u2067b",
    "سارا\u200f & Ünal <b>",
    "=cmd|'/c calc'!A1",
    "| a | b |\n# head `x` *y* _z_ ~~",
    "\x1b[31mred\x00\x07",
    "&amp;&lt;&#x41;",
    "W" * 10_000,
    "wide words " * 900,
)
"""What customers and agents could be called."""

CHANNELS: Final = ("phone", "email", "chat")
DAYS: Final = 42
FIRST_DAY: Final = dt.datetime(2026, 4, 1)


class PersianWords(Words):
    """As much Persian as a fixture needs: the direction, the digits and a few words."""

    lang = "fa"
    direction = "rtl"

    def number(self, value: float, decimals: int = 0) -> str:
        """A number in Persian digits."""
        return persian_digits(super().number(value, decimals).replace(",", "٬").replace(".", "٫"))

    def value(self, value: float | None, unit: str) -> str:
        """A value in Persian digits."""
        return persian_digits(super().value(value, unit))


def persian_digits(text: str) -> str:
    """The text with its digits in Persian."""
    return text.translate({ord("0") + digit: chr(0x6F0 + digit) for digit in range(10)})


@dataclass(frozen=True)
class Texts:
    """What a document made here says, in one language."""

    words: Words
    title: str
    fact_names: tuple[str, str, str]
    kpis: tuple[str, str, str, str]
    channels: tuple[str, str, str]
    summary: str
    quality: str
    glossary: str
    agents: str
    kpi: str
    change: str
    target: str
    unknown: str
    weekdays: tuple[str, ...]
    figures: tuple[str, str, str, str]
    conversations: str
    wait: str
    day: str


ENGLISH: Final = Texts(
    words=Words(),
    title="Customer support, May 2026",
    fact_names=("Period", "Read", "Compared with"),
    kpis=(
        "Conversations received",
        "First response, median",
        "Customer satisfaction (CSAT)",
        "Backlog",
    ),
    channels=("Phone", "Email", "Chat"),
    summary="Answers came faster than the month before, and nobody was less satisfied.",
    quality="Data quality",
    glossary="What the words mean",
    agents="Agents",
    kpi="KPI",
    change="3.1 pp better",
    target="target at least 85 % missed",
    unknown="no export of this channel carries satisfaction answers",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    figures=(
        "Conversations received a day",
        "Half of the first responses came within 3m 20s",
        "Most conversations begin on weekdays at ten",
        "Eight of ten calls are answered within 20s",
    ),
    conversations="conversations",
    wait="wait",
    day="day",
)

PERSIAN: Final = Texts(
    words=PersianWords("jalali"),
    title="پشتیبانی مشتریان، خرداد ۱۴۰۵",
    fact_names=("دوره", "خوانده‌شده", "در مقایسه با"),
    kpis=(
        "گفت‌وگوهای دریافتی",
        "زمان اولین پاسخ، میانه",
        "امتیاز رضایت مشتری (CSAT)",
        "کارهای مانده",
    ),
    channels=("تلفن", "ایمیل", "گپ"),
    summary="پاسخ‌ها از ماه پیش زودتر رسید و رضایت کمتر نشد.",
    quality="کیفیت داده‌ها",
    glossary="معنی واژه‌ها",
    agents="کارشناسان",
    kpi="شاخص",
    change="۳٫۱ واحد درصد بهتر",
    target="هدف دست‌کم ۸۵٪ برآورده نشد",
    unknown="هیچ خروجی این کانال پاسخ نظرسنجی ندارد",
    weekdays=("شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه"),
    figures=(
        "گفت‌وگوهای دریافتی در هر روز",
        "نیمی از اولین پاسخ‌ها در ۳ دقیقه و ۲۰ ثانیه رسید",
        "بیشتر گفت‌وگوها ساعت ده روزهای کاری آغاز می‌شود",
        "هشت تماس از ده تماس در ۲۰ ثانیه پاسخ می‌گیرد",
    ),
    conversations="گفت‌وگو",
    wait="انتظار",
    day="روز",
)


def english(names: tuple[str, ...] = ("Anna Meier", "Ben Okafor", "سارا احمدی")) -> Document:
    """A rich English document; `names` are those of its agents, and of its inputs."""
    return document(ENGLISH, names)


def persian(names: tuple[str, ...] = ("سارا احمدی", "Ben (night)", "علی")) -> Document:
    """The same document in Persian, right to left."""
    return document(PERSIAN, names)


def hostile(texts: Texts = ENGLISH) -> Document:
    """A document whose names are hostile, as they would come to a format that nobody cleaned for.

    Only what no cell may carry at all, characters of control, is left out.
    """
    return document(texts, tuple(map(_without_controls, RAW_HOSTILE)))


def _without_controls(text: str) -> str:
    return "".join(mark for mark in text if unicodedata.category(mark) != "Cc")


def nothing() -> Document:
    """A document of no data: no tile, no trend, charts without a value, a table without lines."""
    lines = TimeLines((Series("Phone", "phone", (FIRST_DAY,), (None,)),), "day", "count")
    bars = Bars(("0s to 10s",), (0.0, 10.0), (0,), "s", "phone")
    empty = Table("none", "Nothing was read", (Cell("KPI"), Cell("Value")), ())
    charts = (
        Chart("none-lines", "volume", "Conversations a day", lines, table("none-1", empty)),
        Chart("none-bars", "response", "First responses", bars, table("none-2", empty)),
    )
    return Document(
        "No data",
        Words(),
        (("Period", "no data"),),
        (),
        (Section("empty", "Nothing", (*charts, empty, Glossary(()))), Section("bare", "Bare", ())),
    )


def table(name: str, of: Table) -> Table:
    """The same table by another name."""
    return Table(name, of.title, of.head, of.lines, of.notes)


def document(texts: Texts, names: tuple[str, ...]) -> Document:
    """A document with every kind of block, and these names wherever data name something."""
    return Document(
        texts.title,
        texts.words,
        _facts(texts, names),
        _tiles(texts),
        (
            Section("summary", texts.title, (Paragraph(texts.summary, GOOD), _kpis(texts))),
            *(
                Section(key, title, _channel(texts, key, title, phase))
                for phase, (key, title) in enumerate(zip(CHANNELS, texts.channels, strict=True))
            ),
            Section("agents", texts.agents, (_agents(texts, names),)),
            Section("quality", texts.quality, _quality(texts, names)),
            Section("glossary", texts.glossary, (_glossary(texts),)),
        ),
        Brand(LOGO, "image/png", "#0b7285"),
    )


def _facts(texts: Texts, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    period, read, compared = texts.fact_names
    day = texts.words.day
    return (
        (period, f"{day(dt.date(2026, 5, 1))} – {day(dt.date(2026, 5, 31))}, UTC"),
        (read, f"{texts.words.number(5878)} · {names[0]}"),
        (compared, f"{day(dt.date(2026, 4, 1))} – {day(dt.date(2026, 4, 30))}"),
    )


def _details(texts: Texts, value: float, unit: str) -> tuple[Detail, ...]:
    """Everything that can stand beside a value."""
    low, high = texts.words.value(value * 0.95, unit), texts.words.value(value * 1.05, unit)
    return (
        Detail("n", f"n {texts.words.number(1234)}", QUIET, 1234, "count"),
        Detail("interval", f"{low} – {high}", QUIET),
        Detail("change", texts.change, GOOD, 0.031, "share"),
        Detail("target", texts.target, BAD),
    )


def _tiles(texts: Texts) -> tuple[Tile, ...]:
    values: tuple[tuple[float, str], ...] = ((2542, "count"), (200, "s"), (0.83, "share"))
    known = tuple(
        Tile(
            f"kpi_{number}",
            title,
            texts.words.value(value, unit),
            _details(texts, value, unit),
            value,
            unit,
            _wave(12, number),
        )
        for number, (title, (value, unit)) in enumerate(zip(texts.kpis, values, strict=False))
    )
    why = Detail("why", texts.unknown, QUIET)
    return (*known, Tile("backlog", texts.kpis[3], texts.words.value(None, "count"), (why,)))


def _wave(length: int, phase: int) -> tuple[float | None, ...]:
    """Values that go up and down, one of them unknown."""
    return tuple(
        None if step == 5 else 60.0 + 25 * math.sin(step * 0.9 + phase) for step in range(length)
    )


def _kpis(texts: Texts) -> Table:
    head = (Cell(texts.kpi), *(Cell(channel) for channel in texts.channels))
    values: tuple[tuple[float | None, str], ...] = (
        (870, "count"),
        (8.5, "s"),
        (0.75, "share"),
        (None, "count"),
    )
    lines = tuple(
        Line(
            (Cell(title), *(_cell(texts, value, unit) for _ in texts.channels)),
            _wave(12, number),
        )
        for number, (title, (value, unit)) in enumerate(zip(texts.kpis, values, strict=True))
    )
    return Table("kpis", texts.kpi, head, lines, (texts.unknown,))


def _cell(texts: Texts, value: float | None, unit: str) -> Cell:
    """A cell of a value with all that is said of it, or with why it is unknown."""
    said = texts.words.value(value, unit)
    if value is None:
        return Cell(said, None, unit, (Detail("why", texts.unknown, QUIET),))
    return Cell(said, value, unit, _details(texts, value, unit))


def _channel(texts: Texts, key: str, title: str, phase: int) -> tuple[Block, ...]:
    volume, response, heat, waiting = texts.figures
    conversations = texts.conversations
    return (
        Paragraph(f"{title}: {texts.summary}"),
        _chart(texts, f"{key}-volume", "volume", volume, _lines(texts, phase), conversations),
        _chart(texts, f"{key}-response", "response", response, _bars(texts, key), conversations),
        _chart(texts, f"{key}-heat", "heat", heat, _heat(texts, key), ""),
        _chart(texts, f"{key}-waiting", "waiting", waiting, _curves(texts, key, title), ""),
    )


def _chart(texts: Texts, name: str, kind: str, title: str, figure: Figures, y_title: str) -> Chart:
    x_title = texts.day if isinstance(figure, TimeLines) else texts.wait
    return Chart(name, kind, title, figure, _behind(texts, name, title, figure), x_title, y_title)


Figures = TimeLines | Bars | HeatMap | Curves


def _behind(texts: Texts, name: str, title: str, figure: Figures) -> Table:
    """The table behind a chart, of all its values."""
    words = texts.words
    head: tuple[Cell, ...]
    if isinstance(figure, Bars):
        head = (Cell(texts.wait), Cell(texts.conversations))
        rows = zip(figure.labels, figure.counts, strict=True)
        lines = tuple(Line((Cell(label), _count(words, count))) for label, count in rows)
    elif isinstance(figure, HeatMap):
        head = (Cell(texts.day), *(Cell(column) for column in figure.columns))
        lines = tuple(
            Line((Cell(row), *(_count(words, count) for count in counts)))
            for row, counts in zip(figure.rows, figure.counts, strict=True)
        )
    else:
        head = (Cell(texts.day), *(Cell(series.name) for series in figure.series))
        lines = tuple(
            Line((Cell(_place(words, x)), *(_cell_of(words, one.ys[at]) for one in figure.series)))
            for at, x in enumerate(_xs(figure))
        )
    return Table(f"{name}-table", title, head, lines)


def _xs(figure: TimeLines | Curves) -> tuple[dt.datetime | float, ...]:
    return tuple(figure.series[0].xs)


def _place(words: Words, x: dt.datetime | float) -> str:
    return words.day(x.date()) if isinstance(x, dt.datetime) else words.value(x, "s")


def _count(words: Words, count: int) -> Cell:
    return Cell(words.number(count), count, "count")


def _cell_of(words: Words, value: float | None) -> Cell:
    return Cell(words.value(value, "ratio"), value, "ratio")


def _lines(texts: Texts, phase: int) -> TimeLines:
    xs = tuple(FIRST_DAY + dt.timedelta(days=day) for day in range(DAYS))
    series = tuple(
        Series(title, key, xs, _wave(DAYS, phase + number))
        for number, (key, title) in enumerate(zip(CHANNELS, texts.channels, strict=True))
    )
    return TimeLines(series, "day", "count")


def _bars(texts: Texts, key: str) -> Bars:
    edges = (0.0, 10.0, 30.0, 60.0, 300.0, 3_600.0, None)
    says = [texts.words.value(edge, "s") for edge in edges[:-1]]
    labels = (*(f"{a} – {b}" for a, b in itertools.pairwise(says)), f"> {says[-1]}")
    marks = (Mark(texts.words.value(45, "s"), 45.0), Mark(texts.words.value(900, "s"), 900.0))
    return Bars(labels, edges, (4, 30, 120, 80, 33, 7), "s", key, marks)


def _heat(texts: Texts, key: str) -> HeatMap:
    columns = tuple(f"{texts.words.number(hour)}:00" for hour in range(24))
    counts = tuple(
        tuple(int(40 * math.exp(-(((hour - 10) / 4) ** 2)) / (1 + day // 5)) for hour in range(24))
        for day in range(7)
    )
    return HeatMap(texts.weekdays, columns, counts, key)


def _curves(texts: Texts, key: str, title: str) -> Curves:
    seconds = tuple(float(second) for second in range(0, 120, 4))
    shares = tuple(1 - math.exp(-second / 15) for second in seconds)
    series = (Series(title, key, seconds, shares),)
    return Curves(series, (Mark(texts.words.value(20, "s"), 20.0),))


def _agents(texts: Texts, names: tuple[str, ...]) -> Table:
    head = (Cell(texts.agents), *(Cell(kpi) for kpi in texts.kpis[:3]))
    lines = tuple(
        Line(
            (
                Cell(name, is_name=True),
                _cell(texts, 100 + number, "count"),
                _cell(texts, 30.5 + number, "s"),
                _cell(texts, 0.75, "share"),
            )
        )
        for number, name in enumerate(names)
    )
    return Table("agents-table", texts.agents, head, lines, (texts.unknown,))


def _quality(texts: Texts, names: tuple[str, ...]) -> tuple[Block, ...]:
    head = (Cell(texts.fact_names[1]), Cell(texts.conversations))
    lines = tuple(
        Line((Cell(f"exports/{name}", is_name=True), _count(texts.words, 856))) for name in names
    )
    return (
        Paragraph(texts.unknown, BAD),
        Paragraph(names[0], QUIET),
        Table("inputs", texts.fact_names[1], head, lines, names[:1]),
    )


def _glossary(texts: Texts) -> Glossary:
    return Glossary(
        tuple(
            Term(f"kpi_{number}", title, texts.summary) for number, title in enumerate(texts.kpis)
        )
    )


def agents_of(document: Document) -> tuple[Line, ...]:
    """The lines of the table of agents of a document made here."""
    blocks = itertools.chain.from_iterable(section.blocks for section in document.sections)
    tables = {block.id: block for block in blocks if isinstance(block, Table)}
    return tables["agents-table"].lines
