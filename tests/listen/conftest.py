"""Simulated platforms behind a port, a store that has their shops, and a listener beside them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest
from tests.stores import empty_file, home, store

from omnishop import clock, registry
from omnishop.engine.simulated import World, present, register
from omnishop.listen import Listener
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

__all__ = ["empty_file", "home", "store"]

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
PLATFORM = "douyin"


@pytest.fixture
def kind_of_database():
    """The tables are the store's own affair; what goes through them is tried on one."""
    return "sqlite"


@pytest.fixture(scope="module")
def platforms():
    """All that are installed."""


@pytest.fixture(scope="module")
def sandbox(platforms):
    with Sandbox(Simulation.new(seed=5, orders=4, now=NOW, platforms=platforms)) as running:
        yield running


@pytest.fixture
def shops(store, sandbox):
    with World.at(sandbox.url) as door:
        return register(store, door, now=NOW)


@pytest.fixture
def listener(store, shops):
    with Listener(store, present=present(), idle_s=0.05) as running:
        yield running


@pytest.fixture
def until():
    """Waits for something to become true, some seconds at most."""

    def wait(true, seconds=8.0):
        end = clock.monotonic() + seconds
        while not (found := true()):
            assert clock.monotonic() < end, "it did not become true in time"
            clock.wait(0.03)
        return found

    return wait


@pytest.fixture
def push(store, shops, listener):
    """Pushes like the platform that calls: signed, unless told otherwise."""
    app = store.shops.account(next(shop for shop in shops if shop.platform == PLATFORM)).app
    client = httpx.Client(trust_env=False)

    def send(messages, *, method="hmac-sha256", body=None, path=f"/push/{PLATFORM}", **spoilt):
        raw = json.dumps(messages).encode() if body is None else body
        vector = {"app_key": app.app_key, "app_secret": app.app_secret, "raw_body": raw.decode("latin-1")}
        sign, _ = registry.adapter(PLATFORM).codec.sign({**vector, "sign_method": method}, "push")
        headers = {"app-id": app.app_key, "sign-method": method, "event-sign": sign, **spoilt}
        answer = client.post(listener.url + path, content=raw, headers=headers)
        told = answer.json() if answer.content else {}
        return SimpleNamespace(status=answer.status_code, code=told.get("code"))

    yield send
    client.close()
