"""What reading back a history costs as it grows: `python benchmarks/backfill.py [RECORDS ...]`.

Pages are computed from seed and index in this process, so that the figures are those of plan, proof, merge and
store alone. Each length in a process of its own; SQLite in a fresh file; memory is the process's highest.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from attrs import evolve

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engine.market import ACCOUNT, NOW, Market
from tests.engine.test_memory import Endless

from omnishop import engine
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.tokens import MemoryTokens
from omnishop.store import Store

LENGTHS = (10_000, 100_000)
EVERY = timedelta(seconds=60)


def read_back(records: int) -> None:
    source = Market()
    source.streams = lambda storefront: (Endless(EVERY, size=100).stream(),)
    with tempfile.TemporaryDirectory() as folder, Store.open(Home.find(Path(folder), env={})) as store:
        stored = store.shops.add(evolve(ACCOUNT, alias=None), now=NOW)
        with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=source) as shop:
            began = time.perf_counter()
            report = engine.pull_shop(store, stored, shop, now=NOW, since=NOW - records * EVERY)
            took = time.perf_counter() - began
    many = report.saved().new
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{many:>10,} records  {took / many * 1e6:7.1f} µs each  {most:7.1f} MiB at most", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        read_back(int(sys.argv[2]))
    else:
        for length in map(int, sys.argv[1:]) if sys.argv[1:] else LENGTHS:
            subprocess.run([sys.executable, __file__, "--one", str(length)], check=True)
