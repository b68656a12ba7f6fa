"""The envelope: what goes out to the byte, what is refused before it goes, and what an answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, parse_qsl

import msgspec
import pytest
from attrs import evolve

from omnishop.drivers.exchange import settle
from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    OutcomeUnknown,
    Rejected,
    Transient,
    WireError,
)
from omnishop.flow import Call, File
from omnishop.lenient import repairs
from omnishop.ports import Response, Token
from omnishop_taobao import adapter
from omnishop_taobao.envelope import body_of
from omnishop_taobao.methods import root

CODEC = adapter.codec
AT = datetime(2026, 3, 5, 1, 7, 3, tzinfo=UTC)
METHOD = "taobao.refund.get"


def sent(call, account, token=Token("session-of-a-shop")):  # noqa: B008 - never changed
    request = CODEC.encode(call, account, token, AT)
    return request, dict(parse_qsl(request.content.decode(errors="replace")))


def answer(body, method=METHOD, *, status=200, write=False, params=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CODEC.decode(Call(method, params or {}, write=write), Response(status, content))


# ---------------------------------------------------------------- out


def test_everything_rides_in_the_body_signed_in_beijing_time(account):
    request, params = sent(Call(METHOD, {"refund_id": "7", "fields": "refund_id"}), account)
    assert (request.method, request.url) == ("POST", "https://eco.taobao.com/router/rest")
    assert params["timestamp"] == "2026-03-05 09:07:03"
    assert (params["v"], params["format"], params["session"]) == ("2.0", "json", "session-of-a-shop")
    vector = {"secret": "secret", "params": params, "sign_method": "hmac-sha256"}
    assert CODEC.sign(vector, None)[0] == params["sign"]


def test_values_take_the_form_the_gateway_reads(account):
    given = {
        "none": None,
        "yes": True,
        "no": False,
        "at": AT,
        "ids": [1, "2"],
        "set": {"b", "a"},
        "struct": {"tid": "1"},
        "structs": [{"tid": "1"}],
        "sum": Decimal("1.50"),
    }
    _, params = sent(Call(METHOD, given), account)
    assert "none" not in params
    assert (params["yes"], params["no"], params["at"]) == ("true", "false", "2026-03-05 09:07:03")
    assert (params["ids"], params["set"], params["sum"]) == ("1,2", "a,b", "1.50")
    assert (params["struct"], params["structs"]) == ('{"tid":"1"}', '[{"tid":"1"}]')


@pytest.mark.parametrize(
    "value",
    ["", "   ", 1.5, AT.replace(tzinfo=None), b"raw", [], {"a", ""}],
    ids=["empty", "blank", "float", "naive", "bytes", "list", "set"],
)
def test_what_must_never_be_sent_is_refused(account, value):
    with pytest.raises(ConfigError, match="p"):
        sent(Call(METHOD, {"p": value}), account)


def test_public_parameters_are_the_codecs(account):
    with pytest.raises(ConfigError, match="app_key"):
        sent(Call(METHOD, {"app_key": "1"}), account)


@pytest.mark.parametrize("token", [None, Token(" ")])
def test_a_session_is_needed_unless_the_method_wants_none(account, token):
    with pytest.raises(ConfigError, match="session"):
        sent(Call(METHOD), account, token)
    _, params = sent(Call("taobao.time.get", session="none"), account, None)
    assert "session" not in params


def test_files_make_it_multipart_and_are_not_signed(account):
    call = Call(
        "taobao.refund.message.add", {"content": "看图"}, files={"image": File('a"\r\n.jpg', b"\xff\xd8")}
    )
    request, _ = sent(call, account)
    kind = dict(request.headers)["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    assert b'name="image"; filename="a.jpg"' in request.content
    assert "看图".encode() in request.content
    plain = evolve(call, files={})
    assert parse_qs(sent(plain, account)[0].content.decode())["sign"][0].encode() in request.content


def test_addresses_can_be_set_and_oauth_follows_the_gateway(account):
    there = evolve(account, app=evolve(account.app, gateway="http://127.0.0.1:9/router/rest"))
    assert sent(Call(METHOD), there)[0].url == "http://127.0.0.1:9/router/rest"
    call = Call("oauth.token", {"grant_type": "refresh_token", "none": None}, session="none", address="oauth")
    request, params = sent(call, there, None)
    assert request.url == "http://127.0.0.1:9/token"
    assert params == {"grant_type": "refresh_token", "client_id": "31230000", "client_secret": "secret"}
    other = evolve(there, app=evolve(there.app, oauth="https://login.test/"))
    assert sent(call, other, None)[0].url == "https://login.test/token"
    assert sent(call, account, None)[0].url == "https://oauth.taobao.com/token"


# ---------------------------------------------------------------- in


def test_the_payload_is_what_stands_under_the_root_key():
    assert bytes(answer({"refund_get_response": {"refund": {}}})) == b'{"refund": {}}'


def test_another_root_is_an_error_unless_it_was_simplified():
    with pytest.raises(WireError, match="refund_get_response"):
        answer({"taobao_refund_get_response": {}})
    assert bytes(answer({"refund": {}}, params={"simplify": True})) == b'{"refund": {}}'
    with pytest.raises(WireError):
        answer({"a_response": {}, "b_response": {}}, params={"simplify": "true"})
    for foreign in ({"x_response": {"a": 1}}, {}, {"trade": {}}, {"request_id": "r"}):
        with pytest.raises(WireError, match="refund_get_response"):
            answer(foreign, params={"simplify": "true"})


@pytest.mark.parametrize(
    ("status", "body"), [(502, b"<html>bad gateway</html>"), (200, b"<html>"), (200, b""), (504, b"{}")]
)
def test_a_gateway_or_proxy_fault_is_transient(status, body):
    with pytest.raises(Transient) as caught:
        answer(body, status=status)
    assert str(status) in str(caught.value)


def test_an_error_in_json_counts_whatever_the_status():
    with pytest.raises(AuthError) as caught:
        answer({"error_response": {"code": "27", "sub_code": "session-expired", "request_id": 5}}, status=500)
    assert (caught.value.cure, caught.value.code, caught.value.request_id) == (
        "refresh",
        "27/session-expired",
        "5",
    )


def test_one_repair_pass_then_no_more():
    before = repairs.count
    broken = b'{"refund_get_response":{"refund":{"desc":"a\x01b\nc",},}}'
    assert msgspec.json.decode(answer(broken))["refund"]["desc"] == "a\x01b\nc"
    assert repairs.count == before + 1
    with pytest.raises(WireError, match="cut off"):
        answer(b'{"refund_get_response":{"refund":')
    assert repairs.count == before + 2


def test_an_xml_error_is_read_and_an_xml_answer_is_no_json():
    body = (
        '<?xml version="1.0" encoding="utf-8" ?><error_response><code>40</code><msg>m</msg>'
        "<sub_code>isv.missing-parameter:fields</sub_code></error_response><!--top1-->"
    )
    with pytest.raises(ConfigError) as caught:
        answer(body.encode())
    assert (caught.value.code, caught.value.request_id) == ("40/isv.missing-parameter:fields", None)
    with pytest.raises(Transient):
        answer(b"<?xml version='1.0'?><refund_get_response/>")


@pytest.mark.parametrize("error", [[], "x", {"code": "4x"}, {"code": "99999999999"}, {"sub_code": {}}])
def test_an_error_of_any_shape_is_an_error(error):
    with pytest.raises(Rejected):
        answer({"error_response": error})


# ---------------------------------------------------------------- failures inside success


def inside(method, payload, *, write=False):
    return answer({root(method): payload}, method, write=write)


@pytest.mark.parametrize(
    ("method", "payload", "code"),
    [
        (
            "tmall.exchange.get",
            {"result": {"success": False, "msg_code": "E1", "message": "换货单不存在"}},
            "E1",
        ),
        ("tmall.dispute.receive.get", {"result": {"error_code": "E2", "error_msg": "x"}}, "E2"),
        ("tmall.exchange.receive.get", {"error_codes": "E3", "error_msg": "x"}, "E3"),
        (
            "taobao.rdc.aligenius.refunds.check",
            {"result": {"success": False, "error_code": 7, "error_info": "x"}},
            "7",
        ),
        (
            "taobao.rp.refunds.agree",
            {"succ": False, "msg_code": "OP_FAILURE_UE", "message": "x"},
            "OP_FAILURE_UE",
        ),
        (
            "taobao.rp.refunds.agree",
            {
                "succ": False,
                "msg_code": "OP_FAILURE_UE",
                "results": {"refund_mapping_result": [{"succ": False}]},
            },
            "OP_FAILURE_UE",
        ),
        ("tmall.exchange.get", {"result": {"success": False}}, None),
    ],
)
def test_a_failure_inside_a_success_is_a_refusal(method, payload, code):
    with pytest.raises(Rejected) as caught:
        inside(method, payload, write=True)
    assert caught.value.code == code


def test_a_state_fault_inside_a_success_is_a_conflict():
    with pytest.raises(Conflict):
        inside("tmall.exchange.agree", {"result": {"success": False, "msg_code": "2101"}}, write=True)


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("tmall.exchange.get", {"result": {"success": True, "exchange": {}}}),
        ("tmall.exchange.receive.get", {"total_results": 0, "error_codes": ""}),
        ("tmall.dispute.receive.get", {"result": {"total_results": 0}}),
        ("tmall.dispute.receive.get", {"result": [1]}),
        ("tmall.exchange.get", {"result": {"success": "maybe"}}),
        (
            "taobao.rp.refunds.agree",
            {
                "succ": False,
                "msg_code": "SOME_OP_SUCC",
                "results": {"refund_mapping_result": [{"succ": True}]},
            },
        ),
        ("taobao.rp.refunds.agree", {"succ": False, "results": [{"succ": True}]}),
    ],
)
def test_what_is_no_failure_is_handed_on(method, payload):
    assert msgspec.json.decode(inside(method, payload, write=True)) == payload


# ---------------------------------------------------------------- doubt about writes


@pytest.mark.parametrize(
    "sub_code", ["isp.remote-service-timeout", "isp.null-pointer-exception", "isp.call-limited"]
)
def test_a_write_that_met_an_isp_code_may_have_happened(sub_code):
    with pytest.raises(OutcomeUnknown):
        answer({"error_response": {"code": 15, "sub_code": sub_code}}, "taobao.rp.refunds.agree", write=True)


def test_an_unmapped_gateway_code_leaves_a_write_in_doubt_and_refuses_a_read():
    body = {"error_response": {"code": 77}}
    with pytest.raises(OutcomeUnknown):
        answer(body, write=True)
    with pytest.raises(Rejected) as caught:
        answer(body)
    assert caught.value.code == "77"
    with pytest.raises(Rejected):
        answer({"error_response": {"code": 530}}, write=True)


def test_a_cut_answer_to_a_write_is_settled_as_unknown():
    call = Call("taobao.rp.refunds.agree", write=True)
    with pytest.raises(WireError) as caught:
        CODEC.decode(call, Response(200, b'{"rp_refunds'))
    assert isinstance(settle(call, caught.value), OutcomeUnknown)


# ---------------------------------------------------------------- OAuth answers


def oauth(body, status=200):
    call = Call("oauth.token", session="none", address="oauth")
    return CODEC.decode(
        call, Response(status, body if isinstance(body, bytes) else json.dumps(body).encode())
    )


def test_oauth_answers_and_refusals():
    assert msgspec.json.decode(oauth({"access_token": "a"}))["access_token"] == "a"
    with pytest.raises(AuthError) as keys:
        oauth({"error": "invalid_client", "error_description": "secret-value"}, 400)
    assert (keys.value.cure, keys.value.code) == ("keys", "invalid_client")
    assert "secret-value" not in str(keys.value)
    with pytest.raises(AuthError) as login:
        oauth({"error": "invalid_grant"})
    assert login.value.cure == "login"
    with pytest.raises(WireError):
        oauth({"access_token": 5})
    with pytest.raises(Transient):
        oauth({"access_token": "a"}, 503)
    with pytest.raises(Transient):
        oauth(b"<html>", 502)


def test_a_row_of_the_data_push_is_opened():
    inner = {"refund_get_response": {"refund": {"refund_id": 7}}}
    row = {"refund_id": 7, "seller_nick": "x", "jdp_response": json.dumps(inner)}
    assert adapter.decode_body(METHOD, json.dumps(row).encode(), None)[0].case_id == "7"
    for broken in (b'{"jdp_response":5', b'{"jdp_response":""}', b'{"jdp_response":"{"}'):
        with pytest.raises(WireError):
            adapter.decode_body(METHOD, broken, None)
    named = {
        "refund_get_response": {"refund": {"refund_id": 7, "desc": "jdp_response"}},
        "jdp_response": None,
    }
    assert adapter.decode_body(METHOD, json.dumps(named).encode(), None)[0].case_id == "7"


def test_an_answer_stored_as_json_text_is_opened():
    stored = json.dumps(json.dumps({"refund_get_response": {"refund": {"refund_id": 7}}})).encode()
    assert adapter.decode_body(METHOD, b"  " + stored + b"\n", None)[0].case_id == "7"
    with pytest.raises(WireError):
        adapter.decode_body(METHOD, b'"cut', None)


def test_a_captured_fault_of_the_platform_keeps_its_code():
    body = {
        "error_response": {
            "code": 15,
            "msg": "Remote service error",
            "sub_code": "isp.remote-service-timeout",
        }
    }
    with pytest.raises(Transient) as fault:
        body_of("taobao.refund.get", json.dumps(body).encode())
    assert "isp.remote-service-timeout" in str(fault.value.code)
