"""Every measure as a function of one row: what it adds, and where a fact is missing, between what and what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from attrs import frozen

from omnishop.model import ENDED, Actor, Dispute, Grade, Kind, OrderStatus, Stage
from omnishop.policy.facts import Happening
from omnishop.policy.measures import Negative
from omnishop.report.figures import NO, YES, Facet, Tally, between, exactly, maybe, seconds, yes_or_no
from omnishop.report.rows import CaseRow, OrderRow, ReviewRow
from omnishop.report.setting import Setting
from omnishop.report.tables import Moment

_SHIPPED = frozenset(
    {OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.FINISHED}
)
_PAID = _SHIPPED | {OrderStatus.PAID}
_NOTHING = timedelta(0)

R = TypeVar("R")


@frozen
class Counted(Generic[R]):
    """One figure: the moment that places a row, and what the row adds; None: it does not belong there."""

    rule: str
    part: str
    at: Callable[[R], datetime | None]
    adds: Callable[[R, Setting], Tally | None]


# ---------------------------------------------------------------- orders


def paid_at(order: OrderRow) -> datetime | None:
    return order.paid_at or order.created_at


def is_paid(order: OrderRow) -> bool | None:
    """A closed order counts when it had been paid."""
    if order.paid_at is not None or order.status in _PAID:
        return True
    return None if order.status is OrderStatus.UNKNOWN else False


def is_shipped(order: OrderRow) -> bool | None:
    """What is closed and shows no shipping was not shipped."""
    if order.shipped_at is not None or order.delivered_at is not None or order.status in _SHIPPED:
        return True
    return None if order.status is OrderStatus.UNKNOWN else False


def returned(order: OrderRow, setting: Setting) -> Tally | None:
    kinds = setting.pack(order.place).measures.returned.kinds
    back = any(claim.kind in kinds for claim in order.claims)
    if is_paid(order) is False:
        return None
    shipped = True if back else is_shipped(order)  # what comes back had gone out
    if shipped is False:
        return None
    if shipped is None:
        return maybe("order.status")
    if not back and any(claim.kind is Kind.UNKNOWN for claim in order.claims):
        return maybe("case.kind")
    return yes_or_no(back)


# ---------------------------------------------------------------- cases


def first_answer(case: CaseRow, setting: Setting) -> tuple[int, int | None] | None:
    """Seconds from application to the shop's first answer, at least and at most; None: there is none to give.

    An answer may be a message, which no list of cases tells: that there was none is only known where people say so
    or keep the table moments.
    """
    if case.opened_at is None or case.kind is Kind.COMPLAINT:
        return None
    told = case.first(Happening.RESPONDED, Happening.DECIDED)
    if told is not None:
        exact = seconds(max(told - case.opened_at, _NOTHING))
        return exact, exact
    if case.stage is Stage.REQUESTED:
        silent = Happening.RESPONDED in case.happened or setting.tables.of(Moment) is not None
        return (seconds(max(setting.now(case.place) - case.opened_at, _NOTHING)) if silent else 0), None
    if case.stage is Stage.CLOSED and case.decided_by is Actor.BUYER:
        return None
    ends = [end for end in (case.changed_at, case.closed_at) if end is not None]
    if not ends or not decided_by_shop(case):
        return 0, None  # a passed deadline may have decided, and nobody answered at all
    return 0, seconds(max(min(ends) - case.opened_at, _NOTHING))


def decided_by_shop(case: CaseRow) -> bool:
    """Surely: refusing is the shop's alone."""
    return case.decided_by in {Actor.SELLER, Actor.ASSISTANT} or (
        case.stage is Stage.REFUSED and case.decided_by is None
    )


def first_response(case: CaseRow, setting: Setting) -> Tally | None:
    told = first_answer(case, setting)
    if told is None:
        return None
    low, high = told
    return exactly(low) if low == high else between(low, high, "case.responded")


def answered_in_time(case: CaseRow, setting: Setting) -> Tally | None:
    told = first_answer(case, setting)
    if told is None:
        return None
    low, high = told
    limit = setting.pack(case.place).measures.in_time.limit.seconds
    if low > limit:
        return NO
    if high is not None and high <= limit:
        return YES
    age = None if case.opened_at is None else setting.now(case.place) - case.opened_at
    if case.stage is Stage.REQUESTED and age is not None and seconds(age) <= limit:
        return None  # there is time left
    return maybe("case.responded")


def _refunded(case: CaseRow) -> bool:
    return case.stage is Stage.SUCCEEDED


def refunded_at(case: CaseRow) -> datetime | None:
    return case.first(Happening.REFUNDED) or case.closed_at


def refund_time(case: CaseRow, setting: Setting) -> Tally | None:
    end = refunded_at(case)
    if case.kind not in setting.pack(case.place).measures.refund_time.kinds or not _refunded(case):
        return None
    if end is None or case.opened_at is None:
        return between(0, None, "case.opened_at")
    return exactly(seconds(max(end - case.opened_at, _NOTHING)))


def refund_ends(case: CaseRow) -> datetime | None:
    """A refund that is still owed belongs to the present."""
    return case.changed_at if case.stage is Stage.REFUNDING else refunded_at(case)


def refund_overdue(case: CaseRow, setting: Setting) -> Tally | None:
    """By the clock from agreement, or from receipt where goods come back; what is not told is bounded."""
    pack = setting.pack(case.place)
    row = pack.measures.refund_time
    waits = case.stage is Stage.REFUNDING
    if case.kind not in row.kinds or not (waits or _refunded(case)):
        return None
    if case.opened_at is None:
        return maybe("case.opened_at")
    back = case.kind in row.returning
    span = pack.clocks[row.clock_returning if back else row.clock].limit
    start = case.first(Happening.RECEIPT_CONFIRMED if back else Happening.AGREED)
    end = setting.now(case.place) if waits else refunded_at(case)
    if span is None or end is None:
        return maybe("case.refunded")
    limit = span.length
    if start is not None:
        return yes_or_no(end - start > limit)
    if waits and case.changed_at is not None and end - case.changed_at > limit:
        return YES
    if end - case.opened_at <= limit:
        return NO
    return maybe("case.receipt_confirmed" if back else "case.agreed")


def disputed(case: CaseRow, _setting: Setting) -> Tally | None:
    if case.decided_by is Actor.ARBITRATION:
        return YES
    if case.dispute in {None, Dispute.UNKNOWN}:
        return maybe("case.dispute")
    return yes_or_no(case.dispute is not Dispute.NONE)


def settled(case: CaseRow, _setting: Setting) -> Tally | None:
    """A dispute that was withdrawn was settled between the two."""
    if case.stage not in ENDED:
        return None
    if case.decided_by is Actor.ARBITRATION:
        return NO
    if case.dispute in {None, Dispute.UNKNOWN}:
        return maybe("case.dispute")
    return yes_or_no(case.dispute in {Dispute.NONE, Dispute.WITHDRAWN})


def automatic(case: CaseRow, setting: Setting) -> Tally | None:
    if case.kind not in setting.pack(case.place).measures.automatic.kinds or not _refunded(case):
        return None
    if case.decided_by is None:
        return maybe("case.decided_by")
    return yes_or_no(case.decided_by is Actor.PLATFORM_RULE)


def counted(_case: CaseRow, _setting: Setting) -> Tally | None:
    return YES


# ---------------------------------------------------------------- reviews


def is_negative(review: ReviewRow, row: Negative) -> bool | None:
    """By grade or stars; None: the platform tells neither."""
    if review.grade in row.grades or (review.stars is not None and review.stars <= row.stars):
        return True
    return None if review.stars is None and review.grade in {None, Grade.UNKNOWN} else False


def negative(review: ReviewRow, setting: Setting) -> Tally | None:
    found = is_negative(review, setting.pack(review.place).measures.negative)
    return maybe("review.grade") if found is None else yes_or_no(found)


ORDERS: tuple[Counted[OrderRow], ...] = (Counted("MET-RETURN", "rate", paid_at, returned),)
CASES: tuple[Counted[CaseRow], ...] = (
    Counted("MET-FIRST", "mean", lambda case: case.opened_at, first_response),
    Counted("MET-24H", "rate", lambda case: case.opened_at, answered_in_time),
    Counted("MET-REFUND-TIME", "mean", refunded_at, refund_time),
    Counted("MET-REFUND-TIME", "overdue", refund_ends, refund_overdue),
    Counted("MET-DISPUTE", "rate", lambda case: case.opened_at, disputed),
    Counted("MET-DISPUTE", "settled", lambda case: case.closed_at, settled),
    Counted("MET-AUTO", "rate", refunded_at, automatic),
    Counted("MET-MIX", "cases", lambda case: case.opened_at, counted),
)
REVIEWS: tuple[Counted[ReviewRow], ...] = (
    Counted("MET-SCORE", "negative", lambda review: review.created_at, negative),
)


def order_facet(order: OrderRow, at: datetime | None) -> Facet:
    return Facet(order.place, at, order.skus, None, order.buyer)


def case_facet(case: CaseRow, at: datetime | None) -> Facet:
    return Facet(case.place, at, case.products, case.cls, case.buyer)


def review_facet(review: ReviewRow, at: datetime | None) -> Facet:
    return Facet(review.place, at, () if review.sku_id is None else (review.sku_id,))


Adds = Iterator[tuple[str, str, Facet, Tally]]
"""(rule, part, what tells it apart, what it adds)"""


def of_order(order: OrderRow, setting: Setting) -> Adds:
    yield from _of(order, ORDERS, order_facet, setting)


def of_case(case: CaseRow, setting: Setting) -> Adds:
    yield from _of(case, CASES, case_facet, setting)


def of_review(review: ReviewRow, setting: Setting) -> Adds:
    yield from _of(review, REVIEWS, review_facet, setting)


def _of(
    row: R,
    parts: tuple[Counted[R], ...],
    facet: Callable[[R, datetime | None], Facet],
    setting: Setting,
) -> Adds:
    for each in parts:
        adds = each.adds(row, setting)
        if adds is not None:
            yield each.rule, each.part, facet(row, each.at(row)), adds
