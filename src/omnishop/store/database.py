"""Opening a database: its schema brought up to date, its key checked, its tables at hand."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection, Engine

from omnishop.config import Home, Key
from omnishop.store.acted import Deeds
from omnishop.store.around import Around
from omnishop.store.beside import Beside
from omnishop.store.buyers import BuyerLinks
from omnishop.store.connection import connect, writing
from omnishop.store.cursors import Cursors
from omnishop.store.entitlements import Audit, Entitlements
from omnishop.store.erasing import Erasing
from omnishop.store.history import History
from omnishop.store.inbox import Inbox
from omnishop.store.known import KnownFacts
from omnishop.store.marks import Marks
from omnishop.store.migrations import upgrade
from omnishop.store.parcels import ReturnParcels
from omnishop.store.quarantine import Quarantine
from omnishop.store.quotas import Quotas
from omnishop.store.records import Records
from omnishop.store.retention import Retention
from omnishop.store.ring import Ring
from omnishop.store.rounds import Rounds
from omnishop.store.shops import StoredShop, StoredShops
from omnishop.store.tokens import StoredTokens
from omnishop.store.verdicts import Verdicts
from omnishop.store.waiting import WaitingCases


class Store:
    """One database, its tables as attributes; close it when done."""

    def __init__(self, engine: Engine, home: Home) -> None:
        self.engine = engine
        self.home = home
        self.ring = Ring(engine, home)
        self.shops = StoredShops(engine, self.ring)
        self.records = Records(engine, self.ring)
        self.history = History(engine, self.ring)
        self.erasing = Erasing(self.ring, self.records, self.history)
        self.cursors = Cursors(engine)
        self.quarantine = Quarantine(engine, self.ring, self.erasing)
        self.quotas = Quotas(engine)
        self.inbox = Inbox(engine, self.ring, self.erasing)
        self.verdicts = Verdicts(engine, self.ring)
        self.known = KnownFacts(engine, self.ring)
        self.buyers = BuyerLinks(engine)
        self.parcels = ReturnParcels(engine)
        self.around = Around(engine, self.ring)
        self.beside = Beside(self.ring)
        self.deeds = Deeds(engine)
        self.audit = Audit(engine)
        self.entitlements = Entitlements(engine, self.audit)
        self.retention = Retention(engine, self.records, self.erasing)
        self.rounds = Rounds(engine)
        self.marks = Marks(engine)
        self.waiting = WaitingCases(engine)

    @classmethod
    def open(cls, home: Home) -> Self:
        """The home's database, made or migrated when needed; safe when several processes start at once.

        ConfigError: not usable, not ours, or written by a newer omnishop.
        """
        engine = connect(home.database)
        try:
            upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, home)

    def writing(
        self, *, durable: bool = True, alone: str | Collection[str] | None = None
    ) -> AbstractContextManager[Connection]:
        """One transaction over several tables; see `connection.writing`."""
        return writing(self.engine, durable=durable, alone=alone)

    @property
    def key(self) -> Key:
        """The home's key, made with the first secret. ConfigError: not the one this database was sealed with."""
        return self.ring.home_key

    def tokens(self, shop: StoredShop) -> StoredTokens:
        return StoredTokens(self.engine, self.ring, shop.row)

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
