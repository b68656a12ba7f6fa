"""In which parcel a case came back: the waybill that stands in a row of the service lists."""

from __future__ import annotations

import msgspec

from omnishop.model import Case, Parcel
from omnishop_jd.wire import Id


class _Returned(msgspec.Struct, rename="camel", gc=False):
    """`expressCode` of sync.list (A); the detail has it under freight.view alone, which names the carrier too."""

    express_code: Id = None
    express_company: str | None = None


_RETURNED = msgspec.json.Decoder(_Returned, strict=False)


def return_parcels(case: Case) -> tuple[Parcel, ...]:
    """Nothing for a record that does not tell, or cannot be read."""
    try:
        told = _RETURNED.decode(case.raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    if not told.express_code:
        return ()
    return (Parcel(carrier=told.express_company or None, tracking_no=str(told.express_code)),)
