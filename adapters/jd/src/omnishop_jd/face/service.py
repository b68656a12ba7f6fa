"""Simulated service orders: the lists, the detail, the waybill of what is sent back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec

from omnishop.sandbox.world import Case
from omnishop_jd.face import service_facts
from omnishop_jd.face.codes import (
    APPROVED,
    WAITS_FOR_SHOP,
    carrier,
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
from omnishop_jd.face.filters import SERVICE, SYNC, audits, narrowed
from omnishop_jd.face.gateway import Ask
from omnishop_jd.face.service_rows import (
    NO_SUCH,
    SOURCE,
    Handler,
    article,
    cases,
    failed,
    lead,
    one_case,
    operated,
    paged,
    question,
    reason_of,
    single,
    within,
)

__all__ = ["HANDLERS", "SOURCE"]

_SYNC_SPAN = timedelta(days=7)
_PROCESSED = ("refund", "ship_replacement", "pay")
_MAIN, _GIFT = (10, "主商品"), (20, "赠品")

# ---------------------------------------------------------------- lists


def sync_list(ask: Ask) -> dict[str, Any]:
    updated = ask.span("updateTimeBegin", "updateTimeEnd")
    freight = ask.span("freightUpdateDateBegin", "freightUpdateDateEnd")
    span = updated or freight
    if span is None:
        return failed("10002", "参数错误：更新时间区间不能为空", page=True)
    if span[1] - span[0] > _SYNC_SPAN:
        return failed("10002", "参数错误：更新时间区间过大", page=True)
    found = [
        case
        for case in narrowed(ask, cases(ask), SYNC)
        if (within(updated_at(case), updated) if updated else within(freight_at(case), freight))
    ]
    clock = updated_at if updated else freight_at
    return paged(
        ask, [_sync_row(case) for case in sorted(found, key=lambda case: (clock(case), case.case_id))]
    )


def _sync_row(case: Case) -> dict[str, Any]:
    small = {
        name: value
        for name, value in lead(case).items()
        if not name.endswith(("StatusName", "ExpectName", "Grade"))
    }
    sent = freight_at(case)
    return told(
        {
            **small,
            **question(case),
            **article(case),
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
    return paged(ask, [_brief(case) for case in narrowed(ask, cases(ask), SERVICE)])


def _brief(case: Case) -> dict[str, Any]:
    line = case.claims[0].line
    approved = step_at(case, *APPROVED)
    return told(
        {
            **lead(case),
            **article(case),
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
    waiting = [case for case in cases(ask) if service_status(case) in WAITS_FOR_SHOP]
    found = narrowed(ask, waiting, audits(ask.world.now()))
    return paged(ask, [_audit_row(ask, case) for case in found])


def _audit_row(ask: Ask, case: Case) -> dict[str, Any]:
    shown = lead(case)
    del shown["serviceId"]
    return told(
        {
            **shown,
            **article(case),
            "serviceIdList": [int(case.case_id)],
            "auditOvertime": ms(case.deadline) if case.deadline else None,
            "timeoutFlag": case.deadline is not None and case.deadline < ask.world.now(),
            "open_id_buyer": case.order.buyer.open_id,
        }
    )


# ---------------------------------------------------------------- detail


def query_view(ask: Ask) -> dict[str, Any]:
    ask.need("orderId")
    case = one_case(ask)
    return failed(*NO_SUCH) if case is None else single(_bill(case))


def _bill(case: Case) -> dict[str, Any]:
    reason = reason_of(case)
    approved, processed = step_at(case, *APPROVED), step_at(case, *_PROCESSED)
    ext = {"APPLYREASON": reason.told, "isTuiHuanWuYou": "0"}
    return told(
        {
            **lead(case),
            **question(case),
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
            "applyDetailList": [
                {"applyDetailId": number, **row}
                for number, row in zip(detail_ids(case), _details(case), strict=True)
            ],
            "extJsonStr": msgspec.json.encode(ext).decode(),
            "serviceCount": sum(claim.quantity for claim in case.claims),
            "approvePin": "cs01" if approved else None,
            **(case.marks.get("audit", {}) if approved else {}),
            "approveDate": ms(approved) if approved else None,
            "processDate": ms(processed) if processed else None,
            "receiveDate": ms(case.received_at) if case.received_at else None,
            "newOrderId": 312045690000 + int(case.case_id) % 10000 if case.replacement else None,
            "refundAmt": yuan(case.approved) if case.approved else None,
        }
    )


def detail_ids(case: Case) -> list[int]:
    """applyDetailId of each row of the application."""
    first = 900000000 + int(case.case_id) % 10_000_000 * 10
    return [first + number for number, _ in enumerate(_details(case))]


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
    case = one_case(ask)
    if case is None:
        return failed(*NO_SUCH)
    parcel, sent = case.return_parcel, freight_at(case)
    if parcel is None or sent is None:
        return single(None)
    number, name = carrier(parcel)
    log = {
        "freightId": int(parcel.parcel_id),
        "createDate": ms(sent),
        "createName": "客户",
        "content": "创建运费记录",
    }
    return single(
        {
            "serviceId": int(case.case_id),
            "expressCode": waybill(parcel),
            "expressCompany": name,
            "shipWayId": number,
            "freightMoney": case.marks.get("freight_money", 0),
            "deliveryDate": ms(sent),
            "firstUploadDate": ms(sent),
            "freightLogList": [log],
        }
    )


HANDLERS: dict[str, Handler] = {
    "jingdong.asc.sync.list": operated(sync_list, page=True),
    "jingdong.asc.query.list": operated(query_list, page=True),
    "jingdong.asc.audit.list": operated(audit_list, page=True),
    "jingdong.asc.query.view": operated(query_view, page=False),
    "jingdong.asc.freight.view": operated(freight_view, page=False),
    "jingdong.asc.serviceAndRefund.view": service_facts.refund_view,
    "jingdong.b2c.shop.aftersales.refund.get": service_facts.shop_refund,
    "jingdong.asc.log.list": operated(service_facts.log_list, page=True),
    "jingdong.asc.audit.reason.list": service_facts.reason_list,
}
