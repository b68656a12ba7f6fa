"""afterSale.List and afterSale.Detail of the simulated platform (wire page 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from omnishop.model import Dispute, Kind, to_beijing_text
from omnishop.sandbox.world import Case, Claim, Happening, Parcel, Shop, World
from omnishop_douyin.face import case_filters, codes, names
from omnishop_douyin.face.answers import Asked, Refusal
from omnishop_douyin.face.blank_cases import (
    ARBITRATION,
    CASE_INFO,
    CASE_LINE,
    CASE_TEXTS,
    DETAIL_INFO,
    DETAIL_LINE,
    PRICE_PROTECTION,
)
from omnishop_douyin.face.case_filters import BAD
from omnishop_douyin.face.fields import flag, paging, text, words

_PICTURE = "https://p3-aio.ecombdimg.com/obj/ecom-shop-material/demo.jpg"
_EVIDENCE = "https://p6-aftersale-sign.ecombdimg.com/douyin-user-image-file/demo1.jpeg"
_ROLES = {"buyer": 1, "seller": 2, "platform": 4, "carrier": 4}
_ORDER_FIELDS: dict[str, Callable[[Case], int]] = {
    "apply_time": lambda case: codes.seconds(case.opened_at),
    "update_time": lambda case: codes.seconds(case.changed_at),
    "status_deadline": lambda case: codes.seconds(case.deadline),
}

# ---------------------------------------------------------------- the list


def listed(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    page, size = paging(asked.params, (BAD, BAD, BAD, "11003"))
    wanted = case_filters.wanted(world, asked.params)
    found = _sorted([case for case in world.cases_of(shop) if wanted(case)], asked.params)
    start = page * size
    if page and _loses(asked.params):
        start += page
    rows = found[start : start + size]
    return {
        "items": [_item(case) for case in rows],
        "has_more": (page + 1) * size < len(found),
        "total": len(found),
        "page": page,
        "size": len(rows),
    }


def _loses(params: dict[str, Any]) -> bool:
    """An update window without the matching order_by misses records between pages (pitfall 8)."""
    order = params.get("order_by")
    first = str(order[0]) if isinstance(order, list) and order else ""
    return "update_start_time" in params and not first.startswith("update_time")


def _sorted(found: list[Case], params: dict[str, Any]) -> list[Case]:
    """Earlier entries weigh more; without any, the newest application comes first."""
    rules = [item.split() for item in words(params, "order_by", BAD)]
    found.sort(key=lambda case: (codes.seconds(case.opened_at), case.case_id), reverse=True)
    for rule in reversed(rules):
        if len(rule) != 2 or rule[0] not in _ORDER_FIELDS or rule[1] not in {"asc", "desc"}:  # noqa: PLR2004 - a field and a direction
            raise Refusal(40004, f"isv.parameter-invalid:{BAD}", "order_by不合法")
        key = _ORDER_FIELDS[rule[0]]
        found.sort(key=lambda case, key=key: (key(case), case.case_id), reverse=rule[1] == "desc")  # type: ignore[misc]  # - bound now
    return found


def _item(case: Case) -> dict[str, Any]:
    reason = names.REASONS[case.reason]
    status, words = codes.status(case)
    kind = names.TYPES[case.kind]
    return {
        "aftersale_info": _list_info(case, status),
        "order_info": {
            "shop_order_id": case.order.order_id,
            "related_order_info": [_list_line(case, claim) for claim in case.claims],
            "order_flag": case.order.flag,
        },
        "text_part": CASE_TEXTS
        | {
            "logistics_text": "已发货" if case.order.shipped_at else "未发货",
            "aftersale_status_text": words,
            "aftersale_type_text": kind[1],
            "aftersale_refund_type_text": "订单货款" if case.requested else "无需退款",
            "reason_text": reason.text,
        },
        "seller_logs": [],
    }


def _list_info(case: Case, status: int) -> dict[str, Any]:
    whole_order = len(case.claims) > 1
    first = case.claims[0].line.line_id
    shown = 3 if case.marks.get("list_three") and status == 13 else status  # noqa: PLR2004 - the list's text
    info = {
        "aftersale_id": case.case_id,
        "aftersale_order_type": 2 if whole_order else 1,
        "aftersale_type": names.TYPES[case.kind][0],
        "aftersale_status": shown,
        "related_id": case.order.order_id if whole_order else first,
        "apply_time": codes.seconds(case.opened_at),
        "update_time": codes.seconds(case.changed_at),
        "status_deadline": _status_deadline(case),
        "refund_amount": case.requested,
        "refund_post_amount": case.freight,
        "aftersale_num": sum(claim.quantity for claim in case.claims),
        "part_type": int(_partial(case)),
        "aftersale_refund_type": 0 if case.requested else 4,
        "refund_type": int(case.marks.get("approval", 0)),
        "arbitrate_status": codes.arbitration(case)[0],
        "create_time": codes.seconds(case.opened_at),
        "refund_status": codes.refund_status(case),
        "got_pkg": int(case.order.delivered_at is not None),
        "order_logistics": [_parcel(parcel) | {"logistics_state": 6} for parcel in case.order.parcels],
        "aftersale_sub_type": int(case.marks.get("sub_type", 0)),
        "aftersale_status_to_final_time": codes.seconds(codes.final_at(case)),
        "auto_audit_bits": case.marks.get("audit", []),
        "is_agree_refuse_sign": int(case.marks.get("sign", 0)),
        "remark": (remarks(case) or [{"remark": ""}])[-1]["remark"],
    }
    if case.return_parcel is not None:
        info["return_logistics_code"] = case.return_parcel.tracking_no
        info["return_logistics_company_name"] = names.CARRIERS[case.return_parcel.carrier][1]
    if case.replacement is not None:
        info["exchange_logistics_company_name"] = names.CARRIERS[case.replacement.carrier][1]
    return CASE_INFO | info


def _list_line(case: Case, claim: Claim) -> dict[str, Any]:
    line, good = claim.line, claim.line.good
    return CASE_LINE | {
        "sku_order_id": line.line_id,
        "order_status": codes.ORDER_STATUS[case.order.status][0],
        "pay_amount": line.paid,
        "item_num": line.quantity,
        "create_time": codes.seconds(case.order.created_at),
        "product_name": good.title,
        "product_id": int(good.item_id),
        "product_image": _PICTURE,
        "sku_spec": spec(good.spec),
        "shop_sku_code": good.outer_sku_id,
        "logistics_code": case.order.parcels[0].tracking_no if case.order.parcels else "",
        "aftersale_pay_amount": line.paid * claim.quantity // line.quantity,
        "aftersale_item_num": claim.quantity,
        "price": line.price,
    }


# ---------------------------------------------------------------- the detail


def detail(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    case_id = text(asked.params, "after_sale_id", BAD)
    if not case_id:
        raise Refusal(40002, f"isv.missing-parameter:{BAD}", "after_sale_id不能为空")
    if not case_id.isdigit():
        raise Refusal(40004, f"isv.parameter-invalid:{BAD}", "售后单ID不合法")
    case = world.cases.get(("aftersale", case_id))
    if case is None or case.shop.platform != shop.platform:
        raise Refusal(50002, "isv.business-failed:10002", "售后单不存在")
    if case.shop is not shop:
        raise Refusal(50002, "isv.business-failed:12001", "售后单与店铺不匹配")
    logs = _logs(case) if flag(asked.params, "need_operation_record") else []
    return {
        "process_info": {
            "after_sale_info": _detail_info(case),
            "arbitrate_info": _arbitration(case),
            "after_sale_service_tag": {"after_sale_service_tag": []},
            "logistics_info": _logistics(case),
            "after_sale_shop_remarks": remarks(case),
            "price_protection_detail": PRICE_PROTECTION,
            "record_logs_list": logs,
        },
        "order_info": {
            "shop_order_id": int(case.order.order_id),
            "sku_order_infos": [_detail_line(case, claim) for claim in case.claims],
        },
    }


def remarks(case: Case) -> list[dict[str, Any]]:
    """The shop's remarks on the order and on the case itself; each names both, the oldest first."""
    about = {"order_id": int(case.order.order_id), "after_sale_id": int(case.case_id)}
    rows = [*case.order.marks.get("remarks", ()), *case.marks.get("remarks", ())]
    return [about | row for row in rows]


def _detail_info(case: Case) -> dict[str, Any]:
    reason = names.REASONS[case.reason]
    status, words = codes.status(case)
    kind, kind_text = names.TYPES[case.kind]
    paid = sum(refund.amount for refund in case.refunds)
    pieces = sum(claim.quantity for claim in case.claims)
    comes_back = case.kind in {Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR}
    return DETAIL_INFO | {
        "after_sale_id": int(case.case_id),
        "after_sale_status": status,
        "after_sale_status_desc": words,
        "refund_type_text": "订单货款" if case.requested else "无需退款",
        "refund_status": codes.refund_status(case),
        "refund_total_amount": case.requested,
        "refund_post_amount": case.freight,
        "apply_time": codes.seconds(case.opened_at),
        "update_time": codes.seconds(case.changed_at),
        "reason": reason.text,
        "reason_code": reason.code,
        "after_sale_type": kind,
        "after_sale_type_text": kind_text,
        "reason_remark": case.detail,
        "evidence": [_EVIDENCE],
        "after_sale_apply_count": pieces,
        "need_return_count": pieces if comes_back else 0,
        "real_refund_amount": paid,
        "got_pkg": int(case.order.delivered_at is not None),
        "status_deadline": _status_deadline(case),
        "part_type": int(_partial(case)),
        "return_address_id": int(case.return_address.address_id) if case.return_address else 0,
        "agree_refuse_sign": int(case.marks.get("sign", 0)),
        "store_id": "0",
        "after_sale_order_type": 2 if len(case.claims) > 1 else 1,
        "after_sale_sub_type": int(case.marks.get("sub_type", 0)),
        "apply_role": 1,
        "refund_time": codes.seconds(case.refunds[-1].at) if case.refunds else 0,
        "aftersale_status_to_final_time": codes.seconds(codes.final_at(case)),
        "return_method": 1 if case.return_parcel else 0,
        "auto_audit_bits": case.marks.get("audit", []),
        "kol_post_discount_return_amount": "0",
    }


def _arbitration(case: Case) -> dict[str, Any]:
    status, conclusion = codes.arbitration(case)
    if not status:
        return ARBITRATION
    waits = case.dispute is Dispute.EVIDENCE_DUE
    until = codes.seconds(case.deadline) if waits else 0
    template: dict[str, Any] = {
        "images": [],
        "describe": "请上传发货底单" if waits else "",
        "dead_line": until,
    }
    return ARBITRATION | {
        "arbitrate_id": f"{case.case_id}_001",
        "arbitrate_status": status,
        "is_required_evidence": waits,
        "arbitrate_status_deadline": str(until),
        "arbitrate_conclusion": conclusion,
        "arbitrate_evidence_tmpl": template,
        "arbitrate_evidence": case.marks.get("arbitrate_evidence", {"images": [], "describe": ""}),
    }


def _logistics(case: Case) -> dict[str, Any]:
    nothing = {"tracking_no": "", "company_name": "", "company_code": "", "logistics_time": 0}
    sent = _parcel(case.replacement) if case.replacement else nothing
    resend = case.kind in {Kind.RESHIP, Kind.REPAIR}
    return {
        "return": _parcel(case.return_parcel) if case.return_parcel else nothing,
        "exchange": nothing if resend else sent,
        "order": [
            _parcel(parcel) | {"logistics_state": 6, "value_added_services": []}
            for parcel in case.order.parcels
        ],
        "resend": sent if resend else nothing,
    }


def _detail_line(case: Case, claim: Claim) -> dict[str, Any]:
    line, good = claim.line, claim.line.good
    return DETAIL_LINE | {
        "sku_order_id": int(line.line_id),
        "order_status": codes.ORDER_STATUS[case.order.status][0],
        "pay_amount": line.paid,
        "item_quantity": line.quantity,
        "create_time": codes.seconds(case.order.created_at),
        "product_name": good.title,
        "product_id": int(good.item_id),
        "product_image": _PICTURE,
        "sku_spec": spec(good.spec),
        "shop_sku_code": good.outer_sku_id,
        "sku_id": int(good.sku_id),
        "item_sum_amount": line.price * line.quantity,
        "sku_pay_amount": line.paid,
        "promotion_amount": line.discount,
        "pay_type": 1,
        "after_sale_item_count": claim.quantity,
    }


def _logs(case: Case) -> list[dict[str, Any]]:
    """The newest first."""
    return [_log(case, step) for step in reversed(case.history)]


def _log(case: Case, step: Happening) -> dict[str, Any]:
    operators = {"buyer": names.masked(case.order.buyer.name), "seller": case.shop.nick}
    return {
        "operator": operators.get(step.actor, "系统"),
        "time": to_beijing_text(step.at),
        "text": step.text,
        "images": [_EVIDENCE] if step.step == "apply" else [],
        "desc_kvs": [],
        "action": step.step,
        "role": _ROLES[step.actor],
        "all_evidence": [],
    }


# ---------------------------------------------------------------- shared by both


def _status_deadline(case: Case) -> int:
    """While evidence is wanted the case's own clock stands a day behind the evidence's."""
    if case.deadline is None:
        return 0
    later = timedelta(days=1) if case.dispute is Dispute.EVIDENCE_DUE else timedelta()
    return codes.seconds(case.deadline + later)


def _partial(case: Case) -> bool:
    return any(claim.quantity < claim.line.quantity for claim in case.claims)


def _parcel(parcel: Parcel) -> dict[str, Any]:
    code, name = names.CARRIERS[parcel.carrier]
    return {
        "tracking_no": parcel.tracking_no,
        "company_name": name,
        "company_code": code,
        "logistics_time": codes.seconds(parcel.shipped_at),
    }


def spec(words: str) -> list[dict[str, str]]:
    pairs = [part.partition(":") for part in words.split(";")]
    return [{"name": name, "value": value} for name, _, value in pairs]
