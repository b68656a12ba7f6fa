"""Read through the adapter, every record of a simulated shop equals what a perfect reader of the wire knows."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import attrs
import httpx
import pytest

from omnishop import AsyncShop
from omnishop.drivers.aio import AsyncDriver
from omnishop.errors import ConfigError, NotFound, NotSupported
from omnishop.model import Dispute, Kind, Stage
from omnishop.ports import Capability, Level, Window
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop_jd import adapter
from omnishop_jd.face import HANDLERS, face
from omnishop_jd.face.rules import RULES
from omnishop_jd.face.scenarios import SCENARIOS


def truths(simulation, what):
    world = simulation.world
    records = {"case": world.cases, "order": world.orders, "review": world.reviews}[what].values()
    told = [getattr(face, f"true_{what}")(world, record) for record in records]
    return {key(record): record for record in told}


def key(record):
    names = {"case_id", "order_id", "review_id"}
    own = {"Case": "case_id", "Order": "order_id", "Review": "review_id"}[type(record).__name__]
    assert own in names
    return (record.source, getattr(record, own))


def differences(read, true):
    return [
        f"{field.name}: read {getattr(read, field.name)!r}, true {getattr(true, field.name)!r}"
        for field in attrs.fields(type(true))
        if field.eq and getattr(read, field.name) != getattr(true, field.name)
    ]


def compared(read, true):
    """Field by field; every true record was read."""
    assert set(true) <= set(read)
    assert {name: differences(read[name], true[name]) for name in true if read[name] != true[name]} == {}


@pytest.fixture(scope="module", params=[3, 11])
def world(request):
    return Simulation.new(platforms=("jd",), seed=request.param, orders=96)


def spans(simulation):
    now = simulation.world.now()
    return now - timedelta(days=40), now + timedelta(seconds=1)


def test_cases_by_change(world, open_shop):
    read = {key(case): case for case in open_shop(world).cases(*spans(world))}
    compared(read, truths(world, "case"))


def test_cases_by_id(world, open_shop):
    shop = open_shop(world)
    true = truths(world, "case")
    compared({name: shop.case(name[1], name[0]) for name in true}, true)


def test_open_cases(world, open_shop):
    shop = open_shop(world)
    read = {}
    for stream in shop.streams("case", "open"):
        for page in shop.pages(stream, Window(*spans(world))):
            assert page.unreadable == ()
            for item in page.items:
                whole = item if stream.complete is None else shop.run(stream.complete(shop.account, item))
                read[key(whole)] = whole
    true = truths(world, "case")
    compared(read, {name: true[name] for name in read})
    waiting = {
        name for name, case in true.items() if case.stage is Stage.REQUESTED and case.raw_stage != "10002"
    }
    assert waiting <= set(read)


@pytest.mark.parametrize("read", ["orders", "orders_created"])
def test_orders(world, open_shop, read):
    found = {key(order): order for order in getattr(open_shop(world), read)(*spans(world))}
    compared(found, truths(world, "order"))


def test_orders_by_id_in_both_spellings_of_the_method(world, open_shop):
    true = truths(world, "order")
    masked, plain = open_shop(world), open_shop(world, orders="plain")
    some = list(true)[::9]
    compared({name: masked.order(name[1]) for name in some}, {name: true[name] for name in some})
    shown = plain.order(some[0][1])
    assert shown.buyer is not None
    assert shown.buyer.masked.startswith("j***")


def test_reviews(world, open_shop):
    reviews = world.world.reviews
    first = next(iter(reviews.values()))
    first.reply, first.replied_at = "感谢支持", world.world.now().replace(microsecond=0)
    first.pictures.append("a.jpg")
    found = {key(review): review for review in open_shop(world).reviews(*spans(world))}
    compared(found, truths(world, "review"))


def test_the_same_in_an_event_loop(world):
    entry = world.shops("http://sim.test")["shops"][0]
    names = ("app_key", "app_secret", "access_token", "refresh_token", "shop_id", "gateway")

    async def read():
        client = httpx.AsyncClient(transport=world.transport())
        async with AsyncShop.open(
            "jd", **{name: entry[name] for name in names}, driver=AsyncDriver(client)
        ) as shop:
            return {key(case): case async for case in shop.cases(*spans(world))}

    compared(asyncio.run(read()), truths(world, "case"))


def test_every_kind_and_stage_of_this_wire_occurs(world):
    told = truths(world, "case").values()
    assert {case.kind for case in told} == {
        Kind.CANCEL,
        Kind.REFUND_ONLY,
        Kind.RETURN_REFUND,
        Kind.EXCHANGE,
        Kind.RESHIP,
        Kind.REPAIR,
        Kind.UNKNOWN,
    }
    assert {case.stage for case in told} == set(Stage) - {Stage.RESENDING}
    assert {case.dispute for case in told} == {None}
    codes = {case.raw_stage for case in told if case.source == "refundapply"}
    assert codes == {"0", "1", "2", "3", "4", "7", "8", "10", "11"}


def test_scenarios_are_few_and_short():
    assert len(SCENARIOS) <= 30
    assert all(sum(hours for _, hours in scenario.steps) <= 12 * 24 for scenario in SCENARIOS)


def test_a_case_lives_on_and_is_read_at_every_step(moving, open_shop):
    """Each step moves what the wire shows of it; the deadline stands only while the shop is to decide."""
    shop, world = open_shop(moving), moving.world
    case = next(c for c in world.cases.values() if c.kind is Kind.EXCHANGE and c.stage is Stage.REQUESTED)
    seen = [shop.case(case.case_id)]
    for step in (
        "ask_feedback",
        "feedback",
        "agree_return",
        "send_back",
        "arrive",
        "receive",
        "ship_replacement",
        "confirm",
    ):
        moving.advance(1800)
        steps.take(world, face, case, step)
        seen.append(shop.case(case.case_id))
        assert differences(seen[-1], face.true_case(world, case)) == []
    assert [each.raw_stage for each in seen] == [
        "10001", "10002", "10012", "10005", "10005", "10005", "10007", "10009", "10010",
    ]  # fmt: skip
    assert [each.deadline is not None for each in seen] == [True, False, True, *[False] * 6]
    assert [int(each.version) for each in seen] == [1, 2, 3, 4, 4, 4, 5, 6, 7]


@pytest.mark.parametrize("step", ["escalate", "want_evidence", "settle_dispute"])
def test_a_dispute_is_not_on_the_wire(moving, open_shop, step):
    case = next(
        c for c in moving.world.cases.values() if c.source == "service" and c.stage is Stage.REQUESTED
    )
    shop = open_shop(moving)
    before = shop.case(case.case_id)
    steps.take(moving.world, face, case, step)
    assert case.dispute is not Dispute.NONE
    assert shop.case(case.case_id) == before == face.true_case(moving.world, case)


@pytest.mark.parametrize("step", ["rule_buyer", "rule_seller", "lapse", "withdraw"])
def test_other_endings_are_read_as_the_wire_shows_them(moving, open_shop, step):
    for source in ("service", "refundapply"):
        case = next(
            c for c in moving.world.cases.values() if c.source == source and c.stage is Stage.REQUESTED
        )
        steps.take(moving.world, face, case, step)
        assert (
            differences(open_shop(moving).case(case.case_id, source), face.true_case(moving.world, case))
            == []
        )


@pytest.mark.parametrize("step", ["intercept", "force_close", "staff_agree", "chase", "agree", "refuse"])
def test_each_decision_on_an_application(moving, open_shop, step):
    case = next(
        c for c in moving.world.cases.values() if c.source == "refundapply" and c.stage is Stage.REQUESTED
    )
    steps.take(moving.world, face, case, step)
    assert (
        differences(open_shop(moving).case(case.case_id, "refundapply"), face.true_case(moving.world, case))
        == []
    )


@pytest.mark.parametrize("step", ["agree_resend", "refuse_return", "owe_replacement"])
def test_steps_that_this_platform_does_not_have(moving, step):
    case = next(c for c in moving.world.cases.values() if c.source == "service")
    with pytest.raises(steps.Forbidden):
        steps.take(moving.world, face, case, step)


def test_the_same_seed_and_time_give_the_same_bytes():
    now = datetime(2026, 9, 1, 4, tzinfo=UTC)

    def state():
        return Simulation.new(platforms=("jd",), seed=8, orders=30, now=now).state()

    assert state() == state()


# ---------------------------------------------------------------- what else is read


def test_timeline_is_of_service_orders_and_oldest_first(still, shop):
    case = next(c for c in still.world.cases.values() if c.source == "service" and len(c.history) > 3)
    events = shop.timeline(case.case_id)
    assert [event.topic for event in events] == [happened.step for happened in case.history]
    assert [event.at for event in events] == [happened.at for happened in case.history]
    with pytest.raises(NotSupported):
        shop.timeline("1", "refundapply")


def test_return_addresses(still, shop):
    told = [(a.address_id, a.contact, a.default_return) for a in shop.return_addresses()]
    assert told == [(a.address_id, a.contact, None) for a in still.world.shops[0].addresses]


def test_refuse_reasons(still, shop):
    case = next(c for c in still.world.cases.values() if c.source == "service")
    codes = {reason.code for reason in shop.refuse_reasons(case.case_id)}
    assert {"801", "80103", "901"} <= codes
    assert [reason.code for reason in shop.refuse_reasons("1", "refundapply")] == ["1", "2", "3", "4", "5"]
    with pytest.raises(NotSupported):
        shop.refuse_reasons("1", "compensation")


def test_traces_of_jds_own_carrier(still, open_shop):
    code = still.world.shops[0].marks["customer_code"]
    shop = open_shop(still, customer_code=code)
    order = next(o for o in still.world.orders.values() if any(p.carrier == "STO" for p in o.parcels))
    [trace] = shop.trace(order_id=order.order_id)
    parcel = next(p for p in order.parcels if p.carrier == "STO")
    assert [node.at for node in trace.nodes] == sorted(node.at for node in parcel.nodes)
    assert shop.trace(tracking_no=trace.tracking_no)[0].nodes == trace.nodes
    assert shop.trace(tracking_no="SF123") == ()
    with pytest.raises(ConfigError):
        shop.trace()
    with pytest.raises(ConfigError, match="customer_code"):
        open_shop(still).trace(order_id=order.order_id)


def test_an_older_gateway_is_asked_for_the_classic_fields(moving, open_shop):
    moving.world.shops[0].marks["unknown_fields"] = ("actualPay", "partialLogisticsInfoModel")
    shop = open_shop(moving)
    found = list(shop.orders_created(*spans(moving)))
    assert len(found) == len(moving.world.orders)
    assert shop.order(found[0].order_id) == found[0]


def test_an_app_without_the_estimate_does_without(moving, open_shop):
    case = next(
        c for c in moving.world.cases.values() if c.kind is Kind.RETURN_REFUND and c.stage is Stage.REQUESTED
    )
    moving.world.shops[0].marks["not_granted"] = ("jingdong.b2c.shop.aftersales.refund.get",)
    assert open_shop(moving).case(case.case_id).amounts.estimated is None
    moving.world.shops[0].marks["not_granted"] = ()
    assert open_shop(moving).case(case.case_id).amounts.estimated == case.requested


def test_every_method_the_adapter_calls_is_played(open_shop):
    from omnishop_jd import methods

    moving = Simulation.new(platforms=("jd",), seed=6, orders=90)

    called = {
        value for value in vars(methods).values() if isinstance(value, str) and value.startswith("jingdong.")
    }
    called |= {"jingdong.pop.order.enSearch", "jingdong.pop.order.enGet"}
    shop = open_shop(moving, customer_code="x")
    case = next(case for case in shop.cases(*spans(moving)) if case.source == "service")
    order = next(iter(shop.orders(*spans(moving))))
    list(shop.reviews(*spans(moving)))
    shop.order(order.order_id)
    shop.trace(tracking_no="x")
    shop.timeline(case.case_id)
    shop.refuse_reasons(case.case_id)
    shop.return_addresses()
    shop.whoami()
    for each in moving.world.cases.values():
        shop.case(each.case_id, each.source)
    with pytest.raises(NotFound):
        shop.case("1", "compensation")
    answered = {line.method for line in moving.world.log if line.verdict == "ok"}
    assert called <= answered <= set(HANDLERS)


# ---------------------------------------------------------------- what is claimed


@pytest.mark.parametrize("capability", list(Capability))
def test_every_capability_has_level_reason_and_evidence(capability):
    told = adapter.support("jd", capability)
    assert told.reason.zh
    assert told.reason.en
    assert told.evidence
    if capability in {Capability.PRE_AGREE, Capability.REFUND, Capability.EXTEND}:
        assert told.level is Level.NOT_OFFERED


def test_another_platforms_storefront_is_refused():
    for asked in (
        lambda: adapter.support("x", Capability.CALL),
        lambda: adapter.streams("x"),
        lambda: adapter.sources("x"),
    ):
        with pytest.raises(NotSupported):
            asked()


def test_sources_and_clocks():
    assert adapter.sources("jd") == ("service", "refundapply", "compensation")
    assert adapter.server_time(None) is None
    assert adapter.review_columns == {}
    assert {(s.record, s.clock) for s in adapter.streams("jd")} == {
        ("order", "changed"),
        ("order", "created"),
        ("case", "changed"),
        ("case", "open"),
        ("review", "created"),
    }


def test_rules_are_those_of_the_shared_list(shared):
    lines = (shared.parent / "rules.md").read_text().splitlines()
    told = {line.split("|")[1].strip(): line for line in lines if line.startswith("| JD-")}
    assert {rule.id.partition("/")[0] for rule in RULES} == set(told)
    for rule in RULES:
        name, _, variant = rule.id.partition("/")
        cells = [cell.strip() for cell in told[name].split("|")]
        assert str(rule.evidence) in cells[7], rule.id
        if rule.default != "unknown" and not cells[4].startswith("as JD-"):
            assert cells[4].startswith(str(rule.default)), rule.id
        told_for = re.match(r"(\d+) (h|d|natural|working)", cells[3])
        if told_for and not variant:
            unit = timedelta(hours=1) if told_for[2] == "h" else timedelta(days=1)
            assert rule.duration == int(told_for[1]) * unit, rule.id
