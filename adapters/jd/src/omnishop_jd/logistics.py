"""Waybill traces, return addresses and shops on the wire, and -> the model."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop.model import Address, Trace, TraceNode
from omnishop_jd.errors import PLATFORM
from omnishop_jd.wire import STOREFRONT, Id, Misfit, Reader, listed, read, real_id, text, when, words

JD_CARRIER = "2087"
"""京东快递 (B): the only carrier whose waybills ldop traces."""


class Scan(msgspec.Struct, rename="camel"):
    ope_title: Any = None
    ope_remark: Any = None
    ope_name: Any = None
    ope_time: Id = None
    waybill_code: Id = None


class ReturnAddress(msgspec.Struct):
    id: Id = None
    contact: Any = None
    phone: Id = None
    full_address: Any = None
    address_type: Id = None


class Vender(msgspec.Struct):
    vender_id: Id = None
    shop_name: Any = None


_SCAN = msgspec.json.Decoder(Scan)
ADDRESS = msgspec.json.Decoder(ReturnAddress)
VENDER = msgspec.json.Decoder(Vender)


def trace_of(rows: msgspec.Raw | None, reader: Reader, *, order_id: str | None = None) -> Trace | None:
    """All scans of one waybill, oldest first, repeats dropped (7). None when nothing is told."""
    scans = [read(_SCAN, row) for row in listed(rows, "data")]
    if not scans:
        return None
    nodes = [
        TraceNode(
            when(
                scan.ope_time.replace("/", "-") if isinstance(scan.ope_time, str) else scan.ope_time,
                "opeTime",
            ),
            words(scan.ope_remark),
            None,
            words(scan.ope_title),
        )
        for scan in scans
    ]
    known = [node for node in dict.fromkeys(nodes) if node.at is not None]
    nowhen = [node for node in dict.fromkeys(nodes) if node.at is None]
    number = next((real_id(scan.waybill_code) for scan in scans if real_id(scan.waybill_code)), None)
    return Trace(
        PLATFORM,
        STOREFRONT,
        reader.shop_id,
        order_id,
        JD_CARRIER,
        None,
        number,
        (*nowhen, *sorted(known, key=lambda node: (node.at is not None, node.at))),
        raw=bytes(rows) if rows is not None else b"",
    )


def address_of(row: ReturnAddress, raw: msgspec.Raw, reader: Reader) -> Address:
    """Which one is the default is not on this wire."""
    address_id = real_id(row.id)
    if address_id is None:
        raise Misfit("id is missing")
    return Address(
        PLATFORM, address_id, words(row.full_address), words(row.contact), text(row.phone), None, bytes(raw)
    )
