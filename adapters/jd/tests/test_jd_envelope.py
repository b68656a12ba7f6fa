"""The codec to the byte: signatures, what is sent, what is refused, and every way an answer can fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from omnishop.errors import (
    AuthError,
    ConfigError,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
    WireError,
)
from omnishop.flow import Call, File
from omnishop.lenient import repairs
from omnishop.ports import Account, App, Response, Token
from omnishop_jd import adapter
from omnishop_jd.envelope import signature, signed_text

codec = adapter.codec
VECTORS = json.loads((Path(__file__).parent / "samples" / "signing_vectors.json").read_text())
NOW = datetime(2026, 3, 18, 2, 15, 30, tzinfo=UTC)
GET = "jingdong.pop.order.get"
LIST = "jingdong.asc.query.list"
REFUSE = "jingdong.asc.audit.refuse"


def account(**app: str) -> Account:
    return Account(App("jd", "KEY", "SECRET", **app), "jd", "10299999")


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_every_vector_signs_right(vector):
    assert codec.sign(vector, None) == (vector["sign"], vector["string_to_sign"])


def test_vectors_are_the_shared_ones(shared):
    assert json.loads((shared / "signing_vectors.json").read_text())["vectors"] == VECTORS["vectors"]


def test_a_vector_may_call_the_secret_app_secret():
    vector = dict(VECTORS["vectors"][0])
    vector["app_secret"] = vector.pop("secret")
    assert codec.sign(vector, None)[0] == vector["sign"]


def test_an_empty_parameter_is_left_out_of_the_text():
    vector = VECTORS["ambiguous"][0]
    assert codec.sign(vector, None)[0] == vector["sign_if_pair_skipped"]


def test_numbers_and_nulls_in_a_vector_are_signed_as_they_would_be_sent():
    assert codec.sign({"secret": "s", "params": {"a": 1, "b": None, "c": True}}, None)[1] == "sa1ctrues"


@pytest.mark.parametrize("params", [{"a": "\ud800"}, {"\ud800": "a"}])
def test_half_a_character_cannot_be_signed(params):
    with pytest.raises(ConfigError):
        codec.sign({"secret": "s", "params": params}, None)
    with pytest.raises(ConfigError):
        codec.encode(Call(GET, params), account(), None, NOW)


@pytest.mark.parametrize("kind", ["spi", "tmc", "push"])
def test_there_is_no_other_form_of_signature(kind):
    with pytest.raises(ConfigError):
        codec.sign(VECTORS["vectors"][0], kind)


@pytest.mark.parametrize(
    "vector", [{}, {"secret": "s"}, {"secret": 1, "params": {}}, {"secret": "s", "params": []}]
)
def test_a_vector_without_secret_or_params_is_refused(vector):
    with pytest.raises(ConfigError):
        codec.sign(vector, None)


# ---------------------------------------------------------------- encode


def test_public_parameters_in_the_query_business_json_in_the_body():
    sent = codec.encode(
        Call(GET, {"order_id": 1, "optional_fields": "orderId", "order_state": None}),
        account(),
        Token("T"),
        NOW,
    )
    url = urlsplit(sent.url)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    body = {name: values[0] for name, values in parse_qs(sent.content.decode()).items()}
    assert (sent.method, url.scheme, url.netloc, url.path) == ("POST", "https", "api.jd.com", "/routerjson")
    assert body == {"360buy_param_json": '{"order_id":1,"optional_fields":"orderId"}'}
    assert query.pop("sign") == signature(signed_text("SECRET", query | body))
    assert query == {
        "method": GET,
        "app_key": "KEY",
        "timestamp": "2026-03-18 10:15:30",
        "v": "2.0",
        "access_token": "T",
    }
    assert "SECRET" not in sent.url + sent.content.decode()


def test_without_a_session_no_access_token_is_sent():
    sent = codec.encode(Call("jingdong.fce.alpha.getVenderCarrier", session="none"), account(), None, NOW)
    assert "access_token" not in sent.url
    assert sent.content == b"360buy_param_json=%7B%7D"


def test_a_decimal_goes_out_exactly():
    sent = codec.encode(Call(GET, {"a": Decimal("12.30")}), account(), None, NOW)
    assert parse_qs(sent.content.decode())["360buy_param_json"] == ['{"a":"12.30"}']


@pytest.mark.parametrize(
    ("call", "app", "token"),
    [
        (Call(GET, {"a": 1.5}), {}, None),
        (Call(GET, {"a": object()}), {}, None),
        (Call(GET, files={"f": File("f", b"x")}), {}, None),
        (Call(GET), {}, Token("")),
        (Call(GET), {}, Token("@x")),
        (Call(GET), {"gateway": "https://gw.api.360buy.com/routerjson"}, None),
        (Call("oauth.access_token", {}, address="oauth"), {"oauth": "https://oauth.jd.com"}, None),
    ],
)
def test_what_must_never_be_sent_is_refused(call, app, token):
    with pytest.raises(ConfigError):
        codec.encode(call, account(**app), token, NOW)


def test_empty_keys_are_refused():
    empty = Account(App("jd", "", "SECRET"), "jd")
    with pytest.raises(ConfigError, match="app_key"):
        codec.encode(Call(GET), empty, None, NOW)


@pytest.mark.parametrize(
    ("app", "host"),
    [
        ({}, "https://open-oauth.jd.com"),
        ({"gateway": "http://127.0.0.1:9/routerjson"}, "http://127.0.0.1:9"),
        ({"gateway": "http://127.0.0.1:9/routerjson", "oauth": "http://127.0.0.1:8/"}, "http://127.0.0.1:8"),
    ],
)
def test_the_login_host_follows_the_gateway(app, host):
    call = Call("oauth.refresh_token", {"refresh_token": "R", "x": None}, address="oauth", session="none")
    sent = codec.encode(call, account(**app), None, NOW)
    assert sent.url == f"{host}/oauth2/refresh_token"
    assert parse_qs(sent.content.decode()) == {
        "app_key": ["KEY"],
        "app_secret": ["SECRET"],
        "refresh_token": ["R"],
    }
    assert adapter.authorize_url(account(**app).app, "https://a/b", "s").startswith(
        f"{host}/oauth2/to_login?"
    )


# ---------------------------------------------------------------- decode


def answer(body, method=LIST, *, status=200, write=False, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return codec.decode(Call(method, write=write), Response(status, content, headers or {}))


def enveloped(inner, method=LIST, suffix="_responce"):
    return {method.replace(".", "_") + suffix: inner}


GOOD = {"code": "0", "pageResult": {"success": True, "code": "00000", "data": []}}


@pytest.mark.parametrize("suffix", ["_responce", "_response"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_both_spellings_open(suffix, separators):
    body = json.dumps(enveloped(GOOD, suffix=suffix), separators=separators).encode()
    assert json.loads(bytes(answer(body))) == GOOD


@pytest.mark.parametrize("code", ["0", 0, None, ""])
def test_success_may_be_text_number_or_missing(code):
    inner = {**GOOD, "code": code}
    assert json.loads(bytes(answer(enveloped(inner)))) == inner


def test_another_letter_case_of_the_envelope_opens():
    assert answer({"jingdong_ASC_query_list_responce": GOOD})


def test_flags_may_be_text():
    inner = {"code": "0", "pageResult": {"success": "true", "code": "00000"}}
    assert json.loads(bytes(answer(enveloped(inner)))) == inner


@pytest.mark.parametrize("body", [b"", b"  \n", b"<html>busy</html>", b" <!DOCTYPE html>"])
def test_nothing_or_a_page_is_the_platforms_fault(body):
    with pytest.raises(Transient):
        answer(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"a":',
        b"\xff\xfe",
        b"[" * 100000,
        b'{"jingdong_asc_query_list_responce":[]}',
        b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":7}}',
        b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{}}}',
        b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{"success":"perhaps"}}}',
        b'{"jingdong_pop_order_get_responce":{"code":"0"}}',
        b'{"a_responce":{},"b_responce":{}}',
        b'{"code":7}',
        b'{"error_response":{}}',
        b'{"error_response":7}',
        b'{"error_response":"\xff"}',
    ],
)
def test_what_cannot_be_read_is_a_wire_error(body):
    with pytest.raises(WireError):
        answer(body)


def test_a_result_of_another_shape_is_a_wire_error_when_the_flag_stands_deeper():
    body = enveloped({"code": "0", "orderDetailInfo": {"apiResult": 7}}, GET)
    with pytest.raises(WireError):
        answer(body, GET)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{"success":true,"code":"00000","msg":"a\x01b"}}}',
        b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{"success":true,"code":"00000",}},}',
        b'\xef\xbb\xbf{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{"success":true,"code":"00000"}}}',
    ],
)
def test_broken_json_is_mended_once_and_counted(body):
    before = repairs.count
    assert b"00000" in bytes(answer(body))
    assert repairs.count == before + 1


def test_a_second_key_beside_the_envelope_does_not_hide_it():
    body = json.dumps(enveloped(GOOD) | {"extra": 1}, separators=(",", ":")).encode()
    assert json.loads(bytes(answer(body))) == GOOD


@pytest.mark.parametrize("write", [False, True])
def test_the_error_layers_in_order(write):
    with pytest.raises(PermissionDenied) as caught:
        answer({"error_response": {"code": 24, "request_id": "r1", "zh_desc": "x"}}, write=write)
    assert (caught.value.code, caught.value.request_id, caught.value.platform) == ("24", "r1", "jd")
    with pytest.raises(ConfigError):
        answer(enveloped({"code": "61", "zh_desc": "坏"}), write=write)
    with pytest.raises(Rejected) as said:
        answer(
            enveloped(
                {"code": "0", "requestId": "r2", "pageResult": {"success": False, "code": "5", "msg": "不行"}}
            )
        )
    assert (said.value.code, said.value.request_id) == ("5", "r2")
    assert "不行" in said.value.zh


def test_a_bare_error_without_envelope():
    with pytest.raises(Rejected) as caught:
        answer({"code": "10500001", "errorMessage": "wrong merchant"})
    assert caught.value.code == "10500001"


def test_a_code_that_contradicts_the_flag_is_a_refusal():
    with pytest.raises(Rejected):
        answer(enveloped({"code": "0", "pageResult": {"success": True, "code": "10001"}}))


@pytest.mark.parametrize(
    ("code", "write", "kind"), [("4711", False, Rejected), ("4711", True, OutcomeUnknown)]
)
def test_a_gateway_code_nobody_mapped(code, write, kind):
    with pytest.raises(kind) as caught:
        answer({"error_response": {"code": code, "zh_desc": "?"}}, REFUSE, write=write)
    assert caught.value.code == code


def test_a_business_code_nobody_mapped_is_a_refusal_of_a_write_too():
    body = enveloped({"code": "0", "result": {"success": False, "code": "77", "msg": "否"}}, REFUSE)
    with pytest.raises(Rejected):
        answer(body, REFUSE, write=True)


def test_a_flag_in_broken_letters_says_nothing():
    body = b'{"jingdong_asc_query_list_responce":{"code":"0","pageResult":{"success":"\xff"}}}'
    with pytest.raises(WireError):
        answer(body)


def test_a_null_result_is_left_to_the_reader():
    assert answer(enveloped({"code": "0", "result": None}, REFUSE), REFUSE)


def test_a_method_nobody_documents_is_opened_all_the_same():
    assert answer({"jingdong_new_method_responce": {"code": "0", "x": 1}}, "jingdong.new.method")
    assert answer(b'{"jingdong_new_method_responce":{"code":"0","x":1}}', "jingdong.new.method")


@pytest.mark.parametrize(("code", "text"), [(None, None), ("1", None), (1, "x")])
def test_legacy_results_by_code_alone(code, text):
    inner = {"code": "0", "publicResultObject5": {"resultCode": code, "resultErrorMsg": text}}
    method = "jingdong.afsservice.alltask.get"
    with pytest.raises(WireError if code is None else Rejected):
        answer(enveloped(inner, method), method)


def test_nested_results_may_say_success_on_either_level():
    method = "jingdong.order.venderRemark.queryByOrderId"
    inner = {
        "code": "0",
        "venderRemarkQueryResult": {"api_jos_result": {"success": True, "result_code": "0"}},
    }
    compact = json.dumps(enveloped(inner, method), separators=(",", ":")).encode()
    assert answer(compact, method)
    write = "jingdong.pop.order.modifyVenderRemark"
    flat = {"code": "0", "modifyvenderremark_result": {"success": True, "error_code": "0"}}
    assert answer(json.dumps(enveloped(flat, write), separators=(",", ":")).encode(), write, write=True)


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_another_status_is_the_platforms_fault(status):
    with pytest.raises(Transient) as caught:
        answer(b"oops", status=status)
    assert caught.value.code == str(status)
    with pytest.raises(Transient):
        answer(enveloped(GOOD), status=status)


def test_another_status_with_a_known_code_says_that_code():
    with pytest.raises(AuthError):
        answer({"error_response": {"code": "19"}}, status=400)


@pytest.mark.parametrize(
    ("header", "seconds"), [({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, None), ({}, None)]
)
def test_throttled_by_status(header, seconds):
    with pytest.raises(RateLimited) as caught:
        answer(b"", status=429, headers=header)
    assert caught.value.retry_after == seconds


# ---------------------------------------------------------------- the login host


def login(body, status=200):
    return codec.decode(
        Call("oauth.access_token", address="oauth", session="none"),
        Response(status, json.dumps(body).encode()),
    )


def test_the_login_answer_has_no_envelope():
    assert json.loads(bytes(login({"access_token": "A", "code": 0}))) == {"access_token": "A", "code": 0}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [({"code": 110501, "msg": "x"}, 200, AuthError), ({}, 200, WireError), ({"code": 1}, 502, Transient)],
)
def test_the_login_may_fail(body, status, kind):
    with pytest.raises(kind):
        login(body, status)


def test_no_message_holds_a_secret_or_a_long_number():
    body = enveloped(
        {"code": "0", "pageResult": {"success": False, "code": "5", "msg": "手机13800001234有误"}}
    )
    with pytest.raises(OmnishopError) as caught:
        answer(body)
    assert "13800001234" not in str(caught.value) + caught.value.zh
    long = enveloped({"code": "0", "pageResult": {"success": False, "code": "5"}})
    with pytest.raises(Rejected):
        answer(long)
