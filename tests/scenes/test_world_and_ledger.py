"""World, ledger and store agree after any sequence of buyers' acts, our acts, faults, deaths and clock moves.

One machine, run on each storefront. Our side works as interleaved steps: an act may die after any of them. What is
checked all the time are the world's books; what is checked at the end, when nothing breaks any more and doubt was
looked into, is that the book knows every refund of ours and the store every case as it is.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import stamina
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stamina.instrumentation import set_on_retry_hooks
from tests.scenes.stage import FRONTS, Scene, emptied

from omnishop import OmnishopError, jsonform
from omnishop.acts import UNSETTLED, Ask, Evidence, State, Verb
from omnishop.config import Home
from omnishop.ledger import Ledger
from omnishop.ledger.acting import act
from omnishop.ledger.desk import Wait
from omnishop.ledger.resolving import resolve
from omnishop.model import Kind, Stage
from omnishop.sandbox.buyers import BadAct
from omnishop.sandbox.faults import STALE
from omnishop.store import Store

LIMIT, GAP = timedelta(seconds=60), timedelta(seconds=5)
KINDS = st.sampled_from([Kind.CANCEL, Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND, Kind.EXCHANGE])
DEEDS = ("withdraw", "modify", "send_back", "send_back", "escalate", "settle", "message", "confirm")
FAULTS = (
    "reset_before",
    "reset_after_commit",
    "cut_body",
    "server_error",
    "slow",
    "refuse_connect",
    "throttle",
    "stale_read",
    "expired_token",
)
VERBS = (Verb.AGREE, Verb.AGREE, Verb.REFUND, Verb.CONFIRM_RECEIPT, Verb.AGREE_RETURN, Verb.REFUSE)
MORE_VERBS = (Verb.CANCEL_ORDER, Verb.SHIP_REPLACEMENT, Verb.REFUSE_RETURN, Verb.REMARK, Verb.MESSAGE)
PAYING = frozenset(
    {"agree", "refund", "stop_shipping", "assistant_refund", "intercept", "receive", "turn_to_refund"}
)
"""Steps of a shop in the world after which money goes back, by itself or at the platform's hand."""

DECIDED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})
PROOF = Evidence(
    content=b"\x89PNG\r\n\x1a\n" + bytes(64), name="proof.png", url="https://pics.example/box.png"
)
WHICH = st.integers(0, 30)


@cache
def _desk() -> Store:
    """One file for all runs, emptied for each."""
    folder = tempfile.mkdtemp(prefix="omnishop-scenes-")
    atexit.register(shutil.rmtree, folder)
    store = Store.open(Home.find(Path(folder), env={}))
    atexit.register(store.close)
    return store


class Machine(RuleBasedStateMachine):
    front = FRONTS[0]

    @initialize(seed=st.integers(0, 99), kinds=st.lists(KINDS, min_size=2, max_size=3))
    def begin(self, seed, kinds):
        self.scene = Scene(self.front, emptied(_desk()))
        self.world, self.simulation = self.scene.world, self.scene.simulation
        self.buyers, self.seed = self.simulation.buyers, seed
        self.ledger = Ledger(
            self.scene.store,
            now=lambda shop: self.world.now(),
            machine=self.world.now,
            keep=self.scene.keep,
            limit=LIMIT,
            gap=GAP,
            pauses=(0.0, 1.0),
        )
        self.shop = self.ledger.shop(self.scene.stored, driver=self.scene.driver())
        self.looked: set[tuple[str, str]] = set()
        for kind in kinds:
            self.a_buyer_orders_and_applies(kind, 2, part=False, lines=2)

    def carry(self, steps, most=None):
        """Carry steps out in the world's time, or die after `most` of them."""
        taken = 0
        try:
            step = next(steps)
            while most is None or taken < most:
                taken += 1
                try:
                    answer = None
                    if isinstance(step, Wait):
                        self.simulation.advance(step.seconds)
                    else:
                        answer = self.ledger._step(step, self.shop)
                except OmnishopError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as done:
            return done.value
        except OmnishopError as error:
            self.scene.words(error)
        return None

    def case(self, which):
        cases = list(self.world.cases.values())
        return cases[which % len(cases)] if cases else None

    # ------------------------------------------------------------ buyers

    @rule(kind=KINDS, pieces=st.integers(1, 3), part=st.booleans(), lines=st.integers(1, 2))
    def a_buyer_orders_and_applies(self, kind, pieces, part, lines):
        goods = self.scene.mine.goods
        rows = [{"sku_id": goods[number].sku_id, "quantity": pieces} for number in range(lines)]
        order_id = self.buyers.order(self.scene.mine.shop_id, rows)
        order = self.world.orders[order_id]
        if kind is not Kind.CANCEL:
            self.scene.ship(order)
        self.simulation.advance(60)
        self.apply(order, kind, pieces=1 if part else pieces)

    @rule(which=WHICH, kind=KINDS, line=st.integers(0, 1))
    def a_buyer_applies_again_on_the_same_order(self, which, kind, line):
        case = self.case(which)
        if case is not None and kind is not Kind.CANCEL:
            self.apply(case.order, kind, line=line)

    def apply(self, order, kind, *, line=0, pieces=None):
        bought = order.lines[line % len(order.lines)]
        named = (
            []
            if kind is Kind.CANCEL
            else [{"line_id": bought.line_id, "quantity": pieces or bought.quantity}]
        )
        if kind is Kind.CANCEL:
            named = [{"line_id": each.line_id, "quantity": each.quantity} for each in order.lines]
        with suppress(BadAct, ValueError):  # that may not be open to a buyer now
            self.buyers.apply(order.order_id, kind, named, reason=self.front.reasons[kind], text="请处理")

    @rule(which=WHICH, deed=st.sampled_from(DEEDS))
    def a_buyer_acts(self, which, deed):
        case = self.case(which)
        if case is None:
            return
        name = f"{case.source}:{case.case_id}"
        given = {"message": {"text": "请尽快处理"}, "modify": {"text": "已修改"}}.get(deed, {})
        with suppress(BadAct, ValueError):
            if deed == "confirm":
                self.buyers.confirm(case_id=name)
            else:
                getattr(self.buyers, deed)(name, **given)

    # ------------------------------------------------------------ we

    def said(self, verb, case, pieces):
        reasons = {"jd": "801/80103", "douyin": "1"}
        ask = {
            Verb.AGREE_RETURN: {"address": self.scene.places[0]},
            Verb.REFUSE: {"text": "商品完好", "reason": reasons.get(self.front.name), "evidence": (PROOF,)},
            Verb.REFUSE_RETURN: {
                "text": "有磨损",
                "reason": reasons.get(self.front.name),
                "evidence": (PROOF,),
            },
            Verb.CONFIRM_RECEIPT: {"good": pieces},
            Verb.SHIP_REPLACEMENT: {"carrier": self.front.carrier, "tracking": "SF7000000000077"},
            Verb.REMARK: {"text": "已联系"},
            Verb.MESSAGE: {"text": "您好", "evidence": (PROOF,)},
        }.get(verb, {})
        return Ask(**ask)

    @rule(
        which=WHICH,
        verb=st.sampled_from(VERBS + MORE_VERBS),
        fault=st.none() | st.sampled_from(FAULTS),
        only=st.sampled_from(["writes", "all"]),
        pieces=st.integers(0, 3),
        most=st.none() | st.none() | st.integers(1, 14),
    )
    def we_act(self, which, verb, fault, only, pieces, most):
        case = self.case(which)
        if case is None:
            return
        self.looked.add((case.source, case.case_id))
        if fault is not None:
            self.scene.faults(self.seed, only="reads" if fault == "stale_read" else only, **{fault: 0.7})
        desk = self.ledger._desk(self.shop)
        self.carry(act(desk, self.scene.subject(case), verb, self.said(verb, case, pieces)), most)
        self.scene.faults()

    @rule(which=WHICH, fault=st.sampled_from(["", "reset_after_commit", "server_error", "cut_body"]))
    def we_pay_look_and_pay_again(self, which, fault):
        for verb in (Verb.AGREE, Verb.REFUND, Verb.CONFIRM_RECEIPT):
            case = self.case(which)
            if case is None:
                return
            self.looked.add((case.source, case.case_id))
            if fault:
                self.scene.faults(self.seed, only="writes", **{fault: 1.0})
            pieces = sum(claim.quantity for claim in case.claims)
            desk = self.ledger._desk(self.shop)
            self.carry(act(desk, self.scene.subject(case), verb, self.said(verb, case, pieces)))
            self.scene.faults()

    @precondition(lambda self: self.ledger.book.list(states=UNSETTLED))
    @rule(most=st.none() | st.integers(1, 6))
    def doubt_is_looked_into(self, most):
        for intent in self.ledger.book.list(states=UNSETTLED):
            self.carry(resolve(self.ledger._desk(self.shop), intent, GAP), most)

    # ------------------------------------------------------------ time

    @rule(hours=st.sampled_from([0.1, 1, 12, 26, 50, 80, 170]))
    def time_passes(self, hours):
        self.scene.keep_authorised(hours)
        self.simulation.advance(hours * 3600)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_books_balance(self):
        for case in self.world.cases.values():
            assert len(case.refunds) <= 1
        for order in self.world.orders.values():
            assert order.refunded <= order.paid

    @invariant()
    def no_case_has_two_open_money_intents(self):
        opened = [row.key for row in self.ledger.book.list(states=UNSETTLED) if row.money]
        assert len(opened) == len(set(opened))

    # ------------------------------------------------------------ what holds in the end

    def teardown(self):
        self.scene.faults()
        self.simulation.advance((STALE + 2 * LIMIT).total_seconds())
        for _ in range(2):
            for intent in self.ledger.book.list(states=[*UNSETTLED, State.NOT_APPLIED]):
                self.carry(resolve(self.ledger._desk(self.shop), intent, GAP))
        self.the_books_balance()
        self.every_intent_tells_the_truth()
        self.every_decision_of_ours_is_in_the_book()
        self.the_store_equals_the_world()

    def every_intent_tells_the_truth(self):
        for row in self.ledger.book.list():
            assert row.state not in UNSETTLED or row.why is not None
            if not row.money or row.state not in {State.CONFIRMED, State.NOT_APPLIED}:
                continue
            case = self.world.cases[row.key.subject.source, row.key.subject.id]
            if row.state is State.CONFIRMED:
                on_its_way = {Stage.INSPECTING} if row.verb == Verb.CONFIRM_RECEIPT else set()
                assert case.stage in DECIDED | on_its_way, (row.verb, case.stage)
                assert row.ceiling is not None
        by_us = [row.key for row in self.ledger.book.list() if row.money and row.by == "us"]
        assert len(by_us) == len(set(by_us))

    def every_decision_of_ours_is_in_the_book(self):
        held = {
            (row.key.subject.source, row.key.subject.id)
            for row in self.ledger.book.list()
            if row.money and row.state not in {State.REJECTED, State.NOT_APPLIED}
        }
        for key, case in self.world.cases.items():
            ours = [step.step for step in case.history if step.actor == "seller" and step.step in PAYING]
            if case.kind is not Kind.RETURN_REFUND:  # elsewhere a receipt is no promise of money
                ours = [step for step in ours if step != "receive"]
            if case.refunds and ours:
                assert key in held, (case.kind, ours)

    def the_store_equals_the_world(self):
        """Every case that was looked at, read once more and kept, is what a perfect reader of the wire knows."""
        for source, case_id in sorted(self.looked):
            at = self.world.now()
            read = self.shop.case(case_id, source)
            self.scene.keep(read, at)
            kept = self.scene.store.records.get("case", self.front.platform, self.scene.mine.shop_id, case_id)
            truth = self.scene.face.true_case(self.world, self.world.cases[source, case_id])
            told, true = jsonform.dump(kept), jsonform.dump(truth)
            if told["kind"] == self.world.cases[source, case_id].kind:
                true["kind"] = told["kind"]  # once known, a kind is kept, where the wire goes on to say less
            different = {name: (value, true[name]) for name, value in told.items() if value != true[name]}
            assert different == {}, f"{case_id}: {different}"


def machine(front, examples, steps):
    """The machine of one storefront as a test case."""
    made = type(f"Machine_{front.name}", (Machine,), {"front": front})
    made.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return made.TestCase


@pytest.fixture
def _quiet():
    set_on_retry_hooks(())
    with stamina.set_testing(True, attempts=1):
        yield
    set_on_retry_hooks(None)


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_world_ledger_and_store_agree(front):
    machine(front, 5, 10)().runTest()


@pytest.mark.slow
@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_world_ledger_and_store_agree_at_length(front):
    machine(front, 150, 40)().runTest()
