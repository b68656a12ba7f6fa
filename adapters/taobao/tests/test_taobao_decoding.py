"""Captured answers of any method become records: our own samples, the reference's, and what strangers store."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    OmnishopError,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
    WireError,
)
from omnishop.jsonform import dump
from omnishop.model import Raw, Unreadable
from omnishop_taobao import adapter
from omnishop_taobao.methods import MESSAGE, METHODS, READS, TOKEN, TOPICS, WRITES, root
from omnishop_taobao.payloads import TOP, is_payload

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))


def decoded(method, body, account=None):
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return adapter.decode_body(method, content, account)


def holds(record, expected):
    for key, value in expected.items():
        if isinstance(value, dict) and isinstance(record[key], dict):
            holds(record[key], value)
        else:
            assert record[key] == value, key


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_of_ours_gives_its_records(path):
    sample = json.loads(path.read_text(encoding="utf-8"))
    assert sample["source"]
    records = [dump(record) for record in decoded(sample["method"], sample["body"])]
    assert len(records) == len(sample["expect"])
    for record, expected in zip(records, sample["expect"], strict=True):
        holds(record, expected)


# ---------------------------------------------------------------- the reference's samples

TYPES = {
    "orders": "order",
    "order": "order",
    "refunds": "case",
    "refund": "case",
    "special_refunds": "case",
    "special_refund": "case",
    "disputes": "case",
    "exchanges": "case",
    "exchange": "case",
    "refund_status": "case",
    "messages": "event",
    "exchange_messages": "event",
    "events": "event",
    "reasons": "reason",
    "exchange_reasons": "reason",
    "reviews": "review",
    "trace": "trace",
    "write": "write_result",
    "raw": "raw",
}
ERRORS = {
    "business_not_sub_user": PermissionDenied,
    "business_special_refund": Rejected,
    "business_state": Conflict,
    "invalid_argument": ConfigError,
    "invalid_session": AuthError,
    "invalid_signature": AuthError,
    "invalid_timestamp": ConfigError,
    "missing_argument": ConfigError,
    "missing_session": AuthError,
    "no_permission": PermissionDenied,
    "platform_timeout": Transient,
    "session_expired": AuthError,
    "throttled_api": RateLimited,
    "throttled_app_quota": RateLimited,
    "trade_not_exist": NotFound,
    "xml_missing_argument": ConfigError,
}


def method_of(name):
    while name not in METHODS:
        name = name.rsplit(".", 1)[0]
    return name


def test_every_sample_of_the_reference_opens(papers):
    files = sorted((papers / "samples").iterdir())
    assert len(files) > 100
    for path in files:
        if path.name.startswith("error."):
            with pytest.raises(ERRORS[path.name.split(".")[1]]) as caught:
                decoded("taobao.refund.get", path.read_bytes())
            assert caught.value.request_id
        elif path.name.startswith("oauth"):
            continue
        elif path.name == "tmall.exchange.get.failed.json":
            with pytest.raises(Rejected, match="DEMO_NOT_FOUND"):
                decoded("tmall.exchange.get", path.read_bytes())
        else:
            method = method_of(path.stem)
            records = decoded(method, path.read_bytes())
            assert not any(isinstance(record, Unreadable) for record in records), path.name
            assert {dump(record)["type"] for record in records} <= {TYPES[METHODS[method]]}, path.name
            assert bool(records) != path.stem.endswith(".empty"), path.name


FACTS = {
    "taobao.refund.get.wait_seller_agree": {
        "kind": "refund_only",
        "stage": "requested",
        "version": "1709600388000",
    },
    "taobao.refund.get.wait_buyer_return_goods": {"kind": "return_refund", "stage": "awaiting_return"},
    "taobao.refund.get.wait_seller_confirm_goods": {"kind": "return_refund", "stage": "returning"},
    "taobao.refund.get.seller_refuse_buyer": {"stage": "refused", "dispute": "open"},
    "taobao.refund.get.success": {
        "stage": "succeeded",
        "amounts": {"requested": "59.00", "refunded": "59.00"},
    },
    "taobao.refund.get.closed": {
        "kind": "refund_only",
        "stage": "closed",
        "closed_at": "2024-02-23T10:00:01+08:00",
    },
    "taobao.refund.get.tmall_exchange": {"kind": "exchange", "storefront": "tmall"},
    "taobao.refund.get.numeric_id": {"case_id": "8347700000104567"},
    "taobao.special.refund.get": {"source": "special_refund", "kind": "price_protect", "stage": "succeeded"},
    "tmall.exchange.get": {
        "source": "refund",
        "kind": "exchange",
        "stage": "requested",
        "case_id": "8347700001013568",
    },
    "tmall.dispute.receive.get": {"kind": "return_refund", "stage": "awaiting_return"},
    "taobao.trade.fullinfo.get": {
        "status": "paid",
        "amounts": {"total": "457.00", "paid": "402.00", "freight": "0.00", "discount": "55.00"},
    },
    "taobao.trade.fullinfo.get.presale_step": {"status": "unpaid", "amounts": {"paid": None}},
    "taobao.logistics.trace.search": {"tracking_no": "776600001234567", "carrier": "申通快递"},
}


@pytest.mark.parametrize("name", FACTS)
def test_a_sample_of_the_reference_says_what_the_page_says(papers, name):
    (record,) = decoded(method_of(name), (papers / "samples" / f"{name}.json").read_bytes())
    holds(dump(record), FACTS[name])


# ---------------------------------------------------------------- forms


@pytest.mark.parametrize("method", [*METHODS, *sorted(TOPICS), MESSAGE, TOKEN])
def test_every_method_takes_an_empty_answer_without_a_crash(method):
    for body in ({root(method): {"request_id": "r"}}, {}, {"request_id": "r"}):
        try:
            records = decoded(method, body)
        except OmnishopError:
            continue
        assert isinstance(records, list)


SINGLE = {"order", "refund", "special_refund", "exchange"}
LISTS = [m for m, kind in READS.items() if kind not in {"raw", "trace", *SINGLE}]
INSIDE = {"disputes", "exchange_messages", "exchange_reasons"}


@pytest.mark.parametrize("method", LISTS)
def test_an_empty_list_is_no_record(method):
    assert decoded(method, {root(method): {"total_results": 0, "request_id": "r"}}) == []
    assert decoded(method, {root(method): {"request_id": "r"}}) == []


@pytest.mark.parametrize("method", [m for m in LISTS if READS[m] != "refund_status"])
def test_a_count_without_rows_is_not_an_empty_list(method):
    for counted in ({"total_results": 3}, {"total_results": "3", "refunds": {}, "results": []}):
        page = {"result": counted} if READS[method] in INSIDE else counted
        with pytest.raises(WireError, match="counts 3"):
            decoded(method, {root(method): page})


@pytest.mark.parametrize("method", [m for m, kind in READS.items() if kind in SINGLE])
def test_a_success_without_the_record_is_not_found(method):
    name = {"order": "trade", "exchange": "exchange"}.get(READS[method], "refund")
    for told in ({}, {name: None}, {name: ""}, {"success": True}):
        payload = {"result": told} if READS[method] == "exchange" else told
        with pytest.raises(NotFound, match="holds no record"):
            decoded(method, {root(method): payload})


@pytest.mark.parametrize("method", METHODS)
def test_any_json_is_no_answer_of_a_method(method):
    """A captured body wants its root, or what the method answers when it is simplified."""
    foreign = next(other for other in ("taobao.time.get", "taobao.user.seller.get") if other != method)
    bodies = (
        {},
        {"foo": 1},
        {"total": 0},
        {root(foreign): {"time": "2026-01-01 00:00:00"}},
        {"tmall_other_get_response": {"result": {"success": False, "msg_code": "E"}}},
        {"request_id": "r", "nonsense": []},
    )
    for body in bodies:
        with pytest.raises(WireError):
            decoded(method, body)


@pytest.mark.parametrize("method", TOP)
def test_a_simplified_answer_is_known_by_its_members(method):
    for name in TOP[method]:
        assert is_payload(method, {name, "request_id"}, fails_inside=False), name
    assert not is_payload(method, {"nobody", "request_id"}, fails_inside=True)


def test_a_simplified_list_may_be_empty():
    for told in ({"total_results": 0}, {"has_next": False}, {"total_results": 0, "request_id": "r"}):
        assert decoded("taobao.refunds.receive.get", told) == []
    assert decoded("taobao.tmc.messages.consume", {"request_id": "r"}) == []
    foreign = {"refunds": [{"refund_id": "1"}], "has_next": False, "request_id": "r"}
    with pytest.raises(WireError):
        decoded("taobao.trades.sold.get", foreign)
    (done,) = decoded("taobao.rp.refund.intercept", {"request_id": "r"})
    assert done.ok is True


def test_the_members_are_those_of_the_reference(papers):
    told = json.loads((papers / "methods.json").read_text(encoding="utf-8"))["methods"]
    assert {m["name"]: {each["name"] for each in m.get("response_top_level", [])} for m in told} == TOP


@pytest.mark.parametrize("method", WRITES)
def test_every_write_gives_a_result(method):
    boxed = {"token_result": '{"access_token":"t"}'} if "auth.token" in method else {}
    records = decoded(method, {root(method): {"is_success": True, **boxed}})
    kinds = {dump(record)["type"] for record in records}
    assert kinds == ({"raw"} if "auth.token" in method else {"write_result"})


@pytest.mark.parametrize(
    ("method", "payload", "told"),
    [
        (
            "tmall.exchange.agree",
            {"result": {"success": False, "msg_code": "X", "message": "不行"}},
            (False, "X", "不行"),
        ),
        ("taobao.rp.refund.intercept", {}, (True, None, None)),
        ("taobao.trade.close", {}, (None, None, None)),
        ("tmall.exchange.message.add", {"result": {"error_code": "E"}}, (False, "E", None)),
        ("taobao.rp.refunds.agree", {"succ": True, "msg_code": "OP_SUCC"}, (True, "OP_SUCC", None)),
    ],
)
def test_what_a_write_says_of_itself(method, payload, told):
    (result,) = decoded(method, {root(method): payload})
    assert (result.ok, result.code, result.message) == told


def test_an_unknown_method_names_what_is_close():
    with pytest.raises(NotFound, match=r"taobao\.refund\.get"):
        decoded("taobao.refund.got", {})
    with pytest.raises(NotFound):
        adapter.decode("x" * 500, msgspec.Raw(b"{}"), None)


def test_tokens_are_masked_wherever_they_stand():
    answer = {"access_token": "t1", "refresh_token": "t2", "taobao_user_id": "5", "deep": [{"session": "t3"}]}
    for method, body in (
        (TOKEN, answer),
        (
            "taobao.top.auth.token.create",
            {"top_auth_token_create_response": {"token_result": json.dumps(answer)}},
        ),
        ("taobao.top.auth.token.refresh", {"token_result": answer, "request_id": "r"}),
        ("taobao.time.get", {"time_get_response": {"session_key": "t1", "top_session": "t2", "Sign": "t3"}}),
        ("taobao.time.get", {"time_get_response": {"accessToken": "t1", "note": '{"sessionKey":"t2"}'}}),
        (
            "taobao.time.get",
            {"time_get_response": {"url": "http://x/?session=t1&access_token=t2&top_sign=t3"}},
        ),
    ):
        (record,) = decoded(method, body)
        assert isinstance(record, Raw)
        text = json.dumps(record.data)
        assert not re.search(r"\bt[123]\b", text), method
    for broken in ("no json: t1", '{"access_token":"t1', 5, None, "[]"):
        with pytest.raises(WireError, match="no usable token") as caught:
            decoded("taobao.top.auth.token.refresh", {"token_result": broken, "request_id": "r"})
        assert "t1" not in str(caught.value)


def test_one_bad_row_leaves_the_others():
    rows = [
        {"refund_id": 1.5},
        {"status": "CLOSED"},
        {"refund_id": "7", "modified": "yesterday"},
        {"refund_id": "8"},
    ]
    found = decoded(
        "taobao.refunds.receive.get", {"refunds_receive_get_response": {"refunds": {"refund": rows}}}
    )
    assert [type(record).__name__ for record in found] == ["Unreadable", "Unreadable", "Unreadable", "Case"]
    assert found[2].record_id == "7"
    assert "yesterday" not in found[2].error
    assert json.loads(found[2].raw) == rows[2]


def test_what_a_client_made_of_one_element_is_still_a_list():
    """Converted from XML, one element is an object; a blank count and blank fields are none."""
    page = {"total_results": "", "refunds": {"refund": {"refund_id": 7, "cs_status": "", "refund_fee": 9.9}}}
    (found,) = decoded("taobao.refunds.receive.get", {"refunds_receive_get_response": page})
    assert (found.case_id, found.amounts.requested, found.dispute) == ("7", 990, None)


def test_a_root_key_that_clients_get_wrong_is_opened_from_a_file():
    assert (
        decoded("taobao.refund.get", {"taobao_refund_get_response": {"refund": {"refund_id": 7}}})[0].case_id
        == "7"
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"refund_get_response":{"refund"', b"\xff", b'"x"', b"{" * 9]
)
def test_what_is_no_answer_is_a_wire_error(body):
    with pytest.raises(WireError):
        decoded("taobao.refund.get", body)


def test_messages_in_every_form_are_events():
    content = {"refund_id": 1, "tid": 2, "modified": "2026-05-01 10:00:00"}
    (topic,) = decoded("taobao_refund_RefundCreated", content)
    assert (topic.case_id, topic.order_id, topic.topic) == ("1", "2", "taobao_refund_RefundCreated")
    pushed = {
        "id": 5,
        "topic": "taobao_trade_TradeRated",
        "content": content,
        "pub_time": "2026-05-01 10:00:01",
    }
    assert [event.event_id for event in decoded(MESSAGE, [pushed, pushed])] == ["5", "5"]
    assert isinstance(decoded(MESSAGE, {"id": 5})[0], Unreadable)
    with pytest.raises(WireError):
        decoded(MESSAGE, b"{")
    (mended,) = decoded(MESSAGE, b'{"topic":"x","id":1,}')
    assert mended.topic == "x"


def test_a_buyers_own_refunds_are_not_this_shops(account):
    body = {"refunds_apply_get_response": {"refunds": {"refund": [{"refund_id": "7"}]}}}
    assert decoded("taobao.refunds.apply.get", body, account)[0].shop_id is None


def test_whose_record_it_is_comes_from_the_account(account):
    body = {"refund_get_response": {"refund": {"refund_id": "7"}}}
    (found,) = decoded("taobao.refund.get", body, account)
    assert (found.storefront, found.shop_id) == ("tmall", "2200000001013")
    (alone,) = decoded("taobao.refund.get", body)
    assert (alone.storefront, alone.shop_id) == (None, None)
