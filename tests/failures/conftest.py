"""A small world behind a port, a home with its shops, the program in this process: for when things fail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.cli.conftest import _english, omnishop
from tests.run.conftest import apart, control, shops, until
from tests.stores import empty_file, home, store

from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

__all__ = ["_english", "apart", "control", "empty_file", "home", "omnishop", "shops", "store", "until"]

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)


@pytest.fixture
def kind_of_database():
    """Where the server is the point, it is started by the test."""
    return "sqlite"


@pytest.fixture
def platforms():
    """Those that are not too many for a scene: one that calls, one with a queue and sessions of a year."""
    return ("taobao", "douyin")


@pytest.fixture
def sandbox(platforms):
    with Sandbox(Simulation.new(seed=7, orders=4, now=NOW, platforms=platforms)) as running:
        yield running


@pytest.fixture
def at_home(home, monkeypatch):
    """The program finds the home."""
    monkeypatch.setenv("OMNISHOP_HOME", str(home.path))
    return home


@pytest.fixture
def secrets(sandbox):
    """What no message may hold."""
    return [
        value
        for shop in sandbox.ready()["shops"]
        for name, value in shop.items()
        if value and name.endswith(("secret", "token"))
    ]


@pytest.fixture
def held(store, shops):
    """How far each list of each shop is held."""

    def ranges():
        return {
            (shop.name, stream): (cursor.since, cursor.until)
            for shop in shops
            for stream, cursor in store.cursors.of_shop(shop.row).items()
        }

    return ranges
