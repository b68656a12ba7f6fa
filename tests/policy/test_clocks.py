"""Every clock with its boundary: exactly at the limit is in time, one second later is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.policy.conftest import layer

from omnishop.errors import ConfigError
from omnishop.model import BEIJING, Consequence, Deadline, Favours, Fen, Kind, Text, aware
from omnishop.policy.clocks import Side, State, earliest, timekeeper
from omnishop.policy.facts import Facts, Happening, Interruption, Promise, Step, Subject
from omnishop.policy.shipped import shipped

SECOND = timedelta(seconds=1)
WAITING = Text("等待买家", "waiting for the buyer")

# rule, subject, what starts it, what stops it, start, due: written from the sources, not from the pack
ROWS = [
    ("SLA-CHAT", "chat", "asked", "answered", "2026-03-02T23:58:00", "2026-03-03T00:03:00"),
    ("SLA-FIRST", "case", "applied", "responded", "2026-01-30T22:00:00", "2026-01-31T22:00:00"),
    ("SLA-HANDLED", "case", "applied", "handled", "2026-01-30T22:00:00", "2026-01-31T22:00:00"),
    ("SLA-REVIEW", "case", "applied", "decided", "2026-02-16T12:00:00", "2026-02-18T12:00:00"),  # 春节 counts
    ("SLA-REFUND-AGREED", "case", "agreed", "refunded", "2026-02-28T08:00:00", "2026-03-01T08:00:00"),
    ("SLA-REFUND-ERROR", "case", "remedy_agreed", "refunded", "2026-12-31T12:00:00", "2027-01-01T12:00:00"),
    (
        "SLA-RECEIPT",
        "case",
        "return_signed",
        "receipt_confirmed",
        "2026-03-02T10:00:00",
        "2026-03-03T10:00:00",
    ),
    (
        "SLA-RECEIPT",
        "case",
        "return_scanned",
        "receipt_confirmed",
        "2026-03-02T10:00:00",
        "2026-03-03T10:00:00",
    ),
    (
        "SLA-REFUND-RECEIVED",
        "case",
        "receipt_confirmed",
        "refunded",
        "2026-03-02T10:00:00",
        "2026-03-05T10:00:00",
    ),
    ("SLA-EXCHANGE", "case", "applied", "replacement_shipped", "2026-02-26T10:00:00", "2026-03-05T10:00:00"),
    ("SLA-COMPLAINT", "complaint", "complained", "contacted", "2026-03-02T10:00:00", "2026-03-03T10:00:00"),
    ("SLA-AFTERSALE-WHOLE", "case", "applied", "closed", "2026-01-30T22:00:00", "2026-03-20T00:00:00"),
    ("SLA-REVIEW-CALL", "review", "reviewed", "contacted", "2026-03-02T10:00:00", "2026-03-03T10:00:00"),
    ("SLA-REVIEW-FOLLOW", "review", "reminded", "checked", "2026-01-30T23:59:59", "2026-02-05T00:00:00"),
    ("SLA-REVIEW-FOLLOW", "review", "reminded", "checked", "2026-02-12T10:00:00", "2026-02-25T00:00:00"),
    ("SLA-REVISIT", "case", "solved", "revisited", "2026-03-02T10:00:00", "2026-03-05T10:00:00"),
    ("SLA-UNPAID", "order", "placed", "nudged", "2026-03-02T23:30:00", "2026-03-03T00:30:00"),
    ("SLA-DELIVERED-CARE", "order", "delivered", "cared", "2026-03-02T10:00:00", "2026-03-06T10:00:00"),
    ("SLA-SHIP", "order", "paid", "shipped", "2026-03-02T10:00:00", "2026-03-04T10:00:00"),
    ("SLA-STOCK-IN", "parcel", "return_signed", "stocked", "2026-03-02T10:00:00", "2026-03-04T10:00:00"),
]

# step, subject, opened, due; F4 begins with the carrier's signing
STEPS = [
    *(
        (step, "case", "2026-03-02T10:00:00", "2026-03-03T10:00:00")
        for step in (
            "F1",
            "C1",
            "C2",
            "C3B1",
            "C3B2",
            "K1",
            "P1",
            "T1",
            "T1A1",
            "T1A2",
            "T1A3",
            "T1A4",
            "T1A5",
            "T1B1",
            "T1B3",
        )
    ),
    *((step, "parcel", "2026-03-02T10:00:00", "2026-03-03T10:00:00") for step in ("M1", "M4", "M6")),
    *((step, "review", "2026-03-02T10:00:00", "2026-03-03T10:00:00") for step in ("W1", "Z1", "E1")),
    ("X3", "complaint", "2026-03-02T10:00:00", "2026-03-03T10:00:00"),
    ("F3", "case", "2026-01-30T22:00:00", "2026-02-01T22:00:00"),
    ("T1B2", "case", "2026-01-30T22:00:00", "2026-02-01T22:00:00"),
    ("F5", "case", "2026-01-30T22:00:00", "2026-02-02T22:00:00"),
    *((step, "case", "2026-02-12T09:00:00", "2026-02-25T00:00:00") for step in ("P2B1", "P2B2", "P2B3")),
    ("W4", "review", "2026-02-12T09:00:00", "2026-02-25T00:00:00"),
]


@pytest.fixture(scope="module")
def taobao():
    return timekeeper(shipped().of("taobao"))


def facts(subject, starts, start, stops, stop=None, **more):
    happened = {Happening(starts): aware(start), Happening(stops): stop}
    if subject == "order":
        happened.setdefault(Happening.PAID, None)
    return Facts(Subject(subject), "1", happened=happened, ship_within=timedelta(hours=48), **more)


def clock_of(keeper, given, now, rule):
    return next(each for each in keeper.clocks(given, now) if each.rule == rule)


def kind_of(rule):
    return {"SLA-EXCHANGE": Kind.EXCHANGE, "SLA-REFUND-AGREED": Kind.REFUND_ONLY}.get(rule)


@pytest.mark.parametrize(("rule", "subject", "starts", "stops", "start", "due"), ROWS)
def test_a_clock_runs_out_one_second_after_its_limit(taobao, rule, subject, starts, stops, start, due):
    given = facts(subject, starts, start, stops, kind=kind_of(rule))
    limit = aware(due)
    assert clock_of(taobao, given, limit, rule).due_at == limit
    late = State.DROPPED if rule == "SLA-UNPAID" else State.BREACHED
    assert [clock_of(taobao, given, limit + step, rule).state for step in (-SECOND, 0 * SECOND, SECOND)] == [
        State.WARNING,
        State.WARNING,
        late,
    ]


@pytest.mark.parametrize(("rule", "subject", "starts", "stops", "start", "due"), ROWS)
def test_what_is_done_at_the_limit_is_in_time(taobao, rule, subject, starts, stops, start, due):
    for step, state in ((-SECOND, State.MET), (0 * SECOND, State.MET), (SECOND, State.MET_LATE)):
        given = facts(subject, starts, start, stops, aware(due) + step, kind=kind_of(rule))
        assert clock_of(taobao, given, aware(due) + 9 * SECOND, rule).state is state


@pytest.mark.parametrize(("rule", "subject", "starts", "stops", "start", "due"), ROWS)
def test_what_is_not_known_is_not_guessed(taobao, rule, subject, starts, stops, start, due):
    nothing = Facts(Subject(subject), "1", kind=kind_of(rule), ship_within=timedelta(hours=48))
    clock = clock_of(taobao, nothing, aware(due), rule)
    assert clock.state is State.UNKNOWN
    assert starts in clock.missing
    begun = Facts(
        Subject(subject),
        "1",
        kind=kind_of(rule),
        ship_within=timedelta(hours=48),
        happened={Happening(starts): aware(start)},
    )
    clock = clock_of(taobao, begun, aware(due), rule)
    assert (clock.state, clock.due_at) == (State.UNKNOWN, aware(due))
    assert stops in clock.missing


@pytest.mark.parametrize(("step", "subject", "opened", "due"), STEPS)
def test_a_step_runs_out_one_second_after_its_limit(keeper, step, subject, opened, due):
    limit, rule = aware(due), f"SLA-STEP-{step}"
    open_step = Facts(Subject(subject), "1", steps={step: Step(aware(opened))})
    assert clock_of(keeper, open_step, limit, rule).state is State.WARNING
    late = clock_of(keeper, open_step, limit + SECOND, rule)
    assert late.state is State.BREACHED
    assert late.escalate_at == limit + timedelta(hours=24)
    for when, state in ((limit, State.MET), (limit + SECOND, State.MET_LATE)):
        done = Facts(Subject(subject), "1", steps={step: Step(aware(opened), when)})
        assert clock_of(keeper, done, limit + 9 * SECOND, rule).state is state


def test_inspection_counts_from_the_signing_not_from_the_opened_step(keeper):
    signed = aware("2026-03-06T10:00:00")
    given = Facts(
        Subject.CASE,
        "1",
        steps={"F4": Step(aware("2026-03-02T10:00:00"))},
        happened={Happening.RETURN_SIGNED: signed, Happening.RETURN_SCANNED: None},
    )
    limit = signed + timedelta(hours=24)
    assert clock_of(keeper, given, limit, "SLA-STEP-F4").state is State.WARNING
    assert clock_of(keeper, given, limit + SECOND, "SLA-STEP-F4").state is State.BREACHED


def test_every_clock_has_its_row_here(default):
    tested = {row[0] for row in ROWS} | {f"SLA-STEP-{row[0]}" for row in STEPS} | {"SLA-STEP-F4"}
    assert tested == set(default.pack.clocks)


def test_the_earlier_of_two_starts_counts(keeper):
    given = Facts(
        Subject.CASE,
        "1",
        happened={
            Happening.RETURN_SIGNED: aware("2026-03-02T15:00:00"),
            Happening.RETURN_SCANNED: aware("2026-03-02T10:00:00"),
            Happening.RECEIPT_CONFIRMED: None,
        },
    )
    assert clock_of(keeper, given, aware("2026-03-02T16:00:00"), "SLA-RECEIPT").due_at == aware(
        "2026-03-03T10:00:00"
    )


def test_what_has_not_begun_has_no_clock(keeper):
    given = Facts(Subject.CASE, "1", happened={Happening.AGREED: None, Happening.REFUNDED: None})
    assert "SLA-REFUND-AGREED" not in {clock.rule for clock in keeper.clocks(given, aware("2026-03-02"))}


def test_a_kind_that_is_not_meant_has_no_clock(keeper):
    given = facts("case", "applied", "2026-03-02T10:00:00", "replacement_shipped", kind=Kind.CANCEL)
    assert "SLA-EXCHANGE" not in {clock.rule for clock in keeper.clocks(given, aware("2026-03-02"))}


@pytest.mark.parametrize("kind", [None, Kind.UNKNOWN])
def test_whether_a_kind_is_meant_is_not_guessed(keeper, kind):
    given = facts("case", "applied", "2026-03-02T10:00:00", "replacement_shipped", kind=kind)
    clock = clock_of(keeper, given, aware("2026-03-02T11:00:00"), "SLA-EXCHANGE")
    assert (clock.state, clock.missing, clock.due_at) == (State.UNKNOWN, ("kind",), None)


@pytest.mark.parametrize(
    ("since", "until", "state"),
    [
        ("2026-03-02T12:00:00", None, State.RUNNING),  # begins later
        ("2026-03-02T10:30:00", "2026-03-02T12:00:00", State.PAUSED),
        ("2026-03-02T10:30:00", "2026-03-02T11:00:00", State.RUNNING),  # over at this moment
        ("2026-03-02T11:00:00", None, State.PAUSED),
    ],
)
def test_a_clock_is_paused_only_while_its_pause_lasts(keeper, since, until, state):
    pause = Interruption(aware(since), None if until is None else aware(until), WAITING)
    given = facts("case", "applied", "2026-03-02T10:00:00", "responded", interruptions=(pause,))
    assert clock_of(keeper, given, aware("2026-03-02T11:00:00"), "SLA-FIRST").state is state


def test_handling_is_a_clock_where_its_source_says(packs):
    given = facts("case", "applied", "2026-03-02T10:00:00", "handled")
    now = aware("2026-03-02T11:00:00")
    having = {
        name: any(clock.rule == "SLA-HANDLED" for clock in timekeeper(packs.of(name)).clocks(given, now))
        for name in ("taobao", "jd", "douyin")
    }
    assert having == {"taobao": True, "jd": True, "douyin": False}


def test_care_opens_three_days_after_the_signing(keeper):
    given = facts("order", "delivered", "2026-03-02T10:00:00", "cared")
    opens = aware("2026-03-05T10:00:00")
    assert clock_of(keeper, given, opens - SECOND, "SLA-DELIVERED-CARE").state is State.UNOPENED
    assert clock_of(keeper, given, opens, "SLA-DELIVERED-CARE").state is not State.UNOPENED


def test_shipping_without_a_known_promise_is_unknown(keeper):
    given = Facts(Subject.ORDER, "1", happened={Happening.PAID: aware("2026-03-02"), Happening.SHIPPED: None})
    clock = clock_of(keeper, given, aware("2026-03-09"), "SLA-SHIP")
    assert (clock.state, clock.missing, clock.due_at) == (State.UNKNOWN, ("ship_within",), None)


def test_stocking_does_not_count_the_wait_for_the_refund(keeper):
    opened = aware("2026-03-03T10:00:00")
    given = facts("parcel", "return_signed", "2026-03-02T10:00:00", "stocked")
    waited = Facts(
        given.subject, "1", happened=given.happened, steps={"T1B2": Step(opened, opened + timedelta(hours=5))}
    )
    assert clock_of(keeper, waited, opened, "SLA-STOCK-IN").due_at == aware("2026-03-04T15:00:00")


def test_a_stretch_target_is_told_beside_the_limit(keeper):
    given = facts("case", "applied", "2026-03-02T10:00:00", "responded")
    clock = clock_of(keeper, given, aware("2026-03-02T10:00:00"), "SLA-FIRST")
    assert clock.stretch_at == aware("2026-03-02T12:00:00")


def test_a_warning_comes_at_its_share(keeper):
    given = facts("case", "applied", "2026-03-02T10:00:00", "responded")
    warn = aware("2026-03-03T04:00:00")  # 18 of 24 hours
    assert clock_of(keeper, given, warn - SECOND, "SLA-FIRST").state is State.RUNNING
    assert clock_of(keeper, given, warn, "SLA-FIRST").state is State.WARNING


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-01-30T00:00:00", 1, "2026-02-03T00:00:00"),  # a Friday: Monday counts
        ("2026-01-30T23:59:59", 1, "2026-02-03T00:00:00"),
        ("2026-01-31T00:00:00", 1, "2026-02-03T00:00:00"),
        ("2026-02-13T10:00:00", 1, "2026-02-15T00:00:00"),  # Saturday 14 February is worked
        ("2026-02-14T10:00:00", 1, "2026-02-25T00:00:00"),  # then nine days of 春节
        ("2026-09-18T10:00:00", 1, "2026-09-21T00:00:00"),  # Sunday 20 September is worked
        ("2026-09-30T10:00:00", 2, "2026-10-10T00:00:00"),
        ("2026-09-30T10:00:00", 3, "2026-10-11T00:00:00"),  # Saturday 10 October is worked
        ("2026-12-30T10:00:00", 1, "2027-01-01T00:00:00"),  # the last day the calendar knows
    ],
)
def test_working_days_follow_the_published_calendar(start, days, due):
    keeper = timekeeper(shipped(layer(f'[clocks.SLA-REVIEW-FOLLOW]\nlimit = "{days}wd"')).of("p", None, "7"))
    given = facts("review", "reminded", start, "checked")
    limit = aware(due)
    for now, state in ((limit, False), (limit + SECOND, True)):
        clock = clock_of(keeper, given, now, "SLA-REVIEW-FOLLOW")
        assert clock.due_at == limit
        assert (clock.state is State.BREACHED) is state


def test_beyond_the_calendar_there_is_only_a_not_before(keeper):
    given = facts("review", "reminded", "2026-12-30T10:00:00", "checked")
    clock = clock_of(keeper, given, aware("2026-12-31"), "SLA-REVIEW-FOLLOW")
    assert (clock.due_at, clock.not_before, clock.unknown_year) == (None, aware("2027-01-03"), 2027)
    assert clock.state is State.RUNNING
    later = clock_of(keeper, given, aware("2027-01-04"), "SLA-REVIEW-FOLLOW")
    assert (later.state, later.missing) == (State.UNKNOWN, ("calendar of 2027",))


def test_what_is_done_before_the_earliest_limit_is_in_time_even_then(keeper):
    for done, state in (("2027-01-03T00:00:00", State.MET), ("2027-01-03T00:00:01", State.UNKNOWN)):
        given = facts("review", "reminded", "2026-12-30T10:00:00", "checked", aware(done))
        assert clock_of(keeper, given, aware("2027-02-01"), "SLA-REVIEW-FOLLOW").state is state


def test_an_overlay_file_brings_the_new_year():
    days = layer("[calendar.years.2027]\noff = [2027-01-01]\nwork = [2027-01-02]", "calendar", "2027.toml")
    keeper = timekeeper(shipped(days).of())
    given = facts("review", "reminded", "2026-12-30T10:00:00", "checked")
    clock = clock_of(keeper, given, aware("2026-12-31"), "SLA-REVIEW-FOLLOW")
    assert clock.due_at == aware("2027-01-05")  # 31 December, Saturday 2 January, Monday 4 January


def test_a_pack_may_close_or_open_single_days():
    days = layer("[calendar]\noff = [2026-03-03]\nwork = [2026-03-07]", "calendar")
    keeper = timekeeper(shipped(days).of())
    given = facts("review", "reminded", "2026-03-02T10:00:00", "checked")
    assert clock_of(keeper, given, aware("2026-03-02"), "SLA-REVIEW-FOLLOW").due_at == aware("2026-03-07")
    given = facts("review", "reminded", "2026-03-04T10:00:00", "checked")
    assert clock_of(keeper, given, aware("2026-03-04"), "SLA-REVIEW-FOLLOW").due_at == aware("2026-03-08")


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-03-02T11:00:00", "2th", "2026-03-02T14:30:00"),  # lunch is skipped
        ("2026-03-02T17:00:00", "2th", "2026-03-03T10:00:00"),  # so is the night
        ("2026-03-02T11:00:00", "1th", "2026-03-02T12:00:00"),  # up to the end of an interval
        ("2026-03-02T12:30:00", "1th", "2026-03-02T14:30:00"),
        ("2026-02-13T17:30:00", "1th", "2026-02-14T09:30:00"),  # the make-up Saturday is a working day
        ("2026-02-14T17:30:00", "1th", "2026-02-15T10:30:00"),  # 春节: the hours of a holiday
        ("2026-03-06T17:30:00", "1th", "2026-03-07T10:30:00"),  # a weekend
    ],
)
def test_team_hours_skip_lunch_and_night(start, limit, due):
    team = '[team]\nworkday = ["09:00-12:00", "13:30-18:00"]\nweekend = ["10:00-11:00"]\nholiday = ["10:00-11:00"]\n'
    keeper = timekeeper(shipped(layer(f'{team}[clocks.SLA-FIRST]\nlimit = "{limit}"')).of("p", None, "7"))
    given = facts("case", "applied", start, "responded")
    clock = clock_of(keeper, given, aware(due), "SLA-FIRST")
    assert clock.due_at == aware(due)
    assert clock_of(keeper, given, aware(due) + SECOND, "SLA-FIRST").state is State.BREACHED


def test_team_hours_that_are_the_same_every_day_need_no_calendar():
    every_day = 'workday = ["09:00-18:00"]\nweekend = ["09:00-18:00"]\nholiday = ["09:00-18:00"]\n'
    keeper = timekeeper(
        shipped(layer(f'[team]\n{every_day}[clocks.SLA-FIRST]\nlimit = "4th"')).of("p", None, "7")
    )
    given = facts("case", "applied", "2031-05-05T16:00:00", "responded")
    assert clock_of(keeper, given, aware("2031-05-05T17:00:00"), "SLA-FIRST").due_at == aware(
        "2031-05-06T11:00:00"
    )


def test_team_hours_beyond_the_calendar_are_not_guessed():
    keeper = timekeeper(shipped(layer('[clocks.SLA-FIRST]\nlimit = "2th"')).of("p", None, "7"))
    given = facts("case", "applied", "2026-12-31T17:00:00", "responded")
    clock = clock_of(keeper, given, aware("2026-12-31T17:00:00"), "SLA-FIRST")
    assert (clock.due_at, clock.not_before, clock.unknown_year) == (None, aware("2027-01-01T10:00:00"), 2027)


def test_a_pause_moves_the_limit_and_names_its_reason(keeper):
    since, until = aware("2026-03-02T20:00:00"), aware("2026-03-03T02:00:00")
    given = facts(
        "case",
        "applied",
        "2026-03-02T10:00:00",
        "responded",
        interruptions=(Interruption(since, until, WAITING),),
    )
    clock = clock_of(keeper, given, until, "SLA-FIRST")
    assert clock.due_at == aware("2026-03-03T16:00:00")
    assert clock.pauses[0].why == WAITING


def test_an_open_pause_stops_the_clock(keeper):
    since = aware("2026-03-02T20:00:00")
    given = facts(
        "case",
        "applied",
        "2026-03-02T10:00:00",
        "responded",
        interruptions=(Interruption(since, None, WAITING),),
    )
    for days in (1, 5, 50):
        clock = clock_of(keeper, given, since + timedelta(days=days), "SLA-FIRST")
        assert clock.state is State.PAUSED
        assert clock.due_at == since + timedelta(days=days, hours=14)


def test_a_pause_after_the_limit_saves_nothing(keeper):
    since = aware("2026-03-03T10:00:00")
    given = facts(
        "case",
        "applied",
        "2026-03-02T10:00:00",
        "responded",
        interruptions=(Interruption(since, None, WAITING),),
    )
    assert clock_of(keeper, given, since + SECOND, "SLA-FIRST").state is State.BREACHED


def test_a_paused_working_day_does_not_count(keeper):
    pause = Interruption(aware("2026-03-03T10:00:00"), aware("2026-03-03T11:00:00"), WAITING)
    given = facts("review", "reminded", "2026-03-02T10:00:00", "checked", interruptions=(pause,))
    assert clock_of(keeper, given, aware("2026-03-04"), "SLA-REVIEW-FOLLOW").due_at == aware("2026-03-07")


DEADLINE = aware("2026-03-05T10:00:00")


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(hours=-12) - SECOND, State.RUNNING),
        (timedelta(hours=-12), State.WARNING),
        (timedelta(0), State.WARNING),
        (SECOND, State.BREACHED),
    ],
)
def test_the_platforms_clock_is_taken_as_sent(keeper, after, state):
    deadline = Deadline(DEADLINE, Consequence.AGREES, Favours.BUYER, True)
    given = Facts(Subject.CASE, "1", deadline=deadline, amount=Fen(29_900))
    clock = clock_of(keeper, given, DEADLINE + after, "SLA-PLATFORM")
    assert (clock.state, clock.side, clock.due_at) == (state, Side.PLATFORM, DEADLINE)
    assert (clock.deadline, clock.stake) == (deadline, 29_900)


@pytest.mark.parametrize(
    ("consequence", "favours", "amount", "stake"),
    [
        (Consequence.REFUNDS, Favours.BUYER, 29_900, 29_900),
        (Consequence.AGREES, Favours.BUYER, None, None),
        (Consequence.CLOSES, Favours.SELLER, 29_900, 0),
        (Consequence.CONFIRMS_RECEIPT, Favours.NOBODY, 29_900, 0),
        (Consequence.UNKNOWN, Favours.UNKNOWN, 29_900, 29_900),
    ],
)
def test_what_the_platforms_clock_costs(keeper, consequence, favours, amount, stake):
    given = Facts(Subject.CASE, "1", deadline=Deadline(DEADLINE, consequence, favours), amount=amount)
    assert clock_of(keeper, given, DEADLINE, "SLA-PLATFORM").stake == stake


def test_pauses_of_ours_do_not_move_the_platforms_clock(keeper):
    pause = Interruption(DEADLINE - timedelta(days=2), None, WAITING)
    given = Facts(Subject.CASE, "1", deadline=Deadline(DEADLINE), interruptions=(pause,))
    assert clock_of(keeper, given, DEADLINE + SECOND, "SLA-PLATFORM").state is State.BREACHED


def test_the_earliest_of_all_open_clocks_is_shown(keeper):
    given = facts(
        "case", "applied", "2026-03-02T10:00:00", "responded", deadline=Deadline(aware("2026-03-02T20:00:00"))
    )
    shown = earliest(keeper.clocks(given, aware("2026-03-02T11:00:00")))
    assert shown is not None
    assert shown.rule == "SLA-PLATFORM"
    later = Facts(Subject.CASE, "1", happened=given.happened, deadline=Deadline(aware("2026-03-09T20:00:00")))
    shown = earliest(keeper.clocks(later, aware("2026-03-02T11:00:00")))
    assert shown is not None
    assert shown.rule == "SLA-FIRST"
    assert earliest(()) is None


def test_a_promise_is_a_clock(keeper):
    made, due = aware("2026-03-02T10:00:00"), aware("2026-03-03T10:00:00")
    for kept, now, state in (
        (None, due, State.WARNING),
        (None, due + SECOND, State.BREACHED),
        (due, due + SECOND, State.MET),
        (due + SECOND, due + SECOND, State.MET_LATE),
    ):
        given = Facts(Subject.CASE, "1", promises=(Promise(made, due, "24小时内", kept),))
        clock = clock_of(keeper, given, now, "COM-TIME")
        assert (clock.state, clock.words) == (state, "24小时内")


def test_a_promise_beyond_the_calendar_is_not_guessed(keeper):
    made, due = aware("2026-12-30T10:00:00"), aware("2027-01-03")
    given = Facts(Subject.CASE, "1", promises=(Promise(made, due, "3个工作日内", None, 2027),))
    assert clock_of(keeper, given, due, "COM-TIME").state is State.WARNING
    assert clock_of(keeper, given, due + SECOND, "COM-TIME").missing == ("calendar of 2027",)


def test_seven_days_unhandled_over_the_spring_festival(packs):
    """SCN-FESTIVAL: nights and holidays do not stop the clocks; only working days stand still."""
    keeper = timekeeper(packs.of("douyin"))
    applied, back = aware("2026-02-15T20:00:00"), aware("2026-02-22T20:00:00")
    given = Facts(
        Subject.CASE,
        "1",
        kind=Kind.RETURN_REFUND,
        deadline=Deadline(applied + timedelta(hours=48), Consequence.AGREES, Favours.BUYER),
        amount=Fen(29_900),
        happened=dict.fromkeys((Happening.RESPONDED, Happening.DECIDED, Happening.CLOSED), None)
        | {Happening.APPLIED: applied},
    )
    found = {clock.rule: clock for clock in keeper.clocks(given, back)}
    assert [found[rule].state for rule in ("SLA-PLATFORM", "SLA-FIRST", "SLA-REVIEW")] == [State.BREACHED] * 3
    assert [effect.zh for effect in found["SLA-REVIEW"].effects] == ["系统自动同意", "店铺体验分下降"]
    assert found["SLA-AFTERSALE-WHOLE"].state is State.RUNNING
    warned = {
        clock.rule
        for clock in keeper.clocks(given, applied + timedelta(hours=36))
        if clock.state is State.WARNING
    }
    assert {"SLA-PLATFORM", "SLA-REVIEW"} <= warned


NAIVE = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    "make",
    [
        lambda keeper: keeper.clocks(Facts(Subject.CASE, "1"), NAIVE),
        lambda _: Facts(Subject.CASE, "1", happened={Happening.APPLIED: NAIVE}),
        lambda _: Step(NAIVE),
        lambda _: Step(aware("2026-03-02"), NAIVE),
        lambda _: Interruption(NAIVE, None, WAITING),
        lambda _: Promise(aware("2026-03-02"), NAIVE, ""),
        lambda keeper: keeper.clocks(Facts(Subject.CASE, "1", deadline=Deadline(NAIVE)), aware("2026-03-02")),
    ],
)
def test_a_time_without_zone_is_refused(keeper, make):
    with pytest.raises(ConfigError, match="zone"):
        make(keeper)


def test_negative_money_is_refused():
    with pytest.raises(ConfigError, match="not negative"):
        Facts(Subject.CASE, "1", amount=Fen(-1))


def test_a_year_no_calendar_holds_is_an_error_not_a_crash(keeper):
    given = facts("review", "reminded", "9999-12-31T10:00:00", "checked")
    with pytest.raises(ConfigError, match="too far away"):
        keeper.clocks(given, datetime(9999, 12, 31, 11, tzinfo=BEIJING))


def test_the_answer_does_not_depend_on_the_zone_of_the_facts(keeper):
    from datetime import UTC

    there = aware("2026-02-12T23:30:00")
    one, other = (
        clock_of(
            keeper,
            Facts(Subject.REVIEW, "1", happened={Happening.REMINDED: start, Happening.CHECKED: None}),
            there,
            "SLA-REVIEW-FOLLOW",
        )
        for start in (there, there.astimezone(UTC))
    )
    assert one.due_at == other.due_at == aware("2026-02-25")
