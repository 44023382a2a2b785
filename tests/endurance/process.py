"""Ingests as processes of their own that can be watched and killed."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from command import ROOT

_CHILD = Path(__file__).with_name("child.py")


@dataclass
class Ingest:
    """A process that ingests an input: the words it has said, each with the second it came at."""

    process: subprocess.Popen[bytes]
    began: float = 0.0
    words: list[tuple[str, float]] = field(default_factory=list)
    _rest: bytes = b""

    @classmethod
    def of(cls, inputs: Path, store: Path, *options: str) -> Ingest:
        """A new process, which imports while others work."""
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        command = [sys.executable, str(_CHILD), str(inputs), "--store", str(store), *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, "PYTHONPATH": path}
        )
        return cls(process)

    def wait_until_ready(self) -> None:
        """Wait until it has imported everything."""
        self.hear(lambda: self.said("ready") > 0)

    def go(self) -> None:
        """Begin to ingest."""
        assert self.process.stdin is not None
        self.wait_until_ready()
        self.began = time.perf_counter()
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()

    def said(self, word: str) -> int:
        """How often it has said a word."""
        return sum(one == word for one, _ in self.words)

    @property
    def is_writing(self) -> bool:
        """Whether it is changing the table, as far as it was heard."""
        return self.said("writing") > self.said("written")

    def hear(self, is_enough: Callable[[], bool], until_s: float = math.inf) -> None:
        """Listen until it has said enough, is at its end, or so many seconds old."""
        assert self.process.stdout is not None
        while not is_enough():
            left_s = until_s - self.age_s
            wait_s = None if left_s == math.inf else max(0.0, left_s)
            if not select.select([self.process.stdout], [], [], wait_s)[0]:
                return
            said = os.read(self.process.stdout.fileno(), 4096)
            if not said:
                return
            *lines, self._rest = (self._rest + said).split(b"\n")
            self.words += [(line.decode(), self.age_s) for line in lines]

    @property
    def age_s(self) -> float:
        """The seconds since it was told to go."""
        return time.perf_counter() - self.began

    def kill(self) -> bool:
        """Kill it at once, hear its last words, and say whether it was still running."""
        self.process.kill()
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Hear it to its end and give its exit code; what it complains of is shown."""
        assert self.process.stderr is not None
        self.hear(lambda: False)
        complaint = self.process.stderr.read()
        code = self.process.wait()
        if code not in {0, -signal.SIGKILL}:
            print(complaint.decode(), file=sys.stderr)
        self._close()
        return code

    def _close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
