"""The order of work is expected loss, and each clock says what was counted, skipped, and why."""

from __future__ import annotations

import runpy
from datetime import timedelta
from pathlib import Path

import pytest
from tests.policy.conftest import layer

from omnishop.model import Consequence, Deadline, Favours, Fen, ReasonClass, Text, aware
from omnishop.policy.clocks import timekeeper
from omnishop.policy.explain import explained, pieces
from omnishop.policy.facts import Facts, Happening, Interruption, Step, Subject
from omnishop.policy.loss import expected_loss, in_order, work
from omnishop.policy.shipped import shipped

NOW = aware("2026-03-02T10:00:00")


def case(name, keeper, *, hours=1.0, amount=10_000, favours=Favours.BUYER, applied=None, cls=None, done=None):
    happened = {} if applied is None else {Happening.APPLIED: applied, Happening.RESPONDED: done}
    given = Facts(
        Subject.CASE,
        name,
        amount=None if amount is None else Fen(amount),
        deadline=Deadline(NOW + timedelta(hours=hours), Consequence.AGREES, favours),
        happened=happened,
    )
    return work(name, keeper.clocks(given, NOW), keeper.pack.loss, NOW, cls)


def order(*works):
    return [each.id for each in in_order(works)]


def test_more_money_at_the_same_hour_comes_first(keeper):
    assert order(case("small", keeper, amount=100), case("large", keeper, amount=99_900)) == [
        "large",
        "small",
    ]


def test_less_time_for_the_same_money_comes_first(keeper):
    assert order(case("later", keeper, hours=60), case("sooner", keeper, hours=2)) == ["sooner", "later"]


def test_age_alone_does_not_lead(keeper):
    old = case(
        "old", keeper, hours=1, amount=500, applied=NOW - timedelta(days=9), done=NOW - timedelta(days=8)
    )
    new = case("new", keeper, hours=3, amount=99_900, applied=NOW)
    assert order(old, new) == ["new", "old"]


def test_a_deadline_in_our_favour_asks_for_no_work(keeper):
    ours = case("ours", keeper, favours=Favours.SELLER, amount=999_900)
    assert ours.loss == 0
    assert order(ours, case("theirs", keeper, amount=100)) == ["theirs", "ours"]


def test_quality_comes_first_among_equals(keeper):
    works = [case("a", keeper, cls=ReasonClass.LOGISTICS), case("b", keeper, cls=ReasonClass.QUALITY)]
    assert order(*works) == ["b", "a"]


def test_an_unknown_amount_is_not_hidden(keeper):
    unknown = case("unknown", keeper, amount=None)
    assert not unknown.certain
    assert unknown.loss > case("small", keeper, amount=100).loss


def test_unknown_favours_count_in_part(keeper):
    known, unknown = case("a", keeper), case("b", keeper, favours=Favours.UNKNOWN)
    assert 0 < unknown.loss < known.loss
    assert not unknown.certain


def test_among_equals_the_first_due_then_the_id(keeper):
    assert order(case("b", keeper, hours=2), case("a", keeper, hours=3), case("c", keeper, hours=1)) == [
        "c",
        "b",
        "a",
    ]
    assert order(case("b", keeper), case("a", keeper)) == ["a", "b"]


@pytest.mark.parametrize(
    ("left", "chance"), [("0:30:00", 0.9), ("0:30:01", 0.6), ("72:00:00", 0.05), ("72:00:01", 0.01)]
)
def test_the_chance_of_missing_it_steps_at_its_rows(keeper, left, chance):
    hours, minutes, seconds = map(int, left.split(":"))
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    given = Facts(
        Subject.CASE,
        "1",
        amount=Fen(99_000),
        deadline=Deadline(NOW + span, Consequence.AGREES, Favours.BUYER),
    )
    (clock,) = (each for each in keeper.clocks(given, NOW) if each.rule == "SLA-PLATFORM")
    fen, certain = expected_loss(clock, keeper.pack.loss, NOW)
    assert (fen, certain) == (int(100_000 * chance), True)


def test_what_the_platform_adds_on_being_late_counts(packs):
    applied = NOW - timedelta(hours=47)
    given = Facts(Subject.CASE, "1", happened={Happening.APPLIED: applied, Happening.DECIDED: None})
    losses = {}
    for platform in ("jd", "douyin"):
        keeper = timekeeper(packs.of(platform))
        clock = next(each for each in keeper.clocks(given, NOW) if each.rule == "SLA-REVIEW")
        losses[platform] = expected_loss(clock, keeper.pack.loss, NOW)[0]
    assert losses == {"jd": int(500 * 0.6), "douyin": int(4_500 * 0.6)}


def test_what_is_done_paused_or_not_open_costs_nothing(keeper):
    done = Facts(Subject.CASE, "1", steps={"C1": Step(NOW, NOW)})
    paused = Facts(
        Subject.CASE,
        "1",
        steps={"C1": Step(NOW)},
        interruptions=(Interruption(NOW, None, Text("等", "wait")),),
    )
    for given in (done, paused):
        clock = next(each for each in keeper.clocks(given, NOW) if each.rule == "SLA-STEP-C1")
        assert expected_loss(clock, keeper.pack.loss, NOW) == (0, True)


def told(keeper, given, rule, lang, now=NOW):
    clock = next(each for each in keeper.clocks(given, now) if each.rule == rule)
    return explained(clock, keeper, lang)


def test_working_days_are_accounted_for_day_by_day(keeper):
    given = Facts(
        Subject.REVIEW,
        "1",
        happened={Happening.REMINDED: aware("2026-02-12T10:00:00"), Happening.CHECKED: None},
    )
    lines = told(keeper, given, "SLA-REVIEW-FOLLOW", "en", aware("2026-02-13"))
    assert lines == [
        "SLA-REVIEW-FOLLOW reminder to amend a review followed up: running (source S(W4))",
        "3 working days from 2026-02-12 10:00:00 (working days, the start day does not count)",
        "  skipped 2026-02-12 10:00:00 - 2026-02-13 00:00:00 (14 h): the start day does not count",
        "  counted 2026-02-13 00:00:00 - 2026-02-14 00:00:00 (1 d): working day",
        "  counted 2026-02-14 00:00:00 - 2026-02-15 00:00:00 (1 d): make-up working day, Spring Festival",
        "  skipped 2026-02-15 00:00:00 - 2026-02-24 00:00:00 (9 d): Spring Festival",
        "  counted 2026-02-24 00:00:00 - 2026-02-25 00:00:00 (1 d): working day",
        "due 2026-02-25 00:00:00, that moment included",
        "warning from 2026-02-15 00:00:00",
        "when it runs out: alert",
    ]
    chinese = told(keeper, given, "SLA-REVIEW-FOLLOW", "zh", aware("2026-02-13"))
    assert chinese[4:6] == [
        "  计入 2026-02-14 00:00:00 - 2026-02-15 00:00:00 (1 天): 春节调休上班",
        "  不计 2026-02-15 00:00:00 - 2026-02-24 00:00:00 (9 天): 春节",
    ]


def test_team_hours_and_pauses_are_accounted_for():
    text = '[team]\nworkday = ["09:00-12:00", "13:30-18:00"]\n[clocks.SLA-FIRST]\nlimit = "4th"'
    keeper = timekeeper(shipped(layer(text)).of("p", None, "7"))
    pause = Interruption(
        aware("2026-03-02T14:00:00"), aware("2026-03-02T15:00:00"), Text("等待买家", "for the buyer")
    )
    given = Facts(
        Subject.CASE,
        "1",
        happened={Happening.APPLIED: NOW, Happening.RESPONDED: None},
        interruptions=(pause,),
    )
    assert told(keeper, given, "SLA-FIRST", "en")[2:8] == [
        "  counted 2026-03-02 10:00:00 - 2026-03-02 12:00:00 (2 h): team at work",
        "  skipped 2026-03-02 12:00:00 - 2026-03-02 13:30:00 (1 h 30 min): outside the team's hours",
        "  counted 2026-03-02 13:30:00 - 2026-03-02 14:00:00 (30 min): team at work",
        "  skipped 2026-03-02 14:00:00 - 2026-03-02 15:00:00 (1 h): paused: for the buyer",
        "  counted 2026-03-02 15:00:00 - 2026-03-02 16:30:00 (1 h 30 min): team at work",
        "due 2026-03-02 16:30:00, that moment included",
    ]


def test_an_unknown_calendar_is_said(keeper):
    given = Facts(
        Subject.REVIEW,
        "1",
        happened={Happening.REMINDED: aware("2026-12-30T10:00:00"), Happening.CHECKED: None},
    )
    now = aware("2026-12-30T10:00:00")
    assert "not before 2027-01-03 00:00:00; calendar of 2027 unknown" in told(
        keeper, given, "SLA-REVIEW-FOLLOW", "en", now
    )
    assert "不早于 2027-01-03 00:00:00; 2027 年日历未知" in told(
        keeper, given, "SLA-REVIEW-FOLLOW", "zh", now
    )


@pytest.mark.parametrize(
    ("deadline", "amount", "lines"),
    [
        (
            Deadline(NOW, Consequence.AGREES, Favours.BUYER, True),
            29_900,
            ["then: agrees by itself, in favour of: buyer", "it costs: 299.00 yuan", "can be extended"],
        ),
        (
            Deadline(NOW),
            None,
            [
                "then: not known, in favour of: not known",
                "it costs: not known",
                "whether it can be extended is not known",
            ],
        ),
        (
            Deadline(NOW, Consequence.CLOSES, Favours.SELLER, False),
            29_900,
            ["then: closes by itself, in favour of: shop", "it costs: 0.00 yuan", "cannot be extended"],
        ),
    ],
)
def test_the_platforms_clock_tells_what_comes_of_it(keeper, deadline, amount, lines):
    given = Facts(Subject.CASE, "1", deadline=deadline, amount=amount)
    assert told(keeper, given, "SLA-PLATFORM", "en")[-3:] == lines


def test_the_example_of_the_docs_runs(capsys):
    runpy.run_path(str(Path(__file__).parents[2] / "examples" / "policy_clocks.py"))
    told = capsys.readouterr().out
    assert "->\n   SLA-FIRST first response to an application: about to run out" in told
    assert "SLA-REVIEW application decided: running" in told


def test_what_is_missing_is_said_and_nothing_is_counted(keeper):
    given = Facts(Subject.REVIEW, "1")
    lines = told(keeper, given, "SLA-REVIEW-CALL", "en")
    assert lines[1] == "missing: reviewed"
    clock = next(each for each in keeper.clocks(given, NOW) if each.rule == "SLA-REVIEW-CALL")
    assert pieces(clock, keeper) == []
    assert "缺少事实: reviewed" in told(keeper, given, "SLA-REVIEW-CALL", "zh")
