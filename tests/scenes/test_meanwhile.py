"""Scenes in which somebody else is quicker: the buyer, the deadline, the platform, the parcel."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.scenes.cast import played
from tests.scenes.stage import lost, states

from omnishop.acts import State, Verb
from omnishop.drivers.aio import AsyncDriver
from omnishop.errors import Conflict, Rejected
from omnishop.model import Actor, Kind, Stage
from omnishop.sandbox import orders
from omnishop.sandbox.transport import SimTransport

_MOVED_ON = {
    "tmall": ("退款单状态不允许此操作", Rejected),
    "taobao": ("退款单状态不允许此操作", Rejected),
    "jd": ("单据已变化, 请重新读取后再决定", Conflict),
    "douyin": ("单据状态已变化, 请重新读取后再决定", Conflict),
}
"""What a person reads when the record was another by the time our write came."""


def refused_as_moved_on(scene, case):
    """Our agreement comes too late and is refused in words: nothing of it happened, and the book says so."""
    zh, kind = _MOVED_ON[scene.front.name]
    with pytest.raises(kind) as no:
        scene.act(Verb.AGREE, case)
    assert zh in scene.words(no.value)[0]
    row = scene.money_row()
    assert (row.verb, row.state, row.by, row.amount) == ("agree", State.REJECTED, None, case.requested)
    assert zh in scene.words(row.why)[0]
    assert row.code == no.value.code


@played("the buyer withdraws while we agree")
def test_the_buyer_withdraws_while_we_agree(scene):
    case = scene.case(Kind.CANCEL)
    scene.wire.before = lambda: scene.step(case, "withdraw")
    refused_as_moved_on(scene, case)
    assert (case.stage, scene.paid_at_last(case)) == (Stage.CLOSED, [])
    no = scene.refusal(Verb.AGREE, case)
    assert set(no.keys) & {"ended", "stage"}


@played("the buyer withdraws while we agree")
def test_the_buyer_withdraws_while_we_agree_and_the_refusal_is_lost(scene):
    """Two readings show that the case went another way: nothing is repeated, nothing is paid."""
    case = scene.case(Kind.CANCEL)
    scene.wire.before = lambda: scene.step(case, "withdraw")
    scene.wire.answering = lost
    outcome = scene.act(Verb.AGREE, case)
    assert outcome.state is State.UNKNOWN
    scene.words(outcome.why)
    settled = scene.resolved(outcome)
    assert settled.state is State.NOT_APPLIED
    assert "未发现生效" in scene.words(settled.why)[0]
    assert scene.paid_at_last(case) == []


@played("the buyer withdraws while we agree")
def test_the_buyer_withdraws_while_we_agree_to_a_return_in_an_event_loop(scene):
    case = scene.case(Kind.RETURN_REFUND)
    scene.wire.nth, scene.wire.before = 1, lambda: scene.step(case, "withdraw")
    place = scene.shop.return_addresses()[0].address_id

    async def agree():
        driver = AsyncDriver(httpx.AsyncClient(transport=SimTransport(scene.wire)), attempts=1)
        async with scene.async_ledger().shop(scene.stored, driver=driver) as shop:
            return await shop.agree_return(case.case_id, case.source, address=place)

    with pytest.raises(Rejected) as no:
        asyncio.run(agree())
    scene.words(no.value)
    assert states(scene.rows()) == [("agree_return", State.REJECTED)]
    assert (case.stage, scene.paid_at_last(case)) == (Stage.CLOSED, [])


@played("the deadline passes during our call")
def test_the_deadline_passes_during_our_call(scene):
    """The platform's own refund is the only one, and ours is written down as refused."""
    case = scene.case(Kind.CANCEL)
    scene.wire.before = lambda: scene.pass_the_deadline(case)
    refused_as_moved_on(scene, case)
    assert case.history[-1].actor == "platform"
    assert scene.paid_at_last(case) == [case.requested]


@played("the deadline passes during our call")
def test_the_deadline_passes_during_our_call_and_the_refusal_is_lost(scene):
    """The effect is there: confirmed, and never called ours."""
    case = scene.case(Kind.CANCEL)
    scene.wire.before, scene.wire.answering = lambda: scene.pass_the_deadline(case), lost
    outcome = scene.act(Verb.AGREE, case)
    assert outcome.state is State.CONFIRMED
    assert outcome.by in {"other", "unknown"}
    row = scene.money_row()
    assert (row.state, row.by) == (State.CONFIRMED, outcome.by)
    assert scene.paid_at_last(case) == [case.requested]


@played("agreed by the platform a second before us")
def test_agreed_by_the_platform_a_second_before_our_look(scene):
    case = scene.case(Kind.CANCEL)
    scene.step(case, "agree", actor="platform", by=Actor.PLATFORM_RULE)
    scene.simulation.advance(1)
    no = scene.refusal(Verb.AGREE, case)
    assert set(no.keys) & {"ended", "stage"}
    assert "agree 需要" in no.zh
    assert "agree needs" in no.en
    assert scene.paid_at_last(case) == [case.requested]
    assert scene.rows() == []


@played("agreed by the platform a second before us")
def test_agreed_by_the_platform_between_our_look_and_our_write(scene):
    case = scene.case(Kind.CANCEL)

    def agreed():
        scene.step(case, "agree", actor="platform", by=Actor.PLATFORM_RULE)
        scene.simulation.advance(1)

    scene.wire.before = agreed
    refused_as_moved_on(scene, case)
    assert scene.paid_at_last(case) == [case.requested]


_OLD = {
    "tmall": "退款单版本号已过期",
    "taobao": "退款单版本号已过期",
    "jd": "请重新读取后再决定",
    "douyin": "请重新读取后再决定",
}


@played("version conflict")
def test_a_version_that_is_old_by_now_is_refused_and_decided_anew(scene):
    """Another sum, or a colleague at the console, between our look and our write: we decided on something else."""
    pays = scene.front.name != "jd"  # there a version goes with audits, not with the cancel that pays
    case = scene.case(Kind.REFUND_ONLY if pays else Kind.RETURN_REFUND)
    verb, said = (Verb.AGREE, {}) if pays else (Verb.AGREE_RETURN, {"address": scene.place()})
    before = case.requested
    moves = ("modify", {"amount": before - 100}) if pays else ("fetch", {})
    scene.wire.before = lambda: scene.step(case, moves[0], **moves[1])
    with pytest.raises(Rejected) as no:
        scene.act(verb, case, **said)
    assert _OLD[scene.front.name] in scene.words(no.value)[0]
    assert (case.refunds, case.stage) == ([], Stage.REQUESTED)
    [row] = [row for row in scene.rows() if row.verb == verb]
    assert (row.state, row.amount) == (State.REJECTED, before if pays else None)
    scene.wire.before = None
    assert scene.act(verb, case, **said).state is State.CONFIRMED
    if pays:
        assert scene.paid_at_last(case) == [before - 100]
        assert scene.rows(money=True)[-1].amount == before - 100


# ---------------------------------------------------------------- the parcel has left

_GONE = {
    "tmall": ("kind", "cancel_order 不适用于此类单据 (refund_only)", "not for this kind of record"),
    "taobao": ("kind", "cancel_order 不适用于此类单据 (refund_only)", "not for this kind of record"),
    "douyin": ("hindered", "已发出", "has left"),
}
"""Shipping cannot be called stopped any more: why, by storefront; elsewhere the platform itself stops the parcel."""


@played("a shipped order's cancel")
def test_a_cancel_whose_goods_have_left_is_not_answered_by_shipping_was_stopped(scene):
    order = scene.order(2)
    case = scene.case(Kind.CANCEL, order=order)
    orders.ship(scene.world, scene.face, order)
    if scene.front.name in _GONE:
        key, zh, en = _GONE[scene.front.name]
        no = scene.refusal(Verb.CANCEL_ORDER, case)
        assert no.keys == (key,)
        assert zh in no.zh
        assert en in no.en
        assert (case.refunds, case.stage) == ([], Stage.REQUESTED)
        assert scene.rows() == []
        return
    chance = next(
        one for one in scene.ledger.chances(scene.shop, scene.subject(case)) if one.act is Verb.CANCEL_ORDER
    )
    assert "拦截未必成功" in scene.words(chance.caution)[0]
    outcome = scene.act(Verb.REFUSE, case, text="商品已发出", reason="5")
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert states(scene.rows()) == [("refuse", State.CONFIRMED)]
    assert case.stage is Stage.REFUSED
    assert case.refunds == []


@played("a shipped order's cancel")
def test_the_goods_leave_while_we_agree_to_the_cancel(scene):
    """What the buyer was promised is paid once; the book holds the one refund."""
    order = scene.order(2)
    case = scene.case(Kind.CANCEL, order=order)
    scene.wire.before = lambda: orders.ship(scene.world, scene.face, order)
    outcome = scene.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert scene.paid_at_last(case) == [case.requested]
    assert (scene.money_row().state, scene.money_row().amount) == (State.CONFIRMED, case.requested)
