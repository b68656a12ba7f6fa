"""Store -> facts: what belongs to a case is found wherever it is, and nothing is known that nothing tells."""

from __future__ import annotations

import pytest
from attrs import evolve
from sqlalchemy import event
from tests.facts.conftest import (
    BACK,
    CASE,
    DAY,
    HOUR,
    KEY,
    NOW,
    ORDER,
    OTHER_KEY,
    PAST,
    PAST_ORDER,
)

from omnishop.facts import entered, gather
from omnishop.model import Buyer, Dispute, Fen, Grade, Kind, OrderStatus, Parcel, Review, Stage
from omnishop.policy.casefacts import (
    BuyerFacts,
    Channel,
    FactSource,
    History,
    Known,
    ParcelFacts,
    PastRefund,
    Way,
)
from omnishop.policy.facts import Happening
from omnishop.policy.reading import digest_of, dump_facts, read_facts
from omnishop.store import About, CaseKey, Entered
from omnishop.store.parcels import ReturnParcel

PAID_BACK = PastRefund(NOW - 19 * DAY, NOW - 30 * DAY, Fen(800), "market", "77", "claim:9")


def test_a_case_alone_leaves_everything_else_unknown(facts, keep):
    keep(CASE)
    found = facts()
    assert found.case == CASE
    assert (found.order, found.parcels, found.evidence, found.promises) == (None, None, None, None)
    assert found.siblings == ()
    assert found.buyer == BuyerFacts()
    assert found.known == Known(channel=Channel.CONSOLE)
    assert found.source_of("known.channel") is FactSource.DERIVED


def test_a_case_without_its_order_has_no_known_siblings(facts, keep):
    lost = evolve(CASE, order_id=None)
    keep(lost)
    assert facts(lost).siblings is None


def test_the_order_and_the_other_cases_of_it(facts, keep):
    sibling = evolve(CASE, case_id="2", stage=Stage.CLOSED)
    twin = evolve(CASE, source="dispute")
    elsewhere = evolve(CASE, case_id="3", shop_id="78")
    keep(ORDER, CASE, sibling, twin, elsewhere, evolve(ORDER, shop_id="78"))
    found = facts()
    assert found.order == ORDER
    assert found.siblings == (sibling, twin)


def test_one_parcel_of_an_order_is_signed_when_the_order_is(facts, keep):
    delivered = evolve(ORDER, delivered_at=NOW - 2 * DAY)
    keep(delivered, CASE)
    out = ParcelFacts(Way.OUT, "SF1", "Swift", ("l1",), NOW - 4 * DAY, NOW - 2 * DAY)
    assert facts().parcels == (out,)
    keep(evolve(delivered, parcels=(*ORDER.parcels, Parcel("yt", None, "YT1"))))
    assert [(each.carrier, each.signed_at) for each in facts().parcels] == [("Swift", None), ("yt", None)]


@pytest.mark.parametrize(("status", "parcels"), [(OrderStatus.PAID, ()), (OrderStatus.SHIPPED, None)])
def test_no_parcel_is_known_only_where_nothing_was_sent(facts, keep, status, parcels):
    keep(evolve(ORDER, status=status, parcels=()), CASE)
    assert facts().parcels == parcels


def test_cases_on_one_return_waybill_know_of_each_other(facts, keep, store):
    keep(ORDER, CASE)
    mine, other = CaseKey.of(CASE), CaseKey("bazaar", "5", "claim", "7")
    with store.writing() as connection:
        parcels = [ReturnParcel(mine, "R1", "Swift"), ReturnParcel(other, "R1"), ReturnParcel(other, "R2")]
        store.parcels.put(connection, parcels)
    back = ParcelFacts(Way.BACK, "R1", "Swift", ("l1",), cases=("claim:1", "claim:7"))
    assert facts().parcels[-1] == back
    with store.writing() as connection:  # told again without its carrier, it is the same parcel
        store.parcels.put(connection, [ReturnParcel(mine, "R1")])
    assert facts().parcels[1:] == (back,)


# ---------------------------------------------------------------- the buyer


@pytest.fixture
def bought(keep):
    keep(ORDER, CASE, PAST_ORDER, PAST)


def test_the_buyers_history_over_the_shops_of_one_app(facts, bought, register):
    register("market", "77")
    assert facts().buyer == BuyerFacts(KEY, history=History(2, (PAID_BACK,), linked=True))


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({}, 1),
        ({"closed_at": NOW - BACK}, 1),
        ({"closed_at": NOW - BACK - HOUR / 3600}, 0),
        ({"closed_at": NOW}, 1),
        ({"closed_at": NOW + HOUR / 3600}, 0),
        ({"closed_at": None, "changed_at": NOW - DAY}, 1),
        ({"stage": Stage.CLOSED}, 0),
        ({"stage": Stage.REFUNDING}, 0),
        ({"kind": Kind.EXCHANGE}, 0),
        ({"kind": Kind.CANCEL}, 1),
        ({"shop_id": "78"}, 0),
    ],
)
def test_only_money_that_went_back_in_the_window_counts(facts, keep, change, counted):
    keep(ORDER, CASE, PAST_ORDER, evolve(PAST, **change))
    assert len(facts().buyer.history.refunds) == counted


def test_orders_outside_the_window_do_not_count(facts, keep):
    keep(CASE, ORDER, evolve(PAST_ORDER, created_at=NOW - BACK - HOUR))
    assert facts().buyer.history.orders == 1
    assert facts(back=BACK + DAY).buyer.history.orders == 2


def test_the_case_itself_is_no_history(facts, keep):
    keep(PAST_ORDER, PAST)
    assert facts(PAST).buyer.history == History(1, (), linked=False)


@pytest.fixture
def elsewhere(keep, register):
    """The same person with another key on another platform, in another shop."""
    register("market", "77")
    register("bazaar", "5")
    keep(
        evolve(PAST_ORDER, platform="bazaar", shop_id="5", buyer=Buyer(OTHER_KEY)),
        evolve(PAST, platform="bazaar", shop_id="5"),
    )


def test_across_platforms_nothing_is_known_until_the_merchant_links(facts, keep, elsewhere, store):
    keep(ORDER, CASE)
    assert facts().buyer.history == History(1, (), linked=False)
    store.buyers.put({KEY: "person", OTHER_KEY: "person"}, now=NOW)
    there = evolve(PAID_BACK, platform="bazaar", shop_id="5")
    assert facts().buyer.history == History(2, (there,), linked=True)


def test_without_a_key_the_buyer_is_not_known(facts, keep):
    keep(evolve(ORDER, buyer=Buyer(None, "t**")), CASE)
    assert facts().buyer == BuyerFacts()


# ---------------------------------------------------------------- reviews, times


@pytest.mark.parametrize(
    ("grades", "bad"),
    [((), None), ((Grade.GOOD,), False), ((Grade.GOOD, Grade.BAD), True), ((Grade.UNKNOWN, None), None)],
)
def test_a_review_counts_as_bad_when_the_platform_calls_it_so(facts, keep, grades, bad):
    for number, grade in enumerate(grades):
        keep(Review("market", f"r{number}", shop_id="77", order_id="100", grade=grade, stars=1))
    keep(ORDER, CASE)
    found = facts()
    assert found.known.bad_review is bad
    assert bad is None or found.source_of("known.bad_review") is FactSource.WIRE


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_says_what_has_not_happened(facts, keep, stage):
    case = evolve(CASE, stage=stage, closed_at=NOW if stage in {Stage.SUCCEEDED, Stage.CLOSED} else None)
    keep(case)
    happened = facts(case).timeline.happened
    assert happened[Happening.APPLIED] == CASE.opened_at
    over = {Stage.SUCCEEDED: NOW, Stage.UNKNOWN: "?"}
    assert happened.get(Happening.REFUNDED, "?") == over.get(stage)
    ended = {Stage.SUCCEEDED: NOW, Stage.CLOSED: NOW, Stage.UNKNOWN: "?"}
    assert happened.get(Happening.CLOSED, "?") == ended.get(stage)


def test_an_exchange_that_ended_well_moved_no_money(facts, keep):
    case = evolve(CASE, kind=Kind.EXCHANGE, stage=Stage.SUCCEEDED, closed_at=NOW)
    keep(case)
    assert Happening.REFUNDED not in facts(case).timeline.happened


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (OrderStatus.PAID, {Happening.SHIPPED: None, Happening.DELIVERED: None}),
        (OrderStatus.PART_SHIPPED, {Happening.SHIPPED: ORDER.shipped_at, Happening.DELIVERED: None}),
        (OrderStatus.SHIPPED, {Happening.SHIPPED: ORDER.shipped_at}),
    ],
)
def test_an_order_says_how_far_it_has_come(facts, keep, status, told):
    keep(
        CASE,
        evolve(ORDER, status=status, shipped_at=None if status is OrderStatus.PAID else ORDER.shipped_at),
    )
    happened = facts().timeline.happened
    asked = {Happening.SHIPPED, Happening.DELIVERED}
    assert {name: when for name, when in happened.items() if name in asked} == told


def test_what_follows_from_the_wire_is_filled_in_but_people_know_better(facts, keep, store):
    calm = evolve(CASE, dispute=Dispute.NONE)
    keep(calm)
    assert facts(calm).known.advanced == Fen(0)
    about = About.case(CaseKey.of(CASE))
    store.known.enter([Entered(about, *entered("case", "advanced", "5.00"), "li", NOW)])
    assert facts(calm).known.advanced == Fen(500)
    assert facts(calm).source_of("known.advanced") is FactSource.HAND


# ---------------------------------------------------------------- the whole


def test_the_facts_have_a_json_form_and_one_digest(facts, bought):
    found = facts()
    assert read_facts(dump_facts(found)) == found
    assert digest_of(facts()) == digest_of(found)
    assert digest_of(facts(now=NOW + BACK)) != digest_of(found)


def test_many_cases_need_no_more_questions_than_one(store, keep, bought):
    keep(*(evolve(CASE, case_id=f"c{n}", order_id=f"o{n}") for n in range(40)))
    keep(*(evolve(ORDER, order_id=f"o{n}") for n in range(40)))
    asked = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def questions(cases):
        asked.clear()
        found = gather(store, cases, now=lambda _case: NOW, back=BACK)
        return found, sum(text.startswith("SELECT") for text in asked)

    [one], few = questions([CASE])
    many, more = questions([CASE, *(evolve(CASE, case_id=f"c{n}", order_id=f"o{n}") for n in range(40))])
    assert more == few
    assert many[0] == one
    assert [each.case.case_id for each in many] == ["1", *(f"c{n}" for n in range(40))]


def test_no_question_reads_a_whole_table(store, keep, bought):
    asked = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    keys = [CaseKey.of(CASE), CaseKey.of(PAST)]
    gather(store, [CASE, PAST], now=lambda _case: NOW, back=BACK)
    store.verdicts.of(keys)
    store.verdicts.overrides(keys)
    questions = [each for each in asked if each[0].startswith("SELECT") and " shops" not in each[0]]
    assert len(questions) > 8
    with store.engine.connect() as plain:
        driver = plain.connection.driver_connection
        plans = [
            row[3]
            for text, values in questions
            for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert [step for step in plans if step.startswith("SCAN") and "CONSTANT" not in step] == []
