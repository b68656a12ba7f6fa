"""Brings what changed at the platforms into the store, window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import evolve

from omnishop.client import Shop
from omnishop.engine.listing import Listing
from omnishop.engine.reports import Progress, PullReport, ShopReport, StreamReport
from omnishop.engine.shops import open_shop
from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, Transient
from omnishop.ports import Stream
from omnishop.store import Store, StoredShop

_STOPS = (AuthError, RateLimited, Transient)
"""Errors that would meet every list of the shop; others are about one list only."""


def pull(
    store: Store,
    shops: Sequence[StoredShop],
    *,
    now: Callable[[StoredShop], datetime],
    since: datetime | None = None,
    opened: Callable[[Store, StoredShop], Shop] = open_shop,
    tell: Callable[[Progress], None] | None = None,
) -> PullReport:
    """Each shop in turn; the error of one stands in its report and does not stop the others.

    `now` gives a shop's present (a simulated shop has its own); `opened` how it is called. Safe to interrupt
    anywhere: what was committed stays, the rest is read again.
    """
    reports = []
    for stored in shops:
        try:
            with opened(store, stored) as shop:
                report = pull_shop(store, stored, shop, now=now(stored), since=since, tell=tell)
        except OmnishopError as error:
            report = ShopReport(stored, (), error)
        reports.append(report)
    return PullReport(tuple(reports))


def pull_shop(
    store: Store,
    stored: StoredShop,
    shop: Shop,
    *,
    now: datetime,
    since: datetime | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> ShopReport:
    """Every list of the shop. The first time: orders and reviews of 30 days, cases changed in 30 days or open."""
    reports: list[StreamReport] = []
    try:
        stored = _identified(store, stored, shop)
    except OmnishopError as error:
        return ShopReport(stored, (), error)
    for stream in _worth_reading(shop.streams()):
        listing = Listing(store, stored, shop, stream, now=now, tell=tell)
        report = listing.read(since)
        reports.append(report)
        if isinstance(report.error, _STOPS) and not listing.doubted:
            return ShopReport(stored, tuple(reports), report.error)
    return ShopReport(stored, tuple(reports))


def _identified(store: Store, stored: StoredShop, shop: Shop) -> StoredShop:
    """Records are kept under the shop's id: ask the platform when nobody told it yet."""
    if shop.account.shop_id is not None:
        return stored
    told = shop.whoami()
    if told.shop_id is None:
        raise ConfigError(
            "the platform does not tell this shop's id; register the shop with it",
            zh="平台未返回店铺 ID; 请在添加店铺时填写",
            platform=stored.platform,
            shop=stored.name,
        )
    shop.account = evolve(shop.account, shop_id=told.shop_id, storefront=told.storefront)
    return store.shops.update(stored, shop.account)


def _worth_reading(streams: Sequence[Stream]) -> list[Stream]:
    """Orders listed by change include those listed by creation; of cases and reviews every list counts."""
    by_change = any(stream.record == "order" and stream.clock == "changed" for stream in streams)
    return [
        stream
        for stream in streams
        if not (by_change and stream.record == "order" and stream.clock == "created")
    ]
