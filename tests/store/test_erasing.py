"""Whoever was erased is nowhere, and does not come back: whatever is read again, in whatever order."""

from __future__ import annotations

import shutil

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.market import NOW, Market, minutes
from tests.store.planted import (
    ACCOUNT,
    CASE,
    KEY,
    NAME,
    NICK,
    ORDER,
    PHONE,
    RAW,
    REVIEW,
    STREET,
    WORDS,
    keep,
    plant,
)

from omnishop import engine
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.tokens import MemoryTokens
from omnishop.engine.byid import by_id
from omnishop.engine.merge import snapshot
from omnishop.engine.reconcile import reconcile
from omnishop.model import Buyer, Event, Stage, Unreadable
from omnishop.store import About, CaseKey, Store
from omnishop.store.erasing import Removed, Target
from omnishop.store.persons import stripped

PERSON = (NAME, NICK, PHONE, STREET, WORDS)
ORDER_1 = Target("order", "market", "77", ("order", "o1"))
CASE_1 = Target("case", "market", "77", ("claim", "c1"))
LATER = NOW + minutes(10)
KINDS = {"order": ORDER, "case": CASE, "review": REVIEW}
IDS = {"order": ("order", "o1"), "case": ("claim", "c1"), "review": ("review", "r1")}


def erase(store, *targets, buyer=None, at=LATER):
    with store.writing() as connection:
        return store.erasing.erase(connection, targets, at, buyer)


def read(store, kind, record=None, at=LATER):
    record = KINDS[kind] if record is None else record
    return keep(store, kind, {IDS[kind]: snapshot(record, at, "list")})


def everything(store):
    """All that is kept of the shop's people, opened."""
    found = []
    for kind, key in IDS.items():
        found += [
            (str(each.body), each.raw) for each in store.records.held(kind, "market", "77", [key]).values()
        ]
        found += [(str(each.body), b"") for each in store.history.of(kind, "market", "77", key)]
    found += [("", each.raw) for each in (*store.inbox.list(), *store.quarantine.list())]
    found += [(str(each.value), b"") for each in store.known.history(About.case(CaseKey.of(CASE)))]
    found += [(str(each.body), b"") for each in store.verdicts.history(CaseKey.of(CASE))]
    return " ".join(f"{text} {raw.decode(errors='replace')}" for text, raw in found)


def there(store):
    told = everything(store)
    return [word for word in (*PERSON, KEY) if word in told]


def test_what_is_erased_is_nowhere(store):
    plant(store)
    assert there(store) == [*PERSON, KEY]
    bad = Unreadable("market", "order", "broken", None, b"\xff order no-1234567 " + RAW)
    with store.writing() as connection:
        store.quarantine.add(connection, "77", "push", [bad], NOW)
    removed = erase(store, ORDER_1)
    assert removed == Removed(orders=1, cases=1, reviews=1, states=6, messages=1, entered=1, verdicts=1)
    assert there(store) == [NAME, NICK, PHONE, STREET], "two that name neither: c9 and no-1234567"
    assert erase(store, ORDER_1) == Removed(), "once more finds nothing"


def test_what_cannot_be_read_goes_when_it_names_the_record(store):
    plant(store)
    long = evolve(ORDER, order_id="o-1234567")
    keep(store, "order", {("order", "o-1234567"): snapshot(long, NOW, "list")})
    bad = Unreadable("market", "order", "broken", None, b"\xff order o-1234567 " + RAW)
    with store.writing() as connection:
        store.quarantine.add(connection, "77", "push", [bad], NOW)
    assert erase(store, Target("order", "market", "77", ("order", "o-1234567"))).quarantined == 1
    assert sorted(len(each.raw) for each in store.quarantine.list()) == [0, len(RAW)]


def test_accounts_stay(store):
    plant(store)
    before = {kind: store.records.held(kind, "market", "77", [IDS[kind]])[IDS[kind]] for kind in KINDS}
    erase(store, ORDER_1)
    for kind, old in before.items():
        new = store.records.held(kind, "market", "77", [IDS[kind]])[IDS[kind]]
        assert new.body == stripped(old.body)
        same = {name for name in old.body if old.body[name] == new.body[name]}
        assert {
            "amounts",
            "lines",
            "stage",
            "status",
            "opened_at",
            "created_at",
            "changed_at",
        } & old.body.keys() <= same
        assert (new.at, new.kind_at) == (old.at, old.kind_at)


def test_a_case_alone(store):
    plant(store)
    removed = erase(store, CASE_1)
    assert removed == Removed(cases=1, states=2, messages=1, entered=1, verdicts=1)
    assert store.records.list("order")[0].buyer == Buyer(KEY, NICK)
    read(store, "case")
    assert store.records.list("case")[0].reason.detail is None


@pytest.mark.parametrize("kind", KINDS)
def test_read_again_it_does_not_come_back(store, kind):
    plant(store)
    erase(store, ORDER_1)
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM quarantine")
    read(store, kind)
    newer = evolve(KINDS[kind], raw=RAW + b" ")
    read(store, kind, newer if kind == "review" else evolve(newer, changed_at=NOW + minutes(1)), LATER)
    assert there(store) == []


def test_what_was_not_kept_yet_comes_without_its_person(store):
    """A backfill brings the case of an erased order, and the erased buyer's other order with its own case."""
    plant(store)
    erase(store, ORDER_1, buyer=KEY)
    old = evolve(CASE, case_id="c0", opened_at=NOW - minutes(60))
    new = evolve(CASE, case_id="c2", opened_at=LATER + minutes(1))
    other = evolve(ORDER, order_id="o0", created_at=NOW - minutes(99))
    of_other = evolve(CASE, case_id="c3", order_id="o0", opened_at=NOW - minutes(90))
    again = evolve(ORDER, order_id="o2", created_at=LATER + minutes(1))
    for each in (old, new, of_other):
        keep(store, "case", {("claim", each.case_id): snapshot(each, LATER, "list")})
    for each in (other, again):
        keep(store, "order", {("order", each.order_id): snapshot(each, LATER, "list")})
    details = {each.case_id: each.reason.detail for each in store.records.list("case")}
    assert details == {"c0": None, "c1": None, "c2": WORDS, "c3": None}, "a new matter is a new matter"
    buyers = {each.order_id: each.buyer for each in store.records.list("order")}
    assert buyers == {"o0": None, "o1": None, "o2": Buyer(KEY, NICK)}


def test_a_message_about_it_is_kept_without_its_bytes(store):
    plant(store)
    erase(store, ORDER_1)
    store.inbox.put([Event("market", "changed", shop_id="77", order_id="o1", event_id="m2", raw=RAW)], LATER)
    store.inbox.put([Event("market", "changed", shop_id="77", case_id="c1", event_id="m3", raw=RAW)], LATER)
    store.inbox.put([Event("market", "changed", shop_id="77", case_id="c4", event_id="m4", raw=RAW)], LATER)
    assert {each.message: bool(each.raw) for each in store.inbox.list()} == {
        "m1": False,
        "m2": False,
        "m3": False,
        "m4": True,
    }
    bad = [
        Unreadable("market", "claim", "broken", "c1", RAW),
        Unreadable("market", "claim", "broken", "c7", RAW),
    ]
    with store.writing() as connection:
        store.quarantine.add(connection, "77", "cases changed", bad, LATER)
    kept = {each.record_id: bool(each.raw) for each in store.quarantine.list()}
    assert kept == {
        "c1": False,
        "c7": True,
        "c9": True,
    }


@pytest.fixture
def market():
    return Market(orders=[ORDER], cases=[evolve(CASE, stage=Stage.CLOSED)], reviews=[REVIEW])


def test_pulled_compared_and_asked_for_it_stays_away(store, market):
    stored = store.shops.add(ACCOUNT, now=NOW)
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market) as shop:
        assert engine.pull_shop(store, stored, shop, now=LATER).ok
        assert NICK in there(store)
        erase(store, *(Target(kind, "market", "77", IDS[kind]) for kind in KINDS))
        assert there(store) == []
        assert reconcile(store, stored, shop, now=LATER).verdict == "equal"
        assert engine.pull_shop(store, stored, shop, now=LATER + minutes(30)).ok
        by_id(store, shop, "case", IDS["case"], LATER)
        by_id(store, shop, "order", IDS["order"], LATER)
        assert reconcile(store, stored, shop, now=LATER, heal=True).verdict == "equal"
        assert there(store) == []


STEPS = ("order", "case", "review", "erase", "message", "newer order", "newer case", "twin case")


def _step(store, step):
    if step == "erase":
        erase(store, ORDER_1)
    elif step == "message":
        store.inbox.put([Event("market", "t", shop_id="77", order_id="o1", event_id="m", raw=RAW)], NOW)
    elif step.startswith("newer"):
        kind = step.split()[1]
        read(store, kind, evolve(KINDS[kind], changed_at=NOW + minutes(2)))
    elif step.startswith("twin"):
        read(store, "case", evolve(CASE, raw=RAW + b" ", stage=Stage.CLOSED))
    else:
        read(store, step)


@settings(max_examples=15, deadline=None)
@given(
    before=st.lists(st.sampled_from(STEPS), max_size=5), after=st.lists(st.sampled_from(STEPS), max_size=5)
)
def test_in_whatever_order_things_happen(tmp_path_factory, empty_file, before, after):
    home = Home.find(tmp_path_factory.mktemp("erasing"), env={})
    shutil.copy(empty_file, home.path / "omnishop.db")
    with Store.open(home) as store:
        for step in (*before, "erase", *after):
            _step(store, step)
        assert there(store) == []
        kept = {kind: bool(store.records.held(kind, "market", "77", [IDS[kind]])) for kind in KINDS}
        told = {kind: any(step.endswith(kind) for step in (*before, *after)) for kind in KINDS}
        assert kept == told, "the accounts are there"
