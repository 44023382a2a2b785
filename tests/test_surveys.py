"""Which question of a survey is which: told by its words, and never by a word too few."""

from __future__ import annotations

import pytest

from supportcli.schema import RATINGS
from supportcli.sources.names import find_column
from supportcli.sources.source import built_in

SURVEYS = ("surveymonkey", "typeform")

QUESTIONS = {
    "How satisfied are you?": "csat",
    "Overall, how satisfied or dissatisfied were you with our company?": "csat",
    "<p>How <b>satisfied</b> are you with the help, {{field:1}}? 😀</p>": "csat",
    "How would you rate the support you received?": "csat",
    "Please rate your overall experience\nwith us today": "csat",
    "Rate your satisfaction with this conversation": "csat",
    "Customer satisfaction": "csat",
    "CSAT": "csat",
    "چقدر از پشتیبانی ما راضی هستید؟": "csat",
    "میزان رضایت شما از پاسخ": "csat",
    "ما مدى رضاك عن الخدمة؟": "csat",
    "كم أنت راضٍ عن خدمتنا؟": "csat",
    "How likely to recommend?": "nps",
    "How likely are you to recommend us to a friend or colleague?": "nps",
    "How likely is it that you would recommend this company?": "nps",
    "NPS": "nps",
    "Net Promoter Score": "nps",
    "چقدر احتمال دارد ما را به دوستان خود توصیه کنید؟": "nps",
    "چقدر تمایل دارید ما را به همکاران خود معرفی کنید؟": "nps",
    "ما مدى احتمال أن توصي بنا لصديق؟": "nps",
    "The company made it easy for me to handle my issue": "ces",
    "CES": "ces",
    # What is asked after the answer, and what only sounds like it.
    "Why?": None,
    "Why are you satisfied?": None,
    "What is the main reason for your NPS?": None,
    "What could we improve so that you rate our support higher?": None,
    "Any comments on your satisfaction?": None,
    "Would you recommend us?": None,
    "آیا ما را به همکاران خود معرفی می‌کنید؟": None,
    "Que pensez-vous de ces réponses ?": None,
    "How much effort did you have to put forth?": None,
    "What went well?": None,
    "What is your process?": None,
    "چرا راضی نبودید؟": None,
    "موضوع اعتراض شما": None,
    "لماذا أنت راضٍ؟": None,
    "العنوان الافتراضي": None,
}
"""Question -> the rating that it asks for."""


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_known_by_its_words(survey: str, question: str) -> None:
    """A question is the rating it asks for, and no other."""
    columns = built_in(survey).columns
    found = [name for name in RATINGS if find_column(name, columns[name], [question])]
    wanted = QUESTIONS[question]
    assert found == ([wanted] if wanted else [])


def test_surveys_understand_the_same_words() -> None:
    """Both sources know the same questions and labels; what one learns the other learns."""
    first, *others = map(built_in, SURVEYS)
    for other in others:
        assert first.words == other.words
        assert all(first.columns[name] == other.columns[name] for name in RATINGS)
