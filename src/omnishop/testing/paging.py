"""Paging: lists end, miss nothing where many records share one moment, and are honest where totals drift."""

from __future__ import annotations

import pytest

from omnishop.errors import OmnishopError
from omnishop.ports import Window
from omnishop.testing import reading
from omnishop.testing.bench import MONTH, Bench
from omnishop.testing.scenes import applied, lives, ordered
from omnishop.testing.suite import Conformance

MANY = 130
"""More than the largest page of the lists we know."""

_SEEDS = (1, 2, 3)


class PagingConformance(Conformance):
    """The world of this class has one moment in which everything happened."""

    @pytest.fixture(scope="class")
    @classmethod
    def crowd(cls, bench: Bench) -> Bench:
        """As many orders as need several pages, and a case on every fourth, all at the same second."""
        first = next(life for life in lives(bench.candidate) if not life.steps)
        for number in range(MANY):
            if number % 4 == 0:
                applied(bench, first.scenario, (), at_once=True)
            else:
                ordered(bench, "paid")
        return bench

    @pytest.mark.parametrize("clock", ["created", "changed"])
    @pytest.mark.parametrize("record", ["order", "case"])
    def test_equal_times_miss_nothing(self, crowd: Bench, record: str, clock: str) -> None:
        streams = [
            stream
            for stream in crowd.adapter.streams(crowd.storefront)
            if (stream.record, stream.clock) == (record, clock)
        ]
        desk = crowd.desk()
        found = {
            reading.key_of(item)
            for stream in streams
            for window in reading.windows(stream, crowd.month)
            for page in desk.pages(stream, window)
            for item in page.items
        }
        if streams:
            assert found == reading.truths(crowd, record).keys()

    def test_totals_count_what_is_listed(self, crowd: Bench) -> None:
        """Where the platform gives a total and nothing moves, it is the number of records."""
        desk = crowd.desk("async")
        now = crowd.world.now()
        for stream in crowd.adapter.streams(crowd.storefront):
            window = Window(max(now - MONTH, now - stream.span), now + (crowd.month.end - now))
            window = Window(max(window.start, window.end - stream.span), window.end)
            pages = list(desk.pages(stream, window))
            totals = {page.total for page in pages} - {None}
            count = sum(len(page.items) + len(page.unreadable) for page in pages)
            assert totals <= {count}, f"{stream.name}: {totals} for {count} records"

    @pytest.mark.parametrize("fault", ["short_page", "drifting_total"])
    def test_pages_end_and_tell_nothing_else(self, crowd: Bench, fault: str) -> None:
        """A count or a page that is wrong leads to an error or to less, never to more, and never round in circles."""
        desk = crowd.desk()
        stream = next(each for each in crowd.adapter.streams(crowd.storefront) if each.record == "order")
        true = reading.truths(crowd, "order").keys()
        window = [*reading.windows(stream, crowd.month)][-1]
        for seed in _SEEDS:
            crowd.simulation.faults(seed, {fault: 0.6})
            try:
                pages = list(desk.pages(stream, window))
            except OmnishopError:
                continue
            finally:
                crowd.simulation.faults(0, {})
            assert {reading.key_of(item) for page in pages for item in page.items} <= true
