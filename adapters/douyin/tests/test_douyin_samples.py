"""Whole answers: own samples with the records they must give, and every shared sample with the page's facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
)
from omnishop.jsonform import dump, load
from omnishop.model import Raw, Unreadable, WriteResult
from omnishop_douyin import adapter, methods

OWN = sorted((Path(__file__).parent / "samples").glob("*.json"))


@pytest.mark.parametrize("path", OWN, ids=[path.stem for path in OWN])
def test_own_sample(path, account):
    sample = json.loads(path.read_text(encoding="utf-8"))
    body = json.dumps(sample["body"], ensure_ascii=False).encode()
    known = account if sample.get("account") else None
    found = [dump(record) for record in adapter.decode_body(sample["method"], body, known)]
    assert found == sample["records"]
    assert [dump(load(row)) for row in found if row["type"] != "raw"] == [
        row for row in found if row["type"] != "raw"
    ]


CASES = {
    # name: kind, stage, dispute, requested, refunded, decided_by
    "arbitration_ended_buyer_wins": (
        "refund_only",
        "succeeded",
        "ruled_buyer",
        "49.00",
        "49.00",
        "arbitration",
    ),
    "closed_by_buyer": ("return_refund", "closed", "none", "49.00", None, None),
    "exchange_sent_wait_buyer": ("exchange", "resent", "none", "0.00", None, None),
    "order_level_two_skus": ("cancel", "requested", "none", "210.00", None, None),
    "pre_shipment_success": ("cancel", "succeeded", "none", "59.70", "59.70", None),
    "pre_shipment_wait_merchant": ("cancel", "requested", "none", "114.00", None, None),
    "price_protection_success": ("price_protect", "succeeded", "none", "9.00", "9.00", None),
    "refund_only_arbitration_evidence_wanted": (
        "refund_only",
        "refused",
        "evidence_due",
        "49.00",
        None,
        "seller",
    ),
    "refund_only_refused_to_sign": ("refund_only", "requested", "none", "49.00", None, None),
    "repair_received": ("repair", "returning", "none", "0.00", None, None),
    "resend_wait_merchant_ship": ("reship", "resending", "none", "0.00", None, None),
    "return_second_refusal": ("return_refund", "refused", "none", "119.00", None, "seller"),
    "return_shipped_back_risk": ("return_refund", "returning", "none", "119.00", None, None),
    "return_success": ("return_refund", "succeeded", "none", "119.00", "117.80", None),
    "return_wait_buyer": ("return_refund", "awaiting_return", "none", "49.00", None, None),
    "return_wait_merchant": ("return_refund", "requested", "none", "49.00", None, None),
    "sparse_nulls_old_fields_only": ("refund_only", "succeeded", None, "10.00", "10.00", None),
}
FAILURES = {
    "afterSale.CancelSendGoodsSuccess.already_refunded": Conflict,
    "afterSale.Detail.invalid_id": Rejected,
    "afterSale.OpenAfterSaleChannel.already_open": Conflict,
    "afterSale.operate.backend_only": Rejected,
    "afterSale.operate.wrong_status": Conflict,
    "afterSale.timeExtend.refused": Rejected,
    "comment.list.service_withdrawn": NotSupported,
    "error.authorization_closed": AuthError,
    "error.both_schemes": AuthError,
    "error.ip_whitelist": PermissionDenied,
    "error.old_scheme_token": AuthError,
    "error.permission": PermissionDenied,
    "error.platform_busy": OutcomeUnknown,
    "error.sign_invalid": AuthError,
    "error.throttled": RateLimited,
    "error.timeout": OutcomeUnknown,
    "error.timestamp": ConfigError,
    "error.token_expired": AuthError,
    "error.token_missing_row": AuthError,
    "error.too_many_records": Rejected,
    "order.batchDecrypt.quota": Rejected,
    "order.orderDetail.not_found": NotFound,
    "token.create.code_expired": AuthError,
    "token.refresh.not_exist": AuthError,
}


def method_of(stem):
    """Errors that any method can give are read as answers to a write."""
    return "afterSale.operate" if stem.startswith("error.") else ".".join(stem.split(".")[:2])


def test_every_shared_sample_opens_or_fails_as_the_page_says(shared):
    seen = set()
    for path in sorted((shared / "samples").glob("*.json")):
        method = method_of(path.stem)
        if path.stem in FAILURES:
            with pytest.raises(FAILURES[path.stem]):
                adapter.decode_body(method, path.read_bytes(), None)
        else:
            records = adapter.decode_body(method, path.read_bytes(), None)
            assert not [record for record in records if isinstance(record, Unreadable)], path.stem
            if method in methods.WRITES:
                assert records
                assert all(isinstance(record, WriteResult) for record in records)
        seen.add(path.stem)
    assert set(FAILURES) <= seen


@pytest.mark.parametrize("name", CASES)
def test_shared_case_maps_to_what_the_page_says(shared, name):
    body = (shared / "samples" / f"afterSale.Detail.{name}.json").read_bytes()
    (case,) = (dump(record) for record in adapter.decode_body("afterSale.Detail", body, None))
    found = (
        case["kind"],
        case["stage"],
        case["dispute"],
        case["amounts"]["requested"],
        case["amounts"]["refunded"],
        case["decided_by"],
    )
    assert found == CASES[name]
    process = json.loads(body)["data"]["process_info"]["after_sale_info"]
    assert case["case_id"] == str(process["after_sale_id"])
    assert case["version"] == str(process["update_time"])
    assert case["shop_id"] is None


def test_evidence_wanted_shows_the_evidence_clock(shared):
    name = "afterSale.Detail.refund_only_arbitration_evidence_wanted.json"
    (case,) = adapter.decode_body("afterSale.Detail", (shared / "samples" / name).read_bytes(), None)
    assert int(case.deadline.at.timestamp()) == 1749742800
    assert case.deadline.consequence == "unknown"


def test_shared_list_gives_the_same_cases_as_their_details(shared):
    rows = adapter.decode_body("afterSale.List", (shared / "samples/afterSale.List.json").read_bytes(), None)
    found = {(row.case_id, row.kind.value, row.stage.value) for row in rows}
    assert found == {
        ("146510010020030001", "cancel", "requested"),
        ("146510010020030002", "return_refund", "awaiting_return"),
        ("146510010020030003", "return_refund", "returning"),
        ("146510010020030004", "refund_only", "refused"),
        ("146510010020030005", "cancel", "succeeded"),
        ("146510010020030006", "exchange", "resent"),
    }


def test_shared_orders_map_to_what_the_page_says(shared):
    body = (shared / "samples/order.searchList.json").read_bytes()
    orders = {order.order_id: order for order in adapter.decode_body("order.searchList", body, None)}
    assert {number: order.status.value for number, order in orders.items()} == {
        "6937410010020066666": "unpaid",
        "6937310010020055555": "closed",
        "6937100010020030451": "paid",
        "6937510010020012121": "part_shipped",
        "6937210010020030111": "shipped",
        "6937010010020077777": "finished",
    }
    two = orders["6937100010020030451"]
    assert (two.amounts.total, two.amounts.paid, two.amounts.freight, two.amounts.discount) == (
        22700,
        21000,
        600,
        2300,
    )
    assert [line.paid for line in two.lines] == [11400, 9000]
    parts = orders["6937510010020012121"]
    assert parts.parcels[0].line_ids == ("6937510010020077657",)
    assert orders["6937210010020030111"].remark == "客户说颜色发错\n已电话沟通"
    assert {order.shop_id for order in orders.values()} == {"12345678"}


def test_tokens_are_masked_when_decoded(shared):
    body = (shared / "samples/token.create.json").read_bytes()
    (raw,) = adapter.decode_body("token.create", body, None)
    assert isinstance(raw, Raw)
    assert raw.data["access_token"] == raw.data["refresh_token"] == "***"
    assert raw.data["shop_id"] == 12345678


def test_every_shared_push_message_is_an_event(shared):
    data = json.loads((shared / "push_messages.json").read_text(encoding="utf-8"))
    for message in data["messages"]:
        events = adapter.decode_body("push", message["raw_body"].encode(), None)
        rows = json.loads(message["raw_body"])
        assert [event.topic for event in events] == [str(row["tag"]) for row in rows], message["name"]
        assert all(event.event_id for event in events)


def test_every_documented_method_is_read_or_written(shared):
    listed = json.loads((shared / "methods.json").read_text(encoding="utf-8"))["methods"]
    names = {row["name"] for row in listed}
    assert names == methods.READS | methods.WRITES | methods.TOKENS
    assert {row["name"] for row in listed if not row["writes"]} == methods.READS
    single = {"order.orderDetail", "afterSale.Detail", "logistics.trackNoRouteDetail"}
    for name in names - single:
        assert isinstance(adapter.decode_body(name, b'{"code":10000,"data":null}', None), list)
