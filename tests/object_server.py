"""An object store of this machine that speaks S3; as a program it prints its port and serves.

It serves one request at a time, so that "put this unless it is there" is one step, as it is in a
real store. Whoever signs as STRANGER is refused.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

STRANGER = "STRANGERTOALL"
SECRET = "not-to-be-seen-anywhere"  # noqa: S105  it opens nothing

_SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=TESTS/20260101/us-east-1/s3/aws4_request"}
"""A signature that nobody looks at; but those who do not sign may not read."""

_REFUSED = b"<Error><Code>InvalidAccessKeyId</Code><Message>Nobody knows this key</Message></Error>"


@dataclass(frozen=True)
class Bucket:
    """A bucket of the server."""

    endpoint: str
    name: str

    @property
    def url(self) -> str:
        """A place for a store in it."""
        return f"s3://{self.name}/of/events"

    @property
    def options(self) -> dict[str, str]:
        """What a program must know to come in."""
        return {
            "aws_endpoint_url": self.endpoint,
            "aws_allow_http": "true",
            "aws_region": "us-east-1",
            "aws_access_key_id": "SOMEBODYWITHAKEY",
            "aws_secret_access_key": SECRET,
        }

    @property
    def objects(self) -> dict[str, int]:
        """The objects in it by their keys, with their sizes."""
        listed = self._asked("GET", "?list-type=2").decode()
        found = re.findall(r"<Key>(.*?)</Key>.*?<Size>(\d+)</Size>", listed, re.DOTALL)
        return {key: int(size) for key, size in found}

    @property
    def data(self) -> dict[str, int]:
        """The data files of the store in it, by their paths in the store, with their sizes."""
        return {
            key.removeprefix("of/events/"): size
            for key, size in self.objects.items()
            if key.endswith(".parquet") and "_delta_log" not in key
        }

    def content(self, key: str) -> bytes:
        """What an object holds."""
        return self._asked("GET", f"/{key}")

    def delete(self, key: str) -> None:
        """Delete an object behind everybody's back."""
        self._asked("DELETE", f"/{key}")

    def make(self) -> None:
        """Make the bucket itself."""
        self._asked("PUT", "")

    def _asked(self, method: str, path: str) -> bytes:
        url = f"{self.endpoint}/{self.name}{path}"
        request = Request(url, method=method, headers=_SIGNED)  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            content: bytes = answer.read()
        return content


@contextmanager
def serving() -> Iterator[str]:
    """A server of its own, at the address that is given."""
    command = [sys.executable, str(Path(__file__))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def main() -> None:
    """Print the port and serve for good."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    store = DomainDispatcherApplication(create_backend_app)

    def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        if STRANGER in environment.get("HTTP_AUTHORIZATION", ""):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [_REFUSED]
        answered: Iterable[bytes] = store(environment, start)
        return answered

    server = make_server("127.0.0.1", 0, answer)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
