"""A store in a new home, a registered shop, and the market it is read from."""

from __future__ import annotations

import pytest
from hypothesis import settings
from tests.engine.market import ACCOUNT, NOW, Market

from omnishop import engine
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.tokens import MemoryTokens
from omnishop.store import Store

settings.register_profile("engine", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("engine")


@pytest.fixture
def store(tmp_path):
    with Store.open(Home.find(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def market():
    return Market()


@pytest.fixture
def stored(store):
    return store.shops.add(ACCOUNT, now=NOW)


@pytest.fixture
def pull(store, stored, market):
    """Pull the one shop; `now` and `since` as wanted, `told` gets the progress."""

    def run(now=NOW, since=None, told=None):
        with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market) as shop:
            return engine.pull_shop(store, stored, shop, now=now, since=since, tell=told)

    return run
