"""The ring: data keys that seal what a database holds, themselves sealed by the home's key.

What is sealed names its data key in its head, so that several can be in use while rows move from one to the next.
Who writes asks for the present one inside the transaction: once a new key is on the ring, nothing more is sealed
with the one before it, whatever other processes remember.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Literal

from attrs import field, frozen
from sqlalchemy import Connection, Engine, select, update

from omnishop import clock
from omnishop.config import Home, Key
from omnishop.store.connection import insert, reading, writing
from omnishop.store.guarding import ring
from omnishop.store.moments import moment, when
from omnishop.store.prepared import Prepared, given
from omnishop.store.tables import facts
from omnishop.store.vault import FORM, HEAD, PLAIN, Record, Vault, named, wrong_key

Purpose = Literal["data", "buyers"]

_GENERATION, _HOME_KEY = "ring", "key_id"
_SIZE, _ID = 32, 8


@frozen
class RingKey:
    """One key of the ring, without its secret. `retired_at`: since when nothing new is sealed with it."""

    id: str
    purpose: Purpose
    made_at: datetime
    retired_at: datetime | None


@frozen
class _Opened:
    generation: str
    present: Vault
    vaults: Mapping[bytes, Vault]  # by the head of what they sealed
    buyers: bytes = field(repr=False)


class Ring:
    """The home's key is asked for when something is sealed or opened, not before."""

    def __init__(self, engine: Engine, home: Home) -> None:
        self._engine = engine
        self._home = home
        self._key: Key | None = None
        self._opened: _Opened | None = None  # as it was committed
        self._writing: _Opened | None = None  # as a writing transaction saw it, which may yet be undone
        self._lock = Lock()

    # ------------------------------------------------------------ in use

    def sealer(self, connection: Connection) -> Vault:
        """What to seal with in this writing transaction. A new database gets its ring here."""
        generation = _fact(connection, _GENERATION)
        for held in (self._writing, self._opened):
            if held is not None and held.generation == generation:
                return held.present
        if generation is None:
            self._make(connection)
        with self._lock:
            self._writing = self._load(connection)
            return self._writing.present

    def open(self, sealed: bytes, about: str) -> bytes:
        """ConfigError: another home's key, a key that is not on the ring, or bytes that were changed."""
        head = sealed[:HEAD]
        for held in (self._opened, self._writing):
            if held is not None and (vault := held.vaults.get(head)) is not None:
                return vault.open(sealed, about)
        return self._read(head).open(sealed, about)

    def text(self, stored: bytes, about: str) -> bytes:
        """JSON as it stands in a column: sealed, or as an older version wrote it."""
        return self.open(stored, about) if stored[:1] == FORM else stored

    def record(self, body: bytes, raw: bytes, key: tuple[Record, str, str, str, str]) -> tuple[bytes, bytes]:
        """JSON and bytes of a record: both sealed, or both as an older version wrote them."""
        if body[:1] != FORM:
            return body, raw
        return self.open(body, named(*key, "body")), raw and self.open(raw, named(*key, "raw"))

    def raw(self, stored: bytes, about: str) -> bytes:
        """Any bytes, stored by `Vault.seal` or after a byte that says they lie open; none are none."""
        if not stored:
            return b""
        return stored[1:] if stored[:1] == PLAIN else self.open(stored, about)

    @property
    def newest(self) -> bytes:
        """The head of what is sealed from now on."""
        return self._ready().present.head

    @property
    def buyers(self) -> bytes:
        """32 bytes for `model.buyer_key`, the same for as long as the database lives: `Account.buyer_secret`."""
        return (self._opened or self._ready()).buyers

    @property
    def home_key(self) -> Key:
        """The key that seals the ring, made with it. ConfigError: not the one this database was sealed with."""
        self._ready()
        return self._home_key(create=False)

    # ------------------------------------------------------------ its keys

    def entries(self) -> list[RingKey]:
        """The oldest first; no secret is opened."""
        wanted = select(ring).order_by(ring.c.made_at, ring.c.id)
        with reading(self._engine) as connection:
            return [
                RingKey(
                    row.id,
                    row.purpose,
                    when(row.made_at),
                    None if row.retired_at is None else when(row.retired_at),
                )
                for row in connection.execute(wanted)
            ]

    def add(self, now: datetime) -> str:
        """A new data key, in use from now on; those before it only open. Its id."""
        self._ready()
        with writing(self._engine) as connection:
            home = self._checked(connection)
            data = (ring.c.purpose == "data", ring.c.retired_at.is_(None))
            connection.execute(update(ring).where(*data).values(retired_at=moment(now)))
            made = secrets.token_hex(_ID)
            _put(connection, home, made, "data", secrets.token_bytes(_SIZE), now)
            _turn(connection)
        return made

    def drop(self, key_id: str) -> None:
        """Only after nothing that it sealed is left: what was, is lost with it."""
        with writing(self._engine) as connection:
            gone = ring.delete().where(ring.c.id == key_id, ring.c.retired_at.is_not(None))
            connection.execute(gone)
            _turn(connection)

    def rehome(self, new: Key) -> None:
        """Seal the ring with another home's key, all of it or nothing. Who has opened it goes on with it."""
        self._ready()
        with writing(self._engine) as connection:
            old = _vault_of(self._checked(connection))
            fresh = _vault_of(new)
            for row in connection.execute(select(ring)).all():
                secret = old.open(row.sealed, _about(row.id, row.purpose))
                sealed = fresh.seal(secret, _about(row.id, row.purpose))
                connection.execute(update(ring).where(ring.c.id == row.id).values(sealed=sealed))
            connection.execute(update(facts).where(facts.c.name == _HOME_KEY).values(value=new.id))
        with self._lock:
            self._key, self._opened, self._writing = new, None, None

    # ------------------------------------------------------------ inside

    def _ready(self) -> _Opened:
        """The ring, opened; made where there is none."""
        with reading(self._engine) as connection:
            there = _fact(connection, _GENERATION) is not None
        if not there:
            with writing(self._engine) as connection:
                self._make(connection)
        with self._lock, reading(self._engine) as connection:
            self._opened = self._load(connection)
            return self._opened

    def _read(self, head: bytes) -> Vault:
        """Another process has put a key on the ring since it was read here, if it was."""
        vault = self._ready().vaults.get(head)
        if vault is None:
            raise wrong_key()
        return vault

    def _load(self, connection: Connection) -> _Opened:
        generation = _fact(connection, _GENERATION)
        if generation is None:
            raise wrong_key()
        home = _vault_of(self._checked(connection))
        vaults: dict[bytes, Vault] = {}
        present: Vault | None = None
        buyers = b""
        for row in connection.execute(select(ring)):
            secret = home.open(row.sealed, _about(row.id, row.purpose))
            if row.purpose == "buyers":
                buyers = secret
                continue
            vault = Vault(secret, row.id)
            vaults[vault.head] = vault
            present = vault if row.retired_at is None else present
        if present is None or not buyers:
            raise wrong_key()
        return _Opened(generation, present, vaults, buyers)

    def _make(self, connection: Connection) -> None:
        """The first ring, unless another process was first. A database of an older version goes on with its keys."""
        mine = secrets.token_hex(_ID)
        first = insert(connection, facts).values(name=_GENERATION, value=mine)
        connection.execute(first.on_conflict_do_nothing())  # waits for another's, which then stands there
        if _fact(connection, _GENERATION) != mine:
            return
        sealed_with = _fact(connection, _HOME_KEY)
        home = self._home_key(create=sealed_with is None)
        if sealed_with is None:
            connection.execute(insert(connection, facts).values(name=_HOME_KEY, value=home.id))
        elif sealed_with != home.id:
            raise wrong_key()
        now = clock.now()
        older = sealed_with is not None
        data, secret = (home.id, home.sealing) if older else _fresh()
        _put(connection, home, data, "data", secret, now)
        buyers = home.buyers if older else secrets.token_bytes(_SIZE)
        _put(connection, home, secrets.token_hex(_ID), "buyers", buyers, now)

    def _checked(self, connection: Connection) -> Key:
        wanted = _fact(connection, _HOME_KEY)
        if self._key is None or self._key.id != wanted:
            if wanted is not None and not self._home.key_said:
                self._home.next_key(wanted)  # a change of keys was stopped at its last step
            self._key = self._home.key(create=False)
            if self._key.id != wanted:
                raise wrong_key()
        return self._key

    def _home_key(self, *, create: bool) -> Key:
        if self._key is None:
            self._key = self._home.key(create=create)
        return self._key


def _fresh() -> tuple[str, bytes]:
    return secrets.token_hex(_ID), secrets.token_bytes(_SIZE)


def _vault_of(home: Key) -> Vault:
    return Vault(home.sealing, home.id)


def _about(key_id: str, purpose: str) -> str:
    return f"ring\x1f{purpose}\x1f{key_id}"


def _put(
    connection: Connection, home: Key, key_id: str, purpose: Purpose, secret: bytes, now: datetime
) -> None:
    sealed = _vault_of(home).seal(secret, _about(key_id, purpose))
    row = {"id": key_id, "purpose": purpose, "sealed": sealed, "made_at": moment(now)}
    connection.execute(ring.insert().values(row))


def _turn(connection: Connection) -> None:
    """Every process reads the ring anew before it seals again."""
    fresh = update(facts).where(facts.c.name == _GENERATION).values(value=secrets.token_hex(_ID))
    connection.execute(fresh)


_FACT = Prepared(select(facts.c.value).where(facts.c.name == given("name")))


def _fact(connection: Connection, name: str) -> str | None:
    found = _FACT.first(connection, {"name": name})
    return None if found is None else str(found[0])
