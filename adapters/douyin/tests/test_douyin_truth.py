"""Everything read through the adapter equals what a perfect reader of the simulated wire can know, field by field."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import httpx
import pytest

from omnishop.client import AsyncShop
from omnishop.drivers.aio import AsyncDriver
from omnishop.model import Dispute, Kind, Stage
from omnishop.ports import Window
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import take


def differences(truth, read):
    return {
        field.name: (getattr(truth, field.name), getattr(read, field.name))
        for field in attrs.fields(type(truth))
        if field.eq and getattr(truth, field.name) != getattr(read, field.name)
    }


def span():
    now = datetime.now(UTC)
    return now - timedelta(days=30), now + timedelta(minutes=1)


def check(simulation, records):
    face, world = simulation.faces["douyin"], simulation.world
    for record in records:
        if hasattr(record, "case_id"):
            truth = face.true_case(world, world.cases["aftersale", record.case_id])
        else:
            truth = face.true_order(world, world.orders[record.order_id])
        assert differences(truth, record) == {}, record
        assert record.raw


def test_every_case_read_equals_the_truth(still, shop):
    cases = list(shop.cases(*span()))
    check(still, cases)
    assert {case.case_id for case in cases} == {case.case_id for case in still.world.cases.values()}
    assert len(cases) == 30


def test_every_order_read_equals_the_truth(still, shop):
    for read in (shop.orders_created, shop.orders):
        orders = list(read(*span()))
        check(still, orders)
        assert {order.order_id for order in orders} == set(still.world.orders)
    check(still, [shop.order(order_id) for order_id in still.world.orders])


def test_the_async_shop_reads_the_same(still, shop):
    keys = still.shops("http://douyin.test")["douyin"]
    wanted = ("app_key", "app_secret", "access_token", "shop_id", "gateway")

    async def read():
        client = httpx.AsyncClient(transport=still.transport())
        given = {name: keys[name] for name in wanted}
        async with AsyncShop.open("douyin", driver=AsyncDriver(client), **given) as found:
            cases = [case async for case in found.cases(*span())]
            orders = [order async for order in found.orders(*span())]
        return cases, orders

    cases, orders = asyncio.run(read())
    assert cases == list(shop.cases(*span()))
    assert orders == list(shop.orders(*span()))


def test_open_cases_are_those_that_wait_for_someone(still, shop):
    (stream,) = shop.streams("case", "open")
    now = datetime.now(UTC)
    pages = shop.pages(stream, Window(now - timedelta(days=60), now))
    found = {case.case_id for page in pages for case in page.items}
    open_now = {
        case.case_id
        for case in still.world.cases.values()
        if case.stage not in {Stage.SUCCEEDED, Stage.CLOSED, Stage.REFUNDING}
    }
    assert found == open_now


def test_the_scenarios_reach_every_kind_stage_and_dispute_this_wire_can_say(shop):
    cases = list(shop.cases(*span()))
    kinds = {case.kind for case in cases}
    stages = {case.stage for case in cases}
    assert kinds == set(Kind) - {Kind.COMPENSATE, Kind.COMPLAINT, Kind.UNKNOWN}
    assert stages == set(Stage) - {Stage.INSPECTING}
    assert {case.dispute for case in cases} == set(Dispute) - {Dispute.WITHDRAWN}


def test_each_list_row_agrees_with_its_detail(shop):
    """What both say is the same; the list is silent about the rest, never different."""
    (stream,) = shop.streams("case", "changed")
    for page in shop.pages(stream, Window(*span())):
        assert page.total == 30
        for row in page.items:
            detail = shop.case(row.case_id)
            for name in ("kind", "stage", "order_id", "opened_at", "changed_at", "closed_at", "version"):
                assert getattr(row, name) == getattr(detail, name)
            assert row.raw_stage == detail.raw_stage
            assert row.amounts.requested == detail.amounts.requested


def test_more_pages_than_one(opened):
    simulation = Simulation.new(platforms=("douyin",), seed=11, orders=330)
    with opened(simulation) as shop:
        (stream,) = shop.streams("case", "changed")
        pages = list(shop.pages(stream, Window(*span())))
        cases = [case.case_id for page in pages for case in page.items]
    assert len(pages) == 2
    assert len(cases) == len(set(cases)) == 110


@pytest.mark.parametrize(
    "steps", [("refuse", "withdraw"), ("agree_return", "send_back", "receive", "refund", "pay")]
)
def test_a_life_step_by_step_is_told_as_it_goes(simulation, opened, steps):
    world, face = simulation.world, simulation.faces["douyin"]
    case = next(
        c for c in world.cases.values() if c.kind is Kind.RETURN_REFUND and c.stage is Stage.REQUESTED
    )
    with opened(simulation) as shop:
        seen = [shop.case(case.case_id)]
        for step in steps:
            world.clock.advance(3600)
            take(world, face, case, step)
            seen.append(shop.case(case.case_id))
            check(simulation, seen[-1:])
    versions = [int(record.version) for record in seen]
    assert versions == sorted(set(versions))
    assert len(seen[-1].raw) > 100
