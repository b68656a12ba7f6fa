"""`shops login` against every simulated platform: its own page, its own code, its own way to say whose shop it is."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

BACK = "https://merchant.test/back"


@pytest.fixture(scope="module")
def platforms():
    with Sandbox(Simulation.new(orders=3)) as running:
        yield running


@pytest.fixture
def browser(monkeypatch, capsys):
    """Opens the printed address, says yes, and gives the address it is sent back to."""

    def prompt(_text, **_how):
        address = re.search(r"^http\S+", capsys.readouterr().out, re.MULTILINE)[0]
        answer = httpx.get(address)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    monkeypatch.setattr("typer.prompt", prompt)


@pytest.mark.parametrize("storefront", ["tmall", "taobao", "jd", "douyin"])
def test_a_new_shop_is_found_out(omnishop, platforms, browser, monkeypatch, storefront):
    told = next(shop for shop in platforms.ready()["shops"] if shop["storefront"] == storefront)
    monkeypatch.setenv("OMNISHOP_APP_SECRET", told["app_secret"])
    keys = ["--app-key", told["app_key"], "--gateway", told["gateway"], "--redirect-uri", BACK]
    service = ["--service-id", told["service_id"]] if told.get("service_id") else []
    alias = ["--alias", "mine", "--storefront", storefront]
    assert omnishop("shops", "add", told["platform"], *keys, *service, *alias).code == 0
    outcome = omnishop("shops", "login", told["platform"])
    assert outcome.code == 0, outcome.err
    (shop,) = (json.loads(line) for line in omnishop("shops", "list", "--json").lines)
    assert (shop["shop_id"], shop["storefront"], shop["alias"]) == (told["shop_id"], storefront, "mine")
    assert omnishop("pull").code == 0
    assert told["app_secret"] not in outcome.out + outcome.err
    assert omnishop("doctor").code == 0


@pytest.mark.parametrize("platform", ["taobao", "jd", "douyin"])
def test_a_wrong_code_is_refused(omnishop, platforms, monkeypatch, capsys, platform):
    assert omnishop("shops", "add", "--sandbox", platforms.url).code == 0
    shop = platforms.ready()[platform]["shop_id"]

    def prompt(_text, **_how):
        state = re.search(r"state=([\w-]+)", capsys.readouterr().out)[1]
        return f"{BACK}?code=invented&state={state}"

    monkeypatch.setattr("typer.prompt", prompt)
    outcome = omnishop("shops", "login", platform, "--shop", shop, "--redirect-uri", BACK)
    assert outcome.code == 3, outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert omnishop("pull", "--shop", shop).code == 0, "the old tokens are still there"


def test_a_sub_account_beside_the_main_one(omnishop, platforms, monkeypatch, capsys):
    """The real page shows a form for the sub-account; the simulated one is told by `role`."""
    assert omnishop("shops", "add", "--sandbox", platforms.url).code == 0
    shop = platforms.ready()["taobao"]["shop_id"]

    def prompt(_text, **_how):
        address = re.search(r"^http\S+", capsys.readouterr().out, re.MULTILINE)[0]
        return httpx.get(f"{address}&role=operator").headers["location"]

    monkeypatch.setattr("typer.prompt", prompt)
    outcome = omnishop("shops", "login", "taobao", "--shop", shop, "--operator", "--redirect-uri", BACK)
    assert outcome.code == 0, outcome.err
    findings = [json.loads(line) for line in omnishop("doctor", "--shop", shop, "--json").lines]
    operator = next(row for row in findings if row["what"] == "operator token")
    assert operator["state"] == "ok"
    assert "valid until" in operator["text"]["en"]
    assert omnishop("pull", "--shop", shop).code == 0, "the main token is still there"


def test_an_app_of_the_shops_own_needs_no_page(omnishop, platforms, monkeypatch):
    told = platforms.ready()["douyin"]
    monkeypatch.setenv("OMNISHOP_APP_SECRET", told["app_secret"])
    keys = ["--app-key", told["app_key"], "--gateway", told["gateway"], "--shop-id", told["shop_id"]]
    assert omnishop("shops", "add", "douyin", *keys, "--set", "self_use=1").code == 0
    outcome = omnishop("shops", "login", "douyin", "--shop", told["shop_id"])
    assert outcome.code == 0, outcome.err
    assert "Open this address" not in outcome.out
    assert omnishop("pull").code == 0
