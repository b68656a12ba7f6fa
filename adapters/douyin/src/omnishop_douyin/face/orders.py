"""order.searchList and order.orderDetail of the simulated platform (wire page 3.1 to 3.4)."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from omnishop.model import OrderStatus
from omnishop.sandbox.world import Buyer, Line, Order, Parcel, Shop, World
from omnishop_douyin.face import codes, names, order_filters
from omnishop_douyin.face.answers import Asked, Refusal
from omnishop_douyin.face.blank_orders import ORDER, SUB_ORDER
from omnishop_douyin.face.cases import spec
from omnishop_douyin.face.fields import flag, paging, text, whole

LOOK_BACK = timedelta(days=90)
_CLOCKS = {"create_time": lambda order: order.created_at, "update_time": codes.state_changed}


def listed(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    params = asked.params
    page, size = paging(params, ("20008", "20008", "10035", "20013"))
    windows = [_window(world, params, name) for name in _CLOCKS]
    if all(window is None for window in windows):
        windows[0] = (codes.seconds(world.now() - LOOK_BACK), codes.seconds(world.now()))
    wanted = order_filters.wanted(params)
    found = [order for order in world.orders_of(shop) if _inside(order, windows) and wanted(order)]
    clock = text(params, "order_by", "20011") or "create_time"
    if clock not in _CLOCKS:
        raise Refusal(40004, "isv.parameter-invalid:20011", "order_by不合法")
    ascending = flag(params, "order_asc")
    found.sort(
        key=lambda order: (codes.seconds(_CLOCKS[clock](order)), order.order_id), reverse=not ascending
    )
    rows = found[page * size : (page + 1) * size]
    return {
        "page": page,
        "total": len(found),
        "size": size,
        "shop_order_list": [_order(world, order) for order in rows],
    }


def _window(world: World, params: dict[str, Any], name: str) -> tuple[int, int] | None:
    """Seconds. Milliseconds lie far in the future and find nothing."""
    start, end = (whole(params, f"{name}_{side}", "20011") for side in ("start", "end"))
    if start is None and end is None:
        return None
    if start is None or end is None or start == end:
        raise Refusal(40004, "isv.parameter-invalid:20011", "起止时间须成对且不能相等")
    if start < codes.seconds(world.now() - LOOK_BACK):
        raise Refusal(40004, "isv.parameter-invalid:20022", "只能查询最近90天的订单")
    return start, end


def _inside(order: Order, windows: list[tuple[int, int] | None]) -> bool:
    return all(
        window is None or window[0] <= codes.seconds(of(order)) <= window[1]
        for window, of in zip(windows, _CLOCKS.values(), strict=True)
    )


def detail(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    order_id = text(asked.params, "shop_order_id", "20001")
    if not order_id:
        raise Refusal(40002, "isv.missing-parameter:20000", "订单号不能为空")
    order = world.orders.get(order_id)
    if order is None or order.shop.platform != shop.platform:
        raise Refusal(40004, "isv.parameter-invalid:20014", "订单不存在")
    if order.shop is not shop:
        raise Refusal(50002, "isv.business-failed:20015", "订单不属于该店铺")
    return {"shop_order_detail": _order(world, order)}


def _order(world: World, order: Order) -> dict[str, Any]:
    shared = _shared(order)
    return (
        ORDER
        | shared
        | _receiver(order.buyer, order.order_id, paid=order.paid_at is not None)
        | {
            "shop_id": int(order.shop.shop_id),
            "shop_name": order.shop.name,
            "order_id": order.order_id,
            "order_level": 2,
            "buyer_words": order.buyer_message or "",
            "seller_words": order.remark or "",
            "seller_remark_stars": order.flag,
            "order_amount": order.total + order.freight,
            "pay_amount": order.paid,
            "post_amount": order.freight,
            "post_origin_amount": order.freight,
            "promotion_amount": order.discount,
            "promotion_shop_amount": order.discount,
            "total_promotion_amount": order.discount,
            "ship_time": ship_time(order),
            "logistics_info": [_parcel(parcel) for parcel in order.parcels],
            "sku_order_list": [_sub(world, order, line) for line in order.lines],
            "doudian_open_id": order.buyer.open_id,
            "open_address_id": f"#{_cipher(order.buyer.open_id, 'address')}",
        }
    )


def _shared(order: Order) -> dict[str, Any]:
    """What parent and sub orders both say."""
    status, words = codes.ORDER_STATUS[order.status]
    main, main_words = codes.main_status(order)
    return {
        "biz": 2,
        "biz_desc": "小店",
        "order_type_desc": "普通订单",
        "trade_type_desc": "普通",
        "order_status": status,
        "order_status_desc": words,
        "main_status": main,
        "main_status_desc": main_words,
        "pay_time": codes.seconds(order.paid_at),
        "order_expire_time": 1800,
        "finish_time": codes.seconds(order.finished_at),
        "create_time": codes.seconds(order.created_at),
        "update_time": codes.seconds(codes.state_changed(order)),
        "cancel_reason": order.close_reason or "",
        "b_type": 2,
        "b_type_desc": "抖音",
        "app_id": 1128,
        "pay_type": 2 if order.paid_at else 0,
        "exp_ship_time": codes.seconds(order.paid_at + timedelta(hours=48)) if order.paid_at else 0,
    }


def ship_time(order: Order) -> int:
    """0 while only a part is on its way."""
    return 0 if order.status is OrderStatus.PART_SHIPPED else codes.seconds(order.shipped_at)


def _sub(world: World, order: Order, line: Line) -> dict[str, Any]:
    good = line.good
    freight = order.freight if line is order.lines[0] else 0
    cases = [case for case in order.cases if any(claim.line is line for claim in case.claims)]
    sent = [parcel for parcel in order.parcels if line in parcel.lines]
    product = good.item_id
    return (
        SUB_ORDER
        | _shared(order)
        | _receiver(order.buyer, line.line_id, paid=order.paid_at is not None)
        | {
            "order_id": line.line_id,
            "parent_order_id": order.order_id,
            "order_level": 3,
            "order_amount": line.price * line.quantity + freight,
            "pay_amount": line.paid + freight,
            "post_amount": freight,
            "promotion_amount": line.discount,
            "promotion_shop_amount": line.discount,
            "code": good.outer_sku_id,
            "out_sku_id": good.outer_sku_id,
            "ship_time": codes.seconds(sent[0].shipped_at) if sent else 0,
            "logistics_receipt_time": codes.seconds(order.delivered_at),
            "confirm_receipt_time": codes.seconds(order.finished_at),
            "product_id": int(product),
            "product_id_str": product,
            "product_name": good.title,
            "sku_id": int(good.sku_id),
            "spec": spec(good.spec),
            "origin_amount": line.price,
            "goods_price": line.price,
            "item_num": line.quantity,
            "sum_amount": line.price * line.quantity,
            "is_comment": int(any(found.line is line for found in world.reviews_of(order.shop))),
            "after_sale_info": _after_sale(cases[-1]) if cases else dict.fromkeys(_AFTER_SALE, 0),
        }
    )


_AFTER_SALE = ("after_sale_status", "after_sale_type", "refund_status")


def _after_sale(case: Any) -> dict[str, int]:
    values = (codes.status(case)[0], names.TYPES[case.kind][0], codes.refund_status(case))
    return dict(zip(_AFTER_SALE, values, strict=True))


def _parcel(parcel: Parcel) -> dict[str, Any]:
    code, name = names.CARRIERS[parcel.carrier]
    return {
        "tracking_no": parcel.tracking_no,
        "company": code,
        "ship_time": codes.seconds(parcel.shipped_at),
        "delivery_id": pack_id(parcel),
        "company_name": name,
        "product_info": [_packed(line) for line in parcel.lines],
        "hour_up_pickup_code": "",
    }


def pack_id(parcel: Parcel) -> str:
    return str(7_538_525_010_135_800_000 + int(parcel.parcel_id))


def _packed(line: Line) -> dict[str, Any]:
    good = line.good
    return {
        "product_name": good.title,
        "price": line.price,
        "outer_sku_id": good.outer_sku_id,
        "sku_id": int(good.sku_id),
        "sku_specs": spec(good.spec),
        "product_count": line.quantity,
        "product_id": int(good.item_id),
        "sku_order_id": line.line_id,
        "product_id_str": good.item_id,
    }


def _receiver(buyer: Buyer, order_id: str, *, paid: bool) -> dict[str, Any]:
    """Names and phones are ciphers or masked; the ciphers of parent and sub orders differ (wire page 8)."""
    region = {
        "province": {"name": buyer.province, "id": "33"},
        "city": {"name": buyer.city, "id": "330100"},
        "town": {"name": buyer.district, "id": "330108"},
        "street": {"name": "示例街道", "id": "330108003"},
    }
    phone = f"$${_cipher(order_id, 'phone')}$1$$" if paid else ""
    return {
        "encrypt_post_tel": phone,
        "encrypt_post_receiver": _sealed(order_id, "name", paid),
        "post_addr": region | {"detail": "", "encrypt_detail": _sealed(order_id, "detail", paid)},
        "mask_post_receiver": names.masked(buyer.name),
        "mask_post_tel": "1**********",
        "mask_post_addr": region | {"detail": "****路**号"},
    }


def _sealed(order_id: str, what: str, paid: bool) -> str:
    return f"##{_cipher(order_id, what)}#1##" if paid else ""


def _cipher(*parts: str) -> str:
    """Has the outer form only: nothing is in it."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    head = base64.b64encode(digest[:24]).decode()
    return f"{head}*CgYIASAHKAESPgo8{base64.b64encode(digest[24:]).decode()}="
