"""Tokens of one shop in the database: refreshed by one at a time, kept before they are used."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update

from omnishop.ports import Role, Token
from omnishop.store.connection import insert, looking, reading, writing
from omnishop.store.moments import moment
from omnishop.store.prepared import Prepared, given
from omnishop.store.ring import Ring
from omnishop.store.tables import rounds, tokens

_SEALED = Prepared(select(tokens.c.sealed).where(tokens.c.shop == given("of"), tokens.c.role == given("as")))


class StoredTokens:
    """A `drivers.exchange.TokenStore`, atomic over threads and processes; tokens are sealed."""

    blocking = True

    def __init__(self, engine: Engine, ring: Ring, shop_row: int) -> None:
        self._engine = engine
        self._ring = ring
        self._shop = shop_row
        self._alone = f"tokens:{shop_row}"
        self._opened: dict[Role, tuple[bytes, Token]] = {}

    def put(self, role: Role, token: Token) -> None:
        """After a login: replaces the token and ends any lease, so that a refresh under way is not kept."""
        with writing(self._engine, alone=self._alone) as connection:
            self.put_in(connection, role, token)

    def put_in(self, connection: Connection, role: Role, token: Token) -> None:
        """As `put`, in a transaction of the caller. A shop that waited for a login is due at once."""
        row = {"sealed": self._sealed(connection, role, token), "holder": None, "held_until": None}
        connection.execute(
            insert(connection, tokens)
            .values(shop=self._shop, role=role, **row)
            .on_conflict_do_update(index_elements=["shop", "role"], set_=row)
        )
        waited = (rounds.c.shop == self._shop, rounds.c.failures > 0)
        connection.execute(update(rounds).where(*waited).values(due_at=0))

    def roles(self) -> tuple[Role, ...]:
        """The roles there is a token for."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(tokens.c.role).where(tokens.c.shop == self._shop, tokens.c.sealed.is_not(None))
            ).scalars()
            return tuple(sorted(found))

    def load(self, role: Role) -> Token | None:
        """As it stands there now; what was opened before is not opened again."""
        with looking(self._engine) as connection:
            found = _SEALED.first(connection, {"of": self._shop, "as": role})
        sealed = None if found is None or found[0] is None else bytes(found[0])
        if sealed is None:
            return None
        before = self._opened.get(role)
        if before is not None and before[0] == sealed:
            return before[1]
        token = msgspec.json.decode(self._ring.open(sealed, about(self._shop, role)), type=Token)
        self._opened[role] = (sealed, token)
        return token

    def lease(self, role: Role, holder: str, until: datetime, now: datetime) -> bool:
        with writing(self._engine, alone=self._alone) as connection:
            held = connection.execute(
                select(tokens.c.holder, tokens.c.held_until).where(*self._row(role))
            ).one_or_none()
            if held is not None and held.holder is not None and _lasts(held.held_until, now, until):
                return False
            row = {"holder": holder, "held_until": moment(until)}
            connection.execute(
                insert(connection, tokens)
                .values(shop=self._shop, role=role, **row)
                .on_conflict_do_update(index_elements=["shop", "role"], set_=row)
            )
            return True

    def commit(self, role: Role, holder: str, token: Token) -> bool:
        with writing(self._engine, alone=self._alone) as connection:
            done = connection.execute(
                update(tokens)
                .where(*self._row(role), tokens.c.holder == holder)
                .values(sealed=self._sealed(connection, role, token), holder=None, held_until=None)
            )
            return done.rowcount == 1

    def release(self, role: Role, holder: str) -> None:
        with writing(self._engine, alone=self._alone) as connection:
            mine = (*self._row(role), tokens.c.holder == holder)
            connection.execute(update(tokens).where(*mine).values(holder=None, held_until=None))
            empty = (tokens.c.sealed.is_(None), tokens.c.holder.is_(None))
            connection.execute(delete(tokens).where(*self._row(role), *empty))

    def _row(self, role: Role) -> tuple[ColumnElement[bool], ...]:
        return tokens.c.shop == self._shop, tokens.c.role == role

    def _sealed(self, connection: Connection, role: Role, token: Token) -> bytes:
        return self._ring.sealer(connection).seal(msgspec.json.encode(token), about(self._shop, role))


def about(shop_row: int, role: str) -> str:
    return f"token:{shop_row}:{role}"


def _lasts(held_until: int, now: datetime, until: datetime) -> bool:
    """A lease that would last far longer than the one now asked for was taken before the clock was put back."""
    left = held_until - moment(now)
    return 0 < left <= 2 * (moment(until) - moment(now))
