"""The documented filters of the simulated lists: each leaf, and what of a record it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Generic, TypeVar

from attrs import frozen

from omnishop.sandbox.world import Buyer, Case, Order, Review
from omnishop_jd.face.codes import (
    APPROVED,
    apply_status,
    expect,
    service_status,
    step_at,
    updated_at,
    waybill,
)
from omnishop_jd.face.gateway import Ask

T = TypeVar("T")
Facts = Callable[[T], frozenset[str]]
Read = Callable[[Ask, str], frozenset[str] | None]


@frozen
class Leaf(Generic[T]):
    """`facts`: every spelling that fits a record. None: no fact of this world, and only `neutral` lets it pass."""

    name: str
    read: Read
    facts: Facts[T] | None
    neutral: frozenset[str] = frozenset({"0", "all", "ALL", "false"})


@frozen
class Part(Generic[T]):
    """A text that a record's own must contain."""

    name: str
    whole: Callable[[T], str]


@frozen
class Span(Generic[T]):
    """A complete pair of times; half of one is none."""

    begin: str
    end: str
    clock: Callable[[T], datetime | None]


Filter = Leaf[T] | Part[T] | Span[T]


def narrowed(ask: Ask, records: Iterable[T], filters: Iterable[Filter[T]]) -> list[T]:
    """The records that pass every filter that was sent."""
    tests = [test for each in filters if (test := _test(ask, each)) is not None]
    return [record for record in records if all(test(record) for test in tests)]


def _test(ask: Ask, each: Filter[T]) -> Callable[[T], bool] | None:
    if isinstance(each, Leaf):
        return _leaf_test(each, each.read(ask, each.name))
    if isinstance(each, Span):
        return _span_test(each, ask.span(each.begin, each.end))
    part, whole = ask.text(each.name), each.whole
    return None if part is None else lambda record: part in whole(record)


def _leaf_test(leaf: Leaf[T], wanted: frozenset[str] | None) -> Callable[[T], bool] | None:
    facts = leaf.facts
    if wanted is None:
        return None
    if facts is None:
        return None if wanted <= leaf.neutral else lambda _record: False
    return lambda record: not wanted.isdisjoint(facts(record))


def _span_test(span: Span[T], told: tuple[datetime, datetime] | None) -> Callable[[T], bool] | None:
    if told is None:
        return None
    (start, end), clock = told, span.clock
    return lambda record: (at := clock(record)) is not None and start <= at.replace(microsecond=0) <= end


# ---------------------------------------------------------------- how leaves are read


def words(ask: Ask, name: str) -> frozenset[str] | None:
    told = ask.text(name)
    return None if told is None else frozenset({told})


def whole(ask: Ask, name: str) -> frozenset[str] | None:
    """A number, whether sent as one or as text."""
    return None if ask.text(name) is None else frozenset({str(ask.number(name, 0))})


def flag(ask: Ask, name: str) -> frozenset[str] | None:
    told = ask.flag(name)
    return None if told is None else frozenset({"true" if told else "false"})


# ---------------------------------------------------------------- facts of the world


def _one(value: object) -> frozenset[str]:
    return frozenset({str(value)})


def _yes(value: bool) -> frozenset[str]:
    return frozenset({"true" if value else "false"})


def _buyers(buyer_of: Callable[[T], Buyer]) -> tuple[Leaf[T], Leaf[T]]:
    return (
        Leaf("open_id_buyer", words, lambda record: _one(buyer_of(record).open_id)),
        Leaf("xid_buyer", words, lambda record: _one(f"o*{buyer_of(record).open_id}")),
    )


def _name(buyer: Buyer) -> frozenset[str]:
    """As the buyer has it, or as the wire shows it."""
    return frozenset({buyer.name, f"{buyer.name[0]}**"})


def _phone(buyer: Buyer) -> frozenset[str]:
    return frozenset({buyer.phone, f"{buyer.phone[:3]}****{buyer.phone[-4:]}"})


def _sent_back(case: Case) -> frozenset[str]:
    return frozenset() if case.return_parcel is None else _one(waybill(case.return_parcel))


def _of_case(case: Case) -> Buyer:
    return case.order.buyer


def _of_order(order: Order) -> Buyer:
    return order.buyer


def _of_review(review: Review) -> Buyer:
    return review.order.buyer


ORDERS: tuple[Filter[Order], ...] = (
    # what it is compared with is not said; a published client sends JOS with every search (C)
    Leaf("source_id", words, None, frozenset({"0", "all", "ALL", "JOS"})),
    Leaf("realPin", words, lambda order: _one(order.buyer.nick)),
    *_buyers(_of_order),
)

CASES: tuple[Filter[Case], ...] = (
    Leaf("serviceId", words, lambda case: _one(case.case_id)),
    Leaf("orderId", words, lambda case: _one(case.order.order_id)),
)

_SERVICE: tuple[Filter[Case], ...] = (
    Leaf("serviceStatus", whole, lambda case: _one(service_status(case))),
    # POPSOP is all this world sells as
    Leaf("orderType", whole, lambda case: _one(22)),
)

_CUSTOMER: tuple[Filter[Case], ...] = (
    Leaf("customerPin", words, lambda case: _one(case.order.buyer.nick)),
    Leaf("customerName", words, lambda case: _name(case.order.buyer)),
    Leaf("customerTel", words, lambda case: _phone(case.order.buyer)),
    Leaf("verificationCode", words, None),
)

_APPLIED: Span[Case] = Span("applyTimeBegin", "applyTimeEnd", lambda case: case.opened_at)
_APPROVED: Span[Case] = Span("approveTimeBegin", "approveTimeEnd", lambda case: step_at(case, *APPROVED))

SYNC = _SERVICE
REFUNDS: tuple[Filter[Case], ...] = (_APPLIED, _APPROVED)
SERVICE: tuple[Filter[Case], ...] = (
    *_SERVICE,
    *_CUSTOMER,
    _APPLIED,
    _APPROVED,
    Span("finishTimeBegin", "finishTimeEnd", lambda case: case.closed_at),
    Span("updateTimeBegin", "updateTimeEnd", updated_at),
    Leaf("expressCode", words, _sent_back),
    Leaf("processResult", whole, None),
    Leaf("serviceStep", whole, None),
    Leaf("serviceState", whole, None),
    Leaf("remindFlag", flag, None),
    *_buyers(_of_case),
)


def audits(now: datetime) -> tuple[Filter[Case], ...]:
    """`now` tells which deadlines have passed."""
    return (
        *_SERVICE,
        *_CUSTOMER,
        Leaf("customerExpect", whole, lambda case: _one(expect(case))),
        Leaf("timeoutFlag", flag, lambda case: _yes(case.deadline is not None and case.deadline < now)),
        Leaf("skuId", whole, lambda case: frozenset(claim.line.good.sku_id for claim in case.claims[:1])),
    )


APPLIES: tuple[Filter[Case], ...] = (
    Leaf("ids", Ask.ids, lambda case: _one(case.case_id)),
    Leaf("status", whole, lambda case: _one(apply_status(case))),
    Leaf("orderId", words, lambda case: _one(case.order.order_id)),
    Leaf("buyerId", words, lambda case: _one(case.order.buyer.nick)),
    Leaf("buyerName", words, lambda case: _name(case.order.buyer)),
    Span("applyTimeStart", "applyTimeEnd", lambda case: case.opened_at),
    Span("checkTimeStart", "checkTimeEnd", lambda case: case.decided_at),
)
APPLIES_NEWER: tuple[Filter[Case], ...] = (
    Span("modifiedStart", "modifiedEnd", updated_at),
    # every row shows 0: this world has no other stores
    Leaf("storeId", whole, lambda case: _one(0)),
    *_buyers(_of_case),
)

_CLASSES = {1: "1", 2: "2", 3: "2", 4: "3", 5: "3"}
"""The filter `score` is classes: 3 good, 2 middle, 1 bad; 0 all."""


def _title(review: Review) -> str:
    return f"{review.line.good.title} {review.line.good.spec}"


COMMENTS: tuple[Filter[Review], ...] = (
    Leaf("skuids", Ask.ids, lambda review: _one(review.line.good.sku_id)),
    Leaf("orderIds", Ask.ids, lambda review: _one(review.order.order_id)),
    Leaf("score", words, lambda review: frozenset({"0", _CLASSES[review.stars]})),
    Leaf(
        "pin", words, lambda review: frozenset({review.order.buyer.nick, f"AAS/{review.order.buyer.nick}=="})
    ),
    Leaf(
        "isVenderReply", flag, lambda review: _yes(review.reply is not None and review.replied_at is not None)
    ),
    Leaf("cid", words, None),
    Part("wareName", _title),
    Part("content", lambda review: review.text),
    *_buyers(_of_review),
)
