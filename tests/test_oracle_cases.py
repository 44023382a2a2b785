"""The naive computation itself, against figures that were worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import oracle
from oracle_hours import open_ms
from oracle_time import label, next_period, period_start, spans
from oracle_world import TIMES, Answer

EVERYTHING = frozenset(
    {
        *TIMES,
        *("contacts", "replies", "bot_replies", "transfers", "reopens", "handle_ms"),
        *("csat", "nps", "ces", "customer_id", "agent_id", "team", "topic", "priority"),
        *("conversation_id", "channel", "at", "kind", "amount_minor", "currency"),
    }
)
LOG = oracle.Source("log", "event", "shop", EVERYTHING)
TICKETS = oracle.Source("tickets", "conversation", "shop", EVERYTHING)
DAY_S = 86_400


def at(text: str) -> int:
    """A moment of March 2026 in UTC, "02 09:30", or a whole date and time, in microseconds."""
    full = text if text[4:5] == "-" else f"2026-03-{text}"
    return int(datetime.fromisoformat(full).replace(tzinfo=UTC).timestamp()) * 1_000_000


def event(source: oracle.Source = LOG, **given: Any) -> dict[str, object]:
    """A row of the event table: moments as text, the counts of single events filled in."""
    row: dict[str, object] = {"kind": "interaction", "source": source.name, "channel": "email"}
    row |= {name: at(value) if name in {"at", *TIMES} else value for name, value in given.items()}
    times = [row[name] for name in TIMES if name in row]
    row.setdefault("at", min(times) if times else None)  # type: ignore[type-var]
    if source.grain == "event":
        pairs = (("contacted_at", "contacts"), ("replied_at", "replies"))
        for time, count in (*pairs, ("bot_replied_at", "bot_replies")):
            if time in row:
                row.setdefault(count, 1)
    return row


def order(when: str, customer: str | None, amount: int = 1000, **given: Any) -> dict[str, object]:
    """An order of the shop."""
    return event(kind="order", at=when, customer_id=customer, amount_minor=amount, **given)


Report = dict[tuple[tuple[object, ...] | None, str | None, str], Answer]


def ask(
    *rows: dict[str, object], sources: Sequence[oracle.Source] = (LOG, TICKETS), **asked: Any
) -> Report:
    """The report of a few rows; without slices unless they are asked for."""
    asked.setdefault("by", ())
    known = {source.name: source for source in sources}
    return oracle.report(list(rows), known, oracle.Settings(**asked))


def total(report: Report, kpi: str, period: str | None = None) -> Answer:
    """The answer for everything together."""
    return report[None, period, kpi]


def ticket(number: int, contacted_at: str, **given: Any) -> dict[str, object]:
    """A ticket of its own."""
    return event(TICKETS, conversation_id=f"t{number}", contacted_at=contacted_at, **given)


# --- volume ---------------------------------------------------------------------------------------


def test_backlog_ages_end_with_the_period() -> None:
    """Open for 3, 2 and 1 days at the end of the 4th, and the closed one is not among them."""
    rows = [
        ticket(1, "02 00:00"),
        ticket(2, "03 00:00"),
        ticket(3, "04 00:00"),
        ticket(4, "01 00:00", resolved_at="02 12:00"),
        ticket(5, "05 12:00"),
    ]
    report = ask(*rows, period="day")
    assert Answer(3.0, 3, None, None) == total(report, "backlog", "2026-03-04")
    assert Answer(2.0 * DAY_S, 3, None, None) == total(report, "backlog_age.median", "2026-03-04")
    # The positions of 1, 2 and 3 days are 0, 1 and 2: nine tenths of the way is 2.8 days.
    assert 241_920.0 == total(report, "backlog_age.p90", "2026-03-04").value
    # As of the newest time, the 5th at noon, the whole range has ages 3.5, 2.5, 1.5 and 0.
    assert 2.0 * DAY_S == total(report, "backlog_age.median").value


def test_messages_count_where_they_were_written() -> None:
    """Each message belongs to its own day and to the channel where its conversation began."""
    rows = [
        event(conversation_id="c", channel="chat", contacted_at="02 23:50"),
        event(conversation_id="c", channel="email", contacted_at="03 00:10"),
        event(conversation_id="c", channel="email", replied_at="03 08:00"),
        event(conversation_id="out", channel="sms", replied_at="03 09:00"),
    ]
    report = ask(*rows, period="day", by=("channel",))
    assert (1, 1) == tuple(
        report[("chat",), day, "contacts"].n for day in ("2026-03-02", "2026-03-03")
    )
    assert 1 == report[("chat",), "2026-03-03", "replies"].n == total(report, "replies").n


def test_two_accounts_of_one_call_count_once() -> None:
    """Of two systems on one channel the one that saw more counts; another channel adds up."""
    queue = oracle.Source("queue", "event", "shop", EVERYTHING)
    rows = [
        event(conversation_id="c", channel="phone", contacted_at="02 09:00"),
        event(conversation_id="c", channel="phone", contacted_at="02 10:00"),
        event(queue, conversation_id="c", channel="phone", contacted_at="02 09:00"),
        event(conversation_id="c", channel="email", contacted_at="02 11:00"),
    ]
    assert 3 == total(ask(*rows, sources=(LOG, TICKETS, queue)), "contacts").n


def test_customers_are_new_once() -> None:
    """Ann was there before March; Bob is new on the 2nd, and no longer on the 3rd."""
    rows = [
        ticket(1, "2026-02-20 09:00", customer_id="ann"),
        ticket(2, "02 09:00", customer_id="ann"),
        ticket(3, "02 10:00", customer_id="bob"),
        ticket(4, "03 10:00", customer_id="bob"),
        ticket(5, "03 11:00", customer_id=None),
    ]
    report = ask(*rows, since=at("01 00:00"), period="day")
    assert (2, 1) == (total(report, "customers").n, total(report, "new_customers").n)
    assert (2, 1) == tuple(
        total(report, name, "2026-03-02").n for name in ("customers", "new_customers")
    )
    assert (1, 0) == tuple(
        total(report, name, "2026-03-03").n for name in ("customers", "new_customers")
    )
    assert total(ask(*rows), "new_customers").value is None
    assert total(ask(*rows, period="month"), "new_customers", "2026-02").value is None


def test_the_peak_hour_is_local_and_the_earliest_of_a_tie() -> None:
    """Two at 10, two at 9 and one at 23 o'clock in Berlin: the peak is at 9."""
    hours = ("02 09:10", "03 09:50", "02 08:00", "04 08:59", "02 22:00")
    rows = [ticket(number, contact) for number, contact in enumerate(hours)]
    assert Answer(9.0, 5, None, None) == total(ask(*rows, timezone="Europe/Berlin"), "peak_hour")


def test_page_views_and_self_service() -> None:
    """Three views of two visitors against one customer; of groups nothing is said."""
    rows = [
        *(event(kind="page_view", at="02 09:00", customer_id=who) for who in ("a", "a", "b")),
        event(kind="page_view", at="02 09:00"),
        ticket(1, "02 10:00", customer_id="a"),
        ticket(2, "02 11:00", customer_id="a"),
    ]
    report = ask(*rows, by=("channel",))
    assert 4 == total(report, "page_views").n
    assert Answer(2.0, 1, 2, 1) == total(report, "self_service_ratio")
    assert (("email",), None, "self_service_ratio") not in report


# --- speed ----------------------------------------------------------------------------------------

WORKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00-17:00",))


def open_seconds(start: str, end: str, **schedule: Any) -> float:
    """The open time between two moments."""
    hours = oracle.Schedule(**schedule)
    return open_ms(hours, oracle.Settings(), at(start), at(end)) / 1000


def test_a_week_has_forty_open_hours() -> None:
    """Sunday to Saturday, Monday to Friday 9 to 17: 144,000 seconds; a holiday takes 8 hours."""
    week = ("2022-03-20 00:00", "2022-03-26 23:59")
    assert 144_000 == open_seconds(*week, week=WORKDAYS)
    assert 115_200 == open_seconds(*week, week=WORKDAYS, holidays=("2022-03-21",))
    assert 0 == open_seconds("2022-03-20 00:00", "2022-03-20 23:00", week=WORKDAYS)


def test_nights_go_on_into_the_next_day() -> None:
    """Open from 22 to 6: from 23 to 7 these are 7 hours, and 6 where the clocks go forward."""
    week = {"saturday": ("22:00-06:00",)}
    assert 7 * 3600 == open_seconds("21 23:00", "22 07:00", week=week)
    berlin = {"week": week, "timezone": "Europe/Berlin"}
    assert 6 * 3600 == open_seconds("28 22:00", "29 05:00", **berlin)


def test_a_season_has_its_own_hours() -> None:
    """From the 10th until the 12th only mornings: 8 + 4 + 4 + 8 hours."""
    season = ("2026-03-10", "2026-03-12", dict.fromkeys(WORKDAYS, ("08:00-12:00",)))
    assert 24 * 3600 == open_seconds("09 00:00", "13 00:00", week=WORKDAYS, seasons=(season,))


@pytest.mark.parametrize(
    "schedule",
    [
        {"week": WORKDAYS, "timezone": "Europe/Berlin"},
        {"week": {"sunday": ("22:00-06:00", "05:00-07:00")}, "timezone": "America/New_York"},
        {"week": {"saturday": ("20:00-20:00",), "monday": ("00:00-01:30",)}},
    ],
)
def test_open_time_is_the_number_of_open_minutes(schedule: dict[str, Any]) -> None:
    """Interval by interval or minute by minute, over both changes of clocks: the same."""
    hours, settings = oracle.Schedule(**schedule), oracle.Settings()
    start, end = at("06 21:17"), at("10 10:44")
    minutes = range(start, end, 60_000_000)
    counted = sum(open_ms(hours, settings, one, one + 60_000_000) for one in minutes)
    assert counted == open_ms(hours, settings, start, end)


def test_business_twins_measure_the_same_two_moments() -> None:
    """Friday 16:30 to Monday 9:30 is an hour; the team's own hours stand before the general."""
    rows = [
        ticket(1, "06 16:30", replied_at="09 09:30", resolved_at="09 12:00"),
        ticket(2, "06 16:30", replied_at="09 09:30", team="closed"),
        ticket(3, "07 10:00", replied_at="07 11:00"),
    ]
    hours = oracle.Hours(general=oracle.Schedule(WORKDAYS), team={"closed": oracle.Schedule({})})
    report = ask(*rows, hours=hours)
    assert Answer(1800.0, 2, None, None) == total(report, "first_response_business_time.mean")
    assert Answer(12_600.0, 1, None, None) == total(report, "resolution_business_time.median")
    assert 0 == total(ask(*rows), "first_response_business_time.mean").n


def test_a_conversation_lasts_from_its_first_to_its_last_event() -> None:
    """From the contact at 9:00 to the resolution at 9:20; on chat and phone alone."""
    rows = [
        event(conversation_id="a", channel="chat", contacted_at="02 09:00"),
        event(conversation_id="a", channel="chat", replied_at="02 09:05"),
        event(conversation_id="a", channel="chat", resolved_at="02 09:20"),
        event(conversation_id="b", channel="chat", contacted_at="02 09:00"),
        event(
            conversation_id="c", channel="email", contacted_at="02 09:00", resolved_at="03 09:00"
        ),
    ]
    assert Answer(1200.0, 1, None, None) == total(ask(*rows), "conversation_duration.mean")


def test_patience_is_censored_by_answers() -> None:
    """Left at 10 and 40, answered at 20 and 30: the curve is 3/4, then 0 at 40 seconds."""
    rows = [
        ticket(1, "02 09:00:00", channel="phone", abandoned_at="02 09:00:10"),
        ticket(2, "02 09:00:00", channel="phone", replied_at="02 09:00:20"),
        ticket(3, "02 09:00:00", channel="phone", replied_at="02 09:00:30"),
        ticket(4, "02 09:00:00", channel="phone", abandoned_at="02 09:00:40"),
        ticket(5, "02 09:00:00", channel="phone"),
        ticket(6, "02 09:00:00", channel="email", replied_at="02 09:00:01"),
    ]
    assert Answer(40.0, 4, None, None) == total(ask(*rows), "patience")
    assert Answer(None, 2, None, None) == total(ask(*rows[1:3]), "patience")


# --- quality --------------------------------------------------------------------------------------


def test_an_issue_that_comes_back() -> None:
    """The bill comes back on the 7th day, the login after a bill is another issue."""
    rows = [
        ticket(1, "01 09:00", customer_id="a", topic="bill"),
        ticket(2, "08 09:00", customer_id="a", topic="bill"),
        ticket(3, "09 09:00", customer_id="a", topic="login"),
        ticket(4, "16 09:01", customer_id="a", topic="login"),
        ticket(5, "16 09:02", customer_id="a"),
    ]
    assert Answer(0.25, 4, 1, 4) == total(ask(*rows), "repeat_issue_rate")
    assert Answer(0.6, 5, 3, 5) == total(ask(*rows), "repeat_contact_rate")


def test_contacts_of_a_resolution_count_its_predecessors() -> None:
    """Two of its own, and three of the conversation a day before; not the one of last month."""
    rows = [
        ticket(1, "2026-02-01 09:00", customer_id="a", contacts=9),
        ticket(2, "01 09:00", customer_id="a", contacts=3),
        ticket(3, "02 09:00", customer_id="a", contacts=2, resolved_at="05 09:00"),
        ticket(4, "03 09:00", customer_id="a", contacts=9),
        ticket(5, "02 09:00", customer_id="b", contacts=1, resolved_at="05 09:00"),
        ticket(6, "02 09:00", customer_id="c", resolved_at="05 09:00"),
    ]
    assert Answer(3.0, 2, None, None) == total(ask(*rows), "contacts_per_resolution.mean")


def test_going_on_in_another_channel() -> None:
    """One moves to the phone itself, one customer writes after 24 h, one a second too late."""
    rows = [
        event(conversation_id="a", channel="chat", contacted_at="02 09:00"),
        event(conversation_id="a", channel="phone", replied_at="02 10:00"),
        event(conversation_id="b", customer_id="x", channel="chat", contacted_at="02 09:00"),
        event(conversation_id="c", customer_id="x", channel="email", contacted_at="03 09:00"),
        event(conversation_id="d", customer_id="y", channel="chat", contacted_at="02 09:00:00"),
        event(conversation_id="e", customer_id="y", channel="sms", contacted_at="03 09:00:01"),
    ]
    assert Answer(0.4, 5, 2, 5) == total(ask(*rows), "channel_switch_rate")


def test_complaints_are_spelt_in_many_ways() -> None:
    """Case, outer space and Arabic letters make no other topic; unlisted ones are no complaints."""
    rows = [
        ticket(1, "02 09:00", topic="Complaint "),
        ticket(2, "02 09:00", topic="شكايت"),
        ticket(3, "02 09:00", priority="URGENT"),
        ticket(4, "02 09:00", topic="bill"),
        ticket(5, "02 09:00"),
    ]
    topics = (" complaint", "شکایت")
    report = ask(*rows, complaint_topics=topics, complaint_priorities=("urgent",))
    assert Answer(0.6, 5, 3, 5) == total(report, "complaint_rate")
    assert 0 == total(ask(*rows), "complaint_rate").n


# --- satisfaction ---------------------------------------------------------------------------------


def test_promoters_less_detractors() -> None:
    """Two of five promote, one of five detracts: 20 points; eleven is out of the scale."""
    rows = [
        event(kind="survey", conversation_id=f"c{number}", at="02 09:00", nps=float(answer))
        for number, answer in enumerate((10, 9, 8, 7, 6, 11))
    ]
    assert Answer(20.0, 5, None, None) == total(ask(*rows), "nps")


def test_effort_of_seven_answers() -> None:
    """80, 210, 140, 110, 160, 180 and 120 answers 1 to 7: mean 4.08, and 46 % found it easy."""
    counts = (80, 210, 140, 110, 160, 180, 120)
    rows = [
        event(kind="survey", conversation_id=f"{score}-{number}", at="02 09:00", ces=float(score))
        for score, many in enumerate(counts, start=1)
        for number in range(many)
    ]
    report = ask(*rows)
    assert Answer(0.46, 1000, 460, 1000) == total(report, "ces")
    assert Answer(4.08, 1000, None, None) == total(report, "ces.mean")


def test_effort_asked_the_other_way_round() -> None:
    """From 5, the worst, to 1, the best: 1 and 2 are easy, 3 is not two thirds of the way."""
    hard = oracle.Source("hard", "event", "shop", EVERYTHING, ces_scale=(5.0, 1.0))
    rows = [
        event(hard, kind="survey", conversation_id=f"c{score}", at="02 09:00", ces=score)
        for score in (1.0, 2.0, 3.0, 4.0, 6.0)
    ]
    report = ask(*rows, sources=(hard,))
    assert Answer(0.5, 4, 2, 4) == total(report, "ces")
    assert Answer(2.5, 4, None, None) == total(report, "ces.mean")


def test_who_answers_of_those_who_were_asked() -> None:
    """Without a single unanswered survey all resolved were asked; with one, the surveyed."""
    rows = [
        ticket(1, "01 09:00", resolved_at="02 09:00"),
        ticket(2, "01 09:00", resolved_at="02 09:00"),
        ticket(3, "01 09:00", resolved_at="02 09:00"),
        event(kind="survey", conversation_id="t1", at="03 09:00", csat=4.0),
        event(kind="survey", conversation_id="t2", at="03 09:00", nps=4.0),
    ]
    assert Answer(2 / 3, 3, 2, 3) == total(ask(*rows), "survey_response_rate")
    unanswered = event(kind="survey", conversation_id="t9", at="03 09:00")
    report = ask(*rows, rows[-1], unanswered, period="day")
    assert Answer(2 / 3, 3, 2, 3) == total(report, "survey_response_rate")
    assert Answer(1.0, 2, 2, 2) == total(report, "survey_response_rate", "2026-03-02")
    assert Answer(0.0, 1, 0, 1) == total(report, "survey_response_rate", "2026-03-03")


# --- money ----------------------------------------------------------------------------------------


def test_work_and_channels_have_their_price() -> None:
    """4.20 a call, 12.50 an hour: 4.20 + 0.31 + 0 for who was never answered, 1 of 4 unknown."""
    rows = [
        ticket(1, "02 09:00", channel="phone", handle_ms=9_000_000),
        ticket(2, "02 09:00", handle_ms=90_000, replied_at="02 10:00"),
        ticket(3, "02 09:00", replied_at="02 10:00"),
        ticket(4, "02 09:00"),
    ]
    priced = oracle.Costs(agent_hour=12.5, conversation={"phone": 4.2})
    report = ask(*rows, costs=priced, by=("channel",))
    assert Answer(4.51, 3, None, None) == total(report, "support_cost")
    assert Answer(2.255, 2, None, None) == total(report, "cost_per_conversation")
    assert Answer(4.2, 1, None, None) == report[("phone",), None, "support_cost"]
    assert 0 == total(ask(*rows), "support_cost").n


def test_fixed_costs_are_spread_over_days_and_conversations() -> None:
    """310 a month of March is 10 a day; the 2nd has two conversations, the 3rd has none."""
    rows = [
        ticket(1, "02 09:00", channel="phone"),
        ticket(2, "02 10:00", channel="email"),
        ticket(3, "04 10:00", channel="email"),
    ]
    fixed = oracle.Costs(conversation={"phone": 1, "email": 1}, monthly={"rent": 310})
    report = ask(*rows, costs=fixed, by=("channel",), period="day")
    assert 33.0 == total(report, "support_cost").value
    assert 11.0 == report[("phone",), None, "support_cost"].value
    assert [12.0, 10.0, 11.0] == [
        total(report, "support_cost", f"2026-03-0{day}").value for day in (2, 3, 4)
    ]
    assert 6.0 == report[("phone",), "2026-03-02", "support_cost"].value
    march = ask(*rows, costs=fixed, since=at("01 00:00"), until=at("2026-04-01 00:00"))
    assert 313.0 == total(march, "support_cost").value


def test_a_persian_month_has_its_own_days() -> None:
    """Esfand 1404 has 29 days and Farvardin 31: 10 of the one day, 9.35... of the other."""
    rows = [ticket(1, "20 09:00"), ticket(2, "21 09:00")]
    fixed = oracle.Costs(conversation={"email": 0}, monthly={"rent": 290})
    report = ask(*rows, costs=fixed, calendar="jalali", period="month")
    assert 10.0 == total(report, "support_cost", "1404-12").value
    assert math.isclose(290 / 31, total(report, "support_cost", "1405-01").value or 0)


def test_revenue_is_new_returning_or_nobodys() -> None:
    """Both orders of Ann's first moment are new, the later one returns; refunds change nothing."""
    rows = [
        order("02 09:00", "ann", 1000, conversation_id="o1"),
        order("02 09:00", "ann", 500),
        order("03 09:00", "ann", 250),
        order("03 09:00", None, 99),
        event(kind="refund", at="04 09:00", conversation_id="o1", amount_minor=400),
        event(kind="refund", at="03 10:00", conversation_id="gone", amount_minor=9999),
    ]
    report = ask(*rows)
    assert Answer(15.0, 2, None, None) == total(report, "revenue_new")
    assert Answer(2.5, 1, None, None) == total(report, "revenue_returning")
    assert Answer(0.99, 1, None, None) == total(report, "revenue_unidentified")
    assert Answer(0.25, 4, 1, 4) == total(report, "refund_rate")
    assert Answer(400 / 1849, 1849, 400, 1849) == total(report, "refunded_share")
    early = ask(*rows, as_of=at("03 12:00"))
    assert Answer(0.0, 4, 0, 4) == total(early, "refund_rate")
    assert 0 == total(ask(*rows[:4]), "refund_rate").n


def test_currencies_do_not_add_up() -> None:
    """Dollars and yen have no sum; each alone has, in its own major unit."""
    rows = [
        order("02 09:00", "ann", 1000, channel="web"),
        order("02 09:00", "bob", 1000, channel="phone", currency="JPY"),
    ]
    report = ask(*rows, by=("channel",))
    assert Answer(None, 2, None, None) == total(report, "revenue_new")
    assert 10.0 == report[("web",), None, "revenue_new"].value
    assert 1000.0 == report[("phone",), None, "revenue_new"].value


def test_a_currency_without_an_amount_meets_no_other() -> None:
    """Of two refunds in dollars one names no amount, and one no amount but another currency."""
    rows = [
        order("02 09:00", "ann", 1000, conversation_id="o1"),
        event(kind="refund", at="03 09:00", conversation_id="o1", amount_minor=400),
        event(kind="refund", at="03 10:00", conversation_id="o1", currency="JPY"),
        order("02 09:00", "bob", 1000, conversation_id="o2"),
        event(kind="refund", at="03 10:00", conversation_id="o2", currency="EUR"),
    ]
    assert Answer(0.2, 2000, 400, 2000) == total(ask(*rows), "refunded_share")


def test_costs_are_a_share_of_all_revenue() -> None:
    """2 of 10 were spent, 1 of it on the phone, though orders came by neither."""
    rows = [
        ticket(1, "02 09:00", channel="phone"),
        ticket(2, "02 09:00", channel="email"),
        order("02 10:00", None, 1000, channel="web"),
    ]
    one_each = oracle.Costs(conversation={"phone": 1, "email": 1})
    report = ask(*rows, costs=one_each, by=("channel",))
    assert Answer(0.2, 1000, 200, 1000) == total(report, "cost_share_of_revenue")
    assert Answer(0.1, 1000, 100, 1000) == report[("phone",), None, "cost_share_of_revenue"]


# --- loyalty --------------------------------------------------------------------------------------


def test_retention_is_of_sets() -> None:
    """Of Ann and Bob on the 2nd, Ann orders on the 3rd; Cid is no one who stayed."""
    rows = [
        *(order("02 09:00", who) for who in ("ann", "bob")),
        *(order("03 09:00", who) for who in ("ann", "ann", "cid")),
        ticket(1, "03 09:00", customer_id="bob"),
    ]
    report = ask(*rows, period="day")
    assert Answer(0.5, 2, 1, 2) == total(report, "retention_rate", "2026-03-03")
    assert 0 == total(report, "retention_rate").n
    window = ask(*rows, since=at("03 00:00"), until=at("04 00:00"))
    assert Answer(0.5, 2, 1, 2) == total(window, "retention_rate")
    contacts = ask(ticket(1, "02 09:00", customer_id="a"), ticket(2, "04 09:00"), period="day")
    assert Answer(0.0, 1, 0, 1) == total(contacts, "retention_rate", "2026-03-03")


def test_customers_come_back_within_their_window() -> None:
    """Ann returns on the last moment of two days, Bob too late; Cid's two days are not over."""
    rows = [
        order("01 09:00", "ann", event_id="1"),
        order("03 09:00", "ann", event_id="2"),
        order("01 09:00:00", "bob", event_id="3"),
        order("03 09:00:01", "bob", event_id="4"),
        order("02 10:00", "cid", event_id="5"),
        order("04 09:00", "ann", event_id="6"),
    ]
    report = ask(*rows, returning_window_s=2 * DAY_S, loyal_window_s=DAY_S, loyal_orders=3)
    assert Answer(0.5, 2, 1, 2) == total(report, "new_to_returning_rate")
    assert Answer(0.0, 3, 0, 3) == total(report, "loyal_conversion_rate")


def test_loyal_customers_are_a_stock() -> None:
    """Ann's third order is on the 3rd: none are loyal on the 2nd, and she stays so on the 4th."""
    rows = [order(f"0{day} 09:00", "ann", channel="web") for day in (1, 2, 3, 4)]
    report = ask(*rows, period="day")
    assert [0, 0, 1, 1] == [
        total(report, "loyal_customers", f"2026-03-0{day}").n for day in (1, 2, 3, 4)
    ]
    assert 1 == total(report, "loyal_customers").n


# --- people ---------------------------------------------------------------------------------------


def test_agents_are_those_who_reply() -> None:
    """Anna replies in two, Ben in one of them and in an outreach; Cid only takes a note."""
    rows = [
        event(conversation_id="a", contacted_at="02 09:00"),
        event(conversation_id="a", replied_at="02 10:00", agent_id="anna"),
        event(conversation_id="a", replied_at="02 11:00", agent_id="ben"),
        event(conversation_id="b", contacted_at="03 09:00", agent_id="cid"),
        event(conversation_id="b", replied_at="03 10:00", agent_id="anna"),
        event(conversation_id="c", replied_at="04 10:00", agent_id="ben"),
    ]
    report = ask(*rows, by=("agent",), period="day")
    assert Answer(2.0, 2, None, None) == total(report, "agents")
    assert Answer(2.0, 2, None, None) == total(report, "conversations_per_agent.mean")
    assert Answer(2.0, 1, None, None) == report[("ben",), None, "conversations_per_agent.mean"]
    assert 1 == report[("ben",), "2026-03-02", "agents"].n


def test_the_first_time_teaches() -> None:
    """Anna's first bill and first login teach, her second bill does not."""
    rows = [
        ticket(number, "01 09:00", resolved_at=resolved, agent_id="anna", topic=topic)
        for number, (resolved, topic) in enumerate(
            (("02 09:00", "bill"), ("03 09:00", "bill"), ("04 09:00", "login"), ("05 09:00", None))
        )
    ]
    assert Answer(2 / 3, 3, 2, 3) == total(ask(*rows), "knowledge_gain_rate")


def test_a_tenth_faster_at_each_doubling() -> None:
    """Handle times of k ** log2(0.9) give 0.9; 29 conversations say nothing."""
    rows = [
        ticket(k, f"02 {k // 60:02d}:{k % 60:02d}", agent_id="anna",
               handle_ms=round(1e12 * k ** math.log2(0.9)))
        for k in range(1, 41)
    ]  # fmt: skip
    curve = total(ask(*rows), "learning_curve")
    assert 40 == curve.n
    assert math.isclose(0.9, curve.value or 0, rel_tol=1e-9)
    assert Answer(None, 29, None, None) == total(ask(*rows[:29]), "learning_curve")


def test_bots_resolve_where_no_human_replies() -> None:
    """Of three conversations one is the bot's own work; of a human's help it takes none."""
    rows = [
        ticket(1, "02 09:00", bot_replied_at="02 09:00", resolved_at="02 09:05"),
        ticket(2, "02 09:00", bot_replied_at="02 09:00", replied_at="02 10:00",
               resolved_at="02 11:00"),
        ticket(3, "02 09:00", resolved_at="02 09:05"),
    ]  # fmt: skip
    assert Answer(1 / 3, 3, 1, 3) == total(ask(*rows), "bot_resolution_rate")


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "week_start", "period", "expected"),
    [
        ("gregorian", "monday", "week", "2026-03-16"),
        ("gregorian", "saturday", "week", "2026-03-21"),
        ("gregorian", "sunday", "week", "2026-03-15"),
        ("gregorian", "monday", "quarter", "2026-Q1"),
        ("jalali", "saturday", "week", "1405-01-01"),
        ("jalali", "monday", "day", "1405-01-01"),
        ("jalali", "monday", "hour", "1405-01-01T09"),
        ("jalali", "monday", "month", "1405-01"),
        ("jalali", "monday", "quarter", "1405-Q1"),
        ("jalali", "monday", "year", "1405"),
    ],
)
def test_periods_of_a_persian_new_year(
    calendar: str, week_start: str, period: str, expected: str
) -> None:
    """21 March 2026, a Saturday, is the first day of 1405."""
    settings = oracle.Settings(calendar=calendar, week_start=week_start, period=period)
    assert expected == label(period_start(at("21 09:30"), settings), settings)


def test_periods_follow_each_other() -> None:
    """The twelve months of 1404 have 6 x 31, 5 x 30 and 29 days."""
    settings = oracle.Settings(calendar="jalali", period="month")
    start = period_start(at("2025-04-01 00:00"), settings)
    lengths = []
    for _ in range(12):
        end = next_period(start, settings)
        lengths.append((end - start) // timedelta(days=1))
        start = end
    assert [31] * 6 + [30] * 5 + [29] == lengths


def test_an_hour_that_the_clocks_leave_out_is_no_period() -> None:
    """From 1 to 4 o'clock there are three hours in Berlin on 29 March 2026."""
    settings = oracle.Settings(timezone="Europe/Berlin", period="hour")
    hours = list(spans([at("29 00:30"), at("29 02:30")], settings))
    assert ["T01", "T03", "T04"] == [str(span.label)[-3:] for span in hours[1:]]
