"""Acts through the ledger over the simulated platform: money moves once, whatever goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from omnishop import clock
from omnishop.acts import Ask, Evidence, Seen, Shown, State, Subject, Verb
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import NotAllowed, OmnishopError
from omnishop.ledger import Ledger
from omnishop.model import Kind, OrderStatus, Stage
from omnishop.ports import Account, App, Token
from omnishop.sandbox import orders
from omnishop.sandbox.faults import FaultPlan
from omnishop.sandbox.steps import apply, take
from omnishop.sandbox.world import Claim
from omnishop.store import Store
from omnishop_taobao.face import face
from omnishop_taobao.face.refund_writes import SMS_ABOVE
from omnishop_taobao.writes.reading import digests, said_once_more

K = Kind
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
QUICK = {
    "limit": timedelta(milliseconds=40),
    "gap": timedelta(milliseconds=20),
    "pauses": (0.0, 0.01),
}


@pytest.fixture
def store(tmp_path):
    with Store.open(Home.find(tmp_path / "home", env={})) as opened:
        yield opened


@pytest.fixture
def desk(store, fresh, keys):
    def one(front, *, operator=True):
        entry = keys(fresh, front)
        app = App("taobao", entry["app_key"], entry["app_secret"], gateway=entry["gateway"])
        tokens = {"main": Token(entry["access_token"])}
        if operator:
            tokens["operator"] = Token(entry["operator_token"], renewable=False)
        stored = store.shops.add(Account(app, front, entry["shop_id"]), now=clock.now(), tokens=tokens)
        ledger = Ledger(store, now=lambda shop: fresh.world.now(), **QUICK)
        ledger.rights.allow("taobao", entry["shop_id"], [verb.value for verb in Verb], {}, clock.now())
        driver = SyncDriver(httpx.Client(transport=fresh.transport()), attempts=1)
        return ledger, ledger.shop(stored, driver=driver)

    return one


def case_of(simulation, front, kind, *steps):
    world = simulation.world
    shop = next(shop for shop in world.shops if shop.storefront == front)
    order = orders.place(world, face, shop, [(0, 2), (1, 1)])
    orders.pay(world, order)
    if kind is not K.CANCEL:
        orders.ship(world, face, order)
    assert order.status in {OrderStatus.PAID, OrderStatus.SHIPPED}
    simulation.advance(3600)
    case = apply(world, face, order, kind, [Claim(order.lines[0], 2)], reason="quality")
    for step in steps:
        take(world, face, case, step)
    return case


def paid(case):
    return [refund.amount for refund in case.refunds]


@pytest.mark.parametrize("front", ["tmall", "taobao"])
@pytest.mark.parametrize("kind", [K.CANCEL, K.REFUND_ONLY])
def test_agree(desk, fresh, front, kind):
    ledger, shop = desk(front)
    case = case_of(fresh, front, kind)
    outcome = shop.agree(case.case_id)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert paid(case) == [case.requested]
    verbs = [intent.verb for intent in ledger.book.list()]
    assert sorted(verbs) == (["agree", "pre_agree"] if front == "tmall" else ["agree"])
    with pytest.raises(NotAllowed):
        shop.agree(case.case_id)


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_a_return_from_yes_to_the_money(desk, fresh, front):
    _, shop = desk(front)
    case = case_of(fresh, front, K.RETURN_REFUND)
    place = shop.return_addresses()[0].address_id
    assert shop.agree_return(case.case_id, address=place).state is State.CONFIRMED
    take(fresh.world, face, case, "send_back")
    assert shop.act("confirm_receipt", case.case_id, good=2).state is State.CONFIRMED
    assert shop.refund(case.case_id).state is State.CONFIRMED
    assert paid(case) == [case.requested]


def test_a_refusal(desk, fresh):
    _, shop = desk("tmall")
    case = case_of(fresh, "tmall", K.REFUND_ONLY)
    with pytest.raises(NotAllowed):
        shop.refuse(case.case_id, text="商品完好")
    outcome = shop.refuse(case.case_id, text="商品完好", evidence=(Evidence(content=PNG),))
    assert outcome.state is State.CONFIRMED
    assert case.stage is Stage.REFUSED


def test_without_an_operators_session_nothing_is_sent(desk, fresh):
    _, shop = desk("taobao", operator=False)
    case = case_of(fresh, "taobao", K.CANCEL)
    with pytest.raises(NotAllowed) as no:
        shop.agree(case.case_id)
    assert "operator" in no.value.en
    assert all(line["method"] != "taobao.rp.refunds.agree" for line in fresh.log())


def test_a_code_wanted_by_sms_is_said_again_after_the_review(desk, fresh):
    """The review stands: only the agreement is repeated."""
    ledger, shop = desk("tmall")
    case = case_of(fresh, "tmall", K.CANCEL)
    case.claims[0].line.paid = case.requested = SMS_ABOVE + 1
    refused = _outcome(lambda: shop.agree(case.case_id))
    assert refused == "--code"
    assert paid(case) == []
    assert shop.agree(case.case_id, code=case.hidden["sms_code"]).state is State.CONFIRMED
    assert paid(case) == [SMS_ABOVE + 1]
    assert [intent.verb for intent in ledger.book.list()].count("pre_agree") == 1


def _outcome(act):
    """Whether the platform's no is raised or told, the next step is said."""
    try:
        outcome = act()
    except OmnishopError as no:
        words = no.en
    else:
        assert outcome.state is State.REJECTED
        words = outcome.why.en
    return "--code" if "--code" in words else words


@pytest.mark.parametrize("fault", ["reset_after_commit", "cut_body", "server_error"])
def test_an_answer_that_is_lost_pays_once(desk, fresh, fault):
    ledger, shop = desk("taobao")
    case = case_of(fresh, "taobao", K.CANCEL)
    fresh.world.faults = FaultPlan.of(1, {fault: 1.0}, only="writes")
    outcome = shop.agree(case.case_id)
    fresh.world.faults = FaultPlan()
    for intent in ledger.book.list():
        if outcome.state is not State.CONFIRMED:
            ledger.resolve(intent, shop)
    settled = ledger.book.list()[0]
    assert settled.state in {State.CONFIRMED, State.NOT_APPLIED}
    assert paid(case) == ([case.requested] if settled.state is State.CONFIRMED else [])
    if settled.state is State.NOT_APPLIED:
        assert shop.agree(case.case_id).state is State.CONFIRMED
        assert paid(case) == [case.requested]


def test_orders_and_messages(desk, fresh):
    ledger, shop = desk("tmall")
    case = case_of(fresh, "tmall", K.RETURN_REFUND)
    order_id = case.order.order_id
    assert shop.act("remark", order_id, text="已联系买家").state is State.CONFIRMED
    said = shop.act("message", case.case_id, text="请补充照片", evidence=(Evidence(content=PNG),))
    assert said.state is State.CONFIRMED
    chances = {chance.act: chance for chance in ledger.chances(shop, Subject("case", case.case_id, "refund"))}
    assert chances[Verb.AGREE_RETURN].allowed
    assert not chances[Verb.REFUND].allowed
    assert chances[Verb.EXTEND].obstacles


@pytest.mark.parametrize(
    ("fault", "state"), [("reset_before", "not_applied"), ("reset_after_commit", "confirmed")]
)
def test_a_message_in_doubt_is_settled_though_others_of_the_shop_write_on(desk, fresh, fault, state):
    ledger, shop = desk("taobao")
    case = case_of(fresh, "taobao", K.REFUND_ONLY)
    proof = (Evidence(content=PNG),)
    fresh.world.faults = FaultPlan.of(1, {fault: 1.0}, only="writes")
    sent = shop.message(case.case_id, text="请提供照片", evidence=proof)
    fresh.world.faults = FaultPlan()
    colleague = Shop(shop.account, shop._tokens, driver=shop._driver, writes="unguarded")  # at the console
    assert colleague.message(case.case_id, text="在的", evidence=proof).state is State.CONFIRMED
    [name] = sent.intents
    if sent.state is not State.CONFIRMED:
        ledger.resolve(ledger.book.get(name), shop)
    assert ledger.book.get(name).state == state


def _talk(*words):
    return Seen(marks={"said": digests(words)} if words else {})


MANY = [f"第{number}条" for number in range(60)]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ([], [], Shown.BEFORE),
        ([], ["好"], Shown.DONE),
        (["好"], ["好"], Shown.BEFORE),
        (["好"], ["好", "好"], Shown.DONE),
        (["在"], ["在", "稍等"], Shown.BEFORE),
        (["在"], ["在", "稍等", "好"], Shown.DONE),
        (["在"], ["稍等"], Shown.MOVED),  # what was said is not unsaid: another reading than it seems
        (MANY[:39], [*MANY[:39], "稍等"], Shown.BEFORE),
        (MANY[:40], [*MANY[:40], "稍等"], Shown.MOVED),  # ours may have slid out of the mark
        (MANY[:40], [*MANY[:40], "稍等", "好"], Shown.DONE),
        ([], MANY[:45], Shown.MOVED),
    ],
)
def test_a_message_is_known_by_its_own_words(before, after, shown):
    assert said_once_more(Ask(text=" 好 "), _talk(*before), _talk(*after)) is shown
