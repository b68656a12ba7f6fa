"""What the platform's codes of a case mean: kinds, stages, arbitration, reasons. A code without a row is unknown.

Each row names its place in the wire page and its mark (A official text, B two public codes agree, C one source).
"""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import frozen

from omnishop.model import Dispute, Kind, ReasonClass, Stage

T = TypeVar("T")


@frozen
class Row(Generic[T]):
    code: int
    zh: str
    means: T
    source: str


KIND_ROWS: tuple[Row[Kind], ...] = (
    Row(0, "退货退款", Kind.RETURN_REFUND, "4.3 A"),
    Row(1, "已发货仅退款", Kind.REFUND_ONLY, "4.3 A"),
    Row(2, "未发货仅退款", Kind.CANCEL, "4.3 A"),
    Row(3, "换货", Kind.EXCHANGE, "4.3 A"),
    Row(4, "系统取消", Kind.UNKNOWN, "4.3 A: in order fields, no kind of case"),
    Row(5, "用户取消", Kind.UNKNOWN, "4.3 A: in order fields, no kind of case"),
    Row(6, "价保", Kind.PRICE_PROTECT, "4.3 A"),
    Row(7, "补寄", Kind.RESHIP, "4.3 A"),
    Row(8, "维修", Kind.REPAIR, "4.3 A"),
)

STAGE_ROWS: tuple[Row[Stage], ...] = (
    Row(0, "无售后", Stage.UNKNOWN, "4.4 A: order fields only"),
    Row(
        3,
        "待买家收货 (列表返回值)",
        Stage.RESENT,
        "4.4 A: the list's text once has 3 where the request has 13",
    ),
    Row(6, "待商家处理", Stage.REQUESTED, "4.4 A"),
    Row(7, "待买家退货", Stage.AWAITING_RETURN, "4.4 A"),
    Row(8, "待商家发货", Stage.RESENDING, "4.4 A: resend, repair"),
    Row(11, "待商家收货", Stage.RETURNING, "4.4 A: sent back; arrival is not on the wire"),
    Row(12, "售后成功", Stage.REFUNDING, "4.4 A: money only with refund_status 3, see PAID"),
    Row(13, "待买家收货", Stage.RESENT, "4.4 A: exchange, resend, repair"),
    Row(14, "换货/补寄/维修成功", Stage.SUCCEEDED, "4.4 A"),
    Row(27, "拒绝售后申请", Stage.REFUSED, "4.4 A: not final"),
    Row(28, "售后关闭", Stage.CLOSED, "4.4 A: whatever refund_status says"),
    Row(29, "退货后拒绝", Stage.REFUSED, "4.4 A: not final"),
    Row(51, "订单取消成功", Stage.UNKNOWN, "4.4 A: final, for whom is not told"),
    Row(53, "逆向交易已完成", Stage.UNKNOWN, "4.4 A: final, for whom is not told"),
)

REFUND_STATUS = {0: "无", 1: "待退款", 2: "退款中", 3: "退款成功", 4: "退款失败", 5: "追缴成功"}
"""4.4 A. Only 3 shows that the buyer has the money."""

SUCCESS = 12
PAID = 3

ARBITRATION_ROWS: tuple[Row[Dispute], ...] = (
    Row(0, "无仲裁", Dispute.NONE, "4.4 A: both readings"),
    Row(1, "处理中", Dispute.OPEN, "4.4 A: service working / under way"),
    Row(2, "支持买家 / 客服同意", Dispute.RULED_BUYER, "4.4 A: ended for buyer / service agreed"),
    Row(3, "支持商家 / 客服拒绝", Dispute.RULED_SELLER, "4.4 A: ended for merchant / service refused"),
    Row(4, "待商家举证", Dispute.EVIDENCE_DUE, "4.4 A: both readings"),
    Row(5, "协商", Dispute.OPEN, "4.4 A: both readings"),
    Row(6, "仲裁结束", Dispute.UNKNOWN, "4.4 A: ended, for whom is told by the conclusion alone"),
    Row(255, "取消 / 结束", Dispute.UNKNOWN, "4.4 A: the readings conflict: cancelled / ended"),
)

CONCLUSION_ROWS: tuple[Row[Dispute], ...] = (
    Row(1, "支持买家", Dispute.RULED_BUYER, "4.2 A"),
    Row(2, "支持商家", Dispute.RULED_SELLER, "4.2 A"),
    Row(3, "支持买家, 立即退款", Dispute.RULED_BUYER, "4.2 C"),
)

_Q, _L, _O = ReasonClass.QUALITY, ReasonClass.LOGISTICS, ReasonClass.ORDER
_R, _N, _U = ReasonClass.REFUND, ReasonClass.NO_REASON, ReasonClass.UNCLASSIFIED

REASON_ROWS: tuple[Row[ReasonClass], ...] = (
    Row(1, "多拍/错拍/不想要", _N, "4.4 B"),
    Row(2, "未按约定时间发货", _L, "4.4 B"),
    Row(3, "快递一直未送达", _L, "4.4 B"),
    Row(4, "快递无跟踪记录", _L, "4.4 B"),
    Row(5, "少件/错件/空包裹", _O, "4.4 B"),
    Row(6, "不喜欢/效果不好", _N, "4.4 B"),
    Row(7, "做工/瑕疵/污渍", _Q, "4.4 B"),
    Row(8, "功能故障", _Q, "4.4 B"),
    Row(9, "效果不符", _Q, "4.4 B"),
    Row(10, "材质/品牌/外观不符", _Q, "4.4 B"),
    Row(11, "生产日期/规格不符", _Q, "4.4 B"),
    Row(12, "假冒品牌", _Q, "4.4 B"),
    Row(13, "协商一致退款", _R, "4.4 B"),
    Row(14, "缺货", _O, "4.4 B"),
    Row(15, "其他", _U, "4.4 B"),
    Row(16, "大小/尺寸/重量不符", _Q, "4.4 B"),
    Row(17, "保质期不符", _Q, "4.4 B"),
    Row(18, "品种/规格/成分不符", _Q, "4.4 B"),
    Row(19, "腐烂/变质", _Q, "4.4 B"),
    Row(20, "少件/漏发", _O, "4.4 B"),
    Row(21, "包装/商品破损", _Q, "4.4 B"),
    Row(22, "商家发错货", _O, "4.4 B"),
    Row(23, "与商家协商一致", _R, "4.4 B"),
    Row(24, "退运费", _R, "4.4 B"),
    Row(25, "成分不符", _Q, "4.4 B"),
    Row(26, "腐烂/变质/死亡", _Q, "4.4 B"),
    Row(27, "变质/过期", _Q, "4.4 B"),
    Row(28, "规格不符", _Q, "4.4 B"),
    Row(29, "少件/错件/空包裹", _O, "4.4 B"),
    Row(30, "盗版", _Q, "4.4 B"),
    Row(31, "做工/瑕疵/污渍", _Q, "4.4 B"),
    Row(32, "破损/损坏", _Q, "4.4 B"),
    Row(33, "材质/外观不符", _Q, "4.4 B"),
    Row(34, "使用后过敏", _Q, "4.4 B"),
)
"""The class follows the text's plain sense; 1 and 6 are said to count as no-reason. The list is not complete."""

REASON_TEXTS: dict[str, ReasonClass] = {
    "7天无理由": _N,
    "七天无理由": _N,
    **{row.zh: row.means for row in REASON_ROWS},
}

ASSISTANT_REFUNDS = frozenset({2, 8})
"""auto_audit_bits: the assistant (小助手) agreed to the refund, or to one after refused delivery (4.4 A)."""
ASSISTANT_RETURNS = 7
"""auto_audit_bits: the assistant agreed to the return (4.4 A)."""
ASSISTANT_APPROVALS = frozenset({1, 2})
"""refund_type of the list: fast refund assistant, after-sale assistant (4.4 A). The detail's is another field."""

ROLES = {1: "buyer", 2: "seller", 3: "platform", 4: "system"}
"""role of a record log (4.2 A)."""

PICTURE = 1
"""type of a piece of evidence (4.2 A)."""

KIND: dict[int | None, Kind] = {row.code: row.means for row in KIND_ROWS}
STAGE: dict[int | None, Stage] = {row.code: row.means for row in STAGE_ROWS}
ARBITRATION = {row.code: row.means for row in ARBITRATION_ROWS}
CONCLUSION = {row.code: row.means for row in CONCLUSION_ROWS}
REASON = {row.code: row.means for row in REASON_ROWS}
