"""What the tests of this adapter share: the shared wire reference where it is, a simulated world, a shop in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from omnishop import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.sandbox.simulation import Simulation

SHARED = Path(__file__).parents[3].parent / "shared" / "platforms" / "jd"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's wire reference beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the shared wire reference is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def still() -> Simulation:
    """A world that tests only read from."""
    return Simulation.new(platforms=("jd",), seed=3)


@pytest.fixture
def moving() -> Simulation:
    """A small world of its own for a test that changes it."""
    return Simulation.new(platforms=("jd",), seed=5, orders=12)


def opened(simulation: Simulation, **settings: str) -> Shop:
    entry = simulation.shops("http://sim.test")["shops"][0]
    keys = ("app_key", "app_secret", "access_token", "refresh_token", "shop_id", "gateway")
    driver = SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)
    return Shop.open("jd", **{key: entry[key] for key in keys}, driver=driver, **settings)


@pytest.fixture
def shop(still: Simulation) -> Iterator[Shop]:
    with opened(still) as each:
        yield each


@pytest.fixture
def open_shop() -> Any:
    return opened


@pytest.fixture
def month(still: Simulation) -> Any:
    now = still.world.now()
    return now - timedelta(days=30), now + timedelta(seconds=1)
