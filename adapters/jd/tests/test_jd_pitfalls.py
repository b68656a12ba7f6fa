"""The numbered pitfalls of the project's page on this wire (section 9), one test each."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest

from omnishop.errors import Conflict, NotFound, RateLimited, Rejected
from omnishop.model import Kind, Stage
from omnishop.ports import Response
from omnishop.sandbox import steps
from omnishop_jd import adapter

ASC = "jingdong.asc."


def decoded(method, inner):
    body = {f"{method.replace('.', '_')}_responce": {"code": "0", **inner}}
    return adapter.decode_body(method, json.dumps(body).encode(), None)


def page(*rows):
    return {"pageResult": {"success": True, "code": "00000", "data": list(rows), "totalCount": len(rows)}}


def one(data):
    return {"result": {"success": True, "code": "00000", "data": data}}


def found_case(world, kind, stage):
    return next(case for case in world.cases.values() if case.kind is kind and case.stage is stage)


def test_pitfall_01_fen_in_applications_yuan_elsewhere():
    rows = {"queryResult": {"success": True, "result": [{"id": 1, "applyRefundSum": 7800.0, "status": 0}]}}
    [applied] = decoded("jingdong.pop.afs.soa.refundapply.queryById", rows)
    [service] = decoded(f"{ASC}query.view", one({"serviceId": 1, "refundAmt": 78.0}))
    assert applied.amounts.requested == service.amounts.approved == 7800


def test_pitfall_01_parts_of_a_fen_are_no_sum_and_no_reason_to_lose_the_record():
    rows = {"queryResult": {"success": True, "result": [{"id": 1, "applyRefundSum": 7800.5, "status": 4}]}}
    [applied] = decoded("jingdong.pop.afs.soa.refundapply.queryById", rows)
    assert (applied.case_id, applied.amounts.requested, applied.raw_stage) == ("1", None, "4")


def test_pitfall_02_score_is_stars_in_a_comment_and_classes_in_a_filter(shop):
    since = {"page": 1, "pageSize": 50}
    method = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"
    middle = shop.call(method, {**since, "score": "2"})["comments"]
    assert {row["score"] for row in middle} == {3}
    good = shop.call(method, {**since, "score": "3"})["comments"]
    assert {row["score"] for row in good} == {4, 5}


def test_pitfall_03_a_row_outside_the_filter_is_set_aside(moving, open_shop):
    """The app was not granted `modified`: the platform ignores the filter, and the rows show it."""
    moving.world.shops[0].marks["modified_granted"] = False
    shop = open_shop(moving)
    now = moving.world.now()
    stream = next(each for each in shop.streams() if each.name == "refundapply_changed")
    applied = [case for case in moving.world.cases.values() if case.source == "refundapply"]
    newest = max(case.opened_at for case in applied)
    from omnishop.ports import Window

    pages = list(shop.pages(stream, Window(newest, now)))
    assert {case.case_id for one_page in pages for case in one_page.items} == {
        case.case_id for case in applied if case.opened_at >= newest
    }
    asked = [line.method for line in moving.world.log if "queryPageList" in line.method]
    assert len(asked) == 2  # by modified, which was ignored; then by the time of applying


def test_pitfall_03_an_order_outside_the_window_is_unreadable():
    from datetime import datetime

    from omnishop.model import BEIJING
    from omnishop.ports import Account, App, Window

    start = datetime(2026, 4, 1, tzinfo=BEIJING)
    account = Account(App("jd", "k", "s"), "jd", "10200137")
    stream = next(each for each in adapter.streams("jd") if each.name == "orders_changed")
    flow = stream.pages(account, Window(start, start + timedelta(days=1)))
    call = next(flow)
    rows = [
        {"orderId": "1", "venderId": "10200137", "modified": "2026-04-01 10:00:00"},
        {"orderId": "2", "venderId": "10200137", "modified": "2026-03-01 10:00:00"},
        {"orderId": "3", "venderId": "99", "modified": "2026-04-01 10:00:00"},
    ]
    inner = {
        "searchorderinfo_result": {"apiResult": {"success": True}, "orderTotal": 3, "orderInfoList": rows}
    }
    body = {f"{call.method.replace('.', '_')}_responce": {"code": "0", **inner}}
    with pytest.raises(StopIteration) as done:
        flow.send(adapter.codec.decode(call, Response(200, json.dumps(body).encode())))
    read = done.value.value
    assert [order.order_id for order in read.items] == ["1"]
    assert sorted(bad.error for bad in read.unreadable) == [
        "modified is outside the window asked for",
        "venderId is another shop's",
    ]


def test_pitfall_04_a_waybill_moves_only_the_second_clock(moving, open_shop):
    world, face = moving.world, moving.faces["jd"]
    case = found_case(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    steps.take(world, face, case, "agree_return")
    moving.advance(3600)
    before = world.now()
    moving.advance(60)
    steps.take(world, face, case, "send_back")
    moving.advance(60)
    shop = open_shop(moving)
    from omnishop.ports import Window

    seen = {
        stream.name: {
            case.case_id for page in shop.pages(stream, Window(before, world.now())) for case in page.items
        }
        for stream in shop.streams("case", "changed")
    }
    assert case.case_id in seen["service_freight"]
    assert case.case_id not in seen["service_changed"]
    [read] = [row for row in shop.cases(before, world.now()) if row.case_id == case.case_id]
    assert read.stage is Stage.RETURNING
    assert read.changed_at == case.changed_at


def test_pitfall_05_parents_count_no_articles_and_unpaid_orders_no_sums():
    rows = [
        {
            "orderId": "1",
            "orderState": "PARENT_TRADE_CANCELED",
            "orderTotalPrice": "0.00",
            "itemInfoList": [{"skuId": "5"}],
        },
        {
            "orderId": "2",
            "orderState": "NOT_PAY",
            "orderTotalPrice": "0.00",
            "orderPayment": "9.00",
            "itemInfoList": [{"skuId": "5"}],
        },
        {"orderId": "3", "orderState": "TRADE_CANCELED", "orderTotalPrice": "0.00", "orderPayment": "9.00"},
        {"orderId": "4", "orderState": "TRADE_CANCELED", "orderTotalPrice": "9.00", "orderPayment": "9.00"},
    ]
    inner = {"searchorderinfo_result": {"apiResult": {"success": True}, "orderInfoList": rows}}
    parent, unpaid, given_up, cancelled = decoded("jingdong.pop.order.search", inner)
    assert parent.lines == ()
    assert len(unpaid.lines) == 1
    assert {each.amounts.paid for each in (parent, unpaid, given_up)} == {None}
    assert {each.amounts.total for each in (parent, unpaid, given_up)} == {None}
    assert cancelled.amounts.paid == 900


def test_pitfall_06_the_platforms_spellings_stay_on_the_wire():
    [fact] = decoded(
        f"{ASC}serviceAndRefund.view", page({"sameOrderServiceBill": {"serviceId": 1}, "refoundAmount": 1})
    )
    assert fact.amount == 100
    [trace] = decoded(
        "jingdong.ldop.receive.trace.get",
        {
            "querytrace_result": {
                "code": 100,
                "messsage": "成功",
                "data": [{"waybillCode": "W", "opeTime": "2026/01/01 00:00:00"}],
            }
        },
    )
    assert trace.tracking_no == "W"
    assert (
        decoded(
            "jingdong.ServiceInfoProvider.queryServicePage",
            {
                "resultExport": {
                    "success": True,
                    "code": "00000",
                    "data": {"pageNumer": 1, "serviceExportList": [{"afsServiceId": 4}]},
                }
            },
        )[0].case_id
        == "4"
    )


@pytest.mark.parametrize("number", [9007199254740993, 9223372036854775808, 100071234501])
def test_pitfall_07_ids_are_text_and_never_a_float(number):
    [case] = decoded(f"{ASC}query.list", page({"serviceId": number, "skuId": number}))
    assert (case.case_id, case.lines[0].sku_id) == (str(number), str(number))
    method = f"{ASC}query.list"
    result = f'{{"success":true,"code":"00000","data":[{{"serviceId":{number}.0}}]}}'
    body = f'{{"{method.replace(".", "_")}_responce":{{"code":"0","pageResult":{result}}}}}'
    [bad] = adapter.decode_body(method, body.encode(), None)
    assert type(bad).__name__ == "Unreadable"


@pytest.mark.parametrize(
    ("totals", "asked"),
    [((60, 120, 120), 3), ((120, 60), 2), ((51, 50), 2)],
    ids=["grows", "shrinks", "empties"],
)
def test_pitfall_08_a_list_ends_by_the_total_of_its_own_page(shop, month, totals, asked):
    """Records move while a list is read: the page just read tells whether another follows, not the first one."""
    from omnishop.ports import Window

    stream = next(each for each in shop.streams() if each.name == "service_changed")
    changed = int(month[0].timestamp() * 1000) + 1000
    flow = stream.pages(shop.account, Window(*month))
    for number, total in enumerate(totals, start=1):
        call = next(flow)
        assert call.params["pageNumber"] == number
        left = max(0, min(50, total - 50 * (number - 1)))
        rows = [{"serviceId": 1000 * number + each, "updateTime": changed} for each in range(left)]
        result = {"success": True, "code": "00000", "data": rows, "totalCount": total}
        with pytest.raises(StopIteration) as ended:
            flow.send(msgspec.Raw(msgspec.json.encode({"code": "0", "pageResult": result})))
        read = ended.value.value
        assert (len(read.items), read.unreadable, read.total) == (left, (), total)
        assert (read.next is not None) == (number < asked)
        if read.next is not None:
            flow = read.next()
    assert number == asked


def test_pitfall_09_status_three_is_no_proof_and_thirteen_with_a_time_is(still, shop):
    granted = next(
        case for case in still.world.cases.values() if case.source == "refundapply" and case.refunds
    )
    assert shop.case(granted.case_id, "refundapply").stage is Stage.REFUNDING
    paid = next(case for case in still.world.cases.values() if case.source == "service" and case.refunds)
    read = shop.case(paid.case_id)
    assert (read.stage, read.raw_stage) == (Stage.SUCCEEDED, "10010/13")
    assert read.amounts.refunded == sum(refund.amount for refund in paid.refunds)
    alone = decoded(f"{ASC}query.view", one({"serviceId": 1, "customerExpect": 10, "serviceStatus": 10010}))
    assert alone[0].stage is Stage.REFUNDING


def test_pitfall_10_refunds_of_other_cases_of_the_order_are_not_added():
    from omnishop.model import Case, RefundFact, RefundStatus
    from omnishop_jd.service.mapping import joined

    case = Case("jd", "service", "7", kind=Kind.RETURN_REFUND, raw_stage="10010")
    other = RefundFact("jd", "service", "8", refund_id="1", amount=500, status=RefundStatus.SUCCEEDED)
    own = RefundFact("jd", "service", "7", refund_id="2", amount=300, status=RefundStatus.SUCCEEDED)
    assert joined(case, facts=(other, own, own)).amounts.refunded == 300
    assert joined(case, facts=(other,)).stage is Stage.REFUNDING


def test_pitfall_11_a_refused_service_order_is_refused_for_good_and_the_next_one_is_another(
    moving, open_shop
):
    world, face = moving.world, moving.faces["jd"]
    case = found_case(world, Kind.RETURN_REFUND, Stage.REQUESTED)
    steps.take(world, face, case, "refuse")
    with pytest.raises(steps.Forbidden):
        steps.take(world, face, case, "agree_return")
    again = steps.apply(world, face, case.order, case.kind, case.claims, reason=case.reason)
    shop = open_shop(moving)
    assert shop.case(case.case_id).stage is Stage.REFUSED
    assert shop.case(again.case_id).stage is Stage.REQUESTED
    assert again.case_id != case.case_id
    assert again.order is case.order


def test_pitfall_12_an_exchange_ends_without_money_and_its_replacement_is_no_order_of_ours(still, shop):
    done = found_case(still.world, Kind.EXCHANGE, Stage.SUCCEEDED)
    read = shop.case(done.case_id)
    assert (read.stage, read.amounts.refunded) == (Stage.SUCCEEDED, None)
    assert b"newOrderId" in read.raw


def test_pitfall_13_a_stale_version_is_a_conflict_and_never_retried():
    from omnishop.flow import Call, retry_after

    body = {
        "jingdong_asc_audit_refuse_responce": {
            "code": "0",
            "result": {"success": False, "code": "1", "msg": "版本号不一致"},
        }
    }
    with pytest.raises(Conflict) as caught:
        adapter.codec.decode(Call(f"{ASC}audit.refuse", write=True), Response(200, json.dumps(body).encode()))
    assert isinstance(caught.value, Rejected)
    assert retry_after(caught.value) is False
    assert retry_after(RateLimited("x")) is True


def test_pitfall_14_bu_id_is_the_vender_behind_the_session(still, shop):
    with pytest.raises(Rejected):
        shop.call(f"{ASC}query.list", {"buId": "1", "operatePin": "x", "operateNick": "x"})
    assert shop.whoami().shop_id == still.world.shops[0].shop_id


def test_pitfall_14_without_a_shop_id_it_is_asked_for(still, open_shop, month):
    shop = open_shop(still)
    from attrs import evolve

    shop.account = evolve(shop.account, shop_id=None)
    some = next(iter(shop.cases(*month)))
    assert some.shop_id == still.world.shops[0].shop_id


def test_pitfall_15_containers_of_the_documentation_are_not_sent(shop):
    """A wrapped filter is ignored: the platform returns rows of the whole shop."""
    op = {"buId": shop.account.shop_id, "operatePin": "x", "operateNick": "x", "pageSize": 50}
    flat = shop.call(f"{ASC}query.list", {**op, "serviceStatus": 10011})
    wrapped = shop.call(f"{ASC}query.list", {**op, "serviceBaseQuery": {"serviceStatus": 10011}})
    assert 0 < flat["pageResult"]["totalCount"] < wrapped["pageResult"]["totalCount"]


def test_pitfall_16_full_width_emoji_and_entities_pass_unchanged():
    said = "杯盖漏水！！😢 &amp; “很差”"
    [case] = decoded(f"{ASC}query.view", one({"serviceId": 1, "questionDesc": said}))
    assert case.reason.detail == said


def test_what_the_shop_does_not_have_is_not_found(shop):
    for source in ("service", "refundapply", "compensation"):
        with pytest.raises(NotFound):
            shop.case("1", source)
    with pytest.raises(NotFound):
        shop.order("1")
