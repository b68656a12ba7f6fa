"""Single reads and tokens as flows: what is asked, what is made of the answer, and what of a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from omnishop.errors import AuthError, ConfigError, NotFound, WireError
from omnishop.ports import App, Token
from omnishop_douyin import adapter

NOW = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)


def asked(run, flow, *answers):
    """The result, and (method, parameters, session) of each call."""
    calls = []
    rest = list(answers)

    def answer(call):
        calls.append((call.method, dict(call.params), call.session))
        return rest.pop(0)

    return run(flow, answer), calls


# ---------------------------------------------------------------- single reads


def test_an_order_is_asked_for_without_its_old_letter(run, account):
    found, calls = asked(
        run, adapter.order(account, "4751234567890A"), {"shop_order_detail": {"order_id": "4751234567890"}}
    )
    assert calls == [("order.orderDetail", {"shop_order_id": "4751234567890"}, "main")]
    assert found.order_id == "4751234567890"


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"shop_order_detail": None}, NotFound),
        (None, NotFound),
        ({"shop_order_detail": 5}, WireError),
        (5, WireError),
    ],
)
def test_an_order_that_does_not_come(run, account, payload, error):
    with pytest.raises(error):
        asked(run, adapter.order(account, "1"), payload)


def test_a_case_and_its_source(run, account):
    detail = {"process_info": {"after_sale_info": {"after_sale_id": 9}}}
    found, calls = asked(run, adapter.case(account, "aftersale", "9"), detail)
    assert (found.case_id, found.shop_id) == ("9", "12345678")
    assert calls == [("afterSale.Detail", {"after_sale_id": "9"}, "main")]
    with pytest.raises(ConfigError):
        asked(run, adapter.case(account, "refund", "9"), detail)
    for read in (adapter.case, adapter.timeline):
        for gone in (None, {}, [], {"process_info": {}}, {"process_info": {"after_sale_info": None}}):
            with pytest.raises(NotFound, match="holds no record of afterSale"):
                asked(run, read(account, "aftersale", "9"), gone)
        for other in ({"items": []}, {"process_info": {"x": 1}}, {"process_info": [1]}, [1], 5):
            with pytest.raises(WireError):
                asked(run, read(account, "aftersale", "9"), other)
    assert adapter.sources("douyin") == ("aftersale",)


def test_the_negotiation_comes_oldest_first(run, account):
    logs = [
        {"time": "2025-05-24 23:20:00", "text": "寄回", "role": 1, "action": "填写物流", "images": ["a"]},
        {
            "time": "24 May",
            "text": "",
            "role": 9,
            "all_evidence": [{"type": 1, "urls": ["a", "b"]}, {"type": 2}],
        },
        {"time": 1747810000, "text": "同意", "role": 4},
        {"images": 5},
    ]
    info = {"after_sale_info": {"after_sale_id": 9}, "record_logs_list": logs}
    detail = {"process_info": info, "order_info": {"shop_order_id": 69}}
    events, calls = asked(run, adapter.timeline(account, "aftersale", "9"), detail)
    assert calls[0][1] == {"after_sale_id": "9", "need_operation_record": True}
    assert [event.text for event in events] == [None, "同意", None, "寄回"]
    assert [event.actor for event in events] == [None, "system", None, "buyer"]
    assert events[0].raw == b'{"images":5}'
    assert events[2].pictures == ("a", "b")
    assert events[3].at.isoformat() == "2025-05-24T23:20:00+08:00"
    assert {(event.case_id, event.order_id, event.shop_id) for event in events} == {("9", "69", "12345678")}
    info["record_logs_list"] = None
    assert asked(run, adapter.timeline(account, "aftersale", "9"), detail)[0] == ()


ROUTE = {"route__node_list": [{"content": "揽收", "timestamp": "1748981000"}]}


def test_a_trace_by_carrier_and_number(run, account):
    flow = adapter.trace(account, order_id=None, carrier="shunfeng", tracking_no="SF1")
    (found,), calls = asked(run, flow, ROUTE)
    assert calls == [
        ("logistics.trackNoRouteDetail", {"logistics_code": "shunfeng", "track_no": "SF1"}, "main")
    ]
    assert (found.carrier_code, found.tracking_no, found.order_id) == ("shunfeng", "SF1", None)


def test_a_trace_by_order(run, account):
    parcels = [
        {"tracking_no": "SF1", "company": "shunfeng", "company_name": "顺丰"},
        {"tracking_no": "YT2", "company": "yuantong"},
        {"tracking_no": "", "company": "yunda"},
        {"tracking_no": "X"},
    ]
    order = {"shop_order_detail": {"order_id": "69", "logistics_info": parcels}}
    flow = adapter.trace(account, order_id="69", carrier=None, tracking_no=None)
    found, calls = asked(run, flow, order, ROUTE, ROUTE)
    assert [(trace.order_id, trace.tracking_no, trace.carrier) for trace in found] == [
        ("69", "SF1", "顺丰"),
        ("69", "YT2", None),
    ]
    flow = adapter.trace(account, order_id="69", carrier=None, tracking_no="YT2")
    found, calls = asked(run, flow, order, ROUTE)
    assert calls[1][1] == {"logistics_code": "yuantong", "track_no": "YT2"}
    with pytest.raises(ConfigError):
        asked(run, adapter.trace(account, order_id=None, carrier=None, tracking_no="YT2"))


def test_return_addresses_over_pages_from_one(run, account):
    def page(*numbers, total):
        rows = [{"address_id": number, "receiver_provinc": "浙江省", "is_default": 1} for number in numbers]
        return {"address_list": rows, "total": total}

    found, calls = asked(run, adapter.return_addresses(account), page(1, 2, total=3), page(3, total=3))
    assert [address.address_id for address in found] == ["1", "2", "3"]
    assert [params["page_no"] for _, params, _ in calls] == [1, 2]
    assert set(calls[0][1]) == {"page_no", "page_size", "order_by", "order_field"}
    assert found[0].default_return is True
    assert found[0].phone is None
    assert asked(run, adapter.return_addresses(account), {"address_list": None})[0] == ()
    (only,), _ = asked(run, adapter.return_addresses(account), page(0, 4, total=None) | {"total": None})
    assert only.address_id == "4"


def test_refuse_reasons_of_a_case(run, account):
    rows = {"items": [{"reject_reason_code": 1}, {"reason": "x"}]}
    (found,), calls = asked(run, adapter.refuse_reasons(account, "aftersale", "146510010020030001"), rows)
    assert found.code == "1"
    assert calls[0][1] == {"aftersale_id": 146510010020030001}
    with pytest.raises(ConfigError):
        asked(run, adapter.refuse_reasons(account, "aftersale", "A1"))


def test_who_we_are(run, account):
    found, calls = asked(run, adapter.whoami(evolve(account, shop_id=None)), {"shop_id": 12345678})
    assert (found.shop_id, found.storefront) == ("12345678", "douyin")
    assert calls == [("shop.reputation", {}, "main")]
    with pytest.raises(WireError):
        asked(run, adapter.whoami(account), {"shop_id": None})
    assert adapter.server_time(account) is None


# ---------------------------------------------------------------- tokens

PAIR = {
    "access_token": "A",
    "refresh_token": "R",
    "expires_in": 604800,
    "shop_id": 12345678,
    "shop_name": "山野集",
}


def test_a_code_becomes_a_token(run, account):
    grant, calls = asked(run, adapter.exchange(account, "C", "http://x", NOW), PAIR)
    assert calls == [("token.create", {"grant_type": "authorization_code", "code": "C"}, "none")]
    assert grant.token == Token("A", "R", NOW + timedelta(days=7), True, NOW + timedelta(days=14))
    assert (grant.shop_id, grant.shop_name, grant.role, grant.storefront) == (
        "12345678",
        "山野集",
        "main",
        "douyin",
    )


def test_a_self_use_app_names_its_shop(run, account):
    known = evolve(account, settings={"test_shop": "1"})
    _, calls = asked(run, adapter.exchange(known, "", "", NOW), PAIR)
    assert calls[0][1] == {
        "grant_type": "authorization_self",
        "code": "",
        "shop_id": "12345678",
        "test_shop": "1",
    }
    with pytest.raises(ConfigError):
        asked(run, adapter.exchange(evolve(account, shop_id=None), "", "", NOW))


@pytest.mark.parametrize(
    ("life", "at"),
    [
        (530808, NOW + timedelta(seconds=530808)),
        ("530808", NOW + timedelta(seconds=530808)),
        (1_782_000_000, datetime.fromtimestamp(1_782_000_000, UTC)),
        (0, NOW),
        (None, None),
    ],
)
def test_how_long_a_token_lives(run, account, life, at):
    grant, _ = asked(run, adapter.exchange(account, "C", "", NOW), PAIR | {"expires_in": life})
    assert grant.token.expires_at == at


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": 5},
        7,
        None,
        PAIR | {"expires_in": 10**14},
        PAIR | {"expires_in": -(10**15)},
    ],
)
def test_an_answer_without_a_usable_token(run, account, answer):
    with pytest.raises(WireError):
        asked(run, adapter.exchange(account, "C", "", NOW), answer)


def test_a_token_that_cannot_be_refreshed(run, account):
    grant, _ = asked(run, adapter.exchange(account, "C", "", NOW), PAIR | {"refresh_token": ""})
    assert (grant.token.refresh, grant.token.renewable, grant.token.renewable_until) == (None, False, None)
    with pytest.raises(AuthError):
        asked(run, adapter.refresh(account, grant.token, NOW))


def test_refresh_brings_a_new_pair_or_the_same(run, account):
    before = Token("A", "R", NOW + timedelta(minutes=30), True, NOW + timedelta(days=7))
    fresh = {"access_token": "B", "refresh_token": "S", "expires_in": 604800}
    grant, calls = asked(run, adapter.refresh(account, before, NOW), fresh)
    assert calls == [("token.refresh", {"grant_type": "refresh_token", "refresh_token": "R"}, "none")]
    assert grant.token == Token("B", "S", NOW + timedelta(days=7), True, NOW + timedelta(days=14))
    grant, _ = asked(run, adapter.refresh(account, before, NOW), PAIR | {"expires_in": 4000})
    assert grant.token.renewable_until == before.renewable_until
    assert grant.token.expires_at == NOW + timedelta(seconds=4000)


def test_a_self_use_app_makes_a_new_pair_when_the_old_has_run_out(run, account):
    gone = AuthError("gone", cure="login")
    token = Token("A", "R")
    known = evolve(account, settings={"self_use": "1"})
    grant, calls = asked(run, adapter.refresh(known, token, NOW), gone, PAIR)
    assert [method for method, _, _ in calls] == ["token.refresh", "token.create"]
    assert grant.token.access == "A"
    for other in (account, evolve(known, shop_id=None)):
        with pytest.raises(AuthError):
            asked(run, adapter.refresh(other, token, NOW), gone)
    with pytest.raises(AuthError):
        asked(run, adapter.refresh(known, token, NOW), AuthError("keys", cure="keys"))


@pytest.mark.parametrize(
    ("minutes", "due"), [(61, False), (60, False), (51, False), (50, True), (1, True), (-5, True)]
)
def test_a_token_is_due_within_its_last_hour(minutes, due):
    assert adapter.due(Token("A", "R", NOW + timedelta(minutes=minutes)), NOW) is due


def test_a_token_of_unknown_life_is_never_due():
    assert not adapter.due(Token("A", "R"), NOW)


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({}, "https://fuwu.jinritemai.com/authorize?service_id=21001&state=s%2F1"),
        (
            {"oauth": "http://127.0.0.1:9/"},
            "http://127.0.0.1:9/authorize?service_id=21001&state=s%2F1&redirect_uri=http%3A%2F%2Fx%2Fcb",
        ),
        (
            {"gateway": "http://127.0.0.1:8/api"},
            "http://127.0.0.1:8/authorize?service_id=21001&state=s%2F1&redirect_uri=http%3A%2F%2Fx%2Fcb",
        ),
    ],
)
def test_the_login_page(more, address):
    app = App("douyin", "7", "s", service_id="21001", **more)
    assert adapter.authorize_url(app, "http://x/cb", "s/1") == address
    with pytest.raises(ConfigError):
        adapter.authorize_url(App("douyin", "7", "s"), "http://x/cb", "s")


def test_reads_are_named_with_dots_and_with_slashes():
    assert {"afterSale.List", "afterSale/List", "shop.reputation"} <= adapter.read_methods
    assert not {"afterSale.operate", "token.create", "order/logisticsAdd"} & adapter.read_methods


def test_the_columns_of_a_review_export():
    columns = adapter.review_columns
    assert "订单编号" in columns["order_id"]
    headers = [header for names in columns.values() for header in names]
    assert len(headers) == len(set(headers))
