"""In which parcel a case came back: the waybill that stands in the case's own record."""

from __future__ import annotations

import msgspec

from omnishop.model import Case, Parcel

Word = str | int | None


class _Returned(msgspec.Struct, gc=False):
    """A refund: sid, company_name (A). An exchange: buyer_logistic_no, buyer_logistic_name (A)."""

    sid: Word = None
    company_name: str | None = None
    buyer_logistic_no: Word = None
    buyer_logistic_name: str | None = None
    tid: Word = None


_RETURNED = msgspec.json.Decoder(_Returned, strict=False)


def return_parcels(case: Case) -> tuple[Parcel, ...]:
    """Nothing for a record that does not tell, or cannot be read. A `sid` that is the trade's id is no waybill."""
    try:
        told = _RETURNED.decode(case.raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    number, carrier = told.buyer_logistic_no, told.buyer_logistic_name
    if not number:
        number, carrier = told.sid, told.company_name
    if not number or str(number) in {str(told.tid), case.order_id}:
        return ()
    return (Parcel(carrier=carrier or None, tracking_no=str(number)),)
