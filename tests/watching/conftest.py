"""A store with two shops of a real platform, and everything that can be wrong with one of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert
from tests.stores import empty_file, home, store

from omnishop import clock, registry
from omnishop.engine.plan import worth_reading
from omnishop.model import Event, Unreadable
from omnishop.ports import Account, App, Token
from omnishop.store.moments import moment
from omnishop.store.tables import acts, intents

__all__ = ["empty_file", "home", "store"]

PLATFORM = "douyin"


@pytest.fixture
def kind_of_database():
    """But for what asks the tables, one is as good as the other."""
    return "sqlite"


@pytest.fixture
def shops(store):
    now = clock.now()
    return tuple(
        store.shops.add(
            Account(App(PLATFORM, "a1", "secret-of-app", gateway="http://127.0.0.1:9"), PLATFORM, shop_id),
            now=now,
            tokens={"main": Token("access-1", "refresh-1", expires_at=now + timedelta(days=10))},
        )
        for shop_id in ("11", "22")
    )


@pytest.fixture
def read(store):
    """Every list of a shop was read whole, so long ago."""

    def whole(shop, ago=timedelta()):
        for stream in worth_reading(registry.adapter(shop.platform).streams(shop.storefront)):
            store.cursors.true(shop.row, stream.name, clock.now() - ago)

    return whole


@pytest.fixture
def told(store):
    """A message of the inbox, received so long ago; `failed`: given up."""

    def message(shop_id, ago, *, failed=False):
        at = clock.now() - ago
        event = Event(PLATFORM, "refund", shop_id=shop_id, event_id=f"e{at}", case_id="7", at=at)
        store.inbox.put([event], at)
        if failed:
            store.inbox.failed([each.row for each in store.inbox.list() if each.state == "new"], "no", at)

    return message


@pytest.fixture
def unreadable(store):
    def bad(shop_id, record_id="R1"):
        with store.writing() as connection:
            found = [Unreadable(PLATFORM, "aftersale", "amount: missing", record_id, b"{}")]
            store.quarantine.add(connection, shop_id, "cases_changed", found, clock.now())

    return bad


@pytest.fixture
def doubt(store):
    """A write of the ledger, sent so long ago and in this state."""

    def sent(shop_id, ago, state="unknown", waits=timedelta(minutes=1)):
        at = clock.now() - ago
        of = {"platform": PLATFORM, "shop_id": shop_id, "record": "case", "source": "aftersale"}
        of |= {"record_id": f"C{at.timestamp()}"}
        act = {"id": f"a{at}", **of, "act": "agree", "digest": "d", "by": "w", "begun_at": moment(at)}
        row = {
            "id": f"i{at}",
            "act": act["id"],
            **of,
            "verb": "agree",
            "digest": "d",
            "money": True,
            "amount": 100,
            "lines": "{}",
            "said": b"{}",
            "seen": "{}",
            "state": state,
            "readings": "[]",
            "day": "2026-09-01",
            "attempts": 1,
            "planned_at": moment(at),
            "sent_at": moment(at),
            "until": moment(at + waits),
        }
        with store.writing() as connection:
            connection.execute(insert(acts).values(act))
            connection.execute(insert(intents).values(row))

    return sent
