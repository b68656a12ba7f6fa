"""What else the simulated platform knows of a service order: its money, its log, and the reasons there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.sandbox.world import Case
from omnishop_jd.face.codes import APPROVED, ms, step_at, told, yuan
from omnishop_jd.face.filters import REFUNDS, narrowed
from omnishop_jd.face.gateway import Ask
from omnishop_jd.face.scenarios import SERVICE_REASONS
from omnishop_jd.face.service_rows import (
    NO_SUCH,
    SOURCE,
    cases,
    failed,
    one_case,
    paged,
    reason_of,
    single,
)

_APPLY_SPAN, _APPROVE_SPAN = timedelta(days=7), timedelta(days=10)

# ---------------------------------------------------------------- money


def refund_view(ask: Ask) -> dict[str, Any]:
    """By order, or by a window of application or approval; otherwise there is nothing to ask for."""
    applied = ask.span("applyTimeBegin", "applyTimeEnd")
    approved = ask.span("approveTimeBegin", "approveTimeEnd")
    if ask.text("orderId") is None and applied is None and approved is None:
        return failed("10002", "参数错误：订单号与时间区间不能同时为空", page=True)
    if (applied and applied[1] - applied[0] > _APPLY_SPAN) or (
        approved and approved[1] - approved[0] > _APPROVE_SPAN
    ):
        return failed("10002", "参数错误：时间区间过大", page=True)
    rows = [row for case in narrowed(ask, cases(ask), REFUNDS) for row in _refund_rows(case)]
    return paged(ask, rows, words=True)


def _refund_rows(case: Case) -> list[dict[str, Any]]:
    reason = reason_of(case)
    approved = step_at(case, *APPROVED)
    bill = told(
        {
            "serviceId": int(case.case_id),
            "orderId": int(case.order.order_id),
            "wareId": int(case.claims[0].line.good.sku_id),
            "afsApplyTime": ms(case.opened_at),
            "approveDate": ms(approved) if approved else None,
            "applyReason": reason.told,
            "serviceCount": sum(claim.quantity for claim in case.claims),
            "open_id_buyer": case.order.buyer.open_id,
        }
    )
    rows: list[dict[str, Any]] = []
    failed = case.marks.get("refund_failed_at")
    if failed is not None:
        facts = {"afsRefundId": int(case.case_id) - 1000000000, "refoundAmount": yuan(case.approved or 0)}
        rows.append({"sameOrderServiceBill": bill, **facts, "completeTime": ms(failed), "status": 14})
    for refund in case.refunds:
        facts = {"afsRefundId": int(refund.refund_id), "refoundAmount": yuan(refund.amount)}
        rows.append({"sameOrderServiceBill": bill, **facts, "completeTime": ms(refund.at), "status": 13})
    return rows or [{"sameOrderServiceBill": bill}]


def shop_refund(ask: Ask) -> dict[str, Any]:
    """The estimate before the refund, what was refunded after it; never both."""
    ask.need("afsServiceId")
    found = (
        case for case in ask.world.cases_of(ask.shop, SOURCE) if case.case_id == ask.text("afsServiceId")
    )
    case = next(found, None)
    if case is None:
        return {"result": {"success": False, "errorCode": "404", "errorMsg": "服务单不存在"}}
    data: dict[str, Any] = {"orderId": int(case.order.order_id)}
    if case.refunds:
        paid = yuan(sum(refund.amount for refund in case.refunds))
        data["afsActualRefundDetail"] = {"refundMethod": "原返", "actualRefundAmount": paid}
    else:
        data["afsEstimateRefundDetail"] = {"maxRefundAmount": f"{yuan(case.requested):.2f}"}
    return {"result": {"success": True, "errorCode": "200", "errorMsg": "", "data": data}}


# ---------------------------------------------------------------- what was said, what may be said


def log_list(ask: Ask) -> dict[str, Any]:
    case = one_case(ask)
    if case is None:
        return failed(*NO_SUCH, page=True)
    rows = [
        {
            "afsLogId": int(case.case_id) * 100 + number,
            "serviceId": int(case.case_id),
            "operateType": number,
            "operateTypeName": happened.step,
            "operateRemark": happened.text,
            "operatePin": "cs01" if happened.actor == "seller" else "system",
            "operateDate": ms(happened.at),
        }
        for number, happened in enumerate(case.history, 1)
    ]
    return paged(ask, rows)


def reason_list(ask: Ask) -> dict[str, Any]:
    """One level of 审核原因 or of 京东介入原因; none named: the first."""
    parent = ask.text("parentCode") or "0"
    return single([row for row in reason_rows(ask.number("bizType", 1)) if row["parentCode"] == parent])


def reason_rows(business: int) -> list[dict[str, str]]:
    """Codes of this world: the platform publishes none."""
    if business != 1:
        return [
            {"code": "1", "parentCode": "0", "name": "无法协商一致"},
            {"code": "101", "parentCode": "1", "name": "对商品状态有争议"},
        ]
    first = {reason.cid1: reason.cid1_name for reason in SERVICE_REASONS.values()}
    second = {reason.cid2: reason for reason in SERVICE_REASONS.values() if reason.cid2}
    rows = [{"code": str(code), "parentCode": "0", "name": name} for code, name in first.items()]
    rows += [
        {"code": str(code), "parentCode": str(reason.cid1), "name": reason.cid2_name}
        for code, reason in second.items()
    ]
    return rows
