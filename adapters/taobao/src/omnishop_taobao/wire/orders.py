"""Trades (主订单) and their orders (子订单) as the wire has them."""

from __future__ import annotations

import msgspec

from omnishop_taobao.wire.reading import Reader


class Line(msgspec.Struct):
    oid: int | str | None = None
    sku_id: int | str | None = None
    outer_sku_id: str | None = None
    title: str | None = None
    sku_properties_name: str | None = None
    num: int | None = None
    price: str | int | None = None
    payment: str | int | None = None
    discount_fee: str | int | None = None
    part_mjz_discount: str | int | None = None
    divide_order_fee: str | int | None = None
    consign_time: str | None = None
    logistics_company: str | None = None
    invoice_no: str | None = None
    seller_type: str | None = None


class Trade(msgspec.Struct):
    tid: int | str | None = None
    tid_str: str | None = None
    status: str | None = None
    total_fee: str | int | None = None
    payment: str | int | None = None
    post_fee: str | int | None = None
    discount_fee: str | int | None = None
    created: str | None = None
    modified: str | None = None
    pay_time: str | None = None
    consign_time: str | None = None
    end_time: str | None = None
    buyer_nick: str | None = None
    buyer_open_uid: str | None = None
    seller_memo: str | None = None
    orders: dict[str, list[Line]] | list[Line] | None = None


class TradeBox(msgspec.Struct):
    trade: msgspec.Raw = msgspec.Raw(b"")


TRADE = Reader(Trade)
TRADE_BOX = Reader(TradeBox)
