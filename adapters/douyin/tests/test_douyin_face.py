"""The simulated platform: the platform's refusals, its quirks, the login walk, and the same bytes each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from omnishop.errors import AuthError, NotFound, NotSupported
from omnishop.flow import Call
from omnishop.model import Kind, Stage
from omnishop.ports import Account, App, Token
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.rules import Evidence
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import Forbidden, take
from omnishop_douyin import adapter, methods
from omnishop_douyin.canonical import canonical
from omnishop_douyin.face import face, stock
from omnishop_douyin.face.platform import PLAYED
from omnishop_douyin.signing import digest, sign_text

HOST = "openapi-fxg.jinritemai.com"


class Wire:
    """Speaks to a simulation by hand, so that every part of a request can be spoilt."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.shop = simulation.world.shops[0]
        self.token = stock.current(simulation.world, self.shop).access

    def ask(
        self,
        method,
        params=None,
        *,
        how="hmac-sha256",
        http="POST",
        path=None,
        text=None,
        headers=None,
        **query,
    ):
        now = str(int(datetime.now(UTC).timestamp()))
        body = canonical(params or {}) if text is None else text
        given = {
            "app_key": self.shop.app_key,
            "method": method,
            "access_token": self.token,
            "timestamp": now,
            "v": "2",
        }
        given = {name: value for name, value in (given | query).items() if value is not None}
        key, stamp = given.get("app_key", ""), given.get("timestamp", "")
        base = sign_text(key, self.shop.app_secret, method, body, stamp)
        signed = {"sign": digest(self.shop.app_secret, base, how), "sign_method": how} | query
        given |= {name: value for name, value in signed.items() if value is not None}
        if http == "GET":
            given["param_json"] = body
        target = path or "/" + method.replace(".", "/")
        content = b"" if http == "GET" else body.encode()
        answer = self.simulation.answer(
            WireRequest(http, HOST, target, urlencode(given), headers or {}, content)
        )
        return json.loads(answer.content)

    def code(self, *args, **more):
        found = self.ask(*args, **more)
        return f"{found['code']}/{found['sub_code']}" if found["sub_code"] else str(found["code"])


@pytest.fixture
def wire(simulation):
    return Wire(simulation)


@pytest.fixture(scope="module")
def reader():
    return Wire(Simulation.new(platforms=("douyin",), seed=7))


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


# ---------------------------------------------------------------- filters and quirks


def test_filters_of_the_case_list(reader):
    every = reader.ask("afterSale.List", {"page": 0, "size": 100})["data"]
    rows = [row["aftersale_info"] for row in every["items"]]
    for name, of in (("aftersale_type", 0), ("aftersale_status", 6)):
        found = reader.ask("afterSale.List", {"page": 0, "size": 100, name: of})["data"]
        assert found["total"] == len([row for row in rows if row[name] == of]) > 0
    ruled = reader.ask("afterSale.List", {"page": 0, "size": 100, "arbitrate_status": [255]})["data"]
    assert ruled["total"] == len([row for row in rows if row["arbitrate_status"] == 255]) > 0
    one = reader.ask("afterSale.List", PAGE | {"aftersale_id": rows[0]["aftersale_id"]})["data"]
    assert one["total"] == 1
    order_id = every["items"][0]["order_info"]["shop_order_id"]
    assert reader.ask("afterSale.List", PAGE | {"order_id": order_id})["data"]["total"] == 1
    final = {"aftersale_status_to_final_start_time": 1, "aftersale_status_to_final_end_time": 2**33}
    ended = reader.ask("afterSale.List", {"page": 0, "size": 100} | final)["data"]
    assert ended["total"] == len([row for row in rows if row["aftersale_status_to_final_time"]]) > 0
    both = {"start_time": rows[-1]["apply_time"], "end_time": rows[0]["apply_time"]}
    assert reader.ask("afterSale.List", {"page": 0, "size": 100} | both)["data"]["total"] == len(rows) - 1


def test_pages_count_from_0_and_tell_what_they_hold(reader):
    first = reader.ask("afterSale.List", {"page": 0, "size": 20})["data"]
    last = reader.ask("afterSale.List", {"page": 1, "size": 20})["data"]
    beyond = reader.ask("afterSale.List", {"page": 2, "size": 20})["data"]
    assert [(page["has_more"], page["size"], page["total"]) for page in (first, last, beyond)] == [
        (True, 20, 30),
        (False, 10, 30),
        (False, 0, 30),
    ]
    assert beyond["items"] == []


def test_ids_are_text_in_the_list_and_integers_in_the_detail(reader):
    row = reader.ask("afterSale.List", PAGE)["data"]["items"][0]["aftersale_info"]
    detail = reader.ask("afterSale.Detail", {"after_sale_id": row["aftersale_id"]})["data"]
    number = detail["process_info"]["after_sale_info"]["after_sale_id"]
    assert isinstance(row["aftersale_id"], str)
    assert isinstance(number, int)
    assert number > 2**53
    assert detail["process_info"]["record_logs_list"] == []


def test_milliseconds_find_no_order(reader):
    now = int(datetime.now(UTC).timestamp() * 1000)
    found = reader.ask("order.searchList", PAGE | {"create_time_start": now - 10**9, "create_time_end": now})
    assert found["data"]["total"] == 0


def test_orders_by_status_and_in_both_directions(reader):
    everything = reader.ask("order.searchList", {"page": 0, "size": 100})["data"]
    times = [row["create_time"] for row in everything["shop_order_list"]]
    assert times == sorted(times, reverse=True)
    up = reader.ask("order.searchList", {"page": 0, "size": 100, "order_asc": True})["data"]
    assert [row["create_time"] for row in up["shop_order_list"]] == sorted(times)
    some = reader.ask(
        "order.searchList", {"page": 0, "size": 100, "combine_status": [{"order_status": "2,101"}]}
    )
    statuses = {row["order_status"] for row in some["data"]["shop_order_list"]}
    assert statuses
    assert statuses <= {2, 101}


def test_refuse_reasons_with_and_without_a_case(reader):
    assert len(reader.ask("afterSale.rejectReasonCodeList")["data"]["items"]) == 3
    world = reader.simulation.world
    open_return = next(
        c for c in world.cases.values() if c.kind is Kind.RETURN_REFUND and c.stage is Stage.REQUESTED
    )
    unshipped = next(c for c in world.cases.values() if c.kind is Kind.CANCEL)
    ask = "afterSale.rejectReasonCodeList"
    assert len(reader.ask(ask, {"aftersale_id": int(open_return.case_id)})["data"]["items"]) == 2
    assert reader.ask(ask, {"aftersale_id": int(unshipped.case_id)})["data"]["items"] == []


def test_a_trace_shows_what_has_happened_newest_first(reader):
    world = reader.simulation.world
    parcel = next(p for order in world.orders.values() for p in order.parcels if len(p.nodes) > 2)
    names = {"SF": "shunfeng", "YTO": "yuantong", "ZTO": "zhongtong", "YUNDA": "yunda", "STO": "shentong"}
    params = {"logistics_code": names[parcel.carrier], "track_no": parcel.tracking_no}
    nodes = reader.ask("logistics.trackNoRouteDetail", params)["data"]["route__node_list"]
    assert nodes[0]["state"] == "3"
    assert [int(node["timestamp"]) for node in nodes] == sorted(
        (int(n["timestamp"]) for n in nodes), reverse=True
    )
    wrong = reader.ask("logistics.trackNoRouteDetail", params | {"logistics_code": "jtexpress"})["data"]
    assert wrong["route__node_list"] == []


# ---------------------------------------------------------------- tokens and login


def account_of(simulation, gateway="http://douyin.test"):
    keys = simulation.shops(gateway)["douyin"]
    app = App("douyin", keys["app_key"], keys["app_secret"], gateway=gateway, service_id=keys["service_id"])
    return Account(app, "douyin", keys["shop_id"])


def carry(simulation, flow, account, token=None):
    """A flow against the simulation, with the real codec."""
    try:
        call = next(flow)
        while True:
            request = adapter.codec.encode(call, account, token, datetime.now(UTC))
            answer = simulation.answer(
                WireRequest.of("POST", request.url, dict(request.headers), request.content)
            )
            try:
                payload = adapter.codec.decode(call, answer)
            except AuthError as error:
                call = flow.throw(error)
            else:
                call = flow.send(payload)
    except StopIteration as done:
        return done.value


def test_the_login_walk(simulation, opened):
    account = account_of(simulation)
    url = adapter.authorize_url(account.app, "http://127.0.0.1:7/callback?x=1", "state 1")
    answer = simulation.answer(WireRequest.of("GET", url, {}, b""))
    assert answer.status == 302
    back = urlsplit(answer.headers["location"])
    assert back.netloc == "127.0.0.1:7"
    found = parse_qs(back.query)
    assert (found["state"], found["x"]) == (["state 1"], ["1"])
    now = datetime.now(UTC)
    grant = carry(simulation, adapter.exchange(account, found["code"][0], "", now), account)
    assert grant.shop_id == account.shop_id
    assert abs(grant.token.expires_at - now - timedelta(days=7)) < timedelta(seconds=5)
    with opened(simulation, access_token=grant.token.access) as shop:
        assert shop.whoami().shop_id == account.shop_id
    for code in (found["code"][0], "never given"):
        with pytest.raises(AuthError) as caught:
            carry(simulation, adapter.exchange(account, code, "", now), account)
        assert caught.value.cure == "login"


def test_a_login_page_without_a_known_service(simulation):
    url = "http://fuwu.jinritemai.com/authorize?service_id=0&state=s"
    assert simulation.answer(WireRequest.of("GET", url, {}, b"")).status == 404
    known = simulation.world.shops[0].service_id
    plain = f"http://fuwu.jinritemai.com/authorize?service_id={known}&state=s"
    assert (
        simulation.answer(WireRequest.of("GET", plain, {}, b""))
        .headers["location"]
        .startswith(stock.CALLBACK)
    )


def test_an_old_code(wire):
    world = wire.simulation.world
    query = f"service_id={wire.shop.service_id}&state=s"
    answer = wire.simulation.answer(WireRequest("GET", "fuwu.jinritemai.com", "/authorize", query))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    world.clock.advance(601)
    grant = {"grant_type": "authorization_code", "code": code}
    assert wire.code("token.create", grant) == "50001/dop.token-generate-failed:code-expired"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("token.create", {"grant_type": "authorization_self", "code": ""}, "10000"),
        ("token.create", {"grant_type": "authorization_self"}, "50002/isv.business-failed:4"),
        ("token.create", {"grant_type": "authorization_code", "code": ""}, "50002/isv.business-failed:4"),
        (
            "token.create",
            {"grant_type": "authorization_self", "code": "", "shop_id": "1"},
            "50001/dop.token-generate-failed:no-authorization",
        ),
        ("token.create", {"grant_type": "x"}, "50001/dop.token-generate-failed:grant-type-invalid"),
        ("token.refresh", {"grant_type": "x"}, "50001/dop.token-generate-failed:grant-type-invalid"),
        ("token.refresh", {"grant_type": "refresh_token"}, "50002/isv.business-failed:31009"),
        (
            "token.refresh",
            {"grant_type": "refresh_token", "refresh_token": "x"},
            "50002/isv.business-failed:31009",
        ),
    ],
)
def test_refusals_of_token_calls(wire, method, params, code):
    assert wire.code(method, params, access_token=None) == code


def refreshed(simulation, token):
    account = account_of(simulation)
    return carry(simulation, adapter.refresh(account, token, datetime.now(UTC)), account).token


def held(simulation):
    found = stock.current(simulation.world, simulation.world.shops[0])
    return Token(found.access, found.refresh)


def test_refresh_by_the_platforms_rules(simulation, wire):
    first = held(simulation)
    same = refreshed(simulation, first)
    assert (same.access, same.refresh) == (first.access, first.refresh)
    simulation.world.clock.advance(7 * 86400 - 1800)
    fresh = refreshed(simulation, first)
    assert fresh.access != first.access
    assert wire.code("afterSale.List", PAGE, access_token=first.access) == "10000"
    simulation.world.clock.advance(3700)
    assert wire.code("afterSale.List", PAGE, access_token=first.access) == "40003/isv.access-token-no-existed"
    assert wire.code("afterSale.List", PAGE, access_token=fresh.access) == "10000"
    with pytest.raises(AuthError):
        refreshed(simulation, first)


def test_refresh_after_expiry_and_too_late(simulation, wire):
    first = held(simulation)
    simulation.world.clock.advance(8 * 86400)
    assert wire.code("afterSale.List", PAGE) == "40003/isv.access-token-expired"
    fresh = refreshed(simulation, first)
    assert wire.code("afterSale.List", PAGE, access_token=fresh.access) == "10000"
    simulation.world.clock.advance(15 * 86400)
    with pytest.raises(AuthError) as caught:
        refreshed(simulation, fresh)
    assert caught.value.cure == "login"


def test_a_new_login_replaces_the_old_token_within_an_hour(simulation, wire):
    first = held(simulation)
    query = f"service_id={wire.shop.service_id}&state=s"
    answer = simulation.answer(WireRequest("GET", "fuwu.jinritemai.com", "/authorize", query))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert wire.code("token.create", {"grant_type": "authorization_code", "code": code}) == "10000"
    assert held(simulation).access != first.access
    assert wire.code("afterSale.List", PAGE) == "10000"
    simulation.world.clock.advance(3700)
    assert wire.code("afterSale.List", PAGE) == "40003/isv.access-token-no-existed"


def test_a_self_use_app_keeps_a_pair_that_still_lives(simulation, wire):
    first = held(simulation)
    again = wire.ask("token.create", {"grant_type": "authorization_self", "code": ""})["data"]
    assert again["access_token"] == first.access
    simulation.world.clock.advance(8 * 86400)
    later = wire.ask("token.create", {"grant_type": "authorization_self", "code": ""})["data"]
    assert later["access_token"] == held(simulation).access != first.access


def test_the_driver_refreshes_an_expired_token_by_itself(simulation, opened):
    with opened(simulation) as shop:
        simulation.world.clock.advance(8 * 86400)
        assert shop.whoami().shop_id == shop.account.shop_id


# ---------------------------------------------------------------- which requests are ours, and the same every time


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://openapi-fxg.jinritemai.com/anything", True),
        ("https://openapi-fxg.jinritemai.com:443/x/y", True),
        ("https://fuwu.jinritemai.com/authorize?service_id=1", True),
        ("http://127.0.0.1:8/authorize?service_id=1", True),
        ("http://127.0.0.1:8/authorize?client_id=1", False),
        ("http://127.0.0.1:8/afterSale/List", True),
        ("http://127.0.0.1:8/foo/bar?method=foo.bar", True),
        ("http://127.0.0.1:8/foo/bar", False),
        ("http://127.0.0.1:8/router/rest?method=taobao.time.get", False),
        ("http://127.0.0.1:8/routerjson?method=x", False),
        ("http://127.0.0.1:8/oauth2/access_token", False),
        ("http://127.0.0.1:8/_control/state", False),
    ],
)
def test_which_requests_are_claimed(url, ours):
    assert face.claims(WireRequest.of("POST", url, {}, b"")) is ours


def test_the_same_seed_time_and_requests_give_the_same_bytes():
    def answers():
        simulation = Simulation.new(
            platforms=("douyin",), seed=3, now=datetime(2026, 6, 1, tzinfo=UTC), orders=30
        )
        wire = Wire(simulation)
        asked = [
            ("afterSale.List", PAGE),
            ("order.searchList", PAGE),
            ("afterSale.Detail", {"after_sale_id": "1"}),
            ("token.create", {"grant_type": "authorization_self", "code": ""}),
        ]
        return [json.dumps(wire.ask(method, params)) for method, params in asked]

    assert answers() == answers()


def test_every_rule_has_its_evidence_and_every_open_case_its_clock(still):
    assert len({rule.id for rule in face.rules}) == len(face.rules)
    for rule in face.rules:
        assert rule.source
        assert isinstance(rule.evidence, Evidence)
    for case in still.world.cases.values():
        ended = case.stage in {Stage.SUCCEEDED, Stage.CLOSED, Stage.REFUNDING}
        assert (face.rule(case) is None) == (ended or case.kind is Kind.PRICE_PROTECT)


def test_a_step_of_this_platform_has_its_law(simulation):
    case = next(c for c in simulation.world.cases.values() if c.stage is Stage.SUCCEEDED)
    for step in face.steps:
        with pytest.raises(Forbidden):
            take(simulation.world, face, case, step)


def test_errors_reach_the_reader_as_ours(shop):
    with pytest.raises(NotFound):
        shop.order("1")
    with pytest.raises(NotSupported):
        shop.call("comment.list", {"page": "0", "size": "1"})
    with pytest.raises(NotFound):
        shop.case("1")
    assert Call("a.b").write is False
    assert quote(shop.account.app.app_key).isdigit()
