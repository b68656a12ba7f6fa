"""Fresh readings for writes: the record, and the marks that read-backs compare beside stage and money."""

from __future__ import annotations

import hashlib

import msgspec
from attrs import frozen

from omnishop.acts import Look, Subject
from omnishop.errors import NotFound, Rejected, Transient, WireError
from omnishop.flow import Call, Flow
from omnishop.model import Case, Order, RefuseReason
from omnishop.ports import Account
from omnishop_douyin import reading
from omnishop_douyin.operations import the_one
from omnishop_douyin.shape import Id, decoder, named, opened

_DIGEST = 12


class _Parcel(msgspec.Struct, gc=False):
    tracking_no: Id | None = None


class _Logistics(msgspec.Struct, gc=False):
    back: _Parcel | None = msgspec.field(default=None, name="return")
    exchange: _Parcel | None = None
    resend: _Parcel | None = None


class _Info(msgspec.Struct, gc=False):
    agree_refuse_sign: int | None = None


class _Given(msgspec.Struct, gc=False):
    describe: str | None = None


class _Arbitration(msgspec.Struct, gc=False):
    arbitrate_evidence: _Given | None = None


class _Remark(msgspec.Struct, gc=False):
    remark: str | None = None


class _Process(msgspec.Struct, gc=False):
    after_sale_info: _Info | None = None
    logistics_info: _Logistics | None = None
    arbitrate_info: _Arbitration | None = None
    after_sale_shop_remarks: list[_Remark] | None = None


class _Detail(msgspec.Struct, gc=False):
    process_info: _Process | None = None


_read_detail = decoder(_Detail)


class _Pending(msgspec.Struct, gc=False):
    after_sale_status: int | None = None
    after_sale_type: int | None = None


class _Sub(msgspec.Struct, gc=False):
    order_id: Id | None = None
    after_sale_info: _Pending | None = None


class _Parent(msgspec.Struct, gc=False):
    sku_order_list: list[_Sub] | None = None


_read_parent = decoder(_Parent)
_APPLIED, _UNSHIPPED = 6, 2


@frozen
class Around:
    """What a send needs beside the record: reasons the platform takes, the order a case belongs to.

    `reasons` None: they could not be read.
    """

    reasons: tuple[RefuseReason, ...] | None = ()
    order: Order | None = None


def digest(text: str) -> str:
    """Short and one way: a remark may hold what a buyer told."""
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:_DIGEST]


def lines_digested(text: str | None) -> str:
    """One digest a line, so that what was appended can be told from what stood before."""
    return " ".join(digest(line) for line in (text or "").splitlines() if line.strip())


def case(account: Account, subject: Subject) -> Flow[Look]:
    return Look(*(yield from _case(account, subject.id)))


def _case(account: Account, case_id: str) -> Flow[tuple[Case, dict[str, str]]]:
    method = "afterSale.Detail"
    payload = yield Call(method, {"after_sale_id": case_id})
    return the_one(reading.decode(method, payload, account), method, Case), case_marks(payload)


def case_marks(payload: msgspec.Raw) -> dict[str, str]:
    """`waybill` of the return, `sent` of the replacement, digests of `remarks` and `evidence`, `sign` 拒签."""
    process = opened(payload, _read_detail, "afterSale.Detail").process_info or _Process()
    ways = process.logistics_info or _Logistics()
    given = process.arbitrate_info.arbitrate_evidence if process.arbitrate_info else None
    info = process.after_sale_info or _Info()
    remarks = [row.remark for row in process.after_sale_shop_remarks or () if row.remark]
    marks = {
        "waybill": _number(ways.back),
        "sent": _number(ways.exchange) or _number(ways.resend),
        "remarks": " ".join(sorted(digest(text) for text in remarks)),
        "evidence": digest(given.describe) if given is not None and given.describe else "",
        "sign": named(info.agree_refuse_sign),
    }
    return {name: value for name, value in marks.items() if value}


def _number(parcel: _Parcel | None) -> str | None:
    return named(parcel.tracking_no) if parcel is not None else None


def case_with_reasons(account: Account, subject: Subject) -> Flow[Look]:
    """With the reasons that fit the case; none for unshipped, finished, audited or overdue ones (4.6)."""
    found, marks = yield from _case(account, subject.id)
    return Look(found, marks, Around(reasons=(yield from _reasons(account, found.case_id))))


def case_with_any_reason(account: Account, subject: Subject) -> Flow[Look]:
    """As above; the whole table where a case that was audited before has none of its own."""
    found, marks = yield from _case(account, subject.id)
    reasons = yield from _reasons(account, found.case_id)
    if reasons == ():
        reasons = yield from _reasons(account, None)
    return Look(found, marks, Around(reasons=reasons))


def _reasons(account: Account, case_id: str | None) -> Flow[tuple[RefuseReason, ...] | None]:
    """A decided case has none, and its reading must not fail for that: None where there is no list to be had."""
    method = "afterSale.rejectReasonCodeList"
    given = {"aftersale_id": int(case_id)} if case_id is not None and case_id.isdigit() else {}
    try:
        payload = yield Call(method, given)
        found = reading.decode(method, payload, account)
    except (Rejected, NotFound):
        return ()
    except (Transient, WireError):
        return None
    return tuple(row for row in found if isinstance(row, RefuseReason))


def order(account: Account, subject: Subject) -> Flow[Look]:
    found = yield from _order(account, subject.id)
    return Look(found, order_marks(found))


def case_with_order(account: Account, subject: Subject) -> Flow[Look]:
    """A case and the order that it is about, as shipping against a refund needs both."""
    found, marks = yield from _case(account, subject.id)
    if found.order_id is None:
        return Look(found, marks)
    whole = yield from _order(account, found.order_id)
    return Look(found, {**marks, **order_marks(whole)}, Around(order=whole))


def _order(account: Account, order_id: str) -> Flow[Order]:
    method = "order.orderDetail"
    payload = yield Call(method, {"shop_order_id": order_id.rstrip("A")})
    return the_one(reading.decode(method, payload, account), method, Order)


def order_marks(found: Order) -> dict[str, str]:
    """`memo` digests of the remark, `waybills` of all parcels, `pending` lines whose buyer wants out (发货前退款)."""
    subs = opened(msgspec.Raw(found.raw), _read_parent, "order.orderDetail").sku_order_list or []
    pending = [
        named(sub.order_id) or "?"
        for sub in subs
        if sub.after_sale_info is not None
        and sub.after_sale_info.after_sale_status == _APPLIED
        and sub.after_sale_info.after_sale_type == _UNSHIPPED
    ]
    marks = {
        "memo": lines_digested(found.remark),
        "waybills": " ".join(sorted(parcel.tracking_no for parcel in found.parcels if parcel.tracking_no)),
        "pending": " ".join(pending),
    }
    return {name: value for name, value in marks.items() if value}
