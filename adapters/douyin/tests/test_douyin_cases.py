"""Every code of a case: kinds, stages, arbitration, reasons, deadlines; lists and details; what is not told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from omnishop.model import Actor, Case, Consequence, Dispute, Favours, Kind, ReasonClass, Stage, Unreadable
from omnishop_douyin import adapter
from omnishop_douyin.cases import tables
from omnishop_douyin.cases.mapping import completed
from omnishop_douyin.rules import KNOWN

T = 1_749_551_000


def info(**more):
    base = {
        "aftersale_id": "146510010020030001",
        "aftersale_type": 0,
        "aftersale_status": 6,
        "refund_status": 1,
        "arbitrate_status": 0,
        "apply_time": T,
        "update_time": T + 1,
        "status_deadline": T + 9,
        "refund_amount": 11400,
        "refund_post_amount": 0,
        "aftersale_status_to_final_time": 0,
    }
    return {key: value for key, value in (base | more).items() if value is not ...}


def listed(text="7天无理由", **more):
    item = {
        "aftersale_info": info(**more),
        "order_info": {
            "shop_order_id": "6937100010020030451",
            "related_order_info": [
                {"sku_order_id": "6937100010020030452", "product_name": "衣架", "aftersale_item_num": 2}
            ],
        },
        "text_part": {"reason_text": text},
    }
    return read("afterSale.List", {"items": [item]})


def detailed(ruling=..., order=..., **more):
    process = {"after_sale_id": 146510010020030001, "after_sale_type": 0, "after_sale_status": 6}
    process |= {"refund_status": 1, "refund_total_amount": 4900, "update_time": T, "apply_time": T}
    data = {"process_info": {"after_sale_info": process | more}}
    if ruling is not ...:
        data["process_info"]["arbitrate_info"] = ruling
    if order is not ...:
        data["order_info"] = order
    return read("afterSale.Detail", data)


def read(method, data):
    payload = msgspec.Raw(json.dumps(data, ensure_ascii=False).encode())
    (record,) = adapter.decode(method, payload, None)
    return record


# ---------------------------------------------------------------- kinds and stages

KINDS = {
    0: Kind.RETURN_REFUND,
    1: Kind.REFUND_ONLY,
    2: Kind.CANCEL,
    3: Kind.EXCHANGE,
    4: Kind.UNKNOWN,
    5: Kind.UNKNOWN,
    6: Kind.PRICE_PROTECT,
    7: Kind.RESHIP,
    8: Kind.REPAIR,
    9: Kind.UNKNOWN,
    -1: Kind.UNKNOWN,
    ...: Kind.UNKNOWN,
}
STAGES = {
    (0, 1): Stage.UNKNOWN,
    (3, 1): Stage.RESENT,
    (6, 1): Stage.REQUESTED,
    (7, 1): Stage.AWAITING_RETURN,
    (8, 1): Stage.RESENDING,
    (11, 1): Stage.RETURNING,
    (12, 0): Stage.REFUNDING,
    (12, 1): Stage.REFUNDING,
    (12, 2): Stage.REFUNDING,
    (12, 3): Stage.SUCCEEDED,
    (12, 4): Stage.REFUNDING,
    (12, 5): Stage.REFUNDING,
    (12, 77): Stage.REFUNDING,
    (12, ...): Stage.REFUNDING,
    (13, 1): Stage.RESENT,
    (14, 1): Stage.SUCCEEDED,
    (27, 1): Stage.REFUSED,
    (28, 1): Stage.CLOSED,
    (28, 3): Stage.CLOSED,
    (29, 1): Stage.REFUSED,
    (51, 3): Stage.UNKNOWN,
    (53, 3): Stage.UNKNOWN,
    (99, 1): Stage.UNKNOWN,
    (6, 3): Stage.REQUESTED,
    (..., 3): Stage.UNKNOWN,
}


@pytest.mark.parametrize("code", KINDS)
def test_every_type(code):
    assert listed(aftersale_type=code).kind is KINDS[code]
    given = {} if code is ... else {"after_sale_type": code}
    assert detailed(**({"after_sale_type": None} | given)).kind is KINDS[code]


@pytest.mark.parametrize(("status", "refund"), STAGES)
def test_every_status(status, refund):
    expected = STAGES[status, refund]
    assert listed(aftersale_status=status, refund_status=refund).stage is expected
    given = {"after_sale_status": None if status is ... else status}
    given["refund_status"] = None if refund is ... else refund
    assert detailed(**given).stage is expected


def test_every_row_of_the_tables_is_named_here():
    assert {row.code for row in tables.KIND_ROWS} <= set(KINDS)
    assert {row.code for row in tables.STAGE_ROWS} <= {status for status, _ in STAGES}
    assert {row.code for row in tables.ARBITRATION_ROWS} == {
        code for code, _ in DISPUTES if code in range(256)
    }
    rows = (
        tables.KIND_ROWS,
        tables.STAGE_ROWS,
        tables.ARBITRATION_ROWS,
        tables.CONCLUSION_ROWS,
        tables.REASON_ROWS,
    )
    for table in rows:
        assert len({row.code for row in table}) == len(table)
        assert all(row.source and row.zh for row in table)


@pytest.mark.parametrize(
    ("status", "stage"),
    [(27, Stage.CLOSED), (29, Stage.CLOSED), (6, Stage.UNKNOWN), (11, Stage.UNKNOWN), (13, Stage.UNKNOWN)],
)
def test_a_final_time_ends_what_is_not_final(status, stage):
    case = listed(aftersale_status=status, aftersale_status_to_final_time=T + 5)
    assert case.stage is stage
    assert case.closed_at == datetime.fromtimestamp(T + 5, UTC)
    assert case.deadline is None


# ---------------------------------------------------------------- arbitration

DISPUTES = {
    (0, 0): Dispute.NONE,
    (1, 0): Dispute.OPEN,
    (2, 0): Dispute.RULED_BUYER,
    (3, 0): Dispute.RULED_SELLER,
    (4, 0): Dispute.EVIDENCE_DUE,
    (5, 0): Dispute.OPEN,
    (6, 0): Dispute.UNKNOWN,
    (255, 0): Dispute.UNKNOWN,
    (255, 1): Dispute.RULED_BUYER,
    (255, 2): Dispute.RULED_SELLER,
    (255, 3): Dispute.RULED_BUYER,
    (255, 9): Dispute.UNKNOWN,
    (6, 1): Dispute.RULED_BUYER,
    (2, 1): Dispute.RULED_BUYER,
    (2, 2): Dispute.UNKNOWN,
    (3, 1): Dispute.UNKNOWN,
    (4, 1): Dispute.EVIDENCE_DUE,
    (256, 1): Dispute.UNKNOWN,
    (None, 1): None,
}


@pytest.mark.parametrize(("status", "conclusion"), DISPUTES)
def test_every_arbitration_state(status, conclusion):
    ruling = {"arbitrate_status": status, "arbitrate_conclusion": conclusion}
    assert detailed(ruling).dispute is DISPUTES[status, conclusion]
    if conclusion == 0:
        assert listed(arbitrate_status=status).dispute is DISPUTES[status, 0]


def test_no_arbitration_object_is_not_no_arbitration():
    assert detailed().dispute is None
    assert detailed(None).dispute is None
    assert listed(arbitrate_status=...).dispute is None


@pytest.mark.parametrize(
    ("more", "by"),
    [
        ({"aftersale_status": 27}, Actor.SELLER),
        ({"aftersale_status": 29}, Actor.SELLER),
        ({"aftersale_status": 12, "refund_status": 3}, None),
        ({"aftersale_status": 12, "refund_status": 3, "refund_type": 1}, Actor.ASSISTANT),
        ({"aftersale_status": 12, "refund_status": 2, "refund_type": 2}, Actor.ASSISTANT),
        ({"aftersale_status": 12, "refund_status": 3, "refund_type": 3}, None),
        ({"aftersale_status": 12, "refund_status": 3, "refund_type": 4}, None),
        ({"aftersale_status": 6, "refund_type": 2}, None),
        ({"aftersale_status": 12, "refund_status": 3, "auto_audit_bits": [2]}, Actor.ASSISTANT),
        ({"aftersale_status": 12, "refund_status": 3, "auto_audit_bits": [8]}, Actor.ASSISTANT),
        ({"aftersale_status": 12, "refund_status": 3, "auto_audit_bits": [7]}, None),
        ({"aftersale_status": 7, "auto_audit_bits": [7]}, Actor.ASSISTANT),
        ({"aftersale_status": 11, "auto_audit_bits": [7]}, Actor.ASSISTANT),
        ({"aftersale_status": 7, "auto_audit_bits": [2]}, None),
        ({"aftersale_status": 27, "auto_audit_bits": [7]}, Actor.SELLER),
        ({"aftersale_status": 28}, None),
        *[
            ({"aftersale_status": 12, "refund_status": 3, "auto_audit_bits": [bit]}, None)
            for bit in (1, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 21, 27, 99)
        ],
    ],
)
def test_who_decided_is_said_only_where_the_wire_settles_it(more, by):
    assert listed(**more).decided_by is by


def test_arbitration_decided_with_a_conclusion():
    ruling = {"arbitrate_status": 255, "arbitrate_conclusion": 2}
    assert detailed(ruling, after_sale_status=28).decided_by is Actor.ARBITRATION
    assert detailed({"arbitrate_status": 255}, after_sale_status=28).decided_by is None


@pytest.mark.parametrize("role", [1, 2, 3, 4])
def test_who_applied_did_not_decide(role):
    assert detailed(apply_role=role, after_sale_status=12, refund_status=3).decided_by is None


# ---------------------------------------------------------------- reasons

NO_REASON = {1, 6}


@pytest.mark.parametrize("row", tables.REASON_ROWS, ids=lambda row: str(row.code))
def test_every_reason_code(row):
    reason = detailed(reason_code=row.code, reason="text of the day", reason_remark="差").reason
    assert (reason.code, reason.text, reason.detail) == (str(row.code), "text of the day", "差")
    assert reason.cls is row.means
    assert (reason.cls is ReasonClass.NO_REASON) is (row.code in NO_REASON)
    assert listed(row.zh).reason.cls is row.means
    assert listed(row.zh).reason.code is None


def test_reasons_beyond_the_list_are_kept_and_not_guessed():
    assert detailed(reason_code=130, reason="新原因").reason.cls is ReasonClass.UNCLASSIFIED
    assert detailed(reason_code=78, reason="7天无理由").reason.cls is ReasonClass.NO_REASON
    assert listed("没见过").reason.cls is ReasonClass.UNCLASSIFIED
    assert listed("").reason is None
    assert listed(None).reason is None
    assert detailed(reason_code=0, reason="").reason is None
    assert detailed(reason_code=0, reason="", reason_remark="坏").reason.detail == "坏"


# ---------------------------------------------------------------- deadlines


@pytest.mark.parametrize(("kind", "status"), KNOWN, ids=str)
def test_every_known_consequence(kind, status):
    code = next(row.code for row in tables.KIND_ROWS if row.means is kind)
    known = KNOWN[kind, status]
    deadline = listed(aftersale_type=code, aftersale_status=status).deadline
    assert deadline.at == datetime.fromtimestamp(T + 9, UTC)
    assert (deadline.consequence, deadline.favours) == (known.consequence, known.favours)
    assert deadline.extendable is known.extendable
    assert known.consequence is not Consequence.UNKNOWN
    assert known.evidence.split(",")[0].split(";")[0] in {"official", "observed", "inferred"}


@pytest.mark.parametrize(
    "more",
    [
        {"aftersale_type": 7, "aftersale_status": 6},
        {"aftersale_type": 8, "aftersale_status": 8},
        {"aftersale_status": 29},
        {"aftersale_status": 13},
        {"aftersale_status": 27, "arbitrate_status": 1},
        {"aftersale_status": 27, "arbitrate_status": 255},
        {"aftersale_status": 6, "arbitrate_status": ...},
        {"aftersale_type": 99},
        {"aftersale_status": 99},
    ],
)
def test_where_nobody_knows_the_consequence_it_is_unknown(more):
    deadline = listed(**more).deadline
    assert (deadline.consequence, deadline.favours, deadline.extendable) == (
        Consequence.UNKNOWN,
        Favours.UNKNOWN,
        None,
    )


@pytest.mark.parametrize("more", [{"status_deadline": 0}, {"status_deadline": ...}, {"aftersale_status": 28}])
def test_no_deadline(more):
    assert listed(**more).deadline is None


@pytest.mark.parametrize(
    ("ruling", "at"),
    [
        ({"arbitrate_status": 4, "arbitrate_status_deadline": str(T + 50)}, T + 50),
        ({"arbitrate_status": 4, "arbitrate_evidence_tmpl": {"dead_line": T + 60}}, T + 60),
        ({"arbitrate_status": 4, "arbitrate_status_deadline": "", "arbitrate_evidence_tmpl": None}, T + 9),
        ({"arbitrate_status": 1, "arbitrate_status_deadline": str(T + 50)}, T + 9),
    ],
)
def test_the_clock_on_turn_while_evidence_is_wanted(ruling, at):
    case = detailed(ruling, after_sale_status=27, status_deadline=T + 9)
    assert case.deadline.at == datetime.fromtimestamp(at, UTC)


# ---------------------------------------------------------------- amounts, ids, lines


def test_the_list_in_full():
    case = listed(refund_amount="5970", refund_post_amount=600, aftersale_sub_type=8001, aftersale_type=8)
    assert (case.amounts.requested, case.amounts.freight, case.amounts.refunded) == (5970, 600, None)
    assert case.order_id == "6937100010020030451"
    assert case.version == str(T + 1)
    assert (case.raw_kind, case.raw_stage) == ("8/8001", "6/1/0")
    (line,) = case.lines
    assert (line.line_id, line.title, line.requested) == ("6937100010020030452", "衣架", 2)
    assert json.loads(case.raw)["aftersale_info"]["aftersale_id"] == case.case_id


@pytest.mark.parametrize(("refund_status", "refunded"), [(3, 900), (2, None), (1, None), (5, None)])
def test_refunded_is_filled_only_once_the_money_is_back(refund_status, refunded):
    case = detailed(after_sale_status=12, refund_status=refund_status, real_refund_amount=900)
    assert case.amounts.refunded == refunded


def test_nothing_but_an_id_is_still_a_case():
    case = read("afterSale.List", {"items": [{"aftersale_info": {"aftersale_id": 9}}]})
    assert case == Case("douyin", "aftersale", "9", storefront="douyin")
    bare = {"process_info": {"after_sale_info": {"after_sale_id": "9"}}, "order_info": None}
    assert read("afterSale.Detail", bare) == case


@pytest.mark.parametrize(
    "bad",
    [
        {"aftersale_id": 1.465e17},
        {"aftersale_id": None},
        {"aftersale_id": ""},
        {"aftersale_id": 0},
        {"aftersale_id": ["1"]},
        {"update_time": "soon"},
        {"update_time": 10**15},
        {"update_time": -1},
        {"apply_time": -1},
        {"apply_time": "2025-06-07 12:00:00"},
        {"refund_amount": 10**16},
        {"refund_amount": True},
        {"aftersale_status": {}},
        {"auto_audit_bits": ["x"]},
    ],
)
def test_a_record_that_does_not_fit_stands_alone(bad):
    page = {"items": [{"aftersale_info": info(**bad)}, {"aftersale_info": info()}, 5, None, "x", []]}
    payload = msgspec.Raw(json.dumps(page).encode())
    records = adapter.decode("afterSale.List", payload, None)
    assert [type(record).__name__ for record in records] == ["Case", *["Unreadable"] * 5]
    assert all(isinstance(record, Unreadable) and record.raw for record in records[1:])
    told = records[1]
    value = str(next(iter(bad.values())))
    assert len(value) < 3 or value not in told.error
    if "aftersale_id" not in bad:
        assert told.record_id == "146510010020030001"


def test_odd_nothings_are_nothing():
    item = {
        "aftersale_info": info(apply_time="", refund_amount="", auto_audit_bits="", aftersale_sub_type=""),
        "order_info": [],
        "text_part": [],
    }
    case = read("afterSale.List", {"items": [item], "total": "", "has_more": ""})
    assert case.opened_at is None
    assert case.amounts.requested is None
    assert case.order_id is None


def test_what_only_the_list_tells_of_a_decision_is_kept():
    row = listed(aftersale_status=12, refund_status=3, refund_type=2)
    detail = detailed({"arbitrate_status": 0}, after_sale_status=12, refund_status=3)
    assert completed(row, detail).decided_by is Actor.ASSISTANT
    moved = detailed({"arbitrate_status": 0}, after_sale_status=28)
    assert completed(row, moved) == moved
    assert completed(listed(), detail) == detail
