"""After a write: which answers are a no in words, which were never applied, and which leave doubt."""

from __future__ import annotations

import json

import pytest

from omnishop.drivers.exchange import NeverSent, settle
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
from omnishop.flow import Call
from omnishop.ports import Response
from omnishop_douyin import adapter
from omnishop_douyin.error_rows import ROWS


def outcome(method, body, *, write=True, status=200):
    """The error as a driver hands it on."""
    call = Call(method, {}, write=write)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        adapter.codec.decode(call, Response(status, content))
    except OmnishopError as error:
        return settle(call, error)
    return None


def coded(code, sub="", **more):
    return {"code": code, "sub_code": sub, "msg": "x", "sub_msg": "x", "log_id": "20250612101822AB"} | more


OPERATE, STOP, FILL = "afterSale.operate", "afterSale.CancelSendGoodsSuccess", "afterSale.fillLogistics"

REFUSED = [
    (OPERATE, coded(20000, "isp.service-error:10000"), Rejected),
    (OPERATE, coded(50002, "isv.business-failed:20309541"), Conflict),
    (OPERATE, coded(50002, "isv.business-failed:11001"), Rejected),
    (OPERATE, coded(50002, "isv.business-failed:11005"), Rejected),
    (OPERATE, coded(50002, "isv.business-failed:77"), Rejected),
    (OPERATE, coded(40002, "isv.missing-parameter:1"), Rejected),
    (OPERATE, coded(40004, "isv.parameter-invalid:11000"), Rejected),
    ("afterSale.timeExtend", coded(40004, "isv.parameter-invalid:10001"), Rejected),
    (STOP, coded(50002, "isv.business-failed:12001"), Conflict),
    (STOP, coded(50002, "isv.business-failed:11003"), NotFound),
    (STOP, coded(50002, "isv.business-failed:11002"), Rejected),
    (FILL, coded(50002, "isv.business-failed:602001"), Rejected),
    (FILL, coded(50002, "isv.business-failed:11000"), NotFound),
    ("order.addOrderRemark", coded(50002, "isv.business-failed:50056"), Rejected),
]
BEFORE_THE_BUSINESS = [
    (coded(60000, "isv.traffic-limited"), RateLimited),
    (coded(30001, "isv.app-permissions-insufficient"), PermissionDenied),
    (coded(30001, "dop.authorization-closed"), AuthError),
    (coded(30002, "isv.invalid_ip"), PermissionDenied),
    (coded(40003, "isv.signature-invalid"), AuthError),
    (coded(40003, "isv.access-token-expired"), AuthError),
    (coded(40003, "isv.timestamp-invalid"), ConfigError),
    (coded(70000, "isp.api-service-off"), NotSupported),
    (coded(80000), PermissionDenied),
]
DOUBTFUL = [
    coded(20000),
    coded(20000, "dop.service-error"),
    coded(20000, "isp.service-error:10002"),
    coded(20000, "isp.service-error:99"),
    coded(20001),
    coded(20001, "isp.service-error:1"),
    coded(50000),
    coded(50001),
    coded(90000, "isp.unknown-error"),
    coded(10001),
    coded(10001, data={}),
    coded(12345, "who.knows"),
    coded(50002, "isp.somebody-else:3"),
    {"err_no": 7, "message": "x"},
    {"err_no": 8, "message": "x"},
    {"err_no": 4711, "message": "x"},
    {"message": "x"},
    b"",
    b"<html>bad gateway</html>",
    b'{"code":10000,"data":{"items":[',
]


@pytest.mark.parametrize(("method", "body", "error"), REFUSED)
def test_a_business_refusal_is_a_no_in_words(method, body, error):
    assert type(outcome(method, body)) is error


@pytest.mark.parametrize(("body", "error"), BEFORE_THE_BUSINESS)
def test_what_the_gateway_refuses_by_table_was_never_applied(body, error):
    assert type(outcome(OPERATE, body)) is error


@pytest.mark.parametrize("body", DOUBTFUL)
def test_everything_else_leaves_doubt_about_a_write_alone(body):
    assert type(outcome(OPERATE, body)) is OutcomeUnknown
    assert type(outcome("order.logisticsAddSinglePack", body)) is OutcomeUnknown
    assert type(outcome("afterSale.Detail", body, write=False)) is not OutcomeUnknown


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302, 404])
def test_a_status_that_is_not_ok_leaves_doubt_even_over_a_success(status):
    for body in (b"", b"<html></html>", coded(10000, data={})):
        assert type(outcome(OPERATE, body, status=status)) is OutcomeUnknown
    assert type(outcome(OPERATE, b"", status=429)) is RateLimited


def test_10000_of_20000_is_a_no_only_for_operate():
    body = coded(20000, "isp.service-error:10000")
    assert type(outcome(FILL, body)) is OutcomeUnknown
    assert type(outcome("afterSale.Detail", body, write=False)) is Transient


@pytest.mark.parametrize("row", [row for row in ROWS if row[3] in {"platform", "unknown"}])
def test_no_row_of_the_platforms_own_faults_is_taken_for_a_no(row):
    method, code, sub, *_ = row
    answer = outcome(method or OPERATE, coded(int(code), sub.replace("{n}", "31")))
    assert type(answer) is OutcomeUnknown


def test_what_never_left_is_no_doubt_and_what_did_is():
    call = Call(OPERATE, {}, write=True)
    never = NeverSent("no connection")
    assert settle(call, never) is never
    for error in (Transient("cut"), WireError("torn")):
        assert type(settle(call, error)) is OutcomeUnknown
        assert settle(Call("afterSale.Detail"), error) is error
