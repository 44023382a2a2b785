"""Charts: what they show, in whose words, and that nothing in the data breaks them."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

import documents
from supportcli.report.accent import NIGHT, PAPER, contrast
from supportcli.report.charts import colour_of, png, svg
from supportcli.report.charts.colours import CHANNEL_COLOURS, INK, QUIET, colours_of
from supportcli.report.charts.drawing import WIDTH, Drawing, Label
from supportcli.report.charts.lettering import fitted, in_rows, lines_of, spread, width_of
from supportcli.report.charts.picture import draw
from supportcli.report.charts.scales import ticks_of_time, ticks_of_values
from supportcli.report.charts.selection import drawn
from supportcli.report.charts.specification import datasets, specification
from supportcli.report.document import (
    Bars,
    Cell,
    Chart,
    Curves,
    Document,
    Figure,
    HeatMap,
    Mark,
    Series,
    Table,
    TimeLines,
)
from supportcli.schema import CHANNELS
from supportcli.words import Words

ENGLISH: Final = Words()
PERSIAN: Final = documents.PersianWords("jalali")
FIRST_DAY: Final = dt.datetime(2024, 1, 1)
HOSTILE: Final = (
    *documents.RAW_HOSTILE,
    "datum.x",
    "\"'`\\",
    "${alert(1)}",
    '"] + warn("ran") + ["',
    "]]><b>",
    "\ufffe\uffff \ud800",
)
SVG: Final = "{http://www.w3.org/2000/svg}"


def chart_of(figure: Figure, title: str = "What is seen") -> Chart:
    """A chart around a figure."""
    table = Table("table", title, (Cell("day"),), ())
    return Chart("chart", "volume", title, figure, table, x_title="wait", y_title="conversations")


def days(count: int) -> tuple[dt.datetime, ...]:
    """The beginnings of so many days."""
    return tuple(FIRST_DAY + dt.timedelta(days=day) for day in range(count))


def line(*ys: float | None, name: str = "Phone", key: str = "phone") -> Series:
    """A series of daily values."""
    return Series(name, key, days(len(ys)), ys)


def lines(*series: Series, unit: str = "count", period: str = "day") -> Chart:
    """A chart of lines."""
    return chart_of(TimeLines(series, period, unit))


def bars(*counts: int, names: tuple[str, ...] = (), marks: tuple[Mark, ...] = ()) -> Chart:
    """A chart of bars, whose bins are ten seconds long, the last one open."""
    labels = names or tuple(f"{10 * place}s" for place in range(len(counts)))
    edges = (*(10.0 * place for place in range(len(counts))), None)
    return chart_of(Bars(labels, edges, counts, "s", "email", marks))


def heat(counts: tuple[tuple[int, ...], ...], rows: tuple[str, ...] = ()) -> Chart:
    """A heat map."""
    names = rows or documents.ENGLISH.weekdays[: len(counts)]
    hours = tuple(f"{hour:02d}:00" for hour in range(len(counts[0]) if counts else 0))
    return chart_of(HeatMap(names, hours, counts, "chat"))


def curves(*ys: float | None, name: str = "answered", marks: tuple[Mark, ...] = ()) -> Chart:
    """A chart of one curve, a step a second."""
    return chart_of(
        Curves((Series(name, "answered", tuple(map(float, range(len(ys)))), ys),), marks)
    )


WEEK: Final = tuple(tuple(day * hour % 41 for hour in range(24)) for day in range(7))
SAMPLES: Final = {
    "lines": lines(line(1, 2, None, 3, 2), line(2, 3, 4, 5, 1, name="Chat", key="chat")),
    "bars": bars(1, 5, 0, 3, marks=(Mark("median 12s", 12), Mark("p90 31s", 31))),
    "heat": heat(WEEK),
    "curves": curves(0, 0.4, 0.7, 0.8, marks=(Mark("promised 2s", 2),)),
}


def root_of(picture: str) -> ET.Element:
    """A picture, read as strictly as XML is read."""
    return ET.fromstring(picture)  # noqa: S314  made here


def texts_of(picture: str) -> list[str]:
    """What a picture says in letters, without the marks of direction."""
    found = ("".join(text.itertext()) for text in root_of(picture).iter(f"{SVG}text"))
    return [re.sub("[\u2066-\u2069]", "", text) for text in found]


def paths_of(picture: str, colour: str) -> list[str]:
    """The paths that are drawn in a colour."""
    paths = root_of(picture).iter(f"{SVG}path")
    return [path.get("d", "") for path in paths if path.get("stroke") == colour]


def boxes_of(labels: list[Label]) -> Iterator[tuple[float, float, float, float]]:
    """Where each label lies: left, top, right and bottom."""
    for label in labels:
        wide = width_of(label.text, label.size)
        left = label.at[0] - {"left": 0, "center": wide / 2, "right": wide}[label.align]
        yield left, label.at[1] - label.size / 2, left + wide, label.at[1] + label.size / 2


def assert_readable(chart: Chart, words: Words = ENGLISH) -> None:
    """No label meets another, and none leaves the picture."""
    drawing = draw(chart, words)
    boxes = list(boxes_of(drawing.labels))
    for left, top, right, bottom in boxes:
        assert -1 <= left <= right <= WIDTH + 1
        assert 0 <= top <= bottom <= drawing.height
    for one, other in itertools.combinations(boxes, 2):
        beside = one[2] <= other[0] or other[2] <= one[0]
        assert beside or one[3] <= other[1] or other[3] <= one[1], (one, other)


def test_the_specification_names_all_data() -> None:
    """Every layer of the one specification draws data that drawings have, and none is left over."""
    drawn = {layer["data"]["name"] for layer in specification()["layer"]}
    assert drawn == set(datasets(Drawing(0)))


@pytest.mark.parametrize("chart", SAMPLES.values(), ids=SAMPLES)
def test_a_picture_for_a_page_is_of_the_page(chart: Chart) -> None:
    """It scales, has a name and no title inside; its ground and font are those of the page."""
    picture = svg(chart, ENGLISH, for_page=True)
    root = root_of(picture)
    assert ("100%", "img", None) == (root.get("width"), root.get("role"), root.get("height"))
    assert chart.title == root.get("aria-label")
    assert chart.title not in texts_of(picture)
    assert not list(root.iter(f"{SVG}rect"))
    for forbidden in ("id=", "<script", "href", "url(", "style=", "font-family", "<title"):
        assert forbidden not in picture


@pytest.mark.parametrize("chart", SAMPLES.values(), ids=SAMPLES)
def test_a_picture_of_its_own_is_whole(chart: Chart) -> None:
    """It has a size, a light ground, its title above, and knows nothing of variables."""
    picture = svg(chart, ENGLISH)
    root = root_of(picture)
    assert float(root.get("width", "")) > WIDTH
    assert chart.title == root.findtext(f"{SVG}title")
    assert chart.title in texts_of(picture)
    assert "var(" not in picture


def test_the_page_turns_what_is_not_data() -> None:
    """Text, grid and ground are variables with their light colour; series keep their own."""
    picture = svg(SAMPLES["bars"], ENGLISH, for_page=True)
    assert f"var(--chart-ink,{INK})" in picture
    assert f'fill="{colour_of("email")}"' in picture


@pytest.mark.parametrize("chart", SAMPLES.values(), ids=SAMPLES)
def test_a_png_is_twice_as_large_as_its_svg(chart: Chart) -> None:
    """A PNG has two dots for each pixel of the SVG."""
    root = root_of(svg(chart, ENGLISH))
    picture = png(chart, ENGLISH)
    assert b"\x89PNG\r\n\x1a\n" == picture[:8]
    assert 2 * float(root.get("width", "")) == int.from_bytes(picture[16:20], "big")


@pytest.mark.parametrize("key", [*CHANNELS, "total", "answered", "left", "some agent"])
def test_every_series_stands_out_in_the_light_and_in_the_dark(key: str) -> None:
    """Its colour has a contrast of 3:1 or more on the light paper of a page and on the dark."""
    for paper in (PAPER, NIGHT):
        assert contrast(colour_of(key), paper) >= 3


@pytest.mark.parametrize("colour", [INK, QUIET])
def test_text_is_legible_in_a_file(colour: str) -> None:
    """Text has a contrast of 4.5:1 or more on the ground of a picture of its own."""
    assert contrast(colour, PAPER) >= 4.5


def test_every_channel_has_a_colour_of_its_own() -> None:
    """No two channels are alike, and all together is like none of them."""
    assert set(CHANNELS) == set(CHANNEL_COLOURS)
    assert len(CHANNELS) == len(set(CHANNEL_COLOURS.values()))
    assert colour_of("total") not in CHANNEL_COLOURS.values()


def test_a_channel_has_the_same_colour_in_every_chart() -> None:
    """Lines, bars, tiles and curves of a channel are of its colour, whatever is beside it."""
    colour = colour_of("phone")
    beside = line(3, 4, name="A", key="agent 7")
    pictures = (
        svg(lines(line(1, 2)), ENGLISH),
        svg(lines(beside, line(1, 2)), ENGLISH),
        svg(chart_of(Bars(("a",), (0, 1), (3,), "s", "phone")), ENGLISH),
        svg(chart_of(HeatMap(("a",), ("b",), ((3,),), "phone")), ENGLISH),
        svg(chart_of(Curves((Series("a", "phone", (0.0, 1.0), (0.1, 0.5)),))), ENGLISH),
    )
    assert all(colour in picture for picture in pictures)


def test_series_of_one_chart_have_different_colours() -> None:
    """Eight agents have eight colours; each has the one of its key where that is free."""
    keys = [f"agent {number}" for number in range(8)]
    colours = colours_of(keys)
    assert 8 == len(set(colours.values()))
    assert colour_of(keys[0]) == colours[keys[0]]


def test_gaps_break_a_line_and_lone_points_are_dots() -> None:
    """A line has no way over an unknown value; a point between two of them is still seen."""
    picture = svg(lines(line(1, 2, None, 3, None, 4, 5)), ENGLISH)
    drawing = draw(lines(line(1, 2, None, 3, None, 4, 5)), ENGLISH)
    assert [2, 2] == [len(stroke.points) for stroke in drawing.strokes]
    dots = [rule for rule in drawing.rules if rule.colour == colour_of("phone") and rule.width > 4]
    assert 2 == len(dots), "the lone point, and the one beside the name"
    assert 2 == max(path.count("M") for path in paths_of(picture, colour_of("phone")))


EMPTY: Final = {
    "no series": lines(),
    "no point": lines(line()),
    "all unknown": lines(line(None, None), line(None)),
    "not a number": lines(line(math.nan)),
    "no bin": bars(),
    "nothing in any bin": bars(0, 0),
    "no tile": heat(()),
    "nothing in any tile": heat(((0, 0), (0, 0))),
    "no curve": chart_of(Curves(())),
    "curve of nothing": curves(None, None),
}


@pytest.mark.parametrize("words", [ENGLISH, PERSIAN], ids=["en", "fa"])
@pytest.mark.parametrize("chart", EMPTY.values(), ids=EMPTY)
def test_where_nothing_is_to_be_drawn_the_picture_says_so(chart: Chart, words: Words) -> None:
    """A figure without a value is a small picture with a sentence."""
    picture = svg(chart, words, for_page=True)
    assert [words.text("nothing to draw here")] == texts_of(picture)
    assert png(chart, words)


SCANT: Final = {
    "one point": lines(line(3)),
    "one point of nought": lines(line(0)),
    "all nought": lines(line(0, 0, 0)),
    "all the same": lines(line(4.2, 4.2), unit="score"),
    "negative": lines(line(-40, 20, -3), unit="points"),
    "negative counts": lines(line(-3, -2)),
    "only gaps between": lines(line(1, None, 1, None, 1)),
    "endless": lines(line(math.inf, 1, -math.inf, math.nan)),
    "huge": lines(line(1e300, 1)),
    "tiny": lines(line(1e-300, 2e-300), unit="ratio"),
    "one bin": bars(5),
    "huge bins": bars(10**15, 10**14, 3, 4, 5, 6, 7, 8),
    "marks outside": bars(1, 2, marks=(Mark("early", -5), Mark("late", 1e9), Mark("no", math.nan))),
    "bins without bounds": chart_of(Bars(("a", "b"), (None, None, None), (1, 2), "s", "x")),
    "one tile": heat(((1,),)),
    "one curve point": curves(0.5),
    "curve of nought": curves(0, 0, 0),
    "curve past all": curves(0, 1.5),
}


@pytest.mark.parametrize("chart", SCANT.values(), ids=SCANT)
def test_scant_and_strange_values_are_drawn(chart: Chart) -> None:
    """What little there is, is drawn with finite numbers, and can be read."""
    picture = svg(chart, ENGLISH, for_page=True)
    assert not re.search(
        r"nan|inf|undefined|null",
        re.sub(r">[^<]*<|aria-label=\"[^\"]*\"", "", picture),
        re.IGNORECASE,
    )
    assert_readable(chart)
    assert png(chart, ENGLISH)


@pytest.mark.parametrize("for_page", [True, False], ids=["page", "file"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(text: str, *, for_page: bool) -> None:
    """Whatever a name holds, it is shown as text, cut to its room, and is no element."""
    charts = (
        chart_of(TimeLines((line(1, 2, name=text, key=text),), "day", "count"), text),
        replace(bars(1, 2, names=(text, text), marks=(Mark(text, 11),)), y_title=text),
        replace(heat(((1, 2), (3, 4)), rows=(text, text)), y_title=text),
        replace(curves(0.1, 0.5, name=text, marks=(Mark(text, 1),)), x_title=text),
    )
    known = {f"{SVG}{tag}" for tag in ("svg", "g", "path", "rect", "text", "title")}
    for chart in charts:
        picture = svg(chart, ENGLISH, for_page=for_page)
        assert {element.tag for element in root_of(picture).iter()} <= known
        assert len(picture) < 6_000
        assert all(
            not name.startswith("on")
            for e in root_of(picture).iter()
            for name in e.keys()  # noqa: SIM118
        )
        assert_readable(chart)


def test_a_name_that_is_an_expression_is_not_evaluated() -> None:
    """What looks like vega's own language stays letter by letter."""
    for text in ("datum.x", "${1+1}", "{{x}}", "1+1", "@x"):
        assert text in texts_of(svg(lines(line(1, 2, name=text)), ENGLISH))


def test_what_people_read_is_in_their_words() -> None:
    """Numbers, dates and shares are written as the language writes them, and by its calendar."""
    long = tuple(range(150))
    said = texts_of(svg(lines(line(*long)), PERSIAN))
    assert PERSIAN.number(100) in said
    assert PERSIAN.period(dt.datetime(2024, 3, 20), "month") in said
    assert not any(re.search("[0-9]", text) for text in said if "-" not in text)


def test_texts_of_a_language_from_the_right_are_isolated() -> None:
    """Places do not depend on the direction of a page: only the texts themselves turn."""
    picture = svg(SAMPLES["bars"], PERSIAN, for_page=True)
    assert "ltr" == root_of(picture).get("direction")
    texts = ["".join(text.itertext()) for text in root_of(picture).iter(f"{SVG}text")]
    assert texts
    assert all(text.startswith("\u2067") and text.endswith("\u2069") for text in texts)


def test_titles_stand_where_reading_begins() -> None:
    """The title is at the left in English, at the right in Persian."""
    for words, align in ((ENGLISH, None), (PERSIAN, "end")):
        root = root_of(svg(SAMPLES["heat"], words))
        group = next(
            group for group in root.iter(f"{SVG}g") if "What is seen" in "".join(group.itertext())
        )
        assert align == group.get("text-anchor")


def test_durations_are_named_at_human_steps() -> None:
    """An axis of durations has no 16m 40s."""
    for most, expected in (
        (45, ["0s", "10s", "20s", "30s", "40s", "50s"]),
        (1_000, ["0s", "5m", "10m", "15m", "20m"]),
        (80_000, ["0s", "6h", "12h", "18h", "1d"]),
    ):
        assert expected == [tick.text for tick in ticks_of_values(0, most, "s", ENGLISH)]


@pytest.mark.parametrize("most", [1, 2, 3, 7, 10, 99, 1_234, 1e15])
def test_counts_are_named_at_whole_numbers(most: float) -> None:
    """An axis of counts has few names, all whole, and reaches over the highest value."""
    ticks = ticks_of_values(0, most, "count", ENGLISH)
    assert 2 <= len(ticks) <= 6
    assert all(float(tick.value).is_integer() for tick in ticks)
    assert ticks[-1].value >= most


class LongWinded(Words):
    """Words whose durations are as long as those of some languages."""

    def value(self, value: float | None, unit: str) -> str:
        """A duration with its unit in full."""
        return f"{value} seconds gone" if unit == "s" else super().value(value, unit)


def test_names_of_an_axis_are_left_out_evenly() -> None:
    """Where not all names have room, every second or third stays, at even distances."""
    drawing = draw(curves(*(second / 600 for second in range(601))), LongWinded())
    assert ["0 seconds gone", "240 seconds gone", "480 seconds gone"] == [
        label.text for label in drawing.labels if label.text.endswith("gone")
    ]


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("count", [1, 2, 13, 48, 1_100])
@pytest.mark.parametrize("words", [ENGLISH, PERSIAN], ids=["en", "fa"])
def test_an_axis_of_time_has_names_that_fit(words: Words, count: int, period: str) -> None:
    """However many periods there are, some are named, and their names do not meet."""
    step = {"hour": 1 / 24, "day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    xs = tuple(FIRST_DAY + dt.timedelta(days=place * step) for place in range(count))
    if xs[-1].year < 9_000:
        ticks = ticks_of_time(xs, period, 480, words)
        assert ticks
        assert sum(width_of(text) for _, text in ticks) <= 480
        series = Series("Phone", "phone", xs, tuple(map(float, range(count))))
        assert_readable(chart_of(TimeLines((series,), period, "count")), words)


def fifty_agents(greatest: int) -> Chart:
    """Three years of days of fifty agents, each a little greater than the next."""
    return lines(
        *(
            line(*(greatest - n + d % 7 for d in range(1_100)), name=f"Agent {n}", key=f"agent {n}")
            for n in range(50)
        )
    )


def test_fifty_lines_of_three_years_stay_readable() -> None:
    """The eight greatest are drawn, smoothed over whole weeks; no names meet; it stays small."""
    chart = fifty_agents(99)
    picture = svg(chart, ENGLISH, for_page=True)
    names = {text for text in texts_of(picture) if text.startswith("Agent")}
    assert {f"Agent {n}" for n in range(8)} == names
    assert "each point is the mean of 14 days in a row" in texts_of(picture)
    assert "not drawn: 42 others, together 3,395,574" in texts_of(picture)
    assert len(picture) < 25_000
    assert_readable(chart)


def test_a_rest_that_towers_over_none_is_drawn() -> None:
    """Many small series make one more line, named by how many they are."""
    series = [line(9, 8, name=f"b{n}", key=f"b{n}") for n in range(8)]
    small = [line(1, None, name=f"a{n}", key=f"a{n}") for n in range(6)]
    assert "6 others together" in texts_of(svg(lines(*series, *small), ENGLISH))


def test_what_has_no_sum_is_left_out_in_words() -> None:
    """Of rates the rest is not added up: the picture says how many are not drawn."""
    rates = [line(0.5, 0.6, name=f"Agent {n}", key=f"agent {n}") for n in range(50)]
    chart = lines(*rates, unit="share")
    said = texts_of(svg(chart, ENGLISH, for_page=True))
    assert "8 of 50 are drawn: those known for the most periods" in said
    assert 8 == sum(text.startswith("Agent") for text in said)
    assert_readable(chart)


def test_the_rest_is_a_sum() -> None:
    """The last line is the sum of those that are not drawn, where any of them is known."""
    small = [line(1, None, 2, name=f"a{n}", key=f"a{n}") for n in range(4)]
    great = [line(9, 9, 9, name=f"b{n}", key=f"b{n}") for n in range(8)]
    series, notes = drawn((*small, *great), "day", "count", ENGLISH)
    assert ((), (4, 8)) == (notes, series[-1].ys)
    assert [one.name for one in great] == [one.name for one in series[:-1]]


def test_pictures_are_small() -> None:
    """Three years of days, and a full heat map, each stay under 25 kB in a page."""
    years = lines(line(*(day * 37 % 101 for day in range(1_100))))
    for chart in (years, heat(WEEK), *SAMPLES.values()):
        assert len(svg(chart, ENGLISH, for_page=True).encode()) < 25_000


@pytest.mark.parametrize(
    "document", [documents.english(), documents.persian(), documents.hostile()]
)
def test_every_chart_of_a_document_is_readable(document: Document) -> None:
    """No label of any chart meets another."""
    for chart in document.charts:
        assert_readable(chart, document.words)


def test_marks_that_are_near_each_other_have_rows_of_their_own() -> None:
    """Median and p90 in the same bin, and marks at the edge, can still be read."""
    marks = tuple(Mark(f"{name} of all waits", at) for name, at in (("median", 31), ("p90", 32)))
    chart = bars(1, 5, 0, 3, marks=(*marks, Mark("a third mark", 33)))
    assert {mark.label for mark in marks} <= set(texts_of(svg(chart, ENGLISH)))
    assert_readable(chart)


def test_a_mark_is_in_the_bin_that_holds_it() -> None:
    """A mark of 25 s is amid the third of four bins of ten seconds."""
    drawing = draw(bars(1, 1, 1, 1, marks=(Mark("here", 25),)), ENGLISH)
    assert {WIDTH * 2.5 / 4} == {rule.start[0] for rule in drawing.rules if rule.is_dashed}


def test_marks_cross_nothing_that_is_written() -> None:
    """The line of a mark is left out where a count or another label stands."""
    marks = tuple(Mark(f"mark at {at} seconds", at) for at in (4, 15, 16, 24, 35, 39))
    drawing = draw(bars(111, 5_555, 333, 1_234, marks=marks), ENGLISH)
    for rule in drawing.rules:
        assert rule.start[1] <= rule.end[1] < drawing.height - 15
        for left, top, right, bottom in boxes_of(drawing.labels):
            crosses = left < rule.start[0] < right and rule.start[1] < bottom and top < rule.end[1]
            assert not (rule.is_dashed and crosses)


def test_a_tile_is_as_strong_as_its_step_of_the_scale() -> None:
    """More is stronger, equal is equal, and there are at most five tints besides that of none."""
    drawing = draw(heat(WEEK), ENGLISH)
    assert len({tile.opacity for tile in drawing.tiles}) <= 6
    assert len({tile.colour for tile in drawing.tiles}) == 1


def test_places_are_spread() -> None:
    """Places keep apart, stay within their bounds, and move no more than they must."""
    assert [0, 50, 100] == spread([0, 50, 100], 15, 0, 100)
    assert [85, 100, 70] == spread([99, 100, 98], 15, 0, 100)
    assert [35, 50, 65] == spread([50, 50, 50], 15, 0, 100)
    assert [0, 15, 30] == spread([-5, -5, -5], 15, 0, 100)


def test_spans_are_put_in_rows() -> None:
    """Spans that meet are in different rows, the left one higher: its mark passes the others."""
    assert [2, 1, 0, 0] == in_rows([(0, 10), (5, 15), (8, 20), (20, 25)])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("room", [0, 20, 200])
def test_texts_are_cut_to_their_room(text: str, room: float) -> None:
    """A cut text fits and says that it is cut."""
    cut = fitted(text, room)
    assert width_of(cut) <= max(room, width_of("…"))
    assert cut.endswith("…") or len(cut) <= len(text)
    assert all(width_of(line) <= max(room, width_of("…")) for line in lines_of(text, room, 12.5, 2))


def test_drawing_is_what_loads_the_libraries() -> None:
    """Who only asks for a colour, or for charts to come, loads neither altair nor vl-convert."""
    code = """\
import sys
from supportcli.report.charts import colour_of, svg
colour_of("phone")
print(sorted({"altair", "vl_convert", "pandas"} & set(sys.modules)))
"""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[]" == done.stdout.strip()
