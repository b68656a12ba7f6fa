"""Orders of the world as trades of the wire."""

from __future__ import annotations

from typing import Any

from omnishop.model import OrderStatus, to_beijing_text, yuan_text
from omnishop.sandbox.world import CARRIERS, Buyer, Case, Line, Order, Parcel
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.state import refund_status

_STATUS = {
    OrderStatus.UNPAID: "WAIT_BUYER_PAY",
    OrderStatus.PAID: "WAIT_SELLER_SEND_GOODS",
    OrderStatus.PART_SHIPPED: "SELLER_CONSIGNED_PART",
    OrderStatus.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    OrderStatus.DELIVERED: "WAIT_BUYER_CONFIRM_GOODS",
    OrderStatus.FINISHED: "TRADE_FINISHED",
}
TRADE_TYPE = "fixed"
SELLER_TYPE = {"tmall": "B", "taobao": "C"}


def masked(text: str) -> str:
    return f"{text[0]}**"


def buyer(who: Buyer) -> dict[str, Any]:
    return {"buyer_nick": masked(who.nick), "buyer_open_uid": who.open_id}


def status(order: Order) -> str:
    if order.status is OrderStatus.CLOSED:
        return "TRADE_CLOSED" if order.paid_at else "TRADE_CLOSED_BY_TAOBAO"
    return _STATUS[order.status]


def parcel_of(order: Order, line: Line) -> Parcel | None:
    return next((parcel for parcel in order.parcels if line in parcel.lines), None)


def line_status(order: Order, line: Line) -> str:
    """A line may be closed, or shipped, before its trade is."""
    back = sum(
        refund.amount
        for case in order.cases
        for claim in case.claims
        if claim.line is line
        for refund in case.refunds
    )
    if back >= line.paid and back > 0:
        return "TRADE_CLOSED"
    if order.status is OrderStatus.PART_SHIPPED:
        return "WAIT_BUYER_CONFIRM_GOODS" if parcel_of(order, line) else "WAIT_SELLER_SEND_GOODS"
    return status(order)


def trade(order: Order, *, full: bool) -> dict[str, Any]:
    """`full`: the single methods; the lists leave memos out."""
    several = len(order.lines) > 1
    first = order.lines[0]
    row: dict[str, Any] = {
        "tid": int(order.order_id),
        "sid": order.order_id,
        "title": order.shop.name,
        "type": TRADE_TYPE,
        "status": status(order),
        "created": to_beijing_text(order.created_at),
        "modified": to_beijing_text(order.changed_at),
        "seller_nick": order.shop.nick,
        **buyer(order.buyer),
        "payment": yuan_text(order.paid),
        "total_fee": yuan_text(order.total),
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "post_fee": yuan_text(order.freight),
        "received_payment": yuan_text(order.paid if order.status is OrderStatus.FINISHED else 0),
        "num": 0 if several else first.quantity,
        "seller_flag": order.flag,
        "shipping_type": "express",
        "has_buyer_message": order.buyer_message is not None,
        "orders": Items("order", [_line(order, line) for line in order.lines]),
        "pay_time": _text(order.paid_at),
        "consign_time": _text(order.shipped_at),
        "end_time": _text(order.closed_at or order.finished_at),
    }
    if not several:
        row |= {"num_iid": int(first.good.item_id), "price": yuan_text(first.price)}
    if full:
        row |= {
            "tid_str": order.order_id,
            "seller_memo": order.remark,
            "buyer_message": order.buyer_message,
            "timeout_action_time": _text(order.receipt_due),
        }
    return row


def _line(order: Order, line: Line) -> dict[str, Any]:
    parcel = parcel_of(order, line)
    alone = len(order.lines) == 1
    case = _latest(order, line)
    row: dict[str, Any] = {
        "oid": int(line.line_id),
        "oid_str": line.line_id,
        "title": line.good.title,
        "num_iid": int(line.good.item_id),
        "sku_id": line.good.sku_id,
        "sku_properties_name": line.good.spec,
        "outer_sku_id": line.good.outer_sku_id,
        "price": yuan_text(line.price),
        "num": line.quantity,
        "adjust_fee": "0.00",
        "discount_fee": yuan_text(line.discount),
        "part_mjz_discount": "0.00",
        "total_fee": yuan_text(line.paid),
        "payment": yuan_text(line.paid + (order.freight if alone else 0)),
        "divide_order_fee": yuan_text(line.paid),
        "status": line_status(order, line),
        "refund_status": _refund_status(case),
        "refund_id": case.case_id if case else None,
        "seller_type": SELLER_TYPE[order.shop.storefront],
    }
    if parcel is not None:
        row |= {
            "consign_time": to_beijing_text(parcel.shipped_at),
            "logistics_company": CARRIERS.get(parcel.carrier, parcel.carrier),
            "invoice_no": parcel.tracking_no,
            "shipping_type": "express",
        }
    return row


def _latest(order: Order, line: Line) -> Case | None:
    on_line = [case for case in order.cases if any(claim.line is line for claim in case.claims)]
    return on_line[-1] if on_line else None


def _refund_status(case: Case | None) -> str:
    return "NO_REFUND" if case is None else refund_status(case)


def _text(when: Any) -> str | None:
    return None if when is None else to_beijing_text(when)
