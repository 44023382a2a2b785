"""Speed and quality, naively: how long customers wait, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oracle_hours import has_shifts, open_ms, schedule_of
from oracle_rows import (
    Row,
    Rows,
    Statistic,
    each,
    first_resolution,
    km_median,
    mean,
    resolution,
    seconds,
    share,
    survival,
)
from oracle_world import (
    CUSTOMER,
    DEFAULT_SERVICE_LEVEL,
    HUMAN,
    TIMES,
    Conversation,
    Source,
    World,
    before,
    duration,
    milliseconds,
    sum_known,
)


def _first_response_moments(c: Conversation) -> tuple[int | None, int | None]:
    """From the contact to the first human reply; from the hand-off where a bot answered first."""
    handed_off = before(c.bot_replied_at, c.replied_at) and c.queued_at is not None
    return (c.queued_at if handed_off else c.contacted_at), c.replied_at


def _resolution_moments(c: Conversation) -> tuple[int | None, int | None]:
    """From the contact to the last resolution, of those still resolved at as_of."""
    return (c.contacted_at, c.resolved_last) if c.resolved else (None, None)


def _first_response(_: World, c: Conversation) -> int | None:
    """replied_at - contacted_at of conversations that have both, customer first."""
    return duration(*_first_response_moments(c))


def _business(world: World, c: Conversation, start: int | None, end: int | None) -> int | None:
    """The open time between two moments; out where its schedule is never open."""
    hours = world.settings.hours
    if hours is None or start is None or end is None or end < start:
        return None
    schedule = schedule_of(c, hours)
    return open_ms(schedule, world.settings, start, end) if has_shifts(schedule) else None


def _first_response_business(world: World, c: Conversation) -> int | None:
    """The business twin of the first response."""
    return _business(world, c, *_first_response_moments(c))


def _resolution_business(world: World, c: Conversation) -> int | None:
    """The business twin of the resolution."""
    return _business(world, c, *_resolution_moments(c))


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
    """Last resolution - contacted_at."""
    return duration(*_resolution_moments(c))


def _survival_rows(world: World) -> list[Row]:
    """Time to resolution of all opened; the open ones are censored at as_of.

    Those who abandoned and were not resolved are neither waiting nor helped: they are left out.
    """
    rows = []
    for c in world.served:
        if c.contacted_at is None or not c.knows("resolved_at") or (c.abandoned and not c.resolved):
            continue
        value = duration(c.contacted_at, c.resolved_last if c.resolved else world.as_of)
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
    return None if hidden else duration(c.contacted_at, c.resolved_first)


def _handle_time(_: World, c: Conversation) -> int | None:
    """Agent work of a handled conversation."""
    return c.handle_ms


def _queue_wait(world: World, c: Conversation) -> int | None:
    """From the queue, or the contact where no source of the channel knows queues, to the answer."""
    if not c.in_queued_channel:
        return None
    start = c.queued_at if world.channel_knows_queues(c.channel) else c.contacted_at
    return duration(start, c.replied_at)


def _abandon_wait(_: World, c: Conversation) -> int | None:
    """From the start of the wait to the abandonment, of the abandoned on phone and chat."""
    if not c.in_queued_channel or not c.abandoned:
        return None
    return duration(c.wait_start, c.abandoned_at)


def _conversation_duration(_: World, c: Conversation) -> int | None:
    """Last event - first event, on chat and phone, where two times at least are known."""
    times: list[int] = [
        t for event in c.events for name in TIMES if (t := getattr(event, name)) is not None
    ]
    if not c.in_queued_channel or len(times) < 2:
        return None
    return (max(times) - min(times)) // 1000


def _patience_rows(world: World) -> list[Row]:
    """The wait of those who left, and of the answered, whose answer censors it."""
    rows = []
    for c in world.served:
        wait = duration(c.wait_start, c.abandoned_at if c.abandoned else c.replied_at)
        if c.in_queued_channel and wait is not None and c.knows("abandoned_at"):
            rows.append(Row(c, c.contacted_at, wait, ended=c.abandoned))
    return rows


def _short_abandon(world: World, c: Conversation) -> bool:
    """Abandoned after a wait of at most short_abandon, where that is set."""
    limit = world.settings.short_abandon_s
    wait = milliseconds(c.wait_start, c.abandoned_at)
    return limit > 0 and c.abandoned and wait is not None and wait <= limit * 1000


def _within_target(world: World, c: Conversation, end: int | None) -> bool:
    """The wait was at most the channel's T; a negative one counts as within."""
    targets = {**DEFAULT_SERVICE_LEVEL, **world.settings.service_level}
    wait = milliseconds(c.wait_start, end)
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
        before(c.contacted_at, other.contacted_at)
        and not before(c.resolved_last + window, other.contacted_at)
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


def _predecessors(world: World, c: Conversation) -> list[Conversation]:
    """The customer's other conversations opened in [contact - repeat.window, contact)."""
    window = world.settings.repeat_window_s * 1_000_000
    return [
        other
        for other in world.of_customer(c)
        if c.contacted_at is not None
        and other.contacted_at is not None
        and 0 < c.contacted_at - other.contacted_at <= window
    ]


def _repeat_contact(world: World, c: Conversation) -> int | None:
    """Opened within the window after the same customer opened an earlier one, on any channel."""
    if c.customer is None or c.contacted_at is None:
        return None
    return int(bool(_predecessors(world, c)))


def _repeat_issue(world: World, c: Conversation) -> int | None:
    """The same, on the same topic; of those whose topic is known."""
    if c.customer is None or c.contacted_at is None or c.topic is None:
        return None
    return int(any(other.topic == c.topic for other in _predecessors(world, c)))


def _contacts_per_resolution(world: World, c: Conversation) -> int | None:
    """Customer contacts of a resolved conversation and its predecessors within the window."""
    if not c.resolved or c.customer is None or c.contacted_at is None:
        return None
    before_it = [other for other in _predecessors(world, c) if other.received]
    counts = [each_one.contacts for each_one in (c, *before_it)]
    return None if None in counts else sum_known(counts)


def _channel_switch(world: World, c: Conversation) -> int | None:
    """The same conversation, or the same customer within 24 h, going on in another channel."""
    if not c.received or c.contacted_at is None:
        return None
    channels = {event.channel for event in c.events if event.kind == "interaction"} - {None}
    window = world.settings.channel_switch_window_s * 1_000_000
    went_on = any(
        other.contacted_at is not None
        and 0 < other.contacted_at - c.contacted_at <= window
        and None not in {c.channel, other.channel}
        and other.channel != c.channel
        for other in world.of_customer(c)
        if other.received
    )
    return int(len(channels) > 1 or went_on)


def _spelt_alike(text: str | None) -> str | None:
    """Without case and outer space, Arabic letters as their Persian ones."""
    if text is None:
        return None
    return text.strip().casefold().translate(str.maketrans("يىك", "ییک"))


def _complaint(world: World, c: Conversation) -> int | None:
    """Topic or priority listed in [complaints] / received; null until configured."""
    topics = {_spelt_alike(topic) for topic in world.settings.complaint_topics}
    priorities = {_spelt_alike(priority) for priority in world.settings.complaint_priorities}
    if not c.received or not (topics or priorities) or not c.knows("topic", "priority"):
        return None
    return int(_spelt_alike(c.topic) in topics or _spelt_alike(c.priority) in priorities)


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


SERVICE: tuple[tuple[str, Rows, Statistic], ...] = (
    ("first_response_time", each(_first_response), seconds),
    ("first_response_business_time", each(_first_response_business), seconds),
    ("response_time", _turn_rows, seconds),
    ("resolution_time", each(_resolution_time, resolution), seconds),
    ("resolution_time", _survival_rows, km_median),
    ("resolution_business_time", each(_resolution_business, resolution), seconds),
    ("first_resolution_time", each(_first_resolution_time, first_resolution), seconds),
    ("handle_time", each(_handle_time), seconds),
    ("conversation_duration", each(_conversation_duration), seconds),
    ("queue_wait", each(_queue_wait), seconds),
    ("abandon_wait", each(_abandon_wait), seconds),
    ("patience", _patience_rows, survival),
    ("service_level", each(_service_level), share),
    ("service_level.answered_only", each(_service_level_answered_only), share),
    ("service_level.abandoned_met", each(_service_level_abandoned_met), share),
    ("abandonment_rate", each(_abandonment), share),
    ("abandonment_rate.raw", each(_abandonment_raw), share),
    ("answer_rate", each(_answer_rate), share),
    ("fcr", each(_fcr, resolution), share),
    ("one_touch_rate", each(_one_touch, resolution), share),
    ("repeat_contact_rate", each(_repeat_contact), share),
    ("repeat_issue_rate", each(_repeat_issue), share),
    ("contacts_per_resolution", each(_contacts_per_resolution, resolution), mean),
    ("replies_per_conversation", each(_replies_per_conversation), mean),
    ("reopen_rate", each(_reopen, resolution), share),
    ("transfer_rate", each(_transfer), share),
    ("channel_switch_rate", each(_channel_switch), share),
    ("complaint_rate", each(_complaint), share),
)
