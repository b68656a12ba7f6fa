"""Equality under fire: a world that lives, workers that pull, listen and are killed, and what is left."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen
from tests.soak.equality import journal, plan
from tests.soak.equality.ending import Ending
from tests.soak.equality.oracle import Oracle
from tests.soak.equality.worker import ENDED, Task, opened_home, work

from omnishop import clock
from omnishop.drivers.wire import TIMEOUT
from omnishop.engine.simulated import World, register
from omnishop.store import Store

ROOT = Path(__file__).parents[3]
_LOADED = (
    "tests.soak.equality.worker",
    "httpcore",
    "uvicorn.protocols.http.httptools_impl",
    "omnishop.cli.entry",
    "omnishop.listen",
    "omnishop.run.alone",
    "omnishop.run.chores",
    "omnishop.policy.shipped",
    *(f"sqlalchemy.dialects.{name}" for name in ("sqlite", "postgresql.psycopg")),
    *(f"omnishop_{name}" for name in ("taobao", "jd", "douyin")),
)
"""What every worker needs: read once, so that one who lives for a second does not spend it on that."""
_SILENT_S = 120.0
_STILLBORN = 3
"""Every third worker's life counts from its birth, so that some die while they start; the others' once they read."""
_LOOK_S = 3.0
_MICRO = 1_000_000


@frozen
class Size:
    """`changes`: acts of buyers, sellers, carriers, platforms; `pace_s`: between two moves of the world's clock.

    `harsh`: lists lie often and time goes in leaps, so that most changes are first met in a window that closes.
    """

    seed: int
    changes: int = 3000
    workers: int = 1
    orders: int = 25
    platforms: tuple[str, ...] | None = None
    acts_per_day: float = 1200.0
    pace_s: float = 0.15
    life_s: float = 15.0
    drift: bool = True
    calm: bool = False
    listens: bool = True
    harsh: bool = False
    mutant: str | None = None


def against(size: Size, mutant: str, *, sound: bool = False) -> Size:
    """The size at which an engine that is wrong is found out: time for it to read between leaps of the clock.

    `sound`: the engine as it is, of which the same world must find nothing.
    """
    listens = mutant == "forgets messages"
    size = evolve(size, drift=False, harsh=not listens, listens=listens, life_s=60.0)
    size = evolve(size, mutant=None if sound else mutant)
    return size if listens else evolve(size, pace_s=2.0, acts_per_day=150.0)


@define
class Life:
    """One worker from its start to its death, and how much of its tally was read."""

    task: Task
    process: Any
    length: float
    ends: float = math.inf  # not known before it is ready, unless it may die while it starts
    read: int = 0
    heard: float = field(factory=time.monotonic)


class Town:
    """The process of the world: one JSON line each way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        ready = self._heard()
        self.url: str = ready["url"]

    def _heard(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the world has ended")
        return json.loads(line)

    def ask(self, door: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([door, given]) + "\n")
        self._process.stdin.flush()
        return self._heard()


@contextmanager
def town(size: Size) -> Iterator[Town]:
    names = ("seed", "orders", "acts_per_day", "platforms")
    given = {name: getattr(size, name) for name in names}
    command = [sys.executable, "-m", "tests.soak.equality.world", json.dumps(given)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload] - as above
        try:
            yield Town(process)
        finally:
            process.terminate()


class Soak:
    def __init__(self, folder: Path, database: str, world: Town, size: Size) -> None:
        self.folder, self.database, self.world, self.size = folder, database, world, size
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.told: list[str] = []
        self.lives: list[Life] = []
        self.born = 0
        self.moves: list[tuple[int, int]] = []
        self.acts = 0
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload([*_LOADED])
        self._kept_free = _bound()
        self.port: int = self._kept_free.getsockname()[1]
        self.lengths = plan.lives(size.seed, size.life_s)
        self._strangers: set[str] = set()
        with self.store() as store, World.at(world.url) as door:
            self.shops = register(store, door, now=door.now())
        journal.keep(database)
        self._move(0)
        if size.listens:
            self._subscribe()

    def store(self) -> Store:
        return Store.open(opened_home(self._task(0)))

    def _task(self, place: int) -> Task:
        home, folder = str(self.folder / "home"), str(self.folder)
        size = self.size
        port = (self.port if place == 0 else 0) if size.listens else None
        return Task(home, self.database, place, self.born, port, folder, size.mutant)

    def _subscribe(self) -> None:
        import httpx

        url = f"http://127.0.0.1:{self.port}/push/douyin"
        told = {"platform": "douyin", "url": url}
        httpx.post(
            f"{self.world.url}/_control/push", json=told, timeout=TIMEOUT, trust_env=False
        ).raise_for_status()

    def _move(self, seconds: float) -> None:
        at = int(time.time() * _MICRO)
        told = self.world.ask("advance", seconds=seconds)
        self.moves.append((at, told["now_s"] * _MICRO))
        self.acts = told["acts"]
        self.counts["changes of records"] = told["changes"]

    # ------------------------------------------------------------ workers, and who kills them

    def run(self) -> None:
        phases = plan.phases(
            self.size.seed, drift=self.size.drift, calm=self.size.calm, harsh=self.size.harsh
        )
        look_at = 0.0
        try:
            self._until_one_is_ready()
            while self.acts < self.size.changes:
                phase = next(phases)
                self.told.append(str(phase))
                self.world.ask("faults", seed=phase.seed, rates=phase.rates)
                for seconds in phase.moves:
                    self._move(seconds)
                    self._tend(time.monotonic())
                    if time.monotonic() >= look_at:
                        self._log_in_again()
                        look_at = time.monotonic() + _LOOK_S
                        _tell(f"{self.acts} acts, {self.counts['killed']} killed")
                    time.sleep(self.size.pace_s)
                    if self.acts >= self.size.changes:
                        break
        finally:
            for life in tuple(self.lives):
                self._kill(life)
            self._kept_free.close()

    def _until_one_is_ready(self) -> None:
        """The world begins to move when somebody reads: on a busy machine that takes its time."""
        while not self.counts["workers ready"] and not self.wrong:
            self._tend(time.monotonic())
            time.sleep(self.size.pace_s)

    def _tend(self, now: float) -> None:
        for life in tuple(self.lives):
            self._listen(life, now)
            if life.process.exitcode is not None:
                self.wrong.append(f"worker {life.task.life} ended by itself: {life.process.exitcode}")
                self.lives.remove(life)
            elif now - life.heard > _SILENT_S:
                self.wrong.append(f"worker {life.task.life} was silent for {_SILENT_S:.0f} s")
                os.kill(life.process.pid, signal.SIGUSR1)  # it says in its tally where it stands
                time.sleep(1)
                self._kill(life)
            elif now >= life.ends:
                self._kill(life)
        while len(self.lives) < self.size.workers:
            self._start()

    def _start(self) -> None:
        place = next(n for n in range(self.size.workers) if n not in {life.task.place for life in self.lives})
        self.born += 1
        task = self._task(place)
        process = self.processes.Process(target=work, args=(task,), daemon=True)
        process.start()
        life = Life(task, process, next(self.lengths))
        if self.born % _STILLBORN == 0:
            life.ends = time.monotonic() + life.length
        self.lives.append(life)

    def _kill(self, life: Life) -> None:
        self.counts["killed"] += 1
        life.process.kill()
        life.process.join()
        self._listen(life, time.monotonic())
        self.lives.remove(life)

    def _listen(self, life: Life, now: float) -> None:
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
            self._told(life, line)

    def _told(self, life: Life, line: str) -> None:
        """A step as JSON; else something that somebody should read."""
        try:
            step = json.loads(line)
        except ValueError:
            step = None
        if not isinstance(step, dict):
            if line.startswith(ENDED):
                self.wrong.append(line.removeprefix(ENDED))
            elif line.strip():
                self.counts[f"said: {line.strip()[:90]}"] += 1
        elif "ready" in step:
            self.counts["workers ready"] += 1
            life.ends = min(life.ends, time.monotonic() + life.length)
        elif step.get("event") == "step failed":
            self.wrong.append(f"worker {life.task.life} met an error that is none of ours: {line}")
        elif "job" in step and "seconds" in step:
            self.counts[f"{step['job']}: {step.get('error') or 'done'}"] += 1
        else:
            self.counts[f"said: {step.get('event', line)}"[:90]] += 1

    def _log_in_again(self) -> None:
        """A pair whose renewal was granted and never came is lost: a person logs in, as the message says."""
        with self.store() as store, World.at(self.world.url) as door:
            told = {each["shop_id"]: each["refresh_token"] for each in door.shops()["shops"]}
            strangers = {
                stored.shop_id
                for stored in self.shops
                if (token := store.tokens(stored).load("main")) is None
                or token.refresh != told[stored.shop_id]
            }
            if lost := strangers & self._strangers:
                register(store, door, now=clock.now())
                self.counts["logged in again"] += len(lost)
            self._strangers = strangers - lost

    # ------------------------------------------------------------ the end

    def settle(self) -> None:
        """Faults are lifted, the world stands still, a last pull is made; then everything is looked at."""
        self.world.ask("faults", seed=0, rates={})
        for name, number in self.world.ask("struck").items():
            self.counts[f"fault {name}"] += number
        with self.store() as store, World.at(self.world.url) as door:
            register(store, door, now=clock.now())
            ending = Ending(store, self.shops, door, drift=self.size.drift and not self.size.calm)
            _tell("settling")
            ending.settle()
            _tell("looking")
            ending.look()
            ending.heard(self.world.ask("acknowledged"))
        self.wrong += ending.wrong
        self.counts.update(ending.counts)
        self._audit(ending)

    def _audit(self, ending: Ending) -> None:
        """The world's chronicle against the journal of the database."""
        changes = {tuple(row[:5]): [_moment(each) for each in row[5]] for row in self.world.ask("changes")}
        shops = {str(stored.row): str(stored.shop_id) for stored in self.shops}
        oracle = Oracle(changes, self.moves, shops)
        oracle.read(journal.lines(self.database))
        self.wrong += oracle.wrong
        self.counts.update(oracle.counts)
        shipped = {row["order_id"]: row["shipped_at"] for row in ending.state["orders"]}
        order_of = {row["case_id"]: row["order_id"] for row in ending.state["cases"]}
        for each in ending.apart:
            at = shipped.get(order_of.get(each.key[-1], ""))
            if oracle.came_late(each, _moment(at) if at else None):
                self.counts["kinds that only an earlier reading could tell"] += 1
            else:
                self.wrong.append(str(each))
        if self.wrong:
            self._evidence(changes)
        self.counts["hours of the world"] = (self.moves[-1][1] - self.moves[0][1]) // (3600 * _MICRO)

    def _evidence(self, changes: Any) -> None:
        """Beside the database, for who looks for the cause."""
        told = {"moves": self.moves, "log": self.world.ask("log"), "wrong": self.wrong}
        told["changes"] = [[*key, moments] for key, moments in changes.items()]
        (self.folder / "evidence.json").write_text(json.dumps(told, ensure_ascii=False))


def _moment(text: str) -> int:
    from datetime import datetime

    return (datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00+00:00")) // timedelta(
        microseconds=1
    )


def _tell(what: str) -> None:
    """How far it is, for who waits."""
    if sys.stderr.isatty() or "OMNISHOP_SOAK_TOLD" in os.environ:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")


def _bound() -> socket.socket:
    """Nobody listens at its port, and nobody else is given it between two lives of the worker who does."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def soaked(database: str, folder: Path, size: Size) -> Soak:
    """`wrong` of the answer has everything that went wrong: nothing, if all is well."""
    with town(size) as world:
        soak = Soak(folder, database, world, size)
        soak.run()
        soak.settle()
        return soak
