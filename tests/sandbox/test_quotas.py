"""Quotas that really limit: so many calls of a method in any second from each app, then a refusal."""

from __future__ import annotations

import json

import httpx
import pytest

from omnishop import RateLimited
from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.sandbox.control import control
from omnishop.sandbox.quotas import BadQuota, Quota
from omnishop.sandbox.simulation import Simulation

NOON = 1_800_000_000.0
NAMES = ("shop_id", "app_key", "app_secret", "access_token", "refresh_token", "gateway")
METHODS = {  # that tell who the shop is; what a ban of one second is answered as, and what it is said to be about
    "taobao": ("taobao.user.seller.get", 2.0, "method"),
    "jd": ("jingdong.seller.vender.info.get", 1.0, "call"),
    "douyin": ("shop.reputation", 1.0, "call"),
}


def test_any_second_holds_no_more_than_the_quota():
    quota = Quota("p", "m", 3)
    answers = [quota.refuses("app", NOON + at) for at in (0.0, 0.1, 0.2, 0.5, 0.99, 1.0, 1.05, 1.1)]
    assert answers == [None, None, None, 0.0, 0.0, None, 0.0, None]
    assert (quota.admitted, quota.refused, quota.most) == (5, 3, 6)
    assert quota.over_s == pytest.approx(1.1)


def test_a_ban_holds_until_its_end_and_one_apps_ban_is_not_anothers():
    quota = Quota("p", "m", 1, ban_s=5.0)
    assert quota.refuses("app", NOON) is None
    assert quota.refuses("app", NOON + 0.5) == 5.0
    assert quota.refuses("app", NOON + 3.5) == 2.0
    assert quota.refuses("other", NOON + 3.5) is None
    assert quota.refuses("app", NOON + 5.5) is None


@pytest.mark.parametrize("platform", METHODS)
def test_each_platform_says_it_in_its_own_words(platform):
    simulation = Simulation.new(orders=1, platforms=(platform,))
    method, says, scope = METHODS[platform]
    simulation.quota(platform, method, 2, ban_s=1.0)
    entry = simulation.shops("http://sim.test")[platform]
    driver = SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)
    keys = {name: entry[name] for name in NAMES}
    with Shop.open(platform, storefront=entry["storefront"], driver=driver, **keys) as shop:
        shop.whoami()
        shop.whoami()
        with pytest.raises(RateLimited) as refused:
            shop.whoami()
    assert refused.value.scope == scope
    assert refused.value.retry_after == pytest.approx(says, abs=0.2)
    assert [(each["method"], each["refused"]) for each in simulation.quotas()] == [(method, 1)]


def test_control_sets_and_ends_one():
    simulation = Simulation.new(orders=0, platforms=("jd",))

    def ask(method, body=b""):
        answer = control(simulation, method, "/_control/quotas", {}, body, url="http://x", token=None)
        return answer.status, json.loads(answer.content)

    told = {"platform": "jd", "method": "m", "per_s": 50, "ban_s": 1}
    assert ask("POST", json.dumps(told).encode()) == (200, ask("GET")[1])
    assert ask("GET")[1] == [{**told, "ban_s": 1.0, "admitted": 0, "refused": 0, "most": 0, "over_s": 0.0}]
    assert ask("POST", json.dumps({**told, "per_s": None}).encode()) == (200, [])
    for wrong in ({**told, "per_s": 0}, {**told, "platform": "moon"}, {**told, "method": ""}, {"per_s": 1}):
        status, said = ask("POST", json.dumps(wrong).encode())
        assert status == 400, wrong
        assert said["error"]


def test_a_bad_quota_says_why():
    with pytest.raises(BadQuota, match="no such platform"):
        Simulation.new(orders=0, platforms=("jd",)).quota("moon", "m", 1)


def test_a_driver_learns_the_limit_of_a_platform_that_told_nobody():
    simulation = Simulation.new(orders=1, platforms=("jd",))
    simulation.quota("jd", METHODS["jd"][0], 20, ban_s=0.2)
    entry = simulation.shops("http://sim.test")["jd"]
    driver = SyncDriver(httpx.Client(transport=simulation.transport()))
    with Shop.open("jd", driver=driver, **{name: entry[name] for name in NAMES}) as shop:
        for _ in range(30):
            shop.whoami()
    [counted] = simulation.quotas()
    assert counted["admitted"] == 30
    assert 1 <= counted["refused"] <= 2, "the first time it is too many, then it is known"
