"""Real processes: two that start on a new home, one that may not write, one that is killed in a pull."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.engine.market import ACCOUNT, NOW, Market, case, minutes, order

from omnishop import engine
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens
from omnishop.store import Store

ROOT = Path(__file__).parents[2]

START = """
import sys
from pathlib import Path
from tests.engine.market import ACCOUNT, NOW
from attrs import evolve
from omnishop.config import Home
from omnishop.ports import Token
from omnishop.store import Store
import alembic.command, alembic.config, alembic.script

print("ready", flush=True)
sys.stdin.readline()
with Store.open(Home.find(Path(sys.argv[1]))) as store:
    shop = store.shops.add(evolve(ACCOUNT, shop_id=sys.argv[2], alias=None), now=NOW, tokens={"main": Token("a")})
    print(store.key.id, store.tokens(shop).load("main").access)
"""


def started(program, *arguments, database=""):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMNISHOP_DATABASE": database},
    )


def test_processes_that_start_at_once_on_a_new_home_agree(new_home):
    home = new_home
    processes = [started(START, home.path, number, database=home.database) for number in range(4)]
    for each in processes:
        assert each.stdout.readline() == "ready\n"
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()
    ended = [each.communicate(timeout=30) for each in processes]
    assert [error for _, error in ended] == [""] * 4
    assert len({out for out, _ in ended}) == 1, "one key"
    with Store.open(home) as store:
        assert sorted(shop.shop_id for shop in store.shops.list()) == ["0", "1", "2", "3"]
        assert {store.tokens(shop).load("main").access for shop in store.shops.list()} == {"a"}


READ_ONLY = """
import os, sys
from pathlib import Path
from omnishop import ConfigError
from omnishop.config import Home
from omnishop.store import Store
import alembic.command, alembic.config, alembic.script, sqlalchemy.dialects.sqlite

if os.geteuid() == 0:  # root may write anywhere: be nobody
    os.setgid(65534)
    os.setuid(65534)
try:
    home = Home.find(Path(sys.argv[1]))
    Store.open(home).close()
except ConfigError as error:
    print(error.told("zh" if len(sys.argv) > 2 else "en"))
"""


@pytest.fixture
def barred():
    """A directory that anyone may enter and nobody may write to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        yield Path(name)


@pytest.mark.parametrize("there", [True, False], ids=["a home that is there", "a home to be made"])
def test_a_directory_that_is_read_only_is_one_line(barred, there):
    home = barred if there else barred / "home"
    for arguments in ((home,), (home, "zh")):
        out, error = started(READ_ONLY, *arguments).communicate(timeout=20)
        assert (error, out.count("\n")) == ("", 1)
        assert "OMNISHOP_HOME" in out
    assert list(barred.iterdir()) == []


PULL = """
import sys
from pathlib import Path
from tests.store.test_processes import market
from tests.engine.market import NOW
from omnishop import engine
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.tokens import MemoryTokens
from omnishop.store import Store

with Store.open(Home.find(Path(sys.argv[1]))) as store:
    stored = store.shops.get("77")
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market()) as shop:
        told = lambda progress: print(progress.stream, progress.window, flush=True) or sys.stdin.readline()
        engine.pull_shop(store, stored, shop, now=NOW, tell=told)
"""


def market():
    orders = [order(f"o{n}", NOW - minutes(n * 700)) for n in range(1, 60)]
    return Market(orders=orders, cases=[case(f"c{n}", NOW - minutes(n * 900)) for n in range(1, 40)])


@pytest.mark.parametrize(
    ("pages", "by"),
    [(1, signal.SIGTERM), (7, signal.SIGKILL), (12, signal.SIGTERM), (22, signal.SIGKILL)],
)
def test_a_killed_pull_loses_nothing_and_goes_on(home, pages, by):
    with Store.open(home) as store:
        stored = store.shops.add(ACCOUNT, now=NOW)
        pulling = started(PULL, home.path, database=home.database)
        for _ in range(pages):
            told = pulling.stdout.readline()
            assert told, pulling.stderr.read()
            stream, window = told.rsplit(" ", 1)
            pulling.stdin.write("go\n")
            pulling.stdin.flush()
        pulling.send_signal(by)
        pulling.communicate(timeout=20)
        assert pulling.returncode == -by

        kept = sum(store.records.count(kind) for kind in ("order", "case"))
        assert kept > 0 or pages == 1, "the first pages wait for others to be kept with"
        cursor = store.cursors.get(stored.row, stream)
        assert (cursor.until is not None) or int(window) == 1

        with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market()) as shop:
            report = engine.pull_shop(store, stored, shop, now=NOW)
        assert report.ok
        assert report.saved().new == 59 + 39 - kept
        assert (store.records.count("order"), store.records.count("case")) == (59, 39)
