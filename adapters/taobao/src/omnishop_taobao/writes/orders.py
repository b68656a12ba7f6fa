"""Writes on trades and reviews: shipping, longer receipt, replies, the remark that is read before it is written."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from omnishop.acts import Ask, Look, Seen, Shown, Verb, Write
from omnishop.flow import Call, Flow
from omnishop.model import Order, OrderStatus, Review, Text
from omnishop.ports import Account
from omnishop_taobao.mapping.reviews import line_of
from omnishop_taobao.wire.reading import ident
from omnishop_taobao.writes import checks
from omnishop_taobao.writes.answers import made
from omnishop_taobao.writes.carriers import code_of
from omnishop_taobao.writes.reading import (
    OrderAside,
    later,
    look_order,
    look_review,
    one_more,
    shipped_lines,
)

MEMO = 1000  # bytes, A §7
DAYS = (3, 5, 7, 10)  # A §7
REPLY = 500  # characters, A §5
REPLY_WITHIN = timedelta(days=30)  # A §5
SPLIT = 50  # lines of one parcel, A §7

_REFUND_ASKED = "WAIT_SELLER_AGREE"


def _order(look: Look) -> Order:
    if not isinstance(look.record, Order):
        raise TypeError("this write is about an order")
    return look.record


def _review(look: Look) -> Review:
    if not isinstance(look.record, Review):
        raise TypeError("this write is about a review")
    return look.record


def _aside(look: Look) -> OrderAside:
    return look.aside if isinstance(look.aside, OrderAside) else OrderAside()


# ---------------------------------------------------------------- remark


def _memo(look: Look, ask: Ask) -> str:
    """What stands there, and one line more."""
    line = " ".join((ask.text or "").split())
    return "\n".join(part for part in ((_order(look).remark or "").rstrip(), line) if part)


def send_remark(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """The flag goes along: without it the platform takes it off (C §7)."""
    order = _order(look)
    params = {"tid": order.order_id, "memo": _memo(look, ask), "flag": _aside(look).seller_flag}
    yield from made(Call("taobao.trade.memo.update", params, write=True), order.order_id)


def memo_fits(account: Account, look: Look, ask: Ask) -> Text | None:
    size = len(_memo(look, ask).encode())
    if ask.text is None or size <= MEMO:
        return None
    return Text(
        f"备注连同原有内容共 {size} 字节, 上限 {MEMO}: 请先在卖家后台删减",
        f"with what stands there the remark has {size} bytes, {MEMO} are allowed: shorten it in the console",
    )


# ---------------------------------------------------------------- receipt


def send_extend(account: Account, look: Look, ask: Ask) -> Flow[None]:
    order = _order(look)
    params = {"tid": order.order_id, "days": ask.days}
    yield from made(Call("taobao.trade.receivetime.delay", params, write=True), order.order_id)


def extended(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Each call adds days: done when the date is later by exactly as many."""
    then, now = before.marks.get("receipt_due"), after.marks.get("receipt_due")
    if then is not None and ask.days is not None and now == later(then, ask.days):
        return Shown.DONE
    return Shown.BEFORE if then == now and then is not None else Shown.MOVED


def some_days(account: Account, look: Look, ask: Ask) -> Text | None:
    if ask.days is None or ask.days in DAYS:
        return None
    listed = ", ".join(str(days) for days in DAYS)
    return Text(f"只能延长 {listed} 天", f"only {listed} days can be added")


def receipt_told(account: Account, look: Look, ask: Ask) -> Text | None:
    if look.marks.get("receipt_due"):
        return None
    return Text(
        "平台未给出自动确认收货时间(未发货或有退款): 延长后无法核实",
        "the platform tells no date of automatic receipt (not shipped, or in refund): an extension could not be seen",
    )


# ---------------------------------------------------------------- shipping


def _parcel_lines(look: Look, ask: Ask) -> list[str]:
    """The lines that go into this parcel: those named, else all that are not sent."""
    if ask.lines:
        return sorted(ask.lines)
    sent = shipped_lines(_order(look))
    return [line.line_id for line in _order(look).lines if line.line_id and line.line_id not in sent]


def send_ship(account: Account, look: Look, ask: Ask) -> Flow[None]:
    order = _order(look)
    lines = _parcel_lines(look, ask)
    params: dict[str, Any] = {
        "tid": order.order_id,
        "out_sid": (ask.tracking or "").strip(),
        "company_code": code_of(ask.carrier or ""),
    }
    if 0 < len(lines) < len(order.lines):
        params |= {"is_split": 1, "sub_tid": lines}
    yield from made(Call("taobao.logistics.offline.send", params, write=True))


def whole_lines(account: Account, look: Look, ask: Ask) -> Text | None:
    order = _order(look)
    bought = {line.line_id: line.quantity for line in order.lines}
    sent = shipped_lines(order)
    for line_id, pieces in ask.lines.items():
        if line_id not in bought:
            return Text(f"该订单没有子订单 {line_id}", f"the order has no line {line_id}")
        if line_id in sent:
            return Text(f"子订单 {line_id} 已发货", f"line {line_id} is already sent")
        if bought[line_id] not in {None, pieces}:
            return Text(f"子订单 {line_id} 只能整单发出", f"line {line_id} can only be sent whole")
    if len(ask.lines) > SPLIT:
        return Text(f"一个包裹最多 {SPLIT} 个子订单", f"a parcel takes at most {SPLIT} lines")
    return None


def no_refund_asked(account: Account, look: Look, ask: Ask) -> Text | None:
    """Goods sent after a refund was asked for, without consent, are refunded all the same."""
    going = set(_parcel_lines(look, ask))
    asked = [
        ident(line.oid)
        for line in _aside(look).lines()
        if line.refund_status == _REFUND_ASKED and ident(line.oid) in going
    ]
    if not asked:
        return None
    return Text(
        f"子订单 {asked[0]} 已申请退款: 未经买家同意发货仍会退款, 请先处理退款",
        f"a refund is asked for line {asked[0]}: settle it first; what is sent without consent is refunded anyway",
    )


def shipped(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Done with our waybill on the order."""
    waybills = after.marks.get("waybills", "").split(",")
    if (ask.tracking or "").strip() in waybills:
        return Shown.DONE
    if after.stage in {OrderStatus.CLOSED, OrderStatus.SHIPPED, OrderStatus.FINISHED}:
        return Shown.EXCLUDED
    unmoved = after.stage == before.stage and after.marks.get("waybills") == before.marks.get("waybills")
    return Shown.BEFORE if unmoved else Shown.MOVED


# ---------------------------------------------------------------- reviews


def send_reply(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {"oid": line_of(_review(look).review_id), "reply": (ask.text or "").strip()}
    yield from made(Call("taobao.traderate.explain.add", params, write=True))


def may_reply(account: Account, look: Look, ask: Ask) -> Text | None:
    review = _review(look)
    if review.reply is not None:
        return Text("已有回复, 只能回复一次", "there is a reply already, and only one is allowed")
    if review.follow_ups:
        return Text(
            "买家已追评, 平台不再接受回复", "the buyer has added a comment: no reply is taken any more"
        )
    if review.created_at is not None and ask.at is not None and ask.at > review.created_at + REPLY_WITHIN:
        return Text(
            "评价已超过30天, 平台不再接受回复", "the review is over 30 days old: no reply is taken any more"
        )
    return None


def replied(ask: Ask, before: Seen, after: Seen) -> Shown:
    reply = after.marks.get("reply")
    if reply is not None:
        return Shown.DONE if reply.split() == (ask.text or "").split() else Shown.EXCLUDED
    return Shown.BEFORE if after.marks == before.marks else Shown.EXCLUDED


# ---------------------------------------------------------------- rows

ORDERS: tuple[Write, ...] = (
    Write(
        Verb.EXTEND_RECEIPT,
        "order",
        "taobao.trade.receivetime.delay",
        look_order,
        send_extend,
        extended,
        Text("自动确认收货时间恰好推后相应天数", "automatic receipt is later by exactly so many days"),
        "A §7",
        stages=frozenset({OrderStatus.SHIPPED}),
        needs=("days",),
        hinders=checks.first(some_days, receipt_told),
    ),
    Write(
        Verb.REMARK,
        "order",
        "taobao.trade.memo.update",
        look_order,
        send_remark,
        partial(one_more, "memo"),
        Text("卖家备注中出现该行", "the line stands in the shop's remark"),
        "A §7; flag C",
        needs=("text",),
        hinders=checks.first(memo_fits),
    ),
    Write(
        Verb.SHIP,
        "order",
        "taobao.logistics.offline.send",
        look_order,
        send_ship,
        shipped,
        Text("订单上出现该运单号", "the waybill stands on the order"),
        "A §7",
        stages=frozenset({OrderStatus.PAID, OrderStatus.PART_SHIPPED}),
        needs=("carrier", "tracking"),
        hinders=checks.first(whole_lines, no_refund_asked),
    ),
)

REVIEWS: tuple[Write, ...] = (
    Write(
        Verb.REPLY_REVIEW,
        "review",
        "taobao.traderate.explain.add",
        look_review,
        send_reply,
        replied,
        Text("评价下出现该回复", "the reply stands under the review"),
        "A §5",
        needs=("text",),
        caution=Text("回复后不能修改, 只能回复一次", "a reply is given once and cannot be changed"),
        hinders=checks.first(may_reply, checks.length(1, REPLY)),
    ),
)
