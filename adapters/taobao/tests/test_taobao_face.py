"""The simulated platform refuses what the platform refuses, and takes every form that clients send."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest
from attrs import evolve

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import AuthError, NotFound, PermissionDenied
from omnishop.flow import Call
from omnishop.model import to_beijing_text
from omnishop.ports import Account, App, Response, Token
from omnishop.sandbox.face import WireRequest
from omnishop_taobao import adapter
from omnishop_taobao.face import face
from omnishop_taobao.face.face import _PLAYED
from omnishop_taobao.face.rules import RULES
from omnishop_taobao.methods import READS as PLATFORM_READS
from omnishop_taobao.methods import WRITES
from omnishop_taobao.signing import joined, signature

ROUTER = "http://eco.taobao.com/router/rest"


class Client:
    """A client of its own making: nothing of the adapter but the signature rule."""

    def __init__(self, simulation, entry):
        self.http = httpx.Client(transport=simulation.transport())
        self.entry = entry

    def params(self, method, sign_method="md5", **business):
        params = {
            "method": method,
            "app_key": self.entry["app_key"],
            "session": self.entry["access_token"],
            "timestamp": to_beijing_text(datetime.now(UTC)),
            "v": "2.0",
            "format": "json",
            "sign_method": sign_method,
            **business,
        }
        return {name: value for name, value in params.items() if value is not None}

    def signed(self, params):
        sign = signature(params.get("sign_method", "md5"), self.entry["app_secret"], joined(params.items()))
        return {**params, "sign": sign}

    def ask(self, method, **business):
        return self.http.post(ROUTER, data=self.signed(self.params(method, **business)))

    def told(self, method, **business):
        return self.ask(method, **business).json()

    def error(self, method, **business):
        error = self.told(method, **business)["error_response"]
        assert error["request_id"]
        return error["code"], error.get("sub_code")


@pytest.fixture
def client(sim, keys):
    return Client(sim, keys(sim))


SELLER = {"fields": "user_id,nick"}


# ---------------------------------------------------------------- forms that are taken


@pytest.mark.parametrize("sign_method", ["md5", "hmac", "hmac-sha256"])
def test_all_signatures(client, sign_method):
    params = client.params("taobao.user.seller.get", sign_method, **SELLER)
    assert "user_seller_get_response" in client.http.post(ROUTER, data=client.signed(params)).json()


def test_get_post_split_and_multipart(client):
    params = client.signed(client.params("taobao.user.seller.get", **SELLER))
    public = {name: params[name] for name in params if name != "fields"}
    answers = [
        client.http.get(ROUTER, params=params),
        client.http.post(ROUTER, data=params),
        client.http.post(ROUTER, params=public, data={"fields": params["fields"]}),
        client.http.post(ROUTER, data=params, files={"image": ("a.jpg", b"\xff\xd8\r\n--x", "image/jpeg")}),
        client.http.post("http://127.0.0.1:9/router/rest", data=params),
    ]
    users = [answer.json()["user_seller_get_response"]["user"] for answer in answers]
    assert all(user == users[0] for user in users)


def test_access_token_and_epoch_times(client):
    token = client.entry["access_token"]
    for stamp in (str(int(datetime.now(UTC).timestamp() * 1000)), str(int(datetime.now(UTC).timestamp()))):
        told = client.told(
            "taobao.user.seller.get", session=None, access_token=token, timestamp=stamp, **SELLER
        )
        assert "user_seller_get_response" in told


def test_simplified_answers_are_bare(client):
    told = client.told("taobao.refunds.receive.get", fields="refund_id,tid", simplify="true")
    assert isinstance(told["refunds"], list)
    assert told["request_id"]
    assert "error_response" in client.told("taobao.refunds.receive.get", simplify="true")
    found = adapter.decode_body("taobao.refunds.receive.get", json.dumps(told).encode(), None)
    assert len(found) == len(told["refunds"])


def test_xml_is_the_default(client):
    answer = client.ask("taobao.refunds.receive.get", fields="refund_id,status", format=None)
    tree = ET.fromstring(answer.content)  # noqa: S314 - our own simulator wrote it
    assert tree.tag == "refunds_receive_get_response"
    assert tree.find("refunds").get("list") == "true"
    assert tree.findall("refunds/refund/refund_id")
    error = client.ask("taobao.refunds.receive.get", format="xml")
    assert error.text.startswith("<?xml") and "<!--top" in error.text  # noqa: PT018 - one thing
    assert b"<code>40</code>" in error.content


def test_fields_are_picked_and_unknown_ones_ignored(client):
    told = client.told("taobao.trades.sold.get", fields="tid,orders.oid,nobody.knows,wrong", page_size="1")
    (row,) = told["trades_sold_get_response"]["trades"]["trade"]
    assert set(row) == {"tid", "orders"}
    assert all(set(line) == {"oid"} for line in row["orders"]["order"])
    told = client.told("taobao.trades.sold.get", fields="orders", page_size="1")
    assert "price" in told["trades_sold_get_response"]["trades"]["trade"][0]["orders"]["order"][0]


def test_ids_have_the_types_of_the_wire(client):
    case = client.told("taobao.refunds.receive.get", fields="refund_id,tid,oid")[
        "refunds_receive_get_response"
    ]
    row = case["refunds"]["refund"][0]
    assert (type(row["refund_id"]), type(row["tid"]), type(row["oid"])) == (str, int, int)
    special = client.told("taobao.special.refunds.receive.get", fields="refund_id")
    assert isinstance(
        special["special_refunds_receive_get_response"]["refunds"]["refund"][0]["refund_id"], int
    )
    exchange = client.told("tmall.exchange.receive.get", fields="dispute_id,bizorder_id")
    row = exchange["tmall_exchange_receive_get_response"]["results"]["exchange"][0]
    assert (type(row["dispute_id"]), type(row["biz_order_id"])) == (str, str)


def test_lists_lack_what_the_document_says(client):
    names = "refund_id,cs_status,refund_remind_timeout,price,num_iid,alipay_no"
    told = client.told("taobao.refunds.receive.get", fields=names)["refunds_receive_get_response"]
    assert all(set(row) == {"refund_id"} for row in told["refunds"]["refund"])


def test_pages_and_has_next(client):
    first = client.told("taobao.trades.sold.get", fields="tid", page_size="40")["trades_sold_get_response"]
    assert first["total_results"] == 90
    asked = {"fields": "tid", "page_size": "40", "use_has_next": "true"}
    more = [
        client.told("taobao.trades.sold.get", page_no=str(page), **asked)["trades_sold_get_response"]
        for page in (1, 2, 3, 4)
    ]
    assert [page["has_next"] for page in more] == [True, True, False, False]
    assert "total_results" not in more[0]
    assert "trades" not in more[3]
    ids = [row["tid"] for page in more[:3] for row in page["trades"]["trade"]]
    assert len(set(ids)) == 90


def test_lists_stand_newest_modified_first(client):
    told = client.told("taobao.refunds.receive.get", fields="modified", page_size="100")
    times = [row["modified"] for row in told["refunds_receive_get_response"]["refunds"]["refund"]]
    assert times == sorted(times, reverse=True)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": None}, 21),
        ({"method": "taobao.nothing.get"}, 22),
        ({"format": "yaml"}, 23),
        ({"app_key": None}, 28),
        ({"app_key": "999"}, 29),
        ({"timestamp": None}, 30),
        ({"timestamp": "2020-01-01 00:00:00"}, 31),
        ({"timestamp": "yesterday"}, 31),
        ({"timestamp": "99999999999999"}, 31),
        ({"v": None}, 32),
        ({"v": "1.0"}, 33),
        ({"session": None}, 26),
    ],
    ids=str,
)
def test_public_parameters_are_checked(client, change, code):
    params = client.params("taobao.user.seller.get", **SELLER)
    params = {name: value for name, value in {**params, **change}.items() if value is not None}
    told = client.http.post(ROUTER, data=client.signed(params))
    if params.get("format") == "yaml":
        assert b"<code>23</code>" in told.content
    else:
        assert told.json()["error_response"]["code"] == code


def test_wrong_and_missing_signs(client):
    params = client.params("taobao.user.seller.get", **SELLER)
    for change, code in (({}, 24), ({"sign": "0" * 32}, 25), ({"sign": "x", "sign_method": "sha9"}, 25)):
        told = client.http.post(ROUTER, data={**params, **change}).json()
        assert told["error_response"]["code"] == code
    changed = {**client.signed(params), "fields": "type"}
    assert client.http.post(ROUTER, data=changed).json()["error_response"]["code"] == 25


def test_unknown_expired_and_foreign_sessions(fresh, keys):
    client = Client(fresh, keys(fresh))
    other = keys(fresh, "taobao")["access_token"]
    for session in ("6200nobody", other):
        assert client.error("taobao.user.seller.get", session=session, **SELLER) == (27, "invalid-sessionkey")
    fresh.advance(400 * 86400)
    assert client.error("taobao.user.seller.get", **SELLER) == (27, "session-expired")


@pytest.mark.parametrize(
    ("method", "business", "code", "sub_code"),
    [
        ("taobao.refunds.receive.get", {}, 40, "isv.missing-parameter:fields"),
        ("taobao.trades.sold.increment.get", {"fields": "tid"}, 40, "isv.missing-parameter:start_modified"),
        (
            "taobao.refunds.receive.get",
            {"fields": "tid", "page_size": "101"},
            41,
            "isv.invalid-parameter:page_size",
        ),
        (
            "taobao.refunds.receive.get",
            {"fields": "tid", "page_no": "0"},
            41,
            "isv.invalid-parameter:page_no",
        ),
        (
            "taobao.refunds.receive.get",
            {"fields": "tid", "page_no": "9" * 5000},
            41,
            "isv.invalid-parameter:page_no",
        ),
        (
            "taobao.refunds.receive.get",
            {"fields": "t", "start_modified": "x"},
            41,
            "isv.invalid-parameter:start_modified",
        ),
        (
            "taobao.traderates.get",
            {"fields": "t", "rate_type": "got", "role": "buyer"},
            41,
            "isv.invalid-parameter:rate_type",
        ),
        (
            "taobao.traderates.get",
            {"fields": "t", "rate_type": "get", "role": "x"},
            41,
            "isv.invalid-parameter:role",
        ),
        ("taobao.refund.get", {"fields": "t", "refund_id": "1e5"}, 41, "isv.invalid-parameter:refund_id"),
        ("taobao.refund.get", {"fields": "t", "refund_id": "1"}, 15, "isv.refund-not-exist"),
        ("taobao.trade.get", {"fields": "t", "tid": "1"}, 15, "isv.trade-not-exist"),
        (
            "taobao.trades.sold.history.get",
            {"fields": "t", "page_size": "51"},
            41,
            "isv.invalid-parameter:page_size",
        ),
        (
            "tmall.exchange.receive.get",
            {"fields": "t", "dispute_status_array": "7"},
            41,
            "isv.invalid-parameter:dispute_status_array",
        ),
        ("taobao.logistics.address.search", {"rdef": "x"}, 41, "isv.invalid-parameter:rdef"),
        ("tmall.traderate.feeds.get", {"child_trade_id": "1"}, 15, "isv.trade-not-exist"),
        ("taobao.tmc.messages.confirm", {"s_message_ids": "a"}, 41, "isv.invalid-parameter:s_message_ids"),
        ("taobao.tmc.user.get", {"fields": "t", "nick": "nobody"}, 15, "isv.user-not-exist:invalid-nick"),
        ("taobao.top.auth.token.create", {"code": "x"}, 15, "isv.invalid-parameter:code"),
        ("taobao.top.auth.token.refresh", {"refresh_token": "x"}, 15, "isv.invalid-parameter:refresh_token"),
    ],
)
def test_business_parameters_are_checked(client, method, business, code, sub_code):
    assert client.error(method, **business) == (code, sub_code)


def test_an_increment_window_is_a_day_at_most(client):
    window = {"start_modified": "2026-09-10 00:00:00", "end_modified": "2026-09-11 00:00:01"}
    assert client.error("taobao.trades.sold.increment.get", fields="tid", **window)[0] == 41
    backwards = {"start_modified": "2026-09-11 00:00:00", "end_modified": "2026-09-10 00:00:00"}
    assert client.error("taobao.refunds.receive.get", fields="tid", **backwards)[0] == 41


def test_another_shops_records_are_not_there(sim, client):
    case = next(c for c in sim.world.cases.values() if c.shop.storefront == "taobao" and c.source == "refund")
    order = case.order
    assert client.error("taobao.refund.get", fields="t", refund_id=case.case_id)[1] == "isv.refund-not-exist"
    assert client.error("taobao.trade.get", fields="t", tid=order.order_id)[1] == "isv.trade-not-exist"
    told = client.told("tmall.exchange.get", fields="t", dispute_id=case.case_id)
    assert told["tmall_exchange_get_response"]["result"]["success"] is False


def test_states_and_storefronts_are_checked(sim, keys, client):
    done = next(c for c in sim.world.cases.values() if c.shop.storefront == "tmall" and c.stage == "closed")
    asked = {"fields": "reason_id", "refund_id": done.case_id, "refund_phase": "onsale"}
    code, sub_code = client.error("taobao.refund.refusereason.get", **asked)
    assert (code, sub_code.split(":")[0]) == (15, "isv.invalid-permission")
    assert client.error("taobao.refund.refusereason.get", **{**asked, "refund_phase": "?"})[0] == 41
    assert client.error("taobao.refund.messages.get", fields="id", refund_id=done.case_id)[0] == 40
    taobao = Client(sim, keys(sim, "taobao"))
    assert taobao.error("tmall.exchange.receive.get", fields="t")[0] == 12
    assert taobao.error("tmall.dispute.receive.get", fields="t")[0] == 12


def test_filters_the_adapter_does_not_use(sim, client):
    waiting = client.told("taobao.trades.sold.get", fields="status", status="TRADE_FINISHED", page_size="100")
    rows = waiting["trades_sold_get_response"]["trades"]["trade"]
    assert {row["status"] for row in rows} == {"TRADE_FINISHED"}
    stored = {"start_create": "2026-09-14 00:00:00", "end_create": "2026-09-15 00:00:00"}
    assert "trades_sold_incrementv_get_response" in client.told(
        "taobao.trades.sold.incrementv.get", fields="t", **stored
    )
    history = client.told("taobao.trades.sold.history.get", fields="tid")
    assert history["trades_sold_history_get_response"]["has_next"] is False
    order = next(o for o in sim.world.orders.values() if o.shop.storefront == "tmall")
    assert client.told("taobao.openuid.get.bytrade", tid=order.order_id)["openuid_get_bytrade_response"][
        "open_uid"
    ]
    unpaid = next(o for o in sim.world.orders.values() if o.shop.storefront == "tmall" and not o.parcels)
    assert client.error("taobao.logistics.trace.search", tid=unpaid.order_id)[0] == 15
    refund = next(
        c for c in sim.world.cases.values() if c.shop.storefront == "tmall" and c.source == "refund"
    )
    told = client.told("taobao.refund.detail.get", refund_id=refund.case_id, fields="refund_version")
    assert told["refund_detail_get_response"]["detail"]["refund_version"]
    for method in ("tmall.exchange.refusereason.get", "tmall.exchange.messages.get"):
        told = client.told(method, dispute_id="1", fields="id")
        assert next(iter(told.values()))["result"]["success"] is False
    given = client.told("taobao.traderates.get", fields="oid", rate_type="give", role="seller")
    assert given["traderates_get_response"]["total_results"] == 0
    told = client.told("taobao.refunds.receive.get", fields="refund_remind_timeout.timeout,refund_id.x,tid")
    assert set(told["refunds_receive_get_response"]["refunds"]["refund"][0]) == {"refund_id", "tid"}
    told = client.told(
        "taobao.refund.get", refund_id=refund.case_id, fields="refund_remind_timeout.exist_timeout"
    )
    assert set(told["refund_get_response"]["refund"]["refund_remind_timeout"]) == {"exist_timeout"}


def test_a_special_refund_points_to_its_own_method(sim, client):
    special = next(c for c in sim.world.cases.values() if c.source == "special_refund")
    assert (
        client.error("taobao.refund.get", fields="t", refund_id=special.case_id)[1]
        == "isv.change-refund-top-api"
    )


def test_known_methods_that_are_not_played_say_so(sim, client):
    refused = (11, "isv.permission-api-package-not-allowed")
    for method in sorted({*WRITES, *PLATFORM_READS} - _PLAYED.keys()):
        assert client.error(method, refund_infos="1|2|3") == refused
        assert sim.log()[-1]["verdict"] == "not simulated"
        body = {"error_response": {"code": refused[0], "sub_code": refused[1]}}
        with pytest.raises(PermissionDenied):
            adapter.codec.decode(Call(method, write=True), Response(200, json.dumps(body).encode()))
    client.told("taobao.time.get", session=None)
    assert sim.log()[-1] | {"at": ""} == {
        "at": "",
        "platform": "taobao",
        "method": "taobao.time.get",
        "verdict": "ok",
        "code": "",
    }


def test_a_broken_upload_and_stray_paths(sim, client):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    told = client.http.post(ROUTER, content=b"nothing", headers=headers)
    assert b"<code>3</code>" in told.content or b"<code>21</code>" in told.content
    assert face.claims(WireRequest("GET", "127.0.0.1", "/authorize", "client_id=1"))
    assert not face.claims(WireRequest("GET", "127.0.0.1", "/authorize", "service_id=1"))
    assert not face.claims(WireRequest("GET", "127.0.0.1", "/other"))
    assert not face.claims(WireRequest("GET", "127.0.0.1", "/router/rest/x"))


@pytest.mark.parametrize("path", ["/router/rest", "/router/rest/", "//router/rest", "//router//rest//"])
def test_the_routers_path_with_spare_slashes_is_the_router(client, path):
    params = client.signed(client.params("taobao.user.seller.get", **SELLER))
    told = client.http.post(f"http://127.0.0.1:9{path}", data=params).json()
    assert told["user_seller_get_response"]["user"]["user_id"]


# ---------------------------------------------------------------- strangers


def test_a_published_go_signer_is_understood(client):
    """As tools/top.go of the public repository go-dragon/dragon does it: md5 over sorted names, keys bare."""
    params = client.params("taobao.user.seller.get", fields="user_id", sub_nick="")
    text = "".join(name + params[name] for name in sorted(params))
    secret = client.entry["app_secret"]
    params["sign"] = hashlib.md5((secret + text + secret).encode()).hexdigest().upper()  # noqa: S324 - the platform's rule
    told = client.http.post(ROUTER, data=params).json()
    assert told["user_seller_get_response"]["user"]["user_id"]


def test_a_published_node_client_is_understood(client):
    """As taobao_client.js of the public repository Blue-Island-X/Island-Union-SDK does it.

    Public parameters ride in the query with the time in epoch seconds, business ones in the body; the sign covers
    both; the answer is looked up under the method's name without `taobao.`, dots to underscores.
    """
    business = {"fields": "tid,status", "page_size": "5"}
    public = {
        "method": "taobao.trades.sold.get",
        "v": "2.0",
        "format": "json",
        "sign_method": "md5",
        "app_key": client.entry["app_key"],
        "session": client.entry["access_token"],
        "timestamp": str(int(datetime.now(UTC).timestamp())),
    }
    everything = public | business
    text = "".join(name + everything[name] for name in sorted(everything))
    secret = client.entry["app_secret"]
    public["sign"] = hashlib.md5((secret + text + secret).encode()).hexdigest().upper()  # noqa: S324 - the platform's rule
    told = client.http.post(f"{ROUTER}?{urlencode(public)}", data=business).json()
    field = "taobao.trades.sold.get"[7:].replace(".", "_") + "_response"
    assert "error_response" not in told
    assert len(told[field]["trades"]["trade"]) == 5


# ---------------------------------------------------------------- OAuth


def account_of(entry):
    app = App("taobao", entry["app_key"], entry["app_secret"], gateway="http://sim.test/router/rest")
    return Account(app, entry["storefront"], entry["shop_id"])


def test_a_login_walks_from_the_address_to_a_read(fresh, keys):
    entry = keys(fresh)
    account = account_of(entry)
    http = httpx.Client(transport=fresh.transport())
    driver = SyncDriver(http, attempts=1)
    url = adapter.authorize_url(account.app, "http://me.test/back?x=1", "state-1")
    back = http.get(url)
    assert back.status_code == 302
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert (query["x"], query["state"]) == (["1"], ["state-1"])
    now = datetime.now(UTC)
    store = MemoryTokens({})
    grant = driver.run(
        adapter.exchange(account, query["code"][0], "http://me.test/back", now), adapter, account, store
    )
    assert (grant.shop_id, grant.role, grant.token.renewable) == (entry["shop_id"], "main", True)
    shop = Shop(account, MemoryTokens({"main": grant.token}), driver=driver)
    assert shop.whoami().shop_id == entry["shop_id"]
    with pytest.raises(AuthError):
        driver.run(
            adapter.exchange(account, query["code"][0], "http://me.test/back", now), adapter, account, store
        )


def test_a_sub_account_logs_in_as_operator(fresh, keys):
    account = account_of(keys(fresh))
    http = httpx.Client(transport=fresh.transport())
    url = adapter.authorize_url(account.app, "http://me.test/", "s") + "&role=operator"
    code = parse_qs(urlsplit(http.get(url).headers["location"]).query)["code"][0]
    flow = adapter.exchange(account, code, "http://me.test/", datetime.now(UTC))
    grant = SyncDriver(http).run(flow, adapter, account, MemoryTokens({}))
    assert grant.role == "operator"


def test_a_lapsed_session_is_refreshed_once_and_the_old_one_ends(fresh, keys):
    entry = keys(fresh)
    account = account_of(entry)
    driver = SyncDriver(httpx.Client(transport=fresh.transport()), attempts=1)
    old = fresh.world.tokens[entry["access_token"]]
    old.dead_at = fresh.world.now()
    tokens = MemoryTokens({"main": Token(entry["access_token"], entry["refresh_token"])})
    shop = Shop(account, tokens, driver=driver)
    assert shop.whoami().shop_id == entry["shop_id"]
    assert old.replaced
    assert tokens.load("main").access != entry["access_token"]
    alone = Shop(account, MemoryTokens({"main": Token(entry["access_token"])}), driver=driver)
    with pytest.raises(AuthError) as caught:
        alone.whoami()
    assert caught.value.cure == "refresh"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "1"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
    ids=str,
)
def test_the_oauth_host_refuses(sim, keys, change, error):
    entry = keys(sim)
    asked = {
        "grant_type": "authorization_code",
        "client_id": entry["app_key"],
        "client_secret": entry["app_secret"],
    }
    http = httpx.Client(transport=sim.transport())
    told = http.post("http://oauth.taobao.com/token", data={**asked, **change})
    assert told.json()["error"] == error


def test_authorize_refuses_and_refresh_tokens_expire(fresh, keys):
    entry = keys(fresh)
    http = httpx.Client(transport=fresh.transport())
    for query in (
        "client_id=1",
        f"client_id={entry['app_key']}",
        f"client_id={entry['app_key']}&redirect_uri=http://a",
    ):
        assert "error" in http.get(f"http://oauth.taobao.com/authorize?{query}").json()
    bad = http.post("http://s/token", content=b"x", headers={"content-type": "multipart/form-data"})
    assert bad.json()["error"]
    fresh.advance(400 * 86400)
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": entry["refresh_token"],
        "client_id": entry["app_key"],
        "client_secret": entry["app_secret"],
    }
    assert http.post("http://s/token", data=asked).json()["error"] == "invalid_grant"


def test_tokens_by_signed_methods(fresh, keys):
    client = Client(fresh, keys(fresh))
    url = adapter.authorize_url(account_of(client.entry).app, "http://me.test/", "s")
    code = parse_qs(urlsplit(client.http.get(url).headers["location"]).query)["code"][0]
    told = client.told("taobao.top.auth.token.create", session=None, code=code)[
        "top_auth_token_create_response"
    ]
    first = json.loads(told["token_result"])
    again = client.told("taobao.top.auth.token.refresh", session=None, refresh_token=first["refresh_token"])
    second = json.loads(again["top_auth_token_refresh_response"]["token_result"])
    assert first["access_token"] != second["access_token"]
    assert first["refresh_token"] == second["refresh_token"]


# ---------------------------------------------------------------- messages


def test_messages_come_until_they_are_confirmed(fresh, keys, opened):
    client = Client(fresh, keys(fresh))
    first = client.told("taobao.tmc.messages.consume", session=None, quantity="40")[
        "tmc_messages_consume_response"
    ]
    events = adapter.decode_body(
        "taobao.tmc.messages.consume", json.dumps({"tmc_messages_consume_response": first}).encode(), None
    )
    assert len(events) == 40
    assert all(event.shop_id == client.entry["shop_id"] for event in events)
    assert {event.topic.split("_")[1] for event in events} >= {"trade"}
    ids = ",".join(event.event_id for event in events[:30])
    assert client.told("taobao.tmc.messages.confirm", session=None, s_message_ids=ids)
    fresh.advance(301)
    again = client.told("taobao.tmc.messages.consume", session=None, quantity="200")
    rest = {str(m["id"]) for m in again["tmc_messages_consume_response"]["messages"]["tmc_message"]}
    assert not rest & set(ids.split(","))
    assert {event.event_id for event in events[30:]} <= rest
    empty = client.told("taobao.tmc.messages.consume", session=None)["tmc_messages_consume_response"]
    assert "messages" not in empty
    assert client.told("taobao.tmc.user.get", session=None, fields="nick", nick=client.entry["name"])
    cases = {event.case_id for event in events} - {None}
    assert cases <= {case_id for _, case_id in fresh.world.cases}


# ---------------------------------------------------------------- through the adapter


def test_refusals_reach_the_caller_as_errors(sim, opened):
    with pytest.raises(NotFound) as caught:
        opened(sim).order("1")
    assert caught.value.code == "15/isv.trade-not-exist"
    assert caught.value.request_id
    with pytest.raises(AuthError, match="signature"):
        opened(sim, app_secret="wrong").whoami()
    with pytest.raises(AuthError, match="log in again"):
        opened(sim, access_token="6200nobody").whoami()
    with pytest.raises(PermissionDenied):
        opened(sim, "taobao").call("tmall.exchange.receive.get", {"fields": "dispute_id"})


def test_a_wrong_clock_is_named(sim, opened):
    shop = opened(sim)
    account = shop.account
    late = datetime.now(UTC) - timedelta(hours=8)
    request = adapter.codec.encode(Call("taobao.time.get", session="none"), account, None, late)
    with httpx.Client(transport=sim.transport()) as http:
        answer = http.post(request.url, content=request.content, headers=dict(request.headers))
    assert answer.json()["error_response"]["code"] == 31


# ---------------------------------------------------------------- rules


def test_every_rule_of_the_list_is_there(papers):
    text = (papers.parent / "rules.md").read_text(encoding="utf-8")
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 7 and cells[1].startswith(("TB-", "TM-")):
            rows[cells[1]] = cells
    ours = {rule.id.split("/")[0] for rule in RULES}
    assert ours == set(rows)
    for rule in RULES:
        marks = rows[rule.id.split("/")[0]][7]
        if rule.evidence == "chosen":
            assert marks.startswith("chosen"), rule.id
        else:
            assert marks.startswith(rule.evidence.value) or "official" in marks, rule.id


def test_ids_grow_and_shops_have_their_own(fresh):
    shops = fresh.world.shops
    assert len({shop.app_key for shop in shops}) == len({shop.shop_id for shop in shops}) == 2
    assert all(len(order) == 19 for order in fresh.world.orders)
    assert evolve(shops[0].goods[0]).sku_id != shops[1].goods[0].sku_id
