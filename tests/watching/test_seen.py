"""What is seen of a store: everything that health and the gauges are told from, on every kind of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from omnishop import clock
from omnishop.config import Home
from omnishop.drivers.budgets import Asked
from omnishop.engine.simulated import present
from omnishop.errors import RateLimited, Transient
from omnishop.model import Text
from omnishop.ports import Account, App, Token
from omnishop.store import Store
from omnishop.store.glance import TokenEnds
from omnishop.store.whys import Why
from omnishop.watching import State, Watch
from omnishop.watching.seen import look

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind_of_database(request):
    return request.param


@pytest.fixture
def seen(store):
    return lambda: look(store, present(), TokenEnds())


def keys(health):
    return {shop.shop.shop_id: {reason.key for reason in shop.reasons} for shop in health.shops}


def test_a_store_that_never_read_and_one_that_did(store, shops, read, seen):
    first, second = seen().shops
    assert first.true_at is second.true_at is None
    assert first.unread == ("orders_changed", "cases_changed", "cases_open")
    read(shops[0], HOUR)
    first, second = seen().shops
    assert abs(first.age - HOUR) < timedelta(seconds=20)
    assert (first.unread, second.age) == ((), None)


def test_each_thing_stands_with_its_shop(store, shops, read, told, unreadable, doubt, seen):
    for shop in shops:
        read(shop)
    store.cursors.doubt(shops[0].row, "cases_changed", "the total moved")
    told("11", HOUR)
    told("11", timedelta(), failed=False)
    told("33", HOUR)  # no shop of ours
    unreadable("22")
    unreadable("22", "R2")
    unreadable("")  # a push nobody could read
    doubt("22", HOUR)
    doubt("22", HOUR * 2, state="sent")  # its sender is gone
    doubt("22", timedelta(), state="sent", waits=HOUR)  # on its way
    doubt("22", HOUR * 3, state="confirmed")
    store.rounds.join(clock.now(), None)
    store.rounds.put(shops[1].row, failures=4, why=Why("AuthError", Text("被拒绝", "refused")))
    found = seen()
    first, second = found.shops
    assert first.unverified == {"cases_changed": "the total moved"}
    assert (first.backlog.waiting, second.backlog.waiting, found.elsewhere.waiting) == (2, 0, 1)
    assert clock.now() - first.backlog.oldest > HOUR / 2
    assert (first.quarantined, second.quarantined, found.unreadable) == (0, 2, 1)
    assert (first.doubts, second.doubts.count) == (None, 2)
    assert clock.now() - second.doubts.oldest > 1.5 * HOUR
    assert (second.lately.failures, second.lately.why) == (4, Why("AuthError", Text("被拒绝", "refused")))
    assert found.clocks["database"] == timedelta()
    assert found.disk_free > 0


def test_messages_that_were_given_up(store, shops, told, seen):
    told("11", timedelta(), failed=True)
    assert seen().shops[0].backlog.failed == 1


def test_a_platform_that_takes_no_calls(store, shops, seen):
    asked = Asked.by(Account(App("douyin", "a1", "s"), "douyin", "11"), "order.list", None)
    refused = RateLimited("too many", retry_after=600.0, code="7", scope="method")
    store.quotas.throttled(asked, refused, clock.now(), clock.now())
    [ban] = seen().bans
    assert (ban.platform, ban.shop_id, ban.method, ban.code) == ("douyin", "", "order.list", "7")
    assert timedelta(minutes=9) < ban.until - clock.now() < timedelta(minutes=11)


def test_history_that_is_still_to_be_read(store, shops, read, seen):
    now = clock.now()
    store.cursors.wants(shops[0].row, "orders_changed", now - timedelta(days=30))
    store.cursors.proved(shops[0].row, "orders_changed", now - timedelta(days=10), now)
    assert seen().shops[0].behind == timedelta(days=20)
    store.cursors.wants(shops[0].row, "orders_changed", now - timedelta(days=900))  # further than it shows
    assert timedelta(days=70) < seen().shops[0].behind < timedelta(days=90)


def test_tokens_and_when_they_end(store, shops, seen):
    ends = clock.now() + HOUR
    store.tokens(shops[0]).put("operator", Token("x1", expires_at=ends, renewable=False))
    tokens = seen().shops[0].tokens
    assert tokens["main"].renews
    assert (tokens["operator"].at, tokens["operator"].renews) == (ends, False)


def test_a_token_is_opened_once(store, shops):
    ends, opened = TokenEnds(), []

    def ring(sealed, about):
        opened.append(about)
        return store.ring.open(sealed, about)

    assert ends.of(store.engine, ring) == ends.of(store.engine, ring)
    assert len(opened) == 2
    store.tokens(shops[0]).put("main", Token("another"))
    assert ends.of(store.engine, ring)[shops[0].row]["main"].at is None
    assert len(opened) == 3


def test_without_the_key_the_rest_is_seen_all_the_same(store, shops, read):
    for shop in shops:
        read(shop)
    home = Home.find(store.home.path, {"OMNISHOP_KEY": "another"}, database=store.home.database)
    with Store.open(home) as stranger:
        health = Watch(stranger, present()).health()
    assert [reason.key for reason in health.reasons] == ["key"]
    assert health.state is State.DEGRADED


def test_a_world_that_is_gone_is_told_once_and_hides_no_other_shop(store):
    app = App("douyin", "sim", "s", gateway="http://127.0.0.1:9")
    for shop_id in ("1", "2"):
        store.shops.add(
            Account(app, "douyin", shop_id),
            now=clock.now(),
            tokens={"main": Token("t")},
            control="http://127.0.0.1:9/_control",
        )
    asked = []

    def gone(shop):
        asked.append(shop)
        raise Transient("no connection", zh="无法连接")

    found = look(store, gone, TokenEnds())
    assert len(asked) == 1
    assert [shop.trouble.en for shop in found.shops] == ["no connection"] * 2


def test_as_many_statements_for_many_shops_as_for_few(store, shops, seen):
    def statements():
        said = []
        listener = lambda *row: said.append(row[2])  # noqa: E731 - removed again by itself
        event.listen(store.engine, "before_cursor_execute", listener)
        seen()
        event.remove(store.engine, "before_cursor_execute", listener)
        return len(said)

    few = statements()
    app = App("douyin", "a1", "secret-of-app", gateway="http://127.0.0.1:9")
    for number in range(20):
        store.shops.add(Account(app, "douyin", f"9{number}"), now=clock.now(), tokens={"main": Token("t")})
    assert statements() <= few + 1  # one for the ring, when it is read


def test_looking_again_soon_asks_nothing(store, shops, read):
    watch = Watch(store, present(), stands_s=60.0)
    before = watch.health()
    for shop in shops:
        read(shop)
    assert watch.health() is before
    assert keys(Watch(store, present()).health()) == {"11": set(), "22": set()}
