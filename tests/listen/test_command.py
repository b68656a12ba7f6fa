"""`omnishop listen` as a program: its ready line, what it took, and its end by SIGTERM; `inbox` after it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

from omnishop.store import Store


@pytest.fixture
def omnishop(home):
    """Runs a command in the home; what it printed, or the process while it runs."""

    def run(*command, wait=True):
        env = {"OMNISHOP_HOME": str(home.path), "OMNISHOP_LANG": "en", "PATH": ""}
        words = [sys.executable, "-m", "omnishop", *command]
        if not wait:
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            return subprocess.Popen(words, env=env, **pipes)
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    return run


def test_it_says_where_it_listens_works_and_ends_when_told(omnishop, sandbox, home, until):
    assert omnishop("shops", "add", "--sandbox", sandbox.url).returncode == 0
    listening = omnishop("listen", "--json", wait=False)
    ready = json.loads(listening.stdout.readline())
    assert set(ready) == {"url", "hooks", "queues", "sockets"}
    assert len(ready["queues"]) == 2
    forged = httpx.post(ready["hooks"]["douyin"], content=b"[]", trust_env=False)
    assert forged.json()["code"] == 40044
    with Store.open(home) as store:
        until(lambda: store.records.list("case") and not store.inbox.next_due())
    listening.send_signal(signal.SIGTERM)
    _, told = listening.communicate(timeout=10)
    assert listening.returncode == 0, told
    assert "1 not genuine" in told
    listed = omnishop("inbox", "list", "--limit", "3", "--json").stdout.splitlines()
    assert [json.loads(each)["state"] for each in listed] == ["done"] * 3
    assert omnishop("inbox", "retry").stdout.strip() == "0 messages wait again"
    assert omnishop("inbox", "list", "--state", "lost").returncode == 2


def test_without_a_shop_there_is_nothing_to_listen_for(omnishop):
    ended = omnishop("listen")
    assert (ended.returncode, "shops add" in ended.stderr) == (2, True)
