"""Keeps what was read: merged with what the store holds, its former states remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from omnishop.engine.merge import merge, snapshot
from omnishop.model import Case, Order, Record
from omnishop.store import Saved, Store
from omnishop.store.connection import of_shop
from omnishop.store.records import Held, Id, RecordType
from omnishop.store.waiting import orders_changed

BY_ID = "id"
"""The `answer` of what was asked for by its id."""


def keeper(store: Store) -> Callable[[Record, datetime], None]:
    """`keep(record, read_at)`; a record whose shop is not told is left alone."""

    def keep(record: Record, read_at: datetime) -> None:
        if record.shop_id is None:
            return
        fresh = snapshot(record, read_at, BY_ID)
        with store.writing(durable=False, alone=of_shop(record.platform, record.shop_id)) as connection:
            put(store, connection, kind_of(record), record.platform, record.shop_id, {id_of(record): fresh})

    return keep


def put(
    store: Store,
    connection: Connection,
    record: RecordType,
    platform: str,
    shop_id: str,
    fresh: dict[Id, Held],
) -> Saved:
    """In the caller's transaction, which must be alone with this shop (`of_shop`)."""
    held = store.records.held(record, platform, shop_id, fresh, connection)
    fresh = store.erasing.as_kept(connection, record, (platform, shop_id), fresh, held)
    new = changed = 0
    rows: list[Held] = []
    for key, each in fresh.items():
        old = held.get(key)
        if old is None:
            new += 1
            rows.append(each)
            continue
        whole = merge(old, each)
        if not whole.says(old):
            changed += 1
        elif _alike(old, whole):
            continue
        rows.append(whole)
    about = store.records.put(connection, record, rows)
    orders_changed(connection, platform, shop_id, about)
    _remember(store, connection, record, (platform, shop_id), fresh, held)
    return Saved(new, changed, len(fresh) - new - changed)


def _alike(old: Held, whole: Held) -> bool:
    """Nothing is to be written: not even that an earlier reading told this state first."""
    told = whole.at != old.at or (whole.read_at, whole.answer) == (old.read_at, old.answer)
    return told and (whole.raw, whole.kind_at, whole.marks) == (old.raw, old.kind_at, old.marks)


def _remember(
    store: Store,
    connection: Connection,
    record: RecordType,
    place: tuple[str, str],
    fresh: dict[Id, Held],
    held: dict[Id, Held],
) -> None:
    """A record read in one state only needs no history: what is held says it all."""
    same = {key for key in held if held[key].says(fresh[key])}
    alike = {key for key in same if held[key].at == fresh[key].at}
    other = held.keys() - same
    if not alike and not other:
        return
    known = store.history.known(connection, record, *place, alike | other)
    states = [(key, held[key]) for key in sorted(other - known)]
    states += [(key, fresh[key]) for key in sorted(other | (alike & known))]
    store.history.add(connection, record, *place, states)


def one_each(snapshots: Iterable[tuple[Id, Held]]) -> dict[Id, Held]:
    """One record twice is merged first: a batch may hold each row once."""
    found: dict[Id, Held] = {}
    for key, each in snapshots:
        found[key] = merge(found[key], each) if key in found else each
    return found


def kind_of(record: Record) -> RecordType:
    if isinstance(record, Case):
        return "case"
    return "order" if isinstance(record, Order) else "review"


def id_of(record: Record) -> Id:
    if isinstance(record, Case):
        return record.source, record.case_id
    return record.source, record.order_id if isinstance(record, Order) else record.review_id
