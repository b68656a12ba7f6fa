"""The whole way, beside its peers on the same pages: `python benchmarks/whole.py [--cases N] [--rounds N]`.

From HTTP over the verified answer and the model to the store, in cases a second. The pages come from another
process (`pages.py`), over loopback, each answer as long as the platform's: 100 cases, 220 kB. What the list tells
is kept, with its raw bytes; details, one more call for each case, are left out, as no peer fetches them.
The peers (`peers.py`) do as little as each of them can: no proof that a window is whole, no model, no history.
dlt and the platform's published client are installed into a temporary environment by this program; where the
registries cannot be reached they are left out, and it says so. The best of interleaved rounds counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to a PostgreSQL

import pages
from tests.postgres import Server, started

from omnishop.config import Home
from omnishop.engine import pull_shop
from omnishop.store import Store

HERE = Path(__file__).parent
WORKERS = 4
PEERS = ["bare", "bare-orjson", "doudian", "dlt"]
NEEDS = {
    "dlt": ["dlt[sqlalchemy,postgres]", "httpx"],
    "doudian": ["doudian==0.6", "requests", "cryptography"],
}


def ours(job: dict[str, Any]) -> dict[str, Any]:
    """One shop's history by `pull`, in this process."""
    home = Home.find(Path(job["folder"]), {"OMNISHOP_KEY": "only for this run"}, database=job["database"])
    with Store.open(home) as store, pages.opened(job["url"], job["shop"]) as shop:
        stored = store.shops.add(shop.account, now=pages.NOW)
        print("ready", flush=True)
        sys.stdin.readline()
        since = pages.NOW - (job["cases"] - 1) * pages.EVERY
        wall, cpu = time.perf_counter(), time.process_time()
        report = pull_shop(store, stored, shop, now=pages.NOW, since=since)
        took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        report.ok or sys.exit(f"not equal: {report.errors}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cases": report.saved().new, **took, "rss_mib": most}


# ---------------------------------------------------------------- one run of each


def run_ours(urls: list[str], cases: int, database: str, folder: Path) -> dict[str, Any]:
    """So many workers as addresses: each a process and a shop of its own, all in one store."""
    works = []
    for number, url in enumerate(urls):
        job = {"url": url, "cases": cases // len(urls), "shop": number}
        job |= {"database": database, "folder": str(folder)}
        command = [sys.executable, __file__, "--one", json.dumps(job)]
        works.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert works[-1].stdout is not None
        works[-1].stdout.readline() == "ready\n" or sys.exit("a worker did not start")
    begun = time.perf_counter()
    for work in works:
        assert work.stdin is not None
        work.stdin.write("go\n")
        work.stdin.flush()
    told = [json.loads(work.communicate()[0]) for work in works]
    return {
        "cases": sum(each["cases"] for each in told),
        "wall_s": max(each["wall_s"] for each in told) if len(told) == 1 else time.perf_counter() - begun,
        "cpu_s": sum(each["cpu_s"] for each in told),
        "rss_mib": max(each["rss_mib"] for each in told),
    }


def run_peer(name: str, python: str, url: str, cases: int, database: str, folder: Path) -> dict[str, Any]:
    database = database.removeprefix("sqlite:///")
    job = {**pages.shop(), "url": url, "cases": cases, "now_s": pages.NOW_S, "database": database}
    job |= {"folder": str(folder), "every_s": pages.EVERY_S}
    done = subprocess.run(
        [python, HERE / "peers.py", name, json.dumps(job)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
    )
    if done.returncode:
        sys.exit(f"{name}: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def environments(folder: Path, peers: list[str]) -> dict[str, str]:
    """Interpreters that have what the peers need; without those that cannot be had here."""
    found = {name: sys.executable for name in peers if name not in NEEDS}
    for name, needs in NEEDS.items():
        if name not in peers:
            continue
        place = folder / f"for-{name}"
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        python = place / "bin/python"
        pip = [str(python), "-m", "pip", "install", "-q", "--no-cache-dir", *needs]
        got = subprocess.run(pip, check=False, capture_output=True, text=True)
        if got.returncode == 0:
            found[name] = str(python)
        else:
            print(f"{name} is left out: it could not be installed ({' '.join(got.stderr.split()[-12:])})")
    return found


# ---------------------------------------------------------------- the stores


@contextmanager
def postgres() -> Iterator[Any]:
    """A server that makes new databases; one of its own unless one is named."""
    named = os.environ.get("OMNISHOP_TEST_POSTGRES")
    with ExitStack() as ends:
        settings = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB"}
        server = Server(named) if named else ends.enter_context(started(**settings))
        ends.callback(server.clear)
        yield server


@contextmanager
def emptied(kind: str, server: Any, folder: Path) -> Iterator[str]:
    if kind == "PostgreSQL":
        with server.new_database() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(dir=folder) as place:
        yield f"sqlite:///{place}/database.db"


def main(cases: int, rounds: int, kinds: list[str], peers: list[str]) -> None:
    print(
        f"{os.cpu_count()} cores, {machine.python_implementation()} {machine.python_version()}, httpx "
        f"{httpx.__version__}, msgspec {msgspec.__version__}, SQLite {sqlite3.sqlite_version}"
    )
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        pythons = environments(folder, peers)
        urls = ends.enter_context(pages.served(WORKERS))
        for kind in kinds:
            server = ends.enter_context(postgres()) if kind == "PostgreSQL" else None
            best: dict[str, dict[str, Any]] = {}
            for _ in range(rounds):
                for name in ("omnishop", f"omnishop, {WORKERS} workers", *pythons):
                    if name == "doudian" and kind != "SQLite":
                        continue
                    with (
                        emptied(kind, server, folder) as database,
                        tempfile.TemporaryDirectory(dir=folder) as own,
                    ):
                        if name in pythons:
                            told = run_peer(name, pythons[name], urls[0], cases, database, Path(own))
                        else:
                            told = run_ours(urls if "," in name else urls[:1], cases, database, Path(own))
                    if told["cases"] != cases:
                        print(f"{name} kept {told['cases']:,} of {cases:,} cases")
                    if name not in best or told["wall_s"] < best[name]["wall_s"]:
                        best[name] = told
            show(kind, cases, rounds, best)


def show(kind: str, cases: int, rounds: int, best: dict[str, dict[str, Any]]) -> None:
    one = best["omnishop"]
    print(f"\n{kind}: {cases:,} cases, best of {rounds}")
    print(f"{'':22} {'cases/s':>9} {'µs CPU each':>12} {'MiB':>6}   omnishop : this")
    for name, told in best.items():
        rate, us = told["cases"] / told["wall_s"], told["cpu_s"] / told["cases"] * 1e6
        ratio = told["wall_s"] / one["wall_s"] * one["cases"] / told["cases"]
        print(f"{name:22} {rate:9,.0f} {us:12.1f} {told['rss_mib']:6.0f}   {ratio:8.2f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", choices=["SQLite", "PostgreSQL"])
    asked.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    asked.add_argument("--one", help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.one:
        print(json.dumps(ours(json.loads(said.one))))
    else:
        kinds = [said.only] if said.only else ["SQLite", "PostgreSQL"]
        main(said.cases, said.rounds, kinds, said.peers)
