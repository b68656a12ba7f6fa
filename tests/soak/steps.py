"""A soak that replays: workers as interleaved steps, killed between any two, in one seeded order.

Time is the world's and moves with the steps; faults, buyers, deadlines, kills and a restored older database come
by the seed. Nothing here waits, so thousands of acts take a minute.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import stamina
from attrs import define
from sqlalchemy import delete, insert, select
from stamina.instrumentation import set_on_retry_hooks
from tests.soak.parts import RATES, allow_everything, audit, chosen, side_doors, wish

from omnishop import AuthError, NotAllowed, OmnishopError, Shop
from omnishop.acts import UNSETTLED, State
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.keep import keeper
from omnishop.ledger import Intent, Ledger
from omnishop.ledger.acting import act
from omnishop.ledger.desk import Steps, Wait
from omnishop.ledger.resolving import resolve
from omnishop.model import BEIJING
from omnishop.ports import Account, App, Role, Token
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store
from omnishop.store.connection import reading, writing
from omnishop.store.tables import acts, intents, receipts
from omnishop.testing.desk import Heedless

START = datetime(2026, 3, 2, 10, 0, tzinfo=BEIJING)
LIMIT, GAP = timedelta(seconds=60), timedelta(seconds=5)
BOOK = (acts, intents, receipts)
_UNTIL_STALE_IS_OVER = timedelta(minutes=16)


@define
class Worker:
    steps: Steps[Any]
    shop: Any
    what: str
    answer: Any = None
    error: Exception | None = None
    wakes: datetime | None = None
    begun: bool = False


class Soak:
    """`calm`: nothing breaks and nobody is killed."""

    def __init__(self, store: Store, seed: int, orders: int, workers: int, calm: bool) -> None:
        self.rng = random.Random(f"soak/{seed}")  # noqa: S311 - repeatable, not secret
        self.sim = Simulation.new(seed=seed, orders=orders, now=START)
        self.store = store
        self.counts: Counter[str] = Counter()
        self.lost: list[Intent] = []
        self.ids = (f"{number:032x}" for number in range(1, 10**9))
        self.workers: list[Worker] = []
        self.at_once = workers
        self.hot: list[dict[str, Any]] = []
        self._register()
        self.ledger = Ledger(
            store,
            now=lambda shop: self.now(),
            machine=self.now,
            keep=keeper(store),
            limit=LIMIT,
            gap=GAP,
            pauses=(0.0, 1.0, 5.0),
            new_id=lambda: next(self.ids),
        )
        client = httpx.Client(transport=self.sim.transport())
        driver = SyncDriver(client, attempts=2, limits=Heedless())
        self.shops = {
            (shop.platform, shop.shop_id): self.ledger.shop(shop, driver=driver)
            for shop in store.shops.list()
        }
        for shop in self.sim.world.shops:
            self.sim.act({"do": "live", "shop_id": shop.shop_id, "seed": seed, "acts_per_day": 40})
        self.killing = 0.0 if calm else 0.03
        self.sim.faults(seed, {} if calm else RATES)

    def now(self) -> datetime:
        return self.sim.world.now()

    def _register(self) -> None:
        for told in self.sim.shops("http://127.0.0.1:1")["shops"]:
            app = App(told["platform"], told["app_key"], told["app_secret"], gateway=told["gateway"])
            tokens: dict[Role, Token] = {"main": Token(told["access_token"], told["refresh_token"])}
            if told.get("operator_token"):
                tokens["operator"] = Token(told["operator_token"], renewable=False)
            account = Account(app, told["storefront"], told["shop_id"])
            self.store.shops.add(account, now=self.now(), tokens=tokens)
        allow_everything(self.store, self.now())

    # ------------------------------------------------------------ the seeded order

    def run(self, most: int) -> None:
        backup_at, restore_at = most // 3, most // 2
        backup: dict[str, list[dict[str, Any]]] | None = None
        while self.counts["acts"] < most:
            if len(self.workers) < self.at_once:
                self.workers.append(self._worker())
            self._turn(self.rng.choice(self.workers))
            if self.rng.random() < 0.02:
                self.sim.advance(self.rng.choice((60, 600, 3600)))
                self.hot = []
            if backup is None and self.counts["acts"] >= backup_at:
                backup = self._copy()
            if backup is not None and restore_at and self.counts["acts"] >= restore_at:
                self._restore(backup)
                restore_at = 0

    def _worker(self) -> Worker:
        if not self.hot:
            self.hot = chosen(self.rng, self.sim.state())
        record = self.rng.choice(self.hot)
        shop = self.shops[record["platform"], record["shop_id"]]
        doubtful = self.ledger.book.list(states=UNSETTLED, limit=40)
        if doubtful and self.rng.random() < 0.35:
            intent = self.rng.choice(doubtful)
            shop = self.shops[intent.key.platform, intent.key.shop_id]
            self.counts["looked into"] += 1
            return Worker(resolve(self.ledger._desk(shop), intent, GAP), shop, "resolve")
        subject, verb, ask = wish(self.rng, shop, record)
        self.counts["acts"] += 1
        if self.rng.random() < 0.02:
            for door in side_doors(shop, subject):
                self.counts[f"closed: {door}"] += 1
        return Worker(
            act(self.ledger._desk(shop), subject, verb, ask), shop, f"{record['storefront']} {verb}"
        )

    def _turn(self, worker: Worker) -> None:
        self.sim.advance(0.2)
        if worker.wakes is not None:
            if self.now() < worker.wakes:
                self.sim.advance((worker.wakes - self.now()).total_seconds() / 4 + 0.01)
                return
            worker.wakes = None
        if self.rng.random() < self.killing:
            self.counts["killed"] += 1
            self.workers.remove(worker)
            return
        try:
            step = self._step_of(worker)
        except StopIteration as done:
            self._ended(worker, done.value)
            return
        except OmnishopError as error:
            self.workers.remove(worker)
            names = error.keys if isinstance(error, NotAllowed) else (type(error).__name__,)
            self.counts.update(f"no: {name}" for name in names)
            if isinstance(error, AuthError) and error.cure == "login":
                self._log_in(worker.shop)
            return
        if isinstance(step, Wait):
            worker.wakes = self.now() + timedelta(seconds=step.seconds)
            return
        try:
            worker.answer = self.ledger._step(step, worker.shop)
        except Exception as error:  # noqa: BLE001 - the steps decide what it means
            worker.error = error

    def _log_in(self, shop: Shop) -> None:
        """As the message says: the answer to a refresh was lost, and with it the pair."""
        self.counts["logged in again"] += 1
        shop_id = shop.account.shop_id
        [told] = [
            each for each in self.sim.shops("http://127.0.0.1:1")["shops"] if each["shop_id"] == shop_id
        ]
        token = Token(told["access_token"], told["refresh_token"])
        self.store.tokens(self.store.shops.get(str(shop_id), shop.account.platform)).put("main", token)

    def _step_of(self, worker: Worker) -> Any:
        if worker.error is not None:
            error, worker.error = worker.error, None
            return worker.steps.throw(error)
        answer, worker.answer = worker.answer, None
        return worker.steps.send(answer)

    def _ended(self, worker: Worker, value: Any) -> None:
        self.workers.remove(worker)
        self.counts[f"{worker.what}: {value.state}"] += 1

    # ------------------------------------------------------------ an older database

    def _copy(self) -> dict[str, list[dict[str, Any]]]:
        with reading(self.store.engine) as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in BOOK
            }

    def _restore(self, backup: dict[str, list[dict[str, Any]]]) -> None:
        """As after a crash of the disk: every worker dies, and the book forgets what came after the copy."""
        self.workers.clear()
        self.lost = self.ledger.book.list()
        with writing(self.store.engine) as connection:
            for table in reversed(BOOK):
                connection.execute(delete(table))
            for table in BOOK:
                if backup[table.name]:
                    connection.execute(insert(table), backup[table.name])
        kept = {each.id for each in self.ledger.book.list()}
        self.lost = [each for each in self.lost if each.id not in kept]
        self.counts["intents lost with the disk"] = len(self.lost)

    # ------------------------------------------------------------ the end

    def settle(self) -> None:
        """Nobody works any more, nothing breaks any more: what is in doubt is read."""
        self.workers.clear()
        self.sim.faults(0, {})
        self.sim.advance((_UNTIL_STALE_IS_OVER + LIMIT).total_seconds())
        late = [
            each for each in self.ledger.book.list(states=[State.NOT_APPLIED]) if each.sent_at is not None
        ]
        for intent in [*self.ledger.book.list(states=UNSETTLED), *late]:
            shop = self.shops[intent.key.platform, intent.key.shop_id]
            worker = Worker(resolve(self.ledger._desk(shop), intent, GAP), shop, "at the end")
            self.workers.append(worker)
            while worker in self.workers:
                self._calm_turn(worker)

    def _calm_turn(self, worker: Worker) -> None:
        try:
            step = self._step_of(worker)
        except StopIteration as done:
            self._ended(worker, done.value)
            return
        if isinstance(step, Wait):
            self.sim.advance(step.seconds)
            return
        try:
            worker.answer = self.ledger._step(step, worker.shop)
        except OmnishopError as error:
            worker.error = error

    def audit(self) -> list[str]:
        wrong, counts = audit(self.sim.state(), self.ledger.book.list(), self.lost, START)
        self.counts.update(counts)
        return wrong


def soaked(
    database: str | None, *, seed: int, acts_: int, orders: int = 45, workers: int = 6, calm: bool = False
) -> tuple[list[str], Counter[str]]:
    """Everything that went wrong (nothing, if all is well), and the counts."""
    env = {} if database is None else {"OMNISHOP_DATABASE": database}
    set_on_retry_hooks(())
    with (
        tempfile.TemporaryDirectory() as folder,
        stamina.set_testing(True, attempts=2),
        Store.open(Home.find(Path(folder), env=env)) as store,
    ):
        soak = Soak(store, seed, orders, workers, calm)
        soak.run(acts_)
        struck = soak.sim.world.faults.counts
        soak.counts.update({f"fault {name}": number for name, number in struck.items()})
        soak.settle()
        return soak.audit(), soak.counts
