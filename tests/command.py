"""The command line as tests run it: in this process with everything captured, or as a program."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from supportcli import cli

ROOT = Path(__file__).parent.parent
SHOP = ROOT / "sample_data" / "shop"
SHOP_FILES = tuple(
    SHOP / name
    for name in (
        "phone/Master.csv",
        "phone/queue_log",
        "email/zendesk_tickets.csv",
        "chat/livechat_chats.csv",
        "sms/twilio_messages.csv",
    )
)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8")

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        """The lines `supportkpi: error: ...`, without that beginning."""
        mark = "supportkpi: error: "
        return [line.removeprefix(mark) for line in self.err.splitlines() if line.startswith(mark)]

    @property
    def hints(self) -> list[str]:
        """The lines `hint: ...`, without that beginning."""
        lines = self.err.splitlines()
        return [line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")]


def run(*arguments: object, stdin: bytes = b"") -> Ran:
    """Run one command line in this process."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8", newline="")
    with redirect_stdout(out), redirect_stderr(err), mock.patch.object(sys, "stdin", given):
        code = cli.run([str(argument) for argument in arguments])
    for stream in (out, err):
        stream.flush()
    return Ran(code, out.buffer.getvalue(), err.buffer.getvalue().decode("utf-8"))


def start(
    *arguments: object, environment: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line as a program of its own."""
    command = [sys.executable, "-m", "supportcli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, **options)


def report(*arguments: object, stdin: bytes = b"") -> Any:
    """The JSON of a report that must succeed, its rows conserved."""
    ran = run("report", *arguments, "--format", "json", stdin=stdin)
    assert (0, []) == (ran.code, ran.errors), ran.err
    return conserved(ran.json)


def conserved(value: Any) -> Any:
    """The same report, once every row of every input is accounted for."""
    for intake in value["inputs"]:
        spent = sum(intake["skipped"].values()) + intake["rejected"]
        spent += intake["duplicates"] + intake["superseded"]
        assert intake["rows"] == intake["events"] + spent, intake
    return value


def contents(value: Any) -> bytes:
    """The part of a report that must not depend on how the rows came: rows and anomalies."""
    lines = [value["anomalies"], *value["rows"]]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def failure(ran: Ran) -> tuple[int, str, str | None]:
    """Exit code, message and hint of a command that must fail with exactly one error."""
    assert 1 == len(ran.errors), ran.err
    assert b"" == ran.out
    return ran.code, ran.errors[0], ran.hints[0] if ran.hints else None


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A plain CSV file of cells that need no quotes."""
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path
