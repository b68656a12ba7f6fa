"""How much of a platform's quota is used, and how often it has to say no: `python benchmarks/quota.py`.

A simulated platform in a process of its own takes N calls of one method in any second from an app, and bans it for a
second when there are more. Workers, each a process with two threads, make their calls through the shop as any program
does. `told`: a person said the quota; `learned`: nobody did, and only refusals tell. `used` is the least time the
calls can take at N a second, against the time they took. What the platform counted is what is printed.

    --calls N      calls of each run (default 500)
    --per-s N      the quota (default 50)
    --workers N    one process, then so many (default 4)
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from omnishop import clock
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.budgets import Budget
from omnishop.engine.shops import open_shop
from omnishop.engine.simulated import World, register
from omnishop.errors import RateLimited
from omnishop.store import Store

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PLATFORM, METHOD = "jd", "jingdong.seller.vender.info.get"
THREADS = 2
COLUMNS = "{:<22}{:>8}{:>9}{:>9}{:>9}{:>10}{:>13}"


# ---------------------------------------------------------------- one worker


def called(shop: Shop) -> bool:
    """A refusal is waited out here where it lasts longer than the driver waits."""
    try:
        shop.whoami()
    except RateLimited as error:
        clock.wait(error.retry_after or 1.0)
        return False
    return True


def work(folder: str, database: str, calls: int) -> None:
    """Waits for a line, makes its calls, prints how often it was refused."""
    home = Home.find(Path(folder), env={}, database=database or None)
    with Store.open(home) as store:
        stored = store.shops.list(PLATFORM)[0]
        lock, left = threading.Lock(), [calls]

        def go_on() -> None:
            with open_shop(store, stored) as shop:
                shop.whoami()
                ready.wait()
                begin.wait()
                while True:
                    with lock:
                        if not left[0]:
                            return
                        left[0] -= 1
                    while not called(shop):
                        pass

        ready, begin = threading.Barrier(THREADS + 1), threading.Event()
        threads = [threading.Thread(target=go_on) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        ready.wait()
        print("ready", flush=True)
        sys.stdin.readline()
        cpu = time.process_time()
        begin.set()
        for thread in threads:
            thread.join()
        print(time.process_time() - cpu, flush=True)


# ---------------------------------------------------------------- the run


@contextmanager
def world() -> Iterator[str]:
    serve = [sys.executable, "-m", "omnishop", "sandbox", "serve", "--json", "--orders", "1", "--seed", "3"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@contextmanager
def workers(home: Home, number: int, calls: int) -> Iterator[list[subprocess.Popen[str]]]:
    each = [calls // number + (1 if index < calls % number else 0) for index in range(number)]
    with ExitStack() as stack:
        found = []
        for mine in each:
            told = [str(home.path), home.database if "://" in str(home.database) else "", str(mine)]
            command = [sys.executable, __file__, "--worker", *told]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            found.append(stack.enter_context(process))
        yield found


def run(
    url: str, home: Home, number: int, args: argparse.Namespace, *, told: bool, alone: bool = False
) -> None:
    with (
        httpx.Client(base_url=f"{url}/_control", trust_env=False) as door,
        Store.open(home) as store,
        World.at(url) as there,
    ):
        shop = next(each for each in register(store, there, now=clock.now()) if each.platform == PLATFORM)
        budget = Budget(PLATFORM, shop.app_key, "", METHOD)
        if told:
            store.quotas.say(budget, float(args.per_s), clock.now())
        with workers(home, number, args.calls) as processes:
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n", "a worker could not begin"
            quota = {"platform": PLATFORM, "method": METHOD, "per_s": args.per_s, "ban_s": 1.0}
            door.post("/quotas", json=quota).raise_for_status()
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            outs = [process.communicate()[0] for process in processes]
            cpu = [float(o.splitlines()[-1]) for o in outs]
        counted = door.get("/quotas").json()[0]
        door.post("/quotas", json={**quota, "per_s": None})
    shown(number, args, counted, sum(cpu), database=home, told=told)


def shown(
    number: int,
    args: argparse.Namespace,
    counted: dict[str, Any],
    cpu: float,
    *,
    database: Home,
    told: bool,
) -> None:
    assert counted["admitted"] == args.calls, counted
    least, took = (args.calls - 1) / args.per_s, counted["over_s"]
    kind = str(database.database).partition(":")[0].partition("+")[0]
    name = f"{kind}, {'told' if told else 'learned'}"
    used, ms = f"{least / took:.1%}", f"{cpu / args.calls * 1e3:.1f} ms"
    row = (name, number, f"{took:.2f} s", used, counted["refused"], counted["most"], ms)
    print(COLUMNS.format(*row), flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    if argv is None and sys.argv[1:2] == ["--worker"]:
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--per-s", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args(argv)
    from tests.postgres import NoServer, started  # noqa: PLC0415 - workers do without

    print(f"{os.cpu_count()} cores, {machine.python_implementation()} {machine.python_version()}")
    least = (args.calls - 1) / args.per_s
    print(f"{args.calls} calls, {args.per_s} a second: no less than {least:.2f} s\n")
    print(COLUMNS.format("quotas in", "workers", "took", "used", "refused", "most in 1 s", "CPU a call"))
    with world() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        try:
            server = stack.enter_context(started())
        except NoServer as problem:
            print(f"no PostgreSQL here: {problem}")
            server = None
        for told in (True, False):
            for kind in ("file", "server") if server is not None else ("file",):
                for number in (1, args.workers):
                    address = stack.enter_context(server.new_database()) if kind == "server" else None
                    home = Home.find(Path(folder) / f"{kind}{number}{told}", env={}, database=address)
                    run(url, home, number, args, told=told)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
