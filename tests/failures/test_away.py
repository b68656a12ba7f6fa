"""Somebody else is away: a host without a name, a login taken back, a database that stops. Nothing is lost."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.postgres import NoServer, restartable

from omnishop import clock, jsonform
from omnishop.config import Home
from omnishop.engine.simulated import World, register
from omnishop.ports import Account, App, Token
from omnishop.store import Store

ROOT = Path(__file__).parents[2]
BACK = "https://merchant.test/back"
KEY = "only for this test"


# ---------------------------------------------------------------- the name of a host


def test_a_name_that_nobody_knows_is_told_with_the_host_and_nothing_else(
    at_home, store, omnishop, monkeypatch, held, shops
):
    """As the machine answers when it has no network, or the gateway's name was mistyped."""

    def unknown(host, *_where, **_how):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    app = App("douyin", "key", "the-app-secret", gateway="https://openapi.nowhere.invalid")
    account = Account(app, "douyin", "4711", alias="lost")
    store.shops.add(account, now=clock.now(), tokens={"main": Token("the-token", "the-other-token")})
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: (unknown if "invalid" in str(host) else real)(host, *a, **k),
    )
    outcome = omnishop("pull")
    assert outcome.code == 3
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert "lost" in line
    assert "openapi.nowhere.invalid" in line
    assert "check the network and its DNS" in line
    assert "the-" not in line
    assert all(until for (_, stream), (_, until) in held().items() if stream.endswith("changed"))


# ---------------------------------------------------------------- the time


def test_a_clock_that_the_platforms_do_not_believe_is_told_and_moves_no_cursor(
    at_home, store, shops, omnishop, control, held, apart
):
    """They judge the time in each request; half an hour is too much for all of them."""
    control("faults", seed=1, rates={"clock_skew": 1.0})
    outcome = omnishop("pull")
    assert outcome.code in {2, 3}
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(shops)
    assert all("clock" in line for line in errors), errors
    assert not any(until for _, until in held().values())
    control("faults", seed=1, rates={})
    assert omnishop("pull").code == 0
    assert apart() == []


# ---------------------------------------------------------------- a login


def test_a_login_taken_back_in_the_middle_of_a_window(
    at_home, store, shops, sandbox, omnishop, apart, held, secrets, monkeypatch, capsys, control
):
    assert omnishop("pull").code == 0
    before, away = held(), next(shop for shop in shops if shop.storefront == "tmall")
    for stored in shops:
        order = control("buyers", do="order", shop_id=stored.shop_id)["id"]
        control("buyers", do="apply", order_id=order, kind="cancel")
    control("clock", advance_s=3600)
    _take_back_after(sandbox.simulation, away.shop_id, answers=3, monkeypatch=monkeypatch)
    outcome = omnishop("pull")
    assert outcome.code == 3
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert away.name in line
    assert "log in again: omnishop shops login taobao" in line
    assert not any(secret in outcome.out + outcome.err for secret in secrets)
    after = held()
    mine = {place for place in before if place[0] == away.name}
    assert any(after[place] == before[place] for place in mine), "its windows stay open"
    assert all(after[place] != before[place] for place in before.keys() - mine if before[place][0]), (
        "no other shop waits"
    )
    assert apart()

    def prompt(_text, **_how):
        address = re.search(r"^http\S+", capsys.readouterr().out, re.MULTILINE)[0]
        return httpx.get(address).headers["location"]

    monkeypatch.setattr("typer.prompt", prompt)
    login = omnishop("shops", "login", "taobao", "--shop", away.shop_id, "--redirect-uri", BACK)
    assert login.code == 0, login.err
    assert omnishop("pull").code == 0
    assert apart() == []


def _take_back_after(simulation, shop_id, *, answers, monkeypatch):
    """The merchant withdraws the app's permission at the platform: neither token of the shop is good any more."""
    given, real, left = simulation.world.tokens, simulation.answer, [answers]

    def answer(request, **how):
        told = real(request, **how)
        left[0] -= 1
        if left[0] == 0:
            for token in given.values():
                if token.shop.shop_id == shop_id:
                    token.replaced, token.dead_at = True, simulation.world.now()
                    token.refresh_dead_at = simulation.world.now()
        return told

    monkeypatch.setattr(simulation, "answer", answer)


# ---------------------------------------------------------------- the database


@pytest.fixture(scope="module")
def server():
    try:
        with restartable() as started:
            yield started
    except NoServer as why:
        pytest.skip(f"no PostgreSQL could be started: {why}")


@pytest.fixture
def database(server):
    server.run("DROP DATABASE IF EXISTS stopped", "CREATE DATABASE stopped TEMPLATE template0")
    return server.address("stopped")


@pytest.fixture
def worker(tmp_path, database):
    """Starts `omnishop run` on the database, as a process of its own; what it says is in a file."""
    started = []

    def start():
        said = (tmp_path / f"said-{len(started)}").open("w+")
        env = {
            **os.environ,
            "OMNISHOP_KEY": KEY,
            "OMNISHOP_LANG": "en",
            "OMNISHOP_HOME": str(tmp_path / "home"),
        }
        command = [sys.executable, "-m", "omnishop", "run", "--json", "--every", "1", "--compare", "0"]
        command += ["--database", database]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        started.append((process, said))
        return process, Path(said.name)

    yield start
    for process, said in started:
        process.kill()
        process.wait()
        said.close()


@pytest.mark.slow
def test_a_database_that_stops_and_starts_is_waited_for(
    server, database, worker, tmp_path, sandbox, control, until, omnishop, monkeypatch
):
    """The server dies while workers write (as when its machine does); they go on when it is there again."""
    home = Home.find(tmp_path / "home", env={"OMNISHOP_KEY": KEY}, database=database)
    with Store.open(home) as store, World.at(sandbox.url) as door:
        shops = register(store, door, now=door.now())
        one, other = worker(), worker()
        until(lambda: store.records.count("order"), seconds=60)
        server.crash()
        for name, value in {"HOME": home.path, "KEY": KEY, "DATABASE": database}.items():
            monkeypatch.setenv(f"OMNISHOP_{name}", str(value))
        outcome = omnishop("shops", "list")
        assert outcome.code in {2, 3}
        assert len(outcome.err.splitlines()) == 1
        assert "check the address, the port and the network, and that the server runs" in outcome.err
        for stored in shops:
            order = control("buyers", do="order", shop_id=stored.shop_id)["id"]
            control("buyers", do="apply", order_id=order, kind="cancel")
        clock.wait(3)
        server.start()
        truth = door.state()
        wanted = {row["case_id"]: row["stage"] for row in truth["cases"]}
        until(lambda: _stages(store) == wanted, seconds=120)
        for process, said in (one, other):
            assert process.poll() is None, said.read_text()
            assert "Traceback" not in said.read_text()


def _stages(store):
    rows = (jsonform.dump(each) for each in store.records.list("case"))
    return {row["case_id"]: row["stage"] for row in rows}
