"""Cases of the world as refunds, special refunds, disputes and exchanges of the wire."""

from __future__ import annotations

from typing import Any

from omnishop.model import ENDED, Kind, to_beijing_text, yuan_text
from omnishop.sandbox.world import CARRIERS, Case, ShopAddress
from omnishop_taobao.face import reasons
from omnishop_taobao.face.state import exchange_text, good_status, refund_status, staff_code
from omnishop_taobao.face.wire_orders import buyer, line_status

_TYPES = {
    Kind.CANCEL: "REFUND",
    Kind.REFUND_ONLY: "REFUND",
    Kind.PRICE_PROTECT: "REFUND",
    Kind.RETURN_REFUND: "REFUND_AND_RETURN",
    Kind.REPAIR: "REPAIR",
    Kind.RESHIP: "RESHIPPING",
}
_REQUESTS = {"REFUND": 1, "REFUND_AND_RETURN": 3, "TMALL_EXCHANGE": 4, "TAOBAO_EXCHANGE": 4}
_WORDS = {
    "REFUND": "仅退款",
    "REFUND_AND_RETURN": "退货退款",
    "TMALL_EXCHANGE": "换货",
    "REPAIR": "维修",
    "RESHIPPING": "补寄",
}
_COMES_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
LIST_LACKS = frozenset(
    {
        "price",
        "num_iid",
        "address",
        "good_return_time",
        "refund_remind_timeout",
        "cs_status",
        "advance_status",
        "alipay_no",
    }
)
"""What the list method does not give (§4.1)."""


def dispute_type(case: Case) -> str:
    told = case.marks.get("dispute_type")
    if told is not None:
        return str(told)
    if case.kind is Kind.EXCHANGE:
        return "TMALL_EXCHANGE" if case.shop.storefront == "tmall" else "TAOBAO_EXCHANGE"
    return _TYPES[case.kind]


def version(case: Case) -> int:
    return int(case.changed_at.timestamp()) * 1000


def refund(case: Case) -> dict[str, Any]:
    claim = case.claims[0]
    line, order = claim.line, case.order
    share = line.paid * claim.quantity // line.quantity + case.freight
    fee = sum(paid.amount for paid in case.refunds) if case.refunds else case.requested
    kind = dispute_type(case)
    request = _REQUESTS.get(kind)
    row: dict[str, Any] = {
        "refund_id": case.case_id,
        "tid": int(order.order_id),
        "oid": int(line.line_id),
        "status": refund_status(case),
        "order_status": line_status(order, line),
        "good_status": good_status(case),
        "has_good_return": case.kind in _COMES_BACK,
        "refund_phase": case.phase,
        "dispute_type": kind,
        "refund_fee": yuan_text(fee),
        "total_fee": yuan_text(share),
        "payment": yuan_text(share - fee),
        "price": yuan_text(line.price),
        "num": claim.quantity,
        "num_iid": int(line.good.item_id),
        "title": line.good.title,
        "sku": f"{line.good.sku_id}|{line.good.spec}",
        "outer_id": line.good.outer_sku_id,
        "reason": reasons.text(case.reason),
        "desc": case.detail,
        "created": to_beijing_text(case.opened_at),
        "modified": to_beijing_text(case.changed_at),
        "end_time": to_beijing_text(case.closed_at) if case.closed_at and case.stage in ENDED else None,
        "refund_version": version(case),
        "cs_status": staff_code(case),
        "advance_status": 0,
        "operation_contraint": "null",
        "shipping_type": "express",
        "attribute": f";disputeRequest:{request};" if request else ";bizCode:demo;",
        "seller_nick": case.shop.nick,
        **buyer(order.buyer),
        "refund_remind_timeout": _remind(case),
    }
    if case.return_address is not None and case.kind in _COMES_BACK:
        row["address"] = address_text(case.return_address)
    if case.return_parcel is not None:
        row |= {
            "company_name": CARRIERS.get(case.return_parcel.carrier, case.return_parcel.carrier),
            "sid": case.return_parcel.tracking_no,
            "good_return_time": to_beijing_text(case.return_parcel.shipped_at),
        }
    return row


def address_text(place: ShopAddress) -> str:
    return f"{place.province}{place.city}{place.district}{place.street}"


def special(case: Case) -> dict[str, Any]:
    kind = case.marks.get("special_refund_type", "priceProtect")
    return {**refund(case), "special_refund_type": kind}


def in_list(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LIST_LACKS}


def special_in_list(case: Case) -> dict[str, Any]:
    """The documents type the id of this list as a number."""
    return {**in_list(special(case)), "refund_id": int(case.case_id)}


def _remind(case: Case) -> dict[str, Any]:
    if case.deadline is None or case.stage in ENDED:
        return {"exist_timeout": False}
    return {"exist_timeout": True, "remind_type": 1, "timeout": to_beijing_text(case.deadline)}


def dispute(case: Case) -> dict[str, Any]:
    """A row of tmall.dispute.receive.get: ids partly as text, the status in words for exchanges."""
    row = refund(case)
    kept = ("refund_id", "oid", "created", "modified", "order_status", "refund_phase", "good_status")
    more = ("has_good_return", "refund_fee", "reason", "desc", "title", "num", "attribute", "refund_version")
    return {
        **{name: row[name] for name in (*kept, *more, "buyer_nick", "buyer_open_uid")},
        "biz_order_id": case.order.order_id,
        "status": exchange_text(case) if case.kind is Kind.EXCHANGE else row["status"],
        "dispute_request": _WORDS.get(row["dispute_type"]),
        "time_out": _time_out(case),
    }


def exchange(case: Case) -> dict[str, Any]:
    line = case.claims[0].line
    row: dict[str, Any] = {
        "dispute_id": case.case_id,
        "biz_order_id": case.order.order_id,
        "status": exchange_text(case),
        "created": to_beijing_text(case.opened_at),
        "modified": to_beijing_text(case.changed_at),
        "reason": reasons.text(case.reason),
        "desc": case.detail,
        "title": line.good.title,
        "num": case.claims[0].quantity,
        "price": yuan_text(line.price),
        "payment": yuan_text(line.paid),
        "bought_sku": line.good.spec,
        "exchange_sku": line.good.spec,
        "good_status": good_status(case),
        "refund_phase": case.phase,
        "refund_version": version(case),
        "cs_status": staff_code(case),
        "advance_status": 0,
        "operation_contraint": "null",
        "seller_nick": case.shop.nick,
        **buyer(case.order.buyer),
        "time_out": _time_out(case),
        "attributes": ";disputeRequest:4;",
    }
    if case.return_address is not None:
        row["address"] = address_text(case.return_address)
    for name, parcel in (("buyer", case.return_parcel), ("seller", case.replacement)):
        if parcel is not None:
            row |= {
                f"{name}_logistic_name": CARRIERS.get(parcel.carrier, parcel.carrier),
                f"{name}_logistic_no": parcel.tracking_no,
            }
    return row


def _time_out(case: Case) -> str | None:
    if case.deadline is None or case.stage in ENDED:
        return None
    return to_beijing_text(case.deadline)
