"""Every row of the error table, on its own layer, for reads and writes."""

from __future__ import annotations

import json

import pytest

from omnishop.drivers.exchange import settle
from omnishop.errors import (
    AuthError,
    ConfigError,
    NotFound,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
)
from omnishop.flow import Call
from omnishop.ports import Response
from omnishop_jd import adapter
from omnishop_jd.errors import GATEWAY, ROWS

CLASSES = {
    "platform": Transient,
    "throttle": RateLimited,
    "permission": PermissionDenied,
    "params": ConfigError,
    "auth": AuthError,
    "business": Rejected,
    "unknown": Rejected,
}
CURES = {"12": "keys", "18": "login", "19": "refresh", "20": "keys", "21": "keys"}
MISSING = {"71", "10100014"}

SHIPMENT = "jingdong.pop.order.shipment"
ALL_TASKS = "jingdong.afsservice.alltask.get"
APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
GET = "jingdong.pop.order.get"


def body_of(row):
    """(method, body) in which the platform would say this code."""
    if row.layer == GATEWAY:
        return GET, {"error_response": {"code": row.code, "zh_desc": "x", "en_desc": "x"}}
    if row.layer == "top_level":
        return GET, {"code": row.code, "errorMessage": "x"}
    inner = {
        "apiResult": (
            GET,
            {"orderDetailInfo": {"apiResult": {"success": False, "numberCode": int(row.code)}}},
        ),
        "sopjosshipment_result": (
            SHIPMENT,
            {"sopjosshipment_result": {"success": "false", "errorCode": row.code}},
        ),
        "afsservice": (ALL_TASKS, {"publicResultObject5": {"resultCode": int(row.code)}}),
        "refundapply": (APPLIES, {"queryResult": {"success": False, "errorCode": row.code}}),
    }
    method, result = inner[row.layer]
    return method, {f"{method.replace('.', '_')}_responce": {"code": "0", **result}}


def said(row, *, write):
    method, body = body_of(row)
    call = Call(method, write=write)
    with pytest.raises(OmnishopError) as caught:
        adapter.codec.decode(call, Response(200, json.dumps(body).encode()))
    return settle(call, caught.value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.layer}-{row.code}")
def test_a_read_fails_by_the_table(row):
    error = said(row, write=False)
    assert type(error) is (NotFound if row.code in MISSING else CLASSES[row.cls])
    assert error.code == row.code
    assert error.zh != error.en
    if isinstance(error, AuthError):
        assert error.cure == CURES[row.code]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.layer}-{row.code}")
def test_a_write_in_doubt_is_never_called_refused(row):
    """The platform's own faults, and gateway codes without a meaning, leave a write in doubt; all others do not."""
    error = said(row, write=True)
    doubtful = row.cls == "platform" or (row.layer == GATEWAY and row.cls == "unknown")
    assert isinstance(error, OutcomeUnknown) is doubtful
    assert error.code == row.code


def test_the_table_is_the_shared_one(shared):
    told = json.loads((shared / "errors.json").read_text())
    ours = {(row.layer, row.code): row for row in ROWS}
    for row in told:
        if row["class"] == "ok":
            continue
        assert ours[(row["layer"], row["code"])].cls == row["class"]
        assert ours[(row["layer"], row["code"])].mark == row["confidence"]
    extra = set(ours) - {(row["layer"], row["code"]) for row in told}
    assert extra == {("refundapply", "1100")}


def test_success_codes_of_layers_that_always_carry_one(shared):
    from omnishop_jd.errors import OUTCOMES

    good = {(outcome.layer, code) for outcome in OUTCOMES.values() for code in outcome.good}
    told = json.loads((shared / "errors.json").read_text())
    assert {(row["layer"], row["code"]) for row in told if row["class"] == "ok"} <= good
