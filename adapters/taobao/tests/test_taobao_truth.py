"""Everything read over the wire equals what a perfect reader could know; sync and async alike."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from attrs import evolve, fields

from omnishop.client import AsyncShop, Shop
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.model import Dispute, Kind, Stage, buyer_key
from omnishop.ports import Window
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim, FollowUp
from omnishop_taobao import adapter
from omnishop_taobao.face import face

FRONTS = ("tmall", "taobao")


def same(read, true):
    for name in (each.name for each in fields(type(true)) if each.eq):
        assert getattr(read, name) == getattr(true, name), name


def of_shop(records, storefront):
    return [record for record in records.values() if record.shop.storefront == storefront]


@pytest.mark.parametrize("storefront", FRONTS)
def test_every_case_is_read_as_it_is(sim, opened, month, storefront):
    read = {}
    for case in opened(sim, storefront).cases(*month):
        key = (case.source, case.case_id)
        assert read.setdefault(key, case) == case, "one case, seen by two lists, is one"
        assert case.raw
    truth = {key: case for key, case in sim.world.cases.items() if case.shop.storefront == storefront}
    assert read.keys() == truth.keys()
    for key, case in truth.items():
        same(read[key], face.true_case(sim.world, case))


@pytest.mark.parametrize("storefront", FRONTS)
def test_every_case_is_read_by_its_id_and_while_it_is_open(sim, opened, storefront):
    shop = opened(sim, storefront)
    for case in of_shop(sim.world.cases, storefront):
        same(shop.case(case.case_id, case.source), face.true_case(sim.world, case))
    found = set()
    for stream in shop.streams("case", "open"):
        for page in shop.pages(stream, Window(sim.world.now(), sim.world.now())):
            assert not page.unreadable
            found |= {(case.source, case.case_id) for case in page.items}
    ended = {Stage.SUCCEEDED, Stage.CLOSED}
    assert found == {
        (case.source, case.case_id)
        for case in of_shop(sim.world.cases, storefront)
        if case.stage not in ended
    }


@pytest.mark.parametrize("storefront", FRONTS)
def test_every_order_is_read_as_it_is(sim, opened, month, storefront):
    shop = opened(sim, storefront)
    truth = {
        order.order_id: face.true_order(sim.world, order) for order in of_shop(sim.world.orders, storefront)
    }
    for orders in (shop.orders(*month), shop.orders_created(*month)):
        read = {order.order_id: order for order in orders}
        assert read.keys() == truth.keys()
        for key, true in truth.items():
            same(read[key], true)


@pytest.mark.parametrize("storefront", FRONTS)
def test_every_review_is_read_as_it_is(fresh, opened, month, storefront):
    reviews = of_shop(fresh.world.reviews, storefront)
    reviews[0].reply = "谢谢"
    reviews[1].follow_ups.append(FollowUp("用了一周, 还行", fresh.world.now() - timedelta(hours=1)))
    read = {review.review_id: review for review in opened(fresh, storefront).reviews(*month)}
    truth = {true.review_id: true for true in (face.true_review(fresh.world, review) for review in reviews)}
    assert read.keys() == truth.keys()
    for key, true in truth.items():
        same(read[key], true)
    assert any(review.follow_ups for review in read.values()) == (storefront == "tmall")


def test_the_scenarios_reach_what_this_wire_can_say(sim):
    truths = [face.true_case(sim.world, case) for case in sim.world.cases.values()]
    assert {true.kind for true in truths} == set(Kind) - {Kind.COMPENSATE, Kind.COMPLAINT}
    assert {true.stage for true in truths} == set(Stage) - {Stage.INSPECTING, Stage.REFUNDING}
    assert {true.dispute for true in truths} == set(Dispute)
    assert {true.raw_stage for true in truths} >= {"换货待处理", "请退款", "EXCHANGE_TRANSFORM_TO_REFUND"}


@pytest.mark.parametrize("storefront", FRONTS)
def test_scenarios_are_few_and_short(storefront):
    scenarios = face.scenarios(storefront)
    assert len(scenarios) <= 30
    assert all(sum(hours for _, hours in each.steps) <= 12 * 24 for each in scenarios)


def test_async_reads_the_same(sim, opened, keys, month):
    entry = keys(sim)
    names = ("app_key", "app_secret", "access_token", "gateway", "shop_id")

    async def read():
        client = httpx.AsyncClient(transport=sim.transport())
        async with AsyncShop.open(
            "taobao", storefront="tmall", driver=AsyncDriver(client), **{name: entry[name] for name in names}
        ) as shop:
            orders = [order async for order in shop.orders(*month)]
            cases = [case async for case in shop.cases(*month)]
            reviews = [review async for review in shop.reviews(*month)]
            return orders, cases, reviews

    shop = opened(sim)
    assert asyncio.run(read()) == (
        list(shop.orders(*month)),
        list(shop.cases(*month)),
        list(shop.reviews(*month)),
    )


def test_buyers_have_a_key_only_with_a_secret(sim, opened):
    order = next(iter(of_shop(sim.world.orders, "tmall")))
    shop = opened(sim)
    assert shop.order(order.order_id).buyer.key is None
    shop.account = evolve(shop.account, buyer_secret=b"s" * 32)
    key = buyer_key(b"s" * 32, "taobao", shop.account.app.app_key, order.buyer.open_id)
    buyer = shop.order(order.order_id).buyer
    assert buyer.key == key
    assert order.buyer.nick not in (buyer.masked or "")


@pytest.mark.parametrize("storefront", FRONTS)
def test_the_rest_of_the_reads_answer(sim, opened, storefront):
    shop = opened(sim, storefront)
    assert shop.whoami().storefront == storefront
    assert [place.default_return for place in shop.return_addresses()] == [True, False]
    waiting = next(c for c in of_shop(sim.world.cases, storefront) if c.stage is Stage.REQUESTED)
    assert shop.refuse_reasons(waiting.case_id, waiting.source)
    for case in of_shop(sim.world.cases, storefront):
        if case.source == "refund":
            talk = shop.timeline(case.case_id, case.source)
            said = [step for step in case.history if step.actor != "carrier"]
            agreed = [step.step == "agree_return" for step in said]
            words = [("同意退货，地址：" in (event.text or "")) for event in talk]
            assert words == agreed
            plain = [event.text for event, told in zip(talk, words, strict=True) if not told]
            assert plain == [step.text for step in said if step.step != "agree_return"]
            assert [event.actor for event in talk] == [step.actor for step in said]
    asked = [c for c in of_shop(sim.world.cases, storefront) if c.kind is Kind.EXCHANGE]
    if storefront == "tmall":
        assert {reason.code for reason in shop.refuse_reasons(asked[0].case_id)} == {"1001", "1002"}
    several = next(o for o in of_shop(sim.world.orders, storefront) if len(o.parcels) > 1)
    traces = shop.trace(order_id=several.order_id)
    assert {trace.tracking_no for trace in traces} == {parcel.tracking_no for parcel in several.parcels}
    assert shop.call("taobao.logistics.companies.get", {"fields": "code,name"})["logistics_companies"]


def test_the_operators_session_reads_too(sim, opened):
    shop = opened(sim)
    told = shop.call("taobao.user.seller.get", {"fields": "user_id"}, session="operator")
    assert str(told["user"]["user_id"]) == shop.account.shop_id


def test_the_platforms_clock(sim, opened):
    shop = opened(sim)
    flow = adapter.server_time(shop.account)
    assert abs(shop.run(flow) - sim.world.clock.machine()) < timedelta(seconds=5)


def test_the_same_seed_and_requests_give_the_same_bytes(keys, world_now):
    def bytes_of():
        simulation = Simulation.new(platforms=("taobao",), now=world_now, orders=12)
        entry = keys(simulation)
        driver = SyncDriver(httpx.Client(transport=simulation.transport()))
        names = ("app_key", "app_secret", "access_token", "gateway", "shop_id")
        shop = Shop.open("taobao", storefront="tmall", driver=driver, **{name: entry[name] for name in names})
        cases = list(shop.cases(world_now - timedelta(days=3), world_now))
        return entry, [case.raw for case in cases], shop.call("taobao.user.seller.get", {"fields": "nick"})

    assert bytes_of() == bytes_of()


def test_steps_of_this_platform_show_as_its_wire_does(fresh, opened):
    """Receipt is the shop's own record; a repair that is paid back has succeeded; a part shipment is told."""
    world = fresh.world
    shop = opened(fresh)
    returning = next(
        c
        for c in of_shop(world.cases, "tmall")
        if c.stage is Stage.RETURNING and c.kind in {Kind.RETURN_REFUND, Kind.REPAIR}
    )
    steps.take(world, face, returning, "receive")
    assert shop.case(returning.case_id).stage is Stage.RETURNING
    steps.take(world, face, returning, "refund")
    same(shop.case(returning.case_id), face.true_case(world, returning))
    asked = next(c for c in of_shop(world.cases, "tmall") if c.stage is Stage.REQUESTED)
    for step in ("escalate", "staff_in", "first_review", "second_review_failed", "appeal", "settle_dispute"):
        steps.take(world, face, asked, step)
        same(shop.case(asked.case_id, asked.source), face.true_case(world, asked))
    again = ("escalate", "staff_in", "staff_done", "escalate", "want_evidence", "escalate", "appeal")
    for step in (*again, "settle_dispute", "escalate"):
        steps.take(world, face, asked, step)
        same(shop.case(asked.case_id, asked.source), face.true_case(world, asked))
    order = steps.place(world, face, world.shops[0], [(0, 1), (1, 1)])
    steps.pay(world, order)
    steps.ship(world, face, order, order.lines[:1])
    same(shop.order(order.order_id), face.true_order(world, order))
    claims = [Claim(order.lines[1], 1)]
    late = steps.apply(world, face, order, Kind.CANCEL, claims, reason="unwanted")
    same(shop.case(late.case_id), face.true_case(world, late))


def test_a_dispute_that_is_opened_again_shows_as_wanted(fresh, opened):
    """Staff was done; the buyer calls again: 2, not the 6 of before."""
    world = fresh.world
    case = next(
        c for c in of_shop(world.cases, "taobao") if c.stage is Stage.REQUESTED and c.source == "refund"
    )
    shop = opened(fresh, "taobao")
    told = {}
    for step in ("escalate", "staff_in", "staff_done", "escalate"):
        steps.take(world, face, case, step)
        raw = json.loads(shop.case(case.case_id).raw)
        told[step] = (raw["cs_status"], shop.case(case.case_id).dispute)
        if step == "staff_done":
            assert told[step] == (6, Dispute.UNKNOWN)
    assert told["staff_in"] == (3, Dispute.OPEN)
    assert told["escalate"] == (2, Dispute.OPEN)
