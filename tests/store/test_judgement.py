"""Verdicts, facts entered by hand and linked buyers: nothing is overwritten, and nothing clear is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from tests.store.test_records import ORDER

from omnishop import jsonform
from omnishop.model import Buyer, buyer_key, identity_key
from omnishop.store import About, CaseKey, Entered, Linked, Override
from omnishop.store.records import Held

NOW = datetime(2026, 5, 20, 12, 0, 0, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
CASE = CaseKey("market", "77", "claim", "1")
OTHER = CaseKey("market", "77", "dispute", "1")
PACK = {"pack": "default", "version": "1"}


def judged(store, key=CASE, *, digest="d1", at=NOW, says="allow", **pack):
    return store.verdicts.put(key, {"says": says}, digest=digest, at=at, **{**PACK, **pack})


def test_a_verdict_comes_back_with_its_pack_digest_and_time(store):
    put = judged(store)
    assert store.verdicts.latest(CASE) == put
    assert (put.pack, put.pack_version, put.digest, put.judged_at) == ("default", "1", "d1", NOW)
    assert put.body == {"says": "allow"}
    assert put.override is None
    assert store.verdicts.latest(OTHER) is None


def test_the_same_facts_by_the_same_pack_are_one_row_that_moves_on(store):
    first = judged(store)
    again = judged(store, at=NOW + HOUR, says="deny")
    assert (again.row, again.judged_at, again.body) == (first.row, NOW + HOUR, {"says": "deny"})


@pytest.mark.parametrize("other", [{"digest": "d2"}, {"version": "2"}, {"pack": "rush"}])
def test_other_facts_or_another_pack_are_another_row(store, other):
    judged(store)
    judged(store, at=NOW + HOUR, **other)
    assert [each.judged_at for each in store.verdicts.history(CASE)] == [NOW, NOW + HOUR]
    assert store.verdicts.latest(CASE).judged_at == NOW + HOUR


def test_each_case_has_its_own_latest(store):
    judged(store)
    judged(store, OTHER, says="deny")
    judged(store, digest="d2", says="needs_human")
    found = store.verdicts.of([CASE, OTHER, CaseKey("market", "78", "claim", "1")])
    assert {key: each.body["says"] for key, each in found.items()} == {CASE: "needs_human", OTHER: "deny"}


def test_an_override_says_who_when_and_why_and_is_never_lost(store):
    first = Override("refuse", "li", NOW, "the photos show another shop's goods")
    second = Override("agree", "wang", NOW + HOUR, "the buyer sent better photos")
    overridden = store.verdicts.override(judged(store), first)
    assert overridden.override == first
    assert judged(store, at=NOW + HOUR, says="deny").body == {"says": "allow"}  # left as it was overridden
    store.verdicts.override(overridden, second)
    assert [each.override for each in store.verdicts.history(CASE)] == [first, second]
    judged(store, digest="d2", at=NOW + 2 * HOUR)
    assert store.verdicts.latest(CASE).override is None
    assert store.verdicts.overrides([CASE, OTHER]) == {CASE: second}


def test_the_latest_fact_of_a_name_counts_and_all_are_kept(store):
    case, order = About.case(CASE), About.order("market", "77", "1")
    entered = [
        Entered(case, "opened", True, "li", NOW),
        Entered(case, "opened", False, "wang", NOW + HOUR),
        Entered(case, "photos", 3, "li", NOW),
        Entered(order, "opened", True, "li", NOW),
    ]
    store.known.enter(entered)
    assert store.known.of([case]) == {case: {"opened": entered[1], "photos": entered[2]}}
    assert store.known.history(case) == entered[:3]
    assert store.known.of([order, About.buyer("1")]) == {order: {"opened": entered[3]}}


def test_a_fact_can_be_taken_back(store):
    case = About.case(CASE)
    store.known.enter([Entered(case, "opened", True, "li", NOW)])
    store.known.enter([Entered(case, "opened", None, "li", NOW + HOUR)])
    assert store.known.of([case]) == {case: {}}
    assert len(store.known.history(case)) == 2


def test_the_same_id_in_two_spaces_or_shops_is_not_the_same_subject(store):
    store.known.enter([Entered(About.case(CASE), "opened", True, "li", NOW)])
    others = [About.case(OTHER), About.case(evolve(CASE, shop_id="78")), About.shop("market", "77")]
    assert store.known.of(others) == {}


def test_keys_of_one_identity_are_found_from_any_of_them(store):
    a, b, c = (buyer_key(b"s", "market", "app", name) for name in "abc")
    who, other = identity_key(b"s", "member 1"), identity_key(b"s", "member 2")
    assert store.buyers.put({a: who, b: who, c: other}, now=NOW) == Linked(new=3)
    assert store.buyers.same([a]) == {a: frozenset({a, b})}
    assert store.buyers.same([c, "nobody"]) == {c: frozenset({c})}
    assert store.buyers.put({b: other, c: other}, now=NOW) == Linked(changed=1, unchanged=1)
    assert store.buyers.same([a, b]) == {a: frozenset({a}), b: frozenset({b, c})}


def test_a_link_tells_how_many_of_its_buyers_have_orders_here(store):
    key = buyer_key(b"s", "market", "app", "a")
    order = evolve(ORDER, buyer=Buyer(key))
    with store.writing() as connection:
        store.records.put(connection, "order", [Held(jsonform.dump(order), b"{}", 0)])
    assert store.buyers.put({key: "i", "0" * 32: "i"}, now=NOW).seen == 1


def test_an_identity_is_not_told_by_its_hash_nor_equal_to_a_buyers_key():
    assert identity_key(b"s", "13800000000") == identity_key(b"s", " 13800000000 ")
    assert identity_key(b"s", "13800000000") != identity_key(b"t", "13800000000")
    assert identity_key(b"s", "x") not in {
        buyer_key(b"s", *parts) for parts in (("", "identity", "x"), ("identity", "", "x"))
    }
