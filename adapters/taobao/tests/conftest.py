"""What the tests of this adapter share: the reference papers when they are there, one world, shops on it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.ports import Account, App
from omnishop.sandbox.simulation import Simulation

HERE = Path(__file__).parent
PAPERS = HERE.parents[2].parent / "shared" / "platforms" / "taobao"
NOW = datetime.fromisoformat("2026-09-15T12:00:00+08:00")


@pytest.fixture(scope="session")
def papers():
    if not PAPERS.is_dir():
        pytest.skip("the platform reference is not beside this checkout")
    return PAPERS


@pytest.fixture(scope="session")
def world_now():
    return NOW


@pytest.fixture(scope="session")
def sim():
    """Read only: tests that change the world make their own."""
    return Simulation.new(platforms=("taobao",), now=NOW)


@pytest.fixture
def fresh():
    return Simulation.new(platforms=("taobao",), now=NOW, orders=30)


@pytest.fixture(scope="session")
def keys():
    def of(simulation, storefront="tmall"):
        entries = simulation.shops("http://sim.test")["shops"]
        return next(entry for entry in entries if entry["storefront"] == storefront)

    return of


@pytest.fixture(scope="session")
def opened(keys):
    def open_one(simulation, storefront="tmall", **other):
        entry = keys(simulation, storefront)
        names = ("app_key", "app_secret", "access_token", "refresh_token", "operator_token", "gateway")
        given = {name: entry[name] for name in names} | {"shop_id": entry["shop_id"]} | other
        driver = SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)
        return Shop.open("taobao", storefront=storefront, driver=driver, **given)

    return open_one


@pytest.fixture
def account():
    return Account(App("taobao", "31230000", "secret"), "tmall", "2200000001013", buyer_secret=b"k" * 32)


@pytest.fixture(scope="session")
def month():
    return NOW - timedelta(days=30), NOW


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))
