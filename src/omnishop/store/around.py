"""What stands around a case: its order with all that belongs to it, and what its buyer bought elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from attrs import frozen
from sqlalchemy import Column, Engine, Table, select

from omnishop import jsonform
from omnishop.model import Case, Kind, Record, Stage
from omnishop.store.batches import batches
from omnishop.store.connection import reading
from omnishop.store.moments import moment
from omnishop.store.records import RecordType
from omnishop.store.ring import Ring
from omnishop.store.tables import RECORDS, cases, orders
from omnishop.store.vault import named

_AT_ONCE = 500


class OrderKey(NamedTuple):
    platform: str
    shop_id: str
    order_id: str


@frozen
class Bought:
    """One order of a buyer."""

    buyer_key: str
    order: OrderKey
    created_at: datetime | None
    paid_at: datetime | None


class _Times(msgspec.Struct):
    created_at: datetime | None = None
    paid_at: datetime | None = None


_TIMES = msgspec.json.Decoder(_Times)


class Around:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def of_orders(self, record: RecordType, wanted: Iterable[OrderKey]) -> dict[OrderKey, list[Record]]:
        """Every record of a type that belongs to one of these orders, without its raw bytes."""
        table = RECORDS[record]
        columns = (*_named(table), table.c.order_id, table.c.body)
        keys = set(wanted)
        found: dict[OrderKey, list[Record]] = {}
        with reading(self._engine) as connection:
            for some in batches(key.order_id for key in keys):
                rows = connection.execute(
                    select(*columns).where(table.c.order_id.in_(some)).order_by(table.c.row)
                )
                for row in rows:
                    key = OrderKey(row.platform, row.shop_id, row.order_id)
                    if key in keys:
                        found.setdefault(key, []).append(self._record(record, row))
        return found

    def refunded(self, wanted: Iterable[OrderKey]) -> list[Case]:
        """Cases of these orders that ended for the buyer."""
        keys = set(wanted)
        columns = (*_named(cases), cases.c.order_id, cases.c.body)
        found: list[Case] = []
        with reading(self._engine) as connection:
            for some in batches(key.order_id for key in keys):
                ended = select(*columns).where(
                    cases.c.order_id.in_(some), cases.c.stage == Stage.SUCCEEDED.value
                )
                rows = connection.execute(ended.order_by(cases.c.row))
                mine = (row for row in rows if OrderKey(row.platform, row.shop_id, row.order_id) in keys)
                found += [self._record("case", row) for row in mine]
        return found

    def bought(self, buyers: Iterable[str]) -> list[Bought]:
        """Every order that is kept of these buyers, in any shop."""
        columns = (*_named(orders), orders.c.buyer_key, orders.c.order_id, orders.c.body)
        found: list[Bought] = []
        with reading(self._engine) as connection:
            for some in batches(buyers):
                rows = connection.execute(
                    select(*columns).where(orders.c.buyer_key.in_(some)).order_by(orders.c.row)
                )
                for row in rows:
                    times = _TIMES.decode(self.body("order", row))
                    key = OrderKey(row.platform, row.shop_id, row.order_id)
                    found.append(Bought(row.buyer_key, key, times.created_at, times.paid_at))
        return found

    def open_cases(self, platform: str, shop_id: str, kinds: Iterable[Kind]) -> Iterator[Case]:
        """Of one shop, of these kinds."""
        wanted = select(*_named(cases), cases.c.body).where(
            cases.c.platform == platform,
            cases.c.shop_id == shop_id,
            cases.c.open.is_(True),
            cases.c.kind.in_([kind.value for kind in kinds]),
        )
        with reading(self._engine) as connection:
            for row in connection.execute(wanted):
                yield self._record("case", row)

    def every_case(self, *, since: datetime | None = None, size: int = _AT_ONCE) -> Iterator[list[Case]]:
        """All cases that are kept, changed since then, some at a time: none of them is read twice."""
        last = -1
        while True:
            wanted = select(cases.c.row, *_named(cases), cases.c.body).where(cases.c.row > last)
            if since is not None:
                wanted = wanted.where(cases.c.changed_at >= moment(since))
            with reading(self._engine) as connection:
                rows = connection.execute(wanted.order_by(cases.c.row).limit(size)).all()
            if not rows:
                return
            last = rows[-1].row
            yield [self._record("case", row) for row in rows]

    def body(self, record: RecordType, row: Any, body: bytes | None = None) -> bytes:
        """The JSON of a row with platform, shop_id, source and record_id; `body` where it is called otherwise."""
        key = record, row.platform, row.shop_id, row.source, row.record_id
        return self._ring.text(row.body if body is None else body, named(*key, "body"))

    def _record(self, record: RecordType, row: Any) -> Any:
        return jsonform.load(msgspec.json.decode(self.body(record, row)))


def _named(table: Table) -> tuple[Column[Any], ...]:
    return table.c.platform, table.c.shop_id, table.c.source, table.c.record_id
