"""Each numbered pitfall of the platform's page (§9), by its number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import msgspec
import pytest

from omnishop.errors import AuthError, ConfigError, PermissionDenied, RateLimited, Rejected, Transient
from omnishop.flow import Call
from omnishop.model import Kind, Stage
from omnishop.ports import Capability, Level, Response, Token
from omnishop_taobao import adapter, fields, tables
from omnishop_taobao.envelope import Codec
from omnishop_taobao.mapping import cases, orders
from omnishop_taobao.mapping.common import Owner
from omnishop_taobao.methods import READS, TOPICS, WRITES, root
from omnishop_taobao.streams import REVIEW_REACH, REVIEW_ROWS

AT = datetime(2026, 3, 5, 1, 7, 3, tzinfo=UTC)


def sent(account, method, params=None):
    request = Codec().encode(Call(method, params or {}), account, Token("t"), AT)
    return dict(parse_qsl(request.content.decode()))


def refund(**given):
    return cases.refund(msgspec.json.encode({"refund_id": "1", **given}), Owner("tmall"))


def refused(code, sub_code=None):
    body = {"error_response": {"code": code, "msg": "Remote service error", "sub_code": sub_code}}
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the class is what the test looks at
        Codec().decode(Call("taobao.refund.get"), Response(200, json.dumps(body).encode()))
    return caught.value


def test_pitfall_01_json_is_asked_for_and_signed(account):
    params = sent(account, "taobao.refund.get")
    assert params["format"] == "json"
    without = {name: value for name, value in params.items() if name not in {"sign", "format"}}
    vector = {"secret": "secret", "params": without, "sign_method": "hmac-sha256"}
    assert Codec().sign(vector, None)[0] != params["sign"]


def test_pitfall_02_empty_parameters_never_go_out(account):
    with pytest.raises(ConfigError):
        sent(account, "taobao.refund.get", {"buyer_nick": ""})
    assert "buyer_nick" not in sent(account, "taobao.refund.get", {"buyer_nick": None})


def test_pitfall_03_increments_go_backwards_by_days_and_three_months():
    stream = next(s for s in adapter.streams("tmall") if s.name == "orders")
    assert (stream.span, stream.reach) == (timedelta(days=1), timedelta(days=90))
    # the order of the pages: test_orders_are_counted_then_read_from_the_last_page_to_the_first


@pytest.mark.parametrize("storefront", adapter.storefronts)
def test_pitfall_04_cases_are_followed_by_their_own_lists(storefront):
    names = {s.name for s in adapter.streams(storefront) if s.record == "case" and s.clock == "changed"}
    assert {"refunds", "special_refunds"} <= names
    assert ({"exchanges", "disputes"} <= names) == (storefront == "tmall")


def test_pitfall_05_ids_stay_exact_as_number_and_text():
    number = 9223372036854775783
    for form in (number, str(number)):
        assert refund(refund_id=form, tid=form, oid=form).order_id == str(number)
        assert refund(refund_id=form).case_id == str(number)
    (found,) = adapter.decode_body(
        "taobao.time.get", b'{"time_get_response":{"id":9223372036854775808}}', None
    )
    assert found.data["id"] == 2**63


def test_pitfall_06_a_missing_list_is_an_empty_one():
    body = b'{"refunds_receive_get_response":{"total_results":0,"request_id":"r"}}'
    assert adapter.decode_body("taobao.refunds.receive.get", body, None) == []


def test_pitfall_07_only_a_leading_taobao_is_dropped():
    assert root("taobao.refund.get") == "refund_get_response"
    assert root("tmall.exchange.get") == "tmall_exchange_get_response"


def test_pitfall_08_code_15_is_a_platform_fault_only_with_isp():
    assert isinstance(refused(15, "isp.remote-service-error"), Transient)
    assert isinstance(refused(15, "isv.anything"), Rejected)
    assert isinstance(refused(15, "PY-101"), Rejected)
    assert isinstance(refused(15), Rejected)


def test_pitfall_09_a_success_may_hold_a_failure():
    body = {"tmall_exchange_get_response": {"result": {"success": False, "msg_code": "E", "message": "-"}}}
    with pytest.raises(Rejected):
        Codec().decode(Call("tmall.exchange.get"), Response(200, json.dumps(body).encode()))
    with pytest.raises(Rejected):
        adapter.decode_body("tmall.exchange.get", json.dumps(body).encode(), None)


def test_pitfall_10_misspelt_names_stay_misspelt():
    stream = next(s for s in adapter.streams("tmall") if s.name == "exchanges")
    from omnishop_taobao.streams import EXCHANGES

    assert stream.pages.args == (EXCHANGES,)
    assert EXCHANGES.end == "end_gmt_modifed_time"
    assert "WAIT_SELLER_CONSIGN_GOOGDS" in tables.REFUND_STAGES
    assert "taobao_logistics_LogsticDetailTrace" in TOPICS
    (event,) = adapter.decode_body("taobao_retrieve_Started", b'{"redund_id":7}', None)
    assert event.case_id == "7"
    assert cases.exchange_stage("买家已退货，待收货") is Stage.RETURNING


def test_pitfall_11_the_version_is_kept_for_writes():
    assert refund(refund_version=1709600388000).version == "1709600388000"
    assert "refund_version" in fields.REFUND_ROW
    assert "refund_version" in fields.EXCHANGE


def test_pitfall_12_agreeing_wants_a_sub_account():
    error = refused(15, "isv.invalid-permission:not_sub_user")
    assert isinstance(error, PermissionDenied)
    assert "operator" in error.en
    assert adapter.support("tmall", Capability.PRE_AGREE).level is Level.NATIVE
    assert adapter.support("taobao", Capability.PRE_AGREE).level is Level.NOT_OFFERED
    agreeing = [row for front in adapter.storefronts for row in adapter.writes(front) if row.money]
    assert {row.session for row in agreeing if row.method == "taobao.rp.refunds.agree"} == {"operator"}


def test_pitfall_13_replies_are_in_yuan():
    assert refund(refund_fee="252.77").amounts.requested == 25277
    assert refund(refund_fee="1.2").amounts.requested == 120
    raw = b'{"refund_id":"1","refund_fee":252.77}'
    assert cases.refund(raw, Owner()).amounts.requested == 25277


def test_pitfall_14_a_messages_dispute_type_is_no_kind():
    """1 on sale, 2 after sale in a message; REFUND and so on in a refund."""
    assert refund(dispute_type="1").kind is Kind.UNKNOWN
    content = {"refund_id": 1, "tid": 2, "dispute_type": 2, "biz_claim_type": 4}
    (event,) = adapter.decode_body("taobao_dispute_RefundCreated", json.dumps(content).encode(), None)
    assert event.case_id == "1"


def test_pitfall_15_buyers_are_known_by_open_uid_and_masked():
    owner = Owner("tmall", "1", "app", b"s" * 32)
    raw = {"tid": 1, "buyer_nick": "clear", "buyer_open_uid": "AA1"}
    first = orders.order(msgspec.json.encode(raw), owner).buyer
    other = orders.order(msgspec.json.encode({**raw, "buyer_nick": "c**"}), owner).buyer
    assert first == other
    assert first.masked == "c**"
    assert orders.order(b'{"tid":1}', owner).buyer is None


def test_pitfall_16_the_lines_carry_the_numbers():
    lines = [
        {"oid": 1, "num": 2, "payment": "60.00", "part_mjz_discount": "2.40"},
        {"oid": 2, "num": 1, "payment": "34.00", "divide_order_fee": "32.00"},
        {"oid": 3, "num": 1, "payment": "34.00"},
    ]
    several = orders.order(
        msgspec.json.encode(
            {"tid": 9, "num": 0, "post_fee": "8.00", "status": "TRADE_FINISHED", "orders": lines}
        ),
        Owner(),
    )
    assert [line.paid for line in several.lines] == [5760, 3200, None]
    assert [line.quantity for line in several.lines] == [2, 1, 1]
    trade = {"tid": 9, "post_fee": "8.00", "orders": {"order": [{"oid": 9, "payment": "59.60"}]}}
    assert orders.order(msgspec.json.encode(trade), Owner()).lines[0].paid == 5160


def test_pitfall_17_a_ban_is_said_to_hold_for_the_whole_app():
    error = refused(7, "accesscontrol.limited-by-api-access-count")
    assert isinstance(error, RateLimited)
    assert "app" in error.en


def test_pitfall_18_a_living_token_may_still_be_refused():
    error = refused(27)
    assert isinstance(error, AuthError)
    assert error.cure == "refresh"


def test_pitfall_19_times_go_out_and_come_in_as_beijing_time(account):
    assert sent(account, "taobao.time.get")["timestamp"] == "2026-03-05 09:07:03"
    assert refund(modified="2026-03-05 09:07:03").changed_at == AT


def test_pitfall_20_a_messages_content_is_parsed_again():
    message = {
        "id": 2**63 - 1,
        "topic": "taobao_refund_RefundCreated",
        "content": '{"refund_id":8347700000104567}',
    }
    body = {"tmc_messages_consume_response": {"messages": {"tmc_message": [message]}}}
    (event,) = adapter.decode_body("taobao.tmc.messages.consume", json.dumps(body).encode(), None)
    assert (event.event_id, event.case_id) == (str(2**63 - 1), "8347700000104567")


def test_pitfall_21_reviews_have_a_reach_a_limit_and_no_id():
    stream = next(s for s in adapter.streams("taobao") if s.record == "review")
    assert (stream.reach, REVIEW_REACH, REVIEW_ROWS) == (timedelta(days=180), timedelta(days=180), 1500)
    body = {"traderates_get_response": {"trade_rates": {"trade_rate": [{"oid": 5, "role": "buyer"}]}}}
    (found,) = adapter.decode_body("taobao.traderates.get", json.dumps(body).encode(), None)
    assert (found.review_id, found.pictures, found.stars) == ("5:buyer", (), None)


def test_pitfall_22_the_memo_is_read_before_it_would_be_overwritten():
    assert "seller_memo" in fields.TRADE
    assert orders.order(b'{"tid":1,"seller_memo":"old"}', Owner()).remark == "old"
    assert "taobao.trade.memo.update" in WRITES
    assert "taobao.trade.memo.update" not in READS
