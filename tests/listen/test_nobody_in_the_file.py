"""After pulls, messages, a record that cannot be read and an act, a thief of the database finds nobody in it."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest
from tests.listen.conftest import NOW
from tests.store.planted import stolen

from omnishop import jsonform
from omnishop.acts import Ask, State, Subject, Verb
from omnishop.engine import pull
from omnishop.engine.keep import keeper
from omnishop.engine.simulated import present
from omnishop.ledger import Ledger
from omnishop.model import Unreadable


@pytest.fixture
def words(sandbox):
    """What tells who somebody is, of every buyer of the world, and what each of them wrote."""
    world = sandbox.simulation.world
    found = set()
    for order in world.orders.values():
        buyer = order.buyer
        found |= {buyer.name, buyer.phone, buyer.nick, buyer.street, buyer.open_id}
    return found


def written(store):
    """Texts of people, as the store gives them back."""
    found = set()
    for case in store.records.list("case"):
        found.add(case.reason and case.reason.detail)
    for review in store.records.list("review"):
        found |= {review.text, *(each.text for each in review.follow_ups)}
    return {text for text in found if text and len(text) > 3}


def test_a_thief_finds_nobody(store, shops, sandbox, listener, words, until):
    assert pull(store, shops, now=present()).ok
    shop = next(each for each in shops if each.platform == "douyin")
    buyer = next(iter(sandbox.simulation.world.orders.values())).buyer
    with httpx.Client(base_url=f"{sandbox.url}/_control", trust_env=False) as control:
        control.post("/push", json={"platform": "douyin", "url": listener.hooks()["douyin"]})
        order = control.post("/buyers", json={"do": "order", "shop_id": shop.shop_id}).json()["id"]
        control.post("/buyers", json={"do": "apply", "order_id": order, "kind": "cancel", "text": buyer.name})
        until(lambda: order in {each.order_id for each in store.records.list("order")})
        control.post("/push", json={"platform": "douyin", "url": None})
    until(store.inbox.list)
    raw = json.dumps({"receiver_name": buyer.name, "phone": buyer.phone}, ensure_ascii=False).encode()
    with store.writing() as connection:
        bad = Unreadable("douyin", "aftersale", "amount: not a number", "1", raw)
        store.quarantine.add(connection, str(shop.shop_id), "cases", [bad], NOW)
    ledger = Ledger(store, now=present(), keep=keeper(store))
    ledger.rights.allow(shop.platform, str(shop.shop_id), ["remark"], {}, NOW)
    with ledger.shop(shop) as live:
        said = Ask(text=f"{buyer.name} {buyer.phone}", by="li")
        done = ledger.act(live, Subject("order", order), Verb.REMARK, said)
    assert done.state is State.CONFIRMED
    assert ledger.book.list()[0].said.text == said.text, "the book can say it"

    known = b"".join(
        each.raw + msgspec.json.encode(jsonform.dump(each)) for each in store.records.list("order")
    )
    assert sum(word.encode() in known for word in words) > 3, "the store itself knows them"
    there = stolen(store)
    everything = words | written(store)
    assert len(everything) > 20
    assert [word for word in everything if word.encode() in there] == []
