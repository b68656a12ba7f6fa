"""The smaller methods of the simulated platform: traces, refuse reasons, return addresses, carriers, shop scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.model import ENDED, Kind, Stage
from omnishop.sandbox.world import Case, Parcel, Shop, World
from omnishop_douyin.face import codes, names
from omnishop_douyin.face.answers import Asked, Refusal
from omnishop_douyin.face.fields import text, whole

_STATES = {
    "picked_up": ("1", "已揽收"),
    "in_transit": ("2", "运输中"),
    "out_for_delivery": ("2", "派送中"),
    "signed": ("3", "已签收"),
    "returned": ("4", "已退回"),
}
"""The platform's own table is not public: these are settings of the simulated world."""

REJECT = (
    (1, "商品已发出，请收到后再申请", "请上传发货物流截图", "Y", 0, 0),
    (2, "退回商品影响二次销售", "请上传商品实拍图", "Y", 0, 1),
    (3, "与买家协商一致", "", "N", -1, -1),
)
"""The real table is not public: code, text, hint, evidence, order type, parcel."""


def trace(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """The newest node first; what has not happened yet is not shown."""
    company, number = (text(asked.params, name, "10000") for name in ("logistics_code", "track_no"))
    if not company or not number:
        raise Refusal(40002, "isv.missing-parameter:10000", "缺少快递公司编码或运单号")
    parcel = next((p for p in _parcels(world, shop) if p.tracking_no == number), None)
    known = parcel is not None and names.CARRIERS[parcel.carrier][0] == company
    nodes = [node for node in parcel.nodes if node.at <= world.now()] if parcel and known else []
    nodes.sort(key=lambda node: node.at, reverse=True)
    return {
        "route__node_list": [
            {
                "content": node.text,
                "timestamp": str(codes.seconds(node.at)),
                "state": _STATES[node.state][0],
                "state_description": _STATES[node.state][1],
                "site_name": node.place,
            }
            for node in nodes
        ],
        "track_info": {"track_no": number, "express": company},
    }


def _parcels(world: World, shop: Shop) -> list[Parcel]:
    found = [parcel for order in world.orders_of(shop) for parcel in order.parcels]
    for case in world.cases_of(shop):
        found += [parcel for parcel in (case.return_parcel, case.replacement) if parcel is not None]
    return found


def reject_reasons(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Without an id the whole table; with one, nothing for unshipped, finished or audited cases."""
    rows = list(REJECT)
    number = whole(asked.params, "aftersale_id", "11000")
    if number is not None:
        case = world.cases.get(("aftersale", str(number)))
        if case is None or case.shop is not shop:
            raise Refusal(40004, "isv.parameter-invalid:11000", "售后单ID不合法")
        rows = reasons_for(case)
    return {"items": [_reject(row) for row in rows]}


def reasons_for(case: Case) -> list[tuple[int, str, str, str, int, int]]:
    if case.kind is Kind.CANCEL or case.stage in ENDED or case.stage is not Stage.REQUESTED:
        return []
    got = int(case.order.delivered_at is not None)
    return [row for row in REJECT if row[5] in {-1, got}]


def _reject(row: tuple[int, str, str, str, int, int]) -> dict[str, Any]:
    code, reason, hint, needed, order_type, pkg = row
    return {
        "reject_reason_code": code,
        "reason": reason,
        "evidence_description": hint,
        "evidence_need": needed,
        "image": "https://example.com/tmpl/evidence.jpg" if hint else "",
        "order_type": order_type,
        "pkg": pkg,
    }


def addresses(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Pages count from 1. The spellings are the platform's; no phone number is in it."""
    params = asked.params
    if text(params, "order_field", "5001") not in {"create_time", "update_time"}:
        raise Refusal(40004, "isv.parameter-invalid:5001", "排序字段不合法")
    page, size = whole(params, "page_no", "5001"), whole(params, "page_size", "5001")
    if page is None or size is None or not text(params, "order_by", "5001"):
        raise Refusal(40002, "isv.missing-parameter:5001", "缺少分页参数")
    if page < 1 or size < 1:
        raise Refusal(40004, "isv.parameter-invalid:5001", "页码从1开始")
    if text(params, "order_by", "5001") not in {"asc", "desc"}:
        raise Refusal(40004, "isv.parameter-invalid:5001", "排序方式不合法")
    every = [] if whole(params, "store_id", "5001") else shop.addresses  # no stores in this world
    rows = every[(page - 1) * size : page * size]
    return {
        "total": len(every),
        "page_size": size,
        "page_no": page,
        "address_list": [
            {
                "address_id": int(found.address_id),
                "reciever_name": found.contact,
                "is_default": int(found.default_return),
                "is_send_default": int(not found.default_return),
                "create_time": "1700000000",
                "update_time": "1740000000",
                "receiver_provinc": found.province,
                "receiver_city": found.city,
                "receiver_district": found.district,
                "receiver_detail": found.street,
                "receiver_street": "",
                "remark": "",
            }
            for found in rows
        ],
    }


def carriers(world: World, shop: Shop, asked: Asked) -> list[dict[str, Any]]:
    """data itself is the list."""
    rows = names.CARRIERS.values()
    return [{"id": number, "name": name, "code": code} for number, (code, name) in enumerate(rows, start=7)]


def reputation(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    return {
        "shop_id": int(shop.shop_id),
        "shop_name": shop.name,
        "shop_score": "4.86",
        "product_score": "4.82",
        "logistics_score": "4.91",
        "service_score": "4.88",
    }


def withdrawn(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    raise Refusal(70000, "isp.comment-service-off", "评价接口服务已到期")


Answer = Callable[[World, Shop, Asked], Any]
