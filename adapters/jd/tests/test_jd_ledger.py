"""Acts through the ledger over the simulated platform: money moves once, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from omnishop import clock
from omnishop.acts import Ask, State, Subject, Verb, missing
from omnishop.config import Home
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import NotAllowed
from omnishop.ledger import AsyncLedger, Ledger
from omnishop.model import Kind, Stage
from omnishop.ports import Account, App, Token
from omnishop.sandbox import orders, steps
from omnishop.sandbox.faults import FaultPlan
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim
from omnishop.store import Store
from omnishop_jd import adapter
from omnishop_jd.face import face
from omnishop_jd.writes.goods import RECEIVE_SETTINGS

K = Kind
SETTINGS = {
    "contact_tel": "0571-88001234",
    "offline_change_op_flag": "1",
    **dict.fromkeys(RECEIVE_SETTINGS.values(), "10"),
}
QUICK = {
    "limit": timedelta(milliseconds=40),
    "gap": timedelta(milliseconds=20),
    "pauses": (0.0, 0.01),
}


@pytest.fixture
def sim():
    return Simulation.new(platforms=("jd",), seed=9, orders=3)


@pytest.fixture
def store(tmp_path):
    with Store.open(Home.find(tmp_path / "home", env={})) as opened:
        yield opened


@pytest.fixture
def stored(store, sim):
    entry = sim.shops("http://sim.test")["shops"][0]
    app = App("jd", entry["app_key"], entry["app_secret"], gateway=entry["gateway"])
    tokens = {"main": Token(entry["access_token"])}
    account = Account(app, "jd", entry["shop_id"], settings=SETTINGS)
    return store.shops.add(account, now=clock.now(), tokens=tokens)


@pytest.fixture
def desk(store, sim, stored):
    ledger = Ledger(store, now=lambda shop: sim.world.now(), **QUICK)
    ledger.rights.allow("jd", stored.shop_id, [verb.value for verb in Verb], {}, clock.now())
    driver = SyncDriver(httpx.Client(transport=sim.transport()), attempts=1)
    return ledger, ledger.shop(stored, driver=driver)


def case_of(sim, kind, *names):
    world = sim.world
    order = orders.place(world, face, world.shops[0], [(0, 2), (1, 1)])
    orders.pay(world, order)
    if kind is not K.CANCEL:
        orders.ship(world, face, order)
    sim.advance(3600)
    reason = "unwanted" if kind is K.CANCEL else "quality"
    case = steps.apply(world, face, order, kind, [Claim(order.lines[0], 2)], reason=reason)
    for name in names:
        steps.take(world, face, case, name)
    return case


def paid(case):
    return [refund.amount for refund in case.refunds]


def test_agree_to_a_cancel(desk, sim):
    _, shop = desk
    case = case_of(sim, K.CANCEL)
    outcome = shop.agree(case.case_id, "refundapply")
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    with pytest.raises(NotAllowed):
        shop.agree(case.case_id, "refundapply")
    with pytest.raises(NotAllowed):
        shop.cancel_order(case.case_id, "refundapply")
    sim.advance(3 * 86400)
    assert paid(case) == [case.requested]


def test_a_return_from_yes_to_the_money(desk, sim):
    _, shop = desk
    case = case_of(sim, K.RETURN_REFUND)
    place = shop.return_addresses()[0].address_id
    assert shop.agree_return(case.case_id, address=place).state is State.CONFIRMED
    said = {"carrier": "467", "tracking": "SF1020304050"}
    assert shop.fill_logistics(case.case_id, **said).state is State.CONFIRMED
    assert shop.confirm_receipt(case.case_id, good=2).state is State.CONFIRMED
    with pytest.raises(NotAllowed):
        shop.confirm_receipt(case.case_id, good=2)
    sim.advance(5 * 86400)
    assert paid(case) == [case.requested]
    assert shop.case(case.case_id).stage is Stage.SUCCEEDED


def test_an_exchange_to_its_end(desk, sim):
    _, shop = desk
    case = case_of(sim, K.EXCHANGE, "agree_return", "send_back")
    assert shop.confirm_receipt(case.case_id).state is State.CONFIRMED
    outcome = shop.ship_replacement(case.case_id, carrier="顺丰快递", tracking="SF7")
    assert outcome.state is State.CONFIRMED
    sim.advance(12 * 86400)
    assert (case.stage, paid(case)) == (Stage.SUCCEEDED, [])


def test_words_orders_and_reviews(desk, sim):
    _, shop = desk
    case = case_of(sim, K.RETURN_REFUND)
    assert shop.ask_evidence(case.case_id, text="请补充照片").state is State.CONFIRMED
    steps.take(sim.world, face, case, "feedback")
    assert shop.remark(case.case_id, text="已致电").state is State.CONFIRMED
    assert shop.remark(case.order.order_id, "order", text="已致电").state is State.CONFIRMED
    assert shop.intervene(case.case_id, reason="1/101").state is State.CONFIRMED
    refused = shop.refuse(case.case_id, reason="801/80103", text="影响二次销售")
    assert refused.state is State.CONFIRMED
    order = orders.place(sim.world, face, sim.world.shops[0], [(0, 1)])
    orders.pay(sim.world, order)
    assert shop.ship(order.order_id, carrier="467", tracking="SF9").state is State.CONFIRMED
    sim.advance(4 * 86400)
    orders.finish(sim.world, order)
    review = orders.review(sim.world, face, order, order.lines[0], 5, "很好")
    assert shop.reply_review(review.review_id, text="谢谢").state is State.CONFIRMED


def test_what_may_be_done_now_says_why_not(desk, sim):
    ledger, shop = desk
    case = case_of(sim, K.REFUND_ONLY)
    found = {one.act: one for one in ledger.chances(shop, Subject("case", case.case_id, "service"))}
    assert [each.text.zh for each in found[Verb.AGREE].obstacles] == [
        "京东没有同意仅退款服务单的接口: 请在京东商家后台审核"
    ]
    assert found[Verb.REFUSE].allowed
    assert found[Verb.REFUSE].needs == ("reason", "text")
    for verb in (Verb.REFUND, Verb.EXTEND, Verb.REFUSE_RETURN, Verb.SUBMIT_EVIDENCE):
        assert found[verb].obstacles


@pytest.mark.parametrize("fault", ["reset_before", "reset_after_commit", "cut_body", "server_error"])
def test_an_answer_that_is_lost_pays_once(desk, sim, fault):
    ledger, shop = desk
    case = case_of(sim, K.CANCEL)
    sim.world.faults = FaultPlan.of(1, {fault: 1.0}, only="writes")
    shop.agree(case.case_id, "refundapply")
    sim.world.faults = FaultPlan()
    [intent] = ledger.book.list()
    for _ in range(3):
        if intent.state in {State.SENT, State.UNKNOWN}:
            intent = ledger.resolve(intent, shop)
    decided = case.stage is Stage.REFUNDING
    assert intent.state is (State.CONFIRMED if decided else State.NOT_APPLIED)
    if not decided:
        assert shop.agree(case.case_id, "refundapply").state is State.CONFIRMED
    sim.advance(3 * 86400)
    assert paid(case) == [case.requested]


def test_a_reply_whose_answer_does_not_say_0_is_settled_by_reading(desk, sim):
    ledger, shop = desk
    review = next(iter(sim.world.reviews.values()), None)
    if review is None:
        order = orders.place(sim.world, face, sim.world.shops[0], [(0, 1)])
        orders.pay(sim.world, order)
        orders.ship(sim.world, face, order)
        sim.advance(4 * 86400)
        orders.finish(sim.world, order)
        review = orders.review(sim.world, face, order, order.lines[0], 5, "很好")
    from omnishop_jd.face import HANDLERS

    method = "jingdong.pop.PopCommentJsfService.saveReply"
    played = HANDLERS[method]
    HANDLERS[method] = lambda ask: {"resultCode": "7", "resultMsg": "系统繁忙"}
    try:
        outcome = shop.reply_review(review.review_id, text="谢谢")
    finally:
        HANDLERS[method] = played
    [intent] = ledger.book.list()
    for _ in range(3):
        if intent.state in {State.SENT, State.UNKNOWN}:
            intent = ledger.resolve(intent, shop)
    assert intent.state is State.NOT_APPLIED
    assert outcome.state in {State.UNKNOWN, State.NOT_APPLIED}
    assert shop.reply_review(review.review_id, text="谢谢").state is State.CONFIRMED


def test_the_same_in_an_event_loop(store, sim, stored):
    case = case_of(sim, K.CANCEL)
    ledger = AsyncLedger(store, now=lambda shop: sim.world.now(), **QUICK)
    ledger.rights.allow("jd", stored.shop_id, ["refuse"], {}, clock.now())

    async def refuse():
        driver = AsyncDriver(httpx.AsyncClient(transport=sim.transport()), attempts=1)
        async with ledger.shop(stored, driver=driver) as shop:
            return await shop.refuse(case.case_id, "refundapply", reason="5", text="已发出")

    assert asyncio.run(refuse()).state is State.CONFIRMED
    assert case.stage is Stage.REFUSED


def test_shipping_asks_for_the_number_but_where_the_shop_drives_itself():
    [row] = [each for each in adapter.writes("jd") if each.verb is Verb.SHIP]
    assert missing(row, Ask()) == ("carrier", "tracking")
    assert missing(row, Ask(carrier="467")) == ("tracking",)
    assert missing(row, Ask(carrier="467", tracking="SF1")) == ()
    for told in ("1274", "1274:厂家自送", "厂家自送"):
        assert missing(row, Ask(carrier=told)) == ()
