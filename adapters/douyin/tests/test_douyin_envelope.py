"""The envelope: what goes out to the byte, which answers are successes, and what each failure becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    NotSupported,
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
from omnishop.ports import Response, Token
from omnishop_douyin import adapter
from omnishop_douyin.envelope import open_body
from omnishop_douyin.error_rows import OLD_ROWS, ROWS

NOW = datetime(2024, 4, 30, 16, 0, 1, tzinfo=UTC)
CODEC = adapter.codec
READ = Call("afterSale.List")
WRITE = Call("afterSale.operate", write=True)


def body(**parts):
    return json.dumps(parts, ensure_ascii=False).encode()


def refused(code, sub="", *, call=READ, **more):
    with pytest.raises(OmnishopError) as caught:
        CODEC.decode(call, Response(200, body(code=code, sub_code=sub, log_id="L1", **more)))
    return caught.value


# ---------------------------------------------------------------- out


def test_the_published_request_goes_out_to_the_byte(vectors, account):
    example = vectors["request_example"]
    vector = next(row for row in vectors["vectors"] if row["name"] == example["of"])
    app = evolve(account.app, app_key=vector["app_key"], app_secret=vector["app_secret"])
    call = Call("order/searchList", vector["params"])
    request = CODEC.encode(call, evolve(account, app=app), Token(example["access_token"]), NOW)
    assert request.method == example["http_method"]
    assert request.url == example["url"]
    assert request.content == example["body"].encode()
    assert dict(request.headers)["content-type"] == example["headers"]["Content-Type"]
    assert dict(request.headers)["x-open-no-old-err-code"] == "1"


def test_what_is_signed_is_what_is_sent(account):
    request = CODEC.encode(Call("a.b", {"n": None, "t": "一\u2028"}), account, None, NOW)
    assert request.content == '{"t":"一\\u2028"}'.encode()
    query = parse_qs(urlsplit(request.url).query)
    assert "access_token" not in query
    vector = {
        "app_key": account.app.app_key,
        "app_secret": account.app.app_secret,
        "method": "a.b",
        "timestamp": query["timestamp"][0],
        "param_json": request.content.decode(),
    }
    assert query["sign"] == [CODEC.sign(vector, None)[0]]
    assert query["sign_method"] == ["hmac-sha256"]


def test_another_gateway_keeps_its_path(account):
    app = evolve(account.app, gateway="http://127.0.0.1:8080/douyin/")
    request = CODEC.encode(Call("/afterSale/List"), evolve(account, app=app), None, NOW)
    assert request.url.startswith("http://127.0.0.1:8080/douyin/afterSale/List?app_key=")


@pytest.mark.parametrize(
    "call", [Call("list"), Call(""), Call("a b.c"), Call("a.b", files={"f": File("f", b"")})]
)
def test_what_is_no_call_of_this_platform_is_not_sent(call, account):
    with pytest.raises(ConfigError):
        CODEC.encode(call, account, None, NOW)


def test_neither_secret_nor_token_shows_in_a_request(account):
    request = CODEC.encode(Call("a.b"), account, Token("tok-en"), NOW)
    assert account.app.app_secret not in request.url
    assert "tok-en" not in repr(account)


# ---------------------------------------------------------------- successes


@pytest.mark.parametrize(
    ("answer", "payload"),
    [
        (body(code=10000, data={"a": 1}), b'{"a": 1}'),
        (body(code="10000", data=[1]), b"[1]"),
        (body(code=10000), b"null"),
        (body(code=10000, data=None), b"null"),
        (body(err_no=0, message="success", data={}), b"{}"),
        (body(code=10000, err_no=7, data=1), b"1"),
        (body(code=10001, data={"items": [1]}), b'{"items": [1]}'),
        (body(code=10000, data=1, log_id=5, sub_code=None, msg=["x"]), b"1"),
        (b"\xef\xbb\xbf" + body(code=10000, data=2), b"2"),
        (b'{"code":10000,"data":{"t":"a\nb",},}', b'{"t":"a\\u000ab"}'),
        (b'{"log_id":5,"code":10000,"data":[3,],}', b"[3]"),
    ],
)
def test_what_counts_as_success(answer, payload):
    assert bytes(CODEC.decode(READ, Response(200, answer))) == payload


def test_repairs_are_counted():
    before = repairs.count
    CODEC.decode(READ, Response(200, b'{"code":10000,"data":[1,]}'))
    assert repairs.count == before + 1


def test_a_partial_failure_hands_its_rows_on():
    answer = body(code=50002, sub_code="isv.business-failed:300008", data={"decrypt_infos": []})
    payload = CODEC.decode(Call("order.batchDecrypt"), Response(200, answer))
    assert bytes(payload) == b'{"decrypt_infos": []}'
    with pytest.raises(Rejected):
        open_body(body(code=10001), "afterSale.List")
    with pytest.raises(OutcomeUnknown):
        open_body(body(code=10001), "afterSale.operate", write=True)


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response(500, b""), Transient),
        (Response(502, body(code=10000, data=1)), Transient),
        (Response(408, b""), Transient),
        (Response(429, b""), RateLimited),
        (Response(200, b""), WireError),
        (Response(200, b"  "), WireError),
        (Response(200, b"<html><body>busy</body></html>"), WireError),
        (Response(200, b'{"code":10000,"data":{"a":'), WireError),
        (Response(200, b"[1]"), WireError),
        (Response(200, b"null"), WireError),
        (Response(200, b"{}"), WireError),
        (Response(200, b'{"code":{}}'), WireError),
        (Response(200, b'{"code":"x"}'), WireError),
        (Response(200, b'{"code":true,}'), WireError),
        (Response(200, b"\xff\xfe"), WireError),
        (Response(200, b"[" * 100_000), WireError),
        (Response(404, b"not here"), WireError),
        (Response(301, body(code=10000, data=1)), WireError),
        (Response(403, body(code=30002, sub_code="isv.invalid_ip")), PermissionDenied),
    ],
)
def test_what_is_no_readable_success(response, error):
    with pytest.raises(error):
        CODEC.decode(READ, response)


def test_a_throttled_connection_says_how_long():
    for header, seconds in (({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, None), ({}, None)):
        with pytest.raises(RateLimited) as caught:
            CODEC.decode(READ, Response(429, b"", header))
        assert caught.value.retry_after == seconds


EXPECTED = {
    "platform": Transient,
    "throttle": RateLimited,
    "permission": PermissionDenied,
    "security": PermissionDenied,
    "auth": AuthError,
    "signature": AuthError,
    "clock": ConfigError,
    "bad_params": (ConfigError, Rejected),
    "business": Rejected,
    "not_found": NotFound,
    "conflict": Conflict,
    "duplicate": Conflict,
    "offline": NotSupported,
    "unknown": Rejected,
    "partial": Rejected,
}
CURES = {"refresh": "refresh", "refresh_or_create": "refresh", "reauthorize": "login", "fix_config": "keys"}


def check_row(method, code, sub, cls, action):
    sub = sub.replace("{n}", "987654321")
    if cls == "ok":
        open_body(body(code=int(code), sub_code=sub, data=1), method or "afterSale.List")
        return
    with pytest.raises(OmnishopError) as caught:
        open_body(body(code=int(code), sub_code=sub, log_id="2025X"), method or "afterSale.List")
    error = caught.value
    assert isinstance(error, EXPECTED[cls]), (method, code, sub, cls, error)
    assert error.request_id == "2025X"
    assert error.code.startswith(code)
    assert error.code.endswith(sub)
    assert error.zh != error.en
    if action in CURES:
        assert error.cure == CURES[action]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}:{row[1]}:{row[2]}" for row in ROWS])
def test_every_row_of_the_error_table(row):
    check_row(*row[:5])


@pytest.mark.parametrize("row", OLD_ROWS, ids=[row[0] for row in OLD_ROWS])
def test_every_row_of_the_old_scheme(row):
    number, cls, action, _ = row
    if cls == "ok":
        assert bytes(open_body(body(err_no=0, data=1), "a.b")) == b"1"
        return
    with pytest.raises(OmnishopError) as caught:
        open_body(body(err_no=int(number), message="x"), "afterSale.List")
    assert isinstance(caught.value, EXPECTED[cls])
    assert caught.value.code == f"err_no/{number}"
    if action in CURES:
        assert caught.value.cure == CURES[action]


def test_the_published_error_list_is_covered_row_by_row(shared):
    rows = json.loads((shared / "errors.json").read_text(encoding="utf-8"))
    assert len(rows) == len(ROWS) + len(OLD_ROWS)
    for row in rows:
        if row.get("scheme") == "old":
            assert any(ours[:2] == (str(row["err_no"]), row["class"]) for ours in OLD_ROWS)
        else:
            check_row(
                row.get("method", ""),
                str(row["code"]),
                row["sub_code"] or "",
                row["class"],
                row.get("action", ""),
            )


def test_a_blank_may_follow_the_colon():
    error = refused(50001, "dop.token-generate-failed: code-expired", call=Call("token.create"))
    assert isinstance(error, AuthError)
    assert error.cure == "login"


@pytest.mark.parametrize(
    ("code", "sub", "read", "write"),
    [
        (77777, "", Rejected, OutcomeUnknown),
        (77777, "isv.new", Rejected, OutcomeUnknown),
        (50002, "isp.strange:1", Rejected, OutcomeUnknown),
        (90000, "dop.unknown-error", Rejected, OutcomeUnknown),
        (0, "", Rejected, OutcomeUnknown),
        (20000, "isp.never-heard-of", Transient, OutcomeUnknown),
        (20000, "isp.service-error:10002", Transient, OutcomeUnknown),
        (20001, "dop.service-error", Transient, OutcomeUnknown),
        (50001, "", Transient, OutcomeUnknown),
        (50001, "isv.odd", Rejected, OutcomeUnknown),
        (30001, "dop.new-reason", PermissionDenied, PermissionDenied),
        (40003, "isv.something-new", ConfigError, ConfigError),
        (40004, "isv.something-new", Rejected, Rejected),
        (50002, "isv.something-new", Rejected, Rejected),
        (60000, "", RateLimited, RateLimited),
        (70000, "isv.gone", NotSupported, NotSupported),
        (50002, "isv.business-failed:20309541", Rejected, Conflict),
        (40003, "isv.signature-invalid", AuthError, AuthError),
    ],
)
def test_what_a_code_means_for_a_read_and_for_a_write(code, sub, read, write):
    assert type(refused(code, sub)) is read
    assert type(refused(code, sub, call=WRITE)) is write


def test_an_invalid_case_in_an_operation_changed_nothing():
    error = refused(20000, "isp.service-error:10000", call=WRITE)
    assert type(error) is Rejected


def test_an_unknown_old_number_stays_visible():
    with pytest.raises(Rejected) as caught:
        open_body(body(err_no=424242, message="?"), "afterSale.List")
    assert caught.value.code == "err_no/424242"


def test_errors_quote_the_platform_but_no_secret():
    words = "拒绝 6fb1d0c2-1111-4222-8333-aaaabbbbcccc 13800000000 请重试"
    error = refused(50002, "isv.business-failed:1", sub_msg=words)
    assert "请重试" in error.zh
    for hidden in ("6fb1d0c2", "13800000000"):
        assert hidden not in str(error) + error.zh
    assert error.platform == "douyin"
    assert error.method == "afterSale.List"


def test_the_text_of_an_error_falls_back_and_may_be_missing():
    assert "无效" in refused(40004, "isv.parameter-invalid:1", msg="无效").zh
    assert refused(40004, "isv.parameter-invalid:1", msg=None).zh


# ---------------------------------------------------------------- codes by their class, and cut in texts


@pytest.mark.parametrize("sub", ["isp.brand-new", "isv.brand-new", "dop.brand-new:7", "nonsense"])
def test_codes_with_an_unlisted_sub_code_keep_the_class_of_their_number(sub):
    for call, unknown in ((READ, Rejected), (WRITE, OutcomeUnknown)):
        assert type(refused(70000, sub, call=call)) is NotSupported
        assert type(refused(80000, sub, call=call)) is PermissionDenied
        error = refused(90000, sub, call=call)
        assert type(error) is unknown
        assert "nobody listed" not in str(error)
        assert "未收录" not in error.zh
    assert "nobody listed" in str(refused(77777, sub))


def test_long_codes_and_ids_are_cut_in_the_texts_of_errors():
    error = refused(50002, "isv." + "x" * 500)
    assert len(error.code) == 80
    with pytest.raises(Rejected) as caught:
        open_body(body(code=50002, sub_code="s", log_id="L" * 500), "afterSale.List")
    assert caught.value.request_id == "L" * 80
    with pytest.raises(NotFound) as missing:
        adapter.decode_body("m" * 500, b"{}", None)
    assert "m" * 80 in str(missing.value)
    assert "m" * 81 not in str(missing.value)
    with pytest.raises(ConfigError) as other:
        adapter.streams("s" * 500)
    assert "s" * 81 not in str(other.value)
