"""A registered shop becomes one that can be called."""

from __future__ import annotations

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.ports import Account
from omnishop.store import Store, StoredShop


def account_of(store: Store, shop: StoredShop) -> Account:
    """With the app's secret opened and the home's key for buyers' hashes."""
    return store.shops.account(shop, store.ring.buyers)


AMONG_OTHERS_S = 5.0
"""The longest wait for a quota while other shops wait for the same worker: a ban is theirs to use, not to sit out."""


def open_shop(
    store: Store, shop: StoredShop, *, driver: SyncDriver | None = None, queue: float | None = None
) -> Shop:
    """Reads with the tokens of the store, which it keeps fresh there, within the quotas all its workers share.

    `queue`: the most seconds one call waits for a quota; a `driver` given brings its own limits.
    """
    driver = driver or SyncDriver(limits=store.quotas, queue=queue)
    return Shop(account_of(store, shop), store.tokens(shop), driver=driver)


def open_among_others(store: Store, shop: StoredShop) -> Shop:
    """For a worker of many shops."""
    return open_shop(store, shop, queue=AMONG_OTHERS_S)
