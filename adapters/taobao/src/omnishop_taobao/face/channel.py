"""The simulated message channel by polling: what happened to cases and orders, until it is confirmed."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

import msgspec

from omnishop.model import Kind, to_beijing_text, yuan_text
from omnishop.sandbox.world import Case, Happening, Order, Shop
from omnishop_taobao.face.asking import Ask, Read
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.lists import number
from omnishop_taobao.face.wire_cases import dispute_type
from omnishop_taobao.face.wire_orders import masked

AGAIN = timedelta(minutes=5)
"""A message that was not confirmed comes again (C)."""

_REFUND = {
    "apply": "RefundCreated",
    "agree_return": "RefundSellerAgreeAgreement",
    "refuse": "RefundSellerRefuseAgreement",
    "refuse_return": "RefundSellerRefuseAgreement",
    "send_back": "RefundBuyerReturnGoods",
    "agree": "RefundSuccess",
    "refund": "RefundSuccess",
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
_FIRST_ID = 7190100000000000000


def _case_message(case: Case, nth: int, step: Happening) -> dict[str, Any] | None:
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
    family = "taobao_dispute_" if exchange else "taobao_refund_"
    return _message(case.shop, family + name, step.at, content, f"{case.case_id}/{nth}")


def _order_message(order: Order) -> dict[str, Any] | None:
    if order.paid_at is None:
        return None
    content = {
        "tid": int(order.order_id),
        "oid": int(order.lines[0].line_id),
        "payment": yuan_text(order.paid),
        "type": "guarantee_trade",
        "buyer_nick": masked(order.buyer.nick),
        "buyer_open_uid": order.buyer.open_id,
        "seller_nick": order.shop.nick,
    }
    return _message(order.shop, "taobao_trade_TradeBuyerPay", order.paid_at, content, order.order_id)


def _message(shop: Shop, topic: str, at: datetime, content: dict[str, Any], key: str) -> dict[str, Any]:
    """The id follows from what the message is about, so that it is the same when it comes again."""
    return {
        "id": _FIRST_ID + zlib.crc32(f"{topic}/{key}".encode()),
        "topic": topic,
        "pub_app_key": "12497914",
        "pub_time": to_beijing_text(at),
        "user_id": int(shop.shop_id),
        "user_nick": shop.nick,
        "content": msgspec.json.encode(content).decode(),
    }


def _all(ask: Ask) -> list[dict[str, Any]]:
    shop = ask.shop
    found = [
        message
        for case in ask.world.cases_of(shop)
        for nth, step in enumerate(case.history)
        if (message := _case_message(case, nth, step))
    ]
    found += [message for order in ask.world.orders_of(shop) if (message := _order_message(order))]
    return sorted(found, key=lambda message: (message["pub_time"], message["id"]))


def _consume(ask: Ask) -> dict[str, Any]:
    if ask.params.get("group_name", "").strip() not in {"", "default"}:
        return {}
    quantity = number(ask.params, "quantity", 100, 200)
    given: dict[int, datetime] = ask.shop.marks.setdefault("messages_given", {})
    done: set[int] = ask.shop.marks.setdefault("messages_confirmed", set())
    now = ask.world.now()
    due = [m for m in _all(ask) if m["id"] not in done and given.get(m["id"], now - AGAIN) <= now - AGAIN]
    for message in due[:quantity]:
        given[message["id"]] = now
    return {"messages": Items("tmc_message", due[:quantity])}


def _confirm(ask: Ask) -> dict[str, Any]:
    ids = [part for part in ask.params["s_message_ids"].split(",") if part]
    if len(ids) > 200 or not all(part.isascii() and part.isdigit() for part in ids):  # noqa: PLR2004 - their limit
        raise invalid("s_message_ids")
    ask.shop.marks.setdefault("messages_confirmed", set()).update(int(part) for part in ids)
    return {"is_success": True}


def _user(ask: Ask) -> dict[str, Any]:
    if ask.params["nick"] != ask.shop.nick:
        raise Refusal(15, "Remote service error", "isv.user-not-exist:invalid-nick", "用户不存在")
    return {
        "tmc_user": {
            "user_id": int(ask.shop.shop_id),
            "user_nick": ask.shop.nick,
            "user_platform": "tbUIC",
            "group_name": "default",
            "is_valid": True,
        }
    }


CHANNEL: dict[str, Read] = {
    "taobao.tmc.messages.consume": Read(_consume, session=False),
    "taobao.tmc.messages.confirm": Read(_confirm, ("s_message_ids",), session=False),
    "taobao.tmc.user.get": Read(_user, ("fields", "nick"), session=False),
}
