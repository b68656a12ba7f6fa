"""`omnishop run` on one machine: until the store equals the platforms, whatever hinders a shop, however it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from omnishop import clock
from omnishop.engine.following import Following
from omnishop.ports import Token
from omnishop.run.alone import Alone
from omnishop.run.did import Job
from omnishop.store import MessageState


@pytest.fixture
def kind_of_database():
    return "sqlite"


@pytest.fixture
def looping(work):
    """A loop in a thread; what its steps did."""
    ended = []

    def start(**how):
        did = []
        following = Following(work.store, present=work.present, opened=work.opened, idle_s=0.05)
        alone = Alone(work, told=did.append, following=following, **how)
        thread = threading.Thread(target=alone.run)
        thread.start()
        ended.append((alone, thread))
        return did

    yield start
    for alone, thread in ended:
        alone.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_it_reads_everything_and_then_what_changes(looping, work, sandbox, control, apart, until):
    did = looping()
    until(lambda: not apart() and all(each.backfill_at is None for each in work.store.rounds.all()))
    shop = next(each for each in sandbox.simulation.world.shops if each.platform == "taobao")
    order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
    control("buyers", do="apply", order_id=order, kind="cancel")
    until(lambda: not apart())
    assert {Job.NEWS, Job.HISTORY, Job.JUDGEMENT} <= {each.job for each in did}
    assert [each.error for each in did if each.error] == []


def test_a_shop_that_is_hindered_holds_up_no_other(looping, work, shops, store, control, until):
    """One is logged out, one banned for an hour: they are left alone, and say why."""
    out = next(each for each in shops if each.platform == "douyin")
    slow = next(each for each in shops if each.platform == "jd")
    others = [each for each in shops if each.platform == "taobao"]
    store.tokens(out).put("main", Token("not what it was", renewable=False))
    control("quotas", platform="jd", method="jingdong.pop.order.enSearch", per_s=1, ban_s=3600)
    work.every = timedelta(seconds=0.2)
    looping(threads=2)
    until(lambda: all((found := store.rounds.get(each.row)) and found.began_at for each in shops))
    first = {each.row: store.rounds.get(each.row).began_at for each in others}
    until(lambda: all(store.rounds.get(row).began_at > began for row, began in first.items()))
    told = store.rounds.get(out.row)
    assert told.failures >= 1
    assert told.why.error == "AuthError"
    assert told.due_at - told.ended_at >= timedelta(seconds=4)
    assert until(lambda: store.rounds.get(slow.row).failures >= 1)
    assert store.rounds.get(slow.row).why.error == "RateLimited"


def test_a_killed_one_loses_nothing_and_only_one_works_on_a_file(
    running, ready, shops, store, sandbox, control, apart, until
):
    with sandbox_slow(sandbox):
        first = running("--every", "1")
        ready(first)
        second = running()
        _, told = second.communicate(timeout=30)
        assert second.returncode == 2
        assert re.search(rf"process {first.pid}, since 20\S+\+08:00\)", told)
        assert "postgresql://" in told
        until(lambda: store.records.list("order"))
        control("clock", advance_s=200_000)
        clock.wait(0.3)
        first.send_signal(signal.SIGKILL)
        assert first.wait(20) == -signal.SIGKILL
    third = running("--every", "1", "--listen", "127.0.0.1:0")
    control("push", platform="douyin", url=ready(third)["hooks"]["douyin"])
    told_of(control, shops, store, until)
    until(lambda: not apart())
    third.send_signal(signal.SIGTERM)
    out, told = third.communicate(timeout=20)
    assert (third.returncode, "Traceback" in told) == (0, False)
    assert all(json.loads(line)["error"] is None for line in out.splitlines())


def told_of(control, shops, store, until):
    """Something happens at the platform that calls, and its call is worked off."""
    shop = next(each for each in shops if each.platform == "douyin")
    control("buyers", do="order", shop_id=shop.shop_id)
    until(
        lambda: [each for each in store.inbox.list(MessageState.DONE) if each.platform == "douyin"],
        seconds=30,
    )


def test_once_reads_all_that_is_due_and_ends(work, store, sandbox, apart):
    did = []
    Alone(work, told=did.append).once()
    assert apart() == []
    assert {Job.NEWS, Job.HISTORY, Job.MESSAGES, Job.JUDGEMENT} == {each.job for each in did}
    assert store.waiting.changed() == 0
    assert all(each.backfill_left == 0 for each in store.rounds.all())


@contextmanager
def sandbox_slow(sandbox):
    """Some answers take a while, so that a kill meets a call."""
    sandbox.simulation.faults(3, {"slow": 0.3})
    yield
    sandbox.simulation.faults(0, {})


def test_without_a_shop_there_is_nothing_to_run(home, monkeypatch, capsys):
    from omnishop.cli.entry import run

    monkeypatch.setenv("OMNISHOP_HOME", str(home.path))
    monkeypatch.setenv("OMNISHOP_LANG", "en")
    assert run(["run"]) == 2
    assert "shops add" in capsys.readouterr().err
    assert run(["run", "--listen", "127.0.0.1:0", "--no-listen"]) == 2


def test_a_second_signal_ends_at_once():
    """Whatever a call is waiting for."""
    script = (
        "import sys, time\n"
        "from omnishop.cli.running import _signals\n"
        "with _signals(lambda: None):\n"
        "    print('ready', flush=True)\n"
        "    while True:\n"
        "        time.sleep(5)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    began = clock.monotonic()
    process.send_signal(signal.SIGTERM)
    clock.wait(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=5)
    assert process.returncode == 143
    assert clock.monotonic() - began < 4
