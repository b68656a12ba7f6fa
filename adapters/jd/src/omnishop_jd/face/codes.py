"""What the wire shows of a world's records: codes, clocks and carriers, built from the world alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from omnishop.model import Actor, Kind, OrderStatus, Stage, to_beijing_text
from omnishop.sandbox.world import Case, Order, Parcel

EXPECT = {Kind.RETURN_REFUND: 10, Kind.REFUND_ONLY: 11, Kind.EXCHANGE: 20, Kind.REPAIR: 30, Kind.RESHIP: 80}
EXPECT_NAMES = {10: "退货", 11: "仅退款", 20: "换货", 30: "维修", 80: "补发商品", 70: "上门维修"}

_SERVICE = {
    Stage.REFUSED: 10004,
    Stage.AWAITING_RETURN: 10005,
    Stage.RETURNING: 10005,
    Stage.REFUNDING: 10041,
    Stage.RESENDING: 10007,
    Stage.RESENT: 10009,
    Stage.SUCCEEDED: 10010,
}
SERVICE_NAMES = {
    10000: "待审核领取",
    10001: "待审核",
    10002: "待客户反馈",
    10012: "客户已反馈",
    10013: "待审核和待客户反馈",
    10004: "审核关闭",
    10005: "待收货",
    10007: "待处理",
    10009: "待用户确认",
    10010: "完成",
    10011: "取消",
    10041: "提交退款申请",
    1100: "维修中心接单",
}
WAITS_FOR_SHOP = frozenset({10000, 10001, 10012, 10013})

_UNSEEN = frozenset(
    {
        "arrive",
        "replacement_arrives",
        "escalate",
        "intervene",
        "hear_shop",
        "want_evidence",
        "submit_evidence",
        "weigh",
        "talk_it_over",
        "resume_dispute",
        "settle_dispute",
        "move_deadline",
        "message",
        "remark",
        "call_unsolved",
        "remind",
        "solve",
    }
)
"""Steps that move no clock of this wire: arrivals, what is said, all of a dispute but the shop's own call."""
_FREIGHT = frozenset({"send_back", "fill_logistics"})

CARRIERS = {
    "SF": (467, "顺丰快递"),
    "YTO": (463, "圆通快递"),
    "ZTO": (1499, "中通速递"),
    "YUNDA": (1327, "韵达快递"),
    # at this shop JD's own carrier stands in for 申通, so that there is something to trace
    "STO": (2087, "京东快递"),
}


APPROVED = ("agree", "agree_return", "reissue", "refuse")
"""Steps that are the audit's decision."""


def expect(case: Case) -> int:
    return int(case.marks.get("expect", EXPECT.get(case.kind, 0)))


def refused(case: Case) -> bool:
    return any(happened.step == "refuse" for happened in case.history)


def service_status(case: Case) -> int:
    if case.stage is Stage.REQUESTED:
        return int(case.marks.get("asked", 10001))
    if case.stage is Stage.INSPECTING:
        return int(case.marks.get("repair", 10007))
    if case.stage is Stage.CLOSED:
        return 10004 if refused(case) else 10011
    return _SERVICE[case.stage]


_CHASED = 10
"""物流待跟进: the shop has not decided, so it ends with any decision."""


def apply_status(case: Case) -> int:
    """Of a cancel application."""
    match case.stage:
        case Stage.REQUESTED:
            return int(case.marks.get("status", 0))
        case Stage.REFUNDING:
            ruled = 5 if case.decided_by is Actor.ARBITRATION else 1
            told = int(case.marks.get("status", ruled))
            return ruled if told == _CHASED else told
        case Stage.SUCCEEDED:
            return 3
        case Stage.CLOSED:
            return 11 if case.decided_by is Actor.BUYER and not refused(case) else 2
        case _:
            return 2


def updated_at(case: Case) -> datetime:
    """updateTime: every step the wire shows, but for waybills."""
    return max(step.at for step in case.history if step.step not in _UNSEEN | _FREIGHT)


def freight_at(case: Case) -> datetime | None:
    return max((step.at for step in case.history if step.step in _FREIGHT), default=None)


def version(case: Case) -> int:
    return sum(1 for step in case.history if step.step not in _UNSEEN | _FREIGHT)


def step_at(case: Case, *names: str) -> datetime | None:
    return max((step.at for step in case.history if step.step in names), default=None)


_LOCKS = frozenset({Stage.REQUESTED, Stage.REFUNDING})


def order_state(order: Order) -> str:
    """LOCKED while a cancel application is open or its money under way; a shipped order stays what it was when it is
    refunded (chosen)."""
    match order.status:
        case OrderStatus.UNPAID:
            return "NOT_PAY"
        case OrderStatus.PAID | OrderStatus.PART_SHIPPED:
            locked = any(case.kind is Kind.CANCEL and case.stage in _LOCKS for case in order.cases)
            return "LOCKED" if locked else "WAIT_SELLER_STOCK_OUT"
        case OrderStatus.SHIPPED | OrderStatus.DELIVERED:
            return "WAIT_GOODS_RECEIVE_CONFIRM"
        case OrderStatus.FINISHED:
            return "FINISHED_L"
        case _:
            if order.finished_at is not None:
                return "FINISHED_L"
            return "TRADE_CANCELED" if order.shipped_at is None else "WAIT_GOODS_RECEIVE_CONFIRM"


def carrier(parcel: Parcel) -> tuple[int, str]:
    return CARRIERS[parcel.carrier]


def waybill(parcel: Parcel) -> str:
    digits = parcel.tracking_no.removeprefix(parcel.carrier)
    return f"JDVA{digits}" if parcel.carrier == "STO" and digits != parcel.tracking_no else parcel.tracking_no


def by_carrier(order: Order) -> list[tuple[int, list[str]]]:
    """Waybills under their carriers, in the order in which the carriers were first used."""
    groups: dict[int, list[str]] = {}
    for parcel in order.parcels:
        groups.setdefault(carrier(parcel)[0], []).append(waybill(parcel))
    return list(groups.items())


def ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000 + when.microsecond // 1000


def beijing(when: datetime | None) -> str | None:
    return None if when is None else to_beijing_text(when)


def yuan(fen: int) -> float:
    """A number with two decimals at most, as this wire writes money of service orders."""
    return fen / 100


def yuan_words(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Null fields are left out, as the platform does."""
    return {name: value for name, value in row.items() if value is not None}
