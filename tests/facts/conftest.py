"""A small market in a store: one buyer, one order with two cases, and what else the buyer bought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from omnishop import jsonform
from omnishop.config import Home
from omnishop.facts import gather
from omnishop.model import (
    Buyer,
    Case,
    CaseAmounts,
    CaseLine,
    Fen,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Parcel,
    Review,
    Stage,
)
from omnishop.ports import Account, App
from omnishop.store import Store
from omnishop.store.records import Held

NOW = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BACK = 90 * DAY
KEY, OTHER_KEY = "0a" * 16, "0b" * 16

ORDER = Order(
    "market",
    "100",
    storefront="stall",
    shop_id="77",
    status=OrderStatus.SHIPPED,
    amounts=OrderAmounts(total=Fen(5000), paid=Fen(5000)),
    created_at=NOW - 5 * DAY,
    paid_at=NOW - 5 * DAY + HOUR,
    shipped_at=NOW - 4 * DAY,
    lines=(OrderLine("l1", "s1", quantity=2, paid=Fen(5000)),),
    parcels=(Parcel("sf", "Swift", "SF1", NOW - 4 * DAY, ("l1",)),),
    buyer=Buyer(KEY),
)
CASE = Case(
    "market",
    "claim",
    "1",
    storefront="stall",
    shop_id="77",
    order_id="100",
    kind=Kind.RETURN_REFUND,
    stage=Stage.REQUESTED,
    amounts=CaseAmounts(requested=Fen(2500)),
    lines=(CaseLine("l1", "s1", requested=1),),
    opened_at=NOW - DAY,
    changed_at=NOW - DAY,
)
PAST = evolve(
    CASE,
    case_id="9",
    order_id="90",
    stage=Stage.SUCCEEDED,
    amounts=CaseAmounts(requested=Fen(900), refunded=Fen(800)),
    opened_at=NOW - 20 * DAY,
    changed_at=NOW - 19 * DAY,
    closed_at=NOW - 19 * DAY,
)
PAST_ORDER = evolve(ORDER, order_id="90", created_at=NOW - 30 * DAY, paid_at=NOW - 30 * DAY)


@pytest.fixture
def store(tmp_path):
    home = Home.find(tmp_path / "home", {"OMNISHOP_KEY": "only for this test"})
    with Store.open(home) as opened:
        yield opened


@pytest.fixture
def keep(store):
    def keep(*records):
        kinds = {Case: "case", Order: "order", Review: "review"}
        with store.writing() as connection:
            for record in records:
                held = Held(jsonform.dump(record), record.raw, 0)
                store.records.put(connection, kinds[type(record)], [held])

    return keep


@pytest.fixture
def register(store):
    def register(platform, shop_id, app_key="app"):
        account = Account(App(platform, app_key, "secret"), "stall", shop_id)
        return store.shops.add(account, now=NOW)

    return register


@pytest.fixture
def facts(store):
    """Of one case, now."""

    def facts(case=CASE, now=NOW, back=BACK):
        [found] = gather(store, [case], now=lambda _case: now, back=back)
        return found

    return facts
