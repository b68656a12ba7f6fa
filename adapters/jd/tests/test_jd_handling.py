"""Goods, words, orders and reviews against the simulated platform: from look to read-back, and what it refuses."""

from __future__ import annotations

import pytest

from omnishop.acts import Ask, Seen, Shown, Subject, Verb
from omnishop.errors import ConfigError, Conflict, NotFound, OutcomeUnknown, Rejected
from omnishop.flow import Call
from omnishop.model import Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop_jd.face import face
from omnishop_jd.writes.goods import RECEIVE_SETTINGS

SETTINGS = {
    "operate_pin": "cs01",
    "contact_tel": "0571-88001234",
    "offline_change_op_flag": "1",
    **dict.fromkeys(RECEIVE_SETTINGS.values(), "10"),
    "receive_quality_state_bad": "20",
}
SF = {"carrier": "顺丰快递", "tracking": "SF1020304050"}


@pytest.fixture
def world():
    return Simulation.new(platforms=("jd",), seed=5, orders=90)


@pytest.fixture
def desk(world, desk_of):
    return desk_of(world, **SETTINGS)


def case_of(world, kind, stage):
    return next(c for c in world.world.cases.values() if c.kind is kind and c.stage is stage)


def take(world, case, *names, **given):
    for name in names:
        steps.take(world.world, face, case, name, **given)


def subject(case):
    return Subject("case", case.case_id, case.source)


def on_its_way(world, kind=Kind.RETURN_REFUND):
    case = case_of(world, kind, Stage.REQUESTED)
    take(world, case, "agree_return", "send_back")
    return case


# ---------------------------------------------------------------- goods in


def test_goods_are_registered_and_the_platform_pays(world, desk):
    case = on_its_way(world)
    done = desk.act(subject(case), Verb.CONFIRM_RECEIPT, Ask(by="小王"))
    assert (done.shown, done.row.money, done.after.record.stage) == (Shown.DONE, True, Stage.INSPECTING)
    assert case.refunds == []
    world.advance(4 * 86400)
    last = desk.shop.case(case.case_id)
    assert (last.stage, last.amounts.refunded) == (Stage.SUCCEEDED, case.requested)
    assert done.row.shows(Ask(), Seen.of(done.before), Seen.of(type(done.before)(last))) is Shown.DONE
    assert len(case.refunds) == 1


def test_an_exchange_is_registered_without_money(world, desk):
    done = desk.act(subject(on_its_way(world, Kind.EXCHANGE)), Verb.CONFIRM_RECEIPT, Ask())
    assert (done.shown, done.row.money) == (Shown.DONE, False)


def test_pieces_that_came_are_counted_and_bad_ones_told(world, desk):
    case = on_its_way(world)
    desk.act(subject(case), Verb.CONFIRM_RECEIPT, Ask(bad=1, good=0))
    assert [(c.received_good, c.received_bad) for c in case.claims] == [(0, 1)]
    assert case.marks["received"] | {} == {
        **dict.fromkeys(("packingState", "invoiceRecord", "judgmentReason"), 10),
        **dict.fromkeys(("accessoryOrGift", "appearanceState"), 10),
        "qualityState": 20,
        "wareNum": 1,
        "receiveRemark": "已收货: 完好 0 件, 异常 1 件",
    }
    view = desk.shop.call(
        "jingdong.asc.receive.view", {**op(desk), "serviceId": case.case_id, "orderId": case.order.order_id}
    )
    assert view["result"]["data"]["qualityState"] == 20


def op(desk):
    return {"buId": desk.shop.account.shop_id, "operatePin": "x", "operateNick": "x"}


def test_more_pieces_than_were_applied_for_are_refused(world, desk):
    case = on_its_way(world)
    row, look = desk.looked(subject(case), Verb.CONFIRM_RECEIPT)
    with pytest.raises(Rejected, match="wareNum"):
        desk.send(row, look, Ask(good=9))
    assert case.stage is Stage.RETURNING


@pytest.mark.parametrize("lacking", [*RECEIVE_SETTINGS.values(), "receive_quality_state_bad"])
def test_a_missing_code_is_named(world, desk_of, lacking):
    case = on_its_way(world)
    desk = desk_of(world, **{name: code for name, code in SETTINGS.items() if name != lacking})
    said = Ask(bad=1) if lacking.endswith("_bad") else Ask()
    assert lacking in desk.hindered(subject(case), Verb.CONFIRM_RECEIPT, said).en
    row, look = desk.looked(subject(case), Verb.CONFIRM_RECEIPT)
    with pytest.raises(ConfigError, match=lacking):
        desk.send(row, look, said)


def test_goods_are_registered_once(world, desk):
    case = on_its_way(world)
    row, look = desk.looked(subject(case), Verb.CONFIRM_RECEIPT)
    desk.send(row, look, Ask())
    with pytest.raises(Conflict):
        desk.send(row, look, Ask())
    assert [h.step for h in case.history].count("receive") == 1


# ---------------------------------------------------------------- waybills, replacements


def test_a_waybill_is_entered_and_put_right(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.AWAITING_RETURN)
    done = desk.act(subject(case), Verb.FILL_LOGISTICS, Ask(**SF))
    assert (done.shown, done.after.record.stage, done.after.marks["waybill"]) == (
        Shown.DONE,
        Stage.RETURNING,
        SF["tracking"],
    )
    again = desk.act(subject(case), Verb.FILL_LOGISTICS, Ask(carrier="463", tracking="YT55"))
    assert (again.shown, case.return_parcel.carrier) == (Shown.DONE, "YTO")
    assert (
        "YT55"
        not in desk.hindered(subject(case), Verb.FILL_LOGISTICS, Ask(carrier="463", tracking="YT55")).en
    )
    take(world, case, "receive")
    row, look = desk.looked(subject(case), Verb.FILL_LOGISTICS)
    assert row.shows(Ask(**SF), Seen.of(done.before), Seen.of(look)) is Shown.EXCLUDED
    with pytest.raises(Conflict):
        desk.send(row, look, Ask(**SF))


def test_a_carrier_the_shop_has_not_signed_with_is_hindered(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.AWAITING_RETURN)
    told = desk.hindered(subject(case), Verb.FILL_LOGISTICS, Ask(carrier="德邦", tracking="D1"))
    assert "467 顺丰快递" in told.en


def test_a_replacement_goes_out_and_is_confirmed(world, desk):
    case = on_its_way(world, Kind.EXCHANGE)
    take(world, case, "receive")
    done = desk.act(subject(case), Verb.SHIP_REPLACEMENT, Ask(**SF))
    assert (done.shown, done.after.record.stage) == (Shown.DONE, Stage.RESENT)
    assert (case.replacement.carrier, case.replacement.tracking_no) == ("SF", SF["tracking"])
    take(world, case, "confirm")
    _, look = desk.looked(subject(case), Verb.SHIP_REPLACEMENT)
    assert done.row.shows(Ask(**SF), Seen.of(done.before), Seen.of(look)) is Shown.DONE


def test_an_exchange_that_became_a_refund_takes_no_replacement(world, desk):
    case = on_its_way(world, Kind.EXCHANGE)
    take(world, case, "receive")
    row, look = desk.looked(subject(case), Verb.SHIP_REPLACEMENT)
    take(world, case, "refund")
    with pytest.raises(Conflict):
        desk.send(row, look, Ask(**SF))
    for step in (None, "pay"):
        if step:
            take(world, case, step)
        _, now = desk.looked(subject(case), Verb.SHIP_REPLACEMENT)
        assert row.shows(Ask(**SF), Seen.of(look), Seen.of(now)) is Shown.EXCLUDED


def test_a_replacement_needs_the_flag_nobody_lists(world, desk_of):
    case = on_its_way(world, Kind.EXCHANGE)
    take(world, case, "receive")
    desk = desk_of(world)
    assert "offline_change_op_flag" in desk.hindered(subject(case), Verb.SHIP_REPLACEMENT, Ask(**SF)).zh


def test_a_replacement_with_a_stale_version_is_a_conflict(world, desk):
    case = on_its_way(world, Kind.EXCHANGE)
    take(world, case, "receive")
    row, look = desk.looked(subject(case), Verb.SHIP_REPLACEMENT)
    take(world, case, "call_platform")
    with pytest.raises(Conflict) as refused:
        desk.send(row, look, Ask(**SF))
    assert refused.value.code == "10012"


# ---------------------------------------------------------------- words


def test_a_reply_where_the_buyer_calls_it_unsolved(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.SUCCEEDED)
    assert "unsolved" in desk.hindered(subject(case), Verb.MESSAGE, Ask(text="x")).en
    take(world, case, "call_unsolved")
    said = Ask(text="已提交财务, 请耐心等待")
    first = desk.act(subject(case), Verb.MESSAGE, said)
    assert first.shown is Shown.DONE
    second = desk.act(subject(case), Verb.MESSAGE, said)
    assert second.shown is Shown.DONE
    assert [h.text for h in case.history if h.step == "message"] == [said.text] * 2
    assert first.after.record.version == first.before.record.version


def test_the_platform_refuses_a_reply_nobody_asked_for(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.SUCCEEDED)
    row, look = desk.looked(subject(case), Verb.MESSAGE)
    with pytest.raises(Conflict):
        desk.send(row, look, Ask(text="x"))


def test_remarks_on_a_service_order_add_up(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    for text in ("致电无人接听", "致电无人接听", "已约定上门"):
        assert desk.act(subject(case), Verb.REMARK, Ask(text=text)).shown is Shown.DONE
    events = [event.text for event in desk.shop.timeline(case.case_id) if event.topic == "track"]
    assert sorted(events) == sorted(["致电无人接听", "致电无人接听", "已约定上门"])


def test_the_platform_is_called_in(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.INSPECTING)
    done = desk.act(subject(case), Verb.INTERVENE, Ask(reason="1/101"))
    assert done.shown is Shown.DONE
    assert case.disputed
    assert done.after.record.stage is done.before.record.stage
    with pytest.raises(Conflict):
        desk.send(done.row, done.after, Ask(reason="101"))


def test_calling_the_platform_in_needs_a_phone_and_both_levels_of_a_reason(world, desk, desk_of):
    case = case_of(world, Kind.RETURN_REFUND, Stage.INSPECTING)
    assert "contact_tel" in desk_of(world).hindered(subject(case), Verb.INTERVENE, Ask(reason="101")).en
    assert "101" in desk.hindered(subject(case), Verb.INTERVENE, Ask(reason="1")).en
    assert desk.hindered(subject(case), Verb.INTERVENE, Ask(reason="101")) is None


# ---------------------------------------------------------------- orders and reviews


def order_of(world, status, *, cases=False):
    return next(o for o in world.world.orders.values() if o.status is status and bool(o.cases) == cases)


def on_order(order):
    return Subject("order", order.order_id)


def test_an_order_is_shipped(world, desk):
    order = order_of(world, OrderStatus.PAID)
    done = desk.act(on_order(order), Verb.SHIP, Ask(**SF))
    assert (done.shown, done.after.record.status) == (Shown.DONE, OrderStatus.SHIPPED)
    assert [(p.carrier, p.tracking_no) for p in order.parcels] == [("SF", SF["tracking"])]
    with pytest.raises(Conflict) as refused:
        desk.send(done.row, done.before, Ask(**SF))
    assert refused.value.code == "10400001"
    other = Ask(carrier="463", tracking="YT9")
    assert done.row.shows(other, Seen.of(done.before), Seen.of(done.after)) is Shown.EXCLUDED


def test_an_order_with_an_open_cancel_is_not_shipped(world, desk):
    case = next(c for c in world.world.cases.values() if c.kind is Kind.CANCEL and c.stage is Stage.REQUESTED)
    row, look = desk.looked(on_order(case.order), Verb.SHIP)
    assert not row.in_stage(Seen.of(look).stage)
    with pytest.raises(Rejected):
        desk.send(row, look, Ask(**SF))
    take(world, case, "agree")
    with pytest.raises(Rejected):
        desk.send(row, look, Ask(**SF))
    assert case.order.parcels == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"carrier": "467"}, "1274"),
        ({"carrier": "99", "tracking": "X"}, "467"),
        ({**SF, "lines": {"1": 1}}, "whole"),
    ],
)
def test_what_hinders_a_shipment(world, desk, said, why):
    assert why in desk.hindered(on_order(order_of(world, OrderStatus.PAID)), Verb.SHIP, Ask(**said)).en


def test_a_remark_on_an_order_is_appended(world, desk):
    order = order_of(world, OrderStatus.PAID)
    steps.remark(world.world, order, "客户要求改地址", 3)
    done = desk.act(on_order(order), Verb.REMARK, Ask(text="已致电"))
    assert (done.shown, order.remark, order.flag) == (Shown.DONE, "客户要求改地址 | 已致电", 3)
    assert not any("致电" in mark for mark in done.after.marks.values())
    steps.remark(world.world, order, "改过了", 1)
    _, look = desk.looked(on_order(order), Verb.REMARK)
    assert done.row.shows(Ask(text="已致电"), Seen.of(done.before), Seen.of(look)) is Shown.MOVED


def test_a_first_remark(world, desk):
    order = order_of(world, OrderStatus.FINISHED)
    order.remark = None
    done = desk.act(on_order(order), Verb.REMARK, Ask(text="已致电"))
    assert (done.shown, order.remark, order.flag) == (Shown.DONE, "已致电", 0)


def test_a_remark_that_grows_too_long_is_hindered(world, desk):
    order = order_of(world, OrderStatus.PAID)
    steps.remark(world.world, order, "长" * 490, 0)
    assert desk.hindered(on_order(order), Verb.REMARK, Ask(text="短" * 7)) is None
    assert "501" in desk.hindered(on_order(order), Verb.REMARK, Ask(text="短" * 8)).en


def test_a_review_is_answered_once(world, desk):
    review = next(iter(world.world.reviews.values()))
    on_review = Subject("review", review.review_id)
    done = desk.act(on_review, Verb.REPLY_REVIEW, Ask(text="感谢支持"))
    assert (done.shown, review.reply) == (Shown.DONE, "感谢支持")
    assert "reply" in desk.hindered(on_review, Verb.REPLY_REVIEW, Ask(text="x")).en
    with pytest.raises(OutcomeUnknown):
        desk.send(done.row, done.before, Ask(text="再次感谢"))
    assert done.row.shows(Ask(text="再次感谢"), Seen.of(done.after), Seen.of(done.after)) is Shown.BEFORE
    with pytest.raises(NotFound):
        desk.looked(Subject("review", "0" * 32), Verb.REPLY_REVIEW)


def test_a_review_is_found_on_a_later_page(world, desk):
    reviews = world.world.reviews
    first = min(reviews.values(), key=lambda r: (r.created_at, r.review_id))
    for number in range(60):
        copy = type(first)(f"{number:032x}", *(getattr(first, a) for a in ("shop", "order", "line", "stars", "text")),
            world.world.now(), world.world.now())  # fmt: skip
        reviews[copy.review_id] = copy
    _, look = desk.looked(Subject("review", first.review_id), Verb.REPLY_REVIEW)
    assert look.record.review_id == first.review_id


# ---------------------------------------------------------------- other documented writes


def call(desk, method, **params):
    def flow():
        return (yield Call(f"jingdong.{method}", params, write=True))

    return desk.shop.run(flow())


def test_a_service_order_is_cancelled_by_a_raw_call(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    version = int(desk.shop.case(case.case_id).version)
    ids = {**op(desk), "serviceId": case.case_id, "orderId": case.order.order_id, "approveNotes": "x"}
    with pytest.raises(Conflict):
        call(desk, "asc.common.cancel", **ids, sysVersion=version + 1)
    call(desk, "asc.common.cancel", **ids, sysVersion=version)
    assert desk.shop.case(case.case_id).raw_stage == "10011"


@pytest.mark.parametrize("status", [9, 10])
def test_the_other_replies_to_an_application(world, desk, status):
    case = case_of(world, Kind.CANCEL, Stage.REQUESTED)
    extra = {} if status == 9 else {"remark": "x"}
    call(
        desk,
        "pop.afs.soa.refundapply.replyRefund",
        id=case.case_id,
        status=status,
        checkUserName="x",
        **extra,
    )
    assert desk.shop.case(case.case_id, "refundapply").raw_stage == str(status)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 3, "remark": "x"},
        {"status": 1},
        {"status": 1, "remark": "x", "rejectType": 1},
        {"status": 2, "remark": "x", "rejectType": 6},
        {"status": 1, "remark": "x", "outWareStatus": 3},
    ],
)
def test_replies_the_platform_cannot_take(world, desk, wrong):
    case = case_of(world, Kind.CANCEL, Stage.REQUESTED)
    stage = case.stage
    with pytest.raises(Rejected) as refused:
        call(desk, "pop.afs.soa.refundapply.replyRefund", id=case.case_id, checkUserName="x", **wrong)
    assert (refused.value.code, case.stage) == ("1100", stage)


def test_unsolved_is_solved(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.SUCCEEDED)
    take(world, case, "call_unsolved")
    ids = {**op(desk), "serviceId": case.case_id, "orderId": case.order.order_id}
    call(desk, "asc.unsolved.solve", **ids)
    assert desk.hindered(subject(case), Verb.MESSAGE, Ask(text="x")) is not None
    with pytest.raises(Conflict):
        call(desk, "asc.unsolved.solve", **ids)


@pytest.mark.parametrize("method", ["asc.audit.homepick", "asc.audit.delivery"])
def test_the_other_ways_to_agree_to_a_return(world, desk, method):
    case = case_of(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    row, look = desk.looked(subject(case), Verb.AGREE_RETURN)
    params = dict(next(row.send(desk.shop.account, look, Ask(address=look.aside[0].address_id))).params)
    with pytest.raises(ConfigError) as refused:
        call(desk, method, **{**params, "returnContactName": ""})
    assert refused.value.code == "60"
    pickup = {
        name.replace("return", "pickup"): value for name, value in params.items() if name.startswith("return")
    }
    call(desk, method, **params, **pickup)
    assert desk.shop.case(case.case_id).stage is Stage.AWAITING_RETURN


def test_service_orders_are_fetched_reminded_of_and_closed(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    case.marks["asked"] = "10000"
    assert desk.shop.case(case.case_id).raw_stage == "10000"
    call(desk, "asc.audit.fetch", **op(desk))
    assert desk.shop.case(case.case_id).raw_stage == "10001"
    ids = {**op(desk), "serviceId": case.case_id, "orderId": case.order.order_id}
    contact = {"customerMobile": "13800000000", "afsAddress": "退货仓1号"}
    with pytest.raises(Conflict):
        call(desk, "asc.receive.delivery.remind", **ids, **contact)
    take(world, case, "agree_return")
    before = desk.shop.case(case.case_id)
    call(desk, "asc.receive.delivery.remind", **ids, **contact)
    assert desk.shop.case(case.case_id) == before
    take(world, case, "receive")
    version = int(desk.shop.case(case.case_id).version)
    with pytest.raises(Conflict):
        call(desk, "asc.process.close", **ids, sysVersion=version - 1)
    call(desk, "asc.process.close", **ids, sysVersion=version)
    assert desk.shop.case(case.case_id).stage is Stage.CLOSED
    assert case.refunds == []
