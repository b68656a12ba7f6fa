"""The simulated platform as strangers meet it: what it refuses and how, logging in, and published clients' forms."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from omnishop.errors import AuthError, PermissionDenied
from omnishop.model import to_beijing_text
from omnishop.ports import Token
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.simulation import Simulation
from omnishop_jd import adapter
from omnishop_jd.catalogue import METHODS
from omnishop_jd.face import HANDLERS, face

LIST = "jingdong.asc.query.list"
SYNC = "jingdong.asc.sync.list"
APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
SEARCH = "jingdong.pop.order.enSearch"
COMMENTS = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"


@pytest.fixture(scope="module")
def sim():
    return Simulation.new(platforms=("jd",), seed=21, orders=30)


@pytest.fixture
def keys(sim):
    return sim.shops("http://sim.test")["shops"][0]


def signed(secret, params):
    text = "".join(f"{name}{params[name]}" for name in sorted(params))
    return md5(f"{secret}{text}{secret}")


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def public(keys, method, business="{}", /, **changes):
    params = {
        "method": method,
        "app_key": keys["app_key"],
        "access_token": keys["access_token"],
        "timestamp": to_beijing_text(datetime.now(UTC)),
        "v": "2.0",
        "360buy_param_json": business
        if isinstance(business, str)
        else json.dumps(business, ensure_ascii=False),
        **changes,
    }
    params = {name: value for name, value in params.items() if value is not None}
    if "sign" not in changes:
        params["sign"] = signed(keys["app_secret"], params)
    return {name: value for name, value in params.items() if value is not None}


def sent(sim, params, *, verb="POST", place="body", content_type="application/x-www-form-urlencoded"):
    with httpx.Client(transport=sim.transport(), base_url="http://sim.test") as client:
        if place == "body":
            answer = client.request(
                verb, "/routerjson", content=urlencode(params), headers={"content-type": content_type}
            )
        else:
            answer = client.request(verb, "/routerjson", params=params)
    assert answer.status_code == 200
    return answer.json()


def op(keys, **more):
    return {"buId": keys["shop_id"], "operatePin": "x", "operateNick": "x", **more}


# ---------------------------------------------------------------- the gateway refuses

REFUSED = [
    ("14", {"method": None}),
    ("20", {"app_key": None}),
    ("21", {"app_key": "nobody"}),
    ("4", {"v": None}),
    ("5", {"v": "1.0"}),
    ("7", {"timestamp": None}),
    ("8", {"timestamp": "yesterday"}),
    ("8", {"timestamp": "2026-13-01 00:00:00"}),
    ("8", {"timestamp": to_beijing_text(datetime.now(UTC) - timedelta(minutes=20))}),
    ("8", {"timestamp": to_beijing_text(datetime.now(UTC) + timedelta(minutes=20))}),
    ("13", {"format": "xml"}),
    ("11", {"sign": None}),
    ("12", {"sign": "0" * 32}),
    ("15", {"method": "jingdong.no.such"}),
    ("18", {"access_token": None}),
    ("19", {"access_token": "unknown"}),
    ("63", {"360buy_param_json": "{"}),
    ("62", {"360buy_param_json": "[]"}),
    ("60", {}),
    ("61", {"360buy_param_json": '{"buId":"1","operatePin":"x","operateNick":"x","pageNumber":"one"}'}),
]


@pytest.mark.parametrize(
    ("code", "changes"), REFUSED, ids=[f"{code}-{next(iter(c), 'none')}" for code, c in REFUSED]
)
def test_the_gateway_refuses_with_its_own_codes(sim, keys, code, changes):
    if code == "61":
        changes = {"360buy_param_json": changes["360buy_param_json"].replace('"1"', f'"{keys["shop_id"]}"')}
    body = sent(sim, public(keys, LIST, **changes))
    assert body["error_response"]["code"] == code
    assert body["error_response"]["request_id"]
    assert sim.log()[-1]["code"] == code


def test_a_token_of_another_app_is_unknown(sim, keys):
    from omnishop_jd.face.shop import issue

    other = face.open_shop(sim.world, "jd")
    sim.world.shops.append(other)
    try:
        foreign = issue(sim.world, other)
        assert sent(sim, public(keys, LIST, access_token=foreign.access))["error_response"]["code"] == "19"
    finally:
        sim.world.shops.remove(other)


def test_an_expired_token_is_unknown():
    own = Simulation.new(platforms=("jd",), seed=2, orders=3)
    entry = own.shops("http://sim.test")["shops"][0]
    own.advance(366 * 86400)
    assert sent(own, public(entry, LIST))["error_response"]["code"] == "19"


@pytest.mark.parametrize(
    "method",
    sorted(name for name, method in METHODS.items() if method.write and name not in HANDLERS),
)
def test_a_write_that_is_not_played_tells_a_client_not_to_repeat_it(sim, keys, method):
    body = json.dumps(sent(sim, public(keys, method))).encode()
    assert sim.log()[-1]["verdict"] == "not simulated"
    assert sim.log()[-1]["code"] == "24"
    with pytest.raises(PermissionDenied) as caught:
        adapter.decode_body(method, body, None)
    assert caught.value.code == "24"


def test_a_read_that_is_not_played_is_a_fault_of_this_platform(sim, keys):
    method = "jingdong.asc.receive.list"
    assert method not in HANDLERS
    assert sent(sim, public(keys, method))["error_response"]["code"] == "1"
    assert sim.log()[-1]["verdict"] == "not simulated"


@pytest.mark.parametrize("name", ["hmacsha256", "hmacmd5"])
def test_another_sign_method_is_no_valid_signature(sim, keys, name):
    """One public Java client knows them; the gateway is not known to (1.2)."""
    params = public(keys, LIST, op(keys), sign=None, sign_method=name)
    text = "".join(f"{key}{params[key]}" for key in sorted(params))
    secret = keys["app_secret"].encode()
    params["sign"] = hmac.new(secret, text.encode(), name.removeprefix("hmac")).hexdigest().upper()
    assert sent(sim, params)["error_response"]["code"] == "12"


def test_a_method_without_session(sim, keys):
    body = sent(sim, public(keys, "jingdong.fce.alpha.getVenderCarrier", access_token=None))
    assert body["jingdong_fce_alpha_getVenderCarrier_responce"]["code"] == "0"


# ---------------------------------------------------------------- limits of the methods

DAY = {"start": "2026-01-01 00:00:00", "end": "2026-01-02 00:00:00"}
SPAN = {"start_date": DAY["start"], "end_date": DAY["end"]}
ORDER = {"order_state": "ALL", "optional_fields": "orderId", "page": "1", "page_size": "10"}


@pytest.mark.parametrize(
    ("method", "business", "path", "code"),
    [
        (SEARCH, {**ORDER, "page_size": "101", **SPAN}, "numberCode", 10100021),
        (SEARCH, {**ORDER, "start_date": DAY["start"], "end_date": "2026-03-01 00:00:00"}, "numberCode", 10100021),
        (SEARCH, ORDER, "numberCode", 10100021),
        (SEARCH, {**ORDER, "order_state": "NEW", **SPAN}, "numberCode", 10100021),
        (SEARCH, {**ORDER, "optional_fields": "nickname"}, "gateway", "68"),
        (SEARCH, {"order_state": "ALL"}, "gateway", "60"),
        (APPLIES, {"pageIndex": 1, "pageSize": 51}, "errorCode", "1100"),
        (APPLIES, {"pageIndex": 101, "pageSize": 50}, "errorCode", "1100"),
        (APPLIES, {"pageIndex": 1}, "gateway", "60"),
        (COMMENTS, {"pageSize": "51"}, "gateway", "61"),
        (COMMENTS, {"beginTime": "soon"}, "gateway", "61"),
        (LIST, {"pageSize": 51}, "code", "10002"),
        (SYNC, {}, "code", "10002"),
        (SYNC, {"updateTimeBegin": DAY["start"]}, "code", "10002"),
        (SYNC, {"updateTimeBegin": DAY["start"], "updateTimeEnd": "2026-01-20 00:00:00"}, "code", "10002"),
        (LIST, {"buId": "1"}, "code", "10403"),
        ("jingdong.asc.query.view", {"serviceId": 1, "orderId": 1}, "code", "10404"),
        ("jingdong.asc.freight.view", {"serviceId": 1, "orderId": 1}, "code", "10404"),
        ("jingdong.asc.log.list", {"serviceId": 1}, "code", "10404"),
        ("jingdong.asc.track.list", {"serviceId": 1}, "code", "10404"),
        ("jingdong.asc.serviceAndRefund.view", {}, "code", "10002"),
        (
            "jingdong.asc.serviceAndRefund.view",
            {"applyTimeBegin": DAY["start"], "applyTimeEnd": "2026-01-09 00:00:01"},
            "code",
            "10002",
        ),
        (
            "jingdong.asc.serviceAndRefund.view",
            {"approveTimeBegin": DAY["start"], "approveTimeEnd": "2026-01-12 00:00:00"},
            "code",
            "10002",
        ),
        ("jingdong.b2c.shop.aftersales.refund.get", {"afsServiceId": 1}, "errorCode", "404"),
        ("jingdong.pop.order.enGet", {"order_id": 1, "optional_fields": "orderId"}, "numberCode", 10100014),
    ],
)  # fmt: skip
def test_methods_refuse_what_is_over_their_limits(sim, keys, method, business, path, code):
    business = {**op(keys), **business} if method.startswith("jingdong.asc.") else business
    body = sent(sim, public(keys, method, business))
    if path == "gateway":
        assert body["error_response"]["code"] == code
        return
    [result] = (
        value for value in body[f"{method.replace('.', '_')}_responce"].values() if isinstance(value, dict)
    )
    result = result.get("apiResult", result)
    assert result["success"] is False
    assert result[path] == code


def test_quirks_of_the_wire(sim, keys):
    """Absent lists, ids as numbers or text, totals as text, newest comments first."""
    none = sent(
        sim, public(keys, COMMENTS, {"beginTime": "2020-01-01 00:00:00", "endTime": "2020-01-02 00:00:00"})
    )
    inner = none[f"{COMMENTS.replace('.', '_')}_responce"]
    assert "comments" not in inner
    assert inner["totalItem"] == 0
    orders = sent(
        sim,
        public(
            keys, SEARCH, {**ORDER, "start_date": "2020-01-01 00:00:00", "end_date": "2020-01-02 00:00:00"}
        ),
    )
    assert "orderInfoList" not in orders[f"{SEARCH.replace('.', '_')}_responce"]["searchorderinfo_result"]
    rows = sent(sim, public(keys, LIST, op(keys)))[f"{LIST.replace('.', '_')}_responce"]["pageResult"]
    assert len(rows["data"]) == min(10, rows["totalCount"])
    assert all(isinstance(row["serviceId"], int) for row in rows["data"])
    applies = sent(sim, public(keys, APPLIES, {"pageIndex": 1, "pageSize": 50}))
    row = applies[f"{APPLIES.replace('.', '_')}_responce"]["queryResult"]["result"][0]
    assert isinstance(row["orderId"], str)
    assert isinstance(row["applyRefundSum"], float)
    assert "skuVoList" not in row


def test_only_the_fields_asked_for_are_returned(sim, keys):
    order_id = next(iter(sim.world.orders))
    body = sent(
        sim, public(keys, "jingdong.pop.order.get", {"order_id": order_id, "optional_fields": "orderId,pin"})
    )
    info = body["jingdong_pop_order_get_responce"]["orderDetailInfo"]["orderInfo"]
    assert set(info) == {"orderId", "pin"}


# ---------------------------------------------------------------- strangers' clients, their forms written anew


def read_list(body):
    return body["jingdong_asc_query_list_responce"]["pageResult"]["totalCount"]


@pytest.mark.parametrize(
    ("verb", "place"), [("POST", "body"), ("POST", "query"), ("GET", "query"), ("GET", "body")]
)
@pytest.mark.parametrize("stamp", ["short", "long"])
def test_every_place_and_form_of_parameters(sim, keys, verb, place, stamp):
    now = datetime.now(UTC)
    told = to_beijing_text(now) + (".123+0800" if stamp == "long" else "")
    params = public(keys, LIST, op(keys), timestamp=told, format="json")
    assert read_list(sent(sim, params, verb=verb, place=place)) > 0


def test_the_form_of_leoliew_jos_sdk(sim, keys):
    """leoliew/jos-sdk (TypeScript): all in the query of a POST that claims JSON, joined pairs sorted as a whole."""
    params = public(keys, LIST, op(keys), format="json", sign=None)
    joined = "".join(sorted(name + value for name, value in params.items()))
    text = keys["app_secret"] + joined + keys["app_secret"]
    params["sign"] = md5(text)
    with httpx.Client(transport=sim.transport()) as client:
        answer = client.post(
            f"{keys['gateway']}?{urlencode(params)}", headers={"Content-Type": "application/json"}
        )
    parsed = json.loads(answer.text)
    assert parsed["jingdong_asc_query_list_responce"]["pageResult"]["success"] is True


def test_the_form_of_the_php_client(sim, keys):
    """lidenggao/yii2-jos-sdk (a copy of the platform's PHP client): business JSON in the query of a GET; keeps the
    name of an empty value and skips values beginning with @; takes the one top-level value as the answer."""
    params = public(keys, LIST, op(keys), sign=None, jos_tag="@file", note="")
    kept = {name: value for name, value in params.items() if not value.startswith("@")}
    params["sign"] = signed(keys["app_secret"], kept)
    [result] = sent(sim, params, verb="GET", place="query").values()
    assert result["code"] == "0"


def test_the_form_of_kfx2007_jd(sim, keys):
    """kfx2007's Python client: a GET with a form body, the JSON escaped to ASCII and rid of its spaces."""
    business = json.dumps({**op(keys), "operateNick": "客服"}).replace(" ", "")
    assert "\\u" in business
    params = public(keys, LIST, business, v="2.0")
    assert read_list(sent(sim, params, verb="GET", place="body")) > 0


def test_a_request_of_ours_is_read_as_we_meant_it(sim, keys):
    from omnishop.flow import Call
    from omnishop.ports import Account, App

    app = App("jd", keys["app_key"], keys["app_secret"], gateway=keys["gateway"])
    request = adapter.codec.encode(
        Call(LIST, op(keys, operateNick="客服😀 &=+%")),
        Account(app, "jd"),
        Token(keys["access_token"]),
        datetime.now(UTC),
    )
    answer = sim.answer(WireRequest.of(request.method, request.url, dict(request.headers), request.content))
    assert read_list(json.loads(answer.content)) > 0


# ---------------------------------------------------------------- logging in


def test_the_whole_login(open_shop):
    """In the form of JustAuth (Java): to_login, then access_token and refresh_token with the same four fields."""
    sim = Simulation.new(platforms=("jd",), seed=4, orders=3)
    shop = open_shop(sim)
    now = datetime.now(UTC)
    with httpx.Client(transport=sim.transport()) as client:
        back = client.get(shop.authorize_url("https://shop.example/cb?x=1", "s-1"))
    assert back.status_code == 302
    given = {name: value[0] for name, value in parse_qs(urlsplit(back.headers["location"]).query).items()}
    assert (given["x"], given["state"]) == ("1", "s-1")
    grant = shop.exchange(given["code"], "https://shop.example/cb?x=1", now)
    assert grant.token.access in sim.world.tokens
    assert grant.token.renewable_until == grant.token.expires_at
    assert abs(grant.token.expires_at - now - timedelta(seconds=31535999)) < timedelta(minutes=1)
    with pytest.raises(AuthError):
        shop.exchange(given["code"], "https://shop.example/cb", now)
    renewed = shop.run(adapter.refresh(shop.account, grant.token, now))
    assert renewed.token.refresh != grant.token.refresh
    with pytest.raises(AuthError):
        shop.run(adapter.refresh(shop.account, grant.token, now))


@pytest.mark.parametrize(
    ("path", "changes", "code"),
    [
        ("access_token", {"app_secret": "wrong"}, 110401),
        ("access_token", {"app_key": "wrong"}, 110401),
        ("access_token", {"grant_type": "password"}, 110402),
        ("access_token", {"code": "nope"}, 110501),
        ("refresh_token", {"app_secret": "wrong"}, 110401),
        ("refresh_token", {"grant_type": "x"}, 110402),
        ("refresh_token", {"grant_type": "refresh_token", "refresh_token": "nope"}, 110502),
        ("refresh_token", {"grant_type": "refresh_token"}, 110502),
        ("to_login", {"redirect_uri": ""}, 110401),
    ],
)
def test_the_login_host_refuses(sim, keys, path, changes, code):
    given = {
        "app_key": keys["app_key"],
        "app_secret": keys["app_secret"],
        "grant_type": "authorization_code",
        "response_type": "code",
        **changes,
    }
    with httpx.Client(transport=sim.transport(), base_url="http://sim.test") as client:
        body = client.post(f"/oauth2/{path}", data=given).json()
    assert body["code"] == code
    assert body["requestId"]


def test_nothing_is_renewed_after_its_end():
    own = Simulation.new(platforms=("jd",), seed=2, orders=3)
    entry = own.shops("http://sim.test")["shops"][0]
    own.advance(366 * 86400)
    given = {
        "app_key": entry["app_key"],
        "app_secret": entry["app_secret"],
        "grant_type": "refresh_token",
        "refresh_token": entry["refresh_token"],
    }
    with httpx.Client(transport=own.transport(), base_url="http://sim.test") as client:
        assert client.get("/oauth2/refresh_token", params=given).json()["code"] == 110502


def test_a_refused_token_is_renewed_once_and_the_call_goes_on(open_shop):
    sim = Simulation.new(platforms=("jd",), seed=4, orders=3)
    shop = open_shop(sim)
    first = next(iter(sim.world.tokens.values()))
    del sim.world.tokens[first.access]
    sim.world.tokens["revoked"] = first
    assert shop.whoami().shop_id == first.shop.shop_id
    said = [(line.method, line.verdict) for line in sim.world.log]
    assert said == [
        ("jingdong.seller.vender.info.get", "refused"),
        ("oauth.refresh_token", "ok"),
        ("jingdong.seller.vender.info.get", "ok"),
    ]


def test_other_paths_are_not_ours(sim):
    assert not face.claims(WireRequest("GET", "h", "/router/rest"))
    assert face.claims(WireRequest("POST", "h", "/routerjson"))
