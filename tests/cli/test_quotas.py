"""quotas: what is known and who is banned, a person's word, a ban that is lifted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from omnishop import RateLimited, clock
from omnishop.config import Home
from omnishop.drivers.budgets import Asked
from omnishop.store import Store


@pytest.fixture
def app(registered):
    """The registered shop's app key."""
    with Store.open(Home.find()) as store:
        return store.shops.list()[0].app_key


@pytest.fixture
def banned(app):
    """The platform said of one method: not for an hour."""
    with Store.open(Home.find()) as store:
        [shop] = store.shops.list()
        asked, at = Asked.by(store.shops.account(shop), "cases", None), clock.now()
        error = RateLimited("too many", retry_after=3600.0, scope="method", code="7/busy")
        store.quotas.throttled(asked, error, at - timedelta(seconds=1), at)


def rows(outcome):
    return [json.loads(each) for each in outcome.lines]


def test_nothing_is_known_at_first(omnishop, registered):
    outcome = omnishop("quotas", "list")
    assert outcome.code == 0
    assert "0 known, 0 banned now" in outcome.out


def test_a_ban_is_told_with_its_end_and_its_code(omnishop, app, banned, monkeypatch):
    [row] = rows(omnishop("quotas", "list", "--json"))
    assert (row["platform"], row["app_key"], row["shop_id"], row["method"]) == ("paper", app, None, "cases")
    assert (row["refused"], row["code"], row["known_from"], row["per_s"]) == (1, "7/busy", "learned", 4.75)
    assert row["banned_until"] > row["refused_at"]
    table = omnishop("quotas", "list").out
    assert "7/busy" in table
    assert row["banned_until"] in table


def test_a_person_says_a_rate_and_takes_it_back(omnishop, app):
    said = omnishop("quotas", "set", "paper", app, "cases", "50")
    assert said.code == 0
    assert "50 calls a second, of which 49.25 are used" in said.out
    [row] = rows(omnishop("quotas", "list", "--json"))
    assert (row["said"], row["per_s"], row["known_from"]) == (50.0, 49.25, "said")
    assert omnishop("quotas", "set", "paper", app, "cases", "none").code == 0
    assert rows(omnishop("quotas", "list", "--json"))[0]["per_s"] is None


def test_a_rate_of_one_shop_and_of_all_methods(omnishop, app):
    assert omnishop("quotas", "set", "paper", app, "all", "5", "--shop", "77").code == 0
    [row] = rows(omnishop("quotas", "list", "--json"))
    assert (row["shop_id"], row["method"]) == ("77", None)


def test_a_rate_of_a_shop_that_is_none(omnishop, app):
    outcome = omnishop("quotas", "set", "paper", app, "all", "5", "--shop", "nowhere")
    assert (outcome.code, "no such shop: nowhere" in outcome.err) == (2, True)
    assert rows(omnishop("quotas", "list", "--json")) == []


def test_a_lifted_ban_is_gone(omnishop, app, banned):
    assert "0 bans" in omnishop("quotas", "lift", "paper", app, "orders").out
    assert "1 bans" in omnishop("quotas", "lift", "paper", app).out
    [row] = rows(omnishop("quotas", "list", "--json"))
    assert (row["banned_until"], row["learned"], row["refused"]) == (None, None, 1)


@pytest.mark.parametrize("rate", ["0", "-1", "many", "inf", "nan"])
def test_a_rate_that_is_none(omnishop, app, rate):
    outcome = omnishop("quotas", "set", "paper", app, "cases", "--", rate)
    assert outcome.code == 2
    assert "calls a second" in outcome.err


def test_an_app_that_nobody_uses(omnishop, app):
    outcome = omnishop("quotas", "lift", "paper", "no-such-app")
    assert outcome.code == 2
    assert f"paper {app}" in outcome.err


def test_a_method_that_nobody_knows_is_said_aside(omnishop, app):
    outcome = omnishop("quotas", "set", "paper", app, "case", "5")
    assert outcome.code == 0
    assert "no method of this name" in outcome.err


def test_in_chinese(omnishop, app, banned, monkeypatch):
    from omnishop.cli import words

    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    words.forget()
    out = omnishop("quotas", "list").out
    assert "当前封禁 1 项" in out
    assert "自动学习" in out
