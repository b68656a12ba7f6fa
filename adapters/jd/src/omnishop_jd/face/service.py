"""Simulated service orders: lists, detail, waybill, refund facts, logs and reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from omnishop.sandbox.world import Case
from omnishop_jd.face.codes import (
    EXPECT_NAMES,
    SERVICE_NAMES,
    WAITS_FOR_SHOP,
    carrier,
    expect,
    freight_at,
    ms,
    service_status,
    step_at,
    told,
    updated_at,
    version,
    waybill,
    yuan,
)
from omnishop_jd.face.gateway import Ask
from omnishop_jd.face.scenarios import SERVICE_REASONS, SimReason, reasons

SOURCE = "service"
_SIZE_MAX = 50
_DEFAULT = 10
_BAD = {"success": False, "code": "10002"}
_SYNC_SPAN = timedelta(days=7)
_APPLY_SPAN, _APPROVE_SPAN = timedelta(days=7), timedelta(days=10)
_APPROVED = ("agree", "agree_return", "reissue", "refuse")
_PROCESSED = ("refund", "ship_replacement", "pay")

_MAIN, _GIFT = (10, "主商品"), (20, "赠品")
_OPERATORS = ("buId", "operatePin", "operateNick")


# ---------------------------------------------------------------- results


def _single(data: Any) -> dict[str, Any]:
    """`data` is absent where there is none."""
    return {"result": told({"success": True, "code": "00000", "msg": "操作成功", "data": data})}


def _failed(code: str, msg: str, *, page: bool = False) -> dict[str, Any]:
    """Codes and texts of this world: the platform publishes none for this family."""
    return {"pageResult" if page else "result": {"success": False, "code": code, "msg": msg}}


def _paged(ask: Ask, rows: list[dict[str, Any]], *, words: bool = False) -> dict[str, Any]:
    page, size = ask.number("pageNumber", 1), ask.number("pageSize", _DEFAULT)
    if not 1 <= size <= _SIZE_MAX or page < 1:
        return _failed("10002", "参数错误：pageSize超出范围", page=True)
    counts: dict[str, Any] = {"pageSize": size, "pageNumber": page, "totalCount": len(rows)}
    if words:
        counts = {name: str(value) for name, value in counts.items()}
    shown = rows[(page - 1) * size : page * size]
    return {"pageResult": {"success": True, "code": "00000", "msg": "操作成功", "data": shown, **counts}}


Handler = Callable[[Ask], dict[str, Any]]


def operated(handler: Handler, *, page: bool) -> Handler:
    """Every call names the operator; buId must be the shop behind the session (pitfall 14; refusal: chosen)."""

    def checked(ask: Ask) -> dict[str, Any]:
        ask.need(*_OPERATORS)
        if ask.text("buId") != ask.shop.shop_id:
            return _failed("10403", "buId与授权商家不一致", page=page)
        return handler(ask)

    return checked


# ---------------------------------------------------------------- rows


def _lead(case: Case) -> dict[str, Any]:
    status, wanted = service_status(case), expect(case)
    return {
        "serviceId": int(case.case_id),
        "applyId": int(case.case_id) - 100000000,
        "customerExpect": wanted,
        "customerExpectName": EXPECT_NAMES.get(wanted, ""),
        "serviceStatus": status,
        "serviceStatusName": SERVICE_NAMES.get(status, ""),
        "applyTime": ms(case.opened_at),
        "orderId": int(case.order.order_id),
        "orderType": 22,
        "orderTypeName": "POPSOP",
        "customerPin": case.order.buyer.nick,
        "customerName": f"{case.order.buyer.name[0]}**",
        "customerGrade": 56,
    }


def _article(case: Case) -> dict[str, Any]:
    line = case.claims[0].line
    return {
        "skuId": int(line.good.sku_id),
        "wareName": f"{line.good.title} {line.good.spec}",
        "skuType": 1,
        "skuTypeName": "单品",
        "serviceCount": sum(claim.quantity for claim in case.claims),
    }


def _question(case: Case) -> dict[str, Any]:
    reason = _reason(case)
    return {
        "questionTypeCid1": reason.cid1,
        "questionTypeCid1Name": reason.cid1_name,
        "questionTypeCid2": reason.cid2,
        "questionTypeCid2Name": reason.cid2_name,
    }


def _reason(case: Case) -> SimReason:
    return reasons(case.kind)[case.reason]


def _cases(ask: Ask) -> list[Case]:
    """In the order of application, narrowed by the ids a request names."""
    service_id, order_id = ask.text("serviceId"), ask.text("orderId")
    return sorted(
        (
            case
            for case in ask.world.cases_of(ask.shop, SOURCE)
            if service_id in {None, case.case_id} and order_id in {None, case.order.order_id}
        ),
        key=lambda case: (case.opened_at, case.case_id),
    )


def _within(when: datetime | None, span: tuple[datetime, datetime] | None) -> bool:
    return span is None or (when is not None and span[0] <= when.replace(microsecond=0) <= span[1])


def _one(ask: Ask) -> Case | None:
    """serviceId and orderId must match."""
    ask.need("serviceId")
    return next(iter(_cases(ask)), None)


_UNKNOWN = ("10404", "服务单不存在")


# ---------------------------------------------------------------- lists


def sync_list(ask: Ask) -> dict[str, Any]:
    updated = ask.span("updateTimeBegin", "updateTimeEnd")
    freight = ask.span("freightUpdateDateBegin", "freightUpdateDateEnd")
    span = updated or freight
    if span is None:
        return _failed("10002", "参数错误：更新时间区间不能为空", page=True)
    if span[1] - span[0] > _SYNC_SPAN:
        return _failed("10002", "参数错误：更新时间区间过大", page=True)
    status = ask.text("serviceStatus")
    found = [
        case
        for case in _cases(ask)
        if (_within(updated_at(case), updated) if updated else _within(freight_at(case), freight))
        and status in {None, str(service_status(case))}
    ]
    clock = updated_at if updated else freight_at
    return _paged(
        ask, [_sync_row(case) for case in sorted(found, key=lambda case: (clock(case), case.case_id))]
    )


def _sync_row(case: Case) -> dict[str, Any]:
    lead = _lead(case)
    small = {
        name: value
        for name, value in lead.items()
        if not name.endswith(("StatusName", "ExpectName", "Grade"))
    }
    sent = freight_at(case)
    return told(
        {
            **small,
            **_question(case),
            **_article(case),
            "pickwareType": 40,
            "platformSrc": 103,
            "platformSrcName": "",
            "customerMobile": f"{case.order.buyer.phone[:3]}****{case.order.buyer.phone[-4:]}",
            "pickwareAddress": f"{case.order.buyer.province}{case.order.buyer.city}****",
            "updateTime": ms(updated_at(case)),
            "sysVersion": version(case),
            "expressCode": waybill(case.return_parcel) if case.return_parcel else None,
            "freightUpdateDate": None if sent is None else ms(sent),
        }
    )


def query_list(ask: Ask) -> dict[str, Any]:
    applied = ask.span("applyTimeBegin", "applyTimeEnd")
    status = ask.text("serviceStatus")
    found = [
        case
        for case in _cases(ask)
        if _within(case.opened_at, applied) and status in {None, str(service_status(case))}
    ]
    return _paged(ask, [_brief(case) for case in found])


def _brief(case: Case) -> dict[str, Any]:
    line = case.claims[0].line
    approved = step_at(case, *_APPROVED)
    return told(
        {
            **_lead(case),
            **_article(case),
            "pickwareType": 40,
            "actualPayPrice": yuan(line.paid // line.quantity),
            "wareType": 10,
            "wareTypeName": "主商品",
            "skuUuid": line.line_id,
            "approvePin": "cs01" if approved else None,
            "approveTime": ms(approved) if approved else None,
            "updateDate": ms(updated_at(case)),
        }
    )


def audit_list(ask: Ask) -> dict[str, Any]:
    waiting = [case for case in _cases(ask) if service_status(case) in WAITS_FOR_SHOP]
    wanted = ask.text("customerExpect")
    rows = [_audit_row(ask, case) for case in waiting if wanted in {None, str(expect(case))}]
    return _paged(ask, rows)


def _audit_row(ask: Ask, case: Case) -> dict[str, Any]:
    lead = _lead(case)
    del lead["serviceId"]
    return told(
        {
            **lead,
            **_article(case),
            "serviceIdList": [int(case.case_id)],
            "auditOvertime": ms(case.deadline) if case.deadline else None,
            "timeoutFlag": case.deadline is not None and case.deadline < ask.world.now(),
            "open_id_buyer": case.order.buyer.open_id,
        }
    )


# ---------------------------------------------------------------- detail


def query_view(ask: Ask) -> dict[str, Any]:
    ask.need("orderId")
    case = _one(ask)
    return _failed(*_UNKNOWN) if case is None else _single(_bill(case))


def _bill(case: Case) -> dict[str, Any]:
    reason = _reason(case)
    approved, processed = step_at(case, *_APPROVED), step_at(case, *_PROCESSED)
    ext = {"APPLYREASON": reason.told, "isTuiHuanWuYou": "0"}
    return told(
        {
            **_lead(case),
            **_question(case),
            "questionDesc": case.detail,
            "questionPic": "jfs/t1/1/1/1/1/sim.jpg",
            "updateName": "system",
            "updateDate": ms(updated_at(case)),
            "sysVersion": version(case),
            "refundType": 20,
            "refundTypeName": "原返",
            "pickwareType": 40,
            "customerInfo": {"jdPin": case.order.buyer.nick, "name": f"{case.order.buyer.name[0]}**"},
            "serviceBillDetailList": list(_details(case)),
            "applyDetailList": list(_details(case)),
            "extJsonStr": msgspec.json.encode(ext).decode(),
            "serviceCount": sum(claim.quantity for claim in case.claims),
            "approvePin": "cs01" if approved else None,
            "approveDate": ms(approved) if approved else None,
            "processDate": ms(processed) if processed else None,
            "receiveDate": ms(case.received_at) if case.received_at else None,
            "newOrderId": 312045690000 + int(case.case_id) % 10000 if case.replacement else None,
            "refundAmt": yuan(case.approved) if case.approved else None,
        }
    )


def _details(case: Case) -> Iterable[dict[str, Any]]:
    """A row for each piece, and a gift's row, which is no article of the claim."""
    for claim in case.claims:
        for _ in range(claim.quantity):
            yield _detail(
                claim.line.line_id, claim.line.good.sku_id, claim.line.good.title, claim.line.good.spec, _MAIN
            )
    yield _detail("1012_FQ000000000001", "100071299999", "赠品", "随机", _GIFT)


def _detail(uuid: str, sku: str, title: str, spec: str, ware: tuple[int, str]) -> dict[str, Any]:
    return {
        "skuId": int(sku),
        "skuUuid": uuid,
        "wareName": f"{title} {spec}",
        "wareType": ware[0],
        "wareTypeName": ware[1],
        "wareNum": 1,
    }


def freight_view(ask: Ask) -> dict[str, Any]:
    ask.need("orderId")
    case = _one(ask)
    if case is None:
        return _failed(*_UNKNOWN)
    parcel, sent = case.return_parcel, freight_at(case)
    if parcel is None or sent is None:
        return _single(None)
    number, name = carrier(parcel)
    log = {
        "freightId": int(parcel.parcel_id),
        "createDate": ms(sent),
        "createName": "客户",
        "content": "创建运费记录",
    }
    return _single(
        {
            "serviceId": int(case.case_id),
            "expressCode": waybill(parcel),
            "expressCompany": name,
            "shipWayId": number,
            "freightMoney": 0,
            "deliveryDate": ms(sent),
            "firstUploadDate": ms(sent),
            "freightLogList": [log],
        }
    )


# ---------------------------------------------------------------- money


def refund_view(ask: Ask) -> dict[str, Any]:
    """By order, or by a window of application or approval; otherwise there is nothing to ask for."""
    applied = ask.span("applyTimeBegin", "applyTimeEnd")
    approved = ask.span("approveTimeBegin", "approveTimeEnd")
    if ask.text("orderId") is None and applied is None and approved is None:
        return _failed("10002", "参数错误：订单号与时间区间不能同时为空", page=True)
    if (applied and applied[1] - applied[0] > _APPLY_SPAN) or (
        approved and approved[1] - approved[0] > _APPROVE_SPAN
    ):
        return _failed("10002", "参数错误：时间区间过大", page=True)
    rows = [
        row
        for case in _cases(ask)
        if _within(case.opened_at, applied) and _within(step_at(case, *_APPROVED), approved)
        for row in _refund_rows(case)
    ]
    return _paged(ask, rows, words=True)


def _refund_rows(case: Case) -> list[dict[str, Any]]:
    reason = _reason(case)
    approved = step_at(case, *_APPROVED)
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
    case = _one(ask)
    if case is None:
        return _failed(*_UNKNOWN, page=True)
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
    return _paged(ask, rows)


def track_list(ask: Ask) -> dict[str, Any]:
    case = _one(ask)
    return _failed(*_UNKNOWN, page=True) if case is None else _paged(ask, [])


def reason_list(ask: Ask) -> dict[str, Any]:
    """Both levels of 审核原因; 京东介入原因 are a list of their own."""
    if ask.number("bizType", 1) != 1:
        return _single([{"code": "1", "parentCode": "0", "name": "无法协商一致"}])
    first = {reason.cid1: reason.cid1_name for reason in SERVICE_REASONS.values()}
    second = {reason.cid2: reason for reason in SERVICE_REASONS.values() if reason.cid2}
    rows = [{"code": str(code), "parentCode": "0", "name": name} for code, name in first.items()]
    rows += [
        {"code": str(code), "parentCode": str(reason.cid1), "name": reason.cid2_name}
        for code, reason in second.items()
    ]
    parent = ask.text("parentCode")
    return _single([row for row in rows if parent in {None, row["parentCode"]}])


HANDLERS: dict[str, Handler] = {
    "jingdong.asc.sync.list": operated(sync_list, page=True),
    "jingdong.asc.query.list": operated(query_list, page=True),
    "jingdong.asc.audit.list": operated(audit_list, page=True),
    "jingdong.asc.query.view": operated(query_view, page=False),
    "jingdong.asc.freight.view": operated(freight_view, page=False),
    "jingdong.asc.serviceAndRefund.view": refund_view,
    "jingdong.b2c.shop.aftersales.refund.get": shop_refund,
    "jingdong.asc.log.list": operated(log_list, page=True),
    "jingdong.asc.track.list": operated(track_list, page=True),
    "jingdong.asc.audit.reason.list": reason_list,
}
