"""Make the exports of an invented shop: three months of calls, tickets, chats and messages.

Run `python make_shop.py [FOLDER]`; FOLDER is `shop` beside this file unless given. The seed is
fixed and nothing depends on the clock, so every run writes the same bytes.

All times are epoch seconds until they are written. The shop, its people and its customers do
not exist; telephone numbers come from the ranges that are reserved for fiction.
"""

import csv
import heapq
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

SEED = "larkfield-2026"
LONDON = ZoneInfo("Europe/London")
FIRST_DAY = date(2026, 3, 1)
LAST_DAY = date(2026, 5, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
MINUTE, HOUR, DAY = 60, 3600, 86400

CLOSED_DAYS = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25)}
BAD_WEEK = (date(2026, 4, 20), date(2026, 4, 26))  # the courier lost parcels: all queues grew
OPENING = {0: (9, 18), 1: (9, 18), 2: (9, 18), 3: (9, 18), 4: (9, 18), 5: (10, 16)}

PHONE_NUMBER = "+442079460900"
SMS_NUMBER = "+447700900999"
SMS_NAME = "LARKFIELD"

Cell = str | int | None


# ---------------------------------------------------------------------------------------------
# Time


def epoch(day: date, seconds: int = 0) -> int:
    """Epoch of a local day's midnight, plus seconds of wall clock."""
    wall = datetime.combine(day, time()) + timedelta(seconds=seconds)
    return int(wall.replace(tzinfo=LONDON).timestamp())


def local(at: int) -> datetime:
    """The moment as the shop's clock on the wall shows it."""
    return datetime.fromtimestamp(at, LONDON)


def write_local(at: int) -> str:
    """`2026-03-02 09:15:04` in local time."""
    return local(at).strftime("%Y-%m-%d %H:%M:%S")


def write_local_minute(at: int | None) -> str:
    """`2026-03-02 09:15` in local time; `-` where there is no time."""
    return "-" if at is None else local(at).strftime("%Y-%m-%d %H:%M")


def write_utc(at: int | None) -> str | None:
    """`2026-03-02 09:15:04` in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def write_iso(at: int) -> str:
    """`2026-03-02T09:15:04Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def opening(day: date) -> tuple[int, int] | None:
    """Epochs between which the shop is open on a day, or None."""
    if day in CLOSED_DAYS or day.weekday() not in OPENING:
        return None
    opens, closes = OPENING[day.weekday()]
    return epoch(day, opens * HOUR), epoch(day, closes * HOUR)


def is_open(at: int) -> bool:
    """Whether the shop is open at a moment."""
    window = opening(local(at).date())
    return window is not None and window[0] <= at < window[1]


def open_windows(since: int) -> Iterable[tuple[int, int]]:
    """Opening windows from a moment on, the first one cut to it."""
    day = local(since).date()
    while True:
        window = opening(day)
        if window and window[1] > since:
            yield max(window[0], since), window[1]
        day += timedelta(days=1)


def after_open_time(since: int, seconds: float) -> int:
    """The moment at which so many opening seconds have passed."""
    left = int(seconds)
    for opens, closes in open_windows(since):
        if left < closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("opening windows never end")


def open_minutes(since: int, until: int) -> int:
    """Opening minutes between two moments."""
    total = 0
    for opens, closes in open_windows(since):
        if opens >= until:
            return total // MINUTE
        total += min(closes, until) - opens
    raise AssertionError("opening windows never end")


END = epoch(LAST_DAY + timedelta(days=1))


# ---------------------------------------------------------------------------------------------
# Demand

WEEKDAY = {
    "phone": (1.3, 1.05, 1.0, 0.95, 0.95, 0.45, 0.05),
    "email": (1.2, 1.05, 1.0, 0.95, 0.9, 0.6, 0.5),
    "chat": (1.2, 1.05, 1.0, 1.0, 0.95, 0.55, 0.0),
    "sms": (1.1, 1.0, 1.0, 1.0, 1.05, 0.8, 0.45),
}
WORK_HOURS = {9: 0.8, 10: 1.2, 11: 1.25, 12: 0.75, 13: 0.6, 14: 1.05, 15: 1.1, 16: 1.0, 17: 0.7}
LATE_HOURS = {7: 0.25, 8: 0.5, 18: 0.6, 19: 0.65, 20: 0.7, 21: 0.6, 22: 0.35, 23: 0.15, 0: 0.06}
HOURS = {
    "phone": WORK_HOURS | {8: 0.1, 18: 0.14, 19: 0.07, 20: 0.04},
    "email": WORK_HOURS | LATE_HOURS | {1: 0.04, 3: 0.02, 5: 0.04, 6: 0.1},
    "chat": WORK_HOURS,
    "sms": WORK_HOURS | LATE_HOURS,
}
TOPICS = {"delivery": 32, "returns": 22, "product": 18, "billing": 12, "order": 10, "complaint": 6}


def in_bad_week(day: date) -> bool:
    """Whether the courier was losing parcels on that day."""
    return BAD_WEEK[0] <= day <= BAD_WEEK[1]


def day_weight(channel: str, day: date) -> float:
    """Relative demand of a day: weekday, slow growth, bank holidays, the bad week."""
    growth = 1 + 0.15 * (day - FIRST_DAY).days / DAYS
    event = 0.25 if day in CLOSED_DAYS else 1.6 if in_bad_week(day) else 1.0
    return WEEKDAY[channel][day.weekday()] * growth * event


def load(at: int) -> float:
    """How busy the shop is, about 0.1 to 1.6."""
    moment = local(at)
    hour = WORK_HOURS.get(moment.hour, 0.3)
    weekday = WEEKDAY["phone"][moment.weekday()]
    return hour * weekday / 1.6 * (1.6 if in_bad_week(moment.date()) else 1.0)


def pick(rng: Random, weights: dict[str, int]) -> str:
    """One key, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def around(rng: Random, median: float, spread: float) -> float:
    """A lognormal duration with the given median."""
    return median * math.exp(rng.gauss(0, spread))


def moments(rng: Random, channel: str, count: int) -> list[int]:
    """So many moments, shaped by day and hour; chats only while the shop is open."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    weights = [day_weight(channel, day) for day in days]
    hours = HOURS[channel]
    found: list[int] = []
    while len(found) < count:
        day = rng.choices(days, weights)[0]
        hour = rng.choices(list(hours), list(hours.values()))[0]
        at = epoch(day, hour * HOUR + rng.randrange(HOUR))
        if channel != "chat" or (is_open(at) and is_open(at + 20 * MINUTE)):
            found.append(at)
    return sorted(found)


def topic_at(rng: Random, at: int) -> str:
    """What a contact is about; in the bad week mostly deliveries."""
    return pick(rng, TOPICS | ({"delivery": 90} if in_bad_week(local(at).date()) else {}))


# ---------------------------------------------------------------------------------------------
# People


@dataclass(frozen=True)
class Agent:
    """A person of the shop; a pace above 1 is slow."""

    name: str
    extension: str
    pace: float

    @property
    def nick(self) -> str:
        """The first name, as chat visitors see it."""
        return self.name.split()[0]

    @property
    def email(self) -> str:
        """The address that LiveChat shows as operator id."""
        return f"{self.nick.lower()}@lark.example"


HANNAH = Agent("Hannah Cole", "201", 0.8)
TOM = Agent("Tom Okafor", "202", 1.0)
PRIYA = Agent("Priya Nair", "203", 0.9)
CALLUM = Agent("Callum Reid", "204", 1.45)
ELENA = Agent("Elena Petrova", "205", 0.75)
SARA = Agent("Sara Moradi", "206", 1.1)
PHONE_AGENTS = (HANNAH, TOM, PRIYA, CALLUM)
MAIL_AGENTS = (HANNAH, PRIYA, CALLUM, ELENA, SARA)
CHAT_AGENTS = (TOM, ELENA, SARA, CALLUM)
BACK_OFFICE = {"301": "Accounts", "302": "Warehouse"}

FIRST_NAMES = (
    "Alice Amelia Ben Beth Carl Chloe Daniel Diana Edward Ellie Farah Fiona George Gina Harry "
    "Holly Ian Isla Jack Jane Kate Kevin Laura Leo Maria Martin Nadia Noah Oliver Olivia Paul "
    "Poppy Quinn Rachel Robert Sam Sophie Tariq Una Victor Wendy Xavier Yusuf Zoe"
).split()
LAST_NAMES = (
    "Abbott Baker Barnes Bell Bishop Carter Chapman Clarke Cooper Davies Dixon Ellis Evans "
    "Fletcher Ford Gibson Grant Green Hall Harvey Hughes Hunt Jackson Khan King Lewis Mason "
    "Mills Moore O'Neill Owen Palmer Patel Price Reed Shaw Singh Stone Turner Walsh Ward West "
    "Young"
).split()
PERSIAN_NAMES = ("مریم رضایی", "علی کریمی", "زهرا احمدی", "رضا موسوی", "نیلوفر صادقی", "امیر جعفری")
ARABIC_NAMES = ("أحمد منصور", "فاطمة الزهراء", "يوسف حداد", "ليلى خوري", "عمر الشامي", "نور الدين")


@dataclass(frozen=True)
class Customer:
    """Somebody who buys lamps; an address that is not known is empty."""

    number: int
    name: str
    language: str
    email: str
    phone: str
    channels: tuple[str, ...]


def customer_name(rng: Random, language: str) -> str:
    """A name in the customer's own script."""
    if language == "en":
        return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return rng.choice(PERSIAN_NAMES if language == "fa" else ARABIC_NAMES)


def customer_email(rng: Random, name: str, language: str, number: int) -> str:
    """An address in a domain reserved for examples."""
    local_part = name.lower().replace(" ", ".").replace("'", "") if language == "en" else "guest"
    return f"{local_part}{number}@example.{rng.choice(('com', 'org', 'net'))}"


def possible_channels(email: str, phone: str) -> dict[str, int]:
    """The channels a customer can use, with how much customers like them."""
    by_mail = {"email": 34, "chat": 26} if email else {}
    by_phone = {"phone": 40} if phone else {}
    return by_mail | by_phone | ({"sms": 34} if phone.startswith("+447700") else {})


def make_customer(rng: Random, number: int, phone: str) -> Customer:
    """One customer, who likes one channel or two."""
    language = pick(rng, {"en": 95, "fa": 3, "ar": 2})
    name = customer_name(rng, language)
    known = not phone or rng.random() < 0.86
    email = customer_email(rng, name, language, number) if known else ""
    liked = possible_channels(email, phone)
    channels = {pick(rng, liked) for _ in range(2 if rng.random() < 0.4 else 1)}
    return Customer(number, name, language, email, phone, tuple(sorted(channels)))


def make_customers() -> list[Customer]:
    """All customers: with a mobile, with a landline, with an e-mail address only."""
    rng = Random(f"{SEED}-customers")
    mobiles = [f"+447700900{number:03d}" for number in range(990)]
    landlines = [f"+442079460{number:03d}" for number in range(890)]
    phones = mobiles + landlines[:560] + [""] * 350
    rng.shuffle(phones)
    return [make_customer(rng, number, phone) for number, phone in enumerate(phones, 1)]


@dataclass(frozen=True, order=True)
class Contact:
    """A customer turns to the shop; ordered by time."""

    at: int
    serial: int
    customer: Customer = field(compare=False)
    topic: str = field(compare=False)


class Demand:
    """Who contacts the shop when, on which channel, and who comes back."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.rng = Random(f"{SEED}-demand")
        self.serial = 0
        self.contacts: dict[str, list[Contact]] = {channel: [] for channel in WEEKDAY}
        self.pools = {
            channel: [person for person in customers if channel in person.channels]
            for channel in WEEKDAY
        }

    def add(self, channel: str, at: int, customer: Customer, topic: str) -> Contact:
        """Note one contact."""
        self.serial += 1
        contact = Contact(at, self.serial, customer, topic)
        self.contacts[channel].append(contact)
        return contact

    def come_back(self, contact: Contact) -> None:
        """The same customer again, within a week, on any channel that this customer likes."""
        at = contact.at + int(self.rng.uniform(0.3, 6.5) * DAY)
        at = at if is_open(at) and is_open(at + HOUR) else after_open_time(at, 30 * MINUTE)
        if at < END - HOUR:
            channel = self.rng.choice(contact.customer.channels)
            self.add(channel, at, contact.customer, contact.topic)

    def fill(self, channel: str, count: int) -> None:
        """So many first contacts of a channel, some of which lead to another."""
        for at in moments(self.rng, channel, count):
            person = self.rng.choice(self.pools[channel])
            contact = self.add(channel, at, person, topic_at(self.rng, at))
            if self.rng.random() < 0.06:
                self.come_back(contact)


def make_demand(customers: Sequence[Customer]) -> dict[str, list[Contact]]:
    """The contacts of every channel, in order of time."""
    demand = Demand(customers)
    for channel, count in {"phone": 795, "email": 800, "chat": 605, "sms": 232}.items():
        demand.fill(channel, count)
    return {channel: sorted(contacts) for channel, contacts in demand.contacts.items()}


# ---------------------------------------------------------------------------------------------
# Phone: Asterisk's cdr-csv/Master.csv and queue_log, two views of the same calls

QUEUE, OVERFLOW = "8000", "8001"
QUEUE_DATA = "tT,,,120"
QUEUE_TIMEOUT = 120
RING_TIMEOUT = 15
PATIENCE = 250


@dataclass
class Leg:
    """One CDR row: a channel, or a pair of them."""

    start: int
    end: int
    src: str
    dst: str
    context: str
    caller: str
    channel: str
    other: str
    app: str
    data: str
    answer: int | None
    disposition: str
    call: str

    def row(self) -> list[Cell]:
        """The eighteen columns."""
        talk = 0 if self.answer is None else self.end - self.answer
        stamps = (write_utc(self.start), write_utc(self.answer), write_utc(self.end))
        who = ("", self.src, self.dst, self.context, self.caller, self.channel, self.other)
        tail = (self.end - self.start, talk, self.disposition, "DOCUMENTATION", self.call, "")
        return [*who, self.app, self.data, *stamps, *tail]


class Exchange:
    """The telephone exchange: numbers its channels and keeps its two logs."""

    def __init__(self) -> None:
        self.rng = Random(f"{SEED}-phone")
        self.sequence = 4000
        self.legs: list[Leg] = []
        self.events: list[tuple[int, int, str]] = []
        self.busy = {agent.extension: 0 for agent in PHONE_AGENTS}
        self.callbacks: list[Contact] = []

    def next_id(self, at: int) -> str:
        """A new uniqueid."""
        self.sequence += 1
        return f"{at}.{self.sequence}"

    def channel(self, name: str) -> str:
        """A new channel name of a trunk or an extension."""
        self.sequence += 1
        return f"PJSIP/{name}-{self.sequence:08x}"

    def log(self, at: int, call: str, queue: str, agent: str, event: str, *cells: Cell) -> None:
        """One line of the queue log."""
        parts = [at, call, queue, agent, event, *cells]
        line = "|".join("" if part is None else str(part) for part in parts)
        self.events.append((at, len(self.events), line))

    def first_free(self) -> int:
        """When the first agent is free."""
        return min(self.busy.values())

    def free_agent(self, at: int) -> Agent:
        """An agent who is free at a moment, or who is free first."""
        free = [agent for agent in PHONE_AGENTS if self.busy[agent.extension] <= at]
        return self.rng.choice(free or [min(PHONE_AGENTS, key=lambda a: self.busy[a.extension])])


@dataclass
class QueuedCall:
    """What a call in the queue carries along."""

    start: int
    call: str
    number: str
    caller: str
    trunk: str
    queue: str
    topic: str
    leg_start: int

    def leg(self, end: int, other: str, disposition: str, app: str = "Queue") -> Leg:
        """A CDR row of the caller's channel, which the exchange answered after a second."""
        data = f"{self.queue},{QUEUE_DATA}" if app == "Queue" else f"{QUEUE}@default,u"
        answer = max(self.leg_start, self.start + 1)
        who = (self.number, self.queue, "from-trunk", self.caller, self.trunk, other)
        return Leg(self.leg_start, end, *who, app, data, answer, disposition, self.call)


def caller_id(number: str, name: str) -> str:
    """Asterisk's `"name" <number>`."""
    return f'"{name}" <{number}>'


def calling_number(rng: Random, customer: Customer) -> tuple[str, str]:
    """Number and caller id; one in fifty hides them."""
    if rng.random() < 0.02:
        return "anonymous", caller_id("anonymous", "Anonymous")
    named = customer.language == "en" and rng.random() < 0.2
    return customer.phone, caller_id(customer.phone, customer.name if named else "")


def queue_delay(rng: Random, at: int) -> int:
    """Seconds until an agent can be rung: mostly none, more and longer when the shop is busy."""
    congested = rng.random() < min(0.75, 0.10 + 0.22 * load(at))
    return int(rng.expovariate(1 / (45 + 45 * load(at)))) if congested else 0


def enter_queue(exchange: Exchange, call: QueuedCall, at: int) -> None:
    """The caller joins a queue."""
    exchange.log(at, call.call, call.queue, "NONE", "ENTERQUEUE", "", call.number, 1)


def hang_up(exchange: Exchange, call: QueuedCall, entered: int, wait: int, other: str) -> None:
    """The caller loses patience."""
    exchange.log(entered + wait, call.call, call.queue, "NONE", "ABANDON", 1, 1, wait)
    exchange.legs.append(call.leg(entered + wait, other, "NO ANSWER"))


def ring_in_vain(exchange: Exchange, call: QueuedCall, at: int) -> str:
    """An agent does not pick up; returns the channel that rang."""
    agent = exchange.free_agent(at)
    where = f"PJSIP/{agent.extension}"
    exchange.log(
        at + RING_TIMEOUT, call.call, call.queue, where, "RINGNOANSWER", RING_TIMEOUT * 1000
    )
    return exchange.channel(agent.extension)


def talk_seconds(rng: Random, agent: Agent, topic: str) -> int:
    """How long a conversation on the phone lasts."""
    factor = {"complaint": 1.6, "product": 1.2, "order": 0.8}.get(topic, 1.0)
    return int(min(around(rng, 190 * agent.pace * factor, 0.65), 2400)) + 5


def transfer(exchange: Exchange, call: QueuedCall, where: str, hold: int, talk: int) -> None:
    """A blind transfer to the back office: no COMPLETE event, one CDR row more."""
    rng, end = exchange.rng, exchange.legs[-1].end
    extension = rng.choice(list(BACK_OFFICE))
    context = "from-internal-xfer"
    cells = (extension, context, hold, talk, 1)
    exchange.log(end, call.call, call.queue, where, "BLINDTRANSFER", *cells)
    last = end + int(around(rng, 120, 0.5)) + 8
    who = (call.number, extension, context, call.caller, call.trunk, exchange.channel(extension))
    dial = ("Dial", f"PJSIP/{extension},25,tr", end + rng.randrange(3, 8), "ANSWERED", call.call)
    exchange.legs.append(Leg(end, last, *who, *dial))


def connect(exchange: Exchange, call: QueuedCall, entered: int, at: int, ring: int) -> None:
    """An agent answers and the two talk."""
    rng = exchange.rng
    agent = exchange.free_agent(at - ring)
    hold, where = at - entered, f"PJSIP/{agent.extension}"
    other = exchange.channel(agent.extension)
    bridged = exchange.next_id(at - ring)
    exchange.log(at, call.call, call.queue, where, "CONNECT", hold, bridged, ring)
    end = at + talk_seconds(rng, agent, call.topic)
    exchange.legs.append(call.leg(end, other, "ANSWERED"))
    exchange.busy[agent.extension] = end + 20
    if rng.random() < 0.03:
        transfer(exchange, call, where, hold, end - at)
        return
    event = "COMPLETEAGENT" if rng.random() < 0.35 else "COMPLETECALLER"
    exchange.log(end, call.call, call.queue, where, event, hold, end - at, 1)


def leave_voicemail(exchange: Exchange, call: QueuedCall, at: int) -> None:
    """The caller ends in the voicemail box."""
    end = at + 12 + int(around(exchange.rng, 22, 0.5))
    exchange.legs.append(call.leg(end, "", "ANSWERED", "VoiceMail"))


def overflow(exchange: Exchange, call: QueuedCall, at: int, patience: int) -> bool:
    """After the time-out: the second queue, or the voicemail. False if the caller gave up."""
    if exchange.rng.random() < 0.35:
        leave_voicemail(exchange, call, at)
        return True
    call.queue = OVERFLOW
    enter_queue(exchange, call, at)
    ring = exchange.rng.randrange(3, 9)
    wait = int(exchange.rng.expovariate(1 / 30)) + ring
    if patience < wait:
        hang_up(exchange, call, at, patience, "")
        return False
    connect(exchange, call, at, at + wait, ring)
    return True


def wait_in_queue(exchange: Exchange, call: QueuedCall) -> bool:
    """From the first queue to wherever the call ends. False if the caller gave up."""
    rng, entered = exchange.rng, call.start + 1
    patience = int(rng.expovariate(1 / PATIENCE)) + 2
    delay = max(queue_delay(rng, entered), exchange.first_free() - entered, 0)
    vain = rng.random() < 0.065
    ring = rng.randrange(3, 9)
    answered = delay + (RING_TIMEOUT if vain else 0) + ring
    enter_queue(exchange, call, entered)
    if delay >= QUEUE_TIMEOUT and patience > QUEUE_TIMEOUT:
        left = entered + QUEUE_TIMEOUT
        cells = (1, 1, QUEUE_TIMEOUT)
        exchange.log(left, call.call, call.queue, "NONE", "EXITWITHTIMEOUT", *cells)
        return overflow(exchange, call, left, int(rng.expovariate(1 / PATIENCE)) + 2)
    rang = vain and patience >= delay + RING_TIMEOUT
    other = ring_in_vain(exchange, call, entered + delay) if rang else ""
    if patience < answered:
        hang_up(exchange, call, entered, patience, other)
        return False
    if rang:
        end = entered + delay + RING_TIMEOUT
        exchange.legs.append(call.leg(end, other, "NO ANSWER"))
        call.leg_start = end
    connect(exchange, call, entered, entered + answered, ring)
    return True


def queue_call(exchange: Exchange, contact: Contact) -> None:
    """A call to the support queue; who gives up often calls again within two hours."""
    number, caller = calling_number(exchange.rng, contact.customer)
    ident, trunk = exchange.next_id(contact.at), exchange.channel("trunk")
    details = (number, caller, trunk, QUEUE, contact.topic, contact.at)
    if wait_in_queue(exchange, QueuedCall(contact.at, ident, *details)):
        return
    if exchange.rng.random() < 0.35:
        again = contact.at + exchange.rng.randrange(5 * MINUTE, 2 * HOUR)
        back = Contact(again, contact.serial, contact.customer, contact.topic)
        heapq.heappush(exchange.callbacks, back)


def closed_call(exchange: Exchange, contact: Contact) -> None:
    """Out of hours: a voicemail, or the caller hangs up while the greeting plays."""
    rng, start = exchange.rng, contact.at
    number, caller = calling_number(rng, contact.customer)
    ident, trunk = exchange.next_id(start), exchange.channel("trunk")
    who = (number, "s", "from-trunk", caller, trunk, "")
    greeting = rng.random() < 0.25
    end = start + (rng.randrange(4, 12) if greeting else 14 + int(around(rng, 24, 0.5)))
    app = ("Playback", "larkfield-closed") if greeting else ("VoiceMail", f"{QUEUE}@default,u")
    exchange.legs.append(Leg(start, end, *who, *app, start + 1, "ANSWERED", ident))


def direct_call(exchange: Exchange, contact: Contact) -> None:
    """A call straight to an extension of the back office, past the queue."""
    rng, start = exchange.rng, contact.at
    number, caller = calling_number(rng, contact.customer)
    extension = rng.choice(list(BACK_OFFICE))
    ident, trunk, other = exchange.next_id(start), exchange.channel("trunk"), ""
    app, end = ("Dial", f"PJSIP/{extension},25,tr"), start + 25
    answer: int | None = None
    outcome = pick(rng, {"ANSWERED": 70, "NO ANSWER": 12, "BUSY": 6, "VOICEMAIL": 12})
    if outcome == "ANSWERED":
        answer = start + rng.randrange(4, 20)
        end = answer + int(around(rng, 150, 0.6))
    elif outcome == "VOICEMAIL":
        app, answer = ("VoiceMail", f"{extension}@default,u"), start + 25
        end = answer + 10 + int(around(rng, 20, 0.5))
    elif outcome == "BUSY":
        end = start + 3
    if outcome != "VOICEMAIL":
        other = exchange.channel(extension)
    who = (number, extension, "from-trunk", caller, trunk, other)
    state = "ANSWERED" if outcome == "VOICEMAIL" else outcome
    exchange.legs.append(Leg(start, end, *who, *app, answer, state, ident))


def dialled(exchange: Exchange, start: int, agent: Agent, number: str, other: str) -> Leg:
    """A call that an agent makes, to a customer or to a colleague."""
    rng = exchange.rng
    ident, channel = exchange.next_id(start), exchange.channel(agent.extension)
    outcomes = {"ANSWERED": 68, "NO ANSWER": 20, "BUSY": 8, "FAILED": 2, "CONGESTION": 2}
    outcome = pick(rng, outcomes)
    answer = start + rng.randrange(4, 22) if outcome == "ANSWERED" else None
    alone = {"NO ANSWER": 30, "BUSY": 5}.get(outcome, 1)
    end = start + alone if answer is None else answer + int(around(rng, 110, 0.7))
    target = f"{number}@trunk" if other == "trunk" else number
    who = (agent.extension, number, "from-internal", caller_id(agent.extension, agent.name))
    there, dial = exchange.channel(other), f"PJSIP/{target},60"
    return Leg(start, end, *who, channel, there, "Dial", dial, answer, outcome, ident)


def outbound_calls(customers: Sequence[Customer]) -> list[Contact]:
    """When agents call customers."""
    rng = Random(f"{SEED}-outbound")
    people = [person for person in customers if "phone" in person.channels]
    starts = [at for at in moments(rng, "phone", 155) if is_open(at)]
    return [Contact(at, 0, rng.choice(people), "outbound") for at in starts]


def internal_calls(customers: Sequence[Customer]) -> list[Contact]:
    """When agents call the back office; the customer of the contact plays no part."""
    rng = Random(f"{SEED}-internal")
    starts = [at for at in moments(rng, "phone", 60) if is_open(at)]
    return [Contact(at, 1, customers[0], "internal") for at in starts]


def take_call(exchange: Exchange, contact: Contact) -> None:
    """Whatever kind of call it is."""
    if contact.topic == "outbound":
        agent = exchange.rng.choice(PHONE_AGENTS)
        leg = dialled(exchange, contact.at, agent, contact.customer.phone, "trunk")
        exchange.legs.append(leg)
    elif contact.topic == "internal":
        extension = exchange.rng.choice(list(BACK_OFFICE))
        agent = exchange.rng.choice(PHONE_AGENTS)
        exchange.legs.append(dialled(exchange, contact.at, agent, extension, extension))
    elif not is_open(contact.at):
        closed_call(exchange, contact)
    elif exchange.rng.random() < 0.12:
        direct_call(exchange, contact)
    else:
        queue_call(exchange, contact)


def queue_housekeeping(exchange: Exchange) -> None:
    """Restarts, reloads and the Monday meeting: lines that belong to no call."""
    for day in (date(2026, 3, 1), date(2026, 4, 14), date(2026, 5, 19)):
        exchange.log(epoch(day, 5 * HOUR), "NONE", "NONE", "NONE", "QUEUESTART", "")
    exchange.log(epoch(date(2026, 4, 8), 7 * HOUR), "NONE", "NONE", "NONE", "CONFIGRELOAD", "")
    for week in range(13):
        day = date(2026, 3, 2) + timedelta(weeks=week)
        if day not in CLOSED_DAYS:
            start, agent = epoch(day, 9 * HOUR + 240), PHONE_AGENTS[week % len(PHONE_AGENTS)]
            where = f"PJSIP/{agent.extension}"
            exchange.log(start, "REALTIME", QUEUE, where, "PAUSE", "Meeting")
            exchange.log(start + 15 * MINUTE, "REALTIME", QUEUE, where, "UNPAUSE", "Meeting")


def make_phone(contacts: Sequence[Contact], customers: Sequence[Customer]) -> Exchange:
    """Three months at the exchange."""
    exchange = Exchange()
    queue_housekeeping(exchange)
    calls = [*contacts, *outbound_calls(customers), *internal_calls(customers)]
    exchange.callbacks = calls
    heapq.heapify(calls)
    while calls:
        take_call(exchange, heapq.heappop(calls))
    return exchange


# ---------------------------------------------------------------------------------------------
# E-mail: Zendesk's view export

ZENDESK_COLUMNS = (
    "Summation column,Id,Requester,Requester id,Requester external id,Requester email,"
    "Requester domain,Submitter,Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,"
    "Created at,Updated at,Assigned at,Organization,Due date,Initially assigned at,Solved at,"
    "Resolution time,Satisfaction Score,Group stations,Assignee stations,Reopens,Replies,"
    "First reply time in minutes,First reply time in minutes within business hours,"
    "First resolution time in minutes,First resolution time in minutes within business hours,"
    "Full resolution time in minutes,Full resolution time in minutes within business hours,"
    "Agent wait time in minutes,Agent wait time in minutes within business hours,"
    "Requester wait time in minutes,Requester wait time in minutes within business hours,"
    "On hold time in minutes,On hold time in minutes within business hours,"
    "Ticket Category [list]"
).split(",")
GROUPS = {"delivery": "Orders", "order": "Orders", "returns": "Returns", "billing": "Billing"}
LAMPS = ("Dawn table lamp", "Heron floor lamp", "Pebble night light", "Arc pendant", "Moss shade")
SUBJECTS = {
    "delivery": (
        "Where is order {order}?",
        "Parcel {order} has not arrived",
        'Tracking says "delivered", but nothing is here',
        "Delivery date for {order}",
    ),
    "returns": (
        "Return of {lamp}",
        'My "{lamp}" came broken, need a new one',
        "Refund for {order}, please",
    ),
    "product": ("Which bulb fits the {lamp}?", "{lamp}: is it dimmable?", "{lamp} flickers"),
    "billing": ("Invoice for {order}", "Charged twice, order {order}", "VAT receipt {order}"),
    "order": ("Change address on {order}", "Cancel {order}", "Add a {lamp} to {order}"),
    "complaint": ("Very unhappy with {order}", "Third time I write, still no answer"),
}
LOCAL_SUBJECTS = {
    "fa": ("سفارش {order} کجاست؟", "بازگشت کالا و استرداد وجه", "چراغ مطالعه روشن نمی‌شود"),
    "ar": ("أين طلبي رقم {order}؟", "استرجاع المنتج", "المصباح لا يعمل، أرجو المساعدة"),
}


@dataclass
class Ticket:
    """The life of a ticket up to the export; None is what has not happened."""

    number: int
    contact: Contact
    agent: Agent | None
    created: int
    replied: int | None = None
    first_solved: int | None = None
    reopened: int | None = None
    solved: int | None = None
    replies: int = 0
    stations: int = 1
    fate: str = "normal"

    @property
    def is_solved(self) -> bool:
        """Whether it is solved at the time of the export."""
        return self.solved is not None

    def minutes(self, until: int | None) -> tuple[Cell, Cell]:
        """Calendar and business minutes since creation."""
        if until is None:
            return None, None
        return (until - self.created) // MINUTE, open_minutes(self.created, until)


def whole_minute(at: int) -> int:
    """The minute that Zendesk shows."""
    return at - at % MINUTE


def happened(at: int) -> int | None:
    """None for what lies beyond the export."""
    return whole_minute(at) if at < END else None


def reply_delay(rng: Random, agent: Agent, ticket: Ticket) -> float:
    """Opening seconds until the first reply."""
    pressed = 1.7 if in_bad_week(local(ticket.created).date()) else 1.0
    haste = 0.6 if ticket.contact.topic == "complaint" else 1.0
    return around(rng, 72 * MINUTE * agent.pace * pressed * haste, 0.95)


def answer_ticket(rng: Random, ticket: Ticket, agent: Agent) -> None:
    """First reply, solution, and perhaps the whole thing again."""
    replied = after_open_time(ticket.created, reply_delay(rng, agent, ticket) + MINUTE)
    ticket.replied = happened(replied)
    one_touch = rng.random() < 0.46
    effort = 0 if one_touch else around(rng, 9 * HOUR * agent.pace, 0.9)
    first = after_open_time(replied, effort)
    ticket.replies = 1 if one_touch else 2 + min(int(rng.expovariate(0.8)), 6)
    if rng.random() < 0.025:
        first = END  # nobody ever solves these
    ticket.first_solved = ticket.solved = happened(first)
    if ticket.first_solved and rng.random() < 0.05 + 0.05 * agent.pace:
        reopen_ticket(rng, ticket, first)
    if ticket.replied is None:
        ticket.replies = 0
    elif not ticket.is_solved and ticket.first_solved is None:
        ticket.replies = min(ticket.replies, 2)


def reopen_ticket(rng: Random, ticket: Ticket, first: int) -> None:
    """The customer is not done with it."""
    reopened = first + int(rng.uniform(0.1, 3) * DAY)
    ticket.reopened = happened(reopened)
    if ticket.reopened is not None:
        again = after_open_time(reopened, around(rng, 5 * HOUR, 0.8))
        ticket.solved = happened(again)
        ticket.replies += 1 if ticket.is_solved else 0


def make_ticket(rng: Random, number: int, contact: Contact) -> Ticket:
    """One ticket from a contact."""
    agent = SARA if contact.customer.language != "en" else rng.choice(MAIL_AGENTS)
    ticket = Ticket(number, contact, agent, whole_minute(contact.at))
    ticket.fate = pick(rng, {"normal": 965, "Deleted": 20, "merged": 15})
    if ticket.fate == "Deleted":
        ticket.agent = None
    elif ticket.fate == "merged":
        ticket.first_solved = ticket.solved = happened(after_open_time(contact.at, 20 * MINUTE))
    else:
        answer_ticket(rng, ticket, agent)
        ticket.stations = 1 + (rng.random() < 0.09) + (rng.random() < 0.01)
    if ticket.replied is None and not ticket.is_solved and rng.random() < 0.7:
        ticket.agent = None
    return ticket


def ticket_status(rng: Random, ticket: Ticket) -> str:
    """As Zendesk spells it."""
    if ticket.fate == "Deleted":
        return "Deleted"
    if ticket.solved is not None:
        return "Closed" if END - ticket.solved > 4 * DAY else "Solved"
    if ticket.replied is None:
        return "New" if ticket.agent is None else "Open"
    return pick(rng, {"Open": 45, "Pending": 40, "On-hold": 15})


def satisfied(rng: Random, ticket: Ticket, agent: Agent) -> bool:
    """Quick answers please; slow agents and tickets that came back do not."""
    hours = ((ticket.replied or ticket.created) - ticket.created) / HOUR
    chance = 1.02 - 0.055 * math.log2(1 + hours) - 0.06 * (agent.pace - 0.8)
    chance -= 0.28 if ticket.reopened else 0
    return rng.random() < chance - (0.15 if ticket.contact.topic == "complaint" else 0)


def ticket_score(rng: Random, ticket: Ticket) -> str:
    """The satisfaction column."""
    if not ticket.is_solved or ticket.agent is None or ticket.fate != "normal":
        return "Not Offered"
    if rng.random() < 0.1:
        return "Not Offered"
    if rng.random() < 0.66:
        return "Offered"
    return "Good" if satisfied(rng, ticket, ticket.agent) else "Bad"


def subject(rng: Random, contact: Contact) -> str:
    """What the customer wrote above the message; a few break the line."""
    choices = LOCAL_SUBJECTS.get(contact.customer.language) or SUBJECTS[contact.topic]
    order = f"LF-{rng.randrange(20000, 29999)}"
    text = rng.choice(choices).format(order=order, lamp=rng.choice(LAMPS))
    return text.replace(" ", "\n", 1) if rng.random() < 0.008 else text


def ticket_tags(rng: Random, ticket: Ticket) -> str:
    """Tags with spaces between."""
    tags = [ticket.contact.topic]
    tags += ["spam"] if ticket.fate == "Deleted" else []
    tags += ["closed_by_merge"] if ticket.fate == "merged" else []
    tags += ["vip"] if rng.random() < 0.06 else []
    return " ".join(tags)


def ticket_waits(rng: Random, ticket: Ticket) -> list[Cell]:
    """Agent wait, requester wait and hold, each in calendar and business minutes."""
    full, business = ticket.minutes(ticket.solved)
    if not isinstance(full, int) or not isinstance(business, int):
        return [None] * 6
    first = ticket.minutes(ticket.replied)[0]
    waited = int(first) if first is not None else full
    share = rng.uniform(0.2, 0.7)
    agent = int((full - waited) * share)
    held = int((full - waited) * 0.2) if rng.random() < 0.06 else 0
    scale = business / full if full else 0
    calendar = (agent, full - agent - held, held)
    return [cell for part in calendar for cell in (part, int(part * scale))]


def ticket_people(ticket: Ticket, text: str) -> list[Cell]:
    """The columns from requester to subject."""
    person = ticket.contact.customer
    domain = person.email.rpartition("@")[2]
    ident = 360000000000 + person.number * 7919
    group = GROUPS.get(ticket.contact.topic, "Support")
    who: list[Cell] = [person.name, ident, None, person.email, domain, person.name]
    return [*who, ticket.agent.name if ticket.agent else "-", group, text]


def ticket_marks(rng: Random, ticket: Ticket, status: str) -> list[Cell]:
    """The columns from tags to ticket type."""
    priority = pick(rng, {"-": 20, "Low": 15, "Normal": 48, "High": 14, "Urgent": 3})
    via = pick(rng, {"Mail": 72, "Web form": 24, "Chat": 2, "Phone call (incoming)": 2})
    kind = pick(rng, {"-": 30, "Question": 40, "Problem": 20, "Incident": 7, "Task": 3})
    return [ticket_tags(rng, ticket), status, priority, via, kind]


def ticket_row(rng: Random, ticket: Ticket) -> list[Cell]:
    """The columns of one ticket, in Zendesk's order."""
    status = ticket_status(rng, ticket)
    known = [ticket.created, ticket.replied, ticket.first_solved, ticket.reopened, ticket.solved]
    updated = max(at for at in known if at is not None)
    taken = ticket.replied or ticket.solved or ticket.created
    assigned = None if ticket.agent is None else max(ticket.created, taken - 300)
    full = ticket.minutes(ticket.solved)
    hours = (int(full[0]) + 30) // 60 if full[0] is not None else "-"
    stamps = [ticket.created, updated, assigned]
    row: list[Cell] = [1, ticket.number, *ticket_people(ticket, subject(rng, ticket.contact))]
    row += ticket_marks(rng, ticket, status)
    row += [*map(write_local_minute, stamps), "-", "-", write_local_minute(assigned)]
    row += [write_local_minute(ticket.solved), hours, ticket_score(rng, ticket)]
    row += [1 if ticket.agent else 0, ticket.stations if ticket.agent else 0]
    row += [1 if ticket.reopened else 0, ticket.replies]
    row += [*ticket.minutes(ticket.replied), *ticket.minutes(ticket.first_solved), *full]
    row += ticket_waits(rng, ticket)
    return [*row, ticket.contact.topic.capitalize() if ticket.agent else "-"]


def make_email(contacts: Sequence[Contact]) -> list[list[Cell]]:
    """All tickets, in order of creation."""
    rng = Random(f"{SEED}-email")
    tickets = [make_ticket(rng, number, contact) for number, contact in enumerate(contacts, 10401)]
    return [ticket_row(rng, ticket) for ticket in tickets]


# ---------------------------------------------------------------------------------------------
# Chat: LiveChat's export

MOST_OPERATORS = 2
LIVECHAT_COLUMNS = (
    "conferenceId",
    "chat creation date Europe/London",
    "chat start date Europe/London",
    "chat start url",
    "referrer",
    "chat duration in seconds",
    "queue duration in seconds",
    "visitor id",
    "visitor nick",
    "visitor ip",
    "visitor email",
    "last operator id",
    "group id",
    "group name",
    "rate",
    "last rate comment",
    *(f"operator {number} nick" for number in range(1, MOST_OPERATORS + 1)),
    *(f"operator {number} id" for number in range(1, MOST_OPERATORS + 1)),
    *(f"operator {number} time zone" for number in range(1, MOST_OPERATORS + 1)),
    "pre chat: E-mail:",
    "tag 1",
    "tag 2",
    "first response time",
    "average response time",
    "agents chatting duration",
)
PAGES = ("", "lamps", "shades", "basket", "help/returns", "help/delivery")
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
CHAT_PATIENCE = 230


def padded(values: Sequence[str]) -> list[Cell]:
    """One cell for each possible operator."""
    return [*values, *[""] * (MOST_OPERATORS - len(values))]


def conference_id(rng: Random) -> str:
    """Like `PX1ABCDEFG`."""
    return "P" + "".join(rng.choices(ALPHABET, k=9))


def visitor_cells(rng: Random, customer: Customer) -> tuple[list[Cell], str]:
    """Visitor id, nick, no address, e-mail; one in eight gives no e-mail."""
    email = customer.email if rng.random() < 0.88 else ""
    nick = customer.name.split()[0] if email else "Visitor"
    return [f"S{customer.number * 104729:010d}", nick, "", email], email


def chat_operators(rng: Random) -> list[Agent]:
    """One agent; sometimes two, when the chat is handed on."""
    return rng.sample(CHAT_AGENTS, 1 + (rng.random() < 0.08))


def chat_rate(rng: Random, wait: int, agent: Agent) -> tuple[str, str]:
    """The rating and its comment: the longer the wait, the worse."""
    if rng.random() < 0.64:
        return "not rated", ""
    if rng.random() < 0.97 - 0.0016 * wait - 0.12 * (agent.pace - 0.75):
        return "rated good", rng.choice(("", "", "", "thanks", "quick and kind"))
    return "rated bad", rng.choice(("", "", "took too long", "did not help, sorry"))


def chat_tags(rng: Random, contact: Contact) -> list[Cell]:
    """The topic, and now and then a second tag."""
    return [contact.topic, "follow-up" if rng.random() < 0.07 else ""]


def missed_chat(rng: Random, contact: Contact, wait: int) -> list[Cell]:
    """The visitor left the queue: nobody in the operator columns."""
    visitor, email = visitor_cells(rng, contact.customer)
    when = write_local(contact.at)
    url = f"https://lark.example/{rng.choice(PAGES)}"
    head: list[Cell] = [conference_id(rng), when, when, url, "", wait + rng.randrange(0, 6), wait]
    nobody = padded([]) * 3
    return [*head, *visitor, "", 1, "Support", "not rated", "", *nobody, email, *[""] * 5]


def served_chat(rng: Random, contact: Contact, wait: int) -> list[Cell]:
    """An agent took it."""
    visitor, email = visitor_cells(rng, contact.customer)
    agents = chat_operators(rng)
    pace = agents[0].pace
    first = int(around(rng, 17 * pace * (0.8 + 0.5 * load(contact.at)), 0.6)) + 2
    average = int(first * rng.uniform(1.1, 2.2)) + 4
    lasts = first + int(around(rng, 390 * pace, 0.6)) + 150 * (len(agents) - 1)
    url = f"https://lark.example/{rng.choice(PAGES)}"
    rate = chat_rate(rng, wait + first, agents[0])
    begins = (write_local(contact.at), write_local(contact.at + wait))
    head = [conference_id(rng), *begins, url, "", lasts, wait, *visitor, agents[-1].email]
    names = padded([agent.nick for agent in agents])
    idents = padded([agent.email for agent in agents])
    zones = padded(["Europe/London"] * len(agents))
    tail: list[Cell] = [email, *chat_tags(rng, contact), first, average]
    tail.append(lasts - rng.randrange(first))
    return [*head, 1, "Support", *rate, *names, *idents, *zones, *tail]


def make_chat(rng: Random, contact: Contact) -> list[Cell]:
    """One chat: a queue first when the shop is busy."""
    queued = rng.random() < min(0.8, 0.22 + 0.3 * load(contact.at))
    wait = int(rng.expovariate(1 / 55)) + 1 if queued else 0
    patience = int(rng.expovariate(1 / CHAT_PATIENCE)) + 3
    if patience < wait:
        return missed_chat(rng, contact, patience)
    return served_chat(rng, contact, wait)


def make_chats(contacts: Sequence[Contact]) -> list[list[Cell]]:
    """All chats, in order of time."""
    rng = Random(f"{SEED}-chat")
    return [make_chat(rng, contact) for contact in contacts]


# ---------------------------------------------------------------------------------------------
# SMS: Twilio's message log

TWILIO_COLUMNS = (
    "From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,"
    "Price,PriceUnit"
).split(",")
ACCOUNT = "AC" + "0" * 32
QUESTIONS = {
    "delivery": ("Hi, where is my order {order}?", "Hi\nis {order} coming today?"),
    "returns": ("How do I send a lamp back? {order}", "Refund for {order}?"),
    "product": ("Is the {lamp} dimmable?", "What bulb does the {lamp} take?"),
    "billing": ("Was I charged twice for {order}?", "Can I get an invoice for {order}"),
    "order": ("Can I change the address on {order}?", "Please cancel {order}"),
    "complaint": ("{order} came broken AGAIN. Not happy.", "Nobody answers about {order}!"),
}
LOCAL_QUESTIONS = {"fa": ("سلام، سفارش {order} کی می‌رسد؟",), "ar": ("مرحبا، أين طلبي {order}؟",)}
MORE = ("It is {order}", "Yes please", "ok and how long does it take?", "No it did not work")
THANKS = ("Thanks!", "great, thank you", "ok", "Perfect 👍")
ANSWERS = (
    "Hi, {agent} here. Let me check that for you.",
    "It left us yesterday and should be with you tomorrow.\nRegards, {agent}",
    "Done. You will get an e-mail shortly. {agent}",
    "Sorry about that! We will send a new one today, free of charge. {agent}",
    "Please use the label in the parcel and drop it at any post office; the money is back on your "
    "card three working days after the lamp reaches us. Ask if anything is unclear. {agent}",
)
CLOSED_TEXT = "Larkfield is closed now. We answer when we open."
STOP_TEXT = "You will get no more offers from Larkfield."
OFFERS = {
    date(2026, 3, 20): "Spring at Larkfield: 15% off all shades until Sunday. Reply STOP to end.",
    date(2026, 5, 22): "Long weekend, long evenings: 20% off outdoor lamps. Reply STOP to end.",
}
SHIPPED_TEXT = "Larkfield: your order {order} is on its way."


@dataclass
class Phonebox:
    """Collects messages; numbers and prices them."""

    rng: Random = field(default_factory=lambda: Random(f"{SEED}-sms"))
    rows: list[tuple[int, int, list[Cell]]] = field(default_factory=list)

    def add(self, at: int, sender: str, receiver: str, body: str, kind: str) -> bool:
        """Log a message; False if it did not arrive (or lies beyond the export)."""
        if at >= END:
            return False
        status, error = delivery(self.rng, kind)
        count = segments(body)
        each = 75 if kind == "inbound" else 463
        price = "" if status == "failed" else f"-{count * each / 10000:.4f}"
        ident = f"SM{self.rng.getrandbits(128):032x}"
        cells: list[Cell] = [sender, receiver, body, status, write_iso(at), "2010-04-01", count]
        row = [*cells, error, ACCOUNT, ident, kind, price, "USD"]
        self.rows.append((at, len(self.rows), row))
        return status in {"received", "delivered", "sent"}


def delivery(rng: Random, kind: str) -> tuple[str, int]:
    """Status and error code."""
    if kind == "inbound":
        return "received", 0
    status = pick(rng, {"delivered": 930, "sent": 30, "undelivered": 25, "failed": 15})
    errors = {"undelivered": (30003, 30005, 30006), "failed": (30007, 21610)}
    return status, rng.choice(errors.get(status, (0,)))


def segments(body: str) -> int:
    """How many SMS a text takes: 160 plain characters, or 70 with other scripts and emoji."""
    alone, joined = (160, 153) if body.isascii() else (70, 67)
    length = len(body.encode("utf-16-le")) // 2 if not body.isascii() else len(body)
    return 1 if length <= alone else math.ceil(length / joined)


def filled(rng: Random, choices: Sequence[str], agent: str = "") -> str:
    """One of the texts, with order, lamp and agent put in."""
    order = f"LF-{rng.randrange(20000, 29999)}"
    return rng.choice(choices).format(order=order, lamp=rng.choice(LAMPS), agent=agent)


def question(rng: Random, contact: Contact) -> str:
    """The customer's first message."""
    own = LOCAL_QUESTIONS.get(contact.customer.language)
    return filled(rng, own or QUESTIONS[contact.topic])


def sms_reply(box: Phonebox, customer: str, asked: int) -> int:
    """An agent answers by hand; a message that fails is sent again. Returns when it was sent."""
    rng = box.rng
    agent = rng.choice((TOM, ELENA, SARA))
    at = after_open_time(asked, around(rng, 9 * MINUTE * agent.pace, 0.9) + 20)
    body = filled(rng, ANSWERS, agent.nick)
    if not box.add(at, SMS_NUMBER, customer, body, "outbound-api") and rng.random() < 0.6:
        at += rng.randrange(40, 400)
        box.add(at, SMS_NUMBER, customer, body, "outbound-api")
    return at


def sms_conversation(box: Phonebox, contact: Contact) -> None:
    """A question, an automatic note out of hours, answers, thanks."""
    rng, customer, at = box.rng, contact.customer.phone, contact.at
    box.add(at, customer, SMS_NUMBER, question(rng, contact), "inbound")
    if not is_open(at):
        box.add(at + 2, SMS_NUMBER, customer, CLOSED_TEXT, "outbound-reply")
    if rng.random() < 0.05:
        return
    at = sms_reply(box, customer, at)
    while rng.random() < 0.35:
        at += rng.randrange(30, 1500)
        box.add(at, customer, SMS_NUMBER, filled(rng, MORE), "inbound")
        at = sms_reply(box, customer, at)
    if rng.random() < 0.3:
        at += rng.randrange(30, 1800)
        box.add(at, customer, SMS_NUMBER, rng.choice(THANKS), "inbound")


def send_offer(box: Phonebox, day: date, text: str, people: Sequence[Customer]) -> None:
    """A campaign: one message each, and a few who want no more of it."""
    for number, person in enumerate(people):
        at = epoch(day, 10 * HOUR + 2 * number)
        arrived = box.add(at, SMS_NAME, person.phone, text, "outbound-api")
        if arrived and box.rng.random() < 0.04:
            asked = at + box.rng.randrange(60, 5 * HOUR)
            box.add(asked, person.phone, SMS_NUMBER, "STOP", "inbound")
            box.add(asked + 1, SMS_NUMBER, person.phone, STOP_TEXT, "outbound-reply")


def make_messages(contacts: Sequence[Contact], customers: Sequence[Customer]) -> list[list[Cell]]:
    """Conversations, campaigns and delivery notices, in order of time."""
    box = Phonebox()
    for contact in contacts:
        sms_conversation(box, contact)
    mobiles = [person for person in customers if person.phone.startswith("+447700")]
    for day, text in OFFERS.items():
        send_offer(box, day, text, box.rng.sample(mobiles, 88))
    for at in moments(box.rng, "chat", 112):
        person = box.rng.choice(mobiles)
        body = filled(box.rng, (SHIPPED_TEXT,))
        box.add(at, SMS_NUMBER, person.phone, body, "outbound-api")
    return [row for _, _, row in sorted(box.rows, key=lambda entry: entry[:2])]


# ---------------------------------------------------------------------------------------------
# Writing


def asterisk_cell(cell: Cell) -> str:
    """Strings quoted, integers bare, what is missing a bare empty."""
    if cell is None:
        return ""
    if isinstance(cell, int):
        return str(cell)
    return '"' + cell.replace('"', '""') + '"'


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """UTF-8, LF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, quote_all: bool, end: str
) -> None:
    """A CSV file with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        if quote_all:
            writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end)
        else:
            writer = csv.writer(out, lineterminator=end)
        writer.writerow(columns)
        writer.writerows(rows)


def write_phone(folder: Path, exchange: Exchange) -> None:
    """Both files of the exchange; a CDR is written when its leg ends."""
    legs = sorted(exchange.legs, key=lambda leg: (leg.end, leg.call, leg.start))
    write_lines(folder / "Master.csv", (",".join(map(asterisk_cell, leg.row())) for leg in legs))
    events = sorted(exchange.events, key=lambda event: event[:2])
    write_lines(folder / "queue_log", (line for _, _, line in events))


def write_customers(path: Path, customers: Sequence[Customer], seen: set[int]) -> None:
    """Who is who across the channels: those that turn up in the exports."""
    rows = [
        (f"C{person.number:04d}", person.name, person.email, person.phone)
        for person in customers
        if person.number in seen
    ]
    write_table(path, ("id", "name", "email", "phone"), rows, quote_all=False, end="\n")


def main(folder: Path) -> None:
    """Write the whole shop."""
    customers = make_customers()
    demand = make_demand(customers)
    write_phone(folder / "phone", make_phone(demand["phone"], customers))
    tickets = make_email(demand["email"])
    path = folder / "email" / "zendesk_tickets.csv"
    write_table(path, ZENDESK_COLUMNS, tickets, quote_all=False, end="\n")
    chats = make_chats(demand["chat"])
    path = folder / "chat" / "livechat_chats.csv"
    write_table(path, LIVECHAT_COLUMNS, chats, quote_all=True, end="\n")
    messages = make_messages(demand["sms"], customers)
    path = folder / "sms" / "twilio_messages.csv"
    write_table(path, TWILIO_COLUMNS, messages, quote_all=True, end="\r\n")
    seen = {contact.customer.number for contacts in demand.values() for contact in contacts}
    write_customers(folder.with_name(f"{folder.name}_customers.csv"), customers, seen)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "shop")
