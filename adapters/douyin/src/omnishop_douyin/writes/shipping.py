"""Writes to an order: shipping, shipping against a refund that was applied for, and the shop's remark.

Source: wire page 3.6. `request_id` of order.logisticsAddSinglePack makes a repeat return the first result.
"""

from __future__ import annotations

from typing import Any

from omnishop.acts import Ask, Look, Seen, Shown, Verb, Write, by_mark, refused, same
from omnishop.flow import Flow
from omnishop.model import Kind, Order, OrderStatus, Stage, Text
from omnishop.ports import Account
from omnishop_douyin.shape import CASES
from omnishop_douyin.writes import looks
from omnishop_douyin.writes.answers import written
from omnishop_douyin.writes.carriers import carrier_code
from omnishop_douyin.writes.looks import Around, lines_digested
from omnishop_douyin.writes.operate import case_of, missing, unfit

METHOD = "order.logisticsAddSinglePack"
REMARK = "order.addOrderRemark"
MOST_REMARK = 500
_PARCEL = ("carrier", "tracking")
_HELD = "105"


def _fit(held: Text | None, needs: tuple[str, ...], ask: Ask) -> None:
    if held is not None or missing(needs, ask):
        raise unfit(held)


def _order_of(look: Look) -> Order:
    if not isinstance(look.record, Order):
        raise unfit(Text("该操作的对象应为订单", "this is done to an order"))
    return look.record


def _pieces(order: Order, ask: Ask, wanted: frozenset[str] | None) -> dict[str, int]:
    """What goes into the parcel, by line: as asked, else whole lines that are not under way yet."""
    under_way = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
    whole = {line.line_id: line.quantity for line in order.lines if line.line_id and line.quantity}
    if ask.lines:
        return {line_id: pieces for line_id, pieces in ask.lines.items() if whole.get(line_id)}
    return {
        line_id: pieces
        for line_id, pieces in whole.items()
        if line_id not in under_way and (wanted is None or line_id in wanted)
    }


def _unshippable(order: Order, ask: Ask, wanted: frozenset[str] | None) -> Text | None:
    pieces = _pieces(order, ask, wanted)
    if not pieces or (ask.lines and set(pieces) != set(ask.lines)):
        return Text(
            "没有可发货的商品, 或指定的商品不在该订单中", "nothing to ship, or a line that the order lacks"
        )
    quantities = {line.line_id: line.quantity or 0 for line in order.lines}
    if any(not 0 < pieces[line_id] <= quantities[line_id] for line_id in pieces):
        return Text("发货件数须在 1 与购买件数之间", "pieces are between 1 and what was bought")
    return None


def _parcel(order: Order, ask: Ask, pieces: dict[str, int]) -> dict[str, Any]:
    if not ask.key:
        raise unfit(Text("缺少本次操作的唯一编号", "the unique key of this write is not told"))
    return {
        "order_id_list": [order.order_id],
        "shipped_order_info": [
            {"shipped_order_id": line_id, "shipped_num": number} for line_id, number in pieces.items()
        ],
        "logistics_code": ask.tracking,
        "company_code": carrier_code(ask.carrier),
        "request_id": ask.key,
    }


# ---------------------------------------------------------------- shipping


def _ship_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    order = look.record
    if not isinstance(order, Order):
        return None
    pending = look.marks.get("pending", "").split()
    if not set(pending).isdisjoint(_pieces(order, ask, None)):
        return Text(
            "买家已申请未发货退款, 待处理期间不能发货; 要拒绝退款请对该售后单执行 ship 并带 --reject-refund",
            "the buyer applied for a refund before shipping; agree, or refuse it by shipping: "
            "ship on that case with --reject-refund",
        )
    if ask.reject_refund:
        return Text(
            "拒绝退款并发货须对售后单执行: case act … ship --reject-refund",
            "shipping that refuses a refund is done to its case: case act … ship --reject-refund",
        )
    if (order.raw_status or "").partition("/")[0] == _HELD:
        return Text(
            "订单处于平台风控审核中 (105), 请勿发货",
            "the platform holds the order for review (105): do not ship",
        )
    return _unshippable(order, ask, None)


def _ship(account: Account, look: Look, ask: Ask) -> Flow[None]:
    order = _order_of(look)
    _fit(_ship_hinders(account, look, ask), _PARCEL, ask)
    yield from written(METHOD, _parcel(order, ask, _pieces(order, ask, None)))


def _under_way(ask: Ask, before: Seen, after: Seen) -> Shown:
    """A parcel of the order has the number that was given."""
    if ask.tracking and ask.tracking in after.marks.get("waybills", "").split():
        return Shown.DONE
    if after.stage in {OrderStatus.CLOSED, OrderStatus.FINISHED}:
        return Shown.EXCLUDED
    return Shown.BEFORE if same(before, after) else Shown.MOVED


# ---------------------------------------------------------------- shipping against a refund


def _against_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    order = look.aside.order if isinstance(look.aside, Around) else None
    if order is None:
        return Text(
            "售后单没有可读的订单, 不能发货", "the case has no order that can be read: nothing to ship"
        )
    if ask.tracking and not ask.reject_refund:
        return Text(
            "发货会拒绝买家的退款申请, 必须明确带上 --reject-refund",
            "shipping refuses the buyer's refund: it must be said with --reject-refund",
        )
    return _unshippable(order, ask, _claimed(look))


def _claimed(look: Look) -> frozenset[str]:
    return frozenset(line.line_id for line in case_of(look).lines if line.line_id)


def _ship_against(account: Account, look: Look, ask: Ask) -> Flow[None]:
    _fit(_against_hinders(account, look, ask), (*_PARCEL, "reject_refund"), ask)
    order: Order = look.aside.order
    given = _parcel(order, ask, _pieces(order, ask, _claimed(look)))
    yield from written(METHOD, {**given, "is_reject_refund": True})


def _shipped_against(ask: Ask, before: Seen, after: Seen) -> Shown:
    """The parcel with our number, and a case that no longer waits; a refund that was granted first excludes it."""
    ours = bool(ask.tracking) and ask.tracking in after.marks.get("waybills", "").split()
    if ours and after.stage in {Stage.REFUSED, Stage.CLOSED}:
        return Shown.DONE
    if not ours and after.stage in {Stage.REFUNDING, Stage.SUCCEEDED, Stage.CLOSED}:
        return Shown.EXCLUDED
    return Shown.BEFORE if not ours and same(before, after) else Shown.MOVED


def _only_by_shipping(account: Account, look: Look, ask: Ask) -> Text | None:
    return Text(
        "平台没有拒绝未发货退款的接口, 只能发货并拒绝: 对该售后单执行 ship 并带 --reject-refund",
        "no method refuses a refund before shipping, only shipping does: "
        "ship on this case with --reject-refund",
    )


def _refuse_by_shipping(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """Never by the way: the goods leave only where shipping itself was asked for."""
    raise unfit(_only_by_shipping(account, look, ask))
    yield


# ---------------------------------------------------------------- remark


def _appended(order: Order, text: str) -> str:
    return f"{order.remark}\n{text}" if order.remark else text


def _remark_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    order = look.record
    if isinstance(order, Order) and ask.text and len(_appended(order, ask.text)) > MOST_REMARK:
        return Text(
            f"原备注加上新内容超过 {MOST_REMARK} 字",
            f"the remark there and this one are together longer than {MOST_REMARK} characters",
        )
    return None


def _remark(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """The method overwrites: what stands there is kept in front."""
    order = _order_of(look)
    _fit(_remark_hinders(account, look, ask), ("text",), ask)
    yield from written(REMARK, {"order_id": order.order_id, "remark": _appended(order, ask.text or "")})


def _with_remark(ask: Ask, before: Seen) -> str:
    return " ".join(part for part in (before.marks.get("memo", ""), lines_digested(ask.text)) if part)


ROWS: tuple[Write, ...] = (
    Write(
        Verb.SHIP,
        "order",
        METHOD,
        looks.order,
        _ship,
        _under_way,
        Text("订单包裹中有所填运单号", "a parcel of the order has the number that was given"),
        "wire page 3.6 A: request_id makes it idempotent",
        stages=frozenset({OrderStatus.PAID, OrderStatus.PART_SHIPPED}),
        needs=_PARCEL,
        hinders=_ship_hinders,
    ),
    Write(
        Verb.SHIP,
        "case",
        METHOD,
        looks.case_with_order,
        _ship_against,
        _shipped_against,
        Text(
            "订单包裹中有所填运单号, 且售后单不再待处理",
            "a parcel of the order has the number that was given, and the case waits no longer",
        ),
        "wire page 3.6, 4.5 A: is_reject_refund ships and thereby refuses; request_id makes it idempotent",
        sources=frozenset({CASES}),
        kinds=frozenset({Kind.CANCEL}),
        stages=frozenset({Stage.REQUESTED}),
        needs=(*_PARCEL, "reject_refund"),
        caution=Text(
            "这会发出商品并拒绝买家的退款申请, 不可撤回",
            "this ships the goods and thereby refuses the buyer's refund; it cannot be taken back",
        ),
        hinders=_against_hinders,
    ),
    Write(
        Verb.REFUSE,
        "case",
        METHOD,
        looks.case,
        _refuse_by_shipping,
        refused,
        Text("售后单状态为 27 (已拒绝申请)", "the case stands at 27, refused"),
        "wire page 4.5 A/B: to refuse, ship with is_reject_refund",
        sources=frozenset({CASES}),
        kinds=frozenset({Kind.CANCEL}),
        stages=frozenset({Stage.REQUESTED}),
        hinders=_only_by_shipping,
    ),
    Write(
        Verb.REMARK,
        "order",
        REMARK,
        looks.order,
        _remark,
        by_mark("memo", _with_remark),
        Text("订单备注末尾为这段文字", "the order's remark ends with these words"),
        "wire page 3.6 A: it overwrites",
        needs=("text",),
        hinders=_remark_hinders,
    ),
)
