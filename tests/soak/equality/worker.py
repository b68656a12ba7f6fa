"""One worker of the equality soak: it pulls and listens until it is killed.

What it did it appends to its tally, a line each, so that a kill loses nothing of what was told before.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import parent_process
from pathlib import Path

import httpx
from attrs import field, frozen
from stamina.instrumentation import set_on_retry_hooks
from tests.soak.equality.mutants import MUTANTS

from omnishop import OmnishopError, clock
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.wire import DIRECT
from omnishop.engine import open_shop, pull
from omnishop.engine.simulated import present
from omnishop.listen import Listener
from omnishop.store import Store, StoredShop

ENDED = "wrong: "
_CALL = httpx.Timeout(2.0)
_ATTEMPTS = 3


@frozen
class Task:
    """What a worker is told at its start. `life`: the how-manieth worker in this place; it listens at `port`."""

    home: str
    database: str = field(repr=False)
    seed: int
    place: int
    life: int
    port: int
    folder: str
    listens: bool = True
    mutant: str | None = None

    @property
    def tally(self) -> Path:
        return Path(self.folder) / f"tally-{self.place}-{self.life}"


def opened_home(task: Task) -> Home:
    return Home.find(Path(task.home), env={"OMNISHOP_KEY": "only for this soak"}, database=task.database)


def work(task: Task) -> None:
    """Until killed, or until whoever started it is gone."""
    set_on_retry_hooks(())
    tally = os.open(task.tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    faulthandler.register(signal.SIGUSR1, file=tally)

    def tell(line: str) -> None:
        os.write(tally, (line.replace("\n", " ⏎ ") + "\n").encode())

    try:
        if task.mutant is not None:
            MUTANTS[task.mutant]()
        with Store.open(opened_home(task)) as store, _listener(store, task):
            tell("workers started")
            _pulls(store, task, tell)
    except BaseException:
        tell(ENDED + "a worker ended: " + traceback.format_exc())
        raise


def _listener(store: Store, task: Task) -> AbstractContextManager[object]:
    if not task.listens:
        return nullcontext()
    return Listener(store, present=present(), opened=_quick, port=task.port, idle_s=0.1)


def _quick(store: Store, stored: StoredShop) -> Shop:
    """With little patience: nobody here waits a minute for an answer that was struck."""
    client = httpx.Client(timeout=_CALL, mounts=DIRECT)
    return open_shop(store, stored, driver=SyncDriver(client, attempts=_ATTEMPTS, patience=5.0))


def _pulls(store: Store, task: Task, tell: Callable[[str], None]) -> None:
    rng = random.Random(f"worker/{task.seed}/{task.place}/{task.life}")  # noqa: S311 - repeatable, not secret
    now, boss = present(), parent_process()
    while boss is None or boss.is_alive():
        shops = list(store.shops.list())
        rng.shuffle(shops)
        try:
            report = pull(store, shops, now=now, opened=_quick)
        except OmnishopError as error:
            tell(f"no: {type(error).__name__} {error.en[:80]}")
            clock.wait(0.2)
            continue
        tell("pulls")
        for shop in report.shops:
            for error in shop.errors:
                tell(f"no: {type(error).__name__}")
