"""Every key of the configuration, with its default and what it means.

The classes are plain dataclasses, so that a run without a configuration costs no import of a
validation library; a configuration that exists is validated by pydantic against the same classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from supportcli.durations import parse_duration_ms

_STRICT: Final = {"extra": "forbid"}


@dataclass(frozen=True)
class InputSetting:
    """One `[[inputs]]` table: what is read when the command line names no input."""

    __pydantic_config__ = _STRICT

    path: str
    source: str | None = None


@dataclass(frozen=True)
class ServiceLevel:
    """The answering time promised per channel, and the waits too short to count as abandoned."""

    __pydantic_config__ = _STRICT

    phone: str = "20s"
    chat: str = "60s"
    short_abandon: str = "0s"

    @property
    def short_abandon_ms(self) -> int:
        """Waits up to this are out of abandonment and service level; 0 is off."""
        return parse_duration_ms(self.short_abandon)

    @property
    def threshold_ms(self) -> dict[str, int]:
        """The promised answering time of each channel that people wait on."""
        return {"phone": parse_duration_ms(self.phone), "chat": parse_duration_ms(self.chat)}


@dataclass(frozen=True)
class Fcr:
    """What counts as the same problem coming back, for first-contact resolution."""

    __pydantic_config__ = _STRICT

    window: str = "7d"
    same_topic: bool = False

    @property
    def window_ms(self) -> int:
        """How long after its resolution a conversation must stay without a successor."""
        return parse_duration_ms(self.window)


@dataclass(frozen=True)
class Repeat:
    """How soon another conversation of a customer is a repeat contact."""

    __pydantic_config__ = _STRICT

    window: str = "7d"

    @property
    def window_ms(self) -> int:
        """The window in milliseconds."""
        return parse_duration_ms(self.window)


@dataclass(frozen=True)
class Agents:
    """Who the agents are: which are no humans, and which names are one agent's.

    `names` are for chats that do not say who is an agent. `bots` are names, or patterns with `*`
    and `?`; `same` gives the other names of an agent, or patterns of them, by the name that the
    report shall show.
    """

    __pydantic_config__ = _STRICT

    names: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    same: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Customers:
    """Where it is written who has which id, number, address and name; and where they telephone.

    `region` is the country, in two letters, of phone numbers without a country code.
    """

    __pydantic_config__ = _STRICT

    file: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Survey:
    """How answers of customers are judged, on the scales that the limit lies on."""

    __pydantic_config__ = _STRICT

    csat_satisfied: float | None = None


@dataclass(frozen=True)
class Surveys:
    """The column, by its very words, in which a survey has the answers to each question."""

    __pydantic_config__ = _STRICT

    csat: str | None = None
    nps: str | None = None
    ces: str | None = None

    @property
    def questions(self) -> dict[str, str]:
        """The questions that are named."""
        return {name: text for name, text in vars(self).items() if text is not None}


@dataclass(frozen=True)
class WeeklyHours:
    """The shifts of every day of the week, each "09:00-17:00"; a day without any is closed.

    A shift that ends at or before its beginning goes on into the next day.
    """

    __pydantic_config__ = _STRICT

    monday: tuple[str, ...] = ()
    tuesday: tuple[str, ...] = ()
    wednesday: tuple[str, ...] = ()
    thursday: tuple[str, ...] = ()
    friday: tuple[str, ...] = ()
    saturday: tuple[str, ...] = ()
    sunday: tuple[str, ...] = ()


@dataclass(frozen=True)
class Season(WeeklyHours):
    """Other hours for some time: from the day `since` on, until the day `until` (exclusive).

    A season without an end is a change for good; of several that hold, the last one listed counts.
    """

    __pydantic_config__ = _STRICT

    since: str = ""
    until: str | None = None


@dataclass(frozen=True)
class Schedule(WeeklyHours):
    """Opening hours in the wall time of a zone, with seasons of other hours and holidays.

    `timezone` is the report's where none is given. `holidays` are days such as 2026-03-20, closed
    whatever the week says; where none are listed, `country` (two letters) gives its public ones.
    """

    __pydantic_config__ = _STRICT

    timezone: str | None = None
    holidays: tuple[str, ...] = ()
    country: str | None = None
    seasons: tuple[Season, ...] = ()


@dataclass(frozen=True)
class Hours(Schedule):
    """The opening hours, and those of teams and channels that have their own.

    A schedule of a team stands before that of a channel, and both before the general one.
    """

    __pydantic_config__ = _STRICT

    team: dict[str, Schedule] = field(default_factory=dict)
    channel: dict[str, Schedule] = field(default_factory=dict)


@dataclass(frozen=True)
class Costs:
    """What support costs, in the major unit of the report's currency.

    `conversation` is the price of one conversation by channel; where a channel has none, an hour
    of agent work costs `agent_hour`. `monthly` are fixed costs by name.
    """

    __pydantic_config__ = _STRICT

    agent_hour: float | None = None
    conversation: dict[str, float] = field(default_factory=dict)
    monthly: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Loyalty:
    """When a customer has come back, and when they are loyal."""

    __pydantic_config__ = _STRICT

    orders: int = 3
    window: str = "365d"
    returning: str = "90d"

    @property
    def window_ms(self) -> int:
        """How soon after the first order a customer must have become loyal."""
        return parse_duration_ms(self.window)

    @property
    def returning_ms(self) -> int:
        """How soon after the first order the next one must come."""
        return parse_duration_ms(self.returning)


@dataclass(frozen=True)
class ChannelSwitch:
    """How soon a customer who goes on in another channel goes on with the same matter."""

    __pydantic_config__ = _STRICT

    window: str = "24h"

    @property
    def window_ms(self) -> int:
        """The window in milliseconds."""
        return parse_duration_ms(self.window)


@dataclass(frozen=True)
class Complaints:
    """The topics and priorities that mark a conversation as a complaint."""

    __pydantic_config__ = _STRICT

    topics: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSettings:
    """How a report for people looks, and from how many conversations on it names somebody.

    `logo` is a picture (PNG, JPEG, GIF, WebP or SVG), `accent` a colour such as #0b6e99, `template`
    a page of the user's own. An agent or a topic is listed from `min_n` conversations on.
    """

    __pydantic_config__ = _STRICT

    title: str | None = None
    logo: str | None = None
    accent: str | None = None
    template: str | None = None
    min_n: int = 10


@dataclass(frozen=True)
class Store:
    """Where events are kept: a folder or a URL, and what the object store behind it is told."""

    __pydantic_config__ = _STRICT

    path: str | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """The whole configuration, checked; every key has the default that the docs name."""

    __pydantic_config__ = _STRICT

    timezone: str = "UTC"
    calendar: Literal["gregorian", "jalali"] | None = None
    week_start: Literal["monday", "saturday", "sunday"] = "monday"
    lang: Literal["en", "fa", "ar"] = "en"
    digits: Literal["latin", "persian", "arabic"] | None = None
    currency: str = "USD"
    inputs: tuple[InputSetting, ...] = ()
    hours: Hours = field(default_factory=Hours)
    service_level: ServiceLevel = field(default_factory=ServiceLevel)
    fcr: Fcr = field(default_factory=Fcr)
    repeat: Repeat = field(default_factory=Repeat)
    agents: Agents = field(default_factory=Agents)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    customers: Customers = field(default_factory=Customers)
    survey: Survey = field(default_factory=Survey)
    surveys: Surveys = field(default_factory=Surveys)
    channel_switch: ChannelSwitch = field(default_factory=ChannelSwitch)
    complaints: Complaints = field(default_factory=Complaints)
    costs: Costs = field(default_factory=Costs)
    loyalty: Loyalty = field(default_factory=Loyalty)
    store: Store = field(default_factory=Store)
    report: ReportSettings = field(default_factory=ReportSettings)
    targets: dict[str, Any] = field(default_factory=dict)

    @property
    def calendar_kind(self) -> Literal["gregorian", "jalali"]:
        """The calendar of periods and dates: where none is chosen, that of the language."""
        return self.calendar or ("jalali" if self.lang == "fa" else "gregorian")
