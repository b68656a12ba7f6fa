"""Bytes that are no UTF-8, and values that do not fit: one record is set aside, its field named, the rest lives."""

from __future__ import annotations

import json
from datetime import datetime

import httpx
import msgspec
import pytest

from omnishop.drivers.sync import SyncDriver
from omnishop.errors import OmnishopError, OutcomeUnknown, Rejected, WireError
from omnishop.flow import Call
from omnishop.model import Kind, Unreadable
from omnishop.ports import Response, Window
from omnishop_taobao import adapter
from omnishop_taobao.methods import METHODS, READS, TOKEN, WRITES, root

GBK = "质量问题".encode("gbk")
CUT = "质量".encode()[:-1]
LISTS = {
    "taobao.refunds.receive.get": ("refunds", "refund", "refund_id", "reason"),
    "taobao.special.refunds.receive.get": ("refunds", "refund", "refund_id", "desc"),
    "tmall.exchange.receive.get": ("results", "exchange", "dispute_id", "status"),
    "tmall.dispute.receive.get": ("results", "dispute", "refund_id", "title"),
    "tmall.exchange.refusereason.get": ("results", "reason", "reason_id", "reason_text"),
    "tmall.exchange.messages.get": ("results", "refund_message", "id", "content"),
    "taobao.refund.refusereason.get": ("reasons", "reason", "reason_id", "reason_tips"),
    "taobao.refund.messages.get": ("refund_messages", "refund_message", "id", "content"),
    "taobao.trades.sold.get": ("trades", "trade", "tid", "seller_memo"),
}
INSIDE = {"tmall.dispute.receive.get", "tmall.exchange.refusereason.get", "tmall.exchange.messages.get"}


def with_bytes(value, text=GBK):
    """JSON in which @ stands for bytes that JSON cannot hold."""
    return json.dumps(value, ensure_ascii=False).encode().replace(b"@", text)


def rows(method, bad):
    outer, inner, key, field = LISTS[method]
    listed = {outer: {inner: [{key: "1"}, {key: "2", field: "@"}, {key: "3"}]}, "total_results": 3}
    return with_bytes({root(method): {"result": listed} if method in INSIDE else listed}, bad)


@pytest.mark.parametrize("bad", [GBK, CUT], ids=["gbk", "cut"])
@pytest.mark.parametrize("method", LISTS)
def test_one_row_of_broken_text_is_set_aside_and_the_rest_lives(method, bad):
    body = rows(method, bad)
    payload = adapter.codec.decode(Call(method), Response(200, body))
    for found in (adapter.decode_body(method, body, None), adapter.decode(method, payload, None)):
        assert [isinstance(record, Unreadable) for record in found] == [False, True, False]
        assert LISTS[method][3] in found[1].error
        assert "UTF-8" in found[1].error
        assert found[1].raw in body


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("tmall.exchange.get", {"result": {"success": True, "exchange": {"dispute_id": "7", "reason": "@"}}}),
        (
            "tmall.exchange.get",
            {"result": {"success": True, "message": "@", "exchange": {"dispute_id": "7", "title": "@"}}},
        ),
        ("taobao.refund.get", {"refund": {"refund_id": "7", "desc": "@"}}),
        ("taobao.trade.fullinfo.get", {"trade": {"tid": 7, "orders": {"order": [{"oid": 1, "title": "@"}]}}}),
    ],
)
def test_a_single_record_of_broken_text_is_one_unreadable(method, payload):
    body = with_bytes({root(method): payload})
    adapter.codec.decode(Call(method), Response(200, body))
    (found,) = adapter.decode_body(method, body, None)
    assert isinstance(found, Unreadable)
    assert found.record_id == "7"
    assert "UTF-8" in found.error


def test_a_stream_goes_on_past_broken_text(account):
    stream = next(s for s in adapter.streams("tmall") if s.name == "exchanges")
    now = datetime.fromisoformat("2026-09-15T12:00:00+08:00")
    flow = stream.pages(account, Window(now, now))
    call = next(flow)
    with pytest.raises(StopIteration) as done:
        flow.send(adapter.codec.decode(call, Response(200, rows("tmall.exchange.receive.get", GBK))))
    page = done.value.value
    assert [case.case_id for case in page.items] == ["1", "3"]
    assert [bad.record_id for bad in page.unreadable] == ["2"]


def test_cases_go_on_past_rows_and_details_of_broken_text(sim, opened, month):
    """One exchange is broken where it is read by itself, one refund in the lists: the others come."""
    shop = opened(sim)
    whole = {case.case_id for case in shop.cases(*month)}
    cases = [case for case in sim.world.cases.values() if case.shop.storefront == "tmall"]
    detail = next(case for case in cases if case.kind is Kind.EXCHANGE)
    listed = next(case for case in cases if case.kind is Kind.RETURN_REFUND)
    sound = sim.transport()

    def broken(request):
        answer = sound.handle_request(request)
        asked, body = request.read(), answer.read()
        single = b"method=tmall.exchange.get" in asked and detail.case_id.encode() in asked
        if single or b"receive.get&" in asked:
            marked = f'_id":"{(detail if single else listed).case_id}"'.encode()
            body = body.replace(marked, marked + b',"reason":"' + GBK + b'"')
        return httpx.Response(answer.status_code, content=body, headers={"content-type": "application/json"})

    hurt = opened(sim)
    hurt._driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(broken)), attempts=1)
    found = {case.case_id for case in hurt.cases(*month)}
    assert found == whole - {listed.case_id}
    assert detail.case_id in found
    with pytest.raises(WireError, match="UTF-8"):
        hurt.case(detail.case_id)


@pytest.mark.parametrize("write", [False, True])
def test_a_failure_told_in_broken_text_is_still_that_failure(write):
    result = {"success": False, "msg_code": "E1", "message": "@"}
    error = {"code": 15, "msg": "@", "sub_code": "isv.x", "sub_msg": "@", "request_id": "r"}
    for told, code in (
        ({"tmall_exchange_agree_response": {"result": result}}, "E1"),
        ({"error_response": error}, "15/isv.x"),
    ):
        with pytest.raises(Rejected) as caught:
            adapter.codec.decode(Call("tmall.exchange.agree", write=write), Response(200, with_bytes(told)))
        assert caught.value.code == code
    doubt = {"error_response": {"code": 15, "sub_code": "isp.remote-service-timeout", "sub_msg": "@"}}
    with pytest.raises(OutcomeUnknown):
        adapter.codec.decode(Call("taobao.rp.refunds.agree", write=True), Response(200, with_bytes(doubt)))


def test_a_batch_that_went_through_in_part_is_no_failure_though_a_text_is_broken():
    batch = {"succ": False, "results": {"refund_mapping_result": [{"succ": True, "message": "@"}]}}
    body = with_bytes({"rp_refunds_agree_response": batch})
    assert adapter.codec.decode(Call("taobao.rp.refunds.agree", write=True), Response(200, body))


NAMES_OF_FAILURE = (
    "message",
    "msg_code",
    "error_codes",
    "result",
    "results",
    "request_id",
    "refund",
    "error",
)


@pytest.mark.parametrize("method", [*METHODS, TOKEN])
def test_broken_text_anywhere_is_read_or_refused(method):
    for name in NAMES_OF_FAILURE:
        for payload in ({name: "@"}, {"result": {name: "@"}}, {name: {"@": ["@"]}}):
            for whole in ({root(method): payload}, payload, {"error_response": payload}):
                answer = Response(200, with_bytes(whole))
                for read in (
                    lambda at=answer: adapter.decode_body(method, at.content, None),
                    lambda at=answer: adapter.codec.decode(Call(method, write=method in WRITES), at),
                ):
                    try:
                        read()
                    except OmnishopError:
                        continue


def test_a_raw_answer_shows_broken_text_as_far_as_it_can():
    body = with_bytes({"time_get_response": {"note": "a@"}})
    (found,) = adapter.decode_body("taobao.time.get", body, None)
    assert found.data["note"].startswith("a")


# ---------------------------------------------------------------- the field is named, its value is not

SECRET = "5550199"
FIELDS = [
    ("taobao.refunds.receive.get", {"refund_id": 1, "modified": SECRET}, "modified"),
    ("taobao.refunds.receive.get", {"refund_id": 1, "end_time": SECRET}, "end_time"),
    ("taobao.refunds.receive.get", {"refund_id": 1, "created": SECRET}, "created"),
    ("taobao.refunds.receive.get", {"refund_id": 1, "refund_fee": f"{SECRET}x"}, "refund_fee"),
    ("taobao.refunds.receive.get", {"refund_id": 1, "title": [SECRET]}, "title"),
    ("taobao.refunds.receive.get", {"status": SECRET}, "refund_id"),
    (
        "taobao.refunds.receive.get",
        {"refund_id": 1, "refund_remind_timeout": {"exist_timeout": True, "timeout": SECRET}},
        "refund_remind_timeout.timeout",
    ),
    ("tmall.exchange.receive.get", {"dispute_id": 1, "time_out": SECRET}, "time_out"),
    ("tmall.exchange.receive.get", {"dispute_id": 1, "created": SECRET}, "created"),
    ("taobao.trades.sold.get", {"tid": 1, "pay_time": SECRET}, "pay_time"),
    ("taobao.trades.sold.get", {"tid": 1, "post_fee": SECRET + "元"}, "post_fee"),
    ("taobao.trades.sold.get", {"tid": 1, "orders": [{"oid": 1, "price": SECRET + "元"}]}, "orders.price"),
    ("taobao.trades.sold.get", {"tid": 1, "orders": [{"oid": 1, "num": SECRET + "x"}]}, "orders[0].num"),
    (
        "taobao.trades.sold.get",
        {"tid": 1, "orders": [{"oid": 1, "invoice_no": "A", "consign_time": SECRET}]},
        "orders.consign_time",
    ),
    ("taobao.traderates.get", {"oid": 1, "role": "buyer", "created": SECRET}, "created"),
    ("taobao.refund.messages.get", {"id": 1, "created": SECRET}, "created"),
    ("taobao.tmc.messages.consume", {"id": 1, "topic": "t", "pub_time": "0001-01-01 00:00:00"}, "pub_time"),
    ("taobao.tmc.messages.consume", {"id": 1, "topic": "t", "pub_time": 2**62}, "pub_time"),
    ("taobao.tmc.messages.consume", {"id": 1, "topic": "t", "content": f"not {SECRET}"}, "content"),
    ("taobao.tmc.messages.consume", {"id": 1, "topic": "t", "content": '{"tid":[1]}'}, "content: "),
    ("taobao.tmc.messages.consume", {"id": 1, "content": SECRET}, "topic"),
]
ROWS = {
    "orders": "trades",
    "refunds": "refunds",
    "exchanges": "results",
    "reviews": "trade_rates",
    "messages": "refund_messages",
    "events": "messages",
}


@pytest.mark.parametrize(("method", "row", "field"), FIELDS)
def test_an_unreadable_record_names_its_field_and_never_the_value(method, row, field):
    body = msgspec.json.encode({root(method): {ROWS[READS[method]]: [row]}})
    (found,) = adapter.decode_body(method, body, None)
    assert isinstance(found, Unreadable)
    assert field in found.error
    assert SECRET not in found.error


def test_codes_and_ids_in_errors_are_kept_short():
    error = {"code": 15, "sub_code": "isv." + "x" * 500, "request_id": "r" * 500}
    body = json.dumps({"error_response": error}).encode()
    with pytest.raises(Rejected) as caught:
        adapter.codec.decode(Call("taobao.refund.get"), Response(200, body))
    assert len(caught.value.code) == len(caught.value.request_id) == 80
    row = {"refund_id": "9" * 500, "modified": "x"}
    body = json.dumps({"refunds_receive_get_response": {"refunds": {"refund": [row]}}}).encode()
    (found,) = adapter.decode_body("taobao.refunds.receive.get", body, None)
    assert found.record_id == "9" * 80
    with pytest.raises(WireError) as wrong:
        adapter.codec.decode(Call("taobao." + "x" * 500), Response(200, b"{}"))
    assert len(str(wrong.value)) < 400
