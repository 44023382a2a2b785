"""Files that look like real exports: each is recognised by itself and gives its golden events.

`lookalike/NAME.golden.toml` holds what the file must give, worked out by hand from the file and the
definitions: `source`, `rows`, `skipped` (reason = count), `rejected`, `refused` (a part of the
reason) and the events in the order of the rows. A column that an event does not list is null
(`kind`: interaction; `at`: the earliest of its times). `agents` are whom `--agents` would name;
`timezone` is that of the report.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from supportcli.errors import SupportkpiError
from supportcli.events import event_table, read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TIMES, TYPES
from supportcli.settings import Settings

FOLDER = Path(__file__).parent / "lookalike"
GOLDEN = sorted(FOLDER.glob("*.golden.toml"))
_UNMAPPED = {name: None for name in TYPES if name not in ("source", "at")} | {"kind": "interaction"}


def plain(value: Any) -> Any:
    """A value as the golden tables write it: times as ISO 8601 in UTC."""
    if not isinstance(value, dt.datetime):
        return value
    precise = "milliseconds" if value.microsecond else "seconds"
    return f"{value.replace(tzinfo=None).isoformat(timespec=precise)}Z"


def _when(event: dict[str, Any]) -> dict[str, str]:
    """The moment of an event that does not say it: the earliest of its times."""
    times = [event[name] for name in TIMES if name in event]
    return {"at": min(times)} if times else {}


def options_of(golden: dict[str, Any], path: Path) -> ReadOptions:
    """How the file is read: with no option but what it cannot say by itself."""
    return ReadOptions((str(path),), agents=tuple(golden.get("agents", ())))


@pytest.mark.parametrize("golden_path", GOLDEN, ids=lambda path: path.name)
def test_a_lookalike_gives_its_golden_events(golden_path: Path) -> None:
    """Source, accounting and every column of every event are as the golden table says."""
    golden = tomllib.loads(golden_path.read_text(encoding="utf-8"))
    path = FOLDER / golden_path.name.removesuffix(".golden.toml")
    settings = Settings(timezone=golden.get("timezone", "UTC"))
    options = options_of(golden, path)
    if "refused" in golden:
        with pytest.raises(SupportkpiError) as refused:
            read_log(options, settings, TYPES)
        assert golden["refused"] in f"{refused.value.message} {refused.value.hint}"
        return
    log = read_log(options, settings, TYPES)
    (intake,) = log.intakes
    assert intake.source == golden["source"]
    assert intake.rows == golden["rows"]
    assert intake.skipped == golden.get("skipped", {})
    assert intake.rejected == golden.get("rejected", 0)
    found = [
        {name: plain(value) for name, value in event.items() if name != "source"}
        for event in event_table(log).to_dicts()
    ]
    wanted = [_UNMAPPED | _when(event) | event for event in golden["event"]]
    assert found == [{key: event[key] for key in found[0]} for event in wanted]


def test_every_lookalike_has_its_golden_table() -> None:
    """No file lies there that nothing is expected of."""
    files = {path.name for path in FOLDER.iterdir() if not path.name.endswith(".golden.toml")}
    assert files == {path.name.removesuffix(".golden.toml") for path in GOLDEN}
