"""How far each list of each shop has been read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, select

from omnishop.store.connection import insert, reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.tables import cursors


@frozen
class Cursor:
    """Everything from `since` to `until` was read whole and kept; both None: nothing yet.

    `unverified`: why the last try did not hold; None after one that did.
    """

    since: datetime | None = None
    until: datetime | None = None
    unverified: str | None = None


class Cursors:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, shop_row: int, stream: str) -> Cursor:
        return self.of_shop(shop_row).get(stream, Cursor())

    def of_shop(self, shop_row: int) -> dict[str, Cursor]:
        """By the list's name, in its order."""
        rows = select(cursors).where(cursors.c.shop == shop_row).order_by(cursors.c.stream)
        with reading(self._engine) as connection:
            return {row.stream: _cursor(row) for row in connection.execute(rows)}

    def proved(self, shop_row: int, stream: str, since: datetime, until: datetime) -> None:
        """The range now held; what was doubted is settled."""
        with writing(self._engine, durable=False, alone=f"cursors:{shop_row}") as connection:
            facts = {"since": moment(since), "until": moment(until), "unverified": None}
            _put(connection, shop_row, stream, facts)

    def doubt(self, shop_row: int, stream: str, reason: str) -> None:
        """The range stays; the list is marked until a read holds."""
        with writing(self._engine, durable=False, alone=f"cursors:{shop_row}") as connection:
            _put(connection, shop_row, stream, {"unverified": reason})


def _cursor(row: Any) -> Cursor:
    since = None if row.since is None else when(row.since)
    return Cursor(since, None if row.until is None else when(row.until), row.unverified)


def _put(connection: Connection, shop_row: int, stream: str, facts: dict[str, Any]) -> None:
    connection.execute(
        insert(connection, cursors)
        .values(shop=shop_row, stream=stream, **facts)
        .on_conflict_do_update(index_elements=["shop", "stream"], set_=facts)
    )
