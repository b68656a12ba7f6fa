"""Until when a shop's store is known to say what the platform says: the one figure callers should look at."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from omnishop import registry
from omnishop.engine.plan import worth_reading
from omnishop.model import Text
from omnishop.store import Store, StoredShop


@frozen
class TrueAsOf:
    """Every list was read whole up to `at`, the shop's own time; `bounded`: lists that cannot prove it."""

    at: datetime
    bounded: tuple[str, ...] = ()


@frozen
class NotKnown:
    """A list was never read whole, or its last reading did not hold. Not the same as: nothing is there."""

    why: Text


def freshness(store: Store, shop: StoredShop) -> TrueAsOf | NotKnown:
    """ConfigError where the adapter of the shop's platform is not installed."""
    cursors = store.cursors.of_shop(shop.row)
    times: list[datetime] = []
    bounded: list[str] = []
    for stream in worth_reading(registry.adapter(shop.platform).streams(shop.storefront)):
        cursor = cursors.get(stream.name)
        if cursor is not None and cursor.unverified is not None:
            return NotKnown(
                Text(
                    f"{stream.name} 未能确认完整: {cursor.unverified}",
                    f"{stream.name} is unverified: {cursor.unverified}",
                )
            )
        if cursor is None or cursor.true_at is None:
            return NotKnown(Text(f"{stream.name} 尚未完整读取", f"{stream.name} has not been read whole yet"))
        times.append(cursor.true_at)
        if cursor.proof == "bounded":
            bounded.append(stream.name)
    if not times:
        return NotKnown(Text("该平台没有可读取的列表", "the platform offers no list to read"))
    return TrueAsOf(min(times), tuple(bounded))
