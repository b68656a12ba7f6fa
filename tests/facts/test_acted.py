"""What was done through the ledger is known to have happened, and who decided it."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.facts.conftest import BACK, NOW
from tests.ledger.desk import SHOP, Platform, opened, registered

from omnishop.facts import gather
from omnishop.facts.backtest import Decision, decision_of
from omnishop.model import Actor, Stage
from omnishop.policy.answers import Outcome
from omnishop.policy.facts import Happening
from omnishop.store import CaseKey, Override

KEY = CaseKey("fake", SHOP, "case", "c1")


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def shop(store, platform):
    registered(store)
    platform.open("c1")
    return opened(store, platform)[1]


@pytest.fixture
def happened(store):
    def happened(case):
        [facts] = gather(store, [case], now=lambda _case: NOW, back=BACK)
        return facts.timeline.happened

    return happened


def test_a_refusal_of_ours_is_a_decision_with_its_time(shop, store, happened):
    done = shop.refuse("c1", reason="out of time", by="wang").record
    assert done.stage is Stage.REFUSED
    told = happened(done)
    assert told[Happening.DECIDED] == told[Happening.RESPONDED] == done.changed_at
    assert Happening.AGREED not in told
    [deed] = store.deeds.of([KEY])[KEY]
    assert (deed.verb, deed.person, deed.ours) == ("refuse", "wang", True)
    assert decision_of(done, None, [deed]) == Decision(Outcome.DENY, "wang")


def test_agreeing_says_what_was_agreed(shop, store, happened):
    done = shop.agree("c1").record
    told = happened(done)
    assert told[Happening.AGREED] == told[Happening.DECIDED] == done.changed_at
    deeds = store.deeds.of([KEY])[KEY]
    assert decision_of(evolve(done, decided_by=None), None, deeds) == Decision(Outcome.ALLOW, Actor.SELLER)
    own = Override("deny", "li", NOW, "x")
    assert decision_of(done, own, deeds) == Decision("deny", "li")


def test_what_did_not_happen_is_not_told(shop, store, platform, happened):
    platform.faults = ["refuse"]
    with pytest.raises(Exception, match="no"):
        shop.refuse("c1", reason="out of time")
    assert store.deeds.of([KEY]) == {}


def test_another_may_have_done_it(shop, store, platform):
    platform.faults = ["after"]
    done = shop.agree("c1").record
    [deed] = store.deeds.of([KEY])[KEY]
    assert deed.ours is None
    assert decision_of(evolve(done, decided_by=None), None, [deed]) is None


def test_a_remark_decides_nothing(shop, store, happened):
    done = shop.act("remark", "c1", text="call back").record
    assert Happening.DECIDED not in happened(done)
    [deed] = store.deeds.of([KEY])[KEY]
    assert decision_of(done, None, [deed]) is None


def test_a_buyer_who_applies_anew_waits_for_a_new_decision(shop, store, platform, happened):
    done = shop.refuse("c1", reason="out of time").record
    told = happened(evolve(done, stage=Stage.REQUESTED))
    assert Happening.DECIDED not in told
    assert told[Happening.RESPONDED] == done.changed_at
