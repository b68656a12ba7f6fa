"""When each shop is read again: who is dealt out, in which order, and what a clock that is set does to it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.run.conftest import NOW

from omnishop.errors import AuthError, RateLimited, Transient
from omnishop.model import Event, Text
from omnishop.ports import Account, App
from omnishop.run.shops import pause
from omnishop.store.rounds import Due, Lane
from omnishop.store.whys import Why

HOUR = timedelta(hours=1)
MANY = 5


@pytest.fixture
def rows(store):
    app = App("p", "key", "secret")
    rows = [store.shops.add(Account(app, "p", str(number)), now=NOW).row for number in range(MANY)]
    assert store.rounds.join(NOW, 24 * HOUR) == MANY
    assert store.rounds.join(NOW, 24 * HOUR) == 0
    return rows


def test_what_hindered_a_round_is_kept_in_both_languages(store, rows):
    error = AuthError('log in again: "now"', zh="请重新授权", shop="7")
    store.rounds.put(rows[0], failures=1, why=Why.of(error))
    assert store.rounds.get(rows[0]).why.told == Text(
        "AuthError: 请重新授权 [7]", 'AuthError: log in again: "now" [7]'
    )
    store.rounds.put(rows[0], failures=1, why="AuthError: as an older version wrote: this")
    assert store.rounds.get(rows[0]).why.told.en == "AuthError: as an older version wrote: this"
    store.rounds.put(rows[0], failures=0, why=None)
    assert store.rounds.get(rows[0]).why is None


def test_new_shops_are_read_at_once_and_compared_over_the_day(store, rows):
    assert store.rounds.due(NOW, 10) == [Due(row, Lane.NEWS) for row in rows]
    compared = [each.check_at - NOW for each in store.rounds.all()]
    assert all(timedelta() <= each < 24 * HOUR for each in compared)
    apart = sorted(compared)
    assert min(later - sooner for sooner, later in pairwise(apart)) > HOUR
    assert store.rounds.get(max(rows) + 1) is None


def test_news_comes_before_comparison_and_history_and_then_what_waits_longest(store, rows):
    late = NOW + 25 * HOUR
    for row in rows:
        store.rounds.put(row, due_at=late + HOUR, check_at=None, backfill_at=late - row * HOUR / 10)
    store.rounds.put(rows[0], check_at=NOW)
    store.rounds.put(rows[1], due_at=NOW)
    wanted = [Due(rows[1], Lane.NEWS), Due(rows[0], Lane.COMPARISON)]
    wanted += [Due(row, Lane.HISTORY) for row in (rows[4], rows[3], rows[2])]
    assert store.rounds.due(late, 10) == wanted
    assert store.rounds.due(late, 1) == wanted[:1]
    assert store.rounds.due(late, 10, but=[rows[1]]) == wanted[1:]
    assert store.rounds.due(late, 10, only=[rows[0]]) == [wanted[1]]


def test_what_was_dealt_out_comes_again_only_if_nobody_did_it(store, rows):
    store.rounds.put(rows[0], backfill_at=NOW)
    dealt = store.rounds.deal(NOW, NOW + HOUR, 100)
    assert dealt == [Due(row, Lane.NEWS) for row in rows] + [Due(rows[0], Lane.HISTORY)]
    assert store.rounds.deal(NOW, NOW + HOUR, 100) == []
    store.rounds.due_now(rows[2], Lane.NEWS, NOW)
    assert store.rounds.deal(NOW, NOW + HOUR, 100) == [Due(rows[2], Lane.NEWS)]
    assert len(store.rounds.deal(NOW + HOUR, NOW + 2 * HOUR, 3)) == 3


def test_a_clock_that_is_set_back_stops_no_shop(store, rows):
    store.rounds.put(rows[0], began_at=NOW + HOUR, due_at=NOW + HOUR, backfill_at=NOW + HOUR)
    store.rounds.put(rows[1], began_at=NOW, due_at=NOW + HOUR)
    for row in rows[2:]:
        store.rounds.put(row, due_at=NOW + HOUR)
    assert store.rounds.due(NOW, 10) == []
    assert store.rounds.clock_went_back(NOW) == 1
    assert store.rounds.due(NOW, 10) == [Due(rows[0], Lane.NEWS)]
    assert store.rounds.get(rows[0]).backfill_at == NOW


def test_messages_that_are_due_are_counted_and_not_beyond_need(store, rows):
    told = [Event("p", "topic", shop_id="0", event_id=f"m{number}", raw=b"{}") for number in range(5)]
    store.inbox.put(told, NOW)
    assert (store.inbox.due(NOW, 10), store.inbox.due(NOW, 3)) == (5, 3)
    assert store.inbox.due(NOW - timedelta(minutes=1), 10) == 0
    assert store.inbox.due(NOW - 1000 * HOUR, 10) == 5  # a clock was set back
    store.inbox.claim(NOW, NOW + timedelta(minutes=5), 2)
    assert store.inbox.due(NOW, 10) == 3


def test_a_shop_that_is_removed_has_no_round(store, rows):
    store.shops.remove(store.shops.at(rows[0]))
    assert [each.shop for each in store.rounds.all()] == rows[1:]
    assert store.shops.at(rows[0]) is None


def test_a_shop_that_fails_is_left_alone_ever_longer():
    down = Transient("down", zh="不可用")
    waits = [pause(down, failures) for failures in range(1, 12)]
    assert waits[:3] == [timedelta(seconds=seconds) for seconds in (5, 10, 20)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)
    assert pause(AuthError("out", zh="已退出", cure="login"), 50) == timedelta(minutes=5)


@pytest.mark.parametrize(("scope", "waits"), [("app", HOUR), ("shop", HOUR), ("method", HOUR / 6)])
def test_what_a_platform_asks_for_is_given_where_it_is_about_the_whole_shop(scope, waits):
    throttled = RateLimited("slow down", zh="太快", retry_after=3600.0, scope=scope)
    assert pause(throttled, 1) == waits
