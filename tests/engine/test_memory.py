"""A history of any length is read back in the same memory: pages are computed from seed and index, none is held."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import timedelta
from random import Random

from attrs import evolve, frozen
from tests.engine.market import ACCOUNT, NOW, Market, order

from omnishop import engine
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens
from omnishop.flow import Page
from omnishop.ports import Stream

SPAN = timedelta(hours=6)


@frozen
class Endless:
    """One order every `every`, as far back as anyone asks: which one stands where is arithmetic."""

    every: timedelta
    seed: int = 7
    size: int = 50

    def stream(self):
        reach = timedelta(days=4000)
        return Stream("orders", "order", "changed", self.pages, SPAN, reach)

    def pages(self, account, window, start=None):
        yield from ()
        low = -((window.start - NOW) // -self.every) if start is None else start
        high = min((window.end - NOW) // self.every, 0)
        first = -((window.start - NOW) // -self.every)
        total = max(high - first + 1, 0)
        here = range(low, min(low + self.size, high + 1))
        follow = None
        if low + self.size <= high:
            follow = lambda: self.pages(account, window, low + self.size)  # noqa: E731 - as adapters do
        return Page(tuple(self.record(index) for index in here), (), follow, total, self.size)

    def record(self, index):
        hand = Random(self.seed * 1_000_003 - index)  # noqa: S311 - repeatable, not secret
        return order(f"o{-index}", NOW + index * self.every, remark=str(hand.random()), raw=b"x" * 200)


def peak(store, stored, endless, days):
    """(records kept, most bytes in use at any eighth page)"""
    source = evolve(Market(), name="market")
    source.streams = lambda storefront: (endless.stream(),)
    used = []

    def look(progress):
        if progress.window % 8 == 0:
            gc.collect()  # what waits to be collected is not held
            used.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=source) as shop:
        since = NOW - timedelta(days=days)
        report = engine.pull_shop(store, stored, shop, now=NOW, since=since, tell=look)
    tracemalloc.stop()
    assert report.ok, report.errors
    return report.saved().new, max(used)


def test_a_longer_history_takes_no_more_memory(store, stored, capsys):
    other = store.shops.add(evolve(ACCOUNT, shop_id="78", alias="other"), now=NOW)
    peak(store, store.shops.add(evolve(ACCOUNT, shop_id="79", alias="warm"), now=NOW), FEW, 2)
    little, low = peak(store, stored, FEW, 3)
    much, high = peak(store, other, FEW, 12)
    with capsys.disabled():
        print(f"\nbackfill: {little} records {low / 2**20:.3f} MiB, {much} records {high / 2**20:.3f} MiB")  # noqa: T201 - the figure
    assert much - little > 1000
    assert (high - low) / (much - little) < 100, "bytes that stay of each record, which takes a thousand"


FEW = Endless(timedelta(minutes=12))
