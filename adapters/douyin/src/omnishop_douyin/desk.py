"""What else is read for a case: waybill traces, refuse reasons, return addresses, and answers to writes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from attrs import evolve

from omnishop.model import Address, RefuseReason, Trace, TraceNode, WriteResult
from omnishop_douyin.shape import PLATFORM, STOREFRONT, Id, decoder, named, needed, said, written

# ---------------------------------------------------------------- traces (wire page 7)


class _Node(msgspec.Struct, gc=False):
    content: str | None = None
    timestamp: Id | None = None
    state: Id | None = None
    site_name: str | None = None


class _TrackInfo(msgspec.Struct, gc=False):
    track_no: Id | None = None
    express: str | None = None


class _Route(msgspec.Struct, gc=False):
    """The generated SDKs spell the list with two underscores, the older document with one."""

    route__node_list: list[_Node] | None = None
    route_node_list: list[_Node] | None = None
    track_info: _TrackInfo | None = None


read_route = decoder(_Route)


def trace(found: _Route, raw: bytes, shop_id: str | None) -> Trace:
    nodes = [
        TraceNode(
            written(node.timestamp, "timestamp"), said(node.content), said(node.site_name), named(node.state)
        )
        for node in found.route__node_list or found.route_node_list or ()
    ]
    times = [node.at for node in nodes if node.at is not None]
    if times and times[0] > times[-1]:
        nodes.reverse()
    info = found.track_info or _TrackInfo()
    return Trace(
        platform=PLATFORM,
        storefront=STOREFRONT,
        shop_id=shop_id,
        carrier_code=said(info.express),
        tracking_no=named(info.track_no),
        nodes=tuple(nodes),
        raw=raw,
    )


def asked(found: Trace, order_id: str | None, carrier: tuple[str | None, str | None], number: str) -> Trace:
    """What was asked stands where the answer is silent."""
    return evolve(
        found,
        order_id=order_id,
        carrier_code=found.carrier_code or carrier[0],
        carrier=found.carrier or carrier[1],
        tracking_no=found.tracking_no or number,
    )


# ---------------------------------------------------------------- refuse reasons (wire page 4.6)


class _Reject(msgspec.Struct, gc=False):
    reject_reason_code: Id
    reason: str | None = None
    evidence_description: str | None = None
    evidence_need: str | None = None


class Items(msgspec.Struct, gc=False):
    items: list[msgspec.Raw] | None = None


_read_reject = decoder(_Reject)
_NEEDS = {"Y": True, "N": False}


def refuse_reason(raw: msgspec.Raw) -> RefuseReason:
    found = _read_reject(raw)
    return RefuseReason(
        platform=PLATFORM,
        code=str(found.reject_reason_code),
        text=said(found.reason),
        hint=said(found.evidence_description),
        needs_evidence=_NEEDS.get(found.evidence_need or ""),
        raw=bytes(raw),
    )


# ---------------------------------------------------------------- return addresses (wire page 4.6)


class _Address(msgspec.Struct, gc=False):
    """The spellings are the platform's."""

    address_id: Id
    reciever_name: str | None = None
    is_default: int | None = None
    receiver_provinc: str | None = None
    receiver_city: str | None = None
    receiver_district: str | None = None
    receiver_street: str | None = None
    receiver_detail: str | None = None


class Addresses(msgspec.Struct, gc=False):
    total: int | None = None
    address_list: list[msgspec.Raw] | None = None


_read_address = decoder(_Address)


def address(raw: msgspec.Raw) -> Address:
    """No phone number comes with it."""
    found = _read_address(raw)
    parts = (
        found.receiver_provinc,
        found.receiver_city,
        found.receiver_district,
        found.receiver_street,
        found.receiver_detail,
    )
    return Address(
        platform=PLATFORM,
        address_id=needed(found.address_id, "address_id"),
        text="".join(part for part in parts if part) or None,
        contact=said(found.reciever_name),
        default_return=None if found.is_default is None else found.is_default == 1,
        raw=bytes(raw),
    )


# ---------------------------------------------------------------- answers to writes (wire page 3.6, 4.5, 4.6)


class _Operated(msgspec.Struct, gc=False):
    aftersale_id: Id | None = None
    status_code: int | None = None
    status_msg: str | None = None


class _Intercepted(msgspec.Struct, gc=False):
    tracking_no: Id | None = None
    is_success: bool | None = None
    unavailable_reason_code: int | None = None
    unavailable_reason: str | None = None


class _Packed(msgspec.Struct, gc=False):
    pack_id: Id | None = None


class _Channel(msgspec.Struct, gc=False):
    match_success: bool | None = None
    match_message: str | None = None
    match_conclusion: int | None = None


class _Listed(msgspec.Struct, gc=False):
    order_id: Id | None = None
    after_sale_id: Id | None = None
    msg: str | None = None


_read_operated, _read_intercepted = decoder(_Operated), decoder(_Intercepted)
_read_packed, _read_channel, _read_listed = decoder(_Packed), decoder(_Channel), decoder(_Listed)


def _operated(raw: msgspec.Raw) -> WriteResult:
    found = _read_operated(raw)
    ok = None if found.status_code is None else found.status_code == 0
    code = named(found.status_code)
    return _result("afterSale.operate", ok, found.aftersale_id, code, found.status_msg, raw)


def _intercepted(raw: msgspec.Raw) -> WriteResult:
    found = _read_intercepted(raw)
    code = named(found.unavailable_reason_code)
    method = "afterSale.applyLogisticsIntercept"
    return _result(method, found.is_success, found.tracking_no, code, found.unavailable_reason, raw)


def _single_pack(raw: msgspec.Raw) -> WriteResult:
    return _result("order.logisticsAddSinglePack", True, _read_packed(raw).pack_id, None, None, raw)


def _multi_pack(raw: msgspec.Raw) -> WriteResult:
    return _result("order.logisticsAddMultiPack", True, _read_packed(raw).pack_id, None, None, raw)


def _channel(raw: msgspec.Raw) -> WriteResult:
    found = _read_channel(raw)
    code = named(found.match_conclusion)
    return _result(
        "afterSale.OpenAfterSaleChannel", found.match_success, None, code, found.match_message, raw
    )


def _reported(raw: msgspec.Raw) -> WriteResult:
    """An empty msg is no promise: the row carries no status."""
    found = _read_listed(raw)
    record = named(found.after_sale_id) or named(found.order_id)
    return _result("order.ordeReportList", None, record, None, found.msg, raw)


def _result(
    method: str, ok: bool | None, record: Id | None, code: str | None, told: str | None, raw: msgspec.Raw
) -> WriteResult:
    return WriteResult(PLATFORM, method, ok, named(record), code, said(told), bytes(raw))


WRITES: dict[str, tuple[str, Callable[[msgspec.Raw], WriteResult]]] = {
    "afterSale.operate": ("items", _operated),
    "afterSale.applyLogisticsIntercept": ("intercept_results", _intercepted),
    "afterSale.OpenAfterSaleChannel": ("conclusion", _channel),
    "order.logisticsAddSinglePack": ("", _single_pack),
    "order.logisticsAddMultiPack": ("pack_list", _multi_pack),
    "order.ordeReportList": ("add_real_mobile_whites", _reported),
}
"""Where the rows of an answer lie and how one is read; every other write answers with nothing but success."""
