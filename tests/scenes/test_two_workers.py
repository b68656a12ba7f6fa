"""One refund, asked for by two workers at once: threads with a store each, and processes over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.scenes.cast import played
from tests.scenes.stage import FRONTS, NO_WAIT, Scene, opened

from omnishop.acts import State
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.keep import keeper
from omnishop.errors import NotAllowed, Rejected
from omnishop.ledger import Ledger
from omnishop.model import Kind
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.transport import SimTransport
from omnishop.store import Store

HELD = {"open_intent", "settled_before", "ended", "stage", "stale", "intent_taken"}
"""Why the slower of two is not allowed: what it finds depends on how far the other had come."""


@played("one refund asked by two workers")
def test_two_threads_that_saw_the_same_case_refund_it_once(scene):
    case = scene.case(Kind.CANCEL)
    both_have_looked = threading.Barrier(2)
    seen = threading.local()

    def wait_for_the_other():
        if not getattr(seen, "done", False):
            seen.done = True
            both_have_looked.wait(timeout=20)

    scene.wire.on_read = wait_for_the_other

    def work(_number):
        with Store.open(scene.store.home) as store:
            ledger = Ledger(store, now=lambda shop: scene.world.now(), keep=keeper(store), **NO_WAIT)
            driver = SyncDriver(httpx.Client(transport=SimTransport(scene.wire)), attempts=1)
            with ledger.shop(scene.stored, driver=driver) as shop:
                try:
                    return shop.agree(case.case_id, case.source)
                except (NotAllowed, Rejected) as no:
                    return no

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(work, range(2)))
    done = [each for each in found if not isinstance(each, Exception)]
    held = [each for each in found if isinstance(each, Exception)]
    assert [each.state for each in done] == [State.CONFIRMED]
    [no] = held
    scene.words(no)
    assert not isinstance(no, NotAllowed) or set(no.keys) & HELD
    assert [row.state for row in scene.rows(money=True)].count(State.CONFIRMED) == 1
    assert scene.paid_at_last(case) == [case.requested]


@pytest.mark.parametrize("front", FRONTS[:1], ids=str)
def test_two_processes_refund_it_once(front, empty_file, tmp_path):
    with opened(empty_file, tmp_path / "desk") as store:
        scene = Scene(front, store)
        case = scene.case(Kind.CANCEL)
        with Sandbox(scene.wire) as sandbox:
            scene.over_http(sandbox.url)
            found = raced(store.home, scene, case)
        assert found.count({"state": "confirmed"}) == 1, found
        [other] = [each for each in found if each != {"state": "confirmed"}]
        assert set(other.get("keys", ())) & HELD or other.get("error") in {"Rejected", "Conflict"}
        assert [row.state for row in scene.rows(money=True)].count(State.CONFIRMED) == 1
        assert scene.paid_at_last(case) == [case.requested]
        scene.check_books()


def raced(home: Home, scene: Scene, case) -> list[dict]:
    worker = [sys.executable, str(Path(__file__).with_name("worker.py")), str(home.path)]
    command = [*worker, scene.stored.shop_id, case.case_id, case.source]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    try:
        for each in workers:
            assert each.stdout.readline() == "ready\n"
        for each in workers:
            each.stdin.write("go\n")
            each.stdin.flush()
        return [json.loads(each.communicate(timeout=60)[0]) for each in workers]
    finally:
        for each in workers:
            each.kill()
            each.wait()
