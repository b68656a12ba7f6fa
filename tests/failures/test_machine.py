"""The machine fails: a full disk, a home that is read only, a clock that jumps. What is seen; nothing is lost."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from omnishop import clock, engine
from omnishop.engine.inbox import LEASE, InboxWorker
from omnishop.engine.simulated import World, present, register
from omnishop.listen import Listener
from omnishop.model import Event
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
ROOM = 40_000
"""Bytes that a file may still grow by: enough to begin, and not to end."""

MANY = 500


def one_line_each(err: str, words: str) -> list[str]:
    """The errors among what was said; all that may be beside them is what is being read."""
    lines = [line for line in err.splitlines() if not line.startswith("reading ")]
    assert lines
    assert all(line.startswith("error: ") and words in line for line in lines), err
    return lines


# ---------------------------------------------------------------- the disk


def test_a_full_disk_stops_a_pull_and_loses_nothing(at_home, store, shops, omnishop, apart, secrets):
    """No file may grow beyond a limit of the operating system's: a write that does is refused by it."""
    file = at_home.path / "omnishop.db"
    limit = file.stat().st_size + ROOM
    ended = subprocess.run(
        [sys.executable, "-m", "omnishop", "pull"],
        cwd=ROOT,
        env={**os.environ, "OMNISHOP_LANG": "en"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    for line in one_line_each(ended.stderr, "check permissions and free space"):
        assert str(file) in line
    assert not any(secret in ended.stdout + ended.stderr for secret in secrets)
    assert apart()
    assert omnishop("pull").code == 0
    assert apart() == []
    assert omnishop("reconcile").code == 0


@pytest.fixture
def full(store):
    """SQLite itself refuses a page more than it has; calling the fixture makes room again."""

    def limited(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")  # which is as many as there are

    event.listen(store.engine, "connect", limited)
    store.engine.dispose()

    def room():
        event.remove(store.engine, "connect", limited)
        store.engine.dispose()

    return room


def test_a_push_that_the_disk_cannot_take_is_not_acknowledged_and_comes_again(
    store, shops, full, control, until, sandbox
):
    with Listener(store, present=present(), idle_s=0.05) as listener:
        control("push", platform="douyin", url=listener.hooks()["douyin"])
        shop = next(shop for shop in shops if shop.platform == "douyin")
        orders = []
        while not listener.receiver.tally.not_kept:
            orders.append(control("buyers", do="order", shop_id=shop.shop_id)["id"])
            assert len(orders) < MANY
            clock.wait(0.02)
        kept = {message.order_id for message in store.inbox.list(limit=MANY)}
        assert set(orders) - kept
        full()
        until(lambda: set(orders) <= {message.order_id for message in store.inbox.list(limit=MANY)})
        until(lambda: set(orders) <= {order.order_id for order in store.records.list("order")})


# ---------------------------------------------------------------- the home

READ_ONLY = """
import os, sys
from omnishop.cli import entry
import omnishop.cli.pull, omnishop.engine, omnishop.store, omnishop.registry
import alembic.command, alembic.config, alembic.script, sqlalchemy.dialects.sqlite
for name in omnishop.registry.adapter_names():
    omnishop.registry.adapter(name)

if os.geteuid() == 0:  # root may write anywhere: be nobody
    os.setgid(65534)
    os.setuid(65534)
sys.exit(entry.run(sys.argv[1:]))
"""


def test_a_home_that_became_read_only_is_one_line(home, store, shops, sandbox):
    store.close()
    with tempfile.TemporaryDirectory() as name:
        barred = Path(name) / "home"
        shutil.copytree(home.path, barred)
        for path in barred.iterdir():
            path.chmod(0o444)
        for folder in (barred, Path(name)):
            folder.chmod(0o555)
        ended = subprocess.run(
            [sys.executable, "-c", READ_ONLY, "pull"],
            cwd=ROOT,
            env={**os.environ, "OMNISHOP_LANG": "en", "OMNISHOP_HOME": str(barred)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for folder in (Path(name), barred):
            folder.chmod(0o755)
    assert ended.returncode == 2, ended.stderr
    [line] = one_line_each(ended.stderr, "cannot be used (no permission to write)")
    assert str(barred) in line


# ---------------------------------------------------------------- the clock


@pytest.fixture
def jump(monkeypatch):
    """Puts the machine's clock forward or back, for everybody in this process, the simulated platforms too."""
    off = [timedelta()]

    class Machine(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + off[0]

    monkeypatch.setattr(clock, "datetime", Machine)
    return lambda by: off.append(off.pop() + by)


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["an hour ahead", "an hour back"])
def test_windows_are_read_on_when_the_clock_jumps(home, jump, by):
    """The world's time is the machine's here: it jumps with it, as platforms' answers would seem to."""
    simulation = Simulation.new(seed=7, orders=4, platforms=("douyin",))
    with Sandbox(simulation) as sandbox, Store.open(home) as store, World.at(sandbox.url) as door:
        shops = list(register(store, door, now=clock.now()))

        def pulled():
            assert engine.pull(store, shops, now=present()).ok

        def same():
            truth = {row["case_id"]: row["stage"] for row in simulation.state()["cases"]}
            return truth == {case.case_id: case.stage.value for case in store.records.list("case")}

        pulled()
        simulation.buyers.live(3, acts_per_day=400)
        for jumped in (by, -by):
            simulation.advance(2 * 3600)
            pulled()
            jump(jumped)
            simulation.advance(1800)
            pulled()
            assert same()
        simulation.advance(3600)
        pulled()
        assert same()


def test_who_was_killed_while_he_refreshed_is_waited_for_no_longer_when_the_clock_went_back(
    store, shops, jump
):
    tokens = store.tokens(shops[0])
    now = clock.now()
    assert tokens.lease("main", "killed since", now + timedelta(seconds=45), now)
    assert not tokens.lease("main", "next", now + timedelta(seconds=45), now)
    jump(-HOUR)
    now = clock.now()
    assert tokens.lease("main", "next", now + timedelta(seconds=45), now)


def test_messages_of_who_was_killed_wait_no_longer_when_the_clock_went_back(store, shops, jump):
    shop = next(shop for shop in shops if shop.platform == "douyin")
    about = Event("douyin", "changed", event_id="m", raw=b"{}", shop_id=shop.shop_id)
    store.inbox.put([about], datetime.now(UTC))
    assert store.inbox.claim(clock.now(), clock.now() + LEASE, 10)
    jump(-HOUR)
    with InboxWorker(store, present=present()) as worker:
        assert worker.step(clock.now()).taken == 1
