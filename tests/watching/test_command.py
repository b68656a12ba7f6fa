"""`omnishop run --metrics` as a program: its log, its page and its health while it brings a shop up to date."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from omnishop import clock
from omnishop.engine.simulated import World, register
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation


@pytest.fixture
def sandbox():
    with Sandbox(Simulation.new(seed=5, orders=3)) as running:
        yield running


def test_a_program_that_is_watched(store, home, sandbox):
    with World.at(sandbox.url) as door:
        secrets = [shop["access_token"] for shop in door.shops()["shops"]]
        register(store, door, now=clock.now())
    douyin = next(shop for shop in store.shops.list() if shop.platform == "douyin")
    words = ["run", "--json", "--metrics", "127.0.0.1:0", "--shop", douyin.shop_id, "--compare", "0"]
    words += ["--listen", "127.0.0.1:0"]
    env = {"OMNISHOP_HOME": str(home.path), "OMNISHOP_LANG": "en", "PATH": "", "OMNISHOP_LOG": "debug"}
    running = subprocess.Popen(
        [sys.executable, "-m", "omnishop", *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ready = json.loads(running.stdout.readline())
        with httpx.Client(base_url=ready["metrics"], trust_env=False) as http:
            assert http.get("/alive").status_code == 200
            while json.loads(running.stdout.readline())["job"] != "news":
                pass
            found = _shop(http, douyin.shop_id)
            page = http.get("/metrics").text
            assert http.get("/push/douyin").status_code == 404
            for path in ("/metrics", "/health", "/alive"):  # nothing of it where platforms call
                assert http.get(ready["url"] + path).status_code == 404
    finally:
        running.send_signal(signal.SIGTERM)
        _, log = running.communicate(timeout=20)
    assert running.returncode == 0, log
    assert found["state"] == "running"
    told = {family.name: family for family in text_string_to_metric_families(page)}
    calls = told["omnishop_calls"].samples
    assert "douyin" in {each.labels["platform"] for each in calls}
    assert sum(each.value for each in calls if each.labels["outcome"] == "ok") >= 3
    assert told["omnishop_records"].samples
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"call", "records kept"} <= {line["event"] for line in lines}
    assert not any(secret in log + page for secret in secrets)


def _shop(http, shop_id):
    told = http.get("/health", params={"all": "1"}).json()
    return next(shop for shop in told["shops"] if shop["shop_id"] == shop_id)
