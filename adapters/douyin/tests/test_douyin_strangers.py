"""Request forms of published clients, written anew from reading them; the simulated platform takes each."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from omnishop.model import Kind, Stage
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.simulation import Simulation
from omnishop_douyin.face import stock

HOST = "openapi-fxg.jinritemai.com"


@pytest.fixture
def keys(still):
    shop = still.world.shops[0]
    return shop.app_key, shop.app_secret, stock.current(still.world, shop).access


def around(secret, *parts):
    return secret + "".join(parts) + secret


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def wall_clock():
    return (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def send(simulation, http, path, query, content=b"", kind="application/json"):
    headers = {"content-type": kind}
    return json.loads(simulation.answer(WireRequest(http, HOST, path, query, headers, content)).content)


def test_a_go_program_of_2020_with_everything_in_the_query(still, keys):
    """jemo's openapiFxg package on GitHub: GET, MD5, Beijing wall clock, numbers as text, answer read by err_no."""
    app_key, secret, token = keys
    param_json = '{"page":"0","size":"10"}'
    wall = wall_clock()
    text = around(secret, "app_key", app_key, "method", "afterSale.List", "param_json", param_json)
    text = text.removesuffix(secret) + "timestamp" + wall + "v2" + secret
    query = {
        "method": "afterSale.List",
        "app_key": app_key,
        "access_token": token,
        "param_json": param_json,
        "timestamp": wall,
        "v": "2",
        "sign": md5(text),
        "sign_method": "md5",
    }
    answer = send(still, "GET", "/afterSale/List", urlencode(query))
    assert (answer["err_no"], answer["message"]) == (0, "success")
    assert len(answer["data"]["items"]) == 10


def test_a_java_waybill_client_that_posts_unsorted_json_twice(still, keys):
    """A Java waybill class on GitHub: MD5 without sign_method, the same unsorted text as body and in the query."""
    app_key, secret, token = keys
    param_json = '{"size":5,"page":0,"order_by":["update_time desc"]}'
    now = str(int(datetime.now(UTC).timestamp()))
    text = around(
        secret,
        "app_key",
        app_key,
        "method",
        "afterSale.List",
        "param_json",
        param_json,
        "timestamp",
        now,
        "v",
        "2",
    )
    query = {
        "method": "afterSale.List",
        "app_key": app_key,
        "access_token": token,
        "timestamp": now,
        "param_json": param_json,
        "v": "2",
        "sign": md5(text),
    }
    answer = send(still, "POST", "/afterSale/List", urlencode(query), param_json.encode())
    assert answer["code"] == 10000
    times = [row["aftersale_info"]["update_time"] for row in answer["data"]["items"]]
    assert times == sorted(times, reverse=True)


def test_a_typescript_client_that_sorts_keys_and_signs_with_sha256(still, keys):
    """A TypeScript client on GitHub (doudian api client): HMAC-SHA256, seconds, JSON body, `code === 10000`."""
    app_key, secret, token = keys
    now = datetime.now(UTC)
    params = {"page": 0, "size": 3, "order_asc": False, "order_by": "create_time"}
    param_json = json.dumps(params, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    seconds = str(int(now.timestamp()))
    pattern = f"app_key{app_key}method{'order.searchList'}param_json{param_json}timestamp{seconds}v2"
    sign = hmac.new(secret.encode(), around(secret, pattern).encode(), hashlib.sha256).hexdigest()
    query = urlencode(
        {
            "app_key": app_key,
            "method": "order.searchList",
            "access_token": token,
            "timestamp": seconds,
            "v": "2",
            "sign": sign,
            "sign_method": "hmac-sha256",
        }
    )
    answer = send(still, "POST", "/order/searchList", query, param_json.encode())
    assert answer["code"] == 10000
    assert answer["data"]["shop_order_list"][0]["sku_order_list"][0]["spec"]


JAVA_SIGNED = (
    '{"order_id":null,"page":0,"size":2,"store_name":'
    '"\\u003ca\\u0026b\\u003e c\\u003dd it\\u0027s / \\"汉😀\\""}'
)
JAVA_SENT = [
    '{"size":2,"store_name":"<a&b> c=d it\'s / \\"汉😀\\"","page":0,"order_id":null}',
    '{"size":2,"store_name":"\\u003ca\\u0026b\\u003e c\\u003dd it\\u0027s / \\"汉😀\\"","page":0,"order_id":null}',
]


@pytest.mark.parametrize("body", JAVA_SENT, ids=["plain", "escaped"])
def test_the_official_java_sdk_signs_milliseconds_nulls_and_its_own_escapes(still, keys, body):
    """As the wire page has it of the official Java SDK: sorted and escaped text is signed by MD5, the body is
    unsorted. Its JSON library escapes five characters by default, `=` and `'` among them."""
    app_key, secret, token = keys
    millis = str(int(datetime.now(UTC).timestamp() * 1000))
    text = f"app_key{app_key}methodafterSale.Listparam_json{JAVA_SIGNED}timestamp{millis}v2"
    query = {
        "app_key": app_key,
        "method": "afterSale.List",
        "access_token": token,
        "timestamp": millis,
        "v": "2",
        "sign": md5(around(secret, text)),
        "sign_method": "md5",
    }
    assert send(still, "POST", "/afterSale/List", urlencode(query), body.encode())["code"] == 10000
    spoilt = urlencode(query | {"sign": md5(around(secret, text.replace("汉", "漢")))})
    assert send(still, "POST", "/afterSale/List", spoilt, body.encode())["code"] == 40003


def test_a_laravel_package_that_asks_in_the_query(still, keys):
    """Abbotton/laravel-doudian: MD5, wall clock, all parameters and param_json in the query of a GET."""
    app_key, secret, token = keys
    wall, param_json = wall_clock(), '{"page":0,"size":4}'
    signed = f"app_key{app_key}methodafterSale.Listparam_json{param_json}timestamp{wall}v2"
    query = {
        "app_key": app_key,
        "timestamp": wall,
        "v": "2",
        "method": "afterSale.List",
        "access_token": token,
        "sign": md5(around(secret, signed)),
    }
    param = {"param_json": param_json}
    kind = "application/x-www-form-urlencoded"
    answer = send(still, "GET", "/afterSale/List", urlencode(query | param), kind=kind)
    assert (answer["err_no"], answer["data"]["size"]) == (0, 4)
    form = send(still, "POST", "/afterSale/List", urlencode(query), urlencode(param).encode(), kind)
    assert (form["code"], form["sub_code"]) == (40003, "isv.parameter-format-invalid")
    whole = send(still, "POST", "/afterSale/List", "", urlencode(query | param).encode(), kind)
    assert (whole["code"], whole["sub_code"]) == (40001, "isv.app-id-missing")


def test_a_python_package_that_makes_its_own_token(simulation):
    """minibear2021/doudian: token.create by itself, HMAC over escaped JSON without sign_method, expects err_no."""
    shop = simulation.world.shops[0]
    wall = wall_clock()
    params = {"code": "", "grant_type": "authorization_self", "shop_id": shop.shop_id}
    param_json = json.dumps(params, sort_keys=True, separators=(",", ":"))
    signed = f"app_key{shop.app_key}methodtoken.createparam_json{param_json}timestamp{wall}v2"
    sign = hmac.new(
        shop.app_secret.encode(), around(shop.app_secret, signed).encode(), hashlib.sha256
    ).hexdigest()
    query = {"app_key": shop.app_key, "method": "token.create", "timestamp": wall, "v": 2, "sign": sign}
    query["sign_method"] = "hmac-sha256"
    answer = send(simulation, "POST", "/token/create", urlencode(query), param_json.encode())
    assert answer["err_no"] == 0
    assert isinstance(answer["data"]["expires_in"], int)
    assert answer["data"]["access_token"] == stock.current(simulation.world, shop).access


# ---------------------------------------------------------------- writes, as clients in use send them


@pytest.fixture(scope="module")
def writing(speak):
    """A world that these requests change, and one case of it to agree to."""
    simulation = Simulation.new(platforms=("douyin",), seed=7)
    return speak(simulation)


def waiting(wire, kind):
    cases = wire.simulation.world.cases.values()
    return next(case for case in cases if case.kind is kind and case.stage is Stage.REQUESTED)


def test_a_client_that_sends_every_number_as_text_can_write(writing):
    """PHP and Python clients build param_json from form fields."""
    case = waiting(writing, Kind.CANCEL)
    items = [{"aftersale_id": case.case_id, "update_time": str(int(case.changed_at.timestamp()))}]
    assert writing.code("afterSale.operate", {"type": "401", "items": items}) == "10000"
    assert case.stage is Stage.REFUNDING


def test_a_client_that_sends_the_id_as_a_number_can_write(writing):
    """Go and Java clients have int64 here."""
    case = waiting(writing, Kind.REFUND_ONLY)
    params = {"type": 201, "items": [{"aftersale_id": int(case.case_id)}]}
    assert writing.code("afterSale.operate", params) == "10000"
    assert case.stage is Stage.REFUNDING


def test_a_client_of_2022_with_md5_and_get_can_write(writing):
    case = waiting(writing, Kind.RETURN_REFUND)
    remark = {"after_sale_id": case.case_id, "remark": "质量问题 & 已<核实>"}
    assert writing.code("afterSale.addOrderRemark", remark, how="md5", http="GET") == "10000"
    assert case.marks["remarks"][0]["remark"] == "质量问题 & 已<核实>"


def test_an_address_written_out_is_retired(writing):
    """after_sale_address_detail ended in August 2023: the number of an address is what counts."""
    case = waiting(writing, Kind.RETURN_REFUND)
    detail = {"province_name": "浙江省", "city_name": "杭州市", "detail": "示例路1号", "mobile": "1"}
    item = {"aftersale_id": case.case_id, "logistics": {"after_sale_address_detail": detail}}
    assert writing.code("afterSale.operate", {"type": 101, "items": [item]}).startswith("40002/")
    assert case.stage is Stage.REQUESTED
