"""Brings what changed at the platforms into the store, window by window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import evolve

from omnishop import clock
from omnishop.client import Shop
from omnishop.engine import news
from omnishop.engine.byid import SWEPT, sweep
from omnishop.engine.listing import Listing
from omnishop.engine.plan import worth_reading
from omnishop.engine.reports import Progress, PullReport, ShopReport, StreamReport
from omnishop.engine.shops import AMONG_OTHERS_S, open_among_others, open_shop
from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, Transient
from omnishop.store import Saved, Store, StoredShop

_STOPS = (AuthError, Transient)
"""Errors that would meet every list of the shop; others are about one list only."""

_TURN = 8
"""Windows of one shop's history before it is the next shop's turn: a shop is opened once for so many."""


def pull(
    store: Store,
    shops: Sequence[StoredShop],
    *,
    now: Callable[[StoredShop], datetime],
    since: datetime | None = None,
    opened: Callable[[Store, StoredShop], Shop] | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> PullReport:
    """What is new of every shop first; then their histories, a few windows of each shop in turn.

    The error of one shop stands in its report and does not stop the others; what a ban held up is tried once more
    at the end, if it is over by then. `now` gives a shop's present (a simulated shop has its own); `opened` how it
    is called. Safe to interrupt anywhere: what was committed stays, the rest is read again.
    """
    opened = opened or (open_among_others if len(shops) > 1 else open_shop)
    pulls = [_ShopPull(store, stored, since=since, tell=tell) for stored in shops]
    _round(pulls, opened, now)
    late = {
        number: _ShopPull(store, each.stored, since=since, tell=tell)
        for number, each in enumerate(pulls)
        if each.free_again()
    }
    _round(list(late.values()), opened, now)
    reports = [each.report() for each in pulls]
    for number, each in late.items():
        reports[number] = each.report().after(reports[number])
    return PullReport(tuple(reports))


def _round(
    pulls: Sequence[_ShopPull],
    opened: Callable[[Store, StoredShop], Shop],
    now: Callable[[StoredShop], datetime],
) -> None:
    for each in pulls:
        each.with_shop(opened, lambda one, shop: one.live(shop, now(one.stored)))
    waiting = deque(each for each in pulls if each.left)
    while waiting:
        each = waiting.popleft()
        each.with_shop(opened, _ShopPull.turn)
        if each.left:
            waiting.append(each)


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
    one = _ShopPull(store, stored, since=since, tell=tell)
    one.live(shop, now)
    while one.left:
        one.turn(shop)
    return one.report()


def pull_live(
    store: Store,
    stored: StoredShop,
    shop: Shop,
    *,
    now: datetime,
    since: datetime | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> ShopReport:
    """What is new of one shop, its history left (`ShopReport.left`) for `pull_back`."""
    one = _ShopPull(store, stored, since=since, tell=tell)
    with news.turn(stored):
        one.live(shop, now)
    return one.report()


def pull_back(
    store: Store,
    stored: StoredShop,
    shop: Shop,
    *,
    now: datetime,
    tell: Callable[[Progress], None] | None = None,
) -> ShopReport:
    """One turn of a shop's history, from where the last one ended, in whatever process that was."""
    one = _ShopPull(store, stored, since=None, tell=tell)
    with news.turn(stored):
        one.resume(shop, now)
        one.turn(shop)
    return one.report()


class _ShopPull:
    """One shop in one pull: its live lane, then its backfill in turns. `left`: whether a turn is still to come."""

    def __init__(
        self,
        store: Store,
        stored: StoredShop,
        *,
        since: datetime | None,
        tell: Callable[[Progress], None] | None,
    ) -> None:
        self.stored = stored
        self.left = False
        self._store = store
        self._since = since
        self._tell = tell
        self._lists: list[Listing] = []
        self._swept: StreamReport | None = None
        self._error: OmnishopError | None = None
        self._banned: dict[OmnishopError, float] = {}  # each met once; until when, by the monotonic clock

    def with_shop(
        self, opened: Callable[[Store, StoredShop], Shop], step: Callable[[_ShopPull, Shop], None]
    ) -> None:
        try:
            with news.turn(self.stored), opened(self._store, self.stored) as shop:
                step(self, shop)
        except OmnishopError as error:
            self._stop(error)

    def live(self, shop: Shop, now: datetime) -> None:
        try:
            self.stored = _identified(self._store, self.stored, shop)
        except OmnishopError as error:
            self._stop(error)
            return
        for stream in worth_reading(shop.streams()):
            listing = Listing(self._store, self.stored, shop, stream, now=now, tell=self._tell)
            self._lists.append(listing)
            listing.live(self._since)
            if not listing.doubted and self._stopped_by(listing.error):
                return
        self.left = any(each.report().left for each in self._lists)
        self._sweep(shop, now)

    def resume(self, shop: Shop, now: datetime) -> None:
        """The lists as they stand in the store."""
        self._lists = [
            Listing(self._store, self.stored, shop, stream, now=now, tell=self._tell)
            for stream in worth_reading(shop.streams())
        ]

    def turn(self, shop: Shop) -> None:
        """A few windows of the history, the lists in turn."""
        read = 0
        going = [each for each in self._lists if each.report().left]
        while going and read < _TURN:
            for each in list(going):
                each.shop = shop
                if not each.backfill():
                    going.remove(each)
                if not each.doubted and self._stopped_by(each.error):
                    return
                read += 1
        self.left = bool(going)

    def report(self) -> ShopReport:
        lists = [each.report() for each in self._lists]
        if self._swept is not None:
            lists.append(self._swept)
        return ShopReport(self.stored, tuple(lists), self._error)

    def free_again(self) -> bool:
        """Whether a ban held it up that is over by now, or will be while a call waits for it."""
        return any(at - clock.monotonic() < AMONG_OTHERS_S for at in self._banned.values())

    def _stopped_by(self, error: OmnishopError | None) -> bool:
        """Whether the other lists would meet this error too; a ban of one method holds up only its own."""
        if isinstance(error, RateLimited):
            self._banned.setdefault(error, clock.monotonic() + (error.retry_after or 0.0))
        if isinstance(error, _STOPS) or (isinstance(error, RateLimited) and error.scope in {"shop", "app"}):
            self._stop(error)
        return self._error is not None

    def _stop(self, error: OmnishopError) -> None:
        self.left = False
        self._error = self._error or error
        news.hindered(self.stored, error)

    def _sweep(self, shop: Shop, now: datetime) -> None:
        """Lists that cannot prove that they named every open case are made up for, one case at a time."""
        open_lists = [each for each in self._lists if each.stream.clock == "open"]
        if not any(each.stream.best == "bounded" for each in self._lists):
            return
        if any(each.error is not None for each in open_lists):
            return
        met = {key for each in open_lists for key in each.met}
        saved, error = sweep(self._store, self.stored, shop, met, now)
        if saved != Saved() or error is not None:
            self._swept = StreamReport(SWEPT, "case", saved, 0, None, error=error, by_id=True)
        self._stopped_by(error)


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
