"""A store in a new home, a registered shop, and the market it is read from."""

from __future__ import annotations

import pytest
from hypothesis import settings
from tests.engine.market import ACCOUNT, NOW, Market
from tests.stores import empty_file, home, store

from omnishop import engine
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens

__all__ = ["empty_file", "home", "store"]

settings.register_profile("engine", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("engine")


@pytest.fixture
def kind_of_database():
    """What is kept where is the store's own affair; the pull itself is tried on both."""
    return "sqlite"


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
