"""Stored tokens: one refresh over threads, tasks and processes, and the new pair kept before it is used."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from tests.fake_adapter import EXPIRED, FakeAdapter
from tests.store.fake_oauth import platform

from omnishop.client import AsyncShop, Shop
from omnishop.config import Home
from omnishop.drivers.exchange import TokenStore
from omnishop.engine import account_of
from omnishop.ports import Account, App, Token
from omnishop.store import Store

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=45)
ROOT = Path(__file__).parents[2]
STALE = Token("a0", "r0", EXPIRED)


@pytest.fixture
def shop(store):
    return store.shops.add(
        Account(App("fake", "key", "secret"), "fake", "1"), now=NOW, tokens={"main": STALE}
    )


@pytest.fixture
def tokens(store, shop) -> TokenStore:
    return store.tokens(shop)


def test_a_lease_without_a_token_leaves_nothing(tokens):
    tokens.lease("operator", "me", LATER, NOW)
    assert tokens.load("operator") is None
    assert tokens.roles() == ("main",)
    tokens.release("operator", "me")
    assert tokens.load("operator") is None


def test_a_login_during_a_refresh_is_the_one_that_stays(tokens):
    tokens.lease("main", "me", LATER, NOW)
    tokens.put("main", Token("from the login"))
    assert not tokens.commit("main", "me", Token("from the refresh"))
    assert tokens.load("main") == Token("from the login")


def test_a_shop_that_waited_for_a_login_is_due_at_once(store, shop, tokens):
    store.rounds.join(NOW, None)
    store.rounds.put(shop.row, due_at=LATER)
    tokens.put("main", Token("another"))
    assert store.rounds.due(NOW, 1) == [], "it is read in its turn"
    store.rounds.put(shop.row, failures=3)
    tokens.put("main", Token("from the login"))
    assert [each.shop for each in store.rounds.due(NOW, 1)] == [shop.row]


def test_another_process_sees_a_commit_at_once(store, home, shop, tokens):
    with Store.open(home) as other:
        tokens.lease("main", "me", LATER, NOW)
        tokens.commit("main", "me", Token("fresh"))
        assert other.tokens(shop).load("main") == Token("fresh")


# ---------------------------------------------------------------- refreshing, once


def reading(server, store, shop):
    account = account_of(store, shop)
    return evolve(account, app=evolve(account.app, gateway=server.url))


def test_threads_refresh_once(store, shop):
    with platform() as server, ThreadPoolExecutor(6) as pool:

        def read(number):
            with Shop(reading(server, store, shop), store.tokens(shop), adapter=FakeAdapter()) as opened:
                return opened.case(str(number)).case_id

        assert list(pool.map(read, range(6))) == [str(number) for number in range(6)]
        assert (server.refreshed, server.refused) == (1, 0)
    assert store.tokens(shop).load("main").access == "a1"


def test_tasks_refresh_once(store, shop):
    with platform() as server:

        async def read():
            async with AsyncShop(
                reading(server, store, shop), store.tokens(shop), adapter=FakeAdapter()
            ) as opened:
                return await asyncio.gather(*(opened.case(str(number)) for number in range(6)))

        assert len(asyncio.run(read())) == 6
        assert (server.refreshed, server.refused) == (1, 0)


PROCESS = """
import sys
from pathlib import Path
from attrs import evolve
from tests.fake_adapter import FakeAdapter
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.engine import account_of
from omnishop.store import Store

with Store.open(Home.find(Path(sys.argv[1]))) as store:
    stored = store.shops.get("1")
    account = account_of(store, stored)
    account = evolve(account, app=evolve(account.app, gateway=sys.argv[2]))
    with Shop(account, store.tokens(stored), adapter=FakeAdapter()) as shop:
        print("ready", flush=True)
        sys.stdin.readline()
        print(shop.case("5").case_id, store.tokens(stored).load("main").access)
"""


def test_processes_refresh_once(store, home, shop):
    with platform() as server:
        started = [
            subprocess.Popen(
                [sys.executable, "-c", PROCESS, str(home.path), server.url],
                cwd=ROOT,
                env={**os.environ, "OMNISHOP_DATABASE": home.database},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for each in started:
            assert each.stdout.readline() == "ready\n"
        for each in started:
            each.stdin.write("go\n")
            each.stdin.flush()
        assert [each.communicate(timeout=20)[0] for each in started] == ["5 a1\n"] * 3
        assert (server.refreshed, server.refused) == (1, 0)


def test_a_refresher_killed_before_its_commit_does_not_lose_the_pair(store, shop):
    """The next one asks with the old refresh token, which is all that is known; nothing half is kept."""
    tokens = store.tokens(shop)
    assert tokens.lease("main", "killed", EXPIRED + timedelta(seconds=45), EXPIRED)
    with platform() as server, Shop(reading(server, store, shop), tokens, adapter=FakeAdapter()) as opened:
        assert opened.case("5").case_id == "5", "the lease of the dead one is long over"
        assert server.refreshed == 1
    assert tokens.load("main").refresh == "r1"


def test_the_key_is_not_needed_twice(home, store, shop):
    """What one process sealed another opens with the same home."""
    with Store.open(Home.find(home.path, env={}, database=home.database)) as other:
        assert other.tokens(other.shops.get("1")).load("main") == STALE
