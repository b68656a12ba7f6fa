"""What the ledger adds to a write that moves money: `python benchmarks/ledger.py`.

The same act on cases alike, in process over the simulated platform: unguarded (look, send, look) and through the
ledger, in turn, on SQLite and on PostgreSQL. What is added stands beside what one fsync costs on this machine, since
most of it is the disk's: an intent is durable before the call and its end is durable after it. Wall time; the
PostgreSQL server is one of its own with the settings it comes with, unless OMNISHOP_TEST_POSTGRES names another.
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

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to a PostgreSQL, and to a shop with cases

from sqlalchemy import event
from tests.postgres import Server, started
from tests.scenes.stage import FRONTS, NO_WAIT, Scene

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


def timed(work: Callable[[], Outcome]) -> float:
    begun = time.perf_counter()
    outcome = work()
    took = time.perf_counter() - begun
    if outcome.state is not State.CONFIRMED:
        raise SystemExit(f"an act that should have gone through is {outcome.state}")
    return took * 1000


def measured(store: Store) -> tuple[list[list[float]], float]:
    """Milliseconds of each act: unguarded, by a ledger that keeps its book alone, by one that keeps what it read in
    the store as well, as commands do; and transactions an act of the second.
    """
    scene = Scene(FRONT, store)
    limits = {"fen_per_day": Fen(10**12), "acts_per_day": 10**6}
    scene.ledger.rights.allow(FRONT.platform, scene.stored.shop_id, [], limits, clock.now())
    account = store.shops.account(scene.stored, store.ring.buyers)
    bare = Shop(account, store.tokens(scene.stored), driver=scene.driver(), writes="unguarded")
    buyers, shop_id = scene.simulation.buyers, scene.stored.shop_id
    book_alone = Ledger(store, now=lambda _shop: scene.world.now(), **NO_WAIT)
    alone = book_alone.shop(scene.stored, driver=scene.driver())
    cases = [buyers.apply(buyers.order(shop_id), Kind.CANCEL) for _ in range(3 * (ACTS + WARM))]
    counted = Commits(store)
    took: list[list[float]] = [[], [], []]
    commits = 0
    for number in range(ACTS + WARM):
        for shop, found in zip((bare, alone, scene.shop), took, strict=True):
            case_id = cases.pop()
            before = counted.number
            spent = timed(lambda shop=shop, case_id=case_id: shop.agree(case_id))
            if number >= WARM:
                found.append(spent)
                commits += counted.number - before if shop is alone else 0
    return [sorted(each) for each in took], commits / ACTS


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


def row(name: str, took: list[float], more: str = "") -> None:
    print(f"{name:24} {median(took):8.2f} {slowest(took):8.2f}   {more}")


def main() -> None:
    cores, python = os.cpu_count(), machine.python_version()
    print(f"\n{cores} cores, {machine.machine()}, CPython {python}, SQLite {sqlite3.sqlite_version}")
    print(f"{ACTS} acts each, ms\n{'':24} {'median':>8} {'99 %':>8}")
    fsync = syncing()
    row("one fdatasync", fsync)
    with stores() as opened:
        for name, store in opened.items():
            (bare, guarded, keeping), commits = measured(store)
            added = median(guarded) - median(bare)
            row(f"{name}: unguarded", bare)
            row(f"{name}: the ledger", guarded)
            row(f"{name}: … and keeping", keeping, "what was read is kept in the store as well")
            print(
                f"{name + ': added':24} {added:8.2f} {slowest(guarded) - slowest(bare):8.2f}   "
                f"{commits:.1f} transactions an act; {added / median(fsync):.1f} fdatasyncs"
            )


if __name__ == "__main__":
    main()
