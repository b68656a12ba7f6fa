"""Four real processes share one quota to the call, in a file and on a server."""

from __future__ import annotations

import json
import subprocess
import sys
from bisect import bisect_left
from contextlib import ExitStack
from pathlib import Path

import pytest

from omnishop import clock
from omnishop.config import Home
from omnishop.drivers.budgets import Budget
from omnishop.store import Store

ROOT = Path(__file__).parents[2]
WHOLE = Budget("market", "key", "", "list")

WORKER = """
import json, sys
from pathlib import Path
from omnishop import clock
from omnishop.config import Home
from omnishop.drivers.budgets import Asked
from omnishop.ports import Account, App
from omnishop.store import Store

asked = Asked.by(Account(App("market", "key", "s"), "stall", sys.argv[1]), "list", None)
for database in sys.argv[3:]:
    with Store.open(Home.find(Path(sys.argv[2]), env={}, database=database)) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        times = []
        while len(times) < 25:
            place = store.quotas.take(asked, 60.0, clock.now())
            assert place.granted
            times.append(clock.monotonic() + place.wait)
            clock.wait(place.wait)
        print(json.dumps(times), flush=True)
"""


@pytest.mark.slow
def test_four_processes_share_one_quota_to_the_call(tmp_path, postgres_url):
    databases = [f"sqlite:///{tmp_path / 'omnishop.db'}", postgres_url]
    for database in databases:
        with Store.open(Home.find(tmp_path, env={}, database=database)) as store:
            store.quotas.say(WHOLE, 50.0, clock.now())
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", WORKER, shop, str(tmp_path), *databases], **pipes)
            )
            for shop in ("1", "1", "2", "3")
        ]
        for database in databases:
            for each in workers:
                assert each.stdout.readline() == "ready\n"
            for each in workers:
                each.stdin.write("go\n")
                each.stdin.flush()
            times = sorted(at for each in workers for at in json.loads(each.stdout.readline()))
            assert len(times) == 100
            most = max(bisect_left(times, at + 1.0) - number for number, at in enumerate(times))
            assert most <= 51, database
            assert times[-1] - times[0] >= 99 / 50
