"""Simulated shops opened in process: by their keys for reading, through a ledger for acting."""

from __future__ import annotations

from typing import Any

import httpx

from omnishop import clock
from omnishop.acts import Verb
from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import ConfigError
from omnishop.ledger import Ledger
from omnishop.ports import Account, App, Role, Token
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

_KEYS = ("app_key", "app_secret", "access_token", "refresh_token", "operator_token", "shop_id", "gateway")
_URL = "http://sim.test"


def entry_of(simulation: Simulation, storefront: str) -> dict[str, Any]:
    """The shop's keys as the ready line has them."""
    entries: list[dict[str, Any]] = simulation.shops(_URL)["shops"]
    found = [entry for entry in entries if entry["storefront"] == storefront]
    if not found:
        there = ", ".join(entry["storefront"] for entry in entries)
        raise ConfigError(
            f"this world has no shop of {storefront!r}; it has: {there}",
            zh=f"模拟世界中没有 {storefront!r} 店铺; 现有: {there}",
        )
    return found[0]


def driver_of(simulation: Simulation) -> SyncDriver:
    return SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)


def open_shop(simulation: Simulation, storefront: str, **other: Any) -> Shop:
    entry = entry_of(simulation, storefront)
    given = {name: entry[name] for name in _KEYS} | other
    return Shop.open(entry["platform"], storefront=storefront, driver=driver_of(simulation), **given)


def ledger_of(store: Store, simulation: Simulation, **how: Any) -> Ledger:
    """Every shop of the world is registered in the store and may do everything."""
    ledger = Ledger(store, now=lambda shop: simulation.world.now(), **how)
    now = clock.now()
    for entry in simulation.shops(_URL)["shops"]:
        app = App(entry["platform"], entry["app_key"], entry["app_secret"], gateway=entry["gateway"])
        tokens: dict[Role, Token] = {"main": Token(entry["access_token"], entry["refresh_token"])}
        if entry["operator_token"]:
            tokens["operator"] = Token(entry["operator_token"], renewable=False)
        store.shops.add(Account(app, entry["storefront"], entry["shop_id"]), now=now, tokens=tokens)
        ledger.rights.allow(entry["platform"], entry["shop_id"], [verb.value for verb in Verb], {}, now)
    return ledger


def through(ledger: Ledger, simulation: Simulation, storefront: str) -> Shop:
    return ledger.shop(entry_of(simulation, storefront)["shop_id"], driver=driver_of(simulation))
