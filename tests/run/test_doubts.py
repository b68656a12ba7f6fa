"""A write whose sender was killed is looked at when nobody can be sending it any more, and never repeated."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from tests.run.conftest import NOW

from omnishop import clock
from omnishop.acts import Seen, Shown, State
from omnishop.drivers.sync import SyncDriver
from omnishop.engine import pull
from omnishop.ledger import Ledger
from omnishop.ledger.desk import LIMIT
from omnishop.ledger.intents import Reading
from omnishop.policy.shipped import shipped
from omnishop.run.alone import Alone
from omnishop.run.did import Job
from omnishop.run.doubts import due_at, resolve_due
from omnishop.run.work import Work
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Query


class Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


class Dying(SyncDriver):
    """The call goes out, its answer is never read."""

    def _send(self, step):
        answer = super()._send(step)
        if step.write:
            raise Killed
        return answer


@pytest.fixture
def kind_of_database():
    return "sqlite"


@pytest.fixture
def sandbox():
    with Sandbox(Simulation.new(seed=7, orders=12, now=NOW, platforms=("douyin",))) as running:
        yield running


@pytest.fixture
def left(store, shops, sandbox):
    """An intent of somebody who was killed, later: nobody can still be sending it."""
    with Work(store) as early:
        assert pull(store, shops, now=early.present).ok
        case = next(
            each for each in store.records.list("case", Query(open=True)) if each.stage == "requested"
        )
        ledger = Ledger(store, now=early.present)
        ledger.allow(shops[0], "agree", "agree_return")
        act = "agree_return" if case.kind == "return_refund" else "agree"
        with ledger.shop(shops[0], driver=Dying()) as shop, pytest.raises(Killed):
            shop.act(act, case.case_id, by="somebody")
    [intent] = ledger.book.list()
    assert intent.state is State.SENT
    return intent


@pytest.fixture
def work(store, shops):
    with Work(store, packs=shipped(), machine=lambda: clock.now() + 2 * LIMIT) as later:
        yield later


def test_it_is_read_and_never_sent_again(left, work, store, sandbox):
    before = sandbox.simulation.log()
    write = before[-1]["method"]
    did = resolve_due(work)
    assert (did.job, did.count, did.error) == (Job.DOUBTS, 1, None)
    [after] = Ledger(store).book.list()
    assert after.state is State.CONFIRMED
    reads = [each["method"] for each in sandbox.simulation.log()[len(before) :]]
    assert reads
    assert write not in reads
    assert resolve_due(work) is None


def test_a_run_does_it(left, work, store):
    Alone(work, told=lambda did: None).once()
    assert [each.state for each in Ledger(store).book.list()] == [State.CONFIRMED]


def test_nobody_looks_while_it_may_be_on_its_way(left, store, shops):
    with Work(store) as early:
        assert resolve_due(early) is None
    assert due_at(left) == left.until


def test_what_does_not_show_is_looked_at_ever_more_seldom(left):
    looks = []
    intent = evolve(left, state=State.UNKNOWN)
    for _ in range(12):
        at = due_at(intent)
        looks.append(at)
        intent = evolve(intent, readings=(*intent.readings, Reading(at, Seen("requested"), Shown.BEFORE)))
    waits = [later - sooner for sooner, later in pairwise(looks)]
    assert waits[0] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_what_was_planned_and_never_sent_waits_as_long_as_a_call_may_take(left):
    assert due_at(evolve(left, state=State.PLANNED)) == left.planned_at + LIMIT
