"""orderInfo on the wire, and -> the model. Money is yuan text; ids and most scalars are text (3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from omnishop.model import Fen, Order, OrderAmounts, OrderLine, OrderStatus, Parcel
from omnishop_jd.errors import PLATFORM
from omnishop_jd.orders.tables import CANCELED, PARENT, STATUS, TO_SHIP
from omnishop_jd.wire import (
    STOREFRONT,
    Id,
    Misfit,
    Reader,
    count,
    real_id,
    rows_of,
    text,
    told,
    when,
    words,
    yuan,
)

_NONE = msgspec.Raw()


class Item(msgspec.Struct, rename="camel"):
    sku_id: Id = None
    outer_sku_id: Id = None
    sku_name: Any = None
    jd_price: msgspec.Raw = _NONE
    item_total: Id = None
    item_ext: Any = None


class Shipped(msgspec.Struct, rename="camel"):
    sku_uuid: Id = None
    sku_id: Id = None


class Package(msgspec.Struct, rename="camel"):
    """A row of partialLogisticsInfoModel."""

    logic_id: Id = None
    waybill_id: Id = None
    shipment_time: Id = None
    goods: msgspec.Raw = _NONE


class OrderInfo(msgspec.Struct, rename="camel"):
    order_id: Id = None
    vender_id: Id = None
    order_state: Id = None
    order_start_time: Id = None
    payment_confirm_time: Id = None
    out_bound_date: Id = None
    order_end_time: Id = None
    modified: Id = None
    order_total_price: msgspec.Raw = _NONE
    order_payment: msgspec.Raw = _NONE
    should_pay: msgspec.Raw = _NONE
    actual_pay: msgspec.Raw = _NONE
    seller_discount: msgspec.Raw = _NONE
    freight_price: msgspec.Raw = _NONE
    item_info_list: msgspec.Raw = _NONE
    waybill: Any = None
    logistics_id: Id = None
    partial_logistics_info_model: msgspec.Raw = _NONE
    vender_remark: Any = None
    pin: Any = None
    open_id_buyer: Any = msgspec.field(default=None, name="open_id_buyer")


class NotPay(msgspec.Struct, rename="camel"):
    """A row of notPayOrderInfo; the unit of `payment` is not established: not read."""

    order_id: Id = None
    vender_id: Id = None
    order_created: Id = None
    modified: Id = None
    status: Id = None
    item_list: msgspec.Raw = _NONE


class NotPayItem(msgspec.Struct, rename="camel"):
    sku_id: Id = None
    sku_name: Any = None
    num: Id = None


class ItemExt(msgspec.Struct, rename="camel"):
    sku_uuid: Id = None


ORDER = msgspec.json.Decoder(OrderInfo)
NOT_PAY = msgspec.json.Decoder(NotPay)
_ITEM = msgspec.json.Decoder(Item)
_NOT_PAY_ITEM = msgspec.json.Decoder(NotPayItem)
_PACKAGE = msgspec.json.Decoder(Package)
_SHIPPED = msgspec.json.Decoder(Shipped)
_EXT = msgspec.json.Decoder(ItemExt)


def order_of(row: OrderInfo, raw: msgspec.Raw, reader: Reader) -> Order:
    order_id = real_id(row.order_id)
    if order_id is None:
        raise Misfit("orderId is missing")
    state = text(row.order_state)
    parcels = tuple(_parcels(row))
    status = STATUS.get(state or "", OrderStatus.UNKNOWN)
    if state == TO_SHIP and parcels:
        status = OrderStatus.PART_SHIPPED
    return Order(
        PLATFORM,
        order_id,
        storefront=STOREFRONT,
        shop_id=reader.shop(row.vender_id),
        status=status,
        amounts=_amounts(row, state, status),
        created_at=when(row.order_start_time, "orderStartTime"),
        paid_at=when(row.payment_confirm_time, "paymentConfirmTime"),
        shipped_at=when(row.out_bound_date, "outBoundDate"),
        finished_at=when(row.order_end_time, "orderEndTime"),
        changed_at=when(row.modified, "modified"),
        # a split parent repeats its children's articles: they are never counted here (pitfall 5)
        lines=()
        if state == PARENT
        else tuple(map(_line, rows_of(row.item_info_list, "itemInfoList", _ITEM))),
        parcels=parcels,
        buyer=reader.buyer(row.open_id_buyer, row.pin),
        remark=words(row.vender_remark),
        raw_status=state,
        raw=bytes(raw),
    )


def _amounts(row: OrderInfo, state: str | None, status: OrderStatus) -> OrderAmounts:
    """Zeros of parents and of never-paid orders are no sums (3.4 traps)."""
    if state == PARENT:
        return OrderAmounts()
    total = yuan(row.order_total_price, "orderTotalPrice")
    discount = yuan(row.seller_discount, "sellerDiscount")
    freight = yuan(row.freight_price, "freightPrice")
    given_up = (
        state == CANCELED and total == 0 and when(row.payment_confirm_time, "paymentConfirmTime") is None
    )
    if status is OrderStatus.UNPAID or given_up:
        return OrderAmounts(freight=freight)
    return OrderAmounts(total, _paid(row), freight, discount)


def _paid(row: OrderInfo) -> Fen | None:
    """orderPayment is not maintained since October 2024: only where both of the newer ones are absent."""
    if told(row.actual_pay):
        return yuan(row.actual_pay, "actualPay")
    if told(row.should_pay):
        return yuan(row.should_pay, "shouldPay")
    return yuan(row.order_payment, "orderPayment")


def _line(item: Item) -> OrderLine:
    sku = real_id(item.sku_id)
    return OrderLine(
        _uuid(item.item_ext) or sku,
        sku,
        text(item.outer_sku_id),
        words(item.sku_name),
        quantity=count(item.item_total, "itemInfoList.itemTotal"),
        price=yuan(item.jd_price, "itemInfoList.jdPrice"),
    )


def _uuid(ext: Any) -> str | None:
    """skuUuid inside the JSON text itemExt: the only line key there is (3.4); a text that is no JSON has none."""
    if not isinstance(ext, str) or "skuUuid" not in ext:
        return None
    try:
        return text(_EXT.decode(ext.encode()).sku_uuid)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _parcels(row: OrderInfo) -> Iterator[Parcel]:
    """Packages of a part shipment by their own rows; all others from the two parallel lists."""
    told: set[str | None] = set()
    for package in rows_of(row.partial_logistics_info_model, "partialLogisticsInfoModel", _PACKAGE):
        goods = rows_of(package.goods, "partialLogisticsInfoModel.goods", _SHIPPED)
        keys = (text(each.sku_uuid) or real_id(each.sku_id) for each in goods)
        number = text(package.waybill_id)
        told.add(number)
        yield Parcel(
            real_id(package.logic_id),
            None,
            number,
            when(package.shipment_time, "partialLogisticsInfoModel.shipmentTime"),
            tuple(key for key in keys if key is not None),
        )
    for carrier, number in waybills(row.waybill, text(row.logistics_id)):
        if number not in told:
            yield Parcel(carrier, None, number)


def waybills(numbers: Any, carriers: str | None) -> Iterator[tuple[str | None, str | None]]:
    """`W1,W2|X1` with `463|2087`: | between carriers, comma between waybills of one carrier (3.4)."""
    shown = numbers if isinstance(numbers, str) else ""
    names = (carriers or "").split("|")
    groups = shown.split("|")
    for place in range(max(len(names), len(groups))):
        carrier = names[place].strip() if place < len(names) else ""
        group = groups[place] if place < len(groups) else ""
        found = [number.strip() for number in group.split(",") if number.strip()]
        if not found and carrier:
            yield carrier, None
        for number in found:
            yield carrier or None, number


def not_pay_of(row: NotPay, raw: msgspec.Raw, reader: Reader) -> Order:
    order_id = real_id(row.order_id)
    if order_id is None:
        raise Misfit("orderId is missing")
    items = rows_of(row.item_list, "itemList", _NOT_PAY_ITEM)
    return Order(
        PLATFORM,
        order_id,
        storefront=STOREFRONT,
        shop_id=reader.shop(row.vender_id),
        status=OrderStatus.UNPAID,
        created_at=when(row.order_created, "orderCreated"),
        changed_at=when(row.modified, "modified"),
        lines=tuple(
            OrderLine(
                real_id(item.sku_id),
                real_id(item.sku_id),
                title=words(item.sku_name),
                quantity=count(item.num, "itemList.num"),
            )
            for item in items
        ),
        raw_status=text(row.status),
        raw=bytes(raw),
    )
