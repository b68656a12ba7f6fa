"""The ledger against a platform that would pay as often as it is asked: once a case, and under the ceiling.

The platform here checks no stage and no version, answers or does not, commits late, shows old states for a while,
pays by itself; workers die between any two steps and are born again. Time is a number that only moves forward.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import stamina
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.fake_adapter import ACCOUNT
from tests.ledger.desk import PAID, SHOP, DeskAdapter, Platform, registered

from omnishop import OmnishopError
from omnishop.acts import UNSETTLED, Ask, State, Subject, Verb
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.ledger import Ledger
from omnishop.ledger.acting import act
from omnishop.ledger.desk import Wait
from omnishop.ledger.resolving import resolve
from omnishop.store import Store

LIMIT, GAP = 60.0, 5.0
CASES = st.sampled_from(["c1", "c2"])
PAYING = st.sampled_from([Verb.AGREE, Verb.REFUND])
FAULT = st.sampled_from(["", "late", "after", "before", "down", "refuse"])


@cache
def _template():
    """A home with its shop: made once, copied for every run."""
    folder = tempfile.mkdtemp(prefix="omnishop-ledger-")
    atexit.register(shutil.rmtree, folder)
    with Store.open(Home.find(Path(folder), env={})) as store:
        registered(store)
    return folder


class Gullible(Platform):
    """Pays whenever asked; `late` writes happen when time has gone on a little."""

    def _write(self, method, params):
        if method != "case.refund":
            return super()._write(method, params)
        self.pay(params["id"])
        return httpx.Response(200, json={"data": {"ok": True}})

    def pay(self, case_id):
        self.refunds.append((case_id, self.cases[case_id]["asked"]))
        self.move(case_id, "succeeded", "seller")


class Machine(RuleBasedStateMachine):
    @initialize(asked=st.lists(st.sampled_from([4_000, 6_000]), min_size=2, max_size=2))
    def begin(self, asked):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.platform = Gullible()
        self.by_itself: list[str] = []
        self.late: list[tuple[datetime, str]] = []
        self.old_until = self.now
        for number, sum_ in enumerate(asked, start=1):
            self.platform.open(f"c{number}", asked=sum_)
        self.past = {case: [dict(facts)] for case, facts in self.platform.cases.items()}
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(_template(), self.folder.name, dirs_exist_ok=True)
        self.store = Store.open(Home.find(Path(self.folder.name), env={}))
        self.ledger = Ledger(
            self.store,
            machine=lambda: self.now,
            limit=timedelta(seconds=LIMIT),
            gap=timedelta(seconds=GAP),
            pauses=(0.0, 1.0),
        )
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.shop = Shop(
            ACCOUNT,
            self.store.tokens(self.store.shops.get(SHOP)),
            adapter=DeskAdapter(),
            driver=SyncDriver(client, attempts=1),
            writes=self.ledger,
        )

    def answer(self, request):
        self.catch_up()
        if self.platform.faults[:1] == ["late"] and b'"case.refund"' in request.content:
            self.platform.faults.clear()
            case_id = "c" + request.content.split(b'"c')[-1][:1].decode()
            self.late.append((self.now + timedelta(seconds=LIMIT / 2), case_id))
            raise httpx.ReadTimeout("the platform takes its time")
        return self.platform.answer(request)

    def catch_up(self):
        """What was begun on the platform before now is done there by now."""
        for due, case_id in [each for each in self.late if each[0] <= self.now]:
            self.late.remove((due, case_id))
            self.platform.pay(case_id)
        if self.now >= self.old_until:
            self.platform.stale.clear()

    def carry(self, steps, most=None):
        """Carry steps out, or die after `most` of them."""
        taken = 0
        try:
            step = next(steps)
            while True:
                if most is not None and taken >= most:
                    return None
                taken += 1
                try:
                    if isinstance(step, Wait):
                        self.now += timedelta(seconds=step.seconds)
                        answer = None
                    else:
                        answer = self.ledger._step(step, self.shop)
                except OmnishopError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as done:
            return done.value
        except OmnishopError:
            return None

    @rule(case=CASES, verb=PAYING, fault=FAULT, most=st.none() | st.integers(1, 12))
    def pay(self, case, verb, fault, most):
        self.platform.faults[:] = [fault] if fault else []
        desk = self.ledger._desk(self.shop)
        self.carry(act(desk, Subject("case", case, "case"), verb, Ask()), most)
        self.platform.faults.clear()

    @rule(case=CASES, fault=FAULT)
    def refuse(self, case, fault):
        self.platform.faults[:] = [fault] if fault and fault != "late" else []
        desk = self.ledger._desk(self.shop)
        self.carry(act(desk, Subject("case", case, "case"), Verb.REFUSE, Ask(reason="1")))
        self.platform.faults.clear()

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.catch_up()

    @rule(case=CASES, verb=PAYING, fault=FAULT)
    def pays_looks_and_pays_again(self, case, verb, fault):
        self.pay(case, verb, fault, None)
        self.doubt_is_looked_into(None)
        self.pay(case, verb, "", None)

    @rule(case=CASES, verb=PAYING)
    def pays_looks_and_pays_again_from_an_old_state(self, case, verb):
        self.pay(case, verb, "", None)
        self.remembered()
        self.shows_an_old_state_for_a_while(case, 1)
        self.pay(case, verb, "", None)

    @rule(case=CASES, back=st.integers(0, 3))
    def shows_an_old_state_for_a_while(self, case, back):
        known = self.past[case]
        self.platform.stale[case] = known[max(len(known) - 1 - back, 0)]
        self.old_until = self.now + timedelta(seconds=LIMIT)

    @rule(case=CASES)
    def the_buyer_withdraws(self, case):
        if self.platform.cases[case]["stage"] == "requested":
            self.platform.move(case, "closed", "buyer")

    @rule(case=CASES)
    def the_platform_decides(self, case):
        if self.platform.cases[case]["stage"] == "requested":
            self.by_itself.append(case)
            self.platform.move(case, "succeeded", "platform_rule")

    @rule(most=st.none() | st.integers(1, 6))
    def doubt_is_looked_into(self, most):
        for intent in self.ledger.book.list(states=UNSETTLED):
            self.carry(resolve(self.ledger._desk(self.shop), intent, timedelta(seconds=GAP)), most)

    @invariant()
    def remembered(self):
        for case, facts in self.platform.cases.items():
            if facts != self.past[case][-1]:
                self.past[case].append(dict(facts))

    @invariant()
    def no_case_is_paid_twice(self):
        paid = [case for case, _ in self.platform.refunds]
        assert len(paid) == len(set(paid))

    @invariant()
    def no_more_moves_than_was_paid(self):
        assert sum(amount for _, amount in self.platform.refunds) <= PAID

    @invariant()
    def no_refund_is_forgotten(self):
        known = {
            each.key.subject.id
            for each in self.ledger.book.list()
            if each.money and each.state not in {State.REJECTED, State.NOT_APPLIED}
        }
        assert {case for case, _ in self.platform.refunds} <= known

    def teardown(self):
        self.now += timedelta(seconds=2 * LIMIT)
        self.catch_up()
        for intent in self.ledger.book.list(states=UNSETTLED):
            self.carry(resolve(self.ledger._desk(self.shop), intent, timedelta(seconds=GAP)))
        for intent in self.ledger.book.list(states=UNSETTLED):
            assert intent.why is not None
        for method in (
            self.no_case_is_paid_twice,
            self.no_more_moves_than_was_paid,
            self.no_refund_is_forgotten,
        ):
            method()
        self.store.close()
        self.folder.cleanup()


Machine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


class TestLedger(Machine.TestCase):
    def setUp(self):
        super().setUp()
        stamina.set_active(False)

    def tearDown(self):
        stamina.set_active(True)
        super().tearDown()
