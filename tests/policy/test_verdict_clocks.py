"""The clocks of a verdict: the case's, its order's, its return parcels' and a complaint's, by expected loss."""

from __future__ import annotations

import runpy
from datetime import timedelta
from pathlib import Path

import pytest
from tests.policy.casebook import NOW, SECOND, a_cancel, a_return

from omnishop.model import Consequence, Deadline, Favours, Fen, Kind, OrderStatus, Stage, Text, aware
from omnishop.policy.casefacts import ParcelFacts, Returned, Way
from omnishop.policy.clocks import State
from omnishop.policy.facts import Happening, Interruption, Promise, Step
from omnishop.policy.judge import judge

ROOT = Path(__file__).parents[2]
APPLIED = aware("2026-03-05T10:00:00")
HOUR = timedelta(hours=1)


def states(facts, pack, now=NOW):
    return {clock.rule: clock.state for clock in judge(facts, pack, now).clocks}


def test_what_the_stage_rules_out_is_known_not_to_have_happened(default):
    found = states(a_return(), default, APPLIED + HOUR)
    assert found["SLA-REVIEW"] is State.RUNNING
    assert "SLA-RECEIPT" not in found  # nothing came back
    assert found["SLA-FIRST"] is State.UNKNOWN  # whether anyone wrote to the buyer no wire tells
    told = a_return(timeline__happened={Happening.RESPONDED: APPLIED + HOUR})
    assert states(told, default, APPLIED + 2 * HOUR)["SLA-FIRST"] is State.MET


@pytest.mark.parametrize(("late", "state"), [(0 * SECOND, State.WARNING), (SECOND, State.BREACHED)])
def test_an_application_is_decided_within_48_hours(default, late, state):
    assert states(a_return(), default, APPLIED + 48 * HOUR + late)["SLA-REVIEW"] is state


def test_a_return_that_was_signed_is_inspected_and_stocked(default):
    signed = aware("2026-03-06T10:00:00")
    parcels = (ParcelFacts(Way.BACK, "T1", signed_at=signed, cases=("refund:R1",)),)
    facts = a_return(
        case__stage=Stage.RETURNING,
        parcels=parcels,
        known__returned=Returned.INTACT,
        timeline__happened={Happening.RECEIPT_CONFIRMED: None},
    )
    verdict = judge(facts, default, signed + 24 * HOUR + SECOND)
    found = {clock.rule: clock for clock in verdict.clocks}
    assert found["SLA-RECEIPT"].state is State.BREACHED
    assert (found["SLA-STOCK-IN"].state, found["SLA-STOCK-IN"].due_at) == (State.RUNNING, signed + 48 * HOUR)
    waiting = Step(signed + HOUR, signed + 11 * HOUR)
    paused = judge(
        a_return(case__stage=Stage.RETURNING, parcels=parcels, timeline__steps={"T1B2": waiting}),
        default,
        NOW,
    )
    stock = next(clock for clock in paused.clocks if clock.rule == "SLA-STOCK-IN")
    assert stock.due_at == signed + 58 * HOUR  # less the wait for T1B2


def test_shipping_is_a_matter_of_a_case_that_was_not_shipped(default):
    late = a_cancel(known__ship_within=48 * HOUR, order__paid_at=NOW - 48 * HOUR)
    assert states(late, default)["SLA-SHIP"] is State.WARNING
    assert states(late, default, NOW + SECOND)["SLA-SHIP"] is State.BREACHED
    assert states(a_cancel(), default)["SLA-SHIP"] is State.UNKNOWN  # what the page promised is not known
    assert "SLA-SHIP" not in states(a_return(), default)
    assert "SLA-UNPAID" not in states(a_cancel(order__status=OrderStatus.UNPAID), default)


@pytest.mark.parametrize(("late", "state"), [(0 * SECOND, State.WARNING), (SECOND, State.BREACHED)])
def test_a_complaint_is_answered_within_24_hours(default, late, state):
    facts = a_return(case__kind=Kind.COMPLAINT, timeline__happened={Happening.CONTACTED: None})
    assert states(facts, default, APPLIED + 24 * HOUR + late)["SLA-COMPLAINT"] is state
    assert "SLA-COMPLAINT" not in states(a_return(), default)


def test_what_was_promised_to_the_buyer_is_a_clock_and_a_pause_moves_ours(default):
    wait = Promise(APPLIED, APPLIED + 3 * HOUR, "三小时内回复")
    pause = Interruption(APPLIED + HOUR, APPLIED + 6 * HOUR, Text("等待买家", "waiting for the buyer"))
    facts = a_return(timeline__waits=(wait,), timeline__interruptions=(pause,))
    verdict = judge(facts, default, APPLIED + 3 * HOUR + SECOND)
    found = {clock.rule: clock for clock in verdict.clocks}
    assert found["COM-TIME"].state is State.BREACHED
    assert found["SLA-REVIEW"].due_at == APPLIED + 53 * HOUR


def test_the_dearest_clock_comes_first(default):
    deadline = Deadline(NOW + HOUR, Consequence.REFUNDS, Favours.BUYER, extendable=False)
    verdict = judge(a_return(case__deadline=deadline), default, NOW)
    assert verdict.clocks[0].rule == "SLA-PLATFORM"
    assert verdict.clocks[0].stake == Fen(29_900)
    assert verdict.loss > Fen(10_000)
    assert verdict.loss_certain
    unknown = judge(a_return(case__deadline=deadline, case__amounts__requested=None), default, NOW)
    assert not unknown.loss_certain


def test_the_example_in_the_docs_says_what_it_says(capsys):
    runpy.run_path(str(ROOT / "examples" / "policy_verdict.py"))
    told = capsys.readouterr().out
    assert told.startswith("allow ELG-PROMISE\nVerdict: eligible (ELG-PROMISE)")
    assert "refuse: an eligible case is not refused: a violation (ELG-MALICIOUS-REFUSE)" in told
