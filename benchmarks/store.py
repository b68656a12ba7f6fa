"""What keeping records costs on SQLite and on PostgreSQL: `python benchmarks/store.py`.

Each figure stands beside a bare `executemany` of the same rows through the same driver, in the same pages and
transactions, in the same run. Wall time, as PostgreSQL works in another process; the best of interleaved rounds.
The server is one of its own with the settings PostgreSQL comes with, unless OMNISHOP_TEST_POSTGRES names another.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from attrs import evolve

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to a PostgreSQL

from tests.postgres import Server, started

from omnishop import jsonform, model
from omnishop.config import Home
from omnishop.model import Fen, Kind, Stage, aware
from omnishop.store import Store
from omnishop.store.connection import of_shop
from omnishop.store.moments import moment
from omnishop.store.records import Held, row_of, upsert

NOW = aware("2026-09-01T10:00:00")
RECORDS = 10_000
PAGES = (100, 1000)
ROUNDS = 3
DURABLE = 200
AS_INSTALLED = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB"}
RAW = b'{"aftersale_id": 1, "filler": "' + b"x" * 1400 + b'"}'  # as long as a case comes


def cases() -> list[Held]:
    """In the order in which a platform would list them: their ids rise, but not without gaps."""
    numbers = sorted(Random(7).sample(range(10**17, 10**18), RECORDS))
    sample = model.Case(
        "market",
        "claim",
        "",
        storefront="stall",
        shop_id="77",
        kind=Kind.RETURN_REFUND,
        stage=Stage.REQUESTED,
        amounts=model.CaseAmounts(requested=Fen(12_900)),
        reason=model.Reason("8", "不喜欢/不想要", None, None),
        lines=(model.CaseLine("1", "2", "连衣裙", requested=1),),
        opened_at=NOW - timedelta(days=2),
        changed_at=NOW,
        raw=RAW,
    )
    held = []
    for number in numbers:
        case = evolve(sample, case_id=str(number), order_id=str(number // 7))
        held.append(Held(jsonform.encode(case), RAW, moment(NOW)))
    return held


@contextmanager
def stores() -> Iterator[dict[str, Store]]:
    """A new, empty store of each kind."""
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


def paged(held: list[Held], size: int) -> list[list[Held]]:
    return [held[start : start + size] for start in range(0, len(held), size)]


def emptied(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM cases")
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM cases")


def ours(store: Store, pages: list[list[Held]]) -> None:
    """As a pull keeps a page: look at what is there, put the rest, commit."""
    for page in pages:
        ids = [("claim", each.body["case_id"]) for each in page]
        with store.writing(durable=False, alone=of_shop("market", "77")) as connection:
            known = store.records.held("case", "market", "77", ids, connection)
            fresh = [each for each in page if known.get(("claim", each.body["case_id"])) != each]
            store.records.put(connection, "case", fresh)


def bare(store: Store, pages: list[list[tuple[Any, ...]]], statement: str) -> None:
    """The driver alone, the rows made beforehand; as durable as ours."""
    driver: Any = store.engine.raw_connection()
    if store.engine.dialect.name == "postgresql":
        driver.driver_connection.prepare_threshold = 0  # as ours is while it writes many rows
    try:
        cursor = driver.cursor()
        begin = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SET LOCAL synchronous_commit = off"}
        for page in pages:
            cursor.execute(begin[store.engine.dialect.name])
            cursor.executemany(statement, page)
            driver.commit()
    finally:
        driver.invalidate()
        driver.close()


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measured(store: Store, held: list[Held], size: int) -> dict[str, float]:
    """Seconds for all records: bare, ours while they are new, unchanged and changed."""
    pages = paged(held, size)
    later = paged([evolve(each, at=each.at + 1, raw=each.raw + b" ") for each in held], size)
    with store.writing() as connection:
        statement, order = upsert(connection, "case")
        seal = store.ring.sealer(connection)
    rows = [[tuple(row_of("case", each, seal)[name] for name in order) for each in page] for page in pages]
    works: dict[str, Callable[[], None]] = {
        "bare": lambda: bare(store, rows, statement),
        "new": lambda: ours(store, pages),
        "unchanged": lambda: ours(store, pages),
        "changed": lambda: ours(store, later),
    }
    least = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        emptied(store)
        for name, work in works.items():
            if name == "new":
                emptied(store)
            least[name] = min(least[name], seconds(work))
    return least


def saving(store: Store, name: str, held: list[Held]) -> None:
    for size in PAGES:
        took = measured(store, held, size)
        rate = {what: len(held) / least for what, least in took.items()}
        print(
            f"{name:11} {size:6} {rate['bare']:10,.0f} {rate['new']:10,.0f} {rate['unchanged']:10,.0f} "
            f"{rate['changed']:10,.0f}   {took['bare'] / took['new']:.2f}"
        )


def committing(store: Store, name: str) -> None:
    """One durable row, as an intent is kept before a call."""

    def once(number: int) -> None:
        with store.writing() as connection:
            connection.exec_driver_sql(f"UPDATE facts SET value = '{number}' WHERE name = 'bench'")

    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('bench', '')")
    took = sorted(seconds(partial(once, number)) for number in range(DURABLE))
    print(f"{name:11} {took[DURABLE // 2] * 1000:8.2f} {took[-DURABLE // 100] * 1000:8.2f}")


def syncing() -> None:
    with tempfile.NamedTemporaryFile() as file:

        def once() -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())

        took = sorted(seconds(once) for _ in range(DURABLE))
    print(f"{'fdatasync':11} {took[DURABLE // 2] * 1000:8.2f} {took[-DURABLE // 100] * 1000:8.2f}")


def main() -> None:
    held = cases()
    with stores() as opened:
        print(
            f"\n{RECORDS:,} cases of {len(held[0].raw):,} raw bytes each, records per second (best of {ROUNDS})"
        )
        print(
            f"{'':11} {'a page':>6} {'bare':>10} {'new':>10} {'unchanged':>10} {'changed':>10}   new : bare"
        )
        for name, store in opened.items():
            saving(store, name, held)
        print(f"\none durable commit, ms ({DURABLE} of them)\n{'':11} {'median':>8} {'99 %':>8}")
        syncing()
        for name, store in opened.items():
            committing(store, name)


if __name__ == "__main__":
    main()
