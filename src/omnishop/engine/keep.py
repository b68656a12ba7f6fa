"""Keeps one record that was read outside a pull: merged with what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from omnishop.engine.merge import merge, snapshot
from omnishop.model import Case, Order, Record
from omnishop.store import Store
from omnishop.store.connection import of_shop, writing
from omnishop.store.records import RecordType


def keeper(store: Store) -> Callable[[Record, datetime], None]:
    """`keep(record, read_at)`; a record whose shop is not told is left alone."""

    def keep(record: Record, read_at: datetime) -> None:
        if record.shop_id is None:
            return
        kind, key = _id(record)
        fresh = snapshot(record, read_at)
        with writing(
            store.engine, durable=False, alone=of_shop(record.platform, record.shop_id)
        ) as connection:
            held = store.records.held(kind, record.platform, record.shop_id, [key], connection).get(key)
            store.records.put(connection, kind, [fresh if held is None else merge(held, fresh)])

    return keep


def _id(record: Record) -> tuple[RecordType, tuple[str, str]]:
    if isinstance(record, Case):
        return "case", (record.source, record.case_id)
    if isinstance(record, Order):
        return "order", (record.source, record.order_id)
    return "review", (record.source, record.review_id)
