"""From the world's state to the codes that the wire sends for it."""

from __future__ import annotations

from datetime import datetime

from omnishop.model import Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox.world import Case, Order

_STATUS = {
    Stage.REQUESTED: (6, "待商家处理"),
    Stage.AWAITING_RETURN: (7, "待买家退货"),
    Stage.RETURNING: (11, "待商家收货"),
    Stage.INSPECTING: (11, "待商家收货"),
    Stage.REFUNDING: (12, "售后成功"),
    Stage.RESENDING: (8, "待商家发货"),
    Stage.RESENT: (13, "待买家收货"),
    Stage.CLOSED: (28, "售后已关闭"),
}
_ENDED_OTHERWISE = {51: "订单取消成功", 53: "逆向交易已完成"}

PAID, UNDER_WAY, WAITING = 3, 2, 1
"""refund_status. A withdrawn case keeps 1."""

NEGOTIATING, DECIDING = 5, 1
ENDED = 255


def seconds(when: datetime | None) -> int:
    return 0 if when is None else int(when.timestamp())


def status(case: Case) -> tuple[int, str]:
    if "status" in case.marks:
        number = int(case.marks["status"])
        return number, _ENDED_OTHERWISE[number]
    if case.stage is Stage.REFUSED:
        return (29, "退货后拒绝") if case.after_return else (27, "商家已拒绝")
    if case.stage is Stage.SUCCEEDED:
        return (12, "退款成功") if case.refunds else (14, "售后完成")
    if case.stage is Stage.RESENDING and case.kind is Kind.EXCHANGE:
        return _STATUS[Stage.RETURNING]
    return _STATUS[case.stage]


def refund_status(case: Case) -> int:
    if case.refunds:
        return PAID
    return UNDER_WAY if case.stage is Stage.REFUNDING else WAITING


def arbitration(case: Case) -> tuple[int, int]:
    """arbitrate_status in its answering reading, and the conclusion."""
    match case.dispute:
        case Dispute.OPEN:
            otherwise = DECIDING if case.phase_of_dispute == "weighing" else NEGOTIATING
            return int(case.marks.get("arbitrate", otherwise)), 0
        case Dispute.EVIDENCE_DUE:
            return 4, 0
        case Dispute.RULED_BUYER:
            return int(case.marks.get("arbitrate_end", ENDED)), int(case.marks.get("conclusion", 1))
        case Dispute.RULED_SELLER:
            return int(case.marks.get("arbitrate_end", ENDED)), 2
        case Dispute.WITHDRAWN:
            return ENDED, 0
        case _:
            return 0, 0


def final_at(case: Case) -> datetime | None:
    """When the case came to a status that allows no further operation: for 12 before the money moves."""
    if case.stage is Stage.REFUNDING or case.refunds:
        decided = [step.at for step in case.history if step.step not in {"pay", "arrive"}]
        return decided[-1]
    return case.closed_at if case.stage in {Stage.SUCCEEDED, Stage.CLOSED} else None


ORDER_STATUS = {
    OrderStatus.UNPAID: (1, "待支付"),
    OrderStatus.PAID: (2, "备货中"),
    OrderStatus.PART_SHIPPED: (101, "部分发货"),
    OrderStatus.SHIPPED: (3, "已发货"),
    OrderStatus.DELIVERED: (3, "已发货"),
    OrderStatus.FINISHED: (5, "已完成"),
    OrderStatus.CLOSED: (4, "已关闭"),
}


def main_status(order: Order) -> tuple[int, str]:
    """Refunded orders are closed with a main status that says when."""
    if order.status is not OrderStatus.CLOSED or order.paid_at is None:
        return ORDER_STATUS[order.status]
    if order.shipped_at is None:
        return 21, "发货前退款完成"
    return (39, "收货后退款完成") if order.finished_at else (22, "发货后退款完成")


def state_changed(order: Order) -> datetime:
    """update_time follows the main order's state, not its cases, remarks or flags (pitfall 8); signing: chosen."""
    times = [order.created_at, order.paid_at, order.delivered_at, order.finished_at, order.closed_at]
    times += [parcel.shipped_at for parcel in order.parcels]
    return max(when for when in times if when is not None)
