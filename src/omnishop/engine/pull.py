"""Brings what changed at the platforms into the store, window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import frozen

from omnishop.client import Shop
from omnishop.errors import OmnishopError
from omnishop.ports import Window
from omnishop.store import Saved, Store, StoredShop


@frozen
class Progress:
    """One page was read and saved: the `window`-th of `windows` of this list, and what it brought so far."""

    shop: str
    stream: str
    record: str
    window: int
    windows: int
    saved: Saved
    quarantined: int


@frozen
class StreamReport:
    """What one list brought. `read` is the range now held; `error` why it ended early, `reach` cut it short."""

    stream: str
    record: str
    saved: Saved
    quarantined: int
    read: Window | None
    error: OmnishopError | None = None


@frozen
class ShopReport:
    shop: StoredShop
    streams: tuple[StreamReport, ...]
    error: OmnishopError | None = None

    @property
    def ok(self) -> bool:
        raise NotImplementedError

    def saved(self, record: str | None = None) -> Saved:
        """Summed over the lists of one type of record, or of all."""
        raise NotImplementedError


@frozen
class PullReport:
    shops: tuple[ShopReport, ...]

    @property
    def ok(self) -> bool:
        raise NotImplementedError

    def saved(self, record: str | None = None) -> Saved:
        raise NotImplementedError


def pull(
    store: Store,
    shops: Sequence[StoredShop],
    *,
    now: Callable[[StoredShop], datetime],
    since: datetime | None = None,
    opened: Callable[[Store, StoredShop], Shop] | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> PullReport:
    """Each shop in turn; the error of one stands in its report and does not stop the others.

    `now` gives a shop's present (a simulated shop has its own); `opened` how it is called, by default
    `engine.open_shop`. Safe to interrupt anywhere: what was committed stays, the rest is read again.
    """
    raise NotImplementedError


def pull_shop(
    store: Store,
    stored: StoredShop,
    shop: Shop,
    *,
    now: datetime,
    since: datetime | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> ShopReport:
    raise NotImplementedError
