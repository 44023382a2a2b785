"""Names that tell nobody who it is: keyed hashes in place of customers and agents.

HMAC-SHA-256 (RFC 2104) with a key that is never in the store: whoever has the store alone cannot
find out whose hash it is, nor try names until one fits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from supportcli.agents import bot_pattern, team
from supportcli.errors import ConfigurationError, UsageError
from supportcli.settings import Settings
from supportcli.sources.keys import ROW_ID

ENVIRONMENT_VARIABLE: Final = "SUPPORTKPI_KEY"
_SHORTEST_BYTES: Final = 16
_HEX_DIGITS: Final = 32
"""Half of a hash: no two people of any log share it by chance."""


class Pseudonyms:
    """The pseudonyms that a key gives."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str:
        """What a store remembers of the key, to refuse another one; it says nothing of the key."""
        return self._hash("fingerprint", "supportkpi")

    def of(self, kind: str, text: str) -> str:
        """The pseudonym of a customer's id or an agent's name."""
        return f"p-{self._hash(kind, text)}"

    def _hash(self, kind: str, text: str) -> str:
        said = f"{kind}\x1f{text}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:_HEX_DIGITS]

    def applied(self, rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
        """Rows of a store under pseudonyms; agents are in their teams before their names go.

        Who is a bot by `[agents] bots` is nobody, and keeps the name. The ids of rows, which stand
        for all their cells, are hashed with the key too.
        """
        agents = rows["agent_id"].drop_nulls().unique()
        if settings.agents.bots:
            agents = agents.filter(agents.str.contains(bot_pattern(settings.agents.bots)).not_())
        customers = rows["customer_id"].drop_nulls().unique()
        return rows.with_columns(
            team(settings).alias("team"),
            self._replaced("agent_id", agents, "agent"),
            self._replaced("customer_id", customers, "customer"),
            self._row_id(),
        )

    def _replaced(self, column: str, texts: pl.Series, kind: str) -> pl.Expr:
        return pl.col(column).replace({text: self.of(kind, text) for text in texts})

    def _row_id(self) -> pl.Expr:
        import polars_hash

        parts = [pl.lit(self._hash("row", "")), pl.col(ROW_ID).cast(pl.String)]
        keyed: pl.Expr = polars_hash.concat_str(parts).nchash.xxhash64()
        return keyed.reinterpret(signed=True).alias(ROW_ID)


def read_key(path: Path | None, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key, from a file or the environment.

    Raises UsageError where there is none, and ConfigurationError for one that cannot be read or is
    too short to keep anything secret.
    """
    if path is not None:
        try:
            key = path.read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(f"cannot read the key {path}: {error.strerror}") from error
    elif ENVIRONMENT_VARIABLE in environment:
        key = environment[ENVIRONMENT_VARIABLE].strip().encode()
    else:
        raise UsageError(
            "pseudonyms need a key", hint=f"--key-file FILE, or the variable {ENVIRONMENT_VARIABLE}"
        )
    if len(key) < _SHORTEST_BYTES:
        raise ConfigurationError(
            f"the key has {len(key)} bytes, and needs {_SHORTEST_BYTES} or more",
            hint="make one: openssl rand -hex 32",
        )
    return key
