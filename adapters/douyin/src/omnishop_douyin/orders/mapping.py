"""Codes of orders, and wire to `model.Order`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from omnishop.model import Buyer, Fen, Order, OrderAmounts, OrderLine, OrderStatus, Parcel, buyer_key
from omnishop.ports import Account
from omnishop_douyin.cases.tables import Row
from omnishop_douyin.orders import wire
from omnishop_douyin.shape import (
    PLATFORM,
    STOREFRONT,
    Misfit,
    decoder,
    fen,
    moment,
    named,
    order_name,
    said,
    shop_name,
)

SOURCE = "order"
IDS = ("order_id",)

STATUS_ROWS: tuple[Row[OrderStatus], ...] = (
    Row(1, "待支付", OrderStatus.UNPAID, "3.5 A"),
    Row(105, "已支付", OrderStatus.PAID, "3.5 A; held for a risk review: C"),
    Row(2, "备货中", OrderStatus.PAID, "3.5 A"),
    Row(101, "部分发货", OrderStatus.PART_SHIPPED, "3.5 A"),
    Row(3, "已发货", OrderStatus.SHIPPED, "3.5 A"),
    Row(4, "已取消", OrderStatus.CLOSED, "3.5 A: also refunded ones, see main_status"),
    Row(5, "已完成", OrderStatus.FINISHED, "3.5 A"),
)
MAIN_STATUS_ROWS: tuple[Row[OrderStatus], ...] = (
    *STATUS_ROWS,
    Row(103, "部分支付", OrderStatus.UNKNOWN, "3.5 A: between unpaid and paid"),
    Row(21, "发货前退款完结", OrderStatus.CLOSED, "3.5 A: order_status is 4 then"),
    Row(22, "发货后退款完结", OrderStatus.CLOSED, "3.5 A: order_status is 4 then"),
    Row(39, "收货后退款完结", OrderStatus.CLOSED, "3.5 A: order_status is 4 then"),
)
STATUS = {row.code: row.means for row in STATUS_ROWS}
MAIN_STATUS = {row.code: row.means for row in MAIN_STATUS_ROWS}

_PAID = frozenset({OrderStatus.PAID, OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED, OrderStatus.FINISHED})
_read = decoder(wire.ParentOrder)


def reader(account: Account | None) -> Callable[[msgspec.Raw], Order]:
    def read(raw: msgspec.Raw) -> Order:
        return from_wire(_read(raw), bytes(raw), account)

    return read


def from_wire(found: wire.ParentOrder, raw: bytes, account: Account | None) -> Order:
    order_id = order_name(found.order_id)
    if order_id is None:
        raise Misfit("order_id")
    status = status_of(found.order_status, found.main_status)
    subs = found.sku_order_list or []
    paid = _was_paid(found.pay_time, status)
    return Order(
        platform=PLATFORM,
        order_id=order_id,
        source=SOURCE,
        storefront=STOREFRONT,
        shop_id=shop_name(found.shop_id, account.shop_id if account else None),
        status=status,
        amounts=OrderAmounts(
            total=_goods(subs),
            paid=fen(found.pay_amount, "pay_amount") if paid else None,
            freight=fen(found.post_amount, "post_amount"),
            discount=fen(found.promotion_amount, "promotion_amount"),
        ),
        created_at=moment(found.create_time, "create_time"),
        paid_at=moment(found.pay_time, "pay_time"),
        shipped_at=moment(found.ship_time, "ship_time"),
        delivered_at=_delivered(subs),
        finished_at=moment(found.finish_time, "finish_time"),
        changed_at=moment(found.update_time, "update_time"),
        lines=tuple(_line(sub, paid) for sub in subs),
        parcels=tuple(_parcel(package) for package in found.logistics_info or ()),
        buyer=_buyer(found, account),
        remark=said(found.seller_words),
        raw_status="/".join(str(code) for code in (found.order_status, found.main_status) if code is not None)
        or None,
        raw=raw,
    )


def status_of(status: int | None, main: int | None) -> OrderStatus:
    if status is not None:
        return STATUS.get(status, OrderStatus.UNKNOWN)
    return MAIN_STATUS.get(main, OrderStatus.UNKNOWN) if main is not None else OrderStatus.UNKNOWN


def _was_paid(pay_time: int | None, status: OrderStatus) -> bool:
    """pay_amount of an order that nobody has paid is what it would cost."""
    return bool(pay_time) if pay_time is not None else status in _PAID


def _goods(subs: list[wire.SubOrder]) -> Fen | None:
    """order_amount holds the freight; the goods before discounts are unit price by number of each line."""
    sums = [sub.sum_amount for sub in subs]
    told = [amount for amount in sums if amount is not None]
    return fen(sum(told), "sku_order_list[].sum_amount") if sums and len(told) == len(sums) else None


def _delivered(subs: list[wire.SubOrder]) -> datetime | None:
    """When the last line was signed for; None while one has not been."""
    times = [sub.logistics_receipt_time or 0 for sub in subs]
    field = "sku_order_list[].logistics_receipt_time"
    return moment(max(times), field) if times and all(times) else None


def _line(sub: wire.SubOrder, paid: bool) -> OrderLine:
    return OrderLine(
        line_id=named(sub.order_id),
        sku_id=named(sub.sku_id),
        outer_sku_id=named(sub.out_sku_id) or said(sub.code),
        title=said(sub.product_name),
        spec=";".join(f"{spec.name or ''}:{spec.value or ''}" for spec in sub.spec or ()) or None,
        quantity=sub.item_num,
        price=fen(sub.origin_amount, "sku_order_list[].origin_amount"),
        paid=_without_freight(sub) if paid else None,
    )


def _without_freight(sub: wire.SubOrder) -> Fen | None:
    """pay_amount of a sub order holds its share of the freight."""
    if sub.pay_amount is None:
        return None
    freight = fen(sub.post_amount, "sku_order_list[].post_amount") or 0
    return fen(sub.pay_amount - freight, "sku_order_list[].pay_amount")


def _parcel(package: wire.Package) -> Parcel:
    lines = [named(packed.sku_order_id) for packed in package.product_info or ()]
    return Parcel(
        carrier_code=said(package.company),
        carrier=said(package.company_name),
        tracking_no=named(package.tracking_no),
        shipped_at=moment(package.ship_time, "logistics_info[].ship_time"),
        line_ids=tuple(line for line in lines if line is not None),
    )


def _buyer(found: wire.ParentOrder, account: Account | None) -> Buyer | None:
    """The receiver's name as the platform masks it; nicks come in clear and stay out."""
    key = None
    if account is not None and account.buyer_secret and found.doudian_open_id:
        key = buyer_key(account.buyer_secret, PLATFORM, account.app.app_key, found.doudian_open_id)
    masked = said(found.mask_post_receiver)
    return None if key is None and masked is None else Buyer(key, masked)
