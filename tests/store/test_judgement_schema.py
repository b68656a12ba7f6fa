"""The second migration: a database of the first version keeps its rows, and its orders learn their buyers."""

from __future__ import annotations

import msgspec
import pytest
from attrs import evolve
from sqlalchemy import select, text
from tests.store.test_records import NOW, ORDER

from omnishop import jsonform
from omnishop.model import Buyer
from omnishop.store import Store
from omnishop.store.connection import connect, reading, writing
from omnishop.store.migrations import change
from omnishop.store.records import Held
from omnishop.store.tables import orders

KEYS = {"1": "ab" * 16, "2": None, "3": "cd" * 16}


_WRITTEN = text(
    "INSERT INTO orders (platform, shop_id, source, record_id, snapshot_at, marks, body, raw)"
    " VALUES ('market', '77', 'order', :id, 0, '{}', :body, '')"
)


def _body(number, key):
    order = evolve(ORDER, order_id=number, buyer=key and Buyer(key), changed_at=NOW)
    return msgspec.json.encode(jsonform.dump(order)).decode()


@pytest.fixture
def of_the_first_version(new_home):
    """Orders as the first version wrote them: the buyer stands in the body alone."""
    engine = connect(new_home.database)
    with writing(engine) as connection:
        change.migrate(connection, None, "0001")
        connection.execute(
            _WRITTEN, [{"id": number, "body": _body(number, key)} for number, key in KEYS.items()]
        )
    engine.dispose()
    return new_home


def test_orders_of_the_first_version_learn_their_buyers(of_the_first_version):
    with Store.open(of_the_first_version) as store, reading(store.engine) as connection:
        found = connection.execute(select(orders.c.record_id, orders.c.buyer_key)).all()
        assert dict(found) == KEYS
        assert store.records.get("order", "market", "77", "1").buyer == Buyer(KEYS["1"])


def test_an_order_is_kept_with_its_buyers_key(store):
    order = evolve(ORDER, buyer=Buyer("ef" * 16, "t**"))
    with store.writing() as connection:
        store.records.put(connection, "order", [Held(jsonform.dump(order), order.raw, 0)])
    with reading(store.engine) as connection:
        assert connection.execute(select(orders.c.buyer_key)).scalar() == "ef" * 16
