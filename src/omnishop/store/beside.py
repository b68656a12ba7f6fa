"""Records as a transaction of somebody else asks for them, beside its own rows; without the bytes they came as."""

from __future__ import annotations

from typing import Any

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
_OF_ORDER = Prepared(
    select(cases.c.source, cases.c.record_id, cases.c.body).where(
        cases.c.order_id == given("order_id"),
        cases.c.platform == given("platform"),
        cases.c.shop_id == given("shop_id"),
    )
)


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
        key = {"platform": platform, "shop_id": shop_id, "source": source, "record_id": record_id}
        found = (_ONE if source else _BY_ID)[record].all(connection, key)
        if len(found) != 1:
            return None
        [(stood, body)] = found
        opened: Record = self._opened(body, record, platform, shop_id, stood, record_id)
        return opened

    def other_cases(
        self, connection: Connection, platform: str, shop_id: str, order_id: str, case: tuple[str, str]
    ) -> list[Case]:
        """Of the order, all but `case` (source, id)."""
        rows = _OF_ORDER.all(connection, {"platform": platform, "shop_id": shop_id, "order_id": order_id})
        return [
            self._opened(body, "case", platform, shop_id, source, case_id)
            for source, case_id, body in rows
            if (source, case_id) != case
        ]

    def _opened(
        self, body: bytes, record: RecordType, platform: str, shop_id: str, source: str, record_id: str
    ) -> Any:
        name = named(record, platform, shop_id, source, record_id, "body")
        return jsonform.load(msgspec.json.decode(self._ring.text(body, name)))
