"""Every code of the Taobao wire that the model has a word for, with where that is known from.

Marks: A official, B two sources agree, C one source or inferred; `§` numbers are sections of the wire reference.
What is not listed is `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import frozen

from omnishop.model import Dispute, Grade, Kind, OrderStatus, ReasonClass, Stage

V = TypeVar("V")


@frozen
class Row(Generic[V]):
    """A meaning and its source: mark, section, and what there is to say about it."""

    value: V
    source: str


def _meanings(table: Mapping[str, Row[V]]) -> dict[str, V]:
    return {code: row.value for code, row in table.items()}


# ---------------------------------------------------------------- cases

REFUND_STAGES: dict[str, Row[Stage]] = {
    "WAIT_SELLER_AGREE": Row(Stage.REQUESTED, "A §4.1 买家已申请"),
    "WAIT_BUYER_RETURN_GOODS": Row(Stage.AWAITING_RETURN, "A §4.1 等待买家退货"),
    "WAIT_SELLER_CONFIRM_GOODS": Row(
        Stage.RETURNING, "A §4.1 等待卖家确认收货: sent back, arrival is not on the wire"
    ),
    "SELLER_REFUSE_BUYER": Row(Stage.REFUSED, "A §4.1 卖家拒绝"),
    "CLOSED": Row(Stage.CLOSED, "A §4.1 refund closed"),
    "SUCCESS": Row(Stage.SUCCEEDED, "A §4.1 refunded"),
    "WAIT_SELLER_CONSIGN_GOODS": Row(Stage.RESENDING, "A §4.1 newer: ship the replacement"),
    "WAIT_SELLER_CONSIGN_GOOGDS": Row(Stage.RESENDING, "A §4.2, misspelt by the platform"),
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": Row(Stage.RESENT, "A §4.1 newer"),
    "EXCHANGE_TRANSFORM_TO_REFUND": Row(
        Stage.UNKNOWN, "A §4.1 newer: whether the refund it became is decided is not told"
    ),
}

EXCHANGE_NUMBERS: dict[str, Row[Stage]] = {
    "1": Row(Stage.REQUESTED, "B §4.5"),
    "2": Row(Stage.AWAITING_RETURN, "B §4.5"),
    "3": Row(Stage.RETURNING, "B §4.5"),
    "4": Row(Stage.CLOSED, "B §4.5"),
    "5": Row(Stage.SUCCEEDED, "B §4.5"),
    "6": Row(Stage.REFUSED, "B §4.5 seller refused, buyer to change"),
    "12": Row(Stage.RESENDING, "B §4.5"),
    "13": Row(Stage.RESENT, "B §4.5"),
    "14": Row(Stage.UNKNOWN, "B §4.5 turned into a refund, as EXCHANGE_TRANSFORM_TO_REFUND"),
}

EXCHANGE_TEXTS: dict[str, Row[Stage]] = {
    "换货待处理": Row(Stage.REQUESTED, "B §4.5"),
    "待买家退货": Row(Stage.AWAITING_RETURN, "B §4.5"),
    "买家已退货,待收货": Row(Stage.RETURNING, "B §4.5, comma of either width"),
    "换货关闭": Row(Stage.CLOSED, "B §4.5"),
    "换货成功": Row(Stage.SUCCEEDED, "B §4.5"),
    "待买家修改": Row(Stage.REFUSED, "B §4.5"),
    "待发出换货商品": Row(Stage.RESENDING, "B §4.5"),
    "待买家收货": Row(Stage.RESENT, "B §4.5"),
    "请退款": Row(Stage.UNKNOWN, "B §4.5, as number 14"),
    "EXCHANGE_TRANSFER_REFUND": Row(Stage.UNKNOWN, "C §4.5, as number 14"),
}

DISPUTE_TEXTS: dict[str, Row[Stage]] = {
    "卖家已经同意退款,等待买家退货": Row(Stage.AWAITING_RETURN, "C §4.2, the documents' example"),
}

STAGE_OF_NAME = {
    **_meanings(REFUND_STAGES),
    **_meanings(EXCHANGE_TEXTS),
    **_meanings(DISPUTE_TEXTS),
}
STAGE_OF_NUMBER = _meanings(EXCHANGE_NUMBERS)

OPEN_REFUND_STATUSES = (
    "WAIT_SELLER_AGREE",
    "WAIT_BUYER_RETURN_GOODS",
    "WAIT_SELLER_CONFIRM_GOODS",
    "SELLER_REFUSE_BUYER",
    "WAIT_SELLER_CONSIGN_GOODS",
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS",
    "EXCHANGE_TRANSFORM_TO_REFUND",
)
"""Values of the `status` filter for refunds that have not ended (§4.1)."""

OPEN_EXCHANGE_NUMBERS = (1, 2, 3, 6, 12, 13, 14)
"""Values of `dispute_status_array` for exchanges that have not ended (§4.5)."""

KINDS: dict[str, Row[Kind]] = {
    "REFUND_AND_RETURN": Row(Kind.RETURN_REFUND, "A §4.1 退货退款"),
    "TMALL_EXCHANGE": Row(Kind.EXCHANGE, "A §4.1 换货"),
    "TAOBAO_EXCHANGE": Row(Kind.EXCHANGE, "A §4.1 换货"),
    "REPAIR": Row(Kind.REPAIR, "A §4.1 维修"),
    "RESHIPPING": Row(Kind.RESHIP, "A §4.1 补寄"),
    "OTHERS": Row(Kind.UNKNOWN, "A §4.1: says only that it is none of the others"),
}
"""`dispute_type`; REFUND (仅退款) is split by whether the goods had been sent, see `mapping.cases`."""

KIND_OF_REQUEST: dict[str, Row[str]] = {
    "1": Row("REFUND", "A §4.1 disputeRequest"),
    "3": Row("REFUND_AND_RETURN", "A §4.1 disputeRequest"),
    "4": Row("TMALL_EXCHANGE", "A §4.1 disputeRequest: which storefront's exchange is not told"),
}
"""`disputeRequest` inside `attribute`, for records older than `dispute_type`."""

DISPUTE_REQUESTS: dict[str, Row[str]] = {
    "退货退款": Row("REFUND_AND_RETURN", "C §4.2, the documents' example; word of §4.1"),
    "仅退款": Row("REFUND", "C §4.1, the word for dispute_type REFUND"),
    "换货": Row("TMALL_EXCHANGE", "C §4.1, the word for dispute_type"),
    "维修": Row("REPAIR", "C §4.1, the word for dispute_type"),
    "补寄": Row("RESHIPPING", "C §4.1, the word for dispute_type"),
}
"""`dispute_request` of tmall.dispute.receive.get, in words."""

SPECIAL_KINDS: dict[str, Row[Kind]] = {
    "priceProtect": Row(Kind.PRICE_PROTECT, "A §4.2 价保"),
    "价保": Row(Kind.PRICE_PROTECT, "A §4.2, the word for priceProtect"),
    "cashBack": Row(Kind.UNKNOWN, "A §4.2 退差返现: no kind of the model"),
    "退差返现": Row(Kind.UNKNOWN, "A §4.2, the word for cashBack"),
}

UNSHIPPED = frozenset({"WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN"})
"""`order_status` that shows that nothing was sent yet (A §3.2)."""

SHIPPED = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
"""`order_status` that shows that the goods were sent (A §3.2)."""

HAS_GOODS = frozenset({"BUYER_RECEIVED", "BUYER_RETURNED_GOODS"})
"""`good_status` that shows that the goods were sent (A §4.1)."""

DISPUTES: dict[int, Row[Dispute]] = {
    1: Row(Dispute.NONE, "A §4.1 no staff needed"),
    2: Row(Dispute.OPEN, "A §4.1 staff wanted"),
    3: Row(Dispute.OPEN, "A §4.1 staff in"),
    4: Row(Dispute.OPEN, "A §4.1 first review done: not over"),
    5: Row(Dispute.OPEN, "A §4.1 second review failed: not over"),
    6: Row(Dispute.UNKNOWN, "A §4.1 done: for whom is not told"),
    7: Row(Dispute.WITHDRAWN, "A §4.1 withdrawn"),
    8: Row(Dispute.RULED_BUYER, "A §4.1 for the buyer"),
    9: Row(Dispute.RULED_SELLER, "A §4.1 for the seller"),
    10: Row(Dispute.EVIDENCE_DUE, "A §4.1 evidence"),
    11: Row(Dispute.OPEN, "A §4.1 appeal: not over"),
}
DISPUTE = {code: row.value for code, row in DISPUTES.items()}

REASONS: dict[str, Row[ReasonClass]] = {
    "7天无理由退换货": Row(ReasonClass.NO_REASON, "C §4.1 samples"),
    "7天无理由换货": Row(ReasonClass.NO_REASON, "C §4.4 samples"),
    "7天无理由": Row(ReasonClass.NO_REASON, "C a stored refund of 2019, as 七天无理由"),
    "7天无理由退货": Row(ReasonClass.NO_REASON, "C the right by its name (§4.3), less the exchange"),
    "7天无理由退款": Row(ReasonClass.NO_REASON, "C the right by its name (§4.3)"),
    "7天无理由退货退款": Row(ReasonClass.NO_REASON, "C the right by its name (§4.3) and §4.1 退货退款"),
    "多拍/错拍/不想要": Row(ReasonClass.NO_REASON, "C §4.1 samples: the buyer's own change of mind"),
    "质量问题": Row(ReasonClass.QUALITY, "C §4.1 samples"),
    "商品与描述不符": Row(ReasonClass.QUALITY, "C §4.1 samples; class by CLS-QUALITY"),
}
"""Looked up without blanks and with 七 written 7: both spellings come."""

REASON = _meanings(REASONS)

# ---------------------------------------------------------------- orders

ORDER_STATUSES: dict[str, Row[OrderStatus]] = {
    "TRADE_NO_CREATE_PAY": Row(OrderStatus.UNPAID, "A §3.2"),
    "WAIT_BUYER_PAY": Row(OrderStatus.UNPAID, "A §3.2 等待买家付款"),
    "PAY_PENDING": Row(OrderStatus.UNPAID, "A §3.2 foreign card payment pending"),
    "WAIT_PRE_AUTH_CONFIRM": Row(OrderStatus.UNKNOWN, "A §3.2 0元购: nothing paid, but promised"),
    "PAID_FORBID_CONSIGN": Row(OrderStatus.PAID, "A §3.2 paid, shipping locked"),
    "WAIT_SELLER_SEND_GOODS": Row(OrderStatus.PAID, "A §3.2 等待卖家发货"),
    "SELLER_CONSIGNED_PART": Row(OrderStatus.PART_SHIPPED, "A §3.2"),
    "WAIT_BUYER_CONFIRM_GOODS": Row(OrderStatus.SHIPPED, "A §3.2 已发货"),
    "TRADE_BUYER_SIGNED": Row(OrderStatus.DELIVERED, "A §3.2 cash on delivery only"),
    "TRADE_FINISHED": Row(OrderStatus.FINISHED, "A §3.2 交易成功"),
    "TRADE_CLOSED": Row(OrderStatus.CLOSED, "A §3.2 closed after payment"),
    "TRADE_CLOSED_BY_TAOBAO": Row(OrderStatus.CLOSED, "A §3.2 closed before payment"),
}
ORDER_STATUS = _meanings(ORDER_STATUSES)

NOT_PAID = frozenset(
    {
        "TRADE_NO_CREATE_PAY",
        "WAIT_BUYER_PAY",
        "PAY_PENDING",
        "WAIT_PRE_AUTH_CONFIRM",
        "TRADE_CLOSED_BY_TAOBAO",
    }
)
"""Statuses in which `payment` is what is to be paid, not what was (A §3.2)."""

# ---------------------------------------------------------------- reviews and talk

GRADES: dict[str, Row[Grade]] = {
    "good": Row(Grade.GOOD, "A §5"),
    "neutral": Row(Grade.NEUTRAL, "A §5"),
    "bad": Row(Grade.BAD, "A §5"),
}
GRADE = _meanings(GRADES)

SPEAKERS: dict[str, Row[str]] = {
    "1": Row("buyer", "A §4.2 owner_role"),
    "2": Row("seller", "A §4.2 owner_role"),
    "3": Row("platform", "A §4.2 owner_role, staff"),
}
EXCHANGE_SPEAKERS: dict[str, Row[str]] = {
    "买家": Row("buyer", "C samples of tmall.exchange.messages.get"),
    "卖家": Row("seller", "C samples of tmall.exchange.messages.get"),
    "小二": Row("platform", "C §4.4 operator_roles, platform staff"),
}
"""Numbers of `operator_roles` (§4.4) are for the question; that answers use them too is not told."""

SPEAKER = _meanings(SPEAKERS)
EXCHANGE_SPEAKER = _meanings(EXCHANGE_SPEAKERS)

STOREFRONT_OF_SELLER = {"B": "tmall", "C": "taobao"}
"""`order.seller_type`, `user.type` (A, words)."""
