"""A soak of real processes: simulated platforms on a port, workers killed at random moments, one book.

The seed gives the fault plan, the wishes and the killer's dice; when the operating system lets whom run it does
not give, so two runs differ. `steps` is the soak that replays.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field
from tests.soak.databases import Database
from tests.soak.parts import RATES, allow_everything, audit, chosen
from tests.soak.worker import CALL, LIMIT, RECORDS, WRONG, Task, ledger_of, opened, work

from omnishop import OmnishopError
from omnishop.acts import UNSETTLED, State
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.wire import DIRECT
from omnishop.engine.simulated import World, register
from omnishop.ledger import AsyncLedger, Intent, Ledger
from omnishop.model import from_unix
from omnishop.testing.desk import Heedless

ROOT = Path(__file__).parents[2]
_TICK_S, _MOVE_EVERY_S, _LOOK_EVERY_S, _BREAK_EVERY_S = 0.05, 3.0, 2.0, 7.0
_LOADED = (
    "tests.soak.worker",
    "httpcore",
    *(
        f"alembic.{name}"
        for name in ("command", "config", "script", "runtime.migration", "runtime.environment")
    ),
    *(f"sqlalchemy.dialects.{name}" for name in ("sqlite", "postgresql.psycopg")),
    *(f"omnishop_{name}" for name in ("taobao", "jd", "douyin")),
)
"""What every worker needs: read once, so that one who lives for a second does not spend it on that."""
_LIVES_ACTS = 12
"""How many acts a worker begins before it is killed, on average."""
_SILENT_S = 60.0
_STALE_S = 16 * 60
_AT_ONCE = 8
_MIB = 1024


@contextmanager
def served(seed: int, orders: int) -> Iterator[tuple[str, int]]:
    """The address of a world that runs, and its process."""
    command = [sys.executable, "-m", "omnishop", "sandbox", "serve", "--json"]
    command += ["--seed", str(seed), "--orders", str(orders)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            if not ready:
                raise RuntimeError("the simulated platforms did not start")
            yield json.loads(ready)["url"], process.pid
        finally:
            process.terminate()


@define
class Life:
    """One worker from its start to its death, and how much of its tally was read.

    `acts` it may begin; then it is killed within a second, whatever it is doing.
    """

    task: Task
    process: Any
    acts: int
    ends: float | None = None
    read: int = 0
    heard: float = field(factory=time.monotonic)


class Soak:
    def __init__(self, folder: Path, database: Database, url: str, pid: int, seed: int, workers: int) -> None:
        self.folder = folder
        self.database = database
        self.url = url
        self.pid = pid
        self.seed = seed
        self.at_once = workers
        self.rng = random.Random(f"soak/{seed}/killer")  # noqa: S311 - repeatable, not secret
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.lost: list[Intent] = []
        self.lives: list[Life] = []
        self.born = 0
        self.control = httpx.Client(base_url=f"{url}/_control", timeout=30, mounts=DIRECT)
        self.slowest = 0.0
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload([*_LOADED])
        with self._store() as store, World.at(url) as world:
            self.begun = world.now()
            register(store, world, now=self.begun)
            allow_everything(store, self.begun)
            shops = [stored.shop_id for stored in store.shops.list()]
        for shop_id in shops:
            self._ask("buyers", do="live", shop_id=shop_id, seed=seed, acts_per_day=40)
        self.faults(seed, RATES)

    def _store(self) -> Any:
        return opened(str(self.folder / "home"), self.database.url)

    def _ask(self, door: str, **told: Any) -> Any:
        answer = self.control.post(f"/{door}", json=told)
        answer.raise_for_status()
        return answer.json()

    def faults(self, seed: int, rates: dict[str, float]) -> None:
        self._ask("faults", seed=seed, rates=rates)

    def state(self) -> dict[str, Any]:
        begun = time.monotonic()
        told: dict[str, Any] = self.control.get("/state").json()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return told

    # ------------------------------------------------------------ workers, and who kills them

    def run(self, most: int) -> None:
        """Acts until there were so many; the book is copied at a third of them and put back at the half."""
        copy_at, restore_at = most // 3, most // 2
        move_at = look_at = break_at = time.monotonic()
        try:
            while self.counts["acts"] < most:
                now = time.monotonic()
                if now >= look_at:
                    self._choose()
                    look_at = now + _LOOK_EVERY_S
                while len(self.lives) < self.at_once:
                    self._start()
                for life in [each for each in self.lives if each.ends is not None and now >= each.ends]:
                    self._kill(life)
                if now >= move_at:
                    self._ask("clock", advance_s=self.rng.choice((60, 600, 3600, 6 * 3600)))
                    move_at = now + self.rng.expovariate(1 / _MOVE_EVERY_S)
                if now >= break_at:
                    self.counts["connections to the database broken"] += self.database.disturb()
                    break_at = now + self.rng.expovariate(1 / _BREAK_EVERY_S)
                self._listen(now)
                if copy_at and self.counts["acts"] >= copy_at:
                    self._kill_all()
                    self.database.copy()
                    copy_at = 0
                if not copy_at and restore_at and self.counts["acts"] >= restore_at:
                    self._restore()
                    restore_at = 0
                time.sleep(_TICK_S)
        finally:
            self._kill_all()

    def _start(self) -> None:
        place = next(n for n in range(self.at_once) if n not in {life.task.place for life in self.lives})
        self.born += 1
        task = Task(
            str(self.folder / "home"),
            self.database.url,
            self.url,
            self.seed,
            place,
            self.born,
            str(self.folder),
        )
        process = self.processes.Process(target=work, args=(task,), daemon=True)
        process.start()
        acts = 1 + int(self.rng.expovariate(1 / _LIVES_ACTS))
        self.lives.append(Life(task, process, acts))

    def _kill(self, life: Life) -> None:
        self.counts["killed"] += 1
        life.process.kill()
        life.process.join()
        self._read(life, time.monotonic())
        self.lives.remove(life)

    def _kill_all(self) -> None:
        for life in tuple(self.lives):
            self._kill(life)

    def _listen(self, now: float) -> None:
        for life in tuple(self.lives):
            self._read(life, now)
            if life.process.exitcode is not None:
                self.wrong.append(f"worker {life.task.life} ended by itself: {life.process.exitcode}")
                self.lives.remove(life)
            elif now - life.heard > _SILENT_S:
                self.wrong.append(f"worker {life.task.life} was silent for {_SILENT_S:.0f} s")
                os.kill(life.process.pid, signal.SIGUSR1)  # it says in its tally where it stands
                time.sleep(1)
                self._kill(life)
            else:
                self._weigh("worker", life.process.pid)
        self._weigh("simulated platforms", self.pid)

    def _read(self, life: Life, now: float) -> None:
        """What a worker has told since the last time; the line it was killed in does not count."""
        try:
            with life.task.tally.open("rb") as file:
                file.seek(life.read)
                told = file.read()
        except FileNotFoundError:
            return
        whole = told[: told.rfind(b"\n") + 1]
        if not whole:
            return
        life.read += len(whole)
        life.heard = now
        for line in whole.decode(errors="replace").splitlines():
            if line.startswith(WRONG):
                self.wrong.append(line.removeprefix(WRONG))
            else:
                self.counts[line] += 1
                life.acts -= line == "acts"
        if life.acts <= 0 and life.ends is None:
            life.ends = now + self.rng.random()

    def _weigh(self, who: str, pid: int | None) -> None:
        """The most memory a process of this kind ever held; where the system tells."""
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return
        held = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
        name = f"MiB of a {who}, at most"
        self.counts[name] = max(self.counts[name], held // _MIB)

    def _choose(self) -> None:
        target = self.folder / RECORDS
        target.with_suffix(".new").write_text(json.dumps(chosen(self.rng, self.state())))
        target.with_suffix(".new").replace(target)

    def _restore(self) -> None:
        """As after a crash of the disk: every worker dies, and the book forgets what came after the copy."""
        self._kill_all()
        before = self._book()
        self.database.restore()
        kept = {each.id for each in self._book()}
        self.lost = [each for each in before if each.id not in kept]
        self.counts["intents lost with the disk"] = len(self.lost)

    def _book(self) -> list[Intent]:
        with self._store() as store:
            found: list[Intent] = Ledger(store).book.list()
        return found

    # ------------------------------------------------------------ the end

    def settle(self) -> None:
        """Nobody works any more, nothing breaks any more: what is in doubt is read, by an event loop."""
        self.faults(0, {})
        self._ask("clock", advance_s=_STALE_S)
        with self._store() as store, World.at(self.url) as world:
            ledger: AsyncLedger = ledger_of(store, world.now, AsyncLedger)
            asyncio.run(self._settled(ledger))

    async def _settled(self, ledger: AsyncLedger) -> None:
        late = [each for each in ledger.book.list(states=[State.NOT_APPLIED]) if each.sent_at is not None]
        turn = asyncio.Semaphore(_AT_ONCE)
        async with httpx.AsyncClient(timeout=CALL, mounts=DIRECT) as client:
            driver = AsyncDriver(client, limits=Heedless())
            shops = {
                (stored.platform, stored.shop_id): ledger.shop(stored, driver=driver)
                for stored in ledger.store.shops.list()
            }

            async def look(intent: Intent) -> None:
                shop = shops[intent.key.platform, intent.key.shop_id]
                async with turn:
                    try:
                        after = await ledger.resolve(intent, shop)
                    except OmnishopError as error:
                        self.wrong.append(f"at the end {intent.id} could not be looked into: {error.en}")
                    else:
                        self.counts[f"at the end: {after.state}"] += 1

            await asyncio.gather(*map(look, [*ledger.book.list(states=UNSETTLED), *late]))

    def audit(self) -> None:
        state, book = self.state(), self._book()
        wrong, counts = audit(state, book, self.lost, self.begun)
        self.wrong += wrong
        self.counts.update(counts)
        self.counts["ms of the slowest answer of the world"] = int(self.slowest * 1000)
        self.counts["days of the world"] = (from_unix(state["now_s"]) - self.begun).days
        for line in self.control.get("/log").json():
            if line["verdict"] == "fault":
                self.counts[f"fault {line['code']}"] += 1
        if self.slowest > LIMIT.total_seconds() / 2:
            self.wrong.append(
                f"an answer took {self.slowest:.1f} s: this machine is too slow for a limit of {LIMIT}"
            )


def soaked(
    database: Database, folder: Path, *, seed: int, acts_: int, orders: int = 45, workers: int = 4
) -> tuple[list[str], Counter[str]]:
    """Everything that went wrong (nothing, if all is well), and the counts."""
    with served(seed, orders) as (url, pid):
        soak = Soak(folder, database, url, pid, seed, workers)
        with closing(soak.control):
            soak.run(acts_)
            soak.settle()
            soak.audit()
        return soak.wrong, soak.counts
