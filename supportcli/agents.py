"""The agents: one name each, whatever every system calls them; their teams, and who is a bot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from supportcli.errors import ConfigurationError
from supportcli.identity import alike
from supportcli.settings import Agents, Settings
from supportcli.sources.keys import key

_SPACE: Final = "agents"
"""The id space of agents once `[agents.same]` names them over all systems."""


@dataclass(frozen=True)
class AgentNames:
    """`[agents.same]`: the name of an agent by any of the names that systems have for them.

    `exact` holds names and aliases as `alike` spells them; `patterns` those with `*` or `?`.
    """

    exact: dict[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()

    @classmethod
    def of(cls, agents: Agents) -> AgentNames:
        """The names that the configuration gives."""
        spelt = [
            (alike(alias), name)
            for name, aliases in agents.same.items()
            for alias in (name, *aliases)
        ]
        patterns = [(text, name) for text, name in spelt if set(text) & set("*?")]
        return cls(
            exact=dict(spelt),
            patterns=tuple((re.compile(_regex(text)), name) for text, name in patterns),
        )

    def name_of(self, text: str) -> str:
        """The agent's name; the text itself where it is nobody's.

        Raises ConfigurationError where the patterns of two agents fit.
        """
        spelt = alike(text)
        if spelt in self.exact:
            return self.exact[spelt]
        found = {name for pattern, name in self.patterns if pattern.fullmatch(spelt)}
        if len(found) > 1:
            names = " and ".join(f'"{name}"' for name in sorted(found))
            raise ConfigurationError(
                f'[agents.same]: the patterns of {names} both fit the agent "{text}"',
                hint="name that agent in full under one of them",
            )
        return found.pop() if found else text


def with_one_name(frame: pl.DataFrame, agents: Agents) -> pl.DataFrame:
    """The events with every agent under the one name that the configuration gives them.

    A name that `bots` marks stays as it is, so that it is still known for a bot's.
    """
    if not agents.same or "agent_id" not in frame.columns:
        return frame
    names = AgentNames.of(agents)
    texts = frame["agent_id"].drop_nulls().unique().sort()
    if agents.bots:
        texts = texts.filter(texts.str.contains(bot_pattern(agents.bots)).not_())
    renamed = {text: names.name_of(text) for text in texts}
    one = pl.col("agent_id").replace(renamed)
    keys = [key(one, _SPACE).alias("agent_key")] if "agent_key" in frame.columns else []
    return frame.with_columns(one, *keys)


def bot_pattern(patterns: Sequence[str]) -> str:
    """One regular expression for agents whose name fits any of these patterns."""
    return f"^(?:{'|'.join(map(_regex, patterns))})$"


def _regex(pattern: str) -> str:
    """A pattern as Python and polars both read one: nothing but its * and ? act."""
    marks = (_WILD.get(mark) or pl.escape_regex(mark) for mark in pattern)
    return f"(?s:{''.join(marks)})"


_WILD: Final = {"*": ".*", "?": "."}


def team_of_agent(settings: Settings) -> dict[str, str]:
    """The team of every agent named in `[teams]`; the first team that lists one wins."""
    names = AgentNames.of(settings.agents)
    pairs = [
        (names.name_of(agent), team) for team, agents in settings.teams.items() for agent in agents
    ]
    return dict(reversed(pairs))


def team(settings: Settings) -> pl.Expr:
    """The team of a conversation: the export's own, else that of its agent."""
    if not settings.teams:
        return pl.col("team")
    teams = team_of_agent(settings)
    of_agent = pl.col("agent_id").replace_strict(
        list(teams), list(teams.values()), default=None, return_dtype=pl.String
    )
    return pl.coalesce("team", of_agent)
