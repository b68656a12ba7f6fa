"""Records as a transaction of somebody else asks for them, beside its own rows; without the bytes they came as."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from omnishop import jsonform
from omnishop.model import Case, Record
from omnishop.store.prepared import Prepared, given
from omnishop.store.records import RecordType
from omnishop.store.ring import Ring
from omnishop.store.tables import RECORDS, cases
from omnishop.store.vault import named

_BY_ID = {
    record: Prepared(
        select(table.c.source, table.c.body).where(
            table.c.platform == given("platform"),
            table.c.shop_id == given("shop_id"),
            table.c.record_id == given("record_id"),
        )
    )
    for record, table in RECORDS.items()
}
_ONE = {
    record: Prepared(
        select(table.c.source, table.c.body).where(
            table.c.platform == given("platform"),
            table.c.shop_id == given("shop_id"),
            table.c.source == given("source"),
            table.c.record_id == given("record_id"),
        )
    )
    for record, table in RECORDS.items()
}
_OF_ORDER = Prepared(  # by the order alone: asked for the shop as well, SQLite walks through all of its cases
    select(cases.c.platform, cases.c.shop_id, cases.c.source, cases.c.record_id, cases.c.body).where(
        cases.c.order_id == given("order_id")
    )
)


class Mark(msgspec.Struct):
    """How new a record is, as far as it tells."""

    changed_at: datetime | None = None
    version: str | None = None


_mark_of = msgspec.json.Decoder(Mark).decode


class Beside:
    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def record(
        self,
        connection: Connection,
        record: RecordType,
        platform: str,
        shop_id: str,
        record_id: str,
        source: str = "",
    ) -> Record | None:
        """None: it is not kept, or stands in several id spaces and none is named."""
        body = self._body(connection, record, platform, shop_id, record_id, source)
        found: Record | None = None if body is None else jsonform.load(msgspec.json.decode(body))
        return found

    def mark(
        self,
        connection: Connection,
        record: RecordType,
        platform: str,
        shop_id: str,
        record_id: str,
        source: str = "",
    ) -> Mark | None:
        """Of what `record` would bring."""
        body = self._body(connection, record, platform, shop_id, record_id, source)
        return None if body is None else _mark_of(body)

    def other_cases(
        self, connection: Connection, platform: str, shop_id: str, order_id: str, case: tuple[str, str]
    ) -> list[Case]:
        """Of the order, all but `case` (source, id)."""
        found: list[Case] = []
        for *shop, source, case_id, body in _OF_ORDER.all(connection, {"order_id": order_id}):
            if shop == [platform, shop_id] and (source, case_id) != case:
                name = named("case", platform, shop_id, source, case_id, "body")
                found.append(jsonform.load(msgspec.json.decode(self._ring.text(body, name))))
        return found

    def _body(
        self,
        connection: Connection,
        record: RecordType,
        platform: str,
        shop_id: str,
        record_id: str,
        source: str,
    ) -> bytes | None:
        key = {"platform": platform, "shop_id": shop_id, "source": source, "record_id": record_id}
        found = (_ONE if source else _BY_ID)[record].all(connection, key)
        if len(found) != 1:
            return None
        [(stood, body)] = found
        return self._ring.text(body, named(record, platform, shop_id, stood, record_id, "body"))
