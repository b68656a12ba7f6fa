"""Opening a database: its schema brought up to date, its key checked, its tables at hand."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from typing import Self

from sqlalchemy import Connection, Engine, select

from omnishop.config import Home, Key
from omnishop.store.acted import Deeds
from omnishop.store.around import Around
from omnishop.store.buyers import BuyerLinks
from omnishop.store.connection import connect, insert, reading, writing
from omnishop.store.cursors import Cursors
from omnishop.store.history import History
from omnishop.store.inbox import Inbox
from omnishop.store.known import KnownFacts
from omnishop.store.migrations import upgrade
from omnishop.store.parcels import ReturnParcels
from omnishop.store.quarantine import Quarantine
from omnishop.store.records import Records
from omnishop.store.rounds import Rounds
from omnishop.store.shops import StoredShop, StoredShops
from omnishop.store.tables import facts
from omnishop.store.tokens import StoredTokens
from omnishop.store.vault import Vault, wrong_key
from omnishop.store.verdicts import Verdicts
from omnishop.store.waiting import WaitingCases


class Store:
    """One database, its tables as attributes; close it when done."""

    def __init__(self, engine: Engine, home: Home) -> None:
        self.engine = engine
        self.home = home
        self.shops = StoredShops(engine, lambda: self.vault)
        self.records = Records(engine)
        self.history = History(engine)
        self.cursors = Cursors(engine)
        self.quarantine = Quarantine(engine)
        self.inbox = Inbox(engine)
        self.verdicts = Verdicts(engine)
        self.known = KnownFacts(engine)
        self.buyers = BuyerLinks(engine)
        self.parcels = ReturnParcels(engine)
        self.around = Around(engine)
        self.deeds = Deeds(engine)
        self.rounds = Rounds(engine)
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
        self, *, durable: bool = True, alone: str | None = None
    ) -> AbstractContextManager[Connection]:
        """One transaction over several tables; see `connection.writing`."""
        return writing(self.engine, durable=durable, alone=alone)

    @cached_property
    def key(self) -> Key:
        """The home's key, made with the first secret. ConfigError: not the one this database was sealed with."""
        with reading(self.engine) as connection:
            sealed_with = _key_id(connection)
        key = self.home.key(create=sealed_with is None)
        if sealed_with is None:
            with writing(self.engine) as connection:
                first = insert(connection, facts).values(name="key_id", value=key.id).on_conflict_do_nothing()
                connection.execute(first)
                sealed_with = _key_id(connection)
        if sealed_with != key.id:
            raise wrong_key()
        return key

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.key.sealing, self.key.id)

    def tokens(self, shop: StoredShop) -> StoredTokens:
        return StoredTokens(self.engine, self.vault, shop.row)

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _key_id(connection: Connection) -> str | None:
    found: str | None = connection.execute(select(facts.c.value).where(facts.c.name == "key_id")).scalar()
    return found
