"""Out of a real store, on both databases: the same rows, joined and streamed; what people entered among them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.report.conftest import NOW, PACKS, setting, tables
from tests.stores import empty_file, home, kind_of_database, new_home, store

from omnishop import jsonform
from omnishop.model import (
    Actor,
    Buyer,
    Case,
    CaseAmounts,
    CaseLine,
    Deadline,
    Dispute,
    Fen,
    Grade,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Parcel,
    Reason,
    ReasonClass,
    Reply,
    Review,
    Stage,
)
from omnishop.policy.facts import Happening
from omnishop.policy.measures import By
from omnishop.report import stored
from omnishop.report.entered import happened, with_promises
from omnishop.report.overview import measured, reach, warned, warning_reach
from omnishop.report.rows import CaseRow, Claim, OrderRow, Place, ReviewRow, Rows
from omnishop.report.stored import Stored
from omnishop.report.tables import Promised
from omnishop.store import About, Entered
from omnishop.store.moments import moment
from omnishop.store.records import Held

__all__ = ["empty_file", "home", "kind_of_database", "new_home", "store"]

HERE = Place("market", "77", "stall")
DAY = timedelta(days=1)
ORDER = Order(
    "market",
    "100",
    storefront="stall",
    shop_id="77",
    status=OrderStatus.SHIPPED,
    amounts=OrderAmounts(paid=Fen(5000)),
    created_at=NOW - 9 * DAY,
    paid_at=NOW - 9 * DAY,
    shipped_at=NOW - 8 * DAY,
    lines=(OrderLine("l1", "s1"), OrderLine("l2", "s2"), OrderLine("l3", None)),
    parcels=(Parcel("sf", "Swift", "SF1"), Parcel("sf", "Swift", "SF2"), Parcel("yd", None, "Y1")),
    buyer=Buyer("0a" * 16),
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
    dispute=Dispute.NONE,
    amounts=CaseAmounts(requested=Fen(2500)),
    reason=Reason("15", "其他", None, "衣服有破洞"),
    lines=(CaseLine("l1", "s1"),),
    opened_at=NOW - DAY,
    changed_at=NOW - DAY,
    deadline=Deadline(NOW + DAY),
)
REVIEW = Review(
    "market",
    "r1",
    storefront="stall",
    shop_id="77",
    order_id="100",
    sku_id="s1",
    grade=Grade.BAD,
    stars=1,
    text="不好",
    reply=Reply("感谢", NOW - DAY),
    created_at=NOW - 2 * DAY,
)


def keep(store, *records):
    with store.writing() as connection:
        for record in records:
            name = type(record).__name__.lower()
            held = Held(jsonform.dump(record), record.raw or b"x", moment(NOW))
            store.records.put(connection, name, [held])


def test_rows_are_what_the_records_say(store):
    keep(store, ORDER, CASE, evolve(CASE, case_id="2", kind=Kind.EXCHANGE), REVIEW)
    found = Stored(store, PACKS, NOW - 30 * DAY)
    (order,) = found.orders()
    assert order == OrderRow(
        HERE,
        "100",
        OrderStatus.SHIPPED,
        Fen(5000),
        ORDER.created_at,
        ORDER.paid_at,
        ORDER.shipped_at,
        skus=("s1", "s2"),
        carriers=("Swift", "yd"),
        buyer="0a" * 16,
        claims=(Claim("claim", "1", Kind.RETURN_REFUND), Claim("claim", "2", Kind.EXCHANGE)),
    )
    case, other = found.cases()
    assert case == CaseRow(
        HERE,
        "claim",
        "1",
        "100",
        Kind.RETURN_REFUND,
        Stage.REQUESTED,
        Dispute.NONE,
        ReasonClass.QUALITY,
        "damage",
        Fen(2500),
        ("s1",),
        CASE.opened_at,
        CASE.changed_at,
        None,
        CASE.deadline,
        None,
        evolve(order, claims=()),
    )
    assert other.case_id == "2"
    assert list(found.reviews()) == [
        ReviewRow(
            HERE, "review", "r1", "100", "s1", Grade.BAD, 1, "不好", "感谢", NOW - DAY, REVIEW.created_at
        )
    ]


def test_what_changed_before_is_left_out_but_for_open_cases(store):
    old = NOW - 100 * DAY
    keep(
        store,
        evolve(CASE, case_id="open", changed_at=old, opened_at=old),
        evolve(CASE, case_id="ended", changed_at=old, opened_at=old, stage=Stage.CLOSED, closed_at=old),
        evolve(ORDER, order_id="old", created_at=old),
        evolve(REVIEW, review_id="old", created_at=old),
        evolve(REVIEW, review_id="undated", created_at=None),
    )
    found = Stored(store, PACKS, NOW - 30 * DAY)
    assert [case.case_id for case in found.cases()] == ["open"]
    assert [case.order for case in found.cases()] == [None]
    assert list(found.orders()) == []
    assert [review.review_id for review in found.reviews()] == ["undated"]
    everything = Stored(store, PACKS, None)
    assert len(list(everything.cases())) == 2
    assert len(list(everything.orders())) == 1


def test_one_shop_of_several(store):
    keep(
        store,
        CASE,
        evolve(CASE, shop_id="78"),
        ORDER,
        evolve(ORDER, shop_id="78"),
        evolve(REVIEW, shop_id="78"),
    )
    found = Stored(store, PACKS, None, HERE)
    assert [case.place for case in found.cases()] == [HERE]
    assert [len(order.claims) for order in found.orders()] == [1]
    assert list(found.reviews()) == []
    both = Stored(store, PACKS, None)
    assert [case.order.place.shop_id for case in both.cases()] == ["77", "78"]


def test_more_rows_than_are_fetched_at_once(store, monkeypatch):
    monkeypatch.setattr(stored, "_AT_ONCE", 3)
    names = [str(number) for number in range(10)]
    keep(store, *(evolve(ORDER, order_id=name) for name in names))
    keep(store, *(evolve(CASE, case_id=f"{name}.{n}", order_id=name) for name in names for n in range(2)))
    found = Stored(store, PACKS, None)
    assert [(order.order_id, len(order.claims)) for order in found.orders()] == [(name, 2) for name in names]
    assert [case.order.order_id for case in found.cases()] == [name for name in names for _ in range(2)]


def test_figures_out_of_the_store_are_those_of_the_same_rows(store):
    ended = evolve(CASE, stage=Stage.SUCCEEDED, closed_at=NOW - DAY, decided_by=Actor.PLATFORM_RULE)
    keep(
        store,
        ORDER,
        *(evolve(each, case_id=f"{n}") for n, each in enumerate([CASE, ended, CASE, CASE])),
        REVIEW,
    )
    under = setting(nows={HERE: NOW})
    source = Stored(store, PACKS, reach(under))
    held = Rows(tuple(source.orders()), tuple(source.cases()), tuple(source.reviews()))
    for by in (By.ALL, By.SHOP, By.PRODUCT, By.CLASS):
        assert measured(source, under, by) == measured(held, under, by)
    source = Stored(store, PACKS, warning_reach(under))
    assert warned(source, under) == warned(held, under)
    assert {"ALR-ROOT"} <= {each.rule for each in warned(source, under) if hasattr(each, "nearness")}


# ---------------------------------------------------------------- what people entered


def enter(store, about, name, value):
    store.known.enter([Entered(about, name, value, "Li", NOW)])


@pytest.fixture
def about_case():
    return About("market", "77", "case", "claim:1")


def test_moments_entered_for_a_case_win_over_the_table(store, about_case):
    keep(store, CASE)
    table = tables(
        moments=[
            {"platform": "market", "shop": "77", "case": "1", "what": what, "at": "2026-06-01"}
            for what in ("responded", "agreed")
        ]
    )
    enter(store, about_case, "timeline.happened.responded", "2026-06-14T10:00:00+08:00")
    enter(store, about_case, "timeline.happened.refunded", "not_yet")
    enter(store, about_case, "timeline.happened.closed", "2026-06-14T10:00:00+08:00")
    enter(store, about_case, "timeline.happened.closed", None)
    (case,) = Stored(store, PACKS, None, happened=happened(store, table)).cases()
    assert {what: at and at.isoformat() for what, at in case.happened.items()} == {
        Happening.RESPONDED: "2026-06-14T10:00:00+08:00",
        Happening.AGREED: "2026-06-01T00:00:00+08:00",
        Happening.REFUNDED: None,
    }


def test_the_register_of_promises_joins_the_table(store):
    shop = About("market", "77", "shop", "")
    enter(
        store,
        shop,
        "promises.live",
        {"what": "no_reason", "days": 30, "sku_ids": ["s1", "s2"], "until": "2026-07-01T00:00:00+08:00"},
    )
    enter(store, shop, "promises.old", {"what": "no_reason", "days": 15})
    enter(store, shop, "promises.old", None)
    enter(store, shop, "promises.freight", {"what": "freight"})
    rows = with_promises(store, tables(promises=[{"platform": "market", "shop": "77", "ship_hours": 48}])).of(
        Promised
    )
    assert [(row.days, row.sku, row.ship_hours) for row in rows] == [
        (None, None, 48),
        (30, "s1", None),
        (30, "s2", None),
    ]
    assert with_promises(store, tables()).of(Promised)[0].until is not None


def test_without_anything_entered_the_tables_stay_as_they_are(store):
    told = tables()
    assert with_promises(store, told) is told
    assert happened(store, told) == {}


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
def test_records_meet_by_the_orders_id(store):
    """Else a shop's every case is looked at for its every order."""
    plans = []

    def explained(wanted):
        text = str(wanted.compile(store.engine, compile_kwargs={"literal_binds": True}))
        with store.engine.connect() as connection:
            plans.append(
                " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
            )
        return iter(())

    class Asked(Stored):
        _read = staticmethod(explained)

    found = Asked(store, PACKS, NOW, HERE)
    assert list(found.orders()) == list(found.cases()) == []
    assert "ix_cases_order (order_id=?)" in plans[0]
    assert "ix_orders_order (order_id=?)" in plans[1]
