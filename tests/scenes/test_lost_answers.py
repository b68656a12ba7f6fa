"""Scenes in which the platform did it and we did not hear: nothing is repeated, the reading decides."""

from __future__ import annotations

import json

import pytest
from tests.scenes.cast import played
from tests.scenes.stage import broken, lost

from omnishop.acts import State, Verb
from omnishop.errors import Rejected
from omnishop.model import Kind
from omnishop.ports import Response
from omnishop.sandbox.faults import STALE

_NEW_CODE = {
    "tmall": {"error_response": {"code": 93, "msg": "Something new", "request_id": "r1"}},
    "taobao": {"error_response": {"code": 93, "msg": "Something new", "request_id": "r1"}},
    "jd": {"error_response": {"code": "9321", "zh_desc": "新的错误", "en_desc": "something new"}},
    "douyin": {"code": 93210, "msg": "新的错误", "sub_code": "isv.something-new:9", "log_id": "r1"},
}
"""A code of the gateway that nobody has in a table, in each platform's envelope."""


def new_code(scene):
    body = json.dumps(_NEW_CODE[scene.front.name]).encode()
    return Response(200, body, {"content-type": "application/json"})


def held_back(scene, case):
    """While it is in doubt nothing decides the case a second time."""
    no = scene.refusal(Verb.AGREE, case)
    assert "open_intent" in no.keys
    assert "omnishop ledger resolve" in no.zh
    assert "omnishop ledger resolve" in no.en


def over(scene, case):
    """It is settled, and a later wish is told so."""
    no = scene.refusal(Verb.AGREE, case)
    assert set(no.keys) & {"ended", "stage", "settled_before"}
    assert scene.paid_at_last(case) == [case.requested]


@played("the answer lost and the reading stale")
def test_an_answer_lost_while_readings_are_stale_is_paid_once(scene):
    case = scene.case(Kind.CANCEL)

    def lost_and_stale(answer):
        scene.faults(only="reads", stale_read=1.0)
        return lost(answer)

    scene.wire.answering = lost_and_stale
    outcome = scene.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by) == (State.UNKNOWN, None)
    assert "可能已经生效" in scene.words(outcome.why)[0]
    held_back(scene, case)
    scene.faults()
    settled = scene.resolved(outcome)
    assert (settled.state, settled.money, settled.amount) == (State.CONFIRMED, True, case.requested)
    assert settled.by == "unknown"
    assert {reading.shown for reading in settled.readings} == {"before", "done"}
    over(scene, case)


@played("the answer lost and the reading stale")
def test_readings_that_stay_stale_longer_than_two_looks_still_pay_once(scene):
    """Two old readings say that nothing happened: the second write is refused, and later the truth shows."""
    case = scene.case(Kind.CANCEL)

    def lost_and_stale(answer):
        scene.faults(only="reads", stale_read=1.0)
        return lost(answer)

    scene.wire.answering = lost_and_stale
    outcome = scene.act(Verb.AGREE, case)
    assert scene.resolved(outcome).state is State.NOT_APPLIED
    with pytest.raises(Rejected) as no:
        scene.act(Verb.AGREE, case)
    scene.words(no.value)
    scene.simulation.advance(STALE.total_seconds() + 60)
    late = scene.resolved(outcome)
    assert late.state is State.CONFIRMED
    assert "两次回读之后才显示生效" in scene.words(late.why)[0]
    over(scene, case)
    assert [row.state for row in scene.rows(money=True)] == [State.CONFIRMED, State.REJECTED]


@played("5xx after commit")
def test_a_502_after_the_commit_is_settled_by_the_reading(scene):
    case = scene.case(Kind.CANCEL)
    scene.wire.answering = broken
    outcome = scene.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by, outcome.why) == (State.CONFIRMED, "unknown", None)
    row = scene.money_row()
    assert (row.state, row.by, row.attempts) == (State.CONFIRMED, "unknown", 1)
    over(scene, case)


@played("5xx after commit")
def test_a_502_after_the_commit_with_every_reading_broken_too_stays_unknown_until_one_comes(scene):
    case = scene.case(Kind.CANCEL)

    def all_down(answer):
        scene.faults(only="reads", reset_before=1.0)
        return broken(answer)

    scene.wire.answering = all_down
    outcome = scene.act(Verb.AGREE, case)
    assert outcome.state is State.UNKNOWN
    assert "502" in scene.words(outcome.why)[1] or "不要重复提交" in scene.words(outcome.why)[0]
    assert scene.resolved(outcome).state is State.UNKNOWN
    assert "未能回读" in scene.words(scene.money_row().why)[0]
    scene.faults()
    held_back(scene, case)
    assert scene.resolved(outcome).state is State.CONFIRMED
    over(scene, case)


@played("an unmapped gateway code after a write")
def test_a_code_that_nobody_mapped_after_the_commit_is_no_refusal(scene):
    case = scene.case(Kind.CANCEL)
    scene.wire.answering = lambda answer: new_code(scene)
    outcome = scene.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "unknown")
    row = scene.money_row()
    assert (row.state, row.attempts) == (State.CONFIRMED, 1)
    over(scene, case)


@played("an unmapped gateway code after a write")
def test_a_code_that_nobody_mapped_without_a_commit_is_doubt_until_two_readings(scene):
    case = scene.case(Kind.CANCEL)
    scene.wire.instead = new_code(scene)
    outcome = scene.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by) == (State.UNKNOWN, None)
    scene.words(outcome.why)
    row = scene.money_row()
    assert "93" in (row.code or "")
    held_back(scene, case)
    assert case.refunds == []
    settled = scene.resolved(outcome)
    assert settled.state is State.NOT_APPLIED
    assert len(settled.readings) >= 2
    assert "93" in (settled.code or "")
    scene.wire.instead = None
    assert scene.act(Verb.AGREE, case).state is State.CONFIRMED
    over(scene, case)
    assert [each.state for each in scene.rows(money=True)] == [State.NOT_APPLIED, State.CONFIRMED]
