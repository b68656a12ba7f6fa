"""The fields of order.searchList and order.orderDetail that the model needs (wire page 3.3, 3.4)."""

from __future__ import annotations

import msgspec

from omnishop_douyin.shape import Id


class Spec(msgspec.Struct, gc=False):
    name: str | None = None
    value: str | None = None


class SubOrder(msgspec.Struct, gc=False):
    """One SKU of an order (商品单)."""

    order_id: Id | None = None
    pay_amount: int | None = None
    promotion_amount: int | None = None
    code: str | None = None
    logistics_receipt_time: int | None = None
    sku_id: Id | None = None
    spec: list[Spec] | None = None
    out_sku_id: Id | None = None
    origin_amount: int | None = None
    item_num: int | None = None
    sum_amount: int | None = None
    product_name: str | None = None
    post_amount: int | None = None


class Packed(msgspec.Struct, gc=False):
    sku_order_id: Id | None = None


class Package(msgspec.Struct, gc=False):
    tracking_no: Id | None = None
    company: str | None = None
    ship_time: int | None = None
    company_name: str | None = None
    product_info: list[Packed] | None = None


class ParentOrder(msgspec.Struct, gc=False):
    order_id: Id
    shop_id: Id | None = None
    order_status: int | None = None
    main_status: int | None = None
    pay_time: int | None = None
    finish_time: int | None = None
    create_time: int | None = None
    update_time: int | None = None
    seller_words: str | None = None
    pay_amount: int | None = None
    post_amount: int | None = None
    promotion_amount: int | None = None
    ship_time: int | None = None
    logistics_info: list[Package] | None = None
    sku_order_list: list[SubOrder] | None = None
    doudian_open_id: str | None = None
    mask_post_receiver: str | None = None


class OrderPage(msgspec.Struct, gc=False):
    total: int | None = None
    shop_order_list: list[msgspec.Raw] | None = None
