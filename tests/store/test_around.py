"""What stands around a case, on both databases: found by order, by buyer, by waybill, and all of it in turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.store.test_records import CASE, NOW, ORDER, REVIEW, save

from omnishop.model import Buyer, Kind, Stage
from omnishop.store import CaseKey
from omnishop.store.around import Bought, OrderKey
from omnishop.store.parcels import ReturnParcel

KEY = OrderKey("market", "77", ORDER.order_id)
BUYER = "0a" * 16


@pytest.fixture
def around(store):
    save(
        store,
        evolve(ORDER, buyer=Buyer(BUYER)),
        evolve(ORDER, shop_id="78"),
        CASE,
        evolve(CASE, case_id="2", stage=Stage.SUCCEEDED),
        evolve(CASE, case_id="3", shop_id="78", stage=Stage.SUCCEEDED),
        evolve(CASE, case_id="4", order_id="other", kind=Kind.EXCHANGE, changed_at=NOW + timedelta(hours=1)),
        evolve(REVIEW, order_id=ORDER.order_id),
    )
    return store.around


def test_what_belongs_to_an_order_of_a_shop(around):
    cases = around.of_orders("case", [KEY, OrderKey("market", "77", "none")])
    assert {key: [each.case_id for each in found] for key, found in cases.items()} == {
        KEY: [CASE.case_id, "2"]
    }
    [order] = around.of_orders("order", [KEY])[KEY]
    assert order.buyer == Buyer(BUYER)
    assert [each.review_id for each in around.of_orders("review", [KEY])[KEY]] == ["r1"]
    assert [each.case_id for each in around.refunded([KEY])] == ["2"]


def test_what_a_buyer_bought(around):
    assert around.bought([BUYER, "0b" * 16]) == [Bought(BUYER, KEY, ORDER.created_at, None)]


def test_open_cases_of_a_shop_by_kind(around):
    found = around.open_cases("market", "77", [Kind.RETURN_REFUND])
    assert [each.case_id for each in found] == [CASE.case_id]


def test_every_case_once_however_small_the_batches(around):
    for size in (1, 2, 3, 4, 9):
        batches = list(around.every_case(size=size))
        assert [each.case_id for some in batches for each in some] == [CASE.case_id, "2", "3", "4"]
        assert max(map(len, batches)) <= size
    late = around.every_case(since=NOW + timedelta(minutes=1))
    assert [[each.case_id for each in some] for some in late] == [["4"]]


def test_many_ids_at_once_are_all_found(store):
    save(store, *(evolve(CASE, case_id=str(n), order_id=f"o{n}") for n in range(1100)))
    keys = [OrderKey("market", "77", f"o{n}") for n in range(1100)]
    assert len(store.around.of_orders("case", keys)) == 1100
    parcels = [ReturnParcel(CaseKey("market", "77", "claim", str(n)), f"R{n % 7}") for n in range(1100)]
    with store.writing() as connection:
        store.parcels.put(connection, parcels)
    assert len(store.parcels.of(each.case for each in parcels)) == 1100
    assert len(store.parcels.on(["R0", "R1"])) == sum(n % 7 < 2 for n in range(1100))


def test_a_parcel_told_again_is_one_and_keeps_its_carrier(store):
    parcel = ReturnParcel(CaseKey("market", "77", "claim", "1"), "R1", "Swift")
    for each in (evolve(parcel, carrier=None), parcel, evolve(parcel, carrier=None)):
        with store.writing() as connection:
            store.parcels.put(connection, [each])
    assert store.parcels.of([parcel.case]) == [parcel]
