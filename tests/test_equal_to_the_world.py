"""Over real HTTP: what was pulled from all simulated shops is what a perfect reader of their wires knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from omnishop import jsonform
from omnishop.config import Home
from omnishop.engine import pull
from omnishop.engine.simulated import World, present, register
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
ID = {"case": "case_id", "order": "order_id", "review": "review_id"}


@pytest.fixture(scope="module")
def world():
    with Sandbox(Simulation.new(seed=11, orders=90, now=NOW)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def pulled(world, tmp_path_factory):
    home = Home.find(tmp_path_factory.mktemp("equal"), {"OMNISHOP_KEY": "only for this test"})
    with Store.open(home) as store, World.at(world.url) as door:
        shops = list(register(store, door, now=NOW))
        first = pull(store, shops, now=present())
        assert first.ok, [stream.error for shop in first.shops for stream in shop.streams]
        yield store, shops, door.state()


def by_id(rows, name):
    return {(row["platform"], row["shop_id"], row["source"], row[ID[name]]): row for row in rows}


@pytest.mark.parametrize("record", ["case", "order", "review"])
def test_the_store_equals_the_platforms(pulled, record):
    store, _, state = pulled
    told = [
        {key: value for key, value in row.items() if key not in {"refunds", "hidden"}}
        for row in state[f"{record}s"]
    ]
    truth = by_id(told, record)
    kept = by_id((jsonform.dump(row) for row in store.records.list(record)), record)
    for row in kept.values():  # keyed with this home's secret, which the world does not know
        if row.get("buyer"):
            row["buyer"] = {"key": None, "masked": row["buyer"]["masked"]} if row["buyer"]["masked"] else None
    assert kept.keys() == truth.keys()
    different = {
        key: {name: (kept[key][name], row[name]) for name in row if kept[key][name] != row[name]}
        for key, row in truth.items()
        if kept[key] != row
    }
    assert not different, json.dumps(
        {str(key): value for key, value in different.items()}, ensure_ascii=False
    )[:3000]


def test_it_is_equal_after_a_week_in_which_platforms_and_buyers_acted(tmp_path):
    simulation = Simulation.new(seed=12, orders=12, now=NOW)
    simulation.buyers.live(4, acts_per_day=30)
    moved = simulation.advance(6.5 * 86400)["happened"]
    assert {row["actor"] for row in moved} == {"platform", "carrier", "buyer"}
    home = Home.find(tmp_path, {"OMNISHOP_KEY": "only for this test"})
    with Sandbox(simulation) as sandbox, Store.open(home) as store, World.at(sandbox.url) as door:
        assert pull(store, list(register(store, door, now=NOW)), now=present()).ok
        told = [
            {key: value for key, value in row.items() if key not in {"refunds", "hidden"}}
            for row in door.state()["cases"]
        ]
        assert by_id(told, "case") == by_id(map(jsonform.dump, store.records.list("case")), "case")


def test_a_second_pull_changes_nothing(pulled):
    store, shops, _ = pulled
    before = {name: [jsonform.dump(row) for row in store.records.list(name)] for name in ID}
    again = pull(store, shops, now=present())
    assert again.ok
    assert (again.saved().new, again.saved().changed) == (0, 0)
    assert before == {name: [jsonform.dump(row) for row in store.records.list(name)] for name in ID}


def test_the_next_pull_asks_for_no_detail(pulled, world):
    """Not of an exchange either, which stands in two lists whose rows differ."""
    store, shops, _ = pulled
    asked = len(world.simulation.log())
    assert pull(store, shops, now=present()).ok
    details = {"tmall.exchange.get", "taobao.refund.get", "taobao.special.refund.get", "afterSale.Detail"}
    assert {line["method"] for line in world.simulation.log()[asked:]} & details == set()


def test_every_shop_has_cases_and_the_known_kinds_and_stages_occur(pulled):
    _, shops, state = pulled
    assert {shop.storefront for shop in shops} == {"tmall", "taobao", "jd", "douyin"}
    for shop in shops:
        mine = [case for case in state["cases"] if case["storefront"] == shop.storefront]
        assert len(mine) == 30
        assert len({case["kind"] for case in mine}) >= 6
        assert len({case["stage"] for case in mine}) >= 8


def test_the_same_seed_and_time_give_the_same_world():
    def made(seed):
        return Simulation.new(seed=seed, orders=30, now=NOW)

    one, same, other = made(3), made(3), made(4)
    assert one.state() == same.state()
    assert one.shops("http://x") == same.shops("http://x")
    assert one.state() != other.state()


def test_refunds_and_hidden_facts_stand_beside_the_truth(pulled):
    _, _, state = pulled
    assert state["now_s"] == int(NOW.timestamp())
    paid = [case for case in state["cases"] if case["refunds"]]
    assert paid
    for case in state["cases"]:
        assert case["hidden"]["steps"][0]["step"] == "apply"
        assert all(set(refund) == {"amount", "at"} for refund in case["refunds"])


def test_the_log_of_every_platform_speaks_one_language(pulled, world):
    lines = world.simulation.log()
    assert {line["platform"] for line in lines} == {"taobao", "jd", "douyin"}
    assert {line["verdict"] for line in lines} <= {"ok", "refused", "not simulated"}
    assert {line["code"] for line in lines if line["verdict"] == "ok"} == {""}
