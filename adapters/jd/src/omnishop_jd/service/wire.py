"""Service orders on the wire: one struct for the rows of all lists and details, whose names differ by method."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop_jd.wire import Id

NO_RAW = msgspec.Raw()


class Service(msgspec.Struct, rename="camel"):
    """ServiceBrief, sync item, WaitAuditApply, ReceiveBrief, ServiceBill, TempComplete … (4.4)."""

    service_id: Id = None
    afs_service_id: Id = None
    service_id_list: msgspec.Raw = NO_RAW
    afs_service_list: msgspec.Raw = NO_RAW
    order_id: Id = None
    customer_expect: Id = None
    service_status: Id = None
    afs_service_status: Id = None
    apply_time: Id = None
    afs_apply_time: Id = None
    update_time: Id = None
    update_date: Id = None
    freight_update_date: Id = None
    audit_overtime: Id = None
    sys_version: Id = None
    express_code: Id = None
    sku_id: Id = None
    ware_id: Id = None
    sku_uuid: Id = None
    ware_name: Any = None
    service_count: Id = None
    ware_num: Id = None
    question_type_cid1: Id = None
    question_type_cid2: Id = None
    question_type_cid1_name: Any = None
    question_type_cid2_name: Any = None
    question_desc: Any = None
    ext_json_str: Any = None
    refund_amt: msgspec.Raw = NO_RAW
    service_bill_detail_list: msgspec.Raw = NO_RAW
    apply_detail_list: msgspec.Raw = NO_RAW


class Brief(msgspec.Struct, rename="camel"):
    """What query.list and sync.list tell, in the order of the wire: whole pulls go through these two."""

    service_id: Id = None
    apply_time: Id = None
    customer_expect: Id = None
    service_status: Id = None
    order_id: Id = None
    sku_id: Id = None
    ware_name: str | None = None
    sku_uuid: Id = None
    service_count: Id = None
    question_type_cid1: Id = None
    question_type_cid1_name: str | None = None
    question_type_cid2: Id = None
    question_type_cid2_name: str | None = None
    update_time: Id = None
    update_date: Id = None
    sys_version: Id = None
    express_code: Id = None
    freight_update_date: Id = None


class Detail(msgspec.Struct, rename="camel"):
    """A row of serviceBillDetailList or applyDetailList."""

    sku_id: Id = None
    sku_uuid: Id = None
    ware_name: Any = None
    ware_type: Id = None
    ware_num: Id = None


class Bill(msgspec.Struct, rename="camel"):
    service_id: Id = None
    order_id: Id = None
    apply_reason: Any = None


class RefundRow(msgspec.Struct, rename="camel"):
    """serviceAndRefund.view; `refoundAmount` is the platform's spelling."""

    same_order_service_bill: Bill | None = None
    afs_refund_id: Id = None
    refound_amount: msgspec.Raw = NO_RAW
    complete_time: Id = None
    status: Id = None


class ActualRefund(msgspec.Struct, rename="camel"):
    actual_refund_amount: msgspec.Raw = NO_RAW


class EstimateRefund(msgspec.Struct, rename="camel"):
    max_refund_amount: msgspec.Raw = NO_RAW


class ShopRefund(msgspec.Struct, rename="camel"):
    """b2c.shop.aftersales.refund.get: the actual detail after the refund, else the estimate; never both."""

    order_id: Id = None
    afs_actual_refund_detail: ActualRefund | None = None
    afs_estimate_refund_detail: EstimateRefund | None = None


class FreightLog(msgspec.Struct, rename="camel"):
    create_date: Id = None


class Freight(msgspec.Struct, rename="camel"):
    """freight.view and afsservice.freightmessage.get: the waybill of what is sent back."""

    service_id: Id = None
    afs_service_id: Id = None
    express_code: Id = None
    express_company: Any = None
    ship_way_id: Id = None
    freight_log_list: msgspec.Raw = NO_RAW


class LogRow(msgspec.Struct, rename="camel"):
    """log.list, msg.list, track.list and unsolved.message.list: what was done and said, four sets of names."""

    service_id: Id = None
    afs_log_id: Id = None
    message_id: Id = None
    operate_type_name: Any = None
    operate_remark: Any = None
    operate_date: Id = None
    track_create_date: Id = None
    track_context: Any = None
    create_date: Id = None
    context: Any = None
    title: Any = None
    message_type_name: Any = None


class ReasonRow(msgspec.Struct, rename="camel"):
    code: Id = None
    parent_code: Id = None
    name: Any = None


BRIEF = msgspec.json.Decoder(Brief)
SERVICE = msgspec.json.Decoder(Service)
DETAIL = msgspec.json.Decoder(Detail)
REFUND = msgspec.json.Decoder(RefundRow)
SHOP_REFUND = msgspec.json.Decoder(ShopRefund)
FREIGHT = msgspec.json.Decoder(Freight)
FREIGHT_LOG = msgspec.json.Decoder(FreightLog)
LOG = msgspec.json.Decoder(LogRow)
REASON = msgspec.json.Decoder(ReasonRow)
