"""Scenes in which something is not there: a proof, an address, a session, a code."""

from __future__ import annotations

import pytest
from tests.scenes.cast import CANNOT, played
from tests.scenes.stage import FRONTS, states

from omnishop.acts import Evidence, State, Verb
from omnishop.errors import OmnishopError, Rejected
from omnishop.model import Kind, Stage

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
_PROOF = {
    "tmall": (None, Evidence(content=PNG), "needs", "--evidence", "--evidence"),
    "douyin": ("1", Evidence(url="https://pics.example/box.jpg"), "hindered", "凭证", "evidence"),
}


@played("refusal without evidence")
def test_a_refusal_without_its_proof_is_not_sent(scene):
    reason, proof, key, zh, en = _PROOF[scene.front.name]
    case = scene.case(Kind.RETURN_REFUND)
    no = scene.refusal(Verb.REFUSE, case, text="商品完好", reason=reason)
    assert no.keys == (key,)
    assert zh in no.zh
    assert en in no.en
    assert case.stage is Stage.REQUESTED
    outcome = scene.act(Verb.REFUSE, case, text="商品完好", reason=reason, evidence=(proof,))
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert states(scene.rows()) == [("refuse", State.CONFIRMED)]
    assert (case.stage, case.refunds) == (Stage.REFUSED, [])


_WITHOUT = [front for front in FRONTS if ("refusal without evidence", front.name) in CANNOT]


@pytest.mark.parametrize("front", _WITHOUT, ids=str)
def test_where_no_proof_is_wanted_a_refusal_goes_through_without_one(scene):
    case = scene.case(Kind.RETURN_REFUND)
    reason = "801/80103" if scene.front.name == "jd" else None
    outcome = scene.act(Verb.REFUSE, case, text="商品完好", reason=reason)
    assert (outcome.state, outcome.by, case.stage) == (State.CONFIRMED, "us", Stage.REFUSED)


@played("address missing")
def test_a_return_without_an_address_is_not_agreed_to(scene):
    case = scene.case(Kind.RETURN_REFUND)
    no = scene.refusal(Verb.AGREE_RETURN, case)
    assert no.keys == ("needs",)
    assert "--address" in no.zh
    assert "--address" in no.en
    assert case.stage is Stage.REQUESTED


@played("address missing")
def test_an_address_that_the_shop_does_not_have_brings_nothing_back(scene):
    """Known before it is sent where the wire tells the shop's addresses; else the platform's own no."""
    case = scene.case(Kind.RETURN_REFUND)
    with pytest.raises(OmnishopError) as no:
        scene.act(Verb.AGREE_RETURN, case, address="999999999")
    zh, en = scene.words(no.value)
    assert "地址" in zh or "业务参数被平台拒绝" in zh
    assert "address" in en or "business parameter" in en
    assert all(row.state is State.REJECTED for row in scene.rows())
    assert (case.stage, case.return_address, case.refunds) == (Stage.REQUESTED, None, [])
    outcome = scene.act(Verb.AGREE_RETURN, case, address=scene.place())
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert case.return_address is not None


@played("operator session missing")
def test_without_an_operators_session_no_refund_is_agreed_to(without_operator):
    scene = without_operator
    case = scene.case(Kind.CANCEL)
    no = scene.refusal(Verb.AGREE, case)
    assert no.keys == ("operator_session",)
    assert "子账号" in no.zh
    assert "--operator" in no.zh
    assert "sub-account" in no.en
    assert scene.wire.sent == []  # not even the review that would come first
    assert case.refunds == []


@played("SMS code wanted")
def test_a_code_by_sms_is_asked_for_said_and_not_kept(scene):
    case = scene.case(Kind.CANCEL, order=scene.order(50))
    with pytest.raises(Rejected) as no:
        scene.act(Verb.AGREE, case)
    zh, en = scene.words(no.value)
    assert "短信验证码" in zh
    assert "--code" in zh
    assert "--code" in en
    code = case.hidden["sms_code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with pytest.raises(Rejected) as no:
        scene.act(Verb.AGREE, case, code=wrong)
    assert "短信验证码错误" in scene.words(no.value)[0]
    assert case.refunds == []
    outcome = scene.act(Verb.AGREE, case, code=code)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert scene.paid_at_last(case) == [case.requested]
    rejected, confirmed = State.REJECTED, State.CONFIRMED
    assert [row.state for row in scene.rows(money=True)] == [rejected, rejected, confirmed]
    assert [row.verb for row in scene.rows()].count("pre_agree") == (1 if scene.two_writes else 0)
    assert code.encode() not in scene.book_bytes()
