"""Answers of afterSale.Detail to `model.Case` and the events of its negotiation."""

from __future__ import annotations

import msgspec
from attrs import evolve

from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Deadline,
    Dispute,
    Event,
    Fen,
    Kind,
    Reason,
    ReasonClass,
    Stage,
)
from omnishop_douyin import rules
from omnishop_douyin.cases import tables, wire
from omnishop_douyin.cases.states import OVER, decided_by, dispute_of, joined, stage_of
from omnishop_douyin.cases.tables import KIND, PAID, REASON, REASON_TEXTS
from omnishop_douyin.shape import (
    BROKEN,
    CASES,
    PLATFORM,
    STOREFRONT,
    decoder,
    fen,
    moment,
    named,
    needed,
    order_name,
    said,
    written,
)

IDS = ("process_info/after_sale_info/after_sale_id",)
_INFO = "process_info.after_sale_info"
_RULING = "process_info.arbitrate_info"

_read_detail = decoder(wire.Detail)
_read_log = decoder(wire.Log)


def from_detail(raw: msgspec.Raw | bytes, shop_id: str | None) -> Case:
    found = _read_detail(raw)
    info = found.process_info.after_sale_info
    ruling = found.process_info.arbitrate_info
    arbitration = ruling.arbitrate_status if ruling is not None else None
    conclusion = ruling.arbitrate_conclusion if ruling is not None else None
    status = info.after_sale_status
    final = info.aftersale_status_to_final_time
    kind = KIND.get(info.after_sale_type, Kind.UNKNOWN)
    stage = stage_of(status, info.refund_status, final)
    dispute = dispute_of(arbitration, conclusion)
    order = found.order_info
    deadline = _deadline(info.status_deadline, kind, status, stage, dispute, final)
    return Case(
        platform=PLATFORM,
        source=CASES,
        case_id=needed(info.after_sale_id, f"{_INFO}.after_sale_id"),
        storefront=STOREFRONT,
        shop_id=shop_id,
        order_id=order_name(order.shop_order_id) if order is not None else None,
        kind=kind,
        stage=stage,
        dispute=dispute,
        amounts=CaseAmounts(
            requested=fen(info.refund_total_amount, f"{_INFO}.refund_total_amount"),
            refunded=_refunded(info.real_refund_amount, info.refund_status),
            freight=fen(info.refund_post_amount, f"{_INFO}.refund_post_amount"),
        ),
        reason=_reason(info),
        lines=_detail_lines(order),
        opened_at=moment(info.apply_time, f"{_INFO}.apply_time"),
        changed_at=moment(info.update_time, f"{_INFO}.update_time"),
        closed_at=moment(final, f"{_INFO}.aftersale_status_to_final_time"),
        deadline=_evidence_clock(ruling, dispute, stage) or deadline,
        decided_by=decided_by(stage, info.auto_audit_bits, None, conclusion, dispute),
        version=str(info.update_time) if info.update_time else None,
        raw_kind=joined(info.after_sale_type, info.after_sale_sub_type or None),
        raw_stage=joined(status, info.refund_status, arbitration),
        raw=bytes(raw),
    )


def completed(row: Case, detail: Case) -> Case:
    """The detail, with who decided where only the list's refund_type tells it."""
    if detail.decided_by is None and row.decided_by is not None and row.raw_stage == detail.raw_stage:
        return evolve(detail, decided_by=row.decided_by)
    return detail


def _deadline(
    at: int | None, kind: Kind, status: int | None, stage: Stage, dispute: Dispute | None, final: int | None
) -> Deadline | None:
    when = moment(at, f"{_INFO}.status_deadline")
    if when is None or final or stage in OVER:
        return None
    return rules.clock(kind, status, dispute)(when)


def _evidence_clock(
    ruling: wire.Arbitration | None, dispute: Dispute | None, stage: Stage
) -> Deadline | None:
    """While the platform waits for the shop's evidence, that is the clock on turn."""
    if ruling is None or dispute is not Dispute.EVIDENCE_DUE or stage in OVER:
        return None
    sample = ruling.arbitrate_evidence_tmpl
    when = written(ruling.arbitrate_status_deadline, f"{_RULING}.arbitrate_status_deadline")
    if when is None and sample is not None:
        when = written(sample.dead_line, f"{_RULING}.arbitrate_evidence_tmpl.dead_line")
    return None if when is None else Deadline(when)


def _refunded(amount: int | None, refund_status: int | None) -> Fen | None:
    """real_refund_amount is filled after success; before that its 0 says nothing."""
    return fen(amount, f"{_INFO}.real_refund_amount") if refund_status == PAID else None


def _reason(info: wire.DetailInfo) -> Reason | None:
    code = named(info.reason_code)
    if code is None and not info.reason and not info.reason_remark:
        return None
    cls = REASON.get(info.reason_code or 0) or REASON_TEXTS.get(info.reason or "", ReasonClass.UNCLASSIFIED)
    return Reason(code, said(info.reason), cls, said(info.reason_remark))


def _detail_lines(order: wire.DetailOrder | None) -> tuple[CaseLine, ...]:
    if order is None or not order.sku_order_infos:
        return ()
    return tuple(
        CaseLine(
            line_id=named(line.sku_order_id),
            sku_id=named(line.sku_id),
            title=said(line.product_name),
            requested=line.after_sale_item_count,
        )
        for line in order.sku_order_infos
    )


# ---------------------------------------------------------------- the negotiation


def logs_of(raw: msgspec.Raw) -> tuple[Case, list[msgspec.Raw]]:
    found = _read_detail(raw)
    return from_detail(raw, None), found.process_info.record_logs_list or []


def event_of(raw: msgspec.Raw, case: Case, shop_id: str | None) -> Event:
    """One line of record_logs_list. Its time is Beijing wall clock; another form of it is left out.

    A line that does not fit keeps its place, with nothing told but its bytes.
    """
    try:
        log = _read_log(raw)
    except BROKEN:
        log = wire.Log()
    shown = [
        url for piece in log.all_evidence or () if piece.type == tables.PICTURE for url in piece.urls or ()
    ]
    pictures = list(dict.fromkeys([*(log.images or ()), *shown]))
    try:
        at = written(log.time, "time")
    except ValueError:
        at = None
    return Event(
        platform=PLATFORM,
        topic=log.action or "",
        storefront=STOREFRONT,
        shop_id=shop_id,
        at=at,
        order_id=case.order_id,
        case_id=case.case_id,
        actor=tables.ROLES.get(log.role) if log.role is not None else None,
        text=said(log.text),
        pictures=tuple(pictures),
        raw=bytes(raw),
    )
