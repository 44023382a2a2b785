"""Who is who in a chat whose rows do not say it: `role` and `party` beside every row.

The run names the agents, the configuration the bots; whoever else wrote is a customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from supportcli.agents import bot_pattern
from supportcli.errors import UsageError
from supportcli.sources.folding import LETTERS
from supportcli.wording import clean, shortened
from supportcli.words import Name, phrase

PARTY: Final = "party"
ROLE_COLUMNS: Final = ("role", PARTY)
"""What `[roles]` adds: 'agent', 'bot' or 'customer', and the customer of the row's chat."""

_DIRECTION_MARKS: Final = r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_SHOWN_SENDERS: Final = 20
_NAME_WIDTH: Final = 60


@dataclass(frozen=True)
class People:
    """Whom the run calls agents, by name, and which names are no humans, by pattern."""

    agents: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voices:
    """Who wrote a row, by what name people know them, to whom, and in which chat.

    Without `chat` the whole file is one.
    """

    author: pl.Expr
    name: pl.Expr
    to: pl.Expr | None = None
    chat: pl.Expr | None = None


@dataclass(frozen=True)
class Roles:
    """The agents and the bots among the authors; `note` is what one should know of the choice."""

    voices: Voices
    agents: tuple[str, ...]
    bots: tuple[str, ...]
    note: str | None = None

    def columns(self) -> list[pl.Expr]:
        """`role` and `party` of every row, in the order of the file.

        The party of an agent's or bot's row is the customer it answers, else the last customer
        before it in its chat, else the first after it.
        """
        author, to, chat = self.voices.author, self.voices.to, self.voices.chat
        role = (
            pl.when(author.is_in(list(self.bots)))
            .then(pl.lit("bot"))
            .when(author.is_in(list(self.agents)))
            .then(pl.lit("agent"))
            .when(author.is_not_null())
            .then(pl.lit("customer"))
        )
        customer = self._customer(author)
        before, after = customer.forward_fill(), customer.backward_fill()
        if chat is not None:
            before, after = before.over(chat), after.over(chat)
        answered = [] if to is None else [self._customer(to)]
        party = pl.when(author.is_not_null()).then(pl.coalesce(customer, *answered, before, after))
        return [role.alias("role"), party.alias(PARTY)]

    def _customer(self, author: pl.Expr) -> pl.Expr:
        return pl.when(author.is_in([*self.agents, *self.bots]).not_()).then(author)


def find_roles(voices: Voices, people: People, rows: pl.DataFrame, file: str) -> Roles:
    """The roles of the authors of a file, of whose rows `author` and `name` are given.

    Raises UsageError, with the authors, where nobody is known to be an agent. A file with one
    author passes if agents are named: a customer whom nobody answered.
    """
    senders = (
        rows.lazy()
        .drop_nulls("author")
        .with_columns(pl.coalesce("name", "author").alias("name"))
        .group_by("author", "name")
        .agg(pl.len().alias("messages"))
        .sort(["messages", "author", "name"], descending=[True, False, False])
        .collect()
    )
    agents = _matching(senders, _is_called(senders, people.agents))
    bots = _matching(senders, _is_like(people.bots)) if people.bots else ()
    note = None
    if not agents and not senders.is_empty():
        if not people.agents or senders["author"].n_unique() > 1:
            raise _unknown(senders, people, file)
        alone = _shown(senders["name"][0])
        note = phrase(
            "{file}: no agent wrote in it; {author} is taken for a customer",
            file=Name(file), author=Name(alone),
        )  # fmt: skip
    return Roles(voices, agents, bots, note)


def _matching(senders: pl.DataFrame, condition: pl.Expr) -> tuple[str, ...]:
    return tuple(senders.filter(condition)["author"].unique().sort())


def _is_like(patterns: Sequence[str]) -> pl.Expr:
    regex = bot_pattern(patterns)
    return pl.col("name").str.contains(regex) | pl.col("author").str.contains(regex)


def _is_called(senders: pl.DataFrame, given: Sequence[str]) -> pl.Expr:
    """Whether a sender bears one of the given names, as a name or as an id.

    A text with commas is several names, unless a sender is called just so.
    """
    name, author = _folded(pl.col("name")), _folded(pl.col("author"))
    known = {*senders.select(name).to_series(), *senders.select(author).to_series()}
    wanted: set[str] = set()
    for text in given:
        whole, *parts = _folded_texts([text, *text.split(",")])
        wanted.update([whole] if whole in known else parts)
    names = sorted(wanted - {""})
    return name.is_in(names) | author.is_in(names)


def _folded_texts(texts: Sequence[str]) -> list[str]:
    return pl.Series("text", texts).to_frame().select(_folded(pl.col("text"))).to_series().to_list()


def _folded(name: pl.Expr) -> pl.Expr:
    """A name without case, direction marks and the kind and number of its spaces."""
    unmarked = name.str.normalize("NFC").str.replace_all(_DIRECTION_MARKS, "")
    unmarked = unmarked.str.replace_many(list(LETTERS), list(LETTERS.values()))
    return unmarked.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _unknown(senders: pl.DataFrame, people: People, file: str) -> UsageError:
    listed = [
        f"{' or '.join(map(_shown, dict.fromkeys([name, author])))} ({messages:,})"
        for author, name, messages in senders.head(_SHOWN_SENDERS).rows()
    ]
    more = senders.height - len(listed)
    if more:
        listed.append(f"and {more:,} more")
    fault = (
        f"none of its senders is an agent ({', '.join(map(_shown, people.agents))})"
        if people.agents
        else "it does not say who the agents are"
    )
    return UsageError(
        f"{file}: {fault}; its senders and their messages: {', '.join(listed)}",
        hint="say who the agents are: --agents NAME,... or [agents] names in supportkpi.toml",
    )


def _shown(name: str) -> str:
    """A name as it can be told: quoted, harmless, not too long."""
    return f'"{shortened(clean(name), _NAME_WIDTH)}"'
