"""The other records: orders, reviews, traces, reasons, events, answers to writes, and methods nobody documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from attrs import evolve

from omnishop.errors import NotFound, WireError
from omnishop.model import Grade, OrderStatus, Raw, Unreadable, buyer_key
from omnishop_douyin import adapter, push
from omnishop_douyin.orders.mapping import MAIN_STATUS_ROWS, STATUS_ROWS

T = 1_749_551_000


def decode(method, data, account=None):
    payload = msgspec.Raw(json.dumps(data, ensure_ascii=False).encode())
    return adapter.decode(method, payload, account)


def order(account=None, **more):
    base = {"order_id": "6937100010020030451", "order_status": 2, "main_status": 2, "pay_time": T}
    (found,) = decode("order.searchList", {"shop_order_list": [base | more]}, account)
    return found


# ---------------------------------------------------------------- orders

ORDER_STATUSES = {
    1: OrderStatus.UNPAID,
    105: OrderStatus.PAID,
    2: OrderStatus.PAID,
    101: OrderStatus.PART_SHIPPED,
    3: OrderStatus.SHIPPED,
    4: OrderStatus.CLOSED,
    5: OrderStatus.FINISHED,
    103: OrderStatus.UNKNOWN,
    999: OrderStatus.UNKNOWN,
}
MAIN_STATUSES = ORDER_STATUSES | {21: OrderStatus.CLOSED, 22: OrderStatus.CLOSED, 39: OrderStatus.CLOSED}


@pytest.mark.parametrize("code", ORDER_STATUSES)
def test_every_order_status(code):
    assert order(order_status=code).status is ORDER_STATUSES[code]
    assert order(order_status=str(code)).status is ORDER_STATUSES[code]


@pytest.mark.parametrize("code", MAIN_STATUSES)
def test_every_main_status_where_the_order_status_is_missing(code):
    assert order(order_status=None, main_status=code).status is MAIN_STATUSES[code]


def test_no_status_at_all():
    found = order(order_status=None, main_status=None)
    assert found.status is OrderStatus.UNKNOWN
    assert found.raw_status is None
    assert {row.code for row in STATUS_ROWS} <= set(ORDER_STATUSES)
    assert {row.code for row in MAIN_STATUS_ROWS} <= set(MAIN_STATUSES)


@pytest.mark.parametrize(
    ("more", "paid"),
    [
        ({"order_status": 1, "pay_time": 0}, None),
        ({"order_status": 4, "pay_time": 0}, None),
        ({"order_status": 4, "pay_time": T}, 900),
        ({"order_status": 3, "pay_time": None}, 900),
        ({"order_status": 4, "pay_time": None}, None),
        ({"order_status": 99, "pay_time": None}, None),
    ],
)
def test_an_order_nobody_paid_has_no_paid_amount(more, paid):
    line = {"order_id": "1", "pay_amount": 900}
    found = order(pay_amount=900, sku_order_list=[line], **more)
    assert found.amounts.paid == paid
    assert found.lines[0].paid == paid


def test_amounts_lines_and_parcels():
    lines = [
        {
            "order_id": "11",
            "sku_id": 3410716076201730,
            "pay_amount": 11700,
            "post_amount": 300,
            "sum_amount": 12900,
            "origin_amount": 12900,
            "item_num": "1",
            "code": "HG-01",
            "logistics_receipt_time": T + 5,
            "spec": [{"name": "颜色", "value": "原木色"}, {"name": "尺码", "value": None}],
        },
        {"order_id": 12, "out_sku_id": "B", "code": "x", "sum_amount": 100, "logistics_receipt_time": T + 9},
    ]
    parcels = [
        {
            "tracking_no": "SF1",
            "company": "shunfeng",
            "ship_time": T,
            "product_info": [{"sku_order_id": "11"}],
        }
    ]
    found = order(sku_order_list=lines, logistics_info=[*parcels, {"tracking_no": 77, "product_info": None}])
    assert found.amounts.total == 13000
    assert found.lines[0].paid == 11400
    assert found.lines[0].spec == "颜色:原木色;尺码:"
    assert (found.lines[0].outer_sku_id, found.lines[1].outer_sku_id) == ("HG-01", "B")
    assert found.lines[0].sku_id == "3410716076201730"
    assert (found.lines[1].line_id, found.lines[1].paid) == ("12", None)
    assert found.delivered_at == datetime.fromtimestamp(T + 9, UTC)
    assert found.parcels[0].line_ids == ("11",)
    assert found.parcels[1].tracking_no == "77"
    lines[1]["logistics_receipt_time"] = 0
    lines[1]["sum_amount"] = None
    later = order(sku_order_list=lines)
    assert later.delivered_at is None
    assert later.amounts.total is None


def test_the_buyer_is_a_key_and_a_mask(account):
    secret = b"k" * 32
    known = evolve(account, buyer_secret=secret)
    more = {"doudian_open_id": "1@#abc", "mask_post_receiver": "赵**", "user_nick_name": "小赵在杭州"}
    found = order(known, **more)
    assert found.buyer.key == buyer_key(secret, "douyin", account.app.app_key, "1@#abc")
    assert found.buyer.masked == "赵**"
    assert order(account, **more).buyer.key is None
    assert order(None).buyer is None
    assert "小赵" not in repr(found)


def test_an_order_knows_its_shop_before_the_account_does(account):
    assert order(account, shop_id=5).shop_id == "5"
    assert order(account).shop_id == "12345678"
    assert order().shop_id is None


@pytest.mark.parametrize(
    "bad", [{"order_id": ""}, {"order_id": 1e18}, {"order_id": None}, {"post_amount": 10**16}]
)
def test_a_bad_order_stands_alone(bad):
    rows = [{"order_id": "1"} | bad, {"order_id": "2"}]
    found = decode("order.searchList", {"shop_order_list": rows})
    assert [type(record).__name__ for record in found] == ["Order", "Unreadable"]


@pytest.mark.parametrize(
    "data", [{}, {"shop_order_list": None}, {"shop_order_list": ""}, {"shop_order_list": {}}, None]
)
def test_an_empty_page_of_orders(data):
    assert decode("order.searchList", data) == []


def test_a_detail_without_an_order():
    for gone in ({"shop_order_detail": None}, {"shop_order_detail": {}}, {}, [], None):
        with pytest.raises(NotFound, match="holds no record of order"):
            decode("order.orderDetail", gone)
    for other in ({"shop_order_list": []}, {"foo": 1}, 5, [1], "x"):
        with pytest.raises(WireError):
            decode("order.orderDetail", other)
    (found,) = decode("order.orderDetail", {"shop_order_detail": {"order_id": "4751234567890A"}})
    assert found.order_id == "4751234567890"


# ---------------------------------------------------------------- reviews of the withdrawn method


@pytest.mark.parametrize(
    ("rate", "grade"), [(1, Grade.BAD), (2, Grade.NEUTRAL), (3, Grade.GOOD), (4, Grade.UNKNOWN), (None, None)]
)
def test_every_rate(rate, grade):
    (found,) = decode("comment.list", {"comments": [{"comment_id": 1, "rate": rate}]})
    assert found.grade is grade


def test_a_comment_in_full():
    row = {
        "comment_id": "6890000111222333445",
        "order_id": "69",
        "comment_time": "2021-06-01 12:30:05",
        "rate": 3,
        "content": "好",
        "photos": [{"thumbnail": "t", "url": "u"}, {"thumbnail": "only"}, {}],
        "append_content": "",
        "append_photos": [{"url": "v"}],
        "append_time": "2021-06-03 09:00:00",
        "reply_content": "谢谢",
    }
    (found,) = decode("comment.list", {"comments": [row], "total": "1"})
    assert found.pictures == ("u", "only")
    assert found.follow_ups[0].pictures == ("v",)
    assert found.reply.text == "谢谢"
    assert found.created_at.isoformat() == "2021-06-01T12:30:05+08:00"
    row |= {"append_photos": [], "reply_content": "", "comment_time": "yesterday"}
    (bad,) = decode("comment.list", {"comments": [row]})
    assert isinstance(bad, Unreadable)
    assert bad.record_id == "6890000111222333445"


# ---------------------------------------------------------------- traces, reasons


@pytest.mark.parametrize("name", ["route__node_list", "route_node_list"])
def test_both_spellings_of_a_route(name):
    nodes = [
        {"content": "签收", "timestamp": str(T + 9), "state": "3", "site_name": "南京"},
        {"content": "揽收", "timestamp": T, "state": 1},
    ]
    (found,) = decode("logistics.trackNoRouteDetail", {name: nodes, "track_info": {"track_no": "SF1"}})
    assert [node.text for node in found.nodes] == ["揽收", "签收"]
    assert [node.state for node in found.nodes] == ["1", "3"]
    assert found.tracking_no == "SF1"


def test_a_route_without_nodes_and_one_that_is_broken():
    (found,) = decode("logistics.trackNoRouteDetail", {"track_info": None})
    assert found.nodes == ()
    (bad,) = decode("logistics.trackNoRouteDetail", {"route_node_list": [{"timestamp": "never"}]})
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize(
    ("need", "needs"), [("Y", True), ("N", False), ("", None), (None, None), ("y", None)]
)
def test_whether_a_refusal_needs_evidence(need, needs):
    row = {"reject_reason_code": 7, "reason": "已发出", "evidence_description": "截图", "evidence_need": need}
    (found,) = decode("afterSale.rejectReasonCodeList", {"items": [row]})
    assert (found.code, found.text, found.hint, found.needs_evidence) == ("7", "已发出", "截图", needs)


# ---------------------------------------------------------------- answers to writes


@pytest.mark.parametrize(
    "method", ["afterSale.operate", "order.logisticsAdd", "afterSale.timeExtend", "comment.reply"]
)
@pytest.mark.parametrize("data", [{}, None, []])
def test_success_without_rows_is_one_result(method, data):
    (found,) = decode(method, data)
    assert (found.ok, found.method) == (True, method)


def test_an_operation_row_by_row():
    rows = [
        {"aftersale_id": 146510010020030002, "status_code": 0, "status_msg": "success"},
        {"aftersale_id": "146510010020030005", "status_code": "20309541", "status_msg": "不支持"},
        {"aftersale_id": 3},
        {"aftersale_id": {}},
    ]
    found = decode("afterSale.operate", {"items": rows})
    assert [getattr(row, "ok", "bad") for row in found] == [True, False, None, "bad"]
    assert found[0].record_id == "146510010020030002"
    assert found[1].code == "20309541"


@pytest.mark.parametrize(
    ("method", "data", "ok", "record"),
    [
        ("order.logisticsAddSinglePack", {"pack_id": "75"}, True, "75"),
        ("order.logisticsAddMultiPack", {"pack_list": [{"pack_id": 76}]}, True, "76"),
        ("afterSale.OpenAfterSaleChannel", {"conclusion": {"match_success": False}}, False, None),
        ("afterSale.OpenAfterSaleChannel", {"conclusion": None}, True, None),
        (
            "afterSale.applyLogisticsIntercept",
            {"intercept_results": [{"is_success": True, "tracking_no": 9}]},
            True,
            "9",
        ),
        (
            "order.ordeReportList",
            {"add_real_mobile_whites": [{"after_sale_id": "8", "order_id": "7"}]},
            None,
            "8",
        ),
    ],
)
def test_writes_with_rows(method, data, ok, record):
    (found,) = decode(method, data)
    assert (found.ok, found.record_id) == (ok, record)


def test_rows_of_another_shape_are_no_answer():
    with pytest.raises(WireError):
        decode("afterSale.operate", [1])
    with pytest.raises(WireError):
        decode("afterSale.List", 5)
    with pytest.raises(WireError):
        decode("afterSale.List", {"items": 5})


# ---------------------------------------------------------------- events


@pytest.mark.parametrize("tag", push.TAGS)
def test_every_tag(tag):
    meaning = push.TAGS[tag]
    data = {"p_id": 6937210010020030111, "aftersale_id": "146510010020030002", "shop_id": 5}
    if meaning.at:
        data[meaning.at] = T
    message = {"tag": int(tag), "msg_id": "m", "data": json.dumps(data)}
    (found,) = decode("push", [message])
    assert (found.topic, found.text, found.event_id) == (tag, meaning.zh, "m")
    assert (found.order_id, found.case_id, found.shop_id) == (
        "6937210010020030111",
        "146510010020030002",
        "5",
    )
    assert found.at == (datetime.fromtimestamp(T, UTC) if meaning.at else None)


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({"update_time": "2022-09-02T10:27:50+08:00"}, "2022-09-02T10:27:50+08:00"),
        ({"update_time": "2022-09-02T10:27:50"}, None),
        ({"update_time": "T"}, None),
        ({"update_time": "9999-12-31T23:59:59-12:00"}, None),
        ({"agree_time": 0, "update_time": T}, datetime.fromtimestamp(T, UTC).isoformat()),
        ({"refuse_time": T}, datetime.fromtimestamp(T, UTC).isoformat()),
        ({"agree_time": True}, None),
        ({"agree_time": [1]}, None),
        ("plain words", None),
        (None, None),
    ],
)
def test_the_time_of_an_event(data, at):
    (found,) = decode("push", [{"tag": "202", "msgId": 5, "data": data}])
    assert (found.at.isoformat() if found.at else None) == at
    assert found.event_id == "5"


def test_a_single_message_and_a_spoilt_body():
    body = b'{"tag":"999","msg_id":"1","data":"{\\"foo\\":1,}",}'
    (found,) = adapter.decode_body("push", body, None)
    assert (found.topic, found.text, found.case_id) == ("999", None, None)
    for spoilt in (b"", b"<html>", b"5", b'"x"', b"[[", b"\xff"):
        with pytest.raises(WireError):
            adapter.decode_body("push", spoilt, None)
    (bad,) = adapter.decode_body("push", b'[{"msg_id":"7"}]', None)
    assert isinstance(bad, Unreadable)
    assert bad.record_id == "7"


# ---------------------------------------------------------------- the rest


def test_what_the_model_has_no_place_for_is_raw(account):
    (found,) = decode("order.logisticsCompanyList", [{"code": "shunfeng"}], account)
    assert isinstance(found, Raw)
    assert (found.data, found.shop_id) == ([{"code": "shunfeng"}], "12345678")
    (found,) = decode("token.refresh", {"access_token": "a", "list": [{"refresh_token": "b"}], "secret": ""})
    assert found.data == {"access_token": "***", "list": [{"refresh_token": "***"}], "secret": ""}


@pytest.mark.parametrize("spelling", ["afterSale.List", "afterSale/List", "/afterSale/List"])
def test_methods_with_dots_or_slashes(spelling):
    assert decode(spelling, {"items": []}) == []


def test_a_method_nobody_documents_names_what_comes_close():
    with pytest.raises(NotFound) as caught:
        decode("aftersale.list", {})
    assert "afterSale.List" in str(caught.value)
    with pytest.raises(NotFound) as caught:
        adapter.decode_body("taobao.trades.sold.get", b"{}", None)
    assert "did you mean" not in str(caught.value)
