"""The world's stages in the platform's codes."""

from __future__ import annotations

from omnishop.model import Dispute, Stage
from omnishop.sandbox.world import Case

_REFUND = {
    Stage.REQUESTED: "WAIT_SELLER_AGREE",
    Stage.REFUSED: "SELLER_REFUSE_BUYER",
    Stage.AWAITING_RETURN: "WAIT_BUYER_RETURN_GOODS",
    Stage.RETURNING: "WAIT_SELLER_CONFIRM_GOODS",
    Stage.INSPECTING: "WAIT_SELLER_CONFIRM_GOODS",
    Stage.REFUNDING: "EXCHANGE_TRANSFORM_TO_REFUND",
    Stage.RESENDING: "WAIT_SELLER_CONSIGN_GOODS",
    Stage.RESENT: "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS",
    Stage.SUCCEEDED: "SUCCESS",
    Stage.CLOSED: "CLOSED",
}
EXCHANGE = {
    Stage.REQUESTED: (1, "换货待处理"),
    Stage.AWAITING_RETURN: (2, "待买家退货"),
    Stage.RETURNING: (3, "买家已退货，待收货"),
    Stage.INSPECTING: (3, "买家已退货，待收货"),
    Stage.CLOSED: (4, "换货关闭"),
    Stage.SUCCEEDED: (5, "换货成功"),
    Stage.REFUSED: (6, "待买家修改"),
    Stage.RESENDING: (12, "待发出换货商品"),
    Stage.RESENT: (13, "待买家收货"),
    Stage.REFUNDING: (14, "请退款"),
}
_STAFF = {
    Dispute.NONE: 1,
    Dispute.OPEN: 2,
    Dispute.UNKNOWN: 6,
    Dispute.WITHDRAWN: 7,
    Dispute.RULED_BUYER: 8,
    Dispute.RULED_SELLER: 9,
    Dispute.EVIDENCE_DUE: 10,
}

OPEN_STAFF = frozenset({2, 3, 4, 5, 11})
"""Stages of staff's work that are not the end of it (§4.1)."""


def refund_status(case: Case) -> str:
    return _REFUND[case.stage]


def exchange_number(case: Case) -> int:
    return EXCHANGE[case.stage][0]


def exchange_text(case: Case) -> str:
    return EXCHANGE[case.stage][1]


def staff_code(case: Case) -> int:
    """How far staff has come while a dispute is open; what came of one that was ended since is no stage of it."""
    if case.dispute is Dispute.OPEN:
        stage = case.marks.get("staff")
        return int(stage) if stage in OPEN_STAFF else _STAFF[Dispute.OPEN]
    return _STAFF[case.dispute]


def good_status(case: Case) -> str:
    if case.sent_back_at is not None:
        return "BUYER_RETURNED_GOODS"
    delivered = case.order.delivered_at
    return "BUYER_RECEIVED" if delivered and delivered <= case.opened_at else "BUYER_NOT_RECEIVED"
