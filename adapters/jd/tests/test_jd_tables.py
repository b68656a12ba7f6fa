"""Every row of the page's enumerations, written out a second time: code -> what we say."""

from __future__ import annotations

import json

import pytest

from omnishop.model import Actor, Grade, Kind, OrderStatus, ReasonClass, RefundStatus, Stage
from omnishop_jd import adapter
from omnishop_jd.orders.tables import ASKED, STATES
from omnishop_jd.reasons import TEXTS, reason_class
from omnishop_jd.refundapply.tables import OPEN, STATUSES
from omnishop_jd.reviews.mapping import GRADES
from omnishop_jd.rules import AUDIT, audit_rule
from omnishop_jd.service.tables import KINDS, STAGES, stage_of

KIND_FACTS = {
    10: Kind.RETURN_REFUND,
    11: Kind.REFUND_ONLY,
    20: Kind.EXCHANGE,
    30: Kind.REPAIR,
    80: Kind.RESHIP,
    **dict.fromkeys((40, 50, 60, 70, 90, 100), Kind.UNKNOWN),
}
PLAIN_STAGES = {
    **dict.fromkeys((10000, 10001, 10002, 10012, 10013), Stage.REQUESTED),
    10004: Stage.REFUSED,
    10006: Stage.INSPECTING,
    10007: Stage.INSPECTING,
    10011: Stage.CLOSED,
    **dict.fromkeys((13000, 1100, 12000, 14000, 7023, 7060, 7090), Stage.UNKNOWN),
}
BY_KIND = {10005, 10009, 10010, 10041}
SENT_OUT = (Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP)
PAID = (Kind.RETURN_REFUND, Kind.REFUND_ONLY)


def case(**fields):
    method = "jingdong.asc.query.view"
    body = {
        f"{method.replace('.', '_')}_responce": {
            "code": "0",
            "result": {"success": True, "code": "00000", "data": {"serviceId": 1, **fields}},
        }
    }
    [found] = adapter.decode_body(method, json.dumps(body).encode(), None)
    return found


@pytest.mark.parametrize("spelt", [int, str])
@pytest.mark.parametrize("code", sorted(KIND_FACTS))
def test_kind(code, spelt):
    found = case(customerExpect=spelt(code), serviceStatus=10001)
    assert (found.kind, found.raw_kind) == (KIND_FACTS[code], str(code))


def test_no_kind_is_left_out():
    assert {int(row.code) for row in KINDS} == set(KIND_FACTS)


@pytest.mark.parametrize("kind", [10, 11, 20, 30, 80, 90])
@pytest.mark.parametrize("code", sorted(PLAIN_STAGES))
def test_stage_that_does_not_depend_on_the_kind(code, kind):
    found = case(customerExpect=kind, serviceStatus=code)
    assert (found.stage, found.raw_stage) == (PLAIN_STAGES[code], str(code))


@pytest.mark.parametrize("kind", list(Kind))
def test_stage_by_kind_waybill_and_proof(kind):
    assert stage_of("10005", kind) is Stage.AWAITING_RETURN
    assert stage_of(10005, kind, sent=True) is Stage.RETURNING
    assert stage_of(10009, kind) is (Stage.RESENT if kind in SENT_OUT else Stage.UNKNOWN)
    done = Stage.SUCCEEDED if kind in SENT_OUT else Stage.REFUNDING if kind in PAID else Stage.UNKNOWN
    assert stage_of(10010, kind) is done
    assert stage_of(10041, kind) is Stage.REFUNDING
    for code in (10010, 10041):
        assert stage_of(code, kind, proved=True) is Stage.SUCCEEDED
    for code in set(PLAIN_STAGES) | {10005, 10009}:
        assert stage_of(code, kind, proved=True) is not Stage.SUCCEEDED


def test_no_stage_is_left_out():
    assert {int(row.code) for row in STAGES} == set(PLAIN_STAGES) | BY_KIND


@pytest.mark.parametrize("code", [0, 99, "", None, "10001 ", 100010])
def test_an_unknown_status_stays_unknown(code):
    assert case(customerExpect=10, serviceStatus=code).stage is Stage.UNKNOWN


APPLY_FACTS = {
    0: (Stage.REQUESTED, None),
    1: (Stage.REFUNDING, None),
    2: (Stage.REFUSED, Actor.SELLER),
    3: (Stage.REFUNDING, None),
    4: (Stage.UNKNOWN, None),
    5: (Stage.REFUNDING, Actor.ARBITRATION),
    6: (Stage.REFUNDING, Actor.SELLER),
    7: (Stage.REFUNDING, None),
    8: (Stage.UNKNOWN, None),
    9: (Stage.REFUNDING, Actor.SELLER),
    10: (Stage.REQUESTED, None),
    11: (Stage.CLOSED, Actor.BUYER),
    12: (Stage.UNKNOWN, None),
}


@pytest.mark.parametrize("spelt", [int, str])
@pytest.mark.parametrize("code", sorted(APPLY_FACTS))
def test_application_status(code, spelt):
    method = "jingdong.pop.afs.soa.refundapply.queryById"
    inner = {"code": "0", "queryResult": {"success": True, "result": [{"id": 5, "status": spelt(code)}]}}
    body = {f"{method.replace('.', '_')}_responce": inner}
    [found] = adapter.decode_body(method, json.dumps(body).encode(), None)
    assert (found.stage, found.decided_by) == APPLY_FACTS[code]
    assert found.kind is Kind.CANCEL
    assert found.raw_stage == str(code)


def test_no_application_status_is_left_out_and_the_open_ones_may_still_move():
    assert {int(row.code) for row in STATUSES} == set(APPLY_FACTS) - {12}
    assert OPEN == (0, 1, 5, 6, 7, 8, 9, 10)


STATE_FACTS = {
    "NOT_PAY": OrderStatus.UNPAID,
    "WAIT_SELLER_STOCK_OUT": OrderStatus.PAID,
    "WAIT_SELLER_DELIVERY": OrderStatus.PAID,
    "WAIT_SEND_CODE": OrderStatus.PAID,
    "WAIT_GOODS_RECEIVE_CONFIRM": OrderStatus.SHIPPED,
    "FINISHED_L": OrderStatus.FINISHED,
    "TRADE_CANCELED": OrderStatus.CLOSED,
    "PARENT_TRADE_CANCELED": OrderStatus.CLOSED,
    **dict.fromkeys(
        (
            "LOCKED",
            "PAUSE",
            "POP_ORDER_PAUSE",
            "DELIVERY_RETURN",
            "UN_KNOWN",
            "ZanTing",
            "PeiSongTuiHuo",
            "SuoDing",
        ),
        OrderStatus.UNKNOWN,
    ),
    "DengDaiChuKu": OrderStatus.PAID,
    "DengDaiFaHuo": OrderStatus.PAID,
    "DengDaiQueRenShouHuo": OrderStatus.SHIPPED,
    "WanCheng": OrderStatus.FINISHED,
    "NEVER_HEARD_OF": OrderStatus.UNKNOWN,
}


def order(**fields):
    method = "jingdong.pop.order.get"
    inner = {"apiResult": {"success": True}, "orderInfo": {"orderId": "1", **fields}}
    body = {f"{method.replace('.', '_')}_responce": {"code": "0", "orderDetailInfo": inner}}
    [found] = adapter.decode_body(method, json.dumps(body).encode(), None)
    return found


@pytest.mark.parametrize("state", sorted(STATE_FACTS))
def test_order_state(state):
    found = order(orderState=state)
    assert (found.status, found.raw_status) == (STATE_FACTS[state], state)


def test_no_state_is_left_out_and_every_settled_one_is_asked_for():
    assert {row.state for row in STATES} == set(STATE_FACTS) - {"NEVER_HEARD_OF"}
    asked = ASKED.split(",")
    assert "PARENT_TRADE_CANCELED" in asked
    assert "NOT_PAY" in asked
    assert not {"ALL", "UN_KNOWN", "WanCheng"} & set(asked)


def test_part_shipped_is_told_by_its_packages_alone():
    package = {"logicId": "467", "waybillId": "S1", "shipmentTime": 1775008800000, "goods": [{"skuId": 5}]}
    found = order(
        orderState="WAIT_SELLER_STOCK_OUT",
        partialLogisticsInfoModel=[package],
        waybill="S1|X",
        logisticsId="467|2087",
    )
    assert found.status is OrderStatus.PART_SHIPPED
    assert [(p.tracking_no, p.line_ids) for p in found.parcels] == [("S1", ("5",)), ("X", ())]


@pytest.mark.parametrize(("stars", "grade", "mark"), GRADES)
def test_grade_of_stars(stars, grade, mark):
    facts = {5: Grade.GOOD, 4: Grade.GOOD, 3: Grade.NEUTRAL, 2: Grade.NEUTRAL, 1: Grade.BAD}
    assert grade is facts[stars]
    assert mark.startswith("C")


@pytest.mark.parametrize(
    ("code", "status"), [(13, "succeeded"), (14, "failed"), (1, "pending"), (None, "unknown")]
)
def test_refund_status(code, status):
    method = "jingdong.asc.serviceAndRefund.view"
    row = {"sameOrderServiceBill": {"serviceId": 1}, "completeTime": 1775008800000, "status": code}
    inner = {"code": "0", "pageResult": {"success": True, "code": "00000", "data": [row]}}
    body = {f"{method.replace('.', '_')}_responce": inner}
    [found] = adapter.decode_body(method, json.dumps(body).encode(), None)
    assert found.status is RefundStatus(status)


@pytest.mark.parametrize("told", sorted(TEXTS))
def test_reason_texts_have_a_class_and_a_source(told):
    cls, source = TEXTS[told]
    assert reason_class(told) is cls
    assert source[:2] in {"A:", "B:", "C:"}


@pytest.mark.parametrize("told", ["七天", "自由文字", None, ""])
def test_other_reasons_are_unclassified(told):
    assert reason_class(told) is ReasonClass.UNCLASSIFIED


@pytest.mark.parametrize("kind", list(Kind))
def test_a_consequence_is_told_only_where_it_is_more_than_chosen(kind):
    told = audit_rule(kind)
    assert (kind in AUDIT) is (kind in {Kind.RETURN_REFUND, Kind.EXCHANGE})
    assert (told.consequence == "unknown") is (kind not in AUDIT)
    assert (told.extendable is None) is (kind not in AUDIT)


def test_the_rules_agree_with_the_shared_list(shared):
    text = (shared.parent / "rules.md").read_text()
    for rule in AUDIT.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| {rule.id} "))
        assert "agrees" in row
        assert "| inferred" in row
