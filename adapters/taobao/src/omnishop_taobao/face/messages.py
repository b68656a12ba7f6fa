"""What the simulated channel tells: one message of a topic for each step of a case or an order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from omnishop.model import Kind, OrderStatus, to_beijing_text, yuan_text
from omnishop.sandbox.outbox import Told, Voice
from omnishop.sandbox.world import Case, Happening, Order, Shop
from omnishop_taobao.face.socket import SOCKET
from omnishop_taobao.face.wire_cases import dispute_type
from omnishop_taobao.face.wire_orders import masked

_REFUND = {
    "apply": "RefundCreated",
    "modify": "RefundBuyerModifyAgreement",
    "agree_return": "RefundSellerAgreeAgreement",
    "refuse": "RefundSellerRefuseAgreement",
    "refuse_return": "RefundSellerRefuseAgreement",
    "send_back": "RefundBuyerReturnGoods",
    "message": "RefundCreateMessage",
    "agree": "RefundSuccess",
    "refund": "RefundSuccess",
    "stop_shipping": "RefundSuccess",
    "rule_buyer": "RefundSuccess",
    "withdraw": "RefundClosed",
    "lapse": "RefundClosed",
    "rule_seller": "RefundClosed",
    "escalate": "TaobaoInterApplied",
    "staff_in": "TaobaoIntervened",
}
_EXCHANGE = {
    "apply": "RefundCreated",
    "agree_return": "ExchangeAgree",
    "refuse": "ExchangeModified",
    "send_back": "ExchangeModified",
    "owe_replacement": "ExchangeSellerConfirmed",
    "ship_replacement": "ExchangeSellerGoodsConsigned",
    "confirm": "ExchangeSuccess",
    "withdraw": "ExchangeClosed",
    "lapse": "ExchangeClosed",
    "turn_to_refund": "ExchangeTurnToRefund",
    "escalate": "TaobaoInterApplied",
}
_TRADE = {
    "place": "TradeCreate",
    "pay": "TradeBuyerPay",
    "ship": "TradeSellerShip",
    "extend_receipt": "TradeDelayConfirmPay",
    "finish": "TradeSuccess",
    "close": "TradeClose",
    "remark": "TradeMemoModified",
    "review": "TradeRated",
    "rate": "TradeRated",
}
_FIRST_ID = 7190100000000000000


def messages(record: Order | Case, nth: int) -> Sequence[Told]:
    step = record.history[nth]
    found = _of_case(record, step) if isinstance(record, Case) else _of_order(record, step)
    if found is None:
        return ()
    name = record.case_id if isinstance(record, Case) else record.order_id
    topic, content = found
    return (_told(record.shop, topic, step.at, content, f"{name}/{nth}"),)


def _of_case(case: Case, step: Happening) -> tuple[str, dict[str, Any]] | None:
    exchange = case.kind is Kind.EXCHANGE
    name = (_EXCHANGE if exchange else _REFUND).get(step.step)
    if name is None:
        return None
    content: dict[str, Any] = {
        "refund_id": int(case.case_id),
        "tid": int(case.order.order_id),
        "oid": int(case.claims[0].line.line_id),
        "modified": to_beijing_text(step.at),
    }
    if exchange:
        content |= {
            "biz_claim_type": 4,
            "dispute_type": 1 if case.phase == "onsale" else 2,
            "buyer_refund_fee": 0,
            "create": to_beijing_text(case.opened_at),
            "seller_open_uid": f"AAF{case.shop.shop_id}",
        }
    else:
        content |= {
            "refund_fee": yuan_text(case.requested),
            "refund_phase": case.phase,
            "bill_type": "return_bill" if "RETURN" in dispute_type(case) else "refund_bill",
            "buyer_nick": masked(case.order.buyer.nick),
            "buyer_open_uid": case.order.buyer.open_id,
            "seller_nick": case.shop.nick,
        }
    return ("taobao_dispute_" if exchange else "taobao_refund_") + name, content


def _of_order(order: Order, step: Happening) -> tuple[str, dict[str, Any]] | None:
    name = _TRADE.get(step.step)
    if name is None:
        return None
    if step.step == "ship" and order.status is OrderStatus.PART_SHIPPED:
        name = "TradePartlySellerShip"
    content: dict[str, Any] = {
        "tid": int(order.order_id),
        "oid": int(order.lines[0].line_id),
        "payment": yuan_text(order.paid),
        "type": "guarantee_trade",
        "buyer_nick": masked(order.buyer.nick),
        "buyer_open_uid": order.buyer.open_id,
        "seller_nick": order.shop.nick,
    }
    if name == "TradeRated":
        content["rater"] = "seller" if step.actor == "seller" else "buyer"
    if name == "TradeMemoModified":
        content |= {"action_type": "update", "seller_memo": order.remark or "", "seller_flag": order.flag}
    return "taobao_trade_" + name, content


def _told(shop: Shop, topic: str, at: datetime, content: dict[str, Any], key: str) -> Told:
    """The id follows from what the message is about, so that it is the same when it comes again."""
    digest = hashlib.sha256(f"{topic}/{key}".encode()).digest()
    number = _FIRST_ID + int.from_bytes(digest[:6]) // 4
    wire = {
        "id": number,
        "topic": topic,
        "pub_app_key": "12497914",
        "pub_time": to_beijing_text(at),
        "user_id": int(shop.shop_id),
        "user_nick": shop.nick,
        "content": msgspec.json.encode(content).decode(),
    }
    return Told(str(number), shop, at, wire)


VOICE = Voice(messages, socket=SOCKET)
