"""Who may send: bans and quotas as both drivers keep them, in memory; nothing is sent that would be refused."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
import respx
from attrs import evolve, frozen
from tests.fake_adapter import ACCOUNT, GATEWAY, FakeAdapter

from omnishop import RateLimited
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.budgets import Budget
from omnishop.drivers.limits import MemoryLimits
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.ports import App, Quota, Token, Window

GOOD = {"data": {"id": "9"}}
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
OTHER_SHOP = evolve(ACCOUNT, shop_id="2", alias="other")
OTHER_APP = evolve(ACCOUNT, app=App("fake", "key-2", "secret-2"))


@frozen
class Published(FakeAdapter):
    per_s: float = 100.0

    def quota(self, method):
        return Quota(self.per_s, "method", "A") if method == "case.get" else None


@frozen
class Paper:
    """A permit that remembers whether it was asked for."""

    asked: list[str]

    def sending(self, call, request):
        self.asked.append(call.method)


@pytest.fixture
def wire():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(GATEWAY)


@pytest.fixture(params=["sync", "async"])
def door(request):
    """Makes runs of one driver: `run = door(**options)`, then `run(account, ...)` as often as wanted."""
    loop = asyncio.new_event_loop()
    opened = []

    def make(adapter=None, **options):
        adapter = adapter or FakeAdapter()
        kind = SyncDriver if request.param == "sync" else AsyncDriver
        driver = kind(attempts=1, **options)
        opened.append(driver)

        def run(account=ACCOUNT, *, write=None, other=False):
            flow = adapter.case(account, "case", "9") if write is None else adapter.refund(account, "9")
            if other:
                flow = adapter._cases(account, WINDOW)
            done = driver.run(flow, adapter, account, MemoryTokens({"main": Token("a")}), write)
            return done if request.param == "sync" else loop.run_until_complete(done)

        return run

    yield make
    for driver in opened:
        closed = driver.close()
        if closed is not None:
            loop.run_until_complete(closed)
    loop.close()


def busy(**facts):
    return httpx.Response(200, json={"error": "busy", **facts})


def good():
    return httpx.Response(200, json=GOOD)


def test_while_a_ban_lasts_nothing_is_sent_and_the_caller_hears_for_how_long(door, wire):
    wire.side_effect = [busy(wait=3600.0)]
    run = door(patience=5.0)
    with pytest.raises(RateLimited):
        run()
    began = time.monotonic()
    with pytest.raises(RateLimited, match="not sent") as held:
        run()
    assert wire.call_count == 1
    assert time.monotonic() - began < 1.0
    assert 3590 < held.value.retry_after <= 3600
    assert (held.value.platform, held.value.shop, held.value.method) == ("fake", "demo", "case.get")


def test_a_short_ban_is_waited_out(door, wire):
    wire.side_effect = [busy(wait=0.2), good()]
    run = door(patience=5.0)
    with pytest.raises(RateLimited):
        run()
    began = time.monotonic()
    assert run().case_id == "9"
    assert 0.1 < time.monotonic() - began < 2.0


def test_no_wait_outlasts_what_the_caller_gives_to_queues(door, wire):
    wire.side_effect = [busy(wait=2.0)]
    run = door(patience=60.0, queue=0.3)
    with pytest.raises(RateLimited):
        run()
    began = time.monotonic()
    with pytest.raises(RateLimited) as held:
        run()
    assert time.monotonic() - began < 0.3
    assert 1.0 < held.value.retry_after <= 2.0


def test_a_refusal_that_names_no_time_is_given_one(door, wire):
    wire.side_effect = [busy()]
    with pytest.raises(RateLimited) as refused:
        door()()
    assert refused.value.retry_after == 1.0


def test_a_write_that_is_held_back_is_not_permitted_first(door, wire):
    wire.side_effect = [busy(wait=60.0, scope="shop")]
    run, paper = door(patience=1.0), Paper([])
    with pytest.raises(RateLimited):
        run()
    with pytest.raises(RateLimited, match="not sent"):
        run(write=paper)
    assert paper.asked == []
    assert wire.call_count == 1


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("call", {"same"}),
        ("method", {"same", "other shop"}),
        ("shop", {"same", "other method"}),
        ("app", {"same", "other shop", "other method"}),
    ],
)
def test_a_ban_holds_what_it_is_about_and_nothing_else(door, wire, scope, held):
    limits = MemoryLimits()
    run = door(patience=0.5, limits=limits)
    wire.side_effect = [busy(wait=60.0, scope=scope)]
    with pytest.raises(RateLimited):
        run()
    wire.side_effect = None
    wire.respond(json={"data": {"id": "9", "ids": [], "more": False}})
    found = set()
    for name, ask in {
        "same": run,
        "other shop": lambda: run(OTHER_SHOP),
        "other method": lambda: run(other=True),
        "other app": lambda: run(OTHER_APP),
    }.items():
        try:
            ask()
        except RateLimited:
            found.add(name)
    assert found == held


def test_a_published_quota_is_kept_from_the_first_call_on(door, wire):
    wire.respond(json=GOOD)
    run = door(adapter=Published())
    began = time.monotonic()
    for _ in range(30):
        run()
    assert time.monotonic() - began >= 29 / 100 - 0.006
    assert wire.call_count == 30


def test_threads_share_what_one_driver_knows(wire):
    times = []

    def answer(request):
        times.append(time.monotonic())
        return good()

    wire.side_effect = answer
    limits = MemoryLimits()
    limits.say(Budget("fake", "key", "", "case.get"), 100.0)
    driver, adapter = SyncDriver(limits=limits), FakeAdapter()

    def ask(_):
        driver.run(adapter.case(ACCOUNT, "case", "9"), adapter, ACCOUNT, MemoryTokens({"main": Token("a")}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(50)))
    driver.close()
    assert max(times) - min(times) >= 49 / 100 - 0.02


def test_a_learned_rate_is_kept_after_the_ban(door, wire):
    """Twenty calls went well at once, then it was too many: from there on they are spread."""
    wire.side_effect = [*[good() for _ in range(20)], busy(wait=0.05), *[good() for _ in range(10)]]
    limits = MemoryLimits()
    run = door(patience=5.0, limits=limits)
    for _ in range(20):
        run()
    with pytest.raises(RateLimited):
        run()
    budget = Budget("fake", "key", "1", "case.get")
    ceiling = limits._known[budget].ceiling
    assert 5 <= ceiling <= 21
    began = time.monotonic()
    for _ in range(5):
        run()
    assert time.monotonic() - began >= 4 / ceiling


def test_what_is_unknown_costs_no_place(door, wire):
    class Counting(MemoryLimits):
        taken = 0

        def take(self, *asked):
            self.taken += 1
            return super().take(*asked)

    wire.respond(json=GOOD)
    limits = Counting()
    run = door(limits=limits)
    for _ in range(5):
        run()
    assert limits.taken == 0
