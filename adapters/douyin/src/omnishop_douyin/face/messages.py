"""What the simulated platform pushes: for each step of a case or an order its tag, signed as the wire page has it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from omnishop.model import BEIJING, Kind, OrderStatus
from omnishop.sandbox.outbox import HttpVoice, Told, Voice
from omnishop.sandbox.world import Case, Happening, Order, Shop
from omnishop_douyin.face import codes, names
from omnishop_douyin.signing import SIGN_METHOD, digest, push_text

_MOST = 50
"""Messages in one body; the platform's own number is not known."""

_CASE_TAGS = {
    "apply": ("200", "apply_time"),
    "agree": ("201", "agree_time"),
    "stop_shipping": ("201", "agree_time"),
    "turn_to_refund": ("201", "agree_time"),
    "assistant_refund": ("201", "agree_time"),
    "fast_refund": ("201", "agree_time"),
    "refund": ("201", "agree_time"),
    "agree_return": ("202", "agree_time"),
    "assistant_return": ("202", "agree_time"),
    "send_back": ("203", "return_time"),
    "fill_logistics": ("203", "return_time"),
    "refuse": ("204", "refuse_time"),
    "refuse_return": ("205", "refuse_time"),
    "pay": ("206", "success_time"),
    "withdraw": ("207", "close_time"),
    "lapse": ("207", "close_time"),
    "modify": ("208", "modify_time"),
    "extend": ("209", None),
    "move_deadline": ("209", None),
    "ship_replacement": ("211", "apply_time"),
    "swap": ("211", "apply_time"),
    "escalate": ("212", None),
    "intervene": ("212", None),
    "want_evidence": ("213", None),
    "submit_evidence": ("214", None),
    "settle_dispute": ("215", None),
    "rule_buyer": ("216", None),
    "rule_seller": ("216", None),
    "hear_shop": ("217", None),
    "agree_resend": ("227", None),
}
"""The step's tag, and the field of it that says when."""

_ARBITRATION = frozenset({"212", "213", "214", "215", "216", "217"})


def messages(record: Order | Case, nth: int) -> Sequence[Told]:
    """Of some steps nothing is told: the carrier's, messages, and what only the shop sees."""
    step = record.history[nth]
    found = _of_case(record, step) if isinstance(record, Case) else _of_order(record, step)
    key = record.case_id if isinstance(record, Case) else record.order_id
    return tuple(_told(record.shop, tag, data, step.at, f"{key}/{nth}") for tag, data in found)


def _of_case(case: Case, step: Happening) -> list[tuple[str, dict[str, Any]]]:
    tag, at = _CASE_TAGS.get(step.step, (None, None))
    if tag is None:
        return []
    if tag == "211" and case.kind in {Kind.RESHIP, Kind.REPAIR}:
        tag, at = "226", None
    status = "after_sale_status" if tag == "227" else "aftersale_status"
    data: dict[str, Any] = {
        "p_id": int(case.order.order_id),
        "s_id": int(case.claims[0].line.line_id),
        "shop_id": int(case.shop.shop_id),
        "store_id": 0,
        "aftersale_id": int(case.case_id),
        "aftersale_type": names.TYPES[case.kind][0],
        status: codes.status(case)[0],
        "refund_amount": case.requested,
        "refund_post_amount": case.freight,
        "reason_code": int(case.reason) if case.reason.isdigit() else 0,
        "refund_voucher_num": 0,
        "update_time": step.at.astimezone(BEIJING).isoformat(timespec="seconds"),
    }
    if at is not None:
        data[at] = codes.seconds(step.at)
    if tag == "209":
        data["status_deadline"] = codes.seconds(case.deadline)
    if tag in _ARBITRATION:
        number, conclusion = codes.arbitration(case)
        data |= {"arbitrate_id": f"{case.case_id}_001", "arbitrate_status": number}
        data |= {"arbitrate_conclusion": conclusion} if tag == "216" else {}
    return [(tag, data)]


def _of_order(order: Order, step: Happening) -> list[tuple[str, dict[str, Any]]]:
    at = codes.seconds(step.at)
    data: dict[str, Any] = {
        "p_id": int(order.order_id),
        "s_ids": [int(line.line_id) for line in order.lines],
        "shop_id": int(order.shop.shop_id),
        "order_type": 0,
        "biz": 2,
        "order_status": codes.ORDER_STATUS[order.status][0],
    }
    match step.step:
        case "place":
            return [("100", data | {"create_time": at})]
        case "pay":
            paid = data | {"pay_type": 2, "pay_time": at, "pay_amount": order.paid}
            return [("101", paid), ("110", data)]
        case "ship" if order.parcels:
            partly = order.status is OrderStatus.PART_SHIPPED
            return [("108" if partly else "102", data | _parcel(order) | {"update_time": at})]
        case "finish":
            return [("103", data | {"complete_time": at})]
        case "close":
            return [("106", data | {"cancel_time": at, "cancel_reason": order.close_reason or ""})]
        case "remark":
            return [("113", data | {"remark": order.remark or "", "star": order.flag, "update_time": at})]
    return []


def _parcel(order: Order) -> dict[str, Any]:
    parcel = order.parcels[-1]
    number = {
        "express_company_id": names.CARRIERS[parcel.carrier][0],
        "logistics_code": parcel.tracking_no,
    }
    return {"logistics_msg": number}


def _told(shop: Shop, tag: str, data: dict[str, Any], at: datetime, key: str) -> Told:
    """The id follows from what the message is about: a repeat keeps it."""
    number = int.from_bytes(hashlib.sha256(f"{tag}/{key}".encode()).digest()[:7])
    name = f"{data['p_id']}::{tag}:{codes.seconds(at)}:{number}"
    text = msgspec.json.encode(data).decode()
    return Told(name, shop, at, {"tag": tag, "msg_id": name, "data": text})


def _greeting(shop: Shop, at: datetime) -> Told:
    """What a newly saved address gets."""
    text = at.astimezone(BEIJING).isoformat()
    return Told(f"0/{shop.shop_id}", shop, at, {"tag": "0", "msg_id": "0", "data": text})


def _request(shop: Shop, told: Sequence[Told], sign_method: str) -> tuple[Mapping[str, str], bytes]:
    body = msgspec.json.encode([each.wire for each in told])
    text = push_text(shop.app_key, shop.app_secret, body.decode())
    headers = {
        "content-type": "application/json",
        "app-id": shop.app_key,
        "event-sign": digest(shop.app_secret, text, sign_method),
        "sign-method": sign_method,
    }
    return headers, body


def _heard(status: int, content: bytes) -> bool:
    """HTTP 200 and code 0; anything else brings the message again."""
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return status == 200 and isinstance(told, dict) and told.get("code") == 0  # noqa: PLR2004 - OK


VOICE = Voice(messages, HttpVoice(("md5", SIGN_METHOD), _greeting, _request, _heard, _MOST))
