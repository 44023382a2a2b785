"""The key figures once more, naively: one plain pass a definition, to test the program against.

It shares no code with the program and is written for reading, not for speed: lists, dictionaries
and exact fractions. The order of the file is the order of a report: events are normalised, cut at
as_of and folded into conversations; each KPI turns conversations into rows (anchor, value); a
statistic turns the rows of one group and period into an answer. The docstrings cite the definitions
of the KPI catalogue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import cast
from zoneinfo import ZoneInfo

TIMES = (
    "contacted_at",
    "queued_at",
    "replied_at",
    "bot_replied_at",
    "abandoned_at",
    "resolved_at",
    "reopened_at",
)
COUNTED_BY = {
    "contacted_at": "contacts",
    "replied_at": "replies",
    "bot_replied_at": "bot_replies",
    "reopened_at": "reopens",
}
QUEUED_CHANNELS = frozenset({"phone", "chat"})
DEFAULT_SERVICE_LEVEL: Mapping[str, int] = {"phone": 20, "chat": 60}
DEFAULT_SCALE = (1.0, 5.0)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """What a report knows about one kind of export."""

    name: str
    grain: str
    id_space: str
    fields: frozenset[str]
    session_gap_ms: int | None = None
    csat_scale: tuple[float, float] | None = None


@dataclass(frozen=True)
class Settings:
    """What a report is asked for; times are epoch microseconds, waits and windows are seconds."""

    timezone: str = "UTC"
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


Group = tuple[object, ...] | None
Key = tuple[Group, str | None, str]


# --- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One exported row, typed; answer_time is when its survey answer, if any, was given."""

    kind: str
    source: str
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
    answer_time: int


def _text(row: Mapping[str, object], name: str) -> str | None:
    return cast("str | None", row.get(name))


def _integer(row: Mapping[str, object], name: str) -> int | None:
    return cast("int | None", row.get(name))


def _typed(row: Mapping[str, object]) -> Event:
    """Read one event; its answer time is `at` for a survey, else the newest time of the row."""
    kind, at = str(row["kind"]), cast("int", row["at"])
    times = {name: _integer(row, name) for name in TIMES}
    newest = max([at, *(time for time in times.values() if time is not None)])
    return Event(
        kind=kind,
        source=str(row["source"]),
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
        csat=cast("float | None", row.get("csat")),
        answer_time=at if kind == "survey" else newest,
    )


def _newest_time(events: Iterable[Event]) -> int | None:
    """As of, unless given: the newest known time of all events; updated_at does not count."""
    times = [event.at for event in events]
    for event in events:
        times += [time for name in TIMES if (time := getattr(event, name)) is not None]
    return max(times, default=None)


def _bots_are_no_agents(event: Event, bots: Sequence[str]) -> Event:
    """The replies of an agent whose name is a bot's are a bot's replies, and its work is none."""
    agent = event.agent_id
    if agent is None or not any(fnmatchcase(agent, pattern) for pattern in bots):
        return event
    return replace(
        event,
        agent_id=None,
        replied_at=None,
        bot_replied_at=_least(event.bot_replied_at, event.replied_at),
        replies=None,
        bot_replies=_sum_known([event.bot_replies, event.replies]),
        handle_ms=None,
    )


def _cut(event: Event, as_of: int) -> Event:
    """What is later than as_of does not exist: times, the counts that go with them, the answer."""
    gone: dict[str, None] = {}
    for name in TIMES:
        time = getattr(event, name)
        if time is not None and time > as_of:
            gone[name] = None
            if name in COUNTED_BY:
                gone[COUNTED_BY[name]] = None
    if event.answer_time > as_of:
        gone["csat"] = None
    return replace(event, **gone)  # type: ignore[arg-type]


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _greatest(*values: int | None) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _sum_known(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _milliseconds(start: int | None, end: int | None) -> int | None:
    """A duration in whole milliseconds, negative where the end precedes the start."""
    return None if start is None or end is None else (end - start) // 1000


def _duration(start: int | None, end: int | None) -> int | None:
    """A duration that may be reported: null where the end precedes the start."""
    milliseconds = _milliseconds(start, end)
    return None if milliseconds is None or milliseconds < 0 else milliseconds


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
class Csat:
    """One answer within its scale."""

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
    csat: Csat | None

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
        return first.grain == "event" and _before(self.replied_at, self.contacted_at)

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


def _before(one: int | None, other: int | None) -> bool:
    """Both times are known and the one is earlier."""
    return one is not None and other is not None and one < other


def _first_by_time(events: Sequence[Event], name: str) -> str | None:
    """The value of the earliest event that knows one; at a tie the smallest as text."""
    known = [(event.at, value) for event in events if (value := getattr(event, name)) is not None]
    return min(known)[1] if known else None


def _amount(events: Sequence[Event], name: str) -> int | None:
    """Add up within a source and channel, take the fullest source of a channel, add the channels.

    So two systems that both describe one call do not double it, and a case that goes from chat to
    phone adds up.
    """
    sums: dict[str | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event in events:
        value = getattr(event, name)
        if value is not None:
            sums[event.channel][event.source] += value
    return _sum_known(max(by_source.values()) for by_source in sums.values())


def _scale(source: Source) -> tuple[float, float]:
    return source.csat_scale if source.csat_scale is not None else DEFAULT_SCALE


def _csat_in_scale(event: Event, sources: Mapping[str, Source]) -> bool:
    low, high = _scale(sources[event.source])
    return event.csat is not None and low <= event.csat <= high


def _csat(events: Sequence[Event], sources: Mapping[str, Source]) -> Csat | None:
    """One answer a conversation: the latest, at a tie the greatest; out of scale is no answer."""
    answers = [
        Csat(event.answer_time, event.csat, _scale(sources[event.source]))
        for event in events
        if event.csat is not None and _csat_in_scale(event, sources)
    ]
    return max(answers, key=lambda answer: (answer.time, answer.value, answer.scale), default=None)


def _team_of(agent_id: str | None, teams: Mapping[str, tuple[str, ...]]) -> str | None:
    """The first team of the configuration that lists the agent."""
    return next((team for team, members in teams.items() if agent_id in members), None)


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
        contacted_at=_least(*(event.contacted_at for event in events)),
        queued_at=_least(*(event.queued_at for event in events)),
        replied_at=_least(*(event.replied_at for event in events)),
        bot_replied_at=_least(*(event.bot_replied_at for event in events)),
        abandoned_at=_least(*(event.abandoned_at for event in events)),
        resolved_first=_least(*(event.resolved_at for event in events)),
        resolved_last=_greatest(*(event.resolved_at for event in events)),
        reopened_last=_greatest(*(event.reopened_at for event in events)),
        handle_ms=_amount(events, "handle_ms"),
        contacts=_amount(events, "contacts"),
        replies=_amount(events, "replies"),
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
        csat=_csat(events, sources),
    )


@dataclass(frozen=True)
class World:
    """Everything a KPI may look at."""

    conversations: tuple[Conversation, ...]
    events: tuple[Event, ...]
    sources: Mapping[str, Source]
    settings: Settings
    as_of: int

    @property
    def served(self) -> tuple[Conversation, ...]:
        """Outreach is outside every KPI but its own count."""
        return tuple(each for each in self.conversations if not each.outreach)

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


def _world(
    rows: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> World:
    """Normalise the events, cut them at as_of and fold them."""
    everything = [_typed(row) for row in rows]
    newest = _newest_time(everything)
    as_of = settings.as_of if settings.as_of is not None else newest or 0
    events = [
        _cut(_bots_are_no_agents(event, settings.bots), as_of)
        for event in everything
        if event.kind in {"interaction", "survey"} and event.at <= as_of
    ]
    conversations = tuple(
        _fold(id_space, members, sources, settings)
        for id_space, members in _conversations_of(events, sources)
    )
    return World(conversations, tuple(events), sources, settings, as_of)


# --- time in the report's zone --------------------------------------------------------------------


def _local(time: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=time)).astimezone(zone)


def _instant(wall: datetime, zone: ZoneInfo) -> int:
    """The instant at which the clocks of the zone show this wall time."""
    return (wall.replace(tzinfo=zone) - EPOCH) // timedelta(microseconds=1)


def _period_start(time: int, period: str, zone: ZoneInfo) -> datetime:
    """The wall time, without zone, at which the period around an instant begins."""
    hour = _local(time, zone).replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    day = hour.replace(hour=0)
    match period:
        case "hour":
            return hour
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    raise ValueError(period)


def _next_period(start: datetime, period: str) -> datetime:
    """The wall time at which the period that begins here ends."""
    hours = {"hour": 1, "day": 24, "week": 7 * 24}
    if period in hours:
        return start + timedelta(hours=hours[period])
    months = start.month - 1 + {"month": 1, "quarter": 3, "year": 12}[period]
    return start.replace(year=start.year + months // 12, month=months % 12 + 1)


def _label(start: datetime, period: str) -> str:
    """Labels: 2026-03-02T09, 2026-03-02, its Monday, 2026-03, 2026-Q1, 2026."""
    match period:
        case "hour":
            return f"{start:%Y-%m-%dT%H}"
        case "day" | "week":
            return f"{start:%Y-%m-%d}"
        case "month":
            return f"{start:%Y-%m}"
        case "quarter":
            return f"{start:%Y}-Q{(start.month + 2) // 3}"
        case "year":
            return f"{start:%Y}"
    raise ValueError(period)


# --- rows: what a KPI sees of a conversation ------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One observation: the time it belongs to and its value in integers, or an answer as given.

    `ended` is false for an observation that is cut off (censored); `scale` is that of an answer.
    """

    conversation: Conversation
    anchor: int | None
    value: int | float
    ended: bool = True
    scale: tuple[float, float] | None = None


Measure = Callable[[World, Conversation], int | None]
Rows = Callable[[World], list[Row]]
Anchor = Callable[[Conversation], int | None]


def _contact(conversation: Conversation) -> int | None:
    return conversation.contacted_at


def _resolution(conversation: Conversation) -> int | None:
    return conversation.resolved_last


def _first_resolution(conversation: Conversation) -> int | None:
    return conversation.resolved_first


def _each(measure: Measure, anchor: Anchor = _contact) -> Rows:
    """One row for every conversation that counts, outreach left out."""

    def rows(world: World) -> list[Row]:
        return [
            Row(conversation, anchor(conversation), value)
            for conversation in world.served
            if (value := measure(world, conversation)) is not None
        ]

    return rows


def _counted(measure: Measure, anchor: Anchor = _contact) -> Rows:
    """One row for every conversation that knows the inputs; outreach knows them too, and is 0."""

    def rows(world: World) -> list[Row]:
        return [
            Row(conversation, anchor(conversation), 0 if conversation.outreach else value)
            for conversation in world.conversations
            if (value := measure(world, conversation)) is not None
        ]

    return rows


def _received(_: World, c: Conversation) -> int | None:
    """Conversations the customer opened; null where no source knows about contacts."""
    return int(c.received) if c.knows_contacts else None


def _resolved(_: World, c: Conversation) -> int | None:
    """Conversations that are still resolved at as_of."""
    return int(c.resolved) if c.knows("resolved_at") else None


def _unanswered(_: World, c: Conversation) -> int | None:
    """Received, no human reply by as_of, not resolved by a bot."""
    if not c.knows_contacts or not c.knows("replied_at", "replies"):
        return None
    by_bot = c.resolved and c.bot_replied_at is not None
    return int(c.received and not c.answered and not by_bot)


def _outreach_rows(world: World) -> list[Row]:
    """Agent-initiated conversations, by the reply, else by their earliest event."""
    return [
        Row(c, c.replied_at if c.replied_at is not None else c.at, int(c.outreach))
        for c in world.conversations
        if c.knows_contacts
    ]


def _first_response(_: World, c: Conversation) -> int | None:
    """From the contact to the first human reply; from the hand-off where a bot answered first."""
    handed_off = _before(c.bot_replied_at, c.replied_at) and c.queued_at is not None
    return _duration(c.queued_at if handed_off else c.contacted_at, c.replied_at)


def _turn_rows(world: World) -> list[Row]:
    """For every customer turn the next human reply minus the turn's first message, by the reply.

    Messages of grain "event" sources only; consecutive messages of the customer are one turn; an
    unanswered last turn does not count; at a tie the contact comes before the reply.
    """
    return [
        Row(conversation, replied, (replied - asked) // 1000)
        for conversation in world.served
        for asked, replied in _turns(conversation, world.sources)
    ]


def _turns(conversation: Conversation, sources: Mapping[str, Source]) -> Iterator[tuple[int, int]]:
    points: list[tuple[int, int]] = []
    for event in conversation.events:
        if sources[event.source].grain == "event":
            if event.contacted_at is not None:
                points.append((event.contacted_at, CUSTOMER))
            if event.replied_at is not None:
                points.append((event.replied_at, HUMAN))
    asked: int | None = None
    for time, speaker in sorted(points):
        if speaker == CUSTOMER:
            asked = time if asked is None else asked
        elif asked is not None:
            yield asked, time
            asked = None


def _resolution_time(_: World, c: Conversation) -> int | None:
    """From the contact to the last resolution, of those still resolved at as_of."""
    return _duration(c.contacted_at, c.resolved_last) if c.resolved else None


def _survival_rows(world: World) -> list[Row]:
    """Time to resolution of all opened; the open ones are censored at as_of.

    Those who abandoned and were not resolved are neither waiting nor helped: they are left out.
    """
    rows = []
    for c in world.served:
        if c.contacted_at is None or not c.knows("resolved_at") or (c.abandoned and not c.resolved):
            continue
        value = _duration(c.contacted_at, c.resolved_last if c.resolved else world.as_of)
        if value is not None:
            rows.append(Row(c, c.contacted_at, value, ended=c.resolved))
    return rows


def _first_resolution_time(world: World, c: Conversation) -> int | None:
    """From the contact to the first resolution; a reopened ticket row shows only its last one."""
    hidden = any(
        world.sources[event.source].grain == "conversation"
        and ((event.reopens or 0) > 0 or event.reopened_at is not None)
        for event in c.events
    )
    return None if hidden else _duration(c.contacted_at, c.resolved_first)


def _handle_time(_: World, c: Conversation) -> int | None:
    """Agent work of a handled conversation."""
    return c.handle_ms


def _queue_wait(world: World, c: Conversation) -> int | None:
    """From the queue, or the contact where no source of the channel knows queues, to the answer."""
    if not c.in_queued_channel:
        return None
    start = c.queued_at if world.channel_knows_queues(c.channel) else c.contacted_at
    return _duration(start, c.replied_at)


def _abandon_wait(_: World, c: Conversation) -> int | None:
    """From the start of the wait to the abandonment, of the abandoned on phone and chat."""
    if not c.in_queued_channel or not c.abandoned:
        return None
    return _duration(c.wait_start, c.abandoned_at)


def _short_abandon(world: World, c: Conversation) -> bool:
    """Abandoned after a wait of at most short_abandon, where that is set."""
    limit = world.settings.short_abandon_s
    wait = _milliseconds(c.wait_start, c.abandoned_at)
    return limit > 0 and c.abandoned and wait is not None and wait <= limit * 1000


def _within_target(world: World, c: Conversation, end: int | None) -> bool:
    """The wait was at most the channel's T; a negative one counts as within."""
    targets = {**DEFAULT_SERVICE_LEVEL, **world.settings.service_level}
    wait = _milliseconds(c.wait_start, end)
    return wait is not None and wait <= targets[str(c.channel)] * 1000


def _service_level(world: World, c: Conversation) -> int | None:
    """Answered within T of queueing / offered."""
    if not c.offered or c.wait_start is None or _short_abandon(world, c):
        return None
    if c.answered and c.replied_at is None:
        return None
    return int(_within_target(world, c, c.replied_at))


def _service_level_answered_only(world: World, c: Conversation) -> int | None:
    """The same over the answered only."""
    return _service_level(world, c) if c.answered else None


def _service_level_abandoned_met(world: World, c: Conversation) -> int | None:
    """The same, where leaving within T counts as met."""
    met = _service_level(world, c)
    if met is not None and c.abandoned and _within_target(world, c, c.abandoned_at):
        return 1
    return met


def _abandonment_raw(_: World, c: Conversation) -> int | None:
    """Abandoned and never answered / offered."""
    return int(c.abandoned) if c.knows("abandoned_at") and c.offered else None


def _abandonment(world: World, c: Conversation) -> int | None:
    """The same without those who left after a short wait."""
    return None if _short_abandon(world, c) else _abandonment_raw(world, c)


def _answer_rate(_: World, c: Conversation) -> int | None:
    """Received with a human reply by as_of / received."""
    return int(c.answered) if c.received and c.knows("replied_at", "replies") else None


def _fcr(world: World, c: Conversation) -> int | None:
    """First-contact resolution: not reopened, and the customer did not come back in the window."""
    window = world.settings.fcr_window_s * 1_000_000
    if not c.knows("resolved_at") or c.customer is None or not c.resolved:
        return None
    if c.contacted_at is None or c.resolved_last is None or c.resolved_last + window > world.as_of:
        return None
    came_back = any(
        _before(c.contacted_at, other.contacted_at)
        and not _before(c.resolved_last + window, other.contacted_at)
        and (not world.settings.fcr_same_topic or _same_topic(c, other))
        for other in world.of_customer(c)
    )
    return int(not c.reopened and not came_back)


def _same_topic(one: Conversation, other: Conversation) -> bool:
    return one.topic is not None and one.topic == other.topic


def _one_touch(_: World, c: Conversation) -> int | None:
    """Resolved with exactly one human reply / resolved with at least one."""
    if not c.resolved or c.replies is None or c.replies < 1:
        return None
    return int(c.replies == 1)


def _repeat_contact(world: World, c: Conversation) -> int | None:
    """Opened within the window after the same customer opened an earlier one, on any channel."""
    if c.customer is None or c.contacted_at is None:
        return None
    window = world.settings.repeat_window_s * 1_000_000
    return int(
        any(
            other.contacted_at is not None and 0 < c.contacted_at - other.contacted_at <= window
            for other in world.of_customer(c)
        )
    )


def _replies_per_conversation(_: World, c: Conversation) -> int | None:
    """Human replies of a conversation with at least one."""
    return c.replies if c.replies is not None and c.replies >= 1 else None


def _reopen(_: World, c: Conversation) -> int | None:
    """Reopened at least once / ever resolved."""
    return int(c.reopened) if c.knows("reopened_at", "reopens") and c.ever_resolved else None


def _transfer(_: World, c: Conversation) -> int | None:
    """At least one transfer, or more than one human agent / answered, where that can be known."""
    sees_agents = any(s.grain == "event" and "agent_id" in s.fields for s in c.sources)
    if not c.answered or (c.transfers is None and not sees_agents):
        return None
    return int((c.transfers or 0) > 0 or c.n_agents > 1)


def _satisfied(answer: Csat, threshold: float | None) -> bool:
    """The top 40 % of the scale (4 and 5 of 5; 3 of 3; 2 of 2), or the limit set for it."""
    if threshold is not None and answer.scale[0] < threshold <= answer.scale[1]:
        return answer.value >= threshold
    low, high = Fraction(answer.scale[0]), Fraction(answer.scale[1])
    return Fraction(answer.value) > low + Fraction(3, 5) * (high - low)


def _csat_rows(world: World) -> list[Row]:
    """Whether each answer says satisfied, by the time of the answer."""
    threshold = world.settings.csat_satisfied
    return [
        Row(c, c.csat.time, int(_satisfied(c.csat, threshold)))
        for c in world.served
        if c.csat is not None
    ]


def _csat_mean_rows(world: World) -> list[Row]:
    """The answers as given, each with its scale, by the time of the answer."""
    return [
        Row(c, c.csat.time, c.csat.value, scale=c.csat.scale)
        for c in world.served
        if c.csat is not None
    ]


# --- statistics -----------------------------------------------------------------------------------

Statistic = Callable[[Sequence[Row]], dict[str, Answer]]
NOTHING = Answer(None, 0, None, None)


def _count(rows: Sequence[Row]) -> dict[str, Answer]:
    """How many observations are 1; the n of a count is the count."""
    ones = sum(int(row.value) for row in rows)
    return {"": Answer(float(ones), ones, None, None)}


def _share(rows: Sequence[Row]) -> dict[str, Answer]:
    """How many of the observations are 1; n is the denominator."""
    ones = sum(int(row.value) for row in rows)
    return {"": _ratio(ones, len(rows))}


def _ratio(numerator: int, denominator: int) -> Answer:
    value = numerator / denominator if denominator else None
    return Answer(value, denominator, numerator, denominator)


def _mean_of(values: Sequence[int | float], unit: int = 1) -> float:
    return float(sum((Fraction(value) for value in values), Fraction(0)) / len(values) / unit)


def _quantile(values: Sequence[int | float], share: Fraction, unit: int) -> float:
    """Linear interpolation between order statistics."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = Fraction(ordered[below]), Fraction(ordered[above])
    return float((low + (high - low) * (position - below)) / unit)


def _seconds(rows: Sequence[Row]) -> dict[str, Answer]:
    """Every duration comes as median, mean and p90; milliseconds become seconds."""
    values = [row.value for row in rows]
    n = len(values)
    if n == 0:
        return {".median": NOTHING, ".mean": NOTHING, ".p90": NOTHING}
    return {
        ".median": Answer(_quantile(values, Fraction(1, 2), 1000), n, None, None),
        ".mean": Answer(_mean_of(values, 1000), n, None, None),
        ".p90": Answer(_quantile(values, Fraction(9, 10), 1000), n, None, None),
    }


def _mean(rows: Sequence[Row]) -> dict[str, Answer]:
    """The mean; null where answers on different scales met."""
    if not rows:
        return {".mean": NOTHING}
    comparable = len({row.scale for row in rows}) == 1
    value = _mean_of([row.value for row in rows]) if comparable else None
    return {".mean": Answer(value, len(rows), None, None)}


def _kaplan_meier(rows: Sequence[Row]) -> dict[str, Answer]:
    """The smallest t at which the survival curve is at or under one half, exactly, else null.

    At a tie of times the ends come before the censorings, so all of them are at risk at t.
    """
    at_risk, curve = len(rows), Fraction(1)
    ordered = sorted(rows, key=lambda row: row.value)
    for time, group in groupby(ordered, key=lambda row: row.value):
        here = list(group)
        curve *= 1 - Fraction(sum(row.ended for row in here), at_risk)
        at_risk -= len(here)
        if curve <= Fraction(1, 2):
            return {".km_median": Answer(float(Fraction(time) / 1000), len(rows), None, None)}
    return {".km_median": Answer(None, len(rows), None, None)}


CATALOGUE: tuple[tuple[str, Rows, Statistic], ...] = (
    ("received", _counted(_received), _count),
    ("resolved", _counted(_resolved, _resolution), _count),
    ("unanswered", _counted(_unanswered), _count),
    ("outreach", _outreach_rows, _count),
    ("first_response_time", _each(_first_response), _seconds),
    ("response_time", _turn_rows, _seconds),
    ("resolution_time", _each(_resolution_time, _resolution), _seconds),
    ("resolution_time", _survival_rows, _kaplan_meier),
    ("first_resolution_time", _each(_first_resolution_time, _first_resolution), _seconds),
    ("handle_time", _each(_handle_time), _seconds),
    ("queue_wait", _each(_queue_wait), _seconds),
    ("abandon_wait", _each(_abandon_wait), _seconds),
    ("service_level", _each(_service_level), _share),
    ("service_level.answered_only", _each(_service_level_answered_only), _share),
    ("service_level.abandoned_met", _each(_service_level_abandoned_met), _share),
    ("abandonment_rate", _each(_abandonment), _share),
    ("abandonment_rate.raw", _each(_abandonment_raw), _share),
    ("answer_rate", _each(_answer_rate), _share),
    ("fcr", _each(_fcr, _resolution), _share),
    ("one_touch_rate", _each(_one_touch, _resolution), _share),
    ("repeat_contact_rate", _each(_repeat_contact), _share),
    ("replies_per_conversation", _each(_replies_per_conversation), _mean),
    ("reopen_rate", _each(_reopen, _resolution), _share),
    ("transfer_rate", _each(_transfer), _share),
    ("csat", _csat_rows, _share),
    ("csat", _csat_mean_rows, _mean),
)
COUNTS = frozenset({"received", "resolved", "unanswered", "outreach"})


# --- slices and periods ---------------------------------------------------------------------------


def _dimension(name: str, conversation: Conversation, anchor: int | None, zone: ZoneInfo) -> object:
    """The value of one dimension; weekday and hour are local, of the KPI's anchor."""
    if name == "weekday":
        return None if anchor is None else WEEKDAYS[_local(anchor, zone).weekday()]
    if name == "hour":
        return None if anchor is None else _local(anchor, zone).hour
    return getattr(conversation, "agent_id" if name == "agent" else name)


def _groups(conversation: Conversation, anchor: int | None, settings: Settings) -> list[Group]:
    """The total, and the group of the row where the report is sliced."""
    zone = ZoneInfo(settings.timezone)
    if not settings.by:
        return [None]
    return [None, tuple(_dimension(name, conversation, anchor, zone) for name in settings.by)]


def _in_window(anchor: int | None, settings: Settings) -> bool:
    """Since is inclusive, until exclusive; an unknown anchor is in no window but the open one."""
    if anchor is None:
        return settings.since is None and settings.until is None
    if settings.since is not None and anchor < settings.since:
        return False
    return settings.until is None or anchor < settings.until


def _periods(anchor: int | None, settings: Settings) -> list[str | None]:
    """The whole range, and the period of the anchor where the report has periods."""
    if settings.period is None or anchor is None:
        return [None]
    start = _period_start(anchor, settings.period, ZoneInfo(settings.timezone))
    return [None, _label(start, settings.period)]


Cells = dict[tuple[Group, str | None], list[Row]]


def _cells(rows: Iterable[Row], settings: Settings) -> Cells:
    """The rows of every group and period; a group with rows only outside the window is empty."""
    cells: Cells = {}
    for row in rows:
        for group in _groups(row.conversation, row.anchor, settings):
            cells.setdefault((group, None), [])
            if _in_window(row.anchor, settings):
                for label in _periods(row.anchor, settings):
                    cells.setdefault((group, label), []).append(row)
    return cells


# --- backlog --------------------------------------------------------------------------------------

OPEN_FIRST, OPEN_AGAIN, CLOSE = 0, 1, 2


def _changes(conversation: Conversation) -> list[tuple[int, int]]:
    """When a conversation was opened, reopened and closed, in order.

    Changes before the contact are moved to it; at equal times contact, then reopen, then close.
    """
    opened = conversation.contacted_at
    assert opened is not None
    changes = [(opened, OPEN_FIRST)]
    for event in conversation.events:
        if event.reopened_at is not None:
            changes.append((max(event.reopened_at, opened), OPEN_AGAIN))
        if event.resolved_at is not None:
            changes.append((max(event.resolved_at, opened), CLOSE))
    if conversation.abandoned and conversation.abandoned_at is not None:
        changes.append((max(conversation.abandoned_at, opened), CLOSE))
    return sorted(changes)


def _is_open(changes: Sequence[tuple[int, int]], end: int) -> bool:
    """The last change before the exclusive end leaves it open."""
    past = [change for time, change in changes if time < end]
    return bool(past) and past[-1] != CLOSE


def _stock_times(world: World, anchors: Iterable[int]) -> list[tuple[str | None, int]]:
    """The exclusive ends at which the backlog is taken: of the whole range, and of every period.

    Not beyond as_of, at which a change still counts, and not beyond the end of the range. The
    periods are those from the first to the last anchor of any KPI in the range, without gaps.
    """
    settings, zone = world.settings, ZoneInfo(world.settings.timezone)
    until = world.as_of + 1 if settings.until is None else min(settings.until, world.as_of + 1)
    times: list[tuple[str | None, int]] = [(None, until)]
    inside = [anchor for anchor in anchors if _in_window(anchor, settings)]
    if settings.period is not None and inside:
        start = _period_start(min(inside), settings.period, zone)
        while start <= _period_start(max(inside), settings.period, zone):
            end = _next_period(start, settings.period)
            times.append((_label(start, settings.period), min(until, _instant(end, zone))))
            start = end
    return times


def _backlog(world: World, anchors: Iterable[int]) -> dict[Key, Answer]:
    """Opened by t and neither resolved by t nor abandoned, t = the end of the period or as_of."""
    members: dict[Group, list[list[tuple[int, int]]]] = defaultdict(list)
    for c in world.conversations:
        if c.knows("resolved_at") and c.knows_contacts:
            counts = not c.outreach and c.contacted_at is not None
            for group in _groups(c, c.contacted_at, world.settings):
                members[group] += [_changes(c)] if counts else []
    answers: dict[Key, Answer] = {}
    for label, end in _stock_times(world, anchors):
        for group, conversations in members.items():
            n = sum(_is_open(changes, end) for changes in conversations)
            answers[group, label, "backlog"] = Answer(float(n), n, None, None)
    return answers


# --- the report -----------------------------------------------------------------------------------


def _received_shares(cells: Cells) -> dict[Key, Answer]:
    """Received of the group / received of all, in the same period and window."""

    def received(group: Group, label: str | None) -> int:
        return sum(int(row.value) for row in cells.get((group, label), []))

    groups = {group for group, _ in cells}
    labels = {label for _, label in cells}
    return {
        (group, label, "received_share"): _ratio(received(group, label), received(None, label))
        for group in groups
        for label in labels
    }


def report(
    events: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> dict[Key, Answer]:
    """Every KPI of the total (group None) and the groups, in the whole range and in its periods.

    A key that is missing has n = 0. The total of the whole range has every KPI.
    """
    world = _world(events, sources, settings)
    answers: dict[Key, Answer] = {
        (None, None, name): NOTHING for name in ("received_share", "backlog")
    }
    anchors: list[int] = []
    for name, make_rows, statistic in CATALOGUE:
        rows = make_rows(world)
        anchors += [row.anchor for row in rows if row.anchor is not None]
        cells = _cells(rows, settings)
        for suffix, empty in statistic([]).items():
            answers[None, None, name + suffix] = NOTHING if name in COUNTS else empty
        for (group, label), members in cells.items():
            for suffix, answer in statistic(members).items():
                answers[group, label, name + suffix] = answer
        if name == "received":
            answers.update(_received_shares(cells))
    answers.update(_backlog(world, anchors))
    return answers


def anomalies(
    events: Sequence[Mapping[str, object]], sources: Mapping[str, Source], settings: Settings
) -> dict[str, int]:
    """Impossible orders of times, by conversation (outreach left out), and answers out of scale.

    Counted as of as_of, never by window; answers out of scale are counted by event.
    """
    world = _world(events, sources, settings)
    served = world.served
    return {
        "reply_before_contact": sum(_before(c.replied_at, c.contacted_at) for c in served),
        "resolved_before_contact": sum(_before(c.resolved_last, c.contacted_at) for c in served),
        "resolved_before_reply": sum(
            _before(c.resolved_last, c.replied_at) and not c.reopened for c in served
        ),
        "reply_before_queue": sum(_before(c.replied_at, c.queued_at) for c in served),
        "abandoned_before_queue": sum(_before(c.abandoned_at, c.wait_start) for c in served),
        "csat_out_of_scale": sum(
            event.csat is not None and not _csat_in_scale(event, sources) for event in world.events
        ),
    }
