"""Reports in other languages: what they say, and that nothing is left without a translation."""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
import string
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from supportcli.locale import words_for
from supportcli.schema import DIGITS, LANGUAGES
from supportcli.words import Words, harmless, phrase
from test_architecture import run_python
from test_docs import script

make_messages = script("make_messages")

TRANSLATED: Final = tuple(lang for lang in LANGUAGES if lang != "en")
MARKS: Final = "\u200e\u200f\u061c"
MOMENT: Final = dt.datetime(2026, 3, 2, 9, 0)

all_words = st.builds(
    words_for,
    lang=st.sampled_from(LANGUAGES),
    calendar=st.sampled_from(("gregorian", "jalali")),
    digits=st.sampled_from(DIGITS),
)
_PLAIN: Final = str.maketrans({"٫": ".", "٬": ",", "−": "-", "٪": "%", **dict.fromkeys(MARKS)})


def plain(text: str) -> str:
    """A number in Latin digits and signs, without marks of direction."""
    digits = (str(int(mark)) if mark.isdecimal() else mark for mark in text)
    return "".join(digits).translate(_PLAIN)


def placeholders(text: str) -> set[str]:
    """The names of the parts of a template."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def translations(lang: str) -> Catalog:
    """The translations into a language as they are written."""
    found: Catalog = make_messages.read_catalogue(lang)
    return found


def texts(lang: str) -> list[tuple[str, str]]:
    """Every English text with its translation."""
    return [(str(one.id), str(one.string)) for one in translations(lang) if one.id]


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated(lang: str) -> None:
    """A catalogue has all texts of the program and no other; each is translated and certain."""
    catalogue = translations(lang)
    assert {text for text, _ in make_messages.messages()} == {
        one.id for one in catalogue if one.id
    }, "run `make messages`, and translate what is new"
    unsure = {one.id for one in catalogue if one.id and (one.fuzzy or not one.string)}
    assert set() == unsure


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_compiled_catalogue_is_what_the_written_one_makes(lang: str) -> None:
    """`make messages` has been run: both files of a language say the same."""
    path: Path = make_messages.po_file(lang)
    with path.with_suffix(".mo").open("rb") as stream:
        found = read_mo(stream)
    assert dict(texts(lang)) == {one.id: one.string for one in found if one.id}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_has_the_parts_of_its_text(lang: str) -> None:
    """A template and its translation name the same parts."""
    differing = [text for text, said in texts(lang) if placeholders(text) != placeholders(said)]
    assert [] == differing


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_has_no_latin_letters_of_its_own(lang: str) -> None:
    """What is in Latin letters is a part, a name of the program such as [hours], or like CSAT."""
    latin = re.compile(r"[A-Za-z_]+")
    for text, said in texts(lang):
        assert set() == set(latin.findall(said)) - set(latin.findall(text)), text


@pytest.mark.parametrize(("lang", "foreign"), [("fa", "يىك"), ("ar", "یکپچژگۀ\u200c")])
def test_a_translation_is_written_in_its_own_letters(lang: str, foreign: str) -> None:
    """Persian has its own yeh and kaf; Arabic has neither these nor the letters it lacks."""
    assert [] == [said for _, said in texts(lang) if set(said) & set(foreign)]


@pytest.mark.parametrize("lang", TRANSLATED)
def test_making_the_catalogues_again_changes_nothing(lang: str) -> None:
    """What is written is read back as it was, with all its translations and no other."""
    again = make_messages.updated(lang)
    assert texts(lang) == [(one.id, one.string) for one in again if one.id]
    written = read_po(io.BytesIO(make_messages.written(again)), locale=lang)
    assert texts(lang) == [(one.id, one.string) for one in written if one.id]


def test_marked_texts_are_found() -> None:
    """Literals that are marked, made a phrase of or asked for are found; others are not."""
    source = """
marked("one")
phrase("two {x}", x=f"{y}")
words.text("three")
self.words.text("four" " and five")
phrase(TEMPLATE)
words.text(title)
element.text("six")
print("seven")
"""
    found = list(make_messages.marked_in(ast.parse(source)))
    assert ["one", "two {x}", "three", "four and five"] == found


def test_a_marked_text_with_values_in_it_is_refused() -> None:
    """Nobody could translate an f-string: it is made of its values before anyone looks."""
    with pytest.raises(TypeError, match="an f-string is marked"):
        list(make_messages.marked_in(ast.parse('phrase(f"{n} conversations")')))


def test_texts_of_a_template_are_found() -> None:
    """What a template asks Words for is found, whatever it does with it."""
    source = '<p>{{ words.text("one") }}</p>{% if x %}{{ document.words.text("two")|e }}{% endif %}'
    assert ["one", "two"] == list(make_messages.said_in_template(source))


def test_english_is_what_the_program_is_written_in(tmp_path: Path) -> None:
    """English with Latin digits is plain Words, and costs no import of babel."""
    code = """\
import sys
from supportcli.locale import words_for
print(type(words_for("en", "jalali", "latin")).__name__, "babel" in sys.modules)
"""
    assert "Words False" == run_python(code, tmp_path).strip()


@given(
    words=all_words,
    value=st.floats(-1e12, 1e12).map(lambda one: round(one, 3)),
    decimals=st.integers(0, 3),
)
def test_a_number_is_the_same_in_all_digits(words: Words, value: float, decimals: int) -> None:
    """Read back, a number is what English says, to the last digit."""
    assert Words().number(value, decimals) == plain(words.number(value, decimals))


@given(words=all_words, share=st.floats(0, 1))
def test_a_share_is_the_same_in_all_languages(words: Words, share: float) -> None:
    """Read back, a share is what English says."""
    said = plain(words.value(share, "share"))
    assert Words().value(share, "share") == f"{said.removesuffix('%').strip()} %"


@given(words=all_words, seconds=st.floats(0, 1e7))
def test_a_duration_has_the_same_numbers_in_all_languages(words: Words, seconds: float) -> None:
    """The numbers of a duration are those that English says, but for a second one that is 0."""
    first, *rest = map(float, re.findall(r"[\d.]+", Words().value(seconds, "s")))
    found = [float(one) for one in re.findall(r"[\d.]+", plain(words.value(seconds, "s")))]
    assert [first, *(one for one in rest if one)] == [found[0], *(one for one in found[1:] if one)]


@given(
    words=all_words,
    change=st.floats(-1e6, 1e6),
    unit=st.sampled_from(("s", "share", "count", "EUR")),
)
def test_a_change_has_the_sign_that_english_gives_it(
    words: Words, change: float, unit: str
) -> None:
    """A change begins with its sign, and has none where what is said of it is 0."""
    said, english = plain(words.change(change, unit)), Words().change(change, unit)
    signs = tuple("+-")
    assert english.startswith(signs) == said.startswith(signs)
    assert not said.startswith(signs) or english[0] == said[0]


@pytest.mark.parametrize(
    ("lang", "digits", "said"),
    [
        ("en", "persian", ["۱m ۰۵s", "۵۲٫۱ %", "۱٬۲۳۴", "۴٫۳۱", "۹٫۵۰ EUR", "—"]),
        (
            "fa",
            "persian",
            ["۱ دقیقه و ۵ ثانیه", "\u061c۵۲٫۱٪\u061c", "۱٬۲۳۴", "۴٫۳۱", "۹٫۵۰ یورو", "—"],
        ),
        (
            "fa",
            "latin",
            ["1 دقیقه و 5 ثانیه", "52.1\u200e%\u200e", "1,234", "4.31", "9.50 یورو", "—"],
        ),
        ("ar", "arabic", ["١ د و٥ ث", "\u061c٥٢٫١٪\u061c", "١٬٢٣٤", "٤٫٣١", "٩٫٥٠ يورو", "—"]),
        ("ar", "latin", ["1 د و5 ث", "52.1\u200e%\u200e", "1,234", "4.31", "9.50 يورو", "—"]),
    ],
)
def test_values(lang: str, digits: str, said: list[str]) -> None:
    """Values have the digits asked for, and the signs and unit names of the language."""
    words = words_for(lang, "gregorian", digits)
    values: list[tuple[Any, str]] = [
        (65.0, "s"),
        (0.521, "share"),
        (1234, "count"),
        (4.312, "score"),
        (9.5, "EUR"),
        (None, "s"),
    ]
    assert said == [words.value(value, unit) for value, unit in values]


@pytest.mark.parametrize(
    ("days", "said"), [(1, "١ يوم"), (2, "٢ يوم"), (9, "٩ أيام"), (11, "١١ يومًا"), (100, "١٠٠ يوم")]
)
def test_days_have_the_plural_of_their_number(days: int, said: str) -> None:
    """Arabic counts 3 to 10 days, 11 to 99 and 100 each in its own way, always with the number."""
    words = words_for("ar", "gregorian", "arabic")
    assert said == words.value(86_400 * days, "s")
    assert f"{said} و٤ س" == words.value(86_400 * days + 4 * 3_600, "s")


@pytest.mark.parametrize(
    ("lang", "digits", "said"),
    [
        ("en", "persian", ["-۱m ۰۵s", "+۲٫۱ pp", "۰٫۰ pp"]),
        ("fa", "persian", ["\u200e−۱ دقیقه و ۵ ثانیه", "\u200e+۲٫۱ واحد درصد", "۰٫۰ واحد درصد"]),
        ("ar", "arabic", ["\u061c-١ د و٥ ث", "\u061c+٢٫١ نقطة مئوية", "٠٫٠ نقطة مئوية"]),
    ],
)
def test_changes(lang: str, digits: str, said: list[str]) -> None:
    """A sign stands at its number whatever the direction; a share changes by percentage points."""
    words = words_for(lang, "gregorian", digits)
    values = [(-65.0, "s"), (0.021, "share"), (-0.00001, "share")]
    assert said == [words.change(change, unit) for change, unit in values]


@pytest.mark.parametrize(
    ("lang", "calendar", "said"),
    [
        ("fa", "jalali", ["۱۱ اسفند ۱۴۰۴", "اسفند ۱۴۰۴", "سه‌ماههٔ چهارم ۱۴۰۴", "۱۴۰۴"]),
        ("fa", "gregorian", ["۲ مارس ۲۰۲۶", "مارس ۲۰۲۶", "سه‌ماههٔ اول ۲۰۲۶", "۲۰۲۶"]),
        ("ar", "gregorian", ["۲ مارس ۲۰۲۶", "مارس ۲۰۲۶", "الربع الأول ۲۰۲۶", "۲۰۲۶"]),
        ("ar", "jalali", ["۱۱ إسفند ۱۴۰۴", "إسفند ۱۴۰۴", "الربع الرابع ۱۴۰۴", "۱۴۰۴"]),
        ("en", "jalali", ["۱۴۰۴-۱۲-۱۱", "۱۴۰۴-۱۲", "۱۴۰۴-Q۴", "۱۴۰۴"]),
    ],
)
def test_dates(lang: str, calendar: Literal["gregorian", "jalali"], said: list[str]) -> None:
    """Dates have the month names of their calendar in the language; in English they are numbers."""
    words = words_for(lang, calendar, "persian")
    periods = ("day", "month", "quarter", "year")
    assert said == [words.period(MOMENT, period) for period in periods]
    assert said[0] == words.day(MOMENT.date()) == words.period(MOMENT, "week")


def test_a_moment_is_local() -> None:
    """A moment is said in the zone of the report, with its day; an hour likewise."""
    words = words_for("fa", "jalali", "persian")
    assert "۱۱ اسفند ۱۴۰۴، ۱۲:۳۰" == words.moment(MOMENT, "Asia/Tehran")
    assert "۱۱ اسفند ۱۴۰۴، ۰۹:۰۰" == words.period(MOMENT, "hour")
    english = words_for("en", "gregorian", "persian")
    assert "۲۰۲۶-۰۳-۰۲ ۱۲:۳۰" == english.moment(MOMENT, "Asia/Tehran")


def test_numbers_of_an_english_text_keep_their_order() -> None:
    """Arabic digits run from the right: in English marks stand on both sides of each number."""
    words = words_for("en", "gregorian", "arabic")
    assert "\u200e٢٠٢٦\u200e-\u200e٠٣\u200e-\u200e٠٢\u200e" == words.day(MOMENT.date())


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("<= 4h", "حداکثر ۴ ساعت"),
        (">= 80%", "حداقل \u061c۸۰٪\u061c"),
        ("< 0.5", "کمتر از ۰٫۵"),
        ("> 1h30m", "بیشتر از ۱ ساعت و ۳۰ دقیقه"),
        (" <=90 s ", "حداکثر ۱ دقیقه و ۳۰ ثانیه"),
        ("12 a day", "۱۲ a day"),
        ("> \x1b7 x", "بیشتر از \ufffd۷ x"),
    ],
)
def test_a_target_is_said_in_words(target: str, said: str) -> None:
    """A target reads as a sentence would say it; what is none keeps its text."""
    assert said == words_for("fa", "jalali", "persian").written(target)


def test_names() -> None:
    """Values of dimensions of ours are translated, those of the data stay as they are."""
    words = words_for("fa", "jalali", "persian")
    values = [(None, "team"), ("self_service", "channel"), ("monday", "weekday"), (9, "hour")]
    said = ["نامشخص", "سلف‌سرویس", "دوشنبه", "۰۹:۰۰"]
    assert said == [words.name(value, dimension) for value, dimension in values]
    assert "p90 of 12\ufffd" == words.name("p90 of 12\u202e", "topic")


def test_a_name_in_a_sentence_is_isolated() -> None:
    """What reads from left to right stands in an isolate in Persian; texts are translated."""
    words = words_for("fa", "jalali", "persian")
    said = phrase("{number} {currency}", number=1234.5, currency="Anna (2)")
    assert "۱٬۲۳۴٫۵ \u2068Anna (2)\u2069" == words.text(said)
    assert "۱٬۲۳۴٫۵ سارا" == words.text(
        phrase("{number} {currency}", number=1234.5, currency="سارا")
    )
    inner = phrase("at most {limit}", limit=4)
    assert "۱ حداکثر ۴" == words.text(phrase("{number} {currency}", number=1, currency=inner))
    unknown = phrase("{number} {currency}", number=1, currency="unknown")
    assert "۱ نامشخص" == words.text(unknown)


def test_hostile_parts_are_cleaned_and_translated_all_the_same() -> None:
    """What stems from the data loses what turns direction, at any depth; the rest is translated."""
    inner = phrase("{begin} to {end}", begin="a\u202eb", end="phone")
    said = harmless(phrase("{number} {currency}", number=3, currency=inner))
    assert "3 a\ufffdb to phone" == said
    words = words_for("fa", "jalali", "persian")
    assert "۳ \u2068a\ufffdb\u2069 تا تلفن" == words.text(said)
    assert "\ufffd" == harmless("\x1b")


def test_a_name_is_not_translated() -> None:
    """A topic that is called as something of ours keeps its name, cleaned or not."""
    words = words_for("fa", "jalali", "persian")
    said = phrase("{number} {currency}", number=1, currency=words.name("orders", "topic"))
    assert "۱ \u2068orders\u2069" == words.text(said) == words.text(harmless(said))
    assert "۱ سفارش‌ها" == words.text(phrase("{number} {currency}", number=1, currency="orders"))


def test_names_in_a_row_keep_their_order() -> None:
    """In Persian a list has Persian commas, and a Latin name in it is isolated."""
    words = words_for("fa", "jalali", "persian")
    assert "\u2068Anna\u2069، سارا، \u2068Ben\u2069" == words.listed(["Anna", "سارا", "Ben"])
    assert "Anna, Ben" == words_for("en", "gregorian", "persian").listed(["Anna", "Ben"])


def test_english_with_other_digits_changes_no_text() -> None:
    """Only numbers have other digits: what stands in a text or a name stays."""
    words = words_for("en", "gregorian", "persian")
    assert "First response, 90th percentile" == words.text("First response, 90th percentile")
    assert "Team 7 of ۱٬۲۳۴" == words.text(phrase("{name} of {n}", name="Team 7", n=1234))
    assert "Team 7" == words.name("Team 7", "team")


def test_numbers_of_a_translated_text_have_the_digits_asked_for() -> None:
    """A title says 90 in the digits of the report, and a percent sign is that of the language."""
    title = "First response, 90th percentile"
    assert words_for("fa", "jalali", "persian").text(title).endswith("(صدک ۹۰)")
    assert words_for("fa", "jalali", "latin").text(title).endswith("(صدک 90)")
    formulas = "Five formulas are in use; on one real log they give 52.1, 56.1 and 59.7 %."
    assert "۵۲٫۱، ۵۶٫۱ و \u061c۵۹٫۷٪\u061c" in words_for("fa", "jalali", "persian").text(formulas)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_what_no_catalogue_knows_stays(lang: str) -> None:
    """A text without a translation is said as it is, its digits and all."""
    words = words_for(lang, "gregorian", "persian")
    assert "rtl" == words.direction
    assert ["never heard of 12", ""] == [words.text("never heard of 12"), words.text("")]
