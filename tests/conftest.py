"""What tests of many files stand on, made once a process."""

from __future__ import annotations

from pathlib import Path

import pytest

import examples  # noqa: F401 (it says how all tests look for examples)
import threads  # noqa: F401 (and this one how many threads they have)
from command import SHOP, run


@pytest.fixture(scope="session")
def shop_events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The events of the sample shop, whose report is that of its exports, read in no time.

    For tests of what is made of events. How exports are read is the matter of others.
    """
    path = tmp_path_factory.mktemp("shop") / "events.parquet"
    assert 0 == run("events", SHOP, "-o", path).code
    return path
