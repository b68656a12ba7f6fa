"""Reconcile, freshness, and records asked for again: what a caller may believe, and what is done about the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.engine.market import ACCOUNT, NOW, case, minutes, order, review

from omnishop import Transient, WireError, engine, registry
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens
from omnishop.engine.freshness import NotKnown, TrueAsOf
from omnishop.engine.retry import Retried, retry
from omnishop.model import FollowUp, OrderStatus, Stage, Unreadable

DAY = timedelta(days=1)


@pytest.fixture
def shop(store, stored, market):
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market) as opened:
        yield opened


@pytest.fixture
def full(market):
    market.orders = [order(f"o{n}", NOW - n * DAY) for n in range(1, 5)]
    market.cases = [case(f"c{n}", NOW - n * DAY) for n in range(1, 5)]
    market.reviews = [review("r1", NOW - DAY, stars=5)]
    return market


@pytest.fixture
def compare(store, stored, shop):
    def run(now=NOW, **how):
        return engine.reconcile(store, stored, shop, now=now, **how)

    return run


def told(result):
    return {
        (each.record, each.key[1]): (each.why, {c.field: (c.before, c.after) for c in each.fields})
        for part in result.parts
        for each in part.differences
    }


def test_after_a_pull_it_is_equal_and_says_over_which_range(full, pull, compare):
    pull()
    result = compare()
    assert (result.verdict, told(result)) == ("equal", {})
    assert {part.record: part.compared for part in result.parts} == {"order": 4, "case": 4, "review": 1}
    for part in result.parts:
        assert (part.range.start, part.range.end) == (NOW - 30 * DAY, NOW)


def test_what_was_added_to_an_old_record_that_no_list_tells_is_seen_when_asked_for(full, pull, compare):
    full.reviews.append(review("r2", NOW - 9 * DAY))
    pull()
    full.reviews[-1] = evolve(full.reviews[-1], follow_ups=(FollowUp("still good", (), NOW),))
    pull(now=NOW + minutes(60))
    since = NOW - 2 * DAY
    assert told(compare(since=since)) == {}
    healed = compare(since=since, heal=True, added_later=True)
    assert list(told(healed)) == [("review", "r2")]
    assert {part.record: part.range.start for part in healed.parts} == {
        "order": since,
        "case": since,
        "review": NOW - 30 * DAY,
    }
    assert told(compare()) == {}


def test_every_difference_is_named_by_its_field(full, pull, compare, store):
    pull()
    full.orders[0] = evolve(full.orders[0], status=OrderStatus.SHIPPED, remark="left at the door")
    full.cases.append(case("c9", NOW - 2 * DAY))
    full.reviews.clear()
    full.cases.pop(1)
    result = compare()
    assert result.verdict == "different"
    assert told(result) == {
        ("order", "o1"): (
            "differs",
            {"status": ("paid", "shipped"), "remark": (None, "left at the door")},
        ),
        ("case", "c9"): ("missing", {}),
        ("case", "c2"): ("gone", {}),
        ("review", "r1"): ("gone", {}),
    }
    assert store.records.count("case") == 4, "comparing keeps nothing"


def test_what_the_store_says_too_early_is_a_difference_too(full, pull, compare):
    full.orders[0] = evolve(full.orders[0], changed_at=NOW - minutes(5), status=OrderStatus.SHIPPED)
    pull()
    full.orders[0] = order("o1", NOW - DAY)
    assert told(compare())["order", "o1"][1]["status"] == ("shipped", "paid")


def test_healed_it_is_equal(full, pull, compare):
    pull()
    full.orders[0] = evolve(full.orders[0], changed_at=NOW - minutes(30), status=OrderStatus.SHIPPED)
    full.orders.append(order("o9", NOW - 3 * DAY))
    assert compare(heal=True).verdict == "different"
    assert compare().verdict == "equal"


def test_rows_beyond_reach_are_said_to_be_so_and_open_cases_are_asked_for(full, pull, compare):
    full.orders.append(order("old", NOW - 80 * DAY))
    full.cases += [case("old", NOW - 80 * DAY), case("ended", NOW - 80 * DAY, stage=Stage.CLOSED)]
    pull(since=NOW - 85 * DAY)
    full.asked.clear()
    result = compare(now=NOW + 20 * DAY)
    assert {part.record: part.beyond for part in result.parts} == {"order": 1, "case": 1, "review": 0}
    assert full.asked == ["old"]
    assert result.verdict == "equal"


def test_lists_that_cannot_be_told_to_be_whole_are_no_agreement(full, pull, compare, monkeypatch):
    pull()
    full.lost["o2"] = 10_000
    result = compare()
    [orders] = [part for part in result.parts if part.record == "order"]
    assert "of 1 records" in orders.untold[0].en
    assert result.verdict == "unknown"


def test_an_error_midway_is_no_agreement(full, pull, compare):
    pull()

    def mood(stream, window):
        raise Transient("down")

    full.mood = mood
    result = compare()
    assert (result.verdict, result.error.en) == ("unknown", "down")


# ---------------------------------------------------------------- freshness


@pytest.fixture
def fresh(store, stored, market, monkeypatch):
    monkeypatch.setattr(registry, "adapter", lambda name: market)
    return lambda: engine.freshness(store, stored)


def test_nothing_is_known_before_all_was_read_whole(fresh, full, pull):
    assert isinstance(fresh(), NotKnown)
    pull()
    assert fresh() == TrueAsOf(NOW, ("cases open",))
    assert pull(now=NOW + minutes(9)).true_at() == NOW + minutes(9)
    assert fresh().at == NOW + minutes(9)


def test_one_list_in_doubt_and_nothing_is_known(fresh, full, pull):
    pull()
    full.lost["o2"] = 10_000
    full.orders[1] = evolve(full.orders[1], changed_at=NOW + minutes(1))
    report = pull(now=NOW + minutes(9))
    assert report.true_at("order") == NOW, "what was known stays known"
    assert isinstance(fresh(), NotKnown)
    assert "0 of 1 records" in fresh().why.en


# ---------------------------------------------------------------- again


def test_what_could_not_be_read_is_asked_for_again(store, full, pull, shop):
    bad = Unreadable("market", "claim", "stage: not text", "c9", b"{}")
    full.unreadable = [(NOW - DAY, bad), (NOW - DAY, Unreadable("market", "claim", "no id", None, b"[]"))]
    pull()
    named, nameless = sorted(store.quarantine.list(), key=lambda each: each.record_id is None)
    assert retry(store, shop, named, NOW) is Retried.NOT_FOUND
    assert retry(store, shop, nameless, NOW) is Retried.NO_WAY

    full.cases.append(case("c9", NOW - DAY))
    full.detail = _unreadable
    assert retry(store, shop, named, NOW) is Retried.UNREADABLE
    full.detail = lambda listed: evolve(listed, shop_id="78")
    assert retry(store, shop, named, NOW) is Retried.FOREIGN
    full.detail = None
    assert retry(store, shop, named, NOW) is Retried.READ
    assert store.records.get("case", "market", "77", "c9").stage is Stage.REQUESTED
    assert [each.record_id for each in store.quarantine.list()] == [None]


def _unreadable(listed):
    raise WireError("not JSON")


# ---------------------------------------------------------------- fair, and flat


def test_every_shop_gets_its_news_before_any_gets_its_history_and_then_they_take_turns(store, stored, market):
    other = store.shops.add(evolve(ACCOUNT, shop_id="78", alias="other"), now=NOW)
    read = []
    markets = {"77": market, "78": evolve(market, own_id="78", windows=[])}

    def opened(kept, shop):
        read.append(shop.shop_id)
        return Shop(engine.account_of(kept, shop), MemoryTokens({}), adapter=markets[shop.shop_id])

    report = engine.pull(store, [stored, other], now=lambda shop: NOW, since=NOW - 80 * DAY, opened=opened)
    assert report.ok
    assert len(read) > 6
    assert read == ["77", "78"] * (len(read) // 2)
    for each in markets.values():
        starts = [window.start for stream, window in each.windows if stream == "orders changed"]
        assert starts[2:] == sorted(starts[2:], reverse=True), "back from what is held"
        assert starts[-1] == NOW - 80 * DAY
