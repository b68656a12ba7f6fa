"""Refunds, special refunds, disputes and exchanges as the wire has them."""

from __future__ import annotations

import msgspec

from omnishop_taobao.wire.reading import Reader


class Remind(msgspec.Struct, gc=False):
    """`refund_remind_timeout`: the deadline of the side on turn."""

    exist_timeout: bool | None = None
    timeout: str | None = None


class Refund(msgspec.Struct, gc=False):
    """taobao.refund.get, the list rows, the special pair, and rows of tmall.dispute.receive.get."""

    refund_id: int | str | None = None
    tid: int | str | None = None
    biz_order_id: int | str | None = None
    oid: int | str | None = None
    status: int | str | None = None
    order_status: str | None = None
    good_status: str | None = None
    has_good_return: bool | None = None
    dispute_type: str | None = None
    dispute_request: int | str | None = None
    special_refund_type: str | None = None
    refund_fee: str | int | None = None
    refund_version: int | str | None = None
    cs_status: int | None = None
    reason: str | None = None
    desc: str | None = None
    title: str | None = None
    sku: str | None = None
    attribute: str | None = None
    created: str | None = None
    modified: str | None = None
    end_time: str | None = None
    time_out: str | None = None
    refund_remind_timeout: Remind | None = None


class Exchange(msgspec.Struct, gc=False):
    """tmall.exchange.get and the rows of tmall.exchange.receive.get."""

    dispute_id: int | str | None = None
    biz_order_id: int | str | None = None
    status: int | str | None = None
    cs_status: int | None = None
    refund_version: int | str | None = None
    good_status: str | None = None
    reason: str | None = None
    desc: str | None = None
    title: str | None = None
    created: str | None = None
    modified: str | None = None
    time_out: str | None = None


class RefundBox(msgspec.Struct):
    refund: msgspec.Raw = msgspec.Raw(b"")


class ExchangeResult(msgspec.Struct):
    exchange: msgspec.Raw = msgspec.Raw(b"")


class ExchangeBox(msgspec.Struct):
    result: ExchangeResult | None = None


REFUND = Reader(Refund)
EXCHANGE = Reader(Exchange)
REFUND_BOX = Reader(RefundBox)
EXCHANGE_BOX = Reader(ExchangeBox)
