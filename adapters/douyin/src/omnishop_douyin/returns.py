"""In which parcel a case came back: the waybill that stands in the case's own record."""

from __future__ import annotations

import msgspec

from omnishop.model import Case, Parcel
from omnishop_douyin.shape import Id, named


class _Info(msgspec.Struct, gc=False):
    return_logistics_code: Id | None = None
    return_logistics_company_name: str | None = None


class _Way(msgspec.Struct, gc=False):
    tracking_no: Id | None = None
    company_code: str | None = None
    company_name: str | None = None


class _Ways(msgspec.Struct, gc=False):
    back: _Way | None = msgspec.field(default=None, name="return")


class _Process(msgspec.Struct, gc=False):
    logistics_info: _Ways | None = None


class _Returned(msgspec.Struct, gc=False):
    """A row of the list: aftersale_info.return_logistics_code (the number). The detail: process_info."""

    aftersale_info: _Info | None = None
    process_info: _Process | None = None


_RETURNED = msgspec.json.Decoder(_Returned, strict=False)


def return_parcels(case: Case) -> tuple[Parcel, ...]:
    """Nothing for a record that does not tell, or cannot be read."""
    try:
        told = _RETURNED.decode(case.raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    ways = told.process_info.logistics_info if told.process_info is not None else None
    if ways is not None and ways.back is not None and (number := named(ways.back.tracking_no)):
        return (Parcel(ways.back.company_code or None, ways.back.company_name or None, number),)
    info = told.aftersale_info
    if info is not None and (number := named(info.return_logistics_code)):
        return (Parcel(carrier=info.return_logistics_company_name or None, tracking_no=number),)
    return ()
