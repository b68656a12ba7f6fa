"""Quotas in the database: what one worker learns all keep to, and each place is one worker's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from omnishop import RateLimited, Transient, clock
from omnishop.drivers.budgets import USED, Asked, Budget
from omnishop.ports import Account, App, Quota
from omnishop.store.quotas import Quotas

ACCOUNT = Account(App("market", "key", "s"), "stall", "1")
WHOLE = Budget("market", "key", "", "list")


def asked(method="list", shop="1", app="key", quota=None):
    return Asked.by(Account(App("market", app, "s"), "stall", shop), method, quota)


def refuse(quotas, about=None, **facts):
    now = clock.now()
    return quotas.throttled(about or asked(), RateLimited("x", **{"scope": "method", **facts}), now, now)


def take(quotas, about=None, patience=60.0):
    now = clock.now()
    return quotas.take(about or asked(), patience, now)


@pytest.fixture
def other(store):
    """Another worker on the same database."""
    return Quotas(store.engine)


def test_nothing_known_nothing_asked(store):
    quotas = store.quotas
    assert not quotas.free(asked(), clock.now()), "it has to be read once"
    assert take(quotas) == (0.0, True, None)
    assert quotas.free(asked(), clock.now())
    assert quotas.rows() == ()


def test_a_ban_that_one_worker_met_is_kept_by_the_others(store, other):
    assert refuse(store.quotas, retry_after=30.0) == 30.0
    for shop in ("1", "2"):
        held = take(other, asked(shop=shop))
        assert not held.granted
        assert 25 < held.wait <= 30.0
        assert held.budget == WHOLE
    for free in (asked("detail"), asked(app="key-2")):
        assert take(other, free).granted


def test_who_has_read_already_hears_of_it_within_a_second(store, other, monkeypatch):
    monkeypatch.setattr("omnishop.store.quotas.FRESH_S", 0.2)
    assert take(other).granted
    assert other.free(asked(), clock.now())
    refuse(store.quotas, retry_after=30.0)
    clock.wait(0.21)
    assert not other.free(asked(), clock.now())
    assert not take(other).granted


def test_a_persons_word_holds_for_all_and_can_be_taken_back(store, other):
    store.quotas.say(WHOLE, 0.5, clock.now())
    places = [clock.monotonic() + take(worker).wait for worker in (store.quotas, other) * 3]
    assert places[-1] - places[0] == pytest.approx(5 / (0.5 * USED), abs=0.5)
    [row] = store.quotas.rows()
    assert (row.budget, row.known.per_s) == (WHOLE, 0.5)
    store.quotas.say(WHOLE, None, clock.now())
    assert take(store.quotas).wait == 0.0
    assert store.quotas.rows()[0].known.per_s is None


def test_a_published_quota_needs_nobody_to_say_it(store, other):
    about = asked(quota=Quota(20.0, "method", "A"))
    assert take(store.quotas, about).wait == 0.0
    assert 0.0 < take(other, about).wait <= 1 / (20 * USED)
    assert take(other, asked(shop="2", quota=Quota(20.0, "method", "A"))).wait > 0.0


def test_a_place_that_comes_too_late_is_not_taken(store):
    store.quotas.say(WHOLE, 0.1, clock.now())
    assert take(store.quotas).granted
    for _ in range(3):
        late = take(store.quotas, patience=0.2)
        assert not late.granted
        assert 0.2 < late.wait <= 10 / USED


def test_a_lifted_ban_is_over_for_all(store, other):
    refuse(store.quotas, retry_after=3600.0)
    assert not take(other).granted
    assert other.lift(WHOLE)
    assert not other.lift(WHOLE)
    assert take(other) == (0.0, True, None)
    assert take(Quotas(store.engine)) == (0.0, True, None)


def test_a_long_ban_that_is_lifted_later_is_over_for_who_knew_it(store, other):
    before = clock.now() - timedelta(hours=3)
    store.quotas.throttled(asked(), RateLimited("x", scope="method", retry_after=36_000.0), before, before)
    assert not take(other).granted
    assert store.quotas.lift(WHOLE)
    other._forget()
    assert take(other).granted


def test_what_two_workers_sent_in_the_second_that_was_refused_is_one_rate(store, other):
    for quotas, number in ((store.quotas, 30), (other, 20)):
        for _ in range(number):
            if not quotas.free(asked(), clock.now()):
                assert take(quotas).granted
    refuse(store.quotas, retry_after=0.0)
    alone = store.quotas.rows()[0].known.ceiling
    assert alone <= 30.0
    other._forget()
    take(other)
    other._forget()
    take(other)
    [row] = store.quotas.rows()
    assert alone < row.known.ceiling <= 50.0, "counted once"


def test_threads_who_wait_together_get_places_of_their_own(store):
    store.quotas.say(WHOLE, 200.0, clock.now())
    take(store.quotas)
    began, found, lock = clock.monotonic(), [], threading.Lock()

    def ask():
        for _ in range(5):
            wait = take(store.quotas).wait
            with lock:
                found.append(clock.monotonic() + wait - began)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found.sort()
    assert found[-1] - found[0] >= 39 / 200 - 0.02
    assert len({round(each, 6) for each in found}) == 40


def test_a_worker_holds_back_while_the_database_cannot_be_reached(store):
    class Cut(Quotas):
        def _learn_there(self, *facts, **more):
            raise Transient("the database cannot be reached")

    cut = Cut(store.engine)
    assert take(cut).granted
    assert refuse(cut, retry_after=30.0) == 30.0
    assert not cut.free(asked(), clock.now())
    cut._forget()
    assert not take(cut).granted, "it is not in what is read"
    assert store.quotas.rows() == ()


def test_what_nobody_met_for_a_month_is_forgotten(store):
    old, now = clock.now() - timedelta(days=40), clock.now()
    store.quotas.throttled(asked("old"), RateLimited("x", retry_after=1.0), old, old)
    store.quotas.say(Budget("market", "key", "", "said"), 5.0, old)
    store.quotas.throttled(asked("new"), RateLimited("x", retry_after=1.0), now, now)
    assert [row.budget.method for row in store.quotas.rows()] == ["said", "new"]
