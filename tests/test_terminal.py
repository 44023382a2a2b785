"""The report for eyes: trends, widths, words, and what a terminal can show."""

from __future__ import annotations

import pytest

from supportcli.report.sparkline import blocks


@pytest.mark.parametrize(
    ("values", "unicode", "expected"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], True, "▁▂▃▄▅▆▇█"),
        ([0, 1, 2, 3, 4], False, "_.-=^"),
        ([7, 0], True, "█▁"),
        ([None, 1, None, 2], True, "·▁·█"),
        ([1, None, 2], False, "_ ^"),
        ([-1.5, -0.5], True, "▁█"),
        ([-1.7e308, 0.0, 1.7e308], False, "_-^"),
        ([5, 5], True, "▅▅"),
        ([0, 0], True, "▁▁"),
        ([5, 5, 5], False, "---"),
    ],
)
def test_a_sparkline_goes_from_the_least_value_to_the_greatest(
    values: list[float | None], unicode: bool, expected: str
) -> None:
    """Each value is a character; unknown ones keep their place; equal ones have no shape."""
    assert expected == blocks(values, 12, unicode=unicode)


def test_a_sparkline_shows_the_most_recent_values() -> None:
    """Where the room does not do, the oldest values go, and the scale is that of the rest."""
    assert "▁█" == blocks([100, 0, 1], 2)
    assert "" == blocks([1, 2], 0)


def test_a_sparkline_of_nothing_known_is_empty() -> None:
    """Without a single known value there is nothing to draw."""
    assert "" == blocks([], 12)
    assert "" == blocks([None, None], 12)
