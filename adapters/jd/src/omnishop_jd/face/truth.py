"""What a perfect reader of this wire knows of a world's records; built from the world, never from the mapping."""

from __future__ import annotations

from datetime import datetime

from omnishop import model
from omnishop.model import Actor, Consequence, Deadline, Favours, Fen, Grade, Kind, OrderStatus, Stage
from omnishop.sandbox.world import Case, Order, Review, World
from omnishop_jd.face.applies import author, picture
from omnishop_jd.face.codes import (
    EXPECT,
    WAITS_FOR_SHOP,
    apply_status,
    by_carrier,
    carrier,
    expect,
    freight_at,
    order_state,
    refused,
    service_status,
    updated_at,
    version,
    waybill,
)
from omnishop_jd.face.scenarios import reasons

_BEFORE_MONEY = frozenset({Stage.REQUESTED, Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING})
_MONEY = frozenset({Kind.RETURN_REFUND, Kind.REFUND_ONLY})
_KINDS = {number: kind for kind, number in EXPECT.items()}
_TOLD_DEFAULTS = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE})


def _ms(when: datetime) -> datetime:
    """The wire keeps milliseconds."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


def true_case(world: World, case: Case) -> model.Case:
    return _application(case) if case.source == "refundapply" else _service(case)


# ---------------------------------------------------------------- service orders


def _service(case: Case) -> model.Case:
    kind = _KINDS.get(expect(case), Kind.UNKNOWN)
    stage = _service_stage(case, kind)
    sent = freight_at(case)
    facts = ["14"] if case.marks.get("refund_failed_at") else []
    facts += ["13"] if case.refunds else []
    shown = facts if case.stage in {Stage.REFUNDING, Stage.SUCCEEDED} else []
    reason = reasons(case.kind)[case.reason]
    numbers = [str(number) for number in (reason.cid1, reason.cid2) if number]
    before = kind in _MONEY and stage in _BEFORE_MONEY
    return model.Case(
        platform="jd",
        source="service",
        case_id=case.case_id,
        storefront="jd",
        shop_id=case.shop.shop_id,
        order_id=case.order.order_id,
        kind=kind,
        stage=stage,
        dispute=None,
        amounts=model.CaseAmounts(
            estimated=Fen(case.requested) if before else None,
            approved=Fen(case.approved) if case.approved else None,
            refunded=Fen(sum(refund.amount for refund in case.refunds)) if case.refunds else None,
        ),
        reason=model.Reason("/".join(numbers), reason.told, reason.cls, case.detail or None),
        lines=_lines(case),
        opened_at=case.opened_at,
        changed_at=max(updated_at(case), sent) if sent else updated_at(case),
        closed_at=_ms(max(refund.at for refund in case.refunds)) if case.refunds else None,
        deadline=_audit_deadline(case, kind),
        version=str(version(case)),
        raw_kind=str(expect(case)),
        raw_stage="/".join((str(service_status(case)), *shown)),
    )


def _service_stage(case: Case, kind: Kind) -> Stage:
    """Finer than the world only in what the wire lacks."""
    match case.stage:
        case Stage.CLOSED if refused(case):
            return Stage.REFUSED
        case Stage.INSPECTING if case.marks.get("repair"):
            return Stage.UNKNOWN
        case Stage.RESENDING:
            return Stage.INSPECTING
        case Stage.RESENT | Stage.SUCCEEDED if kind is Kind.UNKNOWN and not case.refunds:
            return Stage.UNKNOWN
        case _:
            return case.stage


def _audit_deadline(case: Case, kind: Kind) -> Deadline | None:
    if service_status(case) not in WAITS_FOR_SHOP or case.deadline is None:
        return None
    at = _ms(case.deadline)
    if kind in _TOLD_DEFAULTS:
        return Deadline(at, Consequence.AGREES, Favours.BUYER, extendable=False)
    return Deadline(at)


def _lines(case: Case) -> tuple[model.CaseLine, ...]:
    return tuple(
        model.CaseLine(
            claim.line.line_id,
            claim.line.good.sku_id,
            f"{claim.line.good.title} {claim.line.good.spec}",
            claim.quantity,
        )
        for claim in case.claims
    )


# ---------------------------------------------------------------- cancel applications

_APPLY = {
    0: (Stage.REQUESTED, None),
    1: (Stage.REFUNDING, None),
    2: (Stage.REFUSED, Actor.SELLER),
    3: (Stage.REFUNDING, None),
    4: (Stage.UNKNOWN, None),
    5: (Stage.REFUNDING, Actor.ARBITRATION),
    6: (Stage.REFUNDING, Actor.SELLER),
    7: (Stage.REFUNDING, None),
    8: (Stage.UNKNOWN, None),
    9: (Stage.REFUNDING, Actor.SELLER),
    10: (Stage.REQUESTED, None),
    11: (Stage.CLOSED, Actor.BUYER),
}
"""Money of an application is never shown to have moved: granted (3) stays refunding."""


def _application(case: Case) -> model.Case:
    status = apply_status(case)
    stage, decided_by = _APPLY[status]
    reason = reasons(case.kind)[case.reason]
    granted = case.shop.marks.get("modified_granted", True)
    return model.Case(
        platform="jd",
        source="refundapply",
        case_id=case.case_id,
        storefront="jd",
        shop_id=case.shop.shop_id,
        order_id=case.order.order_id,
        kind=Kind.CANCEL,
        stage=stage,
        amounts=model.CaseAmounts(requested=Fen(case.requested)),
        reason=model.Reason(None, reason.told, reason.cls),
        lines=_lines(case),
        opened_at=case.opened_at,
        changed_at=updated_at(case) if granted else None,
        decided_by=decided_by,
        raw_stage=str(status),
    )


# ---------------------------------------------------------------- orders and reviews

_STATES = {
    "NOT_PAY": OrderStatus.UNPAID,
    "WAIT_SELLER_STOCK_OUT": OrderStatus.PAID,
    "WAIT_GOODS_RECEIVE_CONFIRM": OrderStatus.SHIPPED,
    "FINISHED_L": OrderStatus.FINISHED,
    "TRADE_CANCELED": OrderStatus.CLOSED,
    "LOCKED": OrderStatus.UNKNOWN,
}


def true_order(world: World, order: Order) -> model.Order:
    state = order_state(order)
    part = order.status is OrderStatus.PART_SHIPPED
    status = OrderStatus.PART_SHIPPED if part and state == "WAIT_SELLER_STOCK_OUT" else _STATES[state]
    amounts = model.OrderAmounts(freight=Fen(order.freight))
    if order.paid_at is not None:
        amounts = model.OrderAmounts(
            Fen(order.total), Fen(order.paid), Fen(order.freight), Fen(order.discount)
        )
    return model.Order(
        platform="jd",
        order_id=order.order_id,
        storefront="jd",
        shop_id=order.shop.shop_id,
        status=status,
        amounts=amounts,
        created_at=order.created_at,
        paid_at=order.paid_at,
        shipped_at=None if part else order.shipped_at,
        finished_at=order.finished_at,
        changed_at=order.changed_at,
        lines=tuple(
            model.OrderLine(
                line.line_id,
                line.good.sku_id,
                line.good.outer_sku_id,
                f"{line.good.title} {line.good.spec}",
                quantity=line.quantity,
                price=Fen(line.price),
            )
            for line in order.lines
        ),
        parcels=_packages(order) if part else _waybills(order),
        buyer=None,
        remark=order.remark,
        raw_status=state,
    )


def _packages(order: Order) -> tuple[model.Parcel, ...]:
    return tuple(
        model.Parcel(
            str(carrier(parcel)[0]),
            None,
            waybill(parcel),
            _ms(parcel.shipped_at),
            tuple(line.line_id for line in parcel.lines),
        )
        for parcel in order.parcels
    )


def _waybills(order: Order) -> tuple[model.Parcel, ...]:
    return tuple(
        model.Parcel(str(number), None, told) for number, waybills in by_carrier(order) for told in waybills
    )


_GRADES = {5: Grade.GOOD, 4: Grade.GOOD, 3: Grade.NEUTRAL, 2: Grade.NEUTRAL, 1: Grade.BAD}


def true_review(world: World, review: Review) -> model.Review:
    return model.Review(
        platform="jd",
        review_id=review.review_id,
        storefront="jd",
        shop_id=review.shop.shop_id,
        order_id=review.order.order_id,
        sku_id=review.line.good.sku_id,
        author=author(review),
        grade=_GRADES[review.stars],
        stars=review.stars,
        text=review.text,
        pictures=tuple(f"https:{picture(url)}" for url in review.pictures),
        reply=None if review.reply is None else model.Reply(review.reply, review.replied_at),
        created_at=review.created_at,
        raw_grade=str(review.stars),
    )
