"""Simulated platforms behind a port, a store that has their shops, and the steps that work on it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from tests.stores import empty_file, home, kind_of_database, new_home, store

from omnishop import clock, jsonform
from omnishop.engine.simulated import World, register
from omnishop.policy.shipped import shipped
from omnishop.run.work import Work
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

__all__ = ["empty_file", "home", "kind_of_database", "new_home", "store"]

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)


@pytest.fixture
def sandbox():
    """Its world stands still until somebody moves it."""
    with Sandbox(Simulation.new(seed=7, orders=4, now=NOW)) as running:
        yield running


@pytest.fixture
def control(sandbox):
    with httpx.Client(base_url=f"{sandbox.url}/_control", trust_env=False) as client:

        def ask(door, **body):
            answer = client.post(f"/{door}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield ask


@pytest.fixture
def shops(store, sandbox):
    with World.at(sandbox.url) as door:
        return register(store, door, now=NOW)


@pytest.fixture
def work(store, shops):
    with Work(store, packs=shipped()) as made:
        yield made


@pytest.fixture
def until():
    """Waits for something to become true, some seconds at most."""

    def wait(true, seconds=15.0):
        end = clock.monotonic() + seconds
        while not (found := true()):
            assert clock.monotonic() < end, "it did not become true in time"
            clock.wait(0.05)
        return found

    return wait


@pytest.fixture
def running(home):
    """Starts `omnishop run` in the home, as a process; whatever is left of it ends with the test."""
    processes = []

    def start(*words):
        env = {"OMNISHOP_HOME": str(home.path), "OMNISHOP_LANG": "en", "OMNISHOP_DATABASE": home.database}
        command = [sys.executable, "-m", "omnishop", "run", "--json", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, env={**env, "PATH": ""}, **pipes)
        processes.append(process)
        return process

    yield start
    for each in processes:
        if each.poll() is None:
            each.send_signal(signal.SIGKILL)
        each.communicate()


@pytest.fixture
def apart(sandbox, store):
    """Records that the store does not hold as the world has them: kind, source and id."""

    def found():
        with World.at(sandbox.url) as door:
            truth = door.state()
        different = []
        for record in ("order", "case", "review"):
            held = dict(_bare(record, jsonform.dump(each)) for each in store.records.list(record))
            true = dict(_bare(record, each) for each in truth[f"{record}s"])
            different += [(record, *key) for key, each in true.items() if held.get(key) != each]
            different += [(record, *key) for key in held.keys() - true.keys()]
        return different

    return found


def _bare(record, row):
    """Without what the wire does not carry, and what only this home's key makes of a buyer."""
    buyer = row.get("buyer")
    masked = {"masked": buyer["masked"]} if buyer and buyer["masked"] else None
    key = row["platform"], row["shop_id"], row["source"], row[f"{record}_id"]
    return key, {**row, "buyer": masked, "refunds": None, "hidden": None}


@pytest.fixture
def ready():
    """The first line of a run, when it has come."""

    def read(process):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told = json.loads(line)
        assert told["ready"] is True
        return told

    return read
