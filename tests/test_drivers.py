"""What goes with satisfaction: measures against naive ones, levels, the command as it is run."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from command import ROOT, SHOP, failure, report, run, write_csv
from examples import examples
from logs import events_as_parquet
from strategies import Log, logs
from supportcli.answers import find_drivers
from supportcli.drivers import (
    LEAST_ANSWERS,
    POSITION,
    SATISFIED,
    Driver,
    Factor,
    by_strength,
    cramers_v,
    driver_of,
    spearman,
)
from supportcli.errors import InputError
from supportcli.intake import ReadOptions
from supportcli.kpis import CATALOGUE
from supportcli.pipeline import make_report
from supportcli.questions import Question
from supportcli.settings import Settings

SURVEY = ROOT / "docs" / "examples" / "repair-survey.toml"
NUMBERS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0))),
    min_size=4,
    max_size=60,
)
LEVELS = st.lists(
    st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=11,
)


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, equal values sharing the mean of theirs, by counting."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def pearson(first: Sequence[float], second: Sequence[float]) -> float:
    """The product-moment correlation, from its definition."""
    middle, centre = sum(first) / len(first), sum(second) / len(second)
    pairs = list(zip(first, second, strict=True))
    together = math.fsum((x - middle) * (y - centre) for x, y in pairs)
    apart = math.fsum((x - middle) ** 2 for x in first) * math.fsum(
        (y - centre) ** 2 for y in second
    )
    return together / math.sqrt(apart)


def answers(values: Sequence[object], positions: Sequence[float]) -> pl.DataFrame:
    """Answers with one factor `x`; the upper half of the scale is satisfied."""
    satisfied = [one > 0.5 for one in positions]
    return pl.DataFrame({"x": values, POSITION: positions, SATISFIED: satisfied}, strict=False)


def of_kind(kind: str, values: Sequence[object], positions: Sequence[float]) -> Driver:
    """What is said of a factor of that kind."""
    return driver_of(answers(values, positions), Factor("x", "Thing", kind))


@given(NUMBERS)
def test_the_rank_correlation_is_that_of_the_ranks(pairs: list[tuple[int, float]]) -> None:
    """Spearman's is Pearson's of the average ranks, and its interval holds it."""
    x, y = zip(*pairs, strict=True)
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    found = spearman(pl.Series(x), pl.Series(y))
    naive = pearson(ranks(x), ranks(y))
    assert found.value == pytest.approx(naive, abs=1e-12)
    if abs(naive) < 1 - 1e-9:
        half = 1.959963984540054 * math.sqrt((1 + naive**2 / 2) / (len(x) - 3))
        ends = [math.tanh(math.atanh(naive) - half), math.tanh(math.atanh(naive) + half)]
        assert [found.low, found.high] == pytest.approx(ends, abs=1e-9)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(pairs: list[tuple[int, float]], random: Any) -> None:
    """The same answers in another order are the very same figures, to the last bit."""
    shuffled = list(pairs)
    random.shuffle(shuffled)
    for kind in ("rating", "count", "duration"):
        x, y = zip(*pairs, strict=True)
        other_x, other_y = zip(*shuffled, strict=True)
        assert of_kind(kind, x, y) == of_kind(kind, other_x, other_y)


def test_a_published_interval_is_reproduced() -> None:
    """The example of `ci.spear` in the R package statpsych by D. G. Bonett, ties included.

    https://dgbonett.github.io/statpsych/reference/ci.spear.html: 0.8699639, 0.5840951, 0.9638297.
    """
    y = [21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19]
    x = [67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51]
    found = spearman(pl.Series(x), pl.Series(y))
    published = [0.8699639, 0.5840951, 0.9638297]
    assert published == pytest.approx([found.value, found.low, found.high], abs=5e-8)


def test_a_well_known_correlation_is_reproduced() -> None:
    """Intelligence and hours of television of ten people: -29/165.

    https://en.wikipedia.org/wiki/Spearman's_rank_correlation_coefficient#Example
    """
    intelligence = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert -29 / 165 == pytest.approx(spearman(pl.Series(intelligence), pl.Series(hours)).value)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_correlation_has_no_interval(sign: int) -> None:
    """Where one side orders the other without a fault, Fisher's z is infinite."""
    found = spearman(pl.Series(range(50)), pl.Series([sign * x**3 for x in range(50)]))
    assert (float(sign), None, None) == (found.value, found.low, found.high)


@given(LEVELS)
def test_cramers_v_is_that_of_the_table(levels: list[tuple[int, int]]) -> None:
    """Chi-squared by observed and expected, and the correction by its formulas of 2013."""
    count = sum(n for _, n in levels)
    hits = sum(satisfied for satisfied, _ in levels)
    assume(0 < hits < count and len(levels) < count)
    table = [[satisfied, n - satisfied] for satisfied, n in levels]
    expected = [[n * hits / count, n * (count - hits) / count] for _, n in levels]
    chi_squared = math.fsum(
        (o - e) ** 2 / e
        for observed, row in zip(table, expected, strict=True)
        for o, e in zip(observed, row, strict=True)
    )
    k, r = len(levels), 2
    phi_squared = max(0.0, chi_squared / count - (k - 1) * (r - 1) / (count - 1))
    narrowest = min(k - (k - 1) ** 2 / (count - 1), r - (r - 1) ** 2 / (count - 1)) - 1
    naive = min(1.0, math.sqrt(phi_squared / narrowest))
    assert naive**2 == pytest.approx(cramers_v(levels) ** 2, abs=1e-9)


def test_cramers_v_reaches_from_nothing_to_all() -> None:
    """Where all levels are alike it is 0; where the level says it all it is 1."""
    assert 0.0 == cramers_v([(5, 10), (10, 20)])
    assert 1.0 == cramers_v([(10, 10), (0, 30)])


@given(NUMBERS)
def test_every_answer_is_at_one_level(pairs: list[tuple[int, float]]) -> None:
    """The levels of any ordered factor share out its answers, each within the level's bounds."""
    x, y = zip(*pairs, strict=True)
    for kind, unit in (("rating", 1), ("count", 1), ("duration", 1_000)):
        for level in of_kind(kind, [value * unit for value in x], y).levels:
            over = -math.inf if level.over is None else level.over
            up_to = math.inf if level.up_to is None else level.up_to
            inside = [place for value, place in pairs if over < value <= up_to]
            assert len(inside) == level.n > 0
            assert sum(place > 0.5 for place in inside) == level.satisfied


def test_durations_are_cut_into_quarters() -> None:
    """A quarter of the answers each, the bounds being durations that occur."""
    levels = of_kind("duration", [second * 1_000 for second in range(1, 41)], [0.0] * 40).levels
    assert ["up to 10s", "10s to 20s", "20s to 30s", "over 30s"] == [one.label for one in levels]
    assert [10] * 4 == [one.n for one in levels]
    assert (10.0, 20.0) == (levels[1].over, levels[1].up_to)


def test_equal_durations_stay_together() -> None:
    """Where most are alike there are fewer levels, one of a single value called by it."""
    seconds = [0] * 30 + [5, 7, 90, 90]
    levels = of_kind("duration", [one * 1_000 for one in seconds], [0.0] * 34).levels
    assert [("0s", 30), ("over 0s", 4)] == [(one.label, one.n) for one in levels]
    alike = of_kind("duration", [90_000] * 30, [0.0] * 30).levels
    assert [("1m 30s", 30)] == [(one.label, one.n) for one in alike]


def test_counts_stand_one_by_one_up_to_three() -> None:
    """0, 1, 2 and three or more; what does not occur is no level."""
    levels = of_kind("count", [0, 0, 2, 3, 9, 4], [0.0] * 6).levels
    assert [("0", 2), ("2", 1), ("3 or more", 3)] == [(one.label, one.n) for one in levels]


def test_ratings_stand_one_by_one_while_they_are_few() -> None:
    """Up to seven different values are a level each; of more, quarters."""
    few = of_kind("rating", [1.0, 4.5, 4.5], [0.0] * 3).levels
    assert [("1", 1), ("4.5", 2)] == [(one.label, one.n) for one in few]
    many = of_kind("rating", list(range(1, 9)), [0.0] * 8).levels
    assert ["up to 2", "2 to 4", "4 to 6", "over 6"] == [one.label for one in many]


def test_the_ten_most_frequent_categories_have_names() -> None:
    """The others stand together; a single other one keeps its name."""
    names = [f"t{number:02d}" for number in range(12) for _ in range(12 - number)]
    levels = of_kind("category", names, [1.0] * len(names)).levels
    assert [f"t{number:02d}" for number in range(10)] == [one.label for one in levels[:-1]]
    assert ("2 other things", 3, 3) == (levels[-1].label, levels[-1].n, levels[-1].satisfied)
    eleven = [name for name in names if name != "t11"]
    assert "t10" == of_kind("category", eleven, [1.0] * len(eleven)).levels[-1].label


MANY = LEAST_ANSWERS
UP = [place / MANY for place in range(MANY)]
NULLS = {
    "nothing is known": ("duration", [None] * MANY, UP, "no answer comes with it"),
    "too few": ("count", [*range(MANY - 1), None], UP, f"fewer than {MANY} answers"),
    "alike": ("count", list(range(MANY)), [0.5] * MANY, "the answers are all alike"),
    "satisfied": ("category", list("ab") * (MANY // 2), [1.0] * MANY, "the answers are all alike"),
    "one level": ("category", ["a"] * MANY, UP, "it is the same everywhere"),
    "one value": ("rating", [3.0] * MANY, UP, "it is the same everywhere"),
}


@pytest.mark.parametrize("case", NULLS)
def test_what_cannot_be_told_is_null_with_its_reason(case: str) -> None:
    """A factor without a strength says why, and keeps its n and its levels."""
    kind, values, positions, reason = NULLS[case]
    found = of_kind(kind, values, positions)
    assert (None, reason) == (found.strength.value, found.why_null)
    assert sum(value is not None for value in values) == found.n
    assert found.n == sum(level.n for level in found.levels)


def test_factors_stand_by_their_strength() -> None:
    """The closest first whatever its sign, what is unknown last."""
    frame = answers(UP, UP).with_columns(
        back=-pl.col("x"), none=pl.lit(None, pl.Float64), weak=pl.Series([0, 1] * (MANY // 2))
    )
    factors = [Factor(name, name, "rating") for name in ("none", "weak", "back")]
    found = by_strength(frame, factors)
    assert ["back", "weak", "none"] == [one.factor.name for one in found]


HEADER = ["id", "created at", "resolved at", "channel", "category", "csat"]


def tickets(count: int) -> list[list[str]]:
    """One an hour; the later in the day the longer it took, and the less it pleased."""
    rows = []
    for number in range(count):
        hour = number % 24
        day = 2 + number // 24
        solved = f"2026-03-{day + hour // 6:02d}T{hour:02d}:30:00Z"
        score = "" if number % 5 == 4 else str(max(1, 5 - hour // 5))
        topic = ("bill", "login", "+=danger")[number % 3]
        rows.append([f"t{number}", f"2026-03-{day:02d}T{hour:02d}:00:00Z", solved,
                     ("email", "chat")[number % 2], topic, score])  # fmt: skip
    return rows


@pytest.fixture
def ticket_file(tmp_path: Path) -> Path:
    """A hundred and twenty tickets in a file, four in five of them with an answer."""
    return write_csv(tmp_path / "tickets.csv", HEADER, tickets(120))


def drivers(*arguments: object) -> Any:
    """The JSON of `drivers`, which must succeed."""
    ran = run("drivers", *arguments, "--format", "json")
    assert (0, []) == (ran.code, ran.errors), ran.err
    return ran.json


def factor(value: Any, name: str) -> Any:
    """One factor of the JSON."""
    (found,) = [one for one in value["factors"] if one["factor"] == name]
    return found


def test_a_factor_is_what_the_export_says(ticket_file: Path) -> None:
    """The resolution of tickets that take the longer, the later in the day they come."""
    rows = [row for row in tickets(120) if row[5]]
    days = [int(row[2][8:10]) - int(row[1][8:10]) for row in rows]
    scores = [float(row[5]) for row in rows]
    found = factor(drivers(ticket_file), "resolution")
    assert pearson(ranks(days), ranks(scores)) == pytest.approx(found["value"], abs=1e-9)
    assert len(rows) == found["n"]
    naive = {
        day: [score >= 4 for score, other in zip(scores, days, strict=True) if other == day]
        for day in sorted(set(days))
    }
    counted = [(sum(one), len(one)) for one in naive.values()]
    assert counted == [(one["numerator"], one["n"]) for one in found["levels"]]
    assert ["30m 00s", "1d 00h", "2d 00h", "3d 00h"] == [one["level"] for one in found["levels"]]


def test_drivers_count_the_answers_of_the_report() -> None:
    """All answers are the KPI csat, of the same window too; no factor has more."""
    window = ("--since", "2026-04-01", "--until", "2026-05-01", "--as-of", "2026-05-15")
    for options in ((), window):
        found = drivers(SHOP, *options)
        rows = report(SHOP, "--kpi", "csat", *options)["rows"]
        (total,) = [row for row in rows if row["total"]]
        same = ("value", "n", "low", "high", "numerator", "denominator")
        assert {name: total[name] for name in same} == found["satisfied"]
        assert max(one["n"] for one in found["factors"]) <= total["n"]
        channels = {row["channel"]: row["n"] for row in rows if not row["total"] and row["n"]}
        levels = factor(found, "channel")["levels"]
        assert channels == {one["level"]: one["n"] for one in levels}


@examples(30)
@given(logs(), st.sampled_from((None, "2026-03-25")))
def test_any_log_has_the_answers_of_its_report(log: Log, until: str | None) -> None:
    """Of generated logs too: all answers are those of the KPI, and the levels add up."""
    sources, events = log
    question = Question(kpis=(CATALOGUE["csat"],), by=(), until=until)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        path.write_bytes(events_as_parquet(events, sources))
        reading = ReadOptions((str(path),))
        (row,) = make_report(reading, Settings(), question).report.rows
        try:
            found = find_drivers(reading, Settings(), question).drivers
        except InputError:
            assert "no export carries satisfaction answers" == row.why_null
            return
    assert (row.n, row.numerator or 0) == (found.answers.n, found.answers.satisfied)
    for one in found.drivers:
        assert one.n == sum(level.n for level in one.levels) <= row.n


def test_every_format_says_the_same_and_that_it_is_no_cause(
    ticket_file: Path, tmp_path: Path
) -> None:
    """A row a factor and a level in the flat formats, with the values of the JSON."""
    value = drivers(ticket_file)
    assert ("supportkpi.drivers/1", "association, not cause") == (value["schema"], value["meaning"])
    nested = [
        [None, None, value["satisfied"]["value"]],
        *(
            row
            for one in value["factors"]
            for row in (
                [one["factor"], None, one["value"]],
                *([one["factor"], level["level"], level["value"]] for level in one["levels"]),
            )
        ),
    ]
    lines = run("drivers", ticket_file, "--format", "ndjson").text.splitlines()
    parquet = tmp_path / "drivers.parquet"
    assert 0 == run("drivers", ticket_file, "-o", parquet).code
    for rows in (list(map(json.loads, lines)), pl.read_parquet(parquet).to_dicts()):
        assert nested == [[row["factor"], row["level"], row["value"]] for row in rows]
        assert {"association, not cause"} == {row["meaning"] for row in rows}
    text = run("drivers", ticket_file, "--format", "csv").text
    cells = list(csv.DictReader(io.StringIO(text)))
    assert len(nested) == len(cells)
    assert {"association, not cause"} == {row["meaning"] for row in cells}
    assert "'+=danger" in {row["level"] for row in cells}


def test_the_terminal_says_how_to_read_it(ticket_file: Path) -> None:
    """One table with the levels below their factor, and what it is not below it."""
    text = run("drivers", ticket_file, "--format", "terminal").text
    assert "all answers" in text
    assert "association, not cause" in text
    assert "30m 00s" in text
    found = factor(drivers(ticket_file), "resolution")
    assert f"rank correlation {found['value']:.2f}" in text
    assert "— no answer comes with it" in text


def test_a_long_topic_is_shortened_for_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the terminal a level is one line, however long its name; programs get all of it."""
    monkeypatch.setenv("COLUMNS", "80")
    long = "a topic " * 30
    rows = [[*row[:4], long if row[4] == "bill" else row[4], row[5]] for row in tickets(120)]
    path = write_csv(tmp_path / "tickets.csv", HEADER, rows)
    assert "\n   a topic a topic a topic…  " in run("drivers", path, "--format", "terminal").text
    assert long.strip() in [one["level"] for one in factor(drivers(path), "topic")["levels"]]


def test_answers_count_by_their_place_on_their_scale(tmp_path: Path) -> None:
    """Two exports, 2 of 2 and 5 of 5, agree: the best of either scale is the best."""
    low = ["id", "created at", "resolved at", "channel", "category", "csat"]
    rows = [
        [f"{name}{number}", "2026-03-02T10:00:00Z", f"2026-03-02T{11 + number % 2}:00:00Z",
         "email", name, score[number % 2]]
        for name, score in (("two", ("1", "2")), ("five", ("1", "5")))
        for number in range(20)
    ]  # fmt: skip
    first = write_csv(tmp_path / "two.csv", low, rows[:20])
    second = write_csv(tmp_path / "five.csv", low, rows[20:])
    mapping = tmp_path / "two.toml"
    mapping.write_text(
        'extends = "generic-tickets"\n[fields]\ncsat = { sql = "csat", scale = [1, 2] }\n'
    )
    config = tmp_path / "supportkpi.toml"
    inputs = f'[[inputs]]\npath = "{first}"\nsource = "{mapping}"\n'
    config.write_text(f'{inputs}[[inputs]]\npath = "{second}"\n')
    assert 1.0 == factor(drivers("--config", config), "resolution")["value"]


def test_no_answers_anywhere_are_an_error_that_says_so() -> None:
    """Exports that carry no satisfaction end the run with 3 and a way on."""
    code, message, hint = failure(run("drivers", SHOP / "sms", "-q"))
    assert (3, "no export carries satisfaction answers") == (code, message)
    assert hint is not None
    assert hint.startswith("a list of surveys beside the other exports has them")


def test_a_window_without_answers_is_empty(ticket_file: Path) -> None:
    """Nothing was answered in it: n = 0 throughout, and the run is fine."""
    found = drivers(ticket_file, "--until", "2026-01-01")
    assert (0, None) == (found["satisfied"]["n"], found["satisfied"]["value"])
    reasons = {(one["n"], one["why_null"]) for one in found["factors"]}
    assert {(0, "no answer comes with it")} == reasons
    assert 0 == run("drivers", ticket_file, "--until", "2026-01-01").code


@pytest.fixture
def survey_file(tmp_path: Path) -> Path:
    """Thirty surveys: the politeness goes with the satisfaction, the price against it."""
    rows = [
        [f"R-{number}", f"{2 + number % 20:02d}.03.2026 10:00", 1 + number % 5, 1 + number % 5,
         7 - number % 5 if number % 10 else "none"]
        for number in range(30)
    ]  # fmt: skip
    return write_csv(tmp_path / "survey.csv", ["Case", "Answered", "Q1", "Q2", "Q3"], rows)


def test_ratings_of_a_mapping_are_factors(survey_file: Path) -> None:
    """What [ratings] names is looked at like the rest, values that are no numbers aside."""
    found = drivers(survey_file, "--source", SURVEY)
    polite, price = factor(found, "ratings.politeness"), factor(found, "ratings.price")
    assert (1.0, 30) == (polite["value"], polite["n"])
    assert (-1.0, 27) == (price["value"], price["n"])
    assert ["1", "2", "3", "4", "5"] == [one["level"] for one in polite["levels"]]
    assert [0, 0, 0, 6, 6] == [one["numerator"] for one in polite["levels"]]


def test_the_latest_rating_of_a_conversation_counts(tmp_path: Path) -> None:
    """Two surveys on one case: the later one, unless the report is as of before it."""
    rows = [
        ["R-1", "02.03.2026 10:00", 5, 4, ""],
        ["R-1", "05.03.2026 10:00", 5, 2, ""],
        ["R-1", "06.03.2026 10:00", 5, "", ""],
    ]
    path = write_csv(tmp_path / "survey.csv", ["Case", "Answered", "Q1", "Q2", "Q3"], rows)
    for options, level in (((), "2"), (("--as-of", "2026-03-04"), "4")):
        found = factor(drivers(path, "--source", SURVEY, *options), "ratings.politeness")
        assert [(level, 1)] == [(one["level"], one["n"]) for one in found["levels"]]


def test_a_table_of_events_has_no_ratings(survey_file: Path, tmp_path: Path) -> None:
    """Events carry the answers and leave further ratings behind."""
    events = tmp_path / "events.parquet"
    assert 0 == run("events", survey_file, "--source", SURVEY, "-o", events).code
    found = drivers(events)
    assert 30 == found["satisfied"]["n"]
    assert not [one for one in found["factors"] if one["factor"].startswith("ratings.")]


def test_last_and_since_do_not_go_together(ticket_file: Path) -> None:
    """As in a report, one of them says where the window begins."""
    ran = run("drivers", ticket_file, "--last", "7d", "--since", "2026-03-01")
    assert (2, "--last and --since both say where the window begins") == failure(ran)[:2]
