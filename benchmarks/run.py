"""What `omnishop run` costs: `python benchmarks/run.py [--shops N] [--seconds N] [--cases N]`.

Real processes of the real command, on one SQLite file and on PostgreSQL with 1, 2 and 4 workers. First shops of which
nothing is new, more than can be read in time: rounds a second, which on PostgreSQL are as many jobs, and the CPU of
workers and server for one. The platform is a process of its own with ready answers (`idle.py`). Then cases that wait
to be judged, spread over 16 shops: cases a second, the same way. CPU times stand beside the rates, as a machine that
does other work as well disturbs them less. The server has the settings PostgreSQL comes with.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from attrs import evolve, frozen

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to a PostgreSQL

import idle
from tests.postgres import Server, started

from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine import pull_shop
from omnishop.engine.keep import put
from omnishop.engine.merge import snapshot
from omnishop.model import ENDED, Case, Order
from omnishop.ports import Account, App, Token
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

KEY = {"OMNISHOP_KEY": "only for this run"}
AS_INSTALLED = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB", "shared_buffers": "256MB"}
SPREAD = 16
FAR = "86400"
_TICK = os.sysconf("SC_CLK_TCK")


@frozen
class Took:
    done: int
    wall: float
    worker_cpu: float
    server_cpu: float

    def line(self, name: str, what: str) -> str:
        each = 1000 / max(self.done, 1)
        return (
            f"{name:24} {self.done / self.wall:8.0f} {what}/s   "
            f"{self.worker_cpu * each:6.2f} ms CPU of workers, {self.server_cpu * each:6.2f} ms of the server for one"
        )


# ---------------------------------------------------------------- what is measured


def rounds(home: Home, workers: int, seconds: float, server: int | None) -> Took:
    """So many shops due every second that nobody waits for work."""
    with running(home, workers, "--every", "1", "--no-listen") as counts:
        counts.wait("news", 1)
        time.sleep(2)  # begun everywhere
        before = counts["news"], cpu(counts.pids), tree(server), time.perf_counter()
        time.sleep(seconds)
        after = counts["news"], cpu(counts.pids), tree(server), time.perf_counter()
    done, workers_s, server_s, wall = (late - soon for soon, late in zip(before, after, strict=True))
    return Took(int(done), wall, workers_s, server_s)


def judged(home: Home, workers: int, server: int | None) -> Took:
    with Store.open(home) as store:
        due = store.waiting.changed()
        with running(home, workers, "--every", FAR, "--no-listen") as counts:
            counts.wait("judgement", 1)
            before = store.waiting.changed(), cpu(counts.pids), tree(server), time.perf_counter()
            while (left := store.waiting.changed()) > due // 20:
                time.sleep(0.05)
            after = cpu(counts.pids), tree(server), time.perf_counter()
    return Took(before[0] - left, after[2] - before[3], after[0] - before[1], after[1] - before[2])


class Counts:
    """Steps by their job, read from what the workers print."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self.pids = [each.pid for each in processes]
        self._seen: dict[str, int] = {}
        self._changed = threading.Condition()
        for each in processes:
            threading.Thread(target=self._read, args=(each,), daemon=True).start()

    def __getitem__(self, job: str) -> int:
        return self._seen.get(job, 0)

    def wait(self, job: str, many: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self[job] >= many, 60):
                sys.exit(f"no {job} within a minute")

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            told = json.loads(line)
            if told.get("error"):
                sys.exit(f"hindered: {told}")
            with self._changed:
                name = told.get("job", "")
                self._seen[name] = self[name] + 1
                self._changed.notify_all()


@contextmanager
def running(home: Home, workers: int, *words: str) -> Iterator[Counts]:
    env = {**os.environ, **KEY, "OMNISHOP_HOME": str(home.path), "OMNISHOP_LOG": "warning"}
    command = [
        sys.executable,
        "-m",
        "omnishop",
        "--database",
        home.database,
        "run",
        "--json",
        "--compare",
        "0",
    ]
    started_ = [
        subprocess.Popen([*command, *words], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    try:
        yield Counts(started_)
    finally:
        for each in started_:
            each.send_signal(signal.SIGTERM)
        for each in started_:
            each.wait()


def cpu(pids: list[int]) -> float:
    """Seconds of these processes so far."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICK


def tree(root: int | None) -> float:
    """Seconds of a server's processes: those that are there, and those that it has seen end."""
    if root is None:
        return 0.0
    parents: dict[int, list[int]] = {}
    spent: dict[int, int] = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(each.parent.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        spent[pid] = sum(map(int, fields[11:15] if pid == root else fields[11:13]))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0)
        waiting += parents.get(pid, [])
    return total / _TICK


# ---------------------------------------------------------------- what is there


def add_shops(home: Home, url: str, many: int) -> None:
    """Ten of an app: its published limits are not what is measured."""
    with Store.open(home) as store:
        for number in range(many):
            key = str(7 * 10**18 + number // 10)
            app = App(idle.PLATFORM, key, "4283fefc-63f0-cd0e-873a-0000c6d07ef7", gateway=url)
            account = Account(app, idle.STOREFRONT, str(12_345_678 + number))
            store.shops.add(account, now=idle.NOW, tokens={"main": Token(f"token-{number}")})


def add_cases(home: Home, url: str, many: int) -> None:
    """Open ones of a simulated shop with their orders, under new ids, in shops whose news is far away."""
    add_shops(home, url, SPREAD)
    pairs = list(samples())
    with Store.open(home) as store:
        now = store.shops.list()[0].added_at
        store.rounds.join(now, None)
        for each in store.rounds.all():
            store.rounds.put(each.shop, due_at=now.replace(year=2100))
        for place, stored in enumerate(store.shops.list()):
            orders: dict[Any, Any] = {}
            cases: dict[Any, Any] = {}
            for number in range(many // SPREAD):
                case, order = pairs[number % len(pairs)]
                name = f"{place:03}{number:012}"
                own = {"shop_id": stored.shop_id, "order_id": name}
                cases[case.source, name] = snapshot(evolve(case, case_id=name, **own), idle.NOW, "list")
                orders[order.source, name] = snapshot(evolve(order, **own), idle.NOW, "list")
            with store.writing() as connection:
                put(store, connection, "order", stored.platform, stored.shop_id or "", orders)
                put(store, connection, "case", stored.platform, stored.shop_id or "", cases)


def samples() -> Iterator[tuple[Case, Order]]:
    simulation = Simulation.new(seed=7, orders=160, now=idle.NOW, platforms=(idle.PLATFORM,))
    entry = simulation.shops("http://simulated.test")[idle.PLATFORM]
    driver = SyncDriver(httpx.Client(transport=simulation.transport()))
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Home.find(Path(folder), KEY)) as store,
        Shop.open(**{name: entry[name] for name in idle.KEYS}, driver=driver) as shop,
    ):
        pull_shop(store, store.shops.add(shop.account, now=idle.NOW), shop, now=idle.NOW)
        orders = {each.order_id: each for each in store.records.list("order") if isinstance(each, Order)}
        for case in store.records.list("case"):
            if isinstance(case, Case) and case.stage not in ENDED and case.order_id in orders:
                yield case, orders[case.order_id]


@contextmanager
def platform() -> Iterator[str]:
    door = subprocess.Popen([sys.executable, idle.__file__], stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(door.stdout.readline() if door.stdout else "{}")
        print(f"news of a shop: {told['calls']} calls, nothing in their answers")
        yield f"http://127.0.0.1:{told['port']}"
    finally:
        door.terminate()
        door.wait()


def postmaster(server: Server) -> int:
    """The process above all of the server's."""
    with psycopg.connect(server.url) as connection:
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
        child = found[0] if found else sys.exit("no server")
        return int(Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


def main() -> None:
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--shops", type=int, default=2000)
    wanted.add_argument("--seconds", type=float, default=20)
    wanted.add_argument("--cases", type=int, default=8000)
    told = wanted.parse_args()
    with ExitStack() as ends:
        url = ends.enter_context(platform())
        server = ends.enter_context(started(**AS_INSTALLED))
        root = postmaster(server)
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        file = Home.find(folder / "rounds", KEY)
        add_shops(file, url, told.shops)
        print(rounds(file, 1, told.seconds, None).line("SQLite, 4 threads", "rounds"), flush=True)
        for many in (1, 2, 4):
            with server.new_database() as address:
                home = Home.find(folder / f"rounds-{many}", KEY, database=address)
                add_shops(home, url, told.shops)
                took = rounds(home, many, told.seconds, root)
                print(took.line(f"PostgreSQL, {many} × 4 threads", "rounds"), flush=True)
        file = Home.find(folder / "cases", KEY)
        add_cases(file, url, told.cases)
        print(judged(file, 1, None).line("SQLite", "cases judged"), flush=True)
        for many in (1, 2, 4):
            with server.new_database() as address:
                home = Home.find(folder / f"cases-{many}", KEY, database=address)
                add_cases(home, url, told.cases)
                took = judged(home, many, root)
                print(took.line(f"PostgreSQL, {many} workers", "cases judged"), flush=True)


if __name__ == "__main__":
    main()
