"""Records asked for by their id: what a list cannot be trusted to bring."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from omnishop.client import Shop
from omnishop.engine import news
from omnishop.engine.keep import BY_ID, id_of, put
from omnishop.engine.merge import snapshot
from omnishop.errors import NotFound, OmnishopError, Rejected, WireError
from omnishop.model import Record, Unreadable
from omnishop.store import Saved, Store, StoredShop
from omnishop.store.connection import of_shop
from omnishop.store.records import Id, RecordType

SWEEP = timedelta(hours=1)
"""How often what is open is read one by one where no list can prove that it named all of it."""

SWEPT = "open cases"
"""The name under which the store remembers it, beside the lists."""


def asked(shop: Shop, record: RecordType, key: Id) -> Record | None:
    """As the platform tells it now; None where it does not know it, or has no way to ask for one."""
    source, record_id = key
    try:
        if record == "case":
            found: Record = shop.case(record_id, source)
        elif record == "order":
            found = shop.order(record_id)
        else:
            return None
    except (NotFound, Rejected):
        return None
    return shop.account.owned(found)


def by_id(store: Store, shop: Shop, record: RecordType, key: Id, now: datetime) -> Saved:
    """Read and kept; a record that cannot be read is put into quarantine, one that is gone changes nothing."""
    platform, shop_id = shop.account.platform, shop.account.shop_id or ""
    try:
        found = asked(shop, record, key)
    except WireError as error:
        bad = Unreadable(platform, key[0], f"detail: {error.en}", key[1])
        with store.writing(durable=False, alone=of_shop(platform, shop_id)) as connection:
            store.quarantine.add(connection, shop_id, BY_ID, [bad], now)
        news.kept(platform, shop.account.name, record, Saved(), by=BY_ID, quarantined=1)
        return Saved()
    if found is None or found.shop_id != shop_id:
        return Saved()
    with store.writing(durable=False, alone=of_shop(platform, shop_id)) as connection:
        saved = put(store, connection, record, platform, shop_id, {id_of(found): snapshot(found, now, BY_ID)})
        store.quarantine.release(connection, platform, shop_id, [key])
    news.kept(platform, shop.account.name, record, saved, by=BY_ID)
    return saved


def sweep(
    store: Store, stored: StoredShop, shop: Shop, met: Iterable[Id], now: datetime
) -> tuple[Saved, OmnishopError | None]:
    """Every case that is open in the store and was not `met` on a list of open ones, read again by its id."""
    last = store.cursors.get(stored.row, SWEPT).swept_at
    if last is not None and last <= now < last + SWEEP:
        return Saved(), None
    known, saved = set(met), Saved()
    try:
        for key in store.records.open_ids("case", stored.platform, shop.account.shop_id or ""):
            if key not in known:
                saved += by_id(store, shop, "case", key, now)
    except OmnishopError as problem:
        return saved, problem
    store.cursors.swept(stored.row, SWEPT, now)
    return saved, None
