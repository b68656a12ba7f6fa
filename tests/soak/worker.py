"""One worker process of the soak: it acts, looks into doubt, tries side doors, until it is killed.

What it did it appends to its tally, one line each, so that a kill loses nothing of what was told before.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import random
import signal
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import httpx
import stamina
from attrs import field, frozen
from stamina.instrumentation import set_on_retry_hooks
from tests.soak.parts import side_doors, wish

from omnishop import NotAllowed, OmnishopError, Shop, Transient, clock
from omnishop.acts import UNSETTLED
from omnishop.config import Home
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.wire import DIRECT
from omnishop.engine.keep import keeper
from omnishop.ledger import AsyncLedger, Intent, Ledger
from omnishop.model import from_unix
from omnishop.store import Store
from omnishop.testing.desk import Heedless

CALL = httpx.Timeout(1.0)
"""Seconds for each of connect, write and read."""

LIMIT, GAP = timedelta(seconds=10), timedelta(seconds=0.5)
"""`LIMIT` is longer than a call may last by `CALL`, and than the world let anybody wait, which `processes` asks."""

PAUSES = (0.0, 0.2, 0.5)
WRONG = "wrong: "
_ATTEMPTS = 2
RECORDS = "records.json"
_FROM_THE_BOOK, _LOOKS, _PATIENCE, _TRIES_DOORS = 40, 0.3, 0.9, 0.02


@frozen
class Task:
    """What a worker is told at its start. `life`: the how-manieth worker in this place."""

    home: str
    database: str = field(repr=False)
    url: str
    seed: int
    place: int
    life: int
    folder: str

    @property
    def tally(self) -> Path:
        return Path(self.folder) / f"tally-{self.place}-{self.life}"

    @property
    def records(self) -> Path:
        """What is worked on now: little, so that workers meet."""
        return Path(self.folder) / RECORDS


@contextmanager
def opened(home: str, database: str) -> Iterator[Store]:
    with Store.open(Home.find(Path(home), env={}, database=database)) as store:
        yield store


_TLS = ssl.create_default_context()
"""Made once, for the workers that are forked from here; nothing is encrypted on loopback."""


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=CALL, mounts=DIRECT, verify=_TLS)


def now_of(client: httpx.Client) -> datetime:
    """The world's present."""
    told = client.post("/_control/clock", json={"advance_s": 0}, timeout=30).json()
    return from_unix(told["now_s"])


def ledger_of(store: Store, now: Callable[[], datetime], kind: Any = Ledger) -> Any:
    """With limits that are short and still honest."""
    return kind(store, now=lambda shop: now(), keep=keeper(store), limit=LIMIT, gap=GAP, pauses=PAUSES)


def work(task: Task) -> None:
    """Until killed, or until whoever started it is gone."""
    set_on_retry_hooks(())
    tally = os.open(task.tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    faulthandler.register(signal.SIGUSR1, file=tally)

    def tell(line: str) -> None:
        os.write(tally, (line.replace("\n", " ⏎ ") + "\n").encode())

    tell("workers started")
    try:
        with (
            stamina.set_testing(True, attempts=_ATTEMPTS),  # no waits between them
            opened(task.home, task.database) as store,
            client_of(task.url) as client,
        ):
            _Worker(task, store, client, tell).run()
    except BaseException:
        tell(WRONG + "a worker ended: " + traceback.format_exc())
        raise


class _Worker:
    """In threads of their own in even places; in odd ones in an event loop, two acts on one record at once."""

    def __init__(self, task: Task, store: Store, client: httpx.Client, tell: Callable[[str], None]) -> None:
        self.rng = random.Random(f"soak/{task.seed}/{task.place}/{task.life}")  # noqa: S311 - repeatable, not secret
        self.task = task
        self.tell = tell
        now = partial(now_of, client)
        self.ledger: Ledger = ledger_of(store, now)
        driver = SyncDriver(client, attempts=_ATTEMPTS, limits=Heedless())
        self.shops = {
            (stored.platform, stored.shop_id): self.ledger.shop(stored, driver=driver)
            for stored in store.shops.list()
        }
        self.aside: AsyncLedger = ledger_of(store, now, AsyncLedger)

    def run(self) -> None:
        boss = parent_process()
        while boss is None or boss.is_alive():
            with self._told():
                intent = self._doubtful()
                if intent is not None:
                    self._look_into(intent)
                elif self.task.place % 2:
                    asyncio.run(self._two_at_once())
                else:
                    self._one()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except NotAllowed as no:
            for key in no.keys:
                self.tell(f"no: {key}")
        except Transient as error:
            self.tell((WRONG if "held by another" in error.en else "no: ") + f"Transient {error.en[:60]}")
        except OmnishopError as error:
            self.tell(f"no: {type(error).__name__}")

    def _wish(self) -> tuple[Shop, dict[str, Any]]:
        records: list[dict[str, Any]] = json.loads(self.task.records.read_bytes())
        record = self.rng.choice(records)
        return self.shops[record["platform"], record["shop_id"]], record

    def _one(self) -> None:
        shop, record = self._wish()
        subject, verb, ask = wish(self.rng, shop, record)
        if self.rng.random() < _TRIES_DOORS:
            for door in side_doors(shop, subject):
                self.tell(f"closed: {door}")
        self.tell("acts")
        outcome = self.ledger.act(shop, subject, verb, ask)
        self.tell(f"{record['storefront']} {verb}: {outcome.state}")

    async def _two_at_once(self) -> None:
        shop, record = self._wish()
        async with httpx.AsyncClient(timeout=CALL, mounts=DIRECT, verify=_TLS) as client:
            driver = AsyncDriver(client, attempts=_ATTEMPTS, limits=Heedless())
            stored = self.aside.store.shops.get(str(record["shop_id"]), record["platform"])
            both = self.aside.shop(stored, driver=driver)

            async def one() -> None:
                subject, verb, ask = wish(self.rng, shop, record)
                self.tell("acts")
                with self._told():
                    outcome = await self.aside.act(both, subject, verb, ask)
                    self.tell(f"{record['storefront']} {verb}: {outcome.state}")

            await asyncio.gather(one(), one())

    def _doubtful(self) -> Intent | None:
        """Mostly one that need not be waited for: a wait of `LIMIT` is long for somebody who lives for seconds."""
        if self.rng.random() >= _LOOKS:
            return None
        found = self.ledger.book.list(states=UNSETTLED, limit=_FROM_THE_BOOK)
        if self.rng.random() < _PATIENCE:
            now = clock.now()
            found = [each for each in found if (each.until or each.planned_at + LIMIT) <= now]
        return self.rng.choice(found) if found else None

    def _look_into(self, intent: Intent) -> None:
        self.tell("looked into")
        shop = self.shops[intent.key.platform, intent.key.shop_id]
        after = self.ledger.resolve(intent, shop)
        self.tell(f"looked into, then: {after.state}")
