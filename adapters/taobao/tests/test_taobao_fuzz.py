"""Any JSON value at any field, any shape anywhere: no crash, and nothing unknown becomes known."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnishop.errors import OmnishopError
from omnishop.flow import Call
from omnishop.jsonform import dump
from omnishop.model import Dispute, Kind, OrderStatus, Stage, Unreadable, to_beijing_text
from omnishop.ports import Account, App, Response
from omnishop.sandbox.face import WireRequest
from omnishop_taobao import adapter, tables
from omnishop_taobao.mapping import cases, orders
from omnishop_taobao.mapping.common import Owner
from omnishop_taobao.methods import MESSAGE, METHODS, TOKEN, TOPICS, root
from omnishop_taobao.signing import joined, signature
from omnishop_taobao.wire import cases as case_wire
from omnishop_taobao.wire import orders as order_wire
from omnishop_taobao.wire import rest as rest_wire

ACCOUNT = Account(App("taobao", "1", "s"), "tmall", "5", buyer_secret=b"k" * 32)
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["", "null", "9" * 40, "2026-13-01 00:00:00", "2026-03-05 09:07:03", "1.005", "-0.01", "1e999"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
EXCLUDED_TEXT = {*tables.STAGE_OF_NAME, *tables.KINDS, *tables.SPECIAL_KINDS}


def names_of(*structs):
    return sorted({name for struct in structs for name in struct.__struct_fields__})


def bags(*structs):
    return st.dictionaries(st.sampled_from(names_of(*structs)), VALUES, max_size=9)


RECORDS = {
    "taobao.refunds.receive.get": ("refunds", "refund", bags(case_wire.Refund)),
    "taobao.special.refunds.receive.get": ("refunds", "refund", bags(case_wire.Refund)),
    "tmall.exchange.receive.get": ("results", "exchange", bags(case_wire.Exchange)),
    "taobao.trades.sold.get": ("trades", "trade", bags(order_wire.Trade)),
    "taobao.traderates.get": ("trade_rates", "trade_rate", bags(rest_wire.Rate)),
    "taobao.refund.messages.get": ("refund_messages", "refund_message", bags(rest_wire.Talk)),
    "taobao.refund.refusereason.get": ("reasons", "reason", bags(rest_wire.Why)),
    "taobao.tmc.messages.consume": ("messages", "tmc_message", bags(rest_wire.Message, rest_wire.Content)),
}


@pytest.mark.parametrize("method", RECORDS)
@FAST
@given(data=st.data())
def test_a_record_of_any_values_is_read_or_set_aside(method, data):
    outer, inner, bag = RECORDS[method]
    rows = data.draw(st.lists(bag, min_size=1, max_size=3))
    body = msgspec.json.encode(_small({root(method): {outer: {inner: rows}}}))
    found = adapter.decode_body(method, body, ACCOUNT)
    assert len(found) == len(rows)
    for record in found:
        dump(record)


def _small(value):
    """What an encoder can write: its integers end at 64 bits."""
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, dict):
        return {key: _small(item) for key, item in value.items()}
    return [_small(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("method", [*METHODS, "taobao_refund_RefundCreated", MESSAGE, TOKEN])
@settings(max_examples=12, deadline=None)
@given(value=VALUES)
def test_an_answer_of_any_shape_is_read_or_refused(method, value):
    for whole in ({root(method): value}, value, {"error_response": value}, {root(method): {"result": value}}):
        body = msgspec.json.encode(_small(whole))
        for call in (
            lambda body=body: adapter.decode_body(method, body, ACCOUNT),
            lambda body=body: adapter.codec.decode(Call(method, write=True), Response(200, body)),
        ):
            try:
                call()
            except OmnishopError:
                continue


@FAST
@given(body=st.binary(max_size=60), status=st.sampled_from([200, 400, 500]))
def test_bytes_of_any_kind_are_read_or_refused(body, status):
    for address in ("gateway", "oauth"):
        try:
            adapter.codec.decode(Call("taobao.refund.get", address=address), Response(status, body))
        except OmnishopError:
            continue


@FAST
@given(
    status=st.one_of(st.text(max_size=20), st.integers(15, 10**6), st.integers(-5, 0)),
    other=st.text(max_size=20),
    code=st.integers(-50, 500),
)
def test_no_unknown_code_becomes_known(status, other, code):
    if str(status) in {*EXCLUDED_TEXT, *tables.STAGE_OF_NUMBER} or other in {*EXCLUDED_TEXT, "REFUND"}:
        return
    squeezed = "".join(ch for ch in str(status) if ch.isalnum())
    if squeezed in EXCLUDED_TEXT or squeezed in tables.STAGE_OF_NUMBER:
        return
    raw = msgspec.json.encode({"refund_id": "1", "status": status, "dispute_type": other, "cs_status": code})
    found = cases.refund(raw, Owner("tmall"))
    assert found.stage is Stage.UNKNOWN
    assert found.kind is Kind.UNKNOWN or not other
    assert found.dispute is Dispute.UNKNOWN or code in tables.DISPUTES
    exchange = cases.exchange(msgspec.json.encode({"dispute_id": "1", "status": status}), Owner())
    assert exchange.stage is Stage.UNKNOWN
    if other not in tables.ORDER_STATUSES:
        trade = orders.order(msgspec.json.encode({"tid": 1, "status": other}), Owner())
        assert trade.status is OrderStatus.UNKNOWN


@pytest.mark.parametrize("depth", [100, 5000, 200_000])
def test_deep_nesting_is_refused_and_does_not_crash(depth):
    for body in (
        b'{"refund_get_response":{"refund":' + b"[" * depth,
        b'{"refund_get_response":{"refund":{"refund_id":"1","x":' + b"[" * depth + b"]" * depth + b"}}}",
    ):
        try:
            found = adapter.decode_body("taobao.refund.get", body, None)
        except OmnishopError:
            continue
        assert all(isinstance(record, Unreadable) or record.case_id == "1" for record in found)


def test_topics_and_messages_with_odd_contents():
    for content in (5, [], "x", "[]", '{"tid":[]}', {"tid": 1.5}, None, ""):
        found = adapter.decode_body(
            MESSAGE,
            msgspec.json.encode({"id": 1, "topic": next(iter(sorted(TOPICS))), "content": content}),
            None,
        )
        assert len(found) == 1


PARAMS = {
    "taobao.trades.sold.get": (
        "fields",
        "start_created",
        "end_created",
        "page_no",
        "page_size",
        "use_has_next",
        "type",
        "rate_status",
        "buyer_nick",
        "ext_type",
    ),
    "taobao.refunds.receive.get": (
        "fields",
        "status",
        "start_modified",
        "end_modified",
        "page_no",
        "page_size",
    ),
    "taobao.refund.get": ("fields", "refund_id"),
    "tmall.exchange.receive.get": (
        "fields",
        "dispute_status_array",
        "end_gmt_modifed_time",
        "page_no",
        "refund_id_array",
        "biz_order_id",
        "logistic_no",
    ),
    "tmall.dispute.receive.get": ("fields", "refund_id", "type", "buyer_open_uid", "status"),
    "tmall.exchange.messages.get": ("fields", "dispute_id", "operator_roles"),
    "taobao.logistics.companies.get": ("fields", "is_recommended", "order_mode"),
    "tmall.exchange.get": ("fields", "dispute_id"),
    "taobao.traderates.get": (
        "fields",
        "rate_type",
        "role",
        "start_date",
        "page_no",
        "tid",
        "num_iid",
        "result",
    ),
    "taobao.logistics.trace.search": ("tid", "is_split", "sub_tid"),
    "taobao.tmc.messages.consume": ("group_name", "quantity"),
    "taobao.tmc.messages.confirm": ("s_message_ids",),
}
TEXTS = st.one_of(
    st.text(max_size=15),
    st.sampled_from(
        ["1", "0", "true", "tid,orders.oid", "get", "buyer", "2026-09-15 12:00:00", "9" * 30, "1,2"]
    ),
)


@pytest.mark.parametrize("method", PARAMS)
@FAST
@given(data=st.data())
def test_the_simulated_gateway_answers_whatever_is_asked(sim, keys, method, data):
    entry = keys(sim)
    given_ = data.draw(st.dictionaries(st.sampled_from(PARAMS[method]), TEXTS))
    params = {
        "method": method,
        "app_key": entry["app_key"],
        "session": entry["access_token"],
        "timestamp": to_beijing_text(sim.world.clock.machine()),
        "v": "2.0",
        "format": data.draw(st.sampled_from(["json", "xml"])),
        "sign_method": "md5",
        **given_,
    }
    params["sign"] = signature("md5", entry["app_secret"], joined(params.items()))
    request = WireRequest("POST", "eco.taobao.com", "/router/rest", content=urlencode(params).encode())
    answer = sim.answer(request)
    assert answer.status == 200
    assert answer.content.startswith((b"{", b"<?xml"))


@FAST
@given(
    query=st.text(max_size=40),
    body=st.binary(max_size=80),
    kind=st.sampled_from(["", "multipart/form-data; boundary=x"]),
)
def test_the_simulated_gateway_survives_any_bytes(sim, query, body, kind):
    for path in ("/router/rest", "/token", "/authorize"):
        request = WireRequest("POST", "eco.taobao.com", path, query, {"content-type": kind}, body)
        assert sim.answer(request).content
