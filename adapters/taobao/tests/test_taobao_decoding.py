"""Captured answers of any method become records: our own samples, the reference's, and what strangers store."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("method", [*METHODS, *TOPICS, MESSAGE, TOKEN])
def test_every_method_takes_an_empty_answer_without_a_crash(method):
    for body in ({root(method): {"request_id": "r"}}, {}, {"request_id": "r"}):
        try:
            records = decoded(method, body)
        except OmnishopError:
            continue
        assert isinstance(records, list)


@pytest.mark.parametrize("method", [m for m, kind in READS.items() if kind not in {"raw", "trace"}])
def test_an_empty_list_is_no_record(method):
    assert decoded(method, {root(method): {"total_results": 0, "request_id": "r"}}) == []


@pytest.mark.parametrize("method", WRITES)
def test_every_write_gives_a_result(method):
    records = decoded(method, {root(method): {"is_success": True}})
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
        ("taobao.top.auth.token.refresh", {"token_result": "no json: t1", "request_id": "r"}),
    ):
        (record,) = decoded(method, body)
        assert isinstance(record, Raw)
        text = json.dumps(record.data)
        assert not {"t1", "t2", "t3"} & set(text.replace('"', " ").replace(",", " ").split())


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
