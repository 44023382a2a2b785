"""The world that the naive key figures look at: events, cut at as_of, and their conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import chain
from typing import cast

TIMES = (
    "contacted_at",
    "queued_at",
    "replied_at",
    "bot_replied_at",
    "abandoned_at",
    "resolved_at",
    "reopened_at",
)
RATINGS = ("csat", "nps", "ces")
COUNTED_BY = {
    "contacted_at": "contacts",
    "replied_at": "replies",
    "bot_replied_at": "bot_replies",
    "reopened_at": "reopens",
}
QUEUED_CHANNELS = frozenset({"phone", "chat"})
DEFAULT_SERVICE_LEVEL: Mapping[str, int] = {"phone": 20, "chat": 60}
DEFAULT_SCALE = (1.0, 5.0)
NPS_SCALE = (0.0, 10.0)
DEFAULT_CES_SCALE = (1.0, 7.0)
DAY_S = 86_400


@dataclass(frozen=True)
class Source:
    """What a report knows about one kind of export."""

    name: str
    grain: str
    id_space: str
    fields: frozenset[str]
    session_gap_ms: int | None = None
    csat_scale: tuple[float, float] | None = None
    ces_scale: tuple[float, float] | None = None


@dataclass(frozen=True)
class Schedule:
    """Opening hours: shifts "09:00-17:00" by weekday, in the wall time of a zone.

    A season is (since, until or None, its shifts); its days are dates such as 2026-03-20.
    """

    week: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timezone: str | None = None
    holidays: tuple[str, ...] = ()
    seasons: tuple[tuple[str, str | None, Mapping[str, tuple[str, ...]]], ...] = ()


@dataclass(frozen=True)
class Hours:
    """The general schedule, and those of teams and channels."""

    general: Schedule = field(default_factory=Schedule)
    team: Mapping[str, Schedule] = field(default_factory=dict)
    channel: Mapping[str, Schedule] = field(default_factory=dict)


@dataclass(frozen=True)
class Costs:
    """Prices in the major unit: an hour of work, a conversation by channel, months by name."""

    agent_hour: float | None = None
    conversation: Mapping[str, float] = field(default_factory=dict)
    monthly: Mapping[str, float] = field(default_factory=dict)

    @property
    def configured(self) -> bool:
        """Whether anything says what support costs."""
        return self.agent_hour is not None or bool(self.conversation) or bool(self.monthly)


@dataclass(frozen=True)
class Settings:
    """What a report is asked for; times are epoch microseconds, waits and windows are seconds."""

    timezone: str = "UTC"
    calendar: str = "gregorian"
    week_start: str = "monday"
    currency: str = "USD"
    hours: Hours | None = None
    costs: Costs = field(default_factory=Costs)
    complaint_topics: tuple[str, ...] = ()
    complaint_priorities: tuple[str, ...] = ()
    loyal_orders: int = 3
    loyal_window_s: int = 365 * DAY_S
    returning_window_s: int = 90 * DAY_S
    channel_switch_window_s: int = DAY_S
    service_level: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_SERVICE_LEVEL))
    short_abandon_s: int = 0
    fcr_window_s: int = 7 * DAY_S
    fcr_same_topic: bool = False
    repeat_window_s: int = 7 * DAY_S
    bots: tuple[str, ...] = ()
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    csat_satisfied: float | None = None
    as_of: int | None = None
    since: int | None = None
    until: int | None = None
    by: tuple[str, ...] = ("channel",)
    period: str | None = None


@dataclass(frozen=True)
class Answer:
    """One value of a report with the number of observations behind it."""

    value: float | None
    n: int
    numerator: int | None
    denominator: int | None


NOTHING = Answer(None, 0, None, None)

Group = tuple[object, ...] | None
Key = tuple[Group, str | None, str]


# --- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One exported row, typed; answer_time is when its survey answer, if any, was given."""

    kind: str
    source: str
    event_id: str | None
    at: int
    channel: str | None
    conversation_id: str | None
    customer_id: str | None
    agent_id: str | None
    team: str | None
    topic: str | None
    priority: str | None
    contacted_at: int | None
    queued_at: int | None
    replied_at: int | None
    bot_replied_at: int | None
    abandoned_at: int | None
    resolved_at: int | None
    reopened_at: int | None
    handle_ms: int | None
    contacts: int | None
    replies: int | None
    bot_replies: int | None
    transfers: int | None
    reopens: int | None
    csat: float | None
    nps: float | None
    ces: float | None
    amount_minor: int | None
    currency: str | None
    answer_time: int


def _text(row: Mapping[str, object], name: str) -> str | None:
    return cast("str | None", row.get(name))


def _integer(row: Mapping[str, object], name: str) -> int | None:
    return cast("int | None", row.get(name))


def _number(row: Mapping[str, object], name: str) -> float | None:
    return cast("float | None", row.get(name))


def _typed(row: Mapping[str, object]) -> Event:
    """Read one event; its answer time is `at` for a survey, else the newest time of the row."""
    kind, at = str(row["kind"]), cast("int", row["at"])
    times = {name: _integer(row, name) for name in TIMES}
    newest = max([at, *(time for time in times.values() if time is not None)])
    return Event(
        kind=kind,
        source=str(row["source"]),
        event_id=_text(row, "event_id"),
        at=at,
        channel=_text(row, "channel"),
        conversation_id=_text(row, "conversation_id"),
        customer_id=_text(row, "customer_id"),
        agent_id=_text(row, "agent_id"),
        team=_text(row, "team"),
        topic=_text(row, "topic"),
        priority=_text(row, "priority"),
        **times,
        handle_ms=_integer(row, "handle_ms"),
        contacts=_integer(row, "contacts"),
        replies=_integer(row, "replies"),
        bot_replies=_integer(row, "bot_replies"),
        transfers=_integer(row, "transfers"),
        reopens=_integer(row, "reopens"),
        csat=_number(row, "csat"),
        nps=_number(row, "nps"),
        ces=_number(row, "ces"),
        amount_minor=_integer(row, "amount_minor"),
        currency=_text(row, "currency"),
        answer_time=at if kind == "survey" else newest,
    )


def _newest_time(events: Iterable[Event]) -> int | None:
    """As of, unless given: the newest known time of all events; updated_at does not count."""
    times = [event.at for event in events]
    for event in events:
        times += [time for name in TIMES if (time := getattr(event, name)) is not None]
    return max(times, default=None)


def _bots_are_no_agents(event: Event, bots: Sequence[str]) -> Event:
    """The replies of an agent whose name is a bot's are a bot's replies, and its work is none.

    Who took an order is left as the shop has it.
    """
    agent = event.agent_id
    if event.kind not in {"interaction", "survey"} or agent is None:
        return event
    if not any(fnmatchcase(agent, pattern) for pattern in bots):
        return event
    return replace(
        event,
        agent_id=None,
        replied_at=None,
        bot_replied_at=least(event.bot_replied_at, event.replied_at),
        replies=None,
        bot_replies=sum_known([event.bot_replies, event.replies]),
        handle_ms=None,
    )


def _cut(event: Event, as_of: int) -> Event:
    """What is later than as_of does not exist: times, the counts with them, the answers."""
    gone: dict[str, None] = {}
    for name in TIMES:
        time = getattr(event, name)
        if time is not None and time > as_of:
            gone[name] = None
            if name in COUNTED_BY:
                gone[COUNTED_BY[name]] = None
    if event.answer_time > as_of:
        gone |= dict.fromkeys(RATINGS)
    return replace(event, **gone)  # type: ignore[arg-type]


def least(*values: int | None) -> int | None:
    """The least of the known."""
    return min((value for value in values if value is not None), default=None)


def greatest(*values: int | None) -> int | None:
    """The greatest of the known."""
    return max((value for value in values if value is not None), default=None)


def sum_known(values: Iterable[int | None]) -> int | None:
    """The sum of the known; null where none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def milliseconds(start: int | None, end: int | None) -> int | None:
    """A duration in whole milliseconds, negative where the end precedes the start."""
    return None if start is None or end is None else (end - start) // 1000


def duration(start: int | None, end: int | None) -> int | None:
    """A duration that may be reported: null where the end precedes the start."""
    length = milliseconds(start, end)
    return None if length is None or length < 0 else length


# --- sessions and keys ----------------------------------------------------------------------------

CUSTOMER, HUMAN, BOT = 0, 1, 2


def _speaker(event: Event) -> int:
    """A row with a contact is the customer's, else one with a reply a human's, else a bot's."""
    if event.contacted_at is not None:
        return CUSTOMER
    return HUMAN if event.replied_at is not None else BOT


def _sessions(messages: Sequence[Event], gap_ms: int) -> Iterator[list[Event]]:
    """Cut one customer's messages where the silence reaches the gap; a late reply stays behind.

    "A message after a silence of session.gap or more starts a new one, except a human or bot reply
    when the last message was the customer's: a late reply belongs to the question it answers."
    """
    session: list[Event] = []
    for message in sorted(messages, key=lambda event: (event.at, _speaker(event))):
        if session:
            silent = message.at - session[-1].at >= gap_ms * 1000
            late_reply = _speaker(message) != CUSTOMER and _speaker(session[-1]) == CUSTOMER
            if silent and not late_reply:
                yield session
                session = []
        session.append(message)
    if session:
        yield session


def _conversations_of(
    events: Sequence[Event], sources: Mapping[str, Source]
) -> Iterator[tuple[str, list[Event]]]:
    """Events of one conversation, with their id space: by id, else by session, else each alone."""
    by_id: dict[tuple[str, str], list[Event]] = defaultdict(list)
    by_talk: dict[tuple[str, str, str, str | None], list[Event]] = defaultdict(list)
    for event in events:
        source = sources[event.source]
        if event.conversation_id is not None:
            by_id[source.id_space, event.conversation_id].append(event)
        elif source.session_gap_ms is not None and event.customer_id is not None:
            talk = (source.id_space, source.name, event.customer_id, event.channel)
            by_talk[talk].append(event)
        else:
            yield source.id_space, [event]
    for (id_space, _), members in by_id.items():
        yield id_space, members
    for (id_space, name, _, _), messages in by_talk.items():
        gap_ms = sources[name].session_gap_ms
        assert gap_ms is not None
        for session in _sessions(messages, gap_ms):
            yield id_space, session


# --- fold -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rating:
    """One answer within its scale; the scale runs from the worst answer to the best."""

    time: int
    value: float
    scale: tuple[float, float]


@dataclass(frozen=True)
class Conversation:
    """The record that the events of one conversation merge into."""

    id_space: str
    events: tuple[Event, ...]
    sources: tuple[Source, ...]
    at: int
    contacted_at: int | None
    queued_at: int | None
    replied_at: int | None
    bot_replied_at: int | None
    abandoned_at: int | None
    resolved_first: int | None
    resolved_last: int | None
    reopened_last: int | None
    handle_ms: int | None
    contacts: int | None
    replies: int | None
    bot_replies: int | None
    transfers: int | None
    reopens: int | None
    n_agents: int
    source: str
    channel: str | None
    customer_id: str | None
    agent_id: str | None
    team: str | None
    topic: str | None
    priority: str | None
    csat: Rating | None
    nps: Rating | None
    ces: Rating | None

    def knows(self, *names: str) -> bool:
        """A conversation knows what any of its sources knows."""
        return any(name in source.fields for source in self.sources for name in names)

    @property
    def is_interaction(self) -> bool:
        """Survey answers alone make neither outreach nor a received conversation."""
        return any(event.kind == "interaction" for event in self.events)

    @property
    def has_contact(self) -> bool:
        """The customer reached out, perhaps at an unknown time."""
        return self.contacted_at is not None or (self.contacts or 0) > 0

    @property
    def knows_contacts(self) -> bool:
        """Some source says when, or how often, customers made contact."""
        return self.knows("contacted_at", "contacts")

    @property
    def outreach(self) -> bool:
        """No contact where contacts are known, or, in grain "event", a human message before it."""
        if not self.knows_contacts or not self.is_interaction:
            return False
        if not self.has_contact:
            return True
        first = next(source for source in self.sources if source.name == self.source)
        return first.grain == "event" and before(self.replied_at, self.contacted_at)

    @property
    def received(self) -> bool:
        """A conversation the customer opened."""
        return self.has_contact and self.knows_contacts and self.is_interaction

    @property
    def answered(self) -> bool:
        """At least one human reply, even where its time is unknown."""
        return self.replied_at is not None or (self.replies or 0) > 0

    @property
    def resolved(self) -> bool:
        """Still resolved: the last resolution has no reopening after it."""
        if self.resolved_last is None:
            return False
        return self.reopened_last is None or self.reopened_last <= self.resolved_last

    @property
    def reopened(self) -> bool:
        """Reopened at least once."""
        return (self.reopens or 0) > 0 or self.reopened_last is not None

    @property
    def ever_resolved(self) -> bool:
        """What was reopened must have been resolved before."""
        return self.resolved_last is not None or self.reopened

    @property
    def in_queued_channel(self) -> bool:
        """Waiting is measured on phone and chat alone."""
        return self.channel in QUEUED_CHANNELS

    @property
    def offered(self) -> bool:
        """Queued, answered or abandoned, on phone and chat."""
        if not self.in_queued_channel:
            return False
        return self.queued_at is not None or self.answered or self.abandoned_at is not None

    @property
    def abandoned(self) -> bool:
        """Abandoned and never answered."""
        return self.abandoned_at is not None and not self.answered

    @property
    def wait_start(self) -> int | None:
        """The wait starts at queued_at, else at contacted_at."""
        return self.queued_at if self.queued_at is not None else self.contacted_at

    @property
    def customer(self) -> tuple[str, str] | None:
        """The identified customer: an id means something only inside its id space."""
        return None if self.customer_id is None else (self.id_space, self.customer_id)


def before(one: int | None, other: int | None) -> bool:
    """Both times are known and the one is earlier."""
    return one is not None and other is not None and one < other


def _first_by_time(events: Sequence[Event], name: str) -> str | None:
    """The value of the earliest event that knows one; at a tie the smallest as text."""
    known = [(event.at, value) for event in events if (value := getattr(event, name)) is not None]
    return min(known)[1] if known else None


def fullest_accounts(events: Sequence[Event], name: str) -> list[list[Event]]:
    """The events that count something: of every channel those of the source that counts most.

    So two systems that both describe one call do not double it, and a case that goes from chat to
    phone adds up. Of equal accounts the source that comes first in the alphabet gives it.
    """
    accounts: dict[str | None, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        if getattr(event, name) is not None:
            accounts[event.channel][event.source].append(event)
    return [
        max(
            (by_source[source] for source in sorted(by_source)),
            key=lambda account: sum(getattr(event, name) for event in account),
        )
        for by_source in accounts.values()
    ]


def _amount(events: Sequence[Event], name: str) -> int | None:
    """The sum of the fullest account of every channel."""
    counting = chain.from_iterable(fullest_accounts(events, name))
    return sum_known(getattr(event, name) for event in counting)


def _scale(rating: str, source: Source) -> tuple[float, float]:
    """The scale that a source declares; recommending has but one."""
    if rating == "nps":
        return NPS_SCALE
    if rating == "ces":
        return source.ces_scale if source.ces_scale is not None else DEFAULT_CES_SCALE
    return source.csat_scale if source.csat_scale is not None else DEFAULT_SCALE


def answer_of(rating: str, event: Event, sources: Mapping[str, Source]) -> Rating | None:
    """The answer of one event, where it lies within the scale."""
    value: float | None = getattr(event, rating)
    scale = _scale(rating, sources[event.source])
    if value is None or not min(scale) <= value <= max(scale):
        return None
    return Rating(event.answer_time, value, scale)


def _latest(rating: str, events: Sequence[Event], sources: Mapping[str, Source]) -> Rating | None:
    """One answer a conversation: the latest, at a tie the greatest; out of scale is no answer."""
    answers = [answer for event in events if (answer := answer_of(rating, event, sources))]
    return max(answers, key=lambda answer: (answer.time, answer.value, answer.scale), default=None)


def _team_of(agent_id: str | None, teams: Mapping[str, tuple[str, ...]]) -> str | None:
    """The first team of the configuration that lists the agent."""
    return next((team for team, members in teams.items() if agent_id in members), None)


def _with_team(event: Event, settings: Settings) -> Event:
    """An order or a page view stands alone: its team is its own, else that of its agent."""
    if event.kind in {"interaction", "survey"} or event.team is not None:
        return event
    return replace(event, team=_team_of(event.agent_id, settings.teams))


def _fold(
    id_space: str, events: Sequence[Event], sources: Mapping[str, Source], settings: Settings
) -> Conversation:
    """Merge the events of one conversation; the order in which they come does not matter."""
    agent_id, team = _first_by_time(events, "agent_id"), _first_by_time(events, "team")
    source = _first_by_time(events, "source")
    assert source is not None
    return Conversation(
        id_space=id_space,
        events=tuple(events),
        sources=tuple(sources[name] for name in sorted({event.source for event in events})),
        at=min(event.at for event in events),
        contacted_at=least(*(event.contacted_at for event in events)),
        queued_at=least(*(event.queued_at for event in events)),
        replied_at=least(*(event.replied_at for event in events)),
        bot_replied_at=least(*(event.bot_replied_at for event in events)),
        abandoned_at=least(*(event.abandoned_at for event in events)),
        resolved_first=least(*(event.resolved_at for event in events)),
        resolved_last=greatest(*(event.resolved_at for event in events)),
        reopened_last=greatest(*(event.reopened_at for event in events)),
        handle_ms=_amount(events, "handle_ms"),
        contacts=_amount(events, "contacts"),
        replies=_amount(events, "replies"),
        bot_replies=_amount(events, "bot_replies"),
        transfers=_amount(events, "transfers"),
        reopens=_amount(events, "reopens"),
        n_agents=len({event.agent_id for event in events if event.agent_id is not None}),
        source=source,
        channel=_first_by_time(events, "channel"),
        customer_id=_first_by_time(events, "customer_id"),
        agent_id=agent_id,
        team=team if team is not None else _team_of(agent_id, settings.teams),
        topic=_first_by_time(events, "topic"),
        priority=_first_by_time(events, "priority"),
        csat=_latest("csat", events, sources),
        nps=_latest("nps", events, sources),
        ces=_latest("ces", events, sources),
    )


@dataclass(frozen=True)
class World:
    """Everything a KPI may look at."""

    conversations: tuple[Conversation, ...]
    events: tuple[Event, ...]
    orders: tuple[Event, ...]
    refunds: tuple[Event, ...]
    page_views: tuple[Event, ...]
    sources: Mapping[str, Source]
    settings: Settings
    as_of: int

    @property
    def served(self) -> tuple[Conversation, ...]:
        """Outreach is outside every KPI but its own count."""
        return tuple(each for each in self.conversations if not each.outreach)

    @property
    def received(self) -> tuple[Conversation, ...]:
        """The conversations that customers opened."""
        return tuple(each for each in self.served if each.received)

    @property
    def everyone(self) -> tuple[Conversation, ...]:
        """Conversations and outreach, but no answers to surveys that stand alone."""
        return tuple(each for each in self.conversations if each.is_interaction)

    def customer_of(self, event: Event) -> tuple[str, str] | None:
        """The identified customer of an order or a page view."""
        if event.customer_id is None:
            return None
        return (self.sources[event.source].id_space, event.customer_id)

    def of_customer(self, conversation: Conversation) -> list[Conversation]:
        """The other conversations of the same identified customer whose opening time is known."""
        return [
            other
            for other in self.served
            if other is not conversation
            and other.contacted_at is not None
            and other.customer is not None
            and other.customer == conversation.customer
        ]

    def channel_knows_queues(self, channel: str | None) -> bool:
        """Some source that has events on the channel knows when customers were queued."""
        names = {event.source for event in self.events if event.channel == channel}
        return any("queued_at" in self.sources[name].fields for name in names)


def world_of(
    rows: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> World:
    """Normalise the events, cut them at as_of and fold them."""
    everything = [_typed(row) for row in rows]
    newest = _newest_time(everything)
    as_of = settings.as_of if settings.as_of is not None else newest or 0
    past = [
        _with_team(_cut(_bots_are_no_agents(event, settings.bots), as_of), settings)
        for event in everything
        if event.at <= as_of
    ]
    events = [event for event in past if event.kind in {"interaction", "survey"}]
    conversations = tuple(
        _fold(id_space, members, sources, settings)
        for id_space, members in _conversations_of(events, sources)
    )
    return World(
        conversations=conversations,
        events=tuple(events),
        orders=tuple(event for event in past if event.kind == "order"),
        refunds=tuple(event for event in past if event.kind == "refund"),
        page_views=tuple(event for event in past if event.kind == "page_view"),
        sources=sources,
        settings=settings,
        as_of=as_of,
    )
