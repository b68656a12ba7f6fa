"""Simulated orders: enSearch, enGet and their plain twins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from omnishop.model import OrderStatus
from omnishop.sandbox.world import Line, Order
from omnishop_jd.face.codes import beijing, by_carrier, carrier, ms, order_state, told, waybill, yuan_words
from omnishop_jd.face.filters import ORDERS, narrowed
from omnishop_jd.face.gateway import Ask, Refusal

_PAGE_MAX = 100
_SPAN = timedelta(days=31)
_PAY_LAG = timedelta(seconds=60)
_OK = {"success": True, "englishErrCode": "", "chineseErrCode": "成功", "numberCode": 0}
_NO_ORDER = {
    "success": False,
    "englishErrCode": "order not exist",
    "chineseErrCode": "订单不存在或不可见",
    "numberCode": 10100014,
}
_BAD_PARAMS = {
    "success": False,
    "englishErrCode": "param is invalid",
    "chineseErrCode": "参数不合法",
    "numberCode": 10100021,
}

STATES = {
    "NOT_PAY": "未付款",
    "WAIT_SELLER_STOCK_OUT": "等待出库",
    "WAIT_SELLER_DELIVERY": "等待发货",
    "WAIT_SEND_CODE": "等待发码",
    "WAIT_GOODS_RECEIVE_CONFIRM": "等待确认收货",
    "FINISHED_L": "完成",
    "TRADE_CANCELED": "取消",
    "PARENT_TRADE_CANCELED": "父单取消",
    "LOCKED": "已锁定",
    "PAUSE": "暂停",
    "POP_ORDER_PAUSE": "POP业务暂停",
    "DELIVERY_RETURN": "配送退货",
    "UN_KNOWN": "未知",
    "ALL": "全部",
}

FIELDS = frozenset(
    [
        "orderId",
        "venderId",
        "orderType",
        "payType",
        "orderTotalPrice",
        "orderSellerPrice",
        "orderPayment",
        "freightPrice",
        "sellerDiscount",
        "orderState",
        "orderStateRemark",
        "deliveryType",
        "invoiceInfo",
        "invoiceCode",
        "invoiceEasyInfo",
        "orderRemark",
        "orderStartTime",
        "orderEndTime",
        "consigneeInfo",
        "itemInfoList",
        "couponDetailList",
        "venderRemark",
        "balanceUsed",
        "pin",
        "returnOrder",
        "paymentConfirmTime",
        "waybill",
        "logisticsId",
        "vatInfo",
        "modified",
        "directParentOrderId",
        "parentOrderId",
        "customs",
        "customsModel",
        "orderSource",
        "storeOrder",
        "idSopShipmenttype",
        "scDT",
        "serviceFee",
        "taxFee",
        "tuiHuoWuYou",
        "orderSign",
        "storeId",
        "menDianId",
        "mdbStoreId",
        "salesPin",
        "realPin",
        "open_id_buyer",
        "xid_buyer",
        "sendpayMap",
        "partialLogisticsInfoModel",
        "totalOriginalPrice",
        "totalSellerDiscount",
        "totalSellerReceivable",
        "shouldPay",
        "actualPay",
        "payDiscount",
        "paymentDetailList",
        "logisticsExt",
        "popSignMap",
        "orderMarkDesc",
        "pauseBizInfo",
        "venderRemarkLevelFlag",
        "specialStatusReasonInfo",
        "open_id_seller",
        "xid_seller",
        "originalConsigneeInfo",
        "outBoundDate",
        "venderRemarkFlagAlias",
        "orderExt",
    ]
)


def search(ask: Ask) -> dict[str, Any]:
    ask.need("order_state", "optional_fields", "page", "page_size")
    fields = _fields(ask)
    states = set((ask.text("order_state") or "").split(","))
    page, size = ask.number("page", 1), ask.number("page_size", 20)
    window = ask.span("start_date", "end_date")
    wrong = not states <= set(STATES) or not 1 <= size <= _PAGE_MAX or page < 1
    if window is None:
        now = ask.world.now()
        window = (now - _SPAN, now)
        wrong = wrong or states != {"WAIT_SELLER_STOCK_OUT"}
    if wrong or window[1] - window[0] > _SPAN:
        return {"searchorderinfo_result": {"apiResult": _BAD_PARAMS, "orderTotal": 0}}
    by_creation = ask.text("dateType") == "1"
    found = [
        (order.created_at if by_creation else order.changed_at, order.order_id, order)
        for order in narrowed(ask, ask.world.orders_of(ask.shop), ORDERS)
        if "ALL" in states or order_state(order) in states
    ]
    rows = sorted(
        (row for row in found if window[0] <= row[0].replace(microsecond=0) <= window[1]),
        key=lambda row: row[:2],
        reverse=ask.text("sortType") == "1",
    )
    shown = [_shown(ask, order, fields) for _, _, order in rows[(page - 1) * size : page * size]]
    result: dict[str, Any] = {"apiResult": _OK, "orderTotal": len(rows)}
    # with no hit the list is absent
    return {"searchorderinfo_result": result | ({"orderInfoList": shown} if shown else {})}


def get(ask: Ask) -> dict[str, Any]:
    ask.need("order_id", "optional_fields")
    fields = _fields(ask)
    order = ask.world.orders.get(ask.text("order_id") or "")
    states = ask.text("order_state")
    hidden = order is None or order.shop is not ask.shop or not narrowed(ask, [order], ORDERS)
    if order is None or hidden or (states and order_state(order) not in states.split(",")):
        return {"orderDetailInfo": {"apiResult": _NO_ORDER}}
    return {"orderDetailInfo": {"apiResult": _OK, "orderInfo": _shown(ask, order, fields)}}


def _fields(ask: Ask) -> set[str]:
    asked = {name.strip() for name in (ask.text("optional_fields") or "").split(",") if name.strip()}
    if not asked <= FIELDS - set(ask.shop.marks.get("unknown_fields", ())):
        raise Refusal("68")
    return asked


def _shown(ask: Ask, order: Order, fields: set[str]) -> dict[str, Any]:
    masked = ask.method.startswith("jingdong.pop.order.en")
    whole = _info(order, masked=masked) | _money(ask, order) | _shipping(order)
    return {name: value for name, value in whole.items() if name in fields and value is not None}


def _info(order: Order, *, masked: bool) -> dict[str, Any]:
    buyer, state = order.buyer, order_state(order)
    phone = f"{buyer.phone[:3]}*******{buyer.phone[-1]}"
    return {
        "orderId": order.order_id,
        "venderId": order.shop.shop_id,
        "orderType": "22",
        "payType": "4-在线支付",
        "orderState": state,
        "orderStateRemark": STATES[state],
        "deliveryType": "任意时间",
        "invoiceInfo": "不需要开具发票",
        "orderRemark": order.buyer_message or "",
        "orderStartTime": beijing(order.created_at),
        "orderEndTime": beijing(order.finished_at) or "",
        "paymentConfirmTime": beijing(order.paid_at),
        "modified": beijing(order.changed_at),
        "consigneeInfo": {
            "fullname": f"AAS/{buyer.open_id}==" if masked else f"{buyer.name[0]}**",
            "telephone": phone,
            "mobile": phone,
            "fullAddress": f"AAS/{buyer.open_id[::-1]}==" if masked else f"{buyer.province}{buyer.city}****",
            "province": buyer.province,
            "city": buyer.city,
            "county": buyer.district,
            "town": "",
        },
        "itemInfoList": [_item(line) for line in order.lines],
        "couponDetailList": [],
        "venderRemark": order.remark or "",
        "pin": f"AAS/{buyer.nick}==" if masked else buyer.nick,
        "returnOrder": "0",
        "vatInfo": [],
        "directParentOrderId": "0",
        "parentOrderId": "0",
        "orderSource": "移动端订单",
        "idSopShipmenttype": 67,
        "open_id_buyer": buyer.open_id,
        "xid_buyer": f"o*{buyer.open_id}",
    }


def _item(line: Line) -> dict[str, Any]:
    ext = {"skuUuid": line.line_id, "isVMI": 0, "newStoreId": "0"}
    return {
        "skuId": line.good.sku_id,
        "outerSkuId": line.good.outer_sku_id,
        "skuName": f"{line.good.title} {line.good.spec}",
        "jdPrice": yuan_words(line.price),
        "giftPoint": "0",
        "wareId": line.good.item_id,
        "itemTotal": str(line.quantity),
        "itemExt": msgspec.json.encode(ext).decode(),
    }


def _money(ask: Ask, order: Order) -> dict[str, Any]:
    """Zeros where nothing was ever paid, but what was owed stands in orderPayment (3.4)."""
    paid = order.paid_at
    late = paid is None or ask.world.now() < paid + _PAY_LAG
    return told(
        {
            "orderTotalPrice": yuan_words(order.total if paid else 0),
            "orderSellerPrice": yuan_words(order.total - order.discount if paid else 0),
            "sellerDiscount": yuan_words(order.discount if paid else 0),
            "orderPayment": yuan_words(order.paid),
            "freightPrice": yuan_words(order.freight),
            "balanceUsed": "0.00",
            "taxFee": "0.00",
            "serviceFee": "0.00",
            "shouldPay": None if late else yuan_words(order.paid),
            "actualPay": None if late else yuan_words(order.paid),
        }
    )


def _shipping(order: Order) -> dict[str, Any]:
    if order.status is OrderStatus.PART_SHIPPED:
        packages = [
            {
                "shipmentId": number,
                "logicId": str(carrier(parcel)[0]),
                "waybillId": waybill(parcel),
                "shipmentTime": ms(parcel.shipped_at),
                "goods": [
                    {"skuUuid": line.line_id, "skuId": int(line.good.sku_id), "num": line.quantity}
                    for line in parcel.lines
                ],
            }
            for number, parcel in enumerate(order.parcels, 1)
        ]
        return {"waybill": "", "logisticsId": "", "partialLogisticsInfoModel": packages}
    groups = by_carrier(order)
    return {
        "waybill": "|".join(",".join(numbers) for _, numbers in groups),
        "logisticsId": "|".join(str(number) for number, _ in groups),
        "outBoundDate": beijing(order.shipped_at),
    }
