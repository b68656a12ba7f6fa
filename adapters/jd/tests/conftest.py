"""What the tests of this adapter share: the shared wire reference where it is, a simulated world, a shop in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from omnishop import Shop
from omnishop.acts import Ask, Look, Seen, Shown, Subject, Verb, Write, choose, missing, rows_for
from omnishop.drivers.sync import SyncDriver
from omnishop.model import Text
from omnishop.sandbox.simulation import Simulation
from omnishop_jd import adapter

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


def opened(simulation: Simulation, **settings: Any) -> Shop:
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


@frozen
class Done:
    row: Write
    before: Look
    after: Look
    shown: Shown


@frozen
class Desk:
    """One write as the ledger makes it: look, choose the row, send, look again; and what each of them said."""

    shop: Shop

    def looked(self, subject: Subject, verb: Verb) -> tuple[Write | None, Look]:
        rows = rows_for(adapter.writes("jd"), verb, subject)
        look = self.shop.run(rows[0].look(self.shop.account, subject))
        return choose(rows, subject, Seen.of(look)), look

    def hindered(self, subject: Subject, verb: Verb, ask: Ask) -> Text | None:
        row, look = self.looked(subject, verb)
        assert row is not None
        return row.hinders(self.shop.account, look, ask) if row.hinders else None

    def send(self, row: Write, look: Look, ask: Ask) -> None:
        self.shop.run(row.send(self.shop.account, look, ask))

    def act(self, subject: Subject, verb: Verb, ask: Ask) -> Done:
        """All of it; what hinders or is missing fails the test."""
        row, look = self.looked(subject, verb)
        assert row is not None
        assert row.in_stage(Seen.of(look).stage)
        assert missing(row, ask) == ()
        hindered = row.hinders(self.shop.account, look, ask) if row.hinders else None
        assert hindered is None, hindered
        assert row.shows(ask, Seen.of(look), Seen.of(look)) is Shown.BEFORE
        self.send(row, look, ask)
        after = self.shop.run(row.look(self.shop.account, subject))
        return Done(row, look, after, row.shows(ask, Seen.of(look), Seen.of(after)))


@pytest.fixture
def desk_of() -> Any:
    return lambda simulation, **settings: Desk(opened(simulation, writes="unguarded", **settings))
