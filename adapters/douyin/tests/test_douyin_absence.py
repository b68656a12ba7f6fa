"""Successes without records: empty lists, records that are not there, and answers that tell nothing."""

from __future__ import annotations

import json

import pytest

from omnishop.errors import NotFound, OutcomeUnknown, WireError
from omnishop_douyin import adapter


def body(**parts):
    return json.dumps(parts, ensure_ascii=False).encode()


LISTS = {
    "order.searchList": "shop_order_list",
    "afterSale.List": "items",
    "comment.list": "comments",
    "afterSale.rejectReasonCodeList": "items",
}


@pytest.mark.parametrize("method", LISTS)
def test_another_answer_is_no_empty_list(method):
    member = LISTS[method]
    foreign = ({"foo": 1}, {"list": []}, {"page": 0, "size": 10}, {f"{member}_": []}, [1], 5, "x", True)
    for data in foreign:
        with pytest.raises(WireError):
            adapter.decode_body(method, body(code=10000, data=data), None)
    for text in (b"{}", b"[]", b"null", b"1", b'"x"', b'{"data":{"items":[]}}', b'{"items":[]}'):
        with pytest.raises(WireError):
            adapter.decode_body(method, text, None)


@pytest.mark.parametrize("method", LISTS)
def test_an_empty_list_in_every_form_it_is_sent_in(method):
    member = LISTS[method]
    for data in (None, {}, [], {member: []}, {member: None}, {member: "", "total": "0"}, {"total": 0}):
        assert adapter.decode_body(method, body(code=10000, data=data), None) == []
        assert adapter.decode_body(method, body(err_no=0, data=data), None) == []


@pytest.mark.parametrize("method", ["order.searchList", "afterSale.List", "comment.list"])
def test_a_first_page_that_tells_of_rows_and_holds_none(method):
    member = LISTS[method]
    for more in ({}, {"page": 0}, {"page": "0"}, {"page": None}):
        with pytest.raises(WireError, match="tells of records"):
            adapter.decode_body(method, body(code=10000, data={member: [], "total": 3} | more), None)
    later = {member: [], "total": 3, "page": 2}
    assert adapter.decode_body(method, body(code=10000, data=later), None) == []


def test_a_route_that_is_none():
    with pytest.raises(WireError):
        adapter.decode_body("logistics.trackNoRouteDetail", body(code=10000, data={"items": []}), None)
    with pytest.raises(NotFound):
        adapter.decode_body("logistics.trackNoRouteDetail", body(code=10000, data={}), None)


@pytest.mark.parametrize("data", [{}, [], {"shop_order_list": [], "total": 0}, {"shop_order_list": None}, 5])
def test_partly_failed_without_items_is_no_empty_list(data):
    with pytest.raises(WireError, match="partly failed"):
        adapter.decode_body("order.searchList", body(code=10001, data=data), None)


def test_partly_failed_with_items_hands_them_on_and_a_write_without_them_is_in_doubt():
    (order,) = adapter.decode_body(
        "order.searchList", body(code=10001, data={"shop_order_list": [{"order_id": "1"}]}), None
    )
    assert order.order_id == "1"
    row = {"aftersale_id": 1, "status_code": 0}
    (done,) = adapter.decode_body("afterSale.operate", body(code=10001, data={"items": [row]}), None)
    assert done.ok is True
    for method, data in (
        ("afterSale.operate", {}),
        ("afterSale.operate", {"items": []}),
        ("afterSale.operate", {"other": [1]}),
        ("order.logisticsAdd", {"x": [1]}),
        ("order.logisticsAddSinglePack", {"pack_id": "7"}),
    ):
        with pytest.raises(OutcomeUnknown):
            adapter.decode_body(method, body(code=10001, data=data), None)


@pytest.mark.parametrize("method", ["order.logisticsCompanyList", "order.getServiceList", "token.create"])
def test_no_secret_is_in_an_answer_handed_on_as_it_came(method):
    secrets = ("mobile_token", "sessionKey", "sign", "access_token", "appSecret", "event-sign")
    data = [{name: f"hidden-{name}" for name in secrets} | {"name": "顺丰"}]
    text = "https://x.test/?a=1&access_token=hidden-in-text&b=2"
    inside = json.dumps({"refresh_token": "hidden-in-json", "n": 1})
    answer = {"rows": data, "url": text, "extra": inside}
    (found,) = adapter.decode_body(method, body(code=10000, data=answer), None)
    assert "hidden" not in json.dumps(found.data)
    assert found.data["rows"][0]["name"] == "顺丰"
    assert set(found.data["rows"][0]) == {*secrets, "name"}
