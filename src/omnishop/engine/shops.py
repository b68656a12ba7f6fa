"""A registered shop becomes one that can be called."""

from __future__ import annotations

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.ports import Account
from omnishop.store import Store, StoredShop


def account_of(store: Store, shop: StoredShop) -> Account:
    """With the app's secret opened and the home's key for buyers' hashes."""
    return store.shops.account(shop, store.ring.buyers)


def open_shop(store: Store, shop: StoredShop, *, driver: SyncDriver | None = None) -> Shop:
    """Reads with the tokens of the store, which it keeps fresh there."""
    return Shop(account_of(store, shop), store.tokens(shop), driver=driver)
