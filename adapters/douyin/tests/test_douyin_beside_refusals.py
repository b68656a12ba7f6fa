"""Writes beside afterSale.operate that the simulated platform refuses; and any value of any parameter is answered."""

from __future__ import annotations

import pytest
from adapters.douyin.tests.acting import scene
from hypothesis import given, settings
from hypothesis import strategies as st

from omnishop.model import Kind, Stage

B, R, C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
E, S, F, P = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR, Kind.PRICE_PROTECT
BACK = ("agree_return", "send_back")

WRONG = "50002/isv.business-failed:20309541"
MISSING, INVALID = "40002/isv.missing-parameter:11000", "40004/isv.parameter-invalid:11000"
FAILED, NOBODY = "50002/isv.business-failed:11005", "20000/isp.service-error:10000"


@pytest.fixture(scope="module")
def there():
    with scene() as found:
        yield found


@pytest.fixture
def asks(there, speak):
    wire = speak(there.simulation)
    wire.token = there.face.credentials(there.world, there.mine, "http://douyin.test")["access_token"]
    return wire


def test_waybills_are_checked(there, asks):
    back, swap, fix, resend = (
        there.case(kind, *way)
        for kind, way in ((B, ("agree_return",)), (E, ()), (F, ("agree_return",)), (S, ("agree_resend",)))
    )

    def fill(case, send_type, company="shunfeng", number="SF7000000000009", **more):
        given = {"aftersale_id": int(case.case_id), "send_type": send_type}
        given |= {"company_code": company, "tracking_no": number} | more
        return asks.code("afterSale.fillLogistics", given)

    business = "50002/isv.business-failed:{}".format
    assert fill(back, 2) == business(19009)
    assert fill(back, 4) == business(19009)
    assert fill(back, 3, pick_up_type=2) == business(19009)
    assert fill(swap, 3) == business(12000)
    assert fill(back, 3, company="pigeon") == business(602001)
    assert fill(back, 3, number="?") == business(12001)
    assert fill(back, 3, number=back.order.parcels[0].tracking_no) == business(50002)
    assert fill(back, 3, number="") == MISSING
    assert back.return_parcel is None
    assert [fill(back, 3), fill(fix, 4), fill(resend, 1)] == ["10000"] * 3


def test_evidence_remarks_and_signals_are_checked(there, asks):
    wanted = there.case(R, "refuse", "escalate", "want_evidence")
    quiet = there.case(R)
    business = "50002/isv.business-failed:{}".format

    def evidence(case, pictures, comment="x"):
        given = {"aftersale_id": int(case.case_id), "comment": comment, "evidence": pictures}
        return asks.code("afterSale.submitEvidence", given)

    one = "https://a.example/1.jpg"
    assert evidence(quiet, [one]) == WRONG
    assert evidence(wanted, [one] * 5) == INVALID
    assert evidence(wanted, []) == MISSING
    assert evidence(wanted, [one], "") == MISSING
    assert wanted.proofs == []
    assert asks.code("afterSale.addOrderRemark", {"after_sale_id": quiet.case_id}) == business(11000)
    assert asks.code("afterSale.addOrderRemark", {"remark": "x"}) == business(11003)
    assert asks.code("afterSale.addOrderRemark", {"remark": "x", "after_sale_id": "1"}) == business(11003)

    stop = there.case(C)

    def stopped(case_id, when=1):
        return asks.code("afterSale.CancelSendGoodsSuccess", {"aftersale_id": case_id, "op_time": when})

    assert stopped("") == business(11004)
    assert stopped(stop.case_id, 0) == business(11004)
    assert stopped("abc") == business(11000)
    assert stopped("1") == business(11003)
    assert stopped(quiet.case_id) == business(10000)
    there.mine.marks["assistant"] = False
    try:
        assert stopped(stop.case_id) == business(11002)
        sent = {"aftersale_id": there.case(B, *BACK).case_id, "op_time": 1}
        assert asks.code("afterSale.returnGoodsToWareHouseSuccess", sent) == business(11002)
    finally:
        del there.mine.marks["assistant"]
    assert stop.stage is Stage.REQUESTED
    assert stopped(stop.case_id) == "10000"
    assert stopped(stop.case_id) == business(12001)
    back = there.case(B, *BACK)
    arrived = "afterSale.returnGoodsToWareHouseSuccess"
    told = {"aftersale_id": back.case_id, "op_time": 1}
    assert asks.code(arrived, {**told, "op_time": 0}) == "40004/isv.parameter-invalid:11004"
    assert asks.code(arrived, {**told, "tracking_no": "NOT-OURS"}) == business(12001)
    assert asks.code(arrived, {**told, "aftersale_id": "1"}) == business(11000)
    assert asks.code(arrived, {**told, "aftersale_id": quiet.case_id}) == business(10000)
    assert back.stage is Stage.RETURNING


def test_orders_are_shipped_and_noted_by_their_own_rules(there, asks):
    order, unpaid = there.order((1, 2), (2, 1)), there.order(paid=False)
    single = "order.logisticsAddSinglePack"
    line = order.lines[0]
    full = {
        "order_id_list": [order.order_id],
        "shipped_order_info": [{"shipped_order_id": line.line_id, "shipped_num": 2}],
        "logistics_code": "SF7400000000001",
        "company_code": "shunfeng",
        "request_id": "r-1",
    }
    for name in full:
        assert asks.code(single, {n: v for n, v in full.items() if n != name}) == (
            "40002/isv.missing-parameter:20000"
        )
    invalid = "40004/isv.parameter-invalid:20002"
    for wrong in (
        {"order_id_list": ["1"]},
        {"shipped_order_info": [{"shipped_order_id": "1", "shipped_num": 1}]},
        {"shipped_order_info": [{"shipped_order_id": line.line_id, "shipped_num": 3}]},
        {"shipped_order_info": ["x"]},
        {"company_code": "pigeon"},
    ):
        assert asks.code(single, full | wrong) == invalid, wrong
    failed = "50002/isv.business-failed:10000"
    early = [{"shipped_order_id": unpaid.lines[0].line_id, "shipped_num": 2}]
    assert (
        asks.code(single, full | {"order_id_list": [unpaid.order_id], "shipped_order_info": early}) == failed
    )
    assert order.parcels == []
    remark = "order.addOrderRemark"
    for params, code in (
        ({"remark": "x"}, invalid),
        ({"order_id": order.order_id}, "40004/isv.parameter-invalid:50001"),
        ({"order_id": "1", "remark": "x"}, "40004/isv.parameter-invalid:50002"),
        ({"order_id": order.order_id, "remark": "长" * 501}, "50002/isv.business-failed:50056"),
        (
            {"order_id": order.order_id, "remark": "x", "is_add_star": "true", "star": "6"},
            "40004/isv.parameter-invalid:50051",
        ),
    ):
        assert asks.code(remark, params) == code, params
    assert order.remark is None
    starred = {"order_id": order.order_id, "remark": "x", "is_add_star": "true", "star": "5"}
    assert asks.code(remark, starred) == "10000"
    assert asks.code(remark, {"order_id": order.order_id, "remark": "y", "star": "1"}) == "10000"
    assert (order.remark, order.flag) == ("y", 5)


# ---------------------------------------------------------------- anything at all

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_ITEM = ("aftersale_id", "reason", "remark", "reject_reason_code", "logistics")
_NAMES = {
    "afterSale.operate": ("type", "items"),
    "afterSale.fillLogistics": ("aftersale_id", "send_type", "company_code", "tracking_no", "pick_up_type"),
    "afterSale.submitEvidence": ("aftersale_id", "comment", "evidence"),
    "afterSale.timeExtend": ("aftersale_id",),
    "afterSale.addOrderRemark": ("remark", "order_id", "after_sale_id"),
    "afterSale.CancelSendGoodsSuccess": ("aftersale_id", "op_time"),
    "afterSale.returnGoodsToWareHouseSuccess": ("aftersale_id", "op_time", "tracking_no"),
    "afterSale.applyLogisticsIntercept": ("after_sale_id", "op_from", "intercept_targets"),
    "afterSale.OpenAfterSaleChannel": ("order_id",),
    "order.addOrderRemark": ("order_id", "remark", "is_add_star", "star"),
    "order.logisticsAdd": ("order_id", "company_code", "logistics_code", "is_reject_refund"),
    "order.logisticsAddSinglePack": (
        "order_id_list",
        "shipped_order_info",
        "logistics_code",
        "request_id",
        "company_code",
    ),
    "order.logisticsAddMultiPack": ("order_id", "pack_list", "request_id"),
    "order.logisticsEdit": ("order_id", "company_code", "logistics_code"),
    "order.logisticsEditByPack": ("order_id", "pack_id", "company_code", "logistics_code"),
}


@settings(max_examples=8, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("method", _NAMES)
def test_any_value_of_any_parameter_is_answered(there, speak, method, data):
    wire = speak(there.simulation)
    params = {name: data.draw(_ANY, label=name) for name in _NAMES[method]}
    if "items" in params and data.draw(st.booleans()):
        params |= {
            "type": 102,
            "items": [{name: data.draw(_ANY) for name in _ITEM}],
        }
    assert isinstance(wire.ask(method, params)["code"], int)
