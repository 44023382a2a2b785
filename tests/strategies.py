"""Hypothesis strategies: small, crowded support logs and the settings of reports on them.

Everything is drawn from small pools, so that ids collide, times tie, and waits fall exactly on the
limits that definitions compare with. The events are those of the event table: mapped,
deduplicated, with default counts filled in and no negative work times.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from oracle import Costs, Hours, Schedule, Settings, Source

Event = dict[str, object]
Log = tuple[dict[str, Source], list[Event]]
Scale = tuple[float, float]
Scales = tuple[Scale | None, Scale | None]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
START = datetime(2026, 3, 15, tzinfo=UTC)
DAYS = 20
DAY_S = 86_400
SECOND = 1_000_000
START_US = int(START.timestamp()) * SECOND

TIMES = (
    "contacted_at",
    "queued_at",
    "replied_at",
    "bot_replied_at",
    "abandoned_at",
    "resolved_at",
    "reopened_at",
)
DEFAULT_COUNTS = {
    "contacts": "contacted_at",
    "replies": "replied_at",
    "bot_replies": "bot_replied_at",
    "reopens": "reopened_at",
}
COUNTS = (*DEFAULT_COUNTS, "transfers")
RATINGS = ("csat", "nps", "ces")
TEXTS = ("customer_id", "agent_id", "team", "topic", "priority")
OPTIONAL = frozenset({*TIMES, *COUNTS, *TEXTS, *RATINGS, "handle_ms"})
COLUMNS = (
    *("source", "event_id", "updated_at", "kind", "at", "channel", "conversation_id"),
    *TEXTS,
    *TIMES,
    "handle_ms",
    *COUNTS,
    *("csat", "nps", "ces", "amount_minor", "currency"),
)

TICKETS = {"contacted_at", "replied_at", "resolved_at", "reopens", "replies", "csat", *TEXTS}
CALLS = {"contacted_at", "queued_at", "replied_at", "abandoned_at", "handle_ms", "transfers"}
CALLERS = {"customer_id", "agent_id", "topic"}
MESSAGES = {"contacted_at", "replied_at", "bot_replied_at", "customer_id", "agent_id"}
LIVES = {"resolved_at", "reopened_at", "topic"}
CALLS_OF_A_SHIFT = {
    *("conversation_id", "channel", "contacted_at", "replied_at", "resolved_at"),
    *("agent_id", "topic", "handle_ms"),
}
CASES = {*TIMES, *TEXTS, *RATINGS, "handle_ms"}
PROFILES: dict[str, tuple[set[str], ...]] = {
    "conversation": (TICKETS, TICKETS | {"queued_at"}, CALLS | CALLERS, CASES),
    "event": (MESSAGES, CASES, CALLS | CALLERS, MESSAGES | LIVES, MESSAGES | LIVES),
    "survey": (
        {"csat", "customer_id"},
        {*RATINGS, "customer_id"},
        {"csat", "nps", "customer_id", "agent_id", "team", "topic"},
    ),
    "shop": ({"customer_id"}, {"customer_id", "agent_id", "topic"}),
    "visits": ({"customer_id"}, {"customer_id", "topic"}),
}

KINDS = (*("event", "conversation") * 3, "survey", "shop", "visits", "shift")
CHANNELS = ("phone", "chat", "email", "sms")
CONVERSATION_IDS = tuple(f"c{number}" for number in range(1, 7))
POOLS: dict[str, tuple[str, ...]] = {
    "customer_id": ("k1", "k2", "k3"),
    "agent_id": ("anna", "ben", "bot-1", "anna"),
    "team": ("north", "south"),
    "topic": ("bill", "login"),
    "priority": ("high", "low"),
}
SCALES: tuple[Scale | None, ...] = (None, (1.0, 5.0), (1.0, 5.0), (1.0, 3.0), (0.0, 10.0))
# From the worst answer to the best: asked how hard it was, the best is the least.
EFFORT_SCALES: tuple[Scale | None, ...] = (None, (1.0, 7.0), (5.0, 1.0), (1.0, 5.0), (7.0, 1.0))
SCORES = (1.0, 2.0, 3.0, 4.0, 5.0, 3.5, 0.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, -1.0)
AMOUNTS = (1_000, 2_550, 999, 1, 0, None)
CURRENCIES: tuple[tuple[str | None, ...], ...] = (
    (None,),
    ("USD",),
    ("USD", None),
    ("JPY",),
    ("USD", "USD", "USD", "EUR"),
)
GAPS_MS = (1_800_000, 86_400_000)
# The limits that definitions compare with, one second around them, and a few wrong clocks.
STEPS_S = (
    *(0, 0, 1, 19, 20, 21, 30, 31, 60, 61, 600, 1799, 1800, 3600),
    *(DAY_S - 1, DAY_S, 3 * DAY_S, 7 * DAY_S, 7 * DAY_S + 1),
    *(-1, -60, -7200),
)


def _moments() -> st.SearchStrategy[list[int]]:
    """A few seconds after the start that a log's times gather around."""
    return st.lists(st.integers(0, DAYS * DAY_S), min_size=1, max_size=5)


@st.composite
def _fields(draw: st.DrawFn, kind: str) -> frozenset[str]:
    """The known fields: those of a usual kind of export, with a few left out or added."""
    usual = draw(st.sampled_from(PROFILES[kind]))
    if kind in {"survey", "visits"}:
        return frozenset(usual | {"at"})
    if kind == "shop":
        return frozenset(usual | {"at", "kind", "conversation_id", "amount_minor", "currency"})
    toggled = draw(st.sets(st.sampled_from(sorted(OPTIONAL)), max_size=4))
    fields = frozenset(usual ^ toggled)
    return fields if fields & set(TIMES) else fields | {"contacted_at"}


@st.composite
def _counts(draw: st.DrawFn, source: Source, times: dict[str, int | None]) -> dict[str, int | None]:
    """Mapped counts as given; unmapped ones, in grain "event", are 1 where the time is set."""
    counts: dict[str, int | None] = {}
    for name in COUNTS:
        if name in source.fields:
            counts[name] = draw(st.sampled_from((None, 1, 0, 2, 3)))
        elif source.grain == "event" and name in DEFAULT_COUNTS:
            counts[name] = None if times[DEFAULT_COUNTS[name]] is None else 1
        else:
            counts[name] = None
    return counts


@st.composite
def _texts(draw: st.DrawFn, source: Source) -> dict[str, str | None]:
    """Who and what, unknown now and then."""
    return {
        name: draw(st.sampled_from((*POOLS[name], None))) if name in source.fields else None
        for name in TEXTS
    }


@st.composite
def _life(draw: st.DrawFn, source: Source, moments: list[int]) -> dict[str, int | None]:
    """The times of a whole conversation, each usually some seconds after the one before."""
    now = draw(st.sampled_from(moments))
    times: dict[str, int | None] = dict.fromkeys(TIMES)
    for name in TIMES:
        if name in source.fields and draw(st.sampled_from((True, True, False))):
            times[name] = now
            now += draw(st.sampled_from(STEPS_S))
    return times


@st.composite
def _moment(draw: st.DrawFn, source: Source, moments: list[int]) -> dict[str, int | None]:
    """The times of a single event: mostly one of them, sometimes two at once or in a row."""
    known = [name for name in TIMES if name in source.fields]
    names = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
    now = draw(st.sampled_from(moments)) + draw(st.sampled_from(STEPS_S))
    times: dict[str, int | None] = dict.fromkeys(TIMES)
    for name in names:
        times[name] = now
        now += draw(st.sampled_from((0, 0, *STEPS_S)))
    return times


def _in_microseconds(seconds: int | None) -> int | None:
    return None if seconds is None else START_US + seconds * SECOND


@st.composite
def _interaction(
    draw: st.DrawFn,
    source: Source,
    channels: tuple[str, ...],
    event_id: str,
    conversation_id: str | None,
    moments: list[int],
) -> Event:
    """One row of a ticket list, call list, message log or the like."""
    shape = _life if source.grain == "conversation" else _moment
    times = draw(shape(source, moments))
    if all(time is None for time in times.values()):
        first = next(name for name in TIMES if name in source.fields)
        times[first] = draw(st.sampled_from(moments))
    handle_ms = st.sampled_from((None, 0, 1_000, 90_500, 176_353))
    score = st.sampled_from((None, None, *SCORES))
    return {
        **dict.fromkeys(COLUMNS),
        "kind": "interaction",
        "source": source.name,
        "event_id": event_id,
        "updated_at": draw(st.sampled_from((None, None, START_US + 60 * DAY_S * SECOND))),
        "at": _in_microseconds(min(time for time in times.values() if time is not None)),
        "channel": draw(st.sampled_from(channels)),
        "conversation_id": conversation_id,
        **draw(_texts(source)),
        **{name: _in_microseconds(time) for name, time in times.items()},
        **draw(_counts(source, times)),
        "handle_ms": draw(handle_ms) if "handle_ms" in source.fields else None,
        **{name: draw(score) if name in source.fields else None for name in RATINGS},
    }


@st.composite
def _survey(
    draw: st.DrawFn,
    source: Source,
    channels: tuple[str, ...],
    event_id: str,
    conversation_id: str | None,
    moments: list[int],
) -> Event:
    """One row of a survey file: answers, or none, and their time."""
    score = st.sampled_from((*SCORES, None))
    seconds = draw(st.sampled_from(moments)) + draw(st.sampled_from(STEPS_S))
    return {
        **dict.fromkeys(COLUMNS),
        "kind": "survey",
        "source": source.name,
        "event_id": event_id,
        "at": _in_microseconds(seconds),
        "channel": draw(st.sampled_from(channels)),
        "conversation_id": conversation_id,
        **draw(_texts(source)),
        **{name: draw(score) if name in source.fields else None for name in RATINGS},
    }


@st.composite
def _visit(
    draw: st.DrawFn,
    source: Source,
    channels: tuple[str, ...],
    event_id: str,
    _: str | None,
    moments: list[int],
) -> Event:
    """A page of the help centre that somebody looked at."""
    seconds = draw(st.sampled_from(moments)) + draw(st.sampled_from(STEPS_S))
    return {
        **dict.fromkeys(COLUMNS),
        "kind": "page_view",
        "source": source.name,
        "event_id": event_id,
        "at": _in_microseconds(seconds),
        "channel": draw(st.sampled_from(channels)),
        **draw(_texts(source)),
    }


@st.composite
def _trade(
    draw: st.DrawFn,
    source: Source,
    event_id: str,
    trade: tuple[str, str | None],
    moments: list[int],
    currencies: tuple[str | None, ...],
) -> Event:
    """An order, or money that was given back for one."""
    seconds = draw(st.sampled_from(moments)) + draw(st.sampled_from(STEPS_S))
    return {
        **dict.fromkeys(COLUMNS),
        "kind": trade[0],
        "source": source.name,
        "event_id": event_id,
        "at": _in_microseconds(seconds),
        "channel": draw(st.sampled_from(("web", "phone"))),
        "conversation_id": trade[1],
        **draw(_texts(source)),
        "amount_minor": draw(st.sampled_from(AMOUNTS)),
        "currency": draw(st.sampled_from(currencies)),
    }


@st.composite
def _trades(draw: st.DrawFn, source: Source, moments: list[int]) -> list[Event]:
    """Orders, each with an id or without, and refunds of some of them and of orders elsewhere."""
    currencies = draw(st.sampled_from(CURRENCIES))
    order_ids = [f"{source.name}-{number}" for number in range(draw(st.integers(1, 8)))]
    refunded = draw(st.lists(st.sampled_from((*order_ids, "elsewhere", None)), max_size=4))
    trades = [("order", draw(st.sampled_from((each, each, each, None)))) for each in order_ids]
    trades += [("refund", each) for each in refunded]
    return [
        draw(_trade(source, f"{source.name}-{number}", trade, moments, currencies))
        for number, trade in enumerate(trades)
    ]


@st.composite
def _shift_of_calls(draw: st.DrawFn, source: Source) -> list[Event]:
    """Calls enough of few agents to see them learn; no two at one time."""
    chance = random.Random(draw(st.integers(0, 1000)))  # noqa: S311
    return [
        {
            **dict.fromkeys(COLUMNS),
            "kind": "interaction",
            "source": source.name,
            "event_id": f"{source.name}-{number}",
            "conversation_id": f"{source.name}-{number}",
            "channel": "phone",
            "agent_id": chance.choice(("anna", "ben", None)),
            "topic": chance.choice(("bill", "login")),
            "at": _in_microseconds(number * 3_000),
            "contacted_at": _in_microseconds(number * 3_000),
            "replied_at": _in_microseconds(number * 3_000 + chance.randint(0, 90)),
            "resolved_at": _in_microseconds(number * 3_000 + chance.randint(90, 900)),
            "handle_ms": chance.choice((None, 0, *range(60_000, 600_000, 7_500))),
        }
        for number in range(chance.randint(27, 36))
    ]


@st.composite
def _source(draw: st.DrawFn, name: str, kind: str, spaces: Mapping[str, Scales]) -> Source:
    """A source in one of the id spaces; those of one id space ask each question on one scale."""
    id_space = draw(st.sampled_from(sorted(spaces)))
    if kind == "shift":
        return Source(name, "conversation", id_space, frozenset(CALLS_OF_A_SHIFT))
    fields = draw(_fields(kind)) | {"channel"}
    gap = draw(st.sampled_from((None, *GAPS_MS))) if kind == "event" else None
    has_ids = gap is None or draw(st.booleans())
    return Source(
        name=name,
        grain="conversation" if kind == "conversation" else "event",
        id_space=id_space,
        fields=frozenset(fields | {"conversation_id"}) if has_ids else fields,
        session_gap_ms=gap,
        csat_scale=spaces[id_space][0],
        ces_scale=spaces[id_space][1],
    )


@st.composite
def _rows(draw: st.DrawFn, source: Source, kind: str, moments: list[int]) -> list[Event]:
    """The rows of one source; a list of conversations has each conversation once."""
    channels = draw(st.sampled_from((*((name,) for name in CHANNELS), CHANNELS[:2], CHANNELS[1:])))
    if kind == "conversation":
        chosen = draw(st.lists(st.sampled_from(CONVERSATION_IDS), unique=True, min_size=2))
        return [draw(_interaction(source, channels, each, each, moments)) for each in chosen]
    if kind == "shop":
        return draw(_trades(source, moments))
    if kind == "shift":
        return draw(_shift_of_calls(source))
    row: Callable[..., st.SearchStrategy[Event]]
    row = {"survey": _survey, "visits": _visit}.get(kind, _interaction)
    ids = (*CONVERSATION_IDS[:4], None) if "conversation_id" in source.fields else (None,)
    conversation_ids = draw(st.lists(st.sampled_from(ids), min_size=3, max_size=14))
    return [
        draw(row(source, channels, f"{source.name}-{number}", conversation_id, moments))
        for number, conversation_id in enumerate(conversation_ids)
    ]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """A few sources of mixed grain, some of them sharing ids, and all their events."""
    kinds = draw(
        st.lists(
            st.sampled_from(KINDS),
            min_size=1,
            max_size=4,
        )
    )
    scales = st.tuples(st.sampled_from(SCALES), st.sampled_from(EFFORT_SCALES))
    spaces = {space: draw(scales) for space in ("here", "there")}
    moments = draw(_moments())
    sources: dict[str, Source] = {}
    events: list[Event] = []
    one_shift = [kind for n, kind in enumerate(kinds) if kind != "shift" or kind not in kinds[:n]]
    for number, kind in enumerate(one_shift):
        source = draw(_source(f"s{number}", kind, spaces))
        sources[source.name] = source
        events += draw(_rows(source, kind, moments))
    _settle_customers(sources, events)
    return sources, [_known(event) for event in events]


def _known(event: Event) -> Event:
    """Only what is known of an event, so that a log that fails can be read."""
    return {name: value for name, value in event.items() if value is not None}


def _settle_customers(sources: dict[str, Source], events: list[Event]) -> None:
    """One customer for the events of a conversation at one moment.

    Which of two customers who write at the same microsecond comes first is nobody's to say.
    """
    first: dict[tuple[object, ...], object] = {}
    for event in events:
        if event["customer_id"] is not None and event["conversation_id"] is not None:
            space = sources[str(event["source"])].id_space
            place = (space, event["conversation_id"], event["at"])
            event["customer_id"] = first.setdefault(place, event["customer_id"])


OFFICE: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00-13:00", "14:00-18:00")
)
NIGHTS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("friday", "saturday", "sunday"), ("22:00-06:00",)
)
ALWAYS: Mapping[str, tuple[str, ...]] = dict.fromkeys(WEEKDAYS, ("00:00-00:00",))
WEEKS: tuple[Mapping[str, tuple[str, ...]], ...] = (OFFICE, OFFICE, NIGHTS, ALWAYS, {})
SEASONS = ((), (("2026-03-20", None, NIGHTS), ("2026-03-27", "2026-03-30", OFFICE)))


def _schedules() -> st.SearchStrategy[Schedule]:
    """Opening hours of the day or of the night, with other hours and holidays now and then."""
    return st.builds(
        Schedule,
        week=st.sampled_from(WEEKS),
        timezone=st.sampled_from((None, None, "Europe/Berlin")),
        holidays=st.sampled_from(((), (), ("2026-03-18", "2026-03-28"))),
        seasons=st.sampled_from(SEASONS),
    )


def _hours() -> st.SearchStrategy[Hours | None]:
    """Opening hours for all, and other ones for some; or none that are known."""
    return st.none() | st.builds(
        Hours,
        general=_schedules(),
        team=st.dictionaries(st.sampled_from(("north", "east")), _schedules(), max_size=1),
        channel=st.dictionaries(st.sampled_from(("phone", "email")), _schedules(), max_size=1),
    )


COSTS = (
    Costs(),
    Costs(agent_hour=12.5),
    Costs(agent_hour=30.0, conversation={"phone": 4.2, "sms": 0.0}),
    Costs(conversation={"chat": 1.905}, monthly={"salaries": 8000.0, "training": 300.5}),
    Costs(monthly={"salaries": 8000.0}),
)
COMPLAINTS = (((), ()), ((" BILL ",), ()), (("fraud",), ("High",)))
CALENDARS = ("gregorian", "gregorian", "jalali")
WEEK_STARTS = ("monday", "saturday", "sunday")
ZONES = ("UTC", "Europe/Berlin", "Asia/Tehran", "America/New_York")
DIMENSIONS = ("channel", "team", "agent", "topic", "priority", "source", "weekday", "hour")
PERIODS = (None, "hour", "day", "week", "month", "quarter", "year")


def _midnights(zone: str) -> st.SearchStrategy[int]:
    """Local midnights of the zone, in epoch microseconds."""

    def midnight(day: int) -> int:
        wall = START.replace(tzinfo=None) + timedelta(days=day)
        return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND

    return st.integers(0, DAYS).map(midnight)


@st.composite
def _windows(draw: st.DrawFn, zone: str) -> tuple[int | None, int | None]:
    """Since and until, mostly both open; until is after since."""
    kind = draw(st.sampled_from(("open", "open", "open", "since", "until", "both")))
    first, second = sorted((draw(_midnights(zone)), draw(_midnights(zone))))
    since = first if kind in {"since", "both"} else None
    until = second if kind in {"until", "both"} and second != since else None
    return since, until


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """What a report may be asked for."""
    zone = draw(st.sampled_from(ZONES))
    since, until = draw(_windows(zone))
    as_of = st.integers(DAY_S, DAYS * DAY_S).map(_in_microseconds)
    complaints = draw(st.sampled_from(COMPLAINTS))
    return Settings(
        timezone=zone,
        calendar=draw(st.sampled_from(CALENDARS)),
        week_start=draw(st.sampled_from(WEEK_STARTS)),
        currency=draw(st.sampled_from(("USD", "USD", "JPY"))),
        hours=draw(_hours()),
        costs=draw(st.sampled_from(COSTS)),
        complaint_topics=complaints[0],
        complaint_priorities=complaints[1],
        loyal_orders=draw(st.sampled_from((2, 3, 1))),
        loyal_window_s=draw(st.sampled_from((7 * DAY_S, DAY_S))),
        returning_window_s=draw(st.sampled_from((3 * DAY_S, DAY_S, 600))),
        channel_switch_window_s=draw(st.sampled_from((DAY_S, 600))),
        service_level=draw(st.sampled_from(({"phone": 20, "chat": 60}, {"phone": 30, "chat": 20}))),
        short_abandon_s=draw(st.sampled_from((0, 30))),
        fcr_window_s=draw(st.sampled_from((7 * DAY_S, DAY_S, 3600))),
        fcr_same_topic=draw(st.booleans()),
        repeat_window_s=draw(st.sampled_from((7 * DAY_S, DAY_S))),
        bots=draw(st.sampled_from(((), ("bot*",), ("bot-?", "nobody"), ("BOT*",)))),
        teams=draw(st.sampled_from(({}, {"east": ("anna",), "west": ("ben",)}))),
        csat_satisfied=draw(st.sampled_from((None, None, 3.0, 4.5))),
        as_of=draw(st.one_of(st.none(), st.none(), as_of)),
        since=since,
        until=until,
        by=tuple(draw(st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=2))),
        period=draw(st.sampled_from(PERIODS)),
    )
