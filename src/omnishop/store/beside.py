"""Records as a transaction of somebody else asks for them, beside its own rows; without the bytes they came as."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from omnishop import jsonform
from omnishop.model import Case, Order
from omnishop.store.prepared import Prepared, given
from omnishop.store.records import RecordType
from omnishop.store.ring import Ring
from omnishop.store.tables import cases, orders
from omnishop.store.vault import named

_CASE = Prepared(
    select(cases.c.body).where(
        cases.c.platform == given("platform"),
        cases.c.shop_id == given("shop_id"),
        cases.c.source == given("source"),
        cases.c.record_id == given("record_id"),
    )
)
_OF_ORDER = {  # by the order alone: asked for the shop as well, SQLite walks through all that the shop has
    record: Prepared(
        select(table.c.platform, table.c.shop_id, table.c.source, table.c.record_id, table.c.body).where(
            table.c.order_id == given("order_id")
        )
    )
    for record, table in (("order", orders), ("case", cases))
}


class Mark(msgspec.Struct):
    """How new a record is, as far as it tells."""

    changed_at: datetime | None = None
    version: str | None = None


_mark_of = msgspec.json.Decoder(Mark).decode


class Beside:
    def __init__(self, ring: Ring) -> None:
        self.ring = ring

    def order(self, connection: Connection, platform: str, shop_id: str, order_id: str) -> Order | None:
        """None: it is not kept, or stands in several id spaces."""
        body = self._order(connection, platform, shop_id, order_id)
        found: Order | None = None if body is None else jsonform.load(msgspec.json.decode(body))
        return found

    def mark(
        self,
        connection: Connection,
        record: RecordType,
        platform: str,
        shop_id: str,
        record_id: str,
        source: str,
    ) -> Mark | None:
        """How new the record is that is kept. A review does not tell."""
        if record == "order":
            body = self._order(connection, platform, shop_id, record_id)
        else:
            key = {"platform": platform, "shop_id": shop_id, "source": source, "record_id": record_id}
            row = _CASE.first(connection, key) if record == "case" else None
            name = named("case", platform, shop_id, source, record_id, "body")
            body = None if row is None else self.ring.text(row[0], name)
        return None if body is None else _mark_of(body)

    def other_cases(
        self, connection: Connection, platform: str, shop_id: str, order_id: str, case: tuple[str, str]
    ) -> list[Case]:
        """Of the order, all but `case` (source, id)."""
        found: list[Case] = []
        for *shop, source, case_id, body in _OF_ORDER["case"].all(connection, {"order_id": order_id}):
            if shop == [platform, shop_id] and (source, case_id) != case:
                name = named("case", platform, shop_id, source, case_id, "body")
                found.append(jsonform.load(msgspec.json.decode(self.ring.text(body, name))))
        return found

    def _order(self, connection: Connection, platform: str, shop_id: str, order_id: str) -> bytes | None:
        rows = _OF_ORDER["order"].all(connection, {"order_id": order_id})
        mine = [row for row in rows if (row[0], row[1]) == (platform, shop_id)]
        if len(mine) != 1:
            return None
        [(_, _, source, record_id, body)] = mine
        return self.ring.text(body, named("order", platform, shop_id, source, record_id, "body"))
