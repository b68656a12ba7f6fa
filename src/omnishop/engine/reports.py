"""What a pull did, as values: pages while it runs, lists and shops when it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, frozen

from omnishop.errors import OmnishopError
from omnishop.ports import Window
from omnishop.store import Saved, StoredShop


@frozen
class Progress:
    """One page was read: the `window`-th of `windows` of this list, and what is saved so far."""

    shop: str
    stream: str
    record: str
    window: int
    windows: int
    saved: Saved
    quarantined: int


@frozen
class StreamReport:
    """What one list brought; a record met twice is counted twice, the second time as unchanged.

    `read` is the range now held, None while there is none; `short`: the range asked for lies partly beyond the
    platform's reach; `error`: why it ended early (what came before is kept). `proof`: the weakest answer in what
    is held; `true_at`: the shop's time up to which the list was last read whole; `left`: windows of the backfill
    still to come; `by_id`: no list, but what was read record by record.
    """

    stream: str
    record: str
    saved: Saved
    quarantined: int
    read: Window | None
    short: bool = False
    error: OmnishopError | None = None
    proof: str | None = None
    true_at: datetime | None = None
    left: int = 0
    by_id: bool = False

    def after(self, earlier: StreamReport) -> StreamReport:
        """Of two tries, this the later one: where it ended, and what both brought."""
        saved, quarantined = earlier.saved + self.saved, earlier.quarantined + self.quarantined
        return evolve(self, saved=saved, quarantined=quarantined)


@frozen
class ShopReport:
    """`error`: what stopped the whole shop; else each list has its own."""

    shop: StoredShop
    streams: tuple[StreamReport, ...]
    error: OmnishopError | None = None

    def after(self, earlier: ShopReport) -> ShopReport:
        """Of two tries, this the later one; a list it did not come to stands as the earlier one left it."""
        before = {each.stream: each for each in earlier.streams}
        lists = [
            each.after(before.pop(each.stream)) if each.stream in before else each for each in self.streams
        ]
        return evolve(self, streams=(*lists, *before.values()))

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> tuple[OmnishopError, ...]:
        """What says the same of several lists, as a clock that is wrong does, is told once."""
        own = (self.error,) if self.error else ()
        told = (*own, *(each.error for each in self.streams if each.error))
        return tuple({(type(each), each.en): each for each in reversed(told)}.values())[::-1]

    @property
    def quarantined(self) -> int:
        return sum(each.quarantined for each in self.streams)

    @property
    def left(self) -> int:
        """Windows of its history still to come."""
        return sum(each.left for each in self.streams)

    def true_at(self, record: str | None = None) -> datetime | None:
        """The shop's time up to which all its lists (of one type of record) were read whole; None: one was not."""
        times = [each.true_at for each in self.streams if record in {None, each.record} and not each.by_id]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def saved(self, record: str | None = None) -> Saved:
        """Summed over the lists of one type of record, or of all."""
        return _sum(each.saved for each in self.streams if record in {None, each.record})


@frozen
class PullReport:
    shops: tuple[ShopReport, ...]

    @property
    def ok(self) -> bool:
        return all(each.ok for each in self.shops)

    @property
    def quarantined(self) -> int:
        return sum(each.quarantined for each in self.shops)

    def saved(self, record: str | None = None) -> Saved:
        return _sum(each.saved(record) for each in self.shops)


def _sum(parts: Iterable[Saved]) -> Saved:
    return sum(parts, Saved())
