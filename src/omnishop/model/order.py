"""An order (交易 / 主订单) with its lines (子订单) and parcels (包裹)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from omnishop.model.money import Fen


class OrderStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FINISHED = "finished"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@frozen
class OrderAmounts:
    """Fen. `total` goods before discounts, `paid` by the buyer with freight; None when not told."""

    total: Fen | None = None
    paid: Fen | None = None
    freight: Fen | None = None
    discount: Fen | None = None


@frozen
class OrderLine:
    """`price` is for one piece, `paid` what the buyer paid for the whole line after all discounts; fen."""

    line_id: str | None = None
    sku_id: str | None = None
    outer_sku_id: str | None = None
    title: str | None = None
    spec: str | None = None
    quantity: int | None = None
    price: Fen | None = None
    paid: Fen | None = None


@frozen
class Parcel:
    carrier_code: str | None = None
    carrier: str | None = None
    tracking_no: str | None = None
    shipped_at: datetime | None = None
    line_ids: tuple[str, ...] = ()


@frozen
class Buyer:
    """`key` is a keyed hash (see `buyer_key`), `masked` the platform's masked nick; never a clear name."""

    key: str | None = None
    masked: str | None = field(default=None, repr=False)


@frozen
class Order:
    """Known by (platform, shop_id, source, order_id). None means: the wire does not say."""

    platform: str
    order_id: str
    source: str = "order"
    storefront: str | None = None
    shop_id: str | None = None
    status: OrderStatus = OrderStatus.UNKNOWN
    amounts: OrderAmounts = OrderAmounts()
    created_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    finished_at: datetime | None = None
    changed_at: datetime | None = None
    lines: tuple[OrderLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    buyer: Buyer | None = None
    remark: str | None = None
    raw_status: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)
