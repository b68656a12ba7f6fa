"""`shops set`: what a platform's page asks of a shop, on one that is registered already."""

from __future__ import annotations

import json

import pytest
from tests.sandbox.paper import SECRET, TOKEN

from omnishop.cli import words
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation


@pytest.fixture
def shop(omnishop, world):
    added = [
        "shops",
        "add",
        "paper",
        "--app-key",
        "key-1",
        "--alias",
        "main",
        "--gateway",
        f"{world.url}/paper",
    ]
    outcome = omnishop(*added, "--set", "pin=p1", "--secret-stdin", stdin=f"{SECRET}\n{TOKEN}\n")
    assert outcome.code == 0, outcome.err
    return "main"


def settings(omnishop):
    return json.loads(omnishop("shops", "list", "--json").lines[0])["settings"]


def test_settings_are_added_changed_and_taken_back(omnishop, shop):
    assert omnishop("shops", "set", shop, "pin=p2", "colour=blue=green").code == 0
    assert settings(omnishop) == {"pin": "p2", "colour": "blue=green"}
    outcome = omnishop("shops", "set", shop, "pin=", "--json")
    assert json.loads(outcome.out)["settings"] == settings(omnishop) == {"colour": "blue=green"}
    assert "colour" in omnishop("shops", "set", shop).out
    assert settings(omnishop) == {"colour": "blue=green"}


def test_the_shop_still_works(omnishop, shop):
    before = omnishop("shops", "list", "--json").lines[0]
    omnishop("shops", "set", shop, "colour=blue")
    omnishop("shops", "set", shop, "colour=")
    assert omnishop("shops", "list", "--json").lines[0] == before
    assert omnishop("pull").code == 0


@pytest.mark.parametrize("args", [["main", "nameonly"], ["main", "=x"], ["nobody", "pin=1"]])
def test_bad_arguments(omnishop, shop, args):
    outcome = omnishop("shops", "set", *args)
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert settings(omnishop) == {"pin": "p1"}


KNOWN = {
    "taobao": "tmc, tmc_group, tmc_url",
    "jd": "operate_pin, operate_nick, customer_code, orders, return_phone, contact_tel, receive_packing_state",
    "douyin": "self_use, test_shop",
}


@pytest.fixture(scope="module")
def simulated():
    with Sandbox(Simulation.new(seed=3, orders=0)) as sandbox:
        yield sandbox


@pytest.fixture
def real(omnishop, simulated):
    """The first shop of each platform, by its name."""
    assert omnishop("shops", "add", "--sandbox", simulated.url).code == 0
    found = {}
    for line in omnishop("shops", "list", "--json").lines:
        told = json.loads(line)
        found.setdefault(told["platform"], told["shop_id"])
    return found


@pytest.mark.parametrize("platform", KNOWN)
def test_a_setting_the_platform_does_not_have_is_refused_with_those_it_has(omnishop, real, platform):
    for pair in ("blah=1", "self_use=1" if platform == "taobao" else "tmc=poll"):
        outcome = omnishop("shops", "set", real[platform], pair)
        assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
        assert KNOWN[platform] in outcome.err
    assert omnishop("shops", "set", real[platform], "blah=").code == 0, (
        "what was kept before can be taken back"
    )


@pytest.mark.parametrize(
    ("platform", "wrong", "may_be", "right"),
    [
        ("taobao", "tmc=carrier-pigeon", "poll or websocket", "tmc=websocket"),
        ("taobao", "tmc_url=foo", "ws:// or wss://", "tmc_url=wss://mc.example:8443/x"),
        ("taobao", "tmc_url=ws://", "ws:// or wss://", "tmc_group=vip"),
        ("jd", "receive_packing_state=good", "digits", "receive_packing_state=10"),
        ("jd", "receive_quality_state_bad=?", "digits", "receive_quality_state_bad=20"),
        ("jd", "offline_change_op_flag=x", "digits", "offline_change_op_flag=1"),
        ("jd", "contact_tel=138****1234", "not masked", "contact_tel=0571-88001234"),
        ("jd", "orders=en", "plain", "orders=plain"),
        ("douyin", "self_use=yes", "0 or 1", "self_use=1"),
    ],
)
def test_what_a_setting_may_be(omnishop, real, platform, wrong, may_be, right):
    outcome = omnishop("shops", "set", real[platform], right, wrong, "--json")
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (2, "", 1)
    assert may_be in outcome.err
    name, _, value = right.partition("=")
    told = json.loads(omnishop("shops", "set", real[platform], right, "--json").out)
    assert told["settings"] == {name: value}


def test_a_new_shop_is_asked_the_same(omnishop, paper_only, monkeypatch):
    monkeypatch.setenv("OMNISHOP_APP_SECRET", "s")
    words = ["--storefront", "tmall", "--app-key", "1", "--shop-id", "2", "--set", "tmc=carrier-pigeon"]
    outcome = omnishop("shops", "add", "taobao", *words)
    assert outcome.code == 2
    assert "poll or websocket" in outcome.err
    assert omnishop("shops", "list", "--json").out == ""


def test_what_is_wrong_is_said_in_chinese(omnishop, real, monkeypatch):
    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    words.forget()
    assert "应为 poll 或 websocket" in omnishop("shops", "set", real["taobao"], "tmc=x").err
    assert "可用: tmc, tmc_group" in omnishop("shops", "set", real["taobao"], "y=x").err
