"""Every row of each enumeration of the wire, and that nothing unknown becomes known."""

from __future__ import annotations

import json
import re
from datetime import datetime

import msgspec
import pytest

from omnishop.model import (
    Consequence,
    Deadline,
    Dispute,
    Favours,
    Grade,
    Kind,
    OrderStatus,
    ReasonClass,
    Stage,
)
from omnishop.ports import Capability, Level
from omnishop_taobao import adapter, tables
from omnishop_taobao.capabilities import SUPPORT
from omnishop_taobao.mapping import cases, orders, reviews
from omnishop_taobao.mapping.common import SPECIAL, Owner
from omnishop_taobao.methods import METHODS, READS, TOPICS, root
from omnishop_taobao.rules import KNOWN, deadline_of

TMALL = Owner("tmall", "1")
TAOBAO = Owner("taobao", "2")


def refund(owner=TMALL, source="refund", **fields):
    return cases.refund(msgspec.json.encode({"refund_id": "1", **fields}), owner, source)


def exchange(**fields):
    return cases.exchange(msgspec.json.encode({"dispute_id": "1", **fields}), TMALL)


# ---------------------------------------------------------------- stages

STAGES = {
    "WAIT_SELLER_AGREE": Stage.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": Stage.AWAITING_RETURN,
    "WAIT_SELLER_CONFIRM_GOODS": Stage.RETURNING,
    "SELLER_REFUSE_BUYER": Stage.REFUSED,
    "CLOSED": Stage.CLOSED,
    "SUCCESS": Stage.SUCCEEDED,
    "WAIT_SELLER_CONSIGN_GOODS": Stage.RESENDING,
    "WAIT_SELLER_CONSIGN_GOOGDS": Stage.RESENDING,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": Stage.RESENT,
    "EXCHANGE_TRANSFORM_TO_REFUND": Stage.UNKNOWN,
}
EXCHANGES = {
    1: ("换货待处理", Stage.REQUESTED),
    2: ("待买家退货", Stage.AWAITING_RETURN),
    3: ("买家已退货，待收货", Stage.RETURNING),
    4: ("换货关闭", Stage.CLOSED),
    5: ("换货成功", Stage.SUCCEEDED),
    6: ("待买家修改", Stage.REFUSED),
    12: ("待发出换货商品", Stage.RESENDING),
    13: ("待买家收货", Stage.RESENT),
    14: ("请退款", Stage.UNKNOWN),
}


@pytest.mark.parametrize(("status", "stage"), STAGES.items())
def test_a_refund_status(status, stage):
    found = refund(status=status)
    assert (found.stage, found.raw_stage) == (stage, status)
    assert set(STAGES) == set(tables.REFUND_STAGES)


@pytest.mark.parametrize("number", EXCHANGES)
def test_an_exchange_status_by_number_text_and_both(number):
    text, stage = EXCHANGES[number]
    spaced = text.replace("，", ", ")
    for status in (
        number,
        str(number),
        text,
        spaced,
        f"{number}-{text}",
        f"{number}:{text}",
        f"{number}（{text}）",
    ):
        assert exchange(status=status).stage is stage, status
    assert set(EXCHANGES) == {int(code) for code in tables.EXCHANGE_NUMBERS}


@pytest.mark.parametrize(
    ("token", "stage"),
    [
        ("WAIT_BUYER_RETURN_GOODS", Stage.AWAITING_RETURN),
        ("WAIT_SELLER_CONFIRM_GOODS", Stage.RETURNING),
        ("CLOSED", Stage.CLOSED),
        ("SUCCESS", Stage.SUCCEEDED),
        ("EXCHANGE_TRANSFER_REFUND", Stage.UNKNOWN),
    ],
)
def test_an_exchange_status_by_token(token, stage):
    assert exchange(status=token).stage is stage


@pytest.mark.parametrize(
    "status", [None, 0, 7, 99, "7", "换货中", "2-换货关闭", "5:WHAT", "", "NO_REFUND", "success"]
)
def test_an_unknown_exchange_status_stays_unknown(status):
    assert exchange(status=status).stage is Stage.UNKNOWN


@pytest.mark.parametrize("status", [None, 1, 5, "5", "WAIT_NEW_THING", "退款成功?", "NO_REFUND", "5-新状态"])
def test_an_unknown_refund_status_stays_unknown(status):
    assert refund(status=status, dispute_type="REFUND").stage is Stage.UNKNOWN


def test_a_row_of_the_dispute_list_in_words():
    raw = msgspec.json.encode(
        {"refund_id": "1", "status": "卖家已经同意退款，等待买家退货", "dispute_request": "退货退款"}
    )
    found = cases.dispute(raw, Owner())
    assert (found.stage, found.kind, found.storefront) == (Stage.AWAITING_RETURN, Kind.RETURN_REFUND, "tmall")


# ---------------------------------------------------------------- kinds

KIND_ROWS = [
    ({"dispute_type": "REFUND", "order_status": "WAIT_SELLER_SEND_GOODS"}, Kind.CANCEL),
    ({"dispute_type": "REFUND", "order_status": "PAID_FORBID_CONSIGN"}, Kind.CANCEL),
    ({"dispute_type": "REFUND", "order_status": "WAIT_BUYER_CONFIRM_GOODS"}, Kind.REFUND_ONLY),
    ({"dispute_type": "REFUND", "order_status": "TRADE_FINISHED"}, Kind.REFUND_ONLY),
    ({"dispute_type": "REFUND", "order_status": "TRADE_BUYER_SIGNED"}, Kind.REFUND_ONLY),
    ({"dispute_type": "REFUND", "good_status": "BUYER_RECEIVED"}, Kind.REFUND_ONLY),
    ({"dispute_type": "REFUND", "good_status": "BUYER_RETURNED_GOODS"}, Kind.REFUND_ONLY),
    (
        {"dispute_type": "REFUND", "order_status": "TRADE_CLOSED", "good_status": "BUYER_NOT_RECEIVED"},
        Kind.UNKNOWN,
    ),
    ({"dispute_type": "REFUND", "order_status": "SELLER_CONSIGNED_PART"}, Kind.UNKNOWN),
    ({"dispute_type": "REFUND"}, Kind.UNKNOWN),
    ({"dispute_type": "REFUND_AND_RETURN"}, Kind.RETURN_REFUND),
    ({"dispute_type": "TMALL_EXCHANGE"}, Kind.EXCHANGE),
    ({"dispute_type": "TAOBAO_EXCHANGE"}, Kind.EXCHANGE),
    ({"dispute_type": "REPAIR"}, Kind.REPAIR),
    ({"dispute_type": "RESHIPPING"}, Kind.RESHIP),
    ({"dispute_type": "OTHERS"}, Kind.UNKNOWN),
    ({"dispute_type": "SOMETHING_NEW"}, Kind.UNKNOWN),
    ({"attribute": ";disputeRequest:1;", "order_status": "WAIT_SELLER_SEND_GOODS"}, Kind.CANCEL),
    (
        {
            "attribute": ";disputeRequest:1;",
            "has_good_return": True,
            "order_status": "WAIT_SELLER_SEND_GOODS",
        },
        Kind.UNKNOWN,
    ),
    (
        {"dispute_type": "REFUND", "has_good_return": True, "good_status": "BUYER_RECEIVED"},
        Kind.UNKNOWN,
    ),
    ({"dispute_type": "REFUND_AND_RETURN", "has_good_return": False}, Kind.UNKNOWN),
    ({"dispute_type": "REFUND_AND_RETURN", "has_good_return": True}, Kind.RETURN_REFUND),
    ({"dispute_type": "TMALL_EXCHANGE", "has_good_return": False}, Kind.EXCHANGE),
    ({"attribute": ";a:b;disputeRequest:3;"}, Kind.RETURN_REFUND),
    ({"attribute": ";disputeRequest:4;"}, Kind.EXCHANGE),
    ({"attribute": ";disputeRequest:9;"}, Kind.UNKNOWN),
    ({"has_good_return": True}, Kind.RETURN_REFUND),
    ({"has_good_return": False, "order_status": "WAIT_SELLER_SEND_GOODS"}, Kind.CANCEL),
    ({}, Kind.UNKNOWN),
    ({"dispute_request": "退货退款"}, Kind.RETURN_REFUND),
    ({"dispute_request": "仅退款", "good_status": "BUYER_RECEIVED"}, Kind.REFUND_ONLY),
    ({"dispute_request": "换货"}, Kind.EXCHANGE),
    ({"dispute_request": "维修"}, Kind.REPAIR),
    ({"dispute_request": "补寄"}, Kind.RESHIP),
    ({"dispute_request": "新类型"}, Kind.UNKNOWN),
    ({"special_refund_type": "priceProtect"}, Kind.PRICE_PROTECT),
    ({"special_refund_type": "价保"}, Kind.PRICE_PROTECT),
    ({"special_refund_type": "cashBack"}, Kind.UNKNOWN),
    ({"special_refund_type": "退差返现"}, Kind.UNKNOWN),
    ({"special_refund_type": "new"}, Kind.UNKNOWN),
]


@pytest.mark.parametrize(("fields", "kind"), KIND_ROWS, ids=str)
def test_a_kind(fields, kind):
    found = refund(**fields)
    assert found.kind is kind
    assert found.source == ("special_refund" if "special_refund_type" in fields else "refund")


def test_every_row_of_the_kind_tables_is_tested():
    told = {value for fields, _ in KIND_ROWS for value in fields.values()}
    rows = {
        *tables.KINDS,
        *tables.SPECIAL_KINDS,
        *tables.DISPUTE_REQUESTS,
        *tables.UNSHIPPED,
        *tables.SHIPPED,
    }
    assert rows <= told


def test_a_special_refund_without_its_type_is_of_unknown_kind():
    assert refund(source=SPECIAL, dispute_type="REFUND").kind is Kind.UNKNOWN


# ---------------------------------------------------------------- disputes, money, reasons

DISPUTES = {
    1: Dispute.NONE,
    2: Dispute.OPEN,
    3: Dispute.OPEN,
    4: Dispute.OPEN,
    5: Dispute.OPEN,
    6: Dispute.UNKNOWN,
    7: Dispute.WITHDRAWN,
    8: Dispute.RULED_BUYER,
    9: Dispute.RULED_SELLER,
    10: Dispute.EVIDENCE_DUE,
    11: Dispute.OPEN,
    12: Dispute.UNKNOWN,
    0: Dispute.UNKNOWN,
}


@pytest.mark.parametrize(("code", "dispute"), DISPUTES.items())
def test_a_staff_status(code, dispute):
    found = refund(cs_status=code)
    assert found.dispute is dispute
    assert (found.decided_by is not None) == (code in {8, 9})
    assert exchange(cs_status=str(code)).dispute is dispute


def test_no_staff_status_is_not_no_dispute():
    assert refund().dispute is None


@pytest.mark.parametrize(
    ("fields", "refunded"),
    [
        ({"status": "SUCCESS", "dispute_type": "REFUND"}, 990),
        ({"status": "SUCCESS", "dispute_type": "REFUND_AND_RETURN"}, 990),
        ({"status": "SUCCESS", "dispute_type": "REFUND", "has_good_return": True}, 990),
        ({"status": "SUCCESS", "special_refund_type": "cashBack"}, 990),
        ({"status": "SUCCESS", "dispute_type": "TMALL_EXCHANGE"}, None),
        ({"status": "SUCCESS", "dispute_type": "OTHERS"}, None),
        ({"status": "SUCCESS"}, None),
        ({"status": "CLOSED", "dispute_type": "REFUND"}, None),
        ({"status": "WAIT_SELLER_CONFIRM_GOODS", "dispute_type": "REFUND_AND_RETURN"}, None),
    ],
    ids=str,
)
def test_money_moved_only_where_the_platform_says_refunded(fields, refunded):
    found = refund(refund_fee="9.90", **fields)
    assert (found.amounts.requested, found.amounts.refunded) == (990, refunded)


@pytest.mark.parametrize(
    ("text", "cls"),
    [
        ("7天无理由退换货", ReasonClass.NO_REASON),
        ("7天无理由换货", ReasonClass.NO_REASON),
        ("七天无理由", ReasonClass.NO_REASON),
        ("7天无理由", ReasonClass.NO_REASON),
        (" 七天无理由退换货 ", ReasonClass.NO_REASON),
        ("7 天无理由退货", ReasonClass.NO_REASON),
        ("七天无理由退款", ReasonClass.NO_REASON),
        ("七天无理由退货退款", ReasonClass.NO_REASON),
        ("商品不支持7天无理由", ReasonClass.UNCLASSIFIED),
        ("多拍/错拍/不想要", ReasonClass.NO_REASON),
        ("质量问题", ReasonClass.QUALITY),
        ("商品与描述不符", ReasonClass.QUALITY),
        ("缺货", ReasonClass.UNCLASSIFIED),
    ],
)
def test_a_reason(text, cls):
    found = refund(reason=text, desc="")
    assert (found.reason.text, found.reason.cls, found.reason.detail) == (text, cls, None)


def test_no_reason_has_no_class():
    assert refund(reason="", desc="").reason is None
    assert refund(desc="坏了").reason.cls is None


# ---------------------------------------------------------------- deadlines

AT = datetime.fromisoformat("2026-05-09T10:00:00+08:00")


@pytest.mark.parametrize("key", KNOWN, ids="-".join)
def test_a_known_consequence(key):
    known = KNOWN[key]
    storefront, kind, stage = key
    for dispute in (Dispute.NONE, Dispute.WITHDRAWN):
        told = deadline_of(AT, storefront, kind, stage, dispute, came_back=None)
        assert told == Deadline(AT, known.consequence, known.favours, known.extendable)
    for dispute in (None, Dispute.OPEN, Dispute.UNKNOWN, Dispute.RULED_BUYER):
        assert deadline_of(AT, storefront, kind, stage, dispute, came_back=None) == Deadline(AT)
    assert known.evidence in {"official", "observed", "inferred"}


@pytest.mark.parametrize("storefront", ["tmall", "taobao"])
def test_evidence_wanted_escalates_and_goods_refused_are_not_known(storefront):
    told = deadline_of(AT, storefront, Kind.UNKNOWN, Stage.REFUSED, Dispute.EVIDENCE_DUE, came_back=None)
    assert (told.consequence, told.favours, told.extendable) == (
        Consequence.ESCALATES,
        Favours.UNKNOWN,
        False,
    )
    back = deadline_of(
        AT, storefront, Kind.RETURN_REFUND, Stage.REFUSED, Dispute.NONE, came_back="BUYER_RETURNED_GOODS"
    )
    assert back == Deadline(AT)


def test_chosen_defaults_are_never_told(papers):
    """Rows whose evidence is `chosen` for the consequence too must not be among ours."""
    text = (papers.parent / "rules.md").read_text(encoding="utf-8")
    chosen = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 7 and re.match(r"(TB|TM)-", cells[1]) and re.match(r"chosen†?(;|$)", cells[7]):
            chosen.add(cells[1])
    assert {"TB-SHIPPED-ANSWER", "TM-RETURN-ANSWER", "TB-GOODS-REFUSED-BUYER"} <= chosen
    ours = {known.id for known in KNOWN.values()} - {"TB-RETURN-ANSWER"}
    assert not ours & chosen


def test_a_deadline_counts_only_while_it_exists():
    remind = {"exist_timeout": True, "timeout": "2026-05-09 10:00:00"}
    assert refund(status="WAIT_SELLER_AGREE", refund_remind_timeout=remind).deadline.at == AT
    assert (
        refund(status="WAIT_SELLER_AGREE", refund_remind_timeout={**remind, "exist_timeout": False}).deadline
        is None
    )
    assert refund(status="CLOSED", refund_remind_timeout=remind).deadline is None
    assert (
        exchange(status=2, time_out="2026-05-09 10:00:00", cs_status=1).deadline.consequence
        is Consequence.CLOSES
    )
    assert exchange(status=5, time_out="2026-05-09 10:00:00").deadline is None


# ---------------------------------------------------------------- orders and reviews

ORDERS = {
    "TRADE_NO_CREATE_PAY": (OrderStatus.UNPAID, None),
    "WAIT_BUYER_PAY": (OrderStatus.UNPAID, None),
    "PAY_PENDING": (OrderStatus.UNPAID, None),
    "WAIT_PRE_AUTH_CONFIRM": (OrderStatus.UNKNOWN, None),
    "PAID_FORBID_CONSIGN": (OrderStatus.PAID, 500),
    "WAIT_SELLER_SEND_GOODS": (OrderStatus.PAID, 500),
    "SELLER_CONSIGNED_PART": (OrderStatus.PART_SHIPPED, 500),
    "WAIT_BUYER_CONFIRM_GOODS": (OrderStatus.SHIPPED, 500),
    "TRADE_BUYER_SIGNED": (OrderStatus.DELIVERED, 500),
    "TRADE_FINISHED": (OrderStatus.FINISHED, 500),
    "TRADE_CLOSED": (OrderStatus.CLOSED, 500),
    "TRADE_CLOSED_BY_TAOBAO": (OrderStatus.CLOSED, None),
    "ALL_WAIT_PAY": (OrderStatus.UNKNOWN, 500),
    "ALL_CLOSED": (OrderStatus.UNKNOWN, 500),
    "SOMETHING_NEW": (OrderStatus.UNKNOWN, 500),
}


@pytest.mark.parametrize("status", ORDERS)
def test_an_order_status(status):
    raw = msgspec.json.encode(
        {"tid": 1, "status": status, "payment": "5.00", "end_time": "2026-05-09 10:00:00"}
    )
    found = orders.order(raw, TMALL)
    assert (found.status, found.amounts.paid, found.raw_status) == (*ORDERS[status], status)
    assert (found.finished_at is not None) == (status == "TRADE_FINISHED")
    assert set(tables.ORDER_STATUSES) <= set(ORDERS)


@pytest.mark.parametrize(
    ("result", "grade"),
    [
        ("good", Grade.GOOD),
        ("neutral", Grade.NEUTRAL),
        ("bad", Grade.BAD),
        ("new", Grade.UNKNOWN),
        (None, None),
    ],
)
def test_a_grade_counts_on_taobao_only(result, grade):
    raw = msgspec.json.encode({"oid": 1, "role": "buyer", "result": result})
    assert reviews.review(raw, TAOBAO).grade is grade
    assert reviews.review(raw, TMALL).grade is None
    assert reviews.review(raw, TMALL).raw_grade == result


# ---------------------------------------------------------------- the method table and what is supported


def test_the_methods_are_those_of_the_reference(papers):
    told = json.loads((papers / "methods.json").read_text(encoding="utf-8"))["methods"]
    assert {m["name"] for m in told} == set(METHODS)
    assert {m["name"] for m in told if m["kind"] == "read"} == set(READS) == set(adapter.read_methods)
    assert all(root(m["name"]) == m["response_root"] for m in told)
    topics = json.loads((papers / "topics.json").read_text(encoding="utf-8"))["topics"]
    assert {t["topic"] for t in topics} == TOPICS


@pytest.mark.parametrize("storefront", adapter.storefronts)
@pytest.mark.parametrize("capability", Capability)
def test_every_capability_has_a_level_and_a_reason_in_both_languages(storefront, capability):
    support = adapter.support(storefront, capability)
    assert re.search("[A-Za-z]", support.reason.en)
    assert support.reason.zh
    assert re.search("[ABC]", support.evidence)
    assert support.level in Level
    assert set(SUPPORT[storefront]) == set(Capability)
