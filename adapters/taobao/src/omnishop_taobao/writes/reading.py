"""What is read fresh before a write and again after it: the record, and the marks that its read-back compares."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import msgspec
from attrs import frozen

from omnishop.acts import Ask, Look, Seen, Shown, Subject
from omnishop.errors import Conflict, NotFound, PermissionDenied, Rejected, WireError
from omnishop.flow import Call, Flow
from omnishop.model import (
    Address,
    Case,
    Event,
    Order,
    RefuseReason,
    Review,
    Stage,
    from_beijing_text,
    to_beijing_text,
)
from omnishop.ports import Account
from omnishop_taobao import fields, operations
from omnishop_taobao.decoding import decode
from omnishop_taobao.mapping.common import PLATFORM
from omnishop_taobao.mapping.reviews import line_of
from omnishop_taobao.returns import return_parcels
from omnishop_taobao.wire.reading import Reader

_DIGITS = 12  # of a text's digest
_KEPT = 40  # digests of one mark


# ---------------------------------------------------------------- cases


class _Standing(msgspec.Struct):
    refund_phase: str | None = None
    operation_contraint: str | None = None
    seller_logistic_no: str | None = None


_STANDING = Reader(_Standing)


@frozen
class CaseAside:
    """What a write on a case says again or is held back by. `reasons` None: none are to be had now."""

    phase: str | None = None
    constraint: str | None = None
    places: tuple[Address, ...] = ()
    reasons: tuple[RefuseReason, ...] | None = None


def look_case(
    account: Account,
    subject: Subject,
    *,
    talk: bool = False,
    places: bool = False,
    reasons: bool = False,
) -> Flow[Look]:
    """`talk`: also what the shop said; `places`: its addresses; `reasons`: why it may refuse."""
    case = yield from operations.case(account, subject.source, subject.id)
    standing = _standing(case.raw)
    marks = {}
    returned = return_parcels(case)
    if returned and returned[0].tracking_no:
        marks["waybill"] = returned[0].tracking_no
    if standing.seller_logistic_no:
        marks["replacement"] = standing.seller_logistic_no
    if talk:
        events = yield from operations.timeline(account, subject.source, subject.id)
        marks["said"] = digests(_by_shop(events))
    known = (yield from operations.return_addresses(account)) if places else ()
    why = (yield from _reasons(account, case)) if reasons else None
    return Look(case, marks, CaseAside(standing.refund_phase, standing.operation_contraint, known, why))


def _standing(raw: bytes) -> _Standing:
    try:
        return _STANDING.read(raw)
    except ValueError:
        raise WireError("the case's phase cannot be read", zh="售后阶段无法解析", platform=PLATFORM) from None


def _by_shop(events: Iterable[Event]) -> list[str]:
    return [event.text or "" for event in events if event.actor == "seller"]


def _reasons(account: Account, case: Case) -> Flow[tuple[RefuseReason, ...] | None]:
    """In a state that cannot be refused the platform does not answer: then there are none."""
    if case.stage not in {Stage.REQUESTED, Stage.RETURNING}:
        return None
    try:
        return (yield from operations.refuse_reasons(account, case.source, case.case_id))
    except (Conflict, PermissionDenied, Rejected):
        return None


# ---------------------------------------------------------------- orders


class OrderLine(msgspec.Struct):
    oid: int | str | None = None
    refund_status: str | None = None
    timeout_action_time: str | None = None


class OrderAside(msgspec.Struct):
    """What the trade says beside the model: how it is flagged, and when receipt is confirmed by itself."""

    seller_flag: int | None = None
    timeout_action_time: str | None = None
    orders: dict[str, list[OrderLine]] | list[OrderLine] | None = None

    def lines(self) -> list[OrderLine]:
        if isinstance(self.orders, dict):
            return [line for wrapped in self.orders.values() for line in wrapped]
        return self.orders or []


_ORDER = Reader(OrderAside)


def look_order(account: Account, subject: Subject) -> Flow[Look]:
    """Marks: the remark's lines as digests, the waybills, and when receipt is confirmed by itself."""
    order = yield from operations.order(account, subject.id, more=fields.TRADE_FOR_WRITES)
    try:
        aside = _ORDER.read(order.raw)
    except ValueError:
        raise WireError("the trade cannot be read", zh="交易无法解析", platform=PLATFORM) from None
    marks = {"memo": digests((order.remark or "").splitlines())}
    waybills = sorted({parcel.tracking_no for parcel in order.parcels if parcel.tracking_no})
    if waybills:
        marks["waybills"] = ",".join(waybills)
    if aside.timeout_action_time:
        marks["receipt_due"] = aside.timeout_action_time
    return Look(order, marks, aside)


def shipped_lines(order: Order) -> set[str]:
    return {line_id for parcel in order.parcels for line_id in parcel.line_ids}


# ---------------------------------------------------------------- reviews


def look_review(account: Account, subject: Subject) -> Flow[Look]:
    """The review of one order line, with what the buyer appended."""
    method = "taobao.traderates.get"
    asked = {"fields": fields.RATE, "rate_type": "get", "role": "buyer", "tid": line_of(subject.id)}
    payload = yield Call(method, asked)
    found = [
        review
        for review in decode(method, payload, account)
        if isinstance(review, Review) and review.review_id == subject.id
    ]
    if not found:
        raise NotFound(
            "no such review of the last 180 days: its id is the order line and who wrote it (…:buyer)",
            zh="近180天内没有该评价: 编号应为 子订单号:buyer",
            platform=PLATFORM,
            method=method,
        )
    review = yield from operations.complete_review(account, found[0])
    return Look(review, {"appended": str(len(review.follow_ups))})


# ---------------------------------------------------------------- texts as marks


def digests(texts: Iterable[str]) -> str:
    """What was said, without the words: the newest ones, each as a short digest."""
    return ",".join([digest(text) for text in texts if text.strip()][-_KEPT:])


def digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:_DIGITS]


def one_more(mark: str, ask: Ask, before: Seen, after: Seen) -> Shown:
    """Done when what was asked for is said once more often than before."""
    wanted = digest(ask.text or "")
    earlier, now = before.marks.get(mark, ""), after.marks.get(mark, "")
    if now.split(",").count(wanted) > earlier.split(",").count(wanted):
        return Shown.DONE
    return Shown.BEFORE if now == earlier else Shown.MOVED


def said_once_more(ask: Ask, before: Seen, after: Seen) -> Shown:
    """By our words alone: talk is only added to, so that what others of the shop say meanwhile settles nothing.

    Moved where words that stood there are gone, or ours may have slid out of what a mark holds.
    """
    earlier, now = _said(before), _said(after)
    if (now - earlier)[digest(ask.text or "")]:
        return Shown.DONE
    all_held = now.total() < _KEPT or bool(earlier)
    return Shown.BEFORE if earlier <= now and all_held else Shown.MOVED


def _said(seen: Seen) -> Counter[str]:
    return Counter(each for each in seen.marks.get("said", "").split(",") if each)


def later(text: str | None, days: int) -> str | None:
    """A wire time moved by whole days; None for one that is not told or cannot be read."""
    if not text:
        return None
    try:
        return to_beijing_text(from_beijing_text(text) + timedelta(days=days))
    except ValueError:
        return None
