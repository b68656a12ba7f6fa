"""A ban of one shop, or of one method, in a pull of many: the others go on, and it is tried again at the end."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.engine.market import ACCOUNT, NOW, Market, case, minutes, order

from omnishop import RateLimited, clock, engine
from omnishop.client import Shop
from omnishop.drivers.budgets import Asked
from omnishop.drivers.tokens import MemoryTokens
from omnishop.ports import Account, App, Token


@pytest.fixture
def shops(store):
    return [
        store.shops.add(evolve(ACCOUNT, shop_id=name, alias=None), now=NOW) for name in ("77", "78", "79")
    ]


@pytest.fixture
def markets(shops):
    found = {shop.shop_id: Market() for shop in shops}
    for name, market in found.items():
        market.cases = [case(f"c{name}{number}", NOW - minutes(30 + number)) for number in range(4)]
        market.orders = [order(f"o{name}{number}", NOW - minutes(30 + number)) for number in range(4)]
    return found


@pytest.fixture
def pull(store, shops, markets):
    calls = []

    def opened(store, stored):
        calls.append(stored.shop_id)
        account = engine.account_of(store, stored)
        return Shop(account, MemoryTokens({}), adapter=markets[stored.shop_id])

    def run():
        return engine.pull(store, shops, now=lambda _: NOW, opened=opened)

    run.calls = calls
    return run


def banned(until, **facts):
    """A mood that is banned so often."""
    left = [until]

    def mood(stream, window):
        if left[0] and facts.get("stream", stream) == stream:
            left[0] -= 1
            raise RateLimited("too many", **{name: said for name, said in facts.items() if name != "stream"})

    return mood


def test_one_shops_ban_stops_no_other_and_is_not_slept_through(store, markets, pull):
    markets["78"].mood = banned(10**6, retry_after=3600.0, scope="shop")
    report = pull()
    by_shop = {each.shop.shop_id: each for each in report.shops}
    assert by_shop["77"].ok
    assert by_shop["79"].ok
    assert isinstance(by_shop["78"].error, RateLimited)
    assert by_shop["78"].error.retry_after == 3600.0
    assert len(by_shop["78"].streams) == 1, "the other lists would have met it as well"
    assert pull.calls.count("78") == 1, "an hour is not over at the end of the round"
    assert store.records.count("case") == 8


def test_what_was_banned_is_tried_once_more_at_the_end(store, markets, pull):
    markets["78"].mood = banned(1, retry_after=0.0, scope="app")
    report = pull()
    assert report.ok
    assert pull.calls[-1] == "78"
    assert store.records.count("case") == 12
    [lists] = [each.streams for each in report.shops if each.shop.shop_id == "78"]
    assert sum(each.saved.new for each in lists if each.record == "case") == 4


def test_a_ban_of_one_method_holds_up_its_list_alone(store, markets, pull):
    markets["78"].mood = banned(10**6, retry_after=3600.0, scope="method", stream="orders changed")
    [report] = [each for each in pull().shops if each.shop.shop_id == "78"]
    assert report.error is None
    assert [type(error) for error in report.errors] == [RateLimited]
    assert store.records.count("case") == 12
    assert store.records.count("order") == 8


def test_two_tries_are_told_as_one(store, markets, pull):
    markets["78"].mood = banned(1, retry_after=0.0, scope="method", stream="orders changed")
    [report] = [each for each in pull().shops if each.shop.shop_id == "78"]
    assert report.ok
    new = {each.record: each.saved.new for each in report.streams if each.saved.new}
    assert new == {"case": 4, "order": 4}


def test_a_pull_of_many_shops_does_not_sit_out_a_ban_that_a_single_one_would(store):
    """Real drivers, and an address where nobody listens: nothing is sent while the app is banned."""
    app = App("jd", "key", "secret", gateway="http://127.0.0.1:9/routerjson")
    shops = [
        store.shops.add(Account(app, "jd", shop_id=name), now=NOW, tokens={"main": Token("a")})
        for name in ("1", "2")
    ]
    at = clock.now()
    asked = Asked.by(Account(app, "jd", "1"), "any", None)
    store.quotas.throttled(asked, RateLimited("x", retry_after=20.0, scope="app"), at, at)
    report = engine.pull(store, shops, now=lambda _: clock.now())
    assert (clock.now() - at).total_seconds() < 10
    assert [type(each.error) for each in report.shops] == [RateLimited, RateLimited]
    assert all("not sent" in each.error.en and each.error.retry_after < 20 for each in report.shops)
