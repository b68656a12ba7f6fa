"""What the ledger adds to a write that moves money: `python benchmarks/ledger.py`.

The same act on cases alike, in process over the simulated platform: unguarded (look, send, look) and through the
ledger, in turn, on SQLite and on PostgreSQL. Cases and orders stand in the store, as a pull leaves them; the last row
of each tells what it costs where the order does not and must be read from the platform, one call more. What is added
stands beside what one fsync costs on this machine: an intent is durable before the call and its end is durable after
it. Wall time, and the time of this process alone; the PostgreSQL server is one of its own with the settings it comes
with, unless OMNISHOP_TEST_POSTGRES names another.
"""

from __future__ import annotations

import os
import platform as machine
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to a PostgreSQL, and to a shop with cases

from sqlalchemy import event
from tests.postgres import Server, started
from tests.scenes.stage import FRONTS, Scene

from omnishop import clock
from omnishop.acts import Outcome, State
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.ledger import Ledger
from omnishop.model import Fen, Kind
from omnishop.store import Store

ACTS = 200
WARM = 20
AS_INSTALLED = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB"}
FRONT = next(front for front in FRONTS if front.name == "douyin")
"""One write an act, as most have; where agreeing takes a review first it is twice this."""


@contextmanager
def stores() -> Iterator[dict[str, Store]]:
    named = os.environ.get("OMNISHOP_TEST_POSTGRES")
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        server = Server(named) if named else ends.enter_context(started(**AS_INSTALLED))
        ends.callback(server.clear)
        homes = {
            "SQLite": Home.find(folder, env={}),
            "PostgreSQL": Home.find(folder, env={}, database=ends.enter_context(server.new_database())),
        }
        yield {name: ends.enter_context(Store.open(home)) for name, home in homes.items()}


class Commits:
    """Transactions that wrote something, counted where SQLAlchemy commits them."""

    def __init__(self, store: Store) -> None:
        self.number = 0
        event.listen(store.engine, "commit", self._one)

    def _one(self, connection: object) -> None:
        self.number += 1


def timed(work: Callable[[], Outcome]) -> tuple[float, float]:
    """Milliseconds: by the clock, and of this process."""
    begun, worked = time.perf_counter(), time.process_time()
    outcome = work()
    took = time.perf_counter() - begun, time.process_time() - worked
    if outcome.state is not State.CONFIRMED:
        raise SystemExit(f"an act that should have gone through is {outcome.state}")
    return took[0] * 1000, took[1] * 1000


class Kept(NamedTuple):
    """The acts of one way, in milliseconds: by the clock, and of this process; and transactions each."""

    wall: list[float]
    own: list[float]
    commits: float


def measured(store: Store) -> list[Kept]:
    """Unguarded; by a ledger that keeps its book alone; by one that keeps what it read in the store as well, as
    commands do; by one whose store has never seen the order.
    """
    scene = Scene(FRONT, store)
    limits = {"fen_per_day": Fen(10**12), "acts_per_day": 10**6}
    scene.ledger.rights.allow(FRONT.platform, scene.stored.shop_id, [], limits, clock.now())
    account = store.shops.account(scene.stored, store.ring.buyers)
    bare = Shop(account, store.tokens(scene.stored), driver=scene.driver(), writes="unguarded")
    buyers, shop_id = scene.simulation.buyers, scene.stored.shop_id
    present = {"now": lambda _shop: scene.world.now(), "pauses": (0.0,)}
    alone = Ledger(store, **present).shop(scene.stored, driver=scene.driver())
    keeping = Ledger(store, **present, keep=scene.keep).shop(scene.stored, driver=scene.driver())
    ways = ((bare, True), (alone, True), (keeping, True), (alone, False))
    cases = [buyers.apply(buyers.order(shop_id), Kind.CANCEL) for _ in range(len(ways) * (ACTS + WARM))]
    counted = Commits(store)
    took: list[list[tuple[float, float]]] = [[] for _ in ways]
    commits = [0 for _ in ways]
    for number in range(ACTS + WARM):
        for way, (shop, pulled) in enumerate(ways):
            case_id = cases.pop()
            if pulled:
                case = bare.case(case_id)
                scene.keep(case, scene.world.now())
                scene.keep(bare.order(case.order_id), scene.world.now())
            before = counted.number
            spent = timed(lambda shop=shop, case_id=case_id: shop.agree(case_id))
            if number >= WARM:
                took[way].append(spent)
                commits[way] += counted.number - before
    each = [tuple(map(sorted, zip(*spent, strict=True))) for spent in took]
    return [Kept(wall, own, total / ACTS) for (wall, own), total in zip(each, commits, strict=True)]


def syncing() -> list[float]:
    with tempfile.NamedTemporaryFile() as file:
        took = []
        for _ in range(ACTS):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)


def median(took: list[float]) -> float:
    return took[len(took) // 2]


def slowest(took: list[float]) -> float:
    return took[-max(1, len(took) // 100)]


def row(name: str, kept: Kept, more: str = "") -> None:
    print(f"{name:32} {median(kept.wall):8.2f} {slowest(kept.wall):8.2f} {median(kept.own):8.2f}   {more}")


def main() -> None:
    cores, python = os.cpu_count(), machine.python_version()
    print(f"\n{cores} cores, {machine.machine()}, CPython {python}, SQLite {sqlite3.sqlite_version}")
    print(f"{ACTS} acts each, ms\n{'':32} {'median':>8} {'99 %':>8} {'process':>8}")
    fsync = syncing()
    print(f"{'one fdatasync':32} {median(fsync):8.2f} {slowest(fsync):8.2f}")
    with stores() as opened:
        for name, store in opened.items():
            bare, guarded, keeping, unread = measured(store)
            row(f"{name}: unguarded", bare)
            row(f"{name}: the ledger", guarded)
            row("… what it read kept as well", keeping)
            row("… the order read first", unread, "one call more")
            added = median(guarded.wall) - median(bare.wall)
            own = median(guarded.own) - median(bare.own)
            at_worst = slowest(guarded.wall) - slowest(bare.wall)
            print(
                f"{name + ': added':32} {added:8.2f} {at_worst:8.2f} {own:8.2f}   "
                f"{guarded.commits - bare.commits:.1f} transactions an act; {added / median(fsync):.1f} fdatasyncs"
            )


if __name__ == "__main__":
    main()
