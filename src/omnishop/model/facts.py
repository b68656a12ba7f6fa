"""What else a wire carries: waybill traces, refund facts, reasons, events, answers to writes, and the rest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from omnishop.model.money import Fen


@frozen
class TraceNode:
    """One scan of a parcel. `state` is the platform's own code, `at` when the carrier scanned it."""

    at: datetime | None = None
    text: str | None = None
    place: str | None = None
    state: str | None = None


@frozen
class Trace:
    """The way of one parcel (物流轨迹), oldest node first. No nodes: nothing was told, not "never picked up"."""

    platform: str
    storefront: str | None = None
    shop_id: str | None = None
    order_id: str | None = None
    carrier_code: str | None = None
    carrier: str | None = None
    tracking_no: str | None = None
    nodes: tuple[TraceNode, ...] = ()
    raw: bytes = field(default=b"", eq=False, repr=False)


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


@frozen
class RefundFact:
    """Proof about money of one case, where the platform keeps it apart from the case. Fen."""

    platform: str
    source: str
    case_id: str | None
    storefront: str | None = None
    shop_id: str | None = None
    order_id: str | None = None
    refund_id: str | None = None
    amount: Fen | None = None
    status: RefundStatus = RefundStatus.UNKNOWN
    completed_at: datetime | None = None
    raw_status: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)


@frozen
class RefuseReason:
    """A reason a shop may give for refusing. `needs_evidence` None: not told."""

    platform: str
    code: str
    text: str | None = None
    hint: str | None = None
    needs_evidence: bool | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)


@frozen
class Event:
    """Something that happened: a push message, or a line of a case's negotiation (协商历史).

    `topic` is the platform's own name of it; `actor` buyer, seller, platform, system or None.
    A hint, not the truth: the record itself is read again by its id.
    """

    platform: str
    topic: str
    storefront: str | None = None
    shop_id: str | None = None
    event_id: str | None = None
    at: datetime | None = None
    order_id: str | None = None
    case_id: str | None = None
    actor: str | None = None
    text: str | None = None
    pictures: tuple[str, ...] = ()
    raw: bytes = field(default=b"", eq=False, repr=False)


@frozen
class WriteResult:
    """What the platform answered to a write, for one record. `ok` None: the answer does not settle it."""

    platform: str
    method: str
    ok: bool | None
    record_id: str | None = None
    code: str | None = None
    message: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)


@frozen
class Address:
    """A return address of the shop (退货地址): `address_id` is what a write wants."""

    platform: str
    address_id: str
    text: str | None = field(default=None, repr=False)
    contact: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    default_return: bool | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)


@frozen
class Raw:
    """An answer the model has no place for, as parsed JSON; secrets in it are masked."""

    platform: str
    method: str
    data: Any = None
    shop_id: str | None = None


@frozen
class Unreadable:
    """One record that does not fit; the rest of its page is good. `error` names the field, never a value.

    `stray`: it can be read, but the filter that was sent should have kept it out.
    """

    platform: str
    source: str
    error: str
    record_id: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)
    stray: bool = field(default=False, eq=False)
