"""Acts through the ledger over the simulated platform: proved by a reading, once, whatever happens on the way."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from adapters.douyin.tests.acting import SHOT, scene
from attrs import evolve

from omnishop import clock
from omnishop.acts import Ask, State, Verb
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import Conflict, NotAllowed
from omnishop.ledger import Ledger
from omnishop.model import Actor, Kind, Stage
from omnishop.ports import Response
from omnishop.sandbox.steps import take
from omnishop.store import Store

B, R, C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
E, S, F = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR
BACK = ("agree_return", "send_back")
PARCEL = {"carrier": "SF", "tracking": "SF7000000000077"}
NO_WAIT = {"pauses": (0.0,), "gap": timedelta(0), "limit": timedelta(0)}


class Desk:
    """A person with a ledger before one simulated shop."""

    def __init__(self, there, store):
        self.there = there
        account = evolve(there.shop.account, alias="dy")
        stored = store.shops.add(account, now=clock.now(), tokens={"main": there.token})
        self.ledger = Ledger(store, now=lambda shop: there.world.now(), **NO_WAIT)
        verbs = [verb.value for verb in Verb]
        self.ledger.rights.allow("douyin", stored.shop_id, verbs, {}, clock.now())
        driver = SyncDriver(httpx.Client(transport=there.simulation.transport()), attempts=1)
        self.shop = self.ledger.shop(stored, driver=driver)

    def act(self, verb, record, **said):
        return self.ledger.act(self.shop, self.there.subject(record), verb, Ask(**said))

    def chances(self, record):
        found = self.ledger.chances(self.shop, self.there.subject(record))
        return {chance.act: chance for chance in found}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    home = Home.find(tmp_path_factory.mktemp("ledger") / "home", env={})
    with scene() as there, Store.open(home) as store:
        yield Desk(there, store)


ACTS = [
    (Verb.AGREE, C, (), {}),
    (Verb.AGREE, R, (), {}),
    (Verb.AGREE, S, (), {}),
    (Verb.AGREE_RETURN, B, (), {"address": "65432101"}),
    (Verb.REFUSE, R, (), {"reason": "3", "text": "已沟通"}),
    (Verb.REFUSE_RETURN, B, BACK, {"reason": "2", "text": "有磨损", "evidence": (SHOT,)}),
    (Verb.CONFIRM_RECEIPT, B, BACK, {"good": 2}),
    (Verb.REFUND, B, BACK, {}),
    (Verb.REFUND, E, BACK, {}),
    (Verb.SHIP_REPLACEMENT, E, BACK, PARCEL),
    (Verb.SHIP_REPLACEMENT, S, ("agree_resend",), PARCEL),
    (Verb.FILL_LOGISTICS, F, ("agree_return",), PARCEL),
    (
        Verb.SUBMIT_EVIDENCE,
        R,
        ("refuse", "escalate", "want_evidence"),
        {"text": "发货底单", "evidence": (SHOT,)},
    ),
    (Verb.REMARK, R, (), {"text": "已联系"}),
    (Verb.SHIP, C, (), {**PARCEL, "reject_refund": True}),
    (Verb.CANCEL_ORDER, C, (), {}),
]


@pytest.mark.parametrize(("verb", "kind", "way", "said"), ACTS)
def test_every_act_on_a_case_is_confirmed_by_a_reading(desk, verb, kind, way, said):
    case = desk.there.case(kind, *way)
    outcome = desk.act(verb, case, **said)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")


def test_an_order_is_shipped_and_noted(desk):
    order = desk.there.order()
    assert desk.act(Verb.REMARK, order, text="加急").state is State.CONFIRMED
    assert desk.act(Verb.SHIP, order, **PARCEL).state is State.CONFIRMED
    assert len(order.parcels) == 1


@contextmanager
def struck(desk, around):
    """Every answer to afterSale.operate goes through `around(answer it, request)`."""
    kind = type(desk.there.face)
    answer = kind.answer

    def answered(self, world, request):
        if not request.path.endswith("/operate"):
            return answer(self, world, request)
        return around(lambda: answer(self, world, request))

    kind.answer = answered
    try:
        yield
    finally:
        kind.answer = answer


def paid(desk, case):
    desk.there.advance(hours=25)
    return [refund.amount for refund in case.refunds]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"code":20001}', b'{"code":12345,"sub_code":"new"}'])
def test_an_answer_lost_after_the_commit_is_settled_by_the_reading_and_pays_once(desk, body):
    case = desk.there.case(R)

    def lost(answer):
        return evolve(answer(), status=200 if body[:1] == b"{" else 502, content=body)

    with struck(desk, lost):
        outcome = desk.act(Verb.AGREE, case)
    assert outcome.state is State.CONFIRMED
    with pytest.raises(NotAllowed):
        desk.act(Verb.AGREE, case)
    assert paid(desk, case) == [case.requested]


def test_a_write_lost_on_the_way_there_stays_in_doubt_until_two_readings_say_no(desk):
    case = desk.there.case(R)
    with struck(desk, lambda answer: Response(502, b"")):
        outcome = desk.act(Verb.AGREE, case)
    assert outcome.state is State.UNKNOWN
    with pytest.raises(NotAllowed) as held:
        desk.act(Verb.AGREE, case)
    assert "open_intent" in held.value.keys
    intent = desk.ledger.book.get(outcome.intents[0])
    for _ in range(2):
        intent = desk.ledger.resolve(intent, desk.shop)
    assert intent.state is State.NOT_APPLIED
    assert desk.act(Verb.AGREE, case).state is State.CONFIRMED
    assert paid(desk, case) == [case.requested]


def test_the_deadline_passes_during_our_call(desk):
    """The platform agreed a second before: our version is stale, its refund is the only one."""
    case = desk.there.case(R)
    there = desk.there

    def late(answer):
        take(there.world, there.face, case, "agree", actor="platform", by=Actor.PLATFORM_RULE)
        return answer()

    with struck(desk, late), pytest.raises(Conflict):
        desk.act(Verb.AGREE, case)
    assert paid(desk, case) == [case.requested]


def test_the_buyer_withdraws_while_we_agree(desk):
    case = desk.there.case(B)
    there = desk.there

    def gone(answer):
        take(there.world, there.face, case, "withdraw")
        return answer()

    with struck(desk, gone), pytest.raises(Conflict):
        desk.act(Verb.AGREE_RETURN, case, address="65432101")
    assert case.stage is Stage.CLOSED
    assert paid(desk, case) == []


def test_the_buyer_asks_for_another_sum_while_we_agree(desk):
    case = desk.there.case(R)
    there = desk.there

    def changed(answer):
        take(there.world, there.face, case, "modify", amount=100)
        return answer()

    with struck(desk, changed), pytest.raises(Conflict):
        desk.act(Verb.AGREE, case)
    assert paid(desk, case) == []


def test_what_may_be_done_says_why_not(desk):
    chances = desk.chances(desk.there.case(C))
    assert chances[Verb.AGREE].allowed
    assert "--reject-refund" in chances[Verb.REFUSE].obstacles[0].text.zh
    assert chances[Verb.SHIP].caution is not None
    assert "reject_refund" in chances[Verb.SHIP].needs
    assert [each.key for each in chances[Verb.MESSAGE].obstacles][:1] == ["not_offered"]
    with pytest.raises(NotAllowed):
        desk.act(Verb.SHIP, desk.there.case(C), **PARCEL)
    with pytest.raises(NotAllowed) as held:
        desk.act(Verb.AGREE_RETURN, desk.there.case(E))
    assert held.value.keys
    waits = desk.there.case(C)
    with pytest.raises(NotAllowed):
        desk.act(Verb.SHIP, waits.order, **PARCEL)
    with pytest.raises(NotAllowed):
        desk.act(Verb.REFUSE, desk.there.case(B), reason="1", text="未附凭证")
