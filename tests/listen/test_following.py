"""The simulated platforms tell, we listen: what changes there is in the store soon after."""

from __future__ import annotations

import json

import httpx
import pytest

from omnishop import jsonform
from omnishop.engine import pull
from omnishop.engine.simulated import World, present
from omnishop.store import MessageState

CALLS, QUEUES = "douyin", "taobao"


@pytest.fixture
def control(sandbox):
    with httpx.Client(base_url=f"{sandbox.url}/_control", trust_env=False) as client:

        def ask(door, **body):
            answer = client.post(f"/{door}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield ask
    sandbox.simulation.faults(0, {})


@pytest.fixture
def told(control, listener):
    """The platform that calls knows our address."""
    yield control("push", platform=CALLS, url=listener.hooks()[CALLS])
    control("push", platform=CALLS, url=None)


def buy(control, sandbox, platform, number=1):
    shop = next(shop for shop in sandbox.simulation.world.shops if shop.platform == platform)
    return [control("buyers", do="order", shop_id=shop.shop_id)["id"] for _ in range(number)]


def apply(control, order_id):
    return control("buyers", do="apply", order_id=order_id, kind="cancel")["id"]


def kept(store, record, *ids):
    return {getattr(each, f"{record}_id") for each in store.records.list(record)} >= set(ids)


def quiet(store):
    return not store.inbox.counts()[MessageState.NEW]


@pytest.mark.parametrize("method", ["md5", "hmac-sha256"])
def test_what_is_called_out_is_in_the_store(control, sandbox, listener, store, until, method):
    address = control("push", platform=CALLS, url=listener.hooks()[CALLS], sign_method=method)
    assert address["sign_method"] == method
    (order,) = buy(control, sandbox, CALLS)
    case = apply(control, order)
    until(lambda: kept(store, "order", order) and kept(store, "case", case))
    assert listener.receiver.tally.forged == 0
    control("push", platform=CALLS, url=None)


def test_what_stands_in_a_queue_is_in_the_store(control, sandbox, listener, store, until):
    (order,) = buy(control, sandbox, QUEUES)
    case = apply(control, order)
    until(lambda: kept(store, "order", order) and kept(store, "case", case))


def test_late_doubled_and_reordered_messages_end_in_the_same_store_as_none(
    control, sandbox, told, store, shops, until
):
    faults = {"push_duplicate": 0.5, "push_late": 0.3, "push_reordered": 0.5}
    control("faults", seed=3, rates=faults)
    orders = [name for each in (CALLS, QUEUES) for name in buy(control, sandbox, each, 4)]
    cases = [apply(control, order) for order in orders]
    for case in cases[::2]:
        control("buyers", do="withdraw", case_id=case)
    until(lambda: kept(store, "order", *orders) and kept(store, "case", *cases))
    counts = sandbox.simulation.world.faults.counts
    assert {"push_duplicate", "push_late", "push_reordered"} <= counts.keys()
    until(lambda: quiet(store) and not sandbox.simulation.next_post())
    assert any(each.copies > 1 for each in store.inbox.list())
    control("faults", rates={})
    assert pull(store, shops, now=present()).ok
    with World.at(sandbox.url) as door:
        state = door.state()
    for record in ("case", "order"):
        truth = {row[f"{record}_id"]: bare(row) for row in state[f"{record}s"]}
        held = {row[f"{record}_id"]: bare(row) for row in map(jsonform.dump, store.records.list(record))}
        assert held == truth


def bare(row):
    """Without what the wire does not carry, and what only this home's key makes of a buyer."""
    buyer = row.get("buyer")
    masked = {"masked": buyer["masked"]} if buyer and buyer["masked"] else None
    return json.dumps({**row, "buyer": masked, "refunds": None, "hidden": None}, sort_keys=True)


def test_what_is_not_acknowledged_is_sent_again(control, sandbox, store, shops, until):
    """Nobody listens at first: the messages wait for who comes later."""
    from omnishop.listen import Listener

    with Listener(store, present=present(), idle_s=0.05) as early:
        address = early.hooks()[CALLS]
        port = int(early.url.rpartition(":")[2])
    control("push", platform=CALLS, url=address)
    (order,) = buy(control, sandbox, CALLS)
    until(lambda: any(line["verdict"] == "unheard" for line in sandbox.simulation.log()))
    with Listener(store, present=present(), idle_s=0.05, port=port):
        until(lambda: kept(store, "order", order))
    control("push", platform=CALLS, url=None)


def test_who_calls_nobody_says_so(sandbox):
    with httpx.Client(base_url=f"{sandbox.url}/_control", trust_env=False) as client:
        for platform in ("jd", QUEUES, "nobody"):
            answer = client.post("/push", json={"platform": platform, "url": "http://127.0.0.1:1/"})
            assert (answer.status_code, platform in answer.json()["error"]) == (400, True)
        wrong = {"platform": CALLS, "url": "ftp://x"}
        assert client.post("/push", json=wrong).status_code == 400
        assert client.post("/push", json={**wrong, "sign_method": "sha1"}).status_code == 400
        assert client.post("/push", json={"platform": CALLS}).status_code == 400
