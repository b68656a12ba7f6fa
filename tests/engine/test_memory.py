"""A history of any length is read back in the same memory: pages are computed from seed and index, none is held."""

from __future__ import annotations

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
    """(records kept, bytes at the highest)"""
    source = evolve(Market(), name="market")
    source.streams = lambda storefront: (endless.stream(),)
    tracemalloc.start()
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=source) as shop:
        report = engine.pull_shop(store, stored, shop, now=NOW, since=NOW - timedelta(days=days))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.ok, report.errors
    return report.saved().new, most


def test_six_times_the_history_takes_no_more_memory(store, stored, capsys):
    other = store.shops.add(evolve(ACCOUNT, shop_id="78", alias="other"), now=NOW)
    peak(store, store.shops.add(evolve(ACCOUNT, shop_id="79", alias="warm"), now=NOW), FEW, 1)
    little, low = peak(store, stored, FEW, 4)
    much, high = peak(store, other, FEW, 24)
    with capsys.disabled():
        print(f"\nbackfill: {little} records {low / 2**20:.2f} MiB, {much} records {high / 2**20:.2f} MiB")  # noqa: T201 - the figure
    assert much > 5 * little
    assert high < 1.5 * low, "what is held for one window comes and goes"


FEW = Endless(timedelta(minutes=12))
