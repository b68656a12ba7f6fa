"""Records in quarantine are asked for again, one by one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from omnishop.client import Shop
from omnishop.engine.byid import asked
from omnishop.engine.keep import BY_ID, id_of, put
from omnishop.engine.merge import snapshot
from omnishop.errors import WireError
from omnishop.store import Store
from omnishop.store.connection import of_shop
from omnishop.store.quarantine import Quarantined
from omnishop.store.records import RecordType


class Retried(StrEnum):
    """What became of it; all but `read` and `dropped` stay in quarantine."""

    READ = "read"
    UNREADABLE = "unreadable"
    NOT_FOUND = "not_found"
    FOREIGN = "foreign"
    DROPPED = "dropped"  # a message of the platform: what it was about is read with every pull
    NO_WAY = "no_way"  # the platform offers no reading of one: a list has to bring it again


def retry(store: Store, shop: Shop, item: Quarantined, now: datetime) -> Retried:
    """Read by its id; kept and released when it reads well."""
    record = record_of(shop, item)
    if item.record_id is None or record == "review":
        return Retried.NO_WAY
    key = item.source, item.record_id
    try:
        found = asked(shop, record, key)
    except WireError:
        return Retried.UNREADABLE
    if found is None:
        return Retried.NOT_FOUND
    if found.shop_id != item.shop_id:
        return Retried.FOREIGN
    with store.writing(durable=False, alone=of_shop(item.platform, item.shop_id)) as connection:
        fresh = {id_of(found): snapshot(found, now, BY_ID)}
        put(store, connection, record, item.platform, item.shop_id, fresh)
        store.quarantine.release(connection, item.platform, item.shop_id, [key])
    return Retried.READ


def drop_message(store: Store, item: Quarantined) -> Retried | None:
    """None for what is a record. A message is a hint, and no platform sends one again when it is asked."""
    if item.shop_id:
        return None
    store.quarantine.drop(item.row)
    return Retried.DROPPED


def record_of(shop: Shop, item: Quarantined) -> RecordType:
    """By the list it stood on, else by its id space."""
    for stream in shop.adapter.streams(shop.account.storefront):
        if stream.name == item.stream:
            return stream.record
    return "case" if item.source in shop.adapter.sources(shop.account.storefront) else "order"
