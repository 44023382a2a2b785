"""Headers and words that people spell in several ways, made equal."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportcli.sources.folding import fold, folded

SAME = [
    ("Created time", "created_time", "CreatedTime", " CREATED-TIME ", "created.time"),
    ("حل‌شده", "حل شده", "حلشده", "حل\u00a0شده"),
    ("تاريخ الإنشاء", "تاريخ الانشاء", "تاریخ الانشاء", "\u200fتاريخ الإنشاء"),
    ("الحالة", "الحاله", "الحـــالة"),
    ("كارشناس", "کارشناس"),
    ("Duración", "duracion", "DURACIO\u0301N"),
    ("کد ۱۲", "کد 12", "كد ١٢"),
    ("مُدّة", "مدة"),
    ("۱۲٫۵", "12٫5"),
]


@pytest.mark.parametrize("spellings", SAME)
def test_spellings_of_one_name_fold_to_one_text(spellings: tuple[str, ...]) -> None:
    """What people take for the same name is the same text."""
    assert 1 == len({fold(one) for one in spellings})


def test_what_has_no_letter_keeps_its_marks() -> None:
    """A number or a smiley is not another one because its marks look alike."""
    texts = ["-103", "103", "1.5", "15", "😀", "🙁", "#", "4/5", "45"]
    assert len(texts) == len({fold(one) for one in texts})


@given(st.text(st.characters(max_codepoint=0x1FFFF, exclude_categories=["Cn", "Cs"])))
def test_a_column_folds_like_a_text_and_folding_is_final(text: str) -> None:
    """Headers and cells are compared by the same rule, and a folded text stays as it is."""
    column = pl.Series("text", [text]).to_frame().select(folded(pl.col("text"))).item()
    assert fold(text) == column
    assert fold(column) == column
