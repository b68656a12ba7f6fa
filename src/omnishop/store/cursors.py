"""How far each list of each shop has been read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, select

from omnishop.store.connection import insert, looking, writing
from omnishop.store.moments import moment, when
from omnishop.store.tables import cursors


@frozen
class Cursor:
    """Everything from `since` to `until` was read whole and kept; both None: nothing yet.

    `unverified`: why the last try did not hold; None after one that did. `proof`: the weakest answer in the range,
    `proved` or `bounded`. `goal`: how far back is asked for. `true_at`: the shop's time up to which the list was
    last read whole; `swept_at`: when what is open was last read again one by one.
    """

    since: datetime | None = None
    until: datetime | None = None
    unverified: str | None = None
    proof: str | None = None
    goal: datetime | None = None
    true_at: datetime | None = None
    swept_at: datetime | None = None


class Cursors:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, shop_row: int, stream: str) -> Cursor:
        return self.of_shop(shop_row).get(stream, Cursor())

    def of_shop(self, shop_row: int) -> dict[str, Cursor]:
        """By the list's name, in its order."""
        rows = select(cursors).where(cursors.c.shop == shop_row).order_by(cursors.c.stream)
        with looking(self._engine) as connection:
            return {row.stream: _cursor(row) for row in connection.execute(rows)}

    def proved(
        self, shop_row: int, stream: str, since: datetime, until: datetime, proof: str = "proved"
    ) -> None:
        """The range now held."""
        facts = {"since": moment(since), "until": moment(until), "proof": proof}
        self._write(shop_row, stream, facts)

    def wants(self, shop_row: int, stream: str, goal: datetime) -> None:
        self._write(shop_row, stream, {"goal": moment(goal)})

    def true(self, shop_row: int, stream: str, at: datetime) -> None:
        """Read whole up to `at`; what was doubted is settled."""
        self._write(shop_row, stream, {"true_at": moment(at), "unverified": None})

    def swept(self, shop_row: int, stream: str, at: datetime) -> None:
        self._write(shop_row, stream, {"swept_at": moment(at)})

    def doubt(self, shop_row: int, stream: str, reason: str) -> None:
        """The range stays; the list is marked until a read holds."""
        self._write(shop_row, stream, {"unverified": reason})

    def _write(self, shop_row: int, stream: str, facts: dict[str, Any]) -> None:
        with writing(self._engine, durable=False, alone=f"cursors:{shop_row}") as connection:
            _put(connection, shop_row, stream, facts)


def _cursor(row: Any) -> Cursor:
    moments = (row.since, row.until, row.goal, row.true_at, row.swept_at)
    since, until, goal, true_at, swept_at = (None if each is None else when(each) for each in moments)
    return Cursor(since, until, row.unverified, row.proof, goal, true_at, swept_at)


def _put(connection: Connection, shop_row: int, stream: str, facts: dict[str, Any]) -> None:
    connection.execute(
        insert(connection, cursors)
        .values(shop=shop_row, stream=stream, **facts)
        .on_conflict_do_update(index_elements=["shop", "stream"], set_=facts)
    )
