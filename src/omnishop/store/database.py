"""Opening a database: its schema brought up to date, its key checked, its tables at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Self

from sqlalchemy import Engine

from omnishop.config import Home, Key
from omnishop.store.cursors import Cursors
from omnishop.store.quarantine import Quarantine
from omnishop.store.records import Records
from omnishop.store.shops import StoredShop, StoredShops
from omnishop.store.tokens import StoredTokens
from omnishop.store.vault import Vault


class Store:
    """One database. `shops`, `records`, `cursors`, `quarantine` are its tables; close it when done."""

    shops: StoredShops
    records: Records
    cursors: Cursors
    quarantine: Quarantine

    def __init__(self, engine: Engine, key: Callable[[], Key]) -> None:
        raise NotImplementedError

    @classmethod
    def open(cls, home: Home) -> Self:
        """The home's database, made or migrated when needed; safe when several processes start at once.

        ConfigError: not usable, not ours, or written by a newer omnishop.
        """
        raise NotImplementedError

    @cached_property
    def key(self) -> Key:
        """ConfigError when it is not the key this database was sealed with."""
        raise NotImplementedError

    @cached_property
    def vault(self) -> Vault:
        raise NotImplementedError

    def tokens(self, shop: StoredShop) -> StoredTokens:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
