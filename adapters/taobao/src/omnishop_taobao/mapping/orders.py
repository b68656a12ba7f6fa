"""Trades as orders."""

from __future__ import annotations

import msgspec

from omnishop.model import Fen, Order, OrderAmounts, OrderLine, OrderStatus, Parcel
from omnishop_taobao import tables
from omnishop_taobao.mapping.common import PLATFORM, Misfit, Owner, moment, money, words
from omnishop_taobao.wire import orders as wire
from omnishop_taobao.wire.reading import ident


def order(raw: msgspec.Raw | bytes, owner: Owner) -> Order:
    """ValueError for a record that does not fit."""
    t = wire.TRADE.read(raw)
    order_id = ident(t.tid) or ident(t.tid_str)
    if order_id is None:
        raise Misfit("tid is missing")
    lines = wire_lines(t)
    paid = t.status not in tables.NOT_PAID
    status = tables.ORDER_STATUS.get(t.status or "", OrderStatus.UNKNOWN)
    return Order(
        platform=PLATFORM,
        order_id=order_id,
        storefront=owner.storefront or _storefront(lines),
        shop_id=owner.shop_id,
        status=status,
        amounts=OrderAmounts(
            total=money(t.total_fee, "total_fee"),
            paid=money(t.payment, "payment") if paid else None,
            freight=money(t.post_fee, "post_fee"),
            discount=_discount(t, lines),
        ),
        created_at=moment(t.created, "created"),
        paid_at=moment(t.pay_time, "pay_time"),
        shipped_at=moment(t.consign_time, "consign_time"),
        finished_at=moment(t.end_time, "end_time") if status is OrderStatus.FINISHED else None,
        changed_at=moment(t.modified, "modified"),
        lines=tuple(_line(line, t, single=len(lines) == 1, paid=paid) for line in lines),
        parcels=_parcels(lines),
        buyer=owner.buyer(t.buyer_open_uid, t.buyer_nick),
        remark=words(t.seller_memo),
        raw_status=words(t.status),
        raw=bytes(raw),
    )


def wire_lines(t: wire.Trade) -> list[wire.Line]:
    if isinstance(t.orders, dict):
        return [line for wrapped in t.orders.values() for line in wrapped]
    return t.orders or []


def _line(line: wire.Line, t: wire.Trade, *, single: bool, paid: bool) -> OrderLine:
    return OrderLine(
        line_id=ident(line.oid),
        sku_id=ident(line.sku_id),
        outer_sku_id=words(line.outer_sku_id),
        title=words(line.title),
        spec=words(line.sku_properties_name),
        quantity=line.num,
        price=money(line.price, "orders.price"),
        paid=_paid(line, t, single=single) if paid else None,
    )


def _paid(line: wire.Line, t: wire.Trade, *, single: bool) -> Fen | None:
    """`divide_order_fee`; without it the payment less what it holds too much of (§3.3)."""
    shared = money(line.divide_order_fee, "orders.divide_order_fee")
    if shared is not None:
        return shared
    payment = money(line.payment, "orders.payment")
    other = (
        money(t.post_fee, "post_fee") if single else money(line.part_mjz_discount, "orders.part_mjz_discount")
    )
    return None if payment is None or other is None else Fen(payment - other)


def _discount(t: wire.Trade, lines: list[wire.Line]) -> Fen | None:
    """Of the trade and of all its lines; None when one of them is not told."""
    parts = [
        money(t.discount_fee, "discount_fee"),
        *(money(line.discount_fee, "orders.discount_fee") for line in lines),
    ]
    if not lines or any(part is None for part in parts):
        return None
    return Fen(sum(part for part in parts if part is not None))


def _parcels(lines: list[wire.Line]) -> tuple[Parcel, ...]:
    """Lines with the same carrier and waybill went together."""
    together: dict[tuple[str | None, str], list[wire.Line]] = {}
    for line in lines:
        if line.invoice_no:
            together.setdefault((words(line.logistics_company), line.invoice_no), []).append(line)
    return tuple(
        Parcel(
            carrier=carrier,
            tracking_no=waybill,
            shipped_at=moment(members[0].consign_time, "orders.consign_time"),
            line_ids=tuple(oid for line in members if (oid := ident(line.oid))),
        )
        for (carrier, waybill), members in together.items()
    )


def _storefront(lines: list[wire.Line]) -> str | None:
    return tables.STOREFRONT_OF_SELLER.get(lines[0].seller_type or "") if lines else None
