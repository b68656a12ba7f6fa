"""Codes of service orders -> kind and stage, each row with the platform page's name and mark."""

from __future__ import annotations

from attrs import frozen

from omnishop.model import Kind, RefundStatus, Stage


@frozen
class KindRow:
    code: str
    name: str
    kind: Kind
    mark: str


KINDS: tuple[KindRow, ...] = (
    KindRow("10", "退货", Kind.RETURN_REFUND, "A"),
    KindRow("11", "仅退款", Kind.REFUND_ONLY, "A"),
    KindRow("20", "换货", Kind.EXCHANGE, "A"),
    KindRow("30", "维修", Kind.REPAIR, "A"),
    KindRow("80", "补发商品", Kind.RESHIP, "A"),
    # named by the page, but none of our kinds is settled by the name
    KindRow("40", "大家电安装", Kind.UNKNOWN, "A"),
    KindRow("50", "移机", Kind.UNKNOWN, "A"),
    KindRow("60", "增值服务", Kind.UNKNOWN, "A"),
    KindRow("70", "上门维修", Kind.UNKNOWN, "A"),
    KindRow("90", "优鲜赔", Kind.UNKNOWN, "A"),
    KindRow("100", "试用收回", Kind.UNKNOWN, "A"),
)

KIND: dict[int | str | None, Kind] = {key: row.kind for row in KINDS for key in (row.code, int(row.code))}


@frozen
class StageRow:
    """`kinds` refines by kind. `sent` replaces the stage once a waybill is known, `proved` once money moved."""

    code: str
    name: str
    stage: Stage
    mark: str
    kinds: tuple[tuple[Kind, Stage], ...] = ()
    sent: Stage | None = None
    proved: Stage | None = None


_REPLACED = (Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP)
_PAID = (Kind.RETURN_REFUND, Kind.REFUND_ONLY)

STAGES: tuple[StageRow, ...] = (
    StageRow("10000", "待审核领取", Stage.REQUESTED, "A"),
    StageRow("10001", "待审核", Stage.REQUESTED, "A"),
    # the shop asked back; its first decision is still to come
    StageRow("10002", "待客户反馈", Stage.REQUESTED, "A"),
    StageRow("10012", "客户已反馈", Stage.REQUESTED, "A"),
    StageRow("10013", "待审核和待客户反馈", Stage.REQUESTED, "A"),
    # ended on the wire, yet the buyer may call JD (rule JD-REFUSED-BUYER) or apply again (pitfall 11)
    StageRow("10004", "审核关闭", Stage.REFUSED, "A"),
    StageRow("10005", "待收货", Stage.AWAITING_RETURN, "A; split by freight.view: B", sent=Stage.RETURNING),
    StageRow("10006", "待处理领取", Stage.INSPECTING, "A; our reading: the step after 收货"),
    StageRow("10007", "待处理（已收货）", Stage.INSPECTING, "A"),
    StageRow(
        "10009",
        "待用户确认",
        Stage.UNKNOWN,
        "A; our reading for what is sent out",
        kinds=tuple((kind, Stage.RESENT) for kind in _REPLACED),
    ),
    # 完成 is not the proof of money: that is serviceAndRefund 13 with completeTime (pitfall 9, B)
    StageRow(
        "10010",
        "完成",
        Stage.UNKNOWN,
        "A; proof of money: B",
        kinds=(
            *((kind, Stage.SUCCEEDED) for kind in _REPLACED),
            *((kind, Stage.REFUNDING) for kind in _PAID),
        ),
        proved=Stage.SUCCEEDED,
    ),
    StageRow("10011", "取消", Stage.CLOSED, "A"),
    StageRow("10041", "提交退款申请", Stage.REFUNDING, "A; proof of money: B", proved=Stage.SUCCEEDED),
    # named by the page, but where the goods are or who gains is not settled by the name
    StageRow("13000", "商家催收 / 待收款", Stage.UNKNOWN, "A"),
    StageRow("1100", "维修中心接单", Stage.UNKNOWN, "A"),
    StageRow("12000", "上门维修中", Stage.UNKNOWN, "A"),
    StageRow("14000", "上门检测中", Stage.UNKNOWN, "A"),
    StageRow("7023", "换新取消待处理", Stage.UNKNOWN, "A"),
    StageRow("7060", "原返取消待处理", Stage.UNKNOWN, "A"),
    StageRow("7090", "线下换新取消待处理", Stage.UNKNOWN, "A"),
)

_BY_CODE = {row.code: row for row in STAGES}

_STAGE: dict[tuple[int | str | None, Kind, bool, bool], Stage] = {
    (code, kind, sent, proved): (
        row.proved
        if proved and row.proved is not None
        else row.sent
        if sent and row.sent is not None
        else dict(row.kinds).get(kind, row.stage)
    )
    for row in STAGES
    for code in (row.code, int(row.code))
    for kind in Kind
    for sent in (False, True)
    for proved in (False, True)
}


def stage_of(status: int | str | None, kind: Kind, *, sent: bool = False, proved: bool = False) -> Stage:
    """`sent`: a waybill of the return is known. `proved`: a refund fact shows that money moved."""
    return _STAGE.get((status, kind, sent, proved), Stage.UNKNOWN)


AWAITS_AUDIT = frozenset({"10000", "10001", "10012", "10013"})
"""Where the shop is to decide: only these stand in audit.list."""

AWAITS_GOODS = "10005"
MAY_BE_PAID = frozenset(row.code for row in STAGES if row.proved is not None)

REFUND_STATUS = {"13": RefundStatus.SUCCEEDED, "14": RefundStatus.FAILED}
"""serviceAndRefund.view (B); any other code is under way."""
