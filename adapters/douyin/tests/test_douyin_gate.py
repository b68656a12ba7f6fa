"""What the simulated platform refuses, with the platform's own codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from omnishop.sandbox.face import WireRequest
from omnishop_douyin import methods
from omnishop_douyin.canonical import canonical
from omnishop_douyin.face import face, stock
from omnishop_douyin.face.platform import PLAYED
from omnishop_douyin.signing import digest, sign_text

PAGE = {"page": 0, "size": 10}


# ---------------------------------------------------------------- the gate


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "10000"),
        ({"how": "md5"}, "10000"),
        ({"how": "md5", "sign_method": None}, "10000"),
        ({"http": "GET"}, "10000"),
        ({"http": "GET", "how": "md5"}, "10000"),
        ({"sign": "00"}, "40003/isv.signature-invalid"),
        ({"sign": None}, "40001/isv.signature-missing"),
        ({"sign_method": "sha1"}, "40003/isv.parameter-invalid"),
        ({"sign_method": None}, "40003/isv.signature-invalid"),
        ({"app_key": None}, "40001/isv.app-id-missing"),
        ({"app_key": "77"}, "40003/isv.app-id-invalid"),
        ({"app_key": "7999999999999999999"}, "40001/isv.app-id-missing"),
        ({"path": "/afterSale/Detail"}, "40003/isv.parameter-invalid"),
        ({"v": None}, "40001/isv.parameter-missing"),
        ({"v": "1"}, "40003/isv.parameter-invalid"),
        ({"timestamp": None}, "40001/isv.parameter-missing"),
        ({"timestamp": "yesterday"}, "40003/isv.timestamp-format-error"),
        ({"timestamp": "99999999999999999"}, "40003/isv.timestamp-format-error"),
        ({"timestamp": "1714492800"}, "40003/isv.timestamp-invalid"),
        ({"access_token": None}, "40001/isv.access-token-missing"),
        ({"access_token": "gone"}, "40003/isv.access-token-no-existed"),
        ({"text": "page=0"}, "40003/isv.parameter-format-invalid"),
        ({"text": "[1]"}, "40003/isv.parameter-format-invalid"),
        ({"text": "[" * 100_000}, "40003/isv.parameter-format-invalid"),
        ({"text": "page=0&size=10"}, "40003/isv.parameter-format-invalid"),
        ({"text": "param_json=%7B%22page%22%3A0%7D"}, "40003/isv.parameter-format-invalid"),
        ({"text": '{"page":0,"size":10,"order_id":"\\ud800"}'}, "10000"),
        ({"text": '{"page":0,"size":10,"order_id":"\\ud800"}', "sign": "00"}, "40003/isv.signature-invalid"),
        ({"text": '{"a":' * 600 + "1" + "}" * 600, "sign": "00"}, "40003/isv.signature-invalid"),
    ],
)
def test_the_gate(reader, more, code):
    assert reader.code("afterSale.List", PAGE, **more) == code


def test_the_three_forms_of_a_timestamp(reader):
    now = datetime.now(UTC)
    wall = (now + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    for form in (str(int(now.timestamp())), str(int(now.timestamp() * 1000)), wall):
        assert reader.code("afterSale.List", PAGE, timestamp=form) == "10000"
    late = (now - timedelta(minutes=11)).timestamp()
    assert reader.code("afterSale.List", PAGE, timestamp=str(int(late))) == "40003/isv.timestamp-invalid"


@pytest.mark.parametrize(
    "text",
    [
        '{"size": 10, "page": 0}',
        '{"page":"0","size":"10","order_id":null}',
        '{"size":10,"page":0,"order_id":"\\u0026"}',
    ],
)
def test_what_is_signed_as_it_is_sent_holds(reader, text):
    assert reader.code("afterSale.List", text=text) == "10000"


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("afterSale.List", '{"page":0.0,"size":1e1}'),
        ("order.searchList", '{"page":0.0,"size":10.0,"b_type":2.0}'),
        ("afterSale.rejectReasonCodeList", '{"aftersale_id":null}'),
    ],
)
def test_a_float_with_an_integral_value_is_the_integer(reader, method, text):
    """Wire page 1.2, rule 7: it is taken as the number, signed as it is sent or without its `.0`."""
    assert reader.code(method, text=text) == "10000"
    now = str(int(datetime.now(UTC).timestamp()))
    shop = reader.shop
    base = sign_text(shop.app_key, shop.app_secret, method, canonical(json.loads(text)), now)
    sign = digest(shop.app_secret, base, "hmac-sha256")
    assert reader.code(method, text=text, sign=sign, timestamp=now) == "10000"


@pytest.mark.parametrize("signed", ["sorted", "escaped", "ascii"])
def test_a_body_that_differs_from_the_signed_text_is_canonicalised_again(reader, signed):
    params = {"size": 10, "page": 0, "order_id": "<重>"}
    texts = {
        "sorted": canonical(params),
        "escaped": canonical(params).replace("<", "\\u003c").replace(">", "\\u003e"),
        "ascii": json.dumps(params, sort_keys=True, separators=(",", ":")),
    }
    shop = reader.shop
    now = str(int(datetime.now(UTC).timestamp()))
    base = sign_text(shop.app_key, shop.app_secret, "afterSale.List", texts[signed], now)
    body = json.dumps(params, ensure_ascii=False)
    sign = digest(shop.app_secret, base, "hmac-sha256")
    assert reader.code("afterSale.List", text=body, sign=sign, timestamp=now) == "10000"


def test_no_parameters_in_every_spelling(reader):
    for text in ("{}", "[]", ""):
        assert reader.code("order.logisticsCompanyList", text=text or "{}") == "10000"
    answer = reader.ask("order.logisticsCompanyList")
    assert {row["code"] for row in answer["data"]} >= {"shunfeng", "yuantong"}


def test_the_old_pair_stands_beside_the_new_one_unless_it_is_switched_off(reader):
    both = reader.ask("afterSale.List", PAGE)
    assert (both["err_no"], both["message"], both["code"]) == (0, "success", 10000)
    assert "err_no" not in reader.ask("afterSale.List", PAGE, headers={"x-open-no-old-err-code": "1"})
    expired = reader.ask("afterSale.List", PAGE, access_token="gone")
    assert (expired["err_no"], expired["data"]) == (30005, None)


def test_every_answer_has_a_log_id_of_34_characters(reader):
    for answer in (reader.ask("afterSale.List", PAGE), reader.ask("afterSale.List", {})):
        assert len(answer["log_id"]) == 34
        assert answer["log_id"][:14].isdigit()


@pytest.mark.parametrize("method", sorted(methods.KNOWN - set(PLAYED) - methods.TOKENS - {"push"}))
def test_known_methods_that_are_not_played_are_out_of_service(reader, method):
    assert reader.code(method) == "70000/isp.api-service-off"
    assert reader.simulation.world.log[-1].verdict == "not simulated"


@pytest.mark.parametrize("method", ["comment.list", "comment.reply"])
def test_reviews_are_withdrawn(reader, method):
    assert reader.code(method) == "70000/isp.comment-service-off"


@pytest.mark.parametrize(
    "path",
    [
        "/aftersale/list",
        "/AfterSale/List",
        "/afterSale/list",
        "/afterSale",
        "/a/b/c",
        "/",
        "/index.php",
        "/x-y/z",
    ],
)
@pytest.mark.parametrize("gone", [(), ("v",), ("sign",), ("method",), ("app_key", "x")])
def test_a_path_nobody_knows_is_an_unknown_method(reader, path, gone):
    """HTTP 200 with the platform's own code, wherever the request is one of this gateway's."""
    query = {
        "app_key": reader.shop.app_key,
        "method": "afterSale.List",
        "access_token": reader.token,
        "timestamp": "1",
        "v": "2",
        "sign": "00",
    }
    for name in gone:
        query.pop(name, None)
    query = query if "app_key" not in gone else query | {"app_key": "7"}
    request = WireRequest("POST", "127.0.0.1:8765", path, urlencode(query), {}, b"{}")
    answer = reader.simulation.answer(request)
    found = json.loads(answer.content)
    assert (answer.status, found["code"], found["sub_code"]) == (200, 70000, "isp.api-service-off")
    assert reader.simulation.world.log[-1].verdict == "refused"


def test_an_unknown_method(reader):
    assert reader.code("foo.bar") == "70000/isp.api-service-off"
    assert reader.simulation.world.log[-1].verdict == "refused"


# ---------------------------------------------------------------- business refusals


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("afterSale.List", {"size": 10}, "40002/isv.missing-parameter:11000"),
        ("afterSale.List", {"page": 0, "size": 101}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.List", {"page": -1, "size": 10}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.List", {"page": "x", "size": 10}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.List", {"page": 0.5, "size": 10}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.List", {"page": 501, "size": 100}, "40004/isv.parameter-invalid:11003"),
        ("afterSale.List", PAGE | {"order_by": ["price asc"]}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.Detail", {}, "40002/isv.missing-parameter:11000"),
        ("afterSale.Detail", {"after_sale_id": "x"}, "40004/isv.parameter-invalid:11000"),
        ("afterSale.Detail", {"after_sale_id": "1"}, "50002/isv.business-failed:10002"),
        ("order.searchList", {}, "40002/isv.missing-parameter:20008"),
        ("order.searchList", {"page": 0, "size": 101}, "40004/isv.parameter-invalid:20008"),
        ("order.searchList", {"page": -1, "size": 10}, "40004/isv.parameter-invalid:10035"),
        ("order.searchList", {"page": 600, "size": 100}, "40004/isv.parameter-invalid:20013"),
        ("order.searchList", PAGE | {"combine_status": [{}, {}]}, "40004/isv.parameter-invalid:20012"),
        (
            "order.searchList",
            PAGE | {"create_time_start": 1, "create_time_end": 2},
            "40004/isv.parameter-invalid:20022",
        ),
        ("order.searchList", PAGE | {"create_time_end": 2}, "40004/isv.parameter-invalid:20011"),
        (
            "order.searchList",
            PAGE | {"update_time_start": 5, "update_time_end": 5},
            "40004/isv.parameter-invalid:20011",
        ),
        ("order.searchList", PAGE | {"order_by": "price"}, "40004/isv.parameter-invalid:20011"),
        ("order.orderDetail", {}, "40002/isv.missing-parameter:20000"),
        ("order.orderDetail", {"shop_order_id": "1"}, "40004/isv.parameter-invalid:20014"),
        ("afterSale.rejectReasonCodeList", {"aftersale_id": 1}, "40004/isv.parameter-invalid:11000"),
        ("address.list", {}, "40004/isv.parameter-invalid:5001"),
        ("address.list", {"order_field": "create_time"}, "40002/isv.missing-parameter:5001"),
        (
            "address.list",
            {"order_field": "create_time", "order_by": "asc", "page_no": 0, "page_size": 10},
            "40004/isv.parameter-invalid:5001",
        ),
        ("logistics.trackNoRouteDetail", {"logistics_code": "x"}, "40002/isv.missing-parameter:10000"),
    ],
)
def test_business_refusals(reader, method, params, code):
    assert reader.code(method, params) == code
    assert reader.simulation.world.log[-1].code == code


def other_shop(wire):
    """A second shop with its own app in the same world."""
    world = wire.simulation.world
    shop = face.open_shop(world, "douyin")
    world.shops.append(shop)
    return shop


def test_what_belongs_to_another_shop_is_refused(wire):
    shop = other_shop(wire)
    case, order = (
        next(iter(wire.simulation.world.cases.values())),
        next(iter(wire.simulation.world.orders.values())),
    )
    foreign = stock.current(wire.simulation.world, shop).access
    assert wire.code("afterSale.List", PAGE, access_token=foreign) == "40003/isv.access-token-invalid"
    wire.shop, wire.token = shop, foreign
    assert wire.code("afterSale.Detail", {"after_sale_id": case.case_id}) == "50002/isv.business-failed:12001"
    assert (
        wire.code("order.orderDetail", {"shop_order_id": order.order_id}) == "50002/isv.business-failed:20015"
    )
    assert wire.ask("afterSale.List", PAGE)["data"]["total"] == 0
    assert wire.code("afterSale.rejectReasonCodeList", {"aftersale_id": case.case_id}).startswith("40004")
