"""Scenes about how much may move: several cases, several parcels, pieces that did not come, another sum."""

from __future__ import annotations

from tests.scenes.cast import played
from tests.scenes.stage import states

from omnishop.acts import State, Verb
from omnishop.model import Kind, Stage

CONFIRMED = State.CONFIRMED


@played("two cases on one order")
def test_two_cases_on_one_order_are_each_paid_once_under_one_ceiling(scene):
    order = scene.order(2, 1, shipped=True)
    first, verb, said = scene.payable(order=order, line=0)
    second, _, said_then = scene.payable(order=order, line=1)
    for case, more in ((first, said), (second, said_then)):
        outcome = scene.act(verb, case, **more)
        assert (outcome.state, outcome.by, outcome.why) == (CONFIRMED, "us", None)
    assert [scene.paid_at_last(case) for case in (first, second)] == [[first.requested], [second.requested]]
    assert order.refunded == order.paid
    one, other = scene.rows(money=True)
    assert (one.amount, other.amount) == (first.requested, second.requested)
    assert one.order_id == other.order_id == order.order_id
    assert set(one.lines).isdisjoint(other.lines)


@played("two cases on one order")
def test_two_cases_on_one_order_may_not_take_more_than_was_paid_for_it(scene):
    """A second case for goods whose price went back already: the platform shows it, the ledger does not pay it."""
    order = scene.order(2, 1, shipped=True)
    first, verb, said = scene.payable(order=order, line=0)
    second, _, said_then = scene.payable(order=order, line=1)
    assert scene.act(verb, first, **said).state is CONFIRMED
    second.claims[0].line, second.claims[0].quantity = order.lines[0], 2
    second.requested = first.requested
    second.approved = first.approved if second.approved else None
    no = scene.refusal(verb, second, **(said_then and {"good": 2}))
    assert no.keys == ("ceiling",)
    assert "超过上限" in no.zh
    assert "over the ceiling" in no.en
    assert scene.paid_at_last(first) == [first.requested]
    assert second.refunds == []
    assert scene.money_row().key.subject.id == first.case_id


# ---------------------------------------------------------------- parcels


def _received(scene, case, pieces):
    """Where the receipt is our own record, it is counted first; elsewhere it is what moves the money."""
    if scene.front.name == "jd":
        return Verb.CONFIRM_RECEIPT, {"good": pieces}
    outcome = scene.act(Verb.CONFIRM_RECEIPT, case, good=pieces)
    assert (outcome.state, outcome.by) == (CONFIRMED, "us")
    return Verb.REFUND, {}


@played("several parcels")
def test_two_returns_in_two_parcels_are_each_paid_for_what_came_in_its_own(scene):
    order = scene.order(2, 1, shipped=True, apart=True)
    assert len(order.parcels) == 2
    first, second = (scene.case(Kind.RETURN_REFUND, order=order, line=line) for line in (0, 1))
    scene.back(first, "SF5550001112223")
    scene.back(second, "SF5550001114445")
    for case, pieces in ((first, 2), (second, 1)):
        verb, said = _received(scene, case, pieces)
        assert scene.act(verb, case, **said).state is CONFIRMED
    assert scene.paid_at_last(first) == [first.requested]
    assert second.refunds[0].amount == second.requested
    assert [sum(row.lines.values()) for row in scene.rows(money=True)] == [2, 1]


@played("several parcels")
def test_two_cases_in_one_parcel_are_not_paid_for_more_pieces_than_it_held(scene):
    order = scene.order(2, 1, shipped=True)
    first, second = (scene.case(Kind.RETURN_REFUND, order=order, line=line) for line in (0, 1))
    scene.back(first, "SF5550001112223")
    scene.back(second, "SF5550001112223")
    verb, said = _received(scene, first, 2)
    assert scene.act(verb, first, **said).state is CONFIRMED
    verb, said = _received(scene, second, 0)
    no = scene.refusal(verb, second, **said)
    assert no.keys == ("parcel_short",)
    assert "实收" in no.zh
    assert "this one claims 1" in no.en
    assert scene.paid_at_last(first) == [first.requested]
    assert second.refunds == []
    assert scene.money_row().key.subject.id == first.case_id


@played("three asked, two received")
def test_three_asked_two_received_is_not_paid_in_full(scene):
    case = scene.case(Kind.RETURN_REFUND, order=scene.order(3, shipped=True))
    scene.back(case)
    verb, said = _received(scene, case, 2)
    no = scene.refusal(verb, case, **said)
    assert no.keys == ("parcel_short",)
    assert "实收 2 件" in no.zh
    assert "本单申请 3 件" in no.zh
    assert "held 2 pieces" in no.en
    assert "claims 3" in no.en
    assert scene.refusal(verb, case, good=2).keys == ("parcel_short",), "counted again, they are the same two"
    assert case.refunds == []
    assert case.stage is Stage.RETURNING
    assert scene.rows(money=True) == []


# ---------------------------------------------------------------- exchanges


def _part_paid(scene, order):
    """Some of what a line cost goes back: by a sum where cases name one, else by one piece of two."""
    if scene.front.name == "jd":
        case, verb, said = scene.payable(order=order, pieces=1)
    else:
        case, verb, said = scene.case(Kind.REFUND_ONLY, order=order, amount=1000), Verb.AGREE, {}
    assert scene.act(verb, case, **said).state is CONFIRMED
    assert scene.paid_at_last(case) == [case.requested]
    assert 0 < case.requested < order.paid
    return case


@played("partial refund, then exchange")
def test_a_partial_refund_leaves_the_exchange_open(scene):
    order = scene.order(2, shipped=True)
    part = _part_paid(scene, order)
    case = scene.case(Kind.EXCHANGE, order=order, pieces=1)
    outcome = scene.act(Verb.AGREE_RETURN, case, address=scene.place())
    assert (outcome.state, outcome.by) == (CONFIRMED, "us")
    assert outcome.record.stage is Stage.AWAITING_RETURN
    assert order.refunded == part.requested
    assert case.refunds == []
    assert states(scene.rows(money=True))[-1] == (scene.rows(money=True)[0].verb, CONFIRMED)
    exchange = scene.rows()[-1]
    assert (exchange.verb, exchange.money, exchange.amount) == ("agree_return", False, None)


@played("partial refund, then exchange")
def test_goods_whose_whole_price_went_back_are_not_sent_out_once_more(scene):
    order = scene.order(2, shipped=True)
    paid, verb, said = scene.payable(order=order)
    assert scene.act(verb, paid, **said).state is CONFIRMED
    assert scene.paid_at_last(paid) == [order.paid]
    case = scene.case(Kind.EXCHANGE, order=scene.order(2, shipped=True))
    case.order.cases.remove(case)
    order.cases.append(case)
    case.order, case.claims[0].line = order, order.lines[0]
    no = scene.refusal(Verb.AGREE_RETURN, case, address=scene.place())
    assert no.keys == ("sibling_settled",)
    assert "不再换货" in no.zh
    assert "no replacement" in no.en
    assert (order.refunded, case.stage) == (order.paid, Stage.REQUESTED)


_UNEQUAL = {
    "tmall": ("kind", "refund 不适用于此类单据", "refund is not for this kind of record"),
    "taobao": ("kind", "refund 不适用于此类单据", "refund is not for this kind of record"),
    "jd": ("not_offered", "asc 无退款方法", "no refund method"),
    "douyin": ("amount_differs", "不能改为 5.00 元", "not 5.00"),
}
"""The difference cannot be paid by the case: why, by storefront."""


@played("exchange of unequal value")
def test_the_difference_of_an_exchange_is_not_paid_by_the_case(scene):
    """A cheaper replacement: the five yuan are a proposal or a task, never a sum that a verb was bent to."""
    case = scene.case(Kind.EXCHANGE)
    scene.back(case)
    key, zh, en = _UNEQUAL[scene.front.name]
    no = scene.refusal(Verb.REFUND, case, amount=500)
    assert no.keys == (key,)
    assert zh in no.zh
    assert en in no.en
    assert (case.refunds, case.stage) == ([], Stage.RETURNING)
    assert scene.rows() == []
    assert scene.wire.sent == []
