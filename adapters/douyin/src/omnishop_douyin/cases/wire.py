"""The fields of afterSale.List and afterSale.Detail that the model needs, in the order the wire sends them.

Source: wire page 4.1 and 4.2. Ids are text in the list and integers in the detail; any object may be null.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from omnishop_douyin.shape import Id

Second = Annotated[datetime, msgspec.Meta(tz=True)]
"""Unix seconds, made a time by the parser; 0, this wire's "none", comes out as 1970."""


class Info(msgspec.Struct, gc=False):
    """`aftersale_info` of a list item."""

    aftersale_id: Id
    aftersale_type: int | None = None
    aftersale_status: int | None = None
    apply_time: Second | None = None
    update_time: int | None = None
    status_deadline: Second | None = None
    refund_amount: int | None = None
    refund_post_amount: int | None = None
    refund_type: int | None = None
    arbitrate_status: int | None = None
    refund_status: int | None = None
    aftersale_sub_type: int | None = None
    aftersale_status_to_final_time: Second | None = None
    auto_audit_bits: list[int] | None = None


class ListLine(msgspec.Struct, gc=False):
    sku_order_id: Id | None = None
    product_name: str | None = None
    aftersale_item_num: int | None = None


class ListOrder(msgspec.Struct, gc=False):
    shop_order_id: Id | None = None
    related_order_info: list[ListLine] | None = None


class Texts(msgspec.Struct, gc=False):
    reason_text: str | None = None


class Item(msgspec.Struct, gc=False):
    aftersale_info: Info
    order_info: ListOrder | None = None
    text_part: Texts | None = None


class ListPage(msgspec.Struct, gc=False):
    items: list[msgspec.Raw] | None = None
    has_more: bool | None = None
    total: int | None = None


class TypedPage(msgspec.Struct, gc=False):
    """The same page with its records read at once."""

    items: list[Item] | None = None


class DetailInfo(msgspec.Struct, gc=False):
    """`process_info.after_sale_info` of the detail."""

    after_sale_id: Id
    after_sale_status: int | None = None
    refund_status: int | None = None
    refund_total_amount: int | None = None
    refund_post_amount: int | None = None
    apply_time: int | None = None
    update_time: int | None = None
    reason: str | None = None
    reason_code: int | None = None
    after_sale_type: int | None = None
    reason_remark: str | None = None
    real_refund_amount: int | None = None
    status_deadline: int | None = None
    after_sale_sub_type: int | None = None
    aftersale_status_to_final_time: int | None = None
    auto_audit_bits: list[int] | None = None


class EvidenceTemplate(msgspec.Struct, gc=False):
    dead_line: Id | None = None


class Arbitration(msgspec.Struct, gc=False):
    arbitrate_status: int | None = None
    arbitrate_status_deadline: Id | None = None
    arbitrate_conclusion: int | None = None
    arbitrate_evidence_tmpl: EvidenceTemplate | None = None


class Evidence(msgspec.Struct, gc=False):
    type: int | None = None
    urls: list[str] | None = None


class Log(msgspec.Struct, gc=False):
    """One line of the negotiation (协商历史)."""

    time: Id | None = None
    text: str | None = None
    images: list[str] | None = None
    action: str | None = None
    role: int | None = None
    all_evidence: list[Evidence] | None = None


class Process(msgspec.Struct, gc=False):
    after_sale_info: DetailInfo
    arbitrate_info: Arbitration | None = None
    record_logs_list: list[msgspec.Raw] | None = None


class DetailLine(msgspec.Struct, gc=False):
    sku_order_id: Id | None = None
    product_name: str | None = None
    sku_id: Id | None = None
    after_sale_item_count: int | None = None


class DetailOrder(msgspec.Struct, gc=False):
    shop_order_id: Id | None = None
    sku_order_infos: list[DetailLine] | None = None


class Detail(msgspec.Struct, gc=False):
    process_info: Process
    order_info: DetailOrder | None = None
