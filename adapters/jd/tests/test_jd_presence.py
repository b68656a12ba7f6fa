"""What an answer must hold to be believed: its envelope, its result, its record; and what an error may say of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omnishop.errors import AuthError, ConfigError, NotFound, OmnishopError, WireError
from omnishop.model import Consequence, Favours, Stage, Unreadable, from_beijing_text
from omnishop.ports import Account, App
from omnishop_jd import adapter
from omnishop_jd.catalogue import METHODS
from omnishop_jd.presence import SINGLE

LIST = "jingdong.asc.query.list"
VIEW = "jingdong.asc.query.view"
AUDIT = "jingdong.asc.audit.list"
SEARCH = "jingdong.pop.order.search"
GET = "jingdong.pop.order.get"
APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
COMMENTS = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"
GOOD = {"success": True, "code": "00000"}


def decoded(method: str, inner: Any, suffix: str = "_responce") -> list[Any]:
    body = {method.replace(".", "_") + suffix: inner}
    return adapter.decode_body(method, json.dumps(body, ensure_ascii=False).encode(), None)


def order(**fields: Any) -> Any:
    info = {"orderId": 1, "orderState": "FINISHED_L", **fields}
    inner = {"code": "0", "orderDetailInfo": {"apiResult": {"success": True}, "orderInfo": info}}
    return decoded(GET, inner)[0]


# ---------------------------------------------------------------- roots


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "0"},
        {"data": []},
        {"items": [], "total": 0},
        {"jingdong_asc_query_view_responce": {"code": "0", "result": GOOD}},
        {"jingdong_asc_query_list_more_responce": {"code": "0", "pageResult": GOOD}},
        {"jingdong_asc_query_list_responce": {}},
        {"jingdong_asc_query_list_responce": {"code": "0", "result": GOOD}},
        {"jingdong_asc_query_list_responce": {"code": "0", "pageResult": None}},
        {"jingdong_asc_query_list_responce": None},
    ],
)
def test_json_without_the_methods_own_root_is_not_an_empty_list(body):
    with pytest.raises(WireError):
        adapter.decode_body(LIST, json.dumps(body).encode(), None)


@pytest.mark.parametrize("suffix", ["_responce", "_response"])
def test_both_spellings_and_the_bare_form_of_an_empty_list_stay_empty(suffix):
    inner = {"code": "0", "pageResult": {**GOOD, "data": [], "totalCount": 0}}
    assert decoded(LIST, inner, suffix) == []
    assert adapter.decode_body(LIST, json.dumps(inner).encode(), None) == []


def test_a_trace_or_a_raw_read_without_its_result_is_not_nothing():
    for method in (
        "jingdong.ldop.receive.trace.get",
        "jingdong.asc.query.count",
        "jingdong.asc.freight.view",
    ):
        with pytest.raises(WireError, match="lacks"):
            decoded(method, {"code": "0"})
    # before there is a waybill its data is absent, and that is told (4.4)
    assert decoded("jingdong.asc.freight.view", {"code": "0", "result": GOOD}) == []


# ---------------------------------------------------------------- one record


@pytest.mark.parametrize("method", sorted(SINGLE))
def test_a_detail_without_its_record_is_not_found(method):
    known = METHODS[method]
    good = {"success": True, "apiResult": {"success": True}, "resultCode": 100}
    inner = {"code": "0"} if len(known.path) == 1 else {"code": "0", known.path[0]: good}
    with pytest.raises(NotFound, match="holds no record"):
        decoded(method, inner)


def test_a_flow_that_asks_for_one_order_says_so_too():
    import msgspec

    flow = adapter.order(Account(App("jd", "k", "s"), "jd", "1"), "7")
    next(flow)
    with pytest.raises(NotFound, match="holds no record"):
        flow.send(msgspec.Raw(b'{"code":"0","orderDetailInfo":{"apiResult":{"success":true}}}'))


# ---------------------------------------------------------------- lists that count


@pytest.mark.parametrize(
    ("method", "inner"),
    [
        (LIST, {"pageResult": {**GOOD, "data": [], "totalCount": 3}}),
        (LIST, {"pageResult": {**GOOD, "totalCount": "3", "pageNumber": "1"}}),
        (SEARCH, {"searchorderinfo_result": {"apiResult": {"success": True}, "orderTotal": 18}}),
        (APPLIES, {"queryResult": {"success": "true", "result": None, "totalCount": 1}}),
        (COMMENTS, {"comments": [], "totalItem": 2, "resultCode": "0"}),
        (COMMENTS, {"totalItem": "2"}),
        ("jingdong.pop.order.notPayOrderInfo", {"paginatedInfo": {"totalItem": 1, "index": 1}}),
        (
            "jingdong.afsservice.alltask.get",
            {"publicResultObject5": {"resultCode": 100, "allAfsService": {"totalCount": 1}}},
        ),
    ],
)
def test_a_first_page_that_counts_records_and_holds_none_cannot_be_told(method, inner):
    with pytest.raises(WireError, match="counts records"):
        decoded(method, {"code": "0", **inner})


def test_a_later_page_may_be_empty():
    inner = {"code": "0", "pageResult": {**GOOD, "data": [], "totalCount": 3, "pageNumber": 2}}
    assert decoded(LIST, inner) == []


def test_an_empty_list_needs_no_total():
    assert decoded(SEARCH, {"searchorderinfo_result": {"apiResult": {"success": True}}}) == []
    assert decoded(APPLIES, {"queryResult": {"success": True, "totalCount": 0}}) == []
    for inner in (
        {"totalItem": 0},
        {"comments": []},
        {"comments": None, "resultCode": ""},
        {"resultCode": 0},
    ):
        assert decoded(COMMENTS, {"code": "0", **inner}) == []


def test_comments_that_tell_nothing_or_a_failure_are_not_none():
    with pytest.raises(WireError, match="lacks comments"):
        decoded(COMMENTS, {"code": "0"})
    with pytest.raises(WireError, match="resultCode") as caught:
        decoded(COMMENTS, {"code": "0", "totalItem": 0, "resultCode": "7"})
    assert caught.value.code == "7"


# ---------------------------------------------------------------- errors name fields and are short


@pytest.mark.parametrize(
    ("method", "container", "row", "told"),
    [
        (LIST, "pageResult", {"serviceId": ["4111"]}, "serviceId: Expected `int | str | null`, got `array`"),
        (LIST, "pageResult", {"serviceId": 1, "updateDate": "4111"[:3] + "x"}, "updateDate is no time"),
        (LIST, "pageResult", {"serviceId": 1, "applyTime": 4111.5}, "applyTime: Expected `int | str | null`"),
        (
            VIEW,
            "result",
            {"serviceId": 1, "serviceBillDetailList": [{"skuId": 1}, {"skuId": [4111]}]},
            "serviceBillDetailList.skuId: Expected",
        ),
        (
            VIEW,
            "result",
            {"serviceId": 1, "serviceBillDetailList": [{"skuId": 1, "wareNum": "4111x"}]},
            "serviceBillDetailList.wareNum is no whole number",
        ),
        (VIEW, "result", {"serviceId": 1, "applyDetailList": "4111"}, "applyDetailList is no list"),
        (AUDIT, "pageResult", {"serviceIdList": [1], "auditOvertime": "4111x"}, "auditOvertime is no time"),
        (
            "jingdong.asc.receive.list",
            "pageResult",
            {"serviceId": 1, "skuId": 2, "wareNum": "4111x"},
            "wareNum is",
        ),
        (
            "jingdong.asc.complete.list",
            "pageResult",
            {"afsServiceId": 1, "afsApplyTime": "4111x"},
            "afsApplyTime is no time",
        ),
        (
            "jingdong.asc.serviceAndRefund.view",
            "pageResult",
            {"sameOrderServiceBill": {"serviceId": [4111]}},
            "sameOrderServiceBill.serviceId: Expected",
        ),
    ],
)
def test_a_record_that_does_not_fit_names_the_field_and_never_its_value(method, container, row, told):
    [bad] = decoded(method, {"code": "0", container: {**GOOD, "data": [row]}})
    assert isinstance(bad, Unreadable)
    assert bad.error.startswith(told)
    assert "4111" not in bad.error


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"itemInfoList": [{"skuId": 1, "itemTotal": "4111x"}]}, "itemInfoList.itemTotal is"),
        ({"itemInfoList": [{"skuId": 1, "jdPrice": "4111x"}]}, "itemInfoList.jdPrice is"),
        ({"itemInfoList": [{"skuId": {"4111": 1}}]}, "itemInfoList.skuId: Expected"),
        ({"itemInfoList": "no list"}, "itemInfoList is no list"),
        (
            {"partialLogisticsInfoModel": [{"goods": [{"skuId": [4111]}]}]},
            "partialLogisticsInfoModel.goods.skuId: Expected",
        ),
        ({"actualPay": "4111x"}, "actualPay is no amount"),
    ],
)
def test_a_field_deep_in_an_order_is_named_with_its_way(fields, told):
    bad = order(**fields)
    assert isinstance(bad, Unreadable)
    assert bad.error.startswith(told)
    assert "4111" not in bad.error


@pytest.mark.parametrize("layer", ["gateway", "bare", "business", "login"])
def test_long_codes_and_request_ids_are_cut_in_errors(layer):
    long = "9" * 500
    body: dict[str, Any] = {"error_response": {"code": long, "request_id": long}}
    method = LIST
    if layer == "bare":
        body = {"code": long, "errorMessage": "x", "request_id": long}
    if layer == "business":
        inner = {"pageResult": {"success": False, "code": long, "msg": "否"}, "request_id": long}
        body = {"jingdong_asc_query_list_responce": inner}
    if layer == "login":
        method, body = "oauth.access_token", {"code": long, "msg": "x", "requestId": long}
    with pytest.raises(OmnishopError) as caught:
        adapter.decode_body(method, json.dumps(body).encode(), None)
    assert caught.value.code == caught.value.request_id == "9" * 80
    assert isinstance(caught.value, AuthError) is (layer == "login")


def test_a_long_source_is_cut_in_its_error():
    with pytest.raises(ConfigError) as caught:
        next(adapter.case(Account(App("jd", "k", "s"), "jd", "1"), "x" * 500, "1"))
    assert "x" * 80 in str(caught.value)
    assert "x" * 81 not in caught.value.told("zh")


# ---------------------------------------------------------------- what is read of odd forms

OVERTIME = from_beijing_text("2020-01-11 21:51:08")


def audited(**fields: Any) -> Any:
    row = {"serviceIdList": [7], "auditOvertime": 1578750668000, "orderId": 1, "customerExpect": 10, **fields}
    return decoded(AUDIT, {"code": "0", "pageResult": {**GOOD, "data": [row], "totalCount": 1}})[0]


def test_an_audit_deadline_without_a_status_is_kept_and_its_end_is_unknown():
    for fields in ({}, {"serviceStatus": None}, {"serviceStatus": 10999}):
        case = audited(**fields)
        assert case.stage is Stage.UNKNOWN
        assert case.deadline.at == OVERTIME
        assert (case.deadline.consequence, case.deadline.favours) == (Consequence.UNKNOWN, Favours.UNKNOWN)
        assert case.deadline.extendable is None
    assert audited(serviceStatus=10001).deadline.consequence is Consequence.AGREES
    assert audited(serviceStatus=10010).deadline is None
    assert audited(auditOvertime="").deadline is None


def test_a_detail_tells_what_the_kept_deadline_leads_to():
    import msgspec

    from omnishop_jd.details import complete_service

    flow = complete_service(Account(App("jd", "k", "s"), "jd", "1"), audited())
    next(flow)
    bill = {"serviceId": 7, "orderId": 1, "serviceStatus": 10001, "customerExpect": 20}
    with pytest.raises(StopIteration) as done:
        flow.send(msgspec.Raw(json.dumps({"result": {**GOOD, "data": bill}}).encode()))
    deadline = done.value.value.deadline
    assert (deadline.at, deadline.consequence) == (OVERTIME, Consequence.AGREES)


ITEM = {"skuId": "100071", "itemTotal": "2", "jdPrice": "9.90", "itemExt": '{"skuUuid":"u1"}'}


@pytest.mark.parametrize(
    "told",
    [[ITEM], ITEM, json.dumps([ITEM]), json.dumps(ITEM), f"  {json.dumps([ITEM])}\n"],
    ids=["list", "object", "list in a text", "object in a text", "with space around"],
)
def test_articles_may_be_one_object_or_sit_in_a_text(told):
    [line] = order(itemInfoList=told).lines
    assert (line.line_id, line.sku_id, line.quantity, line.price) == ("u1", "100071", 2, 990)


@pytest.mark.parametrize("nothing", ["", " ", "[]", "{}", "null", None, [], {}])
def test_every_spelling_of_no_articles(nothing):
    assert order(itemInfoList=nothing).lines == ()


@pytest.mark.parametrize(
    ("fields", "paid"),
    [
        ({"actualPay": "7.00", "shouldPay": "8.00", "orderPayment": "9.00"}, 700),
        ({"actualPay": "0.00", "shouldPay": "8.00", "orderPayment": "9.00"}, 0),
        ({"actualPay": "", "shouldPay": "8.00", "orderPayment": "9.00"}, 800),
        ({"actualPay": None, "shouldPay": None, "orderPayment": "9.00"}, 900),
        ({"actualPay": "7.001", "shouldPay": "8.00", "orderPayment": "9.00"}, None),
        ({}, None),
    ],
)
def test_paid_falls_back_only_where_the_newer_sums_are_absent(fields, paid):
    assert order(**fields).amounts.paid == paid


def test_amounts_stay_null_where_a_list_has_none():
    inner = {"code": "0", "pageResult": {**GOOD, "data": [{"serviceId": 1, "actualPayPrice": 9.9}]}}
    amounts = decoded(LIST, inner)[0].amounts
    assert {amounts.requested, amounts.estimated, amounts.approved, amounts.refunded} == {None}


def test_goods_awaited_without_any_waybill_are_not_yet_on_their_way():
    for method in (LIST, "jingdong.asc.receive.list"):
        row = {"serviceId": 1, "serviceStatus": 10005, "customerExpect": 10}
        [case] = decoded(method, {"code": "0", "pageResult": {**GOOD, "data": [row]}})
        assert case.stage is Stage.AWAITING_RETURN
    sent = {**row, "expressCode": "JDX000"}
    [case] = decoded(LIST, {"code": "0", "pageResult": {**GOOD, "data": [sent]}})
    assert case.stage is Stage.RETURNING


def test_secrets_are_hidden_however_spelt_and_inside_texts():
    inner = {
        "code": "0",
        "shop_jos_result": {"accessToken": "aaaa", "note": '{"app_secret":"bbbb"}', "x": "sign=cccc"},
    }
    [raw] = decoded("jingdong.vender.shop.query", inner)
    shown = json.dumps(raw.data)
    assert not any(secret in shown for secret in ("aaaa", "bbbb", "cccc"))
