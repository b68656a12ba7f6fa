"""What the simulated platform does on writes of trades, parcels and reviews, and what it refuses (§3, §5, §7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.model import OrderStatus, to_beijing_text
from omnishop.sandbox import orders
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Line, Order
from omnishop_taobao.face import acting, filters
from omnishop_taobao.face.acting import wrong
from omnishop_taobao.face.asking import Ask, Read, gone
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.lists import an_id
from omnishop_taobao.face.reads import order_of

_MEMO = 1000  # bytes
_REPLY = 500  # characters
_DAYS = ("3", "5", "7", "10")
_FLAGS = ("0", "1", "2", "3", "4", "5")
_REASONS = frozenset(
    {
        "未及时付款",
        "买家不想买了",
        "买家信息填写错误，重新拍",
        "恶意买家/同行捣乱",
        "缺货",
        "买家拍错了",
        "同城见面交易",
    }
)
_TOO_FAST = timedelta(seconds=10)
_RATED_WITHIN = timedelta(days=15)


def _changed(order: Order) -> dict[str, Any]:
    return {"trade": {"tid": int(order.order_id), "modified": to_beijing_text(order.changed_at)}}


def _no(service: str, sub_msg: str) -> Refusal:
    """The page gives no code of its own for these: the general one of a business that says no."""
    return Refusal(15, "Remote service error", f"isv.{service}-service-rejection", sub_msg)


# ---------------------------------------------------------------- remark and receipt


def _memo_add(ask: Ask) -> dict[str, Any]:
    order = order_of(ask)
    if order.remark:
        raise _no("trade-memo", "该交易已有备注")
    memo = acting.words(ask, "memo", least=1, most_bytes=_MEMO)
    orders.remark(ask.world, order, memo, int(_flag(ask) or 0))
    return {"trade": {"tid": int(order.order_id), "created": to_beijing_text(order.changed_at)}}


def _memo_update(ask: Ask) -> dict[str, Any]:
    """The whole memo is overwritten; without a flag it is 0 again, without a memo the memo stays."""
    order = order_of(ask)
    memo = acting.words(ask, "memo", most_bytes=_MEMO)
    text: str | None = memo or order.remark
    if acting.truth(ask, "reset"):
        text = None
    orders.remark(ask.world, order, text, int(_flag(ask) or 0))
    return _changed(order)


def _flag(ask: Ask) -> str | None:
    return filters.one_of(ask.params, "flag", _FLAGS)


def _delay(ask: Ask) -> dict[str, Any]:
    order = order_of(ask)
    days = filters.one_of(ask.params, "days", _DAYS)
    if order.status is not OrderStatus.SHIPPED or days is None:
        raise _no("trade", "交易状态不支持延长收货时间")
    try:
        orders.extend_receipt(ask.world, order, int(days))
    except Forbidden:
        raise _no("trade", "交易没有自动确认收货时间") from None
    return _changed(order)


def _close(ask: Ask) -> dict[str, Any]:
    order = order_of(ask)
    if ask.params["close_reason"].strip() not in _REASONS:
        raise wrong("close_reason", "关闭原因不正确")
    if order.status is not OrderStatus.UNPAID:
        raise _no("trade", "只能关闭未付款的交易")
    if ask.world.now() - order.created_at < _TOO_FAST:
        raise Refusal(15, "Remote service error", "CLOSE_TRADE_TOO_FAST", "下单10秒内不能关闭")
    orders.close(ask.world, order, ask.params["close_reason"].strip(), actor="seller")
    return _changed(order)


# ---------------------------------------------------------------- shipping


def _offline(ask: Ask) -> dict[str, Any]:
    order = order_of(ask)
    if order.status not in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}:
        raise _refused("B04", "订单状态不允许发货")
    lines = _lines(ask, order)
    courier = ask.params["company_code"].strip()
    if courier not in acting.COURIERS:
        raise wrong("company_code", "物流公司不存在")
    waybill = ask.params["out_sid"].strip()
    if not (waybill.isascii() and waybill.isalnum()) or not _SHORTEST <= len(waybill) <= _LONGEST:
        raise _refused("B60", "运单号不符合规则")
    try:
        orders.ship(ask.world, acting.face_of(ask), order, lines, carrier=courier, tracking=waybill)
    except Forbidden:
        raise _refused("B04", "子订单已发货") from None
    return {"shipping": {"is_success": True}}


_SHORTEST, _LONGEST = 5, 30  # characters of a waybill (chosen)


def _refused(code: str, sub_msg: str) -> Refusal:
    return Refusal(15, "Remote service error", f"isv.logistics-offline-service-error:{code}", sub_msg)


def _lines(ask: Ask, order: Order) -> list[Line] | None:
    """The sub-orders of this parcel; None: all that are not sent."""
    wanted = filters.ids(ask.params, "sub_tid", 50)
    if filters.one_of(ask.params, "is_split", ("0", "1")) != "1":
        return None
    lines = [line for line in order.lines if line.line_id in wanted]
    if not lines or len(lines) < len(wanted):
        raise wrong("sub_tid", "子订单不属于该交易")
    return lines


# ---------------------------------------------------------------- reviews


def _explain(ask: Ask) -> dict[str, Any]:
    oid = an_id(ask.params, "oid")
    found = next((review for review in ask.world.reviews_of(ask.shop) if review.line.line_id == oid), None)
    if found is None:
        raise gone("trade", "评价不存在")
    text = acting.words(ask, "reply", least=1, most=_REPLY)
    if found.follow_ups:
        raise _no("traderate", "买家已追加评价, 不能解释")
    try:
        orders.reply_review(ask.world, found, text)
    except Forbidden:
        raise _no("traderate", "已解释或超过期限") from None
    return {"is_success": True}


def _rate(ask: Ask) -> dict[str, Any]:
    """The shop rates the buyer, within 15 days of the trade's end."""
    order = order_of(ask)
    result = filters.one_of(ask.params, "result", ("good", "neutral", "bad"))
    if filters.one_of(ask.params, "role", ("seller", "buyer")) != "seller":
        raise invalid("role")
    if result != "good":
        acting.wants(ask, "content")
    if order.finished_at is not None and ask.world.now() > order.finished_at + _RATED_WITHIN:
        raise _no("traderate", "已超过评价期限")
    try:
        orders.rate_buyer(ask.world, order)
    except Forbidden:
        raise _no("traderate", "交易不能评价") from None
    made = {"tid": int(order.order_id), "oid": int(order.lines[0].line_id)}
    return {"trade_rate": {**made, "created": to_beijing_text(order.changed_at)}}


ORDER_WRITES: dict[str, Read] = {
    "taobao.trade.memo.add": Read(_memo_add, ("tid", "memo")),
    "taobao.trade.memo.update": Read(_memo_update, ("tid",)),
    "taobao.trade.receivetime.delay": Read(_delay, ("tid", "days")),
    "taobao.trade.close": Read(_close, ("tid", "close_reason")),
    "taobao.logistics.offline.send": Read(_offline, ("company_code", "out_sid", "tid")),
    "taobao.traderate.explain.add": Read(_explain, ("oid", "reply"), tmall=True),
    "taobao.traderate.add": Read(_rate, ("tid", "result", "role")),
    "taobao.traderate.list.add": Read(_rate, ("tid", "result", "role")),
}
